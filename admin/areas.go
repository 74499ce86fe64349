package admin

import (
	"context"
	"encoding/json"
	"fmt"
	"math"
	"net/http"
	"net/url"
	"strings"

	"saphan/agencies"
	"saphan/internal/fault"
)

// areasPage lists what the agency looks after.
type areasPage struct {
	chrome
	Areas   []areaLine
	Done    string
	Wrong   []string
	New     agencies.Area // as typed before a problem
	Typed   string        // the list of tambons, as typed
	Preview *areaPreview
}

type areaLine struct {
	agencies.Area
	Map  *drawn
	What string
	Act  string
}

// areaPreview is an area as it was read, before it counts.
type areaPreview struct {
	areaLine
	Kept string // what was read, to be sent again
}

func (a *Admin) showAreas(r *http.Request, s Scope) (reply, error) {
	p, err := a.areasPage(r.Context(), s)
	p.Done = doneSetting[r.FormValue("done")]
	return page{view: "areas", data: p}, err
}

func (a *Admin) areasPage(ctx context.Context, s Scope) (p areasPage, err error) {
	if p.chrome, err = chromeOf(ctx, s, "พื้นที่ที่ดูแล"); err != nil {
		return p, err
	}
	all, err := agencies.Areas(ctx, s.Tx, s.Agency)
	for _, one := range all {
		p.Areas = append(p.Areas, areaLineOf(one))
	}
	return p, err
}

func areaLineOf(one agencies.Area) areaLine {
	l := areaLine{Area: one, Map: draw(one, 0, 0, false), Act: fmt.Sprintf("%s/areas/%d/end", Base, one.ID)}
	const squareKm = 1e6
	switch one.Kind {
	case agencies.Tambons:
		l.What = fmt.Sprintf("รายการ %d ตำบล", len(one.Tambons))
	case agencies.Outline:
		points := 0
		for _, r := range one.Rings {
			points += len(r)
		}
		l.What = fmt.Sprintf("ขอบเขต %.1f ตร.กม. %d วง %d จุด", one.Size/squareKm, len(one.Rings), points)
	default:
		l.What = fmt.Sprintf("วงรอบรัศมี %.1f กม.", one.RadiusM/1000)
	}
	return l
}

// readArea shows an outline or a list as it was read. Nothing is stored: a head looks at it first.
func (a *Admin) readArea(r *http.Request, s Scope) (reply, error) {
	area := agencies.Area{Kind: agencies.Outline}
	var wrong []string
	var err error
	if strings.HasPrefix(r.Header.Get("Content-Type"), "multipart/form-data") {
		raw, bad := upload(r, "file")
		if bad == nil {
			area.Rings, bad = agencies.ReadGeoJSON(raw)
		}
		err = bad
	} else {
		area.Kind = agencies.Tambons
		area.Tambons, wrong = agencies.ReadTambons([]byte(r.PostForm.Get("tambons")))
	}
	area.Name, area.Source = tidy(r.PostForm.Get("name")), tidy(r.PostForm.Get("source"))
	if kind := fault.KindOf(err); err != nil && kind == fault.Internal {
		return nil, err
	} else if err != nil {
		wrong = append(wrong, fault.MessageOf(err))
	}
	if area.Name == "" {
		wrong = append(wrong, "ยังไม่ได้ตั้งชื่อพื้นที่ ใช้ชื่อที่คนเขียนในที่อยู่ เช่น ต.ตัวอย่าง")
	}
	p, err := a.areasPage(r.Context(), s)
	if err != nil {
		return nil, err
	}
	p.New, p.Typed = area, r.PostForm.Get("tambons")
	if len(wrong) > 0 {
		p.Wrong = wrong
		return page{view: "areas", status: fault.Invalid.Status(), data: p}, nil
	}
	for _, ring := range area.Rings {
		for i := range ring { // a hand's breadth, and less to send again
			ring[i].X, ring[i].Y = math.Round(ring[i].X*1e6)/1e6, math.Round(ring[i].Y*1e6)/1e6
		}
	}
	kept, err := json.Marshal(area)
	if err != nil {
		return nil, fmt.Errorf("keep an area for its preview: %w", err)
	}
	area.Size = agencies.SizeOf(area)
	p.Preview = &areaPreview{areaLine: areaLineOf(area), Kept: string(kept)}
	return page{view: "areas", data: p}, nil
}

// addArea makes what was looked at count. It is read again: what a browser sends is not what was shown for sure.
func (a *Admin) addArea(r *http.Request, s Scope) (reply, error) {
	var area agencies.Area
	if err := json.Unmarshal([]byte(r.PostForm.Get("area")), &area); err != nil {
		return nil, fault.Wrap(fault.Invalid, "อ่านข้อมูลที่ส่งมาไม่ได้ กรุณานำเข้าพื้นที่ใหม่", err)
	}
	area.AgencyID = s.Agency
	if err := agencies.CheckArea(area); err != nil {
		return nil, err
	}
	if _, err := agencies.NewArea(r.Context(), s.Tx, area); err != nil {
		return nil, err
	}
	if err := a.changed(r.Context(), s, agencies.AreaAdded, agencies.ChangeDetail{Ref: area.Name}); err != nil {
		return nil, err
	}
	return redirect(link("/areas", url.Values{"done": {"area-added"}})), nil
}

// endArea takes an area out of use; cases that came by it still show it.
func (a *Admin) endArea(r *http.Request, s Scope) (reply, error) {
	id, err := pathNumber(r, "area")
	if err != nil {
		return nil, fault.Wrap(fault.NotFound, "ไม่พบพื้นที่นี้ กรุณาเปิดรายการพื้นที่ใหม่", err)
	}
	area, err := agencies.FindArea(r.Context(), s.Tx, agencies.AreaID(id))
	if err != nil {
		return nil, err
	}
	if err := agencies.EndArea(r.Context(), s.Tx, s.Agency, area.ID, a.now()); err != nil {
		return nil, err
	}
	if err := a.changed(r.Context(), s, agencies.AreaEnded, agencies.ChangeDetail{Ref: area.Name}); err != nil {
		return nil, err
	}
	return redirect(link("/areas", url.Values{"done": {"area-ended"}})), nil
}
