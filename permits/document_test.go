package permits_test

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"saphan/files"
	"saphan/forms"
	"saphan/internal/pgtest"
	"saphan/internal/tool"
	"saphan/permits"
)

// The document carries what was granted; drawn twice it is the same file, and only the first one counts.
func TestDocument(t *testing.T) {
	t.Parallel()
	ctx, tx := t.Context(), pgtest.Tx(t)
	o, c := office(t)
	a, q := agency(ctx, t, tx, "SN")
	issued, err := o.Issue(ctx, tx, grant(a, ticket(ctx, t, tx, a, q, 1)))
	if err != nil {
		t.Fatal(err)
	}
	p, err := permits.FindByID(ctx, tx, issued.ID) // as the job reads it
	if err != nil {
		t.Fatal(err)
	}
	first, err := o.Document(p, a)
	if err != nil {
		t.Fatal(err)
	}
	c.set(2026, time.November, 22, 9, 0)
	again, err := o.Document(p, a)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(first, again) {
		t.Error("the document changed when it was drawn again")
	}
	dir := t.TempDir()
	path := filepath.Join(dir, "permit.pdf")
	if err := os.WriteFile(path, first, 0o600); err != nil {
		t.Fatal(err)
	}
	text := tool.Run(t, "pdftotext", "-layout", path, "-")
	for _, want := range []string{
		"SN-HB-2569-000001", "นางสาวสมหญิง ตัวอย่างสกุล", "1-2345-45678-78-1", "โรงน้ำแข็งตัวอย่าง ปั๊มน้ำใส", "นายสมชาย ตัวอย่างดี", "นายกเทศมนตรีตำบลตัวอย่าง",
		"21 พฤศจิกายน 2569", "21 พฤศจิกายน 2570", "ต้องมีถังดับเพลิง 2 เครื่อง", "2.", "1,000 บาท ต่อปี", "saphan.example.go.th/p/SN-HB-2569-000001", "กอ.2",
	} {
		if !strings.Contains(text, want) {
			t.Errorf("the document lacks %q:\n%s", want, text)
		}
	}
	data := filepath.Join(dir, "licence.json")
	tool.Run(t, "pdfdetach", "-save", "1", "-o", data, path)
	raw, err := os.ReadFile(data)
	if err != nil {
		t.Fatal(err)
	}
	var licence struct {
		Holder struct {
			IDMasked string `json:"id_masked"`
		}
	}
	if err := json.Unmarshal(raw, &licence); err != nil {
		t.Fatal(err)
	}
	if licence.Holder.IDMasked != "1-2345-xxxxx-xx-1" || bytes.Contains(raw, []byte("45678")) {
		t.Errorf("the attached data carries the national number: %s", raw)
	}
}

// A hazardous-business permit (SVC-1) with every line its form prints stands on one page.
func TestDocumentOfARealServiceIsOnePage(t *testing.T) {
	t.Parallel()
	ctx, tx := t.Context(), pgtest.Tx(t)
	o, _ := office(t)
	a, q := agency(ctx, t, tx, "SN")
	catalog, err := forms.Ready()
	if err != nil {
		t.Fatal(err)
	}
	form, ok := catalog.Find("hazardous-business")
	if !ok {
		t.Fatal("the service is gone")
	}
	g := grant(a, ticket(ctx, t, tx, a, q, 1))
	outcome := form.Outcome(nil)
	g.Items, g.LegalBasis, g.FeeSatang, g.FeeNote, g.Code = nil, "", 100000, "", outcome.Code
	for _, law := range form.Legal {
		g.LegalBasis += law.TH + " "
	}
	values := map[string]string{
		"national_id": "1-2345-45678-78-1", "nationality": "ไทย", "phone": "081 234 5678", "premises_name": "โรงน้ำแข็งตัวอย่าง ปั๊มน้ำใส",
		"home_address":   "12/3 หมู่ที่ 4 ซอยน้ำค้าง ถนนสุขสวัสดิ์พัฒนา ตำบลทุ่งแค้ว อำเภอหนองม่วงไข่ จังหวัดแพร่ 54170",
		"business_group": "กิจการที่เกี่ยวกับอาหาร เครื่องดื่ม น้ำดื่ม", "activity_unlisted|activity": "การผลิตน้ำแข็งก้อนและน้ำแข็งหลอดเพื่อจำหน่าย",
		"premises_address": "45 หมู่ที่ 2 ตำบลตัวอย่าง อำเภอตัวอย่าง จังหวัดตัวอย่าง 10000", "area": "1,180.5 ตร.ม.", "horsepower": "15 แรงม้า", "workers": "8 คน",
	}
	for _, it := range outcome.Shows {
		if v := values[it.Field]; v != "" {
			g.Items = append(g.Items, permits.NewItem(it.Field, it.Label.TH, v))
		}
	}
	p, err := o.Issue(ctx, tx, g)
	if err != nil {
		t.Fatal(err)
	}
	document, err := o.Document(p, a)
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	path, data := filepath.Join(dir, "permit.pdf"), filepath.Join(dir, "licence.json")
	if err := os.WriteFile(path, document, 0o600); err != nil {
		t.Fatal(err)
	}
	if out := tool.Run(t, "pdfinfo", path); !strings.Contains(out, "Pages:           1\n") {
		t.Errorf("it needs more than a page:\n%s", out)
	}
	text := tool.Tight(tool.Run(t, "pdftotext", "-raw", path, "-"))
	for _, v := range values {
		if !strings.Contains(text, strings.Join(strings.Fields(v), "")) {
			t.Errorf("the document lacks %q:\n%s", v, text)
		}
	}
	tool.Run(t, "pdfdetach", "-save", "1", "-o", data, path)
	raw, err := os.ReadFile(data)
	if err != nil {
		t.Fatal(err)
	}
	var licence struct {
		Activity struct {
			Area       float64 `json:"area_m2"`
			Horsepower float64 `json:"horsepower"`
			Workers    float64 `json:"workers"`
		} `json:"activity"`
	}
	if err := json.Unmarshal(raw, &licence); err != nil {
		t.Fatal(err)
	}
	if licence.Activity.Area != 1180.5 || licence.Activity.Horsepower != 15 || licence.Activity.Workers != 8 {
		t.Errorf("numbers are %+v", licence.Activity)
	}
	kept := filepath.Join("..", "artefacts")
	if err := os.MkdirAll(kept, 0o750); err != nil {
		t.Fatal(err)
	}
	tool.Run(t, "pdftoppm", "-r", "110", "-png", "-singlefile", path, filepath.Join(kept, "permit-hazardous-business"))
}

func TestMarkReadyCountsOnce(t *testing.T) {
	t.Parallel()
	ctx, tx := t.Context(), pgtest.Tx(t)
	o, _ := office(t)
	a, q := agency(ctx, t, tx, "SN")
	p, err := o.Issue(ctx, tx, grant(a, ticket(ctx, t, tx, a, q, 1)))
	if err != nil {
		t.Fatal(err)
	}
	var ids [2]files.AttachmentID
	for i := range ids {
		err := tx.QueryRow(ctx, `INSERT INTO attachments (object_key, sha256, size_bytes, media_type, name, sealed_key, source)
			VALUES ('k', '\x00', 1, 'application/pdf', 'permit.pdf', '\x00', $1) RETURNING id`, []string{"a", "b"}[i]).Scan(&ids[i])
		if err != nil {
			t.Fatal(err)
		}
		if err := o.MarkReady(ctx, tx, p.ID, ids[i]); err != nil {
			t.Fatal(err)
		}
	}
	got, err := permits.FindByID(ctx, tx, p.ID)
	if err != nil {
		t.Fatal(err)
	}
	if got.AttachmentID == nil || *got.AttachmentID != ids[0] || got.ReadyAt == nil {
		t.Errorf("attachment %v ready %v, want the first document", got.AttachmentID, got.ReadyAt)
	}
	events, err := permits.History(ctx, tx, p.ID)
	if err != nil || len(events) != 2 || events[1].Kind != permits.EventReady {
		t.Errorf("history %+v, %v", events, err)
	}
}

// The holder's link opens the document until its day, for its permit only, and cannot be made by anyone else.
func TestToken(t *testing.T) {
	t.Parallel()
	o, c := office(t)
	other, _ := office(t)
	token := o.Token("SN-HB-2569-000001", c.now().Add(time.Hour))
	if !o.CheckToken("SN-HB-2569-000001", token) {
		t.Error("a good token is refused")
	}
	end, sum, _ := strings.Cut(token, ".")
	for name, bad := range map[string]string{
		"empty": "", "no code": end + ".", "longer life": "zzzzzz." + sum, "cut": token[:len(token)-1], "garbage": "..", "altered": end + ".A" + sum[1:],
	} {
		if bad != token && o.CheckToken("SN-HB-2569-000001", bad) {
			t.Errorf("a token with %s is accepted", name)
		}
	}
	if o.CheckToken("SN-HB-2569-000002", token) {
		t.Error("the token opens another permit")
	}
	if other.CheckToken("SN-HB-2569-000001", token) {
		t.Error("the token of another deployment is accepted")
	}
	c.set(2026, time.November, 21, 11, 1)
	if o.CheckToken("SN-HB-2569-000001", token) {
		t.Error("an expired token is accepted")
	}
	if link := o.HolderLink("SN-HB-2569-000001"); !strings.HasPrefix(link, "https://saphan.example.go.th/p/SN-HB-2569-000001?k=") {
		t.Errorf("holder's link is %s", link)
	}
}

func TestParseNumber(t *testing.T) {
	t.Parallel()
	for typed, want := range map[string]string{
		"SN-HB-2569-000001": "SN-HB-2569-000001", " sn-hb-๒๕๖๙-๐๐๐๐๐๑ ": "SN-HB-2569-000001", "SN – HB – 2569 – 000001": "SN-HB-2569-000001", "sn_hb_2569_000001": "SN-HB-2569-000001",
	} {
		if got, ok := permits.ParseNumber(typed); !ok || got != want {
			t.Errorf("%q: %q, %v", typed, got, ok)
		}
	}
	for _, typed := range []string{"", "SN-2569-000001", "ใบอนุญาต", "SN-HB-2569-1", "'; DROP TABLE permits", strings.Repeat("9", 500), "../SN-HB-2569-000001"} {
		if got, ok := permits.ParseNumber(typed); ok {
			t.Errorf("%q passes as %q", typed, got)
		}
	}
}

// PDPA: the public page shows a company whole and a person with the family name hidden.
func TestPublicHolder(t *testing.T) {
	t.Parallel()
	for holder, want := range map[string]string{
		"นางสาวสมหญิง ตัวอย่างสกุล": "นางสาวสมหญิง ตxxxxx", "บริษัท ตัวอย่าง จำกัด": "บริษัท ตัวอย่าง จำกัด",
		"นายเอก แสงตัวอย่าง ณ ตัวอย่าง": "นายเอก แสxxxxx ณxxxxx ตxxxxx", "ห้างหุ้นส่วนจำกัด ตัวอย่าง": "ห้างหุ้นส่วนจำกัด ตัวอย่าง",
		"สมหญิง": "สxxxxx",
	} {
		if got := (permits.Permit{Holder: holder}).PublicHolder(); got != want {
			t.Errorf("%q is shown as %q, want %q", holder, got, want)
		}
	}
}
