package bot

import (
	"saphan/forms"
	"saphan/forms/match"
	"saphan/internal/thai"
)

const (
	// maxHeard is how many letters of a message are looked at to find the service that is meant: who writes
	// more has said it by then, and no message may keep others waiting.
	maxHeard = 600
	// worthAsking is the least share of a service that is worth asking about.
	worthAsking = 0.08
	// mostAsked is how many services are asked about at most.
	mostAsked = 3
)

// Listen returns how free text is read by a matcher (World.Understand); nil where there is none yet.
func Listen(m *match.Matcher) func(said string) Understood {
	if m == nil {
		return nil
	}
	return func(said string) Understood { return heard(m, said) }
}

// heard is what a matcher makes of free text. What sounds like no wish at all is about no service.
func heard(m *match.Matcher, said string) Understood {
	said = thai.Clip(said, maxHeard)
	r := m.Match(said)
	u := Understood{Sure: r.Sure}
	if len(r.Ranked) == 0 || !r.Sure && r.Chatter > r.Ranked[0].Score {
		return Understood{}
	}
	for _, s := range r.Ranked[:min(len(r.Ranked), mostAsked)] {
		if len(u.Ranked) == 0 || s.Score >= worthAsking {
			u.Ranked = append(u.Ranked, forms.Key(s.Key))
		}
	}
	kept := m.Keep(r.Ranked[0].Key, said)
	u.Place, u.Tells = kept.Place, true
	for _, c := range kept.Chosen {
		u.Parts = append(u.Parts, Part{Field: c.Field, Choice: c.Value})
	}
	return u
}
