package forms

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
)

// AutoRule is something that the system does by itself in the cases of a service (SEED-24). Officers see it coming, read why it
// was done, and stop it.
type AutoRule struct {
	Key    string   `json:"key"` // by which histories name it: never changed
	Kind   AutoKind `json:"kind"`
	When   string   `json:"when,omitempty"`   // condition, in CEL: of which requests
	After  Wait     `json:"after,omitzero"`   // of AutoApprove: how long officers can step in before it is done
	Before []int    `json:"before,omitempty"` // of AutoRemind and AutoRenew: so many days before the last day, once each
	Off    bool     `json:"off,omitempty"`    // it runs only where the head of an agency switched it on

	when *expression
}

// AutoKind is what a rule does.
type AutoKind string

// The kinds of rule. What an approval grants is issued by itself without any.
const (
	AutoAccept  AutoKind = "accept"  // notes that everything needed is there (LFA-8.1)
	AutoRemind  AutoKind = "remind"  // reminds the citizen of the documents that are awaited
	AutoApprove AutoKind = "approve" // certifies a notification that is in order
	AutoRenew   AutoKind = "renew"   // reminds the holder that a permit ends
)

// AutoKinds lists the kinds in the order of a case's life.
func AutoKinds() []AutoKind { return []AutoKind{AutoAccept, AutoRemind, AutoApprove, AutoRenew} }

// Thai is what a rule does, as officers read it.
func (k AutoKind) Thai() string {
	switch k {
	case AutoAccept:
		return "บันทึกว่าเอกสารครบถ้วน"
	case AutoRemind:
		return "เตือนประชาชนให้ส่งเอกสารที่ค้าง"
	case AutoApprove:
		return "อนุมัติและออกหนังสือรับรองของเรื่องที่เป็นการแจ้ง"
	case AutoRenew:
		return "เตือนผู้ถือให้ต่ออายุก่อนสิ้นอายุ"
	default:
		return string(k)
	}
}

// Notification says which requests ask for no leave: the law has the citizen tell the agency and the agency certify what is
// in order, without discretion. Only such can be approved by a rule.
type Notification struct {
	When string `json:"when,omitempty"` // condition, in CEL; "": all requests of the service
	Law  Text   `json:"law"`

	when *expression
}

// Wait is how long something waits, by the clock or in the agency's working time: "15m", "4h working".
type Wait struct {
	For     time.Duration
	Working bool
}

const working = " working"

// UnmarshalText implements encoding.TextUnmarshaler.
func (w *Wait) UnmarshalText(text []byte) error {
	said, inWorking := strings.CutSuffix(string(text), working)
	d, err := time.ParseDuration(said)
	if err != nil || d <= 0 || d%time.Minute != 0 {
		return fmt.Errorf("%q is no time to wait; write whole minutes or hours as 15m, 4h, or 4h working", text)
	}
	*w = Wait{d, inWorking}
	return nil
}

// MarshalText implements encoding.TextMarshaler.
func (w Wait) MarshalText() ([]byte, error) {
	if w.IsZero() {
		return nil, nil
	}
	said := strconv.Itoa(int(w.For/time.Minute)) + "m"
	if w.For%time.Hour == 0 {
		said = strconv.Itoa(int(w.For/time.Hour)) + "h"
	}
	if w.Working {
		said += working
	}
	return []byte(said), nil
}

// IsZero reports whether nothing is waited for.
func (w Wait) IsZero() bool { return w.For == 0 }

// Thai says it to officers.
func (w Wait) Thai() string {
	said := fmt.Sprintf("%d นาที", w.For/time.Minute)
	if w.For >= time.Hour && w.For%time.Hour == 0 {
		said = fmt.Sprintf("%d ชั่วโมง", w.For/time.Hour)
	}
	if w.Working {
		said += "ทำการ"
	}
	return said
}

// The limits of rules.
const (
	leastWait  = 5 * time.Minute     // nobody can step in sooner
	longestFor = 30 * 24 * time.Hour //
	earliest   = 365                 // days before a last day
)

// AutoChoice is what an agency decided about a rule of the template.
type AutoChoice struct {
	On     bool  `json:"on,omitempty"`
	After  Wait  `json:"after,omitzero"`   // longer than the template's, never shorter; none: the template's
	Before []int `json:"before,omitempty"` // in place of the template's; none: those
}

// Automatic reports whether the form has a rule that is on.
func (f *Form) Automatic() bool {
	return slices.ContainsFunc(f.Auto, func(r AutoRule) bool { return !r.Off })
}

// Meets reports whether a rule is on and made for such a request.
func (f *Form) Meets(r AutoRule, answers []Answer) bool {
	return !r.Off && r.when.met(f.walk(answers, func(Field) {}))
}

// Notifies reports whether a request is a notification.
func (f *Form) Notifies(answers []Answer) bool {
	return f.Notification != nil && f.Notification.when.met(f.walk(answers, func(Field) {}))
}

// Judged returns the reasons for refusal that can be said of a request and call for a judgement, which no rule makes.
func (f *Form) Judged(answers []Answer) []Reason {
	return slices.DeleteFunc(f.ReasonsFor(answers), func(r Reason) bool { return r.Bound })
}

// automate gives the rules the agency's choices. Where the agency asks for opinions or two people nothing is approved by a rule.
func (f *Form) automate(chosen map[string]AutoChoice) (conflicts []string) {
	f.Auto = slices.Clone(f.Auto)
	known := map[string]bool{}
	for i := range f.Auto {
		r := &f.Auto[i]
		c, decided := chosen[r.Key]
		known[r.Key] = true
		if decided {
			r.Off = !c.On
		}
		if len(c.Before) > 0 {
			r.Before = c.Before
		}
		switch {
		case c.After.IsZero():
		case c.After.shorter(r.After):
			conflicts = append(conflicts, fmt.Sprintf("ขั้นตอนอัตโนมัติ “%s” ตั้งให้รอ %s แต่แบบกลางให้รอไม่น้อยกว่า %s ระบบใช้เวลาของแบบกลาง ให้แก้เป็นเวลาที่นานกว่า หรือเว้นว่าง", r.Kind.Thai(), c.After.Thai(), r.After.Thai()))
		default:
			r.After = c.After
		}
		if r.Kind == AutoApprove && !r.Off && !f.Deciding.empty() {
			r.Off = true
			conflicts = append(conflicts, fmt.Sprintf("ขั้นตอนอัตโนมัติ “%s” เปิดไว้ แต่หน่วยงานกำหนดให้มีความเห็นหรือผู้พิจารณาสองคน ระบบจึงไม่อนุมัติเอง ให้ปิดขั้นตอนนี้ หรือเลิกกำหนดความเห็น", r.Kind.Thai()))
		}
	}
	for key := range chosen {
		if !known[key] {
			conflicts = append(conflicts, fmt.Sprintf("แบบกลางไม่มีขั้นตอนอัตโนมัติ %s แล้ว ที่ตั้งไว้จึงไม่มีผล ให้บันทึกหน้านี้อีกครั้งเพื่อนำออก", key))
		}
	}
	return conflicts
}

// shorter reports whether w ends before least can: time by the clock runs at least as fast as working time.
func (w Wait) shorter(least Wait) bool { return w.For < least.For || least.Working && !w.Working }

// ThaiOf is a rule as an agency has it, for officers.
func (r AutoRule) Thai() string {
	if r.Off {
		return "ปิด"
	}
	said := "เปิด"
	if !r.After.IsZero() {
		said += " หลังรอ " + r.After.Thai()
	}
	if len(r.Before) > 0 {
		said += " ก่อน " + DaysText(r.Before) + " วัน"
	}
	return said
}

// DaysText is a list of days as it is typed: "90, 30".
func DaysText(days []int) string {
	all := make([]string, len(days))
	for i, d := range days {
		all[i] = strconv.Itoa(d)
	}
	return strings.Join(all, ", ")
}

// autoDecided says what an agency changed about the rules between two decisions.
func (f *Form) autoDecided(before, after Override) (all []Change) {
	old, now := *f, *f
	old.automate(before.Auto)
	now.automate(after.Auto)
	for i, r := range now.Auto {
		if was, is := old.Auto[i].Thai(), r.Thai(); was != is {
			all = append(all, Change{AboutTimes, "ขั้นตอนอัตโนมัติ “" + r.Kind.Thai() + "”", was, is})
		}
	}
	return all
}

// checkAuto says what is wrong with an agency's choices about rules.
func (f *Form) checkAuto(chosen map[string]AutoChoice) (wrong []string) {
	for _, r := range f.Auto {
		c := chosen[r.Key]
		if !c.After.IsZero() && (c.After.shorter(r.After) || c.After.For > longestFor) {
			wrong = append(wrong, fmt.Sprintf("ขั้นตอนอัตโนมัติ “%s” ต้องรอตั้งแต่ %s ถึง 30 วัน เพื่อให้เจ้าหน้าที่หยุดได้ทัน", r.Kind.Thai(), r.After.Thai()))
		}
		if len(c.Before) > 0 && !daysBefore(c.Before) {
			wrong = append(wrong, fmt.Sprintf("ขั้นตอนอัตโนมัติ “%s” ให้ใส่จำนวนวันเรียงจากมากไปน้อย ไม่ซ้ำกัน ตั้งแต่ 1 ถึง %d วัน", r.Kind.Thai(), earliest))
		}
	}
	return wrong
}

// daysBefore reports whether days can be days before a last day: the earliest first.
func daysBefore(days []int) bool {
	for i, d := range days {
		if d < 1 || d > earliest || i > 0 && d >= days[i-1] {
			return false
		}
	}
	return len(days) > 0
}
