package tickets

import (
	"context"
	"encoding/hex"
	"fmt"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"saphan/agencies"
	"saphan/forms"
	"saphan/internal/fault"
)

// Choice says which cases of an agency are meant: those with the numbers; or of a service, that came in a time; or in which a
// file is, by its name or its SHA-256 in hexadecimal.
type Choice struct {
	Numbers     []string
	Form        forms.Key
	From, Until time.Time // from the first on and before the second
	File        string
}

// Chosen is a person with one of the cases that were chosen: the newest that came by a chat or a page, else the newest.
type Chosen struct {
	TicketID TicketID `db:"id"`
	Citizen  int64    `db:"citizen_id"`
}

// mostChosen is how many people can be chosen at once.
const mostChosen = 20_000

// Choose returns whom cases of an agency are of, each person once, and which numbers are of no case of the agency.
func Choose(ctx context.Context, tx pgx.Tx, agency agencies.AgencyID, c Choice) (people []Chosen, unknown []string, err error) {
	var where string
	args := []any{agency, mostChosen + 1}
	switch {
	case len(c.Numbers) > 0:
		where, args = `upper(t.number) = ANY($3)`, append(args, c.Numbers)
		if unknown, err = unknownNumbers(ctx, tx, agency, c.Numbers); err != nil {
			return nil, nil, err
		}
	case c.Form != "":
		where, args = `t.form_key = $3 AND t.entered_at >= $4 AND t.entered_at < $5`, append(args, c.Form, c.From, c.Until)
	case c.File != "":
		sum, err := hex.DecodeString(strings.ToLower(c.File))
		if err != nil {
			sum = nil
		}
		where = `EXISTS (SELECT FROM ticket_files f JOIN attachments a ON a.id = f.attachment_id WHERE f.ticket_id = t.id AND (a.name = $3 OR length($4::bytea) > 0 AND a.sha256 = $4))`
		args = append(args, c.File, sum)
	default:
		return nil, nil, fault.New(fault.Invalid, "ยังไม่ได้เลือกเรื่อง กรุณากรอกเลขที่เรื่อง เลือกบริการและช่วงวันที่ หรือระบุไฟล์")
	}
	rows, err := tx.Query(ctx, `SELECT DISTINCT ON (t.citizen_id) t.id, t.citizen_id FROM tickets t JOIN requests r ON r.id = t.request_id
		WHERE t.agency_id = $1 AND `+where+` ORDER BY t.citizen_id, r.conversation_id IS NULL, t.id DESC LIMIT $2`, args...)
	if err != nil {
		return nil, nil, fmt.Errorf("choose cases of agency %d: %w", agency, err)
	}
	if people, err = pgx.CollectRows(rows, pgx.RowToStructByName[Chosen]); err != nil {
		return nil, nil, fmt.Errorf("choose cases of agency %d: %w", agency, err)
	}
	if len(people) > mostChosen {
		return nil, nil, fault.Newf(fault.TooLarge, "เลือกครั้งเดียวได้ไม่เกิน {n} คน กรุณาแบ่งช่วงวันที่", "n", mostChosen)
	}
	return people, unknown, nil
}

// Numbers reads numbers of cases out of a text that was pasted: one a line, or with blanks, commas or semicolons between.
func Numbers(text string) []string {
	return strings.FieldsFunc(strings.ToUpper(text), func(r rune) bool { return strings.ContainsRune(" \t\r\n,;\u00a0\ufeff\"", r) })
}

func unknownNumbers(ctx context.Context, tx pgx.Tx, agency agencies.AgencyID, numbers []string) ([]string, error) {
	rows, err := tx.Query(ctx, `SELECT DISTINCT n FROM unnest($2::text[]) AS n WHERE NOT EXISTS (SELECT FROM tickets WHERE agency_id = $1 AND upper(number) = n) ORDER BY n`, agency, numbers)
	if err != nil {
		return nil, fmt.Errorf("numbers of no case of agency %d: %w", agency, err)
	}
	return pgx.CollectRows(rows, pgx.RowTo[string])
}

// Contact is how a person is named and reached by a case.
type Contact struct {
	TicketID   TicketID       `db:"id"`
	Number     string         `db:"number"`
	Name       string         `db:"citizen_name"` // empty: erased
	TrackToken string         `db:"track_token"`
	Answers    []forms.Answer `db:"answers"`
}

// Contacts returns that of cases.
func Contacts(ctx context.Context, tx pgx.Tx, ids []TicketID) (map[TicketID]Contact, error) {
	rows, err := tx.Query(ctx, `SELECT t.id, t.number, t.citizen_name, t.track_token, r.answers FROM tickets t JOIN requests r ON r.id = t.request_id WHERE t.id = ANY($1)`, ids)
	if err != nil {
		return nil, fmt.Errorf("how people are reached: %w", err)
	}
	all, err := pgx.CollectRows(rows, pgx.RowToStructByName[Contact])
	if err != nil {
		return nil, fmt.Errorf("how people are reached: %w", err)
	}
	found := make(map[TicketID]Contact, len(all))
	for _, c := range all {
		found[c.TicketID] = c
	}
	return found, nil
}
