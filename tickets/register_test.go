package tickets_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"saphan/internal/pgtest"
	"saphan/internal/thai"
	"saphan/tickets"
)

// lines returns the numbers of a year of the register, the first first.
func (o *office) lines(t testing.TB, year int) (n []int64) {
	t.Helper()
	all, err := tickets.Register(t.Context(), o.tx, tickets.RegisterFilter{Agency: o.agency.ID, YearBE: year})
	must(t, err)
	for _, r := range slices.Backward(all) {
		n = append(n, r.N)
	}
	return n
}

// MTH-2.3: a case has its number when it comes, by agency and Buddhist year, and the register says from whom, to whom,
// what about, how it came and what became of it.
func TestReceiveRegister(t *testing.T) {
	t.Parallel()
	o := open(t)
	other := openIn(t, o.tx, "OB")
	first := o.ticket(t, "a")
	o.ticket(t, "b")
	other.ticket(t, "c")
	all, err := tickets.Register(t.Context(), o.tx, tickets.RegisterFilter{Agency: o.agency.ID, YearBE: 2569})
	must(t, err)
	if len(all) != 2 {
		t.Fatalf("%d lines: %+v", len(all), all)
	}
	r := all[1]
	if r.No() != "รับ 1/2569" || r.TicketID != first.ID || r.Citizen != first.CitizenName || r.Unit != "works" || r.Subject != first.Subject ||
		r.Status != tickets.Open || r.Way != tickets.ByOther || !r.EnteredAt.Equal(first.EnteredAt) || !r.DeemedAt.Equal(first.DeemedReceivedAt) {
		t.Errorf("the first line says %+v", r)
	}
	for name, f := range map[string]tickets.RegisterFilter{
		"month": {Month: time.November}, "search": {Search: first.Number}, "page": {Before: 2},
	} {
		f.Agency, f.YearBE, f.Limit = o.agency.ID, 2569, 1
		found, err := tickets.Register(t.Context(), o.tx, f)
		must(t, err)
		if len(found) != 1 || name != "month" && found[0].N != 1 {
			t.Errorf("%s finds %+v", name, found)
		}
	}
	for _, f := range []tickets.RegisterFilter{{Month: time.October}, {Search: "OB-2569-000001"}} {
		f.Agency, f.YearBE = o.agency.ID, 2569
		if found, err := tickets.Register(t.Context(), o.tx, f); err != nil || len(found) != 0 {
			t.Errorf("%+v finds %d (%v)", f, len(found), err)
		}
	}
	sum, err := tickets.SumRegister(t.Context(), o.tx, o.agency.ID, 2569)
	must(t, err)
	if !sum.Whole() || sum.Last != 2 {
		t.Errorf("the year stands at %+v", sum)
	}
}

// A request says by itself how it came, where its conversation cannot.
func TestRegisterSaysTheWay(t *testing.T) {
	t.Parallel()
	o := open(t)
	for i, way := range []tickets.Way{tickets.ByCounter, tickets.ByPhone, tickets.ByVolunteer} {
		s := o.submission(fmt.Sprint("w", i))
		s.Way = way
		id, err := o.desk.Submit(t.Context(), o.tx, s)
		must(t, err)
		_, err = o.desk.Route(t.Context(), o.tx, id)
		must(t, err)
		all, err := tickets.Register(t.Context(), o.tx, tickets.RegisterFilter{Agency: o.agency.ID, YearBE: 2569, Limit: 1})
		must(t, err)
		if all[0].Way != way || all[0].N != int64(i+1) {
			t.Errorf("%s stands as %s with number %d", way, all[0].Way, all[0].N)
		}
	}
}

// What came on the last evening of a year counts as received in the next one (EGA-10.1), and has its number there; what
// came before and is made a case only then keeps its year.
func TestRegisterTurnsTheYear(t *testing.T) {
	t.Parallel()
	o := open(t)
	at := func(y int, m time.Month, d, hour int) time.Time {
		return time.Date(y, m, d, hour, 0, 0, 0, thai.Bangkok())
	}
	late := o.submission("worked")
	late.EnteredAt = at(2026, time.December, 30, 15)
	id, err := o.desk.Submit(t.Context(), o.tx, late)
	must(t, err)
	for i, entered := range []time.Time{at(2026, time.December, 30, 10), at(2026, time.December, 31, 23), at(2027, time.January, 1, 0)} {
		o.now = entered
		o.ticket(t, fmt.Sprint("t", i))
	}
	_, err = o.desk.Route(t.Context(), o.tx, id) // already in January
	must(t, err)
	if got := o.lines(t, 2569); !slices.Equal(got, []int64{1, 2}) {
		t.Errorf("the old year has %v", got)
	}
	if got := o.lines(t, 2570); !slices.Equal(got, []int64{1, 2}) {
		t.Errorf("the new year has %v", got)
	}
}

// The register outlives the person: erased, the line keeps its number and has no name (PDP-4).
func TestRegisterAfterErasure(t *testing.T) {
	t.Parallel()
	o := open(t)
	s := o.submission("said")
	s.Unconfirmed = true // words to an officer: all of it goes
	id, err := o.desk.Submit(t.Context(), o.tx, s)
	must(t, err)
	made, err := o.desk.Route(t.Context(), o.tx, id)
	must(t, err)
	must(t, o.desk.Take(t.Context(), o.tx, o.by(), made.ID))
	must(t, o.desk.Decide(t.Context(), o.tx, o.by(), tickets.Decision{TicketID: made.ID, Outcome: tickets.Approve, Reason: "ตอบแล้ว"}))
	_, err = o.desk.Forget(t.Context(), o.tx, made.ID)
	must(t, err)
	all, err := tickets.Register(t.Context(), o.tx, tickets.RegisterFilter{Agency: o.agency.ID, YearBE: 2569})
	must(t, err)
	if len(all) != 1 || all[0].N != 1 || all[0].Citizen != "" || all[0].Number != made.Number || all[0].Outcome != tickets.Approve {
		t.Errorf("after erasure: %+v", all)
	}
}

// MTH-2.3: fifty cases at once, every third given up at the last moment, leave no gap and no number twice.
func TestRegisterHasNoGapsUnderLoad(t *testing.T) {
	t.Parallel()
	pool := pgtest.DB(t)
	ctx := t.Context()
	var o *office
	must(t, pgx.BeginFunc(ctx, pool, func(tx pgx.Tx) error {
		if _, err := tx.Exec(ctx, `SELECT set_config('app.agency', 'all', true)`); err != nil {
			return err
		}
		o = openIn(t, tx, "TB")
		return nil
	}))
	within := func(do func(tx pgx.Tx) error) error {
		return pgx.BeginFunc(ctx, pool, func(tx pgx.Tx) error {
			if _, err := tx.Exec(ctx, `SELECT set_config('app.agency', 'all', true)`); err != nil {
				return err
			}
			return do(tx)
		})
	}
	const many = 50
	ids := make([]tickets.RequestID, many)
	for i := range ids {
		must(t, within(func(tx pgx.Tx) (err error) {
			ids[i], err = o.desk.Submit(ctx, tx, o.submission(fmt.Sprint("r", i)))
			return err
		}))
	}
	var all sync.WaitGroup
	given := errors.New("given up")
	for i, id := range ids {
		all.Go(func() {
			err := within(func(tx pgx.Tx) error {
				if _, err := o.desk.Route(context.WithoutCancel(ctx), tx, id); err != nil {
					return err
				}
				if i%3 == 0 {
					return given
				}
				return nil
			})
			if err != nil && !errors.Is(err, given) {
				t.Error(err)
			}
		})
	}
	all.Wait()
	for i := 0; i < many; i += 3 { // the job comes again
		must(t, within(func(tx pgx.Tx) error { _, err := o.desk.Route(ctx, tx, ids[i]); return err }))
	}
	must(t, within(func(tx pgx.Tx) error {
		o.tx = tx
		got := o.lines(t, 2569)
		for i, n := range got {
			if n != int64(i+1) {
				return fmt.Errorf("the line after %d is %d", i, n)
			}
		}
		sum, err := tickets.SumRegister(ctx, tx, o.agency.ID, 2569)
		if err == nil && (len(got) != many || !sum.Whole()) {
			return fmt.Errorf("%d lines, %+v", len(got), sum)
		}
		return err
	}))
}
