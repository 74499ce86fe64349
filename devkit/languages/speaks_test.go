package languages

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/go-chi/chi/v5"

	"saphan/bot"
	"saphan/devkit/testhouse"
	"saphan/forms"
	"saphan/internal/fault"
	"saphan/internal/pgtest"
	"saphan/internal/tool"
	"saphan/internal/words"
	"saphan/papers"
	"saphan/portal"
)

// The made-up language: its name has letters that papers can be drawn in.
const (
	code = "xx"
	name = "Xanadu"
	mark = "xx:"
)

func TestMain(m *testing.M) {
	if err := learn(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	pgtest.Main(m)
}

// learn installs the language from its file, as a start with LANGUAGES_DIR does.
func learn() error {
	catalog, err := forms.Ready()
	if err != nil {
		return err
	}
	texts := append(append(words.Said(), bot.Texts()...), forms.Sentences()...)
	for _, f := range catalog.List() {
		texts = append(texts, f.Texts()...)
	}
	c := words.Catalogue{Code: code, Name: name, Texts: map[string]string{}}
	for _, t := range texts {
		c.Texts[t.TH] = mark + t.TH
	}
	raw, err := json.Marshal(c)
	if err != nil {
		return err
	}
	all, err := words.Read(words.Shipped(), fstest.MapFS{code + ".json": {Data: raw}})
	if err != nil {
		return err
	}
	words.Install(all)
	return nil
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

var (
	thaiWords = regexp.MustCompile(`[ก-๛]`)
	formCode  = regexp.MustCompile(`^[ก-๛]{1,3}\.\d+$`) // a name of the agency's own
)

// spoken fails on a text that has Thai words and was not said in the language.
func spoken(t *testing.T, where, text string) {
	t.Helper()
	if thaiWords.MatchString(text) && !formCode.MatchString(text) && !strings.Contains(text, mark) && text != words.Name(words.Thai) {
		t.Errorf("%s: %q is not said in %s", where, text, name)
	}
}

// said are all words of a reply.
func said(r bot.Reply) (all []string) {
	choices := func(list []bot.Choice) {
		for _, c := range list {
			all = append(all, c.Label)
		}
	}
	var card func(c bot.Card)
	card = func(c bot.Card) {
		all = append(all, c.Alt, c.Label, c.Title, c.Subtitle, c.Body, c.Note)
		for _, row := range c.Rows {
			all = append(all, row.Label, row.Value, row.EditWord)
		}
		choices(c.Buttons)
		for _, inner := range c.Cards {
			card(inner)
		}
	}
	all = append(all, r.Text)
	if r.Card != nil {
		card(*r.Card)
	}
	choices(r.Choices)
	return all
}

// A citizen finds the language under its own name, chooses it, and is spoken to in it: menus, questions, what is refused,
// the cards of what became of a request.
func TestTheChatSpeaksIt(t *testing.T) {
	t.Parallel()
	catalog, err := forms.Ready()
	must(t, err)
	world := bot.World{Forms: catalog, Agency: "Example Town", Phone: "02 000 0000", Lang: words.Thai, NewID: "d1", Announced: true, BaseURL: testhouse.BaseURL}
	var c bot.Conversation
	at := time.Date(2026, 11, 23, 10, 0, 0, 0, time.UTC)
	give := func(m bot.Message) (heard []string) {
		t.Helper()
		m.At = at
		var replies []bot.Reply
		c, replies, _ = bot.Step(c, m, world)
		for _, r := range replies {
			heard = append(heard, said(r)...)
		}
		return heard
	}
	if heard := give(bot.Message{Kind: bot.Postback, Data: "v1|lang|"}); !slices.Contains(heard, name) || !slices.Contains(heard, "English") {
		t.Errorf("the languages to choose from: %q", heard)
	}
	give(bot.Message{Kind: bot.Text, Text: name})
	if c.Lang != code || c.MenuLang() != words.English {
		t.Fatalf("the conversation is in %q, its menu in %q", c.Lang, c.MenuLang())
	}
	for _, m := range []bot.Message{
		{Kind: bot.Text, Text: "menu"}, {Kind: bot.Postback, Data: bot.StartData("elderly-allowance")}, {Kind: bot.Postback, Data: bot.TrackData()},
		{Kind: bot.Text, Text: "continue"}, {Kind: bot.Text, Text: "1"}, {Kind: bot.Sticker}, {Kind: bot.Postback, Data: bot.HumanData()},
	} {
		heard := give(m)
		if len(heard) == 0 {
			t.Errorf("%+v: nothing is said", m)
		}
		for _, text := range heard {
			spoken(t, fmt.Sprintf("%s %q", m.Kind, m.Text+m.Data), text)
		}
	}
	f, _ := catalog.Find("hazardous-business")
	cards := []bot.Reply{
		bot.ReceiptCard(code, bot.ReceiptInfo{Form: f, Number: "SN-2569-000001", Agency: "Example Town", EnteredAt: at, DeemedReceivedAt: at.Add(time.Hour), DueAt: at.AddDate(0, 0, 30), Files: 2, TrackURL: testhouse.BaseURL, Ticket: 1}),
		bot.DecisionCard(code, bot.DecisionInfo{Form: f, Outcome: f.Outcomes[0], Number: "SN-2569-000001", Agency: "Example Town", Approved: true, At: at, Permit: "SN-HB-2569-000001", PermitURL: testhouse.BaseURL}),
		bot.FaultReply(code),
	}
	for _, r := range cards {
		heard := said(r)
		if !strings.Contains(strings.Join(heard, " "), mark) {
			t.Errorf("a card says %q", heard)
		}
		for _, text := range heard {
			spoken(t, "card", text)
		}
	}
}

var (
	tags     = regexp.MustCompile(`(?s)<style.*?</style>|<script.*?</script>|<[^>]*>`)
	thaiPart = regexp.MustCompile(`(?s)<(\w+)[^>]* lang="th"[^>]*>.*?</\w+>`)
)

// Pages are read in it, offer it under its own name, and say in it what went wrong; what has not been translated, such as
// the name of an agency, is marked as Thai.
func TestPagesSpeakIt(t *testing.T) {
	t.Parallel()
	h := testhouse.Open(t)
	p, err := portal.New(portal.Deps{
		DB: h.Pool, Permits: h.Permits, Files: h.Files, Now: h.Now, Logger: h.Log, BaseURL: testhouse.BaseURL, Desk: h.Desk, Box: h.Box, Jobs: h.Client, Catalog: h.Forms,
	})
	must(t, err)
	pages := chi.NewRouter()
	p.Routes(pages)
	get := func(address string, header ...string) *httptest.ResponseRecorder {
		w := httptest.NewRecorder()
		r := httptest.NewRequestWithContext(t.Context(), http.MethodGet, address, http.NoBody)
		r.Header.Set("Accept", "text/html")
		for i := 0; i+1 < len(header); i += 2 {
			r.Header.Set(header[i], header[i+1])
		}
		pages.ServeHTTP(w, r)
		return w
	}
	for _, address := range []string{"/", "/verify", "/verify?number=7", "/me/sign-in", "/p/SN-HB-2569-999999", "/track/" + strings.Repeat("A", 26), "/nowhere", "/services/sn/hazardous-business"} {
		page := get(address, "Cookie", "saphan-lang="+code).Body.String()
		if !strings.Contains(page, `<html lang="`+code+`"`) || !strings.Contains(page, mark) {
			t.Errorf("%s is not in %s", address, name)
		}
		if !strings.Contains(page, `hreflang="en"`) && !strings.Contains(page, `>English<`) {
			t.Errorf("%s offers no other language", address)
		}
		for _, text := range strings.Split(tags.ReplaceAllString(thaiPart.ReplaceAllString(page, ""), "\x00"), "\x00") {
			spoken(t, address, strings.TrimSpace(text))
		}
	}
	chosen := get("/verify?lang=" + code)
	if !slices.ContainsFunc(chosen.Result().Cookies(), func(c *http.Cookie) bool { return c.Name == "saphan-lang" && c.Value == code }) {
		t.Error("the language that the address names is not remembered")
	}
	if page := get("/verify").Body.String(); !strings.Contains(page, ">"+name+"<") || strings.Contains(page, mark) {
		t.Error("the Thai page does not offer it, or speaks it")
	}
	if said := get("/p/SN-HB-2569-999999", "Accept", "application/json", "Accept-Language", code).Body.String(); !strings.Contains(said, mark) {
		t.Errorf("a program that asks for it is told %s", said)
	}
	manual := get("/services/sn/hazardous-business/manual.pdf?lang=" + code)
	if text := tool.Text(t, manual.Body.Bytes()); !strings.Contains(text, mark) {
		t.Errorf("the manual says\n%s", text)
	}
}

// The receipt of a request is drawn in it, and says that the Thai one is the evidence.
func TestReceiptSpeaksIt(t *testing.T) {
	t.Parallel()
	at := time.Date(2026, 11, 23, 10, 0, 0, 0, time.UTC)
	document, err := papers.Receipt{
		Lang: code, Number: "SN-2569-000001", Service: "Service", Agency: papers.Agency{Name: "Example Town", Phone: "02 000 0000"}, Citizen: "Example", Channel: "LINE",
		EnteredAt: at, ReceivedAt: at, VerifyURL: testhouse.BaseURL + "/track/x", MadeAt: at,
	}.PDF()
	must(t, err)
	if text := tool.Text(t, document); strings.Count(text, mark) < 8 || !strings.Contains(text, "23 November 2026") {
		t.Errorf("the receipt says\n%s", text)
	}
}

// Refusals are said in it with what belongs into them.
func TestFaultsSpeakIt(t *testing.T) {
	t.Parallel()
	err := fault.Newf(fault.Invalid, "รหัสผ่านต้องยาว {min} ถึง {max} ตัวอักษร", "min", 12, "max", 128)
	if got, want := fault.In(fmt.Errorf("outer: %w", err), code), mark+"รหัสผ่านต้องยาว 12 ถึง 128 ตัวอักษร"; got != want {
		t.Errorf("said %q, want %q", got, want)
	}
	if got := fault.In(os.ErrNotExist, code); !strings.HasPrefix(got, mark) {
		t.Errorf("what is no fault is told as %q", got)
	}
	if got := fault.In(err, words.English); got != "A password needs 12 to 128 characters." {
		t.Errorf("in English: %q", got)
	}
}
