package thaiwords_test

import (
	"crypto/sha256"
	"encoding/hex"
	"os"
	"slices"
	"strings"
	"testing"

	"saphan/internal/third_party/thaiwords"
)

// The lists are those of the packages they came from.
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

func TestListsHoldWhatTheySay(t *testing.T) {
	t.Parallel()
	words := thaiwords.Words()
	for _, want := range []string{"อนุญาต", "กิจการ", "ใบอนุญาต", "เจ้าพนักงานท้องถิ่น"} {
		if !slices.Contains(words, want) {
			t.Errorf("words lack %q", want)
		}
	}
	places := thaiwords.Places()
	for _, want := range []string{"ทุ่งแค้ว", "บางกรวย", "แม่ฮ่องสอน"} {
		if !slices.Contains(places, want) {
			t.Errorf("places lack %q", want)
		}
	}
}
