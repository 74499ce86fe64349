package agencies_test

import (
	"testing"

	"github.com/jackc/pgx/v5"

	"saphan/agencies"
	"saphan/internal/pgtest"
)

// offices are three agencies: two that mend lights, next to one another, and one that does not.
type offices struct {
	tx                 pgx.Tx
	north, south, east agencies.Agency
	queue              map[agencies.AgencyID]map[string]agencies.QueueID
}

func newOffices(t *testing.T) *offices {
	t.Helper()
	o := &offices{tx: pgtest.Tx(t), queue: map[agencies.AgencyID]map[string]agencies.QueueID{}}
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	o.north, o.south, o.east = makeAgency(t, o.tx, "PLN", "เทศบาลเหนือ ตัวอย่าง"), makeAgency(t, o.tx, "PLS", "เทศบาลใต้ ตัวอย่าง"), makeAgency(t, o.tx, "PLE", "เทศบาลออก ตัวอย่าง")
	for _, a := range []agencies.Agency{o.north, o.south, o.east} {
		o.queue[a.ID] = map[string]agencies.QueueID{}
		for _, key := range []string{"general", "works"} {
			q, err := agencies.CreateQueue(t.Context(), o.tx, a.ID, key, key)
			must(err)
			o.queue[a.ID][key] = q.ID
		}
	}
	for _, a := range []agencies.Agency{o.north, o.south} {
		must(agencies.SetRoute(t.Context(), o.tx, a.ID, "light", o.queue[a.ID]["general"]))
		must(agencies.SetRoute(t.Context(), o.tx, a.ID, "light", o.queue[a.ID]["works"])) // it was moved
	}
	// Circles of 5 km whose centres lie about 6.7 km apart: they overlap.
	must(agencies.AddArea(t.Context(), o.tx, agencies.Area{AgencyID: o.north.ID, Name: "ต.เหนือ", Lat: 13.80, Lon: 100.50, RadiusM: 5000}))
	must(agencies.AddArea(t.Context(), o.tx, agencies.Area{AgencyID: o.south.ID, Name: "ต.ใต้", Lat: 13.74, Lon: 100.50, RadiusM: 5000}))
	must(agencies.AddArea(t.Context(), o.tx, agencies.Area{AgencyID: o.south.ID, Name: "ต.ใต้ตอนบน", Lat: 13.60, Lon: 100.50, RadiusM: 1000}))
	must(agencies.AddArea(t.Context(), o.tx, agencies.Area{AgencyID: o.east.ID, Name: "ต.ออก", Lat: 13.77, Lon: 100.51, RadiusM: 50000}))
	return o
}

// EGA-10.4: the nearest circle, then the name in the address, then whoever was written to; a request
// never falls between two offices.
func TestRoute(t *testing.T) {
	t.Parallel()
	o := newOffices(t)
	at := func(lat, lon float64, words string) agencies.Place {
		return agencies.Place{HasPoint: true, Lat: lat, Lon: lon, Words: words}
	}
	for name, c := range map[string]struct {
		form      string
		writtenTo agencies.Agency
		place     agencies.Place
		want      agencies.Agency
		queue     string
	}{
		"in one circle":                      {"light", o.south, at(13.83, 100.50, ""), o.north, "works"},
		"in two circles, nearer the south":   {"light", o.north, at(13.765, 100.50, ""), o.south, "works"},
		"in two circles, nearer the north":   {"light", o.south, at(13.775, 100.50, ""), o.north, "works"},
		"a point beats a name":               {"light", o.south, at(13.83, 100.50, "ต.ใต้"), o.north, "works"},
		"a name without a point":             {"light", o.north, agencies.Place{Words: "ซอย 4 ต.ใต้ อ.ตัวอย่าง"}, o.south, "works"},
		"the longer name":                    {"light", o.north, agencies.Place{Words: "บ้าน ต.เหนือ ไม่ใช่ ต.ใต้ตอนบน"}, o.south, "works"},
		"a point outside, a name inside":     {"light", o.north, at(20, 100, "ต.ใต้"), o.south, "works"},
		"nowhere: whoever was written to":    {"light", o.south, agencies.Place{}, o.south, "works"},
		"outside: whoever was written to":    {"light", o.north, at(20, 100, "เชียงใหม่"), o.north, "works"},
		"in the circle of one who offers it": {"light", o.east, at(13.83, 100.50, ""), o.north, "works"},
		"nobody near offers it":              {"light", o.east, at(20, 100, ""), o.east, "works"},
		"nobody offers it at all":            {"permit", o.east, at(13.77, 100.51, ""), o.east, "works"},
	} {
		way, err := agencies.Route(t.Context(), o.tx, c.form, c.queue, c.writtenTo.ID, nil, c.place)
		if err != nil || way.Agency != c.want.ID || way.Queue != o.queue[c.want.ID][c.queue] {
			t.Errorf("%s: %+v (%v), want agency %d queue %d", name, way, err, c.want.ID, o.queue[c.want.ID][c.queue])
		}
	}
	// An office that stopped offering it gets it only from whoever writes to it.
	closed := []int64{int64(o.north.ID)}
	for _, c := range []struct{ writtenTo, want agencies.Agency }{{o.south, o.south}, {o.north, o.north}} {
		if way, err := agencies.Route(t.Context(), o.tx, "light", "works", c.writtenTo.ID, closed, at(13.83, 100.50, "")); err != nil || way.Agency != c.want.ID {
			t.Errorf("agency %d (%v), want %d", way.Agency, err, c.want.ID)
		}
	}
	// A queue the agency does not have: its first one.
	if way, err := agencies.Route(t.Context(), o.tx, "permit", "dogs", o.east.ID, nil, agencies.Place{}); err != nil || way.Queue != o.queue[o.east.ID]["general"] {
		t.Errorf("queue %d (%v)", way.Queue, err)
	}
	bare := makeAgency(t, o.tx, "PLB", "เทศบาลเปล่า ตัวอย่าง")
	if _, err := agencies.Route(t.Context(), o.tx, "permit", "dogs", bare.ID, nil, agencies.Place{}); err == nil {
		t.Error("an agency without any queue took a request")
	}
}
