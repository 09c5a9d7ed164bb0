package main

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"html"
	"io"
	"net/http"
	"net/netip"
	"net/textproto"
	"net/url"
	"os"
	"os/exec"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/surcoat/surcoat/examples/wiki/disk"
	"github.com/surcoat/surcoat/examples/wiki/page"
	"github.com/surcoat/surcoat/examples/wiki/people"
)

// script is the wiki as a CGI program: each request is a process. This is the web server's part.
type script struct {
	binary, data string
	environ      []string // more of it
	args         []string // words of the query, as RFC 3875 §4.4 has it
	cookies      map[string]string
}

// reply is what it has answered, and what it has logged.
type reply struct {
	status int
	header http.Header
	body   string
	log    string
}

func (s *script) do(t *testing.T, method, path string, form url.Values) reply {
	t.Helper()
	a, err := s.try(t.Context(), method, path, form)
	if err != nil {
		t.Fatalf("%s %s: %v\n%s", method, path, err, a.log)
	}
	return a
}

func (s *script) try(ctx context.Context, method, path string, form url.Values) (a reply, err error) {
	body := form.Encode()
	cmd := exec.CommandContext(ctx, s.binary, s.args...)
	info, query, _ := strings.Cut(path, "?")
	info, _ = url.PathUnescape(info)
	cmd.Env = append([]string{
		"GATEWAY_INTERFACE=CGI/1.1", "SERVER_PROTOCOL=HTTP/1.1", "SERVER_NAME=wiki.example", "SERVER_PORT=443", "HTTPS=on", "HTTP_HOST=wiki.example",
		"REMOTE_ADDR=192.0.2.1", "REQUEST_METHOD=" + method, "SCRIPT_NAME=/cgi-bin/wiki", "PATH_INFO=" + info,
		"REQUEST_URI=/cgi-bin/wiki" + path, "QUERY_STRING=" + query, "HTTP_ACCEPT=text/html", "HTTP_SEC_FETCH_SITE=same-origin", "HTTP_SEC_FETCH_MODE=navigate",
		"WIKI_DATA=" + s.data,
	}, s.environ...)
	if form != nil {
		cmd.Env = append(cmd.Env, "CONTENT_TYPE=application/x-www-form-urlencoded", fmt.Sprint("CONTENT_LENGTH=", len(body)))
		cmd.Stdin = strings.NewReader(body)
	}
	var cookies []string
	for name, value := range s.cookies {
		cookies = append(cookies, name+"="+value)
	}
	if len(cookies) > 0 {
		cmd.Env = append(cmd.Env, "HTTP_COOKIE="+strings.Join(cookies, "; "))
	}
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	err = cmd.Run()
	a.log = stderr.String()
	if err != nil {
		return a, err
	}
	in := bufio.NewReader(&stdout)
	header, err := textproto.NewReader(in).ReadMIMEHeader()
	if err != nil {
		return a, err
	}
	a.header = http.Header(header)
	if _, err := fmt.Sscan(a.header.Get("Status"), &a.status); err != nil {
		return a, err
	}
	rest, err := io.ReadAll(in)
	a.body = string(rest)
	return a, err
}

// as is the same wiki for somebody with what cookies an answer has set.
func (s *script) as(a reply) *script {
	c := *s
	c.cookies = map[string]string{}
	for _, cookie := range (&http.Response{Header: a.header}).Cookies() {
		if cookie.Value != "" {
			c.cookies[cookie.Name] = cookie.Value
		}
	}
	return &c
}

var (
	baseField = regexp.MustCompile(`name="base" value="(\d+)"`)
	textField = regexp.MustCompile(`(?s)<textarea id="text"[^>]*>\n(.*?)</textarea>`)
)

// fields are those of the form on a page.
func fields(t *testing.T, body string) (base, text string) {
	t.Helper()
	b, x := baseField.FindStringSubmatch(body), textField.FindStringSubmatch(body)
	if b == nil || x == nil {
		t.Fatalf("there is no form:\n%s", body)
	}
	return b[1], html.UnescapeString(x[1])
}

// All that a CGI program needs to be told is in the environment, what is in the query tells it
// nothing, and the log is empty unless there is something to say.
func TestCGI(t *testing.T) {
	s := &script{binary: binary(t), data: t.TempDir(), environ: []string{"WIKI_NAME=Under glass"}, args: []string{"--name", "forged", "--data", "/nowhere"}}
	if a := s.do(t, "GET", "/", nil); a.status != 302 || a.header.Get("Location") != "/cgi-bin/wiki/wiki/Welcome" {
		t.Errorf("%+v", a)
	}
	a := s.do(t, "GET", "/wiki/Welcome", nil)
	if a.status != 200 || !strings.Contains(a.body, "Welcome · Under glass") || !strings.Contains(a.body, `href="/cgi-bin/wiki/recent"`) {
		t.Errorf("%+v", a)
	}
	if a.log != "" {
		t.Errorf("the log has\n%s", a.log)
	}
	a = s.do(t, "POST", "/signup", url.Values{"name": {"Anna"}, "password": {"a few words in a row"}})
	anna := s.as(a)
	if a.status != 303 || a.log != "" || anna.cookies["__Secure-session"] == "" || !strings.Contains(strings.Join(a.header["Set-Cookie"], "\n"), "Path=/cgi-bin/wiki;") {
		t.Fatalf("%+v", a)
	}
	if a := anna.do(t, "GET", "/devices", nil); a.status != 200 || !strings.Contains(a.body, "Anna") {
		t.Errorf("another process does not know who is signed in: %+v", a)
	}
	if a := s.do(t, "GET", "/devices", nil); a.status != 303 || a.header.Get("Location") != "/cgi-bin/wiki/login?next=%2Fcgi-bin%2Fwiki%2Fdevices" {
		t.Errorf("nobody is signed in: %+v", a)
	}

	// The link for the first administrator is in the log when somebody asks for it.
	a = s.do(t, "GET", "/administrator", nil)
	link := regexp.MustCompile(`link="/cgi-bin/wiki(/administrator\?key=[^"]+)"`).FindStringSubmatch(a.log)
	if a.status != 404 || link == nil || strings.Contains(a.body, "key=") {
		t.Fatalf("%+v", a)
	}
	if a := anna.do(t, "GET", link[1], nil); a.status != 200 || a.log != "" {
		t.Errorf("%+v", a)
	}
	s.environ = append(s.environ, "WIKI_ADMIN=anna")
	if a := s.do(t, "GET", "/administrator", nil); a.status != 404 || a.log != "" {
		t.Errorf("%+v", a)
	}

	// No process sees two wrong passwords, but they are counted, and in the log.
	a = s.do(t, "POST", "/login", url.Values{"name": {"anna"}, "password": {"not her words in a row"}})
	if a.status != 422 || !strings.Contains(a.log, `msg="wrong password" user=Anna client=192.0.2.1`) || strings.Contains(a.log, "words") {
		t.Errorf("%+v", a)
	}

	folder, err := disk.Open(s.data)
	if err != nil {
		t.Fatal(err)
	}
	counted := 0
	for wait := time.Duration(0); wait == 0; counted++ {
		if _, wait, err = people.NewGuesses(folder).Enter(t.Context(), netip.MustParseAddr("192.0.2.1")); err != nil {
			t.Fatal(err)
		}
	}
	if counted != 49 { // the account and the wrong password are counted, and the last was too many
		t.Errorf("%d more are let through", counted-1)
	}
	a = s.do(t, "POST", "/login", url.Values{"name": {"anna"}, "password": {"a few words in a row"}})
	if a.status != 429 || a.header.Get("Retry-After") == "" || !strings.Contains(a.body, "Too many wrong passwords") || !strings.Contains(a.body, `href="/cgi-bin/wiki/"`) {
		t.Errorf("%+v", a)
	}
	s.environ = append(s.environ, "REMOTE_ADDR=198.51.100.1")
	if a := s.do(t, "POST", "/login", url.Values{"name": {"anna"}, "password": {"a few words in a row"}}); a.status != 303 {
		t.Errorf("from elsewhere: %+v", a)
	}

	// Who asks for what cannot be is told, in the log.
	s.environ = append(s.environ, "WIKI_SESSIONS=bolt")
	bolt, err := s.try(t.Context(), "GET", "/", nil)
	if exit := new(exec.ExitError); !errors.As(err, &exit) || exit.ExitCode() != exitUsage || !strings.Contains(bolt.log, "WIKI_SESSIONS") || strings.Contains(bolt.log, "Usage") {
		t.Errorf("%v\n%s", err, bolt.log)
	}
	s.environ = []string{"WIKI_INSECURE=maybe"}
	if wrong, err := s.try(t.Context(), "GET", "/", nil); err == nil || !strings.Contains(wrong.log, "WIKI_INSECURE in the environment") {
		t.Errorf("%v\n%s", err, wrong.log)
	}
}

// Fifty edits and fifty accounts that arrive at once, each in a process of its own, are all there
// afterwards.
func TestCGIAtOnce(t *testing.T) {
	s := &script{binary: binary(t), data: t.TempDir()}
	anna := s.as(s.do(t, "POST", "/signup", url.Values{"name": {"Anna"}, "password": {"a few words in a row"}}))
	const edits, atOnce = 50, 8
	next := make(chan int)
	go func() {
		defer close(next)
		for i := range edits {
			next <- i
		}
	}()
	var wg sync.WaitGroup
	conflicts := make(chan int, atOnce)
	for range atOnce {
		wg.Go(func() {
			met := 0
			defer func() { conflicts <- met }()
			for i := range next {
				line := fmt.Sprintf("edit %d\n", i)
				a := anna.do(t, "GET", "/edit/Together", nil)
				for {
					base, text := fields(t, a.body)
					if !strings.Contains(text, line) {
						text += line
					}
					if a = anna.do(t, "POST", "/edit/Together", url.Values{"base": {base}, "text": {text}, "do": {"save"}}); a.status == 303 {
						break
					}
					if a.status != http.StatusConflict {
						t.Errorf("edit %d: %d\n%s%s", i, a.status, a.body, a.log)
						return
					}
					// A person would put both together; this one takes theirs and adds its own.
					met++
					a = anna.do(t, "GET", "/edit/Together", nil)
				}
			}
		})
	}
	// Meanwhile people join: everybody once, and all want one name.
	joined := make(chan string, edits)
	for w := range 2 {
		wg.Go(func() {
			for i := range edits / 10 {
				for _, name := range []string{fmt.Sprintf("Person %d %d", w, i), fmt.Sprintf("Wanted %d", i)} {
					a := s.do(t, "POST", "/signup", url.Values{"name": {name}, "password": {fmt.Sprint("the password of person ", w)}})
					switch {
					case a.status == 303:
						joined <- name
					case !strings.HasPrefix(name, "Wanted"):
						t.Errorf("%s: %d\n%s%s", name, a.status, a.body, a.log)
					}
				}
			}
		})
	}
	wg.Wait()
	close(conflicts)
	close(joined)
	met := 0
	for n := range conflicts {
		met += n
	}
	t.Logf("%d edits met %d conflicts", edits, met)

	folder, err := disk.Open(s.data)
	if err != nil {
		t.Fatal(err)
	}
	pages := page.NewStore(folder)
	history, err := pages.History("Together")
	if err != nil || len(history) != edits {
		t.Errorf("%d revisions, %v", len(history), err)
	}
	now, err := pages.Latest("Together")
	for i := range edits {
		if !strings.Contains(now.Text, fmt.Sprintf("edit %d\n", i)) {
			t.Errorf("edit %d is lost, %v", i, err)
		}
	}
	names := map[string]int{}
	for name := range joined {
		names[name]++
	}
	if _, total, err := people.NewStore(folder).List("", 0, 1); total != len(names)+1 || total != edits/10*3+1 || err != nil {
		t.Errorf("%d accounts, %d names, %v", total, len(names), err)
	}
	for name, n := range names {
		if n != 1 {
			t.Errorf("%d people are %s", n, name)
		}
	}
	if left, err := os.ReadDir(folder.Path("tmp")); err != nil || len(left) != 0 {
		t.Errorf("%d files are left, %v", len(left), err)
	}
}
