package admin

import (
	"bytes"
	"io/fs"
	"net/url"
	"path"
	"strings"
	"testing"
	"time"

	"saphan/agencies"
	"saphan/breaches"
	"saphan/forms"
	"saphan/internal/fault"
	"saphan/internal/qr"
	"saphan/payments"
	"saphan/proof"
	"saphan/tickets"
	"saphan/tickets/oncall"
	"saphan/tickets/routing"
)

// listed is a checklist with everything on it.
func listed(at time.Time, file documentLine) *checklist {
	tick := task{Item: "document a", Text: "<script>", Tick: "/admin/tickets/7/check"}
	did := tick
	did.By, did.At, did.Who, did.Days = "<i>ตัวอย่าง", at, "<script>", 3
	here := tick
	here.Here = true
	return &checklist{
		Documents: []asked{{Label: "<script>", Chip: chip{Kind: "ok", Text: "ได้รับ"}, Files: []documentLine{file}, Task: &tick}, {Label: "ข", Task: &did}}, Steps: []task{did, here, tick}, Done: 1, All: 3,
		Identity: identityBox{Wanted: "ก", Reason: "<script>", Had: "ข", Sheet: "/admin/tickets/7/identity", Proofs: []provenLine{{What: "ThaID", Name: "<i>ตัวอย่าง", Number: &chip{Text: "ตรง"}, By: "<script>", At: at, Until: at, End: "/admin/tickets/7/identity/1"}}},
		Fee:      &working{Lines: []workingLine{{Label: "<script>", Amount: "1 บาท", Waived: "<script>"}}, Total: "1 บาท", Laws: []string{"<script>"}, Note: "<script>"},
	}
}

// filed is what an officer filled in, as it stands.
func filed(state tickets.FilingState) filingLine {
	at := time.Date(2026, time.November, 23, 10, 0, 0, 0, time.UTC)
	f := tickets.Filing{ID: 1, Way: tickets.ByCounter, Name: "<script>", Phone: "+66810000000", StartedAt: at, Until: &at}
	if state == tickets.FilingFiled {
		f.SignedAt, f.SignedBy, f.SignedName = &at, "link", "<script>"
	}
	return filingLine{Filing: f, Service: "<i>ตัวอย่าง", Who: "<script>", Chip: filingChip(state), Href: "/f"}
}

// full is every page with everything on it that can be.
func full() map[string]any {
	at := time.Date(2026, time.November, 23, 10, 0, 0, 0, time.UTC)
	officer := agencies.OfficerID(1)
	c := chrome{
		Title: "หัวข้อ", Officer: agencies.Officer{ID: 1, Name: "น.ส.ตัวอย่าง", Role: agencies.RoleHead}, Agency: "เทศบาลตัวอย่าง",
		View: view{Name: viewAll, Search: `<script>"คำค้น"`}, Live: "/admin/live?after=x",
	}
	ticket := tickets.Ticket{
		ID: 7, Number: "TB-2569-000007", Title: "แจ้งปัญหา", Subject: `<b>"ไฟดับ"</b>`, CitizenName: "นางตัวอย่าง", Status: tickets.Accepted,
		EnteredAt: at, DeemedReceivedAt: at.Add(time.Hour), DueAt: at.AddDate(0, 0, 3), OfficerID: &officer, Unread: true, QueueID: 1,
	}
	image := documentLine{
		ID: 1, Label: "รูป", Name: "รูป.jpg", Type: "ภาพ JPEG", Size: "1 KB", SHA256: "ab", At: at, Image: true,
		Href: "/admin/tickets/7/files/1", Preview: "/admin/tickets/7/files/1/preview", Original: "/admin/tickets/7/files/1/original",
	}
	gone, pdf := image, image
	gone.Gone = true
	waits, infected := image, image
	waits.Waiting = true
	infected.Infected, infected.Finding = true, "Virus"
	image.Cleaned = true
	pdf.Image, pdf.PDF = false, true
	warn := chip{Kind: "warn", Icon: "clock", Text: "เหลือ 4 ชั่วโมง"}
	form := breachForm{chrome: c, Key: "K", Done: "เสร็จ", Problem: "<script>", Typed: url.Values{"what": {"<script>"}, "why": {"<i>"}, "risk": {"high"}, "say_what": {"<script>"}, "how": {"x"}, "closing": {"x"}}}
	leak := breaches.Breach{
		ID: 1, YearBE: 2569, N: 1, Lines: 3, Listed: 3, Notice: 1, ToldAt: &at, Chat: 1, Alone: 2, Judgement: &breaches.Judgement{Risk: breaches.HighRisk, Reasons: "<script>", At: at},
		Record:    breaches.Record{DetectedAt: at, HappenedFrom: &at, HappenedUntil: &at, ReportedBy: "<script>", What: "<script>", Data: "<i>", Persons: 3, Estimated: true, Consequences: "<i>", Measures: "<i>", Contact: "<i>", LateWhy: "<i>"},
		Reports:   []breaches.Report{{At: at, Way: "<script>", Reference: "<i>"}},
		Draft:     &breaches.Draft{Words: breaches.Words{What: "<script>", Consequences: "<i>", Measures: "<i>", Advice: "<i>", Contact: "<i>"}, Line: 3, At: at},
		Otherwise: []breaches.Otherwise{{At: at, How: "<script>", Persons: 2}},
	}
	over := leak
	over.ClosedAt, over.ClosedWhy = &at, "<script>"
	pane := &ticketPane{
		Ticket: ticket, View: c.View, Mandate: &mandateMark{By: "<script>", Name: "<script>", Href: "/admin/mandates/1"}, Why: &whyHere{
			Found: "ก", Area: "<script>", Map: draw(agencies.Area{Kind: agencies.Circle, Lat: 13, Lon: 100, RadiusM: 500}, 13, 100, true), Queue: "<script>", By: "ตรงกับกฎ", Rule: "<script>", Set: "ชุดที่ 2",
			Asked: []askedAnswer{{Label: "<script>", Text: "<script>"}}, Skipped: []string{skippedWords("1 condition"), skippedWords("2 queue <script>")}, Urgent: true, Skill: "ไฟฟ้า", Nobody: true,
		}, StatusChip: statusChip(ticket.Status), DueChip: warn, Queue: "งานโยธา", Holder: "น.ส.ตัวอย่าง", Mine: true,
		Law: "กฎหมายตัวอย่าง", Deemed: "ยื่นนอกเวลาราชการ", Parts: []part{{Heading: "<i>ตัวอย่าง", Things: []thing{{Name: "<i>ตัวอย่าง", Facts: []fact{{Label: "<i>ตัวอย่าง", Text: "<script>"}}}}}, {Facts: []fact{
			{Label: "ชื่อ", Text: "<i>ตัวอย่าง</i>"}, {Label: "เลขประจำตัว", Text: "1-xxxx", Hidden: "1-2345", Wide: true}, {Label: "ที่", Text: "ซอย", Map: "https://maps.example/?q=1,2"}, {Label: "คำ", Text: "ซอย", TakenBack: &at},
		}}}, List: listed(at, image),
		Documents: []documentLine{image, gone, pdf, waits, infected}, Missing: []missing{{Label: "ก", DueOn: at, Late: true}, {Label: "ข", DueOn: at}, {Label: "ค", DueOn: at, SuppliedAt: &at, File: &image}},
		Talk: []saidOn{{Day: "วันจันทร์", Lines: []said{
			{Kind: "citizen", ID: "m1", At: at, Who: "นางตัวอย่าง", Text: "<script>alert(1)</script>", File: &image, Edited: &at, Before: []earlier{{Text: "<script>", Until: at}}},
			{Kind: "citizen", ID: "m2", At: at, Who: "นางตัวอย่าง", Unsent: true}, {Kind: "citizen", ID: "m3", At: at, Who: "นางตัวอย่าง", Place: "ซอย", Map: "https://maps.example/"},
			{Kind: "officer", ID: "m4", At: at, Who: "น.ส.ตัวอย่าง", Text: "ค่ะ", State: sendingChip(nil)}, {Kind: "system", ID: "m5", At: at, Who: "ระบบ", Text: "แจ้ง"},
			{Kind: "note", ID: "n1", At: at, Who: "น.ส.ตัวอย่าง", Text: "ภายใน"}, {Kind: "event", ID: "e1", At: at, Text: "ยื่นคำขอ"},
		}}},
		History: []historyLine{{Seq: 1, At: at, Who: "นางตัวอย่าง", What: "ยื่นคำขอ", Icon: "file-plus"}}, Whole: true,
		Blocked:  &unreachable{Since: at, Phones: []phone{{Text: "081 000 0000", Dial: "+66810000000"}, {Text: "<i>ตัวอย่าง"}}, Addresses: []string{"ที่อยู่: <script>"}, Track: "/track/x"},
		Decision: &decided{Decision: tickets.Decision{Reason: "เหตุ", LegalBasis: "กฎหมาย", Appeal: "อุทธรณ์", Conditions: "เงื่อนไข", At: at}, Officer: "น.ส.ตัวอย่าง", Granted: true, Permit: "TB-HB-2569-000001"},
		Can:      allowed{Work: true, Answer: true, Take: true, Release: true, Decide: true, Note: true}, Grants: "อนุญาต", Refuses: "ไม่อนุมัติ", Key: "KEY", Done: "ทำแล้ว",
	}
	links := []sideLink{{Href: "/admin/", Icon: "inbox", Label: "งานเข้าใหม่", Count: "3", Current: true}}
	sh := sheet{chrome: c, Ticket: ticket, Action: "/admin/tickets/7/x", Back: "/admin/tickets/7", Key: "KEY"}
	again := askSheet{sheet: sh, Suggested: []suggestion{{Name: "แผนที่", Note: "ยังไม่ได้ส่ง"}}, DueOn: at, First: at, Again: true, Lead: true, Before: []tickets.Want{{Label: "ก"}, {Label: "ข"}}}
	first, barred := again, again
	first.Again, first.Before = false, nil
	about := askedSheet{sheet: sh, Want: tickets.Want{Label: "<script>"}, DueOn: at}
	barred.Lead = false
	permit := approveSheet{sheet: sh, Undone: []string{"<script>"}, Fee: "1 บาท", Ask: true, Permit: true, Outcome: "ใบอนุญาต", Grants: "อนุญาต", Holder: "นางตัวอย่าง"}
	result := permit
	result.Permit = false
	result.Closing = closingBox{Photo: true, Crew: true, WorkedOn: true, Has: []documentLine{image, waits}, Today: at}
	text := forms.Text{TH: "เหตุผล"}
	box := &opinionBox{
		Steps: []opinionStep{{Name: "<i>เจ้าหน้าที่", Done: true}, {Name: "ปลัด"}}, TwoPerson: true, Turn: "ปลัด", Opine: true, SendBack: true, Not: "<script>",
		Lines: []opinionLine{
			{Opinion: tickets.Opinion{Step: forms.Staff, Proposes: tickets.Refuse, Text: "<script>", At: at, SupersededAt: &at, Signature: tickets.Signature{Post: "<i>", ActingFor: "<b>", OrderNo: "<u>"}}, Who: "<script>", Says: "ไม่ควร"},
			{Opinion: tickets.Opinion{Step: forms.Clerk, BackTo: forms.Staff, Text: "<script>", At: at}, Who: "ก"},
		},
	}
	pane.Opinions, pane.Untold = box, true
	pane.Can.Pass, pane.Can.Back = true, true
	said := tickets.Advice{Answer: tickets.NotOurs, Text: "<script>", Body: "<i>ตัวอย่าง", Signature: tickets.Signature{Post: "<i>", ActingFor: "<b>", OrderNo: "<u>"}, AnsweredAt: &at}
	pane.Consults = &consultBox{Ask: "/ask", Lines: []consultLine{
		{Consultation: tickets.Consultation{Question: "<script>", At: at, DueOn: at, Named: true}, Agency: "<i>ตัวอย่าง", Asker: "<script>", Chip: warn, Files: []string{"<script>"}, Reads: []string{"<script>"}, End: "/e"},
		{Consultation: tickets.Consultation{Question: "ก", At: at, DueOn: at, Advice: said}, Agency: "<i>", Signer: "<script>", Chip: warn},
		{Consultation: tickets.Consultation{Question: "ก", At: at, DueOn: at, EndedAt: &at, EndedWhy: "<script>"}, Agency: "<i>", Chip: warn},
	}}
	enquired := enquiryPage{
		chrome: c, enquiryLine: enquiryLine{Enquiry: tickets.Enquiry{ID: 3, Number: "OB-OP-2569-000001", About: "TB", Title: "<script>", Subject: "<i>ตัวอย่าง", CitizenName: "<script>", Question: "<script>", DueOn: at, At: at}, Asking: "<i>ตัวอย่าง", Chip: warn, Href: "/c"},
		Asker: "<script>", Files: []enquiryFile{{Label: "<script>", What: "<i>", Open: "/o", Save: "/s"}, {Label: "ก", What: "ปิดให้อ่านแล้ว"}}, May: true, Take: true, Act: "/a", Typed: said, Problem: "ผิด", Done: "ทำแล้ว",
		History: []historyLine{{Seq: 1, At: at, Who: "<script>", What: "<i>ตัวอย่าง", Icon: "scale"}},
	}
	advised, unneeded := enquired, enquired
	advised.May, advised.Take, advised.Advice, advised.Signer, advised.Holder = false, false, said, "<script>", "<i>ตัวอย่าง"
	unneeded.May, unneeded.Take, unneeded.EndedAt, unneeded.EndedWhy, unneeded.Not = false, false, &at, "<script>", "<script>"
	pane.Passing = &passing{
		From: "<i>ตัวอย่าง", Reason: "<script>", Pending: true, AcceptBy: at, Bounces: 2, Referral: &tickets.Referral{Body: "<script>", Reach: "<i>", Law: "<b>"},
		Sent: []sentLine{{To: "<i>", Reason: "<script>", At: at, Why: "<script>", Chip: warn}}, Shares: []shareLine{{Agency: "<i>", From: at, Until: at, Took: "1 วัน"}},
	}
	stopped := &haltLine{Who: "<i>", Reason: "<script>", At: at, Resume: "/r", Key: "k"}
	pane.Auto = &autoBox{Halted: stopped, HaltAll: "/h", Lines: []autoLine{
		{What: "<script>", Chip: warn, At: at, Done: true, Why: []whyLine{{"<b>", true}, {"<b>", false}}}, {What: "ก", Chip: warn, Halted: &haltLine{Who: "<i>", Reason: "<script>", At: at, Where: "ทุกเรื่อง"}, Halt: "/h/a"},
	}}
	like := alikeLine{Ticket: ticket, Href: "/admin/tickets/8", Chip: warn, Metres: 12, Photos: []string{"/admin/tickets/8/files/1/preview"}}
	pane.Alike = &alikeBox{Main: &like, Follow: []alikeLine{like}, Near: []alikeLine{like}, Own: []string{"/admin/tickets/7/files/1/preview"}, Key: "KEY", Act: true, Self: 7, Merge: "/m", Unmerge: "/u"}
	pane.Claim = &claimBox{Photos: []documentLine{image}, Work: "<script>", Chip: chip{Kind: "warn", Icon: "hourglass", Text: "รอประชาชนยืนยัน"}, Until: at}
	granted := tickets.Decision{N: 1, Outcome: tickets.Approve, Reason: "<script>", Conditions: "<i>ตัวอย่าง", At: at, ChangedAt: &at}
	pane.Former = []decided{{Decision: granted, Officer: "<i>ตัวอย่าง"}, {Decision: tickets.Decision{N: 2, Outcome: tickets.Refuse, At: at, OverturnedAt: &at, OverturnedWhy: "<script>"}}}
	pane.Untied, pane.Tie = true, true
	pane.Change = []changeLink{{Href: "/x", Label: "เพิกถอน"}}
	pane.Reopened = []decided{{Decision: tickets.Decision{N: 1, Outcome: tickets.Approve, Reason: "<script>", At: at, ReopenedAt: &at}, Officer: "<i>ตัวอย่าง"}}
	pane.Before = []decided{{Decision: tickets.Decision{Outcome: tickets.Refuse, At: at, WithdrawnAt: &at, WithdrawnWhy: "<script>"}, Officer: "<i>"}}
	fared := problemLine{Name: "<script>", Tally: tickets.Tally{Filed: 3, Claimed: 2, Confirmed: 1}, Claim: "2", Confirmation: "–"}
	proposed := opineSheet{sheet: sh, Step: forms.Clerk, Steps: []forms.OpinionStep{forms.Staff}, Box: box}
	channel := channelLine{ID: 1, Name: `<script>"ช่องทาง"`, BasicID: "@a", Href: "/admin/channels/1", Chips: []chip{warn}, Quota: "10"}
	whole := channelPage{
		chrome: c, Channel: agencies.Channel{ID: 1, Name: "ก", AnnouncedAt: &at, AnnouncedRef: "<script>", PausedAt: &at, KeyID: "k", OldUntil: at},
		Line: channel, TokenIs: "ก", OldSecret: true, Webhook: "https://saphan.example/line/webhook", PublicKey: "{}", Today: "2026-11-23",
		Checks: []checkLine{{Check: agencies.Check{What: "ก", Found: "<script>", Remedy: "ข"}, Chip: warn}}, Checked: true, Mend: true, Done: "ทำแล้ว",
	}
	bare := channelPage{chrome: c, Channel: agencies.Channel{ID: 1, Name: "ก", LineID: "1"}, Line: channelLine{Href: "/admin/channels/1"}}
	charge := payments.Charge{ID: 5, Number: "TB-FEE-2569-000001", About: "<i>ค่าธรรมเนียม", State: payments.Claimed, DueOn: &at, Why: "<script>", WhyLaw: "กฎหมาย", Payer: "<b>นาง"}
	one := feeReceipt{Receipt: payments.Receipt{ID: 3, YearBE: 2570, Seq: 1}, Amount: "1 บาท", Way: "เงินสด", Href: "/admin/fees/receipts/3.pdf"}
	void := one
	void.Href, void.CancelledAt, void.CancelledWhy = "", &at, "<script>"
	slip := feeSlip{Slip: payments.Slip{ID: 4, State: "waiting"}, Document: &image}
	fee := feeBox{
		Charge: charge, Chip: feeChip(payments.Claimed), Amount: "1 บาท", Lines: []feeLine{{Label: "<i>", Amount: "1 บาท", Law: "กฎหมาย"}}, Slips: []feeSlip{slip},
		Receipts: []feeReceipt{one, void}, Page: "/pay/X", Manage: true,
	}
	pane.Fee = &fee
	spent := dutyLine{Key: "decide", Name: "<i>ตัวอย่าง", Law: "<script>", Chip: warn, Kind: "warn", Share: 80, Words: "<script>", Steps: []string{"<script>"}}
	letter := tickets.Letter{N: 1, DueAt: at, Reason: "<script>", OfficerID: &officer, SentAt: &at}
	pane.Chain = &chainBox{Next: at, Calls: []chainCall{{Who: "<script>", At: at, SMS: "<i>"}, {At: at}}}
	pane.Clocks = &clockBox{Clocks: []dutyLine{spent}, Letters: []letterLine{{Letter: letter, By: "<script>", Href: "/l"}, {Letter: tickets.Letter{N: 2, DueAt: at}, Write: "/w"}}, Complete: "/c", Extend: "/e", Law: "<script>", Key: "KEY"}
	lateLines := []letterEntry{{LetterEntry: tickets.LetterEntry{Letter: letter, Number: "TB", Title: "<script>", CitizenName: "<i>ตัวอย่าง", DecideBy: at}, By: "<script>", Ticket: "/t", Href: "/l"},
		{LetterEntry: tickets.LetterEntry{Letter: tickets.Letter{N: 2, DueAt: at}, Closed: true}}, {LetterEntry: tickets.LetterEntry{Letter: tickets.Letter{N: 2, DueAt: at}}}}
	lost, lapsed := slip, fee
	lost.Document, lapsed.State = nil, payments.Lapsed
	entry := payments.Entry{Receipt: one.Receipt, TicketID: 7, About: "<i>"}
	cancelled := entry
	cancelled.CancelledAt, cancelled.CancelledWhy = &at, "<script>"
	register := feesPage{
		chrome: c, Period: "2026-11", Words: "พฤศจิกายน 2569", Before: "2026-10", After: "2026-12", Total: "1 บาท", Count: 1, Dropped: 1, CSV: "/c", ZIP: "/z", Done: "ทำแล้ว",
		Lines: []registerLine{{Entry: entry, Amount: "1 บาท", Way: "เงินสด", Ticket: "/t", Href: "/r"}, {Entry: cancelled, Ticket: "/t"}}, Ways: []feeLine{{Label: "เงินสด", Amount: "1 บาท"}},
		Owed: []owedLine{{Charge: charge, Chip: warn, Amount: "1 บาท", Fee: "/t"}}, Manage: true, Account: payments.Account{Kind: "biller", Name: "<script>"},
	}
	central := &forms.Form{
		Key: "food", Version: 2, Title: forms.Text{TH: "<script>บริการ"}, Icon: "🍽️", FormCode: "สอ.1", Unconfirmed: []string{"appeal"},
		Clocks: []forms.Clock{{Key: forms.Decide, Days: 30, Unit: forms.CalendarDays, Law: forms.Text{TH: "<i>กฎหมาย"}}},
		Fee:    forms.Fee{Lines: []forms.FeeLine{{Key: "yearly", Label: forms.Text{TH: "<b>รายปี"}}}},
	}
	changes := []forms.Change{{Topic: forms.AboutFees, What: "<i>อัตรา", Old: "<b>1", New: "<b>2"}, {Topic: forms.AboutFees, What: "ใหม่", New: "3"}, {Topic: forms.AboutLaw, What: "หมด", Old: "4"}}
	departed := departure{Central: central, Own: central, Made: forms.Made{ID: 3, Base: 1}, Conflicts: []string{"<script>ขัด"}}
	late := &since{Who: "<script>", At: at, Changes: changes, Clashes: true}
	typed := url.Values{"signer": {`<script>"ผู้ลงนาม`}, "waiver.0.text": {"<script>"}, "waiver.0.text_en": {"x"}, "offered": {"on"}, "from": {"<script>"}}
	service := servicePage{
		chrome: c, departure: departed, Chips: []chip{warn}, Act: "/admin/services/food", Code: "TB", May: true, Typed: typed, Queues: []agencies.Queue{{Key: "a", Name: "<i>คิว"}},
		Clocks: []clockLine{{Clock: central.Clocks[0], Field: "days:decide", Case: "<i>บางกรณี", Typed: "20"}}, Waivers: waiverLines(central, typed),
		Tables: []tableLine{{Name: "<i>ตาราง", Href: "/t", Own: true, Now: "1", Coming: "2"}, {Name: "ข", Missing: true}}, Open: []openValue{{Setting: forms.Setting{What: "<i>ค่า", Value: "<b>"}, Entry: "appeal", Ticked: true}},
		Example: &exampleBill{Answers: []forms.Answer{{Label: "ก", Text: "<script>"}}, Lines: []feeLine{{Label: "<i>", Amount: "1 บาท", Law: "<b>"}}, Total: "1 บาท"},
		Past:    []decisionLine{{At: at, Who: "<script>", Changes: changes, Base: 1}, {At: at}}, Preview: changes, Looked: true, Since: late, Wrong: []string{"<script>"}, Done: "ทำแล้ว",
	}
	service.Autos, service.Leads = []autoSetting{
		{AutoRule: forms.AutoRule{Key: "c", Kind: forms.AutoAccept}, Case: "<i>", Field: "auto:c", On: true},
		{AutoRule: forms.AutoRule{Key: "d", Kind: forms.AutoRemind, Before: []int{3, 1}}, Field: "auto:d", Before: "before:d", Typed: "<b>"},
		{AutoRule: forms.AutoRule{Key: "e", Kind: forms.AutoRemind, After: forms.Wait{For: time.Hour}}, Field: "auto:e", After: "after:e", Waits: []waitPick{{"2h", "<i>", true}}},
	}, true
	service.Halts = serviceHalts{Service: stopped, All: stopped}
	unread := service
	unread.May, unread.Looked, unread.Example, unread.Past = false, false, &exampleBill{None: "ไม่ทราบ"}, nil
	unread.Officer.Role = agencies.RoleViewer
	template := templatePage{chrome: c, departure: departed, Act: "/a", Back: "/b", May: true, Topics: byTopic(changes), Kept: changes, Gone: true}
	rated := ratesPage{
		chrome: c, departure: departed, Name: "<script>", Act: "/a", Back: "/b", May: true, Own: true, Versions: []versionLine{{Span: "<i>", Law: "<b>", Href: "/v", Chip: warn, Current: true}, {}},
		Was: "2027-01-01", Typed: typed, Rows: []rateLine{{Key: "certificate", Label: "<i>ก", Typed: "<b>", Central: "100", Fresh: true}}, Imported: 1, Since: late, Wrong: []string{"<script>"}, Done: "ทำแล้ว",
	}
	fresh := rated
	fresh.Was, fresh.Imported, fresh.Own = newTable, 0, false
	days := []holidayLine{
		{Holiday: agencies.Holiday{On: at, Name: "<script>", Source: "<i>", Kind: agencies.HalfDay, Hours: "08:30-12:00", Own: true}},
		{Holiday: agencies.Holiday{On: at, Name: "<script>", Source: "<i>", Kind: agencies.WorkingDay, AnnouncedAt: &at, WithdrawnAt: &at, Provinces: []string{"<i>"}}},
		{Holiday: agencies.Holiday{On: at, Name: "<script>", Source: "<i>", Kind: agencies.PublicHoliday, Unconfirmed: true}},
	}
	return map[string]any{
		"services": servicesPage{chrome: c, Done: "ทำแล้ว", Lines: []serviceLine{serviceLineOf(departed, at)}}, "service": service, "service read": unread,
		"service-template": template, "service-template seen": templatePage{chrome: c, departure: departure{Central: central, Own: central}}, "service-rates": rated, "service-rates new": fresh,
		"calendar": calendarPage{chrome: c, May: true, Year: 2569, Months: []monthLines{{Name: "ธันวาคม", Days: days}}, Withdrawn: days[1:2],
			Week: []weekdayLine{{Name: "วันจันทร์", Field: "mon", Typed: "<b>"}}, Waiting: 1, Province: "<i>", Kinds: agencies.HolidayKinds(), New: newDay{Day: "<script>", Kind: agencies.HalfDay}, Problem: "ผิด", Wrong: []string{"<script>"}, Done: "ทำแล้ว"},
		"calendar-import":      importPage{chrome: c, Changes: 1, Kept: 2, Days: "<script>", Lines: []importLine{{holidayLine: days[0], Effect: warn}, {holidayLine: days[1], Was: &days[0], Effect: warn}, {holidayLine: days[2], Was: &days[1], Effect: warn, Held: true}}},
		"calendar-import none": importPage{chrome: c},
		"calendar none":        calendarPage{chrome: c}, "account none": accountPage{chrome: c, Kinds: accountKinds(), Problem: "ผิด"},
		"account": accountPage{chrome: c, Account: payments.Account{Kind: "biller", Name: "<script>", Counter: "<i>"}, Kinds: accountKinds(), Code: &qr.Code{Side: 33, Path: "M4 4h7v1H4z"}, Saved: true, Done: "ทำแล้ว"},
		"fee":     feeSheet{sheet: sh, Fee: fee, Ways: payments.Ways(), Now: "2026-11-23T10:00", Baht: "1.00", Waiting: &slip, Valid: &one}, "fee lost": feeSheet{sheet: sh, Fee: fee, Waiting: &lost},
		"fee lapsed": feeSheet{sheet: sh, Fee: lapsed}, "fees": register, "fees none": feesPage{chrome: c},
		"signin": signInPage{chrome: chrome{Title: "ลงชื่อเข้าใช้"}, Next: "/admin/", Email: "a@b", Problem: "ผิด", Done: true},
		"inbox": inboxPage{chrome: c, Side: side{Views: links, Queues: links}, Ticket: pane, List: list{
			Breaches: []breachLine{{No: "1/2569", Href: "/b", Left: "<script>", Due: at, Late: true}},
			Heading:  "งานเข้าใหม่", View: c.View, Empty: "ว่าง", Shown: 1, More: "/admin/list?after=1", Next: "/admin/?after=1", Later: true, Refresh: "/admin/list",
			Rows: []row{{ID: 7, Href: "/admin/tickets/7", Number: "TB", Name: "นาง", Subject: "ไฟ", Service: "แจ้ง", At: at, When: "10:00 น.", Unread: true, Due: warn, Letter: &warn, Blocked: blockedChip(), Holder: "น.ส.", Mine: true, Current: true}},
		}},
		"inbox empty": inboxPage{chrome: c, Side: side{Views: links}, List: list{Mandates: 2, View: view{Name: viewNew}, Empty: "ว่าง"}},
		"extend":      extendSheet{sheet: sh, Clock: spent, Longer: 15, Left: 2, Followers: 2}, "extend none": extendSheet{sheet: sh, Clock: spent},
		"letter": letterSheet{sheet: sh, Letter: tickets.Letter{N: 1, DueAt: at}, Law: "<script>", Ready: "<script>", Followers: 2}, "letter sent": letterSheet{sheet: sh, Letter: letter},
		"letters": lettersPage{chrome: c, Month: "2026-11", Words: "พฤศจิกายน 2569", Before: "2026-10", After: "2026-12", Lines: lateLines, Sent: 1, Waiting: 1, CSV: "/c"}, "letters none": lettersPage{chrome: c},
		"filings": filingsPage{chrome: c, Services: []*forms.Form{central}, Typed: typedFiling{Form: "food", Name: "<script>", Known: "<script>", Noticed: true}, Problem: "ผิด", Done: "ทำแล้ว", Lines: []filingLine{filed("begun"), filed("filed")}}, "filings none": filingsPage{chrome: c},
		"mandates none": mandatesPage{chrome: c}, "mandates": mandatesPage{chrome: c, Done: "ทำแล้ว", Problem: "ผิด", Waiting: []mandateLine{{Mandate: tickets.Mandate{ID: 1, PrincipalName: "<script>", AttorneyName: "<i>ตัวอย่าง", FromOn: at, UntilOn: at}, Scope: []string{"<script>"}, Chip: warn, File: "/admin/mandates/1/file", Act: "/admin/mandates/1", Waits: true, Typed: "<script>"}},
			Others: []mandateLine{{Mandate: tickets.Mandate{ID: 2, DecidedAt: &at, RefusedWhy: "<script>"}, Chip: warn, FileWords: "ลบ"}, {Mandate: tickets.Mandate{ID: 3, PrincipalName: "ก", DecidedAt: &at, EndedAt: &at, EndedWhy: "<script>"}, Chip: warn, Ends: true, Over: "ก"}}},
		"mandates one": mandatesPage{chrome: c, One: true, Others: []mandateLine{{Mandate: tickets.Mandate{ID: 3, PrincipalName: "<script>"}, Chip: warn, Scope: []string{"ก", "<script>"}}}},
		"filing":       filingPage{chrome: c, filingLine: filed("begun"), State: tickets.FilingBegun, Mine: true, Act: "/f"}, "filing other": filingPage{chrome: c, filingLine: filed("begun"), State: tickets.FilingBegun},
		"filing unsigned": filingPage{chrome: c, filingLine: filed("unsigned"), State: tickets.FilingUnsigned, Act: "/f"}, "filing confirms": filingPage{chrome: c, filingLine: filed("confirms"), State: tickets.FilingConfirms, Link: "/confirm/x", Code: &qr.Code{Side: 33, Path: "M4 4h7v1H4z"}},
		"filing filed": filingPage{chrome: c, filingLine: filed("filed"), State: tickets.FilingFiled, Ticket: &ticket, Link: "/t", Href: "/h", Receipt: "/r", Code: &qr.Code{Side: 33, Path: "M4 4h7v1H4z"}, Known: "<script>"}, "filing issued": filingPage{chrome: c, filingLine: filed("filed"), State: tickets.FilingFiled},
		"breach-report": breachReportPage{breachForm: form, Day: "23 พ.ย. 2569", Time: "10:00", Keeps: true}, "breach-report none": breachReportPage{breachForm: breachForm{chrome: c, Key: "K"}},
		"breaches": breachesPage{chrome: c, Year: 2569, Lines: []breachRow{{Breach: leak, Href: "/b", Chip: warn}}, CSV: "/c", PDF: "/p"}, "breaches none": breachesPage{chrome: c, Year: 2569},
		"breach": breachPage{
			breachForm: form, Breach: leak, Act: "/admin/breaches/1", Chip: warn, Left: "เหลือ 1 ชั่วโมง", Share: 90, Bar: "bad", Lacking: []string{"<script>"}, Risks: breaches.Risks(), Words: leak.Draft.Words, Drafter: "<script>",
			People: []breachPerson{{Number: "TB-1", Name: "<script>", Ticket: "/t", Way: warn}}, More: 2, Failed: 1, Services: []serviceChoice{{Key: "k", Title: "<script>"}},
			Log: []breachAct{{At: at, Who: "<script>", What: "<script>", Words: []string{"<script>"}, Form: "/f"}},
		},
		"breach closed": breachPage{breachForm: breachForm{chrome: c, Key: "K"}, Breach: over, Act: "/admin/breaches/2", Chip: warn, Mine: true},
		"breach fresh":  breachPage{breachForm: breachForm{chrome: c, Key: "K"}, Breach: breaches.Breach{Record: breaches.Record{What: "ก", DetectedAt: at}}, Act: "/admin/breaches/3", Chip: warn},
		"registers":     registersPage{chrome: c, Lines: []registerLink{{"/r", "inbox", "<script>", "<i>ตัวอย่าง"}}}, "problems none": problemsPage{chrome: c},
		"problems": problemsPage{chrome: c, Period: "<i>ตัวอย่าง", Total: fared, Months: []problemLine{fared}, Kinds: []problemLine{fared}, Public: "/open-data/"}, "register none": registerPage{chrome: c, Year: 2569},
		"register": registerPage{chrome: c, Year: 2569, Month: 11, Months: []monthChoice{{Month: 11, Name: "พฤศจิกายน", Chosen: true}}, Period: "พ.ศ. 2569", Search: "<script>", Older: "/o", CSV: "/c", PDF: "/p", Sum: tickets.RegisterSum{Last: 2},
			Lines: []receivedLine{{Received: tickets.Received{YearBE: 2569, N: 1, Number: "TB", Citizen: "<script>", Unit: "<i>ตัวอย่าง", Title: "<script>", Subject: "ข", EnteredAt: at, DeemedAt: at.Add(time.Hour)}, Ticket: "/t"}, {Received: tickets.Received{FromAgency: "<script>", Outcome: tickets.Approve}}}},
		"unreadable": about, "lengthen": about, "return": returnSheet{sheet: sh, Returning: tickets.Returning{Reason: "<script>", Remedy: "แก้", Appeal: "อุทธรณ์"}},
		"asked-again": againPage{chrome: c, Year: 2569, Lines: []againLine{{AskedAgain: tickets.AskedAgain{Number: "TB-1", Override: "<script>", Wants: []string{"ก", "<i>ข"}, At: at}, Href: "/x"}}, CSV: "/c"}, "asked-again none": againPage{chrome: c},
		"evidence":     evidenceSheet{sheet: sh, Least: 5, Most: 9, Bundles: []bundleLine{{Bundle: proof.Bundle{Reason: "<script>", AskedAt: at}, Who: "<i>ตัวอย่าง", Href: "/x", Size: "1 KB"}, {Gone: true}, {}}},
		"transfer":     transferSheet{sheet: sh, Find: "<script>", Offers: []offer{{Agency: agencies.Agency{ID: 2, Name: "<i>ตัวอย่าง", Code: "OB", Province: "ชลบุรี"}, Again: true, Barred: true}, {Agency: agencies.Agency{ID: 3}}}, More: 2, Refer: "/r"},
		"consult":      consultSheet{sheet: sh, Find: "<script>", Offers: []agencies.Agency{{ID: 2, Name: "<i>ตัวอย่าง", Code: "OB", Province: "ชลบุรี"}}, More: 2, Files: []documentLine{image}, First: at, DueOn: at},
		"consult none": consultSheet{sheet: sh}, "consult-end": consultEndSheet{sheet: sh, Consultation: tickets.Consultation{Question: "<script>"}, To: "<i>ตัวอย่าง"},
		"consultations": enquiriesPage{chrome: c, Over: true, Lines: []enquiryLine{advised.enquiryLine, {Enquiry: tickets.Enquiry{Title: "<script>"}, Asking: "<i>ตัวอย่าง", Chip: warn}}}, "consultations none": enquiriesPage{chrome: c},
		"consultation": enquired, "consultation answered": advised, "consultation ended": unneeded,
		"transfer none": transferSheet{sheet: sh}, "refer": referSheet{sheet: sh, Bodies: []tickets.Body{{Name: "<script>", Reach: "<i>"}}, Chosen: tickets.Body{Name: "<script>", Reach: "<i>", Law: "<b>"}, Here: "/h"},
		"refer none": referSheet{sheet: sh}, "bounce": sh, "move-back": sh,
		"note": sh, "move": moveSheet{sheet: sh, Queues: []agencies.Queue{{ID: 1, Name: "งานโยธา"}, {ID: 2, Name: "งานทั่วไป"}}},
		"ask again": again, "ask": first, "ask barred": barred, "approve": permit, "approve result": result,
		"identity": identitySheet{sheet: sh, Documents: seenDocuments(), Name: "<script>"}, "identity ending": identitySheet{sheet: sh, Ending: &provenLine{What: "<script>", Name: "<i>ตัวอย่าง", By: "<script>", At: at}},
		"urgent":    urgentSheet{sheet: sh, Marks: true},
		"halt":      haltSheet{sheet: sh, Rule: "<a>", What: "<script>"},
		"take-back": sh, "change": changeSheet{sheet: sh, Was: granted, Way: tickets.Revocation, Permit: true, Legal: "<script>", Appeal: forms.Appeal{Body: text, Days: 30, Text: text}, Now: tickets.FromNow, Ever: tickets.FromTheBeginning},
		"change words": changeSheet{sheet: sh, Was: granted, Way: tickets.Correction}, "change refusal": changeSheet{sheet: sh, Was: tickets.Decision{Outcome: tickets.Refuse, Facts: "<script>", At: at}, Way: tickets.Correction}, "tie": tieSheet{sheet: sh, Number: "<script>"}, "change again": changeSheet{sheet: sh, Was: tickets.Decision{Outcome: tickets.Refuse, At: at}, Way: tickets.Reconsider},
		"opine": proposed, "send-back": proposed,
		"refuse":   refuseSheet{sheet: sh, Reasons: []forms.Reason{{Key: "a", Text: text, Law: text}}, Legal: "กฎหมาย", Appeal: forms.Appeal{Body: text, Days: 30, Text: text}},
		"document": documentPage{chrome: c, Document: image, Number: "TB", Back: "/admin/tickets/7", Save: "/s"}, "document gone": documentPage{chrome: c, Document: gone},
		"document waiting": documentPage{chrome: c, Document: waits}, "document infected": documentPage{chrome: c, Document: infected},
		"document pdf": documentPage{chrome: c, Document: pdf}, "document other": documentPage{chrome: c, Document: documentLine{Label: "อื่น", Sound: true}},
		"channels": channelsPage{chrome: c, Done: "ทำแล้ว", Channels: []channelLine{channel}}, "channels none": channelsPage{chrome: c},
		"channel-new": newChannelPage{chrome: c, LineID: "165", Provider: `<script>"p"`, Providers: []string{`<script>"p"`}, Fixed: true, Problem: "ผิด"},
		"channel":     whole, "channel bare": bare,
		"officers": officersPage{chrome: c, Done: "ทำแล้ว", Problem: "ผิด", Roles: agencies.Roles(), New: agencies.NewOfficer{Name: `<script>`, Email: "a@b", Role: agencies.RoleHead}, Staff: []memberLine{
			{Member: agencies.Member{Officer: agencies.Officer{ID: 2, Name: "<i>ตัวอย่าง", Email: "a@b", Role: agencies.RoleOfficer}, Joined: true, SeenAt: &at}, State: warn, Act: "/admin/officers/2"},
			{Member: agencies.Member{Officer: agencies.Officer{ID: 3, Name: "ข", Email: "c@d", Role: agencies.RoleViewer, DisabledAt: &at}}, State: warn, Act: "/admin/officers/3"},
			{Member: agencies.Member{Officer: agencies.Officer{ID: 1, Name: "ค", Email: "e@f", Role: agencies.RoleHead}}, State: warn, Self: true},
		}},
		"delegations": delegationsPage{chrome: c, Done: "ทำแล้ว", Problem: "ผิด", New: typedDelegation{Officer: 2, Kind: agencies.Acting, Post: `<script>`}, Posts: []postLine{
			{Member: agencies.Member{Officer: agencies.Officer{ID: 2, Name: "<i>ตัวอย่าง", Role: agencies.RoleOfficer}}, Post: "<script>", Act: "/admin/officers/2/post"},
		}, Given: []delegationLine{
			{Delegation: agencies.Delegation{Kind: agencies.Acting, Post: "<script>", OrderNo: "<i>1/2570", FromOn: at, UntilOn: &at}, Officer: "<script>", State: warn, Act: "/admin/delegations/1/end"},
			{Delegation: agencies.Delegation{Kind: agencies.Delegated, Post: "ก", FromOn: at}, Officer: "ข", State: warn},
		}},
		"api-keys": apiKeysPage{chrome: c, Done: "ทำแล้ว", Problem: "ผิด", Key: "KEY", Keys: []apiKeyLine{
			{APIKey: agencies.APIKey{Name: "<script>", Ending: "aB3_", Scopes: agencies.APIScopes(), MadeAt: at, LastUsedAt: &at}, Officer: "<script>", LastDay: at, State: warn, Act: "/admin/api-keys/1/revoke"},
			{APIKey: agencies.APIKey{Name: "ข", Ending: "1234", Scopes: agencies.APIScopes()[:1], MadeAt: at}, Officer: "ก", LastDay: at, State: warn},
		}, Holder: &agencies.Member{Officer: agencies.Officer{ID: 2, Name: "<i>ตัวอย่าง", Role: agencies.RoleOfficer}}, New: typedAPIKey{Officer: 2, Name: "<script>", Until: "<script>"}, Scopes: scopesFor(agencies.RoleOfficer, agencies.APIScopes()[:1])},
		"api-keys none": apiKeysPage{chrome: c, Holders: []agencies.Member{{Officer: agencies.Officer{ID: 2, Name: "<i>ตัวอย่าง", Role: agencies.RoleOfficer}}}},
		"api-key-made":  apiKeyMadePage{chrome: c, Made: agencies.APIKey{Name: "<script>"}, Holder: "<script>", Bearer: "saphan_abc", LastDay: at},
		"routing": routingPage{
			chrome: c, Set: tickets.RuleSet{N: 2, At: at}, By: "<script>", Services: []servicePick{{Key: "question", Title: "<script>", Knows: "a, today"}}, Areas: []agencies.Area{{ID: 7, Name: "<script>"}},
			Queues: []agencies.Queue{{Key: "works", Name: "<script>"}}, Past: []setLine{{N: 2, Rules: 1, Why: "<script>", By: "ก", At: at}}, Wrong: []string{"<script>"}, Done: "ทำแล้ว", Base: 2,
			Rules: []ruleBox{{N: 1, Rule: routing.Rule{Name: "<script>", Services: []forms.Key{"question"}, Areas: []agencies.AreaID{7}, Tambons: []string{"200105"}, Places: []string{"<script>"}, When: `a == "<script>"`, Queue: "works", Urgent: true, Skill: "ไฟฟ้า"}}},
		}, "routing none": routingPage{chrome: c},
		"routing-trial": trialPage{
			chrome: c, Act: "/admin/routing/trials/1", Problem: "ผิด", Why: "<script>", Trial: tickets.Trial{DoneAt: &at, Result: tickets.TrialResult{Seen: 8000, Differs: 412, Urgent: 3, Nobody: 2, Skipped: 1}},
			Moves: []moveLine{{From: "<script>", To: "ข", N: 412}}, Rules: []triedRule{{Name: "<script>", N: 4}}, Cases: []trialLine{{Number: "TB", Subject: "<script>", Href: "/t", From: "ก", To: "ข", Rule: "<script>", Nobody: true}},
		}, "routing-trial waits": trialPage{chrome: c},
		"areas": areasPage{
			chrome: c, Done: "ทำแล้ว", Wrong: []string{"<script>"}, Typed: "<script>", New: agencies.Area{Kind: agencies.Tambons, Name: "<script>"},
			Preview: &areaPreview{Kept: "<script>", areaLine: areaLineOf(agencies.Area{Kind: agencies.Outline, Name: "<script>", Source: "<script>", Rings: []agencies.Ring{{{X: 100, Y: 13}, {X: 101, Y: 13}, {X: 101, Y: 14}}}})},
			Areas:   []areaLine{areaLineOf(agencies.Area{ID: 1, Kind: agencies.Circle, Name: "ก", Lat: 13, Lon: 100, RadiusM: 500}), areaLineOf(agencies.Area{ID: 2, Kind: agencies.Tambons, Name: "ข", Tambons: []agencies.Tambon{{Code: "200105", Name: "<script>", Amphoe: "ก", Province: "ข"}}})},
		}, "areas none": areasPage{chrome: c},
		"on-call": onCallPage{
			chrome: c, Done: "ทำแล้ว", Problem: "ผิด", Wrong: []string{"<script>"}, Table: tickets.OnCall{N: 1, At: at}, By: "<script>", Days: oncall.Days(), Places: []int{1, 2},
			Now:    []onCallNow{{Queue: "<script>", Chain: []onCallLine{{N: 1, Who: "<script>", For: "<i>", Minutes: 3, Phone: true}, {N: 2, Who: "ก"}}}, {Queue: "ข", Head: true}},
			Shifts: []shiftBox{{Shift: oncall.Shift{Queue: "<q>", Days: []oncall.Day{"mon"}, Turns: []oncall.Turn{{Officer: 2, Minutes: 3}}}, N: 1}}, Queues: []agencies.Queue{{ID: 1, Key: "<q>", Name: "<script>"}},
			Officers: []phoneLine{{Officer: agencies.Officer{ID: 2, Name: "<script>"}, Phone: true, Mine: true}, {Officer: agencies.Officer{ID: 3, Name: "ข"}}},
			Past:     []setLine{{N: 1, Rules: 1, Why: "<script>", By: "<i>", At: at}}, Tried: []tickets.Call{{At: at, EndedAt: &at, Why: tickets.UnsentGateway}},
		}, "on-call none": onCallPage{chrome: c, Gateway: true},
		"duty": dutyPage{
			chrome: c, Done: "ทำแล้ว", Problem: "ผิด", Queues: []agencies.Queue{{ID: 1, Name: "<script>", Share: agencies.ShareSkill}}, Shares: agencies.Shares(), Officers: []skilled{{Officer: agencies.Officer{ID: 2, Name: "<script>"}, Skills: "<script>"}},
			Away: []awayLine{{Absence: agencies.Absence{FromAt: at, UntilAt: at, BegunAt: &at, Moved: 3}, Who: "<script>", Cover: "<script>", Begun: true, Act: "/a"}, {Who: "ก"}},
		},
		"invited": invitedPage{chrome: c, Invited: agencies.Officer{Name: "<script>"}, Link: "https://saphan.example/admin/join?key=x", Until: at},
		"join": joinPage{chrome: chrome{Title: "เริ่มใช้งาน"}, Key: "k", Problem: "ผิด", Code: qr.Code{Side: 33, Path: "M4 4h7v1H4z"}, Invited: agencies.Invited{
			Officer: agencies.Officer{Name: "<script>", Email: "a@b"}, Agency: "เทศบาลตัวอย่าง", TOTP: "ABC", Until: at,
		}},
		"changes": changesPage{chrome: c, Lines: []changeLine{{At: at, Who: "<script>", What: "เพิ่มช่องทาง"}}}, "changes whole": changesPage{chrome: c, Whole: true},
		"settings": settingsScreen{chrome: c, Pages: settingsPages()},
		"disposals": disposalsPage{
			chrome: c, Waiting: []overLine{{ID: 1, Number: "TB", Title: "<script>", Closed: at, Until: at, Class: "<script>", Href: "/t"}}, More: true, Key: "KEY", Done: "ทำแล้ว",
			Ruled:  []ruledMonth{{Month: "มกราคม 2569", Lines: []ruledLine{{Class: "<script>", Law: "<script>", Cases: 2, Words: "ทำลายแล้ว", Running: 1}}}},
			Ending: []ruledMonth{{Month: "มกราคม 2570", Lines: []ruledLine{{Class: "<script>", Cases: 2}}}}, Classes: []classLine{{Term: tickets.Term{Name: "<script>", Years: 10, Law: "<script>"}, Services: "<script>"}},
		}, "disposals none": disposalsPage{chrome: c},
		"why":     whyPage{chrome: c, Ticket: ticket, Holder: "<i>ตัวอย่าง", Reasons: whyReasons(), Action: "/admin/tickets/7/why", Next: `/tickets/7?a="<script>`, Back: "/admin/"},
		"problem": problem{chrome: c, Heading: headings[fault.Internal], Message: "ระบบขัดข้อง", Back: "/admin/", SignIn: true},
	}
}

// TestEveryTemplateRenders draws every template with everything on it: whole, and the parts.
func TestEveryTemplateRenders(t *testing.T) {
	t.Parallel()
	a, err := loadAssets()
	if err != nil {
		t.Fatal(err)
	}
	v, err := loadViews(a)
	if err != nil {
		t.Fatal(err)
	}
	drawn := map[string]bool{}
	for name, data := range full() {
		screen, _, _ := strings.Cut(name, " ")
		drawn[screen] = true
		blocks := []string{"layout"}
		switch d := data.(type) {
		case inboxPage:
			blocks = append(blocks, "list")
			if d.Ticket != nil {
				blocks = append(blocks, "opened")
			}
		case problem:
			blocks = append(blocks, "note")
		case whyPage:
			blocks = append(blocks, "opened", "sheet")
		case signInPage, joinPage, channelsPage, newChannelPage, channelPage, officersPage, invitedPage, changesPage, disposalsPage, feesPage, lettersPage, againPage, registersPage, registerPage, problemsPage, mandatesPage, filingsPage, filingPage, enquiriesPage, enquiryPage, breachReportPage, breachesPage, breachPage,
			settingsScreen, delegationsPage, apiKeysPage, apiKeyMadePage, servicesPage, servicePage, templatePage, ratesPage, calendarPage, importPage, accountPage, routingPage, trialPage, areasPage, dutyPage, onCallPage:
		default:
			blocks = append(blocks, "sheet")
		}
		for _, block := range blocks {
			var b bytes.Buffer
			if err := v.render(&b, screen, block, data); err != nil {
				t.Error(err)
				continue
			}
			out := b.String()
			if strings.Contains(out, "<no value>") || strings.Contains(out, "ZgotmplZ") {
				t.Errorf("%s of %s has a value that does not belong there", block, name)
			}
			for _, hostile := range []string{"<script>", "<b>\"", "<i>ตัวอย่าง"} {
				if strings.Contains(out, hostile) {
					t.Errorf("%s of %s lets %s through", block, name, hostile)
				}
			}
		}
	}
	files, err := fs.Glob(templateFiles, "templates/*.html")
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range files {
		name := strings.TrimSuffix(path.Base(f), ".html")
		if name != "layout" && !strings.HasPrefix(name, partPrefix) && !drawn[name] {
			t.Errorf("template %s is never drawn by this test", f)
		}
	}
	if err := v.render(&bytes.Buffer{}, "nowhere", "layout", nil); err == nil {
		t.Error("a template that is not there renders")
	}
}
