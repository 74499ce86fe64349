package tickets_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"saphan/agencies"
	"saphan/internal/pgtest"
	"saphan/internal/thai"
	"saphan/tickets"
)

// What keeping the clocks costs an officer's act. Taking a case and giving it back write the same rows; only taking reckons
// its clocks, with eight years of holidays to know. The ratio is of their medians, in turns.
func BenchmarkReckon(b *testing.B) {
	tx := pgtest.Tx(b)
	o := openIn(b, tx, "RK")
	day := time.Date(2020, time.January, 1, 0, 0, 0, 0, thai.Bangkok())
	for i := range 160 {
		_, err := agencies.AddHoliday(b.Context(), tx, o.agency.ID, day.AddDate(0, 0, 18*i), "วันหยุดตัวอย่าง", "ประกาศตัวอย่าง")
		must(b, err)
	}
	for b.Loop() {
		const rounds = 200
		var take, release [rounds]time.Duration
		var made tickets.Routed
		for i := range rounds {
			if i%5 == 0 { // a history of ordinary length
				id, err := o.desk.Submit(b.Context(), tx, o.submission(fmt.Sprintf("reckon %d %d", b.N, i)))
				must(b, err)
				made, err = o.desk.Route(b.Context(), tx, id)
				must(b, err)
			}
			begun := time.Now()
			must(b, o.desk.Take(b.Context(), tx, o.by(), made.ID))
			took := time.Now()
			must(b, o.desk.Release(b.Context(), tx, o.by(), made.ID))
			take[i], release[i] = took.Sub(begun), time.Since(took)
		}
		slices.Sort(take[:])
		slices.Sort(release[:])
		b.ReportMetric(float64(take[rounds/2].Microseconds()), "µs-take")
		b.ReportMetric(float64(release[rounds/2].Microseconds()), "µs-release")
		b.ReportMetric(float64(take[rounds/2])/float64(release[rounds/2]), "ratio")
	}
}
