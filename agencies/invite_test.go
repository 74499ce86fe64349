package agencies_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"saphan/agencies"
	"saphan/internal/chain"
	"saphan/internal/fault"
)

// invite lets somebody into the agency by a link.
func (g *gate) invite(email string, role agencies.Role) (o agencies.Officer, link agencies.Invitation) {
	g.t.Helper()
	g.tx(func(tx pgx.Tx) (err error) {
		o, link, err = agencies.Invite(g.t.Context(), tx, agencies.NewOfficer{AgencyID: g.agency.ID, Email: email, Name: "นายใหม่ ตัวอย่าง", Role: role}, g.clock())
		return err
	})
	return o, link
}

// joins uses a link as its officer would.
func (g *gate) joins(link agencies.Invitation, password string) (agencies.Entry, error) {
	g.t.Helper()
	who, err := g.sessions.Invited(g.t.Context(), link)
	if err != nil {
		return agencies.Entry{}, err
	}
	code, err := agencies.TOTPCode(who.TOTP, g.clock())
	if err != nil {
		g.t.Fatal(err)
	}
	return g.sessions.Join(g.t.Context(), link, password, code)
}

// Somebody invited cannot sign in, then chooses a password, proves the phone, and is in; the link
// works once.
func TestInvitation(t *testing.T) {
	t.Parallel()
	g := newGate(t)
	const password = "คำหลายคำต่อกัน ไม่มีใครเดา"
	o, link := g.invite("New@tb.example", agencies.RoleHead)
	for _, guess := range []string{"", password} {
		_, err := g.sessions.SignIn(t.Context(), agencies.Credentials{Email: o.Email, Password: guess, Code: "000000", Address: "1"})
		if !fault.Is(err, fault.Unauthorized) {
			t.Errorf("before joining: %v", err)
		}
	}
	who, err := g.sessions.Invited(t.Context(), link)
	if err != nil || who.Officer.Email != "new@tb.example" || who.Agency != g.agency.Name || len(who.TOTP) != 32 || !who.Until.Equal(g.clock().Add(72*time.Hour)) {
		t.Fatalf("%+v %v", who, err)
	}
	if again, err := g.sessions.Invited(t.Context(), link); err != nil || again.TOTP != who.TOTP {
		t.Errorf("looking twice shows another code: %v", err)
	}
	code, err := agencies.TOTPCode(who.TOTP, g.clock())
	if err != nil {
		t.Fatal(err)
	}
	for name, try := range map[string][2]string{"short": {"short", code}, "own name": {"new@tb.example", code}, "wrong code": {password, "12345a"}} {
		if _, err := g.sessions.Join(t.Context(), link, try[0], try[1]); !fault.Is(err, fault.Invalid) {
			t.Errorf("%s: %v", name, err)
		}
	}
	entry, err := g.joins(link, password)
	if err != nil || entry.Officer.ID != o.ID || entry.Device == "" {
		t.Fatalf("%+v %v", entry, err)
	}
	if found, ok, err := g.sessions.Find(t.Context(), entry.Token, false); err != nil || !ok || found.ID != o.ID {
		t.Errorf("after joining: %v %v", ok, err)
	}
	if _, err := g.joins(link, password); !fault.Is(err, fault.NotFound) {
		t.Errorf("the link a second time: %v", err)
	}
	// The first code was used up by joining; the next one opens.
	_, err = g.sessions.SignIn(t.Context(), agencies.Credentials{Email: o.Email, Password: password, Code: code, Address: "1"})
	if !fault.Is(err, fault.Unauthorized) {
		t.Errorf("the code a second time: %v", err)
	}
	g.pass(time.Minute)
	if code, err = agencies.TOTPCode(who.TOTP, g.clock()); err != nil {
		t.Fatal(err)
	}
	if _, err = g.sessions.SignIn(t.Context(), agencies.Credentials{Email: o.Email, Password: password, Code: code, Address: "1"}); err != nil {
		t.Errorf("signing in afterwards: %v", err)
	}
	g.tx(func(tx pgx.Tx) error {
		var bare bool
		err := tx.QueryRow(t.Context(), `SELECT position($1::bytea IN totp_sealed) > 0 OR password_hash NOT LIKE '$argon2id$%' FROM officers WHERE id = $2`, []byte(who.TOTP), o.ID).Scan(&bare)
		if err != nil || bare {
			t.Errorf("secrets lie in the open (%v)", err)
		}
		changes, err := agencies.Changes(t.Context(), tx, g.agency.ID)
		if err != nil || len(changes) != 1 || changes[0].Kind != agencies.OfficerJoined {
			t.Errorf("history: %+v %v", changes, err)
		}
		return nil
	})
	if strings.Contains(link.String(), string(link)) {
		t.Error("a printed invitation tells its secret")
	}
}

// A link runs out, a newer one ends it, and whoever is dismissed meanwhile does not come in.
func TestInvitationEnds(t *testing.T) {
	t.Parallel()
	g := newGate(t)
	const password = "คำหลายคำต่อกัน ไม่มีใครเดา"
	o, first := g.invite("late@tb.example", agencies.RoleOfficer)
	g.pass(agencies.InvitationLife)
	if _, err := g.joins(first, password); !fault.Is(err, fault.NotFound) {
		t.Errorf("after three days: %v", err)
	}
	again := func() (link agencies.Invitation) {
		g.tx(func(tx pgx.Tx) (err error) {
			link, err = agencies.InviteAgain(t.Context(), tx, o.ID, g.clock())
			return err
		})
		return link
	}
	second := again()
	third := again()
	if _, err := g.joins(second, password); !fault.Is(err, fault.NotFound) {
		t.Errorf("a link with a newer one: %v", err)
	}
	entry, err := g.joins(third, password)
	if err != nil {
		t.Fatal(err)
	}
	// The phone is lost: from the reset on neither session nor password opens anything.
	fourth := again()
	if _, ok, err := g.sessions.Find(t.Context(), entry.Token, false); err != nil || ok {
		t.Errorf("the session outlives the reset: %v", err)
	}
	g.tx(func(tx pgx.Tx) error { return agencies.Dismiss(t.Context(), tx, o, g.clock()) })
	if _, err := g.joins(fourth, password); !fault.Is(err, fault.NotFound) {
		t.Errorf("after being dismissed: %v", err)
	}
	err = agencies.Everywhere(t.Context(), g.pool, func(tx pgx.Tx) error {
		_, err := agencies.InviteAgain(t.Context(), tx, o.ID, g.clock())
		return err
	})
	if !fault.Is(err, fault.NotFound) {
		t.Errorf("inviting somebody dismissed: %v", err)
	}
	err = agencies.Everywhere(t.Context(), g.pool, func(tx pgx.Tx) error {
		_, _, err := agencies.Invite(t.Context(), tx, agencies.NewOfficer{AgencyID: g.agency.ID, Email: "LATE@tb.example", Name: "ก", Role: agencies.RoleOfficer}, g.clock())
		return err
	})
	if !fault.Is(err, fault.Conflict) {
		t.Errorf("inviting the same address: %v", err)
	}
}

// An agency is never left without somebody who can manage it, and officers of others are not there.
func TestTheLastHeadStays(t *testing.T) {
	t.Parallel()
	g := newGate(t)
	const password = "คำหลายคำต่อกัน ไม่มีใครเดา"
	one, link := g.invite("one@tb.example", agencies.RoleHead)
	if _, err := g.joins(link, password); err != nil {
		t.Fatal(err)
	}
	two, link := g.invite("two@tb.example", agencies.RoleHead) // invited only: counts for nothing yet
	try := func(fn func(tx pgx.Tx) error) error { return agencies.Everywhere(t.Context(), g.pool, fn) }
	for name, fn := range map[string]func(tx pgx.Tx) error{
		"dismiss": func(tx pgx.Tx) error { return agencies.Dismiss(t.Context(), tx, one, g.clock()) },
		"demote":  func(tx pgx.Tx) error { return agencies.ChangeRole(t.Context(), tx, one, agencies.RoleOfficer) },
	} {
		if err := try(fn); !fault.Is(err, fault.Conflict) {
			t.Errorf("%s the last head: %v", name, err)
		}
	}
	if _, err := g.joins(link, password); err != nil {
		t.Fatal(err)
	}
	g.tx(func(tx pgx.Tx) error { return agencies.ChangeRole(t.Context(), tx, one, agencies.RoleViewer) })
	if err := try(func(tx pgx.Tx) error { return agencies.Dismiss(t.Context(), tx, two, g.clock()) }); !fault.Is(err, fault.Conflict) {
		t.Errorf("the one who is left now: %v", err)
	}
	if err := try(func(tx pgx.Tx) error { return agencies.ChangeRole(t.Context(), tx, one, "king") }); !fault.Is(err, fault.Invalid) {
		t.Errorf("a role that is none: %v", err)
	}
	g.tx(func(tx pgx.Tx) error {
		if err := agencies.Dismiss(t.Context(), tx, one, g.clock()); err != nil {
			return err
		}
		staff, err := agencies.Staff(t.Context(), tx, g.agency.ID)
		if err != nil || len(staff) != 3 || staff[2].ID != one.ID || staff[2].DisabledAt == nil || !staff[0].Joined {
			t.Errorf("staff %+v %v", staff, err)
		}
		if err := agencies.EnableOfficer(t.Context(), tx, one.ID); err != nil {
			return err
		}
		other, err := agencies.Create(t.Context(), tx, agencies.Agency{Code: "OT", Name: "อบต.ตัวอย่าง", Kind: "อบต."})
		if err != nil {
			return err
		}
		if _, err := agencies.OwnOfficer(t.Context(), tx, other.ID, one.ID); !fault.Is(err, fault.NotFound) {
			t.Errorf("an officer of another agency: %v", err)
		}
		_, err = agencies.OwnOfficer(t.Context(), tx, g.agency.ID, one.ID)
		return err
	})
}

// EGA-15.1: what was set up, by whom, in a history that shows when it was touched.
func TestChangesAreLinked(t *testing.T) {
	t.Parallel()
	g := newGate(t)
	g.tx(func(tx pgx.Tx) error {
		for _, kind := range []agencies.ChangeKind{agencies.AgencySetUp, agencies.ChannelAdded, agencies.ChannelSecret} {
			if err := agencies.NoteChange(t.Context(), tx, g.agency.ID, g.officer.ID, g.clock(), kind, agencies.ChangeDetail{Channel: 7}); err != nil {
				return err
			}
		}
		list, err := agencies.Changes(t.Context(), tx, g.agency.ID)
		if err != nil || len(list) != 3 || list[2].Seq != 3 || list[1].Kind != agencies.ChannelAdded || !strings.HasPrefix(list[0].Actor, "officer ") {
			t.Errorf("%+v %v", list, err)
		}
		return nil
	})
	err := agencies.Everywhere(t.Context(), g.pool, func(tx pgx.Tx) error {
		_, err := tx.Exec(t.Context(), `INSERT INTO agency_events (agency_id, seq, at, actor, kind, detail, hash) VALUES ($1, 4, now(), 'officer 9', 'channel removed', '{}', '\x00')`, g.agency.ID)
		if err != nil {
			return err
		}
		_, err = agencies.Changes(t.Context(), tx, g.agency.ID)
		return err
	})
	if !errors.Is(err, chain.ErrTampered) {
		t.Errorf("a forged line: %v", err)
	}
}
