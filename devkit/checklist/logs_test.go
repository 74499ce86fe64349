package checklist

import (
	"strings"
	"testing"
	"time"

	"saphan/devkit/testhouse"
)

// Row 56: the log of a whole run, with trouble in it, names LINE's requests and holds no token, no
// secret, no user ID, no name, and no word of anybody.
func TestRow56Logs(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	planted := []string{"มะม่วงสุกงอม", "ทุเรียนหมอนทอง", "เงาะโรงเรียน", "ลำไยอบแห้ง", "สับปะรดภูแล"}
	h.AtThePhoto()
	h.Send("file", planted[3]+".pdf", []byte("no document"))
	h.Settled()
	h.Fail("/v2/bot/message/*/content", 404, 1)
	h.Send("image", "a.jpg", testhouse.Photo(t, 0))
	h.Settled()
	h.Say("ข้าม")
	h.Pin(planted[0], planted[0])
	h.Settled()
	h.Say(planted[1])
	h.Tap("ส่งคำขอ")
	ticket := h.Tickets()[0]
	h.Later(time.Hour)
	for _, status := range []any{500, 429, "reset", "reset_after_accept", 401, 400} {
		h.Fail("/v2/bot/message/*", status, 1)
		h.Replies(ticket.ID, strings.TrimSpace(time.Now().String()), planted[2])
		h.Hurried()
	}
	h.Fail("/v2/bot/message/reply", 500, 1)
	h.Types(planted[4])
	h.Hurried()
	h.Event(map[string]any{"type": "message", "message": map[string]any{"type": "smell", "id": "801", "text": planted[0]}},
		map[string]any{"type": "message", "message": planted[0]})
	h.Settled()
	var failed []testhouse.Request
	for _, r := range h.Requests("") {
		// 409 is how LINE says that it has the message already: no failure.
		if (strings.HasSuffix(r.Path, "/push") || strings.HasSuffix(r.Path, "/reply")) && r.Status >= 400 && r.Status != 409 {
			failed = append(failed, r)
		}
	}
	log := h.Diary.String()
	if len(failed) < 3 {
		t.Fatalf("only %d calls failed: the run does not show what it should", len(failed))
	}
	for _, r := range failed {
		if r.RequestID == "" || !strings.Contains(log, r.RequestID) {
			t.Errorf("the log does not name the request %q of a call that was answered %d", r.RequestID, r.Status)
		}
	}
	private := append(planted, h.User, h.ID, h.Name, "สมหญิง", h.Account.Secret, h.Account.Token, "Bearer", h.Plan.Key)
	private = append(private, h.List(`SELECT DISTINCT call_token FROM replies WHERE call_token <> ''`)...)
	private = append(private, h.List(`SELECT reply_token FROM conversations WHERE reply_token <> ''`)...)
	private = append(private, h.List(`SELECT track_token FROM tickets`)...)
	h.QuietAbout(private...)
}
