package admin

import (
	"bytes"
	"errors"
	"io"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"saphan/forms"
	"saphan/internal/fault"
)

// exportRates sends a version of a table for a spreadsheet.
func (a *Admin) exportRates(r *http.Request, s Scope) (reply, error) {
	_, key, versions, err := a.rates(r, s)
	if err != nil {
		return nil, err
	}
	t := shownRates(versions, r.FormValue("version"), a.now())
	body, err := forms.RatesCSV(t.Rows)
	if err != nil {
		return nil, err
	}
	return sent{mediaType: "text/csv; charset=utf-8", name: "rates-" + key + "-" + dayKey(t.From) + ".csv", body: body}, nil
}

// importRates fills the form from a spreadsheet. Nothing is stored: an officer reads it first.
func (a *Admin) importRates(r *http.Request, s Scope) (reply, error) {
	ctx := r.Context()
	d, key, versions, err := a.rates(r, s)
	if err != nil {
		return nil, err
	}
	raw, err := upload(r, "file")
	if err != nil {
		return nil, err
	}
	was := r.PostForm.Get("was")
	shown := shownRates(versions, was, a.now())
	typed := typedRates(shown)
	if was == newTable {
		for _, field := range []string{fieldFrom, fieldUntil, fieldLaw, fieldLawEN} {
			typed.Set(field, r.PostForm.Get(field))
		}
	}
	central, _ := ratesOf(d.Central, forms.Override{}, key)
	rows, wrong := forms.ReadRates(raw, merged(shown.Rows, rowsOf(central, versions)))
	if len(wrong) > 0 {
		p, err := a.ratesPage(ctx, s, d, key, was, typed)
		p.Wrong = wrong
		return page{view: "service-rates", status: fault.Invalid.Status(), data: p}, err
	}
	for _, row := range rows {
		typed.Set(fieldRow+row.Key, strconv.FormatFloat(row.Baht, 'f', -1, 64))
	}
	p, err := a.ratesPage(ctx, s, d, key, was, typed)
	before := typedRates(shown)
	p.Imported = 0
	for i, l := range p.Rows {
		if l.Typed != before.Get(fieldRow+l.Key) {
			p.Rows[i].Fresh = true
			p.Imported++
		}
	}
	return page{view: "service-rates", data: p}, err
}

// merged are the rows of a version and those it lacks.
func merged(rows, all []forms.FeeRow) []forms.FeeRow {
	whole := slices.Clone(rows)
	for _, r := range all {
		if !slices.ContainsFunc(whole, func(o forms.FeeRow) bool { return o.Key == r.Key }) {
			whole = append(whole, r)
		}
	}
	return whole
}

// upload reads a small file out of a form.
func upload(r *http.Request, name string) ([]byte, error) {
	if !strings.HasPrefix(r.Header.Get("Content-Type"), "multipart/form-data") {
		return nil, fault.New(fault.Invalid, "ยังไม่ได้เลือกไฟล์ กรุณาเลือกไฟล์ CSV แล้วกดอ่านไฟล์อีกครั้ง")
	}
	if err := r.ParseMultipartForm(formLimit); err != nil { //nolint:gosec // admit bounds the body
		return nil, formFault(err)
	}
	f, _, err := r.FormFile(name)
	if err != nil {
		return nil, fault.Wrap(fault.Invalid, "ยังไม่ได้เลือกไฟล์ กรุณาเลือกไฟล์ CSV แล้วกดอ่านไฟล์อีกครั้ง", err)
	}
	raw, err := io.ReadAll(f)
	if err = errors.Join(err, f.Close()); err != nil {
		return nil, formFault(err)
	}
	if len(bytes.TrimSpace(raw)) == 0 {
		return nil, fault.New(fault.Invalid, "ไฟล์ว่างเปล่า กรุณาเลือกไฟล์ CSV ที่มีรายการ")
	}
	return raw, nil
}
