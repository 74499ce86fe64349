package bot

import "slices"

// caution says that the agency has not announced the channel as one for requests, at first contact and
// whenever something is filed, and where else to go (EGA-10.6). It comes before the answers: choices
// belong to the last of them.
func (t *turn) caution() {
	if t.w.Announced {
		return
	}
	files := slices.ContainsFunc(t.effects, func(e Effect) bool {
		switch e.(type) {
		case Submit, Handoff:
			return true
		default:
			return false
		}
	})
	if !files && (t.c.Cautioned || len(t.replies) == 0) {
		return
	}
	t.c.Cautioned = true
	words := t.say.Say("unannounced", "agency", t.w.Agency)
	if t.w.Phone != "" {
		words = t.say.Say("unannounced.phone", "agency", t.w.Agency, "phone", t.w.Phone)
	}
	t.replies = append([]Reply{{Text: words}}, t.replies...)
}
