package thai

import (
	"strconv"
	"strings"
	"time"
	"unicode"

	"saphan/internal/fault"
)

// beOffset is what the Buddhist era is ahead of the Christian one.
const beOffset = 543

// Years that a person can mean in a form, Christian era.
const (
	firstYear = 1800
	lastYear  = 2200
)

// ParseDate reads a date as people type it: day first, Buddhist or Christian era, Thai or
// Arabic digits, month as number or name (LOC-2). A year of two digits is Buddhist. The year
// is converted before the day is checked, so that 29 February follows the Christian leap rule.
// The result is midnight UTC of that day.
func ParseDate(s string) (time.Time, error) {
	p, ok := readDate(s)
	if !ok {
		return time.Time{}, errDate()
	}
	year, ok := p.christianYear()
	if !ok {
		return time.Time{}, errDate()
	}
	t := time.Date(year, time.Month(p.month), p.day, 0, 0, 0, 0, time.UTC)
	if t.Day() != p.day || int(t.Month()) != p.month {
		return time.Time{}, fault.New(fault.Invalid, "ไม่มีวันที่นี้ในปฏิทิน กรุณาตรวจวัน เดือน และปี เช่น 21 พ.ย. 2569")
	}
	return t, nil
}

func errDate() error {
	return fault.New(fault.Invalid, "กรุณาพิมพ์วันที่เป็นวัน เดือน ปี เช่น 21 พ.ย. 2569")
}

// spoken is a date as read, before the era is settled.
type spoken struct {
	day, month, year int
	yearDigits       int
	era              string // "be", "ce" or ""
}

func (p spoken) christianYear() (int, bool) {
	year := p.year
	switch {
	case p.era == "ce" && p.yearDigits == 4:
	case p.era == "ce":
		return 0, false
	case p.yearDigits <= 2:
		year += 2500 - beOffset
	case p.era == "be" || year >= firstYear+beOffset:
		year -= beOffset
	}
	return year, year >= firstYear && year <= lastYear
}

// readDate takes the words and numbers of s apart.
func readDate(s string) (spoken, bool) {
	p, numbers, ok := readParts(s)
	if !ok {
		return spoken{}, false
	}
	return p.arrange(numbers)
}

// readParts takes the numbers of s out, and what its words say.
func readParts(s string) (p spoken, numbers []string, ok bool) {
	for _, tok := range dateTokens(s) {
		if tok[0] >= '0' && tok[0] <= '9' {
			numbers = append(numbers, tok)
			continue
		}
		tok, era := cutEra(tok)
		if era != "" {
			p.era = era
		}
		if tok == "" || fillers[tok] {
			continue
		}
		m := months[strings.TrimPrefix(tok, "เดือน")]
		if m == 0 || p.month != 0 {
			return spoken{}, nil, false
		}
		p.month = m
	}
	return p, numbers, true
}

// arrange says which number is the day, the month and the year.
func (p spoken) arrange(numbers []string) (spoken, bool) {
	var day, month, year string
	switch {
	case len(numbers) == 3 && p.month == 0 && len(numbers[0]) == 4:
		year, month, day = numbers[0], numbers[1], numbers[2]
	case len(numbers) == 3 && p.month == 0:
		day, month, year = numbers[0], numbers[1], numbers[2]
	case len(numbers) == 2 && p.month != 0 && len(numbers[0]) == 4:
		year, day = numbers[0], numbers[1]
	case len(numbers) == 2 && p.month != 0:
		day, year = numbers[0], numbers[1]
	case len(numbers) == 1 && p.month == 0 && len(numbers[0]) == 8:
		day, month, year = numbers[0][:2], numbers[0][2:4], numbers[0][4:]
	default:
		return spoken{}, false
	}
	if len(day) > 2 || len(month) > 2 || (len(year) != 4 && len(year) != 2) {
		return spoken{}, false
	}
	p.yearDigits = len(year)
	p.day, p.year = atoi(day), atoi(year)
	if month != "" {
		p.month = atoi(month)
	}
	return p, p.month >= 1 && p.month <= 12 && p.day >= 1
}

// atoi reads digits that dateTokens has already seen to be nothing else.
func atoi(s string) int {
	n, err := strconv.Atoi(s)
	if err != nil {
		return -1
	}
	return n
}

// dateTokens cuts s into runs of digits and words; dots inside a word ("พ.ย.") are dropped.
// A character that no date has makes a token no month matches.
func dateTokens(s string) []string {
	s = strings.ToLower(Digits(Canonical(s)))
	var tokens []string
	var cur []rune
	digits := false
	flush := func() {
		if len(cur) > 0 {
			tokens = append(tokens, string(cur))
		}
		cur = cur[:0]
	}
	for _, r := range s {
		isDigit := r >= '0' && r <= '9'
		switch {
		case isDigit:
			if !digits {
				flush()
			}
			digits = true
			cur = append(cur, r)
		case r == '.' && !digits && len(cur) > 0:
			// "พ.ย." is one word.
		case r == '/' || r == '-' || r == '.' || r == ',' || unicode.IsSpace(r):
			flush()
			digits = false
		default:
			if digits {
				flush()
			}
			digits = false
			cur = append(cur, r)
		}
	}
	flush()
	return tokens
}

// cutEra takes the era off the end of a word, or off the word that is nothing but the era.
func cutEra(word string) (rest, era string) {
	for suffix, era := range map[string]string{"พศ": "be", "คศ": "ce", "พุทธศักราช": "be", "คริสต์ศักราช": "ce"} {
		if rest, ok := strings.CutSuffix(word, suffix); ok {
			return rest, era
		}
	}
	switch word {
	case "be":
		return "", "be"
	case "ce", "ad":
		return "", "ce"
	}
	return word, ""
}

var fillers = map[string]bool{
	"วันที่": true, "วัน": true, "ที่": true, "เดือน": true, "ปี": true, "น": true,
	"วันจันทร์ที่": true, "วันอังคารที่": true, "วันพุธที่": true, "วันพฤหัสบดีที่": true,
	"วันศุกร์ที่": true, "วันเสาร์ที่": true, "วันอาทิตย์ที่": true,
	"ครับ": true, "ค่ะ": true, "คะ": true, "คับ": true,
}

var months = map[string]int{
	"มกราคม": 1, "กุมภาพันธ์": 2, "มีนาคม": 3, "เมษายน": 4, "พฤษภาคม": 5, "มิถุนายน": 6,
	"กรกฎาคม": 7, "สิงหาคม": 8, "กันยายน": 9, "ตุลาคม": 10, "พฤศจิกายน": 11, "ธันวาคม": 12,
	"มกรา": 1, "กุมภา": 2, "มีนา": 3, "เมษา": 4, "พฤษภา": 5, "มิถุนา": 6,
	"กรกฎา": 7, "กรกฏาคม": 7, "กรกฏา": 7, "สิงหา": 8, "กันยา": 9, "ตุลา": 10, "พฤศจิกา": 11, "ธันวา": 12,
	"มค": 1, "กพ": 2, "มีค": 3, "เมย": 4, "พค": 5, "มิย": 6, "กค": 7, "สค": 8, "กย": 9, "ตค": 10, "พย": 11, "ธค": 12,
	"january": 1, "february": 2, "march": 3, "april": 4, "may": 5, "june": 6, "july": 7,
	"august": 8, "september": 9, "october": 10, "november": 11, "december": 12,
	"jan": 1, "feb": 2, "mar": 3, "apr": 4, "jun": 6, "jul": 7, "aug": 8, "sep": 9, "sept": 9, "oct": 10, "nov": 11, "dec": 12,
}
