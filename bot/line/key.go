package line

import (
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"math/big"
	"strings"
	"time"

	"saphan/agencies"
	"saphan/internal/fault"
)

// Assertions: what an account shows instead of its secret when it asks for a token (line.md 4.6).
const (
	assertionType = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
	assertionFor  = "https://api.line.me/" // whatever host is called
	assertionLife = 10 * time.Minute       // LINE takes up to 30
	sharedLife    = 30 * 24 * time.Hour    // of the token that is asked for; the longest there is
	keyBits       = 2048                   // what LINE takes
	pemType       = "PRIVATE KEY"          // PKCS 8
	oldPEMType    = "RSA PRIVATE KEY"      // PKCS 1
)

// assertionOf signs an assertion. Life, when not 0, is how long the token shall hold.
func assertionOf(account agencies.Channel, now time.Time, life time.Duration) (string, error) {
	key, err := parsePEM(account.Key)
	if err != nil {
		return "", fmt.Errorf("assertion key of channel %d: %w", account.ID, err)
	}
	claims := map[string]any{
		"iss": account.LineID, "sub": account.LineID, "aud": assertionFor, "exp": now.Add(assertionLife).Unix(),
	}
	if life > 0 {
		claims["token_exp"] = int64(life.Seconds())
	}
	header, err := json.Marshal(map[string]string{"alg": "RS256", "typ": "JWT", "kid": account.KeyID})
	if err != nil {
		return "", fmt.Errorf("assertion: %w", err)
	}
	payload, err := json.Marshal(claims)
	if err != nil {
		return "", fmt.Errorf("assertion: %w", err)
	}
	encode := base64.RawURLEncoding.EncodeToString
	text := encode(header) + "." + encode(payload)
	sum := sha256.Sum256([]byte(text))
	signature, err := rsa.SignPKCS1v15(rand.Reader, key, crypto.SHA256, sum[:])
	if err != nil {
		return "", fmt.Errorf("sign assertion: %w", err)
	}
	return text + "." + encode(signature), nil
}

// NewKey makes a private key for assertions, in PEM.
func (*Channel) NewKey() (string, error) {
	key, err := rsa.GenerateKey(rand.Reader, keyBits)
	if err != nil {
		return "", fmt.Errorf("make assertion key: %w", err)
	}
	return encodePEM(key)
}

// PublicKey returns the public half of a key as the console wants it: a JSON Web Key.
func (*Channel) PublicKey(key string) (string, error) {
	private, err := parsePEM(key)
	if err != nil {
		return "", err
	}
	encode := base64.RawURLEncoding.EncodeToString
	public, err := json.MarshalIndent(struct {
		Kty string `json:"kty"`
		Alg string `json:"alg"`
		Use string `json:"use"`
		E   string `json:"e"`
		N   string `json:"n"`
	}{"RSA", "RS256", "sig", encode(big.NewInt(int64(private.E)).Bytes()), encode(private.N.Bytes())}, "", "  ")
	if err != nil {
		return "", fmt.Errorf("public key: %w", err)
	}
	return string(public), nil
}

// ReadKey reads a private key that somebody pasted, in PEM or as a JSON Web Key, and returns it in PEM.
func (*Channel) ReadKey(text string) (string, error) {
	text = strings.TrimSpace(text)
	read := parsePEM
	if strings.HasPrefix(text, "{") {
		read = parseJWK
	}
	key, err := read(text)
	if err != nil {
		return "", fault.Wrap(fault.Invalid, "อ่านกุญแจส่วนตัวไม่ได้ ต้องเป็นกุญแจ RSA แบบ JWK (ขึ้นต้นด้วย {) หรือ PEM (ขึ้นต้นด้วย -----BEGIN PRIVATE KEY-----) กรุณาคัดลอกมาให้ครบ", err)
	}
	if key.N.BitLen() < keyBits {
		return "", fault.New(fault.Invalid, "กุญแจสั้นเกินไป LINE ใช้กุญแจ RSA ขนาด 2048 บิต กรุณาสร้างกุญแจใหม่")
	}
	return encodePEM(key)
}

func encodePEM(key *rsa.PrivateKey) (string, error) {
	body, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		return "", fmt.Errorf("encode assertion key: %w", err)
	}
	return string(pem.EncodeToMemory(&pem.Block{Type: pemType, Bytes: body})), nil
}

func parsePEM(text string) (*rsa.PrivateKey, error) {
	block, _ := pem.Decode([]byte(text))
	if block == nil {
		return nil, errors.New("is not PEM")
	}
	if block.Type == oldPEMType {
		key, err := x509.ParsePKCS1PrivateKey(block.Bytes)
		if err != nil {
			return nil, errors.New("is not a private key of PKCS 1")
		}
		return key, nil
	}
	parsed, err := x509.ParsePKCS8PrivateKey(block.Bytes)
	if err != nil {
		return nil, errors.New("is not a private key of PKCS 8")
	}
	key, ok := parsed.(*rsa.PrivateKey)
	if !ok {
		return nil, errors.New("is not an RSA key")
	}
	return key, nil
}

// parseJWK reads a private key as the tools of LINE's documents write it.
func parseJWK(text string) (*rsa.PrivateKey, error) {
	var jwk struct{ Kty, N, E, D, P, Q string }
	if err := json.Unmarshal([]byte(text), &jwk); err != nil {
		return nil, errors.New("is not JSON")
	}
	if jwk.Kty != "RSA" || jwk.D == "" || jwk.P == "" || jwk.Q == "" {
		return nil, errors.New("is not a private RSA key")
	}
	numbers := make([]*big.Int, 5)
	for i, part := range []string{jwk.N, jwk.E, jwk.D, jwk.P, jwk.Q} {
		raw, err := base64.RawURLEncoding.DecodeString(strings.TrimRight(part, "="))
		if err != nil {
			return nil, errors.New("has a part that is not base64url")
		}
		numbers[i] = new(big.Int).SetBytes(raw)
	}
	if !numbers[1].IsInt64() || numbers[1].Int64() > 1<<31-1 {
		return nil, errors.New("has an exponent that is too large")
	}
	key := &rsa.PrivateKey{
		PublicKey: rsa.PublicKey{N: numbers[0], E: int(numbers[1].Int64())},
		D:         numbers[2], Primes: numbers[3:5],
	}
	if err := key.Validate(); err != nil {
		return nil, errors.New("is not sound")
	}
	key.Precompute()
	return key, nil
}
