package portal

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
)

// endedPage keeps what was typed for who is signed in no more.
type endedPage struct {
	door
	Action string
	SignIn string
	Held   []hidden
}

// heldMost is how many boxes of one page are kept for who is signed in no more.
const heldMost = 500

// ended shows what was said to nobody, so that it can be sent again after signing in.
func (p *Portal) ended(r *http.Request, said url.Values) reply {
	page := endedPage{door: doorOf(r, "หมดเวลาเข้าสู่ระบบ", "You were signed out"), Action: r.URL.RequestURI(), SignIn: "/me/sign-in?next=" + url.QueryEscape(home)}
	for _, name := range sortedKeys(said) {
		if name != "do" && !strings.HasSuffix(name, ".drop") && len(page.Held) < heldMost {
			for _, value := range slices.Clip(said[name]) {
				page.Held = append(page.Held, hidden{name, value})
			}
		}
	}
	page.Held = append(page.Held, hidden{"do", "save"})
	return html{view: "form_ended", status: http.StatusUnauthorized, keep: keepNever, data: page}
}
