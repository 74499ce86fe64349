package line_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"

	"saphan/agencies"
	"saphan/bot"
	"saphan/bot/line"
	simulator "saphan/devkit/line"
)

// phone is the simulator with one account, a citizen who is its friend, and our channel to it.
type phone struct {
	t       *testing.T
	sim     *simulator.Simulator
	url     string
	channel *line.Channel
	account agencies.Channel
	citizen string

	mu     sync.Mutex
	events []map[string]any
}

func newPhone(t *testing.T) *phone {
	t.Helper()
	sim, err := simulator.New(simulator.Config{})
	check(t, err)
	server := httptest.NewServer(sim.Handler())
	p := &phone{t: t, sim: sim, url: server.URL, channel: line.NewChannel(server.URL+"/api", server.URL+"/api-data")}
	hook := httptest.NewServer(http.HandlerFunc(p.hook))
	t.Cleanup(func() {
		server.CloseClientConnections()
		server.Close()
		check(t, sim.Close())
		hook.Close()
	})
	p.account = agencies.Channel{ID: 1, Kind: line.Kind, Destination: home, Token: "the account's token"}
	check(t, sim.AddChannel(simulator.Channel{
		Destination: home, Secret: "s", AccessToken: p.account.Token, Name: "เทศบาลตัวอย่าง", WebhookURL: hook.URL,
	}))
	var users []struct{ ID string }
	p.control("GET", "users", nil, &users)
	p.citizen = users[0].ID
	p.control("POST", "chats/"+p.citizen+"/follow", nil, nil)
	return p
}

func (p *phone) hook(_ http.ResponseWriter, r *http.Request) {
	var envelope struct{ Events []map[string]any }
	if err := json.NewDecoder(r.Body).Decode(&envelope); err != nil {
		p.t.Error(err)
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.events = append(p.events, envelope.Events...)
}

// control calls the simulator's control API.
func (p *phone) control(method, path string, body, into any) {
	p.t.Helper()
	var in bytes.Buffer
	if body != nil {
		check(p.t, json.NewEncoder(&in).Encode(body))
	}
	p.send(method, path, "application/json", &in, into)
}

func (p *phone) send(method, path, kind string, body io.Reader, into any) {
	p.t.Helper()
	req, err := http.NewRequestWithContext(p.t.Context(), method, p.url+"/control/"+path, body)
	check(p.t, err)
	req.Header.Set("Content-Type", kind)
	res, err := http.DefaultClient.Do(req)
	check(p.t, err)
	defer func() { _ = res.Body.Close() }()
	data, err := io.ReadAll(res.Body)
	check(p.t, err)
	if res.StatusCode != http.StatusOK {
		p.t.Fatalf("%s %s: %d %s", method, path, res.StatusCode, data)
	}
	if into != nil {
		check(p.t, json.Unmarshal(data, into))
	}
}

// fail makes the next matching calls meet a fault, and no others any more.
func (p *phone) fail(faults ...map[string]any) {
	p.t.Helper()
	if faults == nil {
		faults = []map[string]any{}
	}
	p.control("POST", "settings", map[string]any{"failNext": faults}, nil)
}

// token lets the citizen write and returns the reply token of it.
func (p *phone) token() string {
	p.t.Helper()
	p.control("POST", "chats/"+p.citizen+"/text", map[string]any{"text": "สวัสดี"}, nil)
	p.mu.Lock()
	defer p.mu.Unlock()
	token, _ := p.events[len(p.events)-1]["replyToken"].(string)
	if token == "" {
		p.t.Fatal("no reply token came")
	}
	return token
}

// bubble is a message of the chat.
type bubble struct {
	ID, From string
	Message  struct{ Text string }
}

// said are the bot's messages in the chat, in order.
func (p *phone) said() []bubble {
	p.t.Helper()
	var chat struct{ Messages []bubble }
	p.control("GET", "chats/"+p.citizen, nil, &chat)
	return slices.DeleteFunc(chat.Messages, func(b bubble) bool { return b.From != "bot" })
}

// shown is what the bot has said in the chat, in order.
func (p *phone) shown() (texts []string) {
	p.t.Helper()
	for _, b := range p.said() {
		texts = append(texts, b.Message.Text)
	}
	return texts
}

// sentIDs are LINE's identifiers of that.
func (p *phone) sentIDs() (ids []string) {
	p.t.Helper()
	for _, b := range p.said() {
		ids = append(ids, b.ID)
	}
	return ids
}

// called is a call that the simulator recorded.
type called struct {
	Path     string
	Status   int
	RetryKey string
	Body     json.RawMessage
}

// calls returns the calls whose path ends so.
func (p *phone) calls(suffix string) (found []called) {
	p.t.Helper()
	var all []called
	p.control("GET", "requests", nil, &all)
	for _, c := range all {
		if strings.HasSuffix(c.Path, suffix) {
			found = append(found, c)
		}
	}
	return found
}

// usage is how many messages the month has counted.
func (p *phone) usage() int {
	p.t.Helper()
	req, err := http.NewRequestWithContext(p.t.Context(), http.MethodGet, p.url+"/api/v2/bot/message/quota/consumption", nil)
	check(p.t, err)
	req.Header.Set("Authorization", "Bearer "+p.account.Token)
	res, err := http.DefaultClient.Do(req)
	check(p.t, err)
	defer func() { _ = res.Body.Close() }()
	var v struct{ TotalUsage int }
	check(p.t, json.NewDecoder(res.Body).Decode(&v))
	return v.TotalUsage
}

// push is a call with these texts and no token.
func (p *phone) push(texts ...string) bot.Call {
	call := bot.Call{To: p.citizen, Key: uuid.New()}
	for _, text := range texts {
		call.Replies = append(call.Replies, bot.Outgoing{Body: bot.Reply{Text: text}})
	}
	return call
}

func (p *phone) try(call bot.Call) bot.Result {
	p.t.Helper()
	return p.channel.Send(p.t.Context(), p.account, call)
}

// tryUntilShown makes a call and gives it up once so many messages stand in the chat.
func (p *phone) tryUntilShown(call bot.Call, messages int) bot.Result {
	p.t.Helper()
	ctx, cancel := context.WithCancel(p.t.Context())
	defer cancel()
	result := make(chan bot.Result, 1)
	go func() { result <- p.channel.Send(ctx, p.account, call) }()
	eventually(p.t, "the message is shown", func() bool { return len(p.shown()) == messages })
	select {
	case r := <-result: // the connection broke
		return r
	case <-time.After(100 * time.Millisecond):
	}
	cancel()
	return <-result
}

func (p *phone) want(r bot.Result, want bot.Verdict) {
	p.t.Helper()
	if r.Verdict != want {
		p.t.Errorf("verdict %+v, want %s", r, want)
	}
}

// Row 30: with a good token the reply endpoint is called, without a retry key, and the month's count
// stays as it was.
func TestRow30ReplyCostsNothing(t *testing.T) {
	t.Parallel()
	p := newPhone(t)
	call := p.push("หนึ่ง", "สอง")
	call.Token = p.token()
	r := p.try(call)
	p.want(r, bot.Accepted)
	if len(r.IDs) != 2 || r.RequestID == "" {
		t.Errorf("result %+v", r)
	}
	replies := p.calls("/message/reply")
	if len(replies) != 1 || replies[0].RetryKey != "" || len(p.calls("/message/push")) != 0 {
		t.Errorf("calls %+v", replies)
	}
	if n := p.usage(); n != 0 {
		t.Errorf("the month counts %d", n)
	}
	if got := strings.Join(p.shown(), " "); got != "หนึ่ง สอง" {
		t.Errorf("shown %s", got)
	}
}

// Rows 32 and R3: a token that is used or has ended is said to be gone.
func TestRow32TokenGone(t *testing.T) {
	t.Parallel()
	p := newPhone(t)
	call := p.push("ก")
	call.Token = p.token()
	p.want(p.try(call), bot.Accepted)
	p.want(p.try(call), bot.TokenGone)
	late := p.push("ข")
	late.Token = p.token()
	p.sim.Advance(2 * time.Minute)
	p.want(p.try(late), bot.TokenGone)
	late.Token = ""
	p.want(p.try(late), bot.Accepted)
	if n := p.usage(); n != 1 {
		t.Errorf("the month counts %d, want the one push", n)
	}
}

// Rows 33 and 34, R4: accepted, but the answer never came. Tried again under the same key it is
// recognised, and the citizen sees one message; a reply says that its token is used.
func TestRow34AcceptedButNotAnswered(t *testing.T) {
	t.Parallel()
	for _, how := range []string{"reset_after_accept", "timeout_after_accept"} {
		t.Run(how, func(t *testing.T) {
			t.Parallel()
			p := newPhone(t)
			token := p.token()
			p.fail(map[string]any{"path": "/v2/bot/message/*", "status": how, "times": 2})
			call := p.push("สำคัญ")
			p.want(p.tryUntilShown(call, 1), bot.TryAgain)
			reply := p.push("ตอบ")
			reply.Token = token
			p.want(p.tryUntilShown(reply, 2), bot.TryAgain)

			again := p.try(call)
			p.want(again, bot.Accepted)
			if len(again.IDs) != 1 || again.Problem != "" {
				t.Errorf("409 is success, with the identifiers of the first time: %+v", again)
			}
			p.want(p.try(reply), bot.TokenGone)
			if got := strings.Join(p.shown(), " "); got != "สำคัญ ตอบ" {
				t.Errorf("shown %s", got)
			}
			if pushes := p.calls("/message/push"); len(pushes) != 2 || pushes[1].Status != http.StatusConflict || pushes[0].RetryKey != call.Key.String() {
				t.Errorf("pushes %+v", pushes)
			}
		})
	}
}

// Row 35: each try of a call has the same key and the same bytes.
func TestRow35SameKeyAndBytes(t *testing.T) {
	t.Parallel()
	p := newPhone(t)
	p.fail(map[string]any{"path": "/v2/bot/message/push", "status": 500, "times": 3})
	call := p.push("ก")
	call.Replies = append(call.Replies, bot.Outgoing{Body: longestCard()})
	for range 3 {
		p.want(p.try(call), bot.TryAgain)
	}
	p.want(p.try(call), bot.Accepted)
	pushes := p.calls("/message/push")
	if len(pushes) != 4 {
		t.Fatalf("%d pushes", len(pushes))
	}
	for _, c := range pushes {
		if c.RetryKey != call.Key.String() || !bytes.Equal(c.Body, pushes[0].Body) {
			t.Errorf("key %s, %d bytes; first key %s, %d bytes", c.RetryKey, len(c.Body), pushes[0].RetryKey, len(pushes[0].Body))
		}
	}
	if len(p.shown()) != 2 {
		t.Errorf("shown %q", p.shown())
	}
}

// Row 55: the loading animation is a courtesy; no failure of it is anybody's concern. Where more than one person
// would see it LINE has none, and is not called.
func TestRow55Working(t *testing.T) {
	t.Parallel()
	p := newPhone(t)
	p.fail(map[string]any{"path": "/v2/bot/chat/loading/start", "status": 500}, map[string]any{"path": "/v2/bot/chat/loading/start", "status": "reset"})
	for range 3 {
		p.channel.Working(t.Context(), p.account, p.citizen)
	}
	for _, chat := range []string{"C0123456789abcdef0123456789abcdef", "R0123456789abcdef0123456789abcdef", ""} {
		p.channel.Working(t.Context(), p.account, chat)
	}
	calls := p.calls("/loading/start")
	if len(calls) != 3 || calls[2].Status != http.StatusAccepted {
		t.Errorf("calls %+v", calls)
	}
}

// Row 43: a profile that LINE does not tell is no error; a call that failed is.
func TestRow43Name(t *testing.T) {
	t.Parallel()
	p := newPhone(t)
	name := func() (string, error) { return p.channel.Name(t.Context(), p.account, p.citizen) }
	if got, err := name(); err != nil || !strings.Contains(got, "ตัวอย่าง") {
		t.Errorf("name %q (%v)", got, err)
	}
	for _, stranger := range []string{"U99999999999999999999999999999999", "U/../../info", "", "U?x=1", strings.Repeat("U", 200)} {
		before := len(p.calls(""))
		if got, err := p.channel.Name(t.Context(), p.account, stranger); err != nil || got != "" {
			t.Errorf("%.40s: name %q (%v)", stranger, got, err)
		}
		if n := len(p.calls("")) - before; !strings.HasPrefix(stranger, "U9") && n != 0 {
			t.Errorf("%.40s: an identifier that cannot stand in a path was called with", stranger)
		}
	}
	for _, status := range []any{500, 429, "reset"} {
		p.fail(map[string]any{"path": "/v2/bot/profile/*", "status": status, "times": 9})
		if got, err := name(); err == nil || got != "" {
			t.Errorf("%v: name %q, no error", status, got)
		} else if strings.Contains(err.Error(), p.citizen) {
			t.Errorf("%v: the error names the person: %v", status, err)
		}
	}
}

// Rows 23 and 24: content that is ready, not yet, gone, unknown, or not to be had now.
func TestRow23Content(t *testing.T) {
	t.Parallel()
	p := newPhone(t)
	picture := []byte("\xff\xd8\xff\xe0 not much of a picture")
	var sent struct{ MessageID string }
	var form bytes.Buffer
	w := multipart.NewWriter(&form)
	check(t, w.WriteField("kind", "image"))
	part, err := w.CreateFormFile("file", "รูป.jpg")
	check(t, err)
	_, err = part.Write(picture)
	check(t, err)
	check(t, w.Close())
	p.send("POST", "chats/"+p.citizen+"/media", w.FormDataContentType(), &form, &sent)

	fetch := func(id string) ([]byte, error) {
		content, err := p.channel.Fetch(t.Context(), p.account, id)
		if err != nil {
			return nil, err
		}
		defer func() { check(t, content.Body.Close()) }()
		return io.ReadAll(content.Body)
	}
	if got, err := fetch(sent.MessageID); err != nil || !bytes.Equal(got, picture) {
		t.Errorf("got %q (%v)", got, err)
	}
	for name, c := range map[string]struct {
		status any
		want   error
	}{
		"202 means later":   {202, bot.ErrNotReady},
		"404 means never":   {404, bot.ErrGone},
		"410 means no more": {410, bot.ErrGone},
		"500 means nothing": {500, nil}, "429 neither": {429, nil}, "cut": {"reset", nil},
	} {
		p.fail(map[string]any{"path": "/v2/bot/message/*/content", "status": c.status, "times": 9})
		_, err := fetch(sent.MessageID)
		if err == nil || (c.want != nil && !errors.Is(err, c.want)) || (c.want == nil && (errors.Is(err, bot.ErrGone) || errors.Is(err, bot.ErrNotReady))) {
			t.Errorf("%s: %v", name, err)
		}
	}
	p.fail()
	for _, id := range []string{"999999999999999999", "../../info", "", strings.Repeat("1", 100)} {
		if _, err := fetch(id); !errors.Is(err, bot.ErrGone) {
			t.Errorf("%.30s: %v", id, err)
		}
	}
	p.control("POST", "chats/"+p.citizen+"/unsend", map[string]any{"messageId": sent.MessageID}, nil)
	if _, err := fetch(sent.MessageID); !errors.Is(err, bot.ErrGone) {
		t.Errorf("after the unsend: %v", err)
	}
}

// crowdOf is how many calls are made at once.
const crowdOf = 60

// crowd makes calls at once, gives up a third of them, the first one too, once started says that all are where they
// should be, and opens what the rest waits for.
func (m *mint) crowd(words string, gate chan struct{}, started func(n int)) {
	m.t.Helper()
	ctx, cancel := context.WithCancel(m.t.Context())
	defer cancel()
	var givenUp, others sync.WaitGroup
	for i := range crowdOf {
		call := m.push(fmt.Sprint(words, " ", i))
		if i%3 == 0 {
			givenUp.Go(func() { m.want(m.channel.Send(ctx, m.account, call), bot.TryAgain) })
		} else {
			others.Go(func() { m.want(m.try(call), bot.Accepted) })
		}
		started(i + 1)
	}
	cancel()
	givenUp.Wait()
	close(gate)
	others.Wait()
	shown := m.shown()
	for i := range crowdOf {
		n := 0
		for _, text := range shown {
			if text == fmt.Sprint(words, " ", i) {
				n++
			}
		}
		if i%3 != 0 && n != 1 || n > 1 {
			m.t.Errorf("call %d, %s, is shown %d times", i, words, n)
		}
	}
}

// Row 41: calls at once, a third of which is given up on the way: first while all wait for the token, for which one
// of those that are given up has asked, then while LINE takes its time over them. They poison none of the others.
// The gate runs this under the race detector.
func TestRow41CancelledCallsPoisonNobody(t *testing.T) {
	t.Parallel()
	m := newMint(t, agencies.StatelessToken)
	token, answer := make(chan struct{}), make(chan struct{})
	m.hold.Store(&token)
	m.crowd("รอโทเคน", token, func(n int) {
		if n == 1 {
			m.until("the first asks for the token", func() bool { return m.asked.Load() == 1 })
		}
	})
	m.heard.Store(0)
	m.slow.Store(&answer)
	m.crowd("รอคำตอบ", answer, func(n int) {
		if n == crowdOf {
			m.until("LINE has heard all", func() bool { return m.heard.Load() == crowdOf })
		}
	})
	if n := m.asked.Load(); n != 1 {
		t.Errorf("the token was asked for %d times", n)
	}
}
