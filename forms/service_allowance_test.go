package forms

import (
	"slices"
	"strings"
	"testing"
	"time"
)

// SVC-4, LOC-7: full years are counted to the birthday, and from the first day that it can be when only the
// month or the year is known (Civil and Commercial Code, section 16).
func TestAllowanceAge(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		born  string
		today time.Time
		age   string
		early bool
	}{
		{"23 พ.ย. 2509", bangkok(2026, time.November, 22), "59 ปี", true},
		{"22 พ.ย. 2509", bangkok(2026, time.November, 22), "60 ปี", false},
		{"21 พ.ย. 2509", bangkok(2026, time.November, 22), "60 ปี", false},
		{"29 ก.พ. 2507", bangkok(2024, time.February, 28), "59 ปี", true},
		{"29 ก.พ. 2507", bangkok(2024, time.February, 29), "60 ปี", false},
		{"29 ก.พ. 2511", bangkok(2027, time.February, 28), "58 ปี", true},
		{"ธ.ค. 2509", bangkok(2026, time.November, 30), "59 ปี", true},
		{"ธ.ค. 2509", bangkok(2026, time.December, 1), "60 ปี", false},
		{"2510", bangkok(2026, time.December, 31), "59 ปี", true},
		{"2510", bangkok(2027, time.January, 1), "60 ปี", false},
	} {
		f := service(t, "elderly-allowance", c.today)
		answers := filled(t, f, "purpose", "ยืนยันสิทธิ", "birth_date", c.born)
		age, _ := Find(f.Asked(answers), "age")
		asked := slices.Contains(keys(f.Open(answers)), "not_yet")
		young := slices.ContainsFunc(f.ReasonsFor(answers), func(r Reason) bool { return r.Key == "age" })
		if age.Text != c.age || asked != c.early || young != c.early {
			t.Errorf("born %s, on %s: %q, asked whether ahead of time: %v, refused for age: %v", c.born, c.today.Format(time.DateOnly), age.Text, asked, young)
		}
	}
}

// SVC-4: the rate goes by the age in tens of years, and is promised to nobody younger than 60.
func TestAllowanceRate(t *testing.T) {
	t.Parallel()
	f := service(t, "elderly-allowance", bangkok(2026, time.November, 22))
	for born, rate := range map[string]string{
		"1 ม.ค. 2533": "เริ่มได้รับเมื่ออายุครบ 60 ปี", "23 พ.ย. 2509": "เริ่มได้รับเมื่ออายุครบ 60 ปี", "22 พ.ย. 2509": "600 บาท", "23 พ.ย. 2499": "600 บาท", "22 พ.ย. 2499": "700 บาท", "22 พ.ย. 2489": "800 บาท", "22 พ.ย. 2479": "1,000 บาท",
	} {
		answers := filled(t, f, "purpose", "ย้ายมาที่นี่", "birth_date", born)
		if a, _ := Find(f.Asked(answers), "rate"); a.Text != rate {
			t.Errorf("born %s: %q, want %q", born, a.Text, rate)
		} else if _, en := f.ComputedIn(a, "en"); strings.HasPrefix(rate, "เริ่ม") != (en == "From the age of 60") {
			t.Errorf("born %s: %q in English", born, en)
		}
	}
}

// SVC-4: the questions and the two documents, by what is wanted and by whom; no other document is asked.
func TestAllowanceBranches(t *testing.T) {
	t.Parallel()
	f := service(t, "elderly-allowance", bangkok(2026, time.November, 22))
	for _, c := range []struct {
		name  string
		given []string
		asked []string
		not   []string
	}{
		{"confirm, cash", []string{"purpose", "ยืนยันสิทธิ", "filed_by", "ของตัวเอง", "pay_by", "รับเงินสด"}, []string{"birth_date", "home_address", "other_benefits"}, []string{"moved_from", "bank", "bankbook", "power_of_attorney", "proxy_name", "account_of"}},
		{"confirm, own account", []string{"purpose", "ยืนยันสิทธิ", "filed_by", "ของตัวเอง", "pay_by", "โอนเข้าบัญชี", "account_of", "ผู้รับเบี้ยเอง"}, []string{"bank", "bank_account", "bankbook"}, []string{"power_of_attorney", "account_name"}},
		{"an account of a proxy", []string{"purpose", "ยืนยันสิทธิ", "filed_by", "ของตัวเอง", "pay_by", "โอนเข้าบัญชี", "account_of", "ผู้รับแทน"}, []string{"account_name", "bankbook", "proxy_name", "proxy_id", "power_of_attorney"}, nil},
		{"moved", []string{"purpose", "ย้ายมาที่นี่"}, []string{"moved_from", "birth_date"}, nil},
		{"another account", []string{"purpose", "เปลี่ยนวิธีรับเงิน", "pay_by", "โอนเข้าบัญชี"}, []string{"bank", "bankbook"}, []string{"birth_date", "home_address", "other_benefits", "moved_from", "not_yet"}},
		{"given up by a proxy", []string{"purpose", "สละสิทธิ", "filed_by", "ทำแทนผู้สูงอายุ"}, []string{"name", "national_id", "power_of_attorney"}, []string{"pay_by", "bank", "bankbook", "birth_date", "home_address"}},
		{"a pension", []string{"purpose", "ยืนยันสิทธิ", "other_benefits", "ได้รับ"}, []string{"other_benefits_what"}, nil},
	} {
		asks(t, f, c.name, c.given, c.asked, c.not)
	}
	var files []string
	for _, fl := range f.Fields {
		if fl.Files() {
			files = append(files, fl.Key)
		}
	}
	if !slices.Equal(files, []string{"bankbook", "power_of_attorney"}) {
		t.Errorf("asks for %v; the regulation names two documents", files)
	}
	if book, _ := f.Field("bankbook"); book.Vault == nil || book.Vault.Type != "bankbook" {
		t.Error("the bankbook is asked again each time (SEED-21)")
	}
}

// SVC-4: nothing is paid, the time is a target of the agency, and each matter ends in a letter of its own.
func TestAllowanceOutcome(t *testing.T) {
	t.Parallel()
	f := service(t, "elderly-allowance", bangkok(2026, time.November, 22))
	for purpose, title := range map[string]string{
		"ยืนยันสิทธิ": "ใบรับยืนยันสิทธิ", "ย้ายมาที่นี่": "ใบรับยืนยันสิทธิ", "เปลี่ยนวิธีรับเงิน": "หนังสือแจ้งผลการเปลี่ยนวิธีรับ", "สละสิทธิ": "หนังสือแจ้งผลการสละสิทธิ",
	} {
		answers := filled(t, f, "purpose", purpose, "title", "นาง", "name", "บุญมา ตัวอย่าง")
		o := f.Outcome(answers)
		if o.Kind != Result || !strings.HasPrefix(o.Title.TH, title) || f.Holder(answers) != "นางบุญมา ตัวอย่าง" || f.QueueOf(answers) != "welfare" {
			t.Errorf("%s: %s for %s", purpose, o.Title.TH, f.Holder(answers))
		}
		if slices.ContainsFunc(o.Shows, func(it Item) bool { return it.Field == "bank_account" || it.Field == "national_id" }) {
			t.Errorf("%s: the letter shows a number whole", purpose)
		}
	}
	if !f.Fee.Free() {
		t.Error("it costs nothing")
	}
	c, _ := f.Clock(Decide, nil)
	if c.Days != 1 || c.Unit != WorkingDays || !strings.Contains(c.Law.TH, "เป้าหมายของหน่วยงาน") || !slices.Contains(f.Unconfirmed, "clocks[0]") {
		t.Errorf("the target is not marked as one: %+v", c)
	}
}
