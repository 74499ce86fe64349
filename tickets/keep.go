package tickets

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"

	"saphan/files"
)

// Keep returns those of the files that belong to a ticket, to a power of attorney, or to a request that is not a ticket yet. The
// transaction must see everybody's.
func Keep(ctx context.Context, tx pgx.Tx, all []files.AttachmentID) ([]int64, error) {
	// The words about answers are those of the index requests_files.
	rows, err := tx.Query(ctx, `SELECT asked.id FROM unnest($1::bigint[]) AS asked (id)
		WHERE EXISTS (SELECT FROM ticket_files f WHERE f.attachment_id = asked.id)
		OR EXISTS (SELECT FROM filings f WHERE f.scans @> ARRAY[asked.id])
		OR EXISTS (SELECT FROM mandates m WHERE m.attachment_id = asked.id)
		OR EXISTS (SELECT FROM requests r WHERE jsonb_path_query_array(r.answers, '$[*].attachments[*]') @> jsonb_build_array(asked.id)
			AND jsonb_path_exists(r.answers, '$[*].attachments[*]') AND NOT EXISTS (SELECT FROM tickets t WHERE t.request_id = r.id))`, all)
	if err != nil {
		return nil, fmt.Errorf("files of tickets: %w", err)
	}
	kept, err := pgx.CollectRows(rows, pgx.RowTo[int64])
	if err != nil {
		return nil, fmt.Errorf("files of tickets: %w", err)
	}
	return kept, nil
}
