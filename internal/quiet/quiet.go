// Package quiet keeps the log of the job queue down to its troubles.
package quiet

import (
	"context"
	"errors"
	"log/slog"
	"strings"
)

// Log is where River may log: of what it says, log gets warnings and errors, and that a job failed and why, which
// River takes for no more than information. The rest is chatter, and so is what did not happen because it was called off:
// whoever did that knows.
func Log(log *slog.Logger) *slog.Logger { return slog.New(troubles{log.Handler()}) }

type troubles struct{ slog.Handler }

// Handle implements slog.Handler.
func (t troubles) Handle(ctx context.Context, r slog.Record) error {
	if r.Level < slog.LevelWarn && !failed(r) || calledOff(ctx, r) {
		return nil
	}
	return t.Handler.Handle(ctx, r)
}

// failed says whether a record tells of an error: River names it so.
func failed(r slog.Record) (yes bool) {
	r.Attrs(func(a slog.Attr) bool {
		yes = yes || a.Key == "error"
		return !yes
	})
	return yes
}

// calledOff says whether the error that a record tells of is only that its context was cancelled, as when the program is
// told to stop. River has it as text.
func calledOff(ctx context.Context, r slog.Record) (yes bool) {
	if !errors.Is(ctx.Err(), context.Canceled) {
		return false
	}
	r.Attrs(func(a slog.Attr) bool {
		yes = yes || (a.Key == "err" || a.Key == "error") && strings.HasSuffix(a.Value.String(), context.Canceled.Error())
		return !yes
	})
	return yes
}

// Enabled implements slog.Handler.
func (t troubles) Enabled(ctx context.Context, level slog.Level) bool {
	return level >= slog.LevelInfo && t.Handler.Enabled(ctx, level)
}

// WithAttrs implements slog.Handler.
func (t troubles) WithAttrs(attrs []slog.Attr) slog.Handler {
	return troubles{t.Handler.WithAttrs(attrs)}
}

// WithGroup implements slog.Handler.
func (t troubles) WithGroup(name string) slog.Handler { return troubles{t.Handler.WithGroup(name)} }
