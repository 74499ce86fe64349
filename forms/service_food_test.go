package forms

import (
	"slices"
	"testing"
	"time"
)

// SVC-2: the area decides what a shop needs, and a shop in a market needs nothing.
func TestFoodBranches(t *testing.T) {
	t.Parallel()
	f := service(t, "food-premises", bangkok(2026, time.November, 22))
	outside := []string{"purpose", "เปิดร้านใหม่", "in_market", "ไม่ได้อยู่ในตลาด"}
	small, large := slices.Concat(outside, []string{"area", "200"}), slices.Concat(outside, []string{"area", "200.01"})
	certificate, licence := "หนังสือรับรอง", "ใบอนุญาต"
	for _, c := range []struct {
		name     string
		given    []string
		branch   string
		kind     OutcomeKind
		code     string
		replaces bool
		years    int
		days     int
		unit     Unit
		check    int // days to say what is wrong
		pay      int
		reasons  int
	}{
		{"200 sq m", small, "certificate", Permit, "FC", false, 0, 7, CalendarDays, 7, 15, 3},
		{"200.01 sq m", large, "licence", Permit, "FL", false, 1, 30, CalendarDays, 0, 15, 4},
		{"in a market", []string{"purpose", "เปิดร้านใหม่", "in_market", "อยู่ในตลาด"}, "market", Result, "", false, 0, 7, WorkingDays, 0, 0, 1},
		{"a certificate renewed", []string{"purpose", "ต่ออายุ จ่ายรายปี", "held", certificate}, "certificate", Permit, "FC", false, 0, 7, WorkingDays, 0, 15, 3},
		{"a licence renewed", []string{"purpose", "ต่ออายุ จ่ายรายปี", "held", licence}, "licence", Permit, "FL", false, 1, 30, CalendarDays, 0, 15, 4},
		{"a certificate replaced", []string{"purpose", "ขอใบแทน", "held", certificate}, "certificate", Permit, "FC", true, 0, 7, WorkingDays, 0, 0, 3},
		{"a licence replaced", []string{"purpose", "ขอใบแทน", "held", licence}, "licence", Permit, "FL", true, 1, 7, WorkingDays, 0, 0, 3},
		{"a small shop changed", []string{"purpose", "เปลี่ยนรายการ", "area", "200"}, "certificate", Permit, "FC", true, 0, 7, WorkingDays, 0, 0, 3},
		{"a large shop changed", []string{"purpose", "เปลี่ยนรายการ", "area", "200.5"}, "licence", Permit, "FL", true, 1, 30, CalendarDays, 0, 0, 4},
		{"closed", []string{"purpose", "เลิกหรือโอนร้าน", "held", licence}, "licence", Result, "", false, 0, 7, WorkingDays, 0, 0, 3},
	} {
		answers := filled(t, f, c.given...)
		o := f.Outcome(answers)
		decide, _ := f.Clock(Decide, answers)
		check, _ := f.Clock(CheckAll, answers)
		pay, _ := f.Clock(Pay, answers)
		branch, _ := Find(f.Asked(answers), "branch")
		if branch.Text == "" || string(branch.Value) != `"`+c.branch+`"` {
			t.Errorf("%s: branch %s %s", c.name, branch.Value, branch.Text)
		}
		if o.Kind != c.kind || o.Code != c.code || o.Replaces != c.replaces || o.ValidYears != c.years {
			t.Errorf("%s: comes to %+v", c.name, o)
		}
		if decide.Days != c.days || decide.Unit != c.unit || check.Days != c.check || pay.Days != c.pay || (decide.Days == 30) != (decide.Extend != nil) {
			t.Errorf("%s: decided in %d %s, checked in %d, paid in %d", c.name, decide.Days, decide.Unit, check.Days, pay.Days)
		}
		if n := len(f.ReasonsFor(answers)); n != c.reasons {
			t.Errorf("%s: %d reasons, want %d", c.name, n, c.reasons)
		}
	}
}

// What is asked: of a shop in a market next to nothing, of a shop that sells how it keeps clean, of one that
// only stores none of that, and of who holds a document little else than its number.
func TestFoodQuestions(t *testing.T) {
	t.Parallel()
	f := service(t, "food-premises", bangkok(2026, time.November, 22))
	outside := []string{"purpose", "เปิดร้านใหม่", "in_market", "ไม่ได้อยู่ในตลาด", "area", "60"}
	clean := []string{"handlers", "trained_count", "water", "grease_trap", "waste", "serves"}
	for _, c := range []struct {
		name       string
		given      []string
		asked, not []string
		most       int
	}{
		{"sells", slices.Concat(outside, []string{"sells", "จำหน่ายอาหาร"}), slices.Concat(clean, []string{"opens_at", "closes_at", "floor_plan", "premises_location"}), []string{"old_document", "building_evidence", "trained.1.trained_name"}, 27},
		{"stores", slices.Concat(outside, []string{"sells", "สะสมอาหาร"}), []string{"opens_at", "floor_plan"}, clean, 21},
		{"above 200 sq m", slices.Concat(outside[:4], []string{"area", "350"}), []string{"building_evidence"}, nil, 22},
		{"somebody is trained", slices.Concat(outside, []string{"sells", "ทั้งสองอย่าง", "trained_count", "2"}), []string{"trained.1.trained_name", "trained.1.training_number", "training_evidence"}, nil, 28},
		{"nobody is trained", slices.Concat(outside, []string{"sells", "จำหน่ายอาหาร", "trained_count", "ยังไม่มี"}), nil, []string{"trained.1.trained_name", "training_evidence"}, 27},
		{"in a market", []string{"purpose", "เปิดร้านใหม่", "in_market", "อยู่ในตลาด"}, []string{"market_name", "premises_name", "phone"}, []string{"area", "national_id", "floor_plan", "filed_by", "sells", "premises_address", "birth_date"}, 7},
		{"renewed", []string{"purpose", "ต่ออายุ จ่ายรายปี"}, []string{"held", "old_document", "expires", "premises_name"}, slices.Concat(clean, []string{"area", "floor_plan", "in_market", "birth_date"}), 13},
		{"replaced", []string{"purpose", "ขอใบแทน", "held", "ใบอนุญาต"}, []string{"old_document", "lost_on"}, []string{"area", "floor_plan", "expires"}, 13},
		{"closed or handed over (s. 51)", []string{"purpose", "เลิกหรือโอนร้าน"}, []string{"held", "ending", "quit_on"}, []string{"area", "floor_plan", "premises_address"}, 13},
		{"a tenant", slices.Concat(outside, []string{"premises_held", "เช่า"}), []string{"premises_right"}, nil, 22},
		{"an owner", slices.Concat(outside, []string{"premises_held", "เป็นเจ้าของ"}), nil, []string{"premises_right"}, 22},
		{"a foreigner", slices.Concat(outside, []string{"nationality", "ลาว"}), []string{"passport"}, []string{"national_id"}, 22},
	} {
		asks(t, f, c.name, c.given, c.asked, c.not)
		answers := filled(t, f, c.given...)
		if n := len(f.Missing(answers)) + len(answers); n > c.most {
			t.Errorf("%s: %d questions, want at most %d: %v", c.name, n, c.most, keys(f.Missing(answers)))
		}
	}
	three := filled(t, f, slices.Concat(outside, []string{
		"sells", "จำหน่ายอาหาร", "serves", "กินที่ร้าน, ส่งถึงบ้าน", "opens_at", "08.30", "closes_at", "2 ทุ่ม", "trained_count", "1",
		"trained.1.trained_name", "สมหญิง ตัวอย่าง", "trained.1.more", "ครบแล้ว", "premises_name", "ครัวตัวอย่าง", "title", "นางสาว", "name", "สมหญิง ตัวอย่าง",
	})...)
	if got := f.Subject(f.Asked(three)); got != "ครัวตัวอย่าง · แจ้ง รับหนังสือรับรอง (ไม่เกิน 200 ตร.ม.)" {
		t.Errorf("subject %q", got)
	}
	if a, _ := Find(three, "closes_at"); a.Raw() != "20:00" || f.Holder(three) != "นางสาวสมหญิง ตัวอย่าง" {
		t.Errorf("closes at %s, held by %s", a.Raw(), f.Holder(three))
	}
}

// SVC-2: 100 and 200 baht a year by area, a fifth more after the due day, and the waiver of new shops.
func TestFoodFees(t *testing.T) {
	t.Parallel()
	f := service(t, "food-premises", bangkok(2026, time.November, 22))
	shop := func(area string) []string {
		return []string{"purpose", "เปิดร้านใหม่", "in_market", "ไม่ได้อยู่ในตลาด", "area", area}
	}
	renewed := func(held, expires string) []string {
		return []string{"purpose", "ต่ออายุ จ่ายรายปี", "held", held, "expires", expires}
	}
	now := bangkok(2026, time.November, 22)
	for _, c := range []struct {
		name    string
		given   []string
		filed   time.Time
		decided time.Time
		satang  int64
		lines   int
	}{
		{"200 sq m", shop("200"), now, now, 10000, 1},
		{"200.01 sq m", shop("200.01"), now, now, 20000, 1},
		{"renewed on the due day", renewed("หนังสือรับรอง", "22 พ.ย. 2569"), now, now, 10000, 1},
		{"a certificate a day late", renewed("หนังสือรับรอง", "21 พ.ย. 2569"), now, now, 12000, 2},
		{"a licence a day late", renewed("ใบอนุญาต", "21 พ.ย. 2569"), now, now, 24000, 2},
		{"in a market", []string{"purpose", "เปิดร้านใหม่", "in_market", "อยู่ในตลาด"}, now, now, 0, 0},
		{"replaced", []string{"purpose", "ขอใบแทน", "held", "ใบอนุญาต"}, now, now, 0, 0},
		{"the day before the waiver", shop("60"), bangkok(2021, time.November, 1), bangkok(2021, time.November, 13), 10000, 1},
		{"its first day", shop("60"), bangkok(2021, time.November, 1), bangkok(2021, time.November, 14), 0, 1},
		{"its last day", shop("60"), bangkok(2022, time.November, 1), bangkok(2022, time.November, 13), 0, 1},
		{"the day after", shop("60"), bangkok(2022, time.November, 1), bangkok(2022, time.November, 14), 10000, 1},
		{"renewed meanwhile", renewed("หนังสือรับรอง", "31 ธ.ค. 2565"), bangkok(2022, time.March, 1), bangkok(2022, time.March, 2), 10000, 1},
	} {
		bill, err := f.Bill(filled(t, f, c.given...), Dates{Filed: c.filed, Decided: c.decided})
		if err != nil || bill.Satang != c.satang || len(bill.Lines) != c.lines {
			t.Errorf("%s: %+v, %v; want %d satang on %d lines", c.name, bill, err, c.satang, c.lines)
		}
	}
}
