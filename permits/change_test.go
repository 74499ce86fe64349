package permits_test

import (
	"errors"
	"testing"
	"time"

	"saphan/internal/chain"
	"saphan/internal/fault"
	"saphan/internal/pgtest"
	"saphan/internal/thai"
	"saphan/permits"
)

func at(year int, month time.Month, day, hour, minute int) time.Time {
	return time.Date(year, month, day, hour, minute, 0, 0, thai.Bangkok())
}

// EGA-13.7: the status of every day, to the minute.
func TestStatusAt(t *testing.T) {
	t.Parallel()
	until := time.Date(2027, time.November, 21, 0, 0, 0, 0, time.UTC)
	pause := time.Date(2026, time.December, 5, 0, 0, 0, 0, time.UTC)
	for name, tt := range map[string]struct {
		p    permits.Permit
		at   time.Time
		want permits.Status
	}{
		"first day":           {permits.Permit{Recorded: permits.Active, ValidUntil: &until}, at(2026, 11, 21, 10, 0), permits.Active},
		"last minute":         {permits.Permit{Recorded: permits.Active, ValidUntil: &until}, at(2027, 11, 21, 23, 59), permits.Active},
		"the day after":       {permits.Permit{Recorded: permits.Active, ValidUntil: &until}, at(2027, 11, 22, 0, 0), permits.Expired},
		"no end":              {permits.Permit{Recorded: permits.Active}, at(2099, 1, 1, 0, 0), permits.Active},
		"suspended":           {permits.Permit{Recorded: permits.Suspended, SuspendedUntil: &pause, ValidUntil: &until}, at(2026, 12, 5, 23, 59), permits.Suspended},
		"suspension over":     {permits.Permit{Recorded: permits.Suspended, SuspendedUntil: &pause, ValidUntil: &until}, at(2026, 12, 6, 0, 0), permits.Active},
		"suspended open end":  {permits.Permit{Recorded: permits.Suspended, ValidUntil: &until}, at(2027, 1, 1, 0, 0), permits.Suspended},
		"suspended, expired":  {permits.Permit{Recorded: permits.Suspended, ValidUntil: &until}, at(2028, 1, 1, 0, 0), permits.Expired},
		"revoked":             {permits.Permit{Recorded: permits.Revoked, ValidUntil: &until}, at(2026, 11, 21, 10, 0), permits.Revoked},
		"revoked and expired": {permits.Permit{Recorded: permits.Revoked, ValidUntil: &until}, at(2030, 11, 21, 10, 0), permits.Revoked},
	} {
		if got := tt.p.StatusAt(tt.at); got != tt.want {
			t.Errorf("%s: %s, want %s", name, got, tt.want)
		}
	}
}

// EGA-13.3, EGA-15.1: every change has its reason, its line of history and its event; a revoked permit stays so.
func TestChange(t *testing.T) {
	t.Parallel()
	ctx, tx := t.Context(), pgtest.Tx(t)
	o, c := office(t)
	a, q := agency(ctx, t, tx, "SN")
	p, err := o.Issue(ctx, tx, grant(a, ticket(ctx, t, tx, a, q, 1)))
	if err != nil {
		t.Fatal(err)
	}
	status := func() permits.Status {
		t.Helper()
		got, err := permits.FindByID(ctx, tx, p.ID)
		if err != nil {
			t.Fatal(err)
		}
		return got.StatusAt(c.now())
	}
	if err := o.Suspend(ctx, tx, "officer 1", p.ID, " ", time.Time{}); !fault.Is(err, fault.Invalid) {
		t.Errorf("without a reason: %v", err)
	}
	if err := o.Suspend(ctx, tx, "officer 1", p.ID, "ตรวจพบน้ำเสีย", at(2026, 11, 20, 12, 0)); !fault.Is(err, fault.Invalid) {
		t.Errorf("until yesterday: %v", err)
	}
	if err := o.Suspend(ctx, tx, "officer 1", p.ID, "ตรวจพบน้ำเสีย", at(2026, 12, 5, 12, 0)); err != nil || status() != permits.Suspended {
		t.Errorf("suspend: %v, %s", err, status())
	}
	if err := o.Restore(ctx, tx, "officer 1", p.ID, "แก้ไขแล้ว"); err != nil || status() != permits.Active {
		t.Errorf("restore: %v, %s", err, status())
	}
	if err := o.Restore(ctx, tx, "officer 1", p.ID, "อีกครั้ง"); err != nil {
		t.Errorf("restore what is active: %v", err)
	}
	if err := o.Revoke(ctx, tx, "officer 2", p.ID, "ฝ่าฝืนซ้ำครั้งที่สาม"); err != nil || status() != permits.Revoked {
		t.Errorf("revoke: %v, %s", err, status())
	}
	if err := o.Revoke(ctx, tx, "officer 2", p.ID, "กดซ้ำ"); err != nil {
		t.Errorf("revoke again: %v", err)
	}
	if err := o.Restore(ctx, tx, "officer 2", p.ID, "คืนสถานะ"); !fault.Is(err, fault.Conflict) {
		t.Errorf("restore what is revoked: %v", err)
	}
	events, err := permits.History(ctx, tx, p.ID)
	if err != nil {
		t.Fatal(err)
	}
	var kinds []permits.EventKind
	for _, e := range events {
		kinds = append(kinds, e.Kind)
	}
	want := []permits.EventKind{permits.EventIssued, permits.EventSuspended, permits.EventRestored, permits.EventRevoked}
	if len(kinds) != len(want) {
		t.Fatalf("history is %v", kinds)
	}
	for i := range want {
		if kinds[i] != want[i] {
			t.Errorf("history is %v, want %v", kinds, want)
		}
	}
	if err := chain.Check(events); err != nil {
		t.Error(err)
	}
	for name, spoil := range map[string]func([]permits.Event) []permits.Event{
		"changed": func(e []permits.Event) []permits.Event { e[1].Actor = "officer 9"; return e },
		"removed": func(e []permits.Event) []permits.Event { return append(e[:1:1], e[2:]...) },
	} {
		if err := chain.Check(spoil(append([]permits.Event{}, events...))); !errors.Is(err, chain.ErrTampered) {
			t.Errorf("%s history passes: %v", name, err)
		}
	}
}
