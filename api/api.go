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
	BaseURL string         // public address
	Pace    Pace           // how fast one key may ask; zero: UsualPace
	Uploads *files.Uploads // takes in photos of work; nil: none are taken
}

// API serves agencies' own systems.
type API struct {
	db      *pgxpool.Pool
	desk    *tickets.Desk
	files   *files.Store
	uploads *files.Uploads
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
		db: d.DB, desk: d.Desk, files: d.Files, uploads: d.Uploads, till: d.Till, now: d.Now, log: d.Logger, baseURL: strings.TrimRight(d.BaseURL, "/"),
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

	work, decide := agencies.ScopeWork, agencies.ScopeDecide
	act(a, h, operation{name: "take", needs: work, summary: "Make the key's officer responsible for the case"}, a.take)
	act(a, h, operation{name: "release", needs: work, summary: "Give the case back to its queue", more: "What another officer has taken only the key of a head gives back."}, a.release)
	act(a, h, operation{name: "move", needs: work, summary: "Put the case into another queue of the agency"}, a.move)
	act(a, h, operation{name: "move-back", needs: work, summary: "Put it back into the queue from which it was moved, and say why"}, a.moveBack)
	act(a, h, operation{name: "mark-urgent", needs: work, summary: "Say that the case cannot wait, and why", more: "It stands first in every list, and whoever is on call is called until somebody takes it. The reason stands as an internal note."}, a.markUrgent)
	act(a, h, operation{name: "unmark-urgent", needs: work, summary: "Say that it can wait after all, and why"}, a.unmarkUrgent)
	act(a, h, operation{name: "reply", needs: work, summary: "Write to the citizen"}, a.reply)
	act(a, h, operation{name: "note", needs: work, summary: "Write an internal note, which the citizen never sees"}, a.note)
	act(a, h, operation{name: "complete", needs: work, summary: "Say that everything needed is there"}, a.complete)
	act(a, h, operation{name: "ask", needs: work, summary: "Ask the citizen for what is missing", more: "The law gives one opportunity: everything in one list with one date. A second notice needs the key of a head and a legal reason."}, a.ask)
	act(a, h, operation{name: "unreadable", needs: work, summary: "Ask again for a document that came and cannot be read", more: "It is the same item of the same notice, and no second asking."}, a.unreadable)
	act(a, h, operation{name: "lengthen", needs: work, summary: "Give the citizen more time for documents"}, a.lengthen)
	act(a, h, operation{name: "opine", needs: work, summary: "Sign an opinion before the decision, in the turn of its step"}, a.opine)
	act(a, h, operation{name: "send-back", needs: work, summary: "Send the case back to an earlier opinion"}, a.sendBack)
	act(a, h, operation{name: "transfer", needs: work, summary: "Pass the case on to the agency that is in charge"}, a.transfer)
	act(a, h, operation{name: "take-over", needs: work, summary: "Say that the agency is in charge of what another passed on"}, a.takeOver)
	act(a, h, operation{name: "bounce", needs: work, summary: "Say that it is not, and why"}, a.bounce)
	act(a, h, operation{name: "refer", needs: work, summary: "Close the case as that of a body outside, and name it", more: "There is no other way to close a case as somebody else's."}, a.refer)

	act(a, h, operation{name: "merge", needs: work, summary: "Join the case with another about the same thing", more: "The later of the two follows the earlier one and is closed with it; both citizens are told."}, a.merge)
	act(a, h, operation{name: "unmerge", needs: work, summary: "Let a case that follows another go on by itself"}, a.unmerge)
	act(a, h, operation{name: "halt", needs: work, summary: "Stop what the system does by itself in the case", more: "One rule of the service, or all of them."}, a.halt)
	act(a, h, operation{name: "resume", needs: work, summary: "Let it go on", more: "What waits begins to wait anew."}, a.resume)
	act(a, h, operation{name: "letter", needs: work, summary: "Send a letter on a delay, with its reason"}, a.letter)
	a.photographRoute(h)

	act(a, h, operation{name: "extend", needs: decide, summary: "Prolong the time to decide, as the law of the service allows"}, a.extend)
	act(a, h, operation{name: "decide", needs: decide, summary: "Record the formal result", more: "A refusal says facts, reasons, law, and where and until when to appeal. That one did not come in person is no reason."}, a.decide)
	act(a, h, operation{name: "take-back", needs: decide, summary: "Take back a result of which the citizen was not told yet"}, a.takeBack)
	act(a, h, operation{name: "change", needs: decide, summary: "Change a result of which the citizen was told: correct a mistake, revoke what was granted, or look at a refusal again", more: "A new administrative act: it is told and open to appeal as the first was. Both stay in the record."}, a.change)
	act(a, h, operation{name: "return", needs: decide, summary: "Give the case back because what was asked for did not come"}, a.giveBack)
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
