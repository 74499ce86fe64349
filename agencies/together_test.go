package agencies_test

import (
	"context"
	"fmt"
	"sync"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"saphan/agencies"
	"saphan/internal/fault"
)

// Two heads who set up something at the same moment do not stand in each other's way, and nobody's case has
// to wait for them: the history of changes is written one line after the other, and that is all.
func TestChangesAtTheSameMoment(t *testing.T) {
	t.Parallel()
	g := newGate(t)
	var (
		wg      sync.WaitGroup
		invited sync.WaitGroup
	)
	invited.Add(2)
	for i := range 2 {
		wg.Go(func() {
			err := agencies.Within(t.Context(), g.pool, g.agency.ID, func(tx pgx.Tx) error {
				o, _, err := agencies.Invite(t.Context(), tx, agencies.NewOfficer{
					AgencyID: g.agency.ID, Email: fmt.Sprintf("new%d@tb.example", i), Name: "ตัวอย่าง", Role: agencies.RoleViewer,
				}, g.clock())
				invited.Done()
				if err != nil {
					return err
				}
				invited.Wait()
				return agencies.NoteChange(t.Context(), tx, g.agency.ID, g.officer.ID, g.clock(), agencies.OfficerInvited, agencies.ChangeDetail{Officer: o.ID})
			})
			if err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	g.tx(func(tx pgx.Tx) error {
		list, err := agencies.Changes(t.Context(), tx, g.agency.ID)
		if len(list) != 2 {
			t.Errorf("%d lines", len(list))
		}
		return err
	})
	for what, hold := range map[string]func(tx pgx.Tx) error{
		"a change": func(tx pgx.Tx) error {
			return agencies.NoteChange(t.Context(), tx, g.agency.ID, 0, g.clock(), agencies.AgencySetUp, agencies.ChangeDetail{})
		},
		"an officer": func(tx pgx.Tx) error {
			_, err := agencies.OwnOfficer(t.Context(), tx, g.agency.ID, g.officer.ID)
			return err
		},
	} {
		g.tx(func(tx pgx.Tx) error {
			if err := hold(tx); err != nil {
				return err
			}
			return agencies.Everywhere(t.Context(), g.pool, func(other pgx.Tx) error { // any row in the agency's name
				if _, err := other.Exec(t.Context(), `SET LOCAL lock_timeout = '2s'`); err != nil {
					return err
				}
				if _, err := agencies.CreateQueue(t.Context(), other, g.agency.ID, what, what); err != nil {
					return fmt.Errorf("waits for %s: %w", what, err)
				}
				return nil
			})
		})
	}
}

// meanwhile is a database in which something happens before the third transaction begins.
type meanwhile struct {
	*pgxpool.Pool
	begun  int
	happen func()
}

func (m *meanwhile) Begin(ctx context.Context) (pgx.Tx, error) {
	if m.begun++; m.begun == 3 {
		m.happen()
	}
	return m.Pool.Begin(ctx)
}

// A password that is taken away while it is compared lets nobody in.
func TestPasswordTakenAwayMeanwhile(t *testing.T) {
	t.Parallel()
	g := newGate(t)
	db := &meanwhile{Pool: g.pool, happen: func() {
		g.tx(func(tx pgx.Tx) error {
			_, err := agencies.InviteAgain(t.Context(), tx, g.officer.ID, g.clock())
			return err
		})
	}}
	if _, err := agencies.NewSessions(db, g.box, g.clock).SignIn(t.Context(), g.credentials()); !fault.Is(err, fault.Unauthorized) {
		t.Errorf("signed in: %v", err)
	}
	if db.begun != 3 {
		t.Fatalf("%d transactions: nothing happened between", db.begun)
	}
	var open int
	g.tx(func(tx pgx.Tx) error { return tx.QueryRow(t.Context(), `SELECT count(*) FROM sessions`).Scan(&open) })
	if open != 0 {
		t.Errorf("%d sessions are open", open)
	}
}
