package forms

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"cel.dev/cel-go/cel"

	"saphan/internal/thai"
)

// lint looks for what makes a definition unusable or unlawful.
type lint struct {
	form   *Form
	file   string
	lines  positions
	kept   bool     // a version that is on offer or in use already
	env    *cel.Env // what expressions may speak of
	faults []FaultError
}

func (l *lint) fault(where, format string, args ...any) {
	l.faults = append(l.faults, FaultError{File: l.file, Line: l.lines.line(where), Where: where, What: fmt.Sprintf(format, args...)})
}

// Limits of the channels: keys travel inside the 300 characters of a button, labels of quick
// replies have at most 20 letters.
const (
	maxLabel       = 20
	maxQuestionLen = 300
	maxNotice      = 1000 // the chat adds two sentences of its own
)

var (
	keyForm  = regexp.MustCompile(`^[a-z0-9][a-z0-9-]{0,39}$`)
	nameForm = regexp.MustCompile(`^[a-z0-9][a-z0-9_-]{0,39}$`)
	wordForm = regexp.MustCompile(`^[a-z][a-z0-9_]{0,29}$`) // keys of fields, which expressions speak of
	codeForm = regexp.MustCompile(`^[A-Z]{2,4}$`)
)

var identityLevels = []string{"L0", "L1", "L2", "L3"}

func (l *lint) run() {
	f := l.form
	if !keyForm.MatchString(string(f.Key)) {
		l.fault("key", "%q must be small letters, digits and hyphens", f.Key)
	}
	if f.Version < 1 {
		l.fault("version", "must be 1 or more; begin with 1 and raise it with each change")
	}
	l.need("title", f.Title)
	l.need("short", f.Short)
	if thai.Clusters(f.Short.TH) > 14 || thai.Clusters(f.Short.EN) > 11 {
		l.fault("short", "must have at most 14 letters in th and 11 in en")
	}
	l.need("summary", f.Summary)
	l.need("next", f.Next)
	l.need("notice.text", f.Notice.Text)
	l.need("identity.reason", f.Identity.Reason)
	l.need("fee.note", f.Fee.Note)
	l.lists()
	l.promises()
	if !l.kept {
		l.mouths()
	}
	l.fields()
	l.forbidden()
	if len(l.faults) == 0 {
		l.logic() // expressions speak of fields, which must be right first
	}
}

// need refuses a text that lacks one of the two languages.
func (l *lint) need(where string, t Text) {
	if strings.TrimSpace(t.TH) == "" || strings.TrimSpace(t.EN) == "" {
		l.fault(where, "needs words in th and in en; write both")
	}
}

// pair refuses a text that has one language only.
func (l *lint) pair(where string, t Text) {
	if (t.TH == "") != (t.EN == "") {
		l.fault(where, "has words in one language only; write the other, or remove it")
	}
}

func (l *lint) lists() {
	f := l.form
	if len(f.Words) == 0 {
		l.fault("words", "at least one word that people use for the service is needed")
	}
	for _, w := range f.Words {
		if thai.Clusters(thai.Key(w)) < 2 {
			l.fault("words", "%q is too short to be recognised", w)
		}
	}
	if len(f.Legal) == 0 {
		l.fault("legal_basis", "is missing; name the act and its sections")
	}
	for i, t := range f.Legal {
		l.need(fmt.Sprintf("legal_basis[%d]", i), t)
	}
	for i, s := range f.Steps {
		where := fmt.Sprintf("steps[%d]", i)
		l.need(where+".text", s.Text)
		l.pair(where+".who", s.Who)
		if s.Days < 0 {
			l.fault(where+".days", "must not be negative; leave it out where the time is not said")
		}
	}
	for i, said := range f.Says {
		if thai.Clusters(thai.Key(said)) < 2 {
			l.fault(fmt.Sprintf("says[%d]", i), "%q is too short to say anything; write it as people would", said)
		}
	}
	if len(f.Reasons) == 0 {
		l.fault("reasons", "at least one reason for refusal is needed (LFA-11.1)")
	}
	for i, r := range f.Reasons {
		where := fmt.Sprintf("reasons[%d]", i)
		if !nameForm.MatchString(r.Key) {
			l.fault(where, "key %q must be small letters, digits, hyphens and underscores", r.Key)
		}
		l.need(where+".text", r.Text)
		l.need(where+".law", r.Law)
	}
	for _, key := range f.SubjectOf {
		l.entry("subject", key)
	}
	if f.InPerson != nil {
		l.need("in_person.law", f.InPerson.Law)
		l.need("in_person.text", f.InPerson.Text)
	}
	l.pair("declares", f.Declares)
	l.auto()
	l.urgent()
}

func (l *lint) known(where, field string) {
	if slices.ContainsFunc(l.form.Computed, func(c Computed) bool { return c.Key == field && c.Label != Text{} }) {
		return
	}
	if fl, ok := l.form.Field(field); !ok || fl.Kind == GroupField {
		l.fault(where, "there is no field %q; name one of fields, or a computed value with a label", field)
	}
}

// entry refuses a name under which nothing can ever be said.
func (l *lint) entry(where, name string) {
	names := strings.Split(name, "|")
	g, grouped := l.form.groupOf(names[len(names)-1])
	for _, key := range names {
		if !grouped {
			l.known(where, key)
		} else if !slices.ContainsFunc(g.Fields, func(sub Field) bool { return sub.Key == key }) {
			l.fault(where, "%q is no field of the group %s, as the last one is", key, g.Key)
		}
	}
}

// ofPerson reports whether what is said under a name is about a natural person.
func (l *lint) ofPerson(name string) bool {
	return slices.ContainsFunc(strings.Split(name, "|"), func(key string) bool {
		fl, ok := l.named(key[strings.LastIndex(key, ".")+1:])
		juristic := fl.Juristic || strings.HasPrefix(fl.Profile, "juristic_")
		return ok && !juristic && (fl.Sensitive || fl.Profile != "" || slices.Contains([]FieldKind{ThaiIDField, PhoneField, EmailField}, fl.Kind))
	})
}

// promises checks what the agency undertakes: time, fee, outcome, appeal, notice.
func (l *lint) promises() {
	f := l.form
	l.clocks()
	l.fee()
	l.closing()
	if len(f.Outcomes) == 0 {
		l.fault("outcomes", "are missing; say what comes out of a request that is granted")
	}
	for i, o := range f.Outcomes {
		l.outcome(fmt.Sprintf("outcomes[%d]", i), o, i == len(f.Outcomes)-1)
	}
	l.need("appeal.body", f.Appeal.Body)
	l.need("appeal.text", f.Appeal.Text)
	if f.Appeal.Days < 1 {
		l.fault("appeal.days", "must be 1 or more")
	}
	if f.Notice.Version < 1 {
		l.fault("notice.version", "must be 1 or more (PDP-1)")
	}
	if thai.Clusters(f.Notice.Text.TH) > maxNotice {
		l.fault("notice.text", "must fit one chat bubble: at most %d letters", maxNotice)
	}
	l.queue("queue", f.Queue)
	for i, b := range f.Queues {
		l.queue(fmt.Sprintf("queues[%d].queue", i), b.Queue)
		if b.When == "" {
			l.fault(fmt.Sprintf("queues[%d].when", i), "is missing; the queue of all other requests is the one under queue")
		}
	}
	if !slices.Contains(identityLevels, f.Identity.Level) {
		l.fault("identity.level", "must be one of %s (MTH-2.5)", strings.Join(identityLevels, ", "))
	}
	if f.Retention == "" {
		l.fault("retention_class", "is missing (EGA-17.1); name the class that says how long cases are kept")
	}
}

func (l *lint) queue(where, key string) {
	if !nameForm.MatchString(key) {
		l.fault(where, "%q is no queue key; use small letters, digits, hyphens and underscores", key)
	}
}

func (l *lint) outcome(where string, o Outcome, last bool) {
	l.need(where+".title", o.Title)
	if last != (o.When == "") {
		l.fault(where+".when", "the last outcome, and no other, is without a condition")
	}
	if o.Granted != (Text{}) || o.Refused != (Text{}) {
		l.need(where+".granted", o.Granted)
		l.need(where+".refused", o.Refused)
	}
	switch o.Kind {
	case Permit:
		if o.Granted != (Text{}) {
			l.fault(where+".granted", "a permit is granted or not; only a result has names of its own")
		}
		if !codeForm.MatchString(o.Code) {
			l.fault(where+".code", "a permit needs two to four capital letters for its number")
		}
		if o.ValidYears < 0 {
			l.fault(where+".valid_years", "must not be negative; leave it out for a permit without end")
		}
		if len(o.Holder) == 0 {
			l.fault(where+".holder", "a permit needs the field that names its holder")
		}
		if o.Signature != "" && !slices.Contains([]Signature{S9, S26, S28}, o.Signature) {
			l.fault(where+".signature", "must be %s, %s or %s (MTH-4.1)", S9, S26, S28)
		}
	case Result:
		if o.Code != "" || o.ValidYears != 0 || o.Replaces || o.Displayed || o.Public {
			l.fault(where, "only a permit has a code, years of validity and a place in the register; remove them or make it a permit")
		}
	default:
		l.fault(where+".kind", "must be %s or %s", Permit, Result)
	}
	if o.Former != "" && !o.Replaces {
		l.fault(where+".former", "only what replaces another permit has one; remove it or say replaces: true")
	}
	if o.Former != "" {
		l.known(where+".former", o.Former)
	}
	for _, entry := range o.Holder {
		for key := range strings.SplitSeq(entry, "+") {
			l.known(where+".holder", key)
		}
	}
	for i, it := range o.Shows {
		l.need(fmt.Sprintf("%s.shows[%d].label", where, i), it.Label)
		l.entry(fmt.Sprintf("%s.shows[%d]", where, i), it.Field)
		l.pair(fmt.Sprintf("%s.shows[%d].section", where, i), it.Section)
		if it.Public && l.ofPerson(it.Field) {
			l.fault(fmt.Sprintf("%s.shows[%d].public", where, i), "would show a person's own data to everyone; remove it: the register shows what was permitted, not who is behind it")
		}
	}
	for i, t := range o.Conditions {
		l.need(fmt.Sprintf("%s.conditions[%d]", where, i), t)
	}
}

var duties = []ClockKey{Acknowledge, CheckAll, Decide, Pay, Supply}

func (l *lint) clocks() {
	always := map[ClockKey]bool{}
	for i, c := range l.form.Clocks {
		where := fmt.Sprintf("clocks[%d]", i)
		if !slices.Contains(duties, c.Key) {
			l.fault(where+".key", "must be one of %v", duties)
		}
		if always[c.Key] {
			l.fault(where, "never counts: the one before it for %s has no condition; put that one last", c.Key)
		}
		always[c.Key] = c.When == ""
		if c.Days < 1 {
			l.fault(where+".days", "must be 1 or more")
		}
		if c.Unit != CalendarDays && c.Unit != WorkingDays {
			l.fault(where+".unit", "must be %s or %s", CalendarDays, WorkingDays)
		}
		l.need(where+".law", c.Law)
		if c.Extend != nil && (c.Extend.Times < 1 || c.Extend.Days < 1) {
			l.fault(where+".extend", "needs times and days of 1 or more; leave it out where the law lets nothing be prolonged")
		}
	}
	if p := l.form.Late; p != "" && p != NotifyWeekly && p != DeemedApproved {
		l.fault("late_policy", "must be %s or %s; leave it out for letters every week (LFA-12.1)", NotifyWeekly, DeemedApproved)
	}
	if !always[Decide] {
		l.fault("clocks", "one for %s without a condition is needed: by when every request is decided", Decide)
	}
}

// forbidden refuses what the law says must not be asked.
func (l *lint) forbidden() {
	for _, fl := range l.form.Fields {
		l.unlawful("fields."+fl.Key, fl)
		for _, sub := range fl.Fields {
			l.unlawful("fields."+fl.Key+".fields."+sub.Key, sub)
		}
	}
}

func (l *lint) unlawful(where string, fl Field) {
	{
		if fl.Copies > 1 {
			l.fault(where, "asks for %d copies; an electronic document counts as any number of sets (EGA-7.4)", fl.Copies)
		}
		if fl.Issuer == State && !fl.Optional {
			l.fault(where, "requires a document that the state issued; the officer fetches it (EGA-12.1)")
		}
		for _, t := range []Text{fl.Label, fl.Ask, fl.Help, fl.Example} {
			said := strings.ReplaceAll(thai.Key(t.TH+" "+t.EN), " ", "")
			for _, bad := range forbiddenWords {
				if strings.Contains(said, bad.words) && (bad.anyKind || fl.Files()) {
					l.fault(where, "asks for %q: %s", bad.words, bad.law)
				}
			}
		}
	}
}

// forbiddenWords are compared without blanks, in lower case.
var forbiddenWords = []struct {
	words   string
	anyKind bool
	law     string
}{
	{"สำเนาถูกต้อง", true, "a copy sent electronically need not be certified (EGA-7.2)"},
	{"รับรองสำเนา", true, "a copy sent electronically need not be certified (EGA-7.2)"},
	{"certifiedtruecopy", true, "a copy sent electronically need not be certified (EGA-7.2)"},
	{"certifiedcopy", true, "a copy sent electronically need not be certified (EGA-7.2)"},
	{"จำนวน2ชุด", true, "one electronic submission satisfies any number of sets (EGA-7.3)"},
	{"บัตรประชาชน", false, "identity is checked by the officer or the system (EGA-9.1)"},
	{"บัตรประจำตัวประชาชน", false, "identity is checked by the officer or the system (EGA-9.1)"},
	{"ทะเบียนบ้าน", false, "the registration office is asked, not the citizen (EGA-9.1, EGA-12.1)"},
	{"idcard", false, "identity is checked by the officer or the system (EGA-9.1)"},
	{"houseregistration", false, "the registration office is asked, not the citizen (EGA-9.1, EGA-12.1)"},
}
