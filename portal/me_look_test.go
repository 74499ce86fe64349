package portal_test

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/jackc/pgx/v5"

	"saphan/citizens"
	"saphan/tickets"
)

// busy is a citizen with something on every page of theirs.
func busy(t *testing.T, s *stand) *guest {
	t.Helper()
	open, waiting, done := s.ticket(t), s.ticket(t), s.ticket(t)
	me := citizens.CitizenID(open.CitizenID)
	s.everywhere(t, func(ctx context.Context, tx pgx.Tx) error {
		for _, ticket := range []tickets.Ticket{waiting, done} {
			if _, err := tx.Exec(ctx, `UPDATE tickets SET citizen_id = $1 WHERE id = $2`, me, ticket.ID); err != nil {
				return err
			}
		}
		for i, kind := range []citizens.ReadingKind{citizens.ReadCase, citizens.ReadFile} {
			if err := citizens.NoteReading(ctx, tx, citizens.Reading{
				AgencyID: int64(s.agency.ID), TicketID: int64(open.ID), OfficerID: int64(s.officer), Kind: kind, AttachmentID: int64(i), Standing: citizens.Other, At: s.now(),
			}); err != nil {
				return err
			}
		}
		if err := s.desk.Ask(ctx, tx, tickets.ByOfficer(s.officer), waiting.ID, tickets.Asking{Added: added("แผนที่"), DueOn: s.now().AddDate(0, 0, 7)}); err != nil {
			return err
		}
		return s.desk.Decide(ctx, tx, tickets.ByOfficer(s.officer), tickets.Decision{TicketID: done.ID, Outcome: tickets.Approve, Reason: "ตอบแล้ว"})
	})
	past, future := s.now().AddDate(0, 0, -1), s.now().AddDate(1, 0, 0)
	s.deposit(t, open, "ทะเบียนบ้าน.pdf", []byte("%PDF-1.7\n1"), &future)
	s.deposit(t, open, "สัญญาเช่าอาคารพาณิชย์เลขที่ 12-13 ถนนตัวอย่างยาวมาก.pdf", []byte("%PDF-1.7\n2"), &past)
	s.remember(t, me, citizens.Fact{Key: "name", Text: "สมหญิง ตัวอย่าง", Origin: "thaid", Verified: true, At: s.now()},
		citizens.Fact{Key: "national_id", Text: "1-2345-45678-78-1", Origin: "thaid", Verified: true, At: s.now()},
		citizens.Fact{Key: "address", Text: "12/3 หมู่ที่ 4 ตำบลทุ่งแค้ว อำเภอหนองม่วงไข่ จังหวัดแพร่ 54170", Origin: "request 1", At: s.now()})
	return s.signIn(t, me, citizens.Account)
}

// A person's own pages.
func TestMeInABrowser(t *testing.T) {
	t.Parallel()
	s := newStand(t)
	s.withStore(t)
	g := busy(t, s)
	s.mandates(t, g.id)
	pages := openGallery(t, s.server.URL, "portal", "a.b,button,.logo,.tabs a,summary,.tick")
	for _, page := range []string{"/me", "/me/documents", "/me/profile", "/me/readings", "/me/mandates", "/me/data", "/me/delete", "/me/export/none"} {
		for _, as := range lights {
			pages.look(strings.Trim(strings.ReplaceAll(page, "/", "-"), "-"), page, g.cookie, as, nil)
		}
	}
}

// PDP-10: powers of attorney of every state, those of others for oneself, the paper being shown, and forms that can be filed
// under one, under another, or under none.
func TestMandatesInABrowser(t *testing.T) {
	t.Parallel()
	s := newFormStand(t)
	citizen, v := s.signedIn(t, citizens.Checked)
	_, nobody := s.signedIn(t, citizens.Checked)
	s.mandates(t, citizen)
	id := s.mandateFrom(t, citizen, "สมปอง ตัวอย่าง", "3100600445635", true, "hazardous-business", "food-premises")
	principal := newVisitor(t, s.server.URL)
	s.signIn(t, principal, s.proved(t, "3100600445635"), citizens.Proven)
	pages := openGallery(t, s.server.URL, "mandates", "a.b,button,.logo,.tabs a,summary,.choice")
	looks := func(name, path string, by *visitor, before func(step context.Context) string) {
		for _, as := range []light{{"th", "light", 390}, {"en", "dark", 390}, {"th", "light", 1280}} {
			pages.look(name, path, "saphan-citizen="+by.cookies().all["saphan-citizen"], as, before)
		}
	}
	looks("held", "/me/mandates", v, unfold(t))
	looks("none", "/me/mandates", nobody, nil)
	looks("given", "/me/mandates", principal, nil)
	form := fmt.Sprint("/me/mandates/new?agency=", s.agency.ID)
	looks("new", form, v, nil)
	looks("wrong", form, v, func(step context.Context) string {
		must(t, chromedp.Do(step, chromedp.Click(chromedp.CSS("[value=some]")), chromedp.Click(chromedp.CSS("[name=service]")), chromedp.Click(chromedp.CSS("[value=family]")),
			chromedp.SendKeys(chromedp.CSS("#attorney"), "มาลี ตัวอย่าง"), chromedp.SendKeys(chromedp.CSS("#principal"), "สมชาย ตัวอย่าง"), chromedp.SendKeys(chromedp.CSS("#attorney_id"), "1234545678782")))
		_, err := chromedp.Run(step, chromedp.Evaluate[chromedp.Void](`document.querySelector("form.fill").noValidate = true; document.querySelector("form.fill .wide").click()`))
		must(t, err)
		must(t, chromedp.Do(step, chromedp.WaitVisible(chromedp.CSS("#problem"))))
		return ""
	})
	v.begin("hazardous-business")
	at := v.draft()
	looks("choose", at+"/review", v, nil)
	v.do("POST", at+"/mandate", "application/x-www-form-urlencoded", strings.NewReader(fmt.Sprint("mandate=", id)))
	looks("chosen", at+"/review", v, nil)
	v.open(at+"?part=2").put("name", "สมศักดิ์ ตัวอย่าง").press("save")
	looks("differs", at+"/review", v, nil)
	paper := s.mandateFrom(t, citizen, "สมหมาย ตัวอย่าง", "5341600000094", true)
	filed := s.filedUnder(t, v, citizen, paper)
	looks("track", "/track/"+filed.TrackToken, v, nil)
	s.everywhere(t, func(ctx context.Context, tx pgx.Tx) error {
		return s.desk.EndMandate(ctx, tx, tickets.ByCitizen(int64(citizen)), paper, "")
	})
	looks("track-over", "/track/"+filed.TrackToken, v, nil)
	looks("me-over", "/me", v, nil)
}
