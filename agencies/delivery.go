package agencies

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"saphan/internal/fault"
)

// DeliveryID identifies a delivery.
type DeliveryID int64

// DeliveryState says how far a delivery is.
type DeliveryState string

// The states of a delivery.
const (
	DeliveryWaiting   DeliveryState = "waiting"
	DeliveryDelivered DeliveryState = "delivered"
	DeliveryFailed    DeliveryState = "failed"
)

// Delivery is one event on its way to one endpoint (การนำส่ง).
type Delivery struct {
	ID          DeliveryID    `db:"id"`
	AgencyID    AgencyID      `db:"agency_id"`
	EndpointID  EndpointID    `db:"endpoint_id"`
	EventID     string        `db:"event_id"`
	Kind        EventKind     `db:"kind"`
	Body        []byte        `db:"body"` // exactly what is signed and sent
	State       DeliveryState `db:"state"`
	CreatedAt   time.Time     `db:"created_at"`
	DeliveredAt *time.Time    `db:"delivered_at"`
}

// Attempt is one try at a delivery and what came of it.
type Attempt struct {
	At       time.Time `db:"at"`
	Status   int       `db:"status"`   // of HTTP; 0 when no answer came
	MS       int       `db:"ms"`       // how long it took
	Response string    `db:"response"` // the first 2 KB of the answer
	Problem  string    `db:"problem"`  // Thai; empty when it was delivered

	RetryAfter time.Duration `db:"-"` // how long the agency's system asks us to wait; 0: it does not
}

// Delivered reports whether the agency's system has taken the event.
func (a Attempt) Delivered() bool { return a.Status >= 200 && a.Status < 300 && a.Problem == "" }

// Gone reports whether the agency's system says that it wants no deliveries any more.
func (a Attempt) Gone() bool { return a.Status == 410 }

// Parcel is a delivery and the endpoint it goes to.
type Parcel struct {
	Delivery
	Endpoint Endpoint
}

const deliveryColumns = `id, agency_id, endpoint_id, event_id, kind, body, state, created_at, delivered_at`

// FindDelivery returns the delivery with its endpoint, or fault.NotFound.
func FindDelivery(ctx context.Context, tx pgx.Tx, id DeliveryID) (Parcel, error) {
	rows, err := tx.Query(ctx, `SELECT `+deliveryColumns+` FROM deliveries WHERE id = $1`, id)
	if err != nil {
		return Parcel{}, fmt.Errorf("find delivery %d: %w", id, err)
	}
	d, err := one[Delivery](rows, fault.New(fault.NotFound, "ไม่พบการนำส่งนี้"))
	if err != nil {
		return Parcel{}, err
	}
	e, err := FindEndpoint(ctx, tx, d.EndpointID)
	if err != nil {
		return Parcel{}, err
	}
	return Parcel{Delivery: d, Endpoint: e}, nil
}

// Deliveries returns up to limit deliveries of an agency, newest first, with numbers below
// before (0: from the newest). Only those in a state when one is given.
func Deliveries(ctx context.Context, tx pgx.Tx, agency AgencyID, state DeliveryState, before DeliveryID, limit int) ([]Delivery, error) {
	rows, err := tx.Query(ctx, `SELECT `+deliveryColumns+` FROM deliveries
		WHERE agency_id = $1 AND ($2 = '' OR state = $2) AND ($3 = 0 OR id < $3) ORDER BY id DESC LIMIT $4`,
		agency, state, before, limit)
	if err != nil {
		return nil, fmt.Errorf("list deliveries: %w", err)
	}
	return pgx.CollectRows(rows, pgx.RowToStructByName[Delivery])
}

// Attempts returns every try at a delivery, oldest first.
func Attempts(ctx context.Context, tx pgx.Tx, id DeliveryID) ([]Attempt, error) {
	rows, err := tx.Query(ctx, `SELECT at, status, ms, response, problem FROM delivery_attempts
		WHERE delivery_id = $1 ORDER BY id`, id)
	if err != nil {
		return nil, fmt.Errorf("list attempts of delivery %d: %w", id, err)
	}
	return pgx.CollectRows(rows, pgx.RowToStructByName[Attempt])
}

// Record keeps an attempt and what it means for the delivery: taken, failed for good (last, or
// the agency's system is gone, which also disables the endpoint), or waiting for the next one.
// A delivery that was taken stays so, whatever a second worker reports.
func Record(ctx context.Context, tx pgx.Tx, p Parcel, a Attempt, last bool) error {
	_, err := tx.Exec(ctx, `INSERT INTO delivery_attempts (agency_id, delivery_id, at, status, ms, response, problem)
		VALUES ($1, $2, $3, $4, $5, $6, $7)`, p.AgencyID, p.ID, a.At, a.Status, a.MS, a.Response, a.Problem)
	if err != nil {
		return fmt.Errorf("record attempt of delivery %d: %w", p.ID, err)
	}
	switch {
	case a.Delivered():
		_, err = tx.Exec(ctx, `UPDATE deliveries SET state = 'delivered', delivered_at = $2
			WHERE id = $1 AND state <> 'delivered'`, p.ID, a.At)
	case last || a.Gone():
		_, err = tx.Exec(ctx, `UPDATE deliveries SET state = 'failed' WHERE id = $1 AND state = 'waiting'`, p.ID)
	}
	if err != nil {
		return fmt.Errorf("record state of delivery %d: %w", p.ID, err)
	}
	if a.Gone() {
		return DisableEndpoint(ctx, tx, p.EndpointID, a.At)
	}
	return nil
}

// Resend sends a delivery again that has failed or that the agency's system has lost: the same
// event, the same bytes, a new round of attempts. One that still waits is a fault.Conflict.
func Resend(ctx context.Context, tx pgx.Tx, jobs Jobs, id DeliveryID) error {
	p, err := FindDelivery(ctx, tx, id)
	if err != nil {
		return err
	}
	if p.Endpoint.DisabledAt != nil {
		return fault.New(fault.Conflict, "ปลายทางนี้ปิดอยู่ กรุณาเปิดใช้งานปลายทางก่อนส่งซ้ำ")
	}
	sent, err := resend(ctx, tx, jobs, `UPDATE deliveries SET state = 'waiting', delivered_at = NULL
		WHERE id = $1 AND state <> 'waiting' RETURNING id, agency_id`, id)
	if err != nil {
		return err
	}
	if sent == 0 {
		return fault.New(fault.Conflict, "รายการนี้กำลังรอส่งอยู่แล้ว กรุณารอผลการส่ง")
	}
	return nil
}

// ResendFailed sends again everything that failed for an endpoint, oldest first, and returns how
// many that are: after the agency has mended its system and the endpoint is enabled again.
func ResendFailed(ctx context.Context, tx pgx.Tx, jobs Jobs, id EndpointID) (int, error) {
	e, err := FindEndpoint(ctx, tx, id)
	if err != nil {
		return 0, err
	}
	if e.DisabledAt != nil {
		return 0, fault.New(fault.Conflict, "ปลายทางนี้ปิดอยู่ กรุณาเปิดใช้งานปลายทางก่อนส่งซ้ำ")
	}
	return resend(ctx, tx, jobs, `UPDATE deliveries SET state = 'waiting', delivered_at = NULL
		WHERE endpoint_id = $1 AND state = 'failed' RETURNING id, agency_id`, id)
}

func resend(ctx context.Context, tx pgx.Tx, jobs Jobs, sql string, arg any) (int, error) {
	rows, err := tx.Query(ctx, `WITH again AS (`+sql+`) SELECT id AS delivery_id, agency_id FROM again ORDER BY id`, arg)
	if err != nil {
		return 0, fmt.Errorf("resend: %w", err)
	}
	again, err := pgx.CollectRows(rows, pgx.RowToStructByName[DeliverArgs])
	if err != nil {
		return 0, fmt.Errorf("resend: %w", err)
	}
	for _, args := range again {
		if _, err := jobs.InsertTx(ctx, tx, args, nil); err != nil {
			return 0, fmt.Errorf("resend: enqueue delivery %d: %w", args.DeliveryID, err)
		}
	}
	return len(again), nil
}
