package checklist

import (
	"encoding/json"
	"flag"
	"fmt"
	"math/rand/v2"
	"net/http"
	"net/http/httputil"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"saphan/agencies"
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
// break, tokens are revoked, webhooks come twice, late, out of order, in strange company, or are answered
// 500, and web and worker processes are killed. Each citizen is then told what one with the same wishes was
// told in fine weather, each thing once and in the same order, and has the same things behind the counter.
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
	w := newWeather(t, h, rand.New(rand.NewPCG(chosen, 79)))
	mind := rand.New(rand.NewPCG(chosen, 80))
	var crowd []*soul
	for i := range people {
		crowd = append(crowd, w.newSoul(fmt.Sprint("คนที่ ", i), wishes[mind.IntN(len(wishes))]))
	}
	told := w.inFineWeather()
	before := len(h.Tickets())

	h.stop()
	w.begin()
	together(crowd, (*soul).live)
	w.still(func() {
		together(crowd, (*soul).insists)
		h.Until("all that was said is stored", func() bool {
			return !slices.ContainsFunc(crowd, func(s *soul) bool { return s.stored() < s.acts })
		})
	})
	h.Hurried()
	decided := h.Tickets()[before:]
	h.decideAll(decided)
	h.Hurried()
	w.end()
	h.Hurried()

	for _, s := range crowd {
		s.judge(told[s.wishes])
	}
	h.toldOnce(crowd, decided)
	h.NothingWaits()
	h.Is(0, "events put aside", `SELECT count(*) FROM inbound_events WHERE state = 'quarantined'`)
	h.Is(0, "messages not sent", `SELECT count(*) FROM replies WHERE state <> 'sent'`)
	h.Is(0, "words said while nobody worked and worked on before earlier ones", `SELECT count(*) FROM messages a JOIN messages b
		ON b.conversation_id = a.conversation_id AND b.id > a.id AND b.at < a.at WHERE a.text LIKE $1 || '%' AND b.text LIKE $1 || '%'`, insisted)
	w.report(t)
}

// wishes are what citizens file, in this order: q is a question, r a report with a photo.
var wishes = []string{"q", "r", "qq", "qr", "rq", "rr"}

// together lets people do something, ten at the same time.
func together(all []*soul, do func(*soul)) {
	var group sync.WaitGroup
	gate := make(chan struct{}, 10)
	for _, s := range all {
		group.Go(func() {
			gate <- struct{}{}
			defer func() { <-gate }()
			do(s)
		})
	}
	group.Wait()
}

// decideAll has the officer decide tickets. The answers come as pushes.
func (h *house) decideAll(all []tickets.Ticket) {
	h.T.Helper()
	h.UseUp()
	for _, ticket := range all {
		if ticket.FormKey == "public-problem" {
			h.Mends(ticket.ID, decision(ticket))
			continue
		}
		h.Decides(tickets.Decision{TicketID: ticket.ID, Outcome: tickets.Approve, Reason: decision(ticket)})
	}
}

func decision(t tickets.Ticket) string { return "ผลของเรื่อง " + t.Number }

// toldOnce fails unless each decision is told to one person, once.
func (h *house) toldOnce(crowd []*soul, decided []tickets.Ticket) {
	h.T.Helper()
	var all []string
	for _, s := range crowd {
		all = append(all, s.Said()...)
	}
	for _, ticket := range decided {
		if n := times(all, decision(ticket)); n != 1 {
			h.T.Errorf("the decision of %s was told %d times", ticket.Number, n)
		}
	}
}

// times is how many bubbles have these words.
func times(said []string, words string) (n int) {
	for _, s := range said {
		if strings.Contains(s, words) {
			n++
		}
	}
	return n
}

// weather makes things go wrong.
type weather struct {
	h       *house
	account agencies.Channel
	mu      sync.Mutex // over random
	random  *rand.Rand

	hands   sync.Mutex // over the processes: who has it may kill and start them
	workers [2]func()  // what kills each
	web     func()
	webAddr string
	taking  chan struct{} // taken by the next delivery to the web process, on its way in

	killed, webKilled, refused, cut atomic.Int32
	over                            chan struct{}
	calm                            sync.WaitGroup
}

// newWeather opens an account of its own whose tokens are fetched: one that is revoked has to be fetched
// again (line.md row 40).
func newWeather(t *testing.T, h *house, random *rand.Rand) *weather {
	h.T.Helper()
	account := h.OpenAccount(agencies.Channel{
		Destination: "U7979797979797979797979797979797f", Provider: "p", Name: "บัญชีกลางพายุ", Secret: "s79", LineID: "1650000079",
		TokenKind: agencies.StatelessToken, Token: "not the bot's",
	})
	return &weather{h: h, account: account, random: random, webAddr: free(t), taking: make(chan struct{}), over: make(chan struct{})}
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

// inFineWeather lets one citizen of each sort live while all goes well, and returns what each was told.
func (w *weather) inFineWeather() map[string][]string {
	w.h.T.Helper()
	var happy []*soul
	for _, wish := range wishes {
		happy = append(happy, w.newSoul("คนโชคดี "+wish, wish))
	}
	together(happy, func(s *soul) { s.live(); s.insists() })
	w.h.Settled()
	w.h.decideAll(w.h.Tickets())
	w.h.Settled()
	told := map[string][]string{}
	for _, s := range happy {
		told[s.wishes] = s.gist()
		s.judge(told[s.wishes])
	}
	return told
}

// calls are what calls of the bot meet. What parks messages until the month is over is row 38's.
var calls = []string{
	"500", "503", "rate", "too_many", "revoked", "garbage", "reset", "reset_after_accept", "timeout", "timeout_after_accept", "slow",
}

func (w *weather) begin() {
	h := w.h
	// Each kind is met once at least, whatever the dice say.
	var sure []any
	for _, kind := range calls {
		status := any(kind)
		if kind == "500" || kind == "503" {
			status = http.StatusInternalServerError
		}
		sure = append(sure, testhouse.Fault("/v2/bot/message/*", status, 1))
	}
	h.Settings(map[string]any{
		"redelivery": true, "redeliverySchedule": []float64{0.2, 0.5, 1}, "reorderWebhooks": true, "unknownFields": true, "failNext": sure,
		"faults": map[string]any{"rate": 0.15, "seed": w.number(1 << 30), "kinds": append(slices.Clone(calls), "webhook_duplicate", "webhook_drop", "webhook_unknown")},
	})
	for i := range w.workers {
		_, w.workers[i] = h.part("worker", "")
	}
	_, w.web = h.part("web", w.webAddr)
	h.listening(w.webAddr)
	h.Hook = w.door()
	h.Deliver(w.account, h.entry(w.guard), true)
	victim := 0
	w.calm.Go(func() {
		w.each(func() time.Duration { return time.Duration(1500+w.number(2500)) * time.Millisecond }, func() { w.kill(victim); victim++ })
	})
	// What waits for its next try need not wait long: the pauses are not what is shown, and the call whose
	// answer was lost is made again while its reply token lives, so that nothing may come twice.
	w.calm.Go(func() { w.each(func() time.Duration { return 500 * time.Millisecond }, h.Hurry) })
}

// each does something again and again, after pauses, until the weather is over.
func (w *weather) each(pause func() time.Duration, do func()) {
	for {
		select {
		case <-w.over:
			return
		case <-time.After(pause()):
			do()
		}
	}
}

// door leads to the web process.
func (w *weather) door() http.Handler {
	to := &url.URL{Scheme: "http", Host: w.webAddr}
	return &httputil.ReverseProxy{
		Rewrite: func(r *httputil.ProxyRequest) { r.SetURL(to) },
		ErrorHandler: func(answer http.ResponseWriter, _ *http.Request, _ error) {
			w.cut.Add(1)
			answer.WriteHeader(http.StatusBadGateway)
		},
	}
}

// guard stands before the web process: some deliveries are refused, before or after they were stored, and
// during some the process is killed.
func (w *weather) guard(answer http.ResponseWriter, _ *http.Request, pass func() int) {
	switch {
	case w.chance(0.04):
		w.refused.Add(1)
		answer.WriteHeader(http.StatusInternalServerError)
		return
	case w.chance(0.04):
		w.refused.Add(1)
		pass()
		answer.WriteHeader(http.StatusBadGateway)
		return
	}
	select {
	case w.taking <- struct{}{}:
	default:
	}
	answer.WriteHeader(pass())
}

// kill kills one of the processes, each in its turn, and starts another in its place.
func (w *weather) kill(turn int) {
	if i := turn % (len(w.workers) + 1); i < len(w.workers) {
		w.hands.Lock()
		defer w.hands.Unlock()
		w.workers[i]()
		_, w.workers[i] = w.h.part("worker", "")
		w.killed.Add(1)
		return
	}
	select {
	case <-w.taking: // it is taking a delivery
	case <-w.over:
		return
	}
	time.Sleep(time.Duration(w.number(6000)) * time.Microsecond)
	w.hands.Lock()
	defer w.hands.Unlock()
	w.web()
	_, w.web = w.h.part("web", w.webAddr)
	w.webKilled.Add(1)
}

// still lets something happen while no worker is alive.
func (w *weather) still(act func()) {
	w.hands.Lock()
	defer w.hands.Unlock()
	for _, kill := range w.workers {
		kill()
		w.killed.Add(1)
	}
	act()
	for i := range w.workers {
		_, w.workers[i] = w.h.part("worker", "")
	}
}

// end lets the sun shine.
func (w *weather) end() {
	w.h.Settings(map[string]any{"faults": nil, "failNext": []any{}, "reorderWebhooks": false})
	close(w.over)
	w.calm.Wait()
}

// report tells how bad it was, and fails the test when that was not bad enough.
func (w *weather) report(t *testing.T) {
	t.Helper()
	h := w.h
	// overtaken counts the events of a person that were stored after a later one of theirs, both with
	// words that begin so.
	overtaken := func(words string) int {
		return h.Count(`SELECT count(DISTINCT late.id) FROM inbound_events late JOIN inbound_events early
				ON early.source = late.source AND early.at > late.at AND early.received_at < late.received_at AND early.id < late.id
			JOIN messages a ON a.external_id = late.message_id AND a.text LIKE $1 || '%'
			JOIN messages b ON b.external_id = early.message_id AND b.text LIKE $1 || '%'`, words)
	}
	strange := h.Count(`SELECT count(*) FROM inbound_events WHERE source = ''`)
	atWork, still := overtaken(added), overtaken(insisted)
	t.Logf("%d events, %d of them of no known type; %d were overtaken, and %d while nobody worked; calls of the bot by how they went: reply %v, push %v; "+
		"killed: workers %d times, the web process %d times; webhooks refused by us %d times, cut off %d times",
		h.Count(`SELECT count(*) FROM inbound_events`), strange, atWork, still, h.Calls("/message/reply"), h.Calls("/message/push"),
		w.killed.Load(), w.webKilled.Load(), w.refused.Load(), w.cut.Load())
	for what, n := range map[string]int{
		"events of unknown types": strange, "overtaken events": atWork, "events overtaken while nobody worked": still,
		"killed workers": int(w.killed.Load()) - len(w.workers), "killed web processes": int(w.webKilled.Load()),
		"refused webhooks": int(w.refused.Load()), "webhooks cut off": int(w.cut.Load()),
	} {
		if n <= 0 {
			t.Errorf("the weather was too fine to show anything: no %s", what)
		}
	}
}

// soul is a citizen who files requests, whatever the weather.
type soul struct {
	*testhouse.Person
	weather *weather
	wishes  string
	acts    int // what the citizen did
	trouble []string
}

func (w *weather) newSoul(name, wishes string) *soul {
	w.h.T.Helper()
	s := &soul{Person: w.h.NewPerson(name), weather: w, wishes: wishes}
	s.Channel = w.account.Destination
	return s
}

// live is what a citizen does: makes friends, files requests, and has more to say about them.
func (s *soul) live() {
	n := len(s.Answers())
	s.acts++
	if s.Tries("follow", nil); !s.awaits("following", func() bool { return s.Offered("เริ่มเลย") != "" || len(s.Answers()) > n+1 }) {
		return
	}
	for i, wish := range s.wishes {
		asks := s.asksSomething
		if wish == 'r' {
			asks = s.reports
		}
		if !asks(i) {
			return
		}
	}
	s.adds()
}

// awaits waits until an act is answered.
func (s *soul) awaits(what string, answered func() bool) bool {
	for deadline := time.Now().Add(testhouse.Patience); time.Now().Before(deadline); time.Sleep(50 * time.Millisecond) {
		if answered() {
			return true
		}
	}
	s.trouble = append(s.trouble, fmt.Sprintf("%s was not answered in %s", what, testhouse.Patience))
	return false
}

// reads acts and waits until these words are said once more than before.
func (s *soul) reads(what string, act func(), words string) bool {
	n := s.Times(words)
	s.acts++
	act()
	return s.awaits(what, func() bool { return s.Times(words) > n })
}

func (s *soul) tapData(data string) func() {
	return func() { s.Tries("postback", map[string]any{"data": data, "displayText": "แตะ"}) }
}

func (s *soul) typesWords(words string) func() {
	return func() { s.Tries("text", map[string]any{"text": words}) }
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
		s.reads("its photo", func() { s.Sends("image", "a.jpg", picture) }, "ได้รับรูปที่ 1") &&
		s.reads("its place", func() {
			s.Tries("location", map[string]any{"title": fmt.Sprint("ซอยตัวอย่าง ", i), "address": "ต.ตัวอย่าง", "latitude": 13.7, "longitude": 100.5})
		}, "มีอะไรอยากบอกเพิ่ม") &&
		s.reads("its details", s.typesWords("ไฟดับมา 3 คืนแล้วค่ะ"), "ตรวจก่อนส่ง") &&
		s.reads("sending it", s.tapData(s.Button("ส่งคำขอ")), "รับเรื่องแล้ว")
}

// What citizens say many times, without waiting for an answer: while the workers are at work, and while
// none is.
const (
	added    = "ขอแจ้งเพิ่มค่ะ ครั้งที่"
	insisted = "ขอย้ำอีกทีนะคะ ครั้งที่"
	often    = 5
)

// adds turns to the officers of a case and tells them many things at once. Their order on the way is
// anybody's, and to the officers it is all the same: each thing reaches them, and one is confirmed.
func (s *soul) adds() {
	if s.reads("asking how things are", s.tapData(s.Button("ติดตามเรื่อง")), "เรื่องของคุณ") &&
		s.reads("turning to the officers", s.tapData(s.Button("ถามเรื่องนี้")), "ถึงเจ้าหน้าที่เรื่อง") {
		s.says(added)
		s.awaits("telling more", func() bool { return s.Times("ส่งถึงเจ้าหน้าที่แล้ว") > 0 })
	}
}

// insists tells the same officers many things more.
func (s *soul) insists() { s.says(insisted) }

// says says many things, without waiting for an answer to any.
func (s *soul) says(words string) {
	var all sync.WaitGroup
	for _, text := range repeated(words) {
		all.Go(s.typesWords(text))
	}
	all.Wait()
	s.acts += often
}

// repeated is all that is said in that way.
func repeated(words string) (all []string) {
	for i := range often {
		all = append(all, fmt.Sprint(words, " ", i))
	}
	return all
}

// stored is how many of the citizen's acts are stored.
func (s *soul) stored() int {
	return s.weather.h.Count(`SELECT count(*) FROM inbound_events WHERE source = $1`, s.User)
}

// numbers are numbers in any text.
var numbers = regexp.MustCompile(`[0-9๐-๙]+`)

// gist is what the bot has said, each bubble in short: its text, or the text that stands for a card, without
// the numbers that differ from case to case. A card's body tells of times of day too, which differ. That a
// photo takes its time is told only when it does, so it is no part of it.
func (s *soul) gist() (all []string) {
	h := s.weather.h
	h.T.Helper()
	for _, b := range s.Answers() {
		var m struct{ Text, AltText string }
		must(h.T, json.Unmarshal(b.Message, &m))
		if m.Text == bot.WaitReply("th").Text {
			continue
		}
		all = append(all, numbers.ReplaceAllString(m.Text+m.AltText, "#"))
	}
	return all
}

// judge fails the test for what the citizen went through that nobody should: each act has one effect, and is
// answered as in fine weather.
func (s *soul) judge(fine []string) {
	h := s.weather.h
	h.T.Helper()
	for _, trouble := range s.trouble {
		h.T.Errorf("%s: %s; the chat:\n%s", s.Name, trouble, testhouse.Last(strings.Join(s.Said(), "\n"), 2000))
	}
	s.has(s.acts, "events", `inbound_events WHERE source = $1`)
	s.has(s.acts, "acts in the chat", `messages m JOIN conversations c ON c.id = m.conversation_id WHERE c.source = $1`)
	const filed = ` JOIN requests q ON q.id = t.request_id JOIN conversations c ON c.id = q.conversation_id WHERE c.source = $1`
	reports := strings.Count(s.wishes, "r")
	s.has(len(s.wishes), "requests", `requests q JOIN conversations c ON c.id = q.conversation_id WHERE c.source = $1`)
	s.has(len(s.wishes), "tickets", `tickets t`+filed)
	s.has(reports, "photos", `attachments a WHERE EXISTS (SELECT FROM messages m JOIN conversations c ON c.id = m.conversation_id WHERE m.attachment_id = a.id AND c.source = $1)`)
	s.has(reports, "photos in cases", `ticket_files f JOIN attachments a ON a.id = f.attachment_id AND a.source NOT LIKE 'upload:%' AND NOT f.made JOIN tickets t ON t.id = f.ticket_id`+filed)
	read := h.List(`SELECT x.text FROM ticket_messages x JOIN tickets t ON t.id = x.ticket_id`+filed+` AND x.author = 'citizen'`, s.User)
	want := append(repeated(added), repeated(insisted)...)
	slices.Sort(read)
	slices.Sort(want)
	if !slices.Equal(read, want) {
		h.T.Errorf("%s told the officers %q, and they read %q", s.Name, want, read)
	}
	told := s.Said()
	for words, want := range map[string]int{
		"รับเรื่องแล้ว": len(s.wishes), "ตรวจก่อนส่ง": len(s.wishes), "ได้รับรูปที่ 1": reports, "ได้รับรูปที่ 2": 0, "ส่งถึงเจ้าหน้าที่แล้ว": 1,
	} {
		if n := times(told, words); n != want {
			h.T.Errorf("%s (%s) was told %q %d times, not %d", s.Name, s.wishes, words, n, want)
		}
	}
	if n := times(told, bot.WaitReply("th").Text); n > reports {
		h.T.Errorf("%s (%s) was told %d times that a photo takes its time", s.Name, s.wishes, n)
	}
	if got := s.gist(); !slices.Equal(got, fine) {
		h.T.Errorf("%s (%s) was told\n\t%s\nand in fine weather\n\t%s", s.Name, s.wishes, strings.Join(got, "\n\t"), strings.Join(fine, "\n\t"))
	}
	s.shownOnce()
}

// has fails unless there are so many rows of the citizen.
func (s *soul) has(want int, what, from string) {
	s.weather.h.T.Helper()
	s.weather.h.Is(want, s.Name+": "+what, `SELECT count(*) FROM `+from, s.User)
}

// shownOnce fails unless each message of the outbox is shown once.
func (s *soul) shownOnce() {
	h := s.weather.h
	h.T.Helper()
	var shown []string
	for _, b := range s.Answers() {
		shown = append(shown, b.ID)
	}
	sent := h.List(`SELECT r.external_id FROM replies r JOIN conversations c ON c.id = r.conversation_id WHERE c.source = $1`, s.User)
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
