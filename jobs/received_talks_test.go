package jobs

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"saphan/bot"
	"saphan/bot/line"
	"saphan/devkit/testhouse"
)

// crowd has several write at once, so that their events share a job, and returns the numbers of these.
func (h *house) crowd(n int, text string) []int64 {
	h.T.Helper()
	before := h.Count(`SELECT coalesce(max(id), 0) FROM inbound_events`)
	var events []map[string]any
	for i := range n {
		events = append(events, map[string]any{
			"type": "message", "mode": "active", "timestamp": time.Now().UnixMilli(), "webhookEventId": fmt.Sprintf("many-%d-%d", before, i),
			"deliveryContext": map[string]any{"isRedelivery": false}, "source": map[string]any{"type": "user", "userId": personNumbered(i)},
			"replyToken": fmt.Sprintf("token-%d-%d", before, i), "message": map[string]any{"id": fmt.Sprintf("9%d%03d", before, i), "type": "text", "text": text},
		})
	}
	h.Event(events...)
	return h.Numbers(`SELECT id FROM inbound_events WHERE id > $1 ORDER BY id`, before)
}

func personNumbered(i int) string { return fmt.Sprintf("U%032x", i+1) }

// Events of many people that share a job are all worked on, each person's in their own conversation.
func TestReceivedTogether(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.stop()
	h.crowd(20, "สวัสดี")
	if n := h.Count(`SELECT count(*) FROM river_job WHERE kind = 'received'`); n != 1 {
		t.Fatalf("%d jobs for what one commit brought", n)
	}
	h.stop = h.work()
	h.Settled()
	if n := h.Count(`SELECT count(DISTINCT conversation_id) FROM messages WHERE text = 'สวัสดี'`); n != 20 {
		t.Errorf("%d of 20 people were heard", n)
	}
	if s := h.states(); s["done"] != 20 {
		t.Errorf("events %v", s)
	}
}

// R12: who shares a job with somebody whose event fails again and again is answered as if they were
// alone, and is answered once; the other's is put aside.
func TestReceivedBesidePoison(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.stop()
	ids := h.crowd(12, "สวัสดี")
	poison := ids[5]
	h.Channels = map[string]Channel{line.Kind: poisoned{h.Channels[line.Kind], bot.EventID(poison)}}
	h.stop = h.work()
	h.Until("the poisoned event is put aside", func() bool {
		h.Forgive()
		return h.Count(`SELECT count(*) FROM inbound_events WHERE id = $1 AND state = 'quarantined'`, poison) == 1
	})
	h.Settled()
	if s := h.states(); s["done"] != 11 || s["quarantined"] != 1 {
		t.Errorf("events %v", s)
	}
	answers := map[int]int{}
	for _, id := range ids {
		if id != poison {
			answers[h.Count(`SELECT count(*) FROM replies WHERE cause = 'event ' || $1::bigint`, id)]++
		}
	}
	if !maps.Equal(answers, map[int]int{1: 11}) {
		t.Errorf("answers by how often they were given: %v", answers)
	}
}

// poisoned is a channel one of whose events cannot be worked on.
type poisoned struct {
	Channel
	event bot.EventID
}

// Decode implements Channel.
func (p poisoned) Decode(stored bot.Event) (bot.Received, error) {
	if stored.ID == p.event {
		panic("index out of range")
	}
	return p.Channel.Decode(stored)
}

// A neighbour whose file is not ready keeps nobody waiting: they get a job of their own.
func TestReceivedBesideAFileThatIsNotReady(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.Talk()
	h.stop()
	h.Settings(map[string]any{"contentDelay": 3600})
	h.Send("image", "a.jpg", testhouse.Photo(t, 0))
	photoEvent := h.Numbers(`SELECT id FROM inbound_events WHERE state = 'waiting'`)
	ids := append(photoEvent, h.crowd(5, "สวัสดี")...)
	h.Everywhere(func(tx pgx.Tx) error {
		if _, err := tx.Exec(t.Context(), `DELETE FROM river_job WHERE kind = 'received'`); err != nil {
			return err
		}
		_, err := h.Jobs.InsertTx(t.Context(), tx, bot.ReceivedArgs{Events: eventIDs(ids)}, nil)
		return err
	})
	h.stop = h.work()
	h.Until("the others are answered", func() bool {
		return h.Count(`SELECT count(*) FROM inbound_events WHERE state = 'done' AND id = ANY($1)`, ids) == 5
	})
	h.Until("the one with the file has a job of his own", func() bool {
		return h.Count(`SELECT count(*) FROM river_job WHERE kind = 'received' AND state <> 'completed' AND args->'events' = jsonb_build_array($1::bigint)`, photoEvent[0]) == 1
	})
}

func eventIDs(numbers []int64) []bot.EventID {
	var ids []bot.EventID
	for _, n := range numbers {
		ids = append(ids, bot.EventID(n))
	}
	return ids
}

// R6: a job that died in the middle and comes again passes over what is done; so does one that runs
// while the other does.
func TestReceivedAgainInTheMiddle(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.stop()
	ids := h.crowd(10, "สวัสดี")
	args := bot.ReceivedArgs{Events: eventIDs(ids)}
	must(t, run(h, &received{Deps: h.Deps}, bot.ReceivedArgs{Events: args.Events[:4]}))
	var steps atomic.Int32
	h.at(func(border string) {
		if border == "received: before the step" {
			steps.Add(1)
		}
	})
	must(t, run(h, &received{Deps: h.Deps}, args))
	if n := steps.Load(); n != 6 {
		t.Errorf("%d steps, want the 6 that were left", n)
	}
	errs := make(chan error, 4)
	for range cap(errs) {
		go func() { errs <- run(h, &received{Deps: h.Deps}, args) }()
	}
	for range cap(errs) {
		must(t, <-errs)
	}
	if n := h.Count(`SELECT count(*) FROM replies WHERE cause LIKE 'event %' AND cause NOT LIKE 'event % %'`); n != 10 {
		t.Errorf("%d answers to 10 people", n)
	}
}

// P14: a conversation with a crowd of events goes to the busy lane as a whole, and in order.
func TestReceivedCrowdOfOnePerson(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.Talk()
	h.stop()
	now := time.Now().UnixMilli()
	var want []string
	for i := range 12 {
		want = append(want, fmt.Sprint("ข้อความที่ ", i))
		h.Event(text(fmt.Sprint(5000+i), want[i], now+int64(i)))
	}
	if n := h.Count(`SELECT count(*) FROM river_job WHERE kind = 'received' AND queue = 'received_busy'`); n != 0 {
		t.Fatalf("%d jobs were made for the busy lane", n)
	}
	h.stop = h.work()
	h.Settled()
	if n := h.Count(`SELECT count(*) FROM river_job WHERE kind = 'received' AND queue = 'received_busy'`); n == 0 {
		t.Error("nothing went to the busy lane")
	}
	if got := h.Heard(); !slices.Equal(got, want) {
		t.Errorf("worked on %q", got)
	}
}

// P14: what one channel brings beyond its share goes on the busy lane, another's does not.
func TestReceivedLanes(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.stop()
	h.crowd(70, "สวัสดี")
	lanes := h.List(`SELECT DISTINCT queue FROM river_job WHERE kind = 'received' ORDER BY queue`)
	if got := strings.Join(lanes, " "); got != "received received_busy" {
		t.Fatalf("lanes %q", got)
	}
	if n := h.Count(`SELECT sum(jsonb_array_length(args->'events')) FROM river_job WHERE kind = 'received'`); n != 70 {
		t.Errorf("%d of 70 events have a job", n)
	}
	if n := h.Count(`SELECT max(jsonb_array_length(args->'events')) FROM river_job WHERE kind = 'received'`); n > 32 {
		t.Errorf("%d events share a job", n)
	}
	h.stop = h.work()
	h.Settled()
	if s := h.states(); s["done"] != 70 {
		t.Errorf("events %v", s)
	}
}
