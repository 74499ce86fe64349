package checklist

import (
	"bytes"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/go-chi/chi/v5"

	"saphan/devkit/testhouse"
	"saphan/permits"
	"saphan/portal"
	"saphan/tickets"
)

// Row 50: the link on the card of a permit opens its document until it ends, and not a day longer.
func TestRow50LinkEnds(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	p, err := portal.New(portal.Deps{
		DB: h.Pool, Permits: h.Permits, Files: h.Files, Now: h.Now, Logger: h.Log, BaseURL: testhouse.BaseURL, Desk: h.Desk, Box: h.Box, Jobs: h.Client,
	})
	must(t, err)
	pages := chi.NewRouter()
	p.Routes(pages)
	get := func(address string) *httptest.ResponseRecorder {
		w := httptest.NewRecorder()
		pages.ServeHTTP(w, httptest.NewRequestWithContext(t.Context(), http.MethodGet, address, http.NoBody))
		return w
	}
	ticket := h.File("hazardous-business", testhouse.Business()...)
	h.Decides(tickets.Decision{TicketID: ticket.ID, Outcome: tickets.Approve, Reason: "ครบถ้วน"})
	h.Settled()
	var links []string
	for _, b := range h.Answers() {
		links = append(links, testhouse.Links(b.Message)...)
	}
	i := slices.IndexFunc(links, func(link string) bool { return strings.Contains(link, "/p/") && strings.Contains(link, "?k=") })
	if i < 0 {
		t.Fatalf("no link to the permit: %q", links)
	}
	address, err := url.Parse(links[i])
	must(t, err)
	page := get(address.RequestURI())
	address.Path += "/document"
	document := address.RequestURI()
	if page.Code != http.StatusOK || !strings.Contains(page.Body.String(), "/document?k=") {
		t.Errorf("the page of the permit: %d, without a way to the document", page.Code)
	}
	const day = 24 * time.Hour
	for _, c := range []struct {
		later  time.Duration
		status int
	}{{0, http.StatusOK}, {permits.LinkLife - day, http.StatusOK}, {2 * day, http.StatusForbidden}} {
		h.Later(c.later)
		got := get(document)
		if is := bytes.HasPrefix(got.Body.Bytes(), []byte("%PDF-")); got.Code != c.status || is != (c.status == http.StatusOK) {
			t.Errorf("%s later: %d, a document: %t", c.later, got.Code, is)
		}
	}
	// The token cannot be made to last longer, and opens no other permit.
	now, until := address.Query().Get("k"), time.Now().Add(10*permits.LinkLife)
	end, _, _ := strings.Cut(h.Permits.Token("another number", until), ".")
	_, sum, _ := strings.Cut(now, ".")
	for _, k := range []string{end + "." + sum, h.Permits.Token("another number", until), ""} {
		address.RawQuery = url.Values{"k": {k}}.Encode()
		if got := get(address.RequestURI()); got.Code != http.StatusForbidden {
			t.Errorf("with %q: %d", k, got.Code)
		}
	}
}
