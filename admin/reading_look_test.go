package admin_test

import (
	"fmt"
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/jackc/pgx/v5"

	"saphan/tickets"
)

// TestReasonLook: the question why, opened from the list, in both themes and at three widths; the answer leads into the
// case.
func TestReasonLook(t *testing.T) {
	t.Parallel()
	b := open(t)
	h := newHouse(t)
	ticket := h.problem("หน้าโรงเรียนตัวอย่าง")
	h.within(func(tx pgx.Tx) error {
		return h.desk.Take(h.ctx(), tx, tickets.ByOfficer(h.colleague.ID), ticket.ID)
	})
	b.size(1440, 900)
	b.enter(h, h.officer)
	for _, scheme := range []string{"light", "dark"} {
		b.scheme(scheme)
		for _, width := range []int64{1440, 390, 320} {
			b.size(width, 1000)
			where := fmt.Sprintf("why-%s-%d", scheme, width)
			b.visit(fmt.Sprintf("%s/admin/tickets/%d", h.server.URL, ticket.ID), "#other")
			b.noOverflow(where)
			b.accessible(where)
			b.shot(where)
		}
	}
	b.size(1440, 900)
	b.visit(h.server.URL+"/admin/?view=all", "#rows .t")
	b.click("#rows .t")
	b.do("wait for the question", chromedp.WaitVisible(chromedp.CSS("#main #other")))
	b.shot("why-in-place-dark-1440")
	b.accessible("why in place")
	b.size(390, 844)
	b.holds("a telephone shows the question alone", `document.querySelector('#main #other').checkVisibility() && !document.querySelector('#list').checkVisibility()`)
	b.shot("why-in-place-dark-390")
	b.click(`#main input[value="ผู้รับเรื่องขอให้ช่วย"]`)
	b.click("#main form.stack .go")
	b.do("wait for the case", chromedp.WaitVisible(chromedp.CSS("#ticket")))
}
