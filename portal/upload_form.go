package portal

import (
	"cmp"
	"errors"
	"io"
	"mime"
	"mime/multipart"
	"net/http"
	"net/url"
	"strings"
	"time"

	"saphan/files"
	"saphan/internal/fault"
)

const (
	// PlainLargest is how much a form may bring at once without JavaScript: what public mailboxes take (MTH-1.2).
	PlainLargest = 25 << 20
	// plainText is how much of that may be text, and plainFields in how many fields.
	plainText   = 1 << 20
	plainFields = 2000
)

// Posted is a form that came.
type Posted struct {
	// Values are its fields. A file that came before the form stands there by UploadValue, under the name of
	// its input.
	Values url.Values
	// Files are those that came with it, by the name of their input.
	Files map[string][]PostedFile
	// Refused are files that were not taken. The form is whole otherwise, and can be shown again.
	Refused []RefusedFile
}

// PostedFile is a file that came with a form. It is known by UploadValue(Upload) from now on.
type PostedFile struct {
	Upload     string
	Attachment files.Attachment
}

// RefusedFile says which file was not taken and why.
type RefusedFile struct {
	Field    string
	Name     string // as a file may be called
	Sentence string // for the sender, in their language
}

// uploadValue begins the value by which a form names a file that came before it.
const uploadValue = "upload:"

// UploadValue is how a form names an upload.
func UploadValue(id string) string { return uploadValue + id }

// UploadOf is the upload that a value names, for files.Kept.
func UploadOf(value string) (id string, ok bool) { return strings.CutPrefix(value, uploadValue) }

// ReadForm reads a form that a browser posts, with or without files, for the owner of the files. Files go
// where those that come in pieces go, without being held in memory or on a disk. A file that is refused is
// named with the reason; a form that brings more than PlainLargest is refused as a whole.
func (u *Uploads) ReadForm(w http.ResponseWriter, r *http.Request, owner string) (Posted, error) {
	p := Posted{Values: url.Values{}, Files: map[string][]PostedFile{}}
	kind, _, _ := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if kind != "multipart/form-data" {
		r.Body = http.MaxBytesReader(w, r.Body, plainText)
		if err := r.ParseForm(); err != nil {
			return p, unreadable(err, "")
		}
		p.Values = r.PostForm
		return p, nil
	}
	r.Body = http.MaxBytesReader(w, &patient{body: r.Body, control: http.NewResponseController(w), left: r.ContentLength}, PlainLargest+plainText)
	parts, err := r.MultipartReader()
	if err != nil {
		return p, unreadable(err, "")
	}
	text, fields := int64(plainText), 0
	for {
		part, err := parts.NextPart()
		if errors.Is(err, io.EOF) && fields > 0 {
			return p, nil
		}
		if err != nil {
			name := "" // the one that was too large for the rest to be read
			if n := len(p.Refused); n > 0 {
				name = p.Refused[n-1].Name
			}
			return p, unreadable(err, name)
		}
		if fields++; fields > plainFields {
			return p, fault.New(fault.TooLarge, "แบบฟอร์มนี้มีข้อมูลมากเกินไป กรุณาเปิดหน้าใหม่แล้วกรอกอีกครั้งค่ะ")
		}
		if isFile(part) {
			err = u.readFile(r, owner, part, &p)
		} else {
			text, err = readText(part, text, p.Values)
		}
		if err != nil {
			return p, err
		}
	}
}

// isFile reports whether a part comes from an input for files, chosen or not.
func isFile(part *multipart.Part) bool {
	_, params, err := mime.ParseMediaType(part.Header.Get("Content-Disposition"))
	_, named := params["filename"]
	return err == nil && named
}

func readText(part *multipart.Part, left int64, into url.Values) (int64, error) {
	value, err := io.ReadAll(io.LimitReader(part, left+1))
	if err != nil {
		return 0, unreadable(err, "")
	}
	if left -= int64(len(value)); left < 0 {
		return 0, fault.New(fault.TooLarge, "ข้อความในแบบฟอร์มยาวเกินไป กรุณาย่อข้อความแล้วส่งใหม่ค่ะ")
	}
	into.Add(part.FormName(), string(value))
	return left, nil
}

// readFile takes one file in.
func (u *Uploads) readFile(r *http.Request, owner string, part *multipart.Part, p *Posted) error {
	field, name := part.FormName(), part.FileName()
	body := &begun{r: part}
	up, at, err := u.files.Take(r.Context(), owner, name, body, files.Limits{Max: PlainLargest})
	if err == nil {
		p.Files[field] = append(p.Files[field], PostedFile{Upload: up.ID, Attachment: at})
		return nil
	}
	name = files.SafeName(name)
	if body.err != nil {
		return unreadable(body.err, name)
	}
	if !body.some && part.FileName() == "" { // nothing was chosen
		return nil
	}
	if _, refused := files.Refusal(err); !refused {
		return err
	}
	p.Refused = append(p.Refused, RefusedFile{Field: field, Name: name, Sentence: fault.In(err, langOf(r))})
	return nil
}

// unreadable is why a form could not be read to its end.
func unreadable(err error, name string) error {
	var large *http.MaxBytesError
	switch {
	case errors.As(err, &large) && name != "":
		return fault.Wrapf(fault.TooLarge, "ไฟล์ “{name}” ทำให้ไฟล์ที่ส่งพร้อมแบบฟอร์มรวมกันใหญ่เกิน {max} MB กรุณาส่งทีละไฟล์ หรือเปิดใช้ JavaScript เพื่อส่งไฟล์ใหญ่ค่ะ", err, "name", name, "max", PlainLargest>>20)
	case errors.As(err, &large):
		return fault.Wrapf(fault.TooLarge, "แบบฟอร์มนี้ใหญ่เกิน {max} MB กรุณาส่งไฟล์ทีละไฟล์ค่ะ", err, "max", PlainLargest>>20)
	default:
		return fault.Wrap(fault.Invalid, "ได้รับแบบฟอร์มไม่ครบ อาจเป็นเพราะสัญญาณขาด กรุณากดส่งอีกครั้งค่ะ", err)
	}
}

// begun remembers whether there was anything, and how it broke off.
type begun struct {
	r    io.Reader
	some bool
	err  error
}

func (b *begun) Read(p []byte) (int, error) {
	n, err := b.r.Read(p)
	b.some = b.some || n > 0
	if err != nil && !errors.Is(err, io.EOF) {
		b.err = err
	}
	return n, err
}

// patient reads a body for as long as something comes, however slowly: over a bad network a form takes
// longer than a request otherwise may.
type patient struct {
	body    io.ReadCloser
	control *http.ResponseController
	left    int64 // bytes that are still to come; below 0: it is not said
}

func (p *patient) Read(b []byte) (int, error) {
	if err := p.wait(time.Now().Add(silence)); err != nil { // a connection's deadline is the real clock's
		return 0, err
	}
	n, err := p.body.Read(b)
	if p.left -= int64(n); p.left == 0 || errors.Is(err, io.EOF) { // what comes now is work of ours, which nobody's silence is to cut off
		err = cmp.Or(p.wait(time.Time{}), err)
	}
	return n, err
}

// wait says until when something must come; the zero time is for ever. net/http ends the context of a request whose
// connection has a deadline that passes, also while the request is worked on.
func (p *patient) wait(until time.Time) error {
	if err := p.control.SetReadDeadline(until); err != nil && !errors.Is(err, http.ErrNotSupported) {
		return err
	}
	return nil
}

func (p *patient) Close() error { return p.body.Close() }
