package rules

import (
	"net/url"
	"strconv"

	"saphan/api"
	"saphan/tickets"
)

// theCase stands in a form for the number of the case itself, and theLetter in an address for that of the first letter.
const (
	theCase   = "{case}"
	theLetter = "{n}"
)

// join joins the case with an earlier one.
func join(with tickets.TicketID) Act {
	return Act{
		Name: "merge", Desk: func(w At) error { return w.Desk.Join(w, w.Tx, w.By, w.id(), with) },
		Page: "merge", Form: url.Values{"case": {strconv.FormatInt(int64(with), 10)}}, Call: "merge", Body: api.Same{Case: int64(with)},
	}
}

func unmerge() Act {
	return Act{
		Name: "unmerge", Desk: func(w At) error { return w.Desk.Unmerge(w, w.Tx, w.By, w.id()) },
		Page: "unmerge", Form: url.Values{"case": {theCase}}, Call: "unmerge",
	}
}

func halt(rule, why string) Act {
	return Act{
		Name: "halt", Desk: func(w At) error { return w.Desk.Halt(w, w.Tx, w.By, w.id(), rule, why) },
		Page: "halt", Form: url.Values{"rule": {rule}, "why": {why}}, Call: "halt", Body: api.Halting{Rule: rule, Why: why},
	}
}

func resume(rule string) Act {
	return Act{
		Name: "resume", Desk: func(w At) error { return w.Desk.Resume(w, w.Tx, w.By, w.id(), rule) },
		Page: "resume", Form: url.Values{"rule": {rule}}, Call: "resume", Body: api.Resuming{Rule: rule},
	}
}

// letter sends the first letter on a delay.
func letter(reason string) Act {
	return Act{
		Name: "letter", Desk: func(w At) error { return w.Desk.WriteLetter(w, w.Tx, w.By, w.id(), 1, reason) },
		Page: "letter/" + theLetter, Form: url.Values{"reason": {reason}}, Call: "letter", Body: api.Delay{Letter: 1, Reason: reason},
	}
}
