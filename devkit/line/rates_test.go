package line_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"saphan/devkit/line"
)

// Row 69: every limit of section 2.5, for each endpoint on its own: the last call of the bucket
// passes, the one after it does not, and neither another method nor another channel notices.
func TestRow69EveryLimit(t *testing.T) {
	t.Parallel()
	menu, alias := "richmenu-"+strings.Repeat("0", 32), "a"
	for _, tc := range []struct {
		calls  int
		method string
		path   string
	}{
		{60, "POST", "/v2/bot/message/narrowcast"}, {60, "POST", "/v2/bot/message/broadcast"},
		{60, "GET", "/v2/bot/insight/message/delivery"}, {60, "GET", "/v2/bot/insight/followers"},
		{60, "GET", "/v2/bot/insight/demographic"}, {60, "GET", "/v2/bot/insight/message/event"},
		{60, "GET", "/v2/bot/insight/message/event/aggregation"}, {60, "GET", "/v2/bot/insight/richmenu/" + menu + "/summary"},
		{60, "GET", "/v2/bot/insight/richmenu/" + menu + "/daily"}, {60, "POST", "/v2/bot/channel/webhook/test"},
		{60, "GET", "/v2/bot/audienceGroup/list"}, {60, "POST", "/v2/bot/audienceGroup/upload"}, {60, "GET", "/v2/bot/audienceGroup/1"},
		{1000, "GET", "/v2/bot/channel/webhook/endpoint"}, {1000, "PUT", "/v2/bot/channel/webhook/endpoint"},
		{100, "POST", "/v2/bot/richmenu"}, {100, "DELETE", "/v2/bot/richmenu/" + menu}, {100, "DELETE", "/v2/bot/richmenu/alias/" + alias},
		{100, "GET", "/v2/bot/richmenu/progress/batch"}, {3, "POST", "/v2/bot/richmenu/batch"}, {10, "GET", "/v2/bot/richmenu/list"},
		{200, "POST", "/v2/bot/message/multicast"}, {200, "GET", "/v2/bot/coupon"}, {200, "POST", "/v2/bot/coupon"},
		{200, "GET", "/v2/bot/membership/list"}, {100, "POST", "/v2/bot/chat/loading/start"}, {370, "POST", "/v2/oauth/accessToken"},
		{2000, "POST", "/v2/bot/message/push"}, {2000, "GET", "/v2/bot/message/quota"},
	} {
		t.Run(tc.method+" "+tc.path, func(t *testing.T) {
			t.Parallel()
			handler := limited(t)
			call := func(method string) int {
				r := httptest.NewRequestWithContext(t.Context(), method, tc.path, nil)
				r.Header.Set("Authorization", "Bearer "+token)
				r.Header.Set("Content-Type", "application/json")
				if strings.HasPrefix(tc.path, "/v2/oauth/") {
					r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
				}
				w := httptest.NewRecorder()
				handler.ServeHTTP(w, r)
				return w.Code
			}
			for i := range tc.calls {
				if status := call(tc.method); status == http.StatusTooManyRequests {
					t.Fatalf("call %d of %d: 429", i+1, tc.calls)
				}
			}
			if status := call(tc.method); status != http.StatusTooManyRequests {
				t.Errorf("call %d: %d, want 429", tc.calls+1, status)
			}
			other := map[string]string{"GET": "POST", "POST": "GET", "PUT": "GET", "DELETE": "GET"}[tc.method]
			if status := call(other); status == http.StatusTooManyRequests {
				t.Errorf("%s of the same path: 429", other)
			}
		})
	}
}

// limited is a simulator in which time stands still, called without a network.
func limited(t *testing.T) http.Handler {
	t.Helper()
	sim, err := line.New(line.Config{Now: newClock().now})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := sim.Close(); err != nil {
			t.Error(err)
		}
	})
	if err := sim.AddChannel(line.Channel{Destination: destination, Secret: secret, AccessToken: token}); err != nil {
		t.Fatal(err)
	}
	return sim.API()
}
