package tickets

import "slices"

// Status is where a ticket stands.
type Status string

// The statuses. Approved means the formal result is positive: a permit is granted or the
// problem has been dealt with.
const (
	Open      Status = "open"             // nobody has taken it
	Accepted  Status = "accepted"         // an officer works on it
	Awaiting  Status = "awaiting_citizen" // documents were asked for
	Approved  Status = "approved"
	Refused   Status = "refused"
	Withdrawn Status = "withdrawn"
	Returned  Status = "returned" // what was missing did not come (LFA-9.1)
)

// next is the whole law of moving: from a status to those it can become.
var next = map[Status][]Status{
	Open:      {Accepted, Awaiting, Approved, Refused, Withdrawn, Returned},
	Accepted:  {Open, Awaiting, Approved, Refused, Withdrawn, Returned},
	Awaiting:  {Open, Accepted, Approved, Refused, Withdrawn, Returned},
	Approved:  {},
	Refused:   {},
	Withdrawn: {},
	Returned:  {},
}

// Statuses lists every status in the order of a ticket's life.
func Statuses() []Status {
	return []Status{Open, Accepted, Awaiting, Approved, Refused, Withdrawn, Returned}
}

// CanBecome says whether a ticket may move from s to t.
func (s Status) CanBecome(t Status) bool { return slices.Contains(next[s], t) }

// Closed says whether nothing can follow.
func (s Status) Closed() bool { return len(next[s]) == 0 }

// Thai is the status as officers and citizens read it.
func (s Status) Thai() string {
	switch s {
	case Open:
		return "รอรับเรื่อง"
	case Accepted:
		return "กำลังดำเนินการ"
	case Awaiting:
		return "รอเอกสารจากประชาชน"
	case Approved:
		return "ดำเนินการแล้ว"
	case Refused:
		return "ไม่อนุมัติ"
	case Withdrawn:
		return "ถอนเรื่องแล้ว"
	case Returned:
		return "คืนคำขอแล้ว"
	default:
		return string(s)
	}
}
