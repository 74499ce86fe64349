package main

import (
	"context"
	"log/slog"

	"github.com/jackc/pgx/v5"
	"golang.org/x/sync/errgroup"

	"saphan/agencies"
	"saphan/bot/line"
	"saphan/internal/fault"
	"saphan/internal/secret"
)

// account is an official account with the agency it belongs to and what LINE says of it.
type account struct {
	channel agencies.Channel
	agency  agencies.Agency
	profile agencies.Profile
	err     error // why LINE says nothing
}

// same says whether LINE's tokens for the channel are those of the account that is configured.
func (a account) same() bool {
	return a.channel.Shut == nil && a.err == nil && a.profile.Destination == a.channel.Destination
}

// accountsAtOnce bounds how many accounts are asked about at the same time.
const accountsAtOnce = 8

// identify asks LINE about every official account: whether its token works and whose it is (line.md
// 2.9).
func identify(ctx context.Context, db agencies.DB, box secret.Box, through *line.Channel) ([]account, error) {
	var all []account
	err := agencies.Everywhere(ctx, db, func(tx pgx.Tx) error {
		channels, shut, err := agencies.Channels(ctx, tx, box, line.Kind)
		if err != nil {
			return err
		}
		for _, c := range append(channels, shut...) {
			all = append(all, account{channel: c})
		}
		for i := range all {
			if all[i].agency, err = agencies.Find(ctx, tx, all[i].channel.AgencyID); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	var g errgroup.Group
	g.SetLimit(accountsAtOnce)
	for i := range all {
		if all[i].channel.Shut != nil {
			continue
		}
		g.Go(func() error {
			all[i].profile, all[i].err = through.Identify(ctx, all[i].channel)
			return nil
		})
	}
	return all, g.Wait()
}

// checkAccounts tells in the log which accounts cannot work, when a worker starts. A token of another
// account would answer citizens in another agency's name.
func (h *house) checkAccounts(ctx context.Context) {
	all, err := identify(ctx, h.pool, h.box, h.line)
	if err != nil {
		h.log.WarnContext(ctx, "official accounts could not be checked", "err", err)
		return
	}
	for _, a := range all {
		who := slog.Group("account", "channel", a.channel.ID, "agency", a.agency.Code)
		switch {
		case a.same():
		case a.channel.Shut != nil:
			h.log.ErrorContext(ctx, "an official account cannot work; saphan doctor says what to do", who, "err", a.channel.Shut)
		case a.err == nil:
			h.log.ErrorContext(ctx, "the token of an official account belongs to another one", who)
		case fault.Is(a.err, fault.Invalid):
			h.log.ErrorContext(ctx, "LINE refuses the token of an official account", who, "err", a.err)
		case ctx.Err() == nil:
			h.log.WarnContext(ctx, "LINE says nothing of an official account", who, "err", a.err)
		}
	}
}
