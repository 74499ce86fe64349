package admin_test

import (
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
)

// TestKeysOfTheThaiLayout: most officers leave the Thai layout on, where the keys type other letters.
func TestKeysOfTheThaiLayout(t *testing.T) {
	t.Parallel()
	b := open(t)
	h := newHouse(t)
	h.problem("หน้าโรงเรียนตัวอย่าง")
	b.size(1440, 900)
	b.enter(h, h.officer)
	press := func(key, code string, shift bool) {
		t.Helper()
		script := `document.activeElement.dispatchEvent(new KeyboardEvent('keydown', {key: '` + key + `', code: '` + code + `', bubbles: true, cancelable: true`
		if shift {
			script += `, shiftKey: true`
		}
		b.do("press "+key, chromedp.Evaluate[chromedp.Void](script+`})), undefined`))
	}
	press("่", "KeyJ", false)
	b.holds("the first case has the focus", `document.activeElement.classList.contains('t')`)
	b.click("#rows .t")
	b.holds("the case is open", `document.activeElement.id === 'ticket-title'`)
	press("พ", "KeyR", false)
	b.holds("the answer can be typed", `document.activeElement.id === 'reply-text'`)
	press("่", "KeyJ", false)
	b.holds("letters that are typed are letters", `document.activeElement.id === 'reply-text'`)
	b.do("leave", chromedp.Evaluate[chromedp.Void](`document.activeElement.blur()`))
	press("ฦ", "Slash", true)
	b.holds("the keys are explained", `document.querySelector('#keys').open`)
	b.do("close", chromedp.KeyEvent(kb.Escape))
	b.holds("they are gone", `!document.querySelector('#keys').open`)
	press("ฝ", "Slash", false)
	b.holds("the search has the focus", `document.activeElement.id === 'q'`)
}
