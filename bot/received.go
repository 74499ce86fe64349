package bot

import (
	"errors"
	"io"
	"time"
)

// Received is what a channel makes of a stored event.
type Received struct {
	Message    Message
	ReplyToken string // answers sent with it cost nothing; empty: none
	ReplyUntil time.Time
	HasContent bool   // the message's bytes are to be fetched from the channel
	FileName   string // as the sender named it; not to be trusted
	FileSize   int64  // bytes, when the channel says so beforehand; 0: unknown
	Silent     bool   // nothing may be answered
	Unknown    bool   // of a type this release does not know; kept raw
}

// Content is a file at a channel on its way to us.
type Content struct {
	Body io.ReadCloser
}

// What can be wrong with content; anything else may be tried again.
var (
	ErrNotReady = errors.New("the channel is still preparing the content")
	ErrGone     = errors.New("the channel has the content no more")
)
