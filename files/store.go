// Package files keeps what citizens and agencies attach: the bytes in an S3 object store, a row about
// each in the database.
//
// The bytes are encrypted before they leave the process, whatever the store itself does: each object
// under a fresh key, which the row keeps sealed with SECRET_KEY. A copy of the store alone, or of the
// database alone, opens nothing; and a row whose key is erased makes every copy of its bytes unreadable.
//
// The cipher is Tink's streaming AEAD (AES-256-GCM with HKDF in 64 KiB segments). minio/sio was weighed
// against it: the same speed and memory, but its last release is of 2024 and its makers have left their
// open source, while Tink is released several times a year, and takes associated data, so that the bytes
// of one object are bound to its name.
package files

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"strings"
	"time"

	"github.com/minio/minio-go/v7"
	"github.com/minio/minio-go/v7/pkg/credentials"

	"saphan/internal/fault"
	"saphan/internal/secret"
)

// How long the store may take. Everything has an end: the client would otherwise retry for minutes
// against a store that is down.
const (
	dialLimit   = 5 * time.Second
	answerLimit = 30 * time.Second // until the answer to one request begins
	smallLimit  = 20 * time.Second // a call without a body
	streamLimit = 10 * time.Minute // a call with one, at the pace of the slower side
	tries       = 3
)

// Config says which bucket of which store.
type Config struct {
	Endpoint  string // host:port
	Region    string
	Bucket    string
	AccessKey string
	SecretKey string
	Insecure  bool             // plain HTTP
	Now       func() time.Time // nil means time.Now
}

// Store reads and writes the bytes.
type Store struct {
	client   *minio.Client
	bucket   string
	region   string
	box      secret.Box
	log      *slog.Logger
	now      func() time.Time
	previews chan struct{} // one token for each preview that may be drawn at once
}

// New returns a Store. It does not call the object store yet.
func New(cfg Config, box secret.Box, log *slog.Logger) (*Store, error) {
	endpoint := strings.TrimSuffix(strings.TrimPrefix(strings.TrimPrefix(cfg.Endpoint, "https://"), "http://"), "/")
	if endpoint == "" || cfg.Bucket == "" {
		return nil, errors.New("object store: S3_ENDPOINT and S3_BUCKET are needed")
	}
	transport, err := minio.DefaultTransport(!cfg.Insecure)
	if err != nil {
		return nil, fmt.Errorf("object store: %w", err)
	}
	transport.DialContext = (&net.Dialer{Timeout: dialLimit}).DialContext
	transport.ResponseHeaderTimeout = answerLimit
	// The client's default turns on checksum trailers nowhere; versitygw refuses them, and our own
	// encryption already detects any altered byte.
	client, err := minio.New(endpoint, &minio.Options{
		Creds:      credentials.NewStaticV4(cfg.AccessKey, cfg.SecretKey, ""),
		Secure:     !cfg.Insecure,
		Region:     cfg.Region,
		Transport:  transport,
		MaxRetries: tries,
	})
	if err != nil {
		return nil, fmt.Errorf("object store: %w", err)
	}
	s := &Store{
		client: client, bucket: cfg.Bucket, region: cfg.Region, box: box, log: log, now: cfg.Now,
		previews: make(chan struct{}, previewsAtOnce),
	}
	if s.now == nil {
		s.now = time.Now
	}
	return s, nil
}

// Ensure makes the bucket when it does not exist.
func (s *Store) Ensure(ctx context.Context) error {
	limited, cancel := context.WithTimeout(ctx, smallLimit)
	defer cancel()
	exists, err := s.client.BucketExists(limited, s.bucket)
	if err != nil {
		return s.failure(ctx, "look for the bucket", err)
	}
	if exists {
		return nil
	}
	err = s.client.MakeBucket(limited, s.bucket, minio.MakeBucketOptions{Region: s.region})
	if err == nil {
		s.log.InfoContext(ctx, "made the bucket", "bucket", s.bucket)
		return nil
	}
	if minio.ToErrorResponse(err).Code == minio.BucketAlreadyOwnedByYou { // another process was quicker
		return nil
	}
	return s.failure(ctx, "make the bucket", err)
}

// Ping reports whether the bucket can be reached with the credentials.
func (s *Store) Ping(ctx context.Context) error {
	limited, cancel := context.WithTimeout(ctx, smallLimit)
	defer cancel()
	exists, err := s.client.BucketExists(limited, s.bucket)
	if err != nil {
		return s.failure(ctx, "look for the bucket", err)
	}
	if !exists {
		return fault.Wrap(fault.Unavailable, sentenceDown, fmt.Errorf("object store: there is no bucket %s", s.bucket))
	}
	return nil
}

// Delete removes the bytes of an object. Removing them twice is no error.
func (s *Store) Delete(ctx context.Context, o Object) error {
	return s.remove(ctx, o.Key)
}

func (s *Store) remove(ctx context.Context, key string) error {
	limited, cancel := context.WithTimeout(ctx, smallLimit)
	defer cancel()
	err := s.client.RemoveObject(limited, s.bucket, key, minio.RemoveObjectOptions{})
	if err != nil && minio.ToErrorResponse(err).Code != minio.NoSuchKey {
		return s.failure(ctx, "delete", err)
	}
	return nil
}

// The sentences of this file's faults.
const (
	sentenceDown    = "ที่เก็บไฟล์ขัดข้องชั่วคราว กรุณาลองใหม่อีกครั้งในอีกสักครู่"
	sentenceMissing = "ไม่พบไฟล์นี้แล้ว"
	sentenceGone    = "ประชาชนยกเลิกเอกสารนี้แล้ว จึงไม่มีให้เปิดดู"
)

// failure says what an error of the store means to our caller, whose own context is ctx: the caller's
// end, a missing object, or a store that does not work.
func (s *Store) failure(ctx context.Context, what string, err error) error {
	detail := fmt.Errorf("object store: %s: %w", what, err)
	if ctx.Err() != nil {
		return errors.Join(ctx.Err(), detail)
	}
	answer := minio.ToErrorResponse(err)
	if answer.Code == minio.NoSuchKey || (answer.StatusCode == http.StatusNotFound && answer.Code != minio.NoSuchBucket) {
		return fault.Wrap(fault.NotFound, sentenceMissing, detail)
	}
	return fault.Wrap(fault.Unavailable, sentenceDown, detail)
}
