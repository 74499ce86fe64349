package jobs

import (
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"saphan/devkit/testhouse"
	"saphan/forms"
	"saphan/tickets"
)

// report is a street light told of from the chat of whoever last said something.
func report(place string) []forms.Answer {
	at := testhouse.Answer("location", place)
	at.Kind, at.Value = forms.LocationField, []byte(`{"title":"`+place+`","lat":13.36,"lon":100.98}`)
	return []forms.Answer{testhouse.Picked("category", "light", "ไฟถนนดับ"), at}
}

// mended closes a case with its evidence.
func (h *house) mended(id tickets.TicketID) {
	h.T.Helper()
	h.Mends(id, "เปลี่ยนหลอดเรียบร้อย")
	h.Settled()
}

// alsoReported is a street light told of by somebody else, from a chat of their own.
func (h *house) alsoReported(place string) (other *testhouse.Person, theirs tickets.Ticket) {
	h.T.Helper()
	other = h.NewPerson("สมชาย")
	other.Say("สวัสดี")
	h.Everywhere(func(tx pgx.Tx) error {
		form, _ := h.Forms.Find("public-problem")
		id, err := h.Desk.Submit(h.T.Context(), tx, tickets.Submission{
			Draft: "theirs", CitizenID: h.Numbers(`SELECT i.citizen_id FROM conversations c JOIN identities i ON i.id = c.identity_id WHERE c.id = $1`, other.Conversation())[0], CitizenName: "สมชาย",
			ConversationID: int64(other.Conversation()), AgencyID: h.Agency.ID, Form: form.Key, Version: form.Version, Answers: report(place), EnteredAt: h.Now(),
		})
		if err == nil {
			var made tickets.Routed
			made, err = h.Desk.Route(h.T.Context(), tx, id)
			theirs = made.Ticket
		}
		return err
	})
	return other, theirs
}

// SVC-5: why it takes longer, and words to all, reach both who told of one street light, each in a chat of their own and once; words
// to one of them reach that one.
func TestNewsOfJoinedCasesReachEverybody(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	mine := h.File("public-problem", report("หน้าโรงเรียนวัดใต้")...)
	other, theirs := h.alsoReported("หน้าโรงเรียนวัดใต้")
	other.Follow() // who is no friend of the account can be written to for a week only
	h.Settled()
	h.AtDesk(func(tx pgx.Tx, by tickets.Actor) error { return h.Desk.Merge(t.Context(), tx, by, theirs.ID, mine.ID) })
	h.Settled()
	h.Later(10 * 24 * time.Hour)
	must(t, run(h, &duties{Deps: h.Deps}, DutiesArgs{}))
	h.Settled()
	h.AtDesk(func(tx pgx.Tx, by tickets.Actor) error {
		if err := h.Desk.WriteLetter(t.Context(), tx, by, mine.ID, 1, "อะไหล่หลอดไฟยังมาไม่ถึง"); err != nil {
			return err
		}
		return h.Desk.ReplyToAll(t.Context(), tx, by, mine.ID, "all", "ตัดกิ่งไม้รอบเสาแล้ว")
	})
	h.AtDesk(func(tx pgx.Tx, by tickets.Actor) error {
		return h.Desk.Reply(t.Context(), tx, by, mine.ID, "one", "ขอเลขเสาไฟด้วยค่ะ")
	})
	h.AtDesk(func(tx pgx.Tx, by tickets.Actor) error { return h.Desk.Unmerge(t.Context(), tx, by, theirs.ID) }) // before the jobs run
	for range 2 {
		h.Settled()
		for _, to := range []tickets.TicketID{0, theirs.ID} {
			must(t, run(h, &letter{Deps: h.Deps}, tickets.LetterArgs{TicketID: mine.ID, N: 1, To: to}))
		}
	}
	h.Settled()
	for _, want := range []struct {
		words        string
		mine, theirs int
	}{{"อะไหล่หลอดไฟยังมาไม่ถึง", 1, 1}, {"ตัดกิ่งไม้รอบเสาแล้ว", 1, 1}, {"ขอเลขเสาไฟด้วยค่ะ", 1, 0}} {
		if h.Times(want.words) != want.mine || other.Times(want.words) != want.theirs {
			t.Errorf("%q was said %d and %d times, want %d and %d", want.words, h.Times(want.words), other.Times(want.words), want.mine, want.theirs)
		}
	}
	said := strings.Join(other.Said(), "\n")
	if strings.Contains(said, mine.Number) || strings.Contains(said, mine.TrackToken) || !strings.Contains(said, theirs.Number) {
		t.Errorf("the other learns of the main case:\n%s", said)
	}
}

// SVC-5: two people tell of one street light. Their cases are joined; each keeps a number of their own, hears the result
// with its evidence and may say that it is not so. Whoever else told of it hears that it goes on. Nobody hears anything twice.
func TestJoinedCasesAreToldTogether(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	mine := h.File("public-problem", report("หน้าโรงเรียนวัดใต้")...)
	other, theirs := h.alsoReported("หน้าโรงเรียนวัดใต้")
	h.Settled()
	h.AtDesk(func(tx pgx.Tx, by tickets.Actor) error { return h.Desk.Merge(t.Context(), tx, by, theirs.ID, mine.ID) })
	h.Settled()
	if n := other.Times("มีผู้แจ้งเรื่องเดียวกันแล้ว"); n != 1 || h.Times("มีผู้แจ้งเรื่องเดียวกันแล้ว") != 0 {
		t.Errorf("the one who follows was told %d times:\n%s", n, strings.Join(other.Said(), "\n"))
	}
	h.mended(mine.ID)
	for _, p := range []interface {
		Times(words string) int
		Said() []string
	}{h.Person, other} {
		if p.Times("เปลี่ยนหลอดเรียบร้อย") != 1 || p.Times("ช่างไฟฟ้า ชุด 2 · ") != 1 {
			t.Errorf("the result was not told once:\n%s", strings.Join(p.Said(), "\n"))
		}
	}
	other.Tap("ยังไม่เรียบร้อย")
	other.Say("สว่างแค่ดวงเดียว อีกดวงยังดับ")
	h.Settled()
	if got := h.List(`SELECT status FROM tickets ORDER BY id`); strings.Join(got, " ") != "accepted merged" {
		t.Errorf("they stand %v", got)
	}
	if n := h.Times("มีผู้แจ้งว่ายังไม่เรียบร้อย"); n != 1 {
		t.Errorf("the other was told %d times that it goes on:\n%s", n, strings.Join(h.Said(), "\n"))
	}
	if said := h.Thread(theirs.ID); !strings.Contains(strings.Join(said, "\n"), "สว่างแค่ดวงเดียว") {
		t.Errorf("the officers read %q", said)
	}
	h.Tap("แก้แล้วจริง") // on the old card
	h.Settled()
	if h.Times("เปิดดำเนินการต่ออยู่แล้ว") != 1 {
		t.Errorf("said:\n%s", strings.Join(h.Said(), "\n"))
	}
	h.mended(mine.ID)
	if n := other.Times("เปลี่ยนหลอดเรียบร้อย"); n != 2 {
		t.Errorf("the second result was told %d times in all", n)
	}
	h.Tap("แก้แล้วจริง")
	h.Settled()
	h.Is(1, "a confirmation of the second result", `SELECT count(*) FROM confirmations WHERE n = 2 AND fixed`)
	must(t, run(h, &reopened{Deps: h.Deps}, tickets.ReopenedArgs{TicketID: mine.ID, N: 1, By: theirs.ID}))
	for _, id := range []tickets.TicketID{mine.ID, theirs.ID} {
		must(t, run(h, &decided{Deps: h.Deps}, tickets.DecidedArgs{TicketID: id}))
	}
	h.Settled()
	if other.Times("เปลี่ยนหลอดเรียบร้อย") != 2 || h.Times("มีผู้แจ้งว่ายังไม่เรียบร้อย") != 1 {
		t.Errorf("a job that ran twice told somebody twice:\n%s", strings.Join(other.Said(), "\n"))
	}
}
