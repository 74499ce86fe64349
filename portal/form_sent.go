package portal

import (
	"context"
	"crypto/hmac"
	"encoding/base64"
	"net/http"
	"net/url"

	"github.com/go-chi/chi/v5"
	"github.com/jackc/pgx/v5"

	"saphan/agencies"
	"saphan/forms"
)

// sentPage waits until the request has its number.
type sentPage struct {
	door
	Script string
}

// sentKey lets whoever sent a draft learn the number that it gets, and nobody else.
func (p *Portal) sentKey(draft string) string {
	return base64.RawURLEncoding.EncodeToString(p.box.MAC("sent draft", []byte(draft)))
}

func (p *Portal) sentPath(s sheet) string {
	return s.path() + "/sent?" + url.Values{"k": {p.sentKey(s.draft.ID)}}.Encode()
}

// sentPathOf is sentPath of the draft that an address names.
func (p *Portal) sentPathOf(r *http.Request) string {
	id := chi.URLParam(r, "draft")
	at := formPath(chi.URLParam(r, "agency"), forms.Key(chi.URLParam(r, "key"))) + "/" + url.PathEscape(id)
	return at + "/sent?" + url.Values{"k": {p.sentKey(id)}}.Encode()
}

// showSent leads to the case as soon as there is one, which takes a moment.
func (p *Portal) showSent(r *http.Request) (reply, error) {
	id := chi.URLParam(r, "draft")
	key, err := base64.RawURLEncoding.DecodeString(r.URL.Query().Get("k"))
	if err != nil || !draftForm.MatchString(id) || !hmac.Equal(key, p.box.MAC("sent draft", []byte(id))) {
		return nil, errNoDraft()
	}
	var track string
	err = p.read(r.Context(), func(ctx context.Context, tx pgx.Tx) error {
		t, ok, err := ticketOf(ctx, tx, id)
		if ok {
			track = "/track/" + t.TrackToken + "?sent=1"
		}
		return err
	})
	switch {
	case err != nil:
		return nil, err
	case wantsJSON(r):
		return object{keep: keepNever, data: map[string]string{"track": track}}, nil
	case track != "":
		return redirect(track), nil
	}
	return html{view: "form_sent", keep: keepNever, data: sentPage{doorOf(r, "กำลังออกเลขรับ", "Your request is being registered"), p.formScript()}}, nil
}

// sentBefore reports whether somebody's own draft was sent already: a button was pressed twice.
func (p *Portal) sentBefore(r *http.Request, f filer) (sent bool) {
	id := chi.URLParam(r, "draft")
	if !draftForm.MatchString(id) || !f.known() {
		return false
	}
	err := p.read(r.Context(), func(ctx context.Context, tx pgx.Tx) error {
		return p.forms.Send(ctx, tx, f.Person, id, 0)
	})
	return err == nil
}

// serviceByDraft is the service that a draft is about; ok is false when it is not on offer any more.
func (p *Portal) serviceByDraft(ctx context.Context, tx pgx.Tx, d forms.Draft) (s service, ok bool, err error) {
	form, ok := p.catalog.Agency(d.Agency).Version(d.Form, d.Version)
	if !ok {
		return s, false, nil
	}
	s.agency, err = agencies.Find(ctx, tx, agencies.AgencyID(d.Agency))
	s.form = form.On(p.now())
	return s, err == nil, err
}
