package tickets_test

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/jackc/pgx/v5"

	"saphan/internal/fault"
	"saphan/tickets"
)

// SVC-5: letters on a delay and words to all who reported one thing reach each of them once: whoever follows at that moment, and
// nobody else, in whatever order cases are joined, parted, closed and opened again in between.
func TestEveryReporterIsToldOnce(t *testing.T) {
	t.Parallel()
	o := open(t)
	var letters, replies, several int
	for seed := range uint64(8) {
		random := rand.New(rand.NewPCG(seed, 51))
		o.now = morning
		var ids []tickets.TicketID
		for i := range 5 {
			ids = append(ids, o.reported(t, fmt.Sprintf("%d of %d", i, seed)).ID)
		}
		lettersTold, repliesTold := map[string]int{}, map[string]int{}
		for round := range 40 {
			one, other := ids[random.IntN(len(ids))], ids[random.IntN(len(ids))]
			was := o.find(t, one)
			family, err := tickets.Family(t.Context(), o.tx, was)
			must(t, err)
			_ = pgx.BeginFunc(t.Context(), o.tx, func(tx pgx.Tx) error { // what the rules refuse tells nobody
				switch random.IntN(6) {
				case 0, 1:
					return o.desk.Merge(t.Context(), tx, o.by(), max(one, other), min(one, other))
				case 2:
					return o.desk.Unmerge(t.Context(), tx, o.by(), one)
				case 3:
					key := fmt.Sprint(seed, "x", round)
					for range 2 { // two clicks
						if err := o.desk.ReplyToAll(t.Context(), tx, o.by(), one, key, "ช่างไปดูแล้ว รออะไหล่ค่ะ"); err != nil {
							return err
						}
					}
					replies++
					for _, f := range family {
						repliesTold[fmt.Sprint(f.ID)]++
					}
					return nil
				default:
					o.now = o.now.AddDate(0, 0, 9)
					must(t, o.desk.DoDuties(t.Context(), tx, one))
					all, err := tickets.Letters(t.Context(), tx, one)
					must(t, err)
					for _, l := range all {
						if l.SentAt != nil {
							continue
						}
						for range 2 {
							if err := o.desk.WriteLetter(t.Context(), tx, o.by(), one, l.N, "อะไหล่ยังมาไม่ถึง คาดว่าสัปดาห์หน้า"); err != nil {
								return err
							}
						}
						letters++
						for _, f := range family {
							lettersTold[fmt.Sprint(one, " ", l.N, " ", f.ID)]++
						}
						if len(family) > 1 {
							several++
						}
					}
					return nil
				}
			})
		}
		got := map[string]int{}
		for _, id := range ids {
			rows, err := o.tx.Query(t.Context(), `SELECT args ->> 'ticket_id' || ' ' || (args ->> 'n') || ' ' || coalesce(args ->> 'to', args ->> 'ticket_id') FROM river_job WHERE kind = 'letter' AND (args ->> 'ticket_id')::bigint = $1`, id)
			must(t, err)
			all, err := pgx.CollectRows(rows, pgx.RowTo[string])
			must(t, err)
			for _, key := range all {
				got[key]++
			}
			said := count(t, o.tx, `SELECT count(*) FROM ticket_messages m JOIN river_job j ON j.kind = 'replied' AND (j.args ->> 'message_id')::bigint = m.id WHERE m.ticket_id = $1`, id)
			if said != repliesTold[fmt.Sprint(id)] {
				t.Errorf("seed %d: case %d was written to %d times, want %d", seed, id, said, repliesTold[fmt.Sprint(id)])
			}
		}
		if !maps.Equal(got, lettersTold) {
			t.Errorf("seed %d: letters went to %v, want %v", seed, slices.Sorted(maps.Keys(got)), slices.Sorted(maps.Keys(lettersTold)))
		}
	}
	if letters < 10 || replies < 10 || several < 5 {
		t.Errorf("too little happened to show anything: %d letters, %d of them to several, %d replies", letters, several, replies)
	}
}

// Who follows another case is written to alone from their own case, and with all from the main one.
func TestToAllIsSaidFromTheMainCase(t *testing.T) {
	t.Parallel()
	o := open(t)
	main, follower := o.reported(t, "a"), o.reported(t, "b")
	o.merge(t, follower.ID, main.ID)
	if err := o.desk.ReplyToAll(t.Context(), o.tx, o.by(), follower.ID, "k", "x"); !fault.Is(err, fault.Conflict) {
		t.Errorf("from a case that follows: %v", err)
	}
	if err := o.desk.ReplyToAll(t.Context(), o.tx, of(main), main.ID, "k", "x"); !fault.Is(err, fault.Forbidden) {
		t.Errorf("by a citizen: %v", err)
	}
	must(t, o.desk.Reply(t.Context(), o.tx, o.by(), main.ID, "private", "เลขที่บ้านของคุณถูกแล้วค่ะ"))
	must(t, o.desk.ReplyToAll(t.Context(), o.tx, o.by(), main.ID, "all", "ช่างไปดูแล้วค่ะ"))
	for id, want := range map[tickets.TicketID]int{main.ID: 2, follower.ID: 1} {
		if thread, err := tickets.Thread(t.Context(), o.tx, id); err != nil || len(thread) != want {
			t.Errorf("case %d has %d messages, want %d (%v)", id, len(thread), want, err)
		}
	}
}
