// Package secret seals small secrets (channel secrets, access tokens, file keys) with the
// deployment's SECRET_KEY, so that a copy of the database alone opens nothing.
package secret

import (
	"crypto/cipher"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"log/slog"

	"golang.org/x/crypto/chacha20poly1305"
)

// KeySize is the size of SECRET_KEY in bytes.
const KeySize = 32

// ErrSealed means that a sealed value cannot be opened: another key, another purpose or altered bytes.
var ErrSealed = errors.New("sealed value cannot be opened with this key")

// Box seals and opens values. The zero Box is of no use; make one with New or Parse.
type Box struct {
	aead cipher.AEAD
	key  [KeySize]byte
}

// New returns a Box for a key of KeySize bytes.
func New(key []byte) (Box, error) {
	if len(key) != KeySize {
		return Box{}, fmt.Errorf("secret key has %d bytes, want %d", len(key), KeySize)
	}
	b := Box{}
	copy(b.key[:], key)
	// Sealing and signing get keys of their own, so that neither can help against the other.
	aead, err := chacha20poly1305.NewX(b.derive("saphan seal v1"))
	if err != nil {
		return Box{}, fmt.Errorf("make cipher: %w", err)
	}
	b.aead = aead
	return b, nil
}

// Parse returns a Box for a key in base64, as SECRET_KEY holds it.
func Parse(text string) (Box, error) {
	key, err := base64.StdEncoding.DecodeString(text)
	if err != nil {
		return Box{}, errors.New("secret key is not base64")
	}
	return New(key)
}

// Generate returns a new random key in base64.
func Generate() string {
	key := make([]byte, KeySize)
	rand.Read(key)
	return base64.StdEncoding.EncodeToString(key)
}

// Seal encrypts plain. Purpose says what it is and whose ("channel 7 secret"); the same words
// are needed to open it, so a sealed value cannot be moved to another place.
func (b Box) Seal(plain []byte, purpose string) []byte {
	nonce := make([]byte, b.aead.NonceSize(), b.aead.NonceSize()+len(plain)+b.aead.Overhead())
	rand.Read(nonce)
	return b.aead.Seal(nonce, nonce, plain, []byte(purpose))
}

// Open returns what Seal was given, or ErrSealed.
func (b Box) Open(sealed []byte, purpose string) ([]byte, error) {
	n := b.aead.NonceSize()
	if len(sealed) < n {
		return nil, ErrSealed
	}
	plain, err := b.aead.Open(nil, sealed[:n], sealed[n:], []byte(purpose))
	if err != nil {
		return nil, ErrSealed
	}
	return plain, nil
}

// MAC returns an authentication code of message for a purpose, for links that only we can make.
func (b Box) MAC(purpose string, message []byte) []byte {
	mac := hmac.New(sha256.New, b.derive("saphan mac v1 "+purpose))
	mac.Write(message)
	return mac.Sum(nil)
}

func (b Box) derive(label string) []byte {
	mac := hmac.New(sha256.New, b.key[:])
	mac.Write([]byte(label))
	return mac.Sum(nil)
}

// LogValue keeps the key out of every log line.
func (Box) LogValue() slog.Value { return slog.StringValue("[secret box]") }

// String keeps the key out of every printed line.
func (Box) String() string { return "[secret box]" }
