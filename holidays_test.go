package main

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"saphan/internal/pgtest"
)

// LOC-4: `saphan migrate` brings the nation's days; a file is shown before it is stored, changes the calendar once, takes a
// day back, and a mistake in it changes nothing.
func TestHolidaysCommand(t *testing.T) {
	t.Parallel()
	env := map[string]string{"DATABASE_URL": pgtest.Empty(t)}
	saphan := func(args ...string) (string, error) {
		var out, log bytes.Buffer
		err := run(t.Context(), args, func(key string) string { return env[key] }, &out, &log)
		return out.String(), err
	}
	file := func(lines ...string) string {
		path := filepath.Join(t.TempDir(), "days.csv")
		if err := os.WriteFile(path, []byte("date,name,kind,source\n"+strings.Join(lines, "\n")+"\n"), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	extra := file("2027-08-13,วันหยุดพิเศษตัวอย่าง,special,มติคณะรัฐมนตรีตัวอย่าง")
	for _, step := range []struct {
		name string
		args []string
		says []string
	}{
		{"the days of the release", []string{"migrate"}, []string{"holidays of this release are in the calendar"}},
		{"shown first", []string{"holidays", extra}, []string{"2027-08-13", "Days to change: 1.", "add -save"}},
		{"stored", []string{"holidays", "-save", extra}, []string{"2027-08-13", "Days changed: 1."}},
		{"the same again", []string{"holidays", "-save", extra}, []string{"has all of it already"}},
		{"a release again", []string{"migrate"}, nil},
		{"taken back", []string{"holidays", "-save", file("2027-08-13,,withdrawn,มติคณะรัฐมนตรีตัวอย่าง")}, []string{"วันหยุดพิเศษตัวอย่าง", "Days changed: 1."}},
	} {
		out, err := saphan(step.args...)
		if err != nil {
			t.Fatalf("%s: %v\n%s", step.name, err, out)
		}
		for _, words := range step.says {
			if !strings.Contains(out, words) {
				t.Errorf("%s: %q is not said in\n%s", step.name, words, out)
			}
		}
		if step.name == "a release again" && strings.Contains(out, "holidays of this release") {
			t.Errorf("the same release changed the calendar again:\n%s", out)
		}
	}
	if out, err := saphan("holidays", "-save", file("2027-08-13,วันหยุดพิเศษตัวอย่าง,special,มติ", "2027-13-01,ไม่มีเดือนนี้,special,มติ")); err == nil || !strings.Contains(err.Error(), "nothing was changed") {
		t.Errorf("a file with a mistake: %v\n%s", err, out)
	}
	if out, err := saphan("holidays", extra); err != nil || !strings.Contains(out, "Days to change: 1.") {
		t.Errorf("the file with a mistake was stored: %v\n%s", err, out)
	}
}
