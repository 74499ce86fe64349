package api_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"saphan/agencies"
	"saphan/api"
	"saphan/devkit/rules"
	"saphan/tickets"
)

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// A key that does not work opens nothing, whatever is the matter with it, and says so in Thai and English.
func TestWhoComesIn(t *testing.T) {
	t.Parallel()
	o := rules.Open(t)
	made := o.File("public-problem", nil)
	path := fmt.Sprintf("/tickets/%d", made.ID)
	officer := o.People[rules.Officer]
	if got := o.Get(officer.Bearer, path); got.Status != http.StatusOK {
		t.Fatalf("%d %s", got.Status, got.Body)
	}
	refused := func(name string, key agencies.Bearer, status int, words string) {
		t.Helper()
		got := o.Do(rules.Call{Method: http.MethodGet, Path: path, Key: key})
		if p := got.Problem(t); got.Status != status || p.Status != status || !strings.Contains(p.Detail, words) || p.Title == "" {
			t.Errorf("%s: %d %s", name, got.Status, got.Body)
		}
		if status == http.StatusUnauthorized && !strings.HasPrefix(got.Header.Get("WWW-Authenticate"), "Bearer") {
			t.Errorf("%s: no challenge", name)
		}
	}
	refused("no key", "", http.StatusUnauthorized, "ยังไม่ได้ส่งกุญแจ")
	refused("an unknown one", agencies.NewBearer(), http.StatusUnauthorized, "ใช้ไม่ได้")
	refused("another agency's", o.People[rules.Stranger].Bearer, http.StatusNotFound, "ไม่พบเรื่องนี้")
	refused("one without the scope", o.Key(officer, agencies.ScopeWork), http.StatusForbidden, "tickets:read")

	revoked, late := o.Key(officer, agencies.ScopeTickets), o.Key(o.People[rules.Colleague], agencies.ScopeTickets)
	o.Within(func(tx pgx.Tx) error {
		keys, err := agencies.APIKeys(t.Context(), tx, o.Agency.ID, o.Now())
		if err != nil {
			return err
		}
		for range 2 { // again it changes nothing
			for _, k := range keys {
				if strings.HasSuffix(string(revoked), k.Ending) {
					if err := agencies.RevokeAPIKey(t.Context(), tx, o.People[rules.Head].Officer, k.ID, o.Now()); err != nil {
						return err
					}
				}
			}
		}
		return nil
	})
	refused("a revoked one", revoked, http.StatusUnauthorized, "ใช้ไม่ได้")
	o.Everywhere(func(tx pgx.Tx) error {
		return agencies.DisableOfficer(t.Context(), tx, o.People[rules.Colleague].ID, o.Now())
	})
	refused("one of an officer who was dismissed", late, http.StatusUnauthorized, "ใช้ไม่ได้")
	o.Everywhere(func(tx pgx.Tx) error {
		return agencies.ChangeRole(t.Context(), tx, officer.Officer, agencies.RoleViewer)
	})
	got := o.Act(officer.Bearer, made.ID, "take", nil)
	if p := got.Problem(t); got.Status != http.StatusForbidden || !strings.Contains(p.Detail, "ผู้ดูข้อมูล") {
		t.Errorf("a key whose officer became a viewer takes a case: %d %s", got.Status, got.Body)
	}
	o.Pass(367 * 24 * time.Hour)
	refused("one that has expired", o.People[rules.Head].Bearer, http.StatusUnauthorized, "หมดอายุ")

	english := o.Do(rules.Call{Method: http.MethodGet, Path: path, Header: map[string]string{"Accept-Language": "en"}})
	if p := english.Problem(t); !strings.HasPrefix(p.Detail, "No API key") || p.Type != "urn:saphan:problem:unauthorized" {
		t.Errorf("in English: %s", english.Body)
	}
	if kinds := changes(t, o); !strings.Contains(kinds, string(agencies.APIKeyMade)) || strings.Count(kinds, string(agencies.APIKeyRevoked)) != 1 {
		t.Errorf("the agency's history: %s", kinds)
	}
	if strings.Contains(o.Log.String(), "saphan_") {
		t.Error("a key is in the log")
	}
}

func changes(t *testing.T, o *rules.Office) string {
	t.Helper()
	var kinds []string
	o.Within(func(tx pgx.Tx) error {
		all, err := agencies.Changes(t.Context(), tx, o.Agency.ID)
		for _, c := range all {
			kinds = append(kinds, string(c.Kind))
		}
		return err
	})
	return strings.Join(kinds, ", ")
}

// What a key may be: of an officer of one's own, with no more than that officer may, for a time.
func TestWhichKeysAreMade(t *testing.T) {
	t.Parallel()
	o := rules.Open(t)
	head, viewer := o.People[rules.Head], o.People[rules.Viewer]
	whole := agencies.NewAPIKey{OfficerID: head.ID, Name: "ระบบสารบรรณ", Scopes: []agencies.APIScope{agencies.ScopeDecide}, ExpiresAt: o.Now().AddDate(1, 0, 0)}
	for name, change := range map[string]func(*agencies.NewAPIKey){
		"":             func(*agencies.NewAPIKey) {},
		"ระบุชื่อระบบ": func(n *agencies.NewAPIKey) { n.Name = " " },
		"ยังไม่ได้เลือกขอบเขต": func(n *agencies.NewAPIKey) { n.Scopes = nil },
		"ไม่รู้จักขอบเขต":      func(n *agencies.NewAPIKey) { n.Scopes = []agencies.APIScope{"everything"} },
		"ไม่มีสิทธิ์บันทึกผล":  func(n *agencies.NewAPIKey) { n.OfficerID = viewer.ID },
		"ต้องอยู่ในอนาคต":      func(n *agencies.NewAPIKey) { n.ExpiresAt = o.Now() },
		"ไม่เกินสองปี":         func(n *agencies.NewAPIKey) { n.ExpiresAt = o.Now().AddDate(3, 0, 0) },
		"ไม่พบเจ้าหน้าที่":     func(n *agencies.NewAPIKey) { n.OfficerID = o.People[rules.Stranger].ID },
	} {
		n := whole
		change(&n)
		err := agencies.Within(t.Context(), o.Pool, o.Agency.ID, func(tx pgx.Tx) error {
			k, b, err := agencies.MakeAPIKey(t.Context(), tx, head.Officer, n, "", o.Now())
			if err == nil && (!strings.HasPrefix(string(b), "saphan_") || !strings.HasSuffix(string(b), k.Ending) || strings.Contains(b.String(), k.Ending)) {
				t.Errorf("key %s with ending %s", b, k.Ending)
			}
			return err
		})
		if (err == nil) != (name == "") || err != nil && !strings.Contains(err.Error(), name) {
			t.Errorf("want %q: %v", name, err)
		}
	}
}

// PDP-9: what a key sees of a case follows its scopes, and what is personal leaves its trace (PDP-8).
func TestWhatIsSeen(t *testing.T) {
	t.Parallel()
	o := rules.Open(t)
	made := o.File("public-problem", nil)
	path, officer := fmt.Sprintf("/tickets/%d", made.ID), o.People[rules.Officer]
	thin := o.Get(o.Key(officer, agencies.ScopeTickets), path)
	var c api.Whole
	thin.JSON(t, &c)
	if c.Number != made.Number || c.Status != "open" || c.Queue != "works" || len(c.History) != 1 || len(c.Clocks) == 0 || c.Request != nil || c.Documents != nil {
		t.Errorf("thin: %s", thin.Body)
	}
	if strings.Contains(string(thin.Body), "มาลี") {
		t.Error("a name without the scope for it")
	}
	if n := readings(t, o, made.ID); n != 0 {
		t.Errorf("%d readings of what is not personal", n)
	}
	for range 2 { // the second within the same ten minutes
		whole := o.Get(o.Key(officer, agencies.ScopeTickets, agencies.ScopeAnswers, agencies.ScopeDocuments), path)
		c = api.Whole{}
		whole.JSON(t, &c)
		if c.Request == nil || c.Request.Citizen == "" || len(c.Request.Answers) < 2 {
			t.Errorf("whole: %s", whole.Body)
		}
	}
	if n := readings(t, o, made.ID); n != 1 {
		t.Errorf("%d readings", n)
	}
}

func readings(t *testing.T, o *rules.Office, id tickets.TicketID) (n int) {
	t.Helper()
	o.Within(func(tx pgx.Tx) error {
		return tx.QueryRow(t.Context(), `SELECT count(*) FROM readings WHERE ticket_id = $1 AND reason = 'ระบบของหน่วยงาน: ระบบสารบรรณ'`, id).Scan(&n)
	})
	return n
}

// The history names the officer and the key.
func TestTheHistoryNamesTheKey(t *testing.T) {
	t.Parallel()
	o := rules.Open(t)
	made := o.File("public-problem", nil)
	officer := o.People[rules.Officer]
	if got := o.Act(officer.Bearer, made.ID, "take", nil); got.Status != http.StatusOK {
		t.Fatalf("%d %s", got.Status, got.Body)
	}
	taken := o.Events(made.ID)[1]
	var d tickets.Detail
	must(t, json.Unmarshal(taken.Detail, &d))
	if taken.Actor != fmt.Sprintf("officer %d", officer.ID) || d.Via == 0 {
		t.Errorf("%s %s", taken.Actor, taken.Detail)
	}
	var c api.Whole
	o.Get(officer.Bearer, fmt.Sprintf("/tickets/%d", made.ID)).JSON(t, &c)
	if c.History[1].Via != int64(d.Via) || c.Officer == nil || c.Officer.ID != int64(officer.ID) {
		t.Errorf("%+v", c.History[1])
	}
}

// An act is done once under its name and answered alike, however often it is sent.
func TestActsAreDoneOnce(t *testing.T) {
	t.Parallel()
	o := rules.Open(t)
	made := o.File("public-problem", nil)
	officer := o.People[rules.Officer]
	before := o.ETag(made.ID)
	send := func(name, etag, text string, key agencies.Bearer) rules.Answer {
		return o.Do(rules.Call{Method: http.MethodPost, Path: fmt.Sprintf("/tickets/%d/reply", made.ID), Key: key, Body: api.Words{Text: text}, Header: map[string]string{
			"Idempotency-Key": name, "If-Match": etag,
		}})
	}
	first := send("a", before, "รับเรื่องแล้ว", officer.Bearer)
	again := send("a", before, "รับเรื่องแล้ว", officer.Bearer) // the version has moved on meanwhile
	if first.Status != http.StatusOK || again.Status != http.StatusOK || string(first.Body) != string(again.Body) || first.Header.Get("ETag") != again.Header.Get("ETag") {
		t.Errorf("first %d %s\nagain %d %s", first.Status, first.Body, again.Status, again.Body)
	}
	if first.Header.Get("Idempotent-Replayed") == "true" || again.Header.Get("Idempotent-Replayed") != "true" {
		t.Error("the answer does not say that it is given again")
	}
	if got := o.Kinds(made.ID); got != "created replied" {
		t.Errorf("history: %s", got)
	}
	if got := send("a", before, "คนละเรื่อง", officer.Bearer); got.Problem(t).Type != "urn:saphan:problem:idempotency-key-reused" || got.Status != http.StatusUnprocessableEntity {
		t.Errorf("the name for something else: %d %s", got.Status, got.Body)
	}
	// A name is the key's own, and what was refused is tried anew.
	if got := send("a", "*", "รับเรื่องแล้ว", o.People[rules.Colleague].Bearer); got.Status != http.StatusOK {
		t.Errorf("another key's name: %d %s", got.Status, got.Body)
	}
	if got := send("b", "*", " ", officer.Bearer); got.Status != http.StatusUnprocessableEntity {
		t.Errorf("nothing said: %d %s", got.Status, got.Body)
	}
	if got := send("b", "*", "แก้แล้ว", officer.Bearer); got.Status != http.StatusOK {
		t.Errorf("after a refusal: %d %s", got.Status, got.Body)
	}
	o.Pass(25 * time.Hour)
	if got := send("a", "*", "วันใหม่", officer.Bearer); got.Status != http.StatusOK {
		t.Errorf("a day later: %d %s", got.Status, got.Body)
	}
	if got := o.Kinds(made.ID); got != "created replied replied replied replied" {
		t.Errorf("history: %s", got)
	}
}

// Who sends again while the first is under way is told so at once.
func TestAnActInFlight(t *testing.T) {
	t.Parallel()
	o := rules.Open(t)
	made := o.File("public-problem", nil)
	officer := o.People[rules.Officer]
	seen := o.ETag(made.ID)
	held, err := o.Pool.Begin(t.Context())
	must(t, err)
	_, err = held.Exec(t.Context(), `SET LOCAL app.agency = 'all'; SELECT FROM tickets FOR UPDATE`)
	must(t, err)
	call := rules.Call{Method: http.MethodPost, Path: fmt.Sprintf("/tickets/%d/take", made.ID), Key: officer.Bearer, Header: map[string]string{
		"Idempotency-Key": "x", "If-Match": seen,
	}}
	first := make(chan rules.Answer)
	go func() { first <- o.Do(call) }()
	for { // until the first has its name, it waits for the case
		var waits bool
		must(t, o.Pool.QueryRow(t.Context(), `SELECT EXISTS (SELECT FROM pg_locks WHERE locktype = 'advisory' AND database = (SELECT oid FROM pg_database WHERE datname = current_database()))`).Scan(&waits))
		if waits {
			break
		}
	}
	if got := o.Do(call); got.Status != http.StatusConflict || got.Problem(t).Type != "urn:saphan:problem:in-flight" {
		t.Errorf("meanwhile: %d %s", got.Status, got.Body)
	}
	must(t, held.Rollback(t.Context()))
	if got := <-first; got.Status != http.StatusOK {
		t.Errorf("first: %d %s", got.Status, got.Body)
	}
	if got := o.Do(call); got.Status != http.StatusOK || o.Kinds(made.ID) != "created taken" {
		t.Errorf("after: %d %s", got.Status, got.Body)
	}
}

// Nobody acts on a case that has moved on, or without having read it.
func TestOnlyOfTheCaseAsItWasSeen(t *testing.T) {
	t.Parallel()
	o := rules.Open(t)
	made := o.File("public-problem", nil)
	officer := o.People[rules.Officer]
	seen := o.ETag(made.ID)
	send := func(header map[string]string) rules.Answer {
		return o.Do(rules.Call{Method: http.MethodPost, Path: fmt.Sprintf("/tickets/%d/take", made.ID), Key: officer.Bearer, Header: header})
	}
	for name, tt := range map[string]struct {
		header map[string]string
		status int
		sort   string
	}{
		"nothing":     {nil, http.StatusBadRequest, "idempotency-key-missing"},
		"no name":     {map[string]string{"If-Match": seen}, http.StatusBadRequest, "idempotency-key-missing"},
		"no version":  {map[string]string{"Idempotency-Key": "1"}, http.StatusPreconditionRequired, "if-match-missing"},
		"another":     {map[string]string{"Idempotency-Key": "2", "If-Match": `"x"`}, http.StatusPreconditionFailed, "case-changed"},
		"a weak one":  {map[string]string{"Idempotency-Key": "3", "If-Match": "W/" + seen}, http.StatusPreconditionFailed, "case-changed"},
		"a long name": {map[string]string{"Idempotency-Key": strings.Repeat("x", 256), "If-Match": seen}, http.StatusBadRequest, "malformed"},
	} {
		if got := send(tt.header); got.Status != tt.status || got.Problem(t).Type != "urn:saphan:problem:"+tt.sort {
			t.Errorf("%s: %d %s", name, got.Status, got.Body)
		}
	}
	o.Within(func(tx pgx.Tx) error {
		return o.Desk.Note(t.Context(), tx, tickets.ByOfficer(o.People[rules.Colleague].ID), made.ID, "โทรหาแล้ว")
	})
	if got := send(map[string]string{"Idempotency-Key": "4", "If-Match": seen}); got.Status != http.StatusPreconditionFailed {
		t.Errorf("after a note: %d %s", got.Status, got.Body)
	}
	if got := send(map[string]string{"Idempotency-Key": "4", "If-Match": `"x", ` + o.ETag(made.ID)}); got.Status != http.StatusOK || got.Header.Get("ETag") != o.ETag(made.ID) {
		t.Errorf("one of two: %d %s", got.Status, got.Body)
	}
}

// What does not match the description is named, part by part, and nothing of it is repeated.
func TestWhatIsSentIsChecked(t *testing.T) {
	t.Parallel()
	o := rules.Open(t)
	made := o.File("public-problem", nil)
	officer := o.People[rules.Officer]
	for body, want := range map[string]struct {
		status int
		where  string
	}{
		`{"text": "x", "secret": "1234545678781"}`: {http.StatusUnprocessableEntity, "body.secret"},
		`{"text": 7}`: {http.StatusUnprocessableEntity, "body.text"},
		`{`:           {http.StatusBadRequest, ""},
		`{"text": "` + strings.Repeat("ก", 30<<10) + `"}`: {http.StatusRequestEntityTooLarge, ""},
	} {
		got := o.Act(officer.Bearer, made.ID, "reply", json.RawMessage(body))
		p := got.Problem(t)
		if got.Status != want.status || want.where != "" && (len(p.Errors) == 0 || p.Errors[0].Where != want.where) || strings.Contains(string(got.Body), "1234545678781") {
			t.Errorf("%.40s: %d %s", body, got.Status, got.Body)
		}
	}
	got := o.Do(rules.Call{Method: http.MethodGet, Path: "/tickets?colour=red", Key: officer.Bearer})
	if got.Status != http.StatusUnprocessableEntity {
		t.Errorf("an unknown question: %d %s", got.Status, got.Body)
	}
	for _, c := range []rules.Call{{Method: http.MethodGet, Path: "/nowhere"}, {Method: http.MethodDelete, Path: "/tickets"}, {Method: http.MethodGet, Path: "/tickets/999999"}} {
		c.Key = officer.Bearer
		if got := o.Do(c); got.Problem(t).Status != got.Status || got.Status != http.StatusNotFound && got.Status != http.StatusMethodNotAllowed {
			t.Errorf("%s %s: %d %s", c.Method, c.Path, got.Status, got.Body)
		}
	}
	if o.Kinds(made.ID) != "created" || strings.Contains(o.Log.String(), "level=ERROR") {
		t.Errorf("history %s, log %s", o.Kinds(made.ID), o.Log)
	}
}

// Every case comes once, however many pages it takes and whatever happens between them; what changed comes again.
func TestList(t *testing.T) {
	t.Parallel()
	o := rules.Open(t)
	officer := o.People[rules.Officer]
	var made []tickets.Ticket
	for range 5 {
		made = append(made, o.File("public-problem", nil))
		o.Pass(time.Minute)
	}
	o.File("question", nil)
	list := func(query string) (numbers []string, next string) {
		t.Helper()
		got := o.Get(officer.Bearer, "/tickets"+query)
		var page api.ListedBody
		got.JSON(t, &page)
		if got.Status != http.StatusOK || (page.Next == "") != (got.Header.Get("Link") == "") {
			t.Fatalf("%s: %d %s %s", query, got.Status, got.Body, got.Header.Get("Link"))
		}
		for _, c := range page.Tickets {
			numbers = append(numbers, c.Number)
		}
		return numbers, page.Next
	}
	var all []string
	for query := "?queue=works&limit=2"; ; {
		numbers, next := list(query)
		all = append(all, numbers...)
		if next == "" {
			break
		}
		query = "?queue=works&limit=2&cursor=" + next
	}
	if len(all) != 5 || all[0] != made[0].Number || all[4] != made[4].Number {
		t.Errorf("pages: %v", all)
	}
	since := o.Now().UTC().Format(time.RFC3339)
	o.Within(func(tx pgx.Tx) error {
		return o.Desk.Take(t.Context(), tx, tickets.ByOfficer(officer.ID), made[1].ID)
	})
	if got, _ := list("?status=accepted&updated_since=" + since); len(got) != 1 || got[0] != made[1].Number {
		t.Errorf("what changed: %v", got)
	}
	if got, _ := list("?status=open"); len(got) != 5 {
		t.Errorf("open: %v", got)
	}
	var page api.ListedBody
	o.Get(o.People[rules.Stranger].Bearer, "/tickets").JSON(t, &page)
	if len(page.Tickets) != 0 {
		t.Errorf("another agency sees %d", len(page.Tickets))
	}
	for _, query := range []string{"?queue=nowhere", "?cursor=x", "?limit=0", "?limit=201", "?updated_since=yesterday"} {
		if got := o.Get(officer.Bearer, "/tickets"+query); got.Status != http.StatusUnprocessableEntity {
			t.Errorf("%s: %d %s", query, got.Status, got.Body)
		}
	}
}

// Who asks too fast waits, each key by itself, and hears how long.
func TestPace(t *testing.T) {
	t.Parallel()
	o := rules.Open(t, func(d *api.Deps) { d.Pace = api.Pace{Burst: 3, PerSecond: 0.5} })
	officer, colleague := o.People[rules.Officer].Bearer, o.People[rules.Colleague].Bearer
	for range 3 {
		if got := o.Get(officer, "/tickets"); got.Status != http.StatusOK {
			t.Fatalf("%d %s", got.Status, got.Body)
		}
	}
	got := o.Get(officer, "/tickets")
	if got.Status != http.StatusTooManyRequests || got.Header.Get("Retry-After") != "2" || !strings.Contains(got.Problem(t).Detail, "2 วินาที") {
		t.Errorf("%d %v %s", got.Status, got.Header, got.Body)
	}
	if got := o.Get(colleague, "/tickets"); got.Status != http.StatusOK {
		t.Errorf("another key: %d", got.Status)
	}
	o.Pass(2 * time.Second)
	if got := o.Get(officer, "/tickets"); got.Status != http.StatusOK {
		t.Errorf("after the wait: %d", got.Status)
	}
	for range 3 {
		o.Get("saphan_nothing", "/tickets")
	}
	if got := o.Get("saphan_nothing", "/tickets"); got.Status != http.StatusTooManyRequests {
		t.Errorf("who has no key asks on and on: %d", got.Status)
	}
}
