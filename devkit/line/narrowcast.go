package line

import (
	"encoding/json"
	"net/http"
	"time"
)

// Narrowcast: accepted at once, sent a while later, asked about by request ID.

const (
	// narrowTakes is how long the platform works on a narrowcast, on the virtual clock (UNCONFIRMED).
	narrowTakes = 2 * time.Second
	// progressLife is how long the progress of a narrowcast or a rich menu batch can be asked for.
	progressLife = 14 * 24 * time.Hour
	// fewRecipients is the least number of people that an audience or a filter must leave.
	fewRecipients = 50
)

// isoTime is how LINE writes times in JSON.
const isoTime = "2006-01-02T15:04:05.000Z"

// narrowLimit says how many people a narrowcast may reach.
type narrowLimit struct {
	Max                   *int64 `json:"max"`
	UpToRemainingQuota    bool   `json:"upToRemainingQuota"`
	ForbidPartialDelivery bool   `json:"forbidPartialDelivery"`
}

// progressRow is an accepted request whose work goes on after the answer.
type progressRow struct {
	Channel  string
	Kind     string // narrowcast or batch
	At       time.Time
	DoneAt   time.Time
	Messages []json.RawMessage `json:",omitempty"`
	Limit    *narrowLimit      `json:",omitempty"`
	Few      bool              `json:",omitempty"` // an audience or filter leaves too few people
	Done     bool              `json:",omitempty"`
	Failed   int               `json:",omitempty"` // error code
	Target   int64             `json:",omitempty"`
	Success  int64             `json:",omitempty"`
}

// narrowcast answers POST /v2/bot/message/narrowcast.
func (s *Simulator) narrowcast(r *request) answer {
	key, b, a, fine := s.readKeyed(r, "narrowcast")
	if !fine {
		return a
	}
	if l := b.Limit; l != nil {
		if l.Max != nil && *l.Max == 0 {
			l.Max = nil // the official SDK always sends it (section 7.3)
		}
		switch {
		case l.Max != nil && *l.Max < 1:
			return oneProblem("Must be greater than 0", "limit.max")
		case l.ForbidPartialDelivery && !l.UpToRemainingQuota:
			return refuse(http.StatusBadRequest, "The option forbidPartialDelivery must be used with upToRemainingQuota.")
		}
	}
	if a, fine := s.audienceOf(b.Recipient); !fine {
		return a
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if a, before := s.accepted(r, key, "narrowcast"); before {
		return a
	}
	if a, fine := s.fits(r.channel, b.Messages, ""); !fine {
		return a
	}
	people := int64(len(s.followers(r.channel)))
	filtered := len(b.Recipient) > 0 || len(b.Filter) > 0
	// The account's whole reach is set aside while a narrowcast runs.
	if (b.Limit == nil || !b.Limit.UpToRemainingQuota) && !s.afford(r.channel, people, r.now) {
		return refuse(http.StatusTooManyRequests, monthlyLimit)
	}
	s.state.progress.put(r.id, progressRow{
		Channel: r.channel.Destination, Kind: "narrowcast", At: r.now, DoneAt: r.now.Add(narrowTakes),
		Messages: b.Messages, Limit: b.Limit, Few: filtered && people < fewRecipients, Target: people,
	})
	s.accept(r, key, "narrowcast", nil)
	s.kick()
	return answer{status: http.StatusAccepted, body: empty}
}

// audienceOf checks the audiences that a recipient names; there is none that a test could have
// filled with 50 people, so that their IDs are all unknown.
func (s *Simulator) audienceOf(recipient json.RawMessage) (answer, bool) {
	if len(recipient) == 0 {
		return answer{}, true
	}
	var v struct {
		Type      string      `json:"type"`
		Audience  json.Number `json:"audienceGroupId"`
		RequestID string      `json:"requestId"`
	}
	if json.Unmarshal(recipient, &v) != nil {
		return invalidProperty("recipient"), false
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	switch v.Type {
	case "audience":
		if _, known := s.state.audiences.row(v.Audience.String()); !known {
			return refuse(http.StatusBadRequest, "Invalid audience group id: "+v.Audience.String()), false
		}
	case "redelivery":
		if row, known := s.state.progress.row(v.RequestID); !known || row.Kind != "narrowcast" {
			return refuse(http.StatusBadRequest, "Invalid request id: "+v.RequestID), false
		}
	case "operator":
	default:
		return oneProblem("Must be one of the following values: [audience, redelivery, operator]", "recipient.type"), false
	}
	return answer{}, true
}

// carryOn finishes what was accepted and whose time has come, and says when the next one is due.
// The caller holds the lock.
func (s *Simulator) carryOn(now time.Time) time.Duration {
	pause := time.Minute
	s.state.progress.expire(func(p progressRow) bool { return now.Sub(p.At) > progressLife })
	for id, p := range s.state.progress.rows {
		if p.Done {
			continue
		}
		if wait := p.DoneAt.Sub(now); wait > 0 {
			pause = min(pause, wait)
			continue
		}
		c, known := s.channels[p.Channel]
		if !known {
			continue
		}
		if p.Kind == "narrowcast" {
			s.sendNarrow(c, &p, now)
		}
		p.Done, p.Messages = true, nil
		s.state.progress.put(id, p)
	}
	return pause
}

// sendNarrow shows a narrowcast to the friends there are. The caller holds the lock.
func (s *Simulator) sendNarrow(c Channel, p *progressRow, now time.Time) {
	if p.Few {
		p.Failed = 2
		return
	}
	people := s.followers(c)
	most := int64(len(people))
	if p.Limit != nil {
		if p.Limit.Max != nil {
			most = min(most, *p.Limit.Max)
		}
		if p.Limit.UpToRemainingQuota && s.settings.Quota != nil {
			most = min(most, max(*s.settings.Quota-s.state.counts.rows[usageKey(c, now)], 0))
		}
		if p.Limit.ForbidPartialDelivery && most < int64(len(people)) {
			p.Failed = 5
			return
		}
	}
	for _, id := range people[:most] {
		u, _ := s.userByLineID(c, id)
		if _, err := s.showMessages(c, u.ID, p.Messages, "narrowcast", now); err != nil {
			p.Failed = 1
			s.logger.Error("line simulator: narrowcast not shown", "err", err)
			return
		}
	}
	p.Success = most
	s.count(c, "narrowcast", now, most, most)
}

// narrowProgress answers GET /v2/bot/message/progress/narrowcast.
func (s *Simulator) narrowProgress(r *request) answer {
	p, a, fine := s.progressOf(r, "narrowcast")
	if !fine {
		return a
	}
	v := map[string]any{"phase": "waiting", "acceptedTime": p.At.UTC().Format(isoTime)}
	switch {
	case p.Done && p.Failed > 0:
		v["phase"], v["errorCode"] = "failed", p.Failed
		v["failedDescription"] = map[int]string{1: "internal error", 2: "not enough recipients", 5: "partial delivery is forbidden"}[p.Failed]
		v["completedTime"] = p.DoneAt.UTC().Format(isoTime)
	case p.Done:
		v["phase"], v["completedTime"] = "succeeded", p.DoneAt.UTC().Format(isoTime)
		v["successCount"], v["failureCount"], v["targetCount"] = p.Success, 0, p.Target
	}
	return ok(v)
}

// progressOf finds the accepted request that is asked about, after doing what is due.
func (s *Simulator) progressOf(r *request, kind string) (progressRow, answer, bool) {
	id := r.URL.Query().Get("requestId")
	if id == "" {
		return progressRow{}, refuse(http.StatusBadRequest, "The value for the 'requestId' parameter is invalid"), false
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.carryOn(r.now)
	p, known := s.state.progress.row(id)
	if !known || p.Kind != kind || p.Channel != r.channel.Destination {
		return p, refuse(http.StatusNotFound, "Not found"), false
	}
	return p, answer{}, true
}
