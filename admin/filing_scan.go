package admin

import (
	"context"
	"errors"
	"io"
	"mime"
	"mime/multipart"
	"net/http"
	"strconv"
	"strings"

	"github.com/jackc/pgx/v5"

	"saphan/agencies"
	"saphan/files"
	"saphan/internal/fault"
	"saphan/tickets"
)

const (
	// scansLimit is how much the scans of one form may come to.
	scansLimit = 40 << 20
	// scanLimit is the largest of them.
	scanLimit = 20 << 20
)

// signFiling files what its citizen signed on paper, with a scan of it where there is one. A request belongs to no agency
// before it is a case, so that is done in a transaction that sees everybody's, after it was seen that the filing is one's own.
func (a *Admin) signFiling(r *http.Request, o agencies.Officer) (reply, error) {
	f, err := a.ownFiling(r, o)
	if err != nil {
		return nil, err
	}
	ctx := r.Context()
	var scans []int64
	if f.State(a.now()) == tickets.FilingUnsigned {
		if scans, err = a.takeScans(r, o); err != nil {
			return nil, err
		}
	}
	err = agencies.Everywhere(ctx, a.db, func(tx pgx.Tx) error {
		_, err := a.desk.SignedOnPaper(ctx, tx, tickets.ByOfficer(o.ID), f.ID, scans...)
		return err
	})
	if err != nil {
		return nil, err
	}
	return redirect(Base + filingPath(f.ID)), nil
}

// addScans adds scans to what was signed on paper.
func (a *Admin) addScans(r *http.Request, o agencies.Officer) (reply, error) {
	f, err := a.ownFiling(r, o)
	if err != nil {
		return nil, err
	}
	if f.SignedBy != "paper" {
		return nil, fault.New(fault.Conflict, "คำขอนี้ยังไม่ได้บันทึกว่าลงชื่อบนกระดาษ กรุณาโหลดหน้าใหม่เพื่อดูสถานะล่าสุด")
	}
	scans, err := a.takeScans(r, o)
	if err != nil {
		return nil, err
	}
	if len(scans) == 0 {
		return nil, fault.New(fault.Invalid, "กรุณาเลือกไฟล์รูปหรือ PDF ของแบบที่ลงชื่อแล้ว")
	}
	ctx := r.Context()
	err = agencies.Everywhere(ctx, a.db, func(tx pgx.Tx) error {
		for _, scan := range scans {
			if err := a.desk.AddScan(ctx, tx, tickets.ByOfficer(o.ID), f.ID, scan); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return redirect(Base + filingPath(f.ID)), nil
}

// ownFiling is the filing in the path, seen with the officer's eyes.
func (a *Admin) ownFiling(r *http.Request, o agencies.Officer) (f tickets.Filing, err error) {
	err = a.own(r.Context(), o, func(s Scope) (err error) {
		f, err = filingOf(r, s)
		return err
	})
	return f, err
}

// takeScans keeps the files of a form, which are scanned for viruses and encrypted like every file. A form without files has
// none.
func (a *Admin) takeScans(r *http.Request, o agencies.Officer) (scans []int64, err error) {
	if kind, _, _ := mime.ParseMediaType(r.Header.Get("Content-Type")); kind != "multipart/form-data" {
		return nil, nil
	}
	parts, err := r.MultipartReader()
	if err != nil {
		return nil, formFault(err)
	}
	for {
		part, err := parts.NextPart()
		switch {
		case errors.Is(err, io.EOF):
			return scans, nil
		case err != nil:
			return nil, formFault(err)
		case part.FormName() != "scans" || part.FileName() == "":
			continue
		}
		scan, err := a.takeScan(r.Context(), o, part)
		if err != nil {
			return nil, err
		}
		scans = append(scans, scan)
	}
}

func (a *Admin) takeScan(ctx context.Context, o agencies.Officer, part *multipart.Part) (int64, error) {
	if a.uploads == nil {
		return 0, fault.New(fault.Unavailable, "ระบบยังไม่เปิดรับไฟล์ กรุณาแจ้งผู้ดูแลระบบ")
	}
	_, at, err := a.uploads.Take(ctx, tickets.ByOfficer(o.ID).String(), part.FileName(), part, files.Limits{Max: scanLimit})
	if err != nil {
		return 0, err
	}
	if at.MediaType != "application/pdf" && !strings.HasPrefix(at.MediaType, "image/") {
		return 0, fault.New(fault.Invalid, "แบบที่ลงชื่อต้องเป็นรูปถ่ายหรือ PDF กรุณาเลือกไฟล์ใหม่")
	}
	return int64(at.ID), nil
}

// scansOf are the scans of a signed sheet, as soon as its case is there.
func scansOf(ctx context.Context, s Scope, t tickets.Ticket) (all []scanLine, err error) {
	held, err := tickets.Files(ctx, s.Tx, t.ID)
	for _, h := range held {
		if h.Label == tickets.LabelScan {
			all = append(all, scanLine{File: h, N: len(all) + 1, Href: Base + ticketPath(t.ID) + "/documents/" + strconv.FormatInt(h.AttachmentID, 10)})
		}
	}
	return all, err
}

// scanLine is one file of a signed sheet.
type scanLine struct {
	tickets.File
	N    int
	Href string
}
