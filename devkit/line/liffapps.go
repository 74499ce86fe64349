package line

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/go-chi/chi/v5"
)

// liffRow is a LIFF app.
type liffRow struct {
	Channel string
	App     json.RawMessage
}

const maxLIFF = 30

// checkLIFF checks the app of the body: an https endpoint without a fragment (section 4.3).
func (r *request) checkLIFF(whole bool) (answer, bool) {
	var b struct {
		View *struct {
			Type   string `json:"type"`
			URL    string `json:"url"`
			Module bool   `json:"moduleMode"`
		} `json:"view"`
		Description string `json:"description"`
		Features    struct {
			BLE    bool `json:"ble"`
			QRCode bool `json:"qrCode"`
		} `json:"features"`
		Link   string   `json:"permanentLinkPattern"`
		Scope  []string `json:"scope"`
		Prompt string   `json:"botPrompt"`
	}
	if a, fine := r.parse(&b); !fine {
		return a, false
	}
	if b.View == nil {
		if whole {
			return oneProblem("May not be empty", "view"), false
		}
		return answer{}, true
	}
	u, err := url.Parse(b.View.URL)
	switch {
	case (whole || b.View.Type != "") && !slices.Contains([]string{"compact", "tall", "full"}, b.View.Type):
		return oneProblem("Must be one of the following values: [compact, tall, full]", "view.type"), false
	case (whole || b.View.URL != "") && (err != nil || u.Fragment != "" || !safeAddress(u)):
		return oneProblem("invalid url", "view.url"), false // words UNCONFIRMED
	}
	return answer{}, true
}

func (s *Simulator) addLIFF(r *request) answer {
	if a, fine := r.checkLIFF(true); !fine {
		return a
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	n := 0
	for _, l := range s.state.liffs.rows {
		if l.Channel == r.channel.Destination {
			n++
		}
	}
	if n >= maxLIFF {
		return refuse(http.StatusBadRequest, "The maximum number of LIFF apps has been reached") // words UNCONFIRMED
	}
	id := r.channel.ID + "-" + opaque(6)
	s.state.liffs.put(id, liffRow{Channel: r.channel.Destination, App: r.body})
	return ok(map[string]any{"liffId": id})
}

func (s *Simulator) listLIFF(r *request) answer {
	s.mu.Lock()
	defer s.mu.Unlock()
	list := []map[string]any{}
	for id, l := range s.state.liffs.rows {
		if l.Channel != r.channel.Destination {
			continue
		}
		var v map[string]any
		if err := json.Unmarshal(l.App, &v); err != nil {
			return s.broken(err)
		}
		v["liffId"] = id
		list = append(list, v)
	}
	if len(list) == 0 {
		return refuse(http.StatusNotFound, "Not found")
	}
	slices.SortFunc(list, func(a, b map[string]any) int {
		return strings.Compare(fmt.Sprint(a["liffId"]), fmt.Sprint(b["liffId"]))
	})
	return ok(map[string]any{"apps": list})
}

func (s *Simulator) changeLIFF(r *request) answer {
	if a, fine := r.checkLIFF(false); !fine {
		return a
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	id := chi.URLParam(r.Request, "liff")
	l, known := s.state.liffs.row(id)
	if !known || l.Channel != r.channel.Destination {
		return refuse(http.StatusNotFound, "Not found")
	}
	var old, change map[string]any
	if json.Unmarshal(l.App, &old) != nil || json.Unmarshal(r.body, &change) != nil {
		return invalidProperty("view")
	}
	for name, v := range change {
		part, isObject := v.(map[string]any)
		before, wasObject := old[name].(map[string]any)
		if !isObject || !wasObject {
			old[name] = v
			continue
		}
		for key, value := range part {
			before[key] = value
		}
	}
	made, err := encode(old)
	if err != nil {
		return s.broken(err)
	}
	l.App = made
	s.state.liffs.put(id, l)
	return ok(empty)
}

func (s *Simulator) deleteLIFF(r *request) answer {
	s.mu.Lock()
	defer s.mu.Unlock()
	id := chi.URLParam(r.Request, "liff")
	if l, known := s.state.liffs.row(id); !known || l.Channel != r.channel.Destination {
		return refuse(http.StatusNotFound, "Not found")
	}
	s.state.liffs.remove(id)
	return ok(empty)
}
