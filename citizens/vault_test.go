package citizens_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"saphan/citizens"
	"saphan/internal/fault"
)

// town is two agencies, a person and a request of theirs.
type town struct {
	tx           pgx.Tx
	here, there  int64
	who, another citizens.CitizenID
	request      int64
}

func newTown(t *testing.T) town {
	t.Helper()
	w := town{tx: everywhere(t)}
	one := func(sql string, args ...any) (id int64) {
		t.Helper()
		must(t, w.tx.QueryRow(t.Context(), sql, args...).Scan(&id))
		return id
	}
	w.here = one(`INSERT INTO agencies (code, name, kind) VALUES ('VAA', 'เทศบาลตัวอย่าง', 'เทศบาล') RETURNING id`)
	w.there = one(`INSERT INTO agencies (code, name, kind) VALUES ('VBB', 'กรมตัวอย่าง', 'กรม') RETURNING id`)
	w.who, w.another = resolve(t, w.tx, "line", "v", "U1").CitizenID, resolve(t, w.tx, "line", "v", "U2").CitizenID
	w.request = one(`INSERT INTO requests (draft, citizen_id, agency_id, form_key, form_version, answers, entered_at, created_at)
		VALUES ('vault', $1, $2, 'f', 1, '[]', now(), now()) RETURNING id`, w.who, w.here)
	return w
}

// file is an attachment of its own.
func (w town) file(t *testing.T, source string) (id int64) {
	t.Helper()
	must(t, w.tx.QueryRow(t.Context(), `INSERT INTO attachments (object_key, sha256, size_bytes, media_type, name, sealed_key, source)
		VALUES ('k', '', 1, 'application/pdf', 'a.pdf', '\x01', $1) RETURNING id`, source).Scan(&id))
	return id
}

// offers are "type file tap" of what a person could use at an agency.
func (w town) offers(t *testing.T, agency int64, now time.Time, types ...string) (all []string) {
	t.Helper()
	offered, err := citizens.Offer(t.Context(), w.tx, w.who, agency, types, now)
	must(t, err)
	for _, o := range offered {
		all = append(all, fmt.Sprint(o.Type, " ", o.AttachmentID, " ", o.Tap))
	}
	return all
}

// SEED-21: the second application asks for none of the documents that are valid in the vault; one that is past its
// last day is asked for again; the same agency needs no tap, another one does, once.
func TestVault(t *testing.T) {
	t.Parallel()
	w := newTown(t)
	now := time.Date(2026, 11, 22, 9, 0, 0, 0, time.UTC)
	last := time.Date(2026, 12, 31, 0, 0, 0, 0, time.UTC)
	house, lease, older := w.file(t, "house"), w.file(t, "lease"), w.file(t, "older")
	for range 2 { // twice is as once
		for _, d := range []citizens.Document{
			{Type: "house_registration", Label: "ทะเบียนบ้าน", AttachmentID: older, AgencyID: w.here, RequestID: w.request, GivenAt: now.AddDate(-1, 0, 0)},
			{Type: "house_registration", Label: "ทะเบียนบ้าน", AttachmentID: house, AgencyID: w.here, RequestID: w.request, GivenAt: now},
			{Type: "lease", Label: "สัญญาเช่า", AttachmentID: lease, AgencyID: w.here, RequestID: w.request, GivenAt: now, ValidUntil: &last},
		} {
			must(t, citizens.Deposit(t.Context(), w.tx, w.who, d))
		}
	}
	needs := []string{"house_registration", "lease", "map"}
	offers := func(what string, agency int64, at time.Time, want ...string) {
		t.Helper()
		if got := w.offers(t, agency, at, needs...); !slices.Equal(got, want) {
			t.Errorf("%s: %q, want %q", what, got, want)
		}
	}
	houseOf, leaseOf := func(tap bool) string { return fmt.Sprint("house_registration ", house, " ", tap) }, func(tap bool) string { return fmt.Sprint("lease ", lease, " ", tap) }
	offers("the same agency: only the map is asked for", w.here, now, houseOf(false), leaseOf(false))
	offers("on its last day in Bangkok", w.here, time.Date(2026, 12, 31, 16, 59, 59, 0, time.UTC), houseOf(false), leaseOf(false))
	offers("the day after", w.here, time.Date(2026, 12, 31, 17, 0, 0, 0, time.UTC), houseOf(false))
	offers("another agency", w.there, now, houseOf(true), leaseOf(true))

	all, err := citizens.Vault(t.Context(), w.tx, w.who)
	must(t, err)
	if len(all) != 3 {
		t.Fatalf("%d documents", len(all))
	}
	i := slices.IndexFunc(all, func(d citizens.Document) bool { return d.AttachmentID == older })
	for range 2 {
		must(t, citizens.LetHave(t.Context(), w.tx, w.who, all[i].ID, w.there, now))
	}
	offers("one that it was let have goes before a newer one", w.there, now, fmt.Sprint("house_registration ", older, " ", false), leaseOf(true))
	shared, err := citizens.FindDocument(t.Context(), w.tx, w.who, all[i].ID)
	if must(t, err); len(shared.Shares) != 1 || shared.Shares[0].AgencyID != w.there || !shared.Shares[0].At.Equal(now) {
		t.Errorf("shared with %+v", shared.Shares)
	}
	// It is nobody else's.
	if err := citizens.LetHave(t.Context(), w.tx, w.another, all[0].ID, w.there, now); !fault.Is(err, fault.NotFound) {
		t.Errorf("somebody else shares it: %v", err)
	}
	if err := citizens.TakeOut(t.Context(), w.tx, w.another, all[0].ID); !fault.Is(err, fault.NotFound) {
		t.Errorf("somebody else takes it out: %v", err)
	}
	must(t, citizens.TakeOut(t.Context(), w.tx, w.who, all[i].ID))
	offers("taken out", w.there, now, houseOf(true), leaseOf(true))
	// What was taken back in the chat, or had a virus in it, is not offered.
	_, err = w.tx.Exec(t.Context(), `UPDATE attachments SET state = 'gone' WHERE id = $1`, house)
	must(t, err)
	offers("taken back", w.here, now, leaseOf(false))
	_, err = w.tx.Exec(t.Context(), `UPDATE attachments SET state = 'infected' WHERE id = $1`, lease)
	must(t, err)
	offers("a virus", w.here, now)
}
