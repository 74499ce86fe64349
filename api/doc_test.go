package api_test

import (
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"saphan/devkit/rules"
	"saphan/devkit/testhouse"
)

// What docs/api.md tells to type works as it stands there, for a case with another number.
func TestTheExamplesWork(t *testing.T) {
	t.Parallel()
	if _, err := exec.LookPath("curl"); err != nil {
		if os.Getenv("CI") != "" {
			t.Fatal(err)
		}
		t.Skip(err)
	}
	o := rules.Open(t, withFiles(t))
	made := o.File("public-problem", nil)
	doc, err := os.ReadFile(filepath.Join("..", "docs", "api.md"))
	must(t, err)
	block := regexp.MustCompile("(?s)```sh\n(.*?)```").FindSubmatch(doc)
	if block == nil {
		t.Fatal("there are no examples")
	}
	dir := t.TempDir()
	must(t, os.WriteFile(filepath.Join(dir, "after.jpg"), testhouse.Photo(t, 0), 0o600))
	examples := strings.Split(strings.TrimSpace(strings.ReplaceAll(string(block[1]), "\\\n", " ")), "\n")
	if len(examples) < 4 {
		t.Fatalf("only %d examples", len(examples))
	}
	for _, example := range examples {
		line := strings.NewReplacer("/tickets/17", fmt.Sprintf("/tickets/%d", made.ID), `"<ETag>"`, o.ETag(made.ID)).Replace(example)
		sh := exec.CommandContext(t.Context(), "sh", "-c", line)
		sh.Dir, sh.Env = dir, append(os.Environ(), "BASE="+o.Server.URL, "KEY="+string(o.People[rules.Officer].Bearer), "no_proxy=*")
		out, err := sh.CombinedOutput()
		if err != nil || !strings.Contains(string(out), fmt.Sprintf("HTTP/1.1 %d", http.StatusOK)) {
			t.Errorf("%s\n%v %s", example, err, out)
		}
	}
}
