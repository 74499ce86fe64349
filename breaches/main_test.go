package breaches_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/riverqueue/river"
	"github.com/riverqueue/river/riverdriver/riverpgxv5"

	"saphan/agencies"
	"saphan/breaches"
	"saphan/internal/pgtest"
	"saphan/internal/thai"
)

func TestMain(m *testing.M) { pgtest.Main(m) }

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// office is an agency with its register, in a transaction that is rolled back, at a time that a test moves.
type office struct {
	t                  *testing.T
	tx                 pgx.Tx
	register           *breaches.Register
	now                time.Time
	agency             agencies.Agency
	officer, head, dpo agencies.OfficerID
	people             int
}

// morning is a Monday.
var morning = time.Date(2026, time.November, 23, 10, 0, 0, 0, thai.Bangkok())

func open(t *testing.T) *office { return openIn(t, pgtest.Tx(t), "TB") }

// openIn makes an agency with the code in the transaction.
func openIn(t *testing.T, tx pgx.Tx, code string) *office {
	t.Helper()
	jobs, err := river.NewClient(riverpgxv5.New(nil), &river.Config{})
	must(t, err)
	o := &office{t: t, tx: tx, now: morning}
	o.register = breaches.NewRegister(jobs, func() time.Time { return o.now })
	o.agency, err = agencies.Create(t.Context(), tx, agencies.Agency{Code: code, Name: "เทศบาลตำบลตัวอย่าง " + code, Kind: "เทศบาล", Address: "99 หมู่ที่ 1", Phone: "02 000 0000"})
	must(t, err)
	for role, id := range map[string]*agencies.OfficerID{"officer": &o.officer, "head": &o.head, "dpo": &o.dpo} {
		must(t, tx.QueryRow(t.Context(), `INSERT INTO officers (agency_id, email, name, role, password_hash, totp_sealed) VALUES ($1, $2, 'ตัวอย่าง', $3, 'x', '') RETURNING id`,
			o.agency.ID, strings.ToLower(code)+"-"+role+"@example.com", role).Scan(id))
	}
	return o
}

// printout is the breach that was noticed at the printer's, all that the form asks for.
func (o *office) printout(detected time.Time) breaches.Record {
	return breaches.Record{
		DetectedAt: detected, ReportedBy: "เจ้าของร้านพิมพ์", What: "กระดาษพิมพ์รายชื่อผู้ยื่นคำขอวางอยู่ที่ร้านพิมพ์", Data: "ชื่อ ที่อยู่ เลขประจำตัวประชาชน", Persons: 40, Estimated: true,
		Consequences: "อาจถูกนำข้อมูลไปแอบอ้าง", Measures: "เก็บกระดาษคืนและทำลาย", Contact: "DPO โทร. 02 000 0000",
	}
}

// opened writes a breach down that was detected at a time.
func (o *office) opened(detected time.Time) breaches.Breach {
	o.t.Helper()
	b, err := o.register.Open(o.t.Context(), o.tx, o.agency.ID, o.officer, o.printout(detected))
	must(o.t, err)
	return b
}

// judged is a breach that the head judged.
func (o *office) judged(risk breaches.Risk) breaches.Breach {
	o.t.Helper()
	b, err := o.register.Judge(o.t.Context(), o.tx, o.head, o.opened(o.now).ID, breaches.Judgement{Risk: risk, Reasons: "มีเลขประจำตัวประชาชน"})
	must(o.t, err)
	return b
}

// told tells the regulator of a breach, at a time.
func (o *office) told(b breaches.Breach, at time.Time) (breaches.Breach, error) {
	return o.register.Report(o.t.Context(), o.tx, o.head, b.ID, breaches.Telling{At: at, Way: "อีเมล", Reference: "123/2569", Form: breaches.FormOf(b, o.agency), PDF: []byte("pdf")})
}

// person makes a case of the agency, and who it is of.
func (o *office) person() breaches.Person {
	o.t.Helper()
	o.people++
	var p breaches.Person
	must(o.t, o.tx.QueryRow(o.t.Context(), `WITH c AS (INSERT INTO citizens DEFAULT VALUES RETURNING id),
		q AS (INSERT INTO queues (agency_id, key, name) VALUES ($1, $2, 'q') RETURNING id),
		r AS (INSERT INTO requests (draft, citizen_id, agency_id, form_key, form_version, answers, entered_at, created_at)
			SELECT $2, c.id, $1, 'f', 1, '[]', now(), now() FROM c RETURNING id, citizen_id)
		INSERT INTO tickets (agency_id, request_id, citizen_id, queue_id, number, form_key, form_version, title, subject, status, entered_at, deemed_received_at, due_at, track_token, updated_at)
		SELECT $1, r.id, r.citizen_id, q.id, $2, 'f', 1, 't', 's', 'open', now(), now(), now(), $2, now() FROM r, q RETURNING citizen_id, id`,
		o.agency.ID, fmt.Sprintf("%s-%d", o.agency.Code, o.people)).Scan(&p.Citizen, &p.Ticket))
	return p
}

// kinds are the lines of a breach's history, which must hold.
func (o *office) kinds(id breaches.BreachID) string {
	o.t.Helper()
	events, err := breaches.History(o.t.Context(), o.tx, id)
	must(o.t, err)
	all := make([]string, len(events))
	for i, e := range events {
		all[i] = string(e.Kind)
		if d, err := breaches.DetailOf(e); err == nil && d.Hours > 0 {
			all[i] += fmt.Sprint(" ", d.Hours)
		}
	}
	return strings.Join(all, ", ")
}

// words are what people are told.
func words() breaches.Words {
	return breaches.Words{What: "เอกสารวางอยู่ที่ร้านพิมพ์", Consequences: "อาจมีผู้แอบอ้าง", Measures: "เก็บคืนแล้ว", Advice: "ระวังผู้โทรมาขอข้อมูล", Contact: "DPO โทร. 02 000 0000"}
}
