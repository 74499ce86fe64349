package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"time"

	"github.com/jackc/pgx/v5"

	"saphan/agencies"
)

// lineRate is how many calls a second LINE takes.
const lineRate = 2000

// build makes the program.
func build(ctx context.Context, to string) error {
	out, err := exec.CommandContext(ctx, "go", "build", "-o", to, "saphan").CombinedOutput()
	if err != nil {
		return fmt.Errorf("go build: %w: %s", err, out)
	}
	return nil
}

// worker is one worker process.
type worker struct {
	cmd *exec.Cmd
	log strings.Builder
}

func startWorker(ctx context.Context, program, url string, p *phone, t *town) (*worker, error) {
	w := &worker{cmd: exec.CommandContext(ctx, program, "worker")}
	w.cmd.Env = append(os.Environ(), "DATABASE_URL="+url, "SECRET_KEY="+t.key, "METRICS_ADDR=off", "BASE_URL=https://saphan.example.go.th",
		"S3_ENDPOINT=127.0.0.1:9", "S3_ACCESS_KEY_ID=none", "S3_SECRET_ACCESS_KEY=none", "S3_INSECURE=true",
		"LINE_API_URL="+p.url+"/api", "LINE_DATA_URL="+p.url+"/api-data", "LOG_LEVEL=warn")
	w.cmd.Stderr = &w.log
	return w, w.cmd.Start()
}

// end stops a process and returns the processor time it used.
func (w *worker) end(signal os.Signal) (time.Duration, error) {
	if err := w.cmd.Process.Signal(signal); err != nil && !errors.Is(err, os.ErrProcessDone) {
		return 0, err
	}
	err := w.cmd.Wait()
	var exit *exec.ExitError
	if errors.As(err, &exit) {
		err = nil
	}
	return w.cmd.ProcessState.UserTime() + w.cmd.ProcessState.SystemTime(), err
}

// effort is what a run took.
type effort struct {
	time                     time.Duration // from the first message to the last
	workers, database, phone time.Duration // of the processor
}

// measure lets the workers send everything.
func measure(ctx context.Context, o options, program, url string, p *phone, t *town, out io.Writer) (used effort, err error) {
	var workers []*worker
	defer func() {
		for _, w := range workers {
			_, endErr := w.end(syscall.SIGKILL)
			err = errors.Join(err, endErr)
		}
	}()
	for range o.workers {
		w, err := startWorker(ctx, program, url, p, t)
		if err != nil {
			return effort{}, err
		}
		workers = append(workers, w)
	}
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	began, said := time.Now(), time.Now()
	for p.accepted.Load() < int64(o.messages) {
		select {
		case <-ctx.Done():
			return effort{}, ctx.Err()
		case <-tick.C:
		}
		if o.kill && len(workers) == o.workers && p.accepted.Load() > int64(o.messages)/2 {
			if used.workers, err = workers[0].end(syscall.SIGKILL); err != nil {
				return effort{}, err
			}
			workers = workers[1:]
			if _, err := fmt.Fprintf(out, "  killed a worker after %d\n", p.accepted.Load()); err != nil {
				return effort{}, err
			}
		}
		if time.Since(said) > 5*time.Second {
			said = time.Now()
			if _, err := fmt.Fprintf(out, "  %d sent\n", p.accepted.Load()); err != nil {
				return effort{}, err
			}
		}
		if time.Since(began) > time.Minute+time.Duration(o.messages)*5*time.Millisecond {
			return effort{}, fmt.Errorf("only %d of %d were sent; a worker says: %s", p.accepted.Load(), o.messages, workers[0].log.String())
		}
	}
	used.time = time.Duration(p.last.Load() - p.first.Load())
	if err := t.rest(ctx); err != nil {
		return effort{}, err
	}
	for len(workers) > 0 {
		more, err := workers[0].end(syscall.SIGTERM)
		if err != nil {
			return effort{}, err
		}
		used.workers += more
		workers = workers[1:]
	}
	return used, nil
}

// rest waits until every message is marked as sent.
func (t *town) rest(ctx context.Context) error {
	for deadline := time.Now().Add(time.Minute); ; time.Sleep(100 * time.Millisecond) {
		var left int
		err := agencies.Everywhere(ctx, t.pool, func(tx pgx.Tx) error {
			return tx.QueryRow(ctx, `SELECT count(*) FROM replies WHERE state <> 'sent'`).Scan(&left)
		})
		if err != nil || left == 0 {
			return err
		}
		if time.Now().After(deadline) {
			return fmt.Errorf("%d messages are not marked as sent", left)
		}
	}
}

// report counts what every citizen has seen.
func report(ctx context.Context, o options, p *phone, t *town, used effort, out io.Writer) (good bool, err error) {
	var lost, doubled, wrong int
	for i, c := range t.citizens {
		texts, err := p.shown(c)
		switch {
		case err != nil:
			return false, err
		case ctx.Err() != nil:
			return false, ctx.Err()
		case len(texts) == 0:
			lost++
		case len(texts) > 1:
			doubled++
		case texts[0] != text(i):
			wrong++
		}
	}
	rate := float64(o.messages) / used.time.Seconds()
	each := func(d time.Duration) float64 { return d.Seconds() * 1000 / float64(o.messages) }
	calls := p.accepted.Load() + p.again.Load() + p.tooFast.Load() + p.other.Load()
	_, err = fmt.Fprintf(out, `%d messages in %.2f s: %.0f/s, %.3f of LINE's %d (goal 0.98)
429s: %d of %d calls, %.3f %% (goal 0.1 %%); known again after the kill (409): %d; other answers: %d
lost %d, doubled %d, not their own %d
processor time a message: workers %.2f ms, database %.2f ms, LINE's simulator %.2f ms
`, o.messages, used.time.Seconds(), rate, rate/lineRate, lineRate,
		p.tooFast.Load(), calls, 100*float64(p.tooFast.Load())/float64(calls), p.again.Load(), p.other.Load(),
		lost, doubled, wrong, each(used.workers), each(used.database), each(used.phone))
	return lost == 0 && doubled == 0 && wrong == 0, err
}
