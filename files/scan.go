package files

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"
	"time"
)

// Scanner asks a ClamAV daemon (clamd) about files, by its INSTREAM command: a length and so many bytes,
// again and again, and a length of zero at the end. The libraries for it that are licensed for us have
// not been touched for years, and the command is as short as its description.
type Scanner struct {
	network, address string
}

const (
	scanChunk    = 64 << 10
	scanDial     = 5 * time.Second
	scanPing     = 5 * time.Second
	scanLimit    = 5 * time.Minute // for one file, whatever its size
	scanAnswer   = 4 << 10         // bytes of the longest answer that is read
	scanLastWord = 2 * time.Second // for the answer of a daemon that stopped listening
)

// ErrUnscannable means that the daemon will not look at the whole of a file, because of its own limits.
// Such a file is not clean.
var ErrUnscannable = errors.New("the virus scanner does not look at the whole file (clamd.conf: StreamMaxLength, MaxFileSize and MaxScanSize must be at least 500M)")

// NewScanner returns a Scanner for the daemon at an address: host:port, or the path of its socket.
func NewScanner(address string) (*Scanner, error) {
	if strings.HasPrefix(address, "/") {
		return &Scanner{network: "unix", address: address}, nil
	}
	host, port, err := net.SplitHostPort(address)
	if err != nil || host == "" || port == "" {
		return nil, errors.New("is neither host:port nor the path of a socket")
	}
	return &Scanner{network: "tcp", address: address}, nil
}

// Scan sends what it reads to the daemon and returns what was found: "" is nothing, and only that is
// clean. It holds no more than a chunk of the file.
func (s *Scanner) Scan(ctx context.Context, r io.Reader) (finding string, err error) {
	ctx, cancel := context.WithTimeout(ctx, scanLimit)
	defer cancel()
	answer, err := s.talk(ctx, func(w io.Writer) error { return stream(w, r) })
	if err != nil {
		return "", err
	}
	return verdict(answer)
}

// verdict reads the answer to INSTREAM: "stream: OK", "stream: NAME FOUND" or "... ERROR".
func verdict(answer string) (finding string, err error) {
	name, found := strings.CutSuffix(answer, " FOUND")
	switch {
	case answer == "stream: OK":
		return "", nil
	case found:
		name = strings.TrimPrefix(name, "stream: ")
		if strings.HasPrefix(name, "Heuristics.Limits.Exceeded") {
			return "", fmt.Errorf("virus scanner: %s: %w", name, ErrUnscannable)
		}
		return name, nil
	case strings.Contains(answer, "size limit exceeded"):
		return "", fmt.Errorf("virus scanner: %w", ErrUnscannable)
	default:
		return "", fmt.Errorf("virus scanner: answered %q", answer)
	}
}

// stream writes a file in chunks. An error of the file is told from one of the connection by readError.
func stream(w io.Writer, r io.Reader) error {
	if _, err := io.WriteString(w, "zINSTREAM\x00"); err != nil {
		return err
	}
	chunk := make([]byte, 4+scanChunk)
	for {
		n, err := io.ReadFull(r, chunk[4:])
		ended := errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF)
		if err != nil && !ended {
			return readError{err}
		}
		if n > 0 {
			binary.BigEndian.PutUint32(chunk, uint32(n)) //nolint:gosec // at most scanChunk
			if _, err := w.Write(chunk[:4+n]); err != nil {
				return err
			}
		}
		if ended {
			_, err := w.Write([]byte{0, 0, 0, 0})
			return err
		}
	}
}

// readError is an error of the file that was to be scanned.
type readError struct{ error }

func (e readError) Unwrap() error { return e.error }

// Ping reports whether the daemon answers.
func (s *Scanner) Ping(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, scanPing)
	defer cancel()
	answer, err := s.talk(ctx, func(w io.Writer) error {
		_, err := io.WriteString(w, "zPING\x00")
		return err
	})
	if err == nil && answer != "PONG" {
		err = fmt.Errorf("virus scanner: answered %q", answer)
	}
	return err
}

// TakesLargest reports whether the daemon takes files of the size that we take. The daemon is sent as
// many zeros and left before it scans them.
func (s *Scanner) TakesLargest(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	broken := errors.New("enough")
	answer, err := s.talk(ctx, func(w io.Writer) error {
		return stream(w, io.MultiReader(io.LimitReader(zeros{}, UploadLargest), failing{broken}))
	})
	if err == nil {
		_, err = verdict(answer)
	}
	if errors.Is(err, broken) {
		return nil
	}
	return err
}

// zeros reads as zeros without end.
type zeros struct{}

func (zeros) Read(p []byte) (int, error) { clear(p); return len(p), nil }

// failing reads as an error.
type failing struct{ err error }

func (f failing) Read([]byte) (int, error) { return 0, f.err }

// talk connects, has a request written and returns the answer. The answer may come before the request
// was written to its end: a daemon that has enough says so and closes.
func (s *Scanner) talk(ctx context.Context, request func(io.Writer) error) (string, error) {
	conn, err := (&net.Dialer{Timeout: scanDial}).DialContext(ctx, s.network, s.address)
	if err != nil {
		return "", fmt.Errorf("virus scanner: %w", err)
	}
	stop := context.AfterFunc(ctx, func() { _ = conn.SetDeadline(time.Unix(1, 0)) })
	defer func() { stop(); _ = conn.Close() }() // everything was said, or is not worth waiting for
	type heard struct {
		text []byte
		err  error
	}
	answered := make(chan heard, 1)
	go func() {
		text, err := io.ReadAll(io.LimitReader(conn, scanAnswer))
		answered <- heard{text, err}
	}()
	writeErr := request(conn)
	var fault readError
	switch {
	case errors.As(writeErr, &fault):
		return "", fault.error
	case writeErr != nil:
		_ = conn.SetReadDeadline(time.Now().Add(scanLastWord)) // a connection's deadline is the real clock's
	}
	h := <-answered
	text, _, whole := bytes.Cut(h.text, []byte{0})
	switch {
	case whole:
		return string(text), nil
	case ctx.Err() != nil:
		return "", fmt.Errorf("virus scanner: %w", ctx.Err())
	default:
		return "", fmt.Errorf("virus scanner: no answer: %w", errors.Join(writeErr, h.err, io.ErrUnexpectedEOF))
	}
}
