package agencies_test

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/riverqueue/river"
	"github.com/riverqueue/river/riverdriver/riverpgxv5"
	"github.com/riverqueue/river/rivertest"

	"saphan/agencies"
	"saphan/internal/fault"
	"saphan/internal/pgtest"
	"saphan/internal/secret"
)

// sender is an agency with a way to enqueue and a box to seal with.
type sender struct {
	tx     pgx.Tx
	jobs   agencies.Jobs
	box    secret.Box
	agency agencies.AgencyID
}

func newSender(t *testing.T) sender {
	t.Helper()
	tx := pgtest.Tx(t)
	jobs, err := river.NewClient(riverpgxv5.New(nil), &river.Config{})
	if err != nil {
		t.Fatal(err)
	}
	box, err := secret.Parse(secret.Generate())
	if err != nil {
		t.Fatal(err)
	}
	return sender{tx: tx, jobs: jobs, box: box, agency: newAgency(t, tx, "SNA")}
}

func newAgency(t *testing.T, tx pgx.Tx, code string) agencies.AgencyID {
	t.Helper()
	a, err := agencies.Create(t.Context(), tx, agencies.Agency{Code: code, Name: "เทศบาลตัวอย่าง " + code, Kind: "เทศบาล"})
	if err != nil {
		t.Fatal(err)
	}
	return a.ID
}

func (s sender) endpoint(t *testing.T, url string) agencies.Endpoint {
	t.Helper()
	e, err := agencies.CreateEndpoint(t.Context(), s.tx, s.box, s.agency, url, agencies.NewSecret(), nil)
	if err != nil {
		t.Fatal(err)
	}
	return e
}

func (s sender) announce(t *testing.T, event string) {
	t.Helper()
	err := agencies.Announce(t.Context(), s.tx, s.jobs, agencies.Announcement{
		Agency: s.agency, Event: event, Kind: agencies.TicketCreated, At: time.Now(),
		Data: map[string]any{"ticket_id": 1, "number": "SNA-2569-000001"},
	})
	if err != nil {
		t.Fatal(err)
	}
}

func (s sender) deliveries(t *testing.T) []agencies.Delivery {
	t.Helper()
	all, err := agencies.Deliveries(t.Context(), s.tx, s.agency, "", 0, 100)
	if err != nil {
		t.Fatal(err)
	}
	return all
}

func (s sender) jobCount(t *testing.T) (n int) {
	t.Helper()
	if err := s.tx.QueryRow(t.Context(), `SELECT count(*) FROM river_job WHERE kind = 'deliver'`).Scan(&n); err != nil {
		t.Fatal(err)
	}
	return n
}

func TestEndpointKeepsItsSecretSealed(t *testing.T) {
	t.Parallel()
	s := newSender(t)
	keys := agencies.NewSecret()
	made, err := agencies.CreateEndpoint(t.Context(), s.tx, s.box, s.agency, "https://agency.example/hook", keys, []string{"10.1.2.9/24"})
	if err != nil {
		t.Fatal(err)
	}
	found, err := agencies.FindEndpoint(t.Context(), s.tx, made.ID)
	if err != nil {
		t.Fatal(err)
	}
	if found.URL != "https://agency.example/hook" || len(found.Allowed) != 1 || found.Allowed[0] != "10.1.2.0/24" || found.DisabledAt != nil {
		t.Fatalf("endpoint = %+v", found)
	}
	if strings.Contains(string(found.SecretSealed), keys.Shared()) {
		t.Fatal("the secret is stored in the open")
	}
	if got, err := found.Secret(s.box); err != nil || got != keys {
		t.Fatalf("secret does not come back: %v", err)
	}
	moved := found
	moved.ID++
	if _, err := moved.Secret(s.box); err == nil {
		t.Fatal("the sealed secret opens for another endpoint")
	}
	second := s.endpoint(t, "https://agency.example/second")
	all, err := agencies.Endpoints(t.Context(), s.tx, s.agency)
	if err != nil || len(all) != 2 || all[0].ID != made.ID || all[1].ID != second.ID {
		t.Fatalf("endpoints = %+v, %v", all, err)
	}
	if _, err := agencies.FindEndpoint(t.Context(), s.tx, second.ID+1000); !fault.Is(err, fault.NotFound) {
		t.Fatalf("unknown endpoint: %v", err)
	}
	if err := agencies.EnableEndpoint(t.Context(), s.tx, second.ID+1000); !fault.Is(err, fault.NotFound) {
		t.Fatalf("enable an unknown endpoint: %v", err)
	}
}

func TestEndpointAddressIsChecked(t *testing.T) {
	t.Parallel()
	s := newSender(t)
	for name, c := range map[string]struct {
		url     string
		keys    agencies.Secret
		allowed []string
	}{
		"empty":                       {url: ""},
		"no host":                     {url: "https:///hook"},
		"no scheme":                   {url: "agency.example/hook"},
		"other scheme":                {url: "ftp://agency.example/"},
		"file":                        {url: "file:///etc/passwd"},
		"opaque":                      {url: "https:agency.example"},
		"user and password":           {url: "https://me:secret@agency.example/"},
		"fragment":                    {url: "https://agency.example/#top"},
		"control character":           {url: "https://agency.example/\r\nX: y"},
		"endless":                     {url: "https://agency.example/" + strings.Repeat("a", 3000)},
		"plain http":                  {url: "http://agency.example/"},
		"allowed is no network":       {url: "https://agency.example/", allowed: []string{"office"}},
		"allowed is everything":       {url: "https://agency.example/", allowed: []string{"0.0.0.0/0"}},
		"allowed is the cloud's keys": {url: "http://169.254.169.254/", allowed: []string{"169.254.169.254/32"}},
		"bad secret":                  {url: "https://agency.example/", keys: "whsec_x"},
	} {
		if c.keys == "" {
			c.keys = agencies.NewSecret()
		}
		_, err := agencies.CreateEndpoint(t.Context(), s.tx, s.box, s.agency, c.url, c.keys, c.allowed)
		if !fault.Is(err, fault.Invalid) {
			t.Errorf("%s: %v, want fault.Invalid", name, err)
		}
	}
	if _, err := agencies.CreateEndpoint(t.Context(), s.tx, s.box, s.agency, "http://127.0.0.1:8080/dev/agency/hook", agencies.NewSecret(), []string{"127.0.0.1"}); err != nil {
		t.Errorf("plain http inside an allowed network: %v", err)
	}
}

func TestEndpointMovesWithItsSecret(t *testing.T) {
	t.Parallel()
	s := newSender(t)
	e := s.endpoint(t, "https://a.example/")
	before, err := e.Secret(s.box)
	if err != nil {
		t.Fatal(err)
	}
	if err := agencies.MoveEndpoint(t.Context(), s.tx, e.ID, "http://b.example/", nil); !fault.Is(err, fault.Invalid) {
		t.Fatalf("move to plain http: %v", err)
	}
	if err := agencies.MoveEndpoint(t.Context(), s.tx, e.ID, "http://127.0.0.1:8080/hook", []string{"0.0.0.0/0"}); !fault.Is(err, fault.Invalid) {
		t.Fatalf("allow everything: %v", err)
	}
	if err := agencies.MoveEndpoint(t.Context(), s.tx, e.ID, "http://127.0.0.1:8080/hook", []string{"127.0.0.1"}); err != nil {
		t.Fatal(err)
	}
	moved, err := agencies.FindEndpoint(t.Context(), s.tx, e.ID)
	if err != nil || moved.URL != "http://127.0.0.1:8080/hook" || len(moved.Allowed) != 1 || moved.Allowed[0] != "127.0.0.1/32" {
		t.Fatalf("moved = %+v, %v", moved, err)
	}
	if after, err := moved.Secret(s.box); err != nil || after != before {
		t.Fatalf("the secret did not come along: %v", err)
	}
	if err := agencies.MoveEndpoint(t.Context(), s.tx, e.ID+1000, "https://a.example/", nil); !fault.Is(err, fault.NotFound) {
		t.Fatalf("move an unknown endpoint: %v", err)
	}
}

func TestAnnounceWritesOneDeliveryAndOneJobPerEnabledEndpoint(t *testing.T) {
	t.Parallel()
	s := newSender(t)
	first, second, off := s.endpoint(t, "https://a.example/"), s.endpoint(t, "https://b.example/"), s.endpoint(t, "https://c.example/")
	if err := agencies.DisableEndpoint(t.Context(), s.tx, off.ID, time.Now()); err != nil {
		t.Fatal(err)
	}
	stranger := s
	stranger.agency = newAgency(t, s.tx, "SNB")
	stranger.endpoint(t, "https://d.example/")

	at := time.Date(2026, 11, 21, 16, 30, 5, 123456789, time.FixedZone("+7", 7*3600))
	data := map[string]any{"ticket_id": 17, "url": "https://saphan.example/?a=1&b=2"}
	a := agencies.Announcement{Agency: s.agency, Event: "evt_17_1", Kind: agencies.TicketCreated, At: at, Data: data}
	for range 3 { // the same event again changes nothing
		if err := agencies.Announce(t.Context(), s.tx, s.jobs, a); err != nil {
			t.Fatal(err)
		}
	}
	all := s.deliveries(t)
	if len(all) != 2 || all[1].EndpointID != first.ID || all[0].EndpointID != second.ID {
		t.Fatalf("deliveries = %+v", all)
	}
	const body = `{"type":"ticket.created","timestamp":"2026-11-21T09:30:05.123456Z","data":{"ticket_id":17,"url":"https://saphan.example/?a=1&b=2"}}`
	for _, d := range all {
		if string(d.Body) != body || d.EventID != "evt_17_1" || d.Kind != agencies.TicketCreated || d.State != agencies.DeliveryWaiting {
			t.Errorf("delivery = %+v, body %s", d, d.Body)
		}
	}
	if n := s.jobCount(t); n != 2 {
		t.Fatalf("%d jobs, want 2", n)
	}
	rivertest.RequireManyInsertedTx[*riverpgxv5.Driver](t.Context(), t, s.tx, []rivertest.ExpectedJob{
		{Args: agencies.DeliverArgs{AgencyID: s.agency, DeliveryID: all[1].ID}, Opts: &rivertest.RequireInsertedOpts{Queue: "deliver", MaxAttempts: 15}},
		{Args: agencies.DeliverArgs{AgencyID: s.agency, DeliveryID: all[0].ID}, Opts: &rivertest.RequireInsertedOpts{Queue: "deliver", MaxAttempts: 15}},
	})
	if theirs := stranger.deliveries(t); len(theirs) != 0 {
		t.Fatalf("another agency is told: %+v", theirs)
	}
}

func TestAnnounceRefusesWhatIsNoEventOfTheContract(t *testing.T) {
	t.Parallel()
	s := newSender(t)
	s.endpoint(t, "https://a.example/")
	good := agencies.Announcement{Agency: s.agency, Event: "evt_1_1", Kind: agencies.TicketCreated, At: time.Now()}
	for name, change := range map[string]func(*agencies.Announcement){
		"no event":      func(a *agencies.Announcement) { a.Event = "" },
		"full stop":     func(a *agencies.Announcement) { a.Event = "evt.1" },
		"header break":  func(a *agencies.Announcement) { a.Event = "evt\r\n1" },
		"unknown kind":  func(a *agencies.Announcement) { a.Kind = "ticket.exploded" },
		"too long":      func(a *agencies.Announcement) { a.Data = strings.Repeat("a", 21<<10) },
		"not for JSON":  func(a *agencies.Announcement) { a.Data = func() {} },
		"beyond a year": func(a *agencies.Announcement) { a.At = time.Date(10000, 1, 1, 0, 0, 0, 0, time.UTC) },
	} {
		a := good
		change(&a)
		if err := agencies.Announce(t.Context(), s.tx, s.jobs, a); err == nil {
			t.Errorf("%s: announced", name)
		}
	}
	if n := len(s.deliveries(t)); n != 0 {
		t.Fatalf("%d deliveries", n)
	}
	contract, err := os.ReadFile("../docs/webhooks.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, k := range strings.Fields("ticket.created ticket.updated ticket.message ticket.document ticket.withdrawn ticket.decided permit.issued permit.changed message.unsent") {
		if !agencies.EventKind(k).Known() {
			t.Errorf("%s is of the contract and not known", k)
		}
		if !strings.Contains(string(contract), "| `"+k+"` |") {
			t.Errorf("%s is not in docs/webhooks.md", k)
		}
	}
}

func TestRecordKeepsAttemptsAndWhatTheyMean(t *testing.T) {
	t.Parallel()
	now := time.Now().UTC().Truncate(time.Microsecond)
	bad := agencies.Attempt{At: now, Status: 500, MS: 12, Response: "no", Problem: "ปลายทางตอบ 500"}
	good := agencies.Attempt{At: now.Add(time.Minute), Status: 204, MS: 7}
	gone := agencies.Attempt{At: now, Status: 410, Problem: "เลิกใช้"}
	type step struct {
		attempt agencies.Attempt
		last    bool
	}
	for name, c := range map[string]struct {
		steps    []step
		state    agencies.DeliveryState
		disabled bool
	}{
		"failed once":             {[]step{{bad, false}}, agencies.DeliveryWaiting, false},
		"failed, then taken":      {[]step{{bad, false}, {good, false}}, agencies.DeliveryDelivered, false},
		"failed for good":         {[]step{{bad, false}, {bad, true}}, agencies.DeliveryFailed, false},
		"gone":                    {[]step{{gone, false}}, agencies.DeliveryFailed, true},
		"taken stays taken":       {[]step{{good, false}, {bad, true}}, agencies.DeliveryDelivered, false},
		"taken twice":             {[]step{{good, false}, {good, false}}, agencies.DeliveryDelivered, false},
		"taken by a late attempt": {[]step{{bad, true}, {good, false}}, agencies.DeliveryDelivered, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newSender(t)
			e := s.endpoint(t, "https://a.example/")
			s.announce(t, "evt_1_1")
			p, err := agencies.FindDelivery(t.Context(), s.tx, s.deliveries(t)[0].ID)
			if err != nil {
				t.Fatal(err)
			}
			for _, step := range c.steps {
				if err := agencies.Record(t.Context(), s.tx, p, step.attempt, step.last); err != nil {
					t.Fatal(err)
				}
			}
			after, err := agencies.FindDelivery(t.Context(), s.tx, p.ID)
			if err != nil {
				t.Fatal(err)
			}
			if after.State != c.state || (after.DeliveredAt != nil) != (c.state == agencies.DeliveryDelivered) {
				t.Errorf("delivery = %+v, want %s", after.Delivery, c.state)
			}
			attempts, err := agencies.Attempts(t.Context(), s.tx, p.ID)
			if err != nil || len(attempts) != len(c.steps) {
				t.Fatalf("attempts = %+v, %v", attempts, err)
			}
			first := attempts[0]
			first.At = first.At.UTC()
			if first != c.steps[0].attempt {
				t.Errorf("attempt = %+v, want %+v", first, c.steps[0].attempt)
			}
			e, err = agencies.FindEndpoint(t.Context(), s.tx, e.ID)
			if err != nil || (e.DisabledAt != nil) != c.disabled {
				t.Errorf("endpoint = %+v, %v", e, err)
			}
		})
	}
}

func TestDeliveriesAreListedByStateAndPage(t *testing.T) {
	t.Parallel()
	s := newSender(t)
	s.endpoint(t, "https://a.example/")
	for n := range 5 {
		s.announce(t, fmt.Sprintf("evt_%d_1", n))
	}
	all := s.deliveries(t)
	p, err := agencies.FindDelivery(t.Context(), s.tx, all[2].ID)
	if err != nil {
		t.Fatal(err)
	}
	if err := agencies.Record(t.Context(), s.tx, p, agencies.Attempt{At: time.Now(), Status: 500, Problem: "ไม่ได้"}, true); err != nil {
		t.Fatal(err)
	}
	failed, err := agencies.Deliveries(t.Context(), s.tx, s.agency, agencies.DeliveryFailed, 0, 10)
	if err != nil || len(failed) != 1 || failed[0].ID != p.ID {
		t.Fatalf("failed = %+v, %v", failed, err)
	}
	page, err := agencies.Deliveries(t.Context(), s.tx, s.agency, "", all[1].ID, 2)
	if err != nil || len(page) != 2 || page[0].ID != all[2].ID || page[1].ID != all[3].ID {
		t.Fatalf("page = %+v, %v", page, err)
	}
	if _, err := agencies.FindDelivery(t.Context(), s.tx, all[0].ID+1000); !fault.Is(err, fault.NotFound) {
		t.Fatalf("unknown delivery: %v", err)
	}
}

func TestResendBeginsANewRound(t *testing.T) {
	t.Parallel()
	s := newSender(t)
	e := s.endpoint(t, "https://a.example/")
	s.announce(t, "evt_1_1")
	s.announce(t, "evt_1_2")
	record := func(id agencies.DeliveryID, a agencies.Attempt, last bool) agencies.Parcel {
		t.Helper()
		p, err := agencies.FindDelivery(t.Context(), s.tx, id)
		if err != nil {
			t.Fatal(err)
		}
		if err := agencies.Record(t.Context(), s.tx, p, a, last); err != nil {
			t.Fatal(err)
		}
		return p
	}
	all := s.deliveries(t)
	newer, older := all[0].ID, all[1].ID
	if err := agencies.Resend(t.Context(), s.tx, s.jobs, newer); !fault.Is(err, fault.Conflict) {
		t.Fatalf("resend what still waits: %v", err)
	}
	before := record(newer, agencies.Attempt{At: time.Now(), Status: 200}, false)
	record(older, agencies.Attempt{At: time.Now(), Status: 410, Problem: "เลิกใช้"}, false)
	if err := agencies.Resend(t.Context(), s.tx, s.jobs, older); !fault.Is(err, fault.Conflict) {
		t.Fatalf("resend to a disabled endpoint: %v", err)
	}
	if _, err := agencies.ResendFailed(t.Context(), s.tx, s.jobs, e.ID); !fault.Is(err, fault.Conflict) {
		t.Fatalf("resend all to a disabled endpoint: %v", err)
	}
	if err := agencies.EnableEndpoint(t.Context(), s.tx, e.ID); err != nil {
		t.Fatal(err)
	}
	if n, err := agencies.ResendFailed(t.Context(), s.tx, s.jobs, e.ID); err != nil || n != 1 {
		t.Fatalf("resend failed = %d, %v", n, err)
	}
	if err := agencies.Resend(t.Context(), s.tx, s.jobs, newer); err != nil {
		t.Fatalf("resend what was lost: %v", err)
	}
	for _, d := range s.deliveries(t) {
		if d.State != agencies.DeliveryWaiting || d.DeliveredAt != nil {
			t.Errorf("delivery = %+v", d)
		}
		if d.ID == newer && string(d.Body) != string(before.Body) {
			t.Error("another body than the first time")
		}
	}
	if n := s.jobCount(t); n != 4 {
		t.Fatalf("%d jobs, want 4", n)
	}
	if err := agencies.Resend(t.Context(), s.tx, s.jobs, newer+1000); !fault.Is(err, fault.NotFound) {
		t.Fatalf("resend an unknown delivery: %v", err)
	}
}

// Tenancy: agency B neither sees nor changes nor sends what is A's.
func TestEndpointsAndDeliveriesAreTheirAgencysOwn(t *testing.T) {
	t.Parallel()
	s := newSender(t)
	e := s.endpoint(t, "https://a.example/")
	s.announce(t, "evt_1_1")
	d := s.deliveries(t)[0]
	p, err := agencies.FindDelivery(t.Context(), s.tx, d.ID)
	if err != nil {
		t.Fatal(err)
	}
	if err := agencies.Record(t.Context(), s.tx, p, agencies.Attempt{At: time.Now(), Status: 500, Problem: "ไม่ได้"}, true); err != nil {
		t.Fatal(err)
	}
	other := newAgency(t, s.tx, "SNB")

	within := func(name string, fn func(ctx context.Context, tx pgx.Tx) error) {
		t.Helper()
		err := agencies.Within(t.Context(), s.tx, other, func(tx pgx.Tx) error { return fn(t.Context(), tx) })
		if err == nil {
			t.Errorf("agency B can %s", name)
		}
	}
	within("find the endpoint", func(ctx context.Context, tx pgx.Tx) error {
		_, err := agencies.FindEndpoint(ctx, tx, e.ID)
		return err
	})
	within("find the delivery", func(ctx context.Context, tx pgx.Tx) error {
		_, err := agencies.FindDelivery(ctx, tx, d.ID)
		return err
	})
	within("disable the endpoint", func(ctx context.Context, tx pgx.Tx) error {
		return agencies.DisableEndpoint(ctx, tx, e.ID, time.Now())
	})
	within("resend", func(ctx context.Context, tx pgx.Tx) error { return agencies.Resend(ctx, tx, s.jobs, d.ID) })
	within("create an endpoint for A", func(ctx context.Context, tx pgx.Tx) error {
		_, err := agencies.CreateEndpoint(ctx, tx, s.box, s.agency, "https://b.example/", agencies.NewSecret(), nil)
		return err
	})
	within("record an attempt of A's", func(ctx context.Context, tx pgx.Tx) error {
		return agencies.Record(ctx, tx, p, agencies.Attempt{At: time.Now(), Status: 200}, false)
	})
	err = agencies.Within(t.Context(), s.tx, other, func(tx pgx.Tx) error {
		list, err := agencies.Deliveries(t.Context(), tx, s.agency, "", 0, 10)
		if err != nil || len(list) != 0 {
			t.Errorf("agency B lists %d deliveries, %v", len(list), err)
		}
		endpoints, err := agencies.Endpoints(t.Context(), tx, s.agency)
		if err != nil || len(endpoints) != 0 {
			t.Errorf("agency B lists %d endpoints, %v", len(endpoints), err)
		}
		attempts, err := agencies.Attempts(t.Context(), tx, d.ID)
		if err != nil || len(attempts) != 0 {
			t.Errorf("agency B lists %d attempts, %v", len(attempts), err)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	// Telling A inside B's scope finds no endpoint: nothing leaks, nothing is written.
	err = agencies.Within(t.Context(), s.tx, other, func(tx pgx.Tx) error {
		return agencies.Announce(t.Context(), tx, s.jobs, agencies.Announcement{
			Agency: s.agency, Event: "evt_9_9", Kind: agencies.TicketCreated, At: time.Now(), Data: json.RawMessage(`{}`),
		})
	})
	if err != nil {
		t.Fatal(err)
	}
	if n := s.jobCount(t); n != 1 {
		t.Fatalf("%d jobs, want 1", n)
	}
}
