package agencies_test

import (
	"bytes"
	"context"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/riverqueue/river"
	"github.com/riverqueue/river/rivertype"

	"saphan/agencies"
	"saphan/internal/fault"
	"saphan/internal/pgtest"
)

// taken is a queue that remembers what was put into it.
type taken struct {
	agencies.Jobs
	args []river.JobArgs
}

func (q *taken) InsertTx(_ context.Context, _ pgx.Tx, args river.JobArgs, _ *river.InsertOpts) (*rivertype.JobInsertResult, error) {
	q.args = append(q.args, args)
	return &rivertype.JobInsertResult{}, nil
}

// now is when the tests change calendars.
var now = time.Date(2026, time.November, 22, 3, 0, 0, 0, time.UTC)

func dayAt(t *testing.T, text string) time.Time {
	t.Helper()
	day, err := time.Parse(time.DateOnly, text)
	if err != nil {
		t.Fatal(err)
	}
	return day
}

// effectsOf are what days did, one word each.
func effectsOf(plan []agencies.DayChange) string {
	var said []string
	for _, c := range plan {
		said = append(said, string(c.Effect))
	}
	return strings.Join(said, " ")
}

// LOC-4: what is no longer true is withdrawn and stays readable; the same twice changes nothing and nobody hears; the
// nation's days are not an agency's to change.
func TestDaysAreWithdrawnNeverDeleted(t *testing.T) {
	t.Parallel()
	tx, ctx := pgtest.Tx(t), t.Context()
	a, b := makeAgency(t, tx, "HLA", "เทศบาลตัวอย่าง"), makeAgency(t, tx, "HLB", "เทศบาลตัวอย่างสอง")
	told := &taken{}
	save := func(agency agencies.AgencyID, want string, days ...agencies.Holiday) {
		t.Helper()
		plan, err := agencies.SaveDays(ctx, tx, told, agency, now, days)
		if err != nil || effectsOf(plan) != want {
			t.Errorf("agency %d: %s, want %s (%v)", agency, effectsOf(plan), want, err)
		}
	}
	day := func(on, name string) agencies.Holiday {
		return agencies.Holiday{On: dayAt(t, on), Name: name, Kind: agencies.PublicHoliday, Source: "ประกาศตัวอย่าง"}
	}
	gone := func(on string) agencies.Holiday { return agencies.Holiday{On: dayAt(t, on), Kind: agencies.Withdrawal} }
	save(0, "added added", day("2031-04-14", "สงกรานต์"), day("2031-12-08", "ชดเชย"))
	save(a.ID, "added held", day("2031-02-03", "วันทำบุญเมือง"), day("2031-04-14", "ของเรา"))
	save(b.ID, "added", day("2031-03-03", "อีกเมือง"))
	save(a.ID, "kept held", day("2031-02-03", "วันทำบุญเมือง"), day("2031-04-14", "ของเรา"))
	save(a.ID, "replaced", day("2031-02-03", "วันทำบุญเมืองใหม่"))
	save(0, "withdrawn added", gone("2031-12-08"), day("2031-12-12", "ชดเชยที่เลื่อน"))
	save(0, "kept kept", gone("2031-12-08"), day("2031-12-12", "ชดเชยที่เลื่อน"))
	save(a.ID, "kept", gone("2031-04-14"))
	if len(told.args) != 5 {
		t.Errorf("%d changes were heard of, want 5: %+v", len(told.args), told.args)
	}
	names := func(read func(context.Context, pgx.Tx, agencies.AgencyID, int) ([]agencies.Holiday, error), agency agencies.AgencyID) string {
		days, err := read(ctx, tx, agency, 2031)
		if err != nil {
			t.Fatal(err)
		}
		var all []string
		for _, h := range days {
			all = append(all, h.On.Format("01-02 ")+h.Name)
		}
		return strings.Join(all, ", ")
	}
	if got := names(agencies.Holidays, a.ID); got != "02-03 วันทำบุญเมืองใหม่, 04-14 สงกรานต์, 12-12 ชดเชยที่เลื่อน" {
		t.Errorf("standing: %s", got)
	}
	if got := names(agencies.WithdrawnHolidays, a.ID); got != "02-03 วันทำบุญเมือง, 12-08 ชดเชย" {
		t.Errorf("withdrawn: %s", got)
	}
	for name, bad := range map[string]agencies.Holiday{
		"no name":       {On: dayAt(t, "2031-05-01"), Kind: agencies.PublicHoliday, Source: "x"},
		"no source":     {On: dayAt(t, "2031-05-01"), Kind: agencies.PublicHoliday, Name: "x"},
		"no kind":       {On: dayAt(t, "2031-05-01"), Name: "x", Source: "x"},
		"half, when":    {On: dayAt(t, "2031-05-01"), Kind: agencies.HalfDay, Name: "x", Source: "x"},
		"off, when":     {On: dayAt(t, "2031-05-01"), Kind: agencies.Closure, Hours: "08:30-12:00", Name: "x", Source: "x"},
		"year":          {On: dayAt(t, "1931-05-01"), Kind: agencies.Closure, Name: "x", Source: "x"},
		"provinces":     {On: dayAt(t, "2031-05-01"), Kind: agencies.Closure, Name: "x", Source: "x", Provinces: []string{"แพร่"}},
		"not confirmed": {On: dayAt(t, "2031-05-01"), Kind: agencies.Closure, Name: "x", Source: "x", Unconfirmed: true},
		"long":          {On: dayAt(t, "2031-05-01"), Kind: agencies.Closure, Name: strings.Repeat("ก", 121), Source: "x"},
	} {
		if _, err := agencies.SaveDays(ctx, tx, told, a.ID, now, []agencies.Holiday{bad}); !fault.Is(err, fault.Invalid) {
			t.Errorf("%s: %v", name, err)
		}
	}
	for _, sql := range []string{`DELETE FROM holidays`, `UPDATE holidays SET name = 'x'`} {
		save, err := tx.Begin(ctx)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := save.Exec(ctx, sql); err == nil {
			t.Errorf("the program may %s", sql)
		}
		if err := save.Rollback(ctx); err != nil {
			t.Fatal(err)
		}
	}
}

// A regional day is one where the agency's address is.
func TestRegionalDays(t *testing.T) {
	t.Parallel()
	tx, ctx := pgtest.Tx(t), t.Context()
	there, err := agencies.Create(ctx, tx, agencies.Agency{Code: "HLC", Name: "เทศบาลตัวอย่าง", Kind: "เทศบาล", Address: "99 ถนนตัวอย่าง อ.เมือง จ.แพร่ 54000"})
	if err != nil {
		t.Fatal(err)
	}
	elsewhere := makeAgency(t, tx, "HLD", "เทศบาลตัวอย่างสอง")
	day := agencies.Holiday{On: dayAt(t, "2031-03-26"), Name: "วันหยุดภาคเหนือ", Kind: agencies.PublicHoliday, Source: "มติ", Provinces: []string{"น่าน", "แพร่"}}
	if _, err := agencies.SaveDays(ctx, tx, &taken{}, 0, now, []agencies.Holiday{day}); err != nil {
		t.Fatal(err)
	}
	for id, off := range map[agencies.AgencyID]bool{there.ID: true, elsewhere.ID: false} {
		c, err := agencies.LoadCalendar(ctx, tx, id)
		if err != nil || c.Working(at(t, "2031-03-26 09:00:00")) == off {
			t.Errorf("agency %d works on it: %v, %v", id, !off, err)
		}
	}
}

// The days of a release: twice is once, what was decided here stands, and what waited is confirmed by the next file.
func TestShippedDays(t *testing.T) {
	t.Parallel()
	tx, ctx := pgtest.Tx(t), t.Context()
	told := &taken{}
	if _, err := agencies.SaveDays(ctx, tx, told, 0, now, []agencies.Holiday{
		{On: dayAt(t, "2026-12-07"), Name: "ชดเชยวันพ่อแห่งชาติ", Kind: agencies.Substitution, Source: "มติคณะรัฐมนตรีตัวอย่าง"},
		{On: dayAt(t, "2027-04-06"), Name: "วันจักรี", Kind: agencies.PublicHoliday, Source: "x"},
	}); err != nil {
		t.Fatal(err)
	}
	if _, err := agencies.SaveDays(ctx, tx, told, 0, now, []agencies.Holiday{{On: dayAt(t, "2027-04-06"), Kind: agencies.Withdrawal}}); err != nil {
		t.Fatal(err)
	}
	first, err := agencies.ShipDays(ctx, tx, told, now)
	if err != nil || first < 150 {
		t.Errorf("%d days came with the release, %v", first, err)
	}
	if again, err := agencies.ShipDays(ctx, tx, told, now); err != nil || again != 0 {
		t.Errorf("again: %d, %v", again, err)
	}
	a := makeAgency(t, tx, "HLE", "เทศบาลตัวอย่าง")
	c, err := agencies.LoadCalendar(ctx, tx, a.ID)
	if err != nil {
		t.Fatal(err)
	}
	for on, works := range map[string]bool{"2026-12-07": false, "2027-04-06": true, "2026-12-10": false, "2027-02-22": true} {
		if c.Working(at(t, on+" 09:00:00")) != works {
			t.Errorf("%s is worked: %t", on, !works)
		}
	}
	all, err := agencies.ShippedDays()
	if err != nil {
		t.Fatal(err)
	}
	years, waiting := map[int]int{}, 0
	for _, h := range all {
		years[h.On.Year()]++
		if h.Unconfirmed {
			waiting++
		}
		moon := slices.ContainsFunc([]string{"มาฆบูชา", "วิสาขบูชา", "อาสาฬหบูชา", "เข้าพรรษา"}, func(n string) bool { return strings.Contains(h.Name, n) })
		if moon && !h.Unconfirmed {
			t.Errorf("%s %s: the moon was believed", h.On.Format(time.DateOnly), h.Name)
		}
	}
	for year := 2020; year <= 2027; year++ {
		if years[year] < 18 {
			t.Errorf("%d days in %d", years[year], year+543)
		}
	}
	t.Logf("%d days, %d wait for their announcement", len(all), waiting)
}

// What is written is what is read; the days of a release too.
func TestDaysOfFiles(t *testing.T) {
	t.Parallel()
	all, err := agencies.ShippedDays()
	if err != nil {
		t.Fatal(err)
	}
	all = append(all, agencies.Holiday{
		On: dayAt(t, "2030-03-26"), Name: "=วัน, “ภาค”", Kind: agencies.HalfDay, Hours: "08:30-10:00 13:00-15:00", Provinces: []string{"น่าน", "แพร่"}, Source: "+มติ",
	})
	written, err := agencies.DaysCSV(all)
	if err != nil {
		t.Fatal(err)
	}
	read, wrong := agencies.ReadDays(written, 0, "")
	again, err := agencies.DaysCSV(read)
	if len(wrong) > 0 || err != nil || !bytes.Equal(written, again) {
		t.Errorf("%v %v: not the same after reading\n%s", wrong, err, again)
	}
	const thai = "วันที่;ชื่อ;ชนิด;เวลาทำการ;ที่มา\n๑๐ ธ.ค. ๒๕๗๓;ครึ่งวัน;เปิดบางเวลา;๘.๓๐-๑๒.๐๐ น.;คำสั่ง\n2573-12-11;ปิด;ปิดทำการ;;\n"
	read, wrong = agencies.ReadDays([]byte(thai), 7, "ประกาศตัวอย่าง")
	if len(wrong) > 0 || len(read) != 2 || read[0].On != dayAt(t, "2030-12-10") || read[0].Hours != "08:30-12:00" || read[1].On != dayAt(t, "2030-12-11") || read[1].Source != "ประกาศตัวอย่าง" {
		t.Errorf("%v: %+v", wrong, read)
	}
	const ics = "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nBEGIN:VTIMEZONE\r\nTZID:Asia/Bangkok\r\nBEGIN:STANDARD\r\nDTSTART:19700101T000000\r\nRRULE:FREQ=YEARLY\r\nEND:STANDARD\r\nEND:VTIMEZONE\r\n" +
		"BEGIN:VEVENT\r\nDTSTART;VALUE=DATE:20300413\r\nDTEND;VALUE=DATE:20300416\r\nSUMMARY:วันสง\r\n กรานต์\\, ตัวอย่าง\r\nBEGIN:VALARM\r\nTRIGGER:-P1D\r\nEND:VALARM\r\nEND:VEVENT\r\n" +
		"BEGIN:VEVENT\r\nDTSTART;VALUE=DATE:20300506\r\nSUMMARY:วันเดียว\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n"
	read, wrong = agencies.ReadDays([]byte(ics), 7, "ประกาศตัวอย่าง")
	if len(wrong) > 0 || len(read) != 4 || read[0].Name != "วันสงกรานต์, ตัวอย่าง" || read[2].On != dayAt(t, "2030-04-15") || read[3].On != dayAt(t, "2030-05-06") {
		t.Errorf("%v: %+v", wrong, read)
	}
}

// What is wrong is told by its line, with what to do.
func TestMistakesInFiles(t *testing.T) {
	t.Parallel()
	event := func(lines string) string {
		return "BEGIN:VCALENDAR\nBEGIN:VEVENT\n" + lines + "\nEND:VEVENT\nEND:VCALENDAR"
	}
	for raw, want := range map[string]string{
		"":                        "ไม่มีวันหยุด",
		"a,b\n1,2":                "บรรทัดที่ 1: ต้องเป็นชื่อคอลัมน์",
		"date,name\n2030-02-30,x": "บรรทัดที่ 2",
		"date,name,kind\n2030-02-03,x,งานวัด":                                      "บรรทัดที่ 2: ไม่รู้จักชนิด",
		"date,name,hours\n2030-02-03,x,25-26":                                      "บรรทัดที่ 2: อ่านช่วงเวลาไม่ได้",
		"date,name\n2030-02-03,x\n2030-02-03,y":                                    "บรรทัดที่ 3: วันซ้ำกับบรรทัดที่ 2",
		"date,name\n2030-02-03,":                                                   "บรรทัดที่ 2: ยังไม่ได้ใส่ชื่อ",
		"date,name\n\"2030-02-03,x":                                                "อ่านไม่ได้",
		"date,name,provinces\n2030-02-03,x,แพร่":                                   "บรรทัดที่ 2: วันหยุดของหน่วยงานไม่ต้องระบุจังหวัด",
		"date,name,unconfirmed\n2030-02-03,x,maybe":                                "บรรทัดที่ 2: คอลัมน์ unconfirmed",
		"date,name,announced\n2030-02-03,x,เมื่อวาน":                               "บรรทัดที่ 2: วันที่ประกาศ",
		"date,name\n\xa1\xa2,x":                                                    "UTF-8",
		event("DTSTART;VALUE=DATE:20300413\nSUMMARY:x\nRRULE:FREQ=YEARLY"):         "บรรทัดที่ 5: เหตุการณ์ที่ซ้ำ",
		event("DTSTART:20300413T083000\nSUMMARY:x"):                                "บรรทัดที่ 3: ต้องเป็นวันทั้งวัน",
		event("DTSTART;VALUE=DATE:20300413"):                                       "บรรทัดที่ 2: ยังไม่ได้ใส่ชื่อ",
		event("SUMMARY:x"):                                                         "บรรทัดที่ 2: เหตุการณ์ไม่มีวันที่",
		event("DTSTART;VALUE=DATE:20300413\nSUMMARY:x\nSTATUS:CANCELLED"):          "บรรทัดที่ 5: เหตุการณ์นี้ถูกยกเลิก",
		event("DTSTART;VALUE=DATE:20300413\nDTEND;VALUE=DATE:20300413\nSUMMARY:x"): "วันสิ้นสุด",
		event("DTSTART;VALUE=DATE:20300413\nDURATION:PT1H\nSUMMARY:x"):             "บรรทัดที่ 4: ระยะเวลา",
		"BEGIN:VCALENDAR\nBEGIN:VEVENT\nEND:VCALENDAR":                             "บรรทัดที่ 3: BEGIN และ END",
		"BEGIN:VCALENDAR\nBEGIN:VEVENT":                                            "ไฟล์จบก่อน",
		"BEGIN:VCALENDAR\nEND:VCALENDAR\nX:y":                                      "บรรทัดที่ 3: มีข้อความหลัง",
		"BEGIN:VCALENDAR\nnothing\nEND:VCALENDAR":                                  "บรรทัดที่ 2: ไม่ใช่บรรทัด",
	} {
		days, wrong := agencies.ReadDays([]byte(raw), 7, "ประกาศตัวอย่าง")
		if len(days) > 0 || len(wrong) == 0 || !strings.Contains(wrong[0], want) {
			t.Errorf("%q: %v, want %q", raw, wrong, want)
		}
	}
	if _, wrong := agencies.ReadDays([]byte("date,name\n"+strings.Repeat("x,y\n", 500)), 7, ""); len(wrong) != 21 {
		t.Errorf("%d lines of mistakes", len(wrong))
	}
}

// Whatever a file has, reading it ends, and what it gives can be written, read again and stored.
func FuzzReadDays(f *testing.F) {
	for _, seed := range []string{
		"date,name,kind,hours,source\n2030-02-03,x,half,08:30-12:00,y\n", "วันที่;ชื่อ\n๑๐ ธ.ค. ๒๕๗๓;วัน\n",
		"BEGIN:VCALENDAR\nBEGIN:VEVENT\nDTSTART;VALUE=DATE:20300413\nDURATION:P3D\nSUMMARY:a\n b\nEND:VEVENT\nEND:VCALENDAR",
		"date,name,kind\n2030-02-03,,withdrawn\n",
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		days, wrong := agencies.ReadDays(raw, 0, "ประกาศ")
		if (len(days) == 0) != (len(wrong) > 0) {
			t.Fatalf("%d days, %d mistakes", len(days), len(wrong))
		}
		if len(days) == 0 {
			return
		}
		for _, d := range days {
			if err := d.Check(0); err != nil {
				t.Fatalf("%+v: %v", d, err)
			}
		}
		written, err := agencies.DaysCSV(days)
		if err != nil {
			t.Fatal(err)
		}
		again, wrong := agencies.ReadDays(written, 0, "ประกาศ")
		if len(wrong) > 0 || len(again) != len(days) {
			t.Fatalf("%d days, then %d: %v\n%s", len(days), len(again), wrong, written)
		}
	})
}
