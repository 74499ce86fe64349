package line_test

import (
	"net/http"
	"strings"
	"testing"
	"time"
)

// quoting pushes a text that quotes, and returns what it got.
func (w *world) quoting(to string, quote any) (int, map[string]any) {
	w.t.Helper()
	status, _, v := w.api("POST", "/v2/bot/message/push", map[string]any{"to": to, "messages": []any{
		map[string]any{"type": "text", "text": "ตามนี้"}, map[string]any{"type": "text", "text": "ตามข้อความนี้", "quoteToken": quote},
	}})
	return status, v
}

// Section 1.6: a quote token works for ever and any number of times, and only in the chat it came from.
func TestQuoteTokensBelongToTheirChat(t *testing.T) {
	t.Parallel()
	c := newClock()
	w := newWorld(t, c)
	w.say(w.man, "สวัสดี")
	token := part(t, w.say(w.woman, "คำถาม"), "message")["quoteToken"]
	_, sent := w.quoting(w.woman, token)
	list, _ := sent["sentMessages"].([]any)
	if len(list) != 2 {
		t.Fatalf("sent %v", sent)
	}
	one, _ := list[1].(map[string]any)
	var g struct{ ID string }
	w.control("POST", "groups", map[string]any{"name": "หมู่บ้าน", "members": []string{w.woman}}, &g)
	w.bot.next(t)
	w.control("POST", "chats/"+w.woman+"/text", map[string]any{"text": "ในกลุ่ม", "group": g.ID}, nil)
	inGroup := part(t, w.bot.next(t).events[0], "message")["quoteToken"]
	c.add(100 * 24 * time.Hour)
	w.say(w.woman, "ยังอยู่") // within reach again
	w.say(w.man, "ยังอยู่")
	for name, token := range map[string]any{"of the citizen's": token, "of the bot's own": one["quoteToken"]} {
		for range 2 {
			if status, v := w.quoting(w.woman, token); status != http.StatusOK {
				t.Errorf("%s: %d %v", name, status, v)
			}
		}
		for elsewhere, to := range map[string]string{"another person's": w.man, "a group's": g.ID} {
			status, v := w.quoting(to, token)
			wantError(t, status, v, http.StatusBadRequest, "The request body has 1 error(s)", "messages[1].quoteToken: Invalid quote token")
			if t.Failed() {
				t.Fatalf("%s, in %s chat", name, elsewhere)
			}
		}
	}
	if status, v := w.quoting(g.ID, inGroup); status != http.StatusOK {
		t.Errorf("in its group: %d %v", status, v)
	}
	for _, nonsense := range []string{"x", strings.Repeat("A", 48)} {
		if status, _ := w.quoting(w.woman, nonsense); status != http.StatusBadRequest {
			t.Errorf("the token %q was taken: %d", nonsense, status)
		}
	}
	// To many at once there is no chat that it could be of.
	status, _, v := w.api("POST", "/v2/bot/message/multicast", map[string]any{"to": []string{w.woman}, "messages": []any{map[string]any{"type": "text", "text": "ก", "quoteToken": token}}})
	if status != http.StatusBadRequest {
		t.Errorf("multicast: %d %v", status, v)
	}
	// Without the guesses a refused reply has used nothing up, and then everything goes.
	w.control("POST", "settings", map[string]any{"guessesOff": []string{"refused-reply-spends"}}, nil)
	reply := replyToken(t, w.say(w.man, "ตอบด้วย"))
	quote := func() (int, map[string]any) {
		status, _, v := w.api("POST", "/v2/bot/message/reply", map[string]any{"replyToken": reply, "messages": []any{map[string]any{"type": "text", "text": "ก", "quoteToken": token}}})
		return status, v
	}
	if status, v := quote(); status != http.StatusBadRequest {
		t.Errorf("reply: %d %v", status, v)
	}
	w.control("POST", "settings", map[string]any{"guessesOff": []string{"foreign-quote"}}, nil)
	if status, v := quote(); status != http.StatusOK {
		t.Errorf("reply without the guess: %d %v", status, v)
	}
}

// An edited message has a new token, of the same chat.
func TestQuoteTokenOfAnEditedMessage(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	w.control("POST", "settings", map[string]any{"editAnywhere": true}, nil)
	said := part(t, w.say(w.woman, "ก่อน"), "message")
	w.control("POST", "chats/"+w.woman+"/edit", map[string]any{"messageId": said["id"], "text": "หลัง"}, nil)
	edited := part(t, w.bot.next(t).events[0], "message")
	if status, v := w.quoting(w.woman, edited["quoteToken"]); status != http.StatusOK || edited["quoteToken"] == said["quoteToken"] {
		t.Errorf("%d %v, tokens %v and %v", status, v, said["quoteToken"], edited["quoteToken"])
	}
}
