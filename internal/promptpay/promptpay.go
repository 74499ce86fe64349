// Package promptpay makes and reads the text of a Thai payment QR code: EMVCo's merchant-presented mode with the two
// templates of PromptPay, a transfer to a proxy (tag 29) and a bill payment (tag 30), which is what an agency needs.
//
// The order of the fields is that of codes which banks issue; a reader must take any order. Bill payment was checked
// against such a code, not against the banks' own paper.
package promptpay

import (
	"fmt"
	"strconv"
	"strings"

	"saphan/internal/fault"
	"saphan/internal/qr"
	"saphan/internal/thai"
)

// Kind says what an account is known by.
type Kind string

// The kinds.
const (
	Mobile Kind = "mobile"  // a Thai mobile number
	ID     Kind = "id"      // 13 digits: of a person, of a juristic person, a tax number
	Wallet Kind = "ewallet" // 15 digits
	Biller Kind = "biller"  // 15 digits: tax number and a suffix of two; needs a reference
)

// Account is where money goes.
type Account struct {
	Kind   Kind
	Number string // digits only; a mobile number begins with 0
}

// Payment is what a code asks for.
type Payment struct {
	To     Account
	Satang int64  // 0: whoever pays types the amount
	Once   bool   // the code is for one payment (dynamic); else it may be paid again (static)
	Ref1   string // of a bill payment: capital letters and digits, at most 20
	Ref2   string // the same; may be empty
}

// The field numbers and fixed values (EMVCo merchant-presented mode 1.1; Thai QR payment).
const (
	tagFormat, tagMethod, tagTransfer, tagBill   = "00", "01", "29", "30"
	tagCurrency, tagAmount, tagCountry, tagCheck = "53", "54", "58", "63"
	subAID, subFirst, subSecond, subThird        = "00", "01", "02", "03"

	format, static, dynamic = "01", "11", "12"
	transferAID, billAID    = "A000000677010111", "A000000677010112"
	baht, thailand          = "764", "TH"
)

// mostSatang is the largest amount that the field of 13 signs holds.
const mostSatang = 9_999_999_999_99

// ParseAccount reads an account as an officer types it and says what is wrong with it.
func ParseAccount(kind Kind, typed string) (Account, error) {
	digits := strings.Map(func(r rune) rune {
		if strings.ContainsRune("- .\u00a0–", r) {
			return -1
		}
		return r
	}, thai.Digits(thai.Canonical(typed)))
	switch kind {
	case Mobile:
		phone, err := thai.ParsePhone(typed)
		if err != nil || phone.Extension != "" || !strings.HasPrefix(phone.E164, "+66") {
			return Account{}, fault.New(fault.Invalid, "หมายเลขพร้อมเพย์แบบโทรศัพท์ต้องเป็นเบอร์มือถือไทย 10 หลัก เช่น 081 234 5678")
		}
		digits = "0" + strings.TrimPrefix(phone.E164, "+66")
	case ID:
		if id, err := thai.ParseNationalID(typed); err == nil {
			digits = id.Digits()
		} else if id, err := thai.ParseJuristicID(typed); err == nil {
			digits = id.Digits()
		} else {
			return Account{}, fault.New(fault.Invalid, "หมายเลขพร้อมเพย์แบบเลขประจำตัวต้องเป็นเลขประจำตัวประชาชนหรือเลขประจำตัวผู้เสียภาษี 13 หลักที่ถูกต้อง")
		}
	case Wallet, Biller:
	}
	a := Account{kind, digits}
	return a, a.check()
}

// check refuses an account that no bank would find.
func (a Account) check() error {
	switch a.Kind {
	case Mobile:
		if len(a.Number) == 10 && digitsOnly(a.Number) && a.Number[0] == '0' && strings.ContainsRune("689", rune(a.Number[1])) {
			return nil
		}
		return fault.New(fault.Invalid, "หมายเลขพร้อมเพย์แบบโทรศัพท์ต้องเป็นเบอร์มือถือไทย 10 หลัก เช่น 081 234 5678")
	case ID:
		if len(a.Number) == 13 && digitsOnly(a.Number) {
			return nil
		}
		return fault.New(fault.Invalid, "หมายเลขพร้อมเพย์แบบเลขประจำตัวต้องมี 13 หลัก")
	case Wallet:
		if len(a.Number) == 15 && digitsOnly(a.Number) {
			return nil
		}
		return fault.New(fault.Invalid, "หมายเลข e-Wallet ต้องมี 15 หลัก กรุณาตรวจกับผู้ให้บริการ")
	case Biller:
		if len(a.Number) == 15 && digitsOnly(a.Number) {
			return nil
		}
		return fault.New(fault.Invalid, "Biller ID ต้องมี 15 หลัก คือเลขประจำตัวผู้เสียภาษี 13 หลักตามด้วยรหัสต่อท้าย 2 หลักที่ธนาคารให้ไว้")
	}
	return fault.New(fault.Invalid, "ไม่รู้จักชนิดของบัญชีพร้อมเพย์ กรุณาเลือกใหม่")
}

func digitsOnly(s string) bool { return s != "" && strings.Trim(s, "0123456789") == "" }

// mostReference is how long a reference may be.
const mostReference = 20

// Reference makes a reference of a number as people write it: letters and digits, capital, the last 20 of them:
// SN-2569-000123 becomes SN2569000123.
func Reference(number string) string {
	out := strings.Map(func(r rune) rune {
		if r >= '0' && r <= '9' || r >= 'A' && r <= 'Z' {
			return r
		}
		return -1
	}, strings.ToUpper(thai.Digits(number)))
	return out[max(0, len(out)-mostReference):]
}

// check refuses a payment that cannot be written or that a bank would refuse.
func (p Payment) check() error {
	if err := p.To.check(); err != nil {
		return err
	}
	switch {
	case p.Satang < 0 || p.Satang > mostSatang:
		return fault.New(fault.Invalid, "จำนวนเงินของ QR ต้องมากกว่า 0 และไม่เกิน 9,999,999,999.99 บาท")
	case p.To.Kind == Biller && p.Ref1 == "":
		return fault.New(fault.Invalid, "QR แบบชำระบิลต้องมีเลขอ้างอิง 1")
	case p.To.Kind != Biller && (p.Ref1 != "" || p.Ref2 != ""):
		return fault.New(fault.Invalid, "เลขอ้างอิงใช้ได้เฉพาะ QR แบบชำระบิล (Biller ID)")
	}
	for _, ref := range []string{p.Ref1, p.Ref2} {
		if ref != Reference(ref) {
			return fault.New(fault.Invalid, "เลขอ้างอิงใช้ได้เฉพาะตัวอักษรอังกฤษตัวใหญ่และตัวเลข ไม่เกิน 20 ตัว")
		}
	}
	return nil
}

// Payload is the text of the code.
func (p Payment) Payload() (string, error) {
	if err := p.check(); err != nil {
		return "", err
	}
	var b strings.Builder
	b.WriteString(field(tagFormat, format))
	if p.Once {
		b.WriteString(field(tagMethod, dynamic))
	} else {
		b.WriteString(field(tagMethod, static))
	}
	switch p.To.Kind {
	case Mobile:
		b.WriteString(field(tagTransfer, field(subAID, transferAID)+field(subFirst, "0066"+p.To.Number[1:])))
	case ID:
		b.WriteString(field(tagTransfer, field(subAID, transferAID)+field(subSecond, p.To.Number)))
	case Wallet:
		b.WriteString(field(tagTransfer, field(subAID, transferAID)+field(subThird, p.To.Number)))
	case Biller:
		bill := field(subAID, billAID) + field(subFirst, p.To.Number) + field(subSecond, p.Ref1)
		if p.Ref2 != "" {
			bill += field(subThird, p.Ref2)
		}
		b.WriteString(field(tagBill, bill))
	}
	b.WriteString(field(tagCurrency, baht))
	if p.Satang > 0 {
		b.WriteString(field(tagAmount, fmt.Sprintf("%d.%02d", p.Satang/100, p.Satang%100)))
	}
	b.WriteString(field(tagCountry, thailand))
	b.WriteString(tagCheck + "04")
	return b.String() + checksum(b.String()), nil
}

// Picture is the code as a square PNG of pixels by pixels, its quiet border included.
func (p Payment) Picture(pixels int) ([]byte, error) {
	text, err := p.Payload()
	if err != nil {
		return nil, err
	}
	out, err := qr.Picture(text, pixels)
	if err != nil {
		return nil, fmt.Errorf("draw the payment code: %w", err)
	}
	return out, nil
}

// field writes a value of up to 99 bytes with its number and length.
func field(tag, value string) string {
	return tag + strconv.Itoa(100 + len(value))[1:] + value
}

// checksum is CRC-16 with polynomial 0x1021 from 0xFFFF over everything before it, in four hexadecimal digits.
func checksum(s string) string {
	crc := uint16(0xffff)
	for i := range len(s) {
		crc ^= uint16(s[i]) << 8
		for range 8 {
			high := crc&0x8000 != 0
			crc <<= 1
			if high {
				crc ^= 0x1021
			}
		}
	}
	return fmt.Sprintf("%04X", crc)
}
