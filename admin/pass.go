package admin

import (
	"context"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/go-chi/chi/v5"

	"saphan/agencies"
	"saphan/internal/fault"
	"saphan/internal/thai"
	"saphan/tickets"
)

// passRoutes are the screens on cases between agencies (EGA-10.4, SEED-36).
func (a *Admin) passRoutes(r chi.Router) {
	r.Get("/tickets/{ticket}/transfer", a.screen(agencies.WorkTickets, a.showTransfer))
	r.Post("/tickets/{ticket}/transfer", a.screen(agencies.WorkTickets, a.transfer))
	r.Get("/tickets/{ticket}/refer", a.screen(agencies.WorkTickets, a.showRefer))
	r.Post("/tickets/{ticket}/refer", a.screen(agencies.WorkTickets, a.refer))
	r.Post("/tickets/{ticket}/take-over", a.screen(agencies.WorkTickets, a.takeOver))
	r.Get("/tickets/{ticket}/bounce", a.screen(agencies.WorkTickets, a.showBounce))
	r.Post("/tickets/{ticket}/bounce", a.screen(agencies.WorkTickets, a.bounce))
	r.Get("/tickets/{ticket}/move-back", a.screen(agencies.WorkTickets, a.showMoveBack))
	r.Post("/tickets/{ticket}/move-back", a.screen(agencies.WorkTickets, a.moveBack))
}

// mostOffered is how many agencies a search offers at once.
const mostOffered = 12

// transferSheet asks to which agency a case goes, and why.
type transferSheet struct {
	sheet
	Find   string
	Offers []offer
	More   int    // further agencies that the search found
	Refer  string // address at which a body outside is named
}

// offer is an agency to which a case can go.
type offer struct {
	agencies.Agency
	Barred bool // it sent the case back before, and only the head may send it there again
	Again  bool // it sent the case back before
}

func (a *Admin) showTransfer(r *http.Request, s Scope) (reply, error) {
	ctx := r.Context()
	sh, err := a.sheetFor(r, s, "transfer", "ส่งต่อหน่วยงานที่รับผิดชอบ")
	if err != nil {
		return nil, err
	}
	own, err := agencies.Find(ctx, s.Tx, s.Agency)
	if err != nil {
		return nil, err
	}
	p := transferSheet{sheet: sh, Find: strings.TrimSpace(thai.Clip(r.URL.Query().Get("find"), 100)), Refer: link(ticketPath(sh.Ticket.ID)+"/refer", viewOf(r.URL.Query()).query())}
	look := agencies.Search{Words: p.Find, Without: []agencies.AgencyID{s.Agency}, Most: mostOffered}
	if p.Find == "" {
		look.Province = own.Province // neighbours first
	}
	found, all, err := agencies.Seek(ctx, s.Tx, look)
	if err != nil {
		return nil, err
	}
	gone, err := tickets.TransfersOf(ctx, s.Tx, sh.Ticket.ID)
	if err != nil {
		return nil, err
	}
	for _, to := range found {
		again := slices.ContainsFunc(gone, func(t tickets.Transfer) bool { return t.To == to.ID && t.BouncedAt != nil })
		p.Offers = append(p.Offers, offer{Agency: to, Again: again, Barred: again && !s.Can(agencies.LeadTickets)})
	}
	p.More = all - len(found)
	return page{view: "transfer", part: "sheet", data: p}, nil
}

func (a *Admin) transfer(r *http.Request, s Scope) (reply, error) {
	return a.act(r, s, "transferred", func(ctx context.Context, id tickets.TicketID) error {
		to := number(r.PostForm.Get("agency"), 1<<53)
		if to == 0 {
			return fault.New(fault.Invalid, "ยังไม่ได้เลือกหน่วยงานปลายทาง กรุณาค้นแล้วเลือกหนึ่งหน่วยงาน")
		}
		return a.desk.Transfer(ctx, s.Tx, s.Actor(), id, agencies.AgencyID(to), unixLines(r.PostForm.Get("reason")))
	})
}

// referSheet asks which body outside is in charge.
type referSheet struct {
	sheet
	Bodies []tickets.Body
	Chosen tickets.Body
	Here   string // address at which an agency of this installation is chosen
}

func (a *Admin) showRefer(r *http.Request, s Scope) (reply, error) {
	sh, err := a.sheetFor(r, s, "refer", "แจ้งหน่วยงานภายนอกที่รับผิดชอบ")
	if err != nil {
		return nil, err
	}
	p := referSheet{sheet: sh, Here: link(ticketPath(sh.Ticket.ID)+"/transfer", viewOf(r.URL.Query()).query())}
	if p.Bodies, err = tickets.Bodies(r.Context(), s.Tx, s.Agency); err != nil {
		return nil, err
	}
	for _, b := range p.Bodies {
		if b.Name == r.URL.Query().Get("body") {
			p.Chosen = b
		}
	}
	return page{view: "refer", part: "sheet", data: p}, nil
}

func (a *Admin) refer(r *http.Request, s Scope) (reply, error) {
	return a.act(r, s, "referred", func(ctx context.Context, id tickets.TicketID) error {
		f := func(name string) string { return unixLines(r.PostForm.Get(name)) }
		ref := tickets.Referral{TicketID: id, Body: f("body"), Reach: f("reach"), Law: f("law")}
		return a.desk.Refer(ctx, s.Tx, s.Actor(), ref, f("keep") != "")
	})
}

func (a *Admin) takeOver(r *http.Request, s Scope) (reply, error) {
	return a.act(r, s, "taken-over", func(ctx context.Context, id tickets.TicketID) error {
		return a.desk.TakeOver(ctx, s.Tx, s.Actor(), id)
	})
}

func (a *Admin) showBounce(r *http.Request, s Scope) (reply, error) {
	sh, err := a.sheetFor(r, s, "bounce", "ไม่ใช่เรื่องของหน่วยงาน ส่งกลับ")
	if err != nil {
		return nil, err
	}
	return page{view: "bounce", part: "sheet", data: sh}, nil
}

func (a *Admin) bounce(r *http.Request, s Scope) (reply, error) {
	return a.act(r, s, "bounced", func(ctx context.Context, id tickets.TicketID) error {
		return a.desk.Bounce(ctx, s.Tx, s.Actor(), id, unixLines(r.PostForm.Get("why")))
	})
}

func (a *Admin) showMoveBack(r *http.Request, s Scope) (reply, error) {
	sh, err := a.sheetFor(r, s, "move-back", "ไม่ใช่งานของคิวนี้ ส่งกลับคิวเดิม")
	if err != nil {
		return nil, err
	}
	return page{view: "move-back", part: "sheet", data: sh}, nil
}

func (a *Admin) moveBack(r *http.Request, s Scope) (reply, error) {
	return a.act(r, s, "moved-back", func(ctx context.Context, id tickets.TicketID) error {
		return a.desk.MoveBack(ctx, s.Tx, s.Actor(), id, unixLines(r.PostForm.Get("why")))
	})
}

// setAcceptDays changes within how many working days the agency says whether it takes what another sends.
func (a *Admin) setAcceptDays(r *http.Request, s Scope) (reply, error) {
	ctx, days := r.Context(), number(r.PostForm.Get("days"), agencies.MostAcceptDays+1)
	was, err := agencies.AcceptDays(ctx, s.Tx, s.Agency)
	if err != nil {
		return nil, err
	}
	if days != was {
		if err := agencies.SetAcceptDays(ctx, s.Tx, s.Agency, days); err != nil {
			return nil, err
		}
		if err := a.changed(ctx, s, agencies.AcceptDaysChanged, agencies.ChangeDetail{Ref: decimal(days)}); err != nil {
			return nil, err
		}
	}
	return redirect(link("/calendar", url.Values{"done": {"accept-days"}})), nil
}

// passing is what officers see of a case between agencies; nil: it was with this one from the first.
type passing struct {
	From     string // who sent it here; empty: the citizen
	Reason   string
	Pending  bool // nobody has said yet whether the agency takes it
	AcceptBy time.Time
	Sent     []sentLine
	Shares   []shareLine // several agencies had it
	Bounces  int
	Referral *tickets.Referral
}

// sentLine is one way of a case to another agency.
type sentLine struct {
	To     string
	Reason string
	At     time.Time
	Says   string
	Why    string // it was sent back
	Chip   chip
}

// shareLine is how long an agency had a case.
type shareLine struct {
	Agency      string
	From, Until time.Time
	Took        string
}

// passingOf reads how a case went from agency to agency.
func (a *Admin) passingOf(ctx context.Context, s Scope, t tickets.Ticket) (*passing, error) {
	p := &passing{Pending: t.Pending(), Bounces: t.Bounces}
	if p.Pending {
		p.AcceptBy = *t.AcceptBy
	}
	if t.Status == tickets.Referred {
		ref, err := tickets.FindReferral(ctx, s.Tx, t.ID)
		if err != nil {
			return nil, err
		}
		p.Referral = &ref
	}
	ways, err := tickets.TransfersOf(ctx, s.Tx, t.ID)
	if err != nil {
		return nil, err
	}
	if len(ways) == 0 {
		if p.Referral == nil {
			return nil, nil //nolint:nilnil // there is nothing to show
		}
		return p, nil
	}
	shares, err := a.desk.Holdings(ctx, s.Tx, t.ID)
	if err != nil {
		return nil, err
	}
	ids := []agencies.AgencyID{s.Agency}
	for _, w := range ways {
		ids = append(ids, w.From, w.To)
	}
	for _, h := range shares {
		ids = append(ids, h.Agency)
	}
	names, err := agencies.FindSome(ctx, s.Tx, ids)
	if err != nil {
		return nil, err
	}
	for _, w := range ways {
		if w.ToTicket != nil && *w.ToTicket == t.ID {
			p.From, p.Reason = names[w.From].Name, w.Reason
			continue
		}
		p.Sent = append(p.Sent, sentLineOf(w, names[w.To].Name))
	}
	for _, h := range shares {
		if len(shares) > 1 {
			p.Shares = append(p.Shares, shareLine{Agency: names[h.Agency].Name, From: h.From, Until: h.Until, Took: lasted(h.Took)})
		}
	}
	return p, nil
}

func sentLineOf(w tickets.Transfer, to string) sentLine {
	l := sentLine{To: to, Reason: w.Reason, At: w.At, Why: w.BouncedWhy}
	switch {
	case w.BouncedAt != nil && w.BouncedBy == nil:
		l.Chip, l.Why = chip{Kind: "warn", Icon: "undo-2", Text: "กลับมา"}, "ไม่มีผู้รับภายในกำหนด"
	case w.BouncedAt != nil:
		l.Chip = chip{Kind: "warn", Icon: "undo-2", Text: "กลับมา"}
	case w.AcceptedAt != nil:
		l.Chip = chip{Kind: "ok", Icon: "circle-check", Text: "รับแล้ว"}
	default:
		l.Chip = chip{Icon: "hourglass", Text: "รอรับ"}
	}
	return l
}

// lasted is a length of time in days and hours.
func lasted(d time.Duration) string {
	const day = 24 * time.Hour
	switch {
	case d < day:
		return span(d)
	case d%day < time.Hour:
		return decimal(int(d/day)) + " วัน"
	default:
		return decimal(int(d/day)) + " วัน " + span(d%day)
	}
}
