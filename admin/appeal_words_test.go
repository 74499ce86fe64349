package admin_test

import (
	"fmt"
	"strings"
	"testing"

	"saphan/forms"
)

// Whoever decides on an appeal reads whether they allow or dismiss it, not whether they permit something (EGA-5.1).
func TestAppealIsDecidedInItsWords(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	plea := h.file("appeal", "นางมาลี ตัวอย่าง", map[string]forms.Input{
		"case": {Text: "SN-2569-000099"}, "grounds": {Text: "สายนั้นมีไฟ"}, "wants": {Text: "ขอให้ตัดไฟ"},
	})
	b := h.as(h.officer)
	at := fmt.Sprintf("/admin/tickets/%d", plea.ID)
	for path, words := range map[string][]string{
		at: {"อุทธรณ์ฟังขึ้น", "ยกอุทธรณ์"}, at + "/approve": {"อุทธรณ์ฟังขึ้น", "คำวินิจฉัยอุทธรณ์"}, at + "/refuse": {"เหตุผลที่ยกอุทธรณ์", "ยืนยันยกอุทธรณ์"},
	} {
		got := b.get(path)
		for _, w := range words {
			if !strings.Contains(got.body, w) {
				t.Errorf("%s lacks %q", path, w)
			}
		}
		for _, w := range []string{"แจ้งผลดำเนินการ", "ไม่อนุมัติ", "หลอดไฟ"} {
			if strings.Contains(got.body, w) {
				t.Errorf("%s has %q", path, w)
			}
		}
	}
}
