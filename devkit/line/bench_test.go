package line_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"

	"saphan/devkit/line"
)

// benchWorld is a simulator without rate limits, with that many friends of its one account.
func benchWorld(b *testing.B, dir string, people int) (http.Handler, []string) {
	b.Helper()
	sim, err := line.New(line.Config{Dir: dir})
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() {
		if err := sim.Close(); err != nil {
			b.Error(err)
		}
	})
	if err := sim.AddChannel(line.Channel{Destination: destination, Secret: secret, AccessToken: token, Provider: "ผู้ให้บริการตัวอย่าง"}); err != nil {
		b.Fatal(err)
	}
	settings := sim.Settings()
	settings.Rate = 1e9
	if err := sim.Set(settings); err != nil {
		b.Fatal(err)
	}
	handler := sim.Handler()
	ids := make([]string, people)
	for i := range ids {
		var user struct{ ID, UserID string }
		ask(b, handler, "/control/users", fmt.Sprintf(`{"name":"ผู้ใช้ที่ %d (ตัวอย่าง)"}`, i), &user)
		ask(b, handler, "/control/chats/"+user.ID+"/follow", `{}`, nil)
		ids[i] = user.UserID
	}
	return handler, ids
}

// ask makes one control call.
func ask(b *testing.B, h http.Handler, path, body string, into any) {
	b.Helper()
	w := httptest.NewRecorder()
	h.ServeHTTP(w, httptest.NewRequestWithContext(b.Context(), http.MethodPost, path, bytes.NewReader([]byte(body))))
	if w.Code != http.StatusOK {
		b.Fatal(path, w.Body.String())
	}
	if into == nil {
		return
	}
	if err := json.Unmarshal(w.Body.Bytes(), into); err != nil {
		b.Fatal(err)
	}
}

// BenchmarkPush tells whether the simulator keeps far above the 2,000 sends a second that LINE
// allows, so that a bot's own speed is measured and not that of the simulator.
func BenchmarkPush(b *testing.B) {
	card := quickOf(okAction) + `,` + goodMessages()["flex all blocks"]
	for _, c := range []struct{ name, messages, dir string }{
		{"text", `{"type":"text","text":"รับเรื่องแล้ว เลขที่ 2569-000123 ติดตามได้ที่เมนู"}`, ""},
		{"text kept on disk", `{"type":"text","text":"รับเรื่องแล้ว เลขที่ 2569-000123 ติดตามได้ที่เมนู"}`, b.TempDir()},
		{"card", card, ""},
		{"card kept on disk", card, b.TempDir()},
	} {
		b.Run(c.name, func(b *testing.B) {
			handler, people := benchWorld(b, c.dir, 200)
			b.ReportAllocs()
			n := 0
			for b.Loop() {
				n++
				body := `{"to":"` + people[n%len(people)] + `","messages":[` + c.messages + `]}`
				r := httptest.NewRequestWithContext(b.Context(), http.MethodPost, "/api/v2/bot/message/push", io.NopCloser(bytes.NewReader([]byte(body))))
				r.Header.Set("Authorization", "Bearer "+token)
				r.Header.Set("Content-Type", "application/json")
				r.Header.Set("X-Line-Retry-Key", fmt.Sprintf("00000000-0000-4000-8000-%012x", n))
				w := httptest.NewRecorder()
				handler.ServeHTTP(w, r)
				if w.Code != http.StatusOK {
					b.Fatal(w.Body.String())
				}
			}
			b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "pushes/s")
		})
	}
}

// BenchmarkPushOverHTTP is the same through real connections, as a bot has them.
func BenchmarkPushOverHTTP(b *testing.B) {
	handler, people := benchWorld(b, b.TempDir(), 200)
	server := httptest.NewServer(handler)
	b.Cleanup(server.Close)
	client := &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: 64}}
	var keys atomic.Int64
	b.ReportAllocs()
	b.SetParallelism(8)
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			n := keys.Add(1)
			body := fmt.Sprintf(`{"to":%q,"messages":[{"type":"text","text":"รับเรื่องแล้ว เลขที่ 2569-000123 ติดตามได้ที่เมนู"}]}`, people[int(n)%len(people)])
			r, err := http.NewRequestWithContext(b.Context(), http.MethodPost, server.URL+"/api/v2/bot/message/push", strings.NewReader(body))
			if err != nil {
				b.Error(err)
				return
			}
			r.Header.Set("Authorization", "Bearer "+token)
			r.Header.Set("Content-Type", "application/json")
			r.Header.Set("X-Line-Retry-Key", fmt.Sprintf("00000000-0000-4000-8000-%012x", n))
			res, err := client.Do(r)
			if err != nil {
				b.Error(err)
				return
			}
			if _, err := io.Copy(io.Discard, res.Body); err != nil || res.StatusCode != http.StatusOK {
				b.Errorf("%d %v", res.StatusCode, err)
			}
			if err := res.Body.Close(); err != nil {
				b.Error(err)
			}
		}
	})
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "pushes/s")
}
