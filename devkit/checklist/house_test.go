package checklist

import (
	"bytes"
	"context"
	"crypto/rand"
	"fmt"
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

	"saphan/agencies"
	"saphan/bot/line"
	simulator "saphan/devkit/line"
	"saphan/devkit/objectstore"
	"saphan/files"
	"saphan/internal/pgtest"
	"saphan/internal/secret"
	"saphan/jobs"
	"saphan/tickets"
)

// house is the whole product behind the webhook, with a simulator at both ends: a database and an
// object store of its own, real workers, one agency with one official account, and citizens.
type house struct {
	*person // the first citizen
	*jobs.Deps
	t       *testing.T
	plan    plan
	pool    *pgxpool.Pool
	sim     *simulator.Simulator
	hook    http.Handler // the webhook of this process
	hookURL string
	agency  agencies.Agency
	officer agencies.Officer
	account agencies.Channel
	log     *diary
	ahead   atomic.Int64 // how far the clock is ahead
	stop    func()       // ends the workers
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

// newHouse opens a house whose workers are at work.
func newHouse(t *testing.T) *house {
	t.Helper()
	h := &house{t: t, log: &diary{}}
	var err error
	h.sim, err = simulator.New(simulator.Config{})
	must(t, err)
	phone := httptest.NewServer(h.sim.Handler())
	h.plan = plan{
		Database: pgtest.URL(t), Objects: objectstore.ForTest(t), Bucket: "checklist-" + strings.ToLower(rand.Text()), Key: secret.Generate(), Phone: phone.URL,
	}
	now := func() time.Time { return time.Now().Add(time.Duration(h.ahead.Load())) }
	h.Deps, h.pool, err = h.plan.build(t.Context(), slog.New(slog.NewTextHandler(h.log, &slog.HandlerOptions{Level: slog.LevelDebug})), now)
	must(t, err)
	t.Cleanup(h.pool.Close)
	must(t, h.Files.Ensure(t.Context()))
	var endIntake func()
	h.hook, endIntake, err = hook(t.Context(), h.Deps, h.pool)
	must(t, err)
	entry := httptest.NewServer(h.hook)
	h.hookURL = entry.URL
	t.Cleanup(func() {
		must(t, h.sim.Close())
		entry.Close()
		phone.CloseClientConnections()
		phone.Close()
		endIntake()
	})
	h.settings(map[string]any{"redeliverySchedule": []float64{0.5, 1, 2}})
	h.found()
	h.account = h.open(agencies.Channel{Destination: destination, Provider: "p", Name: h.agency.Name, Secret: "sEcReTofTheChannel", Token: "tOkEnofTheChannel"}, h.hookURL)
	h.person = h.newPerson("สมหญิง")
	h.stop = h.work()
	return h
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

// open sets up an official account here and at LINE.
func (h *house) open(c agencies.Channel, hookURL string) agencies.Channel {
	h.t.Helper()
	c.AgencyID, c.Kind = h.agency.ID, line.Kind
	announced := time.Date(2026, 11, 1, 0, 0, 0, 0, time.UTC)
	c.AnnouncedAt, c.AnnouncedRef = &announced, "ประกาศตัวอย่าง"
	h.everywhere(func(tx pgx.Tx) (err error) {
		c.ID, err = agencies.CreateChannel(h.t.Context(), tx, h.Box, c)
		return err
	})
	must(h.t, h.sim.AddChannel(simulator.Channel{
		Destination: c.Destination, Provider: c.Provider, Secret: c.Secret, AccessToken: c.Token, Name: c.Name, WebhookURL: hookURL,
		Redelivery: true, // a busy machine may say 503
	}))
	return c
}

// work runs the jobs in this process until stop.
func (h *house) work() (stop func()) {
	h.t.Helper()
	end, err := h.plan.work(h.t.Context(), h.Deps, h.pool, fmt.Sprint("worker ", rand.Text()))
	must(h.t, err)
	stop = sync.OnceFunc(func() {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(h.t.Context()), patience)
		defer cancel()
		must(h.t, end(ctx))
	})
	h.t.Cleanup(stop)
	return stop
}

// everywhere is a transaction over all agencies.
func (h *house) everywhere(fn func(tx pgx.Tx) error) {
	h.t.Helper()
	must(h.t, agencies.Everywhere(h.t.Context(), h.pool, fn))
}

// desk lets the officer act on a ticket, inside the agency's own scope.
func (h *house) desk(act func(tx pgx.Tx, by tickets.Actor) error) {
	h.t.Helper()
	must(h.t, agencies.Within(h.t.Context(), h.pool, h.agency.ID, func(tx pgx.Tx) error { return act(tx, tickets.ByOfficer(h.officer.ID)) }))
}

// stored is how many objects the store holds: the sweep of a store whose clock is two days ahead looks
// at every one of them.
func (h *house) stored() (n int) {
	h.t.Helper()
	cfg := h.plan.store()
	cfg.Now = func() time.Time { return time.Now().Add(48 * time.Hour) }
	store, err := files.New(cfg, h.Box, h.Log)
	must(h.t, err)
	_, err = store.Sweep(h.t.Context(), func(_ context.Context, keys []string) ([]string, error) {
		n += len(keys)
		return nil, nil
	})
	must(h.t, err)
	return n
}
