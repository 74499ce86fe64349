package admin

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"saphan/agencies"
	"saphan/internal/fault"
	"saphan/tickets"
	"saphan/tickets/oncall"
)

// onCallPage shows who is called when something cannot wait, and lets a head say who.
type onCallPage struct {
	chrome
	Gateway  bool // text messages can be sent
	Table    tickets.OnCall
	By       string // who decided it
	Now      []onCallNow
	Shifts   []shiftBox
	Queues   []agencies.Queue
	Officers []phoneLine
	Places   []int // of those who are called, from 1 on
	Days     []oncall.Day
	Past     []setLine
	Base     int
	Tried    []tickets.Call
	Wrong    []string
	Done     string
	Problem  string
}

// onCallNow is who is called now in a queue.
type onCallNow struct {
	Queue string // name
	Chain []onCallLine
	Head  bool // nobody stands by: the head is called at once
}

type onCallLine struct {
	N       int
	Who     string
	For     string // in whose place; empty: they stand in the table
	Minutes int
	Gateway bool // text messages can be sent
	Phone   bool // a telephone is known
}

// phoneLine is an officer who can be called, and whether a telephone is known.
type phoneLine struct {
	agencies.Officer
	Phone bool
	Mine  bool
}

// shiftBox is one shift as it is written.
type shiftBox struct {
	oncall.Shift
	N int // from 1 on
}

// On says whether a day is chosen.
func (b shiftBox) On(d oncall.Day) bool { return slices.Contains(b.Days, d) }

// Who is the officer in a place of the order, from 1 on; 0: none.
func (b shiftBox) Who(place int) agencies.OfficerID {
	if place > len(b.Turns) {
		return 0
	}
	return b.Turns[place-1].Officer
}

// Minutes are those of a place.
func (b shiftBox) Minutes(place int) int {
	if place > len(b.Turns) || b.Turns[place-1].Minutes == 0 {
		return oncall.UsualMinutes
	}
	return b.Turns[place-1].Minutes
}

// placesShown is how many officers follow one another on the page: at three minutes each, ten are over.
const placesShown = 4

func (a *Admin) showOnCall(r *http.Request, s Scope) (reply, error) {
	table, err := tickets.OnCallInForce(r.Context(), s.Tx, s.Agency)
	if err != nil {
		return nil, err
	}
	p, err := a.onCallPage(r.Context(), s, table.Shifts, table.N)
	p.Done = doneSetting[r.FormValue("done")]
	return page{view: "on-call", data: p}, err
}

func (a *Admin) onCallPage(ctx context.Context, s Scope, week oncall.Week, base int) (p onCallPage, err error) {
	if p.chrome, err = chromeOf(ctx, s, "เวรรับเหตุด่วน"); err != nil {
		return p, err
	}
	p.Base, p.Gateway, p.Days = base, a.texts, oncall.Days()
	for n := range placesShown {
		p.Places = append(p.Places, n+1)
	}
	for i, shift := range week {
		p.Shifts = append(p.Shifts, shiftBox{Shift: shift, N: i + 1})
	}
	if p.Queues, err = agencies.Queues(ctx, s.Tx, s.Agency); err != nil {
		return p, err
	}
	officers, err := agencies.Officers(ctx, s.Tx, s.Agency)
	if err != nil {
		return p, err
	}
	if p.Now, err = a.onCallNow(ctx, s, p.Queues, officers); err != nil {
		return p, err
	}
	standby, err := agencies.LoadStandby(ctx, s.Tx, s.Agency, a.now())
	if err != nil {
		return p, err
	}
	for _, id := range standby.Officers() {
		p.Officers = append(p.Officers, phoneLine{Officer: officers[id], Phone: standby.Reached(id), Mine: id == s.Officer.ID})
	}
	past, err := tickets.OnCallTables(ctx, s.Tx, s.Agency, pastShown)
	if err != nil {
		return p, err
	}
	for _, t := range past {
		p.Past = append(p.Past, setLine{N: t.N, Rules: len(t.Shifts), Why: t.Why, By: officers[t.OfficerID].Name, At: t.At})
	}
	if len(past) > 0 {
		p.Table, p.By = past[0], p.Past[0].By
	}
	p.Tried, err = tickets.Calls(ctx, s.Tx, s.Agency, 0, s.Officer.ID, 1)
	return p, err
}

// pastShown is how many tables of the past are listed.
const pastShown = 20

// onCallNow is who is called now: in each queue that has shifts of its own, and in all others.
func (a *Admin) onCallNow(ctx context.Context, s Scope, queues []agencies.Queue, officers map[agencies.OfficerID]agencies.Officer) (all []onCallNow, err error) {
	table, err := tickets.OnCallInForce(ctx, s.Tx, s.Agency)
	if err != nil {
		return nil, err
	}
	own := []agencies.Queue{{Name: "ทุกคิวงาน"}}
	for _, q := range queues {
		if slices.ContainsFunc(table.Shifts, func(shift oncall.Shift) bool { return shift.Queue == q.Key }) {
			own[0].Name = "คิวงานอื่น"
			own = append(own, q)
		}
	}
	for _, q := range own {
		chain, heads, err := a.desk.OnCallNow(ctx, s.Tx, s.Agency, q.Key)
		if err != nil {
			return nil, err
		}
		one := onCallNow{Queue: q.Name, Head: len(chain) == 0}
		if one.Head {
			chain = heads
		}
		for i, c := range chain {
			one.Chain = append(one.Chain, onCallLine{N: i + 1, Who: officers[c.Officer].Name, For: officers[c.For].Name, Minutes: c.Minutes, Gateway: a.texts, Phone: c.Phone})
		}
		all = append(all, one)
	}
	return all, nil
}

// changeOnCall adds or removes a shift on the page, or makes the table count.
func (a *Admin) changeOnCall(r *http.Request, s Scope) (reply, error) {
	week, wrong := typedWeek(r.PostForm)
	base, err := strconv.Atoi(r.PostForm.Get("base"))
	if err != nil {
		return nil, fault.Wrap(fault.Invalid, "อ่านข้อมูลที่ส่งมาไม่ได้ กรุณาเปิดหน้าเวรใหม่", err)
	}
	do, which, _ := strings.Cut(r.PostForm.Get("do"), " ")
	if do != "save" {
		if n := number(which, len(week)); do == "remove" && n > 0 {
			week = slices.Delete(week, n-1, n)
		}
		if do == "add" {
			week = append(week, oncall.Shift{Days: oncall.Days()[:5], From: 16*60 + 30, Until: 8*60 + 30})
		}
		p, err := a.onCallPage(r.Context(), s, week, base)
		return page{view: "on-call", data: p}, err
	}
	if len(wrong) == 0 {
		_, err = a.desk.DecideOnCall(r.Context(), s.Tx, s.Actor(), s.Agency, base, week, r.PostForm.Get("why"))
		if err == nil {
			return a.onCallDone(r, s, "on-call", agencies.OnCallDecided, agencies.ChangeDetail{})
		}
		if fault.KindOf(err) == fault.Internal {
			return nil, err
		}
		wrong = strings.Split(fault.MessageOf(err), "\n")
	}
	p, other := a.onCallPage(r.Context(), s, week, base)
	p.Wrong = wrong
	return page{view: "on-call", status: fault.Invalid.Status(), data: p}, other
}

func (a *Admin) onCallDone(r *http.Request, s Scope, done string, kind agencies.ChangeKind, detail agencies.ChangeDetail) (reply, error) {
	if err := a.changed(r.Context(), s, kind, detail); err != nil {
		return nil, err
	}
	return redirect(link("/on-call", url.Values{"done": {done}})), nil
}

// typedWeek reads the shifts as they stand in the form, and says what cannot be read.
func typedWeek(form url.Values) (week oncall.Week, wrong []string) {
	for n := 1; n <= number(form.Get("shifts"), mostShiftsTyped); n++ {
		of := func(name string) string { return name + "-" + strconv.Itoa(n) }
		shift := oncall.Shift{Queue: form.Get(of("queue"))}
		for _, d := range form[of("day")] {
			shift.Days = append(shift.Days, oncall.Day(d))
		}
		var err1, err2 error
		shift.From, err1 = typedMinute(form.Get(of("from")))
		shift.Until, err2 = typedMinute(form.Get(of("until")))
		if err1 != nil || err2 != nil {
			wrong = append(wrong, fmt.Sprintf("เวรแถวที่ %d: อ่านเวลาไม่ได้ กรุณาใส่ชั่วโมง 00 ถึง 23 และนาที 00 ถึง 59 เช่น 16:30", n))
		}
		for place := 1; place <= placesShown; place++ {
			id := number(form.Get(fmt.Sprintf("officer-%d-%d", n, place)), 1<<53)
			if id > 0 {
				shift.Turns = append(shift.Turns, oncall.Turn{Officer: agencies.OfficerID(id), Minutes: number(form.Get(fmt.Sprintf("minutes-%d-%d", n, place)), 99)})
			}
		}
		week = append(week, shift)
	}
	return week, wrong
}

// mostShiftsTyped bounds what is read of a form.
const mostShiftsTyped = 60

// typedMinute reads a time of the day, 16:30.
func typedMinute(typed string) (oncall.Minute, error) {
	at, err := time.Parse("15:04", strings.ReplaceAll(strings.TrimSpace(typed), ".", ":"))
	if err != nil {
		return 0, fmt.Errorf("read a time of the day: %w", err)
	}
	return oncall.Minute(at.Hour()*60 + at.Minute()), nil
}

// setPhone keeps the telephone at which an officer is called.
func (a *Admin) setPhone(r *http.Request, s Scope) (reply, error) {
	o, err := a.ownOfficer(r, s)
	if err != nil {
		return nil, err
	}
	if err := agencies.SetPhone(r.Context(), s.Tx, a.box, s.Agency, o.ID, r.PostForm.Get("phone")); err != nil {
		kind := fault.KindOf(err)
		if kind == fault.Internal {
			return nil, err
		}
		table, other := tickets.OnCallInForce(r.Context(), s.Tx, s.Agency)
		if other != nil {
			return nil, other
		}
		p, other := a.onCallPage(r.Context(), s, table.Shifts, table.N)
		p.Problem = fault.MessageOf(err)
		return page{view: "on-call", status: kind.Status(), data: p}, other
	}
	return a.onCallDone(r, s, "phone", agencies.OfficerPhone, agencies.ChangeDetail{Officer: o.ID})
}

// tryOnCall calls whoever presses the button, to see that it arrives.
func (a *Admin) tryOnCall(r *http.Request, s Scope) (reply, error) {
	if err := a.desk.TryCall(r.Context(), s.Tx, s.Agency, s.Officer.ID); err != nil {
		return nil, err
	}
	return redirect(link("/on-call", url.Values{"done": {"tried"}})), nil
}

// alarmLine is a case that cannot wait and that nobody has taken, above every list.
type alarmLine struct {
	ID      tickets.TicketID
	Href    string
	Number  string
	Subject string
	Called  string // who was called last; empty: nobody yet
	At      time.Time
	Mine    bool // that is who looks
}

// ringing puts above a list what cannot wait and nobody has taken, the longest waiting first; a head sees who is on call now.
func (a *Admin) ringing(ctx context.Context, s Scope, l *list, queues []agencies.Queue) error {
	waiting, err := tickets.Alarms(ctx, s.Tx, s.Agency, alarmsShown)
	lead := s.Can(agencies.ManageAgency)
	if err != nil || len(waiting) == 0 && !lead {
		return err
	}
	officers, err := agencies.Officers(ctx, s.Tx, s.Agency)
	if err != nil {
		return err
	}
	for _, t := range waiting {
		line := alarmLine{ID: t.ID, Href: ticketLink(t.ID, l.View), Number: t.Number, Subject: t.Subject}
		calls, err := tickets.Calls(ctx, s.Tx, s.Agency, t.ID, 0, 1)
		if err != nil {
			return err
		}
		if len(calls) > 0 {
			line.Called, line.At, line.Mine = officers[calls[0].OfficerID].Name, calls[0].At, calls[0].OfficerID == s.Officer.ID
		}
		l.Alarms = append(l.Alarms, line)
	}
	if lead {
		l.OnCall, err = a.onCallNow(ctx, s, queues, officers)
	}
	return err
}

// alarmsShown is how many of them stand above a list.
const alarmsShown = 5

// chainBox is how officers are being called about a case: the working of its real-time clock.
type chainBox struct {
	Calls []chainCall
	Next  time.Time // when the next one is called; zero: nobody is
}

type chainCall struct {
	Who string
	At  time.Time
	SMS string // what became of the text message
}

// chainOf reads it; nil: nobody was ever called about the case, nor will be.
func (a *Admin) chainOf(ctx context.Context, s Scope, t tickets.Ticket, officers map[agencies.OfficerID]agencies.Officer) (*chainBox, error) {
	if !t.Urgent {
		return nil, nil //nolint:nilnil // as the boxes of other parts
	}
	calls, err := tickets.Calls(ctx, s.Tx, s.Agency, t.ID, 0, callsShown)
	if err != nil {
		return nil, err
	}
	box := &chainBox{}
	if box.Next, err = a.desk.NextCall(ctx, s.Tx, t); err != nil {
		return nil, err
	}
	slices.Reverse(calls)
	for _, c := range calls {
		line := chainCall{Who: officers[c.OfficerID].Name, At: c.At, SMS: "กำลังส่ง SMS"}
		switch {
		case c.Sent:
			line.SMS = "ส่ง SMS แล้ว"
		case c.EndedAt != nil:
			line.SMS = c.Why.Thai()
		}
		box.Calls = append(box.Calls, line)
	}
	if len(box.Calls) == 0 && box.Next.IsZero() {
		return nil, nil //nolint:nilnil // an officer had it when it became urgent
	}
	return box, nil
}

// callsShown is how many calls about a case are listed.
const callsShown = 30
