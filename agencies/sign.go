package agencies

import (
	"crypto/ed25519"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"log/slog"
	"strconv"
	"strings"
	"time"
)

// Headers of a delivery, as Standard Webhooks 1.0 names them.
const (
	HeaderID        = "webhook-id"        // the event; the same on every attempt
	HeaderTimestamp = "webhook-timestamp" // of the attempt, seconds since 1970
	HeaderSignature = "webhook-signature" // one signature per key, separated by spaces
)

// How the keys of an endpoint are told apart.
const (
	sharedPrefix  = "whsec_" // HMAC-SHA256, 24 to 64 bytes: signature v1
	privatePrefix = "whsk_"  // Ed25519 private key, seed and public key: signature v1a
	publicPrefix  = "whpk_"  // Ed25519 public key, for the agency
)

// Sizes of a shared secret that Standard Webhooks allows, and the one we make.
const (
	sharedMin  = 24
	sharedMax  = 64
	sharedSize = 32
)

// Secret is what an endpoint's deliveries are signed with: one or more keys ("whsec_..." and
// "whsk_..."), separated by spaces. Each key gives one signature, so that a new key can be
// brought in while the old one still signs.
type Secret string

// NewSecret makes a secret of one shared key (v1) and one key pair (v1a).
func NewSecret() Secret {
	// crypto/rand.Read never returns an error.
	shared := make([]byte, sharedSize)
	rand.Read(shared)
	seed := make([]byte, ed25519.SeedSize)
	rand.Read(seed)
	private := ed25519.NewKeyFromSeed(seed)
	return Secret(sharedPrefix + base64.StdEncoding.EncodeToString(shared) +
		" " + privatePrefix + base64.StdEncoding.EncodeToString(private))
}

// Sign returns the signature header of a message: over "id.timestamp.body", once per key.
func Sign(secret Secret, id string, at time.Time, body []byte) (string, error) {
	if id == "" || strings.Contains(id, ".") {
		return "", fmt.Errorf("sign: message id %q is empty or has a full stop", id)
	}
	content := make([]byte, 0, len(id)+len(body)+24)
	content = append(content, id...)
	content = append(content, '.')
	content = strconv.AppendInt(content, at.Unix(), 10)
	content = append(content, '.')
	content = append(content, body...)

	keys, err := secret.keys()
	if err != nil {
		return "", err
	}
	signatures := make([]string, 0, len(keys))
	for _, k := range keys {
		signatures = append(signatures, k.sign(content))
	}
	return strings.Join(signatures, " "), nil
}

// Shared returns the first shared key ("whsec_..."), which the agency needs to verify v1; empty
// when there is none.
func (s Secret) Shared() string {
	for word := range strings.FieldsSeq(string(s)) {
		if strings.HasPrefix(word, sharedPrefix) {
			return word
		}
	}
	return ""
}

// Public returns the public half ("whpk_...") of the first key pair, with which the agency can
// verify v1a and cannot sign anything itself; empty when there is none.
func (s Secret) Public() string {
	keys, err := s.keys()
	if err != nil {
		return ""
	}
	for _, k := range keys {
		if k.private == nil {
			continue
		}
		if public, ok := k.private.Public().(ed25519.PublicKey); ok {
			return publicPrefix + base64.StdEncoding.EncodeToString(public)
		}
	}
	return ""
}

// LogValue keeps the keys out of every log line.
func (Secret) LogValue() slog.Value { return slog.StringValue("[endpoint secret]") }

// String keeps the keys out of every printed line.
func (Secret) String() string { return "[endpoint secret]" }

// key is one key of a secret: either shared or private is set.
type key struct {
	shared  []byte
	private ed25519.PrivateKey
}

func (k key) sign(content []byte) string {
	if k.private != nil {
		return "v1a," + base64.StdEncoding.EncodeToString(ed25519.Sign(k.private, content))
	}
	mac := hmac.New(sha256.New, k.shared)
	mac.Write(content)
	return "v1," + base64.StdEncoding.EncodeToString(mac.Sum(nil))
}

// errSecret says what a secret must look like and never what it was.
var errSecret = errors.New("endpoint secret is not a list of whsec_ (24 to 64 bytes) and whsk_ (Ed25519) keys in base64")

func (s Secret) keys() ([]key, error) {
	var keys []key
	for word := range strings.FieldsSeq(string(s)) {
		k, ok := parseKey(word)
		if !ok {
			return nil, errSecret
		}
		keys = append(keys, k)
	}
	if len(keys) == 0 {
		return nil, errSecret
	}
	return keys, nil
}

func parseKey(word string) (key, bool) {
	if text, ok := strings.CutPrefix(word, sharedPrefix); ok {
		b, err := base64.StdEncoding.DecodeString(text)
		return key{shared: b}, err == nil && len(b) >= sharedMin && len(b) <= sharedMax
	}
	if text, ok := strings.CutPrefix(word, privatePrefix); ok {
		b, err := base64.StdEncoding.DecodeString(text)
		if err != nil || len(b) != ed25519.PrivateKeySize {
			return key{}, false
		}
		// A pair whose halves do not belong together would sign what nobody can verify.
		private := ed25519.NewKeyFromSeed(b[:ed25519.SeedSize])
		return key{private: private}, private.Equal(ed25519.PrivateKey(b))
	}
	return key{}, false
}
