package admin_test

import (
	"fmt"
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/jackc/pgx/v5"

	"saphan/tickets"
)

// TestChecklistLook keeps pictures of a case with its checklist and of what an officer says of a card, in both themes,
// from wide to the narrowest, and fails for whatever axe finds on them (WCAG 2.2 AA).
func TestChecklistLook(t *testing.T) {
	t.Parallel()
	b := open(t)
	h := newHouse(t)
	ticket := h.building()
	at := fmt.Sprintf("/admin/tickets/%d", ticket.ID)
	h.within(func(tx pgx.Tx) error {
		if err := h.desk.Take(h.ctx(), tx, tickets.ByOfficer(h.officer.ID), ticket.ID); err != nil {
			return err
		}
		return h.desk.Check(h.ctx(), tx, tickets.ByOfficer(h.officer.ID), ticket.ID, "step 1", true)
	})
	b.enter(h, h.officer)
	b.size(1440, 900)
	b.visit(h.server.URL+at+"/identity", "#name")
	b.click(`input[value="id_card"]`)
	b.write("#name", "นายสมชาย ตัวอย่าง")
	b.write("#national_id", "1234545678781")
	b.click("form.stack .go")
	b.do("wait for the case", chromedp.WaitVisible(chromedp.CSS("#checklist .proof")))
	for _, scheme := range []string{"light", "dark"} {
		b.scheme(scheme)
		for _, width := range []int64{1440, 390, 320} {
			b.size(width, 3200)
			where := fmt.Sprintf("%s-%d", scheme, width)
			b.visit(h.server.URL+at, "#checklist")
			b.noOverflow("checklist " + where)
			b.shot("checklist-" + where)
			b.accessible("checklist " + where)
			b.size(width, 1100)
			for name, path := range map[string]string{"identity": "/identity", "identity-end": "/identity/1", "approve": "/approve"} {
				b.visit(h.server.URL+at+path, "form.stack")
				b.noOverflow(name + " " + where)
				b.accessible(name + " " + where)
				b.shot(name + "-" + where)
			}
		}
	}
	// With JavaScript a tick stays on the page.
	b.size(1440, 900)
	b.visit(h.server.URL+at, "#checklist")
	b.click(`#checklist .here form button`)
	b.holds("the second step is done", `document.querySelectorAll('#checklist .way .done').length === 2`)
	b.holds("and the case stands at the third", `document.querySelector('#checklist .here').previousElementSibling.matches('.done:nth-child(2)')`)
}
