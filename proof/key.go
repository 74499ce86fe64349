package proof

import (
	"context"
	"crypto/ed25519"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"saphan/internal/secret"
)

// Key is what anchors and bundles are signed with. Its public part is published; the private one is sealed with SECRET_KEY.
type Key struct {
	ID      string
	Public  ed25519.PublicKey
	sealed  []byte
	private ed25519.PrivateKey // nil: not opened
}

// KeyID names a key by itself: the first half of the SHA-256 of its public part, in hex.
func KeyID(public ed25519.PublicKey) string {
	sum := sha256.Sum256(public)
	return hex.EncodeToString(sum[:16])
}

// errKey means that a key is not one of ours: it cannot be opened with SECRET_KEY, or is another than it says.
var errKey = errors.New("the key was not made with this SECRET_KEY")

func keyPurpose(id string) string { return "anchor key " + id }

// opened is the key with its private part: only a key that was made with this SECRET_KEY opens.
func (k Key) opened(box secret.Box) (Key, error) {
	seed, err := box.Open(k.sealed, keyPurpose(k.ID))
	if err != nil || len(seed) != ed25519.SeedSize {
		return Key{}, errKey
	}
	k.private = ed25519.NewKeyFromSeed(seed)
	public, ok := k.private.Public().(ed25519.PublicKey)
	if !ok || !public.Equal(k.Public) || KeyID(public) != k.ID {
		return Key{}, errKey
	}
	return k, nil
}

// What is signed begins with what it is, so that a signature of one thing is none of another.
const (
	anchorSigned   = "saphan anchor 1\n"
	manifestSigned = "saphan manifest 1\n"
	bundleSigned   = "saphan bundle 1\n"
)

func (k Key) sign(what string, body []byte) []byte {
	return ed25519.Sign(k.private, append([]byte(what), body...))
}

func signedBy(public ed25519.PublicKey, what string, body, signature []byte) bool {
	return len(public) == ed25519.PublicKeySize && ed25519.Verify(public, append([]byte(what), body...), signature)
}

// Keys returns every key that ever signed, oldest first, without their private parts.
func Keys(ctx context.Context, tx pgx.Tx) ([]Key, error) {
	rows, err := tx.Query(ctx, `SELECT id, public, sealed FROM anchor_keys ORDER BY made_at, id`)
	if err != nil {
		return nil, fmt.Errorf("keys of anchors: %w", err)
	}
	keys, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (k Key, err error) {
		return k, row.Scan(&k.ID, &k.Public, &k.sealed)
	})
	if err != nil {
		return nil, fmt.Errorf("keys of anchors: %w", err)
	}
	return keys, nil
}

// SigningKey returns the newest key that SECRET_KEY opens, and makes one when there is none: at the beginning, and after
// SECRET_KEY was changed.
func SigningKey(ctx context.Context, tx pgx.Tx, box secret.Box, now time.Time) (Key, error) {
	if _, err := tx.Exec(ctx, `SELECT pg_advisory_xact_lock(hashtext('saphan anchor keys'))`); err != nil {
		return Key{}, fmt.Errorf("lock keys of anchors: %w", err)
	}
	keys, err := Keys(ctx, tx)
	if err != nil {
		return Key{}, err
	}
	for i := len(keys) - 1; i >= 0; i-- {
		if k, err := keys[i].opened(box); err == nil {
			return k, nil
		}
	}
	public, private, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		return Key{}, fmt.Errorf("make a key of anchors: %w", err)
	}
	k := Key{ID: KeyID(public), Public: public, private: private}
	k.sealed = box.Seal(private.Seed(), keyPurpose(k.ID))
	_, err = tx.Exec(ctx, `INSERT INTO anchor_keys (id, public, sealed, made_at) VALUES ($1, $2, $3, $4)`, k.ID, []byte(k.Public), k.sealed, now)
	if err != nil {
		return Key{}, fmt.Errorf("keep a key of anchors: %w", err)
	}
	return k, nil
}
