package portal

import (
	"context"
	"strconv"

	"github.com/jackc/pgx/v5"

	"saphan/forms"
	"saphan/tickets"
	clocks "saphan/tickets/clock"
)

// toldOfTime is a letter on a delay or a prolongation, as the person was told of it.
type toldOfTime struct {
	When   string
	What   string
	Reason string
	Letter string // address of the letter; empty: a prolongation
}

// ofTime adds by when the case is to be decided, how that is counted (LOC-5, LOC-6), and what was said about its time.
func (p *Portal) ofTime(ctx context.Context, tx pgx.Tx, t tickets.Ticket, page *trackPage) error {
	all, err := p.desk.Clocks(ctx, tx, t.ID)
	if err != nil {
		return err
	}
	for _, c := range all {
		if c.Key != forms.Decide || !c.Open() {
			continue
		}
		page.DueLaw = c.Law.In(page.Lang)
		for _, s := range c.Steps {
			page.Counted = append(page.Counted, page.stepWords(c, s))
		}
	}
	longer, err := tickets.Extensions(ctx, tx, t.ID)
	if err != nil {
		return err
	}
	for _, e := range longer {
		days := daysOf(e.Days, unitOf(all))
		page.OfTime = append(page.OfTime, toldOfTime{When: page.When(e.At), What: page.T("ขยายเวลาพิจารณา {days}", "The time to decide was prolonged by {days}", "days", days.In(page.Lang)), Reason: e.Reason})
	}
	letters, err := tickets.Told(ctx, tx, t)
	if err != nil {
		return err
	}
	for _, l := range letters {
		page.OfTime = append(page.OfTime, toldOfTime{
			When: page.When(*l.SentAt), What: page.T("แจ้งเหตุที่ล่าช้า ครั้งที่ {n}", "Reason for the delay, no. {n}", "n", l.N), Reason: l.Reason,
			Letter: "/track/" + t.TrackToken + "/letters/" + strconv.Itoa(l.N) + ".pdf",
		})
	}
	return nil
}

// unitOf is the unit of the time to decide.
func unitOf(all []clocks.Clock) forms.Unit {
	for _, c := range all {
		if c.Key == forms.Decide {
			return c.Unit
		}
	}
	return forms.CalendarDays
}

// stepWords say one step of the count so that anyone can follow it.
func (o own) stepWords(c clocks.Clock, s clocks.Step) string {
	on := o.DayOf(s.On)
	days := func() string { return daysOf(s.Days, c.Unit).In(o.Lang) }
	switch s.Kind {
	case clocks.Begins:
		return o.T("เริ่มนับหลังวันที่ {day} มีเวลา {days}", "Counted from the day after {day}: {days}", "day", on, "days", days())
	case clocks.Stands:
		if s.Why == tickets.WhyAnswered {
			return o.T("ไม่นับวันที่ {day} ถึง {until} ซึ่งแจ้งผลแล้ว ก่อนดำเนินการต่อ", "{day} to {until} are not counted: you had an answer before the case went on", "day", on, "until", o.DayOf(s.Until))
		}
		if s.Until.IsZero() {
			return o.T("หยุดนับตั้งแต่วันที่ {day} ระหว่างรอเอกสารจากท่าน", "Not counted since {day}, while we wait for your documents", "day", on)
		}
		return o.T("ไม่นับวันที่ {day} ถึง {until} ซึ่งรอเอกสารจากท่าน", "{day} to {until} are not counted: we waited for your documents", "day", on, "until", o.DayOf(s.Until))
	case clocks.Prolonged:
		return o.T("ขยายเวลา {days} เมื่อวันที่ {day}", "Prolonged by {days} on {day}", "days", days(), "day", on)
	case clocks.Moved:
		return o.T("วันสุดท้ายคือ {day} ซึ่งเป็นวันหยุดหรือวันที่หยุดนับ จึงเลื่อนไป {until}", "The last day, {day}, is a day off or not counted, so it moves to {until}", "day", on, "until", o.DayOf(s.Until))
	case clocks.Kept:
		return o.T("วันหยุดเปลี่ยนไป แต่ยังใช้วันที่แจ้งท่านไว้ คือ {day}", "The holidays changed; the day you were told stays: {day}", "day", on)
	case clocks.Ends:
		return o.T("ครบกำหนด {time}", "Due {time}", "time", o.When(s.On))
	default:
		return ""
	}
}

// standsStill says that the time of a case does not run while the person is asked for documents.
func (o own) standsStill() string {
	return o.T("หยุดนับ ระหว่างรอเอกสารจากท่าน", "Not running while we wait for your documents")
}
