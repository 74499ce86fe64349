package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"saphan/devkit"
	"saphan/devkit/agency"
	"saphan/devkit/child"
	simulator "saphan/devkit/line"
	"saphan/devkit/objectstore"
	"saphan/devkit/postgres"
	"saphan/devkit/sms"
	"saphan/devkit/thaid"
	"saphan/internal/secret"
	"saphan/migrations"
)

// runDev runs everything on this machine: database, object store, LINE, a sample agency, demo
// data, web and worker. Each part is replaced by the real one when its variable is set.
func runDev(ctx context.Context, args []string, cfg config, stdout, stderr io.Writer) error {
	flags := flag.NewFlagSet("dev", flag.ContinueOnError)
	flags.SetOutput(io.Discard) // one line of our own says more than the package's page
	dir := flags.String("data", ".saphan", "folder for all data")
	fresh := flags.Bool("fresh", false, "start from nothing")
	addr := flags.String("addr", cfg.Addr, "address to listen on")
	switch err := flags.Parse(args); {
	case errors.Is(err, flag.ErrHelp):
		_, err := io.WriteString(stdout, usage)
		return err
	case err != nil:
		return fmt.Errorf("%w; saphan dev takes --data DIR, --fresh and --addr HOST:PORT", err)
	case flags.NArg() > 0:
		return fmt.Errorf("saphan dev does not know %q; it takes --data DIR, --fresh and --addr HOST:PORT", flags.Arg(0))
	}
	cfg.Addr = *addr
	d := &dev{cfg: cfg, out: stdout, fresh: *fresh}
	// Parts end in the opposite order of their start, however far the start got.
	defer d.end(context.WithoutCancel(ctx))
	// The address first: a port in use is the likeliest trouble and the cheapest to find, and nothing
	// was changed yet.
	if err := d.listen(ctx); err != nil {
		return err
	}
	if err := d.prepare(ctx, *dir, stderr); err != nil {
		if ctx.Err() != nil {
			return nil // stopped while waiting for the folder
		}
		return err
	}
	if err := d.start(ctx); err != nil {
		if ctx.Err() != nil {
			return nil // stopped while starting
		}
		return err
	}
	return d.serve(ctx)
}

// dev is a running saphan dev.
type dev struct {
	cfg      config
	out      io.Writer
	dir      string
	fresh    bool // begin from nothing
	log      *slog.Logger
	secrets  devkit.Secrets
	listener net.Listener
	sim      *simulator.Simulator
	endSim   func() error
	agency   *agency.Receiver
	thaid    *thaid.Provider
	texts    *sms.Inbox
	closers  []func(context.Context) error
	watched  []watched // children whose end is the end
}

type watched struct {
	name string
	done <-chan struct{}
}

// later registers what ends a part.
func (d *dev) later(end func(context.Context) error) { d.closers = append(d.closers, end) }

// end ends every part, the youngest first.
func (d *dev) end(ctx context.Context) {
	ctx, cancel := context.WithTimeout(ctx, 30*time.Second)
	defer cancel()
	for i := len(d.closers) - 1; i >= 0; i-- {
		if err := d.closers[i](ctx); err != nil && d.log != nil {
			d.log.ErrorContext(ctx, "a part did not end well", "err", err)
		}
	}
}

// parts are what saphan dev keeps in its folder.
var parts = []string{"postgres", "objects", "line", "agency", "secrets.json", "saphan.log"}

// prepare opens the data folder, which one process may use at a time, and the log in it.
func (d *dev) prepare(ctx context.Context, dir string, stderr io.Writer) error {
	abs, err := filepath.Abs(dir)
	if err != nil {
		return fmt.Errorf("data folder %s: %w", dir, err)
	}
	d.dir = abs
	if err := os.MkdirAll(abs, 0o755); err != nil { //nolint:gosec // the database may run as another user, who must pass through
		return fmt.Errorf("cannot make the data folder %s: %w", abs, err)
	}
	patient, done := context.WithTimeout(ctx, child.Patience)
	defer done()
	lock, err := child.Lock(patient, abs)
	if errors.Is(err, child.ErrInUse) {
		return fmt.Errorf("the data folder %s is in use by another saphan dev: end that one or choose another folder with --data", abs)
	}
	if err != nil {
		return fmt.Errorf("data folder %s: %w", abs, err)
	}
	d.later(func(context.Context) error { return lock.Close() })
	if d.fresh {
		for _, part := range parts {
			if err := os.RemoveAll(filepath.Join(abs, part)); err != nil {
				return fmt.Errorf("--fresh cannot remove %s: %w", filepath.Join(abs, part), err)
			}
		}
	}
	file, err := os.OpenFile(filepath.Join(abs, "saphan.log"), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600) //nolint:gosec // the operator's own folder
	if err != nil {
		return fmt.Errorf("cannot write the log: %w", err)
	}
	d.later(func(context.Context) error { return file.Close() })
	// The whole log goes to the file; the terminal keeps to what somebody must know.
	d.log = slog.New(slog.NewMultiHandler(
		slog.NewJSONHandler(file, &slog.HandlerOptions{Level: min(d.cfg.LogLevel, slog.LevelInfo)}),
		slog.NewTextHandler(stderr, &slog.HandlerOptions{Level: slog.LevelError}),
	))
	d.secrets, err = devkit.LoadSecrets(abs)
	return err
}

// listen opens the address; the server takes it over.
func (d *dev) listen(ctx context.Context) error {
	var err error
	if d.listener, err = listen(ctx, d.cfg.Addr); err != nil {
		return err
	}
	d.later(func(context.Context) error {
		if err := d.listener.Close(); !errors.Is(err, net.ErrClosed) {
			return err
		}
		return nil
	})
	d.cfg.Addr = d.listener.Addr().String()
	return nil
}

// start brings up everything the program stands on, and its data.
func (d *dev) start(ctx context.Context) error {
	if d.cfg.BaseURL == "" {
		d.cfg.BaseURL = "http://" + d.cfg.Addr
	}
	if d.cfg.SecretKey == "" {
		d.cfg.SecretKey = d.secrets.SecretKey
	}
	if _, err := secret.Parse(d.cfg.SecretKey); err != nil {
		return fmt.Errorf("SECRET_KEY: %w", err)
	}
	g, gctx := errgroup.WithContext(ctx)
	var database, objects func(context.Context) error
	if d.cfg.DatabaseURL == "" {
		g.Go(func() (err error) { database, err = d.startDatabase(gctx); return err })
	}
	if d.cfg.S3Endpoint == "" {
		g.Go(func() (err error) { objects, err = d.startObjects(gctx); return err })
	}
	err := g.Wait()
	for _, end := range []func(context.Context) error{database, objects} {
		if end != nil {
			d.later(end)
		}
	}
	if err != nil {
		return err
	}
	if err := d.startLine(); err != nil {
		return err
	}
	if err := d.startWays(); err != nil {
		return err
	}
	return d.startAgency()
}

// progress is a log whose lines also show on the terminal: what takes long says so.
func (d *dev) progress() *slog.Logger { return slog.New(teller{d.log.Handler(), d.out}) }

// teller prints the words of a log line beside logging it.
type teller struct {
	slog.Handler
	out io.Writer
}

// Handle implements slog.Handler.
func (t teller) Handle(ctx context.Context, r slog.Record) error {
	if r.Level == slog.LevelInfo {
		fmt.Fprintln(t.out, r.Message)
	}
	return t.Handler.Handle(ctx, r)
}

func (d *dev) startDatabase(ctx context.Context) (func(context.Context) error, error) {
	server, err := postgres.Start(ctx, postgres.Config{Dir: filepath.Join(d.dir, "postgres"), Logger: d.progress(), Sync: true, Fetch: true, Fresh: d.fresh})
	if err != nil {
		return nil, err
	}
	d.watched = append(d.watched, watched{"PostgreSQL", server.Done()})
	if err := server.Create(ctx, "saphan"); err != nil {
		return server.Stop, err
	}
	d.cfg.DatabaseURL = server.URL("saphan")
	d.cfg.DatabaseDirectURL = d.cfg.DatabaseURL
	return server.Stop, nil
}

func (d *dev) startObjects(ctx context.Context) (func(context.Context) error, error) {
	store, err := objectstore.Start(ctx, objectstore.Config{
		Dir: filepath.Join(d.dir, "objects"), AccessKey: d.secrets.S3AccessKey, SecretKey: d.secrets.S3SecretKey, Logger: d.progress(), Region: d.cfg.S3Region,
	})
	if err != nil {
		return nil, err
	}
	d.cfg.S3Endpoint, d.cfg.S3Insecure = store.Endpoint(), true
	d.cfg.S3AccessKey, d.cfg.S3SecretKey = d.secrets.S3AccessKey, d.secrets.S3SecretKey
	return store.Stop, nil
}

// realLine says whether LINE's hosts were given: then the simulator stays out.
func (d *dev) realLine() bool {
	return d.cfg.LineAPIURL != defaultLineAPI || d.cfg.LineDataURL != defaultLineData
}

func (d *dev) startLine() error {
	if d.realLine() {
		return nil
	}
	folder := filepath.Join(d.dir, "line")
	if err := os.MkdirAll(folder, 0o700); err != nil {
		return fmt.Errorf("cannot make %s: %w", folder, err)
	}
	base := d.cfg.BaseURL + "/dev/line"
	sim, err := simulator.New(simulator.Config{
		Dir: folder, Logger: d.log, Now: time.Now, LoopbackImages: true, BaseURL: func() string { return base },
	})
	if err != nil {
		return err
	}
	d.sim, d.endSim = sim, sync.OnceValue(sim.Close)
	d.later(func(context.Context) error { return d.endSim() })
	here := "http://" + d.cfg.Addr
	d.cfg.LineAPIURL, d.cfg.LineDataURL = here+"/dev/line/api", here+"/dev/line/api-data"
	return sim.AddChannel(simulator.Channel{
		Destination: d.secrets.Line.Destination, ID: d.secrets.Line.ChannelID, Secret: d.secrets.Line.Secret,
		AccessToken: d.secrets.Line.AccessToken, Name: "เทศบาลเมืองตัวอย่าง", Provider: d.secrets.Line.ProviderName,
		WebhookURL: here + "/line/webhook", Redelivery: true,
	})
}

func (d *dev) startAgency() error {
	if d.cfg.DevAgencyWebhookURL != "" {
		return nil
	}
	folder := filepath.Join(d.dir, "agency")
	if err := os.MkdirAll(folder, 0o700); err != nil {
		return fmt.Errorf("cannot make %s: %w", folder, err)
	}
	receiver, err := agency.New(agency.Config{Secret: d.sharedSecret(), Dir: folder, Now: time.Now, Logger: d.log})
	if err != nil {
		return err
	}
	d.later(func(context.Context) error { return receiver.Close() })
	d.agency = receiver
	return nil
}

// endpoint is where the sample agency's system listens and which private networks it may be in.
func (d *dev) endpoint() (url string, allowed []string) {
	allowed = []string{"127.0.0.0/8", "::1/128"}
	if d.cfg.DevAgencyWebhookURL != "" {
		return d.cfg.DevAgencyWebhookURL, allowed
	}
	return "http://" + d.cfg.Addr + "/dev/agency/hook", allowed
}

// serve migrates, fills in demo data, shows the screen and runs web and worker until ctx ends or a
// server that everything stands on is gone.
func (d *dev) serve(ctx context.Context) error {
	if err := migrations.Apply(ctx, d.cfg.DatabaseDirectURL, d.log); err != nil {
		return err
	}
	h, err := build(ctx, d.cfg, d.log)
	if err != nil {
		return err
	}
	defer h.close()
	h.border = crashBorder(d.cfg.DevCrashAt)
	if err := h.files.Ensure(ctx); err != nil {
		return err
	}
	url, allowed := d.endpoint()
	demo := devkit.Demo{
		DB: h.pool, Jobs: h.jobs, Box: h.box, Desk: h.desk, Forms: h.forms, Files: h.files, Secrets: d.secrets,
		Endpoint: url, Allowed: allowed, Now: time.Now,
	}
	if err := demo.Seed(ctx); err != nil {
		return fmt.Errorf("demo data: %w", err)
	}
	if err := demo.Reconnect(ctx); err != nil {
		return fmt.Errorf("demo data: %w", err)
	}
	if err := demo.LetIn(ctx); err != nil {
		return fmt.Errorf("demo data: %w", err)
	}
	g, gctx := errgroup.WithContext(ctx)
	g.Go(func() error { return h.run(gctx, d.listener, d.routes, true) })
	if d.sim != nil {
		// The chat pages' open streams end only with the simulator, and the server waits for them.
		g.Go(func() error { <-gctx.Done(); return d.endSim() })
	}
	for _, w := range d.watched {
		g.Go(func() error {
			select {
			case <-gctx.Done():
			case <-w.done:
				if gctx.Err() == nil {
					return fmt.Errorf("%s ended by itself; its log is in %s", w.name, d.dir)
				}
			}
			return nil
		})
	}
	g.Go(func() error {
		ready, err := awaitReady(gctx, "http://"+d.cfg.Addr+"/readyz")
		if ready {
			d.screen()
		}
		return err
	})
	err = g.Wait()
	if ctx.Err() != nil {
		fmt.Fprintln(d.out, "\nStopped. The data is kept in", d.dir)
	}
	return err
}

// screen is the one screen of output.
func (d *dev) screen() {
	var b strings.Builder
	line1 := func(name, value string) { fmt.Fprintf(&b, "  %-18s %s\n", name, value) }
	b.WriteString("\nSaphan is ready. Open two tabs:\n\n")
	if d.sim != nil {
		line1("Citizen (LINE)", d.cfg.BaseURL+"/dev/line/")
	}
	line1("Officer (inbox)", d.cfg.BaseURL+"/admin/")
	o := d.secrets.Officers[0]
	line1("", o.Email+"   password "+o.Password)
	line1("", "6-digit code: on the page below, or add "+o.TOTP+" to an authenticator app")
	b.WriteString("\nAnd to look behind the scenes:\n\n")
	line1("Sign-in, all links", d.cfg.BaseURL+"/dev/")
	line1("Citizen's own page", d.cfg.BaseURL+"/me/sign-in")
	if d.agency != nil {
		line1("Agency's system", d.cfg.BaseURL+"/dev/agency/")
	}
	line1("For scripts", d.cfg.BaseURL+"/dev/credentials")
	line1("Data and log", d.dir)
	b.WriteString("\nCtrl-C stops everything. --fresh starts over.\n")
	_, _ = io.WriteString(d.out, b.String())
}
