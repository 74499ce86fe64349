package sms_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	gateway "saphan/citizens/sms"
	"saphan/devkit/sms"
)

// What the product's own gateway posts is shown, once.
func TestInbox(t *testing.T) {
	t.Parallel()
	inbox, err := sms.New(time.Now)
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(http.StripPrefix("/dev/sms", inbox.Handler()))
	defer server.Close()
	g, err := gateway.New(gateway.Config{URL: server.URL + "/dev/sms/send"})
	if err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if err := g.Text(t.Context(), "code-1", "+66812345678", "รหัส 123456 <b>"); err != nil {
			t.Fatal(err)
		}
	}
	if got := inbox.Messages(); len(got) != 1 || got[0].To != "+66812345678" || got[0].Text != "รหัส 123456 <b>" {
		t.Errorf("got %+v", got)
	}
	w := httptest.NewRecorder()
	inbox.Handler().ServeHTTP(w, httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/", http.NoBody))
	if page := w.Body.String(); !strings.Contains(page, "081 234 5678") || !strings.Contains(page, "รหัส 123456 &lt;b&gt;") {
		t.Errorf("the page is %s", page)
	}
}
