package proof

import (
	"archive/zip"
	"bytes"
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
)

// Check is one thing that was looked at in a file, in both languages.
type Check struct {
	Holds  bool
	TH, EN string
}

// Report is what a check of a file came to.
type Report struct {
	Checks []Check
	Case   string
	KeyID  string // of the key that signed; empty: none did
	KeyURL string // where to compare it
}

// Holds reports whether all is as it was signed.
func (r Report) Holds() bool {
	for _, c := range r.Checks {
		if !c.Holds {
			return false
		}
	}
	return len(r.Checks) > 0
}

func (r *Report) say(holds bool, th, en string) {
	r.Checks = append(r.Checks, Check{holds, th, en})
}

// smallMost bounds the files of a bundle that are read into memory, in bytes.
const smallMost = 64 << 20

// errBundle means that a file is no bundle of ours at all.
var errBundle = errors.New("not an evidence bundle")

// CheckBundle says what holds of a bundle and what does not, without asking anybody. Trusted is the public key that is known
// from elsewhere; nil: the one that the bundle brings along, which the reader compares.
func CheckBundle(file io.ReaderAt, size int64, trusted ed25519.PublicKey) Report {
	r := &Report{}
	archive, err := zip.NewReader(file, size)
	if err != nil {
		r.say(false, "ไฟล์นี้ไม่ใช่ชุดพยานหลักฐาน หรือเสียหายจนเปิดไม่ได้", "This file is no evidence bundle, or so damaged that it cannot be opened.")
		return *r
	}
	b := &opened{Report: r, files: map[string]*zip.File{}}
	for _, f := range archive.File {
		if _, twice := b.files[f.Name]; twice || f.Method != zip.Store {
			r.say(false, "มีไฟล์ชื่อซ้ำหรือถูกแพ็กใหม่: "+f.Name, "A file is there twice, or was packed anew: "+f.Name)
			return *r
		}
		b.files[f.Name] = f
	}
	if !b.key(trusted) {
		return *r
	}
	b.seal(file, size)
	b.listed()
	heads := b.anchors()
	b.histories(heads)
	b.readings(heads)
	return *r
}

// opened is a bundle that is being checked.
type opened struct {
	*Report
	files    map[string]*zip.File
	public   ed25519.PublicKey
	manifest Manifest
}

// small reads a file of the bundle whole.
func (b *opened) small(path string) ([]byte, error) {
	f, ok := b.files[path]
	if !ok || f.UncompressedSize64 > smallMost {
		return nil, errBundle
	}
	from, err := f.Open()
	if err != nil {
		return nil, err
	}
	body, err := io.ReadAll(io.LimitReader(from, smallMost))
	return body, errors.Join(err, from.Close())
}

// key reads the manifest and checks by which key it is signed.
func (b *opened) key(trusted ed25519.PublicKey) bool {
	manifest, err := b.small(manifestPath)
	signed, err2 := b.small(signaturePath)
	var s signature
	if err = errors.Join(err, err2); err == nil {
		err = errors.Join(json.Unmarshal(signed, &s), json.Unmarshal(manifest, &b.manifest))
	}
	public, err3 := hex.DecodeString(s.PublicKey)
	mark, err4 := hex.DecodeString(s.Signature)
	if errors.Join(err, err3, err4) != nil || b.manifest.Format != bundleFormat {
		b.say(false, "อ่านรายการไฟล์ (manifest) หรือลายมือชื่อไม่ได้", "The manifest or its signature cannot be read.")
		return false
	}
	b.public, b.Case, b.KeyID, b.KeyURL = public, b.manifest.Case, KeyID(public), b.manifest.KeyURL
	holds := b.KeyID == b.manifest.Key && signedBy(b.public, manifestSigned, manifest, mark)
	b.say(holds, "ลายมือชื่ออิเล็กทรอนิกส์ของรายการไฟล์", "The manifest's signature")
	if trusted != nil {
		b.say(trusted.Equal(b.public), "กุญแจตรงกับที่ระบุมา", "The key is the one that was given")
	}
	return true
}

// seal checks every byte of the file but the seal itself.
func (b *opened) seal(file io.ReaderAt, size int64) {
	holds := false
	if size > int64(sealSize) {
		end := make([]byte, sealSize)
		_, err := file.ReadAt(end, size-int64(sealSize))
		written, found := strings.CutPrefix(string(end), sealBegins)
		mark, err2 := hex.DecodeString(written)
		h := sha256.New()
		_, err3 := io.Copy(h, io.NewSectionReader(file, 0, size-int64(sealSize)))
		ended := err == nil || errors.Is(err, io.EOF)
		holds = ended && found && errors.Join(err2, err3) == nil && hex.EncodeToString(mark) == written && signedBy(b.public, bundleSigned, h.Sum(nil), mark)
	}
	b.say(holds, "ทั้งไฟล์ตรงกับที่ผนึกไว้ทุกไบต์", "The whole file is as it was sealed, byte for byte")
}

// listed checks each file by the manifest, and that there is no other.
func (b *opened) listed() {
	seen := map[string]bool{manifestPath: true, signaturePath: true}
	good := 0
	for _, l := range b.manifest.Files {
		seen[l.Path] = true
		sum, size, err := b.hash(l)
		if err != nil || sum != l.SHA256 || size != l.Bytes {
			b.say(false, "ไฟล์ถูกแก้ไขหรือหายไป: "+l.Path, "A file was altered or is missing: "+l.Path)
			continue
		}
		good++
	}
	for path := range b.files {
		if !seen[path] {
			b.say(false, "มีไฟล์ที่ไม่อยู่ในรายการ: "+path, "A file is not on the list: "+path)
		}
	}
	b.say(good == len(b.manifest.Files), fmt.Sprintf("ไฟล์ตรงกับลายนิ้วมือ SHA-256 จำนวน %d ไฟล์", good), fmt.Sprintf("%d files match their SHA-256", good))
}

func (b *opened) hash(l Listed) (sum string, size int64, err error) {
	f, ok := b.files[l.Path]
	if !ok {
		return "", 0, errBundle
	}
	from, err := f.Open()
	if err != nil {
		return "", 0, err
	}
	h := sha256.New()
	size, err = io.Copy(h, io.LimitReader(from, l.Bytes+1)) // the manifest says how long it is
	return hex.EncodeToString(h.Sum(nil)), size, errors.Join(err, from.Close())
}

// of names a history.
type of struct {
	book    Book
	subject int64
}

// anchors checks the anchors and the ways to their roots, and returns the proved heads.
func (b *opened) anchors() map[of][]Proved {
	heads := map[of][]Proved{}
	body, err := b.small(proofsPath)
	var proofs []Proof
	if err == nil {
		err = json.Unmarshal(body, &proofs)
	}
	if err != nil {
		b.say(false, "อ่านหลักฐานการผนึกประจำวันไม่ได้", "The proofs of the daily anchors cannot be read.")
		return nil
	}
	good := 0
	for _, p := range proofs {
		a, _, err := p.Anchor.open()
		holds := err == nil
		for _, h := range p.Heads {
			holds = holds && h.holds(a.Statement)
			heads[of{h.Book, h.Subject}] = append(heads[of{h.Book, h.Subject}], h)
		}
		if !holds {
			b.say(false, fmt.Sprintf("การผนึกประจำวันฉบับที่ %d ไม่ถูกต้อง", a.Number), fmt.Sprintf("The daily anchor %d does not hold", a.Number))
			continue
		}
		good++
	}
	if good == len(proofs) {
		b.say(true, fmt.Sprintf("การผนึกประจำวันถูกต้อง %d ฉบับ", good), fmt.Sprintf("%d daily anchors hold", good))
	}
	return heads
}

// histories checks each history by its hashes and by the heads that are anchored.
func (b *opened) histories(heads map[of][]Proved) {
	for path := range b.files {
		var h History
		if n, err := fmt.Sscanf(strings.ReplaceAll(strings.TrimSuffix(path, ".jsonl"), "-", " "), "history/%s %d", &h.Book, &h.Subject); n != 2 || err != nil || h.path() != path {
			continue
		}
		name := fmt.Sprintf("%s %d", h.Book, h.Subject)
		body, err := b.small(path)
		if err == nil {
			err = h.read(body)
		}
		anchored := 0
		for _, head := range heads[of{h.Book, h.Subject}] {
			if head.Line < 1 || head.Line > len(h.Lines) || h.Lines[head.Line-1].Hash != head.Hash {
				err = errors.Join(err, fmt.Errorf("line %d is another than the anchored one", head.Line))
			}
			anchored = max(anchored, head.Line)
		}
		if err != nil {
			b.say(false, "ประวัติไม่ตรงกับลายนิ้วมือ: "+name, "A history does not hold: "+name+": "+err.Error())
			continue
		}
		b.say(true, fmt.Sprintf("ประวัติครบถ้วน: %s จำนวน %d รายการ ผนึกแล้วถึงรายการที่ %d", name, len(h.Lines), anchored),
			fmt.Sprintf("History is whole: %s, %d lines, anchored up to line %d", name, len(h.Lines), anchored))
	}
}

// readings checks who opened the case.
func (b *opened) readings(heads map[of][]Proved) {
	body, err := b.small(readingsPath)
	if err != nil {
		b.say(false, "อ่านรายการผู้เปิดดูไม่ได้", "The readings cannot be read.")
		return
	}
	all, anchored, holds := 0, 0, true
	for one := range bytes.Lines(body) {
		var l readLine
		if json.Unmarshal(one, &l) != nil || !l.holds() {
			holds = false
			continue
		}
		all++
		for _, head := range heads[of{Readings, l.ID}] {
			anchored++
			holds = holds && head.Hash == l.Hash
		}
	}
	b.say(holds, fmt.Sprintf("รายการผู้เปิดดู %d รายการ ผนึกแล้ว %d รายการ", all, anchored), fmt.Sprintf("%d readings, %d of them anchored", all, anchored))
}
