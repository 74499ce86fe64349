package admin_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"saphan/files"
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
	d.everywhere(func(tx pgx.Tx) error {
		return d.desk.Edit(d.ctx(), tx, "message 1", "มีสี่ดวง", d.now())
	})
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
	for _, words := range []string{"ประชาชนยกเลิกในแชตแล้ว", "คำตอบอยู่ในคำขอที่ยื่นแล้ว จึงยังเก็บไว้เป็นหลักฐาน"} {
		if !strings.Contains(page, words) {
			t.Errorf("the page lacks %q", words)
		}
	}
}

// What officers see of all this, in both themes and on a telephone.
func TestLookOfWhatWasTakenBack(t *testing.T) {
	t.Parallel()
	b := open(t)
	h := newHouse(t, withFiles(t, newBox(t)), withBell(t))
	file := h.keep("หน้าร้าน.jpg", photo(t, 1200, 900))
	ticket := h.business(file, h.keep("แผนที่สังเขป.pdf", samplePDF()))
	h.says(ticket, tickets.Said{Source: "message 1", Text: "ร้านอยู่ตรงข้ามโรงเรียนค่ะ เปิดทุกวันยกเว้นวันพุธ"})
	h.pass(2 * time.Minute)
	h.says(ticket, tickets.Said{Source: "message 2", Text: "ส่งผิดค่ะ"})
	h.pass(3 * time.Minute)
	h.everywhere(func(tx pgx.Tx) error {
		_, err := tx.Exec(h.ctx(), `INSERT INTO request_sources (request_id, field, source)
			SELECT request_id, (SELECT a->>'field' FROM requests r, jsonb_array_elements(r.answers) WITH ORDINALITY x (a, n)
				WHERE r.id = t.request_id AND NOT a ? 'attachments' ORDER BY n OFFSET 2 LIMIT 1), 'message 9' FROM tickets t WHERE id = $1`, ticket.ID)
		if err != nil {
			return err
		}
		if err := h.desk.Edit(h.ctx(), tx, "message 1", "ร้านอยู่ตรงข้ามโรงเรียนค่ะ เปิดทุกวันยกเว้นวันพฤหัสบดี", h.now()); err != nil {
			return err
		}
		if err := files.MarkGone(h.ctx(), tx, files.AttachmentID(file.ID)); err != nil {
			return err
		}
		for _, back := range []tickets.TakenBack{{Source: "message 2"}, {Source: "message 9"}, {Source: "message 10", Citizen: ticket.CitizenID, File: file.ID}} {
			if _, _, err := h.desk.Unsend(h.ctx(), tx, back); err != nil {
				return err
			}
		}
		return nil
	})
	h.pass(time.Minute)
	h.block(ticket.ID, true)
	h.pass(time.Minute)
	b.size(1440, 900)
	b.visit(h.server.URL+"/admin/sign-in", "#email")
	b.enter(h, h.officer)
	for _, scheme := range []string{"light", "dark"} {
		b.scheme(scheme)
		for name, size := range map[string][2]int64{"1440": {1440, 900}, "390": {390, 844}, "320": {320, 640}} {
			b.size(size[0], size[1])
			b.visit(fmt.Sprintf("%s/admin/tickets/%d?view=all", h.server.URL, ticket.ID), "#blocked")
			b.holds("the old words are folded away", `document.querySelector('details.before') && !document.querySelector('details.before').open`)
			b.holds("they and the history unfold", `[...document.querySelectorAll('details.before, #history details')].every((d) => d.open = true)`)
			b.noOverflow("blocked " + name)
			b.shot("blocked-" + scheme + "-" + name)
			b.holds("the talk is shown from its beginning", `[document.querySelector('#col-talk'), document.querySelector('#ticket-scroll')].every((e) => { e.scrollTop = 0; return true }) && (document.querySelector('#talk').scrollIntoView(), true)`)
			b.shot("edited-" + scheme + "-" + name)
		}
	}
}
