package checklist

import (
	"crypto/rand"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"saphan/files"
	"saphan/forms"
	"saphan/tickets"
)

// What can be seen behind the counter.

// patience bounds every wait for something that should follow soon: the machine may be busy, and slowed
// down by the race detector.
const patience = 4 * time.Minute

// until waits for something to become true.
func (h *house) until(what string, is func() bool) {
	h.t.Helper()
	for deadline := time.Now().Add(patience); !is(); time.Sleep(10 * time.Millisecond) {
		if time.Now().After(deadline) {
			h.t.Fatalf("waited in vain until %s; jobs: %s\n%s", what, strings.Join(h.jobs(), "\n"), last(h.log.String(), 20000))
		}
	}
}

func last(s string, n int) string { return s[max(0, len(s)-n):] }

// pending are the jobs that something is still to follow from.
const pending = `SELECT count(*) FROM river_job WHERE state IN ('available', 'running', 'retryable', 'scheduled', 'pending')`

// settled waits until no job is left to do, now or later.
func (h *house) settled() {
	h.t.Helper()
	h.until("the jobs are done", func() bool { return h.count(pending) == 0 })
}

// hurried waits until no job is left, without waiting for the pauses between tries.
func (h *house) hurried() {
	h.t.Helper()
	h.until("the jobs are done, in a hurry", func() bool {
		h.hurry()
		return h.count(pending) == 0
	})
}

// hurry lets jobs that wait for their time run now.
func (h *house) hurry() {
	h.t.Helper()
	h.everywhere(func(tx pgx.Tx) error {
		_, err := tx.Exec(h.t.Context(), `UPDATE river_job SET state = 'available', scheduled_at = now()
			WHERE id IN (SELECT id FROM river_job WHERE state IN ('available', 'retryable', 'scheduled') AND scheduled_at > now() FOR UPDATE SKIP LOCKED)`)
		return err
	})
}

// jobs lists the jobs that are not completed.
func (h *house) jobs() []string {
	h.t.Helper()
	return h.list(`SELECT kind || ' ' || state || ' ' || args || ' ' || coalesce(errors[array_upper(errors, 1)]->>'error', '') FROM river_job WHERE state <> 'completed' ORDER BY id`)
}

// count returns a number from the database.
func (h *house) count(query string, args ...any) (n int) {
	h.t.Helper()
	h.everywhere(func(tx pgx.Tx) error { return tx.QueryRow(h.t.Context(), query, args...).Scan(&n) })
	return n
}

// list returns texts from the database.
func (h *house) list(query string, args ...any) (all []string) {
	h.t.Helper()
	h.everywhere(func(tx pgx.Tx) error {
		rows, err := tx.Query(h.t.Context(), query, args...)
		if err != nil {
			return err
		}
		all, err = pgx.CollectRows(rows, pgx.RowTo[string])
		return err
	})
	return all
}

// is fails unless a count is what it should be.
func (h *house) is(want int, what, query string, args ...any) {
	h.t.Helper()
	if n := h.count(query, args...); n != want {
		h.t.Errorf("%s: %d, want %d", what, n, want)
	}
}

// nothingWaits fails when an event is not done with or a message not sent.
func (h *house) nothingWaits() {
	h.t.Helper()
	h.is(0, "events that wait", `SELECT count(*) FROM inbound_events WHERE state = 'waiting'`)
	h.is(0, "messages that wait", `SELECT count(*) FROM replies WHERE state = 'waiting'`)
}

// heard are the words of the citizen in the order in which they were worked on.
func (h *house) heard() []string {
	h.t.Helper()
	return h.list(`SELECT text FROM messages WHERE kind = 'text' ORDER BY id`)
}

// field is the question that the open form is at.
func (h *house) field() string {
	h.t.Helper()
	return strings.Join(h.list(`SELECT coalesce(state->'draft'->>'field', '') FROM conversations WHERE source = $1`, h.user), " ")
}

// file makes a request of the citizen's conversation and waits for its ticket and its receipt.
func (h *house) file(form forms.Key, answers ...forms.Answer) tickets.Ticket {
	h.t.Helper()
	if h.count(`SELECT count(*) FROM conversations WHERE source = $1`, h.user) == 0 {
		h.follow()
	}
	draft := rand.Text()
	h.everywhere(func(tx pgx.Tx) error {
		var conversation, citizen int64
		err := tx.QueryRow(h.t.Context(), `SELECT c.id, i.citizen_id FROM conversations c JOIN identities i ON i.id = c.identity_id WHERE c.source = $1`, h.user).Scan(&conversation, &citizen)
		if err != nil {
			return err
		}
		_, err = h.Desk.Submit(h.t.Context(), tx, tickets.Submission{
			Draft: draft, CitizenID: citizen, CitizenName: h.name, ConversationID: conversation, AgencyID: h.agency.ID,
			Form: form, Version: 1, Answers: answers, EnteredAt: h.Now(),
		})
		return err
	})
	h.settled()
	var t tickets.Ticket
	h.everywhere(func(tx pgx.Tx) (err error) { t, err = tickets.FindByDraft(h.t.Context(), tx, draft); return err })
	return t
}

// answer is an answer in words.
func answer(field, text string) forms.Answer {
	raw, err := json.Marshal(text)
	if err != nil {
		raw = nil
	}
	return forms.Answer{Field: field, Kind: forms.TextField, Label: field, Text: text, Value: raw}
}

// business are the answers that a permit is drawn from.
func business() []forms.Answer {
	return []forms.Answer{
		answer("title", "นางสาว"), answer("name", "สมหญิง ตัวอย่างสกุล"), answer("premises_name", "โรงน้ำแข็งตัวอย่าง"),
		answer("premises_address", "12/3 หมู่ที่ 4 ตำบลตัวอย่าง"), answer("activity", "ผลิตน้ำแข็ง"),
	}
}

// tickets are all tickets, oldest first.
func (h *house) tickets() (all []tickets.Ticket) {
	h.t.Helper()
	h.everywhere(func(tx pgx.Tx) error {
		rows, err := tx.Query(h.t.Context(), `SELECT id FROM tickets ORDER BY id`)
		if err != nil {
			return err
		}
		ids, err := pgx.CollectRows(rows, pgx.RowTo[tickets.TicketID])
		for _, id := range ids {
			ticket, findErr := tickets.Find(h.t.Context(), tx, id)
			if findErr != nil {
				return findErr
			}
			all = append(all, ticket)
		}
		return err
	})
	return all
}

// thread is the talk of a ticket: "author text".
func (h *house) thread(id tickets.TicketID) (all []string) {
	h.t.Helper()
	h.desk(func(tx pgx.Tx, _ tickets.Actor) error {
		talk, err := tickets.Thread(h.t.Context(), tx, id)
		for _, m := range talk {
			all = append(all, m.Author+" "+m.Text)
		}
		return err
	})
	return all
}

// attachments are the rows about files, oldest first.
func (h *house) attachments() (all []files.Attachment) {
	h.t.Helper()
	h.everywhere(func(tx pgx.Tx) error {
		rows, err := tx.Query(h.t.Context(), `SELECT id FROM attachments ORDER BY id`)
		if err != nil {
			return err
		}
		ids, err := pgx.CollectRows(rows, pgx.RowTo[files.AttachmentID])
		for _, id := range ids {
			a, findErr := files.Find(h.t.Context(), tx, id)
			if findErr != nil {
				return findErr
			}
			all = append(all, a)
		}
		return err
	})
	return all
}

// nowhere fails when a text is left anywhere in the database, as letters or as bytes.
func (h *house) nowhere(marker string) {
	h.t.Helper()
	tables := h.list(`SELECT relname::text FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind = 'r'`)
	for _, table := range tables {
		n := h.count(`SELECT count(*) FROM `+pgx.Identifier{table}.Sanitize()+` AS x
			WHERE position($1 IN x::text) > 0 OR position(encode(convert_to($1, 'UTF8'), 'hex') IN x::text) > 0`, marker)
		if n > 0 {
			h.t.Errorf("%q is still in %d rows of %s", marker, n, table)
		}
	}
}

// quietAbout fails when the log has any of these in it: personal data does not belong there.
func (h *house) quietAbout(words ...string) {
	h.t.Helper()
	log := h.log.String()
	if i := slices.IndexFunc(words, func(w string) bool { return w != "" && strings.Contains(log, w) }); i >= 0 {
		at := strings.Index(log, words[i])
		h.t.Errorf("the log says %q: …%s…", words[i], log[max(0, at-300):min(len(log), at+300)])
	}
}

func numbered(prefix string, n int) string { return fmt.Sprint(prefix, n) }
