package portal

import (
	"context"
	"slices"
	"strconv"
	"strings"

	"github.com/jackc/pgx/v5"

	"saphan/files"
	"saphan/forms"
	"saphan/internal/fault"
)

// storedPrefix begins the value by which a form names a file that the draft has.
const storedPrefix = "file:"

func storedValue(id int64) string { return storedPrefix + strconv.FormatInt(id, 10) }

// filesOf turns what a page names into files: those that the draft has, those that the sender sent in pieces, and those
// that came with the form. What cannot be used is told; everything else is kept.
func (p *Portal) filesOf(ctx context.Context, tx pgx.Tx, f filer, fl forms.Field, stored forms.Answer, named []string) (all []namedFile, problem string, err error) {
	for _, value := range named {
		file, err := p.fileOf(ctx, tx, f, stored, value)
		switch {
		case err == nil:
			if !slices.ContainsFunc(all, func(n namedFile) bool { return n.file.ID == file.ID }) {
				all = append(all, namedFile{value, file})
			}
		case fault.KindOf(err) == fault.Internal:
			return nil, "", err
		default:
			problem = fault.In(err, f.Lang)
		}
	}
	if fl.Limit() == 1 && len(all) > 1 { // another was chosen in its place
		all = all[len(all)-1:]
	}
	return all, problem, nil
}

// namedFile is a file and the value by which a page names it.
type namedFile struct {
	value string
	file  forms.File
}

func filesIn(all []namedFile) []forms.File {
	files := make([]forms.File, len(all))
	for i, n := range all {
		files[i] = n.file
	}
	return files
}

func (p *Portal) fileOf(ctx context.Context, tx pgx.Tx, f filer, stored forms.Answer, value string) (forms.File, error) {
	if number, ok := strings.CutPrefix(value, storedPrefix); ok {
		id, err := strconv.ParseInt(number, 10, 64)
		for _, file := range stored.Files() {
			if err == nil && file.ID == id {
				return file, nil
			}
		}
		return forms.File{}, errNoFile()
	}
	upload, ok := UploadOf(value)
	if !ok || !draftForm.MatchString(upload) {
		return forms.File{}, errNoFile()
	}
	at, err := files.Kept(ctx, tx, f.Owner(), upload)
	if err != nil {
		return forms.File{}, err
	}
	if at.State != files.Ready && at.State != files.Waiting {
		return forms.File{}, at.Unopenable()
	}
	return forms.File{ID: int64(at.ID), Name: at.Name, Type: at.MediaType, Size: at.Size}, nil
}

func errNoFile() error {
	return fault.New(fault.NotFound, "ไม่พบไฟล์ที่แนบไว้แล้ว อาจถูกลบจากหน้าต่างอื่น กรุณาแนบใหม่ค่ะ")
}

// uploadsOf are, by attachment, the uploads by which files of an answer came, for the script that removes them.
func uploadsOf(ctx context.Context, tx pgx.Tx, a forms.Answer) (map[int64]string, error) {
	ids := map[int64]string{}
	for _, file := range a.Files() {
		at, err := files.Find(ctx, tx, files.AttachmentID(file.ID))
		if fault.Is(err, fault.NotFound) {
			continue
		}
		if err != nil {
			return nil, err
		}
		if id, ok := strings.CutPrefix(at.Source, "upload:"); ok {
			ids[file.ID] = id
		}
	}
	return ids, nil
}

// accept is what a browser offers first for a question.
func accept(fl forms.Field) string {
	if fl.Kind == forms.PhotoField {
		return "image/*"
	}
	return "image/*,.pdf,.docx,.xlsx,.dwg,.dxf"
}
