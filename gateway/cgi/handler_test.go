//go:build unix

package cgi_test

import (
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/surcoat/surcoat/gateway/cgi"
	"github.com/surcoat/surcoat/gateway/internal/paritytest"
)

// What becomes of what a program writes.
func TestAnswers(t *testing.T) {
	journalDefault(t)
	const head = "printf 'Content-Type: text/plain\\n\\n'; "
	for _, tt := range []struct{ name, script, want string }{
		{"plain", head + "echo hello", "200 hello"},
		{"CR LF", `printf 'X-A: b\r\n\r\nhello'`, "200 X-A: b; hello"},
		{"no header", `printf '\nhello'`, "200 hello"},
		{"status", `printf 'Status: 404 Not Here\nX-A: b\n\ngone'`, "404 X-A: b; gone"},
		{"nothing behind the head", head, "200"},
		{"length", `printf 'Content-Length: 5\n\nhello'`, "200 hello"},
		{"more than its length", `printf 'Content-Length: 5\n\nhello, world'`, "200 hello"},
		{"less than its length", `printf 'Content-Length: 9\n\nhello'`, "torn"},
		{"several cookies", `printf 'Set-Cookie: a=1\nSet-Cookie: b=2\n\n'`, "200 Set-Cookie: a=1; Set-Cookie: b=2;"},
		{"Location elsewhere", `printf 'Location: http://example.org/\n\n'`, "302 Location: http://example.org/;"},
		{"Location here", `printf 'Location: /x?y\n\n'`, "302 Location: /x?y;"},
		{"Location with a status", `printf 'Status: 201\nLocation: /x\n\nmade'`, "201 Location: /x; made"},
		{"like HTTP (NPH)", `printf 'HTTP/1.1 203 OK\r\nX-A: b\r\n\r\nhello'`, "203 X-A: b; hello"},
		{"interim", `printf 'HTTP/1.1 103 Early\n\nHTTP/1.1 200 OK\n\nhello'`, "200 hello"},
		{"interim without end", `while :; do printf 'HTTP/1.1 103 Early\n\n'; done`, "502"},
		{"long line", `printf 'X-B: %060000d\n\nhello' 1`, "200 hello"},
		{"line without end", `printf 'X-B: %0100000d\n\nhello' 1`, "502"},
		{"status 099", `printf 'Status: 099\n\nhello'`, "502"},
		{"two lengths", `printf 'Content-Length: 5\nContent-Length: 5\n\nhello'`, "502"},
		{"CR in a value", `printf 'X-A: a\rb\n\nhello'`, "502"},
		{"hop by hop", `printf 'Transfer-Encoding: chunked\nConnection: X-A\nX-A: b\n\nhello'`, "200 X-A: b; hello"},
		{"body first", "echo hello", "502"},
		{"no output", ":", "502"},
		{"half a head", `printf 'X-A: b\n'`, "502"},
		{"fails before its answer", "exit 3", "502"},
		{"fails behind its answer", head + "echo hello; exit 3", "200 hello"},
		{"killed before its answer", "kill -9 $$", "502"},
		{"killed within the head", "echo X-A: b; kill -9 $$", "502"},
		{"killed within its answer", head + "echo hello; kill -9 $$", "torn"},
		{"killed behind a length", `printf 'Content-Length: 5\n\nhello'; kill -9 $$`, "200 hello"},
		{"a child holds its output", head + "sleep 100 & echo $! >>children; echo hello", "200 hello"},
		{"a child holds its output, no answer", "sleep 100 & echo $! >>children", "502"},
		{"closes its output, goes on", head + "echo hello; exec >&-; sleep 0.1", "200 hello"},
		{"closes its input", head + "exec <&-; echo hello", "200 hello"},
		{"closes its errors", head + "exec 2>&-; echo hello", "200 hello"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			at := site(t, &cgi.Handler{Path: parent(t, tt.script), Logger: paritytest.Silent, Grace: 2 * time.Second})
			if got := ask(t, "GET", at, nil); got != tt.want {
				t.Errorf("got %q, want %q", got, tt.want)
			}
			if strings.HasPrefix(tt.want, "200") {
				if got := ask(t, "HEAD", at, nil); !strings.HasPrefix(got, "200") {
					t.Errorf("HEAD: %q", got)
				}
			}
		})
	}
}

// What programs that cannot be started are answered with, and what the log says.
func TestStartErrors(t *testing.T) {
	j := journalDefault(t)
	dir := t.TempDir()
	for _, tt := range []struct{ name, text, want string }{
		{"interpreter", "#!/no/such/interpreter\n", "the interpreter that its first line names is not there"},
		{"line end", "#!/bin/sh\r\necho\r\n", "or that line ends with CR"},
		{"format", "echo", "nor begins with #!"},
		{"empty", "", "nor begins with #!"},
		{"interpreter a folder", "#!/tmp\n", "not executable for this user"},
	} {
		at := site(t, &cgi.Handler{Path: write(t, dir, tt.name, tt.text)})
		if got := ask(t, "GET", at, nil); got != "502" || !strings.Contains(j.String(), tt.want) {
			t.Errorf("%s: %s, %s", tt.name, got, j)
		}
	}
	h := &cgi.Handler{Path: write(t, dir, "gone", "#!/bin/sh\n")}
	if err := h.Check(); err != nil {
		t.Fatal(err)
	}
	_ = os.Remove(filepath.Join(dir, "gone"))
	if got := ask(t, "GET", site(t, h), nil); got != "502" || !strings.Contains(j.String(), "no such file") {
		t.Errorf("%s, %s", got, j)
	}
}

func TestCheck(t *testing.T) {
	dir := t.TempDir()
	good := write(t, dir, "good", "#!/bin/sh\n")
	plain := write(t, dir, "plain", "")
	if err := os.Chmod(plain, 0o644); err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		h    interface{ Check() error }
		want string
	}{
		{&cgi.Handler{Path: good}, ""},
		{&cgi.Handler{}, "Handler.Path is empty"},
		{&cgi.Handler{Path: filepath.Join(dir, "no")}, "Handler.Path: stat"},
		{&cgi.Handler{Path: dir}, "is not a file"},
		{&cgi.Handler{Path: plain}, "is not executable; chmod +x"},
		{&cgi.Handler{Path: good, Mount: "x"}, "Handler.Mount"},
		{&cgi.Handler{Path: good, Mount: "/x/"}, ""},
		{&cgi.Handler{Path: good, MaxProcesses: -1}, "Handler.MaxProcesses"},
		{&cgi.Handler{Path: good, Timeout: -1}, "Handler.Timeout"},
		{&cgi.Handler{Path: good, Args: []string{"a\x00"}}, "Handler.Args"},
		{&cgi.Handler{Path: good, Env: map[string]string{"HTTP_PROXY": "x"}}, "Handler.Env: HTTP_PROXY"},
		{&cgi.Handler{Path: good, Env: map[string]string{"A=B": "x"}}, "Handler.Env"},
		{&cgi.Handler{Path: good, Env: map[string]string{"A": "x\x00"}}, "Handler.Env"},
		{&cgi.Handler{Path: good, InheritEnv: []string{"HTTP_PROXY"}}, "Handler.InheritEnv: HTTP_PROXY"},
		{&cgi.Handler{Path: good, InheritEnv: []string{""}}, "Handler.InheritEnv"},
		{&cgi.Dir{Root: dir}, ""},
		{&cgi.Dir{}, "Dir.Root is empty"},
		{&cgi.Dir{Root: good}, "is not a folder"},
		{&cgi.Dir{Root: filepath.Join(dir, "no")}, "Dir.Root: stat"},
		{&cgi.Dir{Root: dir, Programs: cgi.Handler{Path: good}}, "Dir.Programs.Path"},
		{&cgi.Dir{Root: dir, Programs: cgi.Handler{MaxProcesses: -1}}, "MaxProcesses"},
	} {
		err := tt.h.Check()
		if (err == nil) != (tt.want == "") || err != nil && !strings.Contains(err.Error(), tt.want) {
			t.Errorf("want %q, got %v", tt.want, err)
		}
	}
	journalDefault(t)
	for _, h := range []http.Handler{&cgi.Handler{}, &cgi.Dir{}} {
		if got := ask(t, "GET", site(t, h), nil); got != "502" {
			t.Errorf("%T: %s", h, got)
		}
	}
}

// The program gets the body, whole, and its length before it.
func TestBodies(t *testing.T) {
	t.Setenv("TMPDIR", t.TempDir())
	j := journalDefault(t)
	echo := script(t, `printf '\n%s ' "$CONTENT_LENGTH"; wc -c`)
	at := site(t, &cgi.Handler{Path: echo, MaxSpool: 1 << 20})
	sized := func(n int) io.Reader { return strings.NewReader(strings.Repeat("x", n)) }
	chunked := func(n int) io.Reader { return io.MultiReader(sized(n)) }
	for _, tt := range []struct {
		name, method string
		body         io.Reader
		want         string
	}{
		{"none", "GET", nil, "200 0"},
		{"none, POST", "POST", nil, "200 0 0"},
		{"5", "POST", sized(5), "200 5 5"},
		{"3 MB", "PUT", sized(3 << 20), "200 3145728 3145728"},
		{"5 of unknown length", "POST", chunked(5), "200 5 5"},
		{"900 KB of unknown length", "POST", chunked(900 << 10), "200 921600 921600"},
		{"2 MB of unknown length", "POST", chunked(2 << 20), "413"},
	} {
		if got := strings.Join(strings.Fields(ask(t, tt.method, at, tt.body)), " "); got != tt.want {
			t.Errorf("%s: %s, want %s", tt.name, got, tt.want)
		}
	}
	if left, _ := os.ReadDir(os.Getenv("TMPDIR")); len(left) > 0 {
		t.Errorf("left behind: %v", left)
	}

	// A program may answer without reading any of it, or some.
	for _, text := range []string{`printf '\nno, thanks'`, `exec <&-; printf '\nno, thanks'`, `head -c 10 >/dev/null; printf '\nno, thanks'`} {
		at := site(t, &cgi.Handler{Path: script(t, text)})
		for _, body := range []io.Reader{sized(10), sized(8 << 20), chunked(8 << 20)} {
			if got := ask(t, "POST", at, body); got != "200 no, thanks" {
				t.Errorf("%s: %s", text, got)
			}
		}
	}
	// A client that expects to be asked is.
	if got := ask(t, "POST", at, sized(100), "Expect: 100-continue"); got != "200 100 100" {
		t.Errorf("%s", got)
	}
	if strings.Contains(j.String(), "level=ERROR") {
		t.Error(j)
	}
}

// What a program writes reaches the client while it goes on.
func TestStreams(t *testing.T) {
	at := site(t, &cgi.Handler{Path: script(t, `printf '\none'; read line; printf "$line"`)})
	pr, pw := io.Pipe()
	r, _ := http.NewRequestWithContext(t.Context(), "POST", at, pr)
	r.ContentLength = 4
	resp, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	b := make([]byte, 3)
	if _, err := io.ReadFull(resp.Body, b); err != nil || string(b) != "one" {
		t.Fatalf("%q %v", b, err)
	}
	_, _ = io.WriteString(pw, "two\n")
	_ = pw.Close()
	if b, err := io.ReadAll(resp.Body); err != nil || string(b) != "two" {
		t.Errorf("%q %v", b, err)
	}
}

func TestRedirect(t *testing.T) {
	j := journalDefault(t)
	mux := http.NewServeMux()
	at := site(t, mux)
	one := func(text string) http.Handler {
		// One at a time: a program that waits for another would wait for ever.
		return &cgi.Handler{Path: script(t, text), Redirect: mux, MaxProcesses: 1, QueueTimeout: -1}
	}
	mux.Handle("/go/", one(`printf 'Location: /page?x=1\nSet-Cookie: a=1\nX-A: b\n\n'; cat >/dev/null`))
	mux.Handle("/loop", one(`printf 'Location: /loop\n\n'`))
	mux.Handle("/other", one(`printf 'Location: //example.org/\n\n'`))
	mux.Handle("/bad", one(`printf 'Location: /%%zz\n\n'`))
	mux.HandleFunc("/page", func(w http.ResponseWriter, r *http.Request) {
		b, err := io.ReadAll(r.Body)
		_, _ = io.WriteString(w, strings.Join([]string{r.Method, r.RequestURI, r.URL.Path, r.Header.Get("Content-Type"), r.Header.Get("User-Agent"), string(b)}, " "))
		if err != nil {
			t.Error(err)
		}
	})
	for _, tt := range []struct {
		method, path string
		body         io.Reader
		want         string
	}{
		{"GET", "/go/", nil, "200 Set-Cookie: a=1; GET /page?x=1 /page  me"},
		{"POST", "/go/", strings.NewReader("hello"), "200 Set-Cookie: a=1; GET /page?x=1 /page  me"},
		{"POST", "/go/", strings.NewReader(strings.Repeat("hello", 1<<20)), "200 Set-Cookie: a=1; GET /page?x=1 /page  me"},
		{"HEAD", "/go/", nil, "200 Set-Cookie: a=1;"},
		{"GET", "/loop", nil, "502"},
		{"GET", "/bad", nil, "502"},
		{"GET", "/other", nil, "302 Location: //example.org/;"},
	} {
		if got := ask(t, tt.method, at+tt.path, tt.body, "User-Agent: me", "Content-Type: text/plain"); got != tt.want {
			t.Errorf("%s %s: %q, want %q", tt.method, tt.path, got, tt.want)
		}
	}
	if !strings.Contains(j.String(), "sent on 10 times by programs") {
		t.Error(j)
	}
}

// Standard error and what was wrong with a program are in the log, bounded.
func TestLog(t *testing.T) {
	for _, tt := range []struct {
		name, script string
		want, never  []string
		most         int
	}{
		{"lines", `printf '\nok'; printf 'one\ntwo\r\n\nthree' >&2`, []string{"line=one", "line=two\n", "line=three", "path=/x", "program="}, []string{"failed", `line=""`}, 2000},
		{"exit", `printf '\nok'; exit 7`, []string{`status="exit status 7"`, "level=WARN"}, nil, 1000},
		{"killed", `printf '\nok'; kill -9 $$`, []string{"the answer broke off", "killed", "level=ERROR"}, []string{"status="}, 1000},
		{"does not end", `printf 'Content-Length: 2\n\nok'; exec sleep 100`, []string{"did not end after its answer", "grace=300ms"}, []string{"failed"}, 1000},
		{"flood", `printf '\nok'; yes 'what is wrong' | head -c 1000000 >&2`, []string{"what is wrong", " dropped=9"}, nil, 1 << 20},
		{"long line", `printf '\nok'; printf '%01000000d' 1 >&2`, []string{"line=0000", " dropped=9"}, nil, 10_000},
		{"not text", `printf '\nok'; printf 'a\377b\033c\n' >&2`, []string{`line="a` + "\uFFFD" + `b\x1bc"`}, nil, 1000},
		{"held by a child", `printf '\nok'; echo one >&2; sleep 100 & echo $! >>children`, []string{"line=one"}, nil, 1000},
	} {
		t.Run(tt.name, func(t *testing.T) {
			j := new(journal)
			done := make(chan struct{}, 1)
			h := &cgi.Handler{Path: parent(t, tt.script), Logger: j.logger(), Grace: 300 * time.Millisecond}
			at := site(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				defer func() { done <- struct{}{} }()
				h.ServeHTTP(w, r)
			}))
			if got := ask(t, "GET", at+"/x", nil); got != "200 ok" && tt.name != "killed" {
				t.Error(got)
			}
			<-done
			log := j.String()
			for _, want := range tt.want {
				if !strings.Contains(log, want) {
					t.Errorf("no %s in\n%.2000s", want, log)
				}
			}
			for _, never := range tt.never {
				if strings.Contains(log, never) {
					t.Errorf("%s in\n%.2000s", never, log)
				}
			}
			if len(log) > tt.most {
				t.Errorf("%d bytes", len(log))
			}
		})
	}
}

// parent is a script that leaves children behind, whose ids it writes into a file beside it.
func parent(t *testing.T, text string) string {
	t.Helper()
	file := script(t, text)
	t.Cleanup(func() {
		b, _ := os.ReadFile(filepath.Join(filepath.Dir(file), "children"))
		for word := range strings.FieldsSeq(string(b)) {
			if id, err := strconv.Atoi(word); err == nil {
				_ = syscall.Kill(id, syscall.SIGKILL)
			}
		}
	})
	return file
}
