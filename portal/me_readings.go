package portal

import (
	"context"
	"net/http"

	"github.com/jackc/pgx/v5"

	"saphan/agencies"
	"saphan/citizens"
)

// readingsPage shows who opened the person's cases and files (PDP-8).
type readingsPage struct {
	own
	Readings []ownReading
}

// ownReading is one opening. It names the agency and the officer's post and number, not the name. The person has a
// right to know who processed their data and can hold that very officer to account: the same number is the same
// officer, and the agency must say who it is when there is reason to ask. To put every clerk's name on thousands of
// telephones is more than that needs, and has brought clerks trouble at home for having done their work.
type ownReading struct {
	Agency  string
	Officer string
	What    string
	When    string
	Apart   string // the case was somebody else's to work on
	Why     string // the reason that the officer gave for that
}

// readingsShown is how many openings are shown; all of them are in the copy of the data.
const readingsShown = 200

func (p *Portal) showReadings(r *http.Request, v Visitor) (reply, error) {
	page := readingsPage{own: ownOf(r, "readings", "ใครเปิดดูเรื่องของฉัน", "Who opened my cases")}
	err := p.read(r.Context(), func(ctx context.Context, tx pgx.Tx) error {
		own, err := p.casesOf(ctx, tx, v)
		if err != nil {
			return err
		}
		numbers, ids := map[int64]string{}, make([]int64, len(own))
		for i, t := range own {
			ids[i], numbers[int64(t.ID)] = int64(t.ID), t.Number
		}
		all, err := citizens.Readings(ctx, tx, ids, readingsShown)
		if err != nil {
			return err
		}
		names, posts := map[int64]string{}, map[int64]string{}
		for _, reading := range all {
			if err := p.whoRead(ctx, tx, reading, page.own, names, posts); err != nil {
				return err
			}
			line := ownReading{Agency: names[reading.AgencyID], Officer: posts[reading.OfficerID], When: page.When(reading.At)}
			line.What = page.T("เปิดเรื่อง {number}", "opened case {number}", "number", numbers[reading.TicketID])
			if reading.Kind == citizens.ReadFile {
				line.What = page.T("เปิดไฟล์ในเรื่อง {number}", "opened a file of case {number}", "number", numbers[reading.TicketID])
			}
			if reading.Standing == citizens.Other {
				line.Apart = page.T("เรื่องอยู่กับเจ้าหน้าที่คนอื่นในหน่วยงานเดียวกัน", "the case is with a colleague in the same agency")
				line.Why = reading.Reason
			}
			page.Readings = append(page.Readings, line)
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return html{view: "me_readings", keep: keepNever, data: page}, nil
}

// whoRead finds the words for an agency and an officer, once each.
func (p *Portal) whoRead(ctx context.Context, tx pgx.Tx, r citizens.Reading, o own, names, posts map[int64]string) error {
	if names[r.AgencyID] == "" {
		a, err := agencies.Find(ctx, tx, agencies.AgencyID(r.AgencyID))
		if err != nil {
			return err
		}
		names[r.AgencyID] = a.Name
	}
	if posts[r.OfficerID] == "" {
		officer, err := agencies.FindOfficer(ctx, tx, agencies.OfficerID(r.OfficerID))
		if err != nil {
			return err
		}
		post := o.T("เจ้าหน้าที่", "Officer")
		if officer.Role == agencies.RoleHead {
			post = o.T("หัวหน้างาน", "Head of section")
		}
		posts[r.OfficerID] = post + " " + o.T("หมายเลข {n}", "no. {n}", "n", r.OfficerID)
	}
	return nil
}
