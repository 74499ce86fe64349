package forms_test

import (
	"os"
	"strings"
	"testing"

	"saphan/forms"
)

// workshop reads the service with everything, with changes to its text.
func workshop(t *testing.T, changes ...string) []forms.FaultError {
	t.Helper()
	raw, err := os.ReadFile("testdata/workshop.yaml")
	must(t, err)
	text := strings.NewReplacer(changes...).Replace(string(raw))
	_, faults := forms.Read("workshop.yaml", []byte(text))
	return faults
}

// notified makes the service one that is told in part, with rules.
func notified(rules string) []string {
	return []string{
		"legal_basis:", "notification: {when: \"branch == 'notice'\", law: {th: มาตรา 48, en: section 48}}\nauto_rules:\n" + rules + "\nlegal_basis:",
	}
}

// SEED-24: a rule that cannot work, or that the law of the service does not let be automatic, is refused with how to mend it.
func TestRulesThatAreRefused(t *testing.T) {
	t.Parallel()
	approve := "  - {key: certificate, kind: approve, after: 15m, when: \"branch == 'notice'\"}"
	bound := []string{"{key: other,", "{key: other, bound: true,"}
	if faults := workshop(t, append(notified(approve), bound...)...); len(faults) > 0 {
		t.Fatalf("an approval that may be: %v", faults)
	}
	for name, c := range map[string]struct {
		changes []string
		says    string
	}{
		"approves without a notification":      {append([]string{"legal_basis:", "auto_rules:\n" + approve + "\nlegal_basis:"}, bound...), "only a notification"},
		"approves where one has to judge":      {notified(approve), "calls for a judgement"},
		"approves what needs opinions":         {append(append(notified(approve), bound...), "subject:", "deciding: {opinions: [staff]}\nsubject:"), "needs opinions"},
		"approves at once":                     {append(notified(strings.Replace(approve, "15m", "1m", 1)), bound...), "5m or more"},
		"a time that is none":                  {notified("  - {key: certificate, kind: approve, after: soon}"), "no time to wait"},
		"accepts after a time":                 {notified("  - {key: complete, kind: accept, after: 15m}"), "is for rules that approve"},
		"reminds never":                        {notified("  - {key: papers, kind: remind}"), "needs days before"},
		"reminds later before earlier":         {notified("  - {key: papers, kind: remind, before: [1, 3]}"), "the earliest first"},
		"accepts before a day":                 {notified("  - {key: complete, kind: accept, before: [3]}"), "is for rules that remind"},
		"two of one name":                      {notified("  - {key: a, kind: accept}\n  - {key: a, kind: accept}"), "a name of its own"},
		"what there is no such thing of":       {notified("  - {key: a, kind: refuse}"), "must be one of"},
		"a condition of what there is none of": {notified("  - {key: a, kind: accept, when: \"colour == 'red'\"}"), "colour"},
	} {
		var all []string
		for _, f := range workshop(t, c.changes...) {
			all = append(all, f.Error())
		}
		if len(all) == 0 || !strings.Contains(strings.Join(all, "\n"), c.says) {
			t.Errorf("%s: %q", name, all)
		}
	}
}

// An agency switches rules off and on and lets them wait longer, never shorter; where it asks for opinions nothing is approved
// by a rule (MTH-3.1).
func TestRulesOfAnAgency(t *testing.T) {
	t.Parallel()
	f := shipped(t, "food-premises")
	rule := func(f *forms.Form, key string) forms.AutoRule {
		for _, r := range f.Auto {
			if r.Key == key {
				return r
			}
		}
		t.Fatalf("no rule %s", key)
		return forms.AutoRule{}
	}
	if !rule(f, "certificate").Off || rule(f, "complete").Off {
		t.Error("a certificate by itself comes switched off, and the rest on")
	}
	on := forms.AutoChoice{On: true}
	own, conflicts := f.With(forms.Override{Auto: map[string]forms.AutoChoice{
		"certificate": {On: true, After: forms.Wait{For: 8 * 60 * 60e9, Working: true}}, "complete": {}, "documents": {On: true, Before: []int{5}},
	}})
	if r := rule(own, "certificate"); r.Off || r.After.Thai() != "8 ชั่วโมงทำการ" || len(conflicts) > 0 {
		t.Errorf("%+v, %q", r, conflicts)
	}
	if !rule(own, "complete").Off || len(rule(own, "documents").Before) != 1 || !rule(f, "certificate").Off {
		t.Errorf("%+v", own.Auto)
	}
	own, conflicts = f.With(forms.Override{Auto: map[string]forms.AutoChoice{"certificate": {On: true, After: forms.Wait{For: 4 * 60 * 60e9}}, "gone": on}})
	if r := rule(own, "certificate"); !r.After.Working || len(conflicts) != 2 {
		t.Errorf("an agency waits shorter: %+v, %q", r, conflicts)
	}
	own, conflicts = f.With(forms.Override{Auto: map[string]forms.AutoChoice{"certificate": on}, Deciding: forms.Deciding{Opinions: []forms.OpinionStep{forms.Staff}}})
	if !rule(own, "certificate").Off || len(conflicts) != 1 {
		t.Errorf("an agency that asks for opinions: %+v, %q", own.Auto, conflicts)
	}
	if changes := f.Decided(forms.Override{}, forms.Override{Auto: map[string]forms.AutoChoice{"certificate": on}}); len(changes) != 1 || changes[0].Old != "ปิด" {
		t.Errorf("%+v", changes)
	}
	if wrong := (forms.Override{Auto: map[string]forms.AutoChoice{"certificate": {On: true, After: forms.Wait{For: 60e9}}, "documents": {On: true, Before: []int{1, 2}}}}).Check(f); len(wrong) != 2 {
		t.Errorf("%q", wrong)
	}
}

// Of all requests of the service only a new shop of up to 200 sq m outside of a market is a notification, and of that every
// reason for refusal is one that leaves no discretion.
func TestNotifications(t *testing.T) {
	t.Parallel()
	f := shipped(t, "food-premises")
	said := func(field, value string) forms.Answer {
		return forms.Answer{Field: field, Kind: forms.ChoiceField, Value: []byte(`"` + value + `"`)}
	}
	area := func(value string) forms.Answer {
		return forms.Answer{Field: "area", Kind: forms.NumberField, Value: []byte(value)}
	}
	small := []forms.Answer{said("purpose", "new"), said("in_market", "no"), area("200"), said("filed_by", "self")}
	if !f.Notifies(small) || len(f.Judged(small)) > 0 {
		t.Errorf("a small shop: %v, %+v", f.Notifies(small), f.Judged(small))
	}
	for name, answers := range map[string][]forms.Answer{
		"a large shop": {said("purpose", "new"), said("in_market", "no"), area("201")}, "a market": {said("purpose", "new"), said("in_market", "yes")},
		"a renewal": {said("purpose", "renew"), said("held", "certificate")}, "nothing said": nil,
	} {
		if f.Notifies(answers) {
			t.Errorf("%s is a notification", name)
		}
	}
	for _, r := range f.Auto {
		if r.Off = false; r.Kind == forms.AutoApprove && (!f.Meets(r, small) || f.Meets(r, append(small[:3:3], said("filed_by", "proxy")))) {
			t.Errorf("%s: who files for another is read by a person", r.Key)
		}
	}
}

// What an agency chose is kept as it was written.
func TestWaitIsWrittenAsItIsRead(t *testing.T) {
	t.Parallel()
	for _, text := range []string{"5m", "90m", "4h", "4h working", "30m working"} {
		var w forms.Wait
		must(t, w.UnmarshalText([]byte(text)))
		if got, err := w.MarshalText(); err != nil || string(got) != text {
			t.Errorf("%s became %s (%v)", text, got, err)
		}
	}
	var w forms.Wait
	for _, text := range []string{"", "4", "-1h", "30s", "4h  working", "working"} {
		if w.UnmarshalText([]byte(text)) == nil {
			t.Errorf("%q was read as %v", text, w)
		}
	}
}
