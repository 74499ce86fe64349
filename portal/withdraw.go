package portal

import (
	"context"
	"net/http"
	"strings"

	"github.com/jackc/pgx/v5"

	"saphan/internal/fault"
	"saphan/internal/words"
	"saphan/tickets"
)

// withdrawPage asks whether a case is to be withdrawn.
type withdrawPage struct {
	own
	Number  string
	Service string
	Track   string // address of the case
	Action  string
	Longest int
}

// withdrawPath is where a case is withdrawn.
func withdrawPath(t tickets.Ticket) string { return "/track/" + t.TrackToken + "/withdraw" }

// showWithdraw asks before a case is withdrawn, with what that means.
func (p *Portal) showWithdraw(r *http.Request) (reply, error) {
	var page withdrawPage
	err := p.read(r.Context(), func(ctx context.Context, tx pgx.Tx) error {
		t, err := tracked(ctx, tx, r)
		if err != nil {
			return err
		}
		if !t.Status.CanBecome(tickets.Withdrawn) {
			return fault.Newf(fault.Conflict, "เรื่อง {number} ปิดแล้ว ({status}) จึงถอนไม่ได้ ผลที่แจ้งยังมีผลอยู่", "number", t.Reference, "status", words.Text{TH: t.Status.Thai()})
		}
		if err := p.stillActs(ctx, tx, t); err != nil {
			return err
		}
		o := ownOf(r, "", "", "")
		o.Title = o.T("ถอนเรื่อง {number}", "Withdraw case {number}", "number", t.Reference)
		page = withdrawPage{own: o, Number: t.Reference, Service: p.desk.ServiceTitle(t, o.Lang), Track: "/track/" + t.TrackToken, Action: withdrawPath(t), Longest: tickets.Longest}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return html{view: "withdraw", keep: keepNever, data: page}, nil
}

// withdraw withdraws a case for whoever holds its link; the history says that it was by the link.
func (p *Portal) withdraw(r *http.Request) (reply, error) {
	reason := strings.ReplaceAll(r.PostFormValue("reason"), "\r\n", "\n")
	var to string
	err := p.change(r.Context(), func(ctx context.Context, tx pgx.Tx) error {
		t, err := tracked(ctx, tx, r)
		if err != nil {
			return err
		}
		to = "/track/" + t.TrackToken
		if err := p.stillActs(ctx, tx, t); err != nil {
			return err
		}
		return p.desk.Withdraw(ctx, tx, tickets.ByCitizen(t.CitizenID), tickets.Withdrawal{TicketID: t.ID, Reason: reason, Way: "track"})
	})
	if err != nil {
		return nil, err
	}
	return redirect(to), nil
}
