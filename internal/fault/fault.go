// Package fault is the one error type whose text is safe to show to a person.
//
// Domain packages return a fault when the caller can do something about it;
// everything else is an ordinary error, which edges log once and present as
// "something went wrong".
package fault

import (
	"errors"
	"net/http"

	"saphan/internal/words"
)

// Kind says what sort of trouble it is; edges map it to a status code or a chat text.
type Kind string

// The kinds. Internal is what any error that is not a fault counts as.
const (
	Invalid      Kind = "invalid"
	NotFound     Kind = "not_found"
	Conflict     Kind = "conflict"
	Forbidden    Kind = "forbidden"
	Unauthorized Kind = "unauthorized"
	TooLarge     Kind = "too_large"
	Unavailable  Kind = "unavailable"
	Internal     Kind = "internal"
)

// Error carries a kind and a Thai sentence (cause and remedy) that may be shown to anyone.
// Err is the detail for the log and is never shown.
type Error struct {
	Kind    Kind
	Message string // in Thai; In says it in other languages
	Err     error

	said words.Text // the message before its {names} were filled in; none: it has no names
}

// Error implements error; the detail is for logs.
func (e *Error) Error() string {
	if e.Err != nil {
		return string(e.Kind) + ": " + e.Message + ": " + e.Err.Error()
	}
	return string(e.Kind) + ": " + e.Message
}

// Unwrap returns the detail.
func (e *Error) Unwrap() error { return e.Err }

// New returns a fault without further detail. Other languages know the message as it is written: what differs from one
// time to another is a {name}, and belongs into Newf.
func New(kind Kind, message string) *Error { return &Error{Kind: kind, Message: message} }

// Wrap returns a fault whose detail is err.
func Wrap(kind Kind, message string, err error) *Error {
	return &Error{Kind: kind, Message: message, Err: err}
}

// Newf returns a fault whose sentence has {names}: args are a name and its value, in turn. A value that is a [words.Text]
// is said in the reader's language.
func Newf(kind Kind, sentence string, args ...any) *Error { return Wrapf(kind, sentence, nil, args...) }

// Wrapf is Newf with err as the detail.
func Wrapf(kind Kind, sentence string, err error, args ...any) *Error {
	said := words.With(sentence, "", args...)
	return &Error{Kind: kind, Message: said.TH, Err: err, said: said}
}

// With is the same fault with err as its detail.
func (e *Error) With(err error) *Error {
	with := *e
	with.Err = err
	return &with
}

// In is the sentence in a language.
func (e *Error) In(lang string) string {
	if e.said.TH != "" {
		return e.said.In(lang)
	}
	return words.In(lang, e.Message, "")
}

// general is what a person sees when the error is not a fault.
const general = "ระบบขัดข้องชั่วคราว กรุณาลองใหม่อีกครั้ง"

// KindOf returns the kind of the first fault in err's chain, Internal for any other error.
func KindOf(err error) Kind {
	var f *Error
	if errors.As(err, &f) {
		return f.Kind
	}
	return Internal
}

// MessageOf returns the sentence to show for err, in Thai.
func MessageOf(err error) string { return In(err, words.Thai) }

// In returns the sentence to show for err, in a language.
func In(err error, lang string) string {
	var f *Error
	if errors.As(err, &f) {
		return f.In(lang)
	}
	return words.In(lang, general, "")
}

// Is reports whether err is a fault of the kind.
func Is(err error, kind Kind) bool {
	return err != nil && KindOf(err) == kind
}

// Status is the HTTP status that says the same as the kind.
func (k Kind) Status() int {
	switch k {
	case Invalid:
		return http.StatusUnprocessableEntity
	case NotFound:
		return http.StatusNotFound
	case Conflict:
		return http.StatusConflict
	case Forbidden:
		return http.StatusForbidden
	case Unauthorized:
		return http.StatusUnauthorized
	case TooLarge:
		return http.StatusRequestEntityTooLarge
	case Unavailable:
		return http.StatusServiceUnavailable
	case Internal:
		return http.StatusInternalServerError
	default:
		return http.StatusInternalServerError
	}
}
