package admin

import (
	"context"
	"errors"
	"io"
	"mime"
	"mime/multipart"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"saphan/agencies"
	"saphan/files"
	"saphan/forms"
	"saphan/internal/fault"
	"saphan/internal/thai"
	"saphan/tickets"
)

// closingBox asks for what must stand beside the word that a thing is done (SVC-5).
type closingBox struct {
	Photo, Crew, WorkedOn bool           // which are asked for
	Has                   []documentLine // photos that were added before
	Today                 time.Time
}

// Any says whether something is asked for.
func (c closingBox) Any() bool { return c.Photo || c.Crew || c.WorkedOn }

func (a *Admin) closingOf(ctx context.Context, s Scope, t tickets.Ticket, documents []documentLine) (box closingBox, err error) {
	wanted, err := tickets.EvidenceFor(ctx, s.Tx, t.ID)
	if err != nil {
		return box, err
	}
	box = closingBox{
		Photo: slices.Contains(wanted, forms.AfterPhoto), Crew: slices.Contains(wanted, forms.Crew), WorkedOn: slices.Contains(wanted, forms.WorkedOn),
		Today: a.now().In(thai.Bangkok()),
	}
	box.Has, err = photosOf(ctx, s, t.ID, 0, documents)
	return box, err
}

// photosOf are the photos of the work beside a decision, 0 for those that wait for the next.
func photosOf(ctx context.Context, s Scope, id tickets.TicketID, n int, documents []documentLine) ([]documentLine, error) {
	ids, err := tickets.Photos(ctx, s.Tx, id, n)
	if err != nil {
		return nil, err
	}
	return slices.DeleteFunc(slices.Clone(documents), func(d documentLine) bool { return !slices.Contains(ids, int64(d.ID)) }), nil
}

// worked reads by whom and when the work was done.
func worked(r *http.Request, dec *tickets.Decision) error {
	dec.Crew = strings.TrimSpace(r.PostForm.Get("crew"))
	if len([]rune(dec.Crew)) > 200 {
		return fault.New(fault.Invalid, "ชื่อชุดช่างหรือหน่วยยาวเกินไป กรุณาย่อให้ไม่เกิน 200 ตัวอักษร")
	}
	on := r.PostForm.Get("worked_on")
	if on == "" {
		return nil
	}
	day, err := time.ParseInLocation(time.DateOnly, on, thai.Bangkok())
	if err != nil {
		return fault.Wrap(fault.Invalid, "อ่านวันที่ดำเนินการไม่ได้ กรุณาเลือกวันที่จากปฏิทิน", err)
	}
	dec.WorkedOn = &day
	return nil
}

const (
	// photosLimit is how much the photos of one form may come to.
	photosLimit = 40 << 20
	// photoLimit is the largest of them.
	photoLimit = 20 << 20
)

// approveWithPhotos takes in the photos that came with the form, which speaks to the store, and then decides.
func (a *Admin) approveWithPhotos(r *http.Request, o agencies.Officer) (reply, error) {
	if kind, _, _ := mime.ParseMediaType(r.Header.Get("Content-Type")); kind == "multipart/form-data" {
		if err := a.takePhotos(r, o); err != nil {
			return nil, err
		}
	}
	return a.within(r, o, a.approve)
}

// takePhotos reads a form with photos. Those that came stay with the case, also when it is not decided then: nobody sends
// them twice.
func (a *Admin) takePhotos(r *http.Request, o agencies.Officer) error {
	id, err := ticketID(r)
	if err != nil {
		return err
	}
	var t tickets.Ticket
	ctx := r.Context()
	if err := a.own(ctx, o, func(s Scope) error { t, err = tickets.Find(ctx, s.Tx, id); return err }); err != nil {
		return err
	}
	parts, err := r.MultipartReader()
	if err != nil {
		return formFault(err)
	}
	for text := int64(formLimit); ; {
		part, err := parts.NextPart()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return formFault(err)
		}
		switch {
		case part.FormName() == "photos" && part.FileName() == "" || part.FormName() == "photos" && t.Status.Closed(): // none was chosen, or the button was pressed twice
		case part.FormName() == "photos":
			if err := a.takePhoto(r.Context(), o, id, part); err != nil {
				return err
			}
		default:
			value, err := io.ReadAll(io.LimitReader(part, text+1))
			if text -= int64(len(value)); err != nil || text < 0 {
				return formFault(errors.Join(err, io.ErrShortBuffer))
			}
			r.PostForm.Add(part.FormName(), string(value))
		}
	}
}

// takePhoto keeps one photo, which is scanned like every file, and adds it to the case.
func (a *Admin) takePhoto(ctx context.Context, o agencies.Officer, id tickets.TicketID, part *multipart.Part) error {
	if a.uploads == nil {
		return fault.New(fault.Unavailable, "ระบบยังไม่เปิดรับไฟล์ กรุณาแจ้งผู้ดูแลระบบ")
	}
	by := tickets.ByOfficer(o.ID)
	_, at, err := a.uploads.Take(ctx, by.String(), part.FileName(), part, files.Limits{Max: photoLimit})
	if err != nil {
		return err
	}
	if !strings.HasPrefix(at.MediaType, "image/") {
		return fault.New(fault.Invalid, "ผลงานต้องเป็นรูปถ่าย กรุณาเลือกไฟล์รูป")
	}
	return agencies.Everywhere(ctx, a.db, func(tx pgx.Tx) error { // an agency takes no files by itself
		return a.desk.Photograph(ctx, tx, by, id, int64(at.ID))
	})
}
