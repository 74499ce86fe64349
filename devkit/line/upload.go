package line

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"mime"
	"mime/multipart"
	"net/http"
	"path"
	"strconv"
	"strings"

	"github.com/go-chi/chi/v5"

	"saphan/internal/fault"
)

// Limits of an upload that keep the machine usable. What LINE lets a person send is another matter
// (Settings.UploadMax).
const (
	uploadLimit = 300 << 20 // bytes of one call, unless UploadMax is more
	uploadFiles = 20
)

// tooLarge refuses what a citizen's app would not send (Settings.UploadMax).
func (s *Simulator) tooLarge(size int64) error {
	if most := s.Settings().UploadMax; most > 0 && size > most {
		return fault.New(fault.TooLarge, fmt.Sprintf("LINE ส่งไฟล์ได้ไม่เกิน %d ไบต์", most))
	}
	return nil
}

// upload is one received part.
type upload struct {
	id   string
	name string
	mime string
	size int64
	made bool
}

// postMedia sends photos, a video, a sound or files. Several images in one call are an image set:
// one webhook each (section 1.4).
func (s *Simulator) postMedia(r *http.Request) (any, error) {
	if r.URL.Query().Has("size") {
		return s.postMadeMedia(r)
	}
	r.Body = http.MaxBytesReader(nil, r.Body, max(uploadLimit, s.Settings().UploadMax+1<<20)) // and the form around it
	parts, err := r.MultipartReader()
	if err != nil {
		return nil, fault.Wrap(fault.Invalid, "ต้องส่งเป็น multipart/form-data", err)
	}
	in := where{Channel: r.URL.Query().Get("channel"), Group: r.URL.Query().Get("group")}
	kind, duration := r.URL.Query().Get("kind"), int64(0)
	var files []upload
	kept := false
	defer func() {
		if kept {
			return
		}
		for _, f := range files {
			if err := s.media.remove(f.id); err != nil {
				s.logger.Warn("line simulator: upload not removed", "err", err)
			}
		}
	}()
	for {
		p, err := parts.NextPart()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil, uploadFault(err)
		}
		if p.FormName() == "file" {
			if len(files) == uploadFiles {
				return nil, fault.New(fault.TooLarge, fmt.Sprintf("ส่งได้ครั้งละไม่เกิน %d ไฟล์", uploadFiles))
			}
			f, err := s.saveUpload(p)
			if err != nil {
				return nil, uploadFault(err)
			}
			files = append(files, f)
			if err := s.tooLarge(f.size); err != nil {
				return nil, err
			}
			continue
		}
		value, err := io.ReadAll(io.LimitReader(p, 1<<10))
		if err != nil {
			return nil, uploadFault(err)
		}
		switch p.FormName() {
		case "kind":
			kind = string(value)
		case "channel":
			in.Channel = string(value)
		case "group":
			in.Group = string(value)
		case "duration":
			if duration, err = strconv.ParseInt(string(value), 10, 64); err != nil {
				return nil, fault.Wrap(fault.Invalid, "duration ต้องเป็นมิลลิวินาที", err)
			}
		}
	}
	if len(files) == 0 {
		return nil, fault.New(fault.Invalid, "ไม่มีไฟล์ในคำขอ (ช่อง file)")
	}
	if err := s.mediaKind(kind); err != nil {
		return nil, err
	}
	answer, err := s.act(r, in, func(a actor) (outcome, error) { return s.show(a, kind, files, duration) })
	kept = err == nil
	return answer, err
}

// mediaKind refuses kinds that there are not, and those that the citizen's app does not offer.
func (s *Simulator) mediaKind(kind string) error {
	switch kind {
	case "image", "video", "audio":
		return nil
	case "file":
		if s.Settings().NoDocuments {
			return fault.New(fault.Conflict, "แอปนี้ส่งเอกสารจากห้องสนทนาไม่ได้")
		}
		return nil
	default:
		return fault.New(fault.Invalid, "kind ต้องเป็น image, video, audio หรือ file")
	}
}

// madeLimit is the largest file made on the fly.
const madeLimit = 1 << 40

// postMadeMedia sends a file of any size that takes no room: its bytes are made while they are read.
func (s *Simulator) postMadeMedia(r *http.Request) (any, error) {
	q := r.URL.Query()
	size, err := number(r, "size")
	if err == nil && (size < 1 || size > madeLimit) {
		err = fault.New(fault.Invalid, "size ต้องอยู่ระหว่าง 1 ถึง 1 TB")
	}
	if err == nil {
		err = s.mediaKind(q.Get("kind"))
	}
	if err == nil {
		err = s.tooLarge(size)
	}
	if err != nil {
		return nil, err
	}
	f := upload{name: q.Get("name"), mime: "image/jpeg", size: size, made: true}
	if f.name == "" {
		f.name = "large.pdf"
	}
	return s.act(r, where{Channel: q.Get("channel"), Group: q.Get("group")}, func(a actor) (outcome, error) {
		f.id = s.messageID()
		return s.show(a, q.Get("kind"), []upload{f}, 0)
	})
}

func uploadFault(err error) error {
	var tooLarge *http.MaxBytesError
	if errors.As(err, &tooLarge) {
		return fault.Wrap(fault.TooLarge, "ไฟล์ใหญ่เกินไป", err)
	}
	return fault.Wrap(fault.Invalid, "รับไฟล์ไม่สำเร็จ", err)
}

// saveUpload stores one part under a new message ID.
func (s *Simulator) saveUpload(p *multipart.Part) (upload, error) {
	s.mu.Lock()
	id := s.messageID()
	s.mu.Unlock()
	head := make([]byte, 512)
	n, err := io.ReadFull(p, head)
	if err != nil && !errors.Is(err, io.EOF) && !errors.Is(err, io.ErrUnexpectedEOF) {
		return upload{}, fmt.Errorf("read upload: %w", err)
	}
	size, err := s.media.save(id, io.MultiReader(bytes.NewReader(head[:n]), p))
	if err != nil {
		return upload{}, err
	}
	return upload{id: id, name: rawName(p), mime: http.DetectContentType(head[:n]), size: size}, nil
}

// rawName is the file name as the sender wrote it: a phone sends what it likes, and the bot must
// cope with paths in it.
func rawName(p *multipart.Part) string {
	_, params, err := mime.ParseMediaType(p.Header.Get("Content-Disposition"))
	if err != nil || params["filename"] == "" {
		return p.FileName()
	}
	return params["filename"]
}

// show puts media into the chat. The caller holds the lock.
func (s *Simulator) show(a actor, kind string, files []upload, duration int64) (outcome, error) {
	var o outcome
	set := ""
	if kind == "image" && len(files) > 1 {
		set = strings.ToUpper(randomHex(8))
	}
	for i, f := range files {
		m := wireMessage{Type: kind, ID: f.id}
		content := contentRow{Kind: kind, Name: f.name, Size: f.size, Made: f.made, ReadyAt: s.readyAt(kind)}
		content.MIME = contentMIME(kind, f)
		content.Failed = s.settings.ContentFails && (kind == "video" || kind == "audio")
		switch kind {
		case "file":
			m.FileName, m.FileSize = &f.name, &f.size
		case "image":
			m.ContentProvider = &provider{Type: "line"}
			if set != "" {
				m.ImageSet = &imageSet{ID: set, Index: i + 1, Total: len(files)}
			}
		default:
			m.ContentProvider = &provider{Type: "line"}
			m.Duration = max(duration, 1000)
		}
		one, err := s.say(a, m, &content)
		if err != nil {
			return o, err
		}
		o.messages = append(o.messages, one.messages...)
		o.events = append(o.events, one.events...)
		o.done = append(o.done, one.done...)
	}
	return o, nil
}

// contentMIME is the Content-Type under which LINE would hand the bytes out: media is transcoded by
// LINE and has its format, files go by their name.
func contentMIME(kind string, f upload) string {
	switch kind {
	case "image":
		if strings.HasPrefix(f.mime, "image/") {
			return f.mime
		}
		return "image/jpeg"
	case "video":
		return "video/mp4"
	case "audio":
		return "audio/x-m4a"
	default:
		if t := mime.TypeByExtension(strings.ToLower(path.Ext(f.name))); t != "" {
			return t
		}
		return "application/octet-stream"
	}
}

// showContent serves media to the chat page, never as a page of its own.
func (s *Simulator) showContent(w http.ResponseWriter, r *http.Request) {
	id := chi.URLParam(r, "id")
	s.mu.Lock()
	content, ok := s.state.contents.row(id)
	menu, isMenu := s.state.menus.row(id)
	s.mu.Unlock()
	kind := content.MIME
	switch {
	case ok && !content.Gone:
	case isMenu && menu.MIME != "":
		kind = menu.MIME
	default:
		http.NotFound(w, r)
		return
	}
	content.ID = id
	f, err := s.openContent(content)
	if err != nil {
		s.logger.Warn("line simulator: media not readable", "err", err)
		http.NotFound(w, r)
		return
	}
	defer s.closeFile(f)
	h := w.Header()
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Cache-Control", "private, max-age=3600")
	if !showable(kind) {
		kind = "application/octet-stream"
		h.Set("Content-Disposition", mime.FormatMediaType("attachment", map[string]string{"filename": path.Base(content.Name)}))
	}
	if kind != "application/pdf" { // a browser's own PDF viewer does not work in a sandbox
		h.Set("Content-Security-Policy", "default-src 'none'; sandbox")
	}
	h.Set("Content-Type", kind)
	http.ServeContent(w, r, "", content.ReadyAt, f)
}

// showable says whether a browser may show the bytes in place. SVG may carry script.
func showable(kind string) bool {
	switch major, minor, _ := strings.Cut(kind, "/"); major {
	case "image":
		return !strings.HasPrefix(minor, "svg")
	case "video", "audio":
		return true
	default:
		return kind == "application/pdf"
	}
}
