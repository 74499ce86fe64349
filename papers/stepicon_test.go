package papers_test

import (
	"testing"

	"saphan/internal/draw"
	"saphan/papers"
)

// Words of steps and documents have icons that there are; the first word counts, and words that say nothing have none.
func TestIconsForWords(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"ชำระค่าธรรมเนียม แล้วออกใบอนุญาต": "banknote", "ตรวจสถานที่และให้ความเห็น": "map-pinned", "ตรวจกับทะเบียนใบอนุญาต": "book-open", "มีคำสั่งและแจ้งผล": "stamp", "อื่น ๆ": "",
	} {
		if got := papers.StepIcon(text); got != want || got != "" && !draw.HasIcon(got) {
			t.Errorf("%s: %q, want %q", text, got, want)
		}
	}
	for text, want := range map[string]string{"บัตรประจำตัวประชาชน": "id-card", "หนังสือมอบอำนาจ": "signature", "แบบแปลนและรายการประกอบ": "ruler", "โฉนดที่ดิน": "landmark", "ก": ""} {
		if got := papers.DocumentIcon(text); got != want || got != "" && !draw.HasIcon(got) {
			t.Errorf("%s: %q, want %q", text, got, want)
		}
	}
}
