package match

import (
	"cmp"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
)

// Labelled is an utterance and the service it means.
type Labelled struct {
	Key  string
	Said string
}

// ReadLabelled reads lines of key, tab and utterance.
func ReadLabelled(raw string) ([]Labelled, error) {
	var all []Labelled
	n := 0
	for line := range strings.Lines(raw) {
		n++
		if line = strings.TrimRight(line, "\r\n"); line == "" {
			continue
		}
		key, said, ok := strings.Cut(line, "\t")
		if !ok || key == "" {
			return nil, fmt.Errorf("line %d: write the service's key, a tab and the utterance", n)
		}
		all = append(all, Labelled{key, said})
	}
	return all, nil
}

// Report says how often a matcher was right.
type Report struct {
	All    int
	First  int            // the key it says is right; not sure is right for what is no wish
	Three  int            // the right service is among its first three, or what is no wish was seen to be none
	Sure   int            // it was sure and wrong
	Unsure int            // it was not sure though a service was meant
	Mixed  map[string]int // by "meant > said", how often one was taken for another
}

// Measure lets the matcher answer utterances whose service is known.
func (m *Matcher) Measure(all []Labelled) Report {
	r := Report{All: len(all), Mixed: map[string]int{}}
	for _, l := range all {
		got := m.Match(l.Said)
		key := got.Key()
		switch key {
		case l.Key:
			r.First++
		case Chatter:
			r.Unsure++
			r.Mixed[l.Key+" > "+key]++
		default:
			r.Sure++
			r.Mixed[l.Key+" > "+key]++
		}
		if l.Key == key || slices.ContainsFunc(got.Ranked[:min(3, len(got.Ranked))], func(s Score) bool { return s.Key == l.Key }) {
			r.Three++
		}
	}
	return r
}

// Share returns n of all as a share of 1.
func (r Report) Share(n int) float64 { return float64(n) / float64(max(r.All, 1)) }

// String is the headline of the report.
func (r Report) String() string {
	return fmt.Sprintf("%d utterances: right first time %.1f %%, among the first three %.1f %%, wrong and sure %.1f %%, not sure %.1f %%",
		r.All, 100*r.Share(r.First), 100*r.Share(r.Three), 100*r.Share(r.Sure), 100*r.Share(r.Unsure))
}

// Write prints the report and what was taken for what.
func (r Report) Write(w io.Writer) error {
	if _, err := fmt.Fprintln(w, r); err != nil {
		return err
	}
	pairs := slices.SortedFunc(maps.Keys(r.Mixed), func(a, b string) int {
		return cmp.Or(cmp.Compare(r.Mixed[b], r.Mixed[a]), cmp.Compare(a, b))
	})
	for _, p := range pairs {
		if _, err := fmt.Fprintf(w, "%4d  %s\n", r.Mixed[p], p); err != nil {
			return err
		}
	}
	return nil
}
