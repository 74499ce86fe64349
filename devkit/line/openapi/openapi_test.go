package openapi_test

import (
	"crypto/sha256"
	"encoding/hex"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// LINE's files are as they came, and all are listed.
func TestFilesAreUnmodified(t *testing.T) {
	t.Parallel()
	folder := filepath.Join("third_party", "lineopenapi")
	manifest, err := os.ReadFile(filepath.Join(folder, "SHA256SUMS"))
	if err != nil {
		t.Fatal(err)
	}
	listed := []string{"README.md", "SHA256SUMS"}
	for line := range strings.Lines(string(manifest)) {
		want, name, _ := strings.Cut(strings.TrimSpace(line), "  ")
		data, err := os.ReadFile(filepath.Join(folder, name))
		if err != nil {
			t.Fatal(err)
		}
		if sum := sha256.Sum256(data); hex.EncodeToString(sum[:]) != want {
			t.Errorf("%s is not what the manifest says", name)
		}
		listed = append(listed, name)
	}
	entries, err := os.ReadDir(folder)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		if !slices.Contains(listed, e.Name()) {
			t.Errorf("%s is not listed", e.Name())
		}
	}
}
