// Package testhouse is where the program is tested as a whole, from a signed webhook to the bubble in
// the citizen's chat: a house with a database and an object store of its own, one agency with one
// official account, the simulator of LINE at both ends, citizens with telephones, and ways to look
// behind the counter. All is there but the jobs, so that their own tests can live here too: a test
// makes them from the Parts and runs them with Work.
package testhouse

import (
	"context"
	"crypto/rand"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"saphan/agencies"
	"saphan/bot/line"
	simulator "saphan/devkit/line"
	"saphan/devkit/objectstore"
	"saphan/internal/pgtest"
	"saphan/internal/secret"
)

// House is all of that. What goes wrong in its methods fails its test.
type House struct {
	*Person // the first citizen
	Parts
	T       testing.TB
	Plan    Plan
	Sim     *simulator.Simulator
	Hook    http.Handler // the webhook of this process
	HookURL string
	Agency  agencies.Agency
	Officer agencies.Officer
	Account agencies.Channel
	Diary   *Diary
	Ahead   atomic.Int64 // how far the clock is ahead
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// Open opens a house for a test, in which nobody is at work yet.
func Open(t testing.TB) *House {
	t.Helper()
	h := &House{T: t, Diary: &Diary{}}
	var err error
	h.Sim, err = simulator.New(simulator.Config{})
	must(t, err)
	phone := httptest.NewServer(h.Sim.Handler())
	h.Plan = Plan{
		Database: pgtest.URL(t), Objects: objectstore.ForTest(t), Bucket: "house-" + strings.ToLower(rand.Text()), Key: secret.Generate(), Phone: phone.URL,
	}
	now := func() time.Time { return time.Now().Add(time.Duration(h.Ahead.Load())) }
	h.Parts, err = h.Plan.Build(t.Context(), slog.New(slog.NewTextHandler(h.Diary, &slog.HandlerOptions{Level: slog.LevelDebug})), now)
	must(t, err)
	t.Cleanup(h.Pool.Close)
	must(t, h.Files.Ensure(t.Context()))
	var endIntake func()
	h.Hook, endIntake = h.Webhook(t.Context())
	entry := httptest.NewServer(h.Hook)
	h.HookURL = entry.URL
	t.Cleanup(func() {
		must(t, h.Sim.Close())
		entry.Close()
		phone.CloseClientConnections()
		phone.Close()
		endIntake()
	})
	h.Settings(map[string]any{"redeliverySchedule": []float64{0.5, 1, 2}})
	h.openAgency()
	h.Account = h.OpenAccount(agencies.Channel{
		Destination: "U0123456789abcdef0123456789abcdef", Provider: "p", Name: h.Agency.Name, Secret: "sEcReTofTheChannel", Token: "tOkEnofTheChannel",
	})
	h.Person = h.NewPerson("สมหญิง")
	return h
}

// openAgency makes the agency, its queues and its officer.
func (h *House) openAgency() {
	h.T.Helper()
	ctx := h.T.Context()
	h.Everywhere(func(tx pgx.Tx) error {
		var err error
		h.Agency, err = agencies.Create(ctx, tx, agencies.Agency{
			Code: "SN", Name: "เทศบาลตำบลตัวอย่าง", Kind: "เทศบาล", Phone: "02 000 0000", Address: "99 หมู่ที่ 1", Signer: "นายกเทศมนตรี",
		})
		if err != nil {
			return err
		}
		for _, key := range []string{"general", "permits", "works"} {
			if _, err := agencies.CreateQueue(ctx, tx, h.Agency.ID, key, key); err != nil {
				return err
			}
		}
		totp, err := agencies.NewTOTP("officer@example.com")
		if err != nil {
			return err
		}
		h.Officer, err = agencies.CreateOfficer(ctx, tx, h.Box, agencies.NewOfficer{
			AgencyID: h.Agency.ID, Email: "officer@example.com", Name: "ตัวอย่าง", Role: agencies.RoleHead, Password: "a long password", TOTP: totp,
		})
		return err
	})
}

// OpenAccount sets up an official account of LINE here and there, announced by its agency, which is
// the house's unless another is named.
func (h *House) OpenAccount(c agencies.Channel) agencies.Channel {
	h.T.Helper()
	c.Kind = line.Kind
	if c.AgencyID == 0 {
		c.AgencyID = h.Agency.ID
	}
	announced := time.Date(2026, 11, 1, 0, 0, 0, 0, time.UTC)
	c.AnnouncedAt, c.AnnouncedRef = &announced, "ประกาศตัวอย่าง"
	h.Everywhere(func(tx pgx.Tx) (err error) {
		c.ID, err = agencies.CreateChannel(h.T.Context(), tx, h.Box, c)
		return err
	})
	h.Deliver(c, h.HookURL, true) // a busy machine may say 503
	return c
}

// Deliver lets LINE deliver the events of an account to an address, and again when that was in vain.
func (h *House) Deliver(c agencies.Channel, address string, again bool) {
	h.T.Helper()
	must(h.T, h.Sim.AddChannel(simulator.Channel{
		Destination: c.Destination, ID: c.LineID, Provider: c.Provider, Secret: c.Secret, AccessToken: c.Token, Name: c.Name, WebhookURL: address, Redelivery: again,
	}))
}

// Ending returns what ends something that was begun, once; the end of the test does it at the latest.
func (h *House) Ending(end func(context.Context) error) (stop func()) {
	h.T.Helper()
	stop = sync.OnceFunc(func() {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(h.T.Context()), Patience)
		defer cancel()
		must(h.T, end(ctx))
	})
	h.T.Cleanup(stop)
	return stop
}

// Later lets time pass, here and at LINE.
func (h *House) Later(d time.Duration) {
	h.T.Helper()
	h.Ahead.Add(int64(d))
	h.Sim.Advance(d)
}

// Everywhere is a transaction over all agencies.
func (h *House) Everywhere(fn func(tx pgx.Tx) error) {
	h.T.Helper()
	must(h.T, agencies.Everywhere(h.T.Context(), h.Pool, fn))
}
