package forms

// Urgency says which requests of a service cannot wait.
type Urgency struct {
	When   string `json:"when"`   // condition, in CEL
	Reason Text   `json:"reason"` // why they cannot, as officers read it and are called; nothing personal
	// Advice is what the citizen does now; none: to keep away, and whom to call when somebody is hurt.
	Advice Text `json:"advice,omitzero"`

	when *expression
}

// Urgent reports whether a request cannot wait.
func (f *Form) Urgent(answers []Answer) bool {
	_, urgent := f.WhyUrgent(answers)
	return urgent
}

// WhyUrgent says why a request cannot wait: the first reason of the service whose condition is met, or the answer that the
// question itself marks as urgent. False: it can.
func (f *Form) WhyUrgent(answers []Answer) (Text, bool) {
	if u, ok := f.urgency(answers); ok {
		return u.Reason, true
	}
	return f.Warned(answers)
}

// Advice is what the citizen of an urgent request does now, if the service says so itself.
func (f *Form) Advice(answers []Answer) Text {
	u, _ := f.urgency(answers)
	return u.Advice
}

// urgency is the first reason of the service whose condition is met.
func (f *Form) urgency(answers []Answer) (Urgency, bool) {
	if len(f.Urgencies) == 0 {
		return Urgency{}, false
	}
	known := f.walk(answers, func(Field) {})
	for _, u := range f.Urgencies {
		if u.when.met(known) {
			return u, true
		}
	}
	return Urgency{}, false
}

// Warned is the answer of a request after which whoever asked the questions warned of the danger; false: there is none.
func (f *Form) Warned(answers []Answer) (Text, bool) {
	for _, fl := range f.Fields {
		a, ok := Find(answers, fl.Key)
		if !ok || fl.Urgent == "" || a.Picked() != fl.Urgent {
			continue
		}
		for _, c := range fl.Choices {
			if c.Value == fl.Urgent {
				return c.Label, true
			}
		}
	}
	return Text{}, false
}
