package files

import (
	"bytes"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"

	"github.com/minio/minio-go/v7"

	"saphan/internal/fault"
)

const (
	// partLimit is how long the store may take for one part, assembleLimit for putting all together.
	partLimit     = 2 * time.Minute
	assembleLimit = 5 * time.Minute
	retryPause    = 200 * time.Millisecond
	// storeParts is the most parts that S3 takes.
	storeParts = 10_000
)

// errUnknownParts means that the store does not know, or not any more, the parts of an upload.
var errUnknownParts = errors.New("the store does not know the parts of the upload")

// sealing calls put with a sealed stream of plain and the size it will have, and again with a new one when
// the store stumbles.
func sealing(ctx context.Context, fileKey []byte, bound string, plain []byte, put func(ctx context.Context, sealed io.Reader, size int64) error) error {
	ctx, cancel := context.WithTimeout(ctx, partLimit)
	defer cancel()
	for try := 1; ; try++ {
		sealed, err := newSealingReader(bytes.NewReader(plain), fileKey, bound)
		if err != nil {
			return err
		}
		err = put(ctx, sealed, sealedSize(int64(len(plain))))
		if err == nil || try == tries || ctx.Err() != nil || refusedByStore(err) {
			return err
		}
		select {
		case <-ctx.Done():
		case <-time.After(time.Duration(try) * retryPause):
		}
	}
}

// refusedByStore reports whether the store answered that the request itself is wrong: no further try mends it.
func refusedByStore(err error) bool {
	status := minio.ToErrorResponse(err).StatusCode
	return status >= 400 && status < 500 && status != http.StatusRequestTimeout && status != http.StatusTooManyRequests
}

// putWhole stores plain bytes as an object of one stream.
func (s *Store) putWhole(ctx context.Context, key string, fileKey, plain []byte) error {
	err := sealing(ctx, fileKey, key, plain, func(ctx context.Context, sealed io.Reader, size int64) error {
		_, err := s.client.PutObject(ctx, s.bucket, key, sealed, size, minio.PutObjectOptions{ContentType: "application/octet-stream", DisableMultipart: true})
		return err
	})
	if err != nil {
		return s.failure(ctx, "put", err)
	}
	return nil
}

// putTail stores bytes that no part holds yet, under a name of their own: what was there before stays until
// the row names the new one.
func (s *Store) putTail(ctx context.Context, o Object, fileKey, plain []byte) (key string, err error) {
	key = o.Key + "." + strings.ToLower(rand.Text())
	return key, s.putWhole(ctx, key, fileKey, plain)
}

// getTail returns them.
func (s *Store) getTail(ctx context.Context, o Object, key string, size int64, into []byte) ([]byte, error) {
	fileKey, err := s.box.Open(o.SealedKey, purpose(o.Key))
	if err != nil {
		return nil, fmt.Errorf("file key of %s: %w", o.Key, errors.Join(ErrAltered, err))
	}
	limited, cancel := context.WithTimeout(ctx, partLimit)
	defer cancel()
	body, _, _, err := minio.Core{Client: s.client}.GetObject(limited, s.bucket, key, minio.GetObjectOptions{})
	if err != nil {
		return nil, s.failure(ctx, "get", err)
	}
	defer body.Close() //nolint:errcheck // read to its end or given up
	c, err := newCipher(fileKey)
	if err != nil {
		return nil, err
	}
	sealed := &remember{r: body}
	plain, err := c.NewDecryptingReader(sealed, []byte(key))
	if err == nil {
		into = into[:size]
		if _, err = io.ReadFull(plain, into); err == nil {
			return into, nil
		}
	}
	if sealed.err != nil {
		return nil, s.failure(ctx, "read", sealed.err)
	}
	return nil, fmt.Errorf("read %s: %w: %w", key, ErrAltered, err)
}

// beginParts asks the store to take an object in parts.
func (s *Store) beginParts(ctx context.Context, key string) (storeID string, err error) {
	limited, cancel := context.WithTimeout(ctx, smallLimit)
	defer cancel()
	storeID, err = minio.Core{Client: s.client}.NewMultipartUpload(limited, s.bucket, key, minio.PutObjectOptions{ContentType: "application/octet-stream"})
	if err != nil {
		return "", s.failure(ctx, "begin parts", err)
	}
	return storeID, nil
}

// putPart stores a part and returns its tag.
func (s *Store) putPart(ctx context.Context, key, storeID string, number int, fileKey []byte, bound string, plain []byte) (tag string, err error) {
	err = sealing(ctx, fileKey, bound, plain, func(ctx context.Context, sealed io.Reader, size int64) error {
		p, err := minio.Core{Client: s.client}.PutObjectPart(ctx, s.bucket, key, storeID, number, sealed, size, minio.PutObjectPartOptions{})
		tag = p.ETag
		return err
	})
	switch {
	case err == nil:
		return tag, nil
	case minio.ToErrorResponse(err).Code == minio.NoSuchUpload, !refusedByStore(err) && s.partsAreGone(ctx, key, storeID):
		return "", errUnknownParts
	}
	return "", s.failure(ctx, "put a part", err)
}

// partsAreGone asks a store that broke a part off for the upload itself: a store that does not know it may
// hang up before it has read the part, and its answer is lost to the reset of the connection.
func (s *Store) partsAreGone(ctx context.Context, key, storeID string) bool {
	limited, cancel := context.WithTimeout(ctx, smallLimit)
	defer cancel()
	_, err := minio.Core{Client: s.client}.ListObjectParts(limited, s.bucket, key, storeID, 0, 1)
	return minio.ToErrorResponse(err).Code == minio.NoSuchUpload
}

// assemble makes an object of its parts. It may be called again when nobody knows how the first call ended.
func (s *Store) assemble(ctx context.Context, o Object, storeID string, parts []part) error {
	limited, cancel := context.WithTimeout(ctx, assembleLimit)
	defer cancel()
	list := make([]minio.CompletePart, len(parts))
	for i, p := range parts {
		list[i] = minio.CompletePart{PartNumber: p.number, ETag: p.tag}
	}
	_, err := minio.Core{Client: s.client}.CompleteMultipartUpload(limited, s.bucket, o.Key, storeID, list, minio.PutObjectOptions{})
	if err == nil {
		return nil
	}
	if minio.ToErrorResponse(err).Code != minio.NoSuchUpload {
		return s.failure(ctx, "put parts together", err)
	}
	// Either it was done before, or the store has let the parts go.
	there, err := s.client.StatObject(limited, s.bucket, o.Key, minio.StatObjectOptions{})
	switch failed := s.failure(ctx, "look for an object", err); {
	case err == nil && there.Size == sealedObjectSize(o):
		return nil
	case err == nil, fault.Is(failed, fault.NotFound):
		return errUnknownParts
	default:
		return failed
	}
}

// Discard removes what there is of an upload in the store. Its row does not need it any more. Discarding
// twice is no error.
func (s *Store) Discard(ctx context.Context, up Upload) error {
	var errs []error
	if up.storeID != "" {
		limited, cancel := context.WithTimeout(ctx, smallLimit)
		err := minio.Core{Client: s.client}.AbortMultipartUpload(limited, s.bucket, up.object.Key, up.storeID)
		cancel()
		if err != nil && minio.ToErrorResponse(err).Code != minio.NoSuchUpload {
			errs = append(errs, s.failure(ctx, "abort an upload", err))
		}
	}
	if up.tail != "" {
		errs = append(errs, s.remove(ctx, up.tail))
	}
	return errors.Join(append(errs, s.remove(ctx, up.object.Key))...)
}
