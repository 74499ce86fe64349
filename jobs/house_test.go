package jobs

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/json"
	"fmt"
	"log/slog"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/riverqueue/river"
	"github.com/riverqueue/river/riverdriver/riverpgxv5"
	"github.com/riverqueue/river/rivertype"

	"saphan/agencies"
	"saphan/bot"
	"saphan/bot/line"
	simulator "saphan/devkit/line"
	"saphan/devkit/objectstore"
	"saphan/files"
	"saphan/forms"
	"saphan/internal/pgtest"
	"saphan/internal/secret"
	"saphan/permits"
	"saphan/tickets"
)

// house is the whole product behind the webhook, with a simulator at both ends: a database and an
// object store of its own, real workers, one agency with one official account, and a citizen.
type house struct {
	*Deps
	t       testing.TB
	url     string // of the database, as its owner
	pool    *pgxpool.Pool
	store   files.Config
	sim     *simulator.Simulator
	phone   string // address of the simulator
	hook    string // address of the webhook
	citizen string
	agency  agencies.Agency
	officer agencies.Officer
	account agencies.Channel
	log     *diary
	ahead   atomic.Int64                 // how far the workers' clock is ahead
	border  atomic.Pointer[func(string)] // told of every border
	stop    func()                       // ends the workers
}

// diary collects the log.
type diary struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

func (d *diary) Write(p []byte) (int, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.buf.Write(p)
}

func (d *diary) String() string {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.buf.String()
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

const destination = "U0123456789abcdef0123456789abcdef"

func newHouse(t testing.TB) *house {
	t.Helper()
	h := &house{t: t, url: pgtest.URL(t), log: &diary{}}
	cfg, err := pgxpool.ParseConfig(h.url)
	must(t, err)
	cfg.MaxConns = 16
	cfg.AfterConnect = func(ctx context.Context, conn *pgx.Conn) error {
		_, err := conn.Exec(ctx, `SET ROLE saphan_app`)
		return err
	}
	h.pool, err = pgxpool.NewWithConfig(t.Context(), cfg)
	must(t, err)
	t.Cleanup(h.pool.Close)
	h.build()
	h.found()
	h.connect()
	h.stop = h.work()
	return h
}

// build makes the parts that jobs work with.
func (h *house) build() {
	t := h.t
	t.Helper()
	log := slog.New(slog.NewTextHandler(h.log, nil))
	now := func() time.Time { return time.Now().Add(time.Duration(h.ahead.Load())) }
	box, err := secret.Parse(secret.Generate())
	must(t, err)
	catalog, err := forms.Ready()
	must(t, err)
	jobs, err := river.NewClient(riverpgxv5.New(h.pool), &river.Config{FetchCooldown: time.Millisecond})
	must(t, err)
	account := objectstore.ForTest(t)
	h.store = files.Config{
		Endpoint: account.Endpoint, Region: account.Region, AccessKey: account.AccessKey, SecretKey: account.SecretKey, Insecure: true,
		Bucket: "jobs-" + strings.ToLower(rand.Text()),
	}
	store, err := files.New(h.store, box, log)
	must(t, err)
	must(t, store.Ensure(t.Context()))
	const base = "https://saphan.example.go.th"
	h.Deps = &Deps{
		DB: h.pool, Jobs: jobs, Desk: tickets.NewDesk(jobs, catalog, base, now), Forms: catalog, Files: store,
		Permits: permits.NewOffice(jobs, box, base, now), Box: box, Deliverer: agencies.NewDeliverer(agencies.DelivererConfig{Box: box, Now: now}),
		BaseURL: base, Now: now, Log: log, At: func(at string) {
			if f := h.border.Load(); f != nil {
				(*f)(at)
			}
		},
	}
}

// found makes the agency, its queues and its officer.
func (h *house) found() {
	h.t.Helper()
	ctx := h.t.Context()
	h.everywhere(func(tx pgx.Tx) error {
		var err error
		h.agency, err = agencies.Create(ctx, tx, agencies.Agency{
			Code: "SN", Name: "เทศบาลตำบลตัวอย่าง", Kind: "เทศบาล", Phone: "02 000 0000", Address: "99 หมู่ที่ 1", Signer: "นายกเทศมนตรี", OpensAt: "08:30", ClosesAt: "16:30",
		})
		if err != nil {
			return err
		}
		for _, key := range []string{"general", "permits", "works"} {
			if _, err := agencies.CreateQueue(ctx, tx, h.agency.ID, key, key); err != nil {
				return err
			}
		}
		totp, err := agencies.NewTOTP("officer@example.com")
		if err != nil {
			return err
		}
		h.officer, err = agencies.CreateOfficer(ctx, tx, h.Box, agencies.NewOfficer{
			AgencyID: h.agency.ID, Email: "officer@example.com", Name: "ตัวอย่าง", Role: agencies.RoleOfficer, Password: "a long password", TOTP: totp,
		})
		return err
	})
}

// connect makes the simulator and the webhook know one another.
func (h *house) connect() {
	t := h.t
	t.Helper()
	var err error
	h.sim, err = simulator.New(simulator.Config{})
	must(t, err)
	phone := httptest.NewServer(h.sim.Handler())
	h.phone = phone.URL
	intake := bot.NewIntake(h.pool, h.Jobs.(bot.BulkJobs))
	ctx, cancel := context.WithCancel(context.WithoutCancel(t.Context()))
	drained := make(chan struct{})
	go func() { defer close(drained); intake.Run(ctx) }()
	hook := httptest.NewServer(line.NewWebhook(h.pool, h.Box, intake, h.Log, time.Now, func(string) {}))
	h.hook = hook.URL
	t.Cleanup(func() {
		must(t, h.sim.Close())
		hook.Close()
		phone.CloseClientConnections()
		phone.Close()
		cancel()
		<-drained
	})
	announced := time.Date(2026, 11, 1, 0, 0, 0, 0, time.UTC)
	h.account = agencies.Channel{
		AgencyID: h.agency.ID, Kind: line.Kind, Destination: destination, Provider: "p", Name: h.agency.Name, Secret: "channel secret", Token: "access token",
		AnnouncedAt: &announced, AnnouncedRef: "ประกาศตัวอย่าง",
	}
	h.everywhere(func(tx pgx.Tx) (err error) {
		h.account.ID, err = agencies.CreateChannel(t.Context(), tx, h.Box, h.account)
		return err
	})
	must(t, h.sim.AddChannel(simulator.Channel{
		Destination: destination, Secret: h.account.Secret, AccessToken: h.account.Token, Name: h.account.Name, WebhookURL: hook.URL,
	}))
	channel := line.NewChannel(h.phone+"/api", h.phone+"/api-data")
	h.Channels, h.Menus = map[string]Channel{line.Kind: channel}, map[string]Menus{line.Kind: channel}
	var users []struct{ ID string }
	h.control("GET", "users", nil, &users)
	h.citizen = users[0].ID
}

// work runs the jobs as a worker process does, until stop.
func (h *house) work() (stop func()) {
	h.t.Helper()
	workers := river.NewWorkers()
	Register(workers, h.Deps)
	client, err := river.NewClient(riverpgxv5.New(h.pool), &river.Config{
		Queues: Queues(), Workers: workers, Logger: slog.New(slog.DiscardHandler),
		FetchCooldown: 2 * time.Millisecond, FetchPollInterval: 25 * time.Millisecond, JobTimeout: time.Minute,
	})
	must(h.t, err)
	must(h.t, client.Start(context.WithoutCancel(h.t.Context())))
	stop = sync.OnceFunc(func() {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(h.t.Context()), 20*time.Second)
		defer cancel()
		must(h.t, client.StopAndCancel(ctx))
	})
	h.t.Cleanup(stop)
	return stop
}

func (h *house) everywhere(fn func(tx pgx.Tx) error) {
	h.t.Helper()
	must(h.t, agencies.Everywhere(h.t.Context(), h.pool, fn))
}

// count returns a number from the database.
func (h *house) count(query string, args ...any) (n int) {
	h.t.Helper()
	h.everywhere(func(tx pgx.Tx) error { return tx.QueryRow(h.t.Context(), query, args...).Scan(&n) })
	return n
}

// list returns texts from the database.
func (h *house) list(query string, args ...any) (all []string) {
	h.t.Helper()
	h.everywhere(func(tx pgx.Tx) error {
		rows, err := tx.Query(h.t.Context(), query, args...)
		if err != nil {
			return err
		}
		all, err = pgx.CollectRows(rows, pgx.RowTo[string])
		return err
	})
	return all
}

// numbers returns numbers from the database.
func (h *house) numbers(query string, args ...any) (all []int64) {
	h.t.Helper()
	h.everywhere(func(tx pgx.Tx) error {
		rows, err := tx.Query(h.t.Context(), query, args...)
		if err != nil {
			return err
		}
		all, err = pgx.CollectRows(rows, pgx.RowTo[int64])
		return err
	})
	return all
}

// at has f told of every border between two facts.
func (h *house) at(f func(border string)) { h.border.Store(&f) }

// settled waits until no job is left to do, now or later.
func (h *house) settled() {
	h.t.Helper()
	h.until("the jobs are done", func() bool {
		return h.count(`SELECT count(*) FROM river_job WHERE state IN ('available', 'running', 'retryable', 'scheduled', 'pending')`) == 0
	})
}

// until waits for something to become true.
func (h *house) until(what string, is func() bool) {
	h.t.Helper()
	for deadline := time.Now().Add(40 * time.Second); !is(); time.Sleep(10 * time.Millisecond) {
		if time.Now().After(deadline) {
			h.t.Fatalf("waited in vain until %s; jobs: %s\n%s", what, strings.Join(h.jobs(), "; "), h.log.String())
		}
	}
}

// hurry lets jobs that wait for their time run now.
func (h *house) hurry() {
	h.t.Helper()
	h.everywhere(func(tx pgx.Tx) error {
		_, err := tx.Exec(h.t.Context(), `UPDATE river_job SET state = 'available', scheduled_at = now() WHERE state IN ('available', 'retryable', 'scheduled') AND scheduled_at > now()`)
		return err
	})
}

// jobs lists the jobs that are not completed.
func (h *house) jobs() []string {
	h.t.Helper()
	return h.list(`SELECT kind || ' ' || state || ' ' || args || ' ' || coalesce(errors[array_upper(errors, 1)]->>'error', '') FROM river_job WHERE state <> 'completed' ORDER BY id`)
}

// run works a job once, by hand, as River would.
func run[A river.JobArgs](h *house, w river.Worker[A], args A) error {
	h.t.Helper()
	return w.Work(h.t.Context(), &river.Job[A]{JobRow: &rivertype.JobRow{ID: 1, Attempt: 1, CreatedAt: time.Now()}, Args: args})
}

// ticket makes a request of the citizen's conversation and waits for its ticket and its receipt.
func (h *house) ticket(form forms.Key, answers ...forms.Answer) tickets.Ticket {
	h.t.Helper()
	h.talk()
	draft := fmt.Sprint("draft ", time.Now().UnixNano())
	h.everywhere(func(tx pgx.Tx) error {
		var conversation, citizen int64
		err := tx.QueryRow(h.t.Context(), `SELECT c.id, i.citizen_id FROM conversations c JOIN identities i ON i.id = c.identity_id WHERE c.source = $1`, h.citizen).Scan(&conversation, &citizen)
		if err != nil {
			return err
		}
		_, err = h.Desk.Submit(h.t.Context(), tx, tickets.Submission{
			Draft: draft, CitizenID: citizen, CitizenName: "สมหญิง (ตัวอย่าง)", ConversationID: conversation, AgencyID: h.agency.ID,
			Form: form, Version: 1, Answers: answers, EnteredAt: h.Now(),
		})
		return err
	})
	h.settled()
	var t tickets.Ticket
	h.everywhere(func(tx pgx.Tx) (err error) { t, err = tickets.FindByDraft(h.t.Context(), tx, draft); return err })
	return t
}

// answer is an answer in words.
func answer(field, text string) forms.Answer {
	raw, err := json.Marshal(text)
	if err != nil {
		raw = nil
	}
	return forms.Answer{Field: field, Kind: forms.TextField, Label: field, Text: text, Value: raw}
}

// desk lets the officer act on a ticket, inside the agency's own scope.
func (h *house) desk(act func(tx pgx.Tx, by tickets.Actor) error) {
	h.t.Helper()
	must(h.t, agencies.Within(h.t.Context(), h.pool, h.agency.ID, func(tx pgx.Tx) error { return act(tx, tickets.ByOfficer(h.officer.ID)) }))
}

// thread is the talk of a ticket: "author text".
func (h *house) thread(id tickets.TicketID) (all []string) {
	h.t.Helper()
	h.desk(func(tx pgx.Tx, _ tickets.Actor) error {
		talk, err := tickets.Thread(h.t.Context(), tx, id)
		for _, m := range talk {
			all = append(all, m.Author+" "+m.Text)
		}
		return err
	})
	return all
}

// quietAbout fails when the log has any of these in it: personal data does not belong there.
func (h *house) quietAbout(words ...string) {
	h.t.Helper()
	log := h.log.String()
	if i := slices.IndexFunc(words, func(w string) bool { return strings.Contains(log, w) }); i >= 0 {
		h.t.Errorf("the log says %q:\n%s", words[i], log)
	}
}

func bytesReader(s string) *strings.Reader { return strings.NewReader(s) }
