// Package admin is the officers' side on the web: they sign in, see what waits, read a case with
// its documents and its talk, answer, and decide. Every screen works as plain links and forms;
// with JavaScript parts of it are replaced in place and news appear by themselves.
package admin

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/go-chi/chi/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"saphan/agencies"
	"saphan/files"
	"saphan/forms"
	"saphan/internal/secret"
	"saphan/tickets"
)

// Base is the path that Routes must be mounted at.
const Base = "/admin"

// Deps is what the screens work with.
type Deps struct {
	DB      *pgxpool.Pool // as the program's role
	Desk    *tickets.Desk
	Files   *files.Store
	Forms   *forms.Catalog
	Box     secret.Box
	Now     func() time.Time
	Logger  *slog.Logger
	BaseURL string // public address; https makes cookies secure
	Bell    *Bell  // rings when a ticket changes; its Listen must be running

	Messenger Messenger // asked about official accounts
	Jobs      agencies.Jobs
	// Refresh brings Forms up to date with what was decided a moment ago; nil: Forms is as it is.
	Refresh func(ctx context.Context) error
	Texts   bool           // text messages can be sent to telephones
	Uploads *files.Uploads // takes in photos of what was done; nil: none are taken
}

// Admin serves the officers' screens.
type Admin struct {
	db       *pgxpool.Pool
	desk     *tickets.Desk
	files    *files.Store
	forms    *forms.Catalog
	sessions *agencies.Sessions
	now      func() time.Time
	log      *slog.Logger
	bell     *Bell
	assets   *assets
	views    *views
	origin   *http.CrossOriginProtection
	secure   bool // the public address is https
	signing  chan struct{}

	box       secret.Box
	baseURL   string
	messenger Messenger
	jobs      agencies.Jobs
	refresh   func(ctx context.Context) error
	texts     bool
	uploads   *files.Uploads
}

// signingAtOnce bounds how many passwords are hashed at the same time: each takes 19 MiB.
const signingAtOnce = 8

// New returns the screens, or says what is wrong with what they were given or with a template.
func New(d Deps) (*Admin, error) {
	if d.DB == nil || d.Desk == nil || d.Files == nil || d.Forms == nil || d.Now == nil || d.Logger == nil || d.Bell == nil ||
		d.Messenger == nil || d.Jobs == nil {
		return nil, errors.New("admin: a part is missing")
	}
	base, err := url.Parse(d.BaseURL)
	if err != nil || base.Host == "" || (base.Scheme != "https" && base.Scheme != "http") {
		return nil, fmt.Errorf("admin: BASE_URL %q is not an http or https address", d.BaseURL)
	}
	views, err := readyViews()
	if err != nil {
		return nil, err
	}
	origin := http.NewCrossOriginProtection()
	if err := origin.AddTrustedOrigin(base.Scheme + "://" + base.Host); err != nil {
		return nil, fmt.Errorf("admin: BASE_URL: %w", err)
	}
	return &Admin{
		db: d.DB, desk: d.Desk, files: d.Files, forms: d.Forms, now: d.Now, log: d.Logger, bell: d.Bell,
		sessions: agencies.NewSessions(d.DB, d.Box, d.Now), assets: views.assets, views: views, origin: origin,
		secure: strings.EqualFold(base.Scheme, "https"), signing: make(chan struct{}, signingAtOnce),
		box: d.Box, baseURL: strings.TrimRight(d.BaseURL, "/"), messenger: d.Messenger, jobs: d.Jobs, refresh: d.Refresh, uploads: d.Uploads, texts: d.Texts,
	}, nil
}

// Routes adds every screen to r, which must be mounted at Base. The permission a screen needs
// stands on its line.
func (a *Admin) Routes(r chi.Router) {
	r.Use(a.guard)
	r.Get("/assets/{hash}/{name}", a.serveAsset)
	r.Get("/sign-in", a.showSignIn)
	r.Post("/sign-in", a.signIn)
	r.Post("/sign-out", a.signOut)
	r.Post("/sign-out-everywhere", a.signOutEverywhere)
	r.Get("/join", a.showJoin)
	r.Post("/join", a.join)
	r.Get("/live", a.live)

	r.Get("/", a.screen(agencies.ReadTickets, a.showInbox))
	r.Get("/list", a.quiet(agencies.ReadTickets, a.refreshList))
	r.Post("/here", a.screen(agencies.ReadTickets, a.here))

	r.Get("/tickets/{ticket}", a.screen(agencies.ReadTickets, a.showTicket))
	r.Get("/tickets/{ticket}/live", a.quiet(agencies.ReadTickets, a.refreshTicket))
	r.Post("/tickets/{ticket}/why", a.screen(agencies.ReadTickets, a.why))
	r.Post("/tickets/{ticket}/seen", a.screen(agencies.WorkTickets, a.seen))
	r.Post("/tickets/{ticket}/take", a.screen(agencies.WorkTickets, a.take))
	r.Post("/tickets/{ticket}/release", a.screen(agencies.WorkTickets, a.release))
	r.Get("/tickets/{ticket}/mark-urgent", a.screen(agencies.WorkTickets, a.showMarkUrgent))
	r.Post("/tickets/{ticket}/mark-urgent", a.screen(agencies.WorkTickets, a.markUrgent))
	r.Get("/tickets/{ticket}/unmark-urgent", a.screen(agencies.WorkTickets, a.showUnmarkUrgent))
	r.Post("/tickets/{ticket}/unmark-urgent", a.screen(agencies.WorkTickets, a.unmarkUrgent))
	r.Post("/tickets/{ticket}/merge", a.screen(agencies.WorkTickets, a.merge))
	r.Post("/tickets/{ticket}/unmerge", a.screen(agencies.WorkTickets, a.unmerge))
	r.Post("/tickets/{ticket}/reply", a.screen(agencies.WorkTickets, a.reply))
	r.Post("/tickets/{ticket}/send-again", a.screen(agencies.WorkTickets, a.sendAgain))
	r.Get("/tickets/{ticket}/note", a.screen(agencies.WorkTickets, a.showNote))
	r.Post("/tickets/{ticket}/note", a.screen(agencies.WorkTickets, a.note))
	r.Get("/tickets/{ticket}/move", a.screen(agencies.WorkTickets, a.showMove))
	r.Post("/tickets/{ticket}/move", a.screen(agencies.WorkTickets, a.move))
	r.Get("/tickets/{ticket}/ask", a.screen(agencies.WorkTickets, a.showAsk))
	r.Post("/tickets/{ticket}/ask", a.screen(agencies.WorkTickets, a.ask))
	a.askedRoutes(r)
	a.passRoutes(r)
	a.consultRoutes(r)
	a.registerRoutes(r)
	a.filingRoutes(r)
	a.mandatesRoutes(r)
	a.breachRoutes(r)
	r.Post("/tickets/{ticket}/complete", a.screen(agencies.WorkTickets, a.complete))
	r.Get("/tickets/{ticket}/extend", a.screen(agencies.DecideTickets, a.showExtend))
	r.Post("/tickets/{ticket}/extend", a.screen(agencies.DecideTickets, a.extend))
	r.Get("/tickets/{ticket}/letter/{n}", a.screen(agencies.WorkTickets, a.showLetter))
	r.Post("/tickets/{ticket}/letter/{n}", a.screen(agencies.WorkTickets, a.writeLetter))
	r.Get("/letters", a.screen(agencies.ReadTickets, a.showLetters))
	r.Get("/letters/register.csv", a.screen(agencies.ReadTickets, a.exportLetters))
	r.Get("/tickets/{ticket}/evidence", a.screen(agencies.WorkTickets, a.showEvidence))
	r.Post("/tickets/{ticket}/evidence", a.screen(agencies.WorkTickets, a.askEvidence))
	r.Get("/tickets/{ticket}/evidence/{bundle}", a.screen(agencies.WorkTickets, a.saveEvidence))
	r.Post("/tickets/{ticket}/check", a.screen(agencies.WorkTickets, a.check))
	r.Get("/tickets/{ticket}/identity", a.screen(agencies.WorkTickets, a.showIdentity))
	r.Post("/tickets/{ticket}/identity", a.screen(agencies.WorkTickets, a.vouch))
	r.Get("/tickets/{ticket}/identity/{proof}", a.screen(agencies.WorkTickets, a.showIdentityEnd))
	r.Post("/tickets/{ticket}/identity/{proof}", a.screen(agencies.WorkTickets, a.disavow))
	r.Get("/tickets/{ticket}/approve", a.screen(agencies.DecideTickets, a.showApprove))
	r.Post("/tickets/{ticket}/approve", a.admitUpTo(agencies.DecideTickets, photosLimit, a.approveWithPhotos))
	r.Get("/tickets/{ticket}/refuse", a.screen(agencies.DecideTickets, a.showRefuse))
	r.Post("/tickets/{ticket}/refuse", a.screen(agencies.DecideTickets, a.refuse))

	r.Get("/tickets/{ticket}/take-back", a.screen(agencies.DecideTickets, a.showTakeBack))
	r.Post("/tickets/{ticket}/take-back", a.screen(agencies.DecideTickets, a.takeBack))
	r.Get("/tickets/{ticket}/tie", a.screen(agencies.WorkTickets, a.showTie))
	r.Post("/tickets/{ticket}/tie", a.screen(agencies.WorkTickets, a.tie))
	r.Get("/tickets/{ticket}/change", a.screen(agencies.DecideTickets, a.showChange))
	r.Post("/tickets/{ticket}/change", a.screen(agencies.DecideTickets, a.change))
	r.Get("/tickets/{ticket}/halt", a.screen(agencies.WorkTickets, a.showHalt))
	r.Get("/tickets/{ticket}/halt/{rule}", a.screen(agencies.WorkTickets, a.showHalt))
	r.Post("/tickets/{ticket}/halt", a.screen(agencies.WorkTickets, a.halt))
	r.Post("/tickets/{ticket}/resume", a.screen(agencies.WorkTickets, a.resume))
	r.Get("/tickets/{ticket}/opine", a.screen(agencies.WorkTickets, a.showOpine))
	r.Post("/tickets/{ticket}/opine", a.screen(agencies.WorkTickets, a.opine))
	r.Get("/tickets/{ticket}/send-back", a.screen(agencies.WorkTickets, a.showSendBack))
	r.Post("/tickets/{ticket}/send-back", a.screen(agencies.WorkTickets, a.sendBack))

	r.Get("/tickets/{ticket}/fee", a.screen(agencies.TakeMoney, a.showFee))
	r.Post("/tickets/{ticket}/fee/take", a.screen(agencies.TakeMoney, a.takeFee))
	r.Post("/tickets/{ticket}/fee/refuse", a.screen(agencies.TakeMoney, a.refuseSlip))
	r.Post("/tickets/{ticket}/fee/waive", a.screen(agencies.TakeMoney, a.waiveFee))
	r.Post("/tickets/{ticket}/fee/extend", a.screen(agencies.TakeMoney, a.extendFee))
	r.Post("/tickets/{ticket}/fee/amend", a.screen(agencies.TakeMoney, a.amendFee))
	r.Post("/tickets/{ticket}/fee/cancel", a.screen(agencies.TakeMoney, a.cancelReceipt))
	r.Get("/fees", a.screen(agencies.TakeMoney, a.showFees))
	r.Get("/fees/register.csv", a.screen(agencies.TakeMoney, a.exportRegister))
	r.Get("/fees/receipts.zip", a.screen(agencies.TakeMoney, a.exportReceipts))
	r.Get("/fees/receipts/{receipt}", a.screen(agencies.TakeMoney, a.showReceipt))

	r.Get("/tickets/{ticket}/files/{file}", a.screen(agencies.ReadTickets, a.showDocument))
	r.Get("/tickets/{ticket}/files/{file}/preview", a.screen(agencies.ReadTickets, a.previewDocument))
	r.Get("/tickets/{ticket}/files/{file}/original", a.screen(agencies.ReadTickets, a.openDocument))

	a.settings(r)

	r.NotFound(a.notFound)
	r.MethodNotAllowed(a.notFound)
}

// settings adds the screens on which the agency itself is set up.
func (a *Admin) settings(r chi.Router) {
	r.Get("/settings", a.screen(agencies.ManageAgency, a.showSettings))
	r.Get("/channels", a.screen(agencies.ManageAgency, a.showChannels))
	r.Get("/channels/new", a.screen(agencies.ManageAgency, a.showNewChannel))
	r.Post("/channels/new", a.outside(agencies.ManageAgency, a.addChannel))
	r.Get("/channels/{channel}", a.screen(agencies.ManageAgency, a.showChannel))
	r.Post("/channels/{channel}/check", a.outside(agencies.ManageAgency, a.checkChannel))
	r.Post("/channels/{channel}/webhook", a.outside(agencies.ManageAgency, a.setWebhook))
	r.Post("/channels/{channel}/secret", a.outside(agencies.ManageAgency, a.rotateSecret))
	r.Post("/channels/{channel}/tokens", a.outside(agencies.ManageAgency, a.changeTokens))
	r.Post("/channels/{channel}/key", a.screen(agencies.ManageAgency, a.makeKey))
	r.Post("/channels/{channel}/announce", a.screen(agencies.ManageAgency, a.announceChannel))
	r.Post("/channels/{channel}/unannounce", a.screen(agencies.ManageAgency, a.unannounceChannel))
	r.Post("/channels/{channel}/pause", a.screen(agencies.ManageAgency, a.pauseChannel))
	r.Post("/channels/{channel}/resume", a.screen(agencies.ManageAgency, a.resumeChannel))
	r.Post("/channels/{channel}/remove", a.screen(agencies.ManageAgency, a.removeChannel))

	r.Get("/disposals", a.screen(agencies.ManageAgency, a.showDisposals))
	r.Post("/disposals", a.screen(agencies.ManageAgency, a.rule))

	r.Get("/officers", a.screen(agencies.ManageAgency, a.showOfficers))
	r.Post("/officers", a.screen(agencies.ManageAgency, a.inviteOfficer))
	r.Post("/officers/{officer}/invite", a.screen(agencies.ManageAgency, a.reinviteOfficer))
	r.Post("/officers/{officer}/role", a.screen(agencies.ManageAgency, a.changeRole))
	r.Post("/officers/{officer}/disable", a.screen(agencies.ManageAgency, a.disableOfficer))
	r.Post("/officers/{officer}/enable", a.screen(agencies.ManageAgency, a.enableOfficer))

	r.Post("/officers/{officer}/post", a.screen(agencies.ManageAgency, a.setPost))
	r.Get("/delegations", a.screen(agencies.ManageAgency, a.showDelegations))
	r.Post("/delegations", a.screen(agencies.ManageAgency, a.delegate))
	r.Post("/delegations/{delegation}/end", a.screen(agencies.ManageAgency, a.endDelegation))
	r.Get("/api-keys", a.screen(agencies.ManageAgency, a.showAPIKeys))
	r.Post("/api-keys", a.screen(agencies.ManageAgency, a.makeAPIKey))
	r.Post("/api-keys/{key}/revoke", a.screen(agencies.ManageAgency, a.revokeAPIKey))
	r.Get("/officers/duty", a.screen(agencies.ManageAgency, a.showDuty))
	r.Post("/officers/share", a.screen(agencies.ManageAgency, a.setShare))
	r.Post("/officers/{officer}/skills", a.screen(agencies.ManageAgency, a.setSkills))
	r.Post("/officers/away", a.screen(agencies.ManageAgency, a.addAway))
	r.Post("/officers/away/{absence}/end", a.screen(agencies.ManageAgency, a.endAway))
	r.Get("/on-call", a.screen(agencies.ManageAgency, a.showOnCall))
	r.Post("/on-call", a.screen(agencies.ManageAgency, a.changeOnCall))
	r.Post("/on-call/phones/{officer}", a.screen(agencies.ManageAgency, a.setPhone))
	r.Post("/on-call/try", a.screen(agencies.ManageAgency, a.tryOnCall))
	r.Get("/routing", a.screen(agencies.ManageAgency, a.showRouting))
	r.Post("/routing", a.outside(agencies.ManageAgency, a.changeRouting))
	r.Get("/routing/trials/{trial}", a.screen(agencies.ManageAgency, a.showTrial))
	r.Post("/routing/trials/{trial}", a.screen(agencies.ManageAgency, a.decideRouting))
	r.Get("/areas", a.screen(agencies.ManageAgency, a.showAreas))
	r.Post("/areas/read", a.screen(agencies.ManageAgency, a.readArea))
	r.Post("/areas", a.screen(agencies.ManageAgency, a.addArea))
	r.Post("/areas/{area}/end", a.screen(agencies.ManageAgency, a.endArea))

	r.Get("/changes", a.screen(agencies.ManageAgency, a.showChanges))

	r.Get("/services", a.screen(agencies.ReadTickets, a.showServices))
	r.Get("/services/{service}", a.screen(agencies.ReadTickets, a.showService))
	r.Post("/services/{service}", a.screen(agencies.ManageAgency, a.decideService))
	r.Post("/services/{service}/halt", a.screen(agencies.LeadTickets, a.haltService))
	r.Get("/services/{service}/template", a.screen(agencies.ReadTickets, a.showTemplate))
	r.Post("/services/{service}/template", a.screen(agencies.ManageAgency, a.acknowledge))
	r.Get("/services/{service}/rates/{table}", a.screen(agencies.ReadTickets, a.showRates))
	r.Post("/services/{service}/rates/{table}", a.screen(agencies.ManageAgency, a.decideRates))
	r.Post("/services/{service}/rates/{table}/remove", a.screen(agencies.ManageAgency, a.removeRates))
	r.Get("/services/{service}/rates/{table}/rates.csv", a.screen(agencies.ReadTickets, a.exportRates))
	r.Post("/services/{service}/rates/{table}/import", a.screen(agencies.ManageAgency, a.importRates))

	r.Get("/calendar", a.screen(agencies.ReadTickets, a.showCalendar))
	r.Post("/calendar/hours", a.screen(agencies.ManageAgency, a.setHours))
	r.Post("/calendar/accept-days", a.screen(agencies.ManageAgency, a.setAcceptDays))
	r.Post("/calendar/holidays", a.screen(agencies.ManageAgency, a.addHoliday))
	r.Post("/calendar/holidays/remove", a.screen(agencies.ManageAgency, a.removeHoliday))
	r.Get("/calendar/days.csv", a.screen(agencies.ReadTickets, a.exportDays))
	r.Post("/calendar/import", a.screen(agencies.ManageAgency, a.importDays))
	r.Post("/calendar/import/save", a.screen(agencies.ManageAgency, a.saveDays))

	r.Get("/account", a.screen(agencies.ManageAgency, a.showAccount))
	r.Post("/account", a.screen(agencies.ManageAgency, a.setAccount))
}
