package files

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/minio/minio-go/v7"
)

// keptUnder begins the keys of what is kept outside the database as evidence against it: in the clear, because it says
// nothing about anybody, and never swept, because no row points to it.
const keptUnder = "kept/"

// keptMost bounds what is read back of one kept thing, in bytes.
const keptMost = 256 << 20

// Keep stores bytes under a folder and the hash of themselves, and returns that name. Storing the same again does nothing
// but that. A bucket with object lock keeps them from whoever holds the credentials too (docs/evidence.md).
func (s *Store) Keep(ctx context.Context, folder string, body []byte) (name string, err error) {
	sum := sha256.Sum256(body)
	name = folder + "/" + hex.EncodeToString(sum[:])
	limited, cancel := context.WithTimeout(ctx, streamLimit)
	defer cancel()
	_, err = s.client.PutObject(limited, s.bucket, keptUnder+name, bytes.NewReader(body), int64(len(body)), minio.PutObjectOptions{
		ContentType: "application/octet-stream", PartSize: partSize, NumThreads: 1,
	})
	if err != nil {
		return "", s.failure(ctx, "keep", err)
	}
	return name, nil
}

// Kept reads what Keep stored, and refuses it with ErrAltered when it is not what its name says.
func (s *Store) Kept(ctx context.Context, name string) ([]byte, error) {
	limited, cancel := context.WithTimeout(ctx, streamLimit)
	defer cancel()
	o, err := s.client.GetObject(limited, s.bucket, keptUnder+name, minio.GetObjectOptions{})
	if err != nil {
		return nil, s.failure(ctx, "read what is kept", err)
	}
	body, err := io.ReadAll(io.LimitReader(o, keptMost+1))
	if err = errors.Join(err, o.Close()); err != nil {
		return nil, s.failure(ctx, "read what is kept", err)
	}
	sum := sha256.Sum256(body)
	if len(body) > keptMost || !strings.HasSuffix(name, "/"+hex.EncodeToString(sum[:])) {
		return nil, fmt.Errorf("%s: %w", name, ErrAltered)
	}
	return body, nil
}

// KeptNames lists what is kept in a folder and below it, in the order of the names.
func (s *Store) KeptNames(ctx context.Context, folder string) ([]string, error) {
	ctx, cancel := context.WithTimeout(ctx, streamLimit)
	defer cancel()
	var names []string
	for o := range s.client.ListObjectsIter(ctx, s.bucket, minio.ListObjectsOptions{Prefix: keptUnder + folder + "/", Recursive: true}) {
		if o.Err != nil {
			return nil, s.failure(ctx, "list what is kept", o.Err)
		}
		names = append(names, strings.TrimPrefix(o.Key, keptUnder))
	}
	return names, nil
}
