package breaches

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
)

// Form is what the regulator is told of a breach: what the notification of the PDPC on telling it of breaches (B.E. 2565)
// asks for. It is drawn from the history alone, so the same lines give the same form.
type Form struct {
	Format        string     `json:"format"`
	Number        string     `json:"number"`
	Line          int        `json:"line"` // of the history, as of which it is drawn
	At            time.Time  `json:"at"`   // of that line
	Agency        string     `json:"agency"`
	Address       string     `json:"agency_address,omitempty"`
	Phone         string     `json:"agency_phone,omitempty"`
	Contact       string     `json:"contact"`
	DetectedAt    time.Time  `json:"detected_at"`
	DueAt         time.Time  `json:"due_at"`
	HappenedFrom  *time.Time `json:"happened_from,omitempty"`
	HappenedUntil *time.Time `json:"happened_until,omitempty"`
	ReportedBy    string     `json:"reported_by,omitempty"`
	What          string     `json:"what"`
	Data          string     `json:"data"`
	Persons       int        `json:"persons,omitempty"`
	Estimated     bool       `json:"persons_estimated,omitempty"`
	Consequences  string     `json:"consequences"`
	Measures      string     `json:"measures"`
	Risk          Risk       `json:"risk"`
	RiskReasons   string     `json:"risk_reasons"`
	LateWhy       string     `json:"late_why,omitempty"`
}

const formFormat = "saphan-breach-1"

// FormOf is the form of a breach as it stands.
func FormOf(b Breach, agency agencies.Agency) Form {
	f := Form{
		Format: formFormat, Number: agency.Code + " " + b.No(), Line: b.FormLine, At: b.FormAt.UTC(), Agency: agency.Name, Address: agency.Address, Phone: agency.Phone,
		Contact: b.Contact, DetectedAt: b.DetectedAt, DueAt: b.DueAt(), HappenedFrom: b.HappenedFrom, HappenedUntil: b.HappenedUntil, ReportedBy: b.ReportedBy,
		What: b.What, Data: b.Data, Persons: b.Persons, Estimated: b.Estimated, Consequences: b.Consequences, Measures: b.Measures, Risk: b.Risk(), LateWhy: b.LateWhy,
	}
	if b.Judgement != nil {
		f.RiskReasons = b.Judgement.Reasons
	}
	return f
}

// JSON is the form as data.
func (f Form) JSON() ([]byte, error) {
	body, err := json.MarshalIndent(f, "", "  ")
	if err != nil {
		return nil, fmt.Errorf("form of breach %s: %w", f.Number, err)
	}
	return append(body, '\n'), nil
}

// Sum is the hash by which a form that was sent is known again.
func Sum(file []byte) string {
	sum := sha256.Sum256(file)
	return hex.EncodeToString(sum[:])
}

// Telling is what an officer says about having told the regulator.
type Telling struct {
	At        time.Time
	Way       string
	Reference string
	Form      Form   // that was sent
	PDF       []byte // the same as a document
}

// Report keeps that the regulator was told, with the hashes of what was sent. After the limit the record must say why it is
// late; what becomes known later is told again, in another report.
func (r *Register) Report(ctx context.Context, tx pgx.Tx, by agencies.OfficerID, id BreachID, t Telling) (Breach, error) {
	b, err := r.keep(ctx, tx, by, id)
	if err != nil {
		return b, err
	}
	if t.Way, err = words("วิธีที่แจ้ง", t.Way); err != nil {
		return b, err
	}
	t.Reference, t.At = strings.TrimSpace(t.Reference), t.At.UTC().Truncate(time.Microsecond)
	lacks := b.Lacks(t.At)
	switch {
	case t.At.Before(b.DetectedAt) || t.At.After(r.now()):
		return b, fault.New(fault.Invalid, "เวลาที่แจ้งต้องอยู่ระหว่างเวลาที่ทราบเหตุกับเวลานี้ กรุณาตรวจวันเวลา")
	case len(lacks) > 0:
		return b, fault.Newf(fault.Conflict, "แบบแจ้งยังไม่ครบ ขาด{what} กรุณากรอกก่อน", "what", strings.Join(lacks, " "))
	case b.Risk() == NoRisk:
		return b, fault.New(fault.Conflict, "ประเมินไว้ว่าไม่มีความเสี่ยงจึงไม่ต้องแจ้ง หากจะแจ้งให้ประเมินใหม่ก่อน")
	case t.Form.Line != b.FormLine:
		return b, fault.New(fault.Conflict, "มีการแก้ข้อมูลหลังจากเปิดหน้านี้ กรุณาโหลดหน้าใหม่และตรวจว่าได้ส่งแบบฉบับใด")
	}
	body, err := t.Form.JSON()
	if err != nil {
		return b, err
	}
	report := Report{At: t.At, Way: t.Way, Reference: t.Reference, Line: t.Form.Line, JSON: Sum(body), PDF: Sum(t.PDF)}
	return r.happened(ctx, tx, b, byOfficer(by), EventReported, Detail{Report: &report})
}
