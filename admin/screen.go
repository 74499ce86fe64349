package admin

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"strconv"

	"github.com/go-chi/chi/v5"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"saphan/agencies"
	"saphan/internal/fault"
	"saphan/internal/words"
	"saphan/tickets"
)

// Scope is what a screen may use: a transaction that sees one agency, for the officer who asks.
type Scope struct {
	Tx      pgx.Tx
	Officer agencies.Officer
	Agency  agencies.AgencyID
	// Mark is the place in the stream of news that was reached before anything was read: a page
	// that listens from there misses nothing.
	Mark string
}

// Actor is the officer as the history names him.
func (s Scope) Actor() tickets.Actor { return tickets.ByOfficer(s.Officer.ID) }

// Can says whether the officer has a permission.
func (s Scope) Can(p agencies.Permission) bool { return s.Officer.Role.Can(p) }

// show is one screen: it turns a request into a reply and never touches the ResponseWriter.
type show func(r *http.Request, s Scope) (reply, error)

// screen makes a handler of a screen for officers with a permission.
func (a *Admin) screen(p agencies.Permission, fn show) http.HandlerFunc {
	return a.handle(p, fn, true)
}

// quiet is screen for what a page asks for by itself: it does not count as a sign of life.
func (a *Admin) quiet(p agencies.Permission, fn show) http.HandlerFunc {
	return a.handle(p, fn, false)
}

// formLimit is more than any form here needs.
const formLimit = 256 << 10

func (a *Admin) handle(p agencies.Permission, fn show, touch bool) http.HandlerFunc {
	return a.admit(p, touch, func(r *http.Request, o agencies.Officer) (reply, error) { return a.within(r, o, fn) })
}

// errand is one screen that speaks to the outside: it opens its transactions itself, with own, and
// has none open while it waits.
type errand func(r *http.Request, o agencies.Officer) (reply, error)

// outside makes a handler of an errand for officers with a permission.
func (a *Admin) outside(p agencies.Permission, fn errand) http.HandlerFunc { //nolint:unparam // the permission stands on the line of the route
	return a.admit(p, true, fn)
}

// own runs fn in a transaction of the officer's agency.
func (a *Admin) own(ctx context.Context, o agencies.Officer, fn func(s Scope) error) error {
	return agencies.Within(ctx, a.db, o.AgencyID, func(tx pgx.Tx) error {
		return fn(Scope{Tx: tx, Officer: o, Agency: o.AgencyID})
	})
}

// admit lets officers with a permission through to what answers them.
func (a *Admin) admit(p agencies.Permission, touch bool, answers errand) http.HandlerFunc {
	return a.admitForm(p, touch, formLimit, answers)
}

// admitUpTo is outside for forms that bring files, up to so many bytes.
func (a *Admin) admitUpTo(p agencies.Permission, limit int64, answers errand) http.HandlerFunc {
	return a.admitForm(p, true, limit, answers)
}

func (a *Admin) admitForm(p agencies.Permission, touch bool, limit int64, answers errand) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		officer, ok, err := a.officer(r, touch)
		switch {
		case err != nil:
			a.fail(w, r, officer, err)
			return
		case !ok:
			a.askToSignIn(w, r)
			return
		case !officer.Role.Can(p):
			a.fail(w, r, officer, fault.Newf(fault.Forbidden,
				"บทบาท{role}ไม่มีสิทธิ์ทำรายการนี้ หากจำเป็นต้องใช้ให้ติดต่อหัวหน้างานของท่าน", "role", words.Text{TH: officer.Role.Thai()}))
			return
		}
		r.Body = http.MaxBytesReader(w, r.Body, limit)
		if r.Method == http.MethodPost {
			if err := r.ParseForm(); err != nil {
				a.fail(w, r, officer, formFault(err))
				return
			}
		}
		answer, err := answers(r, officer)
		if err != nil {
			a.fail(w, r, officer, err)
			return
		}
		if err := answer.write(w, r, a); err != nil {
			a.fail(w, r, officer, err)
		}
	}
}

// within runs a screen in a transaction of the officer's agency; one that only reads cannot write.
func (a *Admin) within(r *http.Request, o agencies.Officer, fn show) (answer reply, err error) {
	var db agencies.DB = a.db
	if r.Method == http.MethodGet || r.Method == http.MethodHead {
		db = readOnly{a.db}
	}
	mark := a.bell.mark()
	err = agencies.Within(r.Context(), db, o.AgencyID, func(tx pgx.Tx) error {
		answer, err = fn(r, Scope{Tx: tx, Officer: o, Agency: o.AgencyID, Mark: mark})
		return err
	})
	return answer, err
}

// readOnly begins transactions that cannot write: a GET changes nothing (ASVS 3.5.3).
type readOnly struct{ pool *pgxpool.Pool }

// Begin implements agencies.DB. All that one page shows is as of one moment.
func (d readOnly) Begin(ctx context.Context) (pgx.Tx, error) {
	return d.pool.BeginTx(ctx, pgx.TxOptions{AccessMode: pgx.ReadOnly, IsoLevel: pgx.RepeatableRead})
}

func formFault(err error) error {
	var tooLarge *http.MaxBytesError
	if errors.As(err, &tooLarge) {
		return fault.Wrap(fault.TooLarge, "ข้อมูลที่ส่งมายาวเกินไป กรุณาย่อข้อความแล้วส่งใหม่", err)
	}
	return fault.Wrap(fault.Invalid, "อ่านข้อมูลที่ส่งมาไม่ได้ กรุณาลองใหม่อีกครั้ง", err)
}

// ticketID reads the ticket in the path; what is not a number is no ticket.
func ticketID(r *http.Request) (tickets.TicketID, error) {
	n, err := pathNumber(r, "ticket")
	if err != nil {
		return 0, fault.Wrap(fault.NotFound, "ไม่พบเรื่องนี้ กรุณาตรวจที่อยู่ของหน้า หรือค้นด้วยเลขที่เรื่อง", err)
	}
	return tickets.TicketID(n), nil
}

func pathNumber(r *http.Request, name string) (int64, error) {
	return strconv.ParseInt(chi.URLParam(r, name), 10, 64)
}

// partial says that htmx asks for a part of a page, not for a page.
func partial(r *http.Request) bool {
	return r.Header.Get("HX-Request") == "true" && r.Header.Get("HX-Request-Type") == "partial"
}

// link puts an address of ours together.
func link(elements string, query url.Values) string {
	if q := query.Encode(); q != "" {
		return Base + elements + "?" + q
	}
	return Base + elements
}
