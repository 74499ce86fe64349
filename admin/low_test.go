package admin_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/chromedp/chromedp"
)

// TestLowWindow: on a laptop as low as offices have them, the talk of somebody who cannot be reached
// still has room to be read, and the keyboard goes on where the case is after it was decided.
func TestLowWindow(t *testing.T) {
	t.Parallel()
	b := open(t)
	h := newHouse(t, withFiles(t, newBox(t)))
	ticket := h.problem("หน้าโรงเรียนตัวอย่าง ถนนตัวอย่าง 2 ต.ตัวอย่าง อ.เมือง จ.ตัวอย่าง 10000 ตรงข้ามตลาดสด")
	h.block(ticket.ID, true)
	b.size(1366, 640)
	b.enter(h, h.officer)
	b.click("#rows .t")
	b.holds("the case is open", `document.querySelector('#blocked')?.offsetParent`)
	b.shot("low")
	if room := value[float64](b, `document.querySelector('#col-talk').getBoundingClientRect().height`); room < 200 {
		t.Errorf("%.0f pixels are left for the talk", room)
	}
	b.click(".acts .b.ok")
	b.holds("the dialog is open", `document.querySelector('#sheet').open`)
	b.write("#reason", "เปลี่ยนหลอดไฟแล้ว")
	after := filepath.Join(t.TempDir(), "after.jpg")
	h.must(os.WriteFile(after, photo(t, 60, 40), 0o600))
	b.do("choose a photo", chromedp.SetUploadFiles(chromedp.CSS("#photos"), []string{after}))
	b.write("#crew", "ช่างไฟฟ้า ชุด 2")
	b.click("#sheet .go")
	b.holds("the result stands in the case", `document.querySelector('.result.ok')`)
	b.holds("the keyboard is at the case", `document.activeElement.id === 'ticket-title'`)
}
