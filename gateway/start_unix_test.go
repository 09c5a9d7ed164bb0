//go:build unix

package gateway_test

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// program is testdata/echo, built once.
var program = sync.OnceValues(func() (string, error) {
	dir, err := os.MkdirTemp("", "gateway")
	if err != nil {
		return "", err
	}
	programDir = dir
	exe := filepath.Join(dir, "echo")
	out, err := exec.Command("go", "build", "-o", exe, "./testdata/echo").CombinedOutput()
	if err != nil {
		return "", fmt.Errorf("%w\n%s", err, out)
	}
	return exe, nil
})

func TestMain(m *testing.M) {
	code := m.Run()
	if programDir != "" {
		_ = os.RemoveAll(programDir)
	}
	os.Exit(code)
}

var programDir string

// start runs the program with a socket as standard input, or none, and more environment. It ends
// with the test, by SIGTERM, without a complaint.
func start(t *testing.T, stdin *os.File, extra []*os.File, env ...string) *exec.Cmd {
	t.Helper()
	exe, err := program()
	if err != nil {
		t.Fatal(err)
	}
	// The shell's process becomes the program's, so that LISTEN_PID is right.
	c := exec.Command("sh", "-c", `if [ -n "$LISTEN_FDS" ]; then export LISTEN_PID=$$; fi; exec "$0"`, exe)
	c.Env = append([]string{"PATH=" + os.Getenv("PATH")}, env...)
	c.ExtraFiles = extra
	if stdin != nil {
		c.Stdin = stdin
	}
	var stderr strings.Builder
	c.Stderr = &stderr
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = c.Process.Signal(syscall.SIGTERM)
		err := c.Wait()
		if err != nil && c.ProcessState.ExitCode() != -1 || t.Failed() {
			t.Errorf("the program ended with %v and said:\n%s", err, &stderr)
		}
	})
	return c
}

// listener returns a listening socket and its file, for a program to be started with.
func listener(t *testing.T) (net.Addr, *os.File) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	f, err := l.(*net.TCPListener).File()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = f.Close(); _ = l.Close() })
	return l.Addr(), f
}

// everyone is the protocols that a socket without a name can speak.
var everyone = []string{"scgi", "fcgi", "ajp", "uwsgi", "http"}

// spec: file descriptor 0 that listens, told by first byte.
func TestStartedWithListeningStdin(t *testing.T) {
	addr, f := listener(t)
	start(t, f, nil)
	want := "GET /a?b by HTTP/1.1, started for any because file descriptor 0 is a listening socket"
	for _, protocol := range everyone {
		if got := mustAsk(t, addr, protocol, "/a?b"); got != want {
			t.Errorf("%s: %q", protocol, got)
		}
	}
}

// A listening file descriptor 0 speaks one protocol where the URL says so.
func TestStartedWithListeningStdinTold(t *testing.T) {
	for _, protocol := range everyone {
		addr, f := listener(t)
		start(t, f, nil, "ECHO_URL="+protocol+":")
		if got := mustAsk(t, addr, protocol, "/a?b"); !strings.HasPrefix(got, "GET /a?b by HTTP/1.1") {
			t.Errorf("%s: %q", protocol, got)
		}
		other := everyone[0]
		if protocol == other {
			other = everyone[1]
		}
		if protocol == "http" { // waits for the end of a line
			continue
		}
		if got, err := ask(addr, other, "/a?b"); err == nil {
			t.Errorf("%s is answered at a socket for %s: %q", other, protocol, got)
		}
	}
}

// spec: systemd's sockets, the protocol by the name of each.
func TestStartedBySystemd(t *testing.T) {
	names := []string{"web", "scgi-app", "fcgi", "ajp-tomcat", "uwsgi", "http-admin"}
	speaks := []string{"http", "scgi", "fcgi", "ajp", "uwsgi", "http"}
	addrs, files := make([]net.Addr, len(names)), make([]*os.File, len(names))
	for i := range names {
		addrs[i], files[i] = listener(t)
	}
	start(t, nil, files, "LISTEN_FDS=6", "LISTEN_FDNAMES="+strings.Join(names, ":"))
	want := "GET /a?b by HTTP/1.1, started for http because LISTEN_PID is this process, LISTEN_FDS is 6"
	for i, protocol := range speaks {
		if got := mustAsk(t, addrs[i], protocol, "/a?b"); got != want {
			t.Errorf("%s: %q", names[i], got)
		}
	}
}

// spec: systemd itself, by its own program for trying units: it listens, starts the program when
// a connection comes, and hands it the socket, or with --inetd --accept the connection.
func TestStartedBySystemdSocketActivate(t *testing.T) {
	activate, err := exec.LookPath("systemd-socket-activate")
	if err != nil {
		lacking(t, "systemd-socket-activate, of the package systemd, is not there")
	}
	exe, err := program()
	if err != nil {
		t.Fatal(err)
	}
	for _, protocol := range everyone {
		for _, tt := range []struct {
			name string
			args []string
			want string
		}{
			{"named", []string{"--fdname=" + protocol}, "started for " + protocol + " because LISTEN_PID is this process, LISTEN_FDS is 1"},
			{"inetd", []string{"--inetd", "--accept"}, "started for any because file descriptor 0 is a connection"},
			{"inetd, listening", []string{"--inetd"}, "started for any because file descriptor 0 is a listening socket"},
			{"accepted", []string{"--accept", "--fdname=" + protocol}, "started for " + protocol + " because LISTEN_PID is this process, LISTEN_FDS is 1"},
		} {
			t.Run(protocol+", "+tt.name, func(t *testing.T) {
				t.Parallel()
				addr := &net.UnixAddr{Net: "unix", Name: filepath.Join(t.TempDir(), "s")}
				var stderr strings.Builder
				c := exec.Command(activate, append(append([]string{"--listen=" + addr.Name}, tt.args...), exe)...)
				c.Stderr = &stderr
				if err := c.Start(); err != nil {
					t.Fatal(err)
				}
				defer func() {
					_ = c.Process.Signal(syscall.SIGTERM)
					_ = c.Wait()
					if t.Failed() {
						t.Logf("it said:\n%s", &stderr)
					}
				}()
				await(t, "GET /a?b by HTTP/1.1, "+tt.want, func() string {
					got, err := ask(addr, protocol, "/a?b")
					if err != nil && !errors.Is(err, fs.ErrNotExist) && !errors.Is(err, syscall.ECONNREFUSED) {
						t.Fatal(err)
					}
					return got
				})
			})
		}
	}
}

// lacking skips a test for which something is missing, but where all must be there.
func lacking(t *testing.T, what string) {
	t.Helper()
	if os.Getenv("CI") != "" {
		t.Fatal(what)
	}
	t.Skip(what)
}

// spec: inetd gives a connection, and the program ends with it.
func TestStartedByInetd(t *testing.T) {
	for _, protocol := range append([]string{"nothing", "nothing that is known"}, everyone...) {
		t.Run(protocol, func(t *testing.T) {
			t.Parallel()
			l, err := net.Listen("tcp", "127.0.0.1:0")
			if err != nil {
				t.Fatal(err)
			}
			defer l.Close()
			c, err := net.Dial("tcp", l.Addr().String())
			if err != nil {
				t.Fatal(err)
			}
			defer c.Close()
			_ = c.SetDeadline(time.Now().Add(20 * time.Second))
			accepted, err := l.Accept()
			if err != nil {
				t.Fatal(err)
			}
			f, err := accepted.(*net.TCPConn).File()
			if err != nil {
				t.Fatal(err)
			}
			_ = accepted.Close()
			exe, err := program()
			if err != nil {
				t.Fatal(err)
			}
			p := exec.Command(exe)
			p.Stdin = f
			if err := p.Start(); err != nil {
				t.Fatal(err)
			}
			_ = f.Close()
			if _, ok := wires[protocol]; ok {
				got, err := askOn(c, protocol, "/a?b")
				if want := "GET /a?b by HTTP/1.1, started for any because file descriptor 0 is a connection"; got != want || err != nil {
					t.Errorf("%q, %v", got, err)
				}
			} else {
				_, _ = io.WriteString(c, strings.TrimPrefix(protocol, "nothing")[:min(1, len(protocol)-len("nothing"))])
			}
			_ = c.(*net.TCPConn).CloseWrite()
			if rest, err := io.ReadAll(c); len(rest) > 0 || err != nil {
				t.Errorf("then came %q, %v", rest, err)
			}
			if err := p.Wait(); err != nil {
				t.Errorf("the program ended with %v", err)
			}
		})
	}
}

// spec: $PORT, and a URL that goes before all else.
func TestStartedByPlatform(t *testing.T) {
	for _, tt := range []struct {
		name string
		env  func(port string) []string
		want string
	}{
		{"PORT", func(port string) []string { return []string{"PORT=" + port, "HOST=127.0.0.1"} }, "started for http because PORT is"},
		{"URL", func(port string) []string { return []string{"PORT=1", "ECHO_URL=http://127.0.0.1:" + port} }, "GET /a?b"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			l, err := net.Listen("tcp", "127.0.0.1:0")
			if err != nil {
				t.Fatal(err)
			}
			addr := l.Addr()
			_, port, _ := net.SplitHostPort(addr.String())
			_ = l.Close()
			start(t, nil, nil, tt.env(port)...)
			for deadline := time.Now().Add(20 * time.Second); ; time.Sleep(10 * time.Millisecond) {
				c, err := net.Dial("tcp", addr.String())
				if err == nil {
					_ = c.Close()
					break
				}
				if time.Now().After(deadline) {
					t.Fatal(err)
				}
			}
			if got := mustAsk(t, addr, "http", "/a?b"); !strings.Contains(got, tt.want) {
				t.Errorf("got %q", got)
			}
		})
	}
}

// What cannot be served is said with what to do, and the program fails.
func TestStartErrors(t *testing.T) {
	taken, _ := listener(t)
	for _, tt := range []struct {
		env  []string
		want string
	}{
		{[]string{"ECHO_URL=http://" + taken.String()}, "if something listens there already, choose another port"},
		{[]string{"ECHO_URL=http://nowhere.invalid:0"}, "a name of this machine"},
		{[]string{"ECHO_URL=http://192.0.2.1:0"}, "an address of this machine"},
		{[]string{"ECHO_URL=fcgi+unix:///no/such/app.sock"}, "make the folder /no/such first"},
		{[]string{"ECHO_URL=any://0.0.0.0:0"}, "any is for loopback addresses"},
		{[]string{"ECHO_URL=fcgi:"}, "give the place to listen at"},
		{[]string{"ECHO_URL=https://127.0.0.1:0"}, "Server.CertFile"},
		{[]string{"ECHO_URL=ajp://0.0.0.0:0"}, "AJP_SECRET"},
		{[]string{"PORT=eighty"}, `PORT is "eighty"`},
		{[]string{"LISTEN_FDS=1"}, "is no stream socket"},
		{[]string{"LISTEN_FDS=many"}, "no number of sockets"},
	} {
		exe, err := program()
		if err != nil {
			t.Fatal(err)
		}
		c := exec.Command("sh", "-c", `if [ -n "$LISTEN_FDS" ]; then export LISTEN_PID=$$; fi; exec "$0"`, exe)
		c.Env = tt.env
		out, err := c.CombinedOutput()
		if err == nil || !strings.Contains(string(out), tt.want) {
			t.Errorf("%v: %v, %s", tt.env, err, out)
		}
	}
}

// spec: variables of CGI go before all but a URL.
func TestStartedAsCGI(t *testing.T) {
	exe, err := program()
	if err != nil {
		t.Fatal(err)
	}
	c := exec.Command(exe)
	c.Env = []string{
		"PORT=1", "GATEWAY_INTERFACE=CGI/1.1", "REQUEST_METHOD=GET", "REQUEST_URI=/bin/app/a?b", "SCRIPT_NAME=/bin/app",
		"PATH_INFO=/a", "QUERY_STRING=b", "SERVER_PROTOCOL=HTTP/1.1", "HTTP_HOST=h", "SCRIPT_FILENAME=" + exe,
	}
	out, err := c.Output()
	if err != nil || !strings.HasPrefix(string(out), "Status: 200 OK\r\n") || !strings.HasSuffix(string(out), "\r\n\r\nGET /a?b by HTTP/1.1, started for cgi because GATEWAY_INTERFACE is CGI/1.1, the environment has a request") {
		t.Errorf("%v, %q", err, out)
	}
}
