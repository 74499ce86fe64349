package web

import (
	"context"
	"slices"
	"time"

	"github.com/jackc/pgx/v5"

	"saphan/bot"
	"saphan/citizens"
	"saphan/files"
	"saphan/forms"
	"saphan/internal/fault"
	"saphan/tickets"
)

// arrivals are the files that a page puts into a draft.
type arrivals struct {
	faults map[string]string     // by field: files that are not the person's to give
	sent   []files.AttachmentID  // that the person sent from pages
	shared map[int64]forms.Owned // by file: documents that another agency received
}

// bringIn makes sure that every file a fill names is the person's to give: it stands in the draft, they sent it from a
// page, or they gave it before (SEED-21). Files are named as they are kept, whatever the page calls them. An answer with
// another file is refused, and the rest of the fill stays.
func (c *Counter) bringIn(ctx context.Context, tx pgx.Tx, who citizens.Person, t bot.Talk, d forms.Draft, fill *forms.Fill) (arrivals, error) {
	came := arrivals{faults: map[string]string{}, shared: map[int64]forms.Owned{}}
	if !slices.ContainsFunc(fill.Entries, func(e forms.Entry) bool { return len(e.Input.Files) > 0 }) {
		return came, nil
	}
	uploaded, err := files.UploadedBy(ctx, tx, who.Owner())
	if err != nil {
		return came, err
	}
	var offers forms.Offers
	if who.Citizen != 0 {
		shown, err := tickets.MandatesOf(ctx, tx, []int64{int64(who.Citizen)})
		if err != nil {
			return came, err
		}
		for _, m := range shown { // the signed paper of a power of attorney, with each form (PDP-10)
			if m.AttachmentID != nil {
				uploaded = append(uploaded, files.AttachmentID(*m.AttachmentID))
			}
		}
		if offers, err = c.offers(ctx, tx, t); err != nil {
			return came, err
		}
	}
	var entries []forms.Entry
	for _, e := range fill.Entries {
		named := make([]forms.File, 0, len(e.Input.Files))
		for _, f := range e.Input.Files {
			file, ok, err := came.file(ctx, tx, f.ID, d, uploaded, offers)
			if err != nil {
				return came, err
			}
			if ok {
				named = append(named, file)
			}
		}
		if len(named) < len(e.Input.Files) {
			came.faults[e.Field] = fault.In(errNoFile(), langOf(who))
			continue
		}
		e.Input.Files = named
		entries = append(entries, e)
	}
	fill.Entries = entries
	return came, nil
}

func errNoFile() error {
	return fault.New(fault.NotFound, "ไม่พบไฟล์ที่แนบ อาจหมดเวลาเก็บหรือไม่ผ่านการตรวจ กรุณาแนบไฟล์ใหม่ค่ะ")
}

// file is a file that a person may give, as it is kept; ok is false when it is not theirs, or is gone.
func (came *arrivals) file(ctx context.Context, tx pgx.Tx, id int64, d forms.Draft, uploaded []files.AttachmentID, offers forms.Offers) (file forms.File, ok bool, err error) {
	for _, a := range d.Answers {
		for _, f := range a.Files() {
			if f.ID == id {
				return f, true, nil
			}
		}
	}
	if slices.Contains(uploaded, files.AttachmentID(id)) {
		at, err := files.Find(ctx, tx, files.AttachmentID(id))
		if err != nil || at.State != files.Ready && at.State != files.Waiting {
			return forms.File{}, false, err
		}
		came.sent = append(came.sent, at.ID)
		return bot.FileOf(at), true, nil
	}
	i := slices.IndexFunc(offers.Documents, func(o forms.Owned) bool { return o.File.ID == id })
	if i < 0 {
		return forms.File{}, false, nil
	}
	if o := offers.Documents[i]; o.Tap {
		came.shared[id] = o
	}
	return offers.Documents[i].File, true, nil
}

// stands reports whether a draft has a file.
func stands(d forms.Draft, file int64) bool {
	return slices.ContainsFunc(d.Answers, func(a forms.Answer) bool { return slices.Contains(a.Attachments, file) })
}

// effects are what follows from documents that stand in the draft now: the person lets this agency have what another
// received.
func (came arrivals) effects(d forms.Draft) []bot.Effect {
	var all []bot.Effect
	for file, o := range came.shared {
		if stands(d, file) {
			all = append(all, bot.Share{Document: o.ID})
		}
	}
	return all
}

// note records files that stand in the draft now as brought by a message of the conversation, as those of chats are: by
// it they are found when a virus is, when the draft is left, and when the person is to be forgotten.
func (came arrivals) note(ctx context.Context, tx pgx.Tx, t bot.Talk, d forms.Draft, now time.Time) error {
	var heard []bot.Hearing
	for _, id := range came.sent {
		if stands(d, int64(id)) {
			heard = append(heard, bot.Hearing{Conversation: t.ID, Channel: int64(t.Channel), Message: bot.Message{
				ID: bot.UploadMessage(int64(id)), Kind: bot.File, At: now, Attachment: &bot.Attachment{ID: int64(id)},
			}})
		}
	}
	if len(heard) == 0 {
		return nil
	}
	_, err := bot.KeepAll(ctx, tx, heard)
	return err
}
