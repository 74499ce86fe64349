package line_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"saphan/devkit/line"
)

// entitledWorld is a world whose account may call what few accounts may.
func entitledWorld(t *testing.T, c *clock) *world {
	t.Helper()
	w := newWorld(t, c)
	w.control("POST", "settings", map[string]any{"entitled": true}, nil)
	w.control("POST", "chats/"+w.woman+"/follow", nil, nil)
	w.bot.next(t)
	return w
}

// A narrowcast is accepted, sent a while later, and asked about by its request ID.
func TestNarrowcast(t *testing.T) {
	t.Parallel()
	c := newClock()
	w := entitledWorld(t, c)
	send := func(body map[string]any, want int) string {
		t.Helper()
		body["messages"] = texts(1)
		status, head, v := w.api("POST", "/v2/bot/message/narrowcast", body)
		if status != want {
			t.Fatalf("narrowcast %v: %d %v, want %d", body, status, v, want)
		}
		return head.Get("X-Line-Request-Id")
	}
	progress := func(id string) map[string]any {
		t.Helper()
		_, _, v := w.api("GET", "/v2/bot/message/progress/narrowcast?requestId="+id, nil)
		return v
	}
	id := send(map[string]any{"limit": map[string]any{"max": 0}}, http.StatusAccepted)
	if v := progress(id); v["phase"] != "waiting" || v["acceptedTime"] == nil || v["completedTime"] != nil {
		t.Errorf("at once: %v", v)
	}
	c.add(3 * time.Second)
	if v := progress(id); v["phase"] != "succeeded" || v["successCount"] != 1.0 || v["targetCount"] != 1.0 {
		t.Errorf("later: %v", v)
	}
	if n := len(w.chat(w.woman, 0).Messages); n != 1 {
		t.Errorf("%d messages seen", n)
	}
	few := send(map[string]any{"filter": map[string]any{"demographic": map[string]any{"type": "gender", "oneOf": []string{"male"}}}}, http.StatusAccepted)
	c.add(3 * time.Second)
	if v := progress(few); v["phase"] != "failed" || v["errorCode"] != 2.0 {
		t.Errorf("too few: %v", v)
	}
	status, _, v := w.api("POST", "/v2/bot/message/narrowcast", map[string]any{"messages": texts(1), "limit": map[string]any{"forbidPartialDelivery": true}})
	wantError(t, status, v, 400, "The option forbidPartialDelivery must be used with upToRemainingQuota.")
	status, _, v = w.api("POST", "/v2/bot/message/narrowcast", map[string]any{"messages": texts(1), "recipient": map[string]any{"type": "audience", "audienceGroupId": 5}})
	wantError(t, status, v, 400, "Invalid audience group id: 5")
	status, _, v = w.api("GET", "/v2/bot/message/progress/narrowcast?requestId=nobody", nil)
	wantError(t, status, v, 404, "Not found")
	c.add(15 * 24 * time.Hour)
	status, _, v = w.api("GET", "/v2/bot/message/progress/narrowcast?requestId="+id, nil)
	wantError(t, status, v, 404, "Not found")
	// A running narrowcast may empty the month's quota.
	w.control("POST", "settings", map[string]any{"quota": 0}, nil)
	status, _, v = w.api("POST", "/v2/bot/message/narrowcast", map[string]any{"messages": texts(1)})
	wantError(t, status, v, 429, "You have reached your monthly limit.")
}

// Followers, members and units come in pages.
func TestPages(t *testing.T) {
	t.Parallel()
	c := newClock()
	w := entitledWorld(t, c)
	for i := range 4 {
		var u struct{ ID string }
		w.control("POST", "users", map[string]any{"name": fmt.Sprintf("คนที่ %d (ตัวอย่าง)", i)}, &u)
		w.control("POST", "chats/"+u.ID+"/follow", nil, nil)
		w.bot.next(t)
	}
	seen := map[any]bool{}
	start := ""
	for page := 0; ; page++ {
		_, _, v := w.api("GET", "/v2/bot/followers/ids?limit=2"+start, nil)
		ids, _ := v["userIds"].([]any)
		for _, id := range ids {
			seen[id] = true
		}
		next, more := v["next"].(string)
		if !more {
			break
		}
		if page > 3 {
			t.Fatal("pages without end")
		}
		start = "&start=" + next
	}
	if len(seen) != 5 {
		t.Errorf("%d followers, want 5", len(seen))
	}
	c.add(25 * time.Hour)
	status, _, v := w.api("GET", "/v2/bot/followers/ids?limit=2"+start, nil)
	wantError(t, status, v, 400, "Invalid start param")
	status, _, v = w.api("GET", "/v2/bot/followers/ids?limit=1001", nil)
	wantError(t, status, v, 400, "The value for the 'limit' parameter is invalid")

	for _, unit := range []string{"promo_b", "promo_a", "promo_b"} {
		status, _, v := w.api("POST", "/v2/bot/message/push", map[string]any{"to": w.woman, "messages": texts(1), "customAggregationUnits": []string{unit}})
		if status != http.StatusOK {
			t.Fatal(status, v)
		}
	}
	if _, _, v := w.api("GET", "/v2/bot/message/aggregation/info", nil); v["numOfCustomAggregationUnits"] != 2.0 {
		t.Errorf("units %v", v)
	}
	if _, _, v := w.api("GET", "/v2/bot/message/aggregation/list?limit=1", nil); fmt.Sprint(v["customAggregationUnits"]) != "[promo_a]" || v["next"] == nil {
		t.Errorf("units %v", v)
	}
}

// Section 4.2: rich menus are replaced for many at once; operations do not see each other.
func TestRichMenuBatch(t *testing.T) {
	t.Parallel()
	c := newClock()
	w := entitledWorld(t, c)
	w.control("POST", "chats/"+w.man+"/follow", nil, nil)
	w.bot.next(t)
	menu := func(image bool) string {
		_, _, made := w.api("POST", "/v2/bot/richmenu", `{"size":{"width":800,"height":540},"selected":true,"name":"เมนู","chatBarText":"เมนู","areas":[]}`)
		id, _ := made["richMenuId"].(string)
		if image {
			if status, _, v := w.call("/api-data", "POST", "/v2/bot/richmenu/"+id+"/content", picture(800, 540), "Content-Type", "image/png"); status != 200 {
				t.Fatal(status, v)
			}
		}
		return id
	}
	a, b, bare := menu(true), menu(true), menu(false)
	w.api("POST", "/v2/bot/user/"+w.woman+"/richmenu/"+a, nil)
	w.api("POST", "/v2/bot/user/"+w.man+"/richmenu/"+b, nil)
	op := func(kind, from, to string) map[string]any {
		m := map[string]any{"type": kind}
		if from != "" {
			m["from"] = from
		}
		if to != "" {
			m["to"] = to
		}
		return m
	}
	check := func(path string, want int, message string, detail string, ops ...any) {
		t.Helper()
		status, _, v := w.api("POST", path, map[string]any{"operations": ops})
		wantError(t, status, v, want, message, detail)
	}
	const validate, one = "/v2/bot/richmenu/validate/batch", "The request body has 1 error(s)"
	missing := "richmenu-" + strings.Repeat("0", 32)
	check(validate, 400, one, "operations[0].from: invalid richMenuId", op("unlink", "x", ""))
	check(validate, 404, one, "operations[0].to: Richmenu ("+missing+") is not found", op("link", a, missing))
	check(validate, 400, one, "operations[0].to: 'to' richmenu ("+bare+") must have image but it doesn't", op("link", a, bare))
	check(validate, 400, one, "operations[].from: from richmenu ("+a+") is duplicated", op("unlink", a, ""), op("link", a, b))
	check(validate, 400, one, "operations[].type: 'unlinkAll' type can't be combined with other type", op("unlinkAll", "", ""), op("unlink", a, ""))
	status, head, v := w.api("POST", "/v2/bot/richmenu/batch", map[string]any{"operations": []any{op("link", a, b), op("unlink", b, "")}})
	if status != http.StatusAccepted {
		t.Fatalf("batch: %d %v", status, v)
	}
	if _, _, v := w.api("GET", "/v2/bot/user/"+w.woman+"/richmenu", nil); v["richMenuId"] != b {
		t.Errorf("the woman's menu %v, want b", v)
	}
	if status, _, v := w.api("GET", "/v2/bot/user/"+w.man+"/richmenu", nil); status != http.StatusNotFound {
		t.Errorf("the man's menu: %d %v", status, v)
	}
	id := head.Get("X-Line-Request-Id")
	if _, _, v := w.api("GET", "/v2/bot/richmenu/progress/batch?requestId="+id, nil); v["phase"] != "ongoing" {
		t.Errorf("progress %v", v)
	}
	c.add(2 * time.Second)
	if _, _, v := w.api("GET", "/v2/bot/richmenu/progress/batch?requestId="+id, nil); v["phase"] != "succeeded" || v["completedTime"] == nil {
		t.Errorf("progress %v", v)
	}
	for range 2 {
		w.api("POST", "/v2/bot/richmenu/batch", map[string]any{"operations": []any{op("unlinkAll", "", "")}})
	}
	status, _, v = w.api("POST", "/v2/bot/richmenu/batch", map[string]any{"operations": []any{op("unlinkAll", "", "")}})
	wantError(t, status, v, 429, "The API rate limit has been exceeded. Try again later.")
}

// Section 4.7: messages by phone number, and the delivery event.
func TestNotificationMessages(t *testing.T) {
	t.Parallel()
	w := entitledWorld(t, nil)
	var u struct{ ID string }
	w.control("POST", "users", map[string]any{"name": "มีโทรศัพท์ (ตัวอย่าง)", "phone": "+66812345678"}, &u)
	to := phoneDigest("+66812345678")
	if status, _, v := w.api("POST", "/bot/pnp/push", map[string]any{"to": to, "messages": texts(1)}); status != http.StatusOK {
		t.Fatalf("pnp: %d %v", status, v)
	}
	if e := w.bot.next(t).events[0]; e["type"] != "delivery" || part(t, e, "delivery")["data"] != to || e["source"] != nil || e["replyToken"] != nil {
		t.Errorf("event %v", e)
	}
	tag := strings.Repeat("a", 16)
	status, _, v := w.api("POST", "/v2/bot/message/pnp/templated/push", map[string]any{
		"to": to, "templateKey": "shipment_completed_th", "body": map[string]any{"items": []any{map[string]any{"itemKey": "time_001", "content": "บ่าย"}}},
	}, "X-Line-Delivery-Tag", tag)
	if status != http.StatusAccepted {
		t.Errorf("template: %d %v", status, v)
	}
	if e := w.bot.next(t).events[0]; part(t, e, "delivery")["data"] != tag {
		t.Errorf("event %v", e)
	}
	if n := len(w.chat(u.ID, 0).Messages); n != 2 {
		t.Errorf("%d messages seen", n)
	}
	status, _, v = w.api("POST", "/bot/pnp/push", map[string]any{"to": strings.Repeat("0", 64), "messages": texts(1)})
	wantError(t, status, v, 422, "Failed to send messages")
	status, _, v = w.api("POST", "/bot/pnp/push", map[string]any{"to": "+66812345678", "messages": texts(1)})
	wantError(t, status, v, 400, "The request body has 1 error(s)", "to: The value must be a valid SHA-256 digest.")
	w.control("POST", "settings", map[string]any{"entitled": false}, nil)
	status, _, v = w.api("POST", "/bot/pnp/push", map[string]any{"to": to, "messages": texts(1)})
	wantError(t, status, v, 403, "Access to this API is not available for your account")
}

// Coupons, audiences, statistics and LIFF apps keep what they are given.
func TestRareCalls(t *testing.T) {
	t.Parallel()
	c := newClock()
	w := entitledWorld(t, c)
	coupon := map[string]any{
		"title": "ส่วนลดตัวอย่าง", "startTimestamp": 0, "endTimestamp": c.now().Add(time.Hour).Unix(), "timezone": "ASIA_BANGKOK", "visibility": "UNLISTED",
		"maxUseCountPerTicket": 1, "acquisitionCondition": map[string]any{"type": "normal"}, "reward": map[string]any{"type": "free"},
	}
	_, _, made := w.api("POST", "/v2/bot/coupon", coupon)
	id, _ := made["couponId"].(string)
	if _, _, v := w.api("GET", "/v2/bot/coupon/"+id, nil); v["title"] != "ส่วนลดตัวอย่าง" || v["status"] != "RUNNING" {
		t.Errorf("coupon %v", v)
	}
	if _, _, v := w.api("GET", "/v2/bot/coupon?status=RUNNING", nil); len(v["items"].([]any)) != 1 {
		t.Errorf("coupons %v", v)
	}
	if status, _, _ := w.api("PUT", "/v2/bot/coupon/"+id+"/close", nil); status != http.StatusOK {
		t.Errorf("close: %d", status)
	}
	status, _, v := w.api("PUT", "/v2/bot/coupon/"+id+"/close", nil)
	wantError(t, status, v, 410, "The request body has 1 error(s)")
	coupon["title"] = strings.Repeat("ก", 61)
	status, _, v = w.api("POST", "/v2/bot/coupon", coupon)
	wantError(t, status, v, 400, "The request body has 1 error(s)", "title: Size must be between 1 and 60")

	status, _, made = w.api("POST", "/v2/bot/audienceGroup/upload", map[string]any{"description": "ทดสอบ", "audiences": []any{map[string]any{"id": w.woman}}})
	if status != http.StatusAccepted {
		t.Fatalf("audience: %d %v", status, made)
	}
	group := fmt.Sprintf("%.0f", made["audienceGroupId"])
	if status, _, v := w.api("PUT", "/v2/bot/audienceGroup/upload", map[string]any{"audienceGroupId": made["audienceGroupId"], "audiences": []any{map[string]any{"id": w.man}}}); status != http.StatusAccepted {
		t.Errorf("extend: %d %v", status, v)
	}
	if _, _, v := w.api("GET", "/v2/bot/audienceGroup/"+group, nil); part(t, v, "audienceGroup")["audienceCount"] != 2.0 {
		t.Errorf("audience %v", v)
	}
	if status, _, _ := w.api("DELETE", "/v2/bot/audienceGroup/"+group, nil); status != http.StatusAccepted {
		t.Errorf("delete: %d", status)
	}

	if _, _, v := w.api("GET", "/v2/bot/insight/followers", nil); v["status"] != "ready" || v["followers"] != 1.0 {
		t.Errorf("followers %v", v)
	}
	w.api("POST", "/v2/bot/message/push", map[string]any{"to": w.woman, "messages": texts(1)})
	today := c.now().In(time.FixedZone("", 9*3600)).Format("20060102")
	c.add(24 * time.Hour)
	if _, _, v := w.api("GET", "/v2/bot/insight/message/delivery?date="+today, nil); v["apiPush"] != 1.0 {
		t.Errorf("deliveries %v", v)
	}

	_, _, made = w.api("POST", "/liff/v1/apps", map[string]any{"view": map[string]any{"type": "full", "url": "https://example.com/app"}, "scope": []string{"openid"}})
	app, _ := made["liffId"].(string)
	w.api("PUT", "/liff/v1/apps/"+app, map[string]any{"view": map[string]any{"url": "https://example.com/new"}})
	_, _, v = w.api("GET", "/liff/v1/apps", nil)
	apps, _ := v["apps"].([]any)
	if len(apps) != 1 {
		t.Fatalf("apps %v", v)
	}
	view := part(t, apps[0].(map[string]any), "view")
	if view["type"] != "full" || view["url"] != "https://example.com/new" {
		t.Errorf("app %v", apps)
	}
	if status, _, _ := w.api("POST", "/liff/v1/apps", map[string]any{"view": map[string]any{"type": "full", "url": "https://example.com/#x"}}); status != http.StatusBadRequest {
		t.Errorf("an endpoint with a fragment: %d", status)
	}
	w.addChannel(line.Channel{Destination: otherDestination, AccessToken: otherToken})
	if status, _, _ := w.api("DELETE", "/liff/v1/apps/"+app, nil, "Authorization", "Bearer "+otherToken); status != http.StatusNotFound {
		t.Errorf("another channel deletes the app: %d", status)
	}
	if status, _, _ := w.api("DELETE", "/liff/v1/apps/"+app, nil); status != http.StatusOK {
		t.Errorf("delete: %d", status)
	}
}
