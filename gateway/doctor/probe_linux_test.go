package doctor_test

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/surcoat/surcoat/gateway/doctor"
	"github.com/surcoat/surcoat/internal/testserver"
)

const patience = 20 * time.Second

// webServer is a running Apache or lighttpd.
type webServer struct{ url, config string }

// start starts a server with a configuration in which ADDRESS, PORT and DIR stand.
func start(t *testing.T, w *ward, name, config string, command func(file string) []string) webServer {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	address := l.Addr().String()
	_, port, _ := net.SplitHostPort(address)
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	config = strings.NewReplacer("ADDRESS", address, "PORT", port, "DIR", w.dir).Replace(config)
	file := w.put(name+".conf", config, 0o644)
	log := w.put(name+".log", "", 0o666)
	args := command(file)
	cmd := exec.Command(args[0], args[1:]...)
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGTERM}
	ended, started := make(chan struct{}), make(chan error, 1)
	go func() {
		runtime.LockOSThread() // Pdeathsig is about the thread
		defer runtime.UnlockOSThread()
		err := cmd.Start()
		if started <- err; err == nil {
			_ = cmd.Wait()
		}
		close(ended)
	}()
	if err := <-started; err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = cmd.Process.Signal(syscall.SIGTERM)
		select {
		case <-ended:
		case <-time.After(5 * time.Second):
		}
		_ = syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL)
		<-ended
		if b, err := os.ReadFile(log); err == nil && t.Failed() {
			t.Logf("%s:\n%s", name, b)
		}
	})
	for deadline := time.Now().Add(patience); ; {
		c, err := net.DialTimeout("tcp", address, time.Second)
		if err == nil {
			_ = c.Close()
			return webServer{"http://" + address, file}
		}
		select {
		case <-ended:
			b, _ := os.ReadFile(log)
			t.Fatalf("%s has ended: %s", name, b)
		case <-time.After(10 * time.Millisecond):
		}
		if time.Now().After(deadline) {
			t.Fatal(err)
		}
	}
}

func startApache(t *testing.T, w *ward, more string) webServer {
	t.Helper()
	binary := testserver.Program(t, "apache2", "apache2", "/usr/sbin/apache2")
	user := ""
	if os.Geteuid() == 0 {
		user = "User www-data\nGroup www-data\n"
	}
	return start(t, w, "apache", `ServerRoot "DIR"
DefaultRuntimeDir "DIR"
PidFile "DIR/apache.pid"
Mutex file:DIR default
ErrorLog "DIR/apache.log"
ServerName localhost
Listen ADDRESS
LoadModule mpm_event_module /usr/lib/apache2/modules/mod_mpm_event.so
LoadModule authz_core_module /usr/lib/apache2/modules/mod_authz_core.so
LoadModule alias_module /usr/lib/apache2/modules/mod_alias.so
LoadModule mime_module /usr/lib/apache2/modules/mod_mime.so
LoadModule env_module /usr/lib/apache2/modules/mod_env.so
LoadModule cgid_module /usr/lib/apache2/modules/mod_cgid.so
TypesConfig /dev/null
ScriptSock "DIR/cgisock"
`+user+more, func(file string) []string { return []string{binary, "-f", file, "-DFOREGROUND"} })
}

func startLighttpd(t *testing.T, w *ward, more string) webServer {
	t.Helper()
	binary := testserver.Program(t, "lighttpd", "lighttpd", "/usr/sbin/lighttpd")
	user := ""
	if os.Geteuid() == 0 {
		user = "server.username = \"www-data\"\nserver.groupname = \"www-data\"\n"
	}
	return start(t, w, "lighttpd", `server.modules = ( "mod_access", "mod_alias", "mod_cgi" )
server.bind = "127.0.0.1"
server.port = PORT
server.errorlog = "DIR/lighttpd.log"
`+user+more, func(file string) []string { return []string{binary, "-D", "-f", file} })
}

func probeAt(t *testing.T, s webServer, path, dir string, o doctor.Options) *doctor.Report {
	t.Helper()
	o.Config = s.config
	r, err := doctor.Probe(t.Context(), s.url+path, dir, o)
	if err != nil {
		t.Fatal(err)
	}
	if left, _ := filepath.Glob(filepath.Join(dir, "surcoat-probe-*")); len(left) > 0 {
		t.Errorf("left behind: %s", left)
	}
	return r
}

// causes are those of all faults and warnings.
func causes(r *doctor.Report) string {
	var list []string
	for _, f := range r.Findings {
		if f.Level > doctor.Note {
			list = append(list, string(f.Cause))
		}
	}
	return strings.Join(list, " ")
}

func TestProbe(t *testing.T) {
	w := newWard(t)
	for _, name := range []string{"cgi", "docs", "denied", "closed", "noindex"} {
		w.mkdir(name, 0o755)
	}
	w.chmod(filepath.Join(w.dir, "closed"), 0o700)
	apache := startApache(t, w, `
DocumentRoot "DIR/docs"
ScriptAlias /cgi-bin/ "DIR/cgi/"
ScriptAlias /denied/ "DIR/denied/"
ScriptAlias /closed/ "DIR/closed/"
Redirect /away/ http://example.com/
<Directory "DIR/denied">
	Require all denied
</Directory>
<Location /typed/>
	SetHandler cgi-script
</Location>
SetEnv PATH /usr/bin:/bin
`)
	lighttpd := startLighttpd(t, w, `
server.document-root = "DIR/docs"
alias.url = ( "/cgi-bin/" => "DIR/cgi/", "/closed/" => "DIR/closed/", "/denied/" => "DIR/denied/" )
$HTTP["url"] =~ "^/(cgi-bin|closed|denied)/" { cgi.assign = ( "" => "" ) }
$HTTP["url"] =~ "^/denied/" { url.access-deny = ( "" ) }
`)
	root := os.Geteuid() == 0
	for _, tt := range []struct {
		name      string
		server    webServer
		path, dir string
		want      string
		forRoot   bool
	}{
		{"apache", apache, "/cgi-bin/", "cgi", "", false},
		{"apache", apache, "/cgi-bin", "cgi", "", false},
		{"apache", apache, "/", "docs", "source-returned not-told-cgi", false},
		{"apache", apache, "/denied/", "denied", "forbidden access-rule", false},
		{"apache", apache, "/closed/", "closed", "forbidden folder-closed", true},
		{"apache", apache, "/cgi-bin/", "docs", "not-found not-told-cgi", false},
		{"apache", apache, "/nowhere/", "noindex", "not-found not-served", false},
		{"apache", apache, "/away/", "cgi", "redirected", false},
		{"lighttpd", lighttpd, "/cgi-bin/", "cgi", "", false},
		{"lighttpd", lighttpd, "/", "docs", "source-returned not-told-cgi", false},
		{"lighttpd", lighttpd, "/denied/", "denied", "forbidden access-rule", false},
		{"lighttpd", lighttpd, "/closed/", "closed", "forbidden folder-closed", true},
		{"lighttpd", lighttpd, "/nowhere/", "noindex", "not-found not-served", false},
	} {
		if tt.forRoot && !root {
			t.Logf("NOT TESTED: %s%s needs root", tt.name, tt.path)
			continue
		}
		r := probeAt(t, tt.server, tt.path, filepath.Join(w.dir, tt.dir), doctor.Options{})
		if got := causes(r); got != tt.want || r.Fetched.Ran != (tt.want == "") {
			t.Errorf("%s%s: %q, want %q\n%s", tt.name, tt.path, got, tt.want, r)
		}
		if !r.Fetched.Ran {
			continue
		}
		env := r.Fetched.Env
		if root && env["user"] != "www-data" || env["GATEWAY_INTERFACE"] != "CGI/1.1" || env["cwd"] != filepath.Join(w.dir, tt.dir) || tt.name == "apache" && env["PATH"] != "/usr/bin:/bin" {
			t.Errorf("%s: %q", tt.name, env)
		}
		if !strings.HasPrefix(strings.ToLower(env["SERVER_SOFTWARE"]), tt.name) {
			t.Errorf("%s is %s", tt.name, env["SERVER_SOFTWARE"])
		}
	}
}

// The configuration tells of a file what the server does with it.
func TestServed(t *testing.T) {
	w := newWard(t)
	w.mkdir("docs", 0o755)
	interpreted := w.put("docs/a.xyz", "echo Content-Type: text/plain; echo; echo hello\n", 0o644)
	lighttpd := startLighttpd(t, w, `
server.document-root = "DIR/docs"
cgi.assign = ( ".xyz" => "/bin/sh" )
`)
	resp, err := http.Get(lighttpd.url + "/a.xyz")
	if err != nil {
		t.Fatal(err)
	}
	_ = resp.Body.Close()
	if r := examine(t, interpreted, doctor.Options{Config: lighttpd.config}); len(r.Findings) > 0 || resp.StatusCode != 200 {
		t.Errorf("%s: %d\n%s", lighttpd.url, resp.StatusCode, r)
	}
	nginx := w.put("nginx.conf", "events {}\nhttp { server { listen 80; } }\n", 0o644)
	if r := examine(t, w.put("docs/b", page, 0o755), doctor.Options{Config: nginx}); faults(r) != "no-cgi-in-server" {
		t.Error(r)
	}
}

// Servers that do something else with it.
func TestProbeOdd(t *testing.T) {
	dir := t.TempDir()
	hang := make(chan struct{})
	mux := http.NewServeMux()
	mux.HandleFunc("/html/", func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, "<h1>Welcome</h1>") })
	mux.HandleFunc("/login/", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusUnauthorized) })
	mux.HandleFunc("/fails/", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusInternalServerError) })
	mux.HandleFunc("/hangs/", func(http.ResponseWriter, *http.Request) { <-hang })
	mux.HandleFunc("/html-typed/", func(w http.ResponseWriter, r *http.Request) {
		out, err := exec.CommandContext(r.Context(), filepath.Join(dir, filepath.Base(r.URL.Path))).Output()
		if err != nil {
			t.Error(err)
		}
		_, body, _ := strings.Cut(string(out), "\n\n")
		w.Header().Set("Content-Type", "text/html")
		fmt.Fprint(w, body)
	})
	srv := httptest.NewServer(mux)
	defer srv.Close()
	defer close(hang)
	for _, tt := range []struct{ at, want string }{
		{srv.URL + "/html/", "other-content"},
		{srv.URL + "/login/", "forbidden"},
		{srv.URL + "/fails/", "server-error"},
		{srv.URL + "/hangs/", "timed-out"},
		{srv.URL + "/html-typed/", "wrong-content-type"},
		{"http://127.0.0.1:1/", "server-unreachable"},
	} {
		o := doctor.Options{User: fmt.Sprint(os.Geteuid())}
		if tt.want == "timed-out" {
			o.Timeout = 100 * time.Millisecond
		}
		r, err := doctor.Probe(t.Context(), tt.at, dir, o)
		if err != nil {
			t.Fatal(err)
		}
		if got := causes(r); got != tt.want {
			t.Errorf("%s: %q, want %q\n%s", tt.at, got, tt.want, r)
		}
	}
	ctx, cancel := context.WithTimeoutCause(t.Context(), 100*time.Millisecond, errors.New("interrupted"))
	defer cancel()
	if _, err := doctor.Probe(ctx, srv.URL+"/hangs/", dir, doctor.Options{}); err == nil || !strings.Contains(err.Error(), "interrupted") {
		t.Errorf("an interrupt: %v", err)
	}
	for _, tt := range []struct{ at, dir string }{{"localhost/cgi-bin", dir}, {"ftp://localhost/", dir}, {srv.URL, filepath.Join(dir, "none")}} {
		if _, err := doctor.Probe(t.Context(), tt.at, tt.dir, doctor.Options{}); err == nil {
			t.Errorf("%v: no error", tt)
		}
	}
	if left, err := os.ReadDir(dir); err != nil || len(left) > 0 {
		t.Errorf("left behind: %v, %v", left, err)
	}
}
