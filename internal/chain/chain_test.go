package chain_test

import (
	"encoding/hex"
	"encoding/json"
	"errors"
	"slices"
	"testing"
	"time"

	"saphan/internal/chain"
)

type event = chain.Event[int64, string, string]

// history returns three good lines.
func history() []event {
	lines := make([]event, 3)
	var before []byte
	for i := range lines {
		lines[i] = event{Subject: 7, Seq: i + 1, At: time.Unix(1_700_000_000+int64(i), 0), Actor: "officer 3", Kind: "taken", Detail: []byte(`{}`)}
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
	if err := chain.Check([]event(nil)); err != nil {
		t.Fatal(err)
	}
	for name, spoil := range map[string]func([]event) []event{
		"subject":       func(l []event) []event { l[0].Subject = 8; return l },
		"time":          func(l []event) []event { l[1].At = l[1].At.Add(time.Nanosecond); return l },
		"actor":         func(l []event) []event { l[2].Actor = "officer 4"; return l },
		"kind":          func(l []event) []event { l[1].Kind = "moved"; return l },
		"detail":        func(l []event) []event { l[0].Detail = []byte(`{ }`); return l },
		"hash":          func(l []event) []event { l[2].Hash[0] ^= 1; return l },
		"first removed": func(l []event) []event { return l[1:] },
		"one removed":   func(l []event) []event { return slices.Delete(l, 1, 2) },
		"renumbered": func(l []event) []event {
			l = slices.Delete(l, 1, 2)
			l[1].Seq = 2
			return l
		},
		"swapped": func(l []event) []event { l[0], l[1] = l[1], l[0]; return l },
		"moved between parts": func(l []event) []event {
			l[0].Actor, l[0].Kind = "officer 3t", "aken"
			return l
		},
	} {
		if err := chain.Check(spoil(history())); !errors.Is(err, chain.ErrTampered) {
			t.Errorf("%s: %v, want ErrTampered", name, err)
		}
	}
}

// A history that was stored by the first release still holds, whoever computes it, and byte for byte.
func TestStoredHistoryStillHolds(t *testing.T) {
	t.Parallel()
	at := time.Date(2026, time.November, 22, 3, 4, 5, 678901000, time.UTC)
	var stored []event
	for i, line := range []struct{ actor, kind, detail, hash string }{
		{"citizen 9", "created", `{"entered_at":"2026-11-22T03:04:05Z"}`, "bba21e2d4f7f5a943e9f8129a9036062f09766cd237478017dfc2afbcf360466"},
		{"officer 3", "taken", `{"officer":3}`, "b1a5b653fd21bb41d7944e62011286ec9050ef34360cc4b9c299220c8fd73f3a"},
		{"system", "fee_due", `{"fee":"charge 5"}`, "559c5a6f3cd4c9073c38c21cb070347ccd1a524d08f18775cc08c6a3c3c9f9b5"},
	} {
		hash, err := hex.DecodeString(line.hash)
		if err != nil {
			t.Fatal(err)
		}
		stored = append(stored, event{
			Subject: 7, Seq: i + 1, At: at.Add(time.Duration(i) * time.Hour).In(time.FixedZone("Bangkok", 7*3600)), Actor: line.actor, Kind: line.kind, Detail: json.RawMessage(line.detail), Hash: hash,
		})
	}
	if err := chain.Check(stored); err != nil {
		t.Error(err)
	}
}
