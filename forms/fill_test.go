package forms

import (
	"maps"
	"math/rand/v2"
	"slices"
	"testing"
)

// entries says answers as a page does that shows nothing yet: a field and what is typed, in turn.
func entries(pairs ...string) (all []Entry) {
	for i := 0; i < len(pairs); i += 2 {
		all = append(all, Entry{Field: pairs[i], Input: Input{Text: pairs[i+1]}, Empty: pairs[i+1] == ""})
	}
	return all
}

// answersOf are the answers of a draft by field, as people read them.
func answersOf(d Draft) map[string]string {
	all := map[string]string{}
	for _, a := range d.Answers {
		all[a.Field] = a.Text
	}
	return all
}

// What a page answers to a question that another answer of the same page opened counts, in whatever order it comes; what
// is refused is told, and the rest stays.
func TestFillInOpensAndRefuses(t *testing.T) {
	t.Parallel()
	f := workshop(t)
	d, filled := f.FillIn(Draft{}, Fill{Entries: entries(
		"opens", "8.30", "expires", "21 พ.ย. 2569", "purpose", "ต่ออายุ", "sells", "กินที่ร้าน", "area", "ไม่รู้", "guardian", "ใครก็ได้", "mail", "", "born", "",
	)}, at, "th")
	want := map[string]string{"opens": "08.30 น.", "expires": "21 พฤศจิกายน 2569", "purpose": "ต่ออายุ", "sells": "กินที่ร้าน"}
	if got := answersOf(d); !maps.Equal(got, want) {
		t.Errorf("answers %v, want %v", got, want)
	}
	if len(filled.Faults) != 1 || filled.Faults["area"] == "" || len(filled.Clashes) != 0 {
		t.Errorf("filled %+v", filled)
	}
	if !slices.Equal(d.Skipped, []string{"mail"}) || !d.TouchedAt.Equal(at) {
		t.Errorf("left out %v at %v", d.Skipped, d.TouchedAt)
	}
	// An answer that closes a question keeps what was said to it.
	closed, _ := f.FillIn(d, Fill{Entries: []Entry{{Field: "purpose", Input: Input{Choice: "new"}, Was: print(d, "purpose")}}}, at, "th")
	if answersOf(closed)["expires"] == "" || slices.ContainsFunc(f.Asked(closed.Answers), func(a Answer) bool { return a.Field == "expires" }) {
		t.Errorf("closed: %v", answersOf(closed))
	}
}

func print(d Draft, field string) string {
	a, _ := Find(d.Answers, field)
	return a.Print()
}

// What was answered elsewhere since the page was drawn stays, and is told when the page says something else.
func TestFillInTellsOfClashes(t *testing.T) {
	t.Parallel()
	f := workshop(t)
	d, _ := f.FillIn(Draft{}, Fill{Entries: entries("area", "120", "mail", "a@example.com")}, at, "th")
	was := print(d, "area")
	since, _ := f.FillIn(d, Fill{Entries: []Entry{{Field: "area", Input: Input{Text: "300"}, Was: was}}}, at, "th")
	for _, c := range []struct {
		name  string
		e     Entry
		want  string // of area
		clash bool
	}{
		{"another answer", Entry{Field: "area", Input: Input{Text: "50"}, Was: was}, "300", true},
		{"the answer that the page had shown", Entry{Field: "area", Input: Input{Text: "120"}, Was: was}, "300", true},
		{"the same answer", Entry{Field: "area", Input: Input{Text: "300"}, Was: was}, "300", false},
		{"emptied", Entry{Field: "area", Empty: true, Was: was}, "300", true},
		{"nothing by a page that knew of none", Entry{Field: "area", Empty: true}, "300", false},
		{"chosen at last", Entry{Field: "area", Input: Input{Text: "50"}, Was: print(since, "area")}, "50", false},
		{"emptied, knowing what stands there", Entry{Field: "area", Empty: true, Was: print(since, "area")}, "", false},
	} {
		after, filled := f.FillIn(since, Fill{Entries: []Entry{c.e}}, at, "th")
		if answersOf(after)["area"] != c.want || (len(filled.Clashes) == 1) != c.clash || len(filled.Faults) != 0 {
			t.Errorf("%s: %q, %+v", c.name, answersOf(after)["area"], filled)
		}
	}
	gone, _ := f.FillIn(d, Fill{Entries: []Entry{{Field: "mail", Empty: true, Was: print(d, "mail")}}}, at, "th")
	after, filled := f.FillIn(gone, Fill{Entries: []Entry{{Field: "mail", Input: Input{Text: "b@example.com"}, Was: print(d, "mail")}}}, at, "th")
	if len(filled.Clashes) != 1 || filled.Clashes[0].Stored.Field != "" || answersOf(after)["mail"] != "" || !slices.Contains(gone.Skipped, "mail") {
		t.Errorf("taken back elsewhere: %+v", filled)
	}
}

// Things of groups are begun and taken out; those behind one that goes move up, with what is said about them.
func TestFillInThings(t *testing.T) {
	t.Parallel()
	f := workshop(t)
	d, filled := f.FillIn(Draft{}, Fill{More: []string{"machines"}}, at, "th")
	if filled.Faults["machines"] != "กรอกข้อมูลของเครื่องที่ 1 ให้ครบก่อน แล้วจึงเพิ่มรายการต่อไปค่ะ" {
		t.Errorf("another before the first: %q", filled.Faults)
	}
	machines := []string{"เตา", "เลื่อย", "เตา"}
	for i, kind := range machines {
		n := string(rune('1' + i))
		fill := Fill{Revision: d.Revision, Entries: entries("machines."+n+".kind", kind, "machines."+n+".power", "5", "machines."+n+".note", "ตัวที่ "+n), More: []string{"machines"}}
		first, _ := f.FillIn(d, fill, at, "th")
		again, filled := f.FillIn(first, fill, at, "th")
		if again.Revision != first.Revision || len(filled.Faults)+len(filled.Clashes) != 0 {
			t.Errorf("the same page again: revision %d, then %d, %+v", first.Revision, again.Revision, filled)
		}
		d = first
	}
	if got := f.Things(d.Answers, "machines"); got != 3 {
		t.Fatalf("%d things: %v", got, answersOf(d))
	}
	if _, filled = f.FillIn(d, Fill{Revision: d.Revision, More: []string{"machines"}}, at, "th"); filled.Faults["machines"] != "เพิ่มได้ไม่เกิน 3 รายการค่ะ" {
		t.Errorf("a fourth: %q", filled.Faults)
	}
	d.Sources = map[string][]string{"machines.3.kind": {"m7"}}
	less := Fill{Revision: d.Revision, Less: []Thing{{"machines", 2}}, Entries: []Entry{{Field: "machines.3.note", Input: Input{Text: "???"}, Was: print(d, "machines.3.note")}}}
	after, filled := f.FillIn(d, less, at, "th")
	if got := answersOf(after); got["machines.2.kind"] != "เตา" || got["machines.2.note"] != "ตัวที่ 3" || got["machines.3.kind"] != "" || got["machines.2.power"] != "" {
		t.Errorf("after the second is gone: %v", got)
	}
	if filled.Faults["machines.2.note"] == "" || len(filled.Faults) != 1 || !slices.Equal(after.Sources["machines.2.kind"], []string{"m7"}) {
		t.Errorf("told %+v, sources %v", filled, after.Sources)
	}
	if stale, filled := f.FillIn(after, less, at, "th"); !filled.Stale || f.Things(stale.Answers, "machines") != 2 {
		t.Errorf("taken out twice: %+v", filled)
	}
	only, _ := f.FillIn(after, Fill{Revision: after.Revision, Less: []Thing{{"machines", 1}, {"machines", 2}}}, at, "th")
	if f.Things(only.Answers, "machines") != 1 {
		t.Errorf("fewer than the form wants: %v", answersOf(only))
	}
	open := f.FillInClosed(t, only)
	if missing := keys(f.Missing(open.Answers)); slices.Contains(missing, "machines.1.more") {
		t.Errorf("still asks whether there are more: %v", missing)
	}
}

// FillInClosed is Closed, for a draft whose question for more was not answered.
func (f *Form) FillInClosed(t *testing.T, d Draft) Draft {
	t.Helper()
	d.Answers = slices.DeleteFunc(slices.Clone(d.Answers), Answer.Continues)
	return f.Closed(d, at)
}

// Whatever pages say: nothing is lost that they did not take back, nothing stands that no question would take, and the
// same page twice is as once.
func TestFillInKeepsAnything(t *testing.T) {
	t.Parallel()
	f := workshop(t)
	typed := []string{"", "ขอใหม่", "ต่ออายุ", "120", "300", "2489", "กินที่ร้าน, กลับบ้าน", "8.30", "a@example.com", "เลื่อย", "เตา", "เตาใหญ่", "สมชาย ตัวอย่าง", "???", "21 พ.ย. 2569", "5"}
	for seed := range uint64(60) {
		r := rand.New(rand.NewPCG(seed, 5))
		var d, seen Draft // seen is what the page shows
		for range 40 {
			if r.IntN(3) > 0 {
				seen = d
			}
			fill := Fill{Revision: seen.Revision}
			for _, fl := range f.Open(seen.Answers) {
				if r.IntN(4) > 0 {
					continue
				}
				words := typed[r.IntN(len(typed))]
				fill.Entries = append(fill.Entries, Entry{Field: fl.Key, Input: Input{Text: words}, Empty: words == "", Was: print(seen, fl.Key)})
			}
			if r.IntN(4) == 0 {
				fill.More = []string{"machines"}
			}
			if r.IntN(8) == 0 {
				fill.Less = []Thing{{"machines", 1 + r.IntN(3)}}
			}
			after, filled := f.FillIn(d, fill, at, "th")
			if twice, _ := f.FillIn(after, fill, at, "th"); len(fill.Less) == 0 && twice.Revision != after.Revision {
				t.Fatalf("seed %d: twice is not as once: %v, then %v by %+v", seed, answersOf(after), answersOf(twice), fill)
			}
			for _, a := range d.Answers {
				i := slices.IndexFunc(fill.Entries, func(e Entry) bool { return e.Field == a.Field })
				_, stays := Find(after.Answers, a.Field)
				if emptied := i >= 0 && fill.Entries[i].Empty; !stays && !emptied && len(fill.Less) == 0 {
					t.Fatalf("seed %d: the answer to %s is gone by %+v", seed, a.Field, fill)
				}
			}
			if len(fill.Less) > 0 && fill.Revision != d.Revision && !filled.Stale {
				t.Fatalf("seed %d: an old page took something out", seed)
			}
			for _, a := range after.Answers {
				if fl, ok := f.Field(a.Field); !ok || fl.Kind != a.Kind {
					t.Fatalf("seed %d: %+v answers no question", seed, a)
				}
			}
			d = after
		}
	}
}
