package portal_test

import (
	"context"
	"encoding/json"
	"net/http"
	"net/url"
	"os"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/jackc/pgx/v5"

	"saphan/agencies"
	"saphan/forms"
)

// catalogue is the public pages with a library of services, whose folder can grow, and an agency that people can write to in
// LINE. The agency takes no allowances for the elderly.
type catalogue struct {
	*stand
	library *forms.Library
	folder  fstest.MapFS
}

func newCatalogue(t *testing.T) *catalogue {
	t.Helper()
	c := &catalogue{stand: newStand(t), folder: fstest.MapFS{}}
	shipped, err := forms.Shipped()
	if err != nil {
		t.Fatal(err)
	}
	within := func(ctx context.Context, fn func(pgx.Tx) error) error { return agencies.Everywhere(ctx, c.db, fn) }
	if c.library, err = forms.NewLibrary(within, c.logger(), c.now, shipped, c.folder); err != nil {
		t.Fatal(err)
	}
	c.everywhere(t, func(ctx context.Context, tx pgx.Tx) error {
		_, err := tx.Exec(ctx, `UPDATE agencies SET address = '99 หมู่ที่ 1 ตำบลตัวอย่าง อำเภอเมือง จังหวัดตัวอย่าง 10000' WHERE id = $1`, c.agency.ID)
		if err != nil {
			return err
		}
		_, err = tx.Exec(ctx, `INSERT INTO channels (agency_id, kind, destination, provider, name, basic_id, secret_sealed, token_sealed, announced_at, announced_ref)
			VALUES ($1, 'line', 'U1', 'p', 'เทศบาลตัวอย่าง', '@saphan', '\x00', '\x00', now(), 'ประกาศ')`, c.agency.ID)
		if err != nil {
			return err
		}
		if _, err := agencies.AddHoliday(ctx, tx, 0, c.now().AddDate(0, 0, 14), "วันหยุดตัวอย่าง", "มติคณะรัฐมนตรี"); err != nil {
			return err
		}
		_, err = agencies.Create(ctx, tx, agencies.Agency{Code: "OB", Name: "อบต.ทุ่งตัวอย่าง", Kind: "อบต.", Address: "ต.ทุ่ง จ.แพร่ตัวอย่าง"})
		return err
	})
	c.depart(t, "elderly-allowance", forms.Override{Off: true})
	c.catalog = c.library.Catalog()
	c.serve(t, c.logger())
	return c
}

// depart records what the agency does otherwise.
func (c *catalogue) depart(t *testing.T, key forms.Key, o forms.Override) forms.OverrideID {
	t.Helper()
	var id forms.OverrideID
	c.everywhere(t, func(ctx context.Context, tx pgx.Tx) (err error) {
		id, err = forms.Depart(ctx, tx, forms.Made{Override: o, Agency: int64(c.agency.ID), Form: key, Base: 1, At: c.now()})
		return err
	})
	c.refresh(t)
	return id
}

func (c *catalogue) refresh(t *testing.T) {
	t.Helper()
	if err := c.library.Refresh(t.Context()); err != nil {
		t.Fatal(err)
	}
}

// Whoever says what is needed finds the service and who offers it, in both languages.
func TestCatalogue(t *testing.T) {
	t.Parallel()
	c := newCatalogue(t)
	res, page := c.get(t, "/services/")
	holds(t, page, "บริการของหน่วยงานรัฐ", "เทศบาลตำบลตัวอย่าง", "อบต.ทุ่งตัวอย่าง", `href="/services/sn"`, "แจ้งปัญหา", `<link rel="canonical" href="https://saphan.example.go.th/services/">`)
	if res.Header.Get("X-Robots-Tag") != "" || !strings.HasPrefix(res.Header.Get("Cache-Control"), "public") {
		t.Errorf("the catalogue is not for everybody: %v", res.Header)
	}
	_, page = c.get(t, "/services/?q="+url.QueryEscape("ไฟถนนดับหน้าบ้าน"))
	holds(t, page, "บริการที่ตรงกับเรื่องของท่าน", "service=public-problem")
	hides(t, page, "service=building-permit")
	res, page = c.get(t, "/services/?q="+url.QueryEscape("สวัสดีชาวโลก<script>"))
	holds(t, page, "ยังไม่พบบริการ", "service=building-permit", "&lt;script&gt;")
	if res.Header.Get("X-Robots-Tag") != "noindex" {
		t.Error("what somebody looked for can be found by search engines")
	}
	_, page = c.get(t, "/services/?at="+url.QueryEscape("ทุ่งตัวอย่าง"))
	holds(t, page, "อบต.ทุ่งตัวอย่าง")
	hides(t, page, "เทศบาลตำบลตัวอย่าง")
	_, page = c.get(t, "/services/?q="+url.QueryEscape("ไฟถนนดับ")+"&at="+url.QueryEscape("ทุ่งตัวอย่าง"))
	holds(t, page, `href="/services/?service=public-problem&amp;at=`) // where is not asked again
	_, page = c.get(t, "/services/?province="+url.QueryEscape("แพร่ตัวอย่าง"))
	hides(t, page, "เทศบาลตำบลตัวอย่าง")
	_, page = c.get(t, "/services/?service=elderly-allowance")
	holds(t, page, `href="/services/ob/elderly-allowance"`)
	hides(t, page, `href="/services/sn/elderly-allowance"`)
	_, page = c.get(t, "/services/?lang=en")
	holds(t, page, `lang="en"`, "Public services", "Report a local problem")
	if res, _ = c.get(t, "/services"); res.StatusCode != http.StatusPermanentRedirect {
		t.Errorf("without its slash: %d", res.StatusCode)
	}
}

// Of 8,000 agencies a page shows some, and the next ones come after them, each once.
func TestCatalogueOfMany(t *testing.T) {
	t.Parallel()
	c := newCatalogue(t)
	c.everywhere(t, func(ctx context.Context, tx pgx.Tx) error {
		_, err := tx.Exec(ctx, `INSERT INTO agencies (code, name, kind) SELECT 'Z' || translate(to_char(n, 'FM00'), '0123456789', 'ABCDEFGHIJ'), 'เทศบาลลำดับที่ ' || to_char(n, 'FM00'), 'เทศบาล' FROM generate_series(1, 45) n`)
		return err
	})
	seen, path := map[string]bool{}, "/services/"
	for pages := 0; path != ""; pages++ {
		_, body := c.get(t, path, "Accept: application/json")
		var page struct {
			Agencies []struct{ Code string } `json:"agencies"`
			Found    int                     `json:"agencies_found"`
			Next     string                  `json:"next"`
		}
		if err := json.Unmarshal([]byte(body), &page); err != nil {
			t.Fatal(err, body)
		}
		if page.Found != 47 || pages > 3 {
			t.Fatalf("page %d of %d agencies", pages, page.Found)
		}
		for _, a := range page.Agencies {
			if seen[a.Code] {
				t.Errorf("%s stands there twice", a.Code)
			}
			seen[a.Code] = true
		}
		path = strings.TrimPrefix(page.Next, "https://saphan.example.go.th")
	}
	if len(seen) != 47 {
		t.Errorf("%d agencies", len(seen))
	}
}

// An agency's page says what it does, how long that takes and what it costs, where it is, when it works and how to write to it.
func TestAgencyPage(t *testing.T) {
	t.Parallel()
	c := newCatalogue(t)
	_, page := c.get(t, "/services/sn")
	holds(t, page, "เทศบาลตำบลตัวอย่าง", "30 วัน", "ไม่มีค่าใช้จ่าย", "เปิดอยู่ขณะนี้", "08:30–16:30", "99 หมู่ที่ 1", `href="tel:020000000"`, "วันหยุดตัวอย่าง",
		"@saphan", "https://line.me/R/ti/p/@saphan", `href="/services/sn/building-permit"`, "ยืนยันด้วยรหัสทางโทรศัพท์")
	hides(t, page, "elderly-allowance")
	c.set(2026, time.November, 22, 10, 0) // a Sunday
	_, page = c.get(t, "/services/sn")
	holds(t, page, "ปิดอยู่ เปิดอีกครั้ง 23 พ.ย. 2569")
	if res, _ := c.get(t, "/services/SN?lang=en"); res.StatusCode != http.StatusPermanentRedirect || res.Header.Get("Location") != "/services/sn?lang=en" {
		t.Errorf("capital letters: %d %s", res.StatusCode, res.Header.Get("Location"))
	}
	for path, says := range map[string]string{"/services/nobody": "ไม่พบหน่วยงานนี้", "/services/xx/question": "ไม่พบหน่วยงานนี้"} {
		res, page := c.get(t, path)
		if res.StatusCode != http.StatusNotFound {
			t.Errorf("%s: %d", path, res.StatusCode)
		}
		holds(t, page, says)
	}
}

// A service that the agency switched off, and one that nobody knows, end in a kind sentence and a way on.
func TestServiceNotOffered(t *testing.T) {
	t.Parallel()
	c := newCatalogue(t)
	res, page := c.get(t, "/services/sn/elderly-allowance")
	holds(t, page, "ไม่ได้เปิดบริการนี้ทางระบบ", `href="/services/?service=elderly-allowance"`, `href="/services/sn"`)
	if res.StatusCode != http.StatusNotFound || res.Header.Get("X-Robots-Tag") != "noindex" {
		t.Errorf("%d %v", res.StatusCode, res.Header)
	}
	if res, page = c.get(t, "/services/sn/no-such-thing"); res.StatusCode != http.StatusNotFound {
		t.Error(res.StatusCode)
	}
	holds(t, page, "ไม่พบบริการตามที่อยู่นี้")
	for _, path := range []string{"/services/sn/elderly-allowance.json", "/services/sn/elderly-allowance/manual.pdf", "/services/sn/elderly-allowance/card.png", "/services/sn/question?version=99"} {
		if res, _ := c.get(t, path); res.StatusCode != http.StatusNotFound {
			t.Errorf("%s: %d", path, res.StatusCode)
		}
	}
}

// One change, one place: a service added by a file alone is in the catalogue, has its manual, paper and card, and needs no
// restart.
func TestServiceAddedByAFile(t *testing.T) {
	t.Parallel()
	c := newCatalogue(t)
	if res, _ := c.get(t, "/services/sn/workshop"); res.StatusCode != http.StatusNotFound {
		t.Fatalf("before: %d", res.StatusCode)
	}
	raw, err := os.ReadFile("../forms/testdata/workshop.yaml")
	if err != nil {
		t.Fatal(err)
	}
	c.folder["workshop.yaml"] = &fstest.MapFile{Data: raw}
	c.refresh(t)
	f, ok := c.library.Catalog().Find("workshop")
	if !ok {
		t.Fatal("the library does not have it")
	}
	for _, path := range []string{"/services/", "/services/sn", "/services/sn/workshop"} {
		_, page := c.get(t, path)
		holds(t, page, f.Title.TH)
	}
	for path, kind := range map[string]string{"manual.pdf": "application/pdf", "card.png": "image/png"} {
		res, _ := c.get(t, "/services/sn/workshop/"+path)
		if res.StatusCode != http.StatusOK || res.Header.Get("Content-Type") != kind {
			t.Errorf("%s: %d %s", path, res.StatusCode, res.Header.Get("Content-Type"))
		}
	}
}

// Search engines find the catalogue and nothing that is somebody's own.
func TestSiteMap(t *testing.T) {
	t.Parallel()
	c := newCatalogue(t)
	_, robots := c.get(t, "/robots.txt")
	holds(t, robots, "Sitemap: https://saphan.example.go.th/sitemap.xml")
	_, index := c.get(t, "/sitemap.xml")
	holds(t, index, "<?xml", "<loc>https://saphan.example.go.th/sitemap-1.xml</loc>")
	_, part := c.get(t, "/sitemap-1.xml")
	holds(t, part, "<loc>https://saphan.example.go.th/services/sn/building-permit</loc>", "<loc>https://saphan.example.go.th/services/ob/elderly-allowance</loc>")
	hides(t, part, "/services/sn/elderly-allowance", "/track/", "/me")
	for _, path := range []string{"/sitemap-x.xml", "/sitemap-0.xml"} {
		if res, _ := c.get(t, path); res.StatusCode != http.StatusNotFound {
			t.Errorf("%s: %d", path, res.StatusCode)
		}
	}
	ticket := c.ticket(t)
	if res, _ := c.get(t, "/track/"+ticket.TrackToken); res.Header.Get("X-Robots-Tag") != "noindex" {
		t.Error("a case can be found by search engines")
	}
}

// The chat's pictures are where the chat says (bot: BASE_URL/drawings/NAME.png), and any page may show them.
func TestDrawings(t *testing.T) {
	t.Parallel()
	c := newCatalogue(t)
	res, body := c.get(t, "/drawings/camera.png")
	if res.StatusCode != http.StatusOK || res.Header.Get("Content-Type") != "image/png" || res.Header.Get("Cross-Origin-Resource-Policy") != "cross-origin" || !strings.HasPrefix(body, "\x89PNG") {
		t.Errorf("%d %v", res.StatusCode, res.Header)
	}
	for _, name := range []string{"no-such", "..%2fcamera", "CAMERA"} {
		if res, _ := c.get(t, "/drawings/"+name+".png"); res.StatusCode != http.StatusNotFound {
			t.Errorf("%s: %d", name, res.StatusCode)
		}
	}
}
