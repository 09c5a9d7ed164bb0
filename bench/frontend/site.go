package frontend

import (
	"embed"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"text/template"

	"github.com/surcoat/surcoat/internal/testserver"
)

// Path is a way from the client to the handler.
type Path struct {
	Server   string // nginx, apache, haproxy
	Lib      string // the row's name
	Protocol string // in [protocols]
	app      *process
	// For the templates:
	Addr   string // of the web server
	Target string // of the handler
}

// Paths are those that are measured.
func Paths() []*Path {
	return []*Path{
		{Server: "nginx", Lib: "surcoat-fcgi", Protocol: "fcgi"},
		{Server: "nginx", Lib: "surcoat-scgi", Protocol: "scgi"},
		{Server: "nginx", Lib: "surcoat-uwsgi", Protocol: "uwsgi"},
		{Server: "nginx", Lib: "http", Protocol: "http"},
		{Server: "nginx", Lib: "stdlib-fcgi", Protocol: "stdlib"},
		{Server: "apache", Lib: "surcoat-fcgi", Protocol: "fcgi"},
		{Server: "apache", Lib: "surcoat-ajp", Protocol: "ajp"},
		{Server: "apache", Lib: "http", Protocol: "http"},
		{Server: "haproxy", Lib: "surcoat-fcgi", Protocol: "fcgi"},
		{Server: "haproxy", Lib: "http", Protocol: "http"},
	}
}

// Site is a handler behind web servers.
type Site struct {
	Paths   []*Path
	script  string
	wrk     string
	servers map[string]*process
}

//go:embed conf
var conf embed.FS

// server is how a web server is started.
type server struct {
	debian, program, conf string
	args                  func(conf, dir string) []string
}

var servers = map[string]server{
	"nginx":   {"nginx", "nginx", "nginx.conf", func(conf, dir string) []string { return []string{"-p", dir, "-c", conf, "-e", "stderr"} }},
	"apache":  {"apache2", "apache2", "apache.conf", func(conf, dir string) []string { return []string{"-d", dir, "-f", conf, "-DFOREGROUND"} }},
	"haproxy": {"haproxy", "haproxy", "haproxy.cfg", func(conf, _ string) []string { return []string{"-db", "-f", conf} }},
}

// Start starts everything, which ends with tb. Where a program is missing tb is skipped.
func Start(tb testing.TB) *Site {
	s := &Site{Paths: Paths(), servers: map[string]*process{}, wrk: testserver.Program(tb, "wrk", "wrk")}
	handlers := map[string]*Path{}
	perServer := map[string][]*Path{}
	for _, p := range s.Paths {
		if first := handlers[p.Protocol]; first != nil {
			p.app, p.Target = first.app, first.Target
		} else {
			p.app, p.Target = serve(tb, p.Protocol)
			handlers[p.Protocol] = p
		}
		p.Addr = testserver.Nowhere(tb)
		perServer[p.Server] = append(perServer[p.Server], p)
	}
	dir := tb.TempDir()
	open(tb, dir)
	s.script = filepath.Join(dir, "load.lua")
	render(tb, "load.lua", s.script, nil)
	for name, paths := range perServer {
		s.servers[name] = begin(tb, servers[name], filepath.Join(dir, name), paths)
	}
	for _, p := range s.Paths {
		s.await(tb, p, works[0])
	}
	return s
}

// open lets web servers that give up root's rights into the folder.
func open(tb testing.TB, dir string) {
	for d := dir; d != os.TempDir() && d != "/"; d = filepath.Dir(d) {
		if err := os.Chmod(d, 0o755); err != nil {
			tb.Fatal(err)
		}
	}
}

func begin(tb testing.TB, sv server, dir string, paths []*Path) *process {
	program := testserver.Program(tb, sv.debian, sv.program, "/usr/sbin/"+sv.program)
	if err := os.Mkdir(dir, 0o755); err != nil {
		tb.Fatal(err)
	}
	file := filepath.Join(dir, sv.conf)
	render(tb, sv.conf, file, map[string]any{"Dir": dir, "Paths": paths})
	return start(tb, dir, nil, program, sv.args(file, dir)...)
}

func render(tb testing.TB, name, file string, data any) {
	t, err := template.ParseFS(conf, "conf/"+name)
	if err != nil {
		tb.Fatal(err)
	}
	var text strings.Builder
	if err := t.Execute(&text, data); err != nil {
		tb.Fatal(err)
	}
	if err := os.WriteFile(file, []byte(text.String()), 0o644); err != nil {
		tb.Fatal(err)
	}
}

// check asks once, and looks at the answer.
func (w Work) check(p *Path) error {
	r, err := http.NewRequest(http.MethodGet, "http://"+p.Addr+w.path, nil)
	if err == nil && w.body > 0 {
		r, err = http.NewRequest(http.MethodPost, r.URL.String(), strings.NewReader(strings.Repeat("x", w.body)))
	}
	if err != nil {
		return err
	}
	res, err := http.DefaultClient.Do(r)
	if err != nil {
		return err
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	if err != nil {
		return err
	}
	if res.StatusCode != http.StatusOK || w.part == "" && string(body) != w.want || !strings.Contains(string(body), w.part) {
		return fmt.Errorf("status %d and %d bytes of body", res.StatusCode, len(body))
	}
	return nil
}
