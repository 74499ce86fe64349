package bot

import "time"

// Kind says what a citizen sent.
type Kind string

// The kinds of message. Other is anything a channel can send that the bot has no use for
// (a sticker, an unknown type): it is answered politely and loses nothing.
const (
	Text     Kind = "text"
	Image    Kind = "image"
	Video    Kind = "video"
	Audio    Kind = "audio"
	File     Kind = "file"
	Location Kind = "location"
	Sticker  Kind = "sticker"
	Postback Kind = "postback"
	Follow   Kind = "follow"
	Unfollow Kind = "unfollow"
	Unsend   Kind = "unsend"
	Edited   Kind = "edited"    // the words of an earlier message are now others
	Linked   Kind = "linked"    // the channel asked the person to join this account with one of ours
	SetEnded Kind = "set_ended" // not said by anybody: the set with this ID was waited for long enough
	Spoiled  Kind = "spoiled"   // not said by anybody: a virus was found in the file of the message with this ID
	Other    Kind = "other"
)

// Message is one thing a citizen said or did, whatever the channel.
type Message struct {
	ID   string // the channel's own identifier; for Unsend and Edited, that of the message meant
	Kind Kind
	At   time.Time // when the citizen did it, by the channel's clock (EGA-10.3)

	Text       string      // Text, Edited: as typed
	Data       string      // Postback: the data of the tapped button; Linked: the nonce of the request to link
	Picked     string      // Postback: the day a picker returned, 2006-01-02 (Gregorian, Bangkok)
	PickedAt   time.Time   // Postback: the moment a picker of day and time, or of the time of day, returned; zero: none did
	Refused    bool        // Linked: the channel did not link
	Attachment *Attachment // Image, Video, Audio, File
	Set        *Set        // Image: which pictures were sent together with it; nil: none
	Place      *Place      // Location
}

// Attachment is a file that has been fetched and looked at before the conversation sees it.
type Attachment struct {
	ID   int64  `json:"id"`             // files.AttachmentID; 0 when Fault is set
	Name string `json:"name,omitempty"` // the citizen's file name, made safe to show
	Type string `json:"type,omitempty"` // media type by content, e.g. image/jpeg
	Size int64  `json:"size,omitempty"` // bytes
	// Fault says why there is no file; empty when the file is good.
	Fault FileFault `json:"-"`
	// Limit is how large a file may be that is not FileTooLarge, in bytes.
	Limit int64 `json:"-"`
	// Words is one Thai sentence about a FileRefused: what is wrong with it and what to send.
	Words string `json:"-"`
}

// FileFault says why a file could not be had.
type FileFault string

// The faults of a file.
const (
	FileTooLarge FileFault = "too_large"
	FileNotReady FileFault = "not_ready" // the channel did not get it ready
	FileGone     FileFault = "gone"      // taken back, or too old for the channel
	FileRefused  FileFault = "refused"   // empty, or of a type that is not taken
	FileInfected FileFault = "infected"  // a virus was found in it
)

// Place is a point on the map with the words the channel gave for it.
type Place struct {
	Title     string  `json:"title,omitempty"`
	Address   string  `json:"address,omitempty"`
	Latitude  float64 `json:"lat"` // degrees, WGS 84
	Longitude float64 `json:"lon"`
}

// Reply is one message out. Exactly one of Text and Card is set; Choices are offered with it.
type Reply struct {
	Text    string   `json:"text,omitempty"`
	Card    *Card    `json:"card,omitempty"`
	Choices []Choice `json:"choices,omitempty"` // quick replies, at most 13 (LINE)
}

// Gesture says what tapping a choice or a button does.
type Gesture string

// The gestures. Camera, CameraRoll and SharePlace exist only as quick replies on LINE, and Write does nothing
// but send Data where there is no keyboard to open.
const (
	Tap        Gesture = "tap"    // sends Data back as a Postback; Label shows as the citizen's words
	Say        Gesture = "say"    // sends Label as text
	Open       Gesture = "open"   // opens URL
	Camera     Gesture = "camera" // opens the camera
	CameraRoll Gesture = "camera_roll"
	SharePlace Gesture = "location"
	PickDate   Gesture = "date"  // opens a date picker; Postback with Data and Picked
	PickTime   Gesture = "time"  // opens a picker of the time of day; Postback with Data and PickedAt
	Write      Gesture = "write" // sends Data back as a Postback and opens the keyboard, with Fill typed in
)

// Choice is something the citizen can tap.
type Choice struct {
	Gesture Gesture `json:"gesture"`
	Label   string  `json:"label"` // at most 20 grapheme clusters (LINE quick reply)
	Data    string  `json:"data,omitempty"`
	URL     string  `json:"url,omitempty"`
	Style   string  `json:"style,omitempty"` // of a card button: "primary", "secondary" or "link"
	Fill    string  `json:"fill,omitempty"`  // of Write: at most 300 grapheme clusters
	Initial string  `json:"initial,omitempty"`
	Min     string  `json:"min,omitempty"`
	Max     string  `json:"max,omitempty"`
}

// Card is a message with structure; the channel draws it (Flex on LINE).
type Card struct {
	Alt      string   `json:"alt"`                // what a notification or a screen reader says
	Tone     string   `json:"tone"`               // "plain", "good", "warn" or "bad": colour and icon of the head
	Label    string   `json:"label,omitempty"`    // small words over the title ("ใบรับคำขอ")
	Picture  string   `json:"picture,omitempty"`  // address of a drawing over the card; decoration only
	Title    string   `json:"title"`              //
	Subtitle string   `json:"subtitle,omitempty"` //
	Body     string   `json:"body,omitempty"`     // a paragraph
	Rows     []Row    `json:"rows,omitempty"`     // label and value lines
	Buttons  []Choice `json:"buttons,omitempty"`  // Tap, Write, PickDate, PickTime or Open
	Note     string   `json:"note,omitempty"`     // small print under the buttons
	// Cards, when set, makes this a carousel: only Alt and Cards count.
	Cards []Card `json:"cards,omitempty"`
}

// Row is one line of a card; with Edit set, tapping the line sends that data back. A Head has no value:
// it is the heading of the lines that follow.
type Row struct {
	Head  bool   `json:"head,omitempty"`
	Label string `json:"label"`
	Value string `json:"value,omitempty"`
	Edit  string `json:"edit,omitempty"`
	// EditWord is what the link of such a line says.
	EditWord string `json:"edit_word,omitempty"`
}
