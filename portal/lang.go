package portal

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"

	"saphan/internal/thai"
	"saphan/internal/words"
)

// own is what every page has: its words in the reader's language and the way around.
type own struct {
	Title string
	Lang  string // a code of words.Offered
	At    string // which of a person's own pages it is
	Done  string // what was done a moment ago
	Here  string // where the page can be read again, in another language; empty: nowhere
}

// ownOf begins a page for who opened it.
func ownOf(r *http.Request, at, th, en string) own {
	o := own{Lang: langOf(r), At: at}
	if r.Method == http.MethodGet || r.Method == http.MethodHead {
		o.Here = r.URL.RequestURI()
	}
	o.Title = o.T(th, en)
	return o
}

// T says something in the reader's language: the Thai is its key in further languages' catalogues. Args are a {name} and
// its value, in turn.
func (o own) T(th, en string, args ...any) string {
	said := make([]string, len(args))
	for i, a := range args {
		said[i] = fmt.Sprint(a)
	}
	return words.Fill(words.In(o.Lang, th, en), said...)
}

// thai reports whether dates and amounts are written as Thai readers write them.
func (o own) thai() bool { return o.Lang == words.Thai || o.Lang == "" }

// When writes a moment as people read it.
func (o own) When(t time.Time) string {
	if o.thai() {
		return thai.DateTime(t)
	}
	return t.In(thai.Bangkok()).Format("2 Jan 2006, 15:04")
}

// Day writes a date.
func (o own) Day(t time.Time) string {
	if o.thai() {
		return thai.LongDate(noon(t))
	}
	return noon(t).Format("2 January 2006")
}

// DayOf writes the day of a moment.
func (o own) DayOf(t time.Time) string { return o.Day(t.In(thai.Bangkok())) }

// Left says how far off a day is.
func (o own) Left(now, due time.Time) string {
	if o.thai() {
		return thai.Remaining(now, due)
	}
	switch days := thai.Days(now, due); {
	case days == 1:
		return o.T("เหลือ {n} วัน", "{n} day left", "n", days)
	case days > 0:
		return o.T("เหลือ {n} วัน", "{n} days left", "n", days)
	case days == -1:
		return o.T("เกินกำหนด {n} วัน", "{n} day late", "n", -days)
	case days < 0:
		return o.T("เกินกำหนด {n} วัน", "{n} days late", "n", -days)
	default:
		return o.T("ครบกำหนดวันนี้", "due today")
	}
}

// Baht writes an amount.
func (o own) Baht(satang int64) string {
	return o.T("{n} บาท", "{n} baht", "n", strings.TrimSuffix(thai.Baht(satang), " บาท")) // in Thai only: it is cut off
}

// way is a language that a page can be read in instead.
type way struct {
	words.Language
	To string // the address of the page in it
}

// Others are the languages to choose from, beside the page's own.
func (o own) Others() []way {
	if o.Here == "" {
		return nil
	}
	var all []way
	for _, l := range words.Offered() {
		if l.Code != o.Lang {
			all = append(all, way{l, spoken(o.Here, l.Code)})
		}
	}
	return all
}

// langCookie remembers the language that somebody chose. It is no secret.
const langCookie = "saphan-lang"

// languageYear is how long a language is remembered, in seconds.
const languageYear = 365 * 24 * 60 * 60

// chosen is the language that the address or the browser names; empty when neither names one there is.
func chosen(r *http.Request) string {
	if code := r.URL.Query().Get("lang"); words.Known(code) {
		return code
	}
	if c, err := r.Cookie(langCookie); err == nil && words.Known(c.Value) {
		return c.Value
	}
	return ""
}

// langOf is the language that a browser is shown: the one that was chosen, else Thai.
func langOf(r *http.Request) string {
	if code := chosen(r); code != "" {
		return code
	}
	return words.Thai
}

// programLang is the language in which a program is told what went wrong: the one it asks for.
func programLang(r *http.Request) string {
	if code := chosen(r); code != "" {
		return code
	}
	return words.Accepted(r.Header.Get("Accept-Language"))
}

// remember keeps the language that the address names (?lang=) for the pages after this one.
func (p *Portal) remember(w http.ResponseWriter, r *http.Request) {
	code := r.URL.Query().Get("lang")
	if c, err := r.Cookie(langCookie); !words.Known(code) || err == nil && c.Value == code {
		return
	}
	cookie := p.bake("", code, languageYear) //nolint:gosec // bake has set what it misses
	cookie.Name = langCookie                 // no secret: the same with and without https
	http.SetCookie(w, cookie)
}

// spoken is an address of ours in a language.
func spoken(address, code string) string {
	u, err := url.Parse(address)
	if err != nil {
		return home
	}
	q := u.Query()
	q.Set("lang", code)
	u.RawQuery = q.Encode()
	return u.RequestURI()
}
