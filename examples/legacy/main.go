// Command legacy is an office in which nothing was ever rewritten: a shell script, a Python
// script, a PHP page, a Flask application and Git's own server, each unmodified, behind one
// chain. They know nothing of Go, and get compression, sessions, one sign-in for all and error
// pages by being worn under it.
//
//	go run ./examples/legacy
//
// run from the repository's root, serves them at http://127.0.0.1:8080. What a part needs and is
// not installed, the page says; on Debian: apt-get install php-fpm python3-flask git
package main

import (
	"context"
	"errors"
	"flag"
	"log"
	"net/http"
	"os"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"

	"github.com/surcoat/surcoat/gateway"
	"github.com/surcoat/surcoat/middleware"
	"github.com/surcoat/surcoat/middleware/auth"
	"github.com/surcoat/surcoat/middleware/cgitrace"
	"github.com/surcoat/surcoat/middleware/gzip"
	"github.com/surcoat/surcoat/middleware/session"
)

func main() {
	listen := flag.String("listen", "", "the `URL` to serve at, as package gateway reads it (as it was started: http://127.0.0.1:8080)")
	folder := flag.String("folder", "examples/legacy", "the `folder` with cgi-bin, php and python")
	data := flag.String("data", "", "the `folder` that keeps the repository and the guest book (a temporary one)")
	if started, _ := gateway.Detect(); started.Address.Protocol != gateway.CGI { // whose arguments may be any client's
		flag.Parse()
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := run(ctx, *listen, *folder, *data); err != nil {
		log.Fatal("legacy: ", err)
	}
}

func run(ctx context.Context, listen, folder, data string) error {
	if _, err := os.Stat(filepath.Join(folder, "cgi-bin")); err != nil {
		return errors.New("its folder is not here; run it from the repository's root, or name the folder with --folder")
	}
	folder, err := filepath.Abs(folder)
	if err != nil {
		return err
	}
	if data == "" {
		if data, err = os.MkdirTemp("", "legacy"); err != nil {
			return err
		}
		defer func() { _ = os.RemoveAll(data) }()
	}
	office := open(ctx, folder, data)
	defer office.close()
	return (&gateway.Server{Handler: office.site(), URL: listen}).Serve(ctx)
}

// site puts all parts behind the layers. Who may do what is said once, here.
func (o *office) site() http.Handler {
	users := &auth.MemoryUsers{}
	accounts := &auth.Accounts{Users: users}
	guard := &auth.Guard{
		Schemes:   []auth.Scheme{&auth.Basic{Accounts: accounts, Realm: "the office"}, &auth.Session{Users: users}},
		Optional:  true,
		LoginPath: "/login",
	}
	pages := &auth.Pages{Guard: guard, Accounts: accounts, Site: "the office", SignUpPath: "/signup"}

	mux := http.NewServeMux()
	mux.HandleFunc("GET /{$}", o.index)
	mux.HandleFunc("GET /style.css", style)
	mux.Handle("/login", pages.Login())
	mux.Handle("/logout", pages.Logout())
	mux.Handle("/signup", pages.SignUp())
	for _, p := range o.parts {
		if p.Path == "/git/" && p.Missing == "" {
			p.handler = pushes{p.handler, guard.Require()(p.handler)}
		}
		mux.Handle(p.Path, p.handler)
	}
	return middleware.Stack{Trace: &cgitrace.Page{}, Compress: &gzip.Compressor{}, Session: &session.Manager{}, Auth: guard}.Chain().Then(mux)
}

// pushes lets all clone, and those who are known push.
type pushes struct{ all, known http.Handler }

func (p pushes) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	const clone = "git-upload-pack" // as Git's server calls it; all else could be a push
	if strings.HasSuffix(r.URL.Path, "/"+clone) || strings.HasSuffix(r.URL.Path, "/info/refs") && r.URL.RawQuery == "service="+clone {
		p.all.ServeHTTP(w, r)
		return
	}
	p.known.ServeHTTP(w, r)
}
