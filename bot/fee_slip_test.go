package bot

import (
	"slices"
	"testing"
)

// supplied are the items that files were taken for.
func (s *stage) supplied() (items []string) {
	for _, e := range s.effects {
		if one, is := e.(Supply); is {
			items = append(items, one.Item)
		}
	}
	return items
}

// A picture is the slip only while nothing else is waited for: with a document open too the citizen says which it is.
func TestSlipOrDocument(t *testing.T) {
	t.Parallel()
	slip, deed := SlipWant("th", 4, 1), Want{Item: "9", Label: "โฉนด"}
	picture := Message{Kind: Image, Attachment: &Attachment{ID: 5, Name: "a.jpg", Type: "image/jpeg", Size: 9}}
	for _, c := range []struct {
		name  string
		cases []Case
	}{
		{"of one case", []Case{{Ticket: 5, Number: "SN-1", Status: "approved", Wanted: []Want{slip, deed}}}},
		{"of two cases", []Case{{Ticket: 5, Number: "SN-1", Status: "approved", Wanted: []Want{slip}}, {Ticket: 6, Number: "SN-2", Status: "awaiting_citizen", Wanted: []Want{deed}}}},
	} {
		for tapped, w := range []Want{slip, deed} {
			s := newStage(t)
			s.w.Cases = c.cases
			s.give(picture)
			if got := s.supplied(); got != nil || len(s.c.Held.Files) != 1 {
				t.Errorf("%s: taken for %q unasked, held %+v", c.name, got, s.c.Held)
			}
			ticket := c.cases[min(tapped, len(c.cases)-1)].Ticket
			s.give(Message{Kind: Postback, Data: data(verbSupply, number(ticket), w.Item)})
			if got := s.supplied(); !slices.Equal(got, []string{w.Item}) {
				t.Errorf("%s: tapped %s, taken for %q", c.name, w.Label, got)
			}
		}
	}
	s := newStage(t)
	s.w.Cases = []Case{{Ticket: 5, Number: "SN-1", Status: "approved", Wanted: []Want{slip}}}
	s.give(picture)
	if got := s.supplied(); !slices.Equal(got, []string{slip.Item}) {
		t.Errorf("the slip alone: taken for %q", got)
	}
}

// Whoever is talking about another case is asked whether a picture is the slip.
func TestSlipWhileTalkingOfAnother(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	slip := SlipWant("th", 4, 1)
	s.w.Cases = []Case{{Ticket: 5, Number: "SN-1", Status: "approved", Wanted: []Want{slip}}, {Ticket: 7, Number: "SN-2", Status: "accepted"}}
	s.c = s.c.Spoken(7, s.now)
	s.give(Message{Kind: Image, Attachment: &Attachment{ID: 5, Name: "a.jpg", Type: "image/jpeg", Size: 9}})
	if got := s.supplied(); got != nil || len(s.c.Held.Files) != 1 {
		t.Errorf("taken for %q unasked, held %+v", got, s.c.Held)
	}
}
