package web_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"

	"saphan/agencies"
	"saphan/bot"
	"saphan/citizens"
	"saphan/forms"
	"saphan/internal/fault"
	"saphan/tickets"
)

// Somebody without any account begins on a page, fills in, and sends: the agency has a ticket as of any chat, its words
// reach the person's pages, and nothing is filed twice.
func TestBrowserFilesARequest(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	who := browser("b1")
	d := h.begins(who, "question")
	if d.Form != "question" || d.Agency != int64(h.Agency.ID) || d.Chat != "" || d.Revision != 0 {
		t.Errorf("began %+v", d)
	}
	h.Is(1, "notices shown", `SELECT count(*) FROM notices WHERE form_key = 'question'`)
	if again := h.begins(who, "question"); again.ID != d.ID {
		t.Error("the same service is begun twice")
	}
	err := agencies.Everywhere(t.Context(), h.Pool, func(tx pgx.Tx) error { return h.Send(t.Context(), tx, who, d.ID, d.Revision) })
	if !fault.Is(err, fault.Invalid) || !strings.Contains(fault.MessageOf(err), "คำถาม") {
		t.Errorf("an empty form: %v", err)
	}
	d, filled := h.fills(who, d, says("question", "เปิดร้านต้องขออนุญาตอะไรบ้างคะ"))
	if len(filled.Faults)+len(filled.Clashes) != 0 || text(d, "question") != "เปิดร้านต้องขออนุญาตอะไรบ้างคะ" {
		t.Fatalf("filled %+v: %+v", filled, d)
	}
	err = agencies.Everywhere(t.Context(), h.Pool, func(tx pgx.Tx) error { return h.Send(t.Context(), tx, who, d.ID, d.Revision-1) })
	if !fault.Is(err, fault.Conflict) {
		t.Errorf("what was not shown is sent: %v", err)
	}
	stop := errors.New("the process is killed")
	err = agencies.Everywhere(t.Context(), h.Pool, func(tx pgx.Tx) error {
		if err := h.Send(t.Context(), tx, who, d.ID, d.Revision); err != nil {
			return err
		}
		return stop
	})
	if !errors.Is(err, stop) {
		t.Fatal(err)
	}
	h.sends(who, d)
	h.sends(who, d)
	h.Is(1, "requests", `SELECT count(*) FROM requests`)
	ticket := h.ticket(d.ID)
	if ticket.AgencyID != h.Agency.ID || ticket.Subject == "" {
		t.Errorf("ticket %+v", ticket)
	}
	h.Replies(ticket.ID, "1", "ต้องมีใบอนุญาตประกอบกิจการค่ะ")
	h.Settled()
	if said := h.Thread(ticket.ID); !slices.ContainsFunc(said, func(s string) bool {
		return strings.Contains(s, "ต้องมีใบอนุญาตประกอบกิจการค่ะ")
	}) {
		t.Errorf("the thread is %q", said)
	}
	h.Is(0, "messages not sent", `SELECT count(*) FROM replies WHERE state <> 'sent'`)
	if left := h.drafts(who); len(left) != 0 {
		t.Errorf("drafts left: %v", left)
	}
	err = agencies.Everywhere(t.Context(), h.Pool, func(tx pgx.Tx) error {
		_, _, err := h.Fill(t.Context(), tx, who, d.ID, forms.Fill{Entries: []forms.Entry{says("question", "x y z")}})
		return err
	})
	if !fault.Is(err, fault.NotFound) || !strings.Contains(fault.MessageOf(err), "ส่งแล้ว") {
		t.Errorf("a sent form: %v", err)
	}
	h.Everywhere(func(tx pgx.Tx) error {
		by, err := tickets.CameBy(t.Context(), tx, ticket.ID)
		if by[ticket.ID] != agencies.WebKind {
			t.Errorf("came by %v", by)
		}
		return err
	})
}

// Drafts belong to whom they belong to: nobody else opens, changes, sends or drops them.
func TestDraftsAreTheirOwn(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	d := h.begins(browser("mine"), "question")
	h.Follow()
	for _, other := range []citizens.Person{browser("another"), h.citizen(), {}} {
		for name, act := range map[string]func(ctx context.Context, tx pgx.Tx) error{
			"open": func(ctx context.Context, tx pgx.Tx) error { _, err := h.Open(ctx, tx, other, d.ID); return err },
			"fill": func(ctx context.Context, tx pgx.Tx) error {
				_, _, err := h.Fill(ctx, tx, other, d.ID, forms.Fill{})
				return err
			},
			"send":   func(ctx context.Context, tx pgx.Tx) error { return h.Send(ctx, tx, other, d.ID, 0) },
			"drop":   func(ctx context.Context, tx pgx.Tx) error { return h.Drop(ctx, tx, other, d.ID) },
			"offers": func(ctx context.Context, tx pgx.Tx) error { _, err := h.Offers(ctx, tx, other, d.ID); return err },
		} {
			err := agencies.Everywhere(t.Context(), h.Pool, func(tx pgx.Tx) error { return act(t.Context(), tx) })
			if !fault.Is(err, fault.NotFound) {
				t.Errorf("%s by %+v: %v", name, other, err)
			}
		}
		if got := h.drafts(other); len(got) != 0 {
			t.Errorf("%+v sees %v", other, got)
		}
	}
	err := agencies.Everywhere(t.Context(), h.Pool, func(tx pgx.Tx) error {
		_, err := h.Begin(t.Context(), tx, citizens.Person{}, h.Agency.ID, "question")
		return err
	})
	if !fault.Is(err, fault.Unauthorized) {
		t.Errorf("nobody begins: %v", err)
	}
	h.Everywhere(func(tx pgx.Tx) error { return h.Drop(t.Context(), tx, browser("mine"), d.ID) })
	h.Everywhere(func(tx pgx.Tx) error { return h.Drop(t.Context(), tx, browser("mine"), d.ID) })
	if got := h.drafts(browser("mine")); len(got) != 0 {
		t.Errorf("dropped, and there is %v", got)
	}
}

// Who signs in goes on with what was filled in at the browser; a form of the same service that they had stands beside.
func TestSigningInAdopts(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.Follow()
	who := h.citizen()
	own := h.begins(who, "question")
	h.fills(who, own, says("question", "คำถามของฉันเองค่ะ"))
	there := h.begins(browser("b"), "question")
	h.fills(browser("b"), there, says("question", "คำถามที่พิมพ์ก่อนเข้าสู่ระบบ"))
	for range 2 {
		h.Everywhere(func(tx pgx.Tx) error { return h.Adopt(t.Context(), tx, "b", who.Citizen) })
	}
	if got := h.drafts(who); len(got) != 2 {
		t.Errorf("the citizen has %v", got)
	}
	if got := h.drafts(browser("b")); len(got) != 0 {
		t.Errorf("the browser has %v", got)
	}
	for id, want := range map[string]string{own.ID: "คำถามของฉันเองค่ะ", there.ID: "คำถามที่พิมพ์ก่อนเข้าสู่ระบบ"} {
		if d := h.opens(who, id); text(d, "question") != want {
			t.Errorf("draft %s says %q, want %q", id, text(d, "question"), want)
		}
	}
	h.sends(who, h.opens(who, there.ID))
	if got := h.ticket(there.ID); got.CitizenID != int64(who.Citizen) {
		t.Errorf("the ticket is of citizen %d, want %d", got.CitizenID, who.Citizen)
	}
}

// A form begun in the chat is there on the page with all its answers; what is filled in there is there in the chat,
// which asks what is still to be asked, and takes nothing for the answer to a question that it did not ask.
func TestChatAndPageInTurn(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.Follow()
	h.Press(bot.StartData("public-problem"))
	h.Tap("ไฟถนนดับ")
	h.Settled()
	who := h.citizen()
	var d forms.Draft
	h.Everywhere(func(tx pgx.Tx) error {
		all, err := h.Drafts(t.Context(), tx, who)
		d = all[0]
		return err
	})
	if d.Chat != "line" || text(d, "category") == "" {
		t.Fatalf("the page sees %+v", d)
	}
	if again := h.begins(who, "public-problem"); again.ID != d.ID {
		t.Error("the page begins another form of the service")
	}
	before := len(h.Said())
	d, filled := h.fills(who, d, forms.Entry{Field: "photo", Empty: true}, says("location", "ปากซอยตัวอย่าง 4 ข้างร้านชำ"), says("description", "ดับมาสามคืนแล้ว มืดมากเลยค่ะ"))
	if len(filled.Faults) != 0 {
		t.Fatalf("refused: %v", filled.Faults)
	}
	h.Settled()
	if n := len(h.Said()); n != before {
		t.Errorf("the page spoke in the chat: %q", h.Said()[before:])
	}
	h.Say("อีกอย่างนะคะ หมาเยอะด้วย")
	h.Settled()
	if last := strings.Join(h.Said()[before:], "\n"); !strings.Contains(last, "กรอกบนเว็บ") {
		t.Errorf("back in the chat: %q", last)
	}
	if now := h.opens(who, d.ID); now.Revision != d.Revision || text(now, "location") != text(d, "location") {
		t.Errorf("the chat took words for an answer: %+v", now)
	}
	h.Tap("ส่งคำขอ")
	if got := h.ticket(d.ID); got.CitizenID != int64(who.Citizen) {
		t.Errorf("sent in the chat: %+v", got)
	}
}

// A form of a chat that is sent on a page has its receipt in the chat.
func TestSentOnAPageToldInTheChat(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.Follow()
	h.Press(bot.StartData("question"))
	h.Settled()
	who := h.citizen()
	d := h.begins(who, "question")
	d, _ = h.fills(who, d, says("question", "ขอถามเรื่องภาษีป้ายค่ะ"))
	h.sends(who, d)
	ticket := h.ticket(d.ID)
	if said := strings.Join(h.Said(), "\n"); !strings.Contains(said, ticket.Number) {
		t.Errorf("no receipt of %s in %q", ticket.Number, said)
	}
	h.Say("ขอบคุณค่ะ")
	h.Settled()
	h.Is(1, "requests", `SELECT count(*) FROM requests`)
}

// Two pages at once: the second waits, and neither loses what it says; where they contradict the first stands and the
// second is told.
func TestTwoFillsAtOnce(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	who := browser("two")
	d := h.begins(who, "public-problem")
	d, _ = h.fills(who, d, forms.Entry{Field: "category", Input: forms.Input{Choice: "light"}})
	second := make(chan forms.Filled, 1)
	begun := make(chan struct{})
	h.Everywhere(func(tx pgx.Tx) error {
		_, _, err := h.Fill(t.Context(), tx, who, d.ID, forms.Fill{Revision: d.Revision, Entries: []forms.Entry{says("location", "ปากซอยตัวอย่าง 4")}})
		if err != nil {
			return err
		}
		go func() {
			close(begun)
			var filled forms.Filled
			err := agencies.Everywhere(t.Context(), h.Pool, func(tx pgx.Tx) (err error) {
				_, filled, err = h.Fill(t.Context(), tx, who, d.ID, forms.Fill{Revision: d.Revision, Entries: []forms.Entry{
					says("location", "หน้าตลาดตัวอย่าง"), says("description", "ดับทั้งซอยเลยค่ะ มืดมาก"),
				}})
				return err
			})
			if err != nil {
				t.Error(err)
			}
			second <- filled
		}()
		<-begun
		h.Until("the second waits", func() bool {
			return h.Count(`SELECT count(*) FROM pg_locks WHERE NOT granted AND (database IS NULL OR database = (SELECT oid FROM pg_database WHERE datname = current_database()))`) > 0
		})
		return nil
	})
	filled := <-second
	now := h.opens(who, d.ID)
	if text(now, "location") != "ปากซอยตัวอย่าง 4" || text(now, "description") == "" {
		t.Errorf("the draft says %+v", now.Answers)
	}
	if len(filled.Clashes) != 1 || filled.Clashes[0].Field != "location" || filled.Clashes[0].Put.Text != "หน้าตลาดตัวอย่าง" || filled.Clashes[0].Stored.Text != "ปากซอยตัวอย่าง 4" {
		t.Errorf("clashes %+v", filled.Clashes)
	}
}

// The channel of pages is no official account: nobody sets it up, names it, meters it or gives it menus.
func TestPagesAreNoOfficialAccount(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.begins(browser("x"), "question")
	h.begins(browser("y"), "question")
	h.Is(1, "channels of pages", `SELECT count(*) FROM channels WHERE kind = 'web'`)
	h.Is(1, "lines of history", `SELECT count(*) FROM agency_events WHERE kind = 'channel added'`)
	h.Everywhere(func(tx pgx.Tx) error {
		ctx := t.Context()
		id := agencies.ChannelID(h.Count(`SELECT id FROM channels WHERE kind = 'web'`))
		all, err := agencies.ChannelsOf(ctx, tx, h.Box, h.Agency.ID)
		must(t, err)
		working, err := agencies.WorkingChannels(ctx, tx)
		must(t, err)
		metered, err := agencies.Metered(ctx, tx)
		must(t, err)
		if len(all) != 1 || slices.Contains(working, id) || slices.ContainsFunc(metered, func(m agencies.MeteredChannel) bool { return m.ID == id }) {
			t.Errorf("of the agency %+v, working %v, metered %+v", all, working, metered)
		}
		if _, err := agencies.SeeChannel(ctx, tx, h.Box, h.Agency.ID, id); !fault.Is(err, fault.NotFound) {
			t.Errorf("it can be seen: %v", err)
		}
		return nil
	})
}
