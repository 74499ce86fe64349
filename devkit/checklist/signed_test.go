package checklist

import (
	"bytes"
	"io"
	"net/http"
	"net/http/httptest"
	"testing"

	"saphan/devkit/testhouse"
)

// delivered is a delivery as it came over the wire.
type delivered struct {
	header http.Header
	body   []byte
}

// capture has LINE deliver to a server that only keeps what comes, while the citizen does something.
func (h *house) capture(act func()) (d delivered) {
	h.T.Helper()
	server := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err == nil {
			d = delivered{r.Header.Clone(), body}
		}
	}))
	defer server.Close()
	h.Deliver(h.Account, server.URL, false)
	act()
	h.Deliver(h.Account, h.HookURL, true)
	if len(d.body) == 0 {
		h.T.Fatal("nothing was delivered")
	}
	return d
}

// posted is what the webhook answers to a delivery.
func (h *house) posted(d delivered) int {
	r := httptest.NewRequestWithContext(h.T.Context(), http.MethodPost, "/line/webhook", bytes.NewReader(d.body))
	r.Header = d.header.Clone()
	w := httptest.NewRecorder()
	h.Hook.ServeHTTP(w, r)
	return w.Code
}

// Row 57: what the simulator delivers, our webhook takes (row 1); with any byte changed, it does not (row 2). The
// two compute the signature each in their own way.
func TestRow57SignedForTheWebhook(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.Follow()
	for what, act := range map[string]func(){
		"words":   func() { h.Tries("text", map[string]any{"text": "ไฟถนนดับ 😀 <b>& \"\\u0e01\"  "}) },
		"a photo": func() { h.Sends("image", "a.jpg", testhouse.Photo(t, 0)) },
		"a tap":   func() { h.Tries("postback", map[string]any{"data": startQuestion}) },
	} {
		d := h.capture(act)
		stored := h.Count(`SELECT count(*) FROM inbound_events`)
		for _, at := range []int{0, len(d.body) / 3, len(d.body) / 2, len(d.body) - 1} {
			bad := delivered{d.header, bytes.Clone(d.body)}
			bad.body[at] ^= 1
			if status := h.posted(bad); status != http.StatusUnauthorized {
				t.Errorf("%s with byte %d of %d changed: %d", what, at, len(d.body), status)
			}
		}
		for name, body := range map[string][]byte{"one byte more": append(bytes.Clone(d.body), ' '), "one byte less": d.body[:len(d.body)-1]} {
			if status := h.posted(delivered{d.header, body}); status != http.StatusUnauthorized {
				t.Errorf("%s with %s: %d", what, name, status)
			}
		}
		signature := d.header.Get("X-Line-Signature")
		for i := range signature[:len(signature)-2] { // the last letter before the padding has bits that say nothing
			bad := delivered{d.header.Clone(), d.body}
			letter := byte('A')
			if signature[i] == letter {
				letter = 'B'
			}
			bad.header.Set("X-Line-Signature", signature[:i]+string(letter)+signature[i+1:])
			if status := h.posted(bad); status != http.StatusUnauthorized {
				t.Errorf("%s with letter %d of the signature changed: %d", what, i, status)
			}
		}
		h.Is(stored, "events stored by what was changed", `SELECT count(*) FROM inbound_events`)
		if status := h.posted(d); status != http.StatusOK {
			t.Errorf("%s: %d", what, status)
		}
		h.Is(stored+1, "events stored", `SELECT count(*) FROM inbound_events`)
	}
	h.Settled()
}
