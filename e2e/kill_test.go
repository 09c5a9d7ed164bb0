package e2e_test

import (
	"fmt"
	"net/http"
	"net/url"
	"os"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"
)

// runs is how often the wiki is killed.
func runs() int {
	if os.Getenv("SOAK") == "1" {
		return 200
	}
	return 20
}

// writer saves pages as fast as it can, and remembers what it was told is saved.
type writer struct {
	client *client
	title  string
	base   int
	said   []string // by number of the revision, from 1
}

var savedAs = regexp.MustCompile(`^/wiki/`)

// write goes on until the wiki is gone.
func (w *writer) write() {
	for {
		text := fmt.Sprintf("%s says %d, and %s", w.title, w.base+1, strings.Repeat("some more ", 200))
		a, err := w.client.do(w.client.form("/edit/"+w.title, url.Values{"base": {strconv.Itoa(w.base)}, "text": {text}, "do": {"save"}}))
		if err != nil {
			return
		}
		if a.status != http.StatusSeeOther || !savedAs.MatchString(a.header.Get("Location")) {
			w.client.t.Errorf("saving revision %d of %s: %d\n%s", w.base+1, w.title, a.status, a.body)
			return
		}
		w.base++
		w.said = append(w.said, text)
	}
}

// After each kill -9 under load, every revision that was acknowledged is there, whole,
// and so are the logins.
func TestKilledUnderLoad(t *testing.T) {
	w := startWiki(t)
	var writers []*writer
	for i := range 4 {
		c := w.client(t)
		c.signUp(fmt.Sprint("Writer ", i))
		writers = append(writers, &writer{client: c, title: fmt.Sprint("Page_", i)})
	}
	for run := range runs() {
		var wg sync.WaitGroup
		for _, wr := range writers {
			wg.Go(wr.write)
		}
		// Anywhere in a write: the moments differ from run to run.
		time.Sleep(30*time.Millisecond + time.Duration(run*7919%40)*time.Millisecond)
		w.kill()
		wg.Wait()
		w.start()
		for _, wr := range writers {
			wr.check(t)
		}
		if t.Failed() {
			t.Fatalf("in run %d", run+1)
		}
	}
	total := 0
	for _, wr := range writers {
		for n, text := range wr.said {
			wr.has(t, n+1, text)
		}
		total += len(wr.said)
	}
	t.Logf("%d kills, %d acknowledged revisions, none lost", runs(), total)
	if total < runs() {
		t.Errorf("only %d revisions: that was no load", total)
	}
}

// check looks at the newest revision that was acknowledged, and goes on from whatever
// is the latest: the one that was under way may be there too, though nobody was told.
func (w *writer) check(t *testing.T) {
	t.Helper()
	if len(w.said) > 0 {
		w.has(t, len(w.said), w.said[len(w.said)-1])
	}
	a := w.client.get("/history/" + w.title)
	if a.status == http.StatusNotFound && len(w.said) == 0 {
		return
	}
	a.has(t, 200, "Writer")
	revisions := strings.Count(a.body, `name="from"`)
	switch revisions - len(w.said) {
	case 0:
	case 1: // saved, and killed before it could say so
		text, err := os.ReadFile(fmt.Sprintf("%s/pages/%s/%06d.md", w.client.wiki.data, strings.ToLower(w.title), revisions))
		if err != nil {
			t.Fatal(err)
		}
		_, body, _ := strings.Cut(string(text), "\n")
		w.said = append(w.said, strings.TrimSuffix(body, "\n"))
	default:
		t.Errorf("%s has %d revisions, and %d were acknowledged", w.title, revisions, len(w.said))
	}
	w.base = revisions
}

func (w *writer) has(t *testing.T, revision int, text string) {
	t.Helper()
	w.client.get(fmt.Sprintf("/wiki/%s?rev=%d", w.title, revision)).has(t, 200, strings.TrimSpace(text))
}

// guest is somebody who signs in and out all the time, and remembers what they were told.
type guest struct {
	t     *testing.T
	wiki  *wiki
	name  string
	in    []*client // signed in, as they were told
	out   []*client // with copies of cookies that were signed out
	told  int       // how often
	turns int
}

// come goes on until the wiki is gone.
func (g *guest) come() {
	for {
		g.turns++
		var ok bool
		switch {
		case len(g.in) < 4:
			ok = g.signIn()
		case g.turns%5 == 0:
			ok = g.signOutElsewhere()
		default:
			ok = g.signOut()
		}
		if !ok {
			return
		}
		g.told++
	}
}

// post reports whether the wiki said that it did what it was asked to.
func (g *guest) post(c *client, path string, form url.Values) bool {
	a, err := c.do(c.form(path, form))
	if err != nil {
		return false
	}
	if a.status != http.StatusSeeOther {
		g.t.Errorf("%s at %s: %d\n%s", g.name, path, a.status, a.body)
		return false
	}
	return true
}

func (g *guest) signIn() bool {
	c := g.wiki.client(g.t)
	if !g.post(c, "/login", url.Values{"name": {g.name}, "password": {password}}) {
		return false
	}
	g.in = append(g.in, c)
	return true
}

func (g *guest) signOut() bool {
	c := g.in[0]
	g.in = g.in[1:] // it is not known what becomes of it, until there is an answer
	copied := c.copy()
	if !g.post(c, "/logout", nil) {
		return false
	}
	g.out = append(g.out, copied)
	return true
}

// signOutElsewhere ends all sessions but one.
func (g *guest) signOutElsewhere() bool {
	others := g.in[1:]
	g.in = g.in[:1:1]
	if !g.post(g.in[0], "/devices", everywhere) {
		return false
	}
	g.out = append(g.out, others...)
	return true
}

// check compares what was told with what is so.
func (g *guest) check() {
	g.t.Helper()
	for _, c := range g.in {
		if !c.signedIn() {
			g.t.Errorf("a login of %s was acknowledged and is lost", g.name)
		}
	}
	for _, c := range g.out {
		if c.signedIn() {
			g.t.Errorf("%s was told to be signed out, and is signed in again", g.name)
		}
	}
	g.out = g.out[max(0, len(g.out)-50):] // those are looked at again after the next kill
}

// After each kill -9 while people sign in and out, whoever was told to be signed in is so,
// and whoever was told to be signed out is not, nor is a copy of their cookie.
func TestKilledUnderLogins(t *testing.T) {
	w := startWiki(t)
	var guests []*guest
	for i := range 4 {
		g := &guest{t: t, wiki: w, name: fmt.Sprint("Guest ", i)}
		w.client(t).signUp(g.name)
		guests = append(guests, g)
	}
	for run := range runs() {
		var wg sync.WaitGroup
		for _, g := range guests {
			wg.Go(g.come)
		}
		time.Sleep(150*time.Millisecond + time.Duration(run*7919%300)*time.Millisecond)
		w.kill()
		wg.Wait()
		w.start()
		for _, g := range guests {
			g.check()
		}
		if t.Failed() {
			t.Fatalf("in run %d", run+1)
		}
	}
	total := 0
	for _, g := range guests {
		total += g.told
	}
	t.Logf("%d kills, %d acknowledged logins and logouts, none lost", runs(), total)
	if total < runs() {
		t.Errorf("only %d logins and logouts: that was no load", total)
	}
}
