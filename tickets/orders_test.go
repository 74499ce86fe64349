package tickets_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"saphan/agencies"
	"saphan/internal/chain"
	"saphan/internal/thai"
	"saphan/tickets"
)

// span is a time in which a case was closed.
type span struct{ from, until time.Time }

// dueBy counts by hand: seven working days after the day of receipt, less every day of a span that began in time.
func dueBy(cal agencies.Calendar, received time.Time, spans []span) (due time.Time) {
	date := func(t time.Time) string { return t.In(thai.Bangkok()).Format(time.DateOnly) }
	for n := 0; n <= len(spans); n++ {
		if n > 0 && spans[n-1].from.After(due) { // it had run out
			spans = slices.Delete(slices.Clone(spans), n-1, n)
			n--
			continue
		}
		day, left := received.In(thai.Bangkok()), 7
		for left > 0 {
			day = day.AddDate(0, 0, 1)
			still := slices.ContainsFunc(spans[:n], func(s span) bool { return date(day) >= date(s.from) && date(day) <= date(s.until) })
			if cal.Working(day) && !still {
				left--
			}
		}
		due = cal.Closes(day)
	}
	return due
}

// SVC-5: whatever the order of joining, parting, closing, confirming and opening again, no report is lost or told twice, every
// history is whole, and each clock ends where it is counted by hand.
func TestEveryOrderOfJoiningAndClosing(t *testing.T) {
	t.Parallel()
	o := open(t)
	cal, err := agencies.LoadCalendar(t.Context(), o.tx, o.agency.ID)
	must(t, err)
	var happened [4]int // joined, parted, opened again, closed without a word
	for seed := range uint64(12) {
		random := rand.New(rand.NewPCG(seed, 5))
		o.now = morning
		var ids []tickets.TicketID
		spans := map[tickets.TicketID][]span{}
		for i := range 4 {
			ids = append(ids, o.reported(t, fmt.Sprintf("%d of %d", i, seed)).ID)
		}
		any := func() tickets.TicketID { return ids[random.IntN(len(ids))] }
		var did []string
		for range 36 {
			act, one, other := random.IntN(6), any(), any()
			did = append(did, fmt.Sprintf("%d(%d,%d)", act, one, other))
			was := o.find(t, one)
			_ = pgx.BeginFunc(t.Context(), o.tx, func(tx pgx.Tx) error { // what the rules refuse changes nothing
				switch act {
				case 0:
					return o.desk.Merge(t.Context(), tx, o.by(), max(one, other), min(one, other))
				case 1:
					return o.desk.Unmerge(t.Context(), tx, o.by(), one)
				case 2:
					if was.Status.Rests() {
						return nil
					}
					o.mend(t, one)
					family, err := tickets.Family(t.Context(), tx, was)
					for _, f := range family {
						must(t, o.desk.Told(t.Context(), tx, f.ID))
					}
					return err
				case 3, 4:
					claim, ok, err := o.desk.ClaimOf(t.Context(), tx, was)
					if err != nil || !ok {
						return err
					}
					if act == 3 {
						return o.desk.Confirm(t.Context(), tx, of(was), one, claim.N, "line 1")
					}
					if err := o.desk.Reopen(t.Context(), tx, of(was), one, claim.N, "line 1"); err != nil {
						return err
					}
					family, err := tickets.Family(t.Context(), tx, was)
					for _, f := range family {
						spans[f.ID] = append(spans[f.ID], span{claim.At, o.now})
					}
					return err
				default:
					o.now = o.now.AddDate(0, 0, 1+random.IntN(6))
					for _, id := range ids {
						must(t, o.desk.DoDuties(t.Context(), tx, id))
					}
					return nil
				}
			})
			for _, id := range ids {
				got := o.find(t, id)
				if got.MainID != nil {
					main := o.find(t, *got.MainID)
					if main.MainID != nil || got.Status != tickets.Merged && got.Status != main.Status || (got.Status == tickets.Merged) == main.Status.Closed() {
						t.Fatalf("seed %d after %v: case %d is %s, the one it follows %s", seed, did, id, got.Status, main.Status)
					}
				}
				if want := dueBy(cal, got.DeemedReceivedAt, spans[id]); !got.DueAt.Equal(want) {
					t.Fatalf("seed %d after %v: case %d is due %s, by hand %s (%v)", seed, did, id, got.DueAt, want, spans[id])
				}
			}
		}
		for _, id := range ids {
			events, err := tickets.History(t.Context(), o.tx, id)
			must(t, err)
			decided := 0
			for _, e := range events {
				if e.Kind == tickets.EventDecided {
					decided++
				}
				if i := slices.Index([]tickets.EventKind{tickets.EventMerged, tickets.EventUnmerged, tickets.EventReopened, tickets.EventUnconfirmed}, e.Kind); i >= 0 {
					happened[i]++
				}
			}
			if n := count(t, o.tx, `SELECT count(*) FROM river_job WHERE kind = 'decided' AND (args ->> 'ticket_id')::bigint = $1`, id); n != decided || chain.Check(events) != nil {
				t.Errorf("seed %d: case %d was decided %d times and told %d times, its history is %v", seed, id, decided, n, chain.Check(events))
			}
		}
	}
	if slices.Min(happened[:]) < 5 {
		t.Errorf("too little happened to show anything: %v", happened)
	}
}
