package migrations_test

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"saphan/internal/pgtest"
)

// open are the tables without row-level security, each with its reason.
var open = map[string]string{
	"sessions":         "looked up by the hash of a cookie before there is a scope",
	"sign_in_failures": "counted before anybody is signed in; subjects are hashes",
	"goose_db_version": "the program may only read it",

	"anchor_keys":         "public keys, which everybody may read; what is secret of them is sealed",
	"officer_invitations": "looked up by the hash of a link before anybody is signed in",
}

// public are the tables that everybody reads and only their agency writes, each with its reason.
var public = map[string]string{
	"agencies": "names and office hours of public bodies; looked up before there is a scope",
	"holidays": "public facts, most of them the nation's",
	"channels": "found by the destination of a webhook before an agency is known; secrets are sealed",
	"officers": "looked up at sign-in before there is a scope; secrets are hashed or sealed",

	"areas":        "which agency looks after which place; asked of all agencies at once",
	"area_tambons": "the tambons of an area",

	"form_versions":     "the manuals of services, which everybody may read",
	"form_overrides":    "fees and times of public bodies, which everybody may read",
	"retention_classes": "how long records are kept, which anybody may know",
}

// citizensOnly are the tables that no agency sees, whatever its tickets: the chat is the citizen's.
var citizensOnly = []string{"inbound_events", "conversations", "messages", "replies", "notices", "call_rates", "request_sources", "left_groups", "menu_links", "link_requests", "account_links",
	"citizen_sessions", "entries", "departures", "phone_codes", "profile_facts", "vault_documents", "vault_shares", "exports", "erasures", "purges", "uploads",
	"web_notices", "mandate_drafts"}

// tables lists every table of ours from the catalogue, with whether its rows are guarded.
func tables(t *testing.T, tx pgx.Tx) map[string]bool {
	t.Helper()
	rows, err := tx.Query(t.Context(), `SELECT relname, relrowsecurity AND relforcerowsecurity FROM pg_class
		WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p') AND relname NOT LIKE 'river\_%'`)
	must(t, err)
	found := map[string]bool{}
	var name string
	var guarded bool
	_, err = pgx.ForEachRow(rows, []any{&name, &guarded}, func() error { found[name] = guarded; return nil })
	must(t, err)
	if len(found) < 25 {
		t.Fatalf("the catalogue shows only %d tables", len(found))
	}
	return found
}

// Every table is guarded and guarded against its owner too, unless it is listed above with a reason.
func TestEveryTableIsGuarded(t *testing.T) {
	t.Parallel()
	tx := pgtest.Tx(t)
	found := tables(t, tx)
	for name, guarded := range found {
		if _, listed := open[name]; listed == guarded {
			t.Errorf("%s: row-level security enabled and forced: %v; listed as open: %v", name, guarded, listed)
		}
	}
	for name := range open {
		if _, ok := found[name]; !ok {
			t.Errorf("%s is listed as open but is not there", name)
		}
	}
	// A guard without a policy shuts everybody out; a policy for some commands only lets the others through
	// to nobody. One policy for all commands, checked on the way in too, is what is meant; and one for looking
	// where everybody may.
	rows, err := tx.Query(t.Context(), `SELECT tablename, count(*)::int, bool_or(cmd = 'ALL' AND permissive = 'PERMISSIVE' AND qual IS NOT NULL AND with_check IS NOT NULL)
		FROM pg_policies WHERE schemaname = 'public' AND NOT (cmd = 'SELECT' AND policyname = 'look' AND tablename = ANY($1)) GROUP BY tablename`, slices.Collect(maps.Keys(public)))
	must(t, err)
	policies := map[string]bool{}
	var table string
	var n int
	var whole bool
	_, err = pgx.ForEachRow(rows, []any{&table, &n, &whole}, func() error { policies[table] = n == 1 && whole; return nil })
	must(t, err)
	for name, guarded := range found {
		if guarded && !policies[name] {
			t.Errorf("%s has not exactly one policy for everything", name)
		}
	}
}

// seed writes a row of agency A, and one of B, into every guarded table.
func seed(t *testing.T, tx pgx.Tx) (a, b int64) {
	t.Helper()
	ctx := t.Context()
	var second int64 // an officer elsewhere, for what takes two
	must(t, tx.QueryRow(ctx, `WITH a AS (INSERT INTO agencies (code, name, kind) VALUES ('CCC', 'เทศบาลตัวอย่าง', 'เทศบาล') RETURNING id)
		INSERT INTO officers (agency_id, email, name, role, password_hash, totp_sealed) SELECT id, 'ccc@example.com', 'ตัวอย่าง', 'dpo', 'x', '' FROM a RETURNING id`).Scan(&second))
	for i, code := range []string{"AAA", "BBB"} {
		one := func(sql string, args ...any) (id int64) {
			t.Helper()
			if err := tx.QueryRow(ctx, sql, args...).Scan(&id); err != nil {
				t.Fatalf("%s: %v", sql, err)
			}
			return id
		}
		do := func(sql string, args ...any) {
			t.Helper()
			if _, err := tx.Exec(ctx, sql, args...); err != nil {
				t.Fatalf("%s: %v", sql, err)
			}
		}
		agency := one(`INSERT INTO agencies (code, name, kind) VALUES ($1, 'เทศบาลตัวอย่าง', 'เทศบาล') RETURNING id`, code)
		officer := one(`INSERT INTO officers (agency_id, email, name, role, password_hash, totp_sealed) VALUES ($1, lower($2), 'ตัวอย่าง', 'officer', 'x', '') RETURNING id`, agency, code+"@example.com")
		do(`INSERT INTO agency_events (agency_id, seq, at, actor, kind, detail, hash) VALUES ($1, 1, now(), 'system', 'set up', '{}', '')`, agency)
		queue := one(`INSERT INTO queues (agency_id, key, name) VALUES ($1, 'q', 'q') RETURNING id`, agency)
		channel := one(`INSERT INTO channels (agency_id, kind, destination, provider, name, secret_sealed, token_sealed) VALUES ($1, 'line', $2, 'p', 'n', '', '') RETURNING id`, agency, code)
		do(`INSERT INTO channel_quota (channel_id, agency_id) VALUES ($1, $2)`, channel, agency)
		do(`INSERT INTO channel_menus (channel_id, agency_id) VALUES ($1, $2)`, channel, agency)
		do(`INSERT INTO call_rates (channel_id, endpoint, free_at) VALUES ($1, 'push', now())`, channel)
		area := one(`INSERT INTO areas (agency_id, name, lat, lon, radius_m) VALUES ($1, 'a', 1, 2, 3) RETURNING id`, agency)
		do(`INSERT INTO area_tambons (area_id, agency_id, code) VALUES ($1, $2, '200101')`, area, agency)
		do(`INSERT INTO routing_sets (agency_id, n, rules, officer_id, why, at) VALUES ($1, 1, '[]', $2, 'w', now())`, agency, officer)
		do(`INSERT INTO on_call_tables (agency_id, n, shifts, officer_id, why, at) VALUES ($1, 1, '[]', $2, 'w', now())`, agency, officer)
		do(`INSERT INTO absences (agency_id, officer_id, from_at, until_at, made_by, made_at) VALUES ($1, $2, now(), now() + interval '1 day', $2, now())`, agency, officer)
		do(`INSERT INTO routing_trials (agency_id, officer_id, base, rules, asked_at) VALUES ($1, $2, 1, '[]', now())`, agency, officer)
		do(`INSERT INTO routes (agency_id, form_key, queue_id) VALUES ($1, 'f', $2)`, agency, queue)
		endpoint := one(`INSERT INTO endpoints (agency_id, url, secret_sealed) VALUES ($1, 'https://example.com', '') RETURNING id`, agency)
		delivery := one(`INSERT INTO deliveries (agency_id, endpoint_id, event_id, kind, body, created_at) VALUES ($1, $2, 'e', 'k', '', now()) RETURNING id`, agency, endpoint)
		do(`INSERT INTO delivery_attempts (agency_id, delivery_id, at, status, ms) VALUES ($1, $2, now(), 200, 1)`, agency, delivery)
		do(`INSERT INTO number_series (agency_id, series, year_be, last) VALUES ($1, 's', 2569, 1)`, agency)
		do(`INSERT INTO form_keys (key, agency_id, at) VALUES ($1, $2, now())`, code, agency)
		citizen := one(`INSERT INTO citizens DEFAULT VALUES RETURNING id`)
		identity := one(`INSERT INTO identities (citizen_id, kind, provider, external_id) VALUES ($1, 'line', 'p', $2) RETURNING id`, citizen, "U"+code)
		do(`INSERT INTO notices (citizen_id, form_key, version, shown_at) VALUES ($1, 'f', 1, now())`, citizen)
		file := one(`INSERT INTO attachments (object_key, sha256, size_bytes, media_type, name, sealed_key, source) VALUES ('k', '', 1, 'text/plain', 'n', '', $1) RETURNING id`, code)
		mandate := one(`INSERT INTO mandates (agency_id, citizen_id, kind, attorney_name, attorney_sealed, principal_title, principal_name, principal_sealed, principal_hash, from_on, until_on, attachment_id, asked_at)
			VALUES ($1, $2, 'other', 'n', 'x', '', 'n', 'x', 'x', now(), now(), $3, now()) RETURNING id`, agency, citizen, file)
		do(`INSERT INTO mandate_drafts (draft, mandate_id, at) VALUES ($1, $2, now())`, code, mandate)
		do(`INSERT INTO inbound_events (channel_id, event_id, source, at, received_at, body) VALUES ($1, $2, 'U', now(), now(), '')`, channel, code)
		conversation := one(`INSERT INTO conversations (channel_id, identity_id, source) VALUES ($1, $2, 'U') RETURNING id`, channel, identity)
		do(`INSERT INTO menu_links (conversation_id, channel_id, lang) VALUES ($1, $2, 'en')`, conversation, channel)
		do(`INSERT INTO link_requests (nonce_hash, citizen_id, expires_at) VALUES (convert_to($1, 'UTF8'), $2, now())`, code, citizen)
		do(`INSERT INTO account_links (identity_id, citizen_id, linked_at) VALUES ($1, $2, now())`, identity, citizen)
		do(`INSERT INTO messages (conversation_id, channel_id, external_id, kind, at) VALUES ($1, $2, $3, 'text', now())`, conversation, channel, code)
		request := one(`INSERT INTO requests (draft, citizen_id, conversation_id, agency_id, form_key, form_version, answers, entered_at, created_at)
			VALUES ($1, $2, $3, $4, 'f', 1, '[]', now(), now()) RETURNING id`, code, citizen, conversation, agency)
		ticket := one(`INSERT INTO tickets (agency_id, request_id, citizen_id, queue_id, number, form_key, form_version, title, subject, status, entered_at, deemed_received_at, due_at, track_token, updated_at)
			VALUES ($1, $2, $3, $4, $5, 'f', 1, 't', 's', 'open', now(), now(), now(), $5, now()) RETURNING id`, agency, request, citizen, queue, code)
		do(`INSERT INTO filings (agency_id, officer_id, way, signing, seed, browser, form_key, name, phone, known_by, notice_at, started_at) VALUES ($1, $2, 'counter', 'paper', $3, $3, 'f', 'n', '', $4, now(), now())`, agency, officer, code, ticket)
		do(`INSERT INTO published_problems (agency_id, month, service, kind, filed, reports, open, ended_otherwise, claimed, confirmed, unconfirmed, reopened, to_claim, to_confirmation, at)
			VALUES ($1, '2026-10-01', 'f', 'k', 5, 5, 5, 0, 0, 0, 0, 0, '{}', '{}', now())`, agency)
		do(`INSERT INTO received (agency_id, year_be, n, ticket_id, way, unit, entered_at, deemed_at) VALUES ($1, 2569, 1, $2, 'chat', 'q', now(), now())`, agency, ticket)
		do(`INSERT INTO verifications (citizen_id, level, how, agency_id, attributes, checked_by, at, until) VALUES ($1, 2, 'officer', $2, '', 'officer ' || $3::bigint, now(), now())`, citizen, agency, officer)
		do(`INSERT INTO citizen_sessions (token_hash, citizen_id, level, way, created_at, seen_at, expires_at) VALUES (convert_to($1, 'UTF8'), $2, 1, 'chat', now(), now(), now())`, code, citizen)
		do(`INSERT INTO entries (token_hash, citizen_id, purpose, expires_at) VALUES (convert_to($1, 'UTF8'), $2, '/me', now())`, code, citizen)
		do(`INSERT INTO departures (state_hash, way, browser_hash, sealed, citizen_id, next, expires_at) VALUES (convert_to($1, 'UTF8'), 'thaid', '', '', $2, '/me', now())`, code, citizen)
		do(`INSERT INTO phone_codes (citizen_id, phone_hash, code_hash, phone_sealed, asked_at, expires_at) VALUES ($1, '', '', '', now(), now())`, citizen)
		do(`INSERT INTO profile_facts (citizen_id, key, verified, value_sealed, origin, at) VALUES ($1, 'name', false, '', 'request 1', now())`, citizen)
		document := one(`INSERT INTO vault_documents (citizen_id, type, label, attachment_id, agency_id, request_id, given_at) VALUES ($1, 'd', 'd', $2, $3, $4, now()) RETURNING id`, citizen, file, agency, request)
		do(`INSERT INTO vault_shares (document_id, citizen_id, agency_id, at) VALUES ($1, $2, $3, now())`, document, citizen, agency)
		do(`INSERT INTO exports (citizen_id, token, asked_at) VALUES ($1, $2, now())`, citizen, code)
		do(`INSERT INTO erasures (citizen_id, asked_at) VALUES ($1, now())`, citizen)
		do(`INSERT INTO purges (kind, upto) VALUES ($1, 1)`, code)
		do(`INSERT INTO readings (agency_id, ticket_id, officer_id, kind, standing, at, slot) VALUES ($1, $2, $3, 'case', 'free', now(), 1)`, agency, ticket, officer)
		do(`INSERT INTO anchor_keys (id, public, sealed, made_at) VALUES ($1, '', '', now())`, code)
		do(`INSERT INTO anchors (agency_id, n, until, histories, body, signature, key_id, hash, at) VALUES ($1, 1, now(), 1, '', '', $2, '', now())`, agency, code)
		do(`INSERT INTO bundles (agency_id, ticket_id, officer_id, reason, asked_at) VALUES ($1, $2, $3, 'r', now())`, agency, ticket, officer)
		key := one(`INSERT INTO api_keys (agency_id, officer_id, name, hash, ending, scopes, made_by, made_at, expires_at)
			VALUES ($1, $2, 'n', convert_to($3, 'UTF8'), 'e', '{tickets:read}', $2, now(), now() + interval '1 day') RETURNING id`, agency, officer, code)
		do(`INSERT INTO api_answers (agency_id, api_key_id, name, fingerprint, version, body, at) VALUES ($1, $2, 'n', '', 'v', '{}', now())`, agency, key)
		do(`INSERT INTO extensions (agency_id, ticket_id, n, days, reason, officer_id, at) VALUES ($1, $2, 1, 15, 'r', $3, now())`, agency, ticket, officer)
		do(`INSERT INTO returns (agency_id, ticket_id, missing, reason, remedy, appeal, at) VALUES ($1, $2, '{}', 'r', 'r', 'a', now())`, agency, ticket)
		do(`INSERT INTO transfers (agency_id, ticket_id, to_agency, officer_id, reason, at) VALUES ($1, $2, $1, $3, 'r', now())`, agency, ticket, officer)
		do(`INSERT INTO referrals (ticket_id, agency_id, officer_id, body, reach, at) VALUES ($2, $1, $3, 'b', 'r', now())`, agency, ticket, officer)
		do(`INSERT INTO bodies (agency_id, name, reach) VALUES ($1, 'b', 'r')`, agency)
		do(`INSERT INTO appeals (ticket_id, agency_id, against, late, at) VALUES ($2, $1, $2, false, now())`, agency, ticket)
		do(`INSERT INTO letters (agency_id, ticket_id, n, due_at) VALUES ($1, $2, 1, now())`, agency, ticket)
		do(`INSERT INTO disposals (ticket_id, agency_id, proposed_at, class, kept_until) VALUES ($1, $2, now(), 'c', now())`, ticket, agency)
		do(`INSERT INTO request_sources (request_id, field, source) VALUES ($1, 'f', $2)`, request, code)
		do(`INSERT INTO left_groups (channel_id, group_hash) VALUES ($1, '')`, channel)
		do(`INSERT INTO web_notices (ticket_id, reply_id, told_at, job, told) VALUES ($1, 1, now(), 1, true)`, ticket)
		do(`INSERT INTO uploads (id, owner, name, size_bytes, object_key, sealed_key, part_bytes, created_at, expires_at) VALUES ($1, 'citizen ' || $2::bigint, 'n', 1, $1, '', 0, now(), now())`, code, citizen)
		do(`UPDATE conversations SET blocked_at = now() WHERE id = $1`, conversation)
		do(`INSERT INTO replies (conversation_id, cause, body, created_at, state) VALUES ($1, 'ticket ' || $2::bigint || ' reply x', '{}', now(), 'sent')`, conversation, ticket)
		do(`INSERT INTO ticket_events (agency_id, ticket_id, seq, at, actor, kind, detail, hash) VALUES ($1, $2, 1, now(), 'system', 'created', '{}', '')`, agency, ticket)
		said := one(`INSERT INTO ticket_messages (agency_id, ticket_id, author, at, source) VALUES ($1, $2, 'officer', now(), 'reply x') RETURNING id`, agency, ticket)
		do(`INSERT INTO ticket_message_versions (agency_id, ticket_id, message_id, text, until) VALUES ($1, $2, $3, 'x', now())`, agency, ticket, said)
		do(`INSERT INTO ticket_files (agency_id, ticket_id, attachment_id, label, at) VALUES ($1, $2, $3, 'l', now())`, agency, ticket, file)
		do(`INSERT INTO ticket_routes (agency_id, ticket_id, queue_id, found, at) VALUES ($1, $2, $3, 'written', now())`, agency, ticket, queue)
		do(`INSERT INTO calls (agency_id, ticket_id, officer_id, at) VALUES ($1, $2, $3, now())`, agency, ticket, officer)
		do(`INSERT INTO notes (agency_id, ticket_id, officer_id, text, at) VALUES ($1, $2, $3, 'n', now())`, agency, ticket, officer)
		notice := one(`INSERT INTO deficiency_notices (agency_id, ticket_id, officer_id, due_on, at) VALUES ($1, $2, $3, now(), now()) RETURNING id`, agency, ticket, officer)
		do(`INSERT INTO wants (agency_id, ticket_id, notice_id, label) VALUES ($1, $2, $3, 'l')`, agency, ticket, notice)
		do(`INSERT INTO opinions (agency_id, ticket_id, n, step, officer_id, proposes, text, at) VALUES ($1, $2, 1, 'staff', $3, 'approve', 't', now())`, agency, ticket, officer)
		asked := one(`INSERT INTO consultations (agency_id, ticket_id, to_agency, officer_id, question, due_on, due_at, at) VALUES ($1, $2, $1, $3, 'q', now(), now(), now()) RETURNING id`, agency, ticket, officer)
		enquiry := one(`INSERT INTO enquiries (agency_id, consultation_id, from_agency, asked_by, number, about, title, subject, question, due_on, due_at, at)
			VALUES ($1, $2, $1, $3, $4, 'n', 't', 's', 'q', now(), now(), now()) RETURNING id`, agency, asked, officer, code)
		do(`INSERT INTO enquiry_files (enquiry_id, agency_id, ticket_id, attachment_id, label) VALUES ($1, $2, $3, $4, 'l')`, enquiry, agency, ticket, file)
		do(`INSERT INTO enquiry_events (agency_id, enquiry_id, seq, at, actor, kind, detail, hash) VALUES ($1, $2, 1, now(), 'system', 'consulted', '{}', '')`, agency, enquiry)
		do(`INSERT INTO queue_looks (queue_id, agency_id, at) VALUES ($1, $2, now())`, queue, agency)
		do(`INSERT INTO unread_alerts (queue_id, agency_id, slot, unread) VALUES ($1, $2, now(), 1)`, queue, agency)
		do(`INSERT INTO halts (agency_id, ticket_id, officer_id, reason, at) VALUES ($1, $2, $3, 'r', now())`, agency, ticket, officer)
		do(`INSERT INTO delegations (agency_id, officer_id, kind, post, order_no, from_on, made_by, made_at) VALUES ($1, $2, 'acting', 'p', '1', now(), $2, now())`, agency, officer)
		do(`INSERT INTO decisions (ticket_id, agency_id, officer_id, outcome, at) VALUES ($1, $2, $3, 'approve', now())`, ticket, agency, officer)
		do(`INSERT INTO work_photos (agency_id, ticket_id, attachment_id, officer_id, at, n) VALUES ($1, $2, $3, $4, now(), 1)`, agency, ticket, file, officer)
		do(`INSERT INTO confirmations (agency_id, ticket_id, n, reporter_id, fixed, way, at) VALUES ($1, $2, 1, $2, true, 'track', now())`, agency, ticket)
		permit := one(`INSERT INTO permits (agency_id, ticket_id, number, form_key, title, holder, items, issued_on, created_at) VALUES ($1, $2, $3, 'f', 't', 'h', '[]', now(), now()) RETURNING id`, agency, ticket, code)
		do(`INSERT INTO permit_events (agency_id, permit_id, seq, at, actor, kind, detail, hash) VALUES ($1, $2, 1, now(), 'system', 'issued', '{}', '')`, agency, permit)
		do(`INSERT INTO pay_accounts (agency_id, kind, number, name, counter, officer_id, at) VALUES ($1, '', '', 'n', 'c', $2, now())`, agency, officer)
		charge := one(`INSERT INTO charges (agency_id, ticket_id, cause, number, about, payer, lines, satang, token, made_at) VALUES ($1, $2, 'decision', $3, 'a', 'p', '[]', 1, $3, now()) RETURNING id`, agency, ticket, code)
		do(`INSERT INTO charge_events (agency_id, charge_id, seq, at, actor, kind, detail, hash) VALUES ($1, $2, 1, now(), 'system', 'made', '{}', '')`, agency, charge)
		do(`INSERT INTO slips (agency_id, charge_id, attachment_id, seq, at) VALUES ($1, $2, $3, 1, now())`, agency, charge, file)
		do(`INSERT INTO fee_receipts (agency_id, charge_id, year_be, seq, satang, payer, way, paid_at, officer_id, officer_name, issued_at) VALUES ($1, $2, 2570, 1, 1, 'p', 'cash', now(), $3, 'o', now())`, agency, charge, officer)
		breach := one(`INSERT INTO breaches (agency_id, year_be, n, state, detected_at) VALUES ($1, 2569, 1, 'open', now()) RETURNING id`, agency)
		do(`INSERT INTO breach_events (agency_id, breach_id, seq, at, actor, kind, detail, hash) VALUES ($1, $2, 1, now(), 'system', 'recorded', '{}', '')`, agency, breach)
		do(`INSERT INTO breach_persons (breach_id, citizen_id, agency_id, ticket_id, added_at) VALUES ($1, $2, $3, $4, now())`, breach, citizen, agency, ticket)
		told := one(`INSERT INTO breach_notices (agency_id, breach_id, words, drafted_by, confirmed_by, at) VALUES ($1, $2, '{}', $3, $4, now()) RETURNING id`, agency, breach, officer, second)
		do(`INSERT INTO breach_tellings (notice_id, citizen_id, agency_id, breach_id, way, at) VALUES ($1, $2, $3, $4, 'line', now())`, told, citizen, agency, breach)
		if i == 0 {
			a = agency
		} else {
			b = agency
		}
	}
	return a, b
}

func scope(t *testing.T, tx pgx.Tx, to string) {
	t.Helper()
	_, err := tx.Exec(t.Context(), `SELECT set_config('app.agency', $1, true)`, to)
	must(t, err)
}

func count(t *testing.T, tx pgx.Tx, table, where string, args ...any) (n int) {
	t.Helper()
	must(t, tx.QueryRow(t.Context(), `SELECT count(*) FROM `+pgx.Identifier{table}.Sanitize()+` AS x WHERE `+where, args...).Scan(&n))
	return n
}

// attempt runs a statement in a savepoint and returns how many rows it touched.
func attempt(t *testing.T, tx pgx.Tx, sql string, args ...any) (n int64, code string) {
	t.Helper()
	save, err := tx.Begin(t.Context())
	must(t, err)
	defer func() { must(t, save.Rollback(t.Context())) }()
	tag, err := save.Exec(t.Context(), sql, args...)
	var pg *pgconn.PgError
	if errors.As(err, &pg) {
		return 0, pg.Code
	}
	must(t, err)
	return tag.RowsAffected(), ""
}

// refusedByPolicy is PostgreSQL's code for what a policy or a missing right does not let through.
const refusedByPolicy = "42501"

// Agency B cannot read, count, write, move or copy what is A's, in any table; without a scope nobody
// can anything.
func TestAgencyNeverSeesAnothers(t *testing.T) {
	t.Parallel()
	tx := pgtest.Tx(t)
	a, b := seed(t, tx)
	for name, guarded := range tables(t, tx) {
		if _, looked := public[name]; looked || !guarded {
			continue
		}
		table := pgx.Identifier{name}.Sanitize()
		scope(t, tx, "all")
		var first string // A's row: seeded first
		if err := tx.QueryRow(t.Context(), `SELECT to_jsonb(x)::text FROM `+table+` x ORDER BY ctid LIMIT 1`).Scan(&first); err != nil {
			t.Errorf("%s has no row in this test: add one to seed (%v)", name, err)
			continue
		}
		total := count(t, tx, name, "true")
		theirs := `to_jsonb(x) = $1::jsonb`
		if n := count(t, tx, name, theirs, first); n != 1 {
			t.Fatalf("%s: the row is not found by its own content", name)
		}
		own := 1
		if slices.Contains(citizensOnly, name) {
			own = 0
		}
		for who, want := range map[string]struct{ sees, of int }{
			fmt.Sprint(a): {own, 1}, fmt.Sprint(b): {0, own}, "": {0, 0}, "0": {0, 0}, "-1": {0, 0}, "ALL": {0, 0}, fmt.Sprint(a, ",", b): {0, 0}, "all": {1, total},
		} {
			scope(t, tx, who)
			if n := count(t, tx, name, theirs, first); n != want.sees {
				t.Errorf("%s: in scope %q A's row is seen %d times, want %d", name, who, n, want.sees)
			}
			if n := count(t, tx, name, "true"); n != want.of && who != fmt.Sprint(a) {
				t.Errorf("%s: scope %q counts %d rows, want %d", name, who, n, want.of)
			}
		}
		for _, who := range []string{fmt.Sprint(b), ""} {
			scope(t, tx, who)
			column := firstColumn(t, tx, name)
			for _, sql := range []string{
				fmt.Sprintf(`UPDATE %s AS x SET %s = %s WHERE to_jsonb(x) = $1::jsonb`, table, column, column),
				fmt.Sprintf(`DELETE FROM %s AS x WHERE to_jsonb(x) = $1::jsonb`, table),
			} {
				if n, code := attempt(t, tx, sql, first); n != 0 || (code != "" && code != refusedByPolicy) {
					t.Errorf("scope %q: %s touched %d rows (%s)", who, sql, n, code)
				}
			}
			written := columns(t, tx, name)
			insert := fmt.Sprintf(`INSERT INTO %s (%s) OVERRIDING SYSTEM VALUE SELECT %s FROM jsonb_populate_record(NULL::%s, $1::jsonb)`, table, written, written, table)
			if n, code := attempt(t, tx, insert, first); n != 0 || code != refusedByPolicy {
				t.Errorf("%s: scope %q wrote A's row (%s)", name, who, code)
			}
		}
		// What is its own it may not give away either.
		if column(t, tx, name, "agency_id") && !slices.Contains(citizensOnly, name) && name != "requests" {
			scope(t, tx, fmt.Sprint(b))
			if n, code := attempt(t, tx, fmt.Sprintf(`UPDATE %s SET agency_id = $1`, table), a); n != 0 || code != refusedByPolicy {
				t.Errorf("%s: B moved %d of its rows to A (%s)", name, n, code)
			}
		}
	}
}

func firstColumn(t *testing.T, tx pgx.Tx, table string) (name string) {
	t.Helper()
	must(t, tx.QueryRow(t.Context(), `SELECT quote_ident(attname) FROM pg_attribute WHERE attrelid = $1::regclass AND attnum > 0 AND attidentity = '' AND NOT attisdropped ORDER BY attnum LIMIT 1`,
		"public."+table).Scan(&name))
	return name
}

// columns lists those of a table that can be written.
func columns(t *testing.T, tx pgx.Tx, table string) (names string) {
	t.Helper()
	must(t, tx.QueryRow(t.Context(), `SELECT string_agg(quote_ident(attname), ', ' ORDER BY attnum) FROM pg_attribute WHERE attrelid = $1::regclass AND attnum > 0 AND attgenerated = '' AND NOT attisdropped`,
		"public."+table).Scan(&names))
	return names
}

func column(t *testing.T, tx pgx.Tx, table, name string) (has bool) {
	t.Helper()
	must(t, tx.QueryRow(t.Context(), `SELECT EXISTS (SELECT FROM pg_attribute WHERE attrelid = $1::regclass AND attname = $2)`, "public."+table, name).Scan(&has))
	return has
}

// EGA-15.1: history is added to and read, never changed or taken away, in any scope.
func TestHistoryIsAppendOnly(t *testing.T) {
	t.Parallel()
	tx := pgtest.Tx(t)
	a, _ := seed(t, tx)
	for _, who := range []string{"all", fmt.Sprint(a)} {
		scope(t, tx, who)
		for _, table := range histories(t, tx) {
			if n := count(t, tx, table, "true"); n == 0 {
				t.Errorf("%s: scope %s cannot read it", table, who)
			}
			for _, sql := range []string{`UPDATE ` + table + ` SET agency_id = agency_id`, `DELETE FROM ` + table, `TRUNCATE ` + table} {
				if n, code := attempt(t, tx, sql); n != 0 || code != refusedByPolicy {
					t.Errorf("scope %s: %s touched %d rows (%q)", who, sql, n, code)
				}
			}
		}
	}
}

// histories lists every table of history from the catalogue, so that a new one is looked at too: those whose lines have a
// number and a hash, who opened what, the anchors of all these, and what came.
func histories(t *testing.T, tx pgx.Tx) []string {
	t.Helper()
	rows, err := tx.Query(t.Context(), `SELECT relname FROM pg_class c WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p')
		AND (relname LIKE '%\_events' AND EXISTS (SELECT FROM pg_attribute WHERE attrelid = c.oid AND attname = 'hash') OR relname IN ('readings', 'anchors', 'received', 'breach_persons', 'breach_notices', 'breach_tellings')) ORDER BY relname`)
	must(t, err)
	found, err := pgx.CollectRows(rows, pgx.RowTo[string])
	must(t, err)
	if len(found) < 6 {
		t.Fatalf("the catalogue shows only %v", found)
	}
	return found
}

// Who vouched for whom is ended, never changed; an agency ends what its own officers said, and takes
// nothing away.
func TestVerificationsAreOnlyEnded(t *testing.T) {
	t.Parallel()
	tx := pgtest.Tx(t)
	a, _ := seed(t, tx)
	_, err := tx.Exec(t.Context(), `INSERT INTO verifications (citizen_id, level, how, attributes, checked_by, at, until)
		SELECT citizen_id, 3, 'thaid', '', 'thaid', now(), now() FROM verifications WHERE agency_id = $1`, a)
	must(t, err)
	const end = `UPDATE verifications SET ended_at = now(), ended_by = 'x', ended_why = 'x' WHERE how = `
	for who, ends := range map[string]map[string]int64{"all": {"officer": 2, "thaid": 1}, fmt.Sprint(a): {"officer": 1, "thaid": 0}} {
		scope(t, tx, who)
		if n := count(t, tx, "verifications", "how = 'thaid'"); n != 1 {
			t.Errorf("scope %s sees %d of ThaID's", who, n)
		}
		for how, want := range ends {
			if n, _ := attempt(t, tx, end+"'"+how+"'"); n != want {
				t.Errorf("scope %s ended %d of %s's, want %d", who, n, how, want)
			}
		}
		if n, code := attempt(t, tx, `UPDATE verifications SET level = 3`); n != 0 || code != refusedByPolicy {
			t.Errorf("scope %s changed %d (%s)", who, n, code)
		}
		n, code := attempt(t, tx, `DELETE FROM verifications`)
		if who == "all" && n != 3 || who != "all" && (n != 0 || code != refusedByPolicy) {
			t.Errorf("scope %s removed %d (%s)", who, n, code)
		}
	}
}

// The program's role cannot lift its own limits.
func TestProgramCannotLiftItsLimits(t *testing.T) {
	t.Parallel()
	tx := pgtest.Tx(t)
	a, b := seed(t, tx)
	for _, sql := range []string{
		`ALTER TABLE tickets DISABLE ROW LEVEL SECURITY`, `ALTER TABLE tickets NO FORCE ROW LEVEL SECURITY`, `DROP POLICY scope ON tickets`,
		`CREATE POLICY mine ON tickets USING (true)`, `ALTER ROLE saphan_app BYPASSRLS`,
		`DROP TABLE ticket_events`, `UPDATE goose_db_version SET is_applied = false`, `CREATE TABLE public.mine (x int)`,
		`CREATE OR REPLACE FUNCTION in_scope(agency bigint) RETURNS boolean LANGUAGE sql AS 'SELECT true'`,
	} {
		if n, code := attempt(t, tx, sql); n != 0 || code != refusedByPolicy {
			t.Errorf("%s: %q", sql, code)
		}
	}
	if _, err := tx.Exec(t.Context(), `GRANT UPDATE ON ticket_events TO saphan_app`); err != nil { // PostgreSQL only warns
		t.Fatal(err)
	}
	if _, code := attempt(t, tx, `UPDATE ticket_events SET kind = kind`); code != refusedByPolicy {
		t.Errorf("the program gave itself a right: %q", code)
	}
	// Asked without the guard, the database refuses to answer rather than answer more.
	scope(t, tx, fmt.Sprint(b))
	if _, code := attempt(t, tx, `SET LOCAL row_security = off`); code != "" {
		t.Fatal(code)
	}
	save, err := tx.Begin(t.Context())
	must(t, err)
	_, err = save.Exec(t.Context(), `SET LOCAL row_security = off`)
	must(t, err)
	if _, err := save.Exec(t.Context(), `SELECT FROM tickets`); err == nil {
		t.Error("tickets were read without the guard")
	}
	must(t, save.Rollback(t.Context()))
	// How a message fared is told of one's own tickets only, and asking does not widen the scope.
	var ticketA, ticketB int64
	scope(t, tx, "all")
	must(t, tx.QueryRow(t.Context(), `SELECT id FROM tickets WHERE agency_id = $1`, a).Scan(&ticketA))
	must(t, tx.QueryRow(t.Context(), `SELECT id FROM tickets WHERE agency_id = $1`, b).Scan(&ticketB))
	scope(t, tx, fmt.Sprint(b))
	for ticket, want := range map[int64]string{ticketA: "", ticketB: "sent"} {
		var state *string
		must(t, tx.QueryRow(t.Context(), `SELECT sending_state($1, 'reply x')`, ticket).Scan(&state))
		heard := ""
		if state != nil {
			heard = *state
		}
		if heard != want {
			t.Errorf("B asks for ticket %d and hears %q, want %q", ticket, heard, want)
		}
		var blocked int
		must(t, tx.QueryRow(t.Context(), `SELECT count(*) FROM blocked_since(ARRAY[$1::bigint])`, ticket).Scan(&blocked))
		if (blocked == 1) != (ticket == ticketB) {
			t.Errorf("B asks whether the citizen of ticket %d blocked the account, and hears of %d", ticket, blocked)
		}
		var now string
		must(t, tx.QueryRow(t.Context(), `SELECT current_setting('app.agency')`).Scan(&now))
		if now != fmt.Sprint(b) {
			t.Errorf("after asking the scope is %q", now)
		}
	}
}

// The owner of the tables, as whom the processes log in, is bound too; and a scope ends with its
// transaction.
func TestOwnerIsBoundAndScopesEnd(t *testing.T) {
	t.Parallel()
	conn := connect(t, pgtest.URL(t))
	tx, err := conn.Begin(t.Context())
	must(t, err)
	scope(t, tx, "all")
	seed(t, tx)
	must(t, tx.Commit(t.Context()))
	for name, guarded := range func() map[string]bool {
		tx, err := conn.Begin(t.Context())
		must(t, err)
		defer func() { must(t, tx.Rollback(t.Context())) }()
		return tables(t, tx)
	}() {
		if _, looked := public[name]; looked || !guarded {
			continue
		}
		var n int
		must(t, conn.QueryRow(t.Context(), `SELECT count(*) FROM `+pgx.Identifier{name}.Sanitize()).Scan(&n))
		if n != 0 {
			t.Errorf("%s: the owner sees %d rows without a scope", name, n)
		}
	}
}
