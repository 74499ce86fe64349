package line

import (
	"encoding/json"
	"net/http"
	"net/url"

	"saphan/internal/fault"
)

// What else can happen between a citizen and an account: edited messages, videos seen to the end,
// beacons, memberships, and media that another app put into the chat.

// edit changes the citizen's own text. LINE knows this in groups only; EditAnywhere allows it in
// every chat.
func (s *Simulator) edit(a actor, id, text string) (outcome, error) {
	m, ok := s.state.messages.row(id)
	if !ok || m.Channel != a.channel.Destination || m.Chat != a.chat || m.User != a.user.ID || !m.Webhook {
		return outcome{}, fault.New(fault.NotFound, "ไม่พบข้อความนี้ หรือไม่ใช่ข้อความที่ส่งเอง")
	}
	g, inGroup := s.state.groups.row(a.chat)
	switch {
	case m.Unsent:
		return outcome{}, fault.New(fault.Conflict, "ข้อความนี้ถูกยกเลิกแล้ว")
	case messageType(m.Message) != "text":
		return outcome{}, fault.New(fault.Conflict, "แก้ไขได้เฉพาะข้อความตัวอักษร")
	case text == "":
		return outcome{}, fault.New(fault.Invalid, "ข้อความว่างส่งไม่ได้")
	case (!inGroup || g.Kind != "group") && !s.settings.EditAnywhere:
		return outcome{}, fault.New(fault.Conflict, "LINE ให้แก้ไขข้อความได้เฉพาะในกลุ่ม (ตั้ง editAnywhere เพื่อทดสอบในห้องอื่น)")
	}
	var wire wireMessage
	if err := json.Unmarshal(m.Message, &wire); err != nil {
		return outcome{}, fault.Wrap(fault.Internal, "อ่านข้อความเดิมไม่สำเร็จ", err)
	}
	// The same message ID, a new quote token, no read token (section 1.5).
	wire.Text, wire.QuoteToken, wire.MarkAsReadToken = text, quoteToken(a.channel, a.chat), ""
	raw, err := encode(wire)
	if err != nil {
		return outcome{}, fault.Wrap(fault.Internal, "แก้ไขไม่สำเร็จ", err)
	}
	m.Message, m.Edited = raw, true
	s.state.changeMessage(m)
	now := s.now()
	e := s.newEvent("messageEdited", a.channel, a.chat, a.user.ID, now)
	e.Message = raw
	return s.send(a, e, id, true, now)
}

func (s *Simulator) postEdit(r *http.Request) (any, error) {
	var in struct {
		where
		MessageID string `json:"messageId"`
		Text      string `json:"text"`
	}
	if err := controlBody(r, &in); err != nil {
		return nil, err
	}
	return s.act(r, in.where, func(a actor) (outcome, error) { return s.edit(a, in.MessageID, in.Text) })
}

// happen sends an event of the chat between the citizen and the account. The caller holds the lock.
func (s *Simulator) happen(a actor, kind string, fill func(*event)) (outcome, error) {
	if s.state.friend(a.channel.Destination, a.user.ID).Blocked {
		return outcome{}, errBlocked()
	}
	now := s.now()
	e := s.newEvent(kind, a.channel, a.chat, a.user.ID, now)
	fill(&e)
	return s.send(a, e, "", true, now)
}

// postVideoSeen tells that a video with a trackingId was seen to its end.
func (s *Simulator) postVideoSeen(r *http.Request) (any, error) {
	var in struct {
		where
		TrackingID string `json:"trackingId"`
	}
	if err := controlBody(r, &in); err != nil {
		return nil, err
	}
	if in.TrackingID == "" {
		return nil, fault.New(fault.Invalid, "ต้องมี trackingId ของวิดีโอ")
	}
	return s.act(r, in.where, func(a actor) (outcome, error) {
		return s.happen(a, "videoPlayComplete", func(e *event) { e.VideoSeen = &videoSeen{TrackingID: in.TrackingID} })
	})
}

// postBeacon tells that the citizen is near a beacon.
func (s *Simulator) postBeacon(r *http.Request) (any, error) {
	var in struct {
		where
		beacon
	}
	if err := controlBody(r, &in); err != nil {
		return nil, err
	}
	switch in.Type {
	case "":
		in.Type = "enter"
	case "enter", "banner", "stay":
	default:
		return nil, fault.New(fault.Invalid, "type ต้องเป็น enter, banner หรือ stay")
	}
	if in.HWID == "" {
		return nil, fault.New(fault.Invalid, "ต้องมี hwid ของบีคอน")
	}
	return s.act(r, in.where, func(a actor) (outcome, error) {
		return s.happen(a, "beacon", func(e *event) { e.Beacon = &in.beacon })
	})
}

// postExternal shows media whose bytes LINE does not have: a LIFF app may put any address into the
// chat in the citizen's name.
func (s *Simulator) postExternal(r *http.Request) (any, error) {
	var in struct {
		where
		Kind     string `json:"kind"`
		Original string `json:"originalContentUrl"`
		Preview  string `json:"previewImageUrl"`
		Duration int64  `json:"duration"`
	}
	if err := controlBody(r, &in); err != nil {
		return nil, err
	}
	switch in.Kind {
	case "image", "video", "audio":
	default:
		return nil, fault.New(fault.Invalid, "kind ต้องเป็น image, video หรือ audio")
	}
	if u, err := url.Parse(in.Original); err != nil || u.Host == "" {
		return nil, fault.New(fault.Invalid, "ต้องมี originalContentUrl")
	}
	return s.act(r, in.where, func(a actor) (outcome, error) {
		return s.say(a, wireMessage{
			Type: in.Kind, ID: s.messageID(), Duration: in.Duration,
			ContentProvider: &provider{Type: "external", Original: in.Original, Preview: in.Preview},
		}, nil)
	})
}

// postLinkResult ends account linking without the page of access.line.me: with "ok" or "failed".
func (s *Simulator) postLinkResult(r *http.Request) (any, error) {
	var in struct {
		where
		Nonce  string `json:"nonce"`
		Result string `json:"result"`
	}
	if err := controlBody(r, &in); err != nil {
		return nil, err
	}
	if in.Result != "ok" && in.Result != "failed" {
		return nil, fault.New(fault.Invalid, "result ต้องเป็น ok หรือ failed")
	}
	return s.act(r, in.where, func(a actor) (outcome, error) { return s.linked(a, in.Result, in.Nonce) })
}

// linked sends the accountLink event; a failed one has no source and no reply token (section 1.3).
func (s *Simulator) linked(a actor, result, nonce string) (outcome, error) {
	now := s.now()
	e := s.newEvent("accountLink", a.channel, a.chat, a.user.ID, now)
	e.Link = &accountLink{Result: result, Nonce: nonce}
	if result == "failed" {
		e.Source = nil
	}
	return s.send(a, e, "", result == "ok", now)
}
