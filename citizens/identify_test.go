package citizens_test

import (
	"bytes"
	"errors"
	"fmt"
	"maps"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"saphan/agencies"
	"saphan/citizens"
	"saphan/internal/fault"
	"saphan/internal/pgtest"
	"saphan/internal/secret"
	"saphan/internal/thai"
)

// Made-up numbers whose check digits are right.
const (
	somchai = thai.NationalID("1234545678781")
	somying = thai.NationalID("3100000000004")
)

func box(t *testing.T) secret.Box {
	t.Helper()
	b, err := secret.Parse(secret.Generate())
	must(t, err)
	return b
}

func person(id thai.NationalID) citizens.Attributes {
	return citizens.Attributes{
		NationalID: id, Title: "นาย", GivenName: "สมชาย", FamilyName: "ตัวอย่างดี", BirthDate: "1958-04", Gender: "male",
		Address: "99/1 หมู่ที่ 2 ตำบลตัวอย่าง", Assurance: "2.3",
	}
}

var morning = time.Date(2026, 11, 23, 3, 0, 0, 0, time.UTC)

func level(t *testing.T, tx pgx.Tx, c citizens.CitizenID, now time.Time) citizens.Level {
	t.Helper()
	l, err := citizens.LevelOf(t.Context(), tx, c, now)
	must(t, err)
	return l
}

func signIn(t *testing.T, tx pgx.Tx, b secret.Box, current citizens.CitizenID, a citizens.Attributes, now time.Time) citizens.CitizenID {
	t.Helper()
	c, err := citizens.SignInWithThaID(t.Context(), tx, b, current, a, now)
	must(t, err)
	return c
}

// MTH-2.5: each level by its own proof, until its time or until it is ended.
func TestLevels(t *testing.T) {
	t.Parallel()
	tx, b := everywhere(t), box(t)
	var nobody citizens.CitizenID
	must(t, tx.QueryRow(t.Context(), `INSERT INTO citizens DEFAULT VALUES RETURNING id`).Scan(&nobody))
	if l := level(t, tx, nobody, morning); l != citizens.Anonymous {
		t.Errorf("nobody in particular is %v", l)
	}
	c := resolve(t, tx, "line", "p", "U1").CitizenID
	if l := level(t, tx, c, morning); l != citizens.Account {
		t.Errorf("an account is %v", l)
	}
	if got := signIn(t, tx, b, c, person(somchai), morning); got != c {
		t.Errorf("signed in on account %d and landed on %d", c, got)
	}
	if l := level(t, tx, c, morning); l != citizens.Proven {
		t.Errorf("after ThaID %v", l)
	}
	if l := level(t, tx, c, morning.AddDate(1, 0, 0)); l != citizens.Account {
		t.Errorf("a year later %v", l)
	}
	known, ok, err := citizens.KnownAs(t.Context(), tx, b, c, morning)
	if err != nil || !ok || known.Attributes != person(somchai) || known.How != citizens.ByThaID || known.CheckedBy != "thaid" || known.AgencyID != nil {
		t.Errorf("known as %+v, %v, %v", known, ok, err)
	}
	must(t, citizens.EndVerification(t.Context(), tx, known.ID, "officer 3", "บัญชีเปลี่ยนมือ", morning.Add(time.Hour)))
	if l := level(t, tx, c, morning.Add(time.Hour)); l != citizens.Account {
		t.Errorf("after it was ended %v", l)
	}
	if err := citizens.EndVerification(t.Context(), tx, known.ID, "officer 3", "again", morning); !fault.Is(err, fault.NotFound) {
		t.Errorf("ended twice: %v", err)
	}
	all, err := citizens.Verifications(t.Context(), tx, b, c)
	if err != nil || len(all) != 1 || all[0].EndedBy != "officer 3" || all[0].EndedWhy != "บัญชีเปลี่ยนมือ" || all[0].EndedAt == nil {
		t.Errorf("history %+v, %v", all, err)
	}
	if _, ok, err := citizens.KnownAs(t.Context(), tx, b, c, morning.Add(time.Hour)); ok || err != nil {
		t.Errorf("still known: %v", err)
	}
}

// What was proved is sealed for its citizen, and a number cannot be found without the key.
func TestProofsAreSealed(t *testing.T) {
	t.Parallel()
	tx, b := everywhere(t), box(t)
	c, other := resolve(t, tx, "line", "p", "U1").CitizenID, resolve(t, tx, "line", "p", "U2").CitizenID
	signIn(t, tx, b, c, person(somchai), morning)
	var row string
	must(t, tx.QueryRow(t.Context(), `SELECT verifications::text || encode(attributes, 'escape') FROM verifications WHERE citizen_id = $1`, c).Scan(&row))
	for _, word := range []string{"สมชาย", "ตัวอย่าง", string(somchai), "1958"} {
		if bytes.Contains([]byte(row), []byte(word)) {
			t.Errorf("the row shows %q", word)
		}
	}
	_, err := tx.Exec(t.Context(), `INSERT INTO verifications (citizen_id, level, how, attributes, pid_hash, checked_by, at, until)
		SELECT $2, level, how, attributes, pid_hash, checked_by, at, until FROM verifications WHERE citizen_id = $1`, c, other)
	must(t, err)
	if _, err := citizens.Verifications(t.Context(), tx, b, other); !errors.Is(err, secret.ErrSealed) {
		t.Errorf("a copied row opens: %v", err)
	}
	if said := fmt.Sprintf("%v %+v %#v %s", person(somchai), person(somchai), person(somchai), person(somchai).LogValue()); bytes.Contains([]byte(said), []byte("ชาย")) {
		t.Errorf("printed: %s", said)
	}
}

// A sign-in that says nothing new is written once in 30 days; what is new, at once.
func TestSameProofIsNotWrittenEachTime(t *testing.T) {
	t.Parallel()
	tx, b := everywhere(t), box(t)
	moved := person(somchai)
	moved.Address = "12 ถนนตัวอย่าง"
	var c citizens.CitizenID
	for _, step := range []struct {
		a    citizens.Attributes
		at   time.Time
		rows int
	}{
		{person(somchai), morning, 1},
		{person(somchai), morning.AddDate(0, 0, 29), 1},
		{moved, morning.AddDate(0, 0, 29), 2},
		{moved, morning.AddDate(0, 0, 60), 3},
	} {
		c = signIn(t, tx, b, 0, step.a, step.at)
		all, err := citizens.Verifications(t.Context(), tx, b, c)
		must(t, err)
		if len(all) != step.rows || all[0].Attributes != step.a {
			t.Errorf("%v: %d rows, newest %+v", step.at, len(all), all[0].At)
		}
	}
	if l := level(t, tx, c, morning.AddDate(1, 0, 30)); l != citizens.Proven {
		t.Errorf("the renewed proof does not hold: %v", l)
	}
}

// SEED-21: accounts with the same verified number are one person's. They stay apart, and are found together.
func TestOnePersonsAccounts(t *testing.T) {
	t.Parallel()
	tx, b := everywhere(t), box(t)
	chat, second, stranger := resolve(t, tx, "line", "p", "U1").CitizenID, resolve(t, tx, "line", "q", "U9").CitizenID, resolve(t, tx, "line", "p", "U3").CitizenID
	accounts := func(c citizens.CitizenID, now time.Time) []citizens.CitizenID {
		t.Helper()
		a, err := citizens.AccountsOf(t.Context(), tx, c, now)
		must(t, err)
		return a
	}
	representative := func(c citizens.CitizenID) citizens.CitizenID {
		t.Helper()
		p, err := citizens.PersonOf(t.Context(), tx, c, morning)
		must(t, err)
		return p
	}
	signIn(t, tx, b, second, person(somchai), morning)
	signIn(t, tx, b, chat, person(somchai), morning)
	signIn(t, tx, b, stranger, person(somying), morning)
	both := []citizens.CitizenID{chat, second}
	slices.Sort(both)
	for _, c := range both {
		if got := accounts(c, morning); !slices.Equal(got, both) || representative(c) != both[0] {
			t.Errorf("account %d: %v, stands for it %d", c, got, representative(c))
		}
	}
	if got := accounts(stranger, morning); !slices.Equal(got, []citizens.CitizenID{stranger}) || representative(stranger) != stranger {
		t.Errorf("a stranger's: %v", got)
	}
	if got := accounts(chat, morning.AddDate(1, 0, 1)); !slices.Equal(got, []citizens.CitizenID{chat}) {
		t.Errorf("after the proof is too old: %v", got)
	}
	// Who comes without an account of ours lands on the oldest that ThaID vouched for.
	if got := signIn(t, tx, b, 0, person(somchai), morning); got != both[0] {
		t.Errorf("landed on %d, want %d", got, both[0])
	}
	// What is proved on one account is known on the one that stands for the person.
	if !check(t, tx, b, both[1], ask(t, tx, b, both[1], "081 234 5678", morning), morning).Right {
		t.Error("the code is wrong")
	}
	facts, err := citizens.Profile(t.Context(), tx, b, both[0])
	if err != nil || !slices.ContainsFunc(facts, func(f citizens.Fact) bool { return f.Key == citizens.FactPhone && f.Text == "081 234 5678" }) {
		t.Errorf("the telephone is not known: %v", err)
	}
	// An officer's word about a number joins nothing, and opens nothing.
	looked := resolve(t, tx, "line", "p", "U4").CitizenID
	agency := agency(t, tx)
	must(t, citizens.CheckedByOfficer(t.Context(), tx, b, citizens.Check{
		Citizen: looked, Agency: agency, Officer: 7, About: citizens.Attributes{NationalID: somchai, FullName: "นายสมชาย ตัวอย่างดี", Document: "บัตรประจำตัวประชาชน"},
	}, morning))
	if got := accounts(looked, morning); !slices.Equal(got, []citizens.CitizenID{looked}) {
		t.Errorf("what an officer saw joined %v", got)
	}
	if got := accounts(chat, morning); !slices.Equal(got, both) {
		t.Errorf("what an officer saw joined %v", got)
	}
	// Joined through the channel, unless ThaID knows the other as somebody else.
	joined := resolve(t, tx, "line", "p", "U5")
	nonce, err := citizens.StartLink(t.Context(), tx, stranger, morning)
	must(t, err)
	_, err = citizens.FinishLink(t.Context(), tx, joined.ID, nonce, morning)
	must(t, err)
	if got := accounts(stranger, morning); !slices.Equal(got, []citizens.CitizenID{stranger, joined.CitizenID}) {
		t.Errorf("joined through the channel: %v", got)
	}
	signIn(t, tx, b, joined.CitizenID, person(somchai), morning)
	if got := accounts(stranger, morning); !slices.Equal(got, []citizens.CitizenID{stranger}) {
		t.Errorf("joined with another person: %v", got)
	}
}

// An account is one person's: another's proof does not turn it into theirs.
func TestAnotherPersonOnTheSameAccount(t *testing.T) {
	t.Parallel()
	tx, b := everywhere(t), box(t)
	c := resolve(t, tx, "line", "p", "U1").CitizenID
	signIn(t, tx, b, c, person(somchai), morning)
	_, err := citizens.SignInWithThaID(t.Context(), tx, b, c, person(somying), morning)
	if !errors.Is(err, citizens.ErrOtherPerson) || !fault.Is(err, fault.Conflict) {
		t.Errorf("another person: %v", err)
	}
	err = citizens.CheckedByOfficer(t.Context(), tx, b, citizens.Check{Citizen: c, Agency: agency(t, tx), Officer: 7,
		About: citizens.Attributes{NationalID: somying, Document: "บัตร"}}, morning)
	if !errors.Is(err, citizens.ErrOtherPerson) {
		t.Errorf("an officer about another person: %v", err)
	}
	if own := signIn(t, tx, b, 0, person(somying), morning); own == c {
		t.Error("the other person landed on the account")
	}
	if l := level(t, tx, c, morning); l != citizens.Proven {
		t.Errorf("afterwards %v", l)
	}
	profile, err := citizens.Profile(t.Context(), tx, b, c)
	must(t, err)
	got := map[citizens.FactKey]string{}
	for _, f := range profile {
		got[f.Key] = f.Text + " " + string(f.Value)
		if !f.Verified || f.Origin != "thaid" || !f.At.Equal(morning) {
			t.Errorf("fact %s is verified %v by %s at %v", f.Key, f.Verified, f.Origin, f.At)
		}
	}
	// STD-10: what ThaID says need not be typed; the exactness of the birth date stays (LOC-7).
	if want := map[citizens.FactKey]string{
		citizens.FactTitle: `นาย "นาย"`, citizens.FactName: `สมชาย ตัวอย่างดี "สมชาย ตัวอย่างดี"`, citizens.FactBirthDate: `เมษายน 2501 "1958-04"`,
		citizens.FactNationalID: `1-2345-45678-78-1 "1234545678781"`, citizens.FactAddress: `99/1 หมู่ที่ 2 ตำบลตัวอย่าง "99/1 หมู่ที่ 2 ตำบลตัวอย่าง"`,
	}; !maps.Equal(got, want) {
		t.Errorf("profile %v", got)
	}
	bad := person("1234545678782")
	if _, err := citizens.SignInWithThaID(t.Context(), tx, b, 0, bad, morning); !fault.Is(err, fault.Invalid) {
		t.Errorf("a number whose check digit is wrong: %v", err)
	}
}

// Two sign-ins of one person at the same instant make one account.
func TestSignInAtTheSameInstant(t *testing.T) {
	t.Parallel()
	pool, b := pgtest.DB(t), box(t)
	var (
		wg    sync.WaitGroup
		mu    sync.Mutex
		found = map[citizens.CitizenID]bool{}
	)
	start := make(chan struct{})
	for range 6 {
		wg.Go(func() {
			<-start
			err := agencies.Everywhere(t.Context(), pool, func(tx pgx.Tx) error {
				c, err := citizens.SignInWithThaID(t.Context(), tx, b, 0, person(somchai), morning)
				mu.Lock()
				defer mu.Unlock()
				found[c] = true
				return err
			})
			if err != nil {
				t.Error(err)
			}
		})
	}
	close(start)
	wg.Wait()
	must(t, agencies.Everywhere(t.Context(), pool, func(tx pgx.Tx) error {
		if people, proofs := count(t, tx, `SELECT count(*) FROM citizens`), count(t, tx, `SELECT count(*) FROM verifications`); len(found) != 1 || people != 1 || proofs != 1 {
			t.Errorf("one person became %v: %d citizens, %d proofs", found, people, proofs)
		}
		return nil
	}))
}

func agency(t *testing.T, tx pgx.Tx) (id int64) {
	t.Helper()
	must(t, tx.QueryRow(t.Context(), `INSERT INTO agencies (code, name, kind) VALUES ('TST', 'เทศบาลตัวอย่าง', 'เทศบาล') RETURNING id`).Scan(&id))
	return id
}

func TestCheckedByOfficer(t *testing.T) {
	t.Parallel()
	tx, b := everywhere(t), box(t)
	c, office := resolve(t, tx, "line", "p", "U1").CitizenID, agency(t, tx)
	good := citizens.Check{Citizen: c, Agency: office, Officer: 7, About: citizens.Attributes{NationalID: somchai, FullName: "นายสมชาย ตัวอย่างดี", Document: "บัตรประจำตัวประชาชน"}}
	for what, change := range map[string]func(*citizens.Check){
		"no document":        func(c *citizens.Check) { c.About.Document = " " },
		"nobody":             func(c *citizens.Check) { c.About.FullName, c.About.NationalID = "", "" },
		"too long":           func(c *citizens.Check) { c.HoldsFor = 2 * 365 * 24 * time.Hour },
		"a wrong number":     func(c *citizens.Check) { c.About.NationalID = "1234545678780" },
		"before it was made": func(c *citizens.Check) { c.HoldsFor = -time.Hour },
	} {
		bad := good
		change(&bad)
		if err := citizens.CheckedByOfficer(t.Context(), tx, b, bad, morning); !fault.Is(err, fault.Invalid) {
			t.Errorf("%s: %v", what, err)
		}
	}
	must(t, citizens.CheckedByOfficer(t.Context(), tx, b, good, morning))
	known, ok, err := citizens.KnownAs(t.Context(), tx, b, c, morning)
	if err != nil || !ok || known.Level != citizens.Checked || known.CheckedBy != "officer 7" || *known.AgencyID != office || known.Attributes.Document != "บัตรประจำตัวประชาชน" {
		t.Errorf("known as %+v, %v", known, err)
	}
	// In the agency's own scope, for the people behind its tickets only.
	save := func(scope string) error {
		nested, err := tx.Begin(t.Context())
		must(t, err)
		defer func() { must(t, nested.Rollback(t.Context())) }()
		_, err = nested.Exec(t.Context(), `SELECT set_config('app.agency', $1, true)`, scope)
		must(t, err)
		return citizens.CheckedByOfficer(t.Context(), nested, b, good, morning)
	}
	if err := save(fmt.Sprint(office)); err == nil {
		t.Error("an agency vouched for somebody it has nothing to do with")
	}
	_, err = tx.Exec(t.Context(), `WITH q AS (INSERT INTO queues (agency_id, key, name) VALUES ($1, 'q', 'q') RETURNING id),
		r AS (INSERT INTO requests (draft, citizen_id, agency_id, form_key, form_version, answers, entered_at, created_at) VALUES ('d', $2, $1, 'f', 1, '[]', now(), now()) RETURNING id)
		INSERT INTO tickets (agency_id, request_id, citizen_id, queue_id, number, form_key, form_version, title, subject, status, entered_at, deemed_received_at, due_at, track_token, updated_at)
		SELECT $1, r.id, $2, q.id, 'n', 'f', 1, 't', 's', 'open', now(), now(), now(), 'k', now() FROM q, r`, office, c)
	must(t, err)
	if err := save(fmt.Sprint(office)); err != nil {
		t.Errorf("an agency about the person behind its ticket: %v", err)
	}
	if err := save(fmt.Sprint(office + 1)); err == nil {
		t.Error("one agency vouched in the name of another")
	}
}

func TestName(t *testing.T) {
	t.Parallel()
	for want, a := range map[string]citizens.Attributes{
		"นายสมชาย ตัวอย่างดี": {Title: "นาย", GivenName: "สมชาย", FamilyName: "ตัวอย่างดี"},
		"สมหญิง": {GivenName: "สมหญิง"},
		"นางสาวเอ บี ตัวอย่าง": {Title: "นางสาว", GivenName: "เอ", MiddleName: "บี", FamilyName: "ตัวอย่าง"},
		"นางทดสอบ ตัวอย่าง":    {FullName: "นางทดสอบ ตัวอย่าง"},
		"": {Title: "นาย"},
	} {
		if got := a.Name(); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}

// Erasure: nothing that was proved and no way in is left.
func TestForgetIdentity(t *testing.T) {
	t.Parallel()
	tx, b := everywhere(t), box(t)
	c, other := resolve(t, tx, "line", "p", "U1").CitizenID, resolve(t, tx, "line", "p", "U2").CitizenID
	for n, of := range []citizens.CitizenID{c, other} {
		signIn(t, tx, b, of, person([]thai.NationalID{somchai, somying}[n]), morning)
		_, err := citizens.NewEntry(t.Context(), tx, of, "/me", morning)
		must(t, err)
		_, err = citizens.OpenSession(t.Context(), tx, "", of, citizens.Account, citizens.FromChat, morning)
		must(t, err)
		_, err = citizens.Depart(t.Context(), tx, b, citizens.Departure{Way: citizens.WithThaID, Browser: "b", Citizen: of}, morning)
		must(t, err)
		ask(t, tx, b, of, fmt.Sprintf("081234567%d", n), morning)
	}
	must(t, citizens.ForgetIdentity(t.Context(), tx, c))
	for _, table := range []string{"verifications", "citizen_sessions", "entries", "departures", "phone_codes"} {
		for of, want := range map[citizens.CitizenID]int{c: 0, other: 1} {
			if n := count(t, tx, fmt.Sprintf(`SELECT count(*) FROM %s WHERE citizen_id = %d`, table, of)); n != want {
				t.Errorf("%s of %d: %d rows, want %d", table, of, n, want)
			}
		}
	}
}
