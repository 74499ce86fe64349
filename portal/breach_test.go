package portal_test

import (
	"context"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"

	"saphan/citizens"
)

// PDP-6: a person reads on the own page what they were told of breaches of their data, and nobody else does.
func TestBreachesOnOnesOwnPage(t *testing.T) {
	t.Parallel()
	s := newStand(t)
	mine, other := s.ticket(t), s.ticket(t)
	s.everywhere(t, func(ctx context.Context, tx pgx.Tx) error {
		_, err := tx.Exec(ctx, `WITH b AS (INSERT INTO breaches (agency_id, year_be, n, state, detected_at) VALUES ($1, 2569, 1, 'reported', $2) RETURNING id),
			o AS (INSERT INTO officers (agency_id, email, name, role, password_hash, totp_sealed) VALUES ($1, 'dpo@example.com', 'ตัวอย่าง', 'dpo', 'x', '') RETURNING id),
			n AS (INSERT INTO breach_notices (agency_id, breach_id, words, drafted_by, confirmed_by, at)
				SELECT $1, b.id, '{"what":"เอกสารวางอยู่ที่ร้านพิมพ์","consequences":"อาจถูกแอบอ้าง","measures":"เก็บคืน","advice":"<b>ระวังผู้โทรมา</b>","contact":"DPO"}', $3, o.id, $2 FROM b, o RETURNING id, breach_id)
			INSERT INTO breach_tellings (notice_id, citizen_id, agency_id, breach_id, way, at) SELECT n.id, $4, $1, n.breach_id, 'line', $2 FROM n`,
			s.agency.ID, s.now(), s.officer, mine.CitizenID)
		return err
	})
	me := s.signIn(t, citizens.CitizenID(mine.CitizenID), citizens.Account)
	page := me.page("/me/data")
	for _, want := range []string{"เหตุละเมิดข้อมูลที่แจ้งท่าน", s.agency.Name, "เอกสารวางอยู่ที่ร้านพิมพ์", "&lt;b&gt;ระวังผู้โทรมา"} {
		if !strings.Contains(page, want) {
			t.Errorf("the page lacks %q", want)
		}
	}
	me.lang = "en"
	if page := me.page("/me/data"); !strings.Contains(page, "Breaches of your data") || !strings.Contains(page, `<span lang="th">อาจถูกแอบอ้าง`) {
		t.Error("the English page does not say it")
	}
	if page := s.signIn(t, citizens.CitizenID(other.CitizenID), citizens.Account).page("/me/data"); strings.Contains(page, "ร้านพิมพ์") {
		t.Error("somebody else reads it")
	}
}
