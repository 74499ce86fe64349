package admin_test

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"

	"saphan/files"
	"saphan/proof"
	"saphan/tickets"
)

// PDP-8: an officer has the evidence of a case put together and takes it away, with a reason that is written down and that
// the citizen sees. Without a reason there is none; a colleague's case has to be opened first; another agency gets nothing.
func TestEvidenceIsAskedForWithAReason(t *testing.T) {
	t.Parallel()
	h := newHouse(t, withFiles(t, newBox(t)))
	ticket := h.business(h.keep("หน้าร้าน.jpg", photo(t, 64, 48)))
	me, colleague, stranger := h.as(h.officer), h.as(h.colleague), h.as(h.stranger)
	at := fmt.Sprintf("/admin/tickets/%d", ticket.ID)
	asks := func(b *browser, reason, key string) page {
		t.Helper()
		return b.post(at+"/evidence", url.Values{"key": {key}, "reason": {reason}})
	}
	if got := me.get(at + "/evidence"); got.StatusCode != http.StatusOK || !strings.Contains(got.body, "เหตุที่ขอ") {
		t.Fatalf("the sheet is %d", got.StatusCode)
	}
	const why = "ใช้ประกอบการเบิกจ่ายตัวอย่าง"
	for n, bad := range []string{"", "สั้น", strings.Repeat("ย", 201)} {
		if got := asks(me, bad, strings.Repeat("A", 25)+string(rune('A'+n))); got.StatusCode != http.StatusUnprocessableEntity {
			t.Errorf("the reason %q: %d", bad, got.StatusCode)
		}
	}
	for range 2 { // a second click
		if got := asks(me, why, strings.Repeat("B", 26)); got.StatusCode != http.StatusSeeOther && got.StatusCode != http.StatusOK {
			t.Fatalf("asked: %d %s", got.StatusCode, got.body)
		}
	}
	var asked []proof.Bundle
	h.everywhere(func(tx pgx.Tx) (err error) {
		asked, err = proof.BundlesOf(h.ctx(), tx, int64(ticket.ID))
		return err
	})
	if len(asked) != 1 || asked[0].Reason != why || asked[0].OfficerID != h.officer.ID {
		t.Fatalf("asked for %+v", asked)
	}
	where := fmt.Sprintf("%s/evidence/%d", at, asked[0].ID)
	if got := me.get(where); got.StatusCode != http.StatusNotFound {
		t.Errorf("before it is made: %d", got.StatusCode)
	}
	made := h.keep("evidence.zip", []byte("PK\x03\x04 evidence"))
	h.everywhere(func(tx pgx.Tx) error {
		if err := tickets.Enclose(h.ctx(), tx, ticket, made.ID, "ชุดพยานหลักฐาน", h.now()); err != nil {
			return err
		}
		if err := proof.Made(h.ctx(), tx, asked[0].ID, files.AttachmentID(made.ID), h.now()); err != nil {
			return err
		}
		return h.desk.Take(h.ctx(), tx, tickets.ByOfficer(h.officer.ID), ticket.ID)
	})
	if got := me.get(at + "/evidence"); !strings.Contains(got.body, where) || !strings.Contains(got.body, why) {
		t.Error("the sheet does not offer it")
	}
	if got := stranger.get(where); got.StatusCode != http.StatusNotFound {
		t.Errorf("another agency: %d", got.StatusCode)
	}
	if got := colleague.get(where); got.StatusCode != http.StatusForbidden {
		t.Errorf("a colleague who has not opened the case: %d", got.StatusCode)
	}
	if got := me.get(where); got.StatusCode != http.StatusOK || !strings.HasPrefix(got.body, "PK") || !strings.HasPrefix(got.Header.Get("Content-Disposition"), "attachment") {
		t.Errorf("taken: %d %v", got.StatusCode, got.Header)
	}
	want := fmt.Sprintf("%d file %d holder %s", h.officer.ID, made.ID, why)
	if got := h.readings(ticket.ID); len(got) == 0 || got[len(got)-1] != want {
		t.Errorf("readings %q, want %q last", got, want)
	}
	if got := me.get(at); !strings.Contains(got.body, "ขอชุดพยานหลักฐานของเรื่องนี้") {
		t.Error("the history does not say so")
	}
}
