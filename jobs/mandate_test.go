package jobs

import (
	"crypto/rand"
	"fmt"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"

	"saphan/bot"
	"saphan/citizens"
	"saphan/devkit/testhouse"
	"saphan/files"
	"saphan/forms"
	"saphan/internal/thai"
	"saphan/payments"
	"saphan/tickets"
)

// Numbers with the right check digit, of nobody.
const (
	attorney13  = "1234545678781"
	principal13 = thai.NationalID("3100600445635")
)

// overWords are what an attorney reads whose mandate is over.
const overWords = "การมอบอำนาจจาก นายสมชาย ตัวอย่าง สิ้นสุดแล้ว"

// attorney is who talks in the chat of the house.
func (h *house) attorney() tickets.Actor {
	h.T.Helper()
	return tickets.ByCitizen(h.Numbers(`SELECT i.citizen_id FROM conversations c JOIN identities i ON i.id = c.identity_id WHERE c.source = $1`, h.User)[0])
}

// shows has the attorney show a power of attorney.
func (h *house) shows() (id tickets.MandateID) {
	h.T.Helper()
	o, err := h.Files.Put(h.T.Context(), strings.NewReader("%PDF-1.7 "+rand.Text()), files.Limits{})
	must(h.T, err)
	by := h.attorney()
	h.Everywhere(func(tx pgx.Tx) error {
		paper, err := files.Insert(h.T.Context(), tx, files.Attachment{Object: o, Name: "หนังสือมอบอำนาจ.pdf", Source: "upload:" + o.Key})
		if err != nil {
			return err
		}
		id, err = h.Desk.ShowMandate(h.T.Context(), tx, h.Box, by, tickets.NewMandate{
			Agency: h.Agency.ID, Kind: tickets.MandateVolunteer, Attorney: "มาลี ตัวอย่าง", AttorneyID: attorney13, Title: "นาย", Principal: "สมชาย ตัวอย่าง",
			Principal13: principal13.Digits(), FromOn: h.Now(), UntilOn: h.Now().AddDate(0, 6, 0), Attachment: int64(paper),
		})
		return err
	})
	return id
}

// mandated is a power of attorney that was accepted.
func (h *house) mandated() tickets.MandateID {
	h.T.Helper()
	id := h.shows()
	h.AtDesk(func(tx pgx.Tx, by tickets.Actor) error { return h.Desk.AcceptMandate(h.T.Context(), tx, by, id) })
	h.Settled()
	return id
}

// filedFor files under a mandate, as the pages do.
func (h *house) filedFor(id tickets.MandateID, form forms.Key, answers ...forms.Answer) (t tickets.Ticket) {
	h.T.Helper()
	by, draft := h.attorney(), rand.Text()
	h.Everywhere(func(tx pgx.Tx) error {
		if _, err := h.Desk.FileFor(h.T.Context(), tx, by, draft, h.Agency.ID, form, id); err != nil {
			return err
		}
		newest, _ := h.Forms.Find(form)
		_, err := h.Desk.Submit(h.T.Context(), tx, tickets.Submission{
			Draft: draft, CitizenID: by.ID, CitizenName: h.Name, AgencyID: h.Agency.ID, Form: form, Version: newest.Version, Answers: answers, EnteredAt: h.Now(),
		})
		return err
	})
	h.Settled()
	h.Everywhere(func(tx pgx.Tx) (err error) { t, err = tickets.FindByDraft(h.T.Context(), tx, draft); return err })
	return t
}

// ends has the attorney end a mandate.
func (h *house) ends(id tickets.MandateID) {
	h.T.Helper()
	by := h.attorney()
	h.Everywhere(func(tx pgx.Tx) error { return h.Desk.EndMandate(h.T.Context(), tx, by, id, "") })
	h.Settled()
}

// PDP-10: of what an attorney does in the chat after the mandate is over they read that it is, once and nothing else, and
// nothing is changed; under another mandate of the same person it goes on.
func TestMandateOverInTheChat(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.Talk()
	id := h.mandated()
	asked, leaves := h.filedFor(id, "question", testhouse.Answer("question", "ถามแทน")), h.filedFor(id, "question", testhouse.Answer("question", "ถามอีกข้อ"))
	h.AsksFor(asked.ID, tickets.Asking{Added: testhouse.Added("แผนที่"), DueOn: h.Now().AddDate(0, 0, 20)})
	h.Settled()
	asksToWithdraw := func() { h.Press(fmt.Sprint("v1|wd|", leaves.ID)); h.Settled() }
	withdraws := func() { h.Press(fmt.Sprint("v1|wdy|", leaves.ID)) }
	asksToWithdraw()
	h.ends(id)
	refused := func(what string, act func()) {
		t.Helper()
		before := len(h.Said())
		act()
		h.Settled()
		if said := h.Said()[before:]; len(said) != 1 || !strings.Contains(said[0], overWords) {
			t.Errorf("%s: the attorney reads %q", what, said)
		}
	}
	refused("withdrawn", withdraws)
	refused("asked to withdraw", asksToWithdraw)
	sends := func() { h.Send("image", "map.jpg", testhouse.Photo(t, 0)) }
	refused("supplied", sends)
	h.Is(0, "documents that came", `SELECT count(*) FROM wants WHERE supplied_at IS NOT NULL`)
	offered := func() bool {
		t.Helper()
		before := len(h.Said())
		h.Press(bot.TrackData())
		h.Settled()
		cards := h.Since(before)
		if !strings.Contains(cards, leaves.Number) {
			t.Errorf("of their cases they read %s", cards)
		}
		return strings.Contains(cards, "ถอนเรื่อง")
	}
	if offered() {
		t.Error("what would be refused is offered")
	}
	h.Is(0, "withdrawn cases", `SELECT count(*) FROM tickets WHERE status = 'withdrawn'`)
	h.Is(0, "events that failed", `SELECT count(*) FROM inbound_events WHERE failures > 0`)

	h.mandated()
	if !offered() {
		t.Error("under another mandate it is not offered")
	}
	sends()
	h.Settled()
	h.Is(1, "documents that came", `SELECT count(*) FROM wants WHERE supplied_at IS NOT NULL`)
	asksToWithdraw()
	withdraws()
	h.Settled()
	h.Is(1, "withdrawn cases", `SELECT count(*) FROM tickets WHERE status = 'withdrawn'`)
}

// PDP-10: an appeal in the chat, in a case whose mandate is over, is refused in words once; under another it is filed.
func TestMandateOverBeforeAnAppeal(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.Talk()
	id := h.mandated()
	first := h.filedFor(id, "question", testhouse.Answer("question", "ถามแทน"))
	h.decide(tickets.Decision{
		TicketID: first.ID, Outcome: tickets.Refuse, Facts: "ไม่มีข้อมูล", Reason: "เปิดเผยไม่ได้", LegalBasis: "พ.ร.บ. ข้อมูลข่าวสาร", AppealBody: "นายกเทศมนตรี", AppealDays: 15,
	})
	h.Settled()
	begins := func() { h.Press(fmt.Sprint("v1|appeal|", first.ID)); h.Settled() }
	begins()
	for _, words := range []string{"ข้อมูลนี้เปิดเผยได้", "ขอให้เปิดเผย", "ข้าม"} {
		h.Say(words)
		h.Settled()
	}
	h.ends(id)
	sends := func() { h.Tap("ส่งคำขอ"); h.Settled() }
	for what, act := range map[string]func(){"begun": begins, "sent": sends} {
		before := len(h.Said())
		act()
		if said := h.Said()[before:]; len(said) != 1 || !strings.Contains(said[0], overWords) {
			t.Errorf("%s: the attorney reads %q", what, said)
		}
	}
	h.Is(0, "appeals", `SELECT count(*) FROM appeals`)
	h.Is(0, "events that failed", `SELECT count(*) FROM inbound_events WHERE failures > 0`)
	h.mandated()
	begins()
	sends()
	h.Is(1, "appeals", `SELECT count(*) FROM appeals WHERE against = $1`, first.ID)
}

// PDP-10: a fee is paid by whoever pays: its slip is taken after the mandate is over.
func TestMandateOverLetsASlipThrough(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.Talk()
	id := h.mandated()
	owes := h.filedFor(id, "question", testhouse.Answer("question", "ถามแทน"))
	h.AtDesk(func(tx pgx.Tx, by tickets.Actor) error {
		_, _, err := h.till().Open(t.Context(), tx, payments.Demand{
			AgencyID: h.Agency.ID, TicketID: int64(owes.ID), Cause: "approval", About: "ตัวอย่าง", Payer: "ตัวอย่าง", By: payments.Actor(by.String()),
			Lines: []payments.Line{{Label: "ค่าตรวจ", Satang: 5000, Whole: 5000}},
		})
		return err
	})
	h.decide(tickets.Decision{TicketID: owes.ID, Outcome: tickets.Approve, Reason: "ครบ"})
	h.Settled()
	h.ends(id)
	h.Send("image", "slip.jpg", testhouse.Photo(t, 0))
	h.Settled()
	if c := h.Charge(owes.ID); c.State != payments.Claimed {
		t.Errorf("the charge is %s:\n%s", c.State, strings.Join(h.Said(), "\n"))
	}
}

// PDP-10: who gave a power of attorney hears of it when it is shown, and both people of each step after, once however often the
// job runs; of one that was erased nobody hears.
func TestMandateIsTold(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.Talk()
	giver := h.NewPerson("สมชาย")
	giver.Talk()
	known := citizens.CitizenID(h.Numbers(`SELECT i.citizen_id FROM conversations c JOIN identities i ON i.id = c.identity_id WHERE c.source = $1`, giver.User)[0])
	h.Everywhere(func(tx pgx.Tx) error {
		_, err := citizens.SignInWithThaID(t.Context(), tx, h.Box, known, citizens.Attributes{NationalID: principal13, FullName: "สมชาย ตัวอย่าง"}, h.Now())
		return err
	})
	told := func(state tickets.MandateState, id tickets.MandateID, attorney, principal string) {
		t.Helper()
		for range 2 {
			must(t, run(h, &mandate{Deps: h.Deps}, tickets.MandateArgs{MandateID: id, State: state}))
			h.Settled()
		}
		if n := h.Times(attorney); attorney != "" && n != 1 {
			t.Errorf("%s: the attorney is told %d times:\n%s", state, n, strings.Join(h.Said(), "\n"))
		}
		if n := giver.Times(principal); n != 1 {
			t.Errorf("%s: the principal is told %d times:\n%s", state, n, strings.Join(giver.Said(), "\n"))
		}
	}
	before := len(h.Said())
	id := h.shows()
	h.Settled()
	told(tickets.MandateWaiting, id, "", "มาลี ตัวอย่าง แจ้ง")
	if said := h.Since(before); said != "" {
		t.Errorf("who showed it is told that they did: %s", said)
	}
	h.AtDesk(func(tx pgx.Tx, by tickets.Actor) error { return h.Desk.AcceptMandate(t.Context(), tx, by, id) })
	h.Settled()
	told(tickets.MandateAccepted, id, "ตรวจหนังสือมอบอำนาจจาก นายสมชาย ตัวอย่าง แล้ว", "รับหนังสือมอบอำนาจแล้ว มาลี ตัวอย่าง")
	h.ends(id)
	told(tickets.MandateEnded, id, "ยื่นแทนไม่ได้อีก", "มาลี ตัวอย่าง ยื่นแทนท่านที่")
	second := h.shows()
	h.AtDesk(func(tx pgx.Tx, by tickets.Actor) error {
		return h.Desk.RefuseMandate(t.Context(), tx, by, second, "ลายเซ็นไม่ตรงกับบัตร")
	})
	h.Settled()
	told(tickets.MandateRefused, second, "ลายเซ็นไม่ตรงกับบัตร", "ลายเซ็นไม่ตรงกับบัตร")
	replies := h.Count(`SELECT count(*) FROM replies`)
	by := h.attorney()
	h.Everywhere(func(tx pgx.Tx) error { _, err := h.Desk.ForgetMandates(t.Context(), tx, by.ID, nil); return err })
	must(t, run(h, &mandate{Deps: h.Deps}, tickets.MandateArgs{MandateID: second, State: tickets.MandateRefused}))
	h.Settled()
	if n := h.Count(`SELECT count(*) FROM replies`); n != replies {
		t.Errorf("%d words about one that was erased", n-replies)
	}
}

// PDP-5, PDP-10: the daily purge lets the signed paper go, with its bytes, a year after the mandate was over.
func TestMandateLapses(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.Talk()
	id := h.mandated()
	h.ends(id)
	h.Ahead.Store(int64(364 * day))
	h.purges()
	h.Is(1, "mandates with their paper", `SELECT count(*) FROM mandates WHERE attachment_id IS NOT NULL AND principal_name <> ''`)
	h.Ahead.Store(int64(367 * day))
	h.purges()
	h.Is(1, "mandates that name nobody", `SELECT count(*) FROM mandates WHERE attachment_id IS NULL AND principal_name = '' AND principal_hash = '' AND ended_at IS NOT NULL`)
	h.nothingStored()
}

// PDP-4, PDP-10: while a case that was filed under a mandate is open, its attorney's wish to be forgotten leaves the case and the
// mandate as they are, as any open case; when it is closed the mandate is ended and names nobody.
func TestErasureOfAnAttorney(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.Talk()
	by, id := h.attorney(), h.mandated()
	made := h.filedFor(id, "question", testhouse.Answer("question", "ถามแทน"))
	var asked citizens.Erasure
	h.Everywhere(func(tx pgx.Tx) (err error) {
		asked, err = citizens.AskErasure(t.Context(), tx, h.Client, citizens.CitizenID(by.ID), h.Now())
		return err
	})
	h.Settled()
	h.Is(1, "open cases of the principal", `SELECT count(*) FROM requests WHERE citizen_name = 'นายสมชาย ตัวอย่าง' AND attorney_name = 'มาลี ตัวอย่าง'`)
	h.Is(1, "mandates that say who may act", `SELECT count(*) FROM mandates WHERE principal_name <> '' AND ended_at IS NULL AND attachment_id IS NOT NULL`)
	h.decide(tickets.Decision{TicketID: made.ID, Outcome: tickets.Approve, Reason: "ตอบแล้ว"})
	h.Settled()
	must(t, run(h, &erasure{Deps: h.Deps}, citizens.ErasureArgs{ErasureID: asked.ID}))
	h.Settled()
	h.Is(1, "mandates that name nobody", `SELECT count(*) FROM mandates WHERE principal_name = '' AND principal_hash = '' AND ended_by = 'attorney' AND attachment_id IS NULL`)
}
