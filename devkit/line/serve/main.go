// Command serve runs the LINE simulator alone, for any bot in any language: see ../README.md.
package main

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"os/signal"
	"path/filepath"
	"strconv"
	"syscall"
	"time"

	"saphan/devkit/line"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM) //nolint:forbidigo // the program begins here
	defer stop()
	if err := run(ctx, os.Args[1:], os.Stdout, os.Stderr); err != nil && !errors.Is(err, flag.ErrHelp) {
		fmt.Fprintln(os.Stderr, "serve:", err)
		os.Exit(1)
	}
}

// options are the flags.
type options struct {
	addr       string
	data       string
	fresh      bool
	seed       string
	channels   int
	webhook    string
	redelivery bool
	loose      bool
}

func readFlags(args []string, help io.Writer) (options, error) {
	var o options
	f := flag.NewFlagSet("serve", flag.ContinueOnError)
	f.SetOutput(help)
	f.StringVar(&o.addr, "addr", "127.0.0.1:8900", "address of the chat page; the three hosts of LINE get the ports after it")
	f.StringVar(&o.data, "data", "", "folder that keeps everything between runs (default: nothing is kept)")
	f.BoolVar(&o.fresh, "fresh", false, "empty the data folder first")
	f.StringVar(&o.seed, "seed", "line simulator", "text from which the accounts' IDs, secrets and tokens are made: the same text makes the same ones")
	f.IntVar(&o.channels, "channels", 1, "how many official accounts")
	f.StringVar(&o.webhook, "webhook", "", "where the first account sends its webhooks, such as http://127.0.0.1:3000/webhook")
	f.BoolVar(&o.redelivery, "redelivery", false, "deliver webhooks again that the bot did not take")
	f.BoolVar(&o.loose, "http-images", true, "accept http addresses of this machine for images")
	if err := f.Parse(args); err != nil {
		return o, err
	}
	if f.NArg() > 0 {
		return o, fmt.Errorf("unknown argument %q", f.Arg(0))
	}
	if o.channels < 1 || o.channels > 1000 {
		return o, errors.New("-channels must be between 1 and 1000")
	}
	if o.fresh && o.data == "" {
		return o, errors.New("-fresh needs -data")
	}
	return o, nil
}

// run serves until ctx ends.
func run(ctx context.Context, args []string, out, errOut io.Writer) error {
	o, err := readFlags(args, errOut)
	if err != nil {
		return err
	}
	if err := prepare(o); err != nil {
		return err
	}
	listeners, err := listen(ctx, o.addr)
	if err != nil {
		return err
	}
	base := "http://" + listeners[0].Addr().String()
	sim, err := line.New(line.Config{
		Dir: o.data, Logger: slog.New(slog.NewTextHandler(errOut, &slog.HandlerOptions{Level: slog.LevelWarn})),
		LoopbackImages: o.loose, BaseURL: func() string { return base },
	})
	if err != nil {
		return errors.Join(err, closeAll(listeners))
	}
	accounts := make([]line.Channel, o.channels)
	for i := range accounts {
		if accounts[i], err = addAccount(sim, o, i); err != nil {
			return errors.Join(err, sim.Close(), closeAll(listeners))
		}
	}
	tell(out, o, accounts, listeners)
	handlers := []http.Handler{sim.Handler(), sim.API(), sim.Data(), sim.Access()} //nolint:contextcheck // webhooks outlive the calls that cause them
	servers := make([]*http.Server, len(listeners))
	failed := make(chan error, len(listeners))
	for i, l := range listeners {
		servers[i] = &http.Server{Handler: ownHost(l, handlers[i]), ReadHeaderTimeout: 10 * time.Second}
		go func() { failed <- servers[i].Serve(l) }()
	}
	select {
	case <-ctx.Done():
		err = nil
	case err = <-failed:
	}
	// The chat page's open streams end with the simulator, so that goes first.
	err = errors.Join(err, sim.Close())
	for _, server := range servers {
		err = errors.Join(err, server.Close())
	}
	return err
}

// prepare makes the data folder.
func prepare(o options) error {
	if o.data == "" {
		return nil
	}
	if o.fresh {
		// Only what the simulator itself wrote: a mistyped folder must not be lost.
		for _, name := range []string{"journal.jsonl", "journal.jsonl.new", "media"} {
			if err := os.RemoveAll(filepath.Join(o.data, name)); err != nil {
				return fmt.Errorf("empty the data folder: %w", err)
			}
		}
	}
	if err := os.MkdirAll(o.data, 0o700); err != nil {
		return fmt.Errorf("make the data folder: %w", err)
	}
	return nil
}

// listen opens four ports in a row, or any four for port 0.
func listen(ctx context.Context, addr string) ([]net.Listener, error) {
	host, portText, err := net.SplitHostPort(addr)
	if err != nil {
		return nil, fmt.Errorf("-addr %s: %w", addr, err)
	}
	port, err := strconv.Atoi(portText)
	if err != nil {
		return nil, fmt.Errorf("-addr %s: the port must be a number", addr)
	}
	var open []net.Listener
	for i := range 4 {
		n := port
		if port != 0 {
			n += i
		}
		l, err := new(net.ListenConfig).Listen(ctx, "tcp", net.JoinHostPort(host, strconv.Itoa(n)))
		if err != nil {
			return nil, errors.Join(fmt.Errorf("%w (choose other ports with -addr)", err), closeAll(open))
		}
		open = append(open, l)
	}
	return open, nil
}

func closeAll(listeners []net.Listener) error {
	var err error
	for _, l := range listeners {
		err = errors.Join(err, l.Close())
	}
	return err
}

// ownHost refuses requests under the name of another site, with which a web page could reach a
// server on this machine. A server open to the network is its owner's own decision.
func ownHost(l net.Listener, next http.Handler) http.Handler {
	tcp, isTCP := l.Addr().(*net.TCPAddr)
	if !isTCP || !tcp.IP.IsLoopback() {
		return next
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		host, _, err := net.SplitHostPort(r.Host)
		if err != nil {
			host = r.Host
		}
		if ip := net.ParseIP(host); host != "localhost" && (ip == nil || !ip.IsLoopback()) {
			http.Error(w, "this server is for this machine only", http.StatusForbidden)
			return
		}
		next.ServeHTTP(w, r)
	})
}

// account makes the n-th official account from the seed.
func account(o options, n int) line.Channel {
	derive := func(what string) []byte {
		sum := sha256.Sum256([]byte(o.seed + "\n" + what + "\n" + strconv.Itoa(n)))
		return sum[:]
	}
	c := line.Channel{
		Destination: "U" + hex.EncodeToString(derive("destination"))[:32],
		Secret:      hex.EncodeToString(derive("secret"))[:32],
		AccessToken: base64.StdEncoding.EncodeToString(append(derive("token"), derive("token 2")...)),
		Name:        fmt.Sprintf("บัญชีตัวอย่าง %d", n+1),
		Redelivery:  o.redelivery,
	}
	if n == 0 {
		c.WebhookURL = o.webhook
	}
	return c
}

// addAccount makes the n-th account known, unless an earlier run left it changed.
func addAccount(sim *line.Simulator, o options, n int) (line.Channel, error) {
	c := account(o, n)
	if kept, known := sim.Channel(c.Destination); known {
		c = kept
		if n == 0 && o.webhook != "" {
			c.WebhookURL = o.webhook
		}
	}
	return c, sim.AddChannel(c)
}

// tell prints what a bot needs, as lines of an environment file.
func tell(out io.Writer, o options, accounts []line.Channel, l []net.Listener) {
	url := func(i int) string { return "http://" + l[i].Addr().String() }
	fmt.Fprintf(out, "# LINE simulator. Chat page: %s/\n", url(0))
	fmt.Fprintf(out, "LINE_API_URL=%s\nLINE_DATA_URL=%s\nLINE_ACCESS_URL=%s\n", url(1), url(2), url(3))
	for i, c := range accounts {
		suffix := ""
		if i > 0 {
			suffix = "_" + strconv.Itoa(i+1)
		}
		fmt.Fprintf(out, "\n# %s\nLINE_BOT_USER_ID%s=%s\nLINE_CHANNEL_ID%s=%s\nLINE_CHANNEL_SECRET%s=%s\nLINE_CHANNEL_ACCESS_TOKEN%s=%s\n",
			c.Name, suffix, c.Destination, suffix, line.ChannelID(c.Destination), suffix, c.Secret, suffix, c.AccessToken)
	}
	if o.webhook != "" {
		fmt.Fprintf(out, "\n# Webhooks of the first account go to %s\n", o.webhook)
		return
	}
	fmt.Fprintf(out, "\n# Say where the webhooks go (or start with -webhook URL):\n"+
		"# curl -X PUT %s/v2/bot/channel/webhook/endpoint -H 'Authorization: Bearer %s' -H 'Content-Type: application/json' -d '{\"endpoint\":\"http://127.0.0.1:3000/webhook\"}'\n",
		url(1), accounts[0].AccessToken)
}
