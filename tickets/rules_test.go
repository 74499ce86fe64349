package tickets_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"saphan/agencies"
	"saphan/forms"
	"saphan/internal/fault"
	"saphan/tickets"
	"saphan/tickets/routing"
)

// rule makes a set count.
func (o *office) rule(t *testing.T, rules ...routing.Rule) int {
	t.Helper()
	now, err := tickets.RulesInForce(t.Context(), o.tx, o.agency.ID)
	must(t, err)
	n, err := o.desk.DecideRules(t.Context(), o.tx, o.head(), o.agency.ID, now.N, rules, "ตัวอย่าง")
	must(t, err)
	return n
}

// Peers.md row 32: each case keeps which rule of which set sent it where, on which answers and by which map.
func TestACaseKeepsWhyItIsThere(t *testing.T) {
	t.Parallel()
	o := open(t)
	area, err := agencies.NewArea(t.Context(), o.tx, agencies.Area{AgencyID: o.agency.ID, Name: "ต.ตัวอย่าง", Lat: 13.36, Lon: 100.98, RadiusM: 5000})
	must(t, err)
	before := o.ticket(t, "before")
	lamps := routing.Rule{Name: "ไฟในเขต", Services: []forms.Key{"public-problem"}, Areas: []agencies.AreaID{area.ID}, When: "category == 'light'", Queue: "general", Urgent: true, Skill: "ไฟฟ้า"}
	n := o.rule(t, routing.Rule{Name: "คำถาม", Services: []forms.Key{"question"}, Queue: "permits"}, lamps)
	after := o.ticket(t, "after")
	for _, c := range []struct {
		ticket tickets.Ticket
		want   tickets.Reason
	}{
		{before, tickets.Reason{Queue: o.queues["works"], Found: agencies.ByCircle, Area: area.ID}},
		{after, tickets.Reason{Queue: o.queues["general"], Found: agencies.ByCircle, Area: area.ID, Set: n, Rule: 2, Fields: []string{"category"}, Urgent: true, Skill: "ไฟฟ้า"}},
	} {
		got, kept, err := tickets.ReasonOf(t.Context(), o.tx, c.ticket.ID)
		must(t, err)
		c.want.At = o.now
		if got.At = got.At.In(o.now.Location()); !kept || c.ticket.QueueID != c.want.Queue || fmt.Sprintf("%+v", got) != fmt.Sprintf("%+v", c.want) {
			t.Errorf("%s: %+v, want %+v", c.ticket.Number, got, c.want)
		}
	}
	// SVC-5: what the service itself keeps confidential goes before any rule.
	secret, err := agencies.CreateQueue(t.Context(), o.tx, o.agency.ID, "confidential", "เรื่องลับ")
	must(t, err)
	o.rule(t, routing.Rule{Name: "ทุกเรื่อง", Services: []forms.Key{"public-problem"}, Queue: "general"})
	s := o.submission("secret")
	s.Answers[0].Value = []byte(`"corruption"`)
	id, err := o.desk.Submit(t.Context(), o.tx, s)
	must(t, err)
	made, err := o.desk.Route(t.Context(), o.tx, id)
	must(t, err)
	if made.QueueID != secret.ID || !made.Reason.Branch || made.Reason.Rule != 0 {
		t.Errorf("%+v", made.Reason)
	}
	// An older set can still be read.
	old, err := tickets.FindRules(t.Context(), o.tx, o.agency.ID, n)
	if err != nil || len(old.Rules) != 2 || old.Rules[1].Name != "ไฟในเขต" || old.Why != "ตัวอย่าง" || old.OfficerID != o.second.ID {
		t.Errorf("%+v, %v", old, err)
	}
	if sets, err := tickets.RuleSets(t.Context(), o.tx, o.agency.ID); err != nil || len(sets) != 2 || sets[0].N != 2 {
		t.Errorf("%+v, %v", sets, err)
	}
}

// A set is decided by who saw the newest one, with a reason, and only when nothing in it is wrong.
func TestDecideRules(t *testing.T) {
	t.Parallel()
	o := open(t)
	fine := routing.Rules{{Name: "ก", Services: []forms.Key{"question"}, Queue: "general"}}
	for name, c := range map[string]struct {
		by    tickets.Actor
		base  int
		rules routing.Rules
		why   string
		want  fault.Kind
	}{
		"not an officer":     {tickets.System(), 0, fine, "ก", fault.Forbidden},
		"no reason":          {o.head(), 0, fine, " ", fault.Invalid},
		"has not seen it":    {o.head(), 3, fine, "ก", fault.Conflict},
		"something is wrong": {o.head(), 0, routing.Rules{{Name: "ก", Queue: "dogs"}}, "ก", fault.Invalid},
	} {
		if _, err := o.desk.DecideRules(t.Context(), o.tx, c.by, o.agency.ID, c.base, c.rules, c.why); !fault.Is(err, c.want) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if n := o.rule(t, fine...); n != 1 {
		t.Errorf("set %d", n)
	}
	if n := o.rule(t); n != 2 { // none any more
		t.Errorf("set %d", n)
	}
	if now, err := tickets.RulesInForce(t.Context(), o.tx, o.agency.ID); err != nil || now.N != 2 || len(now.Rules) != 0 {
		t.Errorf("%+v, %v", now, err)
	}
}

// anything is a source of rules, answers and places as no head would write them.
type anything struct {
	*rand.Rand
	areas []agencies.AreaID
}

func pick[T any](r anything, of ...T) T { return of[r.IntN(len(of))] }

func (r anything) rule() (rule routing.Rule) {
	rule.Name = "กฎ"
	if r.IntN(2) == 0 {
		rule.Services = []forms.Key{pick[forms.Key](r, "public-problem", "question", "dogs")}
	}
	if r.IntN(3) == 0 {
		rule.Areas = []agencies.AreaID{pick(r, append(r.areas, 424242)...)}
	}
	if r.IntN(4) == 0 {
		rule.Tambons = []string{pick(r, "200105", "999999", "x")}
	}
	if r.IntN(4) == 0 {
		rule.Places = []string{pick(r, "ซอย", "", "ตัวอย่าง", "%_'")}
	}
	if r.IntN(2) == 0 {
		rule.When = pick(r, "category == 'light'", "category != 'light'", "size(description) > 3", "1 / (size(description) - 3) > 0", "no_such == 1", "category ==", "photo > 1", "decided > today", "date('x') < today")
	}
	rule.Queue = pick(r, "works", "general", "permits", "dogs", "")
	rule.Urgent, rule.Skill = r.IntN(5) == 0, pick(r, "", "ไฟฟ้า")
	return rule
}

func (r anything) answers() []forms.Answer {
	category, words := pick(r, "light", "road", "corruption", "nothing"), pick(r, "ไฟ", "ไฟดับ", "ก", "'", "")
	answers := []forms.Answer{
		{Field: "category", Kind: forms.ChoiceField, Text: category, Value: []byte(`"` + category + `"`)},
		{Field: "description", Kind: forms.TextField, Text: words, Value: []byte(`"` + words + `"`)},
	}
	if r.IntN(3) > 0 {
		answers = append(answers, forms.Answer{Field: "location", Kind: forms.LocationField, Text: "ที่",
			Value: fmt.Appendf(nil, `{"title":%q,"lat":%f,"lon":%f,"tambon":%q}`, pick(r, "ซอยตัวอย่าง", "ต.ข้างเคียง", ""), 13+r.Float64(), 100.5+r.Float64(), pick(r, "200105", "", "1"))})
	}
	return answers
}

// EGA-10.4: whatever the rules, the answers and the place, a request has exactly one agency, and one queue that is that
// agency's. What a plain reading of the rules says is what happens.
func TestNoRuleLosesARequest(t *testing.T) {
	t.Parallel()
	o := open(t)
	other := openIn(t, o.tx, "OB")
	r := anything{Rand: rand.New(rand.NewPCG(31, 32))}
	for _, a := range []agencies.Area{
		{AgencyID: o.agency.ID, Name: "ต.ตัวอย่าง", Lat: 13.3, Lon: 100.9, RadiusM: 20_000},
		{AgencyID: other.agency.ID, Name: "ต.ข้างเคียง", Lat: 13.6, Lon: 101.1, RadiusM: 20_000},
		{AgencyID: other.agency.ID, Kind: agencies.Tambons, Name: "รายการ", Tambons: []agencies.Tambon{{Code: "200105"}}},
	} {
		made, err := agencies.NewArea(t.Context(), o.tx, a)
		must(t, err)
		r.areas = append(r.areas, made.ID)
	}
	form, ok := o.forms.Find("public-problem")
	if !ok {
		t.Fatal("no service")
	}
	form = form.On(o.now)
	queues := map[agencies.AgencyID][]agencies.Queue{}
	for _, a := range []agencies.AgencyID{o.agency.ID, other.agency.ID} {
		all, err := agencies.Queues(t.Context(), o.tx, a)
		must(t, err)
		queues[a] = all
	}
	ruled, skipped := 0, 0
	for range 1000 {
		set := tickets.RuleSet{N: 1}
		for range r.IntN(6) {
			set.Rules = append(set.Rules, r.rule())
		}
		answers := r.answers()
		place := agencies.Place{}
		if p, ok := form.Place(answers); ok {
			place = agencies.Place{Words: p.Words(), Tambon: p.Tambon, HasPoint: p.Pinned()}
			if p.Pinned() {
				place.Lat, place.Lon = *p.Latitude, *p.Longitude
			}
		}
		way, err := agencies.Route(t.Context(), o.tx, "public-problem", form.Queue, o.agency.ID, nil, place)
		must(t, err)
		held, err := agencies.Holding(t.Context(), o.tx, way.Agency, place)
		must(t, err)
		why := tickets.Sorted(set, queues[way.Agency], form, answers, held, way.Queue)
		if queues[way.Agency] == nil || !slices.ContainsFunc(queues[way.Agency], func(q agencies.Queue) bool { return q.ID == why.Queue && q.AgencyID == way.Agency }) {
			t.Fatalf("%+v with %+v went to %+v, %+v", answers, set.Rules, way, why)
		}
		if want := plainly(set.Rules, answers, place, held); why.Rule != want {
			t.Fatalf("%+v with %+v: rule %d, want %d", answers, set.Rules, why.Rule, want)
		}
		if why.Rule > 0 {
			ruled++
		}
		skipped += len(why.Skipped)
	}
	if ruled < 200 || skipped < 200 {
		t.Errorf("only %d requests were ruled, and %d rules passed over", ruled, skipped)
	}
}

// plainly reads rules once more, as a person would.
func plainly(rules routing.Rules, answers []forms.Answer, place agencies.Place, held agencies.Held) int {
	said := func(field string) string {
		a, _ := forms.Find(answers, field)
		return a.Raw()
	}
	category, words := said("category"), said("description")
	if category == "nothing" {
		category = "" // no choice: no answer
	}
	for i, r := range rules {
		if len(r.Services) > 0 && r.Services[0] != "public-problem" || r.Queue == "dogs" {
			continue
		}
		here := len(r.Areas)+len(r.Tambons)+len(r.Places) == 0
		for _, a := range r.Areas {
			here = here || slices.Contains(held.Areas, a)
		}
		for _, code := range r.Tambons {
			here = here || slices.Contains(held.Tambons, code)
		}
		for _, name := range r.Places {
			here = here || name != "" && strings.Contains(place.Words, name)
		}
		met := false
		switch r.When {
		case "":
			met = true
		case "category == 'light'":
			met = category == "light"
		case "category != 'light'":
			met = category != "" && category != "light"
		case "size(description) > 3":
			met = len([]rune(words)) > 3
		case "1 / (size(description) - 3) > 0":
			met = len([]rune(words)) == 4
		}
		if here && met {
			return i + 1
		}
	}
	return 0
}
