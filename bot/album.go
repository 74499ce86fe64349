package bot

import (
	"cmp"
	"context"
	"fmt"
	"slices"

	"github.com/jackc/pgx/v5"

	"saphan/forms"
)

// Set names the pictures that were chosen and sent together; each comes as a message of its own, in any
// order (line.md 1.4).
type Set struct {
	ID    string
	Index int // from 1; 0: the channel does not say
	Total int // 0: the channel does not say
}

// Album is a set of pictures that is coming in. It counts as one thing: nothing is done and nothing is
// said before the last of it is there, or before it has been waited for long enough.
type Album struct {
	ID    string         `json:"id"`
	Total int            `json:"total,omitempty"`
	Files []AlbumPicture `json:"files,omitempty"`
	Lost  int            `json:"lost,omitempty"` // came, and could not be had or were taken back
	Ended bool           `json:"ended,omitempty"`
}

// AlbumPicture is one picture of a set.
type AlbumPicture struct {
	HeldFile
	Index int `json:"index,omitempty"`
}

// Gather asks for a SetEnded message, with the set's ID, when the rest of a set should have come.
type Gather struct{ Set string }

func (Gather) effect() {}

// Gathering reports whether a set of pictures is still waited for.
func (c Conversation) Gathering(set string) bool {
	return c.Album != nil && c.Album.ID == set && !c.Album.Ended
}

// Expecting reports whether something of a conversation has come in that was not worked on yet.
func Expecting(ctx context.Context, tx pgx.Tx, id ConversationID) (bool, error) {
	var waiting bool
	err := tx.QueryRow(ctx, `SELECT EXISTS (SELECT FROM conversations c JOIN inbound_events e ON e.channel_id = c.channel_id AND e.source = c.source
		WHERE c.id = $1 AND e.state = 'waiting')`, id).Scan(&waiting)
	if err != nil {
		return false, fmt.Errorf("what waits in conversation %d: %w", id, err)
	}
	return waiting, nil
}

func (a Album) clone() Album {
	a.Files = slices.Clone(a.Files)
	return a
}

// whole reports whether every picture of the set has come.
func (a Album) whole() bool { return a.Total > 0 && len(a.Files)+a.Lost >= a.Total }

// gather takes a picture of a set. It reports whether there is no more to do for now: a picture that
// comes after its set was closed is one like any other.
func (t *turn) gather() bool {
	set := t.m.Set
	if set == nil || set.ID == "" || set.Total == 1 {
		return false
	}
	if t.c.Album != nil && t.c.Album.ID != set.ID {
		t.endAlbum()
		t.c.Album = nil
	}
	if t.c.Album == nil {
		t.c.Album = &Album{ID: set.ID, Total: set.Total}
		t.do(Gather{Set: set.ID})
	}
	a := t.c.Album
	if a.Ended {
		return false
	}
	switch file := t.m.Attachment; {
	case file == nil || file.Fault != "":
		a.Lost++
		t.text(t.unfit(file))
	case slices.ContainsFunc(a.Files, func(p AlbumPicture) bool { return p.ID == file.ID }):
	default:
		held := HeldFile{File: forms.File{ID: file.ID, Name: file.Name, Type: file.Type, Size: file.Size}, Message: t.m.ID}
		a.Files = append(a.Files, AlbumPicture{HeldFile: held, Index: set.Index})
	}
	if a.whole() {
		t.endAlbum()
	}
	return true
}

// loseFromAlbum takes out of an open set what a message brought.
func (t *turn) loseFromAlbum(message string) {
	a := t.c.Album
	if a == nil || a.Ended {
		return
	}
	before := len(a.Files)
	a.Files = slices.DeleteFunc(a.Files, func(p AlbumPicture) bool { return p.Message == message })
	a.Lost += before - len(a.Files)
	if len(a.Files) < before && a.whole() {
		t.endAlbum()
	}
}

// setEnded closes a set that has been waited for long enough.
func (t *turn) setEnded() {
	if t.c.Gathering(t.m.ID) {
		t.endAlbum()
	}
}

// endAlbum takes the pictures of a set, in the order in which they were chosen, as one message.
func (t *turn) endAlbum() {
	a := t.c.Album
	if a == nil || a.Ended {
		return
	}
	slices.SortStableFunc(a.Files, func(x, y AlbumPicture) int { return cmp.Compare(x.Index, y.Index) })
	pictures := make([]HeldFile, 0, len(a.Files))
	for _, p := range a.Files {
		pictures = append(pictures, p.HeldFile)
	}
	a.Files, a.Ended = nil, true
	said := t.m // what follows is about the pictures, whatever brought us here
	t.m.Kind, t.m.Attachment, t.m.Set = Image, nil, nil
	defer func() { t.m = said }()
	switch {
	case len(pictures) == 0:
		t.here()
	case t.c.Draft != nil:
		t.sentInForm(pictures...)
	default:
		t.sentFreely(pictures...)
	}
}
