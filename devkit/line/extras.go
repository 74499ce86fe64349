package line

import (
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/go-chi/chi/v5"
)

// Calls that few bots make: coupons, memberships, statistics, audiences, LIFF apps, modules. They
// keep what they are given and answer in LINE's shapes; what an ordinary account may not call is
// refused as LINE refuses it, until Settings.Entitled opens it.

func (s *Simulator) extraRoutes(r routes) {
	const get, post, put, del = http.MethodGet, http.MethodPost, http.MethodPut, http.MethodDelete

	r.add(post, "/bot/pnp/push", normal, s.entitled(s.pushByPhone))
	r.add(post, "/v2/bot/message/pnp/templated/push", normal, s.entitled(s.pushTemplate))
	r.add(get, "/v2/bot/message/delivery/pnp", normal, s.delivered("pnp"))
	r.add(get, "/v2/bot/message/delivery/pnp/templated", normal, s.delivered("pnp/templated"))
	r.add(post, "/v2/bot/message/markAsRead", normal, s.entitled(s.markChatRead))

	r.add(post, "/v2/bot/coupon", plans, s.createCoupon)
	r.add(get, "/v2/bot/coupon", plans, s.listCoupons)
	r.add(get, "/v2/bot/coupon/{coupon}", plans, s.showCoupon)
	r.add(put, "/v2/bot/coupon/{coupon}/close", plans, s.closeCoupon)

	r.add(get, "/v2/bot/membership/list", plans, s.listPlans)
	r.add(get, "/v2/bot/membership/subscription/{user}", plans, s.subscriptions)
	r.add(get, "/v2/bot/membership/{membership}/users/ids", plans, s.planUserIDs)

	r.add(get, "/v2/bot/insight/message/delivery", insights, s.insightDelivery)
	r.add(get, "/v2/bot/insight/followers", insights, s.insightFollowers)
	r.add(get, "/v2/bot/insight/demographic", insights, func(*request) answer {
		return ok(map[string]any{"available": false}) // fewer than 20 friends
	})
	r.add(get, "/v2/bot/insight/message/event", insights, s.insightEvent)
	r.add(get, "/v2/bot/insight/message/event/aggregation", insights, func(*request) answer {
		return ok(map[string]any{"overview": map[string]any{}, "messages": []any{}, "clicks": []any{}})
	})
	r.add(get, "/v2/bot/insight/richmenu/{menu}/summary", insights, s.insightMenu)
	r.add(get, "/v2/bot/insight/richmenu/{menu}/daily", insights, s.insightMenu)

	for _, path := range []string{"upload", "click", "imp"} {
		r.add(post, "/v2/bot/audienceGroup/"+path, audienceCalls, s.entitled(s.createAudience(path)))
	}
	r.add(put, "/v2/bot/audienceGroup/upload", audienceCalls, s.entitled(s.extendAudience))
	r.add(get, "/v2/bot/audienceGroup/list", audienceCalls, s.entitled(s.listAudiences))
	r.add(get, "/v2/bot/audienceGroup/shared/list", audienceCalls, s.entitled(func(*request) answer {
		return ok(map[string]any{"audienceGroups": []any{}, "hasNextPage": false, "totalCount": 0, "readWriteAudienceGroupTotalCount": 0, "page": 1, "size": 20})
	}))
	r.add(get, "/v2/bot/audienceGroup/shared/{audience}", audienceCalls, s.entitled(func(*request) answer { return noAudience() }))
	r.add(get, "/v2/bot/audienceGroup/{audience}", audienceCalls, s.entitled(s.showAudience))
	r.add(del, "/v2/bot/audienceGroup/{audience}", audienceCalls, s.entitled(s.deleteAudience))
	r.add(put, "/v2/bot/audienceGroup/{audience}/updateDescription", audienceCalls, s.entitled(s.renameAudience))

	r.add(post, "/liff/v1/apps", normal, s.addLIFF)
	r.add(get, "/liff/v1/apps", normal, s.listLIFF)
	r.add(put, "/liff/v1/apps/{liff}", normal, s.changeLIFF)
	r.add(del, "/liff/v1/apps/{liff}", normal, s.deleteLIFF)

	// Modules and mission stickers are for LINE's partners.
	r.add(get, "/v2/bot/list", normal, s.entitled(func(*request) answer { return ok(map[string]any{"bots": []any{}}) }))
	r.add(post, "/v2/bot/channel/detach", normal, s.entitled(func(*request) answer { return ok(empty) }))
	r.add(post, "/v2/bot/chat/{chat}/control/acquire", normal, s.entitled(s.chatControl))
	r.add(post, "/v2/bot/chat/{chat}/control/release", normal, s.entitled(s.chatControl))
	r.open(post, "/module/auth/v1/token", normal, func(*request) answer { return refuse(http.StatusForbidden, notEntitled) })
	r.add(post, "/shop/v3/mission", normal, func(*request) answer { return refuse(http.StatusForbidden, "not allowed to use the API") })
}

// markChatRead answers the old POST /v2/bot/message/markAsRead, which needs an application.
func (s *Simulator) markChatRead(r *request) answer {
	var b struct {
		Chat struct {
			UserID string `json:"userId"`
		} `json:"chat"`
	}
	if a, fine := r.parse(&b); !fine {
		return a
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	u, known := s.userByLineID(r.channel, b.Chat.UserID)
	if !known {
		return refuse(http.StatusNotFound, "Not found")
	}
	s.markRead(slices.Clone(s.state.chats[pair(r.channel.Destination, u.ID)]))
	return ok(empty)
}

// day reads a date of the query and says whether its statistics are ready: they are on the next day.
func (r *request) day(name string, must bool) (string, string, answer, bool) {
	now := r.now.In(zone())
	text := r.URL.Query().Get(name)
	if text == "" && !must {
		text = now.AddDate(0, 0, -1).Format("20060102")
	}
	day, err := time.ParseInLocation("20060102", text, zone())
	if err != nil {
		return "", "", refuse(http.StatusBadRequest, "The value for the '"+name+"' parameter is invalid"), false
	}
	if text >= now.Format("20060102") {
		return text, "unready", answer{}, true
	}
	if day.Year() < 2017 {
		return text, "out_of_service", answer{}, true
	}
	return text, "ready", answer{}, true
}

func (s *Simulator) insightDelivery(r *request) answer {
	day, status, a, fine := r.day("date", true)
	if !fine {
		return a
	}
	v := map[string]any{"status": status}
	if status == "ready" {
		s.mu.Lock()
		defer s.mu.Unlock()
		for name, kind := range map[string]string{
			"apiBroadcast": "broadcast", "apiPush": "push", "apiMulticast": "multicast", "apiNarrowcast": "narrowcast", "apiReply": "reply",
		} {
			v[name] = s.state.counts.rows[sendsKey(r.channel, kind, day)]
		}
	}
	return ok(v)
}

func (s *Simulator) insightFollowers(r *request) answer {
	_, status, a, fine := r.day("date", false)
	if !fine {
		return a
	}
	v := map[string]any{"status": status}
	if status == "ready" {
		s.mu.Lock()
		defer s.mu.Unlock()
		all, blocks := 0, 0
		for key, f := range s.state.friends.rows {
			if strings.HasPrefix(key, r.channel.Destination+" ") && f.Known {
				all++
				if f.Blocked {
					blocks++
				}
			}
		}
		v["followers"], v["blocks"], v["targetedReaches"] = all, blocks, len(s.followers(r.channel))
	}
	return ok(v)
}

func (s *Simulator) insightEvent(r *request) answer {
	id := r.URL.Query().Get("requestId")
	if id == "" {
		return refuse(http.StatusBadRequest, "The value for the 'requestId' parameter is invalid")
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	p, known := s.state.progress.row(id)
	if !known || p.Channel != r.channel.Destination {
		return refuse(http.StatusNotFound, "Not found")
	}
	return ok(map[string]any{
		"overview": map[string]any{"requestId": id, "timestamp": p.At.Unix(), "delivered": p.Success},
		"messages": []any{}, "clicks": []any{},
	})
}

func (s *Simulator) insightMenu(r *request) answer {
	s.mu.Lock()
	defer s.mu.Unlock()
	m, known := s.menu(r)
	if !known {
		return refuse(http.StatusNotFound, "Not found")
	}
	return ok(map[string]any{"richMenuId": m.ID})
}

// chatControl answers the calls by which modules take and give back a chat: there is one bot only.
func (s *Simulator) chatControl(r *request) answer {
	if id := chi.URLParam(r.Request, "chat"); !userIDForm.MatchString(id) && !isChatID(r.options, id) {
		return refuse(http.StatusBadRequest, "The value for the 'chatId' parameter is invalid")
	}
	return ok(empty)
}
