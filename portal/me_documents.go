package portal

import (
	"context"
	"fmt"
	"io"
	"mime"
	"net/http"
	"slices"
	"strconv"

	"github.com/go-chi/chi/v5"
	"github.com/jackc/pgx/v5"

	"saphan/agencies"
	"saphan/citizens"
	"saphan/files"
	"saphan/internal/fault"
)

// documentsPage lists what a person gave before.
type documentsPage struct {
	own
	Documents []ownDocument
}

// ownDocument is a document in the list.
type ownDocument struct {
	ID      citizens.DocumentID
	Label   string
	Name    string
	Given   string
	Agency  string // that received it
	Until   string
	Expired bool
	Shared  []string // whom else the person let have it
	Waiting bool     // for its virus scan
}

func (p *Portal) showDocuments(r *http.Request, v Visitor) (reply, error) {
	page := documentsPage{own: ownOf(r, "documents", "เอกสารของฉัน", "My documents")}
	if r.URL.Query().Get("done") == "deleted" {
		page.Done = page.T("ลบเอกสารแล้ว จะไม่ถูกเสนอให้ใช้อีก", "Deleted. It will not be offered again.")
	}
	err := p.read(r.Context(), func(ctx context.Context, tx pgx.Tx) error {
		accounts, err := v.accounts(ctx, tx, p)
		if err != nil {
			return err
		}
		for _, account := range accounts {
			vault, err := citizens.Vault(ctx, tx, account)
			if err != nil {
				return err
			}
			for _, d := range vault {
				line, err := p.ownDocument(ctx, tx, d, page.own)
				if err != nil {
					return err
				}
				page.Documents = append(page.Documents, line)
			}
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return html{view: "me_documents", keep: keepNever, data: page}, nil
}

func (p *Portal) ownDocument(ctx context.Context, tx pgx.Tx, d citizens.Document, o own) (ownDocument, error) {
	at, err := files.Find(ctx, tx, files.AttachmentID(d.AttachmentID))
	if err != nil {
		return ownDocument{}, err
	}
	line := ownDocument{ID: d.ID, Label: d.Label, Name: at.Name, Given: o.When(d.GivenAt), Expired: d.Expired(p.now()), Waiting: at.State == files.Waiting}
	if d.ValidUntil != nil {
		line.Until = o.Day(*d.ValidUntil)
	}
	agency, err := agencies.Find(ctx, tx, agencies.AgencyID(d.AgencyID))
	if err != nil {
		return ownDocument{}, err
	}
	line.Agency = agency.Name
	for _, s := range d.Shares {
		other, err := agencies.Find(ctx, tx, agencies.AgencyID(s.AgencyID))
		if err != nil {
			return ownDocument{}, err
		}
		line.Shared = append(line.Shared, other.Name+" · "+o.When(s.At))
	}
	return line, nil
}

// findOwn returns the document in the path, if it is the visitor's, with the account it belongs to.
func (p *Portal) findOwn(ctx context.Context, tx pgx.Tx, r *http.Request, v Visitor) (citizens.CitizenID, citizens.Document, error) {
	missing := fault.New(fault.NotFound, "ไม่พบเอกสารนี้แล้ว อาจถูกลบไปก่อนหน้านี้")
	id, err := strconv.ParseInt(chi.URLParam(r, "document"), 10, 64)
	if err != nil {
		return 0, citizens.Document{}, missing
	}
	accounts, err := v.accounts(ctx, tx, p)
	if err != nil {
		return 0, citizens.Document{}, err
	}
	for _, account := range accounts {
		d, err := citizens.FindDocument(ctx, tx, account, citizens.DocumentID(id))
		if !fault.Is(err, fault.NotFound) {
			return account, d, err
		}
	}
	return 0, citizens.Document{}, missing
}

// openOwn gives a person their own file as they sent it.
func (p *Portal) openOwn(r *http.Request, v Visitor) (reply, error) {
	var at files.Attachment
	err := p.read(r.Context(), func(ctx context.Context, tx pgx.Tx) error {
		_, d, err := p.findOwn(ctx, tx, r, v)
		if err != nil {
			return err
		}
		at, err = files.Find(ctx, tx, files.AttachmentID(d.AttachmentID))
		return err
	})
	if err != nil {
		return nil, err
	}
	if at.State == files.Waiting {
		return nil, fault.New(fault.Conflict, "ไฟล์นี้กำลังรอตรวจไวรัส กรุณาเปิดใหม่ในอีกสักครู่")
	}
	return ownFile{at}, nil
}

// shownInline are the types that a browser may show by itself; everything else is saved.
var shownInline = []string{"application/pdf", "image/jpeg", "image/png", "image/webp"}

// filePolicy puts a file that somebody sent into a sandbox: it may load and run nothing.
const filePolicy = "sandbox; default-src 'none'; img-src 'self'; object-src 'self'; style-src 'unsafe-inline'; frame-ancestors 'none'"

// ownFile is a person's own file.
type ownFile struct{ at files.Attachment }

func (f ownFile) write(w http.ResponseWriter, r *http.Request, p *Portal) error {
	body, err := p.files.Open(r.Context(), f.at)
	if err != nil {
		return err
	}
	defer body.Close() //nolint:errcheck // read to its end or given up
	kind, disposition := "application/octet-stream", "attachment"
	if slices.Contains(shownInline, f.at.MediaType) {
		kind, disposition = f.at.MediaType, "inline"
	}
	h := w.Header()
	h.Set("Content-Security-Policy", filePolicy)
	h.Set("Content-Type", kind)
	h.Set("Content-Disposition", mime.FormatMediaType(disposition, map[string]string{"filename": files.SafeName(f.at.Name)}))
	h.Set("Content-Length", strconv.FormatInt(f.at.Size, 10))
	h.Set("Cache-Control", keepNever)
	if _, err := io.Copy(w, body); err != nil {
		return fmt.Errorf("send a person's own file: %w", err)
	}
	return nil
}

// takeOut removes a document from the vault.
func (p *Portal) takeOut(r *http.Request, v Visitor) (reply, error) {
	err := p.read(r.Context(), func(ctx context.Context, tx pgx.Tx) error {
		account, d, err := p.findOwn(ctx, tx, r, v)
		if err != nil {
			return err
		}
		return citizens.TakeOut(ctx, tx, account, d.ID)
	})
	if err != nil {
		return nil, err
	}
	return redirect("/me/documents?done=deleted"), nil
}
