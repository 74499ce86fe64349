package jobs

import (
	"encoding/hex"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"saphan/files"
	"saphan/internal/tool"
	"saphan/tickets"
)

// What a citizen was told is kept once, as it was, with its fingerprint in the history, however often the job runs and wherever
// it is stopped; a case that is erased keeps the fingerprint (EGA-15.1, EGA-17.1, LFA-11.1).
func TestLettersAreKept(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	ticket := h.File("question")
	h.decide(tickets.Decision{TicketID: ticket.ID, Outcome: tickets.Approve, Reason: "ซ่อมถนนปีหน้า"})
	id := tickets.LetterID{TicketID: ticket.ID, Letter: tickets.DecisionLetter, N: 1}
	if words := h.words(id.Source()); !strings.Contains(words, "ซ่อมถนนปีหน้า") {
		t.Errorf("the letter says\n%s", words)
	}
	must(t, run(h, &keepLetter{Deps: h.Deps}, tickets.KeepLetterArgs{LetterID: id}))
	var kept files.Attachment
	h.Everywhere(func(tx pgx.Tx) (err error) { kept, _, err = files.FindSource(t.Context(), tx, id.Source()); return err })
	h.Is(1, "lines that name its fingerprint", `SELECT count(*) FROM ticket_events WHERE kind = 'letter_kept' AND detail->>'digest' = $1`, hex.EncodeToString(kept.SHA256))
	if n := h.Times("/track/" + ticket.TrackToken + "/decisions/1/letter.pdf"); n != 1 { // by its own address, which outlives the result
		t.Errorf("the letter is opened by %d buttons", n)
	}
	h.Is(1, "letters with the case", `SELECT count(*) FROM ticket_files WHERE ticket_id = $1 AND attachment_id = $2 AND made`, ticket.ID, kept.ID)

	// Stopped after the bytes are stored: done again it is one letter.
	second := h.File("question")
	stopped := false
	h.at(func(border string) {
		if border == "letter: before it is kept" && !stopped {
			stopped = true
			panic("the process dies")
		}
	})
	h.Decides(tickets.Decision{TicketID: second.ID, Outcome: tickets.Approve, Reason: "ซ่อมแล้ว"})
	h.Hurried()
	if !stopped {
		t.Error("it was not stopped")
	}
	h.Is(2, "letters", `SELECT count(*) FROM attachments WHERE source LIKE 'letter:%'`)
	h.Is(2, "lines that say so", `SELECT count(*) FROM ticket_events WHERE kind = 'letter_kept'`)
}

// LFA-12.1: the letter of a request that counts as granted because its time was over names the law and the case, is signed by no
// officer, and is kept as any other.
func TestTheLetterOfADeemedApprovalIsKept(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	ticket := h.Question()
	h.Later(90 * 24 * time.Hour)
	h.Everywhere(func(tx pgx.Tx) error {
		return h.Desk.Deem(t.Context(), tx, ticket.ID, "พ.ร.บ. ตัวอย่าง มาตรา 1")
	})
	h.Settled()
	id := tickets.LetterID{TicketID: ticket.ID, Letter: tickets.DecisionLetter, N: 1}
	words := h.words(id.Source())
	for _, want := range []string{ticket.Reference, "ถือว่าได้รับอนุญาตโดยผลของกฎหมาย", "พ.ร.บ. ตัวอย่าง มาตรา 1", "(" + h.Agency.Name + ")", "ออกโดยระบบเมื่อพ้นกำหนด"} {
		if !strings.Contains(words, want) && !strings.Contains(tool.Tight(words), tool.Tight(want)) {
			t.Errorf("the letter does not say %q:\n%s", want, words)
		}
	}
	h.Is(1, "lines that say so", `SELECT count(*) FROM ticket_events WHERE ticket_id = $1 AND kind = 'letter_kept'`, ticket.ID)
}
