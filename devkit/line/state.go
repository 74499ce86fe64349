package line

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"slices"
	"time"

	"github.com/google/uuid"
)

// Lives of what the platform hands out (sections 2.3, 2.4, 4.5 and 4.6 of the LINE notes).
const (
	replyLife     = time.Minute      // a reply token, from receiving the webhook
	replyLimit    = 20 * time.Minute // a reply token of a redelivered event, from the event
	retryLife     = 24 * time.Hour   // a retry key
	linkLife      = 10 * time.Minute // a link token
	statelessLife = 15 * time.Minute // a stateless access token
	longLife      = 30 * 24 * time.Hour
	reachLife     = 7 * 24 * time.Hour // pushes reach somebody who is no friend but wrote
)

// userRow is a citizen with the LINE app. ID is the user ID under the default provider.
type userRow struct {
	ID       string
	Name     string
	Picture  string
	Language string
	Phone    string `json:",omitempty"` // E.164, for notification messages
	PCOnly   bool   `json:",omitempty"` // never consented: groups do not tell the user's ID
	Deleted  bool   `json:",omitempty"`
}

// friendRow is what one channel and one user are to each other.
type friendRow struct {
	Following    bool
	Blocked      bool
	Known        bool // ever followed
	WroteAt      time.Time
	RichMenu     string
	LoadingUntil time.Time
}

// groupRow is a group chat or a multi-person chat that the account is in.
type groupRow struct {
	ID      string
	Kind    string // group or room
	Name    string
	Channel string
	Members []string
	Left    bool
	Silent  bool `json:",omitempty"` // a room of which the account has not heard yet
}

// messageRow is one bubble of a chat. Seq is its place; Changed moves when it is unsent or read.
type messageRow struct {
	Seq       int64
	Changed   int64
	ID        string
	Channel   string
	Chat      string
	User      string `json:",omitempty"`
	From      string
	At        time.Time
	Message   json.RawMessage
	Via       string `json:",omitempty"`
	Unsent    bool   `json:",omitempty"`
	Edited    bool   `json:",omitempty"`
	Read      bool   `json:",omitempty"`
	MarkToken string `json:",omitempty"`
	Webhook   bool   `json:",omitempty"` // the bot got an event with this message
}

// contentRow is the media of a citizen's message; the bytes lie in the media folder.
type contentRow struct {
	ID      string
	Channel string
	Kind    string
	MIME    string
	Name    string
	Size    int64
	Made    bool `json:",omitempty"` // bytes that exist only while they are read
	SentAt  time.Time
	ReadyAt time.Time
	Failed  bool `json:",omitempty"`
	Gone    bool `json:",omitempty"`
}

// deliveryRow is one webhook call that has not yet succeeded or been given up.
type deliveryRow struct {
	ID       string // event ID of the first event
	Channel  string
	Chat     string
	Events   []json.RawMessage
	Raw      []byte   `json:",omitempty"` // sent as it is in place of Events
	BadSign  bool     `json:",omitempty"`
	Tokens   []string `json:",omitempty"` // reply tokens in it
	Messages []string `json:",omitempty"` // messages that become read with it
	At       time.Time
	NextAt   time.Time
	Attempts int

	fate string // the random fault that the attempt under way meets
}

// replyRow is a reply token.
type replyRow struct {
	Channel     string
	Chat        string
	EventAt     time.Time
	DeliveredAt time.Time
	Used        bool
}

// sentMessage is what an accepted send answers about one message.
type sentMessage struct {
	ID         string `json:"id"`
	QuoteToken string `json:"quoteToken,omitempty"`
}

// retryRow is an accepted request that carried a retry key. There may be a million of them, so it is
// small.
type retryRow struct {
	Millis  int64 // when, in Unix milliseconds
	Request uuid.UUID
	Sum     uint64 // of the path and the body
	Sent    []sentMessage
}

// over says whether LINE has forgotten the key.
func (r retryRow) over(now time.Time) bool {
	return now.UnixMilli()-r.Millis >= retryLife.Milliseconds()
}

// tokenRow is an issued channel access token.
type tokenRow struct {
	Token     string
	Channel   string
	Kind      tokenKind
	KeyID     string
	IssuedAt  time.Time
	ExpiresAt time.Time
	Revoked   bool
}

// menuRow is a rich menu.
type menuRow struct {
	ID      string
	Channel string
	Menu    json.RawMessage
	MIME    string // of the image, empty without one
	At      time.Time
}

// linkRow is a link token of account linking.
type linkRow struct {
	Channel string
	User    string
	At      time.Time
	Used    bool
}

// channelRow is what a channel gathers while it runs.
type channelRow struct {
	Webhook string // set through the API, replaces the configured one
	Menu    string // default rich menu
}

// metaRow holds what belongs to the simulator as a whole.
type metaRow struct {
	Advance  time.Duration
	Settings Settings
	Key      []byte `json:",omitempty"` // signs ID tokens
}

// state is everything the simulator remembers. The simulator's lock guards it.
type state struct {
	accounts   *table[Channel] // made by the control API; others come anew with each start
	channels   *table[channelRow]
	users      *table[userRow]
	friends    *table[friendRow]
	groups     *table[groupRow]
	messages   *table[messageRow]
	contents   *table[contentRow]
	deliveries *table[deliveryRow]
	replies    *table[replyRow]
	retries    *table[retryRow]
	tokens     *table[tokenRow]
	menus      *table[menuRow]
	aliases    *table[string]
	links      *table[linkRow]
	counts     *table[int64]
	progress   *table[progressRow]
	resumes    *table[time.Time]
	audiences  *table[audienceRow]
	coupons    *table[couponRow]
	liffs      *table[liffRow]
	grants     *table[grantRow]
	plans      *table[planRow]
	members    *table[memberRow]
	meta       *table[metaRow]

	keep  int   // bubbles
	large int64 // journal
	root  *os.Root
	log   *journal
	base  int64 // size of the journal after it was rewritten
	seq   int64
	chats map[string][]string  // message IDs of a chat in order
	marks map[string]string    // message ID of a read token
	known map[string]userIndex // users by the IDs of a provider
}

// pair joins two parts of a key; neither an ID nor a destination holds a blank.
func pair(a, b string) string { return a + " " + b }

func newState(keep int, large int64) *state {
	if keep <= 0 {
		keep = keptMessages
	}
	if large <= 0 {
		large = largeJournal
	}
	return &state{
		keep:       keep,
		large:      large,
		accounts:   newAgingTable[Channel]("accounts"),
		channels:   newTable[channelRow]("channels"),
		users:      newTable[userRow]("users"),
		friends:    newTable[friendRow]("friends"),
		groups:     newTable[groupRow]("groups"),
		messages:   newAgingTable[messageRow]("messages"),
		contents:   newTable[contentRow]("contents"),
		deliveries: newTable[deliveryRow]("deliveries"),
		replies:    newAgingTable[replyRow]("replies"),
		retries:    newAgingTable[retryRow]("retries"),
		tokens:     newTable[tokenRow]("tokens"),
		menus:      newTable[menuRow]("menus"),
		aliases:    newTable[string]("aliases"),
		links:      newTable[linkRow]("links"),
		counts:     newTable[int64]("counts"),
		progress:   newAgingTable[progressRow]("progress"),
		resumes:    newTable[time.Time]("resumes"),
		audiences:  newTable[audienceRow]("audiences"),
		coupons:    newTable[couponRow]("coupons"),
		liffs:      newTable[liffRow]("liffs"),
		grants:     newAgingTable[grantRow]("grants"),
		plans:      newTable[planRow]("plans"),
		members:    newTable[memberRow]("members"),
		meta:       newTable[metaRow]("meta"),
		chats:      map[string][]string{},
		marks:      map[string]string{},
		known:      map[string]userIndex{},
	}
}

func (s *state) tables() []anyTable {
	return []anyTable{
		s.accounts, s.channels, s.users, s.friends, s.groups, s.messages, s.contents, s.deliveries,
		s.replies, s.retries, s.tokens, s.menus, s.aliases, s.links, s.counts, s.meta,
		s.progress, s.resumes, s.audiences, s.coupons, s.liffs, s.grants, s.plans, s.members,
	}
}

// open reads what an earlier run left in the folder and keeps the journal there from now on.
// now is the real time, which decides what is over and need not be carried along.
func (s *state) open(root *os.Root, logger *slog.Logger, now time.Time) error {
	byName := map[string]anyTable{}
	for _, t := range s.tables() {
		byName[t.tableName()] = t
	}
	err := readJournal(root, func(e entry) error {
		t, ok := byName[e.Table]
		if !ok {
			return fmt.Errorf("unknown table %q", e.Table)
		}
		return t.load(e.Key, e.Value)
	})
	if err != nil {
		return err
	}
	if m, ok := s.meta.row(metaKey); ok {
		now = now.Add(m.Advance)
	}
	s.prune(now)
	s.index()
	s.root = root
	return s.rewrite(logger)
}

// rewrite replaces the journal by one that holds nothing but the rows there are.
func (s *state) rewrite(logger *slog.Logger) error {
	fresh, err := rewriteJournal(s.root, logger, func(j *journal) {
		for _, t := range s.tables() {
			t.dump(j)
		}
	})
	if err != nil {
		return err
	}
	old := s.log
	s.log, s.base = fresh, fresh.size
	for _, t := range s.tables() {
		t.attach(s.log)
	}
	return old.close()
}

// largeJournal is the size from which on a journal is worth rewriting, unless Config says otherwise.
const largeJournal = 64 << 20

// compact rewrites a journal that is mostly history.
func (s *state) compact(logger *slog.Logger) error {
	if s.log == nil || s.log.failed || s.log.size < max(s.large, 4*s.base) {
		return nil
	}
	return s.rewrite(logger)
}

// How much is remembered. What is older goes, as nobody looks at a million bubbles.
const (
	keptMessages = 100_000   // bubbles of all chats, unless Config says otherwise
	keptRetries  = 1_000_000 // retry keys, which LINE keeps for 24 hours
)

// prune drops what can no longer matter at that time of the virtual clock.
func (s *state) prune(now time.Time) {
	s.grants.expire(func(g grantRow) bool { return now.Sub(g.At) > refreshLife })
	s.replies.expire(func(r replyRow) bool { return now.Sub(r.EventAt) > replyLimit })
	s.retries.expire(func(r retryRow) bool { return r.over(now) })
	for key, t := range s.tokens.rows {
		if now.After(t.ExpiresAt) {
			s.tokens.remove(key)
		}
	}
	for key, l := range s.links.rows {
		if now.Sub(l.At) > linkLife {
			s.links.remove(key)
		}
	}
}

// index rebuilds what is derived from the rows.
func (s *state) index() {
	s.seq = 0
	s.chats, s.marks, s.known = map[string][]string{}, map[string]string{}, map[string]userIndex{}
	all := make([]messageRow, 0, len(s.messages.rows))
	for _, m := range s.messages.rows {
		all = append(all, m)
		s.seq = max(s.seq, m.Seq, m.Changed)
	}
	slices.SortFunc(all, func(a, b messageRow) int { return cmp.Compare(a.Seq, b.Seq) })
	for _, m := range all {
		key := pair(m.Channel, m.Chat)
		s.chats[key] = append(s.chats[key], m.ID)
		if m.MarkToken != "" {
			s.marks[m.MarkToken] = m.ID
		}
	}
}

// addMessage appends a bubble to its chat.
func (s *state) addMessage(m messageRow) {
	s.seq++
	m.Seq, m.Changed = s.seq, s.seq
	s.messages.put(m.ID, m)
	key := pair(m.Channel, m.Chat)
	s.chats[key] = append(s.chats[key], m.ID)
	if m.MarkToken != "" {
		s.marks[m.MarkToken] = m.ID
	}
	s.messages.expire(func(old messageRow) bool {
		if len(s.messages.rows) <= s.keep {
			return false
		}
		key := pair(old.Channel, old.Chat)
		if s.chats[key] = s.chats[key][1:]; len(s.chats[key]) == 0 {
			delete(s.chats, key)
		}
		delete(s.marks, old.MarkToken)
		return true
	})
}

// remember keeps an accepted request under its retry key.
func (s *state) remember(key string, r retryRow) {
	s.retries.put(key, r)
	s.retries.expire(func(retryRow) bool { return len(s.retries.rows) > keptRetries })
}

// changeMessage stores a bubble that is no longer what it was.
func (s *state) changeMessage(m messageRow) {
	s.seq++
	m.Changed = s.seq
	s.messages.put(m.ID, m)
}

// friend returns what the channel and the user are to each other; strangers have an empty row.
func (s *state) friend(channel, user string) friendRow {
	f, _ := s.friends.row(pair(channel, user))
	return f
}

func (s *state) close() error {
	err := s.log.close()
	if s.root != nil {
		err = errors.Join(err, s.root.Close())
	}
	return err
}

// metaKey is the key of the only row of meta.
const metaKey = "simulator"
