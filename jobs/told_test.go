package jobs

import (
	"slices"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"

	"saphan/bot"
	"saphan/files"
	"saphan/tickets"
)

// talking makes a ticket whose officer has written, so that what the citizen sends goes there.
func (h *house) talking() tickets.Ticket {
	h.t.Helper()
	ticket := h.ticket("question", answer("question", "ถามหน่อย"))
	h.desk(func(tx pgx.Tx, by tickets.Actor) error {
		return h.Desk.Reply(h.t.Context(), tx, by, ticket.ID, "k", "ว่าอย่างไรคะ")
	})
	h.settled()
	return ticket
}

// Whatever a telephone can send reaches the officer of the ticket that is talked about: words, a
// photo, a video, a voice, a file and a place, in order.
func TestToldToAnOfficer(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	ticket := h.talking()
	h.say("อยู่ตรงนี้ค่ะ")
	h.act("location", map[string]any{"title": "ศาลา", "address": "หมู่ 4", "latitude": 13.7, "longitude": 100.5})
	h.send("image", "a.jpg", photo(t, 0))
	h.send("video", "a.mp4", []byte("\x00\x00\x00\x18ftypisom\x00\x00\x02\x00isomiso2 and so on"))
	h.send("audio", "a.m4a", []byte("\x00\x00\x00\x1cftypM4A \x00\x00\x02\x00M4A isomiso2 and so on"))
	h.send("file", "แผนที่.pdf", append([]byte("%PDF-1.7\n%âãÏÓ\n"), make([]byte, 200)...))
	h.settled()
	var talk []tickets.Message
	h.desk(func(tx pgx.Tx, _ tickets.Actor) (err error) {
		talk, err = tickets.Thread(t.Context(), tx, ticket.ID)
		return err
	})
	if len(talk) != 7 || talk[1].Text != "อยู่ตรงนี้ค่ะ" || !strings.Contains(string(talk[2].Place), "13.7") {
		t.Fatalf("talk %+v\n%s", talk, strings.Join(h.said(), "\n"))
	}
	for _, m := range talk[3:] {
		if m.AttachmentID == nil || m.Author != "citizen" {
			t.Errorf("message %+v", m)
		}
	}
	names := h.list(`SELECT name FROM attachments ORDER BY id`)
	if !slices.Equal(names, []string{"รูปภาพ", "วิดีโอ", "เสียง", "แผนที่.pdf"}) {
		t.Errorf("files %q", names)
	}
	// What the agency sees of them it sees in its own scope.
	h.desk(func(tx pgx.Tx, _ tickets.Actor) error {
		all, err := tickets.Files(t.Context(), tx, ticket.ID)
		if len(all) != 4 {
			t.Errorf("files of the ticket %+v", all)
		}
		for _, f := range all {
			if _, err := files.Find(t.Context(), tx, files.AttachmentID(f.AttachmentID)); err != nil {
				t.Error(err)
			}
		}
		return err
	})
}

// A photo sent before anybody knew what for, and then given to a ticket, still belongs to the message
// that brought it: taken back, it is gone from the ticket too (R16).
func TestToldLaterAndTakenBack(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	ticket := h.ticket("hazardous-business", business()...)
	sent := h.send("image", "a.jpg", photo(t, 0))
	h.settled()
	h.press(h.button("ถึงเรื่อง"))
	held := func() int {
		t.Helper()
		return h.count(`SELECT count(*) FROM ticket_messages WHERE ticket_id = $1 AND attachment_id IS NOT NULL`, ticket.ID)
	}
	if held() != 1 {
		t.Fatalf("the photo did not reach the ticket:\n%s", strings.Join(h.said(), "\n"))
	}
	h.unsend(sent.MessageID)
	h.settled()
	if held() != 0 {
		t.Error("the photo is still in the ticket")
	}
	h.nothingStored()
}

// The chat knows how the citizen's cases stand: an open one with its document still wanted, and a
// permit with its number.
func TestTrackTellsOfPermitsAndWants(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	first := h.ticket("hazardous-business", business()...)
	h.decide(tickets.Decision{TicketID: first.ID, Outcome: tickets.Approve, Reason: "ครบ"})
	second := h.ticket("hazardous-business", business()...)
	h.desk(func(tx pgx.Tx, by tickets.Actor) error {
		return h.Desk.Ask(t.Context(), tx, by, second.ID, tickets.Asking{Labels: []string{"แผนที่สังเขป"}, DueOn: h.Now().AddDate(0, 0, 10)})
	})
	h.settled()
	before := len(h.said())
	h.press(bot.TrackData())
	permit := h.list(`SELECT number FROM permits`)
	for _, words := range []string{first.Number, second.Number, permit[0], "แผนที่สังเขป"} {
		if !strings.Contains(h.since(before), words) {
			t.Errorf("%q is missing:\n%s", words, h.since(before))
		}
	}
}
