package forms

import (
	"net/mail"
	"slices"
	"strconv"
	"strings"
	"time"

	"saphan/internal/thai"
)

// checkPartial takes a date of which only the year, or the month and year, are known (LOC-7).
func (f Field) checkPartial(in Input) (Answer, error) {
	year, month, err := thai.ParseMonth(in.Text)
	if err != nil {
		return Answer{}, f.refuse(in, "date_partial")
	}
	first := time.Date(year, max(month, time.January), 1, 0, 0, 0, 0, time.UTC)
	if today := in.Now.In(thai.Bangkok()).Format(time.DateOnly); !in.Now.IsZero() && f.Past && first.Format(time.DateOnly) > today {
		return Answer{}, f.refuse(in, "date_past")
	}
	if month == 0 {
		return answer("พ.ศ. "+strconv.Itoa(year+buddhist), first.Format("2006"))
	}
	return answer(thai.Month(month)+" "+strconv.Itoa(year+buddhist), first.Format("2006-01"))
}

// checkChoices takes several choices: tapped, or typed one after the other.
func (f Field) checkChoices(in Input) (Answer, error) {
	picked := in.Picked
	if in.Choice != "" {
		picked = []string{in.Choice}
	}
	if picked == nil {
		for _, part := range parts(in.Text) {
			c, ok := f.offered(Input{Text: part})
			if n, err := strconv.Atoi(strings.Trim(thai.Key(part), "ข้อ .)")); !ok && err == nil && n >= 1 && n <= len(f.Choices) {
				c, ok = f.Choices[n-1], true
			}
			if !ok {
				c, ok = f.onlyNamed(part)
			}
			if !ok {
				return Answer{}, f.refuse(in, "choice")
			}
			picked = append(picked, c.Value)
		}
	}
	var values, labels []string
	for _, c := range f.Choices { // in the order of the form, each once
		if slices.Contains(picked, c.Value) {
			values, labels = append(values, c.Value), append(labels, c.Label.TH)
		}
	}
	for _, v := range picked {
		if _, ok := f.Choice(v); !ok {
			return Answer{}, f.refuse(in, "choice")
		}
	}
	switch most := f.Most; {
	case len(values) < max(f.Least, 1):
		return Answer{}, f.refuse(in, "too_few", "min", strconv.Itoa(max(f.Least, 1)))
	case most > 0 && len(values) > most:
		return Answer{}, f.refuse(in, "too_many_choices", "max", strconv.Itoa(most))
	}
	return answer(strings.Join(labels, ", "), values)
}

// parts takes a list in words apart.
func parts(text string) []string {
	var all []string
	for _, p := range strings.FieldsFunc(text, func(r rune) bool { return strings.ContainsRune(",;/\n、", r) }) {
		for _, q := range strings.Split(p, " และ") {
			if q = strings.TrimSpace(q); q != "" {
				all = append(all, q)
			}
		}
	}
	return all
}

func (f Field) checkTime(in Input) (Answer, error) {
	text := in.Clock
	if text == "" {
		text = in.Text
	}
	hour, minute, err := thai.ParseTime(text)
	if err != nil {
		return Answer{}, f.refuse(in, "time")
	}
	clock := time.Date(2000, 1, 1, hour, minute, 0, 0, time.UTC)
	return answer(clock.Format("15.04")+" น.", clock.Format("15:04"))
}

func (f Field) checkEmail(in Input) (Answer, error) {
	text := strings.TrimSpace(in.Text)
	a, err := mail.ParseAddress(text)
	if err != nil || a.Address != text || !strings.Contains(text[strings.LastIndex(text, "@"):], ".") || len(text) > 254 {
		return Answer{}, f.refuse(in, "email")
	}
	return answer(text, text)
}
