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
	Standby    bool   // somebody else speaks for the account now: nothing may be done there
	Unknown    bool   // of a type this release does not know; kept raw

	Group    *Group      // what happened, happened in a chat of several people; such have no conversation
	Switched *MenuSwitch // the person asked for another menu
	Notice   Notice      // something about the account itself, not from a person
}

// Group is a chat of several people that an account was brought into. Nothing that is said there is
// ours to keep.
type Group struct {
	Kind string // as the channel sorts them; on LINE "group" or "room"
	ID   string
	Left bool // the account is out of it already
}

// MenuSwitch is the person's wish for another menu and how it went.
type MenuSwitch struct {
	Alias  string // of the menu that is shown now; empty when it failed
	Status string // the channel's word; SUCCESS when it went well
}

// Failed says whether the person is left with a menu they did not ask for.
func (s MenuSwitch) Failed() bool { return s.Status != "SUCCESS" || s.Alias == "" }

// Notice is what a channel says about an account of ours.
type Notice string

// The notices.
const (
	Suspended   Notice = "suspended"   // the channel took the account out of use
	Resumed     Notice = "resumed"     // and put it back
	Activated   Notice = "activated"   // our module speaks for the account now
	Deactivated Notice = "deactivated" // and does not any more
)

// Content is a file at a channel on its way to us.
type Content struct {
	Body io.ReadCloser
	Size int64 // bytes, as the channel says beforehand; not above 0: it does not
}

// What can be wrong with content; anything else may be tried again.
var (
	ErrNotReady = errors.New("the channel is still preparing the content")
	ErrGone     = errors.New("the channel has the content no more")
)
