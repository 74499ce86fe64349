package tickets

import (
	"cmp"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"saphan/agencies"
	"saphan/forms"
	"saphan/internal/fault"
	"saphan/internal/thai"
	"saphan/tickets/clock"
)

// Routed is a ticket with what it was made of.
type Routed struct {
	Ticket
	Request  Request
	Agency   agencies.Agency
	Calendar agencies.Calendar
	Reason   Reason // why it came where it is; of one that was routed before: empty
}

// Route makes a ticket of a request: it chooses the agency and queue by service and place, takes
// the next number, and starts the clocks. Routing a request again returns the same ticket.
func (d *Desk) Route(ctx context.Context, tx pgx.Tx, id RequestID) (Routed, error) {
	// The lock makes a second run wait for the first and then find its ticket.
	if _, err := tx.Exec(ctx, `SELECT FROM requests WHERE id = $1 FOR UPDATE`, id); err != nil {
		return Routed{}, fmt.Errorf("lock request %d: %w", id, err)
	}
	req, err := FindRequest(ctx, tx, id)
	if err != nil {
		return Routed{}, err
	}
	switch t, err := FindByRequest(ctx, tx, id); {
	case err == nil:
		return routed(ctx, tx, t, req)
	case !fault.Is(err, fault.NotFound):
		return Routed{}, err
	}
	form, ok := d.forms.Version(req.FormKey, req.FormVersion)
	if !ok {
		return Routed{}, fmt.Errorf("route request %d: form %s version %d is not in the catalogue", id, req.FormKey, req.FormVersion)
	}
	form = form.On(req.EnteredAt)
	closed, err := forms.Closed(ctx, tx, form.Key)
	if err != nil {
		return Routed{}, err
	}
	writtenTo, err := agencyOfAppeal(ctx, tx, req)
	if err != nil {
		return Routed{}, err
	}
	way, err := agencies.Route(ctx, tx, string(form.Key), form.QueueOf(req.Answers), writtenTo, closed, place(form, req.Answers))
	if err != nil {
		return Routed{}, err
	}
	agencyID := way.Agency
	override, err := forms.InForce(ctx, tx, int64(agencyID), form.Key)
	if err != nil {
		return Routed{}, err
	}
	if form, err = d.Form(ctx, tx, Ticket{FormKey: req.FormKey, FormVersion: req.FormVersion, FormOverride: override, EnteredAt: req.EnteredAt}); err != nil {
		return Routed{}, err
	}
	why, err := sort(ctx, tx, form, req.Answers, way)
	if err != nil {
		return Routed{}, err
	}
	queue := why.Queue
	r, err := routed(ctx, tx, Ticket{AgencyID: agencyID}, req)
	if err != nil {
		return Routed{}, err
	}
	deemed := r.Calendar.DeemedReceived(req.EnteredAt)
	year := thai.BuddhistYear(deemed)
	seq, err := agencies.NextNumber(ctx, tx, agencyID, "ticket", year)
	if err != nil {
		return Routed{}, err
	}
	r.Ticket = Ticket{
		AgencyID: agencyID, RequestID: id, CitizenID: req.CitizenID, QueueID: queue,
		Number:  fmt.Sprintf("%s-%d-%06d", r.Agency.Code, year, seq),
		FormKey: form.Key, FormVersion: form.Version, FormOverride: override, Title: form.Title.TH, Subject: form.Subject(req.Answers),
		CitizenName: req.CitizenName, Status: Open, EnteredAt: req.EnteredAt, DeemedReceivedAt: deemed,
		Unread: true, TrackToken: rand.Text(), Urgent: why.Urgent || form.Urgent(req.Answers),
	}
	fresh := record{Ticket: r.Ticket, form: form, answers: req.Answers, calendar: r.Calendar, kept: &reading{}, law: clock.StatuteOn(deemed)}
	r.DueAt = fresh.deciding().DueAt
	if err := d.insert(ctx, tx, &r.Ticket, searchText(r.Ticket, req.Answers), fresh.nextDuty(), form, req.Answers); err != nil {
		return Routed{}, err
	}
	if err := register(ctx, tx, r.Ticket, arrival{EnteredAt: req.EnteredAt, DeemedAt: deemed}); err != nil {
		return Routed{}, err
	}
	officer, how, err := d.nextOf(ctx, tx, r.Ticket, why.Skill)
	if err != nil {
		return Routed{}, err
	}
	why.Shared = how
	r.Reason = why
	if err := keepReason(ctx, tx, r.Ticket, why, d.now()); err != nil {
		return Routed{}, err
	}
	for _, a := range req.Answers {
		for _, file := range a.Attachments {
			if err := attach(ctx, tx, r.Ticket, file, a.Label, d.now()); err != nil {
				return Routed{}, err
			}
		}
	}
	again, err := d.refiled(ctx, tx, r.Ticket)
	if err != nil {
		return Routed{}, err
	}
	created := Detail{To: queue, Again: again, Way: string(req.Way)}
	filing, filed, err := FilingOf(ctx, tx, id)
	if err != nil {
		return Routed{}, err
	}
	if filed {
		created.Officer, created.Signed, created.Hash, created.AtDesk = filing.OfficerID, filing.how(), filing.Digest, filing.DeskBy
	}
	against, late, err := d.appealed(ctx, tx, r.Ticket, req.Answers)
	if err != nil {
		return Routed{}, err
	}
	entered, deemedUTC, dueAt := r.EnteredAt.UTC(), r.DeemedReceivedAt.UTC(), r.DueAt.UTC()
	created.EnteredAt, created.DeemedAt, created.DueAt, created.Appeal, created.Late = &entered, &deemedUTC, &dueAt, against, late
	if err := d.happened(ctx, tx, r.Ticket, ByCitizen(req.CitizenID), EventCreated, created); err != nil {
		return Routed{}, err
	}
	if r.Urgent {
		if err := d.urgent(ctx, tx, r.Ticket, System(), urgencyOf(form, req.Answers, why)); err != nil {
			return Routed{}, err
		}
	}
	for _, scan := range filing.Scans {
		if err := d.scanned(ctx, tx, r.Ticket, ByOfficer(filing.OfficerID), scan); err != nil {
			return Routed{}, err
		}
	}
	if officer != 0 {
		if err := d.give(ctx, tx, &r.Ticket, officer, how, why); err != nil {
			return Routed{}, err
		}
	}
	return r, d.noteUnsent(ctx, tx, r.Ticket)
}

// routed reads what belongs to a ticket.
func routed(ctx context.Context, tx pgx.Tx, t Ticket, req Request) (r Routed, err error) {
	r.Ticket, r.Request = t, req
	if r.Agency, err = agencies.Find(ctx, tx, t.AgencyID); err != nil {
		return Routed{}, err
	}
	r.Calendar, err = agencies.LoadCalendar(ctx, tx, t.AgencyID)
	return r, err
}

// place is where a request is about, in the words of routing.
func place(form *forms.Form, answers []forms.Answer) agencies.Place {
	p, ok := form.Place(answers)
	if !ok {
		return agencies.Place{}
	}
	at := agencies.Place{Words: p.Words(), Tambon: p.Tambon}
	if p.Pinned() {
		at.HasPoint, at.Lat, at.Lon = true, *p.Latitude, *p.Longitude
	}
	return at
}

func (d *Desk) insert(ctx context.Context, tx pgx.Tx, t *Ticket, search string, nextDuty time.Time, form *forms.Form, answers []forms.Answer) error {
	t.UpdatedAt, t.Ruled = d.now(), form.Automatic()
	may, rules := approvals(form), rulesOf(form, answers)
	if t.AcceptBy != nil { // another agency sent it, whose switches are not those of this one
		may = []string{}
	}
	err := tx.QueryRow(ctx, `INSERT INTO tickets (agency_id, request_id, citizen_id, queue_id, number, form_key, form_version,
			title, subject, citizen_name, status, entered_at, deemed_received_at, due_at, unread, track_token, search, updated_at, form_override, next_duty_at, two_person,
			reference, accept_by, passed_to, approves, ruled, evidence, alike, lat, lon, urgent)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, nullif($19, 0), $20, $21, $22, $23, $24, $25, $26, $27, $28, $29, $30, $31) RETURNING id`,
		t.AgencyID, t.RequestID, t.CitizenID, t.QueueID, t.Number, t.FormKey, t.FormVersion, t.Title, t.Subject,
		t.CitizenName, t.Status, t.EnteredAt, t.DeemedReceivedAt, t.DueAt, t.Unread, t.TrackToken, search, t.UpdatedAt, t.FormOverride, orNull(nextDuty), form.Deciding.TwoPerson,
		t.Reference, t.AcceptBy, t.PassedTo, may, t.Ruled, rules.evidence, rules.alike, rules.lat, rules.lon, t.Urgent).Scan(&t.ID)
	if err != nil {
		return fmt.Errorf("insert ticket of request %d: %w", t.RequestID, err)
	}
	t.Reference = cmp.Or(t.Reference, t.Number)
	return nil
}

// caseRules are what a case keeps of its service that the database looks after.
type caseRules struct {
	evidence []forms.Evidence
	alike    *string // nil: never joined with another
	lat, lon *float64
}

func rulesOf(form *forms.Form, answers []forms.Answer) caseRules {
	rules := caseRules{evidence: form.Evidence(answers)}
	if rules.evidence == nil {
		rules.evidence = []forms.Evidence{}
	}
	kind, ok := form.Alike(answers)
	if !ok {
		return rules
	}
	rules.alike = &kind
	if p, ok := form.Place(answers); ok && p.Pinned() {
		rules.lat, rules.lon = p.Latitude, p.Longitude
	}
	return rules
}

// searchText is what the inbox's search looks into, in canonical form (LOC-8, LOC-10).
func searchText(t Ticket, answers []forms.Answer) string {
	words := []string{t.Number, t.Reference, t.Title, t.Subject, t.CitizenName}
	for _, a := range forms.Told(answers) {
		words = append(words, a.Text)
	}
	return thai.Key(strings.Join(words, " "))
}

// attach gives the officers of a ticket access to a file.
func attach(ctx context.Context, tx pgx.Tx, t Ticket, file int64, label string, at time.Time) error {
	_, err := tx.Exec(ctx, `INSERT INTO ticket_files (agency_id, ticket_id, attachment_id, label, at)
		VALUES ($1, $2, $3, $4, $5) ON CONFLICT DO NOTHING`, t.AgencyID, t.ID, file, label, at)
	if err != nil {
		return fmt.Errorf("attach file to ticket %d: %w", t.ID, err)
	}
	return nil
}

// File is an attachment of a ticket with the name of what it shows.
type File struct {
	AttachmentID int64     `db:"attachment_id"`
	Label        string    `db:"label"`
	At           time.Time `db:"at"`
}

// Files returns the attachments that came with a ticket, oldest first.
func Files(ctx context.Context, tx pgx.Tx, id TicketID) ([]File, error) {
	rows, err := tx.Query(ctx, `SELECT attachment_id, label, at FROM ticket_files WHERE ticket_id = $1 AND NOT made ORDER BY at, attachment_id`, id)
	if err != nil {
		return nil, fmt.Errorf("list files of ticket %d: %w", id, err)
	}
	return pgx.CollectRows(rows, pgx.RowToStructByName[File])
}

// Holds says whether a file belongs to a ticket.
func Holds(ctx context.Context, tx pgx.Tx, id TicketID, file int64) (bool, error) {
	var one int
	err := tx.QueryRow(ctx, `SELECT 1 FROM ticket_files WHERE ticket_id = $1 AND attachment_id = $2`, id, file).Scan(&one)
	if errors.Is(err, pgx.ErrNoRows) {
		return false, nil
	}
	if err != nil {
		return false, fmt.Errorf("look for file of ticket %d: %w", id, err)
	}
	return true, nil
}
