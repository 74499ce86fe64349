package admin_test

import (
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"

	"saphan/agencies"
	"saphan/tickets"
)

var trialPattern = regexp.MustCompile(`/admin/routing/trials/\d+`)

// Peers.md rows 32 and 115, idea 15: a head writes rules, sees what they would have done in the last year, and has them count;
// the case says why it is where it is.
func TestRulesAreTriedThenCount(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	before := h.problem("ไฟดับ")
	b := h.as(h.head)
	if page := b.get("/admin/routing"); page.StatusCode != http.StatusOK || !strings.Contains(page.body, "ยังไม่มีกฎ") {
		t.Fatalf("%d %s", page.StatusCode, page.body)
	}
	form := url.Values{"base": {"0"}, "rules": {"0"}, "do": {"add"}}
	if page := b.post("/admin/routing", form); !strings.Contains(page.body, "กฎที่ 1") {
		t.Errorf("no rule was added: %d %s", page.StatusCode, page.body)
	}
	form = url.Values{
		"base": {"0"}, "rules": {"2"}, "do": {"try"}, "name-1": {"สีแดง"}, "service-1": {"public-problem"}, "when-1": {"colour == 'red'"}, "queue-1": {"general"},
		"name-2": {"ไฟฟ้า"}, "service-2": {"public-problem"}, "when-2": {"category == 'light'"}, "queue-2": {"general"}, "urgent-2": {"1"},
	}
	if page := b.post("/admin/routing", form); page.StatusCode != http.StatusUnprocessableEntity && page.StatusCode != http.StatusBadRequest || !strings.Contains(page.body, "“colour”") || !strings.Contains(page.body, "category == &#39;light&#39;") {
		t.Errorf("what cannot be known is not named, or what was typed is lost: %d %s", page.StatusCode, page.body)
	}
	form.Set("do", "remove 1")
	if page := b.post("/admin/routing", form); strings.Contains(page.body, "สีแดง") || !strings.Contains(page.body, "ไฟฟ้า") {
		t.Errorf("the wrong rule went: %s", page.body)
	}
	form.Set("do", "try")
	form.Set("when-1", "category == 'road'")
	form.Set("name-1", "ถนน")
	tried := b.post("/admin/routing", form)
	at := trialPattern.FindString(tried.Header.Get("Location") + tried.body)
	if at == "" {
		t.Fatalf("nothing was tried: %d %s", tried.StatusCode, tried.body)
	}
	if page := b.get(at); !strings.Contains(page.body, "1 จาก 1 เรื่อง") || !strings.Contains(page.body, before.Number) || !strings.Contains(page.body, "งานทั่วไป") {
		t.Errorf("what would differ is not shown: %s", page.body)
	}
	if page := b.post(at, url.Values{"why": {" "}}); page.StatusCode < 400 || !strings.Contains(page.body, "เหตุผล") {
		t.Errorf("decided without a reason: %d", page.StatusCode)
	}
	if page := b.post(at, url.Values{"why": {"ช่างไฟอยู่คิวทั่วไป"}}); page.StatusCode >= 400 {
		t.Fatalf("%d %s", page.StatusCode, page.body)
	}
	if page := b.post(at, url.Values{"why": {"อีกครั้ง"}}); page.StatusCode != http.StatusConflict {
		t.Errorf("decided over a newer set: %d", page.StatusCode)
	}
	after := h.problem("ไฟดับอีก")
	if after.QueueID != h.queues["general"].ID {
		t.Errorf("went to queue %d", after.QueueID)
	}
	page := h.as(h.officer).get(fmt.Sprintf("/admin/tickets/%d", after.ID))
	for _, words := range []string{"ทำไมเรื่องมาอยู่คิวนี้", "“ไฟฟ้า”", "กฎที่ 2 ของชุดที่ 1", "กฎให้เป็นเรื่องด่วน"} {
		if !strings.Contains(page.body, words) {
			t.Errorf("the case does not say %q", words)
		}
	}
	if page := b.get("/admin/changes"); !strings.Contains(page.body, "เปลี่ยนกฎส่งเรื่องเข้าคิว") {
		t.Error("the change is not in the history")
	}
}

// LOC-14: an outline is looked at before it counts, and a case that came by it shows it.
func TestAreasAreLookedAtFirst(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	b := h.as(h.head)
	if page := b.post("/admin/areas/read", url.Values{"name": {"ต.ตัวอย่าง"}, "tambons": {"2001"}}); page.StatusCode < 400 || !strings.Contains(page.body, "6 หลัก") {
		t.Errorf("%d %s", page.StatusCode, page.body)
	}
	read := b.post("/admin/areas/read", url.Values{"name": {"ต.ตัวอย่าง"}, "tambons": {"200105,บ้านสวน,เมืองชลบุรี,ชลบุรี"}})
	kept := regexp.MustCompile(`(?s)<textarea name="area"[^>]*>(.*?)</textarea>`).FindStringSubmatch(read.body)
	if kept == nil || !strings.Contains(read.body, "รายการ 1 ตำบล") {
		t.Fatalf("%d %s", read.StatusCode, read.body)
	}
	count := func() (n int) {
		h.everywhere(func(tx pgx.Tx) error {
			areas, err := agencies.Areas(h.ctx(), tx, h.agency.ID)
			n = len(areas)
			return err
		})
		return n
	}
	if count() != 0 {
		t.Error("it counts before it was looked at")
	}
	area := strings.ReplaceAll(kept[1], "&#34;", `"`)
	if page := b.post("/admin/areas", url.Values{"area": {strings.Replace(area, "200105", "1", 1)}}); page.StatusCode < 400 {
		t.Errorf("what was never read is taken: %d", page.StatusCode)
	}
	if page := b.post("/admin/areas", url.Values{"area": {area}}); page.StatusCode >= 400 || count() != 1 {
		t.Fatalf("%d %s", page.StatusCode, page.body)
	}
	list := b.get("/admin/areas")
	end := regexp.MustCompile(`/admin/areas/\d+/end`).FindString(list.body)
	if page := h.as(h.stranger).post(end, nil); page.StatusCode != http.StatusNotFound {
		t.Errorf("another agency ends it: %d", page.StatusCode)
	}
	if page := b.post(end, nil); page.StatusCode >= 400 || count() != 0 {
		t.Errorf("%d, %d areas", page.StatusCode, count())
	}
}

// How queues share, who is skilled and who is away is set on one page; who stands in is told so in the inbox.
func TestDuty(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	b := h.as(h.head)
	taken := h.problem("ไฟดับ")
	h.within(func(tx pgx.Tx) error { return h.desk.Take(h.ctx(), tx, tickets.ByOfficer(h.officer.ID), taken.ID) })
	for path, form := range map[string]url.Values{
		"/admin/officers/share":                                  {"queue": {fmt.Sprint(h.queues["works"].ID)}, "share": {"balanced"}},
		fmt.Sprintf("/admin/officers/%d/skills", h.colleague.ID): {"skills": {" ไฟฟ้า, public-problem,"}},
		"/admin/officers/away":                                   {"officer": {fmt.Sprint(h.officer.ID)}, "from": {"23 พ.ย. 2569"}, "until": {"25/11/2569"}, "cover": {fmt.Sprint(h.colleague.ID)}},
	} {
		if page := b.post(path, form); page.StatusCode >= 400 {
			t.Errorf("%s: %d %s", path, page.StatusCode, page.body)
		}
	}
	for _, form := range []url.Values{
		{"officer": {fmt.Sprint(h.officer.ID)}, "from": {"เมื่อวาน"}, "until": {"25/11/2569"}}, {"from": {"23/11/2569"}, "until": {"25/11/2569"}},
		{"officer": {fmt.Sprint(h.stranger.ID)}, "from": {"23/11/2569"}, "until": {"25/11/2569"}}, {"officer": {fmt.Sprint(h.officer.ID)}, "from": {"23/11/2569"}, "until": {"20/11/2569"}},
	} {
		if page := b.post("/admin/officers/away", form); page.StatusCode < 400 {
			t.Errorf("%v: %d", form, page.StatusCode)
		}
	}
	page := b.get("/admin/officers/duty")
	for _, words := range []string{`value="balanced" selected`, "public-problem, ไฟฟ้า", "ปฏิบัติงานแทน"} {
		if !strings.Contains(page.body, words) {
			t.Errorf("the page lacks %q", words)
		}
	}
	h.everywhere(func(tx pgx.Tx) error {
		list, err := agencies.Absences(h.ctx(), tx, h.agency.ID, h.now())
		if err == nil {
			_, _, err = h.desk.BeginAbsence(h.ctx(), tx, list[0].ID)
		}
		return err
	})
	if got := h.ticket(taken.ID); got.OfficerID == nil || *got.OfficerID != h.colleague.ID {
		t.Errorf("the case lies with %v", got.OfficerID)
	}
	cover := h.as(h.colleague)
	inbox := cover.get("/admin/")
	if !strings.Contains(inbox.body, "ท่านปฏิบัติงานแทน "+h.officer.Name) || !strings.Contains(inbox.body, "ได้รับ 1 เรื่อง") {
		t.Error("who stands in is not told")
	}
	if history := cover.get(fmt.Sprintf("/admin/tickets/%d", taken.ID)); !strings.Contains(history.body, "ซึ่งปฏิบัติงานแทน "+h.officer.Name) {
		t.Error("the history does not say so")
	}
	if page := b.post(regexp.MustCompile(`/admin/officers/away/\d+/end`).FindString(page.body), nil); page.StatusCode >= 400 {
		t.Errorf("%d", page.StatusCode)
	}
	if inbox := cover.get("/admin/"); strings.Contains(inbox.body, "ท่านปฏิบัติงานแทน") {
		t.Error("who stands in is told so after it was called off")
	}
}
