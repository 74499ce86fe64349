package portal_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"html"
	"image"
	"image/color"
	"image/png"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/jackc/pgx/v5"

	"saphan/forms"
	"saphan/internal/tool"
)

// mustSay is everything that the manual of a form must say in a language (LFA-7.1): documents, steps and who does them, times
// and their law, today's rates, reasons, appeal, law. What is said of some cases only is said with the case.
func mustSay(f *forms.Form, lang string, now time.Time) []string {
	texts := []forms.Text{f.Title, f.Summary, f.Appeal.Text, f.Identity.Reason}
	for _, fl := range f.Fields {
		for _, one := range append([]forms.Field{fl}, fl.Fields...) {
			if one.Files() {
				texts = append(texts, one.Label, f.CaseOf(one.When))
			}
		}
	}
	for _, s := range f.Steps {
		texts = append(texts, s.Text, s.Who, f.CaseOf(s.When))
	}
	for _, c := range f.Clocks {
		texts = append(texts, c.Law, f.CaseOf(c.When))
	}
	for _, key := range tableKeys(f) {
		if table, ok := f.Fee.TableOn(key, now); ok {
			texts = append(texts, table.Law)
			for _, r := range table.Rows {
				texts = append(texts, r.Label)
			}
		}
	}
	for _, r := range f.Reasons {
		texts = append(texts, r.Text, r.Law, f.CaseOf(r.When))
	}
	for _, o := range f.Outcomes {
		texts = append(texts, o.Title, f.CaseOf(o.When))
		texts = append(texts, o.Conditions...)
	}
	said := []string{f.FormCode}
	for _, text := range append(texts, f.Legal...) {
		said = append(said, text.In(lang))
	}
	return said
}

func tableKeys(f *forms.Form) []string {
	var keys []string
	for _, t := range f.Fee.Tables {
		keys = append(keys, t.Key)
	}
	return keys
}

// LFA-7.1: the page of each service says everything that its form says, in both languages.
func TestManualSaysAll(t *testing.T) {
	t.Parallel()
	c := newCatalogue(t)
	for _, f := range c.library.Catalog().List() {
		for _, lang := range []string{"th", "en"} {
			_, page := c.get(t, "/services/ob/"+string(f.Key), "Cookie: saphan-lang="+lang)
			page = html.UnescapeString(page)
			for _, want := range append(mustSay(f, lang, c.now()), f.Appeal.Body.In(lang)) {
				if !strings.Contains(page, want) {
					t.Errorf("%s in %s lacks %q", f.Key, lang, want)
				}
			}
			if strings.Contains(page, "{agency}") || strings.Contains(page, "<no value>") || !strings.Contains(page, "<title>"+f.Title.In(lang)) {
				t.Errorf("%s in %s is not whole", f.Key, lang)
			}
		}
	}
}

// The paper of each service says the same. Pictures of it are kept as artefacts.
func TestManualPapersSayAll(t *testing.T) {
	t.Parallel()
	c := newCatalogue(t)
	for _, f := range c.library.Catalog().List() {
		for _, lang := range []string{"th", "en"} {
			res, body := c.get(t, "/services/ob/"+string(f.Key)+"/manual.pdf", "Cookie: saphan-lang="+lang)
			if res.StatusCode != http.StatusOK || res.Header.Get("Content-Type") != "application/pdf" {
				t.Fatalf("%s: %d %s", f.Key, res.StatusCode, body)
			}
			path := filepath.Join(t.TempDir(), "manual.pdf")
			if err := os.WriteFile(path, []byte(body), 0o600); err != nil {
				t.Fatal(err)
			}
			words := tool.Tight(tool.Run(t, "pdftotext", "-raw", path, "-"))
			for _, want := range append(mustSay(f, lang, c.now()), "https://saphan.example.go.th/services/ob/"+string(f.Key)) {
				if !strings.Contains(words, tool.Tight(want)) {
					t.Errorf("%s in %s lacks %q", f.Key, lang, want)
				}
			}
			if lang == "th" {
				pagesLikeKept(t, f.Key, path)
			}
		}
	}
}

// pagesLikeKept draws a manual's pages for whoever wants to look, and compares those of some services with the ones that were
// looked at. Programs that draw PDFs smooth edges each in its own way, so squares of the pictures are compared by their mean.
func pagesLikeKept(t *testing.T, key forms.Key, path string) {
	t.Helper()
	stem := filepath.Join(t.TempDir(), "manual-"+string(key))
	tool.Run(t, "pdftoppm", "-r", "60", "-png", path, stem)
	pages, err := filepath.Glob(stem + "-*.png")
	if err != nil || len(pages) == 0 {
		t.Fatal(key, err)
	}
	for _, page := range pages {
		name := filepath.Base(page)
		raw, err := os.ReadFile(page)
		if err != nil {
			t.Fatal(err)
		}
		keepPicture(t, name, raw)
		if !slices.Contains(lookedAt, key) {
			continue
		}
		got, err := png.Decode(bytes.NewReader(raw))
		if err != nil {
			t.Fatal(err)
		}
		want := keptPicture(t, name, raw)
		if got.Bounds() != want.Bounds() {
			t.Errorf("%s is %v, it was %v", name, got.Bounds(), want.Bounds())
			continue
		}
		if n := otherSquares(got, want); n > 0 {
			t.Errorf("%s differs in %d squares", name, n)
		}
	}
}

// lookedAt are the services whose papers are kept as pictures that were looked at.
var lookedAt = []forms.Key{"hazardous-business", "public-problem", "elderly-allowance"}

// otherSquares counts squares of 12 points whose mean differs by more than a letter that is missing makes.
func otherSquares(a, b image.Image) (n int) {
	const side, letter = 12, 16
	for y := a.Bounds().Min.Y; y+side <= a.Bounds().Max.Y; y += side {
		for x := a.Bounds().Min.X; x+side <= a.Bounds().Max.X; x += side {
			var light int
			for i := range side * side {
				at := image.Pt(x+i%side, y+i/side)
				light += int(color.GrayModel.Convert(a.At(at.X, at.Y)).(color.Gray).Y) - int(color.GrayModel.Convert(b.At(at.X, at.Y)).(color.Gray).Y)
			}
			if mean := light / (side * side); mean > letter || mean < -letter {
				n++
			}
		}
	}
	return n
}

// SEED-16: the step cards of three services are as they were looked at; each says in words what it shows.
func TestStepCardsOfServices(t *testing.T) {
	t.Parallel()
	c := newCatalogue(t)
	for _, f := range c.library.Catalog().List() {
		_, body := c.get(t, "/services/ob/"+string(f.Key)+"/card.png")
		img, err := png.Decode(strings.NewReader(body))
		if err != nil {
			t.Fatal(f.Key, err)
		}
		_, page := c.get(t, "/services/ob/"+string(f.Key))
		page = html.UnescapeString(page)
		holds(t, page, fmt.Sprintf(`src="/services/ob/%s/card.png" width="1040" height="%d"`, f.Key, img.Bounds().Dy()), `alt="`+f.Title.TH)
		keepPicture(t, "card-"+string(f.Key)+".png", []byte(body))
		if slices.Contains(lookedAt, f.Key) {
			likeKept(t, "card-"+string(f.Key)+".png", []byte(body), img)
		}
	}
}

func keepPicture(t *testing.T, name string, data []byte) {
	t.Helper()
	if err := os.MkdirAll(filepath.Join("..", "artefacts"), 0o750); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join("..", "artefacts", name), data, 0o600); err != nil {
		t.Fatal(err)
	}
}

// keptPicture is the picture that was looked at; UPDATE_PICTURES=1 keeps it anew.
func keptPicture(t *testing.T, name string, raw []byte) image.Image {
	t.Helper()
	golden := filepath.Join("testdata", name)
	if os.Getenv("UPDATE_PICTURES") != "" {
		if err := os.WriteFile(golden, raw, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	old, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	want, err := png.Decode(bytes.NewReader(old))
	if err != nil {
		t.Fatal(err)
	}
	return want
}

// likeKept compares a picture with the one that was looked at. Rounding may differ between machines, so a little of it may
// differ.
func likeKept(t *testing.T, name string, raw []byte, got image.Image) {
	t.Helper()
	want := keptPicture(t, name, raw)
	if got.Bounds() != want.Bounds() {
		t.Fatalf("%s is %v, it was %v", name, got.Bounds(), want.Bounds())
	}
	differ, b := 0, got.Bounds()
	for y := b.Min.Y; y < b.Max.Y; y++ {
		for x := b.Min.X; x < b.Max.X; x++ {
			r1, g1, b1, _ := got.At(x, y).RGBA()
			r2, g2, b2, _ := want.At(x, y).RGBA()
			if max(r1, r2)-min(r1, r2)+max(g1, g2)-min(g1, g2)+max(b1, b2)-min(b1, b2) > 3*0x1800 {
				differ++
			}
		}
	}
	if differ > b.Dx()*b.Dy()/2000 {
		t.Errorf("%s differs in %d points", name, differ)
	}
}

// The manual is open data too: by its address with .json, or for who asks for JSON; pages of other sites may read it.
func TestManualAsData(t *testing.T) {
	t.Parallel()
	c := newCatalogue(t)
	for _, ask := range [][]string{{"/services/sn/building-permit.json"}, {"/services/sn/building-permit", "Accept: application/json"}} {
		res, body := c.get(t, ask[0], ask[1:]...)
		if res.Header.Get("Access-Control-Allow-Origin") != "*" || !strings.HasPrefix(res.Header.Get("Content-Type"), "application/json") {
			t.Errorf("%v: %v", ask, res.Header)
		}
		var data struct {
			Service string
			Version int
			Title   forms.Text
			Agency  struct{ Code string }
			Fee     struct {
				Tables []struct {
					State string
					Rows  []struct{ Baht float64 }
				}
			}
			Clocks []struct {
				Duty string
				Days int
				Unit string
			}
			Unconfirmed []string
		}
		if err := json.Unmarshal([]byte(body), &data); err != nil {
			t.Fatal(err)
		}
		if data.Service != "building-permit" || data.Version != 1 || data.Title.EN == "" || data.Agency.Code != "SN" || data.Clocks[0].Days != 45 || len(data.Unconfirmed) == 0 {
			t.Errorf("%+v", data)
		}
		if len(data.Fee.Tables) != 2 || data.Fee.Tables[0].State != "now" || data.Fee.Tables[0].Rows[0].Baht != 200 {
			t.Errorf("the rates are %+v", data.Fee.Tables)
		}
	}
}

// A page, a paper and a card that somebody has already are not sent again; a change of the agency is there at once.
func TestManualIsKeptUntilItChanges(t *testing.T) {
	t.Parallel()
	c := newCatalogue(t)
	tags := map[string]string{}
	paths := []string{"/services/sn/food-premises", "/services/sn/food-premises/manual.pdf", "/services/sn/food-premises/card.png", "/services/sn/food-premises.json"}
	for _, path := range paths {
		res, _ := c.get(t, path)
		tags[path] = res.Header.Get("ETag")
		if again, body := c.get(t, path, "If-None-Match: "+tags[path]); again.StatusCode != http.StatusNotModified || body != "" {
			t.Errorf("%s again: %d", path, again.StatusCode)
		}
	}
	c.depart(t, "food-premises", forms.Override{FormCode: "สอ.9", Tables: []forms.FeeTable{{
		Key: "yearly", Law: forms.Text{TH: "ข้อบัญญัติใหม่", EN: "New ordinance"},
		Rows: []forms.FeeRow{{Key: "certificate", Label: forms.Text{TH: "ร้านเล็ก", EN: "Small"}, Baht: 70}, {Key: "licence", Label: forms.Text{TH: "ร้านใหญ่", EN: "Large"}, Baht: 990}},
	}}})
	for _, path := range paths {
		res, _ := c.get(t, path, "If-None-Match: "+tags[path])
		if res.StatusCode != http.StatusOK || res.Header.Get("ETag") == tags[path] {
			t.Errorf("%s after the change: %d", path, res.StatusCode)
		}
	}
	_, page := c.get(t, paths[0])
	holds(t, page, "70–990 บาท", "สอ.9", "ข้อบัญญัติใหม่", "ร้านใหญ่")
}

// An agency's own rates and days are its own: today's rates come first, those of a later day are announced with it, and what
// the agency set is not marked as unconfirmed any more.
func TestManualOfAnAgency(t *testing.T) {
	t.Parallel()
	c := newCatalogue(t)
	rows := func(a, b float64) []forms.FeeRow {
		return []forms.FeeRow{{Key: "certificate", Label: forms.Text{TH: "พื้นที่ไม่เกิน 200 ตร.ม. ต่อปี"}, Baht: a}, {Key: "licence", Label: forms.Text{TH: "พื้นที่เกิน 200 ตร.ม. ต่อปี"}, Baht: b}}
	}
	day := func(s string) (d forms.Day) {
		if err := d.UnmarshalText([]byte(s)); err != nil {
			t.Fatal(err)
		}
		return d
	}
	law := forms.Text{TH: "ข้อบัญญัติของเรา พ.ศ. 2569"}
	c.depart(t, "food-premises", forms.Override{
		Tables: []forms.FeeTable{{Key: "yearly", Law: law, From: day("2027-01-01"), Rows: rows(555, 666)}, {Key: "yearly", Law: law, Until: day("2026-12-31"), Rows: rows(333, 444)}},
		Legal:  []forms.Text{law},
	})
	_, page := c.get(t, "/services/sn/food-premises")
	holds(t, page, "333–444 บาท", "จะใช้ต่อไป", "1 มกราคม 2570", "31 ธันวาคม 2569")
	if strings.Index(page, ">333<") > strings.Index(page, ">555<") {
		t.Error("the rates to come stand before today's")
	}
	fee, _, _ := strings.Cut(page[strings.Index(page, `id="fee"`):], "</table>")
	hides(t, fee, "รอหน่วยงานยืนยัน")
	c.set(2027, time.January, 4, 9, 0)
	_, page = c.get(t, "/services/sn/food-premises")
	holds(t, page, "555–666 บาท")
	hides(t, page, ">333<")
	_, page = c.get(t, "/services/ob/food-premises")
	holds(t, page, "100–200 บาท", "รอหน่วยงานยืนยัน")
}

// LFA-7.1: a case keeps the manual that it began with; its page leads there, and the manual says that it is not today's.
func TestManualOfACase(t *testing.T) {
	t.Parallel()
	c := newCatalogue(t)
	ticket := c.ticket(t)
	_, page := c.get(t, "/track/"+ticket.TrackToken)
	holds(t, page, `href="/services/sn/question?version=1"`)
	_, page = c.get(t, "/services/sn/question?version=1")
	hides(t, page, "ฉบับที่คำขอเดิมใช้อยู่")
	own := c.depart(t, "question", forms.Override{FormCode: "ทดสอบ.1"})
	res, page := c.get(t, "/services/sn/question?version=1")
	holds(t, page, "ฉบับที่คำขอเดิมใช้อยู่", `href="/services/sn/question/manual.pdf?version=1"`)
	hides(t, page, "ทดสอบ.1", "line.me/R/oaMessage")
	if res.Header.Get("X-Robots-Tag") != "noindex" {
		t.Error("search engines find an old edition")
	}
	_, page = c.get(t, "/services/sn/question")
	holds(t, page, "ทดสอบ.1", "line.me/R/oaMessage/@saphan/?")
	_, page = c.get(t, fmt.Sprintf("/services/sn/question?version=1&override=%d", own))
	holds(t, page, "ทดสอบ.1")
	c.depart(t, "question", forms.Override{Off: true})
	if res, _ = c.get(t, "/services/sn/question?version=1"); res.StatusCode != http.StatusOK {
		t.Errorf("the service is not offered any more, and its old manual answers %d", res.StatusCode)
	}
	// One agency's decision is not another's.
	if res, _ = c.get(t, fmt.Sprintf("/services/ob/question?version=1&override=%d", own)); res.StatusCode != http.StatusNotFound {
		t.Errorf("another agency's edition: %d", res.StatusCode)
	}
}

// EGA-7.6: what must be done in person says where and when, and has no buttons to ask from afar.
func TestManualInPerson(t *testing.T) {
	t.Parallel()
	c := newCatalogue(t)
	raw, err := os.ReadFile("../forms/testdata/workshop.yaml")
	if err != nil {
		t.Fatal(err)
	}
	c.folder["workshop.yaml"] = &fstest.MapFile{Data: append(raw, []byte("\nin_person: {law: {th: กฎหมายตัวอย่าง มาตรา 1, en: Example Act}, text: {th: ต้องพิมพ์ลายนิ้วมือ, en: Fingerprints are taken}}\n")...)}
	c.refresh(t)
	_, page := c.get(t, "/services/sn/workshop")
	holds(t, page, "บริการนี้ต้องไปด้วยตนเอง", "ต้องพิมพ์ลายนิ้วมือ", "99 หมู่ที่ 1", "08:30–16:30")
	hides(t, page, "oaMessage", "ยื่นบนเว็บ", "ยื่นทาง LINE")
	_, page = c.get(t, "/services/sn")
	holds(t, page, "ยื่นด้วยตนเองที่ทำการ")
}

// The words that the button puts into LINE begin the very service.
func TestTalkBeginsTheService(t *testing.T) {
	t.Parallel()
	c := newCatalogue(t)
	for _, f := range c.library.Catalog().List() {
		if f.Key == "elderly-allowance" {
			continue // not offered here
		}
		_, page := c.get(t, "/services/sn/"+string(f.Key))
		_, rest, _ := strings.Cut(html.UnescapeString(page), `href="https://line.me/R/oaMessage/@saphan/?`)
		said, _, _ := strings.Cut(rest, `"`)
		words, err := url.PathUnescape(said)
		if err != nil || words == "" {
			t.Fatalf("%s: %q, %v", f.Key, said, err)
		}
		if found := c.library.Catalog().Match(words); len(found) == 0 || found[0].Key != f.Key {
			t.Errorf("%q does not begin %s", words, f.Key)
		}
	}
}

// What is asked for at the same time is drawn once, and as many as ask have it.
func TestManualDrawnTogether(t *testing.T) {
	t.Parallel()
	c := newCatalogue(t)
	sizes := make(chan int, 8)
	for range cap(sizes) {
		go func() {
			req, err := http.NewRequestWithContext(context.WithoutCancel(t.Context()), http.MethodGet, c.server.URL+"/services/sn/question/card.png", nil)
			if err != nil {
				sizes <- -1
				return
			}
			res, err := http.DefaultClient.Do(req)
			if err != nil {
				sizes <- -1
				return
			}
			var b bytes.Buffer
			_, err = b.ReadFrom(res.Body)
			if err != nil || res.Body.Close() != nil || res.StatusCode != http.StatusOK {
				sizes <- -1
				return
			}
			sizes <- b.Len()
		}()
	}
	first := <-sizes
	for range cap(sizes) - 1 {
		if n := <-sizes; n != first || n < 1000 {
			t.Errorf("one has %d bytes, another %d", first, n)
		}
	}
	c.everywhere(t, func(ctx context.Context, tx pgx.Tx) error {
		_, err := tx.Exec(ctx, `UPDATE agencies SET name = 'เทศบาลชื่อใหม่ตัวอย่าง' WHERE id = $1`, c.agency.ID)
		return err
	})
	if _, body := c.get(t, "/services/sn/question/card.png"); len(body) == first {
		t.Error("the card still has the old name")
	}
}
