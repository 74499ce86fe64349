package portal_test

import (
	"cmp"
	"context"
	"net/http"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"

	"saphan/citizens"
)

// The pages of forms, also with what is said to who goes on without an answer.
func TestFormsInABrowser(t *testing.T) {
	t.Parallel()
	s := newFormStand(t)
	_, v := s.signedIn(t, citizens.Checked)
	pages := map[string]string{}
	for _, service := range []string{"public-problem", "workshop", "hazardous-business"} {
		pages[service+"-start"] = "/services/sn/" + service + "/form"
	}
	v.open("/services/sn/workshop/form").press("").is(http.StatusOK, "part=1")
	draft, _, _ := strings.Cut(v.at, "?")
	v.put("purpose", "renew", "born:year", "2480", "area", "250", "sells", "in").press("next")
	v.put("expires:day", "21", "expires:month", "11", "expires:year", "2569", "opens", "8.30", "guardian", "สมชาย ตัวอย่าง").press("next").is(http.StatusOK, "part=2")
	v.put("machines.1.kind", "saw").press("next").put("machines.1.power", "2").press("add machines").is(http.StatusOK, "part=2")
	pages["every-kind"], pages["things"], pages["review"], pages["drop"] = draft+"?part=1", draft+"?part=2", draft+"/review", draft+"/drop"
	mine := v.cookies().all["saphan-citizen"]
	others := map[string]string{}
	for name, service := range map[string]string{"problem": "public-problem", "hazardous": "hazardous-business"} {
		_, w := s.signedIn(t, citizens.Checked)
		w.begin(service)
		pages[name], others[name] = w.at, w.cookies().all["saphan-citizen"]
	}
	g := openGallery(t, s.server.URL, "form", "a.b,button,.logo,summary,.choice,input:not([type=hidden],[type=radio],[type=checkbox]),select,textarea")
	for name, page := range pages {
		for _, as := range lights {
			var before func(step context.Context) string
			if others[name] != "" && as.width < 1280 { // what is said to who goes on without an answer
				before = func(step context.Context) string {
					must(t, chromedp.Do(step, chromedp.Click(chromedp.CSS(".acts button[value=next]")), chromedp.WaitVisible(chromedp.CSS("#faults"))))
					return "-faults"
				}
			}
			g.look(name, page, "saphan-citizen="+cmp.Or(others[name], mine), as, before)
		}
	}
}
