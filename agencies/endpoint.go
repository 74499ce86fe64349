package agencies

import (
	"context"
	"fmt"
	"net/netip"
	"net/url"
	"time"

	"github.com/jackc/pgx/v5"

	"saphan/internal/fault"
	"saphan/internal/secret"
)

// EndpointID identifies an endpoint.
type EndpointID int64

// Endpoint is the address at which an agency's own system takes signed webhooks (ปลายทาง).
type Endpoint struct {
	ID           EndpointID `db:"id"`
	AgencyID     AgencyID   `db:"agency_id"`
	URL          string     `db:"url"`
	SecretSealed []byte     `db:"secret_sealed"`
	Allowed      []string   `db:"allowed"` // networks (CIDR) that are not public but allowed here
	DisabledAt   *time.Time `db:"disabled_at"`
	CreatedAt    time.Time  `db:"created_at"`
}

// Secret opens the keys that deliveries to the endpoint are signed with.
func (e Endpoint) Secret(box secret.Box) (Secret, error) {
	plain, err := box.Open(e.SecretSealed, e.purpose())
	if err != nil {
		return "", fmt.Errorf("open the secret of endpoint %d: %w", e.ID, err)
	}
	return Secret(plain), nil
}

func (e Endpoint) purpose() string { return fmt.Sprintf("endpoint %d", e.ID) }

const endpointColumns = `id, agency_id, url, secret_sealed, allowed, disabled_at, created_at`

// CreateEndpoint adds an endpoint to an agency. Its address is checked here as far as it can be
// without asking the network; where the name leads is checked at every delivery. Keys is what it
// signs with, NewSecret() as a rule.
func CreateEndpoint(ctx context.Context, tx pgx.Tx, box secret.Box, agency AgencyID, address string, keys Secret, allowed []string) (Endpoint, error) {
	if err := checkURL(address, len(allowed) > 0); err != nil {
		return Endpoint{}, err
	}
	nets, err := parseAllowed(allowed)
	if err != nil {
		return Endpoint{}, err
	}
	if _, err := keys.keys(); err != nil {
		return Endpoint{}, fault.Wrap(fault.Invalid, "รหัสลับของปลายทางไม่ถูกต้อง กรุณาสร้างใหม่", err)
	}
	e := Endpoint{AgencyID: agency, URL: address, Allowed: texts(nets)}
	// The secret is sealed for this endpoint alone, so its number is needed first.
	if err := tx.QueryRow(ctx, `SELECT nextval(pg_get_serial_sequence('endpoints', 'id'))`).Scan(&e.ID); err != nil {
		return Endpoint{}, fmt.Errorf("create endpoint: number: %w", err)
	}
	rows, err := tx.Query(ctx, `INSERT INTO endpoints (id, agency_id, url, secret_sealed, allowed)
		OVERRIDING SYSTEM VALUE VALUES ($1, $2, $3, $4, $5) RETURNING `+endpointColumns,
		e.ID, e.AgencyID, e.URL, box.Seal([]byte(keys), e.purpose()), e.Allowed)
	if err != nil {
		return Endpoint{}, fmt.Errorf("create endpoint: %w", err)
	}
	e, err = pgx.CollectExactlyOneRow(rows, pgx.RowToStructByName[Endpoint])
	if err != nil {
		return Endpoint{}, fmt.Errorf("create endpoint: %w", err)
	}
	return e, nil
}

// FindEndpoint returns the endpoint, or fault.NotFound.
func FindEndpoint(ctx context.Context, tx pgx.Tx, id EndpointID) (Endpoint, error) {
	rows, err := tx.Query(ctx, `SELECT `+endpointColumns+` FROM endpoints WHERE id = $1`, id)
	if err != nil {
		return Endpoint{}, fmt.Errorf("find endpoint %d: %w", id, err)
	}
	return one[Endpoint](rows, fault.New(fault.NotFound, "ไม่พบปลายทางนี้"))
}

// Endpoints returns the endpoints of an agency in the order they were made, disabled ones too.
func Endpoints(ctx context.Context, tx pgx.Tx, agency AgencyID) ([]Endpoint, error) {
	rows, err := tx.Query(ctx, `SELECT `+endpointColumns+` FROM endpoints WHERE agency_id = $1 ORDER BY id`, agency)
	if err != nil {
		return nil, fmt.Errorf("list endpoints: %w", err)
	}
	return pgx.CollectRows(rows, pgx.RowToStructByName[Endpoint])
}

// DisableEndpoint stops deliveries to the endpoint: new events pass it by, and what is still
// waiting for it fails when its turn comes.
func DisableEndpoint(ctx context.Context, tx pgx.Tx, id EndpointID, at time.Time) error {
	return changeEndpoint(ctx, tx, id, `UPDATE endpoints SET disabled_at = coalesce(disabled_at, $2) WHERE id = $1`, at)
}

// EnableEndpoint lets deliveries go to the endpoint again. What it missed is sent by Resend.
func EnableEndpoint(ctx context.Context, tx pgx.Tx, id EndpointID) error {
	return changeEndpoint(ctx, tx, id, `UPDATE endpoints SET disabled_at = NULL WHERE id = $1`)
}

// MoveEndpoint changes an endpoint's address and the private networks it may be in.
func MoveEndpoint(ctx context.Context, tx pgx.Tx, id EndpointID, address string, allowed []string) error {
	if err := checkURL(address, len(allowed) > 0); err != nil {
		return err
	}
	nets, err := parseAllowed(allowed)
	if err != nil {
		return err
	}
	return changeEndpoint(ctx, tx, id, `UPDATE endpoints SET url = $2, allowed = $3 WHERE id = $1`, address, texts(nets))
}

func changeEndpoint(ctx context.Context, tx pgx.Tx, id EndpointID, sql string, args ...any) error {
	tag, err := tx.Exec(ctx, sql, append([]any{id}, args...)...)
	if err != nil {
		return fmt.Errorf("change endpoint %d: %w", id, err)
	}
	if tag.RowsAffected() == 0 {
		return fault.New(fault.NotFound, "ไม่พบปลายทางนี้")
	}
	return nil
}

// checkURL refuses an address that could never be delivered to. Plain http is only for
// endpoints with a network of their own.
func checkURL(address string, hasAllowed bool) error {
	const expected = "ที่อยู่ปลายทางไม่ถูกต้อง กรุณาระบุแบบ https://ชื่อโดเมน/เส้นทาง"
	u, err := url.Parse(address)
	if err != nil {
		return fault.Wrap(fault.Invalid, expected, err)
	}
	if u.Hostname() == "" || u.Opaque != "" || len(address) > 2048 {
		return fault.New(fault.Invalid, expected)
	}
	if u.User != nil || u.Fragment != "" {
		return fault.New(fault.Invalid, "ที่อยู่ปลายทางต้องไม่มีชื่อผู้ใช้ รหัสผ่าน หรือเครื่องหมาย # กรุณาตัดออก")
	}
	switch u.Scheme {
	case "https":
		return nil
	case "http":
		if hasAllowed {
			return nil
		}
		return fault.New(fault.Invalid, "ปลายทางบนอินเทอร์เน็ตต้องใช้ https กรุณาแก้ที่อยู่ให้ขึ้นต้นด้วย https://")
	default:
		return fault.New(fault.Invalid, expected)
	}
}

func texts(nets []netip.Prefix) []string {
	out := make([]string, len(nets))
	for i, n := range nets {
		out[i] = n.String()
	}
	return out
}
