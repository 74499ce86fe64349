package agencies

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"saphan/internal/fault"
	"saphan/internal/secret"
)

// Channel is an official account of an agency on a chat service (ช่องทาง).
type Channel struct {
	ID           ChannelID
	AgencyID     AgencyID
	Kind         string // "line", or WebKind
	Destination  string // LINE: the bot's user ID, by which a webhook names its account
	Provider     string // LINE user IDs are one per provider (line.md 5.1)
	Name         string
	BasicID      string // the @name that people search for
	LineID       string // "Channel ID" of the console: who asks for tokens
	Secret       string // signs webhooks
	OldSecret    string // signs them too until OldUntil; empty: none (line.md 1.2)
	OldUntil     time.Time
	TokenKind    TokenKind // empty: FixedToken
	Token        string    // authorises calls; that of StatelessToken is never kept
	TokenFrom    time.Time // SharedToken: when Token was issued
	TokenUntil   time.Time // and until when it holds
	Key          string    // PEM of the private key that signs assertions
	KeyID        string    // by which the console knows its public half
	NextKey      string    // PEM of a private key whose public half is still to be registered
	AnnouncedAt  *time.Time
	AnnouncedRef string     // where the announcement is published (EGA-10.6)
	PausedAt     *time.Time // events are kept, nothing is done or sent
	RemovedAt    *time.Time // the secrets are gone; the talks that belong to it stay
	Shut         error      // why its secrets, which are empty then, cannot be opened; nil: they are here
}

// TokenKind says how a channel comes by the tokens that authorise its calls (line.md 4.6).
type TokenKind string

// The kinds of tokens.
const (
	FixedToken     TokenKind = "fixed"     // pasted from the console, holds until it is replaced
	StatelessToken TokenKind = "stateless" // fetched by ID and secret or by an assertion, lives for 15 minutes
	SharedToken    TokenKind = "v2.1"      // fetched by an assertion, lives for 30 days, shared by the processes
)

// Announced says whether the agency has announced the channel as one for requests (EGA-10.6).
func (c Channel) Announced() bool { return c.AnnouncedAt != nil }

// LogValue keeps the secrets out of every log line.
func (c Channel) LogValue() slog.Value {
	return slog.GroupValue(slog.Int64("id", int64(c.ID)), slog.String("kind", c.Kind))
}

// complete says what is missing for the channel to work.
func (c Channel) complete() error {
	switch {
	case c.Destination == "" || c.Secret == "":
		return fault.New(fault.Invalid, "ช่องทางต้องมีรหัสบัญชี (destination) และรหัสลับ (channel secret)")
	case c.Provider == "":
		return fault.New(fault.Invalid, "ยังไม่ได้ระบุ Provider ของช่องทาง กรุณาดูชื่อจาก LINE Developers Console")
	case (c.AnnouncedAt == nil) != (c.AnnouncedRef == ""):
		return errAnnouncement()
	}
	return c.authorised()
}

// authorised says what is missing for the channel to get its tokens.
func (c Channel) authorised() error {
	switch {
	case c.TokenKind == FixedToken && c.Token == "":
		return fault.New(fault.Invalid, "ยังไม่มีโทเคน (channel access token) กรุณาคัดลอกจาก LINE Developers Console")
	case c.TokenKind != FixedToken && c.LineID == "":
		return fault.New(fault.Invalid, "ยังไม่มี Channel ID กรุณาคัดลอกจาก LINE Developers Console แท็บ Basic settings")
	case c.TokenKind == SharedToken && (c.Key == "" || c.KeyID == ""):
		return fault.New(fault.Invalid, "โทเคนแบบ v2.1 ต้องมีกุญแจและ kid ที่ได้จาก LINE Developers Console")
	}
	return nil
}

func errAnnouncement() error {
	return fault.New(fault.Invalid, "การประกาศช่องทางต้องมีทั้งวันที่ประกาศและเลขที่ประกาศหรือที่อยู่เว็บไซต์ กรุณากรอกให้ครบทั้งสองช่อง")
}

type channelRow struct {
	ID           ChannelID  `db:"id"`
	AgencyID     AgencyID   `db:"agency_id"`
	Kind         string     `db:"kind"`
	Destination  string     `db:"destination"`
	Provider     string     `db:"provider"`
	Name         string     `db:"name"`
	BasicID      string     `db:"basic_id"`
	LineID       string     `db:"line_id"`
	SecretSealed []byte     `db:"secret_sealed"`
	OldSealed    []byte     `db:"old_secret_sealed"`
	OldUntil     *time.Time `db:"old_secret_until"`
	TokenKind    TokenKind  `db:"token_kind"`
	TokenSealed  []byte     `db:"token_sealed"`
	TokenFrom    *time.Time `db:"token_from"`
	TokenUntil   *time.Time `db:"token_until"`
	KeySealed    []byte     `db:"key_sealed"`
	KeyID        string     `db:"key_id"`
	NextSealed   []byte     `db:"next_key_sealed"`
	AnnouncedAt  *time.Time `db:"announced_at"`
	AnnouncedRef string     `db:"announced_ref"`
	PausedAt     *time.Time `db:"paused_at"`
	RemovedAt    *time.Time `db:"removed_at"`
}

const channelColumns = `id, agency_id, kind, destination, provider, name, basic_id, line_id, secret_sealed, old_secret_sealed, old_secret_until,
	token_kind, token_sealed, token_from, token_until, key_sealed, key_id, next_key_sealed, announced_at, announced_ref,
	paused_at, removed_at`

// The words under which a channel's secrets are sealed: bound to the account, not to the row.
func secretPurpose(kind, destination string) string {
	return "channel secret " + kind + " " + destination
}

func tokenPurpose(kind, destination string) string {
	return "channel token " + kind + " " + destination
}

func keyPurpose(kind, destination string) string { return "channel key " + kind + " " + destination }

// sealed are a channel's secrets as its row keeps them.
type sealed struct{ secret, token, key, next []byte }

func (c Channel) seal(box secret.Box) sealed {
	s := sealed{
		secret: box.Seal([]byte(c.Secret), secretPurpose(c.Kind, c.Destination)),
		token:  box.Seal(nil, tokenPurpose(c.Kind, c.Destination)),
	}
	if c.TokenKind == FixedToken {
		s.token = box.Seal([]byte(c.Token), tokenPurpose(c.Kind, c.Destination))
	}
	if c.Key != "" {
		s.key = box.Seal([]byte(c.Key), keyPurpose(c.Kind, c.Destination))
	}
	if c.NextKey != "" {
		s.next = box.Seal([]byte(c.NextKey), keyPurpose(c.Kind, c.Destination))
	}
	return s
}

// CreateChannel adds an official account. An empty secret is refused: with it anybody could sign
// webhooks (line.md row 4). An account that the agency had removed comes back to its old row, with
// the talks that belong to it.
func CreateChannel(ctx context.Context, tx pgx.Tx, box secret.Box, c Channel) (ChannelID, error) {
	if c.TokenKind == "" {
		c.TokenKind = FixedToken
	}
	if err := c.complete(); err != nil {
		return 0, err
	}
	s := c.seal(box)
	var id ChannelID
	err := tx.QueryRow(ctx, `UPDATE channels SET name = $5, basic_id = $6, line_id = $7, secret_sealed = $8, token_kind = $9, token_sealed = $10,
			key_sealed = $11, key_id = $12, announced_at = $13, announced_ref = $14, paused_at = NULL, removed_at = NULL
		WHERE id = (SELECT max(id) FROM channels
			WHERE agency_id = $1 AND kind = $2 AND destination = $3 AND provider = $4 AND removed_at IS NOT NULL)
		AND NOT EXISTS (SELECT FROM channels WHERE kind = $2 AND destination = $3 AND removed_at IS NULL)
		RETURNING id`, c.AgencyID, c.Kind, c.Destination, c.Provider, c.Name, c.BasicID, c.LineID, s.secret, c.TokenKind, s.token,
		s.key, c.KeyID, c.AnnouncedAt, c.AnnouncedRef).Scan(&id)
	if !errors.Is(err, pgx.ErrNoRows) {
		if err != nil {
			return 0, fmt.Errorf("bring back channel: %w", err)
		}
		return id, nil
	}
	err = tx.QueryRow(ctx, `INSERT INTO channels (agency_id, kind, destination, provider, name, basic_id, line_id, secret_sealed, token_kind, token_sealed,
			key_sealed, key_id, announced_at, announced_ref)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14) RETURNING id`,
		c.AgencyID, c.Kind, c.Destination, c.Provider, c.Name, c.BasicID, c.LineID, s.secret, c.TokenKind, s.token,
		s.key, c.KeyID, c.AnnouncedAt, c.AnnouncedRef).Scan(&id)
	if taken(err) {
		return 0, fault.Wrap(fault.Conflict, "บัญชีทางการนี้เพิ่มไว้ในระบบแล้ว หากอยู่กับหน่วยงานอื่นให้หน่วยงานนั้นนำออกก่อน", err)
	}
	if err != nil {
		return 0, fmt.Errorf("create channel: %w", err)
	}
	return id, nil
}

// taken says whether a row was refused because another has its name.
func taken(err error) bool {
	var pg *pgconn.PgError
	return errors.As(err, &pg) && pg.Code == "23505"
}

// FindChannel returns a channel by its number, also one that was removed.
func FindChannel(ctx context.Context, tx pgx.Tx, box secret.Box, id ChannelID) (Channel, error) {
	c, err := channel(ctx, tx, box, `SELECT `+channelColumns+` FROM channels WHERE id = $1`, id)
	if err == nil && c.Shut != nil {
		return Channel{}, c.Shut
	}
	return c, err
}

// SeeChannel returns an official account of an agency that was not removed, to read and to remove it. It may be Shut.
func SeeChannel(ctx context.Context, tx pgx.Tx, box secret.Box, agency AgencyID, id ChannelID) (Channel, error) {
	return channel(ctx, tx, box, `SELECT `+channelColumns+` FROM channels WHERE id = $1 AND agency_id = $2 AND kind <> $3 AND removed_at IS NULL`, id, agency, WebKind)
}

// OwnChannel returns an official account of an agency that was not removed, locked until the transaction ends.
func OwnChannel(ctx context.Context, tx pgx.Tx, box secret.Box, agency AgencyID, id ChannelID) (Channel, error) {
	c, err := channel(ctx, tx, box, `SELECT `+channelColumns+` FROM channels WHERE id = $1 AND agency_id = $2 AND kind <> $3 AND removed_at IS NULL FOR NO KEY UPDATE`, id, agency, WebKind)
	if err == nil && c.Shut != nil {
		return Channel{}, fault.Wrap(fault.Conflict, "เปิดรหัสลับของช่องทางนี้ไม่ได้ กรุณาใส่ SECRET_KEY เดิมกลับ หรือนำช่องทางออกแล้วเพิ่มใหม่", c.Shut)
	}
	return c, err
}

// ErrNoSecret means that anybody could sign for a channel (line.md row 4).
var ErrNoSecret = errors.New("it has no channel secret")

// Channels returns every channel of a kind that was not removed, for the webhook to choose from. Those that are
// shut are told apart: the trouble of one is not that of the others.
func Channels(ctx context.Context, tx pgx.Tx, box secret.Box, kind string) (all, shut []Channel, err error) {
	found, err := channelRows(ctx, tx, `SELECT `+channelColumns+` FROM channels WHERE kind = $1 AND removed_at IS NULL ORDER BY id`, kind)
	if err != nil {
		return nil, nil, err
	}
	for _, r := range found {
		c := r.open(box)
		if c.Shut == nil && c.Secret == "" {
			c.Shut = ErrNoSecret
		}
		if c.Shut != nil {
			shut = append(shut, c)
			continue
		}
		all = append(all, c)
	}
	return all, shut, nil
}

// ChannelsOf returns the official accounts of an agency that were not removed. Some may be Shut.
func ChannelsOf(ctx context.Context, tx pgx.Tx, box secret.Box, agency AgencyID) ([]Channel, error) {
	found, err := channelRows(ctx, tx, `SELECT `+channelColumns+` FROM channels WHERE agency_id = $1 AND kind <> $2 AND removed_at IS NULL ORDER BY id`, agency, WebKind)
	if err != nil {
		return nil, err
	}
	list := make([]Channel, 0, len(found))
	for _, r := range found {
		list = append(list, r.open(box))
	}
	return list, nil
}

// ChannelNames returns what the channels of an agency are called, also those that were removed.
func ChannelNames(ctx context.Context, tx pgx.Tx, agency AgencyID) (map[ChannelID]string, error) {
	rows, err := tx.Query(ctx, `SELECT id, name FROM channels WHERE agency_id = $1`, agency)
	if err != nil {
		return nil, fmt.Errorf("list names of channels: %w", err)
	}
	names := map[ChannelID]string{}
	var (
		id   ChannelID
		name string
	)
	_, err = pgx.ForEachRow(rows, []any{&id, &name}, func() error { names[id] = name; return nil })
	if err != nil {
		return nil, fmt.Errorf("list names of channels: %w", err)
	}
	return names, nil
}

func channelRows(ctx context.Context, tx pgx.Tx, query string, args ...any) ([]channelRow, error) {
	rows, err := tx.Query(ctx, query, args...)
	if err != nil {
		return nil, fmt.Errorf("list channels: %w", err)
	}
	found, err := pgx.CollectRows(rows, pgx.RowToStructByName[channelRow])
	if err != nil {
		return nil, fmt.Errorf("list channels: %w", err)
	}
	return found, nil
}

func channel(ctx context.Context, tx pgx.Tx, box secret.Box, query string, args ...any) (Channel, error) {
	rows, err := tx.Query(ctx, query, args...)
	if err != nil {
		return Channel{}, fmt.Errorf("find channel: %w", err)
	}
	r, err := pgx.CollectExactlyOneRow(rows, pgx.RowToStructByName[channelRow])
	if errors.Is(err, pgx.ErrNoRows) {
		return Channel{}, fault.New(fault.NotFound, "ไม่พบช่องทางนี้")
	}
	if err != nil {
		return Channel{}, fmt.Errorf("find channel: %w", err)
	}
	return r.open(box), nil
}

// open is the channel of a row: with its secrets, or Shut.
func (r channelRow) open(box secret.Box) Channel {
	c, err := r.unsealed(box)
	if err != nil {
		c.Secret, c.OldSecret, c.Token, c.Key, c.NextKey, c.Shut = "", "", "", "", "", err
	}
	return c
}

func (r channelRow) unsealed(box secret.Box) (Channel, error) {
	c := Channel{
		ID: r.ID, AgencyID: r.AgencyID, Kind: r.Kind, Destination: r.Destination, Provider: r.Provider, Name: r.Name, BasicID: r.BasicID,
		LineID: r.LineID, TokenKind: r.TokenKind, KeyID: r.KeyID, AnnouncedAt: r.AnnouncedAt, AnnouncedRef: r.AnnouncedRef,
		PausedAt: r.PausedAt, RemovedAt: r.RemovedAt,
	}
	if r.RemovedAt != nil { // nothing is left to open
		return c, nil
	}
	var err error
	if c.Secret, err = r.opened(box, "secret", r.SecretSealed, secretPurpose); err != nil {
		return c, err
	}
	if c.Token, err = r.opened(box, "token", r.TokenSealed, tokenPurpose); err != nil {
		return c, err
	}
	if r.TokenFrom != nil && r.TokenUntil != nil {
		c.TokenFrom, c.TokenUntil = *r.TokenFrom, *r.TokenUntil
	}
	if r.KeySealed != nil {
		if c.Key, err = r.opened(box, "key", r.KeySealed, keyPurpose); err != nil {
			return c, err
		}
	}
	if r.NextSealed != nil {
		if c.NextKey, err = r.opened(box, "next key", r.NextSealed, keyPurpose); err != nil {
			return c, err
		}
	}
	if r.OldUntil != nil {
		if c.OldSecret, err = r.opened(box, "old secret", r.OldSealed, secretPurpose); err != nil {
			return c, err
		}
		c.OldUntil = *r.OldUntil
	}
	return c, nil
}

func (r channelRow) opened(box secret.Box, what string, value []byte, purpose func(kind, destination string) string) (string, error) {
	plain, err := box.Open(value, purpose(r.Kind, r.Destination))
	if err != nil {
		return "", fmt.Errorf("open %s of channel %d (was SECRET_KEY changed?): %w", what, r.ID, err)
	}
	return string(plain), nil
}
