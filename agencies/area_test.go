package agencies_test

import (
	"context"
	"encoding/json"
	"fmt"
	"math"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"

	"saphan/agencies"
	"saphan/internal/fault"
	"saphan/internal/pgtest"
)

// square is a ring around a point, of so many degrees from the middle to each side.
func square(lat, lon, half float64) agencies.Ring {
	return agencies.Ring{{X: lon - half, Y: lat - half}, {X: lon + half, Y: lat - half}, {X: lon + half, Y: lat + half}, {X: lon - half, Y: lat + half}}
}

// lookedAfter makes an agency that mends lights, with areas.
func lookedAfter(t *testing.T, tx pgx.Tx, code string, areas ...agencies.Area) agencies.AgencyID {
	t.Helper()
	a := makeAgency(t, tx, code, "เทศบาล "+code)
	q, err := agencies.CreateQueue(t.Context(), tx, a.ID, "works", "works")
	if err == nil {
		err = agencies.SetRoute(t.Context(), tx, a.ID, "light", q.ID)
	}
	for _, area := range areas {
		if err == nil {
			area.AgencyID = a.ID
			err = agencies.AddArea(t.Context(), tx, area)
		}
	}
	if err != nil {
		t.Fatal(err)
	}
	return a.ID
}

// EGA-10.4, LOC-14: an outline goes before a list of tambons, that before a circle, that before a name, and all before
// whoever was written to; of one kind the smallest area wins. What lies in a hole does not lie inside.
func TestRoutePrecedence(t *testing.T) {
	t.Parallel()
	tx := pgtest.Tx(t)
	outline := func(name string, rings ...agencies.Ring) agencies.Area {
		return agencies.Area{Kind: agencies.Outline, Name: name, Rings: rings}
	}
	list := func(name string, tambons ...agencies.Tambon) agencies.Area {
		return agencies.Area{Kind: agencies.Tambons, Name: name, Tambons: tambons}
	}
	sea := agencies.Tambon{Code: "200105", Name: "บ้านสวน", Amphoe: "เมืองชลบุรี", Province: "ชลบุรี"}
	who := map[string]agencies.AgencyID{
		// A ring of land with a lake, an island in the lake, and a piece of land far off.
		"ring":   lookedAfter(t, tx, "RING", outline("ต.วงแหวน", square(13.5, 100.5, 0.2), square(13.5, 100.5, 0.1), square(13.5, 100.5, 0.02), square(14.5, 100.5, 0.05))),
		"lake":   lookedAfter(t, tx, "LAKE", outline("ต.ทะเลสาบ", square(13.5, 100.5, 0.11), square(13.5, 100.5, 0.02))),
		"corner": lookedAfter(t, tx, "CORN", outline("ต.มุม", square(13.31, 100.31, 0.02))),
		"codes":  lookedAfter(t, tx, "CODES", list("สามตำบล", sea, agencies.Tambon{Code: "200106"}, agencies.Tambon{Code: "200107"})),
		"code":   lookedAfter(t, tx, "CODE", list("ตำบลเดียว", agencies.Tambon{Code: "200106"})),
		"wide":   lookedAfter(t, tx, "WIDE", agencies.Area{Name: "ต.กว้าง", Lat: 13.5, Lon: 100.5, RadiusM: 60_000}),
		"small":  lookedAfter(t, tx, "SMALL", agencies.Area{Name: "ต.เล็ก", Lat: 13.5, Lon: 100.9, RadiusM: 5_000}),
		"other":  lookedAfter(t, tx, "OTHER", agencies.Area{Name: "ต.กว้างขวาง", Lat: 18, Lon: 99, RadiusM: 100}),
		"none":   lookedAfter(t, tx, "NONE"),
	}
	at := func(lat, lon float64) agencies.Place { return agencies.Place{HasPoint: true, Lat: lat, Lon: lon} }
	with := func(p agencies.Place, words, tambon string) agencies.Place {
		p.Words, p.Tambon = words, tambon
		return p
	}
	for name, c := range map[string]struct {
		place agencies.Place
		want  string
		found agencies.Found
	}{
		"inside an outline, before the circle":             {at(13.5, 100.65), "ring", agencies.ByOutline},
		"in the hole, where another one is":                {at(13.55, 100.5), "lake", agencies.ByOutline},
		"on the island in the hole":                        {at(13.5, 100.5), "ring", agencies.ByOutline},
		"in both: the smaller":                             {at(13.605, 100.5), "lake", agencies.ByOutline},
		"on the second piece":                              {at(14.52, 100.48), "ring", agencies.ByOutline},
		"inside the box of the pieces and in none":         {at(14.0, 100.5), "wide", agencies.ByCircle},
		"on the outer edge":                                {at(13.7, 100.5), "ring", agencies.ByOutline},
		"on a corner of two":                               {at(13.3, 100.3), "corner", agencies.ByOutline},
		"an outline beats a code and a name":               {with(at(13.5, 100.65), "ต.เล็ก", "200105"), "ring", agencies.ByOutline},
		"a code beats a circle and a name":                 {with(at(13.5, 100.9), "ต.เล็ก", "200105"), "codes", agencies.ByTambon},
		"a code on two lists: the shorter":                 {with(agencies.Place{}, "", "200106"), "code", agencies.ByTambon},
		"a code on no list":                                {with(agencies.Place{}, "", "500101"), "none", agencies.ByWriting},
		"an address that says all of a tambon":             {with(agencies.Place{}, "9/1 ต.บ้านสวน อ.เมือง จ.ชลบุรี", ""), "codes", agencies.ByTambon},
		"the same without blanks":                          {with(agencies.Place{}, "9/1 ตำบลบ้านสวนอำเภอเมืองชลบุรีจังหวัดชลบุรี", ""), "codes", agencies.ByTambon},
		"a tambon of that name elsewhere":                  {with(agencies.Place{}, "9/1 ต.บ้านสวน อ.เมือง จ.สุโขทัย", ""), "none", agencies.ByWriting},
		"a tambon whose name only begins so":               {with(agencies.Place{}, "ต.บ้านสวนใหม่ อ.เมือง จ.ชลบุรี", ""), "none", agencies.ByWriting},
		"two circles: the smaller, though farther":         {at(13.5, 100.86), "small", agencies.ByCircle},
		"a circle beats a name":                            {with(at(13.5, 100.86), "ต.กว้าง", ""), "small", agencies.ByCircle},
		"a name without a point":                           {with(agencies.Place{}, "ซอย 4 ต.กว้าง อ.ตัวอย่าง", ""), "wide", agencies.ByName},
		"the longer of two names":                          {with(agencies.Place{}, "ซอย 4 ต.กว้างขวาง", ""), "other", agencies.ByName},
		"an outline is found by its name too":              {with(at(20, 100), "หน้าวัด ต.มุม", ""), "corner", agencies.ByName},
		"nothing of this: whoever was written to":          {at(20, 100), "none", agencies.ByWriting},
		"no place at all":                                  {agencies.Place{}, "none", agencies.ByWriting},
		"a hair outside the outer edge, the circle's then": {at(13.70001, 100.5), "wide", agencies.ByCircle},
	} {
		way, err := agencies.Route(t.Context(), tx, "light", "works", who["none"], nil, c.place)
		if err != nil || way.Agency != who[c.want] || way.Found != c.found || (way.Area == 0) != (c.found == agencies.ByWriting) {
			t.Errorf("%s: %+v (%v), want %s (agency %d) by %s", name, way, err, c.want, who[c.want], c.found)
		}
	}
	areas, err := agencies.Areas(t.Context(), tx, who["corner"])
	if err != nil || len(areas) != 1 || len(areas[0].Rings) != 1 || areas[0].Rings[0][0] != (square(13.31, 100.31, 0.02)[0]) {
		t.Fatalf("%+v, %v", areas, err)
	}
	if err := agencies.EndArea(t.Context(), tx, who["ring"], areas[0].ID, areas[0].MadeAt); !fault.Is(err, fault.NotFound) {
		t.Errorf("an agency ended another's area: %v", err)
	}
	if err := agencies.EndArea(t.Context(), tx, who["corner"], areas[0].ID, areas[0].MadeAt); err != nil {
		t.Fatal(err)
	}
	if way, err := agencies.Route(t.Context(), tx, "light", "works", who["none"], nil, at(13.29, 100.29)); err != nil || way.Agency == who["corner"] {
		t.Errorf("what was ended still counts: %+v, %v", way, err)
	}
	if kept, err := agencies.FindArea(t.Context(), tx, areas[0].ID); err != nil || kept.EndedAt == nil {
		t.Errorf("what was ended cannot be shown any more: %+v, %v", kept, err)
	}
}

// The rules of an agency hear of its own areas alone, of all that hold a place.
func TestHolding(t *testing.T) {
	t.Parallel()
	tx := pgtest.Tx(t)
	a := lookedAfter(t, tx, "HOLA",
		agencies.Area{Kind: agencies.Outline, Name: "ในเมือง", Rings: []agencies.Ring{square(13.5, 100.5, 0.1)}},
		agencies.Area{Name: "รอบเมือง", Lat: 13.5, Lon: 100.5, RadiusM: 50_000},
		agencies.Area{Kind: agencies.Tambons, Name: "ตำบล", Tambons: []agencies.Tambon{{Code: "200105", Name: "บ้านสวน"}, {Code: "200106", Name: "ห้วยกะปิ"}}})
	lookedAfter(t, tx, "HOLB", agencies.Area{Name: "ต.อื่น", Lat: 13.5, Lon: 100.5, RadiusM: 50_000})
	own, err := agencies.Areas(t.Context(), tx, a)
	if err != nil || len(own) != 3 {
		t.Fatalf("%+v, %v", own, err)
	}
	held, err := agencies.Holding(t.Context(), tx, a, agencies.Place{HasPoint: true, Lat: 13.55, Lon: 100.55, Words: "ต.บ้านสวน"})
	if err != nil || len(held.Areas) != 3 || strings.Join(held.Tambons, " ") != "200105" {
		t.Errorf("%+v, %v", held, err)
	}
	held, err = agencies.Holding(t.Context(), tx, a, agencies.Place{HasPoint: true, Lat: 13.7, Lon: 100.7, Tambon: "500101"})
	if err != nil || len(held.Areas) != 1 || strings.Join(held.Tambons, " ") != "500101" {
		t.Errorf("%+v, %v", held, err)
	}
}

// The database and a plain walk around the rings say the same of random points in random outlines.
func TestPointsInOutlines(t *testing.T) {
	t.Parallel()
	tx := pgtest.Tx(t)
	random := rand.New(rand.NewPCG(5, 14))
	inside := 0
	for i := range 40 {
		var rings []agencies.Ring
		for range 1 + random.IntN(3) {
			// A star around a middle: a line that does not cross itself, as GeoJSON wants it.
			n, lon, lat := 3+random.IntN(8), 100+random.Float64(), 13+random.Float64()
			r := make(agencies.Ring, n)
			for j := range r {
				sin, cos := math.Sincos(2 * math.Pi * (float64(j) + 0.4*random.Float64()) / float64(n))
				far := 0.05 + 0.45*random.Float64()
				r[j].X, r[j].Y = lon+far*cos, lat+far*sin
			}
			rings = append(rings, r)
		}
		agency := lookedAfter(t, tx, fmt.Sprintf("P%c%c", 'A'+i/26, 'A'+i%26), agencies.Area{Kind: agencies.Outline, Name: "ต.สุ่ม", Rings: rings})
		for range 50 {
			lat, lon := 12.9+1.2*random.Float64(), 99.9+1.2*random.Float64()
			held, err := agencies.Holding(t.Context(), tx, agency, agencies.Place{HasPoint: true, Lat: lat, Lon: lon})
			if err != nil {
				t.Fatal(err)
			}
			want := agencies.Inside(rings, lat, lon)
			if want {
				inside++
			}
			if (len(held.Areas) == 1) != want {
				t.Errorf("(%f, %f) in %v: the database says %t", lat, lon, rings, !want)
			}
		}
	}
	if inside < 200 {
		t.Errorf("only %d points lay inside", inside)
	}
}

// owned returns a transaction of whoever owns the tables, who alone may count what is in them for the planner.
func owned(t *testing.T) pgx.Tx {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), pgtest.URL(t))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close(context.WithoutCancel(t.Context())) })
	tx, err := conn.Begin(t.Context())
	if err == nil {
		_, err = tx.Exec(t.Context(), `SET LOCAL app.agency = 'all'`)
	}
	if err != nil {
		t.Fatal(err)
	}
	return tx
}

// Eight thousand agencies with outlines, lists, circles and names: what decides looks at a handful of their rows.
func TestRouteVisitsFewRows(t *testing.T) {
	t.Parallel()
	tx := owned(t)
	asked := lookedAfter(t, tx, "ASKED", agencies.Area{Name: "ต.ถาม", Lat: 13.5, Lon: 100.5, RadiusM: 1000})
	for _, sql := range []string{
		`INSERT INTO agencies (code, name, kind) SELECT 'X' || translate(lpad(to_hex(g), 4, '0'), '0123456789abcdef', 'ABCDEFGHIJKLMNOP'), 'อบต. ' || g, 'อบต.' FROM generate_series(1, 8000) g`,
		`INSERT INTO queues (agency_id, key, name) SELECT id, 'works', 'works' FROM agencies WHERE code ~ '^X....$'`,
		`INSERT INTO routes (agency_id, form_key, queue_id) SELECT agency_id, 'light', id FROM queues WHERE key = 'works' ON CONFLICT DO NOTHING`,
		// A net of squares of 11 km, 100 in a row, and beside each square a circle, a list of five tambons, a name.
		`INSERT INTO areas (agency_id, kind, name, rings, size)
			SELECT id, 'outline', 'ต.ตำบลที่' || n, ARRAY[polygon(box(point(97 + x, 6 + y), point(97.1 + x, 6.1 + y)))], 1e8
			FROM (SELECT id, n, (n % 100) / 10.0 AS x, (n / 100) / 10.0 AS y FROM (SELECT id, row_number() OVER (ORDER BY id) AS n FROM agencies WHERE code ~ '^X....$') a) b`,
		`INSERT INTO areas (agency_id, name, lat, lon, radius_m) SELECT agency_id, name || ' ตอนบน', (bounds[1])[1], (bounds[1])[0], 9000 FROM areas WHERE kind = 'outline'`,
		`INSERT INTO areas (agency_id, kind, name) SELECT agency_id, 'tambons', 'รายการ ' || agency_id FROM areas WHERE kind = 'outline'`,
		`INSERT INTO area_tambons (area_id, agency_id, code, name, amphoe, province) SELECT id, agency_id, (100000 + id * 7 + g)::text, 'ชื่อ' || id % 500, 'เมือง', 'จังหวัด' || id % 77 FROM areas, generate_series(1, 5) g WHERE kind = 'tambons'`,
		`ANALYZE areas`, `ANALYZE area_tambons`, `ANALYZE routes`, `SET LOCAL ROLE saphan_app`,
	} {
		if _, err := tx.Exec(t.Context(), sql); err != nil {
			t.Fatalf("%s: %v", sql, err)
		}
	}
	var code string
	if err := tx.QueryRow(t.Context(), `SELECT max(code) FROM area_tambons`).Scan(&code); err != nil {
		t.Fatal(err)
	}
	for name, p := range map[string]agencies.Place{
		"a point":    {HasPoint: true, Lat: 9.05, Lon: 101.05},
		"an address": {Words: "99/9 หมู่ 4 ซอยตัวอย่าง 12 ถนนตัวอย่าง ต.ตำบลที่4711 อ.เมือง จ.จังหวัด12 20000"},
		"a code":     {Tambon: code},
		"nothing":    {},
	} {
		if rows := agencies.RowsVisited(t, tx, p, asked); rows > 1500 { // of which most are letters of the address
			t.Fatalf("%s: %d rows were looked at", name, rows)
		}
		way, err := agencies.Route(t.Context(), tx, "light", "works", asked, nil, p)
		if err != nil || (way.Found == agencies.ByWriting) != (name == "nothing") {
			t.Errorf("%s: %+v, %v", name, way, err)
		}
	}
}

func TestReadGeoJSON(t *testing.T) {
	t.Parallel()
	ring := `[[100.1,13.1],[100.2,13.1],[100.2,13.2],[100.1,13.1]]`
	for name, c := range map[string]struct {
		raw   string
		rings int
		wrong string
	}{
		"a polygon":           {`{"type":"Polygon","coordinates":[` + ring + `]}`, 1, ""},
		"a hole":              {`{"type":"Polygon","coordinates":[` + ring + `,` + ring + `]}`, 2, ""},
		"islands":             {`{"type":"MultiPolygon","coordinates":[[` + ring + `],[` + ring + `]]}`, 2, ""},
		"a feature":           {`{"type":"Feature","properties":{"a":1},"geometry":{"type":"Polygon","coordinates":[` + ring + `]}}`, 1, ""},
		"features, two kinds": {`{"type":"FeatureCollection","features":[{"type":"Feature","geometry":{"type":"Point","coordinates":[100,13]}},{"type":"Feature","geometry":{"type":"GeometryCollection","geometries":[{"type":"Polygon","coordinates":[` + ring + `]}]}}]}`, 1, ""},
		"heights":             {`{"type":"Polygon","coordinates":[[[100.1,13.1,5],[100.2,13.1,5],[100.2,13.2,5],[100.1,13.1,5]]]}`, 1, ""},
		"swapped":             {`{"type":"Polygon","coordinates":[[[13.1,100.1],[13.1,100.2],[13.2,100.2],[13.1,100.1]]]}`, 0, "สลับกัน"},
		"UTM":                 {`{"type":"Polygon","coordinates":[[[712345,1477890],[712445,1477890],[712445,1477990]]]}`, 0, "UTM"},
		"only a point":        {`{"type":"Point","coordinates":[100,13]}`, 0, "ไม่มีรูปหลายเหลี่ยม"},
		"a line":              {`{"type":"Polygon","coordinates":[[[100.1,13.1],[100.2,13.1],[100.3,13.1]]]}`, 0, "ไม่ล้อมพื้นที่"},
		"no numbers":          {`{"type":"Polygon","coordinates":"x"}`, 0, "ไม่ใช่ตัวเลข"},
		"a lonely number":     {`{"type":"Polygon","coordinates":[[[100.1]]]}`, 0, "ไม่ครบ"},
		"no JSON":             {`<kml/>`, 0, "GeoJSON"},
		"null":                {`null`, 0, "ไม่มีรูปหลายเหลี่ยม"},
		"deep":                {strings.Repeat(`{"geometry":`, 12) + `{}` + strings.Repeat(`}`, 12), 0, "ซ้อนกัน"},
	} {
		rings, err := agencies.ReadGeoJSON([]byte(c.raw))
		if len(rings) != c.rings || (err == nil) != (c.wrong == "") || err != nil && !strings.Contains(fault.MessageOf(err), c.wrong) {
			t.Errorf("%s: %v, %v", name, rings, err)
		}
	}
	if rings, err := agencies.ReadGeoJSON([]byte(`{"type":"Polygon","coordinates":[` + ring + `]}`)); err != nil || len(rings[0]) != 3 {
		t.Errorf("the closing point stands twice: %v, %v", rings, err)
	}
	many := make([][2]float64, 50_002)
	for i := range many {
		many[i] = [2]float64{100 + float64(i%1000)/1000, 13 + float64(i)/1e5}
	}
	raw, err := json.Marshal(map[string]any{"type": "Polygon", "coordinates": []any{many}})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := agencies.ReadGeoJSON(raw); !fault.Is(err, fault.Invalid) {
		t.Errorf("%d points are taken: %v", len(many), err)
	}
}

// LOC-11, LOC-14: codes are read in Thai digits too, and names with what stands before them.
func TestReadTambons(t *testing.T) {
	t.Parallel()
	list, wrong := agencies.ReadTambons([]byte("\uFEFFรหัส,ตำบล,อำเภอ,จังหวัด\n200101,ต.บางปลาสร้อย,อำเภอเมืองชลบุรี,จ.ชลบุรี\n๒๐๐๑๐๒\tตำบลมะขามหย่ง\n\n200103\n"))
	if len(wrong) != 0 || len(list) != 3 || list[0] != (agencies.Tambon{Code: "200101", Name: "บางปลาสร้อย", Amphoe: "เมืองชลบุรี", Province: "ชลบุรี"}) || list[1].Name != "มะขามหย่ง" || list[1].Code != "200102" {
		t.Errorf("%+v, %q", list, wrong)
	}
	for raw, want := range map[string]string{
		"200101\n200101": "บรรทัดที่ 2: รหัส 200101 ซ้ำ", "20010": "6 หลัก", "": "ไม่มีรหัสตำบล", "รหัส,ตำบล": "ไม่มีรหัสตำบล", "200101\nตำบลผิด": "บรรทัดที่ 2",
	} {
		if _, wrong := agencies.ReadTambons([]byte(raw)); len(wrong) == 0 || !strings.Contains(wrong[0], want) {
			t.Errorf("%q: %q", raw, wrong)
		}
	}
}
