package checklist

import (
	"flag"
	"fmt"
	"math/rand/v2"
	"net/http"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"saphan/bot"
	"saphan/devkit/testhouse"
	"saphan/tickets"
)

// How long the nightly run is: go test -run TestRow79 -timeout 0 ./devkit/checklist -long -seed 7
var (
	long = flag.Bool("long", false, "run TestRow79 with many citizens")
	seed = flag.Uint64("seed", 0, "what goes wrong in TestRow79; 0: something else each time with -long, and 1 without")
)

// Row 79: everything goes wrong at random: calls fail before and after they were taken, connections
// break, webhooks come twice, late, out of order, or are answered 500, and worker processes are killed.
// Each thing that a citizen does has exactly one effect and at least one answer, and no answer is
// shown twice.
func TestRow79EverythingGoesWrong(t *testing.T) {
	t.Parallel()
	people, chosen := 20, *seed
	if *long {
		people = 200
	}
	if chosen == 0 {
		if chosen = 1; *long {
			chosen = rand.Uint64()
		}
	}
	t.Logf("%d citizens, seed %d", people, chosen)
	h := newHouse(t)
	h.stop()
	w := &weather{h: h, random: rand.New(rand.NewPCG(chosen, 79))}
	var crowd []*soul
	for i := range people {
		crowd = append(crowd, &soul{Person: h.NewPerson(fmt.Sprint("คนที่ ", i)), weather: w, mind: rand.New(rand.NewPCG(chosen, uint64(i)))})
	}
	w.begin()
	var all sync.WaitGroup
	gate := make(chan struct{}, 10) // this many at the same time
	for _, s := range crowd {
		all.Go(func() {
			gate <- struct{}{}
			defer func() { <-gate }()
			s.live()
		})
	}
	all.Wait()
	// The officers' answers come as pushes.
	h.UseUp()
	decided := h.Tickets()
	for _, ticket := range decided {
		h.Decides(tickets.Decision{TicketID: ticket.ID, Outcome: tickets.Approve, Reason: "ผลของเรื่อง " + ticket.Number})
	}
	h.Hurried()
	w.end()
	h.Hurried()
	for _, s := range crowd {
		s.judge()
	}
	for _, ticket := range decided {
		told := 0
		for _, s := range crowd {
			told += s.Times("ผลของเรื่อง " + ticket.Number)
		}
		if told != 1 {
			t.Errorf("the decision of %s was told %d times", ticket.Number, told)
		}
	}
	h.NothingWaits()
	h.Is(0, "events put aside", `SELECT count(*) FROM inbound_events WHERE state = 'quarantined'`)
	h.Is(0, "messages not sent", `SELECT count(*) FROM replies WHERE state <> 'sent'`)
	t.Logf("%d events; calls of the bot by how they went: reply %v, push %v; workers killed %d times; webhooks refused by us %d times",
		h.Count(`SELECT count(*) FROM inbound_events`), h.Calls("/message/reply"), h.Calls("/message/push"), w.killed.Load(), w.refused.Load())
	if w.killed.Load() == 0 || w.refused.Load() == 0 {
		t.Error("the weather was too fine to show anything")
	}
}

// weather makes things go wrong.
type weather struct {
	h       *house
	mu      sync.Mutex
	random  *rand.Rand
	killed  atomic.Int32
	refused atomic.Int32
	over    chan struct{}
	calm    sync.WaitGroup
}

func (w *weather) chance(p float64) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.random.Float64() < p
}

func (w *weather) number(n int) int {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.random.IntN(n)
}

func (w *weather) begin() {
	h := w.h
	h.Settings(map[string]any{
		"redelivery": true, "redeliverySchedule": []float64{0.2, 0.5, 1},
		"faults": map[string]any{"rate": 0.15, "seed": w.number(1 << 30), "kinds": []string{
			"500", "503", "rate", "reset", "reset_after_accept", "slow", "webhook_duplicate", "webhook_reorder", "webhook_drop",
		}},
	})
	// Before the webhook: some deliveries are refused, before or after they were stored.
	h.Deliver(h.Account, h.entry(func(answer http.ResponseWriter, _ *http.Request, pass func() int) {
		switch {
		case w.chance(0.04):
			w.refused.Add(1)
			answer.WriteHeader(http.StatusInternalServerError)
		case w.chance(0.04):
			w.refused.Add(1)
			pass()
			answer.WriteHeader(http.StatusBadGateway)
		default:
			answer.WriteHeader(pass())
		}
	}), true)
	w.over = make(chan struct{})
	// Two worker processes, one of which is killed now and then.
	var kills []func()
	for range 2 {
		_, kill := h.part("worker", "")
		kills = append(kills, kill)
	}
	w.calm.Go(func() {
		for {
			select {
			case <-w.over:
				return
			case <-time.After(time.Duration(1000+w.number(2000)) * time.Millisecond):
			}
			i := w.number(2)
			kills[i]()
			w.killed.Add(1)
			_, kills[i] = h.part("worker", "")
		}
	})
	// What waits for its next try need not wait long: the pauses are not what is shown.
	w.calm.Go(func() {
		for {
			select {
			case <-w.over:
				return
			case <-time.After(500 * time.Millisecond):
				h.Hurry()
			}
		}
	})
}

// end lets the sun shine.
func (w *weather) end() {
	w.h.Settings(map[string]any{"faults": nil})
	close(w.over)
	w.calm.Wait()
}

// soul is a citizen who files requests, whatever the weather.
type soul struct {
	*testhouse.Person
	weather *weather
	mind    *rand.Rand
	acts    int // what the citizen did
	filed   int // requests among it
	trouble []string
}

// does acts and waits until something is said that was not said before.
func (s *soul) does(what string, act func() testhouse.Done, awaited func() bool) bool {
	act()
	s.acts++
	for deadline := time.Now().Add(testhouse.Patience); time.Now().Before(deadline); time.Sleep(50 * time.Millisecond) {
		if awaited() {
			return true
		}
	}
	s.trouble = append(s.trouble, fmt.Sprintf("%s was not answered in %s", what, testhouse.Patience))
	return false
}

// live is what a citizen does: makes friends, and files one or two requests.
func (s *soul) live() {
	n := len(s.Answers())
	if !s.does("following", func() testhouse.Done { return s.Tries("follow", nil) }, func() bool { return s.Offered("เริ่มเลย") != "" || len(s.Answers()) > n+1 }) {
		return
	}
	for i := range 1 + s.mind.IntN(2) {
		asks := s.asksSomething
		if s.mind.IntN(2) == 0 {
			asks = s.reports
		}
		if !asks(i) {
			return
		}
		s.filed++
	}
}

func (s *soul) tapData(data string) func() testhouse.Done {
	return func() testhouse.Done {
		return s.Tries("postback", map[string]any{"data": data, "displayText": "แตะ"})
	}
}

func (s *soul) typesWords(words string) func() testhouse.Done {
	return func() testhouse.Done { return s.Tries("text", map[string]any{"text": words}) }
}

// shows says whether these words are shown more often than n times.
func (s *soul) shows(words string, n int) func() bool {
	return func() bool { return s.Times(words) > n }
}

// reads waits for the answer that has these words.
func (s *soul) reads(what string, act func() testhouse.Done, words string) bool {
	return s.does(what, act, s.shows(words, s.Times(words)))
}

func (s *soul) asksSomething(i int) bool {
	return s.reads("starting a question", s.tapData(bot.StartData("question")), "อยากถามเรื่องอะไร") &&
		s.reads("the question", s.typesWords(fmt.Sprintf("เปิดร้านที่ %d ต้องขออนุญาตอะไรบ้าง", i)), "ตรวจก่อนส่ง") &&
		s.reads("sending it", s.tapData(s.Button("ส่งคำขอ")), "รับเรื่องแล้ว")
}

func (s *soul) reports(i int) bool {
	picture := testhouse.Photo(s.weather.h.T, 0)
	return s.reads("starting a report", s.tapData(bot.StartData("public-problem")), "พบปัญหาเรื่องอะไร") &&
		s.reads("its kind", s.tapData(s.Button("ไฟถนนดับ")), "ขอรูปจุดที่มีปัญหา") &&
		s.reads("its photo", func() testhouse.Done { return s.Sends("image", "a.jpg", picture) }, "ได้รับรูปที่ 1") &&
		s.reads("its place", func() testhouse.Done {
			return s.Tries("location", map[string]any{"title": fmt.Sprint("ซอยตัวอย่าง ", i), "address": "ต.ตัวอย่าง", "latitude": 13.7, "longitude": 100.5})
		}, "มีอะไรอยากบอกเพิ่ม") &&
		s.reads("its details", s.typesWords("ไฟดับมา 3 คืนแล้วค่ะ"), "ตรวจก่อนส่ง") &&
		s.reads("sending it", s.tapData(s.Button("ส่งคำขอ")), "รับเรื่องแล้ว")
}

// judge fails the test for what the citizen went through that nobody should.
func (s *soul) judge() {
	h := s.weather.h
	h.T.Helper()
	for _, trouble := range s.trouble {
		h.T.Errorf("%s: %s; the chat:\n%s", s.Name, trouble, testhouse.Last(strings.Join(s.Said(), "\n"), 2000))
	}
	filed := h.Count(`SELECT count(*) FROM tickets t JOIN requests q ON q.id = t.request_id JOIN conversations c ON c.id = q.conversation_id WHERE c.source = $1`, s.User)
	if len(s.trouble) == 0 && filed != s.filed {
		h.T.Errorf("%s filed %d requests and has %d tickets", s.Name, s.filed, filed)
	}
	if n := h.Count(`SELECT count(*) FROM inbound_events WHERE source = $1`, s.User); n != s.acts {
		h.T.Errorf("%s did %d things, and %d events are stored", s.Name, s.acts, n)
	}
	// Each message of the outbox is shown once.
	var shown, sent []string
	for _, b := range s.Answers() {
		shown = append(shown, b.ID)
	}
	sent = h.List(`SELECT r.external_id FROM replies r JOIN conversations c ON c.id = r.conversation_id WHERE c.source = $1`, s.User)
	if len(shown) != len(sent) {
		h.T.Errorf("%s sees %d messages of the bot, and %d were to be sent:\n%s", s.Name, len(shown), len(sent), testhouse.Last(strings.Join(s.Said(), "\n"), 3000))
	}
	slices.Sort(sent)
	known := slices.DeleteFunc(slices.Compact(sent), func(id string) bool { return id == "" })
	for _, id := range known {
		if !slices.Contains(shown, id) {
			h.T.Errorf("%s: message %s is marked as sent and not shown", s.Name, id)
		}
	}
}
