package serve

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"net/http"
	"net/netip"
	"os"
	"slices"
	"strings"

	"github.com/surcoat/surcoat/chain"
	"github.com/surcoat/surcoat/middleware"
	"github.com/surcoat/surcoat/middleware/auth"
	"github.com/surcoat/surcoat/middleware/auth/htpasswd"
	"github.com/surcoat/surcoat/middleware/cgitrace"
	"github.com/surcoat/surcoat/middleware/forwarded"
	"github.com/surcoat/surcoat/middleware/gzip"
	"github.com/surcoat/surcoat/middleware/session"
)

// Paths of the pages with which people sign in.
const (
	LoginPath  = "/-/login"
	LogoutPath = "/-/logout"
)

// Options are what the command line says, but for where to listen.
type Options struct {
	Apps        []App
	Gzip        bool
	Htpasswd    string   // a file; "": everybody may
	Groups      string   // a file
	Realm       string   // "": "site"
	Public      []string // paths of the applications that need no user
	Session     string   // as for CheckSession; "": no sessions, no pages to sign in
	Proxies     []netip.Prefix
	LogRequests bool
	Logger      *slog.Logger // nil: slog.Default()
}

// Site is the applications behind the layers.
type Site struct {
	http.Handler
	close []io.Closer
}

// New puts the site together. Errors say which option is wrong.
func New(ctx context.Context, o Options) (*Site, error) {
	o.Logger = cmp.Or(o.Logger, slog.Default())
	site := &Site{}
	if err := site.build(ctx, o); err != nil {
		return nil, errors.Join(err, site.Close())
	}
	return site, nil
}

func (s *Site) build(ctx context.Context, o Options) error {
	stack := middleware.Stack{Trace: &cgitrace.Page{Logger: o.Logger}}
	if len(o.Proxies) > 0 {
		stack.Forwarded = &forwarded.Proxies{Trusted: o.Proxies}
	}
	if o.LogRequests {
		stack.Outer = chain.New(accessLog{log: o.Logger}.wrap)
	}
	if o.Gzip {
		stack.Compress = &gzip.Compressor{}
	}
	var sites router
	protect := func(h http.Handler) http.Handler { return h }
	if o.Htpasswd != "" {
		var err error
		if protect, err = s.guard(ctx, o, &stack, &sites); err != nil {
			return err
		}
	} else if o.Session != "" || len(o.Public) > 0 || o.Groups != "" {
		return errors.New("--session, --public and --groups need users: --htpasswd FILE")
	}
	if err := o.check(); err != nil {
		return err
	}
	for _, a := range o.Apps {
		h, closer, err := a.Handler(ctx, &sites, o.Logger)
		if err != nil {
			return err
		}
		if closer != nil {
			s.close = append(s.close, closer)
		}
		if !slices.Contains(o.Public, a.Path) {
			h = protect(h)
		}
		sites.add(a.Path, h)
	}
	s.Handler = stack.Chain().Then(&sites)
	return nil
}

// check looks at what the paths say of each other.
func (o *Options) check() error {
	if len(o.Apps) == 0 {
		return errors.New("there is no application; name one with --app, such as --app " + kinds["wsgi"].example)
	}
	taken := make(map[string]bool)
	for _, a := range o.Apps {
		if taken[a.Path] {
			return fmt.Errorf("two applications are at %s/; give each a path of its own: --app /path=…", a.Path)
		}
		taken[a.Path] = true
	}
	for i, path := range o.Public {
		if o.Public[i] = strings.TrimRight(path, "/"); !taken[o.Public[i]] {
			return fmt.Errorf("--public %s is no path of an application; whole applications can be public, by the path before their \"=\"", path)
		}
	}
	return nil
}

// guard adds the layers that know users, and returns the one that asks for one.
func (s *Site) guard(ctx context.Context, o Options, stack *middleware.Stack, sites *router) (func(http.Handler) http.Handler, error) {
	users, err := htpasswd.Open(htpasswd.Config{Users: o.Htpasswd, Groups: o.Groups, Logger: o.Logger})
	if _, missing := os.Stat(o.Htpasswd); err != nil && errors.Is(missing, fs.ErrNotExist) {
		return nil, fmt.Errorf("%w; surcoat passwd %s NAME makes it", err, o.Htpasswd)
	}
	if err != nil {
		return nil, err
	}
	accounts := &auth.Accounts{Users: users, Logger: o.Logger}
	guard := &auth.Guard{Schemes: []auth.Scheme{&auth.Basic{Accounts: accounts, Realm: o.Realm}}, Optional: true}
	stack.Auth = guard
	if o.Session != "" {
		store, closer, err := openSessions(ctx, o.Session, o.Logger)
		if err != nil {
			return nil, err
		}
		if closer != nil {
			s.close = append(s.close, closer)
		}
		stack.Session = &session.Manager{Store: store}
		guard.Schemes = append(guard.Schemes, &auth.Session{Users: users})
		guard.LoginPath = LoginPath
		pages := &auth.Pages{Guard: guard, Accounts: accounts, Site: o.Realm}
		sites.add(LoginPath, pages.Login())
		sites.add(LogoutPath, pages.Logout())
	}
	return guard.Require(), nil
}

// Close ends what the applications need: workers, connections, files.
func (s *Site) Close() error {
	var all []error
	for _, c := range slices.Backward(s.close) {
		all = append(all, c.Close())
	}
	return errors.Join(all...)
}
