package tickets

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"saphan/agencies"
	"saphan/forms"
	"saphan/internal/fault"
	"saphan/tickets/routing"
)

// RuleSet is the rules of an agency as they were decided at one time. A set is never changed; the newest counts, and a case
// keeps which one sent it where it is.
type RuleSet struct {
	N         int                `db:"n"` // of the agency, from 1 on; 0: nobody wrote any, and every service goes to its queue
	Rules     routing.Rules      `db:"rules"`
	OfficerID agencies.OfficerID `db:"officer_id"`
	Why       string             `db:"why"`
	At        time.Time          `db:"at"`
}

const ruleSetColumns = `n, rules, officer_id, why, at`

// RulesInForce returns the newest set of an agency.
func RulesInForce(ctx context.Context, tx pgx.Tx, agency agencies.AgencyID) (RuleSet, error) {
	return ruleSet(ctx, tx, `WHERE agency_id = $1 ORDER BY n DESC LIMIT 1`, agency)
}

// FindRules returns one set of an agency; of none the empty one.
func FindRules(ctx context.Context, tx pgx.Tx, agency agencies.AgencyID, n int) (RuleSet, error) {
	return ruleSet(ctx, tx, `WHERE agency_id = $1 AND n = $2`, agency, n)
}

func ruleSet(ctx context.Context, tx pgx.Tx, where string, args ...any) (RuleSet, error) {
	rows, err := tx.Query(ctx, `SELECT `+ruleSetColumns+` FROM routing_sets `+where, args...)
	if err != nil {
		return RuleSet{}, fmt.Errorf("read routing rules: %w", err)
	}
	set, err := pgx.CollectExactlyOneRow(rows, pgx.RowToStructByName[RuleSet])
	if errors.Is(err, pgx.ErrNoRows) {
		return RuleSet{}, nil
	}
	if err != nil {
		return RuleSet{}, fmt.Errorf("read routing rules: %w", err)
	}
	return set, nil
}

// RuleSets returns all sets of an agency, the newest first.
func RuleSets(ctx context.Context, tx pgx.Tx, agency agencies.AgencyID) ([]RuleSet, error) {
	rows, err := tx.Query(ctx, `SELECT `+ruleSetColumns+` FROM routing_sets WHERE agency_id = $1 ORDER BY n DESC`, agency)
	if err != nil {
		return nil, fmt.Errorf("list routing rules: %w", err)
	}
	return pgx.CollectRows(rows, pgx.RowToStructByName[RuleSet])
}

// CheckRules says what is wrong with a set before it counts; nothing: it may.
func (d *Desk) CheckRules(ctx context.Context, tx pgx.Tx, agency agencies.AgencyID, rules routing.Rules) ([]string, error) {
	areas, err := agencies.Areas(ctx, tx, agency)
	if err != nil {
		return nil, err
	}
	queues, err := agencies.Queues(ctx, tx, agency)
	if err != nil {
		return nil, err
	}
	house := routing.House{Form: d.forms.Agency(int64(agency)).Find}
	for _, a := range areas {
		house.Areas = append(house.Areas, a.ID)
	}
	for _, q := range queues {
		house.Queues = append(house.Queues, q.Key)
	}
	return rules.Check(house), nil
}

// DecideRules makes a set count from now on. Base is the set that whoever wrote it had seen: who did not see the newest
// changes nothing.
func (d *Desk) DecideRules(ctx context.Context, tx pgx.Tx, by Actor, agency agencies.AgencyID, base int, rules routing.Rules, why string) (int, error) {
	officer, ok := by.officer()
	if !ok {
		return 0, fault.New(fault.Forbidden, "เฉพาะเจ้าหน้าที่เท่านั้นที่กำหนดกฎได้")
	}
	if why = strings.TrimSpace(why); why == "" {
		return 0, fault.New(fault.Invalid, "ยังไม่ได้เขียนเหตุผลของการเปลี่ยนกฎ เหตุผลนี้อยู่ในประวัติให้ผู้อื่นเข้าใจ")
	}
	if _, err := tx.Exec(ctx, `SELECT FROM agencies WHERE id = $1 FOR NO KEY UPDATE`, agency); err != nil { // one at a time
		return 0, fmt.Errorf("lock agency %d: %w", agency, err)
	}
	now, err := RulesInForce(ctx, tx, agency)
	if err != nil {
		return 0, err
	}
	if now.N != base {
		return 0, fault.New(fault.Conflict, "มีผู้เปลี่ยนกฎไประหว่างนี้ กรุณาเปิดกฎชุดล่าสุดแล้วแก้ใหม่")
	}
	wrong, err := d.CheckRules(ctx, tx, agency, rules)
	if err != nil {
		return 0, err
	}
	if len(wrong) > 0 {
		return 0, fault.Newf(fault.Invalid, "{wrong}", "wrong", strings.Join(wrong, "\n"))
	}
	_, err = tx.Exec(ctx, `INSERT INTO routing_sets (agency_id, n, rules, officer_id, why, at) VALUES ($1, $2, $3, $4, $5, $6)`, agency, base+1, asList(rules), officer, why, d.now())
	if err != nil {
		return 0, fmt.Errorf("keep routing rules: %w", err)
	}
	return base + 1, nil
}

// asList is a set as it is kept: none is an empty list.
func asList(rules routing.Rules) routing.Rules {
	if rules == nil {
		return routing.Rules{}
	}
	return rules
}

// Reason is why a case came to its agency and queue (peers.md row 32): by which map, by which rule of which set, and which
// answers that rule asked. What they said stays with the request.
type Reason struct {
	Queue   agencies.QueueID `db:"queue_id"`
	Found   agencies.Found   `db:"found"`
	Area    agencies.AreaID  `db:"area_id"` // 0: no area decided
	Set     int              `db:"set_n"`   // 0: there were no rules
	Rule    int              `db:"rule"`    // from 1 on; 0: none fitted
	Branch  bool             `db:"branch"`  // the service itself names the queue for such a request (SVC-5)
	Fields  []string         `db:"fields"`
	Skipped []string         `db:"skipped"`
	Urgent  bool             `db:"urgent"`
	Skill   string           `db:"skill"`
	Shared  string           `db:"shared"` // how the queue shared it out; "": it does not; "nobody": there was nobody to give it to
	At      time.Time        `db:"at"`
}

// ReasonOf returns why a case came where it came, the last time; false: that was not kept when it came.
func ReasonOf(ctx context.Context, tx pgx.Tx, id TicketID) (Reason, bool, error) {
	rows, err := tx.Query(ctx, `SELECT queue_id, found, coalesce(area_id, 0) AS area_id, set_n, rule, branch, fields, skipped, urgent, skill, shared, at
		FROM ticket_routes WHERE ticket_id = $1 ORDER BY id DESC LIMIT 1`, id)
	if err != nil {
		return Reason{}, false, fmt.Errorf("why ticket %d is where it is: %w", id, err)
	}
	why, err := pgx.CollectExactlyOneRow(rows, pgx.RowToStructByName[Reason])
	if errors.Is(err, pgx.ErrNoRows) {
		return Reason{}, false, nil
	}
	if err != nil {
		return Reason{}, false, fmt.Errorf("why ticket %d is where it is: %w", id, err)
	}
	return why, true, nil
}

func keepReason(ctx context.Context, tx pgx.Tx, t Ticket, why Reason, at time.Time) error {
	_, err := tx.Exec(ctx, `INSERT INTO ticket_routes (agency_id, ticket_id, queue_id, found, area_id, set_n, rule, branch, fields, skipped, urgent, skill, at, shared)
		VALUES ($1, $2, $3, $4, nullif($5, 0), $6, $7, $8, coalesce($9, '{}'::text[]), coalesce($10, '{}'::text[]), $11, $12, $13, $14)`,
		t.AgencyID, t.ID, why.Queue, why.Found, why.Area, why.Set, why.Rule, why.Branch, why.Fields, why.Skipped, why.Urgent, why.Skill, at, why.Shared)
	if err != nil {
		return fmt.Errorf("keep why ticket %d is where it is: %w", t.ID, err)
	}
	return nil
}

// sort finds the queue of a request in its agency, by the rules that count now.
func sort(ctx context.Context, tx pgx.Tx, form *forms.Form, answers []forms.Answer, way agencies.Way) (Reason, error) {
	set, err := RulesInForce(ctx, tx, way.Agency)
	if err != nil {
		return Reason{}, err
	}
	queues, err := agencies.Queues(ctx, tx, way.Agency)
	if err != nil {
		return Reason{}, err
	}
	held := agencies.Held{}
	if set.Rules.AskPlace() {
		if held, err = agencies.Holding(ctx, tx, way.Agency, place(form, answers)); err != nil {
			return Reason{}, err
		}
	}
	why := sorted(set, queues, form, answers, held, way.Queue)
	why.Found, why.Area = way.Found, way.Area
	return why, nil
}

// sorted is the queue of a request: that which the service itself names for such a one, where the agency has it, because what
// must stay confidential goes before any rule (SVC-5); else that of the first rule that fits; else that which the agency
// named for the service; else the usual one, that the service was set up with. It asks nothing of the database.
func sorted(set RuleSet, queues []agencies.Queue, form *forms.Form, answers []forms.Answer, held agencies.Held, usual agencies.QueueID) Reason {
	byKey := func(key string) (agencies.QueueID, bool) {
		i := slices.IndexFunc(queues, func(q agencies.Queue) bool { return q.Key == key })
		if i < 0 {
			return 0, false
		}
		return queues[i].ID, true
	}
	own, named := form.OwnQueue()
	if key := form.QueueOf(answers); key != own {
		if queue, ok := byKey(key); ok {
			return Reason{Queue: queue, Set: set.N, Branch: true}
		}
	}
	c := routing.Case{Form: form, Answers: answers, Words: place(form, answers).Words, Held: held}
	choice := set.Rules.Choose(c, func(key string) bool { _, ok := byKey(key); return ok })
	why := Reason{Queue: usual, Set: set.N, Rule: choice.Rule, Fields: choice.Fields, Skipped: choice.Skipped, Urgent: choice.Urgent, Skill: choice.Skill}
	if queue, ok := byKey(own); ok && named {
		why.Queue = queue
	}
	if queue, ok := byKey(choice.Queue); ok {
		why.Queue = queue
	}
	return why
}
