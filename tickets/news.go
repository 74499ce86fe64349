package tickets

import "time"

// News is the data of an event: which thing, how it stands, where to read more. It has no field
// for anything a citizen wrote or is called: whoever needs that reads it through the API, with
// a key of its own and a trace in the history (PDP-9).
type News struct {
	Ticket   *TicketNews   `json:"ticket,omitempty"`
	Message  *ItemNews     `json:"message,omitempty"`  // ticket.message, message.unsent
	Document *ItemNews     `json:"document,omitempty"` // ticket.document, message.unsent
	Answer   *AnswerNews   `json:"answer,omitempty"`   // message.unsent
	Decision *DecisionNews `json:"decision,omitempty"` // ticket.decided
	Links    Links         `json:"links"`
}

// TicketNews is a ticket as it stands when the event is announced.
type TicketNews struct {
	ID               int64      `json:"id"`
	Number           string     `json:"number"`
	Service          string     `json:"service"` // key of the form
	Status           string     `json:"status"`
	Queue            string     `json:"queue,omitempty"`  // key of the queue
	Urgent           bool       `json:"urgent,omitempty"` // it cannot wait
	EnteredAt        time.Time  `json:"entered_at"`
	DeemedReceivedAt time.Time  `json:"deemed_received_at"` // EGA-10.2
	DueAt            time.Time  `json:"due_at"`
	ClosedAt         *time.Time `json:"closed_at,omitempty"`
}

// ItemNews points to one message or document of a ticket.
type ItemNews struct {
	ID     int64  `json:"id"`
	From   string `json:"from,omitempty"`   // citizen, officer, system
	Edited bool   `json:"edited,omitempty"` // the words are others than those told of before
}

// AnswerNews points to one answer of the request.
type AnswerNews struct {
	Field string `json:"field"` // key of the answer
}

// DecisionNews says how a ticket was decided.
type DecisionNews struct {
	Outcome string `json:"outcome"` // approve, refuse, revoke
	// Replaces is the number of the permit that the approved one stands for, and the last day that it keeps.
	Replaces      string `json:"replaces,omitempty"`
	ReplacesUntil string `json:"replaces_until,omitempty"`
	// Change is in which way it changes a decision that was told before: correct or revoke; Since from when a revocation counts.
	Change string    `json:"change,omitempty"`
	Since  string    `json:"since,omitempty"` // now, beginning
	At     time.Time `json:"at"`
}

// Links lead to the thing the event is about.
type Links struct {
	Ticket string `json:"ticket,omitempty"` // JSON, with an API key
	Inbox  string `json:"inbox,omitempty"`  // the officer's page
}
