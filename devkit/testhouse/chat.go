package testhouse

import (
	"encoding/json"
	"maps"
	"slices"
	"strings"
)

// Bubble is a message of the chat as the citizen sees it.
type Bubble struct {
	ID      string          `json:"id"`
	From    string          `json:"from"`
	Via     string          `json:"via"`
	Unsent  bool            `json:"unsent"`
	Message json.RawMessage `json:"message"`
}

// Words are all words of a message: its text and, of a card, every text, label and address.
func Words(message json.RawMessage) string {
	var words []string
	walk(message, func(m map[string]any) {
		for _, key := range []string{"text", "label", "altText", "uri"} {
			if s, ok := m[key].(string); ok {
				words = append(words, s)
			}
		}
	}, "quickReply")
	return strings.TrimSpace(strings.Join(words, " "))
}

// Offers are the labels of what may be tapped under a message.
func Offers(message json.RawMessage) (labels []string) {
	var under struct {
		QuickReply struct {
			Items []struct {
				Action struct{ Label string }
			}
		}
	}
	if json.Unmarshal(message, &under) != nil {
		return nil
	}
	for _, item := range under.QuickReply.Items {
		labels = append(labels, item.Action.Label)
	}
	return labels
}

// Links are the addresses that a message opens.
func Links(message json.RawMessage) (all []string) {
	walk(message, func(m map[string]any) {
		if uri, ok := m["uri"].(string); ok {
			all = append(all, uri)
		}
	})
	return all
}

// walk visits every object in a message, in order of names, leaving out what is called so.
func walk(message json.RawMessage, visit func(map[string]any), except ...string) {
	var v any
	if json.Unmarshal(message, &v) != nil {
		return // an empty message has no words
	}
	var into func(v any)
	into = func(v any) {
		switch v := v.(type) {
		case map[string]any:
			visit(v)
			for _, name := range slices.Sorted(maps.Keys(v)) {
				if !slices.Contains(except, name) {
					into(v[name])
				}
			}
		case []any:
			for _, e := range v {
				into(e)
			}
		}
	}
	into(v)
}

// Chat is the whole chat.
func (p *Person) Chat() []Bubble {
	p.house.T.Helper()
	var v struct{ Messages []Bubble }
	p.open(&v)
	return v.Messages
}

// Menu is the fixed menu under a chat.
type Menu struct {
	ID          string `json:"richMenuId"`
	ChatBarText string `json:"chatBarText"`
	ImageURL    string `json:"imageUrl"`
	Areas       []struct {
		Action struct {
			Type  string `json:"type"`
			Label string `json:"label"`
			Data  string `json:"data"`
			Alias string `json:"richMenuAliasId"`
		} `json:"action"`
	} `json:"areas"`
}

// Menu is the menu that is under the chat; nil: none.
func (p *Person) Menu() *Menu {
	p.house.T.Helper()
	var v struct {
		RichMenu *Menu `json:"richMenu"`
	}
	p.open(&v)
	return v.RichMenu
}

// open reads the chat as the simulator shows it.
func (p *Person) open(into any) {
	p.house.T.Helper()
	path := "chats/" + p.ID
	if p.Channel != "" {
		path += "?channel=" + p.Channel
	}
	p.house.Control("GET", path, nil, into)
}

// Answers are the bubbles of the bot.
func (p *Person) Answers() []Bubble {
	p.house.T.Helper()
	return slices.DeleteFunc(p.Chat(), func(b Bubble) bool { return b.From != "bot" })
}

// Said is what the bot has said, each bubble with all its words.
func (p *Person) Said() (all []string) {
	p.house.T.Helper()
	for _, b := range p.Answers() {
		all = append(all, Words(b.Message))
	}
	return all
}

// Since is what the bot has said after the n-th bubble of its own.
func (p *Person) Since(n int) string {
	p.house.T.Helper()
	return strings.Join(p.Said()[n:], "\n")
}

// Shown fails unless these texts are shown after the n-th bubble of the bot, in this order, each once,
// and nothing else.
func (p *Person) Shown(n int, texts ...string) {
	p.house.T.Helper()
	if got := p.Said()[n:]; !slices.Equal(got, texts) {
		p.house.T.Errorf("shown %q, want %q", got, texts)
	}
}

// Times is how many bubbles of the bot have these words.
func (p *Person) Times(words string) (n int) {
	p.house.T.Helper()
	for _, s := range p.Said() {
		if strings.Contains(s, words) {
			n++
		}
	}
	return n
}

// Offered returns the data of the newest thing to tap with that label, empty when there is none.
func (p *Person) Offered(label string) (data string) {
	p.house.T.Helper()
	for _, b := range p.Answers() {
		walk(b.Message, func(m map[string]any) {
			if l, _ := m["label"].(string); strings.Contains(l, label) {
				if d, ok := m["data"].(string); ok {
					data = d
				}
			}
		})
	}
	return data
}

// Button returns the data of the newest thing to tap with that label.
func (p *Person) Button(label string) string {
	p.house.T.Helper()
	data := p.Offered(label)
	if data == "" {
		p.house.T.Fatalf("nothing to tap is called %q; said:\n%s", label, strings.Join(p.Said(), "\n"))
	}
	return data
}
