package permits

import (
	"context"
	"strings"
	"time"
	"unicode"

	"github.com/jackc/pgx/v5"

	"saphan/agencies"
	"saphan/internal/fault"
	"saphan/internal/thai"
)

// Stead is which permit a new one is to stand for, as an officer names it (ใบแทน, แก้ไขรายการ).
type Stead struct {
	Agency     agencies.AgencyID
	FormKey    string
	ValidYears int    // how long a new one holds; 0: without end
	Number     string // of the former one
	LastDay    string // of one on paper, as it is read there; empty: not said
}

// longestFormer is how long the number of a permit may be; one on paper has a book too.
const longestFormer = 60

// Of reads which permit a new one stands for, and the last day that it keeps (nil: no end): of one in the agency's own
// register it is the day that stands there, of one on paper what the officer reads on it.
func (s Stead) Of(ctx context.Context, tx pgx.Tx, now time.Time) (number string, until *time.Time, err error) {
	s.Number, s.LastDay = strings.TrimSpace(s.Number), strings.TrimSpace(s.LastDay)
	switch {
	case !strings.ContainsFunc(s.Number, unicode.IsDigit):
		return "", nil, fault.New(fault.Invalid, "ยังไม่ได้ระบุเลขที่ใบอนุญาตเดิม กรุณาพิมพ์เลขที่ของฉบับที่จะออกแทน หากประชาชนจำไม่ได้ให้ค้นจากทะเบียน")
	case len([]rune(s.Number)) > longestFormer:
		return "", nil, fault.Newf(fault.Invalid, "เลขที่ใบอนุญาตเดิมยาวเกินไป กรุณาพิมพ์เฉพาะเล่มที่และเลขที่ ไม่เกิน {n} ตัวอักษร", "n", longestFormer)
	}
	if s.LastDay != "" {
		day, err := thai.ParseDate(s.LastDay)
		if err != nil {
			return "", nil, fault.Wrap(fault.Invalid, "วันสุดท้ายของใบอนุญาตเดิมไม่ใช่วันที่ กรุณาพิมพ์เป็นวัน เดือน ปี พ.ศ. เช่น 31 ธ.ค. 2569", err)
		}
		until = &day
	}
	old, err := Former(ctx, tx, s.Agency, s.FormKey, s.Number)
	if err != nil {
		return "", nil, err
	}
	if old != nil {
		return old.Number, old.ValidUntil, old.inStead(until, now)
	}
	return s.Number, until, s.onPaper(until, now)
}

// inStead refuses a permit of the register that does not hold, or another last day than the register has.
func (p Permit) inStead(typed *time.Time, now time.Time) error {
	if err := p.Replaceable(now); err != nil {
		return err
	}
	switch {
	case typed == nil:
		return nil
	case p.ValidUntil == nil:
		return fault.Newf(fault.Invalid, "ตามทะเบียน ใบอนุญาต {number} ไม่มีวันหมดอายุ กรุณาเว้นช่องวันสุดท้ายให้ว่าง", "number", p.Number)
	case typed.Format(time.DateOnly) != p.ValidUntil.Format(time.DateOnly):
		return fault.Newf(fault.Invalid, "ตามทะเบียน ใบอนุญาต {number} ใช้ได้ถึงวันที่ {day} กรุณาแก้วันสุดท้ายให้ตรง หรือเว้นว่างไว้", "number", p.Number, "day", thai.Date(*p.ValidUntil))
	}
	return nil
}

// onPaper checks the last day that an officer read on a licence from before: it holds today, and no longer than a new one would.
func (s Stead) onPaper(until *time.Time, now time.Time) error {
	local := now.In(thai.Bangkok())
	today := time.Date(local.Year(), local.Month(), local.Day(), 0, 0, 0, 0, time.UTC)
	switch {
	case until == nil && s.ValidYears > 0:
		return fault.New(fault.Invalid, "เลขที่นี้ไม่อยู่ในทะเบียนของระบบ กรุณาพิมพ์วันสุดท้ายของใบอนุญาตเดิมตามที่ปรากฏบนฉบับกระดาษ เช่น 31 ธ.ค. 2569")
	case until == nil:
		return nil
	case until.Before(today):
		return fault.Newf(fault.Conflict, "ใบอนุญาตเดิมสิ้นอายุเมื่อ {day} แล้ว จึงออกฉบับแทนไม่ได้ กรุณาตรวจวันอีกครั้ง หรือบันทึกผลเป็นไม่อนุมัติและแนะนำให้ยื่นขอใหม่", "day", thai.Date(*until))
	case s.ValidYears > 0 && until.After(today.AddDate(s.ValidYears, 0, 0)):
		return fault.Newf(fault.Invalid, "วันสุดท้าย {day} เกินอายุใบอนุญาต {n} ปีนับจากวันนี้ กรุณาตรวจวัน เดือน และปี พ.ศ. บนฉบับเดิม", "day", thai.Date(*until), "n", s.ValidYears)
	}
	return nil
}
