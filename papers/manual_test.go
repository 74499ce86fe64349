package papers_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"saphan/internal/fault"
	"saphan/internal/tool"
	"saphan/papers"
)

// manual is of a service with everything that a manual can say.
func manual() papers.Manual {
	return papers.Manual{
		Title: "ขอใบอนุญาตประกอบกิจการที่เป็นอันตรายต่อสุขภาพ", Agency: agency(), Version: 3, EffectiveOn: at(2026, time.October, 1, 0, 0), FormCode: "กอ.1",
		Summary: "กิจการที่กฎหมายกำหนดว่าเป็นอันตรายต่อสุขภาพ เช่น อู่ซ่อมรถ โรงสี สปา หอพัก ซักรีด ต้องได้รับใบอนุญาตก่อนเปิดกิจการ",
		Legal:   []string{"พระราชบัญญัติการสาธารณสุข พ.ศ. 2535 มาตรา 32 54 55 56 58 63 และ 65", "ข้อบัญญัติท้องถิ่น เรื่อง กิจการที่เป็นอันตรายต่อสุขภาพ"},
		Who:     []string{"บุคคลธรรมดาหรือนิติบุคคลซึ่งเป็นเจ้าของกิจการ", "สถานที่ตั้งอยู่ในเขตเทศบาลตำบลตัวอย่าง", "ไม่อยู่ระหว่างถูกพักใช้หรือเพิกถอนใบอนุญาต"},
		Channels: []papers.Channel{
			{Name: "LINE ของเทศบาลตำบลตัวอย่าง หรือแบบคำขอบนเว็บไซต์", Detail: "ยื่นและติดตามเรื่องได้ด้วยตนเอง", Hours: "ตลอด 24 ชั่วโมง"},
			{Name: "เคาน์เตอร์กองสาธารณสุขและสิ่งแวดล้อม", Detail: "เจ้าหน้าที่ช่วยกรอกให้", Hours: "วันจันทร์–ศุกร์ เวลา 08:30–16:30 น. เว้นวันหยุดราชการ"},
		},
		Documents: []papers.ManualDocument{
			{Name: "บัตรประจำตัวประชาชนและทะเบียนบ้าน", Issuer: "กรมการปกครอง", Fetched: true},
			{Name: "หนังสือรับรองนิติบุคคล", Issuer: "กรมพัฒนาธุรกิจการค้า", Note: "เฉพาะผู้ขอที่เป็นนิติบุคคล", Fetched: true},
			{Name: "หลักฐานการใช้สถานที่", Issuer: "เจ้าของสถานที่", Note: "สัญญาเช่าหรือหนังสือยินยอม ถ่ายรูปให้เห็นครบทั้งแผ่น"},
			{Name: "หนังสือมอบอำนาจ", Issuer: "ผู้มอบอำนาจ", Note: "เฉพาะกรณีมีผู้ยื่นแทน"},
		},
		Fee: "200 – 10,000 บาทต่อปี", Fees: []papers.ManualFee{
			{About: "การเลี้ยงสัตว์ไม่เกิน 10 ตัว", Amount: "200 บาทต่อปี"}, {About: "การผลิตน้ำแข็ง", Amount: "1,000 บาทต่อปี"},
			{About: "หอพัก เกิน 50 ห้อง", Amount: "5,000 บาทต่อปี", Note: "คิดตามจำนวนห้อง"}, {About: "คลังน้ำมัน", Amount: "10,000 บาทต่อปี"},
		},
		FeeNote: "หลายกิจการในสถานที่เดียวกัน คิดรายการที่สูงที่สุดเต็มจำนวน รายการอื่นคิดครึ่งหนึ่ง",
		Steps: []papers.ManualStep{
			{Name: "ตรวจความครบถ้วนของคำขอ หากขาดสิ่งใดแจ้งครั้งเดียวพร้อมกำหนดวัน", By: "เจ้าหน้าที่ธุรการ", Days: "1 วันทำการ"},
			{Name: "ตรวจสถานที่และให้ความเห็น", By: "เจ้าพนักงานสาธารณสุข", Days: "15 วัน"}, {Name: "พิจารณาและมีคำสั่ง", By: "เจ้าพนักงานท้องถิ่น", Days: "10 วัน"},
			{Name: "แจ้งผล รับชำระค่าธรรมเนียม และออกใบอนุญาตอิเล็กทรอนิกส์", By: "กองคลัง", Days: "4 วัน"},
		},
		Total: "30 วัน", TotalLaw: "นับแต่วันที่ได้รับคำขอที่ถูกต้องและครบถ้วน ขยายได้ไม่เกิน 2 ครั้ง ครั้งละไม่เกิน 15 วัน ตามมาตรา 56 แห่งพระราชบัญญัติการสาธารณสุข พ.ศ. 2535",
		Decisions: []string{"อนุญาต", "อนุญาตโดยมีเงื่อนไข", "ไม่อนุญาต พร้อมข้อเท็จจริง ข้อกฎหมาย และเหตุผล"},
		Appeal:    "อุทธรณ์ต่อรัฐมนตรีว่าการกระทรวงสาธารณสุขภายใน 30 วันนับแต่วันที่ทราบคำสั่ง ยื่นได้ทาง LINE หรือเว็บไซต์เดียวกัน",
		Outcome:   []string{"ใบอนุญาตอิเล็กทรอนิกส์พร้อมคิวอาร์โค้ด อายุ 1 ปี"},
		Privacy:   []string{"เทศบาลตำบลตัวอย่างเก็บข้อมูลเท่าที่แบบคำขอถาม เพื่อพิจารณาอนุญาตตามกฎหมาย", "เก็บไว้ 10 ปีตามระเบียบงานสารบรรณ ขอดู แก้ไข หรือขอสำเนาได้ทุกเมื่อ"},
		Contact:   []string{"กองสาธารณสุขและสิ่งแวดล้อม โทร. 02 000 0000", "ร้องเรียน: ศูนย์บริการประชาชน สำนักปลัดสำนักนายกรัฐมนตรี โทร. 1111"},
		URL:       "https://saphan.example.go.th/services/SN/hazardous-business", MadeAt: at(2026, time.October, 1, 9, 0),
	}
}

// LFA-7.1: the manual says everything that somebody must know, in the order in which he asks.
func TestManual(t *testing.T) {
	t.Parallel()
	m := manual()
	path := written(t, m.PDF)
	want := []string{"คู่มือสำหรับประชาชน", m.Title, "ฉบับที่", "1 ตุลาคม 2569", m.Summary, "หน่วยงานตรวจสอบเอง ไม่ต้องยื่น", m.Fee, m.FeeNote, "รวมระยะเวลา", m.TotalLaw, "ทุก 7 วัน", "สำนักงาน ก.พ.ร.", m.Appeal, m.URL, "หน้า 1 จาก"}
	for _, list := range [][]string{m.Legal, m.Who, m.Decisions, m.Outcome, m.Privacy, m.Contact} {
		want = append(want, list...)
	}
	for _, d := range m.Documents {
		want = append(want, d.Name, d.Issuer, d.Note)
	}
	for _, f := range m.Fees {
		want = append(want, f.About, f.Amount)
	}
	for _, st := range m.Steps {
		want = append(want, st.Name, st.By, st.Days)
	}
	says(t, path, want...)
	pages := pictured(t, path, "manual")
	if got := tool.Code(t, pages[len(pages)-1]); got != m.URL {
		t.Errorf("the QR code says %q", got)
	}
}

// The manual has the same in English, and a service that costs nothing and needs nothing says so.
func TestManualInEnglish(t *testing.T) {
	t.Parallel()
	m := papers.Manual{
		Lang: "en", Title: "Report a public problem", Agency: agency(), Version: 1, EffectiveOn: at(2026, time.October, 1, 0, 0), Total: "7 working days",
		Who: []string{"Anyone"}, Steps: []papers.ManualStep{{Name: "A crew goes and sees", By: "Works division", Days: "3 working days"}}, MadeAt: at(2026, time.October, 1, 9, 0), ThaiDigits: true,
	}
	path := written(t, m.PDF)
	says(t, path, "Citizen manual", m.Title, "1 October 2026", "Free of charge", "No documents are needed", "Works division", "Page 1 of 1", "Licensing Facilitation Act")
	if out := tool.Run(t, "qpdf", "--json", path); !strings.Contains(out, "en-GB") {
		t.Error("the file does not say that it is English")
	}
	pictured(t, path, "manual-en")
}

// A long manual flows on; nothing is cut.
func TestManualOfManyPages(t *testing.T) {
	t.Parallel()
	m := manual()
	m.ThaiDigits = true
	for i := range 40 {
		m.Fees = append(m.Fees, papers.ManualFee{About: fmt.Sprintf("กิจการลำดับที่ %d %s", i+5, strings.Repeat("การสะสมและขนส่งวัสดุ", i%5)), Amount: "3,000 บาทต่อปี"})
	}
	m.Appeal = strings.Repeat("ผู้ขออุทธรณ์คำสั่งได้ภายในกำหนด ", 60) + "จบคำอธิบาย"
	path := written(t, m.PDF)
	says(t, path, "กิจการลำดับที่ ๔๔", "จบคำอธิบาย", m.URL, "๓๐ วัน")
	pictured(t, path, "manual-long")
}

func TestManualRefuses(t *testing.T) {
	t.Parallel()
	for name, spoil := range map[string]func(*papers.Manual){
		"title": func(m *papers.Manual) { m.Title = "" }, "agency": func(m *papers.Manual) { m.Agency.Name = "" }, "steps": func(m *papers.Manual) { m.Steps = nil }, "link": func(m *papers.Manual) { m.URL = "x" },
	} {
		m := manual()
		spoil(&m)
		if _, err := m.PDF(); !fault.Is(err, fault.Invalid) {
			t.Errorf("without a good %s: %v", name, err)
		}
	}
}
