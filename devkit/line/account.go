package line

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/go-chi/chi/v5"

	"saphan/devkit/line/strict"
)

// apiRoutes are the endpoints of api.line.me.
func (s *Simulator) apiRoutes() http.Handler {
	r := s.newRoutes()
	const get, post, put, del = http.MethodGet, http.MethodPost, http.MethodPut, http.MethodDelete

	r.add(post, "/v2/bot/message/reply", normal, s.reply)
	r.add(post, "/v2/bot/message/push", normal, s.push)
	r.add(post, "/v2/bot/message/multicast", multicasts, s.multicast)
	r.add(post, "/v2/bot/message/narrowcast", broadcasts, s.narrowcast)
	r.add(get, "/v2/bot/message/progress/narrowcast", normal, s.narrowProgress)
	r.add(post, "/v2/bot/message/broadcast", broadcasts, s.broadcast)
	for _, kind := range []string{"reply", "push", "multicast", "narrowcast", "broadcast"} {
		r.add(post, "/v2/bot/message/validate/"+kind, normal, s.validate)
	}
	for _, kind := range []string{"reply", "push", "multicast", "broadcast"} {
		r.add(get, "/v2/bot/message/delivery/"+kind, normal, s.delivered(kind))
	}
	r.add(get, "/v2/bot/message/quota", normal, s.quota)
	r.add(get, "/v2/bot/message/quota/consumption", normal, s.consumption)

	r.add(get, "/v2/bot/message/aggregation/info", normal, s.unitCount)
	r.add(get, "/v2/bot/message/aggregation/list", normal, s.units)
	s.extraRoutes(r)

	r.add(get, "/v2/bot/info", normal, s.botInfo)
	r.add(get, "/v2/bot/followers/ids", normal, s.entitled(s.followerIDs))
	r.add(get, "/v2/bot/profile/{user}", normal, s.profile)
	r.add(post, "/v2/bot/chat/loading/start", loadings, s.loading)
	r.add(post, "/v2/bot/chat/markAsRead", normal, s.markAsRead)
	r.add(get, "/v2/bot/channel/webhook/endpoint", webhookSet, s.showEndpoint)
	r.add(put, "/v2/bot/channel/webhook/endpoint", webhookSet, s.setEndpoint)
	r.add(post, "/v2/bot/channel/webhook/test", webhookTry, s.testEndpoint)
	r.add(post, "/v2/bot/user/{user}/linkToken", normal, s.linkToken)

	for _, kind := range []string{"group", "room"} {
		r.add(post, "/v2/bot/"+kind+"/{group}/leave", normal, s.leave(kind))
		r.add(get, "/v2/bot/"+kind+"/{group}/members/count", normal, s.memberCount(kind))
		r.add(get, "/v2/bot/"+kind+"/{group}/members/ids", normal, s.entitled(s.memberIDs(kind)))
		r.add(get, "/v2/bot/"+kind+"/{group}/member/{user}", normal, s.memberProfile(kind))
	}
	r.add(get, "/v2/bot/group/{group}/summary", normal, s.groupSummary)

	r.add(post, "/v2/bot/richmenu", menuWrites, s.createMenu)
	r.add(post, "/v2/bot/richmenu/validate", normal, s.validateMenu)
	r.add(get, "/v2/bot/richmenu/list", menuLists, s.listMenus)
	r.add(get, "/v2/bot/richmenu/{menu}", normal, s.showMenu)
	r.add(del, "/v2/bot/richmenu/{menu}", menuWrites, s.deleteMenu)
	r.add(post, "/v2/bot/user/all/richmenu/{menu}", normal, s.setDefaultMenu)
	r.add(get, "/v2/bot/user/all/richmenu", normal, s.defaultMenu)
	r.add(del, "/v2/bot/user/all/richmenu", normal, s.clearDefaultMenu)
	r.add(post, "/v2/bot/user/{user}/richmenu/{menu}", normal, s.linkMenu)
	r.add(get, "/v2/bot/user/{user}/richmenu", normal, s.userMenu)
	r.add(del, "/v2/bot/user/{user}/richmenu", normal, s.unlinkMenu)
	r.add(post, "/v2/bot/richmenu/batch", menuBatches, s.batch)
	r.add(post, "/v2/bot/richmenu/validate/batch", normal, s.validateBatch)
	r.add(get, "/v2/bot/richmenu/progress/batch", menuWrites, s.batchProgress)
	r.add(post, "/v2/bot/richmenu/bulk/link", normal, s.bulkLinkMenu)
	r.add(post, "/v2/bot/richmenu/bulk/unlink", normal, s.bulkUnlinkMenu)
	r.add(post, "/v2/bot/richmenu/alias", normal, s.createAlias)
	r.add(get, "/v2/bot/richmenu/alias/list", normal, s.listAliases)
	r.add(get, "/v2/bot/richmenu/alias/{alias}", normal, s.showAlias)
	r.add(post, "/v2/bot/richmenu/alias/{alias}", normal, s.updateAlias)
	r.add(del, "/v2/bot/richmenu/alias/{alias}", menuWrites, s.deleteAlias)

	// These three look at their limit when they know the channel; LINE Login's own is not disclosed.
	r.open(post, "/oauth2/v2.1/token", limit{}, s.issueToken)
	r.open(post, "/oauth2/v3/token", limit{}, s.issueStateless)
	r.open(post, "/v2/oauth/accessToken", limit{}, s.issueShortLived)
	r.open(get, "/oauth2/v2.1/verify", normal, s.verifyJWTToken)
	r.open(post, "/oauth2/v2.1/verify", normal, s.verifyIDToken)
	r.open(get, "/oauth2/v2.1/certs", normal, s.certs)
	r.open(get, "/oauth2/v2.1/userinfo", normal, s.loggedIn("openid", s.userInfo))
	r.open(post, "/oauth2/v2.1/userinfo", normal, s.loggedIn("openid", s.userInfo))
	r.open(get, "/v2/profile", normal, s.loggedIn("profile", s.loginProfile))
	r.open(get, "/friendship/v1/status", normal, s.loggedIn("profile", s.friendship))
	r.add(post, "/user/v1/deauthorize", normal, s.deauthorize)
	r.open(get, "/oauth2/v2.1/tokens/kid", normal, s.listKeyIDs)
	r.open(post, "/oauth2/v2.1/revoke", normal, s.revokeJWTToken)
	r.open(post, "/v2/oauth/verify", normal, s.verifyToken)
	r.open(post, "/v2/oauth/revoke", normal, s.revokeToken)
	return r.mux
}

// dataRoutes are the endpoints of api-data.line.me.
func (s *Simulator) dataRoutes() http.Handler {
	r := s.newRoutes()
	r.add(http.MethodGet, "/v2/bot/message/{id}/content", normal, s.getContent)
	r.add(http.MethodGet, "/v2/bot/message/{id}/content/preview", normal, s.getPreview)
	r.add(http.MethodGet, "/v2/bot/message/{id}/content/transcoding", normal, s.getTranscoding)
	r.add(http.MethodGet, "/v2/bot/richmenu/{menu}/content", normal, s.menuImage)
	r.add(http.MethodPost, "/v2/bot/richmenu/{menu}/content", normal, s.setMenuImage)
	r.add(http.MethodPost, "/v2/bot/audienceGroup/upload/byFile", audienceCalls, s.entitled(s.createAudienceByFile))
	r.add(http.MethodPut, "/v2/bot/audienceGroup/upload/byFile", audienceCalls, s.entitled(s.extendAudienceByFile))
	return r.mux
}

// botInfo answers GET /v2/bot/info.
func (s *Simulator) botInfo(r *request) answer {
	v := map[string]any{
		"userId": r.channel.Destination, "basicId": r.channel.BasicID, "displayName": r.channel.Name,
		"chatMode": "bot", "markAsReadMode": "auto",
	}
	if r.channel.ChatMode {
		v["chatMode"], v["markAsReadMode"] = "chat", "manual"
	}
	if strings.HasPrefix(r.channel.Picture, "https://") {
		v["pictureUrl"] = r.channel.Picture
	}
	return ok(v)
}

// user reads the user ID of the path.
func (r *request) user() (id string, a answer, fine bool) {
	id = chi.URLParam(r.Request, "user")
	if !userIDForm.MatchString(id) {
		return id, refuse(http.StatusBadRequest, "The value for the 'userId' parameter is invalid"), false
	}
	return id, answer{}, true
}

// profile answers GET /v2/bot/profile/{userId}: only of friends who have not blocked the account.
func (s *Simulator) profile(r *request) answer {
	id, a, fine := r.user()
	if !fine {
		return a
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	u, known := s.userByLineID(r.channel, id)
	f := s.state.friend(r.channel.Destination, u.ID)
	if !known || u.Deleted || u.PCOnly || !f.Following || f.Blocked {
		return refuse(http.StatusNotFound, "Not found")
	}
	return ok(profileOf(u, id))
}

func profileOf(u userRow, id string) map[string]any {
	v := map[string]any{"userId": id, "displayName": u.Name}
	if u.Language != "" {
		v["language"] = u.Language
	}
	if strings.HasPrefix(u.Picture, "https://") {
		v["pictureUrl"] = u.Picture
	}
	return v
}

// loading answers POST /v2/bot/chat/loading/start (section 2.9).
func (s *Simulator) loading(r *request) answer {
	var b struct {
		ChatID  string       `json:"chatId"`
		Seconds *json.Number `json:"loadingSeconds"`
	}
	if a, fine := r.parse(&b); !fine {
		return a
	}
	n := int64(20)
	var wrong []strict.Problem
	if b.Seconds != nil {
		var err error
		if n, err = b.Seconds.Int64(); err != nil {
			return invalidProperty("loadingSeconds")
		}
		if n < 5 || n > 60 {
			wrong = append(wrong, strict.Problem{Message: "Must be between 5 and 60", Property: "loadingSeconds"})
		}
		if n%5 != 0 {
			wrong = append(wrong, strict.Problem{Message: "must be a multiple of five", Property: "loadingSeconds"})
		}
	}
	if !userIDForm.MatchString(b.ChatID) {
		wrong = append(wrong, strict.Problem{
			Message:  "Only user id is acceptable, please confirm if there are any group/room ids or illegal ids.",
			Property: "chatId",
		})
	}
	if len(wrong) > 0 {
		return refuse(http.StatusBadRequest, fmt.Sprintf("The request body has %d error(s)", len(wrong)), wrong...)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if u, known := s.userByLineID(r.channel, b.ChatID); known && s.reachable(r.channel, u.ID, r.now) {
		f := s.state.friend(r.channel.Destination, u.ID)
		f.LoadingUntil = r.now.Add(time.Duration(n) * time.Second)
		s.state.friends.put(pair(r.channel.Destination, u.ID), f)
		s.notify(pair(r.channel.Destination, u.ID))
	}
	return answer{status: http.StatusAccepted, body: empty}
}

// markAsRead answers POST /v2/bot/chat/markAsRead: everything up to the message of the token.
func (s *Simulator) markAsRead(r *request) answer {
	var b struct {
		Token string `json:"markAsReadToken"`
	}
	if a, fine := r.parse(&b); !fine {
		return a
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	found, known := s.state.messages.row(s.state.marks[b.Token])
	if !known || found.Channel != r.channel.Destination {
		return refuse(http.StatusBadRequest, "Invalid markAsReadToken. Tokens must be used by the bot that received them via Webhook.")
	}
	var ids []string
	for _, m := range s.rowsOf(found.Channel, found.Chat) {
		if m.Seq <= found.Seq {
			ids = append(ids, m.ID)
		}
	}
	s.markRead(ids)
	return ok(empty)
}

// showEndpoint answers GET /v2/bot/channel/webhook/endpoint.
func (s *Simulator) showEndpoint(r *request) answer {
	s.mu.Lock()
	defer s.mu.Unlock()
	target := s.webhookURL(r.channel)
	if target == "" {
		return refuse(http.StatusNotFound, "Webhook endpoint not found")
	}
	return ok(map[string]any{"endpoint": target, "active": true})
}

// setEndpoint answers PUT /v2/bot/channel/webhook/endpoint.
func (s *Simulator) setEndpoint(r *request) answer {
	var b struct {
		Endpoint string `json:"endpoint"`
	}
	if a, fine := r.parse(&b); !fine {
		return a
	}
	if !validWebhook(b.Endpoint) {
		return refuse(http.StatusBadRequest, "Invalid webhook endpoint URL")
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	row, _ := s.state.channels.row(r.channel.Destination)
	row.Webhook = b.Endpoint
	s.state.channels.put(r.channel.Destination, row)
	return ok(empty)
}

// testEndpoint answers POST /v2/bot/channel/webhook/test by sending a webhook without events.
func (s *Simulator) testEndpoint(r *request) answer {
	var b struct {
		Endpoint string `json:"endpoint"`
	}
	if len(r.body) > 0 {
		if a, fine := r.parse(&b); !fine {
			return a
		}
	}
	if b.Endpoint == "" {
		s.mu.Lock()
		b.Endpoint = s.webhookURL(r.channel)
		s.mu.Unlock()
		if b.Endpoint == "" {
			return refuse(http.StatusNotFound, "Webhook endpoint not found")
		}
	}
	if !validWebhook(b.Endpoint) {
		return refuse(http.StatusBadRequest, "Invalid webhook endpoint URL")
	}
	body, err := envelope(r.channel.Destination, nil, false)
	if err != nil {
		return s.broken(err)
	}
	status, err := s.post(b.Endpoint, body, sign(r.channel.Secret, body))
	v := map[string]any{
		"success": status == http.StatusOK, "timestamp": r.now.UTC().Format("2006-01-02T15:04:05.000Z"),
		"statusCode": status, "reason": "OK", "detail": fmt.Sprint(status),
	}
	switch {
	case errors.Is(err, context.DeadlineExceeded):
		v["reason"], v["detail"] = "REQUEST_TIMEOUT", "Request timeout"
	case err != nil:
		v["reason"], v["detail"] = "COULD_NOT_CONNECT", "Failure to connect"
	case status != http.StatusOK:
		v["reason"] = "ERROR_STATUS_CODE"
	}
	return ok(v)
}
