package breaches

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"saphan/agencies"
	"saphan/internal/fault"
)

// mostWords is how long a part of what people are told may be, in letters: a card in a chat takes no more.
const mostWords = 600

// Draft keeps the words that people are to be told. A second officer has to confirm them.
func (r *Register) Draft(ctx context.Context, tx pgx.Tx, by agencies.OfficerID, id BreachID, w Words) (Breach, error) {
	b, err := r.keep(ctx, tx, by, id)
	if err != nil {
		return b, err
	}
	for _, part := range []struct {
		name string
		text *string
	}{{"เกิดอะไรขึ้น", &w.What}, {"ผลที่อาจเกิดกับท่าน", &w.Consequences}, {"สิ่งที่หน่วยงานทำแล้ว", &w.Measures}, {"สิ่งที่ท่านทำได้", &w.Advice}, {"ติดต่อ", &w.Contact}} {
		if *part.text, err = words(part.name, *part.text); err != nil {
			return b, err
		}
		if len([]rune(*part.text)) > mostWords {
			return b, fault.Newf(fault.Invalid, "{name}ยาวเกิน {most} ตัวอักษร กรุณาย่อให้อ่านในแชตได้", "name", part.name, "most", mostWords)
		}
	}
	return r.happened(ctx, tx, b, byOfficer(by), EventDrafted, Detail{Words: &w})
}

// TellArgs is the fact that there are people to tell of a breach.
type TellArgs struct {
	BreachID BreachID `json:"breach_id"`
}

// Kind names the job.
func (TellArgs) Kind() string { return "breach_tell" }

// Confirm signs the words of a line of the history as a second officer, and lets them go to everybody on the list.
func (r *Register) Confirm(ctx context.Context, tx pgx.Tx, by agencies.OfficerID, id BreachID, line int) (Breach, error) {
	b, err := r.keep(ctx, tx, by, id)
	if err != nil {
		return b, err
	}
	switch {
	case b.Draft == nil || b.Draft.Line != line:
		return b, fault.New(fault.Conflict, "ร่างนี้ส่งไปแล้วหรือมีร่างใหม่กว่า กรุณาโหลดหน้าใหม่แล้วอ่านอีกครั้ง")
	case b.Draft.By == byOfficer(by):
		return b, fault.New(fault.Forbidden, "ผู้ร่างยืนยันเองไม่ได้ ให้หัวหน้างานหรือ DPO อีกท่านหนึ่งอ่านแล้วยืนยัน")
	case b.Listed == 0:
		return b, fault.New(fault.Conflict, "ยังไม่มีรายชื่อผู้ได้รับผลกระทบ กรุณาเลือกจากเรื่องก่อน")
	}
	var drafter agencies.OfficerID
	if _, err := fmt.Sscanf(string(b.Draft.By), "officer %d", &drafter); err != nil {
		return b, fmt.Errorf("who drafted line %d of breach %d: %w", line, id, err)
	}
	var notice NoticeID
	err = tx.QueryRow(ctx, `INSERT INTO breach_notices (agency_id, breach_id, words, drafted_by, confirmed_by, at) VALUES ($1, $2, $3, $4, $5, $6) RETURNING id`,
		b.AgencyID, b.ID, b.Draft.Words, drafter, by, r.now()).Scan(&notice)
	if err != nil {
		return b, fmt.Errorf("confirm what is said of breach %d: %w", id, err)
	}
	if b, err = r.happened(ctx, tx, b, byOfficer(by), EventConfirmed, Detail{Draft: line, Notice: notice, Persons: b.Listed}); err != nil {
		return b, err
	}
	return b, r.tell(ctx, tx, b)
}

func (r *Register) tell(ctx context.Context, tx pgx.Tx, b Breach) error {
	if _, err := r.jobs.InsertTx(ctx, tx, TellArgs{BreachID: b.ID}, nil); err != nil {
		return fmt.Errorf("enqueue telling of breach %d: %w", b.ID, err)
	}
	return nil
}

// TellOtherwise keeps that people were told in another way than the chat.
func (r *Register) TellOtherwise(ctx context.Context, tx pgx.Tx, by agencies.OfficerID, id BreachID, o Otherwise) (Breach, error) {
	b, err := r.keep(ctx, tx, by, id)
	if err != nil {
		return b, err
	}
	if o.How, err = words("วิธีที่แจ้ง", o.How); err != nil {
		return b, err
	}
	o.At = o.At.UTC().Truncate(time.Microsecond)
	switch {
	case o.At.Before(b.DetectedAt) || o.At.After(r.now()):
		return b, fault.New(fault.Invalid, "เวลาที่แจ้งต้องอยู่ระหว่างเวลาที่ทราบเหตุกับเวลานี้ กรุณาตรวจวันเวลา")
	case o.Persons < 0 || o.Persons > mostPersons:
		return b, fault.New(fault.Invalid, "จำนวนคนไม่ถูกต้อง กรุณากรอกเป็นตัวเลข หรือเว้นว่างถ้าเป็นประกาศ")
	}
	return r.happened(ctx, tx, b, byOfficer(by), EventOtherwise, Detail{Otherwise: &o})
}

// Notice is what is said to the people concerned.
type Notice struct {
	ID    NoticeID
	Words Words
}

// FindNotice returns what was confirmed last for a breach; ok is false when nothing was.
func FindNotice(ctx context.Context, tx pgx.Tx, id BreachID) (n Notice, ok bool, err error) {
	err = tx.QueryRow(ctx, `SELECT id, words FROM breach_notices WHERE breach_id = $1 ORDER BY id DESC LIMIT 1`, id).Scan(&n.ID, &n.Words)
	if errors.Is(err, pgx.ErrNoRows) {
		return n, false, nil
	}
	if err != nil {
		return n, false, fmt.Errorf("what is said of breach %d: %w", id, err)
	}
	return n, true, nil
}

// Untold returns people on the list of a breach who were not told by a notice yet, at most so many.
func Untold(ctx context.Context, tx pgx.Tx, id BreachID, notice NoticeID, limit int) ([]Person, error) {
	rows, err := tx.Query(ctx, `SELECT p.citizen_id, p.ticket_id FROM breach_persons p WHERE p.breach_id = $1
		AND NOT EXISTS (SELECT FROM breach_tellings t WHERE t.notice_id = $2 AND t.citizen_id = p.citizen_id) ORDER BY p.citizen_id LIMIT $3`, id, notice, limit)
	if err != nil {
		return nil, fmt.Errorf("whom to tell of breach %d: %w", id, err)
	}
	return pgx.CollectRows(rows, pgx.RowToStructByPos[Person])
}

// Way is by what people are told.
type Way string

// The ways.
const (
	ByLine Way = "line"
	ByWeb  Way = "web"  // on the pages where they follow their case, and by text message where a telephone was proved
	ByNone Way = "none" // to be told otherwise
)

// Thai is the way as officers read it.
func (w Way) Thai() string {
	switch w {
	case ByLine:
		return "LINE"
	case ByWeb:
		return "หน้าติดตามเรื่อง"
	case ByNone:
		return "ไม่มีแชต ต้องแจ้งทางอื่น"
	default:
		return "ยังไม่ได้ส่ง"
	}
}

// Tell takes it upon this transaction to tell a person; false: somebody else has. Of two at the same moment one waits for the
// other's transaction.
func (r *Register) Tell(ctx context.Context, tx pgx.Tx, b Breach, notice NoticeID, p Person, way Way) (bool, error) {
	tag, err := tx.Exec(ctx, `INSERT INTO breach_tellings (notice_id, citizen_id, agency_id, breach_id, way, at) VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT DO NOTHING`,
		notice, p.Citizen, b.AgencyID, b.ID, way, r.now())
	if err != nil {
		return false, fmt.Errorf("tell citizen %d of breach %d: %w", p.Citizen, b.ID, err)
	}
	return tag.RowsAffected() == 1, nil
}

// AllTold writes down that everybody on the list was gone through, once each time the list is done; with somebody left it does
// nothing.
func (r *Register) AllTold(ctx context.Context, tx pgx.Tx, id BreachID, notice NoticeID) error {
	b, err := lock(ctx, tx, id)
	if err != nil || b.ToldAt != nil || b.Notice != notice {
		return err
	}
	left, err := Untold(ctx, tx, id, notice, 1)
	if err != nil || len(left) > 0 {
		return err
	}
	d := Detail{Notice: notice}
	err = tx.QueryRow(ctx, `SELECT count(*) FILTER (WHERE way <> $2), count(*) FILTER (WHERE way = $2) FROM breach_tellings WHERE notice_id = $1`, notice, ByNone).Scan(&d.Chat, &d.Alone)
	if err != nil {
		return fmt.Errorf("count who was told of breach %d: %w", id, err)
	}
	_, err = r.happened(ctx, tx, b, System, EventTold, d)
	return err
}

// ToldOf is what a person was told of a breach.
type ToldOf struct {
	AgencyID agencies.AgencyID `db:"agency_id"`
	At       time.Time         `db:"at"`
	Words    Words             `db:"words"`
}

// ToldTo returns what people were told of breaches, the newest first.
func ToldTo(ctx context.Context, tx pgx.Tx, citizens []int64) ([]ToldOf, error) {
	rows, err := tx.Query(ctx, `SELECT t.agency_id, t.at, n.words FROM breach_tellings t JOIN breach_notices n ON n.id = t.notice_id
		WHERE t.citizen_id = ANY($1) ORDER BY t.at DESC, n.id DESC`, citizens)
	if err != nil {
		return nil, fmt.Errorf("breaches that people were told of: %w", err)
	}
	all, err := pgx.CollectRows(rows, pgx.RowToStructByName[ToldOf])
	if err != nil {
		return nil, fmt.Errorf("breaches that people were told of: %w", err)
	}
	return all, nil
}
