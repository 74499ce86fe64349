package postgres

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strconv"
)

// oldest is the first major version that the schema is written for.
const oldest = 15

// patterns are the folders where packages put the programs, besides PATH.
var patterns = []string{
	"/usr/lib/postgresql/*/bin",                          // Debian, Ubuntu
	"/usr/pgsql-*/bin",                                   // Red Hat and its kin
	"/usr/libexec/postgresql*",                           // Alpine
	"/opt/homebrew/opt/postgresql@*/bin",                 // Homebrew on Apple silicon
	"/usr/local/opt/postgresql@*/bin",                    // Homebrew on Intel
	"/home/linuxbrew/.linuxbrew/opt/postgresql@*/bin",    // Homebrew on Linux
	"/Applications/Postgres.app/Contents/Versions/*/bin", // Postgres.app
}

// binaries is a folder with initdb and postgres of one major version.
type binaries struct {
	dir   string
	major int
}

func (b binaries) path(name string) string { return filepath.Join(b.dir, name) }

func (b binaries) exist() bool {
	_, err := os.Stat(b.path("initdb"))
	return err == nil
}

// findBinaries returns the programs to use: of the version that made the data folder, else the newest.
func findBinaries(ctx context.Context, at place, who account, fetch bool, log *slog.Logger) (binaries, error) {
	var folders []string
	if found, err := exec.LookPath("initdb"); err == nil {
		if real, err := filepath.EvalSymlinks(found); err == nil {
			folders = append(folders, filepath.Dir(real))
		}
	}
	for _, pattern := range patterns {
		found, err := filepath.Glob(pattern)
		if err != nil {
			return binaries{}, fmt.Errorf("postgres: %w", err)
		}
		folders = append(folders, found...)
	}
	made, err := at.majorVersion()
	if err != nil {
		return binaries{}, err
	}
	known := versions(ctx, folders, who)
	chosen, err := choose(known, made, at.dir)
	if errors.Is(err, ErrNotInstalled) && fetch && !who.root {
		return fetchBinaries(ctx, log)
	}
	return chosen, err
}

// versions keeps the folders whose programs the server's user can run, and asks each its version.
func versions(ctx context.Context, folders []string, who account) []binaries {
	var known []binaries
	for _, dir := range folders {
		b := binaries{dir: dir}
		if !b.exist() || who.barrier(dir) != "" {
			continue
		}
		out, err := exec.CommandContext(ctx, b.path("postgres"), "--version").Output()
		if err != nil {
			continue
		}
		if b.major = majorOf(string(out)); b.major > 0 {
			known = append(known, b)
		}
	}
	return known
}

var versionNumber = regexp.MustCompile(`\(PostgreSQL\) (\d+)`)

// majorOf reads "postgres (PostgreSQL) 15.18 (Debian ...)"; 0 when it cannot.
func majorOf(text string) int {
	match := versionNumber.FindStringSubmatch(text)
	if match == nil {
		return 0
	}
	n, err := strconv.Atoi(match[1])
	if err != nil {
		return 0
	}
	return n
}

// ErrNotInstalled means that the machine has no PostgreSQL at all.
var ErrNotInstalled = errors.New("postgres: no PostgreSQL programs found on this machine; " + installLine(runtime.GOOS))

// installLine says what to type.
func installLine(goos string) string {
	if goos == "darwin" {
		return "install them with: brew install postgresql@17"
	}
	return "install them with: apt-get install postgresql (or your system's package of PostgreSQL 15 or newer), or set DATABASE_URL"
}

// choose picks the folder for a cluster made by a major version, or for a new one (made 0).
func choose(known []binaries, made int, dir string) (binaries, error) {
	if len(known) == 0 {
		return binaries{}, ErrNotInstalled
	}
	if made != 0 {
		for _, b := range known {
			if b.major == made {
				return b, nil
			}
		}
		return binaries{}, fmt.Errorf("postgres: the data in %s was made by PostgreSQL %d, which is no longer installed; install it or begin anew (saphan dev --fresh)", dir, made)
	}
	newest := slices.MaxFunc(known, func(a, b binaries) int { return a.major - b.major })
	if newest.major < oldest {
		return binaries{}, fmt.Errorf("postgres: PostgreSQL %d is too old, %d or newer is needed; %s", newest.major, oldest, installLine(runtime.GOOS))
	}
	return newest, nil
}
