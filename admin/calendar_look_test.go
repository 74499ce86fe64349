package admin_test

import (
	"fmt"
	"net/url"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
	"github.com/jackc/pgx/v5"
	"github.com/riverqueue/river"
	"github.com/riverqueue/river/riverdriver/riverpgxv5"

	"saphan/agencies"
)

// chooseFile puts a file of days into the form, as somebody who chose it would.
const chooseFile = `(() => {
	const days = 'date,name,kind,hours,source\n2569-11-20,ของเรา,,,ประกาศตัวอย่าง\n2569-12-04,ปิดเพราะน้ำท่วม,closure,,คำสั่งเทศบาลตำบลตัวอย่าง ที่ 90/2569\n2569-12-12,เปิดชดเชยวันที่ปิดเพราะน้ำท่วม,working,,คำสั่งเทศบาลตำบลตัวอย่าง ที่ 90/2569\n'
	const chosen = new DataTransfer()
	chosen.items.add(new File([days], 'days.csv', { type: 'text/csv' }))
	document.querySelector('#file').files = chosen.files
	return true
})()`

// TestCalendarLook keeps pictures of the calendar with days of every kind and of a file before it is saved, and fails for
// whatever axe finds on them (WCAG 2.2 AA).
func TestCalendarLook(t *testing.T) {
	t.Parallel()
	b := open(t)
	h := atSettings(t)
	jobs, err := river.NewClient(riverpgxv5.New(nil), &river.Config{})
	h.must(err)
	h.everywhere(func(tx pgx.Tx) error {
		_, err := agencies.ShipDays(h.ctx(), tx, jobs, h.now())
		return err
	})
	add := func(day, name, kind, hours string) {
		h.does("/admin/calendar/holidays", url.Values{"day": {day}, "name": {name}, "kind": {kind}, "hours": {hours}, "source": {"คำสั่งเทศบาลตำบลตัวอย่าง ที่ 88/2569"}, "announced": {"2 พ.ย. 2569"}}, name)
	}
	add("4 ธ.ค. 2569", "เปิดครึ่งวันเพราะงานประจำปี", "half", "08:30-12:00")
	add("19 ธ.ค. 2569", "ทำการชดเชย", "working", "")
	add("27 พ.ย. 2569", "ปิดเตรียมสถานที่", "closure", "")
	h.does("/admin/calendar/holidays/remove", url.Values{"day": {"2026-11-27"}}, "วันที่ยกเลิกแล้ว 1 รายการ")
	h.does("/admin/calendar/hours", url.Values{"mon": {"08:30-12:00, 13:00-16:30"}, "tue": {"08:30-16:30"}, "wed": {"08:30-16:30"}, "thu": {"08:30-16:30"}, "fri": {"08:30-16:30"}, "sat": {"09:00-12:00"}}, "เปลี่ยนเวลาทำการแล้ว")
	b.size(1280, 900)
	h.pass(time.Minute) // a code opens once
	b.enter(h.house, h.head)
	for _, look := range []struct {
		scheme string
		width  int64
	}{{"light", 1280}, {"light", 320}, {"dark", 1280}} {
		b.scheme(look.scheme)
		b.size(look.width, 900)
		b.visit(h.server.URL+"/admin/calendar?year=2569&day=2026-12-07", "main h1")
		where := fmt.Sprintf("calendar-year-%s-%d", look.scheme, look.width)
		value[bool](b, openAll)
		b.noOverflow(where)
		b.accessible(where)
		b.tall(look.width)
		b.shot(where)
		value[bool](b, chooseFile)
		b.click(`form[action$="/calendar/import"] button`)
		b.do("wait for what would change", chromedp.WaitVisible(chromedp.CSS("#lines-title")))
		where = fmt.Sprintf("calendar-import-%s-%d", look.scheme, look.width)
		b.size(look.width, 900)
		b.noOverflow(where)
		b.accessible(where)
		b.tall(look.width)
		b.shot(where)
	}
}
