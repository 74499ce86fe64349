package admin

import (
	"context"
	"crypto/rand"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"saphan/agencies"
	"saphan/internal/fault"
	"saphan/internal/thai"
	"saphan/tickets"
)

// apiKeysPage lists the keys with which the agency's own systems come in, and asks for one more.
type apiKeysPage struct {
	chrome
	Keys    []apiKeyLine
	Holders []agencies.Member // in whose name a key can act
	Holder  *agencies.Member  // for whom one is being made; nil: nobody is chosen yet
	Scopes  []scopePick       // what the holder's role lets a key do
	New     typedAPIKey
	Key     string // of the form: what is sent twice makes one key
	Done    string
	Problem string
}

// apiKeyLine is a key as the list shows it.
type apiKeyLine struct {
	agencies.APIKey
	Officer string
	LastDay time.Time
	State   chip
	Act     string // address at which it is revoked; empty: it opens nothing any more
}

// scopePick is a scope that can be chosen.
type scopePick struct {
	agencies.APIScope
	What   string // what a system can do with it
	Picked bool
}

// typedAPIKey is what was typed of a new one.
type typedAPIKey struct {
	Officer agencies.OfficerID
	Name    string
	Scopes  []agencies.APIScope
	Until   string
}

// apiKeyMadePage shows a key once.
type apiKeyMadePage struct {
	chrome
	Made    agencies.APIKey
	Holder  string
	Bearer  string
	LastDay time.Time
}

// scopeWords say what a system can do with a scope.
var scopeWords = map[agencies.APIScope]string{
	agencies.ScopeTickets:   "เลขที่ สถานะ เวลา และประวัติ ไม่มีข้อมูลส่วนบุคคล",
	agencies.ScopeAnswers:   "รวมชื่อของประชาชน ระบบจดทุกครั้งที่อ่าน",
	agencies.ScopeDocuments: "ไฟล์ที่ประชาชนส่งมา ระบบจดทุกครั้งที่เปิด",
	agencies.ScopeWork:      "รับเรื่อง ย้ายคิว ตอบ บันทึกภายใน และขอเอกสาร",
	agencies.ScopeDecide:    "อนุมัติ ไม่อนุมัติ ขยายเวลา และคืนคำขอ ในนามของเจ้าหน้าที่",
}

func (a *Admin) showAPIKeys(r *http.Request, s Scope) (reply, error) {
	inAYear := a.now().In(thai.Bangkok()).AddDate(1, 0, 0)
	typed := typedAPIKey{Officer: agencies.OfficerID(number(r.FormValue("officer"), 1<<53)), Until: thai.Date(inAYear)}
	p, err := a.apiKeysPage(r.Context(), s, typed)
	p.Done = doneSetting[r.FormValue("done")]
	return page{view: "api-keys", data: p}, err
}

func (a *Admin) apiKeysPage(ctx context.Context, s Scope, typed typedAPIKey) (apiKeysPage, error) {
	c, err := chromeOf(ctx, s, "กุญแจ API")
	if err != nil {
		return apiKeysPage{}, err
	}
	p := apiKeysPage{chrome: c, New: typed, Key: rand.Text()}
	staff, err := agencies.Staff(ctx, s.Tx, s.Agency)
	if err != nil {
		return p, err
	}
	officers := map[agencies.OfficerID]agencies.Member{}
	for _, m := range staff {
		officers[m.ID] = m
		if m.DisabledAt == nil {
			p.Holders = append(p.Holders, m)
		}
	}
	if m, ok := officers[typed.Officer]; ok && m.DisabledAt == nil {
		p.Holder, p.Scopes = &m, scopesFor(m.Role, typed.Scopes)
	}
	keys, err := agencies.APIKeys(ctx, s.Tx, s.Agency, a.now())
	if err != nil {
		return p, err
	}
	for _, k := range keys {
		p.Keys = append(p.Keys, apiKeyLineOf(k, officers[k.OfficerID], a.now()))
	}
	return p, nil
}

// scopesFor are the scopes that a key of somebody in the role can have.
func scopesFor(role agencies.Role, picked []agencies.APIScope) (all []scopePick) {
	for _, sc := range agencies.APIScopes() {
		if role.Can(sc.Needs()) {
			all = append(all, scopePick{APIScope: sc, What: scopeWords[sc], Picked: slices.Contains(picked, sc)})
		}
	}
	return all
}

func apiKeyLineOf(k agencies.APIKey, holder agencies.Member, now time.Time) apiKeyLine {
	l := apiKeyLine{APIKey: k, Officer: holder.Name, LastDay: lastDay(k), Act: Base + "/api-keys/" + decimal(int(k.ID)) + "/revoke"}
	switch {
	case k.RevokedAt != nil:
		l.State, l.Act = chip{Icon: "circle-x", Text: "เพิกถอนแล้ว " + thai.Date(*k.RevokedAt)}, ""
	case !k.Works(now):
		l.State, l.Act = chip{Icon: "clock", Text: "หมดอายุแล้ว"}, ""
	case holder.DisabledAt != nil:
		l.State = chip{Kind: "warn", Icon: "user-x", Text: "ใช้ไม่ได้ บัญชีเจ้าหน้าที่ปิดอยู่"}
	default:
		l.State = chip{Kind: "ok", Icon: "circle-check", Text: "ใช้ได้"}
	}
	return l
}

// ScopeList is what the key may do, in words.
func (l apiKeyLine) ScopeList() string {
	names := make([]string, 0, len(l.Scopes))
	for _, sc := range l.Scopes {
		names = append(names, sc.Thai())
	}
	return strings.Join(names, " · ")
}

// lastDay is the last day on which a key works; it ends with that day.
func lastDay(k agencies.APIKey) time.Time { return k.ExpiresAt.Add(-time.Microsecond) }

// makeAPIKey makes a key and shows it this once. A form that is sent again makes no second one, and cannot show the first.
func (a *Admin) makeAPIKey(r *http.Request, s Scope) (reply, error) {
	ctx := r.Context()
	typed := typedAPIKey{Officer: agencies.OfficerID(number(r.PostForm.Get("officer"), 1<<53)), Name: tidy(r.PostForm.Get("name")), Until: tidy(r.PostForm.Get("until"))}
	for _, sc := range r.PostForm["scope"] {
		typed.Scopes = append(typed.Scopes, agencies.APIScope(sc))
	}
	// What is wrong is put right on a new form: this one must not count as sent.
	save, err := s.Tx.Begin(ctx)
	if err != nil {
		return nil, err
	}
	first, made, bearer, err := a.newAPIKey(ctx, Scope{Tx: save, Officer: s.Officer, Agency: s.Agency}, r.PostForm.Get("key"), typed)
	if kind := fault.KindOf(err); err != nil && kind != fault.Internal {
		problem := fault.MessageOf(err)
		if err := save.Rollback(ctx); err != nil {
			return nil, err
		}
		p, err := a.apiKeysPage(ctx, s, typed)
		p.Problem = problem
		return page{view: "api-keys", status: kind.Status(), data: p}, err
	}
	if err == nil {
		err = save.Commit(ctx)
	}
	if err != nil {
		return nil, err
	}
	if !first {
		return redirect(link("/api-keys", url.Values{"done": {"api-key-again"}})), nil
	}
	return a.apiKeyMade(ctx, s, made, bearer)
}

func (a *Admin) newAPIKey(ctx context.Context, s Scope, key string, typed typedAPIKey) (first bool, made agencies.APIKey, bearer agencies.Bearer, err error) {
	n, err := typed.newKey()
	if err != nil {
		return false, made, "", err
	}
	if first, err = a.once(ctx, s, key, "api-key"); err != nil || !first {
		return false, made, "", err
	}
	made, bearer, err = agencies.MakeAPIKey(ctx, s.Tx, s.Officer, n, "", a.now())
	return first, made, bearer, err
}

// newKey reads what was typed.
func (t typedAPIKey) newKey() (agencies.NewAPIKey, error) {
	n := agencies.NewAPIKey{OfficerID: t.Officer, Name: t.Name, Scopes: t.Scopes}
	if t.Officer == 0 {
		return n, fault.New(fault.Invalid, "ยังไม่ได้เลือกเจ้าหน้าที่ กรุณาเลือกผู้ที่ระบบจะทำงานในนาม")
	}
	day, err := thai.ParseDate(t.Until)
	if err != nil {
		return n, fault.Wrap(fault.Invalid, "อ่านวันสุดท้ายไม่ได้ กรุณาพิมพ์เช่น 31 ธ.ค. 2570", err)
	}
	n.ExpiresAt = time.Date(day.Year(), day.Month(), day.Day()+1, 0, 0, 0, 0, thai.Bangkok())
	return n, nil
}

func (a *Admin) apiKeyMade(ctx context.Context, s Scope, k agencies.APIKey, bearer agencies.Bearer) (reply, error) {
	c, err := chromeOf(ctx, s, "กุญแจของ"+k.Name)
	if err != nil {
		return nil, err
	}
	holder, err := agencies.OwnOfficer(ctx, s.Tx, s.Agency, k.OfficerID)
	if err != nil {
		return nil, err
	}
	return page{view: "api-key-made", data: apiKeyMadePage{chrome: c, Made: k, Holder: holder.Name, Bearer: string(bearer), LastDay: lastDay(k)}}, nil
}

func (a *Admin) revokeAPIKey(r *http.Request, s Scope) (reply, error) {
	id, err := pathNumber(r, "key")
	if err != nil {
		return nil, fault.Wrap(fault.NotFound, "ไม่พบกุญแจนี้ กรุณาเลือกจากรายการ", err)
	}
	if r.PostForm.Get("sure") == "" {
		return nil, fault.New(fault.Invalid, "กรุณาทำเครื่องหมายยืนยันว่าเข้าใจผลของการเพิกถอนกุญแจ")
	}
	if err := agencies.RevokeAPIKey(r.Context(), s.Tx, s.Officer, agencies.APIKeyID(id), a.now()); err != nil {
		return nil, err
	}
	return redirect(link("/api-keys", url.Values{"done": {"api-key-revoked"}})), nil
}

// keysIn names the keys with which systems acted in a history.
func (a *Admin) keysIn(ctx context.Context, s Scope, events []tickets.Event) (map[agencies.APIKeyID]string, error) {
	if !slices.ContainsFunc(events, func(e tickets.Event) bool { return detailOf(e).Via != 0 }) {
		return nil, nil //nolint:nilnil // no key acted: there is none to name
	}
	keys, err := agencies.APIKeys(ctx, s.Tx, s.Agency, a.now())
	if err != nil {
		return nil, fmt.Errorf("keys that acted: %w", err)
	}
	names := make(map[agencies.APIKeyID]string, len(keys))
	for _, k := range keys {
		names[k.ID] = k.Label()
	}
	return names, nil
}
