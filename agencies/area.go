package agencies

import (
	"context"
	"encoding/json"
	"fmt"
	"math"
	"slices"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgtype"

	"saphan/internal/fault"
)

// AreaID identifies an area.
type AreaID int64

// AreaKind says how an area is drawn.
type AreaKind string

// The kinds of areas.
const (
	Outline AreaKind = "outline"
	Tambons AreaKind = "tambons"
	Circle  AreaKind = "circle"
)

// Ring is a closed line of points, the first of which need not stand again at its end. Of each X is the longitude and Y the
// latitude, in degrees (WGS 84), as GeoJSON has them.
type Ring []pgtype.Vec2

// Tambon is one line of a list (LOC-14). The names find it in an address that gives no code; where a name of the amphoe or
// province stands here the address must say it too, for tambons of one name are many.
type Tambon struct {
	Code     string `db:"code" json:"code"` // six digits: province, amphoe, tambon
	Name     string `db:"name" json:"name"` // without ตำบล or แขวง
	Amphoe   string `db:"amphoe" json:"amphoe"`
	Province string `db:"province" json:"province"`
}

// Area is a part of the country that an agency looks after: an outline, a list of tambons or a circle, and the name by which
// it stands in addresses. The area of a local body is not that of a tambon (LOC-14).
type Area struct {
	ID       AreaID
	AgencyID AgencyID
	Kind     AreaKind // empty when it is added: Circle
	Name     string
	Lat, Lon float64 // of a circle's centre
	RadiusM  float64
	Rings    []Ring // of an outline: a point in an odd number of them is inside, so that holes and islands are rings too
	Size     float64
	Tambons  []Tambon
	Source   string // who drew it or wrote the list, and when
	MadeAt   time.Time
	EndedAt  *time.Time // it is ended and never changed: cases show by which map they came
}

// Metres of a degree of latitude; of longitude, that times the cosine.
const degreeM = 111320

// SizeOf is by what the smallest of a kind is known: square metres, or how many tambons.
func SizeOf(a Area) float64 { return a.size() }

// size is by what the smallest of a kind is known: square metres, or how many tambons.
func (a Area) size() float64 {
	switch a.Kind {
	case Tambons:
		return float64(len(a.Tambons))
	case Outline:
		return outlineSize(a.Rings)
	default:
		return math.Pi * a.RadiusM * a.RadiusM
	}
}

// AddArea gives an agency a place to look after.
func AddArea(ctx context.Context, tx pgx.Tx, a Area) error {
	if _, err := NewArea(ctx, tx, a); err != nil {
		return fmt.Errorf("add area %s: %w", a.Name, err)
	}
	return nil
}

// NewArea gives an agency a place to look after and returns it with its number.
func NewArea(ctx context.Context, tx pgx.Tx, a Area) (Area, error) {
	if a.Kind == "" {
		a.Kind = Circle
	}
	if a.Name = strings.TrimSpace(a.Name); a.Name == "" {
		return Area{}, fault.New(fault.Invalid, "ยังไม่ได้ตั้งชื่อพื้นที่ ใช้ชื่อที่คนเขียนในที่อยู่ เช่น ต.ตัวอย่าง")
	}
	var lat, lon, radius *float64
	if a.Kind == Circle {
		lat, lon, radius = &a.Lat, &a.Lon, &a.RadiusM
	}
	rings := make([]pgtype.Polygon, len(a.Rings))
	for i, r := range a.Rings {
		rings[i] = pgtype.Polygon{P: r, Valid: true}
	}
	a.Size = a.size()
	err := tx.QueryRow(ctx, `INSERT INTO areas (agency_id, kind, name, lat, lon, radius_m, rings, size, source) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) RETURNING id, made_at`,
		a.AgencyID, a.Kind, a.Name, lat, lon, radius, rings, a.Size, a.Source).Scan(&a.ID, &a.MadeAt)
	if err != nil {
		return Area{}, fmt.Errorf("insert area: %w", err)
	}
	if len(a.Tambons) == 0 {
		return a, nil
	}
	list, err := json.Marshal(a.Tambons)
	if err != nil {
		return Area{}, fmt.Errorf("insert tambons of area: %w", err)
	}
	_, err = tx.Exec(ctx, `INSERT INTO area_tambons (area_id, agency_id, code, name, amphoe, province)
		SELECT $1, $2, code, name, amphoe, province FROM jsonb_to_recordset($3) AS t (code text, name text, amphoe text, province text)`, a.ID, a.AgencyID, list)
	if err != nil {
		return Area{}, fmt.Errorf("insert tambons of area: %w", err)
	}
	return a, nil
}

// EndArea takes a place from an agency from now on.
func EndArea(ctx context.Context, tx pgx.Tx, agency AgencyID, id AreaID, at time.Time) error {
	tag, err := tx.Exec(ctx, `UPDATE areas SET ended_at = $3 WHERE agency_id = $1 AND id = $2 AND ended_at IS NULL`, agency, id, at)
	if err != nil {
		return fmt.Errorf("end area %d: %w", id, err)
	}
	if tag.RowsAffected() == 0 {
		return fault.New(fault.NotFound, "ไม่พบพื้นที่นี้ หรือเลิกใช้ไปแล้ว กรุณาเปิดรายการพื้นที่ใหม่")
	}
	return nil
}

// Areas returns what an agency looks after, by name.
func Areas(ctx context.Context, tx pgx.Tx, agency AgencyID) ([]Area, error) {
	return areas(ctx, tx, `agency_id = $1 AND ended_at IS NULL ORDER BY name COLLATE "th-x-icu", id`, agency)
}

// FindArea returns an area, also one that was ended, or fault.NotFound.
func FindArea(ctx context.Context, tx pgx.Tx, id AreaID) (Area, error) {
	found, err := areas(ctx, tx, `id = $1`, id)
	if err == nil && len(found) == 0 {
		return Area{}, fault.New(fault.NotFound, "ไม่พบพื้นที่นี้")
	}
	if err != nil {
		return Area{}, err
	}
	return found[0], nil
}

func areas(ctx context.Context, tx pgx.Tx, where string, arg any) ([]Area, error) {
	rows, err := tx.Query(ctx, `SELECT id, agency_id, kind, name, coalesce(lat, 0), coalesce(lon, 0), coalesce(radius_m, 0), rings, size, source, made_at, ended_at FROM areas WHERE `+where, arg)
	if err != nil {
		return nil, fmt.Errorf("list areas: %w", err)
	}
	all, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (a Area, err error) {
		var rings []pgtype.Polygon
		err = row.Scan(&a.ID, &a.AgencyID, &a.Kind, &a.Name, &a.Lat, &a.Lon, &a.RadiusM, &rings, &a.Size, &a.Source, &a.MadeAt, &a.EndedAt)
		for _, r := range rings {
			a.Rings = append(a.Rings, r.P)
		}
		return a, err
	})
	if err != nil {
		return nil, fmt.Errorf("list areas: %w", err)
	}
	for i := range all {
		if all[i].Kind != Tambons {
			continue
		}
		rows, err := tx.Query(ctx, `SELECT code, name, amphoe, province FROM area_tambons WHERE area_id = $1 ORDER BY code`, all[i].ID)
		if err != nil {
			return nil, fmt.Errorf("tambons of area %d: %w", all[i].ID, err)
		}
		if all[i].Tambons, err = pgx.CollectRows(rows, pgx.RowToStructByName[Tambon]); err != nil {
			return nil, fmt.Errorf("tambons of area %d: %w", all[i].ID, err)
		}
	}
	return all, nil
}

// Inside says whether a point lies in an outline: in an odd number of its rings.
func Inside(rings []Ring, lat, lon float64) bool {
	odd := false
	for _, r := range rings {
		for i, p := range r {
			q := r[(i+1)%len(r)]
			if (p.Y > lat) != (q.Y > lat) && lon < p.X+(lat-p.Y)/(q.Y-p.Y)*(q.X-p.X) {
				odd = !odd
			}
		}
	}
	return odd
}

// outlineSize is the extent of an outline in square metres: rings that lie in an odd number of others are holes.
func outlineSize(rings []Ring) float64 {
	total := 0.0
	for i, r := range rings {
		others := slices.Delete(slices.Clone(rings), i, i+1)
		if len(r) > 0 && Inside(others, r[0].Y, r[0].X) {
			total -= ringSize(r)
		} else {
			total += ringSize(r)
		}
	}
	return total
}

// ringSize is what a ring encloses, in square metres: exact enough to tell the smaller of two.
func ringSize(r Ring) float64 {
	twice, middle := 0.0, 0.0
	for i, p := range r {
		q := r[(i+1)%len(r)]
		twice += p.X*q.Y - q.X*p.Y
		middle += p.Y / float64(len(r))
	}
	return math.Abs(twice) / 2 * degreeM * degreeM * math.Cos(middle*math.Pi/180)
}
