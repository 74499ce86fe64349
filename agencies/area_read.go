package agencies

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"regexp"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5/pgtype"

	"saphan/internal/fault"
	"saphan/internal/thai"
)

// Limits of one file.
const (
	mostPoints  = 50_000
	mostTambons = 8_000 // the country has some 7,400
)

// geometry is what RFC 7946 calls so, and the things that hold geometries.
type geometry struct {
	Type        string          `json:"type"`
	Coordinates json.RawMessage `json:"coordinates"`
	Geometries  []geometry      `json:"geometries"`
	Geometry    *geometry       `json:"geometry"`
	Features    []geometry      `json:"features"`
}

// ReadGeoJSON reads the outline of an area: every polygon of the file belongs to it. What is wrong is said with how to mend
// it.
func ReadGeoJSON(raw []byte) ([]Ring, error) {
	var g geometry
	if err := json.Unmarshal(bytes.TrimPrefix(raw, []byte("\uFEFF")), &g); err != nil {
		return nil, fault.Wrap(fault.Invalid, "อ่านไฟล์ไม่ได้ ต้องเป็น GeoJSON (RFC 7946) กรุณาส่งออกจากโปรแกรมแผนที่ใหม่", err)
	}
	rings, err := g.rings(0)
	if err != nil {
		return nil, err
	}
	points := 0
	for _, r := range rings {
		points += len(r)
	}
	switch {
	case len(rings) == 0:
		return nil, fault.New(fault.Invalid, "ไฟล์ไม่มีรูปหลายเหลี่ยม (Polygon หรือ MultiPolygon) จุดและเส้นใช้เป็นขอบเขตไม่ได้")
	case points > mostPoints:
		return nil, fault.Newf(fault.Invalid, "ขอบเขตมี {points} จุด เกินที่รับได้ {most} จุด กรุณาลดรายละเอียดของเส้นก่อนส่งออก", "points", points, "most", mostPoints)
	}
	return rings, nil
}

// deepest is how far things may lie in one another.
const deepest = 8

func (g geometry) rings(depth int) (all []Ring, err error) {
	if depth > deepest {
		return nil, fault.New(fault.Invalid, "ไฟล์ซ้อนกันลึกเกินไป กรุณาส่งออกเป็น Polygon หรือ MultiPolygon")
	}
	inner := slices.Concat(g.Features, g.Geometries)
	if g.Geometry != nil {
		inner = append(inner, *g.Geometry)
	}
	for _, one := range inner {
		rings, err := one.rings(depth + 1)
		if err != nil {
			return nil, err
		}
		all = append(all, rings...)
	}
	var polygons [][][][]float64
	switch g.Type {
	case "Polygon":
		polygons = make([][][][]float64, 1)
		err = json.Unmarshal(g.Coordinates, &polygons[0])
	case "MultiPolygon":
		err = json.Unmarshal(g.Coordinates, &polygons)
	}
	if err != nil {
		return nil, fault.Wrap(fault.Invalid, "พิกัดในไฟล์ไม่ครบหรือไม่ใช่ตัวเลข กรุณาส่งออกจากโปรแกรมแผนที่ใหม่", err)
	}
	for _, p := range polygons {
		for _, line := range p {
			ring, err := readRing(line)
			if err != nil {
				return nil, err
			}
			all = append(all, ring)
		}
	}
	return all, nil
}

// readRing reads a ring of positions, of which the first is repeated at the end.
func readRing(line [][]float64) (Ring, error) {
	var r Ring
	for _, p := range line {
		if len(p) < 2 {
			return nil, fault.New(fault.Invalid, "พิกัดในไฟล์ไม่ครบ ต้องมีลองจิจูดและละติจูดทุกจุด")
		}
		switch lon, lat := p[0], p[1]; {
		case inThailand(lat, lon):
			r = append(r, pgtype.Vec2{X: lon, Y: lat})
		case inThailand(lon, lat):
			return nil, fault.New(fault.Invalid, "ลองจิจูดกับละติจูดสลับกัน GeoJSON ต้องเขียนลองจิจูดก่อน เช่น [100.98, 13.36]")
		default:
			return nil, fault.New(fault.Invalid, "มีจุดอยู่นอกประเทศไทย พิกัดต้องเป็นองศา WGS 84 (EPSG:4326) ถ้าเป็น UTM ให้แปลงก่อน")
		}
	}
	if n := len(r); n > 1 && r[0] == r[n-1] {
		r = r[:n-1]
	}
	if len(r) < 3 || ringSize(r) == 0 {
		return nil, fault.New(fault.Invalid, "มีรูปที่ไม่ล้อมพื้นที่ใด ต้องมีอย่างน้อย 3 จุดที่ไม่อยู่บนเส้นเดียวกัน")
	}
	return r, nil
}

// inThailand says whether a point can be one of the country, its sea included.
func inThailand(lat, lon float64) bool { return lat >= 4 && lat <= 22 && lon >= 95 && lon <= 108 }

var tambonCode = regexp.MustCompile(`^[1-9][0-9]{5}$`)

// ReadTambons reads a list of tambons: a line each with the code and, if they are known, the names of tambon, amphoe and
// province, separated by commas or tabs. A first line of headings is passed over. All that is wrong is said, by line.
func ReadTambons(raw []byte) (list []Tambon, wrong []string) {
	text := strings.ReplaceAll(string(bytes.TrimPrefix(raw, []byte("\uFEFF"))), "\t", ",")
	r := csv.NewReader(strings.NewReader(text))
	r.FieldsPerRecord, r.TrimLeadingSpace, r.LazyQuotes = -1, true, true
	seen := map[string]bool{}
	for {
		record, err := r.Read()
		if errors.Is(err, io.EOF) {
			break
		}
		line, _ := r.FieldPos(0)
		if err != nil {
			return nil, []string{fmt.Sprintf("บรรทัดที่ %d อ่านไม่ได้ ต้องเป็น CSV: รหัสตำบล,ตำบล,อำเภอ,จังหวัด", line)}
		}
		for len(record) < 4 {
			record = append(record, "")
		}
		t := Tambon{Code: thai.Digits(strings.TrimSpace(record[0])), Name: bare(record[1], "ตำบล", "ต.", "แขวง"), Amphoe: bare(record[2], "อำเภอ", "อ.", "เขต"), Province: bare(record[3], "จังหวัด", "จ.")}
		switch {
		case t.Code == "" || line == 1 && strings.Trim(t.Code, "0123456789") == t.Code:
		case !tambonCode.MatchString(t.Code):
			wrong = append(wrong, fmt.Sprintf("บรรทัดที่ %d: รหัส “%s” ต้องเป็นตัวเลข 6 หลัก (จังหวัด 2 อำเภอ 2 ตำบล 2)", line, t.Code))
		case seen[t.Code]:
			wrong = append(wrong, fmt.Sprintf("บรรทัดที่ %d: รหัส %s ซ้ำ", line, t.Code))
		default:
			seen[t.Code] = true
			list = append(list, t)
		}
	}
	if len(list) == 0 && len(wrong) == 0 {
		wrong = append(wrong, "ไม่มีรหัสตำบล ให้ใส่บรรทัดละหนึ่งตำบล เช่น 200101,บางปลาสร้อย,เมืองชลบุรี,ชลบุรี")
	}
	if len(list) > mostTambons {
		wrong = append(wrong, fmt.Sprintf("มี %d ตำบล เกินที่รับได้ %d ตำบล", len(list), mostTambons))
	}
	return list, wrong
}

// bare is a name without what stands before it.
func bare(name string, before ...string) string {
	name = strings.TrimSpace(name)
	for _, b := range before {
		if rest, ok := strings.CutPrefix(name, b); ok {
			return strings.TrimSpace(rest)
		}
	}
	return name
}

// CheckArea refuses an outline or a list that no file of ours could have given.
func CheckArea(a Area) error {
	odd := fault.New(fault.Invalid, "ข้อมูลพื้นที่ไม่ครบหรือไม่ถูกต้อง กรุณานำเข้าพื้นที่ใหม่")
	points := 0
	for _, r := range a.Rings {
		points += len(r)
		if len(r) < 3 || ringSize(r) == 0 || slices.ContainsFunc(r, func(p pgtype.Vec2) bool { return !inThailand(p.Y, p.X) }) {
			return odd
		}
	}
	for _, t := range a.Tambons {
		if !tambonCode.MatchString(t.Code) {
			return odd
		}
	}
	outline := a.Kind == Outline && points > 0 && points <= mostPoints && len(a.Tambons) == 0
	list := a.Kind == Tambons && points == 0 && len(a.Tambons) > 0 && len(a.Tambons) <= mostTambons
	if !outline && !list {
		return odd
	}
	return nil
}
