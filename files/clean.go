package files

import (
	"bufio"
	"context"
	"errors"
	"io"
)

// What a camera or a telephone writes into a picture or a video besides the picture itself (the place, the
// owner's name, the device) is nothing that a case needs. Whoever opens a file gets a copy in which all
// that is blank: zeros in places that every program skips. The copy has the same length, every byte of
// the picture is at its old place, and nothing is drawn anew; so it is made while it is read, in any size.
// The bytes in the store stay as they came, as evidence, under their own key.

// cleaners make the copy, by media type.
var cleaners = map[string]func(*blanker) error{
	"image/jpeg": cleanJPEG, "image/png": cleanPNG, "image/webp": cleanWebP,
	"image/heic": cleanHEIF, "image/heic-sequence": cleanHEIF, "image/heif": cleanHEIF, "image/heif-sequence": cleanHEIF,
	"video/mp4": cleanMovie, "video/quicktime": cleanMovie, "video/x-m4v": cleanMovie, "audio/mp4": cleanMovie, "audio/x-m4a": cleanMovie,
	"audio/mpeg": cleanMPEG,
}

// scouts go through a file before its copy is made, by media type.
var scouts = map[string]func(io.Reader) (movieParts, error){
	"video/mp4": lookThrough, "video/quicktime": lookThrough, "video/x-m4v": lookThrough, "audio/mp4": lookThrough, "audio/x-m4a": lookThrough,
}

// Cleaned reports whether OpenClean gives a cleaned copy of files of a type, and not the file as it came.
// Papers come as they are: they may be signed, and a signature does not survive any change. What their
// programs wrote into them (author, dates) and what cameras wrote into pictures inside of them stays.
func Cleaned(mediaType string) bool { return cleaners[mediaType] != nil }

// OpenClean opens an attachment that may be opened, without what a camera or a telephone added to the
// picture. Close must be called.
func (s *Store) OpenClean(ctx context.Context, a Attachment) (io.ReadCloser, error) {
	return Clean(func() (io.ReadCloser, error) { return s.Open(ctx, a) }, a.MediaType)
}

// cleanCopy is a copy with the file that it is made of.
type cleanCopy struct {
	io.ReadCloser
	file io.Closer
}

// Close ends the copying before the file is closed.
func (c cleanCopy) Close() error { return errors.Join(c.ReadCloser.Close(), c.file.Close()) }

// Clean returns a copy of a file of a type without what a camera or a telephone added, of the same
// length. What does not follow the rules of its type is blank from there on: nobody knows what it is.
// A film is opened twice. Close must be called.
func Clean(open func() (io.ReadCloser, error), mediaType string) (io.ReadCloser, error) {
	var hidden movieParts
	if scout := scouts[mediaType]; scout != nil {
		file, err := open()
		if err != nil {
			return nil, err
		}
		hidden, err = scout(file)
		if err := errors.Join(err, file.Close()); err != nil {
			return nil, err
		}
	}
	file, err := open()
	if err != nil {
		return nil, err
	}
	clean := cleaners[mediaType]
	if clean == nil {
		return file, nil
	}
	out, in := io.Pipe()
	go func() {
		b := &blanker{r: bufio.NewReaderSize(file, cleanAhead), w: bufio.NewWriterSize(in, segmentSize), gone: hidden.samples, tracks: hidden.tracks}
		err := clean(b)
		if errors.Is(err, errNonsense) || errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
			err = nil // cut short, or of another kind than it seemed
		}
		if err == nil {
			err = b.blankRest()
		}
		_ = in.CloseWithError(errors.Join(err, b.w.Flush())) // never errs
	}()
	return cleanCopy{out, file}, nil
}

// cleanAhead is how far a cleaner can look ahead: a JPEG's largest segment, and the table of contents of
// every HEIF picture that a camera writes.
const cleanAhead = 128 << 10

// errNonsense means that a file does not follow the rules of its type.
var errNonsense = errors.New("not as its type says")

// blanker goes through a file once, and passes each part on or blanks it.
type blanker struct {
	r  *bufio.Reader
	w  *bufio.Writer
	at int64 // how far it is

	gone   []extent       // what goes, wherever it lies, in order
	tracks map[int64]bool // the tracks of a movie that go, by their place
	tables bool           // a movie's were passed: it has them once
}

// peek looks at the next n bytes.
func (b *blanker) peek(n int) ([]byte, error) { return b.r.Peek(n) }

// put writes bytes in place of as many of the file.
func (b *blanker) put(p []byte) error {
	if n, err := b.r.Discard(len(p)); err != nil {
		if _, writeErr := b.w.Write(p[:n]); writeErr != nil {
			return writeErr
		}
		b.at += int64(n)
		return err
	}
	b.at += int64(len(p))
	_, err := b.w.Write(p)
	return err
}

// keep passes the next n bytes on.
func (b *blanker) keep(n int64) error {
	copied, err := io.CopyN(b.w, b.r, n)
	b.at += copied
	return err
}

// blank writes zeros in place of the next n bytes.
func (b *blanker) blank(n int64) error {
	skipped, err := io.CopyN(b.w, zeroed{b.r}, n)
	b.at += skipped
	return err
}

// blankRest writes zeros to the end of the file.
func (b *blanker) blankRest() error {
	n, err := io.Copy(b.w, zeroed{b.r})
	b.at += n
	return err
}

// zeroed reads as many zeros as its reader has bytes.
type zeroed struct{ r io.Reader }

func (z zeroed) Read(p []byte) (int, error) {
	n, err := z.r.Read(p)
	clear(p[:n])
	return n, err
}
