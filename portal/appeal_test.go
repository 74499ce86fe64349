package portal_test

import (
	"context"
	"net/http"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"

	"saphan/citizens"
	"saphan/tickets"
)

// The page of a refused case leads to its appeal with the case filled in, and says when there is one (EGA-5.1).
func TestAppealFromThePageOfTheCase(t *testing.T) {
	t.Parallel()
	s := newFormStand(t)
	citizen, v := s.signedIn(t, citizens.Checked)
	v.begin("public-problem").put("category", "light", "location", "เสาไฟหน้าศาลาหมู่ 4").press("next").press("").is(http.StatusOK, "/sent")
	s.route(t)
	var first tickets.Ticket
	s.everywhere(t, func(ctx context.Context, tx pgx.Tx) error {
		all, err := tickets.OfCitizens(ctx, tx, []int64{int64(citizen)}, 1)
		if err != nil {
			return err
		}
		first = all[int64(citizen)][0]
		return s.desk.Decide(ctx, tx, tickets.ByOfficer(s.officer), tickets.Decision{
			TicketID: first.ID, Outcome: tickets.Refuse, Facts: "ไม่พบเสาไฟ", Reason: "อยู่นอกเขต", LegalBasis: "พ.ร.บ. เทศบาล", AppealBody: "นายกเทศมนตรี", AppealDays: 15,
		})
	})
	track := "/track/" + first.TrackToken
	v.open(track).is(http.StatusOK, track).shows("อุทธรณ์ผลนี้")
	at := strings.Index(v.page, "/appeal/form?case=")
	if at < 0 {
		t.Fatal("no way to the appeal")
	}
	from := strings.LastIndexByte(v.page[:at], '"') + 1
	v.open(strings.ReplaceAll(v.page[from:from+strings.IndexByte(v.page[from:], '"')], "&amp;", "&")).press("start")
	if !strings.Contains(v.page, `value="`+first.Number+`"`) {
		t.Errorf("the case is not filled in: %s", v.page)
	}
	s.everywhere(t, func(ctx context.Context, tx pgx.Tx) error {
		_, err := tx.Exec(ctx, `INSERT INTO appeals (ticket_id, agency_id, against, late, at) VALUES ($1, $2, $1, false, $3)`, first.ID, first.AgencyID, s.now())
		return err
	})
	v.open(track).shows("อุทธรณ์แล้ว")
	if strings.Contains(v.page, "/appeal/form") {
		t.Error("it can be appealed against twice")
	}
}
