//go:build unix

package gateway_test

import (
	"fmt"
	"io"
	"net"
	"net/http"
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
	exe := filepath.Join(dir, "echo")
	out, err := exec.Command("go", "build", "-o", exe, "./testdata/echo").CombinedOutput()
	if err != nil {
		return "", fmt.Errorf("%w\n%s", err, out)
	}
	return exe, nil
})

func TestMain(m *testing.M) {
	code := m.Run()
	if exe, err := program(); err == nil && built {
		_ = os.RemoveAll(filepath.Dir(exe))
	}
	os.Exit(code)
}

var built bool

// start runs the program with a socket as standard input, or none, and more environment. It ends with
// the test, by SIGTERM, without a complaint.
func start(t *testing.T, stdin *os.File, extra []*os.File, env ...string) *exec.Cmd {
	t.Helper()
	built = true
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

func getHTTP(t *testing.T, addr net.Addr) string {
	t.Helper()
	client := &http.Client{Timeout: 20 * time.Second}
	resp, err := client.Get("http://" + addr.String() + "/a?b")
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	b, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

func getSCGI(t *testing.T, addr net.Addr) string {
	t.Helper()
	c, err := net.Dial("tcp", addr.String())
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	_ = c.SetDeadline(time.Now().Add(20 * time.Second))
	head := "CONTENT_LENGTH\x000\x00SCGI\x001\x00REQUEST_METHOD\x00GET\x00REQUEST_URI\x00/a?b\x00SERVER_PROTOCOL\x00HTTP/1.1\x00HTTP_HOST\x00h\x00"
	fmt.Fprintf(c, "%d:%s,", len(head), head)
	b, err := io.ReadAll(c)
	if err != nil {
		t.Fatal(err)
	}
	_, body, _ := strings.Cut(string(b), "\r\n\r\n")
	return body
}

func getFCGI(t *testing.T, addr net.Addr) string {
	t.Helper()
	c, err := net.Dial("tcp", addr.String())
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	_ = c.SetDeadline(time.Now().Add(20 * time.Second))
	var params strings.Builder
	for _, v := range [][2]string{{"REQUEST_METHOD", "GET"}, {"REQUEST_URI", "/a?b"}, {"SERVER_PROTOCOL", "HTTP/1.1"}, {"HTTP_HOST", "h"}} {
		fmt.Fprintf(&params, "%c%c%s%s", len(v[0]), len(v[1]), v[0], v[1])
	}
	fmt.Fprintf(c, "\x01\x01\x00\x01\x00\x08\x00\x00"+"\x00\x01\x00\x00\x00\x00\x00\x00"+ // begin, as responder
		"\x01\x04\x00\x01\x00%c\x00\x00%s"+"\x01\x04\x00\x01\x00\x00\x00\x00"+ // variables, and their end
		"\x01\x05\x00\x01\x00\x00\x00\x00", params.Len(), &params) // no body
	b, err := io.ReadAll(c)
	if err != nil {
		t.Fatal(err)
	}
	_, answer, _ := strings.Cut(string(b), "\r\n\r\n")
	body, _, _ := strings.Cut(answer, "\x01\x06") // the end of the answer
	return body
}

// spec: file descriptor 0 that listens, told by first byte.
func TestStartedWithListeningStdin(t *testing.T) {
	addr, f := listener(t)
	start(t, f, nil)
	want := "GET /a?b by HTTP/1.1, started for any because file descriptor 0 is a listening socket"
	if got := getSCGI(t, addr); got != want {
		t.Errorf("SCGI: %q", got)
	}
	if got := getFCGI(t, addr); got != want {
		t.Errorf("FastCGI: %q", got)
	}
	if got := getHTTP(t, addr); got != want {
		t.Errorf("HTTP: %q", got)
	}
}

// spec: systemd's sockets, the protocol by the name of each.
func TestStartedBySystemd(t *testing.T) {
	web, f3 := listener(t)
	app, f4 := listener(t)
	start(t, nil, []*os.File{f3, f4}, "LISTEN_FDS=2", "LISTEN_FDNAMES=web:scgi-app")
	want := "GET /a?b by HTTP/1.1, started for http because LISTEN_PID is this process, LISTEN_FDS is 2"
	if got := getHTTP(t, web); got != want {
		t.Errorf("HTTP: %q", got)
	}
	if got := getSCGI(t, app); got != want {
		t.Errorf("SCGI: %q", got)
	}
}

// spec: inetd gives a connection, and the program ends with it.
func TestStartedByInetd(t *testing.T) {
	for _, tt := range []struct{ protocol, request, want string }{
		{"HTTP", "GET /a?b HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n", "started for any because file descriptor 0 is a connection"},
		{"nothing at all", "", ""},
		{"nothing that is known", "\xff\xff", ""},
	} {
		t.Run(tt.protocol, func(t *testing.T) {
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
			built = true
			p := exec.Command(exe)
			p.Stdin = f
			if err := p.Start(); err != nil {
				t.Fatal(err)
			}
			_ = f.Close()
			io.WriteString(c, tt.request)
			_ = c.(*net.TCPConn).CloseWrite()
			answer, err := io.ReadAll(c)
			if err != nil || !strings.Contains(string(answer), tt.want) {
				t.Errorf("answer %q, %v", answer, err)
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
			if got := getHTTP(t, addr); !strings.Contains(got, tt.want) {
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
		built = true
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
	built = true
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
