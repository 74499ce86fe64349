package api

import (
	"os"
	"strings"
	"testing"
)

// RFC 9457: every sort of problem has a name that stays, and the documents list it.
func TestProblemsAreDocumented(t *testing.T) {
	t.Parallel()
	said, err := os.ReadFile("../docs/api.md")
	if err != nil {
		t.Fatal(err)
	}
	seen := map[string]bool{}
	for _, s := range sorts() {
		if seen[s.name] {
			t.Errorf("two sorts are called %s", s.name)
		}
		if seen[s.name] = true; !strings.Contains(string(said), "`"+s.name+"`") {
			t.Errorf("docs/api.md does not name `%s`", s.name)
		}
	}
}
