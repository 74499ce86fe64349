package sheet_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"encoding/xml"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"saphan/internal/fault"
	"saphan/internal/thai"
	"saphan/internal/tool"
	"saphan/permits/sheet"
)

// made is when the sample files are made.
var made = time.Date(2026, time.November, 21, 5, 0, 0, 0, time.UTC)

// noon is a moment on a day in Bangkok.
func noon(year int, month time.Month, day int) time.Time {
	return time.Date(year, month, day, 12, 0, 0, 0, thai.Bangkok())
}

// sample is a permit as an agency would issue it. Every name is an example.
func sample() sheet.Document {
	return sheet.Document{
		Number: "SN-HB-2569-000001", Title: "ใบอนุญาตประกอบกิจการที่เป็นอันตรายต่อสุขภาพ", FormCode: "กอ.2",
		Agency: sheet.Agency{
			Name: "เทศบาลตำบลตัวอย่าง", Unit: "กองสาธารณสุขและสิ่งแวดล้อม",
			Address: "99 หมู่ที่ 1 ตำบลตัวอย่าง อำเภอตัวอย่าง จังหวัดตัวอย่าง 10000", Phone: "02 000 0000", Code: "SN",
		},
		LegalBasis: "อาศัยอำนาจตามมาตรา 54 แห่งพระราชบัญญัติการสาธารณสุข พ.ศ. 2535 เจ้าพนักงานท้องถิ่นออกใบอนุญาตฉบับนี้ให้แก่",
		Holder:     "นางสาวสมหญิง ตัวอย่างสกุล",
		Sections: []sheet.Section{
			{Heading: "ผู้รับใบอนุญาต", Rows: []sheet.Row{
				{Label: "ชื่อ", Value: "นางสาวสมหญิง ตัวอย่างสกุล"},
				{Label: "เลขประจำตัวประชาชน", Value: "1-2345-xxxxx-xx-1", Data: "holder.id_masked"},
				{Label: "ที่อยู่", Value: "12/3 หมู่ที่ 4 ซอยน้ำค้าง ถนนสุขสวัสดิ์พัฒนา ตำบลทุ่งแค้ว อำเภอหนองม่วงไข่ จังหวัดแพร่ 54170"},
			}},
			{Heading: "สถานประกอบกิจการ", Rows: []sheet.Row{
				{Label: "ชื่อสถานประกอบกิจการ", Value: "โรงน้ำแข็งตัวอย่าง ปั๊มน้ำใส", Data: "premises.name"},
				{Label: "ที่ตั้ง", Value: "45 หมู่ที่ 2 ตำบลตัวอย่าง อำเภอตัวอย่าง จังหวัดตัวอย่าง 10000", Data: "premises.address"},
				{Label: "ประเภทกิจการ", Value: "กิจการที่เกี่ยวกับอาหาร เครื่องดื่ม น้ำดื่ม: การผลิตน้ำแข็ง", Data: "activity.type"},
				{Label: "พื้นที่ประกอบกิจการ", Value: "180 ตารางเมตร"},
				{Label: "กำลังเครื่องจักร", Value: "15 แรงม้า"},
				{Label: "จำนวนผู้ปฏิบัติงาน", Value: "8", Data: "activity.workers"},
			}},
		},
		Fee: sheet.Fee{Satang: 100000, Note: "ต่อปี", ReceiptNo: "12/345", PaidOn: noon(2026, time.November, 20)},
		Conditions: []string{
			"ต้องจัดให้มีถังดับเพลิงพร้อมใช้งานไม่น้อยกว่า 2 เครื่อง และตรวจสอบทุก 6 เดือน",
			"ห้ามก่อเสียงดังเกิน 70 เดซิเบล ระหว่างเวลา 20:00 น. ถึง 06:00 น.",
		},
		IssuedOn: noon(2026, time.November, 21), ValidUntil: noon(2027, time.November, 20),
		Signer:    sheet.Signer{Name: "นายสมชาย ตัวอย่างดี", Post: "นายกเทศมนตรีตำบลตัวอย่าง\nเจ้าพนักงานท้องถิ่น", SignedAt: noon(2026, time.November, 21)},
		VerifyURL: "https://saphan.example.go.th/p/SN-HB-2569-000001",
	}
}

// EGA-13.3: the permit an agency is proud of. One page, sound, with everything inside.
func TestPermitIsASoundFile(t *testing.T) {
	t.Parallel()
	path := written(t, sample())
	if out := tool.Run(t, "qpdf", "--check", path); !strings.Contains(out, "No syntax or stream encoding errors") {
		t.Errorf("qpdf found faults:\n%s", out)
	}
	out := tool.Run(t, "pdfinfo", path)
	for _, want := range []string{"Pages:           1", "PDF version:     1.7", "A4", "Title:           ใบอนุญาตประกอบกิจการที่เป็นอันตรายต่อสุขภาพ เลขที่ SN-HB-2569-000001", "Author:          เทศบาลตำบลตัวอย่าง"} {
		if !strings.Contains(out, want) {
			t.Errorf("pdfinfo lacks %q:\n%s", want, out)
		}
	}
}

// STD-1: every font is embedded, as a subset, with its text.
func TestFontsAreEmbedded(t *testing.T) {
	t.Parallel()
	lines := strings.Split(strings.TrimSpace(tool.Run(t, "pdffonts", written(t, sample()))), "\n")[2:]
	if len(lines) != 2 {
		t.Fatalf("%d fonts, want regular and bold: %q", len(lines), lines)
	}
	for _, l := range lines {
		if !regexp.MustCompile(`^[A-Z]{6}\+Sarabun-(Regular|Bold) +CID TrueType +Identity-H +yes yes yes `).MatchString(l) {
			t.Errorf("font is not an embedded subset with its text: %s", l)
		}
	}
}

// Text that is copied, searched or read aloud is the text that was written, marks and SARA AM included (LOC-12).
func TestThaiComesBackExactly(t *testing.T) {
	t.Parallel()
	hard := []string{
		"ที่อยู่ ผู้ขออนุญาต ก็ น้ำ ปั๊ม กตัญญู ฐานุ ญี่ปุ่น ฎีกา", "ป่า ป้า ฝี่ ฟ้า ปี่ ปี้ ฬิ่ กฎุ์ ญุญูฐูฏุ",
		"สิทธิ์ พันธุ์ ทั้งนี้ ซื้อ น้ำค้าง คำขอ ถ้ำ ซ้ำ ป้ำ", "๐๑๒๓๔๕๖๗๘๙ 0123456789", "office fi fl Saphan ฿1,200.50 “คำ” – (ก)",
		"กำลังม้า เก้าอี้ ไม้ เปี๊ยะ โต๊ะ แป๊ะ เสื้อ ฤๅษี ศิลป์ จันทร์",
	}
	d := sample()
	for i, h := range hard {
		d.Sections[1].Rows = append(d.Sections[1].Rows, sheet.Row{Label: fmt.Sprintf("ข้อ %d", i+1), Value: h})
	}
	path := written(t, d)
	for _, how := range []string{"-layout", "-raw"} {
		text := tool.Run(t, "pdftotext", how, path, "-")
		want := append([]string{d.Title, d.Number, d.Holder, d.Agency.Name, d.Signer.Name, "21 พฤศจิกายน 2569", "20 พฤศจิกายน 2570",
			"ต้องแสดงใบอนุญาตนี้ไว้ในที่เปิดเผย", "เลขที่ใบอนุญาต", "ลงนามด้วยวิธีการทางอิเล็กทรอนิกส์", "1,000 บาท ต่อปี", "หน้า 1 จาก"}, hard...)
		for _, w := range want {
			if !strings.Contains(text, w) {
				t.Errorf("pdftotext %s lost %q:\n%s", how, w, text)
			}
		}
	}
}

// The seal is a drawing: its letters are not read out between those of the page.
func TestSealIsNotText(t *testing.T) {
	t.Parallel()
	text := tool.Run(t, "pdftotext", "-layout", written(t, sample()), "-")
	if strings.Contains(text, "ทต.") {
		t.Errorf("the seal's initials are in the text:\n%s", text)
	}
}

// Minimal e-licence data (domain.md part 4): a program reads the permit from the file attached inside.
func TestDataFileInside(t *testing.T) {
	t.Parallel()
	path := written(t, sample())
	if out := tool.Run(t, "pdfdetach", "-list", path); !strings.Contains(out, "1: licence.json") {
		t.Fatalf("no data file: %s", out)
	}
	to := filepath.Join(t.TempDir(), "licence.json")
	tool.Run(t, "pdfdetach", "-save", "1", "-o", to, path)
	raw, err := os.ReadFile(to)
	if err != nil {
		t.Fatal(err)
	}
	var got struct {
		LicenceNo  string `json:"licence_no"`
		YearBE     int    `json:"year_be"`
		Kind       string `json:"kind"`
		FormCode   string `json:"form_code"`
		Agency     struct{ Name, Code string }
		Holder     struct{ Name, IDMasked string }
		Premises   struct{ Name, Address string }
		Activity   struct{ Workers float64 }
		Fee        struct{ Amount, Currency string }
		Conditions []string
		IssuedOn   string `json:"issued_on"`
		ValidUntil string `json:"valid_until"`
		VerifyURL  string `json:"verify_url"`
		Signer     struct{ Name, Post string }
		Items      []struct{ Label, Value string }
	}
	if err := json.Unmarshal(raw, &got); err != nil {
		t.Fatal(err)
	}
	d := sample()
	switch {
	case got.LicenceNo != d.Number, got.YearBE != 2569, got.Kind != d.Title, got.FormCode != "กอ.2", got.Agency.Name != d.Agency.Name,
		got.Holder.Name != d.Holder, got.Premises.Name != "โรงน้ำแข็งตัวอย่าง ปั๊มน้ำใส", got.Activity.Workers != 8, got.Fee.Amount != "1000.00",
		len(got.Conditions) != 2, got.IssuedOn != "2026-11-21", got.ValidUntil != "2027-11-20", got.VerifyURL != d.VerifyURL,
		got.Signer.Name != d.Signer.Name, len(got.Items) != 9:
		t.Errorf("attached data is wrong: %s", raw)
	}
	sum := sha256.Sum256(raw)
	if text := tool.Run(t, "pdftotext", "-layout", path, "-"); !strings.Contains(text, hex.EncodeToString(sum[:])) {
		t.Errorf("the page does not show the hash of the data attached")
	}
}

// EGA-13.3, EGA-14.1: the QR code is read back from the picture of the page.
func TestQRCodeReadsBack(t *testing.T) {
	t.Parallel()
	stem := picture(t, written(t, sample()), "permit")
	if got := tool.Code(t, stem+"-1.png"); got != sample().VerifyURL {
		t.Errorf("QR code says %q, want %q", got, sample().VerifyURL)
	}
}

// STD-1: what PDF/A-3 level B asks for stands in the file. (A judge of PDF/A is run where there is one, see below.)
func TestPDFA3(t *testing.T) {
	t.Parallel()
	data, err := sheet.Permit(sample(), made)
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n", "<pdfaid:part>3</pdfaid:part>", "<pdfaid:conformance>B</pdfaid:conformance>", "/S /GTS_PDFA1",
		"/AFRelationship /Data", "/AF [", "/Lang (th-TH)", "/Subtype /application#2Fjson", "/ID [<", "<xmp:CreateDate>2026-11-21T12:00:00+07:00</xmp:CreateDate>",
		"/CreationDate (D:20261121120000+07'00')", "/F 4",
	} {
		if !bytes.Contains(data, []byte(want)) {
			t.Errorf("the file lacks %q", want)
		}
	}
	for _, forbidden := range []string{"/Encrypt", "/JavaScript", "/SMask", "/CA ", "/ca "} {
		if bytes.Contains(data, []byte(forbidden)) {
			t.Errorf("the file has %q", forbidden)
		}
	}
	start, end := bytes.Index(data, []byte("<?xpacket begin")), bytes.Index(data, []byte("<?xpacket end"))
	if start < 0 || end < start {
		t.Fatal("no metadata packet")
	}
	if err := xml.Unmarshal(data[start:end], new(struct{})); err != nil {
		t.Errorf("the metadata is not XML: %v", err)
	}
}

// A judge of PDF/A is seldom installed, so this test may skip anywhere.
func TestVeraPDF(t *testing.T) {
	t.Parallel()
	if _, err := exec.LookPath("verapdf"); err != nil {
		t.Skip("verapdf is not installed: the file's conformance to PDF/A-3B is not judged here")
	}
	if out := tool.Run(t, "verapdf", "--flavour", "3b", "--format", "text", written(t, sample())); !strings.HasPrefix(out, "PASS") {
		t.Errorf("veraPDF: %s", out)
	}
}

// The same permit at the same time is the same file, byte for byte: a render that is run again changes nothing.
func TestSameInputSameBytes(t *testing.T) {
	t.Parallel()
	first, err := sheet.Permit(sample(), made)
	if err != nil {
		t.Fatal(err)
	}
	again, err := sheet.Permit(sample(), made)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(first, again) {
		t.Error("two files of the same permit differ")
	}
	later, err := sheet.Permit(sample(), made.Add(time.Hour))
	if err != nil {
		t.Fatal(err)
	}
	if bytes.Equal(first, later) {
		t.Error("the time is not in the file")
	}
	if len(first) > 200<<10 {
		t.Errorf("the file has %d bytes, too many for a slow telephone", len(first))
	}
}

// A document that could not be checked or found again is not drawn.
func TestIncompleteDocumentsAreRefused(t *testing.T) {
	t.Parallel()
	for name, spoil := range map[string]func(*sheet.Document){
		"number": func(d *sheet.Document) { d.Number = "" }, "title": func(d *sheet.Document) { d.Title = "" },
		"agency": func(d *sheet.Document) { d.Agency.Name = "" }, "holder": func(d *sheet.Document) { d.Holder = "" },
		"issued": func(d *sheet.Document) { d.IssuedOn = time.Time{} }, "address": func(d *sheet.Document) { d.VerifyURL = "saphan" },
		"script": func(d *sheet.Document) { d.VerifyURL = "javascript:alert(1)" },
	} {
		d := sample()
		spoil(&d)
		if _, err := sheet.Permit(d, made); !fault.Is(err, fault.Invalid) {
			t.Errorf("without a good %s: %v, want a fault the caller can act on", name, err)
		}
	}
}
