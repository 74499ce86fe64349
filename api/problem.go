package api

import (
	"context"
	"encoding/json"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"saphan/internal/fault"
	"saphan/internal/words"
)

// Problem is what went wrong (RFC 9457): title is English and the same for each type, detail says cause and remedy in the
// language that was asked for, Thai when none was.
type Problem struct { //nolint:errname // the word of RFC 9457
	Type   string   `json:"type" doc:"What sort of problem it is, stable over releases" example:"urn:saphan:problem:conflict"`
	Title  string   `json:"title" doc:"The same in English, for people who read logs" example:"The case does not allow this now"`
	Status int      `json:"status" doc:"The HTTP status again" example:"409"`
	Detail string   `json:"detail" doc:"Cause and remedy, in Thai or in the language of Accept-Language" example:"เรื่อง TB-2570-000001 ปิดแล้ว (ไม่อนุมัติ) จึงแก้ไขต่อไม่ได้ หากมีข้อมูลเพิ่มให้เขียนบันทึกภายใน"`
	Errors []Faulty `json:"errors,omitempty" doc:"Of what was sent, each part that is not as it should be"`

	said *fault.Error // the detail in any language; nil: only as it stands
}

// Faulty is a part of what was sent that is not as it should be.
type Faulty struct {
	Where string `json:"where" doc:"For instance body.due_on or query.limit" example:"body.due_on"`
	What  string `json:"what" example:"expected string to be RFC 3339 date"`
}

// Error implements error.
func (p *Problem) Error() string { return p.Title + ": " + p.Detail }

// GetStatus tells huma the status.
func (p *Problem) GetStatus() int { return p.Status }

// ContentType tells huma what it is.
func (p *Problem) ContentType(string) string { return "application/problem+json" }

// sort is one sort of problem.
type sort struct {
	name   string // the end of its URI
	title  string
	status int
}

// The sorts of problems. Names are never changed: programs go by them.
var (
	problemInvalid     = sort{"invalid", "What was sent is not complete or not right", http.StatusUnprocessableEntity}
	problemMalformed   = sort{"malformed", "What was sent cannot be read", http.StatusBadRequest}
	problemKey         = sort{"unauthorized", "No key, or one that does not work", http.StatusUnauthorized}
	problemForbidden   = sort{"forbidden", "The key or its officer may not do this", http.StatusForbidden}
	problemNotFound    = sort{"not-found", "There is no such thing in your agency", http.StatusNotFound}
	problemMethod      = sort{"method-not-allowed", "There is no such operation", http.StatusMethodNotAllowed}
	problemConflict    = sort{"conflict", "The case does not allow this now", http.StatusConflict}
	problemInFlight    = sort{"in-flight", "The first request under this Idempotency-Key has not ended", http.StatusConflict}
	problemChanged     = sort{"case-changed", "The case has changed since you read it", http.StatusPreconditionFailed}
	problemLarge       = sort{"too-large", "What was sent is too large", http.StatusRequestEntityTooLarge}
	problemMedia       = sort{"media-type", "The media type is not JSON", http.StatusUnsupportedMediaType}
	problemReused      = sort{"idempotency-key-reused", "This Idempotency-Key was used for something else", http.StatusUnprocessableEntity}
	problemNoKey       = sort{"idempotency-key-missing", "Idempotency-Key is missing", http.StatusBadRequest}
	problemNoVersion   = sort{"if-match-missing", "If-Match is missing", http.StatusPreconditionRequired}
	problemTooMany     = sort{"too-many-requests", "The key asks too fast", http.StatusTooManyRequests}
	problemUnavailable = sort{"unavailable", "A part of the system is away", http.StatusServiceUnavailable}
	problemInternal    = sort{"internal", "Something went wrong here", http.StatusInternalServerError}
)

// sorts lists them all, for the documents and their test.
func sorts() []sort {
	return []sort{
		problemInvalid, problemMalformed, problemKey, problemForbidden, problemNotFound, problemMethod, problemConflict, problemInFlight, problemChanged,
		problemLarge, problemMedia, problemReused, problemNoKey, problemNoVersion, problemTooMany, problemUnavailable, problemInternal,
	}
}

// sortOf is the sort that says the same as a kind of fault.
func sortOf(k fault.Kind) sort {
	switch k {
	case fault.Invalid:
		return problemInvalid
	case fault.NotFound:
		return problemNotFound
	case fault.Conflict:
		return problemConflict
	case fault.Forbidden:
		return problemForbidden
	case fault.Unauthorized:
		return problemKey
	case fault.TooLarge:
		return problemLarge
	case fault.Unavailable:
		return problemUnavailable
	case fault.Internal:
		return problemInternal
	default:
		return problemInternal
	}
}

// of is a problem of the sort with what is said about it; nil: that is said later.
func (s sort) of(said *fault.Error) *Problem {
	p := &Problem{Type: "urn:saphan:problem:" + s.name, Title: s.title, Status: s.status, said: said}
	if said != nil {
		p.Detail = said.Message
	}
	return p
}

// example is how the description shows a problem of the sort.
func (s sort) example() *Problem {
	p := s.of(nil)
	p.Detail = s.title + "."
	return p
}

// in says the problem in a language.
func (p *Problem) in(lang string) *Problem {
	q := *p
	if p.said != nil {
		q.Detail = p.said.In(lang)
	}
	return &q
}

// general is what anybody hears of what is our own fault.
const general = "ระบบขัดข้องชั่วคราว กรุณาลองใหม่อีกครั้ง"

// refused turns whatever went wrong into what is answered. It is the one place where errors are logged.
func (a *API) refused(ctx context.Context, lang, doing string, err error) *Problem {
	if p, ok := err.(*Problem); ok { //nolint:errorlint // ours are never wrapped
		return p.in(lang)
	}
	kind := fault.KindOf(err)
	if kind == fault.Internal || kind == fault.Unavailable {
		a.log.ErrorContext(ctx, "API failed", "doing", doing, "err", err)
	}
	p := sortOf(kind).of(nil)
	p.Detail = fault.In(err, lang)
	return p
}

// languageOf is the language that a request asks for.
func languageOf(r *http.Request) string { return words.Accepted(r.Header.Get("Accept-Language")) }

// write answers with a problem where huma is not reached.
func (a *API) write(w http.ResponseWriter, r *http.Request, p *Problem) {
	w.Header().Set("Content-Type", p.ContentType(""))
	w.WriteHeader(p.Status)
	_, _ = w.Write(p.in(languageOf(r)).json()) //nolint:gosec // JSON, and said to be
}

// json is the problem as it is sent.
func (p *Problem) json() []byte {
	body, err := json.Marshal(p)
	if err != nil { // it has nothing but texts and a number
		return []byte("{}")
	}
	return append(body, '\n')
}

// ours turns huma's errors, of what does not match the description, into ours.
func (a *API) ours(ctx huma.Context, _ string, v any) (any, error) {
	m, ok := v.(*huma.ErrorModel)
	if !ok {
		return v, nil
	}
	p := problemMalformed.of(fault.New(fault.Invalid, "อ่านข้อมูลที่ส่งมาไม่ได้ กรุณาตรวจรูปแบบกับ /api/v1/openapi.json"))
	switch m.Status {
	case http.StatusUnprocessableEntity:
		p = problemInvalid.of(fault.New(fault.Invalid, "ข้อมูลที่ส่งมาไม่ตรงกับแบบที่กำหนด กรุณาแก้ตามรายการใน errors"))
	case http.StatusRequestEntityTooLarge:
		p = tooLarge()
	case http.StatusUnsupportedMediaType:
		p = problemMedia.of(fault.New(fault.Invalid, "ข้อมูลที่ส่งมาต้องเป็น JSON กรุณาระบุ Content-Type: application/json"))
	case http.StatusInternalServerError:
		a.log.ErrorContext(ctx.Context(), "API failed", "doing", ctx.Operation().OperationID, "err", m)
		p = problemInternal.of(fault.New(fault.Invalid, general))
	}
	p.Status = m.Status // which is on its way already
	for _, e := range m.Errors {
		p.Errors = append(p.Errors, Faulty{Where: e.Location, What: e.Message}) // not the value: it may be personal
	}
	return p.in(words.Accepted(ctx.Header("Accept-Language"))), nil
}

// tooLarge is what is answered to more than any operation needs.
func tooLarge() *Problem {
	return problemLarge.of(fault.Newf(fault.Invalid, "ข้อมูลที่ส่งมายาวเกิน {n} กิโลไบต์ กรุณาย่อแล้วส่งใหม่", "n", bodyMost>>10))
}
