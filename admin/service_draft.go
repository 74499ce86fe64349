package admin

import (
	"fmt"
	"maps"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"saphan/forms"
	"saphan/internal/fault"
	"saphan/internal/thai"
)

// The fields of the form about a service. What is typed stays url.Values until it is stored: so nothing of it is lost
// when it cannot be, and two people's can be put together field by field.
const (
	fieldOffered    = "offered"
	fieldCode       = "form_code"
	fieldSigner     = "signer"
	fieldQueue      = "queue"
	fieldNote       = "note"
	fieldNoteEN     = "note_en"
	fieldConditions = "conditions"
	fieldLegal      = "legal"
	fieldConfirmed  = "confirmed"
	fieldTwoPerson  = "two_person"
	fieldOpinions   = "opinions"
	fieldDays       = "days:"   // and the name of the clock
	fieldAuto       = "auto:"   // and the key of the rule: it is on
	fieldAutoAfter  = "after:"  // and the key of the rule
	fieldAutoBefore = "before:" // and the key of the rule
	fieldWaiver     = "waiver." // and its number and part
)

// mostWaivers is how many waivers an agency can have for a service.
const mostWaivers = 20

// typedService is what the form says when nobody has typed anything: what is in force.
func typedService(f *forms.Form, o forms.Override) url.Values {
	v := url.Values{
		fieldCode: {o.FormCode}, fieldSigner: {o.Signer}, fieldQueue: {o.Queue}, fieldNote: {o.Note.TH}, fieldNoteEN: {o.Note.EN},
		fieldConditions: {joinLines(o.Conditions)}, fieldLegal: {joinLines(o.Legal)}, fieldConfirmed: slices.Clone(o.Confirmed),
	}
	if !o.Off {
		v.Set(fieldOffered, "on")
	}
	if o.Deciding.TwoPerson {
		v.Set(fieldTwoPerson, "on")
	}
	for _, step := range o.Deciding.Opinions {
		v.Add(fieldOpinions, string(step))
	}
	typedAuto(f, o, v)
	for name, days := range o.Days {
		v.Set(fieldDays+string(name), strconv.Itoa(days))
	}
	for i, w := range o.Waivers {
		at := fieldWaiver + strconv.Itoa(i) + "."
		v.Set(at+"text", w.Text.TH)
		v.Set(at+"text_en", w.Text.EN)
		v.Set(at+"law", w.Law.TH)
		v.Set(at+"law_en", w.Law.EN)
		v.Set(at+"from", dayInput(w.From))
		v.Set(at+"until", dayInput(w.Until))
		v[at+"lines"] = slices.Clone(w.Lines)
		if w.Percent != 0 {
			v.Set(at+"percent", strconv.Itoa(w.Percent))
		}
	}
	return v
}

// sentService is what somebody typed, without what is no field of the form.
func sentService(sent url.Values) url.Values {
	v := url.Values{}
	for name, values := range sent {
		if slices.Contains([]string{"seen", "do"}, name) {
			continue
		}
		for _, value := range values {
			v.Add(name, strings.TrimSpace(unixLines(value)))
		}
	}
	return v
}

// departed is what was typed as a decision: over the one in force, whose tables stay as far as the template has them. What is wrong is told in Thai.
func departed(f *forms.Form, before forms.Override, v url.Values) (o forms.Override, wrong []string) {
	o = before
	o.Off, o.FormCode, o.Signer, o.Queue = v.Get(fieldOffered) == "", tidy(v.Get(fieldCode)), tidy(v.Get(fieldSigner)), v.Get(fieldQueue)
	o.Deciding = forms.Deciding{TwoPerson: v.Get(fieldTwoPerson) != ""}
	for _, step := range forms.OpinionSteps() {
		if slices.Contains(v[fieldOpinions], string(step)) {
			o.Deciding.Opinions = append(o.Deciding.Opinions, step)
		}
	}
	o.Note = forms.Text{TH: tidy(v.Get(fieldNote)), EN: tidy(v.Get(fieldNoteEN))}
	if o.Note.TH == "" && o.Note.EN != "" {
		wrong = append(wrong, "คำอธิบายค่าธรรมเนียมมีแต่ภาษาอังกฤษ ให้ใส่ภาษาไทยด้วย")
	}
	o.Conditions, o.Legal = splitLines(v.Get(fieldConditions), before.Conditions), splitLines(v.Get(fieldLegal), before.Legal)
	o.Tables = slices.DeleteFunc(slices.Clone(before.Tables), func(t forms.FeeTable) bool {
		return !slices.ContainsFunc(f.Fee.Tables, func(central forms.FeeTable) bool { return central.Key == t.Key })
	})
	if len(o.Tables) == 0 {
		o.Tables = nil
	}
	o.Confirmed = nil
	for _, entry := range f.Unconfirmed {
		if slices.Contains(v[fieldConfirmed], entry) {
			o.Confirmed = append(o.Confirmed, entry)
		}
	}
	o.Days = nil
	for _, c := range f.Clocks {
		typed := v.Get(fieldDays + string(c.Name()))
		if typed == "" {
			continue
		}
		days, err := strconv.Atoi(thai.Digits(typed))
		if err != nil || days < 1 || days > c.Days {
			wrong = append(wrong, fmt.Sprintf("กำหนดเวลา “%s” ต้องเป็นจำนวนเต็ม 1 ถึง %d วัน กฎหมายหรือแบบกลางไม่ให้เกินนี้ เว้นว่างไว้ถ้าใช้ตามแบบกลาง", c.Key.Thai(), c.Days))
			continue
		}
		if days == c.Days {
			continue // as the template has it, whatever becomes of that
		}
		if o.Days == nil {
			o.Days = map[forms.ClockKey]int{}
		}
		o.Days[c.Name()] = days
	}
	var faults []string
	o.Auto, faults = autoTyped(f, v)
	wrong = append(wrong, faults...)
	if o.Waivers, faults = waiversOf(f, v); len(faults) > 0 {
		return o, append(wrong, faults...)
	}
	for name, text := range map[string]string{"ชื่อแบบฟอร์ม": o.FormCode, "ผู้ลงนาม": o.Signer, "คำอธิบายค่าธรรมเนียม": o.Note.TH} {
		if thai.Clusters(text) > 300 {
			wrong = append(wrong, fmt.Sprintf("%sยาวได้ไม่เกิน 300 ตัวอักษร", name))
		}
	}
	slices.Sort(wrong)
	return o, append(wrong, o.Check(f)...)
}

// waiversOf reads the waivers; one whose name, law and days are empty is none.
func waiversOf(f *forms.Form, v url.Values) (all []forms.Waiver, wrong []string) {
	for i := range mostWaivers {
		at := fieldWaiver + strconv.Itoa(i) + "."
		get := func(part string) string { return tidy(v.Get(at + part)) }
		if get("text") == "" && get("law") == "" && get("from") == "" && get("until") == "" {
			continue
		}
		w := forms.Waiver{Text: forms.Text{TH: get("text"), EN: get("text_en")}, Law: forms.Text{TH: get("law"), EN: get("law_en")}}
		var err error
		if w.From, err = dayTyped(get("from")); err != nil {
			wrong = append(wrong, fmt.Sprintf("การยกเว้นที่ %d วันเริ่ม: %s", i+1, fault.MessageOf(err)))
		}
		if w.Until, err = dayTyped(get("until")); err != nil {
			wrong = append(wrong, fmt.Sprintf("การยกเว้นที่ %d วันสุดท้าย: %s", i+1, fault.MessageOf(err)))
		}
		if typed := get("percent"); typed != "" {
			if w.Percent, err = strconv.Atoi(thai.Digits(typed)); err != nil || w.Percent < 1 || w.Percent > 100 {
				wrong = append(wrong, fmt.Sprintf("การยกเว้นที่ %d ร้อยละต้องเป็นจำนวนเต็ม 1 ถึง 100 เว้นว่างไว้ถ้ายกเว้นทั้งหมด", i+1))
			}
		}
		if w.Percent == 100 {
			w.Percent = 0
		}
		w.Lines = slices.Clone(v[at+"lines"])
		if slices.ContainsFunc(w.Lines, func(key string) bool { return f.LineName(key).TH == key }) {
			wrong = append(wrong, fmt.Sprintf("การยกเว้นที่ %d มีรายการที่แบบกลางไม่มีแล้ว ให้เอาเครื่องหมายหน้ารายการนั้นออกแล้วเลือกรายการใหม่ หรือลบการยกเว้นนี้", i+1))
		}
		all = append(all, w)
	}
	return all, wrong
}

// merge puts together what two people typed over the same page: where mine did not change what was there, theirs
// counts. Clashes are the fields that both changed, each otherwise; there mine stays.
func merge(was, theirs, mine url.Values) (both url.Values, clashes []string) {
	both = url.Values{}
	units := map[string]bool{}
	for _, v := range []url.Values{was, theirs, mine} {
		for name := range v {
			units[unitOf(name)] = true
		}
	}
	for _, unit := range slices.Sorted(maps.Keys(units)) {
		old, their, my := typedOf(was, unit), typedOf(theirs, unit), typedOf(mine, unit)
		from := mine
		switch {
		case my == old:
			from = theirs
		case their != old && their != my:
			clashes = append(clashes, unit)
		}
		for name, values := range from {
			if unitOf(name) == unit {
				both[name] = values
			}
		}
	}
	return both, clashes
}

// unitOf is what a field belongs to that only makes sense as a whole: waivers are numbered.
func unitOf(name string) string {
	if strings.HasPrefix(name, fieldWaiver) {
		return fieldWaiver
	}
	return name
}

// typedOf is a unit's fields that say something, as one text to compare.
func typedOf(v url.Values, unit string) string {
	own := url.Values{}
	for name, values := range v {
		if unitOf(name) == unit {
			for _, value := range values {
				if value != "" {
					own.Add(name, value)
				}
			}
			slices.Sort(own[name])
		}
	}
	return own.Encode()
}

func joinLines(all []forms.Text) string {
	lines := make([]string, len(all))
	for i, t := range all {
		lines[i] = t.TH
	}
	return strings.Join(lines, "\n")
}

// splitLines makes a text of each line; one that was there keeps its English.
func splitLines(s string, before []forms.Text) (all []forms.Text) {
	for line := range strings.Lines(s) {
		line = tidy(line)
		if line == "" {
			continue
		}
		text := forms.Text{TH: line}
		if i := slices.IndexFunc(before, func(t forms.Text) bool { return t.TH == line }); i >= 0 {
			text = before[i]
		}
		all = append(all, text)
	}
	return all
}

// dayInput is a day as it stands in a field: 1 ม.ค. 2570.
func dayInput(d forms.Day) string {
	if d.IsZero() {
		return ""
	}
	return strings.ReplaceAll(thai.Date(d.Time), "\u00a0", " ")
}

// dayTyped reads a day as people type it, in the Buddhist era or not; nothing is no day.
func dayTyped(s string) (forms.Day, error) {
	if s == "" {
		return forms.Day{}, nil
	}
	t, err := thai.ParseDate(s)
	return forms.Day{Time: t}, err
}

// typedAuto puts into the form which rules are on, and their limits.
func typedAuto(f *forms.Form, o forms.Override, v url.Values) {
	for _, r := range f.Auto {
		c, chosen := o.Auto[r.Key]
		if chosen && c.On || !chosen && !r.Off {
			v.Set(fieldAuto+r.Key, "on")
		}
		if text, err := c.After.MarshalText(); err == nil && len(text) > 0 {
			v.Set(fieldAutoAfter+r.Key, string(text))
		}
		if len(c.Before) > 0 {
			v.Set(fieldAutoBefore+r.Key, forms.DaysText(c.Before))
		}
	}
}

// autoTyped reads what was chosen about rules. What is as the template has it is no choice.
func autoTyped(f *forms.Form, v url.Values) (chosen map[string]forms.AutoChoice, wrong []string) {
	for _, r := range f.Auto {
		c := forms.AutoChoice{On: v.Get(fieldAuto+r.Key) != ""}
		if typed := v.Get(fieldAutoAfter + r.Key); typed != "" {
			if err := c.After.UnmarshalText([]byte(typed)); err != nil {
				wrong = append(wrong, fmt.Sprintf("ขั้นตอนอัตโนมัติ “%s” เลือกเวลาที่รอจากรายการ", r.Kind.Thai()))
			}
		}
		for part := range strings.FieldsFuncSeq(thai.Digits(v.Get(fieldAutoBefore+r.Key)), func(r rune) bool { return r == ',' || r == ' ' }) {
			days, err := strconv.Atoi(part)
			if err != nil {
				wrong = append(wrong, fmt.Sprintf("ขั้นตอนอัตโนมัติ “%s” ให้ใส่จำนวนวันคั่นด้วยจุลภาค เช่น 90, 30", r.Kind.Thai()))
				break
			}
			c.Before = append(c.Before, days)
		}
		if c.On != r.Off && c.After.IsZero() && len(c.Before) == 0 {
			continue
		}
		if chosen == nil {
			chosen = map[string]forms.AutoChoice{}
		}
		chosen[r.Key] = c
	}
	return chosen, wrong
}
