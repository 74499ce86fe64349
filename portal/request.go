package portal

import (
	"net/http"
	"strconv"
	"strings"

	"github.com/go-chi/chi/v5"
)

// routeOf is the pattern that matched, without what stands in it.
func routeOf(r *http.Request) string {
	if c := chi.RouteContext(r.Context()); c != nil && c.RoutePattern() != "" {
		return c.RoutePattern()
	}
	return "unknown"
}

// wantsJSON reports whether the asker prefers JSON to HTML, by the weights it gave.
func wantsJSON(r *http.Request) bool {
	return weight(r, "application/json") > weight(r, "text/html")
}

// weight is how much the asker wants a media type: 0 when it names neither it nor a group it belongs to.
func weight(r *http.Request, media string) float64 {
	group, _, _ := strings.Cut(media, "/")
	best, exactness := 0.0, -1
	for _, header := range r.Header.Values("Accept") {
		for part := range strings.SplitSeq(header, ",") {
			name, params, _ := strings.Cut(strings.TrimSpace(part), ";")
			exact := map[string]int{media: 2, group + "/*": 1, "*/*": 0}
			e, ok := exact[strings.ToLower(strings.TrimSpace(name))]
			if !ok || e < exactness {
				continue
			}
			q := 1.0
			for param := range strings.SplitSeq(params, ";") {
				if v, ok := strings.CutPrefix(strings.TrimSpace(param), "q="); ok {
					if f, err := strconv.ParseFloat(v, 64); err == nil && f >= 0 && f <= 1 {
						q = f
					}
				}
			}
			best, exactness = q, e
		}
	}
	return best
}
