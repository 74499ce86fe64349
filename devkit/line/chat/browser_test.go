package chat_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"image"
	"image/color"
	"image/png"
	"io"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"saphan/devkit/line"
	"saphan/internal/browser"
)

// artefacts is where screenshots are kept, outside the repository's history.
const artefacts = "../../../artefacts"

const (
	destination = "U0123456789abcdef0123456789abcdef"
	accessToken = "chat-page-test-token"
)

// event is a webhook event as the bot gets it.
type event struct {
	Type    string `json:"type"`
	Message struct {
		ID        string  `json:"id"`
		Type      string  `json:"type"`
		Text      string  `json:"text"`
		Title     string  `json:"title"`
		Latitude  float64 `json:"latitude"`
		Longitude float64 `json:"longitude"`
		FileName  string  `json:"fileName"`
		StickerID string  `json:"stickerId"`
		ImageSet  struct {
			Total int `json:"total"`
		} `json:"imageSet"`
	} `json:"message"`
	Postback struct {
		Data   string            `json:"data"`
		Params map[string]string `json:"params"`
	} `json:"postback"`
	Unsend struct {
		MessageID string `json:"messageId"`
	} `json:"unsend"`
	Source struct {
		UserID string `json:"userId"`
	} `json:"source"`
}

// stand is the simulator with the chat page at /dev/line/ and a bot behind it that only listens.
type stand struct {
	server *httptest.Server
	user   string

	mu     sync.Mutex
	events []event
}

func newStand(t *testing.T) *stand {
	t.Helper()
	s := &stand{}
	bot := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		var body struct {
			Events []event `json:"events"`
		}
		if err := json.NewDecoder(r.Body).Decode(&body); err != nil {
			http.Error(w, err.Error(), http.StatusBadRequest)
			return
		}
		s.mu.Lock()
		defer s.mu.Unlock()
		s.events = append(s.events, body.Events...)
	}))
	t.Cleanup(bot.Close)
	sim, err := line.New(line.Config{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := sim.Close(); err != nil {
			t.Error(err)
		}
	})
	err = sim.AddChannel(line.Channel{
		Destination: destination, Secret: "secret", AccessToken: accessToken, Name: "เทศบาลเมืองตัวอย่าง", WebhookURL: bot.URL,
	})
	if err != nil {
		t.Fatal(err)
	}
	mux := http.NewServeMux()
	mux.Handle("/dev/line/", http.StripPrefix("/dev/line", sim.Handler()))
	s.server = httptest.NewServer(mux)
	t.Cleanup(s.server.Close)
	var users []struct {
		ID string `json:"id"`
	}
	s.call(t, http.MethodGet, "control/users", nil, &users)
	s.user = users[0].ID
	return s
}

func (s *stand) url() string { return s.server.URL + "/dev/line/" }

// call uses the simulator's API, as the bot under api/ and as the tester under control/.
func (s *stand) call(t *testing.T, method, path string, body, into any) {
	t.Helper()
	data, err := json.Marshal(body)
	if err != nil {
		t.Fatal(err)
	}
	answer := s.send(t, method, path, "application/json", data)
	if into == nil {
		return
	}
	if err := json.Unmarshal(answer, into); err != nil {
		t.Fatalf("%s %s: %v", method, path, err)
	}
}

// upload sends the picture of a rich menu.
func (s *stand) upload(t *testing.T, path string, picture []byte) {
	t.Helper()
	s.send(t, http.MethodPost, path, "image/png", picture)
}

func (s *stand) send(t *testing.T, method, path, contentType string, data []byte) []byte {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), method, s.url()+path, bytes.NewReader(data))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Content-Type", contentType)
	r.Header.Set("Authorization", "Bearer "+accessToken)
	res, err := s.server.Client().Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := res.Body.Close(); err != nil {
			t.Error(err)
		}
	}()
	answer, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	if res.StatusCode >= 300 {
		t.Fatalf("%s %s: %d %s", method, path, res.StatusCode, answer)
	}
	return answer
}

// push sends messages as the bot.
func (s *stand) push(t *testing.T, messages ...any) {
	t.Helper()
	s.call(t, http.MethodPost, "api/v2/bot/message/push", map[string]any{"to": s.user, "messages": messages}, nil)
}

// heard waits until the bot has got an event that fits.
func (s *stand) heard(t *testing.T, what string, fits func(event) bool) event {
	t.Helper()
	deadline := time.Now().Add(15 * time.Second)
	for {
		s.mu.Lock()
		for _, e := range s.events {
			if fits(e) {
				s.mu.Unlock()
				return e
			}
		}
		all := fmt.Sprintf("%+v", s.events)
		s.mu.Unlock()
		if time.Now().After(deadline) {
			t.Fatalf("the bot did not hear of %s; it heard %s", what, all)
		}
		time.Sleep(20 * time.Millisecond)
	}
}

// tab is a page in a browser.
type tab struct {
	t   *testing.T
	ctx context.Context //nolint:containedctx // chromedp's handle of the tab
}

// open starts a browser of its own. Pictures of the host pictures.example come from a server in this test. At the end it
// fails the test for anything unexpected that the page complained of, such as a breach of its content security policy.
func open(t *testing.T, expected ...string) *tab {
	t.Helper()
	pictures := httptest.NewTLSServer(http.HandlerFunc(servePicture))
	t.Cleanup(pictures.Close)
	ctx := browser.Start(t, chromedp.IgnoreCertErrors,
		chromedp.Flag("host-resolver-rules", "MAP pictures.example "+strings.TrimPrefix(pictures.URL, "https://")))
	browser.Watch(t, ctx, expected...)
	return &tab{t, ctx}
}

// failed is where the picture of a failure is kept.
func (b *tab) failed() string {
	return filepath.Join(artefacts, "chat-failed-"+strings.ReplaceAll(b.t.Name(), "/", "-")+".png")
}

func (b *tab) do(what string, steps ...chromedp.Action[chromedp.Void]) {
	b.t.Helper()
	browser.Do(b.t, b.ctx, b.failed(), what, steps...)
}

// visit opens an address in a window of that size.
func (b *tab) visit(address string, width, height int64) {
	b.t.Helper()
	b.do("open the chat", chromedp.EmulateViewport(width, height, chromedp.EmulateScale(2)), chromedp.Navigate(address),
		chromedp.WaitVisible(mark("composer-input")))
}

// mark is the selector of a test hook.
func mark(id string) chromedp.CSS { return chromedp.CSS(`[data-testid="` + id + `"]`) }

// click presses the first visible element of the selector.
func (b *tab) click(sel chromedp.CSS) {
	b.t.Helper()
	b.do("click "+string(sel), chromedp.Click(sel, chromedp.NodeVisible))
}

// holds waits until a JavaScript expression is true.
func (b *tab) holds(what, expression string) {
	b.t.Helper()
	browser.Holds(b.t, b.ctx, b.failed(), what, expression)
}

// says waits until the citizen's words stand in the chat. A click after it does not miss because the chat moves up.
func (b *tab) says(words string) {
	b.t.Helper()
	b.holds("the citizen's words", fmt.Sprintf(`[...document.querySelectorAll('[data-from="user"]')].some((n) => n.textContent === %q)`, words))
}

// value reads a JavaScript expression.
func value[T any](b *tab, expression string) T {
	b.t.Helper()
	return browser.Value[T](b.t, b.ctx, expression)
}

// shot keeps a picture of the window as an artefact.
func (b *tab) shot(name string) {
	b.t.Helper()
	browser.Keep(b.t, b.ctx, filepath.Join(artefacts, "chat-"+name+".png"))
}

// servePicture answers every address with a picture.
func servePicture(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", "image/png")
	if err := png.Encode(w, gradient(300, 200)); err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
	}
}

// drawing is a picture of that size as PNG.
func drawing(t *testing.T, width, height int) []byte {
	t.Helper()
	var out bytes.Buffer
	if err := png.Encode(&out, gradient(width, height)); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

func gradient(width, height int) image.Image {
	m := image.NewRGBA(image.Rect(0, 0, width, height))
	from, to := color.RGBA{R: 11, G: 92, B: 107, A: 255}, color.RGBA{R: 127, G: 209, B: 199, A: 255}
	for x := range width {
		share := func(a, b uint8) uint8 { return uint8((int(a)*(width-x) + int(b)*x) / width) }
		c := color.RGBA{R: share(from.R, to.R), G: share(from.G, to.G), B: share(from.B, to.B), A: 255}
		for y := range height {
			m.SetRGBA(x, y, c)
		}
	}
	return m
}
