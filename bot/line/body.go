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

// BodyLimit is the largest webhook body that is read, in bytes. LINE publishes none.
const BodyLimit = 2 << 20

const (
	// nearLimit is what somebody should know of before LINE sends more than is read.
	nearLimit = BodyLimit / 2
	// smallBody is what an ordinary delivery stays below by far.
	smallBody = 64 << 10
	// largeBodies bounds what larger ones take at once, and largeTime how long one may take to arrive:
	// nobody knows yet whether they are LINE's.
	largeBodies = 64 << 20
	largeTime   = 5 * time.Second
)

// errCrowded means that too many large bodies are being read.
var errCrowded = errors.New("too many large bodies at once")

// bodies reads what is posted. Small bodies, which nearly all are, go into memory that is used again.
type bodies struct {
	small sync.Pool // of *[]byte
	large atomic.Int64
}

// read returns the body of a request, and what must be called when it has been dealt with: used up says
// that nobody looks into it any more.
func (b *bodies) read(w http.ResponseWriter, r *http.Request) (body []byte, give func(usedUp bool), err error) {
	if n := r.ContentLength; n >= 0 && n <= smallBody {
		memory, ok := b.small.Get().(*[]byte)
		if !ok {
			memory = new([]byte)
		}
		if int64(cap(*memory)) < n {
			*memory = make([]byte, n, n+n/2)
		}
		body = (*memory)[:n]
		if _, err := io.ReadFull(r.Body, body); err != nil {
			b.small.Put(memory)
			return nil, nil, fmt.Errorf("read the body: %w", err)
		}
		return body, func(usedUp bool) {
			if usedUp {
				b.small.Put(memory)
			}
		}, nil
	}
	if r.ContentLength > BodyLimit {
		return nil, nil, &http.MaxBytesError{Limit: BodyLimit}
	}
	if b.large.Add(BodyLimit) > largeBodies {
		b.large.Add(-BodyLimit)
		return nil, nil, errCrowded
	}
	// A writer without deadlines is not one of a server.
	_ = http.NewResponseController(w).SetReadDeadline(time.Now().Add(largeTime))
	body, err = io.ReadAll(http.MaxBytesReader(w, r.Body, BodyLimit))
	if err != nil {
		b.large.Add(-BodyLimit)
		return nil, nil, fmt.Errorf("read the body: %w", err)
	}
	return body, func(bool) { b.large.Add(-BodyLimit) }, nil
}
