package pdf_test

import (
	"testing"

	"saphan/permits/pdf"
)

// BenchmarkPermit is how long drawing one permit takes.
func BenchmarkPermit(b *testing.B) {
	for b.Loop() {
		if _, err := pdf.Permit(sample(), made); err != nil {
			b.Fatal(err)
		}
	}
}
