package agencies_test

import (
	"bytes"
	"crypto/ed25519"
	"encoding/base64"
	"fmt"
	"log/slog"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"

	standardwebhooks "github.com/standard-webhooks/standard-webhooks/libraries/go"

	"saphan/agencies"
)

// The example of the Standard Webhooks libraries: secret, message and signature.
func TestSignGivesTheSignatureOfThePublishedExample(t *testing.T) {
	t.Parallel()
	const (
		secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
		id     = "msg_p5jXN8AQM9LWM0D4loKWxJek"
		body   = `{"test": 2432232314}`
		want   = "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="
	)
	got, err := agencies.Sign(secret, id, time.Unix(1614265330, 0), []byte(body))
	if err != nil || got != want {
		t.Fatalf("Sign = %q, %v; want %q", got, err, want)
	}
}

func TestSignatureIsVerifiedByTheLibrary(t *testing.T) {
	t.Parallel()
	secret, now := agencies.NewSecret(), time.Now()
	body := []byte(`{"type":"ticket.created","data":{"number":"สน-๑"}}`)
	verifier, err := standardwebhooks.NewWebhook(secret.Shared())
	if err != nil {
		t.Fatal(err)
	}
	signature, err := agencies.Sign(secret, "evt_1_1", now, body)
	if err != nil {
		t.Fatal(err)
	}
	headers := func(id, signature string, at time.Time) http.Header {
		h := http.Header{}
		h.Set(agencies.HeaderID, id)
		h.Set(agencies.HeaderTimestamp, strconv.FormatInt(at.Unix(), 10))
		h.Set(agencies.HeaderSignature, signature)
		return h
	}
	if err := verifier.Verify(body, headers("evt_1_1", signature, now)); err != nil {
		t.Fatalf("the library refuses our signature: %v", err)
	}
	old, err := agencies.Sign(secret, "evt_1_1", now.Add(-6*time.Minute), body)
	if err != nil {
		t.Fatal(err)
	}
	other, err := agencies.Sign(agencies.NewSecret(), "evt_1_1", now, body)
	if err != nil {
		t.Fatal(err)
	}
	for name, bad := range map[string]struct {
		body    []byte
		headers http.Header
	}{
		"other body":        {bytes.Replace(body, []byte("๑"), []byte("๒"), 1), headers("evt_1_1", signature, now)},
		"other id":          {body, headers("evt_1_2", signature, now)},
		"other time":        {body, headers("evt_1_1", signature, now.Add(time.Second))},
		"replayed too late": {body, headers("evt_1_1", old, now.Add(-6*time.Minute))},
		"another secret":    {body, headers("evt_1_1", other, now)},
		"only v1a":          {body, headers("evt_1_1", strings.Fields(signature)[1], now)},
	} {
		if err := verifier.Verify(bad.body, bad.headers); err == nil {
			t.Errorf("%s: the library accepts it", name)
		}
	}
}

func TestSignatureV1aIsVerifiedWithThePublicKeyAlone(t *testing.T) {
	t.Parallel()
	secret, at, body := agencies.NewSecret(), time.Unix(1700000000, 0), []byte(`{}`)
	text, ok := strings.CutPrefix(secret.Public(), "whpk_")
	if !ok {
		t.Fatalf("public key = %q", secret.Public())
	}
	public, err := base64.StdEncoding.DecodeString(text)
	if err != nil {
		t.Fatal(err)
	}
	header, err := agencies.Sign(secret, "evt_1_1", at, body)
	if err != nil {
		t.Fatal(err)
	}
	parts := strings.Fields(header)
	if len(parts) != 2 || !strings.HasPrefix(parts[0], "v1,") {
		t.Fatalf("header = %q, want one v1 and one v1a signature", header)
	}
	signature, err := base64.StdEncoding.DecodeString(strings.TrimPrefix(parts[1], "v1a,"))
	if err != nil {
		t.Fatal(err)
	}
	if !ed25519.Verify(public, []byte("evt_1_1.1700000000.{}"), signature) {
		t.Fatal("v1a does not verify")
	}
	if ed25519.Verify(public, []byte("evt_1_1.1700000001.{}"), signature) {
		t.Fatal("v1a verifies another time")
	}
}

// While a secret is replaced, the holder of either one must be able to verify.
func TestSeveralSharedKeysSignAtOnce(t *testing.T) {
	t.Parallel()
	before, after := agencies.NewSecret().Shared(), agencies.NewSecret().Shared()
	now, body := time.Now(), []byte(`{}`)
	header, err := agencies.Sign(agencies.Secret(after+" "+before), "evt_1_1", now, body)
	if err != nil {
		t.Fatal(err)
	}
	for _, key := range []string{before, after} {
		verifier, err := standardwebhooks.NewWebhook(key)
		if err != nil {
			t.Fatal(err)
		}
		h := http.Header{}
		h.Set(agencies.HeaderID, "evt_1_1")
		h.Set(agencies.HeaderTimestamp, strconv.FormatInt(now.Unix(), 10))
		h.Set(agencies.HeaderSignature, header)
		if err := verifier.Verify(body, h); err != nil {
			t.Errorf("one of two keys: %v", err)
		}
	}
}

func TestSignRefusesWhatCannotBeVerified(t *testing.T) {
	t.Parallel()
	good := agencies.NewSecret()
	private := strings.Fields(reveal(good))[1]
	mixed := "whsk_" + strings.Repeat("A", 84) + "AA=="
	for name, c := range map[string]struct {
		secret agencies.Secret
		id     string
	}{
		"no key":              {"", "evt_1_1"},
		"unknown prefix":      {"hunter2", "evt_1_1"},
		"too short":           {"whsec_c2hvcnQ=", "evt_1_1"},
		"too long":            {agencies.Secret("whsec_" + base64.StdEncoding.EncodeToString(make([]byte, 65))), "evt_1_1"},
		"not base64":          {"whsec_????????????????????????????????", "evt_1_1"},
		"half a private key":  {agencies.Secret(private[:len(private)/2]), "evt_1_1"},
		"halves of two pairs": {agencies.Secret(mixed), "evt_1_1"},
		"one bad of two":      {good + " whsec_x", "evt_1_1"},
		"no id":               {good, ""},
		"full stop in the id": {good, "evt.1"},
	} {
		if got, err := agencies.Sign(c.secret, c.id, time.Now(), nil); err == nil {
			t.Errorf("%s: signed as %q", name, got)
		} else if s := reveal(c.secret); s != "" && strings.Contains(err.Error(), s) {
			t.Errorf("%s: the error shows the secret", name)
		}
	}
}

func TestSecretHidesItself(t *testing.T) {
	t.Parallel()
	secret := agencies.NewSecret()
	var log bytes.Buffer
	slog.New(slog.NewTextHandler(&log, nil)).Info("made", "secret", secret)
	fmt.Fprintf(&log, "%s %v", secret, secret)
	if strings.Contains(log.String(), "whsec_") || strings.Contains(log.String(), "whsk_") {
		t.Fatalf("the secret shows: %s", log.String())
	}
}

func reveal(s agencies.Secret) string { return string(s) }
