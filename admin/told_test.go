package admin

import (
	"testing"

	"saphan/forms"
)

// An officer reads what was said about each thing of a group, and not that there was no other.
func TestFactsLeaveOutWhetherThereIsMore(t *testing.T) {
	t.Parallel()
	all := parts(&forms.Form{}, []forms.Answer{
		{Field: "buildings.1.floors", Label: "อาคารที่ 1 · จำนวนชั้น", Text: "2 ชั้น"}, {Field: "buildings.1.more", Label: "มีอีกไหม", Text: "มีอีก"},
		{Field: "buildings.2.floors", Label: "อาคารที่ 2 · จำนวนชั้น", Text: "1 ชั้น"}, {Field: "buildings.2.more", Label: "มีอีกไหม", Text: "ครบแล้ว"},
		{Field: "more", Label: "รายละเอียดเพิ่มเติม", Text: "ไม่มี"},
	}, nil)[0].Facts
	if len(all) != 3 || all[0].Text != "2 ชั้น" || all[1].Text != "1 ชั้น" || all[2].Field != "more" {
		t.Errorf("the facts are %+v", all)
	}
}
