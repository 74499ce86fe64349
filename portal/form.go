package portal

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/go-chi/chi/v5"
	"github.com/go-chi/chi/v5/middleware"
	"github.com/jackc/pgx/v5"

	"saphan/agencies"
	"saphan/forms"
	"saphan/internal/fault"
)

// formRoutes adds the pages on which the form of a service is filled in.
func (p *Portal) formRoutes(r chi.Router) {
	if p.forms == nil || p.catalog == nil {
		return
	}
	const at = "/services/{agency}/{key}/form"
	r.Group(func(r chi.Router) {
		r.Use(p.personal, p.formGuard, middleware.Compress(5, "text/html", "application/json"))
		r.Get(at, p.page(p.showStart))
		r.Post(at, p.page(p.begin))
		r.Get(at+"/{draft}", p.page(p.showPart)) // ?part=
		r.Post(at+"/{draft}", func(w http.ResponseWriter, r *http.Request) {
			p.page(func(r *http.Request) (reply, error) { return p.fillIn(w, r) })(w, r)
		})
		r.Get(at+"/{draft}/review", p.page(p.showReview))
		r.Post(at+"/{draft}/mandate", p.page(p.fileFor))
		r.Post(at+"/{draft}/send", p.page(p.send))
		r.Get(at+"/{draft}/sent", p.page(p.showSent)) // ?k=
		r.Get(at+"/{draft}/drop", p.page(p.askDrop))
		r.Post(at+"/{draft}/drop", p.page(p.drop))
		r.Get("/confirm/{token}", p.page(p.showConfirm)) // what an officer filled in for somebody
		r.Post("/confirm/{token}", p.page(p.confirm))
	})
}

// formPolicy lets a page of a form run our own scripts and talk to us.
const formPolicy = policy + "; " + UploadPolicy

// formGuard lets the pages of forms do what they need beyond others: run scripts, and ask where the person is.
func (p *Portal) formGuard(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Security-Policy", formPolicy)
		w.Header().Set("Permissions-Policy", "camera=(), microphone=(), geolocation=(self), payment=()")
		next.ServeHTTP(w, r)
	})
}

// service is a service of an agency.
type service struct {
	agency agencies.Agency
	form   *forms.Form // today's, as the agency has it
}

// path is the address of the service's form.
func (s service) path() string { return formPath(s.agency.Code, s.form.Key) }

func formPath(agency string, key forms.Key) string {
	return "/services/" + strings.ToLower(agency) + "/" + string(key) + "/form"
}

var (
	agencyForm = regexp.MustCompile(`^[A-Za-z]{2,6}$`)
	draftForm  = regexp.MustCompile(`^[A-Za-z0-9._:-]{1,100}$`)
)

func errNoService() error {
	return fault.New(fault.NotFound, "ไม่พบบริการนี้ของหน่วยงานนี้ อาจปิดรับแล้ว กรุณาเลือกจากรายการบริการอีกครั้ง")
}

func errNoDraft() error {
	return fault.New(fault.NotFound, "ไม่พบคำขอนี้ อาจส่งไปแล้ว ยกเลิกแล้ว หรือทิ้งไว้นานเกินไป กรุณาเริ่มใหม่จากหน้าบริการ")
}

// serviceOf finds what an address names.
func (p *Portal) serviceOf(ctx context.Context, tx pgx.Tx, r *http.Request) (s service, err error) {
	code := chi.URLParam(r, "agency")
	if !agencyForm.MatchString(code) {
		return s, errNoService()
	}
	if s.agency, err = agencies.FindByCode(ctx, tx, code); err != nil {
		if fault.Is(err, fault.NotFound) {
			err = errNoService()
		}
		return s, err
	}
	form, ok := p.catalog.Agency(int64(s.agency.ID)).Find(forms.Key(chi.URLParam(r, "key")))
	if !ok {
		return s, errNoService()
	}
	s.form = form.On(p.now())
	return s, nil
}

// sheet is a draft with the form that it fills in.
type sheet struct {
	service
	draft forms.Draft
	parts []part
}

// path is the address of the draft.
func (s sheet) path() string { return s.service.path() + "/" + url.PathEscape(s.draft.ID) }

// to is the address of one of its pages, counted from 0; behind the last all answers are shown.
func (s sheet) to(part int) string {
	if part >= len(s.parts) {
		return s.path() + "/review"
	}
	return s.path() + "?part=" + strconv.Itoa(max(part, 0)+1)
}

// field is an open question.
func (s sheet) field(key string) (forms.Field, bool) {
	if i := partOf(s.parts, key); i >= 0 {
		fields := s.parts[i].fields
		return fields[slices.IndexFunc(fields, func(fl forms.Field) bool { return fl.Key == key })], true
	}
	return s.form.Field(key)
}

// answer is what is stored for a question; zero when nothing is.
func (s sheet) answer(key string) forms.Answer {
	a, _ := forms.Find(s.draft.Answers, key)
	return a
}

// waits reports whether a question still needs something to be said.
func (s sheet) waits(fl forms.Field) bool {
	a, ok := forms.Find(s.draft.Answers, fl.Key)
	if ok && fl.Kind == forms.ChoiceField {
		_, ok = fl.Choice(a.Picked())
	}
	return !ok && !slices.Contains(s.draft.Skipped, fl.Key)
}

// with is the sheet with a draft as it stands now.
func (s sheet) with(d forms.Draft) sheet {
	s.draft = d
	s.parts = partsOf(s.form, d.Answers)
	return s
}

// sheetOf opens the draft that an address names, for the person whose it is.
func (p *Portal) sheetOf(ctx context.Context, tx pgx.Tx, r *http.Request, f filer) (sheet, error) {
	id, code := chi.URLParam(r, "draft"), chi.URLParam(r, "agency")
	if !draftForm.MatchString(id) || !agencyForm.MatchString(code) || !f.known() {
		return sheet{}, errNoDraft()
	}
	d, err := p.forms.Open(ctx, tx, f.Person, id)
	if err != nil {
		return sheet{}, err
	}
	agency, err := agencies.Find(ctx, tx, agencies.AgencyID(d.Agency))
	if err != nil {
		return sheet{}, err
	}
	if !strings.EqualFold(agency.Code, code) || string(d.Form) != chi.URLParam(r, "key") {
		return sheet{}, errNoDraft()
	}
	form, ok := p.catalog.Agency(d.Agency).Version(d.Form, d.Version)
	if !ok {
		return sheet{}, errNoService()
	}
	return sheet{service: service{agency: agency, form: form.On(p.now())}}.with(d), nil
}

// opened answers with what a draft's page shows. Who is signed in no more is sent to do so, and comes back; what they said
// is kept for them.
func (p *Portal) opened(r *http.Request, said url.Values, answer func(ctx context.Context, tx pgx.Tx, f filer, s sheet) (reply, error)) (reply, error) {
	f, err := p.filer(r)
	if err != nil {
		return nil, err
	}
	var out reply
	err = p.change(r.Context(), func(ctx context.Context, tx pgx.Tx) error {
		s, err := p.sheetOf(ctx, tx, r, f)
		if err == nil {
			out, err = answer(ctx, tx, f, s)
		}
		return err
	})
	if fault.Is(err, fault.NotFound) && f.Citizen == 0 {
		return p.turnedAway(r, said, err)
	}
	return out, err
}

// turnedAway answers who is not signed in and asks for a draft that is not this browser's: it may be theirs.
func (p *Portal) turnedAway(r *http.Request, said url.Values, err error) (reply, error) {
	switch {
	case wantsJSON(r):
		return nil, errors.Join(errSignIn(), err)
	case r.Method == http.MethodGet || r.Method == http.MethodHead:
		return redirect("/me/sign-in?next=" + url.QueryEscape(r.URL.RequestURI())), nil
	case len(said) > 0:
		return p.ended(r, said), nil
	default:
		return redirect("/me/sign-in?ended=1&next=" + url.QueryEscape(r.URL.RequestURI())), nil
	}
}
