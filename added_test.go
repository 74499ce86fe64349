package main

import (
	"bytes"
	"errors"
	"fmt"
	"image/png"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/net/html"

	"saphan/internal/tool"
)

// A service is one file: put into the folder of a running program it can be asked for in the chat and on a page, has
// its manual as a page, as a PDF and as a card, and comes into the inbox (LFA-7, SEED-16). The file is the example
// of docs/services.md as it stands there.
func TestServiceAddedAtRunTime(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	tw, r := openTownWith(t, dataFolder(t), map[string]string{"FORMS_DIR": folder})
	t.Cleanup(func() { r.end(t) })
	at := tw.services(t) + "/tent-loan"
	if status, _, _ := tw.fetch(t, tw.base+at); status != http.StatusNotFound {
		t.Fatalf("before there is a file, its manual answers %d", status)
	}
	keepFile(t, folder, "tent-loan.yaml", exampleService(t))
	eventually(t, "the manual of the service", func() error {
		if status, _, _ := tw.fetch(t, tw.base+at); status != http.StatusOK {
			return fmt.Errorf("status %d", status)
		}
		return nil
	})
	for name, look := range map[string]func(t *testing.T, tw *town, at string){
		"manual": addedManual, "chat": addedChat, "page": addedPage, "chat and page": addedBoth,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			look(t, tw, at)
		})
	}
}

// exampleService is the service file that docs/services.md shows.
func exampleService(t *testing.T) string {
	t.Helper()
	raw, err := os.ReadFile("docs/services.md")
	if err != nil {
		t.Fatal(err)
	}
	_, after, found := strings.Cut(string(raw), "```yaml\n")
	text, _, ends := strings.Cut(after, "```\n")
	if !found || !ends || !strings.Contains(text, "\nkey: tent-loan\n") {
		t.Fatal("docs/services.md has no example of a service any more")
	}
	return text
}

// services is the address of what the demo town offers.
func (tw *town) services(t *testing.T) string {
	t.Helper()
	for _, who := range tw.creds.Officers {
		if who.Email == worksOfficer {
			return "/services/" + strings.ToLower(who.Agency)
		}
	}
	t.Fatal("the demo has no such officer")
	return ""
}

// What the file says of steps, fee, time and law is on the page, in the PDF and on the card.
func addedManual(t *testing.T, tw *town, at string) {
	page := tw.page(t, tw.base+at)
	told := []string{"ขอยืมเต็นท์และเก้าอี้", "ตรวจทะเบียนพัสดุ", "เจ้าหน้าที่พัสดุ", "ระเบียบเทศบาลว่าด้วยการให้ยืมพัสดุ", "นายกเทศมนตรี"}
	for _, words := range append(slices.Clone(told), "ประกาศเทศบาลตัวอย่าง พ.ศ. 2569") {
		if !strings.Contains(page, words) {
			t.Errorf("the manual does not say “%s”", words)
		}
	}
	if list := tw.page(t, tw.base+filepath.Dir(at)); !strings.Contains(list, "ขอยืมเต็นท์และเก้าอี้") {
		t.Error("the list of services does not have it")
	}
	_, _, pdf := tw.fetch(t, tw.base+at+"/manual.pdf")
	text := tool.Tight(tool.Text(t, pdf, "-layout"))
	for _, words := range told {
		if !strings.Contains(text, tool.Tight(words)) {
			t.Errorf("the manual's PDF does not say “%s”", words)
		}
	}
	_, _, card := tw.fetch(t, tw.base+at+"/card.png")
	picture, err := png.DecodeConfig(bytes.NewReader(card))
	if err != nil || picture.Width != 1040 {
		t.Errorf("the step card: %+v, %v", picture, err)
	}
}

// asksForTents says in a citizen's own words what they want, and that they were understood. A word of a new service is
// learnt within seconds, beside the work; who comes before that is offered the menu and asks again.
func (c *citizen) asksForTents() {
	c.t.Helper()
	c.opens()
	var b bubble
	eventually(c.t, "the new service is understood", func() error {
		b = c.answered(func() { c.says("ขอยืมเต็นท์งานศพค่ะ") })
		if !b.has(spoken("guess.one")) || !b.has("ขอยืมเต็นท์และเก้าอี้") {
			return fmt.Errorf("the answer is %v", b)
		}
		return nil
	})
	c.answered(func() { c.tapsOn(b, spoken("service.start")) })
}

// A citizen asks for it in their own words, and it comes into the inbox.
func addedChat(t *testing.T, tw *town, _ string) {
	c := tw.newCitizen(t, "บุญมี", "งานศพ")
	c.asksForTents()
	receipt := c.follows(spoken("receipt.label"))
	tw.lends(t, receipt.after(spoken("receipt.label")), "สมชาย ตัวอย่าง") // the example that is offered
}

// lends finds the request in the inbox, with what it says.
func (tw *town) lends(t *testing.T, number string, more ...string) {
	t.Helper()
	head := tw.officer(t, worksOfficer)
	p := head.ticket(t, head.finds(t, number))
	for _, words := range append(more, number, "ขอยืมเต็นท์และเก้าอี้", "งานศพ") {
		if !p.has(words) {
			t.Errorf("the case does not show “%s”: %s", words, p.text())
		}
	}
}

// visitor is somebody with a browser without JavaScript, whom nobody knows.
func (tw *town) visitor(t *testing.T) *officer {
	t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	return &officer{tw: tw, client: &http.Client{Timeout: followsWithin, Jar: jar, Transport: tw.client.Transport}}
}

// tents is what somebody fills in on the pages of the example, by the names of its boxes.
func tents(name string) map[string]string {
	day := time.Now().AddDate(0, 0, 20)
	return map[string]string{
		"f.event": "funeral", "f.from_day:day": fmt.Sprint(day.Day()), "f.from_day:month": fmt.Sprint(int(day.Month())),
		"f.from_day:year": fmt.Sprint(day.Year() + 543), "f.tents": "๓", "f.place": "ลานวัดตัวอย่าง หมู่ 4", "f.name": name,
	}
}

// fillsIn fills in page after page until the request is sent, and returns the page on which its number stands.
func (p *screen) fillsIn(t *testing.T, says map[string]string) *screen {
	t.Helper()
	for range 20 {
		switch {
		case strings.HasPrefix(p.address.Path, "/track/"):
			return p
		case strings.HasSuffix(p.address.Path, "/sent"): // the page reads itself again until there is a number
			eventually(t, "the number of the request", func() error {
				if p = p.o.open(t, p.address.RequestURI()).must(t); strings.HasSuffix(p.address.Path, "/sent") {
					return errors.New("none yet")
				}
				return nil
			})
		case p.form("/send") != nil:
			p = p.form("/send").send(t).must(t)
		case p.startForm() != nil:
			p = p.startForm().send(t).must(t)
		default:
			p = p.nextPart(t, says)
		}
	}
	t.Fatalf("after 20 pages the request is not sent: %s %s", p.address.Path, p.text())
	return nil
}

// startForm is the button under the privacy notice.
func (p *screen) startForm() *form {
	f := p.form("/form")
	if f == nil || !f.names["start"] {
		return nil
	}
	f.values.Set("start", "1")
	return f
}

// nextPart fills in a page of questions and goes on.
func (p *screen) nextPart(t *testing.T, says map[string]string) *screen {
	t.Helper()
	f := p.dataForm()
	if f == nil {
		t.Fatalf("%s leads nowhere: %s", p.address.Path, p.text())
	}
	for name := range f.names {
		if value, ok := says[name]; ok {
			f.values.Set(name, value)
		}
	}
	f.values.Set("do", "next")
	before := p.address.String()
	q := f.send(t).must(t)
	if q.address.String() == before {
		t.Fatalf("%s is asked again: %s", before, q.text())
	}
	return q
}

// dataForm is the form with questions of a page.
func (p *screen) dataForm() *form {
	for _, n := range p.all("form") {
		if !hasAttr(n, "data-form") {
			continue
		}
		action := attr(n, "action")
		f := &form{p: p, action: action, values: url.Values{}, names: map[string]bool{}}
		f.read(n)
		for _, s := range descendants(n, "select") {
			name := attr(s, "name")
			f.names[name] = true
			for _, o := range descendants(s, "option") {
				if hasAttr(o, "selected") {
					f.values.Set(name, attr(o, "value"))
				}
			}
		}
		return f
	}
	return nil
}

func descendants(root *html.Node, kind string) (all []*html.Node) {
	for n := range root.Descendants() {
		if n.Type == html.ElementNode && n.Data == kind {
			all = append(all, n)
		}
	}
	return all
}

// Somebody whom nobody knows files it on the pages alone.
func addedPage(t *testing.T, tw *town, at string) {
	p := tw.visitor(t).open(t, at+"/form").must(t).fillsIn(t, tents("มานี ตัวอย่าง"))
	tw.lends(t, numberOn(t, tw, p), "มานี ตัวอย่าง", "ลานวัดตัวอย่าง หมู่ 4")
	_, _, receipt := tw.fetch(t, tw.base+p.address.Path+"/receipt.pdf")
	if text := tool.Tight(tool.Text(t, receipt, "-layout")); !strings.Contains(text, "ยื่นทางเว็บไซต์") {
		t.Errorf("the receipt does not say that it was filed on a page: %s", text)
	}
}

// numberOn is the number of the case that a tracking page shows.
func numberOn(t *testing.T, tw *town, p *screen) string {
	t.Helper()
	var number string
	token := filepath.Base(p.address.Path)
	if err := tw.sql(t).QueryRow(t.Context(), `SELECT number FROM tickets WHERE track_token = $1`, token).Scan(&number); err != nil {
		t.Fatal(err)
	}
	if !p.has(number) {
		t.Errorf("the page after sending does not show %s: %s", number, p.text())
	}
	return number
}

// Somebody begins in the chat, goes on with a page, and has the receipt in the chat. What was said there is here.
func addedBoth(t *testing.T, tw *town, at string) {
	c := tw.newCitizen(t, "สมหมาย", "งานศพ")
	c.asksForTents()
	c.sees("ยืมตั้งแต่วันไหนคะ")
	card := c.answered(func() { c.says(spoken("choice.web")) })
	link := card.link(spoken("choice.web"))
	if !strings.HasPrefix(link, tw.base+"/me/in/") {
		t.Fatalf("the chat answers: %v %+v", card, card.Buttons)
	}
	visitor := tw.visitor(t)
	p := visitor.open(t, strings.TrimPrefix(link, tw.base)).must(t)
	in := p.form(strings.TrimPrefix(link, tw.base))
	if in == nil {
		t.Fatalf("the link opens: %s", p.text())
	}
	p = in.send(t).must(t)
	if !strings.HasPrefix(p.address.Path, at+"/form/") {
		t.Fatalf("the link leads to %s: %s", p.address, p.text())
	}
	says := tents("สมหมาย ตัวอย่าง")
	delete(says, "f.event") // was said in the chat
	done := p.fillsIn(t, says)
	receipt := c.sees(spoken("receipt.label"))
	if got, want := receipt.after(spoken("receipt.label")), numberOn(t, tw, done); got != want {
		t.Errorf("the receipt in the chat says %s, the page %s", got, want)
	}
	tw.lends(t, receipt.after(spoken("receipt.label")), "สมหมาย ตัวอย่าง")
}
