package forms_test

import (
	"os"
	"strings"
	"testing"

	"saphan/forms"
)

// A service says which requests cannot wait and why, and may say what the citizen does now; a reason that no
// request meets, or that every one does, is refused.
func TestUrgentIsSaidByTheService(t *testing.T) {
	t.Parallel()
	raw, err := os.ReadFile("testdata/workshop.yaml")
	must(t, err)
	read := func(urgent string) (*forms.Form, []forms.FaultError) {
		return forms.Read("workshop.yaml", []byte(strings.Replace(string(raw), "\nsubject:", "\nurgent:\n  - "+urgent+"\nsubject:", 1)))
	}
	f, faults := read(`{when: "area > 200.0", reason: {th: แก๊สรั่ว, en: Gas leaks}, advice: {th: ปิดวาล์ว, en: Close the valve}}`)
	if len(faults) > 0 {
		t.Fatal(faults)
	}
	for value, want := range map[string]bool{"300": true, "100": false} {
		answers := []forms.Answer{{Field: "area", Kind: forms.NumberField, Value: []byte(value)}}
		why, urgent := f.WhyUrgent(answers)
		if urgent != want || f.Urgent(answers) != want || urgent && (why.TH != "แก๊สรั่ว" || f.Advice(answers).EN != "Close the valve") {
			t.Errorf("%s: %v, %q", value, urgent, why.TH)
		}
		if _, warned := f.Warned(answers); warned {
			t.Errorf("%s: the questions warned of it", value)
		}
	}
	for urgent, says := range map[string]string{
		`{reason: {th: ก, en: a}}`:                          "says of which requests",
		`{when: "area > 200.0"}`:                            "needs words in th and in en",
		`{when: "colour == 'red'", reason: {th: ก, en: a}}`: "colour",
		`{when: "area > 200.0", reason: {th: ก, en: a}, advice: {th: อยู่ให้ห่าง, en: ""}}`: "one language only",
	} {
		_, faults := read(urgent)
		var all []string
		for _, f := range faults {
			all = append(all, f.Error())
		}
		if !strings.Contains(strings.Join(all, "\n"), says) {
			t.Errorf("%s: %q", urgent, all)
		}
	}
}
