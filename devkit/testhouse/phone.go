package testhouse

import (
	"bytes"
	"fmt"
	"mime/multipart"
	"net/http"
	"time"
)

// Person is a citizen with a telephone.
type Person struct {
	house   *House
	ID      string // in the simulator
	User    string // by which the accounts of their provider know them
	Name    string
	Channel string // destination of the account they chat with; empty: the first one
}

// NewPerson adds a citizen who has never chatted before.
func (h *House) NewPerson(name string) *Person {
	h.T.Helper()
	p := &Person{house: h, Name: name + " (ตัวอย่าง)"}
	var made struct{ ID string }
	h.Control("POST", "users", map[string]any{"name": p.Name}, &made)
	p.ID = made.ID
	p.User = h.UserID(p.ID, "")
	return p
}

// UserID is by which an account knows a person: it differs between providers.
func (h *House) UserID(person, channel string) string {
	h.T.Helper()
	var all []struct{ ID, UserID string }
	path := "users"
	if channel != "" {
		path += "?channel=" + channel
	}
	h.Control("GET", path, nil, &all)
	for _, u := range all {
		if u.ID == person {
			return u.UserID
		}
	}
	h.T.Fatalf("nobody is called %s", person)
	return ""
}

// Done is what came of an act: the message that was sent and how the webhook was answered.
type Done struct {
	MessageID  string   `json:"messageId"`
	MessageIDs []string `json:"messageIds"` // when there are several
	EventID    string   `json:"webhookEventId"`
	Status     int      `json:"status"`
}

// Tries does something in the chat, whatever the webhook answers.
func (p *Person) Tries(what string, body map[string]any) (d Done) {
	p.house.T.Helper()
	if body == nil {
		body = map[string]any{}
	}
	if p.Channel != "" {
		body["channel"] = p.Channel
	}
	p.house.Control("POST", "chats/"+p.ID+"/"+what, body, &d)
	return d
}

// Act does something in the chat, without waiting for an answer. A busy machine may take the event at a
// later try of LINE's only.
func (p *Person) Act(what string, body map[string]any) Done {
	p.house.T.Helper()
	d := p.Tries(what, body)
	p.house.taken(d)
	return d
}

// taken waits until the event of an act is stored.
func (h *House) taken(d Done) {
	h.T.Helper()
	if d.Status != http.StatusOK {
		h.Until("the event is taken", func() bool { return h.Count(`SELECT count(*) FROM inbound_events WHERE event_id = $1`, d.EventID) == 1 })
	}
}

// Types sends words, without waiting for an answer.
func (p *Person) Types(words string) Done {
	p.house.T.Helper()
	return p.Act("text", map[string]any{"text": words})
}

// Say sends words and waits for what follows.
func (p *Person) Say(words string) Done {
	p.house.T.Helper()
	d := p.Types(words)
	p.house.Settled()
	return d
}

// Press taps a button by its data and waits for what follows.
func (p *Person) Press(data string) {
	p.house.T.Helper()
	p.Act("postback", map[string]any{"data": data, "displayText": "แตะ"})
	p.house.Settled()
}

// Tap presses the newest thing that is called so.
func (p *Person) Tap(label string) {
	p.house.T.Helper()
	p.Press(p.Button(label))
}

// Follow adds the account as a friend and waits for the greeting.
func (p *Person) Follow() {
	p.house.T.Helper()
	if d := p.Tries("follow", nil); d.EventID != "" {
		p.house.taken(d)
	}
	p.house.Settled()
}

// Talk begins a conversation unless there is one.
func (p *Person) Talk() {
	p.house.T.Helper()
	if p.house.Count(`SELECT count(*) FROM conversations WHERE source = $1`, p.User) == 0 {
		p.Follow()
	}
}

// Send sends a file, without waiting for an answer.
func (p *Person) Send(kind, name string, content []byte) Done {
	p.house.T.Helper()
	d := p.Sends(kind, name, content)
	p.house.taken(d)
	return d
}

// Sends sends a file, whatever the webhook answers.
func (p *Person) Sends(kind, name string, content []byte) Done {
	p.house.T.Helper()
	return p.upload(kind, []string{name}, content)
}

// SendsSet sends pictures that were chosen together, whatever the webhook answers.
func (p *Person) SendsSet(pictures ...[]byte) Done {
	p.house.T.Helper()
	var names []string
	for i := range pictures {
		names = append(names, fmt.Sprint(i, ".jpg"))
	}
	return p.upload("image", names, pictures...)
}

func (p *Person) upload(kind string, names []string, contents ...[]byte) (d Done) {
	h := p.house
	h.T.Helper()
	var form bytes.Buffer
	w := multipart.NewWriter(&form)
	must(h.T, w.WriteField("kind", kind))
	if p.Channel != "" {
		must(h.T, w.WriteField("channel", p.Channel))
	}
	for i, content := range contents {
		part, err := w.CreateFormFile("file", names[i])
		must(h.T, err)
		_, err = part.Write(content)
		must(h.T, err)
	}
	must(h.T, w.Close())
	h.call("POST", "chats/"+p.ID+"/media", w.FormDataContentType(), &form, &d)
	return d
}

// Pin sends a place, without waiting for an answer.
func (p *Person) Pin(title, address string) Done {
	p.house.T.Helper()
	return p.Act("location", map[string]any{"title": title, "address": address, "latitude": 13.7, "longitude": 100.5})
}

// Event sends a webhook with these events, completed by the simulator, until it is taken.
func (p *Person) Event(events ...map[string]any) {
	h := p.house
	h.T.Helper()
	body := map[string]any{"user": p.ID, "events": events}
	if p.Channel != "" {
		body["channel"] = p.Channel
	}
	before := h.Count(`SELECT count(*) FROM inbound_events`)
	var d Done
	h.Control("POST", "events", body, &d)
	if d.Status != http.StatusOK {
		h.Until("the events are taken", func() bool {
			return h.Count(`SELECT count(*) FROM inbound_events WHERE event_id = $1`, d.EventID) == 1 || h.Count(`SELECT count(*) FROM inbound_events`) > before
		})
	}
}

// Text is a scripted text message.
func Text(id, words string, at time.Time) map[string]any {
	return map[string]any{
		"type": "message", "webhookEventId": "ev" + id, "timestamp": at.UnixMilli(), "message": map[string]any{"type": "text", "id": id, "text": words},
	}
}
