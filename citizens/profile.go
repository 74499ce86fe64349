package citizens

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"time"

	"github.com/jackc/pgx/v5"

	"saphan/internal/secret"
)

// FactKey says what a fact is about. Fields of forms name the fact that they ask for by it.
type FactKey string

// The facts that the ready services know. A service may bring others: letters, digits and underscores.
const (
	FactTitle          FactKey = "title"
	FactName           FactKey = "name"
	FactBirthDate      FactKey = "birth_date"
	FactNationality    FactKey = "nationality"
	FactNationalID     FactKey = "national_id"
	FactPhone          FactKey = "phone"
	FactEmail          FactKey = "email"
	FactAddress        FactKey = "address"
	FactJuristicName   FactKey = "juristic_name"
	FactJuristicNumber FactKey = "juristic_number"
	FactBank           FactKey = "bank"
	FactBankAccount    FactKey = "bank_account"
)

// FactKeys are the facts of the ready services in the order in which people read them.
func FactKeys() []FactKey {
	return []FactKey{
		FactTitle, FactName, FactBirthDate, FactNationality, FactNationalID, FactPhone, FactEmail, FactAddress, FactJuristicName, FactJuristicNumber,
		FactBank, FactBankAccount,
	}
}

var factKeyForm = regexp.MustCompile(`^[a-z][a-z0-9_]{0,63}$`)

// lasting are the facts that do not change as the person moves: what was verified of them holds, whatever
// was said later.
var lasting = []FactKey{FactTitle, FactName, FactBirthDate, FactNationality, FactNationalID, FactJuristicName, FactJuristicNumber}

// Fact is something known about a person, so that it need not be asked again (SEED-21).
type Fact struct {
	Key      FactKey
	Text     string          // as a person reads it
	Value    json.RawMessage // as a program reads it, the way the answer of a form keeps it; may be empty
	Origin   string          // where it came from: "request 7", "thaid", "phone", "officer 3"
	Verified bool            // by ThaID, a code or an officer; else the person said so
	At       time.Time
}

// heldFact is what is sealed of a fact.
type heldFact struct {
	Text  string          `json:"text"`
	Value json.RawMessage `json:"value,omitempty"`
}

// factPurpose binds a sealed value to its person and its fact: moved elsewhere it does not open.
func factPurpose(citizen CitizenID, key FactKey) string {
	return fmt.Sprintf("citizen %d profile %s", citizen, key)
}

// Remember keeps facts about a person. Of each there is the last that was verified and the last that was
// said; an older one changes nothing, so that a step may run twice. A fact without text is left out.
func Remember(ctx context.Context, tx pgx.Tx, box secret.Box, citizen CitizenID, facts []Fact) error {
	for _, f := range facts {
		if f.Text == "" {
			continue
		}
		if !factKeyForm.MatchString(string(f.Key)) || f.Origin == "" || f.At.IsZero() {
			return fmt.Errorf("remember of citizen %d: fact %q needs a key, an origin and a time", citizen, f.Key)
		}
		plain, err := json.Marshal(heldFact{Text: f.Text, Value: f.Value})
		if err != nil {
			return fmt.Errorf("remember %s of citizen %d: %w", f.Key, citizen, err)
		}
		_, err = tx.Exec(ctx, `INSERT INTO profile_facts (citizen_id, key, verified, value_sealed, origin, at) VALUES ($1, $2, $3, $4, $5, $6)
			ON CONFLICT (citizen_id, key, verified) DO UPDATE SET value_sealed = excluded.value_sealed, origin = excluded.origin, at = excluded.at
			WHERE profile_facts.at < excluded.at`, citizen, f.Key, f.Verified, box.Seal(plain, factPurpose(citizen, f.Key)), f.Origin, f.At)
		if err != nil {
			return fmt.Errorf("remember %s of citizen %d: %w", f.Key, citizen, err)
		}
	}
	return nil
}

// Profile returns what is known about a person, each fact once, in the order of FactKeys and then of their
// names. Of a name, a birth date and the like what was verified stands; of an address or a telephone number,
// which people change, the newest does, and what was verified when both are of one moment.
func Profile(ctx context.Context, tx pgx.Tx, box secret.Box, citizen CitizenID) ([]Fact, error) {
	all, err := Profiles(ctx, tx, box, []CitizenID{citizen})
	return all[citizen], err
}

// Profiles is Profile for many people at once.
func Profiles(ctx context.Context, tx pgx.Tx, box secret.Box, people []CitizenID) (map[CitizenID][]Fact, error) {
	all, err := everyFact(ctx, tx, box, people)
	if err != nil {
		return nil, err
	}
	for citizen, facts := range all {
		var standing []Fact
		for _, f := range facts {
			i := slices.IndexFunc(standing, func(s Fact) bool { return s.Key == f.Key })
			switch {
			case i < 0:
				standing = append(standing, f)
			case beats(f, standing[i]):
				standing[i] = f
			}
		}
		slices.SortStableFunc(standing, func(a, b Fact) int { return place(a.Key) - place(b.Key) })
		all[citizen] = standing
	}
	return all, nil
}

// beats reports whether a fact stands before another of the same key.
func beats(f, other Fact) bool {
	if f.Verified != other.Verified && slices.Contains(lasting, f.Key) {
		return f.Verified
	}
	if f.At.Equal(other.At) {
		return f.Verified
	}
	return f.At.After(other.At)
}

// place is where a fact stands in the list.
func place(k FactKey) int {
	if i := slices.Index(FactKeys(), k); i >= 0 {
		return i
	}
	return len(FactKeys())
}

// everyFact opens all that is kept of people, by name.
func everyFact(ctx context.Context, tx pgx.Tx, box secret.Box, people []CitizenID) (map[CitizenID][]Fact, error) {
	rows, err := tx.Query(ctx, `SELECT citizen_id, key, verified, value_sealed, origin, at FROM profile_facts WHERE citizen_id = ANY($1) ORDER BY citizen_id, key, verified`, people)
	if err != nil {
		return nil, fmt.Errorf("profiles: %w", err)
	}
	var (
		all     = map[CitizenID][]Fact{}
		citizen CitizenID
		f       Fact
		sealed  []byte
	)
	_, err = pgx.ForEachRow(rows, []any{&citizen, &f.Key, &f.Verified, &sealed, &f.Origin, &f.At}, func() error {
		plain, err := box.Open(sealed, factPurpose(citizen, f.Key))
		var held heldFact
		if err == nil {
			err = json.Unmarshal(plain, &held)
		}
		if err != nil {
			return fmt.Errorf("open %s of citizen %d: %w", f.Key, citizen, err)
		}
		f.Text, f.Value = held.Text, held.Value
		all[citizen] = append(all[citizen], f)
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("profiles: %w", err)
	}
	return all, nil
}

// ErrNoFact means that nothing of the kind is known about the person.
var ErrNoFact = errors.New("nothing of the kind is known")

// ForgetFact forgets a fact about a person, whoever said it.
func ForgetFact(ctx context.Context, tx pgx.Tx, citizen CitizenID, key FactKey) error {
	tag, err := tx.Exec(ctx, `DELETE FROM profile_facts WHERE citizen_id = $1 AND key = $2`, citizen, key)
	if err != nil {
		return fmt.Errorf("forget %s of citizen %d: %w", key, citizen, err)
	}
	if tag.RowsAffected() == 0 {
		return ErrNoFact
	}
	return nil
}
