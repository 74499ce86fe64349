package portal

import (
	"fmt"
	"net/url"
	"slices"
	"strings"

	"saphan/agencies"
	"saphan/forms"
	"saphan/internal/words"
)

// waitsFor reports whether the form says that a value, or something in it, still needs an official source.
func waitsFor(f *forms.Form, path string) bool {
	return slices.ContainsFunc(f.Unconfirmed, func(entry string) bool {
		entry, _, _ = strings.Cut(entry, " ")
		return entry == path || inside(entry, path) || inside(path, entry)
	})
}

// inside reports whether a path leads into another: fee.tables[0] into fee.tables and fee.
func inside(path, outer string) bool {
	rest, ok := strings.CutPrefix(path, outer)
	return ok && rest != "" && (rest[0] == '.' || rest[0] == '[')
}

// waits is waitsFor of one thing of a list, which is named by its place or by its key.
func waits(f *forms.Form, list string, place int, key string) bool {
	if slices.Contains(f.Unconfirmed, list) || slices.Contains(f.Unconfirmed, strings.TrimSuffix(list, "s")) {
		return true
	}
	for _, path := range []string{fmt.Sprintf("%s[%d]", list, place), list + "." + key} {
		if slices.ContainsFunc(f.Unconfirmed, func(entry string) bool {
			entry, _, _ = strings.Cut(entry, " ")
			return entry == path || entry == list || inside(entry, path)
		}) {
			return true
		}
	}
	return false
}

// documents is the complete list of what is handed in, and of what the agency looks up itself (EGA-12.1).
func (s source) documents() []manualDocument {
	var all []manualDocument
	add := func(d manualDocument) {
		i := slices.IndexFunc(all, func(o manualDocument) bool {
			return o.Name.TH == d.Name.TH && (o.Fetched && d.Fetched || o.When.TH == d.When.TH)
		})
		if i < 0 {
			all = append(all, d)
			return
		}
		all[i].When = eitherCase(all[i].When, d.When)
	}
	each := func(fl forms.Field, when forms.Text) {
		switch {
		case fl.Files():
			add(s.document(fl, when))
		case fl.Kind == forms.ThaiIDField:
			add(lookedUp(fl, when))
		}
	}
	for _, fl := range s.form.Fields {
		when := s.form.CaseOf(fl.When)
		each(fl, when)
		for _, sub := range fl.Fields {
			own := s.form.CaseOf(sub.When)
			if own == (forms.Text{}) {
				own = when
			}
			each(sub, own)
		}
	}
	slices.SortStableFunc(all, func(a, b manualDocument) int { return rank(a) - rank(b) })
	return all
}

// eitherCase is one case or the other; no case is always.
func eitherCase(one, other forms.Text) forms.Text {
	switch {
	case one == (forms.Text{}) || other == (forms.Text{}):
		return forms.Text{}
	case one.TH == other.TH:
		return one
	default:
		return words.With("{one} หรือ{other}", "{one} or {other}", "one", one, "other", other)
	}
}

// rank puts what must be handed in before what may be, and what nobody hands in last.
func rank(d manualDocument) int {
	switch {
	case d.Fetched:
		return 2
	case d.Optional:
		return 1
	default:
		return 0
	}
}

// document is a file that the form asks for.
func (s source) document(fl forms.Field, when forms.Text) manualDocument {
	d := manualDocument{
		Name: fl.Label, Issuer: issuerName(fl.Issuer), When: when, Help: fl.Help, Optional: fl.Optional, Fetched: fl.Issuer == forms.State,
		Unconfirmed: waitsFor(s.form, "fields."+fl.Key), key: fl.Key,
	}
	if fl.Vault == nil {
		return d
	}
	d.Reuse = forms.Text{TH: "ส่งครั้งเดียว ใช้กับคำขอครั้งต่อไปได้", EN: "Handed in once, it serves for later requests"}
	if fl.Vault.Days > 0 {
		d.Reuse = words.With("ส่งครั้งเดียว ใช้กับคำขอครั้งต่อไปได้ภายใน {n} วัน", "Handed in once, it serves for later requests within {n} days", "n", fl.Vault.Days)
	}
	return d
}

// lookedUp is the document that a number stands for: the agency asks the registrar itself (EGA-9.1).
func lookedUp(fl forms.Field, when forms.Text) manualDocument {
	d := manualDocument{
		Name: forms.Text{TH: "บัตรประจำตัวประชาชน", EN: "National ID card"}, Issuer: forms.Text{TH: "กรมการปกครอง", EN: "Department of Provincial Administration"},
		When: when, Fetched: true, key: fl.Key,
	}
	if fl.Juristic {
		d.Name = forms.Text{TH: "หนังสือรับรองนิติบุคคล", EN: "Company registration certificate"}
		d.Issuer = forms.Text{TH: "กรมพัฒนาธุรกิจการค้า", EN: "Department of Business Development"}
	}
	return d
}

// outcomes are what comes out of a request that is granted.
func (s source) outcomes() []manualOutcome {
	var all []manualOutcome
	for i, o := range s.form.Outcomes {
		one := manualOutcome{
			Title: o.Title, When: s.form.CaseOf(o.When), FormCode: o.FormCode, Conditions: o.Conditions, Unconfirmed: waits(s.form, "outcomes", i, ""),
		}
		switch {
		case o.Kind == forms.Permit && o.Replaces:
			one.Valid = forms.Text{TH: "ใช้ได้ถึงวันเดียวกับใบเดิม", EN: "It holds until the same day as the one before"}
		case o.Kind == forms.Permit && o.ValidYears > 0:
			one.Valid = words.With("มีอายุ {n} ปี", "It holds for {n} years", "n", o.ValidYears)
			if o.ValidYears == 1 {
				one.Valid = forms.Text{TH: "มีอายุ 1 ปี", EN: "It holds for one year"}
			}
		case o.Kind == forms.Permit:
			one.Valid = forms.Text{TH: "ไม่มีวันหมดอายุ", EN: "It holds without end"}
		}
		all = append(all, one)
	}
	return all
}

// channels are the ways to ask. What must be done in person is done at the office.
func (s source) channels() []manualChannel {
	office := manualChannel{
		Kind: "office", Name: words.With("ที่ทำการ{agency}", "The office of {agency}", "agency", s.agency.Name),
		At: forms.Text{TH: s.agency.Address, EN: s.agency.Address}, Hours: hoursOf(s.agency.Hours),
	}
	if s.form.PersonalOnly() {
		return []manualChannel{office}
	}
	always := forms.Text{TH: "ตลอด 24 ชั่วโมง", EN: "Day and night"}
	var all []manualChannel
	for _, a := range s.accounts {
		all = append(all, manualChannel{
			Kind: "line", Name: forms.Text{TH: "LINE " + a.Name, EN: "LINE " + a.Name}, At: forms.Text{TH: a.BasicID, EN: a.BasicID}, Hours: always, Link: friendLink(a.BasicID),
		})
	}
	if !s.web {
		return append(all, office)
	}
	all = append(all, manualChannel{
		Kind: "web", Name: forms.Text{TH: "แบบคำขอบนเว็บไซต์", EN: "The form on this site"}, Hours: always, Link: s.base + manualPath(s.agency, s.form.Key) + "/form",
	})
	return append(all, office)
}

// manualPath is the address of a manual on this site.
func manualPath(a agencies.Agency, key forms.Key) string {
	return agencyPath(a) + "/" + string(key)
}

// agencyPath is the address of an agency's services on this site.
func agencyPath(a agencies.Agency) string { return "/services/" + strings.ToLower(a.Code) }

// friendLink opens an official account in LINE, to befriend it.
func friendLink(basicID string) string { return "https://line.me/R/ti/p/" + url.PathEscape(basicID) }

// talkLink opens the talk with an official account in LINE with words ready to be sent.
func talkLink(basicID, words string) string {
	return "https://line.me/R/oaMessage/" + url.PathEscape(basicID) + "/?" + url.PathEscape(words)
}
