package admin_test

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/go-chi/chi/v5"

	"saphan/admin"
	"saphan/agencies"
	"saphan/tickets"
)

// rule is what a route asks for; open ones ask for nothing, or answer somebody without a session by
// themselves.
type rule struct {
	needs agencies.Permission
	open  bool
}

// rules has a row for every route: a new one fails the tests until its row is written.
func rules() map[string]rule {
	read, work, decide := rule{needs: agencies.ReadTickets}, rule{needs: agencies.WorkTickets}, rule{needs: agencies.DecideTickets}
	keep := rule{needs: agencies.KeepBreaches}
	manage, money := rule{needs: agencies.ManageAgency}, rule{needs: agencies.TakeMoney}
	return map[string]rule{
		"GET /admin/assets/{hash}/{name}": {open: true}, "GET /admin/sign-in": {open: true}, "POST /admin/sign-in": {open: true},
		"POST /admin/sign-out": {open: true}, "POST /admin/sign-out-everywhere": {open: true},
		"GET /admin/join": {open: true}, "POST /admin/join": {open: true},
		"GET /admin/settings": manage, "GET /admin/channels": manage, "GET /admin/channels/new": manage, "POST /admin/channels/new": manage, "GET /admin/channels/{channel}": manage,
		"POST /admin/channels/{channel}/check": manage, "POST /admin/channels/{channel}/webhook": manage, "POST /admin/channels/{channel}/secret": manage,
		"POST /admin/channels/{channel}/tokens": manage, "POST /admin/channels/{channel}/key": manage,
		"POST /admin/channels/{channel}/announce": manage, "POST /admin/channels/{channel}/unannounce": manage,
		"POST /admin/channels/{channel}/pause": manage, "POST /admin/channels/{channel}/resume": manage, "POST /admin/channels/{channel}/remove": manage,
		"GET /admin/officers": manage, "POST /admin/officers": manage, "POST /admin/officers/{officer}/invite": manage,
		"POST /admin/officers/{officer}/post": manage, "GET /admin/delegations": manage, "POST /admin/delegations": manage, "POST /admin/delegations/{delegation}/end": manage,
		"GET /admin/api-keys": manage, "POST /admin/api-keys": manage, "POST /admin/api-keys/{key}/revoke": manage,
		"POST /admin/officers/{officer}/role": manage, "POST /admin/officers/{officer}/disable": manage, "POST /admin/officers/{officer}/enable": manage,
		"GET /admin/officers/duty": manage, "POST /admin/officers/share": manage, "POST /admin/officers/{officer}/skills": manage, "POST /admin/officers/away": manage,
		"POST /admin/officers/away/{absence}/end": manage, "GET /admin/on-call": manage, "POST /admin/on-call": manage, "POST /admin/on-call/phones/{officer}": manage, "POST /admin/on-call/try": manage, "GET /admin/routing": manage, "POST /admin/routing": manage, "GET /admin/routing/trials/{trial}": manage,
		"POST /admin/routing/trials/{trial}": manage, "GET /admin/areas": manage, "POST /admin/areas/read": manage, "POST /admin/areas": manage, "POST /admin/areas/{area}/end": manage,
		"GET /admin/disposals": manage, "POST /admin/disposals": manage,
		"GET /admin/changes": manage,
		"GET /admin/live":    read, "GET /admin/": read, "GET /admin/list": read, "POST /admin/here": read,
		"GET /admin/tickets/{ticket}": read, "GET /admin/tickets/{ticket}/live": read, "POST /admin/tickets/{ticket}/why": read,
		"POST /admin/tickets/{ticket}/seen": work, "POST /admin/tickets/{ticket}/take": work, "POST /admin/tickets/{ticket}/release": work,
		"GET /admin/tickets/{ticket}/mark-urgent": work, "POST /admin/tickets/{ticket}/mark-urgent": work,
		"GET /admin/tickets/{ticket}/unmark-urgent": work, "POST /admin/tickets/{ticket}/unmark-urgent": work,
		"POST /admin/tickets/{ticket}/merge": work, "POST /admin/tickets/{ticket}/unmerge": work,
		"POST /admin/tickets/{ticket}/reply": work, "POST /admin/tickets/{ticket}/send-again": work,
		"GET /admin/tickets/{ticket}/note": work, "POST /admin/tickets/{ticket}/note": work,
		"GET /admin/tickets/{ticket}/move": work, "POST /admin/tickets/{ticket}/move": work,
		"GET /admin/tickets/{ticket}/transfer": work, "POST /admin/tickets/{ticket}/transfer": work, "GET /admin/tickets/{ticket}/refer": work, "POST /admin/tickets/{ticket}/refer": work,
		"POST /admin/tickets/{ticket}/take-over": work, "GET /admin/tickets/{ticket}/bounce": work, "POST /admin/tickets/{ticket}/bounce": work,
		"GET /admin/tickets/{ticket}/move-back": work, "POST /admin/tickets/{ticket}/move-back": work,
		"GET /admin/tickets/{ticket}/ask": work, "POST /admin/tickets/{ticket}/ask": work,
		"GET /admin/tickets/{ticket}/wants/{want}": work, "POST /admin/tickets/{ticket}/wants/{want}": work,
		"GET /admin/tickets/{ticket}/lengthen": work, "POST /admin/tickets/{ticket}/lengthen": work,
		"GET /admin/tickets/{ticket}/return": decide, "POST /admin/tickets/{ticket}/return": decide,
		"GET /admin/asked-again": {needs: agencies.LeadTickets}, "GET /admin/asked-again/register.csv": {needs: agencies.LeadTickets},
		"POST /admin/tickets/{ticket}/complete": work, "GET /admin/tickets/{ticket}/extend": decide, "POST /admin/tickets/{ticket}/extend": decide,
		"GET /admin/tickets/{ticket}/letter/{n}": work, "POST /admin/tickets/{ticket}/letter/{n}": work,
		"GET /admin/tickets/{ticket}/evidence": work, "POST /admin/tickets/{ticket}/evidence": work, "GET /admin/tickets/{ticket}/evidence/{bundle}": work,
		"GET /admin/mandates": work, "GET /admin/mandates/{mandate}": work, "GET /admin/mandates/{mandate}/file": work, "POST /admin/mandates/{mandate}/accept": work, "POST /admin/mandates/{mandate}/refuse": work, "POST /admin/mandates/{mandate}/end": work,
		"GET /admin/filings": work, "POST /admin/filings": work, "GET /admin/filings/{filing}": work, "POST /admin/filings/{filing}/fill": work,
		"POST /admin/filings/{filing}/drop": work, "POST /admin/filings/{filing}/signed": work, "GET /admin/filings/{filing}/sheet.pdf": work,
		"GET /admin/tickets/{ticket}/consult": work, "POST /admin/tickets/{ticket}/consult": work,
		"GET /admin/tickets/{ticket}/consult/{consultation}": work, "POST /admin/tickets/{ticket}/consult/{consultation}": work,
		"GET /admin/consultations": read, "GET /admin/consultations/{enquiry}": read, "POST /admin/consultations/{enquiry}/take": work,
		"POST /admin/consultations/{enquiry}/answer": work, "GET /admin/consultations/{enquiry}/files/{file}": work,
		"GET /admin/registers": read, "GET /admin/problems": read, "GET /admin/register": read, "GET /admin/register/register.csv": read, "GET /admin/register/register.pdf": read,
		"POST /admin/filings/{filing}/scans": work, "POST /admin/filings/scans": manage,
		"GET /admin/breaches/report": read, "POST /admin/breaches/report": read, "GET /admin/breaches": keep, "GET /admin/breaches/register.csv": keep, "GET /admin/breaches/register.pdf": keep,
		"GET /admin/breaches/{breach}": keep, "GET /admin/breaches/{breach}/form.pdf": keep, "GET /admin/breaches/{breach}/form.json": keep, "POST /admin/breaches/{breach}/people.csv": keep,
		"POST /admin/breaches/{breach}/correct": keep, "POST /admin/breaches/{breach}/judge": keep, "POST /admin/breaches/{breach}/told": keep, "POST /admin/breaches/{breach}/people": keep,
		"POST /admin/breaches/{breach}/draft": keep, "POST /admin/breaches/{breach}/confirm": keep, "POST /admin/breaches/{breach}/otherwise": keep, "POST /admin/breaches/{breach}/close": keep,
		"GET /admin/letters": read, "GET /admin/letters/register.csv": read,
		"POST /admin/tickets/{ticket}/check": work, "GET /admin/tickets/{ticket}/identity": work, "POST /admin/tickets/{ticket}/identity": work,
		"GET /admin/tickets/{ticket}/identity/{proof}": work, "POST /admin/tickets/{ticket}/identity/{proof}": work,
		"GET /admin/tickets/{ticket}/approve": decide, "POST /admin/tickets/{ticket}/approve": decide,
		"GET /admin/tickets/{ticket}/refuse": decide, "POST /admin/tickets/{ticket}/refuse": decide,
		"GET /admin/tickets/{ticket}/take-back": decide, "POST /admin/tickets/{ticket}/take-back": decide,
		"GET /admin/tickets/{ticket}/tie": work, "POST /admin/tickets/{ticket}/tie": work,
		"GET /admin/tickets/{ticket}/change": decide, "POST /admin/tickets/{ticket}/change": decide,
		"GET /admin/tickets/{ticket}/halt": work, "GET /admin/tickets/{ticket}/halt/{rule}": work, "POST /admin/tickets/{ticket}/halt": work, "POST /admin/tickets/{ticket}/resume": work,
		"GET /admin/tickets/{ticket}/opine": work, "POST /admin/tickets/{ticket}/opine": work,
		"GET /admin/tickets/{ticket}/send-back": work, "POST /admin/tickets/{ticket}/send-back": work,
		"GET /admin/tickets/{ticket}/fee": money, "POST /admin/tickets/{ticket}/fee/take": money, "POST /admin/tickets/{ticket}/fee/refuse": money,
		"POST /admin/tickets/{ticket}/fee/waive": money, "POST /admin/tickets/{ticket}/fee/extend": money, "POST /admin/tickets/{ticket}/fee/amend": money,
		"POST /admin/tickets/{ticket}/fee/cancel": money, "GET /admin/fees": money, "GET /admin/fees/register.csv": money, "GET /admin/fees/receipts.zip": money,
		"GET /admin/fees/receipts/{receipt}": money,
		"GET /admin/account":                 manage, "POST /admin/account": manage, "GET /admin/calendar": read, "POST /admin/calendar/hours": manage, "POST /admin/calendar/accept-days": manage,
		"POST /admin/calendar/holidays": manage, "POST /admin/calendar/holidays/remove": manage,
		"GET /admin/calendar/days.csv": read, "POST /admin/calendar/import": manage, "POST /admin/calendar/import/save": manage,
		"GET /admin/services": read, "GET /admin/services/{service}": read, "POST /admin/services/{service}": manage,
		"POST /admin/services/{service}/halt":    {needs: agencies.LeadTickets},
		"GET /admin/services/{service}/template": read, "POST /admin/services/{service}/template": manage,
		"GET /admin/services/{service}/rates/{table}": read, "POST /admin/services/{service}/rates/{table}": manage,
		"POST /admin/services/{service}/rates/{table}/remove": manage, "GET /admin/services/{service}/rates/{table}/rates.csv": read,
		"POST /admin/services/{service}/rates/{table}/import": manage,
		"GET /admin/tickets/{ticket}/files/{file}":            read, "GET /admin/tickets/{ticket}/files/{file}/preview": read,
		"GET /admin/tickets/{ticket}/files/{file}/original": read,
	}
}

// routes are those that the router really has.
func (h *house) routes() map[string]bool {
	h.t.Helper()
	r := chi.NewRouter()
	r.Route(admin.Base, h.admin.Routes)
	all := map[string]bool{}
	h.must(chi.Walk(r, func(method, route string, _ http.Handler, _ ...func(http.Handler) http.Handler) error {
		all[method+" "+route] = true
		return nil
	}))
	return all
}

func TestEveryRouteHasItsRule(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	have := h.routes()
	for route := range have {
		if _, ok := rules()[route]; !ok {
			t.Errorf("route %s has no row in the table of permissions", route)
		}
	}
	for route := range rules() {
		if !have[route] {
			t.Errorf("the table of permissions has a row for %s, which is no route", route)
		}
	}
}

// address fills a route's parameters.
func address(route string, id tickets.TicketID) (method, path string) {
	method, path, _ = strings.Cut(route, " ")
	return method, strings.NewReplacer("{ticket}", fmt.Sprint(id), "{file}", "1", "{breach}", "999999", "{channel}", "1", "{officer}", "999999", "{proof}", "1", "{n}", "1", "{bundle}", "1", "{consultation}", "1", "{enquiry}", "1", "{service}", "food-premises", "{table}", "yearly", "{hash}", "x", "{name}", "x").Replace(path)
}

// ASVS 8.2.1: every route by every role, and by nobody.
func TestPermissions(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	ticket := h.problem("หน้าโรงเรียนตัวอย่าง")
	people := map[agencies.Role]*browser{
		agencies.RoleViewer: h.as(h.viewer), agencies.RoleOfficer: h.as(h.officer), agencies.RoleHead: h.as(h.head),
		agencies.RoleCashier: h.as(h.employ(h.agency, "cashier@tb.example", "นายการเงิน ตัวอย่าง", agencies.RoleCashier)),
		agencies.RoleDPO:     h.as(h.employ(h.agency, "dpo@tb.example", "น.ส.คุ้มครอง ตัวอย่าง", agencies.RoleDPO)),
	}
	nobody := h.browser()
	for route, rule := range rules() {
		if rule.open || strings.HasSuffix(route, "/live") && !strings.Contains(route, "ticket") {
			continue
		}
		method, path := address(route, ticket.ID)
		got := nobody.do(method, path, nil)
		if method == http.MethodGet && (got.StatusCode != http.StatusSeeOther || !strings.HasPrefix(got.Header.Get("Location"), "/admin/sign-in")) ||
			method == http.MethodPost && got.StatusCode != http.StatusUnauthorized {
			t.Errorf("%s without a session: %d", route, got.StatusCode)
		}
		for role, b := range people {
			got := b.do(method, path, url.Values{})
			if forbidden := got.StatusCode == http.StatusForbidden; forbidden == role.Can(rule.needs) {
				t.Errorf("%s as %s: %d", route, role, got.StatusCode)
			}
		}
	}
}

// A ticket of another agency does not exist, whatever is asked of it.
func TestOtherAgencysTicketIsNotThere(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	ticket := h.problem("หน้าโรงเรียนตัวอย่าง")
	b := h.as(h.stranger)
	own := h.as(h.officer).get(fmt.Sprintf("/admin/tickets/%d", ticket.ID))
	key := own.key(t)
	for route := range rules() {
		if !strings.Contains(route, "{ticket}") {
			continue
		}
		method, path := address(route, ticket.ID)
		var form url.Values
		if method == http.MethodPost {
			form = url.Values{
				"key": {key}, "text": {"ข้อความ"}, "queue": {"1"}, "others": {"เอกสาร"}, "due_on": {"2026-12-14"}, "reason": {"ผล"},
				"picked": {"other"}, "facts": {"เหตุ"}, "legal_basis": {"กฎหมาย"}, "appeal": {"อุทธรณ์"},
			}
		}
		if got := b.do(method, path, form); got.StatusCode != http.StatusNotFound {
			t.Errorf("%s: %d", route, got.StatusCode)
		} else if strings.Contains(got.body, ticket.Number) || strings.Contains(got.body, ticket.Subject) {
			t.Errorf("%s tells about the ticket", route)
		}
	}
	if got := b.get("/admin/?view=all"); strings.Contains(got.body, ticket.Number) {
		t.Error("the list shows another agency's ticket")
	}
	if got := b.get("/admin/?view=all&q=" + url.QueryEscape(ticket.Number)); strings.Contains(got.body, "/admin/tickets/") {
		t.Error("the search finds another agency's ticket")
	}
	if got := h.events(ticket.ID); got != "created" {
		t.Errorf("history: %s", got)
	}
}

// ASVS 3.5.1: the four requests of the cross-origin rule.
func TestOtherSitesChangeNothing(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	ticket := h.problem("หน้าโรงเรียนตัวอย่าง")
	b := h.as(h.officer)
	path := fmt.Sprintf("/admin/tickets/%d", ticket.ID)
	for _, tt := range []struct {
		name    string
		headers []header
		refused bool
	}{
		{"from another site", []header{{"Sec-Fetch-Site", "cross-site"}}, true},
		{"from a neighbour site", []header{{"Sec-Fetch-Site", "same-site"}}, true},
		{"with a foreign origin", []header{{"Origin", "https://evil.example"}}, true},
		{"from our page", []header{{"Sec-Fetch-Site", "same-origin"}}, false},
	} {
		form := url.Values{"key": {b.get(path).key(t)}}
		got := b.post(path+"/take", form, tt.headers...)
		if refused := got.StatusCode == http.StatusForbidden; refused != tt.refused {
			t.Errorf("%s: %d", tt.name, got.StatusCode)
		}
	}
	if got := h.browser().post("/admin/sign-in", url.Values{}, header{"Sec-Fetch-Site", "cross-site"}); got.StatusCode != http.StatusForbidden {
		t.Errorf("signing in from another site: %d", got.StatusCode)
	}
	if got := h.events(ticket.ID); got != "created taken" {
		t.Errorf("history: %s", got)
	}
}

// ASVS 3.4.3 to 3.4.6: every answer carries its headers, whatever its status.
func TestHeadersOnEveryRoute(t *testing.T) {
	t.Parallel()
	h := newHouse(t, secured)
	ticket := h.problem("หน้าโรงเรียนตัวอย่าง")
	b := h.browser() // over plain http the secure cookie is not sent: what counts is the answer's headers
	check := func(route string, got page) {
		for name, want := range map[string]string{
			"X-Content-Type-Options": "nosniff", "X-Frame-Options": "DENY", "Referrer-Policy": "same-origin",
			"Strict-Transport-Security": "max-age=31536000", "Cache-Control": "no-store", "Cross-Origin-Opener-Policy": "same-origin",
		} {
			if got.Header.Get(name) != want {
				t.Errorf("%s: %s is %q", route, name, got.Header.Get(name))
			}
		}
		csp := got.Header.Get("Content-Security-Policy")
		for _, must := range []string{"default-src 'none'", "script-src 'self'", "frame-ancestors 'none'", "base-uri 'none'", "form-action 'self'"} {
			if !strings.Contains(csp, must) {
				t.Errorf("%s: the policy lacks %s", route, must)
			}
		}
		if strings.Contains(csp, "unsafe") {
			t.Errorf("%s: %s", route, csp)
		}
	}
	for route := range h.routes() {
		method, path := address(route, ticket.ID)
		check(route, b.do(method, path, nil))
	}
	check("no such page", b.get("/admin/nowhere"))
	check("another method", b.do(http.MethodDelete, "/admin/", nil))
}

// ASVS 3.5.3: reading changes nothing. The transaction of a GET cannot write at all.
func TestReadingChangesNothing(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	ticket := h.problem("หน้าโรงเรียนตัวอย่าง")
	b := h.as(h.officer)
	for route, rule := range rules() {
		method, path := address(route, ticket.ID)
		if method != http.MethodGet || rule.open || path == "/admin/live" {
			continue
		}
		b.get(path)
	}
	after := h.ticket(ticket.ID)
	if !after.Unread || after.Status != tickets.Open || h.events(ticket.ID) != "created" {
		t.Errorf("reading changed the ticket: %+v", after)
	}
}
