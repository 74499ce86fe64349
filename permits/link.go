package permits

import (
	"crypto/hmac"
	"encoding/base64"
	"net/url"
	"strconv"
	"strings"
	"time"
)

// LinkLife is how long the link to the document in the holder's chat works.
const LinkLife = 180 * 24 * time.Hour

// purpose separates these codes from all others made with the same key.
const purpose = "permit document"

// macSize is how much of the code the link carries: 128 bits cannot be guessed.
const macSize = 16

// Link is the public page of a permit: what its QR code says.
func (o *Office) Link(number string) string { return o.baseURL + "/p/" + url.PathEscape(number) }

// HolderLink is the permit's page with the token that also lets the holder fetch the document.
func (o *Office) HolderLink(number string) string {
	return o.Link(number) + "?k=" + o.Token(number, o.now().Add(LinkLife))
}

// Token makes the code that lets its bearer fetch the document of a permit until a moment.
func (o *Office) Token(number string, until time.Time) string {
	end := strconv.FormatInt(until.Unix(), 36)
	return end + "." + base64.RawURLEncoding.EncodeToString(o.mac(number, end))
}

// CheckToken reports whether token was made for the permit and still holds.
func (o *Office) CheckToken(number, token string) bool {
	end, sum, ok := strings.Cut(token, ".")
	if !ok {
		return false
	}
	given, err := base64.RawURLEncoding.DecodeString(sum)
	if err != nil || !hmac.Equal(given, o.mac(number, end)) {
		return false
	}
	until, err := strconv.ParseInt(end, 36, 64)
	return err == nil && o.now().Unix() < until
}

func (o *Office) mac(number, end string) []byte {
	return o.box.MAC(purpose, []byte(number+"\x00"+end))[:macSize]
}
