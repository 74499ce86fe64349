package thai

import (
	"strings"

	"saphan/internal/fault"
)

const (
	perBaht    = 100       // satang
	perMillion = 1_000_000 // Thai counts in groups of six digits
)

// BahtWords writes an amount of satang in words, as receipts and orders must carry it (LOC-15): หนึ่งร้อยบาทถ้วน,
// หนึ่งร้อยบาทยี่สิบห้าสตางค์. Negative amounts are refused: no paper states one.
func BahtWords(satang int64) (string, error) {
	if satang < 0 {
		return "", fault.New(fault.Invalid, "จำนวนเงินติดลบ เขียนเป็นตัวหนังสือไม่ได้ กรุณาตรวจจำนวนเงิน")
	}
	baht, rest := satang/perBaht, satang%perBaht
	var b strings.Builder
	if baht > 0 || rest == 0 {
		b.WriteString(numberWords(baht) + "บาท")
	}
	if rest == 0 {
		b.WriteString("ถ้วน")
	} else {
		b.WriteString(numberWords(rest) + "สตางค์")
	}
	return b.String(), nil
}

var digitWords = [...]string{"ศูนย์", "หนึ่ง", "สอง", "สาม", "สี่", "ห้า", "หก", "เจ็ด", "แปด", "เก้า"}

var placeWords = [...]string{"", "สิบ", "ร้อย", "พัน", "หมื่น", "แสน"}

// numberWords writes a whole number, not negative, in words.
func numberWords(n int64) string {
	if n == 0 {
		return digitWords[0]
	}
	var b strings.Builder
	if n >= perMillion {
		b.WriteString(numberWords(n/perMillion) + "ล้าน")
	}
	group, place := n%perMillion, len(placeWords)-1
	for size := int64(perMillion / 10); size > 0; size /= 10 {
		switch digit := group / size % 10; {
		case digit == 0:
		case place == 0 && digit == 1 && n > 1:
			b.WriteString("เอ็ด") // one, where anything stands before it
		case place == 1 && digit == 1:
			b.WriteString("สิบ")
		case place == 1 && digit == 2:
			b.WriteString("ยี่สิบ")
		default:
			b.WriteString(digitWords[digit] + placeWords[place])
		}
		place--
	}
	return b.String()
}
