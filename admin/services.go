package admin

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"time"

	"github.com/go-chi/chi/v5"

	"saphan/forms"
	"saphan/internal/fault"
	"saphan/internal/thai"
)

// servicesPage lists the services with what the agency decided about each.
type servicesPage struct {
	chrome
	Lines []serviceLine
	Done  string
}

// Tab is where the page stands among the settings.
func (servicesPage) Tab() string { return "services" }

// serviceLine is one service in the list.
type serviceLine struct {
	Icon  string
	Title string
	Href  string
	About string // form code, time and fee in a few words
	Chips []chip
}

// departure is a service as the centre gives it and as the agency has it (SEED-25).
type departure struct {
	Central   *forms.Form
	Own       *forms.Form
	Made      forms.Made // the newest decision; ID 0: none
	Conflicts []string
}

// Renewed says whether the centre changed the service since the agency looked at it.
func (d departure) Renewed() bool { return d.Made.ID != 0 && d.Made.Base != d.Central.Version }

func departureOf(form *forms.Form, made forms.Made) departure {
	own, conflicts := form.With(made.Override)
	return departure{Central: form, Own: own, Made: made, Conflicts: conflicts}
}

// servicePath is the address of a service's page, below Base.
func servicePath(key forms.Key) string { return "/services/" + string(key) }

func (a *Admin) showServices(r *http.Request, s Scope) (reply, error) {
	c, err := chromeOf(r.Context(), s, "บริการและค่าธรรมเนียม")
	if err != nil {
		return nil, err
	}
	newest, err := forms.Newest(r.Context(), s.Tx, int64(s.Agency))
	if err != nil {
		return nil, err
	}
	p := servicesPage{chrome: c, Done: doneSetting[r.FormValue("done")]}
	for _, form := range a.forms.List() {
		p.Lines = append(p.Lines, serviceLineOf(a.looked(form, newest[form.Key]), a.now()))
	}
	return page{view: "services", data: p}, nil
}

func serviceLineOf(d departure, now time.Time) serviceLine {
	l := serviceLine{Icon: d.Own.Icon, Title: d.Own.Title.TH, Href: Base + servicePath(d.Own.Key)}
	l.About = timeWords(d.Own) + " · " + feeWords(d.Own, now)
	if d.Own.FormCode != "" {
		l.About = "แบบฟอร์ม: " + d.Own.FormCode + " · " + l.About
	}
	l.Chips = serviceChips(d)
	return l
}

// serviceChips are what somebody must know of a service, the most urgent behind whether it is offered.
func serviceChips(d departure) []chip {
	chips := []chip{{Kind: "ok", Icon: "circle-check", Text: "เปิดให้บริการ"}}
	if d.Made.Off {
		chips[0] = chip{Icon: "pause", Text: "ปิด"}
	}
	if d.Renewed() {
		chips = append(chips, chip{Kind: "warn", Icon: "refresh-cw", Text: "แบบกลางเปลี่ยนแล้ว"})
	}
	if n := len(d.Conflicts); n > 0 {
		chips = append(chips, chip{Kind: "bad", Icon: "triangle-alert", Text: fmt.Sprintf("ต้องแก้ %d ข้อ", n)})
	}
	if n := len(d.Own.Unconfirmed); n > 0 && !d.Made.Off {
		chips = append(chips, chip{Kind: "warn", Icon: "circle-help", Text: fmt.Sprintf("รอตรวจที่มา %d ค่า", n)})
	}
	if !d.Made.Empty() && !d.Made.Off {
		chips = append(chips, chip{Icon: "settings", Text: "ปรับโดยหน่วยงาน"})
	}
	return append(chips, chip{Icon: "layers", Text: fmt.Sprintf("รุ่น %d", d.Own.Version)})
}

// timeWords is how long a decision takes: from the shortest to the longest.
func timeWords(f *forms.Form) string {
	var least, most forms.Clock
	for _, c := range f.Clocks {
		if c.Key != forms.Decide {
			continue
		}
		if least.Days == 0 || c.Days < least.Days {
			least = c
		}
		if c.Days > most.Days {
			most = c
		}
	}
	if least.Days == most.Days {
		return fmt.Sprintf("%d %s", most.Days, most.Unit.Thai())
	}
	return fmt.Sprintf("%d ถึง %d %s", least.Days, most.Days, most.Unit.Thai())
}

// feeWords is what a service costs today, from the least to the most of its rates.
func feeWords(f *forms.Form, now time.Time) string {
	switch {
	case f.Fee.Varies:
		return "เจ้าหน้าที่คำนวณค่าธรรมเนียม"
	case f.Fee.Free():
		return "ไม่มีค่าธรรมเนียม"
	}
	var rates []float64
	for _, t := range f.Fee.Tables {
		if inForce(t, now) {
			for _, r := range t.Rows {
				rates = append(rates, r.Baht)
			}
		}
	}
	if len(rates) == 0 {
		return "มีค่าธรรมเนียม"
	}
	least, most := slices.Min(rates), slices.Max(rates)
	if least == most {
		return "อัตรา " + thai.Number(most) + " บาท"
	}
	return "อัตรา " + thai.Number(least) + " ถึง " + thai.Number(most) + " บาท"
}

// inForce says whether a table of fees holds on the day of t.
func inForce(table forms.FeeTable, t time.Time) bool {
	_, ok := forms.Fee{Tables: []forms.FeeTable{table}}.TableOn(table.Key, t)
	return ok
}

// service reads the service in the path with what the agency decided about it.
func (a *Admin) service(r *http.Request, s Scope) (departure, error) {
	form, ok := a.forms.Find(forms.Key(chi.URLParam(r, "service")))
	if !ok {
		return departure{}, fault.New(fault.NotFound, "ไม่พบบริการนี้ กรุณาเลือกจากรายการบริการ")
	}
	newest, err := newestOf(r.Context(), s, form.Key)
	if err != nil {
		return departure{}, err
	}
	return a.looked(form, newest), nil
}

// looked is departureOf a decision of which no value counts as checked that the centre has changed since.
func (a *Admin) looked(form *forms.Form, made forms.Made) departure {
	if before, ok := a.forms.Version(form.Key, made.Base); ok && before.Version != form.Version {
		made.Confirmed = forms.StillConfirmed(before, form, made.Confirmed)
	}
	return departureOf(form, made)
}

func newestOf(ctx context.Context, s Scope, key forms.Key) (forms.Made, error) {
	newest, err := forms.Newest(ctx, s.Tx, int64(s.Agency))
	return newest[key], err
}

// refreshed is an answer that is given when this process knows of what was decided a moment ago; the others hear of it
// within seconds, and a case reads it in any event.
type refreshed struct{ reply }

func (o refreshed) write(w http.ResponseWriter, r *http.Request, a *Admin) error {
	if a.refresh != nil {
		if err := a.refresh(r.Context()); err != nil {
			a.log.WarnContext(r.Context(), "services are not up to date yet", "err", err)
		}
	}
	return o.reply.write(w, r, a)
}
