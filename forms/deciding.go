package forms

import (
	"slices"
	"strings"
)

// Deciding says how a case comes to its decision within the agency (MTH-3.1).
type Deciding struct {
	// TwoPerson keeps whoever drafted or proposed from deciding alone: somebody else must have given an opinion too.
	TwoPerson bool `json:"two_person,omitempty"`
	// Opinions are given before the decision, in the order of OpinionSteps. The last word, the head's, is the decision itself.
	Opinions []OpinionStep `json:"opinions,omitempty"`
}

// OpinionStep is a place in the chain from the first opinion to the decision.
type OpinionStep string

// The steps. Head is the decision.
const (
	Staff      OpinionStep = "staff"
	Specialist OpinionStep = "specialist"
	Clerk      OpinionStep = "clerk"
	Head       OpinionStep = "head"
)

// OpinionSteps lists the steps before the decision, in their order.
func OpinionSteps() []OpinionStep { return []OpinionStep{Staff, Specialist, Clerk} }

// Thai is the step as officers read it.
func (s OpinionStep) Thai() string {
	switch s {
	case Staff:
		return "เจ้าหน้าที่ผู้ตรวจ"
	case Specialist:
		return "ผู้เชี่ยวชาญ"
	case Clerk:
		return "ปลัดหรือหัวหน้าส่วน"
	case Head:
		return "ผู้มีอำนาจสั่งการ"
	default:
		return string(s)
	}
}

// Chain is the steps before the decision, in their order. Where two people decide and no step is named, the staff's is one.
func (d Deciding) Chain() []OpinionStep {
	chain := slices.DeleteFunc(OpinionSteps(), func(s OpinionStep) bool { return !slices.Contains(d.Opinions, s) })
	if len(chain) == 0 && d.TwoPerson {
		return []OpinionStep{Staff}
	}
	return chain
}

// with adds what an agency asks for beyond the template; it cannot do with less.
func (d Deciding) with(own Deciding) Deciding {
	sum := Deciding{TwoPerson: d.TwoPerson || own.TwoPerson}
	for _, s := range OpinionSteps() {
		if slices.Contains(d.Opinions, s) || slices.Contains(own.Opinions, s) {
			sum.Opinions = append(sum.Opinions, s)
		}
	}
	return sum
}

// empty reports whether one officer decides as soon as a case is taken.
func (d Deciding) empty() bool { return !d.TwoPerson && len(d.Opinions) == 0 }

// Thai says it to officers.
func (d Deciding) Thai() string {
	chain := d.Chain()
	names := make([]string, len(chain))
	for i, s := range chain {
		names[i] = s.Thai()
	}
	words := "เจ้าหน้าที่คนเดียวบันทึกผลได้"
	if len(names) > 0 {
		words = "ต้องมีความเห็นของ " + strings.Join(names, ", ") + " ก่อนบันทึกผล"
	}
	if d.TwoPerson {
		words += " และต้องมีผู้พิจารณาอย่างน้อยสองคน"
	}
	return words
}
