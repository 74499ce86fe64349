// Package breaches keeps an agency's register of breaches of personal data (เหตุละเมิดข้อมูลส่วนบุคคล, PDP-6): what is known
// of each and since when, how much is left of the 72 hours within which the regulator is told (PDPA s. 37(4)), how the risk
// was judged, who was told and how.
//
// A breach is its history: every act is a line that is added, chained to the one before and never changed, a correction too.
// What a Breach says follows from its lines. Nobody is named in them; who is concerned is a list of its own, by the cases of
// the agency.
package breaches

import (
	"fmt"
	"time"

	"saphan/agencies"
	"saphan/internal/thai"
)

// BreachID identifies a breach.
type BreachID int64

// NoticeID identifies what is said to the people concerned.
type NoticeID int64

// Actor is whoever added a line, as the history names it: "officer 3", "system".
type Actor string

// System is the actor of what the program does by itself.
const System Actor = "system"

// byOfficer is the actor for an officer.
func byOfficer(id agencies.OfficerID) Actor { return Actor(fmt.Sprintf("officer %d", id)) }

// State is where a breach stands.
type State string

// The states. Only an open one has a clock that runs.
const (
	Open     State = "open"     // the regulator is still to be told, or the risk to be judged
	Excused  State = "excused"  // it was judged to be no risk: nobody need be told
	Reported State = "reported" // the regulator was told
	Told     State = "told"     // and so were the people concerned, as a high risk asks
	Closed   State = "closed"
)

// Thai is the state as officers read it.
func (s State) Thai() string {
	switch s {
	case Open:
		return "รอแจ้ง สคส."
	case Excused:
		return "ไม่ต้องแจ้ง เพราะไม่มีความเสี่ยง"
	case Reported:
		return "แจ้ง สคส. แล้ว"
	case Told:
		return "แจ้ง สคส. และเจ้าของข้อมูลแล้ว"
	case Closed:
		return "ปิดแล้ว"
	default:
		return string(s)
	}
}

// Risk is how much a breach may harm the rights and freedoms of those concerned.
type Risk string

// The risks. What follows from each is the law's: nothing, telling the regulator, telling the people too (PDPA s. 37(4)).
const (
	NoRisk   Risk = "none"
	SomeRisk Risk = "risk"
	HighRisk Risk = "high"
)

// Risks lists them, the least first.
func Risks() []Risk { return []Risk{NoRisk, SomeRisk, HighRisk} }

// Thai is the risk as officers read it.
func (r Risk) Thai() string {
	switch r {
	case NoRisk:
		return "ไม่มีความเสี่ยงที่จะกระทบสิทธิและเสรีภาพของบุคคล"
	case SomeRisk:
		return "มีความเสี่ยง"
	case HighRisk:
		return "มีความเสี่ยงสูง"
	default:
		return "ยังไม่ได้ประเมิน"
	}
}

// Limit is within how long after the agency came to know of a breach the regulator is told, where feasible (PDPA s. 37(4)).
// Every hour counts, those of nights and holidays too.
const Limit = 72 * time.Hour

// Record is what is known of a breach. It names nobody.
type Record struct {
	DetectedAt    time.Time  `json:"detected_at"`
	HappenedFrom  *time.Time `json:"happened_from,omitempty"` // nil: not known
	HappenedUntil *time.Time `json:"happened_until,omitempty"`
	ReportedBy    string     `json:"reported_by,omitempty"` // in what capacity somebody noticed it
	What          string     `json:"what"`
	Data          string     `json:"data,omitempty"`      // which data
	Persons       int        `json:"persons,omitempty"`   // how many people; 0: not known
	Estimated     bool       `json:"estimated,omitempty"` // that is a guess
	Consequences  string     `json:"consequences,omitempty"`
	Measures      string     `json:"measures,omitempty"` // taken and planned
	Contact       string     `json:"contact,omitempty"`  // whom the regulator asks: the DPO
	LateWhy       string     `json:"late_why,omitempty"` // why the regulator is told after the limit
}

// Judgement is how the risk was judged, and why.
type Judgement struct {
	Risk    Risk      `json:"risk"`
	Reasons string    `json:"reasons"`
	By      Actor     `json:"-"`
	At      time.Time `json:"-"`
}

// Report is a telling of the regulator.
type Report struct {
	At        time.Time `json:"at"`
	Way       string    `json:"way"`
	Reference string    `json:"reference,omitempty"` // under which the regulator took it
	// The form that was sent: the line of the history as of which it was drawn, and the SHA-256 of its bytes, in hexadecimal.
	Line int    `json:"line"`
	JSON string `json:"json_sha256"`
	PDF  string `json:"pdf_sha256"`
	By   Actor  `json:"-"`
}

// Words are what the people concerned are told, as the regulator's notification asks for it.
type Words struct {
	What         string `json:"what"`
	Consequences string `json:"consequences"`
	Measures     string `json:"measures"`
	Advice       string `json:"advice"` // what they can do themselves
	Contact      string `json:"contact"`
}

// Draft is words that wait for a second officer.
type Draft struct {
	Words
	Line int // of the history: its number
	By   Actor
	At   time.Time
}

// Otherwise is a telling of people by another way than the chat: a letter, the telephone, an announcement.
type Otherwise struct {
	At      time.Time `json:"at"`
	How     string    `json:"how"`
	Persons int       `json:"persons,omitempty"` // how many; 0: whoever reads it
	By      Actor     `json:"-"`
}

// Breach is a breach of personal data, as the lines of its history leave it.
type Breach struct {
	ID       BreachID
	AgencyID agencies.AgencyID
	YearBE   int
	N        int64

	Record
	RecordedAt  time.Time // of the first line
	RecordedBy  Actor
	Lines       int // how many the history has
	FormLine    int // the newest that the form for the regulator says something of
	FormAt      time.Time
	Judgement   *Judgement // the newest; nil: nobody has judged yet
	Reports     []Report
	Draft       *Draft     // nil: none waits
	Notice      NoticeID   // what was confirmed last; 0: nothing
	Listed      int        // people on the list
	Chat, Alone int        // those of them who were told by chat or page, and who have neither
	ToldAt      *time.Time // when all of them were gone through
	Otherwise   []Otherwise
	ClosedAt    *time.Time
	ClosedWhy   string

	reminded time.Duration // since the detection, of the last reminder
}

// No is its number as people write it: 3/2569.
func (b Breach) No() string { return fmt.Sprintf("%d/%d", b.N, b.YearBE) }

// Risk is how it was judged; empty: nobody has.
func (b Breach) Risk() Risk {
	if b.Judgement == nil {
		return ""
	}
	return b.Judgement.Risk
}

// State is where it stands.
func (b Breach) State() State {
	switch {
	case b.ClosedAt != nil:
		return Closed
	case len(b.Reports) == 0 && b.Risk() == NoRisk:
		return Excused
	case len(b.Reports) == 0:
		return Open
	case b.Risk() == HighRisk && b.peopleTold():
		return Told
	default:
		return Reported
	}
}

// peopleTold says that everybody concerned was told: by chat, and those who have none in another way.
func (b Breach) peopleTold() bool {
	if b.Listed == 0 {
		return len(b.Otherwise) > 0
	}
	return b.ToldAt != nil && (b.Alone == 0 || len(b.Otherwise) > 0)
}

// DueAt is by when the regulator is told. In Thailand no clock is ever put forward or back.
func (b Breach) DueAt() time.Time { return b.DetectedAt.Add(Limit) }

// Late says whether telling the regulator at a moment is after the limit: its very end is within it.
func (b Breach) Late(at time.Time) bool { return at.After(b.DueAt()) }

// Working says how the limit is counted, step by step.
func (b Breach) Working() []string {
	return []string{
		"หน่วยงานทราบเหตุ " + thai.DateTime(b.DetectedAt),
		fmt.Sprintf("นับ %d ชั่วโมงต่อเนื่อง รวมกลางคืนและวันหยุด (พ.ร.บ. คุ้มครองข้อมูลส่วนบุคคล พ.ศ. 2562 มาตรา 37 (4))", int(Limit/time.Hour)),
		"ครบ " + thai.DateTime(b.DueAt()),
	}
}

// Lacks names what the form for the regulator still lacks at a moment; nothing: it can be sent.
func (b Breach) Lacks(at time.Time) (all []string) {
	for _, part := range []struct{ name, value string }{
		{"ข้อมูลที่เกี่ยวข้อง", b.Data}, {"ผลที่อาจเกิดขึ้น", b.Consequences}, {"มาตรการที่ดำเนินการ", b.Measures}, {"ผู้ประสานงาน", b.Contact}, {"ผลประเมินความเสี่ยง", string(b.Risk())},
	} {
		if part.value == "" {
			all = append(all, part.name)
		}
	}
	if len(b.Reports) == 0 && b.Late(at) && b.LateWhy == "" {
		all = append(all, "เหตุที่แจ้งเกิน 72 ชั่วโมง")
	}
	return all
}
