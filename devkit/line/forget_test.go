package line

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"
)

// A chat in which all was delivered leaves nothing behind that grows with the number of chats.
func TestQueuesOfQuietChatsGo(t *testing.T) {
	t.Parallel()
	hook := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
	t.Cleanup(hook.Close)
	sim, err := New(Config{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := sim.Close(); err != nil {
			t.Error(err)
		}
	})
	c := Channel{Destination: "U" + strings.Repeat("a", 32), Secret: "s", AccessToken: "t", WebhookURL: hook.URL}
	if err := sim.AddChannel(c); err != nil {
		t.Fatal(err)
	}
	const people = 20
	for i := range people {
		u := userRow{ID: userID(fmt.Sprint(i)), Name: "ตัวอย่าง"}
		sim.mu.Lock()
		sim.state.users.put(u.ID, u)
		_, err := sim.befriend(actor{channel: sim.channels[c.Destination], user: u, chat: u.ID})
		sim.mu.Unlock()
		if err != nil {
			t.Fatal(err)
		}
	}
	waiting := func() (queues, deliveries int) {
		sim.mu.Lock()
		defer sim.mu.Unlock()
		return len(sim.queues), len(sim.state.deliveries.rows)
	}
	for end := time.Now().Add(30 * time.Second); ; time.Sleep(10 * time.Millisecond) {
		queues, deliveries := waiting()
		if queues == 0 && deliveries == 0 {
			return
		}
		if time.Now().After(end) {
			t.Fatalf("%d queues and %d deliveries are left", queues, deliveries)
		}
	}
}
