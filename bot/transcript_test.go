package bot

import (
	"cmp"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"testing/fstest"
	"time"

	"saphan/forms"
	"saphan/forms/match"
	"saphan/internal/thai"
)

var update = flag.Bool("update", false, "rewrite the transcripts in testdata")

// TestTranscripts plays the citizen's lines of each transcript and compares what the bot says.
//
//	> words                 the citizen writes
//	> [label]               taps a choice, a button or a line of a card; the newest with that label
//	> [label] เก่า           taps the oldest with that label
//	> (รูป)  (ไฟล์ a.pdf)  (เสียง)  (วิดีโอ)  (สติกเกอร์)  (ตำแหน่ง words)  (วันที่ 1987-03-05)
//	> (เวลา 08:30)  (แก้ข้อความ n words)
//	> (เพิ่มเพื่อน)  (ยกเลิกข้อความ n)  (ข้อมูลปุ่ม data)  (ไฟล์เสีย sentence)
//	! 3d                    time passes
//	! เรื่อง 7 กอ.1/2570 hazardous-business accepted   the citizen has a case
//	! ขอ 7 item label        an officer asks for a document of case 7; "! ได้ 7" takes the wishes back
//	! เจ้าหน้าที่พูด 7         an officer of case 7 wrote
//	! ปิด 7                  case 7 is closed
//	! บริการ a b             the services are those in testdata and ../forms/testdata with these names; else the ready ones
//	! รู้ phone words         the citizen's profile; "! มีเอกสาร type name agency" the vault; "! เว็บ" forms open in a browser
//	! เข้าใจ service field=choice|words   free text is understood so; "! ฟัง" reads it with the product's own matcher
func TestTranscripts(t *testing.T) {
	t.Parallel()
	paths, err := filepath.Glob("testdata/*.txt")
	if err != nil || len(paths) == 0 {
		t.Fatalf("no transcripts: %v", err)
	}
	for _, path := range paths {
		t.Run(strings.TrimSuffix(filepath.Base(path), ".txt"), func(t *testing.T) {
			t.Parallel()
			raw, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			got := newStage(t).play(string(raw))
			if *update {
				if err := os.WriteFile(path, []byte(got), 0o600); err != nil {
					t.Fatal(err)
				}
				return
			}
			if got != string(raw) {
				t.Errorf("the conversation has changed; see it with -update\n%s", firstDifference(string(raw), got))
			}
		})
	}
}

func firstDifference(want, got string) string {
	w, g := strings.Split(want, "\n"), strings.Split(got, "\n")
	for i := range min(len(w), len(g)) {
		if w[i] != g[i] {
			return fmt.Sprintf("line %d\n want %s\n  got %s", i+1, w[i], g[i])
		}
	}
	return fmt.Sprintf("want %d lines, got %d", len(w), len(g))
}

// ears is the matcher of the ready services, as a worker has it.
var ears = sync.OnceValues(func() (*match.Matcher, error) {
	catalog, err := forms.Ready()
	if err != nil {
		return nil, err
	}
	return match.Of(catalog.List())
})

// stage is a conversation between a test and the bot.
type stage struct {
	t       testing.TB
	c       Conversation
	w       World
	now     time.Time
	n       int // messages so far
	replies []Reply
	effects []Effect
	history []Choice // everything tappable that was ever shown, in order
	files   int64
	shown   map[string]bool // carousels written out once
}

func newStage(t testing.TB) *stage {
	t.Helper()
	catalog, err := forms.Ready()
	if err != nil {
		t.Fatal(err)
	}
	return &stage{
		shown: map[string]bool{},
		t:     t, now: time.Date(2026, 11, 20, 3, 0, 0, 0, time.UTC), // Friday 10:00 in Bangkok
		w: World{Forms: catalog, Agency: "เทศบาลตำบลตัวอย่าง", Phone: "02 123 4567", Lang: "th", BaseURL: "https://saphan.example", Announced: true},
	}
}

// catalogOf reads services that exist for tests only.
func catalogOf(t testing.TB, names ...string) *forms.Catalog {
	t.Helper()
	files := fstest.MapFS{}
	for _, name := range names {
		for _, dir := range []string{"testdata", "../forms/testdata"} {
			if raw, err := os.ReadFile(filepath.Join(dir, name+".yaml")); err == nil {
				files[name+".yaml"] = &fstest.MapFile{Data: raw}
			}
		}
	}
	catalog, err := forms.Load(files)
	if err != nil || len(catalog.List()) != len(names) {
		t.Fatalf("services %v: %v", names, err)
	}
	return catalog
}

// give lets the bot take one message, through the stored form of the state.
func (s *stage) give(m Message) {
	s.t.Helper()
	s.n++
	s.now = s.now.Add(20 * time.Second)
	if m.ID == "" {
		m.ID = strconv.Itoa(s.n)
	}
	m.At = s.now
	s.w.NewID = "d" + strconv.Itoa(s.n)
	before, err := json.Marshal(s.c)
	if err != nil {
		s.t.Fatal(err)
	}
	var c Conversation
	if err := json.Unmarshal(before, &c); err != nil {
		s.t.Fatal(err)
	}
	s.c, s.replies, s.effects = Step(c, m, s.w)
	if after, err := json.Marshal(c); err != nil || string(after) != string(before) {
		s.t.Fatalf("the step changed its argument (%v)\n%s\n%s", err, before, after)
	}
	if again, replies, effects := Step(c, m, s.w); !reflect.DeepEqual(again, s.c) || !reflect.DeepEqual(replies, s.replies) || !reflect.DeepEqual(effects, s.effects) {
		s.t.Fatal("the same step twice gave two results")
	}
	s.answer()
	for _, r := range s.replies {
		s.history = append(s.history, tappable(r)...)
	}
}

// answer adds the cards that who carries the effects out answers with.
func (s *stage) answer() {
	lang := cmp.Or(s.c.Lang, s.w.Lang)
	for _, e := range s.effects {
		switch e := e.(type) {
		case OpenWeb:
			f, ok := s.w.Forms.Version(e.Form, s.c.VersionOf(e.Draft))
			if !ok {
				s.t.Fatalf("no form of %+v", e)
			}
			s.replies = append(s.replies, WebCard(lang, WebInfo{Form: f, Draft: e.Draft, URL: s.w.BaseURL + "/me/in/LINK", Until: s.now.Add(15 * time.Minute)}))
		case OpenMine:
			open := ""
			if s.c.Draft != nil {
				open = s.c.Draft.ID
			}
			s.replies = append(s.replies, MineCard(lang, MineInfo{Page: e.Page, URL: s.w.BaseURL + "/me/in/LINK", Until: s.now.Add(15 * time.Minute), Draft: open}))
		}
	}
}

// tappable lists all that can be tapped in a reply.
func tappable(r Reply) []Choice {
	var all []Choice
	if r.Card != nil {
		for _, c := range append([]Card{*r.Card}, r.Card.Cards...) {
			for _, row := range c.Rows {
				if row.Edit != "" {
					all = append(all, Choice{Gesture: Tap, Label: row.Label, Data: row.Edit})
				}
			}
			all = append(all, c.Buttons...)
		}
	}
	return append(all, r.Choices...)
}

var attachment = regexp.MustCompile(`^\((\S+)(?: (.*))?\)$`)

// play runs a transcript's input lines and returns the whole of it.
func (s *stage) play(script string) string {
	s.t.Helper()
	var out strings.Builder
	for l := range strings.SplitSeq(script, "\n") {
		switch {
		case strings.HasPrefix(l, "#"), strings.HasPrefix(l, "! "):
			out.WriteString(l + "\n")
			if rest, ok := strings.CutPrefix(l, "! "); ok {
				s.direct(strings.Fields(rest))
			}
		case strings.HasPrefix(l, "> "):
			out.WriteString("\n" + l + "\n")
			s.give(s.message(strings.ReplaceAll(l[2:], "⏎", "\n")))
			s.write(&out)
		}
	}
	return out.String()
}

// message reads what the citizen does.
func (s *stage) message(l string) Message {
	s.t.Helper()
	if label, ok := strings.CutPrefix(l, "["); ok {
		oldest := strings.HasSuffix(label, " เก่า")
		label = strings.TrimSuffix(strings.TrimSuffix(label, " เก่า"), "]")
		return s.tap(label, oldest)
	}
	m := attachment.FindStringSubmatch(l)
	if m == nil {
		return Message{Kind: Text, Text: l}
	}
	switch m[1] {
	case "รูป":
		return Message{Kind: Image, Attachment: s.file("", "image/jpeg")}
	case "ไฟล์":
		return Message{Kind: File, Attachment: s.file(m[2], "application/pdf")}
	case "เสียง":
		return Message{Kind: Audio, Attachment: s.file("", "audio/mp4")}
	case "วิดีโอ":
		return Message{Kind: Video, Attachment: s.file("", "video/mp4")}
	case "ไฟล์เสีย":
		return Message{Kind: File, Attachment: &Attachment{Fault: FileRefused, Words: m[2]}}
	case "สติกเกอร์":
		return Message{Kind: Sticker}
	case "เพิ่มเพื่อน":
		return Message{Kind: Follow}
	case "ยกเลิกข้อความ":
		return Message{Kind: Unsend, ID: m[2]}
	case "ตำแหน่ง":
		return Message{Kind: Location, Place: &Place{Address: m[2], Latitude: 13.7563, Longitude: 100.5018}}
	case "วันที่":
		for _, c := range slices.Backward(s.history) {
			if c.Gesture == PickDate {
				return Message{Kind: Postback, Data: c.Data, Picked: m[2]}
			}
		}
	case "เวลา":
		at, err := time.ParseInLocation("15:04", m[2], thai.Bangkok())
		if err != nil {
			s.t.Fatal(err)
		}
		for _, c := range slices.Backward(s.history) {
			if c.Gesture == PickTime {
				return Message{Kind: Postback, Data: c.Data, PickedAt: at}
			}
		}
	case "แก้ข้อความ":
		id, words, _ := strings.Cut(m[2], " ")
		return Message{Kind: Edited, ID: id, Text: words}
	case "ข้อมูลปุ่ม":
		return Message{Kind: Postback, Data: m[2]}
	}
	s.t.Fatalf("cannot do %q", l)
	return Message{}
}

func (s *stage) file(name, mediaType string) *Attachment {
	s.files++
	return &Attachment{ID: s.files, Name: name, Type: mediaType, Size: 1000}
}

func (s *stage) tap(label string, oldest bool) Message {
	s.t.Helper()
	all := slices.Clone(s.history)
	if !oldest {
		slices.Reverse(all)
	}
	for _, c := range all {
		if c.Label == label && (c.Gesture == Tap || c.Gesture == Write) {
			return Message{Kind: Postback, Data: c.Data}
		}
	}
	s.t.Fatalf("nothing shown so far is called %q", label)
	return Message{}
}

// direct changes the world.
func (s *stage) direct(words []string) {
	s.t.Helper()
	ticket := func() int64 {
		id, err := strconv.ParseInt(words[1], 10, 64)
		if err != nil {
			s.t.Fatal(err)
		}
		return id
	}
	find := func() *Case {
		for i := range s.w.Cases {
			if s.w.Cases[i].Ticket == ticket() {
				return &s.w.Cases[i]
			}
		}
		s.t.Fatalf("no case %s", words[1])
		return nil
	}
	switch words[0] {
	case "เรื่อง":
		f, ok := s.w.Forms.Find(forms.Key(words[3]))
		if !ok {
			s.t.Fatalf("no service %s", words[3])
		}
		c := Case{Ticket: ticket(), Number: words[2], Title: f.Title.TH, Status: words[4], DueAt: s.now.AddDate(0, 0, 12)}
		s.w.Cases = append([]Case{c}, s.w.Cases...)
	case "ขอ":
		c := find()
		c.Status = "awaiting_citizen"
		c.Wanted = append(c.Wanted, Want{Item: words[2], Label: strings.Join(words[3:], " ")})
	case "ได้":
		find().Wanted = nil
	case "ปิด":
		c := find()
		c.Closed, c.Status = true, "approved"
	case "เจ้าหน้าที่พูด":
		s.c = s.c.Spoken(ticket(), s.now)
	case "รับสาย":
		s.c = s.c.Connected(ticket(), s.now)
	case "ภาษา":
		s.w.Lang = words[1]
	case "บริการ":
		s.w.Forms = catalogOf(s.t, words[1:]...)
	case "เว็บ":
		s.w.Web = true
	case "รู้":
		s.w.Known = append(s.w.Known, Known{Key: words[1], Text: strings.Join(words[2:], " ")})
	case "มีเอกสาร":
		s.w.Vault = append(s.w.Vault, Owned{
			ID: 900, Type: words[1], File: forms.File{ID: 901, Name: words[2], Type: "application/pdf", Size: 250_000}, GivenAt: s.now.AddDate(0, -2, 0),
			Agency: words[3], Tap: words[3] != s.w.Agency,
		})
	case "ฟัง":
		m, err := ears()
		if err != nil {
			s.t.Fatal(err)
		}
		s.w.Understand = Listen(m)
	case "เข้าใจ":
		u := Understood{Ranked: []forms.Key{forms.Key(words[1])}, Sure: true}
		for _, part := range words[2:] {
			field, value, _ := strings.Cut(part, "=")
			choice, words, _ := strings.Cut(value, "|")
			if field == "place" {
				u.Place = strings.ReplaceAll(words, "_", " ")
				continue
			}
			u.Parts = append(u.Parts, Part{Field: field, Choice: choice, Text: strings.ReplaceAll(words, "_", " ")})
		}
		s.w.Understand = func(string) Understood { return u }
	default:
		n, err := strconv.Atoi(strings.TrimRight(words[0], "dhm"))
		if err != nil {
			s.t.Fatalf("cannot direct %q", words)
		}
		unit := map[byte]time.Duration{'d': 24 * time.Hour, 'h': time.Hour, 'm': time.Minute}[words[0][len(words[0])-1]]
		s.now = s.now.Add(time.Duration(n) * unit)
	}
}

// write shows the replies and effects of the last step as an officer would read them.
func (s *stage) write(out *strings.Builder) {
	for _, r := range s.replies {
		if r.Card != nil {
			s.writeCard(out, *r.Card)
		} else {
			for i, l := range strings.Split(r.Text, "\n") {
				out.WriteString(map[bool]string{true: "< ", false: "  "}[i == 0] + l + "\n")
			}
		}
		if len(r.Choices) > 0 {
			out.WriteString("  " + labels(r.Choices) + "\n")
		}
	}
	for _, e := range s.effects {
		out.WriteString("= " + inWords(e) + "\n")
	}
}

func labels(choices []Choice) string {
	marks := map[Gesture]string{Open: "↗", Camera: "📷", CameraRoll: "🖼", SharePlace: "📍", PickDate: "📅", PickTime: "🕗", Write: "⌨"}
	var all []string
	for _, c := range choices {
		all = append(all, "["+marks[c.Gesture]+c.Label+"]")
	}
	return strings.Join(all, " ")
}

// writeCard writes a card; a carousel that was written before is only named.
func (s *stage) writeCard(out *strings.Builder, c Card) {
	if len(c.Cards) > 0 {
		out.WriteString("< การ์ดเรียง " + strconv.Itoa(len(c.Cards)) + " ใบ: " + c.Alt)
		if id := fmt.Sprint(c); s.shown[id] {
			out.WriteString(" (เหมือนเดิม)\n")
			return
		} else {
			s.shown[id] = true
		}
		out.WriteString("\n")
		for _, one := range c.Cards {
			s.writeCard(out, one)
		}
		return
	}
	out.WriteString("< ┌ " + strings.Join(slices.DeleteFunc([]string{c.Label, c.Title, c.Subtitle}, func(s string) bool { return s == "" }), " │ ") + "\n")
	for _, paragraph := range []string{c.Body} {
		if paragraph != "" {
			out.WriteString("  │ " + strings.ReplaceAll(paragraph, "\n", "\n  │ ") + "\n")
		}
	}
	if c.Picture != "" {
		out.WriteString("  │ (ภาพ " + c.Picture + ")\n")
	}
	for _, r := range c.Rows {
		if r.Head {
			out.WriteString("  │ ── " + r.Label + map[bool]string{true: " ✎" + r.EditWord}[r.Edit != ""] + "\n")
			continue
		}
		edit := ""
		if r.Edit != "" {
			edit = " ✎"
		}
		out.WriteString("  │ " + r.Label + ": " + r.Value + edit + "\n")
	}
	if len(c.Buttons) > 0 {
		out.WriteString("  │ " + labels(c.Buttons) + "\n")
	}
	if c.Note != "" {
		out.WriteString("  └ " + strings.ReplaceAll(c.Note, "\n", "\n    ") + "\n")
	}
}

func inWords(e Effect) string {
	answers := func(all []forms.Answer) string {
		var b strings.Builder
		for _, a := range all {
			if a.Continues() {
				continue
			}
			fmt.Fprintf(&b, "\n    %s: %s", a.Label, thai.Clip(oneLine(a.Text), 80))
		}
		return b.String()
	}
	switch e := e.(type) {
	case Submit:
		return fmt.Sprintf("ส่งคำขอ %s รุ่น %d (ร่าง %s)%s", e.Form, e.Version, e.Draft, answers(e.Answers))
	case Handoff:
		with := ""
		for _, f := range e.Files {
			with += fmt.Sprintf(" ไฟล์ %d", f.ID)
		}
		if e.Place != nil {
			with += " ตำแหน่ง"
		}
		return fmt.Sprintf("เรียกเจ้าหน้าที่ (%s) %q%s %s%s", e.Draft, e.Words, with, e.Form, answers(e.Partial))
	case Tell:
		what := e.Text
		if e.Attachment != nil {
			what += fmt.Sprintf(" ไฟล์ %d", e.Attachment.ID)
		}
		if e.Place != nil {
			what += " ตำแหน่ง"
		}
		return fmt.Sprintf("ส่งถึงเจ้าหน้าที่ เรื่อง %d%s: %s", e.Ticket, e.Handoff, strings.TrimSpace(what))
	case Supply:
		return fmt.Sprintf("ส่งเอกสาร %s เรื่อง %d: ไฟล์ %d", e.Item, e.Ticket, e.Attachment.ID)
	case Countersign:
		return fmt.Sprintf("รับทราบบันทึกความบกพร่อง %d เรื่อง %d", e.Notice, e.Ticket)
	case Withdraw:
		return fmt.Sprintf("ถอนเรื่อง %d: %s", e.Ticket, e.Reason)
	case Share:
		return fmt.Sprintf("ให้หน่วยงานนี้ใช้เอกสาร %d", e.Document)
	case OpenWeb:
		return fmt.Sprintf("ขอลิงก์กรอกบนเว็บ %s (ร่าง %s)", e.Form, e.Draft)
	case OpenMine:
		return fmt.Sprintf("ขอลิงก์หน้าของฉัน %s", e.Page)
	case Noticed:
		return fmt.Sprintf("แสดงประกาศข้อมูลส่วนบุคคล %s รุ่น %d", e.Form, e.Version)
	}
	return fmt.Sprintf("%T", e)
}
