package line

import (
	"encoding/json"
	"slices"
	"testing"
)

// FuzzScan: on JSON the scanner finds what encoding/json finds; on other text it comes to an end.
func FuzzScan(f *testing.F) {
	for _, s := range []string{
		`{}`, `[]`, ` { "a" : [ 1 , {"b":"]}"} ] , "c\"d":null } `, `{"a":"\\","b":"\\\""}`, `{"a":1,}`, `{"a"`, `{"a":`, `{"a":tru`, `["`, `{"":""}`,
		`{"a":-1.5e+3,"b":true}`, `[[],[[]],{"x":[]}]`, `{"ก":"ไฟดับ","u":"\u0e01"}`, `"text"`, `12`, `{"a":"\xff"}`, `{,}`, `[,]`, `{"a":}`, `[1 2]`, `}`, `]`,
	} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		var keys, values []string
		isObject := members(body, func(key, value []byte) bool {
			keys, values = append(keys, string(key)), append(values, string(value))
			return true
		})
		var parts []string
		isArray := elements(body, func(value []byte) { parts = append(parts, string(value)) })
		text(body)
		if !json.Valid(body) {
			return
		}
		var object map[string]json.RawMessage
		if wantObject := json.Unmarshal(body, &object) == nil && object != nil; wantObject != isObject {
			t.Fatalf("an object: %v, for encoding/json: %v", isObject, wantObject)
		}
		found := map[string]string{}
		for i, key := range keys {
			s, ok := text([]byte(`"` + key + `"`))
			if !ok {
				t.Fatalf("key %q is no text", key)
			}
			found[s] = values[i] // the last one counts
		}
		for key, value := range object {
			if found[key] != string(value) {
				t.Errorf("%q: found %q, encoding/json %q", key, found[key], value)
			}
			var want string
			is := json.Unmarshal(value, &want) == nil
			if got, ok := text(value); ok != is || got != want {
				t.Errorf("the text of %q is %q, %v; for encoding/json %q, %v", value, got, ok, want, is)
			}
		}
		if len(found) != len(object) {
			t.Errorf("found %d keys, encoding/json %d", len(found), len(object))
		}
		var array []json.RawMessage
		if wantArray := json.Unmarshal(body, &array) == nil && array != nil; wantArray != isArray {
			t.Fatalf("an array: %v, for encoding/json: %v", isArray, wantArray)
		}
		if !slices.EqualFunc(parts, array, func(a string, b json.RawMessage) bool { return a == string(b) }) {
			t.Errorf("found %q, encoding/json %q", parts, array)
		}
	})
}
