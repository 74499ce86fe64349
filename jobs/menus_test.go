package jobs

import (
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/riverqueue/river"
	"github.com/riverqueue/river/rivertype"

	"saphan/agencies"
	"saphan/bot"
	"saphan/bot/line"
	"saphan/citizens"
	"saphan/forms"
)

// deploy runs the job for an account as River would, through these hands.
func (h *house) deploy(id agencies.ChannelID, through Menus, args agencies.MenusArgs) error {
	h.T.Helper()
	deps := *h.Deps
	deps.Menus = map[string]Menus{line.Kind: through}
	args.Channel = id
	return (&menus{Deps: &deps}).Work(h.T.Context(), &river.Job[agencies.MenusArgs]{JobRow: &rivertype.JobRow{ID: int64(id), Attempt: 1, CreatedAt: h.Now()}, Args: args})
}

// opened adds an agency with an official account, known to both sides.
func (h *house) opened(n int) agencies.Channel {
	h.T.Helper()
	c := agencies.Channel{
		Destination: fmt.Sprintf("U%032x", 0xabc000+n), LineID: fmt.Sprint(1000 + n), Provider: h.Account.Provider, Name: "ตัวอย่าง",
		Secret: fmt.Sprint("secret ", n), TokenKind: agencies.FixedToken, Token: fmt.Sprint("token ", n),
	}
	h.Everywhere(func(tx pgx.Tx) error {
		a, err := agencies.Create(h.T.Context(), tx, agencies.Agency{
			Code: fmt.Sprintf("Z%s", strings.Map(func(r rune) rune { return r - '0' + 'A' }, fmt.Sprintf("%03d", n))), Name: "เทศบาลเดิมตัวอย่าง", Kind: "เทศบาล",
		})
		c.AgencyID = a.ID
		return err
	})
	return h.OpenAccount(c)
}

// rename gives the agency another name, so that its menus are others.
func (h *house) rename(id agencies.AgencyID, name string) {
	h.T.Helper()
	h.Everywhere(func(tx pgx.Tx) error {
		_, err := tx.Exec(h.T.Context(), `UPDATE agencies SET name = $2 WHERE id = $1`, id, name)
		return err
	})
}

// chooses makes somebody talk to the account in a language, as if by the chat.
func (h *house) chooses(account agencies.Channel, person, lang string) bot.ConversationID {
	h.T.Helper()
	var id bot.ConversationID
	h.Everywhere(func(tx pgx.Tx) error {
		identity, err := citizens.Resolve(h.T.Context(), tx, line.Kind, account.Provider, person)
		if err != nil {
			return err
		}
		stored, err := bot.Load(h.T.Context(), tx, int64(account.ID), identity, person)
		if err != nil {
			return err
		}
		id = stored.ID
		_, err = tx.Exec(h.T.Context(), `INSERT INTO menu_links (conversation_id, channel_id, lang) VALUES ($1, $2, $3)`, id, account.ID, lang)
		return err
	})
	return id
}

// names are the names of the menus that LINE holds for an account, sorted.
func (h *house) names(account agencies.Channel) []string {
	h.T.Helper()
	all, err := h.Menus[line.Kind].Menus(h.T.Context(), account)
	must(h.T, err)
	var names []string
	for _, m := range all {
		names = append(names, m.Name)
	}
	slices.Sort(names)
	return names
}

// drawnFor are the names of the menus as they should be.
func (h *house) drawnFor(agency string) []string {
	h.T.Helper()
	var names []string
	for _, lang := range bot.MenuLanguages() {
		name, err := h.Menus[line.Kind].MenuName(bot.NewFixedMenu(h.Forms, agency, lang))
		must(h.T, err)
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

// The menu as LINE has it: six areas and the other language, each as the bot understands it.
func TestMenuOnThePhone(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	must(t, h.deploy(h.Account.ID, h.Menus[line.Kind], agencies.MenusArgs{}))
	m := h.Menu()
	if m == nil || m.ImageURL == "" || len(m.Areas) != 7 || m.ChatBarText != "เมนูบริการ" {
		t.Fatalf("%+v", m)
	}
	h.Talk()
	for _, a := range m.Areas[1:] {
		before := h.Count(`SELECT count(*) FROM replies WHERE state = 'sent'`)
		if a.Action.Type != "postback" {
			t.Errorf("%+v", a)
		}
		h.Press(a.Action.Data)
		if after := h.Count(`SELECT count(*) FROM replies WHERE state = 'sent'`); after <= before {
			t.Errorf("tapping %s was not answered", a.Action.Label)
		}
	}
	h.QuietAbout(h.User, h.Account.Token)
}

// More people than LINE takes in one call all get the new menu, but for those who blocked the account.
func TestMenusForManyPeople(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	account := h.opened(900)
	must(t, h.deploy(account.ID, h.Menus[line.Kind], agencies.MenusArgs{}))
	h.Everywhere(func(tx pgx.Tx) error {
		_, err := tx.Exec(t.Context(), `WITH c AS (INSERT INTO citizens SELECT FROM generate_series(1, 1207) RETURNING id),
			i AS (INSERT INTO identities (citizen_id, kind, provider, external_id) SELECT id, 'line', 'p', 'U' || lpad(to_hex(id), 32, '0') FROM c RETURNING id, external_id),
			v AS (INSERT INTO conversations (channel_id, identity_id, source, blocked_at) SELECT $1, id, external_id, CASE WHEN id % 6 = 0 THEN now() END FROM i RETURNING id)
			INSERT INTO menu_links (conversation_id, channel_id, lang) SELECT id, $1, 'en' FROM v`, account.ID)
		return err
	})
	through := &stumbling{on: h.Menus[line.Kind]}
	must(t, h.deploy(account.ID, through, agencies.MenusArgs{}))
	if n := h.Count(`SELECT count(*) FROM menu_links l JOIN conversations c ON c.id = l.conversation_id WHERE (l.menu = '') <> (c.blocked_at IS NOT NULL)`); n != 0 {
		t.Errorf("%d people were given a menu wrongly or not at all", n)
	}
	if through.calls != 4+3 {
		t.Errorf("it took %d calls", through.calls)
	}
}

// What LINE refuses is kept for those who look after the channel, and goes when it is good again.
func TestMenusTellWhatIsWrong(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	stand := func() (m agencies.Menus) {
		h.Everywhere(func(tx pgx.Tx) (err error) { m, err = agencies.MenusOf(t.Context(), tx, h.Account.ID); return err })
		return m
	}
	if m := stand(); m.CheckedAt != nil || len(m.InUse) != 0 {
		t.Errorf("before anything was done: %+v", m)
	}
	h.Fail("/v2/bot/richmenu/list", http.StatusForbidden, 1)
	if err := h.deploy(h.Account.ID, h.Menus[line.Kind], agencies.MenusArgs{}); err == nil {
		t.Fatal("a refusal went unnoticed")
	}
	if m := stand(); !strings.Contains(m.Problem, "403") || m.CheckedAt != nil {
		t.Errorf("after a refusal: %+v", m)
	}
	must(t, h.deploy(h.Account.ID, h.Menus[line.Kind], agencies.MenusArgs{}))
	if m := stand(); m.Problem != "" || m.CheckedAt == nil || len(m.InUse) != len(bot.MenuLanguages()) {
		t.Errorf("when all was done: %+v", m)
	}
}

// Two jobs never work on the menus of one channel at once; one whose process died is taken up at once by
// itself and after a while by another.
func TestMenusAreHeldByOne(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	hold := func(job int64, now time.Time) (err error) {
		txErr := agencies.Everywhere(t.Context(), h.DB, func(tx pgx.Tx) error {
			_, err = agencies.HoldMenus(t.Context(), tx, h.Account, menuHolder(job), now, now.Add(menuLease))
			return nil
		})
		must(t, txErr)
		return err
	}
	now := h.Now()
	must(t, hold(77, now))
	must(t, hold(77, now))
	if err := hold(78, now); !errors.Is(err, agencies.ErrMenusHeld) {
		t.Errorf("a second holder: %v", err)
	}
	var snooze *river.JobSnoozeError
	if err := h.deploy(h.Account.ID, h.Menus[line.Kind], agencies.MenusArgs{}); !errors.As(err, &snooze) {
		t.Errorf("the job did not wait: %v", err)
	}
	must(t, hold(78, now.Add(menuLease)))
	err := agencies.Everywhere(t.Context(), h.DB, func(tx pgx.Tx) error {
		return agencies.UseMenus(t.Context(), tx, h.Account.ID, menuHolder(77), map[string]string{"th": "x"}, now)
	})
	if !errors.Is(err, agencies.ErrMenusHeld) {
		t.Errorf("who lost the menus wrote them: %v", err)
	}
}

// Every channel is looked after by the release that asks: another one waits, and gives up when that
// release is gone. Paused and removed channels are left alone.
func TestMenuCheck(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	paused := h.opened(901)
	h.Everywhere(func(tx pgx.Tx) error {
		_, err := tx.Exec(t.Context(), `UPDATE channels SET paused_at = now() WHERE id = $1`, paused.ID)
		return err
	})
	// The pictures are drawn beforehand, for an account that shows the same.
	drawn := h.opened(902)
	h.rename(drawn.AgencyID, h.Agency.Name)
	must(t, h.deploy(drawn.ID, h.Menus[line.Kind], agencies.MenusArgs{}))
	design, err := h.Design()
	must(t, err)
	h.Everywhere(func(tx pgx.Tx) error {
		for range 2 { // two workers start
			if _, err := h.Jobs.InsertTx(t.Context(), tx, MenuCheckArgs{Design: design}, nil); err != nil {
				return err
			}
		}
		return nil
	})
	h.Settled()
	if n := h.Count(`SELECT count(*) FROM river_job WHERE kind = 'menu_check'`); n != 1 {
		t.Errorf("%d checks for two workers", n)
	}
	if got, want := h.names(h.Account), h.drawnFor(h.Agency.Name); !slices.Equal(got, want) {
		t.Errorf("LINE has %v, want %v", got, want)
	}
	if got := h.names(paused); len(got) != 0 {
		t.Errorf("a paused channel got %v", got)
	}
	must(t, h.deploy(paused.ID, h.Menus[line.Kind], agencies.MenusArgs{}))
	if got := h.names(paused); len(got) != 0 {
		t.Errorf("a paused channel got %v", got)
	}
	other := agencies.MenusArgs{Design: "of another release"}
	var snooze *river.JobSnoozeError
	if err := h.deploy(h.Account.ID, h.Menus[line.Kind], other); !errors.As(err, &snooze) {
		t.Errorf("another release's menus: %v", err)
	}
	w := &menus{Deps: h.Deps}
	late := &river.Job[agencies.MenusArgs]{JobRow: &rivertype.JobRow{ID: 1, CreatedAt: h.Now().Add(-time.Hour)}, Args: other}
	if err := w.Work(t.Context(), late); err != nil {
		t.Errorf("the menus of a release that is gone: %v", err)
	}
	if again, err := h.Design(); err != nil || again != design {
		t.Errorf("the design is %q, then %q (%v)", design, again, err)
	}
}

// A name that comes while the menus are being brought is on them in the end: the wish that came with it
// was answered by the job that was already at work.
func TestMenusTakeALateName(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	through := &stumbling{on: h.Menus[line.Kind]}
	through.see = func() {
		if through.calls == 3 {
			h.rename(h.Agency.ID, "เทศบาลใหม่ตัวอย่าง")
		}
	}
	must(t, h.deploy(h.Account.ID, through, agencies.MenusArgs{}))
	h.Ahead.Add(int64(menuGrace + time.Second))
	h.Hurry()
	h.Settled()
	if got, want := h.names(h.Account), h.drawnFor("เทศบาลใหม่ตัวอย่าง"); !slices.Equal(got, want) {
		t.Errorf("LINE has %v, want %v", got, want)
	}
}

// What an agency switches off is not begun from the menu under its chats, from the very job that its decision asked
// for; the menus of others stay (SEED-25).
func TestMenuWithoutAServiceSwitchedOff(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	must(t, h.deploy(h.Account.ID, h.Menus[line.Kind], agencies.MenusArgs{}))
	begins := func() (all []string) {
		for _, a := range h.Menu().Areas {
			all = append(all, a.Action.Data)
		}
		return all
	}
	const report = forms.Key("public-problem")
	if !slices.Contains(begins(), bot.StartData(string(report))) {
		t.Fatalf("the menu has %q", begins())
	}
	form, _ := h.Forms.Find(report)
	decide := func(off bool) {
		t.Helper()
		h.Everywhere(func(tx pgx.Tx) error {
			made := forms.Made{Override: forms.Override{Off: off}, Agency: int64(h.Agency.ID), Form: report, Base: form.Version, At: h.Now()}
			_, err := forms.Depart(t.Context(), tx, made)
			return err
		})
		must(t, h.deploy(h.Account.ID, h.Menus[line.Kind], agencies.MenusArgs{}))
	}
	decide(true)
	if got := begins(); slices.Contains(got, bot.StartData(string(report))) {
		t.Errorf("the menu still begins it: %q", got)
	}
	decide(false)
	if got := begins(); !slices.Contains(got, bot.StartData(string(report))) {
		t.Errorf("switched on again, it is not there: %q", got)
	}
	h.Everywhere(func(tx pgx.Tx) error { return agencies.AskMenus(t.Context(), tx, h.Jobs, h.Agency.ID) })
	h.Is(1, "wishes for the menus", `SELECT count(*) FROM river_job WHERE kind = 'menus' AND NOT coalesce((args->>'tidy')::boolean, false)`)
}
