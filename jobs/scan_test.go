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
	"saphan/files"
	"saphan/internal/fault"
	"saphan/tickets"
)

// scanning gives the house a virus scanner.
func (h *house) scanning() *clamav.Daemon {
	h.t.Helper()
	daemon := clamav.ForTest(h.t, clamav.Config{})
	scanner, err := files.NewScanner(daemon.Socket)
	must(h.t, err)
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
	h.t.Helper()
	h.desk(func(tx pgx.Tx, by tickets.Actor) error {
		if err := h.Desk.Take(h.t.Context(), tx, by, id); err != nil {
			return err
		}
		return h.Desk.Ask(h.t.Context(), tx, by, id, tickets.Asking{Labels: labels, DueOn: h.Now().AddDate(0, 0, 10)})
	})
	h.settled()
}

// S3: while the scanner is away a file waits and nobody can open it; the conversation goes on, and so
// does the case. When it is back the file can be opened.
func TestScanWhileTheScannerIsAway(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	daemon := h.scanning()
	must(t, daemon.Stop(t.Context()))
	ticket := h.talking()
	h.send("image", "a.jpg", photo(t, 0))
	h.until("the scanner was missed", func() bool { return strings.Contains(h.log.String(), "virus scan put off") })
	h.until("the photo reached the officer", func() bool {
		return h.count(`SELECT count(*) FROM ticket_files WHERE ticket_id = $1`, ticket.ID) == 1
	})
	at := h.attachments()[0]
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
	h.until("the file was scanned", func() bool { h.hurry(); return h.attachments()[0].State == files.Ready })
	at = h.attachments()[0]
	if at.ScannedAt == nil {
		t.Error("the time of the scan is not kept")
	}
	r, err := h.Files.Open(t.Context(), at)
	must(t, err)
	must(t, r.Close())
	h.settled()
}

// S3: a virus in a file that answers a question: the bytes go, the fact stays, the citizen is told once
// and asked again.
func TestScanFindsAVirusInADraft(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.scanning()
	h.atThePhoto()
	before := len(h.said())
	h.settings(map[string]any{"duplicateWebhooks": 2})
	h.send("image", "a.jpg", append(photo(t, 0), clamav.Virus()...))
	h.settled()
	at := h.attachments()[0]
	if at.State != files.Infected || len(at.SealedKey) != 0 || at.Finding != clamav.Finding || at.Size == 0 || len(at.SHA256) == 0 {
		t.Fatalf("the file is %+v", at)
	}
	h.nothingStored()
	told := h.since(before)
	if strings.Count(told, "พบไวรัส") != 1 || !strings.Contains(told, "ถ่ายรูป") {
		t.Errorf("the citizen was told:\n%s", told)
	}
	if n := h.count(`SELECT count(*) FROM conversations WHERE state->'draft'->>'field' = 'photo' AND state::text NOT LIKE '%"attachments"%'`); n != 1 {
		t.Errorf("the draft still has it: %v", h.list(`SELECT state::text FROM conversations`))
	}
	if _, err := h.Files.Open(t.Context(), at); !fault.Is(err, fault.NotFound) {
		t.Errorf("opened: %v", err)
	}
	h.send("image", "b.jpg", photo(t, 0))
	h.settled()
	if all := h.attachments(); len(all) != 2 || all[1].State != files.Ready {
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
	h.send("file", "ใบเสร็จ.pdf", infected())
	h.until("the document was supplied", func() bool {
		return h.count(`SELECT count(*) FROM wants WHERE supplied_at IS NOT NULL`) == 1
	})
	before := len(h.said())
	must(t, daemon.Start(t.Context()))
	h.until("the virus was found", func() bool { h.hurry(); return h.attachments()[0].State == files.Infected })
	h.settled()
	if told := h.since(before); strings.Count(told, "พบไวรัสใน “ใบเสร็จ.pdf”") != 1 {
		t.Errorf("the citizen was told:\n%s", told)
	}
	if n := h.count(`SELECT count(*) FROM wants WHERE supplied_at IS NULL AND attachment_id IS NULL`); n != 1 {
		t.Error("the document counts as supplied")
	}
	var now tickets.Ticket
	var events []tickets.Event
	h.desk(func(tx pgx.Tx, _ tickets.Actor) (err error) {
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
	must(t, tickets.CheckHistory(events))
	h.send("file", "ใบเสร็จ.pdf", append([]byte("%PDF-1.7\n%âãÏÓ\n"), make([]byte, 200)...))
	h.settled()
	if n := h.count(`SELECT count(*) FROM wants WHERE supplied_at IS NOT NULL`); n != 1 {
		t.Error("the clean document was not taken for the one that is missing")
	}
}

// The scanner may be quicker than the conversation: the file is refused like any other.
func TestScanBeforeTheStep(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.scanning()
	h.atThePhoto()
	before := len(h.said())
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
	h.send("image", "a.jpg", append(photo(t, 0), clamav.Virus()...))
	h.until("the virus was found", func() bool { h.hurry(); return h.attachments() != nil && h.attachments()[0].State == files.Infected })
	h.settled()
	if told := h.since(before); strings.Count(told, "พบไวรัส") != 1 {
		t.Errorf("the citizen was told:\n%s", told)
	}
	// A message that was never worked on does not keep the virus for ever; when it is, its file is refused.
	h.stop()
	data := infected()
	object, err := h.Files.Put(t.Context(), bytes.NewReader(data), files.Limits{})
	must(t, err)
	var id files.AttachmentID
	h.everywhere(func(tx pgx.Tx) (err error) {
		id, err = files.Insert(t.Context(), tx, files.Attachment{Object: object, Name: "ก.pdf", Source: "line:" + "1:nobody", State: files.Waiting})
		return err
	})
	h.ahead.Store(int64(time.Hour))
	must(t, run(h, &scan{Deps: h.Deps}, ScanArgs{AttachmentID: id}))
	must(t, run(h, &scan{Deps: h.Deps}, ScanArgs{AttachmentID: id})) // and once more
	if at := h.attachments()[1]; at.State != files.Infected {
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
	h.atThePhoto()
	sent := h.send("image", "a.jpg", photo(t, 0))
	h.until("the scanner was missed", func() bool { return strings.Contains(h.log.String(), "virus scan put off") })
	h.until("the photo was taken", func() bool { return h.count(`SELECT count(*) FROM messages WHERE attachment_id IS NOT NULL`) == 1 })
	h.control("POST", "chats/"+h.citizen+"/unsend", map[string]any{"messageId": sent.MessageID}, nil)
	h.until("it was taken back", func() bool { return h.attachments()[0].State == files.Gone })
	must(t, daemon.Start(t.Context()))
	h.until("the jobs are done", func() bool {
		h.hurry()
		return h.count(`SELECT count(*) FROM river_job WHERE state IN ('available', 'running', 'retryable', 'scheduled')`) == 0
	})
	h.everywhere(func(tx pgx.Tx) error {
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
	object, err := h.Files.Put(t.Context(), bytes.NewReader(photo(t, 0)), files.Limits{})
	must(t, err)
	var id files.AttachmentID
	must(t, agencies.Everywhere(t.Context(), h.pool, func(tx pgx.Tx) (err error) {
		id, err = files.Insert(t.Context(), tx, files.Attachment{Object: object, Name: "a.jpg", Source: "s", State: files.Waiting})
		return err
	}))
	h.Scanner = nil
	if err := run(h, &scan{Deps: h.Deps}, ScanArgs{AttachmentID: id}); err == nil || !strings.Contains(h.log.String(), "CLAMD_ADDR is not set") {
		t.Errorf("without a scanner: %v", err)
	}
	if at := h.attachments()[1]; at.State != files.Waiting {
		t.Errorf("the file is %s", at.State)
	}
}

func (h *house) attachmentIDs() []files.AttachmentID {
	h.t.Helper()
	var ids []files.AttachmentID
	for _, a := range h.attachments() {
		ids = append(ids, a.ID)
	}
	return ids
}
