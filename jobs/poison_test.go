package jobs

import (
	"bytes"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"saphan/bot"
	"saphan/bot/line"
)

// brittle is the channel with a fault of the kind that a release may have: it panics over some events.
type brittle struct{ Channel }

func (b brittle) Decode(stored bot.Event) (bot.Received, error) {
	if bytes.Contains(stored.Body, []byte("ทำให้พัง")) {
		panic("index out of range [3] with length 3")
	}
	return b.Channel.Decode(stored)
}

// R12: of 300 events of twelve people one in fifty is poison, of every kind. Each is parked with a
// reason or answered politely, the others have their effect, and everybody's later messages go on.
func TestR12PoisonHarmsNobodyElse(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.Talk()
	h.stop()
	h.Channels = map[string]Channel{line.Kind: brittle{h.Channels[line.Kind]}}
	const people, each, one = 12, 25, 50
	long := strings.Repeat("ก็ไฟดับ", 714) + "ค่ะ" // 5,000 letters and a little
	poison := []string{
		// A panic, words that are no UTF-8, a message that is no message, one with an impossible number, one of an unknown
		// type, and the longest words that LINE lets through, which are none.
		`"message":{"type":"text","id":"%d","text":"ทำให้พัง"}`, "\"message\":{\"type\":\"text\",\"id\":\"%d\",\"text\":\"ก\xff\xfeข\"}", `"message":{"type":"text","id":"%d","text":{"a":1}}`,
		`"message":{"type":"location","id":"%d","latitude":"x","longitude":1}`, `"message":{"type":"hologram","id":"%d","text":7}`, `"message":{"type":"text","id":"%d","text":"` + long + `"}`,
	}
	at, poisoned := time.Now().UnixMilli(), 0
	for n := range people * each {
		person, i := n%people, n/people
		body := fmt.Sprintf(`"message":{"type":"text","id":"%d","text":"คำที่ %d ของ %d"}`, 120000+n, i, person)
		if n%one == one/2 {
			body = fmt.Sprintf(poison[poisoned%len(poison)], 120000+n)
			poisoned++
		}
		raw := fmt.Sprintf(`{"destination":%q,"events":[{"type":"message","webhookEventId":"poison%d","mode":"active","timestamp":%d,"source":{"type":"user","userId":"U%032d"},"deliveryContext":{"isRedelivery":false},%s}]}`,
			h.Account.Destination, n, at+int64(n), person, body)
		h.raw(raw)
	}
	h.stop = h.work()
	waiting := func() int { return h.Count(`SELECT count(*) FROM inbound_events WHERE state = 'waiting'`) }
	for deadline := time.Now().Add(4 * time.Minute); waiting() > 0; time.Sleep(50 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("%d events still wait; jobs: %s", waiting(), strings.Join(h.Undone(), "; "))
		}
		// Retries come within seconds by themselves; the test does not wait for them.
		h.Forgive()
	}
	h.stop() // their answers go to nobody the simulator knows: not what is looked at here
	if n := h.Count(`SELECT count(*) FROM inbound_events WHERE event_id LIKE 'poison%'`) + h.Count(`SELECT count(*) FROM inbound_events WHERE event_id LIKE 'sha256:%'`); n != people*each {
		t.Errorf("%d of %d events are there", n, people*each)
	}
	// Every person's words are there, in their order, but for the poison.
	for person := range people {
		var want []string
		for i := range each {
			if n := i*people + person; n%one != one/2 {
				want = append(want, fmt.Sprintf("คำที่ %d ของ %d", i, person))
			}
		}
		got := h.List(`SELECT m.text FROM messages m JOIN conversations c ON c.id = m.conversation_id WHERE c.source = $1 AND m.text LIKE 'คำที่ %' ORDER BY m.id`, fmt.Sprintf("U%032d", person))
		if !slices.Equal(got, want) {
			t.Errorf("of person %d %d of %d messages were worked on, or out of order", person, len(got), len(want))
		}
	}
	// What cannot be worked on says why, without its words; what only looks odd was kept.
	parked := h.List(`SELECT problem FROM inbound_events WHERE state = 'quarantined' ORDER BY id`)
	if len(parked) != 3 || !slices.Contains(parked, "failed repeatedly") {
		t.Errorf("parked: %q", parked)
	}
	if n := h.Count(`SELECT count(*) FROM messages WHERE text = $1`, long); n != 1 {
		t.Error("5,000 letters were not kept")
	}
	if n := h.Count(`SELECT count(*) FROM messages WHERE text LIKE 'ก%ข' AND length(text) = 4`); n != 1 {
		t.Errorf("words that are no UTF-8: %q", h.List(`SELECT text FROM messages WHERE text LIKE 'ก%' AND length(text) < 10`))
	}
	if n := h.Count(`SELECT count(*) FROM replies WHERE body->>'text' = $1`, bot.FaultReply("th").Text); n != 1 {
		t.Errorf("%d people were told of a failure, want the one", n)
	}
	h.QuietAbout("ทำให้พัง", "คำที่", "ก็ไฟดับ")
}

// raw posts a delivery byte for byte, signed as LINE does.
func (h *house) raw(body string) {
	h.T.Helper()
	mac := hmac.New(sha256.New, []byte(h.Account.Secret))
	mac.Write([]byte(body))
	req, err := http.NewRequestWithContext(h.T.Context(), http.MethodPost, h.HookURL, strings.NewReader(body))
	must(h.T, err)
	req.Header.Set("X-Line-Signature", base64.StdEncoding.EncodeToString(mac.Sum(nil)))
	res, err := http.DefaultClient.Do(req)
	must(h.T, err)
	must(h.T, res.Body.Close())
	if res.StatusCode != http.StatusOK {
		h.T.Fatalf("the webhook answered %d to %q", res.StatusCode, body)
	}
}

// R12: an event that breaks what looks for messages that are taken back is left for its turn, in which it is counted.
func TestR12PoisonThatHintsAtAnUnsend(t *testing.T) {
	t.Parallel()
	broken := bot.Event{Body: []byte(`{"message":{"type":"text","text":"ทำให้พัง unsend"}}`)}
	if takesBack(brittle{}, broken) {
		t.Error("it takes a message back")
	}
}
