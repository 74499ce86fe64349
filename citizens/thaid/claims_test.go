package thaid

import (
	"encoding/json"
	"errors"
	"testing"

	"saphan/internal/fault"
)

// LOC-7: as exact as it was told, and nothing that was not.
func TestBirthDate(t *testing.T) {
	t.Parallel()
	for said, want := range map[string]string{
		"1958-04-13": "1958-04-13", "1958-04": "1958-04", "1958": "1958", "1958-04-00": "1958-04", "1958-00-00": "1958", "1958-0-0": "1958",
		"2501-04-13": "1958-04-13", "2501": "1958", "25010413": "1958-04-13", "25010000": "1958", "1958/04/13": "1958-04-13",
		"0000-04-13": "", "0000": "", "": "", "1958-13-01": "", "1958-02-30": "", "13-04-1958": "", "58": "", "1958-04-13-1": "", "ไม่ทราบ": "", "1700": "",
		"2560-02-29": "", "2567-02-29": "2024-02-29",
	} {
		if got := birthDate(said); got != want {
			t.Errorf("%q became %q, want %q", said, got, want)
		}
	}
}

func TestAttributes(t *testing.T) {
	t.Parallel()
	read := func(body string) claims {
		t.Helper()
		c := claims{}
		if err := json.Unmarshal([]byte(body), &c); err != nil {
			t.Fatal(err)
		}
		return c
	}
	for body, want := range map[string][4]string{
		`{"pid":"1234545678781","name":"นายสมชาย ตัวอย่างดี","address":"1 ถนน ก"}`:                                          {"1234545678781", "นายสมชาย ตัวอย่างดี", "1 ถนน ก", ""},
		`{"pid":1234545678781,"title":"นาย","given_name":" สมชาย ","family_name":"ดี","name":"อื่น","gender":"M"}`:          {"1234545678781", "นายสมชาย ดี", "", "male"},
		`{"pid":"1-2345-45678-78-1","given_name":"ก","address":{"formatted":"1\nถนน ก"},"gender":"หญิง"}`:                   {"1234545678781", "ก", "1 ถนน ก", "female"},
		`{"pid":"1234545678781","name":"ข","address":{"street_address":"1 ก","region":"ค","postal_code":10000},"gender":9}`: {"1234545678781", "ข", "1 ก ค 10000", ""},
	} {
		a, err := read(body).attributes()
		if got := [4]string{a.NationalID.Digits(), a.Name(), a.Address, a.Gender}; err != nil || got != want {
			t.Errorf("%s: %q, %v", body, got, err)
		}
	}
	for _, body := range []string{`{}`, `{"pid":""}`, `{"pid":"1234545678782"}`, `{"pid":"0105543008219"}`, `{"pid":{"x":1}}`, `{"pid":["1234545678781"]}`, `{"pid":true}`} {
		if _, err := read(body).attributes(); !errors.Is(err, ErrProof) || !fault.Is(err, fault.Forbidden) {
			t.Errorf("%s: %v", body, err)
		}
	}
}

func FuzzBirthDate(f *testing.F) {
	for _, said := range []string{"1958-04-13", "2501", "0000-00-00", "25010413", "--", "1958-", "7000"} {
		f.Add(said)
	}
	f.Fuzz(func(t *testing.T, said string) {
		got := birthDate(said)
		if got != "" && birthDate(got) != got {
			t.Errorf("%q became %q, which does not read as itself", said, got)
		}
	})
}
