package jobs

import (
	"bytes"
	"context"
	"errors"
	"io"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"saphan/agencies"
	"saphan/devkit/clamav"
	"saphan/files"
	"saphan/internal/fault"
)

// uploads is what takes in files from pages, as main wires it.
func (h *house) uploads() *files.Uploads {
	h.T.Helper()
	cfg := files.UploadsConfig{
		Store: h.Files, Now: h.Now, Log: h.Log, Unused: EraseUnused(h.Jobs),
		Tx: func(ctx context.Context, fn func(tx pgx.Tx) error) error { return agencies.Everywhere(ctx, h.Pool, fn) },
	}
	if h.Scanner != nil {
		cfg.Scan = ScanUpload(h.Jobs)
	}
	u, err := files.NewUploads(cfg)
	must(h.T, err)
	return u
}

const sender = "citizen 7"

// pieces sends the rest of a file, from where it stands.
func (h *house) pieces(u *files.Uploads, id string, data []byte) files.Upload {
	h.T.Helper()
	hold, err := u.Hold(h.T.Context(), id, func() {})
	must(h.T, err)
	defer func() { must(h.T, hold.Release(h.T.Context())) }()
	up, err := u.Find(h.T.Context(), sender, id)
	must(h.T, err)
	up, err = u.Append(h.T.Context(), hold, up, bytes.NewReader(data[up.Offset:]), nil)
	must(h.T, err)
	return up
}

// paper is a PDF of a size.
func paper(size int) []byte {
	data := make([]byte, size)
	_, _ = rand.NewChaCha8([32]byte{1}).Read(data)
	copy(data, "%PDF-1.7\n")
	return data
}

// S3: what comes in pieces waits for its virus scan as everything does, and nobody opens it before.
func TestUploadIsScanned(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	daemon := h.scanning()
	must(t, daemon.Stop(t.Context()))
	u := h.uploads()
	clean, bad := paper(6<<20), paper(6<<20)
	copy(bad[5<<20-30:], clamav.Virus()) // across the border of two parts
	var made []files.Attachment
	for _, data := range [][]byte{clean, bad} {
		up, err := u.Begin(t.Context(), sender, "แบบแปลน.pdf", int64(len(data)))
		must(t, err)
		at, err := u.Finish(t.Context(), h.pieces(u, up.ID, data))
		must(t, err)
		if _, err := h.Files.Open(t.Context(), at); at.State != files.Waiting || !fault.Is(err, fault.Conflict) {
			t.Fatalf("opened unseen: %s, %v", at.State, err)
		}
		made = append(made, at)
	}
	must(t, daemon.Start(t.Context()))
	h.Until("both were scanned", func() bool {
		h.Hurry()
		all := h.Attachments()
		return all[0].State == files.Ready && all[1].State == files.Infected
	})
	h.Settled()
	r, err := h.Files.Open(t.Context(), h.Attachments()[0])
	must(t, err)
	got, err := io.ReadAll(r)
	if err = errors.Join(err, r.Close()); err != nil || !bytes.Equal(got, clean) {
		t.Errorf("%d bytes are read back, %v", len(got), err)
	}
	if at := h.Attachments()[1]; at.ID != made[1].ID || at.Finding != clamav.Finding || len(at.SealedKey) != 0 {
		t.Errorf("the infected one is %+v", at)
	}
	if n := h.Stored(); n != 1 {
		t.Errorf("%d objects are in the store, want the clean one", n)
	}
}

// Files that were begun and left are gone after a day, and those that were sent and never used after thirty.
// The job may stop anywhere and run again.
func TestUploadsThatWereLeftAreForgotten(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	u := h.uploads()
	data := paper(6 << 20)
	begun, err := u.Begin(t.Context(), sender, "a.pdf", 8<<20)
	must(t, err)
	h.pieces(u, begun.ID, data)
	whole, err := u.Begin(t.Context(), sender, "b.pdf", int64(len(data)))
	must(t, err)
	h.pieces(u, whole.ID, data) // every byte is here, and nobody came to put them together
	used, err := u.Begin(t.Context(), sender, "c.pdf", int64(len(data)))
	must(t, err)
	kept, err := u.Finish(t.Context(), h.pieces(u, used.ID, data))
	must(t, err)
	must(t, run(h, &uploads{Deps: h.Deps}, UploadsArgs{}))
	for _, up := range []files.Upload{begun, whole, used} {
		if _, err := u.Find(t.Context(), sender, up.ID); err != nil {
			t.Errorf("%s is gone too early: %v", up.Name, err)
		}
	}
	h.Later(25 * time.Hour)
	stop := errors.New("stopped")
	h.at(func(border string) {
		if strings.HasPrefix(border, "uploads: ") {
			panic(stop)
		}
	})
	func() {
		defer func() { _ = recover() }()
		must(t, run(h, &uploads{Deps: h.Deps}, UploadsArgs{}))
		t.Error("the job was not stopped")
	}()
	h.at(func(string) {})
	for range 2 {
		must(t, run(h, &uploads{Deps: h.Deps}, UploadsArgs{}))
	}
	for _, up := range []files.Upload{begun, whole} {
		if _, err := u.Find(t.Context(), sender, up.ID); !fault.Is(err, fault.NotFound) {
			t.Errorf("%s is still there: %v", up.Name, err)
		}
	}
	if got, err := u.Find(t.Context(), sender, used.ID); err != nil || got.AttachmentID != kept.ID {
		t.Errorf("what was sent is gone: %v", err)
	}
	h.Later(31 * 24 * time.Hour)
	must(t, run(h, &uploads{Deps: h.Deps}, UploadsArgs{}))
	h.Settled()
	if at := h.Attachments()[0]; at.State != files.Gone {
		t.Errorf("what nobody used is %s", at.State)
	}
	h.Is(0, "rows about uploads", `SELECT count(*) FROM uploads`)
	// What the stop left in the store is litter by now.
	cfg := h.Plan.Store()
	cfg.Now = func() time.Time { return time.Now().Add(60 * 24 * time.Hour) }
	deps := *h.Deps
	deps.Files, err = files.New(cfg, h.Box, h.Log)
	must(t, err)
	must(t, run(h, &sweep{Deps: &deps}, SweepArgs{}))
	h.nothingStored()
}

// What its sender takes back goes at once, unless a request holds it by now.
func TestUploadTakenBackIsErased(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	u := h.uploads()
	up, at, err := u.Take(t.Context(), sender, "a.pdf", bytes.NewReader(paper(9000)), files.Limits{})
	must(t, err)
	must(t, u.TakeBack(t.Context(), up))
	h.Settled()
	if got := h.Attachments()[0]; got.ID != at.ID || got.State != files.Gone || got.Name != "" {
		t.Errorf("it is %+v", got)
	}
	h.nothingStored()
	ticket := h.talking()
	up, at, err = u.Take(t.Context(), sender, "b.pdf", bytes.NewReader(paper(9000)), files.Limits{})
	must(t, err)
	h.Everywhere(func(tx pgx.Tx) error {
		_, err := tx.Exec(t.Context(), `INSERT INTO ticket_files (agency_id, ticket_id, attachment_id, label, at) VALUES ($1, $2, $3, 'โฉนด', now())`, ticket.AgencyID, ticket.ID, at.ID)
		return err
	})
	must(t, u.TakeBack(t.Context(), up))
	h.Settled()
	h.Is(1, "attachments that a ticket holds", `SELECT count(*) FROM attachments WHERE id = $1 AND state = 'ready'`, at.ID)
}
