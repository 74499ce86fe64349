package checklist

import (
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"saphan/tickets"
)

// Row 56: the log of a whole run, with trouble in it, names LINE's requests and holds no token, no
// secret, no user ID, no name, and no word of anybody.
func TestRow56Logs(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	planted := []string{"มะม่วงสุกงอม", "ทุเรียนหมอนทอง", "เงาะโรงเรียน", "ลำไยอบแห้ง", "สับปะรดภูแล"}
	h.atThePhoto()
	h.send("file", planted[3]+".pdf", []byte("no document"))
	h.settled()
	h.fail("/v2/bot/message/*/content", 404, 1)
	h.send("image", "a.jpg", photo(t))
	h.settled()
	h.say("ข้าม")
	h.pin(planted[0], 13.7, 100.5)
	h.settled()
	h.say(planted[1])
	h.tap("ส่งคำขอ")
	ticket := h.tickets()[0]
	h.later(time.Hour)
	for _, status := range []any{500, 429, "reset", "reset_after_accept", 401, 400} {
		h.fail("/v2/bot/message/*", status, 1)
		h.desk(func(tx pgx.Tx, by tickets.Actor) error {
			return h.Desk.Reply(t.Context(), tx, by, ticket.ID, strings.TrimSpace(time.Now().String()), planted[2])
		})
		h.hurried()
	}
	h.fail("/v2/bot/message/reply", 500, 1)
	h.types(planted[4])
	h.hurried()
	h.event(map[string]any{"type": "message", "message": map[string]any{"type": "smell", "id": "801", "text": planted[0]}},
		map[string]any{"type": "message", "message": planted[0]})
	h.settled()
	var failed []request
	for _, r := range h.requests("") {
		// 409 is how LINE says that it has the message already: no failure.
		if (strings.HasSuffix(r.Path, "/push") || strings.HasSuffix(r.Path, "/reply")) && r.Status >= 400 && r.Status != 409 {
			failed = append(failed, r)
		}
	}
	log := h.log.String()
	if len(failed) < 3 {
		t.Fatalf("only %d calls failed: the run does not show what it should", len(failed))
	}
	for _, r := range failed {
		if r.Request == "" || !strings.Contains(log, r.Request) {
			t.Errorf("the log does not name the request %q of a call that was answered %d", r.Request, r.Status)
		}
	}
	private := append(planted, h.user, h.id, h.name, "สมหญิง", h.account.Secret, h.account.Token, "Bearer", h.plan.Key)
	private = append(private, h.list(`SELECT DISTINCT call_token FROM replies WHERE call_token <> ''`)...)
	private = append(private, h.list(`SELECT reply_token FROM conversations WHERE reply_token <> ''`)...)
	private = append(private, h.list(`SELECT track_token FROM tickets`)...)
	h.quietAbout(private...)
}
