package testhouse

import (
	"bytes"
	"slices"
	"strings"
	"sync"
)

// Diary collects the log.
type Diary struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

// Write implements io.Writer.
func (d *Diary) Write(p []byte) (int, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.buf.Write(p)
}

// String is all that was logged.
func (d *Diary) String() string {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.buf.String()
}

// QuietAbout fails when the log has any of these in it: personal data does not belong there.
func (h *House) QuietAbout(words ...string) {
	h.T.Helper()
	log := h.Diary.String()
	if i := slices.IndexFunc(words, func(w string) bool { return w != "" && strings.Contains(log, w) }); i >= 0 {
		at := strings.Index(log, words[i])
		h.T.Errorf("the log says %q: …%s…", words[i], log[max(0, at-300):min(len(log), at+300)])
	}
}
