package portal_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/go-chi/chi/v5"
	"github.com/jackc/pgx/v5"

	"saphan/agencies"
	"saphan/citizens"
	"saphan/files"
	"saphan/portal"
)

// Whoever is signed in sends files under their own name; who is not sends nothing, and is told to sign in.
func TestUploadBySession(t *testing.T) {
	t.Parallel()
	s := newStand(t)
	s.withStore(t)
	uploads, err := files.NewUploads(files.UploadsConfig{
		Store: s.files, Now: s.now, Log: s.logger(), Tx: func(ctx context.Context, fn func(tx pgx.Tx) error) error { return agencies.Everywhere(ctx, s.db, fn) },
	})
	must(t, err)
	p, err := portal.New(portal.Deps{
		DB: s.db, Permits: s.office, Files: s.files, Now: s.now, Logger: s.logger(), BaseURL: "https://saphan.example.go.th", Desk: s.desk, Box: s.box, Jobs: s.jobs, Uploads: uploads,
	})
	must(t, err)
	r := chi.NewRouter()
	p.Routes(r)
	server := httptest.NewServer(r)
	t.Cleanup(server.Close)
	var id citizens.CitizenID
	s.everywhere(t, func(ctx context.Context, tx pgx.Tx) error {
		return tx.QueryRow(ctx, `INSERT INTO citizens DEFAULT VALUES RETURNING id`).Scan(&id)
	})
	g := s.signIn(t, id, citizens.Account)
	post := func(headers ...string) said {
		t.Helper()
		s, err := ask(t.Context(), server.URL, http.MethodPost, "/uploads/", strings.NewReader("%PDF-1.7\n"), append(headers, "X-Sender: ", "Upload-Length: 9", "Upload-Metadata: filename YS5wZGY=",
			"Content-Type: application/offset+octet-stream")...)
		must(t, err)
		return s
	}
	nobody := post()
	nobody.is(t, "nobody", 401)
	if !strings.Contains(nobody.sentence(), "เข้าสู่ระบบ") {
		t.Errorf("nobody is told %q", nobody.sentence())
	}
	made := post("Cookie: " + g.cookie)
	made.is(t, "signed in", 201, "Upload-Offset: 9")
	s.everywhere(t, func(ctx context.Context, tx pgx.Tx) error {
		at, err := files.Kept(ctx, tx, portal.Visitor{Citizen: id}.Owner(), strings.TrimPrefix(made.header.Get("Location"), portal.UploadsBase))
		if err == nil && at.Name != "a.pdf" {
			t.Errorf("it is called %q", at.Name)
		}
		return err
	})
}
