package line

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"testing"
)

// countedFile counts how often it was closed.
type countedFile struct {
	*bytes.Reader
	closed int
}

func (f *countedFile) Close() error { f.closed++; return nil }

// goneBot is a bot that has gone away: it takes no bytes.
type goneBot struct{ http.ResponseWriter }

func (goneBot) Write([]byte) (int, error) { return 0, io.ErrClosedPipe }

// A file is let go of whatever becomes of the answer that it was opened for.
func TestFaultsLetGoOfFiles(t *testing.T) {
	t.Parallel()
	sim, err := New(Config{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := sim.Close(); err != nil {
			t.Error(err)
		}
	})
	over, end := context.WithCancel(t.Context())
	end() // so that nothing is waited for
	for _, fault := range faultNames() {
		file := &countedFile{Reader: bytes.NewReader([]byte("some bytes"))}
		r := &request{Request: httptest.NewRequestWithContext(over, http.MethodGet, "/", nil)}
		opened := 0
		w := goneBot{httptest.NewRecorder()}
		a, cut := sim.fail(w, r, Fault{Status: fault, Size: 100}, func(*request) answer {
			opened++
			return answer{status: http.StatusOK, file: file}
		})
		if !cut {
			sim.write(w, r, a)
		}
		if file.closed != opened {
			t.Errorf("%s: the file was opened %d times and closed %d times", fault, opened, file.closed)
		}
	}
}
