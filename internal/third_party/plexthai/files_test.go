// Package plexthai_test checks that the files of others that drawings are made of are as they came.
package plexthai_test

import (
	"crypto/sha256"
	"encoding/hex"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// The files are those of the packages they came from: nobody has touched them since, and none came
// without being listed.
func TestFilesAreUnmodified(t *testing.T) {
	t.Parallel()
	for _, folder := range []string{".", "../lucide"} {
		manifest, err := os.ReadFile(filepath.Join(folder, "SHA256SUMS"))
		if err != nil {
			t.Fatal(err)
		}
		var listed []string
		for line := range strings.Lines(string(manifest)) {
			want, name, _ := strings.Cut(strings.TrimSpace(line), "  ")
			data, err := os.ReadFile(filepath.Join(folder, name))
			if err != nil {
				t.Fatal(err)
			}
			listed = append(listed, filepath.Join(folder, name))
			if sum := sha256.Sum256(data); hex.EncodeToString(sum[:]) != want {
				t.Errorf("%s/%s is not what the manifest says", folder, name)
			}
		}
		err = filepath.WalkDir(folder, func(path string, d fs.DirEntry, err error) error {
			own := slices.Contains([]string{".go", ".md", ""}, filepath.Ext(path)) && filepath.Base(path) != "LICENSE"
			if err == nil && !d.IsDir() && !own && !slices.Contains(listed, path) {
				t.Errorf("%s is not listed", path)
			}
			return err
		})
		if err != nil {
			t.Error(err)
		}
	}
}
