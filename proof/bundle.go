package proof

import (
	"archive/zip"
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"hash"
	"io"
	"strings"
	"time"

	"saphan/citizens"
	"saphan/internal/chain"
)

// Evidence is everything that proves one case, as it goes into a bundle.
type Evidence struct {
	Agency    string // name
	Case      string // number
	Service   string
	MadeAt    time.Time
	KeyURL    string // where the public keys are published
	Items     []Item
	Histories []History
	Readings  []citizens.Reading
	Proofs    []Proof
}

// Item is one file of a bundle.
type Item struct {
	Path string
	Open func(ctx context.Context) (io.ReadCloser, error)
}

// Bytes is a file that is already there.
func Bytes(path string, content []byte) Item {
	return Item{Path: path, Open: func(context.Context) (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(content)), nil }}
}

// History is all lines of one history.
type History struct {
	Book    Book
	Subject int64
	Lines   []Line
}

func (h History) path() string { return fmt.Sprintf("history/%s-%d.jsonl", h.Book, h.Subject) }

// Line is a line of a history as a bundle has it. Detail is the very text that its hash covers.
type Line struct {
	Seq    int       `json:"seq"`
	At     time.Time `json:"at"`
	Actor  string    `json:"actor"`
	Kind   string    `json:"kind"`
	Detail string    `json:"detail"`
	Hash   string    `json:"hash"`
}

// LinesOf are the lines of a history as a bundle has them.
func LinesOf[S ~int64, A, K ~string](events []chain.Event[S, A, K]) []Line {
	lines := make([]Line, len(events))
	for i, e := range events {
		lines[i] = Line{Seq: e.Seq, At: e.At.UTC(), Actor: string(e.Actor), Kind: string(e.Kind), Detail: string(e.Detail), Hash: hex.EncodeToString(e.Hash)}
	}
	return lines
}

// readLine is a reading as a bundle has it.
type readLine struct {
	ID       int64                `json:"id"`
	Agency   int64                `json:"agency"`
	Ticket   int64                `json:"ticket"`
	Officer  int64                `json:"officer"`
	Kind     citizens.ReadingKind `json:"kind"`
	File     int64                `json:"file"` // 0: the case itself
	Standing citizens.Standing    `json:"standing"`
	Reason   string               `json:"reason"`
	At       time.Time            `json:"at"`
	Hash     string               `json:"hash"`
}

func readLineOf(r citizens.Reading) readLine {
	return readLine{r.ID, r.AgencyID, r.TicketID, r.OfficerID, r.Kind, r.AttachmentID, r.Standing, r.Reason, r.At.UTC(), hex.EncodeToString(r.Sum())}
}

// holds reports whether a reading matches its hash.
func (l readLine) holds() bool {
	r := citizens.Reading{
		ID: l.ID, AgencyID: l.Agency, TicketID: l.Ticket, OfficerID: l.Officer, Kind: l.Kind, AttachmentID: l.File, Standing: l.Standing, Reason: l.Reason, At: l.At,
	}
	return hex.EncodeToString(r.Sum()) == l.Hash
}

// Manifest lists the files of a bundle with their hashes.
type Manifest struct {
	Format  string    `json:"format"`
	Agency  string    `json:"agency"`
	Case    string    `json:"case"`
	Service string    `json:"service"`
	MadeAt  time.Time `json:"made_at"`
	Key     string    `json:"key"`
	KeyURL  string    `json:"key_url"`
	Files   []Listed  `json:"files"`
}

// Listed is a file of a bundle.
type Listed struct {
	Path   string `json:"path"`
	Bytes  int64  `json:"bytes"`
	SHA256 string `json:"sha256"`
}

// signature is what stands beside the manifest.
type signature struct {
	PublicKey string `json:"public_key"`
	Signature string `json:"signature"` // over "saphan manifest 1\n" and the manifest
}

const (
	bundleFormat  = "saphan-evidence-1"
	manifestPath  = "manifest.json"
	signaturePath = "manifest.sig.json"
	proofsPath    = "proofs.json"
	readingsPath  = "readings.jsonl"

	// The seal is the last bytes of the file, the comment of the ZIP: the signature over all bytes before it.
	sealBegins = bundleFormat + " "
	sealSize   = len(sealBegins) + 128 // hex of 64 bytes
)

// WriteBundle writes a ZIP that proves itself. Its files are stored, not packed, so that the same evidence is the same bytes whatever
// packs it.
func WriteBundle(ctx context.Context, out io.Writer, k Key, e Evidence) error {
	if k.private == nil {
		return errKey
	}
	sealed := &sealer{out: out, hash: sha256.New()}
	w := &bundler{archive: zip.NewWriter(sealed), manifest: Manifest{
		Format: bundleFormat, Agency: e.Agency, Case: e.Case, Service: e.Service, MadeAt: e.MadeAt.UTC().Truncate(time.Second), Key: k.ID, KeyURL: e.KeyURL,
	}}
	if err := w.all(ctx, k, e); err != nil {
		return fmt.Errorf("bundle of case %s: %w", e.Case, err)
	}
	err := w.archive.SetComment(strings.Repeat(" ", sealSize)) // room for the seal
	if err == nil {
		err = w.archive.Close()
	}
	if err == nil {
		err = sealed.end(k)
	}
	if err != nil {
		return fmt.Errorf("seal the bundle of case %s: %w", e.Case, err)
	}
	return nil
}

// bundler writes files and notes what it wrote.
type bundler struct {
	archive  *zip.Writer
	manifest Manifest
}

func (w *bundler) all(ctx context.Context, k Key, e Evidence) error {
	items := append([]Item{Bytes("README.txt", readme(e))}, e.Items...)
	for _, h := range e.Histories {
		body, err := jsonLines(h.Lines)
		if err != nil {
			return err
		}
		items = append(items, Bytes(h.path(), body))
	}
	readings := make([]readLine, len(e.Readings))
	for i, r := range e.Readings {
		readings[i] = readLineOf(r)
	}
	body, err := jsonLines(readings)
	if err != nil {
		return err
	}
	proofs, err := json.MarshalIndent(e.Proofs, "", " ")
	if err != nil {
		return err
	}
	items = append(items, Bytes(readingsPath, body), Bytes(proofsPath, proofs))
	for _, item := range items {
		listed, err := w.file(ctx, item)
		if err != nil {
			return err
		}
		w.manifest.Files = append(w.manifest.Files, listed)
	}
	manifest, err := json.MarshalIndent(w.manifest, "", " ")
	if err != nil {
		return err
	}
	signed, err := json.Marshal(signature{hex.EncodeToString(k.Public), hex.EncodeToString(k.sign(manifestSigned, manifest))})
	if err != nil {
		return err
	}
	if _, err := w.file(ctx, Bytes(manifestPath, manifest)); err != nil {
		return err
	}
	_, err = w.file(ctx, Bytes(signaturePath, signed))
	return err
}

func (w *bundler) file(ctx context.Context, item Item) (listed Listed, err error) {
	from, err := item.Open(ctx)
	if err != nil {
		return Listed{}, err
	}
	defer func() { err = errors.Join(err, from.Close()) }()
	to, err := w.archive.CreateHeader(&zip.FileHeader{Name: item.Path, Method: zip.Store, Modified: w.manifest.MadeAt})
	if err != nil {
		return Listed{}, err
	}
	sum := sha256.New()
	n, err := io.Copy(io.MultiWriter(to, sum), from)
	if err != nil {
		return Listed{}, err
	}
	return Listed{Path: item.Path, Bytes: n, SHA256: hex.EncodeToString(sum.Sum(nil))}, nil
}

func jsonLines[T any](all []T) ([]byte, error) {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	for _, one := range all {
		if err := enc.Encode(one); err != nil {
			return nil, err
		}
	}
	return b.Bytes(), nil
}

// sealer passes bytes on, all but the last ones: those are the room for the seal.
type sealer struct {
	out  io.Writer
	hash hash.Hash
	tail []byte
}

func (s *sealer) Write(p []byte) (int, error) {
	s.tail = append(s.tail, p...)
	over := len(s.tail) - sealSize
	if over <= 0 {
		return len(p), nil
	}
	s.hash.Write(s.tail[:over])
	if _, err := s.out.Write(s.tail[:over]); err != nil {
		return 0, err
	}
	s.tail = append(s.tail[:0], s.tail[over:]...)
	return len(p), nil
}

func (s *sealer) end(k Key) error {
	_, err := io.WriteString(s.out, sealBegins+hex.EncodeToString(k.sign(bundleSigned, s.hash.Sum(nil))))
	return err
}

func readme(e Evidence) []byte {
	return fmt.Appendf(nil, `ชุดพยานหลักฐานอิเล็กทรอนิกส์ของเรื่องเลขที่ %[1]s
%[2]s

เปิดอ่าน summary.pdf ก่อน ตรวจว่าชุดนี้ครบถ้วนและไม่ถูกแก้ไขด้วยคำสั่ง (ไม่ต้องต่ออินเทอร์เน็ต)
    saphan verify ชื่อไฟล์.zip
แล้วเทียบกุญแจสาธารณะกับที่ประกาศไว้ที่ %[3]s

Evidence of case %[1]s
%[2]s

Read summary.pdf first. Check that nothing is missing or altered (works offline):
    saphan verify FILE.zip
and compare the public key with the one published at %[3]s

files/           originals / ต้นฉบับเอกสาร
history/         append-only histories, one JSON line an event / ประวัติ
readings.jsonl   who opened the case and why / ผู้เปิดดูเรื่อง
proofs.json      anchors and Merkle paths (RFC 6962) / หลักฐานการผนึกประจำวัน
manifest.json    every file with its SHA-256, signed (Ed25519)
`, e.Case, e.Agency, e.KeyURL)
}
