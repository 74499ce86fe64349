package forms

import (
	"os"
	"slices"
	"strings"
	"testing"
	"time"
)

// SEED-21, PDP-10: what is known of a person is filled in, and kept, only where the answers are about that
// person; nothing of who files for another.
func TestOwnAnswersOnly(t *testing.T) {
	t.Parallel()
	tied := func(f *Form, given ...string) []string {
		var all []string
		for _, fl := range f.Open(filled(t, f, given...)) {
			if fl.Profile != "" || fl.Vault != nil {
				all = append(all, fl.Key)
			}
		}
		return all
	}
	today := bangkok(2026, time.November, 22)
	for _, c := range []struct {
		service Key
		given   []string
		want    []string
	}{
		{"elderly-allowance", []string{"purpose", "สละสิทธิ"}, nil},
		{"elderly-allowance", []string{"purpose", "สละสิทธิ", "filed_by", "ของตัวเอง"}, []string{"title", "name", "national_id", "phone"}},
		{"elderly-allowance", []string{"purpose", "สละสิทธิ", "filed_by", "ทำแทนผู้สูงอายุ"}, nil},
		{"elderly-allowance", []string{"purpose", "เปลี่ยนวิธีรับเงิน", "filed_by", "ของตัวเอง", "pay_by", "โอนเข้าบัญชี"}, []string{"title", "name", "national_id", "phone", "bank", "bank_account", "bankbook"}},
		{"personal-data", []string{"filed_by", "บุตรหรือผู้ที่ฉันดูแล"}, nil},
		{"waste-collection", nil, []string{"address", "title", "name", "phone"}},
	} {
		if got := tied(service(t, c.service, today), c.given...); !slices.Equal(got, c.want) {
			t.Errorf("%s %v: %v, want %v", c.service, c.given, got, c.want)
		}
	}
	for change, want := range map[string]string{
		"own: \"sells == ['in']\"\nwords:": "own: speaks of",
		"own: \"born\"\nwords:":            "own: gives a",
		"own: \"area > 1.0\"\nwords:":      "own: means nothing",
	} {
		replaced := []string{"words:", change}
		if want != "own: means nothing" {
			replaced = append(replaced, "key: area, kind: number,", "key: area, kind: number, profile: address,")
		}
		raw, err := os.ReadFile("testdata/workshop.yaml")
		if err != nil {
			t.Fatal(err)
		}
		_, faults := Read("workshop.yaml", []byte(strings.NewReplacer(replaced...).Replace(string(raw))))
		if !slices.ContainsFunc(faults, func(f FaultError) bool { return strings.HasPrefix(f.Where+": "+f.What, want) }) {
			t.Errorf("%s: %v", change, faults)
		}
	}
}
