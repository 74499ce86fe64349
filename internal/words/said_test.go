package words_test

import (
	"bytes"
	"encoding/json"
	"flag"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"unicode"

	"saphan/internal/words"
)

var update = flag.Bool("update", false, "write said.json anew")

// root is where the program begins.
const root = "../.."

// unread are rooms that say nothing to citizens: what only officers, developers or tests see is Thai or English.
var unread = []string{"admin", "bench", "breaches", "devkit", "docs", "migrations", "internal/browser", "internal/pgtest", "bot/line/menuart"}

// spot is a text that the code says.
type spot struct {
	words.Text
	at string
}

// collected are the texts of the Go files and templates, and what is wrong with how some are written.
type collected struct {
	said  []spot
	wrong []string
}

func collect(t *testing.T) collected {
	t.Helper()
	var all collected
	files := token.NewFileSet()
	type source struct {
		file *ast.File
		room string
	}
	var sources []source
	constants := map[string]map[string]string{} // of each folder
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		room, err := filepath.Rel(root, path)
		if err != nil {
			return err
		}
		room = filepath.ToSlash(room)
		switch {
		case d.IsDir() && (slices.Contains(unread, room) || d.Name() == "third_party" || d.Name() == "testdata" || d.Name() == "artefacts" || strings.HasPrefix(d.Name(), ".") && room != "."):
			return filepath.SkipDir
		case strings.HasPrefix(room, "portal/templates/"):
			all.template(t, path, room)
		case strings.HasSuffix(room, ".go") && !strings.HasSuffix(room, "_test.go"):
			file, err := parser.ParseFile(files, path, nil, parser.ParseComments)
			if err != nil {
				return err
			}
			folder := filepath.Dir(path)
			if constants[folder] == nil {
				constants[folder] = map[string]string{}
			}
			constantsOf(file, constants[folder])
			sources = append(sources, source{file, room})
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range sources {
		all.file(files, s.file, s.room, constants[filepath.Dir(filepath.Join(root, s.room))])
	}
	return all
}

var (
	templateT = regexp.MustCompile(`\.T "((?:[^"\\]|\\.)*)" "((?:[^"\\]|\\.)*)"`)
	anyT      = regexp.MustCompile(`\.T `)
	allowed   = regexp.MustCompile(`ภาษา <span lang="en">Language</span>`) // for who reads neither
)

func (c *collected) template(t *testing.T, path, room string) {
	t.Helper()
	raw, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	found := templateT.FindAllSubmatch(raw, -1)
	for _, m := range found {
		th, err1 := strconv.Unquote(`"` + string(m[1]) + `"`)
		en, err2 := strconv.Unquote(`"` + string(m[2]) + `"`)
		if err1 != nil || err2 != nil {
			c.wrong = append(c.wrong, room+": "+string(m[0])+" cannot be read")
		}
		c.said = append(c.said, spot{words.Text{TH: th, EN: en}, room})
	}
	if n := len(anyT.FindAll(raw, -1)); n != len(found) {
		c.wrong = append(c.wrong, room+": "+strconv.Itoa(n-len(found))+" calls of T have no written words")
	}
	left := allowed.ReplaceAll(templateT.ReplaceAll(raw, nil), nil)
	for i, line := range bytes.Split(left, []byte("\n")) {
		if isThai(string(line)) {
			c.wrong = append(c.wrong, room+":"+strconv.Itoa(i+1)+": Thai words that no other language can say: "+string(bytes.TrimSpace(line)))
		}
	}
}

func isThai(s string) bool {
	return strings.ContainsFunc(s, func(r rune) bool { return unicode.Is(unicode.Thai, r) })
}

// file collects pairs of a Thai and an English text that stand side by side, and sentences of faults.
func (c *collected) file(files *token.FileSet, file *ast.File, room string, constants map[string]string) {
	bare := strings.HasPrefix(room, "portal/") // there every Thai text stands in a pair
	taken := map[ast.Expr]bool{}
	text := func(e ast.Expr) (string, bool) { return value(e, constants) }
	pairs := func(list []ast.Expr) {
		for i := 0; i+1 < len(list); i++ {
			th, ok1 := text(list[i])
			en, ok2 := text(list[i+1])
			if ok1 && ok2 && isThai(th) && !isThai(en) && en != "" {
				c.said = append(c.said, spot{words.Text{TH: th, EN: en}, files.Position(list[i].Pos()).String()})
				taken[list[i]] = true
				i++
			}
		}
	}
	ast.Inspect(file, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.CallExpr:
			name := callee(n)
			switch {
			case strings.HasPrefix(name, "fault.") || name == "words.In":
				at := 1
				if name == "words.In" && len(n.Args) == 3 {
					if en, ok := text(n.Args[2]); !ok || en != "" {
						pairs(n.Args)
						return true
					}
				} else if !slices.Contains([]string{"fault.New", "fault.Newf", "fault.Wrap", "fault.Wrapf"}, name) {
					return true
				}
				th, ok := text(n.Args[at])
				if !ok && name != "words.In" && room != "internal/fault/fault.go" {
					c.wrong = append(c.wrong, files.Position(n.Pos()).String()+": the sentence is put together: use a {name}")
				} else if isThai(th) {
					c.said = append(c.said, spot{words.Text{TH: th}, files.Position(n.Pos()).String()})
					taken[n.Args[at]] = true
				}
			default:
				pairs(n.Args)
			}
		case *ast.ReturnStmt:
			pairs(n.Results)
		case *ast.CompositeLit:
			list := make([]ast.Expr, len(n.Elts))
			for i, e := range n.Elts {
				if kv, ok := e.(*ast.KeyValueExpr); ok {
					list[i] = kv.Value
				} else {
					list[i] = e
				}
			}
			if !pairType(n) {
				return true
			}
			pairs(list)
		}
		return true
	})
	if !bare {
		return
	}
	// A comment tells what stays Thai: words that are compared, and what officers read.
	own := map[int]bool{}
	for _, group := range file.Comments {
		for _, comment := range group.List {
			if strings.Contains(comment.Text, "in Thai only") {
				own[files.Position(comment.Pos()).Line] = true
			}
		}
	}
	for _, d := range file.Decls {
		if g, ok := d.(*ast.GenDecl); ok && strings.Contains(g.Doc.Text(), "in Thai only") {
			for line := files.Position(g.Pos()).Line; line <= files.Position(g.End()).Line; line++ {
				own[line] = true
			}
		}
	}
	ast.Inspect(file, func(n ast.Node) bool {
		if e, ok := n.(ast.Expr); ok && taken[e] {
			return false
		}
		if lit, ok := n.(*ast.BasicLit); ok && lit.Kind == token.STRING && isThai(lit.Value) && !own[files.Position(lit.Pos()).Line] {
			c.wrong = append(c.wrong, files.Position(lit.Pos()).String()+": Thai words that no other language can say: "+lit.Value)
		}
		return true
	})
}

// pairType tells a Text from a list of names.
func pairType(n *ast.CompositeLit) bool {
	if len(n.Elts) == 2 {
		th, ok1 := n.Elts[0].(*ast.KeyValueExpr)
		en, ok2 := n.Elts[1].(*ast.KeyValueExpr)
		if ok1 && ok2 && named(th.Key) == "TH" && named(en.Key) == "EN" {
			return true
		}
	}
	switch kind := n.Type.(type) {
	case *ast.SelectorExpr:
		return kind.Sel.Name == "Text"
	case *ast.Ident:
		return kind.Name == "Text"
	default:
		return false
	}
}

func named(e ast.Expr) string {
	if id, ok := e.(*ast.Ident); ok {
		return id.Name
	}
	return ""
}

func callee(n *ast.CallExpr) string {
	switch f := n.Fun.(type) {
	case *ast.SelectorExpr:
		if x, ok := f.X.(*ast.Ident); ok {
			return x.Name + "." + f.Sel.Name
		}
		return "." + f.Sel.Name
	case *ast.Ident:
		return f.Name
	default:
		return ""
	}
}

// constantsOf adds the constants of a file that are texts.
func constantsOf(file *ast.File, all map[string]string) {
	ast.Inspect(file, func(n ast.Node) bool {
		spec, ok := n.(*ast.ValueSpec)
		if !ok {
			return true
		}
		for i, name := range spec.Names {
			if i < len(spec.Values) {
				if text, ok := value(spec.Values[i], all); ok {
					all[name.Name] = text
				}
			}
		}
		return true
	})
}

// value is the text that an expression stands for, if it is written out.
func value(e ast.Expr, constants map[string]string) (string, bool) {
	switch e := e.(type) {
	case *ast.BasicLit:
		if e.Kind != token.STRING {
			return "", false
		}
		text, err := strconv.Unquote(e.Value)
		return text, err == nil
	case *ast.Ident:
		text, ok := constants[e.Name]
		return text, ok
	case *ast.BinaryExpr:
		a, ok1 := value(e.X, constants)
		b, ok2 := value(e.Y, constants)
		return a + b, ok1 && ok2 && e.Op == token.ADD
	case *ast.ParenExpr:
		return value(e.X, constants)
	default:
		return "", false
	}
}

// said is the list that the program carries: each text once, in the order of the Thai.
func (c collected) list() []words.Text {
	by := map[string]string{}
	for _, s := range c.said {
		by[s.TH] = max(by[s.TH], s.EN)
	}
	var all []words.Text
	for th, en := range by {
		all = append(all, words.Text{TH: th, EN: en})
	}
	slices.SortFunc(all, func(a, b words.Text) int { return strings.Compare(a.TH, b.TH) })
	return all
}

// The list of texts that translators are given is that of the code.
func TestTheListIsWhatTheCodeSays(t *testing.T) {
	t.Parallel()
	found := collect(t)
	for _, w := range found.wrong {
		t.Error(w)
	}
	var b bytes.Buffer
	out := json.NewEncoder(&b)
	out.SetEscapeHTML(false)
	b.WriteString("[\n")
	for i, text := range found.list() {
		if i > 0 {
			b.Truncate(b.Len() - 1)
			b.WriteString(",\n")
		}
		if err := out.Encode(text); err != nil {
			t.Fatal(err)
		}
	}
	b.WriteString("]\n")
	if *update {
		if err := os.WriteFile("said.json", b.Bytes(), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	kept, err := os.ReadFile("said.json")
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(kept, b.Bytes()) {
		t.Error("said.json is not what the code says: go test ./internal/words -update")
	}
}
