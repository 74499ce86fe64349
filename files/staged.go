package files

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"saphan/internal/fault"
)

// UploadLargest is the largest file that a page may send in pieces when UploadLimits name no other.
const UploadLargest = 500 << 20

const (
	// uploadFor is how long an upload waits for its next byte, and uploadAtMost for its last.
	uploadFor    = 24 * time.Hour
	uploadAtMost = 7 * 24 * time.Hour
	// uploadsOpen and uploadsADay are what one sender may have under way, and send in 24 hours, when
	// UploadLimits say nothing else.
	uploadsOpen = 20
	uploadsADay = 2 << 30
	// uploadsAtOnce is how many pieces a process takes in at the same time. Each needs up to partSize of memory.
	uploadsAtOnce = 64
	// uploadsKeptFor is how long it is known which upload became which attachment: as long as a form that
	// was begun waits for its sender (PDP-5).
	uploadsKeptFor = 30 * 24 * time.Hour
)

// UploadLimits bound what is taken in pieces. A field that is 0 stands for the usual.
type UploadLimits struct {
	Max    int64 // bytes of one file; UploadLargest
	Open   int   // uploads that one sender may have under way; 20
	PerDay int64 // bytes that one sender may send in 24 hours; 2 GiB
	AtOnce int   // pieces that this process takes in at the same time; 64
}

// Upload is the row about a file on its way in. It belongs to whoever began it.
type Upload struct {
	ID        string // random, as long as nobody can guess it
	Owner     string
	Name      string // made safe by SafeName
	Size      int64  // bytes, as the sender said at the beginning
	Offset    int64  // bytes that are here for good
	ExpiresAt time.Time
	// AttachmentID is what it became; 0 until every byte is here, put together and accepted.
	AttachmentID AttachmentID

	object  Object // what it will be
	storeID string
	parts   []part
	tail    string // key of the bytes after the last whole part
	tailLen int64
	state   string
	sealed  []byte // progress, sealed
}

// part is one whole part in the store.
type part struct {
	number int
	tag    string
}

// Whole reports whether every byte is here.
func (u Upload) Whole() bool { return u.Offset == u.Size }

// LogValue keeps the name, the owner and the keys out of every log line.
func (u Upload) LogValue() slog.Value {
	return slog.GroupValue(slog.String("upload", u.ID), slog.Int64("bytes", u.Size), slog.Int64("offset", u.Offset))
}

// UploadsConfig is what Uploads works with.
type UploadsConfig struct {
	Store *Store
	// Tx runs fn in a transaction that sees every upload and attachment, and commits it.
	Tx func(ctx context.Context, fn func(tx pgx.Tx) error) error
	// Scan is told, in the transaction that makes the attachment, of each file that waits for its virus
	// scan. Nil: there is no scanner, and files can be opened at once.
	Scan func(ctx context.Context, tx pgx.Tx, id AttachmentID) error
	// Unused is told, in the transaction that takes an upload back, of the attachment it had become: it erases
	// that unless somebody needs it by now. Nil: it waits for the day on which files that nobody needs go.
	Unused func(ctx context.Context, tx pgx.Tx, id AttachmentID) error
	Limits UploadLimits
	Now    func() time.Time // nil means time.Now
	Log    *slog.Logger
	// At is told when an upload reaches a border between two facts; tests stop the process there. Nil does
	// nothing.
	At func(border string)
}

// Uploads takes in files that come in pieces, over connections that break and to whichever process is
// there. What was taken in stays: the row says up to which byte, and the bytes are in the store, sealed.
type Uploads struct {
	store   *Store
	tx      func(ctx context.Context, fn func(tx pgx.Tx) error) error
	scan    func(ctx context.Context, tx pgx.Tx, id AttachmentID) error
	unused  func(ctx context.Context, tx pgx.Tx, id AttachmentID) error
	limits  UploadLimits
	now     func() time.Time
	log     *slog.Logger
	border  func(string)
	room    chan struct{} // one token for each piece that is taken in
	writers writers
}

// NewUploads returns Uploads, or says what is missing.
func NewUploads(c UploadsConfig) (*Uploads, error) {
	if c.Store == nil || c.Tx == nil || c.Log == nil {
		return nil, errors.New("uploads: a part is missing")
	}
	l := c.Limits
	if l.Max == 0 {
		l.Max = UploadLargest
	}
	if l.Open == 0 {
		l.Open = uploadsOpen
	}
	if l.PerDay == 0 {
		l.PerDay = uploadsADay
	}
	if l.AtOnce == 0 {
		l.AtOnce = uploadsAtOnce
	}
	u := &Uploads{store: c.Store, tx: c.Tx, scan: c.Scan, unused: c.Unused, limits: l, now: c.Now, log: c.Log, border: c.At, room: make(chan struct{}, l.AtOnce)}
	if u.now == nil {
		u.now = time.Now
	}
	if u.border == nil {
		u.border = func(string) {}
	}
	return u, nil
}

// Max is the largest file that is taken, in bytes.
func (u *Uploads) Max() int64 { return u.limits.Max }

// Begin makes room for a file. It is refused, with a sentence for the sender, when it is empty, too
// large, named like a program, or when the sender has too much under way.
func (u *Uploads) Begin(ctx context.Context, owner, name string, size int64) (Upload, error) {
	if owner == "" {
		return Upload{}, errors.New("begin upload: nobody sends it")
	}
	switch {
	case size <= 0:
		return Upload{}, fault.New(fault.Invalid, sentenceEmpty)
	case size > u.limits.Max:
		return Upload{}, TooLarge(u.limits.Max)
	}
	up := Upload{ID: strings.ToLower(rand.Text()), Owner: owner, Name: SafeName(name), Size: size, ExpiresAt: u.now().Add(uploadFor), state: "open"}
	up.object, _ = u.store.newObject()
	if size > partSize {
		up.object.PartBytes = partSize
	}
	err := u.row(ctx, func(ctx context.Context, tx pgx.Tx) error {
		if err := u.allow(ctx, tx, owner, size); err != nil {
			return err
		}
		_, err := tx.Exec(ctx, `INSERT INTO uploads (id, owner, name, size_bytes, object_key, sealed_key, part_bytes, created_at, expires_at)
			VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)`,
			up.ID, up.Owner, up.Name, up.Size, up.object.Key, up.object.SealedKey, up.object.PartBytes, u.now(), up.ExpiresAt)
		return err
	})
	if err != nil {
		return Upload{}, wrapped("begin upload", err)
	}
	return up, nil
}

// allow refuses what is more than one sender may send. Two requests of one sender are asked one after the
// other.
func (u *Uploads) allow(ctx context.Context, tx pgx.Tx, owner string, size int64) error {
	if _, err := tx.Exec(ctx, `SELECT pg_advisory_xact_lock(hashtextextended('uploads of ' || $1, 0))`, owner); err != nil {
		return err
	}
	var open int
	var sent int64
	err := tx.QueryRow(ctx, `SELECT count(*) FILTER (WHERE state = 'open' AND expires_at > $2), coalesce(sum(CASE state WHEN 'gone' THEN offset_bytes ELSE size_bytes END), 0)::bigint
		FROM uploads WHERE owner = $1 AND created_at > $3`, owner, u.now(), u.now().Add(-24*time.Hour)).Scan(&open, &sent)
	switch {
	case err != nil:
		return err
	case open >= u.limits.Open:
		return fault.Newf(fault.Conflict, "มีไฟล์ที่กำลังส่งอยู่แล้ว {n} ไฟล์ กรุณารอให้ส่งเสร็จหรือยกเลิกบางไฟล์ก่อนค่ะ", "n", open)
	case sent+size > u.limits.PerDay:
		return fault.Newf(fault.TooLarge, "ส่งไฟล์ได้ไม่เกิน {max} ต่อวัน กรุณาส่งไฟล์ที่เหลือในวันพรุ่งนี้ หรือนำไปที่หน่วยงานค่ะ", "max", megabytes(u.limits.PerDay))
	}
	return nil
}

const uploadColumns = `id, owner, name, size_bytes, offset_bytes, state, object_key, sealed_key, part_bytes, store_id, part_numbers, part_tags,
	tail_key, tail_bytes, progress, attachment_id, expires_at`

// Find returns an upload to its owner. For everybody else, and when it was left for too long, there is
// none.
func (u *Uploads) Find(ctx context.Context, owner, id string) (up Upload, err error) {
	err = u.row(ctx, func(ctx context.Context, tx pgx.Tx) error {
		up, err = findUpload(ctx, tx, owner, id)
		return err
	})
	if err == nil && up.AttachmentID == 0 && !u.now().Before(up.ExpiresAt) {
		return Upload{}, fault.New(fault.NotFound, sentenceNoUpload)
	}
	return up, wrapped("find upload", err)
}

func findUpload(ctx context.Context, tx pgx.Tx, owner, id string) (Upload, error) {
	rows, err := tx.Query(ctx, `SELECT `+uploadColumns+` FROM uploads WHERE id = $1 AND owner = $2 AND state <> 'gone'`, id, owner)
	if err != nil {
		return Upload{}, err
	}
	up, err := pgx.CollectExactlyOneRow(rows, scanUpload)
	if errors.Is(err, pgx.ErrNoRows) {
		return Upload{}, fault.New(fault.NotFound, sentenceNoUpload)
	}
	return up, err
}

func scanUpload(row pgx.CollectableRow) (up Upload, err error) {
	var (
		numbers    []int
		tags       []string
		attachment *AttachmentID
	)
	err = row.Scan(&up.ID, &up.Owner, &up.Name, &up.Size, &up.Offset, &up.state, &up.object.Key, &up.object.SealedKey, &up.object.PartBytes, &up.storeID, &numbers, &tags,
		&up.tail, &up.tailLen, &up.sealed, &attachment, &up.ExpiresAt)
	if err == nil && len(numbers) != len(tags) {
		err = fmt.Errorf("upload %s: %d parts with %d tags", up.ID, len(numbers), len(tags))
	}
	if err != nil {
		return Upload{}, err
	}
	for i, n := range numbers {
		up.parts = append(up.parts, part{n, tags[i]})
	}
	if attachment != nil {
		up.AttachmentID = *attachment
	}
	return up, nil
}

// Kept returns the attachment that an upload of this owner became, for the form that names it. It is
// refused, with a sentence, while bytes are missing and when there is none.
func Kept(ctx context.Context, tx pgx.Tx, owner, id string) (Attachment, error) {
	up, err := findUpload(ctx, tx, owner, id)
	if err != nil {
		return Attachment{}, wrapped("kept upload", err)
	}
	if up.AttachmentID == 0 {
		return Attachment{}, fault.Newf(fault.Conflict, "ไฟล์ “{name}” ยังส่งไม่ครบ กรุณารอให้ส่งเสร็จ แล้วกดส่งอีกครั้งค่ะ", "name", up.Name)
	}
	return Find(ctx, tx, up.AttachmentID)
}

// UploadsOf returns the uploads of an owner that are not finished, the newest first.
func UploadsOf(ctx context.Context, tx pgx.Tx, owner string, now time.Time) ([]Upload, error) {
	return listUploads(ctx, tx, `SELECT `+uploadColumns+` FROM uploads WHERE owner = $1 AND state = 'open' AND expires_at > $2 ORDER BY created_at DESC`, owner, now)
}

// LeftUploads returns uploads whose time is over, up to a limit.
func LeftUploads(ctx context.Context, tx pgx.Tx, now time.Time, limit int) ([]Upload, error) {
	return listUploads(ctx, tx, `SELECT `+uploadColumns+` FROM uploads WHERE state = 'open' AND expires_at <= $1 AND (held_until IS NULL OR held_until < clock_timestamp())
		ORDER BY expires_at LIMIT $2`, now, limit)
}

func listUploads(ctx context.Context, tx pgx.Tx, query string, args ...any) ([]Upload, error) {
	rows, err := tx.Query(ctx, query, args...)
	if err != nil {
		return nil, fmt.Errorf("list uploads: %w", err)
	}
	all, err := pgx.CollectRows(rows, scanUpload)
	if err != nil {
		return nil, fmt.Errorf("list uploads: %w", err)
	}
	return all, nil
}

// DropUpload erases what the row says about an upload that did not become an attachment, its key first
// of all: from the commit on no copy of the bytes can be read. Store.Discard then removes them. What was
// sent still counts for the day. Dropping twice is no error.
func DropUpload(ctx context.Context, tx pgx.Tx, id string) error {
	if _, err := tx.Exec(ctx, `UPDATE uploads SET state = 'gone', name = '', sealed_key = '', progress = '', holder = '', held_until = NULL
		WHERE id = $1 AND state = 'open'`, id); err != nil {
		return fmt.Errorf("drop upload: %w", err)
	}
	return nil
}

// EraseUploads drops every unfinished upload of an owner and forgets which of their attachments came by
// upload (PDP-4). It returns what Store.Discard has to remove afterwards.
func EraseUploads(ctx context.Context, tx pgx.Tx, owner string) ([]Upload, error) {
	left, err := listUploads(ctx, tx, `SELECT `+uploadColumns+` FROM uploads WHERE owner = $1 AND state = 'open'`, owner)
	if err != nil {
		return nil, err
	}
	if _, err := tx.Exec(ctx, `DELETE FROM uploads WHERE owner = $1`, owner); err != nil {
		return nil, fmt.Errorf("erase uploads: %w", err)
	}
	return left, nil
}

// ForgetUploads removes the rows about uploads that nobody asks about any more: of those that are gone
// after a day, of those that became attachments when no form waits for its sender any more. It returns
// how many.
func ForgetUploads(ctx context.Context, tx pgx.Tx, now time.Time) (int64, error) {
	tag, err := tx.Exec(ctx, `DELETE FROM uploads WHERE (state = 'gone' AND created_at < $1) OR (state = 'kept' AND created_at < $2)`,
		now.Add(-24*time.Hour), now.Add(-uploadsKeptFor))
	if err != nil {
		return 0, fmt.Errorf("forget uploads: %w", err)
	}
	return tag.RowsAffected(), nil
}

// wrapped says where an error came from, unless it is one for people.
func wrapped(what string, err error) error {
	var f *fault.Error
	if err == nil || errors.As(err, &f) {
		return err
	}
	return fmt.Errorf("%s: %w", what, err)
}

// The sentences of this file's faults.
const (
	sentenceEmpty    = "ไฟล์นี้ว่างเปล่า ไม่มีข้อมูล กรุณาตรวจสอบแล้วส่งใหม่ค่ะ"
	sentenceNoUpload = "ไม่พบไฟล์ที่กำลังส่ง อาจทิ้งไว้นานเกินไป กรุณาเลือกไฟล์แล้วส่งใหม่ค่ะ"
)
