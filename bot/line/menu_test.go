package line_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"image/png"
	"io"
	"net/http"
	"strings"
	"testing"

	"saphan/bot"
	"saphan/bot/line"
)

// fixed is the menu of an agency in a language.
func fixed(t *testing.T, agency, lang string) bot.FixedMenu {
	t.Helper()
	return bot.NewFixedMenu(catalog(t), agency, lang)
}

// menu is the one that the citizen sees.
func (p *phone) menu() (menu struct {
	ID          string `json:"richMenuId"`
	ChatBarText string `json:"chatBarText"`
	ImageURL    string `json:"imageUrl"`
},
) {
	p.t.Helper()
	p.control("GET", "chats/"+p.citizen, nil, &struct{ RichMenu any }{&menu})
	return menu
}

// made makes and paints a menu.
func (p *phone) made(m bot.FixedMenu) string {
	p.t.Helper()
	id, err := p.channel.MakeMenu(p.t.Context(), p.account, m)
	check(p.t, err)
	check(p.t, p.channel.PaintMenu(p.t.Context(), p.account, id, m))
	return id
}

// Row 46: the menu's own switch leads to the menu of the other language and back; aimed anew, to the new one.
func TestRow46SwitchLeadsToTheOtherLanguage(t *testing.T) {
	t.Parallel()
	p := newPhone(t)
	th, en := fixed(t, "เทศบาลตัวอย่าง", "th"), fixed(t, "เทศบาลตัวอย่าง", "en")
	ids := map[string]string{"th": p.made(th), "en": p.made(en)}
	check(t, p.channel.GiveEverybody(t.Context(), p.account, ids["th"]))
	taps := func(lang string) {
		t.Helper()
		p.control("POST", "chats/"+p.citizen+"/richmenuswitch", map[string]any{"richMenuAliasId": "saphan-" + lang, "data": "v1|lang|" + lang}, nil)
		p.mu.Lock()
		defer p.mu.Unlock()
		last := p.events[len(p.events)-1]
		postback, _ := last["postback"].(map[string]any)
		params, _ := postback["params"].(map[string]any)
		if postback["data"] != "v1|lang|"+lang || params["status"] != "SUCCESS" || params["newRichMenuAliasId"] != "saphan-"+lang {
			t.Errorf("the tap sent %v", last)
		}
	}
	for range 2 { // the second time the switches are there
		for lang, id := range ids {
			check(t, p.channel.AimSwitch(t.Context(), p.account, lang, id))
		}
	}
	taps("en")
	if m := p.menu(); m.ID != ids["en"] || m.ChatBarText != "Services" {
		t.Errorf("%+v", m)
	}
	taps("th")
	if m := p.menu(); m.ID != ids["th"] {
		t.Errorf("%+v", m)
	}
	renamed := p.made(fixed(t, "เทศบาลใหม่ตัวอย่าง", "en"))
	check(t, p.channel.AimSwitch(t.Context(), p.account, "en", renamed))
	taps("en")
	if m := p.menu(); m.ID != renamed {
		t.Errorf("%+v", m)
	}
}

// A menu is found by what it shows, is painted once, and nobody sees it before.
func TestMenuIsMadeOnce(t *testing.T) {
	t.Parallel()
	p := newPhone(t)
	ctx := t.Context()
	m := fixed(t, "เทศบาลตัวอย่าง", "th")
	if id, err := p.channel.EverybodysMenu(ctx, p.account); err != nil || id != "" {
		t.Errorf("everybody's menu is %q, %v", id, err)
	}
	id, err := p.channel.MakeMenu(ctx, p.account, m)
	check(t, err)
	if err := p.channel.GiveEverybody(ctx, p.account, id); err == nil || errors.Is(err, bot.ErrNoMenu) {
		t.Errorf("a menu without a picture: %v", err)
	}
	for range 2 { // the answer to the first may have been lost
		check(t, p.channel.PaintMenu(ctx, p.account, id, m))
	}
	check(t, p.channel.GiveEverybody(ctx, p.account, id))
	if got := p.menu(); got.ID != id || got.ImageURL == "" {
		t.Errorf("%+v", got)
	}
	if got, err := p.channel.EverybodysMenu(ctx, p.account); err != nil || got != id {
		t.Errorf("everybody's menu is %q, %v", got, err)
	}
	all, err := p.channel.Menus(ctx, p.account)
	name, nameErr := p.channel.MenuName(m)
	if err := errors.Join(err, nameErr); err != nil || len(all) != 1 || all[0] != (bot.ChannelMenu{ID: id, Name: name}) {
		t.Errorf("%+v, %v", all, err)
	}
	other := m
	other.Areas[2].Data += "x"
	for what, o := range map[string]bot.FixedMenu{"another agency": fixed(t, "อบต.ตัวอย่าง", "th"), "another language": fixed(t, "เทศบาลตัวอย่าง", "en"), "another tap": other} {
		if n, err := p.channel.MenuName(o); err != nil || n == name {
			t.Errorf("%s has the name %q, %v", what, n, err)
		}
	}
	// The picture that LINE holds is the one that was drawn.
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, p.url+"/api-data/v2/bot/richmenu/"+id+"/content", http.NoBody)
	check(t, err)
	req.Header.Set("Authorization", "Bearer "+p.account.Token)
	res, err := http.DefaultClient.Do(req)
	check(t, err)
	raw, err := io.ReadAll(res.Body)
	check(t, errors.Join(err, res.Body.Close()))
	if head, err := png.DecodeConfig(bytes.NewReader(raw)); err != nil || head.Width != 2500 || head.Height != 1686 || len(raw) > 1<<20 {
		t.Errorf("%d bytes, %+v, %v", len(raw), head, err)
	}
	check(t, p.channel.DropMenu(ctx, p.account, id))
	check(t, p.channel.DropMenu(ctx, p.account, id))
	if all, err := p.channel.Menus(ctx, p.account); err != nil || len(all) != 0 {
		t.Errorf("%+v, %v", all, err)
	}
}

// What others made on the account is not ours to touch.
func TestMenusOfOthersAreLeftAlone(t *testing.T) {
	t.Parallel()
	p := newPhone(t)
	body := `{"size":{"width":2500,"height":843},"selected":false,"name":"campaign","chatBarText":"x","areas":[]}`
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, p.url+"/api/v2/bot/richmenu", strings.NewReader(body))
	check(t, err)
	req.Header.Set("Authorization", "Bearer "+p.account.Token)
	req.Header.Set("Content-Type", "application/json")
	res, err := http.DefaultClient.Do(req)
	check(t, err)
	check(t, res.Body.Close())
	if res.StatusCode != http.StatusOK {
		t.Fatalf("status %d", res.StatusCode)
	}
	if all, err := p.channel.Menus(t.Context(), p.account); err != nil || len(all) != 0 {
		t.Errorf("%+v, %v", all, err)
	}
}

// Calls about a menu or a person that cannot be are not made; a menu that is gone says so.
func TestMenuCallsThatCannotBe(t *testing.T) {
	t.Parallel()
	p := newPhone(t)
	m := fixed(t, "เทศบาลตัวอย่าง", "th")
	gone := "richmenu-" + strings.Repeat("0", 32)
	for _, id := range []string{gone, "", "../user/all/richmenu", "richmenu-../../x"} {
		for what, call := range map[string]func(ctx context.Context) error{
			"paint":     func(ctx context.Context) error { return p.channel.PaintMenu(ctx, p.account, id, m) },
			"everybody": func(ctx context.Context) error { return p.channel.GiveEverybody(ctx, p.account, id) },
		} {
			if err := call(t.Context()); !errors.Is(err, bot.ErrNoMenu) {
				t.Errorf("%s %q: %v", what, id, err)
			}
		}
		if err := p.channel.AimSwitch(t.Context(), p.account, "th", id); err == nil {
			t.Errorf("a switch was aimed at %q", id)
		}
		check(t, p.channel.DropMenu(t.Context(), p.account, id))
	}
	if err := p.channel.GiveMenu(t.Context(), p.account, gone, []string{p.citizen}); !errors.Is(err, bot.ErrNoMenu) {
		t.Errorf("a menu that is gone: %v", err)
	}
	check(t, p.channel.GiveMenu(t.Context(), p.account, gone, []string{"../../message/push", "", "a/b"}))
	p.fail(map[string]any{"path": "/v2/bot/richmenu", "status": "rate", "times": 1})
	_, err := p.channel.MakeMenu(t.Context(), p.account, m)
	p.fail()
	if err == nil || !strings.Contains(err.Error(), "429") || strings.Contains(err.Error(), p.account.Token) {
		t.Errorf("too many menus: %v", err)
	}
}

// People are given menus five hundred at a time, and one alone by the call for one.
func TestMenusAreGivenInBulk(t *testing.T) {
	t.Parallel()
	p := newPhone(t)
	id := p.made(fixed(t, "เทศบาลตัวอย่าง", "en"))
	check(t, p.channel.GiveMenu(t.Context(), p.account, id, []string{p.citizen}))
	if m := p.menu(); m.ID != id {
		t.Errorf("%+v", m)
	}
	check(t, p.channel.GiveMenu(t.Context(), p.account, "", []string{p.citizen}))
	if m := p.menu(); m.ID != "" {
		t.Errorf("%+v", m)
	}
	people := []string{p.citizen}
	for i := range 1200 {
		people = append(people, fmt.Sprintf("U%032x", i))
	}
	check(t, p.channel.GiveMenu(t.Context(), p.account, id, people))
	if m := p.menu(); m.ID != id {
		t.Errorf("%+v", m)
	}
	check(t, p.channel.GiveMenu(t.Context(), p.account, "", people))
	if m := p.menu(); m.ID != "" {
		t.Errorf("%+v", m)
	}
	check(t, p.channel.GiveMenu(t.Context(), p.account, id, nil))
	var calls []struct{ Method, Path string }
	p.control("GET", "requests", nil, &calls)
	n := map[string]int{}
	for _, c := range calls {
		n[c.Path]++
	}
	if n["/v2/bot/richmenu/bulk/link"] != 3 || n["/v2/bot/richmenu/bulk/unlink"] != 3 {
		t.Errorf("%v", n)
	}
}

// Row 52, the calls: a token for a person LINE knows, and the address where they agree.
func TestRow52LinkToken(t *testing.T) {
	t.Parallel()
	p := newPhone(t)
	token, err := p.channel.LinkToken(t.Context(), p.account, p.citizen)
	if err != nil || token == "" {
		t.Errorf("%q, %v", token, err)
	}
	for _, nobody := range []string{"U" + strings.Repeat("0", 32), "../x", ""} {
		if token, err := p.channel.LinkToken(t.Context(), p.account, nobody); !errors.Is(err, bot.ErrGone) {
			t.Errorf("%q: %q, %v", nobody, token, err)
		}
	}
	if got := line.LinkURL("https://access.line.me", "a+b", "c&d"); got != "https://access.line.me/dialog/bot/accountLink?linkToken=a%2Bb&nonce=c%26d" {
		t.Error(got)
	}
}
