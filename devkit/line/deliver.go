package line

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"net/url"
	"time"
)

// webhookTimeout is how long LINE waits for the bot (section 1.1).
const webhookTimeout = 2 * time.Second

// userAgent was seen in a captured call; not in the documents (UNCONFIRMED).
const userAgent = "LineBotWebhook/2.0"

// parallelRedeliveries bounds how many redeliveries are under way at once.
const parallelRedeliveries = 16

// queue holds the first deliveries of one chat, which go out one after the other.
type queue struct {
	waiting []waiting
	busy    bool
}

type waiting struct {
	id   string
	done chan int
}

// webhookClient makes the client that calls bots: no redirects, no cookies.
func webhookClient() *http.Client {
	t := &http.Transport{
		Proxy:               nil,
		MaxIdleConnsPerHost: 64,
		IdleConnTimeout:     30 * time.Second,
		ForceAttemptHTTP2:   true,
	}
	return &http.Client{
		Transport:     t,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}

// enqueue stores a delivery and starts it in its turn. The returned channel gets the HTTP status
// of the first attempt, 0 when there was none. The caller holds the lock.
func (s *Simulator) enqueue(d deliveryRow) <-chan int {
	done := make(chan int, 1)
	if s.closed {
		done <- 0
		return done
	}
	d.fate = s.chance(true)
	if s.settings.UnknownFields {
		for i, raw := range d.Events {
			d.Events[i] = embellish(raw)
		}
	}
	if d.fate == faultUnknown && d.Raw == nil {
		if raw, err := s.strange(s.channels[d.Channel], d.At); err == nil {
			d.Events = append(d.Events, raw)
		}
	}
	s.state.deliveries.put(d.ID, d)
	s.flying[d.ID] = true
	if s.settings.BatchWebhooks > 1 && d.Raw == nil && !d.BadSign {
		s.gather(d, done)
		return done
	}
	if s.settings.ReorderWebhooks || d.fate == faultReorder {
		s.wg.Go(func() {
			s.sleep(rand.N(300 * time.Millisecond))
			done <- s.attempt(d.ID)
		})
		return done
	}
	key := pair(d.Channel, d.Chat)
	q := s.queues[key]
	if q == nil {
		q = &queue{}
		s.queues[key] = q
	}
	q.waiting = append(q.waiting, waiting{id: d.ID, done: done})
	if !q.busy {
		q.busy = true
		s.wg.Go(func() { s.drain(key, q) })
	}
	return done
}

// drain sends what waits in the queue until nothing does; then the queue is forgotten.
func (s *Simulator) drain(key string, q *queue) {
	for {
		s.mu.Lock()
		if len(q.waiting) == 0 {
			q.busy = false
			if s.queues[key] == q { // unless all was forgotten meanwhile
				delete(s.queues, key)
			}
			s.mu.Unlock()
			return
		}
		next := q.waiting[0]
		q.waiting = q.waiting[1:]
		s.mu.Unlock()
		next.done <- s.attempt(next.id)
	}
}

// sleep waits, but not beyond the life of the simulator.
func (s *Simulator) sleep(d time.Duration) {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
	case <-s.ctx.Done():
	}
}

// attempt makes one webhook call and settles what follows from its outcome.
func (s *Simulator) attempt(id string) int {
	s.mu.Lock()
	d, ok := s.state.deliveries.row(id)
	c, known := s.channels[d.Channel]
	if !ok || !known || s.ctx.Err() != nil {
		delete(s.flying, id)
		s.mu.Unlock()
		return 0
	}
	target := s.webhookURL(c)
	now := s.now()
	again := d.Attempts > 0
	if again {
		d.fate = s.chance(true)
	}
	d.Attempts++
	s.state.deliveries.put(id, d)
	for _, token := range d.Tokens {
		if r, ok := s.state.replies.row(token); ok {
			r.DeliveredAt = now
			s.state.replies.put(token, r)
		}
	}
	copies := 1 + s.settings.DuplicateWebhooks
	if d.fate == faultDuplicate {
		copies++
	}
	lost := d.fate == faultDrop
	if s.settings.DropWebhooks > 0 {
		s.settings.DropWebhooks--
		lost = true
	}
	s.mu.Unlock()

	status, err := 0, error(nil)
	switch {
	case lost:
		err = errors.New("lost on the way")
	case target != "":
		for range copies {
			status, err = s.call(c, d, target, again)
			s.calls.count(func(t *tally) { t.Webhooks[status]++ })
		}
	}
	s.settle(id, c, status, err)
	return status
}

// call posts the delivery once and returns the status that the bot answered.
func (s *Simulator) call(c Channel, d deliveryRow, target string, again bool) (int, error) {
	body := d.Raw
	if body == nil {
		var err error
		if body, err = envelope(c.Destination, d.Events, again); err != nil {
			return 0, fmt.Errorf("encode webhook: %w", err)
		}
	}
	signature := sign(c.Secret, body)
	if d.BadSign {
		signature = sign(c.Secret+" forged", body)
	}
	return s.post(target, body, signature)
}

// post sends a webhook body and returns the status of the answer.
func (s *Simulator) post(target string, body []byte, signature string) (int, error) {
	ctx, cancel := context.WithTimeout(s.ctx, webhookTimeout)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, target, newReader(body))
	if err != nil {
		return 0, fmt.Errorf("make webhook request: %w", err)
	}
	req.Header.Set("Content-Type", "application/json; charset=utf-8")
	req.Header.Set("User-Agent", userAgent)
	req.Header.Set("X-Line-Signature", signature)
	res, err := s.client.Do(req)
	if err != nil {
		return 0, fmt.Errorf("call webhook: %w", err)
	}
	defer func() { _ = res.Body.Close() }() // read to its end or given up: nothing to learn
	if _, err := io.Copy(io.Discard, io.LimitReader(res.Body, 64<<10)); err != nil {
		return 0, fmt.Errorf("read webhook answer: %w", err)
	}
	return res.StatusCode, nil
}

// sign returns the value of x-line-signature (section 1.2).
func sign(secret string, body []byte) string {
	mac := hmac.New(sha256.New, []byte(secret))
	mac.Write(body)
	return base64.StdEncoding.EncodeToString(mac.Sum(nil))
}

// settle ends the delivery or plans the next attempt.
func (s *Simulator) settle(id string, c Channel, status int, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.flying, id)
	d, ok := s.state.deliveries.row(id)
	if !ok {
		return // reset meanwhile
	}
	if s.ctx.Err() != nil && err != nil {
		d.Attempts-- // cut short by our own end: the next start tries again
		s.state.deliveries.put(id, d)
		return
	}
	if status >= 200 && status < 300 {
		s.state.deliveries.remove(id)
		if !c.ChatMode {
			s.markRead(d.Messages)
		}
		return
	}
	if status == 0 && err == nil { // nowhere to deliver to, which is nobody's fault
		s.state.deliveries.remove(id)
		return
	}
	redelivery := c.Redelivery
	if s.settings.Redelivery != nil {
		redelivery = *s.settings.Redelivery
	}
	now := s.now()
	s.logger.Warn("line simulator: webhook not accepted", "event", id, "attempt", d.Attempts, "status", status, "err", err, "redelivery", redelivery)
	if !redelivery || now.Sub(d.At) > replyLimit {
		s.state.deliveries.remove(id)
		return
	}
	d.NextAt = now.Add(s.settings.wait(d.Attempts))
	s.state.deliveries.put(id, d)
	s.kick()
}

// redeliver starts attempts whose time has come, until the simulator ends.
func (s *Simulator) redeliver() {
	slots := make(chan struct{}, parallelRedeliveries)
	for {
		due, pause := s.due()
		for _, id := range due {
			select {
			case slots <- struct{}{}:
			case <-s.ctx.Done():
				return
			}
			s.wg.Go(func() {
				defer func() { <-slots }()
				s.attempt(id)
			})
		}
		timer := time.NewTimer(pause)
		select {
		case <-s.ctx.Done():
			timer.Stop()
			return
		case <-s.wake:
		case <-timer.C:
		}
		timer.Stop()
	}
}

// due returns the deliveries to attempt now, marked as under way, and how long to wait for the next.
func (s *Simulator) due() ([]string, time.Duration) {
	s.mu.Lock()
	defer s.mu.Unlock()
	now := s.now()
	if now.Sub(s.prunedAt) > time.Minute {
		s.state.prune(now)
		s.prunedAt = now
		if err := s.state.compact(s.logger); err != nil {
			s.logger.Error("line simulator: journal not rewritten", "err", err)
		}
	}
	pause := s.carryOn(now)
	var ids []string
	for id, d := range s.state.deliveries.rows {
		if _, known := s.channels[d.Channel]; !known || s.flying[id] {
			continue
		}
		if wait := d.NextAt.Sub(now); wait > 0 {
			pause = min(pause, wait)
			continue
		}
		s.flying[id] = true
		ids = append(ids, id)
	}
	return ids, max(pause, 20*time.Millisecond)
}

// webhookURL is where the channel's webhooks go. The caller holds the lock.
func (s *Simulator) webhookURL(c Channel) string {
	if row, ok := s.state.channels.row(c.Destination); ok && row.Webhook != "" {
		return row.Webhook
	}
	return c.WebhookURL
}

// validWebhook says whether LINE would take the address: https, at most 500 characters. An http
// address of this machine is taken too, as there is no certificate for it.
func validWebhook(address string) bool {
	if len(address) > 500 {
		return false
	}
	u, err := url.Parse(address)
	return err == nil && safeAddress(u)
}

// safeAddress says whether the address is https, or http of this machine.
func safeAddress(u *url.URL) bool {
	return u.Host != "" && (u.Scheme == "https" || u.Scheme == "http" && loopback(u.Hostname()))
}
