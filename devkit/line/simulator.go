// Package line plays the LINE platform on one machine: the Messaging API that a bot calls, the
// webhooks that LINE would send it, and a control API by which a page or a script acts as the
// citizen. It is strict where LINE is strict and forgets, expires and meters as LINE does, so that
// what works here has a fair chance to work there.
//
// It shares no code with the bot and none with LINE's SDK: it is a second reading of the same
// documents. What those documents leave open is marked UNCONFIRMED and can be switched off
// (Settings.GuessesOff).
package line

import (
	"context"
	"crypto/ecdsa"
	"crypto/x509"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"net/http"
	"os"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

// Config is what a Simulator needs. The zero value works and keeps everything in memory.
type Config struct {
	// Dir is the folder in which the state outlives the process; empty keeps it in memory.
	Dir string
	// Logger receives what an operator should know; nil keeps silent.
	Logger *slog.Logger
	// Now is the clock under the virtual clock; nil is the time of day.
	Now func() time.Time
	// LoopbackImages is the first value of the switch of that name in Settings.
	LoopbackImages bool
	// KeepMessages is how many bubbles of all chats are remembered, 100,000 when 0; a million sends
	// must not fill the machine.
	KeepMessages int
	// LargeJournal is the size in bytes from which on the journal is written anew when most of it is
	// history, 64 MB when 0.
	LargeJournal int64
	// BaseURL is the public address of the mount, without a slash at the end, for links that
	// citizens open; nil leaves such links relative.
	BaseURL func() string
}

// Channel is a Messaging API channel: one official account.
type Channel struct {
	Destination string // the bot's user ID, ^U[0-9a-f]{32}$
	ID          string // channel ID, the client_id of token calls
	Secret      string // signs webhooks
	AccessToken string // a long-lived token; more are issued by the token endpoints
	Name        string
	BasicID     string // such as @saphan; made from the destination when empty
	Picture     string
	Provider    string // channels of one provider know a user by one ID
	WebhookURL  string
	Redelivery  bool // the console's "Webhook redelivery"
	ChatMode    bool // Chat "On": messages become read only by markAsRead
	// Callbacks are the registered redirect addresses of LINE Login; none accepts any.
	Callbacks []string
	// AssertionKeys are the registered public keys for JWT assertions: key ID to PEM.
	AssertionKeys map[string][]byte
}

// Simulator is one running LINE platform. Make it with New, end it with Close.
type Simulator struct {
	cfg    Config
	logger *slog.Logger
	client *http.Client
	media  *media

	ctx  context.Context // the life of deliveries that no caller waits for
	stop context.CancelFunc
	wg   sync.WaitGroup
	wake chan struct{}

	advance atomic.Int64 // virtual clock minus real clock, nanoseconds

	mu       lock
	state    *state
	settings Settings
	channels map[string]Channel
	byToken  map[string]string // destination of a long-lived token
	order    []string
	restored map[string]bool // channels of an earlier run that this one has not named yet
	queues   map[string]*queue
	bundles  map[string]*bundle
	flying   map[string]bool // deliveries with an attempt under way
	buckets  map[string]*bucket
	watchers map[string]map[chan struct{}]struct{}
	calls    *callLog
	key      *ecdsa.PrivateKey
	luck     *rand.Rand // of random faults, begun anew with each setting of them
	prunedAt time.Time
	closed   bool
}

// lock guards everything that the simulator remembers. Releasing it hands what changed to the
// operating system.
type lock struct {
	sync.Mutex
	state *state
}

// Unlock writes what changed and releases the lock.
func (l *lock) Unlock() {
	l.state.log.flush()
	l.Mutex.Unlock()
}

// citizens are the two people who exist from the start.
var citizens = [...]string{"สมหญิง (ตัวอย่าง)", "สมชาย (ตัวอย่าง)"}

// New returns a running simulator with the two test citizens and without channels.
func New(cfg Config) (*Simulator, error) {
	if cfg.Now == nil {
		cfg.Now = time.Now
	}
	if cfg.Logger == nil {
		cfg.Logger = slog.New(slog.DiscardHandler)
	}
	if cfg.BaseURL == nil {
		cfg.BaseURL = func() string { return "" }
	}
	s := &Simulator{
		cfg:      cfg,
		logger:   cfg.Logger,
		client:   webhookClient(),
		wake:     make(chan struct{}, 1),
		state:    newState(cfg.KeepMessages, cfg.LargeJournal),
		channels: map[string]Channel{},
		byToken:  map[string]string{},
		restored: map[string]bool{},
		queues:   map[string]*queue{},
		bundles:  map[string]*bundle{},
		flying:   map[string]bool{},
		buckets:  map[string]*bucket{},
		watchers: map[string]map[chan struct{}]struct{}{},
		calls:    &callLog{tally: newTally()},
	}
	s.mu.state = s.state
	s.settings = s.defaults()
	var err error
	if s.media, err = newMedia(cfg.Dir); err != nil {
		return nil, err
	}
	if cfg.Dir != "" {
		if err := s.openState(); err != nil {
			return nil, errors.Join(err, s.media.close())
		}
	}
	s.ensureCitizens()
	if err := s.restoreChannels(); err != nil {
		return nil, errors.Join(err, s.state.close(), s.media.close())
	}
	s.ctx, s.stop = context.WithCancel(context.Background()) //nolint:forbidigo // deliveries live until Close, not as long as a caller
	s.wg.Go(s.redeliver)
	return s, nil
}

func (s *Simulator) openState() error {
	root, err := os.OpenRoot(s.cfg.Dir)
	if err != nil {
		return fmt.Errorf("open the state folder of the LINE simulator: %w", err)
	}
	if err := s.state.open(root, s.logger, s.cfg.Now()); err != nil {
		return errors.Join(fmt.Errorf("read the state of the LINE simulator in %s: %w", s.cfg.Dir, err), root.Close())
	}
	if m, ok := s.state.meta.row(metaKey); ok {
		s.settings = m.Settings
		s.settings.LoopbackImages = s.settings.LoopbackImages || s.cfg.LoopbackImages
		s.advance.Store(int64(m.Advance))
	}
	return nil
}

func (s *Simulator) ensureCitizens() {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, name := range citizens {
		id := userID(name)
		if _, ok := s.state.users.row(id); !ok {
			s.state.users.put(id, userRow{ID: id, Name: name, Language: "th"})
		}
	}
}

// Close ends deliveries under way, keeping them for the next start, and closes the state.
func (s *Simulator) Close() error {
	s.mu.Lock()
	s.closed = true
	s.mu.Unlock()
	s.stop()
	s.wg.Wait()
	s.client.CloseIdleConnections()
	s.mu.Lock()
	defer s.mu.Unlock()
	return errors.Join(s.state.close(), s.media.close())
}

// AddChannel makes the account known, or replaces what is known of it. Deliveries that an earlier
// run left open go on.
func (s *Simulator) AddChannel(c Channel) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.addChannel(c)
}

// addChannel is AddChannel for a caller who holds the lock.
func (s *Simulator) addChannel(c Channel) error {
	switch {
	case !userIDForm.MatchString(c.Destination):
		return fmt.Errorf("channel %q: the destination must look like U and 32 hexadecimal digits", c.Name)
	case c.Secret == "":
		return fmt.Errorf("channel %s: the secret is empty", c.Destination)
	case c.AccessToken == "":
		return fmt.Errorf("channel %s: the access token is empty", c.Destination)
	}
	if c.BasicID == "" {
		c.BasicID = "@" + c.Destination[1:9]
	}
	if c.ID == "" {
		c.ID = ChannelID(c.Destination)
	}
	if other, taken := s.byToken[c.AccessToken]; taken && other != c.Destination {
		return fmt.Errorf("channel %s: its access token belongs to another channel", c.Destination)
	}
	old, known := s.channels[c.Destination]
	if known {
		delete(s.byToken, old.AccessToken)
	}
	if !known || s.restored[c.Destination] {
		// Accounts that come with this start stand before those that an earlier run left behind: the
		// first one is what a call without a channel means.
		delete(s.restored, c.Destination)
		s.order = slices.DeleteFunc(s.order, func(d string) bool { return d == c.Destination })
		s.order = slices.Insert(s.order, len(s.order)-len(s.restored), c.Destination)
	}
	s.byToken[c.AccessToken] = c.Destination
	s.channels[c.Destination] = c
	s.kick()
	return nil
}

// Channel returns what is known of the account.
func (s *Simulator) Channel(destination string) (Channel, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	c, known := s.channels[destination]
	return c, known
}

// ChannelID is the channel ID that a channel without one gets: ten digits made from the destination.
func ChannelID(destination string) string {
	var n uint64
	for _, r := range destination {
		n = n*31 + uint64(r)
	}
	return fmt.Sprintf("20%08d", n%100_000_000)
}

// now is the virtual clock.
func (s *Simulator) now() time.Time {
	return s.cfg.Now().Add(time.Duration(s.advance.Load()))
}

// Now returns the time of the virtual clock.
func (s *Simulator) Now() time.Time { return s.now() }

// Advance moves the virtual clock forward; a minute, twenty minutes and a month pass at once.
func (s *Simulator) Advance(d time.Duration) {
	if d <= 0 {
		return
	}
	s.advance.Add(int64(d))
	s.mu.Lock()
	defer s.mu.Unlock()
	s.keepMeta()
	s.kick()
}

// keepMeta journals the clock and the settings. The caller holds the lock.
func (s *Simulator) keepMeta() {
	old, _ := s.state.meta.row(metaKey)
	m := metaRow{Advance: time.Duration(s.advance.Load()), Settings: s.settings, Key: old.Key}
	if s.key != nil {
		var err error
		if m.Key, err = x509.MarshalECPrivateKey(s.key); err != nil {
			s.logger.Error("line simulator: signing key not kept", "err", err)
		}
	}
	s.state.meta.put(metaKey, m)
}

// kick wakes the redelivery loop.
func (s *Simulator) kick() {
	select {
	case s.wake <- struct{}{}:
	default:
	}
}

// link returns an absolute address below the mount where the mount is known.
func (s *Simulator) link(path string) string {
	return strings.TrimSuffix(s.cfg.BaseURL(), "/") + path
}

// Reset forgets chats, users beyond the two test citizens, menus, tokens, keys, settings and the
// virtual clock. Channels stay.
func (s *Simulator) Reset() error {
	s.mu.Lock()
	for _, t := range s.state.tables() {
		if t.tableName() != s.state.accounts.name { // channels stay, those made here too
			t.clear()
		}
	}
	s.state.index()
	s.settings = s.defaults()
	s.advance.Store(0)
	s.luck = nil
	s.bundles = map[string]*bundle{}
	s.keepMeta()
	s.queues = map[string]*queue{}
	s.buckets = map[string]*bucket{}
	s.calls.clear()
	for chat := range s.watchers {
		s.notify(chat)
	}
	err := s.media.clear()
	s.mu.Unlock()
	s.ensureCitizens()
	return err
}
