package files_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"math/rand/v2"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/minio/minio-go/v7"
	"github.com/minio/minio-go/v7/pkg/credentials"

	"saphan/devkit/objectstore"
	"saphan/files"
	"saphan/internal/fault"
	"saphan/internal/pgtest"
	"saphan/internal/secret"
)

func TestMain(m *testing.M) { pgtest.Main(m) }

// bench is a store with a bucket of the test's own, and the bare client to look behind it.
type bench struct {
	*files.Store
	cfg    files.Config
	box    secret.Box
	bare   minio.Core
	bucket string
}

// buckets numbers the tests' buckets.
var buckets atomic.Int64

func newBench(t *testing.T) bench {
	t.Helper()
	account := objectstore.ForTest(t)
	b := bench{box: newBox(t), bucket: fmt.Sprintf("test-%d", buckets.Add(1))}
	b.cfg = files.Config{
		Endpoint: account.Endpoint, Region: account.Region, Bucket: b.bucket,
		AccessKey: account.AccessKey, SecretKey: account.SecretKey, Insecure: true,
	}
	b.Store = open(t, b.cfg, b.box)
	if err := b.Ensure(t.Context()); err != nil {
		t.Fatal(err)
	}
	client, err := minio.New(account.Endpoint, &minio.Options{
		Creds: credentials.NewStaticV4(account.AccessKey, account.SecretKey, ""), Region: account.Region,
	})
	if err != nil {
		t.Fatal(err)
	}
	b.bare = minio.Core{Client: client}
	return b
}

func newBox(t *testing.T) secret.Box {
	t.Helper()
	box, err := secret.Parse(secret.Generate())
	if err != nil {
		t.Fatal(err)
	}
	return box
}

func open(t *testing.T, cfg files.Config, box secret.Box) *files.Store {
	t.Helper()
	s, err := files.New(cfg, box, slog.New(slog.NewTextHandler(t.Output(), nil)))
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func (b bench) put(t *testing.T, data []byte) files.Object {
	t.Helper()
	o, err := b.Put(t.Context(), bytes.NewReader(data), files.Limits{})
	if err != nil {
		t.Fatal(err)
	}
	return o
}

// raw is what the store itself holds.
func (b bench) raw(t *testing.T, key string) []byte {
	t.Helper()
	r, _, _, err := b.bare.GetObject(t.Context(), b.bucket, key, minio.GetObjectOptions{})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = r.Close() }()
	data, err := io.ReadAll(r)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

func (b bench) overwrite(t *testing.T, key string, data []byte) {
	t.Helper()
	if _, err := b.bare.Client.PutObject(t.Context(), b.bucket, key, bytes.NewReader(data), int64(len(data)), minio.PutObjectOptions{}); err != nil {
		t.Fatal(err)
	}
}

// keys are the names of all objects.
func (b bench) keys(t *testing.T) []string {
	t.Helper()
	var keys []string
	for o := range b.bare.ListObjectsIter(t.Context(), b.bucket, minio.ListObjectsOptions{Recursive: true}) {
		if o.Err != nil {
			t.Fatal(o.Err)
		}
		keys = append(keys, o.Key)
	}
	return keys
}

func read(ctx context.Context, s *files.Store, o files.Object) ([]byte, error) {
	r, err := s.Get(ctx, o)
	if err != nil {
		return nil, err
	}
	data, err := io.ReadAll(r)
	return data, errors.Join(err, r.Close())
}

// noise is size bytes that do not repeat, always the same for a seed.
func noise(seed uint64, size int64) io.Reader {
	var key [32]byte
	key[0] = byte(seed)
	return io.LimitReader(rand.NewChaCha8(key), size)
}

func bytesOf(t *testing.T, r io.Reader) []byte {
	t.Helper()
	data, err := io.ReadAll(r)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

func TestPutKeepsEveryByteAndTheStoreSeesNone(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	words := []byte("คำขอใบอนุญาตประกอบกิจการที่เป็นอันตรายต่อสุขภาพ ผู้ขอตัวอย่าง")
	const segment, part = 64 << 10, 5 << 20
	for _, size := range []int64{1, 100, segment - 41, segment - 40, segment - 16, segment, segment + 1, 3 * segment, part - 1, part, part + 1, 2*part + 7} {
		data := bytesOf(t, noise(1, size))
		copy(data, words)
		o := b.put(t, data)
		sum := sha256.Sum256(data)
		if o.Size != size || !bytes.Equal(o.SHA256, sum[:]) {
			t.Errorf("size %d: object says %d, %x", size, o.Size, o.SHA256)
		}
		got, err := read(t.Context(), b.Store, o)
		if err != nil || !bytes.Equal(got, data) {
			t.Errorf("size %d: read %d bytes, %v", size, len(got), err)
		}
		raw := b.raw(t, o.Key)
		if size > 50 && bytes.Contains(raw, words[:30]) {
			t.Errorf("size %d: the store sees the plain words", size)
		}
		if int64(len(raw)) <= size {
			t.Errorf("size %d: the store holds %d bytes", size, len(raw))
		}
	}
}

func TestKeysAreOursAndEachFileHasItsOwn(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.cfg.Now = func() time.Time { return time.Date(2026, 11, 21, 20, 0, 0, 0, time.UTC) }
	s := open(t, b.cfg, b.box)
	var objects []files.Object
	for range 2 {
		o, err := s.Put(t.Context(), strings.NewReader("same bytes"), files.Limits{})
		if err != nil {
			t.Fatal(err)
		}
		if !strings.HasPrefix(o.Key, "2026/11/21/") || len(o.Key) != len("2026/11/21/")+26 {
			t.Errorf("key = %q", o.Key)
		}
		objects = append(objects, o)
	}
	if objects[0].Key == objects[1].Key || bytes.Equal(b.raw(t, objects[0].Key), b.raw(t, objects[1].Key)) {
		t.Error("the same bytes twice look the same in the store")
	}
	info, err := b.bare.StatObject(t.Context(), b.bucket, objects[0].Key, minio.StatObjectOptions{})
	if err != nil || info.ContentType != "application/octet-stream" {
		t.Errorf("the store is told %q, %v", info.ContentType, err)
	}
}

func TestEmptyAndTooLargeFilesAreRefusedAndLeaveNothing(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	for name, c := range map[string]struct {
		size, max int64
		kind      fault.Kind
		word      string
	}{
		"empty":                 {0, 0, fault.Invalid, "ว่างเปล่า"},
		"one over, small":       {1001, 1000, fault.TooLarge, "ใหญ่เกิน 0 KB"},
		"over within the parts": {12 << 20, 11 << 20, fault.TooLarge, "ใหญ่เกิน 11 MB"},
	} {
		_, err := b.Put(t.Context(), noise(2, c.size), files.Limits{Max: c.max})
		sentence, refused := files.Refusal(err)
		if !fault.Is(err, c.kind) || !refused || !strings.Contains(sentence, c.word) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := b.Put(t.Context(), noise(2, 1000), files.Limits{Max: 1000}); err != nil {
		t.Errorf("just at the limit: %v", err)
	}
	if keys := b.keys(t); len(keys) != 1 {
		t.Errorf("objects left = %v", keys)
	}
	uploads, err := b.bare.ListMultipartUploads(t.Context(), b.bucket, "", "", "", "", 10)
	if err != nil || len(uploads.Uploads) != 0 {
		t.Errorf("uploads left = %v, %v", uploads.Uploads, err)
	}
}

// A sender that breaks off is not a store that is down.
func TestSendersErrorIsPassedOn(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	broken := errors.New("line went dead")
	for _, size := range []int64{0, 10, 100_000, 11 << 20} {
		_, err := b.Put(t.Context(), io.MultiReader(noise(3, size), failing{broken}), files.Limits{})
		if !errors.Is(err, broken) || fault.Is(err, fault.Unavailable) {
			t.Errorf("after %d bytes: %v", size, err)
		}
	}
	if keys := b.keys(t); len(keys) != 0 {
		t.Errorf("objects left = %v", keys)
	}
}

type failing struct{ err error }

func (f failing) Read([]byte) (int, error) { return 0, f.err }

func TestOtherSecretKeyOpensNothing(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	o := b.put(t, []byte("เอกสารลับ"))
	if _, err := read(t.Context(), open(t, b.cfg, newBox(t)), o); !errors.Is(err, files.ErrAltered) {
		t.Errorf("another SECRET_KEY: %v", err)
	}
	gone := o
	gone.SealedKey = nil
	if _, err := read(t.Context(), b.Store, gone); !fault.Is(err, fault.NotFound) {
		t.Errorf("erased key: %v", err)
	}
}

func TestAlteredBytesAreNeverHandedOut(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	const segment = 64 << 10
	data := bytesOf(t, noise(4, 3*segment))
	o, other := b.put(t, data), b.put(t, data)
	raw := bytes.Clone(b.raw(t, o.Key))
	flipped := func(at int) []byte {
		c := bytes.Clone(raw)
		c[at] ^= 1
		return c
	}
	swapped := bytes.Clone(raw)
	copy(swapped[segment:2*segment], raw[2*segment:3*segment])
	copy(swapped[2*segment:3*segment], raw[segment:2*segment])
	for name, c := range map[string][]byte{
		"header":           flipped(3),
		"first segment":    flipped(100),
		"later segment":    flipped(2*segment + 100),
		"last byte":        flipped(len(raw) - 1),
		"one byte short":   raw[:len(raw)-1],
		"a segment short":  raw[:3*segment],
		"only the header":  raw[:40],
		"empty":            {},
		"a byte more":      append(bytes.Clone(raw), 0),
		"segments swapped": swapped,
		"another object's": b.raw(t, other.Key),
	} {
		b.overwrite(t, o.Key, c)
		got, err := read(t.Context(), b.Store, o)
		if !errors.Is(err, files.ErrAltered) || !bytes.HasPrefix(data, got) {
			t.Errorf("%s: %d bytes, %v", name, len(got), err)
		}
	}
	b.overwrite(t, o.Key, raw)
	if got, err := read(t.Context(), b.Store, o); err != nil || !bytes.Equal(got, data) {
		t.Errorf("put back: %d bytes, %v", len(got), err)
	}
	row := o
	row.SHA256 = bytes.Repeat([]byte{1}, 32)
	if _, err := read(t.Context(), b.Store, row); !errors.Is(err, files.ErrAltered) {
		t.Errorf("altered row: %v", err)
	}
	row = o
	row.SealedKey = other.SealedKey
	if _, err := read(t.Context(), b.Store, row); !errors.Is(err, files.ErrAltered) {
		t.Errorf("another object's key: %v", err)
	}
}

func TestDeleteTwiceThenMissing(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	o := b.put(t, []byte("x"))
	for range 2 {
		if err := b.Delete(t.Context(), o); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := b.Get(t.Context(), o); !fault.Is(err, fault.NotFound) {
		t.Errorf("after the end: %v", err)
	}
}

// R9: a store that is down, wrong or slow is said to be unavailable, soon.
func TestStoreThatFailsIsUnavailable(t *testing.T) {
	t.Parallel()
	l, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	nobody := l.Addr().String()
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	broken := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(http.StatusInternalServerError)
	}))
	t.Cleanup(broken.Close)
	b := newBench(t)
	down, failing, denied, empty := b.cfg, b.cfg, b.cfg, b.cfg
	down.Endpoint = nobody
	failing.Endpoint = strings.TrimPrefix(broken.URL, "http://")
	denied.SecretKey = "wrong"
	empty.Bucket = "no-such-bucket"
	o := b.put(t, []byte("x"))
	for name, cfg := range map[string]files.Config{"down": down, "failing": failing, "denied": denied, "no bucket": empty} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := open(t, cfg, b.box)
			began := time.Now()
			_, putErr := s.Put(t.Context(), noise(5, 10), files.Limits{})
			_, largeErr := s.Put(t.Context(), noise(5, 6<<20), files.Limits{})
			_, getErr := s.Get(t.Context(), o)
			calls := map[string]error{"put": putErr, "put in parts": largeErr, "get": getErr, "ping": s.Ping(t.Context())}
			if name != "no bucket" {
				calls["delete"], calls["ensure"] = s.Delete(t.Context(), o), s.Ensure(t.Context())
			}
			for call, err := range calls {
				if !fault.Is(err, fault.Unavailable) {
					t.Errorf("%s: %v", call, err)
				}
			}
			if took := time.Since(began); took > 20*time.Second {
				t.Errorf("took %v", took)
			}
		})
	}
}

func TestCallersEndIsNotTheStoresFault(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err := b.Put(ctx, noise(6, 10), files.Limits{})
	if !errors.Is(err, context.Canceled) || fault.Is(err, fault.Unavailable) {
		t.Errorf("put: %v", err)
	}
}

func TestNewAsksForEndpointAndBucket(t *testing.T) {
	t.Parallel()
	for _, cfg := range []files.Config{{}, {Endpoint: "127.0.0.1:1"}, {Bucket: "b"}} {
		if _, err := files.New(cfg, newBox(t), slog.New(slog.DiscardHandler)); err == nil || !strings.Contains(err.Error(), "S3_") {
			t.Errorf("%v: %v", cfg, err)
		}
	}
	b := newBench(t)
	b.cfg.Endpoint = "http://" + b.cfg.Endpoint + "/"
	if err := open(t, b.cfg, b.box).Ping(t.Context()); err != nil {
		t.Errorf("endpoint as a URL: %v", err)
	}
	if err := b.Ensure(t.Context()); err != nil {
		t.Errorf("bucket that is there: %v", err)
	}
}
