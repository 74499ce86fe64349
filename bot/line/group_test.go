package line

import (
	"strings"
	"testing"
	"time"
)

// Row 54: of an event in a group or room, intake keeps that it happened and what it takes to leave.
func TestRow54WithoutPeople(t *testing.T) {
	t.Parallel()
	body := `{"destination":"U1","events":[
		{"type":"message","mode":"active","webhookEventId":"01A","timestamp":1795253405000,"replyToken":"token","deliveryContext":{"isRedelivery":false},
		 "source":{"type":"group","groupId":"C1","userId":"Uperson"},"message":{"id":"9","type":"text","text":"ความลับ","mention":{"mentionees":[{"userId":"Uother"}]}}},
		{"type":"memberJoined","webhookEventId":"01B","timestamp":1795253405000,"source":{"type":"room","roomId":"R1"},"joined":{"members":[{"type":"user","userId":"Uother"}]}},
		{"type":"message","webhookEventId":"01C","timestamp":1795253405000,"source":{"type":"user","userId":"Uperson"},"message":{"id":"9","type":"text","text":"คำ"}}]}`
	events, err := split([]byte(body), 1, time.UnixMilli(1795253406000))
	if err != nil || len(events) != 3 {
		t.Fatalf("%d events (%v)", len(events), err)
	}
	for _, e := range events[:2] {
		kept := string(e.Body)
		if e.Source != "" || e.MessageID != "" || e.Problem != "" || strings.Contains(kept, "Uperson") || strings.Contains(kept, "Uother") || strings.Contains(kept, "ความลับ") || strings.Contains(kept, `"9"`) {
			t.Errorf("kept %+v %s", e, kept)
		}
	}
	if got := decode(t, string(events[0].Body)); got.Group == nil || got.Group.ID != "C1" || got.ReplyToken != "token" {
		t.Errorf("what is kept does not suffice to leave: %+v", got)
	}
	if e := events[2]; e.Source != "Uperson" || !strings.Contains(string(e.Body), "คำ") {
		t.Errorf("a conversation lost its words: %+v", e)
	}
}

// Rows 15, 27 and 54: what intake puts into quarantine keeps no word of a group either, and of a person it says
// whose it is and which message, so that an unsend and an erasure find it.
func TestRow15QuarantineCanBeForgotten(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct{ event, source, message, body string }{
		"a group's, without its message": {
			`{"type":"message","webhookEventId":"01A","timestamp":1795253405000,"source":{"type":"group","groupId":"C1","userId":"Uperson"},"text":"ความลับ"}`,
			"", "", `{"webhookEventId":"01A","type":"message","timestamp":1795253405000,"source":{"type":"group","groupId":"C1"}}`,
		},
		"a group's, of no name": {
			`{"type":"message","timestamp":1795253405000,"source":{"type":"room","roomId":"R1","userId":"Uperson"},"message":{"id":"9","text":"ความลับ"}}`,
			"", "", `{"webhookEventId":"","type":"message","timestamp":1795253405000,"source":{"type":"room","roomId":"R1"}}`,
		},
		"a group's, not readable": {
			`{"type":"message","webhookEventId":"01A","timestamp":"ความลับ","source":{"type":"group","groupId":"C1","userId":"Uperson"},"message":{"id":"9","text":"ความลับ"}}`,
			"", "", "",
		},
		"a person's, of no time": {
			`{"type":"message","webhookEventId":"01A","timestamp":"yesterday","source":{"type":"user","userId":"Uperson"},"message":{"id":"9","text":"คำ"}}`, "Uperson", "9", "raw",
		},
		"a person's, of no name": {
			`{"type":"messageEdited","source":{"type":"user","userId":"Uperson"},"message":{"id":"9","text":"คำ"}}`, "Uperson", "9", "raw",
		},
		"a person's, of an impossible message": {
			`{"type":"message","webhookEventId":"01A","source":{"type":"user","userId":"Uperson"},"message":{"id":"9\u0000","text":"คำ"}}`, "Uperson", "", "raw",
		},
		"an impossible person's": {
			`{"type":"message","webhookEventId":"01A","source":{"type":"user","userId":"U\u0000"},"message":{"id":"9","text":"คำ"}}`, "", "9", "raw",
		},
	} {
		e, ok := rawEvent([]byte(c.event), 1, time.UnixMilli(1795253406000))
		if c.body == "raw" {
			c.body = c.event
		}
		if !ok || e.Problem == "" || e.Source != c.source || e.MessageID != c.message || string(e.Body) != c.body {
			t.Errorf("%s: kept %+v %s", name, e, e.Body)
		}
	}
}
