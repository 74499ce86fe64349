package files_test

import (
	"bytes"
	"encoding/binary"
	"strings"
	"testing"
)

// numbers are big-endian, four bytes each.
func numbers(all ...uint32) []byte {
	var out []byte
	for _, n := range all {
		out = binary.BigEndian.AppendUint32(out, n)
	}
	return out
}

// The samples of the films below: what is seen, what is heard, and where it was.
var (
	seenSample  = []byte(strings.Repeat("seen ", 40))
	heardSample = []byte(strings.Repeat("heard", 20))
	whereSample = []byte(planted + " 0123456789")
)

// track is a track of a film, with the table of its samples.
func track(number uint32, handler string, table []byte) []byte {
	return atom("trak",
		atom("tkhd", numbers(0, 0, 0, number, 0), make([]byte, 64)),
		atom("mdia", atom("mdhd", make([]byte, 24)), atom("hdlr", numbers(0, 0), []byte(handler), make([]byte, 13)),
			atom("udta", []byte(planted)),
			atom("minf", atom("gmhd"), atom("XTRA", []byte(planted)), table)))
}

// table says where chunks lie (in numbers of 4 or 8 bytes) and how many samples of one size each has. The sizes
// have so many bits; or are said once, when they are all the same and bits is 0.
func table(wide, bits int, size uint32, runs []uint32, chunks ...uint32) []byte {
	samples := uint32(0)
	for i := range chunks {
		at := 0
		for at+2 < len(runs) && uint32(i)+1 >= runs[at+2] {
			at += 2
		}
		samples += runs[at+1]
	}
	var sizes []byte
	switch bits {
	case 0:
		sizes = atom("stsz", numbers(0, size, samples))
	case 32:
		each := numbers(0, 0, samples)
		for range samples {
			each = append(each, numbers(size)...)
		}
		sizes = atom("stsz", each)
	case 4: // two samples in a byte
		each := numbers(0, 4, samples)
		for range (samples + 1) / 2 {
			each = append(each, byte(size<<4|size))
		}
		sizes = atom("stz2", each)
	}
	places := atom("stco", numbers(0, uint32(len(chunks))), numbers(chunks...))
	if wide == 8 {
		each := numbers(0, uint32(len(chunks)))
		for _, c := range chunks {
			each = append(each, numbers(0, c)...)
		}
		places = atom("co64", each)
	}
	entries := numbers(0, uint32(len(runs)/2))
	for i := 0; i < len(runs); i += 2 {
		entries = append(entries, numbers(runs[i], runs[i+1], 1)...)
	}
	return atom("stbl", atom("stsd", numbers(0, 0)), sizes, atom("stsc", entries), places)
}

// filmWithPlaces is a film whose camera noted where it was, in three chunks of samples between those of the
// film: of one, one and two samples; of samples in pieces of so many bytes, when piece is not 0. Its tables
// come first or late.
func filmWithPlaces(late bool, wide, bits int, piece uint32) []byte {
	head := atom("ftyp", []byte("qt  \x00\x00\x02\x00qt  "))
	samples := bytes.Join([][]byte{seenSample, whereSample, heardSample, whereSample, seenSample, whereSample, whereSample}, nil)
	build := func(mdat uint32) []byte {
		s, h, w := uint32(len(seenSample)), uint32(len(heardSample)), uint32(len(whereSample))
		size, runs := w, []uint32{1, 1, 3, 2}
		if piece != 0 {
			size, runs = piece, []uint32{1, w / piece, 3, 2 * w / piece}
		}
		return atom("moov", atom("mvhd", make([]byte, 100)), atom("meta", []byte(planted)), atom("gps ", []byte(planted)),
			track(1, "vide", table(wide, 0, s, []uint32{1, 1}, mdat, mdat+s+2*w+h)),
			track(2, "meta", table(wide, bits, size, runs, mdat+s, mdat+s+w+h, mdat+2*s+2*w+h)),
			track(3, "soun", table(4, 0, h, []uint32{1, 1}, mdat+s+w)))
	}
	if late {
		return bytes.Join([][]byte{head, atom("mdat", samples), build(uint32(len(head)) + 8)}, nil)
	}
	return bytes.Join([][]byte{head, build(uint32(len(head)+len(build(0))) + 8), atom("mdat", samples)}, nil)
}

// fragmentedFilm comes in two fragments. Places count from where the flags of a track's head say.
func fragmentedFilm(flags uint32) []byte {
	start := bytes.Join([][]byte{
		atom("ftyp", []byte("iso6\x00\x00\x00\x00iso6")),
		atom("moov", atom("mvhd", make([]byte, 100)), track(1, "vide", table(4, 0, 0, []uint32{1, 1})), track(7, "camm", table(4, 0, 0, []uint32{1, 1})),
			atom("mvex", atom("trex", numbers(0, 1, 1, 0, uint32(len(seenSample)), 0)), atom("trex", numbers(0, 7, 1, 0, 1, 0)))),
	}, nil)
	for range 2 {
		s, w := uint32(len(seenSample)), uint32(len(whereSample))
		build := func(offset uint32) []byte {
			base := func(number uint32) []byte {
				if flags&1 != 0 {
					return numbers(flags, number, 0, uint32(len(start)))
				}
				return numbers(flags, number)
			}
			return atom("moof", atom("mfhd", numbers(0, 1)),
				atom("traf", atom("tfhd", base(1)), atom("trun", numbers(0x1, 1, offset))),
				atom("traf", atom("tfhd", base(7)), atom("udta", []byte(planted)),
					// two runs: one with a place, sizes and more; one that follows on it, whose samples are of one byte
					atom("trun", numbers(0x1|0x4|0x200|0x800, 1, offset+s, 0, w-3, 9)), atom("trun", numbers(0, 3))),
				atom("traf", atom("tfhd", base(1)), atom("trun", numbers(0x1, 1, offset+s+w))))
		}
		start = append(start, build(uint32(len(build(0)))+8)...)
		start = append(start, atom("mdat", seenSample, whereSample, seenSample)...)
	}
	return start
}

// A camera's way, recorded beside the film, goes; film and sound stay byte for byte, wherever the tables are.
func TestCleanFilmForgetsWhereItWas(t *testing.T) {
	t.Parallel()
	films := map[string][]byte{
		"tables first": filmWithPlaces(false, 4, 32, 0), "tables last": filmWithPlaces(true, 4, 32, 0), "large film": filmWithPlaces(true, 8, 0, 0),
		"small samples": filmWithPlaces(true, 4, 4, 5), "fragments": fragmentedFilm(0x20000), "fragments with places": fragmentedFilm(1),
	}
	for what, film := range films {
		if !bytes.Contains(film, []byte("PLANTED")) {
			t.Fatalf("%s: nothing is planted", what)
		}
		got := cleaned(t, film, "video/mp4")
		if n := bytes.Count(got, []byte("PLANTED")); n > 0 || bytes.Contains(got, []byte("0123456789")) {
			t.Errorf("%s: the copy says where it was, %d times", what, n)
		}
		for _, kept := range [][]byte{seenSample, heardSample, []byte("mvhd"), []byte("vide")} {
			if a, b := bytes.Count(film, kept), bytes.Count(got, kept); a != b {
				t.Errorf("%s: of %d %.5q %d are left", what, a, kept, b)
			}
		}
		for _, gone := range []string{"camm", "meta", "gps ", "XTRA", "udta"} {
			if bytes.Contains(got, []byte(gone)) {
				t.Errorf("%s: the copy still has %q", what, gone)
			}
		}
	}
}

// Where the way of a camera cannot be found, no sample is let through; and a second table of contents is none.
func TestCleanFilmWithTablesThatLie(t *testing.T) {
	t.Parallel()
	for _, late := range []bool{false, true} {
		film := filmWithPlaces(late, 4, 32, 0)
		for _, name := range []string{"stsc", "stsz", "hdlr", "tkhd", "minf"} {
			broken := bytes.Clone(film)
			at := bytes.LastIndex(broken[:bytes.Index(broken, []byte("soun"))], []byte("trak"))
			at = bytes.LastIndex(broken[:at], []byte(name)) // in the track of places
			copy(broken[at:], "what")
			if got := cleaned(t, broken, "video/mp4"); bytes.Contains(got, []byte("PLANTED")) {
				t.Errorf("without %s the copy says where it was", name)
			}
		}
	}
	film := filmWithPlaces(false, 4, 32, 0)
	if got := cleaned(t, append(film, atom("moov", track(9, "meta", atom("stbl", []byte(planted))))...), "video/mp4"); bytes.Contains(got, []byte("PLANTED")) {
		t.Error("a second table of contents is kept")
	}
}

// Tables that claim very much take no longer and no more memory than they have bytes.
func TestCleanFilmOfManyStretches(t *testing.T) {
	t.Parallel()
	var chunks []uint32
	for i := range uint32(200_000) {
		chunks = append(chunks, 1000+i*10)
	}
	tables := atom("moov", atom("mvhd", make([]byte, 100)), track(2, "meta", table(4, 0, 5, []uint32{1, 1}, chunks...)))
	film := append(atom("ftyp", []byte("isom")), tables...)
	film = append(film, bytes.Repeat(atom("mdat", []byte("12345678")), 300_000)...)
	cleaned(t, film, "video/mp4")
	liar := atom("moov", track(2, "meta", atom("stbl", atom("stsz", numbers(0, 0xFFFFFFFF, 0xFFFFFFFF)), atom("stsc", numbers(0, 1, 1, 0xFFFFFFFF, 1)), atom("stco", numbers(0, 3, 1, 2, 3)))))
	cleaned(t, append(atom("ftyp", []byte("isom")), liar...), "video/mp4")
}

// frame is a frame of MPEG sound: version 1, layer III, 128 kbit/s, 44,100 Hz, 417 bytes.
func frame(sound byte) []byte {
	return append([]byte("\xff\xfb\x90\x00"), bytes.Repeat([]byte{sound}, 413)...)
}

// soundWithTags is an MP3 with tags before and behind it, and something in the middle.
func soundWithTags(version byte) []byte {
	picture := append([]byte("APIC\x00\x00\x00\x00\x00\x00image/jpeg\x00"), []byte("\xff\xd8\xff\xe1\x00\x10Exif"+planted)...)
	tag := append([]byte{'I', 'D', '3', version, 0, 0x40, 0, 0, byte(len(picture) >> 7), byte(len(picture) & 0x7F)}, picture...)
	ape := append([]byte("APETAGEX\xd0\x07\x00\x00"), []byte(planted)...)
	ape = append(append(ape, frame('x')...), frame('x')...) // in the picture of the tag by chance
	return bytes.Join([][]byte{tag, frame(1), frame(2), []byte("LYRICS? " + planted), frame(3), frame(4), ape, []byte("TAG" + planted)}, nil)
}

// Of an MP3 the sound stays, and nothing of what is written before, between and behind.
func TestCleanMP3KeepsTheSound(t *testing.T) {
	t.Parallel()
	for version := byte(2); version <= 4; version++ {
		full := soundWithTags(version)
		got := cleaned(t, full, "audio/mpeg")
		if bytes.Contains(got, []byte("PLANTED")) || bytes.Contains(got, []byte("APIC")) || bytes.Contains(got, []byte("TAG")) || bytes.Contains(got, frame('x')) {
			t.Error("the copy still has what was added")
		}
		for sound := byte(1); sound <= 4; sound++ {
			if bytes.Index(got, frame(sound)) != bytes.Index(full, frame(sound)) {
				t.Errorf("sound %d is not where it was", sound)
			}
		}
	}
	plain := bytes.Join([][]byte{frame(1), frame(2), frame(3)}, nil)
	if got := cleaned(t, plain, "audio/mpeg"); !bytes.Equal(got, plain) {
		t.Error("sound with nothing added was changed")
	}
}
