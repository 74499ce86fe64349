package files

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/jackc/pgx/v5"

	"saphan/internal/fault"
)

// Where attachments of pages come from: uploadSource and the upload's ID.
const uploadSource = "upload:"

// Uploaded reports whether an attachment came by way of a page.
func (a Attachment) Uploaded() bool { return strings.HasPrefix(a.Source, uploadSource) }

// Finish makes an attachment of an upload that is whole: its parts become one object, it is judged by what it
// is, and its row and the job that has it scanned are written together. It may be called again after it was
// interrupted anywhere, and returns the same attachment. A file that is refused, with a sentence, is gone.
func (u *Uploads) Finish(ctx context.Context, up Upload) (Attachment, error) {
	if up.AttachmentID != 0 {
		return u.attachment(ctx, up.AttachmentID)
	}
	if !up.Whole() {
		return Attachment{}, fmt.Errorf("finish upload %s: %d of %d bytes are here", up.ID, up.Offset, up.Size)
	}
	seen, err := u.examine(up)
	if err != nil {
		return Attachment{}, err
	}
	o := seen.describe(up)
	if err := Accept(o, up.Name); err != nil {
		return Attachment{}, errors.Join(err, u.Drop(ctx, up))
	}
	u.border("upload: before it is put together")
	if o.PartBytes > 0 {
		switch err := u.store.assemble(ctx, o, up.storeID, up.parts); {
		case errors.Is(err, errUnknownParts):
			return Attachment{}, errors.Join(fault.Wrap(fault.NotFound, sentenceNoUpload, err), u.Drop(ctx, up))
		case err != nil:
			return Attachment{}, err
		}
	}
	u.border("upload: after it is put together")
	at, err := u.keep(ctx, up, o)
	if err != nil {
		return Attachment{}, err
	}
	u.border("upload: after it is an attachment")
	if up.tail != "" {
		if err := u.store.remove(ctx, up.tail); err != nil {
			u.log.DebugContext(ctx, "the rest of an upload was left for the sweep", "upload", up.ID, "err", err)
		}
	}
	return at, nil
}

// keep writes the attachment's row, once.
func (u *Uploads) keep(ctx context.Context, up Upload, o Object) (at Attachment, err error) {
	err = u.row(ctx, func(ctx context.Context, tx pgx.Tx) error {
		var state string
		var made *AttachmentID
		err := tx.QueryRow(ctx, `SELECT state, attachment_id FROM uploads WHERE id = $1 FOR UPDATE`, up.ID).Scan(&state, &made)
		switch {
		case errors.Is(err, pgx.ErrNoRows), err == nil && state == "gone":
			return fault.New(fault.NotFound, sentenceNoUpload)
		case err != nil:
			return err
		case made != nil:
			at, err = Find(ctx, tx, *made)
			return err
		}
		if at, err = u.insert(ctx, tx, Attachment{Object: o, Name: up.Name, Source: uploadSource + up.ID}); err != nil {
			return err
		}
		_, err = tx.Exec(ctx, `UPDATE uploads SET state = 'kept', attachment_id = $2, name = '', sealed_key = '', progress = '' WHERE id = $1`, up.ID, at.ID)
		return err
	})
	return at, wrapped("keep upload", err)
}

// insert writes an attachment with the job that has it scanned.
func (u *Uploads) insert(ctx context.Context, tx pgx.Tx, at Attachment) (Attachment, error) {
	at.State = Ready
	if u.scan != nil {
		at.State = Waiting
	}
	id, err := Insert(ctx, tx, at)
	if err != nil {
		return Attachment{}, err
	}
	if u.scan != nil {
		if err := u.scan(ctx, tx, id); err != nil {
			return Attachment{}, fmt.Errorf("have attachment %d scanned: %w", id, err)
		}
	}
	return Find(ctx, tx, id)
}

func (u *Uploads) attachment(ctx context.Context, id AttachmentID) (at Attachment, err error) {
	err = u.row(ctx, func(ctx context.Context, tx pgx.Tx) error {
		at, err = Find(ctx, tx, id)
		return err
	})
	return at, err
}

// Drop takes an upload back: its row says nothing any more and its bytes are removed. One that became an
// attachment stays. Dropping twice is no error.
func (u *Uploads) Drop(ctx context.Context, up Upload) error {
	if up.AttachmentID != 0 {
		return nil
	}
	kept := false
	err := u.row(ctx, func(ctx context.Context, tx pgx.Tx) error {
		if err := DropUpload(ctx, tx, up.ID); err != nil {
			return err
		}
		return tx.QueryRow(ctx, `SELECT EXISTS (SELECT FROM uploads WHERE id = $1 AND state = 'kept')`, up.ID).Scan(&kept)
	})
	if err != nil || kept {
		return wrapped("drop upload", err)
	}
	return u.store.Discard(ctx, up)
}

// TakeBack is Drop at the wish of its sender, for an upload in any state: of one that became an attachment no
// form hears any more, and the attachment goes too when nobody needs it.
func (u *Uploads) TakeBack(ctx context.Context, up Upload) error {
	if up.AttachmentID == 0 {
		return u.Drop(ctx, up)
	}
	err := u.row(ctx, func(ctx context.Context, tx pgx.Tx) error {
		tag, err := tx.Exec(ctx, `UPDATE uploads SET state = 'gone', attachment_id = NULL WHERE id = $1 AND state = 'kept'`, up.ID)
		if err != nil || tag.RowsAffected() == 0 || u.unused == nil {
			return err
		}
		return u.unused(ctx, tx, up.AttachmentID)
	})
	return wrapped("take an upload back", err)
}

// Take takes in a file that comes whole, as browsers send it with a form. It ends like one that came in
// pieces: with an upload that is kept, which the form names, and its attachment.
func (u *Uploads) Take(ctx context.Context, owner, name string, r io.Reader, limits Limits) (Upload, Attachment, error) {
	if owner == "" {
		return Upload{}, Attachment{}, errors.New("take a file: nobody sends it")
	}
	leave, err := u.enter(ctx)
	if err != nil {
		return Upload{}, Attachment{}, err
	}
	defer leave()
	o, err := u.store.Put(ctx, r, limits)
	if err != nil {
		return Upload{}, Attachment{}, err
	}
	name = SafeName(name)
	up := Upload{ID: strings.ToLower(rand.Text()), Owner: owner, Size: o.Size, Offset: o.Size, object: o, state: "kept"}
	var at Attachment
	if err = Accept(o, name); err == nil {
		err = u.row(ctx, func(ctx context.Context, tx pgx.Tx) (err error) {
			if err := u.allow(ctx, tx, owner, o.Size); err != nil {
				return err
			}
			if at, err = u.insert(ctx, tx, Attachment{Object: o, Name: name, Source: uploadSource + up.ID}); err != nil {
				return err
			}
			_, err = tx.Exec(ctx, `INSERT INTO uploads (id, owner, name, size_bytes, offset_bytes, state, object_key, sealed_key, part_bytes, attachment_id, created_at, expires_at)
				VALUES ($1, $2, '', $3, $3, 'kept', $4, '', 0, $5, $6, $7)`, up.ID, owner, o.Size, o.Key, at.ID, u.now(), u.now().Add(uploadFor))
			return err
		})
	}
	if err != nil {
		return Upload{}, Attachment{}, errors.Join(wrapped("take a file", err), u.store.Delete(ctx, o))
	}
	up.AttachmentID = at.ID
	return up, at, nil
}
