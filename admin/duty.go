package admin

import (
	"context"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"saphan/agencies"
	"saphan/internal/fault"
	"saphan/internal/thai"
	"saphan/tickets/routing"
)

// dutyPage says how queues share their work, who is skilled in what, and who is away.
type dutyPage struct {
	chrome
	Queues   []agencies.Queue
	Shares   []agencies.Share
	Officers []skilled
	Away     []awayLine
	Done     string
	Problem  string
}

type skilled struct {
	agencies.Officer
	Skills string
}

type awayLine struct {
	agencies.Absence
	Who, Cover string
	Begun      bool
	Act        string
}

func (a *Admin) showDuty(r *http.Request, s Scope) (reply, error) {
	p, err := a.dutyPage(r.Context(), s)
	p.Done = doneSetting[r.FormValue("done")]
	return page{view: "duty", data: p}, err
}

func (a *Admin) dutyPage(ctx context.Context, s Scope) (p dutyPage, err error) {
	if p.chrome, err = chromeOf(ctx, s, "การแบ่งงานและผู้ไม่อยู่"); err != nil {
		return p, err
	}
	p.Shares = agencies.Shares()
	if p.Queues, err = agencies.Queues(ctx, s.Tx, s.Agency); err != nil {
		return p, err
	}
	staff, err := agencies.Staff(ctx, s.Tx, s.Agency)
	if err != nil {
		return p, err
	}
	skills, err := agencies.Skills(ctx, s.Tx, s.Agency)
	if err != nil {
		return p, err
	}
	for _, m := range staff {
		if m.DisabledAt == nil && m.Role.Can(agencies.WorkTickets) {
			p.Officers = append(p.Officers, skilled{Officer: m.Officer, Skills: strings.Join(skills[m.ID], ", ")})
		}
	}
	p.Away, err = a.away(ctx, s)
	return p, err
}

func (a *Admin) away(ctx context.Context, s Scope) (lines []awayLine, err error) {
	absences, err := agencies.Absences(ctx, s.Tx, s.Agency, a.now())
	if err != nil || len(absences) == 0 {
		return nil, err
	}
	officers, err := agencies.Officers(ctx, s.Tx, s.Agency)
	for _, one := range absences {
		l := awayLine{Absence: one, Who: officers[one.OfficerID].Name, Begun: !one.FromAt.After(a.now()), Act: Base + "/officers/away/" + strconv.FormatInt(int64(one.ID), 10) + "/end"}
		if one.CoverID != nil {
			l.Cover = officers[*one.CoverID].Name
		}
		lines = append(lines, l)
	}
	return lines, err
}

// coveredBy are those for whom whoever looks stands in now: the notice in the inbox.
func (a *Admin) coveredBy(ctx context.Context, s Scope) (mine []awayLine, err error) {
	all, err := a.away(ctx, s)
	for _, l := range all {
		if l.Begun && l.CoverID != nil && *l.CoverID == s.Officer.ID {
			mine = append(mine, l)
		}
	}
	return mine, err
}

func (a *Admin) setShare(r *http.Request, s Scope) (reply, error) {
	id, err := strconv.ParseInt(r.PostForm.Get("queue"), 10, 64)
	if err != nil {
		return nil, fault.Wrap(fault.NotFound, "ไม่พบคิวงานนี้ในหน่วยงาน", err)
	}
	share := agencies.Share(r.PostForm.Get("share"))
	if err := agencies.SetShare(r.Context(), s.Tx, s.Agency, agencies.QueueID(id), share); err != nil {
		return nil, err
	}
	name, err := queueName(r.Context(), s, agencies.QueueID(id))
	if err != nil {
		return nil, err
	}
	return a.dutyDone(r, s, "share", agencies.ShareChanged, agencies.ChangeDetail{Ref: name + ": " + share.Thai()})
}

func (a *Admin) setSkills(r *http.Request, s Scope) (reply, error) {
	o, err := a.ownOfficer(r, s)
	if err != nil {
		return nil, err
	}
	var skills []string
	for one := range strings.SplitSeq(r.PostForm.Get("skills"), ",") {
		skill, err := routing.Skill(one)
		if err != nil {
			return nil, err
		}
		if skill != "" {
			skills = append(skills, skill)
		}
	}
	if err := agencies.SetSkills(r.Context(), s.Tx, o.ID, skills); err != nil {
		return nil, err
	}
	return a.dutyDone(r, s, "skills", agencies.SkillsChanged, agencies.ChangeDetail{Officer: o.ID, Ref: strings.Join(skills, ", ")})
}

// addAway keeps when an officer is away: whole days, the first and the last.
func (a *Admin) addAway(r *http.Request, s Scope) (reply, error) {
	ctx := r.Context()
	away, err := typedAway(r.PostForm)
	if err == nil {
		away.AgencyID, away.MadeBy = s.Agency, s.Officer.ID
		if _, err = agencies.OwnOfficer(ctx, s.Tx, s.Agency, away.OfficerID); err == nil {
			away, err = a.desk.Away(ctx, s.Tx, away)
		}
	}
	if kind := fault.KindOf(err); err != nil && kind != fault.Internal {
		p, other := a.dutyPage(ctx, s)
		p.Problem = fault.MessageOf(err)
		return page{view: "duty", status: kind.Status(), data: p}, other
	}
	if err != nil {
		return nil, err
	}
	return a.dutyDone(r, s, "away", agencies.OfficerAway, agencies.ChangeDetail{Officer: away.OfficerID, Ref: thai.Date(away.FromAt) + " ถึง " + thai.Date(away.UntilAt.Add(-time.Second))})
}

// typedAway reads an absence as it stands in the form.
func typedAway(form url.Values) (away agencies.Absence, err error) {
	who, err := strconv.ParseInt(form.Get("officer"), 10, 64)
	if err != nil {
		return away, fault.Wrap(fault.Invalid, "ยังไม่ได้เลือกผู้ที่ไม่อยู่", err)
	}
	first, err := thai.ParseDate(form.Get("from"))
	if err != nil {
		return away, err
	}
	last, err := thai.ParseDate(form.Get("until"))
	if err != nil {
		return away, err
	}
	day := func(d time.Time) time.Time {
		return time.Date(d.Year(), d.Month(), d.Day(), 0, 0, 0, 0, thai.Bangkok())
	}
	away = agencies.Absence{OfficerID: agencies.OfficerID(who), FromAt: day(first), UntilAt: day(last).AddDate(0, 0, 1)}
	if cover, err := strconv.ParseInt(form.Get("cover"), 10, 64); err == nil && cover > 0 {
		id := agencies.OfficerID(cover)
		away.CoverID = &id
	}
	return away, nil
}

func (a *Admin) endAway(r *http.Request, s Scope) (reply, error) {
	id, err := pathNumber(r, "absence")
	if err != nil {
		return nil, fault.Wrap(fault.NotFound, "ไม่พบช่วงที่ไม่อยู่นี้", err)
	}
	all, err := agencies.Absences(r.Context(), s.Tx, s.Agency, a.now())
	if err != nil {
		return nil, err
	}
	i := slices.IndexFunc(all, func(x agencies.Absence) bool { return x.ID == agencies.AbsenceID(id) })
	if i < 0 {
		return nil, fault.New(fault.NotFound, "ไม่พบช่วงที่ไม่อยู่นี้ หรือยกเลิกไปแล้ว")
	}
	if err := agencies.EndAbsence(r.Context(), s.Tx, s.Agency, all[i].OfficerID, all[i].ID, a.now()); err != nil {
		return nil, err
	}
	return a.dutyDone(r, s, "back", agencies.OfficerBack, agencies.ChangeDetail{Officer: all[i].OfficerID})
}

func (a *Admin) dutyDone(r *http.Request, s Scope, done string, kind agencies.ChangeKind, detail agencies.ChangeDetail) (reply, error) {
	if err := a.changed(r.Context(), s, kind, detail); err != nil {
		return nil, err
	}
	return redirect(link("/officers/duty", url.Values{"done": {done}})), nil
}
