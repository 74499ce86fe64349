package admin

import (
	"cmp"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"

	"saphan/agencies"
	"saphan/forms"
	"saphan/internal/fault"
)

// typedTable is what was typed as a version of a table.
func typedTable(d departure, key string, v url.Values) (t forms.FeeTable, wrong []string) {
	t = forms.FeeTable{Key: key, Law: forms.Text{TH: tidy(v.Get(fieldLaw)), EN: tidy(v.Get(fieldLawEN))}}
	var err error
	if t.From, err = dayTyped(tidy(v.Get(fieldFrom))); err != nil {
		wrong = append(wrong, "วันเริ่มใช้: "+fault.MessageOf(err))
	}
	if t.Until, err = dayTyped(tidy(v.Get(fieldUntil))); err != nil {
		wrong = append(wrong, "วันสุดท้าย: "+fault.MessageOf(err))
	}
	central, _ := ratesOf(d.Central, forms.Override{}, key)
	versions, _ := ratesOf(d.Central, d.Made.Override, key)
	for _, row := range rowsOf(central, versions) {
		typed := v.Get(fieldRow + row.Key)
		if typed == "" {
			if slices.ContainsFunc(central, func(t forms.FeeTable) bool {
				return slices.ContainsFunc(t.Rows, func(r forms.FeeRow) bool { return r.Key == row.Key })
			}) {
				wrong = append(wrong, fmt.Sprintf("รายการ “%s” ยังไม่มีจำนวนเงิน ให้ใส่ 0 ถ้าไม่เก็บ", row.Label.TH))
			}
			continue // a row that only the agency had is left out
		}
		baht, ok := forms.ReadBaht(typed)
		if !ok {
			wrong = append(wrong, fmt.Sprintf("รายการ “%s” จำนวนเงินไม่ถูกต้อง ให้ใส่ตัวเลขตั้งแต่ 0 ขึ้นไป เช่น 200 หรือ 0.50", row.Label.TH))
			continue
		}
		row.Baht = baht
		t.Rows = append(t.Rows, row)
	}
	return t, wrong
}

// withRates puts a version into a decision in the place of was. The version before it ends the day before it begins,
// and it ends the day before the next one begins where no last day was typed: there is no day with two rates, and none
// without that had one.
func withRates(f *forms.Form, o forms.Override, was string, t forms.FeeTable) forms.Override {
	versions, _ := ratesOf(f, o, t.Key)
	var old *forms.Day
	for _, v := range versions {
		if dayKey(v.From) == was {
			old = &v.From
		}
	}
	versions = slices.DeleteFunc(versions, func(v forms.FeeTable) bool { return dayKey(v.From) == was })
	ends := !t.Until.IsZero() // a last day was typed
	for i := range versions { // the newest first: the last one that follows is the next
		v := &versions[i]
		follows := v.From.After(t.From.Time)
		reaches := v.Until.IsZero() || !v.Until.Before(t.From.Time)
		if follows && !ends || follows && was == newTable && !t.Until.Before(v.From.Time) {
			t.Until = dayBefore(v.From)
		}
		if v.From.Before(t.From.Time) && (reaches || old != nil && v.Until.Equal(dayBefore(*old).Time)) {
			v.Until = dayBefore(t.From)
		}
	}
	return withTables(o, t.Key, append(versions, t))
}

func dayBefore(d forms.Day) forms.Day { return forms.Day{Time: d.AddDate(0, 0, -1)} }

// withoutRates takes a version out; the one before it holds on in its place.
func withoutRates(versions []forms.FeeTable, was string) []forms.FeeTable {
	i := slices.IndexFunc(versions, func(t forms.FeeTable) bool { return dayKey(t.From) == was })
	if i < 0 {
		return versions
	}
	gone := versions[i]
	versions = slices.Delete(slices.Clone(versions), i, i+1)
	for j := range versions {
		if v := &versions[j]; !gone.From.IsZero() && v.Until.Equal(dayBefore(gone.From).Time) {
			v.Until = gone.Until
		}
	}
	return versions
}

// withTables puts the versions of a table into a decision, the earliest first; none: the template's count again.
func withTables(o forms.Override, key string, versions []forms.FeeTable) forms.Override {
	o.Tables = slices.DeleteFunc(slices.Clone(o.Tables), func(t forms.FeeTable) bool { return t.Key == key })
	slices.SortFunc(versions, func(x, y forms.FeeTable) int { return x.From.Compare(y.From.Time) })
	if o.Tables = append(o.Tables, versions...); len(o.Tables) == 0 {
		o.Tables = nil
	}
	slices.SortStableFunc(o.Tables, func(x, y forms.FeeTable) int { return cmp.Compare(x.Key, y.Key) })
	return o
}

// decideRates stores a version of a table of fees.
func (a *Admin) decideRates(r *http.Request, s Scope) (reply, error) {
	ctx := r.Context()
	d, key, _, err := a.rates(r, s)
	if err != nil {
		return nil, err
	}
	typed, was := sentService(r.PostForm), r.PostForm.Get("was")
	delete(typed, "was")
	t, wrong := typedTable(d, key, typed)
	if len(wrong) == 0 {
		o := withRates(d.Central, d.Made.Override, was, t)
		if wrong = o.Check(d.Central); len(wrong) == 0 {
			return a.storeRates(r, s, d, key, o, func() (reply, error) { return a.ratesSince(r, s, d.Central, key, was, typed) })
		}
	}
	p, err := a.ratesPage(ctx, s, d, key, was, typed)
	p.Seen, p.Wrong = seenOverride(r), wrong
	return page{view: "service-rates", status: fault.Invalid.Status(), data: p}, err
}

// storeRates stores a decision about a table; late answers whoever did not see the newest decision.
func (a *Admin) storeRates(r *http.Request, s Scope, d departure, key string, o forms.Override, late func() (reply, error)) (reply, error) {
	err := a.amend(r.Context(), s, d, o, seenOverride(r), agencies.ServiceDecided)
	if errors.Is(err, forms.ErrDecided) {
		return late()
	}
	if err != nil {
		return nil, err
	}
	return refreshed{redirect(ratesPath(d.Central.Key, key) + "?done=rates")}, nil
}

// ratesSince shows what another officer decided in the meantime, and what was typed on top of it.
func (a *Admin) ratesSince(r *http.Request, s Scope, f *forms.Form, key, was string, typed url.Values) (reply, error) {
	before, now, err := whatHappened(r, s, f)
	if err != nil {
		return nil, err
	}
	old, _ := ratesOf(f, before, key)
	theirs, _ := ratesOf(f, now.made.Override, key)
	both, clashes := typed, []string(nil)
	if was != newTable {
		both, clashes = merge(typedRates(shownRates(old, was, a.now())), typedRates(shownRates(theirs, was, a.now())), typed)
	}
	queues, err := agencies.Queues(r.Context(), s.Tx, s.Agency)
	if err != nil {
		return nil, err
	}
	p, err := a.ratesPage(r.Context(), s, a.looked(f, now.made), key, was, both)
	p.Since = &since{Who: now.who, At: now.made.At, Changes: told(f, before, now.made.Override, queues), Clashes: len(clashes) > 0}
	return page{view: "service-rates", status: fault.Conflict.Status(), data: p}, err
}

// removeRates takes a version of a table away, or all: then the template's rates count again.
func (a *Admin) removeRates(r *http.Request, s Scope) (reply, error) {
	d, key, versions, err := a.rates(r, s)
	if err != nil {
		return nil, err
	}
	if was := r.PostForm.Get("was"); was == "all" {
		versions = nil
	} else {
		if versions = withoutRates(versions, was); len(versions) == 0 {
			return nil, fault.New(fault.Conflict, "อัตรานี้เหลือช่วงเดียว ลบไม่ได้ ให้แก้จำนวนเงิน หรือกด “กลับไปใช้อัตราตามแบบกลาง”")
		}
	}
	return a.storeRates(r, s, d, key, withTables(d.Made.Override, key, versions), func() (reply, error) {
		return nil, fault.New(fault.Conflict, "มีผู้บันทึกบริการนี้ระหว่างที่ท่านดูอยู่ กรุณาเปิดหน้าอัตราใหม่เพื่อดูค่าล่าสุด แล้วลบอีกครั้ง")
	})
}
