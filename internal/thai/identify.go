package thai

import (
	"log/slog"
	"strings"

	"saphan/internal/fault"
)

// NationalID is the 13-digit number of a person or of a juristic person, digits only. It
// shows itself masked and keeps itself out of logs; Digits gives it whole.
type NationalID string

// ParseNationalID reads the number of a person (first digit 1 to 8) as typed, with or
// without hyphens and in Thai or Arabic digits, and checks its check digit (STD-11).
func ParseNationalID(s string) (NationalID, error) {
	id, ok := thirteen(s)
	if !ok || id[0] < '1' || id[0] > '8' || !checksOut(id) {
		return "", fault.New(fault.Invalid, "เลขประจำตัวประชาชนไม่ถูกต้อง กรุณาตรวจเลข 13 หลักบนบัตรอีกครั้ง เช่น 1-2345-45678-78-1")
	}
	return NationalID(id), nil
}

// ParseJuristicID reads the number of a juristic person, which begins with 0 (STD-11).
func ParseJuristicID(s string) (NationalID, error) {
	id, ok := thirteen(s)
	if !ok || id[0] != '0' || !checksOut(id) {
		return "", fault.New(fault.Invalid, "เลขทะเบียนนิติบุคคลไม่ถูกต้อง กรุณาตรวจเลข 13 หลักที่ขึ้นต้นด้วย 0 เช่น 0-1055-43008-21-9")
	}
	return NationalID(id), nil
}

// ValidNationalID reports whether s is the number of a person.
func ValidNationalID(s string) bool {
	_, err := ParseNationalID(s)
	return err == nil
}

// Digits returns the 13 digits.
func (id NationalID) Digits() string { return string(id) }

// Grouped returns the whole number as it stands on the card: 1-2345-45678-78-1.
func (id NationalID) Grouped() string {
	if len(id) != 13 {
		return string(id)
	}
	return string(id[:1] + "-" + id[1:5] + "-" + id[5:10] + "-" + id[10:12] + "-" + id[12:])
}

// String returns the masked number, so that a stray %s or %v shows no more: 1-2345-xxxxx-xx-1.
func (id NationalID) String() string {
	if len(id) != 13 {
		return "x"
	}
	return string(id[:1] + "-" + id[1:5] + "-xxxxx-xx-" + id[12:])
}

// GoString keeps %#v masked too.
func (id NationalID) GoString() string { return id.String() }

// LogValue keeps the number out of every log line.
func (NationalID) LogValue() slog.Value { return slog.StringValue("[national id]") }

func thirteen(s string) (string, bool) {
	s = strings.Map(func(r rune) rune {
		if r == '-' || r == '‐' || r == '–' || r == ' ' || r == '.' || r == '\u00a0' {
			return -1
		}
		return r
	}, Digits(Canonical(s)))
	if len(s) != 13 || strings.Trim(s, "0123456789") != "" {
		return "", false
	}
	return s, true
}

// checksOut computes the check digit: twelve digits weighed 13 down to 2.
func checksOut(id string) bool {
	sum := 0
	for i := range 12 {
		sum += int(id[i]-'0') * (13 - i)
	}
	return (11-sum%11)%10 == int(id[12]-'0')
}

// Phone is a telephone number in the form machines dial and the form people read.
type Phone struct {
	E164      string // +66812345678
	Shown     string // 081 234 5678
	Extension string // digits after "ต่อ"
}

// LogValue keeps the number out of every log line.
func (Phone) LogValue() slog.Value { return slog.StringValue("[phone]") }

// ParsePhone reads a telephone number as typed: Thai mobile (06, 08, 09) or fixed line
// (02 to 07), with +66 or 0, any separators, Thai digits, an extension after "ต่อ"; or a
// foreign number that begins with + or 00.
func ParsePhone(s string) (Phone, error) {
	s = Digits(Canonical(s))
	s = strings.NewReplacer("โทรศัพท์", "", "โทร", "", "เบอร์", "", "tel", "").Replace(strings.ToLower(s))
	s, extension := cutExtension(s)
	digits, ok := phoneDigits(s)
	extension, ok2 := phoneDigits(extension)
	if !ok || !ok2 || len(extension) > 6 || strings.HasPrefix(extension, "+") {
		return Phone{}, errPhone()
	}
	if after, ok := strings.CutPrefix(digits, "00"); ok {
		digits = "+" + after
	}
	national := digits
	switch {
	case strings.HasPrefix(digits, "+66"):
		national = "0" + strings.TrimPrefix(digits[3:], "0")
	case strings.HasPrefix(digits, "66") && len(digits) >= 10:
		national = "0" + digits[2:]
	case strings.HasPrefix(digits, "+"):
		if len(digits) < 9 || len(digits) > 16 || digits[1] == '0' {
			return Phone{}, errPhone()
		}
		return Phone{E164: digits, Shown: withExtension(digits, extension), Extension: extension}, nil
	}
	shown, ok := groupPhone(national)
	if !ok {
		return Phone{}, errPhone()
	}
	return Phone{E164: "+66" + national[1:], Shown: withExtension(shown, extension), Extension: extension}, nil
}

func errPhone() error {
	return fault.New(fault.Invalid, "กรุณาพิมพ์หมายเลขโทรศัพท์ เช่น 081 234 5678 หรือ 02 123 4567")
}

// groupPhone shows a national number of ten digits (mobile) or nine (fixed line).
func groupPhone(n string) (string, bool) {
	if len(n) < 9 || n[0] != '0' {
		return "", false
	}
	switch {
	case len(n) == 10 && strings.ContainsRune("689", rune(n[1])):
		return n[:3] + " " + n[3:6] + " " + n[6:], true
	case len(n) == 9 && n[1] == '2':
		return n[:2] + " " + n[2:5] + " " + n[5:], true
	case len(n) == 9 && strings.ContainsRune("3457", rune(n[1])):
		return n[:3] + " " + n[3:6] + " " + n[6:], true
	}
	return "", false
}

func withExtension(shown, extension string) string {
	if extension == "" {
		return shown
	}
	return shown + " ต่อ " + extension
}

func cutExtension(s string) (number, extension string) {
	for _, word := range []string{"ต่อ", "ext.", "ext", "#"} {
		if number, extension, ok := strings.Cut(s, word); ok {
			return number, extension
		}
	}
	return s, ""
}

// phoneDigits drops separators; anything that is neither digit nor separator fails.
func phoneDigits(s string) (string, bool) {
	var b strings.Builder
	for _, r := range strings.TrimSpace(s) {
		switch {
		case r >= '0' && r <= '9', r == '+' && b.Len() == 0:
			b.WriteRune(r)
		case strings.ContainsRune(" -–.()/:\u00a0", r):
		default:
			return "", false
		}
	}
	return b.String(), true
}
