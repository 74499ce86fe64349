package forms

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"

	"saphan/internal/thai"
)

// Decided says what an agency changed between two of its decisions about a service, in words for officers. The
// form is the template, whose tables and days count where the agency has none.
func (f *Form) Decided(before, after Override) []Change {
	var all []Change
	add := func(about Topic, what, old, now string) {
		if old != now {
			all = append(all, Change{about, what, old, now})
		}
	}
	offered := map[bool]string{false: "เปิดให้บริการ", true: "ปิด"}
	add(AboutOutcomes, "การให้บริการ", offered[before.Off], offered[after.Off])
	add(AboutOutcomes, "ชื่อแบบฟอร์มกระดาษ", cmp.Or(before.FormCode, f.FormCode), cmp.Or(after.FormCode, f.FormCode))
	add(AboutOutcomes, "ผู้ลงนาม", cmp.Or(before.Signer, f.Signer), cmp.Or(after.Signer, f.Signer))
	add(AboutOutcomes, "คิวงาน", before.Queue, after.Queue)
	add(AboutOutcomes, "การพิจารณา", f.Deciding.with(before.Deciding).Thai(), f.Deciding.with(after.Deciding).Thai())
	all = append(all, listChanges(AboutOutcomes, "เงื่อนไขท้ายใบอนุญาต", thaiTexts(before.Conditions), thaiTexts(after.Conditions))...)
	add(AboutFees, "คำอธิบายค่าธรรมเนียม", cmp.Or(before.Note.TH, f.Fee.Note.TH), cmp.Or(after.Note.TH, f.Fee.Note.TH))
	all = append(all, f.daysDecided(before.Days, after.Days)...)
	all = append(all, f.autoDecided(before, after)...)
	all = append(all, f.ratesDecided(before.Tables, after.Tables)...)
	all = append(all, listChanges(AboutFees, "การยกเว้นค่าธรรมเนียม", f.waiverWords(before.Waivers), f.waiverWords(after.Waivers))...)
	all = append(all, listChanges(AboutLaw, "ข้อบัญญัติของหน่วยงาน", thaiTexts(before.Legal), thaiTexts(after.Legal))...)
	for _, c := range listChanges(AboutLaw, "ตรวจที่มาของค่าแล้ว", before.Confirmed, after.Confirmed) {
		c.Old, c.New = f.unsettledName(c.Old), f.unsettledName(c.New)
		all = append(all, c)
	}
	return all
}

func (f *Form) unsettledName(entry string) string {
	if entry == "" {
		return ""
	}
	return f.Unsettled(entry).What
}

func (f *Form) daysDecided(before, after map[ClockKey]int) (all []Change) {
	either := maps.Clone(before)
	if either == nil {
		either = map[ClockKey]int{}
	}
	maps.Copy(either, after)
	for _, name := range slices.Sorted(maps.Keys(either)) {
		if before[name] == after[name] {
			continue
		}
		say := func(days int) string {
			i := slices.IndexFunc(f.Clocks, func(c Clock) bool { return c.Name() == name })
			if days == 0 && i >= 0 {
				days = f.Clocks[i].Days
			}
			if i < 0 {
				return fmt.Sprintf("%d", days)
			}
			return fmt.Sprintf("%d %s", days, f.Clocks[i].Unit.Thai())
		}
		all = append(all, Change{AboutTimes, "กำหนดเวลา “" + name.Thai() + "”", say(before[name]), say(after[name])})
	}
	return all
}

// ratesDecided compares tables of fees by the day from which they hold.
func (f *Form) ratesDecided(before, after []FeeTable) (all []Change) {
	old, now := tablesByKey(before), tablesByKey(after)
	either := maps.Clone(old)
	maps.Copy(either, now)
	for _, key := range slices.Sorted(maps.Keys(either)) {
		what := "อัตรา “" + f.TableName(key).TH + "”"
		central := tablesByKey(f.Fee.Tables)[key]
		switch {
		case now[key] == nil:
			all = append(all, Change{AboutFees, what, "อัตราของหน่วยงาน", "อัตราตามแบบกลาง"})
		case old[key] == nil:
			all = append(all, versionsDecided(what, central, now[key])...)
		default:
			all = append(all, versionsDecided(what, old[key], now[key])...)
		}
	}
	return all
}

func versionsDecided(what string, before, after []FeeTable) (all []Change) {
	at := func(tables []FeeTable, from Day) (FeeTable, bool) {
		i := slices.IndexFunc(tables, func(t FeeTable) bool { return t.From.Equal(from.Time) })
		if i < 0 {
			return FeeTable{}, false
		}
		return tables[i], true
	}
	for _, t := range before {
		if _, stays := at(after, t.From); !stays {
			all = append(all, Change{AboutFees, what, Span(t.From, t.Until), ""})
		}
	}
	for _, t := range after {
		was, there := at(before, t.From)
		if !there {
			all = append(all, Change{AboutFees, what, "", Span(t.From, t.Until) + " (" + t.Law.TH + ")"})
			for i := range before { // against the rates that held until then
				if span(before[i].From, before[i].Until, t.From.Time) {
					was = before[i]
				}
			}
			was.Until, was.Law = t.Until, t.Law
		}
		dated := what + " " + Span(t.From, Day{})
		if !was.Until.Equal(t.Until.Time) {
			all = append(all, Change{AboutFees, dated + " ช่วงที่ใช้", Span(was.From, was.Until), Span(t.From, t.Until)})
		}
		if was.Law.TH != t.Law.TH {
			all = append(all, Change{AboutFees, dated + " กฎหมาย", was.Law.TH, t.Law.TH})
		}
		all = append(all, rowsDecided(dated, was.Rows, t.Rows)...)
	}
	return all
}

func rowsDecided(what string, before, after []FeeRow) (all []Change) {
	amount := func(rows []FeeRow, key string) string {
		i := slices.IndexFunc(rows, func(r FeeRow) bool { return r.Key == key })
		if i < 0 {
			return ""
		}
		return bahtWords(rows[i].Baht)
	}
	for _, r := range after {
		if old := amount(before, r.Key); old != bahtWords(r.Baht) {
			all = append(all, Change{AboutFees, what + " รายการ “" + r.Label.TH + "”", old, bahtWords(r.Baht)})
		}
	}
	for _, r := range before {
		if amount(after, r.Key) == "" {
			all = append(all, Change{AboutFees, what + " รายการ “" + r.Label.TH + "”", bahtWords(r.Baht), ""})
		}
	}
	return all
}

// bahtWords is an amount of a table as people read it.
func bahtWords(baht float64) string { return thai.Number(baht) + " บาท" }

func (f *Form) waiverWords(all []Waiver) []string {
	words := make([]string, len(all))
	for i, w := range all {
		words[i] = fmt.Sprintf("%s ร้อยละ %d %s (%s)", w.Text.TH, w.percent(), Span(w.From, w.Until), w.Law.TH)
		if len(w.Lines) == 0 {
			continue
		}
		names := make([]string, len(w.Lines))
		for j, key := range w.Lines {
			names[j] = f.LineName(key).TH
		}
		words[i] += ": " + strings.Join(names, ", ")
	}
	return words
}

// LineName is what a line of the bill is called.
func (f *Form) LineName(key string) Text {
	i := slices.IndexFunc(f.Fee.Lines, func(l FeeLine) bool { return l.Key == key })
	if i < 0 {
		return Text{TH: key, EN: key}
	}
	return f.Fee.Lines[i].Label
}
