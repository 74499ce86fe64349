package jobs

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"saphan/files"
	"saphan/tickets"
)

// unsend takes a message back, without waiting for what follows.
func (h *house) unsend(id string) {
	h.t.Helper()
	h.act("unsend", map[string]any{"messageId": id})
}

// nowhere fails when a text is left anywhere in the database that the program can read.
func (h *house) nowhere(marker string) {
	h.t.Helper()
	h.everywhere(func(tx pgx.Tx) error {
		rows, err := tx.Query(h.t.Context(), `SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind = 'r'`)
		if err != nil {
			return err
		}
		tables, err := pgx.CollectRows(rows, pgx.RowTo[string])
		if err != nil {
			return err
		}
		for _, table := range tables {
			var n int
			// Bytes are shown in hexadecimal, so the marker is looked for as letters and as bytes.
			err := tx.QueryRow(h.t.Context(), `SELECT count(*) FROM `+pgx.Identifier{table}.Sanitize()+` AS x
				WHERE position($1 IN x::text) > 0 OR position(encode(convert_to($1, 'UTF8'), 'hex') IN x::text) > 0`, marker).Scan(&n)
			if err != nil {
				return err
			}
			if n > 0 {
				h.t.Errorf("%q is still in %d rows of %s", marker, n, table)
			}
		}
		return nil
	})
}

// Row 27, R16: words to an officer are gone from the ticket, from what is searched, from the raw event;
// the fact stays in the history, and the agency is told.
func TestRow27UnsendWordsToAnOfficer(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	ticket := h.ticket("question", answer("question", "ถามหน่อย"))
	h.desk(func(tx pgx.Tx, by tickets.Actor) error {
		return h.Desk.Reply(t.Context(), tx, by, ticket.ID, "k", "ว่าอย่างไรคะ")
	})
	h.settled()
	secret := h.say("รหัสลับคือมะม่วงสุก")
	h.say("ขอบคุณค่ะ")
	if got := h.thread(ticket.ID); !slices.Contains(got, "citizen รหัสลับคือมะม่วงสุก") {
		t.Fatalf("the officers read %q", got)
	}
	h.unsend(secret.MessageID)
	h.settled()
	if got := h.thread(ticket.ID); slices.ContainsFunc(got, func(s string) bool { return strings.Contains(s, "มะม่วงสุก") }) || len(got) != 3 {
		t.Errorf("the officers read %q", got)
	}
	h.nowhere("มะม่วงสุก")
	h.desk(func(tx pgx.Tx, _ tickets.Actor) error {
		history, err := tickets.History(t.Context(), tx, ticket.ID)
		if !slices.ContainsFunc(history, func(e tickets.Event) bool { return e.Kind == tickets.EventUnsent }) {
			t.Error("the history does not say that something was taken back")
		}
		return errors.Join(err, tickets.CheckHistory(history))
	})
}

// An answer that was typed into a form and taken back is asked for again, and forgotten.
func TestR16UnsendAnAnswer(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.atThePhoto()
	h.say("ข้าม")
	h.act("location", map[string]any{"title": "ที่นี่", "address": "ซอยตัวอย่าง", "latitude": 13.7, "longitude": 100.5})
	h.settled()
	answer := h.say("ทุเรียนหล่นใส่รถ")
	if n := h.count(`SELECT count(*) FROM conversations WHERE state::text LIKE '%ทุเรียน%'`); n != 1 {
		t.Fatal("the answer was not taken")
	}
	h.unsend(answer.MessageID)
	h.settled()
	if n := h.count(`SELECT count(*) FROM conversations WHERE state->'draft'->>'field' = 'description'`); n != 1 {
		t.Errorf("the question was not asked again:\n%s", strings.Join(h.said(), "\n"))
	}
	h.nowhere("ทุเรียน")
}

// A photo that was taken back is unreadable at once and gone from the store soon after.
func TestR16UnsendAPhoto(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.atThePhoto()
	first := h.send("image", "a.jpg", photo(t, 0))
	h.send("image", "b.jpg", photo(t, 0))
	h.settled()
	h.unsend(first.MessageID)
	h.settled()
	all := h.attachments()
	if len(all) != 2 || all[0].State != files.Gone || len(all[0].SealedKey) != 0 || all[1].State != files.Ready {
		t.Fatalf("attachments %+v", all)
	}
	if n := h.stored(); n != 1 {
		t.Errorf("%d objects in the store, want the one that was kept", n)
	}
	if n := h.count(`SELECT jsonb_array_length(state->'draft'->'answers'->1->'attachments') FROM conversations`); n != 1 {
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
	h.atThePhoto()
	before := len(h.said())
	now := time.Now().UnixMilli()
	h.event(map[string]any{"type": "unsend", "timestamp": now + 1, "replyToken": nil, "unsend": map[string]any{"messageId": "1301"}})
	h.settled()
	h.event(text("1301", "รหัสลับคือมะม่วงสุก", now))
	h.settled()
	h.nowhere("มะม่วงสุก")
	if len(h.said()) != before {
		t.Errorf("answered:\n%s", h.since(before))
	}
	// A photo whose bytes can still be had: its event comes last of all.
	h.stop()
	sent := h.send("image", "a.jpg", photo(t, 0))
	h.everywhere(func(tx pgx.Tx) error {
		_, err := tx.Exec(t.Context(), `DELETE FROM inbound_events WHERE message_id = $1`, sent.MessageID)
		return err
	})
	h.everywhere(func(tx pgx.Tx) error {
		_, err := tx.Exec(t.Context(), `DELETE FROM river_job WHERE state = 'available'`)
		return err
	})
	h.stop = h.work()
	h.event(map[string]any{"type": "unsend", "timestamp": now + 3, "replyToken": nil, "unsend": map[string]any{"messageId": sent.MessageID}})
	h.settled()
	h.event(map[string]any{"type": "message", "timestamp": now + 2, "message": map[string]any{"type": "image", "id": sent.MessageID, "contentProvider": map[string]any{"type": "line"}}})
	h.settled()
	if calls := h.calls("/content"); calls[200] != 1 {
		t.Errorf("fetched %v: the test does not show what it should", calls)
	}
	if all := h.attachments(); len(all) != 1 || all[0].State != files.Gone {
		t.Errorf("kept %+v", all)
	}
	h.nothingStored()
	if len(h.said()) != before {
		t.Errorf("answered:\n%s", h.since(before))
	}
}

// Both are waiting when work begins: the same.
func TestR16UnsendTogetherWithItsMessage(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.talk()
	h.stop()
	before := len(h.said())
	message := h.act("text", map[string]any{"text": "รหัสลับคือมะม่วงสุก"})
	h.unsend(message.MessageID)
	h.stop = h.work()
	h.settled()
	h.nowhere("มะม่วงสุก")
	if n := h.count(`SELECT count(*) FROM inbound_events WHERE state = 'waiting'`); n != 0 {
		t.Errorf("%d events wait", n)
	}
	if got := h.since(before); strings.Contains(got, "มะม่วงสุก") {
		t.Errorf("said %s", got)
	}
}
