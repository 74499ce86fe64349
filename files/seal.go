package files

import (
	"bytes"
	"context"
	"crypto/sha256"
	"crypto/subtle"
	"errors"
	"fmt"
	"hash"
	"io"

	"github.com/minio/minio-go/v7"
	streaming "github.com/tink-crypto/tink-go/v2/streamingaead/subtle"

	"saphan/internal/fault"
)

const (
	fileKeySize = 32
	segmentSize = 64 << 10
)

// ErrAltered means that the bytes in the store are not those that were put there: cut short, changed,
// exchanged, or sealed under another SECRET_KEY.
var ErrAltered = errors.New("the stored bytes are not the file that was put there")

// purpose binds a sealed file key to its object.
func purpose(key string) string { return "file " + key }

func newCipher(fileKey []byte) (*streaming.AESGCMHKDF, error) {
	c, err := streaming.NewAESGCMHKDF(fileKey, "SHA256", fileKeySize, segmentSize, 0)
	if err != nil {
		return nil, fmt.Errorf("make cipher: %w", err)
	}
	return c, nil
}

// sealingReader turns a reader of plain bytes into one of sealed bytes.
type sealingReader struct {
	plain  io.Reader
	seal   io.WriteCloser
	sealed bytes.Buffer
	chunk  []byte
	err    error
}

// newSealingReader seals under a file key, bound to words that opening has to know too: the object's key, and the part's
// number where there are several.
func newSealingReader(plain io.Reader, fileKey []byte, bound string) (*sealingReader, error) {
	c, err := newCipher(fileKey)
	if err != nil {
		return nil, err
	}
	s := &sealingReader{plain: plain, chunk: make([]byte, segmentSize)}
	if s.seal, err = c.NewEncryptingWriter(&s.sealed, []byte(bound)); err != nil {
		return nil, fmt.Errorf("seal a file: %w", err)
	}
	return s, nil
}

func (s *sealingReader) Read(p []byte) (int, error) {
	for s.sealed.Len() == 0 && s.err == nil {
		n, err := s.plain.Read(s.chunk)
		if _, sealErr := s.seal.Write(s.chunk[:n]); sealErr != nil {
			err = sealErr
		}
		if errors.Is(err, io.EOF) { // the last segment is marked as such: a file cut short does not open
			if closeErr := s.seal.Close(); closeErr != nil {
				err = closeErr
			}
		}
		s.err = err
	}
	if s.sealed.Len() > 0 {
		return s.sealed.Read(p)
	}
	return 0, s.err
}

// Open opens an attachment that may be opened: what waits for its scan, and what is gone, is refused.
// It is the way for everybody but the scanner itself. Close must be called.
func (s *Store) Open(ctx context.Context, a Attachment) (io.ReadCloser, error) {
	if err := a.Unopenable(); err != nil {
		return nil, err
	}
	return s.Get(ctx, a.Object)
}

// Get opens an object for reading, whatever is known about it. Bytes that were altered are never handed out: the read ends with
// ErrAltered where they begin. Close must be called.
func (s *Store) Get(ctx context.Context, o Object) (io.ReadCloser, error) {
	if len(o.SealedKey) == 0 {
		return nil, fault.New(fault.NotFound, sentenceMissing)
	}
	fileKey, err := s.box.Open(o.SealedKey, purpose(o.Key))
	if err != nil {
		return nil, fmt.Errorf("file key of %s: %w", o.Key, errors.Join(ErrAltered, err))
	}
	c, err := newCipher(fileKey)
	if err != nil {
		return nil, err
	}
	limited, cancel := context.WithTimeout(ctx, streamLimit)
	body, _, _, err := minio.Core{Client: s.client}.GetObject(limited, s.bucket, o.Key, minio.GetObjectOptions{})
	if err != nil {
		cancel()
		return nil, s.failure(ctx, "get", err)
	}
	g := &opened{ctx: ctx, cancel: cancel, store: s, object: o, body: &remember{r: body}, close: body.Close, hash: sha256.New()}
	if o.PartBytes > 0 {
		g.plain = &partsReader{cipher: c, body: g.body, object: o, left: o.Size}
	} else if g.plain, err = c.NewDecryptingReader(g.body, []byte(o.Key)); err != nil {
		return nil, errors.Join(g.explain(err), g.Close())
	}
	// Open the first segment now, so that a wrong key or a cut file is known before anything is sent on.
	g.ahead = make([]byte, segmentSize)
	n, err := g.read(g.ahead)
	g.ahead = g.ahead[:n]
	if err != nil && !errors.Is(err, io.EOF) {
		return nil, errors.Join(err, g.Close())
	}
	return g, nil
}

// opened reads the plain bytes of an object and holds them to its row.
type opened struct {
	ctx    context.Context // of the call that opened it, which bounds the reading too
	cancel context.CancelFunc
	store  *Store
	object Object
	body   *remember
	close  func() error
	plain  io.Reader
	ahead  []byte
	size   int64
	hash   hash.Hash
	err    error
}

func (g *opened) Read(p []byte) (int, error) {
	if len(g.ahead) > 0 {
		n := copy(p, g.ahead)
		g.ahead = g.ahead[n:]
		return n, nil
	}
	return g.read(p)
}

// read reads from the cipher. Its first error stays: the cipher itself reports a bad last segment only
// once and the end after that.
func (g *opened) read(p []byte) (int, error) {
	if g.err != nil {
		return 0, g.err
	}
	n, err := g.plain.Read(p)
	g.size += int64(n)
	_, _ = g.hash.Write(p[:n]) // a hash takes everything
	switch {
	case errors.Is(err, io.EOF) && (g.size != g.object.Size || subtle.ConstantTimeCompare(g.hash.Sum(nil), g.object.SHA256) != 1):
		g.err = fmt.Errorf("read %s: %w", g.object.Key, ErrAltered)
	case errors.Is(err, io.EOF):
		g.err = io.EOF
	case err != nil:
		g.err = g.explain(err)
	}
	return n, g.err
}

// explain tells a broken connection from broken bytes.
func (g *opened) explain(err error) error {
	if g.body.err != nil {
		return g.store.failure(g.ctx, "read", g.body.err)
	}
	return fmt.Errorf("read %s: %w: %w", g.object.Key, ErrAltered, err)
}

// Close ends the reading.
func (g *opened) Close() error {
	err := g.close()
	g.cancel()
	if err != nil {
		return fmt.Errorf("close %s: %w", g.object.Key, err)
	}
	return nil
}

// remember keeps the error of the connection, which the cipher may hide behind its own.
type remember struct {
	r   io.Reader
	err error
}

func (m *remember) Read(p []byte) (int, error) {
	n, err := m.r.Read(p)
	if err != nil && !errors.Is(err, io.EOF) {
		m.err = err
	}
	return n, err
}
