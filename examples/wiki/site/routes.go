package site

import (
	"cmp"
	"net/http"
	"time"

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

// Paths of the wiki that are named in more than one place.
const (
	loginPath  = "/login"
	signUpPath = "/signup"
)

// place is the wiki at one address.
type place struct {
	http.Handler
	layers chain.Chain // that all answers pass
}

// newPlace makes the wiki as it is below root, which is "" or an escaped path without a slash at
// its end. The layers of package surcoat take whole addresses, as the browser has them, so
// what has one in it is made anew for each root.
func (w *Wiki) newPlace(root string) (*place, error) {
	c := &w.config
	views, err := view.New(c.Name, root)
	if err != nil {
		return nil, err
	}
	errorPage, err := views.Template("error")
	if err != nil {
		return nil, err
	}
	manager := &session.Manager{
		Store: c.Sessions, Cookie: cookie(root, c.Insecure),
		IdleTimeout: idle, Lifetime: stay,
	}
	accounts := &auth.Accounts{
		Users: tidied{c.Users, manager, c.Log}, Logger: c.Log,
		Hasher: &w.hasher, Throttle: &w.throttle,
		DeviceCookie: deviceCookie(root, c),
	}
	if c.Guesses != nil {
		accounts.Events = guessed(c.Log)
	}
	guard := &auth.Guard{
		Schemes:   []auth.Scheme{&auth.Session{From: state(manager), Users: c.Users}},
		Optional:  true, // everybody may read; the routes below say where one has to sign in
		LoginPath: root + loginPath,
		Home:      root + "/",
	}
	s := &site{
		pages: c.Pages, views: views, sessions: manager, accounts: accounts, guard: guard, users: c.Users, files: c.Files,
		founder: c.Founder, log: c.Log, root: root,
	}
	s.markdown = &markdown.Renderer{Exists: c.Pages.Exists, Href: s.pageHref}
	forms := &auth.Pages{
		Guard: guard, Accounts: accounts, Site: c.Name, QR: drawQR, Render: s.form,
		SignUpPath: s.at(signUpPath), CodePath: s.at("/code"), PasswordPath: s.at("/password"), FactorPath: s.at("/factor"),
	}

	compress := new(gzip.Compressor)
	mux := http.NewServeMux()
	reading := chain.New().On(mux)
	if !c.Once {
		if err := views.Load(); err != nil {
			return nil, err
		}
		common, err := newDictionary(views, root)
		if err != nil {
			return nil, err
		}
		compress.Dictionaries = []*gzip.Dictionary{common.Dictionary} // a second page is sent without what it has in common with the first
		compress.Versions = &gzip.Versions{Dir: c.Versions}           // and a new style sheet as what has changed
		compress.Cache = &gzip.Cache{MaxBytes: 1 << 20}               // of the style sheet and the icon: pages are private
		mux.Handle("GET "+common.path, common)
		reading = chain.New(common.link).On(mux)
	}

	// Every request passes these, what the mux answers by itself too.
	everything := middleware.Stack{
		Forwarded: &forwarded.Proxies{Trusted: c.Proxies}, // guesses are limited by who the client is
		Outer:     chain.New(policy),
		Trace:     &cgitrace.Page{Template: errorPage, Logger: c.Log},
		Compress:  compress,
		Session:   manager,
		Auth:      guard,
	}.Chain()

	mux.Handle("GET /static/{file}", views.Assets)
	reading.Handle("GET /{$}", action{s, (*site).welcome})
	reading.Handle("GET /wiki/{title}", action{s, (*site).read})
	reading.Handle("GET /history/{title}", action{s, (*site).history})
	reading.Handle("GET /diff/{title}", action{s, (*site).difference})
	reading.Handle("GET /files/{title}", action{s, (*site).listFiles})
	mux.Handle("GET /files/{title}/{name}", action{s, (*site).file})
	reading.Handle("GET /recent", action{s, (*site).recent})
	reading.Handle("GET /pages", action{s, (*site).index})
	reading.Handle("GET /new", action{s, (*site).begin})
	reading.Handle("GET /", action{s, (*site).nothing})
	once, always := s.counted(c.Guesses, false), s.counted(c.Guesses, true)
	for _, method := range []string{"GET", "POST"} {
		reading.Handle(method+" "+loginPath, once(signingIn(forms.Login())))
		reading.Handle(method+" /logout", forms.Logout())
		reading.Handle(method+" "+signUpPath, always(signingIn(forms.SignUp())))
		reading.Handle(method+" /code", once(signingIn(forms.Code())))
		// These ask for somebody who is signed in by themselves.
		reading.Handle(method+" /password", once(forms.Password()))
		reading.Handle(method+" /factor", once(forms.Factor()))
		reading.Handle(method+" "+resetPath, once(forms.Reset()))
	}
	mux.Handle("GET /.well-known/change-password", forms.WellKnown())
	// Not behind the guard, which would answer by sending people away to sign in: save
	// does not let strangers save either, but gives them back what they typed.
	reading.Handle("POST /edit/{title}", action{s, (*site).save})
	// Nor behind it: signOut asks who it is when the form has arrived.
	reading.Handle("POST "+devicesPath, action{s, (*site).signOut})

	reading.Handle("GET "+founderPath, action{s, (*site).askFounder})

	editing := reading.With(guard.Require())
	editing.Handle("GET /edit/{title}", action{s, (*site).edit})
	editing.Handle("POST /revert/{title}", action{s, (*site).revert})
	editing.Handle("POST /files/{title}", action{s, (*site).attach})
	editing.Handle("GET "+devicesPath, action{s, (*site).devices})

	editing.Handle("POST "+founderPath, action{s, (*site).found})

	governing := reading.With(guard.Require(auth.Role(people.Admin), auth.Recent(cmp.Or(c.Recent, 10*time.Minute))))
	governing.Handle("GET "+usersPath, action{s, (*site).listUsers})
	governing.Handle("GET "+usersPath+"/{name}", action{s, (*site).user})
	governing.Handle("POST "+usersPath+"/{name}", action{s, (*site).govern})

	return &place{everything.Then(cleaned{mux, s}), everything}, nil
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
