package testhouse

import (
	"context"
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
	"saphan/internal/quiet"
	"saphan/internal/secret"
	"saphan/permits"
	"saphan/tickets"
)

// Plan is what a process must know to be a part of a house.
type Plan struct {
	Database string // as its owner
	Objects  objectstore.Account
	Bucket   string
	Key      string // SECRET_KEY
	Phone    string // address of the simulator
}

// BaseURL is the public address of every house.
const BaseURL = "https://saphan.example.go.th"

// Store is where the files of the house lie.
func (p Plan) Store() files.Config {
	return files.Config{
		Endpoint: p.Objects.Endpoint, Region: p.Objects.Region, AccessKey: p.Objects.AccessKey, SecretKey: p.Objects.SecretKey, Insecure: true, Bucket: p.Bucket,
	}
}

// Parts are what one process of a house is made of, all but the jobs.
type Parts struct {
	Pool      *pgxpool.Pool // as the program's role
	Client    *river.Client[pgx.Tx]
	Desk      *tickets.Desk
	Forms     *forms.Catalog
	Files     *files.Store
	Permits   *permits.Office
	Box       secret.Box
	Deliverer *agencies.Deliverer
	Line      *line.Channel
	Now       func() time.Time
	Log       *slog.Logger
}

// Build makes the parts of a process.
func (p Plan) Build(ctx context.Context, log *slog.Logger, now func() time.Time) (Parts, error) {
	cfg, err := pgxpool.ParseConfig(p.Database)
	if err != nil {
		return Parts{}, err
	}
	cfg.MaxConns = 24
	cfg.AfterConnect = func(ctx context.Context, conn *pgx.Conn) error {
		_, err := conn.Exec(ctx, `SET ROLE saphan_app`)
		return err
	}
	box, err := secret.Parse(p.Key)
	if err != nil {
		return Parts{}, err
	}
	catalog, err := forms.Ready()
	if err != nil {
		return Parts{}, err
	}
	store, err := files.New(p.Store(), box, log)
	if err != nil {
		return Parts{}, err
	}
	pool, err := pgxpool.NewWithConfig(ctx, cfg)
	if err != nil {
		return Parts{}, err
	}
	client, err := river.NewClient(riverpgxv5.New(pool), &river.Config{Logger: quiet.Log(log), FetchCooldown: time.Millisecond})
	if err != nil {
		pool.Close()
		return Parts{}, err
	}
	return Parts{
		Pool: pool, Client: client, Desk: tickets.NewDesk(client, catalog, BaseURL, now), Forms: catalog, Files: store,
		Permits: permits.NewOffice(client, box, BaseURL, now), Box: box,
		Deliverer: agencies.NewDeliverer(agencies.DelivererConfig{Box: box, Now: now}),
		Line:      line.NewChannel(p.Phone+"/api", p.Phone+"/api-data"), Now: now, Log: log,
	}, nil
}

// Intake is an intake of events, which runs until end is called.
func (p Parts) Intake(ctx context.Context) (intake *bot.Intake, end func()) {
	intake = bot.NewIntake(p.Pool, p.Client)
	ctx, cancel := context.WithCancel(context.WithoutCancel(ctx))
	drained := make(chan struct{})
	go func() { defer close(drained); intake.Run(ctx) }()
	return intake, func() { cancel(); <-drained }
}

// Webhook is the webhook with its intake, which runs until end is called.
func (p Parts) Webhook(ctx context.Context) (handler http.Handler, end func()) {
	intake, end := p.Intake(ctx)
	return line.NewWebhook(p.Pool, p.Box, intake, p.Log, time.Now, func(string) {}), end
}

// Work runs jobs as a worker process does, under a name, until stop.
func (p Parts) Work(ctx context.Context, name string, workers *river.Workers, queues map[string]river.QueueConfig) (stop func(context.Context) error, err error) {
	client, err := river.NewClient(riverpgxv5.New(p.Pool), &river.Config{
		ID: name, Queues: queues, Workers: workers, Logger: quiet.Log(p.Log),
		FetchCooldown: 2 * time.Millisecond, FetchPollInterval: 25 * time.Millisecond, JobTimeout: time.Minute,
	})
	if err != nil {
		return nil, err
	}
	if err := client.Start(context.WithoutCancel(ctx)); err != nil {
		return nil, err
	}
	return client.StopAndCancel, nil
}
