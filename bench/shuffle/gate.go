package main

import (
	"sync"

	"saphan/bot"
	"saphan/bot/line"
	"saphan/jobs"
)

// gate lets an event be worked on when nothing that happened before it can still be on its way. What
// the program promises is that events of one person that wait are taken in the order of their time;
// what has not arrived does not wait. So arrival has to be ahead of the work by a window, as it is on a
// morning when more comes in than is worked off.
type gate struct {
	mu      sync.Mutex
	moved   *sync.Cond
	window  int
	places  map[int]int // by index of the event; of its first post
	arrived []bool      // by position in the order of delivery
	prefix  int         // all before it have arrived
	open    bool
}

func newGate(posts []post, o options) *gate {
	g := &gate{window: o.window, arrived: make([]bool, len(posts)), open: o.eager, places: make(map[int]int, o.events)}
	g.moved = sync.NewCond(&g.mu)
	for _, p := range posts {
		if place, known := g.places[p.act]; !known || p.place < place {
			g.places[p.act] = p.place
		}
	}
	return g
}

// store notes that the posts at these positions are stored.
func (g *gate) store(positions ...int) {
	g.mu.Lock()
	defer g.mu.Unlock()
	for _, p := range positions {
		g.arrived[p] = true
	}
	for g.prefix < len(g.arrived) && g.arrived[g.prefix] {
		g.prefix++
	}
	g.moved.Broadcast()
}

// leave opens the gate for good.
func (g *gate) leave() {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.open = true
	g.moved.Broadcast()
}

// pass waits until everything that is before the event in the right order has arrived.
func (g *gate) pass(index int) {
	g.mu.Lock()
	defer g.mu.Unlock()
	for !g.open && g.prefix < len(g.arrived) && g.prefix < g.places[index]+g.window {
		g.moved.Wait()
	}
}

// channel is LINE's, with a gate before each step and no limit of calls: nobody at the other end has
// one.
type channel struct {
	*line.Channel
	gate *gate
}

var _ jobs.Channel = channel{}

// Decode waits at the gate.
func (c channel) Decode(stored bot.Event) (bot.Received, error) {
	var index int
	if n, err := indexOf(stored.Body); err == nil {
		index = n
		c.gate.pass(index)
	}
	return c.Channel.Decode(stored)
}

// Rate is as many as one likes.
func (channel) Rate(bot.Endpoint) float64 { return 0 }
