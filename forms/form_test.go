package forms

import (
	"encoding/json"
	"slices"
	"testing"
)

// given answers fields of a service by their keys.
func given(t *testing.T, f *Form, inputs map[string]Input) []Answer {
	t.Helper()
	var answers []Answer
	for key, in := range inputs {
		fl, ok := f.Field(key)
		if !ok {
			t.Fatalf("no field %s", key)
		}
		in.Now = at
		a, err := fl.Check(in)
		if err != nil {
			t.Fatalf("%s: %v", key, err)
		}
		answers = append(answers, a)
	}
	return answers
}

func keys(fields []Field) []string {
	var all []string
	for _, f := range fields {
		all = append(all, f.Key)
	}
	return all
}

func TestMissing(t *testing.T) {
	t.Parallel()
	f, _ := ready(t).Find("public-problem")
	if got := keys(f.Missing(nil)); !slices.Equal(got, []string{"category", "location"}) {
		t.Errorf("missing %v", got)
	}
	answers := given(t, f, map[string]Input{"category": {Choice: "light"}, "location": {Text: "หน้าวัดตัวอย่าง"}})
	if got := f.Missing(answers); len(got) != 0 {
		t.Errorf("missing %v", keys(got))
	}
}

// TestConditions: questions that another answer calls for come and go, answers stay.
func TestConditions(t *testing.T) {
	t.Parallel()
	f, _ := ready(t).Find("hazardous-business")
	asks := func(answers []Answer, key string) bool { return slices.Contains(keys(f.Open(answers)), key) }
	if asks(nil, "juristic_name") || asks(nil, "power_of_attorney") {
		t.Error("asked of everybody")
	}
	company := given(t, f, map[string]Input{"applicant_kind": {Choice: "juristic"}, "juristic_name": {Text: "บริษัท ตัวอย่าง จำกัด"}})
	if !asks(company, "juristic_number") || len(f.Asked(company)) != 2 {
		t.Error("not asked of a company")
	}
	person := given(t, f, map[string]Input{"applicant_kind": {Choice: "person"}, "juristic_name": {Text: "บริษัท ตัวอย่าง จำกัด"}})
	if asks(person, "juristic_number") || len(f.Asked(person)) != 1 {
		t.Error("a company's answers count for a person")
	}
}

func TestSubject(t *testing.T) {
	t.Parallel()
	f, _ := ready(t).Find("public-problem")
	answers := given(t, f, map[string]Input{"category": {Choice: "light"}, "location": {Text: "ซอยตัวอย่าง 4\nหน้าวัด"}})
	if got := f.Subject(answers); got != "ไฟถนนดับ · ซอยตัวอย่าง 4 หน้าวัด" {
		t.Errorf("got %q", got)
	}
	if got := f.Subject(nil); got != f.Title.TH {
		t.Errorf("without answers %q", got)
	}
	if !f.Urgent(given(t, f, map[string]Input{"category": {Choice: "danger"}})) || f.Urgent(answers) {
		t.Error("urgent is mistaken")
	}
}

func TestPlace(t *testing.T) {
	t.Parallel()
	f, _ := ready(t).Find("hazardous-business")
	lat, lon := 13.75, 100.5
	pin := given(t, f, map[string]Input{
		"purpose":           {Choice: "new"},
		"premises_location": {Place: &Place{Title: "ร้าน", Address: "ซอยตัวอย่าง 4", Latitude: &lat, Longitude: &lon}},
		"home_address":      {Text: "99/1 หมู่ 4 ต.ตัวอย่าง"},
	})
	if p, ok := f.Place(pin); !ok || !p.Pinned() || *p.Latitude != lat || *p.Longitude != lon || p.Words() != "ร้าน ซอยตัวอย่าง 4" {
		t.Errorf("got %+v", p)
	}
	words := given(t, f, map[string]Input{"purpose": {Choice: "new"}, "premises_location": {Text: "ตรงข้ามโรงเรียนตัวอย่าง"}})
	if p, ok := f.Place(words); !ok || p.Pinned() || p.Words() != "ตรงข้ามโรงเรียนตัวอย่าง" {
		t.Errorf("got %+v", p)
	}
	if p, ok := f.Place(given(t, f, map[string]Input{"purpose": {Choice: "new"}, "premises_address": {Text: "12 ซอยตัวอย่าง 4"}})); !ok || p.Words() != "12 ซอยตัวอย่าง 4" {
		t.Errorf("got %+v", p)
	}
	if _, ok := f.Place(nil); ok {
		t.Error("a place out of nothing")
	}
}

// TestPrinted holds what goes onto the permit, and LOC-13: no blank after a Thai title.
func TestPrinted(t *testing.T) {
	t.Parallel()
	f, _ := ready(t).Find("hazardous-business")
	inputs := map[string]Input{
		"purpose": {Choice: "new"}, "nationality": {Text: "ไทย"}, "applicant_kind": {Choice: "person"}, "title": {Choice: "ms"}, "name": {Text: "สมหญิง ตัวอย่าง"}, "area": {Text: "120"},
		"national_id": {Text: "1234545678781"}, "juristic_name": {Text: "บริษัท ตัวอย่าง จำกัด"},
	}
	answers := given(t, f, inputs)
	if got := f.Holder(answers); got != "นางสาวสมหญิง ตัวอย่าง" {
		t.Errorf("holder %q", got)
	}
	lines := f.Printed(answers)
	if len(lines) != 3 || lines[0].Field != "national_id" || lines[2].Text != "120 ตร.ม." {
		t.Errorf("printed %+v", lines)
	}
	if a, _ := Find(answers, "national_id"); a.Masked() != "1-2345-xxxxx-xx-1" {
		t.Errorf("masked %q", a.Masked())
	}
	inputs["applicant_kind"] = Input{Choice: "juristic"}
	if got := f.Holder(given(t, f, inputs)); got != "บริษัท ตัวอย่าง จำกัด" {
		t.Errorf("holder %q", got)
	}
	inputs["applicant_kind"], inputs["title"], inputs["name"] = Input{Choice: "person"}, Input{Text: "Mr"}, Input{Text: "John Example"}
	inputs["title"] = Input{Text: "Dr"}
	if got := f.Holder(given(t, f, inputs)); got != "Dr John Example" {
		t.Errorf("holder %q", got)
	}
	if f.Holder(nil) != "" {
		t.Error("a holder out of nothing")
	}
}

// TestAnswerStands: an answer read back from its stored form is the same.
func TestAnswerStands(t *testing.T) {
	t.Parallel()
	f, _ := ready(t).Find("public-problem")
	for _, a := range given(t, f, map[string]Input{"category": {Choice: "light"}, "photo": {Files: []File{{ID: 4, Type: "image/png"}}}}) {
		raw, err := json.Marshal(a)
		if err != nil {
			t.Fatal(err)
		}
		var back Answer
		if err := json.Unmarshal(raw, &back); err != nil || back.Text != a.Text || back.Picked() != a.Picked() || !slices.Equal(back.Files(), a.Files()) {
			t.Errorf("%s became %+v (%v)", raw, back, err)
		}
	}
}
