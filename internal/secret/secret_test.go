package secret_test

import (
	"bytes"
	"errors"
	"fmt"
	"testing"

	"saphan/internal/secret"
)

func box(t *testing.T) secret.Box {
	t.Helper()
	b, err := secret.Parse(secret.Generate())
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func TestSealOpensOnlyForTheSameKeyAndPurpose(t *testing.T) {
	t.Parallel()
	b := box(t)
	sealed := b.Seal([]byte("channel secret"), "channel 1")
	plain, err := b.Open(sealed, "channel 1")
	if err != nil || string(plain) != "channel secret" {
		t.Fatalf("open = %q, %v", plain, err)
	}
	if bytes.Contains(sealed, []byte("channel secret")) {
		t.Fatal("the sealed value shows the plain one")
	}
	if _, err := b.Open(sealed, "channel 2"); !errors.Is(err, secret.ErrSealed) {
		t.Fatalf("another purpose: %v, want ErrSealed", err)
	}
	if _, err := box(t).Open(sealed, "channel 1"); !errors.Is(err, secret.ErrSealed) {
		t.Fatalf("another key: %v, want ErrSealed", err)
	}
	for i := range sealed {
		altered := bytes.Clone(sealed)
		altered[i] ^= 1
		if _, err := b.Open(altered, "channel 1"); !errors.Is(err, secret.ErrSealed) {
			t.Fatalf("byte %d altered: %v, want ErrSealed", i, err)
		}
	}
	if _, err := b.Open(sealed[:5], "channel 1"); !errors.Is(err, secret.ErrSealed) {
		t.Fatalf("cut short: %v, want ErrSealed", err)
	}
}

func TestParseRefusesOtherKeys(t *testing.T) {
	t.Parallel()
	for _, text := range []string{"", "not base64!", "c2hvcnQ="} {
		if _, err := secret.Parse(text); err == nil {
			t.Errorf("Parse(%q) gave no error", text)
		}
	}
}

func TestBoxHidesItself(t *testing.T) {
	t.Parallel()
	b := box(t)
	if got := fmt.Sprintf("%v %s", b, b); got != "[secret box] [secret box]" {
		t.Fatalf("printed as %q", got)
	}
}

func TestMACDependsOnPurpose(t *testing.T) {
	t.Parallel()
	b := box(t)
	if bytes.Equal(b.MAC("a", []byte("x")), b.MAC("b", []byte("x"))) {
		t.Fatal("two purposes share a code")
	}
}
