package admin

import (
	"errors"
	"math"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"saphan/agencies"
	"saphan/internal/fault"
)

// problem is what the page of an error shows: what went wrong and what to do.
type problem struct {
	chrome
	Heading string
	Message string
	Back    string // where the way back leads
	SignIn  bool   // the session has ended
}

// headings of the problem page by kind.
var headings = map[fault.Kind]string{
	fault.Invalid:      "ข้อมูลยังไม่ครบหรือไม่ถูกต้อง",
	fault.NotFound:     "ไม่พบสิ่งที่ค้นหา",
	fault.Conflict:     "ทำรายการนี้ไม่ได้ในตอนนี้",
	fault.Forbidden:    "ไม่มีสิทธิ์ทำรายการนี้",
	fault.Unauthorized: "กรุณาลงชื่อเข้าใช้",
	fault.TooLarge:     "ข้อมูลใหญ่เกินไป",
	fault.Unavailable:  "ระบบยังไม่พร้อม",
	fault.Internal:     "ระบบขัดข้อง",
}

// fail answers with an error: a whole page, or for htmx a note that is put beside the form. It
// is the one place where errors are logged.
func (a *Admin) fail(w http.ResponseWriter, r *http.Request, o agencies.Officer, err error) {
	kind := fault.KindOf(err)
	status := kind.Status()
	if kind == fault.Internal || kind == fault.Unavailable {
		a.log.ErrorContext(r.Context(), "screen failed", "method", r.Method, "path", r.URL.Path, "err", err)
	}
	p := problem{
		chrome:  chrome{Title: headings[kind], Officer: o},
		Heading: headings[kind],
		Message: fault.MessageOf(err),
		Back:    back(r),
	}
	a.answer(w, r, page{view: "problem", part: "note", status: status, data: p})
}

// tooSoon says whether err is about too many attempts, and if so sets when to come back.
func tooSoon(w http.ResponseWriter, err error) bool {
	var soon *agencies.TooSoonError
	if !errors.As(err, &soon) {
		return false
	}
	w.Header().Set("Retry-After", strconv.Itoa(int(math.Ceil(soon.Wait.Seconds()))))
	return true
}

// answer writes a reply that needs no transaction.
func (a *Admin) answer(w http.ResponseWriter, r *http.Request, p reply) {
	if err := p.write(w, r, a); err != nil {
		a.log.ErrorContext(r.Context(), "answer failed", "path", r.URL.Path, "err", err)
		http.Error(w, "ระบบขัดข้องชั่วคราว กรุณาลองใหม่อีกครั้ง", http.StatusInternalServerError)
	}
}

// back is where somebody goes from a problem: to the ticket or the setting that it was about, else to
// the inbox.
func back(r *http.Request) string {
	if id, err := ticketID(r); err == nil && r.Method == http.MethodPost {
		return link("/tickets/"+strconv.FormatInt(int64(id), 10), viewOf(r.URL.Query()).query())
	}
	if id, err := channelID(r); err == nil && r.Method == http.MethodPost {
		return Base + channelPath(id)
	}
	if r.Method == http.MethodPost && strings.HasPrefix(r.URL.Path, Base+"/officers/") {
		return Base + "/officers"
	}
	return Base + "/"
}

// notFound answers for addresses that no screen has.
func (a *Admin) notFound(w http.ResponseWriter, r *http.Request) {
	a.fail(w, r, agencies.Officer{}, fault.New(fault.NotFound, "ไม่มีหน้านี้ กรุณาตรวจที่อยู่ของหน้า หรือกลับไปที่กล่องงาน"))
}

// askToSignIn sends somebody without a session to the sign-in page, and afterwards back here. An open page
// stays as it is, whatever it asks for, also by itself: something may have been typed into it. It says that
// the session has ended, and a form that was sent gets a note beside it.
func (a *Admin) askToSignIn(w http.ResponseWriter, r *http.Request) {
	switch {
	case r.Method == http.MethodGet && r.Header.Get("HX-Request") != "":
		w.Header().Set("HX-Trigger", "signed-out")
		w.Header().Set("HX-Reswap", "none")
		w.WriteHeader(http.StatusUnauthorized)
	case r.Method == http.MethodGet:
		http.Redirect(w, r, link("/sign-in", url.Values{"next": {r.URL.RequestURI()}}), http.StatusSeeOther)
	default:
		a.answer(w, r, page{view: "problem", part: "note", status: http.StatusUnauthorized, data: problem{
			chrome:  chrome{Title: headings[fault.Unauthorized]},
			Heading: headings[fault.Unauthorized],
			Message: "หมดเวลาใช้งานเพื่อความปลอดภัย กรุณาลงชื่อเข้าใช้ใหม่ในแท็บใหม่ แล้วกลับมากดส่งอีกครั้ง ข้อความที่พิมพ์ไว้ยังอยู่",
			SignIn:  true, Back: Base + "/",
		}})
	}
}
