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
	Revoked   Status = "revoked" // what was granted is granted no more
	Withdrawn Status = "withdrawn"
	Returned  Status = "returned" // what was missing did not come (LFA-9.1)
	Merged    Status = "merged"   // it is about what another case is about, follows that one and is closed with it (SVC-5)

	Transferred Status = "transferred" // another agency has it (EGA-10.4); it may come back
	Bounced     Status = "bounced"     // it went back to the agency that sent it
	Referred    Status = "referred"    // the citizen was told which body outside is in charge (EGA-10.4)
)

// next is the whole law of moving: from a status to those it can become.
var next = map[Status][]Status{
	Open:        {Accepted, Awaiting, Approved, Refused, Withdrawn, Returned, Transferred, Bounced, Referred, Merged},
	Accepted:    {Open, Awaiting, Approved, Refused, Withdrawn, Returned, Transferred, Referred, Merged},
	Awaiting:    {Open, Accepted, Approved, Refused, Withdrawn, Returned, Transferred, Bounced, Referred},
	Approved:    {},
	Refused:     {},
	Revoked:     {},
	Withdrawn:   {},
	Returned:    {},
	Transferred: {Open},
	Bounced:     {},
	Referred:    {},
	Merged:      {Open, Accepted, Approved, Refused, Withdrawn},
}

// Statuses lists every status in the order of a ticket's life.
func Statuses() []Status {
	return []Status{Open, Accepted, Awaiting, Approved, Refused, Revoked, Withdrawn, Returned, Transferred, Bounced, Referred, Merged}
}

// CanBecome says whether a ticket may move from s to t.
func (s Status) CanBecome(t Status) bool { return slices.Contains(next[s], t) }

// Closed says whether the agency has nothing more to do. What another agency has may still come back.
func (s Status) Closed() bool { return s == Transferred || len(next[s]) == 0 }

// Decided says whether a case has a formal result.
func (s Status) Decided() bool { return s == Approved || s == Refused || s == Revoked }

// Rests says whether nothing can be done to a ticket itself: it is closed, or it follows another.
func (s Status) Rests() bool { return s == Merged || s.Closed() }

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
	case Revoked:
		return "เพิกถอนแล้ว"
	case Withdrawn:
		return "ถอนเรื่องแล้ว"
	case Returned:
		return "คืนคำขอแล้ว"
	case Transferred:
		return "ส่งต่อหน่วยงานอื่นแล้ว"
	case Bounced:
		return "ส่งกลับหน่วยงานต้นทางแล้ว"
	case Referred:
		return "แจ้งหน่วยงานที่รับผิดชอบแล้ว"
	case Merged:
		return "รวมกับเรื่องอื่น"
	default:
		return string(s)
	}
}
