package line

import (
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/go-chi/chi/v5"

	"saphan/devkit/line/strict"
)

// couponRow is a coupon.
type couponRow struct {
	Channel string
	At      time.Time
	EndsAt  time.Time
	Closed  bool
	Coupon  json.RawMessage
}

// maxCoupons is how many valid coupons a channel may have.
const maxCoupons = 5000

func (c couponRow) status(now time.Time) string {
	if c.Closed || !now.Before(c.EndsAt) {
		return "CLOSED"
	}
	return "RUNNING"
}

// createCoupon answers POST /v2/bot/coupon.
func (s *Simulator) createCoupon(r *request) answer {
	var b struct {
		Title      string `json:"title"`
		Text       string `json:"description"`
		Image      string `json:"imageUrl"`
		Barcode    string `json:"barcodeImageUrl"`
		Code       string `json:"couponCode"`
		Usage      string `json:"usageCondition"`
		Start      *int64 `json:"startTimestamp"`
		End        *int64 `json:"endTimestamp"`
		Timezone   string `json:"timezone"`
		Visibility string `json:"visibility"`
		Uses       *int64 `json:"maxUseCountPerTicket"`
		Condition  *struct {
			Type   string       `json:"type"`
			Chance *json.Number `json:"lotteryProbability"`
			Most   *json.Number `json:"maxAcquireCount"`
		} `json:"acquisitionCondition"`
		Reward *struct {
			Type  string          `json:"type"`
			Price json.RawMessage `json:"priceInfo"`
		} `json:"reward"`
	}
	if a, fine := r.parse(&b); !fine {
		return a
	}
	rewards, visible := []string{"discount", "free", "gift", "cashBack", "others"}, []string{"PUBLIC", "UNLISTED"}
	n := len([]rune(b.Title))
	switch {
	case n < 1 || n > 60:
		return oneProblem("Size must be between 1 and 60", "title")
	case b.Start == nil || b.End == nil || *b.End <= *b.Start || *b.End <= r.now.Unix():
		return oneProblem("Invalid validity period", "endTimestamp") // words UNCONFIRMED
	case b.Timezone == "":
		return oneProblem("May not be empty", "timezone")
	case !slices.Contains(visible, b.Visibility):
		return oneProblem("Must be one of the following values: ["+strings.Join(visible, ",")+"]", "visibility")
	case b.Uses == nil || *b.Uses != 1 && *b.Uses != -1:
		return oneProblem("Must be one of the following values: [1,-1]", "maxUseCountPerTicket")
	case b.Condition == nil || b.Condition.Type != "normal" && b.Condition.Type != "lottery":
		return oneProblem("Must be one of the following values: [normal,lottery]", "acquisitionCondition.type")
	case b.Reward != nil && !slices.Contains(rewards, b.Reward.Type):
		return oneProblem("Must be one of the following values: ["+strings.Join(rewards, ",")+"]", "reward.type")
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	valid := 0
	for _, c := range s.state.coupons.rows {
		if c.Channel == r.channel.Destination && c.status(r.now) == "RUNNING" {
			valid++
		}
	}
	if valid >= maxCoupons {
		return oneProblem("You have too many coupons created.", "")
	}
	id := ulid(r.now)
	s.state.coupons.put(id, couponRow{Channel: r.channel.Destination, At: r.now, EndsAt: time.Unix(*b.End, 0), Coupon: r.body})
	return ok(map[string]any{"couponId": id})
}

// coupon finds the coupon of the path. The caller holds the lock.
func (s *Simulator) coupon(r *request) (string, couponRow, answer, bool) {
	id := chi.URLParam(r.Request, "coupon")
	c, known := s.state.coupons.row(id)
	if !known || c.Channel != r.channel.Destination {
		return id, c, refuse(http.StatusNotFound, "The request body has 1 error(s)", strict.Problem{Message: "coupon not found"}), false
	}
	return id, c, answer{}, true
}

func (s *Simulator) listCoupons(r *request) answer {
	states := []string{"DRAFT", "RUNNING", "CLOSED"}
	if text := r.URL.Query().Get("status"); text != "" {
		states = strings.Split(text, ",")
	}
	for _, state := range states {
		if !slices.Contains([]string{"DRAFT", "RUNNING", "CLOSED"}, state) {
			return oneProblem("Must be one of the following values: [DRAFT,RUNNING,CLOSED]", "status")
		}
	}
	if n, err := strconv.Atoi(r.URL.Query().Get("limit")); err == nil && n > 100 {
		return oneProblem("Must be less than or equal to 100", "limit")
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	ids := []string{}
	for id, c := range s.state.coupons.rows {
		if c.Channel == r.channel.Destination && slices.Contains(states, c.status(r.now)) {
			ids = append(ids, id)
		}
	}
	slices.Sort(ids)
	cut, next, a, fine := r.page(ids, 20, 100)
	if !fine {
		return a
	}
	items := []map[string]any{}
	for _, id := range cut {
		v, err := s.viewCoupon(id, r.now)
		if err != nil {
			return s.broken(err)
		}
		items = append(items, map[string]any{"couponId": id, "title": v["title"]})
	}
	v := map[string]any{"items": items}
	if next != "" {
		v["next"] = next
	}
	return ok(v)
}

func (s *Simulator) viewCoupon(id string, now time.Time) (map[string]any, error) {
	c, _ := s.state.coupons.row(id)
	var v map[string]any
	if err := json.Unmarshal(c.Coupon, &v); err != nil {
		return nil, fmt.Errorf("coupon %s: %w", id, err)
	}
	v["couponId"], v["status"], v["createdTimestamp"], v["maxTicketPerUser"] = id, c.status(now), c.At.Unix(), 1
	return v, nil
}

func (s *Simulator) showCoupon(r *request) answer {
	s.mu.Lock()
	defer s.mu.Unlock()
	id, _, a, fine := s.coupon(r)
	if !fine {
		return a
	}
	v, err := s.viewCoupon(id, r.now)
	if err != nil {
		return s.broken(err)
	}
	return ok(v)
}

func (s *Simulator) closeCoupon(r *request) answer {
	s.mu.Lock()
	defer s.mu.Unlock()
	id, c, a, fine := s.coupon(r)
	if !fine {
		return a
	}
	if c.Closed {
		return refuse(http.StatusGone, "The request body has 1 error(s)", strict.Problem{Message: "The coupon has already been closed."})
	}
	c.Closed = true
	s.state.coupons.put(id, c)
	return ok(empty)
}
