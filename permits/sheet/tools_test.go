package sheet_test

import (
	"os"
	"path/filepath"
	"testing"

	"saphan/internal/tool"
	"saphan/permits/sheet"
)

// written draws the document into a file and returns its path.
func written(t *testing.T, d sheet.Document) string {
	t.Helper()
	data, err := sheet.Permit(d, made)
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "permit.pdf")
	if err := os.WriteFile(path, data, 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// picture turns the pages into PNG files and returns the stem of their names. The first page is kept as an artefact.
func picture(t *testing.T, path, name string) string {
	t.Helper()
	stem := filepath.Join(t.TempDir(), name)
	tool.Run(t, "pdftoppm", "-r", "150", "-png", path, stem)
	kept := filepath.Join("..", "..", "artefacts")
	if err := os.MkdirAll(kept, 0o750); err != nil {
		t.Fatal(err)
	}
	pages, err := filepath.Glob(stem + "-*.png")
	if err != nil || len(pages) == 0 {
		t.Fatalf("no picture of %s: %v", name, err)
	}
	for _, p := range pages {
		data, err := os.ReadFile(p)
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(kept, filepath.Base(p)), data, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return stem
}
