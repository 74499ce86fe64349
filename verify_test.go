package main

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
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
