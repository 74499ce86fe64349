package admin_test

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"

	"saphan/tickets"
)

// fared writes how something said about a ticket fared on its way, as the outbox does.
func (h *house) fared(t tickets.Ticket, cause, state, reason string, plain bool) {
	h.t.Helper()
	h.everywhere(func(tx pgx.Tx) error {
		_, err := tx.Exec(h.ctx(), `INSERT INTO replies (conversation_id, cause, body, state, reason, plain, created_at)
			SELECT r.conversation_id, $2, '{"text":"x"}', $3, $4, $5, $6 FROM tickets t JOIN requests r ON r.id = t.request_id WHERE t.id = $1
			ON CONFLICT (conversation_id, cause) DO UPDATE SET state = excluded.state, reason = excluded.reason, plain = excluded.plain`,
			t.ID, fmt.Sprintf("ticket %d %s", t.ID, cause), state, reason, plain, h.now())
		return err
	})
}

// Rows 36 and 39: what did not reach the citizen stands in the talk with the reason, what the program said
// too, and has a button that sends it once more; it works without JavaScript and works once.
func TestSendAgain(t *testing.T) {
	t.Parallel()
	d := atDesk(t, anOfficer, aLamp)
	page := d.send("reply", url.Values{"text": {"ช่างจะไปพรุ่งนี้"}})
	if strings.Contains(page.body, "ส่งอีกครั้ง") {
		t.Error("what is on its way can be sent again")
	}
	var source string
	d.within(func(tx pgx.Tx) error {
		return tx.QueryRow(d.ctx(), `SELECT source FROM ticket_messages WHERE ticket_id = $1 AND author = 'officer'`, d.ticket.ID).Scan(&source)
	})
	d.fared(d.ticket, source, "sent", "", false)
	if page := d.b.get(d.path); !strings.Contains(page.body, "ส่งแล้ว") || strings.Contains(page.body, "ส่งอีกครั้ง") {
		t.Errorf("of what arrived: %s", page.body)
	}
	for reason, words := range map[string]string{
		"day": "เกิน 24 ชั่วโมง", "unreachable": "ไม่พบบัญชีของประชาชน", "account": "หน้าช่องทาง", "refused": "LINE ไม่รับข้อความนี้", "": "ส่งไม่สำเร็จ",
	} {
		d.fared(d.ticket, source+" 1", "failed", reason, false) // the second piece of it
		if page := d.b.get(d.path); !strings.Contains(page.body, words) || strings.Count(page.body, "send-again") < 1 || strings.Contains(page.body, `id="s0"`) {
			t.Errorf("failed because of %q: no %q in %s", reason, words, page.body)
		}
	}
	d.fared(d.ticket, "receipt", "parked", "month", false)
	d.fared(d.ticket, "decision", "parked", "blocked", false)
	d.fared(d.ticket, "notice 3", "sent", "", true)
	got := d.b.get(d.path)
	for _, words := range []string{"ใบรับคำขอ", "โควตาข้อความของเดือนนี้หมดแล้ว", "แจ้งผลการพิจารณา", "ปิดกั้นบัญชี LINE"} {
		if !strings.Contains(got.body, words) {
			t.Errorf("the page does not say %q", words)
		}
	}
	if n := strings.Count(got.body, `<form class="again"`); n != 2 { // the words and the receipt; what is blocked waits
		t.Errorf("%d buttons", n)
	}
	key := got.key(t)
	again := func(source string, status int) {
		t.Helper()
		if got := d.b.post(d.path+"/send-again", url.Values{"key": {key}, "source": {source}}); got.StatusCode != status {
			t.Errorf("send %q again: %d, want %d\n%s", source, got.StatusCode, status, got.body)
		}
	}
	again(source, http.StatusSeeOther)
	again(source, http.StatusSeeOther) // a second click
	again("receipt", http.StatusSeeOther)
	again("notice 3", http.StatusConflict) // it arrived
	again("reply of nobody", http.StatusConflict)
	again("", http.StatusConflict)
	if page := d.b.get(d.path + "?done=again"); !strings.Contains(page.body, "ระบบกำลังส่งถึงประชาชน") || !strings.Contains(page.body, "ส่งข้อความถึงประชาชนอีกครั้ง") {
		t.Error("the page does not tell what was done")
	}
	if got := d.events(d.ticket.ID); got != "created replied sent_again sent_again" {
		t.Errorf("history: %s", got)
	}
	var jobs int
	d.must(d.pool.QueryRow(d.ctx(), `SELECT count(*) FROM river_job WHERE kind = 'sent_again'`).Scan(&jobs))
	if jobs != 2 {
		t.Errorf("%d jobs, want 2", jobs)
	}
	// Who may only read sees what happened, and no button.
	if page := d.as(d.viewer).get(d.path); strings.Contains(page.body, `<form class="again"`) || !strings.Contains(page.body, "โควตาข้อความ") {
		t.Error("a viewer may send again, or does not see what happened")
	}
	// What an agency is told about is its own tickets' talk only.
	if page := d.as(d.stranger).get(d.path); page.StatusCode != http.StatusNotFound {
		t.Errorf("another agency: %d", page.StatusCode)
	}
}

// The look of messages that did not arrive; in a browser the button works in place.
func TestLookOfWhatDidNotArrive(t *testing.T) {
	t.Parallel()
	b := open(t)
	h := newHouse(t, withFiles(t, newBox(t)), withBell(t))
	main := busy(h)
	h.fared(main, "reply K1", "failed", "day", false)
	h.fared(main, "receipt", "parked", "month", false)
	at := fmt.Sprintf("%s/admin/tickets/%d?view=all", h.server.URL, main.ID)
	b.size(1440, 900)
	b.enter(h, h.officer)
	for _, scheme := range []string{"light", "dark"} {
		b.scheme(scheme)
		for _, size := range []struct {
			name          string
			width, height int64
		}{{"1440", 1440, 900}, {"390", 390, 844}, {"320", 320, 640}} {
			b.size(size.width, size.height)
			b.visit(at, "#ticket .again")
			b.noOverflow("not arrived " + size.name)
			b.holds("the button is in sight", `(document.querySelector(".again").scrollIntoView({block: "center"}), document.querySelector(".again").getBoundingClientRect().bottom < innerHeight - 150)`)
			b.shot("not-arrived-" + scheme + "-" + size.name)
		}
	}
	b.size(1440, 900)
	b.visit(at, "#ticket .again")
	b.click(".m.officer .again button")
	b.holds("it says what was done", `document.querySelector("#done")?.textContent.includes("ส่งอีกครั้งแล้ว")`)
}
