package forms

import (
	"os"
	"slices"
	"strings"
	"testing"
)

// Every setting that there is none of, and every value of another sort, is named at once, with its line and
// what was likely meant.
func TestEveryMistakeAtOnce(t *testing.T) {
	t.Parallel()
	raw, err := os.ReadFile("testdata/workshop.yaml")
	if err != nil {
		t.Fatal(err)
	}
	text := strings.NewReplacer(
		"order: 1\n", "order: 1.5\n",
		"summary: {th:", "sumnary: {th:",
		"words: [โรงงานตัวอย่าง]", "words: โรงงานตัวอย่าง",
		"example: {th: \"120\", en: \"120\"}, min: 1}", "example: {th: \"120\", en: \"120\"}, mim: 1, whole: yes}",
		"value: \"area > 200.0 ? 'licence' : 'notice'\"", "value: [area]",
		"until: 2569-09-30", "until: 2569-02-30",
		"rows: [{key: saw, label: {th: เลื่อย, en: Saw}, baht: 100}", "rows: [{key: saw, label: Saw, baht: a hundred}",
		"times: 2, days: 15", "times: \"2\", days: 15",
	).Replace(string(raw))
	lines := strings.Split(text, "\n")
	at := func(words string) int {
		return 1 + slices.IndexFunc(lines, func(l string) bool { return strings.Contains(l, words) })
	}
	_, faults := Read("workshop.yaml", []byte(text))
	want := []FaultError{
		{Line: at("order: 1.5"), Where: "order", What: "a whole number is needed here; write it without quotes"},
		{Line: at("sumnary"), What: `unknown field "sumnary"; remove it, or write summary`},
		{Line: at("words: โรงงาน"), Where: "words", What: "a list is needed here; put a hyphen and a blank before each entry"},
		{Line: at("value: [area]"), Where: "computed.branch.value", What: "a text is needed here; put it in quotes if it has : or # or begins with { or ["},
		{Line: at("mim: 1"), Where: "fields.area", What: `unknown field "mim"; remove it, or write min`},
		{Line: at("whole: yes"), Where: "fields.area.whole", What: "true or false is needed here; write it without quotes"},
		{Line: at("2569-02-30"), Where: "fee.tables.machine.until", What: `"2569-02-30" is no day; write it as 2026-11-22 or 2569-11-22`},
		{Line: at("label: Saw"), Where: "fee.tables.machine.rows.saw.label", What: "a mapping is needed here; write name: value"},
		{Line: at("a hundred"), Where: "fee.tables.machine.rows.saw.baht", What: "a number is needed here; write it without quotes"},
		{Line: at("times: \"2\""), Where: "clocks.decide.extend.times", What: "a whole number is needed here; write it without quotes"},
	}
	for i := range want {
		want[i].File = "workshop.yaml"
	}
	if !slices.Equal(faults, want) {
		t.Errorf("named:\n%s\nwant:\n%s", said(faults), said(want))
	}
}

func said(faults []FaultError) string {
	var all []string
	for _, f := range faults {
		all = append(all, f.Error())
	}
	return strings.Join(all, "\n")
}

func TestNearestName(t *testing.T) {
	t.Parallel()
	names := []string{"label", "law", "when", "max_length", "days"}
	for name, want := range map[string]string{"labl": "label", "lable": "label", "When": "when", "maxlength": "max_length", "colour": "", "x": "", "lw": "law", "day": "days"} {
		if got := nearest(name, names); got != want {
			t.Errorf("%s: %q, want %q", name, got, want)
		}
	}
}

// FuzzRead: whatever is in a file, it is read or refused.
func FuzzRead(f *testing.F) {
	raw, err := os.ReadFile("testdata/workshop.yaml")
	if err != nil {
		f.Fatal(err)
	}
	for _, text := range []string{string(raw), "", "- a", "a", "? [x]: y", "key: &a {th: *a}", "<<: {key: x}", "fields: [{key: }]", "clocks: !!set {a}", "next: |\n  x", "key: a\n---\nkey: b"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		if len(text) > 20_000 {
			return
		}
		form, faults := Read("workshop.yaml", []byte(text))
		if (form == nil) != (len(faults) > 0) {
			t.Fatalf("%v with %d faults", form, len(faults))
		}
	})
}
