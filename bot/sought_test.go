package bot_test

import (
	"testing"

	"saphan/bot"
)

// What is taken back is found among all the events of its channel without looking at the others, also by
// a plan that was made for any message.
func TestTakeBackLooksAtItsOwnEvent(t *testing.T) {
	t.Parallel()
	const others = 2000
	r := newRoom(t)
	event := r.receive("1", 0)
	for _, sql := range []string{
		`INSERT INTO inbound_events (channel_id, event_id, source, message_id, at, received_at, body)
			SELECT channel_id, 'other ' || n, 'U2', 'other ' || n, at, received_at, '' FROM inbound_events, generate_series(1, 2000) n`,
		`SET LOCAL plan_cache_mode = force_generic_plan`,
		`SET LOCAL enable_seqscan = off`, // as with millions
	} {
		_, err := r.tx.Exec(r.ctx, sql)
		must(t, err)
	}
	looked := func() int {
		return r.count(`SELECT seq_tup_read + coalesce(idx_tup_fetch, 0) FROM pg_stat_xact_user_tables WHERE relname = 'inbound_events'`)
	}
	before := looked()
	_, err := bot.TakeBack(r.ctx, r.tx, r.id, int64(r.channel), "m1", r.now)
	must(t, err)
	if n := looked() - before; n > others/100 {
		t.Errorf("looked at %d events", n)
	}
	if n := r.count(`SELECT count(*) FROM inbound_events WHERE id = $1 AND problem = 'unsent'`, event); n != 1 {
		t.Error("not taken back")
	}
}
