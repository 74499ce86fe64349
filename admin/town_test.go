package admin_test

import (
	"fmt"
	"sync/atomic"

	"github.com/jackc/pgx/v5"

	"saphan/agencies"
	"saphan/citizens"
	"saphan/forms"
	"saphan/tickets"
)

// citizen is a person with a conversation on an official account of the agency.
func (h *house) citizen(n int) (citizens.Identity, int64) {
	h.t.Helper()
	var (
		who          citizens.Identity
		conversation int64
	)
	h.everywhere(func(tx pgx.Tx) error {
		var channel agencies.ChannelID
		err := tx.QueryRow(h.ctx(), `SELECT id FROM channels WHERE agency_id = $1`, h.agency.ID).Scan(&channel)
		if err != nil {
			channel, err = agencies.CreateChannel(h.ctx(), tx, h.box, agencies.Channel{
				AgencyID: h.agency.ID, Kind: "line", Destination: "U-tb", Provider: "tb", Name: "ตัวอย่าง", Secret: "s", Token: "t",
			})
			if err != nil {
				return err
			}
		}
		if who, err = citizens.Resolve(h.ctx(), tx, "line", "tb", fmt.Sprintf("U%032d", n)); err != nil {
			return err
		}
		return tx.QueryRow(h.ctx(), `INSERT INTO conversations (channel_id, identity_id, source) VALUES ($1, $2, $3)
			ON CONFLICT (channel_id, source) DO UPDATE SET source = excluded.source RETURNING id`,
			channel, who.ID, fmt.Sprintf("U%032d", n)).Scan(&conversation)
	})
	return who, conversation
}

// answers fills a form as a citizen would.
func (h *house) answers(key forms.Key, in map[string]forms.Input) (*forms.Form, []forms.Answer) {
	h.t.Helper()
	form, ok := h.forms.Find(key)
	if !ok {
		h.t.Fatalf("no form %s", key)
	}
	var all []forms.Answer
	for name, input := range in {
		field, ok := form.Field(name)
		if !ok {
			h.t.Fatalf("%s has no field %s", key, name)
		}
		input.Now = h.now()
		a, err := field.Check(input)
		if err != nil {
			h.t.Fatalf("%s of %s: %v", field.Key, key, err)
		}
		all = append(all, a)
	}
	return form, form.Asked(all)
}

var drafts atomic.Int64

// file hands in a request and makes its ticket.
func (h *house) file(key forms.Key, name string, in map[string]forms.Input) tickets.Ticket {
	h.t.Helper()
	form, answers := h.answers(key, in)
	return h.filed(form, name, answers)
}

// filed hands in answers and makes their ticket.
func (h *house) filed(form *forms.Form, name string, answers []forms.Answer) tickets.Ticket {
	h.t.Helper()
	n := drafts.Add(1)
	who, conversation := h.citizen(int(n))
	var t tickets.Ticket
	h.everywhere(func(tx pgx.Tx) error {
		id, err := h.desk.Submit(h.ctx(), tx, tickets.Submission{
			Draft: fmt.Sprintf("draft %d", n), CitizenID: int64(who.CitizenID), CitizenName: name, ConversationID: conversation,
			AgencyID: h.agency.ID, Form: form.Key, Version: form.Version, Answers: answers, EnteredAt: h.now(),
		})
		if err != nil {
			return err
		}
		routed, err := h.desk.Route(h.ctx(), tx, id)
		t = routed.Ticket
		return err
	})
	return t
}

// problem is a ticket about a lamp.
func (h *house) problem(words string) tickets.Ticket {
	h.t.Helper()
	lat, lon := 13.75, 100.5
	return h.file("public-problem", "นางมาลี ตัวอย่าง", map[string]forms.Input{
		"category": {Choice: "light"}, "location": {Place: &forms.Place{Title: words, Latitude: &lat, Longitude: &lon}},
		"description": {Text: "ไฟดับมา 3 คืนแล้ว ทางมืดมาก"},
	})
}

// business is a ticket about a licence.
func (h *house) business(attachments ...forms.File) tickets.Ticket {
	h.t.Helper()
	in := map[string]forms.Input{
		"applicant_kind": {Choice: "person"}, "title": {Text: "นาย"}, "name": {Text: "สมชาย ตัวอย่าง"},
		"national_id": {Text: "1234545678781"}, "birth_date": {Text: "5 มี.ค. 2530"}, "nationality": {Text: "ไทย"},
		"phone": {Text: "0812345678"}, "home_address": {Text: "99/1 หมู่ 4 ต.ตัวอย่าง อ.เมือง จ.ตัวอย่าง 10000"},
		"purpose": {Choice: "new"}, "activities.1.business_group": {Choice: "vehicles"}, "activities.1.activity": {Choice: "vehicle_repair"},
		"activities.1.more": {Choice: forms.MoreNo}, "premises_name": {Text: "ตัวอย่างการช่าง"},
		"premises_address": {Text: "12 ซอยตัวอย่าง 4 ต.ตัวอย่าง อ.เมือง จ.ตัวอย่าง 10000"}, "area": {Text: "120"}, "horsepower": {Text: "2.5"},
		"workers": {Text: "3"}, "filed_by": {Choice: "self"}, "premises_held": {Choice: "rent"},
	}
	if len(attachments) > 0 {
		in["premises_photo"] = forms.Input{Files: attachments[:1]}
	}
	if len(attachments) > 1 {
		in["site_sketch"] = forms.Input{Files: attachments[1:2]}
	}
	return h.file("hazardous-business", "สมชาย", in)
}

// says lets the citizen of a ticket say something to its officers.
func (h *house) says(t tickets.Ticket, s tickets.Said) {
	h.t.Helper()
	if s.At.IsZero() {
		s.At = h.now()
	}
	h.everywhere(func(tx pgx.Tx) error {
		return h.desk.Receive(h.ctx(), tx, tickets.ByCitizen(t.CitizenID), t.ID, s)
	})
}

// question is a request for an answer.
func question(words string) map[string]forms.Input {
	return map[string]forms.Input{"question": {Text: words}}
}
