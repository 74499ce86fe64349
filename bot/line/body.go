package line

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"sync"
	"sync/atomic"
	"time"
)

// BodyLimit is the largest webhook body that is read, in bytes, unless another is named. LINE publishes none
// (line.md 11).
const BodyLimit = 2 << 20

const (
	// smallBody is what an ordinary delivery stays below by far: it finds room whatever others send.
	smallBody = 8 << 10
	// largerBodies bounds what all larger ones take at once: nobody knows yet whether they are LINE's, and
	// room for one is taken before it has come.
	largerBodies = 64 << 20
	// bodyTime is how long a body may take to arrive. LINE itself waits for 2 s.
	bodyTime = 5 * time.Second
)

// errCrowded means that too many larger bodies are being read.
var errCrowded = errors.New("too many larger bodies at once")

// bodies reads what is posted. Small bodies, which nearly all are, go into memory that is used again.
type bodies struct {
	limit  int64        // of one, in bytes
	small  sync.Pool    // of *[smallBody]byte
	larger atomic.Int64 // bytes
}

// read returns the body of a request, and what must be called when it has been dealt with: used up says
// that nobody looks into it any more.
func (b *bodies) read(w http.ResponseWriter, r *http.Request) (body []byte, give func(usedUp bool), err error) {
	if r.ContentLength > b.limit {
		return nil, nil, &http.MaxBytesError{Limit: b.limit}
	}
	// A writer without deadlines is not one of a server.
	_ = http.NewResponseController(w).SetReadDeadline(time.Now().Add(bodyTime))
	if n := r.ContentLength; n >= 0 && n <= smallBody {
		return b.readSmall(r.Body, n)
	}
	return b.readLarger(w, r)
}

func (b *bodies) readSmall(from io.Reader, n int64) (body []byte, give func(usedUp bool), err error) {
	memory, ok := b.small.Get().(*[smallBody]byte)
	if !ok {
		memory = new([smallBody]byte)
	}
	body = memory[:n]
	if _, err := io.ReadFull(from, body); err != nil {
		b.small.Put(memory)
		return nil, nil, fmt.Errorf("read the body: %w", err)
	}
	return body, func(usedUp bool) {
		if usedUp {
			b.small.Put(memory)
		}
	}, nil
}

// readLarger reads a body of more, or one that does not say beforehand how long it is.
func (b *bodies) readLarger(w http.ResponseWriter, r *http.Request) (body []byte, give func(usedUp bool), err error) {
	room := r.ContentLength
	if room < 0 {
		room = b.limit
	}
	if b.larger.Add(room) > largerBodies {
		b.larger.Add(-room)
		return nil, nil, errCrowded
	}
	if r.ContentLength < 0 {
		body, err = io.ReadAll(http.MaxBytesReader(w, r.Body, b.limit))
	} else {
		body = make([]byte, room)
		_, err = io.ReadFull(r.Body, body)
	}
	if err != nil {
		b.larger.Add(-room)
		return nil, nil, fmt.Errorf("read the body: %w", err)
	}
	return body, func(bool) { b.larger.Add(-room) }, nil
}
