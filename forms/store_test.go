package forms_test

import (
	"context"
	"errors"
	"log/slog"
	"os"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/jackc/pgx/v5"

	"saphan/forms"
	"saphan/internal/pgtest"
)

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func TestMain(m *testing.M) { pgtest.Main(m) }

// stack is a library over one folder, with two agencies.
type stack struct {
	*forms.Library
	t      *testing.T
	folder fstest.MapFS
	first  []byte // workshop.yaml as it was
	within func(context.Context, func(pgx.Tx) error) error
	one    int64
	two    int64
	now    time.Time
}

func newStack(t *testing.T) *stack {
	t.Helper()
	raw, err := os.ReadFile("testdata/workshop.yaml")
	must(t, err)
	pool := pgtest.DB(t)
	s := &stack{t: t, first: raw, folder: fstest.MapFS{"workshop.yaml": {Data: raw}}, now: time.Date(2026, 11, 22, 3, 0, 0, 0, time.UTC)}
	s.within = func(ctx context.Context, f func(pgx.Tx) error) error {
		return pgx.BeginFunc(ctx, pool, func(tx pgx.Tx) error {
			if _, err := tx.Exec(ctx, `SET LOCAL app.agency = 'all'`); err != nil {
				return err
			}
			return f(tx)
		})
	}
	s.do(func(tx pgx.Tx) error {
		return tx.QueryRow(t.Context(), `WITH a AS (INSERT INTO agencies (code, name, kind) VALUES ('FA', 'ก', 'เทศบาล'), ('FB', 'ข', 'อบต.') RETURNING id)
			SELECT min(id), max(id) FROM a`).Scan(&s.one, &s.two)
	})
	s.Library = s.library()
	must(t, s.Refresh(t.Context()))
	return s
}

func (s *stack) library() *forms.Library {
	s.t.Helper()
	l, err := forms.NewLibrary(s.within, slog.New(slog.DiscardHandler), func() time.Time { return s.now }, s.folder)
	must(s.t, err)
	return l
}

func (s *stack) do(f func(pgx.Tx) error) {
	s.t.Helper()
	must(s.t, s.within(s.t.Context(), f))
}

func (s *stack) edit(name, old, text string) {
	s.t.Helper()
	raw := s.folder["workshop.yaml"].Data
	changed := strings.Replace(string(raw), old, text, 1)
	if changed == string(raw) {
		s.t.Fatalf("%q is not there", old)
	}
	s.folder[name] = &fstest.MapFile{Data: []byte(changed)}
}

func (s *stack) depart(agency int64, o forms.Override) (id forms.OverrideID) {
	s.t.Helper()
	s.do(func(tx pgx.Tx) (err error) {
		id, err = forms.Depart(s.t.Context(), tx, forms.Made{Override: o, Agency: agency, Form: "workshop", Base: 1, At: s.now})
		return err
	})
	must(s.t, s.Refresh(s.t.Context()))
	return id
}

// LFA-7.1: a case keeps its version when a newer one is there, and when the file is gone.
func TestVersionsAreKept(t *testing.T) {
	t.Parallel()
	s := newStack(t)
	s.edit("workshop.v2.yaml", "version: 1", "version: 2")
	s.do(func(tx pgx.Tx) error { return forms.Use(t.Context(), tx, "workshop", 1) })
	must(t, s.Refresh(t.Context()))
	if f, _ := s.Catalog().Find("workshop"); f.Version != 2 {
		t.Errorf("version %d is offered", f.Version)
	}
	delete(s.folder, "workshop.yaml")
	other := s.library() // another process, later
	must(t, other.Refresh(t.Context()))
	if f, ok := other.Catalog().Version("workshop", 1); !ok || f.Version != 1 {
		t.Error("the version of a case is gone")
	}
	if n := len(other.Catalog().List()); n != 1 {
		t.Errorf("%d services", n)
	}
}

// LFA-7.1: a case keeps a version whose words a later release does not take any more.
func TestKeptWordsStay(t *testing.T) {
	t.Parallel()
	s := newStack(t)
	s.do(func(tx pgx.Tx) error {
		_, err := tx.Exec(t.Context(), `UPDATE form_versions SET used = true, source = replace(convert_from(source, 'UTF8'), 'An officer will tell you the result.', 'Wait in this chat.')::bytea`)
		return err
	})
	s.edit("workshop.yaml", "An officer will tell you the result.", "Wait in this chat.")
	other, err := forms.NewLibrary(s.within, slog.New(slog.DiscardHandler), func() time.Time { return s.now }, fstest.MapFS{"shop.yaml": {Data: []byte(strings.Replace(string(s.first), "key: workshop", "key: shop", 1))}}, s.folder)
	must(t, err)
	var fault forms.FaultError
	if err := other.Refresh(t.Context()); !errors.As(err, &fault) || fault.Where != "next" {
		t.Errorf("refreshed with %v, want the fault of the file", err)
	}
	if f, ok := other.Catalog().Version("workshop", 1); !ok || f.Next.EN != "Wait in this chat." {
		t.Error("the version of a case is gone")
	}
}

// A version may change until a request uses it; then the file is refused and what it said stays.
func TestVersionInUse(t *testing.T) {
	t.Parallel()
	s := newStack(t)
	s.edit("workshop.yaml", "Workshop}", "Worksop}")
	must(t, s.Refresh(t.Context()))
	if f, _ := s.Catalog().Find("workshop"); f.Short.EN != "Worksop" {
		t.Errorf("called %q", f.Short.EN)
	}
	s.do(func(tx pgx.Tx) error { return forms.Use(t.Context(), tx, "workshop", 1) })
	s.edit("workshop.yaml", "Worksop}", "Workshop}")
	var fault forms.FaultError
	if err := s.Refresh(t.Context()); !errors.As(err, &fault) || fault.File != "workshop.yaml" || !strings.Contains(fault.What, "raise the version") {
		t.Errorf("got %v", err)
	}
	if f, _ := s.Catalog().Find("workshop"); f.Short.EN != "Worksop" {
		t.Errorf("called %q", f.Short.EN)
	}
}

// A faulty file takes nothing away, and a new one is there without a restart.
func TestFilesComeAndGo(t *testing.T) {
	t.Parallel()
	s := newStack(t)
	s.edit("broken.yaml", "key: workshop", "key: other")
	s.edit("bakery.yaml", "key: workshop", "key: bakery")
	if err := s.Refresh(t.Context()); err == nil || !strings.Contains(err.Error(), `broken.yaml:1: key: is "other"`) {
		t.Errorf("got %v", err)
	}
	for _, key := range []forms.Key{"workshop", "bakery"} {
		if _, ok := s.Catalog().Find(key); !ok {
			t.Errorf("%s is not there", key)
		}
	}
}

// A version counts from its day.
func TestVersionFromADay(t *testing.T) {
	t.Parallel()
	s := newStack(t)
	s.edit("workshop.v2.yaml", "version: 1", "version: 2\nfrom: 2569-11-23")
	must(t, s.Refresh(t.Context()))
	for at, want := range map[string]int{"2026-11-22T16:59:59Z": 1, "2026-11-22T17:00:00Z": 2} { // midnight in Bangkok
		now, err := time.Parse(time.RFC3339, at)
		must(t, err)
		s.now = now
		if f, _ := s.Catalog().Find("workshop"); f.Version != want || len(s.Catalog().List()) != 1 {
			t.Errorf("%s: version %d", at, f.Version)
		}
	}
}

// SVC-0, SEED-25: an agency has its own fees, days and names; others have the template's; what does not fit
// the template is left out and named; a case keeps what counted when it began.
func TestOverrides(t *testing.T) {
	t.Parallel()
	s := newStack(t)
	row := func(key string, baht float64) forms.FeeRow {
		return forms.FeeRow{Key: key, Label: forms.Text{TH: key, EN: key}, Baht: baht}
	}
	law := forms.Text{TH: "ข้อบัญญัติ", EN: "Ordinance"}
	first := s.depart(s.one, forms.Override{
		FormCode: "กอ.9", Days: map[forms.ClockKey]int{forms.Pay: 10}, Signer: "นายกเทศมนตรี", Legal: []forms.Text{law},
		Tables:  []forms.FeeTable{{Key: "machine", Law: law, Rows: []forms.FeeRow{row("saw", 10), row("oven", 20)}}},
		Waivers: []forms.Waiver{{Lines: []string{"licence"}, Percent: 50, Text: law, Law: law}},
	})
	own, _ := s.Catalog().Agency(s.one).Find("workshop")
	answers := []forms.Answer{
		{Field: "purpose", Kind: forms.ChoiceField, Value: []byte(`"new"`)}, {Field: "area", Kind: forms.NumberField, Value: []byte(`300`)},
		{Field: "machines.1.kind", Kind: forms.ChoiceField, Value: []byte(`"oven"`)}, {Field: "machines.1.more", Kind: forms.ChoiceField, Value: []byte(`"no"`)},
	}
	bill, err := own.Bill(answers, forms.Dates{Filed: s.now, Decided: s.now})
	if pay, _ := own.Clock(forms.Pay, answers); err != nil || bill.Satang != 1000 || own.FormCode != "กอ.9" || own.Signer != "นายกเทศมนตรี" || len(own.Legal) != 2 || pay.Days != 10 {
		t.Errorf("%v, %+v, %+v, %s", err, bill, pay, own.FormCode)
	}
	if others, _ := s.Catalog().Agency(s.two).Find("workshop"); others.FormCode != "ตย.1" || others.Fee.Tables[1].Rows[1].Baht != 500.25 {
		t.Errorf("another agency: %+v", others.Fee.Tables)
	}
	s.depart(s.one, forms.Override{Off: true})
	if _, ok := s.Catalog().Agency(s.one).Find("workshop"); ok || len(s.Catalog().Agency(s.one).List()) != 0 || len(s.Catalog().Agency(s.two).List()) != 1 {
		t.Error("offered although it was taken off")
	}
	for _, c := range []*forms.Catalog{s.Catalog(), s.library().Catalog()} { // the second has not heard of it
		s.do(func(tx pgx.Tx) error {
			f, err := c.Kept(t.Context(), tx, "workshop", 1, first)
			if err != nil || f.FormCode != "กอ.9" {
				t.Errorf("a case lost what counted when it began: %v", err)
			}
			return nil
		})
	}
	s.do(func(tx pgx.Tx) error {
		made, err := forms.Overrides(t.Context(), tx, s.one, "workshop")
		if err != nil || len(made) != 2 || !made[0].Off || made[1].ID != first || made[1].Tables[0].Rows[1].Baht != 20 {
			t.Errorf("%v: %+v", err, made)
		}
		id, err := forms.InForce(t.Context(), tx, s.two, "workshop")
		if id != 0 {
			t.Errorf("override %d of an agency that made none", id)
		}
		return err
	})
	_, conflicts := own.With(forms.Override{
		Days:    map[forms.ClockKey]int{forms.Decide: 60, forms.CheckAll: 3},
		Tables:  []forms.FeeTable{{Key: "machine", Law: law, Rows: []forms.FeeRow{row("saw", 1)}}, {Key: "gone", Law: law, Rows: []forms.FeeRow{row("x", 1)}}},
		Waivers: []forms.Waiver{{Lines: []string{"gone"}}},
	})
	if len(conflicts) < 5 {
		t.Errorf("conflicts %q", conflicts)
	}
}

// What an agency must know of a new version of the template.
func TestCompare(t *testing.T) {
	t.Parallel()
	s := newStack(t)
	before, _ := s.Catalog().Find("workshop")
	s.edit("workshop.v2.yaml", "version: 1", "version: 2")
	text := strings.NewReplacer("min: 1}", "min: 5}", "baht: 500.25", "baht: 600", "days: 30, unit", "days: 25, unit", "key: mail, kind: email", "key: post, kind: email").Replace(string(s.folder["workshop.v2.yaml"].Data))
	s.folder["workshop.v2.yaml"] = &fstest.MapFile{Data: []byte(text)}
	must(t, s.Refresh(t.Context()))
	after, _ := s.Catalog().Find("workshop")
	found := map[string]forms.Difference{}
	for _, d := range forms.Compare(before, after) {
		found[d.Where] = d
	}
	for _, want := range []forms.Difference{
		{"fields.area.min", "พื้นที่", "1", "5"}, {"fee.tables[1].rows.oven.baht", "เตา", "500.25", "600"}, {"clocks[1].days", "", "30", "25"},
		{"fields.mail.kind", "อีเมล", "email", ""}, {"fields.post.kind", "อีเมล", "", "email"}, {"version", "", "1", "2"},
	} {
		if found[want.Where] != want {
			t.Errorf("got %+v, want %+v", found[want.Where], want)
		}
	}
	if len(forms.Compare(before, before)) != 0 {
		t.Error("a version differs from itself")
	}
}

// Reading a service costs; what is on offer is read again only where it changed.
func TestUnchangedFilesAreReadOnce(t *testing.T) {
	t.Parallel()
	s := newStack(t)
	s.edit("bakery.yaml", "key: workshop", "key: bakery")
	must(t, s.Refresh(t.Context()))
	workshop, _ := s.Catalog().Find("workshop")
	bakery, _ := s.Catalog().Find("bakery")
	s.folder["bakery.yaml"].Data = append(s.folder["bakery.yaml"].Data, '\n')
	must(t, s.Refresh(t.Context()))
	if f, _ := s.Catalog().Find("workshop"); f != workshop {
		t.Error("the workshop was read again")
	}
	if f, _ := s.Catalog().Find("bakery"); f == bakery {
		t.Error("the bakery was not read again")
	}
}

// What another release publishes of a version that nobody uses stays, though this one says otherwise: of two that
// run side by side neither takes back what the other says, for ever.
func TestReleasesDoNotTakeTurns(t *testing.T) {
	t.Parallel()
	s := newStack(t)
	before := s.Library
	s.edit("workshop.yaml", "Workshop}", "Worksop}")
	after := s.library()
	must(t, after.Refresh(t.Context()))
	s.edit("workshop.yaml", "Worksop}", "Workshop}")
	must(t, before.Refresh(t.Context()))
	if f, _ := before.Catalog().Find("workshop"); f.Short.EN != "Worksop" {
		t.Errorf("called %q", f.Short.EN)
	}
}
