package portal

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"errors"
	"io"
	"net/http"

	"github.com/jackc/pgx/v5"

	"saphan/files"
	"saphan/internal/fault"
	"saphan/permits"
)

// checkLimit is the largest file that is compared; a permit's document is far smaller.
const checkLimit = 20 << 20

// verdict says whether a file is the document that was issued.
type verdict struct {
	Same bool
}

// checkDocument tells anyone whether the file they hold is, byte for byte, the document that was issued (EGA-13.7). The file
// is read once and kept nowhere.
func (p *Portal) checkDocument(r *http.Request) (reply, error) {
	found, agency, err := p.find(r)
	if err != nil {
		return nil, err
	}
	if found.AttachmentID == nil {
		return nil, fault.New(fault.Unavailable, "กำลังจัดทำเอกสารใบอนุญาต กรุณาลองใหม่ในอีกสักครู่")
	}
	sum, err := sumOf(r)
	if err != nil {
		return nil, err
	}
	var issued files.Attachment
	err = p.read(r.Context(), func(ctx context.Context, tx pgx.Tx) error {
		var err error
		issued, err = files.Find(ctx, tx, *found.AttachmentID)
		return err
	})
	if err != nil {
		return nil, err
	}
	page := p.describe(r, found, agency, false)
	page.Here = "/p/" + found.Number
	page.Verdict = &verdict{Same: hmac.Equal(sum, issued.SHA256)}
	return html{view: "permit", keep: keepNever, data: page}, nil
}

// sumOf is the SHA-256 of the file in the form.
func sumOf(r *http.Request) ([]byte, error) {
	r.Body = http.MaxBytesReader(nil, r.Body, checkLimit)
	parts, err := r.MultipartReader()
	if err != nil {
		return nil, fault.Wrap(fault.Invalid, "ยังไม่ได้เลือกไฟล์ กรุณาเลือกไฟล์ PDF ของใบอนุญาตแล้วลองใหม่", err)
	}
	for {
		part, err := parts.NextPart()
		if errors.Is(err, io.EOF) {
			return nil, fault.New(fault.Invalid, "ยังไม่ได้เลือกไฟล์ กรุณาเลือกไฟล์ PDF ของใบอนุญาตแล้วลองใหม่")
		}
		if err != nil {
			return nil, unread(err)
		}
		if part.FormName() != "file" || part.FileName() == "" {
			continue
		}
		h := sha256.New()
		if _, err := io.Copy(h, part); err != nil {
			return nil, unread(err)
		}
		return h.Sum(nil), nil
	}
}

func unread(err error) error {
	var tooLarge *http.MaxBytesError
	if errors.As(err, &tooLarge) {
		return fault.Wrapf(fault.TooLarge, "ไฟล์ใหญ่กว่า {max} MB จึงไม่ใช่ใบอนุญาตที่ระบบออกให้", err, "max", checkLimit>>20)
	}
	return fault.Wrap(fault.Invalid, "อ่านไฟล์ไม่สำเร็จ กรุณาส่งใหม่อีกครั้ง", err)
}

// ready reports whether a file can be compared.
func ready(p permits.Permit) bool { return p.AttachmentID != nil }
