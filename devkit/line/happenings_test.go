package line_test

import (
	"fmt"
	"net/http"
	"testing"
)

// part is an object inside an event.
func part(t *testing.T, e map[string]any, name string) map[string]any {
	t.Helper()
	m, ok := e[name].(map[string]any)
	if !ok {
		t.Fatalf("no %s in %v", name, e)
	}
	return m
}

// Section 1.5: a citizen edits a text in a group: the same message, new tokens.
func TestEditedMessage(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	var g struct{ ID string }
	w.control("POST", "groups", map[string]any{"name": "หมู่บ้าน", "members": []string{w.woman}}, &g)
	w.bot.next(t)
	var said acted
	w.control("POST", "chats/"+w.woman+"/text", map[string]any{"text": "ก่อน", "group": g.ID}, &said)
	first := w.bot.next(t).events[0]
	w.control("POST", "chats/"+w.woman+"/edit", map[string]any{"messageId": said.MessageID, "text": "หลัง", "group": g.ID}, nil)
	e := w.bot.next(t).events[0]
	m, before := part(t, e, "message"), part(t, first, "message")
	if e["type"] != "messageEdited" || m["id"] != said.MessageID || m["text"] != "หลัง" || m["markAsReadToken"] != nil ||
		m["quoteToken"] == nil || m["quoteToken"] == before["quoteToken"] || e["replyToken"] == nil || e["replyToken"] == first["replyToken"] {
		t.Errorf("event %v after %v", e, first)
	}
	var c chat
	w.control("GET", "chats/"+g.ID+"?as="+w.woman, nil, &c)
	if len(c.Messages) != 1 || c.Messages[0].Message["text"] != "หลัง" || !c.Messages[0].Edited {
		t.Errorf("chat %+v", c.Messages)
	}

	alone := w.say(w.woman, "คนเดียว")
	id := part(t, alone, "message")["id"]
	if status, _, _ := w.do("POST", "/control/chats/"+w.woman+"/edit", nil, map[string]any{"messageId": id, "text": "x"}); status != http.StatusConflict {
		t.Errorf("an edit outside a group: %d", status)
	}
	w.control("POST", "settings", map[string]any{"editAnywhere": true}, nil)
	w.control("POST", "chats/"+w.woman+"/edit", map[string]any{"messageId": id, "text": "แก้"}, nil)
	if e := w.bot.next(t).events[0]; part(t, e, "message")["text"] != "แก้" || part(t, e, "source")["type"] != "user" {
		t.Errorf("event %v", e)
	}
	for _, bad := range []map[string]any{{"messageId": "1", "text": "x"}, {"messageId": id, "text": ""}} {
		if status, _, _ := w.do("POST", "/control/chats/"+w.woman+"/edit", nil, bad); status < 400 {
			t.Errorf("%v: %d", bad, status)
		}
	}
}

// Section 1.5: the events that need no message.
func TestOtherEvents(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	post := func(act string, body map[string]any) map[string]any {
		t.Helper()
		w.control("POST", "chats/"+w.woman+"/"+act, body, nil)
		return w.bot.next(t).events[0]
	}
	post("follow", nil)
	if e := post("videoplaycomplete", map[string]any{"trackingId": "v1"}); e["type"] != "videoPlayComplete" || part(t, e, "videoPlayComplete")["trackingId"] != "v1" || e["replyToken"] == nil {
		t.Errorf("video %v", e)
	}
	if e := post("beacon", map[string]any{"hwid": "d41d8cd98f", "dm": "00"}); e["type"] != "beacon" || part(t, e, "beacon")["type"] != "enter" || part(t, e, "beacon")["dm"] != "00" {
		t.Errorf("beacon %v", e)
	}
	if e := post("membership", map[string]any{"type": "joined", "membershipId": 7}); part(t, e, "membership")["membershipId"] != 7.0 {
		t.Errorf("membership %v", e)
	}
	if e := post("accountlink", map[string]any{"result": "ok", "nonce": "1234567890"}); part(t, e, "link")["result"] != "ok" || e["replyToken"] == nil || e["source"] == nil {
		t.Errorf("link ok %v", e)
	}
	if e := post("accountlink", map[string]any{"result": "failed", "nonce": "1234567890"}); part(t, e, "link")["result"] != "failed" || e["replyToken"] != nil || e["source"] != nil {
		t.Errorf("link failed %v", e)
	}
	e := post("external", map[string]any{"kind": "image", "originalContentUrl": "http://127.0.0.1:1/a.jpg", "previewImageUrl": "http://127.0.0.1:1/b.jpg"})
	m := part(t, e, "message")
	if p := part(t, m, "contentProvider"); p["type"] != "external" || p["originalContentUrl"] != "http://127.0.0.1:1/a.jpg" {
		t.Errorf("external %v", e)
	}
	id, _ := m["id"].(string)
	if status, _, _ := w.content(id, ""); status != http.StatusNotFound {
		t.Errorf("content of external media: %d", status)
	}
	quoted := post("text", map[string]any{"text": "ตอบ", "quotedMessageId": id})
	if part(t, quoted, "message")["quotedMessageId"] != id {
		t.Errorf("quote %v", quoted)
	}
	for act, bad := range map[string]map[string]any{
		"videoplaycomplete": {}, "beacon": {"type": "near"}, "membership": {"type": "x"}, "accountlink": {"result": "maybe"},
		"external": {"kind": "image"}, "text": {"text": "x", "quotedMessageId": "nobody"},
	} {
		if status, _, _ := w.do("POST", "/control/chats/"+w.woman+"/"+act, nil, bad); status != http.StatusBadRequest && status != http.StatusNotFound {
			t.Errorf("%s %v: %d", act, bad, status)
		}
	}
}

// Section 5.2: people come and go, the account too.
func TestGroupLife(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	w.control("POST", "settings", map[string]any{"entitled": true}, nil)
	var g struct{ ID string }
	w.control("POST", "groups", map[string]any{"name": "หมู่บ้าน", "members": []string{w.woman}}, &g)
	w.bot.next(t)
	var shy struct{ ID string }
	w.control("POST", "users", map[string]any{"name": "พีซี (ตัวอย่าง)", "pcOnly": true}, &shy)
	w.control("POST", "groups/"+g.ID+"/members", map[string]any{"users": []string{w.man, shy.ID, w.woman}}, nil)
	e := w.bot.next(t).events[0]
	members, _ := part(t, e, "joined")["members"].([]any)
	if e["type"] != "memberJoined" || len(members) != 2 || e["replyToken"] == nil {
		t.Errorf("joined %v", e)
	}
	if _, _, v := w.api("GET", "/v2/bot/group/"+g.ID+"/members/count", nil); v["count"] != 3.0 {
		t.Errorf("count %v", v)
	}
	_, _, v := w.api("GET", "/v2/bot/group/"+g.ID+"/members/ids", nil)
	if ids, _ := v["memberIds"].([]any); len(ids) != 2 {
		t.Errorf("ids %v, want those who consented", v)
	}
	w.control("POST", "chats/"+shy.ID+"/text", map[string]any{"text": "จากพีซี", "group": g.ID}, nil)
	if s := part(t, w.bot.next(t).events[0], "source"); s["userId"] != nil || s["groupId"] != g.ID {
		t.Errorf("source %v", s)
	}
	w.control("POST", "groups/"+g.ID+"/members", map[string]any{"users": []string{w.man}, "leave": true}, nil)
	if e := w.bot.next(t).events[0]; e["type"] != "memberLeft" || e["replyToken"] != nil {
		t.Errorf("left %v", e)
	}
	w.control("POST", "groups/"+g.ID+"/remove", nil, nil)
	if e := w.bot.next(t).events[0]; e["type"] != "leave" {
		t.Errorf("removed %v", e)
	}
	w.control("POST", "groups/"+g.ID+"/invite", nil, nil)
	if e := w.bot.next(t).events[0]; e["type"] != "join" || e["replyToken"] == nil {
		t.Errorf("invited %v", e)
	}
	if status, _, _ := w.do("POST", "/control/groups/"+g.ID+"/invite", nil, nil); status != http.StatusConflict {
		t.Errorf("invited twice: %d", status)
	}
	var groups []struct {
		ID      string
		Members []string
		Left    bool
	}
	w.control("GET", "groups", nil, &groups)
	if len(groups) != 1 || groups[0].ID != g.ID || len(groups[0].Members) != 2 || groups[0].Left {
		t.Errorf("groups %+v", groups)
	}
}

// Section 2.2: sends to a deleted account are accepted and reach nobody.
func TestDeletedUser(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	w.say(w.woman, "ลาก่อน")
	w.control("POST", "users/"+w.woman+"/delete", nil, nil)
	status, _, v := w.api("POST", "/v2/bot/message/push", map[string]any{"to": w.woman, "messages": texts(1)})
	if status != http.StatusOK {
		t.Errorf("push: %d %v", status, v)
	}
	if status, _, v := w.api("GET", "/v2/bot/message/quota/consumption", nil); v["totalUsage"] != 0.0 {
		t.Errorf("usage: %d %v", status, v)
	}
	if status, _, _ := w.api("GET", "/v2/bot/profile/"+w.woman, nil); status != http.StatusNotFound {
		t.Errorf("profile: %d", status)
	}
	if status, _, _ := w.do("POST", "/control/chats/"+w.woman+"/text", nil, `{"text":"x"}`); status != http.StatusNotFound {
		t.Errorf("the deleted user still writes: %d", status)
	}
}

// Section 1.5: of a room the account hears with the first thing that happens in it.
func TestRoomJoinsLate(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	var g struct {
		ID             string
		WebhookEventID string
	}
	w.control("POST", "groups", map[string]any{"kind": "room", "late": true, "members": []string{w.woman}}, &g)
	if g.WebhookEventID != "" {
		t.Errorf("an event at once: %+v", g)
	}
	w.control("POST", "chats/"+w.woman+"/text", map[string]any{"text": "มีใครอยู่ไหม", "group": g.ID}, nil)
	if first, second := w.bot.next(t).events[0], w.bot.next(t).events[0]; first["type"] != "join" || second["type"] != "message" {
		t.Errorf("%v, then %v", first["type"], second["type"])
	}
}

// An answer to a scripted event of a group shows in the group and not at the citizen's.
func TestScriptedReplyStaysInItsChat(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	var g struct{ ID string }
	w.control("POST", "groups", map[string]any{"name": "หมู่บ้าน", "members": []string{w.woman}}, &g)
	w.bot.next(t)
	for i, source := range []map[string]any{{"type": "group", "groupId": g.ID}, {"type": "user", "userId": w.man}} {
		w.control("POST", "events", map[string]any{"type": "message", "source": source, "message": map[string]any{"type": "text", "id": fmt.Sprint(i), "text": "x"}}, nil)
		if status, v := w.replyWith(replyToken(t, w.bot.next(t).events[0])); status != http.StatusOK {
			t.Fatal(status, v)
		}
	}
	var group chat
	w.control("GET", "chats/"+g.ID+"?as="+w.woman, nil, &group)
	if len(group.Messages) != 1 || len(w.chat(w.man, 0).Messages) != 1 || len(w.chat(w.woman, 0).Messages) != 0 {
		t.Errorf("%d in the group, %d at the man's, %d at the woman's", len(group.Messages), len(w.chat(w.man, 0).Messages), len(w.chat(w.woman, 0).Messages))
	}
}
