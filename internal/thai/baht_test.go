package thai

import (
	"math"
	"math/rand/v2"
	"strings"
	"testing"

	"saphan/internal/fault"
)

// LOC-15: amounts in words, as the rules of reading numbers have them.
func TestBahtWords(t *testing.T) {
	t.Parallel()
	for satang, want := range map[int64]string{
		0: "ศูนย์บาทถ้วน", 1: "หนึ่งสตางค์", 10: "สิบสตางค์", 11: "สิบเอ็ดสตางค์", 25: "ยี่สิบห้าสตางค์", 99: "เก้าสิบเก้าสตางค์",
		1_00: "หนึ่งบาทถ้วน", 1_01: "หนึ่งบาทหนึ่งสตางค์", 2_50: "สองบาทห้าสิบสตางค์", 10_00: "สิบบาทถ้วน", 11_00: "สิบเอ็ดบาทถ้วน",
		20_00: "ยี่สิบบาทถ้วน", 21_21: "ยี่สิบเอ็ดบาทยี่สิบเอ็ดสตางค์", 30_00: "สามสิบบาทถ้วน", 100_00: "หนึ่งร้อยบาทถ้วน", 101_00: "หนึ่งร้อยเอ็ดบาทถ้วน",
		100_25: "หนึ่งร้อยบาทยี่สิบห้าสตางค์", 111_00: "หนึ่งร้อยสิบเอ็ดบาทถ้วน", 1_000_00: "หนึ่งพันบาทถ้วน", 1_001_00: "หนึ่งพันเอ็ดบาทถ้วน",
		1_234_56: "หนึ่งพันสองร้อยสามสิบสี่บาทห้าสิบหกสตางค์", 10_000_00: "หนึ่งหมื่นบาทถ้วน", 120_000_00: "หนึ่งแสนสองหมื่นบาทถ้วน",
		999_999_99: "เก้าแสนเก้าหมื่นเก้าพันเก้าร้อยเก้าสิบเก้าบาทเก้าสิบเก้าสตางค์", 1_000_000_00: "หนึ่งล้านบาทถ้วน",
		1_000_001_00: "หนึ่งล้านเอ็ดบาทถ้วน", 1_000_010_00: "หนึ่งล้านสิบบาทถ้วน", 11_000_000_00: "สิบเอ็ดล้านบาทถ้วน", 21_500_000_00: "ยี่สิบเอ็ดล้านห้าแสนบาทถ้วน",
		1_000_000_000_000_00: "หนึ่งล้านล้านบาทถ้วน", 1_000_001_000_001_00: "หนึ่งล้านเอ็ดล้านเอ็ดบาทถ้วน",
		math.MaxInt64: "เก้าหมื่นสองพันสองร้อยสามสิบสามล้านเจ็ดแสนสองหมื่นสามร้อยหกสิบแปดล้านห้าแสนสี่หมื่นเจ็ดพันเจ็ดร้อยห้าสิบแปดบาทเจ็ดสตางค์",
	} {
		if got, err := BahtWords(satang); err != nil || got != want {
			t.Errorf("%d satang: %q (%v), want %q", satang, got, err, want)
		}
	}
	for _, satang := range []int64{-1, math.MinInt64} {
		if got, err := BahtWords(satang); !fault.Is(err, fault.Invalid) {
			t.Errorf("%d satang are written as %q", satang, got)
		}
	}
}

// Read back by somebody who only knows the words, every amount is what it was; and no two amounts are written alike.
func TestBahtWordsReadBack(t *testing.T) {
	t.Parallel()
	check := func(satang int64) {
		words, err := BahtWords(satang)
		if err != nil {
			t.Fatal(err)
		}
		if got, ok := readBaht(words); !ok || got != satang {
			t.Fatalf("%d satang: %q reads %d, %v", satang, words, got, ok)
		}
		if strings.Contains(words, "หนึ่งสิบ") || strings.Contains(words, "สองสิบ") || strings.Contains(words, "สิบหนึ่ง") {
			t.Fatalf("%d satang: %q", satang, words)
		}
	}
	for satang := range int64(300_000) {
		check(satang)
	}
	random := rand.New(rand.NewPCG(15, 2569))
	for range 100_000 {
		check(random.Int64() >> random.IntN(63))
	}
	check(math.MaxInt64)
}

// readBaht reads an amount in words from the back, by adding up: independent of how it was written.
func readBaht(words string) (int64, bool) {
	whole, small, hasBaht := strings.Cut(words, "บาท")
	if !hasBaht {
		whole, small = "", words
	}
	var satang int64
	if small != "ถ้วน" {
		text, ok := strings.CutSuffix(small, "สตางค์")
		n, ok2 := readNumber(text)
		if !ok || !ok2 || n < 1 || n > 99 {
			return 0, false
		}
		satang = n
	}
	if !hasBaht {
		return satang, true
	}
	baht, ok := readNumber(whole)
	return baht*100 + satang, ok
}

func readNumber(words string) (int64, bool) {
	units := []struct {
		word  string
		value int64
	}{
		{"ศูนย์", 0}, {"หนึ่ง", 1}, {"เอ็ด", 1}, {"สอง", 2}, {"ยี่", 2}, {"สาม", 3}, {"สี่", 4}, {"ห้า", 5}, {"หก", 6}, {"เจ็ด", 7}, {"แปด", 8}, {"เก้า", 9},
	}
	places := []struct {
		word  string
		value int64
	}{{"แสน", 100_000}, {"หมื่น", 10_000}, {"พัน", 1_000}, {"ร้อย", 100}, {"สิบ", 10}, {"ล้าน", 0}}
	var total, group int64
	digit := int64(-1)
next:
	for words != "" {
		for _, u := range units {
			if rest, ok := strings.CutPrefix(words, u.word); ok && digit < 0 {
				digit, words = u.value, rest
				continue next
			}
		}
		for _, p := range places {
			rest, ok := strings.CutPrefix(words, p.word)
			if !ok {
				continue
			}
			words = rest
			if p.value == 0 {
				total, group = (total+group+max(digit, 0))*1_000_000, 0
			} else {
				if digit < 0 {
					digit = 1 // ten has no word for its one
				}
				group += digit * p.value
			}
			digit = -1
			continue next
		}
		return 0, false
	}
	return total + group + max(digit, 0), true
}
