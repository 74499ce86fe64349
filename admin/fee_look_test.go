package admin_test

import (
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/riverqueue/river"
	"github.com/riverqueue/river/riverdriver/riverpgxv5"

	"saphan/agencies"
	"saphan/files"
	"saphan/payments"
	"saphan/tickets"
)

// charged is a granted licence with a fee whose slip waits to be looked at, beside one that was paid and one that is due.
func (h *house) charged() tickets.Ticket {
	h.t.Helper()
	jobs, err := river.NewClient(riverpgxv5.New(nil), &river.Config{})
	h.must(err)
	till := payments.NewTill(jobs, h.now)
	var all []tickets.Ticket
	for range 3 {
		all = append(all, h.business(h.keep("หน้าร้าน.jpg", photo(h.t, 600, 400)), h.keep("สลิป.jpg", photo(h.t, 400, 700))))
	}
	h.within(func(tx pgx.Tx) error {
		for i, t := range all {
			if err := h.desk.Decide(h.ctx(), tx, tickets.ByOfficer(h.officer.ID), tickets.Decision{TicketID: t.ID, Outcome: tickets.Approve}); err != nil {
				return err
			}
			c, _, err := till.Open(h.ctx(), tx, payments.Demand{
				AgencyID: h.agency.ID, TicketID: int64(t.ID), Cause: payments.ByDecision, About: "ค่าธรรมเนียมใบอนุญาตประกอบกิจการที่เป็นอันตรายต่อสุขภาพ", Payer: "นายสมชาย ตัวอย่าง",
				Lines: []payments.Line{{Label: "การซ่อมรถยนต์ เครื่องจักรไม่เกิน 10 แรงม้า", Satang: 100000, Whole: 100000}, {Label: "การพ่นสี", Satang: 25050, Whole: 50100, Law: "ข้อบัญญัติตัวอย่าง พ.ศ. 2565 ข้อ 9"}},
				DueOn: h.now().AddDate(0, 0, 15), Law: "พ.ร.บ. การสาธารณสุข พ.ศ. 2535 มาตรา 65",
			})
			if err != nil {
				return err
			}
			if i == 1 {
				_, err = till.Take(h.ctx(), tx, payments.Taking{ChargeID: c.ID, OfficerID: h.head.ID, OfficerName: h.head.Name, Way: payments.ByCash, Satang: c.Satang, PaidAt: h.now()})
			}
			if i == 0 {
				held, lookErr := tickets.Files(h.ctx(), tx, t.ID)
				if lookErr != nil {
					return lookErr
				}
				_, err = till.Claim(h.ctx(), tx, "citizen 1", c.ID, files.AttachmentID(held[1].AttachmentID), h.now())
			}
			if err != nil {
				return err
			}
		}
		return till.SetAccount(h.ctx(), tx, h.agency.ID, h.head.ID, payments.Account{Kind: "id", Number: "0994000000006", Name: "เทศบาลตำบลตัวอย่าง", Counter: "กองคลัง ชั้น 1 วันราชการ 08:30-15:30 น."})
	})
	return all[0]
}

// TestFeeLook: where money is taken and the register, in both themes, from wide to the narrowest (WCAG 2.2 AA).
func TestFeeLook(t *testing.T) {
	t.Parallel()
	b := open(t)
	h := newHouse(t, withFiles(t, newBox(t)))
	ticket := h.charged()
	h.within(func(tx pgx.Tx) error { // the case is a colleague's: whoever takes money sees the slip all the same
		_, err := tx.Exec(h.ctx(), `UPDATE tickets SET officer_id = $2 WHERE id = $1`, ticket.ID, h.colleague.ID)
		return err
	})
	b.enter(h, h.head)
	for _, scheme := range []string{"light", "dark"} {
		b.scheme(scheme)
		for _, width := range []int64{1440, 390, 320} {
			b.size(width, 1900)
			for name, path := range map[string]string{"fee": fmt.Sprintf("/admin/tickets/%d/fee", ticket.ID), "fees": "/admin/fees"} {
				where := fmt.Sprintf("%s-%s-%d", name, scheme, width)
				b.visit(h.server.URL+path, "main h1")
				value[bool](b, openAll)
				b.noOverflow(where)
				b.accessible(where)
				b.shot(where)
			}
		}
	}
	want := []string{fmt.Sprint(h.head.ID, " file 2 other รับชำระค่าธรรมเนียมหรือออกใบเสร็จ")}
	if got := h.readings(ticket.ID); !slices.Equal(got, want) {
		t.Errorf("readings %q, want %q", got, want)
	}
	if got := h.as(h.colleague).get(fmt.Sprintf("/admin/tickets/%d", ticket.ID)); strings.Contains(got.body, "เปิดเรื่องของผู้อื่น") {
		t.Error("the holder is asked why")
	}
}

// Whoever takes money does so from the list of fees and comes back there: a case that is a colleague's is not opened by it,
// and nobody is asked why.
func TestMoneyIsTakenFromTheList(t *testing.T) {
	t.Parallel()
	h := newHouse(t, withFiles(t, newBox(t)))
	ticket := h.charged()
	h.within(func(tx pgx.Tx) error {
		_, err := tx.Exec(h.ctx(), `UPDATE tickets SET officer_id = $2 WHERE id = $1`, ticket.ID, h.colleague.ID)
		return err
	})
	b := h.as(h.employ(h.agency, "cashier@tb.example", "นายการเงิน ตัวอย่าง", agencies.RoleCashier))
	at := fmt.Sprintf("/admin/tickets/%d/fee?from=fees", ticket.ID)
	if list := b.get("/admin/fees"); !strings.Contains(list.body, `href="`+at+`"`) {
		t.Errorf("the list does not lead to the fee: %s", list.body)
	}
	sheet := b.get(at)
	if sheet.StatusCode != http.StatusOK || strings.Contains(sheet.body, "#ticket") || !strings.Contains(sheet.body, `hx-vals='{"alone":"yes"}'`) {
		t.Errorf("the fee as a page of its own: %d %s", sheet.StatusCode, sheet.body)
	}
	if beside := b.get(at, asHTMX()...); !strings.Contains(beside.body, `hx-target="#ticket"`) {
		t.Error("beside its case the fee does not renew it")
	}
	form := url.Values{"key": {sheet.key(t)}, "charge": {"1"}, "way": {string(payments.ByCash)}, "amount": {"1,250.50"}, "paid_at": {h.now().In(start.Location()).Format("2006-01-02T15:04")}}
	got := b.post(fmt.Sprintf("/admin/tickets/%d/fee/take?from=fees", ticket.ID), form)
	if got.StatusCode != http.StatusSeeOther || got.Header.Get("Location") != "/admin/fees?done=fee-taken" {
		t.Fatalf("taking the money: %d %s %s", got.StatusCode, got.Header.Get("Location"), got.body)
	}
	form.Set("alone", "yes") // by script it is the same: the second time changes nothing
	if again := b.post(fmt.Sprintf("/admin/tickets/%d/fee/take?from=fees", ticket.ID), form, asHTMX()...); again.StatusCode != http.StatusOK || again.Header.Get("HX-Redirect") != "/admin/fees?done=fee-taken" {
		t.Errorf("by script: %d %s", again.StatusCode, again.Header.Get("HX-Redirect"))
	}
	done := b.get(got.Header.Get("Location"))
	if !strings.Contains(done.body, `role="status"`) || strings.Contains(done.body, `href="`+at+`"`) {
		t.Errorf("afterwards: %s", done.body)
	}
	for _, r := range h.readings(ticket.ID) {
		if strings.Contains(r, " case ") {
			t.Errorf("the case was opened: %s", r)
		}
	}
}
