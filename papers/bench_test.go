package papers_test

import "testing"

// How long each paper takes to draw.
func BenchmarkPapers(b *testing.B) {
	for name, draw := range map[string]func() ([]byte, error){
		"receipt": receipt().PDF, "manual": manual().PDF, "step card": stepCard().PNG, "pay card": payCard().PNG,
	} {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				if _, err := draw(); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
