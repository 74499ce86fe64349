package line

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/line/line-bot-sdk-go/v8/linebot/messaging_api"
	"golang.org/x/sync/errgroup"

	"saphan/agencies"
	"saphan/internal/fault"
)

// checkTime is how long looking at an account may take; somebody is waiting before a screen.
const checkTime = 15 * time.Second

// Identify asks LINE which account the channel's ID and secret or token belong to. A fault says what
// to correct.
func (c *Channel) Identify(ctx context.Context, account agencies.Channel) (agencies.Profile, error) {
	ctx, cancel := context.WithTimeout(ctx, checkTime)
	defer cancel()
	api, err := c.client(ctx, account)
	if err != nil {
		return agencies.Profile{}, err
	}
	resp, info, err := api.GetBotInfoWithHttpInfo() //nolint:bodyclose // the SDK has read it
	if err := c.toCorrect(resp, err); err != nil {
		return agencies.Profile{}, err
	}
	return agencies.Profile{
		Destination: info.UserId, BasicID: info.BasicId, Name: info.DisplayName, Picture: info.PictureUrl,
		ChatOn:       info.ChatMode == messaging_api.BotInfoResponseCHAT_MODE_CHAT,
		ReadManually: info.MarkAsReadMode == messaging_api.BotInfoResponseMARK_AS_READ_MODE_MANUAL,
	}, nil
}

// SetWebhook tells LINE to deliver the account's events to an address.
func (c *Channel) SetWebhook(ctx context.Context, account agencies.Channel, address string) error {
	ctx, cancel := context.WithTimeout(ctx, checkTime)
	defer cancel()
	api, err := c.client(ctx, account)
	if err != nil {
		return err
	}
	resp, _, err := api.SetWebhookEndpointWithHttpInfo(&messaging_api.SetWebhookEndpointRequest{Endpoint: address}) //nolint:bodyclose // the SDK has read it
	if resp != nil && resp.StatusCode == http.StatusBadRequest {
		return fault.Newf(fault.Invalid, "LINE ไม่รับที่อยู่เว็บฮุก {address} ที่อยู่ต้องขึ้นต้นด้วย https และเปิดได้จากอินเทอร์เน็ต กรุณาให้ผู้ดูแลระบบตรวจ BASE_URL", "address", address)
	}
	return c.toCorrect(resp, err)
}

// Examine looks at everything that must be right for the account to work, line by line: the token,
// whose account it is, the webhook, a delivery to ourselves and the month's messages.
func (c *Channel) Examine(ctx context.Context, account agencies.Channel, webhook string) []agencies.Check {
	ctx, cancel := context.WithTimeout(ctx, checkTime)
	defer cancel()
	profile, err := c.Identify(ctx, account)
	token := agencies.Check{Key: "token", What: "โทเคนสำหรับเรียก LINE", State: agencies.CheckWell, Found: tokenWords(account.TokenKind)}
	identity := agencies.Check{Key: "account", What: "บัญชีทางการ"}
	if err != nil {
		token.State, token.Found, token.Remedy = agencies.CheckFault, "ใช้ไม่ได้", fault.MessageOf(err)
		identity.State, identity.Found = agencies.CheckSkipped, "ตรวจไม่ได้เพราะไม่มีโทเคนที่ใช้ได้"
		return []agencies.Check{token, identity}
	}
	checks := []agencies.Check{token, identityCheck(account, profile), modeCheck(profile), {}, {}, {}}
	var g errgroup.Group
	g.Go(func() error { checks[3] = c.webhookCheck(ctx, account, webhook); return nil })
	g.Go(func() error { checks[4] = c.deliveryCheck(ctx, account, webhook); return nil })
	g.Go(func() error { checks[5] = c.quotaCheck(ctx, account); return nil })
	_ = g.Wait() // each check tells its own trouble
	return checks
}

func tokenWords(kind agencies.TokenKind) string {
	switch kind {
	case agencies.StatelessToken:
		return "ใช้ได้ (แบบ stateless ระบบขอใหม่เองทุก 12 นาที)"
	case agencies.SharedToken:
		return "ใช้ได้ (แบบ v2.1 ระบบขอใหม่เองก่อนครบ 30 วัน)"
	default:
		return "ใช้ได้ (แบบคงที่ ต้องเปลี่ยนเองเมื่อออกใหม่ใน console)"
	}
}

func identityCheck(account agencies.Channel, p agencies.Profile) agencies.Check {
	c := agencies.Check{Key: "account", What: "บัญชีทางการ", State: agencies.CheckWell, Found: strings.TrimSpace(p.Name + " " + p.BasicID)}
	if p.Destination != account.Destination {
		c.State = agencies.CheckFault
		c.Found = fmt.Sprintf("โทเคนเป็นของบัญชีอื่น (%s)", strings.TrimSpace(p.Name+" "+p.BasicID))
		c.Remedy = "ใส่ Channel ID, secret หรือโทเคนของบัญชีนี้ให้ถูกต้อง หรือเพิ่มบัญชีนั้นเป็นช่องทางใหม่"
	}
	return c
}

func modeCheck(p agencies.Profile) agencies.Check {
	c := agencies.Check{Key: "mode", What: "โหมดการตอบ", State: agencies.CheckWell, Found: "บอตตอบ (แชตด้วยมือปิดอยู่)"}
	if p.ChatOn {
		c.State, c.Found = agencies.CheckWarning, "เปิดแชตด้วยมือใน LINE Official Account Manager อยู่"
		c.Remedy = "ข้อความที่ตอบจากที่นั่นจะไม่อยู่ในระบบนี้ แนะนำให้ปิด: LINE Official Account Manager > ตั้งค่า > ตั้งค่าการตอบกลับ > ปิด แชท"
	}
	return c
}

func (c *Channel) webhookCheck(ctx context.Context, account agencies.Channel, want string) agencies.Check {
	check := agencies.Check{Key: agencies.CheckWebhook, What: "ที่อยู่เว็บฮุก", State: agencies.CheckFault}
	api, err := c.client(ctx, account)
	if err != nil {
		check.Found, check.Remedy = "ตรวจไม่ได้", fault.MessageOf(err)
		return check
	}
	resp, endpoint, err := api.GetWebhookEndpointWithHttpInfo() //nolint:bodyclose // the SDK has read it
	if resp != nil && resp.StatusCode == http.StatusNotFound {
		check.Found, check.Remedy = "ยังไม่ได้ตั้งค่า", "กดปุ่มตั้งค่าเว็บฮุกด้านล่าง ที่อยู่ที่ถูกต้องคือ "+want
		return check
	}
	if err := c.toCorrect(resp, err); err != nil {
		check.Found, check.Remedy = "ตรวจไม่ได้", fault.MessageOf(err)
		return check
	}
	switch {
	case endpoint.Endpoint != want:
		check.Found = "LINE ส่งไปที่ " + endpoint.Endpoint
		check.Remedy = "กดปุ่มตั้งค่าเว็บฮุกด้านล่าง ที่อยู่ที่ถูกต้องคือ " + want
	case !endpoint.Active:
		check.Found = "ที่อยู่ถูกต้อง แต่ปิดใช้งานอยู่"
		check.Remedy = "เปิด Use webhook ใน LINE Developers Console แท็บ Messaging API (LINE ไม่ให้เปิดจากโปรแกรม)"
	default:
		check.State, check.Found = agencies.CheckWell, endpoint.Endpoint
	}
	return check
}

// reasons are LINE's words for a test delivery that failed, with what to do.
var reasons = map[string]string{
	"COULD_NOT_CONNECT": "LINE ต่อมาที่ระบบไม่ได้ ตรวจ DNS ไฟร์วอลล์ พอร์ต 443 และใบรับรอง TLS ของ BASE_URL",
	"REQUEST_TIMEOUT":   "ระบบตอบช้ากว่า 2 วินาที ตรวจภาระของเครื่องและฐานข้อมูล",
	"ERROR_STATUS_CODE": "ระบบตอบปฏิเสธ โดยมากเพราะ Channel secret ที่บันทึกไว้ไม่ตรงกับใน console ให้เปลี่ยนรหัสลับในหน้านี้",
	"UNCLASSIFIED":      "LINE ไม่บอกสาเหตุ ลองใหม่อีกครั้ง",
}

// deliveryCheck lets LINE deliver to the address that we want, signed as ever: it arrives only when
// address, certificate and secret are right.
func (c *Channel) deliveryCheck(ctx context.Context, account agencies.Channel, want string) agencies.Check {
	check := agencies.Check{Key: "delivery", What: "ทดลองส่งเว็บฮุก", State: agencies.CheckFault}
	api, err := c.client(ctx, account)
	if err != nil {
		check.Found, check.Remedy = "ตรวจไม่ได้", fault.MessageOf(err)
		return check
	}
	resp, result, err := api.TestWebhookEndpointWithHttpInfo(&messaging_api.TestWebhookEndpointRequest{Endpoint: want}) //nolint:bodyclose // the SDK has read it
	if resp != nil && resp.StatusCode == http.StatusTooManyRequests {                                                   // 60 an hour
		check.State, check.Found, check.Remedy = agencies.CheckSkipped, "ทดลองบ่อยเกินไป LINE ให้ทดลองได้ชั่วโมงละ 60 ครั้ง", "รอสักครู่แล้วตรวจใหม่"
		return check
	}
	if err := c.toCorrect(resp, err); err != nil {
		check.Found, check.Remedy = "ตรวจไม่ได้", fault.MessageOf(err)
		return check
	}
	if result.Success {
		check.State, check.Found = agencies.CheckWell, "ถึงระบบและลายเซ็นถูกต้อง"
		return check
	}
	check.Found = fmt.Sprintf("ไม่สำเร็จ (%s, สถานะ %d)", result.Reason, result.StatusCode)
	check.Remedy = reasons[result.Reason]
	if check.Remedy == "" {
		check.Remedy = reasons["UNCLASSIFIED"]
	}
	return check
}

// quotaAlarm is the part of the month's messages at which somebody should know.
const quotaAlarm = 0.8

func (c *Channel) quotaCheck(ctx context.Context, account agencies.Channel) agencies.Check {
	check := agencies.Check{Key: "quota", What: "ข้อความเดือนนี้", State: agencies.CheckFault}
	u, resp, err := c.usage(ctx, account) //nolint:bodyclose // the SDK has read it
	if err := c.toCorrect(resp, err); err != nil {
		check.Found, check.Remedy = "ตรวจไม่ได้", fault.MessageOf(err)
		return check
	}
	check.State = agencies.CheckWell
	if u.Most == nil {
		check.Found = fmt.Sprintf("ส่งแบบพุชไปแล้ว %d ข้อความ แผนนี้ไม่จำกัด", u.Used)
		return check
	}
	check.Found = fmt.Sprintf("ส่งแบบพุชไปแล้ว %d จาก %d ข้อความ", u.Used, *u.Most)
	if float64(u.Used) >= quotaAlarm*float64(*u.Most) {
		check.State = agencies.CheckWarning
		check.Remedy = "ใกล้หมดหรือหมดแล้ว ซื้อเพิ่มหรือเปลี่ยนแผนใน LINE Official Account Manager มิฉะนั้นข้อความจะรอจนประชาชนทักมาเอง"
	}
	return check
}

// toCorrect turns what LINE answered into a fault with what to correct; nil when all is well. The SDK
// has read and closed every body by then.
func (c *Channel) toCorrect(resp *http.Response, err error) error {
	if err == nil {
		return nil
	}
	var refused *TokenError
	switch {
	case errors.As(err, &refused) && refused.Status >= http.StatusInternalServerError, resp == nil && !tokenless(err):
		return fault.Wrapf(fault.Unavailable, "ติดต่อ LINE ไม่ได้ กรุณาลองใหม่อีกครั้ง หากยังไม่ได้ให้ผู้ดูแลระบบตรวจว่าเครื่องนี้ออกอินเทอร์เน็ตถึง {address} ได้", errors.New(transportProblem(err)), "address", c.api)
	case errors.As(err, &refused) && refused.Status == http.StatusNotFound:
		return fault.Wrap(fault.Invalid, "LINE ไม่รู้จักกุญแจนี้ กรุณาตรวจ kid และลงทะเบียนกุญแจสาธารณะใน LINE Developers Console แท็บ Basic settings หัวข้อ Assertion Signing Key", refused)
	case errors.As(err, &refused):
		return fault.Wrapf(fault.Invalid, "LINE ไม่ยอมรับ Channel ID, Channel secret หรือกุญแจนี้ กรุณาคัดลอกใหม่จาก LINE Developers Console แท็บ Basic settings (LINE ตอบว่า {reason})", refused, "reason", refused.Reason)
	case resp == nil: // no token at all
		return fault.Wrap(fault.Invalid, "โทเคนของช่องทางนี้ใช้ไม่ได้แล้ว กรุณาใส่โทเคนใหม่หรือเลือกให้ระบบขอโทเคนเอง", err)
	}
	answer := errors.New(status(resp))
	switch resp.StatusCode {
	case http.StatusUnauthorized:
		return fault.Wrap(fault.Invalid, "LINE ไม่ยอมรับโทเคนนี้ กรุณาคัดลอกใหม่จาก LINE Developers Console แท็บ Messaging API หรือเลือกให้ระบบขอโทเคนเอง", answer)
	case http.StatusForbidden:
		return fault.Wrap(fault.Invalid, "LINE ไม่อนุญาตให้บัญชีนี้ทำรายการนี้ กรุณาตรวจว่าเป็นช่องทางแบบ Messaging API", answer)
	default:
		return fault.Wrap(fault.Unavailable, "LINE ตอบผิดปกติ กรุณาลองใหม่อีกครั้ง", answer)
	}
}

// tokenless says that a call was not made for want of a token.
func tokenless(err error) bool {
	_, ok := tokenProblem(err)
	return ok
}
