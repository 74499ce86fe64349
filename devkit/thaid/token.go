package thaid

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/subtle"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/go-jose/go-jose/v4"

	"saphan/internal/thai"
)

// key is one that signs.
type key struct {
	id      string
	alg     jose.SignatureAlgorithm
	private crypto.Signer
}

// newKey makes a key that nobody knows of.
func newKey(alg jose.SignatureAlgorithm) (k key, err error) {
	k = key{id: rand.Text()[:8], alg: alg}
	switch alg {
	case jose.RS256:
		k.private, err = rsa.GenerateKey(rand.Reader, 2048)
	case jose.ES256:
		k.private, err = ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	default:
		err = fmt.Errorf("no keys for %s", alg)
	}
	return k, err
}

// freshKey makes a key of the present algorithm, for use. The caller holds the lock.
func (p *Provider) freshKey() (key, error) {
	k, err := newKey(jose.SignatureAlgorithm(p.alg))
	if err == nil {
		p.keys = append(p.keys, k)
	}
	return k, err
}

// signing is the key in use, made when it is first needed. The caller holds the lock.
func (p *Provider) signing() (key, error) {
	if len(p.keys) == 0 {
		return p.freshKey()
	}
	return p.keys[len(p.keys)-1], nil
}

// publish shows the public keys.
func (p *Provider) publish(w http.ResponseWriter, _ *http.Request) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if _, err := p.signing(); err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	var set jose.JSONWebKeySet
	for _, k := range p.keys {
		set.Keys = append(set.Keys, jose.JSONWebKey{Key: k.private.Public(), KeyID: k.id, Algorithm: string(k.alg), Use: "sig"})
	}
	writeJSON(w, http.StatusOK, set)
}

func oauthError(w http.ResponseWriter, status int, code string) {
	writeJSON(w, status, map[string]string{"error": code})
}

// token redeems a code, once.
func (p *Provider) token(w http.ResponseWriter, r *http.Request) {
	r.Body = http.MaxBytesReader(w, r.Body, 1<<16)
	if err := r.ParseForm(); err != nil {
		oauthError(w, http.StatusBadRequest, "invalid_request")
		return
	}
	id, secret, ok := r.BasicAuth()
	same := func(a, b string) bool { return subtle.ConstantTimeCompare([]byte(a), []byte(b)) == 1 }
	if !ok || !same(id, p.cfg.ClientID) || !same(secret, p.cfg.ClientSecret) || p.cfg.APIKey != "" && !same(r.Header.Get("X-ImAuth-Apikey"), p.cfg.APIKey) {
		oauthError(w, http.StatusUnauthorized, "invalid_client")
		return
	}
	form := r.PostForm
	p.mu.Lock()
	defer p.mu.Unlock()
	g, known := p.grants[form.Get("code")]
	delete(p.grants, form.Get("code"))
	sum := sha256.Sum256([]byte(form.Get("code_verifier")))
	switch {
	case form.Get("grant_type") != "authorization_code":
		oauthError(w, http.StatusBadRequest, "unsupported_grant_type")
	case !known, !p.cfg.Now().Before(g.until), g.redirect != form.Get("redirect_uri"),
		g.challenge != "" && g.challenge != base64.RawURLEncoding.EncodeToString(sum[:]):
		oauthError(w, http.StatusBadRequest, "invalid_grant")
	default:
		p.answer(w, g)
	}
}

// answer gives the tokens, and what ThaID writes beside them. The caller holds the lock.
func (p *Provider) answer(w http.ResponseWriter, g grant) {
	access := rand.Text()
	p.tokens[access] = g
	body := p.about(g)
	if p.terse {
		body = map[string]any{"pid": body["pid"]}
	}
	if p.fault == TwoPeople {
		body["pid"] = People()[1].NationalID.Digits()
	}
	body["access_token"], body["token_type"], body["expires_in"], body["scope"] = access, "Bearer", 3600, strings.Join(g.scopes, " ")
	if slices.Contains(g.scopes, "openid") && p.fault != NoIDToken {
		signed, err := p.idToken(g, access)
		if err != nil {
			http.Error(w, err.Error(), http.StatusInternalServerError)
			return
		}
		body["id_token"] = signed
	}
	writeJSON(w, http.StatusOK, body)
}

// about is what a person agreed to tell.
func (p *Provider) about(g grant) map[string]any {
	one, all := g.person, map[string]any{}
	for scope, value := range map[string]string{
		"pid": one.NationalID.Digits(), "title": one.Title, "given_name": one.GivenName, "family_name": one.FamilyName,
		"birthdate": one.BirthDate, "gender": one.Gender,
	} {
		if slices.Contains(g.scopes, scope) && value != "" {
			all[scope] = value
		}
	}
	if slices.Contains(g.scopes, "address") {
		all["address"] = map[string]any{"formatted": one.Address}
	}
	switch p.fault {
	case BadPID:
		all["pid"] = one.NationalID.Digits()[:12] + fmt.Sprint((one.NationalID[12]-'0'+1)%10)
	case NoPID:
		delete(all, "pid")
	default:
	}
	return all
}

// subject is what a person is called towards us.
func subject(id thai.NationalID) string {
	sum := sha256.Sum256([]byte("subject " + id.Digits()))
	return base64.RawURLEncoding.EncodeToString(sum[:12])
}

// idToken signs what is said. The caller holds the lock.
func (p *Provider) idToken(g grant, access string) (string, error) {
	now := p.cfg.Now()
	claims := p.about(g)
	if p.terse {
		claims = map[string]any{"pid": claims["pid"]}
	}
	claims["iss"], claims["aud"], claims["sub"], claims["ial"] = p.cfg.Issuer(), p.cfg.ClientID, subject(g.person.NationalID), "2.3"
	claims["iat"], claims["exp"], claims["nonce"], claims["at_hash"] = now.Unix(), now.Add(5*time.Minute).Unix(), g.nonce, halfHash(access)
	switch p.fault {
	case WrongNonce:
		claims["nonce"] = rand.Text()
	case NoNonce:
		delete(claims, "nonce")
	case WrongAudience:
		claims["aud"] = "another-client"
	case MoreAudiences:
		claims["aud"] = []string{p.cfg.ClientID, "another-client"}
	case WrongIssuer:
		claims["iss"] = "https://another.example.go.th"
	case Expired:
		claims["iat"], claims["exp"] = now.Add(-10*time.Minute).Unix(), now.Add(-time.Minute).Unix()
	case IssuedLongAgo:
		claims["iat"] = now.Add(-2 * time.Hour).Unix()
	case WrongHash:
		claims["at_hash"] = halfHash("another access token")
	default:
	}
	payload, err := json.Marshal(claims)
	if err != nil {
		return "", err
	}
	k, err := p.signing()
	if err != nil {
		return "", err
	}
	switch p.fault {
	case AlgNone:
		return part([]byte(`{"alg":"none","kid":"`+k.id+`"}`)) + "." + part(payload) + ".", nil
	case AlgHS256:
		public, err := x509.MarshalPKIXPublicKey(k.private.Public())
		if err != nil {
			return "", err
		}
		return sign(jose.HS256, public, k.id, payload)
	case WrongSignature:
		forged, err := newKey(k.alg)
		if err != nil {
			return "", err
		}
		return sign(forged.alg, forged.private, k.id, payload)
	default:
		return sign(k.alg, k.private, k.id, payload)
	}
}

func sign(alg jose.SignatureAlgorithm, with any, id string, payload []byte) (string, error) {
	signer, err := jose.NewSigner(jose.SigningKey{Algorithm: alg, Key: jose.JSONWebKey{Key: with, KeyID: id}}, (&jose.SignerOptions{}).WithType("JWT"))
	if err != nil {
		return "", err
	}
	signed, err := signer.Sign(payload)
	if err != nil {
		return "", err
	}
	return signed.CompactSerialize()
}

func part(b []byte) string { return base64.RawURLEncoding.EncodeToString(b) }

// halfHash is the at_hash of OpenID Connect for algorithms of 256 bits.
func halfHash(access string) string {
	sum := sha256.Sum256([]byte(access))
	return part(sum[:16])
}

// userInfo tells the same to who holds an access token.
func (p *Provider) userInfo(w http.ResponseWriter, r *http.Request) {
	p.mu.Lock()
	defer p.mu.Unlock()
	g, known := p.tokens[strings.TrimPrefix(r.Header.Get("Authorization"), "Bearer ")]
	if !known {
		oauthError(w, http.StatusUnauthorized, "invalid_token")
		return
	}
	body := p.about(g)
	body["sub"] = subject(g.person.NationalID)
	if p.fault == WrongUserInfo {
		body["sub"] = subject(People()[1].NationalID)
	}
	writeJSON(w, http.StatusOK, body)
}
