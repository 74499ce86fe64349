// Package chain links the lines of a history by hashes, so that a line that was changed, removed
// or put elsewhere is found (EGA-15.1).
package chain

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"strconv"
	"time"
)

// ErrTampered means that a history does not match its hashes.
var ErrTampered = errors.New("history does not match its hashes")

// Line is one line of a history.
type Line struct {
	Subject int64 // what the history is of
	Seq     int   // 1, 2, 3 ...
	At      time.Time
	Actor   string
	Kind    string
	Detail  []byte // the very bytes that are stored
	Hash    []byte // of this line and the hash before it
}

// Sum returns the hash of a line after the one whose hash is before (nil: it is the first). Every
// part goes in with its length, so that nothing can be moved from one part to another.
func (l Line) Sum(before []byte) []byte {
	h := sha256.New()
	for _, part := range [][]byte{
		before, strconv.AppendInt(nil, l.Subject, 10), strconv.AppendInt(nil, int64(l.Seq), 10),
		[]byte(l.At.UTC().Format(time.RFC3339Nano)), []byte(l.Actor), []byte(l.Kind), l.Detail,
	} {
		h.Write(binary.BigEndian.AppendUint64(nil, uint64(len(part))))
		h.Write(part)
	}
	return h.Sum(nil)
}

// Check computes the hashes of a history again, oldest line first, and returns ErrTampered with
// the place of the first line that does not hold.
func Check(lines []Line) error {
	var before []byte
	for i, l := range lines {
		switch {
		case l.Seq != i+1:
			return fmt.Errorf("%w: line %d of %d is missing", ErrTampered, i+1, l.Subject)
		case !bytes.Equal(l.Sum(before), l.Hash):
			return fmt.Errorf("%w: line %d of %d was changed", ErrTampered, l.Seq, l.Subject)
		}
		before = l.Hash
	}
	return nil
}
