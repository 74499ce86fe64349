package admin_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"saphan/internal/thai"
	"saphan/tickets"
)

// busy fills the inbox as on an ordinary Monday and returns the case that is looked at.
func busy(h *house) tickets.Ticket {
	h.t.Helper()
	at := func(day, hour, minute int) {
		h.set(time.Date(2026, time.November, day, hour, minute, 0, 0, thai.Bangkok()))
	}
	at(2, 9, 10)
	late := h.problem("ไฟดับหน้าโรงเรียนวัดตัวอย่าง ซอย 4")
	at(9, 8, 50)
	h.problem("ถนนเลียบคลองตัวอย่าง ช่วงหลังตลาดสด")
	at(20, 20, 12) // after hours of a holiday
	main := h.business(h.keep("หน้าร้าน.jpg", photo(h.t, 1200, 900)), h.keep("แผนที่สังเขป.pdf", samplePDF()))
	at(21, 11, 5)
	h.problem("น้ำท่วมขังทางเดินเท้าหน้าตลาดสดตัวอย่าง")
	h.file("question", "นายวิชัย ตัวอย่าง", question("เปิดร้านซ่อมรถต้องขออนุญาตอะไรบ้าง และใช้เวลานานเท่าไร"))
	at(22, 9, 12)
	h.says(main, tickets.Said{Source: "m1", Text: "สวัสดีครับ ส่งรูปหน้าร้านกับแผนที่ไปแล้ว ไม่แน่ใจว่าแผนที่ชัดพอหรือไม่ครับ"})
	at(22, 9, 14)
	lat, lon := 13.7563, 100.5018
	h.says(main, tickets.Said{Source: "m2", Place: []byte(fmt.Sprintf(`{"address":"12 ซอยตัวอย่าง 4 ต.ตัวอย่าง","lat":%f,"lon":%f}`, lat, lon))})
	at(23, 8, 40)
	h.within(func(tx pgx.Tx) error {
		by := tickets.ByOfficer(h.officer.ID)
		if err := h.desk.Take(h.ctx(), tx, tickets.ByOfficer(h.colleague.ID), late.ID); err != nil {
			return err
		}
		if err := h.desk.Take(h.ctx(), tx, by, main.ID); err != nil {
			return err
		}
		h.pass(2 * time.Minute)
		if err := h.desk.Reply(h.ctx(), tx, by, main.ID, "K1", "ได้รับเอกสารแล้วค่ะ เจ้าหน้าที่จะตรวจสถานที่ภายใน 3 วันทำการ\nหากต้องการเอกสารเพิ่มจะแจ้งทางไลน์นี้ค่ะ"); err != nil {
			return err
		}
		h.pass(3 * time.Minute)
		return h.desk.Note(h.ctx(), tx, by, main.ID, "โทรนัดตรวจสถานที่วันพุธ 10:00 น. ให้กองช่างไปด้วย")
	})
	h.everywhere(func(tx pgx.Tx) error {
		_, err := tx.Exec(h.ctx(), `INSERT INTO replies (conversation_id, cause, body, state, created_at)
			SELECT r.conversation_id, 'ticket ' || m.ticket_id || ' ' || m.source, '{}', 'sent', m.at
			FROM ticket_messages m JOIN tickets t ON t.id = m.ticket_id JOIN requests r ON r.id = t.request_id WHERE m.author = 'officer'`)
		return err
	})
	at(23, 9, 30)
	h.says(main, tickets.Said{Source: "m3", Text: "ส่งผิดครับ"})
	h.everywhere(func(tx pgx.Tx) error {
		_, _, err := h.desk.Unsend(h.ctx(), tx, tickets.TakenBack{Source: "m3", Words: "ส่งผิดครับ"})
		return err
	})
	at(23, 9, 52)
	h.says(main, tickets.Said{Source: "m4", Text: "ขอบคุณครับ วันพุธสะดวกครับ"})
	h.set(start)
	return main
}

// TestLook keeps pictures of every screen in both themes and at three widths, and checks that none
// is wider than its window (also at 320 pixels).
func TestLook(t *testing.T) {
	t.Parallel()
	b := open(t)
	h := newHouse(t, withFiles(t, newBox(t)), withBell(t))
	main := busy(h)
	at := fmt.Sprintf("%s/admin/tickets/%d?view=all", h.server.URL, main.ID)
	sizes := []struct {
		name          string
		width, height int64
	}{{"1440", 1440, 900}, {"768", 768, 1024}, {"390", 390, 844}, {"320", 320, 640}}
	b.size(1440, 900)
	b.visit(h.server.URL+"/admin/sign-in", "#email")
	for _, size := range sizes {
		b.size(size.width, size.height)
		b.noOverflow("sign-in " + size.name)
		b.shot("sign-in-" + size.name)
	}
	b.size(1440, 900)
	b.enter(h, h.officer)
	for _, scheme := range []string{"light", "dark"} {
		b.scheme(scheme)
		for _, size := range sizes {
			b.size(size.width, size.height)
			b.visit(h.server.URL+"/admin/?view=all", "#rows .t")
			b.noOverflow("list " + size.name)
			b.shot("list-" + scheme + "-" + size.name)
			b.visit(at, "#ticket")
			b.holds("pictures are there", `[...document.images].every((i) => i.complete && i.naturalWidth > 0)`)
			b.noOverflow("ticket " + size.name)
			b.shot("ticket-" + scheme + "-" + size.name)
			for _, sheet := range []string{"ask", "refuse", "approve", "move", "note"} {
				if size.name == "768" || size.name == "320" && scheme == "dark" {
					continue
				}
				b.visit(fmt.Sprintf("%s/admin/tickets/%d/%s?view=all", h.server.URL, main.ID, sheet), "form.stack")
				b.noOverflow(sheet + " " + size.name)
				if sheet == "ask" || sheet == "refuse" {
					b.shot(sheet + "-" + scheme + "-" + size.name)
				}
			}
		}
	}
}
