package admin

import (
	"context"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"saphan/agencies"
	"saphan/internal/fault"
)

// officersPage lists who works for the agency, and asks for one more.
type officersPage struct {
	chrome
	Staff   []memberLine
	Roles   []agencies.Role
	New     agencies.NewOfficer // as typed before a problem
	Done    string
	Problem string
}

// memberLine is one officer in the list.
type memberLine struct {
	agencies.Member
	State chip
	Self  bool // whoever looks: cannot shut himself out
	Act   string
}

// invitedPage shows a link once.
type invitedPage struct {
	chrome
	Invited agencies.Officer
	Link    string
	Until   time.Time
}

func (a *Admin) showOfficers(r *http.Request, s Scope) (reply, error) {
	p, err := a.officersPage(r.Context(), s)
	p.Done = doneSetting[r.FormValue("done")]
	return page{view: "officers", data: p}, err
}

func (a *Admin) officersPage(ctx context.Context, s Scope) (officersPage, error) {
	c, err := chromeOf(ctx, s, "เจ้าหน้าที่")
	if err != nil {
		return officersPage{}, err
	}
	p := officersPage{chrome: c, Roles: agencies.Roles(), New: agencies.NewOfficer{Role: agencies.RoleOfficer}}
	staff, err := agencies.Staff(ctx, s.Tx, s.Agency)
	if err != nil {
		return officersPage{}, err
	}
	for _, m := range staff {
		p.Staff = append(p.Staff, memberLine{
			Member: m, State: memberChip(m, a.now()), Self: m.ID == s.Officer.ID, Act: Base + officerPath(m.ID),
		})
	}
	return p, nil
}

func officerPath(id agencies.OfficerID) string {
	return "/officers/" + strconv.FormatInt(int64(id), 10)
}

func memberChip(m agencies.Member, now time.Time) chip {
	switch {
	case m.DisabledAt != nil:
		return chip{Icon: "user-x", Text: "ปิดบัญชี"}
	case m.Joined:
		return chip{Kind: "ok", Icon: "circle-check", Text: "เข้าระบบได้"}
	case m.InvitedUntil != nil && now.Before(*m.InvitedUntil):
		return chip{Kind: "warn", Icon: "hourglass", Text: "รอเปิดลิงก์"}
	default:
		return chip{Kind: "bad", Icon: "circle-alert", Text: "ลิงก์หมดอายุ"}
	}
}

// inviteOfficer adds an officer and shows the link by which only that officer sets password and phone.
func (a *Admin) inviteOfficer(r *http.Request, s Scope) (reply, error) {
	n := agencies.NewOfficer{
		AgencyID: s.Agency, Email: pasted(r, "email"), Name: tidy(r.PostForm.Get("name")), Role: agencies.Role(r.PostForm.Get("role")),
	}
	// A refused name ends what the database may still do in this transaction: try it in one of its own.
	save, err := s.Tx.Begin(r.Context())
	if err != nil {
		return nil, err
	}
	o, link, err := agencies.Invite(r.Context(), save, n, a.now())
	if kind := fault.KindOf(err); err != nil && kind != fault.Internal {
		problem := fault.MessageOf(err)
		if err := save.Rollback(r.Context()); err != nil {
			return nil, err
		}
		p, err := a.officersPage(r.Context(), s)
		p.New, p.Problem = n, problem
		return page{view: "officers", status: kind.Status(), data: p}, err
	}
	if err == nil {
		err = save.Commit(r.Context())
	}
	if err != nil {
		return nil, err
	}
	if err := a.changed(r.Context(), s, agencies.OfficerInvited, agencies.ChangeDetail{Officer: o.ID, Role: o.Role}); err != nil {
		return nil, err
	}
	return a.invited(r, s, o, link)
}

func (a *Admin) invited(r *http.Request, s Scope, o agencies.Officer, i agencies.Invitation) (reply, error) {
	c, err := chromeOf(r.Context(), s, "ลิงก์สำหรับ "+o.Name)
	if err != nil {
		return nil, err
	}
	return page{view: "invited", data: invitedPage{chrome: c, Invited: o, Link: JoinLink(a.baseURL, i), Until: a.now().Add(agencies.InvitationLife)}}, nil
}

// JoinLink is the address at which an invitation is used.
func JoinLink(baseURL string, i agencies.Invitation) string {
	return baseURL + Base + "/join?" + url.Values{"key": {string(i)}}.Encode()
}

// ownOfficer is the officer in the path, of the same agency.
func (a *Admin) ownOfficer(r *http.Request, s Scope) (agencies.Officer, error) {
	n, err := pathNumber(r, "officer")
	if err != nil {
		return agencies.Officer{}, fault.Wrap(fault.NotFound, "ไม่พบเจ้าหน้าที่นี้ กรุณาเลือกจากรายการเจ้าหน้าที่", err)
	}
	return agencies.OwnOfficer(r.Context(), s.Tx, s.Agency, agencies.OfficerID(n))
}

func (a *Admin) reinviteOfficer(r *http.Request, s Scope) (reply, error) {
	o, err := a.ownOfficer(r, s)
	if err != nil {
		return nil, err
	}
	if o.ID == s.Officer.ID {
		return nil, errSelf()
	}
	link, err := agencies.InviteAgain(r.Context(), s.Tx, o.ID, a.now())
	if err != nil {
		return nil, err
	}
	if err := a.changed(r.Context(), s, agencies.OfficerReset, agencies.ChangeDetail{Officer: o.ID}); err != nil {
		return nil, err
	}
	return a.invited(r, s, o, link)
}

func errSelf() error {
	return fault.New(fault.Conflict, "ทำรายการนี้กับบัญชีของท่านเองไม่ได้ กรุณาให้หัวหน้างานอีกท่านหนึ่งทำให้")
}

func (a *Admin) disableOfficer(r *http.Request, s Scope) (reply, error) {
	return a.changeOfficer(r, s, "officer-disabled", agencies.OfficerDisabled, agencies.ChangeDetail{}, func(ctx context.Context, o agencies.Officer) error {
		return agencies.Dismiss(ctx, s.Tx, o, a.now())
	})
}

func (a *Admin) enableOfficer(r *http.Request, s Scope) (reply, error) {
	return a.changeOfficer(r, s, "officer-enabled", agencies.OfficerEnabled, agencies.ChangeDetail{}, func(ctx context.Context, o agencies.Officer) error {
		return agencies.EnableOfficer(ctx, s.Tx, o.ID)
	})
}

func (a *Admin) changeRole(r *http.Request, s Scope) (reply, error) {
	role := agencies.Role(r.PostForm.Get("role"))
	return a.changeOfficer(r, s, "officer-role", agencies.OfficerRole, agencies.ChangeDetail{Role: role}, func(ctx context.Context, o agencies.Officer) error {
		return agencies.ChangeRole(ctx, s.Tx, o, role)
	})
}

// changeOfficer runs a change of somebody else's account and leads back to the list.
func (a *Admin) changeOfficer(r *http.Request, s Scope, done string, kind agencies.ChangeKind, detail agencies.ChangeDetail, change func(ctx context.Context, o agencies.Officer) error) (reply, error) {
	o, err := a.ownOfficer(r, s)
	if err != nil {
		return nil, err
	}
	if o.ID == s.Officer.ID {
		return nil, errSelf()
	}
	if err := change(r.Context(), o); err != nil {
		return nil, err
	}
	detail.Officer = o.ID
	if err := a.changed(r.Context(), s, kind, detail); err != nil {
		return nil, err
	}
	return redirect(link("/officers", url.Values{"done": {done}})), nil
}
