package portal

import (
	"slices"
	"time"

	"saphan/agencies"
	"saphan/forms"
)

// manual is the citizen manual of a service at an agency (LFA-7.1), in Thai and English: what the page, the PDF, the step
// card and the data say. All of it follows from the form as the agency has it; nothing is written twice.
type manual struct {
	Service   forms.Key        `json:"service"`
	Version   int              `json:"version"`
	Override  int64            `json:"override,omitempty"` // what the agency decided to do otherwise; 0: nothing
	Since     *time.Time       `json:"since,omitempty"`    // from when this edition holds
	Old       bool             `json:"superseded,omitempty"`
	Address   string           `json:"address"` // of its page
	Title     forms.Text       `json:"title"`
	Short     forms.Text       `json:"short"`
	Summary   forms.Text       `json:"summary"`
	Icon      string           `json:"icon"`
	FormCode  string           `json:"form_code,omitempty"`
	Agency    manualAgency     `json:"agency"`
	Legal     []forms.Text     `json:"legal_basis"`
	InPerson  *forms.Law       `json:"in_person,omitempty"` // the act cannot be done on line; why
	Identity  manualIdentity   `json:"identity"`
	Questions []manualPart     `json:"questions"`
	Documents []manualDocument `json:"documents"`
	Fee       manualFee        `json:"fee"`
	Steps     []manualStep     `json:"steps"`
	Clocks    []manualClock    `json:"clocks"`
	Outcomes  []manualOutcome  `json:"outcomes"`
	Reasons   []manualReason   `json:"reasons_for_refusal"`
	Appeal    manualAppeal     `json:"appeal"`
	Notice    manualNotice     `json:"privacy_notice"`
	Declares  forms.Text       `json:"declares,omitzero"`
	Next      forms.Text       `json:"next"`
	Channels  []manualChannel  `json:"channels"`
	Complain  []forms.Text     `json:"complaints"`
	Waiting   []string         `json:"unconfirmed,omitempty"` // values that still need an official source
}

// manualAgency is whose manual it is.
type manualAgency struct {
	Code    string `json:"code"`
	Name    string `json:"name"`
	Kind    string `json:"kind"`
	Phone   string `json:"phone,omitempty"`
	Address string `json:"address,omitempty"`
	Hours   string `json:"hours"` // mon-fri 08:30-12:00 13:00-16:30, sat 09:00-12:00
}

// manualIdentity is how well who asks must be known, and why.
type manualIdentity struct {
	Level  string     `json:"level"`
	Name   forms.Text `json:"name"`
	Reason forms.Text `json:"reason"`
}

// manualPart are the questions of one part of the form.
type manualPart struct {
	Heading forms.Text   `json:"heading,omitzero"`
	Labels  []forms.Text `json:"labels"`
}

// manualDocument is a document that is handed in, or that the agency looks up itself.
type manualDocument struct {
	Name        forms.Text `json:"name"`
	Issuer      forms.Text `json:"issuer"`
	When        forms.Text `json:"when,omitzero"`
	Help        forms.Text `json:"help,omitzero"`
	Reuse       forms.Text `json:"reuse,omitzero"` // how long one that was given counts for further requests
	Optional    bool       `json:"optional,omitempty"`
	Fetched     bool       `json:"fetched_by_agency,omitempty"`
	Unconfirmed bool       `json:"unconfirmed,omitempty"`
	key         string
}

// manualStep is a step of the agency's work.
type manualStep struct {
	Text forms.Text `json:"text"`
	Who  forms.Text `json:"who,omitzero"`
	Days int        `json:"days,omitempty"`
	When forms.Text `json:"when,omitzero"`
}

// manualClock is a time that the law sets.
type manualClock struct {
	Duty        forms.ClockKey `json:"duty"`
	Name        forms.Text     `json:"name"`
	Days        int            `json:"days"`
	Unit        forms.Unit     `json:"unit"`
	Says        forms.Text     `json:"says"`
	Law         forms.Text     `json:"law"`
	When        forms.Text     `json:"when,omitzero"`
	Extend      forms.Text     `json:"extend,omitzero"`
	Unconfirmed bool           `json:"unconfirmed,omitempty"`
}

// manualOutcome is what one gets.
type manualOutcome struct {
	Title       forms.Text   `json:"title"`
	When        forms.Text   `json:"when,omitzero"`
	FormCode    string       `json:"form_code,omitempty"`
	Valid       forms.Text   `json:"valid,omitzero"`
	Conditions  []forms.Text `json:"conditions,omitempty"`
	Unconfirmed bool         `json:"unconfirmed,omitempty"`
}

// manualReason is a reason for which it can be refused.
type manualReason struct {
	Text        forms.Text `json:"text"`
	Law         forms.Text `json:"law"`
	When        forms.Text `json:"when,omitzero"`
	Unconfirmed bool       `json:"unconfirmed,omitempty"`
}

// manualAppeal is what can be done against a refusal.
type manualAppeal struct {
	Body        forms.Text `json:"body"`
	Days        int        `json:"days"`
	Text        forms.Text `json:"text"`
	Unconfirmed bool       `json:"unconfirmed,omitempty"`
}

// manualNotice is the privacy notice (PDP-1, PDP-2).
type manualNotice struct {
	Version int        `json:"version"`
	Text    forms.Text `json:"text"`
}

// manualChannel is a way to ask.
type manualChannel struct {
	Kind  string     `json:"kind"` // line, web or office
	Name  forms.Text `json:"name"`
	At    forms.Text `json:"at,omitzero"`
	Hours forms.Text `json:"hours"`
	Link  string     `json:"link,omitempty"`
}

// source is what a manual is made of.
type source struct {
	form     *forms.Form
	central  *forms.Form // before the agency's own; the same when it has none
	edition  forms.Edition
	old      bool // kept for a case: every rate there was is told
	agency   agencies.Agency
	accounts []agencies.Account
	today    time.Time
	base     string // public address
	web      bool   // it can be filled in on this site
}

// manual makes the manual.
func (s source) manual() manual {
	f := s.form
	m := manual{
		Service: f.Key, Version: f.Version, Override: int64(s.edition.Override), Old: s.old, Address: s.base + manualPath(s.agency, f.Key),
		Title: f.Title, Short: f.Short, Summary: f.Summary, Icon: f.Icon, FormCode: f.FormCode, Agency: agencyOf(s.agency),
		Legal: f.Legal, InPerson: f.InPerson, Identity: identityOf(f), Questions: questionsOf(f), Documents: s.documents(), Fee: s.fee(),
		Outcomes: s.outcomes(), Declares: f.Declares, Next: f.Next, Channels: s.channels(), Complain: complaints(s.agency), Waiting: f.Unconfirmed,
		Appeal: manualAppeal{Body: f.Appeal.Body, Days: f.Appeal.Days, Text: f.Appeal.Text, Unconfirmed: waitsFor(f, "appeal")},
		Notice: manualNotice{Version: f.Notice.Version, Text: noticeOf(f, s.agency)},
	}
	if !s.edition.Since.IsZero() {
		m.Since = &s.edition.Since
	}
	for _, st := range f.Steps {
		m.Steps = append(m.Steps, manualStep{Text: st.Text, Who: st.Who, Days: st.Days, When: f.CaseOf(st.When)})
	}
	for i, c := range f.Clocks {
		confirmed := i < len(s.central.Clocks) && s.central.Clocks[i].Days != c.Days // the agency said so itself
		m.Clocks = append(m.Clocks, manualClock{
			Duty: c.Key, Name: dutyName(c.Key), Days: c.Days, Unit: c.Unit, Says: daysOf(c.Days, c.Unit), Law: c.Law, When: f.CaseOf(c.When),
			Extend: extension(c), Unconfirmed: !confirmed && waits(f, "clocks", i, string(c.Key)),
		})
	}
	for i, r := range f.Reasons {
		m.Reasons = append(m.Reasons, manualReason{Text: r.Text, Law: r.Law, When: f.CaseOf(r.When), Unconfirmed: waits(f, "reasons", i, r.Key)})
	}
	return m
}

// Marked reports whether anything in the manual is marked as still to be confirmed.
func (m manual) Marked() bool {
	return m.Appeal.Unconfirmed ||
		slices.ContainsFunc(m.Documents, func(d manualDocument) bool { return d.Unconfirmed }) ||
		slices.ContainsFunc(m.Clocks, func(c manualClock) bool { return c.Unconfirmed }) ||
		slices.ContainsFunc(m.Outcomes, func(o manualOutcome) bool { return o.Unconfirmed }) ||
		slices.ContainsFunc(m.Reasons, func(r manualReason) bool { return r.Unconfirmed }) ||
		slices.ContainsFunc(m.Fee.Lines, func(l manualCharge) bool { return l.Unconfirmed }) ||
		slices.ContainsFunc(m.Fee.Tables, func(t manualTable) bool { return t.Unconfirmed })
}
