package files_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"math/rand/v2"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/minio/minio-go/v7"

	"saphan/files"
	"saphan/internal/fault"
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

// An upload belongs to who began it, and for a day after its last byte.
func TestUploadBelongsToItsOwnerForADay(t *testing.T) {
	t.Parallel()
	d := newDock(t)
	up, err := d.Begin(t.Context(), me, "a.pdf", 9000)
	must(t, err)
	if _, err := d.Find(t.Context(), "citizen 8", up.ID); !fault.Is(err, fault.NotFound) {
		t.Errorf("another person finds it: %v", err)
	}
	data := pdf(t, 1, 9000)
	d.later(20 * time.Hour)
	up, err = d.send(t, d.Uploads, up.ID, bytes.NewReader(data[:5000]), nil)
	must(t, err)
	d.later(20 * time.Hour) // 40 after it was begun, 20 after its last byte
	if _, err := d.Find(t.Context(), me, up.ID); err != nil {
		t.Errorf("it is gone too early: %v", err)
	}
	d.later(4 * time.Hour)
	if _, err := d.Find(t.Context(), me, up.ID); !fault.Is(err, fault.NotFound) {
		t.Errorf("it is still there after a day: %v", err)
	}
	var left []files.Upload
	must(t, d.everywhere(t.Context(), func(tx pgx.Tx) (err error) {
		left, err = files.LeftUploads(t.Context(), tx, d.now(), 10)
		return err
	}))
	if len(left) != 1 || left[0].ID != up.ID {
		t.Fatalf("left are %v", left)
	}
	for range 2 {
		must(t, d.Drop(t.Context(), left[0]))
	}
	if keys := d.keys(t); len(keys) != 0 {
		t.Errorf("the store holds %v", keys)
	}
	var name string
	var key []byte
	must(t, d.everywhere(t.Context(), func(tx pgx.Tx) error {
		return tx.QueryRow(t.Context(), `SELECT name, sealed_key FROM uploads WHERE id = $1 AND state = 'gone'`, up.ID).Scan(&name, &key)
	}))
	if name != "" || len(key) != 0 {
		t.Errorf("the row still says %q, %x", name, key)
	}
}

// However slowly bytes come, there is an end.
func TestUploadEndsAfterAWeek(t *testing.T) {
	t.Parallel()
	d := newDock(t)
	up, err := d.Begin(t.Context(), me, "a.pdf", 9000)
	must(t, err)
	data := pdf(t, 1, 9000)
	for day := 0; day < 7; day++ {
		up, err = d.send(t, d.Uploads, up.ID, bytes.NewReader(data[up.Offset:up.Offset+500]), nil)
		must(t, err)
		d.later(23*time.Hour + 59*time.Minute)
	}
	d.later(8 * time.Minute)
	if _, err := d.Find(t.Context(), me, up.ID); !fault.Is(err, fault.NotFound) {
		t.Errorf("it is still there after a week: %v", err)
	}
}

func TestUploadLimits(t *testing.T) {
	t.Parallel()
	d := newDock(t, func(d *dock) { d.limits = files.UploadLimits{Max: 10_000, Open: 2, PerDay: 25_000} })
	for name, c := range map[string]struct {
		size int64
		kind fault.Kind
		word string
	}{
		"empty": {0, fault.Invalid, "ว่างเปล่า"}, "less than that": {-1, fault.Invalid, "ว่างเปล่า"}, "too large": {10_001, fault.TooLarge, "ใหญ่เกิน 9 KB"},
	} {
		_, err := d.Begin(t.Context(), me, "a.pdf", c.size)
		if sentence, refused := files.Refusal(err); !fault.Is(err, c.kind) || !refused || !strings.Contains(sentence, c.word) {
			t.Errorf("%s: %v", name, err)
		}
	}
	// Five at once, of which two may be open.
	var wg sync.WaitGroup
	var begun, refused atomic.Int64
	ids := make(chan files.Upload, 5)
	for range 5 {
		wg.Go(func() {
			up, err := d.Begin(t.Context(), me, "a.pdf", 10_000)
			switch {
			case err == nil:
				begun.Add(1)
				ids <- up
			case fault.Is(err, fault.Conflict) && strings.Contains(fault.MessageOf(err), "กำลังส่งอยู่แล้ว 2 ไฟล์"):
				refused.Add(1)
			default:
				t.Error(err)
			}
		})
	}
	wg.Wait()
	if begun.Load() != 2 || refused.Load() != 3 {
		t.Fatalf("%d were begun and %d refused", begun.Load(), refused.Load())
	}
	// What was taken back makes room, and counts for the day as far as it was sent.
	up := <-ids
	up, err := d.send(t, d.Uploads, up.ID, bytes.NewReader(pdf(t, 1, 6000)), nil)
	must(t, err)
	must(t, d.Drop(t.Context(), up))
	if _, err := d.Begin(t.Context(), me, "a.pdf", 9001); !fault.Is(err, fault.TooLarge) || !strings.Contains(err.Error(), "ต่อวัน") {
		t.Errorf("16,000 and 9,001 bytes in a day: %v", err)
	}
	if _, err := d.Begin(t.Context(), me, "a.pdf", 9000); err != nil {
		t.Errorf("16,000 and 9,000 bytes in a day: %v", err)
	}
	if _, err := d.Begin(t.Context(), "citizen 8", "a.pdf", 10_000); err != nil {
		t.Errorf("somebody else: %v", err)
	}
	d.later(25 * time.Hour)
	if _, err := d.Begin(t.Context(), me, "a.pdf", 10_000); err != nil {
		t.Errorf("the next day: %v", err)
	}
}

// A file of a wrong kind is refused by its first bytes, with the sentence of the chat, and nothing is left.
func TestUploadOfAWrongKindIsRefused(t *testing.T) {
	t.Parallel()
	d := newDock(t)
	const part = 5 << 20
	hidden := pdf(t, 3, part+5000) // a ZIP at the very end, across two pieces
	hidden = append(hidden, zipped(t, "a.txt", []byte("x"))...)
	for name, c := range map[string]struct {
		file string
		data []byte
		word string
		sent int // pieces until it is refused
	}{
		"program":      {"แผนผัง.pdf", append([]byte("MZ"), make([]byte, 3*part)...), "ชนิดนี้ยังรับไม่ได้", 1},
		"wrong name":   {"แผนผัง.jpg", pdf(t, 1, 3*part), "ลงท้ายด้วย .jpg แต่ข้างในเป็นไฟล์ PDF", 1},
		"page":         {"a.pdf", append([]byte("%PDF-1.7\n<script>"), make([]byte, 3*part)...), "ซ่อนอยู่", 1},
		"small":        {"a.pdf", []byte("hello"), "ชนิดนี้ยังรับไม่ได้", 1},
		"archive last": {"a.pdf", hidden, "ซ่อนอยู่", 0},
	} {
		up, err := d.Begin(t.Context(), me, c.file, int64(len(c.data)))
		must(t, err)
		pieces := 0
		for step := 100_000; err == nil && !up.Whole(); pieces++ {
			if pieces > 0 {
				step = 2 << 20
			}
			piece := c.data[up.Offset:min(int64(len(c.data)), up.Offset+int64(step))]
			up, err = d.send(t, d.Uploads, up.ID, bytes.NewReader(piece), nil)
		}
		if err == nil {
			_, err = d.Finish(t.Context(), up)
			pieces = 0
		}
		if sentence, refused := files.Refusal(err); !refused || !strings.Contains(sentence, c.word) || pieces != c.sent {
			t.Errorf("%s after %d pieces: %v", name, pieces, err)
		}
		if _, err := d.Find(t.Context(), me, up.ID); !fault.Is(err, fault.NotFound) {
			t.Errorf("%s is still there: %v", name, err)
		}
	}
	if keys := d.keys(t); len(keys) != 0 {
		t.Errorf("the store holds %v", keys)
	}
	left, err := d.bare.ListMultipartUploads(t.Context(), d.bucket, "", "", "", "", 10)
	if err != nil || len(left.Uploads) != 0 {
		t.Errorf("parts are left: %v, %v", left.Uploads, err)
	}
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

// One writes at a time. Whoever comes later asks the one before to let go, in this process and in another.
func TestUploadHasOneWriter(t *testing.T) {
	t.Parallel()
	d := newDock(t)
	other := d.another(t)
	for name, second := range map[string]*files.Uploads{"same process": d.Uploads, "another process": other} {
		data := pdf(t, 5, 9000)
		up, err := d.Begin(t.Context(), me, "a.pdf", 9000)
		must(t, err)
		asked := make(chan struct{})
		h, err := d.Hold(t.Context(), up.ID, func() { close(asked) })
		must(t, err)
		out := make(chan error, 1)
		go func() { // waits for more bytes, until it is asked to go
			_, err := d.Append(t.Context(), h, up, io.MultiReader(bytes.NewReader(data[:4000]), until{asked}), nil)
			out <- errors.Join(err, h.Release(t.Context()))
		}()
		got, err := d.send(t, second, up.ID, strings.NewReader(""), nil)
		must(t, err)
		must(t, <-out)
		if got.Offset != 4000 {
			t.Errorf("%s: the second finds %d bytes", name, got.Offset)
		}
		short, cancel := context.WithTimeout(t.Context(), 700*time.Millisecond)
		stubborn, err := d.Hold(t.Context(), up.ID, func() {})
		must(t, err)
		if _, err := second.Hold(short, up.ID, func() {}); !fault.Is(err, fault.Conflict) {
			t.Errorf("%s: two hold it, %v", name, err)
		}
		cancel()
		must(t, stubborn.Release(t.Context()))
	}
	if _, err := d.Hold(t.Context(), "nothing", func() {}); !fault.Is(err, fault.NotFound) {
		t.Errorf("what is not there is held: %v", err)
	}
}

// until reads as nothing until the channel closes, and then as the end.
type until struct{ closed chan struct{} }

func (u until) Read([]byte) (int, error) { <-u.closed; return 0, io.EOF }

// A writer that was taken for dead changes nothing any more: neither the row, nor the parts of the next one.
func TestUploadOfAWriterThatWasTakenForDead(t *testing.T) {
	t.Parallel()
	d := newDock(t)
	const part = 5 << 20
	data := pdf(t, 6, 2*part+100)
	up, err := d.Begin(t.Context(), me, "a.pdf", int64(len(data)))
	must(t, err)
	h, err := d.Hold(t.Context(), up.ID, func() {})
	must(t, err)
	must(t, d.everywhere(t.Context(), func(tx pgx.Tx) error { // as if no sign of life had come for long
		_, err := tx.Exec(t.Context(), `UPDATE uploads SET held_until = clock_timestamp() - interval '1 second', holder = 'gone' WHERE id = $1`, up.ID)
		return err
	}))
	next, err := d.send(t, d.Uploads, up.ID, bytes.NewReader(data[:part+10]), nil)
	must(t, err)
	if _, err := d.Append(t.Context(), h, up, bytes.NewReader(data), nil); !fault.Is(err, fault.Conflict) {
		t.Errorf("the first writes on: %v", err)
	}
	must(t, h.Release(t.Context()))
	next, err = d.send(t, d.Uploads, up.ID, bytes.NewReader(data[next.Offset:]), nil)
	must(t, err)
	at, err := d.Finish(t.Context(), next)
	must(t, err)
	sameFile(t, d, at, data)
}

// A store that has let the parts go, by a rule of its own, costs the upload and nothing else.
func TestUploadWhosePartsTheStoreLetGo(t *testing.T) {
	t.Parallel()
	d := newDock(t)
	const part = 5 << 20
	data := pdf(t, 7, 2*part+100)
	for _, at := range []int{part + 10, len(data)} {
		up, err := d.Begin(t.Context(), me, "a.pdf", int64(len(data)))
		must(t, err)
		up, err = d.send(t, d.Uploads, up.ID, bytes.NewReader(data[:at]), nil)
		must(t, err)
		left, err := d.bare.ListMultipartUploads(t.Context(), d.bucket, "", "", "", "", 10)
		must(t, err)
		for _, u := range left.Uploads {
			must(t, d.bare.AbortMultipartUpload(t.Context(), d.bucket, u.Key, u.UploadID))
		}
		if up.Whole() {
			_, err = d.Finish(t.Context(), up)
		} else {
			_, err = d.send(t, d.Uploads, up.ID, bytes.NewReader(data[at:]), nil)
		}
		if !fault.Is(err, fault.NotFound) {
			t.Errorf("at %d: %v", at, err)
		}
		if _, err := d.Find(t.Context(), me, up.ID); !fault.Is(err, fault.NotFound) {
			t.Errorf("at %d it is still there: %v", at, err)
		}
	}
}

// The sweep leaves an upload that is under way alone, and takes what one left.
func TestSweepKnowsUploads(t *testing.T) {
	t.Parallel()
	d := newDock(t)
	const part = 5 << 20
	data := pdf(t, 8, 2*part+100)
	up, err := d.Begin(t.Context(), me, "a.pdf", int64(len(data)))
	must(t, err)
	up, err = d.send(t, d.Uploads, up.ID, bytes.NewReader(data[:part+5000]), nil)
	must(t, err)
	cfg := d.cfg
	cfg.Now = func() time.Time { return time.Now().Add(48 * time.Hour) }
	store := open(t, cfg, d.box)
	sweep := func() int {
		n, err := store.Sweep(t.Context(), func(ctx context.Context, keys []string) (orphans []string, err error) {
			err = d.everywhere(ctx, func(tx pgx.Tx) error { orphans, err = files.Orphans(ctx, tx, keys); return err })
			return orphans, err
		})
		must(t, err)
		return n
	}
	if n := sweep(); n != 0 {
		t.Errorf("%d objects of an upload under way are swept", n)
	}
	up, err = d.send(t, d.Uploads, up.ID, bytes.NewReader(data[up.Offset:up.Offset+1000]), nil)
	must(t, err)
	must(t, d.everywhere(t.Context(), func(tx pgx.Tx) error { return files.DropUpload(t.Context(), tx, up.ID) })) // killed before the bytes went
	if n := sweep(); n != 1 {
		t.Errorf("%d objects are swept, want the tail", n)
	}
	left, err := d.bare.ListMultipartUploads(t.Context(), d.bucket, "", "", "", "", 10)
	if err != nil || len(left.Uploads) != 0 {
		t.Errorf("parts are left: %v, %v", left.Uploads, err)
	}
}

// A form names an upload; it gets the attachment when it is whole and the sender's own.
func TestKeptAndTake(t *testing.T) {
	t.Parallel()
	d := newDock(t, func(d *dock) { d.scans = true })
	kept := func(owner, id string) (at files.Attachment, err error) {
		err = d.everywhere(t.Context(), func(tx pgx.Tx) error { at, err = files.Kept(t.Context(), tx, owner, id); return err })
		return at, err
	}
	data := pdf(t, 1, 9000)
	up, err := d.Begin(t.Context(), me, "โฉนด.pdf", 9000)
	must(t, err)
	up, err = d.send(t, d.Uploads, up.ID, bytes.NewReader(data[:5000]), nil)
	must(t, err)
	if _, err := kept(me, up.ID); !fault.Is(err, fault.Conflict) || !strings.Contains(err.Error(), "โฉนด.pdf") {
		t.Errorf("half of it: %v", err)
	}
	up, err = d.send(t, d.Uploads, up.ID, bytes.NewReader(data[5000:]), nil)
	must(t, err)
	at, err := d.Finish(t.Context(), up)
	must(t, err)
	if at.State != files.Waiting || fmt.Sprint(d.scanned) != fmt.Sprint([]files.AttachmentID{at.ID}) {
		t.Errorf("it is %s, scanned are %v", at.State, d.scanned)
	}
	if got, err := kept(me, up.ID); err != nil || got.ID != at.ID {
		t.Errorf("kept as %d, %v", got.ID, err)
	}
	if _, err := kept("citizen 8", up.ID); !fault.Is(err, fault.NotFound) {
		t.Errorf("somebody else's form names it: %v", err)
	}
	must(t, d.Drop(t.Context(), up)) // too late: the upload in hand is from before
	if _, err := kept(me, up.ID); err != nil {
		t.Errorf("what was kept is gone: %v", err)
	}
	up, at, err = d.Take(t.Context(), me, "../บัตร.pdf", bytes.NewReader(data), files.Limits{Max: 10_000})
	must(t, err)
	if got, err := kept(me, up.ID); err != nil || got.ID != at.ID || got.Name != "บัตร.pdf" || got.State != files.Waiting {
		t.Errorf("taken as %+v, %v", got, err)
	}
	for name, c := range map[string]struct {
		data []byte
		word string
	}{"wrong": {[]byte("hello"), "ชนิดนี้"}, "large": {pdf(t, 1, 10_001), "ใหญ่เกิน"}, "empty": {nil, "ว่างเปล่า"}} {
		if _, _, err := d.Take(t.Context(), me, "a.pdf", bytes.NewReader(c.data), files.Limits{Max: 10_000}); err == nil || !strings.Contains(err.Error(), c.word) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if keys := d.keys(t); len(keys) != 2 {
		t.Errorf("the store holds %v", keys)
	}
	before := up
	up, at, err = d.Take(t.Context(), me, "c.pdf", bytes.NewReader(data), files.Limits{})
	must(t, err)
	for range 2 {
		must(t, d.TakeBack(t.Context(), up))
	}
	if _, err := kept(me, up.ID); !fault.Is(err, fault.NotFound) || len(d.unused) != 1 || d.unused[0] != at.ID {
		t.Errorf("taken back, unused are %v, want %d; %v", d.unused, at.ID, err)
	}
	if _, err := kept(me, before.ID); err != nil {
		t.Errorf("another is gone with it: %v", err)
	}
	must(t, d.everywhere(t.Context(), func(tx pgx.Tx) error {
		all, err := files.UploadsOf(t.Context(), tx, me, d.now())
		if len(all) != 0 {
			t.Errorf("unfinished are %v", all)
		}
		if n, err := files.ForgetUploads(t.Context(), tx, d.now().Add(40*24*time.Hour)); n != 3 || err != nil {
			t.Errorf("%d rows are forgotten, %v", n, err)
		}
		return err
	}))
}

// What a person sent and did not finish goes with them (PDP-4).
func TestEraseUploads(t *testing.T) {
	t.Parallel()
	d := newDock(t)
	mine, err := d.Begin(t.Context(), me, "a.pdf", 9000)
	must(t, err)
	_, err = d.send(t, d.Uploads, mine.ID, bytes.NewReader(pdf(t, 1, 5000)), nil)
	must(t, err)
	theirs, err := d.Begin(t.Context(), "citizen 8", "a.pdf", 9000)
	must(t, err)
	var left []files.Upload
	must(t, d.everywhere(t.Context(), func(tx pgx.Tx) (err error) {
		left, err = files.EraseUploads(t.Context(), tx, me)
		return err
	}))
	for _, up := range left {
		must(t, d.Discard(t.Context(), up))
	}
	if keys := d.keys(t); len(left) != 1 || len(keys) != 0 {
		t.Errorf("%d were erased; the store holds %v", len(left), keys)
	}
	if _, err := d.Find(t.Context(), "citizen 8", theirs.ID); err != nil {
		t.Errorf("somebody else's is gone: %v", err)
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
