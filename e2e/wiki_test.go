package e2e_test

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/surcoat/surcoat/middleware/cgitrace"
)

// programs builds each program once for all tests.
var programs struct {
	sync.Mutex
	dir   string
	built map[string]error
}

func TestMain(m *testing.M) {
	dir, err := os.MkdirTemp("", "surcoat-e2e")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	programs.dir, programs.built = dir, map[string]error{}
	code := m.Run()
	_ = os.RemoveAll(dir)
	os.Exit(code)
}

// program builds a package, given from the repository's root, and returns the binary.
func program(t *testing.T, pkg string, flags ...string) string {
	t.Helper()
	if cgitrace.Enabled {
		t.Skip("programs are built with the flags that a test names, whatever this one is built with: tested without -tags dev")
	}
	programs.Lock()
	defer programs.Unlock()
	name := strings.NewReplacer("/", "-", ".", "", "=", "-").Replace(pkg + strings.Join(flags, ""))
	path := filepath.Join(programs.dir, name)
	if _, done := programs.built[name]; !done {
		cmd := exec.Command("go", append(append([]string{"build", "-o", path}, flags...), pkg)...)
		if strings.HasPrefix(pkg, examples) {
			cmd.Dir = "../examples" // whose requirements are not those of this module
		}
		if out, err := cmd.CombinedOutput(); err != nil {
			programs.built[name] = fmt.Errorf("%v: %w\n%s", cmd, err, out)
		} else {
			programs.built[name] = nil
		}
	}
	if err := programs.built[name]; err != nil {
		t.Fatal(err)
	}
	return path
}

const (
	examples    = "github.com/surcoat/surcoat/examples/"
	wikiPackage = examples + "wiki"
)

// wiki is a running wiki.
type wiki struct {
	t    *testing.T
	bin  string
	args []string // beside --listen and --data
	data string
	addr string // host:port; the port stays the same over restarts
	url  string // without a slash at the end
	cmd  *exec.Cmd
	log  *lines
	done chan struct{} // closed when the process has ended
}

// startWiki starts the wiki on a free port with an empty data folder. args are added to
// its command line.
func startWiki(t *testing.T, args ...string) *wiki {
	t.Helper()
	return startProgram(t, program(t, wikiPackage), args...)
}

func startProgram(t *testing.T, bin string, args ...string) *wiki {
	t.Helper()
	w := &wiki{t: t, bin: bin, args: args, data: filepath.Join(t.TempDir(), "data"), addr: "localhost:0"}
	w.run()
	return w
}

// another is a second process on the same data folder.
func (w *wiki) another() *wiki {
	w.t.Helper()
	second := &wiki{t: w.t, bin: w.bin, args: w.args, data: w.data, addr: "localhost:0"}
	second.run()
	return second
}

// run starts the wiki for as long as the test runs.
func (w *wiki) run() {
	t := w.t
	t.Helper()
	w.start()
	t.Cleanup(func() {
		w.kill()
		if t.Failed() {
			t.Logf("the wiki's log:\n%s", w.log)
		}
	})
}

var ready = regexp.MustCompile(`url=(http://localhost:(\d+))/`)

// start starts the process and waits until it says that it is ready.
func (w *wiki) start() {
	w.t.Helper()
	w.log = &lines{}
	w.cmd = exec.Command(w.bin, append([]string{"--listen", "http://" + w.addr, "--data", w.data}, w.args...)...)
	stderr, err := w.cmd.StderrPipe()
	if err != nil {
		w.t.Fatal(err)
	}
	if err := w.cmd.Start(); err != nil {
		w.t.Fatal(err)
	}
	started, done := make(chan []string, 1), make(chan struct{})
	w.done = done
	go func(cmd *exec.Cmd, log *lines) {
		defer close(done)
		in := bufio.NewScanner(stderr)
		in.Buffer(nil, 1<<20)
		for in.Scan() {
			log.add(in.Text())
			if m := ready.FindStringSubmatch(in.Text()); m != nil {
				started <- m
			}
		}
		_ = cmd.Wait()
	}(w.cmd, w.log)
	select {
	case m := <-started:
		w.url, w.addr = m[1], "localhost:"+m[2]
	case <-done:
		w.t.Fatalf("the wiki ended at once:\n%s", w.log)
	case <-time.After(30 * time.Second):
		w.t.Fatalf("the wiki does not get ready:\n%s", w.log)
	}
}

// kill is kill -9, of the process that start started.
func (w *wiki) kill() {
	_ = w.cmd.Process.Kill()
	<-w.done
}

// lines is a log that is read while it is written.
type lines struct {
	mu  sync.Mutex
	all []string
}

func (l *lines) add(line string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.all = append(l.all, line)
}

// has waits for a line that has all texts in it: the answer may be here before its
// record is.
func (l *lines) has(t *testing.T, texts ...string) {
	t.Helper()
	for deadline := time.Now().Add(10 * time.Second); time.Now().Before(deadline); time.Sleep(10 * time.Millisecond) {
		for line := range strings.Lines(l.String()) {
			if !slices.ContainsFunc(texts, func(text string) bool { return !strings.Contains(line, text) }) {
				return
			}
		}
	}
	t.Errorf("no line of the log has %q", texts)
}

func (l *lines) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return strings.Join(l.all, "\n")
}

// client is a person with a browser that shows nothing: it keeps cookies, and sends
// what browsers send when they navigate.
type client struct {
	t     *testing.T
	wiki  *wiki
	http  *http.Client
	agent string // what it says it is, if not ""
}

func (w *wiki) client(t *testing.T) *client {
	// net/http's jar keeps Secure cookies of http://localhost to itself; browsers do not.
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	return &client{t: t, wiki: w, http: &http.Client{
		Jar:           localhostJar{jar},
		Transport:     &http.Transport{DisableCompression: true},
		Timeout:       30 * time.Second,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}
}

// localhostJar treats http://localhost as secure, as browsers do.
type localhostJar struct{ http.CookieJar }

func (j localhostJar) SetCookies(u *url.URL, cookies []*http.Cookie) {
	j.CookieJar.SetCookies(secure(u), cookies)
}

func (j localhostJar) Cookies(u *url.URL) []*http.Cookie { return j.CookieJar.Cookies(secure(u)) }

func secure(u *url.URL) *url.URL {
	c := *u
	c.Scheme = "https"
	return &c
}

// answer is a response that was read to its end.
type answer struct {
	status int
	header http.Header
	body   string
}

func (c *client) do(r *http.Request) (answer, error) {
	if r.Header.Get("Accept") == "" {
		r.Header.Set("Accept", "text/html,application/xhtml+xml;q=0.9,*/*;q=0.8")
	}
	if c.agent != "" {
		r.Header.Set("User-Agent", c.agent)
	}
	r.Header.Set("Sec-Fetch-Site", "same-origin")
	r.Header.Set("Sec-Fetch-Mode", "navigate")
	res, err := c.http.Do(r)
	if err != nil {
		return answer{}, err
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	return answer{res.StatusCode, res.Header, string(body)}, err
}

func (c *client) must(r *http.Request) answer {
	c.t.Helper()
	a, err := c.do(r)
	if err != nil {
		c.t.Fatal(err)
	}
	return a
}

func (c *client) get(path string) answer {
	c.t.Helper()
	return c.must(c.request(http.MethodGet, path, nil))
}

func (c *client) request(method, path string, body io.Reader) *http.Request {
	c.t.Helper()
	r, err := http.NewRequestWithContext(context.Background(), method, c.wiki.url+path, body)
	if err != nil {
		c.t.Fatal(err)
	}
	return r
}

func (c *client) form(path string, values url.Values) *http.Request {
	c.t.Helper()
	r := c.request(http.MethodPost, path, strings.NewReader(values.Encode()))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	return r
}

func (c *client) post(path string, values url.Values) answer {
	c.t.Helper()
	return c.must(c.form(path, values))
}

const password = "a few words in a row"

func (c *client) signUp(name string) {
	c.t.Helper()
	a := c.post("/signup", url.Values{"name": {name}, "password": {password}})
	if a.status != http.StatusSeeOther && a.status != http.StatusFound {
		c.t.Fatalf("sign-up as %s: %d\n%s", name, a.status, a.body)
	}
}

func (c *client) signIn(name string) {
	c.t.Helper()
	a := c.post("/login", url.Values{"name": {name}, "password": {password}})
	if a.status != http.StatusSeeOther {
		c.t.Fatalf("signing in as %s: %d\n%s", name, a.status, a.body)
	}
}

// signedIn reports whether the wiki knows the client.
func (c *client) signedIn() bool {
	c.t.Helper()
	return c.get("/edit/Welcome").status == http.StatusOK
}

// save saves a page and returns the answer.
func (c *client) save(title, base, text string) answer {
	c.t.Helper()
	return c.post("/edit/"+title, url.Values{"base": {base}, "text": {text}, "do": {"save"}})
}

func (a answer) has(t *testing.T, status int, texts ...string) {
	t.Helper()
	if a.status != status {
		t.Errorf("status %d, want %d", a.status, status)
	}
	for _, text := range texts {
		if !strings.Contains(a.body, text) {
			t.Errorf("%q is not in the answer:\n%s", text, bytes.TrimSpace([]byte(a.body)))
		}
	}
}
