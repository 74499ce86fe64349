package permits_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"saphan/internal/chain"
	"saphan/internal/fault"
	"saphan/internal/pgtest"
	"saphan/internal/thai"
	"saphan/internal/tool"
	"saphan/permits"
)

// A replacement keeps the end of what it stands for, which is of no use from then on; issuing it twice is as once.
func TestReplacePermitOfTheRegister(t *testing.T) {
	t.Parallel()
	ctx, tx := t.Context(), pgtest.Tx(t)
	o, c := office(t)
	a, q := agency(ctx, t, tx, "SN")
	c.set(2027, time.February, 28, 10, 0)
	first := grant(a, ticket(ctx, t, tx, a, q, 1))
	first.Replaces, first.Until = "เล่มที่ 1 เลขที่ 12/2570", time.Date(2028, time.February, 29, 12, 0, 0, 0, thai.Bangkok())
	old, err := o.Issue(ctx, tx, first)
	if err != nil || old.ValidUntil == nil || old.ValidUntil.Format(time.DateOnly) != "2028-02-29" || old.Replaces != first.Replaces {
		t.Fatalf("on 29 February a paper licence ends: %+v, %v", old, err)
	}
	c.set(2027, time.November, 21, 10, 0)
	g := grant(a, ticket(ctx, t, tx, a, q, 2))
	g.Replaces = strings.ToLower(thai.ThaiDigits(old.Number)) // as people type it; the register says the day
	var made permits.Permit
	for range 2 {
		if made, err = o.Issue(ctx, tx, g); err != nil {
			t.Fatal(err)
		}
	}
	if made.Replaces != old.Number || made.ValidUntil == nil || !made.ValidUntil.Equal(*old.ValidUntil) || made.StatusAt(c.now()) != permits.Active {
		t.Errorf("the new one: %+v", made)
	}
	if old, err = permits.FindByID(ctx, tx, old.ID); err != nil || old.StatusAt(c.now()) != permits.Replaced || old.ReplacedBy != made.Number {
		t.Errorf("the old one: %+v, %v", old, err)
	}
	events, err := permits.History(ctx, tx, old.ID)
	if err != nil || len(events) != 2 || events[1].Kind != permits.EventReplaced || events[1].Actor != "officer 1" || chain.Check(events) != nil {
		t.Errorf("history %+v, %v", events, err)
	}
	// Nothing else happens to it, and it is replaced by one only.
	if err := o.Restore(ctx, tx, "officer 1", old.ID, "ขอคืน"); !fault.Is(err, fault.Conflict) {
		t.Errorf("restored: %v", err)
	}
	g = grant(a, ticket(ctx, t, tx, a, q, 3))
	g.Replaces = old.Number
	if _, err := o.Issue(ctx, tx, g); !fault.Is(err, fault.Conflict) || !strings.Contains(fault.MessageOf(err), made.Number) {
		t.Errorf("replaced by a second one: %v", err)
	}
}

// What does not hold is not replaced, and neither is what another agency or service has issued.
func TestReplaceRefused(t *testing.T) {
	t.Parallel()
	ctx, tx := t.Context(), pgtest.Tx(t)
	o, c := office(t)
	a, q := agency(ctx, t, tx, "SN")
	b, r := agency(ctx, t, tx, "BB")
	theirs, err := o.Issue(ctx, tx, grant(b, ticket(ctx, t, tx, b, r, 1)))
	if err != nil {
		t.Fatal(err)
	}
	own, err := o.Issue(ctx, tx, grant(a, ticket(ctx, t, tx, a, q, 1)))
	if err != nil {
		t.Fatal(err)
	}
	g := grant(a, ticket(ctx, t, tx, a, q, 2))
	refused := func(number string, kind fault.Kind, words string) {
		t.Helper()
		g.Replaces = number
		if _, err := o.Issue(ctx, tx, g); !fault.Is(err, kind) || !strings.Contains(fault.MessageOf(err), words) {
			t.Errorf("%s: %v", number, err)
		}
	}
	refused(theirs.Number, fault.NotFound, "ไม่มีใบอนุญาตเลขที่")
	refused("SN-HB-2569-009999", fault.NotFound, "ไม่มีใบอนุญาตเลขที่")
	g.FormKey = "food-premises"
	refused(own.Number, fault.NotFound, "ไม่มีใบอนุญาตเลขที่")
	g.FormKey = "hazardous-business"
	if err := o.Suspend(ctx, tx, "officer 1", own.ID, "ตรวจพบน้ำเสีย", c.now().AddDate(0, 0, 7)); err != nil {
		t.Fatal(err)
	}
	refused(own.Number, fault.Conflict, "พักใช้")
	if err := o.Revoke(ctx, tx, "officer 1", own.ID, "ฝ่าฝืนซ้ำ"); err != nil {
		t.Fatal(err)
	}
	refused(own.Number, fault.Conflict, "เพิกถอน")
	until := time.Date(2026, time.November, 20, 0, 0, 0, 0, time.UTC)
	over := permits.Permit{Recorded: permits.Active, ValidUntil: &until}
	if err := over.Replaceable(c.now()); !fault.Is(err, fault.Conflict) || !strings.Contains(fault.MessageOf(err), "20 พ.ย. 2569") {
		t.Errorf("expired: %v", err)
	}
	if p, err := permits.Former(ctx, tx, a.ID, "hazardous-business", "เล่มที่ 1 เลขที่ 12/2568"); p != nil || err != nil {
		t.Errorf("a licence on paper: %v, %v", p, err)
	}
}

// The sheet says what it stands for and ends when that does. Only a replacement is marked as one: an amended permit is not.
func TestReplacementOnPaper(t *testing.T) {
	t.Parallel()
	for title, marks := range map[string]int{
		"ใบแทนใบอนุญาตประกอบกิจการตัวอย่าง":          2, // in the title and in red
		"ใบอนุญาตประกอบกิจการตัวอย่าง (แก้ไขรายการ)": 0,
	} {
		t.Run(title, func(t *testing.T) {
			t.Parallel()
			ctx, tx := t.Context(), pgtest.Tx(t)
			o, _ := office(t)
			a, q := agency(ctx, t, tx, "SN")
			g := grant(a, ticket(ctx, t, tx, a, q, 1))
			g.Title, g.Replaces, g.Until = title, "12/2568", time.Date(2026, time.December, 31, 0, 0, 0, 0, time.UTC)
			p, err := o.Issue(ctx, tx, g)
			if err != nil {
				t.Fatal(err)
			}
			document, err := o.Document(p, a)
			if err != nil {
				t.Fatal(err)
			}
			path := filepath.Join(t.TempDir(), "permit.pdf")
			if err := os.WriteFile(path, document, 0o600); err != nil {
				t.Fatal(err)
			}
			said := tool.Tight(tool.Run(t, "pdftotext", "-layout", path, "-"))
			if got := strings.Count(said, thai.Canonical("ใบแทน")); got != marks {
				t.Errorf("marked %d times as a replacement, want %d:\n%s", got, marks, said)
			}
			for _, want := range []string{"แทนฉบับเลขที่12/2568", "31ธันวาคม2569"} {
				if !strings.Contains(said, thai.Canonical(want)) {
					t.Errorf("the sheet does not say %q:\n%s", want, said)
				}
			}
		})
	}
}
