package forms

import (
	"embed"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"

	"saphan/internal/words"
)

//go:embed sentences.json
var sentenceFile embed.FS

// sentences are what is said about an input that is no answer, by rule.
var sentences = sync.OnceValues(func() (map[string]Text, error) {
	raw, err := sentenceFile.ReadFile("sentences.json")
	if err != nil {
		return nil, fmt.Errorf("read the sentences: %w", err)
	}
	var texts map[string]Text
	if err := json.Unmarshal(raw, &texts); err != nil {
		return nil, fmt.Errorf("read the sentences: %w", err)
	}
	return texts, nil
})

// Sentences are what is said about inputs that are no answers, in no order.
func Sentences() []Text {
	texts, err := sentences()
	if err != nil {
		return nil
	}
	return slices.Collect(maps.Values(texts))
}

// sentence fills in the sentence for a rule; Ready has made sure that the sentences load.
func sentence(lang, rule string, args ...string) string {
	texts, err := sentences()
	if err != nil {
		return rule
	}
	filled := words.Fill(texts[rule].In(lang), args...)
	return strings.Join(strings.Fields(filled), " ") // an empty argument leaves two blanks
}
