package forms_test

import (
	"errors"
	"os"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/jackc/pgx/v5"

	"saphan/forms"
)

// shipped returns a service that comes with the product.
func shipped(t *testing.T, key forms.Key) *forms.Form {
	t.Helper()
	c, err := forms.Ready()
	must(t, err)
	f, ok := c.Find(key)
	if !ok {
		t.Fatalf("no %s", key)
	}
	return f
}

// An agency shortens each clock by itself, however many there are for a duty; more than the template is told with
// what to do, and the template's days stay (LFA-7, SEED-25).
func TestDaysByClock(t *testing.T) {
	t.Parallel()
	f := shipped(t, "food-premises")
	names := make([]forms.ClockKey, len(f.Clocks))
	for i, c := range f.Clocks {
		names[i] = c.Name()
	}
	own, conflicts := f.With(forms.Override{Days: map[forms.ClockKey]int{forms.Decide: 20, names[1]: 3, names[2]: 9, "check: gone": 1}})
	if own.Clocks[3].Days != 20 || own.Clocks[1].Days != 3 || own.Clocks[2].Days != 7 || f.Clocks[3].Days != 30 {
		t.Errorf("%+v", own.Clocks)
	}
	if len(conflicts) != 2 || !strings.Contains(strings.Join(conflicts, "\n"), "ให้แก้เป็น 1 ถึง 7 วัน") {
		t.Errorf("%q", conflicts)
	}
}

// What an agency checked, or put its own in place of, is not unconfirmed there any more.
func TestConfirmed(t *testing.T) {
	t.Parallel()
	f := shipped(t, "food-premises")
	own, _ := f.With(forms.Override{FormCode: "สอ.9", Confirmed: []string{"appeal"}, Days: map[forms.ClockKey]int{forms.Decide: 20}})
	if len(own.Unconfirmed) != len(f.Unconfirmed)-2 {
		t.Errorf("%q", own.Unconfirmed)
	}
	table := f.Fee.Tables[0]
	if own, _ = own.With(forms.Override{Tables: []forms.FeeTable{table}}); strings.Contains(strings.Join(own.Unconfirmed, "|"), "fee.tables") {
		t.Errorf("%q", own.Unconfirmed)
	}
	for _, entry := range f.Unconfirmed {
		if s := f.Unsettled(entry); s.What == "" || strings.Trim(s.What, "abcdefghijklmnopqrstuvwxyz_.[]0123456789") == "" {
			t.Errorf("%s is said as %+v", entry, s)
		}
	}
}

// Every entry that waits for an official source is said in Thai.
func TestUnsettledInThai(t *testing.T) {
	t.Parallel()
	c, err := forms.Ready()
	must(t, err)
	for _, f := range c.List() {
		for _, entry := range f.Unconfirmed {
			s := f.Unsettled(entry)
			if !strings.ContainsFunc(s.What, func(r rune) bool { return r >= 0x0e01 && r <= 0x0e5b }) || strings.Contains(s.What, "_") {
				t.Errorf("%s: %s is said as %+v", f.Key, entry, s)
			}
			path, _, _ := strings.Cut(entry, " (")
			if slices.Contains([]string{"clock", "clocks", "fee.waivers", "fee.lines", "reasons", "outcomes"}, path) && s.Value == "" || strings.HasSuffix(path, ".choices") && !strings.HasSuffix(s.Value, " ตัวเลือก") {
				t.Errorf("%s: of %s nobody is told what to check: %+v", f.Key, entry, s)
			}
		}
	}
}

// Of two who decide at once the second is told; whoever says what is in force already changes nothing.
func TestAmend(t *testing.T) {
	t.Parallel()
	s := newStack(t)
	amend := func(code string, seen forms.OverrideID) (id forms.OverrideID, err error) {
		s.do(func(tx pgx.Tx) error {
			id, err = forms.Amend(t.Context(), tx, forms.Made{Override: forms.Override{FormCode: code}, Agency: s.one, Form: "workshop", Base: 1, At: s.now}, seen)
			return nil
		})
		return id, err
	}
	none, err := amend("", 0)
	if none != 0 || err != nil {
		t.Errorf("nothing decided: %d, %v", none, err)
	}
	first, err := amend("ก.1", 0)
	must(t, err)
	if again, err := amend("ก.1", 0); again != first || err != nil {
		t.Errorf("said twice: %d, %v", again, err)
	}
	if newest, err := amend("ก.2", 0); newest != first || !errors.Is(err, forms.ErrDecided) {
		t.Errorf("decided blindly: %d, %v", newest, err)
	}
	second, err := amend("ก.2", first)
	must(t, err)
	s.do(func(tx pgx.Tx) error {
		newest, err := forms.Newest(t.Context(), tx, s.one)
		if m := newest["workshop"]; m.ID != second || m.FormCode != "ก.2" || len(newest) != 1 {
			t.Errorf("%+v", newest)
		}
		return err
	})
	s.depart(s.two, forms.Override{Off: true})
	s.do(func(tx pgx.Tx) error {
		closed, err := forms.Closed(t.Context(), tx, "workshop")
		if len(closed) != 1 || closed[0] != s.two {
			t.Errorf("closed: %v", closed)
		}
		return err
	})
}

// What an agency decided reads as a history: rates row by row against those that held until then.
func TestDecided(t *testing.T) {
	t.Parallel()
	f := shipped(t, "food-premises")
	law := forms.Text{TH: "ข้อบัญญัติตัวอย่าง พ.ศ. 2569"}
	day := func(text string) (d forms.Day) {
		must(t, d.UnmarshalText([]byte(text)))
		return d
	}
	old := f.Fee.Tables[0]
	old.Until = day("2569-12-31")
	dear := f.Fee.Tables[0]
	dear.From, dear.Law, dear.Rows = day("2570-01-01"), law, []forms.FeeRow{{Key: "certificate", Label: old.Rows[0].Label, Baht: 150}, old.Rows[1]}
	said := ""
	for _, c := range f.Decided(forms.Override{}, forms.Override{
		Off: true, Days: map[forms.ClockKey]int{forms.Decide: 20}, Tables: []forms.FeeTable{old, dear}, Confirmed: []string{"appeal"},
		Waivers: []forms.Waiver{{Lines: []string{"yearly"}, Percent: 50, Text: forms.Text{TH: "ลดช่วงน้ำท่วม"}, Law: law}},
	}) {
		said += c.What + ": " + c.Old + " > " + c.New + "\n"
	}
	for _, want := range []string{
		"การให้บริการ: เปิดให้บริการ > ปิด", "กำหนดเวลา “พิจารณาและแจ้งผล”: 30 วัน > 20 วัน", "รายการ “พื้นที่ไม่เกิน 200 ตร.ม. ต่อปี”: 100 บาท > 150 บาท",
		"ลดช่วงน้ำท่วม ร้อยละ 50", "ค่าธรรมเนียม 1 ปี", "ตรวจที่มาของค่าแล้ว:  > การอุทธรณ์", "1 ม.ค. 2570",
	} {
		if !strings.Contains(strings.ReplaceAll(said, "\u00a0", " "), want) {
			t.Errorf("%q is not said in\n%s", want, said)
		}
	}
	if strings.Contains(said, "เกิน 200 ตร.ม. ต่อปี”: 200 บาท") {
		t.Errorf("what stayed is told:\n%s", said)
	}
	if len(f.Decided(forms.Override{FormCode: "x"}, forms.Override{FormCode: "x"})) != 0 {
		t.Error("a decision differs from itself")
	}
}

// SEED-25: what the centre changed, in words and by topic; of a new question only that it is new.
func TestChanges(t *testing.T) {
	t.Parallel()
	s := newStack(t)
	before, _ := s.Catalog().Find("workshop")
	s.edit("workshop.v2.yaml", "version: 1", "version: 2")
	text := strings.NewReplacer("min: 1}", "min: 5}", "baht: 500.25", "baht: 600", "days: 30, unit", "days: 25, unit", "key: mail, kind: email", "key: post, kind: email").Replace(string(s.folder["workshop.v2.yaml"].Data))
	s.folder["workshop.v2.yaml"] = &fstest.MapFile{Data: []byte(text)}
	must(t, s.Refresh(t.Context()))
	after, _ := s.Catalog().Find("workshop")
	said := ""
	for _, c := range forms.Changes(before, after) {
		said += string(c.Topic) + ": " + c.What + ": " + c.Old + " > " + c.New + "\n"
	}
	for _, want := range []string{
		"questions: คำถาม “พื้นที่” ค่าต่ำสุด: 1 > 5", "รายการ “เตา” จำนวนเงิน: 500.25 > 600", "จำนวนวัน: 30 > 25", "questions: คำถาม “อีเมล”: อีเมล > \n", "questions: คำถาม “อีเมล”:  > อีเมล",
	} {
		if !strings.Contains(said, want) {
			t.Errorf("%q is not said in\n%s", want, said)
		}
	}
	if strings.Contains(said, "kind") || strings.Contains(said, "version") || strings.Count(said, "“อีเมล”") != 2 {
		t.Errorf("told too much:\n%s", said)
	}
	confirmed := []string{"fee.tables", "clocks[0] (a remark)", "clocks[1].days", "appeal", "reasons[0]", "clock"}
	if still := forms.StillConfirmed(before, after, confirmed); strings.Join(still, "|") != "clocks[0] (a remark)|appeal|reasons[0]" {
		t.Errorf("still confirmed: %q", still)
	}
	if len(forms.Changes(before, before)) != 0 {
		t.Error("a version differs from itself")
	}
}

// Every service that comes with the product has an example that can be filed, and its fee follows from it.
func TestExampleAnswers(t *testing.T) {
	t.Parallel()
	c, err := forms.Ready()
	must(t, err)
	now := time.Date(2026, time.November, 23, 3, 0, 0, 0, time.UTC)
	for _, f := range c.List() {
		answers, err := f.ExampleAnswers(now)
		if err != nil || len(f.Missing(answers)) != 0 {
			t.Errorf("%s: %v", f.Key, err)
			continue
		}
		if _, err := f.Bill(answers, forms.Dates{Filed: now, Decided: now}); err != nil {
			t.Errorf("%s: %v", f.Key, err)
		}
	}
}

// What an example's bill depends on.
func TestCosts(t *testing.T) {
	t.Parallel()
	f := shipped(t, "food-premises")
	for field, want := range map[string]bool{"purpose": true, "area": true, "in_market": true, "sells": false, "branch": false, "phone": false} {
		if f.Costs(field) != want {
			t.Errorf("%s: %v", field, !want)
		}
	}
	if f := shipped(t, "hazardous-business"); !f.Costs("activities.2.activity") || f.Costs("premises_name") {
		t.Error("a field of a group")
	}
	raw, err := os.ReadFile("testdata/workshop.yaml")
	must(t, err)
	text := strings.NewReplacer("fields:\n  - {key: purpose", "  - {key: big, value: \"branch == 'licence'\"}\nfields:\n  - {key: purpose", "branch == 'licence'\", baht", "big\", baht", "branch == 'licence' && purpose", "big && purpose").Replace(string(raw))
	chain, faults := forms.Read("workshop.yaml", []byte(text))
	if len(faults) > 0 || !chain.Costs("area") || chain.Costs("born") {
		t.Errorf("by a computed value of a computed value: %v", faults)
	}
}

// A table of fees goes out to a spreadsheet and comes back as it was, and what is wrong in it is told by line.
func TestRates(t *testing.T) {
	t.Parallel()
	rows := shipped(t, "hazardous-business").Fee.Tables[0].Rows
	out, err := forms.RatesCSV(rows)
	must(t, err)
	back, wrong := forms.ReadRates(out, rows)
	if len(wrong) != 0 || len(back) != len(rows) || back[7] != rows[7] {
		t.Errorf("%q", wrong)
	}
	small := shipped(t, "food-premises").Fee.Tables[0].Rows
	for _, typed := range []string{"key,label,baht\ncertificate,ก,๑๕๐\n", "\ufeffKEY;label;Baht\r\ncertificate;ก;\"1,500.50\"\r\n", "baht,key,label\n 120 บาท ,certificate,x\n\n"} {
		if got, wrong := forms.ReadRates([]byte(typed), small); len(wrong) != 0 || got[0].Baht == 100 || got[1] != small[1] || small[0].Baht != 100 {
			t.Errorf("%q: %v, %q", typed, got, wrong)
		}
	}
	got, wrong := forms.ReadRates([]byte("key,label,baht\ncertificate,ก,-5\nlicence,ข\nnowhere,ค,1\n,ง,1\ncertificate,ก,7\nlicence,ข,1.005\n"), small)
	if got != nil || len(wrong) != 6 || !strings.HasPrefix(wrong[0], "บรรทัดที่ 2 ") || !strings.HasPrefix(wrong[5], "บรรทัดที่ 7 ") {
		t.Errorf("%v\n%s", got, strings.Join(wrong, "\n"))
	}
	for _, typed := range []string{"", "ก,ข\n", "key,label,baht\n", "key,label,baht\n\"x"} {
		if _, wrong := forms.ReadRates([]byte(typed), small); len(wrong) == 0 {
			t.Errorf("%q was taken", typed)
		}
	}
}
