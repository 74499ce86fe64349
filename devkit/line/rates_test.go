package line_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"saphan/devkit/line"
)

// Row 69: every limit of section 2.5, for each endpoint on its own: the last call of the bucket
// passes, the one after it does not, and neither another method nor another channel notices. Nine
// tenths of the time that one call takes to come back are not enough, eleven tenths are.
func TestRow69EveryLimit(t *testing.T) {
	t.Parallel()
	menu, alias := "richmenu-"+strings.Repeat("0", 32), "a"
	for _, tc := range []struct {
		calls  int
		per    time.Duration
		method string
		path   string
	}{
		{60, time.Hour, "POST", "/v2/bot/message/narrowcast"},
		{60, time.Hour, "POST", "/v2/bot/message/broadcast"},
		{60, time.Hour, "GET", "/v2/bot/insight/message/delivery"},
		{60, time.Hour, "GET", "/v2/bot/insight/followers"},
		{60, time.Hour, "GET", "/v2/bot/insight/demographic"},
		{60, time.Hour, "GET", "/v2/bot/insight/message/event"},
		{60, time.Hour, "GET", "/v2/bot/insight/message/event/aggregation"},
		{60, time.Hour, "GET", "/v2/bot/insight/richmenu/" + menu + "/summary"},
		{60, time.Hour, "GET", "/v2/bot/insight/richmenu/" + menu + "/daily"},
		{60, time.Hour, "POST", "/v2/bot/channel/webhook/test"},
		{60, time.Minute, "GET", "/v2/bot/audienceGroup/list"},
		{60, time.Minute, "POST", "/v2/bot/audienceGroup/upload"},
		{60, time.Minute, "GET", "/v2/bot/audienceGroup/1"},
		{1000, time.Minute, "GET", "/v2/bot/channel/webhook/endpoint"},
		{1000, time.Minute, "PUT", "/v2/bot/channel/webhook/endpoint"},
		{100, time.Hour, "POST", "/v2/bot/richmenu"},
		{100, time.Hour, "DELETE", "/v2/bot/richmenu/" + menu},
		{100, time.Hour, "DELETE", "/v2/bot/richmenu/alias/" + alias},
		{100, time.Hour, "GET", "/v2/bot/richmenu/progress/batch"},
		{3, time.Hour, "POST", "/v2/bot/richmenu/batch"},
		{10, time.Second, "GET", "/v2/bot/richmenu/list"},
		{200, time.Second, "POST", "/v2/bot/message/multicast"},
		{200, time.Second, "GET", "/v2/bot/coupon"},
		{200, time.Second, "POST", "/v2/bot/coupon"},
		{200, time.Second, "GET", "/v2/bot/membership/list"},
		{100, time.Second, "POST", "/v2/bot/chat/loading/start"},
		{370, time.Second, "POST", "/v2/oauth/accessToken"},
		{2000, time.Second, "POST", "/oauth2/v3/token"},
		{2000, time.Second, "POST", "/v2/bot/message/push"},
		{2000, time.Second, "GET", "/v2/bot/message/quota"},
	} {
		t.Run(tc.method+" "+tc.path, func(t *testing.T) {
			t.Parallel()
			c := newClock()
			handler := limited(t, c)
			call := func(method string, by account) int {
				w := httptest.NewRecorder()
				handler.ServeHTTP(w, by.request(t, method, tc.path))
				return w.Code
			}
			for i := range tc.calls {
				if status := call(tc.method, ours); status == http.StatusTooManyRequests {
					t.Fatalf("call %d of %d: 429", i+1, tc.calls)
				}
			}
			if status := call(tc.method, ours); status != http.StatusTooManyRequests {
				t.Errorf("call %d: %d, want 429", tc.calls+1, status)
			}
			if status := call(tc.method, theirs); status == http.StatusTooManyRequests {
				t.Error("another channel: 429")
			}
			other := map[string]string{"GET": "POST", "POST": "GET", "PUT": "GET", "DELETE": "GET"}[tc.method]
			if status := call(other, ours); status == http.StatusTooManyRequests {
				t.Errorf("%s of the same path: 429", other)
			}
			one := tc.per / time.Duration(tc.calls)
			c.add(one * 9 / 10)
			if status := call(tc.method, ours); status != http.StatusTooManyRequests {
				t.Errorf("%s later: %d, want 429", one*9/10, status)
			}
			c.add(one * 2 / 10)
			if status := call(tc.method, ours); status == http.StatusTooManyRequests {
				t.Errorf("%s later: 429", one*11/10)
			}
		})
	}
}

// account is who calls: by its token or, where a token is asked for, by ID and secret.
type account struct{ destination, id, token, secret string }

//nolint:gochecknoglobals // never written to
var (
	ours   = account{destination, "1000000001", token, secret}
	theirs = account{otherDestination, "1000000002", otherToken, "another-secret"}
)

func (a account) request(t *testing.T, method, path string) *http.Request {
	t.Helper()
	body, kind := "", "application/json"
	if strings.Contains(path, "oauth") {
		body = "grant_type=client_credentials&client_id=" + a.id + "&client_secret=" + a.secret
		kind = "application/x-www-form-urlencoded"
	}
	r := httptest.NewRequestWithContext(t.Context(), method, path, strings.NewReader(body))
	r.Header.Set("Authorization", "Bearer "+a.token)
	r.Header.Set("Content-Type", kind)
	return r
}

// limited is a simulator with two accounts, called without a network.
func limited(t *testing.T, c *clock) http.Handler {
	t.Helper()
	sim, err := line.New(line.Config{Now: c.now})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := sim.Close(); err != nil {
			t.Error(err)
		}
	})
	for _, a := range []account{ours, theirs} {
		if err := sim.AddChannel(line.Channel{Destination: a.destination, ID: a.id, Secret: a.secret, AccessToken: a.token}); err != nil {
			t.Fatal(err)
		}
	}
	return sim.API()
}
