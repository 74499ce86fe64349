package portal_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"html/template"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"
	"github.com/go-chi/chi/v5"
	"github.com/jackc/pgx/v5"

	"saphan/agencies"
	"saphan/files"
	"saphan/internal/browser"
	"saphan/portal"
)

// counter is a page with a form that takes files, as the page of a service has it.
type counter struct {
	*wharf
	made   *portal.Uploads
	net    *wire
	mu     sync.Mutex
	posted portal.Posted
	sent   chan struct{} // one for each form that came
}

const counterPage = `{{define "page"}}<!doctype html><html lang="{{.Lang}}"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>{{.Title}}</title><link rel="stylesheet" href="/style.css"><script type="application/json" id="upload-words">{{.Words}}</script><script src="{{.Script}}" defer></script></head>
<body><header class="top"><a href="/" class="logo">สะพาน</a></header><main id="main"><article class="card"><div class="body"><h1>{{.Title}}</h1>
<form action="/form" method="post" enctype="multipart/form-data" class="ask">{{range .Inputs}}{{template "upload" .}}{{end}}<button class="b p" type="submit" id="go">{{.Send}}</button></form>
</div></article></main></body></html>{{end}}`

func newCounter(t *testing.T) *counter {
	t.Helper()
	c := &counter{wharf: openWharf(t), sent: make(chan struct{}, 16)}
	var err error
	c.files, err = files.NewUploads(files.UploadsConfig{
		Store: c.store, Log: slog.New(slog.DiscardHandler),
		Tx: func(ctx context.Context, fn func(tx pgx.Tx) error) error { return agencies.Everywhere(ctx, c.pool, fn) },
	})
	must(t, err)
	c.made, err = portal.NewUploads(portal.UploadsConfig{Files: c.files, Sender: senderOf, BaseURL: "http://127.0.0.1", Logger: slog.New(slog.DiscardHandler)})
	must(t, err)
	page, err := template.Must(template.New("page").Parse(counterPage)).ParseFiles("templates/upload.html")
	must(t, err)
	style, err := os.ReadFile("static/style.css")
	must(t, err)
	r := chi.NewRouter()
	c.made.Routes(r)
	r.Get("/style.css", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/css")
		w.Write(style)
	})
	r.Get("/form", func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Security-Policy", "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; base-uri 'none'; "+portal.UploadPolicy)
		http.SetCookie(w, &http.Cookie{Name: "sender", Value: "7", Path: "/"})
		english := r.URL.Query().Get("lang") == "en"
		lang, title, send, label, photos := "th", "ขอใบอนุญาตประกอบกิจการ", "ส่งคำขอ", "แบบแปลน (PDF)", "รูปถ่ายสถานที่"
		if english {
			lang, title, send, label, photos = "en", "Apply for a licence", "Send", "Plan (PDF)", "Pictures of the place"
		}
		var kept []portal.KeptFile
		if id := r.URL.Query().Get("kept"); id != "" {
			kept = []portal.KeptFile{{Upload: id, Name: "โฉนด.pdf", Size: "2.1 MB"}}
		}
		err := page.ExecuteTemplate(w, "page", map[string]any{"Lang": lang, "Title": title, "Send": send, "Script": c.made.Script(), "Words": portal.UploadWords(lang), "Inputs": []portal.UploadInput{
			{Field: "plan", Label: label, Accept: ".pdf", Required: true, Lang: lang, Largest: c.made.Largest()},
			{Field: "photo", Label: photos, Multiple: true, Lang: lang, Largest: c.made.Largest(), Kept: kept},
		}})
		if err != nil {
			t.Error(err)
		}
	})
	r.Post("/form", func(w http.ResponseWriter, r *http.Request) {
		posted, err := c.made.ReadForm(w, r, "7")
		if err != nil {
			t.Error(err)
		}
		c.mu.Lock()
		c.posted = posted
		c.mu.Unlock()
		c.sent <- struct{}{}
		_, _ = io.WriteString(w, "<!doctype html><title>ok</title><h1>ok</h1>")
	})
	r.Get("/*", func(http.ResponseWriter, *http.Request) {})
	c.server = httptest.NewServer(r)
	t.Cleanup(c.server.Close)
	c.net = newWire(t, strings.TrimPrefix(c.server.URL, "http://"))
	return c
}

// wire is the way to the server: slow, and it drops.
type wire struct {
	ctx      context.Context // of the test
	to       string
	listener net.Listener
	mu       sync.Mutex
	conns    map[net.Conn]bool
	dropIn   int64 // bytes on their way up after which everything drops; 0: never
	rate     int   // bytes a second up; 0: as fast as it goes
	down     bool
	dropped  int
}

func newWire(t *testing.T, to string) *wire {
	t.Helper()
	l, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	must(t, err)
	n := &wire{ctx: t.Context(), to: to, listener: l, conns: map[net.Conn]bool{}}
	t.Cleanup(func() { _ = l.Close(); n.drop() })
	go func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			go n.carry(conn)
		}
	}()
	return n
}

func (n *wire) url() string { return "http://" + n.listener.Addr().String() }

// set changes how the network is from now on.
func (n *wire) set(f func(*wire)) {
	n.mu.Lock()
	defer n.mu.Unlock()
	f(n)
}

func (n *wire) drops() int {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.dropped
}

func (n *wire) drop() {
	n.mu.Lock()
	defer n.mu.Unlock()
	for c := range n.conns {
		_ = c.Close()
	}
	clear(n.conns)
}

func (n *wire) carry(from net.Conn) {
	n.mu.Lock()
	down := n.down
	n.mu.Unlock()
	to, err := (&net.Dialer{Timeout: time.Minute}).DialContext(n.ctx, "tcp", n.to)
	if err != nil || down {
		_ = from.Close()
		return
	}
	n.mu.Lock()
	n.conns[from], n.conns[to] = true, true
	n.mu.Unlock()
	go func() { _, _ = io.Copy(from, to); _ = from.Close() }()
	defer to.Close() //nolint:errcheck // the connection is meant to break
	buf := make([]byte, 16<<10)
	for {
		m, err := from.Read(buf)
		n.mu.Lock()
		rate, drop := n.rate, false
		if n.dropIn > 0 {
			if n.dropIn -= int64(m); n.dropIn <= 0 {
				n.dropIn, n.dropped, drop = 0, n.dropped+1, true
			}
		}
		n.mu.Unlock()
		if drop {
			n.drop()
			return
		}
		if rate > 0 {
			time.Sleep(time.Duration(m) * time.Second / time.Duration(rate))
		}
		if m > 0 {
			if _, err := to.Write(buf[:m]); err != nil {
				return
			}
		}
		if err != nil {
			return
		}
	}
}

// viewer is a page as somebody sees it.
type viewer struct {
	t   *testing.T
	ctx context.Context
}

// openViewer opens a browser; dropped connections are all that its console may complain of.
func openViewer(t *testing.T) viewer {
	t.Helper()
	b := viewer{t, browser.Start(t)}
	browser.Watch(t, b.ctx, "net::ERR_", "Failed to load resource")
	return b
}

// kept is where pictures of the page are kept.
func (b viewer) kept(name string) string {
	return filepath.Join("..", "artefacts", "portal-upload-"+name+".png")
}

func (b viewer) do(what string, steps ...chromedp.Action[chromedp.Void]) {
	b.t.Helper()
	browser.Do(b.t, b.ctx, b.kept("failed"), what, steps...)
}

func (b viewer) ask(expression string) string {
	b.t.Helper()
	return browser.Value[string](b.t, b.ctx, "String("+expression+")")
}

func (b viewer) until(what, expression string) {
	b.t.Helper()
	browser.Holds(b.t, b.ctx, b.kept("failed"), what, expression)
}

func (b viewer) picture(name string) {
	b.t.Helper()
	browser.Keep(b.t, b.ctx, b.kept(name))
}

// accessible fails for what axe-core finds against WCAG 2.2 AA, and for a page wider than its window.
func (b viewer) accessible(where string) {
	b.t.Helper()
	axe, err := os.ReadFile("../admin/testdata/third_party/axe-core/axe.min.js")
	must(b.t, err)
	ctx, cancel := context.WithTimeout(b.ctx, 60*time.Second)
	defer cancel()
	_, err = chromedp.Run(ctx, chromedp.EvaluateAsDevTools[chromedp.Void](string(axe)+";null"))
	must(b.t, err)
	found, err := chromedp.Run(ctx, chromedp.Evaluate[string](`axe.run(document, {
		runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'], resultTypes: ['violations']
	}).then((r) => JSON.stringify(r.violations.map((v) => v.id + ': ' + v.help + ': ' + v.nodes.map((n) => n.html + ' ' + n.failureSummary).join(' | '))))`, chromedp.EvalAwaitPromise))
	must(b.t, err)
	var all []string
	must(b.t, json.Unmarshal([]byte(found), &all))
	for _, v := range all {
		b.t.Errorf("%s: %s", where, v)
	}
	if wide := browser.Value[int](b.t, b.ctx, `document.documentElement.scrollWidth - innerWidth`); wide > 0 {
		b.t.Errorf("%s: %d px too wide", where, wide)
	}
}

// onDisk writes a file to choose from.
func onDisk(t *testing.T, name string, data []byte) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	must(t, os.WriteFile(path, data, 0o600))
	return path
}

const (
	plan1  = `#plan`
	states = `[...document.querySelectorAll(".uploads li")].map((e) => e.dataset.state).join()`
)

// is waits for the states of the files on the page.
func (b viewer) is(want string) {
	b.t.Helper()
	b.until("files that are "+want, states+` === "`+want+`"`)
}

// submitted is what a form brought that was just sent.
func (c *counter) submitted(t *testing.T, b viewer) portal.Posted {
	t.Helper()
	b.do("send", chromedp.Click(chromedp.CSS("#go")))
	select {
	case <-c.sent:
	case <-time.After(60 * time.Second):
		t.Fatal("no form came: ", b.ask(`document.querySelector("main")?.innerText`))
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.posted
}

// brought fails unless the form names an upload with these bytes.
func (c *counter) brought(t *testing.T, value string, data []byte) {
	t.Helper()
	id, ok := portal.UploadOf(value)
	if !ok {
		t.Fatalf("the form says %q", value)
	}
	var at files.Attachment
	must(t, agencies.Everywhere(t.Context(), c.pool, func(tx pgx.Tx) (err error) {
		at, err = files.Kept(t.Context(), tx, "7", id)
		return err
	}))
	if hash := sha256.Sum256(data); !bytes.Equal(at.SHA256, hash[:]) {
		t.Errorf("%d bytes came, of which the hash is another", at.Size)
	}
}

func (c *counter) uploads(t *testing.T) (n int) {
	t.Helper()
	must(t, agencies.Everywhere(t.Context(), c.pool, func(tx pgx.Tx) error {
		return tx.QueryRow(t.Context(), `SELECT count(*) FROM uploads`).Scan(&n)
	}))
	return n
}

// With JavaScript: a file goes on by itself when the connection drops, when the network is away for a while, and
// when the page is loaded anew; the keyboard pauses it; what is refused says why; the form names it.
func TestUploadInABrowser(t *testing.T) {
	t.Parallel()
	c := newCounter(t)
	b := openViewer(t)
	data := paper(t, 12<<20)
	file := onDisk(t, "แบบแปลน.pdf", data)
	b.do("open", chromedp.EmulateViewport(390, 900, chromedp.EmulateScale(2)), chromedp.Navigate(c.net.url()+"/form"), chromedp.WaitVisible(chromedp.CSS(plan1)))
	b.until("the script", `document.querySelector("#plan-hint").innerText.includes("500 MB")`)
	b.accessible("empty")

	// Drops.
	c.net.set(func(n *wire) { n.rate, n.dropIn = 6<<20, 3<<20 })
	b.do("choose", chromedp.SetUploadFiles(chromedp.CSS(plan1), []string{file}))
	for deadline := time.Now().Add(60 * time.Second); c.net.drops() == 0 && time.Now().Before(deadline); {
		time.Sleep(20 * time.Millisecond)
	}
	c.net.set(func(n *wire) { n.dropIn = 2 << 20 })
	b.is("done")
	if n := c.uploads(t); c.net.drops() != 2 || n != 1 {
		t.Errorf("%d drops, %d uploads", c.net.drops(), n)
	}
	if live := b.ask(`document.querySelector("[role=status]").innerText`); live != "แบบแปลน.pdf ส่งเรียบร้อย" {
		t.Errorf("who cannot see hears %q", live)
	}
	b.accessible("done")

	// Another in its place, which the keyboard pauses, while the network goes away.
	c.net.set(func(n *wire) { n.rate = 1 << 20 })
	b.do("choose again", chromedp.SetUploadFiles(chromedp.CSS(plan1), []string{file}))
	b.until("some of it", `document.querySelector(".uploads progress")?.value > 5`)
	b.picture("running-390")
	b.accessible("running")
	b.do("pause", chromedp.Focus(chromedp.CSS(".acts button")), chromedp.KeyEvent(" "))
	b.is("paused")
	if b.ask(`document.activeElement.innerText`) != "ส่งต่อ" {
		t.Errorf("the focus is on %s", b.ask(`document.activeElement.outerHTML`))
	}
	b.picture("paused-390")
	b.do("send too early", chromedp.Click(chromedp.CSS("#go")))
	b.until("why not", `document.querySelector(".uploads .hint").innerText.includes("ยังส่งไฟล์ไม่ครบ")`)
	c.net.set(func(n *wire) { n.down = true })
	c.net.drop()
	b.do("go on", chromedp.Focus(chromedp.CSS(".acts button")), chromedp.KeyEvent("\r"))
	b.is("waiting")
	b.picture("waiting-390")
	c.net.set(func(n *wire) { n.down = false })
	b.is("running")

	// The page is loaded anew, twice.
	b.until("more of it", `document.querySelector(".uploads progress").value > 30`)
	before := c.uploads(t)
	for range 2 {
		b.do("load anew", chromedp.Reload(), chromedp.WaitVisible(chromedp.CSS(".uploads li")))
		b.is("running")
		b.until("that it goes on where it was", `document.querySelector(".uploads progress").value > 20`)
	}
	c.net.set(func(n *wire) { n.rate = 0 })
	b.is("done")
	if n := c.uploads(t); n != before {
		t.Errorf("it was begun again: %d uploads, %d before", n, before)
	}
	b.do("load anew", chromedp.Reload(), chromedp.WaitVisible(chromedp.CSS(".uploads li")))
	b.is("done")

	// Several, one of a wrong kind.
	b.do("choose pictures", chromedp.SetUploadFiles(chromedp.CSS("#photo"), []string{onDisk(t, "บ้าน.pdf", paper(t, 9000)), onDisk(t, "บ้าน.jpg", paper(t, 9000)), onDisk(t, "ว่าง.pdf", nil), onDisk(t, "สวน.pdf", paper(t, 9000))}))
	b.is("done,done,failed,failed,done")
	if said := b.ask(`document.querySelector("li[data-state=failed]").innerText`); !strings.Contains(said, "ลงท้ายด้วย .jpg แต่ข้างในเป็นไฟล์ PDF") {
		t.Errorf("the wrong one says %q", said)
	}
	b.picture("refused-390")
	for _, width := range []int64{320, 1280} {
		b.do("narrow", chromedp.EmulateViewport(width, 800))
		b.accessible(fmt.Sprint("refused at ", width))
	}
	b.do("make it wide again", chromedp.EmulateViewport(390, 900))
	for _, left := range []string{"done,done,failed,done", "done,done,done"} {
		b.do("remove", chromedp.Click(chromedp.CSS("li[data-state=failed] .acts button:not([hidden])")))
		b.is(left)
	}
	if on := b.ask(`document.activeElement.id`); on != "photo" {
		t.Errorf("the focus is on %q", on)
	}
	posted := c.submitted(t, b)
	if len(posted.Files) != 0 || len(posted.Values["plan"]) != 1 || len(posted.Values["photo"]) != 2 || len(posted.Refused) != 0 {
		t.Fatalf("the form brings %+v", posted)
	}
	c.brought(t, posted.Values.Get("plan"), data)

	// Another form at the same address begins with nothing; a file that is changed while it waits is given up.
	b.do("open again", chromedp.Navigate(c.net.url()+"/form"), chromedp.WaitVisible(chromedp.CSS(plan1)))
	b.until("the script", `document.querySelector("#plan-hint").innerText.includes("500 MB")`)
	b.is("")
	c.net.set(func(n *wire) { n.rate, n.dropIn = 2<<20, 3<<20 })
	b.do("choose", chromedp.SetUploadFiles(chromedp.CSS(plan1), []string{file}))
	b.until("some of it", `document.querySelector(".uploads progress")?.value > 5`)
	must(t, os.WriteFile(file, paper(t, 1000), 0o600))
	b.is("failed")
}

// In English, in the dark, with files that the page knows from before.
func TestUploadInEnglish(t *testing.T) {
	t.Parallel()
	c := newCounter(t)
	up, _, err := c.files.Take(t.Context(), "7", "โฉนด.pdf", bytes.NewReader(paper(t, 9000)), files.Limits{})
	must(t, err)
	b := openViewer(t)
	_, err = chromedp.Call(b.ctx, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: "dark"}}})
	must(t, err)
	b.do("open", chromedp.EmulateViewport(320, 900, chromedp.EmulateScale(2)), chromedp.Navigate(c.net.url()+"/form?lang=en&kept="+up.ID), chromedp.WaitVisible(chromedp.CSS(plan1)))
	b.until("the script", `document.querySelector("#plan-hint").innerText.includes("Up to 500 MB each")`)
	b.do("choose", chromedp.SetUploadFiles(chromedp.CSS(plan1), []string{onDisk(t, "plan.txt", []byte("hello"))}))
	b.until("the refusal", `document.querySelector("li[data-state=failed]")?.innerText.includes("This kind of file cannot be taken")`)
	b.accessible("English")
	b.picture("english-dark-320")
	b.do("remove the one from before", chromedp.Click(chromedp.CSS("li[data-kept] button")))
	b.until("it is gone", `document.querySelector("li[data-kept]") === null`)
	for deadline := time.Now().Add(30 * time.Second); ; time.Sleep(20 * time.Millisecond) {
		if _, err := c.files.Find(t.Context(), "7", up.ID); err != nil {
			break
		}
		if time.Now().After(deadline) {
			t.Fatal("it was not taken back")
		}
	}
}

// Without JavaScript the form brings the file itself.
func TestFormWithoutJavaScript(t *testing.T) {
	t.Parallel()
	c := newCounter(t)
	b := openViewer(t)
	_, err := chromedp.Call(b.ctx, emulation.SetScriptExecutionDisabled, emulation.SetScriptExecutionDisabledParams{Value: true})
	must(t, err)
	data := paper(t, 6<<20)
	b.do("open", chromedp.EmulateViewport(390, 900, chromedp.EmulateScale(2)), chromedp.Navigate(c.net.url()+"/form"), chromedp.WaitVisible(chromedp.CSS(plan1)),
		chromedp.SetUploadFiles(chromedp.CSS(plan1), []string{onDisk(t, "แบบแปลน.pdf", data)}))
	b.picture("plain-390")
	posted := c.submitted(t, b)
	if len(posted.Files["plan"]) != 1 || len(posted.Files) != 1 {
		t.Fatalf("the form brings %+v", posted)
	}
	c.brought(t, portal.UploadValue(posted.Files["plan"][0].Upload), data)
}

// What the page loads besides itself stays small (150 KB in all).
func TestUploadScriptIsSmall(t *testing.T) {
	t.Parallel()
	c := newCounter(t)
	for encoding, most := range map[string]int64{"gzip": 30_000, "": 120_000} {
		r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, c.server.URL+c.made.Script(), nil)
		must(t, err)
		r.Header.Set("Accept-Encoding", encoding)
		res, err := http.DefaultTransport.RoundTrip(r)
		must(t, err)
		n, err := io.Copy(io.Discard, res.Body)
		must(t, err)
		must(t, res.Body.Close())
		t.Logf("%q: %d bytes", encoding, n)
		if res.StatusCode != http.StatusOK || res.Header.Get("Content-Encoding") != encoding || n > most || n < 1000 || !strings.Contains(res.Header.Get("Cache-Control"), "immutable") {
			t.Errorf("%q: %d, %d bytes, %v", encoding, res.StatusCode, n, res.Header)
		}
	}
}
