package line_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"image"
	"image/gif"
	"net/http"
	"strings"
	"testing"
	"time"

	"saphan/devkit/line"
)

// content fetches from the data host and returns status, type and bytes.
func (w *world) content(id, more string) (int, string, []byte) {
	w.t.Helper()
	status, head, data := w.do("GET", "/api-data/v2/bot/message/"+id+"/content"+more, map[string]string{"Authorization": "Bearer " + token}, nil)
	return status, head.Get("Content-Type"), data
}

// Row 70: 202, 200, 404, previews and transcoding; row 76: 410 after unsend; row 78: host prefixes.
func TestRow70Content(t *testing.T) {
	t.Parallel()
	c := newClock()
	w := newWorld(t, c)
	photo := picture(1000, 500)
	img := w.upload(w.woman, "image", sample{"a.png", photo})
	if status, kind, data := w.content(img.MessageID, ""); status != http.StatusOK || kind != "image/png" || !bytes.Equal(data, photo) {
		t.Errorf("image: %d %s, %d bytes", status, kind, len(data))
	}
	status, kind, data := w.content(img.MessageID, "/preview")
	small, format, err := image.DecodeConfig(bytes.NewReader(data))
	if status != http.StatusOK || kind != "image/jpeg" || err != nil || format != "jpeg" || small.Width != 240 || small.Height != 120 {
		t.Errorf("preview: %d %s %v %v", status, kind, small, err)
	}
	status, _, data = w.content(img.MessageID, "/transcoding")
	if status != http.StatusBadRequest || !strings.Contains(string(data), "Transcoding status doesn't support this type of content") {
		t.Errorf("transcoding of an image: %d %s", status, data)
	}

	video := w.upload(w.woman, "video", sample{"v.mp4", []byte("video bytes")})
	if status, _, data := w.content(video.MessageID, ""); status != http.StatusAccepted || len(data) != 0 {
		t.Errorf("video at once: %d %q", status, data)
	}
	if _, _, data := w.content(video.MessageID, "/transcoding"); string(data) != `{"status":"processing"}` {
		t.Errorf("transcoding: %s", data)
	}
	c.add(time.Second)
	if status, kind, data := w.content(video.MessageID, ""); status != http.StatusOK || kind != "video/mp4" || string(data) != "video bytes" {
		t.Errorf("video later: %d %s %q", status, kind, data)
	}
	if _, _, data := w.content(video.MessageID, "/transcoding"); string(data) != `{"status":"succeeded"}` {
		t.Errorf("transcoding: %s", data)
	}
	if status, _, _ := w.content(video.MessageID, "/preview"); status != http.StatusOK {
		t.Errorf("preview of a video: %d", status)
	}

	w.control("POST", "settings", map[string]any{"contentDelay": 30, "contentFails": true}, nil)
	file := w.upload(w.woman, "file", sample{"ใบ.pdf", []byte("%PDF-1.7")})
	sound := w.upload(w.woman, "audio", sample{"a.m4a", []byte("a")})
	if status, _, _ := w.content(file.MessageID, ""); status != http.StatusAccepted {
		t.Errorf("delayed file: %d", status)
	}
	c.add(30 * time.Second)
	if status, kind, data := w.content(file.MessageID, ""); status != http.StatusOK || kind != "application/pdf" || string(data) != "%PDF-1.7" {
		t.Errorf("file: %d %s %q", status, kind, data)
	}
	if status, _, _ := w.content(file.MessageID, "/preview"); status != http.StatusBadRequest {
		t.Errorf("preview of a file: %d", status)
	}
	if _, _, data := w.content(sound.MessageID, "/transcoding"); string(data) != `{"status":"failed"}` {
		t.Errorf("failed transcoding: %s", data)
	}

	if status, _, data := w.content("1", ""); status != http.StatusNotFound || string(data) != `{"message":"not found"}` {
		t.Errorf("unknown: %d %s", status, data)
	}
	w.addChannel(line.Channel{Destination: otherDestination, AccessToken: otherToken})
	if status, _, _ := w.call("/api-data", "GET", "/v2/bot/message/"+img.MessageID+"/content", nil, "Authorization", "Bearer "+otherToken); status != http.StatusNotFound {
		t.Errorf("content of another channel: %d", status)
	}
	w.control("POST", "chats/"+w.woman+"/unsend", map[string]any{"messageId": img.MessageID}, nil)
	for _, more := range []string{"", "/preview"} {
		if status, _, data := w.content(img.MessageID, more); status != http.StatusGone || string(data) != `{"message":"The content is gone"}` {
			t.Errorf("row 76, unsent%s: %d %s", more, status, data)
		}
	}
	if status, _, _ := w.call("/api", "GET", "/v2/bot/message/"+video.MessageID+"/content", nil); status != http.StatusNotFound {
		t.Errorf("row 78, content on api: %d", status)
	}
	if status, _, _ := w.call("/api-data", "POST", "/v2/bot/message/push", map[string]any{}); status != http.StatusNotFound {
		t.Errorf("row 78, push on api-data: %d", status)
	}
}

// Row 22's other half: names and bytes arrive as the phone sent them; several images are a set.
func TestMediaEvents(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	a := w.upload(w.woman, "file", sample{"../ใบ.pdf", nil})
	message, _ := w.bot.next(t).events[0]["message"].(map[string]any)
	if message["fileName"] != "../ใบ.pdf" || message["fileSize"] != 0.0 || message["contentProvider"] != nil {
		t.Errorf("file message %v", message)
	}
	c := w.chat(w.woman, 0)
	if m := c.Messages[len(c.Messages)-1]; m.ContentURL != "content/"+a.MessageID || m.FileName != "../ใบ.pdf" {
		t.Errorf("bubble %+v", m)
	}
	png := picture(4, 4)
	set := w.upload(w.woman, "image", sample{"1.png", png}, sample{"2.png", png}, sample{"3.png", png})
	if len(set.MessageIDs) != 3 {
		t.Fatalf("message IDs %v", set.MessageIDs)
	}
	var id any
	for i := range 3 {
		m, _ := w.bot.next(t).events[0]["message"].(map[string]any)
		s, _ := m["imageSet"].(map[string]any)
		if s["index"] != float64(i+1) || s["total"] != 3.0 || id != nil && s["id"] != id || m["id"] != set.MessageIDs[i] {
			t.Errorf("image %d: %v", i+1, m)
		}
		id = s["id"]
	}
	for _, file := range []sample{{"x.html", []byte("<script>alert(1)</script>")}, {"x.svg", []byte("<svg/>")}} {
		a := w.upload(w.woman, "file", file)
		status, head, _ := w.do("GET", "/content/"+a.MessageID, nil, nil)
		if status != http.StatusOK || head.Get("X-Content-Type-Options") != "nosniff" ||
			head.Get("Content-Type") != "application/octet-stream" || !strings.HasPrefix(head.Get("Content-Disposition"), "attachment") {
			t.Errorf("%s to the page: %d %v", file.name, status, head)
		}
	}
}

// Row 73: rich menus without image, with a second image, of a wrong form.
func TestRow73RichMenu(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	menu := func(width, height int) string {
		return fmt.Sprintf(`{"size":{"width":%d,"height":%d},"selected":true,"name":"เมนูหลัก","chatBarText":"เมนูหลัก","areas":[{"bounds":{"x":0,"y":0,"width":800,"height":270},"action":{"type":"postback","label":"เริ่ม","data":"menu"}}]}`, width, height)
	}
	status, _, made := w.api("POST", "/v2/bot/richmenu", menu(1200, 800))
	id, _ := made["richMenuId"].(string)
	if status != http.StatusOK || id == "" {
		t.Fatalf("create: %d %v", status, made)
	}
	if status, _, v := w.api("POST", "/v2/bot/richmenu", menu(1440, 1000)); status != http.StatusBadRequest {
		t.Errorf("menu of ratio 1.44: %d %v", status, v)
	}
	status, _, v := w.api("POST", "/v2/bot/richmenu", `{"size":{"width":800,"height":270},"selected":true,"chatBarText":"ก","areas":[{"bounds":{"x":0,"y":0,"width":800,"height":270},"action":{"type":"uri","uri":"ftp://x/"}}]}`)
	wantError(t, status, v, http.StatusBadRequest, "The request body has 2 error(s)", "areas[0].action.uri: invalid uri", "name: must be specified")
	status, _, v = w.api("POST", "/v2/bot/user/all/richmenu/"+id, nil)
	wantError(t, status, v, http.StatusBadRequest, "must upload richmenu image before applying it to user")
	upload := func(kind string, data []byte) (int, map[string]any) {
		status, _, v := w.call("/api-data", "POST", "/v2/bot/richmenu/"+id+"/content", data, "Content-Type", kind)
		return status, v
	}
	var g bytes.Buffer
	if err := gif.Encode(&g, image.NewGray(image.Rect(0, 0, 1200, 800)), nil); err != nil {
		t.Fatal(err)
	}
	if status, v := upload("image/gif", g.Bytes()); status != http.StatusUnsupportedMediaType {
		t.Errorf("gif: %d %v", status, v)
	}
	for name, data := range map[string][]byte{
		"gif under another name": g.Bytes(), "ratio 1.44": picture(1440, 1000), "narrow": picture(799, 400), "no picture": []byte("png"),
	} {
		status, v := upload("image/png", data)
		if status != http.StatusBadRequest || v["message"] != "The image size is not allowed for richmenu" {
			t.Errorf("%s: %d %v", name, status, v)
		}
	}
	if status, v := upload("image/png", picture(1200, 800)); status != http.StatusOK {
		t.Errorf("image: %d %v", status, v)
	}
	status, v = upload("image/png", picture(1200, 800))
	wantError(t, status, v, http.StatusBadRequest, "An image has already been uploaded to the richmenu")
	if status, _, _ := w.api("POST", "/v2/bot/user/all/richmenu/"+id, nil); status != http.StatusOK {
		t.Errorf("default: %d", status)
	}
	shown := w.chat(w.woman, 0).RichMenu
	if shown["richMenuId"] != id || shown["chatBarText"] != "เมนูหลัก" || shown["imageUrl"] != "content/"+id {
		t.Errorf("the citizen sees %v", shown)
	}
	if status, head, _ := w.do("GET", "/content/"+id, nil, nil); status != http.StatusOK || head.Get("Content-Type") != "image/png" {
		t.Errorf("menu image: %d", status)
	}
	// A tab switch links the menu of the alias and tells the bot.
	w.bot.next(t) // follow
	w.api("POST", "/v2/bot/richmenu/alias", map[string]any{"richMenuAliasId": "second", "richMenuId": id})
	for alias, want := range map[string]string{"second": "SUCCESS", "gone": "RICHMENU_ALIAS_ID_NOTFOUND"} {
		w.control("POST", "chats/"+w.woman+"/richmenuswitch", map[string]any{"richMenuAliasId": alias, "data": "tab"}, nil)
		p, _ := w.bot.next(t).events[0]["postback"].(map[string]any)
		params, _ := p["params"].(map[string]any)
		if params["status"] != want || p["data"] != "tab" {
			t.Errorf("switch to %s: %v", alias, p)
		}
	}
	if status, _, v := w.api("GET", "/v2/bot/user/"+w.woman+"/richmenu", nil); status != http.StatusOK || v["richMenuId"] != id {
		t.Errorf("linked menu: %d %v", status, v)
	}
}

// Row 75 and section 4.5: a link token works once and for ten minutes.
func TestRow75AccountLink(t *testing.T) {
	t.Parallel()
	c := newClock()
	w := newWorld(t, c)
	issue := func() string {
		status, _, v := w.api("POST", "/v2/bot/user/"+w.woman+"/linkToken", nil)
		s, _ := v["linkToken"].(string)
		if status != http.StatusOK || s == "" {
			t.Fatalf("linkToken: %d %v", status, v)
		}
		return s
	}
	open := func(token, nonce string) int {
		status, _, _ := w.do("GET", w.sim.LinkURL(token, nonce), nil, nil)
		return status
	}
	first := issue()
	if status := open(first, "nonce-nonce-nonce"); status != http.StatusOK {
		t.Errorf("first use: %d", status)
	}
	e := w.bot.next(t).events[0]
	link, _ := e["link"].(map[string]any)
	if e["type"] != "accountLink" || link["result"] != "ok" || link["nonce"] != "nonce-nonce-nonce" || e["replyToken"] == nil {
		t.Errorf("event %v", e)
	}
	if status := open(first, "nonce-nonce-nonce"); status != http.StatusBadRequest {
		t.Errorf("second use: %d", status)
	}
	late := issue()
	c.add(10*time.Minute + time.Second)
	if status := open(late, "nonce-nonce-nonce"); status != http.StatusBadRequest {
		t.Errorf("expired: %d", status)
	}
	w.bot.none(t, 200*time.Millisecond)
	open(issue(), "short")
	if e := w.bot.next(t).events[0]; e["source"] != nil || e["replyToken"] != nil {
		t.Errorf("failed link: %v", e)
	}
}

// form posts a form to a token endpoint.
func (w *world) form(path, body string) (int, map[string]any) {
	w.t.Helper()
	status, _, data := w.do("POST", "/api"+path, map[string]string{"Content-Type": "application/x-www-form-urlencoded"}, body)
	var v map[string]any
	if err := json.Unmarshal(data, &v); err != nil {
		w.t.Fatalf("%s: %s", path, data)
	}
	return status, v
}

// Row 74: short-lived and stateless tokens. (v2.1 tokens: TestRow74Assertion.)
func TestRow74Tokens(t *testing.T) {
	t.Parallel()
	c := newClock()
	w := newWorld(t, c)
	client := "grant_type=client_credentials&client_id=" + channelOf(t, w) + "&client_secret=" + secret
	works := func(token string) int {
		status, _, _ := w.api("GET", "/v2/bot/info", nil, "Authorization", "Bearer "+token)
		return status
	}
	var short []string
	for i := range 31 {
		status, v := w.form("/v2/oauth/accessToken", client)
		s, _ := v["access_token"].(string)
		if status != http.StatusOK || v["expires_in"] != 2592000.0 || s == "" {
			t.Fatalf("short-lived %d: %d %v", i, status, v)
		}
		short = append(short, s)
		c.add(time.Second)
	}
	if a, b, z := works(short[0]), works(short[1]), works(short[30]); a != http.StatusUnauthorized || b != http.StatusOK || z != http.StatusOK {
		t.Errorf("oldest %d, second %d, newest %d", a, b, z)
	}
	if status, v := w.form("/v2/oauth/verify", "access_token="+short[30]); status != http.StatusOK || v["client_id"] != channelOf(t, w) {
		t.Errorf("verify: %d %v", status, v)
	}
	if status, _ := w.form("/v2/oauth/revoke", "access_token="+short[30]); status != http.StatusOK || works(short[30]) != http.StatusUnauthorized {
		t.Error("a revoked token works")
	}
	status, v := w.form("/oauth2/v3/token", client)
	stateless, _ := v["access_token"].(string)
	if status != http.StatusOK || v["expires_in"] != 900.0 || works(stateless) != http.StatusOK {
		t.Errorf("stateless: %d %v", status, v)
	}
	c.add(15*time.Minute - time.Second)
	if status := works(stateless); status != http.StatusOK {
		t.Errorf("stateless a second before 15 min: %d", status)
	}
	c.add(time.Second)
	if status := works(stateless); status != http.StatusUnauthorized {
		t.Errorf("stateless after 15 min: %d", status)
	}
	if status, v := w.form("/oauth2/v3/token", client+"x"); status != http.StatusBadRequest || v["error"] != "invalid_request" {
		t.Errorf("wrong secret: %d %v", status, v)
	}
}
