package files

import (
	"bytes"
	"encoding/binary"
	"errors"
	"io"
)

// MPEG sound (MP3) is one frame after the other; whatever lies before, between and behind them are tags in
// which programs and telephones write names, places, remarks and pictures.

const (
	id3Head = 10
	// mpegFamily are the bits of a frame's head that are the same in a whole file: that it is one, version,
	// layer and sampling rate.
	mpegFamily = 0xFFFE0C00
)

// mpegTags begin what stands behind the sound.
var mpegTags = [][]byte{[]byte("TAG"), []byte("APETAGEX"), []byte("LYRICSBEGIN")}

// cleanMPEG keeps the frames.
func cleanMPEG(b *blanker) error {
	if err := blankID3(b); err != nil {
		return err
	}
	family, inStep := uint32(0), false
	for {
		ahead, err := b.peek(len("LYRICSBEGIN"))
		if len(ahead) < 4 {
			return err
		}
		head := binary.BigEndian.Uint32(ahead)
		size := mpegFrame(head)
		if size > 0 && (inStep && head&mpegFamily == family || !inStep && (family == 0 || head&mpegFamily == family) && followed(b, size, head)) {
			family, inStep = head&mpegFamily, true
			if err := b.keep(int64(size)); err != nil {
				return err
			}
			continue
		}
		for _, tag := range mpegTags {
			if family != 0 && bytes.HasPrefix(ahead, tag) {
				return nil // the rest is blank
			}
		}
		inStep = false
		if err := blankToFrame(b); err != nil {
			return err
		}
	}
}

// blankID3 blanks the tag in front. Its head stays, and says that nothing is in it.
func blankID3(b *blanker) error {
	head, err := b.peek(id3Head)
	if err != nil || string(head[:3]) != "ID3" {
		return nil //nolint:nilerr // the file has no tag, or nothing else
	}
	size := int64(0)
	for _, c := range head[6:] {
		if c >= 0x80 {
			return errNonsense
		}
		size = size<<7 | int64(c)
	}
	head = bytes.Clone(head)
	head[5] = 0 // no flags
	if err := b.put(head); err != nil {
		return err
	}
	return b.blank(size)
}

// blankToFrame blanks at least a byte, and all up to where a frame might begin.
func blankToFrame(b *blanker) error {
	if _, err := b.peek(2); err != nil && !errors.Is(err, io.EOF) {
		return err
	}
	ahead, err := b.peek(b.r.Buffered())
	if err != nil {
		return err
	}
	n := bytes.IndexByte(ahead[1:], 0xFF) + 1
	if n == 0 {
		n = len(ahead)
	}
	return b.blank(int64(n))
}

// followed says whether a frame is followed by another one of its family: not every byte that looks like the
// head of a frame is one.
func followed(b *blanker, size int, head uint32) bool {
	ahead, err := b.peek(size + 4)
	if err != nil {
		return len(ahead) == size // the only one
	}
	next := binary.BigEndian.Uint32(ahead[size:])
	return mpegFrame(next) > 0 && next&mpegFamily == head&mpegFamily || bytes.HasPrefix(ahead[size:], mpegTags[0])
}

// mpegRates are the rates of a frame in kilobits a second, by layer: first of version 1, then of the others.
var mpegRates = [2][3][15]int{
	{
		{0, 32, 64, 96, 128, 160, 192, 224, 256, 288, 320, 352, 384, 416, 448},
		{0, 32, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320, 384},
		{0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320},
	},
	{
		{0, 32, 48, 56, 64, 80, 96, 112, 128, 144, 160, 176, 192, 224, 256},
		{0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160},
		{0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160},
	},
}

// mpegSampling are the sampling rates of version 1; version 2 has half of them, version 2.5 a quarter.
var mpegSampling = [3]int{44100, 48000, 32000}

// mpegFrame returns the length of the frame that has this head, 0 when it is none.
func mpegFrame(head uint32) int {
	version, layer := head>>19&3, 3-int(head>>17&3) // layer 0, 1, 2: I, II, III
	rate, sampling := head>>12&15, head>>10&3
	if head>>21 != 0x7FF || version == 1 || layer == 3 || rate == 0 || rate == 15 || sampling == 3 {
		return 0
	}
	older, hertz := 0, mpegSampling[sampling]
	switch version {
	case 2:
		older, hertz = 1, hertz/2
	case 0:
		older, hertz = 1, hertz/4
	}
	bits, padding := 1000*mpegRates[older][layer][rate], int(head>>9&1)
	switch {
	case layer == 0:
		return (12*bits/hertz + padding) * 4
	case layer == 2 && older == 1:
		return 72*bits/hertz + padding
	default:
		return 144*bits/hertz + padding
	}
}
