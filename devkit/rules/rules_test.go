package rules_test

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"html"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/go-chi/chi/v5"
	"github.com/jackc/pgx/v5"

	"saphan/admin"
	"saphan/agencies"
	"saphan/api"
	"saphan/devkit/rules"
	"saphan/internal/fault"
	"saphan/internal/pgtest"
	"saphan/tickets"
)

func TestMain(m *testing.M) { pgtest.Main(m) }

// came is what came of an act: it was refused with a kind and a sentence, or not.
type came struct {
	kind fault.Kind
	says string
}

// try runs the table by one way.
func try(t *testing.T, way func(o *rules.Office, s rules.Situation, made tickets.Ticket) (came, bool)) {
	t.Helper()
	o := rules.Open(t)
	table := o.Table()
	slices.SortStableFunc(table, func(a, b rules.Situation) int { return int(a.Later - b.Later) }) // time goes forward only
	names := map[string]bool{}
	for _, s := range table {
		if names[s.Name] {
			t.Errorf("two situations are called %q", s.Name)
		}
		names[s.Name] = true
		made := o.Prepare(s)
		before := o.Kinds(made.ID)
		got, tried := way(o, s, made)
		if !tried {
			continue
		}
		if got.kind != s.Refused || !strings.Contains(got.says, s.Says) {
			t.Errorf("%s: refused as %q with %q, want %q with %q", s.Name, got.kind, got.says, s.Refused, s.Says)
			continue
		}
		after, more := o.Ticket(made.ID), strings.TrimSpace(strings.TrimPrefix(o.Kinds(made.ID), before))
		switch {
		case s.Refused != "" && (more != "" || after.Status != made.Status):
			t.Errorf("%s: it was refused and done: %s %s", s.Name, after.Status, more)
		case s.Refused == "" && (last(more) != string(s.Event) || after.Status != s.Status):
			t.Errorf("%s: %s with %q, want %s with %q", s.Name, after.Status, more, s.Status, s.Event)
		}
	}
}

// last is what happened last, of what happened.
func last(kinds string) string { return kinds[strings.LastIndex(kinds, " ")+1:] }

// The rules at the desk itself.
func TestAtTheDesk(t *testing.T) {
	t.Parallel()
	try(t, func(o *rules.Office, s rules.Situation, made tickets.Ticket) (came, bool) {
		if s.Door {
			return came{}, false
		}
		err := agencies.Within(t.Context(), o.Pool, o.Agency.ID, func(tx pgx.Tx) error {
			return s.Act.Desk(rules.At{Context: t.Context(), Office: o, Tx: tx, By: tickets.ByOfficer(o.People[s.Who].ID), Ticket: made})
		})
		return cameOf(err), true
	})
}

func cameOf(err error) came {
	var f *fault.Error
	switch {
	case err == nil:
		return came{}
	case errors.As(err, &f):
		return came{f.Kind, f.Message}
	default:
		return came{fault.Internal, err.Error()}
	}
}

// The rules by the officers' pages, as a browser without JavaScript sends their forms.
func TestByThePages(t *testing.T) {
	t.Parallel()
	try(t, func(o *rules.Office, s rules.Situation, made tickets.Ticket) (came, bool) {
		if s.Act.Page == "" {
			return came{}, false
		}
		form := url.Values{"key": {rand.Text()}}
		var asked tickets.ConsultationID
		o.Within(func(tx pgx.Tx) error { asked = o.FirstConsultation(tx, made.ID); return nil })
		here := strings.NewReplacer("{want}", strconv.FormatInt(int64(o.FirstWant(made.ID)), 10), "{n}", "1", "{first}", o.First, "{case}", strconv.FormatInt(int64(made.ID), 10), "{consultation}", strconv.FormatInt(int64(asked), 10))
		for name, values := range s.Act.Form {
			for _, v := range values {
				form.Add(name, here.Replace(v))
			}
		}
		path := fmt.Sprintf("/admin/tickets/%d/%s", made.ID, here.Replace(s.Act.Page))
		status, location, body := o.Post(s.Who, path, form)
		switch {
		case status == http.StatusSeeOther && strings.HasPrefix(location, fmt.Sprintf("/admin/tickets/%d?done=", made.ID)):
			return came{}, true
		case status == http.StatusSeeOther:
			t.Fatalf("%s: sent to %s", s.Name, location)
		}
		return came{kindOf(status), html.UnescapeString(body)}, true
	})
}

// kindOf is the kind of fault that a status says.
func kindOf(status int) fault.Kind {
	for _, k := range []fault.Kind{fault.Invalid, fault.NotFound, fault.Conflict, fault.Forbidden, fault.Unauthorized, fault.TooLarge, fault.Unavailable, fault.Internal} {
		if k.Status() == status {
			return k
		}
	}
	return fault.Kind(strconv.Itoa(status))
}

// The rules by the API.
func TestByTheAPI(t *testing.T) {
	t.Parallel()
	try(t, func(o *rules.Office, s rules.Situation, made tickets.Ticket) (came, bool) {
		if s.Act.Call == "" {
			return came{}, false
		}
		body := s.Act.Body
		if again, ok := body.(api.AgainOf); ok {
			again.Want = int64(o.FirstWant(made.ID))
			body = again
		}
		got := o.Act(o.Allowed(s.Who), made.ID, s.Act.Call, body)
		if got.Status == http.StatusOK {
			return came{}, true
		}
		p := got.Problem(t)
		return came{kindOf(p.Status), p.Detail}, true
	})
}

// Every act of the pages and of the API on a case is in the table, or here with why it is not.
func TestEveryActIsInTheTable(t *testing.T) {
	t.Parallel()
	elsewhere := map[string]string{
		"why": "says why a colleague's case is opened; the case does not change", "seen": "marks news as read; the case does not change",
		"check": "ticks off the checklist that only the page shows", "send-again": "has a message sent again that failed; only the page shows it",
		"identity": "what an officer saw of a person's papers is no act on the case", "identity/{proof}": "the same",
		"evidence":   "asks for a bundle; the case does not change",
		"photograph": "a picture and no form: the page sends it with an approval, and the API's own test tries it",
	}
	o := rules.Open(t)
	pages, calls := map[string]bool{}, map[string]bool{}
	for _, s := range o.Table() {
		pages[s.Act.Page], calls[s.Act.Call] = true, true
	}
	r := chi.NewRouter()
	r.Route(admin.Base, o.Admin.Routes)
	err := chi.Walk(r, func(method, route string, _ http.Handler, _ ...func(http.Handler) http.Handler) error {
		act, ok := strings.CutPrefix(route, "/admin/tickets/{ticket}/")
		if method == http.MethodPost && ok && !pages[act] && elsewhere[act] == "" && !strings.HasPrefix(act, "fee/") { // money has rules of its own
			t.Errorf("no situation of the table sends a form to %s", route)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	var said struct {
		Paths map[string]map[string]any `json:"paths"`
	}
	resp, err := http.DefaultClient.Do(request(t.Context(), o.Server.URL+api.Base+"/openapi.json"))
	if err != nil {
		t.Fatal(err)
	}
	raw, err := io.ReadAll(resp.Body)
	if err := errors.Join(err, resp.Body.Close(), json.Unmarshal(raw, &said)); err != nil {
		t.Fatal(err)
	}
	acts := 0
	for path, methods := range said.Paths {
		act, ok := strings.CutPrefix(path, "/tickets/{ticket}/")
		if _, posts := methods["post"]; !ok || !posts {
			continue
		}
		acts++
		if !calls[act] && elsewhere[act] == "" {
			t.Errorf("no situation of the table calls %s", path)
		}
	}
	if acts < 15 {
		t.Errorf("the API describes only %d acts", acts)
	}
}

func request(ctx context.Context, address string) *http.Request {
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		return &http.Request{}
	}
	return r
}
