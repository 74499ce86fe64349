package line_test

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/riverqueue/river"
	"github.com/riverqueue/river/riverdriver/riverpgxv5"

	"saphan/agencies"
	"saphan/bot"
	"saphan/bot/line"
	"saphan/internal/pgtest"
	"saphan/internal/secret"
)

// gate is the webhook on a real server, over a real database, with one official account.
type gate struct {
	t        *testing.T
	url      string
	pool     *pgxpool.Pool
	box      secret.Box
	agency   agencies.AgencyID
	account  agencies.Channel
	log      *output
	outcomes *outcomes
	ahead    atomic.Int64 // how far the webhook's clock is ahead
	still    atomic.Int64 // ns since 1970 at which that clock stands, but for ahead; 0: it goes
	once     atomic.Bool  // 503 is an answer like others; until then a delivery is tried again, as LINE does
}

// output collects what is logged.
type output struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

func (o *output) Write(p []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.buf.Write(p)
}

func (o *output) String() string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.buf.String()
}

// outcomes counts what the webhook reports.
type outcomes struct {
	mu sync.Mutex
	n  map[string]int
}

func (o *outcomes) add(outcome string) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.n[outcome]++
}

func (o *outcomes) of(outcome string) int {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.n[outcome]
}

const (
	home      = "U0123456789abcdef0123456789abcdef" // destination of the gate's account
	elsewhere = "Uffffffffffffffffffffffffffffffff"
	person    = "U11112222333344445555666677778888"
)

func newGate(t *testing.T) *gate {
	t.Helper()
	return newGateOn(t, pgtest.DB(t))
}

// newGateOn makes a gate on the pool of a new database.
func newGateOn(t *testing.T, pool *pgxpool.Pool) *gate {
	t.Helper()
	g := &gate{t: t, pool: pool, log: &output{}, outcomes: &outcomes{n: map[string]int{}}}
	var err error
	g.box, err = secret.Parse(secret.Generate())
	check(t, err)
	check(t, agencies.Everywhere(t.Context(), g.pool, func(tx pgx.Tx) error {
		a, err := agencies.Create(t.Context(), tx, agencies.Agency{Code: "SN", Name: "เทศบาลตัวอย่าง", Kind: "เทศบาล"})
		g.agency = a.ID
		return err
	}))
	g.account = g.open(home, "the account's secret")
	g.url = g.process(g.pool)
	return g
}

// process starts a web process on the gate's database and returns its address.
func (g *gate) process(pool *pgxpool.Pool, set ...func(*line.Webhook)) string {
	t := g.t
	t.Helper()
	jobs, err := river.NewClient(riverpgxv5.New(nil), &river.Config{})
	check(t, err)
	intake := bot.NewIntake(pool, jobs)
	ctx, stop := context.WithCancel(t.Context())
	done := make(chan struct{})
	go func() { defer close(done); intake.Run(ctx) }()
	now := func() time.Time {
		at := time.Now()
		if still := g.still.Load(); still != 0 {
			at = time.Unix(0, still)
		}
		return at.Add(time.Duration(g.ahead.Load()))
	}
	log := slog.New(slog.NewTextHandler(g.log, nil))
	hook := line.NewWebhook(pool, g.box, intake, log, now, g.outcomes.add)
	for _, change := range set {
		change(hook)
	}
	server := httptest.NewServer(hook)
	t.Cleanup(func() { server.Close(); stop(); <-done })
	return server.URL
}

// open sets up an official account.
func (g *gate) open(destination, channelSecret string) agencies.Channel {
	g.t.Helper()
	c := agencies.Channel{
		AgencyID: g.agency, Kind: line.Kind, Destination: destination, Provider: "p", Name: "เทศบาลตัวอย่าง",
		Secret: channelSecret, Token: "a token",
	}
	check(g.t, agencies.Everywhere(g.t.Context(), g.pool, func(tx pgx.Tx) (err error) {
		c.ID, err = agencies.CreateChannel(g.t.Context(), tx, g.box, c)
		return err
	}))
	return c
}

// signature is what LINE writes into the header.
func signature(channelSecret, body string) string {
	mac := hmac.New(sha256.New, []byte(channelSecret))
	mac.Write([]byte(body))
	return base64.StdEncoding.EncodeToString(mac.Sum(nil))
}

// deliver posts a body as LINE does, signed for the gate's account.
func (g *gate) deliver(body string) int {
	g.t.Helper()
	return g.post(body, "X-Line-Signature", signature(g.account.Secret, body))
}

// post posts a body with these headers and returns the status.
func (g *gate) post(body string, header ...string) int {
	g.t.Helper()
	return g.postTo(g.url, body, header...)
}

// postTo posts to one of several processes.
func (g *gate) postTo(url, body string, header ...string) (status int) {
	g.t.Helper()
	for deadline := time.Now().Add(time.Minute); ; {
		status = g.postOnce(url, body, header...)
		if status != http.StatusServiceUnavailable || g.once.Load() || time.Now().After(deadline) {
			return status
		}
	}
}

func (g *gate) postOnce(url, body string, header ...string) int {
	g.t.Helper()
	req, err := http.NewRequestWithContext(g.t.Context(), http.MethodPost, url, strings.NewReader(body))
	check(g.t, err)
	for i := 0; i+1 < len(header); i += 2 {
		req.Header[header[i]] = []string{header[i+1]} // as it is written, whatever the case
	}
	res, err := http.DefaultClient.Do(req)
	check(g.t, err)
	defer func() { _ = res.Body.Close() }()
	_, err = io.Copy(io.Discard, res.Body)
	check(g.t, err)
	return res.StatusCode
}

// row is an event as it is stored.
type row struct {
	ID                         int64
	EventID, Source, MessageID string
	State, Problem             string
	Body                       []byte
	At                         time.Time
	Jobs                       int
}

// rows returns all that is stored, in order, each with the number of its jobs.
func (g *gate) rows() []row {
	g.t.Helper()
	var all []row
	check(g.t, agencies.Everywhere(g.t.Context(), g.pool, func(tx pgx.Tx) error {
		rows, err := tx.Query(g.t.Context(), `SELECT id, event_id, source, message_id, state, problem, body, at,
			(SELECT count(*) FROM river_job WHERE kind = 'received' AND args->'events' @> to_jsonb(e.id))::int
			FROM inbound_events e ORDER BY id`)
		if err != nil {
			return err
		}
		all, err = pgx.CollectRows(rows, pgx.RowToStructByPos[row])
		return err
	}))
	return all
}

// envelope is a delivery for the gate's account.
func envelope(events ...string) string {
	return fmt.Sprintf(`{"destination":%q,"events":[%s]}`, home, strings.Join(events, ","))
}

// said is a text message of the person.
func said(id, text string) string {
	return fmt.Sprintf(`{"type":"message","mode":"active","timestamp":%d,"source":{"type":"user","userId":%q},"webhookEventId":%q,`+
		`"deliveryContext":{"isRedelivery":false},"replyToken":"0f3779fba3b349968c5d07db31eab56f","message":{"id":%q,"type":"text","text":%q}}`,
		time.Now().UnixMilli(), person, id, "m"+id, text)
}
