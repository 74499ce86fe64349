package files

import "encoding/binary"

// A film may come in fragments, each with tables of its own (ISO/IEC 14496-12, 8.8).

// The flags of a fragment's tables that say what stands in them.
const (
	fragBase     = 0x1     // tfhd: a place of its own
	fragEntry    = 0x2     // tfhd: which description
	fragDuration = 0x8     // tfhd: of each sample
	fragSize     = 0x10    // tfhd: of each sample
	fragFromMoof = 0x20000 // tfhd: places count from the fragment's beginning
	runOffset    = 0x1     // trun: a place of its own
	runFirst     = 0x4     // trun: what is special of the first sample
	runDuration  = 0x100   // trun, of each sample: its duration,
	runSize      = 0x200   // its size,
	runFlags     = 0x400   // what is special of it,
	runShift     = 0x800   // and when it is shown
)

// defaults reads what is the same of the samples of each track in all fragments.
func (m *movieMap) defaults(mvex inner) error {
	boxes, err := innerBoxes(mvex.content, mvex.at)
	if err != nil {
		return err
	}
	for _, x := range boxes {
		if x.name == "trex" && len(x.content) >= 20 {
			m.sizes[binary.BigEndian.Uint32(x.content[4:])] = uint64(binary.BigEndian.Uint32(x.content[16:]))
		}
	}
	return nil
}

// fragment notes where in one fragment, which begins at a place in the file, the samples of other tracks lie.
func (m *movieMap) fragment(content []byte, start int64) error {
	if !m.known {
		return errNonsense // nobody knows what its tracks are
	}
	boxes, err := innerBoxes(content, 0)
	if err != nil {
		return err
	}
	end := uint64(start) //nolint:gosec // not negative
	for _, x := range boxes {
		if x.name != "traf" {
			continue
		}
		if end, err = m.trackFragment(x.content, uint64(start), end); err != nil { //nolint:gosec // not negative
			return err
		}
	}
	return nil
}

// trackFragment goes through the samples of one track in a fragment. Where nothing else is said they follow
// on those of the track before, which end where it says.
func (m *movieMap) trackFragment(content []byte, start, before uint64) (end uint64, err error) {
	boxes, err := innerBoxes(content, 0)
	if err != nil {
		return 0, err
	}
	head, err := within(content, "tfhd")
	if err != nil {
		return 0, err
	}
	f := &fields{rest: head}
	flags := f.number(4) & 0xFFFFFF
	number := uint32(f.number(4)) //nolint:gosec // 4 bytes
	base, size := before, m.sizes[number]
	if flags&fragFromMoof != 0 {
		base = start
	}
	if flags&fragBase != 0 {
		base = f.number(8)
	}
	for _, skipped := range []uint64{fragEntry, fragDuration} {
		if flags&skipped != 0 {
			f.number(4)
		}
	}
	if flags&fragSize != 0 {
		size = f.number(4)
	}
	if f.broken {
		return 0, errNonsense
	}
	end = base
	for _, x := range boxes {
		if x.name != "trun" {
			continue
		}
		var from uint64
		if from, end, err = run(x.content, base, end, size); err != nil {
			return 0, err
		}
		if m.other[number] {
			if err := m.hide(from, end-from); err != nil {
				return 0, err
			}
		}
	}
	return end, nil
}

// run returns where a run of samples lies: at its own place from the base on, or after the run before.
func run(content []byte, base, before, size uint64) (from, end uint64, err error) {
	f := &fields{rest: content}
	flags, count := f.number(4)&0xFFFFFF, f.number(4)
	from = before
	if flags&runOffset != 0 {
		from = base + uint64(int64(int32(f.number(4)))) //nolint:gosec // the offset has a sign
	}
	if flags&runFirst != 0 {
		f.number(4)
	}
	if flags&(runDuration|runSize|runFlags|runShift) == 0 {
		end = from + count*size
	} else {
		for end = from; count > 0 && !f.broken; count-- {
			if flags&runDuration != 0 {
				f.number(4)
			}
			each := size
			if flags&runSize != 0 {
				each = f.number(4)
			}
			for _, skipped := range []uint64{runFlags, runShift} {
				if flags&skipped != 0 {
					f.number(4)
				}
			}
			end += each
		}
	}
	if f.broken || from > 1<<50 || end > 1<<50 || end < from {
		return 0, 0, errNonsense
	}
	return from, end, nil
}
