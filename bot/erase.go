package bot

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/jackc/pgx/v5"

	"saphan/citizens"
	"saphan/files"
)

// ConversationsOf returns the conversations of accounts on channels.
func ConversationsOf(ctx context.Context, tx pgx.Tx, identities []citizens.Identity) ([]ConversationID, error) {
	ids := make([]citizens.IdentityID, len(identities))
	for i, d := range identities {
		ids[i] = d.ID
	}
	rows, err := tx.Query(ctx, `SELECT id FROM conversations WHERE identity_id = ANY($1) ORDER BY id`, ids)
	if err != nil {
		return nil, fmt.Errorf("conversations of accounts: %w", err)
	}
	all, err := pgx.CollectRows(rows, pgx.RowTo[ConversationID])
	if err != nil {
		return nil, fmt.Errorf("conversations of accounts: %w", err)
	}
	return all, nil
}

// Erase leaves nothing of what was said in a conversation, as far as this package keeps it: words, places, forms
// that were begun, what was held, raw events, and what was answered. What an agency has still to say stays in
// the outbox, and so does to whom (whole is false). With whole set the conversation is removed; the requests
// that came by it must have been parted from it.
//
// Events that came before asked and still wait are emptied with the whole: they were said to be forgotten. Later
// ones begin anew. It returns the files that came, for the caller to erase what nothing else needs.
func Erase(ctx context.Context, tx pgx.Tx, id ConversationID, asked time.Time, whole bool, now time.Time) ([]files.AttachmentID, error) {
	stored, err := Reload(ctx, tx, id)
	if err != nil {
		return nil, err
	}
	came, err := cameWith(ctx, tx, stored)
	if err != nil {
		return nil, err
	}
	// Raw events are found by their number, from where the daily purge has come to: there is no index by person,
	// which every event that comes in would have to pay for.
	_, err = tx.Exec(ctx, `UPDATE inbound_events e SET body = '', source = '', message_id = '', state = 'done', problem = 'erased', held_by = NULL, held_until = NULL
		FROM conversations c WHERE c.id = $1 AND e.channel_id = c.channel_id AND e.source = c.source
		AND e.id > coalesce((SELECT upto FROM purges WHERE kind = 'events'), 0) AND (e.state <> 'waiting' OR ($3 AND e.received_at <= $2))`, id, asked, whole)
	if err != nil {
		return nil, fmt.Errorf("erase events of conversation %d: %w", id, err)
	}
	for _, sql := range []string{
		`DELETE FROM messages WHERE conversation_id = $1`,
		`UPDATE replies SET body = '{}' WHERE conversation_id = $1 AND state = 'sent'`,
		`DELETE FROM replies WHERE conversation_id = $1 AND state IN ('failed', 'parked') AND cause NOT LIKE 'ticket %'`,
	} {
		if _, err := tx.Exec(ctx, sql, id); err != nil {
			return nil, fmt.Errorf("erase conversation %d: %w", id, err)
		}
	}
	if !whole {
		return came, Save(ctx, tx, id, stored.State.forgotten(), now)
	}
	for _, sql := range []string{
		`DELETE FROM replies WHERE conversation_id = $1`,
		`DELETE FROM menu_links WHERE conversation_id = $1`,
		`DELETE FROM conversations WHERE id = $1`,
	} {
		if _, err := tx.Exec(ctx, sql, id); err != nil {
			return nil, fmt.Errorf("erase conversation %d: %w", id, err)
		}
	}
	return came, nil
}

// cameWith returns the files that came with the messages of a conversation, or that it remembers.
func cameWith(ctx context.Context, tx pgx.Tx, stored Stored) ([]files.AttachmentID, error) {
	rows, err := tx.Query(ctx, `SELECT ch.kind || ':' || ch.id || ':' || e.message_id FROM conversations c JOIN channels ch ON ch.id = c.channel_id
		JOIN inbound_events e ON e.channel_id = c.channel_id AND e.source = c.source AND e.message_id <> ''
			AND e.id > coalesce((SELECT upto FROM purges WHERE kind = 'events'), 0)
		WHERE c.id = $1`, stored.ID)
	if err != nil {
		return nil, fmt.Errorf("files of conversation %d: %w", stored.ID, err)
	}
	sources, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		return nil, fmt.Errorf("files of conversation %d: %w", stored.ID, err)
	}
	came, err := files.Named(ctx, tx, sources)
	if err != nil {
		return nil, err
	}
	rows, err = tx.Query(ctx, `SELECT attachment_id FROM messages WHERE conversation_id = $1 AND attachment_id IS NOT NULL`, stored.ID)
	if err != nil {
		return nil, fmt.Errorf("files of conversation %d: %w", stored.ID, err)
	}
	brought, err := pgx.CollectRows(rows, pgx.RowTo[files.AttachmentID])
	if err != nil {
		return nil, fmt.Errorf("files of conversation %d: %w", stored.ID, err)
	}
	came = append(append(came, brought...), stored.State.remembered()...)
	slices.Sort(came)
	return slices.Compact(came), nil
}

// remembered are the files that a conversation holds for a purpose.
func (c Conversation) remembered() (all []files.AttachmentID) {
	for _, f := range c.Held.Files {
		all = append(all, files.AttachmentID(f.ID))
	}
	for _, a := range c.Albums {
		for _, p := range a.Files {
			all = append(all, files.AttachmentID(p.ID))
		}
	}
	drafts := slices.Clone(c.Kept)
	if c.Draft != nil {
		drafts = append(drafts, *c.Draft)
	}
	for _, d := range drafts {
		for _, a := range d.Answers {
			for _, f := range a.Attachments {
				all = append(all, files.AttachmentID(f))
			}
		}
	}
	return all
}

// forgotten is a conversation of which nothing is remembered but its language and the case that is talked
// about.
func (c Conversation) forgotten() Conversation {
	return Conversation{
		Version: c.Version, Lang: c.Lang, TalkingTo: c.TalkingTo, TalkedAt: c.TalkedAt, TalkFor: c.TalkFor, Told: c.Told,
		Noticed: slices.Clone(c.Noticed), Supplied: slices.Clone(c.Supplied), Cautioned: c.Cautioned,
	}
}

// Unsaid says what still speaks against removing conversations: a form that was begun, or messages that wait to be
// sent.
func Unsaid(ctx context.Context, tx pgx.Tx, ids []ConversationID) (begun, waiting bool, err error) {
	err = tx.QueryRow(ctx, `SELECT EXISTS (SELECT FROM conversations WHERE id = ANY($1) AND (state ? 'draft' OR state ? 'kept')),
		EXISTS (SELECT FROM replies WHERE conversation_id = ANY($1) AND state = 'waiting')`, ids).Scan(&begun, &waiting)
	if err != nil {
		return false, false, fmt.Errorf("what conversations wait for: %w", err)
	}
	return begun, waiting, nil
}
