// Package fault is the one error type whose text is safe to show to a person.
//
// Domain packages return a fault when the caller can do something about it;
// everything else is an ordinary error, which edges log once and present as
// "something went wrong".
package fault

import (
	"errors"
	"net/http"
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
	Message string
	Err     error
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

// New returns a fault without further detail.
func New(kind Kind, message string) *Error { return &Error{Kind: kind, Message: message} }

// Wrap returns a fault whose detail is err.
func Wrap(kind Kind, message string, err error) *Error {
	return &Error{Kind: kind, Message: message, Err: err}
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

// MessageOf returns the sentence to show for err.
func MessageOf(err error) string {
	var f *Error
	if errors.As(err, &f) {
		return f.Message
	}
	return general
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
