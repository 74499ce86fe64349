package forms

import (
	"slices"
	"testing"
	"time"
)

// SVC-5: all the kinds of problem, found by what people call them; four questions in the normal case.
func TestProblemCategories(t *testing.T) {
	t.Parallel()
	f := service(t, "public-problem", bangkok(2026, time.November, 22))
	category, _ := f.Field("category")
	if got, want := valuesOf(category.Choices), []string{
		"light", "road", "drain", "water", "waste", "tree", "animal", "nuisance", "building", "corruption", "danger", "other",
	}; !slices.Equal(got, want) {
		t.Errorf("categories %v, want %v", got, want)
	}
	usual := []string{"category", "photo", "location", "description"}
	for _, c := range category.Choices {
		if len(c.Words) == 0 && c.Value != "other" {
			t.Errorf("%s is found by no word", c.Value)
		}
		answers := filled(t, f, "category", c.Label.TH)
		decide, _ := f.Clock(Decide, answers)
		check, _ := f.Clock(CheckAll, answers)
		open, queue, days := usual, "works", 15
		switch c.Value {
		case "light":
			days = 7
		case "building":
			open = []string{"category", "photo", "location", "anonymous", "description"}
		case "corruption":
			open, queue = []string{"category", "photo", "location", "facts", "anonymous", "description"}, "confidential"
		}
		if got := keys(f.Open(answers)); !slices.Equal(got, open) {
			t.Errorf("%s: asked %v, want %v", c.Value, got, open)
		}
		if decide.Days != days || check.Days != 1 || f.QueueOf(answers) != queue || f.Urgent(answers) != (c.Value == "danger") {
			t.Errorf("%s: %d days, sorted in %d, queue %s, urgent %v", c.Value, decide.Days, check.Days, f.QueueOf(answers), f.Urgent(answers))
		}
		if o := f.Outcome(answers); o.Kind != Result || !f.Fee.Free() {
			t.Errorf("%s: comes to %s", c.Value, o.Kind)
		}
		want := []string{"not_found", "private_land", "duplicate", "plan"}
		if c.Value == "corruption" {
			want = want[:1]
		}
		var reasons []string
		for _, r := range f.ReasonsFor(answers) {
			reasons = append(reasons, r.Key)
		}
		if !slices.Equal(reasons, want) {
			t.Errorf("%s: reasons %v", c.Value, reasons)
		}
	}
	if got := keys(f.Open(nil)); !slices.Equal(got, usual) {
		t.Errorf("before anything is said: %v", got)
	}
	asks(t, f, "by name", []string{"category", "ทุจริต มิชอบ", "anonymous", "เปิดเผยได้"}, []string{"contact_phone"}, nil)
	asks(t, f, "without a name", []string{"category", "ทุจริต มิชอบ", "anonymous", "ปกปิดชื่อ"}, nil, []string{"contact_phone"})
}
