package portal_test

import (
	"context"
	"testing"

	"github.com/jackc/pgx/v5"

	"saphan/tickets"
)

// The pages of a case on which its citizen decides something, and the one of the seals, in every light.
func TestCaseInABrowser(t *testing.T) {
	t.Parallel()
	f := newFormStand(t)
	officer := newVisitor(t, f.server.URL)
	id := f.sits(t, officer, tickets.SignOnline)
	officer.open("/services/sn/question/form").press("").put("question", "ต่อเติมบ้านต้องขออนุญาตไหม").press("next").press("")
	open, refused := f.ticket(t), f.ticket(t)
	f.everywhere(t, func(ctx context.Context, tx pgx.Tx) error {
		return f.desk.Decide(ctx, tx, tickets.ByOfficer(f.officer), tickets.Decision{
			TicketID: refused.ID, Outcome: tickets.Refuse, Facts: "ไม่พบเสาไฟตามที่แจ้ง", Reason: "อยู่นอกเขตเทศบาล", LegalBasis: "พ.ร.บ. เทศบาล พ.ศ. 2496 มาตรา 50", AppealBody: "นายกเทศมนตรี", AppealDays: 15,
		})
	})
	pages := openGallery(t, f.server.URL, "portal-case", "a.b,button,.logo,summary")
	for name, path := range map[string]string{
		"confirm": "/confirm/" + f.filing(t, id).Token, "withdraw": "/track/" + open.TrackToken + "/withdraw", "refused": "/track/" + refused.TrackToken, "proof": "/proof?agency=XX",
	} {
		for _, as := range lights {
			pages.look(name, path, "", as, nil)
		}
	}
}
