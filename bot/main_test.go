package bot_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/riverqueue/river"
	"github.com/riverqueue/river/riverdriver/riverpgxv5"

	"saphan/agencies"
	"saphan/bot"
	"saphan/citizens"
	"saphan/internal/pgtest"
	"saphan/internal/secret"
)

func TestMain(m *testing.M) { pgtest.Main(m) }

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// enqueuer is a River client that only inserts.
func enqueuer(t testing.TB) *river.Client[pgx.Tx] {
	t.Helper()
	jobs, err := river.NewClient(riverpgxv5.New(nil), &river.Config{})
	must(t, err)
	return jobs
}

// room is one conversation in a transaction that is rolled back.
type room struct {
	t        *testing.T
	ctx      context.Context
	tx       pgx.Tx
	jobs     *river.Client[pgx.Tx]
	channel  agencies.ChannelID
	identity citizens.Identity
	id       bot.ConversationID
	now      time.Time
}

var morning = time.Date(2026, time.November, 23, 3, 0, 0, 0, time.UTC) // Monday, ten in Bangkok

func newRoom(t *testing.T) *room {
	t.Helper()
	r := &room{t: t, ctx: t.Context(), tx: pgtest.Tx(t), jobs: enqueuer(t), now: morning}
	box, err := secret.Parse(secret.Generate())
	must(t, err)
	a, err := agencies.Create(r.ctx, r.tx, agencies.Agency{Code: "BT", Name: "เทศบาลตัวอย่าง", Kind: "เทศบาล"})
	must(t, err)
	r.channel, err = agencies.CreateChannel(r.ctx, r.tx, box, agencies.Channel{
		AgencyID: a.ID, Kind: "line", Destination: "U0123456789abcdef0123456789abcdef", Provider: "bot tests", Name: "n", Secret: "s", Token: "t",
	})
	must(t, err)
	r.identity, err = citizens.Resolve(r.ctx, r.tx, "line", "bot tests", "U1")
	must(t, err)
	r.id = r.load().ID
	return r
}

func (r *room) load() bot.Stored {
	r.t.Helper()
	s, err := bot.Load(r.ctx, r.tx, int64(r.channel), r.identity, "U1")
	must(r.t, err)
	return s
}

// say puts texts into the outbox.
func (r *room) say(cause string, texts ...string) {
	r.t.Helper()
	var replies []bot.Reply
	for _, text := range texts {
		replies = append(replies, bot.Reply{Text: text})
	}
	must(r.t, bot.Notify(r.ctx, r.tx, r.jobs, r.id, cause, r.now, replies...))
}

// count returns a number from the database.
func (r *room) count(query string, args ...any) (n int) {
	r.t.Helper()
	must(r.t, r.tx.QueryRow(r.ctx, query, args...).Scan(&n))
	return n
}

// outbox writes the messages of the conversation down, in order: "state text".
func (r *room) outbox() (all []string) {
	r.t.Helper()
	rows, err := r.tx.Query(r.ctx, `SELECT state, body->>'text' FROM replies WHERE conversation_id = $1 ORDER BY id`, r.id)
	must(r.t, err)
	var state string
	var text *string
	_, err = pgx.ForEachRow(rows, []any{&state, &text}, func() error {
		if text == nil {
			all = append(all, state)
			return nil
		}
		all = append(all, fmt.Sprintf("%s %s", state, *text))
		return nil
	})
	must(r.t, err)
	return all
}
