package web_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"

	"saphan/devkit/testhouse"
	"saphan/forms"
	"saphan/tickets"
)

// MTH-1.3, SEED-22: what an officer fills in on the telephone goes to its citizen as a link by text message, which says
// nothing of the matter; confirmed it is a case like any other, and its news go to the same telephone.
func TestFilledInOnTheTelephone(t *testing.T) {
	t.Parallel()
	g := gateway{make(chan string, 20)}
	h := newHouseWith(t, g)
	officer := tickets.ByOfficer(h.Officer.ID)
	var id tickets.FilingID
	h.Everywhere(func(tx pgx.Tx) (err error) {
		id, err = h.Desk.StartFiling(t.Context(), tx, officer, tickets.NewFiling{
			Agency: h.Agency.ID, Way: tickets.ByPhone, Signing: tickets.SignOnline, Form: "question", Name: "นางมาลี ตัวอย่าง", Phone: "081 000 0000", Noticed: true, Seed: "s", Browser: "s",
		})
		return err
	})
	who := browser("s")
	d, _ := h.fills(who, h.begins(who, "question"), says("question", "เปิดร้านต้องขออนุญาตอะไรบ้างคะ"))
	h.sends(who, d)
	h.Is(0, "requests", `SELECT count(*) FROM requests`)
	f := h.filing(id)
	h.Until("the link is sent", func() bool { return len(g.sent) == 1 })
	if got := <-g.sent; !strings.HasPrefix(got, "+66810000000 ") || !strings.Contains(got, testhouse.BaseURL+"/confirm/"+f.Token) || strings.Contains(got, "เปิดร้าน") {
		t.Errorf("sent %q", got)
	}
	for range 2 {
		h.Everywhere(func(tx pgx.Tx) error {
			_, err := h.Desk.ConfirmFiling(t.Context(), tx, f.Token, "มาลี ตัวอย่าง")
			return err
		})
	}
	ticket := h.ticket(d.ID)
	h.Is(1, "requests", `SELECT count(*) FROM requests WHERE way = 'phone' AND filed_by IS NOT NULL`)
	h.Replies(ticket.ID, "1", "ต้องมีใบอนุญาตประกอบกิจการค่ะ")
	h.Until("the news are told", func() bool { return len(g.sent) == 1 })
	if got := <-g.sent; !strings.HasPrefix(got, "+66810000000 ") || !strings.Contains(got, "/track/"+ticket.TrackToken) {
		t.Errorf("told %q", got)
	}
}

// MTH-1.3, SEED-22: whom the agency knows surely by a chat reads what was filled in there, files it by one tap, and has the
// new case there too. A second tap is told the same; so is whoever taps when it is over.
func TestFilledInForSomebodyWithAChat(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.Follow()
	before := h.Question()
	fill := func(seed string) (tickets.Filing, forms.Draft) {
		var id tickets.FilingID
		h.Everywhere(func(tx pgx.Tx) (err error) {
			id, err = h.Desk.StartFiling(t.Context(), tx, tickets.ByOfficer(h.Officer.ID), tickets.NewFiling{
				Agency: h.Agency.ID, Way: tickets.ByCounter, Signing: tickets.SignOnline, Form: "question", Name: before.CitizenName, KnownBy: before.ID,
				KnownAs: before.Number, Theirs: true, Noticed: true, Seed: seed, Browser: seed,
			})
			return err
		})
		who := browser(seed)
		d, _ := h.fills(who, h.begins(who, "question"), says("question", "เปิดร้านต้องขออนุญาตอะไรบ้างคะ"))
		h.sends(who, d)
		h.Settled()
		return h.filing(id), d
	}
	f, d := fill("s")
	if !f.Sure {
		t.Fatal("the chat is not sure")
	}
	h.Is(1, "cards in the chat", `SELECT count(*) FROM replies WHERE state = 'sent' AND cause LIKE '%filing%' AND body::text LIKE '%เปิดร้านต้องขออนุญาตอะไรบ้างคะ%' AND body::text LIKE '%ไม่ใช่ของฉัน%'`)
	h.Tap("ยืนยันการยื่น")
	ticket := h.ticket(d.ID)
	if ticket.CitizenID != before.CitizenID {
		t.Errorf("the new case is citizen %d's, want %d's", ticket.CitizenID, before.CitizenID)
	}
	if f = h.filing(f.ID); f.SignedBy != "chat" || !strings.HasPrefix(f.Signer, "line ") {
		t.Errorf("it was signed by %s as %q", f.SignedBy, f.Signer)
	}
	h.Replies(ticket.ID, "1", "ต้องมีใบอนุญาตประกอบกิจการค่ะ")
	h.Settled()
	if said := h.Thread(ticket.ID); !slices.ContainsFunc(said, func(s string) bool { return strings.Contains(s, "ต้องมีใบอนุญาต") }) {
		t.Errorf("the thread is %q", said)
	}

	f, _ = fill("s2")
	h.Tap("ไม่ใช่ของฉัน")
	if f = h.filing(f.ID); f.State(h.Now()) != tickets.FilingDisowned {
		t.Errorf("it stands as %s", f.State(h.Now()))
	}
	h.Is(1, "cases of filings", `SELECT count(*) FROM requests WHERE filed_by IS NOT NULL`)
}

func (h *house) filing(id tickets.FilingID) (f tickets.Filing) {
	h.T.Helper()
	h.Everywhere(func(tx pgx.Tx) (err error) {
		f, err = tickets.FindFiling(h.T.Context(), tx, id)
		return err
	})
	return f
}
