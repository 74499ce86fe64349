package oncall

import (
	"fmt"
	"slices"
	"time"

	"saphan/agencies"
)

// The limits of a table.
const (
	mostShifts  = 50
	mostTurns   = 8
	mostMinutes = 9
)

// House is what a table may name.
type House struct {
	Officers []agencies.OfficerID // who can be called
	Queues   []string             // keys
}

// Check says what is wrong with a table before it counts; nothing: it may.
func (w Week) Check(h House) (wrong []string) {
	if len(w) > mostShifts {
		wrong = append(wrong, fmt.Sprintf("มีเวรได้ไม่เกิน %d แถว กรุณารวมแถวที่เหมือนกัน", mostShifts))
	}
	for i, s := range w {
		say := func(when bool, words string) {
			if when {
				wrong = append(wrong, fmt.Sprintf("เวรแถวที่ %d: %s", i+1, words))
			}
		}
		say(s.Queue != "" && !slices.Contains(h.Queues, s.Queue), "ไม่พบคิวงานนี้ในหน่วยงาน กรุณาเลือกใหม่")
		say(len(s.Days) == 0, "ยังไม่ได้เลือกวัน")
		say(slices.ContainsFunc(s.Days, func(d Day) bool { return !slices.Contains(Days(), d) }), "ไม่รู้จักวันนี้ กรุณาเลือกใหม่")
		say(s.From < 0 || s.From >= wholeDay || s.Until < 0 || s.Until > wholeDay, "เวลาไม่ถูกต้อง กรุณาใส่ชั่วโมง 00 ถึง 23 และนาที 00 ถึง 59 เช่น 16:30")
		say(len(s.Turns) == 0, "ยังไม่ได้เลือกเจ้าหน้าที่")
		say(len(s.Turns) > mostTurns, fmt.Sprintf("เรียกตามลำดับได้ไม่เกิน %d คน", mostTurns))
		begins := time.Duration(0)
		for n, t := range s.Turns {
			say(!slices.Contains(h.Officers, t.Officer), fmt.Sprintf("ลำดับที่ %d ไม่ใช่เจ้าหน้าที่ที่รับเรื่องได้ กรุณาเลือกใหม่", n+1))
			say(slices.ContainsFunc(s.Turns[:n], func(before Turn) bool { return before.Officer == t.Officer }), fmt.Sprintf("ลำดับที่ %d ซ้ำกับลำดับก่อนหน้า", n+1))
			say(t.Minutes < 1 || t.Minutes > mostMinutes, fmt.Sprintf("ลำดับที่ %d ให้รอ 1 ถึง %d นาที", n+1, mostMinutes))
			say(begins >= HeadAfter, fmt.Sprintf("ลำดับที่ %d ไม่ถูกเรียก เพราะครบ 10 นาทีแล้วระบบเรียกหัวหน้า กรุณาลดนาทีของลำดับก่อนหน้า", n+1))
			begins += time.Duration(t.Minutes) * time.Minute
		}
	}
	return wrong
}
