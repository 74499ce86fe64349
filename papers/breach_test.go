package papers_test

import (
	"strings"
	"testing"
	"time"

	"saphan/internal/fault"
	"saphan/papers"
)

// breach is a printout that lay at the printer's.
func breach() papers.Breach {
	return papers.Breach{
		Number: "SN 3/2569", Agency: agency(), Contact: "นักจัดการงานทั่วไป ทำหน้าที่ DPO โทร. 02 000 0000 อีเมล dpo@example.go.th", DetectedAt: at(2026, time.November, 23, 10, 5),
		DueAt: at(2026, time.November, 26, 10, 5), HappenedFrom: at(2026, time.November, 20, 16, 0), HappenedUntil: at(2026, time.November, 23, 9, 30), ReportedBy: "เจ้าของร้านพิมพ์",
		What: "กระดาษพิมพ์รายชื่อผู้ยื่นคำขอรับเบี้ยยังชีพวางอยู่ที่ร้านพิมพ์ ลูกค้าอื่นของร้านเห็นได้", Data: "ชื่อ ที่อยู่ เลขประจำตัวประชาชน เลขบัญชีธนาคาร", Persons: 1240, Estimated: true,
		Consequences: "อาจมีผู้นำข้อมูลไปแอบอ้างหรือหลอกให้โอนเงิน", Measures: "เก็บกระดาษคืนทั้งหมดและทำลายต่อหน้าพยานสองคน\nเลิกส่งพิมพ์นอกสำนักงาน", Risk: "มีความเสี่ยงสูง",
		RiskReasons: "มีเลขประจำตัวประชาชนพร้อมเลขบัญชีธนาคาร", LateWhy: "พบเหตุระหว่างวันหยุดยาว", At: at(2026, time.November, 27, 9, 0),
	}
}

// PDP-6: the form says what the regulator is to know: who, when, what, whose, how bad, what was done, and why it is late.
func TestBreachForm(t *testing.T) {
	t.Parallel()
	b := breach()
	path := written(t, b.PDF)
	says(t, path, b.Number, b.Agency.Name, "DPO", "23 พฤศจิกายน 2569 เวลา 10:05", "26 พฤศจิกายน 2569 เวลา 10:05", "20 พฤศจิกายน 2569", "เจ้าของร้านพิมพ์", "รายชื่อผู้ยื่นคำขอ", "เลขบัญชีธนาคาร",
		"ประมาณ 1,240 คน", "แอบอ้าง", "ทำลายต่อหน้าพยาน", "มีความเสี่ยงสูง", "วันหยุดยาว", "มาตรา 37 (4)")
	if pages := pictured(t, path, "breach"); len(pages) != 1 {
		t.Errorf("%d pages", len(pages))
	}
}

// What is not known yet is said to be so, and what is long flows on.
func TestBreachFormShortAndLong(t *testing.T) {
	t.Parallel()
	b := papers.Breach{Number: "SN 4/2569", Agency: agency(), What: strings.Repeat("ยังตรวจสอบอยู่ ", 300) + "จบ", DetectedAt: at(2026, time.November, 23, 10, 5), DueAt: at(2026, time.November, 26, 10, 5), At: at(2026, time.November, 23, 11, 0), ThaiDigits: true}
	path := written(t, b.PDF)
	says(t, path, "ยังไม่ทราบ จะแจ้งเพิ่มเติม", "จบ", "๒๕๖๙")
	pictured(t, path, "breach-long")
	b.What = " "
	if _, err := b.PDF(); !fault.Is(err, fault.Invalid) {
		t.Errorf("of nothing: %v", err)
	}
}

// PDP-6: the register of a year on paper.
func TestBreachRegisterOnPaper(t *testing.T) {
	t.Parallel()
	r := papers.BreachRegister{Agency: agency(), Period: "พ.ศ. 2569", MadeAt: at(2026, time.November, 30, 16, 0), Entries: []papers.BreachEntry{
		{No: "2/2569", DetectedAt: at(2026, time.November, 23, 10, 5), What: breach().What, Persons: "ประมาณ 1,240", Risk: "มีความเสี่ยงสูง", State: "แจ้ง สคส. แล้ว", ReportedAt: at(2026, time.November, 24, 9, 0)},
		{No: "1/2569", DetectedAt: at(2026, time.March, 2, 8, 30), What: "ส่งอีเมลผิดคน", Persons: "1", Risk: "ไม่มีความเสี่ยง", State: "ปิดแล้ว"},
	}}
	path := written(t, r.PDF)
	says(t, path, "ทะเบียนเหตุละเมิดข้อมูลส่วนบุคคล", "2/2569", "ส่งอีเมลผิดคน", "2 เหตุ", "แจ้ง สคส.")
	pictured(t, path, "breach-register")
	r.Entries = nil
	says(t, written(t, r.PDF), "ไม่มีเหตุในช่วงนี้")
	r.Agency.Name = ""
	if _, err := r.PDF(); !fault.Is(err, fault.Invalid) {
		t.Errorf("without an agency: %v", err)
	}
}
