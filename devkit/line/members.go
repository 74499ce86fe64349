package line

import (
	"encoding/base64"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/go-chi/chi/v5"
)

// What a bot may ask about groups, rooms and followers.

// group finds the group or room of the path, as long as the account is in it.
func (s *Simulator) group(r *request, kind string) (groupRow, bool) {
	g, known := s.state.groups.row(chi.URLParam(r.Request, "group"))
	return g, known && !g.Left && g.Kind == kind && g.Channel == r.channel.Destination
}

// leave answers POST /v2/bot/{group|room}/{id}/leave, and a leave event follows.
func (s *Simulator) leave(kind string) apiFunc {
	return func(r *request) answer {
		s.mu.Lock()
		defer s.mu.Unlock()
		g, in := s.group(r, kind)
		if !in {
			return refuse(http.StatusNotFound, "Not found")
		}
		if _, err := s.leaveGroup(g); err != nil {
			return s.broken(err)
		}
		return ok(empty)
	}
}

// memberCount answers GET /v2/bot/{group|room}/{id}/members/count.
func (s *Simulator) memberCount(kind string) apiFunc {
	return func(r *request) answer {
		s.mu.Lock()
		defer s.mu.Unlock()
		g, in := s.group(r, kind)
		if !in {
			return refuse(http.StatusNotFound, "Not found")
		}
		return ok(map[string]any{"count": len(g.Members)})
	}
}

// memberProfile answers GET /v2/bot/{group|room}/{id}/member/{userId}.
func (s *Simulator) memberProfile(kind string) apiFunc {
	return func(r *request) answer {
		s.mu.Lock()
		defer s.mu.Unlock()
		id := chi.URLParam(r.Request, "user")
		g, in := s.group(r, kind)
		u, known := s.userByLineID(r.channel, id)
		if !in || !known || !slices.Contains(g.Members, u.ID) {
			return refuse(http.StatusNotFound, "Not found")
		}
		v := profileOf(u, id)
		delete(v, "language")
		return ok(v)
	}
}

// groupSummary answers GET /v2/bot/group/{id}/summary.
func (s *Simulator) groupSummary(r *request) answer {
	s.mu.Lock()
	defer s.mu.Unlock()
	g, in := s.group(r, "group")
	if !in {
		return refuse(http.StatusNotFound, "Not found")
	}
	return ok(map[string]any{"groupId": g.ID, "groupName": g.Name})
}

// pageLife is how long a continuation token works.
const pageLife = 24 * time.Hour

// page cuts a list as the parameters limit and start say and returns the token of the rest, empty
// when there is none.
func (r *request) page(list []string, usual, most int) (cut []string, next string, a answer, fine bool) {
	limit := usual
	if text := r.URL.Query().Get("limit"); text != "" {
		n, err := strconv.Atoi(text)
		if err != nil || n < 1 || n > most {
			return nil, "", refuse(http.StatusBadRequest, "The value for the 'limit' parameter is invalid"), false
		}
		limit = n
	}
	from := 0
	if start := r.URL.Query().Get("start"); start != "" {
		text, err := base64.RawURLEncoding.DecodeString(start)
		offset, at, found := strings.Cut(string(text), "@")
		n, errN := strconv.Atoi(offset)
		ms, errAt := strconv.ParseInt(at, 10, 64)
		if err != nil || !found || errN != nil || errAt != nil || n < 0 || n > len(list) || r.now.Sub(time.UnixMilli(ms)) > pageLife {
			return nil, "", refuse(http.StatusBadRequest, "Invalid start param"), false
		}
		from = n
	}
	cut = list[from:min(from+limit, len(list))]
	if from+limit < len(list) {
		next = base64.RawURLEncoding.EncodeToString(fmt.Appendf(nil, "%d@%d", from+limit, r.now.UnixMilli()))
	}
	return cut, next, answer{}, true
}

// paged answers with one page of a list.
func (r *request) paged(name string, list []string, usual, most int) answer {
	cut, next, a, fine := r.page(list, usual, most)
	if !fine {
		return a
	}
	v := map[string]any{name: cut}
	if next != "" {
		v["next"] = next
	}
	return ok(v)
}

// entitled makes an endpoint that ordinary accounts are refused.
func (s *Simulator) entitled(f apiFunc) apiFunc {
	return func(r *request) answer {
		if !s.Settings().Entitled {
			return refuse(http.StatusForbidden, notEntitled)
		}
		return f(r)
	}
}

// memberIDs answers GET /v2/bot/{group|room}/{id}/members/ids.
func (s *Simulator) memberIDs(kind string) apiFunc {
	return func(r *request) answer {
		s.mu.Lock()
		defer s.mu.Unlock()
		if id := chi.URLParam(r.Request, "group"); !isChatID(r.options, id) {
			return refuse(http.StatusBadRequest, "The value for the '"+kind+"Id' parameter is invalid")
		}
		g, in := s.group(r, kind)
		if !in {
			return refuse(http.StatusNotFound, "Not found")
		}
		ids := []string{}
		for _, m := range g.Members {
			if u, known := s.state.users.row(m); known && !u.PCOnly && !u.Deleted {
				ids = append(ids, lineUserID(r.channel, m))
			}
		}
		slices.Sort(ids)
		return r.paged("memberIds", ids, 100, 100)
	}
}

// followers lists the users who would be reached by a broadcast, by the IDs that the channel knows
// them by. The caller holds the lock.
func (s *Simulator) followers(c Channel) []string {
	ids := []string{}
	for _, u := range s.state.users.rows {
		if f := s.state.friend(c.Destination, u.ID); f.Following && !f.Blocked && !u.Deleted {
			ids = append(ids, lineUserID(c, u.ID))
		}
	}
	slices.Sort(ids)
	return ids
}

// followerIDs answers GET /v2/bot/followers/ids.
func (s *Simulator) followerIDs(r *request) answer {
	s.mu.Lock()
	defer s.mu.Unlock()
	return r.paged("userIds", s.followers(r.channel), 300, 1000)
}

// units answers GET /v2/bot/message/aggregation/list: the names used in this month.
func (s *Simulator) units(r *request) answer {
	s.mu.Lock()
	defer s.mu.Unlock()
	return r.paged("customAggregationUnits", s.unitNames(r.channel, r.now), 100, 100)
}

// unitCount answers GET /v2/bot/message/aggregation/info.
func (s *Simulator) unitCount(r *request) answer {
	s.mu.Lock()
	defer s.mu.Unlock()
	return ok(map[string]any{"numOfCustomAggregationUnits": len(s.unitNames(r.channel, r.now))})
}

// unitPrefix begins the keys under which the units of a month are counted.
func unitPrefix(c Channel, now time.Time) string { return c.Destination + " unit " + month(now) + " " }

func (s *Simulator) unitNames(c Channel, now time.Time) []string {
	names := []string{}
	for key := range s.state.counts.rows {
		if name, is := strings.CutPrefix(key, unitPrefix(c, now)); is {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names
}

// countUnits notes the units of an accepted send. The caller holds the lock.
func (s *Simulator) countUnits(c Channel, names []string, now time.Time) {
	for _, name := range names {
		key := unitPrefix(c, now) + name
		s.state.counts.put(key, s.state.counts.rows[key]+1)
	}
}
