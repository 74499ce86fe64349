// Package browser gives a test a real browser, so that a page is judged as people get it: drawn, with
// its scripts run and its content security policy in force.
package browser

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
)

// names are what the browser is called, the likeliest first.
var names = []string{"chromium", "chromium-browser", "google-chrome", "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome"}

// path finds the browser. Without one the test is skipped, but fails where CI is set.
func path(t testing.TB) string {
	t.Helper()
	for _, name := range names {
		if found, err := exec.LookPath(name); err == nil {
			return found
		}
	}
	const missing = "no Chromium or Chrome is installed, so pages cannot be drawn"
	if os.Getenv("CI") != "" {
		t.Fatal(missing)
	}
	t.Skip(missing)
	return ""
}

// Start starts a browser of the test's own, with one empty tab, and returns the tab. It ends with
// the test.
func Start(t testing.TB, options ...chromedp.ExecAllocatorOption) context.Context {
	t.Helper()
	return up(t, t.Context(), chromedp.WithAllocatorOptions(slices.Concat([]chromedp.ExecAllocatorOption{
		chromedp.ExecPath(path(t)),
		chromedp.NoSandbox,             // tests run as root in containers, too
		chromedp.Env("LC_ALL=C.UTF-8"), // without it Chromium on Linux cannot open files with Thai names
	}, options)...))
}

// Tab opens a further tab of a browser that Start started.
func Tab(t testing.TB, first context.Context) context.Context {
	t.Helper()
	return up(t, first)
}

func up(t testing.TB, parent context.Context, options ...chromedp.ContextOption) context.Context {
	t.Helper()
	ctx, cancel := chromedp.NewContext(parent, options...)
	t.Cleanup(cancel)
	if err := chromedp.Do(ctx); err != nil {
		t.Fatal("start the browser: ", err)
	}
	return ctx
}

// Watch makes the test fail, at its end, for anything that the tab's pages complained of, such as a
// breach of the content security policy; except for complaints that have expected words.
func Watch(t testing.TB, tab context.Context, expected ...string) {
	t.Helper()
	listen, stop := context.WithCancel(tab)
	messages := chromedp.Console(listen)
	var complaints []string
	done := make(chan struct{})
	go func() {
		defer close(done)
		for m, err := range messages {
			if err != nil {
				return
			}
			if m.Type == chromedp.ConsoleError || m.IsException() || m.Source == "security" {
				complaints = append(complaints, fmt.Sprintf("%s %s (%s:%d)", m.Type, m.Text, m.URL, m.Line))
			}
		}
	}()
	t.Cleanup(func() {
		stop()
		<-done
		for _, c := range complaints {
			if !slices.ContainsFunc(expected, func(words string) bool { return strings.Contains(c, words) }) {
				t.Error("the page complained: ", c)
			}
		}
	})
}

// drawing is how long a picture may take.
const drawing = time.Minute

// Keep keeps a picture of the tab's window as a file.
func Keep(t testing.TB, tab context.Context, file string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(tab, drawing)
	defer cancel()
	picture, err := chromedp.Run(ctx, chromedp.CaptureScreenshot())
	if err == nil {
		err = os.MkdirAll(filepath.Dir(file), 0o750)
	}
	if err == nil {
		err = os.WriteFile(file, picture, 0o600)
	}
	if err != nil {
		t.Errorf("screenshot %s: %v", file, err)
	}
}

// patience is how long a page may take for what a test asks of it: the machine may be busy.
const patience = time.Minute

// Do takes steps in a tab. When they fail so does the test, and a picture is kept as a file.
func Do(t testing.TB, tab context.Context, picture, what string, steps ...chromedp.Action[chromedp.Void]) {
	t.Helper()
	ctx, cancel := context.WithTimeout(tab, patience)
	defer cancel()
	if err := chromedp.Do(ctx, steps...); err != nil {
		Keep(t, tab, picture)
		t.Fatalf("%s: %v", what, err)
	}
}

// Holds waits until a JavaScript expression is true in a tab. When it does not become so the test fails,
// and a picture is kept as a file.
func Holds(t testing.TB, tab context.Context, picture, what, expression string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(tab, patience)
	defer cancel()
	var why error // what cannot be read yet, in a page on its way, is not true yet
	for {
		ok, err := chromedp.Run(ctx, chromedp.Evaluate[bool]("Boolean("+expression+")"))
		if err == nil && ok {
			return
		}
		if ctx.Err() != nil {
			Keep(t, tab, picture)
			t.Fatalf("%s: %s is not true (%v)", what, expression, why)
		}
		why = err
		time.Sleep(30 * time.Millisecond)
	}
}

// Value reads a JavaScript expression in a tab.
func Value[T any](t testing.TB, tab context.Context, expression string) T {
	t.Helper()
	ctx, cancel := context.WithTimeout(tab, patience)
	defer cancel()
	v, err := chromedp.Run(ctx, chromedp.Evaluate[T](expression))
	if err != nil {
		t.Fatalf("%s: %v", expression, err)
	}
	return v
}
