package main

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"
)

// saphan verify refuses what is no evidence, says so in both languages, and says how it is called. What a bundle proves is
// tested in proof and jobs.
func TestVerifyRefusesWhatIsNoEvidence(t *testing.T) {
	t.Parallel()
	name := filepath.Join(t.TempDir(), "letter.txt")
	if err := os.WriteFile(name, []byte("ข้อความ"), 0o600); err != nil {
		t.Fatal(err)
	}
	none := func(string) string { return "" }
	var out, errs bytes.Buffer
	if err := run(t.Context(), []string{"verify", name}, none, &out, &errs); err == nil {
		t.Error("a letter passes for evidence")
	}
	for _, words := range []string{"FAIL", "ไม่ใช่ชุดพยานหลักฐาน", "no evidence bundle"} {
		if !strings.Contains(out.String(), words) {
			t.Errorf("does not say %q: %s", words, out.String())
		}
	}
	for _, args := range [][]string{{"verify"}, {"verify", name, name}, {"verify", "--key", "zz", name}, {"verify", name + "x"}, {"verify", "--database"}} {
		if err := run(t.Context(), args, none, &out, &errs); err == nil {
			t.Errorf("%v passes", args)
		}
	}
	if !strings.Contains(errs.String(), "saphan verify") {
		t.Errorf("does not say how it is called: %s", errs.String())
	}
}

// R18, EGA-15.1: saphan verify --database passes over what the program wrote, and names what the owner of the database altered.
func TestVerifyDatabase(t *testing.T) {
	t.Parallel()
	in := newInstallation(t)
	in.must("migrate")
	in.must(townFlags()...)
	if out := in.must("verify", "--database"); !strings.Contains(out, "The histories are whole and unaltered.") {
		t.Errorf("of a database that nobody touched:\n%s", out)
	}
	owner, err := pgx.Connect(t.Context(), in.env["DATABASE_URL"])
	if err != nil {
		t.Fatal(err)
	}
	defer owner.Close(t.Context()) //nolint:errcheck // the test is over
	tag, err := owner.Exec(t.Context(), `ALTER TABLE agency_events NO FORCE ROW LEVEL SECURITY; ALTER TABLE agency_events DISABLE TRIGGER USER;
		UPDATE agency_events SET actor = 'officer:99' WHERE seq = 1`)
	if err != nil || tag.RowsAffected() != 1 {
		t.Fatalf("the owner cannot alter a line: %v, %s", err, tag)
	}
	if out, err := in.runs("verify", "--database"); err == nil || !strings.Contains(out, "FAIL") || strings.Contains(out, "whole") {
		t.Errorf("an altered line passes: %v\n%s", err, out)
	}
}
