package checklist

import (
	"fmt"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/riverqueue/river"

	"saphan/agencies"
	"saphan/bot"
	"saphan/devkit/testhouse"
)

// account opens another official account of the house's agency.
func (h *house) account(n int) agencies.Channel {
	h.T.Helper()
	return h.OpenAccount(agencies.Channel{
		Destination: fmt.Sprintf("U%032x", n), Provider: "p", Name: fmt.Sprint("บัญชีที่ ", n), Secret: fmt.Sprint("secret ", n), Token: fmt.Sprint("token ", n),
	})
}

// R5: while LINE's host of contents gives the photos of several accounts drop by drop, more of them than
// the lane has workers, texts are answered.
func TestR5StalledContentsHoldUpNoTexts(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.Follow()
	one := testhouse.Fault("/v2/bot/message/*/content", "slow_body", 1000)
	one["delay"] = 1
	h.Settings(map[string]any{"failNext": []any{one}})
	photo := testhouse.Photo(t, 500_000)
	for n := range 4 {
		account := h.account(n)
		for i := range 20 { // as many as are worked on at once (bot.Lanes)
			p := h.NewPerson(fmt.Sprint("คนที่ ", n, i))
			p.Channel = account.Destination
			p.Tries("follow", nil)
			p.Send("image", "a.jpg", photo)
		}
	}
	h.Until("photos are on their way", func() bool {
		return h.Count(`SELECT count(*) FROM inbound_events WHERE state = 'waiting' AND held_by IS NOT NULL`) >= 40
	})
	before := len(h.Said())
	h.Types("เมนู")
	h.Until("the text is answered", func() bool { return len(h.Said()) > before })
	h.Is(80, "photos that are neither there nor given up", `SELECT count(*) FROM inbound_events WHERE state = 'waiting'`)
}

// P14: an account that is a little over its share is answered while another's crowd still waits to be sent
// to, which was there first.
func TestP14SendingBesideACrowd(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.Follow()
	h.stop()
	const crowd = 5000
	large := h.account(1)
	lanes, moment := bot.NewLanes(), h.Now()
	for range 100 { // the small one has used up its share
		lanes.Lane(bot.SendQueue, int64(h.Account.ID), 1, moment)
	}
	laned := bot.InLanes(h.Client, lanes, func() time.Time { return moment })
	h.Everywhere(func(tx pgx.Tx) error {
		rows, err := tx.Query(t.Context(), `WITH p AS (SELECT 1000000 + n AS id, 'U' || lpad(n::text, 32, '0') AS person FROM generate_series(1, $2::int) AS n),
			c AS (INSERT INTO citizens (id) OVERRIDING SYSTEM VALUE SELECT id FROM p),
			i AS (INSERT INTO identities (id, citizen_id, kind, provider, external_id) OVERRIDING SYSTEM VALUE SELECT id, id, 'line', 'p', person FROM p),
			v AS (INSERT INTO conversations (id, channel_id, identity_id, source) OVERRIDING SYSTEM VALUE SELECT id, $1, id, person FROM p)
			INSERT INTO replies (conversation_id, cause, body, created_at) SELECT id, 'event 1', '{"text":"สวัสดี"}', now() FROM p RETURNING conversation_id`, large.ID, crowd)
		if err != nil {
			return err
		}
		ids, err := pgx.CollectRows(rows, pgx.RowTo[int64])
		if err != nil {
			return err
		}
		jobs := make([]river.InsertManyParams, len(ids))
		for i, id := range ids {
			jobs[i].Args = bot.SendArgs{ConversationID: bot.ConversationID(id), Channel: int64(large.ID)}
		}
		_, err = laned.InsertManyTx(t.Context(), tx, jobs)
		return err
	})
	h.Everywhere(func(tx pgx.Tx) error {
		var id bot.ConversationID
		err := tx.QueryRow(t.Context(), `INSERT INTO replies (conversation_id, cause, body, created_at)
			SELECT id, 'the small one', '{"text":"ถึงคุณสมหญิง"}', now() FROM conversations WHERE source = $1 RETURNING conversation_id`, h.User).Scan(&id)
		if err != nil {
			return err
		}
		_, err = laned.InsertTx(t.Context(), tx, bot.SendArgs{ConversationID: id, Channel: int64(h.Account.ID)}, nil)
		return err
	})
	h.Is(1, "jobs of the small account in the busy lane", `SELECT count(*) FROM river_job WHERE queue = $1 AND (args->>'channel_id')::bigint = $2`,
		bot.BusyLane(bot.SendQueue), h.Account.ID)
	h.stop = h.work()
	h.Until("the small account's message is sent", func() bool { return h.Times("ถึงคุณสมหญิง") == 1 })
	later := h.Count(`SELECT count(*) FROM replies r JOIN replies small ON small.cause = 'the small one'
		WHERE r.cause = 'event 1' AND r.conversation_id > 1000000 AND (r.called_at IS NULL OR r.called_at > small.called_at)`)
	if later < crowd/2 {
		t.Errorf("it was sent before only %d of the crowd's %d", later, crowd)
	}
}

// P14: what citizens say to an account that is a little over its share is heard while another's crowd still
// waits, which was there first.
func TestP14HearingBesideACrowd(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.stop()
	const crowd, few = 3000, 80
	large := h.account(1)
	intake, end := h.Intake(t.Context())
	defer end()
	speak := func(account agencies.Channel, from, n int) {
		const batch = 500
		for ; n > 0; from, n = from+batch, n-batch {
			events := make([]bot.Raw, min(n, batch))
			for i := range events {
				number, now := from+i, h.Now()
				person := fmt.Sprintf("U%032d", number)
				events[i] = bot.Raw{
					ChannelID: int64(account.ID), EventID: fmt.Sprint("crowd-", number), Source: person, MessageID: fmt.Sprint("88", number), At: now, ReceivedAt: now,
					Body: fmt.Appendf(nil, `{"type":"message","mode":"active","webhookEventId":"crowd-%d","source":{"type":"user","userId":%q},"message":{"id":"88%d","type":"text","text":"เมนู"}}`,
						number, person, number),
				}
			}
			must(t, intake.Store(t.Context(), events))
		}
	}
	began := time.Now()
	speak(large, 0, crowd)
	speak(h.Account, crowd, few)
	if took := time.Since(began); took > 20*time.Second {
		t.Fatalf("storing took %s: that is no crowd", took)
	}
	waiting := func(of agencies.Channel) int {
		return h.Count(`SELECT count(*) FROM inbound_events WHERE state = 'waiting' AND channel_id = $1`, of.ID)
	}
	if n := h.Count(`SELECT coalesce(sum(jsonb_array_length(args->'events')), 0) FROM river_job j JOIN inbound_events e ON e.id = (args->'events'->>0)::bigint
		WHERE j.queue = $1 AND e.channel_id = $2`, bot.BusyLane(bot.ReceivedQueue), h.Account.ID); n == 0 {
		t.Fatal("the small account has nothing in the busy lane")
	}
	h.stop = h.work()
	h.Until("the small account is heard", func() bool { return waiting(h.Account) == 0 })
	if left := waiting(large); left < crowd*3/4 {
		t.Errorf("it was heard when only %d of the crowd's %d still waited", left, crowd)
	}
}
