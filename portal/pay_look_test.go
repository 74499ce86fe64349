package portal_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/chromedp"
	"github.com/jackc/pgx/v5"

	"saphan/internal/browser"
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

// A fee in a browser: by day and by night, in both languages, on a small telephone and a desktop, its page fits, can be
// tapped, and has nothing that axe-core objects to. Pictures are kept as artefacts.
func TestPayInABrowser(t *testing.T) {
	t.Parallel()
	s := newStand(t)
	pages := owed(t, s)
	ctx := browser.Start(t)
	kept := filepath.Join("..", "artefacts")
	if err := os.MkdirAll(kept, 0o750); err != nil {
		t.Fatal(err)
	}
	for name, path := range pages {
		for _, look := range []struct {
			lang, scheme string
			width        int64
		}{{"th", "light", 320}, {"th", "dark", 390}, {"en", "light", 320}, {"th", "light", 1280}, {"en", "dark", 1280}} {
			where := fmt.Sprint("pay-", name, "-", look.width, "-", look.lang, "-", look.scheme)
			step, cancel := context.WithTimeout(ctx, 60*time.Second)
			_, err := chromedp.Call(step, network.SetExtraHTTPHeaders, network.SetExtraHTTPHeadersParams{Headers: network.Headers{"Cookie": "saphan-lang=" + look.lang}})
			if err == nil {
				_, err = chromedp.Call(step, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{
					Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: look.scheme}},
				})
			}
			if err == nil {
				err = chromedp.Do(step, chromedp.EmulateViewport(look.width, 800, chromedp.EmulateScale(1)), chromedp.Navigate(s.server.URL+path), chromedp.WaitVisible(chromedp.CSS("h1")))
			}
			if err != nil {
				cancel()
				t.Fatalf("%s: %v", where, err)
			}
			wide, err := chromedp.Run(step, chromedp.Evaluate[int64]("document.documentElement.scrollWidth"))
			if err != nil || wide > look.width {
				t.Errorf("%s is %d px wide, %v", where, wide, err)
			}
			small, err := chromedp.Run(step, chromedp.Evaluate[string](`[...document.querySelectorAll("a.b,button,.logo,summary")].filter(e=>e.getBoundingClientRect().height<40).map(e=>e.outerHTML).join("\n")`))
			if err != nil || small != "" {
				t.Errorf("%s: lower than 40 px: %s, %v", where, small, err)
			}
			for _, v := range violations(step, t) {
				t.Errorf("%s: %s", where, v)
			}
			picture, err := chromedp.Run(step, chromedp.FullScreenshot(100))
			cancel()
			if err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(filepath.Join(kept, "portal-"+where+".png"), picture, 0o600); err != nil {
				t.Fatal(err)
			}
		}
	}
}
