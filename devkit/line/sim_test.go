package line_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"net/textproto"
	"strings"
	"sync"
	"testing"
	"time"

	"saphan/devkit/line"
)

const (
	destination = "U0123456789abcdef0123456789abcdef"
	secret      = "channel-secret-for-tests"
	token       = "channel-access-token-for-tests"
)

// hook is one webhook that the test's bot got.
type hook struct {
	header http.Header
	body   []byte
	events []map[string]any
}

// bot is the other side: it keeps what it gets and answers as told.
type bot struct {
	*httptest.Server
	got chan hook

	mu     sync.Mutex
	status int
	delay  time.Duration
}

func newBot(t *testing.T) *bot {
	t.Helper()
	b := &bot{got: make(chan hook, 1000), status: http.StatusOK}
	b.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			t.Errorf("read webhook: %v", err)
		}
		var envelope struct {
			Events []map[string]any `json:"events"`
		}
		_ = json.Unmarshal(body, &envelope) // some tests send what is no JSON
		b.mu.Lock()
		status, delay := b.status, b.delay
		b.mu.Unlock()
		b.got <- hook{header: r.Header, body: body, events: envelope.Events}
		if delay > 0 {
			select {
			case <-time.After(delay):
			case <-r.Context().Done():
			}
		}
		w.WriteHeader(status)
	}))
	t.Cleanup(b.Close)
	return b
}

func (b *bot) answer(status int, delay time.Duration) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.status, b.delay = status, delay
}

// next waits for the next webhook.
func (b *bot) next(t *testing.T) hook {
	t.Helper()
	select {
	case h := <-b.got:
		return h
	case <-time.After(30 * time.Second):
		t.Fatal("no webhook within 30 s")
		return hook{}
	}
}

// none fails when a webhook comes within the time.
func (b *bot) none(t *testing.T, within time.Duration) {
	t.Helper()
	select {
	case h := <-b.got:
		t.Fatalf("unexpected webhook %s", h.body)
	case <-time.After(within):
	}
}

// clock is a clock that a test moves.
type clock struct {
	mu sync.Mutex
	at time.Time
}

func newClock() *clock { return &clock{at: time.Date(2026, 11, 21, 9, 0, 0, 0, time.UTC)} }

func (c *clock) now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.at
}

func (c *clock) add(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.at = c.at.Add(d)
}

// world is a simulator with one channel, a bot and the address of both.
type world struct {
	t     *testing.T
	sim   *line.Simulator
	bot   *bot
	url   string
	woman string
	man   string
}

// newWorld starts a simulator on a port of its own; with a clock time stands still.
func newWorld(t *testing.T, c *clock) *world {
	t.Helper()
	cfg := line.Config{}
	if c != nil {
		cfg.Now = c.now
	}
	return openWorld(t, cfg)
}

func openWorld(t *testing.T, cfg line.Config) *world {
	t.Helper()
	sim, err := line.New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	b := newBot(t)
	server := httptest.NewServer(sim.Handler())
	t.Cleanup(func() {
		server.CloseClientConnections()
		server.Close()
		if err := sim.Close(); err != nil {
			t.Error(err)
		}
	})
	if err := sim.AddChannel(line.Channel{
		Destination: destination, Secret: secret, AccessToken: token, Name: "เทศบาลตัวอย่าง", WebhookURL: b.URL, Redelivery: true,
	}); err != nil {
		t.Fatal(err)
	}
	w := &world{t: t, sim: sim, bot: b, url: server.URL}
	var users []struct{ ID string }
	w.control("GET", "users", nil, &users)
	if len(users) < 2 {
		t.Fatalf("%d users, want the two test citizens", len(users))
	}
	w.woman, w.man = users[0].ID, users[1].ID
	return w
}

// do sends a request and returns status, header and body.
func (w *world) do(method, path string, header map[string]string, body any) (int, http.Header, []byte) {
	w.t.Helper()
	var in io.Reader
	switch v := body.(type) {
	case nil:
	case io.Reader:
		in = v
	case string:
		in = strings.NewReader(v)
	case []byte:
		in = bytes.NewReader(v)
	default:
		data, err := json.Marshal(v)
		if err != nil {
			w.t.Fatal(err)
		}
		in = bytes.NewReader(data)
	}
	req, err := http.NewRequestWithContext(w.t.Context(), method, w.url+path, in)
	if err != nil {
		w.t.Fatal(err)
	}
	for k, v := range header {
		req.Header.Set(k, v)
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		w.t.Fatal(err)
	}
	defer func() { _ = res.Body.Close() }()
	data, err := io.ReadAll(res.Body)
	if err != nil {
		w.t.Fatal(err)
	}
	return res.StatusCode, res.Header, data
}

// control calls the control API and decodes the answer.
func (w *world) control(method, path string, body, into any) {
	w.t.Helper()
	status, _, data := w.do(method, "/control/"+path, nil, body)
	if status != http.StatusOK {
		w.t.Fatalf("%s control/%s: %d %s", method, path, status, data)
	}
	if into == nil {
		return
	}
	if err := json.Unmarshal(data, into); err != nil {
		w.t.Fatalf("%s control/%s: %v in %s", method, path, err, data)
	}
}

// api calls the Messaging API as the bot.
func (w *world) api(method, path string, body any, header ...string) (int, http.Header, map[string]any) {
	w.t.Helper()
	return w.call("/api", method, path, body, header...)
}

func (w *world) call(host, method, path string, body any, header ...string) (int, http.Header, map[string]any) {
	w.t.Helper()
	h := map[string]string{"Authorization": "Bearer " + token, "Content-Type": "application/json"}
	for i := 0; i+1 < len(header); i += 2 {
		h[header[i]] = header[i+1]
	}
	status, head, data := w.do(method, host+path, h, body)
	if head.Get("X-Line-Request-Id") == "" {
		w.t.Errorf("%s %s: no x-line-request-id (row 77)", method, path)
	}
	var v map[string]any
	if len(data) > 0 {
		if err := json.Unmarshal(data, &v); err != nil {
			w.t.Fatalf("%s %s: %v in %q", method, path, err, data)
		}
	}
	return status, head, v
}

// say lets a citizen write and returns the event that the bot got.
func (w *world) say(user, text string) map[string]any {
	w.t.Helper()
	w.control("POST", "chats/"+user+"/text", map[string]any{"text": text}, nil)
	h := w.bot.next(w.t)
	if len(h.events) != 1 {
		w.t.Fatalf("webhook with %d events", len(h.events))
	}
	return h.events[0]
}

// replyToken is the reply token of an event.
func replyToken(t *testing.T, e map[string]any) string {
	t.Helper()
	s, ok := e["replyToken"].(string)
	if !ok || s == "" {
		t.Fatalf("no reply token in %v", e)
	}
	return s
}

type chat struct {
	User         map[string]any
	Channel      map[string]any
	Seq          int64
	Messages     []bubble
	QuickReply   map[string]any
	RichMenu     map[string]any
	LoadingUntil *time.Time
}

type bubble struct {
	Seq, Changed int64
	ID, From     string
	Message      map[string]any
	Sender       map[string]any
	Unsent, Read bool
	Edited       bool
	Via          string
	ContentURL   string
	FileName     string
}

// chat reads the chat as the citizen sees it.
func (w *world) chat(user string, after int64) chat {
	w.t.Helper()
	var c chat
	w.control("GET", fmt.Sprintf("chats/%s?after=%d", user, after), nil, &c)
	return c
}

type acted struct {
	MessageID      string   `json:"messageId"`
	WebhookEventID string   `json:"webhookEventId"`
	Status         int      `json:"status"`
	MessageIDs     []string `json:"messageIds"`
}

type sample struct {
	name string
	data []byte
}

// upload sends media as a citizen.
func (w *world) upload(user, kind string, files ...sample) acted {
	w.t.Helper()
	status, data := w.post(user, kind, files...)
	if status != http.StatusOK {
		w.t.Fatalf("upload: %d %s", status, data)
	}
	var a acted
	if err := json.Unmarshal(data, &a); err != nil {
		w.t.Fatal(err)
	}
	return a
}

// tryUpload is an upload that may be refused.
func (w *world) tryUpload(user, kind string, files ...sample) int {
	w.t.Helper()
	status, _ := w.post(user, kind, files...)
	return status
}

func (w *world) post(user, kind string, files ...sample) (int, []byte) {
	w.t.Helper()
	var b bytes.Buffer
	form := multipart.NewWriter(&b)
	for _, f := range files {
		h := textproto.MIMEHeader{}
		h.Set("Content-Disposition", fmt.Sprintf(`form-data; name="file"; filename="%s"`, f.name))
		p, err := form.CreatePart(h)
		if err != nil {
			w.t.Fatal(err)
		}
		if _, err := p.Write(f.data); err != nil {
			w.t.Fatal(err)
		}
	}
	if err := form.WriteField("kind", kind); err != nil {
		w.t.Fatal(err)
	}
	if err := form.Close(); err != nil {
		w.t.Fatal(err)
	}
	status, _, data := w.do("POST", "/control/chats/"+user+"/media", map[string]string{"Content-Type": form.FormDataContentType()}, &b)
	return status, data
}

// called is one call in the record of the simulator.
type called struct {
	Method, Path, Note string
	Body               json.RawMessage
}

// calls is the record of what the bot called.
func (w *world) calls() []called {
	w.t.Helper()
	var list []called
	w.control("GET", "requests", nil, &list)
	return list
}

// texts makes n text messages.
func texts(n int) []any {
	list := make([]any, n)
	for i := range list {
		list[i] = map[string]any{"type": "text", "text": fmt.Sprintf("ข้อความที่ %d", i+1)}
	}
	return list
}

// wantError checks status, message and the details as "property: message".
func wantError(t *testing.T, status int, v map[string]any, wantStatus int, message string, details ...string) {
	t.Helper()
	if status != wantStatus || v["message"] != message {
		t.Errorf("got %d %v, want %d %q", status, v, wantStatus, message)
		return
	}
	if len(details) == 0 {
		return
	}
	var got []string
	list, _ := v["details"].([]any)
	for _, d := range list {
		m, _ := d.(map[string]any)
		got = append(got, fmt.Sprintf("%v: %v", m["property"], m["message"]))
	}
	if strings.Join(got, "\n") != strings.Join(details, "\n") {
		t.Errorf("details\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(details, "\n"))
	}
}
