package line

import (
	"html/template"
	"net/http"
	"net/url"
)

// Account linking (section 4.5).

// linkToken answers POST /v2/bot/user/{userId}/linkToken.
func (s *Simulator) linkToken(r *request) answer {
	id, a, fine := r.user()
	if !fine {
		return a
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	u, known := s.userByLineID(r.channel, id)
	if !known {
		return refuse(http.StatusNotFound, "Not found")
	}
	token := opaque(24)
	s.state.links.put(token, linkRow{Channel: r.channel.Destination, User: u.ID, At: r.now})
	return ok(map[string]any{"linkToken": token})
}

// LinkURL is where a bot sends the citizen to finish linking: what the page of access.line.me is
// in reality.
func (s *Simulator) LinkURL(token, nonce string) string {
	return s.link("/access/dialog/bot/accountLink?linkToken=" + url.QueryEscape(token) + "&nonce=" + url.QueryEscape(nonce))
}

const linkHTML = `<!doctype html><html lang="th"><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>เชื่อมบัญชี</title><body><h1>{{.}}</h1></body></html>`

// linkPage plays the page of access.line.me: with a good token the bot gets an accountLink event,
// with a used or expired one the citizen sees an error and the bot hears nothing.
func (s *Simulator) linkPage(w http.ResponseWriter, r *http.Request) {
	token, nonce := r.URL.Query().Get("linkToken"), r.URL.Query().Get("nonce")
	status, text := s.useLink(token, nonce) //nolint:contextcheck // the webhook outlives the call of the page
	page, err := template.New("link").Parse(linkHTML)
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.WriteHeader(status)
	if err == nil {
		err = page.Execute(w, text)
	}
	if err != nil {
		s.logger.Error("line simulator: page not written", "err", err)
	}
}

func (s *Simulator) useLink(token, nonce string) (int, string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	now := s.now()
	l, known := s.state.links.row(token)
	if !known || l.Used || now.Sub(l.At) > linkLife {
		return http.StatusBadRequest, "ลิงก์นี้ใช้ไม่ได้แล้ว กรุณาเริ่มใหม่จากห้องแชท"
	}
	l.Used = true
	s.state.links.put(token, l)
	a, err := s.actor(l.User, l.Channel, "")
	if err != nil {
		return http.StatusBadRequest, "ไม่พบผู้ใช้ของลิงก์นี้"
	}
	result := "ok"
	if n := len(nonce); n < 10 || n > 255 {
		result = "failed"
	}
	if _, err := s.linked(a, result, nonce); err != nil {
		s.logger.Error("line simulator: accountLink not sent", "err", err)
		return http.StatusInternalServerError, "เกิดข้อผิดพลาดในตัวจำลอง"
	}
	if result == "failed" {
		return http.StatusBadRequest, "เชื่อมบัญชีไม่สำเร็จ"
	}
	return http.StatusOK, "เชื่อมบัญชีแล้ว กลับไปที่ห้องแชทได้เลย"
}
