package admin

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"github.com/jackc/pgx/v5"

	"saphan/agencies"
	"saphan/internal/fault"
	"saphan/internal/thai"
)

// lineKind is the kind of channels that can be added here.
const lineKind = "line"

// channelsPage lists the channels of the agency.
type channelsPage struct {
	chrome
	Channels []channelLine
	Done     string
}

// channelLine is one channel in the list.
type channelLine struct {
	ID      agencies.ChannelID
	Name    string
	BasicID string
	Href    string
	Chips   []chip
	Quota   string // of the month; empty: not known yet
	Menu    string // how the menu under the chats stands
}

// channelPath is the address of a channel's page, below Base.
func channelPath(id agencies.ChannelID) string {
	return "/channels/" + strconv.FormatInt(int64(id), 10)
}

func (a *Admin) showChannels(r *http.Request, s Scope) (reply, error) {
	c, err := chromeOf(r.Context(), s, "ช่องทาง LINE")
	if err != nil {
		return nil, err
	}
	channels, err := agencies.ChannelsOf(r.Context(), s.Tx, a.box, s.Agency)
	if err != nil {
		return nil, err
	}
	p := channelsPage{chrome: c, Done: doneSetting[r.FormValue("done")]}
	for _, ch := range channels {
		l, err := a.channelLine(r.Context(), s.Tx, ch)
		if err != nil {
			return nil, err
		}
		p.Channels = append(p.Channels, l)
	}
	return page{view: "channels", data: p}, nil
}

func (a *Admin) channelLine(ctx context.Context, tx pgx.Tx, ch agencies.Channel) (channelLine, error) {
	l := channelLine{ID: ch.ID, Name: ch.Name, BasicID: ch.BasicID, Href: Base + channelPath(ch.ID)}
	suspended, err := agencies.SuspendedSince(ctx, tx, ch.ID)
	if err != nil {
		return channelLine{}, err
	}
	switch {
	case ch.Shut != nil:
		l.Chips = append(l.Chips, chip{Kind: "bad", Icon: "lock", Text: "เปิดรหัสลับไม่ได้"})
	case suspended != nil:
		l.Chips = append(l.Chips, chip{Kind: "bad", Icon: "circle-x", Text: "LINE ระงับบัญชีนี้"})
	case ch.PausedAt != nil:
		l.Chips = append(l.Chips, chip{Kind: "warn", Icon: "pause", Text: "พักอยู่"})
	default:
		l.Chips = append(l.Chips, chip{Kind: "ok", Icon: "circle-check", Text: "เปิดใช้"})
	}
	if ch.Announced() {
		l.Chips = append(l.Chips, chip{Icon: "megaphone", Text: "ประกาศแล้ว"})
	} else {
		l.Chips = append(l.Chips, chip{Kind: "warn", Icon: "megaphone", Text: "ยังไม่ประกาศ"})
	}
	quota, err := agencies.QuotaOf(ctx, tx, ch.ID)
	if err != nil {
		return channelLine{}, err
	}
	if quota.ReadAt != nil {
		l.Quota = quotaWords(quota)
		if quota.Short() {
			l.Chips = append(l.Chips, chip{Kind: "bad", Icon: "triangle-alert", Text: "ข้อความเดือนนี้ใกล้หมด"})
		}
	}
	menus, err := agencies.MenusOf(ctx, tx, ch.ID)
	if err != nil {
		return channelLine{}, err
	}
	l.Menu = menuWords(menus)
	return l, nil
}

// menuWords says how the menus of a channel stand; what LINE refused is in its own words.
func menuWords(m agencies.Menus) string {
	switch {
	case m.Problem != "":
		return "ยังส่งไปที่ LINE ไม่สำเร็จ ระบบจะลองใหม่เอง (" + thai.Clip(m.Problem, 160) + ")"
	case m.CheckedAt == nil:
		return "ระบบกำลังวาดและส่งไปที่ LINE"
	}
	return "ใช้งานแล้ว ตรวจล่าสุด " + thai.DateTime(*m.CheckedAt)
}

func quotaWords(q agencies.Quota) string {
	if q.Most == nil {
		return fmt.Sprintf("ส่งแบบพุชเดือนนี้ %d ข้อความ (ไม่จำกัด)", q.Used)
	}
	return fmt.Sprintf("ส่งแบบพุชเดือนนี้ %d จาก %d ข้อความ", q.Used, *q.Most)
}

// newChannelPage asks for what adding a channel needs. Secrets are never shown again, not even those
// typed a moment ago.
type newChannelPage struct {
	chrome
	LineID    string
	Provider  string
	Providers []string // names the agency has used
	Fixed     bool     // a token is pasted
	Problem   string
}

func (a *Admin) showNewChannel(r *http.Request, s Scope) (reply, error) {
	p, err := a.newChannelPage(r.Context(), s)
	return page{view: "channel-new", data: p}, err
}

func (a *Admin) newChannelPage(ctx context.Context, s Scope) (newChannelPage, error) {
	c, err := chromeOf(ctx, s, "เพิ่มช่องทาง LINE")
	if err != nil {
		return newChannelPage{}, err
	}
	p := newChannelPage{chrome: c}
	channels, err := agencies.ChannelsOf(ctx, s.Tx, a.box, s.Agency)
	if err != nil {
		return newChannelPage{}, err
	}
	known := map[string]bool{}
	for _, ch := range channels {
		if !known[ch.Provider] {
			known[ch.Provider] = true
			p.Providers = append(p.Providers, ch.Provider)
		}
	}
	return p, nil
}

// pasted is a field as somebody pasted it, often with spaces or a line's end.
func pasted(r *http.Request, name string) string { return strings.TrimSpace(r.PostForm.Get(name)) }

// tidy is a name with single spaces.
func tidy(s string) string { return strings.Join(strings.Fields(s), " ") }

// addChannel asks the chat service whose account it is before anything is stored: nobody types what
// the service knows.
func (a *Admin) addChannel(r *http.Request, o agencies.Officer) (reply, error) {
	ctx := r.Context()
	ch := agencies.Channel{
		AgencyID: o.AgencyID, Kind: lineKind, Provider: tidy(r.PostForm.Get("provider")), LineID: pasted(r, "line_id"), Secret: pasted(r, "secret"),
		TokenKind: agencies.StatelessToken,
	}
	if r.PostForm.Get("token_kind") == string(agencies.FixedToken) {
		ch.TokenKind, ch.Token = agencies.FixedToken, pasted(r, "token")
	}
	id, err := a.storeChannel(r, o, ch)
	if err == nil {
		return redirect(link(channelPath(id), url.Values{"done": {"channel-added"}})), nil
	}
	kind := fault.KindOf(err)
	if kind == fault.Internal || kind == fault.Forbidden {
		return nil, err
	}
	if kind == fault.Unavailable {
		a.log.WarnContext(ctx, "a channel could not be looked up", "err", err)
	}
	var p newChannelPage
	message := fault.MessageOf(err)
	err = a.own(ctx, o, func(s Scope) (err error) {
		p, err = a.newChannelPage(ctx, s)
		return err
	})
	p.LineID, p.Provider, p.Fixed, p.Problem = ch.LineID, ch.Provider, ch.TokenKind == agencies.FixedToken, message
	return page{view: "channel-new", status: kind.Status(), data: p}, err
}

func (a *Admin) storeChannel(r *http.Request, o agencies.Officer, ch agencies.Channel) (agencies.ChannelID, error) {
	ctx := r.Context()
	if err := pastedRight(ch); err != nil {
		return 0, err
	}
	profile, err := a.messenger.Identify(ctx, ch)
	if err != nil {
		return 0, err
	}
	ch.Destination, ch.Name, ch.BasicID = profile.Destination, profile.Name, profile.BasicID
	var id agencies.ChannelID
	err = a.own(ctx, o, func(s Scope) (err error) {
		if id, err = agencies.CreateChannel(ctx, s.Tx, a.box, ch); err != nil {
			return err
		}
		if _, err := a.jobs.InsertTx(ctx, s.Tx, agencies.MenusArgs{Channel: id}, nil); err != nil {
			return fmt.Errorf("ask for the menus of channel %d: %w", id, err)
		}
		return a.changed(ctx, s, agencies.ChannelAdded, agencies.ChangeDetail{Channel: id, TokenKind: ch.TokenKind})
	})
	return id, err
}

// pastedRight looks for what people paste wrong, before the chat service is asked.
func pastedRight(ch agencies.Channel) error {
	switch {
	case ch.Provider == "":
		return fault.New(fault.Invalid, "ยังไม่ได้ระบุ Provider กรุณาดูชื่อที่หัวหน้าช่องทางใน LINE Developers Console")
	case ch.LineID == "" || strings.Trim(ch.LineID, "0123456789") != "":
		return fault.New(fault.Invalid, "Channel ID ต้องเป็นตัวเลขล้วน กรุณาคัดลอกจากแท็บ Basic settings")
	case ch.Secret == "":
		return fault.New(fault.Invalid, "ยังไม่ได้ใส่ Channel secret กรุณาคัดลอกจากแท็บ Basic settings")
	case ch.TokenKind == agencies.FixedToken && ch.Token == "":
		return fault.New(fault.Invalid, "ยังไม่ได้ใส่ Channel access token กรุณากด Issue แล้วคัดลอกจากแท็บ Messaging API หรือเลือกให้ระบบขอโทเคนเอง")
	}
	return nil
}

// changed adds a line to the history of what the agency has set up.
func (a *Admin) changed(ctx context.Context, s Scope, kind agencies.ChangeKind, detail agencies.ChangeDetail) error {
	return agencies.NoteChange(ctx, s.Tx, s.Agency, s.Officer.ID, a.now(), kind, detail)
}
