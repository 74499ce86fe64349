package quiet_test

import (
	"bytes"
	"context"
	"log/slog"
	"testing"

	"saphan/internal/quiet"
)

// What went wrong is in the log, whatever River takes it for; what did not is not.
func TestLog(t *testing.T) {
	t.Parallel()
	over, stop := context.WithCancel(t.Context())
	stop()
	for name, c := range map[string]struct {
		say  func(log *slog.Logger)
		want bool
	}{
		"a job failed":       {func(log *slog.Logger) { log.Info("Job errored; retrying", "error", "status 500 (request 7)") }, true},
		"of one kind of job": {func(log *slog.Logger) { log.With("kind", "quota").Info("Job errored", "error", "x") }, true},
		"in a group":         {func(log *slog.Logger) { log.WithGroup("g").Info("Job errored", "error", "x") }, true},
		"a warning":          {func(log *slog.Logger) { log.Warn("Job appears to be stuck") }, true},
		"chatter":            {func(log *slog.Logger) { log.Info("River client started", "client_id", "w") }, false},
		"called off": {func(log *slog.Logger) {
			log.WarnContext(over, "no notification", "err", "timeout: "+over.Err().Error())
		}, false},
		"failed, then over":      {func(log *slog.Logger) { log.WarnContext(over, "Job errored", "error", "status 500") }, true},
		"called off by another":  {func(log *slog.Logger) { log.WarnContext(t.Context(), "no notification", "err", over.Err().Error()) }, true},
		"an error of no concern": {func(log *slog.Logger) { log.Debug("Job cancelled explicitly", "error", "x") }, false},
	} {
		var out bytes.Buffer
		c.say(quiet.Log(slog.New(slog.NewTextHandler(&out, &slog.HandlerOptions{Level: slog.LevelDebug}))))
		if got := out.Len() > 0; got != c.want {
			t.Errorf("%s: logged %q", name, out.String())
		}
		out.Reset()
		c.say(quiet.Log(slog.New(slog.NewTextHandler(&out, &slog.HandlerOptions{Level: slog.LevelError}))))
		if out.Len() > 0 {
			t.Errorf("%s: beyond the level of the log: %q", name, out.String())
		}
	}
}
