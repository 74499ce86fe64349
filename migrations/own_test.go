package migrations_test

import (
	"fmt"
	"testing"

	"github.com/jackc/pgx/v5"

	"saphan/internal/pgtest"
)

// In its own name agency B cannot point to what is A's: not to see a person or a file of A's through it, and
// not to have words, decisions or attempts taken for A's.
func TestAgencyCannotPointToAnothers(t *testing.T) {
	t.Parallel()
	tx := pgtest.Tx(t)
	a, b := seed(t, tx)
	ids := func(agency int64) pgx.NamedArgs {
		args := pgx.NamedArgs{"agency": agency}
		for name, sql := range map[string]string{
			"ticket": `SELECT id FROM tickets WHERE agency_id = $1`, "request": `SELECT request_id FROM tickets WHERE agency_id = $1`,
			"citizen": `SELECT citizen_id FROM tickets WHERE agency_id = $1`, "file": `SELECT attachment_id FROM ticket_files WHERE agency_id = $1`,
			"message": `SELECT id FROM ticket_messages WHERE agency_id = $1`, "notice": `SELECT id FROM deficiency_notices WHERE agency_id = $1`,
			"officer": `SELECT id FROM officers WHERE agency_id = $1`, "queue": `SELECT id FROM queues WHERE agency_id = $1`,
			"permit": `SELECT id FROM permits WHERE agency_id = $1`, "delivery": `SELECT id FROM deliveries WHERE agency_id = $1`,
			"enquiry": `SELECT id FROM enquiries WHERE agency_id = $1`,
			"charge":  `SELECT id FROM charges WHERE agency_id = $1`, "breach": `SELECT id FROM breaches WHERE agency_id = $1`,
			"second": `SELECT id FROM officers WHERE agency_id <> $1 AND role = 'dpo'`,
		} {
			var id int64
			must(t, tx.QueryRow(t.Context(), sql, agency).Scan(&id))
			args[name] = id
		}
		return args
	}
	scope(t, tx, "all")
	own, theirs := ids(b), ids(a)
	_, err := tx.Exec(t.Context(), `DELETE FROM appeals`) // a case is one appeal at most
	must(t, err)
	scope(t, tx, fmt.Sprint(b))
	for sql, points := range map[string][]string{
		`INSERT INTO ticket_events (agency_id, ticket_id, seq, at, actor, kind, detail, hash) VALUES (@agency, @ticket, 2, now(), 'system', 'k', '{}', '')`:                {"ticket"},
		`INSERT INTO ticket_messages (agency_id, ticket_id, author, at, source) VALUES (@agency, @ticket, 'officer', now(), 'reply y')`:                                    {"ticket"},
		`INSERT INTO ticket_message_versions (agency_id, ticket_id, message_id, text, until) VALUES (@agency, @ticket, @message, 'x', now())`:                              {"ticket"},
		`INSERT INTO notes (agency_id, ticket_id, officer_id, text, at) VALUES (@agency, @ticket, @officer, 'n', now())`:                                                   {"ticket"},
		`INSERT INTO deficiency_notices (agency_id, ticket_id, officer_id, due_on, at, override) VALUES (@agency, @ticket, @officer, now(), now(), 'x')`:                   {"ticket"},
		`INSERT INTO wants (agency_id, ticket_id, notice_id, label) VALUES (@agency, @ticket, @notice, 'l')`:                                                               {"ticket"},
		`INSERT INTO permit_events (agency_id, permit_id, seq, at, actor, kind, detail, hash) VALUES (@agency, @permit, 2, now(), 'system', 'ready', '{}', '')`:            {"permit"},
		`INSERT INTO delivery_attempts (agency_id, delivery_id, at, status, ms) VALUES (@agency, @delivery, now(), 200, 1)`:                                                {"delivery"},
		`INSERT INTO readings (agency_id, ticket_id, officer_id, kind, standing, at, slot) VALUES (@agency, @ticket, @officer, 'case', 'free', now(), 2)`:                  {"ticket"},
		`UPDATE charges SET ticket_id = @ticket, why = 'x' WHERE agency_id = @agency`:                                                                                      {"ticket"},
		`UPDATE slips SET charge_id = @charge, reason = 'x' WHERE agency_id = @agency`:                                                                                     {"charge"},
		`UPDATE fee_receipts SET charge_id = @charge, reference = 'x' WHERE agency_id = @agency`:                                                                           {"charge"},
		`INSERT INTO charge_events (agency_id, charge_id, seq, at, actor, kind, detail, hash) VALUES (@agency, @charge, 2, now(), 'system', 'paid', '{}', '')`:             {"charge"},
		`INSERT INTO breach_events (agency_id, breach_id, seq, at, actor, kind, detail, hash) VALUES (@agency, @breach, 2, now(), 'system', 'judged', '{}', '')`:           {"breach"},
		`INSERT INTO breach_notices (agency_id, breach_id, words, drafted_by, confirmed_by, at) VALUES (@agency, @breach, '{}', @officer, @second, now())`:                 {"breach"},
		`UPDATE extensions SET ticket_id = @ticket, reason = 'x' WHERE agency_id = @agency`:                                                                                {"ticket"},
		`UPDATE letters SET ticket_id = @ticket, reason = '' WHERE agency_id = @agency`:                                                                                    {"ticket"},
		`INSERT INTO bundles (agency_id, ticket_id, officer_id, reason, asked_at) VALUES (@agency, @ticket, @officer, 'r', now())`:                                         {"ticket"},
		`UPDATE filings SET known_by = @ticket, name = 'x' WHERE agency_id = @agency`:                                                                                      {"ticket"},
		`UPDATE returns SET ticket_id = @ticket, reason = 'x' WHERE agency_id = @agency`:                                                                                   {"ticket"},
		`UPDATE disposals SET ticket_id = @ticket, class = 'x' WHERE agency_id = @agency`:                                                                                  {"ticket"},
		`UPDATE tickets SET request_id = @request, citizen_id = @citizen, updated_at = now() WHERE agency_id = @agency`:                                                    {"request", "citizen"},
		`INSERT INTO ticket_routes (agency_id, ticket_id, queue_id, found, at) VALUES (@agency, @ticket, @queue, 'written', now())`:                                        {"ticket"},
		`UPDATE consultations SET ticket_id = @ticket, question = '' WHERE agency_id = @agency`:                                                                            {"ticket"},
		`INSERT INTO enquiry_events (agency_id, enquiry_id, seq, at, actor, kind, detail, hash) VALUES (@agency, @enquiry, 2, now(), 'system', 'consult_taken', '{}', '')`: {"enquiry"},
		`INSERT INTO halts (agency_id, ticket_id, rule, officer_id, reason, at) VALUES (@agency, @ticket, 'x', @officer, 'r', now())`:                                      {"ticket"},
		`INSERT INTO calls (agency_id, ticket_id, officer_id, at) VALUES (@agency, @ticket, @officer, now())`:                                                              {"ticket"},
		`INSERT INTO confirmations (agency_id, ticket_id, n, reporter_id, fixed, way, at) VALUES (@agency, @ticket, 1, @ticket, false, 'track', now())`:                    {"ticket"},
		`UPDATE work_photos SET ticket_id = @ticket, n = 2 WHERE agency_id = @agency`:                                                                                      {"ticket"},
		`INSERT INTO appeals (ticket_id, agency_id, against, late, at) VALUES (@ticket, @agency, @ticket, false, now())`:                                                   {"ticket"},
		`UPDATE opinions SET ticket_id = @ticket, text = '' WHERE agency_id = @agency`:                                                                                     {"ticket"},
		`UPDATE decisions SET ticket_id = @ticket, reason = '' WHERE agency_id = @agency`:                                                                                  {"ticket"},
		`UPDATE permits SET ticket_id = @ticket, conditions = 'x' WHERE agency_id = @agency`:                                                                               {"ticket"},
		`UPDATE ticket_messages SET ticket_id = @ticket, text = 'x' WHERE agency_id = @agency`:                                                                             {"ticket"},
	} {
		if n, code := attempt(t, tx, sql, own); n != 1 || code != "" {
			t.Errorf("%s: B cannot do so with its own (%d rows, %q)", sql, n, code)
		}
		for _, point := range points {
			args := pgx.NamedArgs{}
			for k, v := range own {
				args[k] = v
			}
			args[point] = theirs[point]
			if n, code := attempt(t, tx, sql, args); n != 0 || code != refusedByPolicy {
				t.Errorf("%s: B points to A's %s (%d rows, %q)", sql, point, n, code)
			}
		}
	}
	// A file is given to a ticket by the program; an agency takes none.
	for _, file := range []any{own["file"], theirs["file"]} {
		sql := `UPDATE ticket_files SET attachment_id = $1 WHERE agency_id = $2`
		if n, code := attempt(t, tx, sql, file, b); n != 0 || code != refusedByPolicy {
			t.Errorf("B takes file %v (%d rows, %q)", file, n, code)
		}
	}
	insert := `INSERT INTO tickets (agency_id, request_id, citizen_id, queue_id, number, form_key, form_version, title, subject, status, entered_at, deemed_received_at, due_at, track_token, updated_at)
		VALUES ($1, $2, $3, $4, 'X', 'f', 1, 't', 's', 'open', now(), now(), now(), 'X', now())`
	if n, code := attempt(t, tx, insert, b, theirs["request"], theirs["citizen"], own["queue"]); n != 0 || code != refusedByPolicy {
		t.Errorf("B makes a ticket of A's request (%d rows, %q)", n, code)
	}
}

// A temporary table does not stand in for one of ours in a function that sees everything.
func TestFunctionsThatSeeEverythingSeeOurTables(t *testing.T) {
	t.Parallel()
	tx := pgtest.Tx(t)
	_, b := seed(t, tx)
	var loose []string
	rows, err := tx.Query(t.Context(), `SELECT proname FROM pg_proc WHERE pronamespace = 'public'::regnamespace AND prosecdef
		AND NOT coalesce(proconfig, '{}') @> ARRAY['search_path=public, pg_temp']`)
	must(t, err)
	loose, err = pgx.CollectRows(rows, pgx.RowTo[string])
	must(t, err)
	if len(loose) != 0 {
		t.Errorf("look into temporary tables first: %v", loose)
	}
	var ticket int64
	must(t, tx.QueryRow(t.Context(), `SELECT id FROM tickets WHERE agency_id <> $1`, b).Scan(&ticket))
	scope(t, tx, fmt.Sprint(b))
	_, err = tx.Exec(t.Context(), `CREATE TEMPORARY TABLE tickets ON COMMIT DROP AS SELECT $1::bigint AS id, (SELECT min(g) FROM generate_series(1, 1) g)::bigint AS request_id`, ticket)
	must(t, err)
	for request := range 10 { // any number may be that of A's request
		_, err = tx.Exec(t.Context(), `UPDATE pg_temp.tickets SET request_id = $1`, request)
		must(t, err)
		var state *string
		must(t, tx.QueryRow(t.Context(), `SELECT sending_state($1, 'reply x')`, ticket).Scan(&state))
		if state != nil {
			t.Errorf("B hears of A's ticket: %s", *state)
		}
	}
}

// A trigger before an update would lock the keys of a case, for which whoever writes one that follows it waits (SVC-5).
func TestNothingComesBeforeAnUpdateOfACase(t *testing.T) {
	t.Parallel()
	rows, err := pgtest.Tx(t).Query(t.Context(), `SELECT tgname FROM pg_trigger WHERE tgrelid = 'tickets'::regclass AND tgtype & 2 = 2 AND tgtype & 16 = 16`)
	must(t, err)
	before, err := pgx.CollectRows(rows, pgx.RowTo[string])
	must(t, err)
	if len(before) != 0 {
		t.Errorf("%v come before an update: let them refuse afterwards", before)
	}
}
