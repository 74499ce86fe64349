package line

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"regexp"
	"strconv"
	"time"

	"github.com/google/uuid"

	"saphan/devkit/line/strict"
)

// crockford is the alphabet of a ULID.
const crockford = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"

// Shapes of IDs (section 1.3). The shape of group and room IDs is UNCONFIRMED
// (strict.GuessChatIDShape): all published examples look like this one.
var (
	userIDForm = regexp.MustCompile(`^U[0-9a-f]{32}$`)
	chatIDForm = regexp.MustCompile(`^[CR][0-9a-f]{32}$`)
	anyChatID  = regexp.MustCompile(`^[CR][0-9A-Za-z_-]+$`) // while nothing is guessed
)

// isChatID says whether a text may be the ID of a group or room.
func isChatID(o strict.Options, id string) bool {
	if o.Applies(strict.GuessChatIDShape) {
		return chatIDForm.MatchString(id)
	}
	return anyChatID.MatchString(id)
}

// newChatID makes the ID of a group (letter C) or room (letter R).
func newChatID(o strict.Options, letter string) string {
	if o.Applies(strict.GuessChatIDShape) {
		return letter + randomHex(16)
	}
	return letter + opaque(48)
}

// ulid returns a new ULID for that time, the form of webhookEventId.
func ulid(at time.Time) string {
	var b [16]byte
	ms := uint64(at.UnixMilli())
	for i := range 6 {
		b[5-i] = byte(ms >> (8 * i))
	}
	random(b[6:])
	// 128 bits in 26 letters of 5 bits, the first letter holding only 3.
	hi, lo := binary.BigEndian.Uint64(b[:8]), binary.BigEndian.Uint64(b[8:])
	var text [26]byte
	for i := 25; i >= 0; i-- {
		text[i] = crockford[lo&31]
		lo = lo>>5 | hi<<59
		hi >>= 5
	}
	return string(text[:])
}

// random fills b. crypto/rand never fails: it ends the process rather than return weak bytes.
func random(b []byte) { _, _ = rand.Read(b) }

// randomHex returns n random bytes in hexadecimal.
func randomHex(n int) string {
	b := make([]byte, n)
	random(b)
	return hex.EncodeToString(b)
}

// opaque returns a random token of n bytes in URL-safe base64.
func opaque(n int) string {
	b := make([]byte, n)
	random(b)
	return base64.RawURLEncoding.EncodeToString(b)
}

// requestID returns a value for x-line-request-id.
func requestID() string { return uuid.NewString() }

// userID derives a user ID from a name, so that the test citizens keep theirs.
func userID(seed string) string {
	sum := sha256.Sum256([]byte("saphan line user " + seed))
	return "U" + hex.EncodeToString(sum[:16])
}

// messageID returns a decimal number that grows with time and is not in use.
func (s *Simulator) messageID() string {
	for {
		var low [3]byte
		random(low[:])
		n := s.now().UnixMilli()<<20 | int64(low[0]&0x0f)<<16 | int64(low[1])<<8 | int64(low[2])
		id := strconv.FormatInt(n, 10)
		if _, taken := s.state.messages.row(id); !taken {
			return id
		}
	}
}

// lineUserID is the ID by which the channel knows the user: user IDs differ between providers
// (section 5.1).
func lineUserID(c Channel, user string) string {
	if c.Provider == "" {
		return user
	}
	sum := sha256.Sum256([]byte(c.Provider + " " + user))
	return "U" + hex.EncodeToString(sum[:16])
}

// userIndex finds users by the IDs that a provider knows them by.
type userIndex struct {
	ids map[string]string
	of  int // so many users are in it
}

// userByLineID is the reverse of lineUserID among the users there are. The caller holds the lock.
func (s *Simulator) userByLineID(c Channel, id string) (userRow, bool) {
	if c.Provider == "" {
		return s.state.users.row(id)
	}
	index := s.state.known[c.Provider]
	if index.of != len(s.state.users.rows) {
		index = userIndex{ids: map[string]string{}, of: len(s.state.users.rows)}
		for _, u := range s.state.users.rows {
			index.ids[lineUserID(c, u.ID)] = u.ID
		}
		s.state.known[c.Provider] = index
	}
	return s.state.users.row(index.ids[id])
}
