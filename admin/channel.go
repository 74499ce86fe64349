package admin

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"time"

	"saphan/agencies"
	"saphan/internal/fault"
	"saphan/internal/thai"
)

// channelPage is one channel with everything that can be done to it.
type channelPage struct {
	chrome
	Channel     agencies.Channel
	Line        channelLine
	TokenIs     string // its kind in words
	OldSecret   bool   // the one before still holds
	Webhook     string // where its events must be delivered
	PublicKey   string // of the key that waits to be registered; empty: none waits
	Today       string // for the date of an announcement
	AnnouncedOn string // that date, as it was entered; empty: none
	Checks      []checkLine
	Checked     bool
	Mend        bool // the webhook can be set from here
	Done        string
}

// checkLine is one check as it is shown.
type checkLine struct {
	agencies.Check
	Chip chip
}

var checkChips = map[agencies.CheckState]chip{
	agencies.CheckWell:    {Kind: "ok", Icon: "circle-check", Text: "ถูกต้อง"},
	agencies.CheckWarning: {Kind: "warn", Icon: "triangle-alert", Text: "ควรดู"},
	agencies.CheckFault:   {Kind: "bad", Icon: "circle-x", Text: "ต้องแก้"},
	agencies.CheckSkipped: {Icon: "clock", Text: "ยังตรวจไม่ได้"},
}

var tokenWords = map[agencies.TokenKind]string{
	agencies.StatelessToken: "ระบบขอโทเคนเองทุก 12 นาที (stateless)",
	agencies.SharedToken:    "ระบบขอโทเคนอายุ 30 วันด้วยกุญแจ (v2.1)",
	agencies.FixedToken:     "โทเคนคงที่ที่วางไว้ (long-lived)",
}

// webhook is the address at which this installation takes events in.
func (a *Admin) webhook() string { return a.baseURL + "/line/webhook" }

func channelID(r *http.Request) (agencies.ChannelID, error) {
	n, err := pathNumber(r, "channel")
	if err != nil {
		return 0, fault.Wrap(fault.NotFound, "ไม่พบช่องทางนี้ อาจถูกนำออกแล้ว กรุณาเลือกจากรายการช่องทาง", err)
	}
	return agencies.ChannelID(n), nil
}

func (a *Admin) showChannel(r *http.Request, s Scope) (reply, error) {
	id, err := channelID(r)
	if err != nil {
		return nil, err
	}
	ch, err := agencies.SeeChannel(r.Context(), s.Tx, a.box, s.Agency, id)
	if err != nil {
		return nil, err
	}
	p, err := a.channelPage(r.Context(), s, ch)
	p.Done = doneSetting[r.FormValue("done")]
	return page{view: "channel", data: p}, err
}

func (a *Admin) channelPage(ctx context.Context, s Scope, ch agencies.Channel) (channelPage, error) {
	c, err := chromeOf(ctx, s, ch.Name)
	if err != nil {
		return channelPage{}, err
	}
	line, err := a.channelLine(ctx, s.Tx, ch)
	if err != nil {
		return channelPage{}, err
	}
	p := channelPage{
		chrome: c, Line: line, TokenIs: tokenWords[ch.TokenKind], OldSecret: ch.OldSecret != "" && a.now().Before(ch.OldUntil),
		Webhook: a.webhook(), Today: a.now().In(thai.Bangkok()).Format(time.DateOnly),
	}
	if ch.NextKey != "" {
		if p.PublicKey, err = a.messenger.PublicKey(ch.NextKey); err != nil {
			return channelPage{}, err
		}
	}
	if ch.AnnouncedAt != nil {
		p.AnnouncedOn = ch.AnnouncedAt.In(thai.Bangkok()).Format(time.DateOnly)
	}
	ch.Secret, ch.OldSecret, ch.Token, ch.Key, ch.NextKey = "", "", "", "", "" // no template can tell what it does not have
	p.Channel = ch
	return p, nil
}

// ownChannel reads a channel of the officer's agency, in a transaction that is over when it returns.
func (a *Admin) ownChannel(r *http.Request, o agencies.Officer) (ch agencies.Channel, err error) {
	ctx := r.Context()
	id, err := channelID(r)
	if err != nil {
		return agencies.Channel{}, err
	}
	err = a.own(ctx, o, func(s Scope) (err error) {
		ch, err = agencies.OwnChannel(ctx, s.Tx, a.box, s.Agency, id)
		return err
	})
	return ch, err
}

// checkChannel asks the chat service about everything and shows what came of it.
func (a *Admin) checkChannel(r *http.Request, o agencies.Officer) (reply, error) {
	ch, err := a.ownChannel(r, o)
	if err != nil {
		return nil, err
	}
	return a.checked(r, o, ch, "")
}

// setWebhook lets the chat service deliver to us, and looks at everything again.
func (a *Admin) setWebhook(r *http.Request, o agencies.Officer) (reply, error) {
	ctx := r.Context()
	ch, err := a.ownChannel(r, o)
	if err != nil {
		return nil, err
	}
	if err := a.messenger.SetWebhook(ctx, ch, a.webhook()); err != nil {
		return nil, err
	}
	err = a.own(ctx, o, func(s Scope) error {
		return a.changed(ctx, s, agencies.ChannelWebhook, agencies.ChangeDetail{Channel: ch.ID})
	})
	if err != nil {
		return nil, err
	}
	return a.checked(r, o, ch, "ตั้งค่าเว็บฮุกที่ LINE แล้ว")
}

func (a *Admin) checked(r *http.Request, o agencies.Officer, ch agencies.Channel, done string) (reply, error) {
	ctx := r.Context()
	checks := a.messenger.Examine(ctx, ch, a.webhook())
	// What the account is called is LINE's to say.
	profile, err := a.messenger.Identify(ctx, ch)
	known := err == nil && profile.Destination == ch.Destination
	var p channelPage
	err = a.own(ctx, o, func(s Scope) (err error) {
		if known && (profile.Name != ch.Name || profile.BasicID != ch.BasicID) {
			ch.Name, ch.BasicID = profile.Name, profile.BasicID
			if err := agencies.NameChannel(ctx, s.Tx, ch.ID, ch.Name, ch.BasicID); err != nil {
				return err
			}
			if err := a.changed(ctx, s, agencies.ChannelRenamed, agencies.ChangeDetail{Channel: ch.ID}); err != nil {
				return err
			}
		}
		p, err = a.channelPage(ctx, s, ch)
		return err
	})
	if err != nil {
		return nil, err
	}
	p.Checked, p.Done = true, done
	for _, c := range checks {
		p.Checks = append(p.Checks, checkLine{Check: c, Chip: checkChips[c.State]})
		p.Mend = p.Mend || c.Key == agencies.CheckWebhook && c.State == agencies.CheckFault
	}
	return page{view: "channel", data: p}, nil
}

// change runs a change of the channel in the path and leads back to it.
func (a *Admin) changeChannel(r *http.Request, s Scope, done string, kind agencies.ChangeKind, detail agencies.ChangeDetail, change func(ctx context.Context, ch agencies.Channel) error) (reply, error) {
	id, err := channelID(r)
	if err != nil {
		return nil, err
	}
	ch, err := agencies.OwnChannel(r.Context(), s.Tx, a.box, s.Agency, id)
	if err != nil {
		return nil, err
	}
	if err := change(r.Context(), ch); err != nil {
		return nil, err
	}
	detail.Channel = id
	if err := a.changed(r.Context(), s, kind, detail); err != nil {
		return nil, err
	}
	return redirect(link(channelPath(id), url.Values{"done": {done}})), nil
}

func (a *Admin) announceChannel(r *http.Request, s Scope) (reply, error) {
	ref := tidy(r.PostForm.Get("ref"))
	on, err := time.ParseInLocation(time.DateOnly, r.PostForm.Get("on"), thai.Bangkok())
	if err != nil || ref == "" {
		return nil, fault.New(fault.Invalid, "กรุณากรอกทั้งวันที่ประกาศ และเลขที่ประกาศหรือที่อยู่เว็บไซต์ที่ประกาศ")
	}
	if on.After(a.now()) {
		return nil, fault.New(fault.Invalid, "วันที่ประกาศต้องไม่เป็นวันในอนาคต กรุณาบันทึกเมื่อประกาศแล้ว")
	}
	return a.changeChannel(r, s, "announced", agencies.ChannelAnnounced, agencies.ChangeDetail{Ref: ref}, func(ctx context.Context, ch agencies.Channel) error {
		return agencies.AnnounceChannel(ctx, s.Tx, ch.ID, on, ref)
	})
}

func (a *Admin) unannounceChannel(r *http.Request, s Scope) (reply, error) {
	return a.changeChannel(r, s, "unannounced", agencies.ChannelUnannounced, agencies.ChangeDetail{}, func(ctx context.Context, ch agencies.Channel) error {
		return agencies.WithdrawAnnouncement(ctx, s.Tx, ch.ID)
	})
}

func (a *Admin) pauseChannel(r *http.Request, s Scope) (reply, error) {
	return a.changeChannel(r, s, "paused", agencies.ChannelPaused, agencies.ChangeDetail{}, func(ctx context.Context, ch agencies.Channel) error {
		return agencies.PauseChannel(ctx, s.Tx, ch.ID, a.now())
	})
}

func (a *Admin) resumeChannel(r *http.Request, s Scope) (reply, error) {
	return a.changeChannel(r, s, "resumed", agencies.ChannelResumed, agencies.ChangeDetail{}, func(ctx context.Context, ch agencies.Channel) error {
		if err := agencies.PauseChannel(ctx, s.Tx, ch.ID, time.Time{}); err != nil {
			return err
		}
		// What the menu shows may have changed meanwhile.
		if _, err := a.jobs.InsertTx(ctx, s.Tx, agencies.MenusArgs{Channel: ch.ID}, nil); err != nil {
			return fmt.Errorf("ask for the menus of channel %d: %w", ch.ID, err)
		}
		return nil
	})
}

func (a *Admin) removeChannel(r *http.Request, s Scope) (reply, error) {
	if r.PostForm.Get("sure") == "" {
		return nil, fault.New(fault.Invalid, "กรุณาทำเครื่องหมายยืนยันว่าเข้าใจผลของการนำช่องทางออก")
	}
	ctx := r.Context()
	id, err := channelID(r)
	if err != nil {
		return nil, err
	}
	ch, err := agencies.SeeChannel(ctx, s.Tx, a.box, s.Agency, id) // one that is shut can be removed too
	if err != nil {
		return nil, err
	}
	if err := agencies.RemoveChannel(ctx, s.Tx, ch.ID, a.now()); err != nil {
		return nil, err
	}
	if err := a.changed(ctx, s, agencies.ChannelRemoved, agencies.ChangeDetail{Channel: ch.ID}); err != nil {
		return nil, err
	}
	return redirect(link("/channels", url.Values{"done": {"channel-removed"}})), nil
}
