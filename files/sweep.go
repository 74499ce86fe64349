package files

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/minio/minio-go/v7"
)

const (
	// OrphanAge is the age from which bytes without a row are litter: a crash came between storing
	// them and writing the row.
	OrphanAge = 24 * time.Hour
	// sweepPage is how many keys are looked up at once.
	sweepPage = 500
	// sweepLimit bounds a whole sweep.
	sweepLimit = time.Hour
)

// Orphans returns those of the keys that no attachment and no upload needs. What an upload keeps beside its
// object has the object's key before a dot. It refuses to answer in a transaction
// that may not see every row: what it did not see would be deleted.
func Orphans(ctx context.Context, tx pgx.Tx, keys []string) ([]string, error) {
	var scope string
	if err := tx.QueryRow(ctx, `SELECT coalesce(current_setting('app.agency', true), '')`).Scan(&scope); err != nil {
		return nil, fmt.Errorf("orphans: %w", err)
	}
	if scope != "all" {
		return nil, fmt.Errorf("orphans: the transaction's scope is %q, not all", scope)
	}
	rows, err := tx.Query(ctx, `SELECT key FROM unnest($1::text[]) AS key
		WHERE NOT EXISTS (SELECT FROM attachments WHERE object_key = key AND state IN ('waiting', 'ready'))
		AND NOT EXISTS (SELECT FROM uploads WHERE object_key = split_part(key, '.', 1) AND state = 'open')`, keys)
	if err != nil {
		return nil, fmt.Errorf("orphans: %w", err)
	}
	orphans, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		return nil, fmt.Errorf("orphans: %w", err)
	}
	return orphans, nil
}

// Sweep deletes the objects older than OrphanAge that orphans, which looks keys up by Orphans in a
// transaction of its own, names; and parts of that age that were never put together, of objects that it
// names. It returns how many objects it deleted.
func (s *Store) Sweep(ctx context.Context, orphans func(context.Context, []string) ([]string, error)) (int, error) {
	ctx, cancel := context.WithTimeout(ctx, sweepLimit)
	defer cancel()
	before := s.now().Add(-OrphanAge)
	deleted := 0
	clear := func(keys []string) error {
		if len(keys) == 0 {
			return nil
		}
		litter, err := orphans(ctx, keys)
		if err != nil {
			return err
		}
		for _, key := range litter {
			if err := s.remove(ctx, key); err != nil {
				return err
			}
			deleted++
		}
		return nil
	}
	var page []string
	for o := range s.client.ListObjectsIter(ctx, s.bucket, minio.ListObjectsOptions{Recursive: true}) {
		if o.Err != nil {
			return deleted, s.failure(ctx, "list", o.Err)
		}
		if o.LastModified.After(before) || strings.HasPrefix(o.Key, keptUnder) {
			continue
		}
		if page = append(page, o.Key); len(page) == sweepPage {
			if err := clear(page); err != nil {
				return deleted, err
			}
			page = page[:0]
		}
	}
	if err := clear(page); err != nil {
		return deleted, err
	}
	return deleted, s.sweepUploads(ctx, before, orphans)
}

// sweepUploads aborts what was begun in parts before a time, for objects that nobody needs.
func (s *Store) sweepUploads(ctx context.Context, before time.Time, orphans func(context.Context, []string) ([]string, error)) error {
	ctx, cancel := context.WithCancel(ctx) // ends the listing when we leave early
	defer cancel()
	for u := range s.client.ListIncompleteUploads(ctx, s.bucket, "", true) {
		if u.Err != nil {
			return s.failure(ctx, "list uploads", u.Err)
		}
		if u.Initiated.After(before) {
			continue
		}
		litter, err := orphans(ctx, []string{u.Key})
		if err != nil {
			return err
		}
		if len(litter) == 0 {
			continue // somebody sends it on
		}
		err = minio.Core{Client: s.client}.AbortMultipartUpload(ctx, s.bucket, u.Key, u.UploadID)
		if err != nil && !errors.Is(err, minio.ErrorResponse{Code: minio.NoSuchUpload}) {
			return s.failure(ctx, "abort an upload", err)
		}
	}
	return nil
}
