package devkit

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"saphan/agencies"
	"saphan/citizens"
	"saphan/files"
	"saphan/forms"
	"saphan/internal/promptpay"
	"saphan/internal/secret"
	"saphan/payments"
	"saphan/tickets"
)

// The demo agencies: one municipality, one sub-district office, one department.
const (
	townCode        = "TB"
	subdistrictCode = "OB"
	departmentCode  = "DP"
)

// Demo fills an empty database with agencies, officers, an official account and cases.
type Demo struct {
	DB       agencies.DB
	Jobs     agencies.Jobs
	Box      secret.Box
	Desk     *tickets.Desk
	Forms    *forms.Catalog
	Files    *files.Store
	Secrets  Secrets
	Endpoint string   // address of the sample agency's system
	Allowed  []string // private networks that the endpoint may be in
	Now      func() time.Time
}

// place is a demo agency with what it looks after.
type place struct {
	agency   agencies.Agency
	area     string
	lat, lon float64
	radiusM  float64
	queues   [][2]string          // key and name
	routes   map[forms.Key]string // service to queue
}

func places() []place {
	var town, sub, dep agencies.Agency
	town.Code, town.Name, town.Kind = townCode, "เทศบาลเมืองตัวอย่าง", "เทศบาลเมือง"
	town.Phone, town.Address, town.Signer = "02-000-0001", "99 ถนนตัวอย่าง ต.ตัวอย่าง อ.เมือง จ.ตัวอย่าง 10000", "นายกเทศมนตรีเมืองตัวอย่าง เจ้าพนักงานท้องถิ่น"
	sub.Code, sub.Name, sub.Kind = subdistrictCode, "อบต.ทุ่งตัวอย่าง", "องค์การบริหารส่วนตำบล"
	sub.Phone, sub.Address, sub.Signer = "02-000-0002", "1 หมู่ 1 ต.ทุ่งตัวอย่าง อ.เมือง จ.ตัวอย่าง 10000", "นายกองค์การบริหารส่วนตำบลทุ่งตัวอย่าง เจ้าพนักงานท้องถิ่น"
	dep.Code, dep.Name, dep.Kind = departmentCode, "กรมตัวอย่าง", "กรม"
	dep.Phone, dep.Signer = "02-000-0003", "อธิบดีกรมตัวอย่าง"
	local := map[forms.Key]string{
		"public-problem": "works", "waste-collection": "works",
		"hazardous-business": "permits", "food-premises": "permits", "building-permit": "permits", "licence-data": "permits",
		"elderly-allowance": "welfare", "personal-data": "general", "question": "general", "appeal": "appeals",
	}
	six := [][2]string{
		{"permits", "ใบอนุญาต"}, {"works", "งานช่างและเรื่องร้องทุกข์"}, {"welfare", "งานสวัสดิการสังคม"}, {"general", "งานทั่วไป"},
		{"confidential", "เรื่องร้องเรียนทุจริต"}, {"appeals", "อุทธรณ์"},
	}
	return []place{
		{agency: town, area: "ต.ตัวอย่าง", lat: 13.3611, lon: 100.9847, radiusM: 6000, queues: six, routes: local},
		{agency: sub, area: "ต.ทุ่งตัวอย่าง", lat: 13.4400, lon: 101.0900, radiusM: 8000, queues: six, routes: local},
		{agency: dep, queues: [][2]string{{"general", "งานทั่วไป"}}, routes: map[forms.Key]string{}},
	}
}

// Seed fills the database if it has no agency yet; it is one transaction, so a start that was
// killed leaves nothing by halves. Cases come after it, one transaction each.
func (d Demo) Seed(ctx context.Context) error {
	var town agencies.AgencyID
	err := agencies.Everywhere(ctx, d.DB, func(tx pgx.Tx) error {
		all, err := agencies.All(ctx, tx)
		if err != nil || len(all) > 0 {
			return err
		}
		if _, err := agencies.ShipDays(ctx, tx, d.Jobs, d.Now()); err != nil {
			return err
		}
		for _, p := range places() {
			id, err := d.settle(ctx, tx, p)
			if err != nil {
				return err
			}
			if p.agency.Code == townCode {
				town = id
			}
		}
		return d.connect(ctx, tx, town)
	})
	if err != nil || town == 0 {
		return err
	}
	return d.cases(ctx, town)
}

// settle adds an agency with its queues, routes, area and officers.
func (d Demo) settle(ctx context.Context, tx pgx.Tx, p place) (agencies.AgencyID, error) {
	a, err := agencies.Create(ctx, tx, p.agency)
	if err != nil {
		return 0, err
	}
	queues := map[string]agencies.QueueID{}
	for _, q := range p.queues {
		made, err := agencies.CreateQueue(ctx, tx, a.ID, q[0], q[1])
		if err != nil {
			return 0, err
		}
		queues[q[0]] = made.ID
	}
	for form, queue := range p.routes {
		if err := agencies.SetRoute(ctx, tx, a.ID, string(form), queues[queue]); err != nil {
			return 0, err
		}
	}
	if p.radiusM > 0 {
		err := agencies.AddArea(ctx, tx, agencies.Area{AgencyID: a.ID, Name: p.area, Lat: p.lat, Lon: p.lon, RadiusM: p.radiusM})
		if err != nil {
			return 0, err
		}
	}
	for _, o := range d.Secrets.Officers {
		if o.Agency != a.Code {
			continue
		}
		officer, err := agencies.CreateOfficer(ctx, tx, d.Box, agencies.NewOfficer{
			AgencyID: a.ID, Email: o.Email, Name: o.Name, Role: o.Role, Password: o.Password, TOTP: o.TOTP,
		})
		if err == nil && o.Role == agencies.RoleHead {
			err = d.collect(ctx, tx, a, officer.ID)
		}
		if err != nil {
			return 0, err
		}
	}
	return a.ID, nil
}

// collect says where an agency takes money, so that whoever grants a licence sees the fee, its code and the receipt. No
// bank knows the account: its number is made of a tax number that nobody has.
func (d Demo) collect(ctx context.Context, tx pgx.Tx, a agencies.Agency, head agencies.OfficerID) error {
	return payments.NewTill(nil, d.Now).SetAccount(ctx, tx, a.ID, head, payments.Account{
		Kind: promptpay.Biller, Number: "099400000000101", Name: a.Name + " (ข้อมูลสาธิต ห้ามโอน)", Counter: "กองคลัง ชั้น 1 วันจันทร์ถึงศุกร์ 08:30 ถึง 15:30 น. (ข้อมูลสาธิต)",
	})
}

// connect gives the town its official account and the endpoint of its own system.
func (d Demo) connect(ctx context.Context, tx pgx.Tx, town agencies.AgencyID) error {
	announced := d.Now()
	_, err := agencies.CreateChannel(ctx, tx, d.Box, agencies.Channel{
		AgencyID: town, Kind: "line", Destination: d.Secrets.Line.Destination, Provider: d.Secrets.Line.ProviderName,
		Name: "เทศบาลเมืองตัวอย่าง", LineID: d.Secrets.Line.ChannelID, Secret: d.Secrets.Line.Secret, Token: d.Secrets.Line.AccessToken,
		AnnouncedAt: &announced, AnnouncedRef: "ประกาศเทศบาลเมืองตัวอย่าง (ข้อมูลสาธิต)",
	})
	if err != nil {
		return err
	}
	_, err = agencies.CreateEndpoint(ctx, tx, d.Box, town, d.Endpoint, agencies.Secret(d.Secrets.EndpointSecret), d.Allowed)
	return err
}

// sample is a case that is there from the start.
type sample struct {
	form     forms.Key
	who      string
	category string // public-problem
	words    string
	where    string
	lat, lon float64
	ago      time.Duration
}

func samples() []sample {
	day := 24 * time.Hour
	return []sample{
		{form: "public-problem", who: "นางมาลี (ตัวอย่าง)", category: "light", words: "ไฟถนนดับหน้าโรงเรียนมา 3 คืนแล้ว ทางมืดมาก", where: "หน้าโรงเรียนตัวอย่าง ซอย 4", lat: 13.3620, lon: 100.9851, ago: 17 * day},
		{form: "public-problem", who: "นายวิชัย (ตัวอย่าง)", category: "road", words: "ถนนเป็นหลุมลึก รถจักรยานยนต์ล้มหลายครั้ง", where: "ถนนตัวอย่าง 2 ใกล้ตลาดสด", lat: 13.3588, lon: 100.9820, ago: 12 * day},
		{form: "public-problem", who: "นางสาวพิมพ์ (ตัวอย่าง)", category: "drain", words: "น้ำท่วมขังทางเดินเท้าหน้าตลาดสด ระบายไม่ทัน", where: "ตลาดสดเทศบาลตัวอย่าง", lat: 13.3602, lon: 100.9866, ago: 6 * day},
		{form: "public-problem", who: "นายสมศักดิ์ (ตัวอย่าง)", category: "waste", words: "ถังขยะเต็มมาหลายวัน มีกลิ่นและสุนัขคุ้ย", where: "ปากซอยตัวอย่าง 7", lat: 13.3641, lon: 100.9900, ago: 30 * time.Hour},
		{form: "public-problem", who: "นางอารี (ตัวอย่าง)", category: "tree", words: "กิ่งไม้ใหญ่พาดสายไฟ กลัวหักลงมาเวลาฝนตก", where: "ข้างศาลาประชาคมตัวอย่าง", lat: 13.3577, lon: 100.9871, ago: 3 * time.Hour},
		{form: "hazardous-business", who: "", where: "12 ซอยตัวอย่าง 4 ต.ตัวอย่าง อ.เมือง จ.ตัวอย่าง 10000", lat: 13.3609, lon: 100.9838, ago: 26 * day},
		{form: "hazardous-business", who: "", where: "45/2 ถนนตัวอย่าง ต.ตัวอย่าง อ.เมือง จ.ตัวอย่าง 10000", lat: 13.3611, lon: 100.9802, ago: 4 * day},
		{form: "question", who: "นายธนา (ตัวอย่าง)", words: "เปิดร้านซ่อมรถจักรยานยนต์ต้องขออนุญาตอะไรบ้าง", ago: 20 * time.Hour},
		{form: "question", who: "นางสาวแก้ว (ตัวอย่าง)", words: "จ่ายค่าขยะรายปีได้ที่ไหน วันเสาร์เปิดหรือไม่", ago: 45 * time.Minute},
		{form: "public-problem", who: "นายประสิทธิ์ (ตัวอย่าง)", category: "road", words: "ผิวถนนหน้าสะพานทรุดเป็นแอ่ง", where: "สะพานทุ่งตัวอย่าง", lat: 13.4395, lon: 101.0888, ago: 2 * day},
	}
}

// cases files the sample requests as citizens would have.
func (d Demo) cases(ctx context.Context, town agencies.AgencyID) error {
	photo, err := d.photo(ctx)
	if err != nil {
		return err
	}
	for i, s := range samples() {
		form, ok := d.Forms.Find(s.form)
		if !ok {
			continue // a catalogue of one's own need not have the demo's services
		}
		answers, err := d.answers(form, s, photo)
		if err != nil {
			return fmt.Errorf("demo case %d: %w", i+1, err)
		}
		err = agencies.Everywhere(ctx, d.DB, func(tx pgx.Tx) error {
			person, err := citizens.Resolve(ctx, tx, "demo", "demo", fmt.Sprintf("case %d", i+1))
			if err != nil {
				return err
			}
			request, err := d.Desk.Submit(ctx, tx, tickets.Submission{
				Draft: fmt.Sprintf("demo case %d", i+1), CitizenID: int64(person.CitizenID), CitizenName: s.who, AgencyID: town,
				Form: form.Key, Version: form.Version, Answers: answers, EnteredAt: d.Now().Add(-s.ago),
			})
			if err != nil {
				return err
			}
			_, err = d.Desk.Route(ctx, tx, request)
			return err
		})
		if err != nil {
			return fmt.Errorf("demo case %d: %w", i+1, err)
		}
	}
	return nil
}

// answers fills in a form from a sample, and from the form's own examples where it says nothing.
func (d Demo) answers(form *forms.Form, s sample, photo forms.File) ([]forms.Answer, error) {
	given := map[string]string{"description": s.words, "question": s.words, "premises_address": s.where}
	picked := map[string]string{"category": s.category, "activities.1.business_group": "vehicles", "activities.1.activity": "vehicle_repair"}
	var answers []forms.Answer
	for {
		missing := form.Missing(answers)
		if len(missing) == 0 {
			return answers, nil
		}
		f := missing[0]
		in := forms.Input{Text: given[f.Key], Now: d.Now()}
		switch {
		case f.Kind == forms.ChoiceField:
			in.Choice = picked[f.Key]
			switch {
			case in.Choice != "":
			case f.Continues():
				in.Choice = forms.MoreNo
			default:
				in.Choice = f.Choices[0].Value
			}
		case f.Kind == forms.ChoicesField:
			in.Choice = f.Choices[0].Value
		case f.Kind == forms.LocationField:
			in.Place = &forms.Place{Title: s.where, Latitude: &s.lat, Longitude: &s.lon}
		case f.Files():
			in.Files = []forms.File{photo}
		case in.Text == "":
			in.Text = f.Example.TH
		}
		a, err := f.Check(in)
		if err != nil {
			return nil, errors.Join(fmt.Errorf("field %s", f.Key), err)
		}
		answers = append(answers, a)
	}
}

// photo stores the picture that the sample cases carry.
func (d Demo) photo(ctx context.Context) (forms.File, error) {
	picture, err := nightStreet()
	if err != nil {
		return forms.File{}, err
	}
	object, err := d.Files.Put(ctx, bytes.NewReader(picture), files.Limits{})
	if err != nil {
		return forms.File{}, fmt.Errorf("store the demo photo: %w", err)
	}
	f := forms.File{Name: "รูปตัวอย่าง.jpg", Type: object.MediaType, Size: object.Size}
	err = agencies.Everywhere(ctx, d.DB, func(tx pgx.Tx) error {
		id, err := files.Insert(ctx, tx, files.Attachment{Object: object, Name: f.Name, Source: "demo:photo"})
		f.ID = int64(id)
		return err
	})
	return f, err
}

// Reconnect points the town's endpoint to where the sample agency listens on this start: the
// address may have changed since the last one.
func (d Demo) Reconnect(ctx context.Context) error {
	return agencies.Everywhere(ctx, d.DB, func(tx pgx.Tx) error {
		all, err := agencies.All(ctx, tx)
		if err != nil {
			return err
		}
		for _, a := range all {
			if a.Code != townCode {
				continue
			}
			endpoints, err := agencies.Endpoints(ctx, tx, a.ID)
			if err != nil || len(endpoints) == 0 {
				return err
			}
			return agencies.MoveEndpoint(ctx, tx, endpoints[0].ID, d.Endpoint, d.Allowed)
		}
		return nil
	})
}

// LetIn gives each demo agency's system its key, unless it has it: a database of before keys has officers and no keys.
func (d Demo) LetIn(ctx context.Context) error {
	return agencies.Everywhere(ctx, d.DB, func(tx pgx.Tx) error {
		all, err := agencies.All(ctx, tx)
		if err != nil {
			return err
		}
		for _, a := range all {
			keys, err := agencies.APIKeys(ctx, tx, a.ID, d.Now())
			if err != nil {
				return err
			}
			if len(keys) > 0 {
				continue
			}
			if err := d.letIn(ctx, tx, a); err != nil {
				return err
			}
		}
		return nil
	})
}

// letIn makes the keys of an agency, in the name of its head.
func (d Demo) letIn(ctx context.Context, tx pgx.Tx, a agencies.Agency) error {
	officers, err := agencies.Officers(ctx, tx, a.ID)
	if err != nil {
		return err
	}
	for _, k := range d.Secrets.APIKeys {
		for _, o := range officers {
			if k.Agency != a.Code || o.Role != agencies.RoleHead || o.DisabledAt != nil {
				continue
			}
			_, _, err := agencies.MakeAPIKey(ctx, tx, o, agencies.NewAPIKey{
				OfficerID: o.ID, Name: "ระบบของหน่วยงาน (ข้อมูลสาธิต)", Scopes: k.Scopes, ExpiresAt: d.Now().AddDate(1, 0, 0),
			}, k.Key, d.Now())
			if err != nil {
				return err
			}
			break
		}
	}
	return nil
}
