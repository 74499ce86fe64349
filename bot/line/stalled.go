package line

import (
	"context"
	"errors"
	"io"
	"net/http"
	"time"
)

// stallTime is how long a file may stand still: what LINE has, it gives without such pauses, and whoever
// waits longer waits for something that broke.
const stallTime = 15 * time.Second

// errStalled means that an answer stood still in the middle.
var errStalled = errors.New("no byte came for too long")

// moving ends answers that stand still. How long they may take in all is the client's to say.
type moving struct{ base http.RoundTripper }

// RoundTrip implements http.RoundTripper.
func (m moving) RoundTrip(r *http.Request) (*http.Response, error) {
	ctx, stop := context.WithCancel(r.Context())
	resp, err := m.base.RoundTrip(r.WithContext(ctx))
	if err != nil {
		stop()
		return nil, err
	}
	resp.Body = &movingBody{ReadCloser: resp.Body, stop: stop}
	return resp, nil
}

// movingBody is a body that stops its call when a read waits too long. Time between reads is its reader's.
type movingBody struct {
	io.ReadCloser
	stop context.CancelFunc
}

// Read implements io.Reader.
func (b *movingBody) Read(p []byte) (int, error) {
	alarm := time.AfterFunc(stallTime, b.stop)
	n, err := b.ReadCloser.Read(p)
	if !alarm.Stop() && err != nil {
		err = errStalled
	}
	return n, err
}

// Close implements io.Closer.
func (b *movingBody) Close() error {
	b.stop()
	return b.ReadCloser.Close()
}
