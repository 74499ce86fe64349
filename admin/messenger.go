package admin

import (
	"context"

	"saphan/agencies"
)

// Messenger is what the screens ask of a chat service about an official account. Its faults say what
// to correct. Nothing of it is called while a transaction is open.
type Messenger interface {
	// Identify says which account the channel's ID and secret or token belong to.
	Identify(ctx context.Context, account agencies.Channel) (agencies.Profile, error)
	// Examine looks at everything that must be right for the account to work.
	Examine(ctx context.Context, account agencies.Channel, webhook string) []agencies.Check
	// SetWebhook lets the account's events be delivered to an address.
	SetWebhook(ctx context.Context, account agencies.Channel, address string) error
	// NewKey makes a private key that signs for tokens.
	NewKey() (string, error)
	// PublicKey is the half of a key that is registered with the service.
	PublicKey(key string) (string, error)
	// ReadKey reads a private key that somebody pasted.
	ReadKey(text string) (string, error)
}
