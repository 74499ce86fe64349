package line

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// slowBot answers webhooks 200 after some time, and keeps the events that it got.
type slowBot struct {
	takes time.Duration
	got   chan arrival
}

type arrival struct {
	event
	at time.Time
}

// RoundTrip implements http.RoundTripper.
func (b *slowBot) RoundTrip(r *http.Request) (*http.Response, error) {
	var hook struct {
		Events []event `json:"events"`
	}
	if err := json.NewDecoder(r.Body).Decode(&hook); err != nil {
		return nil, err
	}
	b.got <- arrival{hook.Events[0], time.Now()}
	select {
	case <-time.After(b.takes):
		return &http.Response{StatusCode: http.StatusOK, Body: io.NopCloser(strings.NewReader("")), Request: r}, nil
	case <-r.Context().Done():
		return nil, r.Context().Err()
	}
}

// Row 58: a bot that answers just within two seconds has taken the event; just after, it gets it again
// as soon as the schedule says.
func TestRow58TwoSeconds(t *testing.T) {
	t.Parallel()
	for takes, again := range map[time.Duration]bool{2*time.Second - time.Millisecond: false, 2*time.Second + time.Millisecond: true} {
		synctest.Test(t, func(t *testing.T) { // time passes only when everybody waits
			sim, err := New(Config{})
			if err != nil {
				t.Fatal(err)
			}
			defer func() {
				if err := sim.Close(); err != nil {
					t.Error(err)
				}
			}()
			bot := &slowBot{takes: takes, got: make(chan arrival, 100)}
			sim.client.Transport = bot
			if err := sim.AddChannel(Channel{
				Destination: "U" + strings.Repeat("0", 32), Secret: "s", AccessToken: "t", WebhookURL: "http://127.0.0.1:1/", Redelivery: true,
			}); err != nil {
				t.Fatal(err)
			}
			act := httptest.NewRequestWithContext(t.Context(), http.MethodPost, "/control/chats/"+userID(citizens[0])+"/text", strings.NewReader(`{"text":"ช้า"}`))
			sim.Handler().ServeHTTP(httptest.NewRecorder(), act)
			first := <-bot.got
			time.Sleep(time.Minute)
			synctest.Wait()
			if (len(bot.got) > 0) != again {
				t.Fatalf("answered after %s: %d redeliveries, want any: %v", takes, len(bot.got), again)
			}
			if !again {
				return
			}
			second := <-bot.got
			if second.WebhookEventID != first.WebhookEventID || !second.DeliveryContext.IsRedelivery {
				t.Errorf("redelivered as %+v after %+v", second, first)
			}
			if wait := second.at.Sub(first.at); wait < 3*time.Second || wait > 4*time.Second {
				t.Errorf("redelivered after %s, want two seconds of waiting and the first second of the schedule", wait)
			}
		})
	}
}
