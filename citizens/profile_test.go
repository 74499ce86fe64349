package citizens_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"saphan/citizens"
	"saphan/internal/secret"
)

func newBox(t *testing.T) secret.Box {
	t.Helper()
	box, err := secret.Parse(secret.Generate())
	must(t, err)
	return box
}

// profile is what stands of a person: "key=text origin".
func profile(t *testing.T, tx pgx.Tx, box secret.Box, of citizens.CitizenID) string {
	t.Helper()
	facts, err := citizens.Profile(t.Context(), tx, box, of)
	must(t, err)
	var all []string
	for _, f := range facts {
		all = append(all, string(f.Key)+"="+f.Text+" "+f.Origin)
	}
	return strings.Join(all, ", ")
}

// SEED-21: a fact is kept once as it was verified and once as it was said. Of a name the verified one stands, of a
// telephone number the newest; what is older changes nothing, in whatever order it comes.
func TestProfile(t *testing.T) {
	t.Parallel()
	tx, box := everywhere(t), newBox(t)
	who, other := resolve(t, tx, "line", "p", "U1").CitizenID, resolve(t, tx, "line", "p", "U2").CitizenID
	day := func(n int) time.Time { return time.Date(2026, 11, n, 9, 0, 0, 0, time.UTC) }
	remember := func(facts ...citizens.Fact) {
		t.Helper()
		for range 2 { // twice is as once
			must(t, citizens.Remember(t.Context(), tx, box, who, facts))
		}
	}
	is := func(what, want string) {
		t.Helper()
		if got := profile(t, tx, box, who); got != want {
			t.Errorf("%s: %s, want %s", what, got, want)
		}
	}
	is("nothing yet", "")
	remember(citizens.Fact{Key: "phone", Text: "081 111 1111", Origin: "request 1", At: day(1)},
		citizens.Fact{Key: "shop", Text: "ร้านตัวอย่าง", Value: []byte(`{"a":1}`), Origin: "request 1", At: day(1)},
		citizens.Fact{Key: "name", Text: "สมหญิง ตัวอย่าง", Origin: "request 1", At: day(1)}, citizens.Fact{Key: "title", Origin: "request 1", At: day(1)})
	is("as it was said", "name=สมหญิง ตัวอย่าง request 1, phone=081 111 1111 request 1, shop=ร้านตัวอย่าง request 1")
	remember(citizens.Fact{Key: "name", Text: "สมหญิง ตัวอย่างดี", Origin: "thaid", Verified: true, At: day(2)},
		citizens.Fact{Key: "phone", Text: "081 222 2222", Origin: "phone", Verified: true, At: day(2)})
	is("verified is newer", "name=สมหญิง ตัวอย่างดี thaid, phone=081 222 2222 phone, shop=ร้านตัวอย่าง request 1")
	remember(citizens.Fact{Key: "name", Text: "สมศรี", Origin: "request 2", At: day(3)}, citizens.Fact{Key: "phone", Text: "081 333 3333", Origin: "request 2", At: day(3)})
	is("said is newer", "name=สมหญิง ตัวอย่างดี thaid, phone=081 333 3333 request 2, shop=ร้านตัวอย่าง request 1")
	remember(citizens.Fact{Key: "phone", Text: "081 000 0000", Origin: "request 0", At: day(2)}, citizens.Fact{Key: "name", Text: "เก่า", Origin: "officer 1", Verified: true, At: day(1)})
	is("older changes nothing", "name=สมหญิง ตัวอย่างดี thaid, phone=081 333 3333 request 2, shop=ร้านตัวอย่าง request 1")
	for _, bad := range []citizens.Fact{{Key: "Name", Text: "x", Origin: "o", At: day(1)}, {Key: "name", Text: "x", At: day(1)}, {Key: "name", Text: "x", Origin: "o"}} {
		if err := citizens.Remember(t.Context(), tx, box, who, []citizens.Fact{bad}); err == nil {
			t.Errorf("%+v is remembered", bad)
		}
	}
	if got := profile(t, tx, box, other); got != "" {
		t.Errorf("another person is known by %s", got)
	}
	must(t, citizens.ForgetFact(t.Context(), tx, who, "phone"))
	is("forgotten", "name=สมหญิง ตัวอย่างดี thaid, shop=ร้านตัวอย่าง request 1")
	if err := citizens.ForgetFact(t.Context(), tx, who, "phone"); !errors.Is(err, citizens.ErrNoFact) {
		t.Errorf("forgotten again: %v", err)
	}
}

// A copy of the database says nothing about anybody; a value that is moved to another person or another fact, or read
// with another key, does not open.
func TestProfileIsSealed(t *testing.T) {
	t.Parallel()
	tx, box := everywhere(t), newBox(t)
	who, other := resolve(t, tx, "line", "p", "U1").CitizenID, resolve(t, tx, "line", "p", "U2").CitizenID
	must(t, citizens.Remember(t.Context(), tx, box, who, []citizens.Fact{{Key: "name", Text: "MARKER-สมหญิง", Value: []byte(`"MARKER"`), Origin: "thaid", Verified: true, At: time.Unix(1, 0)}}))
	if n := count(t, tx, `SELECT count(*) FROM profile_facts f WHERE f::text LIKE '%MARKER%' OR position(convert_to('MARKER', 'UTF8') IN value_sealed) > 0`); n != 0 {
		t.Error("the value lies open in the database")
	}
	if _, err := citizens.Profile(t.Context(), tx, newBox(t), who); !errors.Is(err, secret.ErrSealed) {
		t.Errorf("with another key: %v", err)
	}
	for _, move := range []string{`UPDATE profile_facts SET key = 'title' WHERE citizen_id = $1`, `UPDATE profile_facts SET key = 'name', citizen_id = $2 WHERE citizen_id = $1`} {
		args := []any{who, other}[:strings.Count(move, "$")]
		_, err := tx.Exec(t.Context(), move, args...)
		must(t, err)
		for _, id := range []citizens.CitizenID{who, other} {
			facts, err := citizens.Profile(t.Context(), tx, box, id)
			if err == nil && len(facts) > 0 {
				t.Errorf("%s: citizen %d is known by %+v", move, id, facts)
			}
		}
	}
}
