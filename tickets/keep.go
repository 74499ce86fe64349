package tickets

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"

	"saphan/files"
)

// Keep returns those of the files that belong to a ticket, or to a request that is not a ticket yet. The
// transaction must see everybody's.
func Keep(ctx context.Context, tx pgx.Tx, all []files.AttachmentID) ([]int64, error) {
	rows, err := tx.Query(ctx, `WITH asked AS (SELECT unnest($1::bigint[]) AS id)
		SELECT id FROM asked WHERE EXISTS (SELECT FROM ticket_files f WHERE f.attachment_id = asked.id)
		UNION
		SELECT file::bigint FROM requests r, jsonb_array_elements(r.answers) AS answer, jsonb_array_elements_text(answer->'attachments') AS file
		 WHERE NOT EXISTS (SELECT FROM tickets t WHERE t.request_id = r.id) AND jsonb_typeof(answer->'attachments') = 'array'
		   AND file::bigint IN (SELECT id FROM asked)`, all)
	if err != nil {
		return nil, fmt.Errorf("files of tickets: %w", err)
	}
	kept, err := pgx.CollectRows(rows, pgx.RowTo[int64])
	if err != nil {
		return nil, fmt.Errorf("files of tickets: %w", err)
	}
	return kept, nil
}
