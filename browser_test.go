package main

import (
	"context"
	"fmt"
	"path/filepath"
	"testing"
	"time"

	"github.com/chromedp/cdproto/input"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
	"github.com/pquerna/otp/totp"

	"saphan/internal/browser"
)

// artefacts is where screenshots are kept, outside the repository's history.
const artefacts = "artefacts"

// tab is a page in the browser.
type tab struct {
	t   *testing.T
	ctx context.Context //nolint:containedctx // chromedp's handle of the tab
}

// openBrowser starts a browser with one empty tab.
func openBrowser(t *testing.T) *tab {
	t.Helper()
	ctx := browser.Start(t)
	browser.Watch(t, ctx)
	return &tab{t, ctx}
}

// another opens a further tab of the same browser.
func (b *tab) another() *tab {
	b.t.Helper()
	ctx := browser.Tab(b.t, b.ctx)
	browser.Watch(b.t, ctx)
	return &tab{b.t, ctx}
}

// failed is where the picture of a failure is kept.
func (b *tab) failed() string {
	return filepath.Join(artefacts, "whole-failed.png")
}

func (b *tab) do(what string, steps ...chromedp.Action[chromedp.Void]) {
	b.t.Helper()
	browser.Do(b.t, b.ctx, b.failed(), what, steps...)
}

// visit opens an address in a window of that size.
func (b *tab) visit(address, wait string, width, height int64) {
	b.t.Helper()
	b.do("open "+address, chromedp.EmulateViewport(width, height), chromedp.Navigate(address), chromedp.WaitVisible(chromedp.CSS(wait)))
}

func (b *tab) click(selector string) {
	b.t.Helper()
	b.do("click "+selector, chromedp.Click(chromedp.CSS(selector), chromedp.NodeVisible))
}

// write puts words into a field as a keyboard for Thai does: key by key, the library would take ข for
// a key of a television.
func (b *tab) write(selector, words string) {
	b.t.Helper()
	b.do("go to "+selector, chromedp.WaitVisible(chromedp.CSS(selector)), chromedp.Focus(chromedp.CSS(selector)))
	ctx, cancel := context.WithTimeout(b.ctx, followsWithin)
	defer cancel()
	if _, err := chromedp.Call(ctx, input.InsertText, input.InsertTextParams{Text: words}); err != nil {
		b.t.Fatalf("write into %s: %v", selector, err)
	}
}

// holds waits until a JavaScript expression is true.
func (b *tab) holds(what, expression string) {
	b.t.Helper()
	browser.Holds(b.t, b.ctx, b.failed(), what, expression)
}

// shows waits for words on the page.
func (b *tab) shows(words string) {
	b.t.Helper()
	b.holds("“"+words+"” on the page", fmt.Sprintf(`document.body.innerText.includes(%q)`, words))
}

// value reads a JavaScript expression as text.
func (b *tab) value(expression string) string {
	b.t.Helper()
	return browser.Value[string](b.t, b.ctx, expression)
}

// shot keeps a picture of the window as an artefact.
func (b *tab) shot(name string) {
	b.t.Helper()
	browser.Keep(b.t, b.ctx, filepath.Join(artefacts, "whole-"+name+".png"))
}

// phone is the chat page with a citizen before it.
type phone struct {
	*tab
	c *citizen
}

// settled waits until the page shows a message and what it offers.
func (p phone) settled(m bubble) {
	p.t.Helper()
	p.holds("the message on the screen", fmt.Sprintf(`document.querySelector('[data-id=%q]')`, m.ID))
	if len(m.Quick) > 0 {
		p.holds("its quick replies", fmt.Sprintf(`document.querySelectorAll('[data-testid="quick-reply"]').length === %d`, len(m.Quick)))
	}
}

// taps what a message offers, on the screen.
func (p phone) taps(m bubble, o offer) {
	p.t.Helper()
	p.settled(m)
	selector := fmt.Sprintf(`[data-testid="flex-button"][data-action-data=%q]`, o.Data)
	for _, q := range m.Quick {
		if q == o {
			selector = fmt.Sprintf(`[data-testid="quick-reply"][data-action-type=%q]`, o.Type)
			if o.Data != "" {
				selector += fmt.Sprintf(`[data-action-data=%q]`, o.Data)
			}
		}
	}
	p.click(selector)
	switch o.Type {
	case "camera":
		p.click(`[data-testid="camera-sample-0"]`)
	case "cameraRoll":
		p.click(`[data-testid="photo-sample-0"]`)
		p.click(`[data-testid="photo-send"]`)
	case "location":
		p.click(`[data-testid="place-0"]`)
		p.click(`[data-testid="location-send"]`)
	case "datetimepicker":
		p.click(`[data-testid="picker-ok"]`)
	}
}

// says types words and sends them.
func (p phone) says(words string) {
	p.t.Helper()
	p.write(`[data-testid="composer-input"]`, words)
	p.do("press Enter", chromedp.KeyEvent(kb.Enter))
}

// The whole way in two tabs of a browser: the citizen picks, taps, sends photos and confirms; the
// officer signs in, sees what comes without reloading, answers and approves; the permit arrives.
func browserWay(t *testing.T, tw *town) {
	c := tw.newCitizen(t, "มยุรี", "🏭 ใบอนุญาตกิจการ", unpriced)
	p := phone{openBrowser(t), c}
	p.visit(tw.line+"/?user="+c.id, `[data-testid="quick-reply"]`, 1280, 900)
	p.shot("1-greeting")

	// The officer has the inbox open before anything comes.
	inbox := p.another()
	inbox.visit(tw.base+"/admin/", "#email", 1440, 900)
	inbox.shot("2-sign-in")
	inbox.signIn(tw, headOfficer)
	inbox.value(`(window.notReloaded = "yes")`)
	inbox.shot("3-inbox")

	// The citizen follows what is offered.
	p.c.followsBy(spoken("review.label"), p.taps, p.says)
	review := last(c.answers())
	p.settled(review)
	p.shot("4-review")
	p.taps(review, review.Buttons[0])
	receipt := c.sees(spoken("receipt.label"))
	number := receipt.after(spoken("receipt.label"))
	p.settled(receipt)
	p.shot("5-receipt")

	// It shows in the inbox by itself.
	inbox.shows(number)
	inbox.shot("6-new-ticket")
	inbox.click(fmt.Sprintf(`a.t[data-id="%s"]`, inbox.value(fmt.Sprintf(`[...document.querySelectorAll("a.t")].find((n) => n.textContent.includes(%q)).dataset.id`, number))))
	inbox.holds("the ticket", fmt.Sprintf(`document.querySelector("#ticket")?.textContent.includes(%q)`, number))
	inbox.click(`form[action*="/take"] button`)
	inbox.shows("ท่านรับเรื่องไว้")
	inbox.shot("7-taken")

	// A question and its answer, both without reloading.
	p.taps(receipt, receipt.Buttons[len(receipt.Buttons)-1])
	c.sees(spoken("talk.begin", "number", number))
	p.says("ต้องอยู่รอเจ้าหน้าที่ที่ร้านไหมคะ")
	inbox.shows("ต้องอยู่รอเจ้าหน้าที่ที่ร้านไหมคะ")
	inbox.write("#reply-text", "ไม่ต้องค่ะ ขอให้มีผู้ดูแลอยู่ก็พอ")
	inbox.shot("8-message")
	if got := inbox.value(`document.querySelector("#reply-text").value`); got != "ไม่ต้องค่ะ ขอให้มีผู้ดูแลอยู่ก็พอ" {
		t.Errorf("typed while news came in: %q", got)
	}
	inbox.click("#reply button.go")
	inbox.holds("the field empty again", `document.querySelector("#reply-text").value === ""`)
	p.shows("ไม่ต้องค่ะ ขอให้มีผู้ดูแลอยู่ก็พอ")
	inbox.holds("the words marked as sent", `[...document.querySelectorAll("#talk .m.officer")].some((n) => n.textContent.includes("ส่งแล้ว"))`)
	inbox.shot("9-answered")

	// Approval, and the permit in the chat.
	inbox.click(`#reply-acts a[href*="/approve"]`)
	inbox.write("#sheet #conditions", "เปิดได้ไม่เกิน 20.00 น.")
	inbox.shot("10-approve")
	inbox.click("#sheet form button.go")
	inbox.holds("the result on the ticket", `document.querySelector("#result-title")`)
	inbox.shot("11-approved")
	if got := inbox.value(`String(window.notReloaded)`); got != "yes" {
		t.Error("the inbox was reloaded on the way")
	}
	card := c.sees(spoken("decision.granted"))
	p.settled(card)
	p.shot("12-permit-card")
	link := p.value(`document.querySelector('a[data-testid="flex-button"][href*="/p/"], a[href*="/p/"]')?.href ?? document.querySelector('[data-action-uri*="/p/"]').dataset.actionUri`)
	if link != card.link(spoken("choice.permit")) {
		t.Errorf("the button leads to %s", link)
	}

	// What the link opens, on a telephone, and what the agency's system has got.
	permit := p.another()
	permit.visit(link, "main", 390, 844)
	permit.shows(card.after(spoken("decision.permit")))
	permit.shot("13-permit")
	agency := p.another()
	agency.visit(tw.agency+"/", "body", 1280, 900)
	agency.shows("permit.issued")
	agency.shot("14-agency")
}

// signIn fills in the page as a person with an authenticator app.
func (b *tab) signIn(tw *town, email string) {
	b.t.Helper()
	for _, who := range tw.creds.Officers {
		if who.Email != email {
			continue
		}
		code, err := totp.GenerateCode(who.TOTP, time.Now())
		if err != nil {
			b.t.Fatal(err)
		}
		b.write("#email", who.Email)
		b.write("#password", who.Password)
		b.write("#code", code)
		b.click("form.stack button")
		b.do("see the inbox", chromedp.WaitVisible(chromedp.CSS("#list")))
		return
	}
	b.t.Fatalf("nobody has the address %s", email)
}
