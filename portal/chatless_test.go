package portal_test

import (
	"context"
	"net/http"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"

	"saphan/citizens"
	"saphan/payments"
	"saphan/tickets"
)

// Who asked on a page has no chat, and is not told to do anything there: not on the page of the case, not in the list of
// their own, not on the page of the fee.
func TestNobodyIsSentToAChatTheyDoNotHave(t *testing.T) {
	t.Parallel()
	s := newFormStand(t)
	citizen, v := s.signedIn(t, citizens.Checked)
	v.begin("public-problem").put("category", "light", "location", "เสาไฟหน้าศาลาหมู่ 4").press("next").press("").is(http.StatusOK, "/sent")
	s.route(t)
	v.open(v.at).is(http.StatusOK, "/track/")
	track := v.at
	var fee string
	s.everywhere(t, func(ctx context.Context, tx pgx.Tx) error {
		all, err := tickets.OfCitizens(ctx, tx, []int64{int64(citizen)}, 1)
		if err != nil {
			return err
		}
		one := all[int64(citizen)][0]
		if err := s.desk.Ask(ctx, tx, tickets.ByOfficer(s.officer), one.ID, tickets.Asking{Added: added("แผนที่"), DueOn: s.now().AddDate(0, 0, 7)}); err != nil {
			return err
		}
		till := payments.NewTill(s.jobs, s.now)
		if err := till.SetAccount(ctx, tx, s.agency.ID, s.officer, payments.Account{Kind: "mobile", Number: "0812345678", Name: "เทศบาลตำบลตัวอย่าง"}); err != nil {
			return err
		}
		c, _, err := till.Open(ctx, tx, payments.Demand{
			AgencyID: s.agency.ID, TicketID: int64(one.ID), Cause: payments.ByDecision, About: "ค่าธรรมเนียมตัวอย่าง", Payer: "สมหญิง ตัวอย่าง",
			Lines: []payments.Line{{Label: "ค่าธรรมเนียม", Satang: 10000, Whole: 10000}}, DueOn: s.now().AddDate(0, 0, 15), Law: "ข้อบัญญัติตัวอย่าง",
		})
		fee = "/pay/" + c.Token
		return err
	})
	for path, want := range map[string]string{track: "ส่งภายใน", "/me": "เปิดเรื่องนี้เพื่อส่งเอกสารที่เจ้าหน้าที่ขอ", fee: "โอนแล้วแสดงสลิปที่หน่วยงาน หรือโทรแจ้ง"} {
		if v.open(path).is(http.StatusOK, path).shows(want); strings.Contains(v.says(), "แชต") {
			t.Errorf("%s speaks of a chat:\n%s", path, v.says())
		}
	}
	// Who has one is.
	waiting := s.ticket(t)
	s.everywhere(t, func(ctx context.Context, tx pgx.Tx) error {
		return s.desk.Ask(ctx, tx, tickets.ByOfficer(s.officer), waiting.ID, tickets.Asking{Added: added("แผนที่"), DueOn: s.now().AddDate(0, 0, 7)})
	})
	v.open("/track/" + waiting.TrackToken).shows("ส่งเป็นรูปหรือไฟล์ในแชตเดิมได้เลย")
}
