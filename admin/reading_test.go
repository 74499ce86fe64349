package admin_test

import (
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
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
			line := fmt.Sprint(r.OfficerID, " ", r.Kind, " ", r.AttachmentID, " ", r.Standing)
			if r.Reason != "" {
				line += " " + r.Reason
			}
			all = append(all, line)
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
	colleague.gives(at, "ผู้รับเรื่องขอให้ช่วย")
	colleague.get(at)
	colleague.get(at + "/files/2")
	is("one's own, and a colleague's", mine+" case 0 holder", other+" case 0 other ผู้รับเรื่องขอให้ช่วย", other+" file 2 other ผู้รับเรื่องขอให้ช่วย")
	h.pass(time.Minute)
	colleague.get(at)
	is("again a minute later")
}

// gives is the reason for which somebody opens a colleague's case.
func (b *browser) gives(path, reason string) {
	b.h.t.Helper()
	got := b.post(path+"/why", url.Values{"reason": {reason}, "next": {strings.TrimPrefix(path, "/admin")}})
	if got.StatusCode != http.StatusSeeOther || got.Header.Get("Location") != path {
		b.h.t.Fatalf("the reason: %d %s %s", got.StatusCode, got.Header.Get("Location"), got.body)
	}
}

// PDP-8: whoever opens a colleague's case or a file of it says why first, once for half a day; nothing of the case is
// shown before.
func TestReasonToOpenAColleaguesCase(t *testing.T) {
	t.Parallel()
	h := newHouse(t, withFiles(t, newBox(t)))
	ticket := h.business(h.keep("หน้าร้าน.jpg", photo(t, 64, 48)))
	at := fmt.Sprintf("/admin/tickets/%d", ticket.ID)
	colleague := h.as(h.colleague)
	colleague.get(at) // while nobody had it
	h.everywhere(func(tx pgx.Tx) error { return h.desk.Take(h.ctx(), tx, tickets.ByOfficer(h.officer.ID), ticket.ID) })
	asks := func(path string, headers ...header) {
		t.Helper()
		got := colleague.get(path, headers...)
		if got.StatusCode != http.StatusOK || !strings.Contains(got.body, "เปิดเรื่องของผู้อื่นเพราะอะไร") || !strings.Contains(got.body, h.officer.Name) {
			t.Errorf("%s does not ask: %d %s", path, got.StatusCode, got.body)
		}
		for _, secret := range []string{"สมชาย", "0812345678", "081 234 5678", "หน้าร้าน.jpg"} {
			if strings.Contains(got.body, secret) {
				t.Errorf("%s shows %s beside the question", path, secret)
			}
		}
	}
	if got := colleague.get(at+"/live", asHTMX()...); got.StatusCode != http.StatusOK {
		t.Errorf("the page that was open when a colleague took the case: %d", got.StatusCode)
	}
	asks(at)
	asks(at, asHTMX()...)
	asks(at + "/files/1")
	asks(at+"/files/1", asHTMX()...)
	asks(at + "/files/1/original")
	asks(at + "/files/1/preview?size=large")
	for _, form := range []url.Values{{}, {"reason": {"อยากรู้"}}, {"other": {strings.Repeat("ก", 201)}}} {
		if got := colleague.post(at+"/why", form); got.StatusCode != http.StatusUnprocessableEntity {
			t.Errorf("%v is a reason: %d", form, got.StatusCode)
		}
	}
	got := colleague.post(at+"/why", url.Values{"other": {"  ประชาชนมาที่เคาน์เตอร์ "}, "next": {fmt.Sprintf("/tickets/%d/files/1", ticket.ID)}})
	if got.StatusCode != http.StatusSeeOther || got.Header.Get("Location") != at+"/files/1" {
		t.Fatalf("the reason: %d %s", got.StatusCode, got.Header.Get("Location"))
	}
	for _, path := range []string{at, at + "/files/1", at + "/files/1/preview"} {
		if got := colleague.get(path); got.StatusCode != http.StatusOK || strings.Contains(got.body, "เปิดเรื่องของผู้อื่นเพราะอะไร") {
			t.Errorf("%s after the reason: %d", path, got.StatusCode)
		}
	}
	want := fmt.Sprint(h.colleague.ID, " case 0 other ประชาชนมาที่เคาน์เตอร์")
	if all := h.readings(ticket.ID); all[1] != want {
		t.Errorf("readings %q, the second should be %q", all, want)
	}
	if got := colleague.post(at+"/why", url.Values{"other": {"ก"}, "next": {"//evil.example"}}); got.Header.Get("Location") != at {
		t.Errorf("the reason leads to %s", got.Header.Get("Location"))
	}
	h.pass(citizens.ReasonHolds + time.Minute)
	colleague = h.as(h.colleague)
	asks(at)
	for path, want := range map[string]int{"/live": http.StatusForbidden, "/files/1/preview": http.StatusForbidden} {
		if got := colleague.get(at+path, asHTMX()...); got.StatusCode != want {
			t.Errorf("%s of a case that was not opened: %d", path, got.StatusCode)
		}
	}
	if got := h.as(h.officer).get(at); strings.Contains(got.body, "เปิดเรื่องของผู้อื่นเพราะอะไร") {
		t.Error("the holder is asked")
	}
}
