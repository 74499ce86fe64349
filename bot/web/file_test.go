package web_test

import (
	"bytes"
	"context"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/riverqueue/river"

	"saphan/agencies"
	"saphan/bot"
	"saphan/citizens"
	"saphan/devkit/testhouse"
	"saphan/files"
	"saphan/forms"
	"saphan/internal/thai"
	"saphan/jobs"
)

// upload is a photo that a person sent from a page.
func (h *house) upload(who citizens.Person) forms.File {
	h.T.Helper()
	u, err := files.NewUploads(files.UploadsConfig{
		Store: h.Files, Now: h.Now, Log: h.Log, Unused: jobs.EraseUnused(h.Client),
		Tx: func(ctx context.Context, fn func(tx pgx.Tx) error) error { return agencies.Everywhere(ctx, h.Pool, fn) },
	})
	must(h.T, err)
	_, at, err := u.Take(h.T.Context(), who.Owner(), "ป้าย.jpg", bytes.NewReader(testhouse.Photo(h.T, 0)), files.Limits{Max: 1 << 20})
	must(h.T, err)
	return forms.File{ID: int64(at.ID), Name: "ชื่อที่หน้าเว็บบอก.exe", Type: "text/html", Size: 1}
}

func photo(f ...forms.File) forms.Entry {
	return forms.Entry{Field: "photo", Input: forms.Input{Files: f}}
}

// atPhotos begins a form with a question that takes photos.
func (h *house) atPhotos(who citizens.Person) forms.Draft {
	h.T.Helper()
	d, _ := h.fills(who, h.begins(who, "public-problem"), forms.Entry{Field: "category", Input: forms.Input{Choice: "light"}})
	return d
}

// A page can name any number; only files that the person sent, or that stand in the form, are taken, and they are called
// what they are.
func TestFilesOfOthersAreRefused(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	me, other := browser("me"), browser("other")
	mine, theirs := h.upload(me), h.upload(other)
	d := h.atPhotos(me)
	d, filled := h.fills(me, d, photo(mine, theirs), says("description", "ไฟดับมา 3 คืนแล้วค่ะ"))
	if filled.Faults["photo"] == "" || text(d, "photo") != "" || text(d, "description") == "" {
		t.Fatalf("another's file: %+v, %+v", filled, d.Answers)
	}
	d, filled = h.fills(me, d, photo(mine))
	a, _ := forms.Find(d.Answers, "photo")
	if len(filled.Faults) != 0 || len(a.Files()) != 1 || a.Files()[0].Name != "ป้าย.jpg" || a.Files()[0].Type != "image/jpeg" {
		t.Fatalf("one's own file: %+v, %+v", filled, a.Files())
	}
	again, _ := h.fills(me, d, photo(mine))
	if again.Revision != d.Revision {
		t.Error("the same again is a change")
	}
}

// A file in a form that is filled in stays as long as the form; when the form is left, both go.
func TestFilesStayWithTheirForm(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	me := browser("me")
	kept, loose := h.upload(me), h.upload(me)
	d, filled := h.fills(me, h.atPhotos(me), photo(kept))
	if len(filled.Faults) != 0 {
		t.Fatal(filled.Faults)
	}
	states := func() map[int64]files.State {
		all := map[int64]files.State{}
		for _, at := range h.Attachments() {
			all[int64(at.ID)] = at.State
		}
		return all
	}
	forget := func() {
		t.Helper()
		for _, args := range []river.JobArgs{jobs.ExpireArgs{}, jobs.UploadsArgs{}} { // the form goes first
			h.Everywhere(func(tx pgx.Tx) error {
				if _, err := tx.Exec(t.Context(), `DELETE FROM river_job WHERE kind = $1`, args.Kind()); err != nil { // one a day
					return err
				}
				_, err := h.Client.InsertTx(t.Context(), tx, args, nil)
				return err
			})
			h.Settled()
		}
	}
	h.Ahead.Store(int64(20 * 24 * time.Hour))
	d, _ = h.fills(me, d, says("description", "ยังดับอยู่เลยค่ะ มืดมาก")) // still at it
	h.Ahead.Store(int64(31 * 24 * time.Hour))
	forget()
	if got := states(); got[kept.ID] != files.Ready || got[loose.ID] != files.Gone {
		t.Errorf("after 31 days: %v", got)
	}
	if got := h.opens(me, d.ID); text(got, "photo") == "" {
		t.Error("the form lost its photo")
	}
	h.Ahead.Store(int64(52 * 24 * time.Hour))
	forget()
	if got := states(); got[kept.ID] != files.Gone {
		t.Errorf("after the form is gone: %v", got)
	}
	if left := h.drafts(me); len(left) != 0 {
		t.Errorf("left: %v", left)
	}
}

// PDP-5: of somebody at a browser who began and never came back nothing is left, not even that there was a browser.
func TestBrowsersAreForgotten(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	me := browser("0123abcd")
	d, _ := h.fills(me, h.atPhotos(me), photo(h.upload(me)))
	if d.Revision == 0 {
		t.Fatal("nothing was filled in")
	}
	h.Ahead.Store(int64(31 * 24 * time.Hour))
	for _, args := range []river.JobArgs{jobs.ExpireArgs{}, jobs.UploadsArgs{}} {
		h.Everywhere(func(tx pgx.Tx) error { _, err := h.Client.InsertTx(t.Context(), tx, args, nil); return err })
		h.Settled()
	}
	h.Ahead.Store(int64(63 * 24 * time.Hour))
	h.Everywhere(func(tx pgx.Tx) error { _, err := h.Client.InsertTx(t.Context(), tx, jobs.PurgeArgs{}, nil); return err })
	h.Settled()
	h.Is(0, "accounts on pages", `SELECT count(*) FROM identities WHERE kind = 'web'`)
	h.Is(0, "conversations", `SELECT count(*) FROM conversations`)
	h.Is(0, "messages", `SELECT count(*) FROM messages`)
	h.Is(0, "notices", `SELECT count(*) FROM notices`)
	h.Is(0, "uploads", `SELECT count(*) FROM uploads`)
	if n := h.Stored(); n != 0 {
		t.Errorf("%d objects are in the store", n)
	}
	h.Nowhere("0123abcd")
}

// gateway keeps the text messages that it is given.
type gateway struct {
	sent chan string
}

func (g gateway) Text(_ context.Context, _, to, words string) error {
	g.sent <- to + " " + words
	return nil
}

// proves has a person prove a telephone.
func (h *house) proves(who citizens.Person, g gateway) {
	h.T.Helper()
	phone, err := thai.ParsePhone("081 234 5678")
	must(h.T, err)
	h.Everywhere(func(tx pgx.Tx) error {
		return citizens.AskCode(h.T.Context(), tx, h.Box, h.Client, who.Citizen, phone, "example.go.th", h.Now())
	})
	sent := <-g.sent
	h.Everywhere(func(tx pgx.Tx) error {
		guess, err := citizens.CheckCode(h.T.Context(), tx, h.Box, who.Citizen, sent[strings.LastIndex(sent, "#")+1:], h.Now())
		if !guess.Right {
			h.T.Errorf("the code of %q is wrong", sent)
		}
		return err
	})
	h.Settled()
}

// Who has no chat is told by a text message that there is news, once for what comes within ten minutes, and not of the
// receipt, which they see.
func TestNewsByTextMessage(t *testing.T) {
	t.Parallel()
	g := gateway{make(chan string, 20)}
	h := newHouseWith(t, g)
	h.Follow()
	who := h.citizen()
	h.proves(who, g)
	d, _ := h.fills(who, h.begins(who, "question"), says("question", "เปิดร้านต้องขออนุญาตอะไรบ้างคะ"))
	h.sends(who, d)
	ticket := h.ticket(d.ID)
	if n := len(g.sent); n != 0 {
		t.Fatalf("%d messages of the receipt: %s", n, <-g.sent)
	}
	h.Replies(ticket.ID, "1", "ต้องมีใบอนุญาตประกอบกิจการค่ะ")
	h.Until("it is told", func() bool { return len(g.sent) == 1 })
	if got := <-g.sent; !strings.HasPrefix(got, "+66812345678 ") || !strings.Contains(got, testhouse.BaseURL+"/track/"+ticket.TrackToken) || strings.Contains(got, "ใบอนุญาต") {
		t.Errorf("told %q", got)
	}
	h.Replies(ticket.ID, "2", "และสัญญาเช่าค่ะ")
	h.Replies(ticket.ID, "3", "ขอบคุณค่ะ")
	h.Until("the next wait", func() bool {
		return h.Count(`SELECT count(*) FROM river_job WHERE kind = 'web_notice' AND state = 'scheduled'`) > 0 &&
			h.Count(`SELECT count(*) FROM replies WHERE state = 'waiting'`) == 0 &&
			h.Count(`SELECT count(*) FROM river_job WHERE state IN ('available', 'running')`) == 0
	})
	if n := len(g.sent); n != 0 {
		t.Fatalf("told again at once: %s", <-g.sent)
	}
	h.Ahead.Store(int64(11 * time.Minute))
	h.Hurried()
	if n := len(g.sent); n != 1 {
		t.Errorf("told %d times of what came meanwhile", n)
	}
}

// A virus in a file of a page: the form loses it, as it does in a chat.
func TestFilesOfAPageNameTheirMessage(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	me := browser("me")
	f := h.upload(me)
	d, _ := h.fills(me, h.atPhotos(me), photo(f))
	if got := d.Sources["photo"]; !slices.Equal(got, []string{bot.UploadMessage(f.ID)}) {
		t.Errorf("the photo came by %v", got)
	}
	h.Everywhere(func(tx pgx.Tx) error {
		carried, ok, err := bot.Carrier(t.Context(), tx, files.AttachmentID(f.ID))
		if !ok || carried.Message != bot.UploadMessage(f.ID) {
			t.Errorf("carried by %+v", carried)
		}
		return err
	})
}
