package forms

import (
	"errors"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"
)

// kindsOfBusiness are the answers about activities, by the values of their choices, each with its group.
func kindsOfBusiness(t *testing.T, f *Form, values ...string) []string {
	t.Helper()
	g, _ := f.Field("activities")
	var given []string
	for i, value := range values {
		value, quantity, _ := strings.Cut(value, " ")
		group, ok := g.Fields[0].Choice(groupOfActivity(g, value))
		if !ok {
			t.Fatalf("no group has the activity %s", value)
		}
		activity, _ := g.Fields[1].Choice(value)
		at := "activities." + strconv.Itoa(i+1) + "."
		given = append(given, at+"business_group", group.Label.TH, at+"activity", activity.Label.TH)
		switch value {
		case "animal_keeping":
			given = append(given, at+"animals", quantity)
		case "food_coffee":
			given = append(given, at+"coffee_kg", quantity)
		case "unlisted":
			given = append(given, at+"activity_unlisted", quantity)
		}
		if i+1 < g.Most {
			given = append(given, at+"more", map[bool]string{true: "ครบแล้ว", false: "มีอีก"}[i == len(values)-1])
		}
	}
	return given
}

// groupOfActivity is the group in whose list an activity stands; what stands in all of them goes into the last.
func groupOfActivity(g Field, value string) string {
	c, _ := g.Fields[1].Choice(value)
	if c.When == "" {
		return "other"
	}
	return strings.Split(c.When, "'")[1]
}

// SVC-1: what is asked depends on what is wanted; who holds a licence is asked little else than its number.
func TestBusinessPurposes(t *testing.T) {
	t.Parallel()
	f := service(t, "hazardous-business", bangkok(2026, time.November, 22))
	place := []string{"area", "horsepower", "workers", "home_address"}
	fresh := []string{"birth_date", "premises_location", "premises_photo", "premises_held"}
	who := []string{"applicant_kind", "title", "name", "nationality", "phone", "premises_name"}
	for _, c := range []struct {
		purpose string
		asked   []string
		not     []string
		most    int // questions that must be answered
	}{
		{"ขอใหม่", slices.Concat(who, place, fresh, []string{"activities.1.business_group"}), []string{"old_licence", "expires", "lost", "changes", "quit_on"}, 20},
		{"ต่ออายุ", slices.Concat(who, []string{"old_licence", "expires", "activities.1.business_group", "premises_address"}), slices.Concat(place, fresh, []string{"lost", "quit_on"}), 13},
		{"เปลี่ยนรายการ", slices.Concat(who, place, []string{"old_licence", "changes", "activities.1.business_group"}), slices.Concat(fresh, []string{"expires"}), 17},
		{"ขอใบแทน", slices.Concat(who, []string{"old_licence", "lost", "lost_on", "premises_address"}), slices.Concat(place, fresh, []string{"activities.1.business_group", "expires"}), 12},
		{"เลิกกิจการ", slices.Concat(who, []string{"old_licence", "quit_on"}), slices.Concat(place, fresh, []string{"activities.1.business_group", "premises_address"}), 10},
	} {
		given := []string{"purpose", c.purpose}
		asks(t, f, c.purpose, given, c.asked, c.not)
		if n := len(f.Missing(filled(t, f, given...))) + 1; n > c.most {
			t.Errorf("%s: %d questions, want at most %d", c.purpose, n, c.most)
		}
	}
	for _, c := range []struct {
		name       string
		given      []string
		asked, not []string
	}{
		{"a Thai", []string{"purpose", "ขอใหม่", "nationality", "ไทย"}, []string{"national_id"}, []string{"passport"}},
		{"a foreigner", []string{"purpose", "ขอใหม่", "nationality", "เมียนมา"}, []string{"passport"}, []string{"national_id"}},
		{"a company", []string{"purpose", "ต่ออายุ", "applicant_kind", "บริษัท ห้างหุ้นส่วน"}, []string{"juristic_name", "juristic_number"}, nil},
		{"a person", []string{"purpose", "ต่ออายุ", "applicant_kind", "บุคคลธรรมดา"}, nil, []string{"juristic_name", "juristic_number"}},
		{"for someone else (PDP-10)", []string{"purpose", "เลิกกิจการ", "filed_by", "ยื่นแทนผู้อื่น"}, []string{"power_of_attorney"}, nil},
		{"an owner, whose deed the state made (EGA-12.1)", []string{"purpose", "ขอใหม่", "premises_held", "เป็นเจ้าของ"}, nil, []string{"premises_right", "power_of_attorney"}},
		{"a tenant", []string{"purpose", "ขอใหม่", "premises_held", "เช่า"}, []string{"premises_right"}, nil},
	} {
		asks(t, f, c.name, c.given, c.asked, c.not)
	}
	for who, known := range map[string]bool{"ยื่นเอง": true, "ยื่นแทนผู้อื่น": false} { // SEED-21, and whose data it is
		open := f.Open(filled(t, f, "purpose", "ขอใหม่", "filed_by", who, "applicant_kind", "บริษัท ห้างหุ้นส่วน", "nationality", "ไทย", "premises_held", "เช่า"))
		var tied []string
		for _, fl := range open {
			if fl.Profile != "" || fl.Vault != nil {
				tied = append(tied, fl.Key)
			}
		}
		want := []string{"juristic_name", "juristic_number", "title", "name", "nationality", "national_id", "birth_date", "phone", "home_address", "premises_right"}
		if !known {
			want = nil
		}
		if !slices.Equal(tied, want) {
			t.Errorf("%s: known already are %v, want %v", who, tied, want)
		}
	}
	if age, _ := Find(f.Asked(filled(t, f, "purpose", "ขอใหม่", "birth_date", "23 พ.ย. 2529")), "age"); age.Text != "39 ปี" {
		t.Errorf("age %+v", age)
	}
}

// SVC-1: thirteen groups, each with its kinds of business and a way out; every kind can be chosen, and has
// words to be found by and a rate.
func TestBusinessGroups(t *testing.T) {
	t.Parallel()
	f := service(t, "hazardous-business", bangkok(2026, time.November, 22))
	g, _ := f.Field("activities")
	group, activity := g.Fields[0], g.Fields[1]
	if len(group.Choices) != 13 || g.Least != 1 || g.Most != 10 {
		t.Errorf("%d groups, between %d and %d kinds of business", len(group.Choices), g.Least, g.Most)
	}
	table, ok := f.Fee.TableOn("activity", bangkok(2026, time.November, 22))
	if !ok {
		t.Fatal("no table is in force")
	}
	rates := map[string]float64{}
	for _, r := range table.Rows {
		rates[r.Key] = r.Baht
	}
	reached := map[string]bool{}
	for _, c := range group.Choices {
		open := f.Open(filled(t, f, "purpose", "ขอใหม่", "activities.1.business_group", c.Label.TH))
		i := slices.IndexFunc(open, func(fl Field) bool { return fl.Key == "activities.1.activity" })
		if i < 0 || len(open[i].Choices) < 3 || open[i].Choices[len(open[i].Choices)-1].Value != "unlisted" {
			t.Errorf("%s: offered %v", c.Value, valuesOf(open[i].Choices))
			continue
		}
		for _, offered := range open[i].Choices {
			if reached[offered.Value] && offered.Value != "unlisted" {
				t.Errorf("%s stands in two groups", offered.Value)
			}
			reached[offered.Value] = true
		}
	}
	for _, c := range activity.Choices {
		switch {
		case !reached[c.Value]:
			t.Errorf("%s can never be chosen", c.Value)
		case c.Value == "unlisted":
		case rates[c.Value] == 0 || len(c.Words) == 0:
			t.Errorf("%s costs %v and is found by %v", c.Value, rates[c.Value], c.Words)
		}
	}
	// The two that go by quantity, and nothing that cannot be chosen.
	if extra := len(rates) - (len(activity.Choices) - 1); extra != 2 || rates["animal_keeping_few"] != 200 || rates["food_coffee_little"] != 200 {
		t.Errorf("%d rates stand for no kind of business", extra)
	}
	for _, r := range table.Rows {
		if !slices.Contains([]float64{200, 500, 1000, 2000, 3000, 5000, 10000}, r.Baht) {
			t.Errorf("%s costs %v", r.Key, r.Baht)
		}
	}
}

// SVC-1: by table and quantity, the highest in full and others by half, a fifth more after expiry, and the
// national waiver by the day of issue.
func TestBusinessFees(t *testing.T) {
	t.Parallel()
	f := service(t, "hazardous-business", bangkok(2026, time.November, 22))
	fresh := func(values ...string) []string {
		return append([]string{"purpose", "ขอใหม่"}, kindsOfBusiness(t, f, values...)...)
	}
	renewed := func(expires string, values ...string) []string {
		return append([]string{"purpose", "ต่ออายุ", "expires", expires}, kindsOfBusiness(t, f, values...)...)
	}
	now, ten := bangkok(2026, time.November, 22), make([]string, 10)
	for i := range ten {
		ten[i] = "vehicle_repair"
	}
	ten[9] = "svc_golf"
	for _, c := range []struct {
		name    string
		given   []string
		filed   time.Time
		decided time.Time
		baht    []float64 // line by line; nil: the officer sets it
		pay     float64
	}{
		{"one", fresh("vehicle_repair"), now, now, []float64{500}, 500},
		{"not decided yet: what it would be today", fresh("vehicle_repair"), now, time.Time{}, []float64{500}, 500},
		{"ten animals", fresh("animal_keeping 10"), now, now, []float64{200}, 200},
		{"eleven animals", fresh("animal_keeping 11"), now, now, []float64{1000}, 1000},
		{"50 kg of coffee", fresh("food_coffee 50"), now, now, []float64{200}, 200},
		{"50.5 kg of coffee", fresh("food_coffee 50.5"), now, now, []float64{500}, 500},
		{"three: the highest in full, others by half", fresh("vehicle_repair", "vehicle_body", "food_coffee 20"), now, now, []float64{2000, 350}, 2350},
		{"two of one rate", fresh("vehicle_repair", "vehicle_wash"), now, now, []float64{500, 250}, 750},
		{"ten", fresh(ten...), now, now, []float64{10000, 2250}, 12250},
		{"renewed on the last day", renewed("22 พ.ย. 2569", "vehicle_repair"), now, now, []float64{500}, 500},
		{"renewed a day late", renewed("21 พ.ย. 2569", "vehicle_repair"), now, now, []float64{500, 100}, 600},
		{"two renewed late", renewed("1 ม.ค. 2569", "vehicle_body", "vehicle_repair"), now, now, []float64{2000, 250, 450}, 2700},
		{"new, the day before the waiver", fresh("vehicle_repair"), bangkok(2021, time.November, 1), bangkok(2021, time.November, 13), []float64{500}, 500},
		{"new, on its first day", fresh("vehicle_repair", "vehicle_wash"), bangkok(2021, time.November, 1), bangkok(2021, time.November, 14), []float64{500, 250}, 0},
		{"new, on its last day", fresh("vehicle_repair"), bangkok(2022, time.November, 13), bangkok(2022, time.November, 13), []float64{500}, 0},
		{"filed under the waiver and granted the day after", fresh("vehicle_repair"), bangkok(2022, time.November, 13), bangkok(2022, time.November, 14), []float64{500}, 500},
		{"renewed under the waiver of new ones", renewed("31 ธ.ค. 2565", "vehicle_repair"), bangkok(2022, time.March, 1), bangkok(2022, time.March, 2), []float64{500}, 500},
		{"before the table", fresh("vehicle_repair"), bangkok(2018, time.December, 31), bangkok(2018, time.December, 31), nil, 0},
		{"in no list", fresh("unlisted ทำดอกไม้ประดิษฐ์"), now, now, nil, 0},
		{"one of two in no list", fresh("vehicle_repair", "unlisted ทำดอกไม้ประดิษฐ์"), now, now, nil, 0},
		{"a replacement", []string{"purpose", "ขอใบแทน"}, now, now, []float64{}, 0},
		{"the end", []string{"purpose", "เลิกกิจการ"}, now, now, []float64{}, 0},
	} {
		bill, err := f.Bill(filled(t, f, c.given...), Dates{Filed: c.filed, Decided: c.decided})
		if c.baht == nil {
			if !errors.Is(err, ErrNoBill) {
				t.Errorf("%s: %+v, %v", c.name, bill, err)
			}
			continue
		}
		lines := []float64{}
		for _, l := range bill.Lines {
			lines = append(lines, float64(l.Whole)/100)
		}
		if err != nil || !slices.Equal(lines, c.baht) || float64(bill.Satang)/100 != c.pay {
			t.Errorf("%s: %v, %v baht to pay (%v), want %v and %v", c.name, lines, float64(bill.Satang)/100, err, c.baht, c.pay)
		}
	}
}

// SVC-1: what comes out, by when, and why it may not, by what is asked for.
func TestBusinessBranches(t *testing.T) {
	t.Parallel()
	f := service(t, "hazardous-business", bangkok(2026, time.November, 22))
	for _, c := range []struct {
		purpose  string
		kind     OutcomeKind
		title    string
		replaces bool
		days     int
		extend   bool
		pay      int
		steps    int
		reasons  []string
	}{
		{"ขอใหม่", Permit, "Licence for a business hazardous to health", false, 30, true, 15, 5, []string{"zoning", "hygiene", "nuisance", "no_right", "incomplete"}},
		{"ต่ออายุ", Permit, "Licence for a business hazardous to health", false, 30, true, 15, 5, []string{"hygiene", "nuisance", "revoked", "not_holder", "incomplete"}},
		{"เปลี่ยนรายการ", Permit, "Licence for a business hazardous to health (amended)", true, 30, true, 0, 4, []string{"zoning", "hygiene", "nuisance", "revoked", "not_holder", "incomplete"}},
		{"ขอใบแทน", Permit, "Replacement of a licence for a business hazardous to health", true, 7, false, 0, 4, []string{"revoked", "not_holder", "incomplete"}},
		{"เลิกกิจการ", Result, "Letter on the closing of the business", false, 7, false, 0, 4, []string{"not_holder", "incomplete"}},
	} {
		answers := filled(t, f, "purpose", c.purpose)
		o := f.Outcome(answers)
		decide, _ := f.Clock(Decide, answers)
		pay, _ := f.Clock(Pay, answers)
		if o.Kind != c.kind || o.Title.EN != c.title || o.Replaces != c.replaces || decide.Days != c.days || (decide.Extend != nil) != c.extend ||
			pay.Days != c.pay || len(f.Path(answers)) != c.steps {
			t.Errorf("%s: %s %q, %d days, %d to pay, %d steps", c.purpose, o.Kind, o.Title.EN, decide.Days, pay.Days, len(f.Path(answers)))
		}
		if o.Kind == Permit && (o.FormCode != "กอ.2" || o.Code != "HB" || o.ValidYears != 1 || !o.Displayed || !o.Public || o.Signature != S26 || len(o.Conditions) != 3) {
			t.Errorf("%s: %+v", c.purpose, o)
		}
		if got := inWords(f.ReasonsFor(answers), func(r Reason) string { return r.Key }); got != strings.Join(c.reasons, " · ") {
			t.Errorf("%s may be refused because of %s", c.purpose, got)
		}
	}
	if decide, _ := f.Clock(Decide, nil); decide.Extend.Times != 2 || decide.Extend.Days != 15 {
		t.Errorf("prolonged by %+v", decide.Extend)
	}
}

// The licence names every kind of business, and the request is told from others by them.
func TestBusinessPrinted(t *testing.T) {
	t.Parallel()
	f := service(t, "hazardous-business", bangkok(2026, time.November, 22))
	answers := filled(t, f, slices.Concat([]string{"purpose", "ขอใหม่", "applicant_kind", "บุคคลธรรมดา", "title", "นาย", "name", "สมชาย ตัวอย่าง"},
		kindsOfBusiness(t, f, "vehicle_wash", "vehicle_tyres", "unlisted ทำดอกไม้ประดิษฐ์"), []string{"premises_name", "ตัวอย่างการช่าง"})...)
	got := inWords(f.Printed(answers), func(l Line) string { return l.Field + "=" + l.Text })
	if want := "premises_name=ตัวอย่างการช่าง · business_group=ยานยนต์ เครื่องจักร, กิจการอื่น · " +
		"activity=ล้าง ขัดสี เคลือบสี หรืออัดฉีดรถ, จำหน่าย ซ่อม ปะยาง หรือตั้งศูนย์ล้อ, ทำดอกไม้ประดิษฐ์"; got != want {
		t.Errorf("printed %s\nwant    %s", got, want)
	}
	if f.Holder(answers) != "นายสมชาย ตัวอย่าง" || !strings.HasPrefix(f.Subject(answers), "ตัวอย่างการช่าง · ล้าง ขัดสี") {
		t.Errorf("%s holds %s", f.Holder(answers), f.Subject(answers))
	}
}
