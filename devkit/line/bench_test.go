package line_test

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"testing"

	"saphan/devkit/line"
)

// BenchmarkPush tells whether the simulator keeps up with the 2,000 sends a second that LINE allows.
func BenchmarkPush(b *testing.B) {
	sim, err := line.New(line.Config{Dir: b.TempDir()})
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() {
		if err := sim.Close(); err != nil {
			b.Error(err)
		}
	})
	if err := sim.AddChannel(line.Channel{Destination: destination, Secret: secret, AccessToken: token}); err != nil {
		b.Fatal(err)
	}
	settings := sim.Settings()
	settings.Rate = 1e9
	if err := sim.Set(settings); err != nil {
		b.Fatal(err)
	}
	handler := sim.Handler()
	users := httptest.NewRecorder()
	handler.ServeHTTP(users, httptest.NewRequestWithContext(b.Context(), http.MethodGet, "/control/users", nil))
	var list []struct{ ID string }
	if err := json.Unmarshal(users.Body.Bytes(), &list); err != nil {
		b.Fatal(err)
	}
	follow := httptest.NewRecorder()
	handler.ServeHTTP(follow, httptest.NewRequestWithContext(b.Context(), http.MethodPost, "/control/chats/"+list[0].ID+"/follow", nil))
	if follow.Code != http.StatusOK {
		b.Fatal(follow.Body.String())
	}
	body := []byte(`{"to":"` + list[0].ID + `","messages":[` + quickOf(okAction) + `,` + goodMessages()["flex all blocks"] + `]}`)
	b.ReportAllocs()
	for b.Loop() {
		r := httptest.NewRequestWithContext(b.Context(), http.MethodPost, "/api/v2/bot/message/push", io.NopCloser(bytes.NewReader(body)))
		r.Header.Set("Authorization", "Bearer "+token)
		r.Header.Set("Content-Type", "application/json")
		w := httptest.NewRecorder()
		handler.ServeHTTP(w, r)
		if w.Code != http.StatusOK {
			b.Fatal(w.Body.String())
		}
	}
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "pushes/s")
}
