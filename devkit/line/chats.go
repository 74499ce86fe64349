package line

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"time"

	"github.com/go-chi/chi/v5"

	"saphan/internal/fault"
)

// The chat as the citizen sees it.

type userView struct {
	ID        string `json:"id"`
	UserID    string `json:"userId"` // by which the channel knows the user: differs between providers
	Name      string `json:"name"`
	Picture   string `json:"picture"`
	Blocked   bool   `json:"blocked"`
	Following bool   `json:"following"`
}

type channelView struct {
	Destination string `json:"destination"`
	ChannelID   string `json:"channelId"`
	Name        string `json:"name"`
	Picture     string `json:"picture"`
	BasicID     string `json:"basicId"`
}

type messageView struct {
	Seq        int64           `json:"seq"`
	Changed    int64           `json:"changed"`
	ID         string          `json:"id"`
	From       string          `json:"from"`
	User       string          `json:"user,omitempty"`
	At         time.Time       `json:"at"`
	Message    json.RawMessage `json:"message"`
	Sender     json.RawMessage `json:"sender,omitempty"`
	Unsent     bool            `json:"unsent"`
	Edited     bool            `json:"edited"`
	Read       bool            `json:"read"`
	Via        string          `json:"via,omitempty"`
	ContentURL string          `json:"contentUrl,omitempty"`
	FileName   string          `json:"fileName,omitempty"`
}

type menuView struct {
	ID          string          `json:"richMenuId"`
	Size        json.RawMessage `json:"size"`
	Areas       json.RawMessage `json:"areas"`
	ChatBarText string          `json:"chatBarText"`
	Selected    bool            `json:"selected"`
	ImageURL    string          `json:"imageUrl"`
}

type chatView struct {
	User         userView        `json:"user"`
	Group        *groupView      `json:"group,omitempty"`
	Editable     bool            `json:"editable"` // texts can be edited here
	Channel      channelView     `json:"channel"`
	Seq          int64           `json:"seq"`
	Messages     []messageView   `json:"messages"`
	QuickReply   json.RawMessage `json:"quickReply"`
	RichMenu     *menuView       `json:"richMenu"`
	LoadingUntil *time.Time      `json:"loadingUntil"`
}

func (s *Simulator) viewUser(c Channel, u userRow) userView {
	f := s.state.friend(c.Destination, u.ID)
	return userView{ID: u.ID, UserID: lineUserID(c, u.ID), Name: u.Name, Picture: u.Picture, Blocked: f.Blocked, Following: f.Following}
}

func viewChannel(c Channel) channelView {
	return channelView{Destination: c.Destination, ChannelID: c.ID, Name: c.Name, Picture: c.Picture, BasicID: c.BasicID}
}

// shown picks the parts of a bot's message that belong to the chat rather than to the bubble.
type shown struct {
	QuickReply json.RawMessage `json:"quickReply"`
	Sender     json.RawMessage `json:"sender"`
}

// viewMessage describes one bubble.
func (s *Simulator) viewMessage(m messageRow) (messageView, error) {
	v := messageView{
		Seq: m.Seq, Changed: m.Changed, ID: m.ID, From: m.From, User: m.User, At: m.At, Message: m.Message,
		Unsent: m.Unsent, Edited: m.Edited, Read: m.Read, Via: m.Via,
	}
	if content, ok := s.state.contents.row(m.ID); ok && !content.Gone {
		v.ContentURL, v.FileName = "content/"+m.ID, content.Name
	}
	if m.From == fromBot {
		var extra shown
		if err := json.Unmarshal(m.Message, &extra); err != nil {
			return v, fmt.Errorf("message %s: %w", m.ID, err)
		}
		v.Sender = extra.Sender
	}
	return v, nil
}

// viewChat describes the chat, with the bubbles that are new or changed after that number.
func (s *Simulator) viewChat(a actor, after int64) (chatView, error) {
	v := chatView{
		User:     s.viewUser(a.channel, a.user),
		Channel:  viewChannel(a.channel),
		Messages: []messageView{},
	}
	rows := s.rowsOf(a.channel.Destination, a.chat)
	for _, m := range rows {
		v.Seq = max(v.Seq, m.Changed)
		if m.Changed <= after {
			continue
		}
		view, err := s.viewMessage(m)
		if err != nil {
			return v, err
		}
		v.Messages = append(v.Messages, view)
	}
	if n := len(rows); n > 0 && rows[n-1].From == fromBot {
		var last shown
		if err := json.Unmarshal(rows[n-1].Message, &last); err != nil {
			return v, fmt.Errorf("message %s: %w", rows[n-1].ID, err)
		}
		v.QuickReply = last.QuickReply
	}
	v.Editable = s.settings.EditAnywhere
	if g, inGroup := s.state.groups.row(a.chat); inGroup {
		view := viewGroup(g)
		v.Group = &view
		v.Editable = v.Editable || g.Kind == "group"
		return v, nil
	}
	f := s.state.friend(a.channel.Destination, a.user.ID)
	if f.LoadingUntil.After(s.now()) {
		v.LoadingUntil = &f.LoadingUntil
	}
	menu, err := s.menuFor(a.channel, f)
	v.RichMenu = menu
	return v, err
}

// menuFor returns the rich menu that the user sees: the user's own before the default one.
func (s *Simulator) menuFor(c Channel, f friendRow) (*menuView, error) {
	id := f.RichMenu
	if _, ok := s.state.menus.row(id); !ok {
		row, _ := s.state.channels.row(c.Destination)
		id = row.Menu
	}
	m, ok := s.state.menus.row(id)
	if !ok {
		return nil, nil //nolint:nilnil // no menu is a value of its own: null in the answer
	}
	v := menuView{ID: id}
	var menu struct {
		Size        json.RawMessage `json:"size"`
		Areas       json.RawMessage `json:"areas"`
		ChatBarText string          `json:"chatBarText"`
		Selected    bool            `json:"selected"`
	}
	if err := json.Unmarshal(m.Menu, &menu); err != nil {
		return nil, fmt.Errorf("rich menu %s: %w", id, err)
	}
	v.Size, v.Areas, v.ChatBarText, v.Selected = menu.Size, menu.Areas, menu.ChatBarText, menu.Selected
	if m.MIME != "" {
		v.ImageURL = "content/" + id
	}
	return &v, nil
}

// readActor finds whose chat a request is about: the path names a user or, with ?as=, a group.
func (s *Simulator) readActor(r *http.Request) (actor, error) {
	id, destination := chi.URLParam(r, "user"), r.URL.Query().Get("channel")
	if as := r.URL.Query().Get("as"); as != "" {
		return s.actor(as, destination, id)
	}
	return s.actor(id, destination, "")
}

// showChat answers GET control/chats/{user}. A chat opened for the first time makes the citizen a
// friend of the account, as tapping "add" does.
func (s *Simulator) showChat(r *http.Request) (any, error) {
	after, err := number(r, "after")
	if err != nil {
		return nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	a, err := s.readActor(r)
	if err != nil {
		return nil, err
	}
	if err := s.firstOpening(a); err != nil {
		return nil, err
	}
	return s.viewChat(a, after)
}

// firstOpening befriends the account unless there was anything between the two before.
func (s *Simulator) firstOpening(a actor) error {
	f := s.state.friend(a.channel.Destination, a.user.ID)
	if a.chat != a.user.ID || f.Known || f.Blocked || len(s.state.chats[pair(a.channel.Destination, a.chat)]) > 0 {
		return nil
	}
	_, err := s.befriend(a)
	return err
}

// number reads a whole number from the query, 0 when it is not there.
func number(r *http.Request, name string) (int64, error) {
	text := r.URL.Query().Get(name)
	if text == "" {
		return 0, nil
	}
	n, err := strconv.ParseInt(text, 10, 64)
	if err != nil {
		return 0, fault.Wrap(fault.Invalid, "พารามิเตอร์ "+name+" ต้องเป็นตัวเลข", err)
	}
	return n, nil
}

// heartbeat keeps the event stream of an idle chat open.
const heartbeat = 15 * time.Second

// streamChat answers GET control/chats/{user}/events: one event now and one on each change.
func (s *Simulator) streamChat(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	a, err := s.readActor(r)
	s.mu.Unlock()
	if err != nil {
		s.writeControl(w, r, nil, err)
		return
	}
	out := http.NewResponseController(w)
	w.Header().Set("Content-Type", "text/event-stream")
	w.Header().Set("Cache-Control", "no-store")
	w.Header().Set("X-Accel-Buffering", "no")
	w.WriteHeader(http.StatusOK)

	key := pair(a.channel.Destination, a.chat)
	changed := s.watch(key)
	defer s.unwatch(key, changed)
	beat := time.NewTicker(heartbeat)
	defer beat.Stop()
	if err := out.SetWriteDeadline(time.Time{}); err != nil && !errors.Is(err, http.ErrNotSupported) {
		return
	}
	for {
		select {
		case <-r.Context().Done():
			return
		case <-s.ctx.Done():
			return
		case <-beat.C:
			_, err = fmt.Fprint(w, ": still here\n\n")
		case <-changed:
			_, err = fmt.Fprintf(w, "event: chat\ndata: {\"seq\":%d}\n\n", s.lastChange(a))
		}
		if err != nil || out.Flush() != nil {
			return
		}
	}
}

// lastChange is the number of the newest change of the chat.
func (s *Simulator) lastChange(a actor) int64 {
	s.mu.Lock()
	defer s.mu.Unlock()
	var seq int64
	for _, m := range s.rowsOf(a.channel.Destination, a.chat) {
		seq = max(seq, m.Changed)
	}
	return seq
}

// watch registers for changes of a chat.
func (s *Simulator) watch(key string) chan struct{} {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.watchers[key] == nil {
		s.watchers[key] = map[chan struct{}]struct{}{}
	}
	c := make(chan struct{}, 1)
	c <- struct{}{} // the state on connecting counts as the first change
	s.watchers[key][c] = struct{}{}
	return c
}

func (s *Simulator) unwatch(key string, c chan struct{}) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.watchers[key], c)
	if len(s.watchers[key]) == 0 {
		delete(s.watchers, key)
	}
}

// notify tells who watches the chat that it changed. The caller holds the lock.
func (s *Simulator) notify(key string) {
	for c := range s.watchers[key] {
		select {
		case c <- struct{}{}:
		default:
		}
	}
}
