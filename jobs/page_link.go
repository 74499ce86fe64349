package jobs

import (
	"cmp"
	"context"
	"net/url"
	"strings"
	"time"

	"saphan/agencies"
	"saphan/bot"
	"saphan/citizens"
	"saphan/internal/fault"
	"saphan/internal/words"
	"saphan/tickets"
)

// doors are the messages with the links that a step asked for: one-time ways in to a page, for the very account
// that chats; and what an effect came to that only whoever carried it out knows. They are an answer of the step, and
// written with it.
func (w *received) doors(ctx context.Context, s saying, state bot.Conversation, world bot.World, effects []bot.Effect) ([]bot.Reply, error) {
	var all []bot.Reply
	lang := cmp.Or(state.Lang, world.Lang)
	for _, effect := range effects {
		switch e := effect.(type) {
		case bot.OpenWeb:
			info, ok, err := w.webDoor(ctx, s, state, lang, e)
			if err != nil {
				return nil, err
			}
			if ok {
				all = append(all, bot.WebCard(lang, info))
			}
		case bot.OpenMine:
			door, until, err := w.door(ctx, s, e.Page.Path(), lang)
			if err != nil {
				return nil, err
			}
			info := bot.MineInfo{Page: e.Page, URL: door, Until: until}
			if state.Draft != nil {
				info.Draft = state.Draft.ID
			}
			all = append(all, bot.MineCard(lang, info))
		case bot.Sign:
			over, err := w.signFilled(ctx, s, e)
			if err != nil {
				return nil, err
			}
			all = append(all, bot.FilledAnswer(lang, over))
		case bot.Withdraw: // that it was withdrawn is told by the job that follows
			t, err := tickets.Find(ctx, s.tx, tickets.TicketID(e.Ticket))
			if err != nil && !fault.Is(err, fault.NotFound) {
				return nil, err
			}
			if t.Status != tickets.Withdrawn {
				all = append(all, bot.NotWithdrawn(lang, t.Reference))
			}
		}
	}
	return all, nil
}

// webDoor leads to a draft as a page; ok is false when the service is no more.
func (w *received) webDoor(ctx context.Context, s saying, state bot.Conversation, lang string, e bot.OpenWeb) (info bot.WebInfo, ok bool, err error) {
	form, ok := w.Forms.Agency(int64(s.account.AgencyID)).Version(e.Form, state.VersionOf(e.Draft))
	if !ok {
		return bot.WebInfo{}, false, nil
	}
	agency, err := agencies.Find(ctx, s.tx, s.account.AgencyID)
	if err != nil {
		return bot.WebInfo{}, false, err
	}
	page := "/services/" + url.PathEscape(strings.ToLower(agency.Code)) + "/" + url.PathEscape(string(e.Form)) + "/form/" + url.PathEscape(e.Draft)
	door, until, err := w.door(ctx, s, page, lang)
	return bot.WebInfo{Form: form, Draft: e.Draft, URL: door, Until: until}, err == nil, err
}

// door makes a link that lets the person of this chat in, once, and leads to a page in the chat's language.
func (w *received) door(ctx context.Context, s saying, page, lang string) (link string, until time.Time, err error) {
	if lang != words.Thai {
		page += "?" + url.Values{"lang": {lang}}.Encode()
	}
	now := w.Now()
	token, err := citizens.NewEntry(ctx, s.tx, s.stored.Identity.CitizenID, page, now)
	if err != nil {
		return "", time.Time{}, err
	}
	return w.BaseURL + "/me/in/" + token, now.Add(citizens.EntryLife), nil
}
