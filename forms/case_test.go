package forms_test

import (
	"fmt"
	"strings"
	"testing"

	"saphan/forms"
)

// LFA-7.1: the manual says in words when a step, a document, a fee or a time applies, for each condition of
// the services that come with the product.
func TestEveryConditionInWords(t *testing.T) {
	t.Parallel()
	catalog, err := forms.Ready()
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range catalog.List() {
		var conditions []string
		for _, s := range f.Steps {
			conditions = append(conditions, s.When)
		}
		for _, fl := range f.Fields {
			conditions = append(conditions, fl.When)
		}
		for _, c := range f.Clocks {
			conditions = append(conditions, c.When)
		}
		for _, o := range f.Outcomes {
			conditions = append(conditions, o.When)
		}
		for _, r := range f.Reasons {
			conditions = append(conditions, r.When)
		}
		for _, l := range f.Fee.Lines {
			conditions = append(conditions, l.When)
		}
		for _, w := range f.Fee.Waivers {
			conditions = append(conditions, w.When)
		}
		for _, when := range conditions {
			said := f.CaseOf(when)
			if (when == "") != (said == forms.Text{}) {
				t.Errorf("%s: %q is said as %q", f.Key, when, said.TH)
			}
			if strings.HasPrefix(said.TH, "บางกรณี") || strings.ContainsAny(fmt.Sprint(said), "_=&|%") {
				t.Errorf("%s: %s is said as %q, %q", f.Key, when, said.TH, said.EN)
			}
		}
	}
}

func TestCaseOf(t *testing.T) {
	t.Parallel()
	catalog, err := forms.Ready()
	if err != nil {
		t.Fatal(err)
	}
	f, _ := catalog.Find("hazardous-business")
	for when, want := range map[string]forms.Text{
		"":                              {},
		"purpose in ['new', 'renew']":   {TH: "เรื่องที่ขอ “ขอใหม่” หรือ “ต่ออายุ”", EN: "Purpose: New licence or Renewal"},
		"purpose != 'new'":              {TH: "เรื่องที่ขอไม่ใช่ “ขอใหม่”", EN: "Purpose: not New licence"},
		"filed > expires && age < 60":   {TH: "วันที่ยื่นหลังวันสิ้นอายุ และอายุน้อยกว่า 60 ปี", EN: "the day of filing is after Expires on and Age is less than 60 years"},
		"activities.exists(a, a.x > 1)": {TH: "บางกรณี ขึ้นกับคำตอบในแบบคำขอ", EN: "In some cases, depending on the answers"},
		"!nationality.contains('ไทย')":  {TH: "สัญชาติไม่มีคำว่า “ไทย”", EN: "Nationality does not contain “ไทย”"},
		"no such (":                     {TH: "บางกรณี ขึ้นกับคำตอบในแบบคำขอ", EN: "In some cases, depending on the answers"},
	} {
		if got := f.CaseOf(when); got.TH != want.TH || got.EN != want.EN {
			t.Errorf("%s is said as %+v, want %+v", when, got, want)
		}
	}
}
