package admin

import (
	"bytes"
	"errors"
	"io"
	"mime"
	"net/http"
	"strconv"
)

// reply is what a screen answers; it is written after the transaction has ended.
type reply interface {
	write(w http.ResponseWriter, r *http.Request, a *Admin) error
}

// page is a rendered template: the whole page, or only the part that htmx asked for.
type page struct {
	view   string // template file without .html
	part   string // block that a partial answer consists of; empty: always the whole page
	status int    // 0: 200
	data   any
}

func (p page) write(w http.ResponseWriter, r *http.Request, a *Admin) error {
	block := "layout"
	if p.part != "" && partial(r) {
		block = p.part
	}
	var b bytes.Buffer
	if err := a.views.render(&b, p.view, block, p.data); err != nil {
		return err
	}
	h := w.Header()
	h.Set("Content-Type", "text/html; charset=utf-8")
	h.Add("Vary", "HX-Request, HX-Request-Type")
	status := p.status
	if status == 0 {
		status = http.StatusOK
	}
	w.WriteHeader(status)
	w.Write(b.Bytes())
	return nil
}

// redirect sends the browser to another page of ours after a change.
type redirect string

func (to redirect) write(w http.ResponseWriter, r *http.Request, _ *Admin) error {
	if partial(r) && r.PostFormValue("alone") != "" { // a sheet that is a page of its own: the browser goes on itself
		w.Header().Set("HX-Redirect", string(to))
		w.WriteHeader(http.StatusOK)
		return nil
	}
	http.Redirect(w, r, string(to), http.StatusSeeOther) //nolint:gosec // made of our own paths, never of an address that was sent
	return nil
}

// nothing answers that all is done and nothing is to be shown. Event, if any, is raised in the page.
type nothing struct{ event string }

func (n nothing) write(w http.ResponseWriter, _ *http.Request, _ *Admin) error {
	if n.event != "" {
		w.Header().Set("HX-Trigger", n.event)
	}
	w.WriteHeader(http.StatusNoContent)
	return nil
}

// document is a citizen's file. Whatever it contains, it is never a page of ours (ASVS 3.2.1).
type document struct {
	open      func() (io.ReadCloser, error)
	mediaType string
	name      string
	size      int64
	inline    bool // shown by the browser itself, else offered for saving
}

func (d document) write(w http.ResponseWriter, r *http.Request, a *Admin) error {
	body, err := d.open()
	if err != nil {
		return err
	}
	h := w.Header()
	disposition := "attachment"
	if d.inline {
		disposition = "inline"
	}
	// FormatMediaType writes a Thai name by RFC 6266 (ASVS 5.4.1).
	h.Set("Content-Disposition", mime.FormatMediaType(disposition, map[string]string{"filename": d.name}))
	h.Set("Content-Type", d.mediaType)
	h.Set("Content-Security-Policy", filePolicy)
	h.Set("X-Frame-Options", "SAMEORIGIN")
	h.Set("Content-Length", strconv.FormatInt(d.size, 10))
	w.WriteHeader(http.StatusOK)
	_, err = io.Copy(w, body)
	if err := errors.Join(err, body.Close()); err != nil {
		// The status is on its way already. The length promised was not reached, so the server
		// cuts the connection and nobody takes a part for the whole.
		a.log.WarnContext(r.Context(), "document broke off", "err", err)
	}
	return nil
}
