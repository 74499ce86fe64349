package thai

import (
	"math"
	"strconv"
	"strings"

	"saphan/internal/fault"
)

// ParseNumber reads a number as typed: Thai or Arabic digits, thousands commas in their
// places, a decimal point. No exponent, no infinity.
func ParseNumber(s string) (float64, error) {
	s = strings.TrimSpace(Digits(Canonical(s)))
	whole, fraction, hasPoint := strings.Cut(s, ".")
	sign := ""
	if after, ok := strings.CutPrefix(whole, "-"); ok {
		sign, whole = "-", after
	}
	whole, ok := dropCommas(whole)
	if !ok || !allDigits(whole) || (hasPoint && !allDigits(fraction)) || len(whole) > 15 || len(fraction) > 9 {
		return 0, errNumber()
	}
	n, err := strconv.ParseFloat(sign+whole+"."+fraction+"0", 64)
	if err != nil || math.IsInf(n, 0) {
		return 0, errNumber()
	}
	return n, nil
}

func errNumber() error {
	return fault.New(fault.Invalid, "กรุณาพิมพ์เป็นตัวเลข เช่น 120")
}

func dropCommas(s string) (string, bool) {
	groups := strings.Split(s, ",")
	for i, g := range groups {
		if len(groups) > 1 && (len(g) > 3 || (i > 0 && len(g) != 3) || g == "") {
			return "", false
		}
	}
	return strings.Join(groups, ""), true
}

func allDigits(s string) bool { return s != "" && strings.Trim(s, "0123456789") == "" }

// Number shows n with thousands commas and no needless decimals: 1,200.5.
func Number(n float64) string {
	s := strconv.FormatFloat(math.Abs(n), 'f', -1, 64)
	whole, fraction, hasPoint := strings.Cut(s, ".")
	var b strings.Builder
	if n < 0 {
		b.WriteByte('-')
	}
	for i, r := range whole {
		if i > 0 && (len(whole)-i)%3 == 0 {
			b.WriteByte(',')
		}
		b.WriteRune(r)
	}
	if hasPoint {
		b.WriteString("." + fraction)
	}
	return b.String()
}

// Baht shows an amount of satang in baht, with satang only when there are any: 1,200.50 บาท.
func Baht(satang int64) string {
	text := Number(float64(satang / 100))
	if rest := satang % 100; rest != 0 {
		text += "." + strconv.FormatInt(100+max(rest, -rest), 10)[1:]
	}
	return text + " บาท"
}
