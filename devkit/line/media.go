package line

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"sync"
	"time"
)

// mediaName is the folder of the bytes that citizens sent.
const mediaName = "media"

// media holds the bytes of attachments and rich menu images, on disk or in memory. Names are IDs
// that the simulator made.
type media struct {
	root *os.Root

	mu  sync.Mutex
	mem map[string][]byte
}

func newMedia(dir string) (*media, error) {
	if dir == "" {
		return &media{mem: map[string][]byte{}}, nil
	}
	folder := dir + string(os.PathSeparator) + mediaName
	if err := os.MkdirAll(folder, 0o700); err != nil {
		return nil, fmt.Errorf("make the media folder of the LINE simulator: %w", err)
	}
	root, err := os.OpenRoot(folder)
	if err != nil {
		return nil, fmt.Errorf("open the media folder of the LINE simulator: %w", err)
	}
	return &media{root: root}, nil
}

// save stores what r holds and returns how much it was.
func (m *media) save(name string, r io.Reader) (int64, error) {
	if m.root == nil {
		data, err := io.ReadAll(r)
		if err != nil {
			return 0, fmt.Errorf("read media: %w", err)
		}
		m.mu.Lock()
		defer m.mu.Unlock()
		m.mem[name] = data
		return int64(len(data)), nil
	}
	f, err := m.root.OpenFile(name, os.O_CREATE|os.O_TRUNC|os.O_WRONLY, 0o600)
	if err != nil {
		return 0, fmt.Errorf("create media: %w", err)
	}
	n, err := io.Copy(f, r)
	if err := errors.Join(err, f.Close()); err != nil {
		return n, fmt.Errorf("write media: %w", err)
	}
	return n, nil
}

// mediaFile is an opened attachment.
type mediaFile interface {
	io.ReadSeeker
	io.Closer
}

type memoryFile struct{ *bytes.Reader }

func (memoryFile) Close() error { return nil }

// bytesFile makes a file of bytes.
func bytesFile(b []byte) mediaFile { return memoryFile{bytes.NewReader(b)} }

// open gives the bytes of that name.
func (m *media) open(name string) (mediaFile, error) {
	if m.root == nil {
		m.mu.Lock()
		defer m.mu.Unlock()
		data, ok := m.mem[name]
		if !ok {
			return nil, fmt.Errorf("open media %s: %w", name, fs.ErrNotExist)
		}
		return memoryFile{bytes.NewReader(data)}, nil
	}
	f, err := m.root.Open(name)
	if err != nil {
		return nil, fmt.Errorf("open media: %w", err)
	}
	return f, nil
}

// remove forgets the bytes of that name.
func (m *media) remove(name string) error {
	if m.root == nil {
		m.mu.Lock()
		defer m.mu.Unlock()
		delete(m.mem, name)
		return nil
	}
	if err := m.root.Remove(name); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("remove media: %w", err)
	}
	return nil
}

// clear forgets all bytes.
func (m *media) clear() error {
	if m.root == nil {
		m.mu.Lock()
		defer m.mu.Unlock()
		clear(m.mem)
		return nil
	}
	entries, err := fs.ReadDir(m.root.FS(), ".")
	if err != nil {
		return fmt.Errorf("list media: %w", err)
	}
	for _, e := range entries {
		if err := m.remove(e.Name()); err != nil {
			return err
		}
	}
	return nil
}

func (m *media) close() error {
	if m.root == nil {
		return nil
	}
	if err := m.root.Close(); err != nil {
		return fmt.Errorf("close media: %w", err)
	}
	return nil
}

// seconds is that many seconds as a duration.
func seconds(n float64) time.Duration { return time.Duration(n * float64(time.Second)) }

// closeFile closes what was only read.
func (s *Simulator) closeFile(f mediaFile) {
	if err := f.Close(); err != nil {
		s.logger.Warn("line simulator: media not closed", "err", err)
	}
}

func newReader(b []byte) *bytes.Reader { return bytes.NewReader(b) }
