package admin

import (
	"context"

	"saphan/agencies"
)

// step is one thing that a new agency has to do before citizens can reach it.
type step struct {
	Done bool
	Icon string
	What string
	Why  string
	Href string
}

// firstSteps tells a head whose inbox is empty what is left to set up; none when all is done, and
// none for whoever cannot do it.
func (a *Admin) firstSteps(ctx context.Context, s Scope, officers int) ([]step, error) {
	if !s.Officer.Role.Can(agencies.ManageAgency) {
		return nil, nil
	}
	channels, err := agencies.ChannelsOf(ctx, s.Tx, a.box, s.Agency)
	if err != nil {
		return nil, err
	}
	announced, page := false, "/channels"
	for _, ch := range channels {
		announced = announced || ch.Announced()
	}
	if len(channels) == 1 {
		page = channelPath(channels[0].ID)
	}
	steps := []step{
		{Done: len(channels) > 0, Icon: "message-square", What: "เพิ่มช่องทาง LINE", Why: "ประชาชนจึงจะยื่นเรื่องทางแชตได้ ใช้เวลาประมาณ 5 นาที", Href: link("/channels/new", nil)},
		{Done: officers > 1, Icon: "users", What: "เชิญเจ้าหน้าที่", Why: "แต่ละคนได้ลิงก์ของตนเอง ใช้ได้ครั้งเดียว", Href: link("/officers", nil)},
		{Done: announced, Icon: "megaphone", What: "บันทึกการประกาศช่องทาง", Why: "ก่อนประกาศ แชตจะบอกประชาชนว่ายังอยู่ระหว่างทดลอง", Href: link(page, nil)},
	}
	for _, st := range steps {
		if !st.Done {
			return steps, nil
		}
	}
	return nil, nil
}
