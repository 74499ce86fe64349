package thai

import "testing"

func TestParseNumber(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		"120": "120", "๑๒๐": "120", "1,200.50": "1,200.5", " 0 ": "0", "-3": "-3", "1000000": "1,000,000", "0.25": "0.25", "๑,๒๐๐": "1,200",
		"1,20": "", "1,2000": "", ",100": "", "1.2.3": "", "1e3": "", "NaN": "", "Inf": "", "": "", "-": "", "สิบ": "", "12 ตร.ม.": "", ".5": "", "5.": "",
		"9999999999999999": "", "+5": "",
	} {
		got, err := ParseNumber(in)
		switch {
		case want == "" && err == nil:
			t.Errorf("ParseNumber(%q) = %v, want a refusal", in, got)
		case want != "" && (err != nil || Number(got) != want):
			t.Errorf("ParseNumber(%q) = %s (%v), want %s", in, Number(got), err, want)
		}
	}
}

func FuzzParseNumber(f *testing.F) {
	f.Add("๑,๒๐๐.๕๐")
	f.Fuzz(func(t *testing.T, s string) {
		n, err := ParseNumber(s)
		if err != nil {
			return
		}
		if again, err := ParseNumber(Number(n)); err != nil || again != n {
			t.Fatalf("%q was read as %v, shown as %q, read again as %v (%v)", s, n, Number(n), again, err)
		}
	})
}

// TestBaht holds LOC-15: money is satang.
func TestBaht(t *testing.T) {
	t.Parallel()
	for satang, want := range map[int64]string{0: "0 บาท", 10000: "100 บาท", 120050: "1,200.50 บาท", 5: "0.05 บาท"} {
		if got := Baht(satang); got != want {
			t.Errorf("Baht(%d) = %q, want %q", satang, got, want)
		}
	}
}
