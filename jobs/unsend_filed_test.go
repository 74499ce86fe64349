package jobs

import (
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"saphan/agencies"
	"saphan/devkit/testhouse"
	"saphan/files"
	"saphan/internal/chain"
	"saphan/tickets"
)

// marked is what a test looks for everywhere.
const marked = "มะม่วงสุกร่วงหล่น"

// history is what happened to a ticket, by kind.
func (h *house) history(id tickets.TicketID) (kinds []tickets.EventKind) {
	h.T.Helper()
	h.AtDesk(func(tx pgx.Tx, _ tickets.Actor) error {
		all, err := tickets.History(h.T.Context(), tx, id)
		for _, e := range all {
			kinds = append(kinds, e.Kind)
		}
		return errors.Join(err, chain.Check(all))
	})
	return kinds
}

// happened is how often something happened to a ticket.
func (h *house) happened(id tickets.TicketID, kind tickets.EventKind) (n int) {
	h.T.Helper()
	for _, k := range h.history(id) {
		if k == kind {
			n++
		}
	}
	return n
}

// listens gives the agency a system that hears of everything.
func (h *house) listens() {
	h.T.Helper()
	hook := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusNoContent) }))
	h.T.Cleanup(hook.Close)
	h.Everywhere(func(tx pgx.Tx) error {
		_, err := agencies.CreateEndpoint(h.T.Context(), tx, h.Box, h.Agency.ID, hook.URL, agencies.NewSecret(), []string{"127.0.0.0/8"})
		return err
	})
}

// told is what the agency's system is told of a kind.
func (h *house) told(kind agencies.EventKind) []string {
	h.T.Helper()
	return h.List(`SELECT convert_from(body, 'UTF8') FROM deliveries WHERE kind = $1 ORDER BY id`, kind)
}

// filed fills in a form of the chat with words and a photo, sends it and returns its ticket.
func (h *house) filed(words string) (ticket tickets.Ticket, picture, description testhouse.Done) {
	h.T.Helper()
	h.AtThePhoto()
	picture = h.Send("image", "a.jpg", testhouse.Photo(h.T, 0))
	h.Settled()
	h.Say("พอแล้ว")
	h.Pin("ศาลา", "หมู่ 4")
	h.Settled()
	description = h.Say(words)
	h.Say("ส่งคำขอ")
	h.Everywhere(func(tx pgx.Tx) (err error) {
		var id tickets.TicketID
		if err := tx.QueryRow(h.T.Context(), `SELECT max(id) FROM tickets`).Scan(&id); err != nil {
			return err
		}
		ticket, err = tickets.Find(h.T.Context(), tx, id)
		return err
	})
	return ticket, picture, description
}

// Rows 27 and R16: the first words to an officer are filed as they come; taken back, they are gone from the
// request, the list, the search and the receipt, and the agency's system is told to delete its copy.
func TestRow27UnsendTheFirstWordsToAnOfficer(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.listens()
	h.Talk()
	h.Say("คุยกับเจ้าหน้าที่")
	words := h.Say(marked + " ใส่รถค่ะ")
	id := tickets.TicketID(h.Count(`SELECT id FROM tickets`))
	if n := h.Count(`SELECT count(*) FROM tickets WHERE subject LIKE '%' || $1 || '%' AND search LIKE '%มะม่วงสุก%'`, marked); n != 1 {
		t.Fatalf("the officers do not see the words: %q", h.List(`SELECT subject || ' / ' || search FROM tickets`))
	}
	h.unsend(words.MessageID)
	h.Settled()
	h.Nowhere(marked)
	if n := h.happened(id, tickets.EventUnsent); n != 1 {
		t.Errorf("the history says so %d times: %v", n, h.history(id))
	}
	if told := h.told(agencies.MessageUnsent); len(told) != 1 || !strings.Contains(told[0], `"answer":{"field":`) {
		t.Errorf("the agency's system is told %q", told)
	}
	h.AtDesk(func(tx pgx.Tx, _ tickets.Actor) error {
		found, err := tickets.List(t.Context(), tx, tickets.Filter{Agency: h.Agency.ID, Search: marked})
		if len(found) != 0 {
			t.Error("the search still finds it")
		}
		if all, err := tickets.List(t.Context(), tx, tickets.Filter{Agency: h.Agency.ID}); err != nil || len(all) != 1 || !strings.Contains(all[0].Subject, "ยกเลิก") {
			t.Errorf("the list shows %+v (%v)", all, err)
		}
		return err
	})
	// What is said next still reaches the officer.
	h.Say("ถามเรื่องถังขยะค่ะ")
	if got := h.Thread(id); !slices.Equal(got, []string{"citizen ถามเรื่องถังขยะค่ะ"}) {
		t.Errorf("the officers read %q", got)
	}
}

// R16: the same while its ticket does not exist yet: it is made of what is left, and notes it.
func TestR16UnsendBeforeTheTicket(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.Talk()
	h.Say("คุยกับเจ้าหน้าที่")
	release := make(chan struct{})
	h.at(func(border string) {
		if border == "route: before the ticket" {
			<-release
		}
	})
	words := h.Types(marked)
	h.Until("the wish is filed", func() bool { return h.Count(`SELECT count(*) FROM requests`) == 1 })
	h.unsend(words.MessageID)
	h.Until("it is taken back", func() bool { return h.Count(`SELECT count(*) FROM messages WHERE unsent_at IS NOT NULL`) == 1 })
	close(release)
	h.Settled()
	h.Nowhere(marked)
	id := tickets.TicketID(h.Count(`SELECT id FROM tickets`))
	if got := h.history(id); !slices.Equal(got, []tickets.EventKind{tickets.EventCreated, tickets.EventUnsent}) {
		t.Errorf("history %v", got)
	}
}

// Words and files of a request that was confirmed: the words stay, since the request is a record, and
// everybody is told; a file goes while nothing is decided.
func TestR16UnsendOfAFiledRequest(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.listens()
	ticket, picture, words := h.filed(marked)
	before := len(h.Said())
	h.unsend(words.MessageID)
	h.Settled()
	if n := h.Count(`SELECT count(*) FROM requests WHERE answers::text LIKE '%' || $1 || '%'`, marked); n != 1 {
		t.Error("the record was changed")
	}
	for _, table := range []string{"messages", "inbound_events", "ticket_messages", "conversations"} {
		if n := h.Count(`SELECT count(*) FROM `+table+` AS x WHERE position($1 IN x::text) > 0 OR position(encode(convert_to($1, 'UTF8'), 'hex') IN x::text) > 0`, marked); n != 0 {
			t.Errorf("%d rows of %s still have the message", n, table)
		}
	}
	if got := h.Since(before); !strings.Contains(got, ticket.Number) || !strings.Contains(got, "กฎหมาย") {
		t.Errorf("the citizen is told:\n%s", got)
	}
	if n := h.happened(ticket.ID, tickets.EventStays); n != 1 || len(h.told(agencies.MessageUnsent)) != 0 {
		t.Errorf("history %v, the agency's system was told %q", h.history(ticket.ID), h.told(agencies.MessageUnsent))
	}
	h.unsend(picture.MessageID)
	h.Settled()
	h.nothingStored()
	if all := h.Attachments(); len(all) != 1 || all[0].State != files.Gone {
		t.Errorf("files %+v", all)
	}
	told := h.told(agencies.MessageUnsent)
	if n := h.happened(ticket.ID, tickets.EventUnsent); n != 1 || len(told) != 1 || !strings.Contains(told[0], `"document":{"id":`) {
		t.Errorf("history %v, the agency's system was told %q", h.history(ticket.ID), told)
	}
	// Twice is once.
	h.unsendAgain(words.MessageID, picture.MessageID)
	if n := h.happened(ticket.ID, tickets.EventUnsent) + h.happened(ticket.ID, tickets.EventStays); n != 2 {
		t.Errorf("history %v", h.history(ticket.ID))
	}
}

// unsendAgain sends unsend events anew, under other names.
func (h *house) unsendAgain(ids ...string) {
	h.T.Helper()
	for _, id := range ids {
		h.Event(map[string]any{"type": "unsend", "replyToken": nil, "unsend": map[string]any{"messageId": id}})
	}
	h.Settled()
}

// A decision rests on what was filed: the files of a decided case stay, and the citizen is told why.
func TestR16UnsendAfterTheDecision(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	ticket, picture, _ := h.filed("ไฟดับทั้งซอย")
	h.mended(ticket.ID)
	before := len(h.Said())
	h.unsend(picture.MessageID)
	h.Settled()
	if all := h.Attachments(); len(all) != 2 || all[0].State != files.Ready || h.Stored() != 3 { // with the photo of the work, and the letter
		t.Errorf("files %+v", all)
	}
	if n := h.happened(ticket.ID, tickets.EventStays); n != 1 || !strings.Contains(h.Since(before), ticket.Number) {
		t.Errorf("history %v, the citizen is told:\n%s", h.history(ticket.ID), h.Since(before))
	}
}

// A document that was asked for and taken back is missing again: the ticket waits for it, and the citizen
// can send it anew.
func TestR16UnsendOfADocumentThatWasAskedFor(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.listens()
	ticket := h.File("hazardous-business", testhouse.Business()...)
	h.ask(ticket.ID, "แผนที่สังเขป")
	pdf := append([]byte("%PDF-1.7\n%âãÏÓ\n"), make([]byte, 200)...)
	sent := h.Send("file", marked+".pdf", pdf)
	h.Settled()
	status := func() (s string) {
		h.Everywhere(func(tx pgx.Tx) error { return tx.QueryRow(t.Context(), `SELECT status FROM tickets`).Scan(&s) })
		return s
	}
	if n := h.Count(`SELECT count(*) FROM wants WHERE supplied_at IS NOT NULL`); n != 1 || status() == string(tickets.Awaiting) {
		t.Fatalf("the document was not taken:\n%s", strings.Join(h.Said(), "\n"))
	}
	before := len(h.Said())
	h.unsend(sent.MessageID)
	h.Settled()
	h.Nowhere(marked)
	h.Is(0, "documents that are stored", `SELECT count(*) FROM attachments WHERE state <> 'gone' AND source NOT LIKE 'letter:%'`)
	if n := h.Stored(); n != 1 {
		t.Errorf("%d objects are in the store, want the letter of the notice", n)
	}
	if n := h.Count(`SELECT count(*) FROM wants WHERE supplied_at IS NULL AND attachment_id IS NULL`); n != 1 || status() != string(tickets.Awaiting) {
		t.Errorf("%d documents are missing, the ticket is %s", n, status())
	}
	if got := h.Since(before); !strings.Contains(got, "แผนที่สังเขป") {
		t.Errorf("the citizen is told:\n%s", got)
	}
	if told := h.told(agencies.MessageUnsent); len(told) != 1 || !strings.Contains(told[0], `"document"`) {
		t.Errorf("the agency's system is told %q", told)
	}
	h.Send("file", "map.pdf", pdf)
	h.Settled()
	if n := h.Count(`SELECT count(*) FROM wants WHERE supplied_at IS NOT NULL`); n != 1 || status() == string(tickets.Awaiting) {
		t.Errorf("the new document was not taken; the ticket is %s:\n%s", status(), h.Since(before))
	}
}

// Whatever can be told to an officer goes with all that is known of it: the name of a file, the words of
// a place, words that were edited before.
func TestR16UnsendWhateverWasTold(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	ticket := h.talking()
	pdf := append([]byte("%PDF-1.7\n%âãÏÓ\n"), make([]byte, 200)...)
	sent := []string{
		h.Say(marked + " คำ").MessageID,
		h.Act("location", map[string]any{"title": marked, "address": marked + " หมู่ 4", "latitude": 13.7, "longitude": 100.5}).MessageID,
		h.Send("file", marked+".pdf", pdf).MessageID,
		h.Send("image", marked+".jpg", testhouse.Photo(t, 0)).MessageID,
	}
	h.Settled()
	h.Event(edit(sent[0], "ใหม่ "+marked, time.Now().UnixMilli()+10))
	h.Settled()
	if n := h.Count(`SELECT count(*) FROM ticket_message_versions`); n != 1 {
		t.Fatalf("%d old versions", n)
	}
	if n := h.Count(`SELECT count(*) FROM ticket_messages WHERE author = 'citizen' AND (text <> '' OR place IS NOT NULL OR attachment_id IS NOT NULL)`); n != len(sent) {
		t.Fatalf("%d of %d were told:\n%s", n, len(sent), strings.Join(h.Said(), "\n"))
	}
	for _, id := range sent {
		h.unsend(id)
	}
	h.Settled()
	h.Nowhere(marked)
	h.nothingStored()
	if n := h.happened(ticket.ID, tickets.EventUnsent); n != len(sent) {
		t.Errorf("%d of %d are noted: %v", n, len(sent), h.history(ticket.ID))
	}
	if n := h.Count(`SELECT count(*) FROM ticket_files WHERE NOT made`); n != 0 {
		t.Errorf("%d files are still listed by name", n)
	}
	h.QuietAbout(marked)
}

// R16: taken back while its bytes are on their way: the unsend does not wait, and nothing of the file
// stays, whether its row is written yet or not.
func TestR16UnsendDuringTheDownload(t *testing.T) {
	t.Parallel()
	for _, where := range []string{"received: after the bytes are stored", "received: before the step"} {
		t.Run(strings.ReplaceAll(where, " ", "_"), func(t *testing.T) {
			t.Parallel()
			h := newHouse(t)
			h.AtThePhoto()
			arrived, release := make(chan struct{}, 8), make(chan struct{})
			h.at(func(border string) {
				if border == where && h.Count(`SELECT count(*) FROM messages WHERE unsent_at IS NOT NULL`) == 0 {
					arrived <- struct{}{}
					<-release
				}
			})
			before := len(h.Said())
			sent := h.Send("image", marked+".jpg", testhouse.Photo(t, 0))
			<-arrived
			if where == "received: before the step" { // only the photo's step is to stop there
				h.at(func(string) {})
			}
			h.unsend(sent.MessageID)
			h.Until("it is taken back", func() bool { return h.Count(`SELECT count(*) FROM messages WHERE unsent_at IS NOT NULL`) == 1 })
			if n := h.Count(`SELECT count(*) FROM inbound_events WHERE state = 'waiting'`); n != 0 {
				t.Errorf("%d events wait for the file", n)
			}
			close(release)
			h.Settled()
			h.nothingStored()
			h.Nowhere(marked)
			if n := h.Count(`SELECT count(*) FROM attachments WHERE state <> 'gone' AND NOT starts_with(source, 'receipt:')`); n != 0 {
				t.Errorf("%d files are kept", n)
			}
			if got := h.Since(before); strings.Contains(got, "รูป") {
				t.Errorf("answered:\n%s", got)
			}
			// The question for the photo still stands.
			h.Send("image", "b.jpg", testhouse.Photo(t, 0))
			h.Settled()
			if n := h.Count(`SELECT jsonb_array_length(state->'draft'->'answers'->1->'attachments') FROM conversations`); n != 1 {
				t.Errorf("the form has %d photos", n)
			}
		})
	}
}

// Row 28: the unsend of a message that is never heard of, of one in another chat, of nothing: no harm.
func TestRow28UnsendOfTheUnknown(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	ticket := h.talking()
	h.Say("สวัสดีค่ะ")
	before := fmt.Sprint(h.Thread(ticket.ID), h.history(ticket.ID))
	h.unsendAgain("777777", "777777", "0")
	if after := fmt.Sprint(h.Thread(ticket.ID), h.history(ticket.ID)); after != before {
		t.Errorf("before %s, after %s", before, after)
	}
	if s := h.states(); s["waiting"]+s["quarantined"] != 0 {
		t.Errorf("events %v", s)
	}
}
