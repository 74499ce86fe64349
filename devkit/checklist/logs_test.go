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
	h.Fail("/v2/bot/message/*/content", 500, 1)
	h.Send("image", "b.jpg", testhouse.Photo(t, 0))
	h.Hurried()
	h.Say("ข้าม")
	h.Pin(planted[0], planted[0])
	h.Settled()
	h.Say(planted[1])
	h.Tap("ส่งคำขอ")
	ticket := h.Tickets()[0]
	h.Fail("/v2/bot/message/reply", 500, 1)
	h.Types(planted[4])
	h.Hurried()
	h.Later(time.Hour)
	for _, status := range []any{500, 429, "reset", "reset_after_accept", 401, 400} {
		h.Fail("/v2/bot/message/*", status, 1)
		h.Replies(ticket.ID, strings.TrimSpace(time.Now().String()), planted[2])
		h.Hurried()
	}
	h.Event(map[string]any{"type": "message", "message": map[string]any{"type": "smell", "id": "801", "text": planted[0]}},
		map[string]any{"type": "message", "message": planted[0]})
	h.Settled()
	h.Fail("/v2/bot/profile/*", 500, 1)
	stranger := h.NewPerson(planted[1])
	stranger.Follow()
	h.Fail("/v2/bot/group/*/leave", 500, 1)
	h.Control("POST", "groups", map[string]any{"name": planted[0], "kind": "group", "members": []string{h.ID, stranger.ID}}, nil)
	h.Hurried()
	log := h.Diary.String()
	failed := map[string]int{}
	for _, r := range h.Requests("") {
		call := r.Path[strings.LastIndexByte(r.Path, '/')+1:]
		if strings.Contains(r.Path, "/profile/") {
			call = "profile"
		}
		// 409 is how LINE says that it has the message already, 404 that it has no file or person: no failures.
		if r.Status < 400 || r.Status == 404 || r.Status == 409 || call == "start" {
			continue
		}
		failed[call]++
		if r.RequestID == "" || !strings.Contains(log, r.RequestID) {
			t.Errorf("the log does not name the request %q of a call to %s that was answered %d", r.RequestID, call, r.Status)
		}
	}
	for call, least := range map[string]int{"push": 3, "reply": 1, "content": 1, "profile": 1, "leave": 1} {
		if failed[call] < least {
			t.Errorf("%d calls to %s failed: the run does not show what it should", failed[call], call)
		}
	}
	private := append(planted, h.User, h.ID, h.Name, stranger.User, stranger.ID, "สมหญิง", h.Account.Secret, h.Account.Token, "Bearer", h.Plan.Key)
	private = append(private, h.List(`SELECT DISTINCT call_token FROM replies WHERE call_token <> ''`)...)
	private = append(private, h.List(`SELECT reply_token FROM conversations WHERE reply_token <> ''`)...)
	private = append(private, h.List(`SELECT track_token FROM tickets`)...)
	h.QuietAbout(private...)
}
