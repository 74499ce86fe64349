package portal_test

import (
	"bytes"
	"context"
	"crypto/rand"
	"crypto/sha1"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"maps"
	"net/http"
	"net/http/httptest"
	"os"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/go-chi/chi/v5"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"saphan/agencies"
	"saphan/devkit/objectstore"
	"saphan/files"
	"saphan/internal/pgtest"
	"saphan/internal/secret"
	"saphan/portal"
)

// wharf is where files come in, over a real database and object store. Who sends is said by a header; in a
// browser, by a cookie.
type wharf struct {
	t      testing.TB
	pool   *pgxpool.Pool
	store  *files.Store
	cfg    files.Config
	box    secret.Box
	files  *files.Uploads
	made   *portal.Uploads
	server *httptest.Server
	log    bytes.Buffer
	clock  atomic.Pointer[time.Time]
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// open makes the parts that two processes would share.
func openWharf(t testing.TB) *wharf {
	t.Helper()
	account := objectstore.ForTest(t)
	w := &wharf{t: t, pool: pgtest.DB(t)}
	now := time.Date(2026, 11, 23, 3, 0, 0, 0, time.UTC)
	w.clock.Store(&now)
	var err error
	w.box, err = secret.Parse(secret.Generate())
	must(t, err)
	w.cfg = files.Config{
		Endpoint: account.Endpoint, Region: account.Region, Bucket: "uploads-" + strings.ToLower(rand.Text()), AccessKey: account.AccessKey, SecretKey: account.SecretKey, Insecure: true,
	}
	w.store, err = files.New(w.cfg, w.box, slog.New(slog.DiscardHandler))
	must(t, err)
	must(t, w.store.Ensure(t.Context()))
	return w
}

func newWharf(t testing.TB, limits files.UploadLimits) *wharf {
	t.Helper()
	w := openWharf(t)
	w.files, w.made, w.server = serveUploads(t, w.pool, w.store, limits, func() time.Time { return *w.clock.Load() }, nil, slog.New(slog.NewTextHandler(&w.log, nil)))
	return w
}

// senderOf is the test's way of being signed in.
func senderOf(r *http.Request) (string, bool) {
	if c, err := r.Cookie("sender"); err == nil {
		return c.Value, true
	}
	owner := r.Header.Get("X-Sender")
	return owner, owner != ""
}

func serveUploads(t testing.TB, pool *pgxpool.Pool, store *files.Store, limits files.UploadLimits, now func() time.Time, at func(string), log *slog.Logger) (*files.Uploads, *portal.Uploads, *httptest.Server) {
	t.Helper()
	u, err := files.NewUploads(files.UploadsConfig{
		Store: store, Limits: limits, Now: now, Log: log, At: at,
		Tx: func(ctx context.Context, fn func(tx pgx.Tx) error) error { return agencies.Everywhere(ctx, pool, fn) },
	})
	must(t, err)
	p, err := portal.NewUploads(portal.UploadsConfig{Files: u, Sender: senderOf, BaseURL: "https://saphan.example.go.th", Logger: log})
	must(t, err)
	r := chi.NewRouter()
	p.Routes(r)
	server := httptest.NewServer(r)
	t.Cleanup(server.Close)
	return u, p, server
}

const uploader = "citizen 7"

// said is an answer.
type said struct {
	status int
	header http.Header
	body   string
}

// sentence is the problem that an answer tells.
func (s said) sentence() string {
	var p struct{ Title string }
	if json.Unmarshal([]byte(s.body), &p) != nil {
		return ""
	}
	return p.Title
}

// ask makes a request of the protocol; headers are "Name: value", and an empty value takes one away.
func (w *wharf) ask(method, path string, body io.Reader, headers ...string) said {
	w.t.Helper()
	s, err := ask(w.t.Context(), w.server.URL, method, path, body, headers...)
	must(w.t, err)
	return s
}

func ask(ctx context.Context, server, method, path string, body io.Reader, headers ...string) (said, error) {
	r, err := http.NewRequestWithContext(ctx, method, server+path, body)
	if err != nil {
		return said{}, err
	}
	r.Header.Set("X-Sender", uploader)
	r.Header.Set("Tus-Resumable", "1.0.0")
	if method == http.MethodPatch {
		r.Header.Set("Content-Type", "application/offset+octet-stream")
	}
	for _, h := range headers {
		name, value, _ := strings.Cut(h, ": ")
		r.Header.Set(name, value)
		if value == "" {
			r.Header.Del(name)
		}
	}
	res, err := http.DefaultClient.Do(r)
	if err != nil {
		return said{}, err
	}
	text, err := io.ReadAll(res.Body)
	return said{res.StatusCode, res.Header, string(text)}, errors.Join(err, res.Body.Close())
}

func (w *wharf) create(name string, size int64, more ...string) said {
	w.t.Helper()
	return w.ask(http.MethodPost, "/uploads/", nil, append([]string{"Upload-Length: " + strconv.FormatInt(size, 10),
		"Upload-Metadata: filename " + base64.StdEncoding.EncodeToString([]byte(name))}, more...)...)
}

func (w *wharf) patch(at string, offset int64, data []byte, more ...string) said {
	w.t.Helper()
	return w.ask(http.MethodPatch, at, bytes.NewReader(data), append([]string{"Upload-Offset: " + strconv.FormatInt(offset, 10)}, more...)...)
}

// until waits for the row to say that so many bytes are here.
func (w *wharf) until(path string, offset int64) {
	w.t.Helper()
	for deadline := time.Now().Add(30 * time.Second); ; time.Sleep(10 * time.Millisecond) {
		var now int64
		must(w.t, agencies.Everywhere(w.t.Context(), w.pool, func(tx pgx.Tx) error {
			return tx.QueryRow(w.t.Context(), `SELECT offset_bytes FROM uploads WHERE id = $1`, strings.TrimPrefix(path, "/uploads/")).Scan(&now)
		}))
		if now >= offset {
			return
		}
		if time.Now().After(deadline) {
			w.t.Fatalf("%d bytes are here, not %d", now, offset)
		}
	}
}

// kept is the attachment that an upload became.
func (w *wharf) kept(path string) (at files.Attachment, err error) {
	w.t.Helper()
	err = agencies.Everywhere(w.t.Context(), w.pool, func(tx pgx.Tx) error {
		at, err = files.Kept(w.t.Context(), tx, uploader, strings.TrimPrefix(path, "/uploads/"))
		return err
	})
	return at, err
}

func paper(t testing.TB, size int) []byte {
	t.Helper()
	data := make([]byte, size)
	_, err := rand.Read(data)
	must(t, err)
	copy(data, "%PDF-1.7\n")
	return data
}

func (s said) is(t *testing.T, what string, status int, headers ...string) {
	t.Helper()
	if s.status != status {
		t.Errorf("%s: status %d %s, want %d", what, s.status, s.body, status)
	}
	for _, h := range headers {
		name, value, _ := strings.Cut(h, ": ")
		if got := s.header.Get(name); got != value {
			t.Errorf("%s: %s is %q, want %q", what, name, got, value)
		}
	}
}

// The protocol (tus 1.0.0: core, creation, expiration, checksum, termination), as its text says it.
func TestUploadProtocol(t *testing.T) {
	t.Parallel()
	w := newWharf(t, files.UploadLimits{})
	options := w.ask(http.MethodOptions, "/uploads/", nil, "Tus-Resumable: ")
	options.is(t, "OPTIONS", 204, "Tus-Version: 1.0.0", "Tus-Max-Size: 524288000", "Tus-Extension: creation,creation-with-upload,expiration,checksum,termination", "Tus-Checksum-Algorithm: sha1,sha256")
	data := paper(t, 9000)
	created := w.create("แบบแปลน.pdf", 9000)
	created.is(t, "create", 201, "Tus-Resumable: 1.0.0", "Upload-Expires: Tue, 24 Nov 2026 03:00:00 GMT", "Cache-Control: no-store")
	at := created.header.Get("Location")
	if !strings.HasPrefix(at, "/uploads/") || len(at) != len("/uploads/")+26 {
		t.Fatalf("it is at %q", at)
	}
	w.ask(http.MethodHead, at, nil).is(t, "new", 200, "Upload-Offset: 0", "Upload-Length: 9000", "Cache-Control: no-store", "Upload-Expires: Tue, 24 Nov 2026 03:00:00 GMT")
	w.patch(at, 0, data[:4000]).is(t, "first piece", 204, "Upload-Offset: 4000", "Upload-Expires: Tue, 24 Nov 2026 03:00:00 GMT")
	w.patch(at, 0, data[:4000]).is(t, "again", 409)
	w.patch(at, 4001, data[:10]).is(t, "a gap", 409)
	w.patch(at, 4000, data[4000:], "Content-Type: text/plain").is(t, "another type", 400)
	w.patch(at, 4000, data[4000:], "Tus-Resumable: 0.2.2").is(t, "another version", 412)
	w.patch(at, 4000, data[4000:], "Tus-Resumable: ").is(t, "no version", 412)
	w.patch(at, 4000, append(data[4000:9000:9000], 'x')).is(t, "a byte more", 413)
	sum := func(b []byte) string { s := sha1.Sum(b); return base64.StdEncoding.EncodeToString(s[:]) }
	w.patch(at, 4000, data[4000:], "Upload-Checksum: sha1 "+sum(data)).is(t, "altered", 460)
	w.patch(at, 4000, data[4000:], "Upload-Checksum: crc32 AAAA").is(t, "unknown algorithm", 400)
	w.patch(at, 4000, data[4000:], "Upload-Checksum: sha1 ?").is(t, "no checksum", 400)
	w.ask(http.MethodHead, at, nil).is(t, "nothing of that counts", 200, "Upload-Offset: 4000")
	w.patch(at, 4000, data[4000:6000], "Upload-Checksum: sha1 "+sum(data[4000:6000])).is(t, "right", 204, "Upload-Offset: 6000")
	w.ask(http.MethodPost, at, bytes.NewReader(data[6000:]), "X-HTTP-Method-Override: PATCH", "Upload-Offset: 6000", "Content-Type: application/offset+octet-stream").
		is(t, "last piece by way of POST", 204, "Upload-Offset: 9000", "Upload-Expires: ")
	w.ask(http.MethodHead, at, nil).is(t, "finished", 200, "Upload-Offset: 9000")
	w.patch(at, 9000, nil).is(t, "nothing more", 204)
	got, err := w.kept(at)
	if hash := sha256.Sum256(data); err != nil || !bytes.Equal(got.SHA256, hash[:]) || got.Name != "แบบแปลน.pdf" {
		t.Errorf("it became %+v, %v", got, err)
	}
	w.ask(http.MethodGet, at, nil).is(t, "there are no downloads", 405)
	w.ask(http.MethodDelete, at, nil).is(t, "taken back", 204)
	w.ask(http.MethodHead, at, nil).is(t, "what is gone", 404)
	w.ask(http.MethodDelete, at, nil).is(t, "taken back again", 404)

	whole := w.ask(http.MethodPost, "/uploads/", bytes.NewReader(data), "Upload-Length: 9000", "Content-Type: application/offset+octet-stream", "Upload-Metadata: filename YS5wZGY=")
	whole.is(t, "created with all of it", 201, "Upload-Offset: 9000")
	if _, err := w.kept(whole.header.Get("Location")); err != nil {
		t.Error(err)
	}
	w.ask(http.MethodPost, "/uploads/", nil, "Upload-Defer-Length: 1").is(t, "no length yet", 501)
	w.ask(http.MethodPost, "/uploads/", nil).is(t, "no length", 400)
	if w.log.Len() != 0 {
		t.Errorf("the log says %s", w.log.String())
	}
}

// What a sender cannot send is refused with the sentence of the chat.
func TestUploadRefusalsSayWhy(t *testing.T) {
	t.Parallel()
	w := newWharf(t, files.UploadLimits{Max: 20_000, Open: 3, PerDay: 60_000})
	for name, c := range map[string]struct {
		size   int64
		status int
		word   string
	}{"empty": {0, 422, "ว่างเปล่า"}, "large": {20_001, 413, "ใหญ่เกิน 19 KB"}} {
		s := w.create("a.pdf", c.size)
		s.is(t, name, c.status, "Content-Type: application/problem+json; charset=utf-8")
		if !strings.Contains(s.sentence(), c.word) {
			t.Errorf("%s: %q", name, s.sentence())
		}
	}
	at := w.create("แผนผัง.jpg", 9000).header.Get("Location")
	wrong := w.patch(at, 0, paper(t, 8000))
	wrong.is(t, "wrong kind", 422)
	if !strings.Contains(wrong.sentence(), "ลงท้ายด้วย .jpg แต่ข้างในเป็นไฟล์ PDF") {
		t.Errorf("a wrong kind: %q", wrong.sentence())
	}
	w.ask(http.MethodHead, at, nil).is(t, "what was refused", 404)
	for range 3 {
		w.create("a.pdf", 9000).is(t, "room", 201)
	}
	s := w.create("a.pdf", 9000)
	s.is(t, "a fourth", 409)
	if !strings.Contains(s.sentence(), "3 ไฟล์") {
		t.Errorf("a fourth: %q", s.sentence())
	}
}

// An upload belongs to its sender: for others, and for nobody, there is none; and no other site sends in
// somebody's name.
func TestUploadBelongsToItsSender(t *testing.T) {
	t.Parallel()
	w := newWharf(t, files.UploadLimits{})
	at := w.create("a.pdf", 9000).header.Get("Location")
	for who, status := range map[string]int{"citizen 8": 404, "": 401} {
		w.ask(http.MethodHead, at, nil, "X-Sender: "+who).is(t, "HEAD by "+who, status)
		w.patch(at, 0, paper(t, 10), "X-Sender: "+who).is(t, "PATCH by "+who, status)
		w.ask(http.MethodDelete, at, nil, "X-Sender: "+who).is(t, "DELETE by "+who, status)
	}
	w.create("a.pdf", 9000, "X-Sender: ").is(t, "created by nobody", 401)
	w.ask(http.MethodHead, at, nil).is(t, "by its sender", 200, "Upload-Offset: 0")
	w.patch(at, 0, paper(t, 10), "Sec-Fetch-Site: cross-site", "Origin: https://example.com").is(t, "another site", 403)
	s := w.ask(http.MethodOptions, "/uploads/", nil, "Origin: https://example.com", "Access-Control-Request-Method: PATCH")
	if s.header.Get("Access-Control-Allow-Origin") != "" {
		t.Error("other sites may send")
	}
	for _, path := range []string{"/uploads/nothing", "/uploads/..%2f..%2fetc", "/uploads/" + strings.Repeat("a", 5000)} {
		if s := w.ask(http.MethodHead, path, nil); s.status != 404 {
			t.Errorf("%.20s: %d", path, s.status)
		}
	}
	later := w.clock.Load().Add(24 * time.Hour)
	w.clock.Store(&later)
	w.ask(http.MethodHead, at, nil).is(t, "after a day", 404)
	w.patch(at, 0, paper(t, 10)).is(t, "after a day", 404)
}

// Somebody whose connection died without anybody noticing comes again at once: the dead one lets go, and
// what it had sent is there. Of two who write from the same place one is told to look again.
func TestUploadOfTwoWriters(t *testing.T) {
	t.Parallel()
	w := newWharf(t, files.UploadLimits{})
	_, _, second := serveUploads(t, w.pool, w.store, files.UploadLimits{}, func() time.Time { return *w.clock.Load() }, nil, slog.New(slog.DiscardHandler))
	for name, other := range map[string]string{"the same process": w.server.URL, "another process": second.URL} {
		const part, came = 5 << 20, 6 << 20
		data := paper(t, 7<<20)
		at := w.create("a.pdf", int64(len(data))).header.Get("Location")
		out, in := io.Pipe()
		first := make(chan said, 1)
		go func() {
			s, err := ask(t.Context(), w.server.URL, http.MethodPatch, at, out, "Upload-Offset: 0")
			if err != nil {
				t.Error(err)
			}
			first <- s
		}()
		_, err := in.Write(data[:came])
		must(t, err)
		w.until(at, part)
		s, err := ask(t.Context(), other, http.MethodHead, at, nil)
		must(t, err)
		n, err := strconv.Atoi(s.header.Get("Upload-Offset"))
		if err != nil || n < part || n > came {
			t.Fatalf("%s: the second is told %d, %d bytes, %v", name, s.status, n, err)
		}
		must(t, in.Close())
		if s := <-first; s.status != http.StatusLocked {
			t.Errorf("%s: the first is told %d", name, s.status)
		}
		statuses := make(chan int, 2)
		for _, server := range []string{w.server.URL, other} {
			go func() {
				s, err := ask(t.Context(), server, http.MethodPatch, at, bytes.NewReader(data[n:]), "Upload-Offset: "+strconv.Itoa(n))
				if err != nil {
					t.Error(err)
				}
				statuses <- s.status
			}()
		}
		got := []int{<-statuses, <-statuses}
		for _, status := range got {
			if !slices.Contains([]int{204, 409, 423}, status) {
				t.Errorf("%s: two who write are told %v", name, got)
			}
		}
		after := w.ask(http.MethodHead, at, nil)
		if n, err = strconv.Atoi(after.header.Get("Upload-Offset")); err != nil {
			t.Fatalf("%s: after %v it is told %v; %s", name, got, after, &w.log)
		}
		if n < len(data) { // both were asked to let go
			w.patch(at, int64(n), data[n:]).is(t, "the rest", 204)
		}
		kept, err := w.kept(at)
		if hash := sha256.Sum256(data); err != nil || !bytes.Equal(kept.SHA256, hash[:]) {
			t.Errorf("%s: it became %v, %v", name, kept, err)
		}
	}
}

// A process that is told to end lets go of who is sending; what came is kept.
func TestUploadsLetGoWhenTheProcessEnds(t *testing.T) {
	t.Parallel()
	w := newWharf(t, files.UploadLimits{})
	data := paper(t, 9000)
	at := w.create("a.pdf", 9000).header.Get("Location")
	out, in := io.Pipe()
	first := make(chan said, 1)
	go func() {
		s, err := ask(t.Context(), w.server.URL, http.MethodPatch, at, out, "Upload-Offset: 0")
		if err != nil {
			t.Error(err)
		}
		first <- s
	}()
	_, err := in.Write(data[:4000])
	must(t, err)
	for ended := false; !ended; { // until it has begun to write
		w.made.LetGo()
		select {
		case s := <-first:
			if s.status != http.StatusLocked {
				t.Errorf("the sender is told %d", s.status)
			}
			ended = true
		case <-time.After(20 * time.Millisecond):
		}
	}
	must(t, in.Close())
	offset := w.ask(http.MethodHead, at, nil).header.Get("Upload-Offset")
	n, err := strconv.Atoi(offset)
	must(t, err)
	w.patch(at, int64(n), data[n:]).is(t, "the rest", 204)
	if kept, err := w.kept(at); err != nil || kept.Size != 9000 {
		t.Errorf("it became %v, %v", kept, err)
	}
}

// Who is asked to let go before a byte of theirs was read lets go as well.
func TestUploadsLetGoBeforeTheyBegin(t *testing.T) {
	t.Parallel()
	w := newWharf(t, files.UploadLimits{})
	data := paper(t, 9000)
	at := w.create("a.pdf", 9000).header.Get("Location")
	var ending *portal.Uploads
	u, err := files.NewUploads(files.UploadsConfig{
		Store: w.store, Now: time.Now, Log: slog.New(slog.NewTextHandler(&w.log, nil)),
		Tx: func(ctx context.Context, fn func(tx pgx.Tx) error) error {
			err := agencies.Everywhere(ctx, w.pool, fn)
			ending.LetGo()                    // when the upload was found, it is held and nothing was read
			time.Sleep(50 * time.Millisecond) // the asking is done before the reading begins
			return err
		},
	})
	must(t, err)
	ending, err = portal.NewUploads(portal.UploadsConfig{Files: u, Sender: senderOf, BaseURL: "https://saphan.example.go.th", Logger: slog.New(slog.NewTextHandler(&w.log, nil))})
	must(t, err)
	r := chi.NewRouter()
	ending.Routes(r)
	server := httptest.NewServer(r)
	t.Cleanup(server.Close)
	out, in := io.Pipe()
	go in.Write(data[:4000]) //nolint:errcheck // nobody may read it
	s, err := ask(t.Context(), server.URL, http.MethodPatch, at, out, "Upload-Offset: 0")
	must(t, err)
	if s.status != http.StatusLocked {
		t.Errorf("the sender is told %d: %s", s.status, s.body)
	}
	n, err := strconv.Atoi(w.ask(http.MethodHead, at, nil).header.Get("Upload-Offset"))
	must(t, err)
	w.patch(at, int64(n), data[n:]).is(t, "the rest", 204)
	if kept, err := w.kept(at); err != nil || kept.Size != 9000 {
		t.Errorf("it became %v, %v", kept, err)
	}
}

// The files of others are those that were published.
func TestThirdPartyFilesAreUnchanged(t *testing.T) {
	t.Parallel()
	manifest, err := os.ReadFile("third_party/manifest.sha256")
	must(t, err)
	listed := map[string]bool{}
	for line := range strings.Lines(string(manifest)) {
		want, name, _ := strings.Cut(strings.TrimSpace(line), "  ")
		data, err := os.ReadFile(name)
		must(t, err)
		if sum := sha256.Sum256(data); want != hex.EncodeToString(sum[:]) {
			t.Errorf("%s was changed", name)
		}
		listed[name] = true
	}
	for _, name := range []string{"third_party/tus-js-client/LICENSE", "third_party/tus-js-client/dist/tus.min.js"} {
		if !listed[name] {
			t.Errorf("%s is not in the manifest: %v", name, slices.Sorted(maps.Keys(listed)))
		}
	}
}
