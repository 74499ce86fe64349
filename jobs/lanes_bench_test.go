package jobs

import (
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"saphan/agencies"
	"saphan/bot"
	simulator "saphan/devkit/line"
)

const (
	crowdEvents = 200_000
	crowdPeople = 500
)

// BenchmarkLanes measures what a small agency feels of a large one's rush (P14): the time from the
// arrival of one message to the call that answers it, first with nothing else to do, then with 200,000
// events of another account waiting and being worked on, in the same run, with real workers and the
// simulator on the same machine.
//
//	go test -run '^$' -bench Lanes -benchtime 1x -timeout 20m ./jobs
func BenchmarkLanes(b *testing.B) {
	for b.Loop() {
		h := newHouse(b)
		h.Talk()
		for range 5 { // connections, statements
			h.delay()
		}
		idle := h.delays(30)
		h.stop()
		h.rush()
		h.stop = h.work()
		h.Until("the rush is being worked on", func() bool {
			return h.Count(`SELECT count(*) FROM inbound_events WHERE state = 'done'`) > 2*crowdPeople
		})
		began, before := time.Now(), h.Count(`SELECT count(*) FROM inbound_events WHERE state = 'done'`)
		busy := h.delays(60)
		after, took := h.Count(`SELECT count(*) FROM inbound_events WHERE state = 'done'`), time.Since(began)
		left := h.Count(`SELECT count(*) FROM inbound_events WHERE state = 'waiting'`)
		if left < crowdEvents/10 {
			b.Fatalf("only %d events are left waiting: the rush was over too soon", left)
		}
		middle := func(d []time.Duration) float64 { return float64(d[len(d)/2].Microseconds()) / 1000 }
		b.ReportMetric(middle(idle), "idle-ms")
		b.ReportMetric(middle(busy), "beside-the-rush-ms")
		b.ReportMetric(float64(busy[len(busy)-1].Microseconds())/1000, "longest-ms")
		b.ReportMetric(middle(busy)/middle(idle), "ratio(P14)")
		b.ReportMetric(float64(after-before)/took.Seconds(), "rush-events/s")
		h.stop()
	}
	b.ReportMetric(0, "ns/op") // of no meaning here
}

// delays returns how long n messages waited for their answers, one after another, sorted.
func (h *house) delays(n int) []time.Duration {
	h.T.Helper()
	var all []time.Duration
	for range n {
		all = append(all, h.delay())
	}
	slices.Sort(all)
	return all
}

// delay sends a message and returns how long it took until the call that answers it.
func (h *house) delay() time.Duration {
	h.T.Helper()
	h.Types("เมนู")
	var took time.Duration
	h.Until("the answer leaves", func() bool {
		var found *float64
		h.Everywhere(func(tx pgx.Tx) error {
			return tx.QueryRow(h.T.Context(), `SELECT (SELECT extract(epoch FROM r.called_at - e.received_at)::float8 FROM replies r
				  JOIN conversations c ON c.id = r.conversation_id AND c.channel_id = e.channel_id AND c.source = e.source
				 WHERE r.cause = 'event ' || e.id AND r.state = 'sent')
				FROM inbound_events e WHERE channel_id = $1 ORDER BY id DESC LIMIT 1`, h.Account.ID).Scan(&found)
		})
		if found != nil {
			took = time.Duration(*found * float64(time.Second))
		}
		return found != nil
	})
	time.Sleep(100 * time.Millisecond)
	return took
}

// rush has the events of another account wait, stored as they always are.
func (h *house) rush() {
	h.T.Helper()
	other := h.Account
	other.Destination, other.Secret, other.Token = "U"+strings.Repeat("9", 32), "another secret", "another token"
	h.Everywhere(func(tx pgx.Tx) error {
		a, err := agencies.Create(h.T.Context(), tx, agencies.Agency{Code: "BG", Name: "กรมตัวอย่าง", Kind: "กรม"})
		if err != nil {
			return err
		}
		other.AgencyID = a.ID
		other.ID, err = agencies.CreateChannel(h.T.Context(), tx, h.Box, other)
		return err
	})
	must(h.T, h.Sim.AddChannel(simulator.Channel{
		Destination: other.Destination, Secret: other.Secret, AccessToken: other.Token, Name: "กรมตัวอย่าง", Provider: "p", WebhookURL: "http://127.0.0.1:1/",
	}))
	people := make([]string, crowdPeople)
	for i := range people {
		var user struct{ ID string }
		h.Control("POST", "users", map[string]any{"name": fmt.Sprint("ตัวอย่าง ", i)}, &user)
		people[i] = user.ID
	}
	intake, end := h.Intake(h.T.Context())
	defer end()
	const batch = 500
	var wg sync.WaitGroup
	numbers := make(chan int)
	for range 4 {
		wg.Go(func() {
			for from := range numbers {
				now := h.Now()
				events := make([]bot.Raw, batch)
				for i := range events {
					n := from + i
					person := people[n%crowdPeople]
					events[i] = bot.Raw{
						ChannelID: int64(other.ID), EventID: fmt.Sprint("rush-", n), Source: person, MessageID: fmt.Sprint("88", n), At: now, ReceivedAt: now,
						Body: fmt.Appendf(nil, `{"type":"message","mode":"active","webhookEventId":"rush-%d","source":{"type":"user","userId":%q},"message":{"id":"88%d","type":"text","text":"เมนู"}}`, n, person, n),
					}
				}
				if err := intake.Store(h.T.Context(), events); err != nil {
					h.T.Errorf("store: %v", err)
				}
			}
		})
	}
	for from := 0; from < crowdEvents; from += batch {
		numbers <- from
	}
	close(numbers)
	wg.Wait()
	if n := h.Count(`SELECT count(*) FROM inbound_events WHERE state = 'waiting'`); n != crowdEvents {
		h.T.Fatalf("%d events wait", n)
	}
}
