package line

import (
	"bytes"
	"image"
	_ "image/gif" // formats that previews are made of
	"image/jpeg"
	_ "image/png" // formats that previews are made of
	"io"
	"net/http"
	"time"

	"github.com/go-chi/chi/v5"
	"golang.org/x/image/draw"
)

// Preparing video and audio takes LINE a while.
const transcoding = time.Second

// previewSide is the longer side of a preview.
const previewSide = 240

// previewPixels is the largest picture that is worth decoding for a preview.
const previewPixels = 64 << 20

// readyAt is when content sent now can be fetched. The caller holds the lock.
func (s *Simulator) readyAt(kind string) time.Time {
	wait := seconds(s.settings.ContentDelay)
	if kind == "video" || kind == "audio" {
		wait = max(wait, transcoding)
	}
	return s.now().Add(wait)
}

// findContent finds the content of the message in the path, as far as the channel may have it.
func (s *Simulator) findContent(r *request) (contentRow, answer, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	c, known := s.state.contents.row(chi.URLParam(r.Request, "id"))
	switch {
	case !known || c.Channel != r.channel.Destination:
		return c, refuse(http.StatusNotFound, "not found"), false
	case s.settings.ContentLife > 0 && r.now.Sub(c.SentAt) > seconds(s.settings.ContentLife):
		return c, refuse(http.StatusNotFound, "not found"), false // 404 rather than 410 is UNCONFIRMED
	case c.Gone:
		return c, refuse(http.StatusGone, "The content is gone"), false
	}
	return c, answer{}, true
}

// getContent answers GET /v2/bot/message/{id}/content: 202 without a body until it is ready.
func (s *Simulator) getContent(r *request) answer {
	c, a, fine := s.findContent(r)
	switch {
	case !fine:
		return a
	case r.now.Before(c.ReadyAt):
		return answer{status: http.StatusAccepted}
	case c.Failed:
		return refuse(http.StatusNotFound, "not found")
	}
	f, err := s.openContent(c)
	if err != nil {
		return s.broken(err)
	}
	return answer{status: http.StatusOK, file: f, mime: c.MIME}
}

// openContent gives the bytes of the content.
func (s *Simulator) openContent(c contentRow) (mediaFile, error) {
	if c.Made {
		return madeFile(c.Size, c.MIME), nil
	}
	return s.media.open(c.ID)
}

// getTranscoding answers GET /v2/bot/message/{id}/content/transcoding.
func (s *Simulator) getTranscoding(r *request) answer {
	c, a, fine := s.findContent(r)
	if !fine {
		return a
	}
	status := "succeeded"
	switch {
	case c.Kind != "video" && c.Kind != "audio":
		return refuse(http.StatusBadRequest, "Transcoding status doesn't support this type of content")
	case r.now.Before(c.ReadyAt):
		status = "processing"
	case c.Failed:
		status = "failed"
	}
	return ok(map[string]any{"status": status})
}

// getPreview answers GET /v2/bot/message/{id}/content/preview.
func (s *Simulator) getPreview(r *request) answer {
	c, a, fine := s.findContent(r)
	switch {
	case !fine:
		return a
	case c.Kind != "image" && c.Kind != "video":
		return refuse(http.StatusBadRequest, "Preview doesn't support this type of content") // words UNCONFIRMED
	case r.now.Before(c.ReadyAt):
		return answer{status: http.StatusAccepted}
	}
	var picture image.Image
	if c.Kind == "image" {
		f, err := s.openContent(c)
		if err != nil {
			return s.broken(err)
		}
		picture = shrink(f)
		if err := f.Close(); err != nil {
			return s.broken(err)
		}
	}
	if picture == nil { // a video, or bytes that are no picture: LINE has a frame, we have grey
		picture = image.NewGray(image.Rect(0, 0, previewSide, previewSide*3/4))
	}
	var b bytes.Buffer
	if err := jpeg.Encode(&b, picture, nil); err != nil {
		return s.broken(err)
	}
	return answer{status: http.StatusOK, file: bytesFile(b.Bytes()), mime: "image/jpeg"}
}

// shrink decodes a picture and makes it small; nil when it cannot.
func shrink(f mediaFile) image.Image {
	head, _, err := image.DecodeConfig(f)
	if err != nil || head.Width*head.Height > previewPixels {
		return nil
	}
	if _, err := f.Seek(0, io.SeekStart); err != nil {
		return nil
	}
	full, _, err := image.Decode(f)
	if err != nil {
		return nil
	}
	w, h := full.Bounds().Dx(), full.Bounds().Dy()
	if longest := max(w, h); longest > previewSide {
		w, h = max(w*previewSide/longest, 1), max(h*previewSide/longest, 1)
	}
	small := image.NewRGBA(image.Rect(0, 0, w, h))
	draw.ApproxBiLinear.Scale(small, small.Bounds(), full, full.Bounds(), draw.Src, nil)
	return small
}
