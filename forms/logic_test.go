package forms

import (
	"errors"
	"os"
	"slices"
	"strings"
	"testing"
	"time"
)

// workshop is a form with everything that a form can have.
func workshop(t *testing.T, changes ...string) *Form {
	t.Helper()
	raw, err := os.ReadFile("testdata/workshop.yaml")
	if err != nil {
		t.Fatal(err)
	}
	f, faults := Read("workshop.yaml", []byte(strings.NewReplacer(changes...).Replace(string(raw))))
	for _, fault := range faults {
		t.Error(fault)
	}
	if f == nil {
		t.FailNow()
	}
	return f.On(bangkok(2026, 11, 20))
}

func bangkok(y int, m time.Month, d int) time.Time {
	return midnight(time.Date(y, m, d, 0, 0, 0, 0, time.UTC)).Add(9 * time.Hour)
}

// filled answers fields in turn, each by what is typed.
func filled(t *testing.T, f *Form, pairs ...string) (answers []Answer) {
	t.Helper()
	for i := 0; i < len(pairs); i += 2 {
		key := pairs[i]
		open := f.Open(answers)
		n := slices.IndexFunc(open, func(fl Field) bool { return fl.Key == key })
		if n < 0 {
			t.Fatalf("%s is not asked: %v", key, keys(open))
		}
		a, err := open[n].Check(Input{Text: pairs[i+1], Now: at})
		if err != nil {
			t.Fatalf("%s: %v", key, err)
		}
		answers = append(answers, a)
	}
	return answers
}

// Questions follow from answers, and each from all that is known by then.
func TestConditionsOfEveryKind(t *testing.T) {
	t.Parallel()
	f := workshop(t)
	for _, c := range []struct {
		name  string
		given []string
		asked []string
		not   []string
	}{
		{"nothing", nil, []string{"purpose", "machines.1.kind"}, []string{"expires", "guardian", "opens", "machines.1.power", "machines.1.more", "machines.2.kind"}},
		{"a choice", []string{"purpose", "ต่ออายุ"}, []string{"expires"}, nil},
		{"a computed age, of which only the year is known", []string{"born", "2489"}, []string{"guardian"}, nil},
		{"an age just below", []string{"born", "21 พ.ย. 2489"}, nil, []string{"guardian"}},
		{"one of several choices", []string{"sells", "กินที่ร้าน, กลับบ้าน"}, []string{"opens"}, nil},
		{"the others of them", []string{"sells", "กลับบ้าน และ ส่งถึงบ้าน"}, nil, []string{"opens"}},
		{"a thing", []string{"machines.1.kind", "เลื่อย"}, []string{"machines.1.power"}, []string{"machines.1.more"}},
		{"a whole thing", []string{"machines.1.kind", "เตา"}, []string{"machines.1.more"}, []string{"machines.1.power", "machines.2.kind"}},
		{"another thing", []string{"machines.1.kind", "เตา", "machines.1.more", "มีอีก"}, []string{"machines.2.kind"}, []string{"machines.2.more"}},
		{"no other thing", []string{"machines.1.kind", "เตา", "machines.1.more", "ครบแล้ว"}, nil, []string{"machines.2.kind"}},
		{"the last thing", []string{"machines.1.kind", "เตา", "machines.1.more", "มีอีก", "machines.2.kind", "เตา", "machines.2.more", "มีอีก", "machines.3.kind", "เตา"}, []string{"machines.3.note"}, []string{"machines.3.more"}},
	} {
		open := keys(f.Open(filled(t, f, c.given...)))
		for _, key := range c.asked {
			if !slices.Contains(open, key) {
				t.Errorf("%s: %s is not asked: %v", c.name, key, open)
			}
		}
		for _, key := range c.not {
			if slices.Contains(open, key) {
				t.Errorf("%s: %s is asked", c.name, key)
			}
		}
	}
}

// A choice is offered by what is known, and is void when it is offered no more.
func TestChoicesComeAndGo(t *testing.T) {
	t.Parallel()
	f := workshop(t)
	answers := filled(t, f, "area", "300", "machines.1.kind", "เตาใหญ่")
	small, _ := f.Fields[3].Check(Input{Text: "100", Now: at})
	answers[0] = small
	if fit := f.Fit(answers); len(fit) != 1 || fit[0].Field != "area" {
		t.Errorf("left: %+v", fit)
	}
	if missing := keys(f.Missing(answers)); !slices.Contains(missing, "machines.1.kind") {
		t.Errorf("missing %v", missing)
	}
}

// Every field that is asked is found by its key, and none besides.
func TestFieldsOfGroups(t *testing.T) {
	t.Parallel()
	f := workshop(t)
	answers := filled(t, f, "machines.1.kind", "เตา", "machines.1.more", "มีอีก", "machines.2.kind", "เลื่อย", "machines.2.power", "5")
	for _, fl := range f.Open(answers) {
		if got, ok := f.Field(fl.Key); !ok || got.Label != fl.Label || got.Kind != fl.Kind {
			t.Errorf("%s is found as %+v", fl.Key, got)
		}
	}
	if a, _ := Find(answers, "machines.2.power"); a.Label != "เครื่องที่ 2 · แรงม้า" {
		t.Errorf("label %q", a.Label)
	}
	for _, key := range []string{"machines.0.kind", "machines.4.kind", "machines.01.kind", "machines.1.colour", "machines.3.more", "machines.x.kind", "machines.1", "colour.1.kind"} {
		if fl, ok := f.Field(key); ok {
			t.Errorf("%s is found: %+v", key, fl)
		}
	}
}

// What depends on the answers: clock, outcome, steps, reasons, queue, and what stands with the answers.
func TestBranches(t *testing.T) {
	t.Parallel()
	f := workshop(t)
	small, large := filled(t, f, "area", "200", "born", "พ.ศ. 2509"), filled(t, f, "area", "200.5")
	for _, c := range []struct {
		answers []Answer
		days    int
		title   string
		steps   int
		reasons int
		queue   string
		branch  string
	}{{small, 7, "หนังสือรับรอง", 1, 1, "notices", "แจ้ง"}, {large, 30, "ใบอนุญาต", 2, 2, "permits", "ขอใบอนุญาต"}} {
		clock, ok := f.Clock(Decide, c.answers)
		branch, _ := Find(f.Asked(c.answers), "branch")
		if !ok || clock.Days != c.days || f.Outcome(c.answers).Title.TH != c.title || len(f.Path(c.answers)) != c.steps ||
			len(f.ReasonsFor(c.answers)) != c.reasons || f.QueueOf(c.answers) != c.queue || branch.Text != c.branch || branch.Label != "ประเภท" {
			t.Errorf("%s: %+v %s %s %+v", c.branch, clock, f.Outcome(c.answers).Title.TH, f.QueueOf(c.answers), branch)
		}
	}
	if age, _ := Find(f.Asked(small), "age"); age.Text != "60 ปี" || age.Kind != ComputedField {
		t.Errorf("age %+v", age)
	}
	if _, ok := f.Clock(CheckAll, small); ok {
		t.Error("a clock that no law set")
	}
	if lines := f.Printed(large); len(lines) != 2 || lines[1].Text != "ขอใบอนุญาต" {
		t.Errorf("printed %+v", lines)
	}
}

// SVC-0: fees by table, formula and day, on the days at which they change.
func TestFees(t *testing.T) {
	t.Parallel()
	f := workshop(t)
	two := []string{"machines.1.kind", "เตา", "machines.1.more", "มีอีก", "machines.2.kind", "เลื่อย", "machines.2.power", "1", "machines.2.more", "ครบแล้ว"}
	large := append([]string{"purpose", "ขอใหม่", "area", "300"}, two...)
	renew := append([]string{"purpose", "ต่ออายุ", "expires", "20 พ.ย. 2569", "area", "300"}, two...)
	for _, c := range []struct {
		name     string
		given    []string
		filed    time.Time
		decided  time.Time
		satang   int64
		lines    int
		waived   bool
		noAnswer bool
	}{
		{name: "the highest in full and half of the others, by the old table", given: large, filed: bangkok(2026, 9, 1), decided: bangkok(2026, 9, 30), satang: 45000, lines: 1},
		{name: "filed under the old table and granted under the new", given: large, filed: bangkok(2026, 9, 30), decided: bangkok(2026, 10, 1), satang: 60025, lines: 1},
		{name: "not granted yet: what it would be today", given: large, filed: bangkok(2026, 9, 30), satang: 60025, lines: 1},
		{name: "renewed on the last day", given: renew, filed: bangkok(2026, 11, 20), decided: bangkok(2026, 11, 25), satang: 60025, lines: 1},
		{name: "renewed a day late", given: renew, filed: bangkok(2026, 11, 21), decided: bangkok(2026, 11, 25), satang: 72030, lines: 2},
		{name: "the day before the waiver", given: large, filed: bangkok(2026, 11, 1), decided: bangkok(2026, 11, 30), satang: 60025, lines: 1},
		{name: "the first day of the waiver", given: large, filed: bangkok(2026, 11, 1), decided: bangkok(2026, 12, 1), satang: 0, lines: 1, waived: true},
		{name: "the last day, but late", given: renew, filed: bangkok(2026, 11, 21), decided: bangkok(2026, 12, 31), satang: 12005, lines: 2, waived: true},
		{name: "the day after the waiver", given: large, filed: bangkok(2026, 11, 1), decided: bangkok(2027, 1, 1), satang: 60025, lines: 1},
		{name: "a notice costs nothing", given: append([]string{"purpose", "ขอใหม่", "area", "200"}, two...), filed: bangkok(2026, 11, 1), satang: 0, lines: 0},
		{name: "the area is not known", given: two, filed: bangkok(2026, 11, 1), noAnswer: true},
		{name: "the machines are not all known", given: large[:8], filed: bangkok(2026, 11, 1), noAnswer: true},
		{name: "a machine that is in no table", given: []string{"purpose", "ขอใหม่", "area", "300", "machines.1.kind", "เตาใหญ่", "machines.1.more", "ครบแล้ว"}, filed: bangkok(2026, 11, 1), noAnswer: true},
	} {
		bill, err := f.Bill(filled(t, f, c.given...), Dates{Filed: c.filed, Decided: c.decided})
		if c.noAnswer {
			if !errors.Is(err, ErrNoBill) {
				t.Errorf("%s: %+v, %v", c.name, bill, err)
			}
			continue
		}
		waived := slices.ContainsFunc(bill.Lines, func(l BillLine) bool { return l.Waived != nil })
		if err != nil || bill.Satang != c.satang || len(bill.Lines) != c.lines || waived != c.waived {
			t.Errorf("%s: %+v, %v", c.name, bill, err)
		}
	}
}

// A fault says the file, the line, the setting, what is wrong and how to mend it.
func TestFaultsNameTheirLine(t *testing.T) {
	t.Parallel()
	raw, err := os.ReadFile("testdata/workshop.yaml")
	if err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(string(raw), "\n")
	lineOf := func(words string) int {
		return 1 + slices.IndexFunc(lines, func(l string) bool { return strings.Contains(l, words) })
	}
	for old, c := range map[string]struct {
		change string
		where  string
		what   string
		line   int
	}{
		"area > 200.0 ?":       {"area > 200.0 ? ?", "computed.branch.value", "at letter", lineOf("key: branch")},
		"age >= 80":            {"age >= 'x'", "fields.guardian.when", "no matching overload", lineOf("key: guardian")},
		"kind == 'saw'":        {"kind == 'sow'", "fields.machines.fields.power.when", "its choices are saw, oven, kiln", lineOf("key: power")},
		"years(born, today)":   {"power * 2", "computed.age.value", "undeclared", lineOf("key: age")},
		"lines.licence * 0.2":  {"lines.licence * 2", "fee.lines.late.baht", "write 2.0 for 2", lineOf("key: late")},
		"most: 3":              {"most: 30", "fields.machines", "between 1 and 20", lineOf("key: machines")},
		"times: 2, days: 15":   {"times: 0, days: 15", "clocks[1].extend", "leave it out", lineOf("extend:")},
		"percent":              {"", "", "", 0},
		"en: Example Act":      {"de: Beispiel", "", "unknown field", lineOf("legal_basis:")},
		"version: 1\norder: 1": {"version: one\norder: 1", "", "is needed here", lineOf("version: 1")},
	} {
		if c.line == 0 {
			continue
		}
		_, faults := Read("workshop.yaml", []byte(strings.Replace(string(raw), old, c.change, 1)))
		if len(faults) == 0 {
			t.Errorf("%s: nothing is wrong", c.change)
			continue
		}
		f := faults[0]
		if f.File != "workshop.yaml" || f.Line != c.line || (c.where != "" && f.Where != c.where) || !strings.Contains(f.What, c.what) {
			t.Errorf("%s: %v\nwant line %d, %s: %s", c.change, f, c.line, c.where, c.what)
		}
	}
}

// Conditions are cheap: a step of a conversation asks many.
func BenchmarkOpen(b *testing.B) {
	c, err := Ready()
	if err != nil {
		b.Fatal(err)
	}
	f, _ := c.Find("hazardous-business")
	for b.Loop() {
		f.Open(nil)
	}
}

// BenchmarkLoad is what a start costs.
func BenchmarkLoad(b *testing.B) {
	sub, err := Shipped()
	if err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		if _, err := Load(sub); err != nil {
			b.Fatal(err)
		}
	}
}
