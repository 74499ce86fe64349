// Package tool lets a test ask independent programs what is in a document or a picture: poppler's (pdftotext, pdfinfo,
// pdftoppm...), qpdf and zbar.
package tool

import (
	"bytes"
	"os"
	"os/exec"
	"strings"
	"testing"

	"saphan/internal/thai"
)

// Run runs a program and returns what it prints. Without the program the test is skipped, but fails where CI is set; so it
// does when the program finds fault.
func Run(t testing.TB, name string, args ...string) string {
	t.Helper()
	return fed(t, nil, name, args...)
}

// Text is what can be read in a PDF. Flags are pdftotext's: "-raw" keeps the order in which it was drawn, "-layout" the
// places of the words.
func Text(t testing.TB, document []byte, flags ...string) string {
	t.Helper()
	return fed(t, document, "pdftotext", append(flags, "-", "-")...)
}

// Code is what the QR code in a picture says.
func Code(t testing.TB, path string) string {
	t.Helper()
	return strings.TrimSpace(Run(t, "zbarimg", "-q", "--raw", path))
}

// Tight is a text without blanks, which a page also has where a line ends, and with its Thai marks in one order.
func Tight(s string) string { return strings.Join(strings.Fields(thai.Canonical(s)), "") }

func fed(t testing.TB, input []byte, name string, args ...string) string {
	t.Helper()
	path, err := exec.LookPath(name)
	if err != nil {
		if os.Getenv("CI") != "" {
			t.Fatalf("%s is needed to see what was made: %v", name, err)
		}
		t.Skipf("%s is not installed, so what was made cannot be looked at with it (make test installs it)", name)
	}
	cmd := exec.CommandContext(t.Context(), path, args...) //nolint:gosec // a test names the program
	var out, problems bytes.Buffer
	cmd.Stdin, cmd.Stdout, cmd.Stderr = bytes.NewReader(input), &out, &problems
	if err := cmd.Run(); err != nil {
		t.Fatalf("%s %v: %v\n%s%s", name, args, err, out.String(), problems.String())
	}
	return out.String()
}
