package admin_test

import (
	"fmt"
	"net/http"
	"slices"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"saphan/citizens"
	"saphan/tickets"
)

// readings are those of a ticket as "officer kind file standing", oldest first.
func (h *house) readings(id tickets.TicketID) (all []string) {
	h.t.Helper()
	h.everywhere(func(tx pgx.Tx) error {
		read, err := citizens.Readings(h.ctx(), tx, []int64{int64(id)}, 100)
		for _, r := range slices.Backward(read) {
			all = append(all, fmt.Sprint(r.OfficerID, " ", r.Kind, " ", r.AttachmentID, " ", r.Standing))
		}
		return err
	})
	return all
}

// PDP-8: whoever opens a case or a file is written down, once in ten minutes, with how the case stood to him; what
// a page asks for by itself, and what another agency tries, is no reading.
func TestEveryOpeningIsWrittenDown(t *testing.T) {
	t.Parallel()
	h := newHouse(t, withFiles(t, newBox(t)))
	ticket := h.business(h.keep("หน้าร้าน.jpg", photo(t, 64, 48)), h.keep("แผนที่.pdf", samplePDF()))
	at := fmt.Sprintf("/admin/tickets/%d", ticket.ID)
	me, colleague, stranger := h.as(h.officer), h.as(h.colleague), h.as(h.stranger)
	want := []string{}
	is := func(what string, more ...string) {
		t.Helper()
		want = append(want, more...)
		if got := h.readings(ticket.ID); !slices.Equal(got, want) {
			t.Errorf("%s: %q, want %q", what, got, want)
		}
	}
	for _, path := range []string{"/live", "/files/1/preview"} {
		me.get(at + path)
	}
	is("what a page asks for by itself")
	for _, path := range []string{"", "/files/1", "/files/1/original"} {
		if got := stranger.get(at + path); got.StatusCode != http.StatusNotFound {
			t.Errorf("another agency opens %s: %d", path, got.StatusCode)
		}
	}
	is("what another agency tries")
	mine, other := fmt.Sprint(h.officer.ID), fmt.Sprint(h.colleague.ID)
	for range 3 {
		me.get(at)
	}
	is("a case that nobody has", mine+" case 0 free")
	for _, path := range []string{"/files/1", "/files/1/preview?size=large", "/files/1/original", "/files/1/original?save=1"} {
		me.get(at + path)
	}
	is("one file, however it is looked at", mine+" file 1 free")
	h.everywhere(func(tx pgx.Tx) error { return h.desk.Take(h.ctx(), tx, tickets.ByOfficer(h.officer.ID), ticket.ID) })
	h.pass(citizens.ReadAgain)
	me.get(at)
	colleague.get(at)
	colleague.get(at + "/files/2")
	is("one's own, and a colleague's", mine+" case 0 holder", other+" case 0 other", other+" file 2 other")
	h.pass(time.Minute)
	colleague.get(at)
	is("again a minute later")
}
