package portal

import (
	"context"
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
