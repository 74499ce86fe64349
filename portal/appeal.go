package portal

import (
	"context"
	"net/http"
	"net/url"
	"strings"

	"github.com/jackc/pgx/v5"

	"saphan/tickets"
)

// appealsOf adds where an appeal stands: against the decision of this case, or what this case appeals against (LFA-11.1).
func (p *Portal) appealsOf(ctx context.Context, tx pgx.Tx, t tickets.Ticket, page *trackPage) error {
	if a, ok, err := tickets.AppealOf(ctx, tx, t.ID); err != nil {
		return err
	} else if ok {
		page.Against = a.OfReference
	}
	if untied, err := tickets.Untied(ctx, tx, t); err != nil {
		return err
	} else if untied {
		page.Tie = "/track/" + t.TrackToken + "/tie"
	}
	if a, ok, err := tickets.Appealed(ctx, tx, t.ID); err != nil {
		return err
	} else if ok {
		page.Appealed = a.Reference
	}
	may, err := p.desk.MayAppeal(ctx, tx, t)
	if err != nil || !may {
		return err
	}
	page.AppealAt = "/services/" + strings.ToLower(page.Agency.Code) + "/" + string(tickets.AppealForm) + "/form?" + url.Values{"case": {t.Reference}}.Encode()
	return nil
}

// tie ties an appeal to the case of which whoever sent it holds the tracking link. Nothing of that case is shown.
func (p *Portal) tie(r *http.Request) (reply, error) {
	var to string
	err := p.change(r.Context(), func(ctx context.Context, tx pgx.Tx) error {
		t, err := tracked(ctx, tx, r)
		if err != nil {
			return err
		}
		to = "/track/" + t.TrackToken
		return p.desk.ProveAppeal(ctx, tx, tickets.ByCitizen(t.CitizenID), t.ID, r.PostFormValue("link"))
	})
	if err != nil {
		return nil, err
	}
	return redirect(to), nil
}
