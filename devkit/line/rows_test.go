package line_test

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"
)

// pushOne pushes one message.
func (w *world) pushOne(message string) (int, map[string]any) {
	w.t.Helper()
	status, _, v := w.api("POST", "/v2/bot/message/push", map[string]any{"to": w.woman, "messages": []any{json.RawMessage(message)}})
	return status, v
}

// Row 64: carousels with uneven actions, buttons with five.
func TestRow64Templates(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	w.say(w.woman, "สวัสดี")
	all := badMessages()
	for name, detail := range map[string]string{
		"uneven carousel": "/columns/1/actions: the number of actions must be the same in all columns",
		"buttons 5":       "/actions: size must be between 1 and 4",
	} {
		status, v := w.pushOne(all[name].json)
		wantError(t, status, v, http.StatusBadRequest, "A message (messages[0]) in the request body is invalid", detail)
	}
	status, v := w.pushOne(`{"type":"template","altText":"ก","template":{"type":"carousel","columns":[` + okColumn1 + `,` + okColumn1 + `]}}`)
	if status != http.StatusOK {
		t.Errorf("an even carousel: %d %v", status, v)
	}
	if n := len(w.chat(w.woman, 0).Messages); n != 2 {
		t.Errorf("%d bubbles, want the citizen's and the even carousel", n)
	}
}

// Row 65: labels are counted in grapheme clusters: twenty Thai ones of 60 UTF-16 units pass.
func TestRow65GraphemeClusters(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	w.say(w.woman, "สวัสดี")
	label := func(n int) string {
		return quickOf(`{"type":"postback","label":"` + strings.Repeat("กี่", n) + `","data":"x"}`)
	}
	if status, v := w.pushOne(label(20)); status != http.StatusOK {
		t.Errorf("20 clusters: %d %v", status, v)
	}
	mixed := quickOf(`{"type":"postback","label":"` + strings.Repeat("กี่", 12) + strings.Repeat("ก", 8) + `","data":"x"}`) // 44 units
	if status, v := w.pushOne(mixed); status != http.StatusOK {
		t.Errorf("20 clusters of 44 units: %d %v", status, v)
	}
	status, v := w.pushOne(label(21))
	wantError(t, status, v, http.StatusBadRequest, "The request body has 1 error(s)",
		"messages[0].quickReply.items[0].action.label: Length must be between 0 and 20")
}

// Row 76: what was unsent is gone from every content endpoint.
func TestRow76UnsentContentIsGone(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	up := w.upload(w.woman, "image", sample{"a.png", picture(8, 8)})
	if status, _, _ := w.content(up.MessageID, ""); status != http.StatusOK {
		t.Fatalf("before: %d", status)
	}
	w.control("POST", "chats/"+w.woman+"/unsend", map[string]any{"messageId": up.MessageID}, nil)
	for _, more := range []string{"", "/preview", "/transcoding"} {
		if status, _, data := w.content(up.MessageID, more); status != http.StatusGone || string(data) != `{"message":"The content is gone"}` {
			t.Errorf("content%s: %d %s", more, status, data)
		}
	}
	w.bot.next(t)
	if e := w.bot.next(t).events[0]; e["type"] != "unsend" {
		t.Errorf("event %v", e)
	}
}

// Row 78: the two hosts do not answer for each other.
func TestRow78HostsAreApart(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	up := w.upload(w.woman, "file", sample{"a.pdf", []byte("%PDF-1.7")})
	for _, tc := range []struct{ host, method, path string }{
		{"/api", "GET", "/v2/bot/message/" + up.MessageID + "/content"},
		{"/api", "POST", "/v2/bot/richmenu/richmenu-" + strings.Repeat("0", 32) + "/content"},
		{"/api-data", "POST", "/v2/bot/message/push"},
		{"/api-data", "GET", "/v2/bot/info"},
	} {
		status, _, v := w.call(tc.host, tc.method, tc.path, map[string]any{})
		wantError(t, status, v, http.StatusNotFound, "Not found")
	}
	if status, _, _ := w.content(up.MessageID, ""); status != http.StatusOK {
		t.Errorf("on its own host: %d", status)
	}
}

// What can be quoted gets a quote token, what cannot gets none.
func TestQuoteTokensOfSentMessages(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	w.say(w.woman, "สวัสดี")
	good := goodMessages()
	for name, quotable := range map[string]bool{
		`{"type":"text","text":"ก"}`: true, `{"type":"textV2","text":"ก"}`: true, good["flex all blocks"]: true,
		`{"type":"sticker","packageId":"446","stickerId":"1988"}`: true, good["coupon"]: false,
		`{"type":"location","title":"ก","address":"ก","latitude":1,"longitude":1}`:                                                                        false,
		`{"type":"imagemap","baseUrl":"https://example.com/m","altText":"ก","baseSize":{"width":1040,"height":1040},"actions":[]}`:                        false,
		`{"type":"audio","originalContentUrl":"https://example.com/a.m4a","duration":1000}`:                                                               false,
		`{"type":"image","originalContentUrl":"https://example.com/a.jpg","previewImageUrl":"https://example.com/b.jpg"}`:                                 true,
		`{"type":"template","altText":"ก","template":{"type":"confirm","text":"ก","actions":[` + okAction + `,` + okAction + `]}}`:                        true,
		`{"type":"video","originalContentUrl":"https://example.com/a.mp4","previewImageUrl":"https://example.com/b.jpg","trackingId":"video-tracking-1"}`: true,
	} {
		status, v := w.pushOne(name)
		sent, _ := v["sentMessages"].([]any)
		if status != http.StatusOK || len(sent) != 1 {
			t.Errorf("%s: %d %v", name, status, v)
			continue
		}
		one, _ := sent[0].(map[string]any)
		if (one["quoteToken"] != nil) != quotable {
			t.Errorf("%s: %v, quotable %v", name, one, quotable)
		}
	}
}
