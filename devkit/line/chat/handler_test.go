package chat_test

import (
	"io/fs"
	"net/http"
	"net/http/httptest"
	"os"
	"path"
	"regexp"
	"strings"
	"testing"

	"saphan/devkit/line/chat"
)

func get(t *testing.T, h http.Handler, method, target string, header http.Header) *http.Response {
	t.Helper()
	r := httptest.NewRequestWithContext(t.Context(), method, target, nil)
	for name, values := range header {
		r.Header[name] = values
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w.Result()
}

// The page works at the root of a port, under a stripped prefix and under one that is left in place.
func TestHandlerServesPageAndFilesUnderAnyPrefix(t *testing.T) {
	t.Parallel()
	h := chat.Handler()
	for target, want := range map[string]int{
		"/":                             http.StatusOK,
		"/dev/line/":                    http.StatusOK,
		"/static/app.js":                http.StatusOK,
		"/dev/line/static/chat.css":     http.StatusOK,
		"/static/":                      http.StatusNotFound,
		"/static/missing.js":            http.StatusNotFound,
		"/static/../index.html":         http.StatusNotFound,
		"/static/%2e%2e/%2e%2e/chat.go": http.StatusNotFound,
		"/elsewhere":                    http.StatusNotFound,
	} {
		res := get(t, h, http.MethodGet, target, nil)
		if err := res.Body.Close(); err != nil {
			t.Error(err)
		}
		if res.StatusCode != want {
			t.Errorf("GET %s: %d, want %d", target, res.StatusCode, want)
		}
	}
	res := get(t, h, http.MethodPost, "/", nil)
	if err := res.Body.Close(); err != nil {
		t.Error(err)
	}
	if res.StatusCode != http.StatusMethodNotAllowed || res.Header.Get("Allow") == "" {
		t.Errorf("POST: %d, Allow %q", res.StatusCode, res.Header.Get("Allow"))
	}
}

func TestHandlerGuardsThePage(t *testing.T) {
	t.Parallel()
	h := chat.Handler()
	res := get(t, h, http.MethodGet, "/", nil)
	if err := res.Body.Close(); err != nil {
		t.Error(err)
	}
	policy := res.Header.Get("Content-Security-Policy")
	for _, part := range []string{"default-src 'none'", "script-src 'self';", "style-src 'self';", "base-uri 'none'", "form-action 'none'"} {
		if !strings.Contains(policy, part) {
			t.Errorf("content security policy has no %q: %s", part, policy)
		}
	}
	if strings.Contains(policy, "unsafe") {
		t.Errorf("content security policy is open: %s", policy)
	}
	if got := res.Header.Get("X-Content-Type-Options"); got != "nosniff" {
		t.Errorf("X-Content-Type-Options %q", got)
	}
	again := get(t, h, http.MethodGet, "/", http.Header{"If-None-Match": {res.Header.Get("ETag")}})
	if err := again.Body.Close(); err != nil {
		t.Error(err)
	}
	if again.StatusCode != http.StatusNotModified {
		t.Errorf("unchanged page: %d, want 304", again.StatusCode)
	}
}

// Every script, style and picture that the files name is there, nothing is loaded from another host and nothing in them
// would parse a message as HTML.
func TestAssetsAreWholeAndSafe(t *testing.T) {
	t.Parallel()
	h := chat.Handler()
	files := os.DirFS("page")
	named := regexp.MustCompile(`(?:from "\./|src="|href=")([\w./-]+\.(?:js|css|svg))"`)
	hosts := regexp.MustCompile(`https?:\\?/\\?/[a-z0-9.-]+`)
	unsafe := regexp.MustCompile(`innerHTML|outerHTML|insertAdjacentHTML|document\.write|eval\(|new Function|\son[a-z]+="| style="`)
	known := map[string]bool{"http://www.w3.org": true, "https://line": true}
	err := fs.WalkDir(files, ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		text, err := fs.ReadFile(files, name)
		if err != nil {
			return err
		}
		for _, m := range named.FindAllStringSubmatch(string(text), -1) {
			target := "/static/" + path.Base(m[1])
			res := get(t, h, http.MethodGet, target, nil)
			if err := res.Body.Close(); err != nil {
				return err
			}
			if res.StatusCode != http.StatusOK {
				t.Errorf("%s names %s: %d", name, m[1], res.StatusCode)
			}
		}
		for _, host := range hosts.FindAllString(strings.ReplaceAll(string(text), `\/`, "/"), -1) {
			if !known[host] {
				t.Errorf("%s speaks of the host %s", name, host)
			}
		}
		if found := unsafe.FindString(string(text)); found != "" {
			t.Errorf("%s has %q", name, found)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}
