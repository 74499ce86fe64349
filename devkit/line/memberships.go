package line

import (
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/go-chi/chi/v5"

	"saphan/internal/fault"
)

// Paid memberships of an account. Plans are made in LINE's console, here by the control API; what a bot
// may do is ask.

// planRow is a membership plan.
type planRow struct {
	Channel     string
	ID          int64
	Title       string
	Description string
	Benefits    []string
	Price       float64
	Currency    string
	Limit       *int64 `json:",omitempty"`
	InApp       bool   `json:",omitempty"`
	Hidden      bool   `json:",omitempty"`
	Numbers     int64  // the last number that a member got
}

// memberRow is a citizen's membership of a plan.
type memberRow struct {
	Channel  string
	User     string
	Plan     int64
	Number   int64
	JoinedAt time.Time
	Months   int64
}

// maxPlans is how many plans an account may offer.
const maxPlans = 5

func planKey(c Channel, plan int64) string { return pair(c.Destination, strconv.FormatInt(plan, 10)) }

func memberKey(c Channel, plan int64, user string) string { return pair(planKey(c, plan), user) }

// postPlan answers POST control/memberships: the account offers a plan, or offers it otherwise.
func (s *Simulator) postPlan(r *http.Request) (any, error) {
	in := struct {
		Channel     string   `json:"channel"`
		ID          int64    `json:"membershipId"`
		Title       string   `json:"title"`
		Description string   `json:"description"`
		Benefits    []string `json:"benefits"`
		Price       float64  `json:"price"`
		Currency    string   `json:"currency"`
		Limit       *int64   `json:"memberLimit"`
		InApp       bool     `json:"isInAppPurchase"`
		Published   bool     `json:"isPublished"`
		Ended       bool     `json:"ended"`
	}{Currency: "THB", Published: true}
	if err := controlBody(r, &in); err != nil {
		return nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	c, err := s.channelOf(in.Channel)
	if err != nil {
		return nil, err
	}
	key := planKey(c, in.ID)
	old, known := s.state.plans.row(key)
	switch {
	case in.ID < 1:
		return nil, fault.New(fault.Invalid, "membershipId ต้องเป็นจำนวนเต็มบวก")
	case in.Ended:
		s.state.plans.remove(key)
		return struct{}{}, nil
	case !known && len(s.plansOf(c)) >= maxPlans:
		return nil, fault.New(fault.Conflict, fmt.Sprintf("บัญชีหนึ่งมีแผนสมาชิกได้ไม่เกิน %d แผน", maxPlans))
	case in.Title == "" || len(in.Benefits) < 1 || len(in.Benefits) > 5 || in.Price < 0:
		return nil, fault.New(fault.Invalid, "แผนสมาชิกต้องมี title และ benefits 1 ถึง 5 ข้อ และ price ต้องไม่ติดลบ")
	case !slices.Contains([]string{"JPY", "TWD", "THB"}, in.Currency):
		return nil, fault.New(fault.Invalid, "currency ต้องเป็น JPY, TWD หรือ THB")
	}
	p := planRow{
		Channel: c.Destination, ID: in.ID, Title: in.Title, Description: in.Description, Benefits: in.Benefits, Price: in.Price,
		Currency: in.Currency, Limit: in.Limit, InApp: in.InApp, Hidden: !in.Published, Numbers: old.Numbers,
	}
	s.state.plans.put(key, p)
	return s.viewPlan(p), nil
}

// postMembership tells that the citizen joined, left or renewed a membership, and keeps it where the
// account offers that plan.
func (s *Simulator) postMembership(r *http.Request) (any, error) {
	var in struct {
		where
		membership
	}
	if err := controlBody(r, &in); err != nil {
		return nil, err
	}
	switch in.Type {
	case "joined", "left", "renewed":
	default:
		return nil, fault.New(fault.Invalid, "type ต้องเป็น joined, left หรือ renewed")
	}
	return s.act(r, in.where, func(a actor) (outcome, error) {
		o, err := s.happen(a, "membership", func(e *event) { e.Membership = &in.membership })
		if err == nil {
			s.enrol(a, in.membership)
		}
		return o, err
	})
}

// enrol keeps what became of a citizen's membership. The caller holds the lock.
func (s *Simulator) enrol(a actor, change membership) {
	p, offered := s.state.plans.row(planKey(a.channel, change.MembershipID))
	key := memberKey(a.channel, change.MembershipID, a.user.ID)
	m, member := s.state.members.row(key)
	switch {
	case !offered:
	case change.Type == "left":
		s.state.members.remove(key)
	case !member: // a second time begins anew, under a number of its own
		p.Numbers++
		s.state.plans.put(planKey(a.channel, p.ID), p)
		s.state.members.put(key, memberRow{Channel: p.Channel, User: a.user.ID, Plan: p.ID, Number: p.Numbers, JoinedAt: s.now(), Months: 1})
	case change.Type == "renewed":
		m.Months++
		s.state.members.put(key, m)
	}
}

// plansOf lists what the account offers. The caller holds the lock.
func (s *Simulator) plansOf(c Channel) []planRow {
	var list []planRow
	for _, p := range s.state.plans.rows {
		if p.Channel == c.Destination {
			list = append(list, p)
		}
	}
	slices.SortFunc(list, func(a, b planRow) int { return int(a.ID - b.ID) })
	return list
}

// membersOf lists the citizens with a plan. The caller holds the lock.
func (s *Simulator) membersOf(p planRow) []memberRow {
	var list []memberRow
	for _, m := range s.state.members.rows {
		if m.Channel == p.Channel && m.Plan == p.ID {
			list = append(list, m)
		}
	}
	return list
}

// view is the part of a plan that its members are told too.
func (p planRow) view() map[string]any {
	return map[string]any{
		"membershipId": p.ID, "title": p.Title, "description": p.Description, "benefits": p.Benefits, "price": p.Price, "currency": p.Currency,
	}
}

// viewPlan is a plan as the account sees it. The caller holds the lock.
func (s *Simulator) viewPlan(p planRow) map[string]any {
	v := p.view()
	v["memberCount"], v["memberLimit"], v["isInAppPurchase"], v["isPublished"] = len(s.membersOf(p)), p.Limit, p.InApp, !p.Hidden
	return v
}

// listPlans answers GET /v2/bot/membership/list.
func (s *Simulator) listPlans(r *request) answer {
	s.mu.Lock()
	defer s.mu.Unlock()
	views := []map[string]any{}
	for _, p := range s.plansOf(r.channel) {
		views = append(views, s.viewPlan(p))
	}
	if len(views) == 0 {
		return refuse(http.StatusNotFound, "Membership plan not found") // words UNCONFIRMED
	}
	return ok(map[string]any{"memberships": views})
}

// subscriptions answers GET /v2/bot/membership/subscription/{userId}.
func (s *Simulator) subscriptions(r *request) answer {
	id, a, fine := r.user()
	if !fine {
		return a
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	u, known := s.userByLineID(r.channel, id)
	views := []map[string]any{}
	for _, p := range s.plansOf(r.channel) {
		m, member := s.state.members.row(memberKey(r.channel, p.ID, u.ID))
		if !known || u.Deleted || !member {
			continue
		}
		views = append(views, map[string]any{"membership": p.view(), "user": map[string]any{
			"membershipNo": m.Number, "joinedTime": m.JoinedAt.Unix(), "totalSubscriptionMonths": m.Months,
			"nextBillingDate": m.JoinedAt.In(zone()).AddDate(0, int(m.Months), 0).Format(time.DateOnly),
		}})
	}
	if len(views) == 0 {
		return refuse(http.StatusNotFound, "Not found")
	}
	return ok(map[string]any{"subscriptions": views})
}

// planUserIDs answers GET /v2/bot/membership/{membershipId}/users/ids.
func (s *Simulator) planUserIDs(r *request) answer {
	s.mu.Lock()
	defer s.mu.Unlock()
	p, offered := s.state.plans.row(pair(r.channel.Destination, chi.URLParam(r.Request, "membership")))
	if !offered {
		return refuse(http.StatusNotFound, "Membership ID is not found")
	}
	followers := s.followers(r.channel)
	ids := []string{}
	for _, m := range s.membersOf(p) {
		u, _ := s.state.users.row(m.User)
		if id := lineUserID(r.channel, m.User); slices.Contains(followers, id) && !u.PCOnly {
			ids = append(ids, id)
		}
	}
	slices.SortFunc(ids, strings.Compare)
	return r.paged("userIds", ids, 300, 1000)
}
