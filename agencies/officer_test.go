package agencies_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"saphan/agencies"
	"saphan/internal/fault"
	"saphan/internal/pgtest"
	"saphan/internal/secret"
	"saphan/internal/thai"
)

// TestRoles is the whole table: who may do what.
func TestRoles(t *testing.T) {
	t.Parallel()
	want := map[agencies.Role]string{
		agencies.RoleViewer: "read", agencies.RoleOfficer: "read work decide", agencies.RoleHead: "read work decide lead money manage breaches",
		agencies.RoleCashier: "read money", agencies.RoleDPO: "read breaches",
		"": "", "admin": "",
	}
	for role, permissions := range want {
		var can []string
		for _, p := range agencies.Permissions() {
			if role.Can(p) {
				can = append(can, string(p))
			}
		}
		if got := strings.Join(can, " "); got != permissions {
			t.Errorf("%q can %q, want %q", role, got, permissions)
		}
		if known := slices.Contains(agencies.Roles(), role); role.Known() != known {
			t.Errorf("%q known: %t", role, role.Known())
		}
		if role.Can("everything") {
			t.Errorf("%q can what nobody can", role)
		}
	}
}

// gate is a database with one officer and a clock.
type gate struct {
	t        *testing.T
	pool     *pgxpool.Pool
	box      secret.Box
	mu       sync.Mutex
	now      time.Time
	sessions *agencies.Sessions
	agency   agencies.Agency
	officer  agencies.Officer
	totp     string
}

const officerPassword = "a long enough password"

func newGate(t *testing.T) *gate {
	t.Helper()
	box, err := secret.Parse(secret.Generate())
	if err != nil {
		t.Fatal(err)
	}
	g := &gate{t: t, pool: pgtest.DB(t), box: box, now: time.Date(2026, time.November, 23, 10, 0, 0, 0, thai.Bangkok())}
	g.sessions = agencies.NewSessions(g.pool, box, g.clock)
	if g.totp, err = agencies.NewTOTP("officer@tb.example"); err != nil {
		t.Fatal(err)
	}
	g.tx(func(tx pgx.Tx) error {
		g.agency, err = agencies.Create(t.Context(), tx, agencies.Agency{Code: "TB", Name: "เทศบาลตัวอย่าง", Kind: "เทศบาล"})
		if err != nil {
			return err
		}
		g.officer, err = agencies.CreateOfficer(t.Context(), tx, box, g.applicant())
		return err
	})
	return g
}

func (g *gate) applicant() agencies.NewOfficer {
	return agencies.NewOfficer{
		AgencyID: g.agency.ID, Email: " Officer@TB.example ", Name: "น.ส.วราภรณ์ ตัวอย่าง", Role: agencies.RoleOfficer,
		Password: officerPassword, TOTP: g.totp,
	}
}

func (g *gate) clock() time.Time {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.now
}

func (g *gate) pass(d time.Duration) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.now = g.now.Add(d)
}

func (g *gate) tx(fn func(tx pgx.Tx) error) {
	g.t.Helper()
	if err := agencies.Everywhere(g.t.Context(), g.pool, fn); err != nil {
		g.t.Fatal(err)
	}
}

func (g *gate) code() string {
	g.t.Helper()
	code, err := agencies.TOTPCode(g.totp, g.clock())
	if err != nil {
		g.t.Fatal(err)
	}
	return code
}

func (g *gate) credentials() agencies.Credentials {
	return agencies.Credentials{Email: "officer@tb.example", Password: officerPassword, Code: g.code(), Address: "192.0.2.1"}
}

func TestCreateOfficer(t *testing.T) {
	t.Parallel()
	g := newGate(t)
	if g.officer.Email != "officer@tb.example" || g.officer.AgencyID != g.agency.ID || g.officer.DisabledAt != nil {
		t.Errorf("created %+v", g.officer)
	}
	g.tx(func(tx pgx.Tx) error {
		found, err := agencies.FindOfficerByEmail(t.Context(), tx, "OFFICER@tb.example")
		if err != nil || found != g.officer {
			t.Errorf("found %+v, %v", found, err)
		}
		all, err := agencies.Officers(t.Context(), tx, g.agency.ID)
		if err != nil || all[g.officer.ID].Name != g.officer.Name || len(all) != 1 {
			t.Errorf("all: %+v, %v", all, err)
		}
		if none, err := agencies.Officers(t.Context(), tx, g.agency.ID+1); err != nil || len(none) != 0 {
			t.Errorf("another agency's: %+v, %v", none, err)
		}
		for _, who := range []string{"nobody@tb.example", ""} {
			if _, err := agencies.FindOfficerByEmail(t.Context(), tx, who); !fault.Is(err, fault.NotFound) {
				t.Errorf("%q: %v", who, err)
			}
		}
		var hash, sealed string
		if err := tx.QueryRow(t.Context(), `SELECT password_hash, encode(totp_sealed, 'escape') FROM officers`).Scan(&hash, &sealed); err != nil {
			return err
		}
		if !strings.HasPrefix(hash, "$argon2id$v=19$m=19456,t=2,p=1$") || strings.Contains(sealed, g.totp) {
			t.Errorf("stored %q and %q", hash, sealed)
		}
		return agencies.DisableOfficer(t.Context(), tx, g.officer.ID, g.clock())
	})
	for name, change := range map[string]func(*agencies.NewOfficer){
		"no e-mail":      func(n *agencies.NewOfficer) { n.Email = "somebody" },
		"no name":        func(n *agencies.NewOfficer) { n.Name = " " },
		"unknown role":   func(n *agencies.NewOfficer) { n.Role = "king" },
		"short password": func(n *agencies.NewOfficer) { n.Password = "elevenchars" },
		"long password":  func(n *agencies.NewOfficer) { n.Password = strings.Repeat("ก", 129) },
	} {
		tx := pgtest.Tx(t)
		n := g.applicant()
		change(&n)
		if _, err := agencies.CreateOfficer(t.Context(), tx, g.box, n); !fault.Is(err, fault.Invalid) {
			t.Errorf("%s: %v", name, err)
		}
	}
	n := g.applicant()
	n.TOTP = "not base32!"
	if _, err := agencies.CreateOfficer(t.Context(), pgtest.Tx(t), g.box, n); err == nil {
		t.Error("a broken TOTP secret is taken")
	}
}

// ASVS 6.3.3, 6.5.1: both factors are needed, and a code works once, whoever is first.
func TestCodeWorksOnce(t *testing.T) {
	t.Parallel()
	g := newGate(t)
	c := g.credentials()
	var (
		wg      sync.WaitGroup
		entered = make(chan agencies.Entry, 4)
	)
	for range 4 {
		wg.Go(func() {
			if e, err := g.sessions.SignIn(t.Context(), c); err == nil {
				entered <- e
			} else if !fault.Is(err, fault.Unauthorized) {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	if len(entered) != 1 {
		t.Fatalf("%d got in with one code", len(entered))
	}
	e := <-entered
	if o, ok, err := g.sessions.Find(t.Context(), e.Token, true); err != nil || !ok || o != g.officer {
		t.Errorf("session: %+v, %t, %v", o, ok, err)
	}
	if _, ok, err := g.sessions.Find(t.Context(), e.Token+"x", true); err != nil || ok {
		t.Errorf("another token: %t, %v", ok, err)
	}
	var kept int
	if err := g.pool.QueryRow(t.Context(), `SELECT count(*) FROM sessions WHERE encode(token_hash, 'escape') LIKE '%' || $1 || '%'`, string(e.Token)).Scan(&kept); err != nil || kept != 0 {
		t.Errorf("the token itself is kept: %d, %v", kept, err)
	}
	if fmt.Sprint(e.Token) != "[session]" {
		t.Error("a token prints itself")
	}
}

// A clock that is a little wrong is forgiven, and Thai digits and blanks are read.
func TestCodeAsTyped(t *testing.T) {
	t.Parallel()
	g := newGate(t)
	for name, tt := range map[string]struct {
		off  time.Duration
		edit func(string) string
		ok   bool
	}{
		"a step behind": {-30 * time.Second, nil, true}, "a step ahead": {30 * time.Second, nil, true}, "two steps behind": {-61 * time.Second, nil, false},
		"with a blank": {0, func(s string) string { return s[:3] + " " + s[3:] }, true},
		"Thai digits": {0, func(s string) string {
			return strings.Map(func(r rune) rune { return r - '0' + '๐' }, s)
		}, true},
		"five digits": {0, func(s string) string { return s[:5] }, false},
	} {
		g.pass(10 * time.Minute)
		code, err := agencies.TOTPCode(g.totp, g.clock().Add(tt.off))
		if err != nil {
			t.Fatal(err)
		}
		if tt.edit != nil {
			code = tt.edit(code)
		}
		c := g.credentials()
		c.Code = code
		if _, err := g.sessions.SignIn(t.Context(), c); (err == nil) != tt.ok {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// ASVS 6.3.1: many attempts at the same moment are counted like many one after the other, also when
// each comes from another address; and each address is counted for all that it tries.
func TestGuessingIsCounted(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name        string
		credentials func(c agencies.Credentials, n int) agencies.Credentials
		most        int
	}{
		{"one officer from many addresses", func(c agencies.Credentials, n int) agencies.Credentials {
			c.Address = fmt.Sprintf("192.0.2.%d", n)
			return c
		}, 5},
		{"many officers from one address", func(c agencies.Credentials, n int) agencies.Credentials {
			c.Email = fmt.Sprintf("officer%d@tb.example", n)
			return c
		}, 50},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			g := newGate(t)
			c := g.credentials()
			c.Password = "a wrong password"
			var (
				wg       sync.WaitGroup
				compared = make(chan error, 100)
			)
			for n := range 60 {
				wg.Go(func() {
					_, err := g.sessions.SignIn(t.Context(), tt.credentials(c, n))
					var soon *agencies.TooSoonError
					switch {
					case errors.As(err, &soon):
						if soon.Wait <= 0 || soon.Wait > time.Minute {
							t.Errorf("wait %s", soon.Wait)
						}
					case fault.Is(err, fault.Unauthorized):
						compared <- err
					default:
						t.Error(err)
					}
				})
			}
			wg.Wait()
			if len(compared) != tt.most {
				t.Errorf("%d guesses were compared, want %d", len(compared), tt.most)
			}
			// Waiting always helps: what is refused is not counted.
			g.pass(61 * time.Second)
			if _, err := g.sessions.SignIn(t.Context(), g.credentials()); err != nil {
				t.Errorf("after waiting: %v", err)
			}
		})
	}
}

// A value that stands for a known computer is made by us and for one officer only.
func TestDeviceCannotBeMadeUp(t *testing.T) {
	t.Parallel()
	g := newGate(t)
	entry, err := g.sessions.SignIn(t.Context(), g.credentials())
	if err != nil {
		t.Fatal(err)
	}
	wrong := g.credentials()
	wrong.Password = "a wrong password"
	for range 5 {
		if _, err := g.sessions.SignIn(t.Context(), wrong); !fault.Is(err, fault.Unauthorized) {
			t.Fatal(err)
		}
	}
	altered := []byte(entry.Device)
	altered[0] ^= 1
	for name, device := range map[string]string{"none": "", "made up": strings.Repeat("A", len(entry.Device)), "altered": string(altered), "rubbish": "%%%", "short": "AAAA"} {
		c := wrong
		c.Device = device
		var soon *agencies.TooSoonError
		if _, err := g.sessions.SignIn(t.Context(), c); !errors.As(err, &soon) {
			t.Errorf("%s: %v", name, err)
		}
	}
	g.pass(31 * time.Second)
	c := g.credentials()
	c.Device = entry.Device
	if _, err := g.sessions.SignIn(t.Context(), c); err != nil {
		t.Errorf("the known computer: %v", err)
	}
}
