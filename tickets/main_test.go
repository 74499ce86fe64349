package tickets_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/riverqueue/river"
	"github.com/riverqueue/river/riverdriver/riverpgxv5"

	"saphan/agencies"
	"saphan/citizens"
	"saphan/forms"
	"saphan/internal/pgtest"
	"saphan/internal/secret"
	"saphan/internal/thai"
	"saphan/tickets"
)

func TestMain(m *testing.M) { pgtest.Main(m) }

// office is an agency with a desk, in a transaction that is rolled back.
type office struct {
	t       testing.TB
	tx      pgx.Tx
	desk    *tickets.Desk
	forms   *forms.Catalog
	agency  agencies.Agency
	queues  map[string]agencies.QueueID
	officer agencies.Officer
	second  agencies.Officer // the head
	citizen citizens.Identity
	now     time.Time
}

// morning is a working hour of a working day.
var morning = time.Date(2026, time.November, 23, 10, 0, 0, 0, thai.Bangkok())

func open(t testing.TB) *office {
	t.Helper()
	return openIn(t, pgtest.Tx(t), "TB")
}

// openIn makes an agency with the code in the transaction.
func openIn(t testing.TB, tx pgx.Tx, code string) *office {
	t.Helper()
	ctx := t.Context()
	o := &office{t: t, tx: tx, queues: map[string]agencies.QueueID{}, now: morning}
	catalog, err := forms.Ready()
	must(t, err)
	o.forms = catalog
	jobs, err := river.NewClient(riverpgxv5.New(nil), &river.Config{})
	must(t, err)
	o.desk = tickets.NewDesk(jobs, catalog, "https://saphan.example", func() time.Time { return o.now })
	o.agency, err = agencies.Create(ctx, tx, agencies.Agency{
		Code: code, Name: "เทศบาลตัวอย่าง " + code, Kind: "เทศบาล",
	})
	must(t, err)
	for _, key := range []string{"permits", "works", "general"} {
		q, err := agencies.CreateQueue(ctx, tx, o.agency.ID, key, key)
		must(t, err)
		o.queues[key] = q.ID
	}
	for form, queue := range map[string]string{"public-problem": "works", "hazardous-business": "permits", "question": "general"} {
		must(t, agencies.SetRoute(ctx, tx, o.agency.ID, form, o.queues[queue]))
	}
	box, err := secret.Parse(secret.Generate())
	must(t, err)
	for i, who := range []*agencies.Officer{&o.officer, &o.second} {
		email := fmt.Sprintf("officer%d@%s.example", i, code)
		totp, err := agencies.NewTOTP(email)
		must(t, err)
		*who, err = agencies.CreateOfficer(ctx, tx, box, agencies.NewOfficer{
			AgencyID: o.agency.ID, Email: email, Name: "ตัวอย่าง", Role: []agencies.Role{agencies.RoleOfficer, agencies.RoleHead}[i], Password: "a long password", TOTP: totp,
		})
		must(t, err)
	}
	o.citizen, err = citizens.Resolve(ctx, tx, "line", "p", "U"+code)
	must(t, err)
	return o
}

func (o *office) ctx() context.Context { return o.t.Context() }

func (o *office) by() tickets.Actor { return tickets.ByOfficer(o.officer.ID) }

// head is who may ask for what no manual lists, and a second time.
func (o *office) head() tickets.Actor { return tickets.ByOfficer(o.second.ID) }

// added are things that a law adds to the manual.
func added(labels ...string) (all []tickets.Added) {
	for _, l := range labels {
		all = append(all, tickets.Added{Label: l, Law: "ข้อบัญญัติตัวอย่าง ข้อ 5"})
	}
	return all
}

// submission is a complete street light report.
func (o *office) submission(draft string) tickets.Submission {
	return tickets.Submission{
		Draft: draft, CitizenID: int64(o.citizen.CitizenID), CitizenName: "สมหญิง (ตัวอย่าง)", AgencyID: o.agency.ID,
		Form: "public-problem", Version: 1, EnteredAt: o.now,
		Answers: []forms.Answer{
			{Field: "category", Kind: forms.ChoiceField, Label: "เรื่อง", Text: "ไฟฟ้าส่องสว่าง", Value: []byte(`"light"`)},
			{Field: "location", Kind: forms.LocationField, Label: "สถานที่", Text: "ซอยตัวอย่าง 4", Value: []byte(`{"title":"ซอยตัวอย่าง 4","lat":13.36,"lon":100.98}`)},
			{Field: "description", Kind: forms.TextField, Label: "รายละเอียด", Text: "ไฟดับมา ๓ คืน", Value: []byte(`"ไฟดับมา ๓ คืน"`)},
		},
	}
}

// ticket submits and routes a request.
func (o *office) ticket(t testing.TB, draft string) tickets.Ticket {
	t.Helper()
	id, err := o.desk.Submit(t.Context(), o.tx, o.submission(draft))
	must(t, err)
	made, err := o.desk.Route(t.Context(), o.tx, id)
	must(t, err)
	return made.Ticket
}

func (o *office) find(t testing.TB, id tickets.TicketID) tickets.Ticket {
	t.Helper()
	found, err := tickets.Find(t.Context(), o.tx, id)
	must(t, err)
	return found
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// count returns a number from the database.
func count(t testing.TB, tx pgx.Tx, query string, args ...any) int {
	t.Helper()
	var n int
	must(t, tx.QueryRow(t.Context(), query, args...).Scan(&n))
	return n
}
