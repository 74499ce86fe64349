package line

import (
	"fmt"
	"net/http"
	"regexp"
	"time"

	"saphan/devkit/line/strict"
)

// Rich menus replaced for many users at once.

const maxOperations = 1000

// batchTakes is how long the platform works on a batch, on the virtual clock (UNCONFIRMED).
const batchTakes = time.Second

// resumeKeyForm is the shape of a resume request key.
var resumeKeyForm = regexp.MustCompile(`^[0-9a-zA-Z\-_]{1,100}$`)

// menuOperation is one operation of a batch.
type menuOperation struct {
	Type string `json:"type"`
	From string `json:"from"`
	To   string `json:"to"`
}

type menuBatch struct {
	Operations []menuOperation `json:"operations"`
	ResumeKey  *string         `json:"resumeRequestKey"`
}

// readBatch reads and checks a batch. The caller holds the lock.
func (s *Simulator) readBatch(r *request) (menuBatch, answer, bool) {
	var b menuBatch
	if a, fine := r.parse(&b); !fine {
		return b, a, false
	}
	bad := func(status int, message, property string) (menuBatch, answer, bool) {
		return b, refuse(status, "The request body has 1 error(s)", strict.Problem{Message: message, Property: property}), false
	}
	if n := len(b.Operations); n < 1 || n > maxOperations {
		return bad(http.StatusBadRequest, fmt.Sprintf("Size must be between 1 and %d", maxOperations), "operations")
	}
	if b.ResumeKey != nil && !resumeKeyForm.MatchString(*b.ResumeKey) {
		return bad(http.StatusBadRequest, "invalid resumeRequestKey", "resumeRequestKey")
	}
	from := map[string]bool{}
	for i, op := range b.Operations {
		at := fmt.Sprintf("operations[%d].", i)
		named := map[string]string{}
		switch op.Type {
		case "link":
			named["from"], named["to"] = op.From, op.To
		case "unlink":
			named["from"] = op.From
		case "unlinkAll":
			if len(b.Operations) > 1 {
				return bad(http.StatusBadRequest, "'unlinkAll' type can't be combined with other type", "operations[].type")
			}
		default:
			return bad(http.StatusBadRequest, "Must be one of the following values: [link, unlink, unlinkAll]", at+"type")
		}
		for _, name := range []string{"from", "to"} {
			id, used := named[name]
			if !used {
				continue
			}
			if !menuIDForm.MatchString(id) {
				return bad(http.StatusBadRequest, "invalid richMenuId", at+name)
			}
			m, known := s.state.menus.row(id)
			if !known || m.Channel != r.channel.Destination {
				return bad(http.StatusNotFound, "Richmenu ("+id+") is not found", at+name)
			}
			if name == "to" && m.MIME == "" {
				return bad(http.StatusBadRequest, "'to' richmenu ("+id+") must have image but it doesn't", at+name)
			}
		}
		if op.From != "" && from[op.From] {
			return bad(http.StatusBadRequest, "from richmenu ("+op.From+") is duplicated", "operations[].from")
		}
		from[op.From] = true
	}
	return b, answer{}, true
}

// validateBatch answers POST /v2/bot/richmenu/validate/batch.
func (s *Simulator) validateBatch(r *request) answer {
	s.mu.Lock()
	defer s.mu.Unlock()
	if _, a, fine := s.readBatch(r); !fine {
		return a
	}
	return ok(empty)
}

// batch answers POST /v2/bot/richmenu/batch. Operations do not see what the others of the batch did.
func (s *Simulator) batch(r *request) answer {
	s.mu.Lock()
	defer s.mu.Unlock()
	b, a, fine := s.readBatch(r)
	if !fine {
		return a
	}
	s.state.progress.put(r.id, progressRow{
		Channel: r.channel.Destination, Kind: "batch", At: r.now, DoneAt: r.now.Add(batchTakes),
	})
	if b.ResumeKey != nil {
		// Kept like a retry key: the same key again has nothing left to do.
		key := pair(r.channel.Destination, "batch "+*b.ResumeKey)
		if row, known := s.state.resumes.row(key); known && r.now.Sub(row) <= progressLife {
			return answer{status: http.StatusAccepted, body: empty}
		}
		s.state.resumes.put(key, r.now)
	}
	prefix := r.channel.Destination + " "
	for key, f := range s.state.friends.rows {
		if f.RichMenu == "" || len(key) <= len(prefix) || key[:len(prefix)] != prefix {
			continue
		}
		for _, op := range b.Operations {
			if op.Type != "unlinkAll" && op.From != f.RichMenu {
				continue
			}
			f.RichMenu = op.To
			s.state.friends.put(key, f)
			s.notify(key)
			break
		}
	}
	s.kick()
	return answer{status: http.StatusAccepted, body: empty}
}

// batchProgress answers GET /v2/bot/richmenu/progress/batch.
func (s *Simulator) batchProgress(r *request) answer {
	p, a, fine := s.progressOf(r, "batch")
	if !fine {
		return a
	}
	v := map[string]any{"phase": "ongoing", "acceptedTime": p.At.UTC().Format(isoTime)}
	if p.Done {
		v["phase"], v["completedTime"] = "succeeded", p.DoneAt.UTC().Format(isoTime)
	}
	return ok(v)
}
