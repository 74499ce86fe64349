package pdf

import (
	"bytes"
	"encoding/binary"
	"math"
)

// sRGB returns an ICC profile (version 2.1) of the sRGB colour space, computed from the numbers of IEC 61966-2-1.
func sRGB() []byte {
	type tag struct {
		name string
		data []byte
	}
	curve := transferCurve()
	tags := []tag{
		{"desc", description("sRGB")},
		{"cprt", append([]byte("text\x00\x00\x00\x00"), "No copyright, use freely\x00"...)},
		{"wtpt", xyz(0.9642, 1, 0.8249)},
		{"chad", matrix(1.04788, 0.02292, -0.05022, 0.02959, 0.99048, -0.01707, -0.00925, 0.01508, 0.75168)},
		{"rXYZ", xyz(0.43607, 0.22249, 0.01392)},
		{"gXYZ", xyz(0.38515, 0.71687, 0.09708)},
		{"bXYZ", xyz(0.14307, 0.06061, 0.71410)},
		{"rTRC", curve}, {"gTRC", curve}, {"bTRC", curve},
	}
	table := binary.BigEndian.AppendUint32(nil, uint32(len(tags))) //nolint:gosec // ten
	var body []byte
	start := 128 + 4 + 12*len(tags)
	shared := -1 // the three curves are one
	for _, t := range tags {
		at := start + len(body)
		if t.name == "gTRC" || t.name == "bTRC" {
			at = shared
		} else {
			shared = at
			body = append(body, t.data...)
			for len(body)%4 != 0 {
				body = append(body, 0)
			}
		}
		table = append(table, t.name...)
		table = binary.BigEndian.AppendUint32(table, uint32(at))
		table = binary.BigEndian.AppendUint32(table, uint32(len(t.data))) //nolint:gosec // a few kilobytes
	}
	size := start + len(body)

	var b bytes.Buffer
	put := func(v ...uint32) {
		for _, n := range v {
			b.Write(binary.BigEndian.AppendUint32(nil, n))
		}
	}
	put(uint32(size), 0, 0x02100000) //nolint:gosec // a few kilobytes
	b.WriteString("mntrRGB XYZ ")
	b.Write([]byte{0x07, 0xea, 0, 1, 0, 1, 0, 0, 0, 0, 0, 0}) // 1 January 2026
	b.WriteString("acsp")
	put(0, 0, 0, 0, 0, 0, 0)                // platform, flags, maker, model, attributes (2), intent
	put(0x0000f6d6, 0x00010000, 0x0000d32d) // D50
	b.Write(make([]byte, 128-b.Len()))
	b.Write(table)
	b.Write(body)
	return b.Bytes()
}

// transferCurve is how bright each device value is, in 1,024 steps.
func transferCurve() []byte {
	const steps = 1024
	out := append([]byte("curv\x00\x00\x00\x00"), 0, 0, 0x04, 0)
	for i := range steps {
		v := float64(i) / (steps - 1)
		if v <= 0.04045 {
			v /= 12.92
		} else {
			v = math.Pow((v+0.055)/1.055, 2.4)
		}
		out = binary.BigEndian.AppendUint16(out, uint16(math.Round(v*65535)))
	}
	return out
}

// fixed16 is a number as ICC writes it, sixteen bits after the point.
func fixed16(out []byte, v float64) []byte {
	return binary.BigEndian.AppendUint32(out, uint32(int32(math.Round(v*65536)))) //nolint:gosec // two's complement is meant
}

func xyz(x, y, z float64) []byte {
	return fixed16(fixed16(fixed16([]byte("XYZ \x00\x00\x00\x00"), x), y), z)
}

func matrix(values ...float64) []byte {
	out := []byte("sf32\x00\x00\x00\x00")
	for _, v := range values {
		out = fixed16(out, v)
	}
	return out
}

// description is a version 2 text: ASCII, then empty Unicode and Macintosh forms.
func description(s string) []byte {
	out := binary.BigEndian.AppendUint32([]byte("desc\x00\x00\x00\x00"), uint32(len(s)+1)) //nolint:gosec // a word
	out = append(append(out, s...), 0)
	return append(out, make([]byte, 4+4+2+1+67)...)
}
