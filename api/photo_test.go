package api_test

import (
	"bytes"
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"saphan/agencies"
	"saphan/api"
	"saphan/citizens"
	"saphan/devkit/objectstore"
	"saphan/devkit/rules"
	"saphan/devkit/testhouse"
	"saphan/files"
	"saphan/internal/secret"
)

// withFiles gives an office a store of files.
func withFiles(t *testing.T) rules.Option {
	t.Helper()
	account := objectstore.ForTest(t)
	box, err := secret.Parse(secret.Generate())
	must(t, err)
	return func(d *api.Deps) {
		store, err := files.New(files.Config{
			Endpoint: account.Endpoint, Region: account.Region, Bucket: "api", AccessKey: account.AccessKey, SecretKey: account.SecretKey, Insecure: true,
		}, box, slog.New(slog.DiscardHandler))
		must(t, err)
		must(t, store.Ensure(t.Context()))
		d.Files = store
		d.Uploads, err = files.NewUploads(files.UploadsConfig{
			Store: store, Log: slog.New(slog.DiscardHandler), Now: d.Now, Tx: func(ctx context.Context, fn func(tx pgx.Tx) error) error { return agencies.Everywhere(ctx, d.DB, fn) },
		})
		must(t, err)
	}
}

// SVC-5: a program closes a problem as an officer does: with a photo of the work, which is added once, and which the case then
// has among its documents; whoever opens it is written down.
func TestPhotosOfWork(t *testing.T) {
	t.Parallel()
	o := rules.Open(t, withFiles(t))
	officer := o.People[rules.Officer]
	made := o.File("public-problem", nil)
	send := func(key agencies.Bearer, name string, body []byte) rules.Answer {
		return o.Do(rules.Call{Method: http.MethodPost, Path: fmt.Sprintf("/tickets/%d/photograph", made.ID), Key: key, Body: body, Header: map[string]string{
			"Content-Type": "image/jpeg", "Idempotency-Key": name, "If-Match": "*",
		}})
	}
	done := api.Result{Outcome: "approve", Reason: "เปลี่ยนหลอดแล้ว", Crew: "ช่างไฟฟ้า ชุด 2", WorkedOn: api.Day(o.Now().Format(time.DateOnly))}
	if got := o.Act(officer.Bearer, made.ID, "decide", done); got.Status != http.StatusUnprocessableEntity || !strings.Contains(got.Problem(t).Detail, "รูปถ่ายหลังดำเนินการ") {
		t.Fatalf("without a photo: %d %s", got.Status, got.Body)
	}
	photo := testhouse.Photo(t, 0)
	for i := range 2 {
		if got := send(officer.Bearer, "after", photo); got.Status != http.StatusOK || (got.Header.Get("Idempotent-Replayed") == "true") != (i > 0) {
			t.Fatalf("photo, %d: %d %s", i, got.Status, got.Body)
		}
	}
	for name, c := range map[string]struct {
		key    agencies.Bearer
		name   string
		body   []byte
		status int
		says   string
	}{
		"another photo under the same name": {officer.Bearer, "after", testhouse.Photo(t, 9000), http.StatusUnprocessableEntity, "Idempotency-Key นี้ใช้กับรายการอื่นไปแล้ว"},
		"words":                             {officer.Bearer, "b", []byte("%PDF-1.7 no photo"), http.StatusUnprocessableEntity, "ต้องเป็นรูปถ่าย"},
		"nothing":                           {officer.Bearer, "c", []byte{}, http.StatusUnprocessableEntity, ""},
		"another agency":                    {o.People[rules.Stranger].Bearer, "d", photo, http.StatusNotFound, "ไม่พบเรื่องนี้"},
		"a viewer":                          {o.People[rules.Viewer].Bearer, "e", photo, http.StatusForbidden, ""},
	} {
		if got := send(c.key, c.name, c.body); got.Status != c.status || !strings.Contains(got.Problem(t).Detail, c.says) {
			t.Errorf("%s: %d %s", name, got.Status, got.Body)
		}
	}
	if got := o.Act(officer.Bearer, made.ID, "decide", done); got.Status != http.StatusOK {
		t.Fatalf("with a photo: %d %s", got.Status, got.Body)
	}
	var whole api.Whole
	o.Get(officer.Bearer, fmt.Sprintf("/tickets/%d", made.ID)).JSON(t, &whole)
	if len(whole.Documents) != 1 || len(whole.Photos) != 0 || whole.Status != "approved" {
		t.Fatalf("%+v", whole)
	}
	opened := o.Get(officer.Bearer, fmt.Sprintf("/tickets/%d/documents/%d", made.ID, whole.Documents[0].ID))
	if opened.Status != http.StatusOK || !bytes.Equal(opened.Body, photo) || opened.Header.Get("Content-Type") != "image/jpeg" {
		t.Errorf("the document: %d, %d bytes of %s", opened.Status, len(opened.Body), opened.Header.Get("Content-Type"))
	}
	o.Everywhere(func(tx pgx.Tx) error {
		read, err := citizens.Readings(t.Context(), tx, []int64{int64(made.ID)}, 10)
		if len(read) == 0 || read[0].Kind != citizens.ReadFile || read[0].OfficerID != int64(officer.ID) {
			t.Errorf("%+v", read)
		}
		return err
	})
}
