package bot

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"saphan/forms"
)

// TestServices writes down the happy path of each ready service, as an officer would read it: somebody who
// takes what is offered first and otherwise types the example. With -update the paths are written anew.
func TestServices(t *testing.T) {
	t.Parallel()
	catalog, err := forms.Ready()
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range catalog.List() {
		if f.PersonalOnly() {
			continue
		}
		t.Run(string(f.Key), func(t *testing.T) {
			t.Parallel()
			var out strings.Builder
			out.WriteString("# " + f.Title.TH + ": แตะข้อแรกที่เสนอ พิมพ์ตามตัวอย่าง จนส่งคำขอ\n")
			w := walker{stage: newStage(t), pick: func(int) int { return 0 }, out: &out}
			w.walk(f)
			path := filepath.Join("testdata", "services", string(f.Key)+".txt")
			if *update {
				if err := os.MkdirAll(filepath.Dir(path), 0o750); err != nil {
					t.Fatal(err)
				}
				if err := os.WriteFile(path, []byte(out.String()), 0o600); err != nil {
					t.Fatal(err)
				}
				return
			}
			want, err := os.ReadFile(path)
			if err != nil {
				t.Fatalf("the service has no path yet; write it with -update: %v", err)
			}
			if out.String() != string(want) {
				t.Errorf("the conversation has changed; see it with -update\n%s", firstDifference(string(want), out.String()))
			}
		})
	}
	paths, err := filepath.Glob("testdata/services/*.txt")
	if err != nil {
		t.Fatal(err)
	}
	for _, path := range paths {
		key := forms.Key(strings.TrimSuffix(filepath.Base(path), ".txt"))
		if !slices.ContainsFunc(catalog.List(), func(f *forms.Form) bool { return f.Key == key }) {
			t.Errorf("%s is of no service any more", path)
		}
	}
}

// inLine is what the citizen did, as transcripts write it.
func inLine(m Message, label string) string {
	switch m.Kind {
	case Text:
		return m.Text
	case Image:
		return "(รูป)"
	case Location:
		return "(ตำแหน่ง)"
	default:
	}
	switch {
	case m.Picked != "":
		return "(วันที่ " + m.Picked + ")"
	case !m.PickedAt.IsZero():
		return "(เวลา " + clockOf(m.PickedAt) + ")"
	case label == "":
		return "(ข้อมูลปุ่ม " + m.Data + ")"
	}
	return "[" + label + "]"
}
