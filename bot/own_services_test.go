package bot

import (
	"context"
	"log/slog"
	"slices"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"saphan/forms"
	"saphan/internal/pgtest"
)

// offering is the ready services as one agency has them, and as everybody else has.
type offering struct {
	own, all *forms.Catalog
	turn     func(key forms.Key, off bool)
}

// without are the ready services of an agency that does not offer some.
func without(t testing.TB, off ...forms.Key) offering {
	t.Helper()
	check := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	pool := pgtest.DB(t)
	within := func(ctx context.Context, f func(pgx.Tx) error) error {
		return pgx.BeginFunc(ctx, pool, func(tx pgx.Tx) error {
			if _, err := tx.Exec(ctx, `SET LOCAL app.agency = 'all'`); err != nil {
				return err
			}
			return f(tx)
		})
	}
	shipped, err := forms.Shipped()
	check(err)
	now := time.Date(2026, 11, 20, 3, 0, 0, 0, time.UTC)
	library, err := forms.NewLibrary(within, slog.New(slog.DiscardHandler), func() time.Time { return now }, shipped)
	check(err)
	check(library.Refresh(t.Context()))
	var agency int64
	check(within(t.Context(), func(tx pgx.Tx) error {
		return tx.QueryRow(t.Context(), `INSERT INTO agencies (code, name, kind) VALUES ('OS', 'เทศบาลตัวอย่าง', 'เทศบาล') RETURNING id`).Scan(&agency)
	}))
	o := offering{own: library.Catalog().Agency(agency), all: library.Catalog()}
	o.turn = func(key forms.Key, off bool) {
		t.Helper()
		f, ok := library.Catalog().Find(key)
		if !ok {
			t.Fatalf("there is no service %s", key)
		}
		check(within(t.Context(), func(tx pgx.Tx) error {
			_, err := forms.Depart(t.Context(), tx, forms.Made{Override: forms.Override{Off: off}, Agency: agency, Form: key, Base: f.Version, At: now})
			return err
		}))
		check(library.Refresh(t.Context()))
	}
	for _, key := range off {
		o.turn(key, true)
	}
	return o
}

// What an agency has switched off is nowhere in its chat: in no list, no menu, no proposal, and a button of an
// old card does not begin it.
func TestServiceSwitchedOffIsNotShown(t *testing.T) {
	t.Parallel()
	const off = forms.Key("public-problem")
	o := without(t, off)
	s := newStage(t)
	s.w.Forms = o.own
	lat := 13.75
	for _, m := range []Message{
		{Kind: Follow}, {Kind: Text, Text: "เมนู"}, {Kind: Postback, Data: data(verbApply)}, {Kind: Text, Text: "ไฟถนนดับ"},
		{Kind: Image, Attachment: s.file("", "image/jpeg")}, {Kind: Location, Place: &Place{Address: "ตลาด", Latitude: lat, Longitude: 100.5}},
		{Kind: Text, Text: "บลาๆๆ"}, {Kind: Postback, Data: StartData(string(off))}, {Kind: Text, Text: "เจ้าหน้าที่"},
	} {
		s.give(m)
		if s.c.Draft != nil {
			t.Fatalf("%+v began %s", m, s.c.Draft.Form)
		}
	}
	for _, c := range s.history {
		if c.Data == StartData(string(off)) {
			t.Errorf("it is offered as %q", c.Label)
		}
	}
	for _, lang := range MenuLanguages() {
		menu := NewFixedMenu(o.own, "เทศบาลตัวอย่าง", lang)
		if i := slices.IndexFunc(menu.Areas[:], func(a MenuArea) bool { return a.Key == ReportArea }); menu.Areas[i].Data != MenuData() {
			t.Errorf("the menu in %s begins it", lang)
		}
		if menu := NewFixedMenu(o.all, "", lang); menu.Areas[1].Data != StartData(string(off)) {
			t.Errorf("the menu of others in %s does not begin it", lang)
		}
	}
}

// A form that was begun before the agency switched its service off can be finished, and is not begun anew.
func TestServiceSwitchedOffIsFinished(t *testing.T) {
	t.Parallel()
	o := without(t)
	s := newStage(t)
	s.w.Forms = o.own
	s.give(Message{Kind: Postback, Data: StartData("question")})
	s.give(Message{Kind: Postback, Data: StartData("public-problem")})
	s.give(s.message("[💡 ไฟถนนดับ]"))
	o.turn("public-problem", true)
	o.turn("question", true)
	for _, l := range []string{"[ข้าม]", "(ตำแหน่ง ตลาด)", "[ข้าม]", "[ส่งคำขอ]"} {
		s.give(s.message(l))
	}
	if e, ok := s.effects[0].(Submit); !ok || e.Form != "public-problem" {
		t.Fatalf("it was not filed: %+v", s.effects)
	}
	s.give(Message{Kind: Text, Text: "ทำต่อ"}) // the question that was put aside
	s.give(Message{Kind: Text, Text: "เปิดวันเสาร์ไหมคะ"})
	s.give(s.message("[ส่งคำขอ]"))
	if e, ok := s.effects[0].(Submit); !ok || e.Form != "question" {
		t.Fatalf("what was put aside was not filed: %+v", s.effects)
	}
	s.give(Message{Kind: Postback, Data: StartData("public-problem")})
	if s.c.Draft != nil || s.replies[0].Text != Tongue("th").Say("service.gone") {
		t.Errorf("it begins once more: %+v", s.replies)
	}
}
