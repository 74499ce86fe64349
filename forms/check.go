package forms

import (
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"

	"saphan/internal/fault"
	"saphan/internal/thai"
)

// Input is what somebody gave for a field. A channel fills in what it has: typed words, the
// value of a tapped choice, a picked date, a place, files.
type Input struct {
	Text   string
	Choice string
	Picked []string // choices: all that were tapped
	Date   string   // 2006-01-02, Christian era
	Clock  string   // 15:04
	Place  *Place
	Files  []File
	Now    time.Time
	Lang   string // of the sentence that says what is wrong; "" is Thai
}

// Check turns an input into an answer. If it is none, the error is a fault whose Message is
// one sentence saying what is expected, with an example.
func (f Field) Check(in Input) (Answer, error) {
	var a Answer
	var err error
	switch f.Kind {
	case TextField:
		a, err = f.checkText(in)
	case NumberField:
		a, err = f.checkNumber(in)
	case ChoiceField:
		a, err = f.checkChoice(in)
	case DateField:
		a, err = f.checkDate(in)
	case ThaiIDField:
		a, err = f.checkThaiID(in)
	case PhoneField:
		a, err = f.checkPhone(in)
	case AddressField:
		a, err = f.checkAddress(in)
	case LocationField:
		a, err = f.checkLocation(in)
	case PhotoField, DocumentField:
		a, err = f.checkFiles(in)
	case ChoicesField:
		a, err = f.checkChoices(in)
	case TimeField:
		a, err = f.checkTime(in)
	case EmailField:
		a, err = f.checkEmail(in)
	default:
		return Answer{}, fmt.Errorf("field %s has unknown kind %q", f.Key, f.Kind)
	}
	if err != nil {
		return Answer{}, err
	}
	a.Field, a.Kind, a.Label = f.Key, f.Kind, f.Label.TH
	return a, nil
}

func (f Field) checkText(in Input) (Answer, error) {
	if c, ok := f.offered(in); ok {
		return answer(c.Label.TH, c.Label.TH)
	}
	text := thai.Tidy(in.Text)
	switch {
	case text == "" || !strings.ContainsFunc(text, isWordy):
		return Answer{}, f.refuse(in, "text")
	case thai.Clusters(text) > f.maxLength():
		return Answer{}, f.refuse(in, "too_long", "max", strconv.Itoa(f.maxLength()))
	}
	return answer(text, strings.ToValidUTF8(in.Text, ""))
}

// offered finds the offered answer that was tapped, or typed as its label reads.
func (f Field) offered(in Input) (Choice, bool) {
	if in.Choice != "" {
		return f.Choice(in.Choice)
	}
	said := thai.Key(in.Text)
	i := slices.IndexFunc(f.Choices, func(c Choice) bool {
		return said != "" && (said == thai.Key(c.Label.TH) || said == thai.Key(c.Label.EN) || said == strings.ToLower(c.Value))
	})
	if i < 0 {
		return Choice{}, false
	}
	return f.Choices[i], true
}

func (f Field) checkNumber(in Input) (Answer, error) {
	text := in.Text
	c, ok := f.offered(in)
	if !ok && in.Choice == "" && !strings.ContainsFunc(text, unicode.IsDigit) {
		c, ok = f.onlyNamed(text) // "ไม่มี" for "ไม่มีเครื่องจักร"
	}
	if ok {
		text = c.Value
	}
	text = thai.Key(text)
	for _, unit := range []string{f.Unit.TH, f.Unit.EN} {
		if unit != "" {
			text = strings.TrimSpace(strings.TrimSuffix(text, thai.Key(unit)))
		}
	}
	n, err := thai.ParseNumber(text)
	switch {
	case err != nil:
		return Answer{}, f.refuse(in, "number")
	case f.Whole && n != float64(int64(n)):
		return Answer{}, f.refuse(in, "whole")
	case f.Min != nil && n < *f.Min:
		return Answer{}, f.refuse(in, "too_small", "min", thai.Number(*f.Min))
	case f.Max != nil && n > *f.Max:
		return Answer{}, f.refuse(in, "too_big", "max", thai.Number(*f.Max))
	}
	return answer(strings.TrimSpace(thai.Number(n)+" "+f.Unit.TH), n)
}

func (f Field) checkChoice(in Input) (Answer, error) {
	c, ok := f.offered(in)
	if !ok && in.Choice == "" {
		// The number of the line, as one answers a list on paper.
		if n, err := strconv.Atoi(strings.Trim(thai.Key(in.Text), "ข้อ .)")); err == nil && n >= 1 && n <= len(f.Choices) {
			c, ok = f.Choices[n-1], true
		}
	}
	if !ok && in.Choice == "" {
		c, ok = f.onlyNamed(in.Text)
	}
	if !ok {
		return Answer{}, f.refuse(in, "choice")
	}
	return answer(c.Label.TH, c.Value)
}

// onlyNamed finds the one choice whose label is within what was said, or the other way round.
func (f Field) onlyNamed(text string) (Choice, bool) {
	said := thai.Key(text)
	var named []Choice
	for _, c := range f.Choices {
		for _, label := range []string{thai.Key(c.Label.TH), thai.Key(c.Label.EN)} {
			if thai.Clusters(said) >= 2 && (strings.Contains(said, label) || strings.Contains(label, said)) {
				named = append(named, c)
				break
			}
		}
	}
	if len(named) != 1 {
		return Choice{}, false
	}
	return named[0], true
}

func (f Field) checkDate(in Input) (Answer, error) {
	var t time.Time
	var err error
	if in.Date != "" {
		t, err = time.Parse(time.DateOnly, in.Date)
	} else {
		t, err = thai.ParseDate(in.Text)
	}
	if err != nil && f.Partial && in.Date == "" {
		return f.checkPartial(in)
	}
	if err != nil {
		return Answer{}, f.refuse(in, "date")
	}
	if !in.Now.IsZero() {
		today := in.Now.In(thai.Bangkok()).Format(time.DateOnly)
		day := t.Format(time.DateOnly)
		if f.Past && day > today {
			return Answer{}, f.refuse(in, "date_past")
		}
		if f.Future && day < today {
			return Answer{}, f.refuse(in, "date_future")
		}
	}
	return answer(thai.LongDate(t), t.Format(time.DateOnly))
}

func (f Field) checkThaiID(in Input) (Answer, error) {
	parse, rule := thai.ParseNationalID, "thai_id"
	if f.Juristic {
		parse, rule = thai.ParseJuristicID, "juristic_id"
	}
	id, err := parse(in.Text)
	if err != nil {
		return Answer{}, f.refuse(in, rule)
	}
	return answer(id.Grouped(), id.Digits())
}

func (f Field) checkPhone(in Input) (Answer, error) {
	phone, err := thai.ParsePhone(in.Text)
	if err != nil {
		return Answer{}, f.refuse(in, "phone")
	}
	value := phone.E164
	if phone.Extension != "" {
		value += ";ext=" + phone.Extension // RFC 3966
	}
	return answer(phone.Shown, value)
}

// checkAddress takes an address in words; a shared place with an address will do too.
func (f Field) checkAddress(in Input) (Answer, error) {
	text := thai.Tidy(in.Text)
	if in.Place != nil && text == "" {
		text = thai.Tidy(in.Place.Address)
	}
	text = strings.Join(strings.Fields(text), " ")
	switch {
	case thai.Clusters(text) < 8 || !strings.ContainsAny(thai.Digits(text), "0123456789") || !strings.ContainsFunc(text, unicode.IsLetter):
		return Answer{}, f.refuse(in, "address")
	case thai.Clusters(text) > f.maxLength():
		return Answer{}, f.refuse(in, "too_long", "max", strconv.Itoa(f.maxLength()))
	}
	return answer(text, text)
}

// checkLocation takes a point on the map, or words for those who cannot share one.
func (f Field) checkLocation(in Input) (Answer, error) {
	p := Place{Title: thai.Tidy(in.Text)}
	if in.Place != nil {
		p = *in.Place
		p.Title, p.Address = thai.Tidy(p.Title), thai.Tidy(p.Address)
	}
	switch {
	case p.Pinned() && (*p.Latitude < -90 || *p.Latitude > 90 || *p.Longitude < -180 || *p.Longitude > 180):
		return Answer{}, f.refuse(in, "location")
	case !p.Pinned() && thai.Clusters(p.Title) < 4:
		return Answer{}, f.refuse(in, "location")
	case thai.Clusters(p.Words()) > f.maxLength():
		return Answer{}, f.refuse(in, "too_long", "max", strconv.Itoa(f.maxLength()))
	}
	text := p.Words()
	if text == "" {
		text = fmt.Sprintf("%.6f, %.6f", *p.Latitude, *p.Longitude)
	}
	return answer(text, p)
}

func (f Field) checkFiles(in Input) (Answer, error) {
	rule := string(f.Kind)
	for _, file := range in.Files {
		if f.Kind == PhotoField && file.Type != "" && !strings.HasPrefix(file.Type, "image/") {
			return Answer{}, f.refuse(in, rule)
		}
		if f.Kind == DocumentField && (strings.HasPrefix(file.Type, "audio/") || strings.HasPrefix(file.Type, "video/")) {
			return Answer{}, f.refuse(in, rule)
		}
	}
	switch {
	case len(in.Files) == 0:
		return Answer{}, f.refuse(in, rule)
	case len(in.Files) > f.Limit():
		return Answer{}, f.refuse(in, "too_many", "max", strconv.Itoa(f.Limit()))
	}
	a, err := answer(filesInWords(f.Kind, in.Files), in.Files)
	for _, file := range in.Files {
		a.Attachments = append(a.Attachments, file.ID)
	}
	return a, err
}

func filesInWords(kind FieldKind, files []File) string {
	if kind == PhotoField {
		return strconv.Itoa(len(files)) + " รูป"
	}
	if len(files) == 1 && files[0].Name != "" {
		return files[0].Name
	}
	return strconv.Itoa(len(files)) + " ไฟล์"
}

func answer(text string, value any) (Answer, error) {
	raw, err := json.Marshal(value)
	if err != nil {
		return Answer{}, fmt.Errorf("keep an answer: %w", err)
	}
	return Answer{Text: text, Value: raw}, nil
}

// refuse is the one sentence for an input that is no answer.
func (f Field) refuse(in Input, rule string, args ...string) error {
	example := f.Example.In(in.Lang)
	if example == "" && len(f.Choices) > 0 {
		example = f.Choices[0].Label.In(in.Lang)
	}
	args = append(args, "example", example, "unit", f.Unit.In(in.Lang), "label", f.Label.In(in.Lang))
	return &fault.Error{Kind: fault.Invalid, Message: sentence(in.Lang, rule, args...)} // in the language of the input already
}

// maxLength is the most clusters a text may have; LINE lets one message carry 5,000 units.
func (f Field) maxLength() int {
	if f.MaxLength > 0 {
		return f.MaxLength
	}
	if f.Kind == TextField {
		return 500
	}
	return 300
}

// isWordy is true of letters and digits: what is not bare punctuation or a picture.
func isWordy(r rune) bool { return unicode.IsLetter(r) || unicode.IsDigit(r) }
