package main

import (
	"context"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/riverqueue/river"
	"github.com/riverqueue/river/riverdriver/riverpgxv5"

	"saphan/agencies"
	"saphan/bot"
	"saphan/bot/line"
	"saphan/files"
	"saphan/forms"
	"saphan/internal/secret"
	"saphan/jobs"
	"saphan/migrations"
	"saphan/permits"
	"saphan/tickets"
)

// house is the program on a database of its own, between a feeder of signed webhooks and LINE's end.
type house struct {
	name     string
	url      string
	pool     *pgxpool.Pool
	hook     http.Handler
	far      *far
	gate     *gate
	channels int
	posts    []post
	play     play
	closers  []func()
}

// countUnseen lets the database count what LINE took and is sent once more: what went to somebody who had blocked the
// account, before we heard of it (row 42). How much that is depends on how fast a run is.
const countUnseen = `CREATE SEQUENCE unseen;
	CREATE FUNCTION count_unseen() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER AS $$ BEGIN PERFORM nextval('unseen'); RETURN NULL; END $$;
	CREATE TRIGGER unseen AFTER UPDATE ON replies FOR EACH ROW WHEN (OLD.state = 'sent' AND NEW.state = 'parked') EXECUTE FUNCTION count_unseen();
	GRANT SELECT ON unseen TO saphan_app`

const channelSecret = "secret of the shuffle"

func destination(channel int) string { return fmt.Sprintf("U%031xd", channel) }

// channelOf spreads the citizens over the accounts.
func channelOf(citizen, channels int) int { return citizen % channels }

// openHouse migrates the database, fills in an agency and its accounts, and lets workers begin.
func openHouse(ctx context.Context, name, url string, o options, p play, posts []post) (h *house, err error) {
	h = &house{name: name, url: url, channels: o.channels, posts: posts, play: p, gate: newGate(posts, o)}
	defer func() {
		if err != nil {
			h.close()
		}
	}()
	quiet := slog.New(slog.DiscardHandler)
	if err := migrations.Apply(ctx, url, quiet); err != nil {
		return nil, err
	}
	if err := execute(ctx, url, countUnseen); err != nil {
		return nil, err
	}
	cfg, err := pgxpool.ParseConfig(url)
	if err != nil {
		return nil, err
	}
	cfg.MaxConns = 12
	cfg.AfterConnect = func(ctx context.Context, conn *pgx.Conn) error {
		_, err := conn.Exec(ctx, `SET ROLE saphan_app`)
		return err
	}
	if h.pool, err = pgxpool.NewWithConfig(ctx, cfg); err != nil {
		return nil, err
	}
	h.closers = append(h.closers, h.pool.Close)
	if h.far, err = newFar(ctx); err != nil {
		return nil, err
	}
	h.closers = append(h.closers, func() { _ = h.far.server.Close() })
	box, err := secret.Parse(secret.Generate())
	if err != nil {
		return nil, err
	}
	if err := h.found(ctx, box); err != nil {
		return nil, err
	}
	return h, h.run(ctx, box, quiet)
}

// found makes the agency, its queues and its accounts.
func (h *house) found(ctx context.Context, box secret.Box) error {
	return agencies.Everywhere(ctx, h.pool, func(tx pgx.Tx) error {
		agency, err := agencies.Create(ctx, tx, agencies.Agency{
			Code: "SN", Name: "เทศบาลตำบลตัวอย่าง", Kind: "เทศบาล", Phone: "02 000 0000", Address: "99 หมู่ที่ 1", Signer: "นายกเทศมนตรี",
		})
		if err != nil {
			return err
		}
		for _, key := range []string{"general", "permits", "works"} {
			if _, err := agencies.CreateQueue(ctx, tx, agency.ID, key, key); err != nil {
				return err
			}
		}
		for i := range h.channels {
			_, err := agencies.CreateChannel(ctx, tx, box, agencies.Channel{
				AgencyID: agency.ID, Kind: line.Kind, Destination: destination(i), Provider: "p", Name: agency.Name, Secret: channelSecret, Token: "token",
			})
			if err != nil {
				return err
			}
		}
		return nil
	})
}

// run starts the intake and the workers.
func (h *house) run(ctx context.Context, box secret.Box, log *slog.Logger) error {
	catalog, err := forms.Ready()
	if err != nil {
		return err
	}
	inserts, err := river.NewClient(riverpgxv5.New(h.pool), &river.Config{Logger: log, FetchCooldown: time.Millisecond})
	if err != nil {
		return err
	}
	// Nobody sends a file, so there is no store behind this address.
	store, err := files.New(files.Config{Endpoint: "127.0.0.1:1", Bucket: "none", Insecure: true}, box, log)
	if err != nil {
		return err
	}
	const base = "https://saphan.example.go.th"
	deps := &jobs.Deps{
		DB: h.pool, Jobs: inserts, Desk: tickets.NewDesk(inserts, catalog, base, time.Now), Forms: catalog, Files: store,
		Permits: permits.NewOffice(inserts, box, base, time.Now), Box: box,
		Deliverer: agencies.NewDeliverer(agencies.DelivererConfig{Box: box, Now: time.Now}),
		Channels:  map[string]jobs.Channel{line.Kind: channel{line.NewChannel(h.far.addr, h.far.addr), h.gate}},
		BaseURL:   base, Now: time.Now, Log: log,
	}
	workers := river.NewWorkers()
	jobs.Register(workers, deps)
	client, err := river.NewClient(riverpgxv5.New(h.pool), &river.Config{
		ID: h.name + rand.Text(), Queues: jobs.Queues(), Workers: workers, Logger: log,
		FetchCooldown: 10 * time.Millisecond, FetchPollInterval: 100 * time.Millisecond, JobTimeout: 10 * time.Minute,
	})
	if err != nil {
		return err
	}
	intake := bot.NewIntake(h.pool, inserts)
	apart, cancel := context.WithCancel(context.WithoutCancel(ctx))
	drained := make(chan struct{})
	go func() { defer close(drained); intake.Run(apart) }()
	h.closers = append(h.closers, func() { cancel(); <-drained })
	h.hook = line.NewWebhook(h.pool, box, intake, log, time.Now, func(string) {})
	if err := client.Start(apart); err != nil {
		return err
	}
	h.closers = append(h.closers, func() {
		h.gate.leave()
		soon, done := context.WithTimeout(context.WithoutCancel(apart), 30*time.Second)
		defer done()
		_ = client.StopAndCancel(soon) // the database goes next: nothing is left to save
	})
	return nil
}

// close ends everything, the youngest first.
func (h *house) close() {
	for i := len(h.closers) - 1; i >= 0; i-- {
		h.closers[i]()
	}
	h.closers = nil
}

// deliver posts events in one signed webhook until it is taken, as LINE's redelivery does.
func (h *house) deliver(ctx context.Context, channel int, events []string) error {
	body := `{"destination":"` + destination(channel) + `","events":[` + strings.Join(events, ",") + `]}`
	mac := hmac.New(sha256.New, []byte(channelSecret))
	_, _ = io.WriteString(mac, body) // a hash takes everything
	signature := base64.StdEncoding.EncodeToString(mac.Sum(nil))
	for try := 0; ; try++ {
		req, err := http.NewRequestWithContext(ctx, http.MethodPost, "/line/webhook", strings.NewReader(body))
		if err != nil {
			return err
		}
		req.Header.Set("Content-Type", "application/json; charset=utf-8")
		req.Header.Set("X-Line-Signature", signature)
		answer := response{header: http.Header{}}
		h.hook.ServeHTTP(&answer, req)
		switch {
		case answer.status == http.StatusOK:
			return nil
		case ctx.Err() != nil:
			return ctx.Err()
		case answer.status < 500:
			return fmt.Errorf("the webhook answered %d", answer.status)
		case try > 600:
			return errors.New("the webhook takes nothing any more")
		}
		time.Sleep(100 * time.Millisecond)
	}
}

// response is what the webhook answers.
type response struct {
	header http.Header
	status int
}

// Header implements http.ResponseWriter.
func (r *response) Header() http.Header { return r.header }

// Write implements http.ResponseWriter.
func (r *response) Write(p []byte) (int, error) {
	if r.status == 0 {
		r.status = http.StatusOK
	}
	return len(p), nil
}

// WriteHeader implements http.ResponseWriter.
func (r *response) WriteHeader(status int) {
	if r.status == 0 {
		r.status = status
	}
}

// indexOf reads the place of an event from its name.
func indexOf(body []byte) (int, error) {
	var e struct {
		ID string `json:"webhookEventId"`
	}
	if err := json.Unmarshal(body, &e); err != nil {
		return 0, err
	}
	return strconv.Atoi(strings.TrimPrefix(e.ID, "01SHUFFLE"))
}
