package files

import (
	"bytes"
	"encoding/binary"
	"hash/crc32"
)

const (
	markerEOI  = 0xD9
	markerCOM  = 0xFE
	markerAPP0 = 0xE0
	markerAPPE = 0xEF
	// turnSize is the length of an EXIF structure that says nothing but how a picture is to be turned.
	turnSize = 32
)

// jpegKept are the application segments that belong to the picture: its density, colours and their coding.
var jpegKept = map[byte]string{0xE0: "JFIF\x00", 0xE2: "ICC_PROFILE\x00", 0xEE: "Adobe"}

// cleanJPEG keeps the picture, its colours and how it is to be turned.
func cleanJPEG(b *blanker) error {
	start, err := b.peek(2)
	if err != nil || start[0] != 0xFF || start[1] != markerSOI {
		return errNonsense
	}
	if err := b.keep(2); err != nil {
		return err
	}
	for {
		head, err := b.peek(2)
		if err != nil {
			return err
		}
		code := head[1]
		switch {
		case head[0] != 0xFF:
			return errNonsense
		case code == 0xFF: // filling
			err = b.keep(1)
		case code == markerEOI:
			return b.keep(2) // what follows is no part of the picture
		case code == 0x01, code >= 0xD0 && code <= 0xD7:
			err = b.keep(2)
		default:
			err = cleanSegment(b, code)
		}
		if err != nil {
			return err
		}
	}
}

// cleanSegment handles a segment with a length: a marker, two bytes of length, and its content.
func cleanSegment(b *blanker, code byte) error {
	head, err := b.peek(4)
	if err != nil {
		return err
	}
	size := int64(binary.BigEndian.Uint16(head[2:])) + 2
	if size < 4 {
		return errNonsense
	}
	switch {
	case code == markerSOS:
		if err := b.keep(size); err != nil {
			return err
		}
		return keepScan(b)
	case code >= 0xC0 && code <= 0xDF: // tables, frames and their dimensions
		return b.keep(size)
	case code < markerAPP0 || code > markerAPPE && code != markerCOM:
		return errNonsense
	}
	content, err := b.peek(int(size)) // less than cleanAhead
	if err != nil && len(content) < 4 {
		return err
	}
	if want, known := jpegKept[code]; known && bytes.HasPrefix(content[4:], []byte(want)) {
		return b.keep(size)
	}
	if code == markerEXIF && bytes.HasPrefix(content[4:], []byte(exifHeader)) && size >= 4+turnSize {
		if turn := orientationOf(content[4+len(exifHeader):]); turn != upright {
			if err := b.put(append(bytes.Clone(head), turnOnly(turn)...)); err != nil {
				return err
			}
			return b.blank(size - 4 - turnSize)
		}
	}
	if err := b.put([]byte{0xFF, markerCOM, head[2], head[3]}); err != nil {
		return err
	}
	return b.blank(size - 4)
}

// turnOnly is an EXIF structure with the orientation alone.
func turnOnly(t turn) []byte {
	tiff := binary.LittleEndian
	out := append(make([]byte, 0, turnSize), exifHeader+"II*\x00"...)
	out = tiff.AppendUint32(out, 8)              // where the directory is
	out = tiff.AppendUint16(out, 1)              // its entries
	out = tiff.AppendUint16(out, tagOrientation) // the entry
	out = tiff.AppendUint16(out, typeShort)
	out = tiff.AppendUint32(out, 1)
	out = tiff.AppendUint16(out, uint16(t))
	out = tiff.AppendUint16(out, 0)
	return tiff.AppendUint32(out, 0) // no other directory
}

// keepScan passes compressed pixels on, up to the next marker.
func keepScan(b *blanker) error {
	for {
		if _, err := b.peek(2); err != nil {
			return err
		}
		ahead, err := b.peek(b.r.Buffered()) // what is in memory already
		if err != nil {
			return err
		}
		n := 0
		for n < len(ahead)-1 {
			i := bytes.IndexByte(ahead[n:len(ahead)-1], 0xFF)
			if i < 0 {
				n = len(ahead) - 1
				break
			}
			n += i
			if next := ahead[n+1]; next != 0 && (next < 0xD0 || next > 0xD7) {
				return b.keep(int64(n))
			}
			n += 2
		}
		if err := b.keep(int64(min(n, len(ahead)))); err != nil {
			return err
		}
	}
}

// pngSignature begins every PNG.
const pngSignature = "\x89PNG\r\n\x1a\n"

// pngKept are the chunks that belong to the picture.
var pngKept = map[string]bool{
	"IHDR": true, "PLTE": true, "IDAT": true, "IEND": true, "tRNS": true, "cHRM": true, "gAMA": true, "iCCP": true, "sBIT": true, "sRGB": true,
	"bKGD": true, "hIST": true, "pHYs": true, "sPLT": true, "acTL": true, "fcTL": true, "fdAT": true, "cICP": true, "mDCV": true, "cLLI": true,
}

// pngBlank is the name of a chunk that nobody knows and everybody may skip.
const pngBlank = "blNk"

// cleanPNG keeps the picture and its colours.
func cleanPNG(b *blanker) error {
	start, err := b.peek(len(pngSignature))
	if err != nil || string(start) != pngSignature {
		return errNonsense
	}
	if err := b.keep(int64(len(start))); err != nil {
		return err
	}
	for {
		head, err := b.peek(8)
		if err != nil {
			return err
		}
		size, name := binary.BigEndian.Uint32(head), string(head[4:])
		switch {
		case size > 1<<31-1:
			return errNonsense
		case pngKept[name]:
			if err := b.keep(int64(size) + 12); err != nil || name == "IEND" {
				return err
			}
			continue
		}
		if err := b.put(append(bytes.Clone(head[:4]), pngBlank...)); err != nil {
			return err
		}
		if err := b.blank(int64(size)); err != nil {
			return err
		}
		if err := b.put(binary.BigEndian.AppendUint32(nil, blankSum(int64(size)))); err != nil {
			return err
		}
	}
}

// blankSum is the checksum of a blank chunk.
func blankSum(size int64) uint32 {
	sum := crc32.ChecksumIEEE([]byte(pngBlank))
	var zeros [4096]byte
	for ; size > 0; size -= int64(len(zeros)) {
		sum = crc32.Update(sum, crc32.IEEETable, zeros[:min(size, int64(len(zeros)))])
	}
	return sum
}

// webpKept are the chunks that belong to the picture.
var webpKept = map[string]bool{"VP8 ": true, "VP8L": true, "VP8X": true, "ALPH": true, "ANIM": true, "ANMF": true, "ICCP": true}

// webpAdded are the flags of a VP8X chunk which say that there are EXIF and XMP.
const webpAdded = 0x08 | 0x04

// cleanWebP keeps the picture and its colours.
func cleanWebP(b *blanker) error {
	start, err := b.peek(12)
	if err != nil || string(start[:4]) != "RIFF" || string(start[8:]) != "WEBP" {
		return errNonsense
	}
	end := int64(binary.LittleEndian.Uint32(start[4:])) + 8
	if err := b.keep(12); err != nil {
		return err
	}
	for b.at < end {
		head, err := b.peek(8)
		if err != nil {
			return err
		}
		name, size := string(head[:4]), int64(binary.LittleEndian.Uint32(head[4:]))
		size += size % 2 // filled up to an even length
		switch {
		case b.at+8+size > end:
			return errNonsense
		case name == "VP8X" && size >= 1:
			if head, err = b.peek(9); err != nil {
				return err
			}
			if err := b.put(append(bytes.Clone(head[:8]), head[8]&^webpAdded)); err != nil {
				return err
			}
			err = b.keep(size - 1)
		case webpKept[name]:
			err = b.keep(8 + size)
		default:
			if err := b.put(append([]byte("JUNK"), head[4:8]...)); err != nil {
				return err
			}
			err = b.blank(size)
		}
		if err != nil {
			return err
		}
	}
	return nil
}
