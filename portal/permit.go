package portal

import (
	"context"
	"io"
	"net/http"
	"time"

	"github.com/go-chi/chi/v5"
	"github.com/jackc/pgx/v5"

	"saphan/agencies"
	"saphan/files"
	"saphan/internal/fault"
	"saphan/internal/qr"
	"saphan/internal/thai"
	"saphan/internal/words"
	"saphan/permits"
)

// permitPage is what a permit's page shows.
type permitPage struct {
	own
	Number   string
	Kind     string // name of the permit
	FormCode string
	Agency   agencies.Agency
	Holder   string
	Status   permits.Status
	Says     string // the status
	Other    string // and in English, or in Thai beside it
	Until    string // of a suspension
	Newer    string // number of the permit that stands for this one
	Former   string // number of the permit this one stands for
	Earlier  bool   // and that one has a page
	Issued   string
	Valid    string
	Groups   []group
	Hidden   bool // some values are not for everyone
	Checked  string
	Mine     bool // the reader came by the holder's link
	Stale    bool // the reader came by a link that no longer holds
	Ready    bool
	Document string  // address of the file
	Image    qr.Code // QR code of the public page, for the holder to show
	Verdict  *verdict
}

// group is items under a heading.
type group struct {
	Heading string
	Rows    []row
}

type row struct{ Label, Value string }

// showPermit answers whether a permit is valid, to anyone (EGA-13.3, EGA-13.7). With the holder's token it shows everything
// that stands on the permit (EGA-14.1) and where to fetch the document.
func (p *Portal) showPermit(r *http.Request) (reply, error) {
	found, agency, err := p.find(r)
	if err != nil {
		return nil, err
	}
	token := r.URL.Query().Get("k")
	mine := token != "" && p.permits.CheckToken(found.Number, token)
	if wantsJSON(r) {
		return object{keep: keepShort, data: p.licence(found, agency, p.now())}, nil
	}
	page := p.describe(r, found, agency, mine)
	page.Stale = token != "" && !mine
	keep := keepShort
	if token != "" {
		keep = keepNever
	}
	if mine {
		page.Document = "/p/" + found.Number + "/document?k=" + token
		if page.Image, err = qr.New(p.permits.Link(found.Number)); err != nil {
			return nil, err
		}
	}
	return html{view: "permit", keep: keep, data: page}, nil
}

// describe is what the page says of the permit to this reader.
func (p *Portal) describe(r *http.Request, found permits.Permit, agency agencies.Agency, mine bool) permitPage {
	now := p.now()
	o := ownOf(r, "", "", "")
	o.Title = found.Title + " " + found.Number
	page := permitPage{
		own: o, Number: found.Number, Kind: found.Title, FormCode: found.FormCode, Agency: agency,
		Holder: found.PublicHolder(), Status: found.StatusAt(now), Issued: o.Day(found.IssuedOn), Valid: o.T("ไม่มีวันหมดอายุ", "no end"),
		Checked: o.When(now), Mine: mine, Ready: ready(found),
	}
	page.Says, page.Other = holds(o, page.Status), holds(own{Lang: words.English}, page.Status)
	if !o.thai() {
		page.Other = holds(own{Lang: words.Thai}, page.Status)
	}
	if found.ValidUntil != nil {
		page.Valid = o.Day(*found.ValidUntil)
	}
	if page.Status == permits.Suspended && found.SuspendedUntil != nil {
		page.Until = o.Day(*found.SuspendedUntil)
	}
	page.Newer, page.Former = found.ReplacedBy, found.Replaces
	_, page.Earlier = permits.ParseNumber(found.Replaces)
	page.Groups, page.Hidden = groups(found, mine)
	if mine {
		page.Holder = found.Holder
	}
	return page
}

// find reads the permit that the address names.
func (p *Portal) find(r *http.Request) (permits.Permit, agencies.Agency, error) {
	var (
		found  permits.Permit
		agency agencies.Agency
	)
	number, ok := permits.ParseNumber(chi.URLParam(r, "number"))
	if !ok {
		return found, agency, fault.New(fault.NotFound, "ไม่พบใบอนุญาตเลขที่นี้ กรุณาตรวจเลขที่บนใบอนุญาตแล้วลองใหม่")
	}
	err := p.read(r.Context(), func(ctx context.Context, tx pgx.Tx) error {
		var err error
		if found, err = permits.Find(ctx, tx, number); err != nil {
			return err
		}
		agency, err = agencies.Find(ctx, tx, found.AgencyID)
		return err
	})
	return found, agency, err
}

// groups are the items as this reader may see them, and whether some were left out.
func groups(found permits.Permit, mine bool) (out []group, hidden bool) {
	for _, it := range found.Items {
		value := it.Value
		if !mine && !it.Public {
			hidden = true
			if value = it.Shown; value == "" {
				continue
			}
		}
		if len(out) == 0 || out[len(out)-1].Heading != it.Section {
			out = append(out, group{Heading: it.Section})
		}
		last := &out[len(out)-1]
		last.Rows = append(last.Rows, row{it.Label, value})
	}
	return out, hidden
}

// licence is the permit for a program: what anyone may know of it.
type licence struct {
	Number     string         `json:"licence_no"`
	Kind       string         `json:"kind"`
	FormCode   string         `json:"form_code,omitempty"`
	Agency     licenceAgency  `json:"agency"`
	Holder     licenceHolder  `json:"holder"`
	Items      []licenceItem  `json:"items"`
	IssuedOn   string         `json:"issued_on"`
	ValidUntil string         `json:"valid_until,omitempty"`
	Status     permits.Status `json:"status"`
	StatusTH   string         `json:"status_th"`
	Suspended  string         `json:"suspended_until,omitempty"`
	Replaces   string         `json:"replaces,omitempty"`    // number of the permit it stands for
	ReplacedBy string         `json:"replaced_by,omitempty"` // number of the permit that stands for it
	VerifyURL  string         `json:"verify_url"`
	CheckedAt  time.Time      `json:"checked_at"`
}

type licenceAgency struct {
	Name string `json:"name"`
	Code string `json:"code"`
}

type licenceHolder struct {
	Name string `json:"name"`
}

type licenceItem struct {
	Label string `json:"label"`
	Value string `json:"value"`
}

func (p *Portal) licence(found permits.Permit, agency agencies.Agency, now time.Time) licence {
	out := licence{
		Number: found.Number, Kind: found.Title, FormCode: found.FormCode, Agency: licenceAgency{agency.Name, agency.Code},
		Holder: licenceHolder{found.PublicHolder()}, Items: []licenceItem{}, IssuedOn: found.IssuedOn.Format(time.DateOnly),
		Status: found.StatusAt(now), VerifyURL: p.permits.Link(found.Number), CheckedAt: now.UTC().Truncate(time.Second),
	}
	out.StatusTH, out.Replaces, out.ReplacedBy = out.Status.Thai(), found.Replaces, found.ReplacedBy
	if found.ValidUntil != nil {
		out.ValidUntil = found.ValidUntil.Format(time.DateOnly)
	}
	if out.Status == permits.Suspended && found.SuspendedUntil != nil {
		out.Suspended = found.SuspendedUntil.Format(time.DateOnly)
	}
	shown, _ := groups(found, false)
	for _, g := range shown {
		for _, r := range g.Rows {
			out.Items = append(out.Items, licenceItem(r))
		}
	}
	return out
}

// permitDocument hands the holder the document.
func (p *Portal) permitDocument(r *http.Request) (reply, error) {
	found, _, err := p.find(r)
	if err != nil {
		return nil, err
	}
	if !p.permits.CheckToken(found.Number, r.URL.Query().Get("k")) {
		return nil, fault.New(fault.Forbidden, "ลิงก์นี้หมดอายุหรือไม่ถูกต้อง กรุณาเปิดจากแชต หรือพิมพ์ “ติดตามเรื่อง” ในแชตเพื่อรับลิงก์ใหม่")
	}
	if found.AttachmentID == nil {
		return nil, fault.New(fault.Unavailable, "กำลังจัดทำเอกสารใบอนุญาต กรุณาลองใหม่ในอีกสักครู่")
	}
	var document files.Attachment
	err = p.read(r.Context(), func(ctx context.Context, tx pgx.Tx) error {
		var err error
		document, err = files.Find(ctx, tx, *found.AttachmentID)
		return err
	})
	if err != nil {
		return nil, err
	}
	return download{name: found.Number + ".pdf", size: document.Size, open: func(ctx context.Context) (io.ReadCloser, error) {
		return p.files.Open(ctx, document)
	}}, nil
}

// holds is the status of a permit as people read it.
func holds(o own, s permits.Status) string {
	switch s {
	case permits.Active:
		return o.T("ใช้ได้", "Valid")
	case permits.Suspended:
		return o.T("พักใช้", "Suspended")
	case permits.Revoked:
		return o.T("เพิกถอน", "Revoked")
	case permits.Expired:
		return o.T("หมดอายุ", "Expired")
	case permits.Replaced:
		return o.T("มีใบแทนหรือฉบับแก้ไขแล้ว", "Replaced by another")
	default:
		return string(s)
	}
}

// noon is a moment on a day of the database that is the same day in Bangkok.
func noon(t time.Time) time.Time {
	return time.Date(t.Year(), t.Month(), t.Day(), 12, 0, 0, 0, thai.Bangkok())
}
