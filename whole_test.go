package main

import (
	"bytes"
	"errors"
	"io/fs"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"saphan/internal/thai"
)

// The officers of the demo town who deal with the two services.
const (
	worksOfficer   = "works@town.example"
	permitsOfficer = "permits@town.example"
	headOfficer    = "head@town.example" // signs in by browser only
)

// The whole way, from a citizen's first message to the decision in the chat, over HTTP and in a
// browser. Everything runs from one command; each test is a citizen of its own.
func TestWholeWay(t *testing.T) {
	t.Parallel()
	tw := startTown(t, dataFolder(t))
	for name, way := range map[string]func(*testing.T, *town){
		"menu": menuWay, "problem": problemWay, "permit": permitWay, "refusal": refusalWay, "missing document": missingWay,
		"unsend": unsendWay, "human": humanWay, "browser": browserWay, "clumsy": clumsyWay,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			way(t, tw)
		})
	}
}

// filesRequest lets a citizen who has never written before follow a service to its receipt, and
// returns the number of the ticket with the receipt.
func (c *citizen) filesRequest() (number string, receipt bubble) {
	c.t.Helper()
	c.opens()
	receipt = c.follows(spoken("receipt.label"))
	number = receipt.after(spoken("receipt.label"))
	if number == "" {
		c.t.Fatalf("the receipt has no number: %v", receipt)
	}
	return number, receipt
}

// A report of a broken street light (SVC-5): receipt with both times (EGA-10.1), a word from the
// officer, a word back, the result.
func problemWay(t *testing.T, tw *town) {
	c := tw.newCitizen(t, "นภา", "💡 ไฟถนนดับ")
	number, receipt := c.filesRequest()
	works := tw.officer(t, worksOfficer)
	id := works.finds(t, number)

	// Both times, as the database has them, on the receipt, in the inbox and on the tracking page.
	var entered, deemed, due time.Time
	var track string
	err := tw.sql(t).QueryRow(t.Context(), `SELECT entered_at, deemed_received_at, due_at, track_token FROM tickets WHERE id = $1`, id).
		Scan(&entered, &deemed, &due, &track)
	if err != nil {
		t.Fatal(err)
	}
	if got, want := receipt.after(spoken("receipt.entered")), thai.DateTime(entered); got != want {
		t.Errorf("the receipt says it entered the system at %q, want %q (EGA-10.1)", got, want)
	}
	if time.Since(entered) > followsWithin || deemed.Before(entered) || !due.After(deemed) {
		t.Errorf("entered %v, deemed received %v, due %v", entered, deemed, due)
	}
	want := ""
	if deemed.After(entered) {
		want = thai.DateTime(deemed)
	}
	if got := receipt.after(spoken("receipt.deemed")); got != want {
		t.Errorf("the receipt says it is deemed received at %q, want %q (EGA-10.2)", got, want)
	}
	if got, want := receipt.after(spoken("receipt.due")), thai.Date(due); got != want {
		t.Errorf("the receipt promises %q, want %q", got, want)
	}
	address := receipt.link(spoken("choice.track_this"))
	if address != tw.base+"/track/"+track {
		t.Errorf("the receipt leads to %s", address)
	}
	if p := tw.page(t, address); !strings.Contains(p, number) || !strings.Contains(p, thai.DateTime(entered)) {
		t.Error("the tracking page does not show the case and when it came")
	}

	// The officer sees what was said and what was sent, and answers.
	p := works.ticket(t, id)
	for _, words := range []string{number, "ไฟถนนดับ", c.name, "ไฟดับมา 3 คืนแล้ว", thai.DateTime(entered), thai.DateTime(deemed)} {
		if !p.has(words) {
			t.Errorf("the ticket's page does not show “%s”", words)
		}
	}
	photo := oneFile(t, p)
	if err := cleaned(t, works.original(t, photo), c.photo, "a photo of นภา"); err != nil {
		t.Errorf("the officer opens: %v", err)
	}
	nothingPlain(t, tw, "a photo of นภา")
	works.does(t, id, "take")
	works.does(t, id, "reply", "text", "คืนนี้ช่างจะเข้าไปดู เสาอยู่ฝั่งไหนของถนนครับ")
	c.sees("คืนนี้ช่างจะเข้าไปดู เสาอยู่ฝั่งไหนของถนนครับ")
	c.says("ฝั่งซ้ายมือ หน้าร้านขายยาค่ะ")
	works.sees(t, id, "ฝั่งซ้ายมือ หน้าร้านขายยาค่ะ")
	works.sees(t, id, "ส่งแล้ว")

	// The result brings a photo of what was done, reaches the chat, and the case is closed.
	done := works.fills(t, id, "approve", "reason", "เปลี่ยนหลอดไฟต้นที่ 14 แล้ว", "crew", "ช่างไฟฟ้า ชุด 2", "worked_on", time.Now().In(thai.Bangkok()).Format(time.DateOnly))
	done.bring(t, "photos", markedPhoto(t, "the lamp after")).send(t).must(t)
	nothingPlain(t, tw, "the lamp after")
	result := c.sees(spoken("decision.done"))
	if !result.has("เปลี่ยนหลอดไฟต้นที่ 14 แล้ว") || !result.has(number) {
		t.Errorf("the result card: %v", result)
	}
	p = works.ticket(t, id)
	if p.form("/reply") == nil && p.form("/approve") != nil {
		t.Error("a decided ticket can be decided again")
	}
	if !p.has("ช่างไฟฟ้า ชุด 2") || len(p.files()) < 2 { // and the letter, once it is kept
		t.Errorf("the ticket does not show who did the work, with %v: %s", p.files(), p.text())
	}
	created := tw.delivered(t, id, "ticket.created")
	if created.Body.Data.Ticket.Number != number || created.Body.Data.Ticket.Service != "public-problem" {
		t.Errorf("the agency's system heard of %+v", created.Body.Data.Ticket)
	}
	tw.delivered(t, id, "ticket.message")
	if d := tw.delivered(t, id, "ticket.decided"); d.Body.Data.Decision.Outcome != "approve" {
		t.Errorf("the agency's system heard of %+v", d.Body.Data.Decision)
	}
}

// nationalID is the example of the form, which a citizen who follows types as it is.
const nationalID = "1-2345-45678-78-1"

// permitPath is the holder's link: base, number and token.
var permitPath = regexp.MustCompile(`^(.*)/p/([^?]+)\?k=(.+)$`)

// A licence (SVC-1): documents, approval, a permit that anyone can check and only its holder can
// fetch (EGA-13, EGA-14).
func permitWay(t *testing.T, tw *town) {
	c := tw.newCitizen(t, "กานดา", "🏭 ใบอนุญาตกิจการ", "เช่า", unpriced)
	number, receipt := c.filesRequest()
	officer := tw.officer(t, permitsOfficer)
	id := officer.finds(t, number)
	p := officer.ticket(t, id)
	if n := len(p.files()); n < 3 || !receipt.has(spoken("count.files", "n", "4")) {
		t.Errorf("%d documents in the inbox; the receipt: %v", n, receipt)
	}
	if p.form("/take") == nil {
		t.Fatalf("ticket %d cannot be taken: %s", id, p.text())
	}
	officer.does(t, id, "take")
	officer.does(t, id, "approve", "conditions", "เปิดได้ไม่เกิน 20.00 น.")
	card := c.sees(spoken("decision.granted"))
	link := permitPath.FindStringSubmatch(card.link(spoken("choice.permit")))
	if link == nil || link[1] != tw.base || card.after(spoken("decision.permit")) != link[2] {
		t.Fatalf("the permit's card: %v %+v", card, card.Buttons)
	}
	permit, token := link[2], link[3]

	// Anyone may check it, with the national number masked; the holder sees it whole.
	public := tw.page(t, tw.base+"/p/"+permit)
	if !strings.Contains(public, permit) || strings.Contains(public, nationalID) || strings.Contains(public, "081 234 5678") {
		t.Error("the public page must show the permit without the holder's numbers")
	}
	if held := tw.page(t, link[0]); !strings.Contains(held, nationalID) || !strings.Contains(held, "เปิดได้ไม่เกิน 20.00 น.") && !strings.Contains(public, permit) {
		t.Error("the holder's page lacks what stands on the permit")
	}
	document := tw.base + "/p/" + permit + "/document"
	if status, _, _ := tw.fetch(t, document); status != http.StatusForbidden {
		t.Errorf("the document without a token: status %d", status)
	}
	status, header, pdf := tw.fetch(t, document+"?k="+token)
	if status != http.StatusOK || header.Get("Content-Type") != "application/pdf" || !bytes.HasPrefix(pdf, []byte("%PDF-")) {
		t.Errorf("the document: status %d, %s, %.20q", status, header.Get("Content-Type"), pdf)
	}
	if card.Via == "" || len(slices.DeleteFunc(c.answers(), func(b bubble) bool { return !b.has(permit) })) != 1 {
		t.Error("the permit came more than once")
	}

	// The agency's system heard everything, signed, once.
	issued := tw.delivered(t, id, "permit.issued")
	if issued.Body.Data.Permit.Number != permit {
		t.Errorf("the agency's system heard of permit %s", issued.Body.Data.Permit.Number)
	}
	kinds := map[string]int{}
	for _, d := range tw.deliveries(t, id) {
		kinds[d.Type]++
	}
	for _, kind := range []string{"ticket.created", "ticket.decided", "permit.issued"} {
		if kinds[kind] != 1 {
			t.Errorf("%d events %s", kinds[kind], kind)
		}
	}
}

// A refusal carries reason, law and where to appeal (LFA-11.1).
func refusalWay(t *testing.T, tw *town) {
	c := tw.newCitizen(t, "ปรีชา", "🏭 ใบอนุญาตกิจการ")
	number, _ := c.filesRequest()
	officer := tw.officer(t, permitsOfficer)
	id := officer.finds(t, number)
	officer.does(t, id, "take")
	refused := officer.does(t, id, "refuse", "picked", "zoning", "facts", "ที่ตั้งอยู่ในเขตที่อยู่อาศัยหนาแน่น")
	if !refused.has("ไม่อนุมัติ") {
		t.Errorf("after the refusal the officer sees: %s", refused.text())
	}
	card := c.sees(spoken("decision.refused"))
	for _, words := range []string{number, "ที่ตั้งอยู่ในเขตที่อยู่อาศัยหนาแน่น", "ผังเมือง", "อุทธรณ์"} {
		if !card.has(words) {
			t.Errorf("the refusal does not say “%s”: %v", words, card)
		}
	}
	if card.link(spoken("choice.permit")) != "" {
		t.Error("a refusal leads to a permit")
	}
	if d := tw.delivered(t, id, "ticket.decided"); d.Body.Data.Decision.Outcome != "refuse" {
		t.Errorf("the agency's system heard of %+v", d.Body.Data.Decision)
	}
	var permits int
	if err := tw.sql(t).QueryRow(t.Context(), `SELECT count(*) FROM permits WHERE ticket_id = $1`, id).Scan(&permits); err != nil || permits != 0 {
		t.Errorf("%d permits, %v", permits, err)
	}
}

// A missing document is asked for in one list with one date (LFA-8.1), and what the citizen sends
// is in the ticket.
func missingWay(t *testing.T, tw *town) {
	c := tw.newCitizen(t, "วาสนา", "🛣️ ถนน ทางเท้า")
	number, _ := c.filesRequest()
	works := tw.officer(t, worksOfficer)
	id := works.finds(t, number)
	works.does(t, id, "take")
	works.does(t, id, "ask", "suggested", "รูปถ่าย")
	card := c.sees(spoken("wantcard.title", "n", "1"))
	if !card.has("รูปถ่าย") || card.after(spoken("wantcard.due")) == "" {
		t.Errorf("the card: %v", card)
	}
	c.photo = markedPhoto(t, "the wanted photo")
	if got := c.answered(func() { c.tapsOn(card, spoken("choice.camera")) }); !got.has("รูปถ่าย") {
		t.Errorf("the answer: %v", got)
	}
	p := works.sees(t, id, "ได้รับ")
	found := slices.ContainsFunc(p.files(), func(path string) bool { return cleaned(t, works.original(t, path), c.photo, "the wanted photo") == nil })
	if !found {
		t.Errorf("none of %v is the photo", p.files())
	}
	nothingPlain(t, tw, "the wanted photo")
	tw.delivered(t, id, "ticket.document")
	// A second ask is refused (LFA-8.2).
	again := works.open(t, "/admin/tickets/"+lastOf(p.address.Path)+"/ask")
	if f := again.form("/ask"); f != nil {
		t.Errorf("an officer may ask a second time: %s", again.text())
	}
}

// What a citizen takes back is gone from the ticket, the words as well as the bytes (PDPA).
func unsendWay(t *testing.T, tw *town) {
	c := tw.newCitizen(t, "อำนาจ", "🗑️ ขยะ")
	number, receipt := c.filesRequest()
	works := tw.officer(t, worksOfficer)
	id := works.finds(t, number)
	c.answered(func() { c.tapsOn(receipt, spoken("choice.talk")) })
	words := c.says("รหัสประตูบ้านคือ 4711")
	works.sees(t, id, "รหัสประตูบ้านคือ 4711")
	wrong := markedPhoto(t, "the wrong picture")
	picture := c.sends("image", "wrong.jpg", wrong)
	var path string
	eventually(t, "the picture in the inbox", func() error {
		for _, f := range works.ticket(t, id).files() {
			if cleaned(t, works.original(t, f), wrong, "the wrong picture") == nil {
				path = f
				return nil
			}
		}
		return fs.ErrNotExist
	})
	c.unsends(words)
	c.unsends(picture)
	var p *screen
	eventually(t, "two messages taken back", func() error {
		if p = works.ticket(t, id); strings.Count(p.text(), "ประชาชนยกเลิกข้อความนี้") != 2 {
			return errors.New(p.text())
		}
		return nil
	})
	if p.has("4711") {
		t.Error("the officer still reads what was taken back")
	}
	if p := works.open(t, path+"/original"); p.status == http.StatusOK {
		t.Error("the officer still opens what was taken back")
	}
	tw.delivered(t, id, "message.unsent")
	conn := tw.sql(t)
	var erased bool
	err := conn.QueryRow(t.Context(), `SELECT state = 'gone' AND sealed_key = '' FROM attachments WHERE source LIKE '%:' || $1`, picture).Scan(&erased)
	if err != nil || !erased {
		t.Errorf("the picture's key is still there: %v", err)
	}
	tw.rested(t, conn)
	nowhere(t, conn, "รหัสประตูบ้านคือ")
}

// nowhere fails when a row of the database holds the words.
func nowhere(t *testing.T, conn *pgx.Conn, words string) {
	t.Helper()
	rows, err := conn.Query(t.Context(), `SELECT table_name::text FROM information_schema.tables WHERE table_schema = 'public' AND table_type = 'BASE TABLE'`)
	if err != nil {
		t.Fatal(err)
	}
	tables, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil || len(tables) < 10 {
		t.Fatalf("tables %v: %v", tables, err)
	}
	for _, table := range tables {
		var held int // bytes show as hexadecimal digits
		err := conn.QueryRow(t.Context(), `SELECT count(*) FROM `+pgx.Identifier{table}.Sanitize()+` AS r
			WHERE strpos(r::text, $1) > 0 OR strpos(r::text, encode(convert_to($1, 'UTF8'), 'hex')) > 0`, words).Scan(&held)
		if err != nil {
			t.Fatal(err)
		}
		if held > 0 {
			t.Errorf("%d rows of %s hold “%s”", held, table, words)
		}
	}
}

// A person reaches a person from every step, with what was answered so far.
func humanWay(t *testing.T, tw *town) {
	c := tw.newCitizen(t, "จิรา")
	b := c.opens()
	b = c.answered(func() { c.tapsOn(b, "🏭 ใบอนุญาตกิจการ") })
	b = c.answered(func() { c.tapsOn(b, "🔁 ต่ออายุ") })
	c.tapsOn(b, spoken("choice.human"))
	receipt := c.sees(spoken("receipt.label"))
	number := receipt.after(spoken("receipt.label"))
	works := tw.officer(t, worksOfficer)
	id := works.finds(t, number)
	works.sees(t, id, "ต่ออายุ")
	works.does(t, id, "take")
	works.does(t, id, "reply", "text", "สวัสดีค่ะ มีอะไรให้ช่วยคะ")
	c.sees("สวัสดีค่ะ มีอะไรให้ช่วยคะ")
	c.says("ต้องใช้สำเนาทะเบียนบ้านไหมคะ")
	works.sees(t, id, "ต้องใช้สำเนาทะเบียนบ้านไหมคะ")
}

// oneFile is the only document of a ticket.
func oneFile(t *testing.T, p *screen) string {
	t.Helper()
	files := p.files()
	if len(files) != 1 {
		t.Fatalf("the ticket has the documents %v", files)
	}
	return files[0]
}

// nothingPlain fails when the object store's folder holds the words as they were sent.
func nothingPlain(t *testing.T, tw *town, words string) {
	t.Helper()
	objects := 0
	err := filepath.WalkDir(filepath.Join(tw.dir, "objects"), func(path string, d fs.DirEntry, err error) error {
		if err != nil || !d.Type().IsRegular() {
			return ignoreGone(err)
		}
		content, err := os.ReadFile(path)
		if err != nil {
			return ignoreGone(err)
		}
		if len(content) > 0 {
			objects++
		}
		if bytes.Contains(content, []byte(words)) {
			t.Errorf("%s holds a document as it was sent", path)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if objects == 0 {
		t.Error("the object store is empty: nothing was looked at")
	}
}

// ignoreGone forgives files that another test's store has just moved or removed.
func ignoreGone(err error) error {
	if os.IsNotExist(err) {
		return nil
	}
	return err
}

func lastOf(path string) string { return path[strings.LastIndex(path, "/")+1:] }
