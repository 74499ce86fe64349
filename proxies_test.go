package main

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/go-chi/chi/v5"

	"saphan/internal/network"
	"saphan/internal/pgtest"
)

// Limits count by the network that a request comes from: the one that the proxies saw, and nobody else's word for it.
func TestProxies(t *testing.T) {
	t.Parallel()
	h := built(t, pgtest.URL(t))
	t.Cleanup(h.close)
	const client, other, proxy = "203.0.113.7", "198.51.100.9", "10.1.2.3:5000"
	for name, c := range map[string]struct {
		proxies, from string
		forwarded     []string
		want          string
	}{
		"nobody in front":                {"", client + ":4000", nil, client},
		"a proxy on this machine":        {"", "127.0.0.1:4000", []string{client}, client},
		"and by the newer kind":          {"", "[::1]:4000", []string{"2001:db8::1"}, "2001:db8::/64"},
		"the sender's own word":          {"", client + ":4000", []string{other}, client},
		"the sender's word to the proxy": {"", "127.0.0.1:4000", []string{other + ", " + client}, client},
		"in a line of its own":           {"", "127.0.0.1:4000", []string{other, client}, client},
		"two proxies":                    {"10.1.2.0/24, 10.9.9.9", proxy, []string{other + ", " + client + ", 10.9.9.9"}, client},
		"a proxy nobody told of":         {"", proxy, []string{client}, "10.1.2.3"},
		"only that one":                  {"10.1.2.3", "127.0.0.1:4000", []string{client}, "127.0.0.1"},
		"not a word from the proxy":      {"", "127.0.0.1:4000", nil, "127.0.0.1"},
		"nonsense from the proxy":        {"", "127.0.0.1:4000", []string{client + ", nobody"}, "127.0.0.1"},
	} {
		cfg, err := readConfig(func(name string) string { return map[string]string{"PROXIES": c.proxies}[name] })
		if err != nil {
			t.Fatal(err)
		}
		h.cfg.Proxies = cfg.Proxies
		var got string
		handler := h.routes(func(r chi.Router) {
			r.Get("/seen", func(_ http.ResponseWriter, r *http.Request) { got = network.Of(r.RemoteAddr) })
		})
		r := httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/seen", nil)
		r.RemoteAddr, r.Header["X-Forwarded-For"] = c.from, c.forwarded
		handler.ServeHTTP(httptest.NewRecorder(), r)
		if got != c.want {
			t.Errorf("%s: comes from %q, want %q", name, got, c.want)
		}
	}
	if _, err := readConfig(func(name string) string { return map[string]string{"PROXIES": "10.1.2.0/24,office"}[name] }); err == nil ||
		!strings.Contains(err.Error(), "PROXIES") || !strings.Contains(err.Error(), `"office"`) {
		t.Errorf("nonsense is taken, or not told plainly: %v", err)
	}
}
