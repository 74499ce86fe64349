package papers

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"

	"saphan/internal/fault"
	"saphan/internal/pdf"
	"saphan/internal/thai"
)

// FeeReceipt is the receipt of money that an agency took (ใบเสร็จรับเงิน).
type FeeReceipt struct {
	Book       string // เล่มที่
	Number     string // เลขที่, in the book or in the year
	Agency     Agency
	IssuedAt   time.Time
	Payer      Party
	Request    string // number of the case it was paid for
	Lines      []FeeLine
	Way        string    // เงินสด, โอนเงินผ่านพร้อมเพย์
	Reference  string    // of the payment at the bank
	PaidAt     time.Time // when the money came; zero: when the receipt was issued
	Officer    Officer   // who took it
	VerifyURL  string
	ThaiDigits bool
}

// Party is who pays.
type Party struct {
	Name       string
	Address    string
	NationalID thai.NationalID // shown masked; of a juristic person in full, because it is public
}

// FeeLine is one thing paid for.
type FeeLine struct {
	About  string
	Satang int64
}

// Officer is who acts for the agency.
type Officer struct{ Name, Post string }

const feeName = "ใบเสร็จรับเงิน"

// Total is what the lines add up to, in satang.
func (f FeeReceipt) Total() (int64, error) {
	var sum int64
	for _, l := range f.Lines {
		if l.Satang < 0 || sum > math.MaxInt64-l.Satang {
			return 0, fault.New(fault.Invalid, "สร้างใบเสร็จรับเงินไม่ได้ เพราะจำนวนเงินของรายการไม่ถูกต้อง")
		}
		sum += l.Satang
	}
	if sum == 0 {
		return 0, fault.New(fault.Invalid, "สร้างใบเสร็จรับเงินไม่ได้ เพราะไม่มีจำนวนเงิน")
	}
	return sum, nil
}

func (f FeeReceipt) check() error {
	if err := need(feeName, "เลขที่", f.Number, "ชื่อหน่วยงาน", f.Agency.Name, "ชื่อผู้ชำระเงิน", f.Payer.Name, "ชื่อเจ้าหน้าที่ผู้รับเงิน", f.Officer.Name); err != nil {
		return err
	}
	if f.IssuedAt.IsZero() {
		return need(feeName, "วันที่", "")
	}
	return needLink(feeName, f.VerifyURL)
}

// no is the number with its book, as people say it: 12/345.
func (f FeeReceipt) no() string {
	if f.Book == "" {
		return f.Number
	}
	return f.Book + "/" + f.Number
}

// id is the payer's number as it may be shown.
func (p Party) id() string {
	if strings.HasPrefix(p.NationalID.Digits(), "0") {
		return p.NationalID.Grouped()
	}
	if p.NationalID == "" {
		return ""
	}
	return p.NationalID.String()
}

// sum checks the receipt and returns its total, in satang and in words (LOC-15).
func (f FeeReceipt) sum() (total int64, words string, err error) {
	if err := f.check(); err != nil {
		return 0, "", err
	}
	if total, err = f.Total(); err != nil {
		return 0, "", err
	}
	if words, err = thai.BahtWords(total); err != nil {
		return 0, "", fmt.Errorf("write the total in words: %w", err)
	}
	return total, words, nil
}

// PDF draws the receipt; its data are attached inside as receipt.xml (STD-2).
func (f FeeReceipt) PDF() ([]byte, error) {
	total, words, err := f.sum()
	if err != nil {
		return nil, err
	}
	data, err := f.XML()
	if err != nil {
		return nil, err
	}
	s, err := begin(pdf.About{
		Title: feeName + " เลขที่ " + f.no(), Author: f.Agency.Name, Subject: feeName, At: f.IssuedAt,
	}, f.ThaiDigits, f.Payer.Name, f.Agency.Name, f.Officer.Name)
	if err != nil {
		return nil, err
	}
	s.number, s.foot = f.no(), "ออกโดยระบบอิเล็กทรอนิกส์ของ"+f.Agency.Name+" ข้อมูลสำหรับโปรแกรมแนบอยู่ในไฟล์ ("+receiptXML+")"
	s.file.Attach(pdf.File{Name: receiptXML, Type: "text/xml", About: "ข้อมูลใบเสร็จรับเงินสำหรับระบบคอมพิวเตอร์", Data: data})
	return s.write(func(c *pdf.Page) float64 {
		y := s.letterhead(c, f.Agency, Row{"เล่มที่", f.Book}, Row{"เลขที่", f.Number})
		return s.heading(c, y, feeName, "")
	}, f.body(s, total, words))
}

func (f FeeReceipt) body(s *sheet, total int64, words string) []pdf.Piece {
	out := s.rows([]Row{
		{"วันที่", day(f.IssuedAt)}, {"ได้รับเงินจาก", f.Payer.Name}, {"เลขประจำตัว", f.Payer.id()}, {"ที่อยู่", f.Payer.Address}, {"สำหรับเรื่องเลขที่", f.Request},
	})
	rows := make([]row, len(f.Lines), len(f.Lines)+1)
	for i, l := range f.Lines {
		rows[i] = row{cells: []cell{plain(strconv.Itoa(i + 1)), plain(l.About), plain(money(l.Satang))}}
	}
	rows = append(rows, row{total: true, cells: []cell{nil, strong("รวมเงิน"), strong(money(total))}})
	out = append(out, gap(8))
	out = append(out, s.table([]column{{"ที่", 0.08, false}, {"รายการ", 0.66, false}, {"จำนวนเงิน (บาท)", 0.26, true}}, rows)...)
	out = append(out, s.inWords(words)...)
	paid := f.PaidAt
	if paid.IsZero() {
		paid = f.IssuedAt
	}
	out = append(out, s.section("การชำระเงิน", s.rows([]Row{{"ชำระโดย", f.Way}, {"เลขอ้างอิง", f.Reference}, {"วันและเวลาที่ชำระ", moment(paid)}})...)...)
	out = append(out, s.signature(f.Officer, f.IssuedAt, header{"ผู้รับเงิน", 9, faint}))
	return append(out, s.check("ตรวจสอบใบเสร็จ", "สแกนคิวอาร์โค้ดด้วยกล้องโทรศัพท์ หรือเปิดที่อยู่ด้านล่าง แล้วเทียบเลขที่และจำนวนเงิน ตรวจได้ทุกคน ไม่มีค่าใช้จ่าย", f.VerifyURL)...)
}

// inWords is the total in words, as a receipt must carry it (LOC-15).
func (s *sheet) inWords(words string) []pdf.Piece {
	label := "จำนวนเงินเป็นตัวอักษร"
	from := left + s.regular.Width(label, 9) + 24
	out := s.lines(s.bold, 12, from, right-from-10, ink, "("+words+")")
	for i := range out {
		draw, high := out[i].Draw, out[i].Height+4
		out[i].Height, out[i].With = high, i+1 < len(out)
		out[i].Draw = func(c *pdf.Page, y float64) {
			if i == 0 {
				s.part(c, "P", func() { c.Text(s.regular, left+10, y-15, 9, faint, label) })
			}
			draw(c, y-2)
		}
	}
	return append(out, gap(2))
}

// money writes an amount with two decimals and commas, without the unit: 1,000.00.
func money(satang int64) string {
	whole := strconv.FormatInt(satang/100, 10)
	for i := len(whole) - 3; i > 0; i -= 3 {
		whole = whole[:i] + "," + whole[i:]
	}
	return fmt.Sprintf("%s.%02d", whole, satang%100)
}
