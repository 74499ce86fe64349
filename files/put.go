package files

import (
	"bufio"
	"bytes"
	"context"
	"crypto/rand"
	"crypto/sha256"
	"errors"
	"fmt"
	"hash"
	"io"
	"strings"

	"github.com/gabriel-vasile/mimetype"
	"github.com/minio/minio-go/v7"

	"saphan/internal/fault"
)

// DefaultMax is the largest file taken when Limits names no other, in bytes.
const DefaultMax = 200 << 20

const (
	// partSize is what goes to the store in one request, and so the memory that one file needs. A
	// file up to this size is sent whole. It is the least that S3 allows.
	partSize = 5 << 20
	// headSize is how much of a file its type is told from.
	headSize = 3072
)

// Limits bound a file.
type Limits struct {
	Max int64 // bytes; 0 means DefaultMax
}

// Object is a file's bytes in the store.
type Object struct {
	Key       string `db:"object_key"` // made by us, says nothing about the file
	SHA256    []byte `db:"sha256"`     // of the plain bytes
	Size      int64  `db:"size_bytes"` // of the plain bytes
	MediaType string `db:"media_type"` // by content, whatever the sender called it
	SealedKey []byte `db:"sealed_key"` // the object's own key, sealed with SECRET_KEY
	// PartBytes is 0 for an object that is one sealed stream. Otherwise it is several, one after the other,
	// each of so many plain bytes and the last of what is left.
	PartBytes int64 `db:"part_bytes"`
	// Trait is what was noticed while the bytes came in; it decides whether they stay and is kept nowhere.
	Trait Trait `db:"-"`
}

// Put stores what it reads and returns what the row about it needs. It reads the file once and never
// holds more than a few megabytes. An empty file and one over the limit are refused with a sentence.
func (s *Store) Put(ctx context.Context, r io.Reader, limits Limits) (Object, error) {
	if limits.Max == 0 {
		limits.Max = DefaultMax
	}
	limited, cancel := context.WithTimeout(ctx, streamLimit)
	defer cancel()

	plain := &measure{r: r, max: limits.Max, hash: sha256.New()}
	source := bufio.NewReaderSize(plain, segmentSize)
	head, err := source.Peek(headSize)
	if err != nil && !errors.Is(err, io.EOF) {
		return Object{}, err
	}
	if len(head) == 0 {
		return Object{}, fault.New(fault.Invalid, sentenceEmpty)
	}
	o, fileKey := s.newObject()
	o.MediaType = mediaType(head)
	ahead, err := source.Peek(segmentSize)
	if err != nil && !errors.Is(err, io.EOF) {
		return Object{}, err
	}
	inspected := newInspector(o.MediaType, ahead)
	sealed, err := newSealingReader(io.TeeReader(source, inspected), fileKey, o.Key)
	if err != nil {
		return Object{}, err
	}
	if err := s.send(limited, o.Key, sealed); err != nil {
		if plain.err != nil { // the fault is the file's, not the store's
			return Object{}, plain.err
		}
		return Object{}, s.failure(ctx, "put", err)
	}
	o.Size, o.SHA256, o.Trait = plain.size, plain.hash.Sum(nil), inspected.trait()
	return o, nil
}

// send puts the ciphertext: whole when it fits into one part, else part by part.
func (s *Store) send(ctx context.Context, key string, sealed io.Reader) error {
	var (
		first bytes.Buffer
		body  io.Reader
		size  int64
	)
	switch n, err := io.CopyN(&first, sealed, partSize); {
	case err == nil:
		body, size = io.MultiReader(&first, sealed), -1
	case errors.Is(err, io.EOF):
		body, size = bytes.NewReader(first.Bytes()), n
	default:
		return err
	}
	_, err := s.client.PutObject(ctx, s.bucket, key, body, size, minio.PutObjectOptions{
		ContentType: "application/octet-stream", // the store is not told what it keeps
		PartSize:    partSize,
		NumThreads:  1,
	})
	return err
}

// newObject names an object and makes its key, which it returns as it is and, in the object, sealed.
func (s *Store) newObject() (o Object, fileKey []byte) {
	fileKey = make([]byte, fileKeySize)
	rand.Read(fileKey)
	o.Key = s.newKey()
	o.SealedKey = s.box.Seal(fileKey, purpose(o.Key))
	return o, fileKey
}

// newKey names an object: by day, so that listings stay short, and otherwise by chance.
func (s *Store) newKey() string {
	return s.now().UTC().Format("2006/01/02/") + strings.ToLower(rand.Text())
}

// mediaType tells a file's type from its first bytes, without parameters.
func mediaType(head []byte) string {
	bare, _, _ := strings.Cut(mimetype.Detect(head).String(), ";")
	return bare
}

// measure reads through and keeps count. It remembers the error that the reader gave, or its own, so
// that it is not mistaken for one of the store.
type measure struct {
	r    io.Reader
	max  int64
	size int64
	hash hash.Hash
	err  error
}

func (m *measure) Read(p []byte) (int, error) {
	if m.err != nil {
		return 0, m.err
	}
	n, err := m.r.Read(p)
	m.size += int64(n)
	_, _ = m.hash.Write(p[:n]) // a hash takes everything
	if m.size > m.max {
		m.err = TooLarge(m.max)
		return n, m.err
	}
	if err != nil && !errors.Is(err, io.EOF) {
		m.err = fmt.Errorf("read a file: %w", err)
		return n, m.err
	}
	return n, err
}

// TooLarge is the refusal of a file over a limit.
func TooLarge(limit int64) error {
	return fault.Newf(fault.TooLarge, "ไฟล์นี้ใหญ่เกิน {max} กรุณาลดขนาดหรือแบ่งเป็นหลายไฟล์แล้วส่งใหม่ค่ะ", "max", megabytes(limit))
}

// megabytes writes a limit as people say it.
func megabytes(n int64) string {
	if n < 1<<20 {
		return fmt.Sprintf("%d KB", n>>10)
	}
	return fmt.Sprintf("%d MB", n>>20)
}
