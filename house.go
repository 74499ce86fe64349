package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"strings"
	"sync/atomic"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/riverqueue/river"
	"github.com/riverqueue/river/riverdriver/riverpgxv5"

	"saphan/admin"
	"saphan/agencies"
	"saphan/api"
	"saphan/bot"
	"saphan/bot/line"
	"saphan/bot/web"
	"saphan/files"
	"saphan/forms"
	"saphan/forms/match"
	"saphan/internal/quiet"
	"saphan/internal/secret"
	"saphan/internal/words"
	"saphan/jobs"
	"saphan/payments"
	"saphan/permits"
	"saphan/portal"
	"saphan/tickets"
)

// house is every part of the program, built once.
type house struct {
	cfg     config
	log     *slog.Logger
	now     func() time.Time
	box     secret.Box
	pool    *pgxpool.Pool // works as saphan_app: row-level security holds
	hooks   *pgxpool.Pool // the webhook's own: whatever pages and jobs wait for, LINE has its answer in time
	jobs    *river.Client[pgx.Tx]
	library *forms.Library
	forms   *forms.Catalog // what the library has
	files   *files.Store
	scanner *files.Scanner // nil: files are not scanned for viruses
	desk    *tickets.Desk
	permits *permits.Office
	intake  *bot.Intake
	counter *web.Counter // where forms are filled in on pages
	line    *line.Channel
	webhook *line.Webhook
	admin   *admin.Admin
	api     *api.API
	bell    *admin.Bell
	ways    ways
	portal  *portal.Portal
	metrics *prometheus.Registry
	unknown prometheus.Counter // events of a type that this release does not know
	// draining is set when the process was told to stop: it is not ready any more.
	draining atomic.Bool
	// border, when set, is told of every border between two facts (the crash test stops there).
	border func(string)
}

// build makes every part. Nothing runs yet and nothing was called outside, except that the
// database role was checked.
func build(ctx context.Context, cfg config, log *slog.Logger) (*house, error) {
	h := &house{cfg: cfg, log: log, now: time.Now, metrics: prometheus.NewRegistry()}
	var err error
	if h.box, err = secret.Parse(cfg.SecretKey); err != nil {
		return nil, fmt.Errorf("SECRET_KEY: %w", err)
	}
	if h.pool, err = openPool(ctx, cfg.DatabaseURL, poolConns); err != nil {
		return nil, err
	}
	if h.hooks, err = openPool(ctx, cfg.DatabaseURL, hookConns); err != nil {
		h.pool.Close()
		return nil, err
	}
	if cfg.LanguagesDir != "" {
		languages, err := openLanguages(cfg.LanguagesDir)
		if err != nil {
			log.ErrorContext(ctx, "languages are faulty", "err", err)
		}
		if languages != nil {
			words.Install(languages)
		}
	}
	if h.library, err = openLibrary(h.pool, cfg.FormsDir, log, h.now); err != nil {
		h.close()
		return nil, fmt.Errorf("services: %w", err)
	}
	h.forms = h.library.Catalog()
	if err := checkRole(ctx, h.pool); err != nil {
		h.close()
		return nil, err
	}
	// River tells workers of an insert at most once a cooldown, whoever inserted before; at its
	// default of 100 ms the job that a job inserts would wait for the next poll.
	h.jobs, err = river.NewClient(riverpgxv5.New(h.pool), &river.Config{Logger: quiet.Log(log), FetchCooldown: time.Millisecond})
	if err != nil {
		return nil, fmt.Errorf("job queue: %w", err)
	}
	h.files, err = files.New(cfg.store(), h.box, log)
	if err != nil {
		return nil, fmt.Errorf("object store: %w", err)
	}
	if cfg.ClamdAddr != "" {
		if h.scanner, err = files.NewScanner(cfg.ClamdAddr); err != nil {
			return nil, fmt.Errorf("CLAMD_ADDR: %w", err)
		}
	}
	h.desk = tickets.NewDesk(h.jobs, h.forms, cfg.BaseURL, h.now)
	h.counter = web.NewCounter(h.forms, h.desk, h.box, cfg.BaseURL, h.now)
	h.permits = permits.NewOffice(h.jobs, h.box, cfg.BaseURL, h.now)
	h.line = line.NewChannel(cfg.LineAPIURL, cfg.LineDataURL, line.WithStore(h.pool, h.box))
	h.intake = bot.NewIntake(h.hooks, h.jobs)
	outcomes := prometheus.NewCounterVec(prometheus.CounterOpts{
		Name: "saphan_line_webhooks_total", Help: "Deliveries of LINE by what became of them: stored, quarantined (stored, but something in it can never be worked on), empty, unsigned, wrong_secret, unknown_destination, malformed, too_large, unreadable or not_stored.",
	}, []string{"outcome"})
	h.metrics.MustRegister(outcomes)
	h.webhook = line.NewWebhook(h.hooks, h.box, h.intake, log, h.now, func(outcome string) { outcomes.WithLabelValues(outcome).Inc() })
	h.webhook.LetIn(h.cfg.LineWebhookMaxKB << 10)
	h.unknown = prometheus.NewCounter(prometheus.CounterOpts{
		Name: "saphan_line_unknown_event_total", Help: "Events and messages of LINE of a type that this release does not know; they are kept raw.",
	})
	h.metrics.MustRegister(h.unknown)
	uploads, err := h.takeUploads()
	if err != nil {
		return nil, err
	}
	h.bell = admin.NewBell(log)
	if h.ways, err = cfg.ways(h.now); err != nil {
		return nil, err
	}
	h.admin, err = admin.New(admin.Deps{
		Texts: h.ways.texts != nil,
		DB:    h.pool, Desk: h.desk, Files: h.files, Forms: h.forms, Box: h.box, Now: h.now, Logger: log, BaseURL: cfg.BaseURL, Bell: h.bell,
		Messenger: h.line, Jobs: h.jobs, Refresh: h.library.Refresh, Uploads: uploads,
	})
	if err != nil {
		return nil, fmt.Errorf("inbox: %w", err)
	}
	h.api, err = api.New(api.Deps{
		DB: h.pool, Desk: h.desk, Files: h.files, Till: payments.NewTill(h.jobs, h.now), Now: h.now, Logger: log, BaseURL: cfg.BaseURL, Uploads: uploads,
	})
	if err != nil {
		return nil, fmt.Errorf("API: %w", err)
	}
	h.portal, err = portal.New(portal.Deps{
		DB: h.pool, Permits: h.permits, Files: h.files, Now: h.now, Logger: log, BaseURL: cfg.BaseURL, Desk: h.desk, Box: h.box, Jobs: h.jobs,
		ThaID: h.ways.thaid, Line: h.ways.line, Phones: h.ways.texts != nil, Uploads: uploads, Catalog: h.forms,
		Forms: h.counter,
	})
	if err != nil {
		return nil, fmt.Errorf("public pages: %w", err)
	}
	return h, nil
}

// takeUploads makes what takes in files that pages send in pieces.
func (h *house) takeUploads() (*files.Uploads, error) {
	c := files.UploadsConfig{
		Store: h.files, Now: h.now, Log: h.log, Limits: files.UploadLimits{Max: h.cfg.UploadMaxMB << 20}, Unused: jobs.EraseUnused(h.jobs),
		Tx: func(ctx context.Context, fn func(tx pgx.Tx) error) error { return agencies.Everywhere(ctx, h.pool, fn) },
		At: func(border string) {
			if h.border != nil {
				h.border(border)
			}
		},
	}
	if h.scanner != nil {
		c.Scan = jobs.ScanUpload(h.jobs)
	}
	return files.NewUploads(c)
}

// workers returns what every job works with.
func (h *house) workers() *jobs.Deps {
	return &jobs.Deps{
		DB: h.pool, Jobs: h.jobs, Desk: h.desk, Forms: h.forms, Ear: match.NewEar(h.forms, h.log), Files: h.files, Scanner: h.scanner, Texter: h.ways.texts, Permits: h.permits, Box: h.box,
		Channels:  map[string]jobs.Channel{line.Kind: h.line, web.Kind: web.Channel{}},
		RateShare: h.cfg.LineRateShare, FileMax: h.cfg.LineFileMaxMB << 20,
		Menus:     map[string]jobs.Menus{line.Kind: h.line},
		Deliverer: agencies.NewDeliverer(agencies.DelivererConfig{Box: h.box, Now: h.now}),
		BaseURL:   h.cfg.BaseURL, WebForms: true, Now: h.now, Log: h.log, Unknown: h.unknown.Inc, At: h.border,
	}
}

// close gives the connections back, when nothing works with them any more: the webhook's first, as it is the
// last to take something in.
func (h *house) close() {
	h.hooks.Close()
	h.pool.Close()
}

const (
	// poolConns is how many connections the program's own queries may use.
	poolConns = 32
	// hookConns is how many the webhook may: one for each commit of its intake, and one to read the accounts.
	hookConns = bot.IntakeConns + 1
)

// openPool opens a pool that the program's own queries go through, of at most so many connections; an address
// that says how many says it of each pool. Every connection works as saphan_app, which owns nothing and cannot
// pass row-level security.
func openPool(ctx context.Context, url string, most int32) (*pgxpool.Pool, error) {
	cfg, err := pgxpool.ParseConfig(url)
	if err != nil {
		return nil, errors.New("DATABASE_URL is not a PostgreSQL address (postgres://user:password@host/database)")
	}
	if !strings.Contains(url, "pool_max_conns") {
		cfg.MaxConns = most
	}
	cfg.AfterConnect = func(ctx context.Context, conn *pgx.Conn) error {
		_, err := conn.Exec(ctx, `SET ROLE saphan_app`)
		return err
	}
	pool, err := pgxpool.NewWithConfig(ctx, cfg)
	if err != nil {
		return nil, fmt.Errorf("database: %w", err)
	}
	return pool, nil
}

// checkRole refuses to work as a role that row-level security does not bind.
func checkRole(ctx context.Context, pool *pgxpool.Pool) error {
	ctx, cancel := context.WithTimeout(ctx, 10*time.Second)
	defer cancel()
	var free bool
	err := pool.QueryRow(ctx, `SELECT rolsuper OR rolbypassrls FROM pg_roles WHERE rolname = current_user`).Scan(&free)
	if err != nil {
		return fmt.Errorf("database: %w (was it migrated? run: saphan migrate)", err)
	}
	if free {
		return errors.New("database: the role saphan_app may pass row-level security; take SUPERUSER and BYPASSRLS from it")
	}
	return nil
}

// openLibrary opens the services that come with the product, and those in a folder of the installation.
func openLibrary(pool *pgxpool.Pool, dir string, log *slog.Logger, now func() time.Time) (*forms.Library, error) {
	shipped, err := forms.Shipped()
	if err != nil {
		return nil, err
	}
	folders := []fs.FS{shipped}
	if dir != "" {
		folders = append(folders, os.DirFS(dir))
	}
	within := func(ctx context.Context, f func(pgx.Tx) error) error { return agencies.Everywhere(ctx, pool, f) }
	return forms.NewLibrary(within, log, now, folders...)
}
