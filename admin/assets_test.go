package admin_test

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// TestFilesOfOthersAreUnchanged: every vendored file is the one that its package had, and nothing
// else lies beside them.
func TestFilesOfOthersAreUnchanged(t *testing.T) {
	t.Parallel()
	manifest, err := os.Open("third_party/manifest.sha256")
	if err != nil {
		t.Fatal(err)
	}
	defer manifest.Close() //nolint:errcheck // it was only read
	listed := map[string]bool{}
	for lines := bufio.NewScanner(manifest); lines.Scan(); {
		want, name, ok := strings.Cut(lines.Text(), "  ")
		if !ok {
			t.Fatalf("manifest: %q", lines.Text())
		}
		listed[name] = true
		body, err := os.ReadFile(filepath.FromSlash(name))
		if err != nil {
			t.Error(err)
			continue
		}
		if sum := sha256.Sum256(body); hex.EncodeToString(sum[:]) != want {
			t.Errorf("%s is not the file of its package", name)
		}
	}
	for _, root := range []string{"third_party", "testdata/third_party/axe-core"} {
		err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
			name := filepath.ToSlash(path)
			if err == nil && !d.IsDir() && !listed[name] && !slices.Contains([]string{"third_party/manifest.sha256", "third_party/README.md"}, name) {
				t.Errorf("%s is not in the manifest", name)
			}
			return err
		})
		if err != nil {
			t.Error(err)
		}
	}
	for _, folder := range []string{"third_party/htmx.org", "third_party/ibm-plex-sans-thai-looped", "third_party/lucide-static", "testdata/third_party/axe-core"} {
		if !listed[folder+"/LICENSE"] {
			t.Errorf("%s has no licence", folder)
		}
	}
}

var (
	assetPattern = regexp.MustCompile(`/admin/assets/[0-9a-f]{16}/[a-z0-9.-]+`)
	boundPattern = regexp.MustCompile(`((src|action|hx-[a-z]+)|<link[^>]* href)="(https?:)?//`)
)

// TestWeight: the first page with all it loads is at most 150 KB over the wire, two scripts and one
// style sheet, nothing from another host, and every asset may be kept for good.
func TestWeight(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	for i := range 12 {
		h.problem(fmt.Sprintf("จุดที่ %d", i+1))
	}
	b := h.as(h.officer)
	page := b.get("/admin/tickets/1?view=all")
	if boundPattern.MatchString(page.body) {
		t.Error("the page names another host")
	}
	total := len(page.body)
	t.Logf("%7d page", total)
	kinds := map[string]int{}
	seen := map[string]bool{}
	var load func(from string)
	load = func(from string) {
		for _, link := range assetPattern.FindAllString(from, -1) {
			if seen[link] {
				continue
			}
			seen[link] = true
			got := b.get(link, header{"Accept-Encoding", "gzip"})
			if got.StatusCode != http.StatusOK || got.Header.Get("Cache-Control") != "public, max-age=31536000, immutable" {
				t.Errorf("%s: %d %q", link, got.StatusCode, got.Header.Get("Cache-Control"))
			}
			body := got.body
			if got.Header.Get("Content-Encoding") == "gzip" {
				body = unzip(t, got.body)
			}
			total += len(got.body)
			t.Logf("%7d %s", len(got.body), link)
			kinds[filepath.Ext(link)]++
			if strings.HasSuffix(link, ".css") {
				load(body)
			}
			if plain := b.get(link, header{"Accept-Encoding", "identity"}); plain.body != body {
				t.Errorf("%s: packed and plain differ", link)
			}
		}
	}
	load(page.body)
	if total > 150_000 {
		t.Errorf("the first page weighs %d bytes", total)
	}
	if kinds[".js"] != 2 || kinds[".css"] != 1 || kinds[".woff2"] != 4 {
		t.Errorf("the page loads %v", kinds)
	}
	for _, bad := range []string{"/admin/assets/0000000000000000/admin.css", "/admin/assets/0000000000000000/..%2fadmin.go"} {
		if got := b.get(bad); got.StatusCode != http.StatusNotFound {
			t.Errorf("%s: %d", bad, got.StatusCode)
		}
	}
}

func unzip(t *testing.T, packed string) string {
	t.Helper()
	z, err := gzip.NewReader(strings.NewReader(packed))
	if err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	if _, err := io.Copy(&b, z); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// Pages run nothing that is written into them, or a strict policy would break them.
func TestTemplatesKeepThePolicy(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob("templates/*.html")
	if err != nil || len(files) == 0 {
		t.Fatal("no templates", err)
	}
	banned := regexp.MustCompile(`(?i)\sstyle=|\son[a-z]+=|hx-on|js:|<style|<script>|javascript:|hx-trigger="[^"]*\[`)
	for _, f := range files {
		body, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		if found := banned.FindString(string(body)); found != "" {
			t.Errorf("%s has %q, which the content security policy forbids", f, found)
		}
	}
}
