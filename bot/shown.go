package bot

import (
	"strconv"

	"saphan/forms"
)

// shown is an answer in the citizen's language.
func (t *turn) shown(fl forms.Field, a forms.Answer) string {
	if !fl.Files() {
		return a.In(fl, string(t.say), forms.ShortMonth)
	}
	n := strconv.Itoa(len(a.Attachments))
	if fl.Kind == forms.PhotoField {
		return t.say.Say("count.photos", "n", n)
	}
	return t.say.Say("count.files", "n", n)
}
