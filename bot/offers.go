package bot

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5"

	"saphan/agencies"
	"saphan/citizens"
	"saphan/files"
	"saphan/forms"
	"saphan/internal/secret"
)

// Asker is somebody who fills in a form of an agency.
type Asker struct {
	Citizen citizens.CitizenID
	Agency  agencies.AgencyID
}

// OffersFor reads what need not be asked again (SEED-21), for many people at once: the facts and documents of the very
// account that asks. What is known of the person by other accounts is not told to a chat, which may be in a child's
// hand.
func OffersFor(ctx context.Context, tx pgx.Tx, box secret.Box, askers []Asker, now time.Time) ([]forms.Offers, error) {
	people := make([]citizens.CitizenID, len(askers))
	for i, a := range askers {
		people[i] = a.Citizen
	}
	facts, err := citizens.Profiles(ctx, tx, box, people)
	if err != nil {
		return nil, err
	}
	vaults, err := citizens.Vaults(ctx, tx, people)
	if err != nil {
		return nil, err
	}
	all := make([]forms.Offers, len(askers))
	for i, a := range askers {
		for _, f := range facts[a.Citizen] {
			all[i].Facts = append(all[i].Facts, forms.Known{Key: string(f.Key), Text: f.Text, Value: f.Value, Origin: f.Origin, At: f.At})
		}
		for _, o := range citizens.Offers(vaults[a.Citizen], int64(a.Agency), now) {
			owned, ok, err := ownedOf(ctx, tx, o)
			if err != nil {
				return nil, err
			}
			if ok {
				all[i].Documents = append(all[i].Documents, owned)
			}
		}
	}
	return all, nil
}

// ownedOf is a document of a vault as it is offered; ok is false while its file cannot be opened.
func ownedOf(ctx context.Context, tx pgx.Tx, o citizens.Offered) (owned forms.Owned, ok bool, err error) {
	at, err := files.Find(ctx, tx, files.AttachmentID(o.AttachmentID))
	if err != nil || at.Unopenable() != nil {
		return forms.Owned{}, false, err
	}
	agency, err := agencies.Find(ctx, tx, agencies.AgencyID(o.AgencyID))
	if err != nil {
		return forms.Owned{}, false, err
	}
	return forms.Owned{ID: int64(o.ID), Type: o.Type, File: FileOf(at), GivenAt: o.GivenAt, Agency: agency.Name, Tap: o.Tap}, true, nil
}

// FileOf is an attachment as answers name it.
func FileOf(at files.Attachment) forms.File {
	return forms.File{ID: int64(at.ID), Name: at.Name, Type: at.MediaType, Size: at.Size}
}
