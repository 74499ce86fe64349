package portal_test

import (
	"context"
	"encoding/json"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/chromedp"
	"github.com/jackc/pgx/v5"

	"saphan/citizens"
	"saphan/forms"
	"saphan/tickets"
)

// garage are the answers of who has a garage and washes cars, too.
var garage = map[string]string{
	"purpose": "new", "filed_by": "self", "applicant_kind": "person", "title": "นาง", "name": "สมหญิง ตัวอย่าง", "nationality": "ไทย", "national_id": "1-2345-45678-78-1",
	"birth_date:day": "5", "birth_date:month": "3", "birth_date:year": "2530", "phone": "081 234 5678", "home_address": "99/1 หมู่ 4 ต.ตัวอย่าง อ.เมือง จ.ตัวอย่าง 10000",
	"activities.1.business_group": "vehicles", "activities.1.activity": "vehicle_repair", "activities.2.business_group": "vehicles", "activities.2.activity": "vehicle_wash",
	"premises_name": "ตัวอย่างการช่าง", "premises_address": "12 ซอยตัวอย่าง 4 ต.ตัวอย่าง อ.เมือง จ.ตัวอย่าง 10000", "premises_location": "ตรงข้ามโรงเรียนตัวอย่าง",
	"premises_location:at": "13.756300, 100.501800", "area": "120", "horsepower": "2.5", "workers": "3", "premises_held": "rent",
}

// fillPage puts answers into the boxes of the page that are empty, as typing and tapping does, and returns the inputs for
// files that have none yet.
const fillPage = `((answers) => {
	for (const [name, value] of Object.entries(answers)) {
		for (const box of document.getElementsByName("f." + name)) {
			const picked = box.type === "radio" || box.type === "checkbox";
			if (picked ? box.value !== value || box.checked : box.value !== "") continue;
			if (picked) box.click(); else { box.value = value; box.dispatchEvent(new Event("input", { bubbles: true })); box.dispatchEvent(new Event("change", { bubbles: true })); }
		}
	}
	return JSON.stringify([...document.querySelectorAll("input[type=file]")].filter((i) => !i.closest(".upload").querySelector(".uploads li")).map((i) => i.name));
})`

// goOn presses a button of the form and waits for the page that it leads to.
func (b viewer) goOn(button string) {
	b.t.Helper()
	b.do("press "+button, chromedp.Evaluate[chromedp.Void](`void (document.documentElement.dataset.old = "1")`), chromedp.Click(chromedp.CSS(`button:not(.sr)[value="`+button+`"]`)))
	b.until("the page after "+button, `!document.documentElement.dataset.old && document.readyState === "complete" && document.querySelector("h1")`)
}

// fillsIn puts the answers into the page that is open, with a photo wherever a file is wanted, and waits until it is saved.
func (b viewer) fillsIn(answers map[string]string) {
	b.t.Helper()
	raw, err := json.Marshal(answers)
	must(b.t, err)
	var wanted []string
	must(b.t, json.Unmarshal([]byte(b.ask(fillPage+"("+string(raw)+")")), &wanted))
	for _, name := range wanted {
		b.do("choose a file for "+name, chromedp.SetUploadFiles(chromedp.CSS(`[name="`+name+`"]`), []string{onDisk(b.t, "ภาพ.png", []byte(photo(b.t)))}))
		b.until("that it is sent", `document.getElementsByName("`+name+`")[0].closest(".upload").querySelector("li[data-state=done]")`)
	}
}

// A licence for a garage is asked for in a browser, from the notice to the number: a second business of the group, photos
// and a lease, the fee of both by the highest in full and the other by half, and the ticket that comes of it.
func TestHazardousBusinessInABrowser(t *testing.T) {
	t.Parallel()
	s := newFormStand(t)
	citizen, v := s.signedIn(t, citizens.Checked)
	b := openViewer(t)
	_, err := chromedp.Call(b.ctx, network.SetCookie, network.SetCookieParams{Name: "saphan-citizen", Value: v.cookies().all["saphan-citizen"], URL: s.server.URL})
	must(t, err)
	b.do("open", chromedp.EmulateViewport(390, 844, chromedp.EmulateScale(2), chromedp.EmulateMobile), chromedp.Navigate(s.server.URL+"/services/sn/hazardous-business/form"),
		chromedp.Click(chromedp.CSS("button[name=start]")), chromedp.WaitVisible(chromedp.CSS("[data-form]")))
	second := false
	for range 20 {
		if strings.HasSuffix(b.ask("location.pathname"), "/review") {
			break
		}
		b.fillsIn(garage)
		if first := b.ask(`document.querySelector('[name="f.activities.1.activity"]')?.value`); first == "vehicle_repair" && !second {
			second = true
			b.goOn("add activities")
			continue
		}
		b.goOn("next")
		if wrong := b.ask(`document.querySelector("#faults")?.innerText || ""`); wrong != "" {
			t.Fatalf("%s: %s", b.ask("document.title"), wrong)
		}
	}
	said := b.ask("document.body.innerText")
	for _, want := range []string{"กิจการที่ 1", "กิจการที่ 2", "ตัวอย่างการช่าง", "5 มีนาคม 2530", "ภาพ.png", "30 วัน"} {
		if !strings.Contains(said, want) {
			t.Errorf("the summary lacks %q", want)
		}
	}
	if fee := b.ask(`document.querySelector("#cost").parentElement.innerText`); !strings.Contains(fee, "500 บาท") || !strings.Contains(fee, "250 บาท") || !strings.Contains(fee, "750 บาท") {
		t.Errorf("the fee is said as %s", fee)
	}
	b.accessible("summary")
	b.do("send", chromedp.Click(chromedp.CSS(".send button.p")), chromedp.WaitVisible(chromedp.CSS("[data-sent]")))
	s.route(t)
	b.until("the number", `location.pathname.startsWith("/track/") && document.body.innerText.includes("SN-2569-000001")`)
	s.everywhere(t, func(ctx context.Context, tx pgx.Tx) error {
		all, err := tickets.OfCitizens(ctx, tx, []int64{int64(citizen)}, 10)
		if err != nil {
			return err
		}
		var found []string
		for _, of := range all {
			for _, one := range of {
				found = append(found, one.Number)
				request, err := tickets.FindRequest(ctx, tx, one.RequestID)
				if err != nil {
					return err
				}
				for field, want := range map[string]string{"activities.1.activity": "vehicle_repair", "activities.2.activity": "vehicle_wash"} {
					if a, _ := forms.Find(request.Answers, field); a.Picked() != want {
						t.Errorf("the ticket says %s: %q", field, a.Picked())
					}
				}
			}
		}
		if len(found) != 1 || found[0] != "SN-2569-000001" {
			t.Errorf("the tickets of the person are %v", found)
		}
		return nil
	})
}
