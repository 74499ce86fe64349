package line_test

import (
	"encoding/json"
	"errors"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"saphan/devkit/line/openapi"
)

// spec loads LINE's own files, which lie outside the repository: from LINE_OPENAPI_DIR, or from
// ../shared/line-openapi beside it. Without them the test is skipped, under CI too, since nobody
// can be made to fetch another company's files.
func spec(t *testing.T) *openapi.Spec {
	t.Helper()
	dir := os.Getenv("LINE_OPENAPI_DIR")
	if dir == "" {
		dir = filepath.Join("..", "..", "..", "shared", "line-openapi")
	}
	s, err := openapi.Load(dir)
	if errors.Is(err, openapi.ErrMissing) {
		t.Skipf("LINE's OpenAPI files are not there (set LINE_OPENAPI_DIR to a checkout of line/line-openapi): %v", err)
	}
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// Section 6.2 (a): what the simulator accepts, the specification accepts.
func TestSpecAcceptsWhatTheSimulatorAccepts(t *testing.T) {
	t.Parallel()
	s := spec(t)
	w := newWorld(t, nil)
	w.say(w.woman, "สวัสดี")
	for name, m := range goodMessages() {
		status, _, v := w.api("POST", "/v2/bot/message/push", map[string]any{"to": w.woman, "messages": []any{json.RawMessage(m)}})
		if status != http.StatusOK {
			t.Errorf("%s: the simulator answered %d %v", name, status, v)
		}
		if name == "nulls" {
			continue // LINE takes nulls, its specification does not (section 6.4)
		}
		body := []byte(`{"to":"` + w.woman + `","messages":[` + m + `]}`)
		if err := s.CheckPush(body); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if err := s.CheckMessages([]json.RawMessage{json.RawMessage(m)}); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// Section 6.2 (b): what the specification forbids, Check refuses; and the rewrite does forbid it.
func TestSpecAndCheckRefuseAlike(t *testing.T) {
	t.Parallel()
	s := spec(t)
	for name, bad := range badMessages() {
		err := s.CheckMessages([]json.RawMessage{json.RawMessage(bad.json)})
		if bad.schema && err == nil {
			t.Errorf("%s: the specification accepts it", name)
		}
		if !bad.schema && err != nil {
			t.Errorf("%s: the specification forbids it too, note so: %v", name, err)
		}
	}
	for body, wrong := range map[string]bool{
		`{"to":"U","messages":[]}`:                  true,
		`{"messages":[{"type":"text","text":"a"}]}`: true,
		`{"to":"U"}`: true,
		`{"to":"U","messages":[{"type":"text","text":"a"}]}`:                    false,
		`{"to":"U","messages":[` + many(6, `{"type":"text","text":"a"}`) + `]}`: true,
	} {
		if err := s.CheckPush([]byte(body)); (err != nil) != wrong {
			t.Errorf("CheckPush(%s) = %v", body, err)
		}
	}
}

// Section 6.2 (c): every answer of the simulator is as the specification says.
func TestSpecDescribesAnswers(t *testing.T) {
	t.Parallel()
	s := spec(t)
	w := newWorld(t, nil)
	w.control("POST", "settings", map[string]any{"entitled": true}, nil)
	w.control("POST", "chats/"+w.woman+"/follow", nil, nil)
	w.bot.next(t)
	w.control("POST", "memberships", map[string]any{"membershipId": 7, "title": "สมาชิก", "benefits": []string{"ข่าวทุกสัปดาห์"}}, nil)
	w.control("POST", "chats/"+w.woman+"/membership", map[string]any{"type": "joined", "membershipId": 7}, nil)
	w.bot.next(t)
	event := w.say(w.woman, "สวัสดี")
	message, _ := event["message"].(map[string]any)
	video := w.upload(w.woman, "video", sample{"a.mp4", []byte("video")})
	w.bot.next(t)
	menu := `{"size":{"width":2500,"height":1686},"selected":true,"name":"เมนู","chatBarText":"เมนู","areas":[{"bounds":{"x":0,"y":0,"width":2500,"height":1686},"action":{"type":"postback","data":"menu"}}]}`
	_, _, made := w.api("POST", "/v2/bot/richmenu", menu)
	id, _ := made["richMenuId"].(string)
	key := "123e4567-e89b-12d3-a456-426614174000"
	const host, data = "/api", "/api-data"
	yesterday := time.Now().Add(-48 * time.Hour).Format("20060102")
	steps := []struct {
		host, method, path, template string
		body                         any
		header                       []string
		status                       int
	}{
		{host, "POST", "/v2/bot/message/reply", "", map[string]any{"replyToken": event["replyToken"], "messages": texts(5)}, nil, 200},
		{host, "POST", "/v2/bot/message/reply", "", map[string]any{"replyToken": event["replyToken"], "messages": texts(1)}, nil, 400},
		{host, "POST", "/v2/bot/message/push", "", map[string]any{"to": w.woman, "messages": texts(2)}, []string{"X-Line-Retry-Key", key}, 200},
		{host, "POST", "/v2/bot/message/push", "", map[string]any{"to": w.woman, "messages": texts(2)}, []string{"X-Line-Retry-Key", key}, 409},
		{host, "POST", "/v2/bot/message/push", "", map[string]any{"to": w.woman, "messages": texts(6)}, nil, 400},
		{host, "POST", "/v2/bot/message/multicast", "", map[string]any{"to": []string{w.woman}, "messages": texts(1)}, nil, 200},
		{host, "POST", "/v2/bot/message/broadcast", "", map[string]any{"messages": texts(1)}, nil, 200},
		{host, "POST", "/v2/bot/message/validate/push", "", map[string]any{"messages": texts(1)}, nil, 200},
		{host, "GET", "/v2/bot/message/delivery/push?date=" + yesterday, "/v2/bot/message/delivery/push", nil, nil, 200},
		{host, "GET", "/v2/bot/message/quota", "", nil, nil, 200},
		{host, "GET", "/v2/bot/message/quota/consumption", "", nil, nil, 200},
		{host, "GET", "/v2/bot/info", "", nil, nil, 200},
		{host, "POST", "/v2/bot/message/narrowcast", "", map[string]any{"messages": texts(1)}, nil, 202},
		{host, "GET", "/v2/bot/message/aggregation/info", "", nil, nil, 200},
		{host, "GET", "/v2/bot/message/aggregation/list", "", nil, nil, 200},
		{host, "GET", "/v2/bot/followers/ids", "", nil, nil, 200},
		{host, "GET", "/v2/bot/membership/list", "", nil, nil, 200},
		{host, "GET", "/v2/bot/membership/subscription/" + w.woman, "/v2/bot/membership/subscription/{userId}", nil, nil, 200},
		{host, "GET", "/v2/bot/membership/7/users/ids", "/v2/bot/membership/{membershipId}/users/ids", nil, nil, 200},
		{host, "GET", "/v2/bot/coupon", "", nil, nil, 200},
		{host, "GET", "/v2/bot/insight/followers", "", nil, nil, 200},
		{host, "GET", "/v2/bot/insight/demographic", "", nil, nil, 200},
		{host, "GET", "/v2/bot/insight/message/delivery?date=" + yesterday, "/v2/bot/insight/message/delivery", nil, nil, 200},
		{host, "GET", "/v2/bot/insight/message/event/aggregation?customAggregationUnit=a&from=20261101&to=20261102", "/v2/bot/insight/message/event/aggregation", nil, nil, 200},
		{host, "POST", "/v2/bot/audienceGroup/upload", "", map[string]any{"description": "a"}, nil, 202},
		{host, "GET", "/v2/bot/audienceGroup/list", "", nil, nil, 200},
		{host, "GET", "/v2/bot/audienceGroup/shared/list", "", nil, nil, 200},
		{host, "POST", "/liff/v1/apps", "", map[string]any{"view": map[string]any{"type": "full", "url": "https://example.com/"}}, nil, 200},
		{host, "GET", "/liff/v1/apps", "", nil, nil, 200},
		{host, "GET", "/v2/bot/list", "", nil, nil, 200},
		{host, "GET", "/v2/bot/profile/" + w.woman, "/v2/bot/profile/{userId}", nil, nil, 200},
		{host, "GET", "/v2/bot/profile/" + w.man, "/v2/bot/profile/{userId}", nil, nil, 404},
		{host, "POST", "/v2/bot/chat/loading/start", "", map[string]any{"chatId": w.woman, "loadingSeconds": 5}, nil, 202},
		{host, "POST", "/v2/bot/chat/loading/start", "", map[string]any{"chatId": "C", "loadingSeconds": 7}, nil, 400},
		{host, "POST", "/v2/bot/chat/markAsRead", "", map[string]any{"markAsReadToken": message["markAsReadToken"]}, nil, 200},
		{host, "POST", "/v2/bot/chat/markAsRead", "", map[string]any{"markAsReadToken": "x"}, nil, 400},
		{host, "GET", "/v2/bot/channel/webhook/endpoint", "", nil, nil, 200},
		{host, "POST", "/v2/bot/channel/webhook/test", "", map[string]any{}, nil, 200},
		{host, "PUT", "/v2/bot/channel/webhook/endpoint", "", map[string]any{"endpoint": w.bot.URL}, nil, 200},
		{host, "POST", "/v2/bot/user/" + w.woman + "/linkToken", "/v2/bot/user/{userId}/linkToken", nil, nil, 200},
		{data, "GET", "/v2/bot/message/" + video.MessageID + "/content/transcoding", "/v2/bot/message/{messageId}/content/transcoding", nil, nil, 200},
		{host, "GET", "/v2/bot/richmenu/" + id, "/v2/bot/richmenu/{richMenuId}", nil, nil, 200},
		{host, "GET", "/v2/bot/richmenu/list", "", nil, nil, 200},
		{host, "POST", "/v2/bot/richmenu/validate", "", menu, nil, 200},
		{data, "POST", "/v2/bot/richmenu/" + id + "/content", "/v2/bot/richmenu/{richMenuId}/content", picture(2500, 1686), []string{"Content-Type", "image/png"}, 200},
		{host, "POST", "/v2/bot/user/all/richmenu/" + id, "/v2/bot/user/all/richmenu/{richMenuId}", nil, nil, 200},
		{host, "GET", "/v2/bot/user/all/richmenu", "", nil, nil, 200},
		{host, "POST", "/v2/bot/user/" + w.woman + "/richmenu/" + id, "/v2/bot/user/{userId}/richmenu/{richMenuId}", nil, nil, 200},
		{host, "GET", "/v2/bot/user/" + w.woman + "/richmenu", "/v2/bot/user/{userId}/richmenu", nil, nil, 200},
		{host, "DELETE", "/v2/bot/user/" + w.woman + "/richmenu", "/v2/bot/user/{userId}/richmenu", nil, nil, 200},
		{host, "POST", "/v2/bot/richmenu/bulk/link", "", map[string]any{"richMenuId": id, "userIds": []string{w.woman}}, nil, 202},
		{host, "POST", "/v2/bot/richmenu/bulk/unlink", "", map[string]any{"userIds": []string{w.woman}}, nil, 202},
		{host, "POST", "/v2/bot/richmenu/alias", "", map[string]any{"richMenuId": id, "richMenuAliasId": "a-1"}, nil, 200},
		{host, "POST", "/v2/bot/richmenu/alias", "", map[string]any{"richMenuId": id, "richMenuAliasId": "a-1"}, nil, 400},
		{host, "GET", "/v2/bot/richmenu/alias/a-1", "/v2/bot/richmenu/alias/{richMenuAliasId}", nil, nil, 200},
		{host, "GET", "/v2/bot/richmenu/alias/list", "", nil, nil, 200},
		{host, "POST", "/v2/bot/richmenu/alias/a-1", "/v2/bot/richmenu/alias/{richMenuAliasId}", map[string]any{"richMenuId": id}, nil, 200},
		{host, "DELETE", "/v2/bot/richmenu/alias/a-1", "/v2/bot/richmenu/alias/{richMenuAliasId}", nil, nil, 200},
		{host, "DELETE", "/v2/bot/user/all/richmenu", "", nil, nil, 200},
		{host, "DELETE", "/v2/bot/richmenu/" + id, "/v2/bot/richmenu/{richMenuId}", nil, nil, 200},
	}
	for _, step := range steps {
		if step.template == "" {
			step.template = step.path
		}
		status, _, v := w.call(step.host, step.method, step.path, step.body, step.header...)
		if status != step.status {
			t.Errorf("%s %s: %d %v, want %d", step.method, step.path, status, v, step.status)
		}
		answer, err := json.Marshal(v)
		if err != nil {
			t.Fatal(err)
		}
		if err := s.CheckResponse(step.method, step.template, status, answer); err != nil {
			t.Errorf("%s %s: %v in %s", step.method, step.path, err, answer)
		}
		if v == nil {
			t.Errorf("%s %s: no JSON body (row 77)", step.method, step.path)
		}
	}
	form := "grant_type=client_credentials&client_id=" + channelOf(t, w) + "&client_secret=" + secret
	for _, path := range []string{"/oauth2/v3/token", "/v2/oauth/accessToken"} {
		status, _, body := w.do("POST", "/api"+path, map[string]string{"Content-Type": "application/x-www-form-urlencoded"}, form)
		if err := s.CheckResponse("POST", path, status, body); err != nil || status != http.StatusOK {
			t.Errorf("%s: %d %s %v", path, status, body, err)
		}
	}
}

// channelOf asks the platform for the channel ID of the test's token.
func channelOf(t *testing.T, w *world) string {
	t.Helper()
	_, _, body := w.do("POST", "/api/v2/oauth/verify", map[string]string{"Content-Type": "application/x-www-form-urlencoded"}, "access_token="+token)
	var v struct {
		ClientID string `json:"client_id"`
	}
	if err := json.Unmarshal(body, &v); err != nil || v.ClientID == "" {
		t.Fatalf("verify: %s %v", body, err)
	}
	return v.ClientID
}

// Section 6.2 (d): the webhooks are as the specification says.
func TestSpecDescribesWebhooks(t *testing.T) {
	t.Parallel()
	s := spec(t)
	w := newWorld(t, nil)
	post := func(act string, body any) acted {
		t.Helper()
		var a acted
		w.control("POST", "chats/"+w.woman+"/"+act, body, &a)
		return a
	}
	png := sample{"ภาพ.png", picture(8, 8)}
	post("follow", nil)
	said := post("text", map[string]any{"text": "สวัสดี"})
	post("sticker", map[string]any{"packageId": "446", "stickerId": "1988"})
	post("location", map[string]any{"title": "ที่นี่", "address": "ถนนตัวอย่าง", "latitude": 0, "longitude": 100.5})
	post("postback", map[string]any{"data": "v1|x", "displayText": "ตกลง", "params": map[string]any{"date": "2026-11-21"}})
	w.upload(w.woman, "image", png, png, png)
	w.upload(w.woman, "video", sample{"v.mp4", []byte("v")})
	w.upload(w.woman, "audio", sample{"a.m4a", []byte("a")})
	w.upload(w.woman, "file", sample{"../ใบ.pdf", []byte("%PDF-1.7")})
	post("unsend", map[string]any{"messageId": said.MessageID})
	post("block", nil)
	w.control("POST", "groups", map[string]any{"name": "กลุ่ม", "members": []string{w.woman, w.man}}, nil)
	const want = 14
	kinds := map[string]int{}
	for range want {
		h := w.bot.next(t)
		if err := s.CheckWebhook(h.body); err != nil {
			t.Errorf("%v in %s", err, h.body)
		}
		if strings.Contains(string(h.body), "null") {
			t.Errorf("a null in %s", h.body)
		}
		kinds[h.events[0]["type"].(string)]++
	}
	if kinds["message"] != 9 {
		t.Errorf("events %v", kinds)
	}
}
