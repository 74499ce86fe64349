package line_test

import (
	"encoding/base64"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"saphan/agencies"
	"saphan/bot/line"
	"saphan/internal/secret"
)

// Row 1: the signature is over the raw bytes, whatever they are.
func TestRow1ValidSignatureOverRawBytes(t *testing.T) {
	t.Parallel()
	g := newGate(t)
	body := `{ "destination" : "` + home + `",   "events" : [ {"type":"message","webhookEventId":"01A","timestamp":1764000000000,` +
		`"source":{"type":"user","userId":"` + person + `"}, "message":{"id":"1","type":"text","text":"ไฟดับ 😀 \u0e01\u0e32 "}} ] } ` + "\n"
	if status := g.deliver(body); status != http.StatusOK {
		t.Fatalf("status = %d", status)
	}
	rows := g.rows()
	if len(rows) != 1 || rows[0].Jobs != 1 || rows[0].Source != person || rows[0].MessageID != "1" || rows[0].State != "waiting" {
		t.Fatalf("stored %+v", rows)
	}
	if !strings.Contains(body, string(rows[0].Body)) || !strings.Contains(string(rows[0].Body), `\u0e01`) {
		t.Errorf("the event was not kept as it came: %s", rows[0].Body)
	}
	if !rows[0].At.Equal(time.UnixMilli(1764000000000)) {
		t.Errorf("at = %s, not LINE's own time", rows[0].At)
	}
}

// Row 2: 401, nothing stored, nothing of the body in the log.
func TestRow2WrongSignatureStoresNothing(t *testing.T) {
	t.Parallel()
	g := newGate(t)
	body := envelope(said("01A", "ความลับของประชาชน"))
	good := signature(g.account.Secret, body)
	raw, err := base64.StdEncoding.DecodeString(good)
	check(t, err)
	raw[0] ^= 1
	for name, header := range map[string][]string{ // for an account of ours, and only three with what could be a signature
		"missing":          nil,
		"empty":            {"X-Line-Signature", ""},
		"other secret":     {"X-Line-Signature", signature("another secret", body)},
		"other body":       {"X-Line-Signature", signature(g.account.Secret, body+" ")},
		"one bit":          {"X-Line-Signature", base64.StdEncoding.EncodeToString(raw)},
		"not base64":       {"X-Line-Signature", "!" + good[1:]},
		"hexadecimal":      {"X-Line-Signature", strings.Repeat("0f", 32)},
		"cut short":        {"X-Line-Signature", good[:len(good)-4]},
		"twice":            {"X-Line-Signature", good + "," + good},
		"in another place": {"Authorization", good},
	} {
		if status := g.post(body, header...); status != http.StatusUnauthorized {
			t.Errorf("%s: status = %d, want 401", name, status)
		}
	}
	if rows := g.rows(); len(rows) != 0 {
		t.Errorf("stored %+v", rows)
	}
	if log := g.log.String(); strings.Contains(log, "ความลับ") || strings.Contains(log, person) {
		t.Errorf("the log quotes the body: %s", log)
	}
	if unsigned, wrong := g.outcomes.of("unsigned"), g.outcomes.of("wrong_secret"); unsigned != 7 || wrong != 3 {
		t.Errorf("%d deliveries counted as unsigned and %d as signed with a wrong secret, want 7 and 3", unsigned, wrong)
	}
}

// Row 3: the case of the header's name may change without notice.
func TestRow3HeaderNameInAnyCase(t *testing.T) {
	t.Parallel()
	g := newGate(t)
	for _, header := range []string{"X-LINE-SIGNATURE", "x-line-signature", "X-Line-Signature"} {
		body := envelope(said(header, "สวัสดี"))
		if status := g.post(body, header, signature(g.account.Secret, body)); status != http.StatusOK {
			t.Errorf("%s: status = %d", header, status)
		}
	}
	if n := len(g.rows()); n != 3 {
		t.Errorf("%d events stored, want 3", n)
	}
}

// Row 4: an account without a secret is not set up at all. (That nothing is ever validated with an
// empty one is proved beside the function, in split_test.go.) The row says that the process refuses to start. Here
// each agency's secret lies in the database and may be changed while the process runs, so what must not start is
// the channel: it is never set up without one, and one that has lost its own takes no delivery, as the next test
// shows; saphan doctor names it, and the other agencies go on.
func TestRow4AnEmptySecretIsRefused(t *testing.T) {
	t.Parallel()
	g := newGate(t)
	err := agencies.Everywhere(t.Context(), g.pool, func(tx pgx.Tx) error {
		_, err := agencies.CreateChannel(t.Context(), tx, g.box, agencies.Channel{
			AgencyID: g.agency, Kind: line.Kind, Destination: elsewhere, Provider: "p", Name: "n", Token: "t",
		})
		return err
	})
	if err == nil {
		t.Fatal("an account without a secret was set up")
	}
	body := strings.Replace(envelope(said("01A", "สวัสดี")), home, elsewhere, 1)
	if status := g.post(body, "X-Line-Signature", signature("", body)); status != http.StatusUnauthorized {
		t.Errorf("status = %d, want 401", status)
	}
}

// Row 4: an account whose secret is empty or cannot be opened takes no delivery, rings with its number, and does
// not touch the others, after a restart either.
func TestRow4ShutAccountsStandAlone(t *testing.T) {
	t.Parallel()
	g := newGate(t)
	g.still.Store(time.Now().UnixNano())
	other, err := secret.Parse(secret.Generate())
	check(t, err)
	shut := map[string]agencies.Channel{}
	for name, box := range map[string]secret.Box{"empty": g.box, "sealed with another key": other} {
		destination := fmt.Sprintf("U%032x", len(shut))
		c := g.open(destination, "a secret")
		kept := box.Seal(map[bool][]byte{true: nil, false: []byte("a secret")}[name == "empty"], "channel secret line "+destination)
		check(t, agencies.Everywhere(t.Context(), g.pool, func(tx pgx.Tx) error {
			_, err := tx.Exec(t.Context(), `UPDATE channels SET secret_sealed = $2 WHERE id = $1`, c.ID, kept)
			return err
		}))
		shut[name] = c
	}
	if status := g.deliver(envelope(said("01A", "สวัสดี"))); status != http.StatusOK {
		t.Errorf("the account that is well: status = %d", status)
	}
	g.once.Store(true)
	for name, c := range shut {
		body := strings.Replace(envelope(said("02A", "สวัสดี")), home, c.Destination, 1)
		for _, signer := range []string{"", "a secret"} {
			if status := g.post(body, "X-Line-Signature", signature(signer, body)); status != http.StatusServiceUnavailable {
				t.Errorf("%s, signed with %q: status = %d, want 503: LINE is to come again", name, signer, status)
			}
		}
		if n := strings.Count(g.log.String(), fmt.Sprintf("level=ERROR msg=\"a line account takes no deliveries; saphan doctor says what to do\" channel=%d ", c.ID)); n != 1 {
			t.Errorf("%s: told %d times, want once a minute:\n%s", name, n, g.log.String())
		}
	}
	if rows := g.rows(); len(rows) != 1 {
		t.Errorf("stored %+v", rows)
	}
}

// Row 5: while a secret is changed the old and the new one hold; a third never does.
func TestRow5SecretsOverlapWhileTheyChange(t *testing.T) {
	t.Parallel()
	g := newGate(t)
	old, fresh := g.account.Secret, "the new secret"
	if status := g.deliver(envelope(said("01A", "ก่อน"))); status != http.StatusOK {
		t.Fatalf("status = %d", status)
	}
	rotate := func(secret string, oldUntil time.Time) {
		t.Helper()
		check(t, agencies.Everywhere(t.Context(), g.pool, func(tx pgx.Tx) error {
			return agencies.RotateSecret(t.Context(), tx, g.box, g.account.ID, secret, oldUntil)
		}))
	}
	rotate(fresh, time.Now().Add(time.Hour))
	g.ahead.Add(int64(3 * time.Second)) // the accounts are not read again more often than every 2 s
	for i, s := range []struct {
		secret string
		want   int
	}{{fresh, 200}, {old, 200}, {"a third", 401}} {
		body := envelope(said("02"+s.secret, "ระหว่าง"))
		if status := g.post(body, "X-Line-Signature", signature(s.secret, body)); status != s.want {
			t.Errorf("delivery %d: status = %d, want %d", i, status, s.want)
		}
	}
	g.ahead.Add(int64(time.Hour))
	body := envelope(said("03", "หลัง"))
	if status := g.post(body, "X-Line-Signature", signature(old, body)); status != http.StatusUnauthorized {
		t.Errorf("after the overlap the old secret is answered %d, want 401", status)
	}
	err := agencies.Everywhere(t.Context(), g.pool, func(tx pgx.Tx) error {
		return agencies.RotateSecret(t.Context(), tx, g.box, g.account.ID, "", time.Now())
	})
	if err == nil {
		t.Error("a secret was changed to nothing")
	}
}

// An account that was taken out is not believed for ever because it once was.
func TestRemovedAccountIsForgotten(t *testing.T) {
	t.Parallel()
	g := newGate(t)
	if status := g.deliver(envelope(said("01A", "สวัสดี"))); status != http.StatusOK {
		t.Fatalf("status = %d", status)
	}
	check(t, agencies.Everywhere(t.Context(), g.pool, func(tx pgx.Tx) error {
		_, err := tx.Exec(t.Context(), `DELETE FROM channels`)
		return err
	}))
	g.ahead.Add(int64(2 * time.Minute))
	deadline := time.Now().Add(time.Minute)
	for g.deliver(envelope(said("02A", "ยังอยู่"))) != http.StatusUnauthorized { // the first ones may come before the reading is over
		if time.Now().After(deadline) {
			t.Fatal("an account that is gone is believed on and on")
		}
		time.Sleep(10 * time.Millisecond)
	}
}

// Row 6: the console's "Verify" gets its 200.
func TestRow6NoEvents(t *testing.T) {
	t.Parallel()
	g := newGate(t)
	for _, body := range []string{envelope(), `{"destination":"` + home + `"}`, `{"destination":"` + home + `","events":null}`, `{"events":[]}`} {
		if status := g.deliver(body); status != http.StatusOK {
			t.Errorf("%s: status = %d", body, status)
		}
	}
	if rows := g.rows(); len(rows) != 0 {
		t.Errorf("stored %+v", rows)
	}
}

// Row 7: the old console's test delivery has no destination and two events of nobody.
func TestRow7DummiesOfTheConsole(t *testing.T) {
	t.Parallel()
	g := newGate(t)
	g.open(elsewhere, "the other account's secret")
	dummy := func(token string) string {
		return `{"replyToken":"` + token + `","type":"message","timestamp":1764000000000,"source":{"type":"user","userId":"Udeadbeefdeadbeefdeadbeefdeadbeef"},` +
			`"message":{"id":"100001","type":"text","text":"Hello, world"}}`
	}
	body := `{"events":[` + dummy(strings.Repeat("0", 32)) + `,` + dummy(strings.Repeat("f", 32)) + `]}`
	for _, secret := range []string{g.account.Secret, "the other account's secret"} {
		if status := g.post(body, "X-Line-Signature", signature(secret, body)); status != http.StatusOK {
			t.Errorf("status = %d", status)
		}
	}
	if rows := g.rows(); len(rows) != 0 {
		t.Errorf("stored %+v", rows)
	}
	// However many there are.
	for i := range 70 {
		g.open(fmt.Sprintf("U%032x", i), fmt.Sprint("secret ", i))
	}
	g.ahead.Add(int64(3 * time.Second))
	if status := g.post(body, "X-Line-Signature", signature("secret 69", body)); status != http.StatusOK {
		t.Errorf("the last of 72 accounts: status = %d", status)
	}
	// A body without a destination is tried on every account, so it must not be a large one.
	large := `{"events":[` + dummy(strings.Repeat("0", 32)) + `],"padding":"` + strings.Repeat("x", 1<<20) + `"}`
	if status := g.deliver(large); status != http.StatusUnauthorized {
		t.Errorf("large and without destination: status = %d, want 401", status)
	}
	// One whose person only looks alike is somebody's.
	real := strings.Replace(envelope(said("01A", "สวัสดี")), person, "Udeadbeef111122223333444455556666", 1)
	if status := g.deliver(real); status != http.StatusOK || len(g.rows()) != 1 {
		t.Errorf("status = %d, stored %+v", status, g.rows())
	}
}

// Row 8: a delivery for an account that is not ours, or signed for another one than it names. Both ring, though
// not each time: strangers can send such as often as they like.
func TestRow8DestinationOfAnotherAccount(t *testing.T) {
	t.Parallel()
	g := newGate(t)
	g.still.Store(time.Now().UnixNano()) // it takes less than a minute, however busy the machine is
	rings := func(level, text string) int {
		return strings.Count(g.log.String(), "level="+level+" msg=\"line webhook refused: "+text)
	}
	const ours, theirs, wrong = "the channel's secret signed it, but it is for an account that is not set up here", "it is for an account that is not set up here", "the channel's secret has not signed it"
	unknown := strings.Replace(envelope(said("01A", "สวัสดี")), home, elsewhere, 1)
	refused := func(body, secret string) {
		t.Helper()
		for range 3 {
			if status := g.post(body, "X-Line-Signature", signature(secret, body)); status != http.StatusUnauthorized {
				t.Errorf("status = %d, want 401", status)
			}
		}
	}
	refused(unknown, "of nobody")
	if n := g.outcomes.of("unknown_destination"); n != 3 || rings("WARN", theirs) != 1 || strings.Contains(g.log.String(), "level=ERROR") {
		t.Errorf("of a stranger: %d counted, want 3, and one word in the log:\n%s", n, g.log.String())
	}
	g.ahead.Add(int64(time.Minute))
	refused(unknown, g.account.Secret)
	if n := g.outcomes.of("unknown_destination"); n != 6 || rings("ERROR", ours) != 1 || rings("WARN", theirs) != 1 {
		t.Errorf("signed by an account of ours: %d counted, want 6, and one alarm:\n%s", n, g.log.String())
	}
	other := g.open(elsewhere, "the other account's secret")
	g.ahead.Add(int64(3 * time.Second))
	refused(unknown, g.account.Secret)
	if n := g.outcomes.of("wrong_secret"); n != 3 || rings("ERROR", wrong) != 1 || !strings.Contains(g.log.String(), fmt.Sprint("channel=", other.ID)) {
		t.Errorf("named the other account, signed by this one: %d counted, want 3, and one alarm:\n%s", n, g.log.String())
	}
	refused(envelope(said("02A", "สวัสดี")), "a secret of before")
	if rings("ERROR", wrong) != 2 || !strings.Contains(g.log.String(), fmt.Sprint("channel=", g.account.ID)) {
		t.Errorf("another account's alarm is kept back:\n%s", g.log.String())
	}
	g.ahead.Add(int64(time.Minute))
	refused(envelope(said("02A", "สวัสดี")), "a secret of before")
	if rings("ERROR", wrong) != 3 {
		t.Errorf("a minute later it does not ring again:\n%s", g.log.String())
	}
	if rows := g.rows(); len(rows) != 0 {
		t.Errorf("stored %+v", rows)
	}
	// An account that was added a moment ago is found without a restart.
	if status := g.post(unknown, "X-Line-Signature", signature(other.Secret, unknown)); status != http.StatusOK {
		t.Errorf("new account: status = %d", status)
	}
}

// Row 9: with the database away LINE hears so, in time to deliver again, and never 200.
func TestRow9DatabaseAway(t *testing.T) {
	t.Parallel()
	g := newGate(t)
	if status := g.deliver(envelope(said("01A", "ก่อน"))); status != http.StatusOK {
		t.Fatalf("status = %d", status)
	}
	g.once.Store(true)
	g.pool.Close()
	began := time.Now()
	if status := g.deliver(envelope(said("02A", "หลัง"))); status != http.StatusServiceUnavailable {
		t.Errorf("status = %d, want 503", status)
	}
	g.ahead.Add(int64(2 * time.Minute))
	if status := g.deliver(strings.Replace(envelope(said("03A", "หลัง")), home, elsewhere, 1)); status != http.StatusServiceUnavailable {
		t.Errorf("an account that cannot be looked up: status = %d, want 503", status)
	}
	if took := time.Since(began); took > 4*time.Second {
		t.Errorf("two answers took %s, want less than 2 s each", took)
	}
}

// The largest body is what the settings say (line.md 11: LINE publishes none).
func TestBodyAboveTheSetting(t *testing.T) {
	t.Parallel()
	g := newGate(t)
	most := 3 * line.BodyLimit
	g.url = g.process(g.pool, func(h *line.Webhook) { h.LetIn(int64(most)) })
	if status := g.deliver(envelope(said("01A", strings.Repeat("x", most-1000)))); status != http.StatusOK {
		t.Errorf("below the setting: status = %d", status)
	}
	if status := g.deliver(envelope(said("01B", strings.Repeat("x", most)))); status != http.StatusRequestEntityTooLarge {
		t.Errorf("above the setting: status = %d", status)
	}
}

// Row 18 and the list: too large is 413 and rings, malformed is 400, though well signed.
func TestRow18BodiesThatAreNoEnvelope(t *testing.T) {
	t.Parallel()
	g := newGate(t)
	for body, want := range map[string]int{
		envelope(`{"padding":"` + strings.Repeat("x", line.BodyLimit) + `"}`): http.StatusRequestEntityTooLarge,
		`{"destination":"` + home + `","events":[`:                            http.StatusBadRequest,
		`{"destination":"` + home + `","events":{}}`:                          http.StatusBadRequest,
		`{"destination":"` + home + `","events":"x"}`:                         http.StatusBadRequest,
	} {
		if status := g.deliver(body); status != want {
			t.Errorf("%.60s: status = %d, want %d", body, status, want)
		}
	}
	for _, body := range []string{`[]`, `"x"`, `7`, ``, `{`, "\x00", "\xff\xfe", strings.Repeat("[", 5000), `{"events":[{]}`} {
		if status := g.deliver(body); status != http.StatusBadRequest {
			t.Errorf("%.60q: status = %d, want 400", body, status)
		}
	}
	if rows := g.rows(); len(rows) != 0 {
		t.Errorf("stored %+v", rows)
	}
	// One that does not say beforehand how long it is comes in pieces.
	if status := g.chunked(strings.Repeat(" ", line.BodyLimit+1)); status != http.StatusRequestEntityTooLarge {
		t.Errorf("too large, in pieces: status = %d, want 413", status)
	}
	if g.outcomes.of("too_large") != 2 || strings.Count(g.log.String(), "too large") != 2 {
		t.Error("nobody is alarmed of a body that is too large")
	}
	if status := g.chunked(envelope(said("01A", "สวัสดี"))); status != http.StatusOK {
		t.Errorf("in pieces: status = %d", status)
	}
}

// chunked delivers a body without saying beforehand how long it is.
func (g *gate) chunked(body string) int {
	g.t.Helper()
	req, err := http.NewRequestWithContext(g.t.Context(), http.MethodPost, g.url, io.MultiReader(strings.NewReader(body)))
	check(g.t, err)
	req.Header.Set("X-Line-Signature", signature(g.account.Secret, body))
	res, err := http.DefaultClient.Do(req)
	check(g.t, err)
	check(g.t, res.Body.Close())
	return res.StatusCode
}

// Row 18: nobody knows how much LINE sends at once: a delivery of more than half of what is read is stored
// and rings, before one is refused; one that anybody could have sent rings nowhere.
func TestRow18NearTheLimit(t *testing.T) {
	t.Parallel()
	g := newGate(t)
	const bell = "near the limit"
	large := envelope(said("01A", strings.Repeat("ก", line.BodyLimit/3/2+1)))
	if status := g.post(large, "X-Line-Signature", signature("of nobody", large)); status != http.StatusUnauthorized || strings.Contains(g.log.String(), bell) {
		t.Errorf("of a stranger: status = %d; the log: %s", status, g.log.String())
	}
	if status := g.deliver(envelope(said("02A", "สวัสดี"))); status != http.StatusOK || strings.Contains(g.log.String(), bell) {
		t.Errorf("an ordinary one: status = %d; the log: %s", status, g.log.String())
	}
	if status := g.deliver(large); status != http.StatusOK || len(g.rows()) != 2 {
		t.Errorf("status = %d", status)
	}
	if log := g.log.String(); !strings.Contains(log, bell) || strings.Contains(log, "กกก") || strings.Contains(log, person) {
		t.Errorf("the log: %.500s", log)
	}
}

// Row 11, and 12 without the 500 before it: the same event again, redelivered or not, in the same delivery or a later one.
func TestRow11EventComesTwice(t *testing.T) {
	t.Parallel()
	g := newGate(t)
	one := said("01A", "สวัสดี")
	again := strings.Replace(one, `"isRedelivery":false`, `"isRedelivery":true`, 1)
	for _, body := range []string{envelope(one, one), envelope(one), envelope(again), envelope(again, said("02A", "อีกข้อ"))} {
		if status := g.deliver(body); status != http.StatusOK {
			t.Fatalf("status = %d", status)
		}
	}
	rows := g.rows()
	if len(rows) != 2 || rows[0].Jobs != 1 || rows[1].Jobs != 1 {
		t.Errorf("stored %+v, want two events with a job each", rows)
	}
}

// Row 13 and R2: 64 deliveries of one body at the same instant, half of them to another process, have one
// effect. (BenchmarkSameBody does it 10,000 times.)
func TestRow13SameInstant(t *testing.T) {
	t.Parallel()
	g := newGate(t)
	own, err := pgxpool.NewWithConfig(t.Context(), g.pool.Config())
	check(t, err)
	t.Cleanup(own.Close)
	processes := []string{g.url, g.process(own)}
	const rounds = 12
	for round := range rounds {
		var events []string
		for i := range 3 {
			events = append(events, said(fmt.Sprintf("%02d-%d", round, i), "ไฟดับ"))
		}
		body := envelope(events...)
		start := make(chan struct{})
		var wg sync.WaitGroup
		for n := range 64 {
			wg.Go(func() {
				<-start
				if status := g.postTo(processes[n%2], body, "X-Line-Signature", signature(g.account.Secret, body)); status != http.StatusOK {
					t.Errorf("status = %d", status)
				}
			})
		}
		close(start)
		wg.Wait()
	}
	rows := g.rows()
	if len(rows) != 3*rounds {
		t.Fatalf("%d events, want %d", len(rows), 3*rounds)
	}
	for i, r := range rows {
		if want := fmt.Sprintf("%02d-%d", i/3, i%3); r.Jobs != 1 || r.EventID != want {
			t.Errorf("event %s has %d jobs at the place of %s", r.EventID, r.Jobs, want)
		}
	}
}

// Row 15: one malformed event does not take the others with it.
func TestRow15MixedBatch(t *testing.T) {
	t.Parallel()
	g := newGate(t)
	bad := []string{
		`"just words"`, `null`, `17`, `{}`, `{"type":"message"}`, `{"webhookEventId":"x1"}`,
		`{"type":"message","webhookEventId":"x2","timestamp":"yesterday"}`,
		`{"type":7,"webhookEventId":"x3"}`,
		`{"type":"message","webhookEventId":"x4\u0000","timestamp":1764000000000,"source":{"type":"user","userId":"` + person + `"},"message":{"id":"1"}}`,
		`{"type":"message","webhookEventId":"` + strings.Repeat("x", 5000) + `","timestamp":1764000000000}`,
		`{"type":"message","webhookEventId":"x6","timestamp":1764000000000,"source":{"type":"user","userId":"U\u0000"},"message":{"id":"1"}}`,
		`{"type":"message","webhookEventId":"x7","timestamp":1764000000000,"source":{"type":"user","userId":"` + person + `"},"message":{"id":"` + strings.Repeat("9", 5000) + `"}}`,
	}
	body := envelope(append(append([]string{said("01A", "ก่อน")}, bad...), said("02A", "หลัง"))...)
	for range 2 { // it comes again: the bad ones are recognised too
		if status := g.deliver(body); status != http.StatusOK {
			t.Fatalf("status = %d", status)
		}
	}
	good, quarantined := 0, 0
	for _, r := range g.rows() {
		switch {
		case r.State == "waiting" && r.Jobs == 1 && r.Source == person:
			good++
		case r.State == "quarantined" && r.Jobs == 0 && r.Problem != "" && len(r.Body) > 0:
			quarantined++
		default:
			t.Errorf("stored %+v", r)
		}
	}
	if good != 2 || quarantined != len(bad) {
		t.Errorf("%d good and %d quarantined, want 2 and %d", good, quarantined, len(bad))
	}
	// Somebody hears of it: how many and why, but not what they said.
	if n, m := g.outcomes.of("quarantined"), g.outcomes.of("stored"); n != 2 || m != 0 {
		t.Errorf("%d deliveries are counted as with events in quarantine and %d as stored whole, want 2 and 0", n, m)
	}
	want := fmt.Sprintf(`level=WARN msg="line webhook stored with events in quarantine" channel=%d events=%d problems="[not a webhook event an identifier that cannot be one]"`, g.account.ID, len(bad))
	if log := g.log.String(); strings.Count(log, want) != 2 || strings.Contains(log, person) || strings.Contains(log, "just words") {
		t.Errorf("the log does not say twice %s:\n%s", want, log)
	}
}

// Row 15: a time that is written in another way is no reason to put the words of a person aside.
func TestRow15TimeInAnotherForm(t *testing.T) {
	t.Parallel()
	g := newGate(t)
	var events []string
	for i, at := range []string{`1.764e12`, `"1764000000000"`, `1764000000000.0`, `null`, `99999999999999999999`} {
		events = append(events, fmt.Sprintf(`{"type":"message","webhookEventId":"%dA","timestamp":%s,"source":{"type":"user","userId":%q},"message":{"id":"%d","type":"text","text":"x"}}`, i, at, person, i))
	}
	events = append(events, fmt.Sprintf(`{"type":"join","webhookEventId":"6A","timestamp":"1764000000000","source":{"type":"group","groupId":"C1","userId":%q}}`, person))
	if status := g.deliver(envelope(events...)); status != http.StatusOK || g.outcomes.of("stored") != 1 {
		t.Fatalf("status = %d; the log: %s", status, g.log.String())
	}
	for i, r := range g.rows() {
		known := i != 3 && i != 4
		if r.State != "waiting" || r.At.Equal(time.UnixMilli(1764000000000)) != known || time.Since(r.At) > time.Hour && !known {
			t.Errorf("event %d: %+v", i, r)
		}
	}
}

// Row 16: what is unknown is stored raw, whole, and answered 200.
func TestRow16UnknownTypesAndFields(t *testing.T) {
	t.Parallel()
	g := newGate(t)
	events := []string{
		`{"type":"teleport","webhookEventId":"01A","timestamp":1764000000000,"source":{"type":"user","userId":"` + person + `"},"to":{"planet":"ดาวอังคาร"}}`,
		`{"type":"message","webhookEventId":"02A","timestamp":1764000000001,"source":{"type":"user","userId":"` + person + `"},"message":{"id":"9","type":"smell","title":{"deep":1}},"extra":[1,{}]}`,
		`{"type":"message","webhookEventId":"03A","timestamp":1764000000002,"source":{"type":"spaceship","crew":["` + person + `"]},"message":{"id":"10","type":"text","text":"x"}}`,
		`{"type":"botSuspended","webhookEventId":"04A","timestamp":1764000000003,"mode":"active"}`,
		`{"type":"accountLink","webhookEventId":"05A","timestamp":1764000000004,"link":{"result":"failed","nonce":"n"}}`,
	}
	if status := g.deliver(envelope(events...)); status != http.StatusOK {
		t.Fatalf("status = %d", status)
	}
	rows := g.rows()
	if len(rows) != len(events) {
		t.Fatalf("%d stored, want %d", len(rows), len(events))
	}
	for i, r := range rows {
		if r.State != "waiting" || string(r.Body) != events[i] {
			t.Errorf("event %d: %+v", i, r)
		}
	}
}

// Row 17: a file of 5 GB, nobody as source, no message: no panic, and what can never be worked on is
// in quarantine.
func TestRow17AbsurdEvents(t *testing.T) {
	t.Parallel()
	g := newGate(t)
	user := `"source":{"type":"user","userId":"` + person + `"}`
	events := map[string]string{
		`{"type":"message","webhookEventId":"01A","timestamp":1764000000000,` + user + `,"message":{"id":"1","type":"file","fileName":"a.pdf","fileSize":5000000000}}`: "waiting",
		`{"type":"message","webhookEventId":"02A","timestamp":1764000000000,` + user + `,"message":{"id":"2","type":"file","fileName":"a.pdf","fileSize":5e9}}`:        "waiting",
		`{"type":"message","webhookEventId":"03A","timestamp":1764000000000,"source":null,"message":{"id":"3","type":"text","text":"x"}}`:                              "quarantined",
		`{"type":"message","webhookEventId":"04A","timestamp":1764000000000,"message":{"id":"4","type":"text","text":"x"}}`:                                            "quarantined",
		`{"type":"message","webhookEventId":"05A","timestamp":1764000000000,` + user + `}`:                                                                             "quarantined",
		`{"type":"message","webhookEventId":"06A","timestamp":1764000000000,` + user + `,"message":null}`:                                                              "quarantined",
		`{"type":"postback","webhookEventId":"07A","timestamp":1764000000000,` + user + `}`:                                                                            "quarantined",
		`{"type":"unsend","webhookEventId":"08A","timestamp":1764000000000,` + user + `,"unsend":null}`:                                                                "quarantined",
		`{"type":"follow","webhookEventId":"09A","timestamp":1764000000000}`:                                                                                           "quarantined",
		`{"type":"message","webhookEventId":"10A","timestamp":9223372036854775807,` + user + `,"message":{"id":"10","type":"text","text":"x"}}`:                        "waiting",
		`{"type":"message","webhookEventId":"11A","timestamp":-9223372036854775808,` + user + `,"message":{"id":"11","type":"text","text":"x"}}`:                       "waiting",
		`{"type":"message","webhookEventId":"12A",` + user + `,"message":{"id":"12","type":"text","text":"x"}}`:                                                        "waiting",
		`{"type":"message","webhookEventId":"13A","timestamp":1764000000000,"source":{"type":"group","groupId":"C1","userId":"U1"},"message":{"id":"13"}}`:             "waiting",
		`{"type":"message","webhookEventId":"14A","timestamp":1764000000000,"source":{"type":"user"},"message":{"id":"14","type":"text","text":"x"}}`:                  "waiting",
	}
	var all []string
	states := map[string]string{} // by the event's name; of people in groups the body is not kept whole
	for e, state := range events {
		all = append(all, e)
		_, rest, _ := strings.Cut(e, `"webhookEventId":"`)
		id, _, _ := strings.Cut(rest, `"`)
		states[id] = state
	}
	if status := g.deliver(envelope(all...)); status != http.StatusOK {
		t.Fatalf("status = %d", status)
	}
	rows := g.rows()
	if len(rows) != len(events) {
		t.Errorf("%d stored, want %d", len(rows), len(events))
	}
	for _, r := range rows {
		if want := states[r.EventID]; r.State != want {
			t.Errorf("%s is %s (%s), want %s", r.Body, r.State, r.Problem, want)
		}
		if off := time.Since(r.At).Abs(); off > 400*24*time.Hour {
			t.Errorf("%s happened at %s", r.Body, r.At)
		}
	}
}
