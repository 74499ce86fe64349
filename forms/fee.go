package forms

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"time"

	"cel.dev/cel-go/common/types"

	"saphan/internal/thai"
)

// Fee is what the service costs. A service without lines is free of charge. Amounts differ by ordinance and
// change by date: an agency puts its own tables in place of those here (SVC-0).
type Fee struct {
	Note    Text       `json:"note"`             // what it depends on, in words
	Varies  bool       `json:"varies,omitempty"` // the officer sets the amount by rules that are not here
	By      FeeDay     `json:"by,omitempty"`     // whose day's rates count; "": that of filing
	Tables  []FeeTable `json:"tables,omitempty"` // amounts by a key, dated
	Lines   []FeeLine  `json:"lines,omitempty"`
	Waivers []Waiver   `json:"waivers,omitempty"`
}

// FeeDay says the rates of which day count.
type FeeDay string

// The days whose rates can count.
const (
	ByFiling   FeeDay = "filed"   // the day on which the request entered the system
	ByDecision FeeDay = "decided" // the day on which it was granted
)

// FeeTable is amounts in baht by a key, as long as it is in force. Formulas read it as tables.key["row"].
type FeeTable struct {
	Key   string   `json:"key"`
	From  Day      `json:"from,omitzero"`
	Until Day      `json:"until,omitzero"`
	Law   Text     `json:"law"`
	Rows  []FeeRow `json:"rows"`
}

// FeeRow is one amount of a table.
type FeeRow struct {
	Key   string  `json:"key"`
	Label Text    `json:"label"`
	Baht  float64 `json:"baht"`
}

// FeeLine is one line of the bill.
type FeeLine struct {
	Key   string `json:"key"`
	Label Text   `json:"label"`
	When  string `json:"when,omitempty"` // condition, in CEL
	Baht  string `json:"baht"`           // formula, in CEL; earlier lines are lines.key

	when    *expression
	formula *expression
}

// Waiver takes lines off the bill for a time: national waivers come and go by decree (SVC-0).
type Waiver struct {
	From    Day      `json:"from,omitzero"`
	Until   Day      `json:"until,omitzero"`
	Lines   []string `json:"lines,omitempty"`   // which; none: all
	When    string   `json:"when,omitempty"`    // condition, in CEL
	Percent int      `json:"percent,omitempty"` // how much of them; 0: the whole
	Text    Text     `json:"text"`
	Law     Text     `json:"law"`

	when *expression
}

// Free reports whether nothing is ever to be paid.
func (f Fee) Free() bool { return len(f.Lines) == 0 && !f.Varies }

// Dates are the days that a bill depends on.
type Dates struct {
	Filed   time.Time
	Decided time.Time // zero: not decided yet
}

// Bill is what a request costs.
type Bill struct {
	Lines  []BillLine
	Satang int64 // of all lines
}

// BillLine is one line of a bill.
type BillLine struct {
	Key    string
	Label  Text
	Satang int64   // what is to be paid of it
	Whole  int64   // what it would be without waiver
	Waived *Waiver // what takes it off, whole or in part
}

// ErrNoBill means that a bill cannot be made up from what is known: the officer sets the amount.
var ErrNoBill = errors.New("the fee does not follow from what is known")

// Bill makes up what a request costs by the rates of its day. ErrNoBill: it cannot be known yet, or the
// tables say nothing about what was answered.
func (f *Form) Bill(answers []Answer, on Dates) (Bill, error) {
	if f.Fee.Varies {
		return Bill{}, fmt.Errorf("%w: the officer sets it", ErrNoBill)
	}
	day := on.Filed
	if f.Fee.By == ByDecision {
		if day = on.Decided; day.IsZero() {
			day = f.today // what it would be today
		}
	}
	if len(f.Fee.Lines) > 0 && day.IsZero() {
		return Bill{}, fmt.Errorf("%w: no day to go by", ErrNoBill)
	}
	k := f.walk(answers, func(Field) {})
	for name, t := range map[string]time.Time{nameFiled: on.Filed, nameDecided: on.Decided} {
		if !t.IsZero() {
			k.values[name] = types.Timestamp{Time: midnight(t.In(thai.Bangkok()))}
		}
	}
	date := calendarDay(day)
	k.values[nameTables] = f.Fee.tables(date)
	amounts := map[string]float64{}
	k.values[nameLines] = amounts
	f.compute(k)
	var b Bill
	for _, l := range f.Fee.Lines {
		if l.when != nil {
			if out, err := l.when.value(k); err != nil {
				return Bill{}, fmt.Errorf("%w: line %s: %w", ErrNoBill, l.Key, err)
			} else if out != types.True {
				continue
			}
		}
		baht, err := l.formula.number(k)
		if err != nil {
			return Bill{}, fmt.Errorf("%w: line %s: %w", ErrNoBill, l.Key, err)
		}
		if baht < 0 || math.IsNaN(baht) || baht > mostBaht {
			return Bill{}, fmt.Errorf("%w: line %s comes to %v baht", ErrNoBill, l.Key, baht)
		}
		amounts[l.Key] = baht
		line := BillLine{Key: l.Key, Label: l.Label, Whole: int64(math.Round(baht * 100))}
		line.Satang = line.Whole
		if w := f.Fee.waiver(l.Key, date, k); w != nil {
			line.Waived, line.Satang = w, line.Whole-line.Whole*int64(w.percent())/100
		}
		b.Lines, b.Satang = append(b.Lines, line), b.Satang+line.Satang
	}
	return b, nil
}

// mostBaht is more than any fee.
const mostBaht = 1e9

// calendarDay is the day of a time in Bangkok, as days in files are read.
func calendarDay(t time.Time) time.Time {
	y, m, d := t.In(thai.Bangkok()).Date()
	return time.Date(y, m, d, 0, 0, 0, 0, time.UTC)
}

// tables returns the tables that are in force on a day.
func (f Fee) tables(on time.Time) map[string]map[string]float64 {
	all := map[string]map[string]float64{}
	for _, t := range f.Tables {
		if span(t.From, t.Until, on) {
			rows := make(map[string]float64, len(t.Rows))
			for _, r := range t.Rows {
				rows[r.Key] = r.Baht
			}
			all[t.Key] = rows
		}
	}
	return all
}

// TableOn returns the table with the key that is in force on a day.
func (f Fee) TableOn(key string, on time.Time) (FeeTable, bool) {
	date := calendarDay(on)
	i := slices.IndexFunc(f.Tables, func(t FeeTable) bool { return t.Key == key && span(t.From, t.Until, date) })
	if i < 0 {
		return FeeTable{}, false
	}
	return f.Tables[i], true
}

// waiver returns what takes a line off on a day.
func (f Fee) waiver(line string, on time.Time, k *known) *Waiver {
	for i, w := range f.Waivers {
		if span(w.From, w.Until, on) && (len(w.Lines) == 0 || slices.Contains(w.Lines, line)) && w.when.met(k) {
			return &f.Waivers[i]
		}
	}
	return nil
}

func (w Waiver) percent() int {
	if w.Percent == 0 {
		return 100
	}
	return w.Percent
}
