package thai

import (
	"bytes"
	"fmt"
	"log/slog"
	"strings"
	"testing"
)

// TestNationalID holds the golden vectors of STD-11.
func TestNationalID(t *testing.T) {
	t.Parallel()
	for id, want := range map[string]bool{
		"3100600445635":     true,
		"1234545678781":     true,
		"1112034563562":     true,
		"3012304567082":     true,
		"1101700230705":     false,
		"0105543008219":     false, // a juristic person
		"1-2345-45678-78-1": true,
		"1 2345 45678 78 1": true,
		"๑๒๓๔๕๔๕๖๗๘๗๘๑":     true,
		"๑-๒๓๔๕-๔๕๖๗๘-๗๘-๑": true,
		"123454567878":        false,
		"12345456787811":      false,
		"9234545678781":       false,
		"abcdefghijklm":       false,
		"":                    false,
		"1234545678781 หรือ?": false,
	} {
		if got := ValidNationalID(id); got != want {
			t.Errorf("ValidNationalID(%q) = %v", id, got)
		}
	}
	if _, err := ParseJuristicID("0-1055-43008-21-9"); err != nil {
		t.Errorf("juristic number refused: %v", err)
	}
	if _, err := ParseJuristicID("3100600445635"); err == nil {
		t.Error("a person's number passed as a juristic one")
	}
}

// TestNationalIDHidesItself: no personal data in logs or in a stray %v.
func TestNationalIDHidesItself(t *testing.T) {
	t.Parallel()
	id, err := ParseNationalID("3100600445635")
	if err != nil {
		t.Fatal(err)
	}
	if got := id.String(); got != "3-1006-xxxxx-xx-5" {
		t.Errorf("masked as %q", got)
	}
	if got := id.Grouped(); got != "3-1006-00445-63-5" {
		t.Errorf("grouped as %q", got)
	}
	phone, err := ParsePhone("081-234-5678")
	if err != nil {
		t.Fatal(err)
	}
	var log bytes.Buffer
	slog.New(slog.NewTextHandler(&log, nil)).Info("x", "id", id, "phone", phone)
	for _, shown := range []string{log.String(), fmt.Sprint(id), fmt.Sprintf("%+v %#v %s", id, id, id)} {
		if strings.Contains(shown, "00445") || strings.Contains(shown, "2345678") {
			t.Errorf("%q shows the number", shown)
		}
	}
}

func TestParsePhone(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		"0812345678":            "+66812345678 081 234 5678",
		"081-234-5678":          "+66812345678 081 234 5678",
		"๐๘๑ ๒๓๔ ๕๖๗๘":          "+66812345678 081 234 5678",
		"+66812345678":          "+66812345678 081 234 5678",
		"+66 (0)81 234 5678":    "+66812345678 081 234 5678",
		"66812345678":           "+66812345678 081 234 5678",
		"0066812345678":         "+66812345678 081 234 5678",
		"โทร. 02-123-4567":      "+6621234567 02 123 4567",
		"021234567 ต่อ 105":     "+6621234567 02 123 4567 ต่อ 105",
		"053 123 456":           "+6653123456 053 123 456",
		"0612345678":            "+66612345678 061 234 5678",
		"+856 20 5555 1234":     "+8562055551234 +8562055551234",
		"081234567":             "",
		"08123456789":           "",
		"191":                   "",
		"ไม่มี":                 "",
		"":                      "",
		"0812345678 0898765432": "",
		"1234567890":            "",
		"+66212":                "",
		"+0812345678":           "",
		"081 234 5678 ต่อ ก":    "",
	} {
		got, err := ParsePhone(in)
		if shown := strings.TrimSpace(got.E164 + " " + got.Shown); shown != want || (err == nil) != (want != "") {
			t.Errorf("ParsePhone(%q) = %q (%v), want %q", in, shown, err, want)
		}
	}
}

func FuzzParsePhone(f *testing.F) {
	f.Add("081-234-5678 ต่อ 12")
	f.Add("+66 (0)2 123 4567")
	f.Fuzz(func(t *testing.T, s string) {
		p, err := ParsePhone(s)
		if err != nil {
			return
		}
		again, err := ParsePhone(p.Shown)
		if err != nil || again != p {
			t.Fatalf("%q was read as %+v, shown and read again as %+v (%v)", s, p, again, err)
		}
	})
}

func FuzzNationalID(f *testing.F) {
	f.Add("1-2345-45678-78-1")
	f.Fuzz(func(t *testing.T, s string) {
		id, err := ParseNationalID(s)
		if err != nil {
			return
		}
		if again, err := ParseNationalID(id.Grouped()); err != nil || again != id {
			t.Fatalf("%q was read as %q and again as %q", s, id.Digits(), again.Digits())
		}
	})
}
