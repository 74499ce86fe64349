package pdf_test

import (
	"time"

	"saphan/internal/thai"
	"saphan/permits/pdf"
)

// noon is a moment on a day in Bangkok.
func noon(year int, month time.Month, day int) time.Time {
	return time.Date(year, month, day, 12, 0, 0, 0, thai.Bangkok())
}

// sample is a permit as an agency would issue it. Every name is an example.
func sample() pdf.Document {
	return pdf.Document{
		Number: "SN-HB-2569-000001", Title: "ใบอนุญาตประกอบกิจการที่เป็นอันตรายต่อสุขภาพ", FormCode: "กอ.2",
		Agency: pdf.Agency{
			Name: "เทศบาลตำบลตัวอย่าง", Unit: "กองสาธารณสุขและสิ่งแวดล้อม",
			Address: "99 หมู่ที่ 1 ตำบลตัวอย่าง อำเภอตัวอย่าง จังหวัดตัวอย่าง 10000", Phone: "02 000 0000", Code: "SN",
		},
		LegalBasis: "อาศัยอำนาจตามมาตรา 54 แห่งพระราชบัญญัติการสาธารณสุข พ.ศ. 2535 เจ้าพนักงานท้องถิ่นออกใบอนุญาตฉบับนี้ให้แก่",
		Holder:     "นางสาวสมหญิง ตัวอย่างสกุล",
		Sections: []pdf.Section{
			{Heading: "ผู้รับใบอนุญาต", Rows: []pdf.Row{
				{Label: "ชื่อ", Value: "นางสาวสมหญิง ตัวอย่างสกุล"},
				{Label: "เลขประจำตัวประชาชน", Value: "1-2345-xxxxx-xx-1", Data: "holder.id_masked"},
				{Label: "ที่อยู่", Value: "12/3 หมู่ที่ 4 ซอยน้ำค้าง ถนนสุขสวัสดิ์พัฒนา ตำบลทุ่งแค้ว อำเภอหนองม่วงไข่ จังหวัดแพร่ 54170"},
			}},
			{Heading: "สถานประกอบกิจการ", Rows: []pdf.Row{
				{Label: "ชื่อสถานประกอบกิจการ", Value: "โรงน้ำแข็งตัวอย่าง ปั๊มน้ำใส", Data: "premises.name"},
				{Label: "ที่ตั้ง", Value: "45 หมู่ที่ 2 ตำบลตัวอย่าง อำเภอตัวอย่าง จังหวัดตัวอย่าง 10000", Data: "premises.address"},
				{Label: "ประเภทกิจการ", Value: "กิจการที่เกี่ยวกับอาหาร เครื่องดื่ม น้ำดื่ม: การผลิตน้ำแข็ง", Data: "activity.type"},
				{Label: "พื้นที่ประกอบกิจการ", Value: "180 ตารางเมตร"},
				{Label: "กำลังเครื่องจักร", Value: "15 แรงม้า"},
				{Label: "จำนวนผู้ปฏิบัติงาน", Value: "8", Data: "activity.workers"},
			}},
		},
		Fee: pdf.Fee{Satang: 100000, Note: "ต่อปี", ReceiptNo: "12/345", PaidOn: noon(2026, time.November, 20)},
		Conditions: []string{
			"ต้องจัดให้มีถังดับเพลิงพร้อมใช้งานไม่น้อยกว่า 2 เครื่อง และตรวจสอบทุก 6 เดือน",
			"ห้ามก่อเสียงดังเกิน 70 เดซิเบล ระหว่างเวลา 20:00 น. ถึง 06:00 น.",
		},
		IssuedOn: noon(2026, time.November, 21), ValidUntil: noon(2027, time.November, 20),
		Signer:    pdf.Signer{Name: "นายสมชาย ตัวอย่างดี", Post: "นายกเทศมนตรีตำบลตัวอย่าง\nเจ้าพนักงานท้องถิ่น", SignedAt: noon(2026, time.November, 21)},
		VerifyURL: "https://saphan.example.go.th/p/SN-HB-2569-000001",
	}
}
