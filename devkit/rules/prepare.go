package rules

import (
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"saphan/agencies"
	"saphan/forms"
	"saphan/tickets"
)

// Prepare makes the case of a situation with all that was done before.
func (o *Office) Prepare(s Situation) tickets.Ticket {
	o.T.Helper()
	o.clock.Store(Start.UnixMicro())
	in := map[string]forms.Input{}
	if s.First != nil {
		first := o.File(words, nil)
		o.do(s.Name, first, s.First)
		o.First, in[tickets.AppealCase] = first.Number, forms.Input{Text: first.Number}
	}
	made := o.made(s, in)
	o.do(s.Name, made, s.Before)
	o.Pass(s.Later)
	if s.Later > 0 {
		o.Everywhere(func(tx pgx.Tx) error { return o.Desk.DoDuties(o.ctx(), tx, made.ID) })
	}
	return o.Ticket(made.ID)
}

// FirstConsultation is the first question about a case to another agency; 0: there is none.
func (o *Office) FirstConsultation(tx pgx.Tx, id tickets.TicketID) tickets.ConsultationID {
	o.T.Helper()
	all, err := tickets.ConsultationsOf(o.ctx(), tx, id)
	must(o.T, err)
	if len(all) == 0 {
		return 0
	}
	return all[0].ID
}

// do does to a case what is done to it before.
func (o *Office) do(name string, made tickets.Ticket, before []Step) {
	o.T.Helper()
	for _, step := range before {
		err := agencies.Everywhere(o.ctx(), o.Pool, func(tx pgx.Tx) error {
			return step.Act.Desk(At{Context: o.ctx(), Office: o, Tx: tx, By: tickets.ByOfficer(o.People[step.Who].ID), Ticket: made})
		})
		if err != nil {
			o.T.Fatalf("%s: before it, %s: %v", name, step.Act.Name, err)
		}
	}
}

// made makes the case of a situation: filed here, or handed over by the other agency.
func (o *Office) made(s Situation, in map[string]forms.Input) (t tickets.Ticket) {
	o.T.Helper()
	if !s.HandedOver {
		return o.FileFor(s.Service, in, s.First != nil)
	}
	there := o.fileAt(o.Other, s.Service, in, false)
	o.Everywhere(func(tx pgx.Tx) error {
		if err := o.Desk.Transfer(o.ctx(), tx, tickets.ByOfficer(o.People[Stranger].ID), there.ID, o.Agency.ID, "สถานที่อยู่ในเขตของเทศบาล"); err != nil {
			return err
		}
		sent, err := tickets.TransfersOf(o.ctx(), tx, there.ID)
		if err != nil {
			return err
		}
		t, err = o.Desk.HandOver(o.ctx(), tx, sent[0].ID)
		return err
	})
	return t
}

// FirstWant is the first document that was asked for in a case; 0: none was.
func (o *Office) FirstWant(id tickets.TicketID) (want tickets.WantID) {
	o.T.Helper()
	o.Within(func(tx pgx.Tx) error {
		all, err := tickets.Wants(o.ctx(), tx, id)
		if err == nil && len(all) > 0 {
			want = all[0].ID
		}
		return err
	})
	return want
}

// document is one of the manual of the service with documents, by its name.
func (o *Office) document() string {
	o.T.Helper()
	form, ok := o.Forms.Find(paper)
	if !ok {
		o.T.Fatalf("there is no service %s", paper)
	}
	for _, f := range form.Fields {
		if f.Files() && f.Issuer != forms.State {
			return f.Label.TH
		}
	}
	o.T.Fatalf("%s asks for no documents", paper)
	return ""
}

// together has two people decide on a service of the agency.
func (o *Office) together() {
	o.T.Helper()
	o.Everywhere(func(tx pgx.Tx) error {
		form, ok := o.Forms.Find(two)
		if !ok {
			o.T.Fatalf("there is no service %s", two)
		}
		seen, err := forms.InForce(o.ctx(), tx, int64(o.Agency.ID), two)
		if err != nil {
			return err
		}
		_, err = forms.Amend(o.ctx(), tx, forms.Made{
			Override: forms.Override{Deciding: forms.Deciding{TwoPerson: true}}, Agency: int64(o.Agency.ID), Form: two, Base: form.Version, At: o.Now(),
		}, seen)
		return err
	})
}

// Allowed is a key with every scope for somebody: what is not let in then is not let in by the role.
func (o *Office) Allowed(who Who) agencies.Bearer {
	o.T.Helper()
	return o.People[who].Bearer
}

// Post sends a form from a browser in which somebody signed in.
func (o *Office) Post(who Who, path string, form url.Values) (status int, location, body string) {
	o.T.Helper()
	browser := o.browser(who)
	return o.post(browser, path, form)
}

func (o *Office) post(browser *http.Client, path string, form url.Values) (status int, location, body string) {
	o.T.Helper()
	r, err := http.NewRequestWithContext(o.ctx(), http.MethodPost, o.Server.URL+path, strings.NewReader(form.Encode()))
	must(o.T, err)
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	resp, err := browser.Do(r)
	must(o.T, err)
	raw, err := io.ReadAll(resp.Body)
	must(o.T, err)
	must(o.T, resp.Body.Close())
	return resp.StatusCode, resp.Header.Get("Location"), string(raw)
}

// browser is one in which somebody signed in at the office's time.
func (o *Office) browser(who Who) *http.Client {
	o.T.Helper()
	name := Who(string(who) + o.Now().Format(time.DateOnly))
	if b := o.seen[name]; b != nil {
		return b
	}
	jar, err := cookiejar.New(nil)
	must(o.T, err)
	b := &http.Client{Jar: jar, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	p := o.People[who]
	code, err := agencies.TOTPCode(p.TOTP, o.Now())
	must(o.T, err)
	if status, _, body := o.post(b, "/admin/sign-in", url.Values{"email": {p.Email}, "password": {Password}, "code": {code}}); status != http.StatusSeeOther {
		o.T.Fatalf("%s cannot sign in: %d %s", who, status, body)
	}
	o.seen[name] = b
	return b
}
