package portal

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"sync/atomic"
	"time"

	tus "github.com/tus/tusd/v2/pkg/handler"
	"golang.org/x/exp/slog"

	"saphan/files"
	"saphan/internal/fault"
	"saphan/internal/words"
)

const (
	// silence is how long a sender may send nothing before the connection counts as dead.
	silence = 30 * time.Second
	// wrapUp is how long what came may take to be kept after the connection is gone.
	wrapUp = 30 * time.Second
	// lockPatience is how long a request waits for the one before it to let go of the same upload: longer than
	// a process that was killed is believed to be there.
	lockPatience = 15 * time.Second
)

// protocol is the library's part: it reads and writes the headers, and calls the harbour.
func (u *Uploads) protocol() (http.Handler, error) {
	composer := tus.NewStoreComposer()
	h := harbour{u}
	composer.UseCore(h)
	composer.UseTerminater(h)
	composer.UseLocker(h)
	handler, err := tus.NewUnroutedHandler(tus.Config{
		StoreComposer: composer, BasePath: UploadsBase, DisableDownload: true, DisableConcatenation: true,
		Cors: &tus.CorsConfig{Disable: true}, NetworkTimeout: silence, GracefulRequestCompletionTimeout: wrapUp, AcquireLockTimeout: lockPatience,
		// It logs every request with its address; we log what is wrong, once, in answer.
		Logger: slog.New(slog.NewTextHandler(io.Discard, &slog.HandlerOptions{Level: slog.LevelError + 1})),
	})
	if err != nil {
		return nil, fmt.Errorf("uploads: %w", err)
	}
	return http.StripPrefix(UploadsBase, handler.Middleware(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch named := r.URL.Path != ""; {
		case !named && r.Method == http.MethodPost:
			handler.PostFile(w, r)
		case named && r.Method == http.MethodHead:
			handler.HeadFile(w, r)
		case named && r.Method == http.MethodPatch:
			handler.PatchFile(w, r)
		case named && r.Method == http.MethodDelete:
			handler.DelFile(w, r)
		default:
			w.Header().Set("Allow", "POST, HEAD, PATCH, DELETE, OPTIONS")
			w.WriteHeader(http.StatusMethodNotAllowed)
		}
	}))), nil
}

// exchange is one request, for the parts of it that the library does not pass on.
type exchange struct {
	owner  string
	lang   string // in which the sender is told what went wrong
	method string
	header http.Header // of the answer
	sum    *files.Checksum
	hold   *files.Hold
	letGo  atomic.Bool // it was asked to let go of the upload
	conn   *http.ResponseController
	left   int64 // bytes of the body that are still to come; below 0: it is not said
	// interrupt ends the reading of the body.
	interrupt func() error
}

// assembly is how long putting a file together may take once all of it is here.
const assembly = 10 * time.Minute

// received says that the sender has nothing more to say. The library's deadlines are about their silence; net/http would
// end the request by them while what came is still being kept.
func (e *exchange) received() error {
	for _, err := range []error{e.conn.SetReadDeadline(time.Time{}), e.conn.SetWriteDeadline(time.Now().Add(assembly))} {
		if err != nil && !errors.Is(err, http.ErrNotSupported) {
			return fmt.Errorf("uploads: %w", err)
		}
	}
	return nil
}

// whole tells the exchange when all that was announced has been read. That nothing more can be read says less: the sender
// may have been interrupted.
type whole struct {
	io.Reader
	exchange *exchange
}

// Read reads no more once the exchange was asked to let go: the library interrupts a sender only if it was reading already.
func (w whole) Read(b []byte) (int, error) {
	if w.exchange.letGo.Load() {
		return 0, io.EOF
	}
	n, err := w.Reader.Read(b)
	if w.exchange.left -= int64(n); w.exchange.left == 0 && !w.exchange.letGo.Load() {
		err = cmp.Or(w.exchange.received(), err)
	}
	return n, err
}

type exchangeKey struct{}

func (e *exchange) in(ctx context.Context) context.Context {
	return context.WithValue(ctx, exchangeKey{}, e)
}

var errNoExchange = errors.New("uploads: a request that was not served by us")

func exchangeOf(ctx context.Context) (*exchange, error) {
	e, ok := ctx.Value(exchangeKey{}).(*exchange)
	if !ok {
		return nil, errNoExchange
	}
	return e, nil
}

// expires tells until when an unfinished upload waits.
func (e *exchange) expires(up files.Upload) {
	if up.AttachmentID == 0 {
		e.header.Set(headerExpires, up.ExpiresAt.UTC().Format(http.TimeFormat))
	} else {
		e.header.Del(headerExpires)
	}
}

// answer is an error as the sender is told of it. What is wrong with us is logged, here.
func (u *Uploads) answer(ctx context.Context, err error) error {
	var known tus.Error
	switch {
	case err == nil:
		return nil
	case errors.As(err, &known):
		return err
	case errors.Is(err, files.ErrChecksum):
		return tus.NewError("ERR_CHECKSUM_MISMATCH", "the piece came altered and was not kept", statusChecksum)
	}
	if troubled(err) && ctx.Err() == nil { // a sender who went away is nothing wrong
		u.log.ErrorContext(ctx, "upload failed", "err", err)
	}
	lang := words.Thai
	if e, err := exchangeOf(ctx); err == nil {
		lang = e.lang
	}
	return problemOf(err, lang)
}

// harbour is where the library brings what comes in.
type harbour struct{ *Uploads }

// NewUpload makes room for a file.
func (h harbour) NewUpload(ctx context.Context, info tus.FileInfo) (tus.Upload, error) {
	e, err := exchangeOf(ctx)
	if err != nil {
		return nil, err
	}
	if info.SizeIsDeferred || info.IsPartial || info.IsFinal {
		return nil, tus.ErrNotImplemented
	}
	up, err := h.files.Begin(ctx, e.owner, info.MetaData["filename"], info.Size)
	if err != nil {
		return nil, h.answer(ctx, err)
	}
	e.expires(up)
	return &ship{harbour: h, up: up, exchange: e}, nil
}

// GetUpload finds one. When all of its bytes are here, and whoever should have put them together was
// stopped, it is done now: a sender who hears that nothing is missing does not come again.
func (h harbour) GetUpload(ctx context.Context, id string) (tus.Upload, error) {
	e, err := exchangeOf(ctx)
	if err != nil {
		return nil, err
	}
	up, err := h.files.Find(ctx, e.owner, id)
	if err != nil {
		return nil, h.answer(ctx, err)
	}
	s := &ship{harbour: h, up: up, exchange: e}
	if up.Whole() && up.AttachmentID == 0 && e.method != http.MethodDelete {
		if err := s.FinishUpload(ctx); err != nil {
			return nil, err
		}
	}
	e.expires(s.up)
	return s, nil
}

// AsTerminatableUpload is the library's way to ask whether an upload can be taken back.
func (h harbour) AsTerminatableUpload(up tus.Upload) tus.TerminatableUpload {
	s, ok := up.(*ship)
	if !ok {
		return nil
	}
	return s
}

// NewLock is the right to write to an upload.
func (h harbour) NewLock(id string) (tus.Lock, error) { return &lock{harbour: h, id: id}, nil }

// lock is held by one request at a time, over all processes.
type lock struct {
	harbour
	id   string
	hold *files.Hold
	ctx  context.Context // of the request that holds it
}

// Lock waits for its turn.
func (l *lock) Lock(ctx context.Context, letGo func()) (err error) {
	e, err := exchangeOf(ctx)
	if err != nil {
		return err
	}
	if l.hold, err = l.files.Hold(ctx, l.id, func() { e.letGo.Store(true); letGo() }); err != nil {
		if fault.Is(err, fault.Conflict) {
			return tus.ErrFileLocked // the sender comes again
		}
		return l.answer(ctx, err)
	}
	e.hold, l.ctx = l.hold, ctx
	return nil
}

// Unlock lets the next one in.
func (l *lock) Unlock() error { return l.hold.Release(l.ctx) }

// ship is an upload as the library sees it.
type ship struct {
	harbour
	up       files.Upload
	exchange *exchange
}

// GetInfo says how far it is.
func (s *ship) GetInfo(context.Context) (tus.FileInfo, error) {
	info := tus.FileInfo{ID: s.up.ID, Size: s.up.Size, Offset: s.up.Offset, MetaData: tus.MetaData{}}
	if s.up.Name != "" {
		info.MetaData["filename"] = s.up.Name
	}
	return info, nil
}

// WriteChunk takes a piece in, up to where the connection broke if it did.
func (s *ship) WriteChunk(ctx context.Context, offset int64, src io.Reader) (int64, error) {
	up, err := s.files.Append(ctx, s.exchange.hold, s.up, whole{src, s.exchange}, s.exchange.sum)
	s.up = up
	s.exchange.expires(up)
	if err == nil && s.exchange.letGo.Load() && !up.Whole() {
		err = cmp.Or(s.exchange.interrupt(), error(tus.ErrUploadInterrupted))
	}
	return up.Offset - offset, s.answer(ctx, err)
}

// FinishUpload makes an attachment of it.
func (s *ship) FinishUpload(ctx context.Context) error {
	if err := s.exchange.received(); err != nil {
		return s.answer(ctx, err)
	}
	at, err := s.files.Finish(ctx, s.up)
	if err != nil {
		return s.answer(ctx, err)
	}
	s.up.AttachmentID = at.ID
	s.exchange.expires(s.up)
	return nil
}

// GetReader is for downloads, which there are none of: what was sent is read as an attachment.
func (s *ship) GetReader(context.Context) (io.ReadCloser, error) { return nil, tus.ErrNotImplemented }

// Terminate takes it back.
func (s *ship) Terminate(ctx context.Context) error {
	return s.answer(ctx, s.files.TakeBack(ctx, s.up))
}
