package agencies

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"saphan/internal/chain"
)

// ChangeKind says what was changed in what an agency has set up.
type ChangeKind string

// The kinds of changes.
const (
	AgencySetUp        ChangeKind = "agency set up"
	ChannelAdded       ChangeKind = "channel added"
	ChannelRemoved     ChangeKind = "channel removed"
	ChannelPaused      ChangeKind = "channel paused"
	ChannelResumed     ChangeKind = "channel resumed"
	ChannelRenamed     ChangeKind = "channel renamed"
	ChannelAnnounced   ChangeKind = "channel announced"
	ChannelUnannounced ChangeKind = "channel announcement withdrawn"
	ChannelSecret      ChangeKind = "channel secret changed"
	ChannelTokens      ChangeKind = "channel tokens changed"
	ChannelKeyMade     ChangeKind = "channel key made"
	ChannelWebhook     ChangeKind = "channel webhook set"
	OfficerInvited     ChangeKind = "officer invited"
	OfficerJoined      ChangeKind = "officer joined"
	OfficerReset       ChangeKind = "officer reset"
	OfficerDisabled    ChangeKind = "officer disabled"
	OfficerEnabled     ChangeKind = "officer enabled"
	OfficerRole        ChangeKind = "officer role changed"
	OfficerPost        ChangeKind = "officer post set"
	PowerGiven         ChangeKind = "power delegated"
	PowerEnded         ChangeKind = "delegation ended"
	ServiceDecided     ChangeKind = "service decided" // what it does otherwise than the template
	ServiceSeen        ChangeKind = "service template looked at"
	AccountChanged     ChangeKind = "pay account changed"
	HolidayAdded       ChangeKind = "holiday added"
	HolidayRemoved     ChangeKind = "holiday removed"
	HoursChanged       ChangeKind = "working hours changed"
	AcceptDaysChanged  ChangeKind = "days to accept changed"
	AreaAdded          ChangeKind = "area added"
	AreaEnded          ChangeKind = "area ended"
	RoutingDecided     ChangeKind = "routing rules decided"
	ShareChanged       ChangeKind = "queue sharing changed"
	SkillsChanged      ChangeKind = "officer skills changed"
	OfficerAway        ChangeKind = "officer away"
	OfficerBack        ChangeKind = "officer back"
	OnCallDecided      ChangeKind = "on-call table decided"
	OfficerPhone       ChangeKind = "officer phone set" // or taken away; not which
	APIKeyMade         ChangeKind = "api key made"
	APIKeyRevoked      ChangeKind = "api key revoked"
	AutoHalted         ChangeKind = "automation halted" // of a service, or of all
	AutoResumed        ChangeKind = "automation resumed"
	FilingRefused      ChangeKind = "citizen's link opened by an officer" // of a filing, which could not be confirmed there (MTH-1.3)
	ScanFirstChanged   ChangeKind = "scan of signed sheets changed"
	MandateShown       ChangeKind = "power of attorney shown" // by a citizen (PDP-10)
	MandateRead        ChangeKind = "power of attorney read"
	MandateAccepted    ChangeKind = "power of attorney accepted"
	MandateRefused     ChangeKind = "power of attorney refused"
	MandateEnded       ChangeKind = "power of attorney ended"
)

// Change is one line of the history of what an agency has set up; its actor is "officer 3", "citizen 5" or "system". It
// names no secrets.
type Change = chain.Event[AgencyID, string, ChangeKind]

// histories returns where they are kept.
func histories() chain.Book[AgencyID, string, ChangeKind] {
	return chain.Book[AgencyID, string, ChangeKind]{Of: "agency"}
}

// ChangeDetail is what a change says beside its kind.
type ChangeDetail struct {
	Channel   ChannelID `json:"channel,omitempty"`
	Officer   OfficerID `json:"officer,omitempty"`
	TokenKind TokenKind `json:"token_kind,omitempty"`
	Role      Role      `json:"role,omitempty"`
	Ref       string    `json:"ref,omitempty"`
	Until     string    `json:"until,omitempty"`
	Service   string    `json:"service,omitempty"`  // forms.Key
	Override  int64     `json:"override,omitempty"` // forms.OverrideID of what was decided
	Day       string    `json:"day,omitempty"`      // 2006-01-02
	Mandate   int64     `json:"mandate,omitempty"`  // number of a power of attorney
}

// NoteChange adds a line to the history of what an agency has set up, in the transaction of the
// change itself. By is the officer who made it, 0 for the program.
func NoteChange(ctx context.Context, tx pgx.Tx, agency AgencyID, by OfficerID, at time.Time, kind ChangeKind, detail ChangeDetail) error {
	actor := "system"
	if by != 0 {
		actor = fmt.Sprintf("officer %d", by)
	}
	return NoteChangeBy(ctx, tx, agency, actor, at, kind, detail)
}

// NoteChangeBy is NoteChange for whoever did it, as a history names actors: citizens too do what an agency keeps.
func NoteChangeBy(ctx context.Context, tx pgx.Tx, agency AgencyID, actor string, at time.Time, kind ChangeKind, detail ChangeDetail) error {
	// One at a time: each line follows the one before.
	if _, err := tx.Exec(ctx, `SELECT FROM agencies WHERE id = $1 FOR NO KEY UPDATE`, agency); err != nil {
		return fmt.Errorf("lock agency %d: %w", agency, err)
	}
	c := Change{Subject: agency, At: at, Actor: actor, Kind: kind}
	_, err := histories().Append(ctx, tx, int64(agency), c, detail)
	return err
}

// Changes returns the whole history of what an agency has set up, oldest first, and chain.ErrTampered
// with it when it does not match its hashes.
func Changes(ctx context.Context, tx pgx.Tx, agency AgencyID) ([]Change, error) {
	list, err := histories().History(ctx, tx, agency)
	if err != nil {
		return nil, err
	}
	return list, chain.Check(list)
}
