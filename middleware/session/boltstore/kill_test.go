package boltstore_test

import (
	"bufio"
	"context"
	"fmt"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/surcoat/surcoat/middleware/session"
	"github.com/surcoat/surcoat/middleware/session/boltstore"
)

func init() { children["load"] = load }

var counter = session.NewKey[int]("n")

// newSite is a site with a login, a logout, a change and a page that says who one is.
func newSite(s *boltstore.Store) (*session.Manager, http.Handler) {
	m := &session.Manager{Store: session.NewServerStore(s), Events: func(context.Context, session.Event) {}}
	mux := http.NewServeMux()
	answer := func(path string, f func(s *session.Session, r *http.Request) error) {
		mux.HandleFunc(path, func(w http.ResponseWriter, r *http.Request) {
			s := session.From(r.Context())
			if err := f(s, r); err != nil {
				session.ErrorPage(w, r, err)
				return
			}
			n, _ := counter.Get(s)
			if err := s.Err(); err != nil {
				session.ErrorPage(w, r, err)
				return
			}
			fmt.Fprintf(w, "%s %d", s.Subject(), n)
		})
	}
	answer("/login", func(s *session.Session, r *http.Request) error { return s.Renew(r.Context(), r.FormValue("user")) })
	answer("/logout", func(s *session.Session, r *http.Request) error { return s.Destroy(r.Context()) })
	answer("/change", func(s *session.Session, _ *http.Request) error {
		return counter.Update(s, func(n int) int { return n + 1 })
	})
	answer("/who", func(*session.Session, *http.Request) error { return nil })
	return m, m.Wrap(mux)
}

// ask sends a request with a token, and returns the token afterwards and the page, "" for
// one that is an error.
func ask(h http.Handler, target, token string) (after, body string) {
	r := httptest.NewRequest("GET", "http://localhost"+target, nil)
	if token != "" {
		r.AddCookie(&http.Cookie{Name: "__Host-session", Value: token})
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	for _, c := range w.Result().Cookies() {
		token = c.Value
	}
	if w.Code != http.StatusOK {
		return token, ""
	}
	return token, w.Body.String()
}

// load is the child: users log in, change their sessions, log out, and log out
// everywhere, as fast as they can. It says what it begins (?) and what was acknowledged
// (!), a line for each:
//
//	! login TOKEN USER
//	? change TOKEN  ! change TOKEN N
//	? end TOKEN     ! end TOKEN
func load(path string) {
	s, err := boltstore.Open(context.Background(), boltstore.Config{Path: path})
	if err != nil {
		fmt.Println("x", err)
		return
	}
	m, h := newSite(s)
	say := func(words ...any) { _, _ = os.Stdout.WriteString(fmt.Sprintln(words...)) }
	for u := range 8 {
		go func() {
			user := fmt.Sprint("user-", os.Getpid(), "-", u)
			var tokens []string
			for {
				switch k := rand.N(10); {
				case len(tokens) == 0 || k < 4:
					token, body := ask(h, "/login?user="+user, "")
					if body == "" {
						say("x login failed")
						return
					}
					tokens = append(tokens, token)
					say("! login", token, user)
				case k < 7:
					token := tokens[rand.N(len(tokens))]
					say("? change", token)
					_, body := ask(h, "/change", token)
					_, n, _ := strings.Cut(body, " ")
					say("! change", token, n)
				case k < 9:
					i := rand.N(len(tokens))
					token := tokens[i]
					tokens = slices.Delete(tokens, i, i+1)
					say("? end", token)
					if _, body := ask(h, "/logout", token); body == "" {
						say("x logout failed")
					}
					say("! end", token)
				default:
					for _, token := range tokens {
						say("? end", token)
					}
					if err := m.RevokeUser(context.Background(), user); err != nil {
						say("x", err)
					}
					for _, token := range tokens {
						say("! end", token)
					}
					tokens = nil
				}
			}
		}()
	}
	select {}
}

// told is what a child said about a session.
type told struct {
	user            string
	n               int
	changes, ending bool // begun
	ended           bool // acknowledged
}

// read notes a line of a child.
func read(t *testing.T, all map[string]*told, line string) (acknowledged bool) {
	w := strings.Fields(line)
	if len(w) < 3 || w[0] == "x" {
		t.Errorf("the child says: %s", line)
		return false
	}
	s := all[w[2]]
	if s == nil {
		s = &told{}
		all[w[2]] = s
	}
	switch w[0] + w[1] {
	case "!login":
		s.user = w[3]
	case "?change":
		s.changes = true
	case "!change":
		s.changes = false
		n, err := strconv.Atoi(w[3])
		if err != nil || n != s.n+1 {
			t.Errorf("a change from %d led to %q", s.n, w[3])
		}
		s.n = n
	case "?end":
		s.ending = true
	case "!end":
		s.ended = true
	}
	return w[0] == "!"
}

// check compares what was told with what the file says.
func (s *told) check(t *testing.T, h http.Handler, token string) {
	_, body := ask(h, "/who", token)
	alive := fmt.Sprint(s.user, " ", s.n)
	switch {
	case s.ended:
		if body != " 0" {
			t.Errorf("a session that was ended says %q", body)
		}
	case s.ending && body == " 0":
		s.ended = true // carried out, though nobody was told
	case s.changes && body == fmt.Sprint(s.user, " ", s.n+1):
		s.n++
	case body != alive:
		t.Errorf("a session says %q, and was acknowledged as %q", body, alive)
	}
	s.changes, s.ending = false, false
}

// A process is killed with kill -9 at any moment: no login, logout, revocation or change
// that was acknowledged is lost, and the file is whole. 200 times with SOAK=1.
func TestKilledUnderLoad(t *testing.T) {
	runs := 20
	if soak() {
		runs = 200
	}
	path := filepath.Join(t.TempDir(), "sessions.db")
	all := make(map[string]*told)
	acknowledged := 0
	for run := range runs {
		of := make(map[string]*told)
		n := kill(t, path, of)
		acknowledged += n
		if err := boltstore.CheckFile(path); err != nil && n > 0 {
			t.Errorf("the file: %v", err)
		}
		s := open(t, boltstore.Config{Path: path})
		_, h := newSite(s)
		for token, told := range of {
			told.check(t, h, token)
			all[token] = told
		}
		closeStore(t, s)
		if t.Failed() {
			t.Fatalf("in run %d", run+1)
		}
	}
	s := open(t, boltstore.Config{Path: path})
	_, h := newSite(s)
	live := 0
	for token, told := range all {
		told.check(t, h, token)
		if !told.ended {
			live++
		}
	}
	// A login that the child did not live to tell of may be there besides.
	if extra := s.Len() - live; extra < 0 || extra > 8*runs {
		t.Errorf("%d sessions are stored, %d live", s.Len(), live)
	}
	t.Logf("%d kills, %d acknowledged operations on %d sessions, none lost, the file whole each time", runs, acknowledged, len(all))
	if acknowledged < 20*runs {
		t.Errorf("only %d operations: that was no load", acknowledged)
	}
}

// kill runs a child until some moment, and notes what it said.
func kill(t *testing.T, path string, of map[string]*told) (acknowledged int) {
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), "BOLTSTORE_CHILD=load", "BOLTSTORE_PATH="+path)
	cmd.Stderr = os.Stderr
	out, err := cmd.StdoutPipe()
	if err == nil {
		err = cmd.Start()
	}
	if err != nil {
		t.Fatal(err)
	}
	// Once in ten times before it has said anything: while it opens the file.
	var once sync.Once
	end := func(after time.Duration) {
		once.Do(func() { time.AfterFunc(after, func() { _ = cmd.Process.Kill() }) })
	}
	if rand.N(10) == 0 {
		end(rand.N(60 * time.Millisecond))
	}
	lines := bufio.NewScanner(out)
	for lines.Scan() {
		end(rand.N(200 * time.Millisecond))
		if read(t, of, lines.Text()) {
			acknowledged++
		}
	}
	_ = cmd.Wait()
	return acknowledged
}
