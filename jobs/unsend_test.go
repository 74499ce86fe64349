package jobs

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"saphan/devkit/testhouse"
	"saphan/files"
	"saphan/internal/chain"
	"saphan/tickets"
)

// unsend takes a message back, without waiting for what follows.
func (h *house) unsend(id string) {
	h.T.Helper()
	h.Act("unsend", map[string]any{"messageId": id})
}

// Row 27, R16: words to an officer are gone from the ticket, from what is searched, from the raw event;
// the fact stays in the history, and the agency is told.
func TestRow27UnsendWordsToAnOfficer(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	ticket := h.Question()
	h.Replies(ticket.ID, "k", "ว่าอย่างไรคะ")
	h.Settled()
	secret := h.Say("รหัสลับคือมะม่วงสุก")
	h.Say("ขอบคุณค่ะ")
	if got := h.Thread(ticket.ID); !slices.Contains(got, "citizen รหัสลับคือมะม่วงสุก") {
		t.Fatalf("the officers read %q", got)
	}
	h.unsend(secret.MessageID)
	h.Settled()
	if got := h.Thread(ticket.ID); slices.ContainsFunc(got, func(s string) bool { return strings.Contains(s, "มะม่วงสุก") }) || len(got) != 3 {
		t.Errorf("the officers read %q", got)
	}
	h.Nowhere("มะม่วงสุก")
	h.AtDesk(func(tx pgx.Tx, _ tickets.Actor) error {
		history, err := tickets.History(t.Context(), tx, ticket.ID)
		if !slices.ContainsFunc(history, func(e tickets.Event) bool { return e.Kind == tickets.EventUnsent }) {
			t.Error("the history does not say that something was taken back")
		}
		return errors.Join(err, chain.Check(history))
	})
}

// An answer that was typed into a form and taken back is asked for again, and forgotten.
func TestR16UnsendAnAnswer(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.AtThePhoto()
	h.Say("ข้าม")
	h.Pin("ที่นี่", "ซอยตัวอย่าง")
	h.Settled()
	answer := h.Say("ทุเรียนหล่นใส่รถ")
	if n := h.Count(`SELECT count(*) FROM conversations WHERE state::text LIKE '%ทุเรียน%'`); n != 1 {
		t.Fatal("the answer was not taken")
	}
	h.unsend(answer.MessageID)
	h.Settled()
	if n := h.Count(`SELECT count(*) FROM conversations WHERE state->'draft'->>'field' = 'description'`); n != 1 {
		t.Errorf("the question was not asked again:\n%s", strings.Join(h.Said(), "\n"))
	}
	h.Nowhere("ทุเรียน")
}

// A photo that was taken back is unreadable at once and gone from the store soon after.
func TestR16UnsendAPhoto(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.AtThePhoto()
	first := h.Send("image", "a.jpg", testhouse.Photo(t, 0))
	h.Send("image", "b.jpg", testhouse.Photo(t, 0))
	h.Settled()
	h.unsend(first.MessageID)
	h.Settled()
	all := h.Attachments()
	if len(all) != 2 || all[0].State != files.Gone || len(all[0].SealedKey) != 0 || all[1].State != files.Ready {
		t.Fatalf("attachments %+v", all)
	}
	if n := h.Stored(); n != 1 {
		t.Errorf("%d objects in the store, want the one that was kept", n)
	}
	if n := h.Count(`SELECT jsonb_array_length(state->'draft'->'answers'->1->'attachments') FROM conversations`); n != 1 {
		t.Errorf("the form still has %d photos", n)
	}
	// The erasing may run twice.
	must(t, run(h, &erase{Deps: h.Deps}, EraseArgs{AttachmentID: all[0].ID}))
	if err := run(h, &erase{Deps: h.Deps}, EraseArgs{AttachmentID: 999999}); err == nil {
		t.Error("a file that is not there was erased")
	}
}

// Row 28: an unsend that is heard of before its message: the message never becomes visible, its file
// is not kept.
func TestRow28UnsendBeforeItsMessage(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.AtThePhoto()
	before := len(h.Said())
	now := time.Now().UnixMilli()
	h.Event(map[string]any{"type": "unsend", "timestamp": now + 1, "replyToken": nil, "unsend": map[string]any{"messageId": "1301"}})
	h.Settled()
	h.Event(text("1301", "รหัสลับคือมะม่วงสุก", now))
	h.Settled()
	h.Nowhere("มะม่วงสุก")
	if len(h.Said()) != before {
		t.Errorf("answered:\n%s", h.Since(before))
	}
	// A photo whose bytes can still be had, and are not fetched: its event comes last of all.
	h.stop()
	sent := h.Send("image", "a.jpg", testhouse.Photo(t, 0))
	h.Everywhere(func(tx pgx.Tx) error {
		_, err := tx.Exec(t.Context(), `DELETE FROM inbound_events WHERE message_id = $1`, sent.MessageID)
		return err
	})
	h.Everywhere(func(tx pgx.Tx) error {
		_, err := tx.Exec(t.Context(), `DELETE FROM river_job WHERE state = 'available'`)
		return err
	})
	h.stop = h.work()
	h.Event(map[string]any{"type": "unsend", "timestamp": now + 3, "replyToken": nil, "unsend": map[string]any{"messageId": sent.MessageID}})
	h.Settled()
	h.Event(map[string]any{"type": "message", "timestamp": now + 2, "message": map[string]any{"type": "image", "id": sent.MessageID, "contentProvider": map[string]any{"type": "line"}}})
	h.Settled()
	if calls := h.Calls("/content"); len(calls) != 0 {
		t.Errorf("fetched %v", calls)
	}
	if all := h.Attachments(); len(all) != 0 {
		t.Errorf("kept %+v", all)
	}
	h.nothingStored()
	if len(h.Said()) != before {
		t.Errorf("answered:\n%s", h.Since(before))
	}
}

// Both are waiting when work begins: the same.
func TestR16UnsendTogetherWithItsMessage(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.Talk()
	h.stop()
	before := len(h.Said())
	message := h.Types("รหัสลับคือมะม่วงสุก")
	h.unsend(message.MessageID)
	h.stop = h.work()
	h.Settled()
	h.Nowhere("มะม่วงสุก")
	if n := h.Count(`SELECT count(*) FROM inbound_events WHERE state = 'waiting'`); n != 0 {
		t.Errorf("%d events wait", n)
	}
	if got := h.Since(before); strings.Contains(got, "มะม่วงสุก") {
		t.Errorf("said %s", got)
	}
}
