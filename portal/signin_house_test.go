package portal_test

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/go-chi/chi/v5"
	"github.com/jackc/pgx/v5"

	"saphan/bot/line"
	"saphan/citizens"
	"saphan/citizens/thaid"
	simulator "saphan/devkit/line"
	played "saphan/devkit/thaid"
	"saphan/portal"
)

// entrance is the portal with every way in. Its public address is that of the test's own server, so that browsers
// and redirects work as they do for people.
type entrance struct {
	*stand
	thaid  *played.Provider
	client *http.Client
	sim    *simulator.Simulator // of LINE
	simURL string
}

func newEntrance(t *testing.T) *entrance {
	t.Helper()
	e := &entrance{stand: newStand(t)}
	router := chi.NewRouter()
	server := httptest.NewServer(router)
	t.Cleanup(func() { server.CloseClientConnections(); server.Close() })
	var err error
	e.thaid, err = played.New(played.Config{Issuer: func() string { return server.URL + "/thaid" }, ClientID: "saphan", ClientSecret: "secret", Now: e.now})
	must(t, err)
	must(t, e.thaid.Sign("ES256"))
	vouch, err := thaid.New(thaid.Config{Issuer: server.URL + "/thaid", ClientID: "saphan", ClientSecret: "secret", RedirectURL: server.URL + portal.ThaIDReturn, Now: e.now})
	must(t, err)
	e.sim, err = simulator.New(simulator.Config{Now: e.now})
	must(t, err)
	t.Cleanup(func() { must(t, e.sim.Close()) })
	must(t, e.sim.AddChannel(simulator.Channel{
		Destination: "U" + strings.Repeat("a", 32), ID: "1650000000", Secret: strings.Repeat("s", 32), AccessToken: "t", Name: "เทศบาลตัวอย่าง",
	}))
	e.simURL = server.URL + "/line"
	login, err := line.NewLogin(line.LoginConfig{
		ID: "1650000000", Secret: strings.Repeat("s", 32), Provider: "p", Access: e.simURL + "/access", API: e.simURL + "/api", Redirect: server.URL + portal.LineReturn, Now: e.now,
	})
	must(t, err)
	router.Mount("/line", http.StripPrefix("/line", e.sim.Handler()))
	p, err := portal.New(portal.Deps{
		DB: e.db, Permits: e.office, Files: e.files, Now: e.now, Logger: e.logger(), BaseURL: server.URL, Desk: e.desk, Box: e.box, Jobs: e.jobs,
		ThaID: vouch, Line: login, Phones: true,
	})
	must(t, err)
	router.Mount("/thaid", http.StripPrefix("/thaid", e.thaid.Handler()))
	router.Get("/me/test", p.TestOwn())
	router.Get("/favicon.ico", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusNoContent) }) // browsers ask
	p.Routes(router)
	e.server = server
	e.client = e.browser(t)
	return e
}

// jar is a cookie jar that also takes what a test gives it.
type jar struct {
	mu  sync.Mutex
	all map[string]string
}

func (j *jar) SetCookies(_ *url.URL, cookies []*http.Cookie) {
	j.mu.Lock()
	defer j.mu.Unlock()
	for _, c := range cookies {
		if c.MaxAge < 0 {
			delete(j.all, c.Name)
		} else {
			j.all[c.Name] = c.Value
		}
	}
}

func (j *jar) Cookies(*url.URL) []*http.Cookie {
	j.mu.Lock()
	defer j.mu.Unlock()
	var all []*http.Cookie
	for name, value := range j.all {
		all = append(all, &http.Cookie{Name: name, Value: value})
	}
	return all
}

// browser is a browser that stops at redirects.
func (e *entrance) browser(t *testing.T) *http.Client {
	t.Helper()
	return &http.Client{Jar: &jar{all: map[string]string{}}, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
}

func (e *entrance) cookie(name string) string {
	j, ok := e.client.Jar.(*jar)
	if !ok {
		return ""
	}
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.all[name]
}

// do asks for a page; with a form it posts. It returns where it leads, if anywhere.
func (e *entrance) do(t *testing.T, path string, form url.Values, headers ...string) (status int, to, page string) {
	t.Helper()
	method, body := http.MethodGet, io.Reader(http.NoBody)
	if form != nil {
		method, body = http.MethodPost, strings.NewReader(form.Encode())
	}
	address := path
	if strings.HasPrefix(path, "/") {
		address = e.server.URL + path
	}
	req, err := http.NewRequestWithContext(t.Context(), method, address, body)
	must(t, err)
	if form != nil {
		req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		req.Header.Set("Sec-Fetch-Site", "same-origin")
	}
	for _, h := range headers {
		name, value, _ := strings.Cut(h, ": ")
		req.Header.Set(name, value)
	}
	res, err := e.client.Do(req)
	must(t, err)
	defer res.Body.Close() //nolint:errcheck // read to the end
	text, err := io.ReadAll(res.Body)
	must(t, err)
	if strings.HasPrefix(req.URL.Path, "/me") {
		for name, value := range map[string]string{"Cache-Control": "private, no-store", "Referrer-Policy": "same-origin", "X-Frame-Options": "DENY"} {
			if got := res.Header.Get(name); got != value {
				t.Errorf("%s: %s is %q", path, name, got)
			}
		}
	}
	return res.StatusCode, res.Header.Get("Location"), string(text)
}

var refresh = regexp.MustCompile(`<meta http-equiv="refresh" content="0;url=([^"]+)">`)

// leave begins a sign-in with ThaID and returns the address of its page.
func (e *entrance) leave(t *testing.T, way, next string, more ...string) string {
	t.Helper()
	form := url.Values{"next": {next}}
	for _, name := range more {
		form.Set(name, "1")
	}
	status, _, page := e.do(t, "/me/"+way, form)
	found := refresh.FindStringSubmatch(page)
	if status != http.StatusOK || found == nil {
		t.Fatalf("leaving answers %d:\n%s", status, page)
	}
	return strings.ReplaceAll(strings.ReplaceAll(found[1], "&amp;", "&"), "&#43;", "+")
}

// agree taps a person on ThaID's page and returns the path that the browser comes back to.
func (e *entrance) agree(t *testing.T, page string, who int) string {
	t.Helper()
	pid := ""
	if who >= 0 {
		pid = played.People()[who].NationalID.Digits()
	}
	status, to, body := e.do(t, page, url.Values{"pid": {pid}})
	if status != http.StatusFound {
		t.Fatalf("ThaID answers %d: %s", status, body)
	}
	return strings.TrimPrefix(to, e.server.URL)
}

// signIn is the whole way with ThaID.
func (e *entrance) signIn(t *testing.T, who int, next string) {
	t.Helper()
	if status, to, page := e.do(t, e.agree(t, e.leave(t, "thaid", next), who), nil); status != http.StatusSeeOther || to != next {
		t.Fatalf("coming back answers %d, %q:\n%s", status, to, page)
	}
}

// who is the page of the test's own: citizen, level and what was proved; "" when nobody is signed in.
func (e *entrance) who(t *testing.T) string {
	t.Helper()
	status, _, page := e.do(t, "/me/test", nil)
	if status != http.StatusOK {
		return ""
	}
	return page
}

func (e *entrance) level(t *testing.T) (citizen citizens.CitizenID, level, proved int) {
	t.Helper()
	if _, err := fmt.Sscanf(e.who(t), "%d %d %d", &citizen, &level, &proved); err != nil {
		t.Fatalf("nobody is signed in: %v", err)
	}
	return citizen, level, proved
}

// chatter is a citizen with a chat, and a way in from it.
func (e *entrance) chatter(t *testing.T, name, purpose string) (c citizens.CitizenID, path string) {
	t.Helper()
	e.everywhere(t, func(ctx context.Context, tx pgx.Tx) error {
		i, err := citizens.Resolve(ctx, tx, "line", "p", name)
		if err != nil {
			return err
		}
		token, err := citizens.NewEntry(ctx, tx, i.CitizenID, purpose, e.now())
		c, path = i.CitizenID, "/me/in/"+token
		return err
	})
	return c, path
}

// later moves the clock.
func (e *entrance) later(by time.Duration) {
	at := e.now().Add(by)
	e.clock.Store(&at)
}
