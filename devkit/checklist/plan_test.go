package checklist

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/riverqueue/river"
	"github.com/riverqueue/river/riverdriver/riverpgxv5"

	"saphan/agencies"
	"saphan/bot"
	"saphan/bot/line"
	"saphan/devkit/objectstore"
	"saphan/files"
	"saphan/forms"
	"saphan/internal/secret"
	"saphan/jobs"
	"saphan/permits"
	"saphan/tickets"
)

// plan is what a process must know to be a part of a house.
type plan struct {
	Database string // as its owner
	Objects  objectstore.Account
	Bucket   string
	Key      string // SECRET_KEY
	Phone    string // address of the simulator
	Role     string // of a process: web or worker
	Addr     string // where the web part listens
}

const baseURL = "https://saphan.example.go.th"

// build makes what the jobs work with.
func (p plan) build(ctx context.Context, log *slog.Logger, now func() time.Time) (*jobs.Deps, *pgxpool.Pool, error) {
	cfg, err := pgxpool.ParseConfig(p.Database)
	if err != nil {
		return nil, nil, err
	}
	cfg.MaxConns = 24
	cfg.AfterConnect = func(ctx context.Context, conn *pgx.Conn) error {
		_, err := conn.Exec(ctx, `SET ROLE saphan_app`)
		return err
	}
	pool, err := pgxpool.NewWithConfig(ctx, cfg)
	if err != nil {
		return nil, nil, err
	}
	box, err := secret.Parse(p.Key)
	if err != nil {
		return nil, nil, err
	}
	catalog, err := forms.Ready()
	if err != nil {
		return nil, nil, err
	}
	client, err := river.NewClient(riverpgxv5.New(pool), &river.Config{Logger: slog.New(slog.DiscardHandler), FetchCooldown: time.Millisecond})
	if err != nil {
		return nil, nil, err
	}
	store, err := files.New(p.store(), box, log)
	if err != nil {
		return nil, nil, err
	}
	chat := line.NewChannel(p.Phone+"/api", p.Phone+"/api-data")
	return &jobs.Deps{
		DB: pool, Jobs: client, Desk: tickets.NewDesk(client, catalog, baseURL, now), Forms: catalog, Files: store,
		Permits: permits.NewOffice(client, box, baseURL, now), Box: box,
		Deliverer: agencies.NewDeliverer(agencies.DelivererConfig{Box: box, Now: now}),
		Channels:  map[string]jobs.Channel{line.Kind: chat},
		Menus:     map[string]jobs.Menus{line.Kind: chat},
		BaseURL:   baseURL, Now: now, Log: log,
	}, pool, nil
}

func (p plan) store() files.Config {
	return files.Config{
		Endpoint: p.Objects.Endpoint, Region: p.Objects.Region, AccessKey: p.Objects.AccessKey, SecretKey: p.Objects.SecretKey, Insecure: true, Bucket: p.Bucket,
	}
}

// hook is the webhook with its intake, which runs until the end is called.
func hook(ctx context.Context, d *jobs.Deps, pool *pgxpool.Pool) (handler http.Handler, end func(), err error) {
	inserts, ok := d.Jobs.(bot.BulkJobs)
	if !ok {
		return nil, nil, errors.New("the job queue takes no batches")
	}
	intake := bot.NewIntake(pool, inserts)
	ctx, cancel := context.WithCancel(context.WithoutCancel(ctx))
	drained := make(chan struct{})
	go func() { defer close(drained); intake.Run(ctx) }()
	return line.NewWebhook(pool, d.Box, intake, d.Log, time.Now, func(string) {}), func() { cancel(); <-drained }, nil
}

// work runs the jobs as a worker process does, under a name, until stop.
func (p plan) work(ctx context.Context, d *jobs.Deps, pool *pgxpool.Pool, name string) (stop func(context.Context) error, err error) {
	workers := river.NewWorkers()
	jobs.Register(workers, d)
	client, err := river.NewClient(riverpgxv5.New(pool), &river.Config{
		ID: name, Queues: jobs.Queues(), Workers: workers, Logger: slog.New(slog.DiscardHandler),
		FetchCooldown: 2 * time.Millisecond, FetchPollInterval: 25 * time.Millisecond, JobTimeout: time.Minute,
	})
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithCancel(context.WithoutCancel(ctx))
	ready, ended := make(chan struct{}), make(chan error, 1)
	rescue := jobs.Rescue{URL: p.Database, Client: name, Log: d.Log}
	go func() { ended <- rescue.Hold(ctx, func() { close(ready) }) }()
	select {
	case <-ready:
	case err := <-ended:
		cancel()
		return nil, fmt.Errorf("the worker's lock: %w", err)
	}
	if err := client.Start(ctx); err != nil {
		cancel()
		return nil, errors.Join(err, <-ended)
	}
	return func(stopCtx context.Context) error {
		err := client.StopAndCancel(stopCtx)
		cancel()
		return errors.Join(err, <-ended)
	}, nil
}
