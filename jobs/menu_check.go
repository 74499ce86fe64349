package jobs

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/riverqueue/river"

	"saphan/agencies"
	"saphan/bot"
)

// menuCheckEvery is how often the menus of all channels are compared with what they should be.
const menuCheckEvery = 24 * time.Hour

// MenuCheckArgs asks for the menus of all channels to be as this release draws them.
type MenuCheckArgs struct {
	Design string `json:"design"`
}

// Kind names the job.
func (MenuCheckArgs) Kind() string { return "menu_check" }

// InsertOpts keeps it to one a day for a release, however many workers ask for it: a release with other
// menus or services brings its own at once.
func (MenuCheckArgs) InsertOpts() river.InsertOpts {
	return river.InsertOpts{Queue: agencies.MenusQueue, MaxAttempts: 5, UniqueOpts: river.UniqueOpts{ByArgs: true, ByPeriod: menuCheckEvery}}
}

// Design names what this release makes of its menus, whosever they are: it changes with the services,
// the words and the drawing.
func (d *Deps) Design() (string, error) {
	sum := sha256.New()
	for _, kind := range slices.Sorted(maps.Keys(d.Menus)) {
		for _, lang := range bot.MenuLanguages() {
			name, err := d.Menus[kind].MenuName(bot.NewFixedMenu(d.Forms, "", lang))
			if err != nil {
				return "", err
			}
			fmt.Fprintln(sum, kind, name)
		}
	}
	return hex.EncodeToString(sum.Sum(nil)[:8]), nil
}

type menuCheck struct {
	river.WorkerDefaults[MenuCheckArgs]
	*Deps
}

func (w *menuCheck) Work(ctx context.Context, job *river.Job[MenuCheckArgs]) error {
	return agencies.Everywhere(ctx, w.DB, func(tx pgx.Tx) error {
		ids, err := agencies.WorkingChannels(ctx, tx)
		if err != nil {
			return err
		}
		for _, id := range ids {
			if _, err := w.Jobs.InsertTx(ctx, tx, agencies.MenusArgs{Channel: id, Design: job.Args.Design}, nil); err != nil {
				return fmt.Errorf("ask for the menus of channel %d: %w", id, err)
			}
		}
		return nil
	})
}
