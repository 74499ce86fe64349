package portal

import (
	"context"

	"github.com/jackc/pgx/v5"

	"saphan/agencies"
	"saphan/citizens"
	"saphan/forms"
)

// Forms is where forms are filled in, wherever the person began. Every method works in the caller's transaction, which
// sees every agency.
type Forms interface {
	// Begin returns the person's open draft of a service, or begins one after noting the privacy notice as shown.
	Begin(ctx context.Context, tx pgx.Tx, who citizens.Person, agency agencies.AgencyID, form forms.Key) (forms.Draft, error)
	// Open returns a draft of the person, begun on a page or in a chat. A fault NotFound: theirs is no such draft (sent,
	// given up, expired: the sentence says which).
	Open(ctx context.Context, tx pgx.Tx, who citizens.Person, draft string) (forms.Draft, error)
	// Fill changes a draft. What is refused is told field by field; everything else is kept.
	Fill(ctx context.Context, tx pgx.Tx, who citizens.Person, draft string, fill forms.Fill) (forms.Draft, forms.Filled, error)
	// Send files the request once, however often it is called. A fault Conflict when revision is not the draft's; Invalid
	// when something is missing.
	Send(ctx context.Context, tx pgx.Tx, who citizens.Person, draft string, revision int) error
	// Drop gives a draft up.
	Drop(ctx context.Context, tx pgx.Tx, who citizens.Person, draft string) error
	// Drafts are those a person can go on with, the last touched first.
	Drafts(ctx context.Context, tx pgx.Tx, who citizens.Person) ([]forms.Draft, error)
	// Adopt gives a citizen who signed in what was filled in at the same browser before.
	Adopt(ctx context.Context, tx pgx.Tx, browser string, citizen citizens.CitizenID) error
	// Offers are what need not be asked again (SEED-21): facts by profile key and documents by type, each with where it
	// is from.
	Offers(ctx context.Context, tx pgx.Tx, who citizens.Person, draft string) (forms.Offers, error)
}
