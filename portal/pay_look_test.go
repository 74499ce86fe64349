package portal_test

import (
	"context"
	"testing"

	"github.com/jackc/pgx/v5"

	"saphan/payments"
)

// owed are the addresses of fees as they can stand: due, and paid.
func owed(t *testing.T, s *stand) map[string]string {
	t.Helper()
	till := payments.NewTill(s.jobs, s.now)
	pages := map[string]string{}
	s.everywhere(t, func(ctx context.Context, tx pgx.Tx) error {
		if err := till.SetAccount(ctx, tx, s.agency.ID, s.officer, payments.Account{Kind: "mobile", Number: "0812345678", Name: "เทศบาลตำบลตัวอย่าง", Counter: "กองคลัง ชั้น 1 วันราชการ 08:30-15:30 น."}); err != nil {
			return err
		}
		return nil
	})
	for _, state := range []string{"due", "paid", "waived"} {
		ticket := s.ticket(t)
		s.everywhere(t, func(ctx context.Context, tx pgx.Tx) error {
			c, _, err := till.Open(ctx, tx, payments.Demand{
				AgencyID: s.agency.ID, TicketID: int64(ticket.ID), Cause: payments.ByDecision, About: "ค่าธรรมเนียมใบอนุญาตประกอบกิจการที่เป็นอันตรายต่อสุขภาพ", Payer: "นางสาวสมหญิง ตัวอย่าง",
				Lines: []payments.Line{{Label: "การซ่อมรถยนต์ เครื่องจักรไม่เกิน 10 แรงม้า", Satang: 100000, Whole: 100000}, {Label: "การพ่นสี", Satang: 25050, Whole: 50100, Law: "ข้อบัญญัติตัวอย่าง พ.ศ. 2565 ข้อ 9"}},
				DueOn: s.now().AddDate(0, 0, 15), Law: "พ.ร.บ. การสาธารณสุข พ.ศ. 2535 มาตรา 65",
			})
			pages[state] = "/pay/" + c.Token
			switch {
			case err != nil:
			case state == "paid":
				_, err = till.Take(ctx, tx, payments.Taking{ChargeID: c.ID, OfficerID: s.officer, OfficerName: "การเงิน ตัวอย่าง", Way: payments.ByCash, Satang: c.Satang, PaidAt: s.now()})
			case state == "waived":
				err = till.Waive(ctx, tx, s.officer, c.ID, "ผู้ประสบภัยพิบัติ", "ข้อบัญญัติตัวอย่าง พ.ศ. 2565 ข้อ 12")
			}
			return err
		})
	}
	return pages
}

// The page of a fee, as it can stand.
func TestPayInABrowser(t *testing.T) {
	t.Parallel()
	s := newStand(t)
	g := openGallery(t, s.server.URL, "portal-pay", "a.b,button,.logo,summary")
	for name, path := range owed(t, s) {
		for _, as := range lights {
			g.look(name, path, "", as, nil)
		}
	}
}
