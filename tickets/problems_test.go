package tickets_test

import (
	"fmt"
	"math/big"
	"math/rand/v2"
	"os"
	"reflect"
	"slices"
	"strconv"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"saphan/agencies"
	"saphan/forms"
	"saphan/internal/thai"
	"saphan/tickets"
)

// month is the first day of a month as problems tell it.
func month(year int, m time.Month) time.Time { return time.Date(year, m, 1, 0, 0, 0, 0, time.UTC) }

func of2569(day int, m time.Month) time.Time {
	return time.Date(2026, m, day, 10, 0, 0, 0, thai.Bangkok())
}

// SVC-5: what the agency claims and what the reporters say are counted side by side, in working days, by the month in which a
// problem was filed. Several reports of one thing are one problem; confidential ones are none.
func TestClaimedAndConfirmedAreCounted(t *testing.T) {
	t.Parallel()
	o := open(t)
	on := func(day int, m time.Month) { o.now = of2569(day, m) }
	road := func(s *tickets.Submission) {
		s.Answers[0].Text, s.Answers[0].Value = "ถนน ทางเท้า", []byte(`"road"`)
	}
	told := func(id tickets.TicketID) { must(t, o.desk.Told(t.Context(), o.tx, id)) }
	on(7, time.September) // Monday
	confirmed, again := o.reported(t, "confirmed"), o.reported(t, "again")
	follows := o.reported(t, "follows")
	o.merge(t, follows.ID, confirmed.ID)
	o.reported(t, "secret", corrupt)
	refused, silent, untold, still := o.reported(t, "refused"), o.reported(t, "silent"), o.reported(t, "untold"), o.reported(t, "still open", road)
	on(9, time.September) // Wednesday
	for _, c := range []tickets.Ticket{confirmed, again, silent, untold} {
		o.mend(t, c.ID)
	}
	must(t, o.desk.Decide(t.Context(), o.tx, o.by(), refusal(refused.ID)))
	for _, c := range []tickets.Ticket{confirmed, follows, again, silent} {
		told(c.ID)
	}
	on(10, time.September)
	must(t, o.desk.Confirm(t.Context(), o.tx, of(follows), follows.ID, 1, "line 1"))
	must(t, o.desk.Reopen(t.Context(), o.tx, of(again), again.ID, 1, "line 1"))
	on(14, time.September) // Monday
	must(t, o.desk.Confirm(t.Context(), o.tx, of(confirmed), confirmed.ID, 1, "line 1"))
	o.mend(t, again.ID)
	told(again.ID)
	on(19, time.September) // Saturday
	must(t, o.desk.Confirm(t.Context(), o.tx, of(again), again.ID, 2, "line 1"))
	on(28, time.September)
	must(t, o.desk.DoDuties(t.Context(), o.tx, silent.ID))
	must(t, o.desk.TakeBack(t.Context(), o.tx, o.head(), untold.ID, "เลือกผิดเรื่อง ยังไม่ได้ไปซ่อม"))
	on(1, time.October)
	o.reported(t, "another month", road)
	got, err := o.desk.ProblemsOf(t.Context(), o.tx, o.agency.ID, of2569(30, time.September), of2569(2, time.November))
	must(t, err)
	want := []tickets.Problems{
		{Month: month(2026, time.September), Service: "public-problem", Kind: "light", Tally: tickets.Tally{
			Filed: 5, Reports: 6, Open: 1, EndedOtherwise: 1, Claimed: 3, Confirmed: 2, Unconfirmed: 1, Reopened: 1,
			ToClaim: tickets.Spread{2: 3}, ToConfirmation: tickets.Spread{3: 1, 9: 1},
		}},
		{Month: month(2026, time.September), Service: "public-problem", Kind: "road", Tally: tickets.Tally{Filed: 1, Reports: 1, Open: 1, ToClaim: tickets.Spread{}, ToConfirmation: tickets.Spread{}}},
		{Month: month(2026, time.October), Service: "public-problem", Kind: "road", Tally: tickets.Tally{Filed: 1, Reports: 1, Open: 1, ToClaim: tickets.Spread{}, ToConfirmation: tickets.Spread{}}},
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("counted\n%+v\nwant\n%+v", got, want)
	}
	if days, ok := got[0].ToConfirmation.Median(); !ok || days != 6 {
		t.Errorf("the median of 3 and 9 is %v", days)
	}
	if _, ok := got[1].ToClaim.Median(); ok {
		t.Error("nothing has a median")
	}
	if closed, err := o.desk.ProblemsOf(t.Context(), o.tx, o.agency.ID, of2569(1, time.October), of2569(1, time.October)); err != nil || len(closed) != 0 {
		t.Errorf("no month: %v %v", closed, err)
	}
	if s := o.find(t, still.ID).Status; s.Closed() {
		t.Errorf("it is %s", s)
	}
}

// fate is what became of a problem, as the reference below counts it.
type fate struct {
	kind                 string
	entered, closed      time.Time
	claims               []claimed
	follows, passed, mum bool // mum: it is confidential
}

type claimed struct {
	at                               time.Time
	granted, taken, reopened, silent bool
	confirmedAt                      time.Time
}

// SVC-5: the one query agrees with counting by hand, whatever happened to the cases.
func TestProblemsAreCountedAsByHand(t *testing.T) {
	t.Parallel()
	o := open(t)
	cal, err := agencies.LoadCalendar(t.Context(), o.tx, o.agency.ID)
	must(t, err)
	random := rand.New(rand.NewPCG(50, 1))
	start := of2569(1, time.June)
	var all []fate
	var first tickets.TicketID
	for i := range 300 {
		f := fate{kind: []string{"light", "road", "waste"}[random.IntN(3)], entered: start.Add(time.Duration(random.IntN(120*24)) * time.Hour), follows: i > 0 && random.IntN(6) == 0, passed: random.IntN(15) == 0, mum: random.IntN(9) == 0}
		at := f.entered
		for range random.IntN(4) {
			at = at.Add(time.Duration(1+random.IntN(15*24)) * time.Hour)
			c := claimed{at: at, granted: random.IntN(5) > 0, taken: random.IntN(5) == 0}
			if c.reopened = !c.taken && random.IntN(2) == 0; !c.taken && random.IntN(2) == 0 {
				c.confirmedAt = at.Add(time.Duration(1+random.IntN(7*24)) * time.Hour)
			} else {
				c.silent = !c.taken && random.IntN(2) == 0
			}
			f.claims = append(f.claims, c)
			if !c.taken && !c.reopened { // it stands: nothing comes after it
				f.closed = at
				break
			}
		}
		if f.follows {
			f.claims, f.closed, f.passed, f.mum, f.kind = nil, time.Time{}, false, false, "light"
		}
		if i == 0 {
			f.mum, f.passed, f.kind = false, false, "light"
		}
		all = append(all, f)
		id := o.insert(t, i, f, first)
		if i == 0 {
			first = id
		}
	}
	o.now = of2569(30, time.December)
	got, err := o.desk.ProblemsOf(t.Context(), o.tx, o.agency.ID, of2569(1, time.June), of2569(1, time.October))
	must(t, err)
	want := byHand(cal, all)
	if len(got) != len(want) {
		t.Fatalf("%d lines, by hand %d", len(got), len(want))
	}
	for _, p := range got {
		if by := want[p.Month.Format("2006-01")+p.Kind]; !reflect.DeepEqual(p.Tally, by) {
			t.Errorf("%s %s: counted %+v, by hand %+v", p.Month.Format("2006-01"), p.Kind, p.Tally, by)
		}
	}
}

// insert writes a case and what was decided of it as they stand in the end.
func (o *office) insert(t *testing.T, i int, f fate, main tickets.TicketID) (id tickets.TicketID) {
	t.Helper()
	var request int64
	must(t, o.tx.QueryRow(t.Context(), `INSERT INTO requests (draft, citizen_id, agency_id, form_key, form_version, answers, entered_at, created_at)
		VALUES ($1, $2, $3, 'public-problem', 2, '[]', $4, $4) RETURNING id`, fmt.Sprint("fate", i), o.citizen.CitizenID, o.agency.ID, f.entered).Scan(&request))
	status, alike := "open", &f.kind
	var closed *time.Time
	var follows *tickets.TicketID
	if !f.closed.IsZero() {
		status, closed = "approved", &f.closed
	}
	if f.follows {
		status, follows = "merged", &main
	}
	if f.mum {
		alike = nil
	}
	must(t, o.tx.QueryRow(t.Context(), `INSERT INTO tickets (agency_id, request_id, citizen_id, queue_id, number, form_key, form_version, title, subject, status, entered_at, deemed_received_at, due_at, closed_at, track_token, updated_at, alike, main_id)
		VALUES ($1, $2, $3, $4, $5, 'public-problem', 2, 't', 's', $6, $7, $7, $7, $8, $5, $7, $9, $10) RETURNING id`,
		o.agency.ID, request, o.citizen.CitizenID, o.queues["works"], fmt.Sprint("F-", i), status, f.entered, closed, alike, follows).Scan(&id))
	if f.passed {
		_, err := o.tx.Exec(t.Context(), `UPDATE tickets SET passed_to = $2 WHERE id = $1`, id, main)
		must(t, err)
	}
	for n, c := range f.claims {
		outcome := tickets.Approve
		if !c.granted {
			outcome = tickets.Refuse
		}
		_, err := o.tx.Exec(t.Context(), `INSERT INTO decisions (ticket_id, agency_id, n, officer_id, outcome, facts, reason, legal_basis, appeal_body, appeal_days, at, withdrawn_at, withdrawn_by, withdrawn_why, reopened_at, unconfirmed_at)
			VALUES ($1, $2, $3, $4, $5, 'x', 'x', 'x', 'x', 1, $6::timestamptz, CASE WHEN $7 THEN $6 END, CASE WHEN $7 THEN $4::bigint END, CASE WHEN $7 THEN 'x' ELSE '' END, CASE WHEN $8 THEN $6 END, CASE WHEN $9 THEN $6 END)`,
			id, o.agency.ID, n+1, o.officer.ID, outcome, c.at, c.taken, c.reopened, c.silent)
		must(t, err)
		if !c.confirmedAt.IsZero() {
			_, err := o.tx.Exec(t.Context(), `INSERT INTO confirmations (agency_id, ticket_id, n, reporter_id, fixed, way, at) VALUES ($1, $2, $3, $2, true, 'track', $4)`, o.agency.ID, id, n+1, c.confirmedAt)
			must(t, err)
		}
	}
	return id
}

// byHand counts problems one after the other, walking day by day.
func byHand(cal agencies.Calendar, all []fate) map[string]tickets.Tally {
	days := func(from, to time.Time) (n int) {
		from, to = from.In(thai.Bangkok()), to.In(thai.Bangkok())
		for day := from.AddDate(0, 0, 1); day.Format(time.DateOnly) <= to.Format(time.DateOnly); day = day.AddDate(0, 0, 1) {
			if cal.Working(day) {
				n++
			}
		}
		return n
	}
	followers := 0
	for _, f := range all {
		if f.follows {
			followers++
		}
	}
	counted := map[string]tickets.Tally{}
	for i, f := range all {
		if f.follows || f.passed || f.mum {
			continue
		}
		key := f.entered.In(thai.Bangkok()).Format("2006-01") + f.kind
		sum := counted[key]
		if sum.ToClaim == nil {
			sum.ToClaim, sum.ToConfirmation = tickets.Spread{}, tickets.Spread{}
		}
		sum.Filed++
		sum.Reports++
		if i == 0 {
			sum.Reports += followers
		}
		var stands, first *claimed
		again := false
		for _, c := range f.claims {
			if c.taken || !c.granted {
				continue
			}
			if first == nil {
				first = &c
			}
			if again = again || c.reopened; !c.reopened {
				stands = &c
			}
		}
		switch {
		case f.closed.IsZero():
			sum.Open++
		case stands == nil:
			sum.EndedOtherwise++
		}
		if first != nil {
			sum.Claimed++
			sum.ToClaim[days(f.entered, first.at)]++
		}
		if again {
			sum.Reopened++
		}
		switch {
		case stands == nil:
		case !stands.confirmedAt.IsZero():
			sum.Confirmed++
			sum.ToConfirmation[days(f.entered, stands.confirmedAt)]++
		case stands.silent:
			sum.Unconfirmed++
		}
		counted[key] = sum
	}
	return counted
}

// SEED-20: of fewer than five problems nothing is told, and nothing that is told gives it back: neither by subtracting totals of
// months, of kinds or of all from one another, nor by any other sum of them.
func TestNoSubtractionGivesBackASmallGroup(t *testing.T) {
	t.Parallel()
	folded, hidden := 0, 0
	for seed := range uint64(400) {
		random := rand.New(rand.NewPCG(seed, 20))
		var all []tickets.Problems
		sizes := map[string]int{}
		for m := range 1 + random.IntN(6) {
			for kind := range 1 + random.IntN(7) {
				n := random.IntN(4 + random.IntN(12))
				if n == 0 {
					continue
				}
				p := tickets.Problems{Month: month(2026, time.Month(1+m)), Service: "public-problem", Kind: fmt.Sprint("k", kind), Tally: tickets.Tally{Filed: n, Claimed: random.IntN(n + 1)}}
				all, sizes[nameOf(p)] = append(all, p), n
			}
		}
		told := tickets.Fold(all)
		equations, names := published(all, told)
		for _, p := range told {
			if p.Filed < tickets.Fewest {
				t.Fatalf("seed %d: %+v is told", seed, p)
			}
			if p.Kind == tickets.Together {
				folded++
			}
		}
		for i, name := range names {
			if sizes[name] >= tickets.Fewest {
				continue
			}
			hidden++
			if follows(equations, i) {
				t.Fatalf("seed %d: that %s are %d follows from what is told", seed, name, sizes[name])
			}
		}
	}
	if folded < 50 || hidden < 500 {
		t.Errorf("only %d were folded and %d hidden, which shows little", folded, hidden)
	}
}

func nameOf(p tickets.Problems) string { return p.Month.Format("2006-01 ") + p.Kind }

// published are the sums that are told, as equations over the groups that there are: each told group, and the totals of months,
// of kinds and of all. A coefficient is one where a group is part of a sum; the last is the sum itself.
func published(all, told []tickets.Problems) (equations [][]*big.Rat, names []string) {
	for _, p := range all {
		names = append(names, nameOf(p))
	}
	kept := map[string]bool{}
	for _, p := range told {
		kept[nameOf(p)] = true
	}
	// Who knows how folding works knows which groups are in what is told together: those of its month that are not told.
	within := func(p tickets.Problems) []*big.Rat {
		row := zeros(len(all))
		for i, g := range all {
			if g.Month.Equal(p.Month) && (g.Kind == p.Kind || p.Kind == tickets.Together && !kept[nameOf(g)]) {
				row[i].SetInt64(1)
			}
		}
		return row
	}
	sum := func(belongs func(tickets.Problems) bool) {
		row := zeros(len(all))
		for _, p := range told {
			if belongs(p) {
				for i, c := range within(p) {
					row[i].Add(row[i], c)
				}
			}
		}
		equations = append(equations, row)
	}
	for _, one := range told {
		sum(func(p tickets.Problems) bool { return nameOf(p) == nameOf(one) })
	}
	for _, m := range tickets.ByMonth(told) {
		sum(func(p tickets.Problems) bool { return p.Month.Equal(m.Month) })
	}
	for _, k := range tickets.ByKind(told) {
		sum(func(p tickets.Problems) bool { return p.Kind == k.Kind })
	}
	sum(func(tickets.Problems) bool { return true })
	return equations, names
}

func zeros(n int) []*big.Rat {
	row := make([]*big.Rat, n)
	for i := range row {
		row[i] = new(big.Rat)
	}
	return row
}

// follows says whether an unknown is determined by equations: whether it alone is a sum of their left sides.
func follows(equations [][]*big.Rat, unknown int) bool {
	var rows [][]*big.Rat
	for _, e := range equations {
		row := zeros(len(e))
		for i, c := range e {
			row[i].Set(c)
		}
		rows = append(rows, row)
	}
	goal := zeros(len(equations[0]))
	goal[unknown].SetInt64(1)
	for column := range goal {
		i := slices.IndexFunc(rows, func(row []*big.Rat) bool { return row[column].Sign() != 0 })
		if i < 0 {
			continue
		}
		pivot := rows[i]
		rows = slices.Delete(rows, i, i+1)
		for _, row := range append(rows, goal) {
			if row[column].Sign() == 0 {
				continue
			}
			by := new(big.Rat).Quo(row[column], pivot[column])
			for j := range row {
				row[j].Sub(row[j], new(big.Rat).Mul(by, pivot[j]))
			}
		}
	}
	return !slices.ContainsFunc(goal, func(c *big.Rat) bool { return c.Sign() != 0 })
}

// SEED-20: what is published is of months that are over, as it was counted that night, and written anew the next one.
func TestOnlyMonthsThatAreOverArePublished(t *testing.T) {
	t.Parallel()
	o := open(t)
	for i, f := range []int{9, 10} {
		for n := range 6 - i {
			o.now = of2569(7+n, time.Month(f))
			o.reported(t, fmt.Sprint(f, " ", n))
		}
	}
	o.now = of2569(20, time.October)
	for range 2 { // a job may run twice
		must(t, o.desk.PublishProblems(t.Context(), o.tx, o.agency.ID))
	}
	all, at, err := tickets.PublishedProblems(t.Context(), o.tx, o.agency.ID)
	must(t, err)
	if len(all) != 1 || all[0].Filed != 6 || all[0].Service != forms.Key("public-problem") || !at.Equal(o.now) {
		t.Errorf("published %+v at %s", all, at)
	}
	o.now = of2569(1, time.November)
	must(t, o.desk.PublishProblems(t.Context(), o.tx, o.agency.ID))
	if all, _, err = tickets.PublishedProblems(t.Context(), o.tx, o.agency.ID); err != nil || len(all) != 2 || all[1].Filed != 5 {
		t.Errorf("published %+v, %v", all, err)
	}
	o.now = o.now.AddDate(2, 0, 0)
	must(t, o.desk.PublishProblems(t.Context(), o.tx, o.agency.ID))
	if all, at, err = tickets.PublishedProblems(t.Context(), o.tx, o.agency.ID); err != nil || len(all) != 0 || !at.IsZero() {
		t.Errorf("published %+v, %v", all, err)
	}
}

// What counting two years of problems costs, of an agency with a hundredth of all cases, in a database
// of a million (SAPHAN_GROWTH says how many).
func BenchmarkProblems(b *testing.B) {
	many := 1_000_000
	if n, err := strconv.Atoi(os.Getenv("SAPHAN_GROWTH")); err == nil {
		many = n
	}
	c := grown(b, many)
	var agency agencies.AgencyID
	c.in(b, func(tx pgx.Tx) {
		must(b, tx.QueryRow(b.Context(), `SELECT agency_id FROM tickets WHERE alike IS NOT NULL GROUP BY agency_id ORDER BY count(*) DESC LIMIT 1`).Scan(&agency))
	})
	took := func() (last time.Duration, filed int) {
		for range 5 {
			c.in(b, func(tx pgx.Tx) {
				begun := time.Now()
				all, err := c.desk.ProblemsOf(b.Context(), tx, agency, time.Now().AddDate(-2, 0, 0), time.Now().AddDate(0, 1, 0))
				must(b, err)
				last, filed = time.Since(begun), tickets.Total(all).Filed
			})
		}
		return last, filed
	}
	for b.Loop() {
		last, n := took()
		b.ReportMetric(float64(last.Microseconds())/1000, "ms")
		b.ReportMetric(float64(n), "problems")
	}
}
