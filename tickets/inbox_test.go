package tickets_test

import (
	"os"
	"slices"
	"strconv"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"saphan/agencies"
	"saphan/tickets"
)

// A page of the inbox reads what it shows, however many cases an agency has open; by the plan for all agencies, which is the
// one that PostgreSQL uses from the sixth page on.
func TestInboxReadsWhatItShows(t *testing.T) {
	t.Parallel()
	c := grown(t, 50_000)
	const shown = 5
	for name, read := range map[string]func(tx pgx.Tx, f tickets.Filter) (int, error){
		"list": func(tx pgx.Tx, f tickets.Filter) (int, error) {
			f.Limit = shown
			all, err := tickets.List(t.Context(), tx, f)
			return len(all), err
		},
		"count": func(tx pgx.Tx, f tickets.Filter) (int, error) { return tickets.Count(t.Context(), tx, f, shown) },
	} {
		for _, of := range []struct {
			name string
			tickets.Filter
			want int
		}{
			{"all", tickets.Filter{}, shown}, {"new", tickets.Filter{Status: tickets.Open}, shown},
			{"overdue", tickets.Filter{Overdue: true, Now: c.now}, shown}, {"waiting for a citizen", tickets.Filter{Status: tickets.Awaiting}, 0},
		} {
			of.Agency = c.agency.ID
			must(t, agencies.Within(t.Context(), c.pool, c.agency.ID, func(tx pgx.Tx) error {
				if _, err := tx.Exec(t.Context(), `SET LOCAL plan_cache_mode = force_generic_plan`); err != nil {
					return err
				}
				before := looked(t, tx)["tickets"]
				n, err := read(tx, of.Filter)
				if err != nil {
					return err
				}
				if n != of.want {
					t.Errorf("%s of %s: %d, want %d", name, of.name, n, of.want)
				}
				if rows := looked(t, tx)["tickets"] - before; rows > 2*shown {
					t.Errorf("%s of %s: %d rows read for %d", name, of.name, rows, n)
				}
				return nil
			}))
		}
	}
}

// What the side and the list of the inbox cost an agency with ten thousand open cases in a database of a million
// (SAPHAN_GROWTH says how many), against an agency with a hundred of ten thousand.
func BenchmarkInbox(b *testing.B) {
	many := 1_000_000
	if n, err := strconv.Atoi(os.Getenv("SAPHAN_GROWTH")); err == nil {
		many = n
	}
	both := [2]*colony{grown(b, 10_000), grown(b, many)}
	for b.Loop() {
		const rounds = 200
		var costs [2][]time.Duration
		for round := range rounds {
			for turn := range 2 {
				size := (round + turn) % 2
				costs[size] = append(costs[size], both[size].looks(b))
			}
		}
		for size := range costs {
			slices.Sort(costs[size])
		}
		small, large := costs[0][rounds/2], costs[1][rounds/2]
		b.ReportMetric(float64(small.Microseconds())/1000, "ms-small")
		b.ReportMetric(float64(large.Microseconds())/1000, "ms-large")
		b.ReportMetric(float64(large)/float64(small), "ratio")
	}
}

// looks reads what the inbox shows of new cases, and tells how long it took.
func (c *colony) looks(b *testing.B) time.Duration {
	b.Helper()
	ctx, begun := b.Context(), time.Now()
	must(b, agencies.Within(ctx, c.pool, c.agency.ID, func(tx pgx.Tx) error {
		for _, f := range []tickets.Filter{{}, {Status: tickets.Open}, {Status: tickets.Awaiting}, {Near: true}, {Overdue: true}, {Letters: true}, {Officer: c.officer.ID}} {
			f.Agency, f.Now = c.agency.ID, c.now
			if _, err := tickets.Count(ctx, tx, f, 100); err != nil {
				return err
			}
		}
		all, err := tickets.List(ctx, tx, tickets.Filter{Agency: c.agency.ID, Status: tickets.Open, Limit: 51})
		if err == nil && len(all) != 51 {
			b.Fatalf("%d shown", len(all))
		}
		return err
	}))
	return time.Since(begun)
}
