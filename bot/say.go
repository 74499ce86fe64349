package bot

import (
	"embed"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"sync"

	"saphan/forms"
	"saphan/internal/words"
)

//go:embed texts.json
var textFile embed.FS

// catalogue holds everything the bot says, by key.
var catalogue = sync.OnceValues(func() (map[string]forms.Text, error) {
	raw, err := textFile.ReadFile("texts.json")
	if err != nil {
		return nil, fmt.Errorf("read the texts: %w", err)
	}
	var texts map[string]forms.Text
	if err := json.Unmarshal(raw, &texts); err != nil {
		return nil, fmt.Errorf("read the texts: %w", err)
	}
	return texts, nil
})

// Texts are everything the bot says, in no order.
func Texts() []words.Text {
	texts, err := catalogue()
	if err != nil {
		return nil
	}
	return slices.Collect(maps.Values(texts))
}

// Tongue is the language in which things are said: the code of one that words.Offered has.
type Tongue string

// thai reports whether days, times and amounts are written as Thai readers write them.
func (t Tongue) thai() bool { return t == words.Thai || t == "" }

// Say returns the text with the key, {name} replaced by the value that follows "name" in
// args. A key that is not in the catalogue, which a test rules out, comes back as itself.
func (t Tongue) Say(key string, args ...string) string {
	texts, err := catalogue()
	if err != nil {
		return key
	}
	text, ok := texts[key]
	if !ok {
		return key
	}
	return words.Fill(text.In(string(t)), args...)
}
