package admin

import (
	"errors"
	"net/http"
	"net/url"

	"saphan/agencies"
	"saphan/forms"
	"saphan/internal/fault"
)

// templatePage says what the centre changed since the agency looked at a service (SEED-25).
type templatePage struct {
	chrome
	departure
	Act    string
	Back   string
	May    bool
	Topics []topicLines
	Kept   []forms.Change // what the agency does otherwise and keeps doing
	Gone   bool           // the version that was looked at is not there any more
}

// Tab is where the page stands among the settings.
func (templatePage) Tab() string { return "services" }

type topicLines struct {
	Topic   forms.Topic
	Changes []forms.Change
}

func (a *Admin) showTemplate(r *http.Request, s Scope) (reply, error) {
	d, err := a.service(r, s)
	if err != nil {
		return nil, err
	}
	c, err := chromeOf(r.Context(), s, "แบบกลางที่เปลี่ยน "+d.Central.Title.TH)
	if err != nil {
		return nil, err
	}
	queues, err := agencies.Queues(r.Context(), s.Tx, s.Agency)
	if err != nil {
		return nil, err
	}
	p := templatePage{
		chrome: c, departure: d, Act: Base + servicePath(d.Central.Key) + "/template", Back: Base + servicePath(d.Central.Key), May: s.Can(agencies.ManageAgency),
		Kept: told(d.Central, forms.Override{}, d.Made.Override, queues),
	}
	before, ok := a.forms.Version(d.Central.Key, d.Made.Base)
	p.Gone = !ok && d.Renewed()
	if ok {
		p.Topics = byTopic(forms.Changes(before, d.Central))
	}
	return page{view: "service-template", data: p}, nil
}

func byTopic(all []forms.Change) (topics []topicLines) {
	for _, c := range all {
		if n := len(topics); n == 0 || topics[n-1].Topic != c.Topic {
			topics = append(topics, topicLines{Topic: c.Topic})
		}
		last := &topics[len(topics)-1]
		last.Changes = append(last.Changes, c)
	}
	return topics
}

// acknowledge notes that the agency has looked at the template as it is; what it does otherwise stays.
func (a *Admin) acknowledge(r *http.Request, s Scope) (reply, error) {
	d, err := a.service(r, s)
	if err != nil {
		return nil, err
	}
	err = a.amend(r.Context(), s, d, d.Made.Override, seenOverride(r), agencies.ServiceSeen)
	if errors.Is(err, forms.ErrDecided) {
		return nil, fault.Wrap(fault.Conflict, "มีผู้บันทึกบริการนี้ระหว่างที่ท่านอ่าน กรุณาเปิดหน้าบริการใหม่เพื่อดูค่าล่าสุด แล้วกดรับทราบอีกครั้ง", err)
	}
	if err != nil {
		return nil, err
	}
	return refreshed{redirect(link(servicePath(d.Central.Key), url.Values{"done": {"service-seen"}}))}, nil
}
