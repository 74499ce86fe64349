package jobs

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/hex"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/riverqueue/river"
	"github.com/riverqueue/river/rivertype"

	"saphan/bot"
	"saphan/bot/line"
	"saphan/bot/web"
	"saphan/citizens"
	"saphan/devkit/testhouse"
	"saphan/files"
	"saphan/forms"
	"saphan/internal/thai"
	"saphan/internal/tool"
	"saphan/tickets"
)

// planted is a person with markers in everything they ever gave.
type planted struct {
	*testhouse.Person
	h       *house
	citizen citizens.CitizenID
	marks   map[string]string // what it is -> the marker
}

// mark makes a marker that is like no other.
func (p *planted) mark(what string) string {
	if p.marks[what] != "" {
		p.h.T.Fatalf("%s is planted twice", what)
	}
	p.marks[what] = "mk" + strings.ToLower(rand.Text()[:20])
	return p.marks[what]
}

// pdfWith is a paper with words in it, photoWith a picture into which a camera wrote, and soundWith a recording.
func pdfWith(words string) []byte {
	return append([]byte("%PDF-1.7\n%âãÏÓ\n% "+words+"\n"), make([]byte, 200)...)
}

func photoWith(t testing.TB, words string) []byte {
	t.Helper()
	plain := testhouse.Photo(t, 0)
	note := append([]byte("Exif\x00\x00"), words...)
	segment := append([]byte{0xff, 0xe1, byte((len(note) + 2) >> 8), byte(len(note) + 2)}, note...)
	return slices.Concat(plain[:2], segment, plain[2:])
}

func soundWith(words string) []byte {
	return slices.Concat([]byte("ID3\x03\x00\x00\x00\x00\x00\x0a0123456789"), bytes.Repeat([]byte{0xff, 0xfb, 0x90, 0x00}, 100), []byte(words))
}

// person comes in and leaves markers in every way there is, but files nothing.
func (h *house) person(letter string) *planted {
	h.T.Helper()
	h.Settings(map[string]any{"editAnywhere": true})
	p := &planted{h: h, marks: map[string]string{}}
	p.Person = h.NewPerson(p.mark("display name"))
	p.marks["account at LINE"] = p.User
	p.Follow()
	p.citizen = citizens.CitizenID(h.Count(`SELECT i.citizen_id FROM identities i JOIN conversations c ON c.identity_id = i.id WHERE c.source = $1`, p.User))
	p.Say(p.mark("words before any form") + " อยู่ไกลมาก")
	p.Act("postback", map[string]any{"data": p.mark("data of a button"), "displayText": p.mark("words of a button")})
	p.Send("file", p.mark("name of a file")+".pdf", pdfWith(p.mark("content of a file")))
	p.Send("audio", "a.mp3", soundWith(p.mark("sound")))
	h.Settled()
	p.Send("image", "b.jpg", photoWith(h.T, p.mark("EXIF of a loose photo")))
	h.Settled()
	p.upload2(photoWith(h.T, p.mark("EXIF of the first of a set")), photoWith(h.T, p.mark("EXIF of the second of a set")))
	p.Pin(p.mark("title of a loose place"), p.mark("address of a loose place"))
	h.Settled()
	p.Event(map[string]any{"type": "somethingNew", "something": p.mark("event of a kind that nobody knows")})
	group := p.inGroup()
	p.Act("text", map[string]any{"text": p.mark("words in a group"), "group": group})
	p.Say("Hello, I have " + p.mark("words in English") + " a question about my house")
	unsent := p.Say(p.mark("message taken back"))
	p.Act("unsend", map[string]any{"messageId": unsent.MessageID})
	h.Settled()
	p.Press(bot.StartData("question"))
	p.Say(p.mark("answer that was corrected"))
	p.Press(bot.StartData("question"))
	p.Say("เริ่มใหม่")
	p.Say(p.mark("answer of a form put aside") + " " + letter)
	p.Press(bot.StartData("public-problem"))
	p.Tap("ไฟถนนดับ")
	p.Send("image", "a.jpg", photoWith(h.T, p.mark("EXIF of a photo in a form")))
	h.Settled()
	p.Say("พอแล้ว")
	p.Pin(p.mark("title of a place"), p.mark("address of a place"))
	h.Settled()
	p.Say(p.mark("answer of the open form"))
	p.keeps()
	p.onPages()
	return p
}

// onPages leaves markers in a form that was begun on a page, and in one of the chat that a page went on with.
func (p *planted) onPages() {
	h := p.h
	h.T.Helper()
	ctx, who := h.T.Context(), citizens.Person{Citizen: p.citizen, Lang: "th"}
	_, at, err := h.uploads().Take(ctx, who.Owner(), p.mark("name of a file of a page")+".jpg", bytes.NewReader(photoWith(h.T, p.mark("EXIF of a file of a page"))), files.Limits{Max: 1 << 20})
	must(h.T, err)
	counter := web.NewCounter(h.Forms, h.Desk, h.Box, testhouse.BaseURL, h.Now)
	h.Everywhere(func(tx pgx.Tx) error {
		own, err := counter.Begin(ctx, tx, who, h.Agency.ID, "waste-collection")
		if err != nil {
			return err
		}
		entry := forms.Entry{Field: "name", Input: forms.Input{Text: p.mark("answer on a page")}}
		if _, _, err := counter.Fill(ctx, tx, who, own.ID, forms.Fill{Entries: []forms.Entry{entry}}); err != nil {
			return err
		}
		chat, err := counter.Begin(ctx, tx, who, h.Agency.ID, "public-problem")
		if err != nil {
			return err
		}
		photos, _ := forms.Find(chat.Answers, "photo")
		entry = forms.Entry{Field: "photo", Was: photos.Print(), Input: forms.Input{Files: append(photos.Files(), forms.File{ID: int64(at.ID)})}}
		chat, filled, err := counter.Fill(ctx, tx, who, chat.ID, forms.Fill{Revision: chat.Revision, Entries: []forms.Entry{entry}})
		if now, _ := forms.Find(chat.Answers, "photo"); chat.Chat != line.Kind || len(now.Attachments) != len(photos.Attachments)+1 {
			h.T.Errorf("the page did not go on with the form of the chat: %+v, %+v", chat, filled)
		}
		return err
	})
}

// nationalID is a number of nobody that has the right check digit.
func nationalID(n int) thai.NationalID {
	id, sum := fmt.Sprintf("1%011d", n), 0
	for i, d := range id {
		sum += int(d-'0') * (13 - i)
	}
	return thai.NationalID(id + fmt.Sprint((11-sum%11)%10))
}

// unreachable has the person block the account while something is to be said to them: it waits.
func (p *planted) unreachable() {
	h := p.h
	h.T.Helper()
	p.Act("block", nil)
	h.Settled()
	h.Everywhere(func(tx pgx.Tx) error {
		return bot.Notify(h.T.Context(), tx, h.Client, p.Conversation(), "test", h.Now(), bot.Reply{Text: p.mark("message that waits")})
	})
	h.Settled()
}

// upload2 sends two pictures that were chosen together.
func (p *planted) upload2(one, two []byte) {
	p.h.T.Helper()
	if d := p.SendsSet(one, two); d.Status != 200 {
		p.h.T.Fatalf("the set is answered with %d", d.Status)
	}
	p.h.Hurried()
}

// inGroup has the person make a group and bring the account into it.
func (p *planted) inGroup() string {
	p.h.T.Helper()
	p.h.Fail("/v2/bot/group/*/leave", http.StatusInternalServerError, 1) // so that words come before the account is out again
	var g struct{ ID string }
	p.h.Control("POST", "groups", map[string]any{"kind": "group", "name": p.mark("name of a group"), "members": []string{p.ID}}, &g)
	return g.ID
}

// keeps leaves markers in what is kept for the next time.
func (p *planted) keeps() {
	h := p.h
	h.T.Helper()
	h.Everywhere(func(tx pgx.Tx) error {
		ctx := h.T.Context()
		for _, f := range []citizens.Fact{
			{Key: "name", Text: p.mark("sealed fact"), Origin: "request 1", At: h.Now()}, {Key: "address", Text: p.mark("sealed address"), Origin: "thaid", Verified: true, At: h.Now()},
		} {
			if err := citizens.Remember(ctx, tx, h.Box, p.citizen, []citizens.Fact{f}); err != nil {
				return err
			}
		}
		_, err := citizens.SignInWithThaID(ctx, tx, h.Box, p.citizen, citizens.Attributes{
			NationalID: nationalID(int(p.citizen)), GivenName: p.mark("sealed given name"), FamilyName: "ตัวอย่าง", Address: p.mark("sealed registered address"),
		}, h.Now())
		if err != nil {
			return err
		}
		if _, err := citizens.StartLink(ctx, tx, p.citizen, h.Now()); err != nil {
			return err
		}
		_, err = tx.Exec(ctx, `INSERT INTO uploads (id, owner, name, size_bytes, object_key, sealed_key, part_bytes, created_at, expires_at)
			VALUES ($1, $2, $3, 10, $1, '\x01', 0, now(), now() + interval '1 day')`, "u"+rand.Text(), fmt.Sprint("citizen ", p.citizen), p.mark("name of an upload"))
		return err
	})
}

// talks asks for a person and talks with the officer, who quotes it; it returns the case.
func (p *planted) talks() tickets.TicketID {
	h := p.h
	h.T.Helper()
	p.Say("คุยกับเจ้าหน้าที่")
	p.Say(p.mark("first words to an officer"))
	id := tickets.TicketID(h.Count(`SELECT max(id) FROM tickets WHERE citizen_id = $1`, p.citizen))
	said := p.Say(p.mark("words to an officer"))
	p.Act("edit", map[string]any{"messageId": said.MessageID, "text": p.mark("edited words to an officer")})
	h.Settled()
	p.Send("image", "b.jpg", photoWith(h.T, p.mark("EXIF of a photo to an officer")))
	h.Settled()
	h.Replies(id, "1", "ที่ท่านว่า "+p.mark("officer's answer that quotes"))
	h.AtDesk(func(tx pgx.Tx, by tickets.Actor) error {
		return h.Desk.Note(h.T.Context(), tx, by, id, p.mark("officer's note"))
	})
	h.Settled()
	return id
}

// files makes a request with a document, which goes into the vault, and talks about it; it returns the case.
func (p *planted) files() tickets.TicketID {
	h := p.h
	h.T.Helper()
	ctx, draft := h.T.Context(), rand.Text()
	object, err := h.Files.Put(ctx, bytes.NewReader(pdfWith(p.mark("content of a filed document"))), files.Limits{})
	must(h.T, err)
	var file files.AttachmentID
	h.Everywhere(func(tx pgx.Tx) error {
		name := p.mark("name of a filed document") + ".pdf"
		file, err = files.Insert(ctx, tx, files.Attachment{Object: object, Name: name, Source: "line:1:" + draft})
		if err != nil {
			return err
		}
		request, err := h.Desk.Submit(ctx, tx, tickets.Submission{
			Draft: draft, CitizenID: int64(p.citizen), CitizenName: p.Name, ConversationID: int64(p.Conversation()), AgencyID: h.Agency.ID, Form: "question", Version: 1,
			Answers: []forms.Answer{
				testhouse.Answer("question", p.mark("filed answer")),
				{Field: "attachment", Kind: forms.DocumentField, Label: "เอกสาร", Text: name, Attachments: []int64{int64(file)}},
			}, EnteredAt: h.Now(),
		})
		if err != nil {
			return err
		}
		return citizens.Deposit(ctx, tx, p.citizen, citizens.Document{
			Type: "house_registration", Label: p.mark("label in the vault"), AttachmentID: int64(file), AgencyID: int64(h.Agency.ID), RequestID: int64(request), GivenAt: h.Now(),
		})
	})
	h.Settled()
	id := tickets.TicketID(h.Count(`SELECT max(id) FROM tickets WHERE citizen_id = $1`, p.citizen))
	h.AtDesk(func(tx pgx.Tx, by tickets.Actor) error {
		if err := h.Desk.Receive(ctx, tx, tickets.ByCitizen(int64(p.citizen)), id, tickets.Said{Source: "message x" + draft, Text: p.mark("words about a filed case"), At: h.Now()}); err != nil {
			return err
		}
		return h.Desk.Note(ctx, tx, by, id, p.mark("officer's note on a filed case"))
	})
	h.Replies(id, "f", "ที่ท่านว่า "+p.mark("officer's answer on a filed case"))
	h.Settled()
	return id
}

func (p *planted) decided(id tickets.TicketID, what string) {
	p.h.T.Helper()
	p.h.Decides(tickets.Decision{TicketID: id, Outcome: tickets.Approve, Reason: p.mark(what)})
	p.h.Settled()
}

// erases asks for the person to be forgotten and waits for it.
func (p *planted) erases() (e citizens.Erasure) {
	h := p.h
	h.T.Helper()
	h.Everywhere(func(tx pgx.Tx) (err error) {
		e, err = citizens.AskErasure(h.T.Context(), tx, h.Client, p.citizen, h.Now())
		return err
	})
	h.Settled()
	return p.erasure()
}

func (p *planted) erasure() (e citizens.Erasure) {
	p.h.T.Helper()
	p.h.Everywhere(func(tx pgx.Tx) (err error) {
		e, _, err = citizens.ErasureOf(p.h.T.Context(), tx, p.citizen)
		return err
	})
	return e
}

// everything is what is there: every row of every table as text, the queue's and the migrations' too, and every
// file that can still be opened.
type everything struct {
	tables map[string]string
	files  map[files.AttachmentID][]byte
}

func (h *house) whole() everything {
	h.T.Helper()
	w := everything{tables: map[string]string{}, files: map[files.AttachmentID][]byte{}}
	for _, table := range h.List(`SELECT relname::text FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind = 'r'`) {
		w.tables[table] = strings.Join(h.List(`SELECT x::text FROM `+pgx.Identifier{table}.Sanitize()+` AS x`), "\n")
	}
	for _, at := range h.EveryAttachment() {
		if at.State != files.Ready {
			if len(at.SealedKey) != 0 || at.Name != "" {
				h.T.Errorf("attachment %d is %s and has a key or a name", at.ID, at.State)
			}
			continue
		}
		content, err := h.BytesOf(at)
		must(h.T, err)
		if strings.HasPrefix(at.Source, "letter:") { // its words are drawn
			content = fmt.Append(content, tool.Tight(tool.Text(h.T, content)))
		}
		w.files[at.ID] = content
	}
	return w
}

// where says in which tables and files a marker is, as letters or as bytes.
func (w everything) where(marker string) (all []string) {
	for table, rows := range w.tables {
		if strings.Contains(rows, marker) || strings.Contains(rows, hex.EncodeToString([]byte(marker))) {
			all = append(all, table)
		}
	}
	for id, content := range w.files {
		if bytes.Contains(content, []byte(marker)) {
			all = append(all, fmt.Sprint("file ", id))
		}
	}
	slices.Sort(all)
	return all
}

// left says what of a person is left: what it is -> where.
func (w everything) left(p *planted) map[string][]string {
	all := map[string][]string{}
	for what, marker := range p.marks {
		if at := w.where(marker); len(at) > 0 {
			all[what] = at
		}
	}
	return all
}

// only fails unless of a person nothing is left but this.
func (p *planted) only(w everything, name string, may ...string) {
	p.h.T.Helper()
	left := w.left(p)
	for _, what := range slices.Sorted(maps.Keys(left)) {
		if !slices.Contains(may, what) {
			p.h.T.Errorf("%s: %s is still in %v", name, what, left[what])
		}
	}
	for _, what := range may {
		if left[what] == nil {
			p.h.T.Errorf("%s: %s should have stayed", name, what)
		}
	}
	p.h.T.Logf("%s: %d markers were planted, %d stay: %v", name, len(p.marks), len(left), left)
	for _, s := range p.erasure().Stays {
		p.h.T.Logf("  %s %s %s %s until %v", s.Kind, s.Number, s.Title, s.Law, s.Until)
	}
}

// neverKept are the markers that no part of the program keeps at all.
var neverKept = []string{"message taken back", "words of a button", "words in a group", "name of a group"}

// R17, PDP-4: five people leave thirty markers each in every way there is. Four ask to be forgotten. Then the whole
// database, the job queue, every file that opens and the log are searched: of those who filed nothing there is
// nothing; of a filed and decided case there is the record, as the law has it; of an open one what its agency
// needs to answer, and that goes when it has answered. The fifth has lost nothing.
func TestR17Erasure(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	left, talker, filer, waiter, bystander := h.person("a"), h.person("b"), h.person("c"), h.person("d"), h.person("e")
	talker.decided(talker.talks(), "reason of a decision on a talk")
	filer.decided(filer.files(), "reason of a decision")
	open := waiter.files()
	left.unreachable()
	bystander.talks()
	bystander.decided(bystander.files(), "reason of a decision")
	h.Everywhere(func(tx pgx.Tx) error { // a copy of everything lies in the store
		_, err := citizens.AskExport(t.Context(), tx, h.Client, left.citizen, []citizens.CitizenID{left.citizen}, h.Now())
		return err
	})
	h.Settled()

	before := h.whole()
	for _, p := range []*planted{left, talker, filer, waiter, bystander} {
		for what, marker := range p.marks {
			sealed := strings.HasPrefix(what, "sealed")
			if n := len(before.where(marker)); (n == 0) != (slices.Contains(neverKept, what) || sealed) {
				t.Errorf("%s is planted in %d places", what, n)
			}
		}
	}
	if n := len(left.marks); n < 30 {
		t.Errorf("only %d markers are planted", n)
	}

	record := []string{
		"display name", "filed answer", "name of a filed document", "content of a filed document", "officer's note on a filed case",
		"officer's answer on a filed case", "reason of a decision",
	}
	for _, p := range []*planted{left, talker, filer} {
		if e := p.erases(); e.FinishedAt == nil || e.BeganAt == nil {
			t.Errorf("the erasure is not done: %+v", e)
		}
	}
	if e := waiter.erases(); e.FinishedAt != nil || e.BeganAt == nil || e.Stays[0].Kind != citizens.StayOpen {
		t.Errorf("the erasure of somebody with an open case: %+v", e)
	}
	after := h.whole()
	left.only(after, "who filed nothing")
	talker.only(after, "who talked", "reason of a decision on a talk")
	filer.only(after, "who filed", record...)
	waiter.only(after, "who waits for an answer", append(slices.DeleteFunc(slices.Clone(record), func(s string) bool { return s == "reason of a decision" }),
		"account at LINE", "words about a filed case")...)
	for what, marker := range bystander.marks {
		if was, is := before.where(marker), after.where(marker); !slices.Equal(was, is) {
			t.Errorf("of the one who did not ask: %s was in %v and is in %v", what, was, is)
		}
	}

	// The agency answers; the account goes with the next purge.
	waiter.decided(open, "reason of a decision")
	if said := h.Count(`SELECT count(*) FROM replies WHERE cause LIKE 'ticket ' || $1 || ' decision%' AND state = 'sent'`, fmt.Sprint(open)); said == 0 {
		t.Errorf("the answer did not reach who waits for it: %q", h.List(`SELECT cause || ' ' || state FROM replies WHERE cause LIKE 'ticket%'`))
	}
	must(t, run(h, &purge{Deps: h.Deps}, PurgeArgs{}))
	h.Settled()
	after = h.whole()
	waiter.only(after, "who was answered", record...)
	filer.only(after, "who filed, later", record...)

	// Bytes without a row or key are nowhere: what is in the store is what can be opened.
	if n := h.Stored(); n != len(after.files) {
		t.Errorf("%d objects are in the store, %d files can be opened", n, len(after.files))
	}
	for _, p := range []*planted{left, talker, filer, waiter, bystander} {
		h.QuietAbout(slices.Collect(maps.Values(p.marks))...)
	}
	for _, id := range h.Numbers(`SELECT id FROM tickets`) { // the chain of events holds
		h.history(tickets.TicketID(id))
	}
	for _, p := range []*planted{left, talker, filer, waiter} { // also what cannot be read without the key
		for _, table := range []string{"identities", "profile_facts", "vault_documents", "verifications", "exports", "link_requests", "account_links", "citizen_sessions", "entries"} {
			if h.Count(`SELECT count(*) FROM `+table+` WHERE citizen_id = $1`, p.citizen) != 0 {
				t.Errorf("%s has rows of citizen %d", table, p.citizen)
			}
		}
	}
	// Who stops following after that leaves nothing.
	talker.Act("block", nil)
	h.Settled()
	if w := h.whole().where(talker.User); len(w) != 0 {
		t.Errorf("who stopped following is in %v", w)
	}
}

// Killed at every border and begun again, or run twice, it ends the same.
func TestErasureAgain(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	p := h.person("a")
	p.decided(p.talks(), "reason of a decision on a talk")
	p.decided(p.files(), "reason of a decision")
	var e citizens.Erasure
	h.stop()
	h.Everywhere(func(tx pgx.Tx) (err error) {
		e, err = citizens.AskErasure(t.Context(), tx, h.Client, p.citizen, h.Now())
		return err
	})
	for _, border := range []string{"erasure: after a case", "erasure: after the talks", "erasure: after the conversations"} {
		ctx, kill := context.WithCancel(t.Context())
		h.at(func(at string) {
			if at == border {
				kill()
			}
		})
		err := (&erasure{Deps: h.Deps}).Work(ctx, &river.Job[citizens.ErasureArgs]{JobRow: &rivertype.JobRow{ID: 1}, Args: citizens.ErasureArgs{ErasureID: e.ID}})
		if err == nil {
			t.Errorf("it was not killed at %q", border)
		}
		kill()
		if p.erasure().FinishedAt != nil {
			t.Errorf("killed at %q it says that it is done", border)
		}
	}
	h.at(func(string) {})
	for range 2 {
		must(t, run(h, &erasure{Deps: h.Deps}, citizens.ErasureArgs{ErasureID: e.ID}))
	}
	h.stop = h.work()
	h.Settled()
	p.only(h.whole(), "who was forgotten in pieces", "display name", "filed answer", "name of a filed document", "content of a filed document",
		"officer's note on a filed case", "officer's answer on a filed case", "reason of a decision", "reason of a decision on a talk")
	if n := h.happened(1, tickets.EventErased); n != 1 {
		t.Errorf("the history says %d times that the talk was erased: %v", n, h.history(1))
	}
}
