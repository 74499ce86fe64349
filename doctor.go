package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"net/http"
	"net/url"
	"os"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"saphan/agencies"
	"saphan/bot/line"
	"saphan/files"
	"saphan/forms"
	"saphan/internal/fault"
	"saphan/internal/secret"
	"saphan/migrations"
)

// finding is one thing the doctor looked at.
type finding struct {
	what   string
	fault  string // empty: well
	remedy string
	note   string // worth knowing though nothing is wrong
}

// runDoctor checks the configuration and every connection, all of them even when one fails, and
// says how to mend each fault. It changes nothing.
func runDoctor(ctx context.Context, cfg config, stdout io.Writer) error {
	ctx, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	var findings []finding
	findings = append(findings, examineConfig(cfg)...)
	if cfg.DatabaseURL != "" {
		findings = append(findings, examineDatabase(ctx, cfg)...)
	}
	if cfg.S3Endpoint != "" {
		findings = append(findings, examineStore(ctx, cfg))
	}
	findings = append(findings, examineScanner(ctx, cfg), examinePictures(), examineForms(cfg.FormsDir), examineLanguages(cfg), examineHost(ctx, "LINE_API_URL", cfg.LineAPIURL), examineHost(ctx, "LINE_DATA_URL", cfg.LineDataURL))
	findings = append(findings, examineWays(ctx, cfg)...)
	faults := 0
	for _, f := range findings {
		mark := "ok  "
		if f.fault != "" {
			mark = "FAIL"
			faults++
		}
		text := f.what
		if f.note != "" {
			text += ": " + f.note
		}
		if f.fault != "" {
			text += ": " + f.fault + "\n       mend: " + f.remedy
		}
		if _, err := fmt.Fprintf(stdout, "%s  %s\n", mark, text); err != nil {
			return err
		}
	}
	if faults > 0 {
		return fmt.Errorf("%d of %d checks failed", faults, len(findings))
	}
	_, err := fmt.Fprintf(stdout, "\nAll %d checks passed.\n", len(findings))
	return err
}

func examineConfig(cfg config) []finding {
	f := finding{what: "configuration"}
	if err := cfg.complete(); err != nil {
		f.fault = strings.ReplaceAll(err.Error(), "\n", "\n       ")
		f.remedy = "set the variables named above; README.md has an example of each"
	}
	all := []finding{f}
	base := finding{what: "BASE_URL"}
	switch u, err := url.Parse(cfg.BaseURL); {
	case cfg.BaseURL == "":
		return all
	case err != nil || u.Host == "":
		base.fault, base.remedy = "is not an address", "write it as https://saphan.example.go.th"
	case u.Scheme != "https" && u.Hostname() != "127.0.0.1" && u.Hostname() != "localhost":
		base.fault, base.remedy = "is not https", "LINE delivers webhooks to https only: put a TLS proxy before saphan web and write its address"
	}
	return append(all, base)
}

func examineDatabase(ctx context.Context, cfg config) []finding {
	connect := finding{what: "database"}
	pool, err := openPool(ctx, cfg.DatabaseURL, poolConns)
	if err == nil {
		err = pool.Ping(ctx)
		defer pool.Close()
	}
	if err != nil {
		connect.fault = reason(err)
		connect.remedy = "check host, port, user and password in DATABASE_URL; if the role saphan_app is missing run: saphan migrate"
		return []finding{connect}
	}
	all := []finding{connect}

	tables := finding{what: "database tables"}
	switch pending, err := migrations.Pending(ctx, cfg.DatabaseDirectURL); {
	case err != nil:
		tables.fault, tables.remedy = reason(err), "check DATABASE_DIRECT_URL"
	case pending:
		tables.fault, tables.remedy = "are behind this release", "run: saphan migrate"
	}
	all = append(all, tables)

	role := finding{what: "row-level security"}
	if err := checkRole(ctx, pool); err != nil {
		role.fault, role.remedy = err.Error(), "ALTER ROLE saphan_app NOSUPERUSER NOBYPASSRLS"
	}
	all = append(all, role, examineNotify(ctx, cfg.DatabaseDirectURL))
	if tables.fault == "" {
		all = append(all, examineChannels(ctx, cfg, pool)...)
	}
	return all
}

// examineNotify sends itself a notification: through a pooler in transaction mode none arrives,
// without any error, and everything becomes slow.
func examineNotify(ctx context.Context, direct string) finding {
	f := finding{what: "notifications (DATABASE_DIRECT_URL)"}
	err := func() (err error) {
		conn, err := pgx.Connect(ctx, direct)
		if err != nil {
			return err
		}
		defer func() { err = errors.Join(err, conn.Close(context.WithoutCancel(ctx))) }()
		for _, stmt := range []string{`LISTEN saphan_doctor`, `NOTIFY saphan_doctor`} {
			if _, err := conn.Exec(ctx, stmt); err != nil {
				return err
			}
		}
		wait, cancel := context.WithTimeout(ctx, 2*time.Second)
		defer cancel()
		if _, err := conn.WaitForNotification(wait); err != nil {
			return errors.New("a notification sent to itself did not arrive within 2 s")
		}
		return nil
	}()
	if err != nil {
		f.fault, f.remedy = reason(err), "set DATABASE_DIRECT_URL to PostgreSQL itself, not to a pooler"
	}
	return f
}

// examineChannels opens every channel's secrets, which only the right SECRET_KEY can, and asks LINE
// about each account.
func examineChannels(ctx context.Context, cfg config, db agencies.DB) []finding {
	f := finding{what: "channels"}
	box, err := secret.Parse(cfg.SecretKey)
	if err != nil {
		f.fault, f.remedy = err.Error(), "set SECRET_KEY"
		return []finding{f}
	}
	accounts, err := identify(ctx, db, box, line.NewChannel(cfg.LineAPIURL, cfg.LineDataURL, line.WithStore(db, box)))
	if err != nil {
		f.fault, f.remedy = reason(err), "check DATABASE_URL"
		return []finding{f}
	}
	f.note = fmt.Sprintf("%d official accounts", len(accounts))
	all := []finding{f}
	for _, a := range accounts {
		of := finding{what: "LINE account " + a.agency.Code + " " + strings.TrimSpace(a.channel.Name+" "+a.channel.BasicID)}
		switch {
		case errors.Is(a.channel.Shut, agencies.ErrNoSecret):
			of.fault = fmt.Sprintf("channel %d has no channel secret: its deliveries are refused", a.channel.ID)
			of.remedy = "a head copies the channel secret from LINE Developers Console to /admin/channels"
		case a.channel.Shut != nil:
			of.fault = fmt.Sprintf("the secrets of channel %d cannot be opened: its deliveries are refused", a.channel.ID)
			of.remedy = "use the SECRET_KEY that the channel was set up with"
		case a.same() && !a.channel.Announced():
			of.note = "works, but is not announced (EGA-10.6): citizens are told so; a head notes the announcement at /admin/channels"
		case a.same():
			of.note = "works"
		case a.err == nil:
			of.fault, of.remedy = "its token belongs to another account", "a head changes ID, secret or token at /admin/channels"
		default:
			of.fault, of.remedy = "does not work", fault.MessageOf(a.err)
		}
		all = append(all, of)
	}
	return all
}

func examineStore(ctx context.Context, cfg config) finding {
	f := finding{what: "object store"}
	box, err := secret.New(bytes.Repeat([]byte{7}, secret.KeySize)) // nothing is stored
	if err != nil {
		f.fault, f.remedy = err.Error(), "report this"
		return f
	}
	store, err := files.New(cfg.store(), box, slog.New(slog.DiscardHandler))
	if err == nil {
		err = store.Ping(ctx)
	}
	if err != nil {
		f.fault = reason(err)
		f.remedy = "check S3_ENDPOINT (host:port, S3_INSECURE=true for plain HTTP), and the two keys; if the bucket " + cfg.S3Bucket + " is missing run: saphan migrate"
	}
	return f
}

// examineScanner asks the virus scanner whether it is there and takes files as large as we do.
func examineScanner(ctx context.Context, cfg config) finding {
	f := finding{what: "virus scanner (CLAMD_ADDR)"}
	if cfg.ClamdAddr == "" {
		f.note = "not set: files that people send are not scanned for viruses"
		return f
	}
	scanner, err := files.NewScanner(cfg.ClamdAddr)
	if err != nil {
		f.fault, f.remedy = err.Error(), "write it as 127.0.0.1:3310 or /run/clamav/clamd.ctl"
		return f
	}
	if err := scanner.Ping(ctx); err != nil {
		f.fault = reason(err)
		f.remedy = "start clamd and let it listen there (clamd.conf: LocalSocket or TCPSocket); until then files wait and nobody can open them"
		return f
	}
	switch err := scanner.TakesLargest(ctx); {
	case errors.Is(err, files.ErrUnscannable):
		f.fault = fmt.Sprintf("does not take files of %d MB", files.UploadLargest>>20)
		f.remedy = fmt.Sprintf("in clamd.conf set StreamMaxLength, MaxFileSize and MaxScanSize to at least %dM, and AlertExceedsMax to yes", files.UploadLargest>>20)
	case err != nil:
		f.fault, f.remedy = reason(err), "look into clamd's own log"
	}
	return f
}

// examinePictures says which pictures of telephones officers only see after saving them.
func examinePictures() finding {
	f := finding{what: "pictures"}
	if !files.DrawsHEIF() {
		f.note = "HEIC pictures (iPhone, sent as files) are not shown, only saved: apt-get install libheif-examples"
	}
	return f
}

// examineForms reads the services that come with the product, and those of the installation.
func examineForms(dir string) finding {
	f := finding{what: "services"}
	shipped, err := forms.Shipped()
	if err != nil {
		f.fault, f.remedy = err.Error(), "build again"
		return f
	}
	folders := []fs.FS{shipped}
	if dir != "" {
		if info, err := os.Stat(dir); err != nil || !info.IsDir() {
			f.fault, f.remedy = "FORMS_DIR is no folder that can be read", "make the folder "+dir+" readable, or unset FORMS_DIR"
			return f
		}
		folders = append(folders, os.DirFS(dir))
	}
	files, err := forms.Sources(folders...)
	if err != nil {
		f.fault, f.remedy = err.Error(), "mend the named file; what it said before stays on offer until then"
		return f
	}
	f.note = fmt.Sprintf("%d service files", len(files))
	return f
}

// examineHost asks whether a host of LINE answers at all.
func examineHost(ctx context.Context, name, address string) finding {
	f := finding{what: name, remedy: "let this machine reach " + address + " (a proxy is taken from HTTPS_PROXY)"}
	ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, address+"/v2/bot/info", nil)
	if err != nil {
		f.fault = "is not an address"
		return f
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		f.fault = "does not answer"
		return f
	}
	if err := resp.Body.Close(); err != nil {
		f.fault = "hung up"
	}
	return f
}

// reason is the last part of an error: what is wrong, without addresses and passwords that the
// parts before it may quote.
func reason(err error) string {
	for {
		next := errors.Unwrap(err)
		if next == nil {
			return err.Error()
		}
		err = next
	}
}
