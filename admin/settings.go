package admin

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"saphan/agencies"
	"saphan/forms"
	"saphan/internal/chain"
	"saphan/internal/thai"
)

// doneSetting tells what was done a moment ago, by the word in the address.
var doneSetting = map[string]string{ //nolint:gosec // words about secrets, none of them
	"channel-added":    "เพิ่มช่องทางแล้ว ขั้นต่อไปให้กด “ตั้งค่าเว็บฮุก” และ “ตรวจสอบกับ LINE”",
	"channel-removed":  "นำช่องทางออกแล้ว รหัสลับและโทเคนถูกลบจากระบบ",
	"secret":           "เปลี่ยนรหัสลับแล้ว รหัสเดิมยังใช้ได้จนถึงเวลาที่เลือกไว้",
	"tokens":           "เปลี่ยนวิธีรับโทเคนแล้ว",
	"key":              "สร้างกุญแจแล้ว ลงทะเบียนกุญแจสาธารณะใน LINE Developers Console แล้วนำ kid มาใส่",
	"announced":        "บันทึกการประกาศช่องทางแล้ว",
	"unannounced":      "ถอนการประกาศแล้ว ประชาชนจะได้รับคำเตือนว่าช่องทางยังไม่ได้ประกาศ",
	"on-call":          "ใช้ตารางเวรใหม่แล้ว มีผลกับเรื่องที่กำลังเรียกอยู่ด้วย",
	"phone":            "บันทึกเบอร์แล้ว",
	"tried":            "กำลังทดลองเรียกท่าน โหลดหน้านี้ใหม่เพื่อดูผล",
	"auto-halted":      "หยุดขั้นตอนอัตโนมัติแล้ว มีผลกับเรื่องที่ดำเนินการอยู่ด้วย",
	"auto-resumed":     "ให้ขั้นตอนอัตโนมัติทำงานต่อแล้ว",
	"paused":           "พักช่องทางแล้ว ข้อความที่เข้ามาจะรออยู่จนกว่าจะเปิดใช้อีกครั้ง",
	"resumed":          "เปิดใช้ช่องทางอีกครั้งแล้ว ระบบกำลังทำข้อความที่รออยู่",
	"officer-role":     "เปลี่ยนบทบาทแล้ว มีผลทันที",
	"officer-disabled": "ปิดบัญชีแล้ว เจ้าหน้าที่ถูกออกจากระบบทุกเครื่อง",
	"officer-enabled":  "เปิดบัญชีอีกครั้งแล้ว",
	"service":          "บันทึกแล้ว มีผลในแชต คู่มือประชาชน และแบบคำขอภายใน 5 วินาที เรื่องที่รับไว้แล้วใช้ค่าเดิม",
	"service-seen":     "รับทราบแบบกลางรุ่นใหม่แล้ว",
	"rates":            "บันทึกอัตราแล้ว มีผลตามวันที่กำหนด เรื่องที่รับไว้แล้วใช้อัตราเดิม",
	"accept-days":      "เปลี่ยนกำหนดเวลารับเรื่องจากหน่วยงานอื่นแล้ว มีผลกับเรื่องที่ส่งมาจากนี้ไป",
	"hours":            "เปลี่ยนเวลาทำการแล้ว ระบบกำลังนับกำหนดของเรื่องที่ยังไม่เสร็จใหม่",
	"holiday-added":    "เพิ่มวันแล้ว ระบบกำลังนับกำหนดของเรื่องที่ยังไม่เสร็จใหม่",
	"holiday-removed":  "ยกเลิกวันหยุดแล้ว รายการเดิมยังอยู่ในประวัติ กำหนดที่แจ้งประชาชนไว้ไม่สั้นลง",
	"days-imported":    "บันทึกวันหยุดจากไฟล์แล้ว ระบบกำลังนับกำหนดของเรื่องที่ยังไม่เสร็จใหม่",
	"delegated":        "บันทึกการมอบอำนาจแล้ว มีผลกับการลงนามตั้งแต่วันที่กำหนด",
	"delegation-ended": "การมอบอำนาจสิ้นสุดแล้ว สิ่งที่ลงนามไปแล้วยังใช้ได้",
	"post":             "บันทึกตำแหน่งแล้ว ใช้กับการลงนามครั้งต่อไป",
	"api-key-revoked":  "เพิกถอนกุญแจแล้ว ระบบที่ถือกุญแจนี้เข้าไม่ได้แล้ว",
	"api-key-again":    "แบบฟอร์มนี้ส่งมาแล้วครั้งหนึ่ง กุญแจสร้างและแสดงไปแล้ว หากไม่ได้คัดลอกไว้ ให้เพิกถอนแล้วสร้างใหม่",
	"area-added":       "เพิ่มพื้นที่แล้ว เรื่องที่เข้ามาหลังจากนี้ใช้พื้นที่นี้",
	"area-ended":       "เลิกใช้พื้นที่แล้ว เรื่องที่เข้ามาด้วยพื้นที่นี้ยังแสดงแผนที่เดิม",
	"routing":          "ใช้กฎชุดใหม่แล้ว มีผลกับเรื่องที่เข้ามาหลังจากนี้",
	"share":            "เปลี่ยนวิธีแบ่งงานแล้ว มีผลกับเรื่องที่เข้าคิวหลังจากนี้",
	"skills":           "บันทึกทักษะแล้ว",
	"away":             "บันทึกช่วงที่ไม่อยู่แล้ว เมื่อเริ่มช่วงนี้ ระบบส่งเรื่องที่ถืออยู่ให้ผู้ปฏิบัติงานแทน หรือคืนเข้าคิว",
	"back":             "ยกเลิกช่วงที่ไม่อยู่แล้ว เรื่องที่ส่งต่อไปแล้วอยู่กับผู้รับเดิม",
	"account":          "บันทึกบัญชีรับเงินแล้ว รายการที่แจ้งไปแล้วยังใช้บัญชีเดิม",
}

// changeLine is one line of the history of what was set up, in words.
type changeLine struct {
	At   time.Time
	Who  string
	What string
	Href string // where it is told in full; empty: nowhere
}

// changesPage is that history.
type changesPage struct {
	chrome
	Lines []changeLine
	Whole bool // it matches its hashes
}

func (a *Admin) showChanges(r *http.Request, s Scope) (reply, error) {
	c, err := chromeOf(r.Context(), s, "ประวัติการตั้งค่า")
	if err != nil {
		return nil, err
	}
	changes, err := agencies.Changes(r.Context(), s.Tx, s.Agency)
	if err != nil && !errors.Is(err, chain.ErrTampered) {
		return nil, err
	}
	p := changesPage{chrome: c, Whole: err == nil}
	officers, err := agencies.Officers(r.Context(), s.Tx, s.Agency)
	if err != nil {
		return nil, err
	}
	channels, err := agencies.ChannelNames(r.Context(), s.Tx, s.Agency)
	if err != nil {
		return nil, err
	}
	for _, ch := range slices.Backward(changes) {
		var d agencies.ChangeDetail
		if err := json.Unmarshal(ch.Detail, &d); err != nil {
			return nil, fmt.Errorf("change %d of agency %d: %w", ch.Seq, s.Agency, err)
		}
		l := changeLine{At: ch.At, Who: changedBy(ch.Actor, officers), What: changeWords(ch.Kind, d, channels, officers)}
		if d.Service != "" {
			l.Href = Base + servicePath(forms.Key(d.Service)) + "#past-title"
			l.What += " " + a.serviceName(forms.Key(d.Service))
		}
		p.Lines = append(p.Lines, l)
	}
	return page{view: "changes", data: p}, nil
}

// serviceName is what a service is called, or its key when it is there no more.
func (a *Admin) serviceName(key forms.Key) string {
	if f, ok := a.forms.Find(key); ok {
		return "“" + f.Title.TH + "”"
	}
	return string(key)
}

func changedBy(actor string, officers map[agencies.OfficerID]agencies.Officer) string {
	if strings.HasPrefix(actor, "citizen ") {
		return "ประชาชน"
	}
	number, ok := strings.CutPrefix(actor, "officer ")
	if !ok {
		return "ผู้ดูแลระบบ"
	}
	id, err := strconv.ParseInt(number, 10, 64)
	if err != nil {
		return actor
	}
	return officers[agencies.OfficerID(id)].Name
}

var changeNames = map[agencies.ChangeKind]string{
	agencies.AgencySetUp:        "ตั้งหน่วยงานในระบบ",
	agencies.ChannelAdded:       "เพิ่มช่องทาง",
	agencies.ChannelRemoved:     "นำช่องทางออก",
	agencies.ChannelPaused:      "พักช่องทาง",
	agencies.ChannelResumed:     "เปิดใช้ช่องทางอีกครั้ง",
	agencies.ChannelRenamed:     "ปรับชื่อช่องทางตาม LINE",
	agencies.ChannelAnnounced:   "บันทึกการประกาศช่องทาง",
	agencies.ChannelUnannounced: "ถอนการประกาศช่องทาง",
	agencies.ChannelSecret:      "เปลี่ยนรหัสลับของช่องทาง",
	agencies.ChannelTokens:      "เปลี่ยนวิธีรับโทเคนของช่องทาง",
	agencies.ChannelKeyMade:     "สร้างกุญแจของช่องทาง",
	agencies.ChannelWebhook:     "ตั้งค่าเว็บฮุกของช่องทาง",
	agencies.OfficerInvited:     "เชิญเจ้าหน้าที่",
	agencies.OfficerJoined:      "เจ้าหน้าที่ตั้งรหัสผ่านและโทรศัพท์แล้ว",
	agencies.OfficerReset:       "ออกลิงก์ใหม่ให้เจ้าหน้าที่",
	agencies.OfficerDisabled:    "ปิดบัญชีเจ้าหน้าที่",
	agencies.OfficerEnabled:     "เปิดบัญชีเจ้าหน้าที่อีกครั้ง",
	agencies.OfficerPost:        "ตั้งตำแหน่งที่ใช้ลงนามของ",
	agencies.PowerGiven:         "มอบอำนาจหรือให้รักษาราชการแทนแก่",
	agencies.PowerEnded:         "ให้การมอบอำนาจสิ้นสุด",
	agencies.OfficerRole:        "เปลี่ยนบทบาทเจ้าหน้าที่",
	agencies.ServiceDecided:     "ปรับบริการ",
	agencies.ServiceSeen:        "รับทราบแบบกลางรุ่นใหม่ของบริการ",
	agencies.AccountChanged:     "เปลี่ยนบัญชีรับเงิน",
	agencies.HolidayAdded:       "เพิ่มวันหยุด",
	agencies.HolidayRemoved:     "ยกเลิกวันหยุด",
	agencies.HoursChanged:       "เปลี่ยนเวลาทำการ",
	agencies.AcceptDaysChanged:  "เปลี่ยนกำหนดเวลารับเรื่องจากหน่วยงานอื่น",
	agencies.AreaAdded:          "เพิ่มพื้นที่ที่ดูแล",
	agencies.AreaEnded:          "เลิกใช้พื้นที่",
	agencies.RoutingDecided:     "เปลี่ยนกฎส่งเรื่องเข้าคิว",
	agencies.ShareChanged:       "เปลี่ยนวิธีแบ่งงานของคิว",
	agencies.SkillsChanged:      "เปลี่ยนทักษะของ",
	agencies.OfficerAway:        "บันทึกช่วงที่ไม่อยู่ของ",
	agencies.OfficerBack:        "ยกเลิกช่วงที่ไม่อยู่ของ",
	agencies.OnCallDecided:      "เปลี่ยนตารางเวร",
	agencies.OfficerPhone:       "เปลี่ยนเบอร์โทรศัพท์เวรของ",
	agencies.APIKeyMade:         "สร้างกุญแจ API ในนามของ",
	agencies.APIKeyRevoked:      "เพิกถอนกุญแจ API ในนามของ",
	agencies.AutoHalted:         "หยุดขั้นตอนอัตโนมัติของบริการ",
	agencies.FilingRefused:      "เปิดลิงก์ยืนยันของประชาชนที่เครื่องเจ้าหน้าที่ ระบบไม่ให้ยืนยันแทน",
	agencies.MandateShown:       "ยื่นหนังสือมอบอำนาจให้ตรวจ",
	agencies.MandateRead:        "เปิดอ่านหนังสือมอบอำนาจ",
	agencies.MandateAccepted:    "รับหนังสือมอบอำนาจ",
	agencies.MandateRefused:     "ไม่รับหนังสือมอบอำนาจ",
	agencies.MandateEnded:       "ให้การมอบอำนาจสิ้นสุด ตามหนังสือมอบอำนาจ",
	agencies.ScanFirstChanged:   "เปลี่ยนวิธีแนบภาพแบบที่ลงชื่อบนกระดาษ",
	agencies.AutoResumed:        "ให้ขั้นตอนอัตโนมัติของบริการทำงานต่อ",
}

// changeWords is a change in words; one of a newer release is shown by its kind.
func changeWords(kind agencies.ChangeKind, d agencies.ChangeDetail, channels map[agencies.ChannelID]string, officers map[agencies.OfficerID]agencies.Officer) string {
	words := changeNames[kind]
	if words == "" {
		words = string(kind)
	}
	if name, ok := channels[d.Channel]; ok {
		words += " " + name
	}
	if o, ok := officers[d.Officer]; ok {
		words += " " + o.Name
	}
	if d.Role != "" {
		words += " เป็น" + d.Role.Thai()
	}
	if d.TokenKind != "" {
		words += " (โทเคนแบบ " + string(d.TokenKind) + ")"
	}
	if day, err := time.Parse(time.DateOnly, d.Day); err == nil {
		words += " " + thai.LongDate(day)
	}
	if d.Ref != "" {
		words += " (" + d.Ref + ")"
	}
	if d.Mandate != 0 {
		words += " ฉบับที่ " + strconv.FormatInt(d.Mandate, 10)
	}
	if d.Until != "" {
		words += " รหัสเดิมใช้ได้ถึง " + d.Until
	}
	return words
}
