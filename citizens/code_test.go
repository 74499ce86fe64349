package citizens_test

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/riverqueue/river"
	"github.com/riverqueue/river/riverdriver/riverpgxv5"

	"saphan/agencies"
	"saphan/citizens"
	"saphan/internal/fault"
	"saphan/internal/pgtest"
	"saphan/internal/secret"
	"saphan/internal/thai"
)

func inserter(t *testing.T) *river.Client[pgx.Tx] {
	t.Helper()
	client, err := river.NewClient(riverpgxv5.New(nil), &river.Config{})
	must(t, err)
	return client
}

// try asks for a code and returns the number of its row.
func try(t *testing.T, tx pgx.Tx, b secret.Box, c citizens.CitizenID, phone string, now time.Time) (id citizens.CodeID, err error) {
	t.Helper()
	p, err := thai.ParsePhone(phone)
	must(t, err)
	if err := citizens.AskCode(t.Context(), tx, b, inserter(t), c, p, "saphan.example.go.th", now); err != nil {
		return 0, err
	}
	must(t, tx.QueryRow(t.Context(), `SELECT max(id) FROM phone_codes WHERE citizen_id = $1`, c).Scan(&id))
	return id, nil
}

var sixDigits = regexp.MustCompile(`[0-9]{6}`)

// ask asks for a code and reads it from the message, as the telephone shows it.
func ask(t *testing.T, tx pgx.Tx, b secret.Box, c citizens.CitizenID, phone string, now time.Time) (code string) {
	t.Helper()
	id, err := try(t, tx, b, c, phone, now)
	must(t, err)
	text, ok, err := citizens.TextOf(t.Context(), tx, b, id, now)
	if err != nil || !ok {
		t.Fatalf("no message: %v", err)
	}
	code = sixDigits.FindString(text.Words)
	if !strings.HasSuffix(text.Words, "\n@saphan.example.go.th #"+code) || !strings.HasPrefix(text.To, "+66") || len(code) != 6 {
		t.Errorf("message %q to %s", text.Words, text.To)
	}
	if fmt.Sprint(text) != "[text]" {
		t.Error("a message prints itself")
	}
	must(t, citizens.TextSent(t.Context(), tx, id, now))
	return code
}

func check(t *testing.T, tx pgx.Tx, b secret.Box, c citizens.CitizenID, code string, now time.Time) citizens.Guess {
	t.Helper()
	g, err := citizens.CheckCode(t.Context(), tx, b, c, code, now)
	must(t, err)
	return g
}

// other is a code that is not this one.
func other(code string) string {
	if code == "111111" {
		return "222222"
	}
	return "111111"
}

func TestCode(t *testing.T) {
	t.Parallel()
	tx, b := everywhere(t), box(t)
	c, stranger := resolve(t, tx, "line", "p", "U1").CitizenID, resolve(t, tx, "line", "p", "U2").CitizenID
	code := ask(t, tx, b, c, "081-234-5678", morning)
	if n := count(t, tx, `SELECT count(*) FROM river_job WHERE kind = 'text' AND args::text NOT LIKE '%`+code+`%' AND args::text NOT LIKE '%81234%'`); n != 1 {
		t.Errorf("%d jobs without the code and the number, want 1", n)
	}
	var row string
	must(t, tx.QueryRow(t.Context(), `SELECT phone_codes::text || encode(phone_sealed, 'escape') FROM phone_codes`).Scan(&row))
	if strings.Contains(row, code) || strings.Contains(row, "81234") || count(t, tx, `SELECT count(*) FROM phone_codes WHERE text_sealed IS NULL`) != 1 {
		t.Error("more than hashes is kept of what was sent")
	}
	if phone, ok, err := citizens.PendingCode(t.Context(), tx, b, c, morning); phone != "+66812345678" || !ok || err != nil {
		t.Errorf("sent to %s, %v", phone, err)
	}
	if check(t, tx, b, stranger, code, morning).Right {
		t.Error("somebody else's code counts")
	}
	if g := check(t, tx, b, c, other(code), morning); g.Right || g.Left != citizens.CodeTries-1 {
		t.Errorf("a wrong code: %+v", g)
	}
	if l := level(t, tx, c, morning); l != citizens.Account {
		t.Errorf("before the right code: %v", l)
	}
	typed := strings.NewReplacer("0", "๐", "1", "๑", "2", "๒").Replace(code[:3] + " " + code[3:]) // Thai digits, with a space
	if g := check(t, tx, b, c, typed, morning.Add(time.Minute)); !g.Right {
		t.Errorf("the right code: %+v", g)
	}
	known, ok, err := citizens.KnownAs(t.Context(), tx, b, c, morning.Add(time.Minute))
	if err != nil || !ok || known.Level != citizens.Checked || known.How != citizens.ByPhone || known.Attributes.Phone != "+66812345678" {
		t.Errorf("known as %+v, %v", known, err)
	}
	if g := check(t, tx, b, c, code, morning.Add(time.Minute)); g.Right || g.Left != 0 {
		t.Errorf("the code again: %+v", g)
	}
	if _, ok, err := citizens.PendingCode(t.Context(), tx, b, c, morning.Add(time.Minute)); ok || err != nil {
		t.Errorf("a code is still awaited: %v", err)
	}
}

func TestCodeEnds(t *testing.T) {
	t.Parallel()
	tx, b := everywhere(t), box(t)
	c := resolve(t, tx, "line", "p", "U1").CitizenID
	late := ask(t, tx, b, c, "0812345678", morning)
	if check(t, tx, b, c, late, morning.Add(citizens.CodeLife)).Right {
		t.Error("a code counts after five minutes")
	}
	first := ask(t, tx, b, c, "0812345678", morning.Add(citizens.CodeLife))
	second := ask(t, tx, b, c, "0812345678", morning.Add(citizens.CodeLife+citizens.CodePause))
	at := morning.Add(citizens.CodeLife + citizens.CodePause)
	if first != second && check(t, tx, b, c, first, at).Right {
		t.Error("the code before the last counts")
	}
	for n := citizens.CodeTries - 2; n >= 0; n-- {
		if g := check(t, tx, b, c, other(second), at); g.Right || g.Left != n {
			t.Errorf("with %d left: %+v", n, g)
		}
	}
	if g := check(t, tx, b, c, second, at); g.Right || g.Left != 0 {
		t.Errorf("the right code after too many wrong ones: %+v", g)
	}
	// A message that is not worth sending any more is not sent.
	id, err := try(t, tx, b, c, "0812345678", morning.Add(time.Hour))
	must(t, err)
	if _, ok, err := citizens.TextOf(t.Context(), tx, b, id, morning.Add(time.Hour+citizens.CodeLife)); ok || err != nil {
		t.Errorf("an old code is sent: %v", err)
	}
	must(t, citizens.TextSent(t.Context(), tx, id, morning.Add(time.Hour)))
	if _, ok, err := citizens.TextOf(t.Context(), tx, b, id, morning.Add(time.Hour)); ok || err != nil {
		t.Errorf("a code is sent twice: %v", err)
	}
}

// Limits hold for the number whoever asks, and for the citizen whichever number; waiting always helps.
func TestCodeLimits(t *testing.T) {
	t.Parallel()
	tx, b := everywhere(t), box(t)
	people := make([]citizens.CitizenID, 12)
	for n := range people {
		people[n] = resolve(t, tx, "line", "p", fmt.Sprint("U", n)).CitizenID
	}
	limited := func(what string, c citizens.CitizenID, phone string, now time.Time) time.Duration {
		t.Helper()
		_, err := try(t, tx, b, c, phone, now)
		var wait *citizens.WaitError
		if !errors.As(err, &wait) || !fault.Is(err, fault.Conflict) || wait.Wait <= 0 {
			t.Errorf("%s: %v", what, err)
			return 0
		}
		return wait.Wait
	}
	// One number, many people.
	at := morning
	for n := range 3 {
		if n > 0 {
			limited("at once again", people[n], "0811111111", at)
			at = at.Add(citizens.CodePause)
		}
		ask(t, tx, b, people[n], "0811111111", at)
	}
	wait := limited("a fourth within a quarter of an hour", people[3], "0811111111", at.Add(citizens.CodePause))
	if got, want := at.Add(citizens.CodePause+wait), morning.Add(15*time.Minute); !got.Equal(want) {
		t.Errorf("the next is due at %v, want %v", got, want)
	}
	ask(t, tx, b, people[3], "0822222222", at) // another number is another matter
	for n := 3; n < 10; n++ {                  // ten a day
		at = at.Add(16 * time.Minute)
		ask(t, tx, b, people[n], "0811111111", at)
	}
	limited("an eleventh in a day", people[10], "0811111111", at.Add(time.Hour))
	ask(t, tx, b, people[10], "0811111111", morning.Add(24*time.Hour))
	// One person, many numbers.
	at = morning.Add(48 * time.Hour)
	for n := range 3 {
		ask(t, tx, b, people[11], fmt.Sprint("089000000", n), at.Add(time.Duration(n)*time.Minute))
	}
	limited("a fourth number", people[11], "0890000009", at.Add(4*time.Minute))
	if n := count(t, tx, `SELECT count(*) FROM phone_codes WHERE asked_at < '2026-11-24T03:00:00Z'`); n != 0 {
		t.Errorf("%d codes of the day before yesterday are kept", n)
	}
}

// Codes go to Thai mobile telephones only.
func TestCodeNumbers(t *testing.T) {
	t.Parallel()
	tx, b := everywhere(t), box(t)
	c := resolve(t, tx, "line", "p", "U1").CitizenID
	for _, phone := range []string{"02 123 4567", "+1 900 555 0100", "+882 12345678", "081 234 5678 ต่อ 9", "+371 2345 6789"} {
		if _, err := try(t, tx, b, c, phone, morning); !fault.Is(err, fault.Invalid) {
			t.Errorf("%s: %v", phone, err)
		}
	}
}

// Many guesses at the same instant are not more than many guesses.
func TestGuessesAtTheSameInstant(t *testing.T) {
	t.Parallel()
	pool, b := pgtest.DB(t), box(t)
	var (
		c    citizens.CitizenID
		code string
	)
	in := func(fn func(ctx context.Context, tx pgx.Tx) error) {
		t.Helper()
		if err := agencies.Everywhere(t.Context(), pool, func(tx pgx.Tx) error { return fn(t.Context(), tx) }); err != nil {
			t.Error(err)
		}
	}
	in(func(_ context.Context, tx pgx.Tx) error {
		c = resolve(t, tx, "line", "p", "U1").CitizenID
		code = ask(t, tx, b, c, "0812345678", morning)
		return nil
	})
	var counted atomic.Int64
	var wg sync.WaitGroup
	for range 12 {
		wg.Go(func() {
			in(func(ctx context.Context, tx pgx.Tx) error {
				g, err := citizens.CheckCode(ctx, tx, b, c, other(code), morning)
				if g.Left > 0 {
					counted.Add(1)
				}
				return err
			})
		})
	}
	wg.Wait()
	if counted.Load() != citizens.CodeTries-1 {
		t.Errorf("%d guesses left more to come, want %d", counted.Load(), citizens.CodeTries-1)
	}
	in(func(_ context.Context, tx pgx.Tx) error {
		if check(t, tx, b, c, code, morning).Right {
			t.Error("the right code counts after the tries were used up")
		}
		return nil
	})
}
