package line_test

import (
	"fmt"
	"net/http"
	"os"
	"testing"
	"time"

	"saphan/devkit/line"
)

// Memberships: an account offers plans, citizens come and go, and the account may ask who is in.
func TestMemberships(t *testing.T) {
	t.Parallel()
	c := newClock()
	dir := t.TempDir()
	w := openWorld(t, line.Config{Now: c.now, Dir: dir})
	for _, citizen := range []string{w.woman, w.man} {
		w.control("POST", "chats/"+citizen+"/follow", nil, nil)
		w.bot.next(t)
	}
	change := func(citizen, kind string, plan int) {
		t.Helper()
		w.control("POST", "chats/"+citizen+"/membership", map[string]any{"type": kind, "membershipId": plan}, nil)
		if e := w.bot.next(t).events[0]; e["type"] != "membership" || part(t, e, "membership")["type"] != kind {
			t.Errorf("event %v", e)
		}
	}
	get := func(path string) (int, map[string]any) {
		t.Helper()
		status, _, v := w.api("GET", "/v2/bot/membership/"+path, nil)
		return status, v
	}
	members := func(plan int) string {
		t.Helper()
		status, v := get(fmt.Sprintf("%d/users/ids", plan))
		return fmt.Sprint(status, v["userIds"])
	}
	if status, v := get("list"); status != http.StatusNotFound {
		t.Errorf("no plans: %d %v", status, v)
	}
	change(w.woman, "joined", 1) // of a plan that nobody offers nothing is kept
	if got := members(1); got != "404 <nil>" {
		t.Errorf("members of no plan: %s", got)
	}
	w.control("POST", "memberships", map[string]any{"membershipId": 2, "title": "พรีเมียม", "benefits": []string{"ก", "ข"}, "price": 99.5, "memberLimit": 10}, nil)
	w.control("POST", "memberships", map[string]any{"membershipId": 1, "title": "ทั่วไป", "benefits": []string{"ก"}, "isPublished": false}, nil)
	change(w.woman, "joined", 1)
	change(w.man, "joined", 1)
	change(w.woman, "joined", 2)
	_, v := get("list")
	plans, _ := v["memberships"].([]any)
	if len(plans) != 2 {
		t.Fatalf("plans %v", v)
	}
	for i, want := range []string{"1 ทั่วไป 2 <nil> false THB", "2 พรีเมียม 1 10 true THB"} {
		p, _ := plans[i].(map[string]any)
		if got := fmt.Sprint(p["membershipId"], " ", p["title"], " ", p["memberCount"], " ", p["memberLimit"], " ", p["isPublished"], " ", p["currency"]); got != want {
			t.Errorf("plan %s, want %s", got, want)
		}
	}
	c.add(31 * 24 * time.Hour)
	change(w.man, "renewed", 1)
	status, v := get("subscription/" + w.man)
	subscriptions, _ := v["subscriptions"].([]any)
	if status != http.StatusOK || len(subscriptions) != 1 {
		t.Fatalf("%d %v", status, v)
	}
	one, _ := subscriptions[0].(map[string]any)
	if u := part(t, one, "user"); u["membershipNo"] != 2.0 || u["totalSubscriptionMonths"] != 2.0 || u["nextBillingDate"] != "2027-01-21" || u["joinedTime"] != float64(newClock().at.Unix()) {
		t.Errorf("user %v", u)
	}
	if m := part(t, one, "membership"); m["title"] != "ทั่วไป" || m["memberCount"] != nil {
		t.Errorf("membership %v", m)
	}
	change(w.woman, "left", 1)
	if got, want := members(1), fmt.Sprint(200, []any{w.man}); got != want {
		t.Errorf("members %s, want %s", got, want)
	}
	w.control("POST", "chats/"+w.man+"/block", nil, nil)
	w.bot.next(t)
	if got := members(1); got != "200 []" {
		t.Errorf("with the man blocked: %s", got)
	}
	if status, v := get("subscription/" + "nobody"); status != http.StatusBadRequest {
		t.Errorf("%d %v", status, v)
	}
	w.control("POST", "memberships", map[string]any{"membershipId": 1, "ended": true}, nil)
	if status, v := get("subscription/" + w.man); status != http.StatusNotFound {
		t.Errorf("of a plan that ended: %d %v", status, v)
	}
	for name, bad := range map[string]map[string]any{
		"no number": {"title": "x", "benefits": []string{"x"}}, "no title": {"membershipId": 3, "benefits": []string{"x"}},
		"no benefits": {"membershipId": 3, "title": "x"}, "another currency": {"membershipId": 3, "title": "x", "benefits": []string{"x"}, "currency": "USD"},
	} {
		if status, _, _ := w.do("POST", "/control/memberships", nil, bad); status != http.StatusBadRequest {
			t.Errorf("%s: %d", name, status)
		}
	}
	// They outlive the process.
	copied := t.TempDir()
	if err := os.CopyFS(copied, os.DirFS(dir)); err != nil {
		t.Fatal(err)
	}
	again := openWorld(t, line.Config{Now: c.now, Dir: copied})
	if status, _, v := again.api("GET", "/v2/bot/membership/subscription/"+w.woman, nil); status != http.StatusOK {
		t.Errorf("after a restart: %d %v", status, v)
	}
}
