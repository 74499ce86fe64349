package main

import (
	"context"
	_ "embed"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"syscall"
	"time"

	"github.com/go-chi/chi/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/prometheus/client_golang/prometheus/promhttp"
	"github.com/riverqueue/river"
	"github.com/riverqueue/river/riverdriver/riverpgxv5"
	"golang.org/x/sync/errgroup"

	"saphan/api"
	"saphan/internal/quiet"
	"saphan/jobs"
	"saphan/migrations"
)

// serve runs the web part, the worker part or both until ctx ends.
func serve(ctx context.Context, cfg config, log *slog.Logger, web, worker bool) error {
	h, err := build(ctx, cfg, log)
	if err != nil {
		return err
	}
	defer h.close()
	var listener net.Listener
	if web {
		if listener, err = listen(ctx, cfg.Addr); err != nil {
			return err
		}
	}
	return h.run(ctx, listener, nil, worker)
}

// listen opens the main address; it is busy more often than anything else goes wrong.
func listen(ctx context.Context, addr string) (net.Listener, error) {
	l, err := (&net.ListenConfig{}).Listen(ctx, "tcp", addr)
	switch {
	case errors.Is(err, syscall.EADDRINUSE):
		return nil, fmt.Errorf("cannot listen on %s: another program is using it (ADDR or --addr chooses another)", addr)
	case err != nil:
		return nil, fmt.Errorf("cannot listen on %s: %w (ADDR or --addr takes HOST:PORT)", addr, reasonOf(err))
	}
	return l, nil
}

// reasonOf is what a network error comes down to, without the names of calls around it.
func reasonOf(err error) error {
	var op *net.OpError
	if errors.As(err, &op) {
		return op.Err
	}
	return err
}

// run runs the parts: web when there is a listener, with extra routes if any, and the worker when
// asked. It returns when ctx ended and everything has come to rest, or when a part failed.
func (h *house) run(ctx context.Context, listener net.Listener, extra func(chi.Router), worker bool) error {
	if err := h.startMetrics(ctx); err != nil {
		return err
	}
	if err := h.library.Refresh(ctx); err != nil && ctx.Err() == nil {
		h.log.ErrorContext(ctx, "services are not up to date", "err", err)
	}
	g, ctx := errgroup.WithContext(ctx)
	g.Go(func() error { h.library.Run(ctx); return nil })
	if listener != nil {
		intake := make(chan struct{})
		// The intake outlives the server: what was taken in must be stored.
		intakeCtx, endIntake := context.WithCancel(context.WithoutCancel(ctx))
		go func() { defer close(intake); h.intake.Run(intakeCtx) }()
		g.Go(func() error {
			defer func() { endIntake(); <-intake }()
			return h.serveHTTP(ctx, listener, extra)
		})
		g.Go(func() error { return h.bell.Listen(ctx, h.cfg.DatabaseDirectURL) })
	}
	if worker {
		g.Go(func() error { return h.work(ctx) })
	}
	return g.Wait()
}

// serveHTTP serves until ctx ends, then lets requests finish.
func (h *house) serveHTTP(ctx context.Context, listener net.Listener, extra func(chi.Router)) error {
	server := &http.Server{
		Handler:           h.routes(extra),
		ReadHeaderTimeout: 5 * time.Second,
		ReadTimeout:       2 * time.Minute,
		IdleTimeout:       2 * time.Minute,
		MaxHeaderBytes:    64 << 10,
		ErrorLog:          slog.NewLogLogger(h.log.Handler(), slog.LevelDebug),
		BaseContext:       func(net.Listener) context.Context { return context.WithoutCancel(ctx) },
	}
	server.RegisterOnShutdown(h.portal.LetGo) // a file of minutes goes on with the next process
	failed := make(chan error, 1)
	go func() { failed <- server.Serve(listener) }()
	select {
	case err := <-failed:
		return fmt.Errorf("web: %w", err)
	case <-ctx.Done():
	}
	h.draining.Store(true)
	stop, cancel := context.WithTimeout(context.WithoutCancel(ctx), 20*time.Second)
	defer cancel()
	if err := server.Shutdown(stop); err != nil {
		return errors.Join(fmt.Errorf("web: requests did not finish: %w", err), server.Close())
	}
	return nil
}

// icon is what browsers ask the root for on pages that name none.
//
//go:embed admin/static/favicon.svg
var icon []byte

func showIcon(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", "image/svg+xml")
	w.Header().Set("Cache-Control", "public, max-age=86400")
	w.Header().Set("X-Content-Type-Options", "nosniff")
	_, _ = w.Write(icon)
}

// routes is every address of the program.
func (h *house) routes(extra func(chi.Router)) http.Handler {
	r := chi.NewRouter()
	r.Use(h.recoverer, h.cfg.Proxies.seen)
	r.Get("/livez", func(w http.ResponseWriter, _ *http.Request) { plain(w, http.StatusOK, "ok") })
	r.Get("/readyz", h.ready)
	r.Get("/favicon.ico", showIcon)
	r.Method(http.MethodPost, "/line/webhook", bordered(h.webhook, h.border))
	r.Route("/admin", h.admin.Routes)
	r.Route(api.Base, h.api.Routes)
	h.portal.Routes(r)
	if extra != nil {
		extra(r)
	}
	return r
}

// recoverer turns a panic of a handler into an error page and one line in the log.
func (h *house) recoverer(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		defer func() { //nolint:contextcheck // the context is the request's
			v := recover()
			if v == nil {
				return
			}
			if v == http.ErrAbortHandler { //nolint:errorlint // a sentinel that is panicked with, never wrapped
				panic(v) //nolint:forbidigo // net/http's own way to cut a connection
			}
			h.log.ErrorContext(r.Context(), "handler panicked", "path", chi.RouteContext(r.Context()).RoutePattern(), "panic", fmt.Sprint(v))
			plain(w, http.StatusInternalServerError, "ระบบขัดข้องชั่วคราว กรุณาลองใหม่อีกครั้ง")
		}()
		next.ServeHTTP(w, r)
	})
}

// ready says whether requests should come here: the database answers, its tables are those of this
// release, and nobody told us to stop.
func (h *house) ready(w http.ResponseWriter, r *http.Request) {
	ctx, cancel := context.WithTimeout(r.Context(), 2*time.Second)
	defer cancel()
	switch pending, err := migrations.Pending(ctx, h.cfg.DatabaseDirectURL); {
	case h.draining.Load():
		plain(w, http.StatusServiceUnavailable, "stopping")
	case err != nil:
		plain(w, http.StatusServiceUnavailable, "the database does not answer")
	case pending:
		plain(w, http.StatusServiceUnavailable, "the database is behind this release: run saphan migrate")
	default:
		plain(w, http.StatusOK, "ok")
	}
}

func plain(w http.ResponseWriter, status int, text string) {
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	w.Header().Set("X-Content-Type-Options", "nosniff")
	w.WriteHeader(status)
	_, _ = io.WriteString(w, text+"\n")
}

// startMetrics serves /metrics on an address of its own, so that it is never public by accident.
func (h *house) startMetrics(ctx context.Context) error {
	if h.cfg.MetricsAddr == "" || h.cfg.MetricsAddr == "off" {
		return nil
	}
	l, err := (&net.ListenConfig{}).Listen(ctx, "tcp", h.cfg.MetricsAddr)
	if err != nil {
		return fmt.Errorf("cannot listen on %s for metrics: %w (METRICS_ADDR chooses another, off turns it off)", h.cfg.MetricsAddr, reasonOf(err))
	}
	if err := h.measure(); err != nil {
		return errors.Join(err, l.Close())
	}
	mux := http.NewServeMux()
	mux.Handle("GET /metrics", promhttp.HandlerFor(h.metrics, promhttp.HandlerOpts{}))
	server := &http.Server{Handler: mux, ReadHeaderTimeout: 5 * time.Second}
	go func() {
		<-ctx.Done()
		_ = server.Close()
	}()
	go func() {
		if err := server.Serve(l); !errors.Is(err, http.ErrServerClosed) {
			h.log.ErrorContext(ctx, "metrics stopped", "err", err)
		}
	}()
	return nil
}

// work runs background jobs until ctx ends, then lets those that run finish.
func (h *house) work(ctx context.Context) error {
	pool, err := pgxpool.New(ctx, h.cfg.DatabaseDirectURL) // River's own: its tables have no row-level security
	if err != nil {
		return errors.New("DATABASE_DIRECT_URL is not a PostgreSQL address")
	}
	defer pool.Close()
	host, err := os.Hostname()
	if err != nil {
		host = "worker"
	}
	name := fmt.Sprintf("%s-%d-%d", host, os.Getpid(), h.now().UnixNano())
	if h.scanner == nil {
		h.log.WarnContext(ctx, "files that people send are not scanned for viruses: CLAMD_ADDR is not set")
	}
	workers := river.NewWorkers()
	deps := h.workers()
	jobs.Register(workers, deps)
	client, err := river.NewClient(riverpgxv5.New(pool), &river.Config{
		ID: name, Queues: jobs.Queues(), Workers: workers, PeriodicJobs: jobs.Schedule(deps), Logger: quiet.Log(h.log),
		FetchCooldown: 10 * time.Millisecond, FetchPollInterval: 100 * time.Millisecond, JobTimeout: time.Minute,
	})
	if err != nil {
		return fmt.Errorf("worker: %w", err)
	}
	learning, enough := context.WithCancel(ctx)
	learnt := make(chan struct{})
	go func() { defer close(learnt); deps.Ear.Run(learning) }()
	defer func() { enough(); <-learnt }()
	started := make(chan struct{})
	rescue := jobs.Rescue{URL: h.cfg.DatabaseDirectURL, Client: name, Log: h.log}
	g, gctx := errgroup.WithContext(ctx)
	lockCtx, letGo := context.WithCancel(context.WithoutCancel(ctx))
	g.Go(func() error { return rescue.Hold(lockCtx, func() { close(started) }) })
	g.Go(func() error {
		defer letGo()
		select {
		case <-started:
		case <-gctx.Done():
			return nil
		}
		if err := client.Start(context.WithoutCancel(ctx)); err != nil {
			return fmt.Errorf("worker: %w", err)
		}
		g.Go(func() error { h.checkAccounts(gctx); return nil })
		<-gctx.Done()
		soft, cancel := context.WithTimeout(context.WithoutCancel(ctx), 20*time.Second)
		defer cancel()
		if err := client.Stop(soft); err != nil {
			hard, cancel := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
			defer cancel()
			return client.StopAndCancel(hard)
		}
		return nil
	})
	return g.Wait()
}
