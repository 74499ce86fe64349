package main

import (
	"math/rand/v2"
	"slices"
)

// post is one event on its way: the same event may be on its way twice.
type post struct {
	act   int  // index
	place int  // in the order before the shuffle: nothing with a smaller place comes later than window places behind it
	again bool // marked as LINE's redelivery of the event, which may overtake its first delivery
}

// inOrder delivers every event once, in order.
func inOrder(n int) []post {
	all := make([]post, n)
	for i := range all {
		all[i] = post{act: i, place: i}
	}
	return all
}

// shuffled delivers a share of the events twice, half of them marked as redelivered and half as doubled on their way
// (line.md 1.2), and everything out of its place by less than the window.
func shuffled(o options) []post {
	random := rand.New(rand.NewPCG(o.seed, 2))
	all := make([]post, 0, o.events+o.events/4)
	for i := range o.events {
		all = append(all, post{act: i, place: len(all)})
		if random.Float64() < o.duplicates {
			all = append(all, post{act: i, place: len(all), again: random.IntN(2) == 0})
		}
	}
	// Each gets a number that exceeds its place by less than the window, and they are sorted by it: so
	// nobody can be overtaken by somebody who was a window or more behind.
	type numbered struct {
		post
		number float64
	}
	list := make([]numbered, len(all))
	for i, p := range all {
		list[i] = numbered{p, float64(i) + random.Float64()*float64(o.window)}
	}
	slices.SortFunc(list, func(a, b numbered) int {
		if a.number < b.number {
			return -1
		}
		return 1
	})
	for i, n := range list {
		all[i] = n.post
	}
	return all
}
