package forms

import "testing"

// An answer is the same after it was kept: PostgreSQL writes JSON with other blanks and in another order.
func TestPrintOfAnAnswerThatWasKept(t *testing.T) {
	t.Parallel()
	of := func(value string) string {
		return Answer{Field: "photo", Text: "1 รูป", Value: []byte(value)}.Print()
	}
	given := of(`[{"id":7,"name":"ก.jpg","type":"image/jpeg","size":9007199254740993}]`)
	if kept := of(`[{"id": 7, "name": "ก.jpg", "size": 9007199254740993, "type": "image/jpeg"}]`); kept != given {
		t.Errorf("print %s became %s", given, kept)
	}
	for _, other := range []string{`[{"id":7,"name":"ก.jpg","type":"image/jpeg","size":9007199254740992}]`, `[]`, `not JSON`, ``} {
		if of(other) == given {
			t.Errorf("%s has the print of another answer", other)
		}
	}
}
