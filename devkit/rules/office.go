// Package rules is one table of what may be done to a case, by whom and when, with an office at which it can be tried in
// every way there is: at the desk itself, by the officers' pages and by the API. The ways must not differ.
package rules

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/go-chi/chi/v5"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/riverqueue/river"
	"github.com/riverqueue/river/riverdriver/riverpgxv5"

	"saphan/admin"
	"saphan/agencies"
	"saphan/api"
	"saphan/bot/line"
	"saphan/citizens"
	"saphan/files"
	"saphan/forms"
	"saphan/internal/pgtest"
	"saphan/internal/secret"
	"saphan/internal/thai"
	"saphan/payments"
	"saphan/tickets"
)

// Start is a Monday morning, at which every office opens.
var Start = time.Date(2026, time.November, 23, 10, 0, 0, 0, thai.Bangkok())

// Password of everybody who works at an office.
const Password = "รหัสผ่านสำหรับทดสอบ"

// Who works at an office.
type Who string

// Those who work there; the stranger is the head of another agency.
const (
	Officer   Who = "officer"
	Colleague Who = "colleague"
	Head      Who = "head"
	Cashier   Who = "cashier"
	Viewer    Who = "viewer"
	Stranger  Who = "stranger"
)

// Person is somebody who works there, with what it takes to come in.
type Person struct {
	agencies.Officer
	TOTP   string
	Bearer agencies.Bearer // a key with every scope that the role allows
}

// Office is an agency at work, on a database of its own, with its pages and its API.
type Office struct {
	T             testing.TB
	Pool          *pgxpool.Pool
	Desk          *tickets.Desk
	Forms         *forms.Catalog
	Files         *files.Store
	Box           secret.Box
	API           *api.API
	Admin         *admin.Admin
	Server        *httptest.Server
	Agency, Other agencies.Agency
	Queues        map[string]agencies.Queue
	People        map[Who]*Person
	Log           *bytes.Buffer // what the pages and the API logged
	First         string        // number of the case that the appeal of the situation goes against

	clock     atomic.Int64
	drafts    atomic.Int64
	seen      map[Who]*http.Client // browsers in which somebody signed in
	elsewhere agencies.QueueID     // of the other agency
	said      []byte               // the API's description of itself
}

// Option changes what an office is made of.
type Option func(*api.Deps)

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// Open opens an office for a test.
func Open(t testing.TB, options ...Option) *Office {
	t.Helper()
	o := &Office{T: t, Pool: pgtest.DB(t), Queues: map[string]agencies.Queue{}, People: map[Who]*Person{}, Log: &bytes.Buffer{}, seen: map[Who]*http.Client{}}
	o.clock.Store(Start.UnixMicro())
	var err error
	o.Box, err = secret.Parse(secret.Generate())
	must(t, err)
	o.Forms, err = forms.Ready()
	must(t, err)
	jobs, err := river.NewClient(riverpgxv5.New(nil), &river.Config{})
	must(t, err)
	o.Desk = tickets.NewDesk(jobs, o.Forms, "https://saphan.example", o.Now)
	d := api.Deps{
		DB: o.Pool, Desk: o.Desk, Files: o.noFiles(), Till: payments.NewTill(jobs, o.Now), Now: o.Now, Logger: slog.New(slog.NewTextHandler(o.Log, nil)),
		BaseURL: "https://saphan.example", Pace: api.Pace{Burst: 100_000, PerSecond: 1000},
	}
	for _, option := range options {
		option(&d)
	}
	o.Files = d.Files
	o.API, err = api.New(d)
	must(t, err)
	o.Admin, err = admin.New(admin.Deps{
		DB: o.Pool, Desk: o.Desk, Files: o.Files, Forms: o.Forms, Box: o.Box, Now: o.Now, Logger: d.Logger, BaseURL: "http://127.0.0.1",
		Bell: admin.NewBell(slog.New(slog.DiscardHandler)), Messenger: line.NewChannel("http://127.0.0.1:1", "http://127.0.0.1:1"), Jobs: jobs,
	})
	must(t, err)
	o.settle()
	r := chi.NewRouter()
	r.Route(admin.Base, o.Admin.Routes)
	r.Route(api.Base, o.API.Routes)
	o.Server = httptest.NewServer(r)
	t.Cleanup(o.Server.Close)
	return o
}

// noFiles is a store that nobody speaks to.
func (o *Office) noFiles() *files.Store {
	o.T.Helper()
	store, err := files.New(files.Config{
		Endpoint: "127.0.0.1:1", Region: "us-east-1", Bucket: "none", AccessKey: "none", SecretKey: "none", Insecure: true,
	}, o.Box, slog.New(slog.DiscardHandler))
	must(o.T, err)
	return store
}

// Now is what the office's clock shows.
func (o *Office) Now() time.Time { return time.UnixMicro(o.clock.Load()).In(thai.Bangkok()) }

// Pass lets time pass.
func (o *Office) Pass(d time.Duration) { o.clock.Add(d.Microseconds()) }

func (o *Office) ctx() context.Context { return o.T.Context() }

// Everywhere is a transaction over all agencies.
func (o *Office) Everywhere(fn func(tx pgx.Tx) error) {
	o.T.Helper()
	must(o.T, agencies.Everywhere(o.ctx(), o.Pool, fn))
}

// Within is a transaction of the agency.
func (o *Office) Within(fn func(tx pgx.Tx) error) {
	o.T.Helper()
	must(o.T, agencies.Within(o.ctx(), o.Pool, o.Agency.ID, fn))
}

// settle makes the agencies and who works there.
func (o *Office) settle() {
	o.T.Helper()
	o.Everywhere(func(tx pgx.Tx) (err error) {
		ctx := o.ctx()
		if o.Agency, err = agencies.Create(ctx, tx, agencies.Agency{Code: "TB", Name: "เทศบาลตำบลตัวอย่าง", Kind: "เทศบาล", Signer: "นายกเทศมนตรี"}); err != nil {
			return err
		}
		if o.Other, err = agencies.Create(ctx, tx, agencies.Agency{Code: "OT", Name: "อบต.ตัวอย่างใต้", Kind: "อบต."}); err != nil {
			return err
		}
		for key, form := range map[string]string{"permits": "hazardous-business", "works": "public-problem", "general": "question", "waste": "waste-collection"} {
			if o.Queues[key], err = agencies.CreateQueue(ctx, tx, o.Agency.ID, key, key); err != nil {
				return err
			}
			if err := agencies.SetRoute(ctx, tx, o.Agency.ID, form, o.Queues[key].ID); err != nil {
				return err
			}
		}
		elsewhere, err := agencies.CreateQueue(ctx, tx, o.Other.ID, "elsewhere", "ที่อื่น")
		o.elsewhere = elsewhere.ID
		return err
	})
	o.together()
	for who, role := range map[Who]agencies.Role{
		Officer: agencies.RoleOfficer, Colleague: agencies.RoleOfficer, Head: agencies.RoleHead, Cashier: agencies.RoleCashier, Viewer: agencies.RoleViewer,
	} {
		o.People[who] = o.employ(o.Agency, who, role)
	}
	o.People[Stranger] = o.employ(o.Other, Stranger, agencies.RoleHead)
}

// employ adds somebody, with a key.
func (o *Office) employ(a agencies.Agency, who Who, role agencies.Role) *Person {
	o.T.Helper()
	email := string(who) + "@" + strings.ToLower(a.Code) + ".example"
	totp, err := agencies.NewTOTP(email)
	must(o.T, err)
	p := &Person{TOTP: totp}
	var scopes []agencies.APIScope
	for _, s := range agencies.APIScopes() {
		if role.Can(s.Needs()) {
			scopes = append(scopes, s)
		}
	}
	o.Everywhere(func(tx pgx.Tx) (err error) {
		p.Officer, err = agencies.CreateOfficer(o.ctx(), tx, o.Box, agencies.NewOfficer{
			AgencyID: a.ID, Email: email, Name: string(who) + " ตัวอย่าง", Role: role, Password: Password, TOTP: totp,
		})
		return err
	})
	p.Bearer = o.Key(p, scopes...)
	return p
}

// Key makes a key for somebody; the one who makes it is that very person, which only the pages forbid.
func (o *Office) Key(p *Person, scopes ...agencies.APIScope) (b agencies.Bearer) {
	o.T.Helper()
	o.Everywhere(func(tx pgx.Tx) (err error) {
		_, b, err = agencies.MakeAPIKey(o.ctx(), tx, p.Officer, agencies.NewAPIKey{
			OfficerID: p.ID, Name: "ระบบสารบรรณ", Scopes: scopes, ExpiresAt: o.Now().AddDate(1, 0, 0),
		}, "", o.Now())
		return err
	})
	return b
}

// File hands in a request as a citizen does in the chat, and makes its case.
func (o *Office) File(key forms.Key, in map[string]forms.Input) tickets.Ticket {
	o.T.Helper()
	return o.FileFor(key, in, false)
}

// FileFor is the same for another citizen, or for the one of the request before.
func (o *Office) FileFor(key forms.Key, in map[string]forms.Input, same bool) tickets.Ticket {
	o.T.Helper()
	return o.fileAt(o.Agency, key, in, same)
}

func (o *Office) fileAt(at agencies.Agency, key forms.Key, in map[string]forms.Input, same bool) (t tickets.Ticket) {
	o.T.Helper()
	form, ok := o.Forms.Find(key)
	if !ok {
		o.T.Fatalf("there is no service %s", key)
	}
	n := o.drafts.Add(1)
	who := n
	if same {
		who--
	}
	o.Everywhere(func(tx pgx.Tx) error {
		answers, err := o.answers(form, in)
		if err != nil {
			return err
		}
		person, err := citizens.Resolve(o.ctx(), tx, "line", "tb", fmt.Sprintf("U%032d", who))
		if err != nil {
			return err
		}
		id, err := o.Desk.Submit(o.ctx(), tx, tickets.Submission{
			Draft: fmt.Sprintf("draft %d", n), CitizenID: int64(person.CitizenID), CitizenName: "นางมาลี ตัวอย่าง",
			AgencyID: at.ID, Form: form.Key, Version: form.Version, Answers: answers, EnteredAt: o.Now(),
		})
		if err != nil {
			return err
		}
		made, err := o.Desk.Route(o.ctx(), tx, id)
		t = made.Ticket
		return err
	})
	return t
}

// answers fills a form from what is given, and from its own examples where nothing is; files are left out.
func (o *Office) answers(form *forms.Form, in map[string]forms.Input) ([]forms.Answer, error) {
	var all []forms.Answer
	skipped := map[string]bool{}
	for {
		missing := form.Missing(all)
		for len(missing) > 0 && skipped[missing[0].Key] {
			missing = missing[1:]
		}
		if len(missing) == 0 {
			return all, nil
		}
		f := missing[0]
		if f.Files() {
			skipped[f.Key] = true
			continue
		}
		a, err := f.Check(o.input(f, in[f.Key]))
		if err != nil {
			return nil, errors.Join(fmt.Errorf("field %s", f.Key), err)
		}
		all = append(all, a)
	}
}

// input is an answer to a field.
func (o *Office) input(f forms.Field, in forms.Input) forms.Input {
	in.Now = o.Now()
	switch {
	case f.Continues() && in.Choice == "":
		in.Choice = forms.MoreNo
	case (f.Kind == forms.ChoiceField || f.Kind == forms.ChoicesField) && in.Choice == "":
		in.Choice = f.Choices[0].Value
	case f.Kind == forms.LocationField && in.Place == nil:
		lat, lon := 13.75, 100.5
		in.Place = &forms.Place{Title: "หน้าโรงเรียนตัวอย่าง", Latitude: &lat, Longitude: &lon}
	case in.Text == "":
		in.Text = f.Example.TH
	}
	return in
}

// Ticket reads a case as it is now.
func (o *Office) Ticket(id tickets.TicketID) (t tickets.Ticket) {
	o.T.Helper()
	o.Within(func(tx pgx.Tx) (err error) {
		t, err = tickets.Find(o.ctx(), tx, id)
		return err
	})
	return t
}

// Events are the lines of a case's history.
func (o *Office) Events(id tickets.TicketID) (all []tickets.Event) {
	o.T.Helper()
	o.Within(func(tx pgx.Tx) (err error) {
		all, err = tickets.History(o.ctx(), tx, id)
		return err
	})
	return all
}

// Kinds are what happened to a case, in order.
func (o *Office) Kinds(id tickets.TicketID) string {
	o.T.Helper()
	var kinds []string
	for _, e := range o.Events(id) {
		kinds = append(kinds, string(e.Kind))
	}
	return strings.Join(kinds, " ")
}

// Answer is what came back from the API.
type Answer struct {
	Status int
	Header http.Header
	Body   []byte
}

// JSON reads the body.
func (a Answer) JSON(t testing.TB, into any) {
	t.Helper()
	if err := json.Unmarshal(a.Body, into); err != nil {
		t.Fatalf("%v in %s", err, a.Body)
	}
}

// Problem reads the body as what went wrong.
func (a Answer) Problem(t testing.TB) (p api.Problem) {
	t.Helper()
	if got := a.Header.Get("Content-Type"); got != "application/problem+json" {
		t.Fatalf("%d with %s, no problem: %s", a.Status, got, a.Body)
	}
	a.JSON(t, &p)
	return p
}
