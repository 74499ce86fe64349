package files_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net"
	"strings"
	"testing"
	"time"

	"saphan/devkit/clamav"
	"saphan/files"
)

func scanner(t *testing.T, address string) *files.Scanner {
	t.Helper()
	s, err := files.NewScanner(address)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// S3: a real clamd finds the test virus, alone and within an archive, and nothing in what is clean.
func TestScannerFindsAVirus(t *testing.T) {
	t.Parallel()
	s := scanner(t, clamav.ForTest(t, clamav.Config{}).Socket)
	if err := s.Ping(t.Context()); err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		file io.Reader
		want string
	}{
		"virus":            {bytes.NewReader(clamav.Virus()), clamav.Finding},
		"virus in an xlsx": {bytes.NewReader(zipped(t, "xl/embeddings/a.bin", clamav.Virus())), clamav.Finding},
		"clean":            {strings.NewReader("คำขออนุญาต"), ""},
		"nothing":          {strings.NewReader(""), ""},
		"20 MB":            {noise(1, 20<<20), ""},
	} {
		if got, err := s.Scan(t.Context(), c.file); err != nil || got != c.want {
			t.Errorf("%s: %q, %v", name, got, err)
		}
	}
	if err := s.TakesLargest(t.Context()); err != nil {
		t.Errorf("the largest file: %v", err)
	}
	broken := errors.New("broken")
	if _, err := s.Scan(t.Context(), io.MultiReader(noise(2, 1<<20), failing{broken})); !errors.Is(err, broken) {
		t.Errorf("a file that breaks off: %v", err)
	}
}

// A daemon that does not look at the whole file has not found it clean.
func TestScannerThatTakesOnlySmallFiles(t *testing.T) {
	t.Parallel()
	s := scanner(t, clamav.ForTest(t, clamav.Config{MaxStream: 1 << 20}).Socket)
	if got, err := s.Scan(t.Context(), noise(1, 8<<20)); !errors.Is(err, files.ErrUnscannable) {
		t.Errorf("8 MB: %q, %v", got, err)
	}
	if err := s.TakesLargest(t.Context()); !errors.Is(err, files.ErrUnscannable) {
		t.Errorf("the largest file: %v", err)
	}
	if got, err := s.Scan(t.Context(), noise(1, 1000)); err != nil || got != "" {
		t.Errorf("a small one after that: %q, %v", got, err)
	}
}

// Nothing but OK is clean, whatever answers.
func TestScannerThatDoesNotAnswer(t *testing.T) {
	t.Parallel()
	for name, answer := range map[string]string{
		"closes": "", "an error": "INSTREAM: Can't open file or directory ERROR\x00", "half a word": "stream: O",
		"something else": "HTTP/1.1 400 Bad Request\r\n\r\n\x00", "without its end": "stream: OK", "OK of another": "OK\x00",
		"limits": "stream: Heuristics.Limits.Exceeded.MaxFileSize FOUND\x00",
	} {
		l, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = l.Close() })
		go func() {
			for {
				conn, err := l.Accept()
				if err != nil {
					return
				}
				_, _ = conn.Read(make([]byte, 2000))
				_, _ = io.WriteString(conn, answer)
				_ = conn.Close()
			}
		}()
		s := scanner(t, l.Addr().String())
		if got, err := s.Scan(t.Context(), strings.NewReader(strings.Repeat("x", 1000))); err == nil || got != "" {
			t.Errorf("%s: %q, %v", name, got, err)
		}
		if err := s.Ping(t.Context()); err == nil {
			t.Errorf("%s: ping is fine", name)
		}
	}
	silent, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = silent.Close() })
	ctx, cancel := context.WithTimeout(t.Context(), 200*time.Millisecond)
	defer cancel()
	if _, err := scanner(t, silent.Addr().String()).Scan(ctx, noise(1, 50<<20)); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("silence: %v", err)
	}
	if _, err := scanner(t, "/nowhere/clamd.sock").Scan(t.Context(), strings.NewReader("x")); err == nil {
		t.Error("a socket that is not there")
	}
}

func TestNewScannerRefusesWhatIsNoAddress(t *testing.T) {
	t.Parallel()
	for _, address := range []string{"", "clamd", ":3310", "clamd:", "http://clamd:3310/x"} {
		if _, err := files.NewScanner(address); err == nil {
			t.Errorf("%q is taken", address)
		}
	}
}
