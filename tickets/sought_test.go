package tickets_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"

	"saphan/files"
	"saphan/forms"
	"saphan/tickets"
)

// looked returns how many rows of each table this transaction has looked at.
func looked(t *testing.T, tx pgx.Tx) map[string]int64 {
	t.Helper()
	rows, err := tx.Query(t.Context(), `SELECT relname::text, seq_tup_read + coalesce(idx_tup_fetch, 0) FROM pg_stat_xact_user_tables WHERE schemaname = 'public'`)
	must(t, err)
	all := map[string]int64{}
	var table string
	var n int64
	_, err = pgx.ForEachRow(rows, []any{&table, &n}, func() error { all[table] = n; return nil })
	must(t, err)
	return all
}

// filed submits a request that holds a file.
func (o *office) filed(t *testing.T, draft string, file int64) tickets.RequestID {
	t.Helper()
	s := o.submission(draft)
	s.Answers = append(s.Answers, forms.Answer{Field: "photo", Kind: forms.PhotoField, Label: "รูป", Text: "รูป", Attachments: []int64{file}})
	s.Sources = map[string][]string{"photo": {"message 7"}}
	id, err := o.desk.Submit(t.Context(), o.tx, s)
	must(t, err)
	return id
}

// A file is kept while a ticket or a request that waits for its ticket holds it.
func TestKeepKnowsWhoHoldsAFile(t *testing.T) {
	t.Parallel()
	o := open(t)
	waiting, routed, loose := o.file(t, "a"), o.file(t, "b"), o.file(t, "c")
	o.filed(t, "d1", waiting)
	_, err := o.desk.Route(t.Context(), o.tx, o.filed(t, "d2", routed))
	must(t, err)
	o.ticket(t, "d3")
	kept, err := tickets.Keep(t.Context(), o.tx, []files.AttachmentID{files.AttachmentID(waiting), files.AttachmentID(routed), files.AttachmentID(loose)})
	must(t, err)
	slices.Sort(kept)
	if want := []int64{waiting, routed}; !slices.Equal(kept, want) {
		t.Errorf("kept %v, want %v", kept, want)
	}
}

// What is sought among millions of requests, documents and tickets is found without looking at all of them.
func TestNothingIsSoughtFromEndToEnd(t *testing.T) {
	t.Parallel()
	const others = 2000
	o := open(t)
	file := o.file(t, "a")
	made, err := o.desk.Route(t.Context(), o.tx, o.filed(t, "d1", file))
	must(t, err)
	must(t, o.desk.Ask(t.Context(), o.tx, o.head(), made.ID, tickets.Asking{Added: added("ก"), DueOn: o.now.AddDate(0, 0, 7)}))
	for _, sql := range []string{
		`INSERT INTO citizens DEFAULT VALUES`,
		`INSERT INTO requests (draft, citizen_id, agency_id, form_key, form_version, answers, entered_at, created_at)
			SELECT 'other ' || n, (SELECT max(id) FROM citizens), agency_id, form_key, form_version, answers #- '{3,attachments}', entered_at, created_at
			FROM requests, generate_series(1, $1) n WHERE id = $2`,
		`INSERT INTO tickets (agency_id, request_id, citizen_id, queue_id, number, form_key, form_version, title, subject, status,
				entered_at, deemed_received_at, due_at, track_token, updated_at)
			SELECT t.agency_id, r.id, r.citizen_id, queue_id, r.draft, t.form_key, t.form_version, title, subject, 'open',
				t.entered_at, deemed_received_at, due_at, r.draft, updated_at
			FROM requests r JOIN tickets t ON t.request_id = $2 WHERE r.id <> $2 AND $1 > 0`,
		`INSERT INTO wants (agency_id, ticket_id, notice_id, label) SELECT agency_id, ticket_id, (SELECT max(id) FROM deficiency_notices), 'ข'
			FROM (SELECT agency_id, id AS ticket_id FROM tickets WHERE request_id <> $2 AND $1 > 0) other`,
	} {
		args := []any{others, made.RequestID}
		if !strings.Contains(sql, "$") {
			args = nil
		}
		_, err = o.tx.Exec(t.Context(), sql, args...)
		must(t, err)
	}
	for _, way := range []string{"enable_seqscan", "enable_hashjoin", "enable_mergejoin"} { // as with millions
		_, err = o.tx.Exec(t.Context(), `SELECT set_config($1, 'off', true)`, way)
		must(t, err)
	}
	for what, do := range map[string]func() error{
		"whether a file is needed": func() error {
			_, err := tickets.Keep(t.Context(), o.tx, []files.AttachmentID{files.AttachmentID(file)})
			return err
		},
		"what a message taken back was for": func() error {
			_, _, err := o.desk.Unsend(t.Context(), o.tx, tickets.TakenBack{Source: "message 7", Citizen: int64(o.citizen.CitizenID), File: file})
			return err
		},
		"who holds an infected file": func() error { return o.desk.Spoiled(t.Context(), o.tx, file) },
	} {
		before := looked(t, o.tx)
		must(t, do())
		for table, n := range looked(t, o.tx) {
			if n -= before[table]; n > others/4 {
				t.Errorf("%s: %d rows of %s are looked at", what, n, table)
			}
		}
	}
}
