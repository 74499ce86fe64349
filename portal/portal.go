// Package portal is what citizens see outside of the chat: without signing in, whether a permit is valid and how a case
// stands for whoever holds its link; and pages of one's own, for whoever came by a link from the chat, with LINE or with
// ThaID. Pages are plain HTML and one style sheet; they work without JavaScript and on any telephone.
package portal

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/go-chi/chi/v5"
	"github.com/go-chi/chi/v5/middleware"
	"github.com/jackc/pgx/v5"

	"saphan/agencies"
	"saphan/citizens"
	"saphan/files"
	"saphan/forms"
	"saphan/internal/secret"
	"saphan/permits"
	"saphan/tickets"
)

// Deps is what the pages work with.
type Deps struct {
	DB      agencies.DB // as the program's role
	Permits *permits.Office
	Files   *files.Store
	Now     func() time.Time
	Logger  *slog.Logger
	BaseURL string // public address

	Desk   *tickets.Desk    // where cases are worked on
	Box    secret.Box       // opens what was proved about a person
	Jobs   citizens.Jobs    // takes the jobs that follow from what people do here
	ThaID  IdentityProvider // nil: nobody signs in with ThaID
	Line   LineLogin        // nil: nobody signs in with LINE, but by links from the chat
	Phones bool             // codes can be sent to telephones

	Uploads *files.Uploads // takes in what pages send; nil: nothing
	Catalog *forms.Catalog // the services on offer; nil: none
	Forms   Forms          // where they are filled in; nil: nowhere on pages
}

// Portal serves the public pages.
type Portal struct {
	db      agencies.DB
	permits *permits.Office
	files   *files.Store
	now     func() time.Time
	log     *slog.Logger
	views   *views
	secure  bool   // the public address is https
	site    string // its host
	base    string // the whole, without a slash at the end
	origin  *http.CrossOriginProtection

	desk   *tickets.Desk
	box    secret.Box
	jobs   citizens.Jobs
	thaid  IdentityProvider
	line   LineLogin
	phones bool

	uploads *Uploads       // nil: pages send no files
	catalog *forms.Catalog // nil: no services are shown
	forms   Forms          // nil: no forms are filled in
	begun   turnstile      // forms begun by people who are not signed in

	drawing chan struct{} // holds a token for each paper that is being drawn
	drawn   *drawnShelf   // manuals and step cards that were drawn
}

// New returns the pages, or says what is wrong with what they were given or with a template.
func New(d Deps) (*Portal, error) {
	if d.DB == nil || d.Permits == nil || d.Files == nil || d.Now == nil || d.Logger == nil || d.Jobs == nil || d.Desk == nil {
		return nil, errors.New("portal: a part is missing")
	}
	base, err := url.Parse(d.BaseURL)
	if err != nil || base.Host == "" || base.Scheme != "https" && base.Scheme != "http" {
		return nil, fmt.Errorf("portal: BASE_URL %q is not an http or https address", d.BaseURL)
	}
	origin := http.NewCrossOriginProtection()
	if err := origin.AddTrustedOrigin(base.Scheme + "://" + base.Host); err != nil {
		return nil, fmt.Errorf("portal: BASE_URL: %w", err)
	}
	v, err := readyViews()
	if err != nil {
		return nil, err
	}
	p := &Portal{
		db: d.DB, permits: d.Permits, files: d.Files, now: d.Now, log: d.Logger, views: v,
		secure: strings.EqualFold(base.Scheme, "https"), site: base.Hostname(), base: strings.TrimRight(d.BaseURL, "/"), origin: origin,
		desk: d.Desk, box: d.Box, jobs: d.Jobs, thaid: d.ThaID, line: d.Line, phones: d.Phones, drawing: make(chan struct{}, drawings),
		catalog: d.Catalog, forms: d.Forms, drawn: newDrawnShelf(drawnMost),
	}
	if d.Uploads != nil {
		if p.uploads, err = NewUploads(UploadsConfig{Files: d.Uploads, Sender: p.Sender, BaseURL: d.BaseURL, Logger: d.Logger}); err != nil {
			return nil, err
		}
	}
	return p, nil
}

// LetGo asks all who send a file to this process to go to another, because it ends. What they sent stays.
func (p *Portal) LetGo() {
	if p.uploads != nil {
		p.uploads.LetGo()
	}
}

// Routes adds every page to r, which is mounted at the root of the public address.
func (p *Portal) Routes(r chi.Router) {
	r.Group(func(r chi.Router) {
		r.Use(middleware.GetHead, p.guard)
		r.Get("/portal/{file}", p.asset) // /portal/{hash}.css
		r.Get("/", p.page(p.showFront))
		r.Get("/verify", p.page(p.showVerify))                  // ?number=
		r.Get("/p/{number}", p.page(p.showPermit))              // ?k= shows the holder more
		r.Get("/p/{number}/document", p.page(p.permitDocument)) // ?k= must be there
		r.Post("/p/{number}/check", p.page(p.checkDocument))    // is this file the document that was issued?
		r.With(p.personal).Get("/track/{token}", p.page(p.showTicket))
		r.With(p.personal).Post("/track/{token}/notices/{notice}", p.page(p.acknowledgeNotice))
		r.With(p.personal).Post("/track/{token}/documents", func(w http.ResponseWriter, r *http.Request) {
			p.page(func(r *http.Request) (reply, error) { return p.sendDocuments(w, r) })(w, r)
		})
		r.With(p.personal).Post("/track/{token}/tie", p.page(p.tie))
		r.With(p.personal).Get("/track/{token}/withdraw", p.page(p.showWithdraw))
		r.With(p.personal).Post("/track/{token}/withdraw", p.page(p.withdraw))
		r.With(p.personal).Post("/track/{token}/result", func(w http.ResponseWriter, r *http.Request) {
			p.page(func(r *http.Request) (reply, error) { return p.answerResult(w, r) })(w, r)
		})
		r.Get("/track/{token}/photos/{photo}", p.page(p.showPhoto))
		r.Get("/track/{token}/receipt.pdf", p.page(p.requestReceipt))
		r.Get("/track/{token}/letters/{letter}", p.page(p.showLetter))
		r.Get("/track/{token}/decision.pdf", p.page(p.decisionLetter))
		r.Get("/track/{token}/decisions/{n}/letter.pdf", p.page(p.decisionLetter))
		r.Get("/track/{token}/return.pdf", p.page(p.returnLetter))
		r.Get("/track/{token}/notices/{notice}/letter.pdf", p.page(p.noticeLetter))
		r.Get("/pay/{token}", p.page(p.showFee))
		r.Get("/pay/{token}/qr.png", p.page(p.payPicture))
		r.Get("/pay/{token}/receipt.pdf", p.page(p.feeReceipt))
		p.proofRoutes(r)
		p.serviceRoutes(r)
		p.openDataRoutes(r)
		p.signInRoutes(r)
		p.meRoutes(r)
		p.formRoutes(r)
	})
	if p.uploads != nil {
		p.uploads.Routes(r)
	}
	r.NotFound(p.guard(p.page(p.showNothing)).ServeHTTP)
}

// policy lets a page load nothing but our own style sheet and run nothing at all.
const policy = "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"

// guard sets what every answer carries. Addresses hold tokens, so no other site is told them.
func (p *Portal) guard(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("Content-Security-Policy", policy)
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("X-Frame-Options", "DENY")
		h.Set("Referrer-Policy", "no-referrer")
		h.Set("Cross-Origin-Opener-Policy", "same-origin")
		h.Set("Cross-Origin-Resource-Policy", "same-origin")
		h.Set("Permissions-Policy", "camera=(), microphone=(), geolocation=(), payment=()")
		h.Set("X-Robots-Tag", "noindex")
		p.remember(w, r)
		if p.secure {
			h.Set("Strict-Transport-Security", "max-age=31536000")
		}
		next.ServeHTTP(w, r)
	})
}

// patience is how long one page may take.
const patience = 10 * time.Second

// read runs fn in a transaction that sees every agency: public pages are nobody's tenant.
func (p *Portal) read(ctx context.Context, fn func(ctx context.Context, tx pgx.Tx) error) error {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	return agencies.Everywhere(ctx, p.db, func(tx pgx.Tx) error { return fn(ctx, tx) })
}
