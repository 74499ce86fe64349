package portal

import (
	"cmp"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"saphan/citizens"
	"saphan/forms"
)

// radioMost is how many choices stand side by side; more are chosen from a list.
const radioMost = 7

// longText is from how many letters on a text has several lines.
const longText = 120

// fieldView is one question as a page draws it.
type fieldView struct {
	Key      string
	Kind     forms.FieldKind
	Name     string // of its box, and its id
	Focus    string // id of its first box
	Label    string
	Help     []string
	Example  string
	Optional bool
	Describe string // ids of what explains the box
	Problem  string
	Was      string
	Value    string
	Type     string
	Mode     string // which keys a telephone shows
	Complete string // how a browser may fill it in
	Rows     int    // lines of a longer text
	Most     int    // letters; 0: as many as one likes
	Unit     string
	Options  []option
	Select   bool
	Offered  []option // answers that are offered for a text
	Day      string
	Month    string
	Year     string
	Months   []option
	Point    string
	Upload   *UploadInput
	Known    *knownView
	Clash    *clashView
	Sizes    boxSizes
}

// boxSizes are the names of the boxes that a question has beside the first.
type boxSizes struct{ Day, Month, Year, Point string }

// option is a choice.
type option struct {
	Value   string
	Label   string
	Icon    string
	Help    string
	Picture string
	Chosen  bool
	ID      string
}

// knownView is what is known as the answer to a question (SEED-21).
type knownView struct {
	Text     string
	From     string
	Do       string // the button's value
	Document bool
	Tap      string // the agency that has the document; the person lets this one have it by the tap
}

// clashView shows both answers of a question that was answered in two ways.
type clashView struct {
	Stored, Put string
	Hidden      []hidden
}

// fieldDrawer draws the questions of one page.
type fieldDrawer struct {
	own
	sheet
	drawing
	offers forms.Offers
	now    time.Time
}

// field draws a question.
func (d fieldDrawer) field(fl forms.Field) fieldView {
	stored := d.answer(fl.Key)
	v := fieldView{
		Key: fl.Key, Kind: fl.Kind, Name: boxName(fl.Key, ""), Label: cmp.Or(fl.Ask.In(d.Lang), fl.Label.In(d.Lang)), Optional: fl.Optional, Problem: d.problems[fl.Key],
		Was: stored.Print(), Unit: fl.Unit.In(d.Lang), Type: "text", Complete: complete(fl),
	}
	v.Focus = v.Name
	b := boxesOf(fl, stored, d.Lang)
	if t, ok := d.typed[fl.Key]; ok {
		b, v.Was = t.boxes, t.was
		if v.Problem == "" && !b.empty() {
			v.Problem = refusal(fl, b, d.Lang)
		}
	}
	v.Value = b.one("")
	if help := fl.Help.In(d.Lang); help != "" {
		v.Help = strings.Split(help, "\n")
	}
	if fl.Kind == forms.LocationField {
		v.Help = append(v.Help, d.T("บอกเป็นคำพูดให้หาเจอ หรือใส่พิกัด", "Describe it so that it can be found, or give its coordinates."))
	}
	if fl.Kind == forms.DocumentField && fl.Issuer == forms.State && len(v.Help) == 0 {
		v.Help = []string{d.T("เอกสารนี้ราชการเป็นผู้ออก ไม่ต้องไปขอมาเอง ไม่มีติดมือก็ข้ามได้ เจ้าหน้าที่ตรวจสอบเอง", "The state issued this document. If you do not have it at hand, leave it out: the officers fetch it themselves.")}
	}
	if example := fl.Example.In(d.Lang); example != "" && len(fl.Choices) < 2 && fl.Kind != forms.DateField {
		v.Example = d.T("เช่น {example}", "For example: {example}", "example", example)
	}
	d.box(&v, fl, b)
	v.Known = d.known(fl, stored)
	v.Clash = d.clash(fl)
	if v.Clash != nil {
		v.Was, v.Problem = stored.Print(), d.T("ข้อนี้ถูกตอบไว้สองแบบ กรุณาเลือกหนึ่งแบบ", "This was answered in two ways. Please choose one.")
		v.Focus = "keep." + fl.Key
	}
	v.Describe = describe(v)
	return v
}

// describe are the ids of what explains a box.
func describe(v fieldView) string {
	var ids []string
	if len(v.Help) > 0 {
		ids = append(ids, v.Name+"-help")
	}
	if v.Example != "" {
		ids = append(ids, v.Name+"-example")
	}
	if v.Problem != "" {
		ids = append(ids, v.Name+"-problem")
	}
	return strings.Join(ids, " ")
}

// box chooses the kind of box for a question.
func (d fieldDrawer) box(v *fieldView, fl forms.Field, b boxes) {
	switch fl.Kind {
	case forms.TextField:
		v.Most, v.Offered = fl.MaxLength, d.options(fl, nil)
		if fl.MaxLength == 0 || fl.MaxLength > longText {
			v.Rows = 4
		}
	case forms.AddressField:
		v.Rows = 3
	case forms.NumberField:
		v.Mode, v.Offered = "decimal", d.options(fl, nil)
		if fl.Whole {
			v.Mode = "numeric"
		}
	case forms.ChoiceField:
		v.Options, v.Select = d.options(fl, b[""]), len(fl.Choices) > radioMost && !pictured(fl)
	case forms.ChoicesField:
		v.Options = d.options(fl, b[""])
	case forms.DateField:
		v.Day, v.Month, v.Year, v.Months = b.one(dayBox), b.one(monthBox), b.one(yearBox), months(d.own)
		v.Sizes = boxSizes{Day: boxName(fl.Key, dayBox), Month: boxName(fl.Key, monthBox), Year: boxName(fl.Key, yearBox)}
		v.Focus = v.Sizes.Day
		for i := range v.Months {
			v.Months[i].Chosen = v.Months[i].Value == v.Month
		}
	case forms.TimeField:
		v.Mode = "decimal"
	case forms.ThaiIDField:
		v.Mode = "numeric"
	case forms.PhoneField:
		v.Type, v.Mode = "tel", "tel"
	case forms.EmailField:
		v.Type, v.Mode = "email", "email"
	case forms.LocationField:
		v.Rows, v.Point, v.Sizes.Point = 2, b.one(pointBox), boxName(fl.Key, pointBox)
	case forms.PhotoField, forms.DocumentField, forms.GroupField, forms.ComputedField:
	}
}

func pictured(fl forms.Field) bool {
	return slices.ContainsFunc(fl.Choices, func(c forms.Choice) bool { return c.Picture != "" })
}

// options are the choices of a question, some of them chosen.
func (d fieldDrawer) options(fl forms.Field, chosen []string) []option {
	all := make([]option, len(fl.Choices))
	for i, c := range fl.Choices {
		all[i] = option{Value: c.Value, Label: c.Label.In(d.Lang), Icon: c.Icon, Help: c.Help.In(d.Lang), Picture: c.Picture, Chosen: slices.Contains(chosen, c.Value), ID: boxName(fl.Key, "")}
		if i > 0 {
			all[i].ID += "-" + strconv.Itoa(i)
		}
	}
	return all
}

// complete is how a browser may fill a box in for the person whom it is about (WCAG 1.3.5).
func complete(fl forms.Field) string {
	known := map[string]string{
		"title": "honorific-prefix", "name": "name", "phone": "tel", "email": "email", "address": "street-address", "juristic_name": "organization", "nationality": "country-name",
	}
	if token, ok := known[fl.Profile]; ok {
		return token
	}
	if fl.Profile == "birth_date" {
		return "bday"
	}
	return "off"
}

// known is what could answer a question without being asked again.
func (d fieldDrawer) known(fl forms.Field, stored forms.Answer) *knownView {
	if stored.Field != "" {
		return nil
	}
	if a, ok := d.offers.Fact(fl, d.now); ok {
		origin, at := d.offers.Source(fl)
		from := d.T("{source} เมื่อ {day}", "{source}, {day}", "source", originWords(d.own, citizens.Fact{Origin: origin}), "day", d.Day(at))
		return &knownView{Text: a.Masked(), Do: "use " + fl.Key, From: from}
	}
	o, ok := d.offers.Document(fl, d.now)
	if !ok {
		return nil
	}
	k := &knownView{
		Text: d.fileName(fl, o.File, 1), Do: "document " + fl.Key, Document: true, From: d.T("ส่งให้ {agency} เมื่อ {day}", "given to {agency} on {day}", "agency", o.Agency, "day", d.Day(o.GivenAt)),
	}
	if o.Tap {
		k.Tap = o.Agency
	}
	return k
}

// clash shows both answers.
func (d fieldDrawer) clash(fl forms.Field) *clashView {
	i := slices.IndexFunc(d.clashes, func(c forms.Clash) bool { return c.Field == fl.Key })
	if i < 0 {
		return nil
	}
	c, none := d.clashes[i], d.T("(ไม่มีคำตอบ)", "(no answer)")
	v := &clashView{Stored: none, Put: none}
	if c.Stored.Field != "" {
		v.Stored = d.shown(fl, c.Stored)
	}
	if c.Put.Field != "" {
		v.Put = d.shown(fl, c.Put)
	}
	for _, h := range carried("", fl.Key, d.typed[fl.Key]) {
		if !strings.HasPrefix(h.Name, "was.") {
			v.Hidden = append(v.Hidden, h)
		}
	}
	return v
}

func sortedKeys[T any](m map[string]T) []string { return slices.Sorted(maps.Keys(m)) }
