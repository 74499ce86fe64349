package jobs

import (
	"flag"
	"os"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"saphan/agencies"
	"saphan/devkit/testhouse"
	"saphan/forms"
	"saphan/tickets"
)

var update = flag.Bool("update", false, "rewrite the transcripts in testdata")

// life is what a citizen reads in the course of a case, with what brought it about.
type life struct {
	*house
	ticket tickets.Ticket
	read   int // how many bubbles stand in the transcript already
	lines  []string
}

// begin files a request for a permit.
func begin(t *testing.T) *life {
	t.Helper()
	l := &life{house: newHouse(t)}
	l.ticket = l.File("hazardous-business", testhouse.Business()...)
	l.Settled()
	l.read = len(l.Answers()) // the receipt is another one outside of working hours
	return l
}

// goes writes down what somebody does and what the citizen reads of it.
func (l *life) goes(what string, do func()) {
	l.T.Helper()
	do()
	l.Settled()
	l.lines = append(l.lines, "", "# "+what)
	for _, said := range l.Answers()[l.read:] {
		l.lines = append(l.lines, "< "+strings.ReplaceAll(testhouse.Words(said.Message), "\n", "\n  "))
		if offers := testhouse.Offers(said.Message); len(offers) > 0 {
			l.lines = append(l.lines, "  ["+strings.Join(offers, "] [")+"]")
		}
		l.read++
	}
}

// officer has the head do something about the case.
func (l *life) officer(do func(tx pgx.Tx, by tickets.Actor) error) func() {
	return func() { l.AtDesk(do) }
}

// later lets days pass and does what falls due by then.
func (l *life) later(days int) func() {
	return func() {
		l.Later(time.Duration(days) * 24 * time.Hour)
		must(l.T, run(l.house, &duties{Deps: l.Deps}, DutiesArgs{}))
	}
}

// waits lets time pass until something falls due by itself of which the citizen hears.
func (l *life) waits() {
	l.T.Helper()
	for range 20 {
		var due *time.Time
		l.Everywhere(func(tx pgx.Tx) error {
			return tx.QueryRow(l.T.Context(), `SELECT next_duty_at FROM tickets WHERE id = $1`, l.ticket.ID).Scan(&due)
		})
		if due == nil {
			l.T.Fatal("nothing falls due any more")
		}
		l.Later(due.Sub(l.Now()) + time.Minute)
		must(l.T, run(l.house, &duties{Deps: l.Deps}, DutiesArgs{}))
		l.Settled()
		if len(l.Answers()) > l.read {
			return
		}
	}
	l.T.Fatal("the citizen hears nothing")
}

// sends has the citizen send a picture.
func (l *life) sends() { l.Send("image", "", testhouse.Photo(l.T, 0)) }

// wants are what the case waits for.
func (l *life) wants() (all []tickets.Want) {
	l.Everywhere(func(tx pgx.Tx) (err error) { all, err = tickets.Wants(l.T.Context(), tx, l.ticket.ID); return err })
	return all
}

// listed are two documents of the manual that citizens make.
func (l *life) listed() (labels []string) {
	l.T.Helper()
	form, ok := l.Forms.Find(l.ticket.FormKey)
	if !ok {
		l.T.Fatal("no such service")
	}
	for _, f := range form.Fields {
		if f.Files() && f.Issuer != forms.State && len(labels) < 2 {
			labels = append(labels, f.Label.TH)
		}
	}
	return labels
}

// changing is what is another one in each run: days, numbers of cases, tokens, fingerprints.
var changing = []struct {
	what *regexp.Regexp
	with string
}{
	{regexp.MustCompile(`[0-9A-F]{8,}|[0-9a-f]{12,}`), "‹ลายนิ้วมือ›"},
	{regexp.MustCompile(`(/(?:track|pay|files|in)/)[A-Z0-9a-z]+`), "${1}‹รหัส›"},
	{regexp.MustCompile(`(?:วัน(?:จันทร์|อังคาร|พุธ|พฤหัสบดี|ศุกร์|เสาร์|อาทิตย์)ที่ |(?:จ|อ|พ|พฤ|ศ|ส|อา)\. )?\d{1,2} (?:[ก-๙]+\.[ก-๙]+\.|[ก-๙]+) (?:พ\.ศ\. )?25\d\d(?: (?:เวลา )?\d{2}:\d{2}(?: น\.)?)?`), "‹วัน›"},
	{regexp.MustCompile(`25\d\d`), "‹ปี›"},
	{regexp.MustCompile(` ถือว่าได้รับ ‹วัน›[ \x{a0}]น\. เพราะ .+? จึงนับเวลาทำการถัดไป`), ""}, // in office hours it is received at once
	{regexp.MustCompile(`เหลือ \d+ วัน`), "เหลือ ‹จำนวน› วัน"},                                 // and has a day less
}

// transcript compares what was read with the file, or writes it.
func (l *life) transcript(name string) {
	l.T.Helper()
	got := strings.TrimSpace(strings.Join(l.lines, "\n")) + "\n"
	for _, c := range changing {
		got = c.what.ReplaceAllString(got, c.with)
	}
	path := "testdata/" + name + ".txt"
	if *update {
		must(l.T, os.MkdirAll("testdata", 0o750))
		must(l.T, os.WriteFile(path, []byte(got), 0o600))
		return
	}
	want, err := os.ReadFile(path)
	must(l.T, err)
	if got != string(want) {
		l.T.Errorf("the citizen reads something else; see it with -update\ngot\n%s\nwant\n%s", got, want)
	}
}

// LFA-8.1, LFA-10.1, LFA-10.2, LFA-11.1: a case that is asked about, prolonged, late and refused, as its citizen reads it.
func TestLifeOfACaseThatIsRefused(t *testing.T) {
	t.Parallel()
	l := begin(t)
	ctx, id := t.Context(), l.ticket.ID
	l.goes("เจ้าหน้าที่ขอเอกสารสองรายการ", l.officer(func(tx pgx.Tx, by tickets.Actor) error {
		return l.Desk.Ask(ctx, tx, by, id, tickets.Asking{Labels: l.listed(), DueOn: l.Now().AddDate(0, 0, 20)})
	}))
	l.goes("ประชาชนแตะรับทราบ", func() { l.Tap("รับทราบ") })
	l.goes("ส่งรายการที่หนึ่ง", l.sends)
	l.goes("บอกว่าเป็นรายการใด", func() { l.Tap(l.listed()[0]) })
	l.goes("ส่งรายการที่สอง", l.sends)
	l.goes("เจ้าหน้าที่อ่านรายการที่หนึ่งไม่ออก", l.officer(func(tx pgx.Tx, by tickets.Actor) error {
		return l.Desk.Unreadable(ctx, tx, by, id, l.wants()[0].ID, "ภาพมืดจนอ่านเลขที่ไม่ได้")
	}))
	l.goes("เจ้าหน้าที่ให้เวลาเพิ่ม", l.officer(func(tx pgx.Tx, by tickets.Actor) error {
		return l.Desk.Lengthen(ctx, tx, by, id, l.Now().AddDate(0, 0, 30))
	}))
	l.goes("ส่งใหม่", l.sends)
	l.goes("เจ้าหน้าที่ขยายเวลาพิจารณา", l.officer(func(tx pgx.Tx, by tickets.Actor) error {
		return l.Desk.Extend(ctx, tx, by, id, 15, "รอผลตรวจสถานที่จากเจ้าพนักงานสาธารณสุข")
	}))
	l.goes("พ้นกำหนด", l.later(60))
	l.goes("เจ้าหน้าที่แจ้งเหตุแห่งความล่าช้า", l.officer(func(tx pgx.Tx, by tickets.Actor) error {
		return l.Desk.WriteLetter(ctx, tx, by, id, 1, "ผู้ตรวจสถานที่ลาป่วย และได้มอบหมายผู้อื่นแล้ว")
	}))
	l.goes("ไม่อนุมัติ", l.officer(func(tx pgx.Tx, by tickets.Actor) error {
		return l.Desk.Decide(ctx, tx, by, tickets.Decision{
			TicketID: id, Outcome: tickets.Refuse, Facts: "ตรวจสถานที่แล้วพบว่าอยู่ห่างจากโรงเรียน 40 เมตร", Reason: "ระยะห่างไม่ถึงที่ข้อบัญญัติกำหนด",
			LegalBasis: "ข้อบัญญัติตัวอย่าง ข้อ 5", AppealBody: "รัฐมนตรีว่าการกระทรวงสาธารณสุข", AppealDays: 30,
		})
	}))
	l.transcript("life_refused")
}

// LFA-9.1: what did not come is given back with reasons, and filed again in one tap with everything that was there.
func TestLifeOfACaseThatIsReturned(t *testing.T) {
	t.Parallel()
	l := begin(t)
	l.goes("เจ้าหน้าที่ขอเอกสารสองรายการ", l.officer(func(tx pgx.Tx, by tickets.Actor) error {
		return l.Desk.Ask(t.Context(), tx, by, l.ticket.ID, tickets.Asking{Labels: l.listed(), DueOn: l.Now().AddDate(0, 0, 20)})
	}))
	l.goes("ส่งรายการที่หนึ่ง", l.sends)
	l.goes("บอกว่าเป็นรายการใด", func() { l.Tap(l.listed()[0]) })
	l.goes("สามวันก่อนวันสุดท้าย ระบบเตือน", l.waits)
	l.goes("วันก่อนวันสุดท้าย ระบบเตือน", l.waits)
	l.goes("วันสุดท้ายผ่านไป", l.waits)
	l.goes("ประชาชนแตะยื่นใหม่", func() { l.Tap("ยื่นใหม่") })
	l.transcript("life_returned")
}

// SVC-5: whoever files what others reported before is told so in the receipt, and how it stands; not who they are.
func TestLifeOfAProblemThatIsKnown(t *testing.T) {
	t.Parallel()
	l := &life{house: newHouse(t)}
	l.Everywhere(func(tx pgx.Tx) error { // the receipt is another one outside of working hours
		cal, err := agencies.LoadCalendar(t.Context(), tx, l.Agency.ID)
		l.Later(cal.DeemedReceived(l.Now().AddDate(0, 0, 1)).Add(time.Hour).Sub(l.Now()))
		return err
	})
	l.Say("สวัสดี")
	l.Settled()
	_, theirs := l.alsoReported("หน้าโรงเรียนวัดใต้")
	l.AtDesk(func(tx pgx.Tx, by tickets.Actor) error { return l.Desk.Take(t.Context(), tx, by, theirs.ID) })
	l.Settled()
	l.read = len(l.Answers())
	l.goes("แจ้งไฟดับจุดที่มีผู้แจ้งแล้ว", func() {
		l.ticket = l.File("public-problem", report("หน้าโรงเรียนวัดใต้")...)
	})
	if strings.Contains(strings.Join(l.lines, ""), theirs.Number) || strings.Contains(strings.Join(l.lines, ""), "สมชาย") {
		t.Errorf("it says whose the other case is: %v", l.lines)
	}
	l.goes("เจ้าหน้าที่รวมเรื่อง", l.officer(func(tx pgx.Tx, by tickets.Actor) error {
		return l.Desk.Merge(t.Context(), tx, by, l.ticket.ID, theirs.ID)
	}))
	l.goes("เจ้าหน้าที่ตอบผู้แจ้งทุกคนจากเรื่องหลัก", l.officer(func(tx pgx.Tx, by tickets.Actor) error {
		return l.Desk.ReplyToAll(t.Context(), tx, by, theirs.ID, "all", "อะไหล่มาถึงแล้ว ช่างจะเปลี่ยนพรุ่งนี้เช้าค่ะ")
	}))
	l.transcript("life_known")
}
