package forms

import (
	"testing"
	"time"
)

// Who reads a request is not told that there is no further business, building or child: the answers about each of
// them say so. Everything else is told, in order.
func TestToldLeavesOutWhetherThereIsMore(t *testing.T) {
	t.Parallel()
	for _, f := range ready(t).List() {
		var answers []Answer
		kept := 0
		for _, fl := range f.Fields {
			answers, kept = append(answers, Answer{Field: fl.Key}), kept+1
			if fl.Kind != GroupField {
				continue
			}
			one := fl.Fields[0].Key
			for _, key := range []string{".1." + one, ".1." + moreKey, ".2." + one, ".2." + moreKey} {
				answers = append(answers, Answer{Field: fl.Key + key})
			}
			kept += 2
		}
		told := Told(answers)
		if len(told) != kept {
			t.Errorf("%s: %d of %d answers are told, not %d", f.Key, len(told), len(answers), kept)
		}
		for i, a := range told {
			if a.Continues() || i > 0 && told[i-1].Field == a.Field {
				t.Errorf("%s: it tells %s", f.Key, a.Field)
			}
		}
	}
}

// Nor does a permit print it.
func TestPrintedLeavesOutWhetherThereIsMore(t *testing.T) {
	t.Parallel()
	f := service(t, "hazardous-business", bangkok(2026, time.November, 22))
	answers := filled(t, f, append([]string{"purpose", "ขอใหม่"}, kindsOfBusiness(t, f, "vehicle_repair", "animal_keeping 5")...)...)
	lines := f.Printed(answers)
	if len(lines) == 0 {
		t.Fatal("nothing is printed")
	}
	for _, l := range lines {
		if l.Field == "activities" || continues(l.Field) {
			t.Errorf("it prints %q as %s", l.Text, l.Field)
		}
	}
}
