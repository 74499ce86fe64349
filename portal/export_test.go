package portal

import (
	"fmt"
	"net/http"
	"strconv"
	"time"

	"saphan/citizens"
)

// says is a reply of plain words.
type saysReply string

func (s saysReply) write(w http.ResponseWriter, _ *http.Request, _ *Portal) error {
	_, err := w.Write([]byte(s))
	return err
}

// TestOwn is a page of one's own that asks for the level in its address and tells who is signed in.
func (p *Portal) TestOwn() http.HandlerFunc {
	return p.guard(p.personal(p.own(func(r *http.Request, v Visitor) (reply, error) {
		if least, err := strconv.Atoi(r.URL.Query().Get("least")); err == nil {
			if to, away := stepUp(r, v, citizens.Level(least)); away {
				return to, nil
			}
		}
		return saysReply(fmt.Sprintln(v.Citizen, int(v.Level), int(v.Proved))), nil
	}))).ServeHTTP
}

// UploadWords are the sentences of the script that sends files, in a language.
func UploadWords(lang string) map[string]string { return own{Lang: lang}.UploadWords() }

// Left says in a language how far off a day is.
func Left(lang string, now, due time.Time) string { return own{Lang: lang}.Left(now, due) }
