package line

import (
	"encoding/json"
	"fmt"
	"slices"
	"time"
	"unicode/utf16"

	"saphan/devkit/line/strict"
	"saphan/internal/fault"
)

// What a citizen does in the app. Every act locks the simulator, changes the chat and hands the
// webhook to the queue; the outcome tells what to wait for.

// outcome is what an act started.
type outcome struct {
	messages []string
	events   []string
	done     []<-chan int
}

// actor is who acts where: a user in the chat with the account itself or in a group.
type actor struct {
	channel Channel
	user    userRow
	chat    string // the user's ID, or a group's
	apart   bool   // the account has left the group
}

// errBlocked is the answer to an act that a blocking citizen cannot do.
func errBlocked() error {
	return fault.New(fault.Conflict, "ผู้ใช้บล็อกบัญชีนี้อยู่ กดเพิ่มเพื่อนอีกครั้งก่อน")
}

// actor finds who acts. The caller holds the lock.
func (s *Simulator) actor(user, destination, chat string) (actor, error) {
	c, err := s.channelOf(destination)
	if err != nil {
		return actor{}, err
	}
	u, ok := s.state.users.row(user)
	if !ok || u.Deleted {
		return actor{}, fault.New(fault.NotFound, "ไม่พบผู้ใช้นี้ในตัวจำลอง LINE")
	}
	if chat == "" || chat == user {
		return actor{channel: c, user: u, chat: user}, nil
	}
	g, ok := s.state.groups.row(chat)
	if !ok || g.Channel != c.Destination || !slices.Contains(g.Members, user) {
		return actor{}, fault.New(fault.NotFound, "ไม่พบกลุ่มนี้ หรือผู้ใช้ไม่ได้อยู่ในกลุ่ม")
	}
	return actor{channel: c, user: u, chat: chat, apart: g.Left}, nil
}

// channelOf returns the channel of that destination, the first one for an empty one. The caller
// holds the lock.
func (s *Simulator) channelOf(destination string) (Channel, error) {
	if destination == "" && len(s.order) > 0 {
		destination = s.order[0]
	}
	c, ok := s.channels[destination]
	if !ok {
		return Channel{}, fault.New(fault.NotFound, "ไม่พบบัญชี LINE นี้ในตัวจำลอง")
	}
	return c, nil
}

// say puts a citizen's message into the chat and sends its webhook. The caller holds the lock.
func (s *Simulator) say(a actor, m wireMessage, content *contentRow) (outcome, error) {
	f := s.state.friend(a.channel.Destination, a.user.ID)
	if f.Blocked && a.chat == a.user.ID {
		return outcome{}, errBlocked()
	}
	now := s.now()
	m.MarkAsReadToken = opaque(24)
	switch m.Type {
	case "text", "image", "video", "sticker":
		m.QuoteToken = quoteToken(a.channel, a.chat)
	}
	wire, err := encode(m)
	if err != nil {
		return outcome{}, fmt.Errorf("encode message: %w", err)
	}
	if content != nil {
		content.ID, content.Channel, content.SentAt = m.ID, a.channel.Destination, now
		s.state.contents.put(m.ID, *content)
	}
	s.state.addMessage(messageRow{
		ID: m.ID, Channel: a.channel.Destination, Chat: a.chat, User: a.user.ID, From: fromUser,
		At: now, Message: wire, MarkToken: m.MarkAsReadToken, Webhook: true,
	})
	if a.chat == a.user.ID {
		f.WroteAt = now
		s.state.friends.put(pair(a.channel.Destination, a.user.ID), f)
	}
	e := s.newEvent("message", a.channel, a.chat, a.user.ID, now)
	e.Message = wire
	return s.send(a, e, m.ID, true, now)
}

// Who a bubble is from.
const (
	fromUser = "user"
	fromBot  = "bot"
)

// send queues the event and tells the watchers of the chat. The caller holds the lock.
func (s *Simulator) send(a actor, e event, message string, answerable bool, now time.Time) (outcome, error) {
	if err := s.breakSilence(a.chat); err != nil {
		return outcome{}, err
	}
	d := deliveryRow{ID: e.WebhookEventID, Channel: a.channel.Destination, Chat: a.chat, At: now}
	if answerable {
		e.ReplyToken = s.replyToken(a.channel, a.chat, now)
		d.Tokens = []string{e.ReplyToken}
	}
	raw, err := encode(e)
	if err != nil {
		return outcome{}, fmt.Errorf("encode event: %w", err)
	}
	d.Events = []json.RawMessage{raw}
	o := outcome{events: []string{e.WebhookEventID}}
	if message != "" {
		o.messages = []string{message}
		if answerable {
			d.Messages = o.messages
		}
	}
	o.done = []<-chan int{s.enqueue(d)}
	s.notify(pair(a.channel.Destination, a.chat))
	return o, nil
}

// text sends what the citizen typed.
func (s *Simulator) text(a actor, m wireMessage) (outcome, error) {
	if m.Text == "" {
		return outcome{}, fault.New(fault.Invalid, "ข้อความว่างส่งไม่ได้")
	}
	if m.QuotedMessageID != "" {
		quoted, ok := s.state.messages.row(m.QuotedMessageID)
		if !ok || quoted.Channel != a.channel.Destination || quoted.Chat != a.chat {
			return outcome{}, fault.New(fault.NotFound, "ไม่พบข้อความที่อ้างถึงในห้องนี้")
		}
	}
	if len(m.Mention) > 0 && !s.settings.options().Applies(strict.GuessMentionUnits) {
		var err error
		if m.Mention, err = inCodePoints(m.Text, m.Mention); err != nil {
			return outcome{}, fault.Wrap(fault.Invalid, "mention ต้องมี mentionees ซึ่งมี index และ length", err)
		}
	}
	m.ID = s.messageID()
	return s.say(a, m, nil)
}

// inCodePoints counts the places of mentions, given in UTF-16 units, in code points of the text.
func inCodePoints(text string, mention json.RawMessage) (json.RawMessage, error) {
	var v struct {
		Mentionees []map[string]any `json:"mentionees"`
	}
	if err := json.Unmarshal(mention, &v); err != nil {
		return nil, fmt.Errorf("decode mention: %w", err)
	}
	units := utf16.Encode([]rune(text))
	for i, m := range v.Mentionees {
		index, hasIndex := m["index"].(float64)
		length, hasLength := m["length"].(float64)
		from, to := int(index), int(index)+int(length)
		if !hasIndex || !hasLength || from < 0 || to < from || to > len(units) {
			return nil, fmt.Errorf("mentionee %d lies outside the text", i)
		}
		m["index"], m["length"] = len(utf16.Decode(units[:from])), len(utf16.Decode(units[from:to]))
	}
	return encode(v)
}

// sticker sends a sticker.
func (s *Simulator) sticker(a actor, packageID, stickerID string) (outcome, error) {
	if packageID == "" || stickerID == "" {
		return outcome{}, fault.New(fault.Invalid, "สติกเกอร์ต้องมี packageId และ stickerId")
	}
	return s.say(a, wireMessage{
		Type: "sticker", ID: s.messageID(), PackageID: packageID, StickerID: stickerID,
		StickerResourceType: "STATIC",
	}, nil)
}

// place sends a location.
func (s *Simulator) place(a actor, title, address string, latitude, longitude float64) (outcome, error) {
	if latitude < -90 || latitude > 90 || longitude < -180 || longitude > 180 {
		return outcome{}, fault.New(fault.Invalid, "พิกัดไม่ถูกต้อง ละติจูดอยู่ระหว่าง -90 ถึง 90 ลองจิจูดอยู่ระหว่าง -180 ถึง 180")
	}
	return s.say(a, wireMessage{
		Type: "location", ID: s.messageID(), Title: title, Address: address,
		Latitude: &latitude, Longitude: &longitude,
	}, nil)
}

// tap sends a postback and shows its displayText as the citizen's own words.
func (s *Simulator) tap(a actor, data, displayText string, params map[string]string) (outcome, error) {
	if s.state.friend(a.channel.Destination, a.user.ID).Blocked && a.chat == a.user.ID {
		return outcome{}, errBlocked()
	}
	now := s.now()
	shown := ""
	if displayText != "" {
		id := s.messageID()
		wire, err := encode(wireMessage{Type: "text", ID: id, Text: displayText})
		if err != nil {
			return outcome{}, fmt.Errorf("encode displayText: %w", err)
		}
		s.state.addMessage(messageRow{
			ID: id, Channel: a.channel.Destination, Chat: a.chat, User: a.user.ID, From: fromUser, At: now, Message: wire,
		})
		shown = id
	}
	e := s.newEvent("postback", a.channel, a.chat, "", now)
	if a.chat == a.user.ID {
		e.Source = s.source(a.channel, a.chat, a.user.ID)
	}
	e.Postback = &postback{Data: data, Params: params}
	return s.send(a, e, shown, true, now)
}

// unsend takes a message back: the bubble, the content, and a webhook about it (section 1.7).
func (s *Simulator) unsend(a actor, id string) (outcome, error) {
	m, ok := s.state.messages.row(id)
	if !ok || m.Channel != a.channel.Destination || m.Chat != a.chat || m.User != a.user.ID || !m.Webhook {
		return outcome{}, fault.New(fault.NotFound, "ไม่พบข้อความนี้ หรือไม่ใช่ข้อความที่ส่งเอง")
	}
	if m.Unsent {
		return outcome{}, fault.New(fault.Conflict, "ข้อความนี้ถูกยกเลิกแล้ว")
	}
	kind, err := encode(struct {
		Type string `json:"type"`
		ID   string `json:"id"`
	}{messageType(m.Message), id})
	if err != nil {
		return outcome{}, fmt.Errorf("encode unsent message: %w", err)
	}
	m.Unsent, m.Message = true, kind
	s.state.changeMessage(m)
	if content, ok := s.state.contents.row(id); ok {
		content.Gone = true
		s.state.contents.put(id, content)
		if err := s.media.remove(id); err != nil {
			return outcome{}, err
		}
	}
	now := s.now()
	e := s.newEvent("unsend", a.channel, a.chat, a.user.ID, now)
	e.Unsend = &unsend{MessageID: id}
	return s.send(a, e, id, false, now)
}

// messageType reads the type of a message object.
func messageType(raw json.RawMessage) string {
	var m struct {
		Type string `json:"type"`
	}
	if json.Unmarshal(raw, &m) != nil {
		return ""
	}
	return m.Type
}

// befriend adds the account as a friend, or unblocks it.
func (s *Simulator) befriend(a actor) (outcome, error) {
	key := pair(a.channel.Destination, a.user.ID)
	f := s.state.friend(a.channel.Destination, a.user.ID)
	if f.Following && !f.Blocked {
		return outcome{}, nil
	}
	again := f.Known
	f.Following, f.Blocked, f.Known = true, false, true
	s.state.friends.put(key, f)
	now := s.now()
	e := s.newEvent("follow", a.channel, a.user.ID, a.user.ID, now)
	e.Follow = &follow{IsUnblocked: again}
	return s.send(actor{channel: a.channel, user: a.user, chat: a.user.ID}, e, "", true, now)
}

// block makes the citizen block the account.
func (s *Simulator) block(a actor) (outcome, error) {
	f := s.state.friend(a.channel.Destination, a.user.ID)
	if f.Blocked {
		return outcome{}, nil
	}
	f.Following, f.Blocked = false, true
	s.state.friends.put(pair(a.channel.Destination, a.user.ID), f)
	now := s.now()
	e := s.newEvent("unfollow", a.channel, a.user.ID, a.user.ID, now)
	return s.send(actor{channel: a.channel, user: a.user, chat: a.user.ID}, e, "", false, now)
}

// markRead marks citizens' messages as read by the account. The caller holds the lock.
func (s *Simulator) markRead(ids []string) {
	for _, id := range ids {
		m, ok := s.state.messages.row(id)
		if !ok || m.Read || m.From != fromUser {
			continue
		}
		m.Read = true
		s.state.changeMessage(m)
		s.notify(pair(m.Channel, m.Chat))
	}
}

// rowsOf returns the messages of a chat in order. The caller holds the lock.
func (s *Simulator) rowsOf(channel, chat string) []messageRow {
	ids := s.state.chats[pair(channel, chat)]
	rows := make([]messageRow, 0, len(ids))
	for _, id := range ids {
		if m, ok := s.state.messages.row(id); ok {
			rows = append(rows, m)
		}
	}
	return rows
}
