package main

import (
	"crypto/sha256"
	"errors"
	"os"
	"strings"
	"testing"
	"time"

	"saphan/devkit/postgres"
)

// R1, a small share of it: events that come twice and out of order leave what they leave in order, and
// no ticket is doubled.
func TestR1ShuffledLeavesTheSame(t *testing.T) {
	t.Parallel()
	if out := play600(t); !strings.Contains(out, "the same: ") || !strings.Contains(out, "0 doubled") {
		t.Error(out)
	}
}

// R1 where order cannot be had: an event that comes after a later one was worked on is not lost, and doubles nothing.
func TestR1LateEventsAreNotLost(t *testing.T) {
	t.Parallel()
	if out := play600(t, "-eager"); !strings.Contains(out, "whole: ") {
		t.Error(out)
	}
}

// play600 lets 40 citizens at a time send 600 events.
func play600(t *testing.T, more ...string) string {
	t.Helper()
	var out strings.Builder
	_, err := shuffle(t.Context(), append([]string{"-events", "600", "-window", "200", "-citizens", "40", "-seed", "7"}, more...), os.Getenv("DATABASE_URL"), &out)
	if errors.Is(err, postgres.ErrNotInstalled) && os.Getenv("CI") == "" {
		t.Skip(err)
	}
	if err != nil {
		t.Fatalf("%v\n%s", err, &out)
	}
	t.Logf("%s", &out)
	return out.String()
}

// The shuffle does what it says: a share comes twice, and nothing overtakes what is a window before it.
func TestOrderOfDelivery(t *testing.T) {
	t.Parallel()
	o := options{events: 50_000, duplicates: 0.2, window: 1000, seed: 3}
	posts := shuffled(o)
	seen := make([]int, o.events)
	highest, moved, marked := 0, 0, 0
	for i, p := range posts {
		seen[p.act]++
		if p.again {
			marked++
		}
		highest = max(highest, p.place)
		if highest-p.place >= o.window {
			t.Fatalf("place %d comes after %d", p.place, highest)
		}
		if p.place != i {
			moved++
		}
	}
	twice := 0
	for act, n := range seen {
		if n == 0 || n > 2 {
			t.Fatalf("event %d comes %d times", act, n)
		}
		twice += n - 1
	}
	if share := float64(twice) / float64(o.events); share < 0.18 || share > 0.22 {
		t.Errorf("%.2f of the events come twice", share)
	}
	if share := float64(marked) / float64(twice); share < 0.45 || share > 0.55 {
		t.Errorf("%.2f of the second copies are marked as redelivered", share)
	}
	if moved < len(posts)*9/10 {
		t.Errorf("only %d of %d are out of their place", moved, len(posts))
	}
	if a, b := shuffled(o), shuffled(o); a[777] != b[777] {
		t.Error("the same seed gives another order")
	}
}

// The gate holds an event back until everything before it in the right order has arrived.
func TestGate(t *testing.T) {
	t.Parallel()
	g := newGate([]post{{act: 1, place: 1}, {}, {act: 2, place: 2}, {act: 3, place: 3}}, options{events: 4, window: 2})
	passed := make(chan struct{})
	go func() { g.pass(1); close(passed) }()
	g.store(0)
	g.store(2)
	select {
	case <-passed:
		t.Fatal("an event passed while one before it was on its way")
	case <-time.After(50 * time.Millisecond):
	}
	g.store(1)
	<-passed
	g.pass(0)
	go g.leave()
	g.pass(3)
}

// What differs between any two runs is left out of the comparison, and nothing else.
func TestPlain(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"เลขที่ SN-2569-000123":                     "เลขที่ <ticket>",
		"search sn-2569-000123 ไฟดับ":               "search <ticket> ไฟดับ",
		"v1|s|ABCDEFGHIJKLMNOPQRSTUVWXYZ|1":         "v1|s|<id>|1",
		`{"talking_to": 17, "v": 1}`:                `{"talking_to": #, "v": 1}`,
		"https://saphan.example.go.th/track/aB3_-x": "https://saphan.example.go.th/track/<token>",
		"เสาไฟเลขที่ 14 หน้าศาลาหมู่ 4":             "เสาไฟเลขที่ 14 หน้าศาลาหมู่ 4",
	} {
		if got := plain(text); got != want {
			t.Errorf("%q became %q, want %q", text, got, want)
		}
	}
}

// A difference is found, shown, and fails the command.
func TestJudge(t *testing.T) {
	t.Parallel()
	sum := func(s string) [sha256.Size]byte { return sha256.Sum256([]byte(s)) }
	a := state{conversations: map[string][sha256.Size]byte{"x": sum("1"), "y": sum("2")}}
	b := state{conversations: map[string][sha256.Size]byte{"x": sum("1"), "y": sum("3"), "z": sum("4")}}
	if got := strings.Join(differences(a, b), " "); got != "y z" {
		t.Errorf("differences %q", got)
	}
	if got := lineByLine("a\nb", "a\nc"); !strings.Contains(got, "- b") || !strings.Contains(got, "+ c") || strings.Contains(got, "- a") {
		t.Errorf("shown as %q", got)
	}
	if got := lineByLine("a\nb", "b\na"); !strings.Contains(got, "another order") {
		t.Errorf("shown as %q", got)
	}
	runs := []*house{{name: "in order", far: &far{}}, {name: "shuffled", far: &far{}}}
	runs[1].far.taken.Add(1)
	var out strings.Builder
	same, err := judge(t.Context(), play{}, runs, []state{{}, {doubled: 1, tickets: 1}}, &out)
	if err != nil || same || strings.Count(out.String(), "WRONG") != 3 {
		t.Errorf("%v %v %s", same, err, &out)
	}
}

// What cannot be meant is refused.
func TestFlags(t *testing.T) {
	t.Parallel()
	for _, args := range [][]string{{"-events", "0"}, {"-duplicates", "2"}, {"-window", "x"}, {"more"}} {
		if _, err := shuffle(t.Context(), args, "", &strings.Builder{}); err == nil {
			t.Errorf("%v was taken", args)
		}
	}
}
