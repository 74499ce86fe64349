package agency_test

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"saphan/agencies"
	"saphan/devkit/agency"
)

// seen is deliveries.json as a script reads it.
type seen struct {
	Mode       string `json:"mode"`
	Count      int    `json:"count"`
	Duplicates int    `json:"duplicates"`
	Refused    int    `json:"refused"`
	Deliveries []struct {
		ID         string          `json:"id"`
		Type       string          `json:"type"`
		Verified   bool            `json:"verified"`
		Problem    string          `json:"problem"`
		Arrivals   int             `json:"arrivals"`
		Accepted   bool            `json:"accepted"`
		Duplicates int             `json:"duplicates"`
		Altered    bool            `json:"altered"`
		Answers    []int           `json:"answers"`
		Body       json.RawMessage `json:"body"`
	} `json:"deliveries"`
}

type bench struct {
	receiver *agency.Receiver
	server   *httptest.Server
	keys     agencies.Secret
}

func open(t *testing.T, dir string, keys agencies.Secret) bench {
	t.Helper()
	r, err := agency.New(agency.Config{
		Secret: keys.Shared(), Dir: dir, Slow: 50 * time.Millisecond,
		Now: func() time.Time { return time.Date(2026, 11, 21, 9, 30, 5, 0, time.UTC) },
	})
	if err != nil {
		t.Fatal(err)
	}
	mux := http.NewServeMux()
	mux.Handle("/dev/agency/", r.Handler())
	server := httptest.NewServer(mux)
	t.Cleanup(func() {
		server.Close()
		if err := r.Close(); err != nil {
			t.Error(err)
		}
	})
	return bench{r, server, keys}
}

const body = `{"type":"ticket.created","timestamp":"2026-11-21T09:30:00Z","data":{"ticket":{"id":17,"number":"SN-2569-000017"},"note":"a \"b\" <script>alert(1)</script>","ok":true,"n":-1.5e3,"none":null,"empty":{}}}`

// send posts a webhook signed by the product's own signer.
func (b bench) send(t *testing.T, id, body string, change func(*http.Request)) (status int, header http.Header) {
	t.Helper()
	now := time.Now()
	signature, err := agencies.Sign(b.keys, id, now, []byte(body))
	if err != nil {
		t.Fatal(err)
	}
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, b.server.URL+"/dev/agency/hook", strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set(agencies.HeaderID, id)
	req.Header.Set(agencies.HeaderTimestamp, strconv.FormatInt(now.Unix(), 10))
	req.Header.Set(agencies.HeaderSignature, signature)
	if change != nil {
		change(req)
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close() //nolint:errcheck // a test's answer
	return resp.StatusCode, resp.Header
}

func (b bench) get(t *testing.T, path string, header ...string) (int, string, http.Header) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, b.server.URL+"/dev/agency/"+path, nil)
	if err != nil {
		t.Fatal(err)
	}
	for pair := range slices.Chunk(header, 2) {
		req.Header.Set(pair[0], pair[1])
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close() //nolint:errcheck // a test's answer
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return resp.StatusCode, string(text), resp.Header
}

func (b bench) seen(t *testing.T) (s seen) {
	t.Helper()
	_, text, _ := b.get(t, "deliveries.json")
	if err := json.Unmarshal([]byte(text), &s); err != nil {
		t.Fatalf("%v in %s", err, text)
	}
	return s
}

func (b bench) mode(t *testing.T, mode string, header ...string) int {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, b.server.URL+"/dev/agency/mode", strings.NewReader(url.Values{"mode": {mode}}.Encode()))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	for pair := range slices.Chunk(header, 2) {
		req.Header.Set(pair[0], pair[1])
	}
	resp, err := http.DefaultTransport.RoundTrip(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close() //nolint:errcheck // a test's answer
	return resp.StatusCode
}

func TestReceiverTakesWhatIsSignedAndCountsItOnce(t *testing.T) {
	t.Parallel()
	b := open(t, "", agencies.NewSecret())
	for range 3 {
		if status, _ := b.send(t, "evt_17_1", body, nil); status != http.StatusNoContent {
			t.Fatalf("status %d", status)
		}
	}
	if status, _ := b.send(t, "evt_17_2", `{"type":"ticket.updated","data":{}}`, nil); status != http.StatusNoContent {
		t.Fatalf("status %d", status)
	}
	s := b.seen(t)
	if s.Count != 2 || s.Duplicates != 2 || s.Refused != 0 || len(s.Deliveries) != 2 || s.Mode != "ok" {
		t.Fatalf("seen = %+v", s)
	}
	newest, oldest := s.Deliveries[0], s.Deliveries[1]
	if newest.ID != "evt_17_2" || newest.Type != "ticket.updated" || newest.Duplicates != 0 {
		t.Errorf("newest = %+v", newest)
	}
	if oldest.ID != "evt_17_1" || !oldest.Verified || !oldest.Accepted || oldest.Altered || oldest.Arrivals != 3 || oldest.Duplicates != 2 {
		t.Errorf("oldest = %+v", oldest)
	}
	if _, err := json.Marshal(oldest.Body); err != nil || !strings.Contains(string(oldest.Body), "SN-2569-000017") {
		t.Errorf("body = %s, %v", oldest.Body, err)
	}
	if status, _ := b.send(t, "evt_17_1", strings.Replace(body, "17", "18", 1), nil); status != http.StatusNoContent || !b.seen(t).Deliveries[1].Altered {
		t.Error("other bytes under the same identifier are not noticed")
	}
}

func TestReceiverRefusesWhatIsNotSigned(t *testing.T) {
	t.Parallel()
	b := open(t, "", agencies.NewSecret())
	for name, change := range map[string]func(*http.Request){
		"no signature": func(r *http.Request) { r.Header.Del(agencies.HeaderSignature) },
		"other id":     func(r *http.Request) { r.Header.Set(agencies.HeaderID, "evt_9_9") },
		"other body":   func(r *http.Request) { r.Body = io.NopCloser(strings.NewReader(strings.Replace(body, "17", "18", 1))) },
		"too old":      func(r *http.Request) { r.Header.Set(agencies.HeaderTimestamp, "1700000000") },
		"no time":      func(r *http.Request) { r.Header.Set(agencies.HeaderTimestamp, "noon") },
		"another secret": func(r *http.Request) {
			signature, err := agencies.Sign(agencies.NewSecret(), "evt_17_1", time.Now(), []byte(body))
			if err != nil {
				t.Error(err)
			}
			r.Header.Set(agencies.HeaderSignature, signature)
		},
	} {
		if status, _ := b.send(t, "evt_17_1", body, change); status != http.StatusUnauthorized {
			t.Errorf("%s: status %d, want 401", name, status)
		}
	}
	if status, _ := b.send(t, "evt_17_1", strings.Repeat("a", 2<<20), nil); status != http.StatusBadRequest {
		t.Errorf("huge: status %d, want 400", status)
	}
	s := b.seen(t)
	if s.Count != 0 || s.Refused != 6 || len(s.Deliveries) != 6 {
		t.Fatalf("seen = %+v", s)
	}
	for _, d := range s.Deliveries {
		if d.Verified || d.Accepted || d.Problem == "" {
			t.Errorf("refused delivery = %+v", d)
		}
	}
}

func TestReceiverFailsOnRequest(t *testing.T) {
	t.Parallel()
	b := open(t, "", agencies.NewSecret())
	for _, step := range []struct {
		mode   string
		status int
		count  int
	}{{"error", 500, 0}, {"busy", 429, 0}, {"gone", 410, 0}, {"slow", 204, 1}, {"ok", 204, 1}} {
		if status := b.mode(t, step.mode); status != http.StatusNoContent {
			t.Fatalf("switch to %s: %d", step.mode, status)
		}
		status, header := b.send(t, "evt_1_1", body, nil)
		if status != step.status || (header.Get("Retry-After") != "") != (step.mode == "busy") {
			t.Errorf("%s: status %d, Retry-After %q", step.mode, status, header.Get("Retry-After"))
		}
		if s := b.seen(t); s.Count != step.count || s.Mode != step.mode {
			t.Errorf("%s: %+v", step.mode, s)
		}
	}
	if s := b.seen(t); len(s.Deliveries) != 1 || s.Duplicates != 1 || len(s.Deliveries[0].Answers) != 5 {
		t.Errorf("seen = %+v", s)
	}
	if status := b.mode(t, "nonsense"); status != http.StatusUnprocessableEntity {
		t.Errorf("unknown mode: %d", status)
	}
	if status := b.mode(t, "gone", "Sec-Fetch-Site", "cross-site"); status != http.StatusForbidden {
		t.Errorf("from another site: %d", status)
	}
	if status := b.mode(t, "ok", "Accept", "text/html"); status != http.StatusSeeOther {
		t.Errorf("from the page without its script: %d", status)
	}
}

func TestReceiverKeepsWhatArrivedOverARestart(t *testing.T) {
	t.Parallel()
	dir, keys := t.TempDir(), agencies.NewSecret()
	first := open(t, dir, keys)
	first.send(t, "evt_17_1", body, nil)
	first.send(t, "evt_17_1", body, nil)
	first.send(t, "evt_17_2", "ไม่ใช่ JSON", nil)
	first.send(t, "evt_17_3", body, func(r *http.Request) { r.Header.Del(agencies.HeaderSignature) })
	_, before, _ := first.get(t, "deliveries.json")

	// A process killed in the middle of a line: the request had no answer and comes again.
	file, err := os.OpenFile(filepath.Join(dir, "arrivals.jsonl"), os.O_WRONLY|os.O_APPEND, 0)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := file.WriteString(`{"at":"2026-`); err != nil {
		t.Fatal(err)
	}
	if err := file.Close(); err != nil {
		t.Fatal(err)
	}
	second := open(t, dir, keys)
	if _, after, _ := second.get(t, "deliveries.json"); after != before {
		t.Fatalf("after a restart:\n%s\nbefore:\n%s", after, before)
	}
	second.send(t, "evt_17_1", body, nil)
	if s := open(t, dir, keys).seen(t); s.Count != 2 || s.Duplicates != 2 || s.Refused != 1 {
		t.Fatalf("after a second restart: %+v", s)
	}

	if err := os.WriteFile(filepath.Join(dir, "arrivals.jsonl"), []byte("garbage\n{}\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := agency.New(agency.Config{Secret: keys.Shared(), Dir: dir}); err == nil || !strings.Contains(err.Error(), "line 1") {
		t.Fatalf("damaged file: %v", err)
	}
	if _, err := agency.New(agency.Config{Secret: "secret"}); err == nil {
		t.Fatal("a secret without its prefix is taken")
	}
}

func TestReceiverCountsConcurrentArrivals(t *testing.T) {
	t.Parallel()
	b := open(t, t.TempDir(), agencies.NewSecret())
	var all sync.WaitGroup
	for n := range 40 {
		all.Go(func() { b.send(t, "evt_1_"+strconv.Itoa(n%10), body, nil) })
	}
	all.Wait()
	if s := b.seen(t); s.Count != 10 || s.Duplicates != 30 {
		t.Fatalf("seen = %+v", s)
	}
}

func TestPageShowsWhatArrived(t *testing.T) {
	t.Parallel()
	b := open(t, "", agencies.NewSecret())
	if _, page, _ := b.get(t, ""); !strings.Contains(page, "ยังไม่มีอะไรมาถึง") {
		t.Fatal("the empty page says nothing")
	}
	b.send(t, "evt_17_1", body, nil)
	b.send(t, "evt_17_1", body, nil)
	b.send(t, "<b>evt</b>", body, func(r *http.Request) { r.Header.Del(agencies.HeaderSignature) })

	status, page, header := b.get(t, "")
	if status != http.StatusOK || !strings.Contains(header.Get("Content-Security-Policy"), "script-src 'self'") || strings.Contains(header.Get("Content-Security-Policy"), "unsafe") {
		t.Fatalf("status %d, header %v", status, header)
	}
	for _, want := range []string{
		"SN-2569-000017", "ticket.created", "เรื่องใหม่", "ลายเซ็นถูกต้อง", "ซ้ำ ×1", "21 พ.ย. 2569 เวลา 16:30:05 น.", "webhook-signature",
		`<span class="k">&#34;id&#34;</span>: <span class="n">17</span>`, `<span class="no">SN-2569-000017</span>`, "ไม่มีส่วนหัว",
	} {
		if !strings.Contains(page, want) {
			t.Errorf("the page does not show %q", want)
		}
	}
	if strings.Contains(page, "<script>alert") || strings.Contains(page, "<b>evt") {
		t.Error("what arrived is not escaped")
	}

	_, list, header := b.get(t, "list")
	if strings.Contains(list, "<html") || !strings.Contains(list, "SN-2569-000017") {
		t.Error("the list is not the changing part alone")
	}
	tag := header.Get("ETag")
	if status, text, _ := b.get(t, "list", "If-None-Match", tag); status != http.StatusNotModified || text != "" {
		t.Errorf("nothing new: %d %q", status, text)
	}
	b.send(t, "evt_17_2", body, nil)
	if status, _, _ := b.get(t, "list", "If-None-Match", tag); status != http.StatusOK {
		t.Errorf("something new: %d", status)
	}
}

func TestReceiverWorksUnderAnyPrefix(t *testing.T) {
	t.Parallel()
	b := open(t, "", agencies.NewSecret())
	stripped := httptest.NewServer(http.StripPrefix("/x", b.receiver.Handler()))
	defer stripped.Close()
	for path, want := range map[string]int{
		b.server.URL + "/dev/agency/":                 200,
		b.server.URL + "/dev/agency/page.css":         200,
		b.server.URL + "/dev/agency/page.js":          200,
		b.server.URL + "/dev/agency/hook":             405,
		b.server.URL + "/dev/agency/mode":             405,
		b.server.URL + "/dev/agency/page.html":        404,
		b.server.URL + "/dev/agency/nothing":          404,
		stripped.URL + "/x/":                          200,
		stripped.URL + "/x/deliveries.json":           200,
		stripped.URL + "/x/../../../../../etc/passwd": 404,
	} {
		req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, path, nil)
		if err != nil {
			t.Fatal(err)
		}
		resp, err := http.DefaultClient.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		if resp.StatusCode != want {
			t.Errorf("%s: %d, want %d", path, resp.StatusCode, want)
		}
		if err := resp.Body.Close(); err != nil {
			t.Error(err)
		}
	}
}
