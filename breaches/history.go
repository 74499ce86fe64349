package breaches

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"saphan/agencies"
	"saphan/internal/chain"
	"saphan/internal/fault"
)

// EventKind says what was done about a breach.
type EventKind string

// The kinds of event.
const (
	EventRecorded  EventKind = "recorded"
	EventCorrected EventKind = "corrected"
	EventJudged    EventKind = "judged"
	EventReminded  EventKind = "reminded" // the head, of the limit
	EventReported  EventKind = "reported" // to the regulator
	EventListed    EventKind = "listed"   // people were put on the list
	EventSaved     EventKind = "saved"    // the list was taken out, with how to reach people
	EventDrafted   EventKind = "drafted"
	EventConfirmed EventKind = "confirmed"
	EventTold      EventKind = "told"      // everybody on the list was gone through
	EventOtherwise EventKind = "otherwise" // people were told in another way
	EventClosed    EventKind = "closed"
)

// Event is one line of the append-only history of a breach.
type Event = chain.Event[BreachID, Actor, EventKind]

// histories returns where they are kept.
func histories() chain.Book[BreachID, Actor, EventKind] {
	return chain.Book[BreachID, Actor, EventKind]{Of: "breach"}
}

// Detail is what an event says beside its kind. It names nobody.
type Detail struct {
	Record     *Record    `json:"record,omitempty"`
	Why        string     `json:"why,omitempty"`
	Judgement  *Judgement `json:"judgement,omitempty"`
	Hours      int        `json:"hours,omitempty"`       // reminded: since the detection
	DetectedAt *time.Time `json:"detected_at,omitempty"` // reminded: that detection
	Report     *Report    `json:"report,omitempty"`
	Words      *Words     `json:"words,omitempty"`
	Draft      int        `json:"draft,omitempty"`  // confirmed: the line of the words
	Notice     NoticeID   `json:"notice,omitempty"` // confirmed, told
	Persons    int        `json:"persons,omitempty"`
	Chat       int        `json:"chat,omitempty"`  // told: by chat or page
	Alone      int        `json:"alone,omitempty"` // told: who have neither
	Otherwise  *Otherwise `json:"otherwise,omitempty"`
}

// DetailOf reads what an event says.
func DetailOf(e Event) (d Detail, err error) {
	if err := json.Unmarshal(e.Detail, &d); err != nil {
		return d, fmt.Errorf("read line %d of breach %d: %w", e.Seq, e.Subject, err)
	}
	return d, nil
}

// History returns what was done about a breach, oldest line first, and chain.ErrTampered with it when it does not match its
// hashes.
func History(ctx context.Context, tx pgx.Tx, id BreachID) ([]Event, error) {
	all, err := histories().History(ctx, tx, id)
	if err != nil {
		return nil, err
	}
	return all, chain.Check(all)
}

// after is the breach with one more line.
func (b Breach) after(e Event) (Breach, error) {
	d, err := DetailOf(e)
	if err != nil {
		return b, err
	}
	b.Lines = e.Seq
	switch e.Kind {
	case EventRecorded:
		b.RecordedAt, b.RecordedBy = e.At, e.Actor
		b = b.known(*d.Record, e)
	case EventCorrected:
		if !d.Record.DetectedAt.Equal(b.DetectedAt) { // the hours run anew
			b.reminded = 0
		}
		b = b.known(*d.Record, e)
	case EventJudged:
		b.Judgement = &Judgement{Risk: d.Judgement.Risk, Reasons: d.Judgement.Reasons, By: e.Actor, At: e.At}
		b.FormLine, b.FormAt = e.Seq, e.At
	case EventReminded:
		b.reminded = time.Duration(d.Hours) * time.Hour
	case EventReported:
		report := *d.Report
		report.By = e.Actor
		b.Reports = append(b.Reports[:len(b.Reports):len(b.Reports)], report)
	case EventListed:
		b.Listed += d.Persons
		b.ToldAt = nil
	case EventDrafted:
		b.Draft = &Draft{Words: *d.Words, Line: e.Seq, By: e.Actor, At: e.At}
	case EventConfirmed:
		b.Notice, b.Draft, b.ToldAt = d.Notice, nil, nil
	case EventTold:
		b.Chat, b.Alone = d.Chat, d.Alone
		at := e.At
		b.ToldAt = &at
	case EventOtherwise:
		told := *d.Otherwise
		told.By = e.Actor
		b.Otherwise = append(b.Otherwise[:len(b.Otherwise):len(b.Otherwise)], told)
	case EventClosed:
		at := e.At
		b.ClosedAt, b.ClosedWhy = &at, d.Why
	case EventSaved: // changes nothing
	}
	return b, nil
}

// known is the breach with another record.
func (b Breach) known(r Record, e Event) Breach {
	b.Record, b.FormLine, b.FormAt = r, e.Seq, e.At
	return b
}

const breachColumns = `id, agency_id, year_be, n`

// errNoBreach is what is said of a breach that is not there for whoever asks.
func errNoBreach() *fault.Error {
	return fault.New(fault.NotFound, "ไม่พบเหตุละเมิดข้อมูลนี้ในทะเบียนของหน่วยงาน กรุณาเลือกจากทะเบียน")
}

// Find returns a breach as it stands.
func Find(ctx context.Context, tx pgx.Tx, id BreachID) (Breach, error) {
	return find(ctx, tx, `SELECT `+breachColumns+` FROM breaches WHERE id = $1`, id, 0)
}

// FindAt returns a breach as it stood after a line of its history.
func FindAt(ctx context.Context, tx pgx.Tx, id BreachID, line int) (Breach, error) {
	return find(ctx, tx, `SELECT `+breachColumns+` FROM breaches WHERE id = $1`, id, line)
}

// lock returns a breach that nobody else changes until the transaction ends.
func lock(ctx context.Context, tx pgx.Tx, id BreachID) (Breach, error) {
	return find(ctx, tx, `SELECT `+breachColumns+` FROM breaches WHERE id = $1 FOR NO KEY UPDATE`, id, 0)
}

// find reads a breach and its history up to a line; 0: all of it.
func find(ctx context.Context, tx pgx.Tx, query string, id BreachID, line int) (b Breach, err error) {
	err = tx.QueryRow(ctx, query, id).Scan(&b.ID, &b.AgencyID, &b.YearBE, &b.N)
	if errors.Is(err, pgx.ErrNoRows) {
		return b, errNoBreach()
	}
	if err != nil {
		return b, fmt.Errorf("find breach %d: %w", id, err)
	}
	events, err := histories().History(ctx, tx, id)
	if err != nil {
		return b, err
	}
	if line > len(events) {
		return b, errNoBreach()
	}
	if line > 0 {
		events = events[:line]
	}
	for _, e := range events {
		if b, err = b.after(e); err != nil {
			return b, err
		}
	}
	return b, nil
}

// In returns the breaches of an agency, the newest first; of one Buddhist year, or of all (0).
func In(ctx context.Context, tx pgx.Tx, agency agencies.AgencyID, yearBE int) ([]Breach, error) {
	return list(ctx, tx, `SELECT id FROM breaches WHERE agency_id = $1 AND ($2 = 0 OR year_be = $2) ORDER BY year_be DESC, n DESC`, agency, yearBE)
}

// Running returns the breaches of an agency of which the regulator is still to be told, the one with the least time first.
func Running(ctx context.Context, tx pgx.Tx, agency agencies.AgencyID) ([]Breach, error) {
	return list(ctx, tx, `SELECT id FROM breaches WHERE agency_id = $1 AND state = $2 ORDER BY detected_at, id`, agency, Open)
}

func list(ctx context.Context, tx pgx.Tx, query string, args ...any) ([]Breach, error) {
	rows, err := tx.Query(ctx, query, args...)
	if err != nil {
		return nil, fmt.Errorf("list breaches: %w", err)
	}
	ids, err := pgx.CollectRows(rows, pgx.RowTo[BreachID])
	if err != nil {
		return nil, fmt.Errorf("list breaches: %w", err)
	}
	all := make([]Breach, len(ids))
	for i, id := range ids {
		if all[i], err = Find(ctx, tx, id); err != nil {
			return nil, err
		}
	}
	return all, nil
}
