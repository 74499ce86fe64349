package admin_test

import (
	"fmt"
	"net/url"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"saphan/forms"
	"saphan/tickets"
)

// signed is a case with an opinion that was sent back and one that stands, of an agency with posts and a delegation, and one
// that is decided and not yet told.
func signed(h *house) (waits, decided tickets.Ticket) {
	h.t.Helper()
	h.within(func(tx pgx.Tx) error {
		if _, err := tx.Exec(h.ctx(), `UPDATE agencies SET signer = 'นายกเทศมนตรีตำบลตัวอย่าง' WHERE id = $1`, h.agency.ID); err != nil {
			return err
		}
		seen, err := forms.InForce(h.ctx(), tx, int64(h.agency.ID), "question")
		if err != nil {
			return err
		}
		form, _ := h.forms.Find("question")
		_, err = forms.Amend(h.ctx(), tx, forms.Made{
			Override: forms.Override{Deciding: forms.Deciding{TwoPerson: true, Opinions: []forms.OpinionStep{forms.Staff, forms.Clerk}}},
			Agency:   int64(h.agency.ID), Form: "question", Base: form.Version, At: h.now(),
		}, seen)
		return err
	})
	head := h.as(h.head)
	head.post(fmt.Sprintf("/admin/officers/%d/post", h.officer.ID), url.Values{"post": {"ปลัดเทศบาล"}})
	head.post("/admin/delegations", url.Values{
		"officer": {fmt.Sprint(h.officer.ID)}, "kind": {"acting"}, "post": {"นายกเทศมนตรีตำบลตัวอย่าง"}, "order_no": {"คำสั่งที่ 12/2570"}, "from": {"23 พ.ย. 2569"}, "until": {"30 พ.ย. 2569"},
	})
	decided = h.problem("น้ำท่วมขังทางเดินเท้าหน้าตลาดสดตัวอย่าง")
	waits = h.file("question", "นางมาลี ตัวอย่าง", question("เปิดร้านซ่อมรถต้องขออนุญาตอะไรบ้าง และใช้เวลานานเท่าไร"))
	h.mend(decided.ID)
	h.within(func(tx pgx.Tx) error {
		by := tickets.ByOfficer(h.colleague.ID)
		if err := h.desk.Take(h.ctx(), tx, tickets.ByOfficer(h.officer.ID), waits.ID); err != nil {
			return err
		}
		opinion := tickets.Opinion{TicketID: waits.ID, Step: forms.Staff, Proposes: tickets.Approve, Text: "ตรวจคู่มือแล้ว ตอบได้ตามข้อ 4"}
		if err := h.desk.Opine(h.ctx(), tx, by, opinion); err != nil {
			return err
		}
		h.pass(time.Hour)
		if err := h.desk.SendBack(h.ctx(), tx, tickets.ByOfficer(h.officer.ID), waits.ID, forms.Staff, "ขอให้ดูข้อบัญญัติฉบับแก้ไขด้วย"); err != nil {
			return err
		}
		h.pass(time.Hour)
		opinion.Text = "ดูฉบับแก้ไขแล้ว ไม่เปลี่ยนคำตอบ"
		return h.desk.Opine(h.ctx(), tx, by, opinion)
	})
	return waits, decided
}

// TestSigningLook keeps pictures of where officers sign, and of who signs for whom, in both themes, from wide to the narrowest,
// and fails for whatever axe finds on them (WCAG 2.2 AA).
func TestSigningLook(t *testing.T) {
	t.Parallel()
	b := open(t)
	h := newHouse(t, withFiles(t, newBox(t)))
	waits, decided := signed(h)
	refused := h.business(h.keep("หน้าร้าน.jpg", photo(t, 1200, 900)))
	h.within(func(tx pgx.Tx) error {
		return h.desk.Take(h.ctx(), tx, tickets.ByOfficer(h.officer.ID), refused.ID)
	})
	told := h.business()
	h.within(func(tx pgx.Tx) error {
		if err := h.desk.Decide(h.ctx(), tx, tickets.ByOfficer(h.officer.ID), tickets.Decision{TicketID: told.ID, Outcome: tickets.Approve, Conditions: "ห้ามส่งเสียงดังหลัง 20.00 น."}); err != nil {
			return err
		}
		return h.desk.Told(h.ctx(), tx, told.ID)
	})
	of := func(ticket tickets.Ticket, sheet string) string {
		return fmt.Sprintf("/admin/tickets/%d/%s", ticket.ID, sheet)
	}
	h.looks(b, h.head, "signing", map[string]string{"delegations": "/admin/delegations"})
	h.pass(time.Minute) // a code opens once
	h.looks(open(t), h.officer, "signing", map[string]string{
		"opine": of(waits, "opine"), "send-back": of(waits, "send-back"), "refuse": of(refused, "refuse"),
		"change-words": of(told, "change?way=correct"), "revoke": of(told, "change?way=revoke"), "told": fmt.Sprintf("/admin/tickets/%d", told.ID),
		"take-back": of(decided, "take-back"), "evidence": of(waits, "evidence"), "case": fmt.Sprintf("/admin/tickets/%d", waits.ID),
	})
}

// looks keeps pictures of pages as somebody sees them, and fails for what is too wide and whatever axe finds.
func (h *house) looks(b *tab, who person, of string, pages map[string]string) {
	b.enter(h, who)
	for _, scheme := range []string{"light", "dark"} {
		b.scheme(scheme)
		for _, width := range []int64{1280, 390, 320} {
			b.size(width, 1200)
			for name, path := range pages {
				where := fmt.Sprintf("%s-%s-%s-%d", of, name, scheme, width)
				b.visit(h.server.URL+path, "main h1, main h2")
				b.noOverflow(where)
				b.accessible(where)
				b.shot(where)
			}
		}
	}
}
