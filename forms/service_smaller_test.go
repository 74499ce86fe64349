package forms

import (
	"slices"
	"testing"
	"time"
)

// SVC-6: why and from when is asked of who stops, what and where of who starts.
func TestWasteBranches(t *testing.T) {
	t.Parallel()
	f := service(t, "waste-collection", bangkok(2026, time.November, 22))
	for _, c := range []struct {
		name  string
		given []string
		asked []string
		not   []string
	}{
		{"start", []string{"purpose", "ขอรับบริการ"}, []string{"place_kind", "bins", "location"}, []string{"reason", "stops_on", "starts_again_on"}},
		{"pause", []string{"purpose", "พักชั่วคราว"}, []string{"reason", "stops_on", "starts_again_on"}, []string{"bins", "place_kind"}},
		{"cancel", []string{"purpose", "เลิกใช้บริการ", "reason", "เหตุอื่น"}, []string{"reason_other", "stops_on"}, []string{"starts_again_on", "bins"}},
		{"for someone else", []string{"subscriber", "ชื่อคนอื่น"}, []string{"subscriber_name"}, nil},
	} {
		asks(t, f, c.name, c.given, c.asked, c.not)
	}
	for purpose, want := range map[string][]string{
		"พักชั่วคราว": {"empty", "repair", "other"}, "เลิกใช้บริการ": {"moved", "demolished", "closed", "empty", "other"},
	} {
		for _, fl := range f.Open(filled(t, f, "purpose", purpose)) {
			if fl.Key == "reason" && !slices.Equal(valuesOf(fl.Choices), want) {
				t.Errorf("%s: reasons %v, want %v", purpose, valuesOf(fl.Choices), want)
			}
		}
	}
	cancel := filled(t, f, "purpose", "เลิกใช้บริการ", "title", "นาย", "name", "สมชาย ตัวอย่าง", "subscriber", "ชื่อคนอื่น", "subscriber_name", "นางมาลี ตัวอย่าง")
	if f.Outcome(cancel).Title.EN != "Letter on the end of waste collection and its account" || f.Holder(cancel) != "นางมาลี ตัวอย่าง" || !f.Fee.Free() {
		t.Errorf("ends in %q for %q", f.Outcome(cancel).Title.EN, f.Holder(cancel))
	}
	asksForNoFiles(t, f)
}

// EGA-21.1: licence data within three days, free, for anyone, with one word about whose it is.
func TestLicenceData(t *testing.T) {
	t.Parallel()
	f := service(t, "licence-data", bangkok(2026, time.November, 22))
	if c, _ := f.Clock(Decide, nil); c.Days != 3 || c.Unit != CalendarDays {
		t.Errorf("clock %+v", c)
	}
	if missing := keys(f.Missing(nil)); !slices.Equal(missing, []string{"licence_kind", "whose"}) || !f.Fee.Free() || f.Identity.Level != "L1" {
		t.Errorf("must be answered: %v", missing)
	}
	asksForNoFiles(t, f)
}

// PDP-4: the rights of the person whose data it is, 30 days, and who asks is known.
func TestPersonalData(t *testing.T) {
	t.Parallel()
	f := service(t, "personal-data", bangkok(2026, time.November, 22))
	right, _ := f.Field("right")
	if got := valuesOf(right.Choices); !slices.Equal(got, []string{"access", "copy", "correct", "restrict", "erase", "object", "portability"}) {
		t.Errorf("rights %v", got)
	}
	if f.Identity.Level != "L2" || !f.Fee.Free() {
		t.Errorf("identity %s", f.Identity.Level)
	}
	for _, c := range []struct {
		name  string
		given []string
		asked []string
		not   []string
	}{
		{"see", []string{"right", "ขอดู", "filed_by", "ของฉันเอง"}, []string{"name", "national_id", "which"}, []string{"correct_to", "evidence", "reason", "proxy_name", "power_of_attorney"}},
		{"correct", []string{"right", "ขอแก้ให้ถูก"}, []string{"correct_to", "evidence"}, []string{"reason"}},
		{"erase", []string{"right", "ขอให้ลบ"}, []string{"reason"}, []string{"correct_to", "evidence"}},
		{"for a child", []string{"filed_by", "บุตรหรือผู้ที่ฉันดูแล"}, []string{"proxy_name", "proxy_id"}, []string{"power_of_attorney"}},
		{"for someone else", []string{"filed_by", "ของผู้ที่มอบอำนาจ"}, []string{"proxy_name", "proxy_id", "power_of_attorney"}, nil},
	} {
		asks(t, f, c.name, c.given, c.asked, c.not)
	}
	for _, c := range right.Choices {
		answers := filled(t, f, "right", c.Label.TH)
		clock, _ := f.Clock(Decide, answers)
		legal := c.Value == "access" || c.Value == "copy"
		if clock.Days != 30 || clock.Unit != CalendarDays || (clock.When != "") != legal || len(f.ReasonsFor(answers)) != 2 {
			t.Errorf("%s: %+v, %d reasons", c.Value, clock, len(f.ReasonsFor(answers)))
		}
	}
}

func asksForNoFiles(t *testing.T, f *Form) {
	t.Helper()
	for _, fl := range f.Fields {
		if fl.Files() {
			t.Errorf("%s asks for %s", f.Key, fl.Key)
		}
	}
}

// The list of services reads in one order, and each has words, utterances and a short name of its own.
func TestReadyServices(t *testing.T) {
	t.Parallel()
	wanted := map[Key]int{
		"public-problem": 10, "hazardous-business": 20, "food-premises": 30, "building-permit": 40, "elderly-allowance": 50, "waste-collection": 60,
		"licence-data": 70, "personal-data": 80, "appeal": 85, "question": 90,
	}
	short := map[string]Key{}
	if n := len(ready(t).List()); n != len(wanted) {
		t.Errorf("%d services, want %d", n, len(wanted))
	}
	for _, f := range ready(t).List() {
		if f.Order != wanted[f.Key] {
			t.Errorf("%s stands at %d, want %d", f.Key, f.Order, wanted[f.Key])
		}
		if other, taken := short[f.Short.EN]; taken {
			t.Errorf("%s and %s are both called %s", f.Key, other, f.Short.EN)
		}
		short[f.Short.EN] = f.Key
		for _, other := range ready(t).List() {
			for _, said := range f.Says {
				if other.Key != f.Key && slices.Contains(other.Says, said) {
					t.Errorf("%s and %s are asked for in the same words: %s", f.Key, other.Key, said)
				}
			}
		}
	}
}
