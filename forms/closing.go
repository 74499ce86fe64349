package forms

import (
	"cmp"
	"slices"
)

// Closing is what stands behind the word that a request is dealt with: "closed" is a claim. It must have its evidence, and
// whoever reported it may say that it is not so (SVC-5).
type Closing struct {
	// Requires is what must stand beside an approval, of requests for which When is met.
	Requires []Evidence `json:"requires,omitempty"`
	When     string     `json:"when,omitempty"` // condition, in CEL
	// ConfirmDays is for how many calendar days, after being told, the citizen may say that it is not done; 0: it is done.
	ConfirmDays int `json:"confirm_days,omitempty"`

	when *expression
}

// Evidence is something that shows work was done.
type Evidence string

// The evidence of work.
const (
	AfterPhoto Evidence = "photo"     // a photo of the spot afterwards
	Crew       Evidence = "crew"      // which crew or unit it was
	WorkedOn   Evidence = "worked_on" // on which day
)

// AllEvidence lists it in the order in which it is asked for.
func AllEvidence() []Evidence { return []Evidence{AfterPhoto, Crew, WorkedOn} }

// Thai is the evidence as officers read it.
func (e Evidence) Thai() string {
	switch e {
	case AfterPhoto:
		return "รูปถ่ายหลังดำเนินการ"
	case Crew:
		return "ชุดช่างหรือหน่วยที่ดำเนินการ"
	case WorkedOn:
		return "วันที่ดำเนินการ"
	default:
		return string(e)
	}
}

// Evidence is what must stand beside the approval of a request.
func (f *Form) Evidence(answers []Answer) []Evidence {
	if len(f.Closing.Requires) == 0 || !f.Closing.when.met(f.walk(answers, func(Field) {})) {
		return nil
	}
	return slices.DeleteFunc(AllEvidence(), func(e Evidence) bool { return !slices.Contains(f.Closing.Requires, e) })
}

// Duplicates says which cases may be about one and the same thing, so that they are proposed to be joined.
type Duplicates struct {
	WithinM int    `json:"within_m"`       // at most so many metres apart
	Days    int    `json:"days"`           // filed at most so many days apart
	Same    string `json:"same,omitempty"` // the choice whose answer must be the same; "": none
	When    string `json:"when,omitempty"` // condition, in CEL: of which requests; others are never joined

	when *expression
}

// Alike is the kind of thing that a request is about, among which there may be others about the same; ok is false for one
// that is never joined with another.
func (f *Form) Alike(answers []Answer) (kind string, ok bool) {
	if f.Duplicates == nil || !f.Duplicates.when.met(f.walk(answers, func(Field) {})) {
		return "", false
	}
	a, _ := Find(answers, f.Duplicates.Same)
	return cmp.Or(a.Picked(), string(f.Key)), true
}

// KindTitle is what a kind that Alike tells is called: the choice, or the service where it tells no kinds apart.
func (f *Form) KindTitle(kind string) Text {
	if f.Duplicates != nil {
		if field, ok := f.Field(f.Duplicates.Same); ok {
			if c, ok := field.Choice(kind); ok {
				return c.Label
			}
		}
	}
	return f.Title
}

// furthestM is how far apart two reports of one thing are believed to be.
const furthestM = 1000

// closing checks what stands behind the end of a case, and which cases may be one.
func (l *lint) closing() {
	c := l.form.Closing
	for i, e := range c.Requires {
		if !slices.Contains(AllEvidence(), e) || slices.Contains(c.Requires[:i], e) {
			l.fault("closing.requires", "%q is not one of photo, crew and worked_on, or stands there twice", e)
		}
	}
	if c.ConfirmDays < 0 {
		l.fault("closing.confirm_days", "must not be negative; leave it out where nobody is asked")
	}
	d := l.form.Duplicates
	if d == nil {
		return
	}
	if d.WithinM < 1 || d.WithinM > furthestM {
		l.fault("duplicates.within_m", "must be 1 to %d metres", furthestM)
	}
	if d.Days < 1 {
		l.fault("duplicates.days", "must be 1 or more")
	}
	if fl, ok := l.form.Field(d.Same); d.Same != "" && (!ok || fl.Kind != ChoiceField) {
		l.fault("duplicates.same", "there is no choice %q", d.Same)
	}
	if !slices.ContainsFunc(l.form.Fields, func(fl Field) bool { return fl.Kind == LocationField }) {
		l.fault("duplicates", "need a field of kind location: what is near cannot be told without")
	}
}
