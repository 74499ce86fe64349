package postgres

import (
	"os"
	"path/filepath"
	"testing"
)

func TestChooseTakesTheVersionOfTheDataElseTheNewest(t *testing.T) {
	t.Parallel()
	known := []binaries{{"/15", 15}, {"/17", 17}, {"/16", 16}}
	for _, c := range []struct {
		known []binaries
		made  int
		want  string
		words []string
	}{
		{known, 0, "/17", nil},
		{known, 15, "/15", nil},
		{known, 14, "", []string{"PostgreSQL 14", "no longer installed"}},
		{[]binaries{{"/13", 13}}, 0, "", []string{"PostgreSQL 13 is too old", "15 or newer"}},
		{nil, 0, "", []string{"no PostgreSQL programs", "install"}},
	} {
		got, err := choose(c.known, c.made, "/data")
		if c.want == "" {
			oneLine(t, err, c.words...)
			continue
		}
		if err != nil || got.dir != c.want {
			t.Errorf("choose(%v, %d) = %v, %v, want %s", c.known, c.made, got, err, c.want)
		}
	}
}

func TestMajorOf(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]int{
		"postgres (PostgreSQL) 15.18 (Debian 15.18-0+deb12u1)\n": 15,
		"postgres (PostgreSQL) 18beta2\n":                        18,
		"something else":                                         0,
	} {
		expect(t, text, majorOf(text), want)
	}
}

func TestReasonIsTheWeightiestLine(t *testing.T) {
	t.Parallel()
	for output, want := range map[string]string{
		"2026 [1] LOG:  starting\n2026 [1] FATAL:  lock file exists\n2026 [1] HINT: is another running\n": "lock file exists",
		"creating directory ... ok\ninitdb: error: could not look up effective user ID 61234\n":           "could not look up effective user ID 61234",
		"permission denied\n": "permission denied",
		"":                    "it gave no reason",
	} {
		expect(t, output, reason([]byte(output)), want)
	}
}

func TestPidFile(t *testing.T) {
	t.Parallel()
	pid, socket := parsePidFile("4711\n/data\n1700000000\n5432\n/run/x\n127.0.0.1\n  5432001  0\nready\n")
	expect(t, "pid", pid, 4711)
	expect(t, "socket", socket, "/run/x")
	for _, broken := range []string{"", "\n", "abc\n/data\n1\n5432\n/run\n", "12\n"} {
		pid, _ := parsePidFile(broken)
		expect(t, "pid of a broken record", pid, 0)
	}
}

func TestBarrierFindsTheClosedFolder(t *testing.T) {
	t.Parallel()
	open := folder(t)
	closed := filepath.Join(open, "closed")
	if err := os.MkdirAll(filepath.Join(closed, "in"), 0o700); err != nil {
		t.Fatal(err)
	}
	stranger := account{root: true, name: "stranger", uid: 61234, gid: 61234}
	expect(t, "on the way in", stranger.barrier(filepath.Join(closed, "in")), closed)
	expect(t, "on an open way", stranger.barrier(filepath.Join(open, "not", "there", "yet")), "")
	expect(t, "for ourselves", account{}.barrier(filepath.Join(closed, "in")), "")
}
