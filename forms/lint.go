package forms

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"saphan/internal/thai"
)

// lint looks for what makes a definition unusable or unlawful.
type lint struct {
	form   *Form
	faults []error
}

func (l *lint) fault(where, format string, args ...any) {
	l.faults = append(l.faults, fmt.Errorf("%s: %s", where, fmt.Sprintf(format, args...)))
}

// Limits of the channels: keys travel inside the 300 characters of a button, labels of quick
// replies have at most 20 letters.
const (
	maxLabel       = 20
	maxQuestionLen = 300
	maxNotice      = 1200
)

var (
	keyForm  = regexp.MustCompile(`^[a-z0-9][a-z0-9-]{0,39}$`)
	nameForm = regexp.MustCompile(`^[a-z0-9][a-z0-9_-]{0,39}$`)
	codeForm = regexp.MustCompile(`^[A-Z]{2,4}$`)
)

var identityLevels = []string{"L0", "L1", "L2", "L3"}

func (l *lint) run() {
	f := l.form
	if !keyForm.MatchString(string(f.Key)) {
		l.fault("key", "%q must be small letters, digits and hyphens", f.Key)
	}
	if f.Version < 1 {
		l.fault("version", "must be 1 or more")
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
	l.need("clock.law", f.Clock.Law)
	l.need("outcome.title", f.Outcome.Title)
	l.need("fee.note", f.Fee.Note)
	l.lists()
	l.promises()
	l.fields()
	l.forbidden()
}

// need refuses a text that lacks one of the two languages.
func (l *lint) need(where string, t Text) {
	if strings.TrimSpace(t.TH) == "" || strings.TrimSpace(t.EN) == "" {
		l.fault(where, "needs words in th and in en")
	}
}

// pair refuses a text that has one language only.
func (l *lint) pair(where string, t Text) {
	if (t.TH == "") != (t.EN == "") {
		l.fault(where, "has words in one language only")
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
		l.fault("legal_basis", "is missing")
	}
	for i, t := range f.Legal {
		l.need(fmt.Sprintf("legal_basis[%d]", i), t)
	}
	for i, t := range f.Steps {
		l.need(fmt.Sprintf("steps[%d]", i), t)
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
	for i, it := range f.Outcome.Shows {
		where := fmt.Sprintf("outcome.shows[%d]", i)
		l.need(where+".label", it.Label)
		l.known(where, it.Field)
	}
	for _, key := range f.SubjectOf {
		l.known("subject", key)
	}
	if f.InPerson != nil {
		l.need("in_person.law", f.InPerson.Law)
		l.need("in_person.text", f.InPerson.Text)
	}
	l.pair("declares", f.Declares)
}

func (l *lint) known(where, field string) {
	if _, ok := l.form.Field(field); !ok {
		l.fault(where, "there is no field %q", field)
	}
}

// promises checks what the agency undertakes: time, fee, outcome, appeal, notice.
func (l *lint) promises() {
	f := l.form
	if f.Clock.Days < 1 {
		l.fault("clock.days", "must be 1 or more")
	}
	if f.Clock.Unit != CalendarDays && f.Clock.Unit != WorkingDays {
		l.fault("clock.unit", "must be %s or %s", CalendarDays, WorkingDays)
	}
	if f.Fee.Satang < 0 {
		l.fault("fee.satang", "must not be negative")
	}
	switch f.Outcome.Kind {
	case Permit:
		if !codeForm.MatchString(f.Outcome.Code) {
			l.fault("outcome.code", "a permit needs two to four capital letters for its number")
		}
		if f.Outcome.ValidYears < 0 {
			l.fault("outcome.valid_years", "must not be negative")
		}
		if len(f.Outcome.Holder) == 0 {
			l.fault("outcome.holder", "a permit needs the field that names its holder")
		}
	case Result:
		if f.Outcome.Code != "" || f.Outcome.ValidYears != 0 {
			l.fault("outcome", "only a permit has a code and years of validity")
		}
	default:
		l.fault("outcome.kind", "must be %s or %s", Permit, Result)
	}
	for _, entry := range f.Outcome.Holder {
		for key := range strings.SplitSeq(entry, "+") {
			l.known("outcome.holder", key)
		}
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
	if !nameForm.MatchString(f.Queue) {
		l.fault("queue", "%q is no queue key", f.Queue)
	}
	if !slices.Contains(identityLevels, f.Identity.Level) {
		l.fault("identity.level", "must be one of %s (MTH-2.5)", strings.Join(identityLevels, ", "))
	}
	if f.Retention == "" {
		l.fault("retention_class", "is missing (EGA-17.1)")
	}
}

// forbidden refuses what the law says must not be asked.
func (l *lint) forbidden() {
	for _, fl := range l.form.Fields {
		where := "fields." + fl.Key
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
