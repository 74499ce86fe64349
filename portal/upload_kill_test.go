package portal_test

import (
	"bufio"
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"math/rand/v2"
	"net/http"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/minio/minio-go/v7"
	"github.com/minio/minio-go/v7/pkg/credentials"

	"saphan/agencies"
	"saphan/files"
	"saphan/internal/pgtest"
	"saphan/internal/secret"
)

// uploadProcess makes the test program a process that takes uploads in: a plan in JSON.
const uploadProcess = "SAPHAN_TEST_UPLOADS"

// plan is what such a process is told.
type plan struct {
	Database                                   string
	Endpoint, Region, Bucket, Access, Withheld string // the store
	Secret                                     string
	DieAt                                      string // the border at which it kills itself, and after how many times there
	After                                      int
}

// TestUploadProcess is the process itself: a test only when it is started as one.
func TestUploadProcess(t *testing.T) {
	raw := os.Getenv(uploadProcess)
	if raw == "" {
		t.Skip("started by TestUploadSurvivesKilledProcesses")
	}
	var p plan
	must(t, json.Unmarshal([]byte(raw), &p))
	box, err := secret.Parse(p.Secret)
	must(t, err)
	store, err := files.New(files.Config{Endpoint: p.Endpoint, Region: p.Region, Bucket: p.Bucket, AccessKey: p.Access, SecretKey: p.Withheld, Insecure: true}, box, slog.New(slog.DiscardHandler))
	must(t, err)
	var times atomic.Int64
	at := func(border string) {
		if border == p.DieAt && times.Add(1) > int64(p.After) {
			self, err := os.FindProcess(os.Getpid())
			if err == nil {
				err = self.Kill()
			}
			if err != nil {
				t.Error(err)
			}
			select {} // nothing more happens here
		}
	}
	_, _, server := serveUploads(t, appPool(t, p.Database), store, files.UploadLimits{}, time.Now, at, slog.New(slog.DiscardHandler))
	fmt.Println("listening " + server.URL)
	_, _ = io.Copy(io.Discard, os.Stdin) // until the test that started it ends
}

// appPool works as the program does.
func appPool(t testing.TB, url string) *pgxpool.Pool {
	t.Helper()
	cfg, err := pgxpool.ParseConfig(url)
	must(t, err)
	cfg.AfterConnect = func(ctx context.Context, conn *pgx.Conn) error {
		_, err := conn.Exec(ctx, `SET ROLE saphan_app`)
		return err
	}
	pool, err := pgxpool.NewWithConfig(t.Context(), cfg)
	must(t, err)
	t.Cleanup(pool.Close)
	return pool
}

// process is one of them.
type process struct {
	cmd *exec.Cmd
	url string
}

func startProcess(t *testing.T, p plan) process {
	t.Helper()
	raw, err := json.Marshal(p)
	must(t, err)
	cmd := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestUploadProcess$")
	cmd.Env = append(os.Environ(), uploadProcess+"="+string(raw))
	_, err = cmd.StdinPipe() // closes with us
	must(t, err)
	out, err := cmd.StdoutPipe()
	must(t, err)
	must(t, cmd.Start())
	t.Cleanup(func() { _ = cmd.Process.Kill(); _ = cmd.Wait() })
	lines := bufio.NewScanner(out)
	for lines.Scan() {
		if url, ok := strings.CutPrefix(lines.Text(), "listening "); ok {
			go func() { _, _ = io.Copy(io.Discard, out) }()
			return process{cmd, url}
		}
	}
	t.Fatalf("the process did not come up: %v", lines.Err())
	return process{}
}

// offsetAt asks until somebody answers how far an upload is: a killed process is believed alive for a while.
func offsetAt(t *testing.T, server, path string) int64 {
	t.Helper()
	for deadline := time.Now().Add(60 * time.Second); ; time.Sleep(200 * time.Millisecond) {
		s, err := ask(t.Context(), server, http.MethodHead, path, nil)
		if err == nil && s.status == http.StatusOK {
			n, err := strconv.ParseInt(s.header.Get("Upload-Offset"), 10, 64)
			must(t, err)
			return n
		}
		if time.Now().After(deadline) {
			t.Fatalf("%s answers %d, %v", path, s.status, err)
		}
	}
}

// A process is killed in the middle of a piece, and at every border between two facts of an upload, up to the
// middle of putting it together: the next one goes on, the file is whole, there is one of it and no litter.
func TestUploadSurvivesKilledProcesses(t *testing.T) {
	t.Parallel()
	w := openWharf(t)
	url := pgtest.URL(t)
	w.pool = appPool(t, url)
	key := secret.Generate()
	var err error
	w.box, err = secret.Parse(key)
	must(t, err)
	w.store, err = files.New(w.cfg, w.box, slog.New(slog.DiscardHandler))
	must(t, err)
	const part = 5 << 20
	data := paper(t, 2*part+300_000)
	hash := sha256.Sum256(data)
	for border, after := range map[string]int{
		"upload: after a part is stored": 1, "upload: after a part is recorded": 1, "upload: after a tail is stored": 0, "upload: before it is put together": 0,
		"upload: after it is put together": 0, "upload: after it is an attachment": 0, "from outside": 0,
	} {
		t.Run(border, func(t *testing.T) {
			t.Parallel()
			p := plan{
				Database: url, Endpoint: w.cfg.Endpoint, Region: w.cfg.Region, Bucket: w.cfg.Bucket, Access: w.cfg.AccessKey, Withheld: w.cfg.SecretKey,
				Secret: key, DieAt: border, After: after,
			}
			first := startProcess(t, p)
			s, err := ask(t.Context(), first.url, http.MethodPost, "/uploads/", nil, "Upload-Length: "+strconv.Itoa(len(data)), "Upload-Metadata: filename YS5wZGY=")
			must(t, err)
			path := s.header.Get("Location")
			body := io.Reader(bytes.NewReader(data))
			switch border {
			case "upload: after a tail is stored": // the sender breaks off, and the process in keeping what came
				body = io.MultiReader(bytes.NewReader(data[:part+100_000]), broken{})
			case "from outside":
				body = io.MultiReader(bytes.NewReader(data[:part+100_000]), killing{first.cmd.Process, w, path, part})
			}
			if s, err := ask(t.Context(), first.url, http.MethodPatch, path, body, "Upload-Offset: 0"); err == nil {
				t.Errorf("the process answers %d", s.status)
			}
			_ = first.cmd.Wait() // killed
			p.DieAt = ""
			second := startProcess(t, p)
			offset := offsetAt(t, second.url, path)
			least := map[string]int64{
				"upload: after a tail is stored": part, "from outside": part, "upload: after a part is stored": part, "upload: after a part is recorded": 2 * part,
			}[border]
			if least == 0 { // every byte was here
				least = int64(len(data))
			}
			if offset < least {
				t.Errorf("only %d bytes are here, want %d", offset, least)
			}
			if offset < int64(len(data)) {
				s, err := ask(t.Context(), second.url, http.MethodPatch, path, bytes.NewReader(data[offset:]), "Upload-Offset: "+strconv.FormatInt(offset, 10))
				if err != nil || s.status != http.StatusNoContent {
					t.Fatalf("the rest is answered %d %s, %v", s.status, s.body, err)
				}
			}
			var at files.Attachment
			must(t, agencies.Everywhere(t.Context(), w.pool, func(tx pgx.Tx) error {
				at, err = files.Kept(t.Context(), tx, uploader, strings.TrimPrefix(path, "/uploads/"))
				return err
			}))
			r, err := w.store.Open(t.Context(), at)
			must(t, err)
			got, err := io.ReadAll(r)
			if err = errors.Join(err, r.Close()); err != nil || !bytes.Equal(got, data) || !bytes.Equal(at.SHA256, hash[:]) {
				t.Errorf("%d bytes are read back, %v", len(got), err)
			}
		})
	}
	t.Cleanup(func() { w.noLitter(url, 7) })
}

// noLitter fails when there is more than one object and one row for each file, after a sweep.
func (w *wharf) noLitter(url string, want int) {
	w.t.Helper()
	ctx := context.Background()
	conn, err := pgx.Connect(ctx, url)
	must(w.t, err)
	defer conn.Close(ctx) //nolint:errcheck // nothing to lose
	cfg := w.cfg
	cfg.Now = func() time.Time { return time.Now().Add(48 * time.Hour) }
	store, err := files.New(cfg, w.box, slog.New(slog.DiscardHandler))
	must(w.t, err)
	_, err = store.Sweep(ctx, func(ctx context.Context, keys []string) (orphans []string, err error) {
		err = agencies.Everywhere(ctx, conn, func(tx pgx.Tx) error { orphans, err = files.Orphans(ctx, tx, keys); return err })
		return orphans, err
	})
	must(w.t, err)
	var rows int
	must(w.t, agencies.Everywhere(ctx, conn, func(tx pgx.Tx) error { return tx.QueryRow(ctx, `SELECT count(*) FROM attachments`).Scan(&rows) }))
	client, err := minio.New(w.cfg.Endpoint, &minio.Options{Creds: credentials.NewStaticV4(w.cfg.AccessKey, w.cfg.SecretKey, ""), Region: w.cfg.Region})
	must(w.t, err)
	objects := 0
	for o := range client.ListObjectsIter(ctx, w.cfg.Bucket, minio.ListObjectsOptions{Recursive: true}) {
		must(w.t, o.Err)
		objects++
	}
	parts := 0
	for u := range client.ListIncompleteUploads(ctx, w.cfg.Bucket, "", true) {
		must(w.t, u.Err)
		parts++
	}
	if rows != want || objects != want || parts != 0 {
		w.t.Errorf("%d attachments, %d objects and %d unfinished are left, want %d and none", rows, objects, parts, want)
	}
}

// broken is a sender's body that breaks off.
type broken struct{}

func (broken) Read([]byte) (int, error) { return 0, errHungUp }

// killing kills a process once it has kept so much, while more is under way.
type killing struct {
	process *os.Process
	wharf   *wharf
	path    string
	kept    int64
}

func (k killing) Read(p []byte) (int, error) {
	k.wharf.until(k.path, k.kept)
	n := min(len(p), 1+rand.IntN(1000))
	return n, k.process.Kill()
}
