package admin_test

import (
	"fmt"
	"io/fs"
	"net/url"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/chromedp/chromedp"

	"saphan/forms"
)

// decidedAll is an agency whose head decided about nearly everything, with a service that the centre renewed.
func decidedAll(t *testing.T) (s shelf, screens map[string]string) {
	t.Helper()
	s = atServices(t)
	files, err := forms.Shipped()
	s.must(err)
	for _, name := range []string{"hazardous-business.yaml", "building-permit.yaml", "public-problem.yaml", "elderly-allowance.yaml", "waste-collection.yaml"} {
		raw, err := fs.ReadFile(files, name)
		s.must(err)
		s.folder[name] = &fstest.MapFile{Data: raw}
	}
	s.must(s.library.Refresh(s.ctx()))
	page := s.does(food, typed(s.b.get(food).seen(t), "form_code", "สอ.1 (ทต.ตัวอย่าง)", "signer", "ปลัดเทศบาลตัวอย่าง ปฏิบัติหน้าที่นายกเทศมนตรีตำบลตัวอย่าง", "queue", "works", "days:decide", "28",
		"confirmed", "appeal", "conditions", "ต้องปิดร้านก่อนเวลา 22.00 น. ทุกวัน\nต้องมีบ่อดักไขมันและคัดแยกขยะก่อนทิ้ง", "legal", "ข้อบัญญัติเทศบาลตำบลตัวอย่าง เรื่อง สถานที่จำหน่ายอาหารและสถานที่สะสมอาหาร พ.ศ. 2569",
		"waiver.0.text", "ลดค่าธรรมเนียมช่วยร้านที่ถูกน้ำท่วม", "waiver.0.law", "ประกาศเทศบาลตำบลตัวอย่าง ลงวันที่ 1 ตุลาคม 2569", "waiver.0.from", "1 ต.ค. 2569", "waiver.0.until", "31 ธ.ค. 2569", "waiver.0.percent", "50",
		"waiver.0.lines", "yearly"), "บันทึกแล้ว")
	s.pass(5 * time.Minute)
	s.does(food+"/rates/yearly", url.Values{
		"seen": {page.seen(t)}, "was": {"new"}, "from": {"1 ม.ค. 2570"}, "law": {"ข้อบัญญัติเทศบาลตำบลตัวอย่าง เรื่อง สถานที่จำหน่ายอาหารและสถานที่สะสมอาหาร พ.ศ. 2569"}, "row:certificate": {"150"}, "row:licence": {"1200.50"},
	}, "บันทึกอัตราแล้ว")
	text := strings.NewReplacer("version: 1\n", "version: 2\n", "    days: 30\n", "    days: 25\n", "baht: 200}", "baht: 250}", "มีรูปใบรับรองการอบรมสุขาภิบาลอาหารไหมคะ", "ขอรูปใบรับรองการอบรมสุขาภิบาลอาหารค่ะ").Replace(string(s.folder["food-premises.yaml"].Data))
	s.folder["food-premises.v2.yaml"] = &fstest.MapFile{Data: []byte(text)}
	s.must(s.library.Refresh(s.ctx()))
	s.does("/admin/account", url.Values{"kind": {"biller"}, "number": {"099400000000101"}, "name": {"เทศบาลตำบลตัวอย่าง"}, "counter": {"กองคลัง ชั้น 1 วันจันทร์ถึงศุกร์ 08:30 ถึง 15:30 น."}}, "บันทึกบัญชีรับเงินแล้ว")
	s.does("/admin/calendar/holidays", url.Values{"day": {"30 พ.ย. 2569"}, "name": {"วันทำบุญเมืองตัวอย่าง"}, "source": {"ประกาศเทศบาลตำบลตัวอย่าง ที่ 12/2569 ลงวันที่ 2 พฤศจิกายน 2569"}}, "วันทำบุญเมืองตัวอย่าง")
	return s, map[string]string{
		"services": "/admin/services", "service": food, "service-plain": "/admin/services/public-problem", "service-template": food + "/template", "service-rates": food + "/rates/yearly",
		"service-rates-new": food + "/rates/yearly?version=new", "service-rates-long": "/admin/services/hazardous-business/rates/activity", "calendar": "/admin/calendar", "account": "/admin/account",
	}
}

// tall fits the window to the whole page, so that its picture shows all of it.
func (b *tab) tall(width int64) {
	b.t.Helper()
	height := value[int](b, "document.documentElement.scrollHeight")
	b.size(width, int64(min(max(height, 700), 5000)))
}

// TestServicesLook keeps pictures of the settings of services, in both themes, from wide to the narrowest, and fails
// for whatever axe finds on them (WCAG 2.2 AA).
func TestServicesLook(t *testing.T) {
	t.Parallel()
	b := open(t, "409 (Conflict)", "422 (Unprocessable Entity)")
	s, screens := decidedAll(t)
	b.size(1280, 900)
	s.pass(time.Minute) // a code opens once
	b.enter(s.house, s.head)
	for _, look := range []struct {
		scheme string
		width  int64
	}{{"light", 1280}, {"light", 390}, {"light", 320}, {"dark", 1280}} {
		b.scheme(look.scheme)
		for name, path := range screens {
			b.size(look.width, 900)
			b.visit(s.server.URL+path, "main h1")
			where := fmt.Sprintf("%s-%s-%d", name, look.scheme, look.width)
			b.noOverflow(where)
			value[bool](b, openAll)
			b.noOverflow(where + " unfolded")
			if look.width != 390 {
				b.accessible(where)
			}
			b.tall(look.width)
			b.shot(where)
		}
	}
	// What is wrong, and what another head decided meanwhile, are answers to a button.
	b.scheme("light")
	b.size(1280, 900)
	b.visit(s.server.URL+food, "#signer")
	s.pass(5 * time.Minute)
	s.does(food, typed(s.b.get(food).seen(t), "form_code", "สอ.9", "signer", "รองปลัดเทศบาลตัวอย่าง", "days:decide", "20"), "บันทึกแล้ว")
	b.write("#signer", " รักษาราชการแทน")
	b.write("#form_code", " ก")
	value[bool](b, `document.querySelector('input[name="days:decide"]').value = '20', true`)
	b.click(`button[value="save"]`)
	b.do("wait for what was decided", chromedp.WaitVisible(chromedp.CSS("#since")))
	b.accessible("since")
	if got := value[string](b, `document.querySelector('#signer').value`); !strings.Contains(got, "รักษาราชการแทน") {
		t.Errorf("what was typed is lost: %s", got)
	}
	b.tall(1280)
	b.shot("service-since-light-1280")
	b.size(320, 800)
	b.noOverflow("since 320")
	b.click(`button[value="preview"]`)
	b.do("wait for the look ahead", chromedp.WaitVisible(chromedp.CSS("#ahead")))
	b.accessible("ahead")
	b.noOverflow("ahead 320")
	b.shot("service-ahead-light-320")
	b.size(1280, 900)
	b.shot("service-ahead-light-1280")
	value[bool](b, `document.querySelector('input[name="days:decide"]').value = '99', true`)
	b.click(`button[value="save"]`)
	b.do("wait for what is wrong", chromedp.WaitVisible(chromedp.CSS("#problem")))
	b.accessible("wrong")
	b.shot("service-wrong-light-1280")
}
