package portal_test

import (
	"context"
	"encoding/csv"
	"encoding/json"
	"net/http"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"

	"saphan/forms"
	"saphan/tickets"
)

// fared puts problems of the agency before everybody, as the nightly job does.
func (s *stand) fared(t *testing.T) {
	t.Helper()
	s.everywhere(t, func(ctx context.Context, tx pgx.Tx) error {
		for _, row := range [][]any{
			{"2026-08-01", "public-problem", "light", 40, 61, 2, 3, 36, 20, 12, 5, `{"2": 30, "9": 6}`, `{"3": 20}`},
			{"2026-08-01", "*", "*", 7, 8, 1, 0, 6, 2, 3, 1, `{"4": 6}`, `{"6": 2}`},
			{"2026-10-01", "public-problem", "light", 25, 30, 5, 0, 20, 11, 4, 2, `{"1": 10, "2": 10}`, `{"3": 11}`},
			{"2026-10-01", "public-problem", "road", 9, 9, 6, 1, 3, 1, 1, 1, `{"12": 3}`, `{"20": 1}`},
		} {
			args := append([]any{s.agency.ID, s.now()}, row...)
			_, err := tx.Exec(ctx, `INSERT INTO published_problems (agency_id, at, month, service, kind, filed, reports, open, ended_otherwise, claimed, confirmed, unconfirmed, reopened, to_claim, to_confirmation)
				VALUES ($1, $2, $3::text::date, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14::text::jsonb, $15::text::jsonb)`, args...)
			if err != nil {
				return err
			}
		}
		return nil
	})
}

// SVC-5: what the agency claims and what its citizens confirm stand side by side, for people and for programs, and the
// difference is said. A median of fewer than five is not told (SEED-20).
func TestProblemsOfAnAgency(t *testing.T) {
	t.Parallel()
	c := newCatalogue(t)
	_, page := c.get(t, "/open-data/sn/problems")
	holds(t, page, "ยังไม่มีข้อมูลพอที่จะเผยแพร่", `href="/services/sn"`)
	_, page = c.get(t, "/services/sn")
	holds(t, page, `href="/open-data/sn/problems"`)
	c.fared(t)
	res, page := c.get(t, "/open-data/sn/problems")
	holds(t, page, "<strong>81</strong>", "จากการแจ้ง 108 ครั้ง", "65 <small>(80%)</small>", "34 <small>(42%)</small>", "ต่างกัน 31 ปัญหา", "20 ปัญหาพ้นเวลา", "มี 9 ปัญหา", "มัธยฐาน 2 วันทำการ",
		"ตุลาคม 2569", "กันยายน 2569", "ไม่ถึง 5 ปัญหา", "สิงหาคม 2569", "ไฟถนนดับ", "ถนน ทางเท้า", "ประเภทที่มีน้อยรวมกัน", "– / –")
	hides(t, page, "กรกฎาคม 2569", "พฤศจิกายน 2569</th>", "12 / ", "/ 20", "/ 6")
	if res.Header.Get("ETag") == "" || !strings.HasPrefix(res.Header.Get("Cache-Control"), "public") || res.Header.Get("X-Robots-Tag") != "" {
		t.Errorf("it is not for everybody to keep: %v", res.Header)
	}
	if again, _ := c.get(t, "/open-data/sn/problems", "If-None-Match: "+res.Header.Get("ETag")); again.StatusCode != http.StatusNotModified {
		t.Errorf("what did not change is sent again: %d", again.StatusCode)
	}
	_, page = c.get(t, "/open-data/sn/problems?lang=en")
	holds(t, page, "How reported problems fared", "31 apart", "October 2026", "Street light", "Small kinds together")
	if res, _ := c.get(t, "/open-data/SN/problems"); res.StatusCode != http.StatusPermanentRedirect {
		t.Errorf("another spelling: %d", res.StatusCode)
	}
	for _, path := range []string{"/open-data/zz/problems", "/open-data/zz/problems.json", "/open-data/zz/problems.csv"} {
		if res, _ := c.get(t, path); res.StatusCode != http.StatusNotFound {
			t.Errorf("%s: %d", path, res.StatusCode)
		}
	}
}

// SEED-20: the data have the fields that are documented, for programs and for spreadsheets.
func TestProblemsAsData(t *testing.T) {
	t.Parallel()
	c := newCatalogue(t)
	c.fared(t)
	res, body := c.get(t, "/open-data/sn/problems.json")
	var got struct {
		Agency struct{ Code string }
		AsOf   string `json:"as_of"`
		Fewest int
		Groups []map[string]any
	}
	if err := json.Unmarshal([]byte(body), &got); err != nil || got.Agency.Code != "SN" || got.Fewest != 5 || len(got.Groups) != 4 || got.AsOf != "2026-11-23T03:00:00Z" {
		t.Fatalf("%v: %s", err, body)
	}
	first := got.Groups[0]
	if first["month"] != "2026-08" || first["kind"] != "light" || first["filed"] != 40.0 || first["median_days_to_claim"] != 2.0 || got.Groups[1]["median_days_to_confirmation"] != nil {
		t.Errorf("data %v", got.Groups)
	}
	if res.Header.Get("Access-Control-Allow-Origin") != "*" || res.Header.Get("ETag") == "" {
		t.Errorf("other sites cannot use it: %v", res.Header)
	}
	res, body = c.get(t, "/open-data/sn/problems.csv")
	if !strings.HasPrefix(body, "\ufeff") || res.Header.Get("Content-Type") != "text/csv; charset=utf-8" || res.Header.Get("ETag") == "" {
		t.Errorf("%v %q", res.Header, body[:10])
	}
	rows, err := csv.NewReader(strings.NewReader(strings.TrimPrefix(body, "\ufeff"))).ReadAll()
	if err != nil || len(rows) != 5 {
		t.Fatalf("%v: %v", err, rows)
	}
	_, page := c.get(t, "/open-data/")
	for i, head := range rows[0] {
		key, _, _ := strings.Cut(head, " (")
		holds(t, page, "<code>"+key+"</code>")
		if _, there := first[key]; !there && key != "agency" {
			t.Errorf("column %d: the data have no %s", i, key)
		}
	}
	if len(rows[0]) != len(first)+1 {
		t.Errorf("%d columns, %d fields", len(rows[0]), len(first))
	}
	if got, want := strings.Join(rows[2], ","), "SN,2026-08,*,*,ประเภทที่มีน้อยรวมกัน,7,8,1,0,6,2,3,1,4,"; got != want {
		t.Errorf("row %q, want %q", got, want)
	}
}

func TestProblemsInABrowser(t *testing.T) {
	t.Parallel()
	c := newCatalogue(t)
	c.fared(t)
	g := openGallery(t, c.server.URL, "problems", "a.b,.logo,.tile,.crumbs a")
	for name, path := range map[string]string{"agency": "/open-data/sn/problems", "none": "/open-data/ob/problems", "fields": "/open-data/"} {
		for _, as := range lights {
			g.look(name, path, "", as, nil)
		}
	}
}

// SVC-5: who sends from a page what others reported before is told so there, and how it stands; not whose case it is.
func TestWhatIsKnownStandsOnThePage(t *testing.T) {
	t.Parallel()
	s := newStand(t)
	report := func(name string) (made tickets.Ticket) {
		s.everywhere(t, func(ctx context.Context, tx pgx.Tx) error {
			var citizen int64
			if err := tx.QueryRow(ctx, `INSERT INTO citizens DEFAULT VALUES RETURNING id`).Scan(&citizen); err != nil {
				return err
			}
			id, err := s.desk.Submit(ctx, tx, tickets.Submission{
				Draft: name, CitizenID: citizen, CitizenName: name, AgencyID: s.agency.ID, Form: "public-problem", Version: 3, EnteredAt: s.now(),
				Answers: []forms.Answer{
					{Field: "category", Kind: forms.ChoiceField, Label: "เรื่อง", Text: "ไฟถนนดับ", Value: []byte(`"light"`)},
					{Field: "location", Kind: forms.LocationField, Label: "สถานที่", Text: "ซอย 4", Value: []byte(`{"title":"ซอย 4","lat":13.36,"lon":100.98}`)},
				},
			})
			if err != nil {
				return err
			}
			routed, err := s.desk.Route(ctx, tx, id)
			made = routed.Ticket
			return err
		})
		return made
	}
	first := report("สมศรี")
	if _, page := s.get(t, "/track/"+first.TrackToken+"?sent=1"); strings.Contains(page, "มีผู้แจ้งเรื่องแบบเดียวกัน") {
		t.Error("the first to report it is told that others did")
	}
	second := report("สมชาย")
	_, page := s.get(t, "/track/"+second.TrackToken+"?sent=1")
	holds(t, page, "มีผู้แจ้งเรื่องแบบเดียวกันใกล้จุดนี้แล้ว 1 คน ตั้งแต่ 23 พฤศจิกายน 2569", second.Number)
	hides(t, page, first.Number, first.TrackToken, "สมศรี")
	_, page = s.get(t, "/track/"+second.TrackToken)
	hides(t, page, "มีผู้แจ้งเรื่องแบบเดียวกัน")
}
