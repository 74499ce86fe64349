package citizens

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/jackc/pgx/v5"

	"saphan/internal/fault"
	"saphan/internal/thai"
)

// DocumentID identifies a document in a person's vault.
type DocumentID int64

// Document is a document that a person gave before (SEED-21).
type Document struct {
	ID           DocumentID
	Type         string // by which forms name it: house_registration ...
	Label        string // what the form called it
	AttachmentID int64
	AgencyID     int64 // that received it
	RequestID    int64 // with which it came
	Issuer       string
	IssuedOn     *time.Time
	ValidUntil   *time.Time // last day; nil: no end
	GivenAt      time.Time
	Shares       []Share // other agencies that the person let have it
}

// Share is that a person let another agency have a document, with one tap.
type Share struct {
	AgencyID int64
	At       time.Time
}

const documentColumns = `id, type, label, attachment_id, agency_id, request_id, issuer, issued_on, valid_until, given_at`

// Expired says whether a document is past its last day, which counts in Bangkok.
func (d Document) Expired(now time.Time) bool {
	return d.ValidUntil != nil && d.ValidUntil.Format(time.DateOnly) < today(now)
}

func today(now time.Time) string { return now.In(thai.Bangkok()).Format(time.DateOnly) }

// Deposit keeps a document that came with a request, for the next time. The same file again as the same
// type is the same document.
func Deposit(ctx context.Context, tx pgx.Tx, citizen CitizenID, d Document) error {
	if d.Type == "" || d.AttachmentID == 0 || d.AgencyID == 0 || d.RequestID == 0 || d.GivenAt.IsZero() {
		return errors.New("deposit: a document needs its type, file, agency, request and time")
	}
	_, err := tx.Exec(ctx, `INSERT INTO vault_documents (citizen_id, type, label, attachment_id, agency_id, request_id, issuer, issued_on, valid_until, given_at)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) ON CONFLICT (citizen_id, attachment_id, type) DO NOTHING`,
		citizen, d.Type, d.Label, d.AttachmentID, d.AgencyID, d.RequestID, d.Issuer, d.IssuedOn, d.ValidUntil, d.GivenAt)
	if err != nil {
		return fmt.Errorf("deposit a document of citizen %d: %w", citizen, err)
	}
	return nil
}

// Vault returns a person's documents, newest first, with whom they were shared.
func Vault(ctx context.Context, tx pgx.Tx, citizen CitizenID) ([]Document, error) {
	all, err := Vaults(ctx, tx, []CitizenID{citizen})
	return all[citizen], err
}

// Vaults is Vault for many people at once.
func Vaults(ctx context.Context, tx pgx.Tx, people []CitizenID) (map[CitizenID][]Document, error) {
	rows, err := tx.Query(ctx, `SELECT citizen_id, `+documentColumns+`, s.agencies, s.ats FROM vault_documents d
		LEFT JOIN LATERAL (SELECT array_agg(v.agency_id ORDER BY v.at, v.agency_id) AS agencies, array_agg(v.at ORDER BY v.at, v.agency_id) AS ats
			FROM vault_shares v WHERE v.document_id = d.id) s ON true
		WHERE citizen_id = ANY($1) ORDER BY given_at DESC, id DESC`, people)
	if err != nil {
		return nil, fmt.Errorf("vaults: %w", err)
	}
	var (
		all      = map[CitizenID][]Document{}
		citizen  CitizenID
		d        Document
		agencies []int64
		ats      []time.Time
	)
	_, err = pgx.ForEachRow(rows, []any{
		&citizen, &d.ID, &d.Type, &d.Label, &d.AttachmentID, &d.AgencyID, &d.RequestID, &d.Issuer, &d.IssuedOn, &d.ValidUntil, &d.GivenAt, &agencies, &ats,
	}, func() error {
		d.Shares = nil
		for i, agency := range agencies {
			d.Shares = append(d.Shares, Share{AgencyID: agency, At: ats[i]})
		}
		all[citizen] = append(all[citizen], d)
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("vaults: %w", err)
	}
	return all, nil
}

// Offered is a document that a request may use in place of asking for it.
type Offered struct {
	Document
	Tap bool // another agency received it: the person must let this one have it first, by LetHave
}

// Offer returns for each of the types a document that an agency may be given, if the person has one that is
// still valid: at best one that the agency has or was let have, else the newest.
func Offer(ctx context.Context, tx pgx.Tx, citizen CitizenID, agency int64, types []string, now time.Time) ([]Offered, error) {
	all, err := Vault(ctx, tx, citizen)
	if err != nil {
		return nil, err
	}
	return slices.DeleteFunc(Offers(all, agency, now), func(o Offered) bool { return !slices.Contains(types, o.Type) }), nil
}

// Offers is Offer for every type that a vault has, in order of the types.
func Offers(vault []Document, agency int64, now time.Time) []Offered {
	best := map[string]Offered{}
	for _, d := range vault {
		if d.Expired(now) {
			continue
		}
		tap := d.AgencyID != agency && !slices.ContainsFunc(d.Shares, func(s Share) bool { return s.AgencyID == agency })
		if b, ok := best[d.Type]; !ok || (b.Tap && !tap) {
			best[d.Type] = Offered{Document: d, Tap: tap}
		}
	}
	offered := make([]Offered, 0, len(best))
	for _, kind := range slices.Sorted(maps.Keys(best)) {
		offered = append(offered, best[kind])
	}
	return offered
}

// errNoDocument is what a person is told who asks for a document that is not theirs, or is gone.
func errNoDocument() error {
	return fault.New(fault.NotFound, "ไม่พบเอกสารนี้แล้ว อาจถูกลบไปก่อนหน้านี้ กรุณาส่งเอกสารใหม่ค่ะ")
}

// FindDocument returns a document of a person's own.
func FindDocument(ctx context.Context, tx pgx.Tx, citizen CitizenID, id DocumentID) (Document, error) {
	all, err := Vault(ctx, tx, citizen)
	if err != nil {
		return Document{}, err
	}
	i := slices.IndexFunc(all, func(d Document) bool { return d.ID == id })
	if i < 0 {
		return Document{}, errNoDocument()
	}
	return all[i], nil
}

// LetHave records that a person let another agency have a document: who, which, whom and when. The first tap counts.
func LetHave(ctx context.Context, tx pgx.Tx, citizen CitizenID, id DocumentID, agency int64, at time.Time) error {
	tag, err := tx.Exec(ctx, `INSERT INTO vault_shares (document_id, citizen_id, agency_id, at)
		SELECT id, citizen_id, $3, $4 FROM vault_documents WHERE id = $2 AND citizen_id = $1 ON CONFLICT (document_id, agency_id) DO UPDATE SET at = vault_shares.at`,
		citizen, id, agency, at)
	if err != nil {
		return fmt.Errorf("share document %d: %w", id, err)
	}
	if tag.RowsAffected() == 0 {
		return errNoDocument()
	}
	return nil
}

// TakeOut removes a document from a person's vault: it is offered to nobody any more. The file stays with
// the case that it was filed with.
func TakeOut(ctx context.Context, tx pgx.Tx, citizen CitizenID, id DocumentID) error {
	tag, err := tx.Exec(ctx, `DELETE FROM vault_documents WHERE id = $2 AND citizen_id = $1`, citizen, id)
	if err != nil {
		return fmt.Errorf("take document %d out: %w", id, err)
	}
	if tag.RowsAffected() == 0 {
		return errNoDocument()
	}
	return nil
}
