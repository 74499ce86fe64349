package checklist

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"saphan/agencies"
)

// bar is what the bar of the fixed menu under the chat says; empty: there is none.
func (h *house) bar() string {
	h.T.Helper()
	if m := h.Menu(); m != nil {
		return m.ChatBarText
	}
	return ""
}

// Row 46: a tap that should switch the menu, and at LINE did not, gives the citizen the menu of the
// language they asked for.
func TestRow46SwitchThatFailed(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.Follow()
	h.Everywhere(func(tx pgx.Tx) error {
		_, err := h.Jobs.InsertTx(t.Context(), tx, agencies.MenusArgs{Channel: h.Account.ID}, nil)
		return err
	})
	h.Hurried()
	if bar := h.bar(); bar != "เมนูบริการ" {
		t.Fatalf("the menu says %q", bar)
	}
	for lang, want := range map[string]string{"en": "Services", "th": "เมนูบริการ"} {
		h.Act("richmenuswitch", map[string]any{"richMenuAliasId": "no-such-alias", "data": "v1|lang|" + lang})
		h.Hurried()
		if bar := h.bar(); bar != want {
			t.Errorf("%s: the menu says %q, want %q", lang, bar, want)
		}
	}
}

// Row 52: a nonce that was used, a link token that has ended, and a result that failed join nothing.
func TestRow52NothingIsJoined(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.Follow()
	malee := h.Member("malee")
	used := h.Invite(malee)
	if status := h.Agrees(h.LinkToken(), used); status != http.StatusOK || h.Linked() != malee {
		t.Fatalf("the right way: %d, joined with %d", status, h.Linked())
	}
	h.Say("เลิกเชื่อมบัญชี")
	if h.Linked() != 0 {
		t.Fatal("it cannot be undone")
	}
	if h.Agrees(h.LinkToken(), used); h.Linked() != 0 {
		t.Error("a nonce was good twice")
	}
	token := h.LinkToken()
	h.Sim.Advance(11 * time.Minute)
	if status := h.Agrees(token, h.Invite(malee)); status == http.StatusOK || h.Linked() != 0 {
		t.Errorf("a link token that has ended: %d, joined with %d", status, h.Linked())
	}
	failed := h.Invite(malee)
	h.Act("accountlink", map[string]any{"result": "failed", "nonce": failed})
	h.Hurried()
	if h.Linked() != 0 {
		t.Error("a failed result joined the accounts")
	}
	if h.Agrees(h.LinkToken(), strings.Repeat("A", 26)); h.Linked() != 0 {
		t.Error("a nonce that nobody made was good")
	}
}
