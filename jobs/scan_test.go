package jobs

import (
	"bytes"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"saphan/agencies"
	"saphan/devkit/clamav"
	"saphan/devkit/testhouse"
	"saphan/files"
	"saphan/internal/chain"
	"saphan/internal/fault"
	"saphan/tickets"
)

// scanning gives the house a virus scanner.
func (h *house) scanning() *clamav.Daemon {
	h.T.Helper()
	daemon := clamav.ForTest(h.T, clamav.Config{})
	scanner, err := files.NewScanner(daemon.Socket)
	must(h.T, err)
	h.stop()
	h.Scanner = scanner
	h.stop = h.work()
	return daemon
}

// infected is a PDF with the test virus in it.
func infected() []byte {
	return append([]byte("%PDF-1.7\n%âãÏÓ\n1 0 obj\n(ใบเสร็จ)\nendobj\n"), clamav.Virus()...)
}

// ask makes the ticket wait for a document.
func (h *house) ask(id tickets.TicketID, labels ...string) {
	h.T.Helper()
	h.AtDesk(func(tx pgx.Tx, by tickets.Actor) error {
		if err := h.Desk.Take(h.T.Context(), tx, by, id); err != nil {
			return err
		}
		return h.Desk.Ask(h.T.Context(), tx, by, id, tickets.Asking{Added: testhouse.Added(labels...), DueOn: h.Now().AddDate(0, 0, 10)})
	})
	h.Settled()
}

// S3: while the scanner is away a file waits and nobody can open it; the conversation goes on, and so
// does the case. When it is back the file can be opened.
func TestScanWhileTheScannerIsAway(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	daemon := h.scanning()
	must(t, daemon.Stop(t.Context()))
	ticket := h.talking()
	h.Send("image", "a.jpg", testhouse.Photo(t, 0))
	h.Until("the scanner was missed", func() bool { return strings.Contains(h.Diary.String(), "virus scan put off") })
	h.Until("the photo reached the officer", func() bool {
		return h.Count(`SELECT count(*) FROM ticket_files WHERE ticket_id = $1 AND NOT made`, ticket.ID) == 1
	})
	at := h.Attachments()[0]
	if at.State != files.Waiting || at.ScannedAt != nil {
		t.Fatalf("the file is %+v", at)
	}
	if _, err := h.Files.Open(t.Context(), at); !fault.Is(err, fault.Conflict) {
		t.Errorf("opened unseen: %v", err)
	}
	if _, err := h.Files.Preview(t.Context(), at, 320); !fault.Is(err, fault.Conflict) {
		t.Errorf("drawn unseen: %v", err)
	}
	must(t, daemon.Start(t.Context()))
	h.Until("the file was scanned", func() bool { h.Hurry(); return h.Attachments()[0].State == files.Ready })
	at = h.Attachments()[0]
	if at.ScannedAt == nil {
		t.Error("the time of the scan is not kept")
	}
	r, err := h.Files.Open(t.Context(), at)
	must(t, err)
	must(t, r.Close())
	h.Settled()
}

// S3: a virus in a file that answers a question: the bytes go, the fact stays, the citizen is told once
// and asked again.
func TestScanFindsAVirusInADraft(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.scanning()
	h.AtThePhoto()
	before := len(h.Said())
	h.Settings(map[string]any{"duplicateWebhooks": 2})
	h.Send("image", "a.jpg", append(testhouse.Photo(t, 0), clamav.Virus()...))
	h.Settled()
	at := h.Attachments()[0]
	if at.State != files.Infected || len(at.SealedKey) != 0 || at.Finding != clamav.Finding || at.Size == 0 || len(at.SHA256) == 0 {
		t.Fatalf("the file is %+v", at)
	}
	h.nothingStored()
	told := h.Since(before)
	if strings.Count(told, "พบไวรัส") != 1 || !strings.Contains(told, "ถ่ายรูป") {
		t.Errorf("the citizen was told:\n%s", told)
	}
	if n := h.Count(`SELECT count(*) FROM conversations WHERE state->'draft'->>'field' = 'photo' AND state::text NOT LIKE '%"attachments"%'`); n != 1 {
		t.Errorf("the draft still has it: %v", h.List(`SELECT state::text FROM conversations`))
	}
	if _, err := h.Files.Open(t.Context(), at); !fault.Is(err, fault.NotFound) {
		t.Errorf("opened: %v", err)
	}
	h.Send("image", "b.jpg", testhouse.Photo(t, 0))
	h.Settled()
	if all := h.Attachments(); len(all) != 2 || all[1].State != files.Ready {
		t.Errorf("a good photo after that: %+v", all)
	}
}

// S3: a virus in a document that officers waited for: every ticket that holds it knows, and waits for
// the document again without a second asking (LFA-8.2).
func TestScanFindsAVirusInASuppliedDocument(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	daemon := h.scanning()
	ticket := h.talking()
	h.ask(ticket.ID, "ใบเสร็จ")
	must(t, daemon.Stop(t.Context()))
	h.Send("file", "ใบเสร็จ.pdf", infected())
	h.Until("the document was supplied", func() bool {
		return h.Count(`SELECT count(*) FROM wants WHERE supplied_at IS NOT NULL`) == 1
	})
	before := len(h.Said())
	must(t, daemon.Start(t.Context()))
	h.Until("the virus was found", func() bool { h.Hurry(); return h.Attachments()[0].State == files.Infected })
	h.Settled()
	if told := h.Since(before); strings.Count(told, "พบไวรัสใน “ใบเสร็จ.pdf”") != 1 {
		t.Errorf("the citizen was told:\n%s", told)
	}
	if n := h.Count(`SELECT count(*) FROM wants WHERE supplied_at IS NULL AND attachment_id IS NULL`); n != 1 {
		t.Error("the document counts as supplied")
	}
	var now tickets.Ticket
	var events []tickets.Event
	h.AtDesk(func(tx pgx.Tx, _ tickets.Actor) (err error) {
		if now, err = tickets.Find(t.Context(), tx, ticket.ID); err != nil {
			return err
		}
		events, err = tickets.History(t.Context(), tx, ticket.ID)
		return err
	})
	if now.Status != tickets.Awaiting || !now.Unread {
		t.Errorf("the ticket is %s, unread %v", now.Status, now.Unread)
	}
	if !slices.ContainsFunc(events, func(e tickets.Event) bool { return e.Kind == tickets.EventSpoiled && e.Actor == "system" }) {
		t.Errorf("the history does not say so: %+v", events)
	}
	must(t, chain.Check(events))
	h.Send("file", "ใบเสร็จ.pdf", append([]byte("%PDF-1.7\n%âãÏÓ\n"), make([]byte, 200)...))
	h.Settled()
	if n := h.Count(`SELECT count(*) FROM wants WHERE supplied_at IS NOT NULL`); n != 1 {
		t.Error("the clean document was not taken for the one that is missing")
	}
}

// The scanner may be quicker than the conversation: the file is refused like any other.
func TestScanBeforeTheStep(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.scanning()
	h.AtThePhoto()
	before := len(h.Said())
	verdict := make(chan struct{})
	found := sync.OnceFunc(func() { close(verdict) })
	h.at(func(border string) {
		switch border {
		case "scan: after the verdict":
			found()
		case "received: before the step":
			select {
			case <-verdict:
			case <-time.After(30 * time.Second):
			}
		}
	})
	h.Send("image", "a.jpg", append(testhouse.Photo(t, 0), clamav.Virus()...))
	h.Until("the virus was found", func() bool { h.Hurry(); return h.Attachments() != nil && h.Attachments()[0].State == files.Infected })
	h.Settled()
	if told := h.Since(before); strings.Count(told, "พบไวรัส") != 1 {
		t.Errorf("the citizen was told:\n%s", told)
	}
	// A message that was never worked on does not keep the virus for ever; when it is, its file is refused.
	h.stop()
	data := infected()
	object, err := h.Files.Put(t.Context(), bytes.NewReader(data), files.Limits{})
	must(t, err)
	var id files.AttachmentID
	h.Everywhere(func(tx pgx.Tx) (err error) {
		id, err = files.Insert(t.Context(), tx, files.Attachment{Object: object, Name: "ก.pdf", Source: "line:" + "1:nobody", State: files.Waiting})
		return err
	})
	h.Ahead.Store(int64(time.Hour))
	must(t, run(h, &scan{Deps: h.Deps}, ScanArgs{AttachmentID: id}))
	must(t, run(h, &scan{Deps: h.Deps}, ScanArgs{AttachmentID: id})) // and once more
	if at := h.Attachments()[1]; at.State != files.Infected {
		t.Errorf("the file is %s", at.State)
	}
}

// A file that the citizen took back is not scanned into being again, and one whose scanner was
// unset is not opened unseen.
func TestScanOfWhatIsGoneAndWithoutAScanner(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	daemon := h.scanning()
	must(t, daemon.Stop(t.Context()))
	h.AtThePhoto()
	sent := h.Send("image", "a.jpg", testhouse.Photo(t, 0))
	h.Until("the scanner was missed", func() bool { return strings.Contains(h.Diary.String(), "virus scan put off") })
	h.Until("the photo was taken", func() bool { return h.Count(`SELECT count(*) FROM messages WHERE attachment_id IS NOT NULL`) == 1 })
	h.Act("unsend", map[string]any{"messageId": sent.MessageID})
	h.Until("it was taken back", func() bool { return h.Attachments()[0].State == files.Gone })
	must(t, daemon.Start(t.Context()))
	h.Until("the jobs are done", func() bool {
		h.Hurry()
		return h.Count(`SELECT count(*) FROM river_job WHERE state IN ('available', 'running', 'retryable', 'scheduled')`) == 0
	})
	h.Everywhere(func(tx pgx.Tx) error {
		for _, mark := range []func() (bool, error){
			func() (bool, error) { return files.MarkClean(t.Context(), tx, h.attachmentIDs()[0], h.Now()) },
			func() (bool, error) { return files.MarkInfected(t.Context(), tx, h.attachmentIDs()[0], "x", h.Now()) },
		} {
			if marked, err := mark(); err != nil || marked {
				t.Errorf("a gone file was marked (%v)", err)
			}
		}
		return nil
	})
	h.stop()
	object, err := h.Files.Put(t.Context(), bytes.NewReader(testhouse.Photo(t, 0)), files.Limits{})
	must(t, err)
	var id files.AttachmentID
	must(t, agencies.Everywhere(t.Context(), h.Pool, func(tx pgx.Tx) (err error) {
		id, err = files.Insert(t.Context(), tx, files.Attachment{Object: object, Name: "a.jpg", Source: "s", State: files.Waiting})
		return err
	}))
	h.Scanner = nil
	if err := run(h, &scan{Deps: h.Deps}, ScanArgs{AttachmentID: id}); err == nil || !strings.Contains(h.Diary.String(), "CLAMD_ADDR is not set") {
		t.Errorf("without a scanner: %v", err)
	}
	if at := h.Attachments()[1]; at.State != files.Waiting {
		t.Errorf("the file is %s", at.State)
	}
}

func (h *house) attachmentIDs() []files.AttachmentID {
	h.T.Helper()
	var ids []files.AttachmentID
	for _, a := range h.Attachments() {
		ids = append(ids, a.ID)
	}
	return ids
}
