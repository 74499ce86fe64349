package files

import (
	"encoding/binary"
	"image"
)

// turn is the orientation that a camera notes: the values of EXIF tag 0x0112.
type turn uint16

const (
	upright        turn = 1
	lastTurn       turn = 8
	tagOrientation      = 0x0112
	typeShort           = 3
	directoryMax        = 512 // more entries than any camera writes
	markerSOI           = 0xD8
	markerSOS           = 0xDA
	markerEXIF          = 0xE1
	exifHeader          = "Exif\x00\x00"
	directoryEntry      = 12
	smallestDirEnd      = 14
)

// orientation reads how a JPEG is to be turned; upright when it does not say or says nonsense.
func orientation(file []byte) turn {
	if len(file) < 4 || file[0] != 0xFF || file[1] != markerSOI {
		return upright
	}
	for rest := file[2:]; len(rest) >= 4 && rest[0] == 0xFF && rest[1] != markerSOS; {
		size := int(binary.BigEndian.Uint16(rest[2:])) // of the segment with these two bytes
		if size < 2 || len(rest) < 2+size {
			return upright
		}
		segment := rest[4 : 2+size]
		if rest[1] == markerEXIF && len(segment) > len(exifHeader) && string(segment[:len(exifHeader)]) == exifHeader {
			return orientationOf(segment[len(exifHeader):])
		}
		rest = rest[2+size:]
	}
	return upright
}

// orientationOf looks through the first directory of a TIFF structure.
func orientationOf(tiff []byte) turn {
	if len(tiff) < smallestDirEnd {
		return upright
	}
	var order binary.ByteOrder
	switch string(tiff[:4]) {
	case "II*\x00":
		order = binary.LittleEndian
	case "MM\x00*":
		order = binary.BigEndian
	default:
		return upright
	}
	at := order.Uint32(tiff[4:])
	if uint64(at)+2 > uint64(len(tiff)) {
		return upright
	}
	entries := tiff[at+2:]
	for range min(int(order.Uint16(tiff[at:])), directoryMax) {
		if len(entries) < directoryEntry {
			return upright
		}
		if order.Uint16(entries) == tagOrientation {
			value := turn(order.Uint16(entries[8:]))
			if order.Uint16(entries[2:]) != typeShort || value < upright || value > lastTurn {
				return upright
			}
			return value
		}
		entries = entries[directoryEntry:]
	}
	return upright
}

// apply turns a picture upright.
func (t turn) apply(from *image.RGBA) *image.RGBA {
	if t == upright {
		return from
	}
	w, h := from.Rect.Dx(), from.Rect.Dy()
	size := image.Rect(0, 0, w, h)
	if t >= 5 { // lies on its side
		size = image.Rect(0, 0, h, w)
	}
	to := image.NewRGBA(size)
	for y := range h {
		for x := range w {
			tx, ty := t.move(x, y, w, h)
			copy(to.Pix[to.PixOffset(tx, ty):][:4], from.Pix[from.PixOffset(x, y):][:4])
		}
	}
	return to
}

// move tells where a point of a w by h picture belongs.
func (t turn) move(x, y, w, h int) (int, int) {
	switch t {
	case 2:
		return w - 1 - x, y
	case 3:
		return w - 1 - x, h - 1 - y
	case 4:
		return x, h - 1 - y
	case 5:
		return y, x
	case 6:
		return h - 1 - y, x
	case 7:
		return h - 1 - y, w - 1 - x
	case lastTurn:
		return y, w - 1 - x
	default:
		return x, y
	}
}
