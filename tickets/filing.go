package tickets

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"saphan/agencies"
	"saphan/forms"
	"saphan/internal/fault"
	"saphan/internal/thai"
)

// FilingID identifies a filing.
type FilingID int64

// Signing is how a citizen signs what an officer filled in for them (MTH-1.3).
type Signing string

// The two ways of signing. A typed name is never a signature on paper.
const (
	SignOnline Signing = "online" // by a tap at a link of their own, with the name typed, the time and the reference
	SignPaper  Signing = "paper"  // by pen on a printed sheet, at the counter
)

// ConfirmFor is how long a citizen can confirm what was filled in for them.
const ConfirmFor = 7 * 24 * time.Hour

// FillFor is how long an officer can fill in before what was begun lapses.
const FillFor = 24 * time.Hour

// Filing is a request that an officer fills in for a citizen, at the counter or on the telephone (MTH-1.3, SEED-22). It
// becomes a request when the citizen confirmed or signed it, and entered the system then.
type Filing struct {
	ID         FilingID           `db:"id"`
	AgencyID   agencies.AgencyID  `db:"agency_id"`
	OfficerID  agencies.OfficerID `db:"officer_id"` // who fills it in
	Way        Way                `db:"way"`        // ByCounter or ByPhone
	Signing    Signing            `db:"signing"`
	Seed       string             `db:"seed"` // of the cookie by which the officer's browser is known on the pages
	FormKey    forms.Key          `db:"form_key"`
	Name       string             `db:"name"`     // of the citizen
	Phone      string             `db:"phone"`    // E.164; empty: none was given
	KnownBy    TicketID           `db:"known_by"` // a case by which the agency knows them; 0: by none
	StartedAt  time.Time          `db:"started_at"`
	FilledAt   *time.Time         `db:"filled_at"`
	Token      string             `db:"token"` // of the link at which the citizen confirms
	Until      *time.Time         `db:"until"`
	SignedAt   *time.Time         `db:"signed_at"`
	SignedName string             `db:"signed_name"` // as the citizen typed it
	SignedBy   string             `db:"signed_by"`   // "link", "chat" or "paper"
	Signer     string             `db:"signer"`      // the account that tapped in the chat: "line 9"
	Digest     string             `db:"digest"`      // SHA-256 of what was signed, in hexadecimal
	Sure       bool               `db:"sure"`        // the chat of the known case is surely theirs: they can confirm there
	Scans      []int64            `db:"scans"`       // the signed sheet, as attachments
	DeskAt     *time.Time         `db:"desk_at"`     // when their link was first opened where officers work
	DeskBy     agencies.OfficerID `db:"desk_by"`     // and by whom
	RequestID  RequestID          `db:"request_id"`
	EndedAt    *time.Time         `db:"ended_at"`
	EndedWhy   string             `db:"ended_why"` // "dropped", "lapsed" or "disowned"
}

const filingColumns = `id, agency_id, officer_id, way, signing, seed, form_key, name, phone, coalesce(known_by, 0) AS known_by, started_at, filled_at,
	coalesce(token, '') AS token, until, signed_at, signed_name, signed_by, coalesce(request_id, 0) AS request_id, ended_at, ended_why,
	signer, digest, sure, scans, desk_at, coalesce(desk_by, 0) AS desk_by`

// Reference names a filing beside the signature, before the case has a number.
func (f Filing) Reference() string { return fmt.Sprintf("F%d-%06d", f.AgencyID, f.ID) }

// FilingState is how a filing stands.
type FilingState string

// The states of a filing.
const (
	FilingBegun    FilingState = "begun"    // the officer fills it in
	FilingUnsigned FilingState = "unsigned" // it waits for a pen
	FilingConfirms FilingState = "confirms" // it waits for the citizen's tap
	FilingFiled    FilingState = "filed"    // it is a request
	FilingDropped  FilingState = "dropped"  // it was given up
	FilingLapsed   FilingState = "lapsed"   // nobody confirmed it in time
	FilingDisowned FilingState = "disowned" // its citizen said that it is not theirs
)

// State is how it stands at a moment.
func (f Filing) State(now time.Time) FilingState {
	switch {
	case f.SignedAt != nil:
		return FilingFiled
	case f.EndedWhy == "dropped":
		return FilingDropped
	case f.EndedWhy == "disowned":
		return FilingDisowned
	case f.EndedAt != nil, f.over(now):
		return FilingLapsed
	case f.FilledAt == nil:
		return FilingBegun
	case f.Signing == SignPaper:
		return FilingUnsigned
	default:
		return FilingConfirms
	}
}

// over says that its time is over, whether or not that was noted.
func (f Filing) over(now time.Time) bool {
	if f.FilledAt == nil {
		return now.Sub(f.StartedAt) > FillFor
	}
	return f.Until != nil && now.After(*f.Until)
}

// NewFiling is what an officer says before filling in.
type NewFiling struct {
	Agency        agencies.AgencyID
	Way           Way
	Signing       Signing
	Form          forms.Key
	Name          string
	Phone         string   // as it was typed
	KnownBy       TicketID // a case of the citizen; 0: nobody yet
	KnownAs       string   // what they said by which it was found: its number, or a telephone
	Theirs        bool     // the officer saw whose account it came from, and the citizen said that it is theirs
	Noticed       bool     // the privacy notice was read out or shown
	Seed, Browser string   // of the officer's browser
}

// longestFiled is how many letters a citizen's name has at most.
const longestFiled = 200

// StartFiling begins to fill in for a citizen.
func (d *Desk) StartFiling(ctx context.Context, tx pgx.Tx, by Actor, n NewFiling) (FilingID, error) {
	officer, ok := by.officer()
	n.Name = strings.Join(strings.Fields(n.Name), " ")
	switch {
	case !ok:
		return 0, fault.New(fault.Forbidden, "เฉพาะเจ้าหน้าที่เท่านั้นที่ยื่นแทนประชาชนได้")
	case n.Way != ByCounter && n.Way != ByPhone:
		return 0, fault.New(fault.Invalid, "กรุณาเลือกว่าประชาชนมาที่เคาน์เตอร์หรือโทรศัพท์มา")
	case n.Signing != SignOnline && n.Signing != SignPaper:
		return 0, fault.New(fault.Invalid, "กรุณาเลือกวิธีลงชื่อของประชาชน")
	case n.Way == ByPhone && n.Signing == SignPaper:
		return 0, fault.New(fault.Invalid, "ผู้ที่โทรศัพท์มาลงชื่อบนกระดาษไม่ได้ กรุณาเลือกให้ยืนยันทางลิงก์")
	case n.Name == "" || len([]rune(n.Name)) > longestFiled:
		return 0, fault.New(fault.Invalid, "กรุณาพิมพ์ชื่อและนามสกุลของประชาชน")
	case !n.Noticed:
		return 0, fault.New(fault.Invalid, "กรุณาอ่านหรือแสดงประกาศความเป็นส่วนตัวให้ประชาชนทราบก่อน แล้วทำเครื่องหมายไว้")
	}
	var phone string
	if n.Phone = strings.TrimSpace(n.Phone); n.Phone != "" {
		parsed, err := thai.ParsePhone(n.Phone)
		if err != nil {
			return 0, fault.Wrap(fault.Invalid, "หมายเลขโทรศัพท์ไม่ถูกต้อง กรุณาตรวจกับประชาชนอีกครั้ง หรือเว้นว่างไว้", err)
		}
		phone = parsed.E164
	}
	sure, err := d.surely(ctx, tx, n)
	if err != nil {
		return 0, err
	}
	if n.Way == ByPhone && phone == "" && !sure {
		return 0, fault.New(fault.Invalid, "กรุณาพิมพ์หมายเลขโทรศัพท์ของประชาชน เพื่อส่งลิงก์ให้ยืนยัน")
	}
	if _, ok := d.forms.Agency(int64(n.Agency)).Find(n.Form); !ok {
		return 0, fault.New(fault.NotFound, "ไม่พบบริการนี้ของหน่วยงาน กรุณาเลือกจากรายการ")
	}
	var id FilingID
	now := d.now()
	err = tx.QueryRow(ctx, `INSERT INTO filings (agency_id, officer_id, way, signing, seed, browser, form_key, name, phone, known_by, notice_at, started_at, sure)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, nullif($10, 0), $11, $11, $12) RETURNING id`,
		n.Agency, officer, n.Way, n.Signing, n.Seed, n.Browser, n.Form, n.Name, phone, n.KnownBy, now, sure).Scan(&id)
	if err != nil {
		return 0, fmt.Errorf("start filing: %w", err)
	}
	return id, nil
}

// FindFiling returns a filing, or fault.NotFound when it is not in the transaction's scope.
func FindFiling(ctx context.Context, tx pgx.Tx, id FilingID) (Filing, error) {
	return findFiling(ctx, tx, `SELECT `+filingColumns+` FROM filings WHERE id = $1`, id)
}

// FilingByToken returns the filing that a citizen's link opens, or fault.NotFound.
func FilingByToken(ctx context.Context, tx pgx.Tx, token string) (Filing, error) {
	return findFiling(ctx, tx, `SELECT `+filingColumns+` FROM filings WHERE token = $1`, token)
}

// FilingAt returns the filing that is filled in at a browser, or fault.NotFound.
func FilingAt(ctx context.Context, tx pgx.Tx, browser string) (Filing, error) {
	return findFiling(ctx, tx, `SELECT `+filingColumns+` FROM filings WHERE browser = $1`, browser)
}

func findFiling(ctx context.Context, tx pgx.Tx, sql string, arg any) (Filing, error) {
	rows, err := tx.Query(ctx, sql, arg)
	if err != nil {
		return Filing{}, fmt.Errorf("find filing: %w", err)
	}
	f, err := pgx.CollectExactlyOneRow(rows, pgx.RowToStructByName[Filing])
	if errors.Is(err, pgx.ErrNoRows) {
		return Filing{}, errNoFiling()
	}
	if err != nil {
		return Filing{}, fmt.Errorf("find filing: %w", err)
	}
	return f, nil
}

func errNoFiling() error {
	return fault.New(fault.NotFound, "ไม่พบคำขอที่เจ้าหน้าที่กรอกแทนนี้ ลิงก์อาจไม่ครบ กรุณาเปิดจากข้อความหรือสแกนคิวอาร์อีกครั้ง")
}

// Filings returns those of an agency that an officer has to see to, and the last of the others, the newest first.
func Filings(ctx context.Context, tx pgx.Tx, agency agencies.AgencyID, limit int) ([]Filing, error) {
	rows, err := tx.Query(ctx, `SELECT `+filingColumns+` FROM filings WHERE agency_id = $1 ORDER BY (signed_at IS NULL AND ended_at IS NULL) DESC, id DESC LIMIT $2`, agency, limit)
	if err != nil {
		return nil, fmt.Errorf("list filings: %w", err)
	}
	return pgx.CollectRows(rows, pgx.RowToStructByName[Filing])
}

// Lodged returns what was filled in, while it waits for the citizen.
func Lodged(ctx context.Context, tx pgx.Tx, id FilingID) (s Submission, err error) {
	var body []byte
	if err = tx.QueryRow(ctx, `SELECT submission FROM filings WHERE id = $1`, id).Scan(&body); err != nil {
		return s, fmt.Errorf("read filing %d: %w", id, err)
	}
	if body == nil {
		return s, fault.New(fault.NotFound, "คำขอนี้ไม่มีคำตอบรออยู่แล้ว เพราะยื่นแล้วหรือสิ้นสุดแล้ว")
	}
	if err = json.Unmarshal(body, &s); err != nil {
		return s, fmt.Errorf("read filing %d: %w", id, err)
	}
	return s, nil
}

// FilledArgs is the fact that an officer filled in a request that its citizen is to confirm.
type FilledArgs struct {
	FilingID FilingID `json:"filing_id"`
}

// Kind names the job.
func (FilledArgs) Kind() string { return "filled" }

// Lodge keeps what an officer filled in at a browser for a citizen to confirm or sign, instead of filing it at once.
// lodged is false for everybody else's browser. The transaction must see everybody's.
func (d *Desk) Lodge(ctx context.Context, tx pgx.Tx, browser string, s Submission) (lodged bool, err error) {
	f, err := findFiling(ctx, tx, `SELECT `+filingColumns+` FROM filings WHERE browser = $1 FOR UPDATE`, browser)
	if fault.Is(err, fault.NotFound) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	if f.State(d.now()) != FilingBegun {
		return false, fault.New(fault.Conflict, "คำขอที่กรอกแทนนี้ส่งแล้วหรือสิ้นสุดแล้ว กรุณาเริ่มยื่นแทนใหม่จากกล่องงาน")
	}
	s.CitizenName, s.Way, s.FiledBy, s.AgencyID = f.Name, f.Way, f.OfficerID, f.AgencyID
	if f.KnownBy != 0 { // it goes to the person whom the agency knows, and to their chat
		known, err := f.known(ctx, tx)
		if err != nil {
			return false, err
		}
		s.CitizenID = known.CitizenID
		if known.ConversationID != nil {
			s.ConversationID = *known.ConversationID
		}
	}
	body, err := json.Marshal(s)
	if err != nil {
		return false, fmt.Errorf("lodge filing %d: %w", f.ID, err)
	}
	now := d.now()
	_, err = tx.Exec(ctx, `UPDATE filings SET submission = $2, filled_at = $3, token = $4, until = $5, form_key = $6 WHERE id = $1`,
		f.ID, body, now, rand.Text(), now.Add(ConfirmFor), s.Form)
	if err != nil {
		return false, fmt.Errorf("lodge filing %d: %w", f.ID, err)
	}
	if f.Signing == SignPaper {
		return true, nil
	}
	if _, err := d.jobs.InsertTx(ctx, tx, FilledArgs{FilingID: f.ID}, nil); err != nil {
		return false, fmt.Errorf("enqueue the link of filing %d: %w", f.ID, err)
	}
	return true, nil
}

// ConfirmFiling files a request that an officer filled in, because its citizen typed their name and tapped, at the link that was
// sent or handed to them. It entered the system then. Confirming twice is as once. The transaction must see everybody's.
func (d *Desk) ConfirmFiling(ctx context.Context, tx pgx.Tx, token, name string) (Filing, error) {
	f, err := findFiling(ctx, tx, `SELECT `+filingColumns+` FROM filings WHERE token = $1 FOR UPDATE`, token)
	if err != nil {
		return Filing{}, err
	}
	name = strings.Join(strings.Fields(name), " ")
	switch state := f.State(d.now()); {
	case state == FilingFiled:
		return f, nil
	case state == FilingUnsigned:
		return Filing{}, fault.New(fault.Conflict, "คำขอนี้รอลงชื่อบนกระดาษที่เคาน์เตอร์ กรุณาติดต่อเจ้าหน้าที่")
	case state != FilingConfirms:
		return Filing{}, errLapsed()
	case name == "" || len([]rune(name)) > longestFiled:
		return Filing{}, fault.New(fault.Invalid, "กรุณาพิมพ์ชื่อและนามสกุลของท่านเพื่อลงชื่อ")
	}
	return d.sign(ctx, tx, f, signature{by: "link", name: name})
}

func errLapsed() error {
	return fault.New(fault.Conflict, "คำขอนี้หมดเวลายืนยันหรือถูกยกเลิกแล้ว ยังไม่มีการยื่น กรุณาติดต่อเจ้าหน้าที่เพื่อยื่นใหม่")
}

// SignedOnPaper files a request that an officer filled in, because its citizen signed the printed sheet before them. It
// entered the system then. No name is kept as a signature: the pen's is on the sheet, of which scans are attachments.
// Where the agency asks for a scan first, it is refused without one. The transaction must see everybody's.
func (d *Desk) SignedOnPaper(ctx context.Context, tx pgx.Tx, by Actor, id FilingID, scans ...int64) (Filing, error) {
	if _, ok := by.officer(); !ok {
		return Filing{}, fault.New(fault.Forbidden, "เฉพาะเจ้าหน้าที่เท่านั้นที่บันทึกการลงชื่อบนกระดาษได้")
	}
	f, err := findFiling(ctx, tx, `SELECT `+filingColumns+` FROM filings WHERE id = $1 FOR UPDATE`, id)
	if err != nil {
		return Filing{}, err
	}
	switch f.State(d.now()) {
	case FilingFiled:
		return f, nil
	case FilingUnsigned:
		if err := mustScan(ctx, tx, f, scans); err != nil {
			return Filing{}, err
		}
		return d.sign(ctx, tx, f, signature{by: "paper", scans: scans})
	case FilingConfirms, FilingBegun:
		return Filing{}, fault.New(fault.Conflict, "คำขอนี้ไม่ได้รอลงชื่อบนกระดาษ กรุณาโหลดหน้าใหม่เพื่อดูสถานะล่าสุด")
	default:
		return Filing{}, errLapsed()
	}
}

// signature is how a citizen signed.
type signature struct {
	by     string // as Filing.SignedBy
	name   string // as they typed it
	signer string // as Filing.Signer
	scans  []int64
	at     time.Time // zero: now
}

// sign makes a request of what was filled in.
func (d *Desk) sign(ctx context.Context, tx pgx.Tx, f Filing, by signature) (Filing, error) {
	s, err := Lodged(ctx, tx, f.ID)
	if err != nil {
		return Filing{}, err
	}
	now := by.at
	if now.IsZero() {
		now = d.now()
	}
	s.EnteredAt = now
	if f.RequestID, err = d.Submit(ctx, tx, s); err != nil {
		return Filing{}, err
	}
	f.SignedAt, f.SignedName, f.SignedBy, f.Signer, f.Scans, f.Digest = &now, by.name, by.by, by.signer, append([]int64{}, by.scans...), digestOf(s)
	_, err = tx.Exec(ctx, `UPDATE filings SET signed_at = $2, signed_name = $3, signed_by = $4, request_id = $5, signer = $6, digest = $7, scans = $8, submission = NULL WHERE id = $1`,
		f.ID, now, f.SignedName, f.SignedBy, f.RequestID, f.Signer, f.Digest, f.Scans)
	if err != nil {
		return Filing{}, fmt.Errorf("sign filing %d: %w", f.ID, err)
	}
	return f, nil
}

// DropFiling gives up what was begun or waits for the citizen.
func (d *Desk) DropFiling(ctx context.Context, tx pgx.Tx, by Actor, id FilingID) error {
	if _, ok := by.officer(); !ok {
		return fault.New(fault.Forbidden, "เฉพาะเจ้าหน้าที่เท่านั้นที่ยกเลิกการยื่นแทนได้")
	}
	f, err := findFiling(ctx, tx, `SELECT `+filingColumns+` FROM filings WHERE id = $1 FOR UPDATE`, id)
	switch {
	case err != nil:
		return err
	case f.SignedAt != nil:
		return fault.New(fault.Conflict, "คำขอนี้ยื่นแล้ว จึงยกเลิกการกรอกแทนไม่ได้ ประชาชนถอนคำขอได้เองจากหน้าติดตามเรื่อง")
	case f.EndedAt != nil:
		return nil
	}
	return endFiling(ctx, tx, f.ID, "dropped", d.now())
}

// endFiling ends a filing that is no request, and forgets whom it was for.
func endFiling(ctx context.Context, tx pgx.Tx, id FilingID, why string, now time.Time) error {
	_, err := tx.Exec(ctx, `UPDATE filings SET ended_at = $2, ended_why = $3, submission = NULL, name = '', phone = '' WHERE id = $1`, id, now, why)
	if err != nil {
		return fmt.Errorf("end filing %d: %w", id, err)
	}
	return nil
}

// LapseFilings ends what nobody confirmed in time, and forgets it (PDP-5). It returns how many there were. The transaction
// must see everybody's.
func (d *Desk) LapseFilings(ctx context.Context, tx pgx.Tx) (int64, error) {
	now := d.now()
	tag, err := tx.Exec(ctx, `UPDATE filings SET ended_at = $1, ended_why = 'lapsed', submission = NULL, name = '', phone = ''
		WHERE signed_at IS NULL AND ended_at IS NULL AND (filled_at IS NULL AND started_at < $2 OR until < $1)`, now, now.Add(-FillFor))
	if err != nil {
		return 0, fmt.Errorf("lapse filings: %w", err)
	}
	return tag.RowsAffected(), nil
}

// FilingOf returns the filing that a request was made of; found is false when the citizen filed it themselves.
func FilingOf(ctx context.Context, tx pgx.Tx, id RequestID) (f Filing, found bool, err error) {
	f, err = findFiling(ctx, tx, `SELECT `+filingColumns+` FROM filings WHERE request_id = $1`, id)
	if fault.Is(err, fault.NotFound) {
		return Filing{}, false, nil
	}
	return f, err == nil, err
}

// DraftOf names the filling of a form that a request was made of.
func DraftOf(ctx context.Context, tx pgx.Tx, id RequestID) (draft string, err error) {
	if err = tx.QueryRow(ctx, `SELECT draft FROM requests WHERE id = $1`, id).Scan(&draft); err != nil {
		return "", fmt.Errorf("draft of request %d: %w", id, err)
	}
	return draft, nil
}

// SearchCitizen finds a citizen among the agency's own cases, by the number of a case or by a telephone that stands in one.
// It returns the newest case; a fault Conflict when a telephone stands in cases of several people.
func SearchCitizen(ctx context.Context, tx pgx.Tx, agency agencies.AgencyID, text string) (Ticket, error) {
	text = strings.TrimSpace(text)
	t, err := find(ctx, tx, `SELECT `+ticketColumns+` FROM tickets WHERE number = upper($1)`, text)
	if err == nil || !fault.Is(err, fault.NotFound) {
		return t, err
	}
	missing := fault.New(fault.NotFound, "ไม่พบเรื่องหรือหมายเลขโทรศัพท์นี้ในเรื่องของหน่วยงาน กรุณาตรวจอีกครั้ง หรือเว้นว่างไว้หากยังไม่เคยยื่น")
	phone, err := thai.ParsePhone(text)
	if err != nil {
		return Ticket{}, missing
	}
	rows, err := tx.Query(ctx, `SELECT citizen_id, max(id) FROM tickets WHERE agency_id = $1
		AND (position($2 IN search) > 0 OR position($3 IN search) > 0 OR request_id IN (SELECT request_id FROM filings WHERE phone = $4))
		GROUP BY citizen_id ORDER BY 2 DESC LIMIT 2`, agency, thai.Key(phone.Shown), strings.ReplaceAll(thai.Key(phone.Shown), " ", ""), phone.E164)
	if err != nil {
		return Ticket{}, fmt.Errorf("search citizen: %w", err)
	}
	var newest []TicketID
	var citizen int64
	var id TicketID
	_, err = pgx.ForEachRow(rows, []any{&citizen, &id}, func() error { newest = append(newest, id); return nil })
	switch {
	case err != nil:
		return Ticket{}, fmt.Errorf("search citizen: %w", err)
	case len(newest) == 0:
		return Ticket{}, missing
	case len(newest) > 1:
		return Ticket{}, fault.New(fault.Conflict, "หมายเลขโทรศัพท์นี้อยู่ในเรื่องของหลายคน กรุณาค้นด้วยเลขที่เรื่องของประชาชนรายนี้แทน")
	}
	return Find(ctx, tx, newest[0])
}
