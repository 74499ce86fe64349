package files

import (
	"bufio"
	"encoding/binary"
	"errors"
	"io"
	"slices"
)

// Some cameras record where they are as a track of its own beside sound and pictures: once a second or
// oftener, in samples that lie between those of the film. Which samples these are stands in tables that
// telephones write behind everything else; so a film is gone through once to learn that before the copy is
// made.

// movieParts is what of a movie is neither sound nor picture.
type movieParts struct {
	tracks  map[int64]bool // the trak boxes of such tracks, by their place in the file
	samples []extent       // where their samples lie, in order
}

// movieTracks are the kinds of track that stay: pictures, sound, and the running number of each picture.
var movieTracks = map[string]bool{"vide": true, "soun": true, "auxv": true, "pict": true, "tmcd": true}

const (
	// movieTables is the largest table of contents that is read: that of a film of hours has a few megabytes.
	movieTables = 32 << 20
	// movieStretches is how many stretches of other tracks a movie has at most.
	movieStretches = 1 << 20
)

// everywhere is the place of samples that nobody can find.
var everywhere = extent{0, 1 << 62}

// lookThrough goes through a movie up to where nothing more can be learnt. Of one whose tables make no sense,
// every sample may be anything.
func lookThrough(file io.Reader) (movieParts, error) {
	m := &movieMap{parts: movieParts{tracks: map[int64]bool{}}, other: map[uint32]bool{}, sizes: map[uint32]uint64{}}
	err := m.read(&blanker{r: bufio.NewReaderSize(file, segmentSize), w: bufio.NewWriterSize(io.Discard, 16)})
	switch {
	case errors.Is(err, errNonsense):
		m.parts.samples = []extent{everywhere}
	case err != nil && !errors.Is(err, io.EOF) && !errors.Is(err, io.ErrUnexpectedEOF):
		return movieParts{}, err
	}
	m.parts.samples = merged(m.parts.samples)
	return m.parts, nil
}

// movieMap is what is known of a movie while it is gone through.
type movieMap struct {
	parts      movieParts
	known      bool              // the tables were read
	fragmented bool              // more tables come with every fragment
	other      map[uint32]bool   // numbers of the tracks that go
	sizes      map[uint32]uint64 // of a sample of a track in fragments, where they do not say
}

func (m *movieMap) read(b *blanker) error {
	for !m.known || m.fragmented {
		x, err := nextBox(b)
		if err != nil {
			return err
		}
		start, whole := b.at, int64(len(x.head))+x.size
		switch {
		case x.name == "moov" || x.name == "moof":
			if x.size < 0 || whole > movieTables {
				return errNonsense
			}
			content := make([]byte, whole)
			if _, err := io.ReadFull(b.r, content); err != nil {
				return err
			}
			b.at += whole
			if err := m.tables(x.name, content[len(x.head):], start, start+int64(len(x.head))); err != nil {
				return err
			}
		case x.size < 0:
			return io.EOF
		default:
			if err := b.keep(whole); err != nil {
				return err
			}
		}
	}
	return nil
}

// tables reads a moov or a moof box, which begins at a place in the file, as its content does.
func (m *movieMap) tables(name string, content []byte, start, at int64) error {
	if name == "moof" {
		return m.fragment(content, start)
	}
	m.known = true
	boxes, err := innerBoxes(content, at)
	if err != nil {
		return err
	}
	for _, x := range boxes {
		switch x.name {
		case "trak":
			err = m.track(x)
		case "mvex":
			m.fragmented = true
			err = m.defaults(x)
		case "cmov":
			err = errNonsense // the tables are compressed
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// inner is a box inside of what is in memory.
type inner struct {
	name    string
	start   int64 // of its head, in the file
	content []byte
	at      int64 // of its content
}

// innerBoxes takes apart what boxes are in another one.
func innerBoxes(content []byte, at int64) ([]inner, error) {
	var all []inner
	for len(content) >= 8 {
		head, size := 8, uint64(binary.BigEndian.Uint32(content))
		switch {
		case size == 0:
			size = uint64(len(content))
		case size == 1 && len(content) >= 16:
			head, size = 16, binary.BigEndian.Uint64(content[8:])
		}
		if size < uint64(head) || size > uint64(len(content)) {
			return nil, errNonsense
		}
		all = append(all, inner{string(content[4:8]), at, content[head:size], at + int64(head)})
		content, at = content[size:], at+int64(size) //nolint:gosec // no more than there is
	}
	return all, nil // QuickTime ends a list with four zeros
}

// within returns the content of the first box of a path of names.
func within(content []byte, path ...string) ([]byte, error) {
	for _, name := range path {
		boxes, err := innerBoxes(content, 0)
		if err != nil {
			return nil, err
		}
		i := slices.IndexFunc(boxes, func(x inner) bool { return x.name == name })
		if i < 0 {
			return nil, errNonsense
		}
		content = boxes[i].content
	}
	return content, nil
}

// track looks at one track, and notes it when it is neither sound nor picture.
func (m *movieMap) track(x inner) error {
	handler, err := within(x.content, "mdia", "hdlr")
	if err != nil || len(handler) < 12 {
		return errNonsense
	}
	if movieTracks[string(handler[8:12])] {
		return nil
	}
	head, err := within(x.content, "tkhd")
	if err != nil || len(head) < 24 {
		return errNonsense
	}
	number := binary.BigEndian.Uint32(head[12:])
	if head[0] == 1 { // longer times
		number = binary.BigEndian.Uint32(head[20:])
	}
	m.parts.tracks[x.start], m.other[number] = true, true
	table, err := within(x.content, "mdia", "minf", "stbl")
	if err != nil {
		return err
	}
	return m.samples(table)
}

// samples notes where the samples of a track lie: a chunk after the other, so many samples in each.
func (m *movieMap) samples(table []byte) error {
	sizes, err := readSizes(table)
	if err != nil {
		return err
	}
	places, err := readPlaces(table)
	if err != nil {
		return err
	}
	if len(places) == 0 {
		return nil // the samples are in fragments
	}
	runs, err := readRuns(table)
	if err != nil {
		return err
	}
	sample, run := 0, 0
	for i, from := range places {
		for run+1 < len(runs) && uint64(i)+1 >= runs[run+1].first {
			run++
		}
		size, err := sizes.next(sample, runs[run].samples)
		if err != nil {
			return err
		}
		sample += int(runs[run].samples) //nolint:gosec // 32 bits
		if err := m.hide(from, size); err != nil {
			return err
		}
	}
	return nil
}

// hide notes one stretch, together with the one before it when it follows on that.
func (m *movieMap) hide(from, size uint64) error {
	if from > 1<<50 || size > 1<<50 {
		return errNonsense
	}
	e := extent{int64(from), int64(from + size)}
	if n := len(m.parts.samples); n > 0 && m.parts.samples[n-1].to == e.from {
		m.parts.samples[n-1].to = e.to
		return nil
	}
	if len(m.parts.samples) == movieStretches {
		return errNonsense
	}
	m.parts.samples = append(m.parts.samples, e)
	return nil
}

// sampleSizes are the sizes of a track's samples: one for all, or one for each.
type sampleSizes struct {
	all  uint64
	each []byte
	bits int
}

func readSizes(table []byte) (sampleSizes, error) {
	if c, err := within(table, "stsz"); err == nil && len(c) >= 12 {
		return sampleSizes{all: uint64(binary.BigEndian.Uint32(c[4:])), each: c[12:], bits: 32}, nil
	}
	c, err := within(table, "stz2")
	if err != nil || len(c) < 12 || !slices.Contains([]int{4, 8, 16}, int(c[7])) {
		return sampleSizes{}, errNonsense
	}
	return sampleSizes{each: c[12:], bits: int(c[7])}, nil
}

// next returns the size of so many samples together.
func (s sampleSizes) next(first int, count uint64) (uint64, error) {
	if s.all != 0 {
		return s.all * count, nil // both have 32 bits
	}
	if first > 1<<40 || (uint64(first)+count)*uint64(s.bits) > uint64(len(s.each))*8 { //nolint:gosec // neither is negative
		return 0, errNonsense
	}
	var sum uint64
	for i := first; i < first+int(count); i++ { //nolint:gosec // no more than there are
		switch s.bits {
		case 32:
			sum += uint64(binary.BigEndian.Uint32(s.each[4*i:]))
		case 16:
			sum += uint64(binary.BigEndian.Uint16(s.each[2*i:]))
		case 8:
			sum += uint64(s.each[i])
		default:
			sum += uint64(s.each[i/2] >> (4 * (1 - i%2)) & 15)
		}
	}
	return sum, nil
}

// readPlaces reads where the chunks of a track begin.
func readPlaces(table []byte) ([]uint64, error) {
	size := 4
	c, err := within(table, "stco")
	if err != nil {
		size = 8
		c, err = within(table, "co64")
	}
	if err != nil || len(c) < 8 {
		return nil, errNonsense
	}
	f := &fields{rest: c[4:]}
	count := f.number(4)
	if count*uint64(size) > uint64(len(f.rest)) {
		return nil, errNonsense
	}
	places := make([]uint64, count)
	for i := range places {
		places[i] = f.number(size)
	}
	return places, nil
}

// chunkRun says how many samples each chunk has from one on.
type chunkRun struct{ first, samples uint64 }

func readRuns(table []byte) ([]chunkRun, error) {
	c, err := within(table, "stsc")
	if err != nil || len(c) < 8 {
		return nil, errNonsense
	}
	f := &fields{rest: c[4:]}
	count := f.number(4)
	if count == 0 || count*12 > uint64(len(f.rest)) {
		return nil, errNonsense
	}
	runs := make([]chunkRun, count)
	for i := range runs {
		runs[i] = chunkRun{f.number(4), f.number(4)}
		f.number(4)
	}
	return runs, nil
}
