package papers_test

import (
	"strings"
	"testing"
	"time"

	"saphan/internal/tool"
	"saphan/papers"
)

// LFA-12.1: whoever was told nothing in time holds a letter that says so, by which law, about which request, and that it is evidence
// until the licence comes. No officer signed it: the agency's system made it when the time was over.
func TestDeemedLetter(t *testing.T) {
	t.Parallel()
	c := papers.Case{
		Number: "SN-2569-000123", Service: "ขอใบอนุญาตประกอบกิจการที่เป็นอันตรายต่อสุขภาพ", Agency: agency(), Citizen: "นางสาวสมหญิง ตัวอย่างสกุล",
		ReceivedAt: at(2026, time.October, 20, 9, 0), At: at(2026, time.November, 20, 0, 0), TrackURL: "https://saphan.example.go.th/track/3q9f-7m2k",
	}
	why := "พ้นกำหนดพิจารณาแล้ว ถือว่าอนุญาตโดยผลของกฎหมาย (พ.ร.บ. ตัวอย่าง มาตรา 1)"
	path := written(t, c.Deemed(why).PDF)
	says(t, path, c.Number, c.Agency.Name, "20 พฤศจิกายน 2569", "แจ้งว่าถือว่าได้รับอนุญาตโดยผลของกฎหมาย", c.Citizen, c.Service, "20 ตุลาคม 2569", "พ้นกำหนดเวลาพิจารณาแล้ว",
		"ใช้หนังสือนี้เป็นหลักฐานได้จนกว่าจะได้รับใบอนุญาต", why, "ออกโดยระบบเมื่อพ้นกำหนด", c.TrackURL)
	readAloud(t, path, c.Agency.Name, "20 พฤศจิกายน 2569", "เรื่อง", "เรียน", "ตามคำขอที่อ้างถึง", "ผลการพิจารณา", "ออกโดยระบบเมื่อพ้นกำหนด", "Figure")
	pages := pictured(t, path, "letter-deemed")
	if len(pages) != 1 {
		t.Errorf("%d pages", len(pages))
	}
	if got := tool.Code(t, pages[0]); got != c.TrackURL {
		t.Errorf("the QR code says %q", got)
	}
}

// What a service calls its results stands in the letters about them: of an appeal nobody reads that it was not permitted.
func TestNamedResult(t *testing.T) {
	t.Parallel()
	c := papers.Case{
		Number: "SN-2569-000124", Service: "อุทธรณ์คำสั่ง", Agency: agency(), Citizen: "นางสาวสมหญิง ตัวอย่างสกุล", Officer: papers.Officer{Name: "นายตัวอย่าง", Post: "นายกเทศมนตรี"},
		ReceivedAt: at(2026, time.October, 20, 9, 0), At: at(2026, time.November, 20, 0, 0), TrackURL: "https://saphan.example.go.th/track/3q9f-7m2k",
	}
	c.Named = "อุทธรณ์ฟังขึ้น"
	path := written(t, c.Granted("คำสั่งเดิมไม่ได้ฟังพยาน", "").PDF)
	says(t, path, "แจ้งผลการพิจารณา: อุทธรณ์ฟังขึ้น", "ผลคือ อุทธรณ์ฟังขึ้น", "คำสั่งเดิมไม่ได้ฟังพยาน")
	if text := tool.Tight(tool.Run(t, "pdftotext", path, "-")); strings.Contains(text, "อนุมัติ") {
		t.Errorf("an appeal is granted like a request: %s", text)
	}
	c.Named = "ยกอุทธรณ์"
	path = written(t, c.Refused(papers.Refusal{Facts: "ตรวจพยานแล้ว", Reason: "คำสั่งเดิมชอบแล้ว", LegalBasis: "มาตรา 46", AppealBody: "ศาลปกครอง", AppealDays: 90}).PDF)
	says(t, path, "แจ้งคำสั่งยกอุทธรณ์และสิทธิอุทธรณ์", "มีคำสั่งยกอุทธรณ์", "ศาลปกครอง")
	if text := tool.Tight(tool.Run(t, "pdftotext", path, "-")); strings.Contains(text, "ไม่อนุมัติ") {
		t.Errorf("an appeal is refused like a request: %s", text)
	}
}
