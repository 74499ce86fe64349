package admin_test

import (
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"testing"

	"saphan/tickets"
)

// SVC-5: a second report of one lamp is proposed beside the first, with how far away it is; one click lets the later follow
// the earlier, from whichever page, and another parts them. What follows is not in the list of work, until its citizen writes.
func TestMergeAndPart(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	first, second := h.problem("หน้าตลาดเก่า"), h.problem("หน้าตลาดเก่า")
	b := h.as(h.officer)
	path := func(t tickets.Ticket) string { return "/admin/tickets/" + strconv.FormatInt(int64(t.ID), 10) }
	seen := b.get(path(first))
	for _, words := range []string{"อาจเป็นเรื่องเดียวกับ", second.Number, "ห่าง 0 เมตร"} {
		if !strings.Contains(seen.body, words) {
			t.Errorf("the case does not say %q", words)
		}
	}
	send := func(on tickets.Ticket, act string, other tickets.Ticket) page {
		t.Helper()
		return b.post(path(on)+"/"+act, url.Values{"key": {b.get(path(on)).key(t)}, "case": {strconv.FormatInt(int64(other.ID), 10)}})
	}
	if got := send(first, "merge", second); got.StatusCode != http.StatusSeeOther {
		t.Fatalf("merge: %d %s", got.StatusCode, got.body)
	}
	if got := h.ticket(second.ID); got.Status != tickets.Merged || *got.MainID != first.ID {
		t.Errorf("it is %s of %v", got.Status, got.MainID)
	}
	if got := b.get(path(first)); !strings.Contains(got.body, "รวมอยู่ในเรื่องนี้") || !strings.Contains(got.body, second.Number) {
		t.Error("the main case does not show what follows it")
	}
	if got := b.get(path(second)); !strings.Contains(got.body, "รวมกับเรื่องหลัก") || strings.Contains(got.body, path(second)+"/approve") {
		t.Error("the case that follows does not say so, or can be decided")
	}
	b.post(path(second)+"/seen", nil)
	if got := b.get("/admin/list?view=all"); strings.Contains(got.body, second.Number) || !strings.Contains(got.body, first.Number) {
		t.Error("the list does not have the main case alone")
	}
	h.says(second, tickets.Said{Source: "message 1", Text: "ยังดับอยู่"})
	if got := b.get("/admin/list?view=all"); !strings.Contains(got.body, second.Number) {
		t.Error("what its citizen wrote is nowhere in the list")
	}
	if got := send(first, "unmerge", second); got.StatusCode != http.StatusSeeOther {
		t.Fatalf("unmerge: %d %s", got.StatusCode, got.body)
	}
	if got := h.ticket(second.ID); got.Status != tickets.Open {
		t.Errorf("it is %s", got.Status)
	}
}

// SVC-5: from the main case an officer writes to its citizen alone, or to all who reported the thing; both see in the case to whom
// it went.
func TestWritingToEverybodyWhoReportedIt(t *testing.T) {
	t.Parallel()
	look := open(t)
	h := newHouse(t)
	first, second := h.problem("หน้าตลาดเก่า"), h.problem("หน้าตลาดเก่า")
	b := h.as(h.officer)
	path := func(t tickets.Ticket) string { return "/admin/tickets/" + strconv.FormatInt(int64(t.ID), 10) }
	if strings.Contains(b.get(path(first)).body, "ส่งถึงผู้แจ้งทุกคน") {
		t.Error("a case that nobody follows offers to write to all")
	}
	b.post(path(first)+"/merge", url.Values{"key": {b.get(path(first)).key(t)}, "case": {strconv.FormatInt(int64(second.ID), 10)}})
	if page := b.get(path(first)).body; !strings.Contains(page, "ส่งถึงผู้แจ้งทุกคน (2 คน)") || strings.Contains(b.get(path(second)).body, "ส่งถึงผู้แจ้งทุกคน (") {
		t.Error("it is not offered from the main case alone")
	}
	for words, all := range map[string]string{"ขอเลขเสาไฟด้วยค่ะ": "", "ช่างไปดูแล้ว รออะไหล่ค่ะ": "1"} {
		if got := b.post(path(first)+"/reply", url.Values{"key": {b.get(path(first)).key(t)}, "text": {words}, "all": {all}}); got.StatusCode != http.StatusSeeOther {
			t.Fatalf("reply: %d %s", got.StatusCode, got.body)
		}
	}
	main, follower := b.get(path(first)).body, b.get(path(second)).body
	if !strings.Contains(main, "ส่งถึงผู้แจ้งทุกคน 2 คน") || !strings.Contains(main, "ขอเลขเสาไฟด้วยค่ะ") || !strings.Contains(main, "ส่งข้อความถึงผู้แจ้งทุกคน") {
		t.Error("the main case does not say to whom it went")
	}
	if !strings.Contains(follower, "ช่างไปดูแล้ว รออะไหล่ค่ะ") || !strings.Contains(follower, "ส่งจากเรื่องหลัก ถึงผู้แจ้งทุกคน") || strings.Contains(follower, "ขอเลขเสาไฟด้วยค่ะ") {
		t.Error("the case that follows does not have it, or has what was not for it")
	}
	look.enter(h, h.head)
	for _, width := range []int64{1280, 390} {
		look.size(width, 1000)
		look.visit(h.server.URL+path(first), "#main")
		look.noOverflow("to all")
		look.accessible("to all")
		look.shot(fmt.Sprint("to-all-", width))
	}
}
