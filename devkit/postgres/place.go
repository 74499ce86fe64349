package postgres

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
)

// The names inside a server's folder.
const (
	dataFolder   = "data"
	newFolder    = "data.new" // a cluster in the making; an interrupted one is thrown away
	socketFolder = "socket"
	passwordFile = "password"
)

// socketLimit is the longest folder that still leaves room for "/.s.PGSQL.65535" within the 104
// bytes that the shortest of the systems allows a socket's path.
const socketLimit = 104 - 1 - len("/.s.PGSQL.65535")

// shortSocket begins the names of socket folders of servers whose own folder has too long a name.
const shortSocket = "/tmp/saphan-pg-"

// elsewhere holds the folders of servers whose user may not reach the one configured.
const elsewhere = "/var/lib/saphan"

// place is the folder of one server.
type place struct {
	dir    string
	socket string
}

// newPlace makes the folder. A folder under root's own home is closed to the user whom the server
// runs as; its data then goes to a folder of the system that belongs to it by name.
func newPlace(dir string, who account) (place, error) {
	dir, err := filepath.Abs(dir)
	if err != nil {
		return place{}, fmt.Errorf("postgres: data folder: %w", err)
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return place{}, fmt.Errorf("postgres: the data folder cannot be made: %w", err)
	}
	if who.barrier(filepath.Dir(dir)) != "" {
		sum := sha256.Sum256([]byte(dir))
		dir = filepath.Join(elsewhere, hex.EncodeToString(sum[:6]))
		if err := os.MkdirAll(dir, 0o755); err != nil {
			return place{}, fmt.Errorf("postgres: the data folder cannot be made: %w", err)
		}
		if closed := who.barrier(filepath.Dir(dir)); closed != "" {
			return place{}, fmt.Errorf("postgres: user %s, whom the server runs as, may not enter %s; choose another data folder", who.name, closed)
		}
	}
	if err := who.own(dir); err != nil {
		return place{}, err
	}
	if err := os.Chmod(dir, 0o700); err != nil {
		return place{}, fmt.Errorf("postgres: close the data folder: %w", err)
	}
	return place{dir: dir}, nil
}

// clear removes what an earlier run left; the caller holds the lock.
func (p place) clear() error {
	for _, name := range []string{dataFolder, newFolder, socketFolder, passwordFile, logFile} {
		if err := os.RemoveAll(filepath.Join(p.dir, name)); err != nil {
			return fmt.Errorf("postgres: begin anew: %w", err)
		}
	}
	return nil
}

// majorVersion is the version that made the data, 0 when there is none yet.
func (p place) majorVersion() (int, error) {
	data := filepath.Join(p.dir, dataFolder)
	text, err := os.ReadFile(filepath.Join(data, "PG_VERSION"))
	if err != nil {
		if _, statErr := os.Stat(data); errors.Is(statErr, os.ErrNotExist) {
			return 0, nil
		}
		return 0, p.broken()
	}
	major, err := strconv.Atoi(strings.TrimSpace(string(text)))
	if err != nil {
		return 0, p.broken()
	}
	return major, nil
}

func (p place) broken() error {
	return fmt.Errorf("postgres: %s holds no whole database; put back a copy or begin anew (saphan dev --fresh)", filepath.Join(p.dir, dataFolder))
}

// prepare makes or reads the password of TCP connections.
func (p place) prepare(who account) (string, error) {
	path := filepath.Join(p.dir, passwordFile)
	text, err := os.ReadFile(path)
	if err == nil && len(text) > 0 {
		return string(text), nil
	}
	password := rand.Text()
	if err := os.WriteFile(path, []byte(password), 0o600); err != nil {
		return "", fmt.Errorf("postgres: keep the password: %w", err)
	}
	return password, who.own(path)
}

// initialise makes the cluster when there is none. It is made aside and moved into place whole.
func (p place) initialise(ctx context.Context, bin binaries, who account, sync bool, log *slog.Logger) error {
	data, aside := filepath.Join(p.dir, dataFolder), filepath.Join(p.dir, newFolder)
	if _, err := os.Stat(data); err == nil {
		return nil
	}
	log.InfoContext(ctx, "making the database", "folder", p.dir, "postgresql", bin.major)
	if err := os.RemoveAll(aside); err != nil {
		return fmt.Errorf("postgres: clear an unfinished cluster: %w", err)
	}
	args := []string{
		"--pgdata=" + aside, "--username=" + Superuser, "--encoding=UTF8",
		"--auth-local=trust", "--auth-host=scram-sha-256", "--pwfile=" + filepath.Join(p.dir, passwordFile),
	}
	args = append(args, locale(runtime.GOOS)...)
	if !sync {
		args = append(args, "--no-sync")
	}
	cmd := exec.CommandContext(ctx, bin.path("initdb"), args...)
	cmd.Dir, cmd.Env, cmd.SysProcAttr = p.dir, environment(), who.attributes()
	if out, err := cmd.CombinedOutput(); err != nil {
		return errors.Join(fmt.Errorf("postgres: the database in %s cannot be made: %s", p.dir, reason(out)), os.RemoveAll(aside))
	}
	if err := os.Rename(aside, data); err != nil {
		return fmt.Errorf("postgres: put the new database in place: %w", err)
	}
	return nil
}

// locale gives byte order for sorting (a query that sorts Thai names its collation) and Unicode for
// the kinds of characters.
func locale(goos string) []string {
	if goos == "darwin" { // has no C.UTF-8
		return []string{"--locale=C", "--lc-ctype=en_US.UTF-8"}
	}
	return []string{"--locale=C.UTF-8", "--lc-messages=C"}
}

// makeSocketFolder makes the folder for the socket, which only the server's user and root may enter.
func (p *place) makeSocketFolder(who account) error {
	p.socket = filepath.Join(p.dir, socketFolder)
	if len(p.socket) > socketLimit {
		short, err := os.MkdirTemp(filepath.Split(shortSocket))
		if err != nil {
			return fmt.Errorf("postgres: folder for the socket: %w", err)
		}
		p.socket = short
		return who.own(short)
	}
	if err := os.MkdirAll(p.socket, 0o700); err != nil {
		return fmt.Errorf("postgres: folder for the socket: %w", err)
	}
	return who.own(p.socket)
}

// removeSocketFolder removes the folder made by makeSocketFolder.
func (p *place) removeSocketFolder() error {
	if p.socket == "" {
		return nil
	}
	if err := os.RemoveAll(p.socket); err != nil {
		return fmt.Errorf("postgres: remove the socket's folder: %w", err)
	}
	return nil
}
