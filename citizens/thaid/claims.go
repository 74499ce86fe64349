package thaid

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"saphan/citizens"
	"saphan/internal/fault"
	"saphan/internal/thai"
)

// names are the claims that are read.
func names() []string {
	return []string{"pid", "title", "given_name", "middle_name", "family_name", "name", "birthdate", "gender", "address", "ial"}
}

// add takes over what is not said yet. Two different national IDs are two people.
func (c claims) add(more claims) error {
	if mine, other := c.text("pid"), more.text("pid"); mine != "" && other != "" && mine != other {
		return refuse("two answers speak of two people")
	}
	for _, name := range names() {
		if !c.has(name) && more.has(name) {
			c[name] = more[name]
		}
	}
	return nil
}

// whole says whether nothing is missing that a form could use.
func (c claims) whole() bool {
	return c.has("pid") && (c.has("given_name") || c.has("name")) && c.has("birthdate") && c.has("address")
}

// has says whether anything is said under a name.
func (c claims) has(name string) bool {
	parts, _ := c[name].(map[string]any)
	return c.text(name) != "" || len(parts) > 0
}

// text is a claim that is a word or a number, without the space around it.
func (c claims) text(name string) string {
	switch v := c[name].(type) {
	case string:
		return thai.Tidy(v)
	case float64: // out of the answer beside the token
		return strconv.FormatFloat(v, 'f', -1, 64)
	default:
		return ""
	}
}

// attributes is what is said, as the rest of the house knows it.
func (c claims) attributes() (citizens.Attributes, error) {
	id, err := thai.ParseNationalID(c.text("pid"))
	if err != nil {
		return citizens.Attributes{}, fault.Wrap(fault.Forbidden, "ThaID ไม่ได้ส่งเลขประจำตัวประชาชนที่ถูกต้องมา กรุณาเริ่มใหม่และกดอนุญาตให้ครบทุกข้อ "+
			"หากยังไม่ได้ โปรดติดต่อเจ้าหน้าที่ของหน่วยงาน", fmt.Errorf("%w: no good national ID", ErrProof))
	}
	a := citizens.Attributes{
		NationalID: id, Title: c.text("title"), GivenName: c.text("given_name"), MiddleName: c.text("middle_name"), FamilyName: c.text("family_name"),
		FullName: c.text("name"), BirthDate: birthDate(c.text("birthdate")), Gender: gender(c.text("gender")), Address: c.address(), Assurance: c.text("ial"),
	}
	if a.GivenName != "" {
		a.FullName = ""
	}
	return a, nil
}

// address is the address in one line, however it is said: as text, or in the parts of OpenID Connect.
func (c claims) address() string {
	parts, ok := c["address"].(map[string]any)
	if !ok {
		return c.text("address")
	}
	of := claims(parts)
	if whole := of.text("formatted"); whole != "" {
		return strings.Join(strings.Fields(whole), " ")
	}
	var said []string
	for _, name := range []string{"street_address", "locality", "region", "postal_code"} {
		if part := of.text(name); part != "" {
			said = append(said, part)
		}
	}
	return strings.Join(said, " ")
}

// birthDate keeps a date as exact as it is known: many people have only a year, or a year and a month, in the
// register (LOC-7). The register writes 00 for what is not known. Years of the Buddhist era are turned.
func birthDate(s string) string {
	parts := strings.Split(strings.NewReplacer("/", "-", ".", "-").Replace(s), "-")
	if len(parts) == 1 && len(s) == 8 { // 25010413
		parts = []string{s[:4], s[4:6], s[6:]}
	}
	year, err := strconv.Atoi(parts[0])
	if err != nil || len(parts[0]) != 4 || len(parts) > 3 {
		return ""
	}
	const era, buddhist = 543, 2400 // from then on a year is one of the Buddhist era
	if year >= buddhist {
		year -= era
	}
	if year < 1850 || year >= buddhist { // 0000 stands for a year that is not told, and a date without one is no birth date
		return ""
	}
	known := strconv.Itoa(year)
	for _, layout := range []string{"2006-01", time.DateOnly}[:len(parts)-1] {
		longer := known + "-" + parts[strings.Count(layout, "-")]
		if _, err := time.Parse(layout, longer); err != nil {
			if strings.Trim(parts[strings.Count(layout, "-")], "0") != "" {
				return "" // not a date at all
			}
			break
		}
		known = longer
	}
	return known
}

// gender is male or female, empty for anything else.
func gender(s string) string {
	switch strings.ToLower(s) {
	case "male", "m", "1", "ชาย":
		return "male"
	case "female", "f", "2", "หญิง":
		return "female"
	default:
		return ""
	}
}
