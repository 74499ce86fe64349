package line

import (
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"time"

	"saphan/devkit/line/strict"
)

// Settings are the switches of the simulator that a script may turn while it runs.
type Settings struct {
	// Redelivery overrides the channels' own switch when set.
	Redelivery *bool `json:"redelivery"`
	// RedeliverySchedule is the wait in seconds before each further attempt; the last one repeats
	// until 20 minutes have passed since the event. LINE keeps its own schedule secret (UNCONFIRMED).
	RedeliverySchedule []float64 `json:"redeliverySchedule"`
	// ContentDelay is for how many seconds content answers 202 after it was sent. Video and audio
	// take at least a second.
	ContentDelay float64 `json:"contentDelay"`
	// ContentLife is for how many seconds content is kept; 0 is for ever. LINE deletes it some day and
	// does not say when (UNCONFIRMED); it is two weeks until somebody sets it, so that a bot which leaves
	// bytes with LINE loses them here too.
	ContentLife float64 `json:"contentLife"`
	// ContentFails makes the preparation of video and audio end in failure.
	ContentFails bool `json:"contentFails"`
	// DuplicateWebhooks is how many times more each webhook arrives without being a redelivery.
	DuplicateWebhooks int `json:"duplicateWebhooks"`
	// ReorderWebhooks lets webhooks of one chat overtake each other.
	ReorderWebhooks bool `json:"reorderWebhooks"`
	// UploadMax is the largest file in bytes that a citizen can send; 0 is no limit but this machine's. LINE
	// publishes none (UNCONFIRMED), so that a bot has to meet files larger than it takes.
	UploadMax int64 `json:"uploadMax"`
	// NoDocuments lets apps offer pictures, videos and sounds only. From which telephones a document can
	// be sent is not documented (UNCONFIRMED).
	NoDocuments bool `json:"noDocuments"`
	// BatchWebhooks lets up to so many events of one account travel in one webhook; 0 and 1 send each
	// alone. How many events and bytes LINE sends at once is not published (UNCONFIRMED); a body of any
	// size can be sent as raw bytes by control/events.
	BatchWebhooks int `json:"batchWebhooks"`
	// UnknownFields adds properties to events that do not exist yet.
	UnknownFields bool `json:"unknownFields"`
	// FailNext are faults that the next matching calls of the bot meet.
	FailNext []Fault `json:"failNext"`
	// Faults lets calls and webhooks go wrong at random; null lets none.
	Faults *RandomFaults `json:"faults"`
	// DropWebhooks is how many of the next attempts to deliver a webhook get lost on the way.
	DropWebhooks int `json:"dropWebhooks"`
	// PerUser is how many pushes a minute one user may get before the 429 of too many messages to
	// one user; 0 is no limit. LINE says that there is one and not where (UNCONFIRMED).
	PerUser int `json:"perUser"`
	// RetryAfter is the value in seconds of a Retry-After header on 429s; 0 sends none. No document
	// speaks of one (UNCONFIRMED), so that a bot has to do without.
	RetryAfter int `json:"retryAfter"`
	// EditAnywhere lets citizens edit messages outside groups, which LINE does not know yet.
	EditAnywhere bool `json:"editAnywhere"`
	// Entitled opens the calls that an ordinary account gets 403 from: lists of followers and
	// members, audiences, statistics, notification messages, memberships, modules. Whether a government
	// account in Thailand is more than an ordinary one is UNCONFIRMED; it is not until somebody says so.
	Entitled bool `json:"entitled"`
	// Quota is how many messages a channel may send in a month; null is no limit. What the plans of
	// Thailand hold is UNCONFIRMED, and a made-up number would be believed: a test of the limit sets one.
	Quota *int64 `json:"quota"`
	// Rate replaces the number of calls a second of every endpoint that has a limit per second;
	// 0 keeps LINE's own.
	Rate float64 `json:"rate"`
	// LoopbackImages accepts http addresses of this machine where LINE wants https, because a
	// machine cannot have a certificate for itself.
	LoopbackImages bool `json:"loopbackImages"`
	// GuessesOff names rules that are our guess and shall not be applied.
	GuessesOff []strict.Guess `json:"guessesOff"`
}

// defaults are the switches of a simulator that nobody has touched.
func (s *Simulator) defaults() Settings {
	return Settings{
		LoopbackImages:     s.cfg.LoopbackImages,
		RedeliverySchedule: []float64{1, 5, 15, 60, 120},
		ContentLife:        (14 * 24 * time.Hour).Seconds(),
		FailNext:           []Fault{},
		GuessesOff:         []strict.Guess{},
	}
}

// check refuses settings that cannot be meant.
func (v Settings) check() error {
	if len(v.RedeliverySchedule) == 0 {
		return errors.New("redeliverySchedule is empty")
	}
	for _, wait := range v.RedeliverySchedule {
		if wait <= 0 {
			return errors.New("redeliverySchedule must be of positive seconds")
		}
	}
	if v.ContentDelay < 0 || v.Rate < 0 || v.DuplicateWebhooks < 0 || v.DuplicateWebhooks > 10 {
		return errors.New("contentDelay, rate and duplicateWebhooks (at most 10) must not be negative")
	}
	if v.BatchWebhooks < 0 || v.BatchWebhooks > 100 {
		return errors.New("batchWebhooks must be between 0 and 100")
	}
	if v.DropWebhooks < 0 || v.PerUser < 0 || v.RetryAfter < 0 || v.ContentLife < 0 || v.UploadMax < 0 {
		return errors.New("dropWebhooks, perUser, retryAfter, contentLife and uploadMax must not be negative")
	}
	for _, g := range v.GuessesOff {
		if !slices.Contains(strict.Guesses(), g) {
			return fmt.Errorf("guessesOff: there is no guess %q", g)
		}
	}
	if err := v.Faults.check(); err != nil {
		return err
	}
	if v.Quota != nil && *v.Quota < 0 {
		return errors.New("quota must not be negative")
	}
	for _, f := range v.FailNext {
		if err := f.check(); err != nil {
			return err
		}
	}
	return nil
}

// Settings returns the switches as they stand.
func (s *Simulator) Settings() Settings {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.settings
}

// Set replaces the switches.
func (s *Simulator) Set(v Settings) error {
	if err := v.check(); err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if !reflect.DeepEqual(v.Faults, s.settings.Faults) {
		s.luck = nil
	}
	s.settings = v
	s.keepMeta()
	s.kick()
	return nil
}

// merge changes the switches that the JSON object names.
func (s *Simulator) merge(patch []byte) error {
	v := s.Settings()
	// What the patch names is decoded afresh: decoding into what the simulator holds would change it
	// without the lock, and mix old with new.
	for name := range fieldsOf(patch) {
		switch name {
		case "redelivery":
			v.Redelivery = nil
		case "redeliverySchedule":
			v.RedeliverySchedule = nil
		case "failNext":
			v.FailNext = nil
		case "faults":
			v.Faults = nil
		case "quota":
			v.Quota = nil
		case "guessesOff":
			v.GuessesOff = nil
		}
	}
	if err := decodeStrict(patch, &v); err != nil {
		return err
	}
	return s.Set(v)
}

// wait is the pause before the attempt after the n-th.
func (v Settings) wait(n int) time.Duration {
	i := min(n, len(v.RedeliverySchedule)) - 1
	return time.Duration(v.RedeliverySchedule[max(i, 0)] * float64(time.Second))
}

// options are the switches of message checking.
func (v Settings) options() strict.Options {
	return strict.Options{Off: v.GuessesOff, LoopbackHTTP: v.LoopbackImages}
}

// decodeStrict decodes one JSON value and refuses unknown fields.
func decodeStrict(data []byte, into any) error {
	dec := json.NewDecoder(newReader(data))
	dec.DisallowUnknownFields()
	if err := dec.Decode(into); err != nil {
		return fmt.Errorf("the body is not what is expected: %w", err)
	}
	return nil
}
