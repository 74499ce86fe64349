package checklist

import (
	"go/ast"
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
			file, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.SkipObjectResolution)
			if err != nil {
				return err
			}
			for _, d := range file.Decls {
				f, ok := d.(*ast.FuncDecl)
				if !ok || f.Recv != nil {
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
