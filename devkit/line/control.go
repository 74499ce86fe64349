package line

import (
	"encoding/json"
	"io"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/go-chi/chi/v5"

	"saphan/devkit/line/chat"
	"saphan/internal/fault"
)

// actWait is how long an act waits for the bot to take the webhook.
const actWait = 2 * time.Second

// Handler serves the simulator. It expects the prefix of its mount to be stripped already
// (http.StripPrefix("/dev/line", sim.Handler())) and works as well at the root of a port of its own:
//
//	api/       plays https://api.line.me
//	api-data/  plays https://api-data.line.me
//	access/    plays https://access.line.me
//	control/   acts as the citizen and looks at everything
//	content/   media for the chat page
//
// Anything else is the chat page.
func (s *Simulator) Handler() http.Handler {
	r := chi.NewRouter()
	r.Use(s.whileRunning)
	r.Mount("/api", s.apiRoutes())
	r.Mount("/api-data", s.dataRoutes())
	r.Mount("/access", s.accessRoutes())
	r.Group(func(r chi.Router) {
		r.Use(sameSite)
		r.Get("/content/{id}", s.showContent)
		r.Route("/control", s.controlRoutes)
	})
	r.Handle("/*", chat.Handler())
	return r
}

// API plays https://api.line.me at the root of an address of its own, for programs that cannot put
// a path before LINE's.
func (s *Simulator) API() http.Handler { return s.whileRunning(s.apiRoutes()) }

// Data plays https://api-data.line.me at the root of an address of its own.
func (s *Simulator) Data() http.Handler { return s.whileRunning(s.dataRoutes()) }

// Access plays https://access.line.me at the root of an address of its own.
func (s *Simulator) Access() http.Handler { return s.whileRunning(s.accessRoutes()) }

// accessRoutes are the pages of access.line.me.
func (s *Simulator) accessRoutes() http.Handler {
	r := s.newRoutes()
	r.mux.Get("/dialog/bot/accountLink", s.linkPage)
	r.mux.Get("/oauth2/v2.1/authorize", s.authorize)
	r.mux.Post("/oauth2/v2.1/authorize", s.authorize)
	r.open(http.MethodGet, "/.well-known/openid-configuration", normal, s.discovery)
	return r.mux
}

// whileRunning answers 503 once Close was called: what is not kept must not be promised.
func (s *Simulator) whileRunning(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if s.ctx.Err() != nil {
			http.Error(w, "the simulator is shutting down", http.StatusServiceUnavailable)
			return
		}
		next.ServeHTTP(w, r)
	})
}

// sameSite refuses calls that a page of another site makes a browser send: the control API has no
// other guard.
func sameSite(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch r.Header.Get("Sec-Fetch-Site") {
		case "", "same-origin", "none":
		default:
			http.Error(w, "cross-site request refused", http.StatusForbidden)
			return
		}
		if origin := r.Header.Get("Origin"); origin != "" && origin[strings.Index(origin, "//")+2:] != r.Host {
			http.Error(w, "cross-origin request refused", http.StatusForbidden)
			return
		}
		next.ServeHTTP(w, r)
	})
}

func (s *Simulator) controlRoutes(r chi.Router) {
	r.Get("/channels", s.control(s.listChannels))
	r.Post("/channels", s.control(s.postChannel))
	r.Get("/channels/{destination}", s.control(s.showChannel))
	r.Post("/channels/{destination}", s.control(s.changeChannel))
	r.Get("/users", s.control(s.listUsers))
	r.Post("/users", s.control(s.addUser))
	r.Post("/users/{user}/delete", s.control(s.deleteUser))
	r.Get("/groups", s.control(s.listGroups))
	r.Post("/groups", s.control(s.addGroup))
	r.Post("/groups/{group}/invite", s.control(s.postInvite))
	r.Post("/groups/{group}/remove", s.control(s.postRemove))
	r.Post("/groups/{group}/members", s.control(s.postMembers))
	r.Post("/memberships", s.control(s.postPlan))
	r.Get("/chats/{user}", s.control(s.showChat))
	r.Get("/chats/{user}/events", s.streamChat)
	r.Post("/chats/{user}/text", s.control(s.postText))
	r.Post("/chats/{user}/sticker", s.control(s.postSticker))
	r.Post("/chats/{user}/location", s.control(s.postLocation))
	r.Post("/chats/{user}/postback", s.control(s.postPostback))
	r.Post("/chats/{user}/richmenuswitch", s.control(s.postMenuSwitch))
	r.Post("/chats/{user}/media", s.control(s.postMedia))
	r.Post("/chats/{user}/external", s.control(s.postExternal))
	r.Post("/chats/{user}/edit", s.control(s.postEdit))
	r.Post("/chats/{user}/unsend", s.control(s.postUnsend))
	r.Post("/chats/{user}/videoplaycomplete", s.control(s.postVideoSeen))
	r.Post("/chats/{user}/beacon", s.control(s.postBeacon))
	r.Post("/chats/{user}/membership", s.control(s.postMembership))
	r.Post("/chats/{user}/liff", s.control(s.postLIFF))
	r.Post("/chats/{user}/accountlink", s.control(s.postLinkResult))
	r.Post("/chats/{user}/follow", s.control(s.postFollow))
	r.Post("/chats/{user}/block", s.control(s.postBlock))
	r.Post("/events", s.control(s.postEvents))
	r.Get("/requests", s.control(s.listCalls))
	r.Get("/tally", s.control(s.showTally))
	r.Get("/clock", s.control(s.showClock))
	r.Post("/clock", s.control(s.postClock))
	r.Get("/settings", s.control(func(*http.Request) (any, error) { return s.Settings(), nil }))
	r.Post("/settings", s.control(s.postSettings))
	r.Post("/reset", s.control(func(*http.Request) (any, error) { return struct{}{}, s.Reset() }))
	r.NotFound(s.control(func(*http.Request) (any, error) {
		return nil, fault.New(fault.NotFound, "ไม่มีคำสั่งนี้ในตัวจำลอง LINE")
	}))
}

// control makes an HTTP handler of a function that answers JSON.
func (s *Simulator) control(f func(*http.Request) (any, error)) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		v, err := f(r)
		s.writeControl(w, r, v, err)
	}
}

func (s *Simulator) writeControl(w http.ResponseWriter, r *http.Request, v any, err error) {
	status := http.StatusOK
	if err != nil {
		status = fault.KindOf(err).Status()
		if fault.Is(err, fault.Invalid) {
			status = http.StatusBadRequest
		}
		v = map[string]string{"error": fault.MessageOf(err)}
		if status >= http.StatusInternalServerError {
			s.logger.Error("line simulator: control call failed", "method", r.Method, "path", r.URL.Path, "err", err)
		}
	}
	body, encErr := encode(v)
	if encErr != nil {
		s.logger.Error("line simulator: answer not encodable", "path", r.URL.Path, "err", encErr)
		http.Error(w, "internal error", http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	if _, err := w.Write(append(body, '\n')); err != nil {
		s.logger.Debug("line simulator: answer not sent", "path", r.URL.Path, "err", err)
	}
}

// controlBody decodes the JSON body of a control call; an empty body is an empty object.
func controlBody(r *http.Request, into any) error {
	data, err := io.ReadAll(io.LimitReader(r.Body, apiBodyLimit+1))
	if err != nil {
		return fault.Wrap(fault.Invalid, "อ่านคำขอไม่สำเร็จ", err)
	}
	if len(data) > apiBodyLimit {
		return fault.New(fault.TooLarge, "คำขอใหญ่เกินไป")
	}
	if len(data) == 0 {
		return nil
	}
	if err := json.Unmarshal(data, into); err != nil {
		return fault.Wrap(fault.Invalid, "คำขอต้องเป็น JSON ตามที่กำหนด: "+err.Error(), err)
	}
	return nil
}

// where names the chat of an act: the channel (the first one by default) and, for acts in a group,
// the group.
type where struct {
	Channel string `json:"channel"`
	Group   string `json:"group"`
}

// actAnswer is what an act answers. Status is the HTTP status that the bot gave, 0 when it gave
// none in time.
type actAnswer struct {
	MessageID      string   `json:"messageId"`
	WebhookEventID string   `json:"webhookEventId"`
	Status         int      `json:"status"`
	MessageIDs     []string `json:"messageIds,omitempty"`
	EventIDs       []string `json:"webhookEventIds,omitempty"`
}

// act finds the actor, does what do says under the lock and waits a little for the bot.
func (s *Simulator) act(r *http.Request, in where, do func(actor) (outcome, error)) (any, error) {
	s.mu.Lock()
	a, err := s.actor(chi.URLParam(r, "user"), in.Channel, in.Group)
	if err == nil && a.apart {
		err = fault.New(fault.Conflict, "บัญชีไม่ได้อยู่ในกลุ่มนี้แล้ว เชิญกลับเข้ากลุ่มก่อน")
	}
	var o outcome
	if err == nil {
		o, err = do(a)
	}
	s.mu.Unlock()
	if err != nil {
		return nil, err
	}
	return o.wait(r), nil
}

// wait waits for the first attempts of all webhooks and tells how they went.
func (o outcome) wait(r *http.Request) actAnswer {
	v := actAnswer{}
	if len(o.messages) > 0 {
		v.MessageID = o.messages[0]
	}
	if len(o.events) > 0 {
		v.WebhookEventID = o.events[0]
	}
	if len(o.messages) > 1 || len(o.events) > 1 {
		v.MessageIDs, v.EventIDs = o.messages, o.events
	}
	timer := time.NewTimer(actWait)
	defer timer.Stop()
	worst := -1
	for _, done := range o.done {
		select {
		case status := <-done:
			if worst < 0 || status != http.StatusOK {
				worst = status
			}
		case <-timer.C:
			return v
		case <-r.Context().Done():
			return v
		}
	}
	v.Status = max(worst, 0)
	return v
}

func (s *Simulator) listChannels(*http.Request) (any, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	views := []channelView{}
	for _, d := range s.order {
		views = append(views, viewChannel(s.channels[d]))
	}
	return views, nil
}

func (s *Simulator) listUsers(r *http.Request) (any, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	c, err := s.channelIfAny(r)
	if err != nil {
		return nil, err
	}
	views := []userView{}
	for _, u := range s.state.users.rows {
		views = append(views, s.viewUser(c, u))
	}
	slices.SortFunc(views, func(a, b userView) int {
		if x, y := builtin(a.Name), builtin(b.Name); x != y {
			return x - y
		}
		return strings.Compare(a.Name+a.ID, b.Name+b.ID)
	})
	return views, nil
}

// deleteUser answers POST control/users/{user}/delete: the citizen ends the LINE account. The bot is
// not told; sends to it are accepted and reach nobody.
func (s *Simulator) deleteUser(r *http.Request) (any, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	u, known := s.state.users.row(chi.URLParam(r, "user"))
	if !known {
		return nil, fault.New(fault.NotFound, "ไม่พบผู้ใช้นี้ในตัวจำลอง LINE")
	}
	u.Deleted = true
	s.state.users.put(u.ID, u)
	return struct{}{}, nil
}

// channelIfAny is the channel of the query. Without any channel yet there is nobody to be a friend
// of; the users exist all the same. The caller holds the lock.
func (s *Simulator) channelIfAny(r *http.Request) (Channel, error) {
	d := r.URL.Query().Get("channel")
	if d == "" && len(s.order) == 0 {
		return Channel{}, nil
	}
	return s.channelOf(d)
}

// builtin is the place of a test citizen in lists; everybody else comes after.
func builtin(name string) int {
	if i := slices.Index(citizens[:], name); i >= 0 {
		return i
	}
	return len(citizens)
}

func (s *Simulator) addUser(r *http.Request) (any, error) {
	var in struct {
		Name     string `json:"name"`
		Picture  string `json:"picture"`
		Language string `json:"language"`
		Phone    string `json:"phone"`
		PCOnly   bool   `json:"pcOnly"`
	}
	if err := controlBody(r, &in); err != nil {
		return nil, err
	}
	if strings.TrimSpace(in.Name) == "" {
		return nil, fault.New(fault.Invalid, "ผู้ใช้ต้องมีชื่อ เช่น {\"name\":\"สมใจ (ตัวอย่าง)\"}")
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	u := userRow{ID: "U" + randomHex(16), Name: in.Name, Picture: in.Picture, Language: in.Language, Phone: in.Phone, PCOnly: in.PCOnly}
	if u.Language == "" {
		u.Language = "th"
	}
	c, err := s.channelIfAny(r)
	if err != nil {
		return nil, err
	}
	s.state.users.put(u.ID, u)
	return s.viewUser(c, u), nil
}

func (s *Simulator) showClock(*http.Request) (any, error) {
	return map[string]any{"now": s.now()}, nil
}

func (s *Simulator) postClock(r *http.Request) (any, error) {
	var in struct {
		Advance float64 `json:"advance_seconds"`
	}
	if err := controlBody(r, &in); err != nil {
		return nil, err
	}
	if in.Advance < 0 {
		return nil, fault.New(fault.Invalid, "เวลาถอยหลังไม่ได้ advance_seconds ต้องไม่ติดลบ")
	}
	s.Advance(seconds(in.Advance))
	return s.showClock(r)
}

func (s *Simulator) postSettings(r *http.Request) (any, error) {
	data, err := io.ReadAll(io.LimitReader(r.Body, apiBodyLimit))
	if err != nil {
		return nil, fault.Wrap(fault.Invalid, "อ่านคำขอไม่สำเร็จ", err)
	}
	if err := s.merge(data); err != nil {
		return nil, fault.Wrap(fault.Invalid, "ตั้งค่าไม่สำเร็จ: "+err.Error(), err)
	}
	return s.Settings(), nil
}
