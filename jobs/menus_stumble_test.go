package jobs

import (
	"context"
	"errors"
	"slices"
	"testing"
	"time"

	"saphan/agencies"
	"saphan/bot"
	"saphan/bot/line"
	"saphan/devkit/testhouse"
)

// menuOf is the menu that somebody sees in the chat with an account; nil: none.
func (h *house) menuOf(account agencies.Channel, who testhouse.Person) *testhouse.Menu {
	h.T.Helper()
	who.Channel = account.Destination
	return who.Menu()
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
	foreigner, other := h.NewPerson("สมชาย"), h.Person
	n := 0
	// replaced lets an account be in use, its agency change its name, and the menus be replaced.
	replaced := func(through *stumbling) (agencies.Channel, error) {
		n++
		account := h.opened(n)
		h.chooses(account, foreigner.User, "en")
		must(t, h.deploy(account.ID, real, agencies.MenusArgs{}))
		if got, want := h.names(account), h.drawnFor("เทศบาลเดิมตัวอย่าง"); !slices.Equal(got, want) {
			t.Fatalf("LINE has %v, want %v", got, want)
		}
		h.rename(account.AgencyID, "เทศบาลใหม่ตัวอย่าง")
		through.see = func() {
			for _, who := range []*testhouse.Person{foreigner, other} {
				if m := h.menuOf(account, *who); m == nil || m.ImageURL == "" {
					t.Errorf("somebody sees the menu %+v", m)
				}
			}
			if m := h.menuOf(account, *foreigner); m != nil && m.ChatBarText != "Services" {
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
			h.Ahead.Add(int64(menuGrace + time.Second))
			must(t, h.deploy(account.ID, real, agencies.MenusArgs{Tidy: true}))
			if got := h.names(account); !slices.Equal(got, want) {
				t.Errorf("stumbled at call %d (made: %v): LINE has %v, want %v", call, after, got, want)
			}
			everybody, err := real.EverybodysMenu(t.Context(), account)
			must(t, err)
			if en, th := h.menuOf(account, *foreigner), h.menuOf(account, *other); th.ID != everybody || en.ID == th.ID || en.ChatBarText != "Services" {
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
