package forms

import (
	"cmp"
	"strings"
	"testing"
	"time"
	"unicode"
)

// Who reads a request is not told that there is no further business, building or child: the answers about each of
// them say so. Everything else is told, in order.
func TestToldLeavesOutWhetherThereIsMore(t *testing.T) {
	t.Parallel()
	for _, f := range ready(t).List() {
		var answers []Answer
		kept := 0
		for _, fl := range f.Fields {
			answers, kept = append(answers, Answer{Field: fl.Key}), kept+1
			if fl.Kind != GroupField {
				continue
			}
			one := fl.Fields[0].Key
			for _, key := range []string{".1." + one, ".1." + moreKey, ".2." + one, ".2." + moreKey} {
				answers = append(answers, Answer{Field: fl.Key + key})
			}
			kept += 2
		}
		told := Told(answers)
		if len(told) != kept {
			t.Errorf("%s: %d of %d answers are told, not %d", f.Key, len(told), len(answers), kept)
		}
		for i, a := range told {
			if a.Continues() || i > 0 && told[i-1].Field == a.Field {
				t.Errorf("%s: it tells %s", f.Key, a.Field)
			}
		}
	}
}

// Nor does a permit print it.
func TestPrintedLeavesOutWhetherThereIsMore(t *testing.T) {
	t.Parallel()
	f := service(t, "hazardous-business", bangkok(2026, time.November, 22))
	answers := filled(t, f, append([]string{"purpose", "ขอใหม่"}, kindsOfBusiness(t, f, "vehicle_repair", "animal_keeping 5")...)...)
	lines := f.Printed(answers)
	if len(lines) == 0 {
		t.Fatal("nothing is printed")
	}
	for _, l := range lines {
		if l.Field == "activities" || continues(l.Field) {
			t.Errorf("it prints %q as %s", l.Text, l.Field)
		}
	}
}

// An answer is kept in Thai words. Who reads another language reads it in that: a month whole or short, years of the
// Christian era, and what the person wrote as it was written.
func TestAnswerInAnotherLanguage(t *testing.T) {
	t.Parallel()
	unit := Text{TH: "ตร.ม.", EN: "sq m"}
	choices := []Choice{{Value: "mr", Label: Text{TH: "นาย", EN: "Mr"}}, {Value: "ms", Label: Text{TH: "นางสาว", EN: "Ms"}}}
	for _, c := range []struct {
		name         string
		field        Field
		text, value  string
		th, en, page string // page where it differs from en
	}{
		{"a day", Field{Kind: DateField}, "5 มีนาคม 2530", `"1987-03-05"`, "5 มีนาคม 2530", "5 Mar 1987", "5 March 1987"},
		{"a month", Field{Kind: DateField, Partial: true}, "มีนาคม 2530", `"1987-03"`, "มีนาคม 2530", "Mar 1987", "March 1987"},
		{"a year", Field{Kind: DateField, Partial: true}, "พ.ศ. 2530", `"1987"`, "พ.ศ. 2530", "1987", ""},
		{"a time", Field{Kind: TimeField}, "08.30 น.", `"08:30"`, "08.30 น.", "08:30", ""},
		{"a number", Field{Kind: NumberField, Unit: unit}, "1,200.5 ตร.ม.", `1200.5`, "1,200.5 ตร.ม.", "1,200.5 sq m", ""},
		{"an offered text", Field{Kind: TextField, Choices: choices}, "นาย", `"นาย"`, "นาย", "Mr", ""},
		{"a text of one's own", Field{Kind: TextField, Choices: choices}, "ดร.", `"ดร."`, "ดร.", "ดร.", ""},
		{"a choice", Field{Kind: ChoiceField, Choices: choices}, "นางสาว", `"ms"`, "นางสาว", "Ms", ""},
		{"a choice there is no more", Field{Kind: ChoiceField, Choices: choices}, "เด็กชาย", `"boy"`, "เด็กชาย", "เด็กชาย", ""},
		{"some choices", Field{Kind: ChoicesField, Choices: choices}, "นาย, นางสาว", `["mr","ms"]`, "นาย, นางสาว", "Mr, Ms", ""},
		{"an address", Field{Kind: AddressField}, "99/1 หมู่ 4", `"99/1 หมู่ 4"`, "99/1 หมู่ 4", "99/1 หมู่ 4", ""},
	} {
		a := Answer{Kind: c.field.Kind, Text: c.text, Value: []byte(c.value)}
		if th, en, page := a.In(c.field, "th", ShortMonth), a.In(c.field, "en", ShortMonth), a.In(c.field, "en", WholeMonth); th != c.th || en != c.en || page != cmp.Or(c.page, c.en) {
			t.Errorf("%s: %q, %q, %q", c.name, th, en, page)
		}
	}
}

func TestComputedInAnotherLanguage(t *testing.T) {
	t.Parallel()
	f := service(t, "food-premises", bangkok(2026, time.November, 22))
	isThai := func(r rune) bool { return unicode.Is(unicode.Thai, r) }
	seen := 0
	for _, a := range f.Asked(filled(t, f, "purpose", "เปิดร้านใหม่", "in_market", "ไม่ได้อยู่ในตลาด", "area", "60", "filed_by", "ยื่นเอง", "applicant_kind", "บุคคลธรรมดา", "birth_date", "5 มี.ค. 2530")) {
		if a.Kind != ComputedField {
			continue
		}
		seen++
		label, value := f.ComputedIn(a, "en")
		if th, says := f.ComputedIn(a, "th"); th != a.Label || says != a.Text || strings.ContainsFunc(label+value, isThai) {
			t.Errorf("%s: %q %q in Thai, %q %q in English", a.Field, th, says, label, value)
		}
	}
	if seen != 2 { // the branch, in words, and the age, a number with its unit
		t.Errorf("%d computed values", seen)
	}
}
