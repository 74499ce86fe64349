package portal_test

import (
	"net/http"
	"testing"
)

// Whoever types the bare address finds the ways on, and whoever follows a broken link hears what to do.
func TestFrontAndLost(t *testing.T) {
	t.Parallel()
	s := newStand(t)
	res, page := s.get(t, "/")
	if res.StatusCode != http.StatusOK {
		t.Fatalf("the bare address answers %d", res.StatusCode)
	}
	holds(t, page, `href="/verify"`, `href="/admin/"`)

	res, page = s.get(t, "/no/such/page")
	if res.StatusCode != http.StatusNotFound || res.Header.Get("Content-Security-Policy") == "" {
		t.Errorf("a broken link: %d %v", res.StatusCode, res.Header)
	}
	holds(t, page, "ไม่มีหน้านี้")
}
