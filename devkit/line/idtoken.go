package line

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"math/big"
	"strings"
	"time"
)

// ID tokens of LINE Login (sections 4.3 and 4.4): HS256 with the channel secret for web logins,
// ES256 with a published key for LIFF apps.

const (
	issuer       = "https://access.line.me"
	idTokenLife  = time.Hour
	algHS256     = "HS256"
	algES256     = "ES256"
	halfOfSigned = 32 // bytes of each number of an ES256 signature
)

// idClaims is the payload of an ID token.
type idClaims struct {
	Issuer   string   `json:"iss"`
	Subject  string   `json:"sub"`
	Audience string   `json:"aud"`
	Expires  int64    `json:"exp"`
	IssuedAt int64    `json:"iat"`
	AuthTime int64    `json:"auth_time,omitempty"`
	Nonce    string   `json:"nonce,omitempty"`
	AMR      []string `json:"amr,omitempty"`
	Name     string   `json:"name,omitempty"`
	Picture  string   `json:"picture,omitempty"`
}

type tokenHead struct {
	Alg string `json:"alg"`
	Typ string `json:"typ,omitempty"`
	Kid string `json:"kid,omitempty"`
}

// signingKey is the platform's key for ES256, made once and kept. The caller holds the lock.
func (s *Simulator) signingKey() (*ecdsa.PrivateKey, error) {
	if s.key != nil {
		return s.key, nil
	}
	m, _ := s.state.meta.row(metaKey)
	if len(m.Key) > 0 {
		parsed, err := x509.ParseECPrivateKey(m.Key)
		if err != nil {
			return nil, fmt.Errorf("read the signing key: %w", err)
		}
		s.key = parsed
		return parsed, nil
	}
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, fmt.Errorf("make the signing key: %w", err)
	}
	s.key = key
	s.keepMeta()
	return key, nil
}

// point is the public key as bytes: 4, x, y.
func point(key *ecdsa.PublicKey) ([]byte, error) {
	public, err := key.ECDH()
	if err != nil {
		return nil, fmt.Errorf("encode the public key: %w", err)
	}
	return public.Bytes(), nil
}

// keyID names a public key.
func keyID(public []byte) string {
	sum := sha256.Sum256(public)
	return hex.EncodeToString(sum[:])
}

// idToken signs an ID token. The caller holds the lock.
func (s *Simulator) idToken(c Channel, alg string, v idClaims) (string, error) {
	head := tokenHead{Alg: alg, Typ: "JWT"}
	var key *ecdsa.PrivateKey
	if alg == algES256 {
		var err error
		if key, err = s.signingKey(); err != nil {
			return "", err
		}
		public, err := point(&key.PublicKey)
		if err != nil {
			return "", err
		}
		head.Kid = keyID(public)
	}
	first, err := encode(head)
	if err != nil {
		return "", fmt.Errorf("encode ID token: %w", err)
	}
	second, err := encode(v)
	if err != nil {
		return "", fmt.Errorf("encode ID token: %w", err)
	}
	text := base64.RawURLEncoding.EncodeToString(first) + "." + base64.RawURLEncoding.EncodeToString(second)
	var signature []byte
	if alg == algES256 {
		sum := sha256.Sum256([]byte(text))
		a, b, err := ecdsa.Sign(rand.Reader, key, sum[:])
		if err != nil {
			return "", fmt.Errorf("sign ID token: %w", err)
		}
		signature = make([]byte, 2*halfOfSigned)
		a.FillBytes(signature[:halfOfSigned])
		b.FillBytes(signature[halfOfSigned:])
	} else {
		mac := hmac.New(sha256.New, []byte(c.Secret))
		mac.Write([]byte(text))
		signature = mac.Sum(nil)
	}
	return text + "." + base64.RawURLEncoding.EncodeToString(signature), nil
}

// readIDToken verifies the signature of an ID token of the channel. Its claims are still to be
// judged. The caller holds the lock.
func (s *Simulator) readIDToken(c Channel, text string) (idClaims, json.RawMessage, error) {
	var v idClaims
	var head tokenHead
	parts := strings.Split(text, ".")
	if len(parts) != 3 {
		return v, nil, errors.New("an ID token has three parts")
	}
	signature, err := base64.RawURLEncoding.DecodeString(parts[2])
	if err := errors.Join(err, part(parts[0], &head), part(parts[1], &v)); err != nil {
		return v, nil, err
	}
	signed := parts[0] + "." + parts[1]
	switch head.Alg {
	case algHS256:
		mac := hmac.New(sha256.New, []byte(c.Secret))
		mac.Write([]byte(signed))
		if !hmac.Equal(mac.Sum(nil), signature) {
			return v, nil, errors.New("wrong signature")
		}
	case algES256:
		key, err := s.signingKey()
		if err != nil {
			return v, nil, err
		}
		sum := sha256.Sum256([]byte(signed))
		if len(signature) != 2*halfOfSigned || !ecdsa.Verify(&key.PublicKey, sum[:],
			new(big.Int).SetBytes(signature[:halfOfSigned]), new(big.Int).SetBytes(signature[halfOfSigned:])) {
			return v, nil, errors.New("wrong signature")
		}
	default:
		return v, nil, fmt.Errorf("algorithm %q", head.Alg)
	}
	payload, err := base64.RawURLEncoding.DecodeString(parts[1])
	return v, payload, err
}

// certs answers GET /oauth2/v2.1/certs.
func (s *Simulator) certs(*request) answer {
	s.mu.Lock()
	defer s.mu.Unlock()
	key, err := s.signingKey()
	if err != nil {
		return s.broken(err)
	}
	public, err := point(&key.PublicKey)
	if err != nil {
		return s.broken(err)
	}
	return ok(map[string]any{"keys": []any{map[string]string{
		"kty": "EC", "alg": algES256, "use": "sig", "crv": "P-256", "kid": keyID(public),
		"x": base64.RawURLEncoding.EncodeToString(public[1:33]), "y": base64.RawURLEncoding.EncodeToString(public[33:]),
	}}})
}

// verifyIDToken answers POST /oauth2/v2.1/verify.
func (s *Simulator) verifyIDToken(r *request) answer {
	v, a, fine := r.form()
	if !fine {
		return a
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	invalid := func(what string) answer { return refuseOAuth("invalid_request", what) }
	c, known := s.byID(v.Get("client_id"))
	if !known {
		return invalid("Invalid client_id.") // words UNCONFIRMED
	}
	claims, payload, err := s.readIDToken(c, v.Get("id_token"))
	switch {
	case err != nil:
		return invalid("Invalid IdToken.")
	case claims.Issuer != issuer:
		return invalid("Invalid IdToken Issuer.")
	case !r.now.Before(time.Unix(claims.Expires, 0)):
		return invalid("IdToken expired.")
	case claims.Audience != c.ID:
		return invalid("Invalid IdToken Audience.")
	case v.Has("nonce") && claims.Nonce != v.Get("nonce"):
		return invalid("Invalid IdToken Nonce.")
	case v.Has("user_id") && claims.Subject != v.Get("user_id"):
		return invalid("Invalid IdToken Subject Identifier.")
	}
	return ok(payload)
}
