package files_test

import (
	"bytes"
	"context"
	"log/slog"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/minio/minio-go/v7"

	"saphan/files"
	"saphan/internal/fault"
	"saphan/internal/pgtest"
)

func sample(source string) files.Attachment {
	return files.Attachment{
		Object: files.Object{
			Key: "2026/11/21/" + source, SHA256: bytes.Repeat([]byte{7}, 32), Size: 1234,
			MediaType: "application/pdf", SealedKey: []byte("sealed"),
		},
		Name: "สำเนาบัตรของผู้ขอตัวอย่าง.pdf", Source: source,
	}
}

func insert(t *testing.T, tx pgx.Tx, a files.Attachment) files.AttachmentID {
	t.Helper()
	id, err := files.Insert(t.Context(), tx, a)
	if err != nil {
		t.Fatal(err)
	}
	return id
}

func TestInsertOnceForASource(t *testing.T) {
	t.Parallel()
	tx := pgtest.Tx(t)
	first := sample("line:1:100")
	id := insert(t, tx, first)
	second := sample("line:1:100")
	second.Key, second.Name = "2026/11/21/second", "another.pdf"
	if again := insert(t, tx, second); again != id {
		t.Errorf("the same source became %d and %d", id, again)
	}
	if other := insert(t, tx, sample("line:2:100")); other == id {
		t.Error("two sources became one")
	}
	got, err := files.Find(t.Context(), tx, id)
	if err != nil {
		t.Fatal(err)
	}
	if got.Key != first.Key || got.Name != first.Name || got.Size != 1234 || got.MediaType != "application/pdf" ||
		!bytes.Equal(got.SHA256, first.SHA256) || !bytes.Equal(got.SealedKey, first.SealedKey) ||
		got.State != files.Ready || got.ID != id || time.Since(got.CreatedAt) > time.Minute {
		t.Errorf("found %+v", got)
	}
	bySource, found, err := files.FindSource(t.Context(), tx, "line:1:100")
	if err != nil || !found || bySource.ID != id {
		t.Errorf("by source: %v, %t, %v", bySource.ID, found, err)
	}
	if _, found, err := files.FindSource(t.Context(), tx, "line:1:101"); err != nil || found {
		t.Errorf("another source: %t, %v", found, err)
	}
	if _, err := files.Find(t.Context(), tx, id+1000); !fault.Is(err, fault.NotFound) {
		t.Errorf("another id: %v", err)
	}
}

func TestInsertRefusesHalfARow(t *testing.T) {
	t.Parallel()
	tx := pgtest.Tx(t)
	for _, spoil := range []func(*files.Attachment){
		func(a *files.Attachment) { a.Key = "" },
		func(a *files.Attachment) { a.Source = "" },
		func(a *files.Attachment) { a.SealedKey = nil },
	} {
		a := sample("line:1:1")
		spoil(&a)
		if _, err := files.Insert(t.Context(), tx, a); err == nil {
			t.Errorf("%+v was inserted", a)
		}
	}
}

// line.md: what was unsent is deleted; the fact stays.
func TestGoneKeepsOnlyTheFact(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	tx := pgtest.Tx(t)
	o := b.put(t, []byte("%PDF-1.7 ความลับ"))
	id := insert(t, tx, files.Attachment{Object: o, Name: "ลับ.pdf", Source: "line:1:200"})
	for range 2 {
		if err := files.MarkGone(t.Context(), tx, id); err != nil {
			t.Fatal(err)
		}
	}
	got, err := files.Find(t.Context(), tx, id)
	if err != nil {
		t.Fatal(err)
	}
	if got.State != files.Gone || got.Name != "" || len(got.SealedKey) != 0 || len(got.SHA256) != 0 || got.Size != o.Size || got.Key != o.Key {
		t.Errorf("row = %+v", got)
	}
	if _, err := b.Get(t.Context(), got.Object); !fault.Is(err, fault.NotFound) {
		t.Errorf("read before the bytes are deleted: %v", err)
	}
	if err := b.Delete(t.Context(), got.Object); err != nil {
		t.Fatal(err)
	}
	if keys := b.keys(t); len(keys) != 0 {
		t.Errorf("objects left = %v", keys)
	}
	if err := files.MarkGone(t.Context(), tx, id+1000); !fault.Is(err, fault.NotFound) {
		t.Errorf("another id: %v", err)
	}
}

func TestAttachmentHidesItsNameInLogs(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	slog.New(slog.NewJSONHandler(&out, nil)).Info("stored", "file", sample("line:1:300"))
	if line := out.String(); strings.Contains(line, "ตัวอย่าง") || strings.Contains(line, "sealed") || !strings.Contains(line, "application/pdf") {
		t.Errorf("logged %s", line)
	}
}

func TestOrphansNeedsToSeeEveryRow(t *testing.T) {
	t.Parallel()
	tx := pgtest.Tx(t)
	kept, gone := sample("line:1:400"), sample("line:1:401")
	insert(t, tx, kept)
	if err := files.MarkGone(t.Context(), tx, insert(t, tx, gone)); err != nil {
		t.Fatal(err)
	}
	got, err := files.Orphans(t.Context(), tx, []string{kept.Key, gone.Key, "nobody's"})
	slices.Sort(got)
	if err != nil || !slices.Equal(got, []string{gone.Key, "nobody's"}) {
		t.Errorf("orphans = %v, %v", got, err)
	}
	for _, scope := range []string{"", "1"} {
		if _, err := tx.Exec(t.Context(), `SELECT set_config('app.agency', $1, true)`, scope); err != nil {
			t.Fatal(err)
		}
		if got, err := files.Orphans(t.Context(), tx, []string{kept.Key}); err == nil {
			t.Errorf("scope %q: orphans = %v", scope, got)
		}
	}
}

// R9: after a crash between bytes and row the sweep leaves no litter, and takes nothing else.
func TestSweepDeletesOnlyOldBytesWithoutARow(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	tx := pgtest.Tx(t)
	kept, litter := b.put(t, []byte("kept")), b.put(t, []byte("litter"))
	insert(t, tx, files.Attachment{Object: kept, Source: "line:1:500"})
	if _, err := b.bare.NewMultipartUpload(t.Context(), b.bucket, "2026/11/21/unfinished", minio.PutObjectOptions{}); err != nil {
		t.Fatal(err)
	}
	orphans := func(ctx context.Context, keys []string) ([]string, error) { return files.Orphans(ctx, tx, keys) }
	sweep := func(now time.Time, want int, wantKeys []string, wantUploads int) {
		t.Helper()
		b.cfg.Now = func() time.Time { return now }
		n, err := open(t, b.cfg, b.box).Sweep(t.Context(), orphans)
		if err != nil || n != want {
			t.Errorf("swept %d, %v, want %d", n, err, want)
		}
		keys := b.keys(t)
		slices.Sort(wantKeys)
		if !slices.Equal(keys, wantKeys) {
			t.Errorf("keys = %v, want %v", keys, wantKeys)
		}
		uploads, err := b.bare.ListMultipartUploads(t.Context(), b.bucket, "", "", "", "", 10)
		if err != nil || len(uploads.Uploads) != wantUploads {
			t.Errorf("uploads = %v, %v", uploads.Uploads, err)
		}
	}
	sweep(time.Now().Add(files.OrphanAge-time.Hour), 0, []string{kept.Key, litter.Key}, 1)
	sweep(time.Now().Add(files.OrphanAge+time.Hour), 1, []string{kept.Key}, 0)
	if got, err := read(t.Context(), b.Store, kept); err != nil || string(got) != "kept" {
		t.Errorf("what has a row: %q, %v", got, err)
	}
}

func TestSweepGoesThroughManyPages(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	const many = 510 // more than are looked up at once
	for range many {
		b.put(t, []byte("litter"))
	}
	b.cfg.Now = func() time.Time { return time.Now().Add(2 * files.OrphanAge) }
	asked := 0
	n, err := open(t, b.cfg, b.box).Sweep(t.Context(), func(_ context.Context, keys []string) ([]string, error) {
		asked++
		return keys, nil
	})
	if err != nil || n != many || asked != 2 {
		t.Errorf("swept %d in %d pages, %v", n, asked, err)
	}
	if keys := b.keys(t); len(keys) != 0 {
		t.Errorf("%d keys left", len(keys))
	}
}
