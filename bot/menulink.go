package bot

import (
	"context"
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5"
	"github.com/riverqueue/river"

	"saphan/agencies"
)

// ChannelMenu is a menu as a channel knows it.
type ChannelMenu struct {
	ID   string
	Name string // as we named it
}

// ErrNoMenu means that the channel has no such menu.
var ErrNoMenu = errors.New("the channel has no such menu")

// MenuLinkArgs asks for a person to see the menu of the language they chose.
type MenuLinkArgs struct {
	ConversationID ConversationID `json:"conversation"`
}

// Kind names the job.
func (MenuLinkArgs) Kind() string { return "menu_link" }

// InsertOpts gives it the queue of menus.
func (MenuLinkArgs) InsertOpts() river.InsertOpts {
	return river.InsertOpts{Queue: agencies.MenusQueue}
}

// MenuLink is a person whose menu is, or was, another than everybody's.
type MenuLink struct {
	Conversation ConversationID
	Channel      agencies.ChannelID
	Person       string // the channel's address
	Lang         string // of the menu they should see
	Menu         string // that they were given; empty: none
	Blocked      bool   // nothing can be shown to them
}

// ChooseMenu records of which language a person's menu should be from now on, and asks for it.
func ChooseMenu(ctx context.Context, tx pgx.Tx, jobs agencies.Jobs, id ConversationID, lang string) error {
	_, err := tx.Exec(ctx, `INSERT INTO menu_links (conversation_id, channel_id, lang)
		SELECT id, channel_id, $2 FROM conversations WHERE id = $1
		ON CONFLICT (conversation_id) DO UPDATE SET lang = excluded.lang`, id, lang)
	if err != nil {
		return fmt.Errorf("choose the menu of conversation %d: %w", id, err)
	}
	if _, err := jobs.InsertTx(ctx, tx, MenuLinkArgs{ConversationID: id}, nil); err != nil {
		return fmt.Errorf("ask for the menu of conversation %d: %w", id, err)
	}
	return nil
}

const menuLink = `SELECT l.conversation_id, l.channel_id, c.source, l.lang, l.menu, c.blocked_at IS NOT NULL
	FROM menu_links l JOIN conversations c ON c.id = l.conversation_id `

func readMenuLink(row pgx.CollectableRow) (l MenuLink, err error) {
	err = row.Scan(&l.Conversation, &l.Channel, &l.Person, &l.Lang, &l.Menu, &l.Blocked)
	return l, err
}

// FindMenuLink returns which menu a person should see; ok is false for those who see everybody's.
func FindMenuLink(ctx context.Context, tx pgx.Tx, id ConversationID) (l MenuLink, ok bool, err error) {
	rows, err := tx.Query(ctx, menuLink+`WHERE l.conversation_id = $1`, id)
	if err != nil {
		return MenuLink{}, false, fmt.Errorf("menu of conversation %d: %w", id, err)
	}
	l, err = pgx.CollectExactlyOneRow(rows, readMenuLink)
	if errors.Is(err, pgx.ErrNoRows) {
		return MenuLink{}, false, nil
	}
	if err != nil {
		return MenuLink{}, false, fmt.Errorf("menu of conversation %d: %w", id, err)
	}
	return l, true, nil
}

// StrayMenuLinks returns people who should see a menu of a language and were given another, in the
// order of their conversations, those after one of them.
func StrayMenuLinks(ctx context.Context, tx pgx.Tx, channel agencies.ChannelID, lang, menu string, after ConversationID, most int) ([]MenuLink, error) {
	rows, err := tx.Query(ctx, menuLink+`WHERE l.channel_id = $1 AND l.lang = $2 AND l.menu <> $3 AND l.conversation_id > $4
		AND c.blocked_at IS NULL ORDER BY l.conversation_id LIMIT $5`, channel, lang, menu, after, most)
	if err != nil {
		return nil, fmt.Errorf("menus of channel %d to renew: %w", channel, err)
	}
	links, err := pgx.CollectRows(rows, readMenuLink)
	if err != nil {
		return nil, fmt.Errorf("menus of channel %d to renew: %w", channel, err)
	}
	return links, nil
}

// GaveMenu records the menu that people were given.
func GaveMenu(ctx context.Context, tx pgx.Tx, links []MenuLink, menu string) error {
	ids := make([]ConversationID, len(links))
	for i, l := range links {
		ids[i] = l.Conversation
	}
	if _, err := tx.Exec(ctx, `UPDATE menu_links SET menu = $2 WHERE conversation_id = ANY($1)`, ids, menu); err != nil {
		return fmt.Errorf("record menus: %w", err)
	}
	return nil
}
