package checklist

import (
	"bytes"
	"encoding/json"
	"io"
	"mime/multipart"
	"net/http"
	"slices"
	"strings"
	"time"
)

// What citizens do on their telephones, and see.

// person is a citizen with a telephone.
type person struct {
	h       *house
	id      string // in the simulator
	user    string // by which the accounts of their provider know them
	name    string
	channel string // destination of the account they chat with; empty: the first one
}

// newPerson adds a citizen who has never chatted before.
func (h *house) newPerson(name string) *person {
	h.t.Helper()
	p := &person{h: h, name: name + " (ตัวอย่าง)"}
	var made struct{ ID string }
	h.control("POST", "users", map[string]any{"name": p.name}, &made)
	p.id = made.ID
	p.user = h.userID(p.id, "")
	return p
}

// userID is by which an account knows a person: it differs between providers.
func (h *house) userID(person, channel string) string {
	h.t.Helper()
	var all []struct{ ID, UserID string }
	path := "users"
	if channel != "" {
		path += "?channel=" + channel
	}
	h.control("GET", path, nil, &all)
	for _, u := range all {
		if u.ID == person {
			return u.UserID
		}
	}
	h.t.Fatalf("nobody is called %s", person)
	return ""
}

// control calls the simulator's control API.
func (h *house) control(method, path string, body, into any) {
	h.t.Helper()
	var in bytes.Buffer
	if body != nil {
		must(h.t, json.NewEncoder(&in).Encode(body))
	}
	h.call(method, path, "application/json", &in, into)
}

func (h *house) call(method, path, kind string, body io.Reader, into any) {
	h.t.Helper()
	req, err := http.NewRequestWithContext(h.t.Context(), method, h.plan.Phone+"/control/"+path, body)
	must(h.t, err)
	req.Header.Set("Content-Type", kind)
	res, err := http.DefaultClient.Do(req)
	must(h.t, err)
	defer func() { _ = res.Body.Close() }()
	data, err := io.ReadAll(res.Body)
	must(h.t, err)
	if res.StatusCode != http.StatusOK {
		h.t.Fatalf("%s %s: %d %s", method, path, res.StatusCode, data)
	}
	if into != nil {
		must(h.t, json.Unmarshal(data, into))
	}
}

// settings turns switches of the simulator.
func (h *house) settings(v map[string]any) {
	h.t.Helper()
	h.control("POST", "settings", v, nil)
}

// fail makes the next matching calls meet a fault.
func (h *house) fail(path string, status any, times int) {
	h.t.Helper()
	h.settings(map[string]any{"failNext": []any{fault(path, status, times)}})
}

func fault(path string, status any, times int) map[string]any {
	return map[string]any{"path": path, "status": status, "times": times}
}

// request is a call of the bot, as LINE saw it.
type request struct {
	Seq      int64
	Path     string
	Status   int
	RetryKey string
	Request  string `json:"requestId"`
	Body     json.RawMessage
}

// requests are the calls of the bot at a path that ends so.
func (h *house) requests(suffix string) []request {
	h.t.Helper()
	var all []request
	h.control("GET", "requests", nil, &all)
	return slices.DeleteFunc(all, func(r request) bool { return !strings.HasSuffix(r.Path, suffix) })
}

// calls is how often the bot called at a path that ends so, by status.
func (h *house) calls(suffix string) map[int]int {
	h.t.Helper()
	n := map[int]int{}
	for _, r := range h.requests(suffix) {
		n[r.Status]++
	}
	return n
}

// done is what came of an act: the message that was sent and how the webhook was answered.
type done struct {
	MessageID string `json:"messageId"`
	EventID   string `json:"webhookEventId"`
	Status    int    `json:"status"`
}

// tries does something in the chat, whatever the webhook answers.
func (p *person) tries(what string, body map[string]any) (d done) {
	p.h.t.Helper()
	if body == nil {
		body = map[string]any{}
	}
	if p.channel != "" {
		body["channel"] = p.channel
	}
	p.h.control("POST", "chats/"+p.id+"/"+what, body, &d)
	return d
}

// act does something in the chat, without waiting for an answer. A busy machine may take the event at a
// later try of LINE's only.
func (p *person) act(what string, body map[string]any) done {
	p.h.t.Helper()
	d := p.tries(what, body)
	p.h.taken(d)
	return d
}

// taken waits until the event of an act is stored.
func (h *house) taken(d done) {
	h.t.Helper()
	if d.Status != http.StatusOK {
		h.until("the event is taken", func() bool { return h.count(`SELECT count(*) FROM inbound_events WHERE event_id = $1`, d.EventID) == 1 })
	}
}

// types sends words, without waiting for an answer.
func (p *person) types(words string) done {
	p.h.t.Helper()
	return p.act("text", map[string]any{"text": words})
}

// say sends words and waits for what follows.
func (p *person) say(words string) done {
	p.h.t.Helper()
	d := p.types(words)
	p.h.settled()
	return d
}

// press taps a button by its data and waits for what follows.
func (p *person) press(data string) {
	p.h.t.Helper()
	p.act("postback", map[string]any{"data": data, "displayText": "แตะ"})
	p.h.settled()
}

// tap presses the newest thing that is called so.
func (p *person) tap(label string) {
	p.h.t.Helper()
	p.press(p.button(label))
}

// follow adds the account as a friend and waits for the greeting.
func (p *person) follow() {
	p.h.t.Helper()
	if d := p.tries("follow", nil); d.EventID != "" {
		p.h.taken(d)
	}
	p.h.settled()
}

// send sends a file, without waiting for an answer.
func (p *person) send(kind, name string, content []byte) done {
	p.h.t.Helper()
	d := p.sends(kind, name, content)
	p.h.taken(d)
	return d
}

// sends sends a file, whatever the webhook answers.
func (p *person) sends(kind, name string, content []byte) (d done) {
	h := p.h
	h.t.Helper()
	var form bytes.Buffer
	w := multipart.NewWriter(&form)
	must(h.t, w.WriteField("kind", kind))
	if p.channel != "" {
		must(h.t, w.WriteField("channel", p.channel))
	}
	part, err := w.CreateFormFile("file", name)
	must(h.t, err)
	_, err = part.Write(content)
	must(h.t, err)
	must(h.t, w.Close())
	h.call("POST", "chats/"+p.id+"/media", w.FormDataContentType(), &form, &d)
	return d
}

// pin sends a place, without waiting for an answer.
func (p *person) pin(title string, lat, lon float64) done {
	p.h.t.Helper()
	return p.act("location", map[string]any{"title": title, "address": title, "latitude": lat, "longitude": lon})
}

// event sends a webhook with these events, completed by the simulator, until it is taken.
func (p *person) event(events ...map[string]any) {
	p.h.t.Helper()
	body := map[string]any{"user": p.id, "events": events}
	if p.channel != "" {
		body["channel"] = p.channel
	}
	var d done
	p.h.control("POST", "events", body, &d)
	if d.Status != http.StatusOK {
		before := p.h.count(`SELECT count(*) FROM inbound_events`)
		p.h.until("the events are taken", func() bool {
			return p.h.count(`SELECT count(*) FROM inbound_events WHERE event_id = $1`, d.EventID) == 1 || p.h.count(`SELECT count(*) FROM inbound_events`) > before
		})
	}
}

// text is a scripted text message.
func text(id, words string, at time.Time) map[string]any {
	return map[string]any{
		"type": "message", "webhookEventId": "ev" + id, "timestamp": at.UnixMilli(), "message": map[string]any{"type": "text", "id": id, "text": words},
	}
}

// bubble is a message of the chat as the citizen sees it.
type bubble struct {
	ID      string          `json:"id"`
	From    string          `json:"from"`
	Via     string          `json:"via"`
	Unsent  bool            `json:"unsent"`
	Message json.RawMessage `json:"message"`
}

// words are all words of a bubble.
func (b bubble) words() string {
	var v any
	if json.Unmarshal(b.Message, &v) != nil {
		return ""
	}
	var words []string
	walk(v, func(m map[string]any) {
		for _, key := range []string{"text", "label", "altText", "uri"} {
			if s, ok := m[key].(string); ok {
				words = append(words, s)
			}
		}
	}, "quickReply")
	return strings.TrimSpace(strings.Join(words, " "))
}

// walk visits every object in a value, in order of names, leaving out what is called so.
func walk(v any, visit func(map[string]any), except ...string) {
	switch v := v.(type) {
	case map[string]any:
		visit(v)
		names := make([]string, 0, len(v))
		for name := range v {
			names = append(names, name)
		}
		slices.Sort(names)
		for _, name := range names {
			if !slices.Contains(except, name) {
				walk(v[name], visit, except...)
			}
		}
	case []any:
		for _, e := range v {
			walk(e, visit, except...)
		}
	}
}

// chat is the whole chat.
func (p *person) chat() []bubble {
	p.h.t.Helper()
	var v struct{ Messages []bubble }
	path := "chats/" + p.id
	if p.channel != "" {
		path += "?channel=" + p.channel
	}
	p.h.control("GET", path, nil, &v)
	return v.Messages
}

// answers are the bubbles of the bot.
func (p *person) answers() []bubble {
	p.h.t.Helper()
	return slices.DeleteFunc(p.chat(), func(b bubble) bool { return b.From != "bot" })
}

// said is what the bot has said, each bubble with all its words.
func (p *person) said() (all []string) {
	p.h.t.Helper()
	for _, b := range p.answers() {
		all = append(all, b.words())
	}
	return all
}

// since is what the bot has said after the n-th bubble of its own.
func (p *person) since(n int) string {
	p.h.t.Helper()
	return strings.Join(p.said()[n:], "\n")
}

// times is how many bubbles of the bot have these words.
func (p *person) times(words string) (n int) {
	p.h.t.Helper()
	for _, s := range p.said() {
		if strings.Contains(s, words) {
			n++
		}
	}
	return n
}

// offered returns the data of the newest thing to tap with that label, empty when there is none.
func (p *person) offered(label string) (data string) {
	p.h.t.Helper()
	for _, b := range p.answers() {
		var v any
		must(p.h.t, json.Unmarshal(b.Message, &v))
		walk(v, func(m map[string]any) {
			if l, _ := m["label"].(string); strings.Contains(l, label) {
				if d, ok := m["data"].(string); ok {
					data = d
				}
			}
		})
	}
	return data
}

// button returns the data of the newest thing to tap with that label.
func (p *person) button(label string) string {
	p.h.t.Helper()
	data := p.offered(label)
	if data == "" {
		p.h.t.Fatalf("nothing to tap is called %q; said:\n%s", label, strings.Join(p.said(), "\n"))
	}
	return data
}

// asks files a question as a citizen does, by the buttons, and waits for the receipt.
func (p *person) asks(question string) {
	p.h.t.Helper()
	p.follow()
	p.press(startQuestion)
	p.say(question)
	p.tap("ส่งคำขอ")
}

// atThePhoto brings the conversation to the question that takes photos.
func (p *person) atThePhoto() {
	p.h.t.Helper()
	p.follow()
	p.press(startProblem)
	p.tap("ไฟถนนดับ")
	if f := p.h.field(); f != "photo" {
		p.h.t.Fatalf("the question is %q", f)
	}
}

// linksOf are the addresses that a bubble opens.
func linksOf(b bubble) (all []string) {
	var v any
	if json.Unmarshal(b.Message, &v) != nil {
		return nil
	}
	walk(v, func(m map[string]any) {
		if uri, ok := m["uri"].(string); ok {
			all = append(all, uri)
		}
	})
	return all
}
