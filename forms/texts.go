package forms

import "reflect"

// Texts are all the words of a service that people read, each once, in the order of the definition.
func (f *Form) Texts() []Text {
	seen := map[Text]bool{}
	var all []Text
	eachText(reflect.ValueOf(f), "", func(_ string, t Text) {
		if t.TH != "" && !seen[t] {
			seen[t] = true
			all = append(all, t)
		}
	})
	return all
}
