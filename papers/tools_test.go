package papers_test

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"saphan/internal/thai"
	"saphan/internal/tool"
)

// written puts a paper into a file, after checking that drawing it again gives the same bytes.
func written(t *testing.T, draw func() ([]byte, error)) string {
	t.Helper()
	data, err := draw()
	if err != nil {
		t.Fatal(err)
	}
	again, err := draw()
	if err != nil || !bytes.Equal(data, again) {
		t.Errorf("drawn twice it differs (%v)", err)
	}
	path := filepath.Join(t.TempDir(), "paper.pdf")
	if err := os.WriteFile(path, data, 0o600); err != nil {
		t.Fatal(err)
	}
	if out := tool.Run(t, "qpdf", "--check", path); !strings.Contains(out, "No syntax or stream encoding errors") {
		t.Errorf("qpdf found faults:\n%s", out)
	}
	if _, err := exec.LookPath("verapdf"); err == nil {
		if out := tool.Run(t, "verapdf", "--flavour", "3b", "--format", "text", path); !strings.HasPrefix(out, "PASS") {
			t.Errorf("veraPDF: %s", out)
		}
	}
	return path
}

// pictured turns the pages of a paper into pictures among the artefacts and returns their names.
func pictured(t *testing.T, path, name string) []string {
	t.Helper()
	stem := filepath.Join(t.TempDir(), name)
	tool.Run(t, "pdftoppm", "-r", "110", "-png", path, stem)
	pages, err := filepath.Glob(stem + "-*.png")
	if err != nil || len(pages) == 0 {
		t.Fatalf("no picture of %s: %v", name, err)
	}
	for _, p := range pages {
		data, err := os.ReadFile(p)
		if err != nil {
			t.Fatal(err)
		}
		keep(t, filepath.Base(p), data)
	}
	return pages
}

// keep leaves a picture among the artefacts, to be looked at.
func keep(t *testing.T, name string, data []byte) {
	t.Helper()
	kept := filepath.Join("..", "artefacts")
	if err := os.MkdirAll(kept, 0o750); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(kept, name), data, 0o600); err != nil {
		t.Fatal(err)
	}
}

// says checks that the words can be read out of the paper.
func says(t *testing.T, path string, want ...string) {
	t.Helper()
	text := tool.Run(t, "pdftotext", "-layout", path, "-")
	raw := tool.Tight(tool.Run(t, "pdftotext", "-raw", path, "-"))
	for _, w := range want {
		if !strings.Contains(text, w) && !strings.Contains(raw, tool.Tight(w)) {
			t.Errorf("the paper lacks %q:\n%s", w, text)
		}
	}
}

// at is a moment in Bangkok.
func at(year int, month time.Month, day, hour, minute int) time.Time {
	return time.Date(year, month, day, hour, minute, 0, 0, thai.Bangkok())
}

// readAloud checks that the paper's structure says the words and names the kinds of its parts in this order, as a program
// that reads aloud would.
func readAloud(t *testing.T, path string, order ...string) {
	t.Helper()
	text := tool.Run(t, "pdfinfo", "-struct-text", path)
	rest := text
	for _, want := range order {
		at := strings.Index(rest, want)
		if at < 0 {
			t.Errorf("%q is not read where it should be:\n%s", want, text)
			return
		}
		rest = rest[at+len(want):]
	}
}
