package admin_test

import (
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"saphan/tickets"
)

// block lets the citizen of a ticket block the account that it came by, or come back.
func (h *house) block(id tickets.TicketID, gone bool) {
	h.t.Helper()
	h.everywhere(func(tx pgx.Tx) error {
		var conversation int64
		err := tx.QueryRow(h.ctx(), `UPDATE conversations SET blocked_at = CASE WHEN $2 THEN $3::timestamptz END
			WHERE id = (SELECT r.conversation_id FROM requests r JOIN tickets t ON t.request_id = r.id WHERE t.id = $1) RETURNING id`, id, gone, h.now()).Scan(&conversation)
		if err != nil {
			return err
		}
		return h.desk.Unreachable(h.ctx(), tx, conversation, gone)
	})
}

// Row 42: the officer sees that the citizen blocked the account, in the list and on the page, with the
// other ways to reach the person; the case goes on, and the hint goes when they are back.
func TestRow42BlockedCitizen(t *testing.T) {
	t.Parallel()
	d := atDesk(t, anOfficer, aLamp)
	list := func() string { return d.b.get("/admin/?view=all").body }
	if strings.Contains(list(), "ปิดกั้น LINE") {
		t.Fatal("nobody has blocked anything yet")
	}
	d.block(d.ticket.ID, true)
	page := d.b.get(d.path).body
	for _, words := range []string{"ประชาชนปิดกั้นบัญชี LINE ของหน่วยงาน ตั้งแต่", `href="/track/`, "ส่งให้เองเมื่อประชาชนกลับมา", "ปิดกั้นบัญชี LINE ของหน่วยงาน ข้อความที่ตอบจะรอส่ง"} {
		if !strings.Contains(page, words) {
			t.Errorf("the page lacks %q", words)
		}
	}
	if !strings.Contains(page, "โทร") && !strings.Contains(page, "ในคำขอไม่มีเบอร์โทรหรือที่อยู่") {
		t.Error("the page does not say how else to reach the person")
	}
	if !strings.Contains(list(), "ปิดกั้น LINE") {
		t.Error("the list does not say so")
	}
	d.block(d.ticket.ID, false)
	if page := d.b.get(d.path).body; strings.Contains(page, `id="blocked"`) || !strings.Contains(page, "กลับมาติดต่อทาง LINE ได้แล้ว") {
		t.Error("the page does not say that the citizen is back")
	}
	if strings.Contains(list(), "ปิดกั้น LINE") {
		t.Error("the list still says so")
	}
}

// Row 29: an edited message shows its new words, and the old ones on demand.
func TestRow29EditedMessage(t *testing.T) {
	t.Parallel()
	d := atDesk(t, anOfficer, aLamp)
	d.says(d.ticket, tickets.Said{Source: "message 1", Text: "มีสามดวง"})
	d.pass(time.Minute)
	d.everywhere(func(tx pgx.Tx) error { return d.desk.Edit(d.ctx(), tx, "message 1", "มีสี่ดวง", d.now()) })
	page := d.b.get(d.path).body
	now, before := strings.Index(page, "มีสี่ดวง"), strings.Index(page, "มีสามดวง")
	if now < 0 || before < now || !strings.Contains(page, "แก้ไขแล้ว") || !strings.Contains(page[now:before], `<details class="before"`) {
		t.Error("the new words do not stand first, with the old ones folded under them")
	}
	d.everywhere(func(tx pgx.Tx) error {
		_, _, err := d.desk.Unsend(d.ctx(), tx, tickets.TakenBack{Source: "message 1", Words: "มีสี่ดวง"})
		return err
	})
	if page := d.b.get(d.path).body; strings.Contains(page, "มีสี่ดวง") || strings.Contains(page, "มีสามดวง") || strings.Contains(page, "แก้ไขแล้ว") {
		t.Error("words that were edited and then taken back are still there")
	}
}

// What stays of a filed request when its words are taken back is marked, on the answer and in the history.
func TestFiledWordsTakenBackAreMarked(t *testing.T) {
	t.Parallel()
	d := atDesk(t, anOfficer, aLamp)
	d.everywhere(func(tx pgx.Tx) error {
		_, err := tx.Exec(d.ctx(), `INSERT INTO request_sources (request_id, field, source)
			SELECT request_id, (SELECT a->>'field' FROM requests r, jsonb_array_elements(r.answers) a WHERE r.id = t.request_id AND NOT a ? 'attachments' LIMIT 1), 'message 9' FROM tickets t WHERE id = $1`, d.ticket.ID)
		if err != nil {
			return err
		}
		_, _, err = d.desk.Unsend(d.ctx(), tx, tickets.TakenBack{Source: "message 9"})
		return err
	})
	page := d.b.get(d.path).body
	for _, words := range []string{"ประชาชนยกเลิกข้อความนี้ในแชตเมื่อ", "คำตอบอยู่ในคำขอที่ยื่นแล้ว จึงยังเก็บไว้เป็นหลักฐาน"} {
		if !strings.Contains(page, words) {
			t.Errorf("the page lacks %q", words)
		}
	}
}
