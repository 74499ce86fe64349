// Package chat is the page on which a developer, a tester or a designer sees and plays the citizen's side of a LINE
// conversation. It holds nothing but files: everything it shows comes from the simulator's control API.
package chat

import (
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"net/http"
	"path"
	"strings"
)

//go:embed page
var page embed.FS

// policy lets the page run its own scripts and styles and nothing else. Pictures and sound may come from where a card
// points to: https anywhere, or this machine, which cannot have a certificate for itself.
const policy = "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; font-src 'self'; " +
	"img-src 'self' data: blob: https: http://localhost:* http://127.0.0.1:*; " +
	"media-src 'self' data: blob: https: http://localhost:* http://127.0.0.1:*; " +
	"base-uri 'none'; form-action 'none'; frame-ancestors 'self'"

// Handler serves the chat page. It may be mounted below any prefix, stripped or not: the page itself is every path that
// ends in "/", its files are what follows the last "/static/", and all addresses in it are relative.
func Handler() http.Handler {
	return http.HandlerFunc(serve)
}

func serve(w http.ResponseWriter, r *http.Request) {
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		w.Header().Set("Allow", "GET, HEAD")
		http.Error(w, "method not allowed", http.StatusMethodNotAllowed)
		return
	}
	name, found := asset(r.URL.Path)
	if !found {
		http.NotFound(w, r)
		return
	}
	body, err := page.ReadFile(name)
	if err != nil {
		http.NotFound(w, r)
		return
	}
	sum := sha256.Sum256(body)
	tag := `"` + hex.EncodeToString(sum[:8]) + `"`
	h := w.Header()
	h.Set("Content-Security-Policy", policy)
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Referrer-Policy", "no-referrer")
	h.Set("Cache-Control", "no-cache")
	h.Set("ETag", tag)
	if r.Header.Get("If-None-Match") == tag {
		w.WriteHeader(http.StatusNotModified)
		return
	}
	h.Set("Content-Type", contentType(name))
	if r.Method == http.MethodHead {
		return
	}
	_, _ = w.Write(body) // the browser has gone: there is nobody left to tell
}

// asset turns a request path into the name of an embedded file.
func asset(requested string) (string, bool) {
	if i := strings.LastIndex(requested, "/static/"); i >= 0 {
		return "page/static/" + requested[i+len("/static/"):], true
	}
	if requested == "" || strings.HasSuffix(requested, "/") {
		return "page/index.html", true
	}
	return "", false
}

func contentType(name string) string {
	switch path.Ext(name) {
	case ".html":
		return "text/html; charset=utf-8"
	case ".css":
		return "text/css; charset=utf-8"
	case ".js":
		return "text/javascript; charset=utf-8"
	case ".svg":
		return "image/svg+xml"
	default:
		return "application/octet-stream"
	}
}
