package citizens

import (
	"crypto/sha256"
	"encoding/base32"
	"encoding/hex"
	"strings"

	"saphan/internal/secret"
)

// BrowserCookie is the name of the cookie by which a browser is known again that nobody is signed in with.
const BrowserCookie = "draft"

// DeskCookie is the name of the cookie by which a browser is known again in which an officer filled in for somebody: what is
// filled in is confirmed elsewhere (MTH-1.3).
const DeskCookie = "desk"

// officerMark begins the cookie of a browser at which an officer fills in for somebody. That a random one begins so
// happens once in 34 thousand million times.
const officerMark = "OFFICER"

// BrowserOf is a browser as it is known on our side, by its cookie; empty when that is none of ours.
func BrowserOf(cookie string) string {
	if len(cookie) < 26 || len(cookie) > 64 || strings.ContainsFunc(cookie, func(c rune) bool {
		return (c < 'A' || c > 'Z') && (c < '2' || c > '7')
	}) {
		return ""
	}
	sum := sha256.Sum256([]byte("form browser " + cookie))
	return hex.EncodeToString(sum[:])
}

// OfficerCookie is the cookie of a browser at which an officer fills in for somebody (MTH-1.3). The same seed gives the
// same, so that it can be gone on with.
func OfficerCookie(box secret.Box, seed string) string {
	return officerMark + base32.StdEncoding.WithPadding(base32.NoPadding).EncodeToString(box.MAC("officer browser", []byte(seed)))
}

// OfOfficer reports whether a cookie says that an officer fills in for somebody. Whether that is so, the filing tells.
func OfOfficer(cookie string) bool { return strings.HasPrefix(cookie, officerMark) }
