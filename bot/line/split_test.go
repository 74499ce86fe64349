package line

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/json"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"saphan/agencies"
	"saphan/bot"
)

// Row 4: HMAC accepts an empty key; we do not.
func TestRow4EmptySecretNeverValidates(t *testing.T) {
	t.Parallel()
	body := []byte(`{"events":[]}`)
	mac := hmac.New(sha256.New, nil)
	mac.Write(body)
	if signedBy("", body, mac.Sum(nil)) {
		t.Error("a body signed with the empty secret was believed")
	}
	c := agencies.Channel{Secret: "s", OldUntil: time.Now().Add(time.Hour)} // an overlap, but with nothing
	if signedFor(c, body, mac.Sum(nil), time.Now()) {
		t.Error("a body signed with the empty old secret was believed")
	}
}

var received = time.Date(2026, 11, 21, 9, 0, 0, 0, time.UTC)

// storable says what is wrong with an event for the database; empty: nothing.
func storable(e bot.Raw) string {
	for _, s := range []string{e.EventID, e.Source, e.MessageID, e.Problem} {
		switch {
		case strings.ContainsRune(s, 0):
			return "zero byte"
		case !utf8.ValidString(s):
			return "not UTF-8"
		case len(s) > longestName:
			return "too long to be indexed"
		}
	}
	switch {
	case e.EventID == "":
		return "no name"
	case e.At.Year() < 2011 || e.At.After(e.ReceivedAt.Add(24*time.Hour)):
		return "at an impossible time"
	case !json.Valid(e.Body) && (e.Problem == "" || len(e.Body) > 0): // of a group nothing may be left
		return "body is not the event's JSON"
	}
	return ""
}

// FuzzSplit: whatever is delivered, nothing panics and every event can be stored, under the same
// name when it comes again.
func FuzzSplit(f *testing.F) {
	f.Add([]byte(`{"destination":"U0123456789abcdef0123456789abcdef","events":[]}`))
	f.Add([]byte(`{"events":[{"type":"message","webhookEventId":"01A","timestamp":1764000000000,"source":{"type":"user","userId":"U1"},"message":{"id":"1","type":"text","text":"x"}}]}`))
	f.Add([]byte(`{"events":[null,1,"x",{},{"type":"message","source":null},{"webhookEventId":"a\u0000b","type":"unsend","unsend":{"messageId":"1"}}]}`))
	f.Add([]byte(`{"events":[{"type":"follow","webhookEventId":"01B","timestamp":9223372036854775807,"source":{"type":"user","userId":"Udeadbeefdeadbeefdeadbeefdeadbeef"}}]}`))
	f.Fuzz(func(t *testing.T, body []byte) {
		events, err := split(body, 1, received)
		if err != nil {
			return
		}
		again, err := split(body, 1, received)
		if err != nil || len(again) != len(events) {
			t.Fatalf("the same body was split otherwise the second time: %v", err)
		}
		for i, e := range events {
			if problem := storable(e); problem != "" {
				t.Errorf("%s: %+v", problem, e)
			}
			if again[i].EventID != e.EventID {
				t.Errorf("event %d was called %q, then %q", i, e.EventID, again[i].EventID)
			}
		}
	})
}

// FuzzDecode: whatever is stored, nothing panics, and what comes out can be kept.
func FuzzDecode(f *testing.F) {
	for _, s := range []string{
		`{"type":"message","mode":"active","replyToken":"t","webhookEventId":"01A","message":{"id":"1","type":"text","text":"ไฟดับ\u0000"}}`,
		`{"type":"message","webhookEventId":"01A","message":{"id":"2","type":"file","fileName":"../ใบ.pdf","fileSize":5000000000}}`,
		`{"type":"message","webhookEventId":"01A","message":{"id":"3","type":"location","title":"บ้าน","latitude":1e308,"longitude":-200}}`,
		`{"type":"message","webhookEventId":"01A","message":{"id":"4","type":"image","contentProvider":{"type":"external","originalContentUrl":"http://127.0.0.1/"}}}`,
		`{"type":"postback","webhookEventId":"01A","postback":{"data":"v1|menu","params":{"date":"2026-11-21","new":7}}}`,
		`{"type":"unsend","webhookEventId":"01A","unsend":{"messageId":"4"}}`,
		`{"type":"follow","webhookEventId":"01A"}`, `{"type":"beacon","mode":"standby"}`, `null`, `[]`, ``,
	} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		got, err := (&Channel{}).Decode(bot.Event{ID: 7, Body: body, At: received, ReceivedAt: received})
		if err != nil {
			if len(body) > 40 && strings.Contains(err.Error(), string(body)) {
				t.Errorf("the error quotes the event: %v", err)
			}
			return
		}
		m := got.Message
		if m.ID == "" || m.Kind == "" || strings.ContainsRune(m.Text+m.Data+m.Picked+got.FileName+got.ReplyToken, 0) {
			t.Errorf("decoded %+v", got)
		}
		if len(m.ID) > longestName+len("event:") && !strings.HasPrefix(m.ID, "event:") {
			t.Errorf("message is called %.80q", m.ID)
		}
		if p := m.Place; p != nil && (p.Latitude < -90 || p.Latitude > 90 || p.Longitude < -180 || p.Longitude > 180 || strings.ContainsRune(p.Title+p.Address, 0)) {
			t.Errorf("a place that is none: %+v", p)
		}
	})
}
