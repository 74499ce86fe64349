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

// TrialID identifies a trial.
type TrialID int64

// Trial is a changed set of rules, played against the cases of the last year before it may count (peers.md idea 15).
type Trial struct {
	ID        TrialID            `db:"id"`
	AgencyID  agencies.AgencyID  `db:"agency_id"`
	OfficerID agencies.OfficerID `db:"officer_id"`
	Base      int                `db:"base"` // the set that counted when it was written
	Rules     routing.Rules      `db:"rules"`
	AskedAt   time.Time          `db:"asked_at"`
	DoneAt    *time.Time         `db:"done_at"` // nil: it is still being played
	Result    TrialResult        `db:"result"`
}

// TrialResult is what the rules would have done.
type TrialResult struct {
	Seen    int         `json:"seen"`    // cases that were looked at
	Differs int         `json:"differs"` // that would have gone to another queue
	Urgent  int         `json:"urgent"`  // that would have been urgent and were not, or the other way round
	Nobody  int         `json:"nobody"`  // that would have found nobody with the skill
	Skipped int         `json:"skipped"` // in which a rule could not be carried out
	Ruled   []int       `json:"ruled"`   // how many each rule would have sent, in their order
	Moves   []TrialMove `json:"moves"`   // from queue to queue, most first
	Cases   []TrialCase `json:"cases"`   // the newest of those that differ
}

// TrialMove is how many cases would have gone from one queue to another.
type TrialMove struct {
	From agencies.QueueID `json:"from"`
	To   agencies.QueueID `json:"to"`
	N    int              `json:"n"`
}

// TrialCase is a case that would have fared otherwise.
type TrialCase struct {
	Ticket TicketID         `json:"ticket"`
	From   agencies.QueueID `json:"from"`
	To     agencies.QueueID `json:"to"`
	Rule   int              `json:"rule"` // of the changed set; 0: none
	Nobody bool             `json:"nobody"`
}

const (
	trialDays  = 365
	trialBatch = 500
	trialShown = 100 // cases that differ, as they are listed
	// trialAtOnce is how many cases are played while the head waits; more are a job.
	trialAtOnce = 2000
)

// TrialArgs is the fact that a trial waits to be played.
type TrialArgs struct {
	TrialID  TrialID           `json:"trial_id"`
	AgencyID agencies.AgencyID `json:"agency_id"`
}

// Kind names the job.
func (TrialArgs) Kind() string { return "trial" }

// AskTrial keeps a changed set to be played, once nothing in it is wrong. Later says that there are so many cases that a job
// plays it; else the caller does, by PlayTrial.
func (d *Desk) AskTrial(ctx context.Context, tx pgx.Tx, by Actor, agency agencies.AgencyID, base int, rules routing.Rules) (id TrialID, later bool, err error) {
	officer, ok := by.officer()
	if !ok {
		return 0, false, fault.New(fault.Forbidden, "เฉพาะเจ้าหน้าที่เท่านั้นที่กำหนดกฎได้")
	}
	wrong, err := d.CheckRules(ctx, tx, agency, rules)
	if err != nil {
		return 0, false, err
	}
	if len(wrong) > 0 {
		return 0, false, fault.Newf(fault.Invalid, "{wrong}", "wrong", strings.Join(wrong, "\n"))
	}
	err = tx.QueryRow(ctx, `INSERT INTO routing_trials (agency_id, officer_id, base, rules, asked_at) VALUES ($1, $2, $3, $4, $5) RETURNING id`,
		agency, officer, base, asList(rules), d.now()).Scan(&id)
	if err != nil {
		return 0, false, fmt.Errorf("keep trial: %w", err)
	}
	err = tx.QueryRow(ctx, `SELECT count(*) > $3 FROM (SELECT FROM tickets WHERE agency_id = $1 AND entered_at >= $2 LIMIT $3 + 1) few`,
		agency, d.now().AddDate(0, 0, -trialDays), trialAtOnce).Scan(&later)
	if err != nil {
		return 0, false, fmt.Errorf("count the cases of a trial: %w", err)
	}
	if later {
		if _, err := d.jobs.InsertTx(ctx, tx, TrialArgs{TrialID: id, AgencyID: agency}, nil); err != nil {
			return 0, false, fmt.Errorf("enqueue trial %d: %w", id, err)
		}
	}
	return id, later, nil
}

// FindTrial returns a trial of an agency, or fault.NotFound.
func FindTrial(ctx context.Context, tx pgx.Tx, agency agencies.AgencyID, id TrialID) (Trial, error) {
	rows, err := tx.Query(ctx, `SELECT id, agency_id, officer_id, base, rules, asked_at, done_at, result FROM routing_trials WHERE agency_id = $1 AND id = $2`, agency, id)
	if err != nil {
		return Trial{}, fmt.Errorf("find trial %d: %w", id, err)
	}
	t, err := pgx.CollectExactlyOneRow(rows, pgx.RowToStructByName[Trial])
	if errors.Is(err, pgx.ErrNoRows) {
		return Trial{}, fault.New(fault.NotFound, "ไม่พบการทดลองกฎนี้ กรุณาเปิดหน้ากฎแล้วลองใหม่")
	}
	if err != nil {
		return Trial{}, fmt.Errorf("find trial %d: %w", id, err)
	}
	return t, nil
}

// DecideTrial makes the rules of a trial count: whoever decides has seen what they would have done.
func (d *Desk) DecideTrial(ctx context.Context, tx pgx.Tx, by Actor, agency agencies.AgencyID, id TrialID, why string) (int, error) {
	t, err := FindTrial(ctx, tx, agency, id)
	if err != nil {
		return 0, err
	}
	if t.DoneAt == nil {
		return 0, fault.New(fault.Conflict, "ระบบยังลองกฎกับเรื่องย้อนหลังไม่เสร็จ กรุณารอแล้วกดอีกครั้ง")
	}
	return d.DecideRules(ctx, tx, by, agency, t.Base, t.Rules, why)
}

// PlayTrial plays a trial against the cases of the last year, some at a time, each time in a transaction that only reads, so
// that it keeps nobody waiting. Again it comes to the same.
func (d *Desk) PlayTrial(ctx context.Context, db agencies.DB, agency agencies.AgencyID, id TrialID) error {
	var p player
	err := agencies.Within(ctx, db, agency, func(tx pgx.Tx) (err error) {
		p, err = d.newPlayer(ctx, tx, agency, id)
		return err
	})
	if err != nil || p.trial.DoneAt != nil {
		return err
	}
	for more := true; more; {
		err := agencies.Within(ctx, db, agency, func(tx pgx.Tx) (err error) {
			if _, err := tx.Exec(ctx, `SET TRANSACTION READ ONLY`); err != nil {
				return fmt.Errorf("play trial %d: %w", id, err)
			}
			more, err = p.batch(ctx, tx)
			return err
		})
		if err != nil {
			return err
		}
	}
	return agencies.Within(ctx, db, agency, func(tx pgx.Tx) error {
		_, err := tx.Exec(ctx, `UPDATE routing_trials SET done_at = $3, result = $4 WHERE agency_id = $1 AND id = $2 AND done_at IS NULL`, agency, id, d.now(), p.outcome())
		if err != nil {
			return fmt.Errorf("keep the result of trial %d: %w", id, err)
		}
		return nil
	})
}

// player plays one trial.
type player struct {
	desk   *Desk
	trial  Trial
	now    RuleSet // what counts without the change
	queues []agencies.Queue
	skills map[string]bool // those that somebody has
	usual  map[[2]string]agencies.QueueID
	from   time.Time
	at     time.Time // of the case looked at last, the newest first
	after  TicketID
	result TrialResult
	moves  map[[2]agencies.QueueID]int
}

func (d *Desk) newPlayer(ctx context.Context, tx pgx.Tx, agency agencies.AgencyID, id TrialID) (p player, err error) {
	p = player{desk: d, skills: map[string]bool{}, usual: map[[2]string]agencies.QueueID{}, moves: map[[2]agencies.QueueID]int{}}
	if p.trial, err = FindTrial(ctx, tx, agency, id); err != nil {
		return p, err
	}
	p.result.Ruled = make([]int, len(p.trial.Rules))
	p.at, p.from = p.trial.AskedAt, p.trial.AskedAt.AddDate(0, 0, -trialDays)
	if p.now, err = FindRules(ctx, tx, agency, p.trial.Base); err != nil {
		return p, err
	}
	if p.queues, err = agencies.Queues(ctx, tx, agency); err != nil {
		return p, err
	}
	skills, err := agencies.Skills(ctx, tx, agency)
	for _, own := range skills {
		for _, s := range own {
			p.skills[s] = true
		}
	}
	return p, err
}

// past is a case of the past with what its request said.
type past struct {
	ID           TicketID         `db:"id"`
	FormKey      forms.Key        `db:"form_key"`
	FormVersion  int              `db:"form_version"`
	FormOverride forms.OverrideID `db:"form_override"`
	EnteredAt    time.Time        `db:"entered_at"`
	Answers      []forms.Answer   `db:"answers"`
}

func (p *player) batch(ctx context.Context, tx pgx.Tx) (more bool, err error) {
	rows, err := tx.Query(ctx, `SELECT t.id, t.form_key, t.form_version, coalesce(t.form_override, 0) AS form_override, t.entered_at, r.answers
		FROM tickets t JOIN requests r ON r.id = t.request_id
		WHERE t.agency_id = $1 AND t.entered_at >= $2 AND ($4 = 0 AND t.entered_at <= $3 OR (t.entered_at, t.id) < ($3, $4)) ORDER BY t.entered_at DESC, t.id DESC LIMIT $5`,
		p.trial.AgencyID, p.from, p.at, p.after, trialBatch)
	if err != nil {
		return false, fmt.Errorf("read cases of the past: %w", err)
	}
	batch, err := pgx.CollectRows(rows, pgx.RowToStructByName[past])
	if err != nil {
		return false, fmt.Errorf("read cases of the past: %w", err)
	}
	for _, c := range batch {
		if err := p.play(ctx, tx, c); err != nil {
			return false, err
		}
		p.at, p.after = c.EnteredAt, c.ID
	}
	return len(batch) == trialBatch, nil
}

// play sorts one case by both sets, as Route would.
func (p *player) play(ctx context.Context, tx pgx.Tx, c past) error {
	form, err := p.desk.Form(ctx, tx, Ticket{ID: c.ID, FormKey: c.FormKey, FormVersion: c.FormVersion, FormOverride: c.FormOverride, EnteredAt: c.EnteredAt})
	if err != nil {
		return err
	}
	held := agencies.Held{}
	if p.now.Rules.AskPlace() || p.trial.Rules.AskPlace() {
		if held, err = agencies.Holding(ctx, tx, p.trial.AgencyID, place(form, c.Answers)); err != nil {
			return err
		}
	}
	key := [2]string{string(c.FormKey), form.QueueOf(c.Answers)}
	usual, ok := p.usual[key]
	if !ok {
		if usual, err = agencies.QueueFor(ctx, tx, p.trial.AgencyID, key[0], key[1]); err != nil {
			return err
		}
		p.usual[key] = usual
	}
	p.compare(c,
		sorted(p.now, p.queues, form, c.Answers, held, usual),
		sorted(RuleSet{N: p.trial.Base + 1, Rules: p.trial.Rules}, p.queues, form, c.Answers, held, usual))
	return nil
}

func (p *player) compare(c past, was, is Reason) {
	r := &p.result
	r.Seen++
	if is.Rule > 0 {
		r.Ruled[is.Rule-1]++
	}
	if len(is.Skipped) > 0 {
		r.Skipped++
	}
	if was.Urgent != is.Urgent {
		r.Urgent++
	}
	nobody := p.nobody(c, is)
	if nobody {
		r.Nobody++
	}
	if was.Queue != is.Queue {
		r.Differs++
		p.moves[[2]agencies.QueueID{was.Queue, is.Queue}]++
	}
	if (was.Queue != is.Queue || nobody) && len(r.Cases) < trialShown {
		r.Cases = append(r.Cases, TrialCase{Ticket: c.ID, From: was.Queue, To: is.Queue, Rule: is.Rule, Nobody: nobody})
	}
}

// nobody says whether the queue would look for a skill that no one has.
func (p *player) nobody(c past, is Reason) bool {
	i := slices.IndexFunc(p.queues, func(q agencies.Queue) bool { return q.ID == is.Queue })
	if i < 0 || p.queues[i].Share != agencies.ShareSkill {
		return false
	}
	skill := is.Skill
	if skill == "" {
		skill = string(c.FormKey)
	}
	return !p.skills[skill]
}

// outcome is the result with its moves in order.
func (p *player) outcome() TrialResult {
	for way, n := range p.moves {
		p.result.Moves = append(p.result.Moves, TrialMove{From: way[0], To: way[1], N: n})
	}
	slices.SortFunc(p.result.Moves, func(a, b TrialMove) int {
		if a.N != b.N {
			return b.N - a.N
		}
		if a.From != b.From {
			return int(a.From - b.From)
		}
		return int(a.To - b.To)
	})
	return p.result
}
