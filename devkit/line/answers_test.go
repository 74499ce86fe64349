package line_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"mime/multipart"
	"net/http"
	"strconv"
	"testing"
	"time"
)

// step is one call and the status that it must have. The template is its path in LINE's files, where
// that is not the path itself.
type step struct {
	host, method, path, template string
	body                         any
	header                       []string
	status                       int
}

// answered is what came of a step.
type answered struct {
	step
	got  int
	head http.Header
	data []byte
}

// Row 77: every success has a JSON body, the documented status and a request ID, and so has every
// refusal.
func TestRow77SuccessesHaveBodies(t *testing.T) {
	t.Parallel()
	tried := map[string]bool{}
	for _, a := range append(everyAnswer(t), rareAnswers(t)...) {
		tried[a.method+" "+a.template] = tried[a.method+" "+a.template] || a.got < http.StatusMultipleChoices
		if a.got != a.status {
			t.Errorf("%s %s: %d %s, want %d", a.method, a.path, a.got, a.data, a.status)
		}
		var object map[string]any
		if err := json.Unmarshal(a.data, &object); err != nil || object == nil {
			t.Errorf("%s %s: %d with %q, want a JSON object", a.method, a.path, a.got, a.data)
		}
		if kind := a.head.Get("Content-Type"); kind != "application/json" {
			t.Errorf("%s %s: content type %q", a.method, a.path, kind)
		}
		if a.head.Get("X-Line-Request-Id") == "" {
			t.Errorf("%s %s: no request ID", a.method, a.path)
		}
	}
	for _, o := range operations(t) {
		if name := o.method + " " + o.path; !tried[name] && o.audience != "nobody" && !triedElsewhere(name) {
			t.Errorf("%s: no success is tried", name)
		}
	}
}

// triedElsewhere names the calls whose success is another test's, or is no JSON.
func triedElsewhere(call string) bool {
	switch call {
	case "GET /v2/bot/message/{messageId}/content", "GET /v2/bot/message/{messageId}/content/preview",
		"GET /v2/bot/richmenu/{richMenuId}/content": // bytes: TestRow70 and TestRow73
		return true
	case "POST /oauth2/v2.1/token", "GET /oauth2/v2.1/tokens/kid": // by assertion: TestRow74Assertion
		return true
	case "POST /v2/bot/audienceGroup/upload/byFile", "PUT /v2/bot/audienceGroup/upload/byFile": // a form: TestRow77AudienceByFile
		return true
	case "GET /v2/bot/audienceGroup/shared/{audienceGroupId}": // nobody shares one here
		return true
	}
	return false
}

// Row 77: the one success that LINE documents without a body.
func TestRow77DeauthorizeHasNoBody(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	var tokens struct {
		Access string `json:"access_token"`
	}
	w.control("POST", "chats/"+w.woman+"/liff", map[string]any{"scope": "profile"}, &tokens)
	header := map[string]string{"Authorization": "Bearer " + token, "Content-Type": "application/json"}
	status, head, data := w.do("POST", "/api/user/v1/deauthorize", header, map[string]any{"userAccessToken": tokens.Access})
	if status != http.StatusNoContent || len(data) != 0 || head.Get("X-Line-Request-Id") == "" {
		t.Errorf("%d %q, request ID %q", status, data, head.Get("X-Line-Request-Id"))
	}
}

// Row 77: the calls that take a file of user IDs.
func TestRow77AudienceByFile(t *testing.T) {
	t.Parallel()
	w := entitledWorld(t, nil)
	send := func(method, name, value string) (int, map[string]any) {
		var b bytes.Buffer
		form := multipart.NewWriter(&b)
		file, err := form.CreateFormFile("file", "ids.txt")
		if err == nil {
			_, err = file.Write([]byte(w.woman + "\n" + w.man + "\n"))
		}
		if err := errors.Join(err, form.WriteField(name, value), form.Close()); err != nil {
			t.Fatal(err)
		}
		status, _, v := w.call("/api-data", method, "/v2/bot/audienceGroup/upload/byFile", &b, "Content-Type", form.FormDataContentType())
		return status, v
	}
	status, v := send("POST", "description", "ทดสอบ")
	id, _ := v["audienceGroupId"].(float64)
	if status != http.StatusAccepted || id == 0 {
		t.Fatalf("make: %d %v", status, v)
	}
	if status, v := send("PUT", "audienceGroupId", strconv.FormatFloat(id, 'f', -1, 64)); status != http.StatusAccepted || v == nil {
		t.Errorf("extend: %d %v", status, v)
	}
	_, _, v = w.api("GET", "/v2/bot/audienceGroup/"+strconv.FormatFloat(id, 'f', -1, 64), nil)
	if part(t, v, "audienceGroup")["audienceCount"] != 4.0 {
		t.Errorf("audience %v", v)
	}
}

// Section 6.2 (c): every answer of the simulator is as the specification says.
func TestSpecDescribesAnswers(t *testing.T) {
	t.Parallel()
	s := spec(t)
	for _, a := range append(everyAnswer(t), rareAnswers(t)...) {
		if err := s.CheckResponse(a.method, a.template, a.got, a.data); err != nil {
			t.Errorf("%s %s: %v in %s", a.method, a.path, err, a.data)
		}
	}
}

// everyAnswer makes the calls that a bot makes, one after the other, in a world in which they succeed.
func everyAnswer(t *testing.T) []answered {
	t.Helper()
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
	form := "grant_type=client_credentials&client_id=" + channelOf(t, w) + "&client_secret=" + secret
	urlencoded := []string{"Content-Type", "application/x-www-form-urlencoded"}
	return w.answers([]step{
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
		{host, "POST", "/oauth2/v3/token", "", form, urlencoded, 200},
		{host, "POST", "/v2/oauth/accessToken", "", form, urlencoded, 200},
	})
}

// rareAnswers makes the calls that few bots make.
func rareAnswers(t *testing.T) []answered {
	t.Helper()
	w := entitledWorld(t, nil)
	made := func(path, name string, body any) string {
		t.Helper()
		_, _, v := w.api("POST", path, body)
		switch id := v[name].(type) {
		case string:
			return id
		case float64:
			return strconv.FormatFloat(id, 'f', -1, 64)
		}
		t.Fatalf("%s: %v has no %s", path, v, name)
		return ""
	}
	const host = "/api"
	w.say(w.woman, "สวัสดี")
	var phone, group, room struct{ ID string }
	w.control("POST", "users", map[string]any{"name": "มีโทรศัพท์ (ตัวอย่าง)", "phone": "+66812345678"}, &phone)
	w.control("POST", "groups", map[string]any{"members": []string{w.woman}}, &group)
	w.control("POST", "groups", map[string]any{"members": []string{w.woman}, "kind": "room"}, &room)
	menu := `{"size":{"width":2500,"height":1686},"selected":true,"name":"เมนู","chatBarText":"เมนู","areas":[]}`
	id := made("/v2/bot/richmenu", "richMenuId", menu)
	coupon := map[string]any{
		"title": "ส่วนลดตัวอย่าง", "startTimestamp": 0, "endTimestamp": time.Now().Add(time.Hour).Unix(), "timezone": "ASIA_BANGKOK",
		"visibility": "UNLISTED", "maxUseCountPerTicket": 1, "acquisitionCondition": map[string]any{"type": "normal"},
	}
	couponID := made("/v2/bot/coupon", "couponId", coupon)
	audience := made("/v2/bot/audienceGroup/upload", "audienceGroupId", map[string]any{"description": "ทดสอบ"})
	app := made("/liff/v1/apps", "liffId", map[string]any{"view": map[string]any{"type": "full", "url": "https://example.com/"}})
	_, narrow, _ := w.api("POST", "/v2/bot/message/narrowcast", map[string]any{"messages": texts(1)})
	_, batch, _ := w.api("POST", "/v2/bot/richmenu/batch", map[string]any{"operations": []any{map[string]any{"type": "unlinkAll"}}})
	narrowID, batchID := narrow.Get("X-Line-Request-Id"), batch.Get("X-Line-Request-Id")
	client := "client_id=" + channelOf(t, w) + "&client_secret=" + secret
	_, issued := w.form("/oauth2/v3/token", "grant_type=client_credentials&"+client)
	stateless, _ := issued["access_token"].(string)
	urlencoded := []string{"Content-Type", "application/x-www-form-urlencoded"}
	yesterday := time.Now().Add(-48 * time.Hour).Format("20060102")
	var steps []step
	for _, kind := range []string{"broadcast", "multicast", "reply", "pnp"} {
		path := "/v2/bot/message/delivery/" + kind
		steps = append(steps, step{host, "GET", path + "?date=" + yesterday, path, nil, nil, 200})
	}
	for _, kind := range []string{"broadcast", "multicast", "narrowcast", "reply"} {
		steps = append(steps, step{host, "POST", "/v2/bot/message/validate/" + kind, "", map[string]any{"messages": texts(1)}, nil, 200})
	}
	for kind, chat := range map[string]string{"group": group.ID, "room": room.ID} {
		path, template := "/v2/bot/"+kind+"/"+chat, "/v2/bot/"+kind+"/{"+kind+"Id}"
		steps = append(
			steps,
			step{host, "GET", path + "/member/" + w.woman, template + "/member/{userId}", nil, nil, 200},
			step{host, "GET", path + "/members/count", template + "/members/count", nil, nil, 200},
			step{host, "GET", path + "/members/ids", template + "/members/ids", nil, nil, 200},
		)
	}
	return w.answers(append(steps, []step{
		{host, "POST", "/bot/pnp/push", "", map[string]any{"to": phoneDigest("+66812345678"), "messages": texts(1)}, nil, 200},
		{host, "PUT", "/liff/v1/apps/" + app, "/liff/v1/apps/{liffId}", map[string]any{"description": "แอป"}, nil, 200},
		{host, "DELETE", "/liff/v1/apps/" + app, "/liff/v1/apps/{liffId}", nil, nil, 200},
		{host, "GET", "/oauth2/v2.1/verify?access_token=" + stateless, "/oauth2/v2.1/verify", nil, nil, 200},
		{host, "POST", "/oauth2/v2.1/revoke", "", client + "&access_token=unknown", urlencoded, 200},
		{host, "POST", "/v2/oauth/verify", "", "access_token=" + token, urlencoded, 200},
		{host, "POST", "/v2/oauth/revoke", "", "access_token=unknown", urlencoded, 200},
		{host, "POST", "/v2/bot/audienceGroup/click", "", map[string]any{"description": "กด", "requestId": narrowID}, nil, 202},
		{host, "POST", "/v2/bot/audienceGroup/imp", "", map[string]any{"description": "เห็น", "requestId": narrowID}, nil, 202},
		{host, "PUT", "/v2/bot/audienceGroup/upload", "", `{"audienceGroupId":` + audience + `,"audiences":[{"id":"` + w.woman + `"}]}`, nil, 202},
		{host, "GET", "/v2/bot/audienceGroup/" + audience, "/v2/bot/audienceGroup/{audienceGroupId}", nil, nil, 200},
		{host, "PUT", "/v2/bot/audienceGroup/" + audience + "/updateDescription", "/v2/bot/audienceGroup/{audienceGroupId}/updateDescription", map[string]any{"description": "ใหม่"}, nil, 200},
		{host, "DELETE", "/v2/bot/audienceGroup/" + audience, "/v2/bot/audienceGroup/{audienceGroupId}", nil, nil, 202},
		{host, "POST", "/v2/bot/chat/" + w.woman + "/control/acquire", "/v2/bot/chat/{chatId}/control/acquire", map[string]any{"expired": true}, nil, 200},
		{host, "POST", "/v2/bot/chat/" + w.woman + "/control/release", "/v2/bot/chat/{chatId}/control/release", nil, nil, 200},
		{host, "POST", "/v2/bot/channel/detach", "", map[string]any{"botId": destination}, nil, 200},
		{host, "POST", "/v2/bot/coupon", "", coupon, nil, 200},
		{host, "GET", "/v2/bot/coupon/" + couponID, "/v2/bot/coupon/{couponId}", nil, nil, 200},
		{host, "PUT", "/v2/bot/coupon/" + couponID + "/close", "/v2/bot/coupon/{couponId}/close", nil, nil, 200},
		{host, "GET", "/v2/bot/group/" + group.ID + "/summary", "/v2/bot/group/{groupId}/summary", nil, nil, 200},
		{host, "GET", "/v2/bot/insight/message/event?requestId=" + narrowID, "/v2/bot/insight/message/event", nil, nil, 200},
		{host, "GET", "/v2/bot/insight/richmenu/" + id + "/daily?from=" + yesterday + "&to=" + yesterday, "/v2/bot/insight/richmenu/{richMenuId}/daily", nil, nil, 200},
		{host, "GET", "/v2/bot/insight/richmenu/" + id + "/summary?from=" + yesterday + "&to=" + yesterday, "/v2/bot/insight/richmenu/{richMenuId}/summary", nil, nil, 200},
		{host, "GET", "/v2/bot/message/progress/narrowcast?requestId=" + narrowID, "/v2/bot/message/progress/narrowcast", nil, nil, 200},
		{host, "POST", "/v2/bot/message/markAsRead", "", map[string]any{"chat": map[string]any{"userId": w.woman}}, nil, 200},
		{host, "POST", "/v2/bot/richmenu", "", menu, nil, 200},
		{host, "POST", "/v2/bot/richmenu/validate/batch", "", map[string]any{"operations": []any{map[string]any{"type": "unlinkAll"}}}, nil, 200},
		{host, "POST", "/v2/bot/richmenu/batch", "", map[string]any{"operations": []any{map[string]any{"type": "unlinkAll"}}}, nil, 202},
		{host, "GET", "/v2/bot/richmenu/progress/batch?requestId=" + batchID, "/v2/bot/richmenu/progress/batch", nil, nil, 200},
		{host, "POST", "/v2/bot/group/" + group.ID + "/leave", "/v2/bot/group/{groupId}/leave", nil, nil, 200},
		{host, "POST", "/v2/bot/room/" + room.ID + "/leave", "/v2/bot/room/{roomId}/leave", nil, nil, 200},
	}...))
}

// phoneDigest is how a bot names a phone number.
func phoneDigest(phone string) string {
	sum := sha256.Sum256([]byte(phone))
	return hex.EncodeToString(sum[:])
}

// answers makes the calls of the steps in their order.
func (w *world) answers(steps []step) []answered {
	w.t.Helper()
	list := make([]answered, len(steps))
	for i, s := range steps {
		if s.template == "" {
			s.template = s.path
		}
		list[i] = w.answer(s)
	}
	return list
}

// answer makes the call of a step.
func (w *world) answer(s step) answered {
	w.t.Helper()
	header := map[string]string{"Authorization": "Bearer " + token, "Content-Type": "application/json"}
	for i := 0; i+1 < len(s.header); i += 2 {
		header[s.header[i]] = s.header[i+1]
	}
	status, head, data := w.do(s.method, s.host+s.path, header, s.body)
	return answered{s, status, head, data}
}
