package portal_test

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/chromedp"
	"github.com/jackc/pgx/v5"

	"saphan/citizens"
	"saphan/internal/browser"
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
		if err := s.desk.Ask(ctx, tx, tickets.ByOfficer(s.officer), waiting.ID, tickets.Asking{Labels: []string{"แผนที่"}, DueOn: s.now().AddDate(0, 0, 7)}); err != nil {
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

// violations are what axe-core finds against WCAG 2.2 AA on the page that is open.
func violations(ctx context.Context, t *testing.T) []string {
	t.Helper()
	axe, err := os.ReadFile(filepath.Join("..", "admin", "testdata", "third_party", "axe-core", "axe.min.js"))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := chromedp.Run(ctx, chromedp.Evaluate[chromedp.Void](string(axe)+";null")); err != nil {
		t.Fatal(err)
	}
	found, err := chromedp.Run(ctx, chromedp.Evaluate[string](`axe.run(document, {
		runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'], resultTypes: ['violations']
	}).then((r) => JSON.stringify(r.violations.flatMap((v) => v.nodes.map((n) => v.id + ' (' + v.help + '): ' + n.html + '\n' + n.failureSummary))))`, chromedp.EvalAwaitPromise))
	if err != nil {
		t.Fatal(err)
	}
	var all []string
	if err := json.Unmarshal([]byte(found), &all); err != nil {
		t.Fatal(err)
	}
	return all
}

// A person's own pages in a browser: by day and by night, in both languages, on a small telephone and a desktop, they
// fit, can be tapped, and have nothing that axe-core objects to. Pictures are kept as artefacts.
func TestMeInABrowser(t *testing.T) {
	t.Parallel()
	s := newStand(t)
	s.withStore(t)
	g := busy(t, s)
	ctx := browser.Start(t)
	kept := filepath.Join("..", "artefacts")
	if err := os.MkdirAll(kept, 0o750); err != nil {
		t.Fatal(err)
	}
	for _, page := range []string{"/me", "/me/documents", "/me/profile", "/me/readings", "/me/data", "/me/delete", "/me/export/none"} {
		for _, look := range []struct {
			lang, scheme string
			width        int64
		}{{"th", "light", 320}, {"th", "dark", 390}, {"en", "light", 320}, {"th", "light", 1280}} {
			where := fmt.Sprint(strings.Trim(strings.ReplaceAll(page, "/", "-"), "-"), "-", look.width, "-", look.lang, "-", look.scheme)
			step, cancel := context.WithTimeout(ctx, 60*time.Second)
			_, err := chromedp.Call(step, network.SetExtraHTTPHeaders, network.SetExtraHTTPHeadersParams{
				Headers: network.Headers{"Cookie": g.cookie + "; saphan-lang=" + look.lang},
			})
			if err == nil {
				_, err = chromedp.Call(step, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{
					Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: look.scheme}},
				})
			}
			if err == nil {
				err = chromedp.Do(step, chromedp.EmulateViewport(look.width, 800, chromedp.EmulateScale(2)), chromedp.Navigate(s.server.URL+page), chromedp.WaitVisible(chromedp.CSS("h1")))
			}
			if err != nil {
				cancel()
				t.Fatalf("%s: %v", where, err)
			}
			wide, err := chromedp.Run(step, chromedp.Evaluate[int64]("document.documentElement.scrollWidth"))
			if err != nil || wide > look.width {
				t.Errorf("%s is %d px wide, %v", where, wide, err)
			}
			small, err := chromedp.Run(step, chromedp.Evaluate[int64](`[...document.querySelectorAll("a.b,button,.logo,.tabs a,summary,.tick")].filter(e=>e.getBoundingClientRect().height<40).length`))
			if err != nil || small > 0 {
				t.Errorf("%s: %d things to tap are lower than 40 px, %v", where, small, err)
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
