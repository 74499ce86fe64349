package tickets_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"slices"
	"strconv"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"saphan/agencies"
	"saphan/internal/pgtest"
	"saphan/tickets"
)

// What it costs to make a case and to move it through its life, in a database of a thousand cases and in one of a million
// (SAPHAN_GROWTH says how many), in turns, each first every second time. Each act is a transaction of its own. The ratio is
// the larger one's median to the smaller one's. With SAPHAN_GROWTH=1000 both are alike, and what it differs from 1 is noise.
func BenchmarkGrowth(b *testing.B) {
	many := 1_000_000
	if n, err := strconv.Atoi(os.Getenv("SAPHAN_GROWTH")); err == nil {
		many = n
	}
	small, large := grown(b, 1000), grown(b, many)
	for b.Loop() {
		const rounds = 600 // with 60, the ratio of one act moved by a tenth from run to run
		costs := map[string][2][]time.Duration{}
		for round := range rounds {
			for turn := range 2 {
				size := (round + turn) % 2
				for act, took := range []*colony{small, large}[size].life(b, fmt.Sprintf("r%d-%d", b.N, round)) {
					both := costs[act]
					both[size] = append(both[size], took)
					costs[act] = both
				}
			}
		}
		var sum [2]time.Duration
		for act, both := range costs {
			for size := range both {
				slices.Sort(both[size])
				sum[size] += both[size][rounds/2]
			}
			b.ReportMetric(float64(both[1][rounds/2])/float64(both[0][rounds/2]), act+"-ratio")
		}
		b.ReportMetric(float64(sum[0].Microseconds())/1000, "ms-small")
		b.ReportMetric(float64(sum[1].Microseconds())/1000, "ms-large")
		b.ReportMetric(float64(sum[1])/float64(sum[0]), "ratio")
	}
}

// What the benchmark does can be done: nobody runs it for weeks.
func TestGrowthIsMeasured(t *testing.T) {
	t.Parallel()
	if took := grown(t, 200).life(t, "d1"); len(took) != 9 {
		t.Errorf("%v", took)
	}
}

// colony is an agency among others in a database that holds so many cases.
type colony struct {
	*office
	pool *pgxpool.Pool
}

// colonists are how many agencies share the cases.
const colonists = 100

func grown(b testing.TB, cases int) *colony {
	b.Helper()
	c := &colony{pool: pgtest.DB(b)}
	c.in(b, func(tx pgx.Tx) { c.office = openIn(b, tx, "GR") })
	c.in(b, func(tx pgx.Tx) {
		for _, step := range []string{
			`INSERT INTO agencies (code, name, kind) SELECT 'X' || chr(65 + i / 26) || chr(65 + i % 26), 'เทศบาลตัวอย่าง ' || i, 'เทศบาล' FROM generate_series(0, $2::int - 2) i WHERE $1::int > 0`,
			`INSERT INTO queues (agency_id, key, name) SELECT id, 'works', 'งานช่าง' FROM agencies WHERE id <> (SELECT min(id) FROM agencies) AND $1::int > 0 AND $2::int > 0`,
			`INSERT INTO citizens SELECT FROM generate_series(1, greatest($1::int / 3, $2::int))`,
			`INSERT INTO requests (draft, citizen_id, agency_id, form_key, form_version, answers, citizen_name, entered_at, created_at)
				SELECT 'g' || i, 1 + i % ($1::int / 3), (SELECT min(id) FROM agencies) + i % $2::int, 'public-problem', 3, '[]', 'สมหญิง ตัวอย่าง', now() - i * interval '1 minute', now() FROM generate_series(1, $1::int) i`,
			`INSERT INTO tickets (agency_id, request_id, citizen_id, queue_id, number, form_key, form_version, title, subject, citizen_name, status, entered_at, deemed_received_at, due_at, closed_at, track_token, search, updated_at, alike, lat, lon, next_duty_at)
				SELECT r.agency_id, r.id, r.citizen_id, q.id, 'G-' || r.id, r.form_key, 3, 'แจ้งปัญหาในพื้นที่', 'ไฟดับ ซอยตัวอย่าง ' || r.id, r.citizen_name, CASE WHEN r.id % 10 = 0 THEN 'open' ELSE 'approved' END,
					r.entered_at, r.entered_at, r.entered_at + interval '15 days', CASE WHEN r.id % 10 > 0 THEN r.entered_at + interval '9 days' END, 'g' || r.id, 'ไฟดับ ซอยตัวอย่าง สมหญิง ' || r.id, now(),
					'light', 13.3 + random() / 10, 100.9 + random() / 10,
					CASE WHEN r.id % 10 = 0 THEN now() + r.id * interval '1 minute' END
				FROM requests r JOIN LATERAL (SELECT id FROM queues WHERE agency_id = r.agency_id ORDER BY key DESC LIMIT 1) q ON $1::int > 0 AND $2::int > 0`,
			`INSERT INTO received (agency_id, year_be, n, ticket_id, way, unit, entered_at, deemed_at)
				SELECT agency_id, 2569, row_number() OVER (PARTITION BY agency_id ORDER BY id), id, 'chat', 'works', entered_at, entered_at FROM tickets WHERE $1::int > 0 AND $2::int > 0`,
			`INSERT INTO number_series (agency_id, series, year_be, last)
				SELECT agency_id, 'received', 2569, max(n) FROM received WHERE $1::int > 0 AND $2::int > 0 GROUP BY agency_id
				ON CONFLICT (agency_id, series, year_be) DO UPDATE SET last = excluded.last`,
			`INSERT INTO ticket_events (agency_id, ticket_id, seq, at, actor, kind, detail, hash)
				SELECT t.agency_id, t.id, s, t.entered_at, 'system', 'noted', '{}', sha256(convert_to(t.id || ' ' || s, 'UTF8')) FROM tickets t, generate_series(1, 4) s WHERE $1::int > 0 AND $2::int > 0`,
		} {
			if _, err := tx.Exec(b.Context(), step, cases, colonists); err != nil {
				b.Fatalf("%s: %v", step, err)
			}
		}
	})
	must(b, c.pool.AcquireFunc(b.Context(), func(conn *pgxpool.Conn) error { // what PostgreSQL does by itself a minute later
		_, err := conn.Exec(b.Context(), `RESET ROLE; ANALYZE; SET ROLE saphan_app`)
		return err
	}))
	return c
}

func (c *colony) in(b testing.TB, fn func(tx pgx.Tx)) {
	b.Helper()
	must(b, agencies.Everywhere(b.Context(), c.pool, func(tx pgx.Tx) error { fn(tx); return nil }))
}

// life makes a case and moves it, and tells how long each act took, its commit included.
func (c *colony) life(b testing.TB, draft string) map[string]time.Duration {
	b.Helper()
	took := map[string]time.Duration{}
	var id tickets.TicketID
	var request tickets.RequestID
	ctx, officer := b.Context(), c.agency.ID
	citizen := tickets.ByCitizen(int64(c.citizen.CitizenID))
	timed := func(act string, scope func(context.Context, agencies.DB, func(pgx.Tx) error) error, do func(tx pgx.Tx) error) {
		begun := time.Now()
		must(b, scope(ctx, c.pool, do))
		took[act] = time.Since(begun)
	}
	asOfficer := func(ctx context.Context, db agencies.DB, fn func(pgx.Tx) error) error {
		return agencies.Within(ctx, db, officer, fn)
	}
	var file, photo int64
	c.in(b, func(tx pgx.Tx) { c.tx = tx; file, photo = c.file(b, "message "+draft), c.photo(b) })
	problem := c.submission(draft)
	problem.Version = 3
	// In a quarter where nothing was reported before: the agency is a thousand times as large, its streets are not as crowded.
	problem.Answers[1].Value = fmt.Appendf(nil, `{"lat":%.6f,"lon":%.6f}`, 13.5+rand.Float64()/10, 100.9+rand.Float64()/10)
	timed("submit", agencies.Everywhere, func(tx pgx.Tx) (err error) { request, err = c.desk.Submit(ctx, tx, problem); return err })
	timed("route", agencies.Everywhere, func(tx pgx.Tx) error {
		made, err := c.desk.Route(ctx, tx, request)
		id = made.ID
		return err
	})
	timed("alike", asOfficer, func(tx pgx.Tx) error {
		made, err := tickets.Find(ctx, tx, id)
		if err != nil {
			return err
		}
		_, err = c.desk.Alike(ctx, tx, made)
		return err
	})
	timed("take", asOfficer, func(tx pgx.Tx) error { return c.desk.Take(ctx, tx, c.by(), id) })
	timed("ask", asOfficer, func(tx pgx.Tx) error {
		return c.desk.Ask(ctx, tx, c.head(), id, tickets.Asking{Added: added("รูปเสาไฟ"), DueOn: c.now.AddDate(0, 0, 30)})
	})
	timed("supply", agencies.Everywhere, func(tx pgx.Tx) error {
		wants, err := tickets.Wants(ctx, tx, id)
		if err != nil {
			return err
		}
		return c.desk.Supply(ctx, tx, citizen, id, wants[0].ID, file)
	})
	timed("photograph", agencies.Everywhere, func(tx pgx.Tx) error { return c.desk.Photograph(ctx, tx, c.by(), id, photo) })
	timed("decide", asOfficer, func(tx pgx.Tx) error {
		return c.desk.Decide(ctx, tx, c.by(), tickets.Decision{TicketID: id, Outcome: tickets.Approve, Reason: "ซ่อมแล้ว", Crew: "ช่างไฟฟ้า ชุด 2", WorkedOn: &c.now})
	})
	timed("duties", agencies.Everywhere, func(tx pgx.Tx) error { return c.desk.DoDuties(ctx, tx, id) })
	return took
}
