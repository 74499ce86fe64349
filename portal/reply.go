package portal

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"

	"saphan/internal/fault"
)

// How long an answer may be kept. A revocation shows within a minute (EGA-13.3).
const (
	keepShort = "public, max-age=30"
	keepNever = "private, no-store"
)

// reply is what a page answers; it is written after the transaction has ended.
type reply interface {
	write(w http.ResponseWriter, r *http.Request, p *Portal) error
}

// html is a rendered page.
type html struct {
	view   string
	status int // 0: 200
	keep   string
	data   any
}

func (h html) write(w http.ResponseWriter, r *http.Request, p *Portal) error {
	var b bytes.Buffer
	if err := p.views.render(&b, h.view, h.data); err != nil {
		return err
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	if r.URL.Query().Has("lang") { // it sets a cookie
		h.keep = keepNever
	}
	w.Header().Set("Cache-Control", h.keep)
	w.Header().Add("Vary", "Accept")
	w.Header().Add("Vary", "Cookie") // the language
	w.WriteHeader(cmpStatus(h.status))
	w.Write(b.Bytes())
	return nil
}

// object is an answer for a program.
type object struct {
	status int
	keep   string
	data   any
}

func (o object) write(w http.ResponseWriter, _ *http.Request, _ *Portal) error {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false) // links stay readable
	if err := enc.Encode(o.data); err != nil {
		return fmt.Errorf("write an answer: %w", err)
	}
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	w.Header().Set("Cache-Control", o.keep)
	w.Header().Add("Vary", "Accept")
	w.WriteHeader(cmpStatus(o.status))
	w.Write(b.Bytes())
	return nil
}

func cmpStatus(status int) int {
	if status == 0 {
		return http.StatusOK
	}
	return status
}

// redirect sends the reader on.
type redirect string

func (to redirect) write(w http.ResponseWriter, r *http.Request, _ *Portal) error {
	w.Header().Set("Cache-Control", keepNever)
	http.Redirect(w, r, string(to), http.StatusSeeOther)
	return nil
}

// download is a permit's document.
type download struct {
	open func(ctx context.Context) (io.ReadCloser, error)
	size int64
	name string // ASCII
}

func (d download) write(w http.ResponseWriter, r *http.Request, p *Portal) error {
	body, err := d.open(r.Context())
	if err != nil {
		return err
	}
	h := w.Header()
	h.Set("Content-Type", "application/pdf")
	h.Set("Content-Disposition", `attachment; filename="`+d.name+`"`)
	h.Set("Content-Length", strconv.FormatInt(d.size, 10))
	h.Set("Cache-Control", keepNever)
	_, err = io.Copy(w, body)
	if err := errors.Join(err, body.Close()); err != nil {
		// The status is on its way already. The length promised was not reached, so the server
		// cuts the connection and nobody takes a part for the whole.
		p.log.WarnContext(r.Context(), "permit document broke off", "err", err)
	}
	return nil
}

// page makes a handler of what answers a request. Faults become a page or an object that says what to do; any other error is
// logged, once, here.
func (p *Portal) page(answer func(r *http.Request) (reply, error)) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		out, err := answer(r)
		if err == nil {
			err = out.write(w, r, p)
		}
		if err == nil {
			return
		}
		kind := fault.KindOf(err)
		if troubled(err) {
			// The path holds tokens; the route does not.
			p.log.ErrorContext(r.Context(), "public page failed", "route", routeOf(r), "err", err)
		}
		var failed reply = html{view: "message", status: kind.Status(), keep: keepNever, data: messageOf(r, err)}
		if wantsJSON(r) {
			failed = object{status: kind.Status(), keep: keepNever, data: problem{Title: fault.In(err, programLang(r)), Status: kind.Status(), Kind: string(kind)}}
		}
		if err := failed.write(w, r, p); err != nil {
			p.log.ErrorContext(r.Context(), "public page failed", "route", routeOf(r), "err", err)
			http.Error(w, fault.In(err, langOf(r)), http.StatusInternalServerError)
		}
	}
}

// troubled reports whether something of ours is wrong, as against what was asked for.
func troubled(err error) bool {
	var f *fault.Error
	return !errors.As(err, &f) || f.Kind == fault.Internal || f.Err != nil && f.Kind == fault.Unavailable
}

// problem says to a program what went wrong (RFC 9457).
type problem struct {
	Title  string `json:"title"`
	Status int    `json:"status"`
	Kind   string `json:"kind"`
}
