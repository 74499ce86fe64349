package admin

import (
	"context"
	"crypto/rand"
	"fmt"
	"net/http"
	"slices"
	"time"

	"saphan/agencies"
	"saphan/files"
	"saphan/forms"
	"saphan/internal/chain"
	"saphan/internal/fault"
	"saphan/tickets"
)

// ticketPane is the third pane: one case with all that belongs to it.
type ticketPane struct {
	tickets.Ticket
	View       view
	StatusChip chip
	DueChip    chip
	Queue      string
	Holder     string // who took it; empty: nobody
	Mine       bool
	Law        string // by which the due time is counted
	Clocks     *clockBox
	Chain      *chainBox // how officers are called about it; nil: nobody is
	Why        *whyHere  // nil: it came before that was kept
	Deemed     string    // why it is deemed received at another time than it came; empty: the same
	Parts      []part
	Documents  []documentLine
	Letters    []documentLine // and permits that were sent to the citizen, as they were then
	List       *checklist     // nil: its words and files are erased
	Missing    []missing
	noticed
	verdict
	Talk     []saidOn
	History  []historyLine
	Whole    bool // the history matches its hashes
	Decision *decided
	Auto     *autoBox // nil: the system does nothing by itself there
	Fee      *feeBox  // nil: nothing was ever to be paid
	Can      allowed
	Grants   string // words on the button for a positive result
	Refuses  string // and on that for a negative one
	outcome  forms.Outcome
	Key      string // one-time key of the forms of this page
	Done     string // what was done a moment ago
	Did      string // the word for that in addresses
	Blocked  *unreachable
	Consults *consultBox  // nil: no other agency was asked
	Passing  *passing     // between agencies; nil: it was here from the first
	NoChat   bool         // the case did not come by chat: there is nobody to write to
	Mandate  *mandateMark // under which it was filed for its citizen (PDP-10); nil: by themselves
	Web      bool         // it came by a page, where the person reads what is written
}

// allowed is what the officer may do now: by role and by where the case stands.
type allowed struct {
	Work    bool // role may work on cases and the case is open
	Answer  bool // may write to the citizen, also after the end
	Take    bool
	Release bool
	Pass    bool // to another agency, or name who is in charge
	Back    bool // to the queue from which it was moved
	Decide  bool
	Note    bool
}

// Act is the address of something to do with the ticket.
func (p ticketPane) Act(name string) string {
	return link(ticketPath(p.ID)+"/"+name, p.View.query())
}

// Live is where the pane renews itself: what was done a moment ago is still told then, for the first to hear of what an
// officer does is their own page.
func (p ticketPane) Live() string {
	q := p.View.query()
	if p.Did != "" {
		q.Set("done", p.Did)
	}
	return link(ticketPath(p.ID)+"/live", q)
}

// Here is the address of the ticket itself.
func (p ticketPane) Here() string { return ticketLink(p.ID, p.View) }

// Acts says whether there is anything to do.
func (p ticketPane) Acts() bool { return p.Can.Answer || p.Can.Decide || p.Can.Note }

func (a *Admin) showTicket(r *http.Request, s Scope) (reply, error) {
	id, err := ticketID(r)
	if err != nil {
		return nil, err
	}
	pane, err := a.pane(r, s, id)
	if err != nil {
		return nil, err
	}
	if partial(r) {
		return a.watch(r, s, pane.Ticket, 0, page{view: "inbox", part: "opened", data: inboxPage{
			chrome: chrome{Title: pane.Subject + " · " + pane.Number}, Ticket: &pane,
		}})
	}
	p, err := a.inbox(r, s, id)
	if err != nil {
		return nil, err
	}
	p.Title, p.Ticket = pane.Subject+" · "+pane.Number, &pane
	answer, err := a.look(r.Context(), s, pane.QueueID, page{view: "inbox", data: p})
	if err != nil {
		return nil, err
	}
	return a.watch(r, s, pane.Ticket, 0, answer)
}

// refreshTicket answers a page that heard that its ticket changed.
func (a *Admin) refreshTicket(r *http.Request, s Scope) (reply, error) {
	id, err := ticketID(r)
	if err != nil {
		return nil, err
	}
	pane, err := a.pane(r, s, id)
	if err != nil {
		return nil, err
	}
	if !partial(r) {
		return redirect(pane.Here()), nil
	}
	return page{view: "inbox", part: "ticket", data: &pane}, a.opened(r.Context(), s, pane.Ticket)
}

// pane reads a ticket with everything that belongs to it.
func (a *Admin) pane(r *http.Request, s Scope, id tickets.TicketID) (ticketPane, error) {
	ctx, now := r.Context(), a.now()
	t, err := tickets.Find(ctx, s.Tx, id)
	if err != nil {
		return ticketPane{}, err
	}
	if t.AgencyID != s.Agency {
		return ticketPane{}, fault.New(fault.NotFound, "ไม่พบเรื่องนี้ในหน่วยงานของท่าน กรุณาค้นด้วยเลขที่เรื่อง หรือเปิดจากรายการ")
	}
	request, err := tickets.FindRequest(ctx, s.Tx, t.RequestID)
	if err != nil {
		return ticketPane{}, err
	}
	officers, err := agencies.Officers(ctx, s.Tx, s.Agency)
	if err != nil {
		return ticketPane{}, err
	}
	p := ticketPane{
		Ticket: t, View: viewOf(r.URL.Query()), StatusChip: statusChip(t.Status), DueChip: dueChip(t, now),
		Key: rand.Text(), Done: doneWords[r.URL.Query().Get("done")], NoChat: request.ConversationID == nil,
	}
	if p.Done != "" {
		p.Did = r.URL.Query().Get("done")
	}
	form, err := a.desk.Form(ctx, s.Tx, t)
	if err != nil {
		return ticketPane{}, err
	}
	clock, _ := form.Clock(forms.Decide, request.Answers)
	p.outcome = form.Outcome(request.Answers)
	p.Law, p.Grants, p.Refuses = clock.Law.TH, grantWords(p.outcome), refuseWords(p.outcome)
	if t.OfficerID != nil {
		p.Holder, p.Mine = officers[*t.OfficerID].Name, *t.OfficerID == s.Officer.ID
	}
	p.Can = may(s, t, p)
	if p.Queue, err = queueName(ctx, s, t.QueueID); err != nil {
		return ticketPane{}, err
	}
	if p.Deemed, err = deemedWords(ctx, s, t); err != nil {
		return ticketPane{}, err
	}
	if p.Mandate, err = mandateOf(ctx, s, request); err != nil {
		return ticketPane{}, err
	}
	return p, a.contents(ctx, s, &p, matter{form: form, request: request, officers: officers})
}

// matter is what a case is about and who works there.
type matter struct {
	form     *forms.Form
	request  tickets.Request
	officers map[agencies.OfficerID]agencies.Officer
	events   []tickets.Event
}

// contents fills a pane with what was said, filed and done.
func (a *Admin) contents(ctx context.Context, s Scope, p *ticketPane, m matter) error {
	var err error
	if p.Documents, err = documents(ctx, s, p.Ticket, p.View); err != nil {
		return err
	}
	if p.Letters, err = letters(ctx, s, p.Ticket, p.View); err != nil {
		return err
	}
	if p.Missing, err = missingOf(ctx, s, p.Ticket, p.Documents, a.now()); err != nil {
		return err
	}
	if p.noticed, err = noticedOf(ctx, s, p.Ticket, p.Missing); err != nil {
		return err
	}
	if err := a.decidedOf(ctx, s, p, m.officers); err != nil {
		return err
	}
	if p.Alike, err = a.alikeOf(ctx, s, p); err != nil {
		return err
	}
	if p.Clocks, err = a.clocksOf(ctx, s, p, m.officers); err != nil {
		return err
	}
	if p.Chain, err = a.chainOf(ctx, s, p.Ticket, m.officers); err != nil {
		return err
	}
	if p.Why, err = a.whyHereOf(ctx, s, p.ID, m); err != nil {
		return err
	}
	if p.Fee, err = feeOf(ctx, s, p.Ticket, p.Documents); err != nil {
		return err
	}
	if m.events, err = tickets.History(ctx, s.Tx, p.ID); err != nil {
		return err
	}
	p.Parts = parts(m.form, m.request.Answers, staysNotes(m.events))
	if p.List, err = a.checklist(ctx, s, p, m); err != nil {
		return err
	}
	if p.Auto, err = a.autoOf(ctx, s, p, m); err != nil {
		return err
	}
	queues, err := agencies.Queues(ctx, s.Tx, s.Agency)
	if err != nil {
		return err
	}
	if p.Blocked, err = reach(ctx, s, p.Ticket, m.request.Answers); err != nil {
		return err
	}
	came, err := tickets.CameBy(ctx, s.Tx, p.ID)
	if err != nil {
		return err
	}
	p.Web = came[p.ID] == agencies.WebKind
	others, err := agencies.FindSome(ctx, s.Tx, namedIn(m.events))
	if err != nil {
		return err
	}
	keys, err := a.keysIn(ctx, s, m.events)
	if err != nil {
		return err
	}
	if p.Passing, err = a.passingOf(ctx, s, p.Ticket); err != nil {
		return err
	}
	if p.Consults, err = a.consultsOf(ctx, s, p, m.events, others); err != nil {
		return err
	}
	p.Can.Back = p.Can.Work && tickets.MayMoveBack(m.events)
	words := historian{ticket: p.Ticket, officers: m.officers, queues: queues, answers: m.request.Answers, form: m.form, others: others, keys: keys}
	p.Whole = chain.Check(m.events) == nil
	p.History = words.tell(m.events)
	p.Talk, err = a.talk(ctx, s, p, m.events, words)
	return err
}

// namedIn are the other agencies that a history names.
func namedIn(events []tickets.Event) (ids []agencies.AgencyID) {
	for _, e := range events {
		if id := detailOf(e).Agency; id != 0 {
			ids = append(ids, id)
		}
	}
	return ids
}

// may says what an officer may do with a ticket.
func may(s Scope, t tickets.Ticket, p ticketPane) allowed {
	open, work := !t.Status.Rests(), s.Can(agencies.WorkTickets)
	if t.Pending() { // first somebody says whether the agency takes it
		return allowed{Answer: work && !p.NoChat, Note: work, Take: work}
	}
	return allowed{
		Pass: open && work,
		Work: open && work, Answer: work && !p.NoChat, Note: work,
		Take:    open && work && t.OfficerID == nil,
		Release: open && work && t.OfficerID != nil && (p.Mine || s.Can(agencies.LeadTickets)),
		Decide:  open && s.Can(agencies.DecideTickets),
	}
}

// grantWords stand on the button for a positive result.
func grantWords(o forms.Outcome) string {
	if o.Granted.TH != "" {
		return o.Granted.TH
	}
	if o.Kind == forms.Permit {
		return "อนุญาตและออกใบอนุญาต"
	}
	return "แจ้งผลดำเนินการ"
}

// refuseWords stand on the button for a negative one.
func refuseWords(o forms.Outcome) string {
	if o.Refused.TH != "" {
		return o.Refused.TH
	}
	return tickets.Refuse.Thai()
}

func queueName(ctx context.Context, s Scope, id agencies.QueueID) (string, error) {
	queues, err := agencies.Queues(ctx, s.Tx, s.Agency)
	if err != nil {
		return "", err
	}
	for _, q := range queues {
		if q.ID == id {
			return q.Name, nil
		}
	}
	return "", nil
}

// deemedWords say why a request counts as received later than it came (EGA-10.1, EGA-10.2).
func deemedWords(ctx context.Context, s Scope, t tickets.Ticket) (string, error) {
	if t.DeemedReceivedAt.Equal(t.EnteredAt) {
		return "", nil
	}
	calendar, err := agencies.LoadCalendar(ctx, s.Tx, s.Agency)
	if err != nil {
		return "", err
	}
	const law = " จึงถือว่าได้รับในวันและเวลาทำการถัดไป (พ.ร.บ. การปฏิบัติราชการทางอิเล็กทรอนิกส์ พ.ศ. 2565 มาตรา 10)"
	if name, holiday := calendar.Holiday(t.EnteredAt); holiday {
		return "ยื่นในวันหยุดราชการ (" + name + ")" + law, nil
	}
	if !calendar.Working(t.EnteredAt) {
		return "ยื่นในวันหยุดสุดสัปดาห์" + law, nil
	}
	return "ยื่นนอกเวลาราชการ" + law, nil
}

// missing is one document that was asked for.
type missing struct {
	Label      string
	DueOn      time.Time
	Late       bool
	SuppliedAt *time.Time
	File       *documentLine
	Again      string // address at which it is asked for again, because it cannot be read; empty: it cannot
}

// noticed is what became of the notices of a case beside their documents.
type noticed struct {
	Notices     []tickets.Notice
	CanLengthen bool
	CanReturn   bool
	Returned    *tickets.Returning
	RefiledAs   string // number of the case that was filed in place of one that was returned
}

func noticedOf(ctx context.Context, s Scope, t tickets.Ticket, all []missing) (n noticed, err error) {
	if len(all) == 0 {
		return n, nil
	}
	if n.Notices, err = tickets.Notices(ctx, s.Tx, t.ID); err != nil {
		return n, err
	}
	if t.Status == tickets.Returned {
		back, err := tickets.FindReturn(ctx, s.Tx, t.ID)
		if err != nil {
			return n, err
		}
		n.Returned = &back
		n.RefiledAs, err = tickets.RefiledAs(ctx, s.Tx, t.ID)
		return n, err
	}
	late := slices.ContainsFunc(all, func(m missing) bool { return m.Late })
	n.CanLengthen = t.Status == tickets.Awaiting && s.Can(agencies.WorkTickets)
	n.CanReturn = !t.Status.Closed() && (t.Status != tickets.Awaiting || late) && s.Can(agencies.DecideTickets)
	return n, nil
}

func missingOf(ctx context.Context, s Scope, t tickets.Ticket, documents []documentLine, now time.Time) ([]missing, error) {
	wants, err := tickets.Wants(ctx, s.Tx, t.ID)
	if err != nil {
		return nil, err
	}
	all := make([]missing, 0, len(wants))
	for _, w := range wants {
		m := missing{Label: w.Label, DueOn: w.DueOn, SuppliedAt: w.SuppliedAt}
		m.Late = w.SuppliedAt == nil && now.After(w.DueOn.AddDate(0, 0, 1).Add(-7*time.Hour)) // the day ends in Bangkok
		for _, d := range documents {
			if w.AttachmentID != nil && d.ID == files.AttachmentID(*w.AttachmentID) {
				m.File = &d
			}
		}
		if w.SuppliedAt != nil && !t.Status.Closed() && s.Can(agencies.WorkTickets) {
			m.Again = fmt.Sprintf("%s%s/wants/%d", Base, ticketPath(t.ID), w.ID)
		}
		all = append(all, m)
	}
	return all, nil
}
