// Command wiki is a wiki in one program and one folder: the flagship example of
// surcoat. From the repository's root
//
//	go run ./examples/wiki
//
// serves it at http://localhost:8080 with nothing else installed.
package main

import (
	"cmp"
	"context"
	"crypto/tls"
	"errors"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/netip"
	"os"
	"os/signal"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"time"

	"github.com/surcoat/surcoat/examples/wiki/disk"
	"github.com/surcoat/surcoat/examples/wiki/page"
	"github.com/surcoat/surcoat/examples/wiki/people"
	"github.com/surcoat/surcoat/examples/wiki/site"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	context.AfterFunc(ctx, stop) // a second signal ends the program at once
	os.Exit(run(ctx, os.Args[1:], os.Stderr))
}

// options are what the command line says.
type options struct {
	addr, data, name string
	sessions         string
	admin            string
	proxies          []netip.Prefix
	cert, key        string
	insecure         bool
}

// Exit codes: 1 for what the machine refuses, 2 for what the command line gets wrong.
const (
	exitFailed = 1
	exitUsage  = 2
)

// run is the program. It returns its exit code.
func run(ctx context.Context, args []string, stderr io.Writer) int {
	o, code, ok := parse(args, stderr)
	if !ok {
		return code
	}
	log := slog.New(slog.NewTextHandler(stderr, nil))
	slog.SetDefault(log) // what happens to sessions is reported there
	if err := serve(ctx, o, log); err != nil {
		fmt.Fprintln(stderr, "wiki:", err)
		return exitFailed
	}
	return 0
}

func parse(args []string, stderr io.Writer) (o options, code int, ok bool) {
	flags := flag.NewFlagSet("wiki", flag.ContinueOnError)
	flags.SetOutput(stderr)
	flags.Usage = func() {
		fmt.Fprint(stderr, "Usage: wiki [--addr HOST:PORT] [--data FOLDER] [--name NAME] [--sessions WHERE] [--admin NAME] [--trust-proxy ADDRESSES] [--cert FILE --key FILE] [--insecure]\n\n"+
			"The first administrator is whoever joins through the link in the log, which is there until there is one.\n\n")
		flags.PrintDefaults()
	}
	flags.StringVar(&o.addr, "addr", "localhost:8080", "the `address` to serve at")
	flags.StringVar(&o.data, "data", defaultData(), "the `folder` that keeps pages, accounts and, unless --sessions says otherwise, sessions")
	flags.StringVar(&o.name, "name", "Commonplace", "what the wiki is called")
	flags.StringVar(&o.sessions, "sessions", "", "`where` it is kept who is signed in:\n"+
		"  bolt                   in the file sessions.db in the data folder, of one process alone (this is the default)\n"+
		"  cookie                 in the browsers, sealed with keys in the data folder, for any number of processes\n"+
		"  redis://HOST:PORT/DB   in Redis or Valkey; rediss:// with TLS\n"+
		"  postgres://USER:PASSWORD@HOST:PORT/DATABASE\n"+
		"a URL with a password is better said in the environment, as "+sessionsVariable)
	flags.StringVar(&o.admin, "admin", "", "make the account of this `name`, which has joined, an administrator;\nthe first one need not be named: see above")
	flags.Func("trust-proxy", "believe a reverse proxy at these `addresses`, such as 10.0.0.5 or 10.0.0.0/8, about who the client is;\nmay be given several times; without it all clients behind a proxy share the limits on wrong passwords", func(s string) error {
		proxy, err := parseProxy(s)
		o.proxies = append(o.proxies, proxy)
		return err
	})
	flags.StringVar(&o.cert, "cert", "", "a `file` with a TLS certificate, to serve https")
	flags.StringVar(&o.key, "key", "", "the `file` with its key")
	flags.BoolVar(&o.insecure, "insecure", false, "let people sign in over plain http from other machines;\nnot needed for http://localhost, where browsers accept secure cookies")
	if err := flags.Parse(args); err != nil {
		if errors.Is(err, flag.ErrHelp) {
			return o, 0, false
		}
		return o, exitUsage, false
	}
	o.sessions = cmp.Or(o.sessions, os.Getenv(sessionsVariable), inFile)
	var wrong string
	switch {
	case flags.NArg() > 0:
		wrong = fmt.Sprintf("%q is not understood: everything is said with flags", flags.Arg(0))
	case o.data == "":
		wrong = "there is no home folder to keep the data in: name a folder with --data"
	case (o.cert == "") != (o.key == ""):
		wrong = "--cert and --key go together"
	case o.name == "":
		wrong = "--name is empty"
	default:
		wrong = checkSessions(o.sessions)
	}
	if wrong == "" {
		return o, 0, true
	}
	fmt.Fprintf(stderr, "wiki: %s\n\n", wrong)
	flags.Usage()
	return o, exitUsage, false
}

// parseProxy reads an address or a network.
func parseProxy(s string) (netip.Prefix, error) {
	if a, err := netip.ParseAddr(s); err == nil {
		return a.Prefix(a.BitLen())
	}
	p, err := netip.ParsePrefix(s)
	if err != nil {
		return p, errors.New("it is neither an address nor a network like 10.0.0.0/8")
	}
	if p.Bits() == 0 {
		return p, errors.New("whoever believes everybody lets each client choose its own address")
	}
	return p.Masked(), nil
}

// defaultData is a folder of the user's, so that it does not matter where the program
// is started; "" where the user has none.
func defaultData() string {
	base := os.Getenv("XDG_DATA_HOME")
	if base == "" && (runtime.GOOS == "windows" || runtime.GOOS == "darwin") {
		base, _ = os.UserConfigDir()
	}
	if base == "" {
		home, err := os.UserHomeDir()
		if err != nil {
			return ""
		}
		base = filepath.Join(home, ".local", "share")
	}
	return filepath.Join(base, "surcoat-wiki")
}

// serve opens what the wiki keeps its data in, runs it, and closes that again. Its errors
// say what to do.
func serve(ctx context.Context, o options, log *slog.Logger) error {
	folder, err := disk.Open(o.data)
	if err != nil {
		return fmt.Errorf("cannot keep data in %s: %w\nChoose a folder that this user may write to with --data", o.data, err)
	}
	kept, err := openSessions(ctx, o.sessions, folder, log)
	if err != nil {
		return err
	}
	return kept.end(serveFolder(ctx, o, folder, kept, log))
}

// serveFolder serves until ctx ends, and then until the requests that are under way have
// been answered.
func serveFolder(ctx context.Context, o options, folder *disk.Folder, kept *keeper, log *slog.Logger) error {
	pages := page.NewStore(folder)
	if err := welcome(ctx, pages); err != nil {
		return fmt.Errorf("cannot write the first pages: %w", err)
	}
	keys, err := openKeys(folder)
	if err != nil {
		return err
	}
	users := people.NewStore(folder)
	if o.admin != "" {
		if err := users.Appoint(ctx, o.admin); err != nil {
			return fmt.Errorf("cannot make %q an administrator: %w\nWhoever it is has to join first, at the wiki itself", o.admin, err)
		}
		log.Info("there is an administrator", "name", o.admin)
	}
	handler, layers, err := site.New(site.Config{
		Name: o.name, Pages: pages, Users: users, Sessions: kept.store, Log: log, Insecure: o.insecure,
		Versions: folder.Path("versions"), Keys: keys.text, Founder: keys.founder, Proxies: o.proxies,
	})
	if err != nil {
		return err
	}
	var secure *tls.Config
	if o.cert != "" {
		certificate, err := tls.LoadX509KeyPair(o.cert, o.key)
		if err != nil {
			return fmt.Errorf("cannot serve https with --cert %s and --key %s: %w", o.cert, o.key, err)
		}
		secure = &tls.Config{Certificates: []tls.Certificate{certificate}}
	}
	listener, err := new(net.ListenConfig).Listen(ctx, "tcp", o.addr)
	if err != nil {
		return fmt.Errorf("cannot serve at %s: %w\nIf it is running already, or the address is not one of this machine's, choose another with --addr HOST:PORT, such as --addr localhost:8081", o.addr, err)
	}
	server := &http.Server{
		Handler:           handler,
		TLSConfig:         secure,
		ReadHeaderTimeout: 10 * time.Second,
		ReadTimeout:       time.Minute,
		WriteTimeout:      time.Minute,
		IdleTimeout:       2 * time.Minute,
		MaxHeaderBytes:    64 << 10,
		ErrorLog:          slog.NewLogLogger(log.Handler(), slog.LevelWarn),
	}
	log.Info("what the wiki keeps is here", "data", folder.Path(), "sessions", kept.place)
	log.Info("each request passes these layers", "layers", layers.String())
	local, url := address(listener.Addr(), o)
	if !local && o.cert == "" && !o.insecure {
		log.Warn("signing in works from this machine alone: other browsers keep the session cookie over https only. Give --cert and --key, put a server with TLS in front, or accept the risk with --insecure")
	}
	switch has, err := users.HasAdmin(); {
	case err != nil:
		return err
	case !has:
		log.Info("the wiki has no administrator yet: whoever joins through this link becomes it", "link", strings.TrimSuffix(url, "/")+site.FounderHref(keys.founder))
	}
	log.Info("the wiki is ready: open it in a browser", "url", url)

	done := make(chan error, 1)
	go func() {
		if o.cert != "" {
			done <- server.ServeTLS(listener, "", "") // the certificate is in TLSConfig
		} else {
			done <- server.Serve(listener)
		}
	}()
	select {
	case err := <-done:
		return fmt.Errorf("cannot go on serving at %s: %w", o.addr, err)
	case <-ctx.Done():
	}
	log.Info("stopping: requests that are under way are answered first")
	final, cancel := context.WithTimeout(context.WithoutCancel(ctx), 10*time.Second)
	defer cancel()
	if err := server.Shutdown(final); err != nil {
		_ = server.Close()
		return fmt.Errorf("some requests took too long to end: %w", err)
	}
	return nil
}

// address is the URL to open, and whether only this machine can.
func address(a net.Addr, o options) (local bool, url string) {
	host, port, _ := net.SplitHostPort(a.String()) // a listener's address always has both
	ip := net.ParseIP(host)
	local = ip.IsLoopback()
	scheme, standard := "http", "80"
	if o.cert != "" {
		scheme, standard = "https", "443"
	}
	if local || ip.IsUnspecified() {
		host = "localhost"
	}
	if host = net.JoinHostPort(host, port); port == standard {
		host, _, _ = net.SplitHostPort(host)
	}
	return local, scheme + "://" + host + "/"
}
