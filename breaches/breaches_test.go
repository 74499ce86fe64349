package breaches_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"saphan/agencies"
	"saphan/breaches"
	"saphan/internal/fault"
	"saphan/internal/pgtest"
)

func refused(t *testing.T, what string, err error, kind fault.Kind, says string) {
	t.Helper()
	if !fault.Is(err, kind) || !strings.Contains(fault.MessageOf(err), says) {
		t.Errorf("%s: %v, want a refusal that says %q", what, err, says)
	}
}

// PDP-6: 72 hours run from the detection, through nights, weekends, the turn of a year and a 29 February, and their very end is
// within them. Nothing of it is the calendar's.
func TestSeventyTwoHours(t *testing.T) {
	t.Parallel()
	bangkok := morning.Location()
	for _, c := range []struct{ detected, due string }{
		{"2026-11-23T10:00:00", "2026-11-26T10:00:00"},
		{"2026-11-27T17:45:30", "2026-11-30T17:45:30"}, // Friday evening to Monday
		{"2026-12-30T08:00:00", "2027-01-02T08:00:00"},
		{"2028-02-27T23:59:59", "2028-03-01T23:59:59"}, // a leap year
		{"2027-02-27T23:59:59", "2027-03-02T23:59:59"},
		{"2026-03-28T20:00:00", "2026-03-31T20:00:00"}, // when clocks elsewhere are put forward
	} {
		at := func(s string) time.Time {
			got, err := time.ParseInLocation("2006-01-02T15:04:05", s, bangkok)
			must(t, err)
			return got
		}
		b := breaches.Breach{Record: breaches.Record{DetectedAt: at(c.detected)}}
		due := at(c.due)
		if !b.DueAt().Equal(due) {
			t.Errorf("%s: due %s, want %s", c.detected, b.DueAt().In(bangkok), c.due)
		}
		if b.Late(due) || !b.Late(due.Add(time.Microsecond)) || b.Late(b.DetectedAt) {
			t.Errorf("%s: the end of the limit is not where it should be", c.detected)
		}
	}
}

// PDP-6: the head is reminded after 24, 48 and 72 hours, each once, however often that is looked for, and not once the regulator
// was told or nobody need be. The reminders are found in the history.
func TestReminders(t *testing.T) {
	t.Parallel()
	o := open(t)
	b := o.opened(morning)
	look := func(after time.Duration) {
		t.Helper()
		o.now = morning.Add(after)
		due, err := breaches.WithDuties(t.Context(), o.tx, o.now, 10)
		must(t, err)
		for range 2 {
			for _, id := range due {
				_, _, err := o.register.Remind(t.Context(), o.tx, id)
				must(t, err)
			}
		}
	}
	for _, step := range []struct {
		after time.Duration
		want  string
	}{
		{24*time.Hour - time.Microsecond, "recorded"},
		{24 * time.Hour, "recorded, reminded 24"},
		{47 * time.Hour, "recorded, reminded 24"},
		{48 * time.Hour, "recorded, reminded 24, reminded 48"},
		{72*time.Hour - time.Microsecond, "recorded, reminded 24, reminded 48"},
		{72 * time.Hour, "recorded, reminded 24, reminded 48, reminded 72"},
		{500 * time.Hour, "recorded, reminded 24, reminded 48, reminded 72"},
	} {
		look(step.after)
		if got := o.kinds(b.ID); got != step.want {
			t.Errorf("after %s: %s, want %s", step.after, got, step.want)
		}
	}
	o.now = morning
	_, err := o.register.Judge(t.Context(), o.tx, o.dpo, o.opened(morning).ID, breaches.Judgement{Risk: breaches.NoRisk, Reasons: "ไม่มีผู้ใดเห็น"})
	must(t, err)
	_, err = o.told(o.judged(breaches.SomeRisk), morning)
	must(t, err)
	if due, err := breaches.WithDuties(t.Context(), o.tx, morning.Add(1000*time.Hour), 10); err != nil || len(due) != 0 {
		t.Errorf("somebody is to be reminded of %v: %v", due, err)
	}
}

// PDP-6: a breach that was detected four days before it is written down is late at once, and says so; the regulator cannot be
// told without the reason. Another time of detection lets the hours run anew.
func TestLateEntry(t *testing.T) {
	t.Parallel()
	o := open(t)
	b := o.opened(morning.Add(-96 * time.Hour))
	if got := o.kinds(b.ID); got != "recorded, reminded 72" || !b.Late(o.now) {
		t.Errorf("the history: %s", got)
	}
	b, err := o.register.Judge(t.Context(), o.tx, o.head, b.ID, breaches.Judgement{Risk: breaches.SomeRisk, Reasons: "มีเลขประจำตัว"})
	must(t, err)
	_, err = o.told(b, o.now)
	refused(t, "telling late without a reason", err, fault.Conflict, "เหตุที่แจ้งเกิน 72 ชั่วโมง")
	rec := o.printout(b.DetectedAt)
	rec.LateWhy = "พบเหตุในวันหยุดยาว ผู้พบเพิ่งแจ้ง"
	b, err = o.register.Correct(t.Context(), o.tx, o.head, b.ID, rec, "เพิ่มเหตุที่ล่าช้า")
	must(t, err)
	b, err = o.told(b, o.now)
	must(t, err)
	if b.State() != breaches.Reported {
		t.Errorf("it is %s", b.State())
	}

	again := o.opened(morning.Add(-50 * time.Hour))
	rec = o.printout(morning.Add(-time.Hour))
	again, err = o.register.Correct(t.Context(), o.tx, o.head, again.ID, rec, "พิมพ์วันผิด")
	must(t, err)
	o.now = morning.Add(23 * time.Hour)
	_, reminded, err := o.register.Remind(t.Context(), o.tx, again.ID)
	must(t, err)
	if got := o.kinds(again.ID); !reminded || got != "recorded, reminded 48, corrected, reminded 24" {
		t.Errorf("the history: %s", got)
	}
}

// PDP-6: the very end of the 72 hours is in time.
func TestToldAtTheLimit(t *testing.T) {
	t.Parallel()
	o := open(t)
	b := o.judged(breaches.SomeRisk)
	o.now = morning.Add(100 * time.Hour)
	_, err := o.told(b, b.DueAt().Add(time.Second))
	refused(t, "a second late", err, fault.Conflict, "72 ชั่วโมง")
	b, err = o.told(b, b.DueAt())
	must(t, err)
	form := breaches.FormOf(b, o.agency)
	body, err := form.JSON()
	must(t, err)
	if r := b.Reports[0]; r.JSON != breaches.Sum(body) || r.PDF != breaches.Sum([]byte("pdf")) || r.Reference != "123/2569" {
		t.Errorf("the report: %+v", r)
	}
	// What was sent is drawn again as it was, whatever is corrected later.
	rec := o.printout(b.DetectedAt)
	rec.Persons, rec.Estimated = 38, false
	b, err = o.register.Correct(t.Context(), o.tx, o.dpo, b.ID, rec, "นับจากแฟ้มแล้ว")
	must(t, err)
	before, err := breaches.FindAt(t.Context(), o.tx, b.ID, b.Reports[0].Line)
	must(t, err)
	then, err := breaches.FormOf(before, o.agency).JSON()
	must(t, err)
	if string(then) != string(body) || breaches.FormOf(b, o.agency).Persons != 38 {
		t.Error("the form that was sent cannot be drawn again")
	}
	if b, err = o.told(b, o.now); err != nil || len(b.Reports) != 2 { // what became known later
		t.Errorf("%d reports: %v", len(b.Reports), err)
	}
}

// PDP-6, MTH-2.3: numbers of an agency and Buddhist year have no gap.
func TestNumbers(t *testing.T) {
	t.Parallel()
	o := open(t)
	other := openIn(t, o.tx, "OT")
	var got []string
	for range 2 {
		got = append(got, o.opened(o.now).No())
	}
	_, err := o.register.Open(t.Context(), o.tx, o.agency.ID, o.officer, breaches.Record{What: "x", DetectedAt: o.now.Add(time.Minute)})
	refused(t, "detected in the future", err, fault.Invalid, "ยังมาไม่ถึง")
	got = append(got, o.opened(o.now).No(), other.opened(o.now).No())
	o.now = time.Date(2027, time.January, 1, 0, 0, 0, 0, morning.Location())
	got = append(got, o.opened(o.now).No())
	if want := "1/2569 2/2569 3/2569 1/2569 1/2570"; strings.Join(got, " ") != want {
		t.Errorf("numbers %v, want %s", got, want)
	}
	all, err := breaches.In(t.Context(), o.tx, o.agency.ID, 2569)
	must(t, err)
	if len(all) != 3 || all[0].N != 3 {
		t.Errorf("the register of the year: %d", len(all))
	}
	if running, err := breaches.Running(t.Context(), o.tx, other.agency.ID); err != nil || len(running) != 1 {
		t.Errorf("%d run: %v", len(running), err)
	}
}

// PDP-6: what the risk asks for is what lets a breach be closed, and each act leaves its line.
func TestFromOpenToClosed(t *testing.T) {
	t.Parallel()
	o := open(t)
	ctx := t.Context()
	done := "เปลี่ยนร้านพิมพ์และทำลายเอกสารเอง"
	b := o.opened(o.now)
	_, err := o.register.Close(ctx, o.tx, o.head, b.ID, done)
	refused(t, "closing an open one", err, fault.Conflict, "ต้องแจ้ง สคส.")
	_, err = o.told(b, o.now)
	refused(t, "telling without a judgement", err, fault.Conflict, "ผลประเมินความเสี่ยง")
	_, err = o.register.Judge(ctx, o.tx, o.head, b.ID, breaches.Judgement{Risk: breaches.NoRisk})
	refused(t, "no risk without reasons", err, fault.Invalid, "เหตุผลของการประเมิน")
	b, err = o.register.Judge(ctx, o.tx, o.head, b.ID, breaches.Judgement{Risk: breaches.NoRisk, Reasons: "ซองปิดผนึกอยู่"})
	must(t, err)
	if b.State() != breaches.Excused {
		t.Errorf("it is %s", b.State())
	}
	_, err = o.told(b, o.now)
	refused(t, "telling of no risk", err, fault.Conflict, "ประเมินใหม่ก่อน")
	b, err = o.register.Judge(ctx, o.tx, o.dpo, b.ID, breaches.Judgement{Risk: breaches.HighRisk, Reasons: "ซองถูกเปิด"})
	must(t, err)
	if b.State() != breaches.Open {
		t.Errorf("it is %s after another judgement", b.State())
	}
	b, err = o.told(b, o.now)
	must(t, err)
	_, err = o.register.Close(ctx, o.tx, o.head, b.ID, done)
	refused(t, "closing a high risk of which people do not know", err, fault.Conflict, "เจ้าของข้อมูล")
	b, err = o.register.TellOtherwise(ctx, o.tx, o.head, b.ID, breaches.Otherwise{At: o.now, How: "ประกาศหน้าสำนักงาน"})
	must(t, err)
	if b.State() != breaches.Told {
		t.Errorf("it is %s", b.State())
	}
	b, err = o.register.Close(ctx, o.tx, o.head, b.ID, done)
	must(t, err)
	_, err = o.register.Correct(ctx, o.tx, o.head, b.ID, o.printout(morning.Add(-time.Hour)), "x")
	refused(t, "changing a closed one", err, fault.Conflict, "ปิดแล้ว")
	if got := o.kinds(b.ID); got != "recorded, judged, judged, reported, otherwise, closed" {
		t.Errorf("the history: %s", got)
	}
}

// PDP-6: every officer may say that there was a breach; only the head and the DPO read and lead the register.
func TestWhoMay(t *testing.T) {
	t.Parallel()
	o := open(t)
	ctx := t.Context()
	other := openIn(t, o.tx, "OT")
	b := o.judged(breaches.SomeRisk)
	for who, by := range map[string]agencies.OfficerID{"an officer": o.officer, "the head of another agency": other.head} {
		acts := map[string]error{}
		_, acts["correct"] = o.register.Correct(ctx, o.tx, by, b.ID, o.printout(morning.Add(-time.Hour)), "x")
		_, acts["judge"] = o.register.Judge(ctx, o.tx, by, b.ID, breaches.Judgement{Risk: breaches.NoRisk, Reasons: "x"})
		_, acts["report"] = o.register.Report(ctx, o.tx, by, b.ID, breaches.Telling{At: o.now, Way: "x", Form: breaches.FormOf(b, o.agency)})
		_, acts["list"] = o.register.List(ctx, o.tx, by, b.ID, []breaches.Person{o.person()}, "x")
		_, acts["draft"] = o.register.Draft(ctx, o.tx, by, b.ID, words())
		_, acts["confirm"] = o.register.Confirm(ctx, o.tx, by, b.ID, 1)
		_, acts["tell otherwise"] = o.register.TellOtherwise(ctx, o.tx, by, b.ID, breaches.Otherwise{At: o.now, How: "x"})
		_, acts["save"] = o.register.Saved(ctx, o.tx, by, b.ID)
		_, acts["close"] = o.register.Close(ctx, o.tx, by, b.ID, "x")
		for act, err := range acts {
			refused(t, who+": "+act, err, fault.Forbidden, "DPO")
		}
	}
	_, err := o.register.Open(ctx, o.tx, o.agency.ID, other.head, o.printout(o.now))
	refused(t, "reporting to another agency", err, fault.Forbidden, "")
	if got := o.kinds(b.ID); got != "recorded, judged" {
		t.Errorf("the history: %s", got)
	}
}

// PDP-6: words to the people concerned are signed by two, which the database knows too.
func TestTwoPeople(t *testing.T) {
	t.Parallel()
	o := open(t)
	ctx := t.Context()
	b := o.judged(breaches.HighRisk)
	long := words()
	long.What = strings.Repeat("ก", 601)
	_, err := o.register.Draft(ctx, o.tx, o.head, b.ID, long)
	refused(t, "words that no card holds", err, fault.Invalid, "ยาวเกิน")
	b, err = o.register.Draft(ctx, o.tx, o.head, b.ID, words())
	must(t, err)
	_, err = o.register.Confirm(ctx, o.tx, o.head, b.ID, b.Draft.Line)
	refused(t, "one for both", err, fault.Forbidden, "อีกท่านหนึ่ง")
	_, err = o.register.Confirm(ctx, o.tx, o.dpo, b.ID, b.Draft.Line)
	refused(t, "nobody is listed", err, fault.Conflict, "รายชื่อ")
	_, err = o.register.List(ctx, o.tx, o.head, b.ID, []breaches.Person{o.person()}, "เลขที่เรื่อง")
	must(t, err)
	old := b.Draft.Line
	b, err = o.register.Draft(ctx, o.tx, o.head, b.ID, words())
	must(t, err)
	_, err = o.register.Confirm(ctx, o.tx, o.dpo, b.ID, old)
	refused(t, "words that were replaced", err, fault.Conflict, "ร่างใหม่กว่า")
	b, err = o.register.Confirm(ctx, o.tx, o.dpo, b.ID, b.Draft.Line)
	must(t, err)
	if b.Notice == 0 || b.Draft != nil {
		t.Errorf("it was not confirmed: %+v", b)
	}
	save, err := o.tx.Begin(ctx)
	must(t, err)
	_, err = save.Exec(ctx, `INSERT INTO breach_notices (agency_id, breach_id, words, drafted_by, confirmed_by, at) VALUES ($1, $2, '{}', $3, $3, now())`, o.agency.ID, b.ID, o.head)
	if err == nil || !strings.Contains(err.Error(), "breach_notices_two") {
		t.Errorf("the database let one sign for two: %v", err)
	}
	must(t, save.Rollback(ctx))
}

// PDP-6: people are listed once, by cases of the agency and as whose they are; in an agency's own name nobody else's person gets
// on the list, whoever writes it.
func TestListIsOfTheAgencysOwn(t *testing.T) {
	t.Parallel()
	o := open(t)
	ctx := t.Context()
	other := openIn(t, o.tx, "OT")
	b := o.judged(breaches.HighRisk)
	first, second, theirs := o.person(), o.person(), other.person()
	_, err := o.tx.Exec(ctx, `SELECT set_config('app.agency', $1, true)`, fmt.Sprint(o.agency.ID))
	must(t, err)
	for _, want := range []int{2, 0} {
		added, err := o.register.List(ctx, o.tx, o.head, b.ID, []breaches.Person{first, second, first}, "เลขที่เรื่อง")
		must(t, err)
		if added != want {
			t.Errorf("%d were new, want %d", added, want)
		}
	}
	for what, p := range map[string]breaches.Person{"another agency's case": theirs, "another's person by an own case": {Citizen: theirs.Citizen, Ticket: first.Ticket}} {
		save, err := o.tx.Begin(ctx)
		must(t, err)
		if _, err := o.register.List(ctx, save, o.head, b.ID, []breaches.Person{p}, "x"); err == nil || !strings.Contains(err.Error(), "row-level security") {
			t.Errorf("%s got on the list: %v", what, err)
		}
		must(t, save.Rollback(ctx))
	}
	b, err = breaches.Find(ctx, o.tx, b.ID)
	must(t, err)
	all, err := breaches.People(ctx, o.tx, b, 0)
	must(t, err)
	if b.Listed != 2 || len(all) != 2 || all[0].Way != "" {
		t.Errorf("%d are listed: %+v", b.Listed, all)
	}
	_, err = o.tx.Exec(ctx, `SELECT set_config('app.agency', $1, true)`, fmt.Sprint(other.agency.ID))
	must(t, err)
	_, err = breaches.Find(ctx, o.tx, b.ID)
	refused(t, "another agency reads it", err, fault.NotFound, "ไม่พบ")
}

// EGA-15.1: the program's role can add to the history of a breach and change nothing of it, nor its number or whose it is.
func TestNothingIsChanged(t *testing.T) {
	t.Parallel()
	o := open(t)
	ctx := t.Context()
	b := o.judged(breaches.HighRisk)
	for _, sql := range []string{
		`UPDATE breach_events SET kind = 'closed'`, `DELETE FROM breach_events`, `UPDATE breaches SET n = n + 1`, `DELETE FROM breaches`, `UPDATE breaches SET agency_id = agency_id`,
		`DELETE FROM breach_persons`, `UPDATE breach_notices SET words = '{}'`, `DELETE FROM breach_tellings`, `TRUNCATE breach_events`,
	} {
		err := pgx.BeginFunc(ctx, o.tx, func(tx pgx.Tx) error {
			_, err := tx.Exec(ctx, sql)
			return err
		})
		if err == nil || !strings.Contains(err.Error(), "permission denied") {
			t.Errorf("%s: %v", sql, err)
		}
	}
	if got := o.kinds(b.ID); got != "recorded, judged" {
		t.Errorf("the history: %s", got)
	}
}

// PDP-6: two who report at once get two numbers, without a gap; one who fails leaves none.
func TestNumbersSideBySide(t *testing.T) {
	t.Parallel()
	db := pgtest.DB(t)
	var o *office
	must(t, agencies.Everywhere(t.Context(), db, func(tx pgx.Tx) error {
		o = openIn(t, tx, "TB")
		return nil
	}))
	const many = 8
	errs := make(chan error, many)
	for i := range many {
		go func() {
			errs <- agencies.Within(t.Context(), db, o.agency.ID, func(tx pgx.Tx) error {
				if _, err := o.register.Open(t.Context(), tx, o.agency.ID, o.officer, o.printout(morning)); err != nil {
					return err
				}
				if i%4 == 3 {
					return fault.New(fault.Conflict, "given up")
				}
				return nil
			})
		}()
	}
	for range many {
		if err := <-errs; err != nil && !fault.Is(err, fault.Conflict) {
			t.Error(err)
		}
	}
	must(t, agencies.Within(t.Context(), db, o.agency.ID, func(tx pgx.Tx) error {
		all, err := breaches.In(t.Context(), tx, o.agency.ID, 0)
		for i, b := range all {
			if want := int64(len(all) - i); b.N != want {
				t.Errorf("number %d stands where %d should", b.N, want)
			}
		}
		if len(all) != many-many/4 {
			t.Errorf("%d breaches", len(all))
		}
		return err
	}))
}
