package admin_test

import (
	"fmt"
	"testing"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"saphan/tickets"
)

// TestOnAPhone: list and case are views of their own, with a way back, and everything that decides
// is on the screen without scrolling.
func TestOnAPhone(t *testing.T) {
	t.Parallel()
	b := open(t)
	h := newHouse(t)
	ticket := h.business()
	h.problem("หน้าโรงเรียนตัวอย่าง")
	b.size(390, 844)
	b.enter(h, h.officer)
	const seen = `((s) => { const r = document.querySelector(s)?.getBoundingClientRect(); return r && r.width > 20 && r.top >= 0 && r.bottom <= innerHeight && r.right <= innerWidth })`
	if value[bool](b, seen+`('.main')`) {
		t.Error("the empty pane takes room")
	}
	b.click(fmt.Sprintf(`.t[data-id="%d"]`, ticket.ID))
	b.holds("the case is open", `document.querySelector('#ticket h1')?.offsetParent`)
	if value[bool](b, `!!document.querySelector('#rows .t').offsetParent`) {
		t.Error("the list still shows")
	}
	for _, sel := range []string{".hd .back", ".hd-acts .b.p", "#reply-text", ".reply .go", ".acts .b.no", ".acts .b.ok", ".acts .aside"} {
		if !value[bool](b, seen+`('`+sel+`')`) {
			t.Errorf("%s is not on the screen", sel)
		}
		if small := value[float64](b, `document.querySelector('`+sel+`').getBoundingClientRect().height`); small < 36 {
			t.Errorf("%s is %.0f pixels high", sel, small)
		}
	}
	b.click(".acts .b.no")
	b.holds("the form is open", `document.querySelector('#sheet').open`)
	b.noOverflow("form")
	b.shot("phone-refuse")
	b.click("#sheet .close")
	b.click(".hd .back")
	b.holds("the list is back", `document.querySelector('#rows .t')?.offsetParent && !document.querySelector('#ticket')`)
}

// TestWithoutJavaScript: the same work as plain links and forms.
func TestWithoutJavaScript(t *testing.T) {
	t.Parallel()
	b := open(t)
	h := newHouse(t, withFiles(t, newBox(t)))
	ticket := h.business(h.keep("หน้าร้าน.jpg", photo(t, 400, 300)))
	if _, err := chromedp.Call(b.ctx, emulation.SetScriptExecutionDisabled, emulation.SetScriptExecutionDisabledParams{Value: true}); err != nil {
		t.Fatal(err)
	}
	b.size(1440, 900)
	b.visit(h.server.URL+"/admin/", "#email")
	b.write("#email", h.officer.Email)
	b.write("#password", password)
	b.write("#code", h.code(h.officer)+kb.Enter)
	wait := func(sel string) {
		t.Helper()
		b.do("wait for "+sel, chromedp.WaitVisible(chromedp.CSS(sel)))
	}
	wait("#list")
	b.click("#rows .t")
	wait("#ticket")
	b.click(".hd-acts .b.p")
	wait("#done")
	b.write("#reply-text", "ได้รับเรื่องแล้วค่ะ")
	b.click(".reply .go")
	wait("#talk .m.officer")
	b.click(".reply .aside")
	wait(".alone textarea")
	b.write("#text", "นัดตรวจวันพุธ")
	b.click(".alone .go")
	wait("#talk .m.note")
	b.click(".card .doc")
	wait(".alone .stage img")
	b.click(".alone .close")
	wait("#ticket")
	b.click(`.acts a[href*="/ask"]`)
	wait(`input[name="suggested"]`)
	b.click(`.alone input[name="suggested"]`)
	b.click(".alone .go")
	wait(".wants")
	b.click(".acts .b.no")
	wait("#facts")
	b.click(`.alone input[value="hygiene"]`)
	b.write("#facts", "พบน้ำเสียรั่วซึม")
	b.click(".alone .go")
	wait(".result.bad")
	b.shot("without-javascript")
	if got := h.ticket(ticket.ID).Status; got != tickets.Refused {
		t.Errorf("the ticket is %s", got)
	}
	if got := h.events(ticket.ID); got != "created taken replied noted asked decided" {
		t.Errorf("history: %s", got)
	}
	b.click(".who summary")
	b.click(`form[action="/admin/sign-out"] button`)
	wait("#email")
}

// TestTroubleIsSaid: when the session ends or the network breaks under an open page, the page says
// so, and what was typed stays.
func TestTroubleIsSaid(t *testing.T) {
	t.Parallel()
	b := open(t, "401 (Unauthorized)", "Failed to load resource", "ERR_CONNECTION", "Failed to fetch", "htmx", "NetworkError")
	h := newHouse(t, withBell(t))
	h.problem("หน้าโรงเรียนตัวอย่าง")
	b.size(1440, 900)
	b.enter(h, h.officer)
	b.click("#rows .t")
	b.holds("the case is open", `document.querySelector('#ticket')`)
	b.write("#reply-text", "กำลังพิมพ์อยู่")
	h.must(h.sessionsOf().SignOutEverywhere(t.Context(), h.officer.ID))
	value[bool](b, `document.body.dispatchEvent(new CustomEvent('seen'))`) // the page reads its list again by itself
	b.holds("the page says that the session has ended", `!document.querySelector('#ended').hidden`)
	b.click("#rows .t")
	b.holds("nothing typed is lost", `document.querySelector('#reply-text').value === 'กำลังพิมพ์อยู่'`)
	for _, width := range []int64{390, 1440} {
		b.size(width, 900)
		b.holds("what is said covers no button", `[...document.querySelectorAll('.reply .b')].every((button) => { const r = button.getBoundingClientRect();
			return r.width && button.contains(document.elementFromPoint(r.left + r.width / 2, r.bottom - 3)) })`)
		b.shot(fmt.Sprintf("session-ended-%d", width))
	}
	b.click(".reply .go")
	b.holds("the page says that the session has ended", `document.querySelector('#reply-problem').textContent.includes('หมดเวลาใช้งาน')`)
	b.holds("nothing typed is lost", `document.querySelector('#reply-text').value === 'กำลังพิมพ์อยู่'`)
	b.shot("session-ended")
	h.server.CloseClientConnections()
	h.server.Listener.Close() //nolint:errcheck // the server is to be gone
	b.click(".reply .go")
	b.holds("the page says that the system cannot be reached", `!document.querySelector('#offline').hidden`)
	b.holds("nothing typed is lost", `document.querySelector('#reply-text').value === 'กำลังพิมพ์อยู่'`)
}
