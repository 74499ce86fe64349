package line_test

import (
	"crypto/rsa"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"errors"
	"math/big"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/line/line-bot-sdk-go/v8/linebot/channel_access_token"

	"saphan/agencies"
	"saphan/bot"
	"saphan/bot/line"
	simulator "saphan/devkit/line"
	"saphan/internal/fault"
	"saphan/internal/pgtest"
	"saphan/internal/secret"
)

// mint is the simulator with an account that has no token of its own, and a clock that is ours.
type mint struct {
	*phone
	clock atomic.Int64
	asked atomic.Int64 // for tokens
	hold  atomic.Pointer[chan struct{}]
	heard atomic.Int64 // pushes
	slow  atomic.Pointer[chan struct{}]
}

const keyID = "the key's number"

func (m *mint) now() time.Time       { return time.Unix(0, m.clock.Load()) }
func (m *mint) pass(d time.Duration) { m.clock.Add(int64(d)) }

// newMint returns a mint with one account that gets its tokens in a way.
func newMint(t *testing.T, kind agencies.TokenKind) *mint {
	t.Helper()
	m := &mint{phone: &phone{t: t}}
	m.clock.Store(time.Date(2026, 11, 23, 10, 0, 0, 0, time.UTC).UnixNano())
	sim, err := simulator.New(simulator.Config{Now: m.now})
	check(t, err)
	inner := sim.Handler()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		var gate *chan struct{}
		switch {
		case strings.HasPrefix(r.URL.Path, "/api/oauth2/"):
			m.asked.Add(1)
			gate = m.hold.Load()
		case strings.HasSuffix(r.URL.Path, "/message/push"):
			m.heard.Add(1)
			gate = m.slow.Load()
		}
		if gate != nil {
			select {
			case <-*gate:
			case <-t.Context().Done():
			}
		}
		inner.ServeHTTP(w, r)
	}))
	hook := httptest.NewServer(http.HandlerFunc(m.hook))
	t.Cleanup(func() {
		server.CloseClientConnections()
		server.Close()
		check(t, sim.Close())
		hook.Close()
	})
	m.sim, m.url = sim, server.URL
	m.channel = m.process()
	m.account = agencies.Channel{
		ID: 1, Kind: line.Kind, Destination: home, Provider: "p", Name: "เทศบาลตัวอย่าง", LineID: "1650000001", Secret: "its secret", TokenKind: kind,
	}
	account := simulator.Channel{
		Destination: home, ID: m.account.LineID, Secret: m.account.Secret, AccessToken: "nobody knows it", Name: "เทศบาลตัวอย่าง", WebhookURL: hook.URL,
	}
	if kind == agencies.SharedToken {
		m.account.Key, m.account.KeyID = newKey(t, m.channel), keyID
		account.AssertionKeys = map[string][]byte{keyID: publicPEM(t, m.account.Key)}
	}
	check(t, sim.AddChannel(account))
	var users []struct{ ID string }
	m.control("GET", "users", nil, &users)
	m.citizen = users[0].ID
	m.control("POST", "chats/"+m.citizen+"/follow", nil, nil)
	return m
}

// process is what another process of ours would have to speak to LINE with.
func (m *mint) process(options ...line.Option) *line.Channel {
	return line.NewChannel(m.url+"/api", m.url+"/api-data", append([]line.Option{line.WithClock(m.now)}, options...)...)
}

// store puts the account into a database of its own.
func (m *mint) store() (*pgxpool.Pool, secret.Box) {
	m.t.Helper()
	pool := pgtest.DB(m.t)
	box, err := secret.Parse(secret.Generate())
	check(m.t, err)
	check(m.t, agencies.Everywhere(m.t.Context(), pool, func(tx pgx.Tx) error {
		a, err := agencies.Create(m.t.Context(), tx, agencies.Agency{Code: "MT", Name: "เทศบาลตัวอย่าง", Kind: "เทศบาล"})
		if err != nil {
			return err
		}
		m.account.AgencyID = a.ID
		m.account.ID, err = agencies.CreateChannel(m.t.Context(), tx, box, m.account)
		return err
	}))
	return pool, box
}

func newKey(t *testing.T, c *line.Channel) string {
	t.Helper()
	key, err := c.NewKey()
	check(t, err)
	return key
}

func privateKey(t *testing.T, key string) *rsa.PrivateKey {
	t.Helper()
	block, _ := pem.Decode([]byte(key))
	parsed, err := x509.ParsePKCS8PrivateKey(block.Bytes)
	check(t, err)
	private, ok := parsed.(*rsa.PrivateKey)
	if !ok {
		t.Fatal("not an RSA key")
	}
	return private
}

func publicPEM(t *testing.T, key string) []byte {
	t.Helper()
	der, err := x509.MarshalPKIXPublicKey(&privateKey(t, key).PublicKey)
	check(t, err)
	return pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der})
}

// Row 40: a token that LINE refuses in the middle of everything is renewed once, by one call for all
// that were refused, and every request is repeated once: nothing is lost and nothing is said twice.
func TestRow40TokenRefreshedOnce(t *testing.T) {
	t.Parallel()
	for _, kind := range []agencies.TokenKind{agencies.StatelessToken, agencies.SharedToken} {
		t.Run(string(kind), func(t *testing.T) {
			t.Parallel()
			m := newMint(t, kind)
			pool, box := m.store()
			m.channel = m.process(line.WithStore(pool, box))
			m.want(m.try(m.push("ก่อน")), bot.Accepted)
			if n := m.asked.Load(); n != 1 {
				t.Fatalf("%d calls for the first token", n)
			}
			m.pass(2 * time.Minute) // one that was just fetched would not be replaced yet
			m.endToken(pool, box)
			const crowd = 24
			gate := make(chan struct{})
			m.hold.Store(&gate) // until all were refused
			var wg sync.WaitGroup
			results := make([]bot.Result, crowd)
			for i := range crowd {
				wg.Go(func() { results[i] = m.try(m.push("ระหว่าง")) })
			}
			m.until("all are refused", func() bool { return len(m.refused()) == crowd })
			close(gate)
			wg.Wait()
			for _, r := range results {
				m.want(r, bot.Accepted)
			}
			if n := m.asked.Load(); n != 2 {
				t.Errorf("%d calls for tokens, want one more", n)
			}
			if n := len(m.shown()); n != crowd+1 {
				t.Errorf("%d messages in the chat, want %d", n, crowd+1)
			}
			if n := len(m.refused()); n != crowd {
				t.Errorf("%d calls were refused, want %d", n, crowd)
			}
			m.want(m.try(m.push("หลัง")), bot.Accepted)
			if n := m.asked.Load(); n != 2 {
				t.Errorf("afterwards %d calls for tokens", n)
			}
		})
	}
}

// endToken lets LINE end the account's token before its time.
func (m *mint) endToken(pool *pgxpool.Pool, box secret.Box) {
	m.t.Helper()
	if m.account.TokenKind == agencies.StatelessToken { // cannot be revoked: only LINE's clock goes on
		m.control("POST", "clock", map[string]any{"advance_seconds": (16 * time.Minute).Seconds()}, nil)
		return
	}
	check(m.t, agencies.Everywhere(m.t.Context(), pool, func(tx pgx.Tx) error {
		c, err := agencies.FindChannel(m.t.Context(), tx, box, m.account.ID)
		if err != nil {
			return err
		}
		api, err := channel_access_token.NewChannelAccessTokenAPI(channel_access_token.WithEndpoint(m.url + "/api"))
		if err != nil {
			return err
		}
		_, err = api.RevokeChannelTokenByJWT(c.LineID, c.Secret, c.Token)
		return err
	}))
	m.asked.Store(1)
}

// refused are the pushes that LINE did not take for want of a token.
func (m *mint) refused() (found []called) {
	m.t.Helper()
	for _, c := range m.calls("/message/push") {
		if c.Status == http.StatusUnauthorized {
			found = append(found, c)
		}
	}
	return found
}

func (m *mint) until(what string, done func() bool) {
	m.t.Helper()
	for end := time.Now().Add(30 * time.Second); !done(); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(end) {
			m.t.Fatal("never: " + what)
		}
	}
}

// Row 40: a token that stays refused is an error as before, after one repetition; other calls, with
// and without a body, are repeated too.
func TestRow40SecondRefusalIsTheAnswer(t *testing.T) {
	t.Parallel()
	m := newMint(t, agencies.StatelessToken)
	m.fail(map[string]any{"path": "/v2/bot/message/push", "status": 401, "times": 2})
	m.want(m.try(m.push("ก")), bot.TryAgain)
	if calls, asked := len(m.calls("/message/push")), m.asked.Load(); calls != 2 || asked != 2 {
		t.Errorf("%d pushes and %d calls for tokens, want 2 and 2", calls, asked)
	}
	m.want(m.try(m.push("ข")), bot.Accepted)

	m.fail(map[string]any{"path": "/v2/bot/profile/*", "status": 401, "times": 1})
	if name, err := m.channel.Name(t.Context(), m.account, m.citizen); err != nil || name == "" {
		t.Errorf("the name after a refusal: %q %v", name, err)
	}
	token := m.token()
	m.fail(map[string]any{"path": "/v2/bot/message/reply", "status": 401, "times": 1})
	reply := m.push("ค")
	reply.Token = token
	m.want(m.try(reply), bot.Accepted)
	if got := m.shown(); len(got) != 2 || got[1] != "ค" {
		t.Errorf("the chat: %v", got)
	}
}

// Row 40: a shared token that LINE refuses right after it gave it is not replaced: the next one would be
// refused for the same reason, and there are thirty. After a minute one more is asked for.
func TestRow40RefusedAfresh(t *testing.T) {
	t.Parallel()
	m := newMint(t, agencies.SharedToken)
	pool, box := m.store()
	m.channel = m.process(line.WithStore(pool, box))
	m.want(m.try(m.push("ก่อน")), bot.Accepted)
	m.fail(map[string]any{"path": "/v2/bot/message/push", "status": 401, "times": 100})
	for range 20 {
		m.want(m.try(m.push("ระหว่าง")), bot.TryAgain)
		m.pass(2500 * time.Millisecond) // longer than LINE is left alone after it gave none
	}
	if n := m.asked.Load(); n != 1 {
		t.Errorf("%d tokens within 50 seconds", n)
	}
	m.pass(time.Minute)
	m.want(m.try(m.push("ระหว่าง")), bot.TryAgain)
	if n := m.asked.Load(); n != 2 {
		t.Errorf("%d tokens after a minute", n)
	}
	m.fail()
	m.pass(3 * time.Second)
	m.want(m.try(m.push("หลัง")), bot.Accepted)
}

// Row 40: a 401 of something on the way to LINE says nothing about the token: no other is fetched, and the
// call is not made again.
func TestRow40RefusedOnTheWay(t *testing.T) {
	t.Parallel()
	for _, kind := range []agencies.TokenKind{agencies.StatelessToken, agencies.SharedToken} {
		var fetched, called atomic.Int32
		channel, account := between(t, func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Content-Type", "application/json")
			if strings.HasPrefix(r.URL.Path, "/oauth2/") {
				fetched.Add(1)
				_, _ = w.Write([]byte(`{"access_token":"t","token_type":"Bearer","expires_in":900,"key_id":"k"}`))
				return
			}
			called.Add(1)
			w.WriteHeader(http.StatusUnauthorized)
			_, _ = w.Write([]byte(`{"message":"Sign in to the network first"}`))
		})
		account.TokenKind, account.LineID, account.Secret = kind, "1650000001", "s"
		account.Key, account.KeyID = newKey(t, channel), keyID
		for range 3 {
			r := channel.Send(t.Context(), account, bot.Call{To: home, Key: uuid.New(), Replies: []bot.Outgoing{{Body: bot.Reply{Text: "ก"}}}})
			if r.Verdict != bot.TryAgain {
				t.Errorf("%s: %+v", kind, r)
			}
		}
		if fetched.Load() != 1 || called.Load() != 3 {
			t.Errorf("%s: %d tokens were fetched for %d calls", kind, fetched.Load(), called.Load())
		}
	}
}

// A process that starts while LINE gives no tokens, or while another process asks for one, uses the stored
// token to its end.
func TestSharedTokenIsUsedToItsEnd(t *testing.T) {
	t.Parallel()
	for name, hinder := range map[string]func(m *mint, pool *pgxpool.Pool){
		"LINE gives none": func(m *mint, _ *pgxpool.Pool) {
			m.fail(map[string]any{"path": "/oauth2/v2.1/token", "status": 503, "times": 1000})
		},
		"another process asks": func(m *mint, pool *pgxpool.Pool) {
			check(t, agencies.Everywhere(t.Context(), pool, func(tx pgx.Tx) error {
				_, err := agencies.BeginRenewal(t.Context(), tx, m.account.ID, m.now(), m.now().Add(365*24*time.Hour))
				return err
			}))
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			m := newMint(t, agencies.SharedToken)
			pool, box := m.store()
			m.want(m.process(line.WithStore(pool, box)).Send(t.Context(), m.account, m.push("ก่อน")), bot.Accepted)
			m.pass(25 * 24 * time.Hour) // past four fifths of thirty days
			hinder(m, pool)
			c := m.process(line.WithStore(pool, box))
			for range 10 {
				m.want(c.Send(t.Context(), m.account, m.push("ยังใช้ได้")), bot.Accepted)
			}
			if n := m.asked.Load(); n > 2 {
				t.Errorf("LINE was asked for tokens %d times at once", n)
			}
			m.fail()
			m.pass(4 * 24 * time.Hour)
			m.want(c.Send(t.Context(), m.account, m.push("ยังใช้ได้")), bot.Accepted)
			if n := len(m.refused()); n != 0 {
				t.Errorf("%d calls were refused", n)
			}
		})
	}
}

// A stateless token is asked for once, kept for twelve of its fifteen minutes, and renewed while it
// still holds: nobody waits and no call is refused.
func TestStatelessTokenIsRenewedAhead(t *testing.T) {
	t.Parallel()
	m := newMint(t, agencies.StatelessToken)
	for range 3 {
		m.want(m.try(m.push("ก")), bot.Accepted)
	}
	m.pass(11 * time.Minute)
	m.want(m.try(m.push("ข")), bot.Accepted)
	if n := m.asked.Load(); n != 1 {
		t.Fatalf("%d tokens in eleven minutes", n)
	}
	gate := make(chan struct{})
	m.hold.Store(&gate)
	m.pass(90 * time.Second)
	m.want(m.try(m.push("ค")), bot.Accepted) // with the old one, while the new one is on its way
	m.until("the next token is asked for", func() bool { return m.asked.Load() == 2 })
	close(gate)
	m.hold.Store(nil)
	m.pass(2 * time.Minute)
	m.until("the next token is in use", func() bool { return m.try(m.push("ง")).Verdict == bot.Accepted && len(m.refused()) == 0 })
	m.pass(10 * time.Minute)
	m.want(m.try(m.push("จ")), bot.Accepted)
	m.until("the third token is asked for", func() bool { return m.asked.Load() >= 3 })
	if n := m.asked.Load(); n != 3 {
		t.Errorf("%d tokens in 25 minutes, want 3", n)
	}
	if n := len(m.refused()); n != 0 {
		t.Errorf("%d calls were refused", n)
	}
}

// LINE gives thirty v2.1 tokens and no more: however many processes start at once, they use one, and
// one that starts later finds it.
func TestSharedTokenIsOneForAllProcesses(t *testing.T) {
	t.Parallel()
	m := newMint(t, agencies.SharedToken)
	pool, box := m.store()
	var wg sync.WaitGroup
	for range 8 {
		c := m.process(line.WithStore(pool, box))
		wg.Go(func() { m.want(c.Send(t.Context(), m.account, m.push("ก")), bot.Accepted) })
	}
	wg.Wait()
	m.want(m.process(line.WithStore(pool, box)).Send(t.Context(), m.account, m.push("ข")), bot.Accepted)
	if n := m.asked.Load(); n != 1 {
		t.Errorf("%d tokens for nine processes", n)
	}
	m.pass(25 * 24 * time.Hour) // past four fifths of thirty days
	late := m.process(line.WithStore(pool, box))
	m.want(late.Send(t.Context(), m.account, m.push("ค")), bot.Accepted)
	if n := m.asked.Load(); n != 2 {
		t.Errorf("after 25 days %d tokens", n)
	}
	var plain bool
	check(t, pool.QueryRow(t.Context(), `SELECT bool_or(position('PRIVATE KEY'::bytea IN key_sealed) > 0) FROM channels`).Scan(&plain))
	if plain {
		t.Error("the key lies in the open")
	}
}

// A process that died while it fetched holds the others up for a while only, and LINE's refusal is
// told as it is, without anything of ours.
func TestSharedTokenAfterADeath(t *testing.T) {
	t.Parallel()
	m := newMint(t, agencies.SharedToken)
	pool, box := m.store()
	check(t, agencies.Everywhere(t.Context(), pool, func(tx pgx.Tx) error {
		_, err := agencies.BeginRenewal(t.Context(), tx, m.account.ID, m.now(), m.now().Add(20*time.Second))
		return err
	}))
	c := m.process(line.WithStore(pool, box))
	done := make(chan bot.Result, 1)
	go func() { done <- c.Send(t.Context(), m.account, m.push("ก")) }()
	m.pass(21 * time.Second)
	m.want(<-done, bot.Accepted)

	bad := newMint(t, agencies.StatelessToken)
	bad.account.Secret = "not its secret"
	r := bad.try(bad.push("ก"))
	bad.want(r, bot.TryAgain)
	if !strings.Contains(r.Problem, "LINE gives no token: status 400") || strings.Contains(r.Problem, "not its secret") {
		t.Errorf("problem: %s", r.Problem)
	}
	bad.try(bad.push("ก"))
	if n := bad.asked.Load(); n != 1 {
		t.Errorf("%d calls for tokens at once though LINE said no", n)
	}
}

// A fixed token that was replaced while somebody still used the old one is read again.
func TestFixedTokenReplacedMeanwhile(t *testing.T) {
	t.Parallel()
	m := newMint(t, agencies.FixedToken)
	m.account.Token = "an old token"
	pool, box := m.store()
	c := m.process(line.WithStore(pool, box))
	m.want(c.Send(t.Context(), m.account, m.push("ก")), bot.TryAgain)
	replaced := m.account
	replaced.Token = "nobody knows it"
	check(t, agencies.Everywhere(t.Context(), pool, func(tx pgx.Tx) error { return agencies.SetTokens(t.Context(), tx, box, replaced) }))
	m.pass(3 * time.Second)
	m.want(c.Send(t.Context(), m.account, m.push("ข")), bot.Accepted)
	check(t, agencies.Everywhere(t.Context(), pool, func(tx pgx.Tx) error {
		return agencies.RemoveChannel(t.Context(), tx, m.account.ID, m.now())
	}))
	gone := agencies.Channel{}
	check(t, agencies.Everywhere(t.Context(), pool, func(tx pgx.Tx) (err error) {
		gone, err = agencies.FindChannel(t.Context(), tx, box, m.account.ID)
		return err
	}))
	m.want(c.Send(t.Context(), gone, m.push("ค")), bot.Refused)
	if _, err := c.Fetch(t.Context(), gone, "1"); !errors.Is(err, bot.ErrGone) {
		t.Errorf("a file of a removed channel: %v", err)
	}
}

// Keys are read as LINE's documents make them and as OpenSSL does; anything else is refused with a
// sentence.
func TestReadKey(t *testing.T) {
	t.Parallel()
	c := line.NewChannel("http://127.0.0.1:1", "http://127.0.0.1:1")
	text := newKey(t, c)
	key := privateKey(t, text)
	encode := func(n *big.Int) string { return base64.RawURLEncoding.EncodeToString(n.Bytes()) }
	jwk, err := json.Marshal(map[string]any{
		"kty": "RSA", "alg": "RS256", "use": "sig", "n": encode(key.N), "e": encode(big.NewInt(int64(key.E))), "d": encode(key.D),
		"p": encode(key.Primes[0]), "q": encode(key.Primes[1]), "ext": true, "key_ops": []string{"sign"},
	})
	check(t, err)
	old := string(pem.EncodeToMemory(&pem.Block{Type: "RSA PRIVATE KEY", Bytes: x509.MarshalPKCS1PrivateKey(key)}))
	for name, given := range map[string]string{"PKCS 8": text, "PKCS 1": old, "JWK": "  " + string(jwk) + "\n"} {
		read, err := c.ReadKey(given)
		if err != nil || !privateKey(t, read).Equal(key) {
			t.Errorf("%s: %v", name, err)
		}
	}
	public, err := c.PublicKey(text)
	check(t, err)
	if !strings.Contains(public, encode(key.N)) || strings.Contains(public, encode(key.D)) {
		t.Errorf("public half: %s", public)
	}
	for name, given := range map[string]string{
		"nothing": "", "words": "กุญแจ", "public half": public, "half a JWK": string(jwk[:200]),
		"certificate": "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----",
	} {
		if _, err := c.ReadKey(given); !fault.Is(err, fault.Invalid) {
			t.Errorf("%s: %v", name, err)
		}
	}
}
