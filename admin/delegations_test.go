package admin_test

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"saphan/agencies"
	"saphan/forms"
	"saphan/tickets"
)

// EGA-16.1: the head says in which post officers sign and whose power they use; who signs reads both before signing, and both
// stand on the decision and in the history, also when the delegation is over.
func TestSignsWithBothPosts(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	head, officer := h.as(h.head), h.as(h.officer)
	if got := officer.get("/admin/delegations"); got.StatusCode != http.StatusForbidden {
		t.Errorf("an officer opens the page: %d", got.StatusCode)
	}
	const needed = "นายกเทศมนตรีตำบลตัวอย่าง"
	h.everywhere(func(tx pgx.Tx) error {
		_, err := tx.Exec(h.ctx(), `UPDATE agencies SET signer = $2 WHERE id = $1`, h.agency.ID, needed)
		return err
	})
	post := func(path string, form url.Values) {
		t.Helper()
		if got := head.post(path, form); got.StatusCode != http.StatusSeeOther {
			t.Fatalf("%s: %d %s", path, got.StatusCode, got.body)
		}
	}
	post(fmt.Sprintf("/admin/officers/%d/post", h.officer.ID), url.Values{"post": {" ปลัดเทศบาล "}})
	typed := url.Values{
		"officer": {fmt.Sprint(h.officer.ID)}, "kind": {"acting"}, "post": {needed}, "order_no": {"คำสั่งที่ 12/2570"}, "from": {"23 พ.ย. 2569"}, "until": {"30 พ.ย. 2569"},
	}
	for name, wrong := range map[string]string{"officer": "", "kind": "", "post": " ", "order_no": "", "from": "พรุ่งนี้", "until": "1 พ.ย. 2569"} {
		form := url.Values{}
		for k, v := range typed {
			form[k] = v
		}
		form.Set(name, wrong)
		got := head.post("/admin/delegations", form)
		if got.StatusCode != http.StatusUnprocessableEntity || name != "order_no" && !strings.Contains(got.body, "คำสั่งที่ 12/2570") {
			t.Errorf("%s wrong: %d, and what was typed is shown: %v", name, got.StatusCode, strings.Contains(got.body, "12/2570"))
		}
	}
	post("/admin/delegations", typed)
	if got := head.get("/admin/delegations"); !strings.Contains(got.body, "รักษาราชการแทน") || !strings.Contains(got.body, "มีผลอยู่") || !strings.Contains(got.body, "ปลัดเทศบาล") {
		t.Errorf("the list: %s", got.body)
	}
	ticket := h.file("question", "นางมาลี ตัวอย่าง", map[string]forms.Input{"question": {Text: "ขออนุญาตที่ไหน"}})
	path := fmt.Sprintf("/admin/tickets/%d", ticket.ID)
	sheet := officer.get(path + "/approve")
	for _, words := range []string{"ปลัดเทศบาล", "รักษาราชการแทน" + needed, "คำสั่งที่ 12/2570"} {
		if !strings.Contains(sheet.body, words) {
			t.Errorf("the sheet does not say %q", words)
		}
	}
	if got := officer.post(path+"/approve", url.Values{"key": {sheet.key(t)}, "reason": {"ตอบแล้ว"}}); got.StatusCode != http.StatusSeeOther {
		t.Fatalf("approve: %d %s", got.StatusCode, got.body)
	}
	var given []agencies.Delegation
	h.within(func(tx pgx.Tx) error {
		dec, err := tickets.FindDecision(h.ctx(), tx, ticket.ID)
		if err != nil {
			return err
		}
		if dec.Post != "ปลัดเทศบาล" || dec.ActingFor != "รักษาราชการแทน"+needed || dec.OrderNo != "คำสั่งที่ 12/2570" {
			t.Errorf("%+v", dec.Signature)
		}
		given, err = agencies.Delegations(h.ctx(), tx, h.agency.ID)
		return err
	})
	end := fmt.Sprintf("/admin/delegations/%d/end", given[0].ID)
	if got := h.as(h.stranger).post(end, url.Values{}); got.StatusCode != http.StatusNotFound {
		t.Errorf("another agency's head ends it: %d", got.StatusCode)
	}
	post(end, url.Values{})
	h.pass(time.Minute)
	if got := officer.get(path); !strings.Contains(got.body, "รักษาราชการแทน"+needed) {
		t.Error("what was signed lost its second post")
	}
	next := h.file("question", "นางมาลี ตัวอย่าง", map[string]forms.Input{"question": {Text: "เปิดกี่โมง"}})
	if got := officer.get(fmt.Sprintf("/admin/tickets/%d/approve", next.ID)); strings.Contains(got.body, "รักษาราชการแทน") || !strings.Contains(got.body, "ปลัดเทศบาล") {
		t.Error("the power that ended is still used")
	}
}
