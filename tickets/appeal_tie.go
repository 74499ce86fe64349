package tickets

import (
	"context"
	"fmt"
	"regexp"
	"strings"

	"github.com/jackc/pgx/v5"

	"saphan/internal/fault"
)

// EventTied says that an appeal was tied to the case that it goes against after it was filed.
const EventTied EventKind = "appeal_tied"

// Untied reports whether a case is an appeal of which nobody has shown yet against which case it goes: it was filed from a
// browser that is not known as that case's citizen, or names none that was decided.
func Untied(ctx context.Context, tx pgx.Tx, t Ticket) (bool, error) {
	if t.FormKey != AppealForm || t.Status.Closed() {
		return false, nil
	}
	_, tied, err := AppealOf(ctx, tx, t.ID)
	return !tied, err
}

// TieAppeal ties an appeal to the decided case with a number, as an officer sees from what it says. Again it changes nothing.
func (d *Desk) TieAppeal(ctx context.Context, tx pgx.Tx, by Actor, id TicketID, number string) error {
	if _, ok := by.officer(); !ok {
		return fault.New(fault.Forbidden, "เฉพาะเจ้าหน้าที่เท่านั้นที่ผูกอุทธรณ์กับเรื่องเดิมได้")
	}
	first, err := byNumber(ctx, tx, number)
	if fault.Is(err, fault.NotFound) {
		return fault.New(fault.NotFound, "ไม่พบเรื่องเลขที่นี้ในหน่วยงาน กรุณาตรวจเลขที่เรื่องที่ถูกอุทธรณ์")
	}
	if err != nil {
		return err
	}
	return d.tie(ctx, tx, by, id, first, "")
}

// trackToken finds the token in a tracking link.
var trackToken = regexp.MustCompile(`[A-Z2-7]{20,64}`)

// ProveAppeal ties an appeal to the decided case of which whoever filed it holds the tracking link: who has it may read that
// case and act in it. Again it changes nothing.
func (d *Desk) ProveAppeal(ctx context.Context, tx pgx.Tx, by Actor, id TicketID, link string) error {
	missing := fault.New(fault.NotFound, "ไม่พบเรื่องจากลิงก์นี้ กรุณาคัดลอกลิงก์ติดตามของเรื่องเดิมทั้งบรรทัด")
	token := trackToken.FindString(link)
	if by.Kind != "citizen" || token == "" {
		return missing
	}
	first, err := FindByTrack(ctx, tx, token)
	if fault.Is(err, fault.NotFound) {
		return missing
	}
	if err != nil {
		return err
	}
	return d.tie(ctx, tx, by, id, first, "track")
}

// tie makes an open case the appeal against another that was decided by the same agency. Whoever decided that one and has
// taken the appeal gives it back.
func (d *Desk) tie(ctx context.Context, tx pgx.Tx, by Actor, id TicketID, first Ticket, way string) error {
	t, err := lock(ctx, tx, id)
	switch {
	case err != nil:
		return err
	case t.FormKey != AppealForm:
		return fault.New(fault.Conflict, "เรื่องนี้ไม่ใช่อุทธรณ์ จึงผูกกับเรื่องเดิมไม่ได้")
	}
	if a, tied, err := AppealOf(ctx, tx, id); err != nil || tied {
		if err == nil && a.Against != first.ID {
			return fault.Newf(fault.Conflict, "อุทธรณ์นี้ผูกกับเรื่อง {number} แล้ว", "number", a.Of)
		}
		return err
	}
	if err := t.idle(); err != nil {
		return err
	}
	if first.AgencyID != t.AgencyID {
		return fault.New(fault.Conflict, "เรื่องนั้นเป็นของหน่วยงานอื่น ต้องอุทธรณ์ต่อหน่วยงานที่ทำคำสั่ง")
	}
	tied, err := d.against(ctx, tx, by, t, first.ID)
	if err != nil {
		return err
	}
	if !tied.made {
		return fault.Newf(fault.Conflict, "เรื่อง {number} ไม่มีผลที่อุทธรณ์ได้ หรือมีอุทธรณ์อยู่แล้ว กรุณาตรวจเลขที่เรื่อง", "number", first.Number)
	}
	if t.OfficerID != nil {
		if err := MayJudge(ctx, tx, t, *t.OfficerID); fault.Is(err, fault.Conflict) {
			t.OfficerID = nil
			if t.Status == Accepted {
				t.Status = Open
			}
			if _, err := tx.Exec(ctx, `UPDATE tickets SET officer_id = NULL, status = $2, unread = true WHERE id = $1`, t.ID, t.Status); err != nil {
				return fmt.Errorf("give the appeal %d back: %w", t.ID, err)
			}
		} else if err != nil {
			return err
		}
	}
	return d.happened(ctx, tx, t, by, EventTied, Detail{Appeal: first.Number, Late: tied.late, Way: way})
}

// tied is what became of tying an appeal.
type tied struct {
	made bool
	late bool
}

// against notes that an appeal goes against the decision of a case, if one can be appealed against.
func (d *Desk) against(ctx context.Context, tx pgx.Tx, by Actor, t Ticket, id TicketID) (tied, error) {
	first, err := lock(ctx, tx, id)
	if err != nil {
		return tied{}, err
	}
	if may, err := d.MayAppeal(ctx, tx, first); err != nil || !may || first.AgencyID != t.AgencyID {
		return tied{}, err
	}
	last, err := d.AppealUntil(ctx, tx, first)
	if err != nil {
		return tied{}, err
	}
	var (
		lastOn *string
		late   bool
	)
	if !last.IsZero() {
		on := day(last)
		lastOn, late = &on, !t.EnteredAt.Before(last.AddDate(0, 0, 1))
	}
	_, err = tx.Exec(ctx, `INSERT INTO appeals (ticket_id, agency_id, against, last_on, late, at) VALUES ($1, $2, $3, $4, $5, $6)`, t.ID, t.AgencyID, first.ID, lastOn, late, d.now())
	if err != nil {
		return tied{}, fmt.Errorf("ticket %d appeals against ticket %d: %w", t.ID, first.ID, err)
	}
	return tied{true, late}, d.happened(ctx, tx, first, by, EventAppealed, Detail{Appeal: t.Number, Late: late})
}

// byNumber is the case that any number of it names, as it is with whoever holds it now.
func byNumber(ctx context.Context, tx pgx.Tx, number string) (Ticket, error) {
	return find(ctx, tx, `SELECT `+ticketColumns+` FROM tickets WHERE request_id = (SELECT request_id FROM tickets WHERE number = $1) AND passed_to IS NULL`,
		strings.ToUpper(strings.TrimSpace(number)))
}
