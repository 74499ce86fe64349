package jobs

import (
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"saphan/agencies"
	"saphan/bot"
	"saphan/devkit/testhouse"
)

// quotaOf is what is known of the account's month.
func (h *house) quotaOf() (q agencies.Quota) {
	h.T.Helper()
	h.Everywhere(func(tx pgx.Tx) (err error) {
		q, err = agencies.QuotaOf(h.T.Context(), tx, h.Account.ID)
		return err
	})
	return q
}

// readQuota reads it, as the hourly job does.
func (h *house) readQuota() {
	h.T.Helper()
	must(h.T, run(h, &quota{Deps: h.Deps}, QuotaArgs{Channel: h.Account.ID}))
	h.Settled()
}

// The month's messages are read from LINE, and somebody is told once a month when four fifths of them are
// used; answers do not count.
func TestQuotaIsReadAndAlarms(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	if q := h.quotaOf(); q.ReadAt != nil || q.Short() || q.Ratio() != 0 {
		t.Errorf("before it was read: %+v", q)
	}
	h.readQuota()
	if q := h.quotaOf(); q.ReadAt == nil || q.Most != nil || q.Short() || q.Ratio() != 0 {
		t.Errorf("without a limit: %+v", q)
	}
	alarms := func() int { return strings.Count(h.Diary.String(), "has used most of its messages") }
	h.Settings(map[string]any{"quota": 5})
	h.Say("สวัสดี")
	h.UseUp()
	for i, text := range []string{"ก", "ข", "ค", "ง"} {
		if alarms() != 0 {
			t.Errorf("alarm after %d of 5", i)
		}
		h.Tell(text)
		h.Settled()
		h.readQuota()
	}
	if q := h.quotaOf(); *q.Most != 5 || q.Used != 4 || q.Ratio() != 0.8 || !q.Short() {
		t.Errorf("after 4 of 5: %+v", q)
	}
	h.readQuota()
	if n := alarms(); n != 1 || !strings.Contains(h.Diary.String(), "level=ERROR") {
		t.Errorf("%d alarms", n)
	}
	h.Ahead.Store(int64(32 * 24 * time.Hour))
	h.readQuota()
	if n := alarms(); n != 2 {
		t.Errorf("%d alarms a month later", n)
	}
	h.Fail("/v2/bot/message/quota", 500, 1)
	if err := run(h, &quota{Deps: h.Deps}, QuotaArgs{Channel: h.Account.ID}); err == nil || !strings.Contains(err.Error(), "status 500") {
		t.Errorf("LINE does not tell: %v", err)
	}
}

// Row 38: what could not be pushed waits; with a larger plan or a new month it goes out by itself, in
// order, whether or not the person writes.
func TestMonthIsOver(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.UseUp()
	before := len(h.Said())
	h.Settings(map[string]any{"quota": 0})
	h.Tell(testhouse.Many(3)...)
	h.Settled()
	if q := h.quotaOf(); q.UsedUpAt == nil || q.Ratio() != 1 || !q.Short() {
		t.Errorf("the refusal was not kept: %+v", q)
	}
	h.Tell("สาย")
	h.Settled()
	if n := strings.Count(h.Diary.String(), "are used up"); n != 1 {
		t.Errorf("%d alarms for one month", n)
	}
	h.Settings(map[string]any{"quota": 1000})
	h.readQuota() // the count may lag behind: a refusal of a moment ago weighs more
	h.Shown(before)
	h.Ahead.Store(int64(31 * time.Minute))
	h.readQuota()
	h.Shown(before, append(testhouse.Many(3), "สาย")...)
	if q := h.quotaOf(); q.UsedUpAt != nil {
		t.Errorf("still used up: %+v", q)
	}
	if n := h.Count(`SELECT count(*) FROM replies WHERE state = 'parked' OR reason = $1`, bot.ReasonMonth); n != 0 {
		t.Errorf("%d messages still wait", n)
	}
}

// Every account is asked about within the hour, a new one at once, one that was removed never.
func TestQuotasAskAboutEveryAccount(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.readQuota()
	h.stop()
	var fresh, removed agencies.ChannelID
	h.Everywhere(func(tx pgx.Tx) (err error) {
		other := h.Account
		other.Destination = "U1123456789abcdef0123456789abcdef"
		if fresh, err = agencies.CreateChannel(t.Context(), tx, h.Box, other); err != nil {
			return err
		}
		other.Destination = "U2123456789abcdef0123456789abcdef"
		if removed, err = agencies.CreateChannel(t.Context(), tx, h.Box, other); err != nil {
			return err
		}
		return agencies.RemoveChannel(t.Context(), tx, removed, h.Now())
	})
	for range 2 {
		must(t, run(h, &quotas{Deps: h.Deps}, QuotasArgs{}))
	}
	got := h.Numbers(`SELECT (args->>'channel_id')::bigint FROM river_job WHERE kind = 'quota' ORDER BY 1`)
	if len(got) != 2 || got[0] != int64(h.Account.ID) || got[1] != int64(fresh) {
		t.Errorf("asked about %v, want %d and %d once each", got, h.Account.ID, fresh)
	}
}
