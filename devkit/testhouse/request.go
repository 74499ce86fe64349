package testhouse

import (
	"bytes"
	"crypto/rand"
	"encoding/json"
	"image"
	"image/jpeg"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"

	"saphan/bot"
	"saphan/forms"
	"saphan/tickets"
)

// File makes a request of the first citizen's conversation and waits for its ticket and its receipt.
func (h *House) File(form forms.Key, answers ...forms.Answer) (t tickets.Ticket) {
	h.T.Helper()
	h.Talk()
	draft := rand.Text()
	h.Everywhere(func(tx pgx.Tx) error {
		var conversation, citizen int64
		err := tx.QueryRow(h.T.Context(), `SELECT c.id, i.citizen_id FROM conversations c JOIN identities i ON i.id = c.identity_id WHERE c.source = $1`, h.User).Scan(&conversation, &citizen)
		if err != nil {
			return err
		}
		newest, _ := h.Forms.Find(form)
		_, err = h.Desk.Submit(h.T.Context(), tx, tickets.Submission{
			Draft: draft, CitizenID: citizen, CitizenName: h.Name, ConversationID: conversation, AgencyID: h.Agency.ID,
			Form: form, Version: newest.Version, Answers: answers, EnteredAt: h.Now(),
		})
		return err
	})
	h.Settled()
	h.Everywhere(func(tx pgx.Tx) (err error) { t, err = tickets.FindByDraft(h.T.Context(), tx, draft); return err })
	return t
}

// Question makes a ticket of a question.
func (h *House) Question() tickets.Ticket {
	h.T.Helper()
	return h.File("question", Answer("question", "ถามหน่อย"))
}

// Answer is an answer in words.
func Answer(field, text string) forms.Answer {
	raw, err := json.Marshal(text)
	if err != nil {
		raw = nil
	}
	return forms.Answer{Field: field, Kind: forms.TextField, Label: field, Text: text, Value: raw}
}

// Picked is an answer that was chosen.
func Picked(field, value, text string) forms.Answer {
	a := Answer(field, value)
	a.Kind, a.Text = forms.ChoiceField, text
	return a
}

// Business are the answers that a permit is drawn from. Its kind of business stands in no table of fees, so that
// the permit does not wait for money.
func Business() []forms.Answer {
	return []forms.Answer{
		Picked("purpose", "new", "ขอใหม่"), Picked("activities.1.business_group", "food", "อาหาร เครื่องดื่ม"),
		Picked("activities.1.activity", "unlisted", "กิจการอื่นในกลุ่มนี้"), Answer("activities.1.activity_unlisted", "ผลิตน้ำแข็ง"), Picked("activities.1.more", forms.MoreNo, "ครบแล้ว"),
		Answer("title", "นางสาว"), Answer("name", "สมหญิง ตัวอย่างสกุล"), Answer("premises_name", "โรงน้ำแข็งตัวอย่าง"),
		Answer("premises_address", "12/3 หมู่ที่ 4 ตำบลตัวอย่าง"),
	}
}

// Photo is a JPEG that is like no other, and has that many bytes at least.
func Photo(t testing.TB, size int) []byte {
	t.Helper()
	img := image.NewRGBA(image.Rect(0, 0, 64, 48))
	_, err := rand.Read(img.Pix)
	must(t, err)
	var b bytes.Buffer
	must(t, jpeg.Encode(&b, img, nil))
	if missing := size - b.Len(); missing > 0 { // after the end of the picture readers do not look
		b.Write(make([]byte, missing))
	}
	return b.Bytes()
}

// Asks files a question as a citizen does, by the buttons, and waits for the receipt.
func (p *Person) Asks(question string) {
	p.house.T.Helper()
	p.Follow()
	p.Press(bot.StartData("question"))
	p.Say(question)
	p.Tap("ส่งคำขอ")
}

// AtThePhoto brings the conversation to the question that takes photos.
func (p *Person) AtThePhoto() {
	p.house.T.Helper()
	p.Talk()
	p.Press(bot.StartData("public-problem"))
	p.Tap("ไฟถนนดับ")
	if f := p.Field(); f != "photo" {
		p.house.T.Fatalf("the question is %q", f)
	}
}

// Field is the question that the open form is at.
func (p *Person) Field() string {
	p.house.T.Helper()
	return strings.Join(p.house.List(`SELECT coalesce(state->'draft'->>'field', '') FROM conversations WHERE source = $1`, p.User), " ")
}
