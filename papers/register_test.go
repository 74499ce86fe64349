package papers_test

import (
	"strconv"
	"testing"
	"time"

	"saphan/internal/fault"
	"saphan/papers"
)

// register is a month of a receive register. Every name is an example.
func register(n int) papers.Register {
	r := papers.Register{Agency: agency(), Period: "พฤศจิกายน 2569", Whole: true, MadeAt: at(2026, time.November, 30, 16, 0)}
	for i := range n {
		entered := at(2026, time.November, 20, 9, i%60)
		e := papers.Entered{
			No: strconv.Itoa(1234 + i), Case: "SN-2569-001234", EnteredAt: entered, DeemedAt: entered, From: "นางสาวสมหญิง ตัวอย่างสกุล", To: "กองสาธารณสุขและสิ่งแวดล้อม",
			About: "ขอใบอนุญาตประกอบกิจการที่เป็นอันตรายต่อสุขภาพ", Result: "กำลังพิจารณา", Way: "แชต",
		}
		if i == 1 {
			e.DeemedAt, e.From, e.Way = at(2026, time.November, 23, 8, 30), "ชื่อถูกลบตามอายุการเก็บ", "เคาน์เตอร์"
		}
		r.Entries = append(r.Entries, e)
	}
	return r
}

// MTH-2.3: the printed register has the number, both times, from whom, to whom, what about and what became of it, and its
// heads again on every page.
func TestRegisterOnPaper(t *testing.T) {
	t.Parallel()
	r := register(40)
	path := written(t, r.PDF)
	says(t, path, "ทะเบียนหนังสือรับ", r.Agency.Name, "พฤศจิกายน 2569", "1234", "1273", "20 พ.ย. 2569", "ถือว่าได้รับ", "08:30", "เคาน์เตอร์", "ไม่มีเลขขาด", "40 รายการ")
	if pages := pictured(t, path, "register"); len(pages) < 3 {
		t.Errorf("%d pages", len(pages))
	}
}

func TestRegisterWithoutLinesAndRefusals(t *testing.T) {
	t.Parallel()
	r := register(0)
	r.ThaiDigits = true
	says(t, written(t, r.PDF), "ไม่มีรายการในช่วงนี้", "พฤศจิกายน ๒๕๖๙")
	r.Agency.Name = ""
	if _, err := r.PDF(); !fault.Is(err, fault.Invalid) {
		t.Errorf("without an agency: %v", err)
	}
}
