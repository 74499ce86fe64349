package api

import (
	"math"
	"sync"
	"time"
)

// Pace is how fast one key may ask: at once, and for long.
type Pace struct {
	Burst     int
	PerSecond float64
}

// UsualPace is more than a system needs that keeps a copy of every case, and less than hurts the others.
func UsualPace() Pace { return Pace{Burst: 100, PerSecond: 20} }

// paces counts for each of many, in one process. Who has not asked for long is forgotten.
type paces struct {
	pace Pace
	mu   sync.Mutex
	left map[string]allowance
}

// allowance is how much was left of a pace at a moment.
type allowance struct {
	left float64
	at   time.Time
}

// mostPaces is how many are remembered before those that have all left again are dropped.
const mostPaces = 10_000

func newPaces(p Pace) *paces { return &paces{pace: p, left: map[string]allowance{}} }

// wait counts one request of who; it is how long to wait where there were enough, else 0.
func (p *paces) wait(who string, now time.Time) time.Duration {
	p.mu.Lock()
	defer p.mu.Unlock()
	a, known := p.left[who]
	if !known {
		p.sweep(now)
		a = allowance{float64(p.pace.Burst), now}
	}
	if passed := now.Sub(a.at).Seconds(); passed > 0 {
		a.left, a.at = math.Min(float64(p.pace.Burst), a.left+passed*p.pace.PerSecond), now
	}
	if a.left < 1 {
		p.left[who] = a
		return time.Duration(math.Ceil((1-a.left)/p.pace.PerSecond*1000)) * time.Millisecond
	}
	a.left--
	p.left[who] = a
	return 0
}

// sweep forgets those that have everything left again, when there are many.
func (p *paces) sweep(now time.Time) {
	if len(p.left) < mostPaces {
		return
	}
	whole := time.Duration(float64(p.pace.Burst) / p.pace.PerSecond * float64(time.Second))
	for who, a := range p.left {
		if now.Sub(a.at) >= whole {
			delete(p.left, who)
		}
	}
}
