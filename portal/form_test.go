package portal_test

import (
	"context"
	"fmt"
	"log/slog"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/go-chi/chi/v5"
	"github.com/jackc/pgx/v5"

	"saphan/agencies"
	"saphan/bot/web"
	"saphan/citizens"
	"saphan/devkit/objectstore"
	"saphan/files"
	"saphan/forms"
	"saphan/portal"
	"saphan/tickets"
)

// formStand is the public pages with forms to fill in.
type formStand struct {
	*stand
	catalog *forms.Catalog
}

// workshop is every-kind form of the forms' own tests, for who is not signed in.
func workshop(t *testing.T) string {
	t.Helper()
	raw, err := os.ReadFile(filepath.Join("..", "forms", "testdata", "workshop.yaml"))
	must(t, err)
	text := strings.Replace(string(raw), "identity: {level: L1", "identity: {level: L0", 1)
	dir := t.TempDir()
	must(t, os.WriteFile(filepath.Join(dir, "workshop.yaml"), []byte(text), 0o600))
	return dir
}

func newFormStand(t *testing.T) *formStand {
	t.Helper()
	s := newStand(t)
	account := objectstore.ForTest(t)
	logger := s.logger()
	var err error
	s.files, err = files.New(files.Config{
		Endpoint: account.Endpoint, Region: account.Region, Bucket: "forms", AccessKey: account.AccessKey, SecretKey: account.SecretKey, Insecure: true,
	}, s.box, logger)
	must(t, err)
	must(t, s.files.Ensure(t.Context()))
	shipped, err := forms.Shipped()
	must(t, err)
	library, err := forms.NewLibrary(func(ctx context.Context, fn func(pgx.Tx) error) error { return agencies.Everywhere(ctx, s.db, fn) }, slog.New(slog.DiscardHandler), s.now,
		shipped, os.DirFS(workshop(t)))
	must(t, err)
	must(t, library.Refresh(t.Context()))
	f := &formStand{stand: s, catalog: library.Catalog()}
	s.desk = tickets.NewDesk(s.jobs, f.catalog, "https://saphan.example.go.th", s.now)
	uploads, err := files.NewUploads(files.UploadsConfig{
		Store: s.files, Log: logger, Now: s.now, Tx: func(ctx context.Context, fn func(tx pgx.Tx) error) error { return agencies.Everywhere(ctx, s.db, fn) },
	})
	must(t, err)
	router := chi.NewRouter()
	f.server = httptest.NewServer(router)
	t.Cleanup(f.server.Close)
	p, err := portal.New(portal.Deps{
		DB: s.db, Permits: s.office, Files: s.files, Now: s.now, Logger: logger, BaseURL: f.server.URL, Desk: s.desk, Box: s.box, Jobs: s.jobs,
		Uploads: uploads, Catalog: f.catalog, Forms: web.NewCounter(f.catalog, s.desk, s.box, f.server.URL, s.now),
	})
	must(t, err)
	p.Routes(router)
	return f
}

// route makes cases of all requests that wait to become one.
func (f *formStand) route(t *testing.T) {
	t.Helper()
	f.everywhere(t, func(ctx context.Context, tx pgx.Tx) error {
		rows, err := tx.Query(ctx, `SELECT id FROM requests r WHERE NOT EXISTS (SELECT 1 FROM tickets t WHERE t.request_id = r.id)`)
		if err != nil {
			return err
		}
		all, err := pgx.CollectRows(rows, pgx.RowTo[tickets.RequestID])
		for _, id := range all {
			if _, err := f.desk.Route(ctx, tx, id); err != nil {
				return err
			}
		}
		return err
	})
}

// signedIn is a new citizen at a level, and the browser in which they are signed in.
func (f *formStand) signedIn(t *testing.T, level citizens.Level) (citizens.CitizenID, *visitor) {
	t.Helper()
	var citizen citizens.CitizenID
	f.everywhere(t, func(ctx context.Context, tx pgx.Tx) error {
		f.made++
		i, err := citizens.Resolve(ctx, tx, "line", "p", fmt.Sprint("U", f.made))
		citizen = i.CitizenID
		return err
	})
	v := newVisitor(t, f.server.URL)
	f.signIn(t, v, citizen, level)
	return citizen, v
}

// signIn signs a citizen in at a browser.
func (f *formStand) signIn(t *testing.T, v *visitor, citizen citizens.CitizenID, level citizens.Level) {
	t.Helper()
	f.everywhere(t, func(ctx context.Context, tx pgx.Tx) error {
		token, err := citizens.OpenSession(ctx, tx, "", citizen, level, citizens.WithLine, f.now())
		v.cookies().all["saphan-citizen"] = string(token)
		return err
	})
}
