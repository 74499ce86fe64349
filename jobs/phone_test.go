package jobs

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"mime/multipart"
	"net/http"
	"slices"
	"strings"
)

// What the citizen does on the phone, and sees.

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
	req, err := http.NewRequestWithContext(h.t.Context(), method, h.phone+"/control/"+path, body)
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

// done is what came of an act: the message that was sent and how the webhook was answered.
type done struct {
	MessageID string `json:"messageId"`
	Status    int    `json:"status"`
}

// act does something in the chat, without waiting for an answer.
func (h *house) act(what string, body map[string]any) done {
	h.t.Helper()
	var d done
	h.control("POST", "chats/"+h.citizen+"/"+what, body, &d)
	if d.Status != http.StatusOK {
		h.t.Fatalf("%s: the webhook was answered %d\n%s", what, d.Status, h.log.String())
	}
	return d
}

// say types something and waits for what follows.
func (h *house) say(text string) done {
	h.t.Helper()
	d := h.act("text", map[string]any{"text": text})
	h.settled()
	return d
}

// press taps a button by its data and waits for what follows.
func (h *house) press(data string) {
	h.t.Helper()
	h.act("postback", map[string]any{"data": data, "displayText": "แตะ"})
	h.settled()
}

// talk begins the conversation if there is none.
func (h *house) talk() {
	h.t.Helper()
	if h.count(`SELECT count(*) FROM conversations WHERE source = $1`, h.citizen) == 0 {
		h.control("POST", "chats/"+h.citizen+"/follow", nil, nil)
		h.settled()
	}
}

// send sends a file, without waiting for an answer.
func (h *house) send(kind, name string, content []byte) done {
	h.t.Helper()
	var form bytes.Buffer
	w := multipart.NewWriter(&form)
	must(h.t, w.WriteField("kind", kind))
	part, err := w.CreateFormFile("file", name)
	must(h.t, err)
	_, err = part.Write(content)
	must(h.t, err)
	must(h.t, w.Close())
	var d done
	h.call("POST", "chats/"+h.citizen+"/media", w.FormDataContentType(), &form, &d)
	if d.Status != http.StatusOK {
		h.t.Fatalf("%s: the webhook was answered %d", name, d.Status)
	}
	return d
}

// event sends a webhook with these events, completed by the simulator.
func (h *house) event(events ...map[string]any) {
	h.t.Helper()
	var d done
	h.control("POST", "events", map[string]any{"user": h.citizen, "events": events}, &d)
	if d.Status != http.StatusOK {
		h.t.Fatalf("the webhook was answered %d", d.Status)
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
	h.settings(map[string]any{"failNext": []any{map[string]any{"path": path, "status": status, "times": times}}})
}

// bubble is a message of the chat as the citizen sees it.
type bubble struct {
	From    string          `json:"from"`
	Via     string          `json:"via"`
	Unsent  bool            `json:"unsent"`
	Message json.RawMessage `json:"message"`
}

// chat is the whole chat.
func (h *house) chat() []bubble {
	h.t.Helper()
	var v struct{ Messages []bubble }
	h.control("GET", "chats/"+h.citizen, nil, &v)
	return v.Messages
}

// said is what the bot has said, each bubble with all its words.
func (h *house) said() (all []string) {
	h.t.Helper()
	for _, b := range h.chat() {
		if b.From == "bot" {
			all = append(all, wordsOf(b.Message))
		}
	}
	return all
}

// since is what the bot has said after the n-th bubble of its own.
func (h *house) since(n int) string {
	h.t.Helper()
	return strings.Join(h.said()[n:], "\n")
}

// times is how many bubbles of the bot have these words.
func (h *house) times(words string) (n int) {
	h.t.Helper()
	for _, s := range h.said() {
		if strings.Contains(s, words) {
			n++
		}
	}
	return n
}

// wordsOf are all words of a message: its text and, of a card, every text and label.
func wordsOf(message json.RawMessage) string {
	var v any
	if json.Unmarshal(message, &v) != nil {
		return ""
	}
	var words []string
	var walk func(v any)
	walk = func(v any) {
		switch v := v.(type) {
		case map[string]any:
			for _, key := range []string{"text", "label", "altText", "uri"} {
				if s, ok := v[key].(string); ok {
					words = append(words, s)
				}
			}
			keys := make([]string, 0, len(v))
			for k := range v {
				keys = append(keys, k)
			}
			slices.Sort(keys)
			for _, k := range keys {
				if k != "quickReply" {
					walk(v[k])
				}
			}
		case []any:
			for _, e := range v {
				walk(e)
			}
		}
	}
	walk(v)
	return strings.Join(words, " ")
}

// button returns the data of the newest thing to tap with that label.
func (h *house) button(label string) string {
	h.t.Helper()
	data := ""
	for _, b := range h.chat() {
		if b.From != "bot" {
			continue
		}
		var v any
		must(h.t, json.Unmarshal(b.Message, &v))
		var walk func(v any)
		walk = func(v any) {
			switch v := v.(type) {
			case map[string]any:
				if l, _ := v["label"].(string); strings.Contains(l, label) {
					if d, ok := v["data"].(string); ok {
						data = d
					}
				}
				for _, e := range v {
					walk(e)
				}
			case []any:
				for _, e := range v {
					walk(e)
				}
			}
		}
		walk(v)
	}
	if data == "" {
		h.t.Fatalf("nothing to tap is called %q; said:\n%s", label, strings.Join(h.said(), "\n"))
	}
	return data
}

// calls is how often the bot called the simulator at a path that ends so, by status.
func (h *house) calls(suffix string) map[int]int {
	h.t.Helper()
	var all []struct {
		Path   string
		Status int
	}
	h.control("GET", "requests", nil, &all)
	n := map[int]int{}
	for _, c := range all {
		if strings.HasSuffix(c.Path, suffix) {
			n[c.Status]++
		}
	}
	return n
}

// text is a scripted text message.
func text(id, words string, atMs int64) map[string]any {
	return map[string]any{"type": "message", "webhookEventId": "ev" + id, "timestamp": atMs, "message": map[string]any{"type": "text", "id": id, "text": words}}
}

func numbered(prefix string, n int) string { return fmt.Sprintf("%s%d", prefix, n) }
