package line

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"mime"
	"mime/multipart"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/go-chi/chi/v5"

	"saphan/devkit/line/strict"
)

// audienceRow is an audience; its people are only counted.
type audienceRow struct {
	Channel     string
	ID          int64
	Kind        string
	Description string
	At          time.Time
	People      int
	RequestID   string `json:",omitempty"`
	ClickURL    string `json:",omitempty"`
}

func noAudience() answer {
	return refuse(http.StatusBadRequest, "audience group not found", strict.Problem{Message: "AUDIENCE_GROUP_NOT_FOUND"})
}

func (a audienceRow) view() map[string]any {
	v := map[string]any{
		"audienceGroupId": a.ID, "type": a.Kind, "description": a.Description, "created": a.At.Unix(), "status": "READY",
		"audienceCount": a.People, "permission": "READ_WRITE", "createRoute": "MESSAGING_API", "isIfaAudience": false,
	}
	if a.RequestID != "" {
		v["requestId"] = a.RequestID
	}
	if a.ClickURL != "" {
		v["clickUrl"] = a.ClickURL
	}
	return v
}

// audienceBody is what the calls that make and extend audiences read.
type audienceBody struct {
	ID          json.Number `json:"audienceGroupId"`
	Description string      `json:"description"`
	IFA         bool        `json:"isIfaAudience"`
	Upload      string      `json:"uploadDescription"`
	RequestID   string      `json:"requestId"`
	ClickURL    string      `json:"clickUrl"`
	Audiences   []struct {
		ID string `json:"id"`
	} `json:"audiences"`
}

// putAudience keeps a new audience. The caller does not hold the lock.
func (s *Simulator) putAudience(r *request, kind string, b audienceBody) answer {
	if n := len([]rune(b.Description)); n < 1 || n > 120 {
		return oneProblem("Size must be between 1 and 120", "description")
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	row := audienceRow{
		Channel: r.channel.Destination, ID: r.now.UnixMilli() + int64(len(s.state.audiences.rows)), Kind: kind,
		Description: b.Description, At: r.now, People: len(b.Audiences), RequestID: b.RequestID, ClickURL: b.ClickURL,
	}
	s.state.audiences.put(strconv.FormatInt(row.ID, 10), row)
	v := row.view()
	delete(v, "audienceCount")
	delete(v, "status")
	return answer{status: http.StatusAccepted, body: v}
}

func (s *Simulator) createAudience(path string) apiFunc {
	kind := map[string]string{"upload": "UPLOAD", "click": "CLICK", "imp": "IMP"}[path]
	fields := map[string][]string{
		"upload": {"description", "isIfaAudience", "uploadDescription", "audiences"},
		"click":  {"description", "requestId", "clickUrl"},
		"imp":    {"description", "requestId"},
	}[path]
	return func(r *request) answer {
		var b audienceBody
		if a, fine := r.parse(&b, fields...); !fine {
			return a
		}
		return s.putAudience(r, kind, b)
	}
}

// audienceFile reads the multipart form of the calls that take a file: one user ID a line.
func audienceFile(r *request) (audienceBody, answer, bool) {
	var b audienceBody
	_, params, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if err != nil || params["boundary"] == "" {
		return b, refuse(http.StatusBadRequest, "The content type, "+r.Header.Get("Content-Type")+", is not supported"), false
	}
	parts := multipart.NewReader(bytes.NewReader(r.body), params["boundary"])
	r.body = nil
	for {
		p, err := parts.NextPart()
		if err == io.EOF { //nolint:errorlint // NextPart returns it bare
			return b, answer{}, true
		}
		if err != nil {
			return b, invalidProperty("file"), false
		}
		data, err := io.ReadAll(p)
		if err != nil {
			return b, invalidProperty("file"), false
		}
		switch p.FormName() {
		case "description":
			b.Description = string(data)
		case "audienceGroupId":
			b.ID = json.Number(data)
		case "file":
			for _, line := range strings.Fields(string(data)) {
				b.Audiences = append(b.Audiences, struct {
					ID string `json:"id"`
				}{line})
			}
		}
	}
}

func (s *Simulator) createAudienceByFile(r *request) answer {
	b, a, fine := audienceFile(r)
	if !fine {
		return a
	}
	return s.putAudience(r, "UPLOAD", b)
}

func (s *Simulator) extendAudienceByFile(r *request) answer {
	b, a, fine := audienceFile(r)
	if !fine {
		return a
	}
	return s.addToAudience(r, b)
}

func (s *Simulator) extendAudience(r *request) answer {
	var b audienceBody
	if a, fine := r.parse(&b, "audienceGroupId", "uploadDescription", "audiences"); !fine {
		return a
	}
	return s.addToAudience(r, b)
}

func (s *Simulator) addToAudience(r *request, b audienceBody) answer {
	s.mu.Lock()
	defer s.mu.Unlock()
	row, known := s.state.audiences.row(b.ID.String())
	if !known || row.Channel != r.channel.Destination {
		return noAudience()
	}
	row.People += len(b.Audiences)
	s.state.audiences.put(b.ID.String(), row)
	return answer{status: http.StatusAccepted, body: empty}
}

// audience finds the audience of the path. The caller holds the lock.
func (s *Simulator) audience(r *request) (string, audienceRow, bool) {
	id := chi.URLParam(r.Request, "audience")
	row, known := s.state.audiences.row(id)
	return id, row, known && row.Channel == r.channel.Destination
}

func (s *Simulator) showAudience(r *request) answer {
	s.mu.Lock()
	defer s.mu.Unlock()
	_, row, known := s.audience(r)
	if !known {
		return noAudience()
	}
	return ok(map[string]any{"audienceGroup": row.view(), "jobs": []any{}})
}

func (s *Simulator) deleteAudience(r *request) answer {
	s.mu.Lock()
	defer s.mu.Unlock()
	id, _, known := s.audience(r)
	if !known {
		return noAudience()
	}
	s.state.audiences.remove(id)
	return answer{status: http.StatusAccepted, body: empty}
}

func (s *Simulator) renameAudience(r *request) answer {
	var b audienceBody
	if a, fine := r.parse(&b, "description"); !fine {
		return a
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	id, row, known := s.audience(r)
	if !known {
		return noAudience()
	}
	row.Description = b.Description
	s.state.audiences.put(id, row)
	return ok(empty)
}

func (s *Simulator) listAudiences(r *request) answer {
	s.mu.Lock()
	defer s.mu.Unlock()
	list := []map[string]any{}
	for _, a := range s.state.audiences.rows {
		if a.Channel == r.channel.Destination {
			list = append(list, a.view())
		}
	}
	slices.SortFunc(list, func(a, b map[string]any) int {
		return strings.Compare(fmt.Sprint(a["created"]), fmt.Sprint(b["created"]))
	})
	return ok(map[string]any{
		"audienceGroups": list, "hasNextPage": false, "totalCount": len(list), "readWriteAudienceGroupTotalCount": len(list), "page": 1, "size": 20,
	})
}
