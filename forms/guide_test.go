package forms

import (
	"encoding/json"
	"os"
	"regexp"
	"testing"

	"github.com/goccy/go-yaml"
)

// The guide's example is a service that works, and so is it with each of the pieces that the guide shows.
func TestGuide(t *testing.T) {
	t.Parallel()
	guide, err := os.ReadFile("../docs/services.md")
	if err != nil {
		t.Fatal(err)
	}
	blocks := regexp.MustCompile("(?s)```yaml\n(.*?)```").FindAllSubmatch(guide, -1)
	if len(blocks) != 8 {
		t.Fatalf("%d examples in the guide, want 8", len(blocks))
	}
	s := compiled(t)
	f, faults := Read("tent-loan.yaml", blocks[0][1])
	if f == nil {
		t.Fatalf("the example: %v", faults)
	}
	if err := s.Validate(plain(t, blocks[0][1])); err != nil {
		t.Errorf("the example: %v", err)
	}
	for _, b := range blocks[1:] {
		var whole, piece map[string]any
		if err := yaml.Unmarshal(blocks[0][1], &whole); err != nil {
			t.Fatal(err)
		}
		if err := yaml.Unmarshal(b[1], &piece); err != nil {
			t.Fatalf("%v:\n%s", err, b[1])
		}
		for key, value := range piece {
			if key == "fields" {
				value = append(whole[key].([]any), value.([]any)...)
			}
			whole[key] = value
		}
		raw, err := json.Marshal(whole)
		if err != nil {
			t.Fatal(err)
		}
		if f, faults := Read("tent-loan.json", raw); f == nil {
			t.Errorf("%v:\n%s", faults, b[1])
		}
		if err := s.Validate(plain(t, raw)); err != nil {
			t.Errorf("%v:\n%s", err, b[1])
		}
	}
	for _, c := range []struct {
		event, tents string
		satang       int64
	}{{"งานบุญ", "2", 0}, {"งานบุญ", "5", 30000}, {"งานศพ", "5", 0}} {
		bill, err := f.Bill(filled(t, f, "event", c.event, "tents", c.tents), Dates{Filed: at})
		if err != nil || bill.Satang != c.satang {
			t.Errorf("%s with %s tents: %+v, %v", c.event, c.tents, bill, err)
		}
	}
}
