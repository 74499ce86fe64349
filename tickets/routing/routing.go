// Package routing knows the rules by which an agency sends requests to its queues, as data: which rule a request meets, and
// what follows. It reads and writes nothing, so that a changed set can be played against cases of the past.
package routing

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"saphan/agencies"
	"saphan/forms"
	"saphan/internal/fault"
	"saphan/internal/thai"
)

// Rule sends some requests somewhere. What it does not ask holds for every request; it must ask something.
type Rule struct {
	Name     string            `json:"name"`               // what the head calls it
	Services []forms.Key       `json:"services,omitempty"` // one of these
	Areas    []agencies.AreaID `json:"areas,omitempty"`    // the place lies in one of these areas of the agency, or
	Tambons  []string          `json:"tambons,omitempty"`  // in one of these tambons, or
	Places   []string          `json:"places,omitempty"`   // its words name one of these
	When     string            `json:"when,omitempty"`     // condition over the answers, in CEL

	Queue  string `json:"queue,omitempty"`  // key of the queue it goes to; "": where it went without the rule
	Urgent bool   `json:"urgent,omitempty"` // it cannot wait
	Skill  string `json:"skill,omitempty"`  // whom a queue that shares by skill looks for
}

// Rules are a set in its order: the first that fits counts.
type Rules []Rule

// Case is what rules look at.
type Case struct {
	Form    *forms.Form // the version that the case keeps, on the day it came
	Answers []forms.Answer
	Words   string        // of the place
	Held    agencies.Held // by the agency's areas; needed when AskPlace says so
}

// Choice is what a set says of a case.
type Choice struct {
	Rule    int      // which of the set, from 1 on; 0: none fits, and it goes where it goes without rules
	Name    string   // of the rule
	Queue   string   // key; "": where it goes without rules
	Urgent  bool     //
	Skill   string   //
	Fields  []string // keys of the answers that the rule asked
	Skipped []string // rules that could not be carried out: the number, and by what; nothing of the answers
}

// AskPlace says whether a rule asks in which of the agency's areas a place lies.
func (s Rules) AskPlace() bool {
	return slices.ContainsFunc(s, func(r Rule) bool { return len(r.Areas) > 0 || len(r.Tambons) > 0 })
}

// Choose finds the first rule that a case fits. A rule that cannot be carried out, because its condition fails on these
// answers or its queue is not there, is passed over and named: no request is lost by a rule. hasQueue tells the queues of
// the agency by their keys.
func (s Rules) Choose(c Case, hasQueue func(key string) bool) (choice Choice) {
	for i, r := range s {
		fits, fields, err := r.fits(c)
		if err != nil {
			choice.Skipped = append(choice.Skipped, fmt.Sprintf("%d condition", i+1))
			continue
		}
		if fits && r.Queue != "" && !hasQueue(r.Queue) {
			choice.Skipped = append(choice.Skipped, fmt.Sprintf("%d queue %s", i+1, r.Queue))
			continue
		}
		if !fits {
			continue
		}
		choice.Rule, choice.Name, choice.Queue, choice.Urgent, choice.Skill, choice.Fields = i+1, r.Name, r.Queue, r.Urgent, r.Skill, fields
		return choice
	}
	return choice
}

func (r Rule) fits(c Case) (fits bool, fields []string, err error) {
	if len(r.Services) > 0 && !slices.Contains(r.Services, c.Form.Key) || !r.here(c) {
		return false, nil, nil
	}
	if r.When == "" {
		return true, nil, nil
	}
	when, err := c.Form.Condition(r.When)
	if err != nil {
		return false, nil, err
	}
	fits, err = when.Met(c.Answers)
	return fits, when.Uses(), err
}

// here says whether the place is one that the rule asks for; one that asks for none is everywhere.
func (r Rule) here(c Case) bool {
	if len(r.Areas)+len(r.Tambons)+len(r.Places) == 0 {
		return true
	}
	words := thai.Key(c.Words)
	return slices.ContainsFunc(r.Areas, func(id agencies.AreaID) bool { return slices.Contains(c.Held.Areas, id) }) ||
		slices.ContainsFunc(r.Tambons, func(code string) bool { return slices.Contains(c.Held.Tambons, code) }) ||
		slices.ContainsFunc(r.Places, func(name string) bool { return thai.Key(name) != "" && strings.Contains(words, thai.Key(name)) })
}

// Limits of a set.
const (
	mostRules = 100
	mostList  = 500
	longest   = 1000 // letters of a condition
)

// skillForm is what a skill is called: a service's key or a word of one's own.
var (
	skillForm = regexp.MustCompile(`^[\pL\pM\pN][\pL\pM\pN ._-]{0,39}$`)
	codeForm  = regexp.MustCompile(`^[1-9][0-9]{5}$`)
)

// Skill reads a skill as it is typed.
func Skill(typed string) (string, error) {
	s := strings.Join(strings.Fields(strings.ToLower(typed)), " ")
	if s != "" && !skillForm.MatchString(s) {
		return "", fault.Newf(fault.Invalid, "ทักษะ “{skill}” ต้องเป็นตัวอักษรหรือตัวเลข ไม่เกิน 40 ตัว", "skill", typed)
	}
	return s, nil
}

// House is what a set is checked against: the agency's services, areas and queues.
type House struct {
	Form   func(forms.Key) (*forms.Form, bool)
	Areas  []agencies.AreaID
	Queues []string
}

// Check says what is wrong with a set before it counts, by rule: what does not exist, and what cannot be known when a
// request comes.
func (s Rules) Check(h House) (wrong []string) {
	if len(s) > mostRules {
		wrong = append(wrong, fmt.Sprintf("มี %d กฎ เกินที่รับได้ %d กฎ", len(s), mostRules))
	}
	for i, r := range s {
		for _, what := range r.check(h) {
			wrong = append(wrong, fmt.Sprintf("กฎที่ %d: %s", i+1, what))
		}
	}
	return wrong
}

func (r Rule) check(h House) (wrong []string) {
	say := func(is bool, what string) {
		if is {
			wrong = append(wrong, what)
		}
	}
	say(strings.TrimSpace(r.Name) == "", "ยังไม่ได้ตั้งชื่อกฎ")
	say(len(r.Services)+len(r.Areas)+len(r.Tambons)+len(r.Places) == 0 && r.When == "", "ยังไม่ได้บอกว่าใช้กับเรื่องใด ให้เลือกบริการ พื้นที่ หรือเขียนเงื่อนไขอย่างน้อยหนึ่งอย่าง")
	say(r.Queue == "" && !r.Urgent && r.Skill == "", "ยังไม่ได้บอกผล ให้เลือกคิวงาน เรื่องด่วน หรือทักษะ")
	say(r.Queue != "" && !slices.Contains(h.Queues, r.Queue), "ไม่มีคิวงาน “"+r.Queue+"” ในหน่วยงาน")
	say(len(r.Tambons) > mostList || len(r.Places) > mostList, fmt.Sprintf("รายการยาวเกิน %d", mostList))
	say(len([]rune(r.When)) > longest, fmt.Sprintf("เงื่อนไขยาวเกิน %d ตัวอักษร", longest))
	for _, id := range r.Areas {
		say(!slices.Contains(h.Areas, id), fmt.Sprintf("ไม่มีพื้นที่หมายเลข %d หรือเลิกใช้แล้ว", id))
	}
	for _, code := range r.Tambons {
		say(!codeForm.MatchString(code), "รหัสตำบล “"+code+"” ต้องเป็นตัวเลข 6 หลัก")
	}
	if _, err := Skill(r.Skill); err != nil {
		wrong = append(wrong, fault.MessageOf(err))
	}
	say(r.When != "" && len(r.Services) == 0, "เงื่อนไขพูดถึงคำตอบ จึงต้องเลือกบริการที่มีคำตอบนั้น")
	for _, key := range r.Services {
		form, ok := h.Form(key)
		say(!ok, "ไม่มีบริการ “"+string(key)+"”")
		if !ok || r.When == "" {
			continue
		}
		if _, err := form.Condition(r.When); err != nil {
			wrong = append(wrong, fault.MessageOf(err))
		}
	}
	return wrong
}
