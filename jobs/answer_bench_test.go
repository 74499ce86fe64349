package jobs

import (
	"testing"
	"time"
)

// BenchmarkFirstAnswer measures how long one person waits with nothing else to do (P5): from the arrival of a message
// at the webhook to the call that answers it, 200 messages one after another, with real workers, database and LINE's
// simulator on the same machine.
//
//	go test -run '^$' -bench FirstAnswer -benchtime 1x ./jobs
func BenchmarkFirstAnswer(b *testing.B) {
	for b.Loop() {
		h := newHouse(b)
		h.Talk()
		for range 5 { // connections, statements
			h.delay()
		}
		all := h.delays(200)
		ms := func(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }
		b.ReportMetric(ms(all[len(all)/2]), "p50-ms(P5)")
		b.ReportMetric(ms(all[len(all)*99/100]), "p99-ms(P5)")
		b.ReportMetric(ms(all[len(all)-1]), "longest-ms")
		h.stop()
	}
	b.ReportMetric(0, "ns/op") // of no meaning here
}
