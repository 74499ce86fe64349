package checklist

import (
	"go/ast"
	"go/build/constraint"
	"go/parser"
	"go/token"
	"io/fs"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
)

// rows is how many behaviours the checklist has.
const rows = 79

// named finds the numbers in a name such as Row66And77SDK.
var named = regexp.MustCompile(`^TestRows?([0-9]+)((?:And[0-9]+)*)`)

// Every row of the checklist has a test that carries its number.
func TestEveryRowHasATest(t *testing.T) {
	t.Parallel()
	tests := map[int][]string{}
	for _, room := range []string{"../../bot/line", "../../devkit"} {
		must(t, filepath.WalkDir(room, func(path string, _ fs.DirEntry, err error) error {
			if err != nil || !strings.HasSuffix(path, "_test.go") {
				return err
			}
			return addRows(tests, path, nil)
		}))
	}
	var missing []string
	for row := 1; row <= rows; row++ {
		if len(tests[row]) == 0 {
			missing = append(missing, strconv.Itoa(row))
		}
	}
	if len(missing) > 0 {
		t.Errorf("rows without a test: %s", strings.Join(missing, " "))
	}
	for row := range tests {
		if row < 1 || row > rows {
			t.Errorf("%v: the checklist has no row %d", tests[row], row)
		}
	}
}

// A test counts when it runs wherever the others run.
func TestRowsOfTestsThatNeverRunDoNotCount(t *testing.T) {
	t.Parallel()
	for source, want := range map[string]int{
		"package a\nfunc TestRow1A(t *testing.T) { t.Parallel(); check(t) }":                       1,
		"package a\nfunc TestRow1A(t *testing.T) { if short() { t.Skip() }; check(t) }":            1,
		"package a\nfunc TestRow1A(t *testing.T) {}":                                               0,
		"package a\nfunc TestRow1A(t *testing.T) { t.Skip(`later`); check(t) }":                    0,
		"package a\nfunc TestRow1A(t *testing.T) { t.Parallel(); t.Helper(); t.SkipNow() }":        0,
		"package a\nfunc TestRow1A(tt *testing.T) { tt.Skipf(`later`); check(tt) }":                0,
		"//go:build nightly\n\npackage a\nfunc TestRow1A(t *testing.T) { t.Parallel(); check(t) }": 0,
	} {
		tests := map[int][]string{}
		must(t, addRows(tests, "a_test.go", source))
		if len(tests[1]) != want {
			t.Errorf("%d tests of row 1, want %d, in\n%s", len(tests[1]), want, source)
		}
	}
}

// addRows notes the tests of a file by the rows that they carry. Files that are built only sometimes have
// none, nor have tests that begin by skipping themselves. The source is that of the file when it is nil.
func addRows(tests map[int][]string, path string, source any) error {
	file, err := parser.ParseFile(token.NewFileSet(), path, source, parser.SkipObjectResolution|parser.ParseComments)
	if err != nil {
		return err
	}
	if constrained(file) {
		return nil
	}
	for _, d := range file.Decls {
		f, ok := d.(*ast.FuncDecl)
		if !ok || f.Recv != nil || !runs(f) {
			continue
		}
		m := named.FindStringSubmatch(f.Name.Name)
		if m == nil {
			continue
		}
		for _, digits := range append([]string{m[1]}, strings.Split(m[2], "And")...) {
			if n, err := strconv.Atoi(digits); err == nil {
				tests[n] = append(tests[n], f.Name.Name)
			}
		}
	}
	return nil
}

// constrained says whether a file has a build constraint.
func constrained(file *ast.File) bool {
	for _, group := range file.Comments {
		for _, c := range group.List {
			if c.Pos() < file.Package && constraint.IsGoBuild(c.Text) {
				return true
			}
		}
	}
	return false
}

// runs says whether a test does anything before it may skip itself: the first call that is none of
// t.Parallel and t.Helper tells.
func runs(f *ast.FuncDecl) bool {
	for _, statement := range f.Body.List {
		expression, ok := statement.(*ast.ExprStmt)
		if !ok {
			return true
		}
		call, ok := expression.X.(*ast.CallExpr)
		if !ok {
			return true
		}
		method, ok := call.Fun.(*ast.SelectorExpr)
		if !ok {
			return true
		}
		switch method.Sel.Name {
		case "Parallel", "Helper":
		case "Skip", "Skipf", "SkipNow":
			return false
		default:
			return true
		}
	}
	return false
}
