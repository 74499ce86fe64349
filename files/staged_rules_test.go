package files_test

import (
	"bytes"
	"context"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"saphan/files"
	"saphan/internal/fault"
)

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
