package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/netip"
	"os"
	"os/signal"
	"path/filepath"
	"slices"
	"syscall"
	"time"

	"golang.org/x/crypto/acme/autocert"

	"github.com/surcoat/surcoat/cmd/surcoat/internal/serve"
	"github.com/surcoat/surcoat/gateway"
)

var serveCommand = command{
	name:    "serve",
	summary: "serve any application behind the layers: compression, sign-in, error pages",
	run:     serveSite,
	usage: `
Usage: surcoat serve [options] --app [PATH=]KIND:… [--app …]

Serves applications that speak CGI, FastCGI, SCGI, uwsgi, AJP, WSGI or HTTP, and folders of
files, as one site.

  --app [PATH=]WHAT   an application, at the path, or at the root. It is told the path as
                      SCRIPT_NAME. WHAT is one of
    cgi:FILE            one CGI program            ?env=NAME=VALUE (several), timeout=30s,
                                                   answer-timeout=10s, max-processes=N
    cgi-dir:FOLDER      the CGI programs in it     as above
    fcgi://HOST:PORT    a FastCGI application      ?root=FOLDER for PHP, remote-root=FOLDER as the
                                                   application sees it, index=FILE (several),
                                                   extension=.php (several), static=yes to
                                                   serve what is no script from root too,
                                                   fallback=/index.php for what is not there,
                                                   script=FILE; env, timeout, answer-timeout
    scgi://HOST:PORT    an SCGI application        ?env, timeout, answer-timeout
    uwsgi://HOST:PORT   an application of uWSGI    as above
    ajp://HOST:PORT     Tomcat and its kin         ?secret-file=FILE, and as above
    wsgi:MODULE:NAME    a Python application       ?dir=FOLDER, virtualenv=FOLDER, python=FILE,
                                                   processes=N, threads=N, preload=yes,
                                                   max-requests=N, reload=yes on changes;
                                                   env, timeout, answer-timeout
    http://HOST:PORT    an HTTP server, https:// too. With a path behind it, PATH is taken
                        off; without one it is left. ?answer-timeout
    files:FOLDER        files
                      KIND+unix:///SOCKET is a Unix socket, for all that have HOST:PORT.

  --listen URL        where to serve: http://127.0.0.1:8080, https://:443, fcgi+unix:///run/a.sock
                      and whatever else package gateway knows (default: as it was started, which
                      for a terminal is http://127.0.0.1:8080)
  --mount PATH        the path below which a server in front has put the site
  --cert FILE --key FILE
                      a certificate and its key, for https; read again when they change
  --acme HOST         for https, get the host's certificate from Let's Encrypt by itself, whose terms
                      of use you so accept; several times for several hosts
  --acme-dir FOLDER   where these certificates are kept (a folder of the user's cache)
  --gzip              compress answers, with gzip or zstd
  --htpasswd FILE     only for those in a password file, which surcoat passwd makes. The
                      application learns who it is as REMOTE_USER, an HTTP server in Remote-User
  --groups FILE       their groups, in the form of Apache's AuthGroupFile
  --realm NAME        what the site is called when it asks for a password ("site")
  --public PATH       an application, by its path, that needs no password; several times
  --session WHERE     sign in with a page, at /-/login, instead of a window of the browser's;
                      programs may go on with passwords. WHERE it is kept who is
                      signed in: memory, cookie:KEYFILE, bolt:FILE or redis://HOST:PORT/DB.
                      SURCOAT_SESSION in the environment says the same, for a URL with a
                      password, which others on the machine would see here
  --trust-proxy ADDR  believe a proxy at this address or network who the client is; several times
  --shutdown-timeout T
                      how long requests may take to end when it stops (10s)
  --log-requests      log each request
  --config FILE       more options, one a line, without dashes: "app /git=cgi:/usr/…"
  --check             say what is wrong with the options and the files that they name, and
                      serve nothing

It ends with an interrupt or SIGTERM, when the requests under way are answered.
`,
}

// serving is what the options say.
type serving struct {
	server  gateway.Server
	site    serve.Options
	hosts   []string
	acmeDir string
	check   bool
}

func serveSite(c *call, args []string) error {
	s, err := parseServe(c, args)
	if err != nil {
		return err
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	context.AfterFunc(ctx, stop) // a second one ends the program at once
	s.site.Logger = slog.New(slog.NewTextHandler(c.err, nil))
	slog.SetDefault(s.site.Logger)
	s.server.Logger = s.site.Logger
	site, err := serve.New(ctx, s.site)
	if err != nil {
		return err
	}
	s.server.Handler = site
	if err := s.certificates(); err != nil {
		return errors.Join(err, site.Close())
	}
	if s.check {
		if err := s.server.Check(); err != nil {
			return errors.Join(err, site.Close())
		}
		fmt.Fprintln(c.out, "The options are fine.")
		return site.Close()
	}
	for _, a := range s.site.Apps {
		s.site.Logger.Info("application", "path", cmp.Or(a.Path, "/"), "is", a.String())
	}
	return errors.Join(s.server.Serve(ctx), site.Close())
}

// certificates sets up ACME where it was asked for.
func (s *serving) certificates() error {
	if len(s.hosts) == 0 {
		return nil
	}
	dir := s.acmeDir
	if dir == "" {
		base, err := os.UserCacheDir()
		if err != nil {
			return errors.New("there is no folder to keep certificates in; name one with --acme-dir")
		}
		dir = filepath.Join(base, "surcoat-acme")
	}
	s.server.ACME = &autocert.Manager{
		Prompt: autocert.AcceptTOS, Cache: autocert.DirCache(dir), HostPolicy: autocert.HostWhitelist(s.hosts...),
	}
	return nil
}

func parseServe(c *call, args []string) (*serving, error) {
	s := &serving{}
	config := c.define(s)
	rest, err := c.parse(args)
	if err != nil {
		return nil, err
	}
	if *config != "" {
		more, err := readConfig(*config)
		if err != nil {
			return nil, err
		}
		// The command line goes over the file: it is read again behind it.
		again := &call{in: c.in, out: c.out, err: c.err, flags: newFlags("serve")}
		s = &serving{}
		again.define(s)
		if rest, err = again.parse(slices.Concat(more, args)); err != nil {
			return nil, usageError(fmt.Sprintf("%v (on the command line, or in %s)", err, *config))
		}
	}
	switch {
	case len(rest) > 0:
		return nil, usageError(fmt.Sprintf("%q is not understood; an application is named with --app", rest[0]))
	case len(s.site.Apps) == 0:
		return nil, usageError("there is no application; name one with --app")
	case (s.server.CertFile == "") != (s.server.KeyFile == ""):
		return nil, usageError("--cert and --key go together")
	case len(s.hosts) > 0 && s.server.CertFile != "":
		return nil, usageError("--acme and --cert do not go together")
	case s.server.Mount != "" && s.server.Mount[0] != '/':
		return nil, usageError(fmt.Sprintf("--mount %s is no path; it begins with a slash", s.server.Mount))
	}
	if s.site.Session != "" {
		if err := serve.CheckSession(s.site.Session); err != nil {
			return nil, usageError(err.Error())
		}
	}
	if s.server.URL != "" {
		if _, err := gateway.ParseAddress(s.server.URL); err != nil {
			return nil, usageError(err.Error())
		}
	}
	if err := s.encrypted(); err != nil {
		return nil, err
	}
	return s, nil
}

// encrypted refuses https without a certificate, and a certificate without https, which would be a
// site in the clear where somebody meant another. What sockets that the program is started with are
// for, their names say.
func (s *serving) encrypted() error {
	place, started := gateway.Address{}, gateway.Detection{}
	if s.server.URL != "" {
		place, _ = gateway.ParseAddress(s.server.URL)
	} else {
		started, _ = gateway.Detect()
		place = started.Address
	}
	has := s.server.CertFile != "" || len(s.hosts) > 0
	switch {
	case place.Protocol == gateway.HTTPS && !has:
		return usageError("https needs a certificate: --cert FILE and --key FILE, or --acme HOST")
	case place.Protocol == gateway.HTTP && len(started.Sockets) == 0 && has:
		return usageError("--cert, --key and --acme are for https: say so, with --listen https://:443")
	}
	return nil
}

// define defines the options. It returns where the name of the configuration file will be.
func (c *call) define(s *serving) (config *string) {
	list := func(name string, to *[]string) {
		c.flags.Func(name, "", func(v string) error {
			*to = append(*to, v)
			return nil
		})
	}
	c.flags.Func("app", "", func(v string) error {
		a, err := serve.ParseApp(v)
		s.site.Apps = append(s.site.Apps, a)
		return err
	})
	c.flags.StringVar(&s.server.URL, "listen", "", "")
	c.flags.StringVar(&s.server.Mount, "mount", "", "")
	c.flags.StringVar(&s.server.CertFile, "cert", "", "")
	c.flags.StringVar(&s.server.KeyFile, "key", "", "")
	list("acme", &s.hosts)
	c.flags.StringVar(&s.acmeDir, "acme-dir", "", "")
	c.flags.BoolVar(&s.site.Gzip, "gzip", false, "")
	c.flags.StringVar(&s.site.Htpasswd, "htpasswd", "", "")
	c.flags.StringVar(&s.site.Groups, "groups", "", "")
	c.flags.StringVar(&s.site.Realm, "realm", "", "")
	list("public", &s.site.Public)
	c.flags.StringVar(&s.site.Session, "session", os.Getenv("SURCOAT_SESSION"), "")
	c.flags.Func("trust-proxy", "", func(v string) error {
		p, err := parseNetwork(v)
		s.site.Proxies = append(s.site.Proxies, p)
		return err
	})
	c.flags.BoolVar(&s.site.LogRequests, "log-requests", false, "")
	c.flags.BoolVar(&s.check, "check", false, "")
	c.flags.DurationVar(&s.server.ShutdownTimeout, "shutdown-timeout", 10*time.Second, "")
	return c.flags.String("config", "", "")
}

func readConfig(name string) ([]string, error) {
	f, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return serve.ReadConfig(f, name)
}

// parseNetwork reads an address or a network.
func parseNetwork(s string) (netip.Prefix, error) {
	if a, err := netip.ParseAddr(s); err == nil {
		return a.Prefix(a.BitLen())
	}
	p, err := netip.ParsePrefix(s)
	switch {
	case err != nil:
		return p, errors.New("it is neither an address nor a network like 10.0.0.0/8")
	case p.Bits() == 0:
		return p, errors.New("whoever believes everybody lets each client choose its own address")
	}
	return p.Masked(), nil
}
