package admin

import (
	"net/http"

	"github.com/jackc/pgx/v5"

	"saphan/agencies"
	"saphan/citizens"
	"saphan/files"
	"saphan/tickets"
)

// watched is an answer that is given when it is written down who got it: the citizen can see who opened their case
// or a file of it (PDP-8). The screen's own transaction cannot write, so this is one more, with one insert, after
// that has ended.
type watched struct {
	reply
	reading citizens.Reading
}

func (o watched) write(w http.ResponseWriter, r *http.Request, a *Admin) error {
	ctx := r.Context()
	err := agencies.Within(ctx, a.db, agencies.AgencyID(o.reading.AgencyID), func(tx pgx.Tx) error {
		return citizens.NoteReading(ctx, tx, o.reading)
	})
	if err != nil {
		return err
	}
	return o.reply.write(w, r, a)
}

// watch has it written down that the officer opens a case, or a file of it. What was written down in the same ten
// minutes is not written again.
func (a *Admin) watch(r *http.Request, s Scope, t tickets.Ticket, file files.AttachmentID, answer reply) (reply, error) {
	reading := citizens.Reading{
		AgencyID: int64(s.Agency), TicketID: int64(t.ID), OfficerID: int64(s.Officer.ID), Kind: citizens.ReadCase, Standing: citizens.Free, At: a.now(),
	}
	if file != 0 {
		reading.Kind, reading.AttachmentID = citizens.ReadFile, int64(file)
	}
	if t.OfficerID != nil {
		reading.Standing = citizens.Other
		if *t.OfficerID == s.Officer.ID {
			reading.Standing = citizens.Holder
		}
	}
	noted, err := citizens.ReadingNoted(r.Context(), s.Tx, reading)
	if err != nil || noted {
		return answer, err
	}
	return watched{answer, reading}, nil
}
