package jobs

import (
	"context"
	"errors"
	"fmt"
	"maps"
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
	simulator "saphan/devkit/line"
)

// phoneMenu is the menu that a citizen sees.
type phoneMenu struct {
	ID          string `json:"richMenuId"`
	ChatBarText string `json:"chatBarText"`
	ImageURL    string `json:"imageUrl"`
	Areas       []struct {
		Action struct {
			Type  string `json:"type"`
			Label string `json:"label"`
			Data  string `json:"data"`
			Alias string `json:"richMenuAliasId"`
		} `json:"action"`
	} `json:"areas"`
}

// menuOf is the menu that somebody sees in the chat with an account; nil: none.
func (h *house) menuOf(account agencies.Channel, person string) *phoneMenu {
	h.t.Helper()
	var chat struct {
		RichMenu *phoneMenu `json:"richMenu"`
	}
	h.control("GET", "chats/"+person+"?channel="+account.Destination, nil, &chat)
	return chat.RichMenu
}

// deploy runs the job for an account as River would, through these hands.
func (h *house) deploy(id agencies.ChannelID, through Menus, args agencies.MenusArgs) error {
	h.t.Helper()
	deps := *h.Deps
	deps.Menus = map[string]Menus{line.Kind: through}
	args.Channel = id
	return (&menus{Deps: &deps}).Work(h.t.Context(), &river.Job[agencies.MenusArgs]{JobRow: &rivertype.JobRow{ID: int64(id), Attempt: 1, CreatedAt: h.Now()}, Args: args})
}

// opened adds an agency with an official account, known to both sides.
func (h *house) opened(n int) agencies.Channel {
	h.t.Helper()
	c := agencies.Channel{Kind: line.Kind, Destination: fmt.Sprintf("U%032x", 0xabc000+n), Provider: "p", Name: "ตัวอย่าง", Secret: fmt.Sprint("secret ", n), TokenKind: agencies.FixedToken, Token: fmt.Sprint("token ", n)}
	h.everywhere(func(tx pgx.Tx) error {
		a, err := agencies.Create(h.t.Context(), tx, agencies.Agency{
			Code: fmt.Sprintf("Z%s", strings.Map(func(r rune) rune { return r - '0' + 'A' }, fmt.Sprintf("%03d", n))), Name: "เทศบาลเดิมตัวอย่าง", Kind: "เทศบาล", OpensAt: "08:30", ClosesAt: "16:30",
		})
		if err != nil {
			return err
		}
		c.AgencyID = a.ID
		c.ID, err = agencies.CreateChannel(h.t.Context(), tx, h.Box, c)
		return err
	})
	must(h.t, h.sim.AddChannel(simulator.Channel{Destination: c.Destination, ID: fmt.Sprint(1000 + n), Secret: c.Secret, AccessToken: c.Token, Name: c.Name}))
	return c
}

// rename gives the agency another name, so that its menus are others.
func (h *house) rename(id agencies.AgencyID, name string) {
	h.t.Helper()
	h.everywhere(func(tx pgx.Tx) error {
		_, err := tx.Exec(h.t.Context(), `UPDATE agencies SET name = $2 WHERE id = $1`, id, name)
		return err
	})
}

// chooses makes somebody talk to the account in a language, as if by the chat.
func (h *house) chooses(account agencies.Channel, person, lang string) bot.ConversationID {
	h.t.Helper()
	var id bot.ConversationID
	h.everywhere(func(tx pgx.Tx) error {
		identity, err := citizens.Resolve(h.t.Context(), tx, line.Kind, account.Provider, person)
		if err != nil {
			return err
		}
		stored, err := bot.Load(h.t.Context(), tx, int64(account.ID), identity, person)
		if err != nil {
			return err
		}
		id = stored.ID
		_, err = tx.Exec(h.t.Context(), `INSERT INTO menu_links (conversation_id, channel_id, lang) VALUES ($1, $2, $3)`, id, account.ID, lang)
		return err
	})
	return id
}

// people are the citizens that the simulator knows.
func (h *house) people() []string {
	h.t.Helper()
	var users []struct{ ID string }
	h.control("GET", "users", nil, &users)
	var ids []string
	for _, u := range users {
		ids = append(ids, u.ID)
	}
	return ids
}

// names are the names of the menus that LINE holds for an account, sorted.
func (h *house) names(account agencies.Channel) []string {
	h.t.Helper()
	all, err := h.Menus[line.Kind].Menus(h.t.Context(), account)
	must(h.t, err)
	var names []string
	for _, m := range all {
		names = append(names, m.Name)
	}
	slices.Sort(names)
	return names
}

// drawnFor are the names of the menus as they should be.
func (h *house) drawnFor(agency string) []string {
	h.t.Helper()
	var names []string
	for _, lang := range bot.MenuLanguages() {
		name, err := h.Menus[line.Kind].MenuName(bot.NewFixedMenu(h.Forms, agency, lang))
		must(h.t, err)
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

// stumbling passes calls on until one fails, before or after it was made.
type stumbling struct {
	on    Menus
	left  int  // the call that fails, counted from one; 0: none
	after bool // it is made all the same
	calls int
	see   func() // told after each call
}

var errStumbled = errors.New("stumbled")

func (s *stumbling) step(do func() error) error {
	s.calls++
	if s.calls == s.left && !s.after {
		return errStumbled
	}
	err := do()
	if s.see != nil {
		s.see()
	}
	if s.calls == s.left {
		return errors.Join(err, errStumbled)
	}
	return err
}

func (s *stumbling) MenuName(m bot.FixedMenu) (string, error) { return s.on.MenuName(m) }

func (s *stumbling) Menus(ctx context.Context, a agencies.Channel) (all []bot.ChannelMenu, err error) {
	err = s.step(func() error { all, err = s.on.Menus(ctx, a); return err })
	return all, err
}

func (s *stumbling) MakeMenu(ctx context.Context, a agencies.Channel, m bot.FixedMenu) (id string, err error) {
	err = s.step(func() error { id, err = s.on.MakeMenu(ctx, a, m); return err })
	return id, err
}

func (s *stumbling) PaintMenu(ctx context.Context, a agencies.Channel, id string, m bot.FixedMenu) error {
	return s.step(func() error { return s.on.PaintMenu(ctx, a, id, m) })
}

func (s *stumbling) EverybodysMenu(ctx context.Context, a agencies.Channel) (id string, err error) {
	err = s.step(func() error { id, err = s.on.EverybodysMenu(ctx, a); return err })
	return id, err
}

func (s *stumbling) GiveEverybody(ctx context.Context, a agencies.Channel, id string) error {
	return s.step(func() error { return s.on.GiveEverybody(ctx, a, id) })
}

func (s *stumbling) AimSwitch(ctx context.Context, a agencies.Channel, lang, id string) error {
	return s.step(func() error { return s.on.AimSwitch(ctx, a, lang, id) })
}

func (s *stumbling) GiveMenu(ctx context.Context, a agencies.Channel, id string, people []string) error {
	return s.step(func() error { return s.on.GiveMenu(ctx, a, id, people) })
}

func (s *stumbling) DropMenu(ctx context.Context, a agencies.Channel, id string) error {
	return s.step(func() error { return s.on.DropMenu(ctx, a, id) })
}

// A run that stops at any call, made or not, is made good by the next one; and while menus are replaced
// there is no moment at which somebody sees none, or one without a picture.
func TestMenusConvergeFromAnyStumble(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	real := h.Menus[line.Kind]
	people := h.people()
	foreigner, other := people[0], people[1]
	n := 0
	// replaced lets an account be in use, its agency change its name, and the menus be replaced.
	replaced := func(through *stumbling) (agencies.Channel, error) {
		n++
		account := h.opened(n)
		h.chooses(account, foreigner, "en")
		must(t, h.deploy(account.ID, real, agencies.MenusArgs{}))
		if got, want := h.names(account), h.drawnFor("เทศบาลเดิมตัวอย่าง"); !slices.Equal(got, want) {
			t.Fatalf("LINE has %v, want %v", got, want)
		}
		h.rename(account.AgencyID, "เทศบาลใหม่ตัวอย่าง")
		through.see = func() {
			for _, who := range []string{foreigner, other} {
				if m := h.menuOf(account, who); m == nil || m.ImageURL == "" {
					t.Errorf("somebody sees the menu %+v", m)
				}
			}
			if m := h.menuOf(account, foreigner); m != nil && m.ChatBarText != "Services" {
				t.Errorf("who chose English sees %q", m.ChatBarText)
			}
		}
		return account, h.deploy(account.ID, through, agencies.MenusArgs{})
	}
	calm := &stumbling{on: real}
	if _, err := replaced(calm); err != nil {
		t.Fatal(err)
	}
	if calm.calls < 10 {
		t.Fatalf("replacing two menus took %d calls", calm.calls)
	}
	want := h.drawnFor("เทศบาลใหม่ตัวอย่าง")
	for call := 1; call <= calm.calls; call++ {
		for _, after := range []bool{false, true} {
			account, err := replaced(&stumbling{on: real, left: call, after: after})
			if !errors.Is(err, errStumbled) {
				t.Fatalf("call %d: %v", call, err)
			}
			must(t, h.deploy(account.ID, real, agencies.MenusArgs{}))
			// The replaced ones stay for a while, then they go.
			if got := h.names(account); len(got) < 4 {
				t.Errorf("stumbled at call %d (made: %v): too soon only %v are left", call, after, got)
			}
			h.ahead.Add(int64(menuGrace + time.Second))
			must(t, h.deploy(account.ID, real, agencies.MenusArgs{Tidy: true}))
			if got := h.names(account); !slices.Equal(got, want) {
				t.Errorf("stumbled at call %d (made: %v): LINE has %v, want %v", call, after, got, want)
			}
			everybody, err := real.EverybodysMenu(t.Context(), account)
			must(t, err)
			if en, th := h.menuOf(account, foreigner), h.menuOf(account, other); th.ID != everybody || en.ID == th.ID || en.ChatBarText != "Services" {
				t.Errorf("stumbled at call %d (made: %v): people see %+v and %+v", call, after, en, th)
			}
			// Once all is right, a further run only looks.
			again := &stumbling{on: real}
			must(t, h.deploy(account.ID, again, agencies.MenusArgs{}))
			if again.calls != 4 {
				t.Errorf("looking at menus that are right took %d calls", again.calls)
			}
		}
	}
}

// The menu as LINE has it: six areas and the other language, each as the bot understands it.
func TestMenuOnThePhone(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	must(t, h.deploy(h.account.ID, h.Menus[line.Kind], agencies.MenusArgs{}))
	m := h.menuOf(h.account, h.citizen)
	if m == nil || m.ImageURL == "" || len(m.Areas) != 7 || m.ChatBarText != "เมนูบริการ" {
		t.Fatalf("%+v", m)
	}
	h.talk()
	for _, a := range m.Areas[1:] {
		before := h.count(`SELECT count(*) FROM replies WHERE state = 'sent'`)
		if a.Action.Type != "postback" {
			t.Errorf("%+v", a)
		}
		h.press(a.Action.Data)
		if after := h.count(`SELECT count(*) FROM replies WHERE state = 'sent'`); after <= before {
			t.Errorf("tapping %s was not answered", a.Action.Label)
		}
	}
	h.quietAbout(h.citizen, h.account.Token)
}

// tapOther taps the area of the other language in the menu that is shown.
func (h *house) tapOther() {
	h.t.Helper()
	m := h.menuOf(h.account, h.citizen)
	i := -1
	if m != nil {
		for k, a := range m.Areas {
			if a.Action.Type == "richmenuswitch" {
				i = k
			}
		}
	}
	if i < 0 {
		h.t.Fatalf("no way to the other language in %+v", m)
	}
	h.act("richmenuswitch", map[string]any{"richMenuAliasId": m.Areas[i].Action.Alias, "data": m.Areas[i].Action.Data})
	h.settled()
}

// The menu follows the language of the chat, whether it was changed in the menu or by words, and comes
// back to everybody's.
func TestMenuFollowsTheLanguage(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.talk()
	must(t, h.deploy(h.account.ID, h.Menus[line.Kind], agencies.MenusArgs{}))
	bar := func() string { return h.menuOf(h.account, h.citizen).ChatBarText }
	h.tapOther()
	if got := bar(); got != "Services" {
		t.Errorf("after the tap the menu says %q", got)
	}
	if h.times("English from now on") != 1 {
		t.Error("the chat goes on in Thai")
	}
	h.tapOther()
	if got := bar(); got != "เมนูบริการ" {
		t.Errorf("after the tap back the menu says %q", got)
	}
	h.say("English")
	if got := bar(); got != "Services" {
		t.Errorf("after the word the menu says %q", got)
	}
	// The menus are replaced: who chose English sees the new English one.
	before := h.menuOf(h.account, h.citizen).ID
	h.rename(h.agency.ID, "เทศบาลใหม่ตัวอย่าง")
	must(t, h.deploy(h.account.ID, h.Menus[line.Kind], agencies.MenusArgs{}))
	if m := h.menuOf(h.account, h.citizen); m.ID == before || m.ChatBarText != "Services" {
		t.Errorf("%+v", m)
	}
	// Called for what was replaced, but too early, the job waits for its time.
	var snooze *river.JobSnoozeError
	if err := h.deploy(h.account.ID, h.Menus[line.Kind], agencies.MenusArgs{Tidy: true}); !errors.As(err, &snooze) {
		t.Errorf("too early: %v", err)
	}
	h.ahead.Add(int64(menuGrace + time.Second))
	h.hurry()
	h.settled()
	if got, want := h.names(h.account), h.drawnFor("เทศบาลใหม่ตัวอย่าง"); !slices.Equal(got, want) {
		t.Errorf("LINE has %v, want %v", got, want)
	}
	h.say("ภาษาไทย")
	if got := bar(); got != "เมนูบริการ" {
		t.Errorf("after the Thai word the menu says %q", got)
	}
	// Back after blocking, with English chosen: given again, for LINE may have forgotten.
	h.say("English")
	h.act("block", nil)
	h.settled()
	must(t, h.Menus[line.Kind].GiveMenu(t.Context(), h.account, "", []string{h.citizen}))
	h.act("follow", nil)
	h.settled()
	if got := bar(); got != "Services" {
		t.Errorf("back again the menu says %q", got)
	}
}

// Row 46: a switch of menus that failed leaves the person with the menu of the language they asked for.
func TestRow46FailedSwitchGetsTheFallback(t *testing.T) {
	t.Parallel()
	for _, status := range []string{"RICHMENU_ALIAS_ID_NOTFOUND", "RICHMENU_NOTFOUND", "FAILED"} {
		t.Run(status, func(t *testing.T) {
			t.Parallel()
			h := newHouse(t)
			h.talk()
			must(t, h.deploy(h.account.ID, h.Menus[line.Kind], agencies.MenusArgs{}))
			fails := func(lang string) {
				h.event(map[string]any{"type": "postback", "replyToken": strings.Repeat("0", 32), "postback": map[string]any{
					"data": "v1|lang|" + lang, "params": map[string]string{"status": status},
				}})
				h.settled()
			}
			fails("en")
			if m := h.menuOf(h.account, h.citizen); m == nil || m.ChatBarText != "Services" {
				t.Errorf("%s: asked for English, sees %+v", status, m)
			}
			// Asked for the language they have: LINE may have left them with nothing.
			must(t, h.Menus[line.Kind].GiveMenu(t.Context(), h.account, "", []string{h.citizen}))
			fails("en")
			if m := h.menuOf(h.account, h.citizen); m == nil || m.ChatBarText != "Services" {
				t.Errorf("%s: asked for English again, sees %+v", status, m)
			}
			fails("th")
			if m := h.menuOf(h.account, h.citizen); m == nil || m.ChatBarText != "เมนูบริการ" {
				t.Errorf("%s: asked for Thai, sees %+v", status, m)
			}
		})
	}
}

// More people than LINE takes in one call all get the new menu, but for those who blocked the account.
func TestMenusForManyPeople(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	account := h.opened(900)
	must(t, h.deploy(account.ID, h.Menus[line.Kind], agencies.MenusArgs{}))
	h.everywhere(func(tx pgx.Tx) error {
		_, err := tx.Exec(t.Context(), `WITH c AS (INSERT INTO citizens SELECT FROM generate_series(1, 1207) RETURNING id),
			i AS (INSERT INTO identities (citizen_id, kind, provider, external_id) SELECT id, 'line', 'p', 'U' || lpad(to_hex(id), 32, '0') FROM c RETURNING id, external_id),
			v AS (INSERT INTO conversations (channel_id, identity_id, source, blocked_at) SELECT $1, id, external_id, CASE WHEN id % 6 = 0 THEN now() END FROM i RETURNING id)
			INSERT INTO menu_links (conversation_id, channel_id, lang) SELECT id, $1, 'en' FROM v`, account.ID)
		return err
	})
	through := &stumbling{on: h.Menus[line.Kind]}
	must(t, h.deploy(account.ID, through, agencies.MenusArgs{}))
	if n := h.count(`SELECT count(*) FROM menu_links l JOIN conversations c ON c.id = l.conversation_id WHERE (l.menu = '') <> (c.blocked_at IS NOT NULL)`); n != 0 {
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
		h.everywhere(func(tx pgx.Tx) (err error) { m, err = agencies.MenusOf(t.Context(), tx, h.account.ID); return err })
		return m
	}
	if m := stand(); m.CheckedAt != nil || len(m.InUse) != 0 {
		t.Errorf("before anything was done: %+v", m)
	}
	h.fail("/v2/bot/richmenu/list", http.StatusForbidden, 1)
	if err := h.deploy(h.account.ID, h.Menus[line.Kind], agencies.MenusArgs{}); err == nil {
		t.Fatal("a refusal went unnoticed")
	}
	if m := stand(); !strings.Contains(m.Problem, "403") || m.CheckedAt != nil {
		t.Errorf("after a refusal: %+v", m)
	}
	must(t, h.deploy(h.account.ID, h.Menus[line.Kind], agencies.MenusArgs{}))
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
			_, err = agencies.HoldMenus(t.Context(), tx, h.account, menuHolder(job), now, now.Add(menuLease))
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
	if err := h.deploy(h.account.ID, h.Menus[line.Kind], agencies.MenusArgs{}); !errors.As(err, &snooze) {
		t.Errorf("the job did not wait: %v", err)
	}
	must(t, hold(78, now.Add(menuLease)))
	err := agencies.Everywhere(t.Context(), h.DB, func(tx pgx.Tx) error {
		return agencies.UseMenus(t.Context(), tx, h.account.ID, menuHolder(77), map[string]string{"th": "x"}, now)
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
	h.everywhere(func(tx pgx.Tx) error {
		_, err := tx.Exec(t.Context(), `UPDATE channels SET paused_at = now() WHERE id = $1`, paused.ID)
		return err
	})
	// The pictures are drawn beforehand, for an account that shows the same.
	drawn := h.opened(902)
	h.rename(drawn.AgencyID, h.agency.Name)
	must(t, h.deploy(drawn.ID, h.Menus[line.Kind], agencies.MenusArgs{}))
	design, err := h.Design()
	must(t, err)
	h.everywhere(func(tx pgx.Tx) error {
		for range 2 { // two workers start
			if _, err := h.Jobs.InsertTx(t.Context(), tx, MenuCheckArgs{Design: design}, nil); err != nil {
				return err
			}
		}
		return nil
	})
	h.settled()
	if n := h.count(`SELECT count(*) FROM river_job WHERE kind = 'menu_check'`); n != 1 {
		t.Errorf("%d checks for two workers", n)
	}
	if got, want := h.names(h.account), h.drawnFor(h.agency.Name); !slices.Equal(got, want) {
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
	if err := h.deploy(h.account.ID, h.Menus[line.Kind], other); !errors.As(err, &snooze) {
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

// A menu that was lost at LINE is noticed when somebody should get it, and made anew.
func TestLostMenuComesBack(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.talk()
	real := h.Menus[line.Kind]
	must(t, h.deploy(h.account.ID, real, agencies.MenusArgs{}))
	var stand agencies.Menus
	h.everywhere(func(tx pgx.Tx) (err error) { stand, err = agencies.MenusOf(t.Context(), tx, h.account.ID); return err })
	for _, id := range maps.All(stand.InUse) {
		must(t, real.DropMenu(t.Context(), h.account, id))
		must(t, real.DropMenu(t.Context(), h.account, id)) // gone already is gone
	}
	h.say("English")
	if m := h.menuOf(h.account, h.citizen); m == nil || m.ChatBarText != "Services" {
		t.Errorf("%+v", m)
	}
	if got, want := h.names(h.account), h.drawnFor(h.agency.Name); !slices.Equal(got, want) {
		t.Errorf("LINE has %v, want %v", got, want)
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
			h.rename(h.agency.ID, "เทศบาลใหม่ตัวอย่าง")
		}
	}
	must(t, h.deploy(h.account.ID, through, agencies.MenusArgs{}))
	h.ahead.Add(int64(menuGrace + time.Second))
	h.hurry()
	h.settled()
	if got, want := h.names(h.account), h.drawnFor("เทศบาลใหม่ตัวอย่าง"); !slices.Equal(got, want) {
		t.Errorf("LINE has %v, want %v", got, want)
	}
}
