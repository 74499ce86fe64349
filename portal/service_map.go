package portal

import (
	"bytes"
	"context"
	"encoding/xml"
	"fmt"
	"net/http"
	"strconv"
	"strings"

	"github.com/go-chi/chi/v5"
	"github.com/jackc/pgx/v5"

	"saphan/agencies"
	"saphan/internal/fault"
)

// mapAgencies is how many agencies one part of the site map holds; with all their services they stay below the 50,000
// addresses that a part may have.
const mapAgencies = 1000

// mapEntry is an address in a site map (sitemaps.org).
type mapEntry struct {
	Loc string `xml:"loc"`
}

// siteMap lists the parts of the site map, for search engines.
func (p *Portal) siteMap(r *http.Request) (reply, error) {
	var all int
	err := p.read(r.Context(), func(ctx context.Context, tx pgx.Tx) (err error) {
		_, all, err = agencies.Seek(ctx, tx, agencies.Search{})
		return err
	})
	if err != nil {
		return nil, err
	}
	index := struct {
		XMLName xml.Name   `xml:"http://www.sitemaps.org/schemas/sitemap/0.9 sitemapindex"`
		Parts   []mapEntry `xml:"sitemap"`
	}{}
	for n := range max(1, (all+mapAgencies-1)/mapAgencies) {
		index.Parts = append(index.Parts, mapEntry{fmt.Sprintf("%s/sitemap-%d.xml", p.base, n+1)})
	}
	return mapped{index}, nil
}

// siteMapPart lists the pages of some agencies.
func (p *Portal) siteMapPart(r *http.Request) (reply, error) {
	n, err := strconv.Atoi(chi.URLParam(r, "part"))
	if err != nil || n < 1 || n > 1000 {
		return nil, fault.New(fault.NotFound, "ไม่มีหน้านี้")
	}
	var found []agencies.Agency
	err = p.read(r.Context(), func(ctx context.Context, tx pgx.Tx) (err error) {
		found, err = agencies.Some(ctx, tx, (n-1)*mapAgencies, mapAgencies)
		return err
	})
	if err != nil {
		return nil, err
	}
	part := struct {
		XMLName xml.Name   `xml:"http://www.sitemaps.org/schemas/sitemap/0.9 urlset"`
		Pages   []mapEntry `xml:"url"`
	}{}
	if n == 1 {
		part.Pages = append(part.Pages, mapEntry{p.base + "/"}, mapEntry{p.base + "/services/"})
	}
	for _, a := range found {
		part.Pages = append(part.Pages, mapEntry{p.base + agencyPath(a)})
		if p.catalog == nil {
			continue
		}
		for _, f := range p.catalog.Agency(int64(a.ID)).List() {
			part.Pages = append(part.Pages, mapEntry{p.base + manualPath(a, f.Key)})
		}
	}
	return mapped{part}, nil
}

// mapped is a site map.
type mapped struct{ data any }

func (m mapped) write(w http.ResponseWriter, r *http.Request, _ *Portal) error {
	raw, err := xml.Marshal(m.data)
	if err != nil {
		return fmt.Errorf("write the site map: %w", err)
	}
	body := bytes.Join([][]byte{[]byte(strings.TrimSpace(xml.Header)), raw}, []byte("\n"))
	return sent(w, r, "application/xml; charset=utf-8", 0, body)
}
