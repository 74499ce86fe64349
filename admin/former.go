package admin

import (
	"context"
	"strings"
	"time"
	"unicode"

	"saphan/forms"
	"saphan/internal/fault"
	"saphan/internal/thai"
	"saphan/permits"
	"saphan/tickets"
)

// formerBox is what the approve sheet knows of the permit that a new one is to stand for (ใบแทน, แก้ไขรายการ).
type formerBox struct {
	Typed string // its number as the citizen gave it
	Ends  bool   // permits of this kind have an end, so the last day is needed
	Found bool   // the number is in the register
	Until string // the last day by the register; empty: no end
	Wrong string // why it cannot be replaced, as far as is known now
}

// formerOf prepares the box with the number that the citizen gave; nil: the outcome stands for no other permit.
func (a *Admin) formerOf(ctx context.Context, s Scope, t tickets.Ticket, o forms.Outcome, answers []forms.Answer) (*formerBox, error) {
	if !o.Replaces {
		return nil, nil //nolint:nilnil // most outcomes stand for themselves
	}
	box := &formerBox{Ends: o.ValidYears > 0}
	if said, ok := forms.Find(answers, o.Former); ok && hasDigit(said.Text) { // "not known" is no number
		box.Typed = strings.TrimSpace(said.Text)
	}
	old, err := permits.Former(ctx, s.Tx, s.Agency, string(t.FormKey), box.Typed)
	switch {
	case fault.Is(err, fault.NotFound):
		box.Wrong = fault.MessageOf(err)
		return box, nil
	case err != nil || old == nil:
		return box, err
	}
	box.Found = true
	if old.ValidUntil != nil {
		box.Until = thai.Date(*old.ValidUntil)
	}
	if err := old.Replaceable(a.now()); err != nil {
		box.Wrong = fault.MessageOf(err)
	}
	return box, nil
}

// longestFormer is how long the number of a permit may be; one on paper has a book too.
const longestFormer = 60

// former reads which permit a new one stands for, and the last day that it keeps (nil: no end): of one in the agency's own
// register it is the day that stands there, of one on paper what the officer reads on it.
func (a *Admin) former(ctx context.Context, s Scope, t tickets.Ticket, o forms.Outcome, typed, lastDay string) (number string, until *time.Time, err error) {
	typed, lastDay = strings.TrimSpace(typed), strings.TrimSpace(lastDay)
	switch {
	case !hasDigit(typed):
		return "", nil, fault.New(fault.Invalid, "ยังไม่ได้ระบุเลขที่ใบอนุญาตเดิม กรุณาพิมพ์เลขที่ของฉบับที่จะออกแทน หากประชาชนจำไม่ได้ให้ค้นจากทะเบียน")
	case len([]rune(typed)) > longestFormer:
		return "", nil, fault.Newf(fault.Invalid, "เลขที่ใบอนุญาตเดิมยาวเกินไป กรุณาพิมพ์เฉพาะเล่มที่และเลขที่ ไม่เกิน {n} ตัวอักษร", "n", longestFormer)
	}
	if lastDay != "" {
		day, err := thai.ParseDate(lastDay)
		if err != nil {
			return "", nil, fault.Wrap(fault.Invalid, "วันสุดท้ายของใบอนุญาตเดิมไม่ใช่วันที่ กรุณาพิมพ์เป็นวัน เดือน ปี พ.ศ. เช่น 31 ธ.ค. 2569", err)
		}
		until = &day
	}
	old, err := permits.Former(ctx, s.Tx, s.Agency, string(t.FormKey), typed)
	if err != nil {
		return "", nil, err
	}
	if old != nil {
		return old.Number, old.ValidUntil, a.byRegister(*old, until)
	}
	return typed, until, a.onPaper(o, until)
}

// byRegister refuses a permit of the register that does not hold, or another last day than the register has.
func (a *Admin) byRegister(old permits.Permit, typed *time.Time) error {
	if err := old.Replaceable(a.now()); err != nil {
		return err
	}
	switch {
	case typed == nil:
		return nil
	case old.ValidUntil == nil:
		return fault.Newf(fault.Invalid, "ตามทะเบียน ใบอนุญาต {number} ไม่มีวันหมดอายุ กรุณาเว้นช่องวันสุดท้ายให้ว่าง", "number", old.Number)
	case typed.Format(time.DateOnly) != old.ValidUntil.Format(time.DateOnly):
		return fault.Newf(fault.Invalid, "ตามทะเบียน ใบอนุญาต {number} ใช้ได้ถึงวันที่ {day} กรุณาแก้วันสุดท้ายให้ตรง หรือเว้นว่างไว้", "number", old.Number, "day", thai.Date(*old.ValidUntil))
	}
	return nil
}

// onPaper checks the last day that an officer read on a licence from before: it holds today, and no longer than a new one would.
func (a *Admin) onPaper(o forms.Outcome, until *time.Time) error {
	local := a.now().In(thai.Bangkok())
	today := time.Date(local.Year(), local.Month(), local.Day(), 0, 0, 0, 0, time.UTC)
	switch {
	case until == nil && o.ValidYears > 0:
		return fault.New(fault.Invalid, "เลขที่นี้ไม่อยู่ในทะเบียนของระบบ กรุณาพิมพ์วันสุดท้ายของใบอนุญาตเดิมตามที่ปรากฏบนฉบับกระดาษ เช่น 31 ธ.ค. 2569")
	case until == nil:
		return nil
	case until.Before(today):
		return fault.Newf(fault.Conflict, "ใบอนุญาตเดิมสิ้นอายุเมื่อ {day} แล้ว จึงออกฉบับแทนไม่ได้ กรุณาตรวจวันอีกครั้ง หรือบันทึกผลเป็นไม่อนุมัติและแนะนำให้ยื่นขอใหม่", "day", thai.Date(*until))
	case o.ValidYears > 0 && until.After(today.AddDate(o.ValidYears, 0, 0)):
		return fault.Newf(fault.Invalid, "วันสุดท้าย {day} เกินอายุใบอนุญาต {n} ปีนับจากวันนี้ กรุณาตรวจวัน เดือน และปี พ.ศ. บนฉบับเดิม", "day", thai.Date(*until), "n", o.ValidYears)
	}
	return nil
}

func hasDigit(s string) bool { return strings.ContainsFunc(s, unicode.IsDigit) }
