package site

import (
	"cmp"
	"log/slog"
	"net/http"
	"net/netip"
	"time"

	"github.com/gorilla/sessions"

	"github.com/surcoat/surcoat/chain"
	"github.com/surcoat/surcoat/examples/wiki/markdown"
	"github.com/surcoat/surcoat/examples/wiki/people"
	"github.com/surcoat/surcoat/examples/wiki/view"
	"github.com/surcoat/surcoat/middleware"
	"github.com/surcoat/surcoat/middleware/auth"
	"github.com/surcoat/surcoat/middleware/cgitrace"
	"github.com/surcoat/surcoat/middleware/forwarded"
	"github.com/surcoat/surcoat/middleware/gzip"
	"github.com/surcoat/surcoat/middleware/session"
)

// Config is what a wiki is made of. Name, Pages, Users, Log and Sessions are required.
type Config struct {
	Name  string // of the wiki
	Pages Pages
	Users Users
	Log   *slog.Logger

	// Sessions keeps who is signed in.
	Sessions sessions.Store

	// Versions is a folder for the public files that browsers have of earlier releases;
	// the gzip layer makes it. "": none is remembered by the next process.
	Versions string

	// Keys sign what browsers keep in which somebody has signed in, see [auth.DeviceCookie].
	// "": ones that end with the process.
	Keys string

	// Founder is the key in the link by which somebody becomes the first administrator, see
	// [FounderHref]. "": nobody can.
	Founder string

	// Recent is how long after they signed in administrators may look after accounts; then
	// they are asked for their password again. 0: ten minutes.
	Recent time.Duration

	// Proxies are the addresses of reverse proxies in front. What they say about who the
	// client is, is believed. None: whoever connects is the client.
	Proxies []netip.Prefix

	// Insecure lets cookies travel over plain HTTP to other hosts than localhost.
	Insecure bool
}

// New returns the wiki as a handler, and the layers that all its answers pass, for the
// log.
func New(c Config) (http.Handler, chain.Chain, error) {
	views, err := view.New(c.Name)
	if err != nil {
		return nil, chain.Chain{}, err
	}
	errorPage, err := views.Template("error")
	if err != nil {
		return nil, chain.Chain{}, err
	}
	common, err := newDictionary(views)
	if err != nil {
		return nil, chain.Chain{}, err
	}
	manager := &session.Manager{
		Store: c.Sessions, Cookie: session.Cookie{InsecureCookie: c.Insecure},
		IdleTimeout: idle, Lifetime: stay,
	}
	accounts := &auth.Accounts{
		Users: tidied{c.Users, manager, c.Log}, Logger: c.Log,
		DeviceCookie: auth.DeviceCookie{Keys: c.Keys, InsecureCookie: c.Insecure},
	}
	guard := &auth.Guard{
		Schemes:   []auth.Scheme{&auth.Session{From: state(manager), Users: c.Users}},
		Optional:  true, // everybody may read; the routes below say where one has to sign in
		LoginPath: "/login",
		Home:      "/",
	}
	s := &site{
		pages: c.Pages, views: views, markdown: &markdown.Renderer{Exists: c.Pages.Exists, Href: pageHref},
		sessions: manager, accounts: accounts, guard: guard, users: c.Users, founder: c.Founder, log: c.Log,
	}
	forms := &auth.Pages{
		Guard: guard, Accounts: accounts, Site: c.Name, QR: drawQR, Render: s.form,
		SignUpPath: "/signup", CodePath: "/code", PasswordPath: "/password", FactorPath: "/factor",
	}

	// Every request passes these, what the mux answers by itself too.
	everything := middleware.Stack{
		Forwarded: &forwarded.Proxies{Trusted: c.Proxies}, // guesses are limited by who the client is
		Outer:     chain.New(policy),
		Trace:     &cgitrace.Page{Template: errorPage, Logger: c.Log},
		Compress: &gzip.Compressor{
			Dictionaries: []*gzip.Dictionary{common.Dictionary}, // a second page is sent without what it has in common with the first
			Versions:     &gzip.Versions{Dir: c.Versions},       // and a new style sheet as what has changed
			Cache:        &gzip.Cache{MaxBytes: 1 << 20},        // of the style sheet and the icon: pages are private
		},
		Session: manager,
		Auth:    guard,
	}.Chain()

	mux := http.NewServeMux()
	mux.Handle("GET "+common.path, common)
	mux.Handle("GET /static/{file}", views.Assets)
	reading := chain.New(common.link).On(mux)
	reading.Handle("GET /{$}", action{s, (*site).home})
	reading.Handle("GET /wiki/{title}", action{s, (*site).read})
	reading.Handle("GET /history/{title}", action{s, (*site).history})
	reading.Handle("GET /diff/{title}", action{s, (*site).difference})
	reading.Handle("GET /recent", action{s, (*site).recent})
	reading.Handle("GET /pages", action{s, (*site).index})
	reading.Handle("GET /new", action{s, (*site).begin})
	reading.Handle("GET /", action{s, (*site).nothing})
	for _, method := range []string{"GET", "POST"} {
		reading.Handle(method+" /login", signingIn(forms.Login()))
		reading.Handle(method+" /logout", forms.Logout())
		reading.Handle(method+" /signup", signingIn(forms.SignUp()))
		reading.Handle(method+" /code", signingIn(forms.Code()))
		// These ask for somebody who is signed in by themselves.
		reading.Handle(method+" /password", forms.Password())
		reading.Handle(method+" /factor", forms.Factor())
		reading.Handle(method+" "+resetPath, forms.Reset())
	}
	mux.Handle("GET /.well-known/change-password", forms.WellKnown())
	// Not behind the guard, which would answer by sending people away to sign in: save
	// does not let strangers save either, but gives them back what they typed.
	reading.Handle("POST /edit/{title}", action{s, (*site).save})
	// Nor behind it: signOut asks who it is when the form has arrived.
	reading.Handle("POST "+devicesHref, action{s, (*site).signOut})

	reading.Handle("GET "+founderPath, action{s, (*site).askFounder})

	editing := reading.With(guard.Require())
	editing.Handle("GET /edit/{title}", action{s, (*site).edit})
	editing.Handle("POST /revert/{title}", action{s, (*site).revert})
	editing.Handle("GET "+devicesHref, action{s, (*site).devices})

	editing.Handle("POST "+founderPath, action{s, (*site).found})

	governing := reading.With(guard.Require(auth.Role(people.Admin), auth.Recent(cmp.Or(c.Recent, 10*time.Minute))))
	governing.Handle("GET "+usersPath, action{s, (*site).listUsers})
	governing.Handle("GET "+usersPath+"/{name}", action{s, (*site).user})
	governing.Handle("POST "+usersPath+"/{name}", action{s, (*site).govern})

	return everything.Then(mux), everything, nil
}

// policy is a layer that sets what holds for every answer: a page uses its own style
// sheet and fonts, sends forms to its own site, runs no script and stands in nobody's frame.
// With connect-src browsers are allowed to fetch the dictionary.
func policy(next http.Handler) http.Handler { return hardened{next} }

type hardened struct{ next http.Handler }

func (h hardened) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	hd := w.Header()
	hd.Set("Content-Security-Policy", "default-src 'none'; connect-src 'self'; style-src 'self'; font-src 'self'; img-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'")
	hd.Set("Referrer-Policy", "same-origin")
	hd.Set("X-Content-Type-Options", "nosniff")
	h.next.ServeHTTP(w, r)
}
