package line

import (
	"encoding/json"
	"errors"
	"fmt"
	"path"
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
	// ContentFails makes the preparation of video and audio end in failure.
	ContentFails bool `json:"contentFails"`
	// DuplicateWebhooks is how many times more each webhook arrives without being a redelivery.
	DuplicateWebhooks int `json:"duplicateWebhooks"`
	// ReorderWebhooks lets webhooks of one chat overtake each other.
	ReorderWebhooks bool `json:"reorderWebhooks"`
	// FailNext are faults that the next matching calls of the bot meet.
	FailNext []Fault `json:"failNext"`
	// Quota is how many messages a channel may send in a month; null is no limit.
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

// Fault is what a matching call meets: a status with LINE's error form, or one of "reset" and
// "timeout" (nothing was accepted), "reset_after_accept" and "timeout_after_accept" (the call was
// carried out but the bot does not learn it).
type Fault struct {
	// Path is matched against the path of the call below api or api-data, with * for one part.
	Path string `json:"path"`
	// Method limits the fault to one method.
	Method string `json:"method,omitempty"`
	Status any    `json:"status"`
	// Message replaces the text of the error.
	Message string `json:"message,omitempty"`
	// Times is how often; 0 counts as once.
	Times int `json:"times"`
	// Delay is how many seconds the call waits first.
	Delay float64 `json:"delay,omitempty"`
}

// Fault statuses that are no HTTP status.
const (
	faultReset        = "reset"
	faultTimeout      = "timeout"
	faultResetAfter   = "reset_after_accept"
	faultTimeoutAfter = "timeout_after_accept"
	faultSlow         = "slow"
)

// defaults are the switches of a simulator that nobody has touched.
func (s *Simulator) defaults() Settings {
	return Settings{
		LoopbackImages:     s.cfg.LoopbackImages,
		RedeliverySchedule: []float64{1, 5, 15, 60, 120},
		FailNext:           []Fault{},
		GuessesOff:         []strict.Guess{},
	}
}

// code returns the HTTP status of the fault, or 0 and the name of the other kind.
func (f Fault) code() (int, string) {
	switch v := f.Status.(type) {
	case float64:
		return int(v), ""
	case int:
		return v, ""
	case string:
		return 0, v
	default:
		return 0, ""
	}
}

func (f Fault) check() error {
	if _, err := path.Match(f.Path, "/"); err != nil || f.Path == "" {
		return fmt.Errorf("failNext: the path %q is no pattern", f.Path)
	}
	code, name := f.code()
	switch name {
	case faultReset, faultTimeout, faultResetAfter, faultTimeoutAfter, faultSlow:
		return nil
	case "":
		if code >= 200 && code < 600 {
			return nil
		}
	}
	return fmt.Errorf("failNext: status must be an HTTP status, reset, timeout, reset_after_accept, timeout_after_accept or slow, not %v", f.Status)
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
	s.settings = v
	s.keepMeta()
	s.kick()
	return nil
}

// merge changes the switches that the JSON object names.
func (s *Simulator) merge(patch []byte) error {
	v := s.Settings()
	if err := decodeStrict(patch, &v); err != nil {
		return err
	}
	return s.Set(v)
}

// nextFault takes the first fault that matches the call. The caller holds the lock.
func (s *Simulator) nextFault(method, called string) (Fault, bool) {
	for i, f := range s.settings.FailNext {
		if f.Method != "" && f.Method != method {
			continue
		}
		if ok, err := path.Match(f.Path, called); err != nil || !ok {
			continue
		}
		left := append([]Fault{}, s.settings.FailNext...)
		left[i].Times--
		if left[i].Times <= 0 {
			left = append(left[:i], left[i+1:]...)
		}
		s.settings.FailNext = left
		s.keepMeta()
		return f, true
	}
	return Fault{}, false
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
