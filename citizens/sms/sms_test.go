package sms_test

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"saphan/citizens"
	"saphan/citizens/sms"
)

func TestText(t *testing.T) {
	t.Parallel()
	type seen struct{ kind, auth, key, body string }
	var got seen
	status := http.StatusAccepted
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		b, err := io.ReadAll(r.Body)
		if err != nil {
			t.Error(err)
		}
		got = seen{r.Header.Get("Content-Type"), r.Header.Get("Authorization"), r.Header.Get("Idempotency-Key"), string(b)}
		w.Header().Set("Location", "/elsewhere")
		w.WriteHeader(status)
	}))
	defer server.Close()
	for _, try := range []struct {
		cfg  sms.Config
		want seen
	}{
		{sms.Config{}, seen{"application/json", "", "7", `{"to":"+66812345678","text":"รหัส \"1\" & 2\n#3"}`}},
		{sms.Config{Token: "t", Body: "msisdn={{query .To}}&message={{query .Text}}&sender=OTP", Type: "application/x-www-form-urlencoded"},
			seen{"application/x-www-form-urlencoded", "Bearer t", "7", "msisdn=0812345678&message=%E0%B8%A3%E0%B8%AB%E0%B8%B1%E0%B8%AA+%221%22+%26+2%0A%233&sender=OTP"}},
	} {
		try.cfg.URL = server.URL
		g, err := sms.New(try.cfg)
		if err != nil {
			t.Fatal(err)
		}
		if err := g.Text(t.Context(), "7", "+66812345678", "รหัส \"1\" & 2\n#3"); err != nil || got != try.want {
			t.Errorf("%v\n got %q\nwant %q", err, got, try.want)
		}
	}
	g, err := sms.New(sms.Config{URL: server.URL})
	if err != nil {
		t.Fatal(err)
	}
	for code, refused := range map[int]bool{400: true, 422: true, 404: true, 401: false, 403: false, 408: false, 429: false, 500: false, 503: false, 302: false} {
		status = code
		err := g.Text(t.Context(), "7", "+66812345678", "x")
		if err == nil || errors.Is(err, citizens.ErrTextRefused) != refused || strings.Contains(fmt.Sprint(err), "8123") {
			t.Errorf("%d: %v", code, err)
		}
	}
	server.Close()
	if err := g.Text(t.Context(), "7", "+66812345678", "x"); err == nil || errors.Is(err, citizens.ErrTextRefused) || strings.Contains(err.Error(), "http") {
		t.Errorf("nobody there: %v", err)
	}
}

func TestNew(t *testing.T) {
	t.Parallel()
	for what, c := range map[string]sms.Config{
		"no address":       {},
		"plain http":       {URL: "http://sms.example.com"},
		"a broken body":    {URL: "https://sms.example.com", Body: "{{.To"},
		"an unknown field": {URL: "https://sms.example.com", Body: "{{.Phone}}"},
		"not JSON":         {URL: "https://sms.example.com", Body: `{"text":"{{.Text}}"}`},
	} {
		if _, err := sms.New(c); err == nil {
			t.Errorf("%s is accepted", what)
		}
	}
}
