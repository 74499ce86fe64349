package api

import (
	"encoding/json"
	"strconv"
	"time"

	"saphan/agencies"
	"saphan/tickets"
)

// Case is a ticket as every answer shows it: which, where it stands and by when, and nothing personal.
type Case struct {
	ID               int64      `json:"id" example:"17"`
	Number           string     `json:"number" doc:"As the citizen knows it" example:"TB-2570-000017"`
	Service          string     `json:"service" doc:"Key of the service" example:"hazardous-business"`
	ServiceVersion   int        `json:"service_version" doc:"Version of the citizen manual that the case keeps" example:"3"`
	Title            string     `json:"title" doc:"Name of the service in Thai" example:"คำขออนุญาตประกอบกิจการที่เป็นอันตรายต่อสุขภาพ"`
	Status           string     `json:"status" doc:"Where it stands; new values can be added" example:"accepted"`
	Queue            string     `json:"queue" doc:"Key of the queue" example:"permits"`
	Officer          *Person    `json:"officer,omitempty" doc:"Who has taken it"`
	EnteredAt        time.Time  `json:"entered_at" doc:"When the request entered the system"`
	DeemedReceivedAt time.Time  `json:"deemed_received_at" doc:"When it counts as received"`
	DueAt            time.Time  `json:"due_at" doc:"The statutory time limit"`
	Urgent           bool       `json:"urgent" doc:"It cannot wait: whoever is on call is called until somebody takes it" example:"false"`
	Stopped          bool       `json:"stopped" doc:"The time stands still, and due_at with it" example:"false"`
	ClosedAt         *time.Time `json:"closed_at,omitempty"`
	UpdatedAt        time.Time  `json:"updated_at" doc:"When something happened last"`
	Links            Links      `json:"links"`
}

// Person is an officer by whose name people go.
type Person struct {
	ID int64 `json:"id" doc:"As the history names them: officer 3" example:"3"`
}

// Links lead to more of the case.
type Links struct {
	Self  string `json:"self" doc:"The whole case, with a key" example:"https://saphan.example/api/v1/tickets/17"`
	Inbox string `json:"inbox" doc:"The officers' page" example:"https://saphan.example/admin/tickets/17"`
}

// caseOf shows a ticket.
func (a *API) caseOf(t tickets.Ticket, queues map[agencies.QueueID]agencies.Queue) Case {
	c := Case{
		ID: int64(t.ID), Number: t.Number, Service: string(t.FormKey), ServiceVersion: t.FormVersion, Title: t.Title, Status: string(t.Status),
		Queue: queues[t.QueueID].Key, EnteredAt: t.EnteredAt.UTC(), DeemedReceivedAt: t.DeemedReceivedAt.UTC(), DueAt: t.DueAt.UTC(),
		Urgent: t.Urgent, Stopped: t.Stopped, UpdatedAt: t.UpdatedAt.UTC(),
		Links: Links{Self: a.baseURL + casePath(t.ID), Inbox: a.baseURL + "/admin/tickets/" + itoa(t.ID)},
	}
	if t.OfficerID != nil {
		c.Officer = &Person{ID: int64(*t.OfficerID)}
	}
	if t.ClosedAt != nil {
		at := t.ClosedAt.UTC()
		c.ClosedAt = &at
	}
	return c
}

// casePath is the address of a case, below the public address.
func casePath(id tickets.TicketID) string { return Base + "/tickets/" + itoa(id) }

func itoa[N ~int | ~int64](n N) string { return strconv.FormatInt(int64(n), 10) }

// Whole is a case with all that belongs to it and the key may see. What its scopes do not show is left out.
type Whole struct {
	Case
	Clocks    []Clock    `json:"clocks" doc:"The times that the law gives for duties, counted"`
	Notices   []Notice   `json:"notices" doc:"Deficiency notices, the first one first"`
	Opinions  []Opinion  `json:"opinions" doc:"What was proposed before the decision, in order"`
	Decisions []Decision `json:"decisions" doc:"Formal results, the first one first; at most one stands"`
	Letters   []Letter   `json:"letters" doc:"Letters on a delay, which the law asks for every seven days; one without sent_at waits for its reason"`
	Follows   int64      `json:"follows,omitempty" doc:"Identifier of the case about the same thing that this one follows" example:"12"`
	Photos    []int64    `json:"photos,omitempty" doc:"With the scope documents:read: documents that show the work and wait for the next decision"`
	History   []Event    `json:"history" doc:"All that happened, append-only; each line is hashed over the one before"`
	Documents []Document `json:"documents,omitempty" doc:"With the scope documents:read: what the citizen sent"`
	Request   *Request   `json:"request,omitempty" doc:"With the scope answers:read: what the citizen asked for. That it was read is written down, and the citizen can see it"`
}

// Clock is a duty with its time.
type Clock struct {
	Key    string     `json:"key" doc:"The duty, for instance check, decide, tell" example:"decide"`
	Law    string     `json:"law" doc:"What sets the time, in Thai" example:"พ.ร.บ. การสาธารณสุข พ.ศ. 2535 มาตรา 56"`
	State  string     `json:"state" enum:"running,stopped,done,off" example:"running"`
	Unit   string     `json:"unit" example:"calendar_days"`
	Total  int        `json:"total" doc:"Days that are given, with prolongations" example:"30"`
	DueAt  *time.Time `json:"due_at,omitempty" doc:"Left out while the clock is stopped"`
	DoneAt *time.Time `json:"done_at,omitempty"`
	Late   bool       `json:"late" example:"false"`
}

// Notice is a deficiency notice.
type Notice struct {
	ID             int64      `json:"id" example:"4"`
	At             time.Time  `json:"at"`
	DueOn          string     `json:"due_on" format:"date" doc:"Last day to supply the documents, as it stands by now" example:"2026-12-15"`
	Second         bool       `json:"second" doc:"It stepped over the law's one opportunity" example:"false"`
	AcknowledgedAt *time.Time `json:"acknowledged_at,omitempty" doc:"When the citizen said to have seen it"`
	Wants          []Want     `json:"wants"`
}

// Want is a document that was asked for.
type Want struct {
	ID         int64      `json:"id" example:"9"`
	Label      string     `json:"label" example:"แผนผังสถานที่"`
	Law        string     `json:"law,omitempty" doc:"What adds it to the manual; left out when the manual lists it"`
	SuppliedAt *time.Time `json:"supplied_at,omitempty"`
	Document   int64      `json:"document,omitempty" doc:"Identifier of the document that came"`
}

// Opinion is what somebody proposed before the decision, or that the case was sent back.
type Opinion struct {
	N          int       `json:"n" example:"1"`
	Step       string    `json:"step" enum:"staff,specialist,clerk,head" example:"staff"`
	Officer    int64     `json:"officer" example:"3"`
	Proposes   string    `json:"proposes,omitempty" enum:"approve,approve_with_conditions,refuse" example:"approve"`
	BackTo     string    `json:"back_to,omitempty" doc:"The case was sent back to this step"`
	At         time.Time `json:"at"`
	Superseded bool      `json:"superseded" doc:"The case was sent back since" example:"false"`
	Text       string    `json:"text,omitempty" doc:"With the scope answers:read"`
}

// Decision is a formal result.
type Decision struct {
	Outcome    string     `json:"outcome" enum:"approve,approve_with_conditions,refuse,deemed,revoke" example:"approve"`
	At         time.Time  `json:"at"`
	Officer    int64      `json:"officer,omitempty" doc:"Left out when the law decided" example:"3"`
	TakenBack  *time.Time `json:"taken_back_at,omitempty" doc:"It does not stand any more"`
	Reopened   *time.Time `json:"reopened_at,omitempty" doc:"The same: somebody who reported the thing said that it is not done"`
	Change     string     `json:"change,omitempty" enum:"correct,revoke" doc:"In which way it changes the one before it that stood"`
	Since      string     `json:"since,omitempty" enum:"now,beginning" doc:"Of a revocation: from when it counts"`
	Changed    *time.Time `json:"changed_at,omitempty" doc:"Another one stands in its place"`
	Overturned *time.Time `json:"overturned_at,omitempty" doc:"It was not right, by an appeal or as the agency said itself: the case is decided anew"`
	Mistake    string     `json:"mistake,omitempty" doc:"Of a correction, with the scope answers:read: what was wrong"`
	Facts      string     `json:"facts,omitempty" doc:"With the scope answers:read, as the next ones"`
	Reason     string     `json:"reason,omitempty"`
	Conditions string     `json:"conditions,omitempty"`
	LegalBasis string     `json:"legal_basis,omitempty"`
	AppealBody string     `json:"appeal_body,omitempty"`
	AppealDays int        `json:"appeal_days,omitempty" example:"30"`
}

// Letter is a letter on a delay (ม. 10 พ.ร.บ. การอำนวยความสะดวกฯ).
type Letter struct {
	N      int        `json:"n" example:"1"`
	DueAt  time.Time  `json:"due_at"`
	SentAt *time.Time `json:"sent_at,omitempty"`
	Reason string     `json:"reason,omitempty" doc:"With the scope answers:read"`
}

// Event is one line of the history.
type Event struct {
	Seq    int             `json:"seq" example:"2"`
	At     time.Time       `json:"at"`
	Actor  string          `json:"actor" doc:"officer and number, citizen and number, or system" example:"officer 3"`
	Via    int64           `json:"via,omitempty" doc:"The API key with which a system acted in the officer's name" example:"7"`
	Kind   string          `json:"kind" doc:"What happened; new values can be added" example:"taken"`
	Detail json.RawMessage `json:"detail" doc:"What the line says more: identifiers and times, nothing personal"`
	Hash   string          `json:"hash" doc:"SHA-256 over this line and the one before, in hexadecimal"`
}

// Document is what the citizen sent, by its name and state.
type Document struct {
	ID        int64     `json:"id" example:"31"`
	Label     string    `json:"label" doc:"What it shows" example:"แผนผังสถานที่"`
	Name      string    `json:"name" doc:"As the sender called it" example:"plan.pdf"`
	MediaType string    `json:"media_type" example:"application/pdf"`
	Size      int64     `json:"size" doc:"Bytes of what was sent" example:"48213"`
	SHA256    string    `json:"sha256" doc:"Of what was sent, in hexadecimal"`
	State     string    `json:"state" doc:"ready; or waiting for its virus scan, infected, gone: nobody opens it" example:"ready"`
	At        time.Time `json:"at"`
	Href      string    `json:"href" example:"https://saphan.example/api/v1/tickets/17/documents/31"`
}

// Request is what the citizen asked for, and said since.
type Request struct {
	Citizen  string    `json:"citizen" doc:"Name of who asks" example:"นางมาลี ตัวอย่าง"`
	Subject  string    `json:"subject" doc:"The case in one line"`
	Answers  []Answer  `json:"answers"`
	Messages []Message `json:"messages" doc:"The talk with officers, oldest first"`
}

// Answer is one answer of the request.
type Answer struct {
	Field string          `json:"field" doc:"Key in the form" example:"premises_address"`
	Kind  string          `json:"kind" example:"address"`
	Label string          `json:"label" example:"ที่ตั้งสถานประกอบการ"`
	Text  string          `json:"text" doc:"As a person reads it"`
	Value json.RawMessage `json:"value,omitempty" doc:"As a program reads it; its form depends on kind"`
}

// Message is one thing said.
type Message struct {
	ID      int64      `json:"id" example:"12"`
	From    string     `json:"from" enum:"citizen,officer,system" example:"citizen"`
	Officer int64      `json:"officer,omitempty" example:"3"`
	Text    string     `json:"text"`
	At      time.Time  `json:"at"`
	Edited  bool       `json:"edited,omitempty" doc:"The citizen changed the words since"`
	Unsent  bool       `json:"unsent,omitempty" doc:"The citizen took it back: delete your copy"`
	Sending string     `json:"sending,omitempty" doc:"Of an officer's message: waiting, sent, failed or parked"`
	File    int64      `json:"document,omitempty" doc:"Identifier of the document that came with it"`
	Place   *Placement `json:"place,omitempty"`
}

// Placement is a place that was sent.
type Placement struct {
	Lat     float64 `json:"lat" example:"13.3611"`
	Lon     float64 `json:"lon" example:"100.9847"`
	Address string  `json:"address,omitempty"`
}
