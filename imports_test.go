package main

import (
	"encoding/json"
	"io"
	"os/exec"
	"slices"
	"strings"
	"testing"
)

// allowed is the import law: what each room of the house may import of the others. Rooms under
// internal are open to all; tests may also use the test rooms. Sub-rooms not listed here (third
// parties' files, a drawing library) belong to their parent.
var allowed = map[string]string{
	"forms":            "",
	"forms/match":      "forms",
	"citizens":         "",
	"citizens/sms":     "citizens",
	"citizens/thaid":   "citizens",
	"files":            "",
	"agencies":         "",
	"tickets":          "agencies citizens files forms",
	"tickets/oncall":   "agencies",
	"tickets/clock":    "forms",
	"tickets/routing":  "agencies forms",
	"permits":          "agencies files",
	"permits/sheet":    "",
	"papers":           "",
	"letters":          "agencies papers tickets",
	"payments":         "agencies files forms",
	"breaches":         "agencies",
	"proof":            "agencies citizens files",
	"bot":              "agencies citizens files forms forms/match tickets",
	"bot/line":         "agencies bot",
	"bot/line/menuart": "",
	"bot/web":          "agencies bot citizens files forms tickets",
	"jobs":             "agencies bot breaches citizens files forms forms/match letters papers payments permits proof tickets",
	"admin":            "agencies breaches citizens files forms papers payments permits proof tickets tickets/clock tickets/oncall tickets/routing",
	"portal":           "agencies breaches citizens files forms letters papers payments permits proof tickets tickets/clock",
	"api":              "agencies citizens files forms payments permits tickets",
	"migrations":       "",
}

// only names the one room that may import a library.
var only = map[string]string{
	"github.com/line/line-bot-sdk-go/": "bot/line",
	"github.com/minio/minio-go/":       "files",
	"github.com/danielgtaylor/huma/":   "api",
	"github.com/tus/tusd/":             "portal",
}

// testRooms may be imported by tests of any room, and import what they need.
var testRooms = []string{"internal/browser", "internal/pgtest", "internal/tool"}

type listed struct {
	ImportPath   string
	Imports      []string
	TestImports  []string
	XTestImports []string
}

func TestImportLaw(t *testing.T) {
	t.Parallel()
	for _, p := range packages(t) {
		room := strings.TrimPrefix(p.ImportPath, "saphan/")
		if room == "saphan" || strings.Contains(room, "/third_party/") {
			continue // main sees everything; others' files see nothing of ours
		}
		for _, path := range p.Imports {
			for library, owner := range only {
				if strings.HasPrefix(path, library) && room != owner {
					t.Errorf("%s imports %s, which only %s may", room, path, owner)
				}
			}
			other, ours := strings.CutPrefix(path, "saphan/")
			switch {
			case !ours || may(room, other):
			case strings.HasPrefix(other, "devkit"):
				t.Errorf("%s imports %s: what makes development easy is never part of the product", room, other)
			default:
				t.Errorf("%s imports %s, which the import law does not allow", room, other)
			}
		}
		if _, known := allowed[room]; !known && !strings.HasPrefix(room, "internal/") && !strings.HasPrefix(room, "devkit") && !strings.HasPrefix(room, "bench") {
			t.Errorf("%s is a room that the law does not know: add it to the map, or find it a parent", room)
		}
	}
}

// may says whether a room may import another.
func may(room, other string) bool {
	switch {
	case strings.HasPrefix(room, "devkit"), strings.HasPrefix(room, "bench"):
		return true
	case slices.Contains(testRooms, room):
		return other == "migrations" || strings.HasPrefix(other, "devkit/") || strings.HasPrefix(other, "internal/")
	case strings.HasPrefix(other, "internal/"):
		return !slices.Contains(testRooms, other)
	case strings.Contains(other, "/third_party/"): // others' files, kept inside the room that uses them
		return strings.SplitN(other, "/", 2)[0] == strings.SplitN(room, "/", 2)[0]
	case strings.HasPrefix(other, room+"/"):
		return other != "bot/line" && other != "bot/web" // the bot does not know its channels
	default:
		return slices.Contains(strings.Fields(allowed[room]), other)
	}
}

// Pages and servers belong to the edges: nothing deeper speaks HTTP as a server or draws HTML.
func TestServersAndTemplatesOnlyAtTheEdges(t *testing.T) {
	t.Parallel()
	edges := []string{"admin", "portal", "api"}
	for _, p := range packages(t) {
		room := strings.TrimPrefix(p.ImportPath, "saphan/")
		if room == "saphan" || strings.HasPrefix(room, "devkit") || slices.Contains(edges, room) {
			continue
		}
		if slices.Contains(p.Imports, "html/template") {
			t.Errorf("%s draws HTML; only %v may", room, edges)
		}
		if slices.ContainsFunc(p.Imports, func(path string) bool { return strings.HasPrefix(path, "github.com/go-chi/") }) {
			t.Errorf("%s serves HTTP; only %v may", room, edges)
		}
	}
}

func packages(t *testing.T) []listed {
	t.Helper()
	out, err := exec.CommandContext(t.Context(), "go", "list", "-json=ImportPath,Imports,TestImports,XTestImports", "./...").Output()
	if err != nil {
		t.Fatal(err)
	}
	var all []listed
	for dec := json.NewDecoder(strings.NewReader(string(out))); ; {
		var p listed
		switch err := dec.Decode(&p); {
		case err == io.EOF:
			return all
		case err != nil:
			t.Fatal(err)
		}
		all = append(all, p)
	}
}
