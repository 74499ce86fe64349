package jobs

import (
	"slices"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"

	"saphan/bot"
	"saphan/devkit/testhouse"
	"saphan/files"
	"saphan/tickets"
)

// talking makes a ticket whose officer has written, so that what the citizen sends goes there.
func (h *house) talking() tickets.Ticket {
	h.T.Helper()
	ticket := h.Question()
	h.Replies(ticket.ID, "k", "ว่าอย่างไรคะ")
	h.Settled()
	return ticket
}

// Whatever a telephone can send reaches the officer of the ticket that is talked about: words, a
// photo, a video, a voice, a file and a place, in order.
func TestToldToAnOfficer(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	ticket := h.talking()
	h.Say("อยู่ตรงนี้ค่ะ")
	h.Pin("ศาลา", "หมู่ 4")
	h.Send("image", "a.jpg", testhouse.Photo(t, 0))
	h.Send("video", "a.mp4", []byte("\x00\x00\x00\x18ftypisom\x00\x00\x02\x00isomiso2 and so on"))
	h.Send("audio", "a.m4a", []byte("\x00\x00\x00\x1cftypM4A \x00\x00\x02\x00M4A isomiso2 and so on"))
	h.Send("file", "แผนที่.pdf", append([]byte("%PDF-1.7\n%âãÏÓ\n"), make([]byte, 200)...))
	h.Settled()
	var talk []tickets.Message
	h.AtDesk(func(tx pgx.Tx, _ tickets.Actor) (err error) {
		talk, err = tickets.Thread(t.Context(), tx, ticket.ID)
		return err
	})
	if len(talk) != 7 || talk[1].Text != "อยู่ตรงนี้ค่ะ" || !strings.Contains(string(talk[2].Place), "13.7") {
		t.Fatalf("talk %+v\n%s", talk, strings.Join(h.Said(), "\n"))
	}
	for _, m := range talk[3:] {
		if m.AttachmentID == nil || m.Author != "citizen" {
			t.Errorf("message %+v", m)
		}
	}
	names := h.List(`SELECT name FROM attachments WHERE NOT starts_with(source, 'receipt:') ORDER BY id`)
	if !slices.Equal(names, []string{"รูปภาพ", "วิดีโอ", "เสียง", "แผนที่.pdf"}) {
		t.Errorf("files %q", names)
	}
	// What the agency sees of them it sees in its own scope.
	h.AtDesk(func(tx pgx.Tx, _ tickets.Actor) error {
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
	ticket := h.File("hazardous-business", testhouse.Business()...)
	sent := h.Send("image", "a.jpg", testhouse.Photo(t, 0))
	h.Settled()
	h.Tap("ถึง " + ticket.Number)
	held := func() int {
		t.Helper()
		return h.Count(`SELECT count(*) FROM ticket_messages WHERE ticket_id = $1 AND attachment_id IS NOT NULL`, ticket.ID)
	}
	if held() != 1 {
		t.Fatalf("the photo did not reach the ticket:\n%s", strings.Join(h.Said(), "\n"))
	}
	h.unsend(sent.MessageID)
	h.Settled()
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
	first := h.File("hazardous-business", testhouse.Business()...)
	h.decide(tickets.Decision{TicketID: first.ID, Outcome: tickets.Approve, Reason: "ครบ"})
	second := h.File("hazardous-business", testhouse.Business()...)
	h.AsksFor(second.ID, tickets.Asking{Added: testhouse.Added("แผนที่สังเขป"), DueOn: h.Now().AddDate(0, 0, 10)})
	h.Settled()
	before := len(h.Said())
	h.Press(bot.TrackData())
	permit := h.List(`SELECT number FROM permits`)
	for _, words := range []string{first.Number, second.Number, permit[0], "แผนที่สังเขป"} {
		if !strings.Contains(h.Since(before), words) {
			t.Errorf("%q is missing:\n%s", words, h.Since(before))
		}
	}
}
