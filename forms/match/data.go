package match

import (
	"cmp"
	"embed"
	"fmt"
	"path"
	"slices"
	"strings"
)

//go:embed data
var data embed.FS

// meant is a line of a table of words: one meaning and the ways to say it.
type meant struct {
	meaning string
	words   []string
}

// table reads lines of a meaning and the ways to say it.
func table(name string) []meant {
	var all []meant
	for _, line := range lines(name) {
		meaning, words, _ := strings.Cut(line, ":")
		m := meant{meaning: meaning}
		for w := range strings.SplitSeq(words, ",") {
			m.words = append(m.words, strings.TrimSpace(w))
		}
		all = append(all, m)
	}
	return all
}

// lines reads an embedded file, without comments and empty lines.
func lines(name string) []string {
	raw, err := data.ReadFile(name)
	if err != nil {
		return nil
	}
	var all []string
	for line := range strings.Lines(string(raw)) {
		if line = strings.TrimSpace(line); line != "" && !strings.HasPrefix(line, "#") {
			all = append(all, line)
		}
	}
	return all
}

// Talk returns utterances that are no wish: greetings, thanks, jokes, advertising, nonsense.
func Talk() []string { return tell(lines("data/says/chatter.txt"), table("data/things.txt")) }

// told is how many times an example with a thing's name in braces is told.
const told = 6

// tell puts things where an example names their kind in braces, so that the model learns what is
// said about a thing apart from the thing.
func tell(says []string, things []meant) []string {
	var all []string
	for i, say := range says {
		before, kind, ok := strings.Cut(say, "{")
		kind, after, closed := strings.Cut(kind, "}")
		k := slices.IndexFunc(things, func(t meant) bool { return t.meaning == kind })
		if !ok || !closed || k < 0 {
			all = append(all, say)
			continue
		}
		words := things[k].words
		for j := range min(told, len(words)) {
			all = append(all, before+words[(i*told+j*len(words)/told)%len(words)]+after)
		}
	}
	return all
}

// Ready returns the words and examples that come with the product, by service.
func Ready() ([]Service, error) {
	files, err := data.ReadDir("data/words")
	if err != nil {
		return nil, fmt.Errorf("list the services' words: %w", err)
	}
	things := table("data/things.txt")
	var services []Service
	for _, f := range files {
		services = append(services, Service{
			Key:     strings.TrimSuffix(f.Name(), ".txt"),
			Words:   lines(path.Join("data/words", f.Name())),
			Says:    tell(lines(path.Join("data/says", f.Name())), things),
			Choices: choiceWords(path.Join("data/choices", f.Name())),
		})
	}
	return services, nil
}

// choiceWords reads lines of field, value and words; a service without such a file has none.
func choiceWords(name string) []Choice {
	var all []Choice
	for _, line := range table(name) {
		field, value, _ := strings.Cut(line.meaning, " ")
		all = append(all, Choice{Field: field, Value: value, Words: line.words})
	}
	return all
}

// Join adds what a definition of a service says of itself to what is known of it already.
func Join(services []Service, s Service) []Service {
	i := slices.IndexFunc(services, func(known Service) bool { return known.Key == s.Key })
	if i < 0 {
		return append(slices.Clip(services), s)
	}
	services = slices.Clone(services)
	known := &services[i]
	known.Title = cmp.Or(s.Title, known.Title)
	known.Words = slices.Concat(known.Words, s.Words)
	known.Says = slices.Concat(known.Says, s.Says)
	known.Choices = slices.Concat(known.Choices, s.Choices)
	return services
}
