package admin

import (
	"context"
	"net/http"
	"time"

	"saphan/agencies"
	"saphan/internal/fault"
	"saphan/internal/thai"
)

func (a *Admin) addHoliday(r *http.Request, s Scope) (reply, error) {
	ctx := r.Context()
	typed := newDay{
		Day: pasted(r, "day"), Name: tidy(r.PostForm.Get("name")), Kind: agencies.HolidayKind(r.PostForm.Get("kind")),
		Hours: pasted(r, "hours"), Source: tidy(r.PostForm.Get("source")), Announced: pasted(r, "announced"),
	}
	day, err := a.saveDay(ctx, s, typed)
	if kind := fault.KindOf(err); err != nil && kind != fault.Internal {
		problem := fault.MessageOf(err)
		p, err := a.calendarPage(ctx, s, r.PostForm.Get("year"))
		p.New, p.Problem = typed, problem
		return page{view: "calendar", status: kind.Status(), data: p}, err
	}
	if err != nil {
		return nil, err
	}
	return toCalendar("holiday-added", day), nil
}

// read reads what was typed.
func (n newDay) read() (h agencies.Holiday, err error) {
	h = agencies.Holiday{Name: n.Name, Kind: n.Kind, Source: n.Source}
	if h.Kind == "" {
		h.Kind = agencies.PublicHoliday
	}
	if h.On, err = thai.ParseDate(n.Day); err != nil {
		return h, err
	}
	periods, err := agencies.ParsePeriods(n.Hours)
	if err != nil {
		return h, err
	}
	h.Hours = agencies.PeriodsText(periods)
	if n.Announced != "" {
		announced, err := thai.ParseDate(n.Announced)
		if err != nil {
			return h, err
		}
		h.AnnouncedAt = &announced
	}
	return h, nil
}

// saveDay stores a day of the agency's own with its line in the history.
func (a *Admin) saveDay(ctx context.Context, s Scope, typed newDay) (time.Time, error) {
	h, err := typed.read()
	if err != nil {
		return h.On, err
	}
	if h.Kind == agencies.Withdrawal {
		return h.On, fault.New(fault.Invalid, "ชนิดของวันไม่ถูกต้อง กรุณาเลือกจากรายการ")
	}
	if err := h.Check(s.Agency); err != nil {
		return h.On, err
	}
	plan, err := agencies.PlanDays(ctx, s.Tx, s.Agency, []agencies.Holiday{h})
	if err != nil {
		return h.On, err
	}
	if plan[0].Effect == agencies.DayAdded {
		if plan, err = agencies.SaveDays(ctx, s.Tx, a.jobs, s.Agency, a.now(), []agencies.Holiday{h}); err != nil {
			return h.On, err
		}
	}
	if plan[0].Effect != agencies.DayAdded {
		return h.On, fault.New(fault.Conflict, "วันนี้เป็นวันหยุดอยู่แล้ว ถ้าต้องการแก้วันของหน่วยงาน ให้ยกเลิกแล้วเพิ่มใหม่")
	}
	return h.On, a.noteDays(ctx, s, plan)
}

// noteDays writes what changed into the agency's history.
func (a *Admin) noteDays(ctx context.Context, s Scope, plan []agencies.DayChange) error {
	note := func(kind agencies.ChangeKind, h agencies.Holiday) error {
		ref := h.Name
		if h.Hours != "" {
			ref += " " + h.Hours
		}
		return a.changed(ctx, s, kind, agencies.ChangeDetail{Day: h.On.Format(time.DateOnly), Ref: ref})
	}
	for _, c := range plan {
		if c.Effect == agencies.DayReplaced || c.Effect == agencies.DayWithdrawn {
			if err := note(agencies.HolidayRemoved, *c.Was); err != nil {
				return err
			}
		}
		if c.Effect == agencies.DayReplaced || c.Effect == agencies.DayAdded {
			if err := note(agencies.HolidayAdded, c.Day); err != nil {
				return err
			}
		}
	}
	return nil
}

func (a *Admin) removeHoliday(r *http.Request, s Scope) (reply, error) {
	ctx := r.Context()
	day, err := time.Parse(time.DateOnly, pasted(r, "day"))
	if err != nil {
		return nil, fault.Wrap(fault.Invalid, "ไม่ทราบว่าจะยกเลิกวันใด กรุณากดยกเลิกจากรายการวันหยุด", err)
	}
	plan, err := agencies.SaveDays(ctx, s.Tx, a.jobs, s.Agency, a.now(), []agencies.Holiday{{On: day, Kind: agencies.Withdrawal}})
	if err != nil {
		return nil, err
	}
	if plan[0].Effect != agencies.DayWithdrawn {
		return nil, fault.New(fault.NotFound, "วันนี้ไม่ได้เป็นวันหยุดที่หน่วยงานเพิ่มเอง อาจมีผู้ยกเลิกไปแล้ว กรุณาเปิดหน้าใหม่เพื่อดูรายการล่าสุด")
	}
	if err := a.noteDays(ctx, s, plan); err != nil {
		return nil, err
	}
	return toCalendar("holiday-removed", day), nil
}
