package jobs

import (
	"archive/zip"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/riverqueue/river"

	"saphan/agencies"
	"saphan/bot"
	"saphan/citizens"
	"saphan/files"
)

// export puts together a copy of everything that is kept about a person (PDP-4): a page to read, the same as JSON
// for programs, and their files, as one ZIP. It is sealed in the object store like any file, can be downloaded
// once within a day by the person who is signed in, and is erased after that.
type export struct {
	river.WorkerDefaults[citizens.ExportArgs]
	*Deps
}

const (
	// exportMost bounds a copy: what all files of a person may have together.
	exportMost = 16 << 30
	exportName = "ข้อมูลของฉัน.zip"
)

// Timeout leaves room for many large files.
func (w *export) Timeout(*river.Job[citizens.ExportArgs]) time.Duration { return 30 * time.Minute }

func (w *export) Work(ctx context.Context, job *river.Job[citizens.ExportArgs]) error {
	var (
		asked citizens.Export
		all   personalData
		held  []files.Attachment
	)
	err := agencies.Everywhere(ctx, w.DB, func(tx pgx.Tx) (err error) {
		if asked, err = citizens.FindExport(ctx, tx, job.Args.ExportID); err != nil || asked.State != citizens.ExportAsked {
			return err
		}
		all, held, err = w.gatherData(ctx, tx, job.Args.Accounts)
		return err
	})
	if errors.Is(err, pgx.ErrNoRows) { // the person was forgotten meanwhile
		return nil
	}
	if err != nil || asked.State != citizens.ExportAsked {
		return err
	}
	object, err := w.pack(ctx, all, held)
	if err != nil {
		return err
	}
	w.at("export: after the bytes are stored")
	wanted := false
	err = agencies.Everywhere(ctx, w.DB, func(tx pgx.Tx) error {
		id, err := files.Insert(ctx, tx, files.Attachment{Object: object, Name: exportName, Source: fmt.Sprintf("export:%d", asked.ID)})
		if err != nil {
			return err
		}
		if wanted, err = citizens.ExportMade(ctx, tx, asked.ID, int64(id), w.Now()); err != nil {
			return err
		}
		if !wanted {
			return w.dropLoose(ctx, tx, []files.AttachmentID{id})
		}
		return w.tellCopy(ctx, tx, asked)
	})
	return err
}

// tellCopy says in the chats of the account that asked that its copy is there.
func (w *export) tellCopy(ctx context.Context, tx pgx.Tx, e citizens.Export) error {
	return w.tellPerson(ctx, tx, e.CitizenID, fmt.Sprintf("export %d", e.ID), func(lang string) bot.Reply { return bot.CopyReady(lang, w.BaseURL+"/me/export/"+e.Token) })
}

// pack writes the ZIP into the object store while it is being made: none of it is ever whole in memory or on a disk
// of ours.
func (w *export) pack(ctx context.Context, all personalData, held []files.Attachment) (files.Object, error) {
	r, out := io.Pipe()
	go func() { _ = out.CloseWithError(w.writeZip(ctx, out, all, held)) }() // Put sees the error as its reader's
	object, err := w.Files.Put(ctx, r, files.Limits{Max: exportMost})
	_ = r.CloseWithError(errors.New("nobody reads the copy any more")) // ends the writer when Put gave up
	if err != nil {
		return files.Object{}, fmt.Errorf("store a copy of data: %w", err)
	}
	return object, nil
}

func (w *export) writeZip(ctx context.Context, out io.Writer, all personalData, held []files.Attachment) error {
	archive := zip.NewWriter(out)
	write := func(name string, fill func(io.Writer) error) error {
		entry, err := archive.CreateHeader(&zip.FileHeader{Name: name, Method: zip.Deflate, Modified: all.MadeAt})
		if err == nil {
			err = fill(entry)
		}
		if err != nil {
			return fmt.Errorf("write %s into a copy: %w", name, err)
		}
		return nil
	}
	err := write("อ่านก่อน.html", func(to io.Writer) error { return all.page(to) })
	if err == nil {
		err = write("data.json", func(to io.Writer) error {
			enc := json.NewEncoder(to)
			enc.SetIndent("", "  ")
			enc.SetEscapeHTML(false)
			return enc.Encode(all)
		})
	}
	if err != nil {
		return err
	}
	for _, at := range held {
		err := write(pathOf(at), func(to io.Writer) error {
			from, err := w.Files.Open(ctx, at)
			if err != nil {
				return err
			}
			_, err = io.Copy(to, from)
			return errors.Join(err, from.Close())
		})
		if err != nil {
			return err
		}
	}
	if err := archive.Close(); err != nil {
		return fmt.Errorf("end a copy: %w", err)
	}
	return nil
}

// pathOf is where a file lies in the ZIP.
func pathOf(at files.Attachment) string {
	return fmt.Sprintf("files/%d-%s", at.ID, files.SafeName(at.Name))
}
