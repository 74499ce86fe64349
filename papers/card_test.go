package papers_test

import (
	"bytes"
	"flag"
	"fmt"
	"image"
	"image/png"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
	"unicode/utf16"

	"saphan/internal/fault"
	"saphan/internal/promptpay"
	"saphan/internal/tool"
	"saphan/papers"
)

var update = flag.Bool("update", false, "write the golden pictures anew; look at each of them")

// like compares a picture with the one kept. Rounding may differ between machines, so a little of it may differ a little.
func like(t *testing.T, name string, raw []byte) image.Image {
	t.Helper()
	keep(t, name, raw)
	golden := filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(golden, raw, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	got, err := png.Decode(bytes.NewReader(raw))
	if err != nil {
		t.Fatal(err)
	}
	kept, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	want, err := png.Decode(bytes.NewReader(kept))
	if err != nil {
		t.Fatal(err)
	}
	if got.Bounds() != want.Bounds() {
		t.Fatalf("%s is %v, the picture kept is %v", name, got.Bounds(), want.Bounds())
	}
	b, differ := got.Bounds(), 0
	for y := b.Min.Y; y < b.Max.Y; y++ {
		for x := b.Min.X; x < b.Max.X; x++ {
			r1, g1, b1, _ := got.At(x, y).RGBA()
			r2, g2, b2, _ := want.At(x, y).RGBA()
			if far(r1, r2) || far(g1, g2) || far(b1, b2) {
				differ++
			}
		}
	}
	if most := b.Dx() * b.Dy() / 2000; differ > most {
		t.Errorf("%s differs from the picture kept in %d points", name, differ)
	}
	return got
}

func far(a, b uint32) bool { return max(a, b)-min(a, b) > 24<<8 }

// stepCard is of the hazardous business licence.
func stepCard() papers.StepCard {
	return papers.StepCard{
		Lang: "th", Agency: "เทศบาลตำบลตัวอย่าง", Title: "ขอใบอนุญาตกิจการที่เป็นอันตรายต่อสุขภาพ", Summary: "อู่ซ่อมรถ โรงสี สปา หอพัก ซักรีด และกิจการที่กฎหมายควบคุม",
		Days: "30 วัน", DaysNote: "นับแต่เอกสารครบ", Fee: "200 – 10,000 บาท", FeeNote: "ต่อปี ตามชนิดกิจการ", Where: "ในแชตนี้", WhereNote: "ตลอด 24 ชั่วโมง",
		Steps: []papers.CardStep{
			{Name: "ตอบคำถามและถ่ายรูปเอกสาร", Note: "ราว 10 นาที หยุดแล้วทำต่อได้", Icon: "file-pen-line"}, {Name: "เจ้าหน้าที่ตรวจความครบถ้วน", Note: "ถ้าขาดสิ่งใด แจ้งครั้งเดียว", Days: "1 วันทำการ", Icon: "clipboard-check"},
			{Name: "เจ้าพนักงานสาธารณสุขตรวจสถานที่", Note: "นัดวันก่อนไป", Days: "15 วัน", Icon: "eye"}, {Name: "เจ้าพนักงานท้องถิ่นพิจารณา", Days: "10 วัน", Icon: "stamp"},
			{Name: "ชำระค่าธรรมเนียม รับใบอนุญาตในแชต", Note: "จ่ายด้วยพร้อมเพย์", Days: "4 วัน", Icon: "badge-check"},
		},
		Documents: []papers.CardDocument{
			{Name: "บัตรประชาชนและทะเบียนบ้าน", Icon: "id-card", Fetched: true}, {Name: "หนังสือรับรองนิติบุคคล", Icon: "building-2", Fetched: true},
			{Name: "สัญญาเช่าหรือหนังสือยินยอมให้ใช้สถานที่", Icon: "signature"}, {Name: "แผนที่หรือรูปถ่ายสถานที่", Icon: "map-pinned"},
		},
		Foot: "พระราชบัญญัติการสาธารณสุข พ.ศ. 2535 มาตรา 54 · คู่มือสำหรับประชาชน ฉบับที่ 3 ใช้ตั้งแต่ 1 ต.ค. 2569",
	}
}

func stepCardEnglish() papers.StepCard {
	return papers.StepCard{
		Lang: "en", Agency: "เทศบาลตำบลตัวอย่าง", Title: "Report a public problem", Summary: "Lights, roads, drains, rubbish, stray animals, noise and smell",
		Days: "7 days", DaysNote: "working days", Where: "In this chat", WhereNote: "day and night",
		Steps: []papers.CardStep{
			{Name: "Send a photo and the place", Note: "four taps", Icon: "camera"}, {Name: "An officer finds who must mend it", Days: "1 day", Icon: "users"},
			{Name: "The crew goes and mends it", Note: "you see a picture before and after", Days: "3–7 days", Icon: "hard-hat"}, {Name: "You say whether it is good", Note: "or open it again within 7 days", Icon: "message-circle"},
		},
		Foot: "Electronic Government Operations Act B.E. 2565, section 5",
	}
}

func payCard() papers.PayCard {
	return papers.PayCard{
		Agency: "เทศบาลตำบลตัวอย่าง", About: "ค่าธรรมเนียมใบอนุญาตประกอบกิจการที่เป็นอันตรายต่อสุขภาพ ประจำปี 2569", Number: "SN-2569-000123", Account: "เทศบาลตำบลตัวอย่าง (รายได้)",
		Until: at(2026, time.December, 8, 0, 0),
		Payment: promptpay.Payment{
			To: promptpay.Account{Kind: promptpay.Biller, Number: "099400000000001"}, Satang: 1_121_25, Once: true, Ref1: "SN2569000123", Ref2: "HB",
		},
	}
}

// checkCard holds what LINE takes and people can see.
func checkCard(t *testing.T, img image.Image, raw []byte) {
	t.Helper()
	if b := img.Bounds(); b.Dx() != 1040 || b.Dy() > 2080 || b.Dy() < 600 {
		t.Errorf("the picture is %v", b)
	}
	if len(raw) > 1<<20 {
		t.Errorf("the picture has %d bytes", len(raw))
	}
}

// SEED-16: the card of a service, in both languages, with a description in words.
func TestStepCard(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]papers.StepCard{"step-card-th.png": stepCard(), "step-card-en.png": stepCardEnglish()} {
		raw, err := c.PNG()
		if err != nil {
			t.Fatal(err)
		}
		if again, err := c.PNG(); err != nil || !bytes.Equal(raw, again) {
			t.Errorf("%s drawn twice differs (%v)", name, err)
		}
		checkCard(t, like(t, name, raw), raw)
	}
	alt := stepCard().Alt()
	for _, want := range []string{"ขอใบอนุญาตกิจการ", "ใช้เวลา: 30 วัน", "200 – 10,000 บาท", "3. เจ้าพนักงานสาธารณสุขตรวจสถานที่ นัดวันก่อนไป 15 วัน", "1. บัตรประชาชนและทะเบียนบ้าน (เราตรวจให้ ไม่ต้องส่ง)"} {
		if !strings.Contains(alt, want) {
			t.Errorf("the description lacks %q: %s", want, alt)
		}
	}
	if alt := stepCardEnglish().Alt(); !strings.Contains(alt, "Fee: Free.") || !strings.Contains(alt, "No documents are needed.") {
		t.Errorf("the description is %s", alt)
	}
}

// A service with far more than a card can hold gets a card all the same, no higher than LINE shows, and it says what is missing.
func TestStepCardWithTooMuch(t *testing.T) {
	t.Parallel()
	c := stepCard()
	c.Agency, c.Title = strings.Repeat("สำนักงานตัวอย่าง", 14), strings.Repeat("ขอหนังสือรับรองการแจ้งจัดตั้งสถานที่จำหน่ายอาหาร", 5)
	for i := range 14 {
		c.Steps = append(c.Steps, papers.CardStep{Name: fmt.Sprintf("ขั้นที่ %d ", i) + strings.Repeat("ตรวจเอกสารและสถานที่", i%4+1), Note: strings.Repeat("หมายเหตุ", 12), Days: "15 วันทำการ", Icon: "no-such-icon"})
		c.Documents = append(c.Documents, papers.CardDocument{Name: strings.Repeat("เอกสารประกอบคำขอ", i%5+1), Icon: "ไม่มี"})
	}
	raw, err := c.PNG()
	if err != nil {
		t.Fatal(err)
	}
	keep(t, "step-card-full.png", raw)
	img, err := png.Decode(bytes.NewReader(raw))
	if err != nil {
		t.Fatal(err)
	}
	checkCard(t, img, raw)
	if alt := utf16.Encode([]rune(c.Alt())); len(alt) > 1500 {
		t.Errorf("the description has %d units", len(alt))
	}
	small := papers.StepCard{Agency: "ก", Title: "ข"}
	if raw, err = small.PNG(); err != nil {
		t.Fatal(err)
	}
	keep(t, "step-card-bare.png", raw)
	for _, bad := range []papers.StepCard{{Agency: "ก"}, {Title: "ก"}} {
		if _, err := bad.PNG(); !fault.Is(err, fault.Invalid) {
			t.Errorf("%+v was drawn: %v", bad, err)
		}
	}
}

// The picture to pay by: a reader gets the payment back out of it, and people read the same.
func TestPayCard(t *testing.T) {
	t.Parallel()
	english := payCard()
	english.Lang, english.About = "en", "Fee for a hazardous business licence"
	english.Payment = promptpay.Payment{To: promptpay.Account{Kind: promptpay.Mobile, Number: "0812345678"}, Satang: 100_00}
	for name, c := range map[string]papers.PayCard{"pay-card-th.png": payCard(), "pay-card-en.png": english} {
		raw, err := c.PNG()
		if err != nil {
			t.Fatal(err)
		}
		checkCard(t, like(t, name, raw), raw)
		path := filepath.Join(t.TempDir(), name)
		if err := os.WriteFile(path, raw, 0o600); err != nil {
			t.Fatal(err)
		}
		got, err := promptpay.Parse(tool.Code(t, path))
		if err != nil || got != c.Payment {
			t.Errorf("%s reads as %+v, %v", name, got, err)
		}
	}
	alt := payCard().Alt()
	for _, want := range []string{"1,121.25 บาท", "หนึ่งพันหนึ่งร้อยยี่สิบเอ็ดบาทยี่สิบห้าสตางค์", "ชื่อบัญชี: เทศบาลตำบลตัวอย่าง (รายได้)", "SN2569000123", "8 ธันวาคม 2569", "ตรวจชื่อบัญชีก่อนโอน"} {
		if !strings.Contains(alt, want) {
			t.Errorf("the description lacks %q: %s", want, alt)
		}
	}
	for name, spoil := range map[string]func(*papers.PayCard){
		"agency": func(p *papers.PayCard) { p.Agency = "" }, "about": func(p *papers.PayCard) { p.About = "" }, "amount": func(p *papers.PayCard) { p.Payment.Satang = 0 }, "account": func(p *papers.PayCard) { p.Payment.To.Number = "1" },
	} {
		c := payCard()
		spoil(&c)
		if _, err := c.PNG(); !fault.Is(err, fault.Invalid) {
			t.Errorf("without a good %s: %v", name, err)
		}
	}
}
