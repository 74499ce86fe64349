package jobs

import (
	"errors"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/riverqueue/river"
	"github.com/riverqueue/river/rivertype"

	"saphan/bot"
	"saphan/devkit/testhouse"
)

// from works a job once, as River would that found it in a lane.
func (h *house) from(lane bot.Lane, ids ...int64) error {
	h.T.Helper()
	w := &received{Deps: h.Deps}
	row := &rivertype.JobRow{ID: 1, Attempt: 1, CreatedAt: time.Now(), Queue: lane.Queue, Priority: lane.Row}
	return w.Work(h.T.Context(), &river.Job[bot.ReceivedArgs]{JobRow: row, Args: bot.ReceivedArgs{Events: eventIDs(ids)}})
}

// A conversation in which a file comes next goes to the files' lane beside its own, into the same row, and
// nothing is asked of LINE before; there it stays.
func TestFilesHaveALane(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.AtThePhoto()
	h.stop()
	h.Send("image", "a.jpg", testhouse.Photo(t, 0))
	h.Types("พอแล้ว")
	waiting := h.Numbers(`SELECT id FROM inbound_events WHERE state = 'waiting' ORDER BY id`)
	for _, lane := range []bot.Lane{{Queue: "received", Row: 1}, {Queue: "received_busy", Row: 3}} {
		must(t, h.from(lane, waiting[0]))
		h.Is(1, "jobs in the files' lane", `SELECT count(*) FROM river_job WHERE queue = $1 AND priority = $2 AND args->'events' = jsonb_build_array($3::bigint)`,
			lane.Queue+"_files", lane.Row, waiting[0])
	}
	if calls := h.Calls("/content"); len(calls) != 0 {
		t.Errorf("fetched %v", calls)
	}
	must(t, h.from(bot.Lane{Queue: "received_files", Row: 1}, waiting[0]))
	if n := h.states()["waiting"]; n != 0 || len(h.Attachments()) != 1 {
		t.Errorf("%d events wait, and there are %d files", n, len(h.Attachments()))
	}
}

// What is said after a file that another job brings in looks now and then whether it is there, the less
// often the longer that takes, and keeps no worker.
func TestTextsAfterAFileThatComes(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.AtThePhoto()
	h.stop()
	h.Send("image", "a.jpg", testhouse.Photo(t, 0))
	h.Types("พอแล้ว")
	waiting := h.Numbers(`SELECT id FROM inbound_events WHERE state = 'waiting' ORDER BY id`)
	h.Everywhere(func(tx pgx.Tx) error {
		_, err := bot.HoldEvent(t.Context(), tx, bot.EventID(waiting[0]), waiting[0], h.Now(), h.Now().Add(time.Hour))
		return err
	})
	for _, lane := range []string{"received", "received_busy", "received_files"} {
		var snooze *river.JobSnoozeError
		if err := h.from(bot.Lane{Queue: lane, Row: 1}, waiting[1]); !errors.As(err, &snooze) || snooze.Duration < heldAgain || snooze.Duration > heldMost {
			t.Errorf("%s: %v", lane, err)
		}
	}
	h.Later(time.Minute)
	var snooze *river.JobSnoozeError
	if err := h.from(bot.Lane{Queue: "received", Row: 1}, waiting[1]); !errors.As(err, &snooze) || snooze.Duration != heldMost {
		t.Errorf("after a minute: %v", err)
	}
	h.Is(2, "events that wait", `SELECT count(*) FROM inbound_events WHERE state = 'waiting'`)
}
