package line

import (
	"bytes"
	"encoding/json"
	"time"
)

// Events as LINE writes them: properties without a value are left out (section 1.3).

type source struct {
	Type    string `json:"type"`
	UserID  string `json:"userId,omitempty"`
	GroupID string `json:"groupId,omitempty"`
	RoomID  string `json:"roomId,omitempty"`
}

type deliveryContext struct {
	IsRedelivery bool `json:"isRedelivery"`
}

type event struct {
	Type            string          `json:"type"`
	Message         json.RawMessage `json:"message,omitempty"`
	Unsend          *unsend         `json:"unsend,omitempty"`
	Postback        *postback       `json:"postback,omitempty"`
	Follow          *follow         `json:"follow,omitempty"`
	Link            *accountLink    `json:"link,omitempty"`
	Joined          *memberList     `json:"joined,omitempty"`
	Left            *memberList     `json:"left,omitempty"`
	VideoSeen       *videoSeen      `json:"videoPlayComplete,omitempty"`
	Beacon          *beacon         `json:"beacon,omitempty"`
	Membership      *membership     `json:"membership,omitempty"`
	Delivery        *completed      `json:"delivery,omitempty"`
	WebhookEventID  string          `json:"webhookEventId"`
	DeliveryContext deliveryContext `json:"deliveryContext"`
	Timestamp       int64           `json:"timestamp"`
	Source          *source         `json:"source,omitempty"`
	ReplyToken      string          `json:"replyToken,omitempty"`
	Mode            string          `json:"mode"`
}

type unsend struct {
	MessageID string `json:"messageId"`
}

type postback struct {
	Data   string            `json:"data"`
	Params map[string]string `json:"params,omitempty"`
}

type follow struct {
	IsUnblocked bool `json:"isUnblocked"`
}

type accountLink struct {
	Result string `json:"result"`
	Nonce  string `json:"nonce"`
}

type memberList struct {
	Members []source `json:"members"`
}

type videoSeen struct {
	TrackingID string `json:"trackingId"`
}

type beacon struct {
	HWID string `json:"hwid"`
	Type string `json:"type"`
	DM   string `json:"dm,omitempty"`
}

type membership struct {
	Type         string `json:"type"`
	MembershipID int64  `json:"membershipId"`
}

// completed tells that a notification message reached somebody.
type completed struct {
	Data string `json:"data"`
}

type provider struct {
	Type     string `json:"type"`
	Original string `json:"originalContentUrl,omitempty"`
	Preview  string `json:"previewImageUrl,omitempty"`
}

type imageSet struct {
	ID    string `json:"id"`
	Index int    `json:"index"`
	Total int    `json:"total"`
}

// wireMessage is the message of a message event.
type wireMessage struct {
	Type                string    `json:"type"`
	ID                  string    `json:"id"`
	QuoteToken          string    `json:"quoteToken,omitempty"`
	MarkAsReadToken     string    `json:"markAsReadToken,omitempty"`
	Text                string    `json:"text,omitempty"`
	Duration            int64     `json:"duration,omitempty"`
	ContentProvider     *provider `json:"contentProvider,omitempty"`
	ImageSet            *imageSet `json:"imageSet,omitempty"`
	FileName            *string   `json:"fileName,omitempty"`
	FileSize            *int64    `json:"fileSize,omitempty"`
	Title               string    `json:"title,omitempty"`
	Address             string    `json:"address,omitempty"`
	Latitude            *float64  `json:"latitude,omitempty"`
	Longitude           *float64  `json:"longitude,omitempty"`
	PackageID           string    `json:"packageId,omitempty"`
	StickerID           string    `json:"stickerId,omitempty"`
	StickerResourceType string    `json:"stickerResourceType,omitempty"`
	Keywords            []string  `json:"keywords,omitempty"`
	QuotedMessageID     string    `json:"quotedMessageId,omitempty"`

	Emojis  json.RawMessage `json:"emojis,omitempty"`
	Mention json.RawMessage `json:"mention,omitempty"`
}

// encode writes JSON the way LINE does: UTF-8 as it is, nothing escaped that need not be.
func encode(v any) (json.RawMessage, error) {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(v); err != nil {
		return nil, err
	}
	return bytes.TrimRight(b.Bytes(), "\n"), nil
}

// Both forms of deliveryContext. Inside a JSON string the quotes would be escaped, so that the
// bytes can only be the property itself.
var (
	firstDelivery = []byte(`"isRedelivery":false`)
	laterDelivery = []byte(`"isRedelivery":true`)
)

// envelope is the body of one webhook call.
func envelope(destination string, events []json.RawMessage, redelivery bool) ([]byte, error) {
	if events == nil {
		events = []json.RawMessage{}
	}
	body, err := encode(struct {
		Destination string            `json:"destination"`
		Events      []json.RawMessage `json:"events"`
	}{destination, events})
	if err != nil {
		return nil, err
	}
	if redelivery {
		return bytes.ReplaceAll(body, firstDelivery, laterDelivery), nil
	}
	return body, nil
}

// newEvent begins an event of that chat. The caller holds the lock and sets what the type needs.
func (s *Simulator) newEvent(kind string, c Channel, chat, user string, at time.Time) event {
	return event{
		Type:           kind,
		WebhookEventID: ulid(at),
		Timestamp:      at.UnixMilli(),
		Source:         s.source(c, chat, user),
		Mode:           "active",
	}
}

// source names the chat as the channel knows it. In groups the user comes only with messages.
func (s *Simulator) source(c Channel, chat, user string) *source {
	id := ""
	if user != "" {
		id = lineUserID(c, user)
	}
	g, ok := s.state.groups.row(chat)
	if u, _ := s.state.users.row(user); ok && u.PCOnly {
		id = "" // never consented to it
	}
	switch {
	case !ok:
		return &source{Type: "user", UserID: id}
	case g.Kind == "room":
		return &source{Type: "room", RoomID: chat, UserID: id}
	default:
		return &source{Type: "group", GroupID: chat, UserID: id}
	}
}

// replyToken makes a reply token for the chat. The caller holds the lock.
func (s *Simulator) replyToken(c Channel, chat string, at time.Time) string {
	token := randomHex(16)
	s.state.replies.put(token, replyRow{Channel: c.Destination, Chat: chat, EventAt: at, DeliveredAt: at})
	return token
}
