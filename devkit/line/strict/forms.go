package strict

import (
	"net"
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/clipperhouse/uax29/v2/graphemes"
)

// length counts as LINE does: UTF-16 units, or grapheme clusters for labels and the like
// (section 2.11). Thai vowel and tone marks belong to the cluster of their consonant.
func length(s string, clusters bool) int {
	n := 0
	if clusters {
		for it := graphemes.FromString(s); it.Next(); {
			n++
		}
		return n
	}
	for _, r := range s {
		n++
		if r > 0xffff {
			n++
		}
	}
	return n
}

// httpsURL is an address of an image or another medium.
func httpsURL(c *check, s string) string {
	u, wrong := parseURL(c, s)
	if wrong != "" {
		return wrong
	}
	if u.Scheme == "https" || u.Scheme == "http" && c.options.LoopbackHTTP && loopback(u.Hostname()) {
		return ""
	}
	return "invalid uri scheme"
}

// actionURI is an address that a tap opens.
func actionURI(c *check, s string) string {
	u, wrong := parseURL(c, s)
	if wrong != "" {
		return wrong
	}
	switch u.Scheme {
	case "http", "https", "line", "tel":
		return ""
	}
	if c.menu {
		return "invalid uri"
	}
	return "invalid uri scheme"
}

func parseURL(c *check, s string) (*url.URL, string) {
	u, err := url.Parse(s)
	if err != nil || u.Scheme == "" || (u.Host == "" && u.Scheme != "tel" && u.Scheme != "line") {
		return nil, "invalid uri"
	}
	if c.options.Applies(GuessEncodedURLs) && strings.ContainsFunc(s, func(r rune) bool {
		return r <= ' ' || r >= utf8.RuneSelf || strings.ContainsRune("\"<>\\^`{|}", r)
	}) {
		return nil, "invalid uri"
	}
	return u, ""
}

func loopback(host string) bool {
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}

// Forms of texts inside Flex.
//
//nolint:gochecknoglobals // tables, never written to
var (
	colorForm   = regexp.MustCompile(`^#[0-9A-Fa-f]{6}([0-9A-Fa-f]{2})?$`)
	pixelForm   = regexp.MustCompile(`^\d+(\.\d+)?px$`)
	percentForm = regexp.MustCompile(`^\d+(\.\d+)?%$`)
	offsetForm  = regexp.MustCompile(`^-?\d+(\.\d+)?(px|%)$`)
	angleForm   = regexp.MustCompile(`^-?\d+(\.\d+)?deg$`)
	ratioForm   = regexp.MustCompile(`^(\d{1,6}):(\d{1,6})$`)
	aliasForm   = regexp.MustCompile(`^[a-z0-9_-]{1,32}$`)
	keyForm     = regexp.MustCompile(`^[0-9a-zA-Z_]{1,20}$`)
)

func color(c *check, s string) string {
	if colorForm.MatchString(s) || !c.options.Applies(GuessColors) {
		return ""
	}
	return "invalid property"
}

// sized makes a form of keywords, pixels and, where LINE takes them, percentages.
func sized(percent bool, keywords ...string) form {
	return func(c *check, s string) string {
		for _, k := range keywords {
			if s == k {
				return ""
			}
		}
		if pixelForm.MatchString(s) || percent && percentForm.MatchString(s) || !c.options.Applies(GuessSizes) {
			return ""
		}
		return "invalid property"
	}
}

func offset(c *check, s string) string {
	switch s {
	case "none", "xs", "sm", "md", "lg", "xl", "xxl":
		return ""
	}
	if offsetForm.MatchString(s) || !c.options.Applies(GuessSizes) {
		return ""
	}
	return "invalid property"
}

func angle(c *check, s string) string {
	if angleForm.MatchString(s) || !c.options.Applies(GuessSizes) {
		return ""
	}
	return "invalid property"
}

func percentage(c *check, s string) string {
	if percentForm.MatchString(s) || !c.options.Applies(GuessSizes) {
		return ""
	}
	return "invalid property"
}

// aspectRatio is {width}:{height}, each 1 to 100000, the height at most three times the width.
func aspectRatio(_ *check, s string) string {
	m := ratioForm.FindStringSubmatch(s)
	if m == nil {
		return "invalid property"
	}
	w, errW := strconv.Atoi(m[1])
	h, errH := strconv.Atoi(m[2])
	if errW != nil || errH != nil || w < 1 || h < 1 || w > 100000 || h > 100000 || h > 3*w {
		return "invalid property"
	}
	return ""
}

// aliasID is the ID of a rich menu alias.
func aliasID(_ *check, s string) string {
	if aliasForm.MatchString(s) {
		return ""
	}
	return "invalid richMenuAliasId"
}

// senderName refuses the platform's own name.
func senderName(c *check, s string) string {
	if c.options.Applies(GuessSenderWord) && strings.Contains(strings.ToUpper(s), "LINE") {
		return "Certain words may not be used"
	}
	return ""
}

// pickerTime reads a time of a datetime picker in the form of its mode.
func pickerTime(mode, s string) (time.Time, bool) {
	layouts := map[string][]string{
		"date":     {"2006-01-02"},
		"time":     {"15:04"},
		"datetime": {"2006-01-02T15:04", "2006-01-02t15:04"},
	}
	for _, layout := range layouts[mode] {
		t, err := time.Parse(layout, s)
		if err != nil || len(s) != len(layout) {
			continue
		}
		if mode == "time" || t.Year() >= 1900 && t.Year() <= 2100 {
			return t, true
		}
	}
	return time.Time{}, false
}
