package files

import (
	"context"
	"crypto/sha1" //nolint:gosec // the tus protocol asks for it: against accidents on the way, not against people
	"crypto/sha256"
	"crypto/subtle"
	"errors"
	"fmt"
	"hash"
	"io"
	"time"

	"github.com/jackc/pgx/v5"

	"saphan/internal/fault"
)

// ErrChecksum means that a piece is not what its sender meant to send. Nothing of it was kept.
var ErrChecksum = errors.New("the piece does not have the checksum that was given for it")

// roomPatience is how long a piece waits while as many as fit are being taken in.
const roomPatience = 10 * time.Second

// Checksum is what a piece has to amount to.
type Checksum struct {
	hash hash.Hash
	want []byte
}

// Checksums are the names of the algorithms for NewChecksum, as the tus protocol writes them.
func Checksums() []string { return []string{"sha1", "sha256"} }

// NewChecksum returns the checksum of one piece, and false for an algorithm that is not known here.
func NewChecksum(algorithm string, want []byte) (*Checksum, bool) {
	switch algorithm {
	case "sha1":
		return &Checksum{sha1.New(), want}, true //nolint:gosec // see the import
	case "sha256":
		return &Checksum{sha256.New(), want}, true
	default:
		return nil, false
	}
}

func (c *Checksum) right() bool { return subtle.ConstantTimeCompare(c.hash.Sum(nil), c.want) == 1 }

// writing is one piece on its way into an upload.
type writing struct {
	u       *Uploads
	hold    *Hold
	up      Upload
	fileKey []byte
	seen    *examined
	buf     []byte // plain bytes that no part holds yet
	kept    int64  // where the row stands
	tail    string // the tail that the row names
	litter  []string
	later   bool // the row is changed once, at the end, because the piece has a checksum
	looked  bool
}

// Append takes in the next bytes of an upload, which begin at its offset, until r ends, whichever way: when
// r breaks off, what came before stays and its error is returned too. It returns the upload as it stands then. With a checksum a
// piece is kept whole or not at all. A file that is refused for what it is, with a sentence, is gone.
//
// Whole parts go to the store and into the row as they come; of what is left at the end the store keeps a
// tail. So at most one part is sent again after a crash, and nothing after a connection broke.
func (u *Uploads) Append(ctx context.Context, h *Hold, up Upload, r io.Reader, sum *Checksum) (Upload, error) {
	leave, err := u.enter(ctx)
	if err != nil {
		return up, err
	}
	defer leave()
	w := &writing{u: u, hold: h, up: up, kept: up.Offset, tail: up.tail, later: sum != nil}
	if err := w.resume(ctx); err != nil {
		return up, err
	}
	readErr, err := w.take(ctx, r, sum)
	switch {
	case err != nil:
	case sum != nil && readErr != nil: // it cannot be told whether what came is right
		err = readErr
	case sum != nil && !sum.right():
		err = ErrChecksum
	case w.up.Offset > w.kept:
		err = w.settle(ctx)
	}
	w.clean(ctx)
	return w.end(ctx, err, readErr)
}

// enter waits until there is room for one more piece.
func (u *Uploads) enter(ctx context.Context) (leave func(), err error) {
	timer := time.NewTimer(roomPatience)
	defer timer.Stop()
	select {
	case u.room <- struct{}{}:
		return func() { <-u.room }, nil
	case <-ctx.Done():
		return nil, ctx.Err()
	case <-timer.C:
		return nil, fault.New(fault.Unavailable, "ขณะนี้มีผู้ส่งไฟล์พร้อมกันมาก ระบบจะส่งต่อให้เองในอีกสักครู่ค่ะ")
	}
}

// resume brings back what the last piece left.
func (w *writing) resume(ctx context.Context) (err error) {
	if w.fileKey, err = w.u.store.box.Open(w.up.object.SealedKey, purpose(w.up.object.Key)); err != nil {
		return fmt.Errorf("file key of %s: %w", w.up.object.Key, errors.Join(ErrAltered, err))
	}
	if w.seen, err = w.u.examine(w.up); err != nil {
		return err
	}
	w.buf = make([]byte, 0, w.room())
	if w.up.tail == "" {
		return nil
	}
	w.buf, err = w.u.store.getTail(ctx, w.up.object, w.up.tail, w.up.tailLen, w.buf)
	return err
}

// room is how many bytes the part that comes next has.
func (w *writing) room() int64 {
	return min(partSize, w.up.Size-int64(len(w.up.parts))*partSize)
}

// take reads until r ends or the file is whole. readErr is the error of r, err is one of ours.
func (w *writing) take(ctx context.Context, r io.Reader, sum *Checksum) (readErr, err error) {
	for !w.up.Whole() {
		n, rerr := r.Read(w.buf[len(w.buf):w.room()])
		if sum != nil {
			_, _ = sum.hash.Write(w.buf[len(w.buf) : len(w.buf)+n]) // a hash takes everything
		}
		w.buf = w.buf[:len(w.buf)+n]
		w.up.Offset += int64(n)
		if err := w.look(rerr != nil); err != nil {
			return nil, err
		}
		if int64(len(w.buf)) == w.room() {
			if err := w.flush(ctx); err != nil {
				return nil, err
			}
		}
		switch {
		case errors.Is(rerr, io.EOF):
			return nil, nil
		case rerr != nil:
			return fmt.Errorf("read a piece: %w", rerr), nil
		}
	}
	return nil, nil
}

// look refuses a file of the wrong kind by its beginning, before all of it was sent. A piece whose checksum is
// not known to be right yet is judged at the end.
func (w *writing) look(ended bool) error {
	if w.looked || w.later || len(w.up.parts) > 0 || len(w.buf) < headSize && !w.up.Whole() || len(w.buf) < segmentSize && !ended && !w.up.Whole() {
		return nil
	}
	w.looked = true
	first := glance(w.buf)
	return Accept(Object{MediaType: first.mediaType, Trait: first.found}, w.up.Name)
}

// flush stores a part that is whole. A file of one part only is stored as any other.
func (w *writing) flush(ctx context.Context) error {
	w.seen.pass(w.buf)
	o := w.up.object
	if o.PartBytes == 0 {
		if err := w.u.store.putWhole(ctx, o.Key, w.fileKey, w.buf); err != nil {
			return err
		}
		w.up.parts = append(w.up.parts, part{number: 1})
	} else {
		if w.up.storeID == "" {
			var err error
			if w.up.storeID, err = w.u.store.beginParts(ctx, o.Key); err != nil {
				return err
			}
		}
		index := len(w.up.parts)
		number := w.number(index)
		tag, err := w.u.store.putPart(ctx, o.Key, w.up.storeID, number, w.fileKey, boundTo(o.Key, index), w.buf)
		if err != nil {
			return err
		}
		w.up.parts = append(w.up.parts, part{number, tag})
	}
	w.buf = w.buf[:0]
	w.up.tail, w.up.tailLen = "", 0
	w.u.border("upload: after a part is stored")
	if w.later {
		return nil
	}
	if err := w.record(ctx); err != nil {
		return err
	}
	w.u.border("upload: after a part is recorded")
	return nil
}

// number is what the store calls a part. There are gaps between parts, so that a writer who was taken for
// dead and goes on writes beside the next one's parts and never over them.
func (w *writing) number(index int) int {
	parts := int((w.up.Size + partSize - 1) / partSize)
	gap := max(1, storeParts/parts)
	return index*gap + w.hold.nth%gap + 1
}

// settle keeps what is left after the last whole part.
func (w *writing) settle(ctx context.Context) error {
	if len(w.buf) > 0 {
		key, err := w.u.store.putTail(ctx, w.up.object, w.fileKey, w.buf)
		if err != nil {
			return err
		}
		w.up.tail, w.up.tailLen = key, int64(len(w.buf))
		w.u.border("upload: after a tail is stored")
	}
	return w.record(ctx)
}

// record changes the row to where the upload stands, if nobody else has written to it.
func (w *writing) record(ctx context.Context) error {
	sealed := []byte{} // nothing is not null
	if len(w.up.parts) > 0 {
		var err error
		if sealed, err = w.u.seal(w.up.ID, w.seen); err != nil {
			return err
		}
	}
	numbers, tags := make([]int, 0, len(w.up.parts)), make([]string, 0, len(w.up.parts))
	for _, p := range w.up.parts {
		numbers, tags = append(numbers, p.number), append(tags, p.tag)
	}
	now := w.u.now()
	err := w.u.row(ctx, func(ctx context.Context, tx pgx.Tx) error {
		return tx.QueryRow(ctx, `UPDATE uploads SET offset_bytes = $4, store_id = $5, part_numbers = $6, part_tags = $7, tail_key = $8, tail_bytes = $9, progress = $10,
			expires_at = least($11, created_at + $12::interval) WHERE id = $1 AND holder = $2 AND state = 'open' AND offset_bytes = $3 RETURNING expires_at`,
			w.up.ID, w.hold.holder, w.kept, w.up.Offset, w.up.storeID, numbers, tags, w.up.tail, w.up.tailLen, sealed,
			now.Add(uploadFor), uploadAtMost).Scan(&w.up.ExpiresAt)
	})
	switch {
	case errors.Is(err, pgx.ErrNoRows):
		return errLost
	case err != nil:
		return fmt.Errorf("record upload: %w", err)
	}
	if w.tail != "" && w.tail != w.up.tail {
		w.litter = append(w.litter, w.tail)
	}
	w.kept, w.tail, w.up.sealed = w.up.Offset, w.up.tail, sealed
	return nil
}

// clean removes tails that the row names no more. What stays is found by the sweep, and so is a tail that
// was stored and did not get into the row.
func (w *writing) clean(ctx context.Context) {
	for _, key := range w.litter {
		if err := w.u.store.remove(ctx, key); err != nil {
			w.u.log.DebugContext(ctx, "the rest of an upload was left for the sweep", "upload", w.up.ID, "err", err)
		}
	}
}

// end says how a piece ended. After an error the upload stands where the row does.
func (w *writing) end(ctx context.Context, err, readErr error) (Upload, error) {
	if err == nil {
		return w.up, readErr
	}
	if _, refused := Refusal(err); refused || errors.Is(err, errUnknownParts) {
		if dropErr := w.u.Drop(ctx, w.up); dropErr != nil {
			err = errors.Join(err, dropErr)
		}
	}
	if errors.Is(err, errUnknownParts) {
		err = fault.Wrap(fault.NotFound, sentenceNoUpload, err)
	}
	w.up.Offset = w.kept
	return w.up, err
}
