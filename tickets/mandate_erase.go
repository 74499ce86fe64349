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
		AND NOT EXISTS (SELECT FROM requests r LEFT JOIN tickets t ON t.request_id = r.id WHERE r.mandate_id = mandates.id AND t.closed_at IS NULL)
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
