package forms

import (
	"reflect"
	"regexp"
	"strconv"
	"strings"
)

// mouths refuses what is true in a chat alone: the words of a service are also said on its pages, in its manual and
// on the receipt of a request that no chat was needed for. What only the chat does, such as its buttons, it says itself.
func (l *lint) mouths() {
	eachText(reflect.ValueOf(l.form), "", func(where string, t Text) {
		for _, words := range []string{t.TH, t.EN} {
			if found := ofChat.FindString(words); found != "" {
				l.fault(where, "speaks of %s, but is said on pages, in the manual and on papers too; leave out by which way people ask", found)
			}
		}
	})
}

// ofChat finds the chat, LINE as the way that something comes by, and what is typed or tapped only there.
var ofChat = regexp.MustCompile(`แช[ตท]|(?:ทาง|ใน|ผ่าน|บัญชี) ?(?:ไลน์|LINE\b)|\b(?:in|on|by|via|through) LINE\b|\bLINE account|(?i:\bchat\b)|` +
	`[“"'](?:ข้าม|พอแล้ว|ส่งตำแหน่ง|พักไว้ก่อน|ย้อนกลับ|ถ่ายรูป|เลือกรูป|เจ้าหน้าที่|คุยกับเจ้าหน้าที่|(?i:skip|that is all|share location|save for later|back|camera|choose photo|officer|talk to an officer))[”"']`)

// eachText calls visit with each text in v and where it stands, as a fault names it.
func eachText(v reflect.Value, where string, visit func(where string, t Text)) {
	switch v.Kind() { //nolint:exhaustive // the others hold no texts
	case reflect.Pointer:
		if !v.IsNil() {
			eachText(v.Elem(), where, visit)
		}
	case reflect.Slice, reflect.Array:
		for i := range v.Len() {
			eachText(v.Index(i), where+entryOf(v.Index(i), i), visit)
		}
	case reflect.Struct:
		if t, ok := reflect.TypeAssert[Text](v); ok {
			visit(where, t)
			return
		}
		for i := range v.NumField() {
			if f := v.Type().Field(i); f.IsExported() {
				name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
				eachText(v.Field(i), strings.TrimPrefix(where+"."+name, "."), visit)
			}
		}
	}
}

// entryOf is an entry of a list as a fault names it: by its key or value where it has one, by its number elsewhere.
func entryOf(v reflect.Value, i int) string {
	if v.Kind() == reflect.Struct {
		for _, name := range []string{"Key", "Value"} {
			if f := v.FieldByName(name); f.IsValid() && f.Kind() == reflect.String && f.String() != "" {
				return "." + f.String()
			}
		}
	}
	return "[" + strconv.Itoa(i) + "]"
}
