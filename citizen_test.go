package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime/multipart"
	"net/http"
	"net/textproto"
	"slices"
	"strings"
	"testing"

	"saphan/bot"
)

// citizen is a person with the chat open, who acts through the simulator's control API as the chat
// page does.
type citizen struct {
	t    *testing.T
	tw   *town
	id   string
	name string
	// likes are labels that the citizen taps where they are offered; else the first is taken.
	likes []string
	// photo is what the citizen sends where a picture is wanted.
	photo []byte
	acts  int
}

// newCitizen adds somebody who has never chatted before.
func (tw *town) newCitizen(t *testing.T, name string, likes ...string) *citizen {
	t.Helper()
	c := &citizen{t: t, tw: tw, name: name + " (ตัวอย่าง)", likes: likes, photo: markedPhoto(t, "a photo of "+name)}
	var made struct {
		ID string `json:"id"`
	}
	c.post("/control/users", "application/json", jsonBody(t, map[string]string{"name": c.name}), &made)
	c.id = made.ID
	return c
}

// bubble is one message in the chat.
type bubble struct {
	ID      string
	Mine    bool
	Unsent  bool
	Via     string
	Words   []string // everything that can be read on it, in order
	Buttons []offer  // of a card
	Quick   []offer  // under it
}

// has says whether a bubble shows these words, one beside the other.
func (b bubble) has(words string) bool { return strings.Contains(b.String(), words) }

func (b bubble) String() string { return strings.Join(b.Words, "\n") }

// after is what a card shows beside a label.
func (b bubble) after(label string) string {
	if i := slices.Index(b.Words, label); i >= 0 && i+1 < len(b.Words) {
		return b.Words[i+1]
	}
	return ""
}

// link is the address behind a button.
func (b bubble) link(label string) string {
	for _, o := range b.Buttons {
		if o.Type == "uri" && o.Label == label {
			return o.URI
		}
	}
	return ""
}

// offer is something to tap.
type offer struct {
	Type        string `json:"type"`
	Label       string `json:"label"`
	Data        string `json:"data"`
	DisplayText string `json:"displayText"`
	Text        string `json:"text"`
	URI         string `json:"uri"`
	Initial     string `json:"initial"`
}

// chat reads the whole conversation.
func (c *citizen) chat() []bubble {
	c.t.Helper()
	var view struct {
		Messages []struct {
			ID      string          `json:"id"`
			From    string          `json:"from"`
			Unsent  bool            `json:"unsent"`
			Via     string          `json:"via"`
			Message json.RawMessage `json:"message"`
		} `json:"messages"`
	}
	c.tw.getJSON(c.t, c.tw.line+"/control/chats/"+c.id, &view)
	bubbles := make([]bubble, 0, len(view.Messages))
	for _, m := range view.Messages {
		b := bubble{ID: m.ID, Mine: m.From == "user", Unsent: m.Unsent, Via: m.Via}
		var parts struct {
			Quick struct {
				Items []struct {
					Action offer `json:"action"`
				} `json:"items"`
			} `json:"quickReply"`
			Contents any `json:"contents"`
			Text     string
			Alt      string `json:"altText"`
		}
		if err := json.Unmarshal(m.Message, &parts); err != nil {
			c.t.Fatal(err)
		}
		for _, words := range []string{parts.Text, parts.Alt} {
			if words != "" {
				b.Words = append(b.Words, words)
			}
		}
		for _, item := range parts.Quick.Items {
			b.Quick = append(b.Quick, item.Action)
		}
		b.read(c.t, parts.Contents)
		bubbles = append(bubbles, b)
	}
	return bubbles
}

// read goes through a card from top to bottom.
func (b *bubble) read(t *testing.T, part any) {
	t.Helper()
	switch part := part.(type) {
	case []any:
		for _, one := range part {
			b.read(t, one)
		}
	case map[string]any:
		if part["type"] == "text" {
			words, _ := part["text"].(string)
			b.Words = append(b.Words, words)
		}
		if action, ok := part["action"].(map[string]any); ok && part["type"] == "button" {
			var o offer
			if err := json.Unmarshal(jsonBody(t, action).Bytes(), &o); err != nil {
				t.Fatal(err)
			}
			b.Buttons = append(b.Buttons, o)
		}
		for _, name := range []string{"header", "hero", "body", "contents", "footer"} {
			b.read(t, part[name])
		}
	}
}

// answers are the account's messages.
func (c *citizen) answers() []bubble {
	c.t.Helper()
	return slices.DeleteFunc(c.chat(), func(b bubble) bool { return b.Mine })
}

// sees waits for a message of the account that shows these words.
func (c *citizen) sees(words string) bubble {
	c.t.Helper()
	var found bubble
	eventually(c.t, c.name+" sees “"+words+"”", func() error {
		all := c.answers()
		i := slices.IndexFunc(all, func(b bubble) bool { return b.has(words) })
		if i < 0 {
			return fmt.Errorf("the last of %d answers is: %v", len(all), last(all))
		}
		found = all[i]
		return nil
	})
	return found
}

func last(all []bubble) bubble {
	if len(all) == 0 {
		return bubble{}
	}
	return all[len(all)-1]
}

// answered does something and waits for what the account says to it.
func (c *citizen) answered(act func()) bubble {
	c.t.Helper()
	before := len(c.answers())
	act()
	var now []bubble
	eventually(c.t, fmt.Sprintf("an answer to act %d of %s", c.acts, c.name), func() error {
		if now = c.answers(); len(now) <= before {
			return fmt.Errorf("none after: %v", last(now))
		}
		return nil
	})
	return last(now)
}

// opens begins the chat: the account greets.
func (c *citizen) opens() bubble {
	c.t.Helper()
	return c.answered(func() { c.chat() })
}

// says types words.
func (c *citizen) says(words string) string {
	c.t.Helper()
	return c.act("text", map[string]any{"text": words})
}

// taps a quick reply or a button of a card, as the page does.
func (c *citizen) taps(o offer) {
	c.t.Helper()
	switch o.Type {
	case "postback":
		c.act("postback", map[string]any{"data": o.Data, "displayText": o.DisplayText})
	case "datetimepicker":
		c.act("postback", map[string]any{"data": o.Data, "params": map[string]string{"date": o.Initial}})
	case "message":
		c.says(o.Text)
	case "location":
		c.place()
	case "camera", "cameraRoll":
		c.sends("image", "photo.jpg", c.photo)
	default:
		c.t.Fatalf("nothing to do for %+v", o)
	}
}

// tapsOn taps what is labelled so on a message.
func (c *citizen) tapsOn(b bubble, label string) {
	c.t.Helper()
	for _, o := range append(slices.Clone(b.Buttons), b.Quick...) {
		if o.Label == label {
			c.taps(o)
			return
		}
	}
	c.t.Fatalf("there is no “%s” on: %v %+v", label, b, b.Quick)
}

// place shares where the citizen is: inside the demo town.
func (c *citizen) place() string {
	c.t.Helper()
	return c.act("location", map[string]any{
		"title": "หน้าตลาดสดตัวอย่าง", "address": "ถนนตัวอย่าง ต.ตัวอย่าง", "latitude": 13.3605, "longitude": 100.9860,
	})
}

// sends a photo or a file.
func (c *citizen) sends(kind, name string, content []byte) string {
	c.t.Helper()
	var body bytes.Buffer
	form := multipart.NewWriter(&body)
	part, err := form.CreatePart(textproto.MIMEHeader{
		"Content-Disposition": {fmt.Sprintf(`form-data; name="file"; filename=%q`, name)},
		"Content-Type":        {"application/octet-stream"},
	})
	if err == nil {
		_, err = part.Write(content)
	}
	if err = errors.Join(err, form.WriteField("kind", kind), form.Close()); err != nil {
		c.t.Fatal(err)
	}
	return c.acted("media", form.FormDataContentType(), &body)
}

// unsends takes a message back.
func (c *citizen) unsends(message string) {
	c.t.Helper()
	c.act("unsend", map[string]any{"messageId": message})
}

func (c *citizen) act(name string, body map[string]any) string {
	c.t.Helper()
	return c.acted(name, "application/json", jsonBody(c.t, body))
}

// acted returns the number of the message.
func (c *citizen) acted(name, kind string, body io.Reader) string {
	c.t.Helper()
	c.acts++
	var answer struct {
		MessageID string `json:"messageId"`
	}
	c.post("/control/chats/"+c.id+"/"+name, kind, body, &answer)
	return answer.MessageID
}

func (c *citizen) post(path, kind string, body io.Reader, into any) {
	c.t.Helper()
	req, err := http.NewRequestWithContext(c.t.Context(), http.MethodPost, c.tw.line+path, body)
	if err != nil {
		c.t.Fatal(err)
	}
	req.Header.Set("Content-Type", kind)
	resp, err := c.tw.client.Do(req)
	if err != nil {
		c.t.Fatal(err)
	}
	defer resp.Body.Close() //nolint:errcheck // read to its end
	text, err := io.ReadAll(resp.Body)
	if err != nil || resp.StatusCode != http.StatusOK {
		c.t.Fatalf("POST %s: %d %s %v", path, resp.StatusCode, text, err)
	}
	if err := json.Unmarshal(text, into); err != nil {
		c.t.Fatal(err)
	}
}

func jsonBody(t *testing.T, v any) *bytes.Buffer {
	t.Helper()
	raw, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return bytes.NewBuffer(raw)
}

// noMore says that there is nothing more of a group.
const noMore = "ครบแล้ว"

// unpriced is a kind of business that stands in no table of fees: its permit does not wait for money.
const unpriced = "กิจการอื่นในกลุ่มนี้"

// longestWay is more messages than any service needs.
const longestWay = 60

// follows does only what the last message offers (a tap, a picture, a place, a date, or the example
// typed as it is shown), until a message shows the words.
func (c *citizen) follows(until string) bubble {
	c.t.Helper()
	return c.followsBy(until, func(_ bubble, o offer) { c.taps(o) }, func(words string) { c.says(words) })
}

// followsBy is follows with hands of another kind: the same choices, made on a screen.
func (c *citizen) followsBy(until string, tap func(bubble, offer), say func(string)) bubble {
	c.t.Helper()
	b := last(c.answers())
	for range longestWay {
		b = c.answered(func() {
			o, example := c.choose(b)
			if o != nil {
				tap(b, *o)
				return
			}
			say(example)
		})
		if b.has(until) {
			return b
		}
	}
	c.t.Fatalf("%s followed %d messages and never saw “%s”; the last is: %v", c.name, longestWay, until, b)
	return b
}

// choose takes the first thing that leads on: what the citizen likes, an answer to tap, or the example.
func (c *citizen) choose(b bubble) (*offer, string) {
	c.t.Helper()
	offered := append(slices.Clone(b.Quick), b.Buttons...)
	for _, label := range append(slices.Clone(c.likes), spoken("choice.done"), spoken("choice.onward"), spoken("choice.send"), noMore) {
		if i := slices.IndexFunc(offered, func(o offer) bool { return o.Label == label }); i >= 0 {
			return &offered[i], ""
		}
	}
	aside := asides()
	for _, o := range offered {
		if o.Type != "uri" && !slices.Contains(aside, o.Label) {
			return &o, ""
		}
	}
	example := exampleIn(b)
	if example == "" {
		c.t.Fatalf("nothing leads on from: %v %+v", b, offered)
	}
	return nil, example
}

// exampleIn is the example that a question shows.
func exampleIn(b bubble) string {
	before, after, _ := strings.Cut(spoken("ask.example", "example", "|"), "|")
	for line := range strings.Lines(b.String()) {
		line = strings.TrimSpace(line)
		if strings.HasPrefix(line, before) && strings.HasSuffix(line, after) {
			return strings.TrimSuffix(strings.TrimPrefix(line, before), after)
		}
	}
	return ""
}

// spoken is what the account calls something.
func spoken(key string, args ...string) string { return bot.Tongue("th").Say(key, args...) }

// asides are the taps that do not lead on in a service.
func asides() []string {
	var labels []string
	for _, key := range []string{
		"menu", "track", "human", "call", "other_matter", "talk", "cancel", "drop", "back", "skip", "same", "remove", "fresh", "park", "web", "undo", "mend",
		"all", "only_year", "type_email", "retake", "remove_thing", "keep_thing", "one_by_one",
	} {
		labels = append(labels, spoken("choice."+key))
	}
	labels = append(labels, "English")
	return labels
}
