package line_test

import (
	"fmt"
	"net/http"
	"testing"

	"saphan/devkit/line"
)

// Many sends leave only the newest bubbles and calls behind, and what is left is whole.
func TestOldBubblesGo(t *testing.T) {
	t.Parallel()
	w := openWorld(t, line.Config{KeepMessages: 50, Dir: t.TempDir()})
	w.control("POST", "chats/"+w.woman+"/follow", map[string]any{}, nil)
	w.bot.next(t)
	first := w.say(w.man, "คนแรก")
	for i := range 200 {
		status, _, v := w.api("POST", "/v2/bot/message/push", map[string]any{"to": w.woman, "messages": []any{map[string]any{"type": "text", "text": fmt.Sprint(i)}}})
		if status != http.StatusOK {
			t.Fatal(status, v)
		}
	}
	list := w.chat(w.woman, 0).Messages
	if len(list) != 50 || list[0].Message["text"] != "150" || list[49].Message["text"] != "199" {
		t.Errorf("%d bubbles, the first %v; want 50 from 150 on", len(list), list[0].Message)
	}
	if n := len(w.chat(w.man, 0).Messages); n != 0 {
		t.Errorf("the other chat still has %d bubbles", n)
	}
	message, _ := first["message"].(map[string]any)
	status, _, _ := w.api("POST", "/v2/bot/chat/markAsRead", map[string]any{"markAsReadToken": message["markAsReadToken"]})
	if status != http.StatusBadRequest {
		t.Errorf("the read token of a forgotten message: %d, want 400", status)
	}
}
