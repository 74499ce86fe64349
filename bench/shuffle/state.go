package main

import (
	"context"
	"crypto/sha256"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5"

	"saphan/agencies"
)

// state is what a run came to.
type state struct {
	conversations map[string][sha256.Size]byte // by person: everything there is of them
	events        int                          // stored
	waiting       int                          // of which not done with
	messages      int
	tickets       int
	doubled       int // drafts with more than one request, requests with more than one ticket
	replies       int
	sent          int // of which sent
	unseen        int // times that one which was sent is to be sent again
	quarantined   int
}

// counts reads the numbers.
func (h *house) counts(ctx context.Context) (s state, err error) {
	err = agencies.Everywhere(ctx, h.pool, func(tx pgx.Tx) error {
		return tx.QueryRow(ctx, `SELECT
			(SELECT count(*) FROM inbound_events), (SELECT count(*) FROM inbound_events WHERE state = 'waiting'), (SELECT count(*) FROM inbound_events WHERE state = 'quarantined'),
			(SELECT count(*) FROM messages), (SELECT count(*) FROM tickets),
			(SELECT count(*) FROM requests) - (SELECT count(DISTINCT draft) FROM requests) + (SELECT count(*) FROM tickets) - (SELECT count(DISTINCT request_id) FROM tickets),
			(SELECT count(*) FROM replies), (SELECT count(*) FROM replies WHERE state = 'sent'),
			(SELECT CASE WHEN is_called THEN last_value ELSE 0 END FROM unseen)`).
			Scan(&s.events, &s.waiting, &s.quarantined, &s.messages, &s.tickets, &s.doubled, &s.replies, &s.sent, &s.unseen)
	})
	if err != nil {
		return state{}, fmt.Errorf("count: %w", err)
	}
	return s, nil
}

// read reads everything there is of every person.
func (h *house) read(ctx context.Context) (state, error) {
	s, err := h.counts(ctx)
	if err != nil {
		return state{}, err
	}
	if err := h.index(ctx); err != nil {
		return state{}, err
	}
	s.conversations = make(map[string][sha256.Size]byte, h.play.people)
	const many = 2000
	people := make([]string, 0, many)
	for i := range h.play.people {
		people = append(people, userID(i))
		if len(people) == many || i == h.play.people-1 {
			texts, err := h.describe(ctx, people)
			if err != nil {
				return state{}, err
			}
			for person, text := range texts {
				s.conversations[person] = sha256.Sum256([]byte(text))
			}
			people = people[:0]
		}
	}
	return s, nil
}

// index makes it quick to read by person, which nothing but this comparison does.
func (h *house) index(ctx context.Context) error {
	owner, err := pgx.Connect(ctx, h.url)
	if err != nil {
		return fmt.Errorf("index: %w", err)
	}
	defer func() { _ = owner.Close(context.WithoutCancel(ctx)) }()
	_, err = owner.Exec(ctx, `CREATE INDEX ON inbound_events (source); CREATE INDEX ON identities (external_id); CREATE INDEX ON conversations (source); ANALYZE`)
	if err != nil {
		return fmt.Errorf("index: %w", err)
	}
	return nil
}

// describe writes down all there is of some people, without what differs between any two runs: the
// numbers of rows and tickets, random identifiers, and the time of day at which things were done.
func (h *house) describe(ctx context.Context, people []string) (map[string]string, error) {
	parts := map[string][]string{}
	add := func(sorted bool, heading, query string) error {
		return agencies.Everywhere(ctx, h.pool, func(tx pgx.Tx) error {
			rows, err := tx.Query(ctx, query, people)
			if err != nil {
				return err
			}
			var person, text string
			here := map[string][]string{}
			_, err = pgx.ForEachRow(rows, []any{&person, &text}, func() error {
				here[person] = append(here[person], plain(text))
				return nil
			})
			for person, lines := range here {
				if sorted {
					slices.Sort(lines)
				}
				parts[person] = append(parts[person], heading+"\n  "+strings.Join(lines, "\n  "))
			}
			return err
		})
	}
	for _, q := range []struct {
		sorted         bool
		heading, query string
	}{
		{true, "events", `SELECT source, event_id || ' ' || state || ' ' || problem || ' ' ||
			length(replace(convert_from(body, 'UTF8'), '"isRedelivery":true', '"isRedelivery":false')) FROM inbound_events WHERE source = ANY($1)`},
		// A message that is taken back before anybody worked on it was none: then nobody was at the form at its time.
		{false, "state", `SELECT c.source, concat_ws(' ', CASE WHEN EXISTS (SELECT FROM messages u WHERE u.conversation_id = c.id AND u.unsent_at IS NOT NULL)
				THEN regexp_replace(c.state::text, '"touched_at": "[^"]*"', '"touched_at": #', 'g') ELSE c.state::text END, c.blocked_at IS NOT NULL)
			FROM conversations c WHERE c.source = ANY($1)`},
		{true, "person", `SELECT external_id, name FROM identities WHERE external_id = ANY($1)`},
		// In the order in which they were worked on.
		{false, "messages", `SELECT c.source, concat_ws(' ', m.external_id, m.kind, m.text, m.at) FROM messages m JOIN conversations c ON c.id = m.conversation_id
			WHERE c.source = ANY($1) AND m.unsent_at IS NULL ORDER BY m.id`},
		{true, "taken back", `SELECT c.source, concat_ws(' ', m.external_id, m.text, m.attachment_id, m.place) FROM messages m JOIN conversations c ON c.id = m.conversation_id
			WHERE c.source = ANY($1) AND m.unsent_at IS NOT NULL`},
		{true, "tickets", `SELECT c.source, concat_ws(' ', t.form_key, t.status, t.subject, t.citizen_name, t.entered_at, t.due_at, q.answers, t.search) FROM tickets t
			JOIN requests q ON q.id = t.request_id JOIN conversations c ON c.id = q.conversation_id WHERE c.source = ANY($1)`},
		{true, "talk", `SELECT c.source, concat_ws(' ', m.author, m.text, m.at) FROM ticket_messages m JOIN tickets t ON t.id = m.ticket_id
			JOIN requests q ON q.id = t.request_id JOIN conversations c ON c.id = q.conversation_id WHERE c.source = ANY($1)`},
		{true, "replies", `SELECT c.source, concat_ws(' ', CASE WHEN r.cause LIKE 'event %' THEN regexp_replace(r.cause, 'event \d+', 'event ' || coalesce(e.event_id, '?')) ELSE regexp_replace(r.cause, '\d+', '#') END,
				CASE WHEN c.blocked_at IS NOT NULL AND r.state IN ('sent', 'parked') THEN 'sent, or parked until they are back' ELSE r.state END,
				r.body)
			FROM replies r JOIN conversations c ON c.id = r.conversation_id
			LEFT JOIN inbound_events e ON e.id = CASE WHEN r.cause LIKE 'event %' THEN substring(r.cause FROM 'event (\d+)')::bigint END
			-- What is taken back is not answered when it is taken back soon enough, which differs between any two runs.
			WHERE c.source = ANY($1) AND (r.cause NOT LIKE 'event %' OR NOT EXISTS (SELECT FROM messages u WHERE u.conversation_id = c.id AND u.unsent_at IS NOT NULL))`},
	} {
		if err := add(q.sorted, q.heading, q.query); err != nil {
			return nil, fmt.Errorf("read %s: %w", q.heading, err)
		}
	}
	all := make(map[string]string, len(people))
	for person, p := range parts {
		all[person] = strings.Join(p, "\n")
	}
	return all, nil
}

// What differs between any two runs.
var (
	random  = regexp.MustCompile(`[A-Z2-7]{26}`)                 // identifiers of drafts
	number  = regexp.MustCompile(`(?i)SN-\d{4}-\d{6}`)           // of a ticket
	track   = regexp.MustCompile(`/track/[A-Za-z0-9_-]+`)        // its secret address
	ticket  = regexp.MustCompile(`"(talking_to|talk_for)": \d+`) // numbers of its row
	data    = regexp.MustCompile(`v1\|(talk|about|supply)\|\d+`) // the same, on a button
	talked  = regexp.MustCompile(`"talked_at": "[^"]*"`)         // when a ticket was made of a wish
	changes = regexp.MustCompile(`"revision": \d+`)              // counts answers, also those taken back
)

func plain(text string) string {
	for _, r := range []struct {
		what *regexp.Regexp
		with string
	}{
		{random, "<id>"}, {number, "<ticket>"}, {track, "/track/<token>"}, {ticket, `"$1": #`}, {data, "v1|$1|#"}, {changes, `"revision": #`}, {talked, `"talked_at": #`},
	} {
		text = r.what.ReplaceAllString(text, r.with)
	}
	return text
}

// differences are the people of whom the runs left something else, in order of their names.
func differences(a, b state) (people []string) {
	for person, sum := range a.conversations {
		if b.conversations[person] != sum {
			people = append(people, person)
		}
	}
	for person := range b.conversations {
		if _, known := a.conversations[person]; !known {
			people = append(people, person)
		}
	}
	slices.Sort(people)
	return people
}

// lineByLine shows the lines of two texts that are not in both.
func lineByLine(a, b string) string {
	left, right := strings.Split(a, "\n"), strings.Split(b, "\n")
	var out strings.Builder
	for _, l := range left {
		if !slices.Contains(right, l) {
			fmt.Fprintf(&out, "    - %.300s\n", l)
		}
	}
	for _, l := range right {
		if !slices.Contains(left, l) {
			fmt.Fprintf(&out, "    + %.300s\n", l)
		}
	}
	if out.Len() == 0 {
		return "    (the same lines in another order)\n"
	}
	return out.String()
}
