package line

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"image"
	"net/http"
	"strings"
	"sync"

	"github.com/line/line-bot-sdk-go/v8/linebot/messaging_api"

	"saphan/agencies"
	"saphan/bot"
	"saphan/bot/line/menuart"
)

// ourMenus begins the names of the menus that this program makes; others on an account are left alone.
const ourMenus = "saphan "

// menuForm counts changes in how a menu is made besides its picture: another number makes all anew.
const menuForm = 1

// MenuName is what a menu is called at LINE: by its content, so that the same menu is made once
// however often it is asked for (line.md 4.2).
func (c *Channel) MenuName(m bot.FixedMenu) (string, error) {
	raw, err := json.Marshal(struct {
		Form, Edition int
		Menu          bot.FixedMenu
	}{menuForm, menuart.Edition, m})
	if err != nil {
		return "", fmt.Errorf("name of a menu: %w", err)
	}
	sum := sha256.Sum256(raw)
	return ourMenus + m.Lang + " " + hex.EncodeToString(sum[:12]), nil
}

// Menus lists the menus of an account that this program made, by the name that each was given.
func (c *Channel) Menus(ctx context.Context, account agencies.Channel) ([]bot.ChannelMenu, error) {
	api, err := c.client(ctx, account)
	if err != nil {
		return nil, err
	}
	resp, list, err := api.GetRichMenuListWithHttpInfo()
	if err := answered("list menus", resp, err); err != nil {
		return nil, err
	}
	var ours []bot.ChannelMenu
	for _, m := range list.Richmenus {
		if strings.HasPrefix(m.Name, ourMenus) && menuID(m.RichMenuId) {
			ours = append(ours, bot.ChannelMenu{ID: m.RichMenuId, Name: m.Name})
		}
	}
	return ours, nil
}

// MakeMenu makes a menu, which nobody sees before it is painted and given, and returns LINE's name of it.
func (c *Channel) MakeMenu(ctx context.Context, account agencies.Channel, m bot.FixedMenu) (string, error) {
	name, err := c.MenuName(m)
	if err != nil {
		return "", err
	}
	areas := []messaging_api.RichMenuArea{{
		Bounds: bounds(menuart.Switch()),
		Action: &messaging_api.RichMenuSwitchAction{Label: m.Other.Label, RichMenuAliasId: alias(m.Other.Key), Data: m.Other.Data},
	}}
	for i, at := range menuart.Areas() {
		a := m.Areas[i]
		areas = append(areas, messaging_api.RichMenuArea{
			Bounds: bounds(at),
			Action: &messaging_api.PostbackAction{Label: a.Label, Data: a.Data, DisplayText: a.Label},
		})
	}
	api, err := c.client(ctx, account)
	if err != nil {
		return "", err
	}
	resp, made, err := api.CreateRichMenuWithHttpInfo(&messaging_api.RichMenuRequest{
		Size:     &messaging_api.RichMenuSize{Width: menuart.Width, Height: menuart.Height},
		Selected: true, Name: name, ChatBarText: m.Bar, Areas: areas,
	})
	if err := answered("make a menu", resp, err); err != nil {
		return "", err
	}
	if !menuID(made.RichMenuId) {
		return "", errors.New("make a menu: LINE named none")
	}
	return made.RichMenuId, nil
}

// hasImage is LINE's message for a menu that has its picture already (line.md 4.2).
const hasImage = "An image has already been uploaded to the richmenu"

// PaintMenu draws a menu and brings the picture to LINE. One that is painted already stays as it is.
func (c *Channel) PaintMenu(ctx context.Context, account agencies.Channel, id string, m bot.FixedMenu) error {
	if !menuID(id) {
		return bot.ErrNoMenu
	}
	picture, err := c.pictures.of(m)
	if err != nil {
		return err
	}
	api, err := c.blobs(ctx, account)
	if err != nil {
		return err
	}
	resp, _, err := api.SetRichMenuImageWithHttpInfo(id, "image/png", bytes.NewReader(picture))
	err = answered("paint a menu", resp, err)
	var r *refusedError
	if errors.As(err, &r) && r.words == hasImage {
		return nil
	}
	return err
}

// pictures remembers the last menus that were drawn: a try that failed at LINE need not draw again, nor
// need the next account of the same agency.
type pictures struct {
	mu    sync.Mutex
	drawn map[bot.FixedMenu][]byte
}

// picturesKept is how many are remembered, of about 220 KB each.
const picturesKept = 8

func (p *pictures) of(m bot.FixedMenu) ([]byte, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if picture, ok := p.drawn[m]; ok {
		return picture, nil
	}
	picture, err := drawMenu(m)
	if err != nil {
		return nil, err
	}
	if len(p.drawn) >= picturesKept || p.drawn == nil {
		p.drawn = map[bot.FixedMenu][]byte{}
	}
	p.drawn[m] = picture
	return picture, nil
}

// drawMenu returns a menu's picture.
func drawMenu(m bot.FixedMenu) ([]byte, error) {
	looks := map[string]menuart.Tile{
		bot.ApplyArea: {Icon: "file-pen-line", Tone: menuart.Strong}, bot.ReportArea: {Icon: "megaphone", Tone: menuart.Warm},
		bot.TrackArea: {Icon: "search-check"}, bot.PermitsArea: {Icon: "badge-check", Tone: menuart.Good},
		bot.QuestionArea: {Icon: "message-circle-question-mark"}, bot.HumanArea: {Icon: "headset"},
	}
	drawing := menuart.Menu{Agency: m.Agency, Other: m.Other.Label}
	for i, a := range m.Areas {
		drawing.Tiles[i] = looks[a.Key]
		drawing.Tiles[i].Label = a.Label
	}
	return menuart.Draw(drawing)
}

// EverybodysMenu returns the menu that those see who were given no other; empty: none.
func (c *Channel) EverybodysMenu(ctx context.Context, account agencies.Channel) (string, error) {
	api, err := c.client(ctx, account)
	if err != nil {
		return "", err
	}
	resp, is, err := api.GetDefaultRichMenuIdWithHttpInfo()
	err = answered("everybody's menu", resp, err)
	if errors.Is(err, bot.ErrNoMenu) {
		return "", nil
	}
	if err != nil {
		return "", err
	}
	return is.RichMenuId, nil
}

// GiveEverybody shows a menu to all who were given no other.
func (c *Channel) GiveEverybody(ctx context.Context, account agencies.Channel, id string) error {
	if !menuID(id) {
		return bot.ErrNoMenu
	}
	api, err := c.client(ctx, account)
	if err != nil {
		return err
	}
	resp, _, err := api.SetDefaultRichMenuWithHttpInfo(id)
	return answered("give everybody a menu", resp, err)
}

// AimSwitch makes the menus' own switch to a language lead to a menu.
func (c *Channel) AimSwitch(ctx context.Context, account agencies.Channel, lang, id string) error {
	if !menuID(id) {
		return bot.ErrNoMenu
	}
	api, err := c.client(ctx, account)
	if err != nil {
		return err
	}
	resp, _, err := api.UpdateRichMenuAliasWithHttpInfo(alias(lang), &messaging_api.UpdateRichMenuAliasRequest{RichMenuId: id})
	err = answered("aim a switch of menus", resp, err)
	if !errors.Is(err, bot.ErrNoMenu) {
		return err
	}
	// The alias is not there yet, or the menu is not; making the alias tells which.
	resp, _, err = api.CreateRichMenuAliasWithHttpInfo(&messaging_api.CreateRichMenuAliasRequest{RichMenuAliasId: alias(lang), RichMenuId: id})
	return answered("make a switch of menus", resp, err)
}

// mostGiven is how many people may be given a menu at once (line.md 4.2).
const mostGiven = 500

// GiveMenu shows a menu to some people, or, with an empty one, everybody's menu again.
func (c *Channel) GiveMenu(ctx context.Context, account agencies.Channel, id string, people []string) error {
	if id != "" && !menuID(id) {
		return bot.ErrNoMenu
	}
	known := make([]string, 0, len(people))
	for _, p := range people {
		if inPath.MatchString(p) {
			known = append(known, p)
		}
	}
	for len(known) > 0 {
		now := known[:min(len(known), mostGiven)]
		if err := c.giveMenu(ctx, account, id, now); err != nil {
			return err
		}
		known = known[len(now):]
	}
	return nil
}

func (c *Channel) giveMenu(ctx context.Context, account agencies.Channel, id string, people []string) error {
	api, err := c.client(ctx, account)
	if err != nil {
		return err
	}
	give := func() (*http.Response, struct{}, error) {
		switch {
		case id == "" && len(people) == 1:
			return api.UnlinkRichMenuIdFromUserWithHttpInfo(people[0])
		case id == "":
			return api.UnlinkRichMenuIdFromUsersWithHttpInfo(&messaging_api.RichMenuBulkUnlinkRequest{UserIds: people})
		case len(people) == 1:
			return api.LinkRichMenuIdToUserWithHttpInfo(people[0], id)
		default:
			return api.LinkRichMenuIdToUsersWithHttpInfo(&messaging_api.RichMenuBulkLinkRequest{RichMenuId: id, UserIds: people})
		}
	}
	resp, _, err := give()
	return answered("give a menu", resp, err)
}

// DropMenu removes a menu; one that is not there is no error.
func (c *Channel) DropMenu(ctx context.Context, account agencies.Channel, id string) error {
	if !menuID(id) {
		return nil
	}
	api, err := c.client(ctx, account)
	if err != nil {
		return err
	}
	resp, _, err := api.DeleteRichMenuWithHttpInfo(id)
	if err := answered("drop a menu", resp, err); !errors.Is(err, bot.ErrNoMenu) {
		return err
	}
	return nil
}

// alias is by what the switch of a menu names the menu of a language.
func alias(lang string) string { return "saphan-" + lang }

// menuID says whether an identifier may stand in a path.
func menuID(id string) bool { return strings.HasPrefix(id, "richmenu-") && inPath.MatchString(id) }

func bounds(r image.Rectangle) *messaging_api.RichMenuBounds {
	return &messaging_api.RichMenuBounds{X: int64(r.Min.X), Y: int64(r.Min.Y), Width: int64(r.Dx()), Height: int64(r.Dy())}
}

// refusedError is what LINE answered instead of doing what it was asked to.
type refusedError struct {
	what   string
	status int
	words  string
	id     string // of the request
}

// Error names the call and LINE's reason; neither tells of a person.
func (r *refusedError) Error() string {
	return fmt.Sprintf("%s: LINE answered %d: %s (request %s)", r.what, r.status, r.words, r.id)
}

// Is makes a missing menu known to those who do not speak LINE.
func (r *refusedError) Is(target error) bool {
	return target == bot.ErrNoMenu && r.status == http.StatusNotFound
}

// answered says what was wrong with a call, nil when nothing was. The SDK's error texts quote bodies
// and are never passed on.
func answered(what string, resp *http.Response, err error) error {
	if resp == nil {
		return fmt.Errorf("%s: %s", what, transportProblem(err))
	}
	defer resp.Body.Close() //nolint:errcheck // read already; nothing depends on it
	if resp.StatusCode/100 == 2 {
		if err != nil {
			return fmt.Errorf("%s: LINE's answer is not readable", what)
		}
		return nil
	}
	e, lines := reason(resp)
	if !lines {
		return fmt.Errorf("%s: an answer %d that is not LINE's", what, resp.StatusCode)
	}
	return &refusedError{what: what, status: resp.StatusCode, words: words(e), id: resp.Header.Get(requestID)}
}
