package forms

import (
	"os"
	"strings"
	"testing"
	"time"
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

// EGA-13.3: what was permitted is public, under its heading; nobody's own data ever is.
func TestPublicLines(t *testing.T) {
	t.Parallel()
	f := service(t, "building-permit", bangkok(2026, time.November, 22))
	answers := filled(t, f, append([]string{
		"purpose", "รื้อถอน", "applicant_kind", "บุคคลธรรมดา", "home_address", "99/1 หมู่ 4 ต.ตัวอย่าง", "site_address", "12 ซอยตัวอย่าง 4", "supervisor", "นายวิชัย ตัวอย่าง",
	}, house...)...)
	public := map[string]bool{}
	heading := map[string]string{}
	for _, l := range f.Printed(answers) {
		public[l.Field], heading[l.Field] = l.Public, l.Section.TH
	}
	for field, want := range map[string]bool{"purpose": true, "site_address": true, "buildings.1.area": true, "home_address": false, "supervisor": false} {
		if got, printed := public[field]; !printed || got != want {
			t.Errorf("%s: printed %v, public %v", field, printed, got)
		}
	}
	if heading["home_address"] != "" || heading["site_address"] != "อาคารและที่ดิน" || heading["supervisor"] != "งานก่อสร้าง" {
		t.Errorf("headings %v", heading)
	}
	raw, err := services.ReadFile("services/building-permit.yaml")
	if err != nil {
		t.Fatal(err)
	}
	// The three outcomes show the same lines.
	for _, label := range []string{`{field: "home_address", label: {th: "ที่อยู่", en: "Address"}`, `{field: "buildings.1.kind", label: {th: "(1) ชนิด", en: "(1) Kind"}`} {
		change := strings.Replace(string(raw), label, `{field: "national_id", public: true, label: {th: "เลข", en: "No."}`, 1)
		change = strings.Replace(change, `en: "No."}, public: true}`, `en: "No."}}`, 1)
		_, faults := Read("building-permit.yaml", []byte(change))
		if len(faults) != 3 || !strings.Contains(faults[0].What, "a person's own data") {
			t.Errorf("%s: %v", label, faults)
		}
	}
}
