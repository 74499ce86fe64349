package portal_test

import (
	"io"
	"net/http"
	"strings"
	"testing"
)

// The catalogue and manuals, with all that is folded opened on one of the telephones.
func TestServicesInABrowser(t *testing.T) {
	t.Parallel()
	s := newCatalogue(t)
	g := openGallery(t, s.server.URL, "services", "a.b,button,input:not([type=hidden]),select,.logo,.tile,.rows a,.ways-on a,.crumbs a,summary")
	for name, path := range map[string]string{
		"front": "/", "all": "/services/", "sought": "/services/?q=" + "ไฟถนนดับ" + "&at=ตัวอย่าง", "chosen": "/services/?service=food-premises", "agency": "/services/sn",
		"hazardous": "/services/sn/hazardous-business", "building": "/services/sn/building-permit", "problem": "/services/sn/public-problem", "none": "/services/sn/elderly-allowance",
	} {
		for _, as := range lights {
			before := unfold(t)
			if as.width != 390 {
				before = nil
			}
			g.look(name, path, "", as, before)
		}
	}
}

// The heaviest page with its style sheet is below 150 KB over the wire.
func TestServicesAreLight(t *testing.T) {
	t.Parallel()
	s := newCatalogue(t)
	_, page := s.get(t, "/services/sn/hazardous-business")
	paths := []string{"/services/sn/hazardous-business"}
	for i, rest := range strings.Split(page, `rel="stylesheet" href="`) {
		if sheet, _, _ := strings.Cut(rest, `"`); i > 0 {
			paths = append(paths, sheet)
		}
	}
	total := int64(0)
	for _, path := range paths {
		req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, s.server.URL+path, nil)
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set("Accept-Encoding", "gzip")
		res, err := (&http.Transport{DisableCompression: true}).RoundTrip(req)
		if err != nil {
			t.Fatal(err)
		}
		n, err := io.Copy(io.Discard, res.Body)
		if err == nil {
			err = res.Body.Close()
		}
		if err != nil || res.StatusCode != http.StatusOK {
			t.Fatal(path, res.StatusCode, err)
		}
		t.Logf("%s: %d bytes, %s", path, n, res.Header.Get("Content-Encoding"))
		if res.Header.Get("Content-Encoding") != "gzip" {
			t.Errorf("%s is not packed", path)
		}
		total += n
	}
	if total > 150_000 {
		t.Errorf("%d bytes", total)
	}
}
