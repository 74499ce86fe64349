package testhouse

import (
	"fmt"

	"github.com/jackc/pgx/v5"

	"saphan/bot"
)

// Conversation is the number of the person's conversation, which begins if there is none.
func (p *Person) Conversation() bot.ConversationID {
	p.house.T.Helper()
	p.Talk()
	return bot.ConversationID(p.house.Count(`SELECT id FROM conversations WHERE source = $1`, p.User))
}

// Tell puts texts for the first citizen into the outbox, each for a cause of its own, in one transaction.
func (h *House) Tell(texts ...string) {
	h.T.Helper()
	id := h.Conversation()
	h.Everywhere(func(tx pgx.Tx) error {
		for _, text := range texts {
			if err := bot.Notify(h.T.Context(), tx, h.Client, id, "test "+text, h.Now(), bot.Reply{Text: text}); err != nil {
				return err
			}
		}
		return nil
	})
}

// UseUp takes the reply tokens away, so that what follows is pushed.
func (h *House) UseUp() {
	h.T.Helper()
	h.Conversation()
	h.Everywhere(func(tx pgx.Tx) error {
		_, err := tx.Exec(h.T.Context(), `UPDATE conversations SET reply_token = ''`)
		return err
	})
}

// Many are so many texts, each another.
func Many(n int) (texts []string) {
	for i := range n {
		texts = append(texts, fmt.Sprintf("ข้อความ %02d", i))
	}
	return texts
}
