package portal_test

import (
	"context"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"saphan/agencies"
	"saphan/internal/thai"
	"saphan/internal/tool"
	"saphan/tickets"
)

// Filed on a Saturday, the receipt says both times and why they differ, what was filed, and where to check it (MTH-2.2,
// EGA-10.1).
func TestReceiptOfTheRequest(t *testing.T) {
	t.Parallel()
	s := newStand(t)
	s.withStore(t)
	s.set(2026, time.November, 21, 10, 30)
	ticket := s.ticket(t)
	_, page := s.get(t, "/track/"+ticket.TrackToken)
	holds(t, page, "/track/"+ticket.TrackToken+"/receipt.pdf")
	words := s.receipt(t, ticket)
	for _, want := range []string{
		ticket.Number, thai.LongDate(ticket.EnteredAt), thai.LongDate(ticket.DeemedReceivedAt), "มาตรา 10", "ถนนน้ำท่วม", "ไม่มีเอกสารแนบ", ticket.TrackToken,
	} {
		if !strings.Contains(words, tool.Tight(want)) {
			t.Errorf("it does not say %q:\n%s", want, words)
		}
	}
}

// Opened by many at the same time, and again on another day, it is one document.
func TestReceiptIsDrawnOnce(t *testing.T) {
	t.Parallel()
	s := newStand(t)
	s.withStore(t)
	ticket := s.ticket(t)
	var (
		all  sync.WaitGroup
		seen sync.Map
	)
	for range 8 {
		all.Go(func() {
			a, document := s.get(t, "/track/"+ticket.TrackToken+"/receipt.pdf")
			if a.StatusCode != http.StatusOK {
				t.Errorf("%d: %s", a.StatusCode, document)
			}
			seen.Store(document, true)
		})
	}
	all.Wait()
	s.set(2026, time.December, 1, 9, 0)
	_, again := s.get(t, "/track/"+ticket.TrackToken+"/receipt.pdf")
	seen.Store(again, true)
	documents := 0
	seen.Range(func(any, any) bool { documents++; return true })
	if documents != 1 {
		t.Errorf("%d different documents", documents)
	}
	if n := s.count(t, `SELECT count(*) FROM ticket_files WHERE made`); n != 1 {
		t.Errorf("%d receipts in the case", n)
	}
}

// Of a case that was erased nothing is drawn, not even by somebody who began before.
func TestNoReceiptOfAnErasedCase(t *testing.T) {
	t.Parallel()
	s := newStand(t)
	s.withStore(t)
	ticket := s.ticket(t)
	erasing := make(chan struct{})
	erased := make(chan error, 1)
	go func() {
		erased <- agencies.Everywhere(t.Context(), s.db, func(tx pgx.Tx) error {
			if _, err := tx.Exec(t.Context(), `UPDATE tickets SET erased_at = now() WHERE id = $1`, ticket.ID); err != nil {
				return err
			}
			close(erasing)
			for waiting := 0; waiting == 0; { // until somebody waits for the case
				if err := tx.QueryRow(t.Context(), `SELECT count(*) FROM pg_locks WHERE NOT granted`).Scan(&waiting); err != nil {
					return err
				}
			}
			return nil
		})
	}()
	<-erasing
	a, page := s.get(t, "/track/"+ticket.TrackToken+"/receipt.pdf")
	if err := <-erased; err != nil {
		t.Fatal(err)
	}
	if a.StatusCode != http.StatusNotFound {
		t.Errorf("%d: %s", a.StatusCode, page)
	}
	if again, page := s.get(t, "/track/"+ticket.TrackToken+"/receipt.pdf"); again.StatusCode != http.StatusNotFound {
		t.Errorf("afterwards %d: %s", again.StatusCode, page)
	}
	if n := s.count(t, `SELECT count(*) FROM attachments`); n != 0 {
		t.Errorf("%d files of an erased case", n)
	}
	if _, page := s.get(t, "/track/"+ticket.TrackToken); strings.Contains(page, "receipt.pdf") {
		t.Error("the page still offers it")
	}
}

// receipt opens the receipt of a ticket's request and returns its words.
func (s *stand) receipt(t *testing.T, ticket tickets.Ticket) string {
	t.Helper()
	a, document := s.get(t, "/track/"+ticket.TrackToken+"/receipt.pdf")
	if a.StatusCode != http.StatusOK || a.Header.Get("Content-Type") != "application/pdf" {
		t.Fatalf("%d %s: %s", a.StatusCode, a.Header.Get("Content-Type"), document)
	}
	return tool.Tight(tool.Text(t, []byte(document), "-layout"))
}

// count counts over all agencies.
func (s *stand) count(t *testing.T, query string) (n int) {
	t.Helper()
	s.everywhere(t, func(ctx context.Context, tx pgx.Tx) error { return tx.QueryRow(ctx, query).Scan(&n) })
	return n
}
