package portal

import (
	"container/list"
	"context"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"net/http"
	"regexp"
	"strconv"
	"sync"

	"github.com/go-chi/chi/v5"

	"saphan/internal/draw"
	"saphan/internal/fault"
	"saphan/papers"
)

// drawnMost is how many bytes of drawn manuals and cards a process keeps: some hundreds of them.
const drawnMost = 32 << 20

// drawnKey names what is drawn by all that stands on it.
type drawnKey [sha256.Size]byte

// drawnShelf keeps what was drawn last, as much as there is room for.
type drawnShelf struct {
	mu    sync.Mutex
	room  int // bytes that may still be kept
	order *list.List
	by    map[drawnKey]*list.Element
}

type drawnPiece struct {
	key  drawnKey
	body []byte
}

func newDrawnShelf(room int) *drawnShelf {
	return &drawnShelf{room: room, order: list.New(), by: map[drawnKey]*list.Element{}}
}

func (s *drawnShelf) get(key drawnKey) ([]byte, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	e, ok := s.by[key]
	if !ok {
		return nil, false
	}
	s.order.MoveToFront(e)
	piece, ok := e.Value.(drawnPiece)
	return piece.body, ok
}

func (s *drawnShelf) put(key drawnKey, body []byte) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if _, there := s.by[key]; there {
		return
	}
	s.by[key] = s.order.PushFront(drawnPiece{key, body})
	s.room -= len(body)
	for s.room < 0 {
		last := s.order.Back()
		piece, ok := s.order.Remove(last).(drawnPiece)
		if !ok {
			return
		}
		delete(s.by, piece.key)
		s.room += len(piece.body)
	}
}

// drawOnce answers with what is drawn of some data, or was before. Only so many are drawn at a time; who waits for longer than a
// page may take is asked to come again.
func (p *Portal) drawOnce(ctx context.Context, what string, data any, paint func() ([]byte, error), out drawn) (reply, error) {
	key, err := keyOf(what, data)
	if err != nil {
		return nil, err
	}
	var ok bool
	if out.body, ok = p.drawn.get(key); ok {
		return out, nil
	}
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	select {
	case p.drawing <- struct{}{}:
		defer func() { <-p.drawing }()
	case <-ctx.Done():
		return nil, fault.Wrap(fault.Unavailable, "กำลังจัดทำเอกสาร กรุณาลองใหม่ในอีกสักครู่", ctx.Err())
	}
	if out.body, ok = p.drawn.get(key); ok { // drawn while this one waited
		return out, nil
	}
	if out.body, err = paint(); err != nil {
		return nil, err
	}
	p.drawn.put(key, out.body)
	return out, nil
}

// keyOf names what is drawn of some data.
func keyOf(what string, data any) (drawnKey, error) {
	raw, err := json.Marshal(data)
	if err != nil {
		return drawnKey{}, fmt.Errorf("draw a %s: %w", what, err)
	}
	return sha256.Sum256(append([]byte(what+" "), raw...)), nil
}

// cardHigh is how high a step card is, in pixels. To lay one out takes a processor some 10 ms, so it is remembered.
func (p *Portal) cardHigh(card papers.StepCard) (int, error) {
	key, err := keyOf("height", card)
	if err != nil {
		return 0, err
	}
	if known, ok := p.drawn.get(key); ok {
		return strconv.Atoi(string(known))
	}
	high, err := card.High()
	if err == nil {
		p.drawn.put(key, []byte(strconv.Itoa(high)))
	}
	return high, err
}

// drawingForm is how the names of drawings look.
var drawingForm = regexp.MustCompile(`^[a-z0-9-]{1,40}$`)

// The size of a drawing, as LINE shows pictures on cards: 20 by 13.
const (
	drawingWide = 1040
	drawingHigh = 676
)

// showDrawing answers the picture of a choice of a form, by the name that the form gives it. LINE fetches it for the chat.
func (p *Portal) showDrawing(r *http.Request) (reply, error) {
	name := chi.URLParam(r, "name")
	if !drawingForm.MatchString(name) || !draw.HasIcon(name) {
		return nil, fault.New(fault.NotFound, "ไม่มีภาพนี้")
	}
	return p.drawOnce(r.Context(), "drawing", name, func() ([]byte, error) {
		look := draw.House()
		picture := draw.New(drawingWide, drawingHigh, look.BrandSoft)
		middle := draw.At(drawingWide/2, drawingHigh/2)
		picture.Fill(draw.Disc(middle, 236), look.Surface)
		if err := picture.Icon(name, middle, 288, 20, look.Brand); err != nil {
			return nil, fmt.Errorf("draw %s: %w", name, err)
		}
		return picture.PNG()
	}, drawn{kind: "image/png", open: true})
}

// robots tells search engines where the catalogue is. Whatever else there is asks not to be listed in its own answer.
func (p *Portal) robots(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	w.Header().Set("Cache-Control", "public, max-age=3600")
	fmt.Fprintf(w, "User-agent: *\nDisallow: /admin/\nDisallow: /services/*/form\nSitemap: %s/sitemap.xml\n", p.base)
}
