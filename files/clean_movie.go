package files

import (
	"bytes"
	"cmp"
	"encoding/binary"
	"slices"
)

// box is the head of a part of a movie or a HEIF picture (ISO/IEC 14496-12): its length, its name, and its
// length again when it is a large one.
type box struct {
	name string
	head []byte
	size int64 // of the content; -1: to the end of the file
}

// nextBox looks at the head of the next box.
func nextBox(b *blanker) (box, error) {
	head, err := b.peek(8)
	if err != nil {
		return box{}, err
	}
	x := box{name: string(head[4:]), head: bytes.Clone(head)}
	whole := uint64(binary.BigEndian.Uint32(head))
	switch whole {
	case 0:
		x.size = -1
		return x, nil
	case 1:
		if head, err = b.peek(16); err != nil {
			return box{}, err
		}
		x.head, whole = bytes.Clone(head), binary.BigEndian.Uint64(head[8:])
	}
	if whole < uint64(len(x.head)) || whole > 1<<50 {
		return box{}, errNonsense
	}
	x.size = int64(whole) - int64(len(x.head))
	return x, nil
}

// movieKept are the boxes of a movie that are kept, by the box that they are in ("" is the file itself).
// Everything else is blank: what says where, by whom and with what the film was made (udta, meta, uuid, and
// names that makers of cameras thought up), and what says nothing and may hide anything (free, skip).
var movieKept = map[string]map[string]bool{
	"":     set("ftyp", "styp", "moov", "moof", "mdat", "mfra", "sidx", "ssix", "pdin", "wide"),
	"moov": set("mvhd", "trak", "mvex", "iods"),
	"trak": set("tkhd", "tref", "trgr", "edts", "mdia", "tapt", "load"),
	"mdia": set("mdhd", "hdlr", "minf", "elng"),
	"minf": set("vmhd", "smhd", "gmhd", "nmhd", "hdlr", "dinf", "stbl"),
	"moof": set("mfhd", "traf"),
	"traf": set("tfhd", "tfdt", "trun", "sbgp", "sgpd", "subs", "saiz", "saio", "sdtp"),
}

func set(names ...string) map[string]bool {
	s := make(map[string]bool, len(names))
	for _, n := range names {
		s[n] = true
	}
	return s
}

// cleanMovie keeps sound and pictures. Tracks of another kind go, with their samples (lookThrough found them).
func cleanMovie(b *blanker) error {
	first, err := nextBox(b)
	if err != nil || !movieFirst[first.name] {
		return errNonsense
	}
	return cleanBoxes(b, "", -1)
}

// cleanBoxes goes through the boxes in a box, up to a place in the file; -1 for its end.
func cleanBoxes(b *blanker, within string, end int64) error {
	for end < 0 || b.at < end {
		if end >= 0 && end-b.at < 8 {
			return b.blank(end - b.at)
		}
		x, err := nextBox(b)
		if err != nil {
			return err
		}
		after := b.at + int64(len(x.head)) + x.size
		if end >= 0 && (x.size < 0 || after > end) {
			return errNonsense
		}
		if !movieKept[within][x.name] || b.tracks[b.at] || x.name == "moov" && b.tables {
			if err := b.free(x); err != nil {
				return err
			}
			continue
		}
		if err := b.keep(int64(len(x.head))); err != nil {
			return err
		}
		switch {
		case x.name == "mdat":
			if x.size < 0 {
				after = everywhere.to
			}
			err = b.keepBut(after)
		case x.size < 0:
			return errNonsense // of no end are only samples
		case movieKept[x.name] != nil:
			b.tables = b.tables || x.name == "moov"
			err = cleanBoxes(b, x.name, after)
		default:
			err = b.keep(x.size)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// free writes zeros in place of a box, under a name that every program skips.
func (b *blanker) free(x box) error {
	copy(x.head[4:8], "free")
	if err := b.put(x.head); err != nil {
		return err
	}
	if x.size < 0 {
		return b.blankRest()
	}
	return b.blank(x.size)
}

// movieFirst are the boxes that a movie may begin with.
var movieFirst = set("ftyp", "moov", "mdat", "wide", "free", "skip", "pnot")

// cleanHEIF keeps the picture and its properties, and blanks the bytes of every other item: EXIF, XMP and
// what else was added. The table of contents must come before the items, as every camera writes it.
func cleanHEIF(b *blanker) error {
	known := false
	for {
		x, err := nextBox(b)
		if err != nil {
			return err
		}
		whole := int64(len(x.head)) + x.size
		switch {
		case x.name == "ftyp" && b.at == 0 && x.size >= 0:
			err = b.keep(whole)
		case x.name == "meta" && !known && x.size >= 0 && whole <= cleanAhead:
			content, peekErr := b.peek(int(whole))
			if peekErr != nil {
				return peekErr
			}
			if b.gone, err = heifAdded(content[len(x.head):], b.at+int64(len(x.head))); err != nil {
				return err
			}
			known = true
			err = b.keepBut(b.at + whole)
		case known && x.name == "moov" && x.size >= 0: // of a picture that moves
			if err := b.keep(int64(len(x.head))); err != nil {
				return err
			}
			err = cleanBoxes(b, "moov", b.at+x.size)
		case known && x.name == "mdat":
			if err := b.keep(int64(len(x.head))); err != nil {
				return err
			}
			end := b.at + x.size
			if x.size < 0 {
				end = everywhere.to
			}
			err = b.keepBut(end)
		default:
			err = b.free(x)
		}
		if err != nil {
			return err
		}
	}
}

// extent is a stretch of a file.
type extent struct{ from, to int64 }

// merged puts stretches in order and makes one of those that touch.
func merged(all []extent) []extent {
	slices.SortFunc(all, func(x, y extent) int { return cmp.Compare(x.from, y.from) })
	out := all[:0]
	for _, e := range all {
		if n := len(out); n > 0 && e.from <= out[n-1].to {
			out[n-1].to = max(out[n-1].to, e.to)
			continue
		}
		out = append(out, e)
	}
	return out
}

// keepBut passes the file on up to a place, with the stretches blank that go. Those that were passed are
// forgotten, so that a file of very many parts takes no longer.
func (b *blanker) keepBut(end int64) error {
	for len(b.gone) > 0 && b.at < end {
		e := b.gone[0]
		if e.to <= b.at {
			b.gone = b.gone[1:]
			continue
		}
		if e.from >= end {
			break
		}
		if err := b.keep(max(0, e.from-b.at)); err != nil {
			return err
		}
		if err := b.blank(min(e.to, end) - b.at); err != nil {
			return err
		}
	}
	return b.keep(max(0, end-b.at))
}

// heifKept are the kinds of item that are picture.
var heifKept = map[string]bool{"hvc1": true, "hev1": true, "av01": true, "avc1": true, "jpeg": true, "grid": true, "iovl": true, "iden": true, "tmap": true}

// heifTables are the boxes of the table of contents that belong to the picture.
var heifTables = set("hdlr", "pitm", "iref", "iprp", "dinf", "grpl")

// heifAdded finds where the items lie that are no picture. The content is that of the meta box, which
// begins at a place in the file.
func heifAdded(content []byte, at int64) ([]extent, error) {
	if len(content) < 4 {
		return nil, errNonsense
	}
	var kinds map[uint32]string
	var places map[uint32][]extent
	rest, place := content[4:], at+4 // after version and flags
	var idat extent
	var err error
	var iloc []byte
	var blanks []extent
	for len(rest) > 0 {
		if len(rest) < 8 {
			return nil, errNonsense
		}
		size := int(binary.BigEndian.Uint32(rest))
		if size < 8 || size > len(rest) {
			return nil, errNonsense
		}
		switch string(rest[4:8]) {
		case "iinf":
			kinds, err = heifKinds(rest[8:size])
		case "iloc":
			iloc = rest[8:size]
		case "idat":
			idat = extent{place + 8, place + int64(size)}
		default:
			if !heifTables[string(rest[4:8])] {
				blanks = append(blanks, extent{place + 8, place + int64(size)})
			}
		}
		if err != nil {
			return nil, err
		}
		rest, place = rest[size:], place+int64(size)
	}
	if kinds == nil || iloc == nil {
		return nil, errNonsense
	}
	if places, err = heifPlaces(iloc, idat); err != nil {
		return nil, err
	}
	for item, where := range places {
		if !heifKept[kinds[item]] {
			blanks = append(blanks, where...)
		}
	}
	return merged(blanks), nil
}

// fields reads the big-endian numbers of a box; after a short read it is broken and reads zeros.
type fields struct {
	rest   []byte
	broken bool
}

func (f *fields) number(size int) uint64 {
	if size > len(f.rest) {
		f.broken, f.rest = true, nil
		return 0
	}
	var n uint64
	for _, c := range f.rest[:size] {
		n = n<<8 | uint64(c)
	}
	f.rest = f.rest[size:]
	return n
}

// heifKinds reads the item information box: what kind each item is of.
func heifKinds(content []byte) (map[uint32]string, error) {
	f := &fields{rest: content}
	version := f.number(4) >> 24
	count := f.number(2)
	if version > 0 {
		count = count<<16 | f.number(2)
	}
	kinds := map[uint32]string{}
	for ; count > 0 && !f.broken; count-- {
		size := int(f.number(4)) - 4 //nolint:gosec // 32 bits
		if size < 4 || size > len(f.rest) {
			return nil, errNonsense
		}
		entry := &fields{rest: f.rest[4:size]}
		f.rest = f.rest[size:]
		version := entry.number(4) >> 24
		idSize := 2
		if version == 3 {
			idSize = 4
		}
		id := uint32(entry.number(idSize)) //nolint:gosec // at most 4 bytes
		entry.number(2)                    // protection
		kind := "mime"
		if version >= 2 && len(entry.rest) >= 4 {
			kind = string(entry.rest[:4])
		}
		if entry.broken {
			return nil, errNonsense
		}
		kinds[id] = kind
	}
	if f.broken {
		return nil, errNonsense
	}
	return kinds, nil
}

// heifExtents is how many stretches the items of a picture have together at most. A table may claim many
// more than it has bytes.
const heifExtents = 10_000

// heifPlaces reads the item location box: where the bytes of each item lie.
func heifPlaces(content []byte, idat extent) (map[uint32][]extent, error) {
	f := &fields{rest: content}
	version := f.number(4) >> 24
	sizes := f.number(2)
	offsetSize, lengthSize, baseSize, indexSize := int(sizes>>12&15), int(sizes>>8&15), int(sizes>>4&15), int(sizes&15)
	if version == 0 {
		indexSize = 0
	}
	idSize := 2
	if version == 2 {
		idSize = 4
	}
	if lengthSize == 0 {
		return nil, errNonsense // items without an end of their own
	}
	count, left := f.number(idSize), heifExtents
	places := map[uint32][]extent{}
	for ; count > 0 && !f.broken; count-- {
		id := uint32(f.number(idSize)) //nolint:gosec // at most 4 bytes
		method := uint64(0)
		if version > 0 {
			method = f.number(2) & 15
		}
		f.number(2) // in this file
		base := f.number(baseSize)
		for extents := f.number(2); extents > 0 && !f.broken; extents-- {
			if left--; left < 0 {
				return nil, errNonsense
			}
			f.number(indexSize)
			from := int64(base + f.number(offsetSize)) //nolint:gosec // looked at below
			to := from + int64(f.number(lengthSize))   //nolint:gosec // looked at below
			switch method {
			case 0:
			case 1:
				from, to = from+idat.from, to+idat.from
			default:
				continue // made of other items, which have places of their own
			}
			if from < 0 || to < from {
				return nil, errNonsense
			}
			places[id] = append(places[id], extent{from, to})
		}
	}
	if f.broken || version > 2 {
		return nil, errNonsense
	}
	return places, nil
}
