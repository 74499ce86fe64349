package files_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"io"
	"log/slog"
	"math/rand/v2"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/minio/minio-go/v7"

	"saphan/files"
	"saphan/internal/pgtest"
)

// dock is a store and a database, and what takes files in over them.
type dock struct {
	bench
	*files.Uploads
	pool    *pgxpool.Pool
	clock   atomic.Pointer[time.Time]
	scanned []files.AttachmentID
	unused  []files.AttachmentID
	scans   bool
	limits  files.UploadLimits
	borders atomic.Pointer[func(string)]
}

func newDock(t *testing.T, change ...func(*dock)) *dock {
	t.Helper()
	d := &dock{bench: newBench(t), pool: pgtest.DB(t)}
	for _, c := range change {
		c(d)
	}
	now := time.Date(2026, 11, 23, 3, 0, 0, 0, time.UTC)
	d.clock.Store(&now)
	d.Uploads = d.another(t)
	return d
}

func (d *dock) now() time.Time { return *d.clock.Load() }

func (d *dock) later(by time.Duration) {
	now := d.now().Add(by)
	d.clock.Store(&now)
}

// another is what a second process would work with.
func (d *dock) another(t *testing.T) *files.Uploads {
	t.Helper()
	cfg := files.UploadsConfig{
		Store: d.Store, Tx: d.everywhere, Now: d.now, Limits: d.limits, Log: slog.New(slog.NewTextHandler(t.Output(), nil)),
		At: func(border string) {
			if f := d.borders.Load(); f != nil {
				(*f)(border)
			}
		},
	}
	cfg.Unused = func(_ context.Context, _ pgx.Tx, id files.AttachmentID) error {
		d.unused = append(d.unused, id)
		return nil
	}
	if d.scans {
		cfg.Scan = func(_ context.Context, _ pgx.Tx, id files.AttachmentID) error {
			d.scanned = append(d.scanned, id)
			return nil
		}
	}
	u, err := files.NewUploads(cfg)
	if err != nil {
		t.Fatal(err)
	}
	return u
}

func (d *dock) everywhere(ctx context.Context, fn func(tx pgx.Tx) error) error {
	return pgx.BeginFunc(ctx, d.pool, func(tx pgx.Tx) error {
		if _, err := tx.Exec(ctx, `SET LOCAL app.agency = 'all'`); err != nil {
			return err
		}
		return fn(tx)
	})
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// pdf is a file of a size that is taken, always the same for a seed.
func pdf(t *testing.T, seed uint64, size int64) []byte {
	t.Helper()
	data := bytesOf(t, noise(seed, size))
	copy(data, "%PDF-1.7\n")
	return data
}

const me = "citizen 7"

// send sends one piece as a request does: with a hold, from where the upload stands.
func (d *dock) send(t *testing.T, u *files.Uploads, id string, r io.Reader, sum *files.Checksum) (files.Upload, error) {
	t.Helper()
	h, err := u.Hold(t.Context(), id, func() {})
	must(t, err)
	defer func() { must(t, h.Release(t.Context())) }()
	up, err := u.Find(t.Context(), me, id)
	must(t, err)
	return u.Append(t.Context(), h, up, r, sum)
}

var errDropped = errors.New("the connection dropped")

func sameFile(t *testing.T, d *dock, at files.Attachment, data []byte) {
	t.Helper()
	sum := sha256.Sum256(data)
	if at.Size != int64(len(data)) || !bytes.Equal(at.SHA256, sum[:]) || at.MediaType != "application/pdf" {
		t.Errorf("the attachment says %d bytes of %s with hash %x, want %d with %x", at.Size, at.MediaType, at.SHA256, len(data), sum)
	}
	r, err := d.Open(t.Context(), at)
	must(t, err)
	got, err := io.ReadAll(r)
	if err = errors.Join(err, r.Close()); err != nil || !bytes.Equal(got, data) {
		t.Errorf("%d bytes are read back, %v", len(got), err)
	}
}

// Files of every size around the borders of parts arrive whole, over connections that drop anywhere and to
// processes that change; the store is left with one object each and sees nothing plain.
func TestUploadArrivesInPieces(t *testing.T) {
	t.Parallel()
	d := newDock(t)
	other := d.another(t)
	const part = 5 << 20
	for i, size := range []int64{100, 4000, part - 1, part, part + 1, 2 * part, 2*part + 70_000} {
		dice := rand.New(rand.NewPCG(uint64(i), 1))
		data := pdf(t, uint64(i), size)
		up, err := d.Begin(t.Context(), me, "แบบแปลน.pdf", size)
		must(t, err)
		pieces := 0
		for ; !up.Whole(); pieces++ {
			rest := data[up.Offset:]
			piece := rest[:min(int64(len(rest)), 1+dice.Int64N(size/2))]
			by := []*files.Uploads{d.Uploads, other}[dice.IntN(2)]
			before := up.Offset
			up, err = d.send(t, by, up.ID, io.MultiReader(bytes.NewReader(piece), failing{errDropped}), nil)
			if err != nil && !errors.Is(err, errDropped) {
				t.Fatalf("size %d at %d: %v", size, before, err)
			}
			if up.Offset != before+int64(len(piece)) {
				t.Fatalf("size %d: %d bytes after %d became %d", size, len(piece), before, up.Offset)
			}
			if found, err := other.Find(t.Context(), me, up.ID); err != nil || found.Offset != up.Offset {
				t.Fatalf("size %d: the row says %d, %v", size, found.Offset, err)
			}
		}
		if pieces < 2 {
			t.Errorf("size %d came in %d pieces", size, pieces)
		}
		up, err = other.Find(t.Context(), me, up.ID)
		must(t, err)
		at, err := other.Finish(t.Context(), up)
		must(t, err)
		if at.Name != "แบบแปลน.pdf" || at.Source != "upload:"+up.ID || at.State != files.Ready || !at.Uploaded() {
			t.Errorf("the attachment is %+v", at)
		}
		sameFile(t, d, at, data)
		again, err := d.Finish(t.Context(), up) // the answer was lost, and somebody asks again
		if err != nil || again.ID != at.ID {
			t.Errorf("finished again: %d, %v; it was %d", again.ID, err, at.ID)
		}
		if raw := d.raw(t, at.Key); bytes.Contains(raw, data[:9]) || len(raw) <= len(data) {
			t.Errorf("size %d: the store holds %d bytes and sees the beginning: %v", size, len(raw), bytes.Contains(raw, data[:9]))
		}
	}
	if keys := d.keys(t); len(keys) != 7 {
		t.Errorf("the store holds %v", keys)
	}
	left, err := d.bare.ListMultipartUploads(t.Context(), d.bucket, "", "", "", "", 10)
	if err != nil || len(left.Uploads) != 0 {
		t.Errorf("parts are left: %v, %v", left.Uploads, err)
	}
}

// What is in the store is never handed out when it is not what was put there, part by part too.
func TestAlteredPartsAreNeverHandedOut(t *testing.T) {
	t.Parallel()
	d := newDock(t)
	const part = 5 << 20
	data := pdf(t, 9, 2*part+1000)
	up, err := d.Begin(t.Context(), me, "a.pdf", int64(len(data)))
	must(t, err)
	up, err = d.send(t, d.Uploads, up.ID, bytes.NewReader(data), nil)
	must(t, err)
	at, err := d.Finish(t.Context(), up)
	must(t, err)
	raw := bytes.Clone(d.raw(t, at.Key))
	sealed := (len(raw) - 1000) / 2 / 1000 * 1000
	one := (len(raw) - (1000 + 40 + 16)) / 2
	for name, c := range map[string][]byte{
		"parts exchanged":  append(append(bytes.Clone(raw[one:2*one]), raw[:one]...), raw[2*one:]...),
		"a part twice":     append(append(bytes.Clone(raw[:one]), raw[:one]...), raw[2*one:]...),
		"last part gone":   raw[:2*one],
		"middle part gone": append(bytes.Clone(raw[:one]), raw[2*one:]...),
		"a byte more":      append(bytes.Clone(raw), 0),
		"a byte less":      raw[:len(raw)-1],
		"cut in a part":    raw[:sealed],
		"a byte changed":   func() []byte { c := bytes.Clone(raw); c[one+500] ^= 1; return c }(),
		"empty":            {},
	} {
		d.overwrite(t, at.Key, c)
		if got, err := read(t.Context(), d.Store, at.Object); !errors.Is(err, files.ErrAltered) {
			t.Errorf("%s: %d bytes, %v", name, len(got), err)
		}
	}
	d.overwrite(t, at.Key, raw)
	sameFile(t, d, at, data)
}

// A piece with a checksum is kept whole or not at all, also when parts of it are in the store already.
func TestUploadKeepsAPieceByItsChecksum(t *testing.T) {
	t.Parallel()
	d := newDock(t)
	const part = 5 << 20
	data := pdf(t, 4, 3*part+100)
	up, err := d.Begin(t.Context(), me, "a.pdf", int64(len(data)))
	must(t, err)
	sum := func(of []byte) *files.Checksum {
		hash := sha256.Sum256(of)
		c, ok := files.NewChecksum("sha256", hash[:])
		if !ok {
			t.Fatal("sha256 is not known")
		}
		return c
	}
	first, second := data[:part+1000], data[part+1000:]
	up, err = d.send(t, d.Uploads, up.ID, bytes.NewReader(first), sum(first))
	if err != nil || up.Offset != int64(len(first)) {
		t.Fatalf("a right piece: %d, %v", up.Offset, err)
	}
	wrong := bytes.Clone(second)
	wrong[part+17] ^= 1
	for name, c := range map[string]struct {
		r    io.Reader
		want error
	}{
		"altered":  {bytes.NewReader(wrong), files.ErrChecksum},
		"cut off":  {bytes.NewReader(second[:part+500]), files.ErrChecksum},
		"broken":   {io.MultiReader(bytes.NewReader(second[:part+500]), failing{errDropped}), errDropped},
		"nothing":  {strings.NewReader(""), files.ErrChecksum},
		"in a bit": {io.MultiReader(bytes.NewReader(second[:100]), failing{errDropped}), errDropped},
	} {
		if up, err := d.send(t, d.Uploads, up.ID, c.r, sum(second)); !errors.Is(err, c.want) || up.Offset != int64(len(first)) {
			t.Errorf("%s: at %d, %v", name, up.Offset, err)
		}
	}
	up, err = d.send(t, d.Uploads, up.ID, bytes.NewReader(second), sum(second))
	must(t, err)
	at, err := d.Finish(t.Context(), up)
	must(t, err)
	sameFile(t, d, at, data)
	if _, ok := files.NewChecksum("md5", nil); ok {
		t.Error("md5 is known")
	}
}

// The store is told nothing about what it keeps.
func TestUploadTellsTheStoreNothing(t *testing.T) {
	t.Parallel()
	d := newDock(t)
	up, err := d.Begin(t.Context(), me, "โฉนดที่ดิน.pdf", 6<<20)
	must(t, err)
	up, err = d.send(t, d.Uploads, up.ID, bytes.NewReader(pdf(t, 1, 6<<20)), nil)
	must(t, err)
	at, err := d.Finish(t.Context(), up)
	must(t, err)
	info, err := d.bare.StatObject(t.Context(), d.bucket, at.Key, minio.StatObjectOptions{})
	if err != nil || info.ContentType != "application/octet-stream" || len(info.UserMetadata) != 0 {
		t.Errorf("the store is told %q %v, %v", info.ContentType, info.UserMetadata, err)
	}
}
