package checklist

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"saphan/agencies"
	"saphan/bot/line"
	"saphan/citizens"
)

// menu is what the bar of the fixed menu under the chat says; empty: there is none.
func (p *person) menu() string {
	p.h.t.Helper()
	var chat struct {
		RichMenu *struct{ ChatBarText string }
	}
	p.h.control("GET", "chats/"+p.id, nil, &chat)
	if chat.RichMenu == nil {
		return ""
	}
	return chat.RichMenu.ChatBarText
}

// Row 46: a tap that should switch the menu, and at LINE did not, gives the citizen the menu of the
// language they asked for.
func TestRow46SwitchThatFailed(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.follow()
	h.everywhere(func(tx pgx.Tx) error {
		_, err := h.Jobs.InsertTx(t.Context(), tx, agencies.MenusArgs{Channel: h.account.ID}, nil)
		return err
	})
	h.hurried()
	if bar := h.menu(); bar != "เมนูบริการ" {
		t.Fatalf("the menu says %q", bar)
	}
	for lang, want := range map[string]string{"en": "Services", "th": "เมนูบริการ"} {
		h.act("richmenuswitch", map[string]any{"richMenuAliasId": "no-such-alias", "data": "v1|lang|" + lang})
		h.hurried()
		if bar := h.menu(); bar != want {
			t.Errorf("%s: the menu says %q, want %q", lang, bar, want)
		}
	}
}

// member is somebody who signed in with us, without a chat.
func (h *house) member(name string) (id citizens.CitizenID) {
	h.t.Helper()
	h.everywhere(func(tx pgx.Tx) error {
		i, err := citizens.Resolve(h.t.Context(), tx, "web", "", name)
		id = i.CitizenID
		return err
	})
	return id
}

// invite begins to join an account with a chat.
func (h *house) invite(of citizens.CitizenID) (nonce string) {
	h.t.Helper()
	h.everywhere(func(tx pgx.Tx) (err error) {
		nonce, err = citizens.StartLink(h.t.Context(), tx, of, h.Now())
		return err
	})
	return nonce
}

// linkToken asks LINE for a token of its page.
func (h *house) linkToken() string {
	h.t.Helper()
	status, answer := h.api("POST", "/v2/bot/user/"+h.user+"/linkToken", "")
	var v struct{ LinkToken string }
	must(h.t, json.Unmarshal([]byte(answer), &v))
	if status != http.StatusOK || v.LinkToken == "" {
		h.t.Fatalf("%d %s", status, answer)
	}
	return v.LinkToken
}

// agrees opens LINE's page as the citizen does, and waits for what follows.
func (h *house) agrees(token, nonce string) (status int) {
	h.t.Helper()
	before := h.count(`SELECT count(*) FROM inbound_events`)
	req, err := http.NewRequestWithContext(h.t.Context(), http.MethodGet, line.LinkURL(h.plan.Phone+"/access", token, nonce), http.NoBody)
	must(h.t, err)
	res, err := http.DefaultClient.Do(req)
	must(h.t, err)
	must(h.t, res.Body.Close())
	if res.StatusCode == http.StatusOK {
		h.until("LINE tells that somebody agreed", func() bool { return h.count(`SELECT count(*) FROM inbound_events`) > before })
	}
	h.hurried()
	return res.StatusCode
}

// linked is the account that the citizen's chat is joined with; 0: none.
func (h *house) linked() (id citizens.CitizenID) {
	h.t.Helper()
	h.everywhere(func(tx pgx.Tx) error {
		i, err := citizens.Resolve(h.t.Context(), tx, line.Kind, h.account.Provider, h.user)
		if err != nil {
			return err
		}
		id, _, err = citizens.LinkedTo(h.t.Context(), tx, i.ID)
		return err
	})
	return id
}

// Row 52: a nonce that was used, a link token that has ended, and a result that failed join nothing.
func TestRow52NothingIsJoined(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.follow()
	malee := h.member("malee")
	used := h.invite(malee)
	if status := h.agrees(h.linkToken(), used); status != http.StatusOK || h.linked() != malee {
		t.Fatalf("the right way: %d, joined with %d", status, h.linked())
	}
	h.say("เลิกเชื่อมบัญชี")
	if h.linked() != 0 {
		t.Fatal("it cannot be undone")
	}
	if h.agrees(h.linkToken(), used); h.linked() != 0 {
		t.Error("a nonce was good twice")
	}
	token := h.linkToken()
	h.sim.Advance(11 * time.Minute)
	if status := h.agrees(token, h.invite(malee)); status == http.StatusOK || h.linked() != 0 {
		t.Errorf("a link token that has ended: %d, joined with %d", status, h.linked())
	}
	failed := h.invite(malee)
	h.act("accountlink", map[string]any{"result": "failed", "nonce": failed})
	h.hurried()
	if h.linked() != 0 {
		t.Error("a failed result joined the accounts")
	}
	if h.agrees(h.linkToken(), strings.Repeat("A", 26)); h.linked() != 0 {
		t.Error("a nonce that nobody made was good")
	}
}
