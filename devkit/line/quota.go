package line

import (
	"net/http"
	"time"
)

// monthlyLimit is the message of the 429 that must not be retried.
const monthlyLimit = "You have reached your monthly limit."

// zone is UTC+9, in which LINE counts days and months.
func zone() *time.Location { return time.FixedZone("UTC+9", 9*60*60) }

func month(now time.Time) string { return now.In(zone()).Format("2006-01") }

// afford says whether the quota of the month has room for that many people. The caller holds the
// lock.
func (s *Simulator) afford(c Channel, people int64, now time.Time) bool {
	if s.settings.Quota == nil || people == 0 {
		return true
	}
	return s.state.counts.rows[usageKey(c, now)]+people <= *s.settings.Quota
}

// usageKey is where the quota used in the month is counted, sendsKey the sends of a day.
func usageKey(c Channel, now time.Time) string { return c.Destination + " usage " + month(now) }
func sendsKey(c Channel, kind, date string) string {
	return c.Destination + " " + kind + " " + date
}

// count adds to the quota and to the statistics of the day. The caller holds the lock.
func (s *Simulator) count(c Channel, kind string, now time.Time, people, sends int64) {
	day := sendsKey(c, kind, now.In(zone()).Format("20060102"))
	s.state.counts.put(day, s.state.counts.rows[day]+sends)
	if people > 0 {
		month := usageKey(c, now)
		s.state.counts.put(month, s.state.counts.rows[month]+people)
	}
}

// quota answers GET /v2/bot/message/quota.
func (s *Simulator) quota(*request) answer {
	limit := s.Settings().Quota
	if limit == nil {
		return ok(map[string]any{"type": "none"})
	}
	return ok(map[string]any{"type": "limited", "value": *limit})
}

// consumption answers GET /v2/bot/message/quota/consumption.
func (s *Simulator) consumption(r *request) answer {
	s.mu.Lock()
	defer s.mu.Unlock()
	return ok(map[string]any{"totalUsage": s.state.counts.rows[usageKey(r.channel, r.now)]})
}

// delivered answers GET /v2/bot/message/delivery/{kind}. Counting a day takes until the next one.
func (s *Simulator) delivered(kind string) apiFunc {
	return func(r *request) answer {
		date := r.URL.Query().Get("date")
		day, err := time.ParseInLocation("20060102", date, zone())
		if err != nil || len(date) != 8 {
			return refuse(http.StatusBadRequest, "The value for the 'date' parameter is invalid")
		}
		switch now := r.now.In(zone()); {
		case day.Before(time.Date(2018, 3, 31, 0, 0, 0, 0, zone())):
			return ok(map[string]any{"status": "out_of_service"})
		case !day.Before(time.Date(now.Year(), now.Month(), now.Day(), 0, 0, 0, 0, zone())):
			return ok(map[string]any{"status": "unready"})
		}
		s.mu.Lock()
		defer s.mu.Unlock()
		return ok(map[string]any{"status": "ready", "success": s.state.counts.rows[sendsKey(r.channel, kind, date)]})
	}
}
