package main

import (
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"saphan/forms"
)

// formsCommand runs the command for service files and returns what it wrote.
func formsCommand(t *testing.T, env map[string]string, args ...string) (string, error) {
	t.Helper()
	var out strings.Builder
	err := run(t.Context(), append([]string{"forms"}, args...), func(key string) string { return env[key] }, &out, io.Discard)
	return out.String(), err
}

// keepFile writes a file into a folder and returns its path.
func keepFile(t *testing.T, dir, name, text string) string {
	t.Helper()
	path := filepath.Join(dir, name)
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// A good file is said to be good; of a bad one each mistake is named with its line, and the command fails.
func TestFormsCheck(t *testing.T) {
	t.Parallel()
	shipped, err := filepath.Glob("forms/services/*.yaml")
	if err != nil || len(shipped) == 0 {
		t.Fatalf("%v, %v", shipped, err)
	}
	out, err := formsCommand(t, nil, append([]string{"check"}, shipped...)...)
	if err != nil || strings.Count(out, ": OK: ") != len(shipped) {
		t.Errorf("%v\n%s", err, out)
	}
	raw, err := os.ReadFile("forms/services/question.yaml")
	if err != nil {
		t.Fatal(err)
	}
	text := string(raw)
	line := 1 + slices.IndexFunc(strings.Split(text, "\n"), func(l string) bool { return strings.Contains(l, "days: 15") })
	here, there := t.TempDir(), t.TempDir()
	good := keepFile(t, here, "question.yaml", text)
	bad := keepFile(t, here, "question.v2.yaml", strings.NewReplacer("days: 15\n    unit: \"working_days\"", "days: 0\n    unit: \"weeks\"", "version: 1\n", "version: 2\n").Replace(text))
	twin := keepFile(t, there, "question.yaml", text)
	unknown := keepFile(t, there, "question.v3.yaml", strings.Replace(text, "human: true", "colour: red", 1))
	out, err = formsCommand(t, nil, "check", good, bad, twin, unknown)
	if err == nil || err.Error() != "4 to mend" {
		t.Errorf("error %v", err)
	}
	for _, want := range []string{
		good + ": OK: question, version 1, 1 questions\n",
		fmt.Sprintf("%s:%d: clocks[0].days: must be 1 or more\n", bad, line),
		fmt.Sprintf("%s:%d: clocks[0].unit: must be calendar_days or working_days\n", bad, line+1),
		twin + ":1: version: version 1 of question is defined in " + good + " too; raise one\n",
		"unknown field \"colour\"; remove it, or look up its name in the schema of services\n",
	} {
		if !strings.Contains(out, want) {
			t.Errorf("want %sin\n%s", want, out)
		}
	}
	for _, args := range [][]string{{"check"}, {"check", filepath.Join(here, "none.yaml")}, {"paint"}} {
		if _, err := formsCommand(t, nil, args...); err == nil {
			t.Errorf("%v: no error", args)
		}
	}
}

// The schema that is printed is the one of the service files; the list has every service, those of the
// installation too.
func TestFormsSchemaAndList(t *testing.T) {
	t.Parallel()
	out, err := formsCommand(t, nil, "schema")
	if err != nil || out != string(forms.Schema()) || !json.Valid([]byte(out)) {
		t.Errorf("%v: %.80s", err, out)
	}
	raw, err := os.ReadFile("forms/services/question.yaml")
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	keepFile(t, dir, "idea.yaml", strings.NewReplacer(`key: "question"`+"\nversion: 1", `key: "idea"`+"\nversion: 1\nfrom: 2569-12-01", "human: true\n", "").Replace(string(raw)))
	out, err = formsCommand(t, map[string]string{"FORMS_DIR": dir}, "list")
	if err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(strings.TrimSpace(out), "\n")
	if !strings.HasPrefix(lines[0], "public-problem        version 3  แจ้งปัญหาในพื้นที่ (") || !strings.Contains(out, "idea                  version 1 from 2026-12-01  ") {
		t.Errorf("listed:\n%s", out)
	}
	if out, err := formsCommand(t, nil); err != nil || !strings.Contains(out, "saphan forms check FILE...") {
		t.Errorf("%v: %s", err, out)
	}
}
