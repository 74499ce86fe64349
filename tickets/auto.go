package tickets

import (
	"context"
	"slices"
	"time"

	"github.com/jackc/pgx/v5"

	"saphan/forms"
	"saphan/internal/thai"
)

// EventReminded says that the citizen was reminded by a rule: of documents that are awaited, or of the end of a permit.
const EventReminded EventKind = "reminded"

// Condition is one thing that a rule asks of a case; histories keep those that held.
type Condition string

// The conditions, in the order in which they are told.
const (
	OfKind     Condition = "kind"         // the request is one that the rule is made for
	Undecided  Condition = "undecided"    // the case is open, is the agency's own, and nobody decided it before
	Supplied   Condition = "supplied"     // nothing that was asked for is awaited
	Documented Condition = "documents"    // every required document is there
	Scanned    Condition = "scanned"      // every file can be opened
	Identified Condition = "identity"     // it is known well enough who the citizen is (EGA-8.1)
	FeeKnown   Condition = "fee"          // what it costs follows from the tables
	Complete   Condition = "complete"     // it was noted that everything is there
	Notified   Condition = "notification" // the law asks for no leave
	Bound      Condition = "bound"        // it can be refused for no reason that calls for a judgement
	Alone      Condition = "alone"        // no opinion and no second person is asked for (MTH-3.1)
	Fresh      Condition = "fresh"        // what comes out stands for no earlier permit
	Answered   Condition = "answered"     // the citizen wrote nothing that is not answered
	Awaited    Condition = "awaited"      // documents are awaited
	Valid      Condition = "valid"        // the permit holds and ends
)

// Thai is what a condition asks for, as officers read it.
func (c Condition) Thai() string {
	return map[Condition]string{
		OfKind: "เป็นเรื่องชนิดที่กฎนี้ใช้", Undecided: "เรื่องยังเปิดอยู่ และยังไม่เคยมีผลที่เจ้าหน้าที่ถอน", Supplied: "ไม่มีเอกสารที่ขอเพิ่มค้างอยู่",
		Documented: "เอกสารที่ต้องใช้มาครบ", Scanned: "เปิดไฟล์ได้ทุกไฟล์ ตรวจไวรัสแล้ว", Identified: "ยืนยันตัวตนถึงระดับที่บริการต้องการ", FeeKnown: "คำนวณค่าธรรมเนียมได้จากอัตรา",
		Complete: "บันทึกแล้วว่าเอกสารครบถ้วน", Notified: "เป็นการแจ้งตามกฎหมาย ไม่ใช่การขออนุญาต", Bound: "ไม่มีเหตุไม่อนุมัติที่ต้องใช้ดุลพินิจ",
		Alone: "ไม่ต้องมีความเห็นหรือผู้พิจารณาสองคน", Fresh: "ไม่ใช่ใบแทนหรือฉบับแก้ไข", Answered: "ไม่มีข้อความจากประชาชนที่รอคำตอบ",
		Awaited: "กำลังรอเอกสารจากประชาชน", Valid: "ใบอนุญาตยังใช้ได้และมีวันสิ้นอายุ",
	}[c]
}

// Tested is a condition with whether it is so, and since when it is (zero: from the beginning).
type Tested struct {
	Condition
	Met   bool
	since time.Time
}

// Step is a rule in a case: what was done by it, what is planned, and why.
type Step struct {
	Rule  forms.AutoRule
	Tests []Tested  // why, or why not; of what was done, those that held
	At    time.Time // when it was done, or will be; zero: it is not planned
	Done  bool
	Halt  *Halt // what keeps it from being done; nil: nothing
	Days  int   // of a reminder: how many days before the last day
	on    string
}

// Steps returns what the system did by itself in a case, the first one first, and then what each of its rules will do or waits
// for. Rules that are off are left out.
func (d *Desk) Steps(ctx context.Context, tx pgx.Tx, t Ticket) ([]Step, error) {
	r, err := d.record(ctx, tx, t)
	if err != nil {
		return nil, err
	}
	return r.steps(), nil
}

func (r record) steps() (all []Step) {
	done := r.doneSteps()
	for _, rule := range r.form.Auto {
		if rule.Off {
			continue
		}
		step := r.step(rule)
		once := rule.Kind == forms.AutoAccept || rule.Kind == forms.AutoApprove
		if once && slices.ContainsFunc(done, func(s Step) bool { return s.Rule.Key == rule.Key }) {
			continue
		}
		all = append(all, step)
	}
	return append(done, all...)
}

// doneSteps are what a history says that rules did.
func (r record) doneSteps() (done []Step) {
	for _, e := range r.events {
		d := detailOf(e)
		i := slices.IndexFunc(r.form.Auto, func(rule forms.AutoRule) bool { return rule.Key == d.Rule })
		if i < 0 || e.Kind == EventHalted || e.Kind == EventResumed {
			continue
		}
		step := Step{Rule: r.form.Auto[i], At: e.At, Done: true, Days: d.Days}
		for _, c := range d.Held {
			step.Tests = append(step.Tests, Tested{Condition: c, Met: true})
		}
		done = append(done, step)
	}
	return done
}

// planned is the step of a kind that comes next; its time is zero when none does.
func (r record) planned(kind forms.AutoKind) (next Step) {
	if r.facts == nil { // the service has no rules
		return next
	}
	for _, rule := range r.form.Auto {
		if rule.Kind != kind || rule.Off {
			continue
		}
		if s := r.step(rule); !s.At.IsZero() && s.Halt == nil && (next.At.IsZero() || s.At.Before(next.At)) {
			next = s
		}
	}
	return next
}

// step is what a rule does next in a case.
func (r record) step(rule forms.AutoRule) Step {
	s := Step{Rule: rule}
	for i, h := range r.facts.halts {
		if h.stops(rule.Key) {
			s.Halt = &r.facts.halts[i]
		}
	}
	switch rule.Kind {
	case forms.AutoAccept:
		r.acceptance(&s)
	case forms.AutoApprove:
		r.approval(&s)
	case forms.AutoRemind:
		s.Tests = []Tested{r.ofKind(rule), {Awaited, r.Status == Awaiting, time.Time{}}}
		if s.met() {
			r.reminder(&s, r.lapses().AddDate(0, 0, -1), r.story().lastAsked)
		}
	case forms.AutoRenew:
		s.Tests = []Tested{r.ofKind(rule), {Valid, !r.facts.endsOn.IsZero(), time.Time{}}}
		if s.met() {
			r.reminder(&s, r.facts.endsOn, r.facts.issuedAt)
		}
	}
	return s
}

// met reports whether all that the rule asks for is so.
func (s Step) met() bool { return !slices.ContainsFunc(s.Tests, func(t Tested) bool { return !t.Met }) }

// since is when the last of its conditions came true, of a request that is deemed received then or later (EGA-10.2).
func (s Step) since(r record) time.Time {
	at := r.DeemedReceivedAt
	for _, t := range s.Tests {
		at = later(at, t.since)
	}
	for _, h := range r.facts.halts {
		if h.EndedAt != nil && (h.Rule == "" || h.Rule == s.Rule.Key) { // who let it go on has the same time to think again
			at = later(at, *h.EndedAt)
		}
	}
	return at
}

func (r record) ofKind(rule forms.AutoRule) Tested {
	return Tested{Condition: OfKind, Met: r.form.Meets(rule, r.answers)}
}

// acceptance is noting that everything needed is there.
func (r record) acceptance(s *Step) {
	s.Tests = append([]Tested{r.ofKind(s.Rule), r.undecided()}, r.ready()...)
	if s.met() && r.story().checkedAt.IsZero() {
		s.At = s.since(r)
	}
}

// approval is certifying a notification.
func (r record) approval(s *Step) {
	story := r.story()
	s.Tests = append([]Tested{r.ofKind(s.Rule), r.undecided()}, r.ready()...)
	s.Tests = append(s.Tests,
		Tested{Complete, !story.checkedAt.IsZero(), story.checkedAt},
		Tested{Condition: Notified, Met: r.form.Notifies(r.answers)},
		Tested{Condition: Bound, Met: len(r.form.Judged(r.answers)) == 0},
		Tested{Condition: Alone, Met: slices.Contains(r.facts.approves, s.Rule.Key) && len(r.form.Deciding.Chain()) == 0},
		Tested{Condition: Fresh, Met: !r.form.Outcome(r.answers).Replaces},
		Tested{Answered, !story.unanswered, story.answeredAt},
	)
	if !s.met() {
		return
	}
	if since := s.since(r); s.Rule.After.Working {
		s.At = r.calendar.AddWorking(since, s.Rule.After.For)
	} else {
		s.At = since.Add(s.Rule.After.For)
	}
}

func (r record) undecided() Tested {
	at := slices.Contains([]Status{Open, Accepted, Awaiting}, r.Status) && r.AcceptBy == nil
	return Tested{Condition: Undecided, Met: at && !r.story().takenBack}
}

// ready are the conditions of what a request must bring.
func (r record) ready() []Tested {
	_, err := r.form.Bill(r.answers, forms.Dates{Filed: r.EnteredAt, Decided: r.DeemedReceivedAt})
	return []Tested{
		{Supplied, r.Status != Awaiting && r.facts.wanted == 0, r.story().suppliedAt},
		{Condition: Documented, Met: r.documented()},
		{Scanned, r.facts.unopenable == 0, r.facts.scannedAt},
		{Identified, r.facts.identified, r.facts.identifiedAt},
		{Condition: FeeKnown, Met: err == nil},
	}
}

// documented reports whether each required document came in a file that is still there.
func (r record) documented() bool {
	for _, f := range r.form.Open(r.answers) {
		a, ok := forms.Find(r.answers, f.Key)
		if f.Files() && !f.Optional && (!ok || !slices.ContainsFunc(a.Attachments, func(id int64) bool { return slices.Contains(r.facts.files, id) })) {
			return false
		}
	}
	return true
}

// remindAt is the time of the day, in Bangkok, at which people are reminded.
const remindAt = 9 * time.Hour

// reminder is the next reminder before a last day, of those that fall after begun. One that was given counts for the earlier
// ones too.
func (r record) reminder(s *Step, last, begun time.Time) {
	last = last.In(thai.Bangkok())
	s.on = day(last)
	midnight := time.Date(last.Year(), last.Month(), last.Day(), 0, 0, 0, 0, thai.Bangkok())
	for _, days := range s.Rule.Before {
		at := midnight.AddDate(0, 0, -days).Add(remindAt)
		if at.After(begun) && !r.reminded(s.Rule.Key, s.on, days) {
			s.At, s.Days = at, days
			return
		}
	}
}

func (r record) reminded(rule, on string, days int) bool {
	return slices.ContainsFunc(r.events, func(e Event) bool {
		d := detailOf(e)
		return e.Kind == EventReminded && d.Rule == rule && d.DueOn == on && d.Days <= days
	})
}
