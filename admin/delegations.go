package admin

import (
	"context"
	"net/http"
	"net/url"
	"time"

	"saphan/agencies"
	"saphan/internal/fault"
	"saphan/internal/thai"
)

// delegationsPage is in which posts officers sign, and whose power they use beside their own (EGA-16.1).
type delegationsPage struct {
	chrome
	Posts   []postLine
	Given   []delegationLine
	New     typedDelegation
	Done    string
	Problem string
}

// postLine is an officer who signs, with the post that stands under the signature.
type postLine struct {
	agencies.Member
	Post string
	Act  string
}

// delegationLine is a delegation as the list shows it.
type delegationLine struct {
	agencies.Delegation
	Officer string
	State   chip
	Act     string // address at which it is ended; empty: it is over
}

// typedDelegation is what was typed of a new one.
type typedDelegation struct {
	Officer     agencies.OfficerID
	Kind        agencies.DelegationKind
	Post        string
	OrderNo     string
	From, Until string
}

func (a *Admin) showDelegations(r *http.Request, s Scope) (reply, error) {
	p, err := a.delegationsPage(r.Context(), s)
	p.Done = doneSetting[r.FormValue("done")]
	return page{view: "delegations", data: p}, err
}

func (a *Admin) delegationsPage(ctx context.Context, s Scope) (delegationsPage, error) {
	c, err := chromeOf(ctx, s, "ตำแหน่งและการมอบอำนาจ")
	if err != nil {
		return delegationsPage{}, err
	}
	p := delegationsPage{chrome: c, New: typedDelegation{From: thai.Date(a.now())}}
	staff, err := agencies.Staff(ctx, s.Tx, s.Agency)
	if err != nil {
		return p, err
	}
	posts, err := agencies.Posts(ctx, s.Tx, s.Agency)
	if err != nil {
		return p, err
	}
	names := map[agencies.OfficerID]string{}
	for _, m := range staff {
		names[m.ID] = m.Name
		if m.DisabledAt == nil && m.Role.Can(agencies.DecideTickets) {
			p.Posts = append(p.Posts, postLine{Member: m, Post: posts[m.ID], Act: Base + officerPath(m.ID) + "/post"})
		}
	}
	given, err := agencies.Delegations(ctx, s.Tx, s.Agency)
	if err != nil {
		return p, err
	}
	for _, d := range given {
		p.Given = append(p.Given, a.delegationLine(d, names[d.OfficerID]))
	}
	return p, nil
}

func (a *Admin) delegationLine(d agencies.Delegation, officer string) delegationLine {
	l := delegationLine{Delegation: d, Officer: officer, Act: Base + "/delegations/" + decimal(int(d.ID)) + "/end"}
	today := a.now().In(thai.Bangkok())
	switch {
	case d.Holds(today):
		l.State = chip{Kind: "ok", Icon: "circle-check", Text: "มีผลอยู่"}
	case d.EndedAt != nil:
		l.State, l.Act = chip{Icon: "undo-2", Text: "สิ้นสุดแล้ว"}, ""
	case d.FromOn.After(today):
		l.State = chip{Kind: "warn", Icon: "hourglass", Text: "ยังไม่เริ่ม"}
	default:
		l.State, l.Act = chip{Icon: "clock", Text: "พ้นกำหนดแล้ว"}, ""
	}
	return l
}

// delegate gives an officer the power of another post, and shows what was typed again when it cannot be.
func (a *Admin) delegate(r *http.Request, s Scope) (reply, error) {
	typed := typedDelegation{
		Officer: agencies.OfficerID(number(r.PostForm.Get("officer"), 1<<53)), Kind: agencies.DelegationKind(r.PostForm.Get("kind")), Post: tidy(r.PostForm.Get("post")),
		OrderNo: tidy(r.PostForm.Get("order_no")), From: tidy(r.PostForm.Get("from")), Until: tidy(r.PostForm.Get("until")),
	}
	d, err := typed.delegation(s, a.now())
	if err == nil {
		err = agencies.Delegate(r.Context(), s.Tx, d)
	}
	if kind := fault.KindOf(err); err != nil && kind != fault.Internal {
		p, shown := a.delegationsPage(r.Context(), s)
		p.New, p.Problem = typed, fault.MessageOf(err)
		return page{view: "delegations", status: kind.Status(), data: p}, shown
	}
	if err != nil {
		return nil, err
	}
	if err := a.changed(r.Context(), s, agencies.PowerGiven, agencies.ChangeDetail{Officer: d.OfficerID, Ref: d.OrderNo}); err != nil {
		return nil, err
	}
	return redirect(link("/delegations", url.Values{"done": {"delegated"}})), nil
}

// delegation reads what was typed.
func (t typedDelegation) delegation(s Scope, now time.Time) (agencies.Delegation, error) {
	d := agencies.Delegation{
		AgencyID: s.Agency, OfficerID: t.Officer, Kind: t.Kind, Post: t.Post, OrderNo: t.OrderNo, MadeBy: s.Officer.ID, MadeAt: now,
	}
	if t.Officer == 0 {
		return d, fault.New(fault.Invalid, "ยังไม่ได้เลือกเจ้าหน้าที่ กรุณาเลือกผู้ที่ลงนามแทน")
	}
	from, err := thai.ParseDate(t.From)
	if err != nil {
		return d, fault.Wrap(fault.Invalid, "อ่านวันเริ่มไม่ได้ กรุณาพิมพ์เช่น 1 ธ.ค. 2569", err)
	}
	d.FromOn = dayOf(from)
	if t.Until == "" {
		return d, nil
	}
	until, err := thai.ParseDate(t.Until)
	if err != nil {
		return d, fault.Wrap(fault.Invalid, "อ่านวันสุดท้ายไม่ได้ กรุณาพิมพ์เช่น 31 ธ.ค. 2569 หรือเว้นว่าง", err)
	}
	last := dayOf(until)
	d.UntilOn = &last
	return d, nil
}

// dayOf is a day as the database keeps it.
func dayOf(t time.Time) time.Time {
	return time.Date(t.Year(), t.Month(), t.Day(), 0, 0, 0, 0, time.UTC)
}

func (a *Admin) endDelegation(r *http.Request, s Scope) (reply, error) {
	id, err := pathNumber(r, "delegation")
	if err != nil {
		return nil, fault.Wrap(fault.NotFound, "ไม่พบการมอบอำนาจนี้ในหน่วยงานของท่าน กรุณาโหลดหน้าใหม่", err)
	}
	if err := agencies.EndDelegation(r.Context(), s.Tx, s.Agency, agencies.DelegationID(id), a.now()); err != nil {
		return nil, err
	}
	if err := a.changed(r.Context(), s, agencies.PowerEnded, agencies.ChangeDetail{}); err != nil {
		return nil, err
	}
	return redirect(link("/delegations", url.Values{"done": {"delegation-ended"}})), nil
}

// setPost says in which post an officer signs; the own one too.
func (a *Admin) setPost(r *http.Request, s Scope) (reply, error) {
	o, err := a.ownOfficer(r, s)
	if err != nil {
		return nil, err
	}
	if err := agencies.SetPost(r.Context(), s.Tx, o.ID, tidy(r.PostForm.Get("post"))); err != nil {
		return nil, err
	}
	if err := a.changed(r.Context(), s, agencies.OfficerPost, agencies.ChangeDetail{Officer: o.ID}); err != nil {
		return nil, err
	}
	return redirect(link("/delegations", url.Values{"done": {"post"}})), nil
}
