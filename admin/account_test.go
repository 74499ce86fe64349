package admin_test

import (
	"html"
	"maps"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"saphan/agencies"
	"saphan/payments"
)

// Where the agency takes money is for the head to say; what is wrong is told beside what was typed, and each change
// stands in the history once.
func TestAccount(t *testing.T) {
	t.Parallel()
	h := atSettings(t)
	if got := h.b.get("/admin/account"); strings.Contains(got.body, `class="qr"`) {
		t.Error("a code without an account")
	}
	bad := h.b.post("/admin/account", url.Values{"kind": {"biller"}, "number": {"12"}, "name": {"เทศบาลตัวอย่าง"}})
	if bad.StatusCode < 400 || !strings.Contains(bad.body, `value="12"`) || !strings.Contains(bad.body, `role="alert"`) || h.changes() != "" {
		t.Errorf("a wrong number: %d", bad.StatusCode)
	}
	form := url.Values{"kind": {"biller"}, "number": {"0994000000001 01"}, "name": {"เทศบาลตำบลตัวอย่าง"}, "counter": {"กองคลัง ชั้น 1"}}
	page := h.does("/admin/account", form, "บันทึกบัญชีรับเงินแล้ว")
	if !strings.Contains(page.body, `class="qr"`) || !strings.Contains(page.body, "099400000000101") {
		t.Error("no code to try the account by")
	}
	form.Set("seen", page.seenAccount(t))
	h.does("/admin/account", form, "บันทึกบัญชีรับเงินแล้ว")
	if got := h.changes(); got != "pay account changed" {
		t.Errorf("history: %s", got)
	}
	if got := h.b.get("/admin/changes"); !strings.Contains(got.body, "เปลี่ยนบัญชีรับเงิน (Biller ID") {
		t.Error("the history does not say which account")
	}
	h.within(func(tx pgx.Tx) error {
		a, ok, err := payments.FindAccount(h.ctx(), tx, h.agency.ID)
		if !ok || a.Number != "099400000000101" || a.Counter != "กองคลัง ชั้น 1" {
			t.Errorf("%+v", a)
		}
		return err
	})
}

// Of two heads at once the second does not undo what the first decided: he is shown it beside what he typed.
func TestTwoHeadsAtTheAccount(t *testing.T) {
	t.Parallel()
	h := atSettings(t)
	form := url.Values{"kind": {"biller"}, "number": {"099400000000101"}, "name": {"เทศบาลตำบลตัวอย่าง"}}
	form.Set("seen", h.does("/admin/account", form, "บันทึกบัญชีรับเงินแล้ว").seenAccount(t))
	second := maps.Clone(form)
	second.Set("counter", "กองคลัง ชั้น 2")
	h.pass(time.Minute)
	form.Set("number", "099400000000202")
	h.does("/admin/account", form, "บันทึกบัญชีรับเงินแล้ว")
	late := h.b.post("/admin/account", second)
	if late.StatusCode != http.StatusConflict || !strings.Contains(late.body, "ขณะนี้คือ Biller ID (15 หลัก) 099400000000202") || !strings.Contains(late.body, "กองคลัง ชั้น 2") {
		t.Fatalf("the second: %d %s", late.StatusCode, late.body)
	}
	h.within(func(tx pgx.Tx) error {
		a, _, err := payments.FindAccount(h.ctx(), tx, h.agency.ID)
		if a.Number != "099400000000202" || a.Counter != "" {
			t.Errorf("decided blindly: %+v", a)
		}
		return err
	})
	second.Set("seen", late.seenAccount(t))
	h.does("/admin/account", second, "กองคลัง ชั้น 2")
}

// seenAccount is the decision that the page about the account was drawn from.
func (p page) seenAccount(t testing.TB) string {
	t.Helper()
	_, after, ok := strings.Cut(p.body, `name="seen" value="`)
	seen, _, ends := strings.Cut(after, `"`)
	if !ok || !ends || seen == "" {
		t.Fatalf("the page does not say what it was drawn from: %s", p.body)
	}
	return seen
}

// LOC-3, LOC-4: the hours and the agency's own holidays; those of the nation are not the agency's to change.
func TestCalendar(t *testing.T) {
	t.Parallel()
	h := atSettings(t)
	page := h.b.get("/admin/calendar")
	for _, words := range []string{"วันหยุดปี พ.ศ. 2569", "วันศุกร์ที่ 20 พฤศจิกายน 2569", "ทั้งประเทศ", `value="08:30-16:30"`} {
		if !strings.Contains(page.body, words) {
			t.Errorf("the calendar lacks %q", words)
		}
	}
	if strings.Contains(page.body, "holidays/remove") {
		t.Error("the nation's holiday can be removed")
	}
	form := url.Values{"day": {"๓๐ พ.ย. ๖๙"}, "name": {"วันทำบุญเมืองตัวอย่าง"}, "source": {"ประกาศเทศบาล ที่ 12/2569"}, "year": {"2569"}}
	h.does("/admin/calendar/holidays", form, "วันทำบุญเมืองตัวอย่าง")
	h.refused("/admin/calendar/holidays", form, http.StatusConflict, "เป็นวันหยุดอยู่แล้ว")
	invalid := h.b.post("/admin/calendar/holidays", url.Values{"day": {"31 พ.ย. 69"}, "name": {"วัน <b>"}, "source": {"x"}})
	if !strings.Contains(invalid.body, "ไม่มีวันที่นี้ในปฏิทิน") || !strings.Contains(invalid.body, "วัน &lt;b&gt;") {
		t.Errorf("a day that is not: %d", invalid.StatusCode)
	}
	h.refused("/admin/calendar/holidays", url.Values{"day": {"1 ธ.ค. 69"}, "name": {"วัน"}}, invalid.StatusCode, "ที่มาของวันหยุด")
	week := url.Values{}
	for _, day := range []string{"mon", "tue", "wed", "thu", "fri"} {
		week.Set(day, "9.00-12.00, 13.00-17.00 น.")
	}
	h.does("/admin/calendar/hours", week, `value="09:00-12:00, 13:00-17:00"`)
	h.does("/admin/calendar/hours", week, "เปลี่ยนเวลาทำการแล้ว") // and no line in the history
	h.refused("/admin/calendar/hours", url.Values{"mon": {"17:00-09:00"}}, invalid.StatusCode, "วันจันทร์: เวลาสิ้นสุดต้องหลังเวลาเริ่ม")
	h.refused("/admin/calendar/hours", url.Values{}, invalid.StatusCode, "ต้องมีเวลาทำการอย่างน้อยหนึ่งวัน")
	monday := time.Date(2026, time.November, 30, 9, 30, 0, 0, start.Location())
	received := func() (at time.Time) {
		h.within(func(tx pgx.Tx) error {
			c, err := agencies.LoadCalendar(h.ctx(), tx, h.agency.ID)
			at = c.DeemedReceived(monday)
			return err
		})
		return at
	}
	if got := received(); !got.Equal(time.Date(2026, time.December, 1, 9, 0, 0, 0, start.Location())) {
		t.Errorf("on the holiday: received %s", got)
	}
	h.does("/admin/calendar/holidays/remove", url.Values{"day": {"2026-11-30"}}, "ยกเลิกวันหยุดแล้ว")
	if got := received(); !got.Equal(monday) {
		t.Errorf("without the holiday: received %s", got)
	}
	h.refused("/admin/calendar/holidays/remove", url.Values{"day": {"2026-11-20"}}, http.StatusNotFound, "ไม่ได้เป็นวันหยุดที่หน่วยงานเพิ่มเอง")
	if got := h.changes(); got != "holiday added, working hours changed, holiday removed" {
		t.Errorf("history: %s", got)
	}
	if got := h.b.get("/admin/changes"); !strings.Contains(got.body, "เพิ่มวันหยุด 30 พฤศจิกายน 2569 (วันทำบุญเมืองตัวอย่าง)") {
		t.Error("the history does not say which day")
	}
	if got := h.as(h.viewer).get("/admin/calendar"); got.StatusCode != http.StatusOK || !strings.Contains(got.body, "อ่านได้อย่างเดียว") {
		t.Error("a viewer does not read only")
	}
}

// LOC-4: days come from a file after somebody has read what changes; the same file twice changes nothing, mistakes are
// told by their line, and what was taken back is still told.
func TestCalendarFile(t *testing.T) {
	t.Parallel()
	h := atSettings(t)
	const file = "date,name,kind,hours,source,announced\n2569-11-20,ของเรา,,,ประกาศ,\n30 พ.ย. 2569,วันทำบุญเมืองตัวอย่าง,holiday,,ประกาศเทศบาล ที่ 12/2569,2569-11-02\n" +
		"2026-12-04,เปิดครึ่งวันเช้า,half,08:30-12:00,คำสั่งเทศบาล,\n2026-12-12,เปิดชดเชย,working,,คำสั่งเทศบาล,\n"
	calendarOf := func() (c agencies.Calendar) {
		h.within(func(tx pgx.Tx) (err error) {
			c, err = agencies.LoadCalendar(h.ctx(), tx, h.agency.ID)
			return err
		})
		return c
	}
	bad := h.b.sends("/admin/calendar/import", "date,name\n2026-11-31,ก\nวันนี้,ข\n")
	if bad.StatusCode != http.StatusUnprocessableEntity || !strings.Contains(bad.body, "บรรทัดที่ 2") || !strings.Contains(bad.body, "บรรทัดที่ 3") {
		t.Errorf("mistakes: %d", bad.StatusCode)
	}
	seen := h.b.sends("/admin/calendar/import", file)
	for _, words := range []string{"จะเปลี่ยน 3 วัน", "หน่วยงานเปลี่ยนไม่ได้", "เปิด 08:30-12:00 น.", "วันเสาร์ที่ 12 ธันวาคม 2569"} {
		if !strings.Contains(seen.body, words) {
			t.Errorf("the preview lacks %q", words)
		}
	}
	saturday := time.Date(2026, time.December, 12, 9, 0, 0, 0, start.Location())
	if calendarOf().Working(saturday) || h.changes() != "" {
		t.Error("looking at a file changed the calendar")
	}
	_, rest, _ := strings.Cut(seen.body, `name="days" hidden>`)
	days, _, found := strings.Cut(rest, "</textarea>")
	if !found {
		t.Fatal("the preview does not carry the days")
	}
	save := url.Values{"days": {html.UnescapeString(days)}}
	h.does("/admin/calendar/import/save", save, "บันทึกวันหยุดจากไฟล์แล้ว")
	h.does("/admin/calendar/import/save", save, "บันทึกวันหยุดจากไฟล์แล้ว")
	if got := h.changes(); got != "holiday added, holiday added, holiday added" {
		t.Errorf("history: %s", got)
	}
	c := calendarOf()
	noon := time.Date(2026, time.December, 4, 12, 0, 0, 0, start.Location())
	if got := c.DeemedReceived(noon); !got.Equal(time.Date(2026, time.December, 7, 8, 30, 0, 0, start.Location())) || !c.Working(saturday) {
		t.Errorf("after the half day: %s", got)
	}
	if again := h.b.sends("/admin/calendar/import", file); !strings.Contains(again.body, "ไม่มีอะไรเปลี่ยน") || !strings.Contains(again.body, "3 วันตรงกับปฏิทิน") {
		t.Error("the same file changes something")
	}
	changed := h.b.sends("/admin/calendar/import", "date,name,kind,source\n2026-12-12,เปิดชดเชย,withdrawn,\n2026-12-04,ปิดทั้งวัน,closure,คำสั่งใหม่\n")
	if !strings.Contains(changed.body, "จะเปลี่ยน 2 วัน") || !strings.Contains(changed.body, "<del>เปิดครึ่งวันเช้า เปิด 08:30-12:00 น.</del>") {
		t.Error("what changes is not shown with what was")
	}
	exported := h.b.get("/admin/calendar/days.csv")
	if again := h.b.sends("/admin/calendar/import", exported.body); !strings.Contains(again.body, "ไม่มีอะไรเปลี่ยน") {
		t.Error("what was downloaded changes something")
	}
	h.does("/admin/calendar/holidays/remove", url.Values{"day": {"2026-12-12"}}, "วันที่ยกเลิกแล้ว 1 รายการ")
	h.refused("/admin/calendar/import/save", url.Values{"days": {"x"}}, http.StatusUnprocessableEntity, "กลับไปหน้าปฏิทิน")
}
