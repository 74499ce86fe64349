// Package postgres runs a private PostgreSQL server for development and tests from binaries that
// the machine already has. The server lives in one folder, belongs to one process, ends with it
// however that process ends, and needs no system service, no password and no configuration.
package postgres

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"time"

	"github.com/jackc/pgx/v5"

	"saphan/devkit/child"
)

// Superuser is the role that owns the cluster.
const Superuser = "postgres"

// startLimit bounds a start whose context has no deadline; crash recovery of a large folder is
// the slow case.
const startLimit = 2 * time.Minute

// Config says where and how a server runs.
type Config struct {
	// Dir holds everything: data, socket, password and log. It is made when missing.
	Dir string
	// Logger tells of what takes time. Nil means silence.
	Logger *slog.Logger
	// Sync keeps PostgreSQL's default durability. Without it a crash of the machine may lose the
	// data: good for tests only.
	Sync bool
	// Port, when not 0, also opens this TCP port on the loopback address.
	Port int
	// Fresh removes what an earlier run left in Dir.
	Fresh bool
	// Fetch allows the programs to be downloaded into the user's cache when the machine has none.
	// PostgreSQL does not run as root, for whom nothing is fetched.
	Fetch bool
	// Settings are further server settings (max_connections and the like).
	Settings map[string]string
}

// Server is a running private server.
type Server struct {
	place    place
	child    *child.Process
	lock     *os.File
	log      *slog.Logger
	port     int
	tcp      bool
	password string
}

// Start brings up the server of a folder, making the cluster on the first run, and returns when
// it answers. Every error is one line that says what to do.
func Start(ctx context.Context, cfg Config) (*Server, error) {
	if cfg.Dir == "" {
		return nil, errors.New("postgres: no data folder given")
	}
	log := cfg.Logger
	if log == nil {
		log = slog.New(slog.DiscardHandler)
	}
	ctx, cancel := context.WithTimeout(ctx, startLimit)
	defer cancel()

	if cfg.Port != 0 {
		if err := portFree(ctx, cfg.Port); err != nil {
			return nil, err
		}
	}
	who, err := runAs()
	if err != nil {
		return nil, err
	}
	at, err := newPlace(cfg.Dir, who)
	if err != nil {
		return nil, err
	}
	patient, done := context.WithTimeout(ctx, child.Patience)
	defer done()
	lock, err := child.Lock(patient, at.dir)
	if errors.Is(err, child.ErrInUse) {
		return nil, fmt.Errorf("postgres: the database in %s is already running under another saphan; end that one or choose another folder (--data)", at.dir)
	}
	if err != nil {
		return nil, fmt.Errorf("postgres: %w", err)
	}
	s := &Server{place: at, lock: lock, log: log, port: cfg.Port, tcp: cfg.Port != 0}
	if s.port == 0 {
		s.port = 5432 // names the socket only; no TCP port is opened
	}
	if err := s.start(ctx, cfg, who); err != nil {
		return nil, errors.Join(err, s.release())
	}
	return s, nil
}

// start does what needs the folder's lock.
func (s *Server) start(ctx context.Context, cfg Config, who account) error {
	if err := s.endOrphan(ctx); err != nil {
		return err
	}
	if cfg.Fresh {
		if err := s.place.clear(); err != nil {
			return err
		}
	}
	bin, err := findBinaries(ctx, s.place, who, cfg.Fetch, s.log)
	if err != nil {
		return err
	}
	if s.password, err = s.place.prepare(who); err != nil {
		return err
	}
	if err := s.place.initialise(ctx, bin, who, cfg.Sync, s.log); err != nil {
		return err
	}
	if err := s.place.makeSocketFolder(who); err != nil {
		return err
	}
	return s.launch(ctx, cfg, bin, who)
}

// Dir is the folder in use. It differs from the one configured when the server's user could not
// reach that one.
func (s *Server) Dir() string { return s.place.dir }

// URL connects to a database as the superuser over the private socket.
func (s *Server) URL(database string) string {
	query := url.Values{"host": {s.place.socket}, "port": {strconv.Itoa(s.port)}}
	u := url.URL{Scheme: "postgres", User: url.User(Superuser), Path: "/" + database, RawQuery: query.Encode()}
	return u.String()
}

// LoopbackURL connects to a database over TCP, for tools that want that; empty when Config.Port was 0.
func (s *Server) LoopbackURL(database string) string {
	if !s.tcp {
		return ""
	}
	u := url.URL{
		Scheme: "postgres", User: url.UserPassword(Superuser, s.password),
		Host: net.JoinHostPort("127.0.0.1", strconv.Itoa(s.port)), Path: "/" + database,
	}
	return u.String()
}

// Create makes a database when it does not exist.
func (s *Server) Create(ctx context.Context, database string) error {
	conn, err := pgx.Connect(ctx, s.URL("postgres"))
	if err != nil {
		return fmt.Errorf("create database %s: %w", database, err)
	}
	defer func() { _ = conn.Close(context.WithoutCancel(ctx)) }()
	var exists bool
	err = conn.QueryRow(ctx, `SELECT EXISTS (SELECT FROM pg_database WHERE datname = $1)`, database).Scan(&exists)
	if err != nil {
		return fmt.Errorf("create database %s: %w", database, err)
	}
	if exists {
		return nil
	}
	if _, err := conn.Exec(ctx, `CREATE DATABASE `+pgx.Identifier{database}.Sanitize()); err != nil {
		return fmt.Errorf("create database %s: %w", database, err)
	}
	return nil
}

// Done is closed when the server has ended, wanted or not.
func (s *Server) Done() <-chan struct{} { return s.child.Done() }

// Stop ends the server: open sessions are cut, everything committed is on disk. When ctx ends
// first the server is ended without a checkpoint and recovers at its next start.
func (s *Server) Stop(ctx context.Context) error {
	err := s.end(ctx)
	return errors.Join(err, s.release())
}

// release gives up the folder.
func (s *Server) release() error {
	err := s.place.removeSocketFolder()
	if s.lock != nil {
		err = errors.Join(err, s.lock.Close())
		s.lock = nil
	}
	return err
}

// portFree tells early and in one line what the server would hide in its log.
func portFree(ctx context.Context, port int) error {
	address := net.JoinHostPort("127.0.0.1", strconv.Itoa(port))
	l, err := (&net.ListenConfig{}).Listen(ctx, "tcp", address)
	if err != nil {
		return fmt.Errorf("postgres: port %d is in use on this machine; end the program that holds it or choose another port", port)
	}
	return l.Close()
}

// settings are the command line of the server.
func (s *Server) settings(cfg Config) []string {
	set := map[string]string{
		"listen_addresses":        "",
		"unix_socket_directories": s.place.socket,
		"unix_socket_permissions": "0700",
		"port":                    strconv.Itoa(s.port),
		"timezone":                "UTC",
		"log_timezone":            "UTC",
		// The log must not hold what citizens wrote: no row values, no statements.
		"log_error_verbosity":     "terse",
		"log_min_error_statement": "panic",
		"logging_collector":       "off",
		"log_destination":         "stderr",
	}
	if s.tcp {
		set["listen_addresses"] = "127.0.0.1"
	}
	if !cfg.Sync {
		set["fsync"] = "off"
		set["synchronous_commit"] = "off"
		set["full_page_writes"] = "off"
	}
	for name, value := range cfg.Settings {
		set[name] = value
	}
	args := []string{"-D", filepath.Join(s.place.dir, dataFolder)}
	for name, value := range set {
		args = append(args, "-c", name+"="+value)
	}
	return args
}
