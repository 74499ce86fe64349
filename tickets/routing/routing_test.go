package routing_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"saphan/agencies"
	"saphan/forms"
	"saphan/internal/thai"
	"saphan/tickets/routing"
)

var day = time.Date(2026, time.November, 23, 10, 0, 0, 0, thai.Bangkok())

func form(t *testing.T, key forms.Key) *forms.Form {
	t.Helper()
	catalog, err := forms.Ready()
	if err != nil {
		t.Fatal(err)
	}
	f, ok := catalog.Find(key)
	if !ok {
		t.Fatalf("no service %s", key)
	}
	return f.On(day)
}

func problem(category, description string) []forms.Answer {
	return []forms.Answer{
		{Field: "category", Kind: forms.ChoiceField, Label: "เรื่อง", Text: category, Value: []byte(`"` + category + `"`)},
		{Field: "location", Kind: forms.LocationField, Label: "สถานที่", Text: "ซอย 4", Value: []byte(`{"title":"ซอย 4","lat":13.36,"lon":100.98}`)},
		{Field: "description", Kind: forms.TextField, Label: "รายละเอียด", Text: description, Value: []byte(`"` + description + `"`)},
	}
}

// Peers.md rows 31 and 32: the first rule that fits counts, by service, place and answers; one that cannot be carried out is
// passed over and named.
func TestChoose(t *testing.T) {
	t.Parallel()
	light := routing.Case{Form: form(t, "public-problem"), Answers: problem("light", "ไฟดับ"), Words: "ซอย 4 ต.ตัวอย่าง", Held: agencies.Held{Areas: []agencies.AreaID{7}, Tambons: []string{"200105"}}}
	to := func(r routing.Rule) routing.Rule {
		r.Queue = "works"
		return r
	}
	general := routing.Rule{Services: []forms.Key{"public-problem"}, Queue: "general"}
	for name, c := range map[string]struct {
		rules   routing.Rules
		queue   string
		rule    int
		fields  string
		skipped string
	}{
		"no rules":                       {nil, "", 0, "", ""},
		"the service":                    {routing.Rules{to(routing.Rule{Services: []forms.Key{"question", "public-problem"}})}, "works", 1, "", ""},
		"another service":                {routing.Rules{to(routing.Rule{Services: []forms.Key{"question"}})}, "", 0, "", ""},
		"the first that fits":            {routing.Rules{to(routing.Rule{Services: []forms.Key{"question"}}), general, to(general)}, "general", 2, "", ""},
		"an area":                        {routing.Rules{to(routing.Rule{Areas: []agencies.AreaID{3, 7}})}, "works", 1, "", ""},
		"another area":                   {routing.Rules{to(routing.Rule{Areas: []agencies.AreaID{3}})}, "", 0, "", ""},
		"a tambon":                       {routing.Rules{to(routing.Rule{Tambons: []string{"200105"}})}, "works", 1, "", ""},
		"another tambon":                 {routing.Rules{to(routing.Rule{Tambons: []string{"200106"}})}, "", 0, "", ""},
		"words of the place, as a key":   {routing.Rules{to(routing.Rule{Places: []string{"ซอย ๔"}})}, "works", 1, "", ""},
		"other words":                    {routing.Rules{to(routing.Rule{Places: []string{"ซอย 5", " "}})}, "", 0, "", ""},
		"one of several kinds of place":  {routing.Rules{to(routing.Rule{Areas: []agencies.AreaID{3}, Tambons: []string{"200105"}, Places: []string{"ไกล"}})}, "works", 1, "", ""},
		"an answer":                      {routing.Rules{to(routing.Rule{When: "category in ['light', 'water']"})}, "works", 1, "category", ""},
		"another answer":                 {routing.Rules{to(routing.Rule{When: "category == 'water'"})}, "", 0, "", ""},
		"what is not answered":           {routing.Rules{to(routing.Rule{When: "photo > 0"}), general}, "general", 2, "", ""},
		"the day":                        {routing.Rules{to(routing.Rule{When: "today.getMonth('Asia/Bangkok') == 10 && category == 'light'"})}, "works", 1, "category today", ""},
		"place and answer, one not":      {routing.Rules{to(routing.Rule{Areas: []agencies.AreaID{3}, When: "category == 'light'"})}, "", 0, "", ""},
		"fails: passed over, named":      {routing.Rules{to(routing.Rule{Name: "ก", When: "1 / (size(description) - 5) > 0"}), general}, "general", 2, "", "1 condition"},
		"fails and nothing else":         {routing.Rules{to(routing.Rule{When: "1 / (size(description) - 5) > 0"})}, "", 0, "", "1 condition"},
		"a field of another version":     {routing.Rules{to(routing.Rule{When: "no_such_field == 1"}), general}, "general", 2, "", "1 condition"},
		"a queue that is gone":           {routing.Rules{{Services: []forms.Key{"public-problem"}, Queue: "dogs"}, general}, "general", 2, "", "1 queue dogs"},
		"only urgent: the queue is kept": {routing.Rules{{When: "category == 'light'", Urgent: true}, general}, "", 1, "category", ""},
	} {
		got := c.rules.Choose(light, func(key string) bool { return key == "works" || key == "general" })
		if got.Queue != c.queue || got.Rule != c.rule || strings.Join(got.Fields, " ") != c.fields || strings.Join(got.Skipped, "|") != c.skipped {
			t.Errorf("%s: %+v", name, got)
		}
	}
}

// What cannot be known, or is not there, is named before a set counts.
func TestCheck(t *testing.T) {
	t.Parallel()
	catalog, err := forms.Ready()
	if err != nil {
		t.Fatal(err)
	}
	house := routing.House{Form: catalog.Find, Areas: []agencies.AreaID{7}, Queues: []string{"works", "general"}}
	problems := []forms.Key{"public-problem"}
	for name, c := range map[string]struct {
		rule routing.Rule
		want string
	}{
		"fine":                      {routing.Rule{Name: "ไฟ", Services: problems, When: "category == 'light'", Queue: "works"}, ""},
		"fine, by place":            {routing.Rule{Name: "ไฟ", Areas: []agencies.AreaID{7}, Tambons: []string{"200105"}, Queue: "works", Urgent: true, Skill: "ไฟฟ้า"}, ""},
		"no name":                   {routing.Rule{Services: problems, Queue: "works"}, "ตั้งชื่อ"},
		"asks nothing":              {routing.Rule{Name: "ก", Queue: "works"}, "ใช้กับเรื่องใด"},
		"does nothing":              {routing.Rule{Name: "ก", Services: problems}, "ยังไม่ได้บอกผล"},
		"no such queue":             {routing.Rule{Name: "ก", Services: problems, Queue: "dogs"}, "dogs"},
		"no such service":           {routing.Rule{Name: "ก", Services: []forms.Key{"dogs"}, Queue: "works"}, "dogs"},
		"no such area":              {routing.Rule{Name: "ก", Areas: []agencies.AreaID{9}, Queue: "works"}, "หมายเลข 9"},
		"no code":                   {routing.Rule{Name: "ก", Tambons: []string{"2001"}, Queue: "works"}, "2001"},
		"no skill":                  {routing.Rule{Name: "ก", Services: problems, Skill: "<b>"}, "ทักษะ"},
		"answers of which service":  {routing.Rule{Name: "ก", When: "category == 'light'", Queue: "works"}, "ต้องเลือกบริการ"},
		"cannot be read":            {routing.Rule{Name: "ก", Services: problems, When: "category ==", Queue: "works"}, "อ่านเงื่อนไข"},
		"no such field":             {routing.Rule{Name: "ก", Services: problems, When: "colour == 'red'", Queue: "works"}, "“colour”"},
		"not known when it comes":   {routing.Rule{Name: "ก", Services: problems, When: "decided > today", Queue: "works"}, "“decided”"},
		"no such choice":            {routing.Rule{Name: "ก", Services: problems, When: "category == 'unicorn'", Queue: "works"}, "unicorn"},
		"no condition":              {routing.Rule{Name: "ก", Services: problems, When: "category", Queue: "works"}, "condition"},
		"one of two has the field":  {routing.Rule{Name: "ก", Services: []forms.Key{"public-problem", "food-premises"}, When: "category == 'light'", Queue: "works"}, "“category”"},
		"a condition beyond reason": {routing.Rule{Name: "ก", Services: problems, When: strings.Repeat(" ", 1001) + "true", Queue: "works"}, "ยาวเกิน"},
	} {
		wrong := routing.Rules{c.rule}.Check(house)
		if (len(wrong) == 0) != (c.want == "") || c.want != "" && !slices.ContainsFunc(wrong, func(w string) bool { return strings.HasPrefix(w, "กฎที่ 1: ") && strings.Contains(w, c.want) }) {
			t.Errorf("%s: %q", name, wrong)
		}
	}
	if wrong := make(routing.Rules, 101).Check(house); !strings.Contains(wrong[0], "101 กฎ") {
		t.Errorf("101 rules: %q", wrong[0])
	}
}
