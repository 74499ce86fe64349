package line

import (
	"encoding/json"
	"fmt"
	"image"
	"net/http"
	"regexp"
	"slices"
	"strings"

	"github.com/go-chi/chi/v5"

	"saphan/devkit/line/strict"
)

// Rich menus (section 4.2).

const (
	maxMenus     = 1000
	maxAliases   = 1000
	maxMenuImage = 1 << 20
	maxBulk      = 500
)

// Shapes of IDs in rich menu calls.
var (
	menuIDForm  = regexp.MustCompile(`^richmenu-[0-9a-f]{32}$`)
	aliasIDForm = regexp.MustCompile(`^[a-z0-9_-]{1,32}$`)
)

// checkMenu checks the rich menu object of the body.
func (s *Simulator) checkMenu(r *request) (json.RawMessage, answer, bool) {
	var menu json.RawMessage
	if a, fine := r.parse(&menu); !fine {
		return nil, a, false
	}
	if err := strict.RichMenu(menu, r.options); err != nil {
		return nil, refuseCheck(err), false
	}
	return menu, answer{}, true
}

func (s *Simulator) validateMenu(r *request) answer {
	if _, a, fine := s.checkMenu(r); !fine {
		return a
	}
	return ok(empty)
}

func (s *Simulator) createMenu(r *request) answer {
	menu, a, fine := s.checkMenu(r)
	if !fine {
		return a
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.menusOf(r.channel)) >= maxMenus {
		return refuse(http.StatusBadRequest, "The maximum number of rich menus has been reached") // words UNCONFIRMED
	}
	id := "richmenu-" + randomHex(16)
	s.state.menus.put(id, menuRow{ID: id, Channel: r.channel.Destination, Menu: menu, At: r.now})
	return ok(map[string]any{"richMenuId": id})
}

// menusOf lists the channel's menus, oldest first. The caller holds the lock.
func (s *Simulator) menusOf(c Channel) []menuRow {
	list := []menuRow{}
	for _, m := range s.state.menus.rows {
		if m.Channel == c.Destination {
			list = append(list, m)
		}
	}
	slices.SortFunc(list, func(a, b menuRow) int {
		if d := a.At.Compare(b.At); d != 0 {
			return d
		}
		return strings.Compare(a.ID, b.ID)
	})
	return list
}

// view is the rich menu object with its ID.
func (m menuRow) view() (map[string]any, error) {
	var v map[string]any
	if err := json.Unmarshal(m.Menu, &v); err != nil {
		return nil, fmt.Errorf("rich menu %s: %w", m.ID, err)
	}
	v["richMenuId"] = m.ID
	return v, nil
}

func (s *Simulator) listMenus(r *request) answer {
	s.mu.Lock()
	defer s.mu.Unlock()
	list := []map[string]any{}
	for _, m := range s.menusOf(r.channel) {
		v, err := m.view()
		if err != nil {
			return s.broken(err)
		}
		list = append(list, v)
	}
	return ok(map[string]any{"richmenus": list})
}

// menu finds the menu of the path. The caller holds the lock.
func (s *Simulator) menu(r *request) (menuRow, bool) {
	m, known := s.state.menus.row(chi.URLParam(r.Request, "menu"))
	return m, known && m.Channel == r.channel.Destination
}

func (s *Simulator) showMenu(r *request) answer {
	s.mu.Lock()
	defer s.mu.Unlock()
	m, known := s.menu(r)
	if !known {
		return refuse(http.StatusNotFound, "Not found")
	}
	v, err := m.view()
	if err != nil {
		return s.broken(err)
	}
	return ok(v)
}

func (s *Simulator) deleteMenu(r *request) answer {
	s.mu.Lock()
	defer s.mu.Unlock()
	m, known := s.menu(r)
	if !known {
		return refuse(http.StatusNotFound, "Not found")
	}
	s.state.menus.remove(m.ID)
	if err := s.media.remove(m.ID); err != nil {
		return s.broken(err)
	}
	s.notifyAll(r.channel)
	return ok(empty)
}

// notifyAll tells all watchers of the channel's chats, as a menu shows in each.
func (s *Simulator) notifyAll(c Channel) {
	for key := range s.watchers {
		if strings.HasPrefix(key, c.Destination+" ") {
			s.notify(key)
		}
	}
}

func (s *Simulator) setMenuImage(r *request) answer {
	kind := r.Header.Get("Content-Type")
	if kind != "image/jpeg" && kind != "image/png" {
		return refuse(http.StatusUnsupportedMediaType, "The content type, "+kind+", is not supported")
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	m, known := s.menu(r)
	if !known {
		return refuse(http.StatusNotFound, "Not found")
	}
	if m.MIME != "" {
		return refuse(http.StatusBadRequest, "An image has already been uploaded to the richmenu")
	}
	head, format, err := image.DecodeConfig(newReader(r.body))
	if err != nil || "image/"+format != kind || len(r.body) > maxMenuImage || head.Width < 800 || head.Width > 2500 ||
		head.Height < 250 || float64(head.Width) < 1.45*float64(head.Height) {
		return refuse(http.StatusBadRequest, "The image size is not allowed for richmenu")
	}
	if _, err := s.media.save(m.ID, newReader(r.body)); err != nil {
		return s.broken(err)
	}
	r.body = nil // bytes have no place in the record
	m.MIME = kind
	s.state.menus.put(m.ID, m)
	s.notifyAll(r.channel)
	return ok(empty)
}

func (s *Simulator) menuImage(r *request) answer {
	s.mu.Lock()
	m, known := s.menu(r)
	s.mu.Unlock()
	if !known || m.MIME == "" {
		return refuse(http.StatusNotFound, "Not found")
	}
	f, err := s.media.open(m.ID)
	if err != nil {
		return s.broken(err)
	}
	return answer{status: http.StatusOK, file: f, mime: m.MIME}
}

func (s *Simulator) setDefaultMenu(r *request) answer {
	s.mu.Lock()
	defer s.mu.Unlock()
	m, known := s.menu(r)
	switch {
	case !known:
		return refuse(http.StatusNotFound, "Not found")
	case m.MIME == "":
		return refuse(http.StatusBadRequest, "must upload richmenu image before applying it to user")
	}
	s.putDefault(r.channel, m.ID)
	return ok(empty)
}

// putDefault changes the default menu. The caller holds the lock.
func (s *Simulator) putDefault(c Channel, menu string) {
	row, _ := s.state.channels.row(c.Destination)
	row.Menu = menu
	s.state.channels.put(c.Destination, row)
	s.notifyAll(c)
}

func (s *Simulator) defaultMenu(r *request) answer {
	s.mu.Lock()
	defer s.mu.Unlock()
	row, _ := s.state.channels.row(r.channel.Destination)
	if _, known := s.state.menus.row(row.Menu); !known {
		return refuse(http.StatusNotFound, "no default richmenu")
	}
	return ok(map[string]any{"richMenuId": row.Menu})
}

func (s *Simulator) clearDefaultMenu(r *request) answer {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.putDefault(r.channel, "")
	return ok(empty)
}

// give links a menu to a user, or unlinks with an empty one. Nothing happens for strangers, and
// LINE does not say so. The caller holds the lock.
func (s *Simulator) give(c Channel, lineID, menu string) {
	u, known := s.userByLineID(c, lineID)
	if !known {
		return
	}
	f := s.state.friend(c.Destination, u.ID)
	f.RichMenu = menu
	s.state.friends.put(pair(c.Destination, u.ID), f)
	s.notify(pair(c.Destination, u.ID))
}

func (s *Simulator) linkMenu(r *request) answer {
	user, a, fine := r.user()
	if !fine {
		return a
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	m, known := s.menu(r)
	switch {
	case !known:
		return refuse(http.StatusNotFound, "Not found")
	case m.MIME == "":
		return refuse(http.StatusBadRequest, "must upload richmenu image before applying it to user")
	}
	s.give(r.channel, user, m.ID)
	return ok(empty)
}

func (s *Simulator) unlinkMenu(r *request) answer {
	user, a, fine := r.user()
	if !fine {
		return a
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.give(r.channel, user, "")
	return ok(empty)
}

func (s *Simulator) userMenu(r *request) answer {
	user, a, fine := r.user()
	if !fine {
		return a
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	u, _ := s.userByLineID(r.channel, user)
	f := s.state.friend(r.channel.Destination, u.ID)
	if _, known := s.state.menus.row(f.RichMenu); !known {
		return refuse(http.StatusNotFound, "the user has no richmenu")
	}
	return ok(map[string]any{"richMenuId": f.RichMenu})
}

// bulk is the body of the calls for many users.
type bulk struct {
	Menu  string   `json:"richMenuId"`
	Users []string `json:"userIds"`
}

// bulk reads the body, which may have no other properties than those known.
func (r *request) bulk(known ...string) (bulk, answer, bool) {
	var b bulk
	if a, fine := r.parse(&b, known...); !fine {
		return b, a, false
	}
	if len(b.Users) < 1 || len(b.Users) > maxBulk {
		return b, oneProblem(fmt.Sprintf("Size must be between 1 and %d", maxBulk), "userIds"), false
	}
	for i, u := range b.Users {
		if !userIDForm.MatchString(u) {
			return b, invalidProperty(fmt.Sprintf("userIds[%d]", i)), false
		}
	}
	return b, answer{}, true
}

func invalidMenuID() answer {
	return oneProblem("invalid richMenuId", "richMenuId")
}

func (s *Simulator) bulkLinkMenu(r *request) answer {
	b, a, fine := r.bulk("richMenuId", "userIds")
	if !fine {
		return a
	}
	if !menuIDForm.MatchString(b.Menu) {
		return invalidMenuID()
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	m, known := s.state.menus.row(b.Menu)
	switch {
	case !known || m.Channel != r.channel.Destination:
		return refuse(http.StatusNotFound, "richmenu not found")
	case m.MIME == "":
		return refuse(http.StatusBadRequest, "must upload richmenu image before applying it to user")
	}
	for _, u := range b.Users {
		s.give(r.channel, u, b.Menu)
	}
	return answer{status: http.StatusAccepted, body: empty}
}

func (s *Simulator) bulkUnlinkMenu(r *request) answer {
	b, a, fine := r.bulk("userIds")
	if !fine {
		return a
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, u := range b.Users {
		s.give(r.channel, u, "")
	}
	return answer{status: http.StatusAccepted, body: empty}
}

// aliasBody reads and checks the menu that an alias shall name. The caller holds the lock.
func (s *Simulator) aliasTarget(r *request, menu string) (answer, bool) {
	if !menuIDForm.MatchString(menu) {
		return invalidMenuID(), false
	}
	m, known := s.state.menus.row(menu)
	if !known || m.Channel != r.channel.Destination || m.MIME == "" {
		return refuse(http.StatusBadRequest, "richmenu not found"), false
	}
	return answer{}, true
}

func (s *Simulator) createAlias(r *request) answer {
	var b struct {
		Alias string `json:"richMenuAliasId"`
		Menu  string `json:"richMenuId"`
	}
	if a, fine := r.parse(&b); !fine {
		return a
	}
	if !aliasIDForm.MatchString(b.Alias) {
		return oneProblem("invalid richMenuAliasId", "richMenuAliasId")
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if a, fine := s.aliasTarget(r, b.Menu); !fine {
		return a
	}
	key := pair(r.channel.Destination, b.Alias)
	if _, taken := s.state.aliases.row(key); taken {
		return refuse(http.StatusBadRequest, "conflict richmenu alias id")
	}
	if s.aliasesOf(r.channel) >= maxAliases {
		return refuse(http.StatusBadRequest, "The maximum number of rich menu aliases has been reached") // words UNCONFIRMED
	}
	s.state.aliases.put(key, b.Menu)
	return ok(empty)
}

// aliasesOf counts the channel's aliases. The caller holds the lock.
func (s *Simulator) aliasesOf(c Channel) int {
	n := 0
	for key := range s.state.aliases.rows {
		if strings.HasPrefix(key, c.Destination+" ") {
			n++
		}
	}
	return n
}

// alias finds the alias of the path. The caller holds the lock.
func (s *Simulator) alias(r *request) (key, name, menu string, known bool) {
	name = chi.URLParam(r.Request, "alias")
	key = pair(r.channel.Destination, name)
	menu, known = s.state.aliases.row(key)
	return key, name, menu, known
}

func noAlias() answer { return refuse(http.StatusNotFound, "richmenu alias not found") }

func (s *Simulator) showAlias(r *request) answer {
	s.mu.Lock()
	defer s.mu.Unlock()
	_, name, menu, known := s.alias(r)
	if !known {
		return noAlias()
	}
	return ok(map[string]any{"richMenuAliasId": name, "richMenuId": menu})
}

func (s *Simulator) updateAlias(r *request) answer {
	var b struct {
		Menu string `json:"richMenuId"`
	}
	if a, fine := r.parse(&b); !fine {
		return a
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	key, _, _, known := s.alias(r)
	if !known {
		return noAlias()
	}
	if a, fine := s.aliasTarget(r, b.Menu); !fine {
		return a
	}
	s.state.aliases.put(key, b.Menu)
	return ok(empty)
}

func (s *Simulator) deleteAlias(r *request) answer {
	s.mu.Lock()
	defer s.mu.Unlock()
	key, _, _, known := s.alias(r)
	if !known {
		return noAlias()
	}
	s.state.aliases.remove(key)
	return ok(empty)
}

func (s *Simulator) listAliases(r *request) answer {
	s.mu.Lock()
	defer s.mu.Unlock()
	list := []map[string]any{}
	for key, menu := range s.state.aliases.rows {
		if name, own := strings.CutPrefix(key, r.channel.Destination+" "); own {
			list = append(list, map[string]any{"richMenuAliasId": name, "richMenuId": menu})
		}
	}
	slices.SortFunc(list, func(a, b map[string]any) int {
		return strings.Compare(fmt.Sprint(a["richMenuAliasId"]), fmt.Sprint(b["richMenuAliasId"]))
	})
	return ok(map[string]any{"aliases": list})
}
