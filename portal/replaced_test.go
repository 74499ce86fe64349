package portal_test

import (
	"context"
	"net/http"
	"testing"

	"github.com/jackc/pgx/v5"

	"saphan/permits"
)

// Of a permit that another one stands for, everybody is led to that one, and back.
func TestReplacedPermit(t *testing.T) {
	t.Parallel()
	s := newStand(t)
	old := s.permit(t)
	ticket := s.ticket(t)
	var made permits.Permit
	s.everywhere(t, func(ctx context.Context, tx pgx.Tx) (err error) {
		made, err = s.office.Issue(ctx, tx, permits.Grant{
			AgencyID: s.agency.ID, TicketID: int64(ticket.ID), FormKey: old.FormKey, Code: "HB", Title: "ใบแทน" + old.Title, Holder: old.Holder, Replaces: old.Number,
		})
		return err
	})
	for path, says := range map[string][]string{
		"/p/" + old.Number:              {"<h1>มีใบแทนหรือฉบับแก้ไขแล้ว</h1>", "Replaced by another", `class="state replaced"`, `<a href="/p/` + made.Number + `">`},
		"/p/" + made.Number:             {"<h1>ใช้ได้</h1>", "แทนฉบับเลขที่", `<a href="/p/` + old.Number + `">`, "23 พฤศจิกายน 2570"},
		"/p/" + old.Number + "?lang=en": {"<h1>Replaced by another</h1>", "no longer valid"},
	} {
		res, page := s.get(t, path)
		if res.StatusCode != http.StatusOK {
			t.Errorf("%s: %d", path, res.StatusCode)
		}
		holds(t, page, says...)
	}
	_, data := s.get(t, "/p/"+old.Number, "Accept: application/json")
	holds(t, data, `"status":"replaced"`, `"replaced_by":"`+made.Number+`"`)
	_, data = s.get(t, "/p/"+made.Number, "Accept: application/json")
	holds(t, data, `"replaces":"`+old.Number+`"`)
}
