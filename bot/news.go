package bot

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
)

// News is something that was said about a case to somebody who has no chat: they have to be told that it is there.
type News struct {
	Ticket int64   `db:"ticket"`
	Reply  ReplyID `db:"reply"` // the newest message about it
}

// NewsIn returns what messages say about cases, of each the newest. The receipt is none: who sends a request on a page
// sees it there.
func NewsIn(ctx context.Context, tx pgx.Tx, replies []ReplyID) ([]News, error) {
	rows, err := tx.Query(ctx, `SELECT (regexp_match(cause, '^ticket ([0-9]+) '))[1]::bigint AS ticket, max(id) AS reply FROM replies
		WHERE id = ANY($1) AND cause ~ '^ticket [0-9]+ ' AND cause !~ '^ticket [0-9]+ receipt( [0-9]+)?$' GROUP BY 1 ORDER BY 1`, replies)
	if err != nil {
		return nil, fmt.Errorf("news of cases: %w", err)
	}
	all, err := pgx.CollectRows(rows, pgx.RowToStructByName[News])
	if err != nil {
		return nil, fmt.Errorf("news of cases: %w", err)
	}
	return all, nil
}

// Announcing is what became of an attempt to tell of news by text message.
type Announcing struct {
	Due  bool          // it is to be told now, by whoever asked
	Wait time.Duration // or as soon as this is over; 0: it was told, or somebody else tells it
}

// Announce takes it upon one job to tell a person of news of their case, together with all that has come since, and at
// most once in a while. A job that comes again goes on with what it took upon itself.
func Announce(ctx context.Context, tx pgx.Tx, n News, job int64, now time.Time, every time.Duration) (Announcing, error) {
	var (
		last  ReplyID
		at    time.Time
		whose int64
		told  bool
	)
	_, err := tx.Exec(ctx, `INSERT INTO web_notices (ticket_id, reply_id, told_at, job, told) VALUES ($1, 0, $2, 0, true) ON CONFLICT DO NOTHING`, n.Ticket, now.Add(-every))
	if err == nil {
		err = tx.QueryRow(ctx, `SELECT reply_id, told_at, job, told FROM web_notices WHERE ticket_id = $1 FOR UPDATE`, n.Ticket).Scan(&last, &at, &whose, &told)
	}
	switch {
	case err != nil:
		return Announcing{}, fmt.Errorf("announce news of ticket %d: %w", n.Ticket, err)
	case last >= n.Reply:
		return Announcing{Due: whose == job && !told}, nil
	case at.Add(every).After(now):
		return Announcing{Wait: at.Add(every).Sub(now)}, nil
	}
	_, err = tx.Exec(ctx, `UPDATE web_notices SET told_at = $3, job = $4, told = false, reply_id = (SELECT max(r.id) FROM replies r
			WHERE r.conversation_id = (SELECT conversation_id FROM replies WHERE id = $2) AND (r.id = $2 OR r.cause LIKE 'ticket ' || $1::bigint || ' %'))
		WHERE ticket_id = $1`, n.Ticket, n.Reply, now, job)
	if err != nil {
		return Announcing{}, fmt.Errorf("announce news of ticket %d: %w", n.Ticket, err)
	}
	return Announcing{Due: true}, nil
}

// Told notes that the person was told of news of a case.
func Told(ctx context.Context, tx pgx.Tx, n News, job int64) error {
	if _, err := tx.Exec(ctx, `UPDATE web_notices SET told = true WHERE ticket_id = $1 AND job = $2`, n.Ticket, job); err != nil {
		return fmt.Errorf("note what was told of ticket %d: %w", n.Ticket, err)
	}
	return nil
}

// NewsText is the text message that tells of it. It says nothing of the matter: telephones lie about.
func NewsText(lang, number, url string) string {
	return Tongue(lang).Say("news.text", "number", number, "url", url)
}
