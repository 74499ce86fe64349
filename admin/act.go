package admin

import (
	"context"
	"crypto/rand"
	"fmt"
	"net/http"
	"regexp"
	"strings"
	"time"

	"saphan/agencies"
	"saphan/internal/fault"
	"saphan/internal/words"
	"saphan/tickets"
)

// doneWords tell what was done a moment ago, by the word in the address.
var doneWords = map[string]string{
	"merged":        "รวมเป็นเรื่องเดียวกันแล้ว ระบบกำลังแจ้งผู้แจ้ง ทุกคนได้รับผลพร้อมกัน",
	"unmerged":      "แยกเรื่องแล้ว ระบบกำลังแจ้งผู้แจ้ง",
	"taken":         "รับเรื่องแล้ว เรื่องนี้อยู่ในความรับผิดชอบของท่าน",
	"urgent":        "กำหนดเป็นเรื่องด่วนแล้ว เรื่องนี้อยู่บนสุดของทุกรายการ และระบบแจ้งประชาชนแล้ว",
	"not-urgent":    "ยกเลิกเรื่องด่วนแล้ว เรื่องนี้เรียงตามกำหนดเวลา",
	"released":      "คืนเรื่องเข้าคิวแล้ว",
	"moved":         "ย้ายคิวแล้ว",
	"moved-back":    "ส่งกลับคิวเดิมแล้ว",
	"transferred":   "ส่งต่อหน่วยงานแล้ว ระบบกำลังแจ้งประชาชน ถ้าไม่มีผู้รับภายในกำหนด เรื่องจะกลับมาเอง",
	"taken-over":    "รับเรื่องไว้ในหน่วยงานแล้ว ระบบกำลังแจ้งประชาชน",
	"bounced":       "ส่งเรื่องกลับหน่วยงานต้นทางแล้ว",
	"referred":      "ปิดเรื่องแล้ว ระบบกำลังแจ้งประชาชนว่าหน่วยงานใดรับผิดชอบ",
	"replied":       "บันทึกข้อความแล้ว ระบบกำลังส่งถึงประชาชน",
	"again":         "ส่งอีกครั้งแล้ว ระบบกำลังส่งถึงประชาชน",
	"noted":         "บันทึกภายในแล้ว ประชาชนไม่เห็นข้อความนี้",
	"complete":      "บันทึกแล้วว่าเอกสารครบถ้วน",
	"extended":      "ขยายเวลาพิจารณาแล้ว ระบบกำลังแจ้งเหตุผลแก่ประชาชน",
	"late-sent":     "ออกหนังสือแจ้งเหตุแห่งความล่าช้าแล้ว ระบบกำลังส่งถึงประชาชน และเก็บสำเนาในทะเบียน",
	"asked":         "ขอเอกสารเพิ่มแล้ว ระบบกำลังแจ้งประชาชน",
	"unreadable":    "ขอรายการนี้ใหม่แล้ว ระบบกำลังแจ้งประชาชน",
	"lengthened":    "ขยายเวลาส่งเอกสารแล้ว ระบบกำลังแจ้งประชาชน",
	"returned":      "คืนคำขอแล้ว ระบบกำลังแจ้งเหตุผล วิธีแก้ไข และสิทธิอุทธรณ์ให้ประชาชน",
	"approved":      "บันทึกผลแล้ว ระบบกำลังแจ้งประชาชน",
	"fee-taken":     "ออกใบเสร็จแล้ว ระบบกำลังส่งให้ประชาชนและดำเนินการต่อ",
	"fee-refused":   "แจ้งประชาชนให้ส่งสลิปใหม่แล้ว",
	"fee-waived":    "ยกเว้นค่าธรรมเนียมแล้ว ระบบกำลังแจ้งประชาชนและดำเนินการต่อ",
	"fee-extended":  "ขยายเวลาชำระแล้ว ระบบกำลังแจ้งประชาชน",
	"fee-amended":   "แก้จำนวนเงินแล้ว ระบบกำลังแจ้งประชาชน",
	"fee-cancelled": "ยกเลิกใบเสร็จแล้ว ใบเดิมยังอยู่ในทะเบียน",

	"checked":        "บันทึกรายการตรวจแล้ว",
	"unchecked":      "ยกเลิกรายการตรวจแล้ว",
	"identified":     "บันทึกการตรวจหลักฐานตัวตนแล้ว ประชาชนเห็นรายการนี้ในหน้าของตน",
	"identity-ended": "ยกเลิกการตรวจหลักฐานตัวตนแล้ว ประชาชนเห็นเหตุในหน้าของตน",

	"evidence":   "กำลังจัดทำชุดพยานหลักฐาน เปิดดูได้ที่ปุ่มชุดพยานหลักฐานในอีกสักครู่",
	"opined":     "ลงนามความเห็นแล้ว ผู้พิจารณาลำดับถัดไปเห็นแล้ว",
	"sent-back":  "ส่งกลับให้ทบทวนแล้ว ความเห็นเดิมยังอยู่ในประวัติ",
	"taken-back": "ถอนผลเดิมแล้ว",
	"tied":       "ผูกอุทธรณ์กับเรื่องเดิมแล้ว",
	"changed":    "บันทึกแล้ว ผลเดิมไม่ใช้แล้ว และยังอยู่ในประวัติ",
	"halted":     "หยุดขั้นตอนอัตโนมัติแล้ว เรื่องนี้รอให้เจ้าหน้าที่ดำเนินการเอง",
	"resumed":    "ให้ขั้นตอนอัตโนมัติทำงานต่อแล้ว ระบบเริ่มนับเวลารอใหม่",

	"consulted":     "ขอความเห็นแล้ว ระบบกำลังส่งถึงหน่วยงานนั้น เรื่องยังอยู่กับท่านและเวลานับต่อ",
	"consult-ended": "ถอนคำถามแล้ว หน่วยงานนั้นไม่ต้องตอบ",

	"refused": "บันทึกผลแล้ว ระบบกำลังแจ้งเหตุผลและสิทธิอุทธรณ์ให้ประชาชน",
}

// act runs a change of the ticket in the path once for each form that was shown, and leads back
// to the ticket.
func (a *Admin) act(r *http.Request, s Scope, done string, change func(ctx context.Context, id tickets.TicketID) error) (reply, error) {
	id, err := ticketID(r)
	if err != nil {
		return nil, err
	}
	if _, err := tickets.Find(r.Context(), s.Tx, id); err != nil { // before anything is said of what was typed
		return nil, err
	}
	first, err := a.once(r.Context(), s, r.PostForm.Get("key"), done)
	if err != nil {
		return nil, err
	}
	if first {
		if err := change(r.Context(), id); err != nil {
			return nil, err
		}
	}
	q := viewOf(r.URL.Query()).query()
	q.Set("done", done)
	return redirect(link(ticketPath(id), q)), nil
}

// formKey is what rand.Text gives.
var formKey = regexp.MustCompile(`^[A-Z2-7]{26}$`)

// keyLife is how long a form key is kept.
const keyLife = 24 * time.Hour

// once says whether a form is sent for the first time. A second click waits for the first one's
// transaction: if that failed, it is the first after all. The forms of one page share a key, and a
// page that is renewed in part keeps that of the answer being typed: so each act counts by itself.
func (a *Admin) once(ctx context.Context, s Scope, key, act string) (bool, error) {
	if !formKey.MatchString(key) {
		return false, fault.New(fault.Invalid, "แบบฟอร์มนี้ไม่สมบูรณ์ กรุณาโหลดหน้าใหม่แล้วลองอีกครั้ง")
	}
	now := a.now()
	tag, err := s.Tx.Exec(ctx, `INSERT INTO form_keys (key, agency_id, at) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING`, key+" "+act, s.Agency, now)
	if err != nil {
		return false, fmt.Errorf("note form key: %w", err)
	}
	_, err = s.Tx.Exec(ctx, `DELETE FROM form_keys WHERE key IN
		(SELECT key FROM form_keys WHERE at < $1 LIMIT 100 FOR UPDATE SKIP LOCKED)`, now.Add(-keyLife))
	if err != nil {
		return false, fmt.Errorf("sweep form keys: %w", err)
	}
	return tag.RowsAffected() == 1, nil
}

// seen marks the citizen's words as read. It is no form: the page says so by itself.
func (a *Admin) seen(r *http.Request, s Scope) (reply, error) {
	id, err := ticketID(r)
	if err != nil {
		return nil, err
	}
	if _, err := tickets.Find(r.Context(), s.Tx, id); err != nil {
		return nil, err
	}
	return nothing{event: "seen"}, tickets.Seen(r.Context(), s.Tx, id)
}

func (a *Admin) take(r *http.Request, s Scope) (reply, error) {
	return a.act(r, s, "taken", func(ctx context.Context, id tickets.TicketID) error {
		return a.desk.Take(ctx, s.Tx, s.Actor(), id)
	})
}

func (a *Admin) release(r *http.Request, s Scope) (reply, error) {
	return a.act(r, s, "released", func(ctx context.Context, id tickets.TicketID) error {
		return a.desk.Release(ctx, s.Tx, s.Actor(), id)
	})
}

func (a *Admin) reply(r *http.Request, s Scope) (reply, error) {
	return a.act(r, s, "replied", func(ctx context.Context, id tickets.TicketID) error {
		say := a.desk.Reply
		if r.PostForm.Get("all") != "" {
			say = a.desk.ReplyToAll
		}
		return say(ctx, s.Tx, s.Actor(), id, r.PostForm.Get("key"), unixLines(r.PostForm.Get("text")))
	})
}

// unixLines undoes what forms do to the ends of lines.
func unixLines(s string) string { return strings.ReplaceAll(s, "\r\n", "\n") }

// sheet is a page with one form about a ticket; with JavaScript it opens as a dialog.
type sheet struct {
	chrome
	Ticket tickets.Ticket
	Action string // address that the form is sent to
	Back   string
	Key    string
	Alone  bool               // it is a page of its own: there is no case beside it to renew
	Signs  *tickets.Signature // in what capacity the officer signs; nil: nothing is signed
}

// sheetFor begins a sheet for the ticket in the path; a closed ticket has none but for notes, its
// fee, who its citizen is and a decision that may be taken back or changed.
func (a *Admin) sheetFor(r *http.Request, s Scope, name, title string) (sheet, error) {
	id, err := ticketID(r)
	if err != nil {
		return sheet{}, err
	}
	t, err := tickets.Find(r.Context(), s.Tx, id)
	if err != nil {
		return sheet{}, err
	}
	if t.Status.Closed() && name != "note" && name != "fee" && name != "identity" && name != "evidence" && name != "take-back" && name != "halt" && name != "change" && name != "opine" && name != "send-back" {
		return sheet{}, fault.Newf(fault.Conflict, "เรื่อง {number} ปิดแล้ว ({status}) จึงแก้ไขต่อไม่ได้ หากมีข้อมูลเพิ่มให้เขียนบันทึกภายใน", "number", t.Number, "status", words.Text{TH: t.Status.Thai()})
	}
	if name != "fee" { // whoever takes money needs nothing else of the case
		if err := a.opened(r.Context(), s, t); err != nil {
			return sheet{}, err
		}
	}
	c, err := chromeOf(r.Context(), s, title)
	if err != nil {
		return sheet{}, err
	}
	v := viewOf(r.URL.Query())
	return sheet{chrome: c, Ticket: t, Action: link(ticketPath(id)+"/"+name, v.query()), Back: ticketLink(id, v), Key: rand.Text(), Alone: !partial(r)}, nil
}

func (a *Admin) showNote(r *http.Request, s Scope) (reply, error) {
	sh, err := a.sheetFor(r, s, "note", "บันทึกภายใน")
	if err != nil {
		return nil, err
	}
	return page{view: "note", part: "sheet", data: sh}, nil
}

func (a *Admin) note(r *http.Request, s Scope) (reply, error) {
	return a.act(r, s, "noted", func(ctx context.Context, id tickets.TicketID) error {
		return a.desk.Note(ctx, s.Tx, s.Actor(), id, unixLines(r.PostForm.Get("text")))
	})
}

// moveSheet asks which queue a ticket belongs to.
type moveSheet struct {
	sheet
	Queues []agencies.Queue
	Theirs bool // a colleague took it: moving it needs a reason
}

func (a *Admin) showMove(r *http.Request, s Scope) (reply, error) {
	sh, err := a.sheetFor(r, s, "move", "ย้ายคิวงาน")
	if err != nil {
		return nil, err
	}
	queues, err := agencies.Queues(r.Context(), s.Tx, s.Agency)
	if err != nil {
		return nil, err
	}
	return page{view: "move", part: "sheet", data: moveSheet{sheet: sh, Queues: queues, Theirs: sh.Ticket.OfficerID != nil && *sh.Ticket.OfficerID != s.Officer.ID}}, nil
}

func (a *Admin) move(r *http.Request, s Scope) (reply, error) {
	return a.act(r, s, "moved", func(ctx context.Context, id tickets.TicketID) error {
		return a.desk.Move(ctx, s.Tx, s.Actor(), id, agencies.QueueID(number(r.PostForm.Get("queue"), 1<<53)), unixLines(r.PostForm.Get("why")))
	})
}
