package line

import (
	"crypto"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"
)

// JWT assertions for tokens: RS256 over a key that is registered with the channel.

const (
	assertionAudience = "https://api.line.me/"
	assertionLife     = 30 * time.Minute
)

// claims is the payload of an assertion.
type claims struct {
	Issuer   string          `json:"iss"`
	Subject  string          `json:"sub"`
	Audience json.RawMessage `json:"aud"`
	Expires  int64           `json:"exp"`
	TokenExp *int64          `json:"token_exp"`
}

// assertion verifies the assertion among the parameters and returns its channel and the life that
// the token shall have. The caller holds the lock.
func (s *Simulator) assertion(v url.Values, now time.Time) (Channel, time.Duration, answer, bool) {
	refused := func(a answer) (Channel, time.Duration, answer, bool) { return Channel{}, 0, a, false }
	if v.Get("client_assertion_type") != assertionType {
		return refused(refuseOAuth("invalid_request", "Invalid 'client_assertion_type'."))
	}
	parts := strings.Split(v.Get("client_assertion"), ".")
	if len(parts) != 3 {
		return refused(refuseOAuth("invalid_client", "Invalid client_assertion."))
	}
	var head struct {
		Alg string `json:"alg"`
		Typ string `json:"typ"`
		Kid string `json:"kid"`
	}
	var c claims
	signature, err := base64.RawURLEncoding.DecodeString(parts[2])
	err = errors.Join(err, part(parts[0], &head), part(parts[1], &c))
	if err != nil || head.Alg != "RS256" {
		return refused(refuseOAuth("invalid_client", "Invalid client_assertion."))
	}
	channel, key := s.assertionKey(head.Kid)
	if key == nil {
		return refused(refuse(http.StatusNotFound, "Cannot find channel key that satisfies the conditions"))
	}
	sum := sha256.Sum256([]byte(parts[0] + "." + parts[1]))
	if rsa.VerifyPKCS1v15(key, crypto.SHA256, sum[:], signature) != nil {
		return refused(refuseOAuth("invalid_client", "Invalid client_assertion."))
	}
	expires := time.Unix(c.Expires, 0)
	life := longLife
	if c.TokenExp != nil {
		life = time.Duration(*c.TokenExp) * time.Second
	}
	switch {
	case c.Issuer != channel.ID || c.Subject != channel.ID:
		return refused(refuseOAuth("invalid_client", "iss and clientId of key do not match"))
	case !audience(c.Audience):
		return refused(refuseOAuth("invalid_client", "Invalid aud"))
	case !now.Before(expires) || expires.Sub(now) > assertionLife:
		return refused(refuseOAuth("invalid_client", "Invalid exp"))
	case life <= 0 || life > longLife:
		return refused(refuseOAuth("invalid_client", "Invalid token_exp"))
	}
	return channel, life, answer{}, true
}

// audience accepts the one audience, alone or in a list.
func audience(raw json.RawMessage) bool {
	var one string
	if json.Unmarshal(raw, &one) == nil {
		return one == assertionAudience
	}
	var many []string
	return json.Unmarshal(raw, &many) == nil && len(many) == 1 && many[0] == assertionAudience
}

// part decodes one part of a JWT.
func part(text string, into any) error {
	data, err := base64.RawURLEncoding.DecodeString(text)
	if err != nil {
		return fmt.Errorf("decode part of assertion: %w", err)
	}
	if err := json.Unmarshal(data, into); err != nil {
		return fmt.Errorf("decode part of assertion: %w", err)
	}
	return nil
}

// assertionKey finds the registered key of that ID.
func (s *Simulator) assertionKey(kid string) (Channel, *rsa.PublicKey) {
	for _, c := range s.channels {
		block, _ := pem.Decode(c.AssertionKeys[kid])
		if kid == "" || block == nil {
			continue
		}
		parsed, err := x509.ParsePKIXPublicKey(block.Bytes)
		if err != nil {
			s.logger.Warn("line simulator: assertion key not readable", "kid", kid, "err", err)
			continue
		}
		if key, isRSA := parsed.(*rsa.PublicKey); isRSA {
			return c, key
		}
	}
	return Channel{}, nil
}
