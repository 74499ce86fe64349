package citizens

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"saphan/internal/secret"
	"saphan/internal/thai"
)

// facts is what was proved as the profile keeps it, so that no form asks for it again (SEED-21, STD-10).
func (a Attributes) facts(origin string, at time.Time) ([]Fact, error) {
	var all []Fact
	for _, f := range []struct {
		key         FactKey
		text, value string
	}{
		{FactTitle, a.Title, a.Title},
		{FactName, a.bareName(), a.bareName()},
		{FactBirthDate, birthText(a.BirthDate), a.BirthDate},
		{FactNationalID, a.NationalID.Grouped(), a.NationalID.Digits()},
		{FactPhone, phoneText(a.Phone), a.Phone},
		{FactAddress, a.Address, a.Address},
	} {
		if f.text == "" {
			continue
		}
		value, err := json.Marshal(f.value)
		if err != nil {
			return nil, fmt.Errorf("keep %s: %w", f.key, err)
		}
		all = append(all, Fact{Key: f.key, Text: f.text, Value: value, Origin: origin, Verified: true, At: at})
	}
	return all, nil
}

// bareName is the name without a title, which is a fact of its own.
func (a Attributes) bareName() string {
	a.Title = ""
	return a.Name()
}

// birthText is a date of whatever exactness as people read it, in the Buddhist era (LOC-7).
func birthText(date string) string {
	for layout, words := range map[string]int{"2006": 1, "2006-01": 2, time.DateOnly: 3} {
		t, err := time.Parse(layout, date)
		if err != nil {
			continue
		}
		all := strings.Fields(thai.LongDate(t)) // day, month, year
		shown := strings.Join(all[len(all)-words:], " ")
		if words == 1 {
			return "พ.ศ. " + shown
		}
		return shown
	}
	return ""
}

func phoneText(e164 string) string {
	p, err := thai.ParsePhone(e164)
	if err != nil {
		return ""
	}
	return p.Shown
}

// remember hands what was proved to the profile: that of the account, and that which stands for the person.
func (p proof) remember(ctx context.Context, tx pgx.Tx, box secret.Box, now time.Time) error {
	facts, err := p.about.facts(p.by, now)
	if err != nil {
		return err
	}
	person, err := PersonOf(ctx, tx, p.citizen, now)
	if err != nil {
		return err
	}
	if err := Remember(ctx, tx, box, p.citizen, facts); err != nil || person == p.citizen {
		return err
	}
	return Remember(ctx, tx, box, person, facts)
}
