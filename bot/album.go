package bot

import (
	"cmp"
	"context"
	"fmt"
	"maps"
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
// said before the last of it is there, or before it has been waited for long enough. After that it is
// remembered for a while, for pictures that come late.
type Album struct {
	ID     string         `json:"id"`
	Total  int            `json:"total,omitempty"`
	Files  []AlbumPicture `json:"files,omitempty"` // until it has ended
	Lost   int            `json:"lost,omitempty"`  // came, and could not be had or were taken back
	Ended  bool           `json:"ended,omitempty"`
	Places map[string]int `json:"places,omitempty"` // once it has ended: Set.Index of its pictures, by message
}

// albumsKept is how many sets are remembered: a few may come in at once, their pictures mixed.
const albumsKept = 4

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
	return slices.ContainsFunc(c.Albums, func(a Album) bool { return a.ID == set && !a.Ended })
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
	a.Files, a.Places = slices.Clone(a.Files), maps.Clone(a.Places)
	return a
}

// whole reports whether every picture of the set has come.
func (a Album) whole() bool { return a.Total > 0 && len(a.Files)+a.Lost >= a.Total }

// place notes where in the set the picture of a message stood, if the channel said so.
func (a *Album) place(message string, index int) {
	if index == 0 {
		return
	}
	if a.Places == nil {
		a.Places = map[string]int{}
	}
	a.Places[message] = index
}

// gather takes a picture of a set. It reports whether there is no more to do for now: a picture that
// comes after its set was closed is one like any other, but for its place.
func (t *turn) gather() bool {
	set := t.m.Set
	if set == nil || set.ID == "" || set.Total == 1 {
		return false
	}
	a, file := t.album(*set), t.m.Attachment
	fit := file != nil && file.Fault == ""
	switch {
	case a.Ended:
		if fit {
			a.place(t.m.ID, set.Index)
		}
		return false
	case !fit:
		a.Lost++
		t.text(t.unfit(file))
	case !slices.ContainsFunc(a.Files, func(p AlbumPicture) bool { return p.ID == file.ID }):
		held := HeldFile{File: forms.File{ID: file.ID, Name: file.Name, Type: file.Type, Size: file.Size}, Message: t.m.ID}
		a.Files = append(a.Files, AlbumPicture{HeldFile: held, Index: set.Index})
	}
	if a.whole() {
		t.endAlbum(a)
	}
	return true
}

// album returns what is remembered of a set, which begins when nothing is. The oldest one makes room.
func (t *turn) album(set Set) *Album {
	if i := slices.IndexFunc(t.c.Albums, func(a Album) bool { return a.ID == set.ID }); i >= 0 {
		return &t.c.Albums[i]
	}
	if len(t.c.Albums) >= albumsKept {
		t.endAlbum(&t.c.Albums[0])
		t.c.Albums = slices.Delete(t.c.Albums, 0, 1)
	}
	t.c.Albums = append(t.c.Albums, Album{ID: set.ID, Total: set.Total})
	t.do(Gather{Set: set.ID})
	return &t.c.Albums[len(t.c.Albums)-1]
}

// loseFromAlbums takes out of the sets what a message brought.
func (t *turn) loseFromAlbums(message string) {
	for i := range t.c.Albums {
		a := &t.c.Albums[i]
		before := len(a.Files)
		a.Files = slices.DeleteFunc(a.Files, func(p AlbumPicture) bool { return p.Message == message })
		a.Lost += before - len(a.Files)
		if len(a.Files) < before && a.whole() {
			t.endAlbum(a)
		}
		delete(a.Places, message)
	}
}

// setEnded closes a set that has been waited for long enough.
func (t *turn) setEnded() {
	for i := range t.c.Albums {
		if t.c.Albums[i].ID == t.m.ID {
			t.endAlbum(&t.c.Albums[i])
		}
	}
}

// endAlbums closes every set that is open, in the order in which they began.
func (t *turn) endAlbums() {
	for i := range t.c.Albums {
		t.endAlbum(&t.c.Albums[i])
	}
}

// endAlbum takes the pictures of a set, in the order in which they were chosen, as one message.
func (t *turn) endAlbum(a *Album) {
	if a.Ended {
		return
	}
	slices.SortStableFunc(a.Files, func(x, y AlbumPicture) int { return cmp.Compare(x.Index, y.Index) })
	pictures := make([]HeldFile, 0, len(a.Files))
	for _, p := range a.Files {
		pictures = append(pictures, p.HeldFile)
		a.place(p.Message, p.Index)
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

// placeAmong returns where the picture of a message belongs among those of others: before what was chosen
// after it in the same set, else behind the rest of the set, else at the end.
func (t *turn) placeAmong(others []string, message string) int {
	for _, a := range t.c.Albums {
		own, is := a.Places[message]
		if !is {
			continue
		}
		behind := len(others)
		for i, other := range others {
			index, same := a.Places[other]
			switch {
			case same && index > own:
				return i
			case same:
				behind = i + 1
			}
		}
		return behind
	}
	return len(others)
}
