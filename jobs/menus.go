package jobs

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/riverqueue/river"

	"saphan/agencies"
	"saphan/bot"
	"saphan/forms"
)

// Menus is what jobs need of a channel that shows fixed menus; bot/line is one. Another need not have it.
type Menus interface {
	// MenuName is what a menu is called at the channel, by its content.
	MenuName(m bot.FixedMenu) (string, error)
	// Menus lists the menus that were made by us.
	Menus(ctx context.Context, account agencies.Channel) ([]bot.ChannelMenu, error)
	// MakeMenu makes a menu that nobody sees yet.
	MakeMenu(ctx context.Context, account agencies.Channel, m bot.FixedMenu) (string, error)
	// PaintMenu gives a menu its picture, once.
	PaintMenu(ctx context.Context, account agencies.Channel, id string, m bot.FixedMenu) error
	// EverybodysMenu returns the menu of all who were given no other.
	EverybodysMenu(ctx context.Context, account agencies.Channel) (string, error)
	// GiveEverybody shows a menu to all who were given no other.
	GiveEverybody(ctx context.Context, account agencies.Channel, id string) error
	// AimSwitch makes the menus' own switch to a language lead to a menu.
	AimSwitch(ctx context.Context, account agencies.Channel, lang, id string) error
	// GiveMenu shows people a menu, or, with an empty one, everybody's again.
	GiveMenu(ctx context.Context, account agencies.Channel, id string, people []string) error
	// DropMenu removes a menu.
	DropMenu(ctx context.Context, account agencies.Channel, id string) error
}

const (
	// menuLease is how long a job is believed to be at work on a channel's menus; it ends before.
	menuLease = 5 * time.Minute
	menuTime  = 4 * time.Minute
	// menuCall bounds one call to the channel.
	menuCall = 30 * time.Second
	// menuGrace is how long replaced menus stay: LINE shows another menu to everybody within a minute, gives
	// people theirs in its own time, and somebody may be looking at the old one.
	menuGrace = 10 * time.Minute
	// menuPage is how many people are given their menu in one go.
	menuPage = 500
	// designPatience is how long the menus of another release wait for a worker of that release.
	designPatience = 15 * time.Minute
	menusBusy      = 5 * time.Second
)

// menus brings the fixed menus of a channel to where they should be, one in each language: make what is
// missing, paint it, show it to everybody and to those who chose its language, and only then remove what
// was there before. Whatever is done already is found done, so that it may stop anywhere and run again.
type menus struct {
	river.WorkerDefaults[agencies.MenusArgs]
	*Deps
}

// Timeout leaves room for many people who chose another language.
func (w *menus) Timeout(*river.Job[agencies.MenusArgs]) time.Duration { return menuTime }

// NextRetry goes on for hours: LINE lets an account make and remove a hundred menus an hour.
func (w *menus) NextRetry(job *river.Job[agencies.MenusArgs]) time.Time {
	waits := []time.Duration{2 * time.Second, 10 * time.Second, time.Minute, 5 * time.Minute, 20 * time.Minute, time.Hour}
	return w.Now().Add(waits[min(job.Attempt, len(waits))-1])
}

// menuHolder names a job as the one at work on menus: run again after its process died, it goes on at once.
func menuHolder(job int64) uuid.UUID {
	return uuid.NewSHA1(uuid.NameSpaceOID, fmt.Appendf(nil, "saphan menus %d", job))
}

func (w *menus) Work(ctx context.Context, job *river.Job[agencies.MenusArgs]) error {
	if design := job.Args.Design; design != "" {
		switch own, err := w.Design(); {
		case err != nil:
			return err
		case own != design && w.Now().Sub(job.CreatedAt) > designPatience:
			return nil // that release is gone
		case own != design:
			return river.JobSnooze(menusBusy)
		}
	}
	d := deployment{Deps: w.Deps, id: job.Args.Channel, holder: menuHolder(job.ID), tidies: job.Args.Tidy}
	err := d.begin(ctx)
	switch {
	case errors.Is(err, agencies.ErrMenusHeld):
		return river.JobSnooze(menusBusy)
	case err != nil || d.channel == nil:
		return err
	}
	err = d.run(ctx)
	if ended := d.end(ctx, err); ended != nil {
		return errors.Join(err, ended)
	}
	return err
}

// deployment is one run over the menus of one channel.
type deployment struct {
	*Deps
	id      agencies.ChannelID
	holder  uuid.UUID
	tidies  bool // called for what was replaced: it waits for its time itself
	account agencies.Channel
	channel Menus // nil: there is nothing to do
	shows   shown
	stand   agencies.Menus
}

// shown is what the menus of a channel depend on besides the product.
type shown struct {
	agency string      // its name
	closed []forms.Key // the services that it does not offer
}

func (s shown) same(o shown) bool {
	return s.agency == o.agency && slices.Equal(s.closed, o.closed)
}

// begin reads what the menus should show and how they stand, and makes this the only run.
func (d *deployment) begin(ctx context.Context) error {
	return agencies.Everywhere(ctx, d.DB, func(tx pgx.Tx) error {
		account, err := agencies.FindChannel(ctx, tx, d.Box, d.id)
		if err != nil {
			return err
		}
		shows, ok := d.Menus[account.Kind]
		if !ok || account.PausedAt != nil || account.RemovedAt != nil {
			return nil
		}
		if d.shows, err = d.showing(ctx, tx, account); err != nil {
			return err
		}
		now := d.Now()
		if d.stand, err = agencies.HoldMenus(ctx, tx, account, d.holder, now, now.Add(menuLease)); err != nil {
			return err
		}
		d.account, d.channel = account, shows
		return nil
	})
}

func (d *deployment) showing(ctx context.Context, tx pgx.Tx, account agencies.Channel) (shown, error) {
	agency, err := agencies.Find(ctx, tx, account.AgencyID)
	if err != nil {
		return shown{}, err
	}
	decided, err := forms.Newest(ctx, tx, int64(account.AgencyID)) // the catalogue may not have heard of it yet
	shows := shown{agency: agency.Name}
	for _, key := range slices.Sorted(maps.Keys(decided)) {
		if decided[key].Off {
			shows.closed = append(shows.closed, key)
		}
	}
	return shows, err
}

// menu is what the channel shows in a language.
func (d *deployment) menu(lang string) bot.FixedMenu {
	return bot.NewFixedMenu(d.Forms, d.shows.agency, lang, d.shows.closed...)
}

// end lets go of the menus and keeps what was wrong, for those who look after the channel.
func (d *deployment) end(ctx context.Context, failed error) error {
	keep, cancel := context.WithTimeout(context.WithoutCancel(ctx), recording)
	defer cancel()
	problem := ""
	var waits *river.JobSnoozeError
	if failed != nil && !errors.As(failed, &waits) {
		problem = failed.Error()
	}
	return agencies.Everywhere(keep, d.DB, func(tx pgx.Tx) error {
		return agencies.LeaveMenus(keep, tx, d.id, d.holder, problem, d.Now())
	})
}

// call makes one call to the channel within its deadline.
func (d *deployment) call(ctx context.Context, do func(ctx context.Context) error) error {
	ctx, cancel := context.WithTimeout(ctx, menuCall)
	defer cancel()
	return do(ctx)
}

// run does what is missing. When the agency changed its name or its services meanwhile, it begins again: a wish
// that came while this was at work is answered by it.
func (d *deployment) run(ctx context.Context) error {
	for {
		drawn := d.shows
		if err := d.deploy(ctx); err != nil {
			return err
		}
		err := agencies.Everywhere(ctx, d.DB, func(tx pgx.Tx) (err error) {
			d.shows, err = d.showing(ctx, tx, d.account)
			return err
		})
		if err != nil || d.shows.same(drawn) {
			return err
		}
	}
}

func (d *deployment) deploy(ctx context.Context) error {
	var have []bot.ChannelMenu
	err := d.call(ctx, func(ctx context.Context) (err error) {
		have, err = d.channel.Menus(ctx, d.account)
		return err
	})
	if err != nil {
		return err
	}
	wanted := map[string]string{}
	for _, lang := range bot.MenuLanguages() {
		if wanted[lang], err = d.ready(ctx, d.menu(lang), have); err != nil {
			return err
		}
	}
	if err := d.show(ctx, wanted); err != nil {
		return err
	}
	for _, lang := range bot.MenuLanguages()[1:] {
		if err := d.renew(ctx, lang, wanted[lang]); err != nil {
			return err
		}
	}
	return d.tidy(ctx, wanted, have)
}

// ready returns the channel's name of a menu that is made and painted.
func (d *deployment) ready(ctx context.Context, m bot.FixedMenu, have []bot.ChannelMenu) (id string, err error) {
	name, err := d.channel.MenuName(m)
	if err != nil {
		return "", err
	}
	for _, h := range have {
		if h.Name == name && (id == "" || h.ID == d.stand.InUse[m.Lang]) {
			id = h.ID
		}
	}
	if id != "" && id == d.stand.InUse[m.Lang] {
		return id, nil
	}
	if id == "" {
		err := d.call(ctx, func(ctx context.Context) (err error) {
			id, err = d.channel.MakeMenu(ctx, d.account, m)
			return err
		})
		if err != nil {
			return "", err
		}
	}
	// Of one that was made before nobody knows whether the picture arrived. Drawing takes time on a busy
	// machine; the channel bounds the call that follows it.
	return id, d.channel.PaintMenu(ctx, d.account, id, m)
}

// show makes the menus those that everybody sees, and records them as in use.
func (d *deployment) show(ctx context.Context, wanted map[string]string) error {
	first := wanted[bot.MenuLanguages()[0]]
	err := d.call(ctx, func(ctx context.Context) error {
		switch is, err := d.channel.EverybodysMenu(ctx, d.account); {
		case err != nil:
			return err
		case is == first:
			return nil
		}
		return d.channel.GiveEverybody(ctx, d.account, first)
	})
	if err != nil {
		return err
	}
	for _, lang := range bot.MenuLanguages() {
		err := d.call(ctx, func(ctx context.Context) error { return d.channel.AimSwitch(ctx, d.account, lang, wanted[lang]) })
		if err != nil {
			return err
		}
	}
	if maps.Equal(wanted, d.stand.InUse) {
		return nil
	}
	now := d.Now()
	d.stand.InUse, d.stand.SwitchedAt = wanted, &now
	return agencies.Everywhere(ctx, d.DB, func(tx pgx.Tx) error {
		return agencies.UseMenus(ctx, tx, d.id, d.holder, wanted, now)
	})
}

// renew gives those who chose a language its menu, where they have another.
func (d *deployment) renew(ctx context.Context, lang, menu string) error {
	for after := bot.ConversationID(0); ; {
		var links []bot.MenuLink
		err := agencies.Everywhere(ctx, d.DB, func(tx pgx.Tx) (err error) {
			links, err = bot.StrayMenuLinks(ctx, tx, d.id, lang, menu, after, menuPage)
			return err
		})
		if err != nil || len(links) == 0 {
			return err
		}
		people := make([]string, len(links))
		for i, l := range links {
			people[i], after = l.Person, l.Conversation
		}
		if err := d.call(ctx, func(ctx context.Context) error { return d.channel.GiveMenu(ctx, d.account, menu, people) }); err != nil {
			return err
		}
		if err := agencies.Everywhere(ctx, d.DB, func(tx pgx.Tx) error { return bot.GaveMenu(ctx, tx, links, menu) }); err != nil {
			return err
		}
	}
}

// tidy removes the menus that were replaced, once nobody sees them any more; before that it asks to be
// called again.
func (d *deployment) tidy(ctx context.Context, wanted map[string]string, have []bot.ChannelMenu) error {
	var old []string
	for _, h := range have {
		used := false
		for _, id := range wanted {
			used = used || h.ID == id
		}
		if !used {
			old = append(old, h.ID)
		}
	}
	if len(old) == 0 {
		return nil
	}
	if at := d.stand.SwitchedAt; at != nil && d.Now().Before(at.Add(menuGrace)) {
		if d.tidies {
			return river.JobSnooze(at.Add(menuGrace).Sub(d.Now()))
		}
		return agencies.Everywhere(ctx, d.DB, func(tx pgx.Tx) error {
			_, err := d.Jobs.InsertTx(ctx, tx, agencies.MenusArgs{Channel: d.id, Tidy: true}, &river.InsertOpts{ScheduledAt: at.Add(menuGrace)})
			if err != nil {
				return fmt.Errorf("ask for the tidying of menus: %w", err)
			}
			return nil
		})
	}
	for _, id := range old {
		if err := d.call(ctx, func(ctx context.Context) error { return d.channel.DropMenu(ctx, d.account, id) }); err != nil {
			return err
		}
	}
	return nil
}
