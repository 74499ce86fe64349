package papers_test

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"strings"
	"testing"
	"time"

	"saphan/internal/fault"
	"saphan/internal/tool"
	"saphan/papers"
)

// agency is an example of one.
func agency() papers.Agency {
	return papers.Agency{
		Name: "เทศบาลตำบลตัวอย่าง", Unit: "กองสาธารณสุขและสิ่งแวดล้อม", Phone: "02 000 0000", Email: "saraban@example.go.th", TaxID: "0994000000000",
		Address: "99 หมู่ที่ 1 ตำบลตัวอย่าง อำเภอตัวอย่าง จังหวัดตัวอย่าง 10000",
	}
}

// receipt is of a request that came on a Friday evening. Every name is an example.
func receipt() papers.Receipt {
	return papers.Receipt{
		Number: "SN-2569-000123", Service: "ขอใบอนุญาตประกอบกิจการที่เป็นอันตรายต่อสุขภาพ", FormCode: "กอ.1", Agency: agency(),
		Citizen: "นางสาวสมหญิง ตัวอย่างสกุล", NationalID: "1234545678781", Channel: "LINE ของเทศบาลตำบลตัวอย่าง",
		EnteredAt: at(2026, time.November, 20, 18, 42), ReceivedAt: at(2026, time.November, 23, 8, 30),
		Answers: []papers.Section{
			{Heading: "ผู้ขอใบอนุญาต", Rows: []papers.Row{
				{Label: "ที่อยู่", Value: "12/3 หมู่ที่ 4 ซอยน้ำค้าง ถนนสุขสวัสดิ์พัฒนา ตำบลทุ่งแค้ว อำเภอหนองม่วงไข่ จังหวัดแพร่ 54170"},
				{Label: "เบอร์โทรศัพท์", Value: "081 234 5678"}, {Label: "อีเมล", Value: "somying9@example.com"}, {Label: "ไม่ได้ตอบ", Value: ""},
			}},
			{Heading: "สถานประกอบกิจการ", Rows: []papers.Row{
				{Label: "ชื่อสถานประกอบการ", Value: "โรงน้ำแข็งตัวอย่าง ปั๊มน้ำใส"}, {Label: "ประเภทกิจการ", Value: "การผลิตน้ำแข็งก้อนและน้ำแข็งหลอดเพื่อจำหน่าย"},
				{Label: "พื้นที่ประกอบกิจการ", Value: "180 ตร.ม."}, {Label: "กำลังเครื่องจักร", Value: "15 แรงม้า"},
			}},
		},
		Files: []papers.ReceivedFile{
			{Document: "หนังสือยินยอมให้ใช้สถานที่", Name: "ยินยอม.pdf", Size: 348_211, SHA256: sha256.Sum256([]byte("a"))},
			{Document: "แผนที่ตั้ง", Name: "แผนที่หน้าร้าน.jpg", Size: 2_480_993, SHA256: sha256.Sum256([]byte("b"))},
		},
		Next: []string{
			"เจ้าหน้าที่ตรวจความครบถ้วนของคำขอและเอกสารภายใน 1 วันทำการ หากขาดสิ่งใดจะแจ้งครั้งเดียวพร้อมกำหนดวัน",
			"เจ้าพนักงานสาธารณสุขนัดตรวจสถานที่", "เมื่ออนุญาตแล้ว ชำระค่าธรรมเนียมผ่านพร้อมเพย์ และรับใบอนุญาตอิเล็กทรอนิกส์ในแชตนี้",
		},
		DueOn: at(2026, time.December, 23, 0, 0), DueLaw: "กำหนด 30 วันนับแต่วันที่ได้รับคำขอที่ถูกต้องและครบถ้วน ตามมาตรา 56 แห่งพระราชบัญญัติการสาธารณสุข พ.ศ. 2535",
		VerifyURL: "https://saphan.example.go.th/track/3q9f-7m2k", MadeAt: at(2026, time.November, 20, 18, 42),
	}
}

// MTH-2.2: everything a receipt must say can be read on it, by people and by programs.
func TestReceipt(t *testing.T) {
	t.Parallel()
	r := receipt()
	path := written(t, r.PDF)
	want := []string{
		"ใบรับคำขอ", r.Number, r.Service, r.Agency.Name, "02 000 0000", r.Citizen, "1-2345-xxxxx-xx-1", "20 พฤศจิกายน 2569 เวลา 18:42", "23 พฤศจิกายน 2569 เวลา 08:30",
		"นอกวันหรือเวลาราชการ", "มาตรา 10 แห่งพระราชบัญญัติการปฏิบัติราชการทางอิเล็กทรอนิกส์", "23 ธันวาคม 2569", "มาตรา 56", "ยินยอม.pdf", "348 กิโลไบต์", "2.5 เมกะไบต์", "3.", r.VerifyURL, "หน้า 1 จาก",
	}
	for _, f := range r.Files {
		want = append(want, hex.EncodeToString(f.SHA256[:]))
	}
	for _, a := range r.Answers {
		for _, row := range a.Rows {
			want = append(want, row.Value)
		}
	}
	says(t, path, append(want, r.Next...)...)
	text := tool.Run(t, "pdftotext", path, "-")
	if strings.Contains(text, "45678-78") || strings.Contains(text, "ไม่ได้ตอบ") {
		t.Errorf("the receipt shows the number whole, or a question without an answer:\n%s", text)
	}
	if out := tool.Run(t, "pdfinfo", path); !strings.Contains(out, "Title:           ใบรับคำขอ เลขที่ SN-2569-000123") || !strings.Contains(out, "A4") {
		t.Errorf("the file says of itself:\n%s", out)
	}
	readAloud(t, path, r.Agency.Name, r.Number, "H1", "ใบรับคำขอ", r.Service, "H2", "ผู้ยื่นคำขอ", "Table", "TH", "เลขประจำตัวประชาชน", "TD", "1-2345-xxxxx-xx-1", "อำเภอหนองม่วงไข่ จังหวัดแพร่ 54170",
		"เอกสารที่แนบ", "TH", "ขนาด", "ยินยอม.pdf", "348 กิโลไบต์", "ขั้นตอนต่อไป", "LI", "Lbl", "2.", "LBody", "นัดตรวจสถานที่", "Figure", "ตรวจสอบใบรับ", "Link", r.VerifyURL)
	pages := pictured(t, path, "receipt")
	if got := tool.Code(t, pages[len(pages)-1]); got != r.VerifyURL {
		t.Errorf("the QR code says %q", got)
	}
}

// A request that comes in office hours counts at once, and the receipt says so.
func TestReceiptInOfficeHours(t *testing.T) {
	t.Parallel()
	r := receipt()
	r.EnteredAt = at(2026, time.November, 23, 10, 0)
	r.ReceivedAt, r.Files, r.DueOn = r.EnteredAt, nil, time.Time{}
	path := written(t, r.PDF)
	says(t, path, "เข้าระบบในวันและเวลาราชการ", "ไม่มีเอกสารแนบ")
	if text := tool.Run(t, "pdftotext", path, "-"); strings.Contains(text, "กำหนดแจ้งผล") {
		t.Errorf("a day is promised where none is set:\n%s", text)
	}
}

// LOC-16: with Thai digits, numbers are Thai; addresses, hashes and numbers that are typed again are not.
func TestReceiptInThaiDigits(t *testing.T) {
	t.Parallel()
	r := receipt()
	r.ThaiDigits = true
	path := written(t, r.PDF)
	says(t, path, "๒๐ พฤศจิกายน ๒๕๖๙ เวลา ๑๘:๔๒", "๕๔๑๗๐", "มาตรา ๑๐", "SN-2569-000123", "somying9@example.com", r.VerifyURL, hex.EncodeToString(r.Files[0].SHA256[:]), "หน้า ๑ จาก")
	pictured(t, path, "receipt-thai-digits")
}

// Long answers and many files flow over pages; nothing is cut, and a table says on every page what its columns are.
func TestReceiptOfManyPages(t *testing.T) {
	t.Parallel()
	r := receipt()
	long := strings.Repeat("ผู้ขอรับรองว่าข้อความทั้งหมดเป็นความจริงทุกประการ และยินดีให้เจ้าหน้าที่เข้าตรวจสถานที่ในเวลาราชการ ", 30)
	r.Answers = append(r.Answers, papers.Section{Rows: []papers.Row{{Label: "รายละเอียด", Value: long + "จบรายละเอียด"}, {Label: strings.Repeat("ป้ายยาวมาก", 9), Value: strings.Repeat("ฟ้าใส", 120)}}})
	for i := range 25 {
		r.Files = append(r.Files, papers.ReceivedFile{Document: fmt.Sprintf("ภาพถ่าย %d", i+3), Name: strings.Repeat("ชื่อไฟล์ยาว", 1+i%9) + fmt.Sprintf("%d.jpg", i+3), Size: int64(i) * 1000, SHA256: sha256.Sum256([]byte{byte(i)})})
	}
	path := written(t, r.PDF)
	want := []string{"จบรายละเอียด", strings.Repeat("ฟ้าใส", 120), "ขั้นตอนต่อไป", r.VerifyURL}
	for _, f := range r.Files {
		want = append(want, f.Name, hex.EncodeToString(f.SHA256[:]))
	}
	says(t, path, want...)
	pages := pictured(t, path, "receipt-long")
	if len(pages) < 4 {
		t.Errorf("%d pages", len(pages))
	}
	if heads := strings.Count(tool.Run(t, "pdftotext", "-layout", path, "-"), "ขนาด"); heads < len(pages)-3 {
		t.Errorf("the table's head stands %d times on %d pages", heads, len(pages))
	}
	if got := tool.Code(t, pages[len(pages)-1]); got != r.VerifyURL {
		t.Errorf("the QR code says %q", got)
	}
}

func TestReceiptRefuses(t *testing.T) {
	t.Parallel()
	for name, spoil := range map[string]func(*papers.Receipt){
		"number": func(r *papers.Receipt) { r.Number = " " }, "service": func(r *papers.Receipt) { r.Service = "" }, "agency": func(r *papers.Receipt) { r.Agency.Name = "" },
		"entered": func(r *papers.Receipt) { r.EnteredAt = time.Time{} }, "received": func(r *papers.Receipt) { r.ReceivedAt = time.Time{} },
		"link": func(r *papers.Receipt) { r.VerifyURL = "javascript:alert(1)" },
	} {
		r := receipt()
		spoil(&r)
		if _, err := r.PDF(); !fault.Is(err, fault.Invalid) {
			t.Errorf("without a good %s: %v", name, err)
		}
	}
}

// Whatever was typed into a form, its receipt can be drawn.
func FuzzReceipt(f *testing.F) {
	for _, s := range []string{"", "ที่อยู่", "\x00\u202e\ufeff", "ำำำ", "่่่", "a\r\nb\tc", strings.Repeat("ก้", 400), "((\\))", "\xff\xfe", "๒ 2 a2"} {
		f.Add(s, true)
	}
	f.Fuzz(func(t *testing.T, s string, thaiDigits bool) {
		r := receipt()
		r.ThaiDigits = thaiDigits
		r.Number, r.Service, r.Agency.Name, r.Citizen, r.Why, r.DueLaw, r.Contact = "เลข "+s, "บริการ "+s, "หน่วยงาน "+s, s, s, s, s
		r.Answers = append(r.Answers, papers.Section{Heading: s, Rows: []papers.Row{{Label: s, Value: s}}})
		r.Files = append(r.Files, papers.ReceivedFile{Document: s, Name: s})
		r.Next = append(r.Next, s)
		if _, err := r.PDF(); err != nil {
			t.Fatal(err)
		}
	})
}
