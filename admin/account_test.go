package admin_test

import (
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
	for _, words := range []string{"วันหยุดปี พ.ศ. 2569", "วันศุกร์ที่ 20 พฤศจิกายน 2569", "ทั้งประเทศ", `value="08:30"`} {
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
	h.does("/admin/calendar/hours", url.Values{"opens": {"09:00"}, "closes": {"17:00"}}, `value="09:00"`)
	h.refused("/admin/calendar/hours", url.Values{"opens": {"17:00"}, "closes": {"09:00"}}, invalid.StatusCode, "ต้องหลังเวลาเปิด")
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
	h.does("/admin/calendar/holidays/remove", url.Values{"day": {"2026-11-30"}}, "ลบวันหยุดแล้ว")
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
