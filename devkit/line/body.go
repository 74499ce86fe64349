package line

import (
	"errors"
	"io"
	"io/fs"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// Answers with bytes, whole and spoilt.

// hugeBody is how large huge_body is when nobody says.
const hugeBody = 300 << 20

// drop is what slow_body sends at a time, dripping how long it waits in between.
const (
	drop     = 16
	dripping = time.Second
)

// writeFile sends the bytes of a file.
func (s *Simulator) writeFile(w http.ResponseWriter, r *request, a answer) {
	defer s.closeFile(a.file) // the file of now: huge_body puts another one in its place
	size, err := a.file.Seek(0, io.SeekEnd)
	if err == nil {
		_, err = a.file.Seek(0, io.SeekStart)
	}
	if err != nil {
		s.logger.Error("line simulator: media not readable", "err", err)
		w.WriteHeader(http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", a.mime)
	_, spoil := a.spoil.code()
	half := size
	switch spoil {
	case faultShortBody, faultCutBody:
		half = size / 2
	case faultEmptyBody:
		half = 0
	case faultHugeBody:
		if size = a.spoil.Size; size <= 0 {
			size = hugeBody
		}
		half, a.file = size, madeFile(size, a.mime)
	}
	length := half
	if spoil == faultShortBody {
		length = size
	}
	if spoil != faultEndlessBody {
		w.Header().Set("Content-Length", strconv.FormatInt(length, 10))
	}
	w.WriteHeader(a.status)
	switch spoil {
	case faultSlowBody:
		s.drip(w, r, a)
	case faultEndlessBody:
		_, err = io.Copy(w, io.MultiReader(a.file, madeFile(1<<62, "")))
	default:
		_, err = io.CopyN(w, a.file, half)
	}
	if err != nil {
		s.logger.Debug("line simulator: media not sent", "err", err)
	}
	if spoil == faultShortBody {
		if err := http.NewResponseController(w).Flush(); err != nil {
			s.logger.Debug("line simulator: half of the media not sent", "err", err)
		}
		s.reset(w)
	}
}

// drip sends the file a few bytes at a time.
func (s *Simulator) drip(w http.ResponseWriter, r *request, a answer) {
	out := http.NewResponseController(w)
	pause := seconds(a.spoil.Delay)
	if pause <= 0 {
		pause = dripping
	}
	for {
		_, err := io.CopyN(w, a.file, drop)
		if err != nil || out.Flush() != nil || r.Context().Err() != nil || s.ctx.Err() != nil {
			return
		}
		s.hold(r, pause)
	}
}

// alphabet is what made files are full of, pattern much of it.
const alphabet = "abcdefghijklmnopqrstuvwxyz"

//nolint:gochecknoglobals // never written to
var pattern = strings.Repeat(alphabet, 1<<10)

// made is a file that exists only while it is read: its first bytes say what it is, the rest is a
// pattern.
type made struct {
	head []byte
	size int64
	at   int64
}

// madeFile makes a file of that size which looks like that kind from its first bytes.
func madeFile(size int64, mime string) mediaFile {
	heads := map[string]string{
		"image/jpeg": "\xff\xd8\xff\xe0\x00\x10JFIF\x00", "image/png": "\x89PNG\r\n\x1a\n", "application/pdf": "%PDF-1.7\n",
		"video/mp4": "\x00\x00\x00\x18ftypmp42\x00\x00\x00\x00mp42isom", "audio/x-m4a": "\x00\x00\x00\x18ftypM4A \x00\x00\x00\x00M4A mp42",
	}
	return &made{head: []byte(heads[mime]), size: size}
}

// Read implements io.Reader.
func (m *made) Read(p []byte) (int, error) {
	if m.at >= m.size {
		return 0, io.EOF
	}
	p = p[:min(int64(len(p)), m.size-m.at)]
	n := 0
	if m.at < int64(len(m.head)) {
		n = copy(p, m.head[m.at:])
	}
	for n < len(p) {
		n += copy(p[n:], pattern[(m.at+int64(n))%int64(len(alphabet)):])
	}
	m.at += int64(len(p))
	return len(p), nil
}

// Seek implements io.Seeker.
func (m *made) Seek(offset int64, whence int) (int64, error) {
	switch whence {
	case io.SeekCurrent:
		offset += m.at
	case io.SeekEnd:
		offset += m.size
	}
	if offset < 0 {
		return m.at, errors.Join(fs.ErrInvalid, errors.New("seek before the beginning"))
	}
	m.at = offset
	return offset, nil
}

// Close implements io.Closer.
func (*made) Close() error { return nil }
