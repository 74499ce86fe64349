package jobs

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"saphan/agencies"
	"saphan/tickets"
)

// edit is a scripted edit of an earlier message.
func edit(id, words string, atMs int64) map[string]any {
	return map[string]any{"type": "messageEdited", "timestamp": atMs, "message": map[string]any{"type": "text", "id": id, "text": words}}
}

// Row 29: officers read the new words, can look up the old ones, and are told by history and webhook.
func TestRow29EditedWordsToAnOfficer(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.listens()
	ticket := h.talking()
	said := h.Say("มีสามดวงค่ะ")
	h.Everywhere(func(tx pgx.Tx) error {
		_, err := tx.Exec(t.Context(), `UPDATE tickets SET unread = false`)
		return err
	})
	before, at := len(h.Said()), time.Now().UnixMilli()
	h.Event(edit(said.MessageID, "มีสี่ดวงค่ะ", at+20))
	h.Settled()
	h.Event(edit(said.MessageID, "มีสองดวงค่ะ", at+10), edit(said.MessageID, "มีสี่ดวงค่ะ", at+20)) // late, and again
	h.Settled()
	if got := h.Thread(ticket.ID); !slices.Contains(got, "citizen มีสี่ดวงค่ะ") || len(got) != 2 {
		t.Errorf("the officers read %q", got)
	}
	h.AtDesk(func(tx pgx.Tx, _ tickets.Actor) error {
		talk, err := tickets.Thread(t.Context(), tx, ticket.ID)
		if err != nil {
			return err
		}
		m := talk[len(talk)-1]
		old, err := tickets.Versions(t.Context(), tx, ticket.ID)
		if m.EditedAt == nil || len(old) != 1 || len(old[m.ID]) != 1 || old[m.ID][0].Text != "มีสามดวงค่ะ" {
			t.Errorf("message %+v, earlier words %+v", m, old)
		}
		return err
	})
	if n := h.Count(`SELECT count(*) FROM messages WHERE text = 'มีสี่ดวงค่ะ' AND edited_at IS NOT NULL`); n != 1 {
		t.Error("the chat's own memory has the old words")
	}
	if n := h.happened(ticket.ID, tickets.EventEdited); n != 1 {
		t.Errorf("history %v", h.history(ticket.ID))
	}
	if told := h.told(agencies.TicketMessage); !strings.Contains(told[len(told)-1], `"edited":true`) {
		t.Errorf("the agency's system is told %q", told)
	}
	if n := h.Count(`SELECT count(*) FROM tickets WHERE unread`); n != 1 {
		t.Error("the ticket does not look unread")
	}
	if len(h.Said()) != before {
		t.Errorf("answered:\n%s", h.Since(before))
	}
}

// Row 29: an answer of a form that is not sent yet changes; words that cannot be the answer do not.
func TestRow29EditedAnswer(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.AtThePhoto()
	h.Say("ข้าม")
	h.Pin("ศาลา", "หมู่ 4")
	h.Settled()
	words := h.Say("ไฟดับสามดวง")
	before, at := len(h.Said()), time.Now().UnixMilli()
	h.Event(edit(words.MessageID, "ไฟดับสี่ดวง", at+10))
	h.Settled()
	if n := h.Count(`SELECT count(*) FROM conversations WHERE state::text LIKE '%ไฟดับสี่ดวง%' AND state::text NOT LIKE '%สามดวง%'`); n != 1 {
		t.Errorf("the form was not changed:\n%s", h.Since(before))
	}
	if got := h.Since(before); !strings.Contains(got, "ไฟดับสี่ดวง") {
		t.Errorf("answered:\n%s", got)
	}
	h.Say("ส่งคำขอ")
	if n := h.Count(`SELECT count(*) FROM requests WHERE answers::text LIKE '%ไฟดับสี่ดวง%'`); n != 1 {
		t.Errorf("filed %q", h.List(`SELECT answers::text FROM requests`))
	}
	// The request is a record now: its officers hear of the change, once, with the newest words.
	h.Event(edit(words.MessageID, "ไฟดับห้าดวง", at+20))
	h.Settled()
	h.Event(edit(words.MessageID, "ไฟดับหกดวง", at+30))
	h.Settled()
	if n := h.Count(`SELECT count(*) FROM requests WHERE answers::text LIKE '%ไฟดับสี่ดวง%' AND answers::text NOT LIKE '%ดับหก%'`); n != 1 {
		t.Error("the record was changed")
	}
	id := tickets.TicketID(h.Count(`SELECT id FROM tickets`))
	if got := h.Thread(id); len(got) != 1 || !strings.HasSuffix(got[0], ": ไฟดับหกดวง") {
		t.Errorf("the officers read %q", got)
	}
	// Taken back after all: what was said in the talk goes.
	h.unsend(words.MessageID)
	h.Settled()
	for _, gone := range []string{"ไฟดับหกดวง", "ไฟดับห้าดวง", "ไฟดับสามดวง"} {
		h.Nowhere(gone)
	}
}

// Row 29: an edit that is heard of before its message holds, and the words that it replaced are kept; one of a
// message taken back does nothing.
func TestRow29EditedOutOfOrder(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	ticket := h.talking()
	at := time.Now().UnixMilli()
	h.Event(edit("2901", "คำใหม่", at+5))
	h.Settled()
	h.Event(text("2901", "คำเก่า", at))
	h.Settled()
	if got := h.Thread(ticket.ID); !slices.Contains(got, "citizen คำใหม่") || slices.Contains(got, "citizen คำเก่า") {
		t.Errorf("the officers read %q", got)
	}
	h.AtDesk(func(tx pgx.Tx, _ tickets.Actor) error {
		old, err := tickets.Versions(t.Context(), tx, ticket.ID)
		for _, versions := range old {
			if len(versions) != 1 || versions[0].Text != "คำเก่า" {
				t.Errorf("earlier words %+v", versions)
			}
		}
		if len(old) != 1 {
			t.Errorf("%d messages have earlier words", len(old))
		}
		return err
	})
	h.unsendAgain("2901")
	h.Nowhere("คำเก่า")
	h.Event(edit("2901", marked, at+90_000))
	h.Settled()
	h.Nowhere(marked)
}
