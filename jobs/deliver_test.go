package jobs

import (
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/riverqueue/river"
	"github.com/riverqueue/river/riverdriver/riverpgxv5"
	"github.com/riverqueue/river/rivertest"
	"github.com/riverqueue/river/rivertype"

	"saphan/agencies"
	"saphan/internal/pgtest"
	"saphan/internal/secret"
)

// post is an agency with one endpoint, and the worker that delivers to it.
type post struct {
	tx       pgx.Tx
	worker   *Deliver
	agency   agencies.AgencyID
	endpoint agencies.Endpoint
	jobs     *river.Client[pgx.Tx]
	box      secret.Box
}

func newPost(t *testing.T, url string, timeout time.Duration) *post {
	t.Helper()
	tx := pgtest.Tx(t)
	box, err := secret.Parse(secret.Generate())
	if err != nil {
		t.Fatal(err)
	}
	jobs, err := river.NewClient(riverpgxv5.New(nil), &river.Config{})
	if err != nil {
		t.Fatal(err)
	}
	a, err := agencies.Create(t.Context(), tx, agencies.Agency{Code: "SNA", Name: "เทศบาลตัวอย่าง", Kind: "เทศบาล"})
	if err != nil {
		t.Fatal(err)
	}
	e, err := agencies.CreateEndpoint(t.Context(), tx, box, a.ID, url, agencies.NewSecret(), []string{"127.0.0.0/8"})
	if err != nil {
		t.Fatal(err)
	}
	return &post{tx: tx, agency: a.ID, endpoint: e, jobs: jobs, box: box, worker: &Deliver{
		DB: tx, Now: time.Now, Log: slog.New(slog.DiscardHandler),
		Deliverer: agencies.NewDeliverer(agencies.DelivererConfig{Box: box, Timeout: timeout}),
	}}
}

// announce makes a delivery and returns its job as it was enqueued.
func (p *post) announce(t *testing.T, event string) *rivertype.JobRow {
	t.Helper()
	err := agencies.Announce(t.Context(), p.tx, p.jobs, agencies.Announcement{
		Agency: p.agency, Event: event, Kind: agencies.TicketCreated, At: time.Now(), Data: map[string]any{"ticket_id": 1},
	})
	if err != nil {
		t.Fatal(err)
	}
	res, err := p.jobs.JobListTx(t.Context(), p.tx, river.NewJobListParams().Kinds(agencies.DeliverArgs{}.Kind()).OrderBy(river.JobListOrderByID, river.SortOrderDesc).First(1))
	if err != nil || len(res.Jobs) != 1 {
		t.Fatalf("the job of %s: %v", event, err)
	}
	return res.Jobs[0]
}

// work runs a job as River would, as its nth attempt. It returns the error of a failed attempt.
func (p *post) work(t *testing.T, job *rivertype.JobRow, nth int) (*rivertest.WorkResult, error) {
	t.Helper()
	job.Attempt = nth - 1
	result, err := rivertest.NewWorker(t, riverpgxv5.New(nil), &river.Config{}, p.worker).WorkJob(t.Context(), t, p.tx, job)
	if result == nil {
		t.Fatalf("work: %v", err)
	}
	return result, err
}

func (p *post) state(t *testing.T, job *rivertype.JobRow) (agencies.Parcel, []agencies.Attempt) {
	t.Helper()
	id := argsOf(t, job).DeliveryID
	d, err := agencies.FindDelivery(t.Context(), p.tx, id)
	if err != nil {
		t.Fatal(err)
	}
	attempts, err := agencies.Attempts(t.Context(), p.tx, id)
	if err != nil {
		t.Fatal(err)
	}
	return d, attempts
}

func argsOf(t *testing.T, job *rivertype.JobRow) (args agencies.DeliverArgs) {
	t.Helper()
	if err := json.Unmarshal(job.EncodedArgs, &args); err != nil {
		t.Fatal(err)
	}
	return args
}

func agencyServer(t *testing.T, answer http.HandlerFunc) (url string, hits *atomic.Int32) {
	t.Helper()
	hits = new(atomic.Int32)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		hits.Add(1)
		answer(w, r)
	}))
	t.Cleanup(server.Close)
	return server.URL, hits
}

func TestDeliverSendsOnceAndRecordsIt(t *testing.T) {
	t.Parallel()
	url, hits := agencyServer(t, func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusNoContent) })
	p := newPost(t, url, 0)
	job := p.announce(t, "evt_1_1")
	if result, err := p.work(t, job, 1); err != nil || result.EventKind != river.EventKindJobCompleted {
		t.Fatalf("first run: %v, %v", result.EventKind, err)
	}
	for range 2 { // a worker that dies after the record is run again
		again, err := p.jobs.InsertTx(t.Context(), p.tx, argsOf(t, job), nil)
		if err != nil {
			t.Fatal(err)
		}
		if result, err := p.work(t, again.Job, 1); err != nil || result.EventKind != river.EventKindJobCompleted {
			t.Fatalf("run again: %v, %v", result.EventKind, err)
		}
	}
	d, attempts := p.state(t, job)
	if d.State != agencies.DeliveryDelivered || len(attempts) != 1 || attempts[0].Status != 204 || hits.Load() != 1 {
		t.Fatalf("delivery %s, attempts %+v, %d requests; want one of each", d.State, attempts, hits.Load())
	}
}

func TestDeliverTriesAgainAfterAFailure(t *testing.T) {
	t.Parallel()
	var status atomic.Int32
	status.Store(500)
	url, _ := agencyServer(t, func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(int(status.Load())) })
	p := newPost(t, url, 0)
	job := p.announce(t, "evt_1_1")

	result, err := p.work(t, job, 1)
	if err == nil || result.EventKind != river.EventKindJobFailed {
		t.Fatalf("first attempt: %v, %v", result.EventKind, err)
	}
	if wait := time.Until(result.Job.ScheduledAt); wait < 3*time.Second || wait > 6*time.Second {
		t.Fatalf("second attempt in %v, want about 5 s", wait)
	}
	if d, attempts := p.state(t, job); d.State != agencies.DeliveryWaiting || len(attempts) != 1 || attempts[0].Problem == "" {
		t.Fatalf("delivery %s, attempts %+v", d.State, attempts)
	}
	status.Store(200)
	if result, err = p.work(t, job, 2); err != nil || result.EventKind != river.EventKindJobCompleted {
		t.Fatalf("second attempt: %v, %v", result.EventKind, err)
	}
	if d, attempts := p.state(t, job); d.State != agencies.DeliveryDelivered || len(attempts) != 2 {
		t.Fatalf("delivery %s, attempts %+v", d.State, attempts)
	}
}

func TestDeliverFailsVisiblyAfterTheLastAttempt(t *testing.T) {
	t.Parallel()
	url, hits := agencyServer(t, func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusBadGateway) })
	p := newPost(t, url, 0)
	job := p.announce(t, "evt_1_1")
	for n := 1; n < agencies.DeliverAttempts; n++ {
		if result, err := p.work(t, job, n); err == nil || result.EventKind != river.EventKindJobFailed || result.Job.State == rivertype.JobStateDiscarded {
			t.Fatalf("attempt %d: %v, %v", n, result.EventKind, err)
		}
	}
	if d, _ := p.state(t, job); d.State != agencies.DeliveryWaiting {
		t.Fatalf("before the last attempt the delivery is %s", d.State)
	}
	if result, _ := p.work(t, job, agencies.DeliverAttempts); result.EventKind != river.EventKindJobCancelled {
		t.Fatalf("last attempt: %v", result.EventKind)
	}
	d, attempts := p.state(t, job)
	if d.State != agencies.DeliveryFailed || len(attempts) != agencies.DeliverAttempts || int(hits.Load()) != agencies.DeliverAttempts {
		t.Fatalf("delivery %s, %d attempts, %d requests", d.State, len(attempts), hits.Load())
	}
}

func TestDeliverObeysRetryAfter(t *testing.T) {
	t.Parallel()
	url, _ := agencyServer(t, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Retry-After", "90")
		w.WriteHeader(http.StatusTooManyRequests)
	})
	p := newPost(t, url, 0)
	job := p.announce(t, "evt_1_1")
	// On what would be the last attempt: being asked to wait is not a failure.
	result, err := p.work(t, job, agencies.DeliverAttempts)
	if err != nil || result.EventKind != river.EventKindJobSnoozed || result.Job.Attempt != agencies.DeliverAttempts-1 {
		t.Fatalf("put off: %v, attempt %d, %v", result.EventKind, result.Job.Attempt, err)
	}
	if wait := time.Until(result.Job.ScheduledAt); wait < 85*time.Second || wait > 95*time.Second {
		t.Fatalf("comes back in %v, want 90 s", wait)
	}
	if d, attempts := p.state(t, job); d.State != agencies.DeliveryWaiting || len(attempts) != 1 || attempts[0].Status != 429 {
		t.Fatalf("delivery %s, attempts %+v", d.State, attempts)
	}
	// The longer it goes on, the longer the waits; and it does not go on for ever.
	p.worker.Now = func() time.Time { return time.Now().Add(24 * time.Hour) }
	if result, err = p.work(t, job, agencies.DeliverAttempts); err != nil || time.Until(result.Job.ScheduledAt) < time.Hour {
		t.Fatalf("after a day: comes back in %v, %v", time.Until(result.Job.ScheduledAt), err)
	}
	p.worker.Now = func() time.Time { return time.Now().Add(deliverPatience) }
	if result, _ = p.work(t, job, agencies.DeliverAttempts); result.EventKind != river.EventKindJobCancelled {
		t.Fatalf("after five days: %v", result.EventKind)
	}
	if d, _ := p.state(t, job); d.State != agencies.DeliveryFailed {
		t.Fatalf("after five days the delivery is %s", d.State)
	}
}

func TestDeliverDisablesAnEndpointThatIsGone(t *testing.T) {
	t.Parallel()
	url, hits := agencyServer(t, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Retry-After", "90") // means nothing here
		w.WriteHeader(http.StatusGone)
	})
	p := newPost(t, url, 0)
	first, second := p.announce(t, "evt_1_1"), p.announce(t, "evt_1_2")
	for _, job := range []*rivertype.JobRow{first, second} {
		if result, _ := p.work(t, job, 1); result.EventKind != river.EventKindJobCancelled {
			t.Fatalf("%s: %v", job.EncodedArgs, result.EventKind)
		}
		if d, attempts := p.state(t, job); d.State != agencies.DeliveryFailed || len(attempts) != 1 || attempts[0].Problem == "" {
			t.Fatalf("delivery %s, attempts %+v", d.State, attempts)
		}
	}
	e, err := agencies.FindEndpoint(t.Context(), p.tx, p.endpoint.ID)
	if err != nil || e.DisabledAt == nil {
		t.Fatalf("endpoint = %+v, %v", e, err)
	}
	if n := hits.Load(); n != 1 {
		t.Fatalf("%d requests, want 1: what waits for a disabled endpoint is not sent", n)
	}
}

func TestDeliverRecordsATimeout(t *testing.T) {
	t.Parallel()
	release := make(chan struct{})
	url, _ := agencyServer(t, func(http.ResponseWriter, *http.Request) { <-release })
	t.Cleanup(func() { close(release) })
	p := newPost(t, url, 200*time.Millisecond)
	job := p.announce(t, "evt_1_1")
	if result, err := p.work(t, job, 1); err == nil || result.EventKind != river.EventKindJobFailed {
		t.Fatalf("slow agency: %v, %v", result.EventKind, err)
	}
	if _, attempts := p.state(t, job); len(attempts) != 1 || attempts[0].Status != 0 || attempts[0].MS < 200 || attempts[0].Problem == "" {
		t.Fatalf("attempts %+v", attempts)
	}
}

func TestDeliverGivesUpAnUnknownDelivery(t *testing.T) {
	t.Parallel()
	p := newPost(t, "http://127.0.0.1:9/", 0)
	result, _ := rivertest.NewWorker(t, riverpgxv5.New(nil), &river.Config{}, p.worker).Work(t.Context(), t, p.tx,
		agencies.DeliverArgs{AgencyID: p.agency, DeliveryID: 1 << 40}, nil)
	if result == nil || result.EventKind != river.EventKindJobCancelled {
		t.Fatalf("unknown delivery: %+v", result)
	}
}

// broken is a database that is away.
type broken struct{}

func (broken) Begin(context.Context) (pgx.Tx, error) { return nil, errors.New("connection refused") }

// Our own trouble is not the agency's failure: it uses up no attempt, even on the last one.
func TestDeliverIsPutOffByTroubleOfOurOwn(t *testing.T) {
	t.Parallel()
	p := newPost(t, "http://127.0.0.1:9/", 0)
	job := p.announce(t, "evt_1_1")
	p.worker.DB = broken{}
	result, err := p.work(t, job, agencies.DeliverAttempts)
	if err != nil || result.EventKind != river.EventKindJobSnoozed {
		t.Fatalf("database away: %v, %v", result.EventKind, err)
	}
}

// What was answered is recorded even when the process is told to stop in that moment.
func TestDeliverRecordsTheAnswerWhileStopping(t *testing.T) {
	t.Parallel()
	url, _ := agencyServer(t, func(http.ResponseWriter, *http.Request) {})
	p := newPost(t, url, 0)
	job := p.announce(t, "evt_1_1")
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	p.worker.At = func(border string) {
		if border == "deliver: after the post" {
			stop()
		}
	}
	err := p.worker.Work(ctx, &river.Job[agencies.DeliverArgs]{JobRow: job, Args: argsOf(t, job)})
	if err != nil {
		t.Fatal(err)
	}
	if d, _ := p.state(t, job); d.State != agencies.DeliveryDelivered {
		t.Fatalf("delivery is %s", d.State)
	}
}

// Two workers with the same delivery (a job rescued too early) end in one delivery.
func TestDeliverTwiceAtOnceIsHarmless(t *testing.T) {
	t.Parallel()
	var both sync.WaitGroup
	both.Add(2)
	url, hits := agencyServer(t, func(http.ResponseWriter, *http.Request) {
		both.Done()
		both.Wait()
	})
	pool := pgtest.DB(t)
	p := &post{}
	box, err := secret.Parse(secret.Generate())
	if err != nil {
		t.Fatal(err)
	}
	jobs, err := river.NewClient(riverpgxv5.New(nil), &river.Config{})
	if err != nil {
		t.Fatal(err)
	}
	var parcel agencies.Delivery
	err = agencies.Everywhere(t.Context(), pool, func(tx pgx.Tx) error {
		a, err := agencies.Create(t.Context(), tx, agencies.Agency{Code: "SNA", Name: "เทศบาลตัวอย่าง", Kind: "เทศบาล"})
		if err != nil {
			return err
		}
		p.agency = a.ID
		if _, err := agencies.CreateEndpoint(t.Context(), tx, box, a.ID, url, agencies.NewSecret(), []string{"127.0.0.0/8"}); err != nil {
			return err
		}
		err = agencies.Announce(t.Context(), tx, jobs, agencies.Announcement{Agency: a.ID, Event: "evt_1_1", Kind: agencies.TicketCreated, At: time.Now()})
		if err != nil {
			return err
		}
		all, err := agencies.Deliveries(t.Context(), tx, a.ID, "", 0, 1)
		if err == nil {
			parcel = all[0]
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	worker := &Deliver{DB: pool, Now: time.Now, Log: slog.New(slog.DiscardHandler), Deliverer: agencies.NewDeliverer(agencies.DelivererConfig{Box: box})}
	var all sync.WaitGroup
	for range 2 {
		all.Go(func() {
			job := &river.Job[agencies.DeliverArgs]{JobRow: &rivertype.JobRow{Attempt: 1, CreatedAt: time.Now()}, Args: agencies.DeliverArgs{AgencyID: p.agency, DeliveryID: parcel.ID}}
			if err := worker.Work(t.Context(), job); err != nil {
				t.Errorf("work: %v", err)
			}
		})
	}
	all.Wait()
	err = agencies.Within(t.Context(), pool, p.agency, func(tx pgx.Tx) error {
		d, err := agencies.FindDelivery(t.Context(), tx, parcel.ID)
		if err != nil || d.State != agencies.DeliveryDelivered || hits.Load() != 2 {
			t.Errorf("delivery %s, %d requests, %v", d.State, hits.Load(), err)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

func TestDeliverScheduleIsThatOfStandardWebhooks(t *testing.T) {
	t.Parallel()
	if len(deliverWaits) != agencies.DeliverAttempts-1 {
		t.Fatalf("%d waits for %d attempts", len(deliverWaits), agencies.DeliverAttempts)
	}
	now := time.Date(2026, 11, 21, 9, 0, 0, 0, time.UTC)
	w := &Deliver{Now: func() time.Time { return now }}
	seen := map[time.Duration]bool{}
	for n, want := range deliverWaits {
		for range 50 {
			got := w.NextRetry(&river.Job[agencies.DeliverArgs]{JobRow: &rivertype.JobRow{Attempt: n + 1}}).Sub(now)
			if got < want*9/10 || got > want*11/10 {
				t.Fatalf("after attempt %d: %v, want %v more or less a tenth", n+1, got, want)
			}
			seen[got] = true
		}
	}
	if len(seen) < 10*len(deliverWaits) {
		t.Fatalf("only %d different waits: no jitter", len(seen))
	}
	for _, attempt := range []int{0, agencies.DeliverAttempts, 1000} {
		if got := w.NextRetry(&river.Job[agencies.DeliverArgs]{JobRow: &rivertype.JobRow{Attempt: attempt}}); !got.After(now) {
			t.Fatalf("attempt %d: %v", attempt, got)
		}
	}
}
