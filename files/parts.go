package files

import (
	"errors"
	"fmt"
	"io"

	streaming "github.com/tink-crypto/tink-go/v2/streamingaead/subtle"
)

// An object that came in pieces is several sealed streams, one after the other. Each has a salt of its own,
// so that a part may be sealed again, after a crash, without ever using a key and nonce twice; and each is
// bound to the object and its place in it, so that parts cannot be exchanged. That none is missing at the end
// is seen by the size and the hash.

// boundTo is what a part's seal is bound to.
func boundTo(key string, index int) string { return fmt.Sprintf("%s part %d", key, index) }

const (
	sealHeader = 1 + fileKeySize + 7 // length, salt and nonce of a sealed stream
	sealTag    = 16                  // after each of its segments
)

// sealedSize is how many bytes a sealed stream of so many plain bytes has.
func sealedSize(plain int64) int64 {
	const room = segmentSize - sealTag // the header takes its bytes from the first segment
	segments := max(1, (plain+sealHeader+room-1)/room)
	return plain + sealHeader + segments*sealTag
}

// sealedObjectSize is how many bytes an object has in the store.
func sealedObjectSize(o Object) int64 {
	if o.PartBytes == 0 {
		return sealedSize(o.Size)
	}
	whole, rest := o.Size/o.PartBytes, o.Size%o.PartBytes
	size := whole * sealedSize(o.PartBytes)
	if rest > 0 {
		size += sealedSize(rest)
	}
	return size
}

// partsReader opens the parts of an object one after the other.
type partsReader struct {
	cipher *streaming.AESGCMHKDF
	body   io.Reader
	object Object
	left   int64 // plain bytes of the object that are still to come
	index  int   // of the part that is being read or comes next
	part   io.Reader
	inPart int64 // plain bytes of the part that are still to come
}

var errParts = errors.New("the parts do not have the sizes they should")

func (r *partsReader) Read(p []byte) (int, error) {
	for {
		if r.part == nil {
			if r.left == 0 {
				return 0, r.end()
			}
			r.inPart = min(r.object.PartBytes, r.left)
			var err error
			r.part, err = r.cipher.NewDecryptingReader(io.LimitReader(r.body, sealedSize(r.inPart)), []byte(boundTo(r.object.Key, r.index)))
			if err != nil {
				return 0, fmt.Errorf("part %d: %w", r.index, err)
			}
		}
		n, err := r.part.Read(p)
		r.left, r.inPart = r.left-int64(n), r.inPart-int64(n)
		if errors.Is(err, io.EOF) {
			if err = nil; r.inPart != 0 {
				err = fmt.Errorf("part %d: %w", r.index, errParts)
			}
			r.part, r.index = nil, r.index+1
		}
		if n > 0 || err != nil {
			return n, err
		}
	}
}

// end is io.EOF when nothing comes after the last part.
func (r *partsReader) end() error {
	n, err := io.ReadFull(r.body, make([]byte, 1))
	if n > 0 {
		return errParts
	}
	return err
}
