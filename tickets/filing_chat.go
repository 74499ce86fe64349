package tickets

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"saphan/agencies"
	"saphan/internal/fault"
	"saphan/internal/thai"
)

// surely says whether the chat of a known case is surely that of whom an officer files for, so that what is filled in may be
// shown and confirmed there. It is when all of this is so:
//
//   - they said the number of the case themselves, which stands only in that chat and on papers that came from it; a telephone
//     that stands in a case may be anybody's;
//   - the case came by a chat, not from a page or by an officer;
//   - the officer saw whose account that is, and the citizen said that it is theirs;
//   - the case is in the name that the officer was told.
//
// To everybody else goes the link.
func (d *Desk) surely(ctx context.Context, tx pgx.Tx, n NewFiling) (bool, error) {
	if n.KnownBy == 0 {
		return false, nil
	}
	t, err := Find(ctx, tx, n.KnownBy)
	if err != nil {
		return false, err
	}
	if !n.Theirs {
		return false, fault.New(fault.Invalid, "กรุณาถามประชาชนว่าบัญชีที่พบเป็นของตนหรือไม่ แล้วทำเครื่องหมายไว้ หรือเว้นช่องเคยยื่นว่างไว้")
	}
	var way Way
	err = tx.QueryRow(ctx, `SELECT coalesce((SELECT way FROM received WHERE ticket_id = $1 LIMIT 1), '')`, t.ID).Scan(&way)
	if err != nil {
		return false, fmt.Errorf("way of ticket %d: %w", t.ID, err)
	}
	return way == ByChat && strings.EqualFold(strings.TrimSpace(n.KnownAs), t.Number) && thai.Key(n.Name) == thai.Key(t.CitizenName), nil
}

// known is the request by which the agency knows whom it is filled in for.
func (f Filing) known(ctx context.Context, tx pgx.Tx) (Request, error) {
	t, err := Find(ctx, tx, f.KnownBy)
	if err != nil {
		return Request{}, err
	}
	return FindRequest(ctx, tx, t.RequestID)
}

// how is how it was signed, as the history says it.
func (f Filing) how() string {
	if f.Signer != "" {
		return f.Signer
	}
	return f.SignedBy
}

// digestOf is the SHA-256, in hexadecimal, of what a citizen signs: the service, its version, every answer and document.
func digestOf(s Submission) string {
	body, err := json.Marshal(struct {
		Form    any `json:"form"`
		Version int `json:"version"`
		Answers any `json:"answers"`
	}{s.Form, s.Version, s.Answers})
	if err != nil {
		return "" // what was read as JSON a moment ago can be written so
	}
	sum := sha256.Sum256(body)
	return hex.EncodeToString(sum[:])
}

// ConfirmFilingInChat files a request that an officer filled in, because its citizen tapped in their own chat, where they
// had read it; way is the account, "line 9", and at when the tap entered the agency's system, however late it is worked on
// (EGA-10.3). It counts as a name at the link does; whichever comes first is the signature.
// The transaction must see everybody's.
func (d *Desk) ConfirmFilingInChat(ctx context.Context, tx pgx.Tx, by Actor, id FilingID, way string, at time.Time) (Filing, error) {
	f, err := ownFiling(ctx, tx, by, id)
	if err != nil {
		return Filing{}, err
	}
	switch f.State(at) {
	case FilingFiled:
		return f, nil
	case FilingConfirms:
		return d.sign(ctx, tx, f, signature{by: "chat", signer: way, at: at})
	case FilingBegun, FilingUnsigned:
		return Filing{}, errNoFiling()
	default:
		return f, errLapsed()
	}
}

// DisownFiling ends what an officer filled in, because whoever was asked in their chat says that it is not theirs. What was
// filled in is forgotten; the officer reads that it was so.
func (d *Desk) DisownFiling(ctx context.Context, tx pgx.Tx, by Actor, id FilingID) (Filing, error) {
	f, err := ownFiling(ctx, tx, by, id)
	if err != nil {
		return Filing{}, err
	}
	switch f.State(d.now()) {
	case FilingConfirms:
		f.EndedWhy = "disowned"
		return f, endFiling(ctx, tx, f.ID, f.EndedWhy, d.now())
	case FilingFiled:
		return f, fault.New(fault.Conflict, "คำขอนี้ยืนยันและยื่นแล้ว ถ้าไม่ถูกต้อง ท่านถอนคำขอหรือติดต่อเจ้าหน้าที่ได้")
	default:
		return f, nil
	}
}

// ownFiling locks a filing that its citizen was asked about in their chat.
func ownFiling(ctx context.Context, tx pgx.Tx, by Actor, id FilingID) (Filing, error) {
	f, err := findFiling(ctx, tx, `SELECT `+filingColumns+` FROM filings WHERE id = $1 AND sure FOR UPDATE`, id)
	if err != nil {
		return Filing{}, err
	}
	known, err := f.known(ctx, tx)
	if err != nil {
		return Filing{}, err
	}
	if by.Kind != "citizen" || known.CitizenID != by.ID {
		return Filing{}, errNoFiling()
	}
	return f, nil
}

// AtDesk notes that the link of a filing was opened in a browser in which an officer works, and refuses it: the citizen
// confirms, and nobody in their place (MTH-1.3). The first time stands in the history of the agency, beside the filing, and
// in the line that opens the case. It returns the refusal, to be said after the note is kept.
func (d *Desk) AtDesk(ctx context.Context, tx pgx.Tx, token string, officer agencies.OfficerID) (refusal, err error) {
	f, err := findFiling(ctx, tx, `SELECT `+filingColumns+` FROM filings WHERE token = $1 FOR UPDATE`, token)
	if err != nil {
		return nil, err
	}
	refusal = fault.New(fault.Forbidden, "เครื่องนี้เป็นเครื่องของเจ้าหน้าที่ จึงยืนยันแทนประชาชนไม่ได้ กรุณาให้ประชาชนเปิดลิงก์หรือสแกนคิวอาร์ในโทรศัพท์ของตนเอง")
	if f.DeskAt != nil {
		return refusal, nil
	}
	now := d.now()
	if _, err := tx.Exec(ctx, `UPDATE filings SET desk_at = $2, desk_by = $3 WHERE id = $1`, f.ID, now, officer); err != nil {
		return nil, fmt.Errorf("note who opened filing %d: %w", f.ID, err)
	}
	return refusal, agencies.NoteChange(ctx, tx, f.AgencyID, officer, now, agencies.FilingRefused, agencies.ChangeDetail{Ref: f.Reference()})
}
