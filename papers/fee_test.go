package papers_test

import (
	"bytes"
	"encoding/xml"
	"fmt"
	"image"
	"image/color"
	"image/png"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"saphan/internal/fault"
	"saphan/internal/tool"
	"saphan/papers"
)

// fee is the receipt of a fee. Every name is an example.
func fee(t *testing.T) papers.FeeReceipt {
	t.Helper()
	a := agency()
	a.Unit, a.Emblem = "กองคลัง", emblem(t)
	return papers.FeeReceipt{
		Book: "12", Number: "345", Agency: a, IssuedAt: at(2026, time.November, 25, 10, 12),
		Payer:   papers.Party{Name: "นางสาวสมหญิง ตัวอย่างสกุล", Address: "12/3 หมู่ที่ 4 ตำบลทุ่งแค้ว อำเภอหนองม่วงไข่ จังหวัดแพร่ 54170", NationalID: "1234545678781"},
		Request: "SN-2569-000123",
		Lines: []papers.FeeLine{
			{"ค่าธรรมเนียมใบอนุญาตประกอบกิจการที่เป็นอันตรายต่อสุขภาพ การผลิตน้ำแข็ง ประจำปี 2569", 1_000_00}, {"ค่าเก็บขนมูลฝอยทั่วไป เดือนพฤศจิกายน 2569", 121_25},
		},
		Way: "โอนเงินผ่านพร้อมเพย์", Reference: "SN2569000123", PaidAt: at(2026, time.November, 25, 9, 58),
		Officer:   papers.Officer{Name: "นางสาวสมศรี ตัวอย่างการเงิน", Post: "นักวิชาการเงินและบัญชีปฏิบัติการ"},
		VerifyURL: "https://saphan.example.go.th/verify/12-345",
	}
}

// emblem is a mark with something that shows through.
func emblem(t *testing.T) []byte {
	t.Helper()
	img := image.NewNRGBA(image.Rect(0, 0, 60, 60))
	for y := range 60 {
		for x := range 60 {
			if d := math.Hypot(float64(x)-29.5, float64(y)-29.5); d < 29 {
				img.SetNRGBA(x, y, color.NRGBA{R: 11, G: 92, B: 107, A: uint8(255 - 4*d)})
			}
		}
	}
	var b bytes.Buffer
	if err := png.Encode(&b, img); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// LOC-15, STD-2, SEED-4: number, payer, items, total in digits and words on the paper; the same in the file inside.
func TestFeeReceipt(t *testing.T) {
	t.Parallel()
	f := fee(t)
	path := written(t, f.PDF)
	says(t, path, "ใบเสร็จรับเงิน", "เล่มที่", "345", "0994000000000", "25 พฤศจิกายน 2569", f.Payer.Name, "1-2345-xxxxx-xx-1", f.Lines[0].About, "1,000.00", "121.25", "1,121.25",
		"(หนึ่งพันหนึ่งร้อยยี่สิบเอ็ดบาทยี่สิบห้าสตางค์)", f.Way, f.Reference, "เวลา 09:58", f.Officer.Name, f.Officer.Post, "ผู้รับเงิน", f.VerifyURL)
	readAloud(t, path, "Figure", "เล่มที่", "12", "H1", "ใบเสร็จรับเงิน", "TH", "จำนวนเงิน (บาท)", f.Lines[0].About, "1,000.00", "รวมเงิน", "1,121.25", "หนึ่งพันหนึ่งร้อย", "ผู้รับเงิน", f.Officer.Name)
	pages := pictured(t, path, "fee-receipt")
	if len(pages) != 1 {
		t.Errorf("%d pages", len(pages))
	}
	if got := tool.Code(t, pages[0]); got != f.VerifyURL {
		t.Errorf("the QR code says %q", got)
	}
	to := filepath.Join(t.TempDir(), "receipt.xml")
	if out := tool.Run(t, "pdfdetach", "-list", path); !strings.Contains(out, "1: receipt.xml") {
		t.Fatalf("no data inside: %s", out)
	}
	tool.Run(t, "pdfdetach", "-save", "1", "-o", to, path)
	raw, err := os.ReadFile(to)
	if err != nil {
		t.Fatal(err)
	}
	alone, err := f.XML()
	if err != nil || !bytes.Equal(raw, alone) {
		t.Errorf("the data inside are not the receipt's data (%v)", err)
	}
	var got struct {
		XMLName xml.Name
		ID      string `xml:"ExchangedDocument>ID"`
		Issued  string `xml:"ExchangedDocument>IssueDateTime"`
		Agency  string `xml:"SellerTradeParty>SpecifiedTaxRegistration>ID"`
		Payer   string `xml:"BuyerTradeParty>ID"`
		Lines   []struct {
			Amount string `xml:"SpecifiedLineTradeSettlement>NetLineTotalAmount"`
		} `xml:"IncludedSupplyChainTradeLineItem"`
		Total struct {
			Currency string `xml:"currencyID,attr"`
			Value    string `xml:",chardata"`
		} `xml:"ApplicableHeaderTradeSettlement>SpecifiedTradeSettlementHeaderMonetarySummation>GrandTotalAmount"`
	}
	if err := xml.Unmarshal(raw, &got); err != nil {
		t.Fatal(err)
	}
	if got.XMLName.Space != "urn:saphan:fee-receipt:1" || got.ID != "345" || got.Issued != "2026-11-25T10:12:00+07:00" || got.Agency != "0994000000000" || got.Payer != "1-2345-xxxxx-xx-1" ||
		len(got.Lines) != 2 || got.Lines[1].Amount != "121.25" || got.Total.Currency != "THB" || got.Total.Value != "1121.25" {
		t.Errorf("the data are wrong: %s", raw)
	}
	if !bytes.Contains(must(t, f.PDF), []byte("/AFRelationship /Data")) {
		t.Error("the file inside is not said to be data")
	}
}

func must(t *testing.T, draw func() ([]byte, error)) []byte {
	t.Helper()
	data, err := draw()
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// A company's number is public; in Thai digits the amount is too, and the words are the same.
func TestFeeReceiptOfACompanyInThaiDigits(t *testing.T) {
	t.Parallel()
	f := fee(t)
	f.ThaiDigits, f.Book, f.Agency.Emblem = true, "", nil
	f.Payer = papers.Party{Name: "บริษัท ตัวอย่างการช่าง จำกัด", NationalID: "0105543008219"}
	f.Lines = []papers.FeeLine{{"ค่าธรรมเนียม", 100_00}}
	path := written(t, f.PDF)
	says(t, path, "๑๐๐.๐๐", "(หนึ่งร้อยบาทถ้วน)", "๐-๑๐๕๕-๔๓๐๐๘-๒๑-๙", "SN-2569-000123", "SN2569000123", "๒๕ พฤศจิกายน ๒๕๖๙")
	pictured(t, path, "fee-receipt-thai-digits")
}

// Many lines go on to further pages and still add up.
func TestFeeReceiptOfManyLines(t *testing.T) {
	t.Parallel()
	f := fee(t)
	f.Lines = nil
	for i := range 45 {
		f.Lines = append(f.Lines, papers.FeeLine{fmt.Sprintf("ค่าเก็บขนมูลฝอย บ้านเลขที่ %d/1 หมู่บ้านตัวอย่างที่มีชื่อยาวมากจนต้องขึ้นบรรทัดใหม่", i+1), int64(i+1) * 100})
	}
	path := written(t, f.PDF)
	says(t, path, "1,035.00", "(หนึ่งพันสามสิบห้าบาทถ้วน)", "บ้านเลขที่ 45/1", f.Officer.Name)
	pictured(t, path, "fee-receipt-long")
}

func TestFeeReceiptRefuses(t *testing.T) {
	t.Parallel()
	for name, spoil := range map[string]func(*papers.FeeReceipt){
		"number": func(f *papers.FeeReceipt) { f.Number = "" }, "payer": func(f *papers.FeeReceipt) { f.Payer.Name = "" }, "officer": func(f *papers.FeeReceipt) { f.Officer.Name = "" },
		"day": func(f *papers.FeeReceipt) { f.IssuedAt = time.Time{} }, "lines": func(f *papers.FeeReceipt) { f.Lines = nil }, "link": func(f *papers.FeeReceipt) { f.VerifyURL = "x" },
		"amount": func(f *papers.FeeReceipt) { f.Lines[0].Satang = -1 }, "sum": func(f *papers.FeeReceipt) { f.Lines[0].Satang = math.MaxInt64 },
	} {
		f := fee(t)
		spoil(&f)
		if _, err := f.PDF(); !fault.Is(err, fault.Invalid) {
			t.Errorf("without a good %s: %v", name, err)
		}
		if _, err := f.XML(); !fault.Is(err, fault.Invalid) {
			t.Errorf("data without a good %s: %v", name, err)
		}
	}
	f := fee(t)
	f.Agency.Emblem = []byte("no picture")
	if _, err := f.PDF(); err == nil {
		t.Error("an emblem that is no picture was drawn")
	}
}
