package admin

import (
	"strconv"
	"time"

	"saphan/internal/thai"
	"saphan/tickets"
)

// chip is a short fact with a picture; its colour never says what its words do not.
type chip struct {
	Kind string // "", warn, bad, ok, brand
	Icon string
	Text string
}

// soon is how near a due time must be for a warning; nearer than that, hours are counted instead of days.
const soon = 24 * time.Hour

// dueChip says how long is left for a ticket.
func dueChip(t tickets.Ticket, now time.Time) chip {
	if t.ClosedAt != nil {
		if t.ClosedAt.After(t.DueAt) {
			return chip{Kind: "bad", Icon: "circle-alert", Text: "เสร็จหลังกำหนด"}
		}
		return chip{Kind: "ok", Icon: "circle-check", Text: "เสร็จในกำหนด"}
	}
	if t.Stopped {
		return chip{Icon: "pause", Text: "หยุดนับ รอเอกสาร"}
	}
	left := t.DueAt.Sub(now)
	switch {
	case left <= -soon:
		return chip{Kind: "bad", Icon: "circle-alert", Text: thai.Remaining(now, t.DueAt)}
	case left < 0:
		return chip{Kind: "bad", Icon: "circle-alert", Text: "เกินกำหนด " + span(-left)}
	case left < soon:
		return chip{Kind: "warn", Icon: "clock", Text: "เหลือ " + span(left)}
	case t.Used >= manyHundredths:
		return chip{Kind: "warn", Icon: "clock", Text: thai.Remaining(now, t.DueAt) + " ใช้เวลาถึงร้อยละ " + strconv.Itoa(t.Used)}
	case t.Used > 0:
		return chip{Kind: "brand", Icon: "clock", Text: thai.Remaining(now, t.DueAt) + " ใช้เวลาถึงร้อยละ " + strconv.Itoa(t.Used)}
	default:
		return chip{Icon: "clock", Text: thai.Remaining(now, t.DueAt)}
	}
}

// span is a length of time below a day in its largest whole unit.
func span(d time.Duration) string {
	switch {
	case d >= time.Hour:
		return strconv.Itoa(int(d/time.Hour)) + " ชั่วโมง"
	case d >= time.Minute:
		return strconv.Itoa(int(d/time.Minute)) + " นาที"
	default:
		return "ไม่ถึง 1 นาที"
	}
}

// statusChip says where a ticket stands.
func statusChip(s tickets.Status) chip {
	c := chip{Text: s.Thai()}
	switch s {
	case tickets.Open:
		c.Kind, c.Icon = "brand", "inbox"
	case tickets.Accepted:
		c.Kind, c.Icon = "brand", "user-check"
	case tickets.Awaiting:
		c.Kind, c.Icon = "warn", "message-square"
	case tickets.Approved:
		c.Kind, c.Icon = "ok", "circle-check"
	case tickets.Refused, tickets.Revoked:
		c.Kind, c.Icon = "bad", "circle-x"
	case tickets.Merged:
		c.Icon = "layers"
	case tickets.Transferred:
		c.Icon = "arrow-right-left"
	case tickets.Referred:
		c.Icon = "external-link"
	case tickets.Withdrawn, tickets.Returned, tickets.Bounced:
		c.Icon = "undo-2"
	}
	return c
}

// when is a moment in the least words that fit a list: the time today, the day before.
func when(at, now time.Time) string {
	at, now = at.In(thai.Bangkok()), now.In(thai.Bangkok())
	if at.Year() == now.Year() && at.YearDay() == now.YearDay() {
		return thai.Clock(at)
	}
	return thai.Date(at)
}
