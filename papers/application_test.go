package papers_test

import (
	"strings"
	"testing"
	"time"

	"saphan/internal/fault"
	"saphan/internal/tool"
	"saphan/papers"
)

func application() papers.Application {
	return papers.Application{
		Reference: "F1-000012", Service: "ขอใบอนุญาตประกอบกิจการที่เป็นอันตรายต่อสุขภาพ", FormCode: "สอ.1", Agency: agency(), Citizen: "นางสาวสมหญิง ตัวอย่างสกุล",
		Answers: []papers.Section{{Heading: "สถานประกอบการ", Rows: []papers.Row{{Label: "ชื่อร้าน", Value: "ร้านตัวอย่างการช่าง"}, {Label: "ที่ตั้ง", Value: "99 หมู่ที่ 1 ตำบลตัวอย่าง"}}}},
		Files:   []string{"แผนที่สังเขป", "สัญญาเช่า"}, Declares: "ข้าพเจ้าขอรับรองว่าข้อความข้างต้นเป็นความจริง", Notice: []string{"หน่วยงานใช้ข้อมูลนี้เพื่อพิจารณาคำขอตามกฎหมาย"},
		Officer: papers.Officer{Name: "นางวราภรณ์ ตัวอย่าง"}, FilledAt: at(2026, time.November, 23, 10, 5),
	}
}

// MTH-1.3: the sheet of a counter case has a blank for the pen and never a typed signature: under the line stands no name.
func TestApplicationIsLeftToThePen(t *testing.T) {
	t.Parallel()
	a := application()
	path := written(t, a.PDF)
	says(t, path, a.Reference, a.Service, a.Agency.Name, "ร้านตัวอย่างการช่าง", "แผนที่สังเขป", a.Declares, "ลงชื่อ ....", "ผู้ยื่นคำขอ", "เจ้าหน้าที่ผู้รับคำขอ")
	text := tool.Run(t, "pdftotext", "-layout", path, "-")
	if after := text[strings.LastIndex(text, "ลงชื่อ ...."):]; strings.Contains(after, a.Citizen) || strings.Contains(after, a.Officer.Name) {
		t.Errorf("a name stands where the pen signs: %s", after)
	}
	pictured(t, path, "application")
	a.Citizen = ""
	if _, err := a.PDF(); !fault.Is(err, fault.Invalid) {
		t.Errorf("without a citizen: %v", err)
	}
}
