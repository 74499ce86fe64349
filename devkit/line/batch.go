package line

import (
	"encoding/json"
	"time"
)

// Webhooks with events of several people in one call, and with what a bot has never seen before.
// LINE may send both at any time; how many events a call has is not published (UNCONFIRMED).

// gathering is how long events wait for others to travel with.
const gathering = 100 * time.Millisecond

// bundle holds the deliveries of one account that wait to travel together.
type bundle struct {
	ids  []string
	done []chan int
	full chan struct{}
}

// gather lets the delivery wait for others of the account. The caller holds the lock.
func (s *Simulator) gather(d deliveryRow, done chan int) {
	b := s.bundles[d.Channel]
	if b == nil {
		b = &bundle{full: make(chan struct{})}
		s.bundles[d.Channel] = b
		s.wg.Go(func() { s.sendBundle(d.Channel, b) })
	}
	b.ids, b.done = append(b.ids, d.ID), append(b.done, done)
	if len(b.ids) >= s.settings.BatchWebhooks {
		delete(s.bundles, d.Channel)
		close(b.full)
	}
}

// sendBundle makes one delivery of those that wait and attempts it.
func (s *Simulator) sendBundle(channel string, b *bundle) {
	timer := time.NewTimer(gathering)
	defer timer.Stop()
	select {
	case <-b.full:
	case <-timer.C:
	case <-s.ctx.Done():
	}
	s.mu.Lock()
	if s.bundles[channel] == b {
		delete(s.bundles, channel)
	}
	var whole deliveryRow
	for i, id := range b.ids {
		d, there := s.state.deliveries.row(id)
		if !there {
			continue // reset meanwhile
		}
		if i == 0 || whole.ID == "" {
			whole = d
			continue
		}
		whole.Events = append(whole.Events, d.Events...)
		whole.Tokens = append(whole.Tokens, d.Tokens...)
		whole.Messages = append(whole.Messages, d.Messages...)
		s.state.deliveries.remove(id)
		delete(s.flying, id)
	}
	if whole.ID != "" {
		s.state.deliveries.put(whole.ID, whole)
	}
	s.mu.Unlock()
	status := s.attempt(whole.ID)
	for _, done := range b.done {
		done <- status
	}
}

// strange is an event of a type that does not exist yet. The caller holds the lock.
func (s *Simulator) strange(c Channel, now time.Time) (json.RawMessage, error) {
	return encode(map[string]any{
		"type": "somethingNew", "webhookEventId": ulid(now), "timestamp": now.UnixMilli(), "mode": "active",
		"deliveryContext": deliveryContext{}, "somethingNew": map[string]any{"for": c.Destination},
		"source": map[string]string{"type": "somewhereNew", "somewhereId": randomHex(16)},
	})
}

// embellish adds properties that do not exist yet to an event and the objects in it.
func embellish(raw json.RawMessage) json.RawMessage {
	e := fieldsOf(raw)
	if e == nil {
		return raw
	}
	extra := json.RawMessage(`{"a":["b",1,true]}`)
	e["futureProperty"] = extra
	for _, name := range []string{"message", "source", "postback"} {
		if inner := fieldsOf(e[name]); inner != nil {
			inner["futureProperty"] = extra
			if made, err := encode(inner); err == nil {
				e[name] = made
			}
		}
	}
	made, err := encode(e)
	if err != nil {
		return raw
	}
	return made
}
