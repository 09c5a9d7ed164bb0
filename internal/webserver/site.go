package webserver

import (
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
)

// App is the program behind the servers.
type App struct {
	// Binary is the file of a program that calls gateway.Server.Serve and takes --listen URL. Where
	// that is not given it finds out by itself how it was started.
	Binary string

	// Args are further arguments wherever it is started by this package: not as a CGI program,
	// and not where lighttpd starts it.
	Args []string

	// Env are further variables of its environment, "NAME=value", however it is started. A value
	// has no quotation marks, backslashes, dollar signs or line ends.
	Env []string

	// Prefix is the path that the site is below, as in a URL: "/wiki", "/my%20wiki". "": it is the
	// root. The program has to be told by Args or Env, but where its server does.
	Prefix string
}

// Site is the running servers.
type Site struct {
	urls  map[Path]string
	procs map[string]*process // by the server, and by the protocol for the program
}

// URL is where the path begins: "http://127.0.0.1:port" and the prefix, without a slash at its
// end. A path that was not asked of [Start] panics.
func (s *Site) URL(p Path) string {
	u, ok := s.urls[p]
	if !ok {
		panic("webserver: " + p.String() + " was not started")
	}
	return u
}

// Pid is the id of a web server's main process, and that of the program for "" and a protocol
// with a socket. 0: there is none.
func (s *Site) Pid(p Path) int {
	name := p.Server
	if name == "" {
		name = p.Protocol
	}
	if proc := s.procs[name]; proc != nil {
		return proc.id()
	}
	return 0
}

// Start starts one process of each web server that the paths need, and one of the program for each
// protocol with a socket, and returns when all answer. No paths are all of [Paths]. A server that
// is not installed skips the test, and fails it where CI is set.
func Start(tb testing.TB, app App, paths ...Path) *Site {
	tb.Helper()
	if runtime.GOOS != "linux" {
		tb.Skip("NOT TESTED: web servers are started on Linux only")
	}
	if len(paths) == 0 {
		paths = Paths()
	}
	b := newBuild(tb, app)
	for _, p := range paths {
		b.add(p)
	}
	return b.start()
}

// build is a site that is being put together.
type build struct {
	tb       testing.TB
	app      App
	dir      string // holds everything; for all to read
	programs map[string]*program
	fronts   map[string]*front
	site     *Site
}

func newBuild(tb testing.TB, app App) *build {
	tb.Helper()
	dir, err := os.MkdirTemp("", "web") // short: a socket's path has at most 107 bytes
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() { _ = os.RemoveAll(dir) })
	b := &build{
		tb: tb, app: app, dir: dir,
		programs: make(map[string]*program), fronts: make(map[string]*front),
		site: &Site{urls: make(map[Path]string), procs: make(map[string]*process)},
	}
	b.must(os.Chmod(dir, 0o755))
	return b.copyBinary()
}

func (b *build) must(err error) {
	if err != nil {
		b.tb.Helper()
		b.tb.Fatalf("webserver: %v", err)
	}
}

// copyBinary puts the program where servers may run it: tests' own folders are for their own
// account alone.
func (b *build) copyBinary() *build {
	b.tb.Helper()
	to := b.file("app")
	if os.Link(b.app.Binary, to) != nil {
		in, err := os.Open(b.app.Binary)
		b.must(err)
		defer in.Close()
		out, err := os.OpenFile(to, os.O_CREATE|os.O_WRONLY, 0o755)
		b.must(err)
		_, err = io.Copy(out, in)
		b.must(err)
		b.must(out.Close())
	}
	b.must(os.Chmod(to, 0o755))
	b.app.Binary = to
	return b
}

// file is the path of a file of the site.
func (b *build) file(name string) string { return filepath.Join(b.dir, name) }

func (b *build) write(name, content string) string {
	b.tb.Helper()
	path := b.file(name)
	b.must(os.WriteFile(path, []byte(content), 0o644))
	return path
}

// add has a path served.
func (b *build) add(p Path) {
	b.tb.Helper()
	if !slices.Contains(Paths(), p) {
		b.tb.Fatalf("webserver: there is no path %s", p)
	}
	if b.site.urls[p] != "" {
		return
	}
	if p.Server == "" {
		b.site.urls[p] = "http://" + b.program("http").address + b.app.Prefix
		return
	}
	f := b.fronts[p.Server]
	if f == nil {
		f = newFront(b, p.Server)
		b.fronts[p.Server] = f
	}
	b.site.urls[p] = "http://" + f.add(p) + b.app.Prefix
}

// start starts everything at once, and waits for it.
func (b *build) start() *Site {
	b.tb.Helper()
	for _, p := range b.programs {
		b.site.procs[p.name] = p.start()
	}
	for _, f := range b.fronts {
		b.site.procs[f.server] = f.start()
	}
	for _, p := range b.site.procs {
		p.await()
	}
	return b.site
}

// environ is this process's environment less what would tell a program that it was started in
// another way than it is, and with the additions.
func environ(more []string) []string {
	var env []string
	for _, e := range os.Environ() {
		name, _, _ := strings.Cut(e, "=")
		switch name {
		case "GATEWAY_INTERFACE", "REQUEST_METHOD", "LISTEN_PID", "LISTEN_FDS", "LISTEN_FDNAMES", "PORT", "HOST", "AJP_SECRET":
			continue
		}
		env = append(env, e)
	}
	return append(env, more...)
}

// pair splits "NAME=value".
func (b *build) pair(e string) (name, value string) {
	name, value, ok := strings.Cut(e, "=")
	if !ok || strings.ContainsAny(e, "\"'\\$\r\n%{}") {
		b.tb.Fatalf("webserver: App.Env has %q, which not every server's configuration can hold", e)
	}
	return name, value
}

// each formats the variables for a configuration.
func (b *build) each(format, separator string) string {
	var list []string
	for _, e := range b.app.Env {
		name, value := b.pair(e)
		list = append(list, fmt.Sprintf(format, name, value))
	}
	return strings.Join(list, separator)
}
