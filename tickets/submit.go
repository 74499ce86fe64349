package tickets

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"saphan/agencies"
	"saphan/forms"
	"saphan/internal/fault"
)

// Request is what a citizen submitted (คำขอ); it is never edited.
type Request struct {
	ID             RequestID           `db:"id"`
	CitizenID      int64               `db:"citizen_id"`
	ConversationID *int64              `db:"conversation_id"`
	AgencyID       agencies.AgencyID   `db:"agency_id"` // the agency that was written to
	FormKey        forms.Key           `db:"form_key"`
	FormVersion    int                 `db:"form_version"`
	Answers        []forms.Answer      `db:"answers"`
	CitizenName    string              `db:"citizen_name"`
	EnteredAt      time.Time           `db:"entered_at"`
	Way            Way                 `db:"way"`           // empty: as its conversation says
	FiledBy        *agencies.OfficerID `db:"filed_by"`      // who filled it in for the citizen (MTH-1.3)
	MandateID      *MandateID          `db:"mandate_id"`    // under which it was filed for somebody else (PDP-10); nil: for themselves
	AttorneyName   string              `db:"attorney_name"` // who filed it then; empty: erased, or nobody
}

const requestColumns = `id, citizen_id, conversation_id, agency_id, form_key, form_version, answers, citizen_name, entered_at, way, filed_by, mandate_id, attorney_name`

// Submission is what Submit needs to make a request.
type Submission struct {
	Draft          string // one filling of a form; submitting it again changes nothing
	CitizenID      int64
	CitizenName    string // as the channel knows it; the form's own name field goes first
	ConversationID int64
	AgencyID       agencies.AgencyID
	Form           forms.Key
	Version        int
	Answers        []forms.Answer
	// Sources are the messages that each answer came from, by field: "message 17".
	Sources map[string][]string
	// Again is the case that was given back and that is filed again by this (LFA-9.1); 0: none.
	Again TicketID
	// Unconfirmed marks words to an officer that are filed as they come: the citizen has not seen them as
	// a request.
	Unconfirmed bool
	// Way is by which way it came; empty: as its conversation says.
	Way Way
	// FiledBy is the officer who filled it in for the citizen (MTH-1.3); 0: nobody.
	FiledBy agencies.OfficerID
	// EnteredAt is when the citizen confirmed: the earlier of the channel's own time and our first
	// receipt of the act, never the time of processing (EGA-10.3).
	EnteredAt time.Time
}

// SubmittedArgs is the fact that a request exists and waits to be routed.
type SubmittedArgs struct {
	RequestID RequestID `json:"request_id"`
}

// Kind names the job.
func (SubmittedArgs) Kind() string { return "submitted" }

// Submit files a request and enqueues its routing. The same draft again returns the same request.
func (d *Desk) Submit(ctx context.Context, tx pgx.Tx, s Submission) (RequestID, error) {
	form, ok := d.forms.Version(s.Form, s.Version)
	if !ok {
		return 0, fault.New(fault.NotFound, "ไม่พบแบบคำขอนี้ กรุณาเริ่มใหม่จากเมนู")
	}
	answers, err := json.Marshal(s.Answers)
	if err != nil {
		return 0, fmt.Errorf("submit: %w", err)
	}
	mandate, err := d.under(ctx, tx, &s, form)
	if err != nil {
		return 0, err
	}
	name := form.Holder(s.Answers)
	if name == "" {
		name = s.CitizenName
	}
	if err := d.MayGoOn(ctx, tx, s); err != nil {
		return 0, err
	}
	again, err := mayRefile(ctx, tx, s)
	if err != nil {
		return 0, err
	}
	var id RequestID
	err = tx.QueryRow(ctx, `INSERT INTO requests (draft, citizen_id, conversation_id, agency_id, form_key, form_version,
			answers, citizen_name, entered_at, created_at, confirmed, again, way, filed_by, mandate_id, attorney_name)
		VALUES ($1, $2, nullif($3, 0), $4, $5, $6, $7, $8, $9, $10, $11, nullif($12, 0), $13, nullif($14, 0), nullif($15, 0), $16) ON CONFLICT (draft) DO NOTHING RETURNING id`,
		s.Draft, s.CitizenID, s.ConversationID, s.AgencyID, s.Form, s.Version, answers, name, s.EnteredAt, d.now(), !s.Unconfirmed, again, s.Way, s.FiledBy, mandate.ID, mandate.AttorneyName).Scan(&id)
	if errors.Is(err, pgx.ErrNoRows) {
		err := tx.QueryRow(ctx, `SELECT id FROM requests WHERE draft = $1`, s.Draft).Scan(&id)
		if err != nil {
			return 0, fmt.Errorf("submit draft again: %w", err)
		}
		return id, nil
	}
	if err != nil {
		return 0, fmt.Errorf("submit: %w", err)
	}
	if err := forms.Use(ctx, tx, s.Form, s.Version); err != nil {
		return 0, err
	}
	for field, sources := range s.Sources {
		_, err := tx.Exec(ctx, `INSERT INTO request_sources (request_id, field, source) SELECT $1, $2, unnest($3::text[]) ON CONFLICT DO NOTHING`, id, field, sources)
		if err != nil {
			return 0, fmt.Errorf("submit: %w", err)
		}
	}
	if _, err := d.jobs.InsertTx(ctx, tx, SubmittedArgs{RequestID: id}, nil); err != nil {
		return 0, fmt.Errorf("enqueue routing of request %d: %w", id, err)
	}
	return id, nil
}

// FindRequest returns a request, or fault.NotFound when it is not in the transaction's scope.
func FindRequest(ctx context.Context, tx pgx.Tx, id RequestID) (Request, error) {
	rows, err := tx.Query(ctx, `SELECT `+requestColumns+` FROM requests WHERE id = $1`, id)
	if err != nil {
		return Request{}, fmt.Errorf("find request %d: %w", id, err)
	}
	r, err := pgx.CollectExactlyOneRow(rows, pgx.RowToStructByName[Request])
	if errors.Is(err, pgx.ErrNoRows) {
		return Request{}, fault.New(fault.NotFound, "ไม่พบคำขอนี้")
	}
	if err != nil {
		return Request{}, fmt.Errorf("find request %d: %w", id, err)
	}
	return r, nil
}
