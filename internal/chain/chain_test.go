package chain_test

import (
	"errors"
	"slices"
	"testing"
	"time"

	"saphan/internal/chain"
)

// history returns three good lines.
func history() []chain.Line {
	lines := make([]chain.Line, 3)
	var before []byte
	for i := range lines {
		lines[i] = chain.Line{Subject: 7, Seq: i + 1, At: time.Unix(1_700_000_000+int64(i), 0), Actor: "officer 3", Kind: "taken", Detail: []byte(`{}`)}
		lines[i].Hash = lines[i].Sum(before)
		before = lines[i].Hash
	}
	return lines
}

func TestCheck(t *testing.T) {
	t.Parallel()
	if err := chain.Check(history()); err != nil {
		t.Fatal(err)
	}
	if err := chain.Check(nil); err != nil {
		t.Fatal(err)
	}
	for name, spoil := range map[string]func([]chain.Line) []chain.Line{
		"subject":       func(l []chain.Line) []chain.Line { l[0].Subject = 8; return l },
		"time":          func(l []chain.Line) []chain.Line { l[1].At = l[1].At.Add(time.Nanosecond); return l },
		"actor":         func(l []chain.Line) []chain.Line { l[2].Actor = "officer 4"; return l },
		"kind":          func(l []chain.Line) []chain.Line { l[1].Kind = "moved"; return l },
		"detail":        func(l []chain.Line) []chain.Line { l[0].Detail = []byte(`{ }`); return l },
		"hash":          func(l []chain.Line) []chain.Line { l[2].Hash[0] ^= 1; return l },
		"first removed": func(l []chain.Line) []chain.Line { return l[1:] },
		"one removed":   func(l []chain.Line) []chain.Line { return slices.Delete(l, 1, 2) },
		"renumbered": func(l []chain.Line) []chain.Line {
			l = slices.Delete(l, 1, 2)
			l[1].Seq = 2
			return l
		},
		"swapped": func(l []chain.Line) []chain.Line { l[0], l[1] = l[1], l[0]; return l },
		"moved between parts": func(l []chain.Line) []chain.Line {
			l[0].Actor, l[0].Kind = "officer 3t", "aken"
			return l
		},
	} {
		if err := chain.Check(spoil(history())); !errors.Is(err, chain.ErrTampered) {
			t.Errorf("%s: %v, want ErrTampered", name, err)
		}
	}
}
