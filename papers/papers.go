// Package papers draws what a citizen takes away: the receipt of a request, the receipt of a fee and the manual of a
// service as PDF/A-3, and the step card of a service and the picture to pay by as PNG for the chat.
//
// It knows no other room: whoever asks for a paper fills plain data. What is empty is left out, long text flows on to
// further pages, and the same data give the same bytes.
package papers

import (
	"net/url"
	"strings"
	"time"
	"unicode"

	"saphan/internal/fault"
	"saphan/internal/thai"
	"saphan/internal/words"
)

// Agency is whose paper it is.
type Agency struct {
	Name    string
	Unit    string // กองคลัง
	Address string
	Phone   string
	Email   string
	TaxID   string // on receipts of money
	Emblem  []byte // PNG or JPEG, on receipts of money; never on what belongs to an application (LOC-16)
}

// where is the lines under the agency's name: its unit, where it is, and how it is reached.
func (a Agency) where(lang string) string {
	reach := joined([2]string{words.In(lang, "โทร.", "Tel.") + " ", a.Phone}, [2]string{"", a.Email})
	var kept []string
	for _, line := range []string{a.Unit, a.Address, reach} {
		if strings.TrimSpace(line) != "" {
			kept = append(kept, line)
		}
	}
	return strings.Join(kept, "\n")
}

// joined puts pairs of a prefix and a value behind one another, leaving out what is empty.
func joined(pairs ...[2]string) string {
	var parts []string
	for _, p := range pairs {
		if strings.TrimSpace(p[1]) != "" {
			parts = append(parts, p[0]+p[1])
		}
	}
	return strings.Join(parts, " ")
}

// Row is one labelled value.
type Row struct{ Label, Value string }

// Section is a group of rows under a heading.
type Section struct {
	Heading string
	Rows    []Row
}

// need refuses a paper that lacks what it stands for.
func need(paper string, pairs ...string) error {
	for i := 0; i+1 < len(pairs); i += 2 {
		if strings.TrimSpace(pairs[i+1]) == "" {
			return fault.Newf(fault.Invalid, "สร้าง{paper}ไม่ได้ เพราะยังไม่มี{what}", "paper", paper, "what", pairs[i])
		}
	}
	return nil
}

// needLink refuses a paper whose check page could not be opened from it.
func needLink(paper, link string) error {
	u, err := url.Parse(link)
	if err != nil || u.Host == "" || u.Scheme != "https" && u.Scheme != "http" || len(link) > 300 {
		return fault.Wrapf(fault.Invalid, "สร้าง{paper}ไม่ได้ เพราะที่อยู่สำหรับตรวจสอบไม่ถูกต้อง", err, "paper", paper)
	}
	return nil
}

// Spoken is the language in which a paper is drawn for whoever reads lang: the typefaces have the letters of Thai and of
// European languages; for others a paper is in English.
func Spoken(lang string) string {
	switch {
	case lang == "":
		return words.Thai
	case strings.ContainsFunc(words.Name(lang), func(r rune) bool { return unicode.IsLetter(r) && !unicode.In(r, unicode.Thai, unicode.Latin) }):
		return words.English
	default:
		return lang
	}
}

// tag is the language of a paper as its readers' programs know it.
func tag(lang string) string {
	switch lang {
	case words.Thai:
		return "th-TH"
	case words.English:
		return "en-GB"
	default:
		return lang
	}
}

// dayIn writes a day in a language: in the Buddhist era for Thai readers.
func dayIn(lang string, t time.Time) string {
	if lang == words.Thai || t.IsZero() {
		return day(t)
	}
	return t.In(thai.Bangkok()).Format("2 January 2006")
}

// momentIn writes a day and time in a language.
func momentIn(lang string, t time.Time) string {
	if lang == words.Thai {
		return moment(t)
	}
	return t.In(thai.Bangkok()).Format("2 January 2006, 15:04")
}

// day writes a day as papers do: long, in the Buddhist era.
func day(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return thai.LongDate(t)
}

// moment writes a day and time.
func moment(t time.Time) string { return thai.LongDate(t) + " เวลา " + thai.Clock(t) }

// digits turns the numbers of a text into Thai ones, except in words with Latin letters: addresses, codes and numbers that
// are typed again keep theirs.
func digits(text string) string {
	var b strings.Builder
	for word := range strings.SplitAfterSeq(text, " ") {
		if !strings.ContainsFunc(word, func(r rune) bool { return r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r == '@' }) {
			word = thai.ThaiDigits(word)
		}
		b.WriteString(word)
	}
	return b.String()
}
