package sheet_test

import (
	"testing"

	"saphan/permits/sheet"
)

// BenchmarkPermit is how long drawing one permit takes.
func BenchmarkPermit(b *testing.B) {
	for b.Loop() {
		if _, err := sheet.Permit(sample(), made); err != nil {
			b.Fatal(err)
		}
	}
}
