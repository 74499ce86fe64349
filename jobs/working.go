package jobs

import (
	"context"
	"sync"
	"time"

	"saphan/agencies"
)

const (
	// workingAfter is how long an answer may take without a sign that it is being prepared.
	workingAfter = 2 * time.Second
	// workingFor is how long a sign lasts (line.md 2.9).
	workingFor = 20 * time.Second
	// signTime is how long showing it may take.
	signTime = 5 * time.Second
)

// whileWorking shows the person that an answer is being prepared, if it takes longer than people wait
// without a sign, and for as long as it does. done must be called when there is an answer: a sign that
// is on its way then is called back, for it would be shown after the answer.
func (d *Deps) whileWorking(ctx context.Context, account agencies.Channel, channel Channel, person string) (done func()) {
	var (
		mu    sync.Mutex
		timer *time.Timer
	)
	ctx, over := context.WithCancel(ctx)
	show := func() {
		calling, cancel := context.WithTimeout(ctx, signTime)
		defer cancel()
		channel.Working(calling, account, person)
		mu.Lock()
		defer mu.Unlock()
		if ctx.Err() == nil {
			timer.Reset(workingFor)
		}
	}
	mu.Lock()
	defer mu.Unlock()
	timer = time.AfterFunc(workingAfter, show)
	return func() {
		over()
		mu.Lock()
		defer mu.Unlock()
		timer.Stop()
	}
}
