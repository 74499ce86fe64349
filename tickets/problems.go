package tickets

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/jackc/pgx/v5"

	"saphan/agencies"
	"saphan/forms"
	"saphan/internal/thai"
)

// Problems are those of one kind that came to an agency in one month, and what became of them by now. "Closed" is a claim, so
// what the agency says and what those who reported it say stand side by side (SVC-5). What several people reported is one
// problem; what is confidential, or of a service that asks nobody whether it is so, is not among them.
type Problems struct {
	Month   time.Time // its first day, in UTC
	Service forms.Key // Together: problems of several kinds
	Kind    string    // as Form.Alike tells problems apart; Together as above
	Tally
}

// Together stands for the service and the kind where problems of several kinds are told together.
const Together = "*"

// Tally counts problems. Each is open, or ended otherwise, or the claim that it is fixed stands.
type Tally struct {
	Filed          int    `db:"filed"`
	Reports        int    `db:"reports"`         // how many people's cases they are
	Open           int    `db:"open"`            // still to be fixed, or once more
	EndedOtherwise int    `db:"ended_otherwise"` // refused, withdrawn, returned, or a body outside is in charge
	Claimed        int    `db:"claimed"`         // the agency said at least once that it is fixed
	Confirmed      int    `db:"confirmed"`       // and somebody who reported it says so too
	Unconfirmed    int    `db:"unconfirmed"`     // and nobody said anything in the time for it
	Reopened       int    `db:"reopened"`        // somebody who reported it said at least once that it is not
	ToClaim        Spread `db:"to_claim"`        // from the day it counts as received to the first claim
	ToConfirmation Spread `db:"to_confirmation"` // and to the confirmation
}

// Spread says of how many problems something took so many working days: the first day is not counted (LOC-5).
type Spread map[int]int

// Count is of how many problems it is known.
func (s Spread) Count() (n int) {
	for _, problems := range s {
		n += problems
	}
	return n
}

// Median is the number of days within which half of them were done, between two of them the middle; ok is false for none.
func (s Spread) Median() (days float64, ok bool) {
	n := s.Count()
	if n == 0 {
		return 0, false
	}
	nth := func(wanted int) (found int) {
		for _, found = range slices.Sorted(maps.Keys(s)) {
			if wanted -= s[found]; wanted < 0 {
				break
			}
		}
		return found
	}
	return float64(nth((n-1)/2)+nth(n/2)) / 2, true
}

func (s Spread) with(other Spread) Spread {
	sum := maps.Clone(s)
	if sum == nil {
		sum = Spread{}
	}
	for days, n := range other {
		sum[days] += n
	}
	return sum
}

// With is the tally of both.
func (t Tally) With(other Tally) Tally {
	return Tally{
		Filed: t.Filed + other.Filed, Reports: t.Reports + other.Reports, Open: t.Open + other.Open, EndedOtherwise: t.EndedOtherwise + other.EndedOtherwise,
		Claimed: t.Claimed + other.Claimed, Confirmed: t.Confirmed + other.Confirmed, Unconfirmed: t.Unconfirmed + other.Unconfirmed, Reopened: t.Reopened + other.Reopened,
		ToClaim: t.ToClaim.with(other.ToClaim), ToConfirmation: t.ToConfirmation.with(other.ToConfirmation),
	}
}

// ByMonth sums problems over their kinds, the first month first.
func ByMonth(all []Problems) []Problems {
	return summed(all, func(p Problems) Problems { return Problems{Month: p.Month, Service: Together, Kind: Together} })
}

// ByKind sums problems over their months, in the order in which each kind comes first; those told together are the last.
func ByKind(all []Problems) []Problems {
	sums := summed(all, func(p Problems) Problems { return Problems{Service: p.Service, Kind: p.Kind} })
	slices.SortStableFunc(sums, func(a, b Problems) int {
		switch {
		case (a.Kind == Together) == (b.Kind == Together):
			return b.Filed - a.Filed
		case a.Kind == Together:
			return 1
		}
		return -1
	})
	return sums
}

// Total sums all of them.
func Total(all []Problems) (sum Tally) {
	for _, p := range all {
		sum = sum.With(p.Tally)
	}
	return sum
}

func summed(all []Problems, group func(Problems) Problems) (sums []Problems) {
	for _, p := range all {
		g := group(p)
		i := slices.IndexFunc(sums, func(s Problems) bool { return s.Month.Equal(g.Month) && s.Service == g.Service && s.Kind == g.Kind })
		if i < 0 {
			i, sums = len(sums), append(sums, g)
		}
		sums[i].Tally = sums[i].With(p.Tally)
	}
	return sums
}

const tallyColumns = `filed, reports, open, ended_otherwise, claimed, confirmed, unconfirmed, reopened, to_claim, to_confirmation`

// ProblemsOf counts the problems that came to an agency from a month on and before another, by month and kind, as they stand
// now; both are times in the month. Days are counted by the agency's calendar of today.
func (d *Desk) ProblemsOf(ctx context.Context, tx pgx.Tx, agency agencies.AgencyID, from, until time.Time) ([]Problems, error) {
	calendar, err := agencies.LoadCalendar(ctx, tx, agency)
	if err != nil {
		return nil, err
	}
	from, until = monthOf(from), monthOf(until)
	days := workingDays(calendar, from, d.now())
	rows, err := tx.Query(ctx, `WITH problems AS MATERIALIZED (
			SELECT id, date_trunc('month', entered_at AT TIME ZONE 'Asia/Bangkok')::date AS month, form_key AS service, alike AS kind, deemed_received_at, closed_at
			FROM tickets WHERE agency_id = $1 AND entered_at >= $2 AND entered_at < $3 AND alike IS NOT NULL AND main_id IS NULL AND passed_to IS NULL),
		followers AS (SELECT main_id AS id, count(*) AS n FROM tickets WHERE agency_id = $1 AND main_id IS NOT NULL GROUP BY main_id),
		claims AS (SELECT p.id, min(d.at) AS first_at, max(d.n) FILTER (WHERE d.reopened_at IS NULL) AS standing,
				bool_or(d.reopened_at IS NULL AND d.unconfirmed_at IS NOT NULL) AS unconfirmed, bool_or(d.reopened_at IS NOT NULL) AS reopened
			FROM problems p JOIN decisions d ON d.ticket_id = p.id
			WHERE d.withdrawn_at IS NULL AND d.outcome IN ('approve', 'approve_with_conditions', 'deemed') GROUP BY p.id),
		said AS (SELECT c.id, min(s.at) AS at FROM claims c JOIN confirmations s ON s.ticket_id = c.id AND s.n = c.standing WHERE s.fixed GROUP BY c.id),
		each AS (SELECT month, service, kind, 1 + coalesce(f.n, 0) AS reports, closed_at IS NULL AS open, closed_at IS NOT NULL AND standing IS NULL AS otherwise,
				first_at IS NOT NULL AS claimed, s.at IS NOT NULL AS confirmed, s.at IS NULL AND coalesce(unconfirmed, false) AS unconfirmed, coalesce(reopened, false) AS reopened,
				greatest(0, ($5::int[])[1 + (first_at AT TIME ZONE 'Asia/Bangkok')::date - $4::date] - ($5::int[])[1 + (deemed_received_at AT TIME ZONE 'Asia/Bangkok')::date - $4::date]) AS to_claim,
				greatest(0, ($5::int[])[1 + (s.at AT TIME ZONE 'Asia/Bangkok')::date - $4::date] - ($5::int[])[1 + (deemed_received_at AT TIME ZONE 'Asia/Bangkok')::date - $4::date]) AS to_confirmation
			FROM problems p LEFT JOIN claims c USING (id) LEFT JOIN said s USING (id) LEFT JOIN followers f USING (id)),
		counted AS (SELECT month, service, kind, count(*) AS filed, sum(reports) AS reports, count(*) FILTER (WHERE open) AS open, count(*) FILTER (WHERE otherwise) AS ended_otherwise,
				count(*) FILTER (WHERE claimed) AS claimed, count(*) FILTER (WHERE confirmed) AS confirmed, count(*) FILTER (WHERE unconfirmed) AS unconfirmed,
				count(*) FILTER (WHERE reopened) AS reopened
			FROM each GROUP BY month, service, kind),
		claimed AS (SELECT month, service, kind, jsonb_object_agg(days, n) AS to_claim FROM (SELECT month, service, kind, to_claim AS days, count(*) AS n FROM each
			WHERE claimed AND to_claim IS NOT NULL GROUP BY month, service, kind, to_claim) AS spread GROUP BY month, service, kind),
		confirmed AS (SELECT month, service, kind, jsonb_object_agg(days, n) AS to_confirmation FROM (SELECT month, service, kind, to_confirmation AS days, count(*) AS n FROM each
			WHERE confirmed AND to_confirmation IS NOT NULL GROUP BY month, service, kind, to_confirmation) AS spread GROUP BY month, service, kind)
		SELECT month, service, kind, filed, reports, open, ended_otherwise, counted.claimed, counted.confirmed, unconfirmed, reopened,
			coalesce(to_claim, '{}') AS to_claim, coalesce(to_confirmation, '{}') AS to_confirmation
		FROM counted LEFT JOIN claimed USING (month, service, kind) LEFT JOIN confirmed USING (month, service, kind) ORDER BY month, service, kind`,
		agency, from, until, from.Format(time.DateOnly), days)
	if err != nil {
		return nil, fmt.Errorf("count the problems of agency %d: %w", agency, err)
	}
	all, err := pgx.CollectRows(rows, pgx.RowToStructByName[Problems])
	if err != nil {
		return nil, fmt.Errorf("count the problems of agency %d: %w", agency, err)
	}
	return all, nil
}

// monthOf is the first moment of a month in Bangkok.
func monthOf(t time.Time) time.Time {
	t = t.In(thai.Bangkok())
	return time.Date(t.Year(), t.Month(), 1, 0, 0, 0, 0, thai.Bangkok())
}

// furthestDeemed is for how many days after it came something may count as received: a run of days off.
const furthestDeemed = 60

// workingDays tells of each day from a first one to a while after the last how many working days there were by its end.
func workingDays(calendar agencies.Calendar, first, last time.Time) (sum []int32) {
	n := int32(0)
	for day := first; !day.After(last.AddDate(0, 0, furthestDeemed)); day = day.AddDate(0, 0, 1) {
		if calendar.Working(day) {
			n++
		}
		sum = append(sum, n)
	}
	return sum
}
