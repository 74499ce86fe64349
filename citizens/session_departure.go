package citizens

import (
	"context"
	"crypto/rand"
	"crypto/subtle"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"saphan/internal/secret"
)

// DepartureLife is how long a sign-in with another party may take.
const DepartureLife = 10 * time.Minute

// ErrNoDeparture means that a browser comes back from a sign-in that it did not begin here: the state is
// forged, used, too old, or another browser's.
var ErrNoDeparture = errors.New("no such sign-in was begun")

// Departure is a sign-in that leaves for another party.
type Departure struct {
	Way     Way       // WithLine or WithThaID
	Browser string    // the cookie of the browser that leaves; only it may come back
	Citizen CitizenID // who is signed in already, who wants to be better known; 0: nobody
	Next    string    // the path to come back to
}

// Passage is what the other party is given, and what its answer is held against.
type Passage struct {
	State    string // comes back with the browser; counts once
	Nonce    string // comes back in the ID token
	Verifier string // of PKCE: only we can redeem the code
}

// passageSecrets is what of a passage is sealed.
type passageSecrets struct {
	Nonce    string `json:"nonce"`
	Verifier string `json:"verifier"`
}

// Depart begins a sign-in with another party. All three values are random, each for this one sign-in.
func Depart(ctx context.Context, tx pgx.Tx, box secret.Box, d Departure, now time.Time) (Passage, error) {
	_, err := tx.Exec(ctx, `DELETE FROM departures WHERE state_hash IN
		(SELECT state_hash FROM departures WHERE expires_at <= $1 LIMIT $2 FOR UPDATE SKIP LOCKED)`, now, sweepAtOnce)
	if err != nil {
		return Passage{}, fmt.Errorf("forget old sign-ins: %w", err)
	}
	if d.Browser == "" {
		return Passage{}, errors.New("a sign-in that no browser is bound to")
	}
	// RFC 7636 wants at least 43 characters of a verifier.
	p := Passage{State: rand.Text(), Nonce: rand.Text(), Verifier: rand.Text() + rand.Text()}
	plain, err := json.Marshal(passageSecrets{p.Nonce, p.Verifier})
	if err != nil {
		return Passage{}, fmt.Errorf("begin a sign-in: %w", err)
	}
	hash := stateHash(p.State)
	var citizen *CitizenID
	if d.Citizen != 0 {
		citizen = &d.Citizen
	}
	_, err = tx.Exec(ctx, `INSERT INTO departures (state_hash, way, browser_hash, sealed, citizen_id, next, expires_at) VALUES ($1, $2, $3, $4, $5, $6, $7)`,
		hash, d.Way, hashOf("browser", d.Browser), box.Seal(plain, departurePurpose(hash)), citizen, d.Next, now.Add(DepartureLife))
	if err != nil {
		return Passage{}, fmt.Errorf("begin a sign-in: %w", err)
	}
	return p, nil
}

// Arrive ends a sign-in: it returns what was begun and uses it up, whether or not the rest goes well. The
// caller commits before it asks the other party anything, so that a state counts once.
func Arrive(ctx context.Context, tx pgx.Tx, box secret.Box, way Way, state, browser string, now time.Time) (Departure, Passage, error) {
	hash := stateHash(state)
	var (
		d               Departure
		citizen         *CitizenID
		browserHash     []byte
		sealed          []byte
		nobody, nothing = Departure{}, Passage{}
	)
	err := tx.QueryRow(ctx, `DELETE FROM departures WHERE state_hash = $1 AND way = $2 AND expires_at > $3
		RETURNING way, browser_hash, sealed, citizen_id, next`, hash, way, now).Scan(&d.Way, &browserHash, &sealed, &citizen, &d.Next)
	if errors.Is(err, pgx.ErrNoRows) {
		return nobody, nothing, ErrNoDeparture
	}
	if err != nil {
		return nobody, nothing, fmt.Errorf("end a sign-in: %w", err)
	}
	if browser == "" || subtle.ConstantTimeCompare(browserHash, hashOf("browser", browser)) != 1 {
		return nobody, nothing, ErrNoDeparture
	}
	plain, err := box.Open(sealed, departurePurpose(hash))
	if err != nil {
		return nobody, nothing, fmt.Errorf("end a sign-in: %w", err)
	}
	var kept passageSecrets
	if err := json.Unmarshal(plain, &kept); err != nil {
		return nobody, nothing, fmt.Errorf("end a sign-in: %w", err)
	}
	if citizen != nil {
		d.Citizen = *citizen
	}
	d.Browser = browser
	return d, Passage{State: state, Nonce: kept.Nonce, Verifier: kept.Verifier}, nil
}

func stateHash(state string) []byte { return hashOf("state", state) }

func departurePurpose(hash []byte) string { return fmt.Sprintf("departure %x", hash) }
