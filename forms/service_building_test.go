package forms

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"
)

// service is a ready service as it is on a day.
func service(t *testing.T, key Key, day time.Time) *Form {
	t.Helper()
	f, ok := ready(t).Find(key)
	if !ok {
		t.Fatalf("there is no service %s", key)
	}
	return f.On(day)
}

// house and fence are what is said of one building each.
var (
	house = []string{"buildings.1.kind", "บ้านพักอาศัย", "buildings.1.number", "1", "buildings.1.height", "ไม่เกิน 2 ชั้น", "buildings.1.area", "150", "buildings.1.use", "อยู่อาศัย"}
	fence = []string{"buildings.1.kind", "รั้ว กำแพง", "buildings.1.length", "40.5", "buildings.1.use", "กั้นเขตที่ดิน"}
	last  = []string{"buildings.1.more", "ครบแล้ว"}
)

// SVC-3: fees by the regulation of the day on which the permit is granted.
func TestBuildingFees(t *testing.T) {
	t.Parallel()
	f := service(t, "building-permit", bangkok(2026, time.November, 22))
	build := slices.Concat([]string{"purpose", "ก่อสร้างใหม่"}, house, []string{"buildings.1.parking", "1"}, last)
	old, raised := bangkok(2021, time.June, 3), bangkok(2021, time.June, 4)
	three := slices.Concat([]string{"purpose", "ก่อสร้างใหม่"}, house, []string{
		"buildings.1.parking", "1", "buildings.1.more", "มีอีก",
		"buildings.2.kind", "อาคารพาณิชย์", "buildings.2.number", "2", "buildings.2.height", "เกิน 3 ชั้น", "buildings.2.area", "1000.5", "buildings.2.use", "ค้าขาย", "buildings.2.parking", "0", "buildings.2.more", "มีอีก",
		"buildings.3.kind", "รั้ว กำแพง", "buildings.3.length", "40.5", "buildings.3.use", "กั้นเขตที่ดิน",
	})
	for _, c := range []struct {
		name    string
		given   []string
		decided time.Time
		satang  []int64 // line by line
	}{
		{"built under the old regulation, on its last day", build, old, []int64{2000, 7500}},
		{"built under the new one, on its first day", build, raised, []int64{20000, 7500}},
		{"altered, the day before", slices.Concat([]string{"purpose", "ดัดแปลง ต่อเติม"}, house, []string{"buildings.1.parking", "1"}, last), old, []int64{1000, 7500}},
		{"altered, the day after", slices.Concat([]string{"purpose", "ดัดแปลง ต่อเติม"}, house, []string{"buildings.1.parking", "1"}, last), raised, []int64{10000, 7500}},
		{"demolished, the day before; no plan is checked", slices.Concat([]string{"purpose", "รื้อถอน"}, house, last), old, []int64{1000}},
		{"demolished, the day after", slices.Concat([]string{"purpose", "รื้อถอน"}, house, last), raised, []int64{5000}},
		{"a fence by its length", slices.Concat([]string{"purpose", "ก่อสร้างใหม่"}, fence, last), raised, []int64{20000, 4050}},
		{"three at once", three, raised, []int64{20000, 7500 + 400200 + 4050}},
		{"not decided yet: as it would be today", build, time.Time{}, []int64{20000, 7500}},
	} {
		bill, err := f.Bill(filled(t, f, c.given...), Dates{Filed: bangkok(2021, time.June, 1), Decided: c.decided})
		var got []int64
		for _, l := range bill.Lines {
			got = append(got, l.Satang)
		}
		if err != nil || !slices.Equal(got, c.satang) {
			t.Errorf("%s: %v, %v, want %v", c.name, got, err, c.satang)
		}
	}
	if _, err := f.Bill(filled(t, f, "purpose", "ก่อสร้างใหม่"), Dates{Filed: bangkok(2026, time.November, 22)}); !errors.Is(err, ErrNoBill) {
		t.Errorf("a bill before the buildings are known: %v", err)
	}
}

// SVC-3: what is asked follows from what is built, by whom and on whose land.
func TestBuildingBranches(t *testing.T) {
	t.Parallel()
	f := service(t, "building-permit", bangkok(2026, time.November, 22))
	for _, c := range []struct {
		name  string
		given []string
		asked []string
		not   []string
	}{
		{
			"nothing yet", nil,
			[]string{"purpose", "site_address", "deed_kind", "buildings.1.kind", "supervisor", "days_to_finish", "drawings", "title_deed"},
			[]string{"juristic_name", "power_of_attorney", "land_consent", "calculations", "designer_papers", "supervisor_papers", "buildings.2.kind"},
		},
		{"a company", []string{"applicant_kind", "บริษัท ห้างหุ้นส่วน"}, []string{"juristic_number", "office_address", "name"}, nil},
		{"an agent", []string{"filed_by", "ยื่นแทนเจ้าของ"}, []string{"agent_name", "power_of_attorney"}, nil},
		{"another's land", []string{"land_owner", "เป็นของผู้อื่น"}, []string{"land_owner_name", "land_consent"}, nil},
		{"a demolition", append([]string{"purpose", "รื้อถอน", "controlled", "ต้องมี"}, house...), []string{"supervisor_papers", "buildings.1.more"}, []string{"designer", "calculator", "designer_papers", "buildings.1.parking"}},
		{"an engineer", []string{"purpose", "ก่อสร้างใหม่", "calculator", "นายวิชัย ตัวอย่าง", "controlled", "ต้องมี"}, []string{"calculations", "designer_papers", "supervisor_papers"}, nil},
		{"not sure about the engineer", []string{"purpose", "ก่อสร้างใหม่", "controlled", "ไม่แน่ใจ"}, nil, []string{"designer_papers", "supervisor_papers"}},
		{"a fence", append([]string{"purpose", "ก่อสร้างใหม่"}, fence...), []string{"buildings.1.more"}, []string{"buildings.1.number", "buildings.1.area", "buildings.1.height", "buildings.1.parking"}},
		{"at most three", slices.Concat([]string{"purpose", "รื้อถอน"}, house, []string{"buildings.1.more", "มีอีก", "buildings.2.kind", "รั้ว กำแพง", "buildings.2.length", "3", "buildings.2.use", "กั้นเขตที่ดิน", "buildings.2.more", "มีอีก", "buildings.3.kind", "รั้ว กำแพง", "buildings.3.length", "3", "buildings.3.use", "กั้นเขตที่ดิน"}), []string{"buildings.3.use"}, []string{"buildings.3.more", "buildings.4.kind"}},
	} {
		asks(t, f, c.name, c.given, c.asked, c.not)
	}
	for _, key := range []string{"title_deed"} {
		if fl, _ := f.Field(key); !fl.Optional || fl.Issuer != State {
			t.Errorf("%s: the state issued it, so it is not required (EGA-12.1)", key)
		}
	}
	if fl, _ := f.Field("drawings"); fl.Copies > 1 {
		t.Error("one set is enough (EGA-7.3)")
	}
}

// SVC-3: 45 days, and a permit that is valid by the size of the building.
func TestBuildingOutcome(t *testing.T) {
	t.Parallel()
	f := service(t, "building-permit", bangkok(2026, time.November, 22))
	sized := func(area string) []Answer {
		return filled(t, f, slices.Concat([]string{
			"purpose", "รื้อถอน", "applicant_kind", "บุคคลธรรมดา", "title", "นาย", "name", "สมชาย ตัวอย่าง",
			"buildings.1.kind", "โรงงาน", "buildings.1.number", "1", "buildings.1.height", "3 ชั้น", "buildings.1.area", area, "buildings.1.use", "ค้าขาย",
		}, last)...)
	}
	for area, years := range map[string]int{"9,999.99": 1, "10,000": 2, "50,000": 2, "50,000.01": 3} {
		if o := f.Outcome(sized(area)); o.Kind != Permit || o.Code != "BC" || o.FormCode != "อ.1" || o.ValidYears != years || !o.Public || o.Signature != S26 {
			t.Errorf("%s sq m: %+v, want %d years", area, o, years)
		}
	}
	answers := sized("150")
	if got := f.Holder(answers); got != "นายสมชาย ตัวอย่าง" {
		t.Errorf("holder %q", got)
	}
	printed := map[string]string{}
	for _, l := range f.Printed(answers) {
		printed[l.Field] = l.Text
	}
	if printed["buildings.1.area"] != "150 ตร.ม." || printed["purpose"] != "รื้อถอน" || len(printed) != 5 {
		t.Errorf("printed %v", printed)
	}
	if a, _ := Find(f.Asked(answers), "total_area"); a.Text != "150 ตร.ม." {
		t.Errorf("in all %q", a.Text)
	}
	if c, _ := f.Clock(Decide, answers); c.Days != 45 || c.Unit != CalendarDays || c.Extend == nil || c.Extend.Times != 2 || c.Extend.Days != 45 {
		t.Errorf("clock %+v", c)
	}
	steps, reasons := inWords(f.Path(answers), func(s Step) string { return s.Text.TH }), inWords(f.ReasonsFor(answers), func(r Reason) string { return r.Key })
	if !strings.Contains(steps, "ความปลอดภัยของการรื้อถอน") || strings.Contains(steps, "ตรวจแบบแปลนและ") || !strings.Contains(reasons, "unsafe") || strings.Contains(reasons, "design") {
		t.Errorf("a demolition goes by %s, and is refused by %s", steps, reasons)
	}
}

// asks compares the questions after some answers with those that are expected and those that are not.
func asks(t *testing.T, f *Form, name string, given, asked, not []string) {
	t.Helper()
	open := keys(f.Open(filled(t, f, given...)))
	for _, key := range asked {
		if !slices.Contains(open, key) {
			t.Errorf("%s: %s is not asked: %v", name, key, open)
		}
	}
	for _, key := range not {
		if slices.Contains(open, key) {
			t.Errorf("%s: %s is asked", name, key)
		}
	}
}

func inWords[T any](list []T, of func(T) string) string {
	var all []string
	for _, v := range list {
		all = append(all, of(v))
	}
	return strings.Join(all, " · ")
}
