package forms

import (
	"os"
	"strings"
	"testing"
)

// A line of a permit says a field of a group of each of its things, and takes the first of several fields.
func TestPrintedOfGroups(t *testing.T) {
	t.Parallel()
	f := workshop(t, "{field: area, label: {th: พื้นที่, en: Area}}", "{field: note|kind, label: {th: เครื่อง, en: Machines}}, {field: mail|area, label: {th: พื้นที่, en: Area}}",
		"subject: [area]", "subject: [area, kind]")
	answers := filled(t, f, "area", "300", "machines.1.kind", "เตา", "machines.1.more", "มีอีก", "machines.2.kind", "เลื่อย", "machines.2.power", "5",
		"machines.2.note", "เลื่อยวงเดือน", "machines.2.more", "มีอีก", "machines.3.kind", "เตา")
	lines := f.Printed(answers)
	if len(lines) != 3 || lines[0].Text != "เตา, เลื่อยวงเดือน" || lines[0].Field != "kind" || lines[1].Text != "300" || lines[1].Field != "area" {
		t.Errorf("printed %+v", lines)
	}
	if got := f.Subject(answers); got != "300 · เตา, เลื่อย" {
		t.Errorf("subject %q", got)
	}
	if lines := f.Printed(answers[:1]); len(lines) != 2 {
		t.Errorf("printed of no machine: %+v", lines)
	}
	raw, err := os.ReadFile("testdata/workshop.yaml")
	if err != nil {
		t.Fatal(err)
	}
	for change, want := range map[string]string{
		"[{field: colour, label": `there is no field "colour"`, "[{field: area|kind, label": `"area" is no field of the group machines`,
		"[{field: machines, label": `there is no field "machines"`,
	} {
		changed := strings.Replace(string(raw), "[{field: area, label", change, 1)
		if _, faults := Read("workshop.yaml", []byte(changed)); len(faults) != 1 || !strings.Contains(faults[0].What, want) {
			t.Errorf("%s: %v, want %s", change, faults, want)
		}
	}
}
