package jobs

import (
	"bytes"
	"crypto/rand"
	"slices"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"

	"saphan/agencies"
	"saphan/bot"
	"saphan/citizens"
	"saphan/devkit/testhouse"
	"saphan/files"
	"saphan/forms"
	"saphan/tickets"
)

// allowance is what somebody who confirms the right to the old-age allowance answers.
var allowance = map[string]forms.Input{
	"purpose": {Choice: "confirm"}, "filed_by": {Choice: "self"}, "title": {Choice: "mrs"}, "name": {Text: "สมหญิง ตัวอย่างสกุล"},
	"national_id": {Text: "1-2345-45678-78-1"}, "birth_date": {Text: "5 มีนาคม 2500"}, "phone": {Text: "081 234 5678"},
	"home_address": {Text: "12/3 หมู่ที่ 4 ตำบลตัวอย่าง อำเภอเมือง จังหวัดตัวอย่าง 10000"}, "relative": {Text: "0898765432"}, "house_code": {Text: "10200300401"},
	"other_benefits": {Choice: "none"}, "pay_by": {Choice: "bank"}, "account_of": {Choice: "own"}, "bank": {Choice: "baac"}, "bank_account": {Text: "123-4-56789-0"},
}

// filesAllowance files the first request, with the bankbook.
func (h *house) filesAllowance() files.AttachmentID {
	h.T.Helper()
	ctx := h.T.Context()
	h.Talk()
	form, ok := h.Forms.Find("elderly-allowance")
	if !ok {
		h.T.Fatal("there is no such service")
	}
	object, err := h.Files.Put(ctx, bytes.NewReader(testhouse.Photo(h.T, 0)), files.Limits{})
	must(h.T, err)
	var book files.AttachmentID
	h.Everywhere(func(tx pgx.Tx) error {
		if book, err = files.Insert(ctx, tx, files.Attachment{Object: object, Name: "สมุดบัญชี.jpg", Source: "line:1:book"}); err != nil {
			return err
		}
		inputs := map[string]forms.Input{"bankbook": {Files: []forms.File{{ID: int64(book), Name: "สมุดบัญชี.jpg", Type: object.MediaType, Size: object.Size}}}}
		var answers []forms.Answer
		for {
			open := form.On(h.Now()).Open(answers)
			i := slices.IndexFunc(open, func(fl forms.Field) bool { _, ok := forms.Find(answers, fl.Key); return !ok && !fl.Optional })
			if i < 0 {
				break
			}
			in, ok := allowance[open[i].Key]
			if !ok {
				in = inputs[open[i].Key]
			}
			in.Now = h.Now()
			a, err := open[i].Check(in)
			if err != nil {
				h.T.Fatalf("%s: %v", open[i].Key, err)
			}
			answers = append(answers, a)
		}
		_, err := h.Desk.Submit(ctx, tx, tickets.Submission{
			Draft: rand.Text(), CitizenID: int64(h.citizenOf(h.Person)), ConversationID: int64(h.Conversation()), AgencyID: h.Agency.ID, Form: form.Key, Version: form.Version,
			Answers: answers, EnteredAt: h.Now(),
		})
		return err
	})
	h.Settled()
	return book
}

func (h *house) citizenOf(p *testhouse.Person) citizens.CitizenID {
	h.T.Helper()
	return citizens.CitizenID(h.Count(`SELECT i.citizen_id FROM identities i WHERE i.external_id = $1`, p.User))
}

// answersRest answers what is still asked until the form can be sent, and returns what was asked.
func (h *house) answersRest(p *testhouse.Person) (asked []string) {
	h.T.Helper()
	for range 40 {
		field := p.Field()
		if field == "" {
			return asked
		}
		asked = append(asked, field)
		in, ok := allowance[field]
		switch {
		case !ok:
			h.T.Fatalf("%q is asked after %q", field, asked)
		case in.Choice != "":
			form, _ := h.Forms.Find("elderly-allowance")
			fl, _ := form.Field(field)
			c, _ := fl.Choice(in.Choice)
			p.Say(c.Label.TH)
		default:
			p.Say(in.Text)
		}
	}
	h.T.Fatalf("it is asked without end: %q", asked)
	return nil
}

// SEED-21: what a request says about its person, and the documents that came with it, are kept; the second request is
// answered with them by one tap, asks for no document that still holds, and only what is new.
func TestSecondRequestAsksOnlyWhatIsNew(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	book := h.filesAllowance()
	h.Everywhere(func(tx pgx.Tx) error {
		facts, err := citizens.Profile(t.Context(), tx, h.Box, h.citizenOf(h.Person))
		if err != nil {
			return err
		}
		var keys []string
		for _, f := range facts {
			keys = append(keys, string(f.Key))
			if f.Verified || !strings.HasPrefix(f.Origin, "request ") {
				t.Errorf("fact %+v", f)
			}
		}
		if want := []string{"title", "name", "birth_date", "national_id", "phone", "address", "bank", "bank_account"}; !slices.Equal(keys, want) {
			t.Errorf("known are %q, want %q", keys, want)
		}
		vault, err := citizens.Vault(t.Context(), tx, h.citizenOf(h.Person))
		if len(vault) != 1 || vault[0].Type != "bankbook" || vault[0].AttachmentID != int64(book) || vault[0].ValidUntil == nil {
			t.Errorf("the vault has %+v", vault)
		}
		return err
	})
	filed := len(h.Attachments())
	before := len(h.Said())
	h.Press(bot.StartData("elderly-allowance"))
	if said := h.Since(before); !strings.Contains(said, "สมหญิง ตัวอย่างสกุล") || !strings.Contains(said, "สมุดบัญชี.jpg") || strings.Contains(said, "1-2345-45678-78-1") {
		t.Errorf("offered: %s", said)
	}
	h.Tap("ใช้ข้อมูลเดิมทั้งหมด")
	asked := h.answersRest(h.Person)
	for _, known := range []string{"title", "name", "national_id", "birth_date", "home_address", "phone", "bank", "bank_account", "bankbook"} {
		if slices.Contains(asked, known) {
			t.Errorf("%s is asked again: %q", known, asked)
		}
	}
	h.Say("ส่งคำขอ")
	h.Is(2, "requests with the same bankbook", `SELECT count(*) FROM requests WHERE jsonb_path_exists(answers, '$[*].attachments[*] ? (@ == $f)', jsonb_build_object('f', $1::bigint))`, int64(book))
	if n := len(h.Attachments()); n != filed {
		t.Errorf("%d files came", n-filed)
	}
	h.Is(1, "documents in the vault", `SELECT count(*) FROM vault_documents`)
}

// Another agency gets a document with the person's tap only, which is recorded: who, which, whom and when.
func TestAnotherAgencyNeedsATap(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	book := h.filesAllowance()
	var other agencies.Agency
	h.Everywhere(func(tx pgx.Tx) (err error) {
		other, err = agencies.Create(t.Context(), tx, agencies.Agency{Code: "OT", Name: "อบต. อื่น ตัวอย่าง", Kind: "อบต."})
		if err != nil {
			return err
		}
		_, err = agencies.CreateQueue(t.Context(), tx, other.ID, "general", "general")
		return err
	})
	account := h.OpenAccount(agencies.Channel{
		AgencyID: other.ID, Destination: "U1123456789abcdef0123456789abcdef", Provider: "p", Name: other.Name, Secret: "sEcReTofTheOther", Token: "tOkEnofTheOther",
	})
	there := *h.Person
	there.Channel = account.Destination
	there.Follow()
	there.Press(bot.StartData("elderly-allowance"))
	there.Tap("ใช้ข้อมูลเดิมทั้งหมด")
	h.Is(0, "shares without a tap", `SELECT count(*) FROM vault_shares`)
	for range 20 {
		field := h.List(`SELECT coalesce(state->'draft'->>'field', '') FROM conversations WHERE channel_id = $1`, account.ID)[0]
		if field == "bankbook" {
			break
		}
		form, _ := h.Forms.Find("elderly-allowance")
		fl, _ := form.Field(field)
		if c, ok := fl.Choice(allowance[field].Choice); ok {
			there.Say(c.Label.TH)
		} else {
			there.Say(allowance[field].Text)
		}
	}
	there.Tap("ให้ใช้ไฟล์เดิม")
	h.Is(1, "shares", `SELECT count(*) FROM vault_shares s JOIN vault_documents d ON d.id = s.document_id WHERE s.agency_id = $1 AND s.citizen_id = $2 AND d.attachment_id = $3`,
		other.ID, h.citizenOf(h.Person), int64(book))
}
