package line

import (
	"bytes"
	"encoding/json"
	"unicode/utf8"
)

// Intake looks into every delivery, thousands of times a second, and needs of it only where the events
// stand and a few of their names. Reading all the rest into Go values costs more than everything else
// it does, so these functions only find their way through text that encoding/json has found to be
// JSON. On other text they end early and find nothing worse than nothing.

// members calls f with each key and value of an object, as they stand in the text, until f returns
// false. ok is false when the text is not an object.
func members(object []byte, f func(key, value []byte) bool) (ok bool) {
	i := blanks(object, 0)
	if i == len(object) || object[i] != '{' {
		return false
	}
	for i++; ; i++ {
		i = blanks(object, i)
		start := i
		if i = past(object, i); i < 0 || object[start] != '"' {
			return i < 0 && start < len(object) && object[start] == '}' // the end, or not JSON
		}
		key := object[start+1 : i-1]
		if i = blanks(object, i); i == len(object) || object[i] != ':' {
			return false
		}
		start = blanks(object, i+1)
		if i = past(object, start); i < 0 {
			return false
		}
		if !f(key, object[start:i]) {
			return true
		}
		if i = blanks(object, i); i == len(object) || object[i] != ',' {
			return i < len(object) && object[i] == '}'
		}
	}
}

// elements calls f with each element of an array as it stands in the text. ok is false when the text is
// not an array.
func elements(array []byte, f func(value []byte)) (ok bool) {
	i := blanks(array, 0)
	if i == len(array) || array[i] != '[' {
		return false
	}
	for i++; ; i++ {
		start := blanks(array, i)
		if i = past(array, start); i < 0 {
			return start < len(array) && array[start] == ']'
		}
		f(array[start:i])
		if i = blanks(array, i); i == len(array) || array[i] != ',' {
			return i < len(array) && array[i] == ']'
		}
	}
}

// blanks returns where the white space from i on ends.
func blanks(text []byte, i int) int {
	for i < len(text) && (text[i] == ' ' || text[i] == '\n' || text[i] == '\t' || text[i] == '\r') {
		i++
	}
	return i
}

// past returns where the value that begins at i ends, -1 when none begins there.
func past(text []byte, i int) int {
	if i >= len(text) {
		return -1
	}
	switch text[i] {
	case '"':
		return pastString(text, i)
	case '{', '[':
		for depth := 0; i < len(text); {
			switch text[i] {
			case '"':
				if i = pastString(text, i); i < 0 {
					return -1
				}
				continue
			case '{', '[':
				depth++
			case '}', ']':
				if depth--; depth == 0 {
					return i + 1
				}
			}
			i++
		}
		return -1
	}
	n := bytes.IndexAny(text[i:], ",]}: \n\t\r") // a number, true, false or null
	switch n {
	case 0:
		return -1
	case -1:
		return len(text)
	}
	return i + n
}

// pastString returns where the string that begins at i ends, -1 when it does not.
func pastString(text []byte, i int) int {
	for from := i + 1; ; {
		n := bytes.IndexByte(text[from:], '"')
		if n < 0 {
			return -1
		}
		end := from + n
		slashes := 0
		for text[end-1-slashes] == '\\' {
			slashes++
		}
		if slashes%2 == 0 { // the quote itself is not escaped
			return end + 1
		}
		from = end + 1
	}
}

// text returns the string that a value is, the empty one for null. ok is false when it is neither.
func text(value []byte) (s string, ok bool) {
	if string(value) == "null" {
		return "", true
	}
	if len(value) < 2 || value[0] != '"' {
		return "", false
	}
	if inner := value[1 : len(value)-1]; bytes.IndexByte(inner, '\\') < 0 && utf8.Valid(inner) {
		return string(inner), true
	}
	return s, json.Unmarshal(value, &s) == nil
}
