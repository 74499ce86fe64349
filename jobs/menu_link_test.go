package jobs

import (
	"errors"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/riverqueue/river"

	"saphan/agencies"
	"saphan/bot/line"
)

// tapOther taps the area of the other language in the menu that is shown.
func (h *house) tapOther() {
	h.T.Helper()
	m := h.Menu()
	i := -1
	if m != nil {
		for k, a := range m.Areas {
			if a.Action.Type == "richmenuswitch" {
				i = k
			}
		}
	}
	if i < 0 {
		h.T.Fatalf("no way to the other language in %+v", m)
	}
	h.Act("richmenuswitch", map[string]any{"richMenuAliasId": m.Areas[i].Action.Alias, "data": m.Areas[i].Action.Data})
	h.Settled()
}

// The menu follows the language of the chat, whether it was changed in the menu or by words, and comes
// back to everybody's.
func TestMenuFollowsTheLanguage(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.Talk()
	must(t, h.deploy(h.Account.ID, h.Menus[line.Kind], agencies.MenusArgs{}))
	bar := func() string { return h.Menu().ChatBarText }
	h.tapOther()
	if got := bar(); got != "Services" {
		t.Errorf("after the tap the menu says %q", got)
	}
	if h.Times("English from now on") != 1 {
		t.Error("the chat goes on in Thai")
	}
	h.tapOther()
	if got := bar(); got != "เมนูบริการ" {
		t.Errorf("after the tap back the menu says %q", got)
	}
	h.Say("English")
	if got := bar(); got != "Services" {
		t.Errorf("after the word the menu says %q", got)
	}
	// The menus are replaced: who chose English sees the new English one.
	before := h.Menu().ID
	h.rename(h.Agency.ID, "เทศบาลใหม่ตัวอย่าง")
	must(t, h.deploy(h.Account.ID, h.Menus[line.Kind], agencies.MenusArgs{}))
	if m := h.Menu(); m.ID == before || m.ChatBarText != "Services" {
		t.Errorf("%+v", m)
	}
	// Called for what was replaced, but too early, the job waits for its time.
	var snooze *river.JobSnoozeError
	if err := h.deploy(h.Account.ID, h.Menus[line.Kind], agencies.MenusArgs{Tidy: true}); !errors.As(err, &snooze) {
		t.Errorf("too early: %v", err)
	}
	h.Ahead.Add(int64(menuGrace + time.Second))
	h.Hurry()
	h.Settled()
	if got, want := h.names(h.Account), h.drawnFor("เทศบาลใหม่ตัวอย่าง"); !slices.Equal(got, want) {
		t.Errorf("LINE has %v, want %v", got, want)
	}
	h.Say("ภาษาไทย")
	if got := bar(); got != "เมนูบริการ" {
		t.Errorf("after the Thai word the menu says %q", got)
	}
	// Back after blocking, with English chosen: given again, for LINE may have forgotten.
	h.Say("English")
	h.Act("block", nil)
	h.Settled()
	must(t, h.Menus[line.Kind].GiveMenu(t.Context(), h.Account, "", []string{h.User}))
	h.Act("follow", nil)
	h.Settled()
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
			h.Talk()
			must(t, h.deploy(h.Account.ID, h.Menus[line.Kind], agencies.MenusArgs{}))
			fails := func(lang string) {
				h.Event(map[string]any{"type": "postback", "replyToken": strings.Repeat("0", 32), "postback": map[string]any{
					"data": "v1|lang|" + lang, "params": map[string]string{"status": status},
				}})
				h.Settled()
			}
			fails("en")
			if m := h.Menu(); m == nil || m.ChatBarText != "Services" {
				t.Errorf("%s: asked for English, sees %+v", status, m)
			}
			// Asked for the language they have: LINE may have left them with nothing.
			must(t, h.Menus[line.Kind].GiveMenu(t.Context(), h.Account, "", []string{h.User}))
			fails("en")
			if m := h.Menu(); m == nil || m.ChatBarText != "Services" {
				t.Errorf("%s: asked for English again, sees %+v", status, m)
			}
			fails("th")
			if m := h.Menu(); m == nil || m.ChatBarText != "เมนูบริการ" {
				t.Errorf("%s: asked for Thai, sees %+v", status, m)
			}
		})
	}
}

// A menu that was lost at LINE is noticed when somebody should get it, and made anew.
func TestLostMenuComesBack(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.Talk()
	real := h.Menus[line.Kind]
	must(t, h.deploy(h.Account.ID, real, agencies.MenusArgs{}))
	var stand agencies.Menus
	h.Everywhere(func(tx pgx.Tx) (err error) { stand, err = agencies.MenusOf(t.Context(), tx, h.Account.ID); return err })
	for _, id := range maps.All(stand.InUse) {
		must(t, real.DropMenu(t.Context(), h.Account, id))
		must(t, real.DropMenu(t.Context(), h.Account, id)) // gone already is gone
	}
	h.Say("English")
	if m := h.Menu(); m == nil || m.ChatBarText != "Services" {
		t.Errorf("%+v", m)
	}
	if got, want := h.names(h.Account), h.drawnFor(h.Agency.Name); !slices.Equal(got, want) {
		t.Errorf("LINE has %v, want %v", got, want)
	}
}
