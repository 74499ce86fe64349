package main

import (
	"bytes"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"saphan/forms"
)

// What scripts rely on: a line in, "key<TAB>score<TAB>text" out, in the same order.
func TestMatchPrintsALineForEachLine(t *testing.T) {
	t.Parallel()
	in := "ไฟถนนดับหน้าบ้านซอย 4\r\nสวัสดีค่ะ\n\nจะต่อใบอนุญาตร้าน\tหมูกระทะ\nเบี้ยคนแก่ไม่เข้า"
	var out bytes.Buffer
	if err := runMatch(nil, "", strings.NewReader(in), &out); err != nil {
		t.Fatal(err)
	}
	want := []struct{ key, said string }{
		{"public-problem", "ไฟถนนดับหน้าบ้านซอย 4"}, {"-", "สวัสดีค่ะ"}, {"-", ""},
		{"food-premises", "จะต่อใบอนุญาตร้าน หมูกระทะ"}, {"elderly-allowance", "เบี้ยคนแก่ไม่เข้า"},
	}
	lines := strings.Split(strings.TrimSuffix(out.String(), "\n"), "\n")
	if len(lines) != len(want) {
		t.Fatalf("%d lines for %d:\n%s", len(lines), len(want), &out)
	}
	for i, line := range lines {
		fields := strings.Split(line, "\t")
		if len(fields) != 3 || fields[0] != want[i].key || fields[2] != want[i].said {
			t.Errorf("line %d: %q, want %s and %q", i+1, line, want[i].key, want[i].said)
			continue
		}
		if score, err := strconv.ParseFloat(fields[1], 64); err != nil || score < 0 || score > 1 {
			t.Errorf("line %d: score %q", i+1, fields[1])
		}
	}
}

func TestMatchMeasuresItself(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	if err := runMatch([]string{"-labelled", filepath.Join("forms", "match", "testdata", "heldout.tsv")}, "", nil, &out); err != nil {
		t.Fatal(err)
	}
	t.Log(out.String())
	first, _, _ := strings.Cut(out.String(), "\n")
	_, share, ok := strings.Cut(first, "right first time ")
	share, _, _ = strings.Cut(share, " ")
	if right, err := strconv.ParseFloat(share, 64); !ok || err != nil || right < 89 {
		t.Errorf("%q: want at least 89 %% right first time", first)
	}
	broken := filepath.Join(t.TempDir(), "broken.tsv")
	if err := os.WriteFile(broken, []byte("public-problem ไฟดับ\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, file := range []string{broken, filepath.Join(t.TempDir(), "none.tsv")} {
		if err := runMatch([]string{"-labelled", file}, "", nil, &out); err == nil || !strings.Contains(err.Error(), filepath.Base(file)) {
			t.Errorf("%s: %v", file, err)
		}
	}
}

// A service that is one more data file is understood at once.
func TestMatchKnowsAServiceOfTheFolder(t *testing.T) {
	t.Parallel()
	shipped, err := forms.Shipped()
	if err != nil {
		t.Fatal(err)
	}
	raw, err := fs.ReadFile(shipped, "waste-collection.yaml")
	if err != nil {
		t.Fatal(err)
	}
	var file []string
	skip := false
	for line := range strings.Lines(string(raw)) {
		switch {
		case strings.HasPrefix(line, "key:"):
			line = "key: \"stage-loan\"\n"
		case strings.HasPrefix(line, "title:"):
			line = "title: {th: \"ขอยืมเวทีและเครื่องเสียง\", en: \"Borrow a stage\"}\n"
		case strings.HasPrefix(line, "words:"):
			line = "words: [\"ยืมเวที\", \"เวที\", \"เครื่องขยายเสียง\", \"ไมโครโฟน\"]\nsays: [\"ขอยืมเวทีงานวันเด็ก\", \"ยืมไมโครโฟนกับลำโพงได้ไหม\", \"งานบวชขอเวทีหนึ่งหลัง\"]\n"
			file, skip = append(file, line), true
			continue
		case strings.HasPrefix(line, "says:"):
			skip = true
		case !strings.HasPrefix(line, " ") && strings.TrimSpace(line) != "":
			skip = false
		}
		if !skip {
			file = append(file, line)
		}
	}
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "stage-loan.yaml"), []byte(strings.Join(file, "")), 0o600); err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	if err := runMatch(nil, dir, strings.NewReader("อยากยืมเวทีไปงานแต่งค่ะ\nขอยืมไมโครโฟนสองตัว\nขอถังขยะหน้าบ้าน\n"), &out); err != nil {
		t.Fatal(err)
	}
	for i, want := range []string{"stage-loan", "stage-loan", "waste-collection"} {
		if got := strings.Split(out.String(), "\n")[i]; !strings.HasPrefix(got, want+"\t") {
			t.Errorf("%q, want %s", got, want)
		}
	}
}
