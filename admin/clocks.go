package admin

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"time"

	"saphan/agencies"
	"saphan/forms"
	"saphan/internal/thai"
	"saphan/tickets"
	"saphan/tickets/clock"
)

// clockBox is the time that the law gives a case, with what an officer may do about it: how much of it is used up and how
// it is counted (LFA-10.1, LOC-5, LOC-6), prolongations, and letters on a delay (LFA-10.2).
type clockBox struct {
	Clocks   []dutyLine
	Letters  []letterLine
	Complete string // address to note that everything needed is there; empty: there is nothing to note, or the officer may not
	Extend   string // address of the sheet to prolong; empty: the law, the time or the role does not let it
	Law      string // what asks for the letters
	Key      string // one-time key of the forms of the page
}

// dutyLine is one duty with its time.
type dutyLine struct {
	Key   string
	Name  string
	Law   string
	Chip  chip
	Kind  string // of the bar: "", warn, bad, ok
	Share int    // of the time that is used up, in hundredths and at most 100
	Words string // the same in words
	Steps []string
}

// letterLine is a letter on a delay.
type letterLine struct {
	tickets.Letter
	By    string // who wrote it
	Href  string // of the document, when it was sent
	Write string // address of the sheet; empty: it was sent, or the officer may not
}

// clocksOf reads the time of a case.
func (a *Admin) clocksOf(ctx context.Context, s Scope, p *ticketPane, officers map[agencies.OfficerID]agencies.Officer) (*clockBox, error) {
	all, err := a.desk.Clocks(ctx, s.Tx, p.ID)
	if err != nil {
		return nil, err
	}
	letters, err := tickets.Letters(ctx, s.Tx, p.ID)
	if err != nil {
		return nil, err
	}
	now := a.now()
	box := &clockBox{Law: clock.StatuteOn(p.DeemedReceivedAt).LetterLaw.TH, Key: p.Key}
	for _, c := range all {
		box.Clocks = append(box.Clocks, dutyLineOf(c, now))
		switch {
		case c.Key == forms.CheckAll && c.Open() && p.Can.Work && p.Status != tickets.Awaiting:
			box.Complete = p.Act("complete")
		case c.Key == forms.Decide && p.Can.Decide && mayExtend(c, now):
			box.Extend = p.Act("extend")
		}
	}
	for _, l := range letters {
		line := letterLine{Letter: l}
		switch {
		case l.SentAt != nil:
			line.Href = letterHref(p.TrackToken, l.N)
		case p.Can.Work:
			line.Write = p.Act("letter/" + strconv.Itoa(l.N))
		}
		if l.OfficerID != nil {
			line.By = officers[*l.OfficerID].Name
		}
		box.Letters = append(box.Letters, line)
	}
	return box, nil
}

// letterHref is the address of a letter on a delay as its citizen has it.
func letterHref(track string, n int) string {
	return "/track/" + track + "/letters/" + strconv.Itoa(n) + ".pdf"
}

// mayExtend says whether the law still lets the time be prolonged.
func mayExtend(c clock.Clock, now time.Time) bool {
	times := len(slices.DeleteFunc(slices.Clone(c.Steps), func(s clock.Step) bool { return s.Kind != clock.Prolonged }))
	return c.Open() && times < c.Times && !c.Late(now)
}

func dutyLineOf(c clock.Clock, now time.Time) dutyLine {
	share := c.Share(now)
	l := dutyLine{Key: string(c.Key), Name: dutyWords(c.Key), Law: c.Law.TH, Share: min(share, 100)}
	days := func(n int) string { return strconv.Itoa(n) + " " + c.Unit.Thai() }
	switch {
	case c.State == clock.Off:
		l.Chip, l.Words = chip{Icon: "undo-2", Text: "ไม่ต้องดำเนินการแล้ว"}, "หน้าที่นี้สิ้นสุดลงเพราะเรื่องถูกถอนหรือคืน"
	case c.State == clock.Stopped:
		l.Chip = chip{Kind: "warn", Icon: "pause", Text: "หยุดนับ"}
		l.Kind, l.Share = "warn", 100*c.Used/max(c.Total, 1)
		l.Words = fmt.Sprintf("นับไปแล้ว %d จาก %s เหลือเวลาอีก %s เมื่อนับต่อ", c.Used, days(c.Total), days(c.Total-c.Used))
	case c.State == clock.Done && c.Late(now):
		l.Kind, l.Chip, l.Words = "bad", chip{Kind: "bad", Icon: "circle-alert", Text: "เสร็จหลังกำหนด"}, "ครบกำหนด "+thai.DateTime(c.DueAt)+" เสร็จ "+thai.DateTime(c.DoneAt)
	case c.State == clock.Done:
		l.Kind, l.Share, l.Chip, l.Words = "ok", min(c.Share(c.DoneAt), 100), chip{Kind: "ok", Icon: "circle-check", Text: "เสร็จในกำหนด"}, "เสร็จ "+thai.DateTime(c.DoneAt)
		if !c.DueAt.IsZero() {
			l.Words += " ก่อนครบกำหนด " + thai.DateTime(c.DueAt)
		}
	case c.Late(now):
		l.Kind, l.Chip = "bad", chip{Kind: "bad", Icon: "circle-alert", Text: thai.Remaining(now, c.DueAt)}
		l.Words = "ครบกำหนด " + thai.DateTime(c.DueAt) + " ใช้เวลาครบ " + days(c.Total) + "แล้ว"
	default:
		l.Chip = chip{Icon: "clock", Text: thai.Remaining(now, c.DueAt)}
		if share >= manyHundredths {
			l.Kind, l.Chip.Kind = "warn", "warn"
		}
		l.Words = "ครบกำหนด " + thai.DateTime(c.DueAt) + " ใช้ไปแล้วร้อยละ " + strconv.Itoa(share) + " ของ " + days(c.Total)
	}
	for _, s := range c.Steps {
		l.Steps = append(l.Steps, stepWords(c, s))
	}
	return l
}

// manyHundredths is the part of the time from which a case needs attention (LFA-10.3).
const manyHundredths = 80

// dutyWords name the duty of a clock.
func dutyWords(k forms.ClockKey) string {
	if k == clock.Tell {
		return "แจ้งผลแก่ผู้ยื่น"
	}
	return k.Thai()
}

// stepWords say one step of a count so that it can be followed by hand.
func stepWords(c clock.Clock, s clock.Step) string {
	on := thai.Date(s.On)
	switch s.Kind {
	case clock.Begins:
		return fmt.Sprintf("เริ่มนับจาก %s โดยไม่นับวันแรก มีเวลา %d %s", on, s.Days, c.Unit.Thai())
	case clock.Stands:
		if s.Until.IsZero() {
			return "หยุดนับตั้งแต่ " + on + " เพราะ" + s.Why
		}
		return "หยุดนับ " + on + " ถึง " + thai.Date(s.Until) + " เพราะ" + s.Why
	case clock.Prolonged:
		return fmt.Sprintf("ขยายเวลา %d %s เมื่อ %s เพราะ%s", s.Days, c.Unit.Thai(), on, s.Why)
	case clock.Moved:
		return "วันสุดท้ายคือ " + on + " ซึ่งเป็นวันหยุดหรือวันที่หยุดนับ จึงเลื่อนไป " + thai.Date(s.Until)
	case clock.Kept:
		return "ปฏิทินวันหยุดเปลี่ยน แต่คงวันที่แจ้งผู้ยื่นไว้แล้ว คือ " + on
	case clock.Ends:
		return "ครบกำหนด " + thai.DateTime(s.On)
	default:
		return string(s.Kind)
	}
}

func (a *Admin) complete(r *http.Request, s Scope) (reply, error) {
	return a.act(r, s, "complete", func(ctx context.Context, id tickets.TicketID) error {
		return a.desk.Complete(ctx, s.Tx, s.Actor(), id)
	})
}

// extendSheet asks for how long and why the time is prolonged.
type extendSheet struct {
	sheet
	Clock  dutyLine
	Longer int // days at most
	Left   int // how often it may still be prolonged, with this time

	Followers int // how many others are told, whose cases follow this one
}

func (a *Admin) showExtend(r *http.Request, s Scope) (reply, error) {
	sh, err := a.sheetFor(r, s, "extend", "ขยายเวลาพิจารณา")
	if err != nil {
		return nil, err
	}
	all, err := a.desk.Clocks(r.Context(), s.Tx, sh.Ticket.ID)
	if err != nil {
		return nil, err
	}
	p := extendSheet{sheet: sh}
	if p.Followers, err = tickets.Followers(r.Context(), s.Tx, sh.Ticket.ID); err != nil {
		return nil, err
	}
	for _, c := range all {
		if c.Key != forms.Decide {
			continue
		}
		p.Clock, p.Longer = dutyLineOf(c, a.now()), c.Longer
		if mayExtend(c, a.now()) {
			p.Left = c.Times - len(slices.DeleteFunc(slices.Clone(c.Steps), func(s clock.Step) bool { return s.Kind != clock.Prolonged }))
		}
	}
	return page{view: "extend", part: "sheet", data: p}, nil
}

func (a *Admin) extend(r *http.Request, s Scope) (reply, error) {
	return a.act(r, s, "extended", func(ctx context.Context, id tickets.TicketID) error {
		if _, err := tickets.Find(ctx, s.Tx, id); err != nil {
			return err
		}
		return a.desk.Extend(ctx, s.Tx, s.Actor(), id, number(thai.Digits(pasted(r, "days")), 1000), unixLines(r.PostForm.Get("reason")))
	})
}
