package tickets

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/jackc/pgx/v5"

	"saphan/agencies"
	"saphan/internal/fault"
	"saphan/internal/thai"
)

// EventScanned says that an officer added a scan of the sheet that the citizen signed by pen (MTH-1.3).
const EventScanned EventKind = "scanned"

// LabelScan is the name of such a scan among the files of its case.
const LabelScan = "คำขอที่ลงชื่อบนกระดาษ"

// mostScans is how many pages or photos of one sheet are kept at most.
const mostScans = 10

// mustScan refuses a sheet without its scan where the agency wants it first. Otherwise the scan follows within the day:
// a request entered when the citizen signed it (EGA-10.3), and a scanner that is broken takes that from nobody.
func mustScan(ctx context.Context, tx pgx.Tx, f Filing, scans []int64) error {
	if len(scans) > mostScans {
		return tooManyScans()
	}
	first, err := agencies.ScanFirst(ctx, tx, f.AgencyID)
	if err == nil && first && len(scans) == 0 {
		return fault.New(fault.Invalid, "หน่วยงานกำหนดให้แนบภาพแบบที่ลงชื่อแล้วก่อนยื่น กรุณาถ่ายรูปหรือสแกนแล้วแนบไฟล์")
	}
	return err
}

func tooManyScans() error {
	return fault.Newf(fault.Invalid, "แนบภาพแบบที่ลงชื่อได้ไม่เกิน {n} ไฟล์ กรุณารวมเป็นไฟล์ PDF เดียว", "n", mostScans)
}

// ScanDue is by when the scan of a signed sheet must be there: the end of the day in Bangkok. ok is false when there is one,
// or no sheet.
func (f Filing) ScanDue() (due time.Time, ok bool) {
	if f.SignedBy != "paper" || len(f.Scans) > 0 || f.Name == "" {
		return time.Time{}, false
	}
	y, m, d := f.SignedAt.In(thai.Bangkok()).Date()
	return time.Date(y, m, d+1, 0, 0, 0, 0, thai.Bangkok()), true
}

// AddScan adds a scan to what was signed by pen. None is ever taken away: a better one is added. The same again changes
// nothing. The transaction must see everybody's: an agency takes no files by itself.
func (d *Desk) AddScan(ctx context.Context, tx pgx.Tx, by Actor, id FilingID, scan int64) error {
	if _, ok := by.officer(); !ok {
		return fault.New(fault.Forbidden, "เฉพาะเจ้าหน้าที่เท่านั้นที่แนบภาพแบบที่ลงชื่อได้")
	}
	f, err := findFiling(ctx, tx, `SELECT `+filingColumns+` FROM filings WHERE id = $1 FOR UPDATE`, id)
	switch {
	case err != nil:
		return err
	case f.SignedBy != "paper":
		return fault.New(fault.Conflict, "คำขอนี้ไม่ได้ลงชื่อบนกระดาษ จึงไม่มีภาพให้แนบ กรุณาโหลดหน้าใหม่เพื่อดูสถานะล่าสุด")
	case slices.Contains(f.Scans, scan):
		return nil
	case len(f.Scans) >= mostScans:
		return tooManyScans()
	}
	t, err := FindByRequest(ctx, tx, f.RequestID)
	if fault.Is(err, fault.NotFound) {
		return fault.New(fault.Conflict, "ระบบกำลังออกเลขรับของคำขอนี้ กรุณารอสักครู่แล้วแนบอีกครั้ง")
	}
	if err != nil {
		return err
	}
	if t, err = lock(ctx, tx, t.ID); err != nil {
		return err
	}
	switch whole, err := Whole(ctx, tx, t); {
	case err != nil:
		return err
	case !whole:
		return fault.New(fault.Conflict, "ข้อมูลของเรื่องนี้ถูกลบแล้ว จึงแนบไฟล์เพิ่มไม่ได้")
	}
	if _, err := tx.Exec(ctx, `UPDATE filings SET scans = scans || $2::bigint WHERE id = $1`, id, scan); err != nil {
		return fmt.Errorf("add a scan to filing %d: %w", id, err)
	}
	return d.scanned(ctx, tx, t, by, scan)
}

// scanned puts a scan among the files of its case.
func (d *Desk) scanned(ctx context.Context, tx pgx.Tx, t Ticket, by Actor, scan int64) error {
	if err := attach(ctx, tx, t, scan, LabelScan, d.now()); err != nil {
		return err
	}
	return d.happened(ctx, tx, t, by, EventScanned, Detail{Attachment: scan})
}
