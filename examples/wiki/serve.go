package main

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"slices"
	"time"

	"github.com/surcoat/surcoat/examples/wiki/attachment"
	"github.com/surcoat/surcoat/examples/wiki/disk"
	"github.com/surcoat/surcoat/examples/wiki/page"
	"github.com/surcoat/surcoat/examples/wiki/people"
	"github.com/surcoat/surcoat/examples/wiki/site"
	"github.com/surcoat/surcoat/gateway"
	"github.com/surcoat/surcoat/middleware/auth"
)

// serve opens what the wiki keeps its data in, runs it, and closes that again. Its errors
// say what to do.
func serve(ctx context.Context, o options, log *slog.Logger) error {
	folder, err := openFolder(&o)
	if err != nil {
		return fmt.Errorf("cannot keep data in %s: %w\nChoose a folder that this user may write to with --data", o.data, err)
	}
	kept, err := openSessions(ctx, o.sessions, folder, log)
	if err != nil {
		return err
	}
	return kept.end(serveFolder(ctx, &o, folder, kept, log))
}

// openFolder looks at no more than it has to where that is done for each request.
func openFolder(o *options) (*disk.Folder, error) {
	if o.once() {
		return disk.Reopen(o.data)
	}
	return disk.Open(o.data)
}

// serveFolder serves until ctx ends, and then until the requests that are under way have
// been answered.
func serveFolder(ctx context.Context, o *options, folder *disk.Folder, kept *keeper, log *slog.Logger) error {
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
		if err := appoint(ctx, users, o, log); err != nil {
			return err
		}
	}
	config := site.Config{
		Name: o.name, Pages: pages, Users: users, Files: attachment.NewStore(folder), Sessions: kept.store, Log: log, Insecure: o.insecure,
		Versions: folder.Path("versions"), Keys: keys.text, Founder: keys.founder, Proxies: o.proxies,
		Mount: o.mount, Once: o.once(),
	}
	if o.once() {
		config.Guesses = people.NewGuesses(folder)
	}
	wiki, layers, err := site.New(config)
	if err != nil {
		return err
	}
	server := &gateway.Server{
		Handler: wiki, URL: o.listen, Mount: o.mount, Logger: log,
		CertFile: o.cert, KeyFile: o.key, SecretFile: o.secretFile,
		ReadTimeout: time.Minute, WriteTimeout: time.Minute, MaxHeaderBytes: 64 << 10,
	}
	if o.once() {
		return server.Serve(ctx)
	}

	if o.cert != "" { // before the log calls the wiki ready
		if _, err := tls.LoadX509KeyPair(o.cert, o.key); err != nil {
			return fmt.Errorf("cannot serve https with --cert %s and --key %s: %w", o.cert, o.key, err)
		}
	}
	var listener net.Listener
	if url := o.url(); url != "" {
		server.URL = url
		if err := server.Check(); err != nil { // likewise
			return fmt.Errorf("cannot serve at %s: %w\nAnother place is chosen with --listen URL", url, err)
		}
		if listener, err = gateway.Listen(ctx, url); err != nil {
			return fmt.Errorf("cannot serve at %s: %w\nIf it is running already, choose another place with --listen URL, such as --listen http://localhost:8081", url, err)
		}
	}
	log.Info("what the wiki keeps is here", "data", folder.Path(), "sessions", kept.place)
	log.Info("each request passes these layers", "layers", layers.String())
	base := o.base(listener)
	switch has, err := users.HasAdmin(); {
	case err != nil:
		return err
	case !has && base == "":
		log.Info("the wiki has no administrator yet: whoever joins through this link becomes it. The address of the wiki belongs in front of it", "link", site.Root(o.mount)+site.FounderHref(keys.founder))
	case !has:
		log.Info("the wiki has no administrator yet: whoever joins through this link becomes it", "link", base+site.FounderHref(keys.founder))
	}
	if listener == nil {
		return server.Serve(ctx)
	}
	if base != "" {
		if !loopback(listener) && server.CertFile == "" && !o.insecure {
			log.Warn("signing in works from this machine alone: other browsers keep the session cookie over https only. Give --cert and --key, put a server with TLS in front, or accept the risk with --insecure")
		}
		log.Info("the wiki is ready: open it in a browser", "url", base+"/")
	}
	return server.ServeListener(ctx, listener)
}

// appoint makes the account that --admin names an administrator. A process for one request
// answers it all the same: it may be with this one that they join.
func appoint(ctx context.Context, users *people.Store, o *options, log *slog.Logger) error {
	if o.once() {
		u, err := users.Lookup(ctx, o.admin)
		if errors.Is(err, auth.ErrNoUser) || slices.Contains(u.Roles, people.Admin) {
			return nil
		}
	}
	if err := users.Appoint(ctx, o.admin); err != nil {
		return fmt.Errorf("cannot make %q an administrator: %w\nWhoever it is has to join first, at the wiki itself", o.admin, err)
	}
	log.Info("there is an administrator", "name", o.admin)
	return nil
}

// loopback reports whether this machine alone can reach l.
func loopback(l net.Listener) bool {
	a, ok := l.Addr().(*net.TCPAddr)
	return ok && a.IP.IsLoopback()
}

// base is what addresses of the wiki begin with, for the log; "" where a web server in front
// decides that.
func (o *options) base(l net.Listener) string {
	p := o.protocol()
	if l == nil || p != gateway.HTTP && p != gateway.HTTPS && p != gateway.Any {
		return ""
	}
	a, ok := l.Addr().(*net.TCPAddr)
	if !ok {
		return ""
	}
	scheme, standard := "http", 80
	if o.cert != "" {
		scheme, standard = "https", 443
	}
	host := a.IP.String()
	if a.IP.IsLoopback() || a.IP.IsUnspecified() {
		host = "localhost"
	}
	if a.Port != standard {
		host = net.JoinHostPort(host, fmt.Sprint(a.Port))
	} else if a.IP.To4() == nil && host != "localhost" {
		host = "[" + host + "]"
	}
	return scheme + "://" + host + site.Root(o.mount)
}
