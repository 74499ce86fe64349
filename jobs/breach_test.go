package jobs

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/riverqueue/river"
	"github.com/riverqueue/river/rivertype"

	"saphan/agencies"
	"saphan/breaches"
	"saphan/citizens"
	"saphan/tickets"
)

// breach is one of high risk that the regulator was told of, with the people of cases on its list and words that wait for a
// second signature.
func (h *house) breach(of ...tickets.Ticket) (b breaches.Breach, second agencies.OfficerID) {
	h.T.Helper()
	ctx := h.T.Context()
	register := h.breachRegister()
	detected := h.Now().Add(-time.Hour)
	h.Everywhere(func(tx pgx.Tx) error {
		first := h.keeper(tx, "head")
		second = h.keeper(tx, "dpo")
		rec := breaches.Record{DetectedAt: detected, What: "กระดาษวางอยู่ที่ร้านพิมพ์", Data: "ชื่อ", Consequences: "ถูกแอบอ้าง", Measures: "เก็บคืน", Contact: "DPO"}
		var err error
		if b, err = register.Open(ctx, tx, h.Agency.ID, first, rec); err != nil {
			return err
		}
		if b, err = register.Judge(ctx, tx, first, b.ID, breaches.Judgement{Risk: breaches.HighRisk, Reasons: "มีเลขประจำตัว"}); err != nil {
			return err
		}
		if b, err = register.Report(ctx, tx, first, b.ID, breaches.Telling{At: h.Now(), Way: "อีเมล", Form: breaches.FormOf(b, h.Agency)}); err != nil {
			return err
		}
		if _, err = register.List(ctx, tx, first, b.ID, peopleOf(of...), "เลขที่เรื่อง"); err != nil {
			return err
		}
		b, err = register.Draft(ctx, tx, first, b.ID, breaches.Words{What: "เอกสารที่มีชื่อของคุณวางอยู่ที่ร้านพิมพ์", Consequences: "อาจมีผู้แอบอ้าง", Measures: "เก็บคืนแล้ว", Advice: "ระวังผู้โทรมา", Contact: "DPO โทร. 02 000 0000"})
		return err
	})
	return b, second
}

// keeper is an officer of the agency who keeps the register.
func (h *house) keeper(tx pgx.Tx, role string) (id agencies.OfficerID) {
	h.T.Helper()
	must(h.T, tx.QueryRow(h.T.Context(), `INSERT INTO officers (agency_id, email, name, role, password_hash, totp_sealed) VALUES ($1, $2, 'ตัวอย่าง', $3, 'x', '') RETURNING id`,
		h.Agency.ID, "keeper-"+role+"@example.com", role).Scan(&id))
	return id
}

func peopleOf(of ...tickets.Ticket) (all []breaches.Person) {
	for _, t := range of {
		all = append(all, breaches.Person{Citizen: t.CitizenID, Ticket: int64(t.ID)})
	}
	return all
}

// signed lets the second officer confirm the words.
func (h *house) signed(b breaches.Breach, second agencies.OfficerID) {
	h.T.Helper()
	h.Everywhere(func(tx pgx.Tx) error {
		_, err := h.breachRegister().Confirm(h.T.Context(), tx, second, b.ID, b.Draft.Line)
		return err
	})
}

// caseOf files a report as somebody, by a conversation or by none (0).
func (h *house) caseOf(draft string, citizen, conversation int64) (t tickets.Ticket) {
	h.T.Helper()
	h.Everywhere(func(tx pgx.Tx) error {
		form, _ := h.Forms.Find("public-problem")
		id, err := h.Desk.Submit(h.T.Context(), tx, tickets.Submission{
			Draft: draft, CitizenID: citizen, CitizenName: "สมชาย (ตัวอย่าง)", ConversationID: conversation, AgencyID: h.Agency.ID, Form: form.Key, Version: form.Version,
			Answers: report("หน้าวัด"), EnteredAt: h.Now(),
		})
		if err != nil {
			return err
		}
		made, err := h.Desk.Route(h.T.Context(), tx, id)
		t = made.Ticket
		return err
	})
	return t
}

// breachLines are the lines of a breach's history.
func (h *house) breachLines(id breaches.BreachID) (all []string) {
	h.T.Helper()
	h.Everywhere(func(tx pgx.Tx) error {
		events, err := breaches.History(h.T.Context(), tx, id)
		for _, e := range events {
			d, err := breaches.DetailOf(e)
			must(h.T, err)
			all = append(all, strings.TrimSuffix(fmt.Sprint(e.Kind, " ", d.Hours, d.Chat, d.Alone), " 0 0 0"))
		}
		return err
	})
	return all
}

const breachSays = "ข้อมูลของคุณได้รับผลกระทบ"

// PDP-6, R6: everybody on the list is told once in the chat, however many jobs tell at once and wherever one is killed; who has
// no chat is noted for another way; who is listed later is told then, and nobody again.
func TestBreachIsToldOnce(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	mine := h.File("public-problem", report("หน้าโรงเรียน")...)
	h.Settled()
	h.stop()
	alone := h.caseOf("alone", h.Numbers(`WITH c AS (INSERT INTO citizens DEFAULT VALUES RETURNING id) SELECT id FROM c`)[0], 0)
	b, second := h.breach(mine, alone)
	h.signed(b, second)
	args := breaches.TellArgs{BreachID: b.ID}
	ctx, kill := context.WithCancel(t.Context())
	h.at(func(border string) {
		if border == "breach: some were told" {
			kill()
		}
	})
	if err := (&breachTell{Deps: h.Deps}).Work(ctx, &river.Job[breaches.TellArgs]{JobRow: &rivertype.JobRow{ID: 1}, Args: args}); err == nil {
		t.Error("it was not killed at its border")
	}
	kill()
	h.at(func(string) {})
	atOnce := func() {
		t.Helper()
		var all sync.WaitGroup
		for range 4 {
			all.Go(func() {
				if err := run(h, &breachTell{Deps: h.Deps}, args); err != nil {
					t.Error(err)
				}
			})
		}
		all.Wait()
	}
	atOnce()
	h.Is(1, "messages", `SELECT count(*) FROM replies WHERE cause = $1`, fmt.Sprintf("ticket %d %s", mine.ID, h.breachCause(b)))
	h.Is(2, "people told", `SELECT count(*) FROM breach_tellings`)
	if got := h.breachLines(b.ID); got[len(got)-1] != "told 0 1 1" || len(got) != 7 {
		t.Errorf("the history: %v", got)
	}

	h.stop = h.work()
	h.Settled()
	other := h.NewPerson("สมชาย")
	other.Say("สวัสดี")
	h.Settled()
	later := h.caseOf("later", h.Numbers(`SELECT i.citizen_id FROM conversations c JOIN identities i ON i.id = c.identity_id WHERE c.id = $1`, other.Conversation())[0], int64(other.Conversation()))
	h.Everywhere(func(tx pgx.Tx) error {
		added, err := h.breachRegister().List(t.Context(), tx, second, b.ID, peopleOf(mine, later), "เลขที่เรื่อง")
		if added != 1 {
			t.Errorf("%d were added", added)
		}
		return err
	})
	h.Settled()
	atOnce()
	h.Settled()
	if h.Times(breachSays) != 1 || other.Times(breachSays) != 1 {
		t.Errorf("told %d and %d times:\n%s", h.Times(breachSays), other.Times(breachSays), strings.Join(other.Said(), "\n"))
	}
	if got := h.breachLines(b.ID); got[len(got)-1] != "told 0 2 1" || len(got) != 9 {
		t.Errorf("the history: %v", got)
	}
	h.Everywhere(func(tx pgx.Tx) error {
		b, err := breaches.Find(t.Context(), tx, b.ID)
		if err != nil {
			return err
		}
		people, err := breaches.People(t.Context(), tx, b, 0)
		sent := map[breaches.Way]string{}
		for _, p := range people {
			sent[p.Way] += p.Sending + " "
		}
		if sent[breaches.ByLine] != "sent sent " || sent[breaches.ByNone] != " " || b.State() != breaches.Reported {
			t.Errorf("%s, and sent: %v", b.State(), sent)
		}
		b, err2 := h.breachRegister().TellOtherwise(t.Context(), tx, second, b.ID, breaches.Otherwise{At: h.Now(), How: "จดหมายลงทะเบียน", Persons: 1})
		if b.State() != breaches.Told {
			t.Errorf("it is %s: %v", b.State(), err2)
		}
		copied, _, err4 := h.gatherData(t.Context(), tx, []citizens.CitizenID{citizens.CitizenID(mine.CitizenID)})
		var page strings.Builder
		must(t, copied.page(&page))
		if len(copied.Breaches) != 1 || copied.Breaches[0].Agency != h.Agency.Name || !strings.Contains(page.String(), "ระวังผู้โทรมา") || err4 != nil {
			t.Errorf("the copy of the person's data has %+v: %v", copied.Breaches, err4)
		}
		told, err3 := breaches.ToldTo(t.Context(), tx, []int64{mine.CitizenID})
		if len(told) != 1 || told[0].Words.Advice != "ระวังผู้โทรมา" || err3 != nil {
			t.Errorf("the person reads %+v: %v", told, err3)
		}
		return err
	})
}

// breachCause is the cause by which what was confirmed last is said.
func (h *house) breachCause(b breaches.Breach) (cause string) {
	h.T.Helper()
	h.Everywhere(func(tx pgx.Tx) error {
		n, _, err := breaches.FindNotice(h.T.Context(), tx, b.ID)
		cause = n.ID.Cause()
		return err
	})
	return cause
}

// PDP-6: the job that looks for duties reminds of a breach too, once for each time, and tells open inboxes.
func TestBreachReminders(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.stop()
	var id breaches.BreachID
	h.Everywhere(func(tx pgx.Tx) error {
		b, err := h.breachRegister().Open(t.Context(), tx, h.Agency.ID, h.keeper(tx, "head"), breaches.Record{DetectedAt: h.Now().Add(-24*time.Hour + time.Minute), What: "ก"})
		id = b.ID
		return err
	})
	reminded := func(want string) {
		t.Helper()
		for range 2 {
			must(t, run(h, &duties{Deps: h.Deps}, DutiesArgs{}))
			must(t, run(h, &breachDuty{Deps: h.Deps}, breaches.DutyArgs{BreachID: id}))
		}
		if got := strings.Join(h.breachLines(id), ", "); got != want {
			t.Errorf("the history: %s, want %s", got, want)
		}
	}
	reminded("recorded")
	h.Is(0, "jobs", `SELECT count(*) FROM river_job WHERE kind = 'breach_duty'`)
	h.Later(time.Minute)
	reminded("recorded, reminded 24 0 0")
	h.Is(1, "jobs", `SELECT count(*) FROM river_job WHERE kind = 'breach_duty'`)
	h.Later(48 * time.Hour)
	reminded("recorded, reminded 24 0 0, reminded 72 0 0")
}
