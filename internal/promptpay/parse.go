package promptpay

import (
	"strconv"
	"strings"

	"saphan/internal/fault"
)

// Parse reads the text of a code back. Fields may stand in any order, and those it does not know are passed over; what it
// knows must be right. The refusal says what is wrong in a sentence for people.
func Parse(payload string) (Payment, error) {
	at := strings.LastIndex(payload, tagCheck+"04")
	if at < 0 || at != len(payload)-8 || !strings.EqualFold(checksum(payload[:at+4]), payload[at+4:]) {
		return Payment{}, fault.New(fault.Invalid, "QR นี้ไม่ครบหรือถูกแก้ไข (ค่าตรวจสอบไม่ตรง) กรุณาสแกนใหม่")
	}
	fields, ok := split(payload)
	if !ok || fields[tagFormat] != format {
		return Payment{}, fault.New(fault.Invalid, "QR นี้ไม่ใช่ QR รับชำระเงิน")
	}
	if fields[tagCurrency] != baht || fields[tagCountry] != thailand {
		return Payment{}, fault.New(fault.Invalid, "QR นี้ไม่ใช่การชำระเงินบาทในประเทศไทย")
	}
	p := Payment{Once: fields[tagMethod] == dynamic}
	if m := fields[tagMethod]; m != static && m != dynamic {
		return Payment{}, fault.New(fault.Invalid, "QR นี้ไม่บอกว่าใช้ได้ครั้งเดียวหรือหลายครั้ง")
	}
	if amount, has := fields[tagAmount]; has {
		if p.Satang, ok = satang(amount); !ok {
			return Payment{}, fault.New(fault.Invalid, "จำนวนเงินใน QR นี้อ่านไม่ได้")
		}
	}
	transfer, isTransfer := fields[tagTransfer]
	bill, isBill := fields[tagBill]
	switch {
	case isBill && !isTransfer:
		ok = p.readBill(bill)
	case isTransfer && !isBill:
		ok = p.readTransfer(transfer)
	default:
		ok = false
	}
	if !ok {
		return Payment{}, fault.New(fault.Invalid, "QR นี้ไม่ใช่พร้อมเพย์")
	}
	return p, p.check()
}

func (p *Payment) readBill(value string) bool {
	sub, ok := split(value)
	p.To, p.Ref1, p.Ref2 = Account{Biller, sub[subFirst]}, sub[subSecond], sub[subThird]
	return ok && sub[subAID] == billAID
}

func (p *Payment) readTransfer(value string) bool {
	sub, ok := split(value)
	if !ok || sub[subAID] != transferAID || len(sub) != 2 {
		return false
	}
	if mobile, has := sub[subFirst]; has {
		rest, ok := strings.CutPrefix(mobile, "0066")
		p.To = Account{Mobile, "0" + rest}
		return ok
	}
	if id, has := sub[subSecond]; has {
		p.To = Account{ID, id}
		return true
	}
	p.To = Account{Wallet, sub[subThird]}
	return true
}

// split takes the fields of a template apart; none may come twice.
func split(s string) (map[string]string, bool) {
	fields := map[string]string{}
	for s != "" {
		if len(s) < 4 || !digitsOnly(s[:4]) {
			return nil, false
		}
		long, err := strconv.Atoi(s[2:4])
		if _, twice := fields[s[:2]]; err != nil || twice || long == 0 || len(s) < 4+long {
			return nil, false
		}
		fields[s[:2]] = s[4 : 4+long]
		s = s[4+long:]
	}
	return fields, true
}

// satang reads an amount: at most 13 signs, at most two decimals, more than nothing.
func satang(amount string) (int64, bool) {
	whole, part, point := strings.Cut(amount, ".")
	if !digitsOnly(whole) || point && !digitsOnly(part) || len(part) > 2 || len(amount) > 13 {
		return 0, false
	}
	n, err := strconv.ParseInt(whole+(part + "00")[:2], 10, 64)
	return n, err == nil && n > 0
}
