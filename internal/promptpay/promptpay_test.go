package promptpay_test

import (
	"bytes"
	"image/png"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"saphan/internal/fault"
	"saphan/internal/promptpay"
	"saphan/internal/tool"
)

// The text of codes: the first is the vector that other libraries publish; the others follow from the same rules.
func TestPayload(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		payment promptpay.Payment
		want    string
	}{
		"mobile": {
			promptpay.Payment{To: promptpay.Account{Kind: promptpay.Mobile, Number: "0812345678"}},
			"00020101021129370016A0000006770101110113006681234567853037645802TH6304823E",
		},
		"mobile, once, with an amount": {
			promptpay.Payment{To: promptpay.Account{Kind: promptpay.Mobile, Number: "0812345678"}, Satang: 4_22, Once: true},
			"00020101021229370016A0000006770101110113006681234567853037645404" + "4.22" + "5802TH6304",
		},
		"person": {
			promptpay.Payment{To: promptpay.Account{Kind: promptpay.ID, Number: "1234545678781"}, Satang: 100_00},
			"00020101021129370016A000000677010111" + "0213" + "1234545678781" + "5303764" + "5406100.00" + "5802TH6304",
		},
		"wallet": {
			promptpay.Payment{To: promptpay.Account{Kind: promptpay.Wallet, Number: "012345678901234"}},
			"00020101021129390016A000000677010111" + "0315" + "012345678901234" + "5303764" + "5802TH6304",
		},
		"bill": {
			promptpay.Payment{To: promptpay.Account{Kind: promptpay.Biller, Number: "099400000000001"}, Satang: 1_000_00, Once: true, Ref1: "SN2569000123", Ref2: "HB"},
			"000201010212" + "3061" + "0016A000000677010112" + "0115099400000000001" + "0212SN2569000123" + "0302HB" + "5303764" + "54071000.00" + "5802TH6304",
		},
	} {
		got, err := c.payment.Payload()
		if err != nil || !strings.HasPrefix(got, c.want) || len(got) > len(c.want)+4 {
			t.Errorf("%s: %s (%v)\nwant %s", name, got, err, c.want)
		}
		if back, err := promptpay.Parse(got); err != nil || back != c.payment {
			t.Errorf("%s reads back as %+v, %v", name, back, err)
		}
	}
}

// Codes of others, made in another order of fields and with fields we do not write.
func TestParseCodesOfOthers(t *testing.T) {
	t.Parallel()
	for payload, want := range map[string]promptpay.Payment{
		"00020101021129370016A000000677010111011300668012345675802TH530376463046197": {
			To: promptpay.Account{Kind: promptpay.Mobile, Number: "0801234567"},
		},
		"00020101021129370016A000000677010111021311111111111115802TH530376463047B5A": {
			To: promptpay.Account{Kind: promptpay.ID, Number: "1111111111111"},
		},
		"00020101021129390016A00000067701011103150123456789012345802TH530376463049781": {
			To: promptpay.Account{Kind: promptpay.Wallet, Number: "012345678901234"},
		},
	} {
		if got, err := promptpay.Parse(payload); err != nil || got != want {
			t.Errorf("%s: %+v, %v", payload, got, err)
		}
	}
}

func TestParseRefuses(t *testing.T) {
	t.Parallel()
	good := "00020101021129370016A0000006770101110113006681234567853037645802TH6304823E"
	for name, bad := range map[string]string{
		"empty": "", "cut": good[:len(good)-1], "altered": strings.Replace(good, "812345678", "812345679", 1), "only a checksum": "6304", "address": "https://example.go.th/p/1",
		"another's checksum": good[:len(good)-4] + "0000", "more behind": good + "00",
	} {
		if got, err := promptpay.Parse(bad); !fault.Is(err, fault.Invalid) {
			t.Errorf("%s: %+v, %v", name, got, err)
		}
	}
}

// What no bank would take is not written, and the officer reads why.
func TestPayloadRefuses(t *testing.T) {
	t.Parallel()
	biller := promptpay.Account{Kind: promptpay.Biller, Number: "099400000000001"}
	mobile := promptpay.Account{Kind: promptpay.Mobile, Number: "0812345678"}
	for name, p := range map[string]promptpay.Payment{
		"no account": {}, "short mobile": {To: promptpay.Account{Kind: promptpay.Mobile, Number: "081234567"}},
		"fixed line": {To: promptpay.Account{Kind: promptpay.Mobile, Number: "0212345678"}}, "short id": {To: promptpay.Account{Kind: promptpay.ID, Number: "123"}},
		"letters in a wallet": {To: promptpay.Account{Kind: promptpay.Wallet, Number: "01234567890123X"}}, "short biller": {To: promptpay.Account{Kind: promptpay.Biller, Number: "0994000000000"}, Ref1: "A"},
		"bill without a reference": {To: biller}, "reference in small letters": {To: biller, Ref1: "abc"}, "reference with a sign": {To: biller, Ref1: "SN-1"},
		"long reference": {To: biller, Ref1: strings.Repeat("1", 21)}, "bad second": {To: biller, Ref1: "A", Ref2: "ก"}, "reference of a transfer": {To: mobile, Ref1: "A"},
		"negative": {To: mobile, Satang: -1}, "too much": {To: mobile, Satang: 1_000_000_000_000},
	} {
		if got, err := p.Payload(); !fault.Is(err, fault.Invalid) {
			t.Errorf("%s: %q, %v", name, got, err)
		}
	}
}

func TestParseAccount(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		kind        promptpay.Kind
		typed, want string
	}{
		{promptpay.Mobile, "081-234-5678", "0812345678"}, {promptpay.Mobile, "+66 81 234 5678", "0812345678"}, {promptpay.Mobile, "๐๘๑ ๒๓๔ ๕๖๗๘", "0812345678"},
		{promptpay.Mobile, "02 123 4567", ""}, {promptpay.Mobile, "0812345678 ต่อ 5", ""}, {promptpay.Mobile, "+1 202 555 0100", ""},
		{promptpay.ID, "1-2345-45678-78-1", "1234545678781"}, {promptpay.ID, "0-1055-43008-21-9", "0105543008219"}, {promptpay.ID, "1-2345-45678-78-2", ""},
		{promptpay.Wallet, "012345678901234", "012345678901234"}, {promptpay.Wallet, "12", ""}, {promptpay.Biller, "0994 0000 0000 0 01", "099400000000001"},
		{promptpay.Biller, "", ""}, {"cheque", "1", ""},
	} {
		got, err := promptpay.ParseAccount(c.kind, c.typed)
		if ok := err == nil; ok != (c.want != "") || ok && got != (promptpay.Account{Kind: c.kind, Number: c.want}) || !ok && !fault.Is(err, fault.Invalid) {
			t.Errorf("%s %q: %+v, %v", c.kind, c.typed, got, err)
		}
	}
}

func TestReference(t *testing.T) {
	t.Parallel()
	for number, want := range map[string]string{
		"SN-2569-000123": "SN2569000123", "sn-๒๕๖๙-1": "SN25691", "": "", "รับ 1234/2569": "12342569", strings.Repeat("7", 30): strings.Repeat("7", 20),
	} {
		if got := promptpay.Reference(number); got != want {
			t.Errorf("%q becomes %q, want %q", number, got, want)
		}
	}
}

// The picture is square, of the size asked for, quiet at its border, and a reader gets the text back.
func TestPicture(t *testing.T) {
	t.Parallel()
	p := promptpay.Payment{To: promptpay.Account{Kind: promptpay.Biller, Number: "099400000000001"}, Satang: 1_000_00, Once: true, Ref1: strings.Repeat("9", 20), Ref2: strings.Repeat("A", 20)}
	text, err := p.Payload()
	if err != nil {
		t.Fatal(err)
	}
	for _, pixels := range []int{600, 777, 1040} {
		raw, err := p.Picture(pixels)
		if err != nil {
			t.Fatal(err)
		}
		img, err := png.Decode(bytes.NewReader(raw))
		if err != nil || img.Bounds().Dx() != pixels || img.Bounds().Dy() != pixels {
			t.Fatalf("%d: %v, %v", pixels, img.Bounds(), err)
		}
		for i := range pixels {
			for k := range 24 {
				for _, at := range [][2]int{{i, k}, {k, i}, {i, pixels - 1 - k}, {pixels - 1 - k, i}} {
					if r, _, _, _ := img.At(at[0], at[1]).RGBA(); r != 0xffff {
						t.Fatalf("%d: the border is dark at %v", pixels, at)
					}
				}
			}
		}
		path := filepath.Join(t.TempDir(), "pay.png")
		if err := os.WriteFile(path, raw, 0o600); err != nil {
			t.Fatal(err)
		}
		if got := tool.Code(t, path); got != text {
			t.Errorf("%d: the picture reads %q, want %q", pixels, got, text)
		}
	}
	if _, err := p.Picture(20); err == nil {
		t.Error("a picture too small for its code was drawn")
	}
}

// Whatever a camera reads, Parse answers; and what it takes is written and read as the same payment again.
func FuzzParse(f *testing.F) {
	for _, s := range []string{
		"", "6304", "00020101021129370016A0000006770101110113006681234567853037645802TH6304823E",
		"00020101021129370016A000000677010111021311111111111115802TH530376463047B5A", "0002010102126304FFFF", "\xff\x00",
	} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		p, err := promptpay.Parse(s)
		if err != nil {
			if !fault.Is(err, fault.Invalid) {
				t.Fatalf("%q: %v", s, err)
			}
			return
		}
		again, err := p.Payload()
		if err != nil {
			t.Fatalf("%q was taken and cannot be written: %v", s, err)
		}
		if back, err := promptpay.Parse(again); err != nil || back != p {
			t.Fatalf("%q: %+v, %v; want %+v", s, back, err, p)
		}
	})
}

// Whatever payment is made, its code reads as it.
func FuzzPayload(f *testing.F) {
	f.Add("biller", "099400000000001", int64(100), true, "A1", "")
	f.Add("mobile", "0812345678", int64(0), false, "", "")
	f.Fuzz(func(t *testing.T, kind, number string, amount int64, once bool, ref1, ref2 string) {
		p := promptpay.Payment{To: promptpay.Account{Kind: promptpay.Kind(kind), Number: number}, Satang: amount, Once: once, Ref1: ref1, Ref2: ref2}
		text, err := p.Payload()
		if err != nil {
			return
		}
		if back, err := promptpay.Parse(text); err != nil || back != p {
			t.Fatalf("%q: %+v, %v; want %+v", text, back, err, p)
		}
	})
}
