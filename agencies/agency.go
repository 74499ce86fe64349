// Package agencies knows the receiving organisations (the tenants): their queues, officers,
// working calendar, channels, the places they look after, and the endpoints of their systems.
package agencies

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/riverqueue/river"
	"github.com/riverqueue/river/rivertype"

	"saphan/internal/fault"
)

// AgencyID identifies an agency.
type AgencyID int64

// QueueID identifies a queue of an agency.
type QueueID int64

// OfficerID identifies an officer.
type OfficerID int64

// ChannelID identifies an official account of an agency on a chat service.
type ChannelID int64

// Jobs enqueues background jobs inside the caller's transaction; River's client is one.
type Jobs interface {
	InsertTx(ctx context.Context, tx pgx.Tx, args river.JobArgs, opts *river.InsertOpts) (*rivertype.JobInsertResult, error)
	InsertManyTx(ctx context.Context, tx pgx.Tx, params []river.InsertManyParams) ([]*rivertype.JobInsertResult, error)
}

// Agency is a state agency (หน่วยงาน): the tenant.
type Agency struct {
	ID       AgencyID `db:"id"`
	Code     string   `db:"code"` // 2-6 capital letters, stands before its ticket numbers
	Name     string   `db:"name"`
	Kind     string   `db:"kind"`
	Phone    string   `db:"phone"`
	Address  string   `db:"address"`
	Signer   string   `db:"signer"`   // post of the official who signs permits
	Hours    Hours    `db:"hours"`    // empty when it is made: the usual ones
	Province string   `db:"province"` // as the address names it: whose regional holidays it has
}

const agencyColumns = `id, code, name, kind, phone, address, signer, hours, province`

// Find returns the agency, or fault.NotFound.
func Find(ctx context.Context, tx pgx.Tx, id AgencyID) (Agency, error) {
	rows, err := tx.Query(ctx, `SELECT `+agencyColumns+` FROM agencies WHERE id = $1`, id)
	if err != nil {
		return Agency{}, fmt.Errorf("find agency %d: %w", id, err)
	}
	return one[Agency](rows, fault.New(fault.NotFound, "ไม่พบหน่วยงานนี้"))
}

// FindByCode returns the agency with a code, in capital or small letters, or fault.NotFound.
func FindByCode(ctx context.Context, tx pgx.Tx, code string) (Agency, error) {
	rows, err := tx.Query(ctx, `SELECT `+agencyColumns+` FROM agencies WHERE code = $1`, strings.ToUpper(code))
	if err != nil {
		return Agency{}, fmt.Errorf("find agency by code: %w", err)
	}
	return one[Agency](rows, fault.New(fault.NotFound, "ไม่พบหน่วยงานนี้"))
}

// FindSome returns agencies by their numbers, those that are there.
func FindSome(ctx context.Context, tx pgx.Tx, ids []AgencyID) (map[AgencyID]Agency, error) {
	rows, err := tx.Query(ctx, `SELECT `+agencyColumns+` FROM agencies WHERE id = ANY($1)`, ids)
	if err != nil {
		return nil, fmt.Errorf("find agencies: %w", err)
	}
	all, err := pgx.CollectRows(rows, pgx.RowToStructByName[Agency])
	if err != nil {
		return nil, fmt.Errorf("find agencies: %w", err)
	}
	found := make(map[AgencyID]Agency, len(all))
	for _, a := range all {
		found[a.ID] = a
	}
	return found, nil
}

// All returns every agency, by name.
func All(ctx context.Context, tx pgx.Tx) ([]Agency, error) {
	rows, err := tx.Query(ctx, `SELECT `+agencyColumns+` FROM agencies ORDER BY name COLLATE "th-x-icu", id`)
	if err != nil {
		return nil, fmt.Errorf("list agencies: %w", err)
	}
	return pgx.CollectRows(rows, pgx.RowToStructByName[Agency])
}

// Create adds an agency and returns it with its identifier.
func Create(ctx context.Context, tx pgx.Tx, a Agency) (Agency, error) {
	rows, err := tx.Query(ctx, `INSERT INTO agencies (code, name, kind, phone, address, signer, hours)
		VALUES ($1, $2, $3, $4, $5, $6, $7) RETURNING `+agencyColumns,
		a.Code, a.Name, a.Kind, a.Phone, a.Address, a.Signer, cmp.Or(a.Hours, UsualHours))
	if err != nil {
		return Agency{}, fmt.Errorf("create agency %s: %w", a.Code, err)
	}
	created, err := pgx.CollectExactlyOneRow(rows, pgx.RowToStructByName[Agency])
	if err != nil {
		return Agency{}, fmt.Errorf("create agency %s: %w", a.Code, err)
	}
	return created, nil
}

// Queue is where tickets of one kind wait inside an agency (คิวงาน).
type Queue struct {
	ID       QueueID  `db:"id"`
	AgencyID AgencyID `db:"agency_id"`
	Key      string   `db:"key"` // forms name their queue by it
	Name     string   `db:"name"`
	Share    Share    `db:"share"`
}

// CreateQueue adds a queue to an agency.
func CreateQueue(ctx context.Context, tx pgx.Tx, agency AgencyID, key, name string) (Queue, error) {
	rows, err := tx.Query(ctx, `INSERT INTO queues (agency_id, key, name) VALUES ($1, $2, $3)
		RETURNING id, agency_id, key, name, share`, agency, key, name)
	if err != nil {
		return Queue{}, fmt.Errorf("create queue %s: %w", key, err)
	}
	q, err := pgx.CollectExactlyOneRow(rows, pgx.RowToStructByName[Queue])
	if err != nil {
		return Queue{}, fmt.Errorf("create queue %s: %w", key, err)
	}
	return q, nil
}

// Queues returns the queues of an agency in the order they were made.
func Queues(ctx context.Context, tx pgx.Tx, agency AgencyID) ([]Queue, error) {
	rows, err := tx.Query(ctx, `SELECT id, agency_id, key, name, share FROM queues WHERE agency_id = $1 ORDER BY id`, agency)
	if err != nil {
		return nil, fmt.Errorf("list queues: %w", err)
	}
	return pgx.CollectRows(rows, pgx.RowToStructByName[Queue])
}

// NextNumber takes the next running number of a series of an agency for a Buddhist year. The
// series stays locked until the transaction ends, so numbers have no gaps (MTH-2.3).
func NextNumber(ctx context.Context, tx pgx.Tx, agency AgencyID, series string, yearBE int) (int64, error) {
	var n int64
	err := tx.QueryRow(ctx, `INSERT INTO number_series (agency_id, series, year_be, last) VALUES ($1, $2, $3, 1)
		ON CONFLICT (agency_id, series, year_be) DO UPDATE SET last = number_series.last + 1 RETURNING last`,
		agency, series, yearBE).Scan(&n)
	if err != nil {
		return 0, fmt.Errorf("next number of %s %d: %w", series, yearBE, err)
	}
	return n, nil
}

// one collects exactly one row; missing says that there is none.
func one[T any](rows pgx.Rows, missing *fault.Error) (T, error) {
	v, err := pgx.CollectExactlyOneRow(rows, pgx.RowToStructByName[T])
	if errors.Is(err, pgx.ErrNoRows) {
		return v, missing
	}
	if err != nil {
		return v, fmt.Errorf("read row: %w", err)
	}
	return v, nil
}

// Clock tells the time; tests and the simulator bring their own.
type Clock func() time.Time
