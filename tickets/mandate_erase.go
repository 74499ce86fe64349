package tickets

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"

	"saphan/agencies"
)

// ForgetMandates ends the mandates that an account holds, and those that its person gave (found by a blinded national ID), and
// erases who is named in them and the signed papers, whose files it returns; because that person asked to be forgotten
// (PDP-4). One under which a case is open stays for now: it says who may act there. Doing it twice is as once. The
// transaction must see everybody's.
func (d *Desk) ForgetMandates(ctx context.Context, tx pgx.Tx, citizen int64, blinds [][]byte) (papers []int64, err error) {
	all, err := manyMandates(ctx, tx, `SELECT `+mandateColumns+` FROM mandates WHERE (citizen_id = $1 OR principal_hash = ANY($2)) AND principal_hash <> ''
		AND NOT EXISTS (SELECT FROM requests r LEFT JOIN tickets t ON t.request_id = r.id WHERE r.mandate_id = mandates.id
			AND (t.closed_at IS NULL OR t.passed_to IS NULL AND t.status IN ('transferred', 'bounced')))
		ORDER BY id FOR UPDATE`, citizen, blinds)
	if err != nil {
		return nil, err
	}
	for _, m := range all {
		if s := m.State(d.now()); s == MandateWaiting || s == MandateAccepted {
			ender := EndedByPrincipal
			if m.CitizenID == citizen {
				ender = EndedByAttorney
			}
			if _, err := tx.Exec(ctx, `UPDATE mandates SET ended_at = $2, ended_by = $3 WHERE id = $1`, m.ID, d.now(), ender); err != nil {
				return nil, fmt.Errorf("end mandate %d: %w", m.ID, err)
			}
			if err := d.mandateIs(ctx, tx, ByCitizen(citizen), m, agencies.MandateEnded, MandateEnded); err != nil {
				return nil, err
			}
		}
	}
	return emptyMandates(ctx, tx, all)
}

// mandateYears is how long a mandate is kept after it was refused or was over, in years: so long the person in whose name
// something was done without right can claim for it (Civil and Commercial Code s. 448, PDP-5).
const mandateYears = 1

// LapseMandates erases who is named in mandates whose term is over, some at a time, and returns how many and their signed
// papers: those that were refused, ended, or past their last day for the term, and under which no case is kept any more. That
// they were, and the agency's history of them, stays. The transaction must see everybody's.
func (d *Desk) LapseMandates(ctx context.Context, tx pgx.Tx, limit int) (lapsed int, papers []int64, err error) {
	all, err := manyMandates(ctx, tx, `SELECT `+mandateColumns+` FROM mandates m WHERE (principal_hash <> '' OR attachment_id IS NOT NULL)
		AND least(ended_at, CASE WHEN NOT accepted THEN decided_at END, (until_on + 1)::timestamp AT TIME ZONE 'Asia/Bangkok') < $1::timestamptz - make_interval(years => $2)
		AND NOT EXISTS (SELECT FROM requests r LEFT JOIN tickets t ON t.request_id = r.id WHERE r.mandate_id = m.id AND t.erased_at IS NULL)
		ORDER BY id LIMIT $3 FOR UPDATE`, d.now(), mandateYears, limit)
	if err != nil {
		return 0, nil, err
	}
	papers, err = emptyMandates(ctx, tx, all)
	return len(all), papers, err
}

// emptyMandates erases who is named in mandates, and returns the signed papers.
func emptyMandates(ctx context.Context, tx pgx.Tx, all []Mandate) (papers []int64, err error) {
	for _, m := range all {
		_, err := tx.Exec(ctx, `UPDATE mandates SET attorney_name = '', attorney_sealed = '', principal_title = '', principal_name = '', principal_sealed = '',
			principal_hash = '', attachment_id = NULL, refused_why = '', ended_why = '' WHERE id = $1`, m.ID)
		if err != nil {
			return nil, fmt.Errorf("forget mandate %d: %w", m.ID, err)
		}
		if m.AttachmentID != nil {
			papers = append(papers, *m.AttachmentID)
		}
	}
	return papers, nil
}
