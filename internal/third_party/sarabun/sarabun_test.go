package sarabun_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"os"
	"strings"
	"testing"

	"saphan/internal/third_party/sarabun"
)

// The files are those of the package they came from: nobody has touched them since.
func TestFilesAreUnmodified(t *testing.T) {
	t.Parallel()
	manifest, err := os.ReadFile("SHA256SUMS")
	if err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(strings.TrimSpace(string(manifest)), "\n")
	if len(lines) != 3 {
		t.Fatalf("manifest lists %d files, want 3", len(lines))
	}
	for _, line := range lines {
		want, name, _ := strings.Cut(line, "  ")
		data, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		sum := sha256.Sum256(data)
		if got := hex.EncodeToString(sum[:]); got != want {
			t.Errorf("%s has SHA-256 %s, the manifest says %s", name, got, want)
		}
	}
}

func TestBothWeightsAreTrueType(t *testing.T) {
	t.Parallel()
	for name, data := range map[string][]byte{"regular": sarabun.Regular(), "bold": sarabun.Bold()} {
		if !bytes.HasPrefix(data, []byte{0, 1, 0, 0}) {
			t.Errorf("%s does not begin like a TrueType file", name)
		}
	}
}
