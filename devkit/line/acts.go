package line

import (
	"encoding/json"
	"net/http"
	"time"

	"saphan/internal/fault"
)

// The control calls by which a page or a script acts as the citizen.

func (s *Simulator) postText(r *http.Request) (any, error) {
	var in struct {
		where
		Text    string          `json:"text"`
		Quoted  string          `json:"quotedMessageId"`
		Emojis  json.RawMessage `json:"emojis"`
		Mention json.RawMessage `json:"mention"`
	}
	if err := controlBody(r, &in); err != nil {
		return nil, err
	}
	m := wireMessage{Type: "text", Text: in.Text, QuotedMessageID: in.Quoted, Emojis: in.Emojis, Mention: in.Mention}
	return s.act(r, in.where, func(a actor) (outcome, error) { return s.text(a, m) })
}

func (s *Simulator) postSticker(r *http.Request) (any, error) {
	var in struct {
		where
		PackageID string `json:"packageId"`
		StickerID string `json:"stickerId"`
	}
	if err := controlBody(r, &in); err != nil {
		return nil, err
	}
	return s.act(r, in.where, func(a actor) (outcome, error) { return s.sticker(a, in.PackageID, in.StickerID) })
}

func (s *Simulator) postLocation(r *http.Request) (any, error) {
	var in struct {
		where
		Title     string   `json:"title"`
		Address   string   `json:"address"`
		Latitude  *float64 `json:"latitude"`
		Longitude *float64 `json:"longitude"`
	}
	if err := controlBody(r, &in); err != nil {
		return nil, err
	}
	if in.Latitude == nil || in.Longitude == nil {
		return nil, fault.New(fault.Invalid, "ตำแหน่งต้องมี latitude และ longitude")
	}
	return s.act(r, in.where, func(a actor) (outcome, error) {
		return s.place(a, in.Title, in.Address, *in.Latitude, *in.Longitude)
	})
}

func (s *Simulator) postPostback(r *http.Request) (any, error) {
	var in struct {
		where
		Data        string            `json:"data"`
		DisplayText string            `json:"displayText"`
		Params      map[string]string `json:"params"`
	}
	if err := controlBody(r, &in); err != nil {
		return nil, err
	}
	return s.act(r, in.where, func(a actor) (outcome, error) { return s.tap(a, in.Data, in.DisplayText, in.Params) })
}

// postMenuSwitch does what tapping a richmenuswitch area does: link the menu of the alias, then
// send the postback with the status.
func (s *Simulator) postMenuSwitch(r *http.Request) (any, error) {
	var in struct {
		where
		Alias string `json:"richMenuAliasId"`
		Data  string `json:"data"`
	}
	if err := controlBody(r, &in); err != nil {
		return nil, err
	}
	return s.act(r, in.where, func(a actor) (outcome, error) {
		params := map[string]string{"status": "SUCCESS", "newRichMenuAliasId": in.Alias}
		menu, ok := s.state.aliases.row(pair(a.channel.Destination, in.Alias))
		if !ok {
			params = map[string]string{"status": "RICHMENU_ALIAS_ID_NOTFOUND"}
		} else if _, ok := s.state.menus.row(menu); !ok {
			params = map[string]string{"status": "RICHMENU_NOTFOUND"}
		} else {
			f := s.state.friend(a.channel.Destination, a.user.ID)
			f.RichMenu = menu
			s.state.friends.put(pair(a.channel.Destination, a.user.ID), f)
		}
		return s.tap(a, in.Data, "", params)
	})
}

func (s *Simulator) postUnsend(r *http.Request) (any, error) {
	var in struct {
		where
		MessageID string `json:"messageId"`
	}
	if err := controlBody(r, &in); err != nil {
		return nil, err
	}
	return s.act(r, in.where, func(a actor) (outcome, error) { return s.unsend(a, in.MessageID) })
}

func (s *Simulator) postFollow(r *http.Request) (any, error) {
	var in where
	if err := controlBody(r, &in); err != nil {
		return nil, err
	}
	return s.act(r, in, s.befriend)
}

func (s *Simulator) postBlock(r *http.Request) (any, error) {
	var in where
	if err := controlBody(r, &in); err != nil {
		return nil, err
	}
	return s.act(r, in, s.block)
}

// scripted is the body of POST control/events. Either Events (several in one webhook) or the fields
// of one event at the top level; or Raw, sent byte for byte.
type scripted struct {
	Channel       string            `json:"channel"`
	User          string            `json:"user"`
	Events        []json.RawMessage `json:"events"`
	Raw           *string           `json:"raw"`
	ForgedSign    bool              `json:"forgedSignature"`
	NoDestination bool              `json:"noDestination"`
}

// postEvents sends a webhook that a script wrote. Each event is an object merged over defaults:
// webhookEventId, timestamp, mode, deliveryContext, a source (the first test citizen or "user") and,
// unless the event has a replyToken of its own or null there, a working reply token. Anything
// that is not an object is sent as it is, to show the bot broken batches.
func (s *Simulator) postEvents(r *http.Request) (any, error) {
	var all json.RawMessage
	if err := controlBody(r, &all); err != nil {
		return nil, err
	}
	var in scripted
	if err := json.Unmarshal(all, &in); err != nil {
		return nil, fault.Wrap(fault.Invalid, "คำขอต้องเป็นออบเจ็กต์ JSON ของเหตุการณ์", err)
	}
	if in.Events == nil && in.Raw == nil {
		in.Events = []json.RawMessage{all}
	}
	s.mu.Lock()
	o, err := s.script(in)
	s.mu.Unlock()
	if err != nil {
		return nil, err
	}
	return o.wait(r), nil
}

// script queues a scripted webhook. The caller holds the lock.
func (s *Simulator) script(in scripted) (outcome, error) {
	c, err := s.channelOf(in.Channel)
	if err != nil {
		return outcome{}, err
	}
	if in.User == "" {
		in.User = userID(citizens[0])
	}
	now := s.now()
	d := deliveryRow{ID: ulid(now), Channel: c.Destination, Chat: in.User, At: now, BadSign: in.ForgedSign}
	var o outcome
	for _, raw := range in.Events {
		made, id, token, err := s.complete(c, in.User, raw, now)
		if err != nil {
			return outcome{}, err
		}
		d.Events = append(d.Events, made)
		if id != "" {
			o.events = append(o.events, id)
		}
		if token != "" {
			d.Tokens = append(d.Tokens, token)
		}
	}
	switch {
	case in.Raw != nil:
		d.Raw = []byte(*in.Raw)
	case in.NoDestination:
		events := d.Events
		if events == nil {
			events = []json.RawMessage{}
		}
		if d.Raw, err = encode(map[string]any{"events": events}); err != nil {
			return outcome{}, fault.Wrap(fault.Invalid, "เหตุการณ์ไม่ใช่ JSON", err)
		}
	}
	o.done = []<-chan int{s.enqueue(d)}
	return o, nil
}

// controlFields are the fields of a control call that do not belong to the event.
var controlFields = []string{"channel", "user", "forgedSignature", "noDestination"}

// complete merges a scripted event over the defaults.
func (s *Simulator) complete(c Channel, user string, raw json.RawMessage, now time.Time) (json.RawMessage, string, string, error) {
	e := fieldsOf(raw)
	if e == nil {
		return raw, "", "", nil
	}
	for _, name := range controlFields {
		delete(e, name)
	}
	token := ""
	if _, given := e["replyToken"]; !given {
		token = s.replyToken(c, s.chatOf(c, e["source"], user), now)
	}
	defaults := map[string]any{
		"webhookEventId":  ulid(now),
		"timestamp":       now.UnixMilli(),
		"mode":            "active",
		"deliveryContext": deliveryContext{},
		"source":          source{Type: "user", UserID: lineUserID(c, user)},
	}
	if token != "" {
		defaults["replyToken"] = token
	}
	for name, v := range defaults {
		if _, given := e[name]; given {
			continue
		}
		made, err := encode(v)
		if err != nil {
			return nil, "", "", err
		}
		e[name] = made
	}
	if string(e["replyToken"]) == "null" {
		delete(e, "replyToken")
	}
	made, err := encode(e)
	return made, plainText(e["webhookEventId"]), token, err
}

// chatOf is the chat that a scripted source speaks of: answers to it must not show elsewhere. The
// caller holds the lock.
func (s *Simulator) chatOf(c Channel, raw json.RawMessage, user string) string {
	from := fieldsOf(raw)
	for _, name := range []string{"groupId", "roomId"} {
		if id := plainText(from[name]); id != "" {
			return id
		}
	}
	if u, known := s.userByLineID(c, plainText(from["userId"])); known {
		return u.ID
	}
	return user
}

// fieldsOf is the object, or nil for JSON that is none: a script may well send that.
func fieldsOf(raw json.RawMessage) map[string]json.RawMessage {
	var m map[string]json.RawMessage
	if json.Unmarshal(raw, &m) != nil {
		return nil
	}
	return m
}

// plainText is the string, or nothing for JSON that is none.
func plainText(raw json.RawMessage) string {
	var s string
	if json.Unmarshal(raw, &s) != nil {
		return ""
	}
	return s
}
