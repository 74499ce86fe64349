package jobs

import (
	"slices"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"saphan/bot"
	"saphan/devkit/testhouse"
	"saphan/files"
)

// old lets the attachments look as if they had come so long ago.
func (h *house) old(age time.Duration) {
	h.T.Helper()
	h.Everywhere(func(tx pgx.Tx) error {
		_, err := tx.Exec(h.T.Context(), `UPDATE attachments SET created_at = created_at - make_interval(secs => $1)`, age.Seconds())
		return err
	})
}

// fileStates are the states of the attachments, oldest first.
func (h *house) fileStates() (all []files.State) {
	h.T.Helper()
	for _, a := range h.Attachments() {
		all = append(all, a.State)
	}
	return all
}

// PDP-5: a form that nobody goes on with is forgotten after thirty days, with the file that came for it; a
// file of a ticket, of a request and of a form that is being filled in stays, and so does everything a
// day before its time.
func TestExpireForgetsDraftsAndTheirFiles(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	ticket := h.talking()
	h.Send("image", "ticket.jpg", testhouse.Photo(t, 0))
	h.Settled()
	if n := h.Count(`SELECT count(*) FROM ticket_files WHERE ticket_id = $1 AND NOT made`, ticket.ID); n != 1 {
		t.Fatalf("the ticket has %d files", n)
	}
	h.Press(bot.StartData("public-problem"))
	h.Tap("ไฟถนนดับ")
	h.Send("image", "draft.jpg", testhouse.Photo(t, 0))
	h.Settled()
	if got := h.fileStates(); !slices.Equal(got, []files.State{files.Ready, files.Ready}) {
		t.Fatalf("files %v", got)
	}

	h.old(29 * 24 * time.Hour)
	h.Ahead.Store(int64(29 * 24 * time.Hour))
	must(t, run(h, &expire{Deps: h.Deps}, ExpireArgs{}))
	if n := h.Count(`SELECT count(*) FROM conversations WHERE state ? 'draft'`); n != 1 || !slices.Equal(h.fileStates(), []files.State{files.Ready, files.Ready}) {
		t.Errorf("gone before its time: %d drafts, files %v", n, h.fileStates())
	}

	h.old(2 * 24 * time.Hour)
	h.Ahead.Store(int64(31 * 24 * time.Hour))
	for range 2 { // twice is as once
		must(t, run(h, &expire{Deps: h.Deps}, ExpireArgs{}))
	}
	h.Settled()
	if n := h.Count(`SELECT count(*) FROM conversations WHERE state ? 'draft'`); n != 0 {
		t.Error("the draft is still there")
	}
	if got := h.fileStates(); !slices.Equal(got, []files.State{files.Ready, files.Gone}) {
		t.Errorf("files %v", got)
	}
	if n := h.Stored(); n != 1 {
		t.Errorf("%d objects are in the store", n)
	}
}

// A file of a form that is being filled in stays however old it is; so does one whose request has not
// become a ticket yet. One that was held for nothing goes.
func TestExpireKeepsWhatIsNeeded(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.Talk()
	h.Send("file", "ลอย.pdf", append([]byte("%PDF-1.7\n%âãÏÓ\n"), make([]byte, 200)...)) // nobody said what for
	h.Settled()
	h.Ahead.Store(int64(time.Hour))
	h.Press(bot.StartData("public-problem"))
	h.Tap("ไฟถนนดับ")
	h.Send("image", "draft.jpg", testhouse.Photo(t, 0))
	h.Settled()
	all := h.Attachments()
	if len(all) != 2 {
		t.Fatalf("files %+v", all)
	}
	h.old(40 * 24 * time.Hour)
	var filed files.AttachmentID
	h.stop() // no route: the request stays without a ticket
	h.Everywhere(func(tx pgx.Tx) (err error) {
		filed, err = files.Insert(t.Context(), tx, files.Attachment{Object: all[0].Object, Name: "a.jpg", Source: "line:1:filed"})
		if err != nil {
			return err
		}
		_, err = tx.Exec(t.Context(), `INSERT INTO requests (draft, citizen_id, agency_id, form_key, form_version, answers, entered_at, created_at)
			SELECT 'x', i.citizen_id, $1, 'public-problem', 1, jsonb_build_array(jsonb_build_object('field', 'photo', 'attachments', jsonb_build_array($2::bigint)),
				jsonb_build_object('field', 'description')), now(), now() FROM identities i LIMIT 1`, h.Agency.ID, filed)
		return err
	})
	h.old(40 * 24 * time.Hour)
	must(t, run(h, &expire{Deps: h.Deps}, ExpireArgs{}))
	if got := h.fileStates(); !slices.Equal(got, []files.State{files.Gone, files.Ready, files.Ready}) {
		t.Errorf("files %v", got)
	}
	if n := h.Count(`SELECT count(*) FROM conversations WHERE state ? 'draft'`); n != 1 {
		t.Error("the draft of today is gone")
	}
	h.Everywhere(func(tx pgx.Tx) error {
		changed, err := bot.Forget(t.Context(), tx, 1, h.Now())
		if changed {
			t.Error("something was left to forget")
		}
		return err
	})
}
