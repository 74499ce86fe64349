package line

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"slices"
	"testing"
)

// FuzzSignature: whatever the header and the body are, only LINE's own signature over these very bytes
// is believed, and looking for the account that unverified bytes name comes to an end and finds what
// encoding/json finds.
func FuzzSignature(f *testing.F) {
	for _, body := range []string{
		`{"destination":"U0123456789abcdef0123456789abcdef","events":[]}`, `{"events":[],"destination":"U0123456789abcdef0123456789abcdef"}`,
		`{"destination":"\u0055ก","events":[]}`, `{"destination":7}`, `{"destination":null}`, `{"destination"`, `{"destination":"`, `[]`, ``, `{"d":{"destination":"x"}}`, "\ufeff{}",
	} {
		for _, header := range []string{"", "AAAA", "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=", "%%%", "47DEQpj8HBSa-_TImW-5JCeuQeRkm5NMpJWZG3hSuFU"} {
			f.Add([]byte(body), header, "secret")
		}
	}
	f.Fuzz(func(t *testing.T, body []byte, header, secret string) {
		signature, err := base64.StdEncoding.DecodeString(header)
		mac := hmac.New(sha256.New, []byte(secret))
		mac.Write(body)
		real := mac.Sum(nil)
		if err == nil && signedBy(secret, body, signature) != (secret != "" && slices.Equal(signature, real)) {
			t.Errorf("the header %q was judged wrongly", header)
		}
		if signedBy(secret, body, real) != (secret != "") {
			t.Error("LINE's own signature was judged wrongly")
		}
		if signedBy(secret, append(slices.Clone(body), ' '), real) || signedBy(secret+"x", body, real) {
			t.Error("a signature was believed for other bytes, or another secret")
		}
		named := destination(body)
		var envelope map[string]json.RawMessage
		if json.Unmarshal(body, &envelope) != nil {
			return
		}
		var want string
		if json.Unmarshal(envelope["destination"], &want) != nil {
			want = ""
		}
		if named != want && onceInPlain(body) {
			t.Errorf("%q: found %q, encoding/json %q", body, named, want)
		}
	})
}

// onceInPlain says whether an object names its destination as LINE does: once, and with no letter of
// the key escaped. Of several encoding/json takes the last, and we, who read no further than we must,
// the first; one that is escaped is not found, and then every account's secret is tried.
func onceInPlain(object []byte) bool {
	plain, all := 0, 0
	members(object, func(key, _ []byte) bool {
		if string(key) == "destination" {
			plain++
		}
		if name, _ := text([]byte(`"` + string(key) + `"`)); name == "destination" {
			all++
		}
		return true
	})
	return plain == 1 && all == 1
}
