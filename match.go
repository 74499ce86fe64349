package main

import (
	"bufio"
	"errors"
	"flag"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"os"
	"strings"
	"time"

	"saphan/forms"
	"saphan/forms/match"
)

// runMatch says for each line of stdin which service it means: key, score and the line, with tabs
// between. With -labelled it measures itself instead, on a file of keys and utterances. Services
// come with the product and from folder, if that is not empty.
func runMatch(args []string, folder string, stdin io.Reader, stdout io.Writer) error {
	flags := flag.NewFlagSet("saphan match", flag.ContinueOnError)
	flags.SetOutput(stdout)
	labelled := flags.String("labelled", "", "`file` of lines \"key<TAB>utterance\": say how often the first answer is right")
	why := flags.Bool("why", false, "add a column with the words that decided")
	switch err := flags.Parse(args); {
	case errors.Is(err, flag.ErrHelp):
		return nil
	case err != nil:
		return err
	}
	catalog, err := fileCatalog(folder)
	if err != nil {
		return err
	}
	m, err := match.Of(catalog.List())
	if err != nil {
		return err
	}
	if *labelled != "" {
		return measureMatch(m, *labelled, stdout)
	}
	out := bufio.NewWriter(stdout)
	in := bufio.NewReader(stdin)
	for {
		line, err := in.ReadString('\n')
		if line != "" {
			if err := writeMatch(out, m, strings.TrimRight(line, "\r\n"), *why); err != nil {
				return err
			}
		}
		if in.Buffered() == 0 { // somebody may be typing
			if err := out.Flush(); err != nil {
				return err
			}
		}
		if errors.Is(err, io.EOF) {
			return out.Flush()
		}
		if err != nil {
			return fmt.Errorf("read the utterances: %w", err)
		}
	}
}

// fileCatalog is what the service files define, without a database.
func fileCatalog(folder string) (*forms.Catalog, error) {
	shipped, err := forms.Shipped()
	if err != nil {
		return nil, err
	}
	folders := []fs.FS{shipped}
	if folder != "" {
		folders = append(folders, os.DirFS(folder))
	}
	if _, err := forms.Sources(folders...); err != nil {
		return nil, err
	}
	library, err := forms.NewLibrary(nil, slog.New(slog.DiscardHandler), time.Now, folders...)
	if err != nil {
		return nil, err
	}
	return library.Catalog(), nil
}

func writeMatch(out io.Writer, m *match.Matcher, said string, why bool) error {
	r := m.Match(said)
	if _, err := fmt.Fprintf(out, "%s\t%.3f\t%s", r.Key(), r.Score(), strings.ReplaceAll(said, "\t", " ")); err != nil {
		return err
	}
	if why && len(r.Ranked) > 0 {
		if _, err := fmt.Fprintf(out, "\t%s: %s", r.Ranked[0].Key, strings.Join(r.Ranked[0].Why, ", ")); err != nil {
			return err
		}
	}
	_, err := fmt.Fprintln(out)
	return err
}

func measureMatch(m *match.Matcher, file string, stdout io.Writer) error {
	raw, err := os.ReadFile(file) //nolint:gosec // the file the user names
	if err != nil {
		return fmt.Errorf("read the labelled utterances: %w", err)
	}
	all, err := match.ReadLabelled(string(raw))
	if err != nil {
		return fmt.Errorf("%s: %w", file, err)
	}
	return m.Measure(all).Write(stdout)
}
