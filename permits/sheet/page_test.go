package sheet_test

import (
	"encoding/xml"
	"fmt"
	"strings"
	"testing"
	"time"

	"saphan/internal/tool"
	"saphan/permits/sheet"
)

// Values of any length wrap, keep out of each other's way and go on to the next page.
func TestPagesHoldWhatTheyMust(t *testing.T) {
	t.Parallel()
	sentence := "ผู้รับใบอนุญาตต้องดูแลรักษาสถานประกอบกิจการให้ถูกสุขลักษณะ มีระบบบำบัดน้ำเสียและบ่อดักไขมันตามหลักเกณฑ์ที่กำหนดในข้อบัญญัติท้องถิ่น "
	cases := map[string]struct {
		change func(*sheet.Document)
		pages  int
		look   bool // keep a picture
	}{
		"bare": {func(d *sheet.Document) {
			*d = sheet.Document{Number: d.Number, Title: "ใบอนุญาต", Agency: sheet.Agency{Name: "กรมตัวอย่าง"}, Holder: d.Holder, IssuedOn: d.IssuedOn, VerifyURL: d.VerifyURL}
		}, 1, false},
		"replacement": {func(d *sheet.Document) {
			d.Title, d.Replaces, d.Book, d.ValidUntil = "ใบแทนใบอนุญาตประกอบกิจการที่เป็นอันตรายต่อสุขภาพ", "SN-HB-2569-000000", "12", time.Time{}
			d.Signer.ActingFor = "นายกเทศมนตรีตำบลตัวอย่าง"
		}, 1, true},
		"amended": {func(d *sheet.Document) {
			d.Title, d.Replaces = "ใบอนุญาตประกอบกิจการที่เป็นอันตรายต่อสุขภาพ (แก้ไขรายการ)", "SN-HB-2569-000000"
		}, 1, true},
		"long address": {func(d *sheet.Document) {
			d.Sections[0].Rows[2].Value = strings.Repeat("บ้านเลขที่ 12/3 หมู่ที่ 4 ตำบลทุ่งแค้ว ", 12)
		}, 2, false},
		"many conditions": {func(d *sheet.Document) {
			for range 12 {
				d.Conditions = append(d.Conditions, sentence)
			}
		}, 2, true},
		"5,000 characters": {func(d *sheet.Document) { d.Conditions = []string{strings.Repeat(sentence, 40)} }, 3, false},
		"no place to break": {func(d *sheet.Document) {
			d.Holder = strings.Repeat("ฟ้าใสกว้างใหญ่ไพศาล", 20)
			d.Sections[0].Rows[0].Value = d.Holder
			d.Sections[1].Rows[0].Value = strings.Repeat("Wm", 200)
			d.Sections[1].Rows[1].Label = strings.Repeat("ป้ายยาวมาก", 12)
		}, 2, false},
		"long names": {func(d *sheet.Document) {
			d.Title = "หนังสือรับรองการแจ้งจัดตั้งสถานที่จำหน่ายอาหารหรือสถานที่สะสมอาหารที่มีพื้นที่ไม่เกินสองร้อยตารางเมตร"
			d.Agency.Name = "องค์การบริหารส่วนตำบลหนองตัวอย่างยาวมากเป็นพิเศษเพื่อทดสอบการจัดหน้าเอกสารอิเล็กทรอนิกส์"
			d.Agency.Unit = "กองสาธารณสุขและสิ่งแวดล้อม ฝ่ายบริหารงานสาธารณสุข งานสุขาภิบาลและอนามัยสิ่งแวดล้อม"
			d.Signer.Post = "รองนายกองค์การบริหารส่วนตำบลหนองตัวอย่างยาวมากเป็นพิเศษ ปฏิบัติหน้าที่นายกองค์การบริหารส่วนตำบล"
			d.Notice = strings.Repeat("ต้องแสดงใบรับรองนี้ไว้ในที่เปิดเผย ", 5)
			d.VerifyURL = "https://e-services.long-example-municipality.go.th/somewhere/deep/p/SN-HB-2569-000001"
		}, 2, false},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d := sample()
			c.change(&d)
			path := written(t, d)
			if c.look {
				picture(t, path, "permit-"+strings.ReplaceAll(name, " ", "-"))
			}
			pages := layout(t, path)
			if len(pages) != c.pages {
				t.Errorf("%d pages, want %d", len(pages), c.pages)
			}
			for i, words := range pages {
				apart(t, i+1, words)
			}
			text := tool.Tight(tool.Run(t, "pdftotext", "-raw", path, "-"))
			for _, s := range d.Sections {
				for _, r := range s.Rows {
					if want := strings.Join(strings.Fields(r.Value), ""); !strings.Contains(text, want) && len(pages) == 1 {
						t.Errorf("%s: %q is not on the page whole", r.Label, r.Value)
					}
				}
			}
			if n := len(d.Conditions); n > 1 && !strings.Contains(text, fmt.Sprintf("%d.%s", n, strings.Join(strings.Fields(d.Conditions[n-1]), "")[:30])) {
				t.Errorf("condition %d has lost its number", n)
			}
			if !strings.Contains(text, fmt.Sprintf("หน้า%dจาก%d", len(pages), len(pages))) {
				t.Error("the last page does not say that it is")
			}
		})
	}
}

// word is where a word stands on a page; y grows downwards.
type word struct {
	XMin float64 `xml:"xMin,attr"`
	YMin float64 `xml:"yMin,attr"`
	XMax float64 `xml:"xMax,attr"`
	YMax float64 `xml:"yMax,attr"`
	Text string  `xml:",chardata"`
}

// layout asks an independent reader where the words of each page stand.
func layout(t *testing.T, path string) [][]word {
	t.Helper()
	out := tool.Run(t, "pdftotext", "-bbox", path, "-")
	start, end := strings.Index(out, "<doc>"), strings.Index(out, "</doc>")
	if start < 0 || end < 0 {
		t.Fatalf("no layout:\n%s", out)
	}
	var doc struct {
		Pages []struct {
			Words []word `xml:"word"`
		} `xml:"page"`
	}
	if err := xml.Unmarshal([]byte(out[start:end+len("</doc>")]), &doc); err != nil {
		t.Fatal(err)
	}
	pages := make([][]word, len(doc.Pages))
	for i, p := range doc.Pages {
		pages[i] = p.Words
	}
	return pages
}

// apart checks that words stay inside the frame and off each other. The reader's boxes are as high as the font's tallest
// letters, so lines may share a part of that height.
func apart(t *testing.T, page int, words []word) {
	t.Helper()
	const frame, share = 34.0, 0.45
	for i, a := range words {
		if a.XMin < frame || a.XMax > 595.3-frame || a.YMin < frame-8 || a.YMax > 841.9-frame+14 {
			t.Errorf("page %d: %q leaves the frame: %+v", page, a.Text, a)
		}
		for _, b := range words[i+1:] {
			wide := min(a.XMax, b.XMax) - max(a.XMin, b.XMin)
			high := min(a.YMax, b.YMax) - max(a.YMin, b.YMin)
			if wide > 0.5 && high > share*min(a.YMax-a.YMin, b.YMax-b.YMin) {
				t.Errorf("page %d: %q and %q overlap: %+v %+v", page, a.Text, b.Text, a, b)
			}
		}
	}
}

// What the font cannot draw is shown as a sign that something stands there, and its text is kept.
func TestForeignLettersKeepTheirText(t *testing.T) {
	t.Parallel()
	d := sample()
	d.Sections[1].Rows[0].Value = "ร้าน 漢字 😀 ตัวอย่าง"
	text := tool.Run(t, "pdftotext", "-layout", written(t, d), "-")
	if !strings.Contains(text, "ร้าน 漢字 😀 ตัวอย่าง") {
		t.Errorf("text was lost:\n%s", text)
	}
}

// Whatever is typed into a form, a permit can be drawn of it.
func FuzzPermit(f *testing.F) {
	for _, s := range []string{"", "ที่อยู่", "\x00\u202e\ufeff", "ำำำ", "่่่", "เ", "a\r\nb\tc", strings.Repeat("ก้", 400), "((\\))", "\xff\xfe", "ก\u0e4d\u0e48า", "…", "\u0e33"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		d := sample()
		d.Title, d.Agency.Name, d.Holder = "ใบอนุญาต "+s, "หน่วยงาน "+s, "ผู้รับ "+s
		d.Sections[0].Rows[0] = sheet.Row{Label: s, Value: s}
		d.Sections[1].Heading = s
		d.Conditions = []string{s}
		d.Signer.Name, d.Signer.Post, d.LegalBasis, d.Notice, d.Fee.Note = s, s, s, s, s
		if _, err := sheet.Permit(d, made); err != nil {
			t.Fatal(err)
		}
	})
}
