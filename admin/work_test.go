package admin_test

import (
	"fmt"
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
	"github.com/jackc/pgx/v5"

	"saphan/tickets"
)

// TestWorkingThroughACase does in a browser what an officer does in a morning: opens a case, takes
// it, answers, notes, asks for documents and decides, while news come in by themselves.
func TestWorkingThroughACase(t *testing.T) {
	t.Parallel()
	b := open(t, "422 (Unprocessable Entity)")
	h := newHouse(t, withFiles(t, newBox(t)), withBell(t))
	ticket := h.business(h.keep("หน้าร้าน.jpg", photo(t, 800, 600)), h.keep("แผนที่.pdf", samplePDF()))
	b.size(1440, 900)
	b.enter(h, h.officer)

	// Open without a new page, read marks as read.
	b.do("mark this page", chromedp.Evaluate[chromedp.Void](`window.samePage = true`))
	b.click("#rows .t")
	b.holds("the case is open", `document.querySelector('#ticket h1')?.textContent.includes('ตัวอย่างการช่าง')`)
	b.holds("the address follows", fmt.Sprintf(`location.pathname === '/admin/tickets/%d'`, ticket.ID))
	b.holds("the row is marked", `document.querySelector('#rows .t').getAttribute('aria-current') === 'true'`)
	b.holds("it was read", `!document.querySelector('#rows .t.unread')`)
	if h.ticket(ticket.ID).Unread {
		t.Error("the ticket is still unread")
	}

	// Typed words outlive what happens around them.
	b.write("#reply-text", "ได้รับเรื่องแล้วค่ะ")
	h.says(ticket, tickets.Said{Source: "m1", Text: "สวัสดีครับ มีอะไรขาดไหมครับ"})
	b.holds("the citizen's words appear", `document.querySelector('#talk').textContent.includes('มีอะไรขาดไหมครับ')`)
	b.holds("nothing typed is lost", `document.querySelector('#reply-text').value === 'ได้รับเรื่องแล้วค่ะ'`)
	b.click(".hd-acts .b.p")
	b.holds("it is taken", `document.querySelector('.hd .meta').textContent.includes('ท่านรับเรื่องไว้')`)
	b.holds("nothing typed is lost", `document.querySelector('#reply-text').value === 'ได้รับเรื่องแล้วค่ะ'`)

	// Answer, by two presses at once.
	b.do("press twice", chromedp.Evaluate[chromedp.Void](`document.querySelector('.reply .go').click(); document.querySelector('.reply .go').click()`))
	b.holds("the answer stands in the talk", `document.querySelector('#talk .m.officer')?.textContent.includes('ได้รับเรื่องแล้วค่ะ')`)
	b.holds("the box is empty again", `document.querySelector('#reply-text').value === ''`)
	b.holds("said once", `document.querySelectorAll('#talk .m.officer').length === 1`)

	// A note in a dialog.
	b.click(".reply .aside")
	b.holds("the dialog is open", `document.querySelector('#sheet').open`)
	b.write("#sheet textarea", "นัดตรวจสถานที่วันพุธ")
	b.shot("dialog-note")
	b.click("#sheet .go")
	b.holds("the dialog closed", `!document.querySelector('#sheet').open`)
	b.holds("the note stands in the talk", `document.querySelector('#talk .m.note')?.textContent.includes('นัดตรวจสถานที่วันพุธ')`)

	// Documents open in place.
	b.click(".doc:nth-of-type(1)")
	b.holds("the picture is drawn", `document.querySelector('#sheet .stage img')?.naturalWidth === 800`)
	b.shot("dialog-photo")
	b.do("close", chromedp.KeyEvent(kb.Escape))
	b.holds("the dialog closed", `!document.querySelector('#sheet').open`)
	b.click(".doc:nth-of-type(2)")
	b.holds("the document is framed", `document.querySelector('#sheet .stage iframe')`)
	b.shot("dialog-pdf")
	b.click("#sheet .close")

	// A mistake in a dialog is said there, and nothing typed is lost.
	b.click(`.acts a[href*="/ask"]`)
	b.holds("the dialog is open", `document.querySelector('#sheet').open`)
	b.click("#sheet .go")
	b.holds("the problem is said in the dialog", `document.querySelector('#sheet-problem').textContent.includes('ยังไม่ได้ระบุเอกสารที่ขาด')`)
	b.click(`#sheet input[name="suggested"]`)
	b.shot("dialog-ask")
	b.click("#sheet .go")
	b.holds("the list stands in the case", `document.querySelector('.wants li')?.textContent.includes('ส่งภายใน')`)

	// Another officer's work appears.
	h.within(func(tx pgx.Tx) error {
		return h.desk.Note(h.ctx(), tx, tickets.ByOfficer(h.colleague.ID), ticket.ID, "ตรวจสถานที่แล้ว เรียบร้อยดี")
	})
	b.holds("the colleague's note appears", `document.querySelector('#talk').textContent.includes('เรียบร้อยดี')`)

	// Decide.
	b.click(".acts .b.ok")
	b.holds("the dialog says what will be issued", `document.querySelector('#sheet .told')?.textContent.includes('ใบอนุญาต')`)
	b.write("#conditions", "ปิดทำการไม่เกิน 20:00 น.")
	b.shot("dialog-approve")
	b.click("#sheet .go")
	b.holds("the result stands in the case", `document.querySelector('.result.ok')?.textContent.includes('20:00')`)
	b.holds("nothing is left to decide", `!document.querySelector('.acts .b.ok')`)
	b.shot("decided")
	if !value[bool](b, `window.samePage === true`) {
		t.Error("the page was loaded anew on the way")
	}
	if got := h.ticket(ticket.ID).Status; got != tickets.Approved {
		t.Errorf("the ticket is %s", got)
	}
}

// TestNewsArrive: a new case shows without a reload and is announced politely.
func TestNewsArrive(t *testing.T) {
	t.Parallel()
	b := open(t)
	h := newHouse(t, withBell(t))
	b.size(1440, 900)
	b.enter(h, h.officer)
	b.holds("nothing waits", `document.querySelector('.empty')`)
	h.problem("หน้าโรงเรียนตัวอย่าง")
	b.holds("the case appears", `document.querySelector('#rows .t')`)
	b.holds("it is announced", `document.querySelector('#news').textContent === 'มีเรื่องเข้ามาในรายการ 1 เรื่อง'`)
	b.holds("the count follows", `document.querySelector('#side a[aria-current] .n').textContent.startsWith('1')`)
	h.problem("หน้าวัดตัวอย่าง")
	b.holds("the next one too", `document.querySelectorAll('#rows .t').length === 2`)

	// The keyboard's short ways, and the switch that turns them off (WCAG 2.1.4).
	b.do("j", chromedp.KeyEvent("j"))
	b.holds("the first row has the focus", `document.activeElement === document.querySelectorAll('#rows .t')[0]`)
	b.do("j", chromedp.KeyEvent("j"))
	b.holds("the second row has the focus", `document.activeElement === document.querySelectorAll('#rows .t')[1]`)
	b.do("enter", chromedp.KeyEvent(kb.Enter))
	b.holds("it opens", `document.querySelector('#ticket h1')?.textContent.includes('หน้าวัดตัวอย่าง')`)
	b.do("r", chromedp.KeyEvent("r"))
	b.holds("the reply has the focus", `document.activeElement.id === 'reply-text'`)
	b.do("leave the box", chromedp.Evaluate[chromedp.Void](`document.activeElement.blur()`))
	b.do("slash", chromedp.KeyEvent("/"))
	b.holds("the search has the focus", `document.activeElement.id === 'q'`)
	b.do("leave the box", chromedp.Evaluate[chromedp.Void](`document.activeElement.blur()`))
	b.do("question mark", chromedp.KeyEvent("?"))
	b.holds("the help sheet opens", `document.querySelector('#keys').open`)
	b.shot("keys")
	b.click("#keys-on")
	b.do("close", chromedp.KeyEvent(kb.Escape))
	b.do("leave the box", chromedp.Evaluate[chromedp.Void](`document.activeElement.blur()`))
	b.do("slash", chromedp.KeyEvent("/"))
	if value[string](b, `document.activeElement.id`) == "q" {
		t.Error("the short way works although it is switched off")
	}
	if value[string](b, `document.cookie`) != "" {
		t.Error("scripts can read the session cookie (ASVS 3.3.4)")
	}
}
