// Package api is where an agency's own systems read cases and act on them, over JSON: each with a key that stands for one
// officer and does no more than that officer may. It does what the officers' screens do by the same calls, and has no rule
// of its own but those of its own form: who asks, once only, and of the case as it was seen.
package api

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humachi"
	"github.com/go-chi/chi/v5"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"saphan/agencies"
	"saphan/files"
	"saphan/internal/fault"
	"saphan/payments"
	"saphan/tickets"
)

// Base is the path that Routes must be mounted at.
const Base = "/api/v1"

// Deps is what the API works with.
type Deps struct {
	DB      *pgxpool.Pool // as the program's role
	Desk    *tickets.Desk
	Files   *files.Store
	Till    *payments.Till
	Now     func() time.Time
	Logger  *slog.Logger
	BaseURL string // public address
	Pace    Pace   // how fast one key may ask; zero: UsualPace
}

// API serves agencies' own systems.
type API struct {
	db      *pgxpool.Pool
	desk    *tickets.Desk
	files   *files.Store
	till    *payments.Till
	now     func() time.Time
	log     *slog.Logger
	baseURL string
	secure  bool // the public address is https
	paces   *paces
	lost    *paces // of what comes without a key that opens anything, by network
}

// New returns the API, or says what is wrong with what it was given.
func New(d Deps) (*API, error) {
	if d.DB == nil || d.Desk == nil || d.Files == nil || d.Till == nil || d.Now == nil || d.Logger == nil {
		return nil, errors.New("api: a part is missing")
	}
	base, err := url.Parse(d.BaseURL)
	if err != nil || base.Host == "" || base.Scheme != "https" && base.Scheme != "http" {
		return nil, fmt.Errorf("api: BASE_URL %q is not an http or https address", d.BaseURL)
	}
	if d.Pace == (Pace{}) {
		d.Pace = UsualPace()
	}
	return &API{
		db: d.DB, desk: d.Desk, files: d.Files, till: d.Till, now: d.Now, log: d.Logger, baseURL: strings.TrimRight(d.BaseURL, "/"),
		secure: base.Scheme == "https", paces: newPaces(d.Pace), lost: newPaces(d.Pace),
	}, nil
}

// Routes adds every operation to r, which must be mounted at Base. The scope that an operation needs stands on its line.
func (a *API) Routes(r chi.Router) {
	r.Use(a.guard)
	h := humachi.New(r, a.config())
	a.operations(h)
	r.NotFound(a.notFound)
	r.MethodNotAllowed(a.notAllowed)
}

// operations adds every operation.
func (a *API) operations(h huma.API) {
	read(a, h, operation{name: "list-tickets", path: "/tickets", needs: agencies.ScopeTickets, summary: "List cases by when they changed"}, a.list)
	read(a, h, operation{name: "get-ticket", path: "/tickets/{ticket}", needs: agencies.ScopeTickets, summary: "Read one case"}, a.ticket)
	a.documentRoute(h)

	act(a, h, operation{name: "take", needs: agencies.ScopeWork, summary: "Make the key's officer responsible for the case"}, a.take)
	act(a, h, operation{name: "release", needs: agencies.ScopeWork, summary: "Give the case back to its queue"}, a.release)
	act(a, h, operation{name: "reply", needs: agencies.ScopeWork, summary: "Write to the citizen"}, a.reply)
}

// within runs fn in a transaction of the key's agency that can write.
func (a *API) within(ctx context.Context, c caller, fn func(tx pgx.Tx) error) error {
	return agencies.Within(ctx, a.db, c.key.AgencyID, fn)
}

// looking runs fn in a transaction of the key's agency that cannot write and sees everything as of one moment.
func (a *API) looking(ctx context.Context, c caller, fn func(tx pgx.Tx) error) error {
	return agencies.Within(ctx, readOnly{a.db}, c.key.AgencyID, fn)
}

// readOnly begins transactions that cannot write: a GET changes nothing.
type readOnly struct{ pool *pgxpool.Pool }

// Begin implements agencies.DB.
func (d readOnly) Begin(ctx context.Context) (pgx.Tx, error) {
	return d.pool.BeginTx(ctx, pgx.TxOptions{AccessMode: pgx.ReadOnly, IsoLevel: pgx.RepeatableRead})
}

// notFound answers for addresses that nothing has.
func (a *API) notFound(w http.ResponseWriter, r *http.Request) {
	a.write(w, r, problemNotFound.of(fault.New(fault.Invalid, "ไม่มีที่อยู่นี้ใน API กรุณาตรวจกับ /api/v1/openapi.json")))
}

func (a *API) notAllowed(w http.ResponseWriter, r *http.Request) {
	a.write(w, r, problemMethod.of(fault.New(fault.Invalid, "ที่อยู่นี้ไม่รับคำสั่งแบบนี้ กรุณาตรวจกับ /api/v1/openapi.json")))
}
