package frontend

import (
	"embed"
	"fmt"
	"io/fs"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"github.com/surcoat/surcoat/gateway/wsgi"
	"github.com/surcoat/surcoat/internal/testserver"
)

// Applications are the Python applications that are measured, with what is asked of each.
func Applications() []Work {
	return []Work{
		{Name: "hello", path: "/", want: hello},
		{Name: "djangosite", path: "/", part: "<li>thing &lt;9&gt;: 13.50</ul>"},
	}
}

//go:embed conf/python
var applications embed.FS

// pythonProcesses is how many processes of the application each server has, of one thread.
const pythonProcesses = "2"

// moduleVariable tells a process which application it serves.
const moduleVariable = "SURCOAT_BENCH_MODULE"

// serveWSGI serves an application with wsgi.App.
func serveWSGI(l net.Listener, _ http.Handler) error {
	app := &wsgi.App{Module: os.Getenv(moduleVariable), Processes: 2, Python: debianPython}
	return (&http.Server{Handler: app}).Serve(l)
}

// debianPython is the interpreter that Debian's servers are linked with.
const debianPython = "/usr/bin/python3"

// StartPython starts an application in wsgi.App and in its peers, which all end with tb.
func StartPython(tb testing.TB, w Work) *Site {
	tb.Helper()
	s := &Site{servers: map[string]*process{}, wrk: testserver.Program(tb, "wrk", "wrk")}
	dir := tb.TempDir()
	open(tb, dir)
	s.script = filepath.Join(dir, "load.lua")
	render(tb, "load.lua", s.script, nil)
	files, err := fs.Sub(applications, "conf/python")
	if err == nil {
		err = os.CopyFS(dir, files)
	}
	if err != nil {
		tb.Fatal(err)
	}
	if err := exec.Command(debianPython, "-c", "import django").Run(); err != nil {
		tb.Skip("NOT MEASURED: Django is not installed: apt-get install python3-django")
	}
	p := startPython{tb, s, dir, w.Name}
	p.surcoat()
	p.uwsgi()
	p.modWSGI()
	p.gunicorn()
	for _, path := range s.Paths {
		s.await(tb, path, w)
	}
	return s
}

type startPython struct {
	tb     testing.TB
	site   *Site
	dir    string
	module string
}

// add adds a server whose processes are all below one.
func (s *startPython) add(lib, addr string, p *process) *Path {
	path := &Path{Server: lib, Lib: lib, Addr: addr}
	s.site.servers[lib] = p
	s.site.Paths = append(s.site.Paths, path)
	return path
}

func (s *startPython) surcoat() {
	p := start(s.tb, s.dir, []string{protocolVariable + "=wsgi", moduleVariable + "=" + s.module}, program(s.tb), "-test.run=^$")
	s.add("surcoat", p.line(s.tb), p)
}

// program is this program's path, for processes in other folders.
func program(tb testing.TB) string {
	at, err := os.Executable()
	if err != nil {
		tb.Fatal(err)
	}
	return at
}

func (s *startPython) uwsgi() {
	socket, addr := filepath.Join(s.dir, "uwsgi.sock"), testserver.Nowhere(s.tb)
	app := start(s.tb, s.dir, nil, testserver.Program(s.tb, "uwsgi-plugin-python3", "uwsgi_python3", "uwsgi"),
		"--plugin", "python3", "--master", "--die-on-term", "--processes", pythonProcesses, "--socket", socket, "--chmod-socket=666",
		"--module", s.module, "--disable-logging", "--listen", "100")
	s.conf("uwsgi-nginx.conf", map[string]any{"Addr": addr, "Target": socket})
	nginx := start(s.tb, s.dir, nil, testserver.Program(s.tb, "nginx", "nginx", "/usr/sbin/nginx"), "-p", s.dir, "-c", filepath.Join(s.dir, "uwsgi-nginx.conf"), "-e", "stderr")
	s.add("nginx-uwsgi", addr, nginx).app = app
}

func (s *startPython) modWSGI() {
	addr := testserver.Nowhere(s.tb)
	s.conf("mod_wsgi.conf", map[string]any{"Addr": addr, "Dir": s.dir, "Module": s.module})
	if _, err := os.Stat("/usr/lib/apache2/modules/mod_wsgi.so"); err != nil {
		s.tb.Skip("NOT MEASURED: mod_wsgi is not installed: apt-get install libapache2-mod-wsgi-py3")
	}
	s.add("mod_wsgi", addr, start(s.tb, s.dir, nil, testserver.Program(s.tb, "apache2", "apache2", "/usr/sbin/apache2"),
		"-d", s.dir, "-f", filepath.Join(s.dir, "mod_wsgi.conf"), "-DFOREGROUND"))
}

func (s *startPython) gunicorn() {
	addr := testserver.Nowhere(s.tb)
	s.add("gunicorn", addr, start(s.tb, s.dir, nil, testserver.Program(s.tb, "gunicorn", "gunicorn"),
		"--bind", addr, "--workers", pythonProcesses, "--log-level", "error", s.module+":application"))
}

func (s *startPython) conf(name string, data any) {
	render(s.tb, name, filepath.Join(s.dir, name), data)
}

// await returns when the application can be reached.
func (s *Site) await(tb testing.TB, p *Path, w Work) {
	tb.Helper()
	for deadline := time.Now().Add(10 * time.Second); ; time.Sleep(20 * time.Millisecond) {
		err := w.check(p)
		if err == nil {
			return
		}
		if time.Now().After(deadline) {
			tb.Fatal(fmt.Errorf("%s does not answer: %w", p.Lib, err))
		}
	}
}
