package jobs

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/riverqueue/river"

	"saphan/agencies"
	"saphan/files"
	"saphan/proof"
	"saphan/tickets"
)

// bundle puts together the evidence of a case that an officer asked for (EGA-15.1, SEED-3): one sealed ZIP, which belongs
// to the case like a receipt and is erased with it.
type bundle struct {
	river.WorkerDefaults[proof.BundleArgs]
	*Deps
}

// Timeout leaves room for many large files.
func (w *bundle) Timeout(*river.Job[proof.BundleArgs]) time.Duration { return 30 * time.Minute }

func (w *bundle) Work(ctx context.Context, job *river.Job[proof.BundleArgs]) error {
	var (
		g       = casebook{Deps: w.Deps}
		key     proof.Key
		already bool
	)
	err := agencies.Everywhere(ctx, w.DB, func(tx pgx.Tx) (err error) {
		if g.asked, err = proof.FindBundle(ctx, tx, job.Args.BundleID); err != nil {
			return err
		}
		if already = g.asked.ReadyAt != nil; already {
			return nil
		}
		if key, err = proof.SigningKey(ctx, tx, w.Box, w.Now()); err != nil {
			return err
		}
		return g.read(ctx, tx)
	})
	if err != nil || already {
		return err
	}
	evidence, err := g.evidence(ctx, key)
	if err != nil {
		return err
	}
	object, err := w.packEvidence(ctx, key, evidence)
	if err != nil {
		return err
	}
	w.at("bundle: after the bytes are stored")
	return agencies.Everywhere(ctx, w.DB, func(tx pgx.Tx) error {
		name := "evidence-" + g.ticket.Number + ".zip"
		id, err := files.Insert(ctx, tx, files.Attachment{Object: object, Name: name, Source: fmt.Sprintf("bundle:%d", g.asked.ID)})
		if err != nil {
			return err
		}
		if err := tickets.Enclose(ctx, tx, g.ticket, int64(id), "ชุดพยานหลักฐาน", w.Now()); err != nil {
			return err
		}
		return proof.Made(ctx, tx, g.asked.ID, id, w.Now())
	})
}

// packEvidence writes the ZIP into the object store while it is being made.
func (w *bundle) packEvidence(ctx context.Context, key proof.Key, e proof.Evidence) (files.Object, error) {
	r, out := io.Pipe()
	go func() { _ = out.CloseWithError(proof.WriteBundle(ctx, out, key, e)) }() // Put sees the error as its reader's
	object, err := w.Files.Put(ctx, r, files.Limits{Max: exportMost})
	_ = r.CloseWithError(errors.New("nobody reads the bundle any more")) // ends the writer when Put gave up
	if err != nil {
		return files.Object{}, fmt.Errorf("store the evidence of case %s: %w", e.Case, err)
	}
	return object, nil
}
