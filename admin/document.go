package admin

import (
	"bytes"
	"context"
	"encoding/hex"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"saphan/agencies"
	"saphan/files"
	"saphan/internal/fault"
	"saphan/internal/thai"
	"saphan/permits"
	"saphan/tickets"
)

// documentLine is one attachment of a ticket as pages show it.
type documentLine struct {
	ID       files.AttachmentID
	Label    string // what it shows
	Name     string
	Type     string // in words
	Size     string
	SHA256   string
	At       time.Time
	Gone     bool // the citizen took it back: only the fact is left
	Waiting  bool // for its virus scan: nobody may open it yet
	Infected bool // a virus was found: only the fact is left
	Finding  string
	Sent     bool // it is a letter or a permit of the citizen
	Cleaned  bool // what is opened and saved is a copy without what the camera added
	Image    bool
	PDF      bool
	Sound    bool
	Video    bool
	Href     string // the page that shows it
	Preview  string
	Original string
	Open     string // what a tab of its own shows
}

// Closed reports whether nobody can open the document.
func (d documentLine) Closed() bool { return d.Gone || d.Waiting || d.Infected }

// Icon is a picture for the kind of document.
func (d documentLine) Icon() string {
	switch {
	case d.Gone, d.Infected:
		return "circle-x"
	case d.Waiting:
		return "clock"
	case d.Image:
		return "image"
	case d.Video:
		return "video"
	case d.Sound:
		return "volume-2"
	default:
		return "file-text"
	}
}

func documents(ctx context.Context, s Scope, t tickets.Ticket, v view) ([]documentLine, error) {
	held, err := tickets.Files(ctx, s.Tx, t.ID)
	if err != nil {
		return nil, err
	}
	return documentsOf(ctx, s, t, v, held)
}

// letters are what was sent to the citizen as it was then.
func letters(ctx context.Context, s Scope, t tickets.Ticket, v view) ([]documentLine, error) {
	held, err := sentFiles(ctx, s.Tx, t.ID)
	if err != nil {
		return nil, err
	}
	return documentsOf(ctx, s, t, v, held)
}

// sentFiles are the kept letters of a case, each with its day, and the permits that came of it, each with its number; oldest first.
func sentFiles(ctx context.Context, tx pgx.Tx, id tickets.TicketID) ([]tickets.File, error) {
	held, err := tickets.KeptLetters(ctx, tx, id)
	if err != nil {
		return nil, err
	}
	for i := range held {
		held[i].Label += " " + thai.Date(held[i].At)
	}
	granted, err := permits.OfTicket(ctx, tx, int64(id))
	if err != nil {
		return nil, err
	}
	for _, p := range granted {
		if p.AttachmentID != nil {
			held = append(held, tickets.File{AttachmentID: int64(*p.AttachmentID), Label: p.Title + " " + p.Number, At: *p.ReadyAt})
		}
	}
	slices.SortStableFunc(held, func(a, b tickets.File) int { return a.At.Compare(b.At) })
	return held, nil
}

func documentsOf(ctx context.Context, s Scope, t tickets.Ticket, v view, held []tickets.File) ([]documentLine, error) {
	all := make([]documentLine, 0, len(held))
	for _, h := range held {
		at, err := files.Find(ctx, s.Tx, files.AttachmentID(h.AttachmentID))
		if err != nil {
			return nil, err
		}
		all = append(all, documentOf(at, h, t.ID, v))
	}
	return all, nil
}

func documentOf(at files.Attachment, h tickets.File, t tickets.TicketID, v view) documentLine {
	where := ticketPath(t) + "/files/" + strconv.FormatInt(int64(at.ID), 10)
	kind, _, _ := strings.Cut(at.MediaType, "/")
	open := link(where+"/original", nil)
	if !shown[at.MediaType] { // no browser shows it by itself
		open = link(where+"/preview", url.Values{"size": {"large"}})
	}
	return documentLine{
		ID: at.ID, Label: h.Label, Name: at.Name, Type: typeWords(at.MediaType), Size: sizeWords(at.Size),
		SHA256: hex.EncodeToString(at.SHA256), At: h.At, Sent: strings.HasPrefix(at.Source, "letter:") || strings.HasPrefix(at.Source, "permit:"),
		Gone: at.State == files.Gone, Waiting: at.State == files.Waiting, Infected: at.State == files.Infected, Finding: at.Finding, Cleaned: files.Cleaned(at.MediaType),
		Image: files.Draws(at.MediaType), PDF: at.MediaType == "application/pdf", Sound: kind == "audio", Video: kind == "video",
		Href: link(where, v.query()), Preview: link(where+"/preview", nil), Original: link(where+"/original", nil), Open: open,
	}
}

// documentPage shows one document.
type documentPage struct {
	chrome
	Document documentLine
	Number   string
	Back     string
	Save     string
}

func (a *Admin) showDocument(r *http.Request, s Scope) (reply, error) {
	at, h, t, err := heldFile(r, s)
	if err != nil {
		return nil, err
	}
	v := viewOf(r.URL.Query())
	d := documentOf(at, h, t.ID, v)
	c, err := chromeOf(r.Context(), s, d.Label)
	if err != nil {
		return nil, err
	}
	return a.watch(r, s, t, at.ID, page{view: "document", part: "sheet", data: documentPage{
		chrome: c, Document: d, Number: t.Number, Back: ticketLink(t.ID, v), Save: d.Original + "?" + url.Values{"save": {"1"}}.Encode(),
	}})
}

// heldFile returns the file in the path, if it belongs to the ticket in the path.
func heldFile(r *http.Request, s Scope) (files.Attachment, tickets.File, tickets.Ticket, error) {
	id, err := ticketID(r)
	if err != nil {
		return files.Attachment{}, tickets.File{}, tickets.Ticket{}, err
	}
	t, err := tickets.Find(r.Context(), s.Tx, id)
	if err != nil {
		return files.Attachment{}, tickets.File{}, tickets.Ticket{}, err
	}
	held, err := tickets.Files(r.Context(), s.Tx, id)
	if err != nil {
		return files.Attachment{}, tickets.File{}, tickets.Ticket{}, err
	}
	sent, err := sentFiles(r.Context(), s.Tx, id)
	if err != nil {
		return files.Attachment{}, tickets.File{}, tickets.Ticket{}, err
	}
	number, err := pathNumber(r, "file")
	for _, h := range slices.Concat(held, sent) {
		if err != nil || h.AttachmentID != number {
			continue
		}
		at, err := files.Find(r.Context(), s.Tx, files.AttachmentID(number))
		return at, h, t, err
	}
	return files.Attachment{}, tickets.File{}, tickets.Ticket{}, fault.New(fault.NotFound, "ไม่พบเอกสารนี้ในเรื่องนี้ อาจถูกลบไปแล้ว กรุณากลับไปที่เรื่องแล้วเลือกใหม่")
}

// filePolicy is for a citizen's file: it is in a sandbox, may load nothing of another place and run
// nothing. A browser's own viewer still draws a PDF under it (tried with Chromium).
const filePolicy = "sandbox; default-src 'none'; img-src 'self'; media-src 'self'; object-src 'self'; style-src 'unsafe-inline'; frame-ancestors 'self'"

// shown are the types that a browser may show by itself. Everything else is only saved: a page or
// a drawing with scripts must never open as a page of ours (ASVS 3.2.1).
var shown = map[string]bool{
	"application/pdf": true, "image/jpeg": true, "image/png": true, "image/webp": true,
	"video/mp4": true, "audio/mpeg": true, "audio/mp4": true, "audio/x-m4a": true,
}

// openDocument sends a document, of a picture or a film the copy without what the camera added: where it
// was taken and with what is nothing that the case needs.
func (a *Admin) openDocument(r *http.Request, s Scope) (reply, error) {
	at, _, t, err := heldFile(r, s)
	if err != nil {
		return nil, err
	}
	if err := at.Unopenable(); err != nil {
		return nil, err
	}
	mediaType := at.MediaType
	if !shown[mediaType] {
		mediaType = "application/octet-stream" // nothing that any browser could open as something
	}
	return a.watch(r, s, t, at.ID, document{
		open:      func() (io.ReadCloser, error) { return a.files.OpenClean(r.Context(), at) },
		mediaType: mediaType, name: files.SafeName(at.Name), size: at.Size,
		inline: shown[at.MediaType] && r.URL.Query().Get("save") == "",
	})
}

// Longest side of a preview in pixels: in the list, and on the page of a document.
const (
	previewSmall = 320
	previewLarge = 1600
)

// previewDocument sends a picture anew, without what a camera wrote into it.
func (a *Admin) previewDocument(r *http.Request, s Scope) (reply, error) {
	at, _, t, err := heldFile(r, s)
	if err != nil {
		return nil, err
	}
	if err := at.Unopenable(); err != nil {
		return nil, err
	}
	if r.URL.Query().Get("size") != "large" { // in the list of documents, it belongs to the opening of the case
		return preview{store: a.files, of: at, size: previewSmall}, a.openedOrSlip(r.Context(), s, t, at.ID)
	}
	return a.watch(r, s, t, at.ID, preview{store: a.files, of: at, size: previewLarge})
}

// preview is drawn after the transaction has ended.
type preview struct {
	store *files.Store
	of    files.Attachment
	size  int
}

func (p preview) write(w http.ResponseWriter, r *http.Request, a *Admin) error {
	picture, err := p.store.Preview(r.Context(), p.of, p.size)
	if err != nil {
		return err
	}
	return document{
		open:      func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(picture)), nil },
		mediaType: "image/jpeg", name: "preview.jpg", size: int64(len(picture)), inline: true,
	}.write(w, r, a)
}

// typeWords is a media type as people call it.
func typeWords(mediaType string) string {
	kind, sub, _ := strings.Cut(mediaType, "/")
	switch {
	case mediaType == "application/pdf":
		return "PDF"
	case strings.Contains(sub, "wordprocessingml"):
		return "Word"
	case strings.Contains(sub, "spreadsheetml"):
		return "Excel"
	case kind == "image":
		return "ภาพ " + strings.ToUpper(sub)
	case kind == "video":
		return "วิดีโอ"
	case kind == "audio":
		return "เสียง"
	default:
		return mediaType
	}
}

// sizeWords is a size in the unit that people see on their phones.
func sizeWords(n int64) string {
	switch {
	case n >= 1_000_000:
		return strconv.FormatFloat(float64(n)/1e6, 'f', 1, 64) + " MB"
	case n >= 1000:
		return strconv.FormatInt((n+500)/1000, 10) + " KB"
	default:
		return strconv.FormatInt(n, 10) + " ไบต์"
	}
}

// chromeOf is what a page beside the inbox has around its content.
func chromeOf(ctx context.Context, s Scope, title string) (chrome, error) {
	agency, err := agencies.Find(ctx, s.Tx, s.Agency)
	return chrome{Title: title, Officer: s.Officer, Agency: agency.Name, View: view{Name: viewNew}}, err
}
