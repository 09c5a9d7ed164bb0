package cgi_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/surcoat/surcoat/gateway/cgi"
)

// TestMain makes this very test a CGI program when it is started as one.
func TestMain(m *testing.M) {
	if name := os.Getenv("CGI_TEST_CASE"); name != "" {
		os.Exit(runCase(name))
	}
	if file := os.Getenv("CGI_TEST_SERVE"); file != "" {
		os.Exit(runServer(file))
	}
	if name := os.Getenv("CGI_TEST_HANDLER"); name != "" {
		s := &cgi.Server{Handler: handlers[name], Mount: os.Getenv("CGI_TEST_MOUNT"), Grace: 300 * time.Millisecond}
		if err := s.Serve(context.Background()); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(3)
		}
		os.Exit(0)
	}
	os.Exit(m.Run())
}

// handlers are what the program can be asked to be.
var handlers = map[string]http.HandlerFunc{
	"echo": func(w http.ResponseWriter, r *http.Request) {
		b, err := io.ReadAll(r.Body)
		_, _ = fmt.Fprintf(w, "%s %s %s %s %d %v %d %v", r.Method, r.URL, r.Host, r.RemoteAddr, r.ContentLength, r.TransferEncoding, len(b), err)
	},
	"ignore": func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write(make([]byte, 1<<20)) },
	"print": func(w http.ResponseWriter, _ *http.Request) {
		fmt.Println("debug")
		_, _ = io.WriteString(w, "answer")
	},
	// children says what proxy the programs that the handler starts would take.
	"children": func(w http.ResponseWriter, _ *http.Request) {
		out, err := exec.Command("/bin/sh", "-c", `echo "proxy: $HTTP_PROXY"`).Output()
		_, _ = fmt.Fprint(w, string(out), err)
	},
	"panic": func(w http.ResponseWriter, _ *http.Request) {
		_, _ = io.WriteString(w, "begin")
		panic("oops")
	},
	// stream says one, and two when it has read something.
	"stream": func(w http.ResponseWriter, r *http.Request) {
		rc := http.NewResponseController(w)
		_ = rc.EnableFullDuplex()
		_, _ = io.WriteString(w, "one")
		_ = rc.Flush()
		_, _ = r.Body.Read(make([]byte, 1))
		_, _ = io.WriteString(w, "two")
	},
	"endless": func(w http.ResponseWriter, r *http.Request) {
		var err error
		for err == nil {
			_, err = w.Write(make([]byte, 100_000))
		}
		<-r.Context().Done()
		fmt.Fprintln(os.Stderr, "cleaned up:", err)
	},
	"wait": func(w http.ResponseWriter, r *http.Request) {
		w.(http.Flusher).Flush()
		<-r.Context().Done()
		fmt.Fprintln(os.Stderr, "cleaned up")
	},
	"deaf": func(w http.ResponseWriter, _ *http.Request) {
		w.(http.Flusher).Flush()
		select {}
	},
}

// program is a running CGI program.
type program struct {
	*exec.Cmd
	in     io.WriteCloser
	out    io.ReadCloser
	stderr strings.Builder
}

// start starts the program as Apache does, with more variables, "NAME=value" each.
func start(t *testing.T, handler string, environ ...string) *program {
	t.Helper()
	p := &program{Cmd: exec.Command(os.Args[0])}
	p.Env = append([]string{
		"GORACE=atexit_sleep_ms=0", // a second each otherwise
		"CGI_TEST_HANDLER=" + handler, "GATEWAY_INTERFACE=CGI/1.1", "SERVER_PROTOCOL=HTTP/1.1", "REQUEST_METHOD=GET",
		"REQUEST_URI=/app/a%2Fb?c", "SCRIPT_NAME=/app", "PATH_INFO=/a/b", "QUERY_STRING=c", "HTTP_HOST=example.org",
		"REMOTE_ADDR=192.0.2.1", "REMOTE_PORT=1234", "SERVER_SOFTWARE=Apache/2.4.71 (Debian)",
	}, environ...)
	p.Stderr = &p.stderr
	p.in, _ = p.StdinPipe()
	p.out, _ = p.StdoutPipe()
	if err := p.Start(); err != nil {
		t.Fatal(err)
	}
	// A program that hangs is ended, and with it what the test waits for.
	timer := time.AfterFunc(20*time.Second, func() { _ = p.Process.Kill() })
	t.Cleanup(func() {
		timer.Stop()
		_ = p.Process.Kill()
		_ = p.Wait()
	})
	return p
}

// finish reads the rest of the answer, and returns its body and how the program has ended.
func (p *program) finish() (head, body string, code int) {
	b, _ := io.ReadAll(p.out)
	head, body, _ = strings.Cut(string(b), "\r\n\r\n")
	_ = p.Wait()
	return head, body, p.ProcessState.ExitCode()
}

func TestProgram(t *testing.T) {
	const post = "REQUEST_METHOD=POST"
	hello := func(p *program) {
		_, _ = io.WriteString(p.in, "hello and more")
		_ = p.in.Close()
	}
	nothing := func(*program) {}
	for _, row := range []struct {
		name    string
		environ []string
		send    func(*program)
		want    string
	}{
		{"GET, standard input left open", nil, nothing, "GET /a%2Fb?c example.org 192.0.2.1:1234 0 [] 0 <nil>"},
		{"GET, length 0, left open", []string{"CONTENT_LENGTH=0"}, nothing, "GET /a%2Fb?c example.org 192.0.2.1:1234 0 [] 0 <nil>"},
		{"POST", []string{post, "CONTENT_LENGTH=5"}, hello, "POST /a%2Fb?c example.org 192.0.2.1:1234 5 [] 5 <nil>"},
		{"POST in chunks, undone by the server", []string{post, "HTTP_TRANSFER_ENCODING=chunked"}, hello, "POST /a%2Fb?c example.org 192.0.2.1:1234 -1 [chunked] 14 <nil>"},
		{"POST, too short", []string{post, "CONTENT_LENGTH=50"}, hello, "POST /a%2Fb?c example.org 192.0.2.1:1234 50 [] 14 unexpected EOF"},
		{"the program's own address", []string{"REQUEST_URI=/app", "PATH_INFO="}, nothing, "GET / example.org 192.0.2.1:1234 0 [] 0 <nil>"},
		{"mounted", []string{"CGI_TEST_MOUNT=/app/a", "REQUEST_URI=/app/a/b"}, nothing, "GET /b example.org 192.0.2.1:1234 0 [] 0 <nil>"},
		{"mounted at the root", []string{"CGI_TEST_MOUNT=/"}, nothing, "GET /app/a%2Fb?c example.org 192.0.2.1:1234 0 [] 0 <nil>"},
	} {
		t.Run(row.name, func(t *testing.T) {
			p := start(t, "echo", row.environ...)
			row.send(p)
			head, body, code := p.finish()
			if !strings.HasPrefix(head, "Status: 200 OK\r\n") || body != row.want || code != 0 {
				t.Errorf("%q\n%q, exit %d, %s", head, body, code, p.stderr.String())
			}
		})
	}
}

// Apache sends the whole body before it reads anything, and takes a program that does not read it
// for a broken one.
func TestUnread(t *testing.T) {
	const size = 8 << 20
	for _, environ := range [][]string{
		{"CONTENT_LENGTH=8388608"},
		{"HTTP_TRANSFER_ENCODING=chunked"},
		{"CONTENT_LENGTH=8388608", "HTTP_EXPECT=100-continue"},
	} {
		p := start(t, "ignore", append(environ, "REQUEST_METHOD=POST")...)
		n, err := p.in.Write(make([]byte, size))
		if n != size || err != nil {
			t.Errorf("%v: sent %d, %v", environ, n, err)
		}
		_ = p.in.Close()
		if _, body, code := p.finish(); len(body) != 1<<20 || code != 0 {
			t.Errorf("%v: %d bytes, exit %d, %s", environ, len(body), code, p.stderr.String())
		}
	}
}

func TestFlushReachesPipe(t *testing.T) {
	p := start(t, "stream", "REQUEST_METHOD=POST", "CONTENT_LENGTH=1")
	var got []byte
	buf := make([]byte, 1000)
	for !strings.HasSuffix(string(got), "\r\n\r\none") {
		n, err := p.out.Read(buf)
		if err != nil {
			t.Fatalf("%q: %v, %s", got, err, p.stderr.String())
		}
		got = append(got, buf[:n]...)
	}
	_, _ = p.in.Write([]byte("x"))
	if rest, err := io.ReadAll(p.out); string(rest) != "two" || err != nil {
		t.Errorf("%q %v", rest, err)
	}
}

func TestStrayPrint(t *testing.T) {
	p := start(t, "print")
	if _, body, code := p.finish(); body != "answer" || code != 0 || p.stderr.String() != "debug\n" {
		t.Errorf("answered %q, exit %d, logged %q", body, code, p.stderr.String())
	}
}

// A client's "Proxy:", of a server that does not drop it, is not the proxy of what the handler starts
// (httpoxy, CVE-2016-5385).
func TestProxyOfChildren(t *testing.T) {
	p := start(t, "children", "HTTP_PROXY=http://192.0.2.66:1")
	if _, body, code := p.finish(); body != "proxy: \n<nil>" || code != 0 {
		t.Errorf("%q, exit %d, %s", body, code, p.stderr.String())
	}
}

func TestPanic(t *testing.T) {
	p := start(t, "panic")
	head, body, code := p.finish()
	if head+body != "" || code != 3 || !strings.Contains(p.stderr.String(), "oops") {
		t.Errorf("answered %q, exit %d, logged %q", head+body, code, p.stderr.String())
	}
}

func TestRefused(t *testing.T) {
	for _, row := range []struct{ name, variable, want string }{
		{"method", "REQUEST_METHOD=G T", "400 Bad Request"},
		{"line end in a field", "HTTP_X=a\r\nX: y", "400 Bad Request"},
		{"length", "CONTENT_LENGTH=x", "400 Bad Request"},
		{"protocol", "SERVER_PROTOCOL=HTTP/7", "400 Bad Request"},
		{"coding", "HTTP_TRANSFER_ENCODING=gzip", "501 Not Implemented"},
		{"outside the mount", "CGI_TEST_MOUNT=/other", "404 Not Found"},
	} {
		p := start(t, "echo", row.variable)
		head, body, code := p.finish()
		if !strings.HasPrefix(head, "Status: "+row.want+"\r\n") || !strings.HasPrefix(body, row.want[:len("400")]) || code != 3 {
			t.Errorf("%s: %q %q, exit %d", row.name, head, body, code)
		}
	}
}

func TestNoRequest(t *testing.T) {
	s := &cgi.Server{Environ: []string{"PATH=/bin"}, Stdin: strings.NewReader(""), Stdout: io.Discard}
	if err := s.Serve(context.Background()); !errors.Is(err, cgi.ErrNoRequest) {
		t.Error(err)
	}
}
