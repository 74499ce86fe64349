package main

import (
	"context"
	"errors"
	"time"

	"saphan/citizens/thaid"
	"saphan/internal/fault"
)

// examineWays checks what makes citizens known: that it is configured whole, and that ThaID answers. Texts are not
// tried, because each costs money.
func examineWays(ctx context.Context, cfg config) []finding {
	f := finding{what: "identity (ThaID, LINE Login, SMS)"}
	w, err := cfg.ways(time.Now)
	if err != nil {
		f.fault, f.remedy = err.Error(), "set the variables named above, or none of that kind; README.md lists them"
		return []finding{f}
	}
	for _, way := range []struct {
		there bool
		name  string
	}{{w.thaid != nil, "ThaID"}, {w.line != nil, "LINE Login"}, {w.texts != nil, "SMS"}} {
		if !way.there {
			if f.note != "" {
				f.note += ", "
			}
			f.note += "no " + way.name
			if way.name == "SMS" {
				f.note += " (officers on call are called in the inbox alone)"
			}
		}
	}
	all := []finding{f}
	if client, ok := w.thaid.(*thaid.Client); ok {
		reach := finding{what: "ThaID"}
		if err := client.Reach(ctx); err != nil {
			reach.fault, reach.remedy = inner(err).Error(), "check THAID_ISSUER, or THAID_AUTH_URL, THAID_TOKEN_URL and THAID_JWKS_URL, and that this machine may call them"
		}
		all = append(all, reach)
	}
	return all
}

// inner is the detail of a fault, for who may read it.
func inner(err error) error {
	var f *fault.Error
	if errors.As(err, &f) && f.Err != nil {
		return f.Err
	}
	return err
}
