package files

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"
)

// Named returns the attachments that came from any of these sources and are not gone.
func Named(ctx context.Context, tx pgx.Tx, sources []string) ([]AttachmentID, error) {
	rows, err := tx.Query(ctx, `SELECT id FROM attachments WHERE source = ANY($1) AND state <> 'gone' ORDER BY id`, sources)
	if err != nil {
		return nil, fmt.Errorf("attachments by source: %w", err)
	}
	ids, err := pgx.CollectRows(rows, pgx.RowTo[AttachmentID])
	if err != nil {
		return nil, fmt.Errorf("attachments by source: %w", err)
	}
	return ids, nil
}

// UploadedBy returns the attachments that an owner's uploads became and that their rows still name.
func UploadedBy(ctx context.Context, tx pgx.Tx, owner string) ([]AttachmentID, error) {
	rows, err := tx.Query(ctx, `SELECT attachment_id FROM uploads WHERE owner = $1 AND attachment_id IS NOT NULL ORDER BY attachment_id`, owner)
	if err != nil {
		return nil, fmt.Errorf("attachments by uploader: %w", err)
	}
	ids, err := pgx.CollectRows(rows, pgx.RowTo[AttachmentID])
	if err != nil {
		return nil, fmt.Errorf("attachments by uploader: %w", err)
	}
	return ids, nil
}

// HandOver makes the uploads of one owner those of another: somebody signed in at the browser that sent them.
func HandOver(ctx context.Context, tx pgx.Tx, from, to string) error {
	if _, err := tx.Exec(ctx, `UPDATE uploads SET owner = $2 WHERE owner = $1`, from, to); err != nil {
		return fmt.Errorf("hand uploads over: %w", err)
	}
	return nil
}
