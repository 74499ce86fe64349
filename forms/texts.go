package forms

import "reflect"

// Texts are all the words of a service that people read, each once, in the order of the definition.
func (f *Form) Texts() []Text {
	seen := map[Text]bool{}
	var all []Text
	var walk func(v reflect.Value)
	walk = func(v reflect.Value) {
		switch v.Kind() { //nolint:exhaustive // the others hold no texts
		case reflect.Pointer:
			if !v.IsNil() {
				walk(v.Elem())
			}
		case reflect.Slice, reflect.Array:
			for i := range v.Len() {
				walk(v.Index(i))
			}
		case reflect.Struct:
			if t, ok := reflect.TypeAssert[Text](v); ok {
				if t.TH != "" && !seen[t] {
					seen[t] = true
					all = append(all, t)
				}
				return
			}
			for i := range v.NumField() {
				if v.Type().Field(i).IsExported() {
					walk(v.Field(i))
				}
			}
		}
	}
	walk(reflect.ValueOf(f))
	return all
}
