package line

import (
	"net/http"
	"slices"

	"github.com/go-chi/chi/v5"

	"saphan/internal/fault"
)

// Groups and rooms: what people do with them in the app. What the bot asks about them is in
// members.go.

type groupView struct {
	ID      string   `json:"id"`
	Kind    string   `json:"kind"`
	Name    string   `json:"name"`
	Members []string `json:"members"`
	Left    bool     `json:"left"` // the account is no longer in it
}

func viewGroup(g groupRow) groupView {
	v := groupView{ID: g.ID, Kind: g.Kind, Name: g.Name, Members: g.Members, Left: g.Left}
	if v.Members == nil {
		v.Members = []string{}
	}
	return v
}

// listGroups answers GET control/groups.
func (s *Simulator) listGroups(r *http.Request) (any, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	c, err := s.channelIfAny(r)
	if err != nil {
		return nil, err
	}
	views := []groupView{}
	for _, g := range s.state.groups.rows {
		if g.Channel == c.Destination {
			views = append(views, viewGroup(g))
		}
	}
	slices.SortFunc(views, func(a, b groupView) int {
		if a.Name == b.Name {
			return slices.Compare([]byte(a.ID), []byte(b.ID))
		}
		return slices.Compare([]byte(a.Name), []byte(b.Name))
	})
	return views, nil
}

// addGroup answers POST control/groups: somebody makes a group and invites the account.
func (s *Simulator) addGroup(r *http.Request) (any, error) {
	var in struct {
		Name    string   `json:"name"`
		Kind    string   `json:"kind"`
		Channel string   `json:"channel"`
		Members []string `json:"members"`
		// Late keeps the join event back until the first other event, as LINE does for rooms.
		Late bool `json:"late"`
	}
	if err := controlBody(r, &in); err != nil {
		return nil, err
	}
	letter := "C"
	switch in.Kind {
	case "", "group":
		in.Kind = "group"
	case "room":
		letter = "R"
	default:
		return nil, fault.New(fault.Invalid, "kind ต้องเป็น group หรือ room")
	}
	s.mu.Lock()
	id := newChatID(s.settings.options(), letter)
	o, err := func() (outcome, error) {
		c, err := s.channelOf(in.Channel)
		if err != nil {
			return outcome{}, err
		}
		if err := s.usersExist(in.Members); err != nil {
			return outcome{}, err
		}
		g := groupRow{ID: id, Kind: in.Kind, Name: in.Name, Channel: c.Destination, Members: in.Members, Silent: in.Late}
		s.state.groups.put(id, g)
		if g.Silent {
			return outcome{}, nil
		}
		return s.inGroup(g, "join", true, nil)
	}()
	s.mu.Unlock()
	if err != nil {
		return nil, err
	}
	return struct {
		ID string `json:"id"`
		actAnswer
	}{id, o.wait(r)}, nil
}

// usersExist refuses unknown users. The caller holds the lock.
func (s *Simulator) usersExist(ids []string) error {
	for _, id := range ids {
		if _, ok := s.state.users.row(id); !ok {
			return fault.New(fault.NotFound, "ไม่พบสมาชิก "+id)
		}
	}
	return nil
}

// breakSilence sends the join event that was kept back before the first other event of the chat. The
// caller holds the lock.
func (s *Simulator) breakSilence(chat string) error {
	g, known := s.state.groups.row(chat)
	if !known || !g.Silent {
		return nil
	}
	g.Silent = false
	s.state.groups.put(chat, g)
	_, err := s.inGroup(g, "join", true, nil)
	return err
}

// inGroup sends an event about the group itself. The caller holds the lock.
func (s *Simulator) inGroup(g groupRow, kind string, answerable bool, fill func(*event)) (outcome, error) {
	c, err := s.channelOf(g.Channel)
	if err != nil {
		return outcome{}, err
	}
	now := s.now()
	e := s.newEvent(kind, c, g.ID, "", now)
	if fill != nil {
		fill(&e)
	}
	return s.send(actor{channel: c, chat: g.ID}, e, "", answerable, now)
}

// changeGroup finds the group of the path, lets change do its work under the lock and waits a
// little for the bot.
func (s *Simulator) changeGroup(r *http.Request, change func(groupRow) (outcome, error)) (any, error) {
	s.mu.Lock()
	g, known := s.state.groups.row(chi.URLParam(r, "group"))
	var o outcome
	err := error(fault.New(fault.NotFound, "ไม่พบกลุ่มนี้"))
	if known {
		o, err = change(g)
	}
	s.mu.Unlock()
	if err != nil {
		return nil, err
	}
	return o.wait(r), nil
}

// postInvite brings the account back into a group that it left.
func (s *Simulator) postInvite(r *http.Request) (any, error) {
	return s.changeGroup(r, func(g groupRow) (outcome, error) {
		if !g.Left {
			return outcome{}, fault.New(fault.Conflict, "บัญชีอยู่ในกลุ่มนี้แล้ว")
		}
		g.Left = false
		s.state.groups.put(g.ID, g)
		return s.inGroup(g, "join", true, nil)
	})
}

// postRemove throws the account out of a group.
func (s *Simulator) postRemove(r *http.Request) (any, error) {
	return s.changeGroup(r, func(g groupRow) (outcome, error) {
		if g.Left {
			return outcome{}, fault.New(fault.Conflict, "บัญชีไม่ได้อยู่ในกลุ่มนี้แล้ว")
		}
		return s.leaveGroup(g)
	})
}

// leaveGroup ends the account's membership. The caller holds the lock.
func (s *Simulator) leaveGroup(g groupRow) (outcome, error) {
	o, err := s.inGroup(g, "leave", false, nil)
	if err != nil {
		return o, err
	}
	g.Left = true
	s.state.groups.put(g.ID, g)
	return o, nil
}

// postMembers lets users come into a group or, with leave, go.
func (s *Simulator) postMembers(r *http.Request) (any, error) {
	var in struct {
		Users []string `json:"users"`
		Leave bool     `json:"leave"`
	}
	if err := controlBody(r, &in); err != nil {
		return nil, err
	}
	return s.changeGroup(r, func(g groupRow) (outcome, error) {
		if err := s.usersExist(in.Users); err != nil {
			return outcome{}, err
		}
		var moved []string
		members := slices.Clone(g.Members)
		for _, u := range in.Users {
			at := slices.Index(members, u)
			switch {
			case in.Leave && at >= 0:
				members = slices.Delete(members, at, at+1)
			case !in.Leave && at < 0:
				members = append(members, u)
			default:
				continue
			}
			moved = append(moved, u)
		}
		if len(moved) == 0 {
			return outcome{}, fault.New(fault.Conflict, "ไม่มีใครเข้าหรือออกจากกลุ่ม")
		}
		g.Members = members
		s.state.groups.put(g.ID, g)
		if g.Left {
			return outcome{}, nil // the account is not there to hear of it
		}
		c, err := s.channelOf(g.Channel)
		if err != nil {
			return outcome{}, err
		}
		who := &memberList{}
		for _, u := range moved {
			who.Members = append(who.Members, source{Type: "user", UserID: lineUserID(c, u)})
		}
		if in.Leave {
			return s.inGroup(g, "memberLeft", false, func(e *event) { e.Left = who })
		}
		return s.inGroup(g, "memberJoined", true, func(e *event) { e.Joined = who })
	})
}
