package admin

import (
	"cmp"
	"context"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"saphan/agencies"
	"saphan/forms"
	"saphan/internal/fault"
	"saphan/internal/thai"
	"saphan/tickets"
	"saphan/tickets/routing"
)

// routingPage shows the rules that count and lets a head write others.
type routingPage struct {
	chrome
	Set      tickets.RuleSet
	By       string // who decided it
	Rules    []ruleBox
	Services []servicePick
	Areas    []agencies.Area
	Queues   []agencies.Queue
	Past     []setLine
	Base     int
	Wrong    []string
	Done     string
}

// ruleBox is one rule as it is written.
type ruleBox struct {
	routing.Rule
	N int // from 1 on
}

// Has says whether a service is chosen.
func (b ruleBox) Has(key forms.Key) bool { return slices.Contains(b.Services, key) }

// In says whether an area is chosen.
func (b ruleBox) In(id agencies.AreaID) bool { return slices.Contains(b.Areas, id) }

// Codes and Names are lists as they are typed.
func (b ruleBox) Codes() string { return strings.Join(b.Tambons, " ") }

// Names is the list of names, a line each.
func (b ruleBox) Names() string { return strings.Join(b.Places, "\n") }

type servicePick struct {
	Key   forms.Key
	Title string
	Knows string // what conditions may speak of
}

type setLine struct {
	N     int
	Rules int
	Why   string
	By    string
	At    time.Time
}

func (a *Admin) showRouting(r *http.Request, s Scope) (reply, error) {
	set, err := tickets.RulesInForce(r.Context(), s.Tx, s.Agency)
	if err != nil {
		return nil, err
	}
	p, err := a.routingPage(r.Context(), s, set.Rules, set.N)
	p.Done = doneSetting[r.FormValue("done")]
	return page{view: "routing", data: p}, err
}

func (a *Admin) routingPage(ctx context.Context, s Scope, rules routing.Rules, base int) (p routingPage, err error) {
	if p.chrome, err = chromeOf(ctx, s, "กฎส่งเรื่องเข้าคิว"); err != nil {
		return p, err
	}
	p.Base = base
	for i, r := range rules {
		p.Rules = append(p.Rules, ruleBox{Rule: r, N: i + 1})
	}
	for _, f := range a.forms.Agency(int64(s.Agency)).List() {
		p.Services = append(p.Services, servicePick{Key: f.Key, Title: f.Title.TH, Knows: strings.Join(f.Answerable(), ", ")})
	}
	if p.Areas, err = agencies.Areas(ctx, s.Tx, s.Agency); err != nil {
		return p, err
	}
	if p.Queues, err = agencies.Queues(ctx, s.Tx, s.Agency); err != nil {
		return p, err
	}
	officers, err := agencies.Officers(ctx, s.Tx, s.Agency)
	if err != nil {
		return p, err
	}
	sets, err := tickets.RuleSets(ctx, s.Tx, s.Agency)
	if err != nil {
		return p, err
	}
	for _, set := range sets {
		p.Past = append(p.Past, setLine{N: set.N, Rules: len(set.Rules), Why: set.Why, By: officers[set.OfficerID].Name, At: set.At})
	}
	if len(sets) > 0 {
		p.Set, p.By = sets[0], p.Past[0].By
	}
	return p, nil
}

// changeRouting adds, moves or removes a rule on the page, or has the set tried. Nothing counts before it was tried and saved.
func (a *Admin) changeRouting(r *http.Request, o agencies.Officer) (answer reply, err error) {
	ctx := r.Context()
	rules, typed := typedRules(r.PostForm)
	base, err := strconv.Atoi(r.PostForm.Get("base"))
	if err != nil {
		return nil, fault.Wrap(fault.Invalid, "อ่านข้อมูลที่ส่งมาไม่ได้ กรุณาเปิดหน้ากฎใหม่", err)
	}
	do, n := "try", 0
	if word, number, ok := strings.Cut(r.PostForm.Get("do"), " "); ok {
		do = word
		n, _ = strconv.Atoi(number)
	} else {
		do = cmp.Or(word, do)
	}
	if do != "try" {
		return answer, a.own(ctx, o, func(s Scope) error {
			p, err := a.routingPage(ctx, s, edited(rules, do, n), base)
			p.Wrong = typed
			answer = page{view: "routing", data: p}
			return err
		})
	}
	var id tickets.TrialID
	var later bool
	err = a.own(ctx, o, func(s Scope) error {
		if len(typed) == 0 {
			id, later, err = a.desk.AskTrial(ctx, s.Tx, s.Actor(), s.Agency, base, rules)
			if !fault.Is(err, fault.Invalid) {
				return err
			}
			typed = strings.Split(fault.MessageOf(err), "\n")
		}
		p, err := a.routingPage(ctx, s, rules, base)
		p.Wrong = typed
		answer = page{view: "routing", status: fault.Invalid.Status(), data: p}
		return err
	})
	if err != nil || answer != nil {
		return answer, err
	}
	if !later {
		if err := a.desk.PlayTrial(ctx, a.db, o.AgencyID, id); err != nil {
			return nil, err
		}
	}
	return redirect(Base + trialPath(id)), nil
}

func trialPath(id tickets.TrialID) string {
	return "/routing/trials/" + strconv.FormatInt(int64(id), 10)
}

// edited is a set after a rule was added, moved or removed.
func edited(rules routing.Rules, do string, n int) routing.Rules {
	switch i := n - 1; {
	case do == "add":
		return append(rules, routing.Rule{})
	case i < 0 || i >= len(rules):
	case do == "remove":
		return slices.Delete(rules, i, i+1)
	case do == "up" && i > 0:
		rules[i-1], rules[i] = rules[i], rules[i-1]
	case do == "down" && i < len(rules)-1:
		rules[i+1], rules[i] = rules[i], rules[i+1]
	}
	return rules
}

// typedRules reads the rules as they stand in the form.
func typedRules(form url.Values) (rules routing.Rules, wrong []string) {
	count, err := strconv.Atoi(form.Get("rules"))
	if err != nil || count < 0 || count > 200 {
		return nil, []string{"อ่านข้อมูลที่ส่งมาไม่ได้ กรุณาเปิดหน้ากฎใหม่"}
	}
	for n := 1; n <= count; n++ {
		of := func(name string) string { return fmt.Sprintf("%s-%d", name, n) }
		r := routing.Rule{
			Name: tidy(form.Get(of("name"))), Tambons: strings.FieldsFunc(thai.Digits(form.Get(of("tambons"))), func(c rune) bool { return c == ' ' || c == ',' || c == '\n' || c == '\r' }),
			When: strings.TrimSpace(form.Get(of("when"))), Queue: form.Get(of("queue")), Urgent: form.Get(of("urgent")) != "",
		}
		for _, key := range form[of("service")] {
			r.Services = append(r.Services, forms.Key(key))
		}
		for _, id := range form[of("area")] {
			if number, err := strconv.ParseInt(id, 10, 64); err == nil {
				r.Areas = append(r.Areas, agencies.AreaID(number))
			}
		}
		for line := range strings.Lines(form.Get(of("places"))) {
			if name := tidy(line); name != "" {
				r.Places = append(r.Places, name)
			}
		}
		if r.Skill, err = routing.Skill(form.Get(of("skill"))); err != nil {
			wrong = append(wrong, fmt.Sprintf("กฎที่ %d: %s", n, fault.MessageOf(err)))
		}
		rules = append(rules, r)
	}
	return rules, wrong
}

// trialPage shows what changed rules would have done in the last year.
type trialPage struct {
	chrome
	Trial   tickets.Trial
	Act     string
	Share   string // of the cases that would have gone elsewhere
	Moves   []moveLine
	Cases   []trialLine
	Rules   []triedRule
	Problem string
	Why     string
}

type moveLine struct {
	From, To string
	N        int
}

type trialLine struct {
	Number, Subject, Href, From, To, Rule string
	Nobody                                bool
}

type triedRule struct {
	Name string
	N    int
}

func (a *Admin) showTrial(r *http.Request, s Scope) (reply, error) {
	p, err := a.trialPage(r, s)
	return page{view: "routing-trial", data: p}, err
}

func (a *Admin) trialPage(r *http.Request, s Scope) (p trialPage, err error) {
	ctx := r.Context()
	id, err := pathNumber(r, "trial")
	if err != nil {
		return p, fault.Wrap(fault.NotFound, "ไม่พบการทดลองกฎนี้ กรุณาเปิดหน้ากฎแล้วลองใหม่", err)
	}
	if p.chrome, err = chromeOf(ctx, s, "ผลการลองกฎ"); err != nil {
		return p, err
	}
	if p.Trial, err = tickets.FindTrial(ctx, s.Tx, s.Agency, tickets.TrialID(id)); err != nil {
		return p, err
	}
	p.Act = Base + trialPath(p.Trial.ID)
	queues, err := agencies.Queues(ctx, s.Tx, s.Agency)
	if err != nil {
		return p, err
	}
	name := func(id agencies.QueueID) string {
		if i := slices.IndexFunc(queues, func(q agencies.Queue) bool { return q.ID == id }); i >= 0 {
			return queues[i].Name
		}
		return decimal(int(id))
	}
	for _, m := range p.Trial.Result.Moves {
		p.Moves = append(p.Moves, moveLine{From: name(m.From), To: name(m.To), N: m.N})
	}
	for i, n := range p.Trial.Result.Ruled {
		p.Rules = append(p.Rules, triedRule{Name: p.Trial.Rules[i].Name, N: n})
	}
	for _, c := range p.Trial.Result.Cases {
		t, err := tickets.Find(ctx, s.Tx, c.Ticket)
		if fault.Is(err, fault.NotFound) {
			continue
		}
		if err != nil {
			return p, err
		}
		line := trialLine{Number: t.Number, Subject: t.Subject, Href: Base + ticketPath(t.ID), From: name(c.From), To: name(c.To), Nobody: c.Nobody, Rule: "คิวงานปกติ"}
		if c.Rule > 0 {
			line.Rule = p.Trial.Rules[c.Rule-1].Name
		}
		p.Cases = append(p.Cases, line)
	}
	return p, nil
}

// decideRouting makes what was tried count.
func (a *Admin) decideRouting(r *http.Request, s Scope) (reply, error) {
	ctx := r.Context()
	p, err := a.trialPage(r, s)
	if err != nil {
		return nil, err
	}
	p.Why = tidy(r.PostForm.Get("why"))
	n, err := a.desk.DecideTrial(ctx, s.Tx, s.Actor(), s.Agency, p.Trial.ID, p.Why)
	if kind := fault.KindOf(err); err != nil && kind != fault.Internal {
		p.Problem = fault.MessageOf(err)
		return page{view: "routing-trial", status: kind.Status(), data: p}, nil
	}
	if err != nil {
		return nil, err
	}
	if err := a.changed(ctx, s, agencies.RoutingDecided, agencies.ChangeDetail{Ref: "ชุดที่ " + strconv.Itoa(n)}); err != nil {
		return nil, err
	}
	return redirect(link("/routing", url.Values{"done": {"routing"}})), nil
}
