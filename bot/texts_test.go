package bot

import (
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"saphan/internal/thai"
)

// TestTexts finds texts that are missing, unused, in one language only, or whose arguments
// differ from what the code gives.
func TestTexts(t *testing.T) {
	t.Parallel()
	texts, err := catalogue()
	if err != nil {
		t.Fatal(err)
	}
	argument := regexp.MustCompile(`\{(\w+)\}`)
	args := func(s string) []string {
		var names []string
		for _, m := range argument.FindAllStringSubmatch(s, -1) {
			names = append(names, m[1])
		}
		slices.Sort(names)
		return slices.Compact(names)
	}
	for key, text := range texts {
		if text.TH == "" || text.EN == "" {
			t.Errorf("%s lacks a language", key)
		}
		if !slices.Equal(args(text.TH), args(text.EN)) {
			t.Errorf("%s takes %v in Thai and %v in English", key, args(text.TH), args(text.EN))
		}
		if key := strings.HasPrefix(key, "choice."); key && thai.Clusters(argument.ReplaceAllString(text.TH, "")) > 20 {
			t.Errorf("%q does not fit a quick reply", text.TH)
		}
		if thai.Canonical(text.TH) != text.TH {
			t.Errorf("%s is not written canonically (LOC-8)", key)
		}
	}
	used := map[string]bool{}
	for _, call := range says(t) {
		key, err := strconv.Unquote(call.key)
		if err != nil {
			t.Errorf("%s: the key must be written out, not computed", call.at)
			continue
		}
		used[key] = true
		text, ok := texts[key]
		if !ok {
			t.Errorf("%s: there is no text %q", call.at, key)
			continue
		}
		if call.spread {
			continue
		}
		slices.Sort(call.args)
		for _, name := range args(text.TH) {
			if !slices.Contains(call.args, name) {
				t.Errorf("%s: %s needs the argument %s", call.at, key, name)
			}
		}
		for _, name := range call.args {
			if !slices.Contains(args(text.TH), name) {
				t.Errorf("%s: %s has no argument %s", call.at, key, name)
			}
		}
	}
	for key := range texts {
		if !used[key] {
			t.Errorf("%s is never said", key)
		}
	}
}

type said struct {
	at, key string
	args    []string
	spread  bool // arguments handed on as a slice
}

// says finds the calls of Say in this package.
func says(t *testing.T) []said {
	t.Helper()
	files := token.NewFileSet()
	paths, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	var calls []said
	for _, path := range paths {
		if strings.HasSuffix(path, "_test.go") {
			continue
		}
		file, err := parser.ParseFile(files, path, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		ast.Inspect(file, func(n ast.Node) bool {
			call, ok := n.(*ast.CallExpr)
			if !ok {
				return true
			}
			if sel, ok := call.Fun.(*ast.SelectorExpr); !ok || sel.Sel.Name != "Say" || len(call.Args) == 0 {
				return true
			}
			c := said{at: files.Position(call.Pos()).String(), spread: call.Ellipsis.IsValid()}
			if lit, ok := call.Args[0].(*ast.BasicLit); ok {
				c.key = lit.Value
			}
			for i := 1; i < len(call.Args); i += 2 {
				if lit, ok := call.Args[i].(*ast.BasicLit); ok {
					if name, err := strconv.Unquote(lit.Value); err == nil {
						c.args = append(c.args, name)
					}
				}
			}
			calls = append(calls, c)
			return true
		})
	}
	if len(calls) < 50 {
		t.Fatalf("only %d calls found", len(calls))
	}
	return calls
}

func TestSayUnknown(t *testing.T) {
	t.Parallel()
	if got := Tongue("th").Say("no.such.text"); got != "no.such.text" {
		t.Errorf("got %q", got)
	}
	if got := Tongue("fr").Say("choice.menu"); got != "เมนู" {
		t.Errorf("an unknown language says %q", got)
	}
}
