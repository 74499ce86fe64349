package forms

import (
	"fmt"
	"strings"
)

// urgent refuses a reason why something cannot wait that no request can meet, or that says nothing.
func (l *lint) urgent() {
	for i, u := range l.form.Urgencies {
		where := fmt.Sprintf("urgent[%d]", i)
		l.need(where+".reason", u.Reason)
		l.pair(where+".advice", u.Advice)
		if strings.TrimSpace(u.When) == "" {
			l.fault(where+".when", "says of which requests; without it every request would be urgent, and none")
		}
	}
}
